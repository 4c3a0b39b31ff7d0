/* SPDX-License-Identifier: MIT */
/* Children of a host: their ends, their births, their fds; and the copy of the host that is one. */
#include "host_fixture.h"

#include <dirent.h>

static void children_end_as_they_are_told(void **state)
{
    struct host *host = start_ready();
    int pid;

    (void)state;
    assert_ok(host, "main open A 0 owner=selective");
    pid = ask_pid(host, "main fork A a1 exit=3");
    expect(host, "event report ctx=A pid=%d status=768", pid);
    pid = ask_pid(host, "main fork A a2 signal=SIGTERM");
    expect(host, "event report ctx=A pid=%d status=15", pid);
    pid = ask_pid(host, "main fork A a3");
    assert_ok(host, "- order a3 grandchild");
    assert_ok(host, "- order a3 stop");
    await_state(pid, "T");
    kill(pid, SIGCONT);
    assert_ok(host, "- order a3 exit 255");
    expect(host, "event report ctx=A pid=%d status=%d", pid, 255 << 8);
    assert_error(host, "EPIPE", "- order a3 exit 1");
    pid = ask_pid(host, "main fork A a4 exec");
    assert_ok(host, "- order a4 signal 9");
    expect(host, "event report ctx=A pid=%d status=9", pid);
    pid = ask_pid(host, "main spawn A a5");
    assert_ok(host, "- order a5 grandchild");
    assert_ok(host, "- order a5 exit 7");
    expect(host, "event report ctx=A pid=%d status=1792", pid);
    /* A name is the latest one's. */
    pid = ask_pid(host, "main fork A a1");
    assert_int_equal(ask_pid(host, "main waitpid a1 1"), 0);
    assert_ok(host, "- order a1 exit 0");
    expect(host, "event report ctx=A pid=%d status=0", pid);
    assert_ok(host, "main close A");
    finish(host);
}

/* The numbers of the open files of a process, as text. */
static const char *open_files(pid_t pid)
{
    static char text[512];
    char path[64];
    int numbers[128], count = 0;
    struct dirent *entry;
    DIR *folder;

    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    folder = opendir(path);
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL && count < 128)
        if (entry->d_name[0] != '.')
            numbers[count++] = atoi(entry->d_name);
    closedir(folder);
    text[0] = '\0';
    for (int low = 0; low < 1024; low++)
        for (int i = 0; i < count; i++)
            if (numbers[i] == low)
                sprintf(text + strlen(text), "%d ", low);
    return text;
}

static void children_hold_nothing_of_the_harness(void **state)
{
    struct host *host = start_ready();
    int forked, spawned, executed, foreign;
    siginfo_t info;

    (void)state;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    assert_ok(host, "main open A 0");
    forked = ask_pid(host, "main fork A a1");
    executed = ask_pid(host, "main fork A a2 exec");
    spawned = ask_pid(host, "main spawn A a3");
    foreign = ask_pid(host, "main foreign f1");
    /* They stop when they have come to read orders, and so have closed what they will close. */
    for (int i = 1; i <= 3; i++)
        assert_ok(host, "- order a%d stop", i);
    assert_ok(host, "- order f1 stop");
    await_state(forked, "T");
    await_state(executed, "T");
    await_state(spawned, "T");
    await_state(foreign, "T");
    assert_string_equal(open_files(executed), "0 1 2 499 ");
    assert_string_equal(open_files(spawned), "0 1 2 499 ");
    /* The eventfd of the ctx and the pidfds of the others are the library's to close. */
    assert_string_equal(open_files(forked), "0 1 2 3 499 ");
    assert_string_equal(open_files(foreign), "0 1 2 3 4 5 6 499 ");
    for (int i = 0; i < 4; i++)
        kill((int[]){forked, executed, spawned, foreign}[i], SIGCONT);
    /* When the host is gone they see the end of their orders. */
    finish(host);
    for (int i = 0; i < 4; i++) {
        int pid = (int[]){forked, executed, spawned, foreign}[i];

        assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED), 0);
        assert_int_equal(info.si_code, CLD_EXITED);
        assert_int_equal(info.si_status, 125);
    }
}

