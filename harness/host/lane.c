/* SPDX-License-Identifier: MIT */
/*
 * How a lane sleeps. Whoever wants something of it changes its state, then its bell, then wakes
 * it. The lane reads the bell, then its state, and sleeps only while the bell is as it read it. It
 * sleeps on the bell itself or, while it has ctxs, inside the library's loop; there it is woken by
 * the adapter's `wake`, if there is one, and by a timeout that is never long, so that nothing
 * hangs on the quality of `wake`.
 *
 * `turning` names the ctx that the lane is inside. It is set before the lane makes sure that it is
 * to turn that ctx, so who forbids it first and looks at `turning` afterwards misses nothing.
 *
 * `wake` may block, in a library that has locks, on a lane that a script holds at a gate. So the
 * helper thread calls it, and the reader stays free for whatever comes. These two share a mutex,
 * so that nothing is posted to a lane that is being buried. No other thread takes it.
 */
#include "host/lane.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "history/races.h"
#include "host/library.h"
#include "host/output.h"
#include "host/word.h"
#include "probe/probe.h"

enum {
    TURN_WITH_WAKE_MS = 50,
    TURN_WITHOUT_WAKE_MS = 10,
    TURN_OF_MANY_MS = 2,
    REST_AFTER_ERROR_MS = 10,
    LEAVE_LOOP_MS = 5000, /* how long to wait for a lane to come out of a loop */
};

static struct lane lanes[LANES];
static pthread_mutex_t posting = PTHREAD_MUTEX_INITIALIZER;
static sigset_t initial_mask;
static _Atomic uint32_t helper_bell;
static __thread struct lane *self;

struct lane *lane_self(void)
{
    return self;
}

bool lane_is_main(void)
{
    return self == &lanes[0];
}

void lane_heard(void)
{
    if (self != NULL)
        self->heard++;
}

static void helper_ring(void)
{
    RACES_GIVE(&helper_bell);
    atomic_fetch_add(&helper_bell, 1);
    word_wake(&helper_bell);
}

void lane_ring(struct lane *lane)
{
    RACES_GIVE(&lane->bell);
    atomic_fetch_add(&lane->bell, 1);
    word_wake(&lane->bell);
    if (lane != self && atomic_load(&lane->turning) != 0 && library_wakes()) {
        atomic_store(&lane->wake, true);
        helper_ring();
    }
}

void lanes_ring(void)
{
    for (size_t i = 0; i < LANES; i++)
        if (atomic_load(&lanes[i].used))
            lane_ring(&lanes[i]);
}

/* [the reader] */
static struct lane *lane_named(const char *name)
{
    for (size_t i = 0; i < LANES; i++)
        if (atomic_load(&lanes[i].used) && strcmp(lanes[i].name, name) == 0)
            return &lanes[i];
    return NULL;
}

int lane_post(const char *name, struct request *request)
{
    struct lane *lane;
    int rc = 0;

    probe_real.pthread_mutex_lock(&posting);
    lane = lane_named(name);
    if (lane == NULL) {
        rc = -ENOENT;
    } else if (request->together != 0 && lane->together == request->together) {
        rc = -EDEADLK;
    } else {
        uint32_t posted = atomic_load(&lane->posted);

        if (request->together != 0)
            lane->together = request->together;
        lane->queue[posted % REQUESTS] = request;
        atomic_store(&lane->posted, posted + 1);
        lane_ring(lane);
    }
    probe_real.pthread_mutex_unlock(&posting);
    return rc;
}

static struct request *take_request(struct lane *lane)
{
    uint32_t taken = atomic_load(&lane->taken);
    struct request *request;

    if (taken == atomic_load(&lane->posted))
        return NULL;
    request = lane->queue[taken % REQUESTS];
    atomic_store(&lane->taken, taken + 1);
    return request;
}

