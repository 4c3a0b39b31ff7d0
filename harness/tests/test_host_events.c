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

static int takes_operation(struct rc_ctx *ctx, enum rc_operation operation,
                           const struct rc_operation_arguments *arguments, const struct rc_how *how,
                           const struct rc_how *progress)
{
    (void)ctx;
    (void)operation;
    (void)arguments;
    (void)how;
    (void)progress;
    return 0;
}

static int takes_abort(struct rc_ctx *ctx, const struct rc_how *how)
{
    (void)ctx;
    (void)how;
    return 0;
}

static int takes_hooks(struct rc_ctx *ctx, const struct rc_os_hooks *hooks, void *user)
{
    (void)ctx;
    (void)hooks;
    (void)user;
    return 0;
}

static struct rc_events offered = {
    .abi = REAPCHECK_EVENTS_ABI,
    .hooks = takes_hooks,
    .operation = takes_operation,
    .abort = takes_abort,
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

/* A library may have timeouts without fds, and fds are offered with all that there is to do. */
static void timers_are_offered_without_watches(void **state)
{
    struct host *host = start("host-timers", NULL);

    (void)state;
    assert_non_null(strstr(expect(host, "hello "), ",timers"));
    expect(host, "ready");
    assert_ok(host, "main open A 0");
    assert_ok(host, "main timer A t 1 1000000");
    assert_ok(host, "main unobserve t");
    finish(host);
    host = start("host-unchanged", NULL);
    assert_null(strstr(expect(host, "hello "), ",watches"));
    expect(host, "ready");
    finish(host);
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

/* What was in a closed ctx is gone with it: its handle is nothing to give to the library. */
static void nothing_is_asked_of_a_closed_ctx(void **state)
{
    struct host *host = start_with_ctx();

    (void)state;
    assert_ok(host, "main observe A w 1 in");
    assert_string_equal(ask(host, "- subject s 1 process id=1"), "ok id=1");
    assert_ok(host, "main enable A e 1 s 7");
    assert_ok(host, "main operation A o 1 end callback subject=s");
    assert_ok(host, "main close A");
    assert_string_equal(ask(host, "main disable e"), "error ENOENT the ctx of e is closed");
    assert_string_equal(ask(host, "main reobserve w out"), "error ENOENT the ctx of w is closed");
    assert_string_equal(ask(host, "main abort o"), "error ENOENT the ctx of o is closed");
    /* An application closes its fd all the same. */
    assert_ok(host, "main unobserve w");
    finish(host);
}

/* What a script cannot say the host does not do either. */
static void unknown_words_are_refused(void **state)
{
    struct host *host = start_ready();

    (void)state;
    assert_ok(host, "main open A 0 hooks");
    assert_ok(host, "- refuse A fd-register 77 0 1");
    assert_ok(host, "- refuse A timeout-modify -1000 0 0");
    assert_string_equal(ask(host, "- refuse A fd-deregister 77 0 1"),
                        "error EINVAL fd-deregister has no result: it cannot fail");
    assert_error(host, "EINVAL", "- refuse A timeout-deregister 77 0 1");
    assert_string_equal(ask(host, "- refuse A fd-forget 77 0 1"),
                        "error EINVAL fd-forget is no hook");
    assert_error(host, "EINVAL", "- subject s 1 domain id=1");
    assert_string_equal(ask(host, "- subject s 1 path path=/f"), "ok id=0");
    assert_error(host, "EINVAL", "- change s begins");
    assert_error(host, "ENOSYS", "- change s vanishes");
    assert_error(host, "EINVAL", "main operation A o 1 dance callback");
    assert_error(host, "EINVAL", "main operation A o 1 end aloud");
    assert_ok(host, "main operation A o 1 end event user=1 subject=s");
    assert_error(host, "EINVAL", "- clock");
    assert_error(host, "EINVAL", "- clock -1");
    assert_error(host, "EINVAL", "- clock soon");
    assert_ok(host, "- clock 7200000000");
    finish(host);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_are_offered_without_watches),
        cmocka_unit_test(nothing_is_asked_of_a_closed_ctx),
        cmocka_unit_test(only_what_has_another_end_is_fed),
        cmocka_unit_test(unknown_words_are_refused),
    };

    plain.events = &offered;
    if (argc > 1 && strcmp(argv[1], "host-timers") == 0)
        offered.fd_unwatch = NULL;
    if (argc > 1 && strcmp(argv[1], "host-unchanged") == 0)
        offered.fd_change = NULL;
    begin(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
