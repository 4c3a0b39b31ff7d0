/* SPDX-License-Identifier: MIT */
/*
 * Steps and expectations of scripts about the kernel itself. What is expected is read from /proc
 * and from the kernel's record of the process, and, of handlers, from the list that the host keeps
 * of where they ran.
 *
 * A process that a signal is to end, stop or change altogether is a forked copy of the host: the
 * host is its parent and lives on, so that the end can be waited for as any other, and that nobody
 * else was struck can be seen.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "runner/proc.h"
#include "runner/stage.h"

enum { NAME_OF_THREAD = 32 };

static uint64_t bit_of(int signal)
{
    return UINT64_C(1) << (signal - 1);
}

static void skip(struct stage *stage, const char *format, const char *why)
{
    stage->stop = true;
    stage->played->result = PLAY_SKIPPED;
    snprintf(stage->played->reason, sizeof(stage->played->reason), format, why);
}

/* -- steps -- */

bool platform_words(struct stage *stage, const struct step *step, char *words, size_t size)
{
    switch (step->verb) {
    case VERB_LEAD:
        snprintf(words, size, "lead");
        return true;
    case VERB_CORES:
        snprintf(words, size, "cores %s", stage->cores);
        return true;
    case VERB_PROVOKE:
        snprintf(words, size, "provoke %d", step->signal);
        return true;
    case VERB_CLONE:
        snprintf(words, size, "clone %s%s",
                 step->condition == CONDITION_THREAD ? "thread" : "sighand", step->vm ? " vm" : "");
        return true;
    case VERB_CROWD:
        snprintf(words, size, "crowd %d", step->count);
        return true;
    default:
        return false;
    }
}

bool platform_cannot(struct stage *stage, const struct step *step, const struct request *request)
{
    if (request->ok)
        return false;
    if (step->verb == VERB_PROVOKE && request->error == ENOSYS)
        skip(stage, "on this machine nothing that a thread does is answered with %s",
             script_signal_name(step->signal));
    else if (step->verb == VERB_CORES && request->error == EPERM)
        skip(stage, "the process may leave no core: %.300s", request->answer);
    else if (step->verb == VERB_CROWD && request->error == EAGAIN)
        skip(stage, "the machine allows no such crowd of threads: %.300s", request->answer);
    else
        return false;
    return true;
}

bool platform_may_end(const struct stage *stage, const struct step *step)
{
    return stage->host->is_copy && (step->verb == VERB_PROVOKE || step->verb == VERB_SIGNAL);
}

void platform_cores(struct stage *stage, const struct step *step)
{
    const char *folder = getenv("TMPDIR");
    char pattern[128] = "";
    int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, pattern, sizeof(pattern) - 1);

    if (fd >= 0)
        close(fd);
    if (n < 0)
        return stage_break(stage, "cannot read /proc/sys/kernel/core_pattern: %s", strerror(errno));
    pattern[strcspn(pattern, "\n")] = 0;
    if (!*pattern || strchr("|/@", *pattern))
        return skip(stage, "cores go where they would stay: core_pattern is \"%s\"", pattern);
    snprintf(stage->cores, sizeof(stage->cores), "%s/reapcheck-cores-XXXXXX",
             folder && *folder == '/' && !strchr(folder, ' ') ? folder : "/tmp");
    if (!mkdtemp(stage->cores)) {
        stage->cores[0] = 0;
        return stage_break(stage, "cannot make a folder for cores: %s", strerror(errno));
    }
    step_request(stage, step);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

