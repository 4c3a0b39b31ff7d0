/* SPDX-License-Identifier: MIT */
/* The probe sees what the library calls, wherever the library is, and nothing else. */
#include "tests/probed.h"

#include <dlfcn.h>
#include <poll.h>
#include <sys/epoll.h>

static void the_application_is_not_watched(void **state)
{
    (void)state;
    arm(0, RULE_FAULT, CALL_PIPE, EMFILE);
    assert_int_equal(make_pipe(), 0);
    assert_int_equal(log_count(events), start);
}

static void a_call_of_the_library_is_recorded(void **state)
{
    const struct event *call = NULL;

    (void)state;
    errno = EXDEV;
    assert_int_equal(in_library(make_pipe), 0);
    assert_int_equal(errno, EXDEV);
    call = seen(EVENT_CALL, CALL_PIPE);
    assert_non_null(call);
    assert_int_equal(call->zone, ZONE_LIBRARY);
    assert_int_equal(call->ctx, -1);
    assert_int_equal(call->pid, getpid());
    assert_int_equal(call->tid, gettid());
    assert_int_equal(call->result, 0);
    assert_int_equal(seen(EVENT_CALL, CALL_CLOSE)->subject, call->value);
    assert_int_equal(seen_nth(1, EVENT_CALL, CALL_CLOSE)->subject, call->extra);
}

/* However far a script has moved the clock of the library. */
static void an_event_has_the_time_that_it_is(void **state)
{
    uint64_t before = probe_now_ns();
    const struct event *call;

    (void)state;
    probe_move_clock(INT64_C(7200) * 1000000);
    assert_int_equal(in_library(make_pipe), 0);
    probe_move_clock(0);
    call = seen(EVENT_CALL, CALL_PIPE);
    assert_non_null(call);
    assert_in_range(call->time, before, probe_now_ns());
}

static int reap_child(void)
{
    pid_t pid = fork();
    siginfo_t info;
    int status = 0;

    if (pid == 0)
        _exit(7);
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    return waitpid(-1, &status, 0) == pid && status == 0x700 ? pid : -1;
}

static void a_wait_is_recorded_with_what_it_got(void **state)
{
    struct probe_birth birth;
    int pid = in_library(reap_child);
    const struct event *waitid_call = seen(EVENT_CALL, CALL_WAITID);
    const struct event *waitpid_call = seen(EVENT_CALL, CALL_WAITPID);

    (void)state;
    close(receive_birth(&birth));
    assert_true(pid > 0);
    assert_int_equal(seen(EVENT_CALL, CALL_FORK)->result, pid);
    assert_null(seen_nth(1, EVENT_CALL, CALL_FORK));
    assert_int_equal(waitid_call->subject, pid);
    assert_int_equal(waitid_call->value, (int64_t)P_PID << 32 | 7);
    assert_int_equal(waitid_call->extra, WEXITED | WNOWAIT);
    assert_int_equal(waitid_call->spare, pid);
    assert_int_equal(waitpid_call->subject, -1);
    assert_int_equal(waitpid_call->result, pid);
    assert_int_equal(waitpid_call->value, 0x700);
}

static int poll_well(void)
{
    return poll(NULL, 0, 0);
}

static int poll_badly(void)
{
    return epoll_wait(-1, &(struct epoll_event){0}, 1, 0);
}

static void a_poll_is_recorded_when_it_fails(void **state)
{
    (void)state;
    assert_int_equal(in_library(poll_well), 0);
    assert_null(seen(EVENT_CALL, CALL_POLL));
    assert_int_equal(in_library(poll_badly), -1);
    assert_int_equal(seen(EVENT_CALL, CALL_POLL)->error, EBADF);
}

static int open_by_system_call(void)
{
    return (int)syscall(SYS_pidfd_open, getpid(), 0);
}

static void a_pidfd_is_seen_through_syscall(void **state)
{
    int fd = in_library(open_by_system_call);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(seen(EVENT_CALL, CALL_PIDFD_OPEN)->subject, getpid());
    assert_int_equal(seen(EVENT_CALL, CALL_PIDFD_OPEN)->result, fd);
}

/* A library in a shared object of its own. Skipped where there is no compiler. */
static void a_shared_object_is_watched(void **state)
{
    char folder[] = "/tmp/test-probe-XXXXXX";
    char path[PATH_MAX], command[2 * PATH_MAX];
    void *object = NULL;
    int (*act)(void) = NULL;
    int r = 0;

    (void)state;
    if (system("set -- ${CC:-cc}; command -v \"$1\" >/dev/null") != 0)
        skip_because("there is no compiler");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/object.so", folder);
    snprintf(command, sizeof command,
             "echo '#include <signal.h>\n#include <unistd.h>\n"
             "int act(void) { return kill(getpid(), 0); }' |"
             " ${CC:-cc} -x c -shared -fPIC -o %s -",
             path);
    r = system(command);
    if (r == 0)
        object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    unlink(path);
    rmdir(folder);
    assert_int_equal(r, 0);
    assert_non_null(object);
    *(void **)&act = dlsym(object, "act");
    assert_int_equal(in_library(act), 0);
    dlclose(object);
    assert_non_null(seen(EVENT_CALL, CALL_KILL));
    assert_int_equal(seen(EVENT_CALL, CALL_KILL)->subject, getpid());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROBED(the_application_is_not_watched),   PROBED(a_call_of_the_library_is_recorded),
        PROBED(an_event_has_the_time_that_it_is), PROBED(a_wait_is_recorded_with_what_it_got),
        PROBED(a_pidfd_is_seen_through_syscall),  PROBED(a_poll_is_recorded_when_it_fails),
        PROBED(a_shared_object_is_watched),
    };

    return cmocka_run_group_tests(tests, start_probe, NULL);
}
