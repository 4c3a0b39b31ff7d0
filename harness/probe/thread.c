/* SPDX-License-Identifier: MIT */
/*
 * Each thread keeps what it knows of itself in thread-local memory and a copy for the runner at a
 * place of its own in the control page.
 *
 * A place is taken by writing one's tid over 0. A thread that ends gives it back; a place whose
 * thread is gone without doing so (it was killed, or its process was) is taken over when there is
 * no free one. A handler may interrupt its thread in the midst of that: it then finds the place by
 * its tid, since no two living threads have the same.
 */
#include "probe/real.h"
#include "probe/memory.h"
#include "probe/thread.h"

#include <errno.h>

struct probe probe;
__thread struct thread thread_state __attribute__((tls_model("initial-exec")));

/* Where all places are taken, threads share this one, which nobody reads. */
static struct control_thread no_place;
static pthread_key_t end_of_thread;

static bool is_gone(const struct control_thread *place, pid_t tid)
{
    return real()->syscall(SYS_tgkill, place->pid, tid, 0) < 0 && errno == ESRCH;
}

static struct control_thread *take_place(pid_t tid)
{
    struct control_thread *places = probe.control->thread;
    unsigned first = (unsigned)tid % CONTROL_THREADS;

    for (int i = 0; i < CONTROL_THREADS; i++) {
        if (atomic_load_explicit(&places[i].tid, memory_order_relaxed) == tid)
            return &places[i];
    }
    for (int takeover = 0; takeover < 2; takeover++) {
        for (unsigned i = 0; i < CONTROL_THREADS; i++) {
            struct control_thread *place = &places[(first + i) % CONTROL_THREADS];
            int32_t owner = atomic_load(&place->tid);

            if (takeover ? is_gone(place, owner) : owner == 0) {
                if (atomic_compare_exchange_strong(&place->tid, &owner, tid))
                    return place;
            }
        }
    }
    return &no_place;
}

/* The runner sees the last locks that were taken. */
static void show_locks(const struct thread *self)
{
    uint32_t known = self->held < THREAD_LOCKS ? self->held : THREAD_LOCKS;
    uint32_t shown = known < CONTROL_HELD ? known : CONTROL_HELD;

    for (uint32_t i = 0; i < shown; i++)
        atomic_store_explicit(&self->place->lock[i], (intptr_t)self->lock[known - shown + i],
                              memory_order_relaxed);
    atomic_store_explicit(&self->place->held, self->held, memory_order_relaxed);
}

static void settle(void)
{
    int error = errno;
    pid_t tid = gettid();
    struct control_thread *place = take_place(tid);

    if (thread_state.place && thread_state.place != place) {
        /* A handler was faster. */
        if (place != &no_place)
            atomic_store(&place->tid, 0);
    } else {
        place->pid = getpid();
        atomic_store(&place->call, CALL_NONE);
        atomic_store(&place->arg, 0);
        atomic_store(&place->zone, thread_state.zone);
        atomic_store(&place->depth, thread_state.depth);
        thread_state.tid = tid;
        thread_state.place = place;
        show_locks(&thread_state);
        pthread_setspecific(end_of_thread, &thread_state);
    }
    errno = error;
}

struct thread *thread_self(void)
{
    birth_check();
    if (__builtin_expect(!thread_state.place, 0))
        settle();
    return &thread_state;
}

void thread_release(void)
{
    struct control_thread *place = thread_state.place;

    thread_state.place = NULL;
    if (place && place != &no_place)
        atomic_store(&place->tid, 0);
}

void thread_forget(void)
{
    thread_state.place = NULL;
    thread_state.tid = 0;
}

static void thread_end(void *unused)
{
    (void)unused;
    thread_release();
}

/* Once, before anything else of a thread. */
static void start_threads(void)
{
    pthread_key_create(&end_of_thread, thread_end);
}

void thread_record(struct event event)
{
    struct log *log = probe.log;
    const struct thread *self = thread_self();

    event.ctx = -1;
    event.zone = (uint8_t)self->zone & 0xf;
    if (event.library == LIBRARY_UNKNOWN)
        event.library = (uint8_t)self->library & 0xf;
    event.pid = self->place->pid;
    event.tid = self->tid;
    if (self->place == &no_place)
        event.pid = 0;
    event.time = probe_now_ns(); /* the log itself would ask the moved clock */
    log_append(log, &event);
}

void thread_set_zone(enum event_zone zone)
{
    struct thread *self = thread_self();

    self->zone = zone;
    atomic_store_explicit(&self->place->zone, zone, memory_order_relaxed);
    atomic_store_explicit(&self->place->depth, self->depth, memory_order_relaxed);
}

void thread_push_lock(pthread_mutex_t *mutex)
{
    struct thread *self = thread_self();

    if (self->held < THREAD_LOCKS)
        self->lock[self->held] = mutex;
    self->held++;
    show_locks(self);
}

bool thread_pop_lock(pthread_mutex_t *mutex)
{
    struct thread *self = thread_self();
    uint32_t i = self->held;

    if (self->held > THREAD_LOCKS) {
        self->held--;
        return true;
    }
    while (i > 0 && self->lock[i - 1] != mutex)
        i--;
    if (i == 0)
        return false;
    for (; i < self->held; i++)
        self->lock[i - 1] = self->lock[i];
    self->held--;
    show_locks(self);
    return true;
}

static void left_locked(bool called)
{
    const struct thread *self = thread_self();

    if (self->held > self->lent)
        thread_record((struct event){
            .kind = EVENT_LEFT_LOCKED, .value = called, .extra = self->held - self->lent});
}

/* What probe_leave is handed: the zone and the library. */
enum { LIBRARY_SHIFT = 8 };

static int where(void)
{
    return (int)thread_state.zone | (int)thread_state.library << LIBRARY_SHIFT;
}

static void go_to(enum event_zone zone, enum event_library library)
{
    thread_state.library = library;
    if (probe_is_on())
        thread_set_zone(zone);
    else
        thread_state.zone = zone;
}

int probe_enter(enum event_zone zone)
{
    int before = where();

    if (probe_is_on() && thread_state.zone != ZONE_APPLICATION && zone == ZONE_APPLICATION)
        left_locked(true);
    go_to(zone, thread_state.library);
    return before;
}

int probe_enter_library(enum event_library library)
{
    int before = where();

    go_to(ZONE_LIBRARY, library);
    return before;
}

void probe_leave(int before)
{
    enum event_zone zone = (enum event_zone)(before & ((1 << LIBRARY_SHIFT) - 1));

    if (probe_is_on() && thread_state.zone != ZONE_APPLICATION && zone == ZONE_APPLICATION)
        left_locked(false);
    go_to(zone, (enum event_library)(before >> LIBRARY_SHIFT));
}

void probe_start(struct log *log, struct control *control, int notify_fd, int births_fd)
{
    if (!log)
        return;
    probe.control = control;
    probe.notify_fd = notify_fd;
    probe.births_fd = births_fd;
    start_threads();
    birth_start();
    memory_start();
    atomic_store_explicit(&probe.log, log, memory_order_release);
}
