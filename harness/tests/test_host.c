/* SPDX-License-Identifier: MIT */
/*
 * The host, driven over its protocol as the runner drives it: the test starts itself again as a
 * host, with an adapter of its own that does the plainest thing, a pidfd and a waitpid for each
 * child. What is tested is that the host does and says what PROTOCOL.md says.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "adapter.h"
#include "history/history.h"
#include "host/start.h"
#include "probe/control.h"
#include "probe/probe.h"

extern char **environ;

enum { DEADLINE_MS = 20000, LINES = 256, LINE_BYTES = 1024 };

/* -- the adapter -- */

enum { PLAIN_CHILDREN = 64 };

struct rc_ctx {
    const struct rc_callbacks *callbacks;
    void *user;
    enum rc_owner owner;
    int alarm; /* eventfd: `wake` */
    pthread_mutex_t mutex;
    int count;
    struct plain_child {
        pid_t pid;
        int pidfd;
    } children[PLAIN_CHILDREN];
};

static int plain_open(struct rc_ctx **ctx, const struct rc_callbacks *callbacks, void *user)
{
    struct rc_ctx *new = calloc(1, sizeof *new);

    new->callbacks = callbacks;
    new->user = user;
    new->alarm = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&new->mutex, NULL);
    *ctx = new;
    return 0;
}

static int plain_close(struct rc_ctx *ctx)
{
    if (ctx->count > 0)
        return -EBUSY;
    close(ctx->alarm);
    free(ctx);
    return 0;
}

static int plain_owner(struct rc_ctx *ctx, enum rc_owner owner)
{
    if (ctx->count > 0)
        return -EBUSY;
    ctx->owner = owner;
    return 0;
}

static int plain_wake(struct rc_ctx *ctx)
{
    uint64_t one = 1;

    return write(ctx->alarm, &one, sizeof one) < 0 ? -errno : 0;
}

static int plain_watch(struct rc_ctx *ctx, pid_t pid)
{
    pthread_mutex_lock(&ctx->mutex);
    ctx->children[ctx->count++] = (struct plain_child){pid, pidfd_open(pid, 0)};
    pthread_mutex_unlock(&ctx->mutex);
    plain_wake(ctx);
    return 0;
}

static int plain_forget(struct rc_ctx *ctx, pid_t pid)
{
    int rc = -ESRCH;

    pthread_mutex_lock(&ctx->mutex);
    for (int i = 0; i < ctx->count && rc < 0; i++) {
        if (ctx->children[i].pid != pid)
            continue;
        close(ctx->children[i].pidfd);
        ctx->children[i] = ctx->children[--ctx->count];
        rc = 0;
    }
    pthread_mutex_unlock(&ctx->mutex);
    return rc;
}

static pid_t plain_fork(struct rc_ctx *ctx, void (*body)(void *), void *arg)
{
    pid_t pid = ctx->callbacks->fork != NULL ? ctx->callbacks->fork(ctx->user) : fork();

    if (pid == 0)
        body(arg);
    if (pid < 0)
        return -errno;
    plain_watch(ctx, pid);
    return pid;
}

static pid_t plain_spawn(struct rc_ctx *ctx, char *const argv[])
{
    pid_t pid;
    int error = posix_spawn(&pid, argv[0], NULL, NULL, argv, environ);

    if (error != 0)
        return -error;
    plain_watch(ctx, pid);
    return pid;
}

static int plain_kill(struct rc_ctx *ctx, pid_t pid, int signal)
{
    (void)ctx;
    return kill(pid, signal) < 0 ? -errno : 0;
}

