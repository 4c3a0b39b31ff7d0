/* SPDX-License-Identifier: MIT */
/*
 * Hosts, as the runner sees them: who they are, what they are asked, and what is done about one
 * that does not answer.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "runner/hang.h"
#include "runner/proc.h"
#include "runner/stage.h"
#include "runner/stuck.h"
#include "script/words.h"

enum {
    WATCH_MS = 10000, /* for proof that a host is stuck */
    LOOK_MS = 20,
};

struct host *host_add(struct stage *stage, int fd, pid_t pid)
{
    struct host *host;

    if (stage->host_count == STAGE_HOSTS) {
        stage_break(stage, "a script may have %d forked copies of the host at most",
                    STAGE_HOSTS - 1);
        close(fd);
        return NULL;
    }
    host = &stage->hosts[stage->host_count++];
    memset(host, 0, sizeof(*host));
    wire_open(&host->wire, fd);
    host->alive = true;
    host->pid = pid;
    return host;
}

void host_is(struct stage *stage, struct host *host, pid_t pid)
{
    if (pid == host->pid)
        return;
    /* It is the word of a host, and will be sent signals. */
    if (pid <= 0 || !proc_descends(pid, getpid())) {
        stage_break(stage, "the host says that it is process %d, and that is none of ours", pid);
        return;
    }
    host->pid = pid;
    if (!record_find(&stage->record, pid) && record_birth(&stage->record, pid, 0, -1) < 0)
        stage_break(stage, "out of memory");
}

/* Whose the line is: in a pair it says so. */
static enum event_library library_of(const char *line)
{
    char word[8] = "";

    wire_value(line, "library", word, sizeof(word));
    return strcmp(word, "one") == 0   ? LIBRARY_ONE
           : strcmp(word, "two") == 0 ? LIBRARY_TWO
                                      : LIBRARY_UNKNOWN;
}

static bool offers_subjects(const char *line)
{
    char offers[512] = "";

    wire_value(line, "offers", offers, sizeof(offers));
    for (char *rest = offers, *word; (word = strsep(&rest, ","));)
        if (strcmp(word, "subjects") == 0)
            return true;
    return false;
}

static uint64_t offers_of(const char *line)
{
    const uint64_t members = NEED_OWNER | NEED_FORK | NEED_SPAWN | NEED_WATCH | NEED_FORGET |
                             NEED_KILL | NEED_TOLD_REAPED | NEED_TOLD_SIGCHLD | NEED_POSTFORK |
                             NEED_CAREFD | NEEDS_OF_EVENTS;
    char offers[512] = "";
    uint64_t found = 0;

    wire_value(line, "offers", offers, sizeof(offers));
    for (char *rest = offers, *word; (word = strsep(&rest, ","));)
        found |= script_need_from_word(word) & members;
    return found;
}

/* One of a pair: the play goes by the names of both, and counts on what both have. */
static void hello_of(struct played *played, enum event_library of, const char *name,
                     const char *version)
{
    struct subject_library *library = &played->subject.library[of];
    bool first = !played->subject.pair;
    size_t names = strlen(played->name), versions = strlen(played->version);

    played->subject.pair = true;
    snprintf(library->name, sizeof(library->name), "%s", name);
    library->owners = played->subject.owners;
    library->features = played->subject.features;
    played->offers_of[of] = played->offers;
    snprintf(played->name + names, sizeof(played->name) - names, "%s%s", first ? "" : "+", name);
    snprintf(played->version + versions, sizeof(played->version) - versions, "%s%s",
             first ? "" : "+", version);
    if (of == LIBRARY_TWO) {
        const struct subject_library *one = &played->subject.library[LIBRARY_ONE];
        played->subject.owners &= one->owners;
        played->subject.features &= one->features;
        played->offers &= played->offers_of[LIBRARY_ONE];
    }
}

void host_hello(struct stage *stage, struct host *host, const char *line)
{
    struct played *played = stage->played;
    enum event_library of = library_of(line);
    char name[SUBJECT_NAME] = "", version[SUBJECT_NAME] = "";

    host->greeted = true;
    host_is(stage, host, (pid_t)wire_number(line, "pid", host->pid));
    if (host->is_copy)
        return;
    wire_value(line, "name", name, sizeof(name));
    wire_value(line, "version", version, sizeof(version));
    played->subject.owners = (unsigned)wire_number(line, "owners", 0);
    played->subject.features = (unsigned)wire_number(line, "features", 0);
    played->offers = offers_of(line);
    played->makes_subjects = played->makes_subjects || offers_subjects(line);
    if (of != LIBRARY_UNKNOWN) {
        hello_of(played, of, name, version);
    } else {
        snprintf(played->name, sizeof(played->name), "%s", name);
        snprintf(played->version, sizeof(played->version), "%s", version);
    }
    stage->hello = of;
    stage->probe = !stage->options->no_probe && wire_number(line, "probe", 0) != 0;
    played->subject.has_probe = stage->probe;
    played->no_pidfds = wire_number(line, "pidfds", 1) == 0;
    if (wire_number(line, "protocol", 0) != 1) {
        host->failed = true;
        snprintf(host->why, sizeof(host->why), "the host speaks protocol %lld, this is 1",
                 wire_number(line, "protocol", 0));
    }
}