void platform_clear(struct stage *stage)
{
    if (stage->cores[0])
        nftw(stage->cores, remove_entry, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static bool is_ready_again(struct stage *stage, void *user)
{
    struct host *host = user;

    (void)stage;
    return host->ready || host->failed || !host->alive;
}

/* What the new program cannot know: which children it has. */
static void tell_of_children(struct stage *stage, const struct host *host)
{
    for (size_t i = 0; i < stage->child_count && !stage->stop; i++) {
        struct stage_child *child = &stage->children[i];
        struct request *request;

        if (child->host != host || child->pid == 0 || child->waited)
            continue;
        request = host_request(stage, stage->host, "-", "known %s %d", child->name, child->pid);
        if (!host_answered(stage, stage->host, request))
            return host_hangs(stage, stage->host, "the host does not answer after exec");
    }
}

/* The process goes on as another program, which happens to be a host again. */
void platform_exec(struct stage *stage, const struct step *step)
{
    struct host *host = stage->host;
    struct lane *lane = step_lane(stage, step);
    struct request *request;
    pid_t pid = host->pid;

    if (!lane)
        return;
    host->ready = false;
    request = host_request(stage, host, lane->name, "exec");
    if (!request)
        return;
    if (!stage_until(stage, STAGE_START_MS, is_ready_again, host) || request->done) {
        if (request->done && host->alive)
            stage_fault(stage, step, "exec failed: %s", request->answer);
        else if (host->alive)
            host_hangs(stage, host, "exec does not come back");
        return;
    }
    if (host->pid != pid)
        return stage_fault(stage, step, "process %d is %d after exec", (int)pid, (int)host->pid);
    for (size_t i = 0; i < stage->lane_count; i++)
        if (stage->lanes[i].host == host && strcmp(stage->lanes[i].name, "main") != 0)
            stage->lanes[i].gone = true;
    host_settled(stage, host, "main");
    tell_of_children(stage, host);
    if (host->alive && !stage->stop)
        stage_look(stage, true);
}

/* The record is what reports of libraries are judged by, and scripts about the kernel are where it
 * is judged itself. */
void platform_compare(struct stage *stage, const struct step *step, const struct stage_child *child,
                      int status)
{
    struct life *life = &stage->record.lives[child->life];
    char waited[64], recorded[64];

    if (!(stage->script->needs & NEED_PLATFORM) || (!WIFEXITED(status) && !WIFSIGNALED(status)))
        return;
    if (!record_look(life))
        stage_fault(stage, step, "waitpid told of the end of %s, and its pidfd does not",
                    child->name);
    else if (!record_reaped(life))
        stage_fault(stage, step, "waitpid told of the end of %s, and it is still a zombie",
                    child->name);
    else if (life->status != -1 && life->status != status)
        stage_fault(stage, step, "waitpid told of the end of %s with %s, and its pidfd with %s",
                    child->name, stage_status_words(status, waited, sizeof(waited)),
                    stage_status_words(life->status, recorded, sizeof(recorded)));
}

/* -- expectations: of handlers and of what is pending -- */

struct state_watch {
    struct stage *stage;
    const struct step *step;
    bool everywhere, somewhere; /* true of all threads; of one at least */
    size_t threads;
    char seen[100];
};

static void expect_taken(struct stage *stage, const struct step *step)
{
    struct lane *lane = *step->lane ? stage_lane(stage, stage->host, step->lane) : NULL;
    struct request *request;
    long long times;

    if (*step->lane && !lane)
        return stage_break(stage, "%s:%d: there is no lane %s", stage->script->file, step->line,
                           step->lane);
    if (!stage_quiet_at(stage, step))
        return;
    request = host_request(stage, stage->host, "-", "handled %d %d", step->signal,
                           lane ? (int)lane->tid : 0);
    if (!host_answered(stage, stage->host, request))
        return host_hangs(stage, stage->host, "the host does not tell what it handled");
    if (!stage->host->alive)
        return;
    if (!request->ok)
        return stage_break(stage, "the host does not tell what it handled: %s", request->answer);
    times = wire_number(request->answer, lane ? "here" : "times", 0);
    if (!stage_in_range(step->condition, (size_t)times, (size_t)step->count))
        stage_fault(stage, step, "the handler of %s ran %lld times%s%s, and should have %s %d",
                    script_signal_name(step->signal), times, lane ? " on " : "", step->lane,
                    stage_range_word(step->condition), step->count);
}

static void look_for_pending(void *user, pid_t tid)
{
    struct state_watch *watch = user;
    struct proc_signals signals;

    if (proc_signals(watch->stage->host->pid, tid, &signals) &&
        (signals.pending & bit_of(watch->step->signal)))
        watch->somewhere = true;
}

static bool is_pending(struct stage *stage, void *user)
{
    struct state_watch *watch = user;
    const struct step *step = watch->step;
    pid_t pid = stage->host->pid;
    struct lane *lane = stage_lane(stage, stage->host, step->lane);
    struct proc_signals signals;
    bool shared, own;

    watch->somewhere = false;
    proc_threads(pid, look_for_pending, watch);
    if (!proc_signals(pid, lane ? lane->tid : pid, &signals))
        return false;
    shared = signals.shared_pending & bit_of(step->signal);
    own = lane && (signals.pending & bit_of(step->signal));
    snprintf(watch->seen, sizeof(watch->seen), "%s",
             shared             ? "pending on the process"
             : own              ? "pending on that lane"
             : watch->somewhere ? "pending on another thread"
                                : "pending nowhere");
    if (strcmp(step->lane, "host") == 0)
        return shared && !watch->somewhere;
    return lane ? own && !shared : !shared && !watch->somewhere;
}

static void expect_pending(struct stage *stage, const struct step *step)
{
    struct state_watch watch = {.stage = stage, .step = step};

    if (!stage_comes_true(stage, step, is_pending, &watch) && stage_goes_on(stage))
        stage_fault(stage, step, "%s is %s, and should be pending %s%s",
                    script_signal_name(step->signal), watch.seen, *step->lane ? "on " : "nowhere",
                    step->lane);
}

static void expect_blocked(struct stage *stage, const struct step *step)
{
    struct lane *lane = stage_lane(stage, stage->host, step->lane);
    bool wanted = step->condition == CONDITION_BLOCKED, is;
    struct proc_signals signals;

    if (!stage_quiet_at(stage, step))
        return;
    if (!lane || !proc_signals(stage->host->pid, lane->tid, &signals))
        return stage_break(stage, "%s:%d: there is no lane %s", stage->script->file, step->line,
                           step->lane);
    is = signals.blocked & bit_of(step->signal);
    if (is != wanted)
        stage_fault(stage, step, "%s is %s on %s, and should be %s",
                    script_signal_name(step->signal), is ? "blocked" : "unblocked", step->lane,
                    wanted ? "blocked" : "unblocked");
}

static void expect_action(struct stage *stage, const struct step *step)
{
    struct proc_signals signals;
    enum condition is;

    if (!proc_signals(stage->host->pid, stage->host->pid, &signals))
        return stage_break(stage, "%s:%d: the host is gone", stage->script->file, step->line);
    is = signals.ignored & bit_of(step->signal)  ? CONDITION_IGNORED
         : signals.caught & bit_of(step->signal) ? CONDITION_CAUGHT
                                                 : CONDITION_DEFAULT;
    if (is != step->condition)
        stage_fault(stage, step, "%s is %s, and should be %s", script_signal_name(step->signal),
                    is == CONDITION_IGNORED  ? "ignored"
                    : is == CONDITION_CAUGHT ? "caught"
                                             : "at its default",
                    step->condition == CONDITION_IGNORED  ? "ignored"
                    : step->condition == CONDITION_CAUGHT ? "caught"
                                                          : "at its default");
}

/* -- expectations: of the process as a whole -- */

static void look_at_state(void *user, pid_t tid)
{
    struct state_watch *watch = user;
    struct proc_stat stat;
    bool stopped;

    if (!proc_stat(watch->stage->host->pid, tid, &stat))
        return;
    stopped = stat.state == 'T' || stat.state == 't';
    watch->threads++;
    watch->everywhere &= stopped;
    watch->somewhere |= stopped;
}

static bool host_is_so(struct stage *stage, void *user)
{
    struct state_watch *watch = user;

    watch->threads = 0;
    watch->everywhere = true;
    watch->somewhere = false;
    proc_threads(stage->host->pid, look_at_state, watch);
    if (watch->threads == 0)
        return false;
    return watch->step->condition == CONDITION_STOPPED ? watch->everywhere : !watch->somewhere;
}

static bool is_gone(struct stage *stage, void *user)
{
    struct life *life = record_find(&stage->record, stage->host->pid);

    (void)user;
    return !life || record_look(life);
}

static void expect_state(struct stage *stage, const struct step *step)
{
    struct state_watch watch = {.stage = stage, .step = step};
    const char *wanted = step->condition == CONDITION_STOPPED ? "stopped" : "running";

    if (stage_until(stage, STAGE_EXPECT_MS, host_is_so, &watch))
        return;
    if (!stage->host->alive || is_gone(stage, NULL))
        stage_fault(stage, step, "the process has ended, and should be %s", wanted);
    else
        stage_fault(stage, step, "%s of its threads are stopped, and the process should be %s",
                    watch.everywhere  ? "all"
                    : watch.somewhere ? "some"
                                      : "none",
                    wanted);
}

/* The copy's end is what the script asked for, and no crash. */
static void expect_end(struct stage *stage, const struct step *step)
{
    long long deadline = stage_now_ms() + stage_scaled(stage, STAGE_EXPECT_MS);
    struct host *host = stage->host;
    struct life *life;
    char words[64];

    while (!is_gone(stage, NULL) && stage_now_ms() < deadline && !stage->broken)
        stage_pump(stage, STAGE_POLL_MS);
    stage_pump(stage, 0); /* its last words */
    life = record_find(&stage->record, host->pid);
    if (stage->broken)
        return;
    if (!life || !life->exited)
        return stage_fault(stage, step, "the process lives on, and should have ended");
    host->alive = false; /* whether its socket says so yet or not */
    host->ended = true;
    stage_note(stage, EVENT_EXITED, host->pid, life->status, NULL);
    if (life->status == -1)
        return stage_break(stage, "the kernel does not tell how process %d ended", (int)host->pid);
    if (!stage_status_is(life->status, &step->outcome))
        stage_fault(stage, step, "the process ended with %s",
                    stage_status_words(life->status, words, sizeof(words)));
    else if (step->core && !WCOREDUMP(life->status) != step->no_core)
        stage_fault(stage, step, "the process ended with %s, and %s core",
                    stage_status_words(life->status, words, sizeof(words)),
                    step->no_core ? "should have left no" : "left no");
}

struct census {
    pid_t pid;
    size_t others;
};

static void count_thread(void *user, pid_t tid)
{
    struct census *census = user;
    char path[64], name[NAME_OF_THREAD] = "";
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", (int)census->pid, (int)tid);
    file = fopen(path, "re");
    if (!file)
        return;
    if (fgets(name, sizeof(name), file) && name[0] != ':') /* the harness's own */
        census->others++;
    fclose(file);
}

static bool has_so_many(struct stage *stage, void *user)
{
    struct state_watch *watch = user;
    struct census census = {stage->host->pid, 0};

    proc_threads(census.pid, count_thread, &census);
    watch->threads = census.others;
    return census.others == (size_t)watch->step->count;
}

static void expect_threads(struct stage *stage, const struct step *step)
{
    struct state_watch watch = {.stage = stage, .step = step};

    if (!stage_comes_true(stage, step, has_so_many, &watch) && stage_goes_on(stage))
        stage_fault(stage, step, "the process has %zu threads, and should have %d", watch.threads,
                    step->count);
}

void platform_expect(struct stage *stage, const struct step *step)
{
    switch (step->verb) {
    case VERB_EXPECT_TAKEN:
        return expect_taken(stage, step);
    case VERB_EXPECT_PENDING:
        return expect_pending(stage, step);
    case VERB_EXPECT_BLOCKED:
        return expect_blocked(stage, step);
    case VERB_EXPECT_ACTION:
        return expect_action(stage, step);
    case VERB_EXPECT_THREADS:
        return expect_threads(stage, step);
    case VERB_EXPECT_HOST:
        return step->condition == CONDITION_ENDED ? expect_end(stage, step)
                                                  : expect_state(stage, step);
    default:
        return stage_break(stage, "%s:%d: `%s` is not known to the runner", stage->script->file,
                           step->line, step->text);
    }
}
