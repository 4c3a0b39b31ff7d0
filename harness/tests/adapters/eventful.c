/* SPDX-License-Identifier: MIT */
/*
 * An adapter whose library is in it: events, operations and both styles of event loop, as simple as
 * they can be. All there is are sources, each an fd or a time; what becomes of one is put into an
 * outbox under the lock, and told without it. With a macro it breaks a rule:
 *
 * USER_LOST         events have the user 0.
 * EVENT_TWICE       each event comes twice.
 * COMPLETES_TWICE   so does each callback of an operation's end.
 * ABORT_IGNORED     an abort is taken, and nothing follows.
 * STAYS_REGISTERED  a source that is over stays registered through hooks.
 * OLD_TOKEN         hooks are handed what they gave first, not last.
 * VALUE_LOST        the value by which a hook failed is replaced.
 * FIRES_TWICE       a timeout is over twice.
 * ROUNDS_DOWN       beforepoll rounds timeouts down.
 * ROOM_UNNOTICED    beforepoll does not say that there is too little room.
 * BELIEVES          occurred_fd is believed, ready or not.
 * BLIND_WAITER      event_wait does not see what other threads have brought about.
 */
#include <adapter_events.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOURCES = 64, QUEUE = 1024, LINE = 200, WAIT_MS = 20 };

enum what { NOTHING, SUBJECT, OPERATION, LINES, LIMIT, WATCH, TIMER };

struct item {
    struct rc_event event;
    char text[LINE];
};

struct operation {
    enum rc_operation kind;
    struct rc_how how, progress;
    bool wants_progress, aborted, late, live;
    pid_t pid;
    int result;
};

struct source {
    enum what what;
    unsigned serial;
    int fd;
    short events;
    int64_t due_us;
    void *token, *first_token;
    bool registered;
    uint64_t user;
    struct rc_subject subject;
    char path[LINE];
    struct operation *operation;
    void *for_callback;
    char line[LINE];
    size_t length;
};

/* To be told once the lock is free. */
struct letter {
    enum { COMPLETED, PROGRESSED, WATCHED, OCCURS } kind;
    void *for_callback;
    int result, fd;
    short events, revents;
    struct item *item;
};

struct rc_ctx {
    pthread_mutex_t lock;
    const struct rc_callbacks *callbacks;
    void *user;
    const struct rc_os_hooks *hooks;
    void *hooks_user;
    struct source sources[SOURCES];
    unsigned serials;
    struct item *queue[QUEUE];
    size_t queued;
    struct letter outbox[QUEUE];
    size_t letters;
    uint64_t by_callback;
    int waits;
};

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void lock(struct rc_ctx *ctx)
{
    pthread_mutex_lock(&ctx->lock);
}

/* Tells what there is to be told. */
static void unlock(struct rc_ctx *ctx)
{
    while (ctx->letters > 0) {
        struct letter letter = ctx->outbox[0];

        memmove(ctx->outbox, ctx->outbox + 1, --ctx->letters * sizeof letter);
        pthread_mutex_unlock(&ctx->lock);
        switch (letter.kind) {
        case COMPLETED:
            reapcheck_completed(letter.for_callback, letter.result);
            break;
        case PROGRESSED:
            reapcheck_progressed(letter.for_callback, &letter.item->event);
            break;
        case WATCHED:
            reapcheck_watched(letter.for_callback, letter.fd, letter.events, letter.revents);
            break;
        case OCCURS:
            ctx->callbacks->event(ctx->user, &letter.item->event);
            break;
        }
        pthread_mutex_lock(&ctx->lock);
    }
    pthread_mutex_unlock(&ctx->lock);
}

static void post(struct rc_ctx *ctx, struct letter letter)
{
    if (ctx->letters < QUEUE)
        ctx->outbox[ctx->letters++] = letter;
}

static struct item *item_of(struct rc_event event, const char *text)
{
    struct item *item = calloc(1, sizeof *item);

    item->event = event;
    item->event.own = item;
#ifdef USER_LOST
    item->event.user = 0;
#endif
    strncpy(item->text, text ? text : "", LINE - 1);
    if (event.type == RC_EVENT_VANISHED)
        item->event.path = item->text;
    if (event.type == RC_EVENT_PROGRESS)
        item->event.text = item->text;
    return item;
}

