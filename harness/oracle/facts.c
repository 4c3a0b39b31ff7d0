/* SPDX-License-Identifier: MIT */
#include "oracle/facts.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "history/calls.h"

struct pid_lives {
    int pid;
    int newest;          /* life, or -1 */
    size_t born, forked; /* last BORN of it, last fork call that returned it */
    UT_hash_handle hh;
};

static struct pid_lives *lives_of(struct facts *facts, int pid)
{
    struct pid_lives *lives;

    HASH_FIND_INT(facts->by_pid, &pid, lives);
    if (lives)
        return lives;
    lives = calloc(1, sizeof(*lives));
    if (!lives)
        return NULL;
    lives->pid = pid;
    lives->newest = -1;
    lives->born = lives->forked = NEVER;
    HASH_ADD_INT(facts->by_pid, pid, lives);
    return lives;
}

static void *grow(void *list, size_t count, size_t *size, size_t each)
{
    if (count < *size)
        return list;
    *size = *size ? *size * 2 : 64;
    return realloc(list, *size * each);
}

static struct ctx_fact *ctx_of(const struct facts *facts, int ctx, int process)
{
    struct ctx_fact *found;

    if (ctx < 0 || (size_t)ctx >= facts->ctx_count)
        return NULL;
    found = &facts->ctxs[ctx];
    return found->process && found->process == process ? found : NULL;
}

/* -- lives and cares -- */

static int add_life(struct facts *facts, const struct event *event, int pid, size_t entered,
                    size_t i)
{
    struct pid_lives *lives = lives_of(facts, pid);
    struct life *list, *life;
    size_t from = entered;

    list = grow(facts->lives, facts->life_count, &facts->life_size, sizeof(*list));
    if (!lives || !list)
        return -1;
    facts->lives = list;
    life = &list[facts->life_count];
    memset(life, 0, sizeof(*life));
    if (lives->forked != NEVER && lives->forked >= entered)
        from = lives->forked;
    if (lives->born != NEVER && lives->born >= entered)
        from = lives->born;
    life->pid = pid;
    life->process = event->pid ? event->pid : facts->host;
    life->from = from;
    life->at = i;
    life->status = -1;
    life->exited = life->order = life->waited = life->collected = NEVER;
    life->older = lives->newest;
    life->care = -1;
    if (life->older >= 0 && from == entered && entered != i)
        life->doubtful = list[life->older].doubtful = true;
    lives->newest = (int)facts->life_count;
    return (int)facts->life_count++;
}

static int add_care(struct facts *facts, int life, int ctx, size_t from, size_t at)
{
    struct care *list, *care;

    list = grow(facts->cares, facts->care_count, &facts->care_size, sizeof(*list));
    if (!list)
        return -1;
    facts->cares = list;
    care = &list[facts->care_count];
    *care = (struct care){.life = life,
                          .ctx = ctx,
                          .from = from,
                          .at = at,
                          .forgotten = NEVER,
                          .told = NEVER,
                          .report = NEVER,
                          .next = -1};
    if (facts->lives[life].care < 0) {
        facts->lives[life].care = (int)facts->care_count;
    } else {
        int last = facts->lives[life].care;
        while (list[last].next >= 0)
            last = list[last].next;
        list[last].next = (int)facts->care_count;
    }
    facts->care_count++;
    return 0;
}

struct life *facts_life(const struct facts *facts, int pid, size_t i)
{
    struct pid_lives *lives;
    int n;

    HASH_FIND_INT(facts->by_pid, &pid, lives);
    if (!lives)
        return NULL;
    for (n = lives->newest; n >= 0; n = facts->lives[n].older)
        if (facts->lives[n].from <= i)
            return &facts->lives[n];
    return NULL;
}

/* The oldest life of pid begun by i that is not over by this measure, else the newest. */
static struct life *open_life(const struct facts *facts, int pid, size_t i,
                              bool (*over)(const struct life *))
{
    struct life *newest = facts_life(facts, pid, i), *found = newest;
    int n;

    for (n = newest ? newest->older : -1; n >= 0; n = facts->lives[n].older)
        if (!over(&facts->lives[n]))
            found = &facts->lives[n];
    return found;
}

static bool has_exited(const struct life *life)
{
    return life->exited != NEVER;
}

static bool is_reaped(const struct life *life)
{
    return life->waited != NEVER || life->collected != NEVER;
}

/* The latest care of a life by a ctx, NULL if there is none. */
static struct care *care_of(const struct facts *facts, const struct life *life, int ctx)
{
    struct care *found = NULL;
    int n;

    for (n = life ? life->care : -1; n >= 0; n = facts->cares[n].next)
        if (facts->cares[n].ctx == ctx)
            found = &facts->cares[n];
    return found;
}

/* -- reading the history -- */

static int change_owner(struct ctx_fact *ctx, size_t entered, size_t left, int owner)
{
    struct owner_change *list = realloc(ctx->changes, (ctx->change_count + 1) * sizeof(*list));

    if (!list)
        return -1;
    ctx->changes = list;
    list[ctx->change_count++] = (struct owner_change){entered, left, owner};
    return 0;
}

