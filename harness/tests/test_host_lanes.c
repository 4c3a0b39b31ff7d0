/* SPDX-License-Identifier: MIT */
/* Lanes of a host: what each does in turn, with others, in callbacks, and held at a gate. */
#include "host_fixture.h"

#include <linux/futex.h>
#include <sys/syscall.h>

static void lanes_come_and_go(void **state)
{
    struct host *host = start_ready();
    char task[64];
    long tid;
    int pid;

    (void)state;
    tid = member(ask(host, "- lane t1"), "ok tid=");
    snprintf(task, sizeof task, "/proc/%d/task/%ld", (int)host->pid, tid);
    assert_int_equal(access(task, F_OK), 0);
    assert_error(host, "EEXIST", "- lane t1");
    assert_ok(host, "t1 open A 0");
    assert_ok(host, "t1 open B 1");
    pid = ask_pid(host, "t1 fork A a1");
    assert_error(host, "EINVAL", "main unlane");
    request(host, "t1 unlane");
    assert_error(host, "ENOENT", "t1 turn");
    expect(host, "%u ok", host->number - 1);
    assert_int_equal(access(task, F_OK), -1);
    /* Its ctxs go on. */
    assert_ok(host, "- order a1 exit 0");
    expect(host, "event report ctx=A pid=%d", pid);
    member(ask(host, "- lane t1"), "ok tid=");
    assert_ok(host, "t1 close A");
    assert_ok(host, "t1 close B");
    assert_error(host, "ENOENT", "t1 close B");
    finish(host);
}

static void loops_are_paused_and_turned(void **state)
{
    struct host *host = start_ready();
    int pid;

    (void)state;
    assert_ok(host, "main open A 0");
    assert_ok(host, "main pause A");
    pid = ask_pid(host, "main fork A a1 exit=4");
    await_state(pid, "Z");
    assert_ok(host, "main turn");
    assert_false(heard(host, "event"));
    assert_ok(host, "main resume A");
    expect(host, "event report ctx=A pid=%d", pid);
    /* What a callback of one loop makes possible in another belongs to the same turn. */
    assert_ok(host, "main pause A");
    assert_ok(host, "main open B 1");
    assert_ok(host, "main pause B");
    await_state(ask_pid(host, "main fork A a2 exit=0"), "Z");
    await_state(ask_pid(host, "main fork B b1 exit=0"), "Z");
    assert_ok(host, "main when b1 resume A");
    request(host, "main resume B");
    assert_ok(host, "main turn");
    assert_true(heard(host, "event report ctx=B"));
    assert_true(heard(host, "event report ctx=A"));
    host->lines_count = 0;
    assert_ok(host, "main close B");
    /* A turn has done all there is to do when it is answered. */
    assert_ok(host, "main open B 1");
    for (int i = 0; i < 10; i++) {
        pid = ask_pid(host, "main fork B b1 exit=%d", i);
        await_state(pid, "Z-");
        assert_ok(host, "main turn");
        assert_true(heard(host, "event report ctx=B"));
        expect(host, "event report ctx=B pid=%d status=%d", pid, i << 8);
    }
    finish(host);
}

static void some_start_together(void **state)
{
    struct host *host = start_ready();
    unsigned first, second;

    (void)state;
    ask(host, "- lane t1");
    ask(host, "- lane t2");
    assert_ok(host, "t1 open A 0");
    assert_ok(host, "t2 open B 1");
    assert_ok(host, "- together 2");
    assert_error(host, "EBUSY", "- together 2");
    first = request(host, "t1 + fork A a1 exit=1");
    /* It waits, and lanes that are not meant go on. */
    assert_ok(host, "main turn");
    assert_ok(host, "main turn");
    for (size_t i = 0; i < host->lines_count; i++)
        assert_int_not_equal(strtoul(host->lines[i], NULL, 10), first);
    second = request(host, "t2 + fork B b1 exit=2");
    expect(host, "%u ok pid=", first);
    expect(host, "%u ok pid=", second);
    expect(host, "event report ctx=A");
    expect(host, "event report ctx=B");
    /* Those that cannot start do not keep the others. */
    assert_error(host, "EINVAL", "t1 + turn");
    assert_ok(host, "- together 3");
    first = request(host, "t1 + turn");
    assert_error(host, "ENOENT", "t3 + turn");
    assert_error(host, "EDEADLK", "t1 + turn");
    expect(host, "%u ok", first);
    finish(host);
}