static void the_application_has_children_too(void **state)
{
    struct host *host = start_ready();
    int pid;

    (void)state;
    assert_ok(host, "main open A 0");
    pid = ask_pid(host, "main foreign f1");
    assert_string_equal(ask(host, "main waitpid f1 %d", WNOHANG), "ok pid=0 status=0");
    assert_ok(host, "- order f1 exit 5");
    assert_int_equal(member(ask(host, "main waitpid f1 0"), "ok pid="), pid);
    assert_error(host, "ECHILD", "main waitpid f1 0");
    ask_pid(host, "main foreign f2 signal=9");
    assert_int_equal(member(ask(host, "main waitpid any 0"), "status="), 9);
    /* Given into the care of a ctx, and taken out of it again. */
    pid = ask_pid(host, "main foreign f3");
    assert_ok(host, "main watch A f3");
    assert_ok(host, "main signal A f3 15");
    expect(host, "event report ctx=A pid=%d status=15", pid);
    ask_pid(host, "main fork A a1");
    assert_ok(host, "main forget A a1");
    assert_error(host, "ESRCH", "main forget A a1");
    assert_ok(host, "- order a1 exit 1");
    assert_int_equal(member(ask(host, "main waitpid a1 0"), "status="), 256);
    /* Reaped under the library's nose. */
    assert_ok(host, "main pause A");
    pid = ask_pid(host, "main fork A a2 exit=1");
    assert_int_equal(ask_pid(host, "main waitpid a2 0"), pid);
    assert_ok(host, "main resume A");
    expect(host, "event lost ctx=A pid=%d", pid);
    assert_false(heard(host, "event report"));
    assert_string_equal(ask(host, "main system"), "ok status=1792");
    assert_string_equal(ask(host, "main popen"), "ok status=1792");
    /* In two steps: the shell has ended after the first, and is left for the second. */
    assert_error(host, "EINVAL", "main popen-close");
    assert_true(ask_pid(host, "main popen-open") > 0);
    assert_error(host, "EBUSY", "main popen-open");
    assert_string_equal(ask(host, "main popen-close"), "ok status=1792");
    finish(host);
}

static void owners_strangers_and_disasters(void **state)
{
    struct host *host = start_ready();
    int pid;

    (void)state;
    assert_ok(host, "main open A 0 owner=always strangers=unknown");
    pid = ask_pid(host, "main foreign f1 exit=2");
    expect(host, "event stranger ctx=A pid=%d status=512", pid);
    assert_ok(host, "main owner A mainloop");
    pid = ask_pid(host, "main fork A a1 exit=1");
    assert_error(host, "EBUSY", "main owner A library");
    assert_error(host, "EBUSY", "main close A");
    assert_ok(host, "main tell-sigchld A");
    assert_int_equal(ask_pid(host, "main waitpid a1 0"), pid);
    assert_ok(host, "main tell-reaped A a1 256");
    expect(host, "event report ctx=A pid=%d status=256", pid);
    assert_error(host, "ESRCH", "main tell-reaped A a1 256");
    assert_ok(host, "main owner A library");
    assert_error(host, "EPERM", "main tell-sigchld A");
    assert_string_equal(expect(host, "event disaster ctx=A errno=1 "), "told in the wrong mode");
    finish(host);
}

/* Takes in one birth; returns the fd that came with it. */
static int take_birth(struct host *host, struct probe_birth *birth, int timeout_ms)
{
    struct pollfd ready = {.fd = host->births, .events = POLLIN};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {.iov_base = birth, .iov_len = sizeof *birth};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    int fd;

    assert_int_equal(poll(&ready, 1, timeout_ms), 1);
    assert_int_equal(recvmsg(host->births, &message, MSG_CMSG_CLOEXEC), sizeof *birth);
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}

/* When the answer is there, the runner has been told of the child. */
static void births_come_before_answers(void **state)
{
    struct host *host = start_ready();
    struct probe_birth birth;

    (void)state;
    assert_ok(host, "main open A 0");
    for (int i = 0; i < 100; i++) {
        int pid =
            i % 2 == 0 ? ask_pid(host, "main fork A a1 exit=0") : ask_pid(host, "main foreign f1");

        close(take_birth(host, &birth, 0));
        assert_int_equal(birth.kind, BIRTH_FORK);
        assert_int_equal(birth.pid, pid);
        if (i % 2 == 0)
            expect(host, "event report ctx=A pid=%d", pid);
    }
    finish(host);
}

