/* SPDX-License-Identifier: MIT */
/*
 * Events: what evgens make of processes and paths, retrieval by several threads with different
 * wishes, the callback for some types, and what is left when a ctx goes.
 */
#include "fixture.h"
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static const uint64_t STOPPED = REAP_EVENT_BIT(REAP_EVENT_PROCESS_STOPPED);
static const uint64_t ENDED = REAP_EVENT_BIT(REAP_EVENT_PROCESS_ENDED);
static const uint64_t VANISHED = REAP_EVENT_BIT(REAP_EVENT_PATH_VANISHED);

static void end_process(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static char *a_file(char path[64])
{
    snprintf(path, 64, "/tmp/reap-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    return path;
}

static int wants_user(const reap_event *event, void *user)
{
    return event->for_user == *(uint64_t *)user;
}

/* Waits for the next of these types, which is that for_user. */
static void assert_next(reap_ctx *ctx, uint64_t types, uint64_t for_user)
{
    reap_event *event;
    assert_int_equal(reap_event_wait(ctx, &event, types, NULL, NULL), 0);
    assert_int_equal(event->for_user, for_user);
    reap_event_free(ctx, event);
}

static void none_is_ready(void **state)
{
    (void)state;
    struct seen seen = {0};
    reap_event *event = (reap_event *)&seen;
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_int_equal(reap_event_check(ctx, &event, REAP_EVENTS_ALL, NULL, NULL),
                     REAP_ERROR_NOT_READY);
    assert_null(event);
    assert_int_equal(reap_event_check(ctx, NULL, REAP_EVENTS_ALL, NULL, NULL), REAP_ERROR_INVALID);
    assert_int_equal(reap_event_wait(ctx, &event, REAP_EVENT_BIT(0), NULL, NULL),
                     REAP_ERROR_INVALID);
    reap_event_free(ctx, NULL);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

static void process_stops_and_ends(void **state)
{
    (void)state;
    struct seen seen = {0};
    reap_evgen *evgen, *twin;
    reap_event *event;
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    pid_t pid = idle_process();
    assert_int_equal(reap_evenable_process(ctx, pid, UINT64_MAX, &evgen), 0);
    assert_int_equal(reap_evenable_process(ctx, pid, 2, &twin), 0);
    assert_int_equal(kill(pid, SIGSTOP), 0);
    for (int i = 0; i < 2; i++) { /* one for each */
        assert_int_equal(reap_event_wait(ctx, &event, STOPPED, NULL, NULL), 0);
        assert_int_equal(event->u.process.pid, pid);
        reap_event_free(ctx, event);
    }
    end_process(pid);
    uint64_t two = 2;
    assert_int_equal(reap_event_wait(ctx, &event, REAP_EVENTS_ALL, wants_user, &two), 0);
    assert_int_equal(event->type, REAP_EVENT_PROCESS_ENDED);
    reap_event_free(ctx, event);
    assert_int_equal(reap_event_wait(ctx, &event, REAP_EVENTS_ALL, NULL, NULL), 0);
    assert_true(event->for_user == UINT64_MAX);
    assert_int_equal(event->type, REAP_EVENT_PROCESS_ENDED);
    reap_event_free(ctx, event);
    assert_int_equal(reap_event_check(ctx, &event, REAP_EVENTS_ALL, NULL, NULL),
                     REAP_ERROR_NOT_READY);
    /* Nothing more to come: nothing to poll. */
    struct pollfd fds[FDS];
    int nfds = FDS, timeout = -1;
    assert_int_equal(reap_beforepoll(ctx, &nfds, fds, &timeout, now_ms()), 0);
    assert_int_equal(nfds, 1);
    assert_int_equal(timeout, -1);
    reap_evdisable(ctx, evgen);
    reap_evdisable(ctx, evgen); /* has gone: ignored */
    reap_evdisable(ctx, NULL);
    assert_int_equal(reap_evenable_process(ctx, pid, 0, &evgen), REAP_ERROR_SYSTEM);
    assert_int_equal(errno, ESRCH);
    assert_null(evgen);
    assert_int_equal(reap_evenable_process(ctx, 0, 0, &evgen), REAP_ERROR_INVALID);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

static void *enables_itself(void *arg)
{
    reap_evgen *evgen;
    assert_int_equal(reap_evenable_process(arg, (pid_t)syscall(SYS_gettid), 0, &evgen),
                     REAP_ERROR_SYSTEM);
    assert_int_equal(errno, ESRCH);
    return NULL;
}

/* A thread's id is no process's. */
static void thread_is_no_process(void **state)
{
    (void)state;
    struct seen seen = {0};
    pthread_t thread;
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_int_equal(pthread_create(&thread, NULL, enables_itself, ctx), 0);
    pthread_join(thread, NULL);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

static void path_vanishes(void **state)
{
    (void)state;
    struct seen seen = {0};
    char path[64], other[64], copy[64];
    reap_evgen *evgen, *renamed;
    reap_event *event;
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    a_file(path);
    a_file(other);
    strcpy(copy, path);
    assert_int_equal(reap_evenable_path(ctx, copy, 7, &evgen), 0);
    memset(copy, 'x', strlen(copy));
    assert_int_equal(reap_evenable_path(ctx, other, 8, &renamed), 0);
    turn(ctx, 0);
    assert_int_equal(reap_event_check(ctx, &event, VANISHED, NULL, NULL), REAP_ERROR_NOT_READY);
    assert_int_equal(unlink(path), 0);
    /* There again before anybody looks: it vanished all the same. */
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(reap_event_wait(ctx, &event, VANISHED, NULL, NULL), 0);
    assert_int_equal(event->for_user, 7);
    assert_string_equal(event->u.path.path, path);
    reap_evdisable(ctx, evgen);
    assert_string_equal(event->u.path.path, path);
    reap_event_free(ctx, event);
    assert_int_equal(rename(other, path), 0);
    assert_next(ctx, VANISHED, 8);
    assert_int_equal(reap_evenable_path(ctx, other, 0, &evgen), REAP_ERROR_SYSTEM);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(reap_evenable_path(ctx, "", 0, &evgen), REAP_ERROR_INVALID);
    char too_long[NAME_MAX + 16] = "/tmp/";
    memset(too_long + 5, 'x', NAME_MAX + 1);
    assert_int_equal(reap_evenable_path(ctx, too_long, 0, &evgen), REAP_ERROR_SYSTEM);
    assert_int_equal(errno, ENAMETOOLONG);
    assert_null(evgen);
    unlink(path);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* What was before it was enabled is not told of it. */
static void path_that_had_vanished_before(void **state)
{
    (void)state;
    struct seen seen = {0};
    char path[64];
    reap_evgen *first, *second;
    reap_event *event;
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    a_file(path);
    assert_int_equal(reap_evenable_path(ctx, path, 1, &first), 0);
    assert_int_equal(unlink(path), 0);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(reap_evenable_path(ctx, path, 2, &second), 0);
    turn(ctx, 0);
    assert_int_equal(reap_event_check(ctx, &event, VANISHED, NULL, NULL), 0);
    assert_int_equal(event->for_user, 1);
    reap_event_free(ctx, event);
    assert_int_equal(reap_event_check(ctx, &event, VANISHED, NULL, NULL), REAP_ERROR_NOT_READY);
    unlink(path);
    assert_next(ctx, VANISHED, 2);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

static void folder_vanishes(void **state)
{
    (void)state;
    struct seen seen = {0};
    char folder[] = "/tmp/reap-test-XXXXXX", moved[32], path[64];
    reap_evgen *evgen;
    reap_event *event;
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/file", folder);
    snprintf(moved, sizeof(moved), "%s.moved", folder);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(reap_evenable_path(ctx, path, 1, &evgen), 0);
    assert_int_equal(rename(folder, moved), 0);
    assert_int_equal(reap_event_wait(ctx, &event, VANISHED, NULL, NULL), 0);
    reap_event_free(ctx, event);
    snprintf(path, sizeof(path), "%s/file", moved);
    unlink(path);
    rmdir(moved);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* A folder and a file in it. */
struct place {
    char folder[32], path[64];
};

static void make_file(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static void make_place(struct place *place)
{
    strcpy(place->folder, "/tmp/reap-test-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof(place->path), "%s/file", place->folder);
    make_file(place->path);
}

/* Its folder goes, and there is another one with such a file before anybody looks. */
static void replace_place(const struct place *place)
{
    char moved[48], path[64];
    snprintf(moved, sizeof(moved), "%s.moved", place->folder);
    assert_int_equal(rename(place->folder, moved), 0);
    assert_int_equal(mkdir(place->folder, 0700), 0);
    make_file(place->path);
    snprintf(path, sizeof(path), "%s/file", moved);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(moved), 0);
}

static void remove_place(const struct place *place)
{
    unlink(place->path);
    assert_int_equal(rmdir(place->folder), 0);
}

static void folder_is_replaced(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct place place;
    reap_evgen *evgen;
    reap_event *event;
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    make_place(&place);
    assert_int_equal(reap_evenable_path(ctx, place.path, 1, &evgen), 0);
    replace_place(&place);
    /* This one knows the new folder. */
    assert_int_equal(reap_evenable_path(ctx, place.path, 2, &evgen), 0);
    turn(ctx, DEADLINE_MS);
    assert_int_equal(reap_event_check(ctx, &event, VANISHED, NULL, NULL), 0);
    assert_int_equal(event->for_user, 1);
    reap_event_free(ctx, event);
    assert_int_equal(reap_event_check(ctx, &event, VANISHED, NULL, NULL), REAP_ERROR_NOT_READY);
    remove_place(&place);
    assert_next(ctx, VANISHED, 2);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* So much happens that the kernel has no room for the news of it. */
static void news_is_lost(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct place replaced, kept;
    char other[80];
    unsigned most = 0;
    reap_evgen *evgen;
    reap_event *event;
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%u", &most), 1);
    fclose(file);
    make_place(&replaced);
    make_place(&kept);
    assert_int_equal(reap_evenable_path(ctx, replaced.path, 1, &evgen), 0);
    assert_int_equal(reap_evenable_path(ctx, kept.path, 2, &evgen), 0);
    for (unsigned i = 0; i < most; i++) {
        /* Two names in turn: what is alike would be told once. */
        snprintf(other, sizeof(other), "%s/%u", kept.folder, i % 2);
        make_file(other);
        assert_int_equal(unlink(other), 0);
    }
    replace_place(&replaced);
    assert_next(ctx, VANISHED, 1);
    assert_int_equal(reap_event_check(ctx, &event, VANISHED, NULL, NULL), REAP_ERROR_NOT_READY);
    remove_place(&kept);
    assert_next(ctx, VANISHED, 2);
    remove_place(&replaced);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* Threads that wait, each for events of its own. */
enum { WAITERS = 4, ROUNDS = 25 };

struct wait {
    reap_ctx *ctx;
    uint64_t user;
    unsigned got;
};

static void *waits(void *arg)
{
    struct wait *wait = arg;
    for (int i = 0; i < ROUNDS; i++) {
        reap_event *event;
        if (reap_event_wait(wait->ctx, &event, ENDED, wants_user, &wait->user) ||
            event->for_user != wait->user) {
            break;
        }
        wait->got++;
        reap_event_free(wait->ctx, event);
    }
    return NULL;
}

static void each_gets_its_own(void **state)
{
    (void)state;
    struct seen seen = {0};
    pthread_t threads[WAITERS];
    struct wait wait[WAITERS];
    reap_evgen *evgen;
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    for (unsigned i = 0; i < WAITERS; i++) {
        wait[i] = (struct wait){ctx, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, waits, &wait[i]), 0);
    }
    for (int round = 0; round < ROUNDS; round++) {
        pid_t pid = idle_process();
        for (unsigned i = 0; i < WAITERS; i++) {
            /* While the others sleep on what there was before. */
            assert_int_equal(reap_evenable_process(ctx, pid, WAITERS - 1 - i, &evgen), 0);
        }
        end_process(pid);
    }
    for (unsigned i = 0; i < WAITERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(wait[i].got, ROUNDS);
    }
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* Refuses all but one, and says which it was asked about. */
struct refusal {
    reap_ctx *ctx;
    sem_t asked;
    int rc;
};

static int refuses(const reap_event *event, void *user)
{
    struct refusal *refusal = user;
    sem_post(&refusal->asked);
    return event->for_user == 3;
}

static void *waits_for_three(void *arg)
{
    struct refusal *refusal = arg;
    reap_event *event;
    refusal->rc = reap_event_wait(refusal->ctx, &event, ENDED, refuses, refusal);
    reap_event_free(refusal->ctx, event);
    return NULL;
}

static void ctx_that_is_waited_for(void **state)
{
    (void)state;
    struct seen seen = {0};
    pthread_t thread;
    reap_evgen *evgen;
    pid_t pid[3];
    struct refusal refusal = {.ctx = ctx_with(REAP_OWNER_LIBRARY, &seen)};
    assert_int_equal(sem_init(&refusal.asked, 0, 0), 0);
    for (unsigned i = 0; i < 3; i++) {
        pid[i] = idle_process();
        assert_int_equal(reap_evenable_process(refusal.ctx, pid[i], i + 1, &evgen), 0);
    }
    end_process(pid[0]);
    assert_int_equal(pthread_create(&thread, NULL, waits_for_three, &refusal), 0);
    assert_int_equal(sem_wait(&refusal.asked), 0);
    end_process(pid[1]);
    /* Asked about the first again, and the second: by now it is waiting. */
    assert_int_equal(sem_wait(&refusal.asked), 0);
    assert_int_equal(sem_wait(&refusal.asked), 0);
    assert_int_equal(reap_ctx_free(refusal.ctx), REAP_ERROR_BUSY);
    end_process(pid[2]);
    pthread_join(thread, NULL);
    assert_int_equal(refusal.rc, 0);
    assert_int_equal(reap_ctx_free(refusal.ctx), 0); /* with two events unread */
    sem_destroy(&refusal.asked);
}

/* The application's callback. */
struct told {
    reap_ctx *ctx;
    unsigned events, disasters;
    uint64_t last;
    bool frees_ctx;
};

static void on_event(void *user, reap_event *event)
{
    struct told *told = user;
    reap_event *other;
    told->events++;
    told->last = event->for_user;
    assert_int_equal(reap_event_check(told->ctx, &other, ENDED, NULL, NULL), REAP_ERROR_NOT_READY);
    reap_event_free(told->ctx, event);
    if (told->frees_ctx) {
        assert_int_equal(reap_ctx_free(told->ctx), 0);
    }
}

static void chosen_types_are_called_back(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct told told = {.ctx = ctx_with(REAP_OWNER_LIBRARY, &seen)};
    struct reap_event_hooks hooks = {.version = REAP_EVENT_HOOKS_VERSION,
                                     .event_occurs_mask = ENDED};
    char path[64];
    reap_evgen *process, *vanishing;
    reap_event *event;
    assert_int_equal(reap_event_register_callbacks(told.ctx, &hooks, &told), REAP_ERROR_INVALID);
    hooks.event_occurs = on_event;
    hooks.version++;
    assert_int_equal(reap_event_register_callbacks(told.ctx, &hooks, &told), REAP_ERROR_INVALID);
    hooks.version--;
    assert_int_equal(reap_event_register_callbacks(told.ctx, &hooks, &told), 0);
    hooks.event_occurs = NULL; /* copied */
    pid_t pid = idle_process();
    assert_int_equal(reap_evenable_process(told.ctx, pid, 5, &process), 0);
    assert_int_equal(reap_evenable_path(told.ctx, a_file(path), 6, &vanishing), 0);
    assert_int_equal(reap_event_register_callbacks(told.ctx, NULL, NULL), REAP_ERROR_BUSY);
    end_process(pid);
    unlink(path);
    turn_until(told.ctx, &told.events, 1);
    assert_int_equal(told.last, 5);
    assert_int_equal(reap_event_wait(told.ctx, &event, VANISHED | ENDED, NULL, NULL), 0);
    assert_int_equal(event->type, REAP_EVENT_PATH_VANISHED);
    assert_int_equal(reap_ctx_free(told.ctx), 0);
    reap_event_free(told.ctx, event); /* it has become the application's */
}

/* What is to be called back is not taken from the loop by who enables another event. */
static void news_of_another_is_left(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct told told = {.ctx = ctx_with(REAP_OWNER_LIBRARY, &seen)};
    const struct reap_event_hooks hooks = {.version = REAP_EVENT_HOOKS_VERSION,
                                           .event_occurs_mask = VANISHED,
                                           .event_occurs = on_event};
    char path[64], other[64];
    reap_evgen *evgen;
    assert_int_equal(reap_event_register_callbacks(told.ctx, &hooks, &told), 0);
    assert_int_equal(reap_evenable_path(told.ctx, a_file(path), 1, &evgen), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(reap_evenable_path(told.ctx, a_file(other), 2, &evgen), 0);
    assert_int_equal(told.events, 0);
    turn_until(told.ctx, &told.events, 1);
    assert_int_equal(told.last, 1);
    unlink(other);
    assert_int_equal(reap_ctx_free(told.ctx), 0);
}

/* Two are due when the first frees the ctx; nothing more comes, and nothing leaks. */
static void callback_frees_the_ctx(void **state)
{
    (void)state;
    for (int waiting = 0; waiting < 2; waiting++) {
        struct seen seen = {0};
        struct told told = {.ctx = ctx_with(REAP_OWNER_LIBRARY, &seen), .frees_ctx = true};
        const struct reap_event_hooks hooks = {.version = REAP_EVENT_HOOKS_VERSION,
                                               .event_occurs_mask = ENDED,
                                               .event_occurs = on_event};
        reap_evgen *evgen;
        reap_event *event;
        assert_int_equal(reap_event_register_callbacks(told.ctx, &hooks, &told), 0);
        pid_t pid = idle_process();
        assert_int_equal(reap_evenable_process(told.ctx, pid, 1, &evgen), 0);
        assert_int_equal(reap_evenable_process(told.ctx, pid, 2, &evgen), 0);
        end_process(pid);
        if (waiting) {
            assert_int_equal(reap_event_wait(told.ctx, &event, VANISHED, NULL, NULL),
                             REAP_ERROR_FREED);
        } else {
            turn(told.ctx, DEADLINE_MS);
        }
        assert_int_equal(told.events, 1);
    }
}

/* Who is called back for one event wishes for others from then on. */
struct change {
    struct told told; /* first */
    reap_evgen *evgen[2];
};

static void on_event_change(void *user, reap_event *event)
{
    struct change *change = user;
    const struct reap_event_hooks others = {
        .version = REAP_EVENT_HOOKS_VERSION, .event_occurs_mask = ENDED, .event_occurs = on_event};
    on_event(user, event);
    reap_evdisable(change->told.ctx, change->evgen[0]);
    reap_evdisable(change->told.ctx, change->evgen[1]);
    assert_int_equal(reap_event_register_callbacks(change->told.ctx, &others, change), 0);
}

/* Two are due when the first changes the wish: the second is of no type that is wished for. */
static void callback_changes_the_wish(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct change change = {.told = {.ctx = ctx_with(REAP_OWNER_LIBRARY, &seen)}};
    const struct reap_event_hooks hooks = {.version = REAP_EVENT_HOOKS_VERSION,
                                           .event_occurs_mask = VANISHED,
                                           .event_occurs = on_event_change};
    reap_ctx *ctx = change.told.ctx;
    reap_event *event;
    char path[64];
    assert_int_equal(reap_event_register_callbacks(ctx, &hooks, &change), 0);
    a_file(path);
    assert_int_equal(reap_evenable_path(ctx, path, 1, &change.evgen[0]), 0);
    assert_int_equal(reap_evenable_path(ctx, path, 2, &change.evgen[1]), 0);
    assert_int_equal(unlink(path), 0);
    turn_until(ctx, &change.told.events, 1);
    assert_int_equal(change.told.events, 1);
    assert_int_equal(reap_event_check(ctx, &event, VANISHED, NULL, NULL), 0);
    assert_int_equal(event->for_user, 3 - change.told.last);
    reap_event_free(ctx, event);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

static int calls_back(const reap_event *event, void *user)
{
    reap_ctx *ctx = user;
    reap_event *other;
    reap_evgen *evgen;
    (void)event;
    assert_int_equal(reap_event_check(ctx, &other, ENDED, NULL, NULL), REAP_ERROR_REENTRANT);
    assert_int_equal(reap_event_wait(ctx, &other, ENDED, NULL, NULL), REAP_ERROR_REENTRANT);
    assert_int_equal(reap_evenable_process(ctx, getpid(), 0, &evgen), REAP_ERROR_REENTRANT);
    assert_int_equal(reap_end_process(ctx, getpid(), 0, NULL), REAP_ERROR_REENTRANT);
    assert_int_equal(reap_ao_abort(ctx, NULL), REAP_ERROR_REENTRANT);
    assert_int_equal(reap_ctx_free(ctx), REAP_ERROR_REENTRANT);
    assert_int_equal(reap_childproc_setmode(ctx, NULL, NULL), REAP_ERROR_REENTRANT);
    return 1;
}

static void predicate_may_not_call(void **state)
{
    (void)state;
    struct seen seen = {0};
    reap_evgen *evgen;
    reap_event *event;
    reap_ctx *ctx = ctx_with(REAP_OWNER_LIBRARY, &seen);
    pid_t pid = idle_process();
    assert_int_equal(reap_evenable_process(ctx, pid, 1, &evgen), 0);
    end_process(pid);
    assert_int_equal(reap_event_wait(ctx, &event, ENDED, calls_back, ctx), 0);
    reap_event_free(ctx, event);
    assert_int_equal(reap_ctx_free(ctx), 0);
}

/* A disaster for which there is nobody ends the process. [EV-19] */
static void disaster_without_anybody(void **state)
{
    (void)state;
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        struct seen seen = {0};
        reap_postfork_child_noexec(NULL);
        reap_ctx *ctx = ctx_with(REAP_OWNER_SELECTIVE, &seen);
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        reap_event_register_callbacks(ctx, NULL, NULL);
        struct gated child = gated_child(ctx, 0, &seen);
        let_exit(child);
        waitpid(child.pid, NULL, 0); /* before libreap gets to it: it is lost */
        turn_until(ctx, &seen.reports, 1);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 255);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_is_ready),
        cmocka_unit_test(process_stops_and_ends),
        cmocka_unit_test(thread_is_no_process),
        cmocka_unit_test(path_vanishes),
        cmocka_unit_test(path_that_had_vanished_before),
        cmocka_unit_test(folder_vanishes),
        cmocka_unit_test(folder_is_replaced),
        cmocka_unit_test(news_is_lost),
        cmocka_unit_test(each_gets_its_own),
        cmocka_unit_test(ctx_that_is_waited_for),
        cmocka_unit_test(chosen_types_are_called_back),
        cmocka_unit_test(news_of_another_is_left),
        cmocka_unit_test(callback_frees_the_ctx),
        cmocka_unit_test(callback_changes_the_wish),
        cmocka_unit_test(predicate_may_not_call),
        cmocka_unit_test(disaster_without_anybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
