/* SPDX-License-Identifier: MIT */
/*
 * Starting a host, with everything that it inherits.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "runner/stage.h"

enum {
    HIGH_FD = 500, /* fds of the harness start here; see host/PROTOCOL.md */
    TOOL_FDS = 64, /* for a tool that takes its own from above the host's limit */
};

static void set_variable(const char *name, int fd)
{
    char value[16];
    int high = fcntl(fd, F_DUPFD, HIGH_FD);

    if (high < 0) {
        dprintf(2, "a host needs a limit of open files above %d (ulimit -n)\n", HIGH_FD);
        _exit(127);
    }
    snprintf(value, sizeof(value), "%d", high);
    setenv(name, value, 1);
}

/* A child that the host will find it already has: it reads one order from fd and obeys. */
static pid_t inherited_child(int fd)
{
    pid_t pid = fork();
    char order[64];
    ssize_t r;

    if (pid != 0)
        return pid;
    /* Else it would hold the host's sockets open, and nobody would see the host's end. */
    close_range(3, (unsigned)fd - 1, 0);
    close_range((unsigned)fd + 1, ~0U, 0);
    r = read(fd, order, sizeof(order) - 1);
    if (r > 0) {
        order[r] = 0;
        if (strncmp(order, "exit ", 5) == 0)
            _exit(atoi(order + 5));
    }
    _exit(125);
}

/* What the forked process does on its way to being the host. Never returns. */
static void become_host(struct stage *stage, int socket_fd, int stderr_fd, int inherited_fd,
                        int tell_fd)
{
    const struct play_options *options = stage->options;
    const char *argv[32];
    char under[512], *save = NULL;
    size_t argc = 0;
    int null_fd;
    sigset_t mask;
    struct rlimit limit;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* Whatever fds whoever started us left open are none of the host's. */
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = stage->fd_limit;
        if (options->report_fd && limit.rlim_cur > limit.rlim_max - TOOL_FDS)
            limit.rlim_cur = limit.rlim_max - TOOL_FDS;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    null_fd = open("/dev/null", O_RDWR);
    dup2(null_fd, 0);
    dup2(null_fd, 1);
    if (stderr_fd >= 0)
        dup2(stderr_fd, 2);
    if (null_fd > 2)
        close(null_fd);
    set_variable("REAPCHECK_SOCKET", socket_fd);
    if (!options->no_probe) {
        set_variable("REAPCHECK_LOG", stage->log_fd);
        set_variable("REAPCHECK_CONTROL", stage->control_fd);
        set_variable("REAPCHECK_NOTIFY", stage->notify_fd);
    }
    set_variable("REAPCHECK_BIRTHS", stage->births_host_fd);
    if (options->child)
        setenv("REAPCHECK_CHILD", options->child, 1);
    sigemptyset(&mask);
    if (stage->script->settings & SETTING_BLOCKS_SIGCHLD)
        sigaddset(&mask, SIGCHLD);
    if (stage->script->settings & SETTING_HAS_CHILD) {
        pid_t pid = inherited_child(inherited_fd);
        if (write(tell_fd, &pid, sizeof(pid)) != sizeof(pid))
            _exit(127);
    }
    /* Some tools put it back to its default on the way; the host then says so once more. */
    if (stage->script->settings & SETTING_IGNORES_SIGCHLD)
        setenv("REAPCHECK_IGNORE", "SIGCHLD", 1);
    signal(SIGCHLD, stage->script->settings & SETTING_IGNORES_SIGCHLD ? SIG_IGN : SIG_DFL);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    if (options->report_fd) {
        char number[16];
        fcntl(options->report_fd, F_SETFD, 0);
        snprintf(number, sizeof(number), "%d", options->report_fd);
        setenv("REAPCHECK_REPORT", number, 1);
    }
    if (options->under) {
        snprintf(under, sizeof(under), "%s", options->under);
        for (char *word = strtok_r(under, " ", &save); word && argc < 24;
             word = strtok_r(NULL, " ", &save))
            argv[argc++] = word;
    }
    argv[argc++] = options->host;
    for (size_t i = 0; i < 2 && options->adapters[i]; i++)
        argv[argc++] = options->adapters[i];
    argv[argc] = NULL;
    execvp(argv[0], (char *const *)argv);
    dprintf(2, "cannot execute %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static bool is_ready(struct stage *stage, void *user)
{
    struct host *host = user;

    (void)stage;
    return host->ready || host->failed || !host->alive;
}

int host_start(struct stage *stage)
{
    int pair[2] = {-1, -1}, err[2] = {-1, -1}, inherited[2] = {-1, -1}, tell[2] = {-1, -1};
    struct host *host;
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0 ||
        pipe2(err, O_CLOEXEC) != 0 || pipe2(tell, O_CLOEXEC) != 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, inherited) != 0) {
        stage_break(stage, "cannot make a socket for the host: %s", strerror(errno));
        return -1;
    }
    pid = fork();
    if (pid == 0)
        become_host(stage, pair[1], stage->options->quiet_host ? err[1] : -1, inherited[0],
                    tell[1]);
    close(pair[1]);
    close(err[1]);
    close(tell[1]);
    close(inherited[0]);
    if (pid < 0) {
        stage_break(stage, "cannot start the host: fork: %s", strerror(errno));
        close(pair[0]);
        close(err[0]);
        close(tell[0]);
        close(inherited[1]);
        return -1;
    }
    fcntl(err[0], F_SETFL, O_NONBLOCK);
    stage->stderr_fd = err[0];
    host = host_add(stage, pair[0], pid);
    stage->host = host;
    record_birth(&stage->record, pid, 0, -1);
    if (stage->script->settings & SETTING_HAS_CHILD) {
        pid_t child = 0;
        if (read(tell[0], &child, sizeof(child)) == sizeof(child)) {
            struct stage_child *inherited_one = stage_add_child(stage, "inherited", -1, child);
            if (inherited_one)
                inherited_one->order_fd = inherited[1];
        }
    } else {
        close(inherited[1]);
    }
    close(tell[0]);
    if (!stage_until(stage, STAGE_START_MS, is_ready, host) || !host->ready || host->failed) {
        stage_pump(stage, 0);
        if (host->failed)
            stage_break(stage, "%s",
                        host->why[0] ? host->why : "the host failed, and did not say why");
        else if (!host->alive)
            stage_break(stage, "the host ended before it was ready: %s",
                        stage->stderr_length ? stage->stderr_text : "it said nothing");
        else
            stage_break(stage, "the host was not ready within %g s",
                        stage_scaled(stage, STAGE_START_MS) / 1000.0);
        return -1;
    }
    if (!host->greeted) {
        stage_break(stage, "the host is ready, and never said hello");
        return -1;
    }
    if (stage->broken)
        return -1;
    if (!stage_add_lane(stage, host, "main", host->pid))
        return -1;
    host_settled(stage, host, "main");
    return 0;
}
