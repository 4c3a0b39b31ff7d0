/* SPDX-License-Identifier: MIT */
/*
 * The table of ctxs and the callbacks.
 *
 * A callback is told to the runner when all that was kept for it has been done: what a script says
 * after `expect A reports a1` then comes after it. The log has the callback at its beginning.
 *
 * A ctx is closed only once nobody of the host is inside its loop or about to wake it: neither is
 * a thing that any library could survive, and neither is the script's doing. A ctx closed on its
 * own lane, within a callback of its loop, is the exception that the contract allows.
 */
#include "host/context.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "history/races.h"
#include "host/children.h"
#include "host/heard.h"
#include "host/lane.h"
#include "host/library.h"
#include "host/loop.h"
#include "host/output.h"
#include "host/request.h"
#include "host/word.h"
#include "probe/probe.h"

enum { PIN_TIMEOUT_MS = 5000 };

static struct context contexts[CONTEXTS];
static atomic_size_t asked; /* how often a place was asked for */
static _Atomic uint64_t serials;

__attribute__((constructor)) static void tell_of_tables(void)
{
    RACES_OWN(contexts, sizeof contexts);
    RACES_OWN(&asked, sizeof asked);
    RACES_OWN(&serials, sizeof serials);
}

static size_t used(void)
{
    size_t count = atomic_load(&asked);

    return count < CONTEXTS ? count : CONTEXTS;
}

static bool change(struct context *context, int from, int to)
{
    return atomic_compare_exchange_strong(&context->state, &from, to);
}

/* Returns the zone to go back to. */
static int enter_callback(void)
{
    library_note_turn();
    return probe_enter(ZONE_APPLICATION);
}

static void heard(struct context *context, enum event_kind kind, pid_t pid, int wait_status,
                  int result)
{
    lane_heard();
    output_event(&(struct event){.kind = (uint16_t)kind,
                                 .ctx = (int16_t)context->index,
                                 .subject = pid,
                                 .value = wait_status,
                                 .result = result});
}

static void hear_exited(void *user, pid_t pid, int wait_status)
{
    struct context *context = user;
    int zone = enter_callback();

    heard(context, EVENT_REPORT, pid, wait_status, 0);
    request_do_kept(pid);
    output_line("event report ctx=%s pid=%d status=%d", context->name, pid, wait_status);
    probe_leave(zone);
}

static void hear_lost(void *user, pid_t pid)
{
    struct context *context = user;
    int zone = enter_callback();

    heard(context, EVENT_LOST, pid, 0, 0);
    request_do_kept(pid);
    output_line("event lost ctx=%s pid=%d", context->name, pid);
    probe_leave(zone);
}

static int hear_foreign(void *user, pid_t pid, int wait_status)
{
    struct context *context = user;
    int zone = enter_callback();
    int answer = context->strangers;

    heard(context, EVENT_STRANGER, pid, wait_status, answer);
    request_do_kept(pid);
    output_line("event stranger ctx=%s pid=%d status=%d", context->name, pid, wait_status);
    probe_leave(zone);
    return answer;
}

static void hear_disaster(void *user, const char *what, int errnum)
{
    struct context *context = user;
    int zone = enter_callback();
    char key[KEPT_KEY];

    if (what == NULL)
        what = "";
    lane_heard();
    output_event(&(struct event){.kind = EVENT_DISASTER,
                                 .ctx = (int16_t)context->index,
                                 .error = (int16_t)errnum,
                                 .text = output_text(what)});
    snprintf(key, sizeof key, "%s:dire", context->name);
    request_do_kept_for(key);
    output_line("event disaster ctx=%s errno=%d %s", context->name, errnum, what);
    probe_leave(zone);
}

/* It may be called under the library's locks, so it stays in the library's zone: leaving that would
 * be put down as a lock held across a callback. */
static void hear_warned(void *user, const char *text)
{
    struct context *context = user;

    if (!output_is_open()) /* a child that has yet to exec */
        return;
    output_event(&(struct event){
        .kind = EVENT_WARNED, .ctx = (int16_t)context->index, .text = output_text(text)});
    output_line("event warned ctx=%s %s", context->name, text);
}

/* Stays in the library's zone: it is called under the library's locks, by documentation, and may
 * not call back into it, so it is a part of the library's fork like any other. */
static pid_t hear_fork(void *user)
{
    struct context *context = user;
    pid_t pid = context->fork_raw ? probe_fork_raw() : fork();
    int error = pid < 0 ? errno : 0;

    output_event(&(struct event){.kind = EVENT_FORKHOOK,
                                 .ctx = (int16_t)context->index,
                                 .subject = pid,
                                 .value = context->fork_raw,
                                 .error = (int16_t)error});
    errno = error;
    return pid;
}

/* A place for a new ctx: one never used, else the one closed longest ago. */
static struct context *place_for_new(void)
{
    for (size_t i = 0; i < 2 * CONTEXTS; i++) {
        struct context *context = &contexts[atomic_fetch_add(&asked, 1) % CONTEXTS];

        if (change(context, CONTEXT_FREE, CONTEXT_OPENING) ||
            change(context, CONTEXT_CLOSED, CONTEXT_OPENING))
            return context;
    }
    return NULL;
}

