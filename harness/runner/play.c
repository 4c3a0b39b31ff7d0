/* SPDX-License-Identifier: MIT */
/*
 * One play, from the empty stage to the finished history: what the script needs is there, a host
 * is started, the steps are played, everything is wound up in good order, and what the kernel has
 * to say at the end is written down.
 */
#include "runner/play.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "runner/fleet.h"
#include "runner/proc.h"
#include "runner/events.h"
#include "runner/sweep.h"

enum {
    END_MS = 10000,    /* for processes that were killed */
    AFTER_NS = 100000, /* between the end of a host and its reaping */
};

#define CHILDREN_BYTES (STAGE_CHILDREN * sizeof(struct stage_child))

/* What an implementation offers: its modes, what it claims, members that are not NULL. */
static uint64_t offered(unsigned owners, unsigned features, uint64_t members)
{
    static const struct {
        enum rc_feature feature;
        uint64_t need;
    } claims[] = {
        {RC_FEATURE_LIBXL_SHAPED, NEED_LIBXL_SHAPED},
        {RC_FEATURE_FORK_HOOK, NEED_FORKHOOK},
        {RC_FEATURE_FOREIGN, NEED_FOREIGN},
        {RC_FEATURE_WARNINGS, NEED_WARNINGS},
        {RC_FEATURE_FOREIGN_ALWAYS, NEED_FOREIGN_ALWAYS},
        {RC_FEATURE_HOOKS_COPIED, NEED_HOOKS_COPIED},
    };
    uint64_t offers = members;

    for (enum rc_owner owner = RC_OWNER_LIBRARY; owner <= RC_OWNER_SELECTIVE; owner++)
        if (owners & RC_OWNS(owner))
            offers |= (uint64_t)NEED_LIBRARY << owner;
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
        if (features & claims[i].feature)
            offers |= claims[i].need;
    if (!(features & RC_FEATURE_ONE_CONTEXT))
        offers |= NEED_CONTEXTS;
    if (!(features & RC_FEATURE_ONE_THREAD))
        offers |= NEED_THREADS;
    if (!(features & (RC_FEATURE_ONE_THREAD | RC_FEATURE_OWN_THREAD)))
        offers |= NEED_ANY_THREAD;
    if (!(features & RC_FEATURE_OWN_REAPER))
        offers |= NEED_LOOP_REAPS;
    if (!(features & RC_FEATURE_SIGCHLD_BLOCKED))
        offers |= NEED_OPEN_SIGCHLD;
    if (offers & (NEED_LIBRARY | NEED_ALWAYS | NEED_SELECTIVE))
        offers |= NEED_OWN_SIGCHLD;
    if (offers & (NEED_FORK | NEED_SPAWN | NEED_WATCH))
        offers |= NEED_CHILD;
    return offers;
}

/* What the script needs and the implementation does not offer; 0 if there is nothing. */
static uint64_t missing(const struct stage *stage)
{
    const struct played *played = stage->played;
    const struct subject *subject = &played->subject;
    const struct script *script = stage->script;
    uint64_t harness = stage->probe ? NEED_PROBE : 0, lacking = 0;

    if (strcmp(played->name, "platform") == 0) /* impl/adapters/platform.c */
        harness |= NEED_PLATFORM;
    if (!subject->pair)
        return script->needs &
               ~(offered(subject->owners, subject->features, played->offers) | harness);
    for (size_t i = LIBRARY_ONE; i < LIBRARY_COUNT; i++) {
        const struct subject_library *library = &subject->library[i];
        uint64_t offers =
            offered(library->owners, library->features, played->offers_of[i]) | harness | NEED_PAIR;
        if (offers & NEED_CHILD) /* whatever it is made by */
            offers |= NEED_FORK;
        lacking |= (script->needs | script->needs_of[i]) & ~offers;
    }
    return lacking;
}

/* Whether it, or one of a pair, is there to be seen with pidfds. */
static bool wants_pidfds(const struct subject *subject)
{
    unsigned features = subject->features;

    for (size_t i = LIBRARY_ONE; subject->pair && i < LIBRARY_COUNT; i++)
        features |= subject->library[i].features;
    return features & RC_FEATURE_WITH_PIDFDS;
}