static void emit(struct rc_ctx *ctx, struct rc_event event, const char *text)
{
#ifdef EVENT_TWICE
    for (int i = 0; i < 2; i++)
#endif
    {
        struct item *item = item_of(event, text);

        if (ctx->by_callback & RC_EVENT_BIT(event.type))
            post(ctx, (struct letter){.kind = OCCURS, .item = item});
        else if (ctx->queued < QUEUE)
            ctx->queue[ctx->queued++] = item;
    }
}

/* -- sources -- */

static int source_new(struct rc_ctx *ctx, struct source source, struct source **out)
{
    struct source *place = NULL;
    int rc = 0;

    for (size_t i = 0; i < SOURCES && !place; i++)
        if (ctx->sources[i].what == NOTHING)
            place = &ctx->sources[i];
    if (!place)
        return -ENOMEM;
    source.serial = ++ctx->serials;
    *place = source;
    if (ctx->hooks && source.fd >= 0)
        rc = ctx->hooks->fd_register(ctx->hooks_user, source.fd, &place->token, source.events,
                                     place);
    else if (ctx->hooks)
        rc = ctx->hooks->timeout_register(ctx->hooks_user, &place->token, source.due_us, place);
    place->first_token = place->token;
    place->registered = ctx->hooks != NULL;
    if (rc) {
        place->what = NOTHING;
#ifdef VALUE_LOST
        rc = -EIO;
#endif
        return rc;
    }
    *out = place;
    return 0;
}

static void *token_of(struct source *source)
{
#ifdef OLD_TOKEN
    return source->first_token;
#else
    return source->token;
#endif
}

static int modify(struct rc_ctx *ctx, struct source *source, short events)
{
    void *token = token_of(source);
    int rc = ctx->hooks->fd_modify(ctx->hooks_user, source->fd, &token, events);

    source->token = token;
    return rc;
}

static void source_free(struct rc_ctx *ctx, struct source *source)
{
    source->what = NOTHING;
    if (!source->registered)
        return;
    source->registered = false;
#ifndef STAYS_REGISTERED
    if (source->fd >= 0)
        ctx->hooks->fd_deregister(ctx->hooks_user, source->fd, token_of(source));
    else
        ctx->hooks->timeout_modify(ctx->hooks_user, &source->token, 0);
#else
    (void)ctx;
#endif
}

/* -- what sources do -- */

static void operation_ends(struct rc_ctx *ctx, struct operation *operation, int result)
{
    operation->live = false;
    for (size_t i = 0; i < SOURCES; i++)
        if (ctx->sources[i].what != NOTHING && ctx->sources[i].operation == operation) {
            int fd = ctx->sources[i].fd;
            source_free(ctx, &ctx->sources[i]);
            if (fd >= 0)
                close(fd);
        }
    if (operation->aborted)
        result = -ECANCELED;
    else if (operation->late)
        result = -ETIMEDOUT;
    if (operation->how.kind == RC_HOW_EVENT)
        emit(ctx,
             (struct rc_event){
                 .type = RC_EVENT_COMPLETE, .user = operation->how.user, .result = result},
             NULL);
    else if (operation->how.kind == RC_HOW_CALLBACK)
        post(ctx, (struct letter){.kind = COMPLETED,
                                  .for_callback = operation->how.for_callback,
                                  .result = result});
#ifdef COMPLETES_TWICE
    if (operation->how.kind == RC_HOW_CALLBACK)
        post(ctx, ctx->outbox[ctx->letters - 1]);
#endif
    operation->result = result;
}

static void say_line(struct rc_ctx *ctx, struct source *source)
{
    struct operation *operation = source->operation;
    struct rc_event event = {.type = RC_EVENT_PROGRESS, .user = operation->progress.user};

    source->line[source->length] = 0;
    source->length = 0;
    if (operation->wants_progress && operation->progress.kind == RC_HOW_EVENT)
        emit(ctx, event, source->line);
    else if (operation->wants_progress)
        post(ctx, (struct letter){.kind = PROGRESSED,
                                  .for_callback = operation->progress.for_callback,
                                  .item = item_of(event, source->line)});
}

static void read_lines(struct rc_ctx *ctx, struct source *source)
{
    char c;
    ssize_t n;

    while ((n = read(source->fd, &c, 1)) == 1)
        if (c == '\n')
            say_line(ctx, source);
        else if (source->length < LINE - 1)
            source->line[source->length++] = c;
    if (n == 0) {
        int fd = source->fd;
        source_free(ctx, source);
        close(fd);
    }
}

