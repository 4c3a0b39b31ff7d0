/* SPDX-License-Identifier: MIT */
/*
 * The polling loop: room for fds, events of fds, timeouts in their order, registrations that change
 * between poll and afterpoll, wake-ups from other threads.
 */
#include "fixture.h"
#include <pthread.h>

static unsigned calls;
static char order[16];

static void on_fd(reap_ctx *ctx, int fd, short revents, void *user)
{
    (void)ctx;
    (void)fd;
    calls++;
    if (user) {
        *(short *)user = revents;
    }
}

static void on_timeout(reap_ctx *ctx, void *user)
{
    (void)ctx;
    order[calls++] = *(const char *)user;
}

static void on_timeout_again(reap_ctx *ctx, void *user)
{
    reap_id id;
    calls++;
    assert_int_equal(reap_timeout_register(ctx, 0, on_timeout_again, user, &id), 0);
}

static void room_for_fds(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct pollfd fds[3];
    int nfds = 0, timeout = 5000, ends[2];
    short revents = 0;
    reap_id in, none;
    reap_ctx *ctx = ctx_with(REAP_OWNER_MAINLOOP, &seen);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(reap_fd_register(ctx, ends[0], POLLIN, on_fd, &revents, &in), 0);
    assert_int_equal(reap_fd_register(ctx, ends[1], 0, on_fd, NULL, &none), 0);
    assert_int_equal(reap_fd_register(ctx, -1, 0, on_fd, NULL, &none), REAP_ERROR_INVALID);
    assert_int_equal(reap_beforepoll(ctx, &nfds, NULL, &timeout, now_ms()), REAP_ERROR_BUFFER_FULL);
    assert_in_range(nfds, 2, 3);
    nfds = 3;
    assert_int_equal(reap_beforepoll(ctx, &nfds, fds, &timeout, now_ms()), 0);
    assert_int_equal(nfds, 2); /* one asks for no events */
    assert_int_equal(timeout, 5000);

    calls = 0;
    turn(ctx, 0);
    assert_int_equal(calls, 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    turn(ctx, 0);
    assert_int_equal(calls, 1);
    assert_int_equal(revents, POLLIN);
    assert_int_equal(reap_fd_modify(ctx, in, 0), 0);
    turn(ctx, 0);
    assert_int_equal(calls, 1);
    assert_int_equal(reap_fd_modify(ctx, in, POLLIN), 0);
    close(ends[1]);
    turn(ctx, 0);
    assert_int_equal(revents, POLLIN | POLLHUP);
    assert_int_equal(reap_fd_deregister(ctx, in), 0);
    assert_int_equal(reap_fd_deregister(ctx, in), REAP_ERROR_UNKNOWN_ID);
    assert_int_equal(reap_fd_modify(ctx, in, 0), REAP_ERROR_UNKNOWN_ID);
    close(ends[0]);
    reap_ctx_free(ctx);
}

static void changed_between_poll_and_afterpoll(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct pollfd fds[2];
    int nfds = 2, timeout = 0, ends[2];
    reap_id old, new;
    reap_ctx *ctx = ctx_with(REAP_OWNER_MAINLOOP, &seen);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(reap_fd_register(ctx, ends[0], POLLIN, on_fd, NULL, &old), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(reap_beforepoll(ctx, &nfds, fds, &timeout, now_ms()), 0);
    assert_int_equal(poll(fds, 2, 0), 1);
    assert_int_equal(reap_fd_deregister(ctx, old), 0);
    assert_int_equal(reap_fd_register(ctx, ends[0], POLLIN, on_fd, NULL, &new), 0);
    calls = 0;
    assert_int_equal(reap_afterpoll(ctx, nfds, fds, now_ms()), 0);
    assert_int_equal(calls, 0); /* what was polled was for the old one */
    turn(ctx, 0);
    assert_int_equal(calls, 1);
    close(ends[0]);
    close(ends[1]);
    reap_ctx_free(ctx);
}

static void timeouts_in_order(void **state)
{
    (void)state;
    struct seen seen = {0};
    reap_id a, b, c;
    int nfds = 0, timeout = -1;
    reap_ctx *ctx = ctx_with(REAP_OWNER_MAINLOOP, &seen);
    assert_int_equal(reap_timeout_register(ctx, 20, on_timeout, "c", &c), 0);
    assert_int_equal(reap_timeout_register(ctx, 0, on_timeout, "a", &a), 0);
    assert_int_equal(reap_timeout_register(ctx, 10, on_timeout, "b", &b), 0);
    assert_int_equal(reap_timeout_register(ctx, -1, on_timeout, "d", &c), REAP_ERROR_INVALID);
    assert_int_equal(reap_timeout_deregister(ctx, b), 0);
    assert_int_equal(reap_timeout_deregister(ctx, b), REAP_ERROR_UNKNOWN_ID);
    calls = 0;
    int64_t start = now_ms();
    turn_until(ctx, &calls, 2);
    assert_true(now_ms() - start >= 20);
    assert_memory_equal(order, "ac", 2);
    assert_int_equal(reap_timeout_deregister(ctx, c), REAP_ERROR_UNKNOWN_ID);

    /* Very far away: poll takes an int. */
    assert_int_equal(reap_timeout_register(ctx, INT64_MAX, on_timeout, "e", &c), 0);
    struct pollfd fds[1];
    nfds = 1;
    assert_int_equal(reap_beforepoll(ctx, &nfds, fds, &timeout, now_ms()), 0);
    assert_int_equal(timeout, -1);
    assert_int_equal(reap_timeout_register(ctx, 3000000000, on_timeout, "f", &c), 0);
    assert_int_equal(reap_beforepoll(ctx, &nfds, fds, &timeout, now_ms()), 0);
    assert_int_equal(timeout, 2000000000);
    reap_ctx_free(ctx);
}

static void one_that_comes_back_has_one_turn(void **state)
{
    (void)state;
    struct seen seen = {0};
    reap_id id;
    reap_ctx *ctx = ctx_with(REAP_OWNER_MAINLOOP, &seen);
    assert_int_equal(reap_timeout_register(ctx, 0, on_timeout_again, NULL, &id), 0);
    calls = 0;
    turn_until(ctx, &calls, 3);
    assert_int_equal(calls, 3);
    reap_ctx_free(ctx);
}

static void *wakes(void *ctx)
{
    reap_wake(ctx);
    return NULL;
}

static void woken_from_elsewhere(void **state)
{
    (void)state;
    struct seen seen = {0};
    pthread_t thread;
    reap_ctx *ctx = ctx_with(REAP_OWNER_MAINLOOP, &seen);
    int64_t start = now_ms();
    assert_int_equal(pthread_create(&thread, NULL, wakes, ctx), 0);
    turn(ctx, DEADLINE_MS);
    assert_true(now_ms() - start < DEADLINE_MS);
    pthread_join(thread, NULL);
    reap_ctx_free(ctx);
}

/* Idle, it wants nothing of the poll; with a living child it looks once in a while. */
static void idle_is_idle(void **state)
{
    (void)state;
    for (int owner = REAP_OWNER_LIBRARY; owner <= REAP_OWNER_SELECTIVE; owner++) {
        struct seen seen = {0};
        struct pollfd fds[2];
        int nfds = 2, timeout = -1;
        reap_ctx *ctx = ctx_with((enum reap_owner)owner, &seen);
        turn(ctx, 0);
        turn(ctx, 0);
        assert_int_equal(reap_beforepoll(ctx, &nfds, fds, &timeout, now_ms()), 0);
        assert_int_equal(timeout, -1);
        /* Only owners that always listen want to hear of exits. [OE-41] */
        assert_int_equal(nfds, owner == REAP_OWNER_LIBRARY || owner == REAP_OWNER_MAINLOOP ? 1 : 2);
        nfds = 2;
        struct gated child = gated_child(ctx, 0, &seen);
        turn(ctx, 0);
        turn(ctx, 0);
        assert_int_equal(reap_beforepoll(ctx, &nfds, fds, &timeout, now_ms()), 0);
        if (owner == REAP_OWNER_MAINLOOP) {
            assert_int_equal(timeout, -1);
        } else {
            assert_in_range(timeout, 1, 1000);
        }
        let_exit(child);
        if (owner == REAP_OWNER_MAINLOOP) {
            reap_childproc_sigchld_occurred(ctx);
        }
        turn_until(ctx, &seen.reports, 1);
        reap_ctx_free(ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_for_fds),
        cmocka_unit_test(changed_between_poll_and_afterpoll),
        cmocka_unit_test(timeouts_in_order),
        cmocka_unit_test(one_that_comes_back_has_one_turn),
        cmocka_unit_test(woken_from_elsewhere),
        cmocka_unit_test(idle_is_idle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
