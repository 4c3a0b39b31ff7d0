/* SPDX-License-Identifier: MIT */
/*
 * All that comes in while a script is played: what hosts say, births, exits, gates reached, last
 * words. One pump takes it in and notes it; what it means is decided by those who wait for it.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "probe/probe.h"
#include "runner/events.h"

/* A host that never ceases to talk must not keep us from looking at the time. */
enum {
    BIRTHS_A_TURN = 1024,
    READS_A_TURN = 64,
    PIDFDS_A_TURN = 64,
    PUMP_MS = 20,
};
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static void note_notice(struct stage *stage, enum notice_kind kind, const char *line)
{
    char name[SCRIPT_NAME] = "";
    struct stage_ctx *ctx;
    struct notice *notice;

    if (stage->notice_count == stage->notice_size) {
        size_t size = stage->notice_size ? 2 * stage->notice_size : 256;
        struct notice *notices = realloc(stage->notices, size * sizeof(*notices));
        if (!notices) {
            stage_break(stage, "out of memory");
            return;
        }
        stage->notices = notices;
        stage->notice_size = size;
    }
    wire_value(line, "ctx", name, sizeof(name));
    ctx = stage_ctx(stage, name);
    notice = &stage->notices[stage->notice_count++];
    *notice = (struct notice){.kind = kind, .ctx = ctx ? ctx->index : -1};
    if (kind == NOTICE_WARNING) {
        notice->text = strdup(line);
        return;
    }
    notice->pid = (pid_t)wire_number(line, "pid", 0);
    notice->status = (int)wire_number(line, "status", 0);
}

static void take_answer(struct stage *stage, unsigned long number, const char *words)
{
    struct request *request;
    size_t length;

    if (number == 0 || number > stage->request_count) {
        stage_break(stage, "the host answered a request that was never made: %lu %s", number,
                    words);
        return;
    }
    request = stage->requests[number - 1];
    if (request->done) {
        stage_break(stage, "the host answered a request twice: %lu %.100s", number, words);
        return;
    }
    length = strcspn(words, " ");
    request->ok = length == 2 && strncmp(words, "ok", 2) == 0;
    request->cannot = length == 6 && strncmp(words, "cannot", 6) == 0;
    if (!request->ok && !request->cannot && !(length == 5 && strncmp(words, "error", 5) == 0)) {
        stage_break(stage, "the host answered neither ok, error nor cannot: %lu %.100s", number,
                    words);
        return;
    }
    words += length;
    words += strspn(words, " ");
    if (request->cannot)
        request->error = ENOSYS;
    else if (!request->ok)
        request->error = wire_error(words, strcspn(words, " "));
    snprintf(request->answer, sizeof(request->answer), "%s", words);
    request->done = true;
    witness_answer(stage, request);
}

/* What came of a request that was kept for a callback; the callback is on lane tid. */
static void settle_kept(struct stage *stage, struct kept *kept, pid_t tid, const char *answer)
{
    struct request *request = kept->request;

    witness_kept(stage, kept, tid);
    kept->request = NULL;
    request->done = false; /* that it was kept is not what came of it */
    take_answer(stage, request->number, answer);
    if (request->done)
        step_answered(stage, kept->step, NULL, request);
    stage->look_due = true; /* not here: the lane is still in its callback */
}

/* The answer of a request that was kept for a callback. */
static void take_kept(struct stage *stage, const char *line)
{
    unsigned long number = strtoul(line, NULL, 10);

    line += strcspn(line, " ");
    line += strspn(line, " ");
    for (size_t i = 0; i < stage->kept_count; i++) {
        struct kept *kept = &stage->kept[i];
        if (!kept->request || kept->request->number != number)
            continue;
        if (!witness_holds(stage, kept, line))
            settle_kept(stage, kept, kept->host->pid, line);
        return;
    }
    if (number == 0 || number > stage->request_count)
        stage_break(stage, "the host did what it was never asked to do in a callback: %.100s",
                    line);
}

/* What was held back for the report of a child, in the order in which it was done. */
static void take_held(struct stage *stage, struct host *host, pid_t pid, pid_t tid)
{
    struct kept *kept;

    while ((kept = witness_held(stage, host, pid)))
        settle_kept(stage, kept, tid, kept->answer);
}

