/* SPDX-License-Identifier: MIT */
#include "runner/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads a small file whole, ends it with 0. Returns its length, -1 on failure. */
static ssize_t read_file(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    ssize_t r;

    if (fd < 0)
        return -1;
    while (length < size - 1 && (r = read(fd, text + length, size - 1 - length)) != 0) {
        if (r > 0)
            length += (size_t)r;
        else if (errno != EINTR)
            break;
    }
    close(fd);
    text[length] = 0;
    return length > 0 ? (ssize_t)length : -1;
}

bool proc_stat(pid_t pid, pid_t tid, struct proc_stat *stat)
{
    enum { EXIT_CODE = 52 }; /* fields are counted from 1; the second is the name in brackets */
    char path[64], text[2048];
    char *field;
    int ppid;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
    if (read_file(path, text, sizeof(text)) < 0)
        return false;
    field = strrchr(text, ')');
    if (!field || sscanf(field, ") %c %d", &stat->state, &ppid) != 2)
        return false;
    stat->ppid = ppid;
    for (int i = 2; field && i < EXIT_CODE; i++)
        field = strchr(field + 1, ' ');
    stat->exit_code = field ? atoi(field) : -1;
    return true;
}

bool proc_descends(pid_t pid, pid_t ancestor)
{
    enum { GENERATIONS = 1000 }; /* those above may change while we climb */
    struct proc_stat stat;

    for (int i = 0; i < GENERATIONS && pid > 1 && proc_stat(pid, pid, &stat); i++) {
        if (stat.ppid == ancestor)
            return true;
        pid = stat.ppid;
    }
    return false;
}

bool proc_signals(pid_t pid, pid_t tid, struct proc_signals *signals)
{
    static const char *const labels[] = {
        "\nSigPnd:", "\nShdPnd:", "\nSigBlk:", "\nSigIgn:", "\nSigCgt:"};
    uint64_t *const sets[] = {&signals->pending, &signals->shared_pending, &signals->blocked,
                              &signals->ignored, &signals->caught};
    static const char label[] = "\nState:\t";
    const char *state;
    char path[64], text[4096];

    snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, tid);
    if (read_file(path, text, sizeof(text)) < 0)
        return false;
    state = strstr(text, label);
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        const char *line = strstr(text, labels[i]);
        if (!line)
            return false;
        *sets[i] = strtoull(line + strlen(labels[i]), NULL, 16);
    }
    signals->state = state ? state[strlen(label)] : '?';
    return true;
}

size_t proc_threads(pid_t pid, void (*each)(void *user, pid_t tid), void *user)
{
    char path[64];
    struct dirent *entry;
    size_t count = 0;
    DIR *tasks;

    snprintf(path, sizeof(path), "/proc/%d/task", pid);
    tasks = opendir(path);
    if (!tasks)
        return 0;
    while ((entry = readdir(tasks))) {
        if (entry->d_name[0] == '.')
            continue;
        each(user, (pid_t)atoi(entry->d_name));
        count++;
    }
    closedir(tasks);
    return count;
}

/* Adds the children of one thread. False where the kernel has no such list. */
static bool list_of_thread(const char *process, const char *tid, pid_t *list, size_t room,
                           size_t *count)
{
    char path[80], text[4096];
    ssize_t r;
    pid_t pid = 0;
    int fd;

    snprintf(path, sizeof(path), "/proc/%s/task/%.16s/children", process, tid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    while ((r = read(fd, text, sizeof(text))) > 0 || (r < 0 && errno == EINTR)) {
        for (ssize_t k = 0; k < r; k++) {
            if (isdigit((unsigned char)text[k])) {
                pid = pid * 10 + (text[k] - '0');
            } else if (pid) {
                if (*count < room)
                    list[(*count)++] = pid;
                pid = 0;
            }
        }
    }
    close(fd);
    return true;
}

static size_t list_by_parent(pid_t parent, pid_t *list, size_t room)
{
    DIR *processes = opendir("/proc");
    struct proc_stat stat;
    struct dirent *entry;
    size_t count = 0;

    while (processes && count < room && (entry = readdir(processes))) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && proc_stat(pid, pid, &stat) && stat.ppid == parent)
            list[count++] = pid;
    }
    if (processes)
        closedir(processes);
    return count;
}

size_t proc_children(pid_t parent, pid_t *list, size_t room)
{
    char process[16] = "self", path[64];
    struct dirent *entry;
    bool listed = false;
    size_t count = 0;
    DIR *tasks;

    if (parent)
        snprintf(process, sizeof(process), "%d", parent);
    snprintf(path, sizeof(path), "/proc/%s/task", process);
    tasks = opendir(path);
    while (tasks && (entry = readdir(tasks)))
        if (isdigit((unsigned char)entry->d_name[0]))
            listed |= list_of_thread(process, entry->d_name, list, room, &count);
    if (tasks)
        closedir(tasks);
    return listed ? count : list_by_parent(parent ? parent : getpid(), list, room);
}

bool proc_fds(pid_t pid, void (*each)(void *user, int fd, const char *what), void *user)
{
    char path[64], what[256];
    struct dirent *entry;
    DIR *fds;

    snprintf(path, sizeof(path), "/proc/%d/fd", pid);
    fds = opendir(path);
    if (!fds)
        return false;
    while ((entry = readdir(fds))) {
        ssize_t length;
        if (entry->d_name[0] == '.')
            continue;
        length = readlinkat(dirfd(fds), entry->d_name, what, sizeof(what) - 1);
        what[length > 0 ? length : 0] = 0;
        each(user, atoi(entry->d_name), what);
    }
    closedir(fds);
    return true;
}

bool proc_runs(pid_t pid, const char *program)
{
    char path[64], target[512];
    const char *base;
    ssize_t length;

    snprintf(path, sizeof(path), "/proc/%d/exe", pid);
    length = readlink(path, target, sizeof(target) - 1);
    if (length <= 0)
        return false;
    target[length] = 0;
    base = strrchr(target, '/');
    return base && strcmp(base + 1, program) == 0;
}

int proc_set_next_pid(pid_t pid)
{
    char text[16];
    int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
    int rc = 0;

    if (fd < 0)
        return -errno;
    snprintf(text, sizeof(text), "%d", pid - 1);
    if (write(fd, text, strlen(text)) < 0)
        rc = -errno;
    close(fd);
    return rc;
}