static int open_ctx(struct facts *facts, const struct event *event, size_t entered, size_t i)
{
    struct ctx_fact *list;
    size_t count = (size_t)event->ctx + 1;

    if (count > facts->ctx_count) {
        list = realloc(facts->ctxs, count * sizeof(*list));
        if (!list)
            return -1;
        memset(list + facts->ctx_count, 0, (count - facts->ctx_count) * sizeof(*list));
        facts->ctxs = list;
        facts->ctx_count = count;
    }
    list = &facts->ctxs[event->ctx];
    free(list->changes);
    *list = (struct ctx_fact){.ctx = event->ctx,
                              .process = event->pid,
                              .library = (enum event_library)event->library,
                              .opening = entered,
                              .opened = i,
                              .closing = NEVER,
                              .closed = NEVER};
    return 0;
}

/* A call of the adapter that succeeded; entered is its ENTER. First pass. */
static int read_leave(struct facts *facts, const struct event *event, size_t entered, size_t i)
{
    struct ctx_fact *ctx = ctx_of(facts, event->ctx, event->pid);
    struct life *life;
    int n;

    switch (event->what) {
    case OP_OPEN:
        return event->ctx >= 0 ? open_ctx(facts, event, entered, i) : 0;
    case OP_CLOSE:
        if (ctx) {
            ctx->closing = entered;
            ctx->closed = i;
        }
        return 0;
    case OP_POSTFORK: /* whatever there was in the process is invalid from now on [FK-72] */
        for (size_t c = 0; c < facts->ctx_count; c++)
            if (facts->ctxs[c].process == event->pid && facts->ctxs[c].closed == NEVER) {
                facts->ctxs[c].closing = entered;
                facts->ctxs[c].closed = i;
            }
        return 0;
    case OP_OWNER:
        return ctx ? change_owner(ctx, entered, i,
                                  event->value >= 0 && event->value <= RC_OWNER_SELECTIVE
                                      ? (int)event->value
                                      : OWNER_UNSURE)
                   : 0;
    case OP_FORK:
    case OP_SPAWN:
        if (event->result <= 0)
            return 0;
        n = add_life(facts, event, (int)event->result, entered, i);
        return n < 0 ? -1 : add_care(facts, n, event->ctx, entered, i);
    case OP_WATCH:
        life = facts_life(facts, event->subject, i);
        return life ? add_care(facts, (int)(life - facts->lives), event->ctx, entered, i) : 0;
    default:
        return 0;
    }
}

/* First pass: who was there. last is the thread's latest event of the host's own before this. */
static int read_births(struct facts *facts, const struct event *event, size_t entered, size_t last,
                       size_t i)
{
    struct pid_lives *lives;
    int n;

    switch (event->kind) {
    case EVENT_LEAVE:
        return event->result >= 0 && event->error == 0 ? read_leave(facts, event, entered, i) : 0;
    case EVENT_FOREIGN:
    case EVENT_FORKED:
        n = add_life(facts, event, event->subject, last == NEVER ? i : last, i);
        if (n >= 0)
            facts->lives[n].foreign = event->kind == EVENT_FOREIGN;
        return n < 0 ? -1 : 0;
    case EVENT_CHILD: /* inherited, if nobody started it */
        lives = lives_of(facts, event->subject);
        if (lives && lives->newest < 0) {
            n = add_life(facts, event, event->subject, 0, i);
            if (n < 0)
                return -1;
            facts->lives[n].process = facts->host;
            facts->lives[n].foreign = true;
        }
        return lives ? 0 : -1;
    case EVENT_BORN:
    case EVENT_CALL:
        if (event->kind == EVENT_CALL && event->what != CALL_FORK &&
            event->what != CALL_POSIX_SPAWN)
            return 0;
        n = event->kind == EVENT_BORN         ? event->pid
            : event->what == CALL_POSIX_SPAWN ? event->subject
                                              : (int)event->result;
        if (n <= 0)
            return 0;
        lives = lives_of(facts, n);
        if (lives && event->kind == EVENT_BORN)
            lives->born = i;
        else if (lives && (lives->born == NEVER || lives->born < lives->forked))
            lives->forked = i;
        return lives ? 0 : -1;
    default:
        return 0;
    }
}

int facts_waited_for(const struct event *event)
{
    bool waitid = event->kind == EVENT_CALL && event->what == CALL_WAITID;
    bool waitpid = event->kind == EVENT_CALL && event->what == CALL_WAITPID;

    if (waitid)
        return event->result == 0 ? (int)event->spare : 0;
    return (waitpid || event->kind == EVENT_WAITED) && event->result > 0 ? (int)event->result : 0;
}