static void child_ends(struct rc_ctx *ctx, struct source *source)
{
    struct operation *operation = source->operation;
    int status = 0;

    if (operation->kind != RC_OPERATION_END &&
        waitpid(operation->pid, &status, WNOHANG) != operation->pid)
        return;
    for (size_t i = 0; i < SOURCES; i++) /* what it said last */
        if (ctx->sources[i].what == LINES && ctx->sources[i].operation == operation)
            read_lines(ctx, &ctx->sources[i]);
    operation_ends(ctx, operation, status ? -EIO : 0);
}

static void subject_changes(struct rc_ctx *ctx, struct source *source)
{
    struct source was = *source;
    struct rc_event event = {.user = source->user, .id = source->subject.id};

    event.type = was.subject.kind == RC_SUBJECT_PATH ? RC_EVENT_VANISHED : RC_EVENT_ENDED;
    emit(ctx, event, was.path);
    source->events = 0; /* it stays until it is disabled, and says nothing more */
    if (source->registered)
        modify(ctx, source, 0);
}

static void fd_is_ready(struct rc_ctx *ctx, struct source *source, short revents)
{
    struct pollfd now = {.fd = source->fd, .events = source->events};

#ifndef BELIEVES
    if (poll(&now, 1, 0) <= 0)
        return;
    revents = now.revents;
#else
    (void)now;
#endif
    switch (source->what) {
    case SUBJECT:
        subject_changes(ctx, source);
        break;
    case OPERATION:
        child_ends(ctx, source);
        break;
    case LINES:
        read_lines(ctx, source);
        break;
    case WATCH:
        post(ctx, (struct letter){.kind = WATCHED,
                                  .for_callback = source->for_callback,
                                  .fd = source->fd,
                                  .events = source->events,
                                  .revents = revents});
        break;
    default:
        break;
    }
}

static void time_is_over(struct rc_ctx *ctx, struct source *source)
{
    struct source was = *source;

    source->what = NOTHING;
    if (was.what == LIMIT) {
        was.operation->late = true;
        kill(was.operation->pid, SIGKILL);
        return;
    }
#ifdef FIRES_TWICE
    post(ctx, (struct letter){.kind = WATCHED, .for_callback = was.for_callback, .fd = -1});
#endif
    post(ctx, (struct letter){.kind = WATCHED, .for_callback = was.for_callback, .fd = -1});
}

/* -- event loops -- */

static int before(struct rc_ctx *ctx, int *nfds, struct pollfd *fds, int *timeout_ms, int64_t now)
{
    int count = 0, room = *nfds;

    for (size_t i = 0; i < SOURCES; i++) {
        struct source *source = &ctx->sources[i];

        if (source->what == NOTHING)
            continue;
        if (source->fd >= 0 && source->events) {
            if (count < room)
                fds[count] = (struct pollfd){.fd = source->fd, .events = source->events};
            count++;
        } else if (source->fd < 0) {
            int64_t left = source->due_us <= now ? 0 : source->due_us - now;
#ifndef ROUNDS_DOWN
            left += 999;
#endif
            left = left / 1000 > 2000000000 ? 2000000000 : left / 1000;
            if (*timeout_ms < 0 || left < *timeout_ms)
                *timeout_ms = (int)left;
        }
    }
    *nfds = count;
#ifdef ROOM_UNNOTICED
    *nfds = count > room ? room : count;
    return 0;
#endif
    return count > room ? -ENOBUFS : 0;
}

static void after(struct rc_ctx *ctx, int nfds, const struct pollfd *fds, int64_t now)
{
    unsigned newest = ctx->serials;

    for (int i = 0; i < nfds; i++)
        for (size_t k = 0; k < SOURCES && fds[i].revents; k++)
            if (ctx->sources[k].what != NOTHING && ctx->sources[k].fd == fds[i].fd &&
                ctx->sources[k].serial <= newest && ctx->sources[k].events)
                fd_is_ready(ctx, &ctx->sources[k], fds[i].revents);
    for (;;) {
        struct source *first = NULL;

        for (size_t k = 0; k < SOURCES; k++)
            if (ctx->sources[k].what != NOTHING && ctx->sources[k].fd < 0 &&
                !ctx->sources[k].registered && ctx->sources[k].due_us <= now &&
                (!first || ctx->sources[k].due_us < first->due_us))
                first = &ctx->sources[k];
        if (!first)
            return;
        time_is_over(ctx, first);
    }
}