void lane_leave_loop(uint32_t place)
{
    if (self == NULL || atomic_load(&self->turning) != place + 1)
        return;
    RACES_GIVE(&self->turning);
    atomic_store(&self->turning, 0);
    if (atomic_load(&self->watched) != 0)
        word_wake(&self->turning);
}

bool lane_await_out_of(struct lane *lane, uint32_t place)
{
    long long end = word_clock_ms() + LEAVE_LOOP_MS, left;

    atomic_fetch_add(&lane->watched, 1);
    lane_ring(lane);
    while (atomic_load(&lane->turning) == place + 1 && (left = end - word_clock_ms()) > 0)
        word_wait(&lane->turning, place + 1, (int)left);
    atomic_fetch_sub(&lane->watched, 1);
    RACES_TAKE(&lane->turning);
    return atomic_load(&lane->turning) != place + 1;
}

/* One turn of one loop, unless the bell no longer reads `seen`. */
static int turn_one(struct lane *lane, uint32_t place, int timeout_ms, uint32_t seen)
{
    struct context *context = context_at(place);
    int rc = 0;

    RACES_GIVE(&lane->turning);
    atomic_store(&lane->turning, place + 1);
    if (atomic_load(&lane->bell) == seen && context_turns_on(context, lane))
        rc = context_turn(context, timeout_ms);
    lane_leave_loop(place);
    return rc;
}

static void idle(struct lane *lane, uint32_t seen)
{
    int timeout_ms = lane->loops_count > 1 ? TURN_OF_MANY_MS
                     : library_wakes()     ? TURN_WITH_WAKE_MS
                                           : TURN_WITHOUT_WAKE_MS;

    if (lane->loops_count == 0) {
        word_wait(&lane->bell, seen, -1);
        return;
    }
    for (size_t i = 0; i < lane->loops_count && atomic_load(&lane->bell) == seen; i++)
        if (turn_one(lane, lane->loops[i], timeout_ms, seen) < 0)
            word_wait(&lane->bell, seen, REST_AFTER_ERROR_MS);
}

void lane_turn(void)
{
    struct lane *lane = self;
    uint16_t places[CONTEXTS];
    unsigned long before;

    do {
        size_t count;

        before = lane->heard;
        count = context_list(lane, places);
        for (size_t i = 0; i < count; i++)
            turn_one(lane, places[i], 0, atomic_load(&lane->bell));
    } while (lane->heard != before);
}

void lane_end(struct request *request)
{
    request->deferred = true;
    self->ending = true;
    self->request = request;
}

void lane_serve(struct lane *lane)
{
    uint32_t seen = atomic_load(&lane->bell) - 1;

    while (!lane->ending) {
        uint32_t bell = atomic_load(&lane->bell);

        if (bell != seen) {
            struct request *request = take_request(lane);

            RACES_TAKE(&lane->bell);
            if (request != NULL) {
                request_do(request);
                continue;
            }
            lane->loops_count = context_list(lane, lane->loops);
            seen = bell;
        }
        idle(lane, seen);
    }
    context_move(lane, &lanes[0]);
    output_event(&(struct event){.kind = EVENT_UNLANE, .ctx = -1});
}

/* The calling thread becomes the lane, which the history calls by that name. */
static void embody(struct lane *lane, const char *name)
{
    self = lane;
    lane->tid = gettid();
    output_event(&(struct event){.kind = EVENT_LANE, .ctx = -1, .text = output_text(name)});
}

struct lane *lane_main(const sigset_t *mask, const char *name)
{
    static const pthread_mutex_t unlocked = PTHREAD_MUTEX_INITIALIZER;
    struct lane *lane = &lanes[0];

    RACES_OWN(lanes, sizeof lanes);
    RACES_OWN(&helper_bell, sizeof helper_bell);
    /* A forked copy has them as they were, with the threads that used them gone. */
    posting = unlocked;
    for (size_t i = 0; i < LANES; i++)
        if (lanes[i].used)
            memset(&lanes[i], 0, sizeof lanes[i]);
    if (mask != NULL)
        initial_mask = *mask;
    snprintf(lane->name, sizeof lane->name, "main");
    lane->used = true;
    embody(lane, name);
    return lane;
}