static void read_wait(struct facts *facts, const struct event *event, size_t i)
{
    int pid = facts_waited_for(event);
    struct life *life = pid ? open_life(facts, pid, i, is_reaped) : NULL;

    if (!life || life->process != event->pid)
        return;
    if (event->kind == EVENT_CALL && event->what == CALL_WAITID) {
        /* With stops asked for, too, the news may have been of one. */
        if (event->extra & (WNOWAIT | WSTOPPED | WCONTINUED))
            return;
    } else if (WIFSTOPPED((int)event->value) || WIFCONTINUED((int)event->value)) {
        return;
    }
    if (event->kind == EVENT_WAITED) {
        if (life->waited == NEVER)
            life->waited = i;
    } else if (life->collected == NEVER) {
        life->collected = i;
    }
}

/* Second pass: what became of them. */
static void read_fates(struct facts *facts, const struct event *event, size_t entered, size_t i)
{
    struct life *life;
    struct care *care;

    switch (event->kind) {
    case EVENT_EXITED:
        life = open_life(facts, event->subject, i, has_exited);
        if (life && life->exited == NEVER) {
            life->exited = i;
            life->status = event->value;
        }
        break;
    case EVENT_ORDER:
        life = facts_life(facts, event->subject, i);
        if (life) {
            life->order = i;
            life->orders++;
        }
        break;
    case EVENT_WAITED:
    case EVENT_CALL:
        read_wait(facts, event, i);
        break;
    case EVENT_REPORT:
    case EVENT_LOST:
        care = care_of(facts, facts_life(facts, event->subject, i), event->ctx);
        if (care && care->report == NEVER)
            care->report = i;
        break;
    case EVENT_LEAVE:
        care = care_of(facts, facts_life(facts, event->subject, i), event->ctx);
        if (!care || event->result != 0 || event->error)
            break;
        if (event->what == OP_FORGET && care->forgotten == NEVER)
            care->forgotten = i;
        if (event->what == OP_TOLD_REAPED && care->told == NEVER) {
            care->told = entered;
            care->told_status = event->value;
        }
        break;
    case EVENT_DISPOSITION:
    case EVENT_ACTION:
        if ((event->kind == EVENT_DISPOSITION || event->subject == SIGCHLD) &&
            (event->value == DISPOSITION_IGNORED || (event->extra & SA_NOCLDWAIT)) &&
            facts->ignored == NEVER)
            facts->ignored = i;
        break;
    case EVENT_HOST_EXIT:
        if (facts->crashed == NEVER && event->value != 0)
            facts->crashed = i;
        break;
    case EVENT_HANG:
        if (facts->hung == NEVER && event->result == 0)
            facts->hung = i;
        break;
    case EVENT_FAULT:
        if (facts->first_fault == NEVER)
            facts->first_fault = i;
        break;
    default:
        break;
    }
}

static int read_pass(struct facts *facts, bool births)
{
    const struct history *history = facts->history;
    struct threads threads = {NULL};
    size_t count = history_count(history), i;
    int rc = 0;

    for (i = 0; i < count && rc == 0; i++) {
        const struct event *event = history_event(history, i);
        struct thread *thread;
        size_t entered = i, last;

        /* The ENTER has to be looked up before the LEAVE takes it off. */
        thread = threads_find(&threads, event->pid, event->tid);
        if (event->kind == EVENT_LEAVE && thread && thread_op(history, thread) &&
            thread_op(history, thread)->what == event->what)
            entered = thread->op[thread->ops - 1];
        last = thread ? thread->last : NEVER;
        threads_follow(&threads, history, i);
        if (births)
            rc = read_births(facts, event, entered, last, i);
        else
            read_fates(facts, event, entered, i);
    }
    threads_free(&threads, NULL);
    return rc;
}

static int find_host(const struct history *history)
{
    int host = history_host_pid(history);
    size_t i;

    for (i = 0; !host && i < history_count(history); i++)
        if (history_event(history, i)->kind < EVENT_STEP)
            host = history_event(history, i)->pid;
    return host;
}

struct facts *facts_build(const struct history *history, const struct subject *subject)
{
    struct facts *facts = calloc(1, sizeof(*facts));

    if (!facts)
        return NULL;
    facts->history = history;
    facts->subject = subject;
    facts->host = find_host(history);
    facts->crashed = facts->hung = facts->first_fault = facts->ignored = NEVER;
    facts->things = things_build(history);
    if (!facts->things || read_pass(facts, true) < 0 || read_pass(facts, false) < 0) {
        facts_free(facts);
        return NULL;
    }
    return facts;
}

void facts_free(struct facts *facts)
{
    struct pid_lives *lives, *next;
    size_t i;

    if (!facts)
        return;
    HASH_ITER (hh, facts->by_pid, lives, next) {
        HASH_DEL(facts->by_pid, lives);
        free(lives);
    }
    for (i = 0; i < facts->ctx_count; i++)
        free(facts->ctxs[i].changes);
    things_free(facts->things);
    free(facts->ctxs);
    free(facts->lives);
    free(facts->cares);
    free(facts);
}