static int beforepoll(struct rc_ctx *ctx, int *nfds, struct pollfd *fds, int *timeout_ms,
                      int64_t now)
{
    lock(ctx);
    int rc = before(ctx, nfds, fds, timeout_ms, now);
    unlock(ctx);
    return rc;
}

static int afterpoll(struct rc_ctx *ctx, int nfds, struct pollfd *fds, int64_t now)
{
    lock(ctx);
    after(ctx, nfds, fds, now);
    unlock(ctx);
    return 0;
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    struct pollfd fds[SOURCES];
    int nfds = SOURCES;

    if (timeout_ms < 0 || timeout_ms > WAIT_MS)
        timeout_ms = WAIT_MS; /* nobody wakes it */
    beforepoll(ctx, &nfds, fds, &timeout_ms, now_us());
    if (poll(fds, (nfds_t)nfds, timeout_ms) < 0)
        nfds = 0;
    return afterpoll(ctx, nfds, fds, now_us());
}

static int hooks(struct rc_ctx *ctx, const struct rc_os_hooks *given, void *user)
{
    if (ctx->hooks)
        return -EBUSY;
    ctx->hooks = given;
    ctx->hooks_user = user;
    return 0;
}

static struct source *known(struct rc_ctx *ctx, void *for_library)
{
    struct source *source = for_library;

    return source >= ctx->sources && source < ctx->sources + SOURCES && source->what != NOTHING
               ? source
               : NULL;
}

static void occurred_fd(struct rc_ctx *ctx, void *for_library, int fd, short events, short revents)
{
    struct source *source;

    (void)events;
    lock(ctx);
    source = known(ctx, for_library);
    if (source && source->fd == fd && source->events)
        fd_is_ready(ctx, source, revents);
    unlock(ctx);
}

static void occurred_timeout(struct rc_ctx *ctx, void *for_library)
{
    struct source *source;

    lock(ctx);
    source = known(ctx, for_library);
    if (source && source->fd < 0) {
        source->registered = false;
        time_is_over(ctx, source);
    }
    unlock(ctx);
}

/* -- events -- */

static int check(struct rc_ctx *ctx, const struct rc_criteria *criteria, struct rc_event *event)
{
    int rc = -EAGAIN;

    lock(ctx);
    for (size_t i = 0; i < ctx->queued && rc; i++) {
        struct item *item = ctx->queue[i];

        if (!(criteria->types & RC_EVENT_BIT(item->event.type)) ||
            (criteria->wanted && !criteria->wanted(criteria->user, &item->event)))
            continue;
        memmove(ctx->queue + i, ctx->queue + i + 1, (--ctx->queued - i) * sizeof item);
        *event = item->event;
        rc = 0;
    }
    unlock(ctx);
    return rc;
}

static int event_wait(struct rc_ctx *ctx, const struct rc_criteria *criteria,
                      struct rc_event *event)
{
    int rc;

    while ((rc = check(ctx, criteria, event)) == -EAGAIN)
#ifdef BLIND_WAITER
        poll(NULL, 0, -1);
#else
        run(ctx, WAIT_MS);
#endif
    return rc;
}

static void event_free(struct rc_ctx *ctx, struct rc_event *event)
{
    (void)ctx;
    free(event->own);
}

static int event_callbacks(struct rc_ctx *ctx, uint64_t mask, int with_disaster)
{
    (void)with_disaster;
    ctx->by_callback = mask;
    return 0;
}