static bool offers_enough(struct stage *stage)
{
    uint64_t lacking = missing(stage);
    const char *before = " ";
    size_t n;

    if (stage->played->no_pidfds && wants_pidfds(&stage->played->subject)) {
        stage->played->result = PLAY_SKIPPED;
        snprintf(stage->played->reason, sizeof(stage->played->reason),
                 "there are no pidfds here, which %s is there for", stage->played->name);
        return false;
    }
    if (stage->played->subject.pair && !(stage->script->needs & NEED_PAIR)) {
        stage->played->result = PLAY_SKIPPED;
        snprintf(stage->played->reason, sizeof(stage->played->reason),
                 "it is for one implementation alone");
        return false;
    }
    if (!lacking)
        return true;
    stage->played->result = PLAY_SKIPPED;
    if ((lacking & NEED_PROBE) && stage->options->no_probe) {
        snprintf(stage->played->reason, sizeof(stage->played->reason),
                 "it needs the probe, and this run has none (--no-probe)");
        return false;
    }
    n = (size_t)snprintf(stage->played->reason, sizeof(stage->played->reason), "%s does not offer",
                         stage->played->name);
    for (uint64_t bit = 1; bit && bit <= lacking; bit <<= 1)
        if ((lacking & bit) && n < sizeof(stage->played->reason)) {
            n += (size_t)snprintf(stage->played->reason + n, sizeof(stage->played->reason) - n,
                                  "%s%s", before, script_need_text(bit));
            before = ", ";
        }
    return false;
}

/* A language may undo, as it starts, what the script wants: there is nothing to be learned then.
 * Where a library does it that was looked at from the start, that is its own doing. */
static bool starts_as_wanted(struct stage *stage)
{
    if (stage->probe || !(stage->script->settings & SETTING_IGNORES_SIGCHLD) ||
        stage->base_disposition == DISPOSITION_IGNORED)
        return true;
    stage->played->result = PLAY_SKIPPED;
    snprintf(stage->played->reason, sizeof(stage->played->reason),
             "%s does not start with SIGCHLD ignored", stage->played->name);
    return false;
}

static bool set_up(struct stage *stage)
{
    int births[2];
    struct rlimit limit;

    /* A pidfd is held for every child; the host keeps the limit it would have had. */
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        stage->fd_limit = limit.rlim_cur;
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    stage->log_fd = log_create();
    stage->control_fd = control_create();
    stage->notify_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (stage->log_fd < 0 || stage->control_fd < 0 || stage->notify_fd < 0 ||
        socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, births) != 0) {
        stage_break(stage, "cannot set up the play: %s", strerror(errno));
        return false;
    }
    stage->births_fd = births[0];
    stage->births_host_fd = births[1];
    stage->children = mmap(NULL, CHILDREN_BYTES, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stage->children == MAP_FAILED)
        stage->children = NULL;
    stage->log = log_map(stage->log_fd);
    stage->control = control_map(stage->control_fd);
    if (!stage->log || !stage->control || !stage->children) {
        stage_break(stage, "cannot map the log: %s", strerror(errno));
        return false;
    }
    return true;
}

/* How the host ended, if it did so before it was told to. */
static void host_end(struct stage *stage)
{
    struct host *host = &stage->hosts[0];
    struct life *life = record_find(&stage->record, host->pid);
    long long deadline = stage_now_ms() + stage_scaled(stage, STAGE_ANSWER_MS);

    while (life && !record_look(life) && stage_now_ms() < deadline) {
        stage_pump(stage, STAGE_POLL_MS);
        life = record_find(&stage->record, host->pid); /* births may have moved it */
    }
    if (!life || !life->exited) {
        stage_break(stage, "the host closed the protocol's socket and lives on");
        return;
    }
    stage_pump(stage, 0); /* what it wrote as it ended */
    stage_note(stage, EVENT_HOST_EXIT, 0, life->status, stage->stderr_text);
}

static bool host_has_ended(struct stage *stage, void *user)
{
    struct host *host = user;
    struct life *life = record_find(&stage->record, host->pid);

    return !life || record_look(life);
}

/* Says so in the history: what happens from now on is no step's doing. */
static void wind_up(struct stage *stage)
{
    stage_note(stage, EVENT_STEP, 0, 0, "the script is over");
    stage_wind_up(stage);
}

/*
 * Ends the host and all that descends from it. The host itself is reaped later (played_free): the
 * thread of it that ended last may still be on its way through the kernel, emptying its directory
 * in /proc, and the kernel, told to empty that directory for us, too, turns in circles until the
 * thread is done. That took a third of the time of a play. What is right does not depend on it.
 */