static void take_notice(struct stage *stage, struct host *host, enum notice_kind kind,
                        const char *line)
{
    static const enum event_kind kinds[] = {[NOTICE_REPORT] = EVENT_REPORT,
                                            [NOTICE_LOST] = EVENT_LOST,
                                            [NOTICE_STRANGER] = EVENT_STRANGER,
                                            [NOTICE_DISASTER] = EVENT_DISASTER,
                                            [NOTICE_WARNING] = EVENT_WARNED};
    pid_t tid = witness_notice(stage, host, kinds[kind], line);

    if (kind != NOTICE_DISASTER && kind != NOTICE_WARNING)
        take_held(stage, host, (pid_t)wire_number(line, "pid", 0), tid);
    note_notice(stage, kind, line);
}

static void take_line(struct stage *stage, struct host *host, const char *line)
{
    if (line[0] >= '0' && line[0] <= '9') {
        char *words;
        unsigned long number = strtoul(line, &words, 10);
        take_answer(stage, number, words + strspn(words, " "));
    } else if (strncmp(line, "event report ", 13) == 0) {
        take_notice(stage, host, NOTICE_REPORT, line + 13);
    } else if (strncmp(line, "event lost ", 11) == 0) {
        take_notice(stage, host, NOTICE_LOST, line + 11);
    } else if (strncmp(line, "event stranger ", 15) == 0) {
        take_notice(stage, host, NOTICE_STRANGER, line + 15);
    } else if (strncmp(line, "event disaster ", 15) == 0) {
        take_notice(stage, host, NOTICE_DISASTER, line + 15);
    } else if (strncmp(line, "event warned ", 13) == 0) {
        take_notice(stage, host, NOTICE_WARNING, line + 13);
    } else if (strncmp(line, "event when ", 11) == 0) {
        take_kept(stage, line + 11);
    } else if (strncmp(line, "event ", 6) == 0 && events_take(stage, line + 6)) {
        return;
    } else if (strncmp(line, "hello ", 6) == 0) {
        host_hello(stage, host, line + 6);
    } else if (strncmp(line, "limit ", 6) == 0) {
        if (!host->is_copy && !host->ready)
            host_limit(stage, line + 6);
    } else if (strcmp(line, "ready") == 0) {
        host->ready = true;
    } else if (strncmp(line, "failed", 6) == 0) {
        host->failed = true;
        snprintf(host->why, sizeof(host->why), "%s", line + 6 + strspn(line + 6, " "));
    } else {
        stage_break(stage, "the host said what is not in the protocol: %.100s", line);
    }
}

/* Births of children, and of copies of the host. */
void stage_take_births(struct stage *stage)
{
    for (int i = 0; i < BIRTHS_A_TURN; i++) {
        struct probe_birth birth;
        char space[CMSG_SPACE(sizeof(int))];
        struct iovec part = {&birth, sizeof(birth)};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = space,
                                 .msg_controllen = sizeof(space)};
        struct cmsghdr *header;
        int fd = -1;
        ssize_t r = recvmsg(stage->births_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

        if (r < 0 && errno == EINTR)
            continue;
        if (r != sizeof(birth))
            return;
        header = CMSG_FIRSTHDR(&message);
        if (header && header->cmsg_type == SCM_RIGHTS)
            memcpy(&fd, CMSG_DATA(header), sizeof(fd));
        if (birth.kind == BIRTH_HOST && fd >= 0) {
            struct host *copy = host_add(stage, fd, 0);
            if (copy) {
                copy->is_copy = true;
                host_is(stage, copy, birth.pid);
            }
        } else if (record_birth(&stage->record, birth.pid, birth.parent, fd) < 0) {
            stage_break(stage, "out of memory");
        }
    }
}

static void take_stderr(struct stage *stage)
{
    char text[512];
    ssize_t r;

    if (stage->stderr_fd < 0)
        return;
    for (int i = 0; i < READS_A_TURN; i++) {
        r = read(stage->stderr_fd, text, sizeof(text));
        if (r <= 0)
            break;
        /* the last words matter most: drop the oldest half when full */
        if (stage->stderr_length + (size_t)r >= STAGE_STDERR) {
            size_t half = STAGE_STDERR / 2;
            memmove(stage->stderr_text, stage->stderr_text + stage->stderr_length - half, half);
            stage->stderr_length = half;
        }
        memcpy(stage->stderr_text + stage->stderr_length, text, (size_t)r);
        stage->stderr_length += (size_t)r;
        stage->stderr_text[stage->stderr_length] = 0;
    }
    if (r == 0) {
        close(stage->stderr_fd);
        stage->stderr_fd = -1;
    }
}

