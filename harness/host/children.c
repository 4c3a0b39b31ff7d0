/* SPDX-License-Identifier: MIT */
/*
 * A report may come before the call that made the child has returned. So that it can be told whose
 * it is, a forked child signs in first thing: it writes its pid into memory that it shares with
 * the host. A spawned program cannot; it lives until it is told otherwise, but somebody might kill
 * it. Pids reported during a spawn that nobody knows are remembered until it has its name.
 *
 * The child is made with libc's fork by whoever makes it, so it holds copies of all that the host
 * has open. The first it does, apart from signing in, is to close what belongs to the harness:
 * everything from 500 up. No lock is taken and nothing allocated there.
 */
#include "host/children.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include "adapter.h"
#include "history/races.h"
#include "host/descriptor.h"
#include "host/guard.h"
#include "host/library.h"
#include "host/orders.h"
#include "host/output.h"
#include "host/request.h"
#include "host/word.h"
#include "probe/probe.h"

enum {
    CHILDREN = 8192,
    SIGN_IN_MS = 1000,
    STRAYS = 64, /* pids reported before they had a name */
    ORDER_BYTES = 64,
};

enum child_state {
    CHILD_FREE,
    CHILD_NEW,   /* its place is being made up */
    CHILD_LIVE,  /* from before it is made */
    CHILD_ENDED, /* reported, or waited for */
};

/* What `orders` is where it is no socket. */
enum { ORDERS_NONE = -1, ORDERS_BUSY = -2 };

struct child {
    _Atomic char name[16];   /* read by others while the place changes hands: see latest */
    _Atomic uint64_t serial; /* the latest of a name wins */
    _Atomic int state;       /* enum child_state */
    _Atomic int orders;      /* our end of its socket; who uses or closes it takes it first */
    _Atomic bool leaving;    /* it was told to exit */
};

/* What a new child needs to know. */
struct newborn {
    struct child *child;
    struct ending ending;
    int orders; /* its end of the socket, -1 for none */
};

static char program_path[4096];
static struct child children[CHILDREN];
static atomic_size_t places; /* places ever used */
static _Atomic uint64_t serials;
static _Atomic uint32_t *signed_in; /* pid of each child; shared with the children */
static pthread_mutex_t spawn_mutex = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool spawning;
static _Atomic pid_t strays[STRAYS];
static atomic_size_t strays_count; /* may be more than there is room for */

static size_t used(void)
{
    size_t count = atomic_load(&places);

    return count < CHILDREN ? count : CHILDREN;
}

static bool change(struct child *child, int from, int to)
{
    return atomic_compare_exchange_strong(&child->state, &from, to);
}