static void leave(struct stage *stage)
{
    struct host *host = &stage->hosts[0];
    struct life *life = stage->host_count > 0 ? record_find(&stage->record, host->pid) : NULL;

    if (stage->host_count > 0 && host->alive) {
        struct request *quit = host_request(stage, host, "-", "quit");
        (void)quit;
        /* A tool that the host runs under writes its report last. */
        if (stage->options->report_fd)
            stage_until(stage, STAGE_ANSWER_MS, host_has_ended, host);
        kill(host->pid, SIGKILL);
    }
    if (life && life->pidfd >= 0 && !record_reaped(life)) {
        struct pollfd ended = {.fd = life->pidfd, .events = POLLIN};
        if (poll(&ended, 1, END_MS) > 0) {
            sweep_children(&life->pid, 1, END_MS);
            return;
        }
    }
    fleet_sweep();
}

static void tear_down(struct stage *stage)
{
    for (size_t i = 0; i < stage->host_count; i++)
        wire_close(&stage->hosts[i].wire);
    for (size_t i = 0; i < stage->child_count; i++)
        if (stage->children[i].order_fd >= 0)
            close(stage->children[i].order_fd);
    for (size_t i = 0; i < stage->request_count; i++)
        free(stage->requests[i]);
    free(stage->requests);
    if (stage->children)
        munmap(stage->children, CHILDREN_BYTES);
    for (size_t i = 0; i < stage->notice_count; i++)
        free(stage->notices[i].text);
    free(stage->notices);
    record_free(&stage->record);
    events_clear(stage);
    platform_clear(stage);
    if (stage->log)
        log_unmap(stage->log);
    if (stage->control)
        control_unmap(stage->control);
    close(stage->log_fd);
    close(stage->control_fd);
    close(stage->notify_fd);
    close(stage->births_fd);
    close(stage->births_host_fd);
    if (stage->stderr_fd >= 0)
        close(stage->stderr_fd);
}

void play(const struct script *script, const struct play_options *options, struct played *played)
{
    struct stage *stage = calloc(1, sizeof(*stage));

    memset(played, 0, sizeof(*played));
    if (!stage) {
        played->result = PLAY_BROKEN;
        snprintf(played->reason, sizeof(played->reason), "out of memory");
        return;
    }
    stage->script = script;
    stage->options = options;
    stage->played = played;
    stage->any_gate = stage->later_gate = -1;
    stage->log_fd = stage->control_fd = stage->notify_fd = -1;
    stage->births_fd = stage->births_host_fd = stage->stderr_fd = -1;
    stage->deadline =
        stage_now_ms() +
        stage_scaled(stage, 1000 * (script->deadline > 0 ? script->deadline : STAGE_PLAY_S));
    if (set_up(stage) && events_start(stage) && host_start(stage) == 0 && offers_enough(stage)) {
        stage_look(stage, true);
        stage_remember_fds(stage);
        stage_remember_threads(stage);
        lenient_plant(stage);
        if (starts_as_wanted(stage))
            steps_play(stage, script->steps, script->steps_count);
        stage->host = &stage->hosts[0];
        if (stage->host->alive && played->result == PLAY_DONE)
            wind_up(stage);
        stage_pump(stage, 0); /* its last words, and whether they were the last */
        if (!stage->hosts[0].alive)
            host_end(stage);
        lenient_conclude(stage);
    }
    leave(stage);
    if (stage->log && stage->host_count > 0) {
        played->history = history_from_log(stage->log);
        if (!played->history)
            stage_break(stage, "out of memory");
        else if (log_dropped(stage->log) > 0 && played->result == PLAY_DONE)
            stage_break(stage, "the log was full: %zu events were not recorded",
                        log_dropped(stage->log));
    }
    tear_down(stage);
    free(stage);
}

void played_free(struct played *played)
{
    const struct timespec moment = {.tv_nsec = AFTER_NS};

    nanosleep(&moment, NULL); /* for the host's last thread to have the processor, see leave */
    fleet_sweep();
    if (played->history)
        history_free(played->history);
    findings_free(&played->findings);
    free(played->limits);
    memset(played, 0, sizeof(*played));
}

const struct play_limit *played_limit(const struct played *played, const char *requirement)
{
    for (size_t i = 0; i < played->limits_count; i++)
        if (strcmp(played->limits[i].requirement, requirement) == 0)
            return &played->limits[i];
    return NULL;
}