void host_limit(struct stage *stage, const char *line)
{
    struct played *played = stage->played;
    struct play_limit limit = {.library = stage->hello}, *limits;
    char kind[16] = "";

    if (sscanf(line, "%7s %15s %199[^\n]", limit.requirement, kind, limit.where) < 2)
        return;
    limit.kind = strcmp(kind, "aborts") == 0 ? RC_LIMIT_ABORTS : RC_LIMIT_DISCLAIMED;
    limits = realloc(played->limits, (played->limits_count + 1) * sizeof(limit));
    if (!limits)
        return;
    played->limits = limits;
    played->limits[played->limits_count++] = limit;
}

struct request *host_request(struct stage *stage, struct host *host, const char *lane,
                             const char *format, ...)
{
    struct request *request = calloc(1, sizeof(*request));
    char line[WIRE_LINE];
    long long deadline;
    size_t sent = 0;
    va_list args;
    int n, rc;

    if (!request)
        goto no_memory;
    if (stage->request_count == stage->request_size) {
        size_t size = stage->request_size ? 2 * stage->request_size : 256;
        struct request **requests = realloc(stage->requests, size * sizeof(struct request *));
        if (!requests)
            goto no_memory;
        stage->requests = requests;
        stage->request_size = size;
    }
    stage->requests[stage->request_count++] = request;
    request->number = stage->request_count;
    request->notices = stage->notice_count;
    n = snprintf(line, sizeof(line), "%lu %s ", request->number, lane);
    va_start(args, format);
    vsnprintf(line + n, sizeof(line) - (size_t)n, format, args);
    va_end(args);
    deadline = stage_now_ms() + stage_scaled(stage, STAGE_ANSWER_MS);
    /* It may be slow to read because we are slow to take what it says. */
    while ((rc = wire_send(&host->wire, line, &sent)) == -EAGAIN && host->alive && !host->hung &&
           stage_now_ms() < deadline)
        stage_pump(stage, STAGE_POLL_MS);
    if (rc != 0) {
        request->done = true;
        request->error = -rc;
        snprintf(request->answer, sizeof(request->answer), "the host is gone");
        if (rc == -EAGAIN)
            host_hangs(stage, host, "the host does not read what it is told");
        else /* what it still has to say is taken in, and then it is gone */
            shutdown(host->wire.fd, SHUT_RD);
    } else {
        witness_request(stage, host, lane, line + n, request);
    }
    return request;

no_memory:
    free(request);
    stage_break(stage, "out of memory");
    return NULL;
}

static bool request_done(struct stage *stage, void *user)
{
    struct request *request = user;

    (void)stage;
    return request->done;
}

bool host_answered(struct stage *stage, struct host *host, struct request *request)
{
    (void)host;
    return request && stage_until(stage, STAGE_ANSWER_MS, request_done, request);
}

void host_settled(struct stage *stage, struct host *host, const char *lane)
{
    host_answered(stage, host, host_request(stage, host, lane, "turn"));
}

static void note_thread(void *stage, pid_t tid, const char *text)
{
    stage_note(stage, EVENT_HANG, tid, 0, text);
}

static size_t count_answers(const struct stage *stage)
{
    size_t count = 0;

    for (size_t i = 0; i < stage->request_count; i++)
        count += stage->requests[i]->done;
    return count;
}

/* Changes whenever something comes that the host may have to deal with. */
static size_t come_from_outside(struct stage *stage)
{
    size_t count;

    stage_scan(stage);
    count = stage->handler_runs + stage->record.count;
    for (size_t i = 0; i < stage->child_count; i++)
        count += stage->children[i].seen;
    return count;
}

static void watch_all(const struct stage *stage, const struct host *host, struct stuck_watch *watch)
{
    stuck_begin(watch, stage_now_ms());
    stuck_add(watch, host->pid);
    for (size_t i = 0; i < stage->record.count; i++) {
        struct life *life = &stage->record.lives[i];
        if (life->pid != host->pid && !record_look(life))
            stuck_add(watch, life->pid);
    }
}

/* Looks until it is proved that the host is stuck (stuck.c): true. False where it answers after
 * all, or where that could not be proved. */
static bool is_stuck(struct stage *stage, const struct host *host)
{
    long long end = stage_now_ms() + stage_scaled(stage, WATCH_MS);
    struct stuck_watch *watch = calloc(1, sizeof(*watch));
    size_t answers = count_answers(stage), before = come_from_outside(stage);
    bool stuck = false;

    if (watch)
        watch_all(stage, host, watch);
    else
        stage_break(stage, "out of memory");
    while (watch && !stuck && host->alive && !stage->broken && stage_now_ms() < end &&
           count_answers(stage) == answers) {
        size_t now;
        stage_pump(stage, LOOK_MS);
        now = come_from_outside(stage);
        if (now != before)
            watch_all(stage, host, watch);
        else
            stuck = count_answers(stage) == answers &&
                    stuck_proved(watch, stage_now_ms(), stage_scaled(stage, STUCK_SPUN_MS));
        if (stuck) { /* one that has ended seems to sleep, too: its socket says so */
            stage_pump(stage, 0);
            stuck = host->alive && count_answers(stage) == answers;
        }
        before = now;
    }
    free(watch);
    return stuck;
}

void host_hangs(struct stage *stage, struct host *host, const char *what)
{
    stage->stop = true;
    if (host->hung || !host->alive || stage->broken)
        return;
    if (!is_stuck(stage, host)) {
        if (host->alive)
            stage_break_unless_found(
                stage,
                "%s in time, but goes on, or waits for its turn: the machine is too slow "
                "for the deadlines; try again with fewer --jobs, or with --slow 4",
                what);
        return;
    }
    host->hung = true;
    stage_scan(stage);
    if (hang_examine(host->pid, stage->control, note_thread, stage) <= 0)
        stage_note(stage, EVENT_HANG, host->pid, 0, what);
}