void stage_take_exits(struct stage *stage, bool all)
{
    for (size_t i = 0; i < stage->child_count; i++) {
        struct stage_child *child = &stage->children[i];
        struct life *life = &stage->record.lives[child->life];
        struct event event = {.kind = EVENT_EXITED, .ctx = -1, .subject = child->pid};

        if (child->seen || child->pid == 0 || child->traced || (!child->told && !all) ||
            !record_look(life))
            continue;
        child->seen = true;
        event.value = life->status;
        event.extra = record_reaped(life);
        log_append(stage->log, &event);
    }
}

void stage_pump(struct stage *stage, int timeout_ms)
{
    struct pollfd fds[STAGE_HOSTS + 3 + PIDFDS_A_TURN];
    struct pollfd *at; /* behind those of hosts */
    nfds_t count = 0;
    uint64_t reached;

    for (size_t i = 0; i < stage->host_count; i++)
        fds[count++] = (struct pollfd){.fd = stage->hosts[i].alive ? stage->hosts[i].wire.fd : -1,
                                       .events = POLLIN};
    fds[count++] = (struct pollfd){.fd = stage->births_fd, .events = POLLIN};
    fds[count++] = (struct pollfd){.fd = stage->notify_fd, .events = POLLIN};
    fds[count++] = (struct pollfd){.fd = stage->stderr_fd, .events = POLLIN};
    for (size_t i = 0; i < stage->child_count && timeout_ms > 0 && count < ARRAY_SIZE(fds); i++)
        if (stage->children[i].told && !stage->children[i].seen && !stage->children[i].traced)
            fds[count++] = (struct pollfd){.fd = stage->record.lives[stage->children[i].life].pidfd,
                                           .events = POLLIN};
    if (poll(fds, count, timeout_ms) <= 0)
        count = 0; /* there is nothing */
    at = fds + stage->host_count;
    if (count > 0 && at[0].revents)
        stage_take_births(stage);
    if (count > 0 && at[1].revents && read(stage->notify_fd, &reached, sizeof(reached)) < 0 &&
        errno != EAGAIN && errno != EINTR)
        stage_break(stage, "cannot read the eventfd of the gates: %s", strerror(errno));
    if (count > 0 && at[2].revents)
        take_stderr(stage);
    for (size_t i = 0; count > 0 && fds + i < at; i++) { /* a copy just born has its turn next */
        struct host *host = &stage->hosts[i];
        char *line;
        int rc;

        if (!host->alive || !fds[i].revents)
            continue;
        for (int turn = 0; turn < READS_A_TURN; turn++) {
            rc = wire_receive(&host->wire);
            while ((line = wire_line(&host->wire)))
                take_line(stage, host, line);
            if (rc <= 0)
                break;
        }
        if (rc < 0) {
            host->alive = false;
            take_held(stage, host, 0, host->pid); /* the reports will not come */
            take_stderr(stage);
        }
    }
    stage_take_exits(stage, false);
    subjects_look(stage);
    gate_look(stage);
    trace_look(stage);
}

bool stage_until(struct stage *stage, int timeout_ms,
                 bool (*condition)(struct stage *stage, void *user), void *user)
{
    struct host *host = stage->host;
    long long deadline = stage_now_ms() + stage_scaled(stage, timeout_ms), left = 0;
    int pause = 0; /* grows, for what nobody wakes us for: the state of a process */

    do {
        stage_pump(stage, stage->later_gate >= 0 && pause > 0 ? STAGE_POLL_MS
                          : left < pause                      ? (int)left
                                                              : pause);
        if (condition(stage, user))
            return true;
        if (stage->broken || (host && !host->alive))
            return false;
        pause = pause == 0 ? STAGE_POLL_MS : pause < PUMP_MS ? 2 * pause : PUMP_MS;
        left = deadline - stage_now_ms();
        if (stage_now_ms() > stage->deadline)
            stage_break(stage, "the scenario was not over within its deadline");
    } while (left > 0);
    return false;
}