static void requests_are_kept_for_a_callback(void **state)
{
    struct host *host = start_ready();
    int pid, next;

    (void)state;
    ask(host, "- lane t1");
    assert_ok(host, "t1 open A 0");
    assert_ok(host, "t1 when a1 fork A a2");
    assert_ok(host, "t1 when a1 order a2 exit 6");
    assert_ok(host, "t1 when a2 close A");
    assert_ok(host, "t1 when a2 turn");
    assert_ok(host, "t1 when a2 fork A a3");
    pid = ask_pid(host, "t1 fork A a1 exit=0");
    expect(host, "event report ctx=A pid=%d", pid);
    next = atoi(expect(host, "event when %u ok pid=", host->number - 5));
    expect(host, "event when %u ok", host->number - 4);
    expect(host, "event report ctx=A pid=%d status=1536", next);
    expect(host, "event when %u ok", host->number - 3);
    expect(host, "event when %u error EINVAL", host->number - 2);
    expect(host, "event when %u error ENOENT", host->number - 1);
    assert_error(host, "ENOENT", "t1 close A");
    /* A spawned program that is killed before anybody knows its name is not tested here; one
     * that is told to go is. */
    assert_ok(host, "t1 open A 1");
    assert_ok(host, "main when s1 forget A s1");
    pid = ask_pid(host, "main spawn A s1");
    assert_ok(host, "- order s1 exit 0");
    expect(host, "event report ctx=A pid=%d", pid);
    expect(host, "event when %u error ESRCH", host->number - 2);
    finish(host);
}

static void a_ctx_is_closed_from_another_lane(void **state)
{
    struct host *host = start_ready();

    (void)state;
    ask(host, "- lane t1");
    for (int i = 0; i < 50; i++) {
        assert_ok(host, "t1 open A %d", i);
        assert_ok(host, "main close A");
    }
    finish(host);
}

/* Holds the thread at its next call of that kind, and lets it go again. */
static void hold(struct host *host, long tid, enum rule_kind kind, enum libc_call call)
{
    struct control_rule *gate = &host->control->rule[0];

    gate->tid = (int)tid;
    gate->kind = kind;
    gate->call = call;
    gate->zone = RULE_IN_LIBRARY;
    gate->times = 1;
    atomic_store(&gate->armed, 1);
}

static void await_held(struct host *host)
{
    const struct control_rule *gate = &host->control->rule[0];
    long long end = now_ms() + DEADLINE_MS;

    while (atomic_load(&gate->holds) == 0 && now_ms() < end)
        sched_yield();
    assert_int_equal(atomic_load(&gate->holds), gate->tid);
}

static void let_go(struct host *host)
{
    struct control_rule *gate = &host->control->rule[0];

    atomic_store(&gate->go, 1);
    syscall(SYS_futex, &gate->go, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* A thread that a script holds inside the library keeps neither the host nor other lanes. */
static void a_held_lane_keeps_nobody(void **state)
{
    struct host *host = start_ready();
    unsigned held;
    long tid;
    int pid;

    (void)state;
    tid = member(ask(host, "- lane t1"), "tid=");
    assert_ok(host, "t1 open A 0");
    assert_ok(host, "main open B 1");
    pid = ask_pid(host, "t1 fork A a1");
    hold(host, tid, RULE_GATE_BEFORE, CALL_POLL);
    await_held(host);
    held = request(host, "t1 turn");
    assert_ok(host, "- order a1 exit 8");
    ask(host, "- lane t2");
    assert_int_not_equal(ask_pid(host, "t2 fork B b1 exit=1"), 0);
    expect(host, "event report ctx=B");
    await_state(pid, "Z");
    assert_false(heard(host, "event report ctx=A"));
    let_go(host);
    expect(host, "%u ok", held);
    expect(host, "event report ctx=A pid=%d status=2048", pid);
    finish(host);
}

/* A child has its name before the call that makes it has returned. */
static void a_report_may_come_before_the_pid(void **state)
{
    struct host *host = start_ready();
    unsigned kept, forked;
    int pid;

    (void)state;
    assert_ok(host, "main open B 0 owner=always");
    kept = request(host, "main when a1 disposition");
    expect(host, "%u ok", kept);
    hold(host, member(ask(host, "- lane t1"), "tid="), RULE_GATE_AFTER, CALL_FORK);
    assert_ok(host, "t1 open A 1");
    forked = request(host, "t1 fork A a1 exit=1");
    await_held(host);
    pid = atoi(expect(host, "event stranger ctx=B pid="));
    expect(host, "event when %u ok disposition=", kept);
    let_go(host);
    assert_int_equal(atoi(expect(host, "%u ok pid=", forked)), pid);
    finish(host);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_come_and_go),
        cmocka_unit_test(loops_are_paused_and_turned),
        cmocka_unit_test(some_start_together),
        cmocka_unit_test(requests_are_kept_for_a_callback),
        cmocka_unit_test(a_ctx_is_closed_from_another_lane),
        cmocka_unit_test(a_held_lane_keeps_nobody),
        cmocka_unit_test(a_report_may_come_before_the_pid),
    };

    begin(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