/* A copy speaks on a socket of its own, which comes with its birth. */
static struct host *copy_of(struct host *host, pid_t pid)
{
    struct host *copy = calloc(1, sizeof *copy);
    struct probe_birth birth;

    while (copy->fd = take_birth(host, &birth, DEADLINE_MS), birth.kind != BIRTH_HOST)
        close(copy->fd);
    assert_int_equal(birth.pid, pid);
    assert_int_equal(birth.parent, host->pid);
    copy->pid = pid;
    return copy;
}

static void a_copy_lives_on(void **state)
{
    struct host *host = start_ready(), *copy;
    int pid, child;

    (void)state;
    ask(host, "- lane t1");
    assert_ok(host, "t1 open A 0");
    child = ask_pid(host, "t1 fork A a1");
    pid = ask_pid(host, "t1 forked copy");
    copy = copy_of(host, pid);
    assert_int_equal(member(expect(copy, "hello "), "pid="), pid);
    expect(copy, "ready");
    /* It has one lane and the names; the inherited loop is left alone. */
    assert_error(copy, "ENOENT", "t1 turn");
    assert_error(copy, "ECHILD", "main waitpid a1 0");
    ask(copy, "- lane t1");
    assert_ok(host, "- order a1 exit 3");
    expect(host, "event report ctx=A pid=%d status=768", child);
    assert_ok(copy, "t1 turn");
    assert_ok(copy, "main turn");
    assert_false(heard(copy, "event"));
    assert_ok(copy, "main postfork A");
    assert_ok(copy, "main open B 1");
    assert_ok(copy, "t1 open C 2");
    member(ask(copy, "main fork B b1 exit=9"), "pid=");
    expect(copy, "event report ctx=B");
    member(ask(copy, "t1 spawn C c1"), "pid=");
    assert_ok(copy, "- order c1 exit 0");
    expect(copy, "event report ctx=C");
    /* The original knows nothing of these. */
    assert_error(host, "ENOENT", "main waitpid b1 0");
    assert_string_equal(ask(copy, "- quit"), "ok");
    assert_int_equal(member(ask(host, "main waitpid copy 0"), "status="), 0);
    /* Made in a callback, it never comes back from there. */
    assert_ok(host, "t1 when a2 forked again");
    ask_pid(host, "t1 fork A a2 exit=0");
    free(copy);
    copy = copy_of(host, atoi(expect(host, "event when %u ok pid=", host->number - 1)));
    expect(copy, "ready");
    assert_ok(copy, "main turn");
    close(copy->fd);
    assert_int_equal(member(ask(host, "main waitpid again 0"), "status="), 0);
    finish(host);
    free(copy);
}

/* The hook is heard of twice, as it comes back in two processes; raw, it runs no handlers. */
static void expect_two_hooks(const char *option, int raw)
{
    struct host *host = start_ready();

    assert_ok(host, "main open A 0 %s owner=selective", option);
    ask_pid(host, "main fork A a1 exit=0");
    expect(host, "event report ctx=A");
    for (size_t i = 0, hooks = 0; hooks < 2; i++) {
        const struct event *event = log_at(host->log, i);

        assert_true(i < log_count(host->log));
        if (event == NULL || event->kind != EVENT_FORKHOOK)
            continue;
        assert_int_equal(event->value, raw);
        hooks++;
    }
    finish(host);
}

static void the_fork_hook_is_the_application(void **state)
{
    (void)state;
    expect_two_hooks("forkhook", 0);
}

static void a_fork_hook_may_run_no_handlers(void **state)
{
    (void)state;
    expect_two_hooks("forkhook=raw", 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_end_as_they_are_told),
        cmocka_unit_test(children_hold_nothing_of_the_harness),
        cmocka_unit_test(the_application_has_children_too),
        cmocka_unit_test(owners_strangers_and_disasters),
        cmocka_unit_test(births_come_before_answers),
        cmocka_unit_test(a_copy_lives_on),
        cmocka_unit_test(the_fork_hook_is_the_application),
        cmocka_unit_test(a_fork_hook_may_run_no_handlers),
    };

    begin(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