static int plain_run(struct rc_ctx *ctx, int timeout_ms)
{
    struct pollfd fds[1 + PLAIN_CHILDREN] = {{.fd = ctx->alarm, .events = POLLIN}};
    pid_t ended[PLAIN_CHILDREN];
    int count, status, ended_count = 0;
    uint64_t alarms;

    pthread_mutex_lock(&ctx->mutex);
    count = ctx->count;
    for (int i = 0; i < count; i++)
        fds[1 + i] = (struct pollfd){.fd = ctx->children[i].pidfd, .events = POLLIN};
    pthread_mutex_unlock(&ctx->mutex);
    if (ctx->owner == RC_OWNER_ALWAYS && timeout_ms != 0)
        timeout_ms = 5;
    poll(fds, (nfds_t)count + 1, timeout_ms);
    if (fds[0].revents != 0 && read(ctx->alarm, &alarms, sizeof alarms) < 0)
        return -errno;
    if (ctx->owner == RC_OWNER_MAINLOOP)
        return 0;
    for (int i = 0; i < count; i++)
        if (fds[1 + i].revents != 0 && i < ctx->count)
            ended[ended_count++] = ctx->children[i].pid;
    for (int i = 0; i < ended_count; i++) {
        const struct rc_callbacks *callbacks = ctx->callbacks;
        void *user = ctx->user;
        bool last = i == ended_count - 1 && ctx->owner != RC_OWNER_ALWAYS;
        pid_t pid = waitpid(ended[i], &status, WNOHANG);

        plain_forget(ctx, ended[i]);
        if (pid == ended[i])
            callbacks->exited(user, pid, status);
        else
            callbacks->lost(user, ended[i]);
        if (last) /* the callback may have closed the ctx */
            return 0;
    }
    while (ctx->owner == RC_OWNER_ALWAYS && (count = waitpid(-1, &status, WNOHANG)) > 0)
        ctx->callbacks->foreign(ctx->user, count, status);
    return 0;
}

static int plain_told_reaped(struct rc_ctx *ctx, pid_t pid, int wait_status)
{
    if (plain_forget(ctx, pid) < 0)
        return -ESRCH;
    ctx->callbacks->exited(ctx->user, pid, wait_status);
    return 0;
}

static int plain_told_sigchld(struct rc_ctx *ctx)
{
    if (ctx->owner == RC_OWNER_MAINLOOP)
        return 0;
    ctx->callbacks->disaster(ctx->user, "told in\nthe wrong mode", EPERM);
    return -EPERM;
}

static int plain_postfork(struct rc_ctx *ctx)
{
    ctx->count = 0;
    return 0;
}

static int plain_carefd_open(struct rc_ctx *ctx, const char *path, void **carefd)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    (void)ctx;
    *carefd = (void *)(intptr_t)fd;
    return fd < 0 ? -errno : fd;
}

static int plain_carefd_close(void *carefd)
{
    return close((int)(intptr_t)carefd) < 0 ? -errno : 0;
}

static const struct rc_limit plain_limits[] = {
    {"FK-36", RC_LIMIT_ABORTS, "its header, \"never\""},
    {"XC-11", RC_LIMIT_DISCLAIMED, "README"},
    {0},
};

static struct rc_adapter plain = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = "plain",
    .version = "1.0 beta",
    .owners = 15,
    .features = RC_FEATURE_FORK_HOOK,
    .limits = plain_limits,
    .ctx_open = plain_open,
    .ctx_close = plain_close,
    .set_owner = plain_owner,
    .child_fork = plain_fork,
    .child_spawn = plain_spawn,
    .child_watch = plain_watch,
    .child_forget = plain_forget,
    .child_kill = plain_kill,
    .run = plain_run,
    .wake = plain_wake,
    .told_reaped = plain_told_reaped,
    .told_sigchld = plain_told_sigchld,
    .postfork = plain_postfork,
    .carefd_open = plain_carefd_open,
    .carefd_close = plain_carefd_close,
};

/* -- the runner's side -- */

struct host {
    pid_t pid;
    int fd, births;
    struct log *log;
    struct control *control;
    unsigned number;
    char pending[LINE_BYTES * 4];
    size_t pending_size;
    char lines[LINES][LINE_BYTES]; /* heard and not asked for yet */
    size_t lines_count;
};

static char own_program[4096], child_program[4096];

/* Puts fd at 500 or above and names it. */
static void pass(const char *variable, int fd)
{
    char number[16];

    snprintf(number, sizeof number, "%d", fcntl(fd, F_DUPFD, 500));
    setenv(variable, number, 1);
}

