/* SPDX-License-Identifier: MIT */
/*
 * What events, fds and timeouts of the reference cost, and how that grows: figures to look at.
 * Run by `make bench`.
 *
 * Events are lines that a helper says, queued and retrieved by four waiting threads; the time is
 * that of the clock, the helper's included. fds and timeouts are registered, occur and are dropped,
 * once by polling and once by hooks; the time is the processor's. The cost is that of one item. The
 * growth is the exponent of the whole between the two largest sizes, as the best of a few rounds
 * shows it: 1 where each item costs the same, 1.1 to 1.2 for n log n, 2 for what is quadratic;
 * caches add to that where a size outgrows them.
 */
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "reap.h"

enum { SIZES = 3, ROUNDS = 9, THREADS = 4 };
static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Of the processor: what else the machine does is not counted. */
static double used_us(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

static int64_t now_ms(void)
{
    return (int64_t)(now_us() / 1e3);
}

static void check(bool is_so, const char *what)
{
    if (!is_so) {
        perror(what);
        exit(2);
    }
}

/* -- events -- */

struct share {
    reap_ctx *ctx;
    unsigned count;
};

static void *retrieves(void *arg)
{
    const struct share *share = arg;
    for (unsigned i = 0; i < share->count; i++) {
        reap_event *event;
        check(!reap_event_wait(share->ctx, &event, REAP_EVENT_BIT(REAP_EVENT_OPERATION_PROGRESS),
                               NULL, NULL),
              "reap_event_wait");
        reap_event_free(share->ctx, event);
    }
    return NULL;
}

static double events(unsigned count)
{
    char line[64];
    char *const argv[] = {"sh", "-c", line, NULL};
    const reap_progress_how progress = {NULL, {0}};
    const reap_how how = {NULL, {0}};
    pthread_t threads[THREADS];
    struct share share = {.count = count / THREADS};
    reap_event *event;
    snprintf(line, sizeof(line), "yes | head -n %u", count);
    check(!reap_ctx_new(&share.ctx), "reap_ctx_new");
    double start = now_us();
    check(!reap_run_helper(share.ctx, argv, &progress, &how), "reap_run_helper");
    for (int i = 0; i < THREADS; i++) {
        check(!pthread_create(&threads[i], NULL, retrieves, &share), "pthread_create");
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    double took = now_us() - start;
    check(!reap_event_wait(share.ctx, &event, REAP_EVENT_BIT(REAP_EVENT_OPERATION_COMPLETE), NULL,
                           NULL),
          "reap_event_wait");
    reap_event_free(share.ctx, event);
    check(!reap_ctx_free(share.ctx), "reap_ctx_free");
    return took;
}

/* -- fds and timeouts -- */

/* The application's loop: what was registered, in the order of its registration. */
struct loop {
    void **for_reap;
    unsigned count;
};

static int on_fd_register(void *user, int fd, void **for_app, short events_, void *for_reap)
{
    struct loop *loop = user;
    (void)fd;
    (void)for_app;
    (void)events_;
    loop->for_reap[loop->count++] = for_reap;
    return 0;
}

static int on_fd_modify(void *user, int fd, void **for_app, short events_)
{
    (void)user;
    (void)fd;
    (void)for_app;
    (void)events_;
    return 0;
}

static void on_fd_deregister(void *user, int fd, void *for_app)
{
    (void)user;
    (void)fd;
    (void)for_app;
}

static int on_timeout_register(void *user, void **for_app, int64_t at, void *for_reap)
{
    struct loop *loop = user;
    (void)for_app;
    (void)at;
    loop->for_reap[loop->count++] = for_reap;
    return 0;
}

static int on_timeout_modify(void *user, void **for_app, int64_t at)
{
    (void)user;
    (void)for_app;
    (void)at;
    return 0;
}

static const struct reap_osevent_hooks hooks = {
    .version = REAP_OSEVENT_HOOKS_VERSION,
    .fd_register = on_fd_register,
    .fd_modify = on_fd_modify,
    .fd_deregister = on_fd_deregister,
    .timeout_register = on_timeout_register,
    .timeout_modify = on_timeout_modify,
};

static unsigned calls;

static void on_fd(reap_ctx *ctx, int fd, short revents, void *user)
{
    (void)ctx;
    (void)fd;
    (void)revents;
    (void)user;
    calls++;
}

static void on_timeout(reap_ctx *ctx, void *user)
{
    (void)ctx;
    (void)user;
    calls++;
}

static reap_ctx *open_ctx(struct loop *loop, unsigned count)
{
    reap_ctx *ctx;
    check(!reap_ctx_new(&ctx), "reap_ctx_new");
    if (loop) {
        *loop = (struct loop){.for_reap = calloc(count, sizeof(void *))};
        check(loop->for_reap && !reap_osevent_register_hooks(ctx, &hooks, loop), "hooks");
    }
    return ctx;
}

static void poll_once(reap_ctx *ctx, unsigned count)
{
    struct pollfd *fds = calloc(count + 1, sizeof(*fds));
    int nfds = (int)count + 1, timeout = 0;
    check(fds && !reap_beforepoll(ctx, &nfds, fds, &timeout, now_ms()), "reap_beforepoll");
    check(poll(fds, (nfds_t)nfds, timeout) >= 0, "poll");
    check(!reap_afterpoll(ctx, nfds, fds, now_ms()), "reap_afterpoll");
    free(fds);
}

static double fds_cost(unsigned count, bool by_hooks)
{
    struct loop loop;
    int *fds = calloc(count, sizeof(*fds));
    reap_id *ids = calloc(count, sizeof(*ids));
    check(fds && ids, "calloc");
    for (unsigned i = 0; i < count; i++) {
        fds[i] = open("/dev/null", O_RDWR); /* always ready */
        check(fds[i] >= 0, "open");
    }
    reap_ctx *ctx = open_ctx(by_hooks ? &loop : NULL, count);
    calls = 0;
    double start = used_us();
    for (unsigned i = 0; i < count; i++) {
        check(!reap_fd_register(ctx, fds[i], POLLIN, on_fd, NULL, &ids[i]), "reap_fd_register");
    }
    for (unsigned i = 0; by_hooks && i < count; i++) {
        reap_osevent_occurred_fd(ctx, loop.for_reap[i], fds[i], POLLIN, POLLIN);
    }
    if (!by_hooks) {
        poll_once(ctx, count);
    }
    for (unsigned i = count; i-- > 0;) {
        check(!reap_fd_deregister(ctx, ids[i]), "reap_fd_deregister");
    }
    double took = used_us() - start;
    check(calls == count, "not all fds were told");
    for (unsigned i = 0; i < count; i++) {
        close(fds[i]);
    }
    check(!reap_ctx_free(ctx), "reap_ctx_free");
    if (by_hooks) {
        free(loop.for_reap);
    }
    free(fds);
    free(ids);
    return took;
}

static double timeouts_cost(unsigned count, bool by_hooks)
{
    struct loop loop;
    reap_id *ids = calloc(count, sizeof(*ids));
    check(ids, "calloc");
    reap_ctx *ctx = open_ctx(by_hooks ? &loop : NULL, count);
    int64_t past = now_ms() - (int64_t)count;
    calls = 0;
    double start = used_us();
    for (unsigned i = 0; i < count; i++) {
        /* In no order; every second one is due, the others never are. */
        int64_t at = past + (i * 7919u) % count;
        check(
            !reap_timeout_register_at(ctx, i % 2 ? at : at + 1000000000, on_timeout, NULL, &ids[i]),
            "reap_timeout_register_at");
    }
    for (unsigned i = 1; by_hooks && i < count; i += 2) {
        reap_osevent_occurred_timeout(ctx, loop.for_reap[i]);
    }
    if (!by_hooks) {
        poll_once(ctx, 0);
    }
    for (unsigned i = 0; i < count; i += 2) {
        check(!reap_timeout_deregister(ctx, ids[i]), "reap_timeout_deregister");
    }
    double took = used_us() - start;
    check(calls == count / 2, "not all timeouts fired");
    check(!reap_ctx_free(ctx), "reap_ctx_free");
    if (by_hooks) {
        free(loop.for_reap);
    }
    free(ids);
    return took;
}

static double events_cost(unsigned count, bool by_hooks)
{
    (void)by_hooks;
    return events(count);
}

static void print_row(const char *what, double (*cost)(unsigned, bool), bool by_hooks,
                      const unsigned sizes[SIZES])
{
    double whole[SIZES];
    printf("%-36s", what);
    for (int i = 0; i < SIZES; i++) {
        whole[i] = INFINITY;
        for (int round = 0; round < ROUNDS; round++) {
            whole[i] = fmin(whole[i], cost(sizes[i], by_hooks));
        }
        printf("  %6u: %7.2f us", sizes[i], whole[i] / sizes[i]);
    }
    double growth =
        log(whole[SIZES - 1] / whole[SIZES - 2]) / log((double)sizes[SIZES - 1] / sizes[SIZES - 2]);
    printf("  growth %.2f\n", growth);
}

int main(void)
{
    const unsigned many[SIZES] = {1000, 10000, 100000};
    unsigned fewer[SIZES] = {100, 1000, 10000};
    struct rlimit limit;
    check(!getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    print_row("events, four waiting threads", events_cost, false, many);
    print_row("timeouts, polled", timeouts_cost, false, fewer);
    print_row("timeouts, by hooks", timeouts_cost, true, fewer);
    for (int i = 0; i < SIZES; i++) {
        if (limit.rlim_cur < fewer[i] + 100) {
            printf("fds: no more than %lu may be open, so sizes are smaller\n",
                   (unsigned long)limit.rlim_cur);
            fewer[i] = (unsigned)limit.rlim_cur - 100;
        }
    }
    print_row("fds, polled", fds_cost, false, fewer);
    print_row("fds, by hooks", fds_cost, true, fewer);
    return 0;
}