void lanes_block(int number)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, number);
    probe_real.pthread_sigmask(SIG_BLOCK, &set, NULL);
    sigaddset(&initial_mask, number);
}

static void *lane_thread(void *arg)
{
    struct lane *lane = arg;
    struct request *request = lane->request;

    pthread_setname_np(pthread_self(), lane->name);
    embody(lane, lane->name);
    probe_real.pthread_sigmask(SIG_SETMASK, &initial_mask, NULL);
    request_ok(request, "tid=%d", (int)lane->tid);
    request_free(request);
    lane_serve(lane);
    atomic_store(&lane->gone, true);
    helper_ring();
    return NULL;
}

int lane_start(const char *name, struct request *request)
{
    struct lane *lane = NULL;
    int error;

    if (lane_named(name) != NULL)
        return -EEXIST;
    for (size_t i = 0; i < LANES && lane == NULL; i++)
        if (!atomic_load(&lanes[i].used))
            lane = &lanes[i];
    if (lane == NULL)
        return -ENOSPC;
    snprintf(lane->name, sizeof lane->name, "%s", name);
    lane->request = request;
    lane->together = 0;
    lane->ending = false;
    atomic_store(&lane->used, true);
    error = probe_real.pthread_create(&lane->thread, NULL, lane_thread, lane);
    if (error != 0)
        atomic_store(&lane->used, false);
    return -error;
}

/* Wakes the loop that the lane is inside. A ctx that is pinned while the lane is still inside its
 * loop is not closed before it is unpinned. */
static void wake_loop(struct lane *lane)
{
    uint32_t turning = atomic_load(&lane->turning);
    struct context *context;

    if (turning == 0)
        return;
    RACES_TAKE(&lane->turning);
    context = context_at(turning - 1);
    atomic_fetch_add(&context->pins, 1);
    if (atomic_load(&lane->turning) == turning)
        context_wake(context);
    RACES_GIVE(&context->pins);
    if (atomic_fetch_sub(&context->pins, 1) == 1)
        word_wake(&context->pins);
}

/* The thread ends; what still stands in its queue is refused, and its place is free again. */
static void bury(struct lane *lane)
{
    struct request *last = lane->request, *request;

    pthread_join(lane->thread, NULL);
    /* The kernel is done with it a little later: only then have its children lost it. */
    while (syscall(SYS_tgkill, getpid(), lane->tid, 0) == 0)
        probe_real.poll(NULL, 0, 1);
    atomic_store(&lane->gone, false);
    probe_real.pthread_mutex_lock(&posting);
    while ((request = take_request(lane)) != NULL) {
        if (request->together != 0)
            together_miss(request->together);
        request_error(request, -ENOENT, "the lane has ended");
        request_free(request);
    }
    atomic_store(&lane->used, false);
    probe_real.pthread_mutex_unlock(&posting);
    request_ok(last, NULL);
    request_free(last);
}

static void *helper_thread(void *arg)
{
    (void)arg;
    pthread_setname_np(pthread_self(), ":helper"); /* no lane can be called so */
    for (;;) {
        uint32_t seen = atomic_load(&helper_bell);

        RACES_TAKE(&helper_bell);
        for (size_t i = 0; i < LANES; i++) {
            if (atomic_exchange(&lanes[i].wake, false))
                wake_loop(&lanes[i]);
            if (atomic_load(&lanes[i].gone))
                bury(&lanes[i]);
        }
        word_wait(&helper_bell, seen, -1);
    }
    return NULL;
}

int helper_start(void)
{
    pthread_t thread;

    return -probe_real.pthread_create(&thread, NULL, helper_thread, NULL);
}