static struct host *start(const char *how, const char *object)
{
    struct host *host = calloc(1, sizeof *host);
    int pair[2], births[2], log = log_create(), control = control_create();

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, births), 0);
    host->fd = pair[0];
    host->births = births[0];
    host->log = log_map(log);
    host->control = control_map(control);
    assert_non_null(host->log);
    assert_non_null(host->control);
    host->pid = fork();
    if (host->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pass("REAPCHECK_SOCKET", pair[1]);
        pass("REAPCHECK_LOG", log);
        pass("REAPCHECK_CONTROL", control);
        pass("REAPCHECK_NOTIFY", eventfd(0, EFD_CLOEXEC));
        pass("REAPCHECK_BIRTHS", births[1]);
        close_range(3, 499, 0);
        execl(own_program, own_program, how, object, NULL);
        _exit(127);
    }
    assert_true(host->pid > 0);
    close(pair[1]);
    close(births[1]);
    close(log);
    close(control);
    return host;
}

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Takes in what there is; false at the end of the stream. */
static bool hear(struct host *host)
{
    struct pollfd fd = {.fd = host->fd, .events = POLLIN};
    char *end;
    ssize_t n;

    if (poll(&fd, 1, DEADLINE_MS) != 1)
        fail_msg("the host says nothing");
    n = read(host->fd, host->pending + host->pending_size,
             sizeof host->pending - host->pending_size);
    if (n <= 0)
        return false;
    host->pending_size += (size_t)n;
    while ((end = memchr(host->pending, '\n', host->pending_size)) != NULL) {
        size_t length = (size_t)(end - host->pending);

        assert_true(host->lines_count < LINES && length < LINE_BYTES);
        memcpy(host->lines[host->lines_count], host->pending, length);
        host->lines[host->lines_count++][length] = '\0';
        host->pending_size -= length + 1;
        memmove(host->pending, end + 1, host->pending_size);
    }
    return true;
}

/* Waits for a line that starts so, and takes it out of those heard. What follows is returned,
 * valid until the next call. */