int context_open(const char *name, int index, const struct context_options *options)
{
    const struct rc_adapter *adapter = options->library->adapter;
    bool set_owner = options->owner >= 0;
    struct lane *lane = lane_self();
    struct context *context;
    int rc;

    /* A library that knows one owner only is in that mode from the start. */
    if (set_owner && adapter->set_owner == NULL) {
        if (adapter->owners != RC_OWNS((unsigned)options->owner))
            return -ENOSYS;
        set_owner = false;
    }
    context = place_for_new();
    if (context == NULL)
        return -ENOSPC;
    atomic_store(&context->serial, atomic_fetch_add(&serials, 1) + 1);
    atomic_store(&context->lane, lane);
    atomic_store(&context->paused, false);
    snprintf(context->name, sizeof context->name, "%s", name);
    context->index = index;
    context->library = options->library;
    context->strangers = options->strangers;
    context->fork_raw = options->forkhook_raw;
    context->callbacks = (struct rc_callbacks){.exited = hear_exited,
                                               .lost = hear_lost,
                                               .foreign = hear_foreign,
                                               .disaster = hear_disaster,
                                               .warned = hear_warned,
                                               .fork = options->forkhook ? hear_fork : NULL,
                                               .foreign_always = options->strangers_wanted,
                                               .event = heard_occurs};
    context->loop = NULL;
    context->mixes = options->mixes;

    rc = library_open(context);
    if (rc < 0) {
        atomic_store(&context->state, CONTEXT_CLOSED);
        return rc;
    }
    if (options->hooks) {
        rc = loop_attach(context);
        if (rc < 0) {
            library_close(context);
            atomic_store(&context->state, CONTEXT_CLOSED);
            return rc;
        }
    }
    if (set_owner) {
        rc = library_owner(context, (enum rc_owner)options->owner);
        if (rc < 0) {
            /* As a careful application would: it is of no use without its mode. */
            library_close(context);
            loop_detach(context);
            atomic_store(&context->state, CONTEXT_CLOSED);
            return rc;
        }
    }
    atomic_store(&context->state, CONTEXT_OPEN);
    lane_ring(lane);
    return 0;
}

int context_turn(struct context *context, int timeout_ms)
{
    if (context->loop == NULL)
        return library_run(context, timeout_ms);
    loop_turn(context, context->mixes ? 0 : timeout_ms);
    return context->mixes && context->loop != NULL ? library_run(context, timeout_ms) : 0;
}

void context_wake(struct context *context)
{
    if (context->loop != NULL)
        loop_wake(context);
    if (context->loop == NULL || context->mixes)
        library_wake(context);
}

static bool await_unpinned(struct context *context)
{
    uint32_t pins;

    for (int waits = 0; (pins = atomic_load(&context->pins)) != 0; waits++) {
        if (waits > 0)
            return false;
        word_wait(&context->pins, pins, PIN_TIMEOUT_MS);
    }
    RACES_TAKE(&context->pins);
    return true;
}

int context_close(struct context *context)
{
    struct lane *lane = atomic_load(&context->lane);
    int rc = -ETIMEDOUT;

    if (!change(context, CONTEXT_OPEN, CONTEXT_CLOSING))
        return -EALREADY;
    if (lane != NULL && lane == lane_self())
        lane_leave_loop(context_place(context));
    if ((lane == NULL || lane == lane_self() || lane_await_out_of(lane, context_place(context))) &&
        await_unpinned(context))
        rc = library_close(context);
    if (rc >= 0)
        loop_detach(context);
    atomic_store(&context->state, rc < 0 ? CONTEXT_OPEN : CONTEXT_CLOSED);
    if (lane != NULL)
        lane_ring(lane);
    return rc;
}

struct context *context_find(const char *name)
{
    struct context *found = NULL;
    uint64_t latest = 0;

    for (size_t i = 0; i < used(); i++) {
        struct context *context = &contexts[i];
        uint64_t serial = atomic_load(&context->serial);

        /* The second look at the serial: it is still the same ctx. */
        if (atomic_load(&context->state) == CONTEXT_OPEN && strcmp(context->name, name) == 0 &&
            atomic_load(&context->serial) == serial && serial > latest) {
            found = context;
            latest = serial;
        }
    }
    return found;
}

void context_pause(struct context *context, bool paused)
{
    struct lane *lane = atomic_load(&context->lane);

    atomic_store(&context->paused, paused);
    if (lane == NULL)
        return;
    lane_ring(lane);
    /* A pause is in force when it is answered. */
    if (paused && lane != lane_self())
        lane_await_out_of(lane, context_place(context));
}

uint32_t context_place(const struct context *context)
{
    return (uint32_t)(context - contexts);
}

struct context *context_at(uint32_t place)
{
    return &contexts[place];
}

bool context_turns_on(const struct context *context, const struct lane *lane)
{
    return atomic_load(&context->lane) == lane && atomic_load(&context->state) == CONTEXT_OPEN &&
           !atomic_load(&context->paused);
}

size_t context_list(const struct lane *lane, uint16_t places[CONTEXTS])
{
    size_t count = 0;

    for (size_t i = 0; i < used(); i++)
        if (context_turns_on(&contexts[i], lane))
            places[count++] = (uint16_t)i;
    return count;
}

void context_move(struct lane *from, struct lane *to)
{
    for (size_t i = 0; i < used(); i++)
        if (atomic_load(&contexts[i].lane) == from)
            atomic_store(&contexts[i].lane, to);
    lane_ring(to);
}

void context_disown_all(void)
{
    for (size_t i = 0; i < used(); i++) {
        atomic_store(&contexts[i].lane, NULL);
        atomic_store(&contexts[i].pins, 0);
        if (atomic_load(&contexts[i].state) == CONTEXT_CLOSING)
            atomic_store(&contexts[i].state, CONTEXT_OPEN);
    }
}
