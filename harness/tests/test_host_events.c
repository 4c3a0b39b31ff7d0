/* SPDX-License-Identifier: MIT */
/* Requests about events, and about fds and timeouts in a ctx: what is done, and what is refused. */
#include "host_fixture.h"

#include "adapter_events.h"

/* A library that takes everything and tells of nothing. */

static int takes_subject(struct rc_ctx *ctx, const struct rc_subject *subject, uint64_t user,
                         struct rc_evgen **evgen)
{
    (void)subject;
    (void)user;
    *evgen = (struct rc_evgen *)ctx;
    return 0;
}

static void lets_evgen_go(struct rc_ctx *ctx, struct rc_evgen *evgen)
{
    (void)ctx;
    (void)evgen;
}

static int takes_fd(struct rc_ctx *ctx, int fd, short events, void *for_callback, void **watch)
{
    (void)fd;
    (void)events;
    (void)for_callback;
    *watch = ctx;
    return 0;
}

static int changes_fd(struct rc_ctx *ctx, void *watch, short events)
{
    (void)ctx;
    (void)watch;
    (void)events;
    return 0;
}

static int lets_watch_go(struct rc_ctx *ctx, void *watch)
{
    (void)ctx;
    (void)watch;
    return 0;
}

static int takes_time(struct rc_ctx *ctx, int64_t due_us, void *for_callback, void **watch)
{
    (void)due_us;
    (void)for_callback;
    *watch = ctx;
    return 0;
}

static struct rc_events offered = {
    .abi = REAPCHECK_EVENTS_ABI,
    .enable = takes_subject,
    .disable = lets_evgen_go,
    .fd_watch = takes_fd,
    .fd_change = changes_fd,
    .fd_unwatch = lets_watch_go,
    .timeout_watch = takes_time,
    .timeout_unwatch = lets_watch_go,
};

static struct host *start_with_ctx(void)
{
    struct host *host = start_ready();

    assert_ok(host, "main open A 0");
    return host;
}

/* Nor does it go to fd 0. */
static void only_what_has_another_end_is_fed(void **state)
{
    struct host *host = start_with_ctx();

    (void)state;
    assert_ok(host, "main observe A w 1 in");
    assert_ok(host, "- feed w");
    assert_ok(host, "- drain w");
    assert_ok(host, "main observe A again 2 in=w");
    assert_error(host, "ENOTCONN", "- feed again");
    assert_ok(host, "- drain again");
    assert_ok(host, "- hang-up w");
    assert_error(host, "ENOTCONN", "- feed w");
    assert_ok(host, "- drain w");
    assert_ok(host, "main unobserve w");
    assert_error(host, "ENOTCONN", "- drain w");
    assert_ok(host, "main timer A t 3 1000000");
    assert_error(host, "ENOTCONN", "- feed t");
    assert_error(host, "ENOTCONN", "- drain t");
    finish(host);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_has_another_end_is_fed),
    };

    plain.events = &offered;
    begin(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