static const char *expect(struct host *host, const char *format, ...)
{
    static char found[LINE_BYTES];
    long long end = now_ms() + DEADLINE_MS;
    char prefix[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(prefix, sizeof prefix, format, arguments);
    va_end(arguments);
    do {
        for (size_t i = 0; i < host->lines_count; i++) {
            if (strncmp(host->lines[i], prefix, strlen(prefix)) != 0)
                continue;
            strcpy(found, host->lines[i]);
            host->lines_count--;
            memmove(host->lines[i], host->lines[i + 1],
                    (host->lines_count - i) * sizeof host->lines[0]);
            return found + strlen(prefix);
        }
    } while (hear(host) && now_ms() < end);
    fail_msg("the host did not say: %s", prefix);
    return NULL;
}

static bool heard(const struct host *host, const char *prefix)
{
    for (size_t i = 0; i < host->lines_count; i++)
        if (strncmp(host->lines[i], prefix, strlen(prefix)) == 0)
            return true;
    return false;
}

static void say(struct host *host, const char *text)
{
    assert_int_equal(send(host->fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static unsigned request_list(struct host *host, const char *format, va_list arguments)
{
    char words[512], line[600];

    vsnprintf(words, sizeof words, format, arguments);
    snprintf(line, sizeof line, "%u %s\n", ++host->number, words);
    say(host, line);
    return host->number;
}

/* Makes a request and does not wait. */
__attribute__((format(printf, 2, 3))) static unsigned request(struct host *host, const char *format,
                                                              ...)
{
    unsigned number;
    va_list arguments;

    va_start(arguments, format);
    number = request_list(host, format, arguments);
    va_end(arguments);
    return number;
}

/* Makes a request and returns its answer. */
__attribute__((format(printf, 2, 3))) static const char *ask(struct host *host, const char *format,
                                                             ...)
{
    unsigned number;
    va_list arguments;

    va_start(arguments, format);
    number = request_list(host, format, arguments);
    va_end(arguments);
    return expect(host, "%u ", number);
}

#define assert_ok(host, ...) assert_string_equal(ask(host, __VA_ARGS__), "ok")

/* An action is answered with what the disposition is after it. */
static void assert_action(struct host *host, const char *words, int disposition, int flags)
{
    char expected[64];

    snprintf(expected, sizeof expected, "ok disposition=%d flags=%d", disposition, flags);
    assert_string_equal(ask(host, "main action %s", words), expected);
}
#define assert_error(host, error, ...)                                                             \
    assert_memory_equal(ask(host, __VA_ARGS__), "error " error, strlen("error " error))

static long member(const char *line, const char *name)
{
    const char *at = strstr(line, name);

    assert_non_null(at);
    return strtol(at + strlen(name), NULL, 10);
}

__attribute__((format(printf, 2, 3))) static int ask_pid(struct host *host, const char *format, ...)
{
    unsigned number;
    va_list arguments;

    va_start(arguments, format);
    number = request_list(host, format, arguments);
    va_end(arguments);
    return (int)member(expect(host, "%u ok ", number), "pid=");
}

static struct host *start_ready(void)
{
    struct host *host = start("host", NULL);

    expect(host, "ready");
    host->lines_count = 0;
    return host;
}

/* Takes leave; the host exits with 0 by itself when nobody is left to talk to. */
static void finish(struct host *host)
{
    int status;

    close(host->fd);
    assert_int_equal(waitpid(host->pid, &status, 0), host->pid);
    assert_int_equal(status, 0);
    close(host->births);
    log_unmap(host->log);
    control_unmap(host->control);
    free(host);
}

/* Waits until the process is stopped, or gone. */
static char await_state(pid_t pid, const char *states)
{
    long long end = now_ms() + DEADLINE_MS;
    char path[64], stat[512];

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    while (now_ms() < end) {
        FILE *file = fopen(path, "r");
        char state = '-';

        if (file != NULL) {
            if (fgets(stat, sizeof stat, file) != NULL && strrchr(stat, ')') != NULL)
                state = strrchr(stat, ')')[2];
            fclose(file);
        }
        if (strchr(states, state) != NULL)
            return state;
        sched_yield();
    }
    fail_msg("process %d never came to state %s", (int)pid, states);
    return 0;
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

/* -- tests -- */

static void it_introduces_itself(void **state)
{
    struct host *host = start("host", NULL);
    char hello[256];

    (void)state;
    snprintf(hello, sizeof hello,
             "protocol=1 pid=%d name=plain version=1.0-beta owners=15 features=2 "
             "offers=owner,fork,spawn,watch,forget,kill,wake,told-reaped,told-sigchld,postfork,"
             "carefd probe=1",
             (int)host->pid);
    assert_string_equal(expect(host, "hello "), hello);
    assert_string_equal(expect(host, "limit FK-36 "), "aborts its header, \"never\"");
    assert_string_equal(expect(host, "limit XC-11 "), "disclaimed README");
    assert_string_equal(expect(host, "ready"), "");
    finish(host);
}

/* An adapter of ABI 1 has no memory behind postfork: what stands there is not looked at. */
static void an_older_adapter_offers_less(void **state)
{
    struct host *host = start("host-abi1", NULL);
    const char *hello = expect(host, "hello ");

    (void)state;
    assert_non_null(strstr(hello, ",postfork probe=1"));
    expect(host, "ready");
    assert_ok(host, "main open A 0");
    assert_error(host, "ENOSYS", "main carefd A c1");
    finish(host);
}

static bool shows(const struct host *host, const char *number, const char *name)
{
    char path[64], wanted[64], found[64];
    ssize_t length;

    snprintf(path, sizeof path, "/proc/%d/fd/%s", (int)host->pid, number);
    snprintf(wanted, sizeof wanted, "/memfd:%s (deleted)", name);
    length = readlink(path, found, sizeof found - 1);
    found[length > 0 ? length : 0] = '\0';
    return strcmp(found, wanted) == 0;
}

static void fds_have_names(void **state)
{
    struct host *host = start_ready();
    char number[16];

    (void)state;
    assert_ok(host, "main open A 0");
    snprintf(number, sizeof number, "%ld", member(ask(host, "main carefd A c1"), "fd="));
    assert_true(shows(host, number, "c1"));
    assert_ok(host, "main shut c1");
    assert_false(shows(host, number, "c1"));
    /* A file gets the lowest number that is free, as it does in any application. */
    assert_int_equal(member(ask(host, "main file f1"), "fd="), atol(number));
    assert_true(shows(host, number, "f1"));
    assert_error(host, "ENOENT", "main shut c1");
    assert_ok(host, "main shut f1");
    assert_false(shows(host, number, "f1"));
    assert_error(host, "ENOENT", "main carefd B c1");
    assert_error(host, "EINVAL", "main file -");
    finish(host);
}

static void it_says_why_it_fails(void **state)
{
    static const struct {
        const char *how, *object, *why;
    } cases[] = {
        {"host-abi0", NULL, "adapter plain has ABI 0, this reapcheck wants 1 to 2"},
        {"host-abi3", NULL, "adapter plain has ABI 3, this reapcheck wants 1 to 2"},
        {"host-none", NULL, "no adapter registered itself; name one as a shared object"},
        {"host-norun", NULL, "adapter plain lacks run"},
        {"host", "./no-such-file.so", "./no-such-file.so: "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct host *host = start(cases[i].how, cases[i].object);
        int status;

        expect(host, "failed %s", cases[i].why);
        assert_int_equal(waitpid(host->pid, &status, 0), host->pid);
        assert_int_equal(status, W_EXITCODE(1, 0));
        assert_int_equal(host->lines_count, 0);
        free(host);
    }
}

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

static void signals_of_the_application(void **state)
{
    struct host *host = start_ready();
    char path[64], line[256], expected[128];
    unsigned long long blocked = 0;
    FILE *status;

    (void)state;
    assert_string_equal(ask(host, "- disposition"), "ok disposition=0 flags=0 mask=0 handled=0");
    assert_action(host, "SIGCHLD handle", DISPOSITION_APPLICATION, SA_RESTART);
    assert_ok(host, "main raise 17 3");
    snprintf(expected, sizeof expected, "ok disposition=%d flags=%d mask=0 handled=3",
             DISPOSITION_APPLICATION, SA_RESTART);
    assert_string_equal(ask(host, "- disposition"), expected);
    assert_action(host, "17 ignore", DISPOSITION_IGNORED, 0);
    assert_int_equal(member(ask(host, "- disposition"), "disposition="), DISPOSITION_IGNORED);
    assert_action(host, "SIGCHLD nocldwait", DISPOSITION_DEFAULT, SA_NOCLDWAIT);
    assert_int_equal(member(ask(host, "- disposition"), "flags="), SA_NOCLDWAIT);
    assert_action(host, "SIGCHLD default", DISPOSITION_DEFAULT, 0);
    assert_error(host, "EINVAL", "main action SIGKILL ignore");
    /* Borrowed, and given back as it was. */
    assert_error(host, "EINVAL", "main action SIGCHLD return");
    assert_action(host, "SIGCHLD nocldwait", DISPOSITION_DEFAULT, SA_NOCLDWAIT);
    assert_action(host, "SIGCHLD borrow", DISPOSITION_APPLICATION, SA_RESTART);
    assert_string_equal(ask(host, "- disposition"), expected);
    assert_action(host, "SIGCHLD return", DISPOSITION_DEFAULT, SA_NOCLDWAIT);
    assert_int_equal(member(ask(host, "- disposition"), "flags="), SA_NOCLDWAIT);
    assert_action(host, "SIGCHLD default", DISPOSITION_DEFAULT, 0);

    snprintf(path, sizeof path, "/proc/%d/task/%d/status", (int)host->pid, (int)host->pid);
    for (int round = 0; round < 200; round++) {
        assert_ok(host, "main mask SIGCHLD %s", round % 2 == 0 ? "block" : "unblock");
        status = fopen(path, "r");
        while (fgets(line, sizeof line, status) != NULL)
            sscanf(line, "SigBlk: %llx", &blocked);
        fclose(status);
        assert_int_equal(blocked, round % 2 == 0 ? 1ULL << (SIGCHLD - 1) : 0);
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

static void the_fork_hook_is_the_application(void **state)
{
    struct host *host = start_ready();

    (void)state;
    assert_ok(host, "main open A 0 forkhook owner=selective");
    ask_pid(host, "main fork A a1 exit=0");
    expect(host, "event report ctx=A");
    for (size_t i = 0, hooks = 0; hooks < 2; i++) {
        const struct event *event = log_at(host->log, i);

        assert_true(i < log_count(host->log));
        hooks += event != NULL && event->kind == EVENT_FORKHOOK;
    }
    finish(host);
}

static void a_fork_hook_may_run_no_handlers(void **state)
{
    struct host *host = start_ready();

    (void)state;
    assert_ok(host, "main open A 0 forkhook=raw owner=selective");
    ask_pid(host, "main fork A a1 exit=0");
    expect(host, "event report ctx=A");
    for (size_t i = 0, hooks = 0; hooks < 2; i++) {
        const struct event *event = log_at(host->log, i);

        assert_true(i < log_count(host->log));
        if (event == NULL || event->kind != EVENT_FORKHOOK)
            continue;
        assert_int_equal(event->value, 1);
        hooks++;
    }
    finish(host);
}

static void rules_are_broken_on_request(void **state)
{
    struct host *host = start_ready();

    (void)state;
    assert_ok(host, "main open A 0 strangers=wanted");
    assert_ok(host, "main owner A invalid");
    assert_error(host, "EINVAL", "main owner A nobody");
    assert_error(host, "ENOENT", "main action SIGUSR1 tell=B");
    assert_error(host, "EINVAL", "main action SIGUSR1 tell");
    assert_int_equal(member(ask(host, "main action SIGCHLD tell=A"), "disposition="),
                     DISPOSITION_APPLICATION);
    assert_ok(host, "main raise SIGCHLD 1");
    assert_string_equal(expect(host, "event disaster ctx=A errno=1 "), "told in the wrong mode");
    finish(host);
}

static void what_is_no_request_is_refused(void **state)
{
    static const struct {
        const char *line, *answer;
    } cases[] = {
        {"\n", "0 error EINVAL"},
        {"main turn\n", "0 error EINVAL"},
        {"-4 main turn\n", "0 error EINVAL"},
        {"901\n", "901 error EINVAL"},
        {"902 main\n", "902 error EINVAL a request has a verb"},
        {"903 main fly\n", "903 error EINVAL unknown request fly"},
        {"904 nobody turn\n", "904 error ENOENT no lane nobody"},
        {"905 main open\n", "905 error EINVAL open takes 2 to 5 words"},
        {"906 main open A x\n", "906 error EINVAL"},
        {"907 main open A 0 owner=me\n", "907 error EINVAL an owner is"},
        {"908 main open a-name-that-is-too-long 0\n", "908 error EINVAL a name"},
        {"909 main open A/B 0\n", "909 error EINVAL a name"},
        {"910 main fork Z a1\n", "910 error ENOENT no ctx Z is open"},
        {"911 - turn\n", "911 error EINVAL turn is not done without a lane"},
        {"912 main lane t1\n", "912 error EINVAL lane is not done on a lane"},
        {"913 - order z1 exit 0\n", "913 error ENOENT no child z1"},
        {"914 - together 0\n", "914 error EINVAL"},
        {"915 - + disposition\n", "915 error EINVAL"},
        {"916 main foreign f1 exit=256\n", "916 error EINVAL"},
        {"917 main foreign f1 later\n", "917 error EINVAL an ending is"},
        {"918 main mask SIGFOO block\n", "918 error EINVAL"},
        {"919 main waitpid nobody 0\n", "919 error ENOENT"},
        {"920 main turn 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n", "920 error EINVAL"},
        {"921 main mask 17 sometimes\n", "921 error EINVAL"},
        {"922 main action 17 dance\n", "922 error EINVAL"},
    };
    struct host *host = start_ready();
    char line[5000];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        say(host, cases[i].line);
        expect(host, "%s", cases[i].answer);
    }
    memset(line, 'x', sizeof line - 2);
    memcpy(line, "950 main ", 9);
    strcpy(line + sizeof line - 2, "\n");
    say(host, line);
    expect(host, "950 error EINVAL the line is too long");
    assert_int_equal(send(host->fd, "951 main\0turn\n", 14, 0), 14);
    expect(host, "951 error EINVAL the line is too long or not text");
    assert_ok(host, "main turn");
    assert_int_equal(host->lines_count, 0);
    finish(host);
}

static void it_quits_at_once(void **state)
{
    struct host *host = start_ready();

    (void)state;
    /* Though a lane waits for something that never comes. */
    ask(host, "- lane t1");
    ask_pid(host, "t1 foreign f1");
    request(host, "t1 waitpid f1 0");
    assert_string_equal(ask(host, "- quit"), "ok");
    finish(host);
}

/* The log tells what was called, and what came of it, in the order of the world. */
static void it_writes_everything_down(void **state)
{
    static const char expected[] = "main enter op=open ctx=A\n"
                                   "main leave op=open ctx=A result=0\n"
                                   "main enter op=owner ctx=A owner=selective\n"
                                   "main leave op=owner ctx=A owner=selective result=0\n"
                                   "main enter op=fork ctx=A\n"
                                   "main leave op=fork ctx=A child=a1 result=a1\n"
                                   "main enter op=run ctx=A\n"
                                   "main report ctx=A child=a1 status=0x300\n"
                                   "main leave op=run ctx=A result=0\n"
                                   "main enter op=close ctx=A\n"
                                   "main leave op=close ctx=A result=0\n"
                                   "main foreign child=f1\n"
                                   "main waited child=f1 result=f1 status=0x200\n"
                                   "main action SIGCHLD ignored\n";
    struct host *host = start_ready();
    struct history *history;
    char text[4096] = "";
    int pid;

    (void)state;
    log_append(host->log,
               &(struct event){.kind = EVENT_CTX, .ctx = 0, .text = log_text(host->log, "A")});
    assert_ok(host, "main open A 0 owner=selective");
    pid = ask_pid(host, "main fork A a1");
    log_append(host->log, &(struct event){.kind = EVENT_CHILD,
                                          .ctx = 0,
                                          .subject = pid,
                                          .text = log_text(host->log, "a1")});
    assert_ok(host, "- order a1 exit 3");
    expect(host, "event report ctx=A pid=%d", pid);
    assert_ok(host, "main close A");
    pid = ask_pid(host, "main foreign f1 exit=2");
    log_append(host->log, &(struct event){.kind = EVENT_CHILD,
                                          .ctx = -1,
                                          .subject = pid,
                                          .text = log_text(host->log, "f1")});
    assert_int_equal(ask_pid(host, "main waitpid f1 0"), pid);
    assert_action(host, "SIGCHLD ignore", DISPOSITION_IGNORED, 0);
    history = history_from_log(host->log);
    for (size_t i = 0; i < history_count(history); i++) {
        int kind = history_event(history, i)->kind;
        char line[256];

        if (kind < EVENT_ENTER || kind > EVENT_FORKED)
            continue;
        history_format(history, i, line, sizeof line);
        sprintf(text + strlen(text), "%s\n", line);
    }
    assert_string_equal(text, expected);
    history_free(history);
    finish(host);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_introduces_itself),
        cmocka_unit_test(an_older_adapter_offers_less),
        cmocka_unit_test(fds_have_names),
        cmocka_unit_test(it_says_why_it_fails),
        cmocka_unit_test(children_end_as_they_are_told),
        cmocka_unit_test(children_hold_nothing_of_the_harness),
        cmocka_unit_test(the_application_has_children_too),
        cmocka_unit_test(owners_strangers_and_disasters),
        cmocka_unit_test(lanes_come_and_go),
        cmocka_unit_test(loops_are_paused_and_turned),
        cmocka_unit_test(signals_of_the_application),
        cmocka_unit_test(some_start_together),
        cmocka_unit_test(requests_are_kept_for_a_callback),
        cmocka_unit_test(a_ctx_is_closed_from_another_lane),
        cmocka_unit_test(a_held_lane_keeps_nobody),
        cmocka_unit_test(a_report_may_come_before_the_pid),
        cmocka_unit_test(births_come_before_answers),
        cmocka_unit_test(a_copy_lives_on),
        cmocka_unit_test(the_fork_hook_is_the_application),
        cmocka_unit_test(a_fork_hook_may_run_no_handlers),
        cmocka_unit_test(rules_are_broken_on_request),
        cmocka_unit_test(what_is_no_request_is_refused),
        cmocka_unit_test(it_quits_at_once),
        cmocka_unit_test(it_writes_everything_down),
    };
    ssize_t length = readlink("/proc/self/exe", own_program, sizeof own_program - 32);

    if (length <= 0)
        return 2;
    own_program[length] = '\0';
    strcpy(child_program, own_program);
    strcpy(strrchr(child_program, '/'), "/../host/child");
    if (argc > 1 && strncmp(argv[1], "host", 4) == 0) {
        if (strncmp(argv[1], "host-abi", 8) == 0)
            plain.abi = (uint32_t)(argv[1][8] - '0');
        if (strcmp(argv[1], "host-norun") == 0)
            plain.run = NULL;
        if (strcmp(argv[1], "host-none") != 0)
            reapcheck_register_adapter(&plain);
        return host_run(argc > 2 ? argv[2] : NULL, child_program);
    }
    if (access(child_program, X_OK) < 0) {
        fprintf(stderr, "%s is missing: `make tools` first\n", child_program);
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