static int watch_path(const char *path)
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

    if (fd >= 0 && inotify_add_watch(fd, path, IN_DELETE_SELF) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int enable(struct rc_ctx *ctx, const struct rc_subject *subject, uint64_t user,
                  struct rc_evgen **evgen)
{
    struct source source = {.what = SUBJECT, .events = POLLIN, .user = user, .subject = *subject};
    int rc;

    source.fd = subject->kind == RC_SUBJECT_PATH
                    ? watch_path(subject->path)
                    : (int)syscall(SYS_pidfd_open, (pid_t)subject->id, 0);
    if (source.fd < 0)
        return -errno;
    if (subject->path)
        strncpy(source.path, subject->path, LINE - 1);
    lock(ctx);
    rc = source_new(ctx, source, (struct source **)evgen);
    unlock(ctx);
    if (rc)
        close(source.fd);
    return rc;
}

static void disable(struct rc_ctx *ctx, struct rc_evgen *evgen)
{
    struct source *source = (struct source *)evgen;
    int fd = source->fd;

    lock(ctx);
    source_free(ctx, source);
    unlock(ctx);
    close(fd);
}

/* -- operations -- */

static pid_t start(const struct operation *operation,
                   const struct rc_operation_arguments *arguments, int lines)
{
    pid_t pid = fork();
    int fd;

    if (pid)
        return pid;
    if (operation->kind == RC_OPERATION_LOCK) {
        fd = open(arguments->path, O_RDWR);
        _exit(fd >= 0 && flock(fd, LOCK_EX) == 0 ? 0 : 1);
    }
    if (lines >= 0)
        dup2(lines, 1);
    execv(arguments->argv[0], arguments->argv);
    _exit(127);
}

static int begin(struct rc_ctx *ctx, struct operation *operation,
                 const struct rc_operation_arguments *arguments)
{
    struct source *source;
    int lines[2] = {-1, -1}, exit_fd, rc;

    if (operation->kind == RC_OPERATION_HELPER && pipe2(lines, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    if (operation->kind == RC_OPERATION_END) {
        operation->pid = (pid_t)arguments->subject->id;
        if (kill(operation->pid, SIGTERM) < 0)
            return -errno;
    } else {
        operation->pid = start(operation, arguments, lines[1]);
    }
    if (operation->pid < 0)
        return -errno;
    if (lines[1] >= 0)
        close(lines[1]);
    exit_fd = (int)syscall(SYS_pidfd_open, operation->pid, 0);
    rc = source_new(
        ctx,
        (struct source){.what = OPERATION, .fd = exit_fd, .events = POLLIN, .operation = operation},
        &source);
    if (!rc && lines[0] >= 0)
        rc =
            source_new(ctx,
                       (struct source){
                           .what = LINES, .fd = lines[0], .events = POLLIN, .operation = operation},
                       &source);
    if (!rc && arguments->limit_us && operation->kind != RC_OPERATION_END)
        rc = source_new(ctx,
                        (struct source){.what = LIMIT,
                                        .fd = -1,
                                        .due_us = now_us() + arguments->limit_us,
                                        .operation = operation},
                        &source);
    if (rc && operation->kind != RC_OPERATION_END) {
        kill(operation->pid, SIGKILL);
        waitpid(operation->pid, NULL, 0);
    }
    return rc;
}

static struct operation *operations[SOURCES];

static int operate(struct rc_ctx *ctx, enum rc_operation kind,
                   const struct rc_operation_arguments *arguments, const struct rc_how *how,
                   const struct rc_how *progress)
{
    static int next;
    struct operation *operation = calloc(1, sizeof *operation);
    int rc;

    operation->kind = kind;
    operation->how = *how;
    operation->wants_progress = progress != NULL;
    if (progress)
        operation->progress = *progress;
    operation->live = true;
    lock(ctx);
    rc = begin(ctx, operation, arguments);
    free(operations[next % SOURCES] && !operations[next % SOURCES]->live
             ? operations[next % SOURCES]
             : NULL);
    operations[next++ % SOURCES] = operation;
    operation->live = rc == 0;
    unlock(ctx);
    while (rc == 0 && how->kind == RC_HOW_SYNCHRONOUS && operation->live)
        run(ctx, WAIT_MS);
    return rc == 0 && how->kind == RC_HOW_SYNCHRONOUS ? operation->result : rc;
}

static int abort_one(struct rc_ctx *ctx, const struct rc_how *how)
{
    int rc = -ENOENT;

    lock(ctx);
    for (size_t i = 0; i < SOURCES && rc == -ENOENT; i++) {
        struct operation *operation = operations[i];

        if (!operation || !operation->live || operation->how.kind != how->kind ||
            (how->kind == RC_HOW_EVENT && operation->how.user != how->user) ||
            (how->kind == RC_HOW_CALLBACK && operation->how.for_callback != how->for_callback))
            continue;
        rc = operation->aborted ? -EALREADY : 0;
#ifndef ABORT_IGNORED
        operation->aborted = true;
        kill(operation->pid, SIGKILL);
#endif
    }
    unlock(ctx);
    return rc;
}

/* -- fds and timeouts of the application's -- */

static int fd_watch(struct rc_ctx *ctx, int fd, short events, void *for_callback, void **watch)
{
    lock(ctx);
    int rc = source_new(
        ctx,
        (struct source){.what = WATCH, .fd = fd, .events = events, .for_callback = for_callback},
        (struct source **)watch);
    unlock(ctx);
    return rc;
}

static int fd_change(struct rc_ctx *ctx, void *watch, short events)
{
    struct source *source = watch;
    int rc = 0;

    lock(ctx);
    if (source->registered)
        rc = modify(ctx, source, events);
    if (!rc)
        source->events = events;
    unlock(ctx);
    return rc;
}

static int unwatch(struct rc_ctx *ctx, void *watch)
{
    struct source *source = watch;

    lock(ctx);
    if (source->what == WATCH || source->what == TIMER)
        source_free(ctx, source);
    unlock(ctx);
    return 0;
}

static int timeout_watch(struct rc_ctx *ctx, int64_t due_us, void *for_callback, void **watch)
{
    lock(ctx);
    int rc = source_new(
        ctx,
        (struct source){.what = TIMER, .fd = -1, .due_us = due_us, .for_callback = for_callback},
        (struct source **)watch);
    unlock(ctx);
    return rc;
}

/* -- the ctx -- */

static int ctx_open(struct rc_ctx **out, const struct rc_callbacks *callbacks, void *user)
{
    struct rc_ctx *ctx = calloc(1, sizeof *ctx);

    if (!ctx)
        return -ENOMEM;
    pthread_mutex_init(&ctx->lock, NULL);
    ctx->callbacks = callbacks;
    ctx->user = user;
    *out = ctx;
    return 0;
}

static int ctx_close(struct rc_ctx *ctx)
{
    for (size_t i = 0; i < SOURCES; i++)
        if (ctx->sources[i].what != NOTHING) {
            int fd = ctx->sources[i].what == WATCH ? -1 : ctx->sources[i].fd;
            source_free(ctx, &ctx->sources[i]);
            if (fd >= 0)
                close(fd);
        }
    for (size_t i = 0; i < ctx->queued; i++)
        free(ctx->queue[i]);
    for (size_t i = 0; i < SOURCES; i++)
        if (operations[i] && !operations[i]->live) {
            free(operations[i]);
            operations[i] = NULL;
        }
    pthread_mutex_destroy(&ctx->lock);
    free(ctx);
    return 0;
}

static const struct rc_events events = {
    .abi = REAPCHECK_EVENTS_ABI,
    .types = RC_EVENT_BIT(RC_EVENT_ENDED) | RC_EVENT_BIT(RC_EVENT_VANISHED) |
             RC_EVENT_BIT(RC_EVENT_COMPLETE) | RC_EVENT_BIT(RC_EVENT_PROGRESS),
    .operations = RC_OPERATION_BIT(RC_OPERATION_PROGRAM) | RC_OPERATION_BIT(RC_OPERATION_HELPER) |
                  RC_OPERATION_BIT(RC_OPERATION_LOCK) | RC_OPERATION_BIT(RC_OPERATION_END),
    .features = RC_EVENTS_LIMIT,
    .clock = CLOCK_MONOTONIC,
    .event_check = check,
    .event_wait = event_wait,
    .event_free = event_free,
    .event_callbacks = event_callbacks,
    .enable = enable,
    .disable = disable,
    .operation = operate,
    .abort = abort_one,
    .hooks = hooks,
    .occurred_fd = occurred_fd,
    .occurred_timeout = occurred_timeout,
    .beforepoll = beforepoll,
    .afterpoll = afterpoll,
    .fd_watch = fd_watch,
    .fd_change = fd_change,
    .fd_unwatch = unwatch,
    .timeout_watch = timeout_watch,
    .timeout_unwatch = unwatch,
};

static const struct rc_adapter eventful = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = "eventful",
    .version = "1",
    .owners = RC_OWNS(RC_OWNER_SELECTIVE),
    .ctx_open = ctx_open,
    .ctx_close = ctx_close,
    .run = run,
    .events = &events,
};
RC_ADAPTER(eventful);