static _Atomic uint32_t *shared_pids(void)
{
    void *pids = mmap(NULL, CHILDREN * sizeof(_Atomic uint32_t), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return pids == MAP_FAILED ? NULL : pids;
}

int children_start(const char *program)
{
    snprintf(program_path, sizeof program_path, "%s", program);
    signed_in = shared_pids();
    RACES_OWN(children, sizeof children);
    RACES_OWN(&places, sizeof places);
    RACES_OWN(&serials, sizeof serials);
    RACES_OWN(&spawning, sizeof spawning);
    RACES_OWN(strays, sizeof strays);
    RACES_OWN(&strays_count, sizeof strays_count);
    if (signed_in != NULL)
        RACES_OWN((void *)signed_in, CHILDREN * sizeof *signed_in);
    return signed_in == NULL ? -errno : 0;
}

const char *children_program(void)
{
    return program_path;
}

int children_separate(void)
{
    static const pthread_mutex_t unlocked = PTHREAD_MUTEX_INITIALIZER;
    _Atomic uint32_t *own = shared_pids();

    if (own == NULL)
        return -errno;
    for (size_t i = 0; i < used(); i++)
        atomic_store(&own[i], atomic_load(&signed_in[i]));
    munmap((void *)signed_in, CHILDREN * sizeof(_Atomic uint32_t));
    signed_in = own;
    spawn_mutex = unlocked;
    atomic_store(&spawning, false);
    descriptor_return();
    return 0;
}

static _Atomic uint32_t *pid_of(const struct child *child)
{
    return &signed_in[child - children];
}

static void set_name(struct child *child, const char *name)
{
    size_t i;

    for (i = 0; i + 1 < sizeof child->name && name[i] != 0; i++)
        atomic_store(&child->name[i], name[i]);
    atomic_store(&child->name[i], 0);
}

static void get_name(const struct child *child, char name[16])
{
    for (size_t i = 0; i < sizeof child->name; i++)
        name[i] = atomic_load(&child->name[i]);
}

static bool is_named(const struct child *child, const char *name)
{
    char own[sizeof child->name];

    get_name(child, own);
    return strncmp(own, name, sizeof own) == 0;
}

static struct child *latest(const char *name)
{
    struct child *found = NULL;
    uint64_t highest = 0;

    for (size_t i = 0; i < used(); i++) {
        uint64_t serial = atomic_load(&children[i].serial);

        /* The second look at the serial: it is still the same child. */
        if (atomic_load(&children[i].state) >= CHILD_LIVE && serial > highest &&
            is_named(&children[i], name) && atomic_load(&children[i].serial) == serial) {
            found = &children[i];
            highest = serial;
        }
    }
    return found;
}

static struct child *live_with_pid(pid_t pid)
{
    struct child *found = NULL;

    for (size_t i = 0; i < used(); i++)
        if (atomic_load(&signed_in[i]) == (uint32_t)pid &&
            atomic_load(&children[i].state) == CHILD_LIVE &&
            (found == NULL || atomic_load(&children[i].serial) > atomic_load(&found->serial)))
            found = &children[i];
    return found;
}

static void close_orders(struct child *child)
{
    /* One that is in use is closed by its user, who cannot put it back. */
    descriptor_close(atomic_exchange(&child->orders, ORDERS_NONE));
}

/* A place for a new child: that of an ended one of its name, any free one, one never used, that
 * of any ended one. */
static struct child *place_for_new(const char *name)
{
    struct child *child = latest(name);

    if (child != NULL && change(child, CHILD_ENDED, CHILD_NEW))
        return child;
    for (size_t i = 0; i < used(); i++)
        if (change(&children[i], CHILD_FREE, CHILD_NEW))
            return &children[i];
    /* As soon as it counts, another lane may find it free, above: then the next. */
    while (used() < CHILDREN) {
        size_t place = atomic_fetch_add(&places, 1);

        if (place < CHILDREN && change(&children[place], CHILD_FREE, CHILD_NEW))
            return &children[place];
    }
    for (size_t i = 0; i < CHILDREN; i++)
        if (change(&children[i], CHILD_ENDED, CHILD_NEW))
            return &children[i];
    return NULL;
}

static struct child *child_new(const char *name, int orders)
{
    struct child *child = place_for_new(name);

    if (child == NULL)
        return NULL;
    atomic_store(&child->serial, atomic_fetch_add(&serials, 1) + 1);
    set_name(child, name);
    atomic_store(&child->orders, orders);
    atomic_store(&child->leaving, false);
    atomic_store(pid_of(child), 0);
    atomic_store(&child->state, CHILD_LIVE);
    return child;
}

/* [a child after fork] */
static void sign_in(struct child *child)
{
    atomic_store(pid_of(child), (uint32_t)syscall(SYS_getpid));
    word_wake_shared(pid_of(child));
}

/* Waits until a forked child has signed in. The probe has told the runner of its birth before, so
 * the runner knows the child when it gets our answer. One that is held up on its way, by a gate or
 * by the library, is not waited for. */
static void await_sign_in(struct child *child, pid_t pid)
{
    long long end = word_clock_ms() + SIGN_IN_MS, left;

    while (pid > 0 && atomic_load(pid_of(child)) == 0 && (left = end - word_clock_ms()) > 0)
        word_wait_shared(pid_of(child), 0, (int)left);
}

/* The call that was to make the child has returned. */
static void child_made(struct child *child, pid_t pid)
{
    if (pid >= 0) {
        atomic_store(pid_of(child), (uint32_t)pid);
    } else {
        close_orders(child);
        atomic_store(&child->state, CHILD_FREE);
    }
}

static _Noreturn void live(const struct newborn *newborn)
{
    char *const argv[] = {program_path, NULL};

    RACES_CHILD();
    sign_in(newborn->child);
    switch (newborn->ending.kind) {
    case ENDING_EXIT:
        orders_exit(newborn->ending.value);
    case ENDING_SIGNAL:
        orders_raise(newborn->ending.value);
        orders_exit(ORDERS_END); /* it was not one to die of */
    case ENDING_EXEC:
    case ENDING_ORDERED:
        break;
    }
    syscall(SYS_dup3, newborn->orders, RC_CHILD_FD, 0);
    syscall(SYS_close_range, DESCRIPTOR_FIRST, ~0U, 0);
    if (newborn->ending.kind == ENDING_EXEC) {
        syscall(SYS_execve, program_path, argv, environ);
        orders_exit(ORDERS_MISSING);
    }
    orders_obey(RC_CHILD_FD);
}

/*
 * The body of a child that the library forked. It stays in the library's zone on purpose: the
 * thread may have forked with locks held, as libxl does, and leaving the zone would be put down as
 * a lock held across a callback.
 */
static void body(void *arg)
{
    live(arg);
}

/* A named place and, if the child is to take orders, its sockets. 0 or -errno. */
static int conceive(struct newborn *newborn, const char *name, const struct ending *ending)
{
    int pair[2] = {-1, -1}, rc;

    if (ending->kind == ENDING_ORDERED || ending->kind == ENDING_EXEC) {
        rc = descriptor_pair(pair);
        if (rc < 0)
            return rc;
    }
    newborn->ending = *ending;
    newborn->orders = pair[1];
    newborn->child = child_new(name, pair[0] < 0 ? ORDERS_NONE : pair[0]);
    if (newborn->child != NULL)
        return 0;
    descriptor_close(pair[0]);
    descriptor_close(pair[1]);
    return -ENOSPC;
}

/* A child of the application's own, at once given into the library's care. */
static pid_t watched(struct context *context, const char *name, const struct ending *ending)
{
    pid_t pid = children_foreign(name, ending, NULL);
    int rc = pid < 0 ? 0 : library_watch(context, pid);

    if (rc == 0)
        return pid;
    probe_real.kill(pid, SIGKILL);
    while (probe_real.waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return rc;
}

pid_t children_fork(struct context *context, const char *name, const struct ending *ending)
{
    const struct rc_adapter *adapter = context->library->adapter;
    struct newborn newborn;
    pid_t pid;

    if (adapter->child_fork == NULL && adapter->child_spawn != NULL)
        return children_spawn(context, name, ending);
    if (adapter->child_fork == NULL && adapter->child_watch != NULL)
        return watched(context, name, ending);
    pid = conceive(&newborn, name, ending);
    if (pid < 0)
        return pid;
    pid = library_fork(context, body, &newborn);
    await_sign_in(newborn.child, pid);
    descriptor_close(newborn.orders);
    child_made(newborn.child, pid);
    return pid;
}

pid_t children_foreign(const char *name, const struct ending *ending, struct context *postfork)
{
    struct newborn newborn;
    pid_t pid = conceive(&newborn, name, ending);

    if (pid < 0)
        return pid;
    pid = fork();
    if (pid == 0) {
        guard_forget();
        if (postfork != NULL && library_postfork(postfork) < 0)
            orders_exit(ORDERS_MISSING);
        live(&newborn);
    }
    if (pid < 0)
        pid = -errno;
    else
        output_event(&(struct event){.kind = EVENT_FOREIGN, .ctx = -1, .subject = pid});
    await_sign_in(newborn.child, pid);
    descriptor_close(newborn.orders);
    child_made(newborn.child, pid);
    return pid;
}

pid_t children_copy(const char *name)
{
    struct child *child = child_new(name, ORDERS_NONE);
    pid_t pid;

    if (child == NULL)
        return -ENOSPC;
    pid = fork();
    if (pid == 0) {
        sign_in(child);
        return 0;
    }
    if (pid < 0)
        pid = -errno;
    else
        output_event(&(struct event){.kind = EVENT_FORKED, .ctx = -1, .subject = pid});
    await_sign_in(child, pid);
    child_made(child, pid);
    return pid;
}

int children_known(const char *name, pid_t pid)
{
    struct child *child = child_new(name, ORDERS_NONE);

    if (child == NULL)
        return -ENOSPC;
    child_made(child, pid);
    return 0;
}

/* An ending is sent before there is anybody to read it. */
static int send_ending(const char *name, const struct ending *ending)
{
    char order[ORDER_BYTES];

    if (ending->kind != ENDING_EXIT && ending->kind != ENDING_SIGNAL)
        return 0;
    snprintf(order, sizeof order, "%s %d", ending->kind == ENDING_EXIT ? "exit" : "signal",
             ending->value);
    return children_order(name, order);
}

pid_t children_spawn(struct context *context, const char *name, const struct ending *ending)
{
    const struct ending ordered = {ENDING_ORDERED, 0};
    char *const argv[] = {program_path, NULL};
    struct newborn newborn;
    pid_t pid = conceive(&newborn, name, &ordered);
    bool stray = false;

    if (pid < 0)
        return pid;
    probe_real.pthread_mutex_lock(&spawn_mutex);
    atomic_store(&strays_count, 0);
    atomic_store(&spawning, true);
    pid = send_ending(name, ending);
    if (pid == 0)
        pid = descriptor_lend(newborn.orders);
    if (pid == 0) {
        pid = library_spawn(context, argv);
        descriptor_return();
    }
    descriptor_close(newborn.orders);
    child_made(newborn.child, pid);
    atomic_store(&spawning, false);
    for (size_t i = 0; pid > 0 && i < STRAYS && i < atomic_load(&strays_count); i++)
        stray |= atomic_load(&strays[i]) == pid;
    probe_real.pthread_mutex_unlock(&spawn_mutex);
    if (stray)
        request_do_kept(pid);
    return pid;
}

pid_t children_find(const char *name)
{
    const struct child *child = latest(name);

    return child != NULL ? (pid_t)atomic_load(pid_of(child)) : 0;
}

bool children_ended(pid_t pid, char name[16])
{
    struct child *child = live_with_pid(pid);

    if (child == NULL && atomic_load(&spawning)) {
        size_t place = atomic_fetch_add(&strays_count, 1);

        if (place < STRAYS)
            atomic_store(&strays[place], pid);
        child = live_with_pid(pid); /* it may have got its pid meanwhile */
    }
    if (child == NULL)
        return false;
    get_name(child, name);
    if (!change(child, CHILD_LIVE, CHILD_ENDED))
        return false;
    close_orders(child);
    return true;
}

int children_order(const char *name, const char *order)
{
    struct child *child = latest(name);
    char line[ORDER_BYTES];
    int length = snprintf(line, sizeof line, "%s\n", order), fd, rc = 0, busy = ORDERS_BUSY;

    if (length < 0 || length >= (int)sizeof line)
        return -EINVAL;
    if (child == NULL)
        return -ENOENT;
    fd = atomic_exchange(&child->orders, ORDERS_BUSY);
    if (fd < 0) {
        /* None, or another thread is at it. */
        if (fd == ORDERS_NONE)
            atomic_compare_exchange_strong(&child->orders, &busy, ORDERS_NONE);
        if (atomic_load(&child->state) == CHILD_ENDED || atomic_load(&child->leaving))
            return -EPIPE;
        return fd == ORDERS_NONE ? -ENOTCONN : -EBUSY;
    }
    if (send(fd, line, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT) != length)
        rc = errno == EAGAIN ? -EAGAIN : -EPIPE;
    if (rc == 0 && strncmp(order, "exit ", 5) == 0) {
        /* It will find the order even so; a child that nobody reports costs no descriptor. */
        atomic_store(&child->leaving, true);
        atomic_store(&child->orders, ORDERS_NONE);
        descriptor_close(fd);
    } else if (!atomic_compare_exchange_strong(&child->orders, &busy, fd)) {
        descriptor_close(fd);
    }
    return rc;
}
