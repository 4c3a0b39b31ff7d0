/* SPDX-License-Identifier: MIT */
/*
 * The adapter of Xen's libxl, the library whose ways with SIGCHLD the catalogue was read from.
 *
 * libxl offers no "start a child": children come with operations on domains. So this adapter uses
 * the door that those operations use themselves, libxl__ev_child_fork, which the static archive
 * leaves open (impl/xen/internals.h). Everything else goes through the public API, and what libxl
 * wants of the hypervisor and the store is stood in for (impl/xen).
 *
 * Behind that door the death of a child is told with the ctx locked. An operation of libxl's goes
 * on there; an application never sees it. So what is heard there is kept as news, and the harness
 * hears it when libxl has let go of the lock, on the thread that was in run, told_reaped or
 * told_sigchld. It may then do what it likes, close the ctx included.
 *
 * libxl also leaves it to its user to free a ctx only when no thread is inside it; that is kept by
 * counting visits (visits.h).
 *
 * The adapter has no mutex of its own, so every lock in a history is libxl's.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include "adapter.h"
#include "visits.h"
#include "../xen/internals.h"

#ifndef LIBXL_PACKAGE_VERSION /* the Makefile asks the packages */
#define LIBXL_PACKAGE_VERSION ""
#endif

enum {
    LOG_LINES = 40,          /* of one ctx; the rest is swallowed, lest a pipe fill up */
    STATUS_UNKNOWN = 0xff00, /* what libxl makes up where it has no status */
};

/* Beside the four of rc_owner: what the header forbids. */
enum { MAINLOOP_AND_REAPED = RC_OWNER_SELECTIVE + 1, NO_OWNER };

/* -- what the adapter keeps -- */

struct news {
    enum { NEWS_EXITED, NEWS_LOST, NEWS_DISASTER } kind;
    pid_t pid;
    int value; /* wait status, or errno */
    struct news *next;
    char what[]; /* of a disaster */
};

/* A child, from its fork until the ctx is closed. */
struct record {
    struct xl_child child; /* first: libxl hands its address back */
    struct rc_ctx *ctx;
    struct record *older;
    struct news *news; /* made at the fork, so that a death is told even without memory */
};

struct rc_ctx {
    libxl_ctx *xl;
    const struct rc_callbacks *callbacks;
    void *user;
    int wake_fd;
    struct pollfd *fds; /* of run: wake_fd, then libxl's */
    int fds_size;
    bool status_unknown; /* under libxl's lock: the death that follows has no status */
    atomic_bool silent;  /* closed, but for libxl being on the stack still */
    _Atomic(struct record *) records;
    _Atomic(struct news *) news; /* latest first */
    struct visited visited;
    libxl_event_hooks event_hooks;
    xentoollog_logger logger;
    atomic_int log_lines;
};

/* -- what libxl tells -- */

static void news_keep(struct rc_ctx *ctx, struct news *news)
{
    news->next = atomic_load(&ctx->news);
    while (!atomic_compare_exchange_weak(&ctx->news, &news->next, news))
        ;
}

/* Called with the ctx locked. */
static void child_died(void *egc, struct xl_child *child, pid_t pid, int status)
{
    struct record *record = (struct record *)child;
    struct rc_ctx *ctx = record->ctx;

    (void)egc;
    *record->news = (struct news){
        .kind = ctx->status_unknown && status == STATUS_UNKNOWN ? NEWS_LOST : NEWS_EXITED,
        .pid = pid,
        .value = status,
    };
    ctx->status_unknown = false;
    news_keep(ctx, record->news);
    record->news = NULL;
}

/*
 * Called with the ctx locked, in which no call of libxl is allowed. The one about a child that is
 * gone comes right before the child's death is told, with a status that libxl made up.
 */
static void disaster_happened(void *user, libxl_event_type type, const char *what, int errnum)
{
    struct rc_ctx *ctx = user;
    struct news *news = malloc(sizeof(*news) + strlen(what) + 1);

    (void)type;
    ctx->status_unknown = errnum == ECHILD;
    if (!news) {
        ctx->callbacks->disaster(ctx->user, what, errnum);
        return;
    }
    *news = (struct news){.kind = NEWS_DISASTER, .value = errnum};
    strcpy(news->what, what);
    news_keep(ctx, news);
}

static int stranger_reaped(pid_t pid, int status, void *user)
{
    struct rc_ctx *ctx = user;

    if (atomic_load(&ctx->silent))
        return ERROR_UNKNOWN_CHILD;
    switch (ctx->callbacks->foreign(ctx->user, pid, status)) {
    case 0:
        return 0;
    case -ESRCH:
        return ERROR_UNKNOWN_CHILD;
    default:
        return ERROR_INVAL;
    }
}

static pid_t fork_for_libxl(void *user)
{
    struct rc_ctx *ctx = user;

    return ctx->callbacks->fork(ctx->user);
}

static void log_message(struct xentoollog_logger *logger, xentoollog_level level, int errnum,
                        const char *context, const char *format, va_list arguments)
{
    struct rc_ctx *ctx = (struct rc_ctx *)((char *)logger - offsetof(struct rc_ctx, logger));
    char text[256];

    (void)context;
    if (level < XTL_WARN || atomic_fetch_add(&ctx->log_lines, 1) >= LOG_LINES)
        return;
    vsnprintf(text, sizeof(text), format, arguments);
    if (ctx->callbacks->warned)
        ctx->callbacks->warned(ctx->user, text);
    if (errnum >= 0)
        dprintf(STDERR_FILENO, "libxl: %s: %s\n", text, strerror(errnum));
    else
        dprintf(STDERR_FILENO, "libxl: %s\n", text);
}

static void tell(struct rc_ctx *ctx, const struct news *news)
{
    switch (news->kind) {
    case NEWS_EXITED:
        ctx->callbacks->exited(ctx->user, news->pid, news->value);
        break;
    case NEWS_LOST:
        ctx->callbacks->lost(ctx->user, news->pid);
        break;
    case NEWS_DISASTER:
        ctx->callbacks->disaster(ctx->user, news->what, news->value);
        break;
    }
}

/* Passes the news on to the harness, oldest first, with no lock of libxl's held. */
static void tell_news(struct rc_ctx *ctx, struct visit *visit)
{
    struct news *latest = atomic_exchange(&ctx->news, NULL), *oldest = NULL;

    while (latest) {
        struct news *news = latest;

        latest = news->next;
        news->next = oldest;
        oldest = news;
    }
    visit->in_library = false;
    for (struct news *news = oldest, *next; news; news = next) {
        next = news->next;
        if (!visit->gone && !atomic_load(&ctx->silent))
            tell(ctx, news);
        free(news);
    }
}

/* -- the adapter's members -- */

/* Errors of libxl's carry no errno; the thread's own is the best hint that there is. */
static int error_of(int rc)
{
    switch (rc) {
    case ERROR_NOMEM:
        return -ENOMEM;
    case ERROR_INVAL:
        return -EINVAL;
    case ERROR_UNKNOWN_CHILD:
        return -ESRCH;
    default:
        return errno ? -errno : -EIO;
    }
}

static int ctx_open(struct rc_ctx **out, const struct rc_callbacks *callbacks, void *user)
{
    struct rc_ctx *ctx = calloc(1, sizeof(*ctx));
    int rc;

    if (!ctx)
        return -ENOMEM;
    ctx->callbacks = callbacks;
    ctx->user = user;
    ctx->logger.vmessage = log_message;
    ctx->event_hooks.disaster = disaster_happened;
    ctx->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (ctx->wake_fd < 0) {
        rc = -errno;
        goto fail;
    }
    errno = 0;
    rc = libxl_ctx_alloc(&ctx->xl, LIBXL_VERSION, 0, &ctx->logger);
    if (rc) {
        rc = error_of(rc);
        close(ctx->wake_fd);
        goto fail;
    }
    libxl_event_register_callbacks(ctx->xl, &ctx->event_hooks, ctx);
    *out = ctx;
    return 0;

fail:
    free(ctx);
    return rc;
}

static int wake(struct rc_ctx *ctx)
{
    uint64_t one = 1;

    /* EAGAIN: it is as awake as can be. */
    while (write(ctx->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
    return 0;
}

static int ctx_close(struct rc_ctx *ctx)
{
    if (!visits_stop(&ctx->visited)) {
        atomic_store(&ctx->silent, true);
        return 0;
    }
    wake(ctx);
    visits_await(&ctx->visited);

    libxl_ctx_free(ctx->xl);
    for (struct news *news = atomic_load(&ctx->news), *next; news; news = next) {
        next = news->next;
        free(news);
    }
    for (struct record *record = atomic_load(&ctx->records), *older; record; record = older) {
        older = record->older;
        free(record->news);
        free(record);
    }
    close(ctx->wake_fd);
    free(ctx->fds);
    free(ctx);
    return 0;
}

static void leave(struct rc_ctx *ctx, struct visit *visit)
{
    if (visit_end(visit))
        ctx_close(ctx);
}

static int set_owner(struct rc_ctx *ctx, enum rc_owner owner)
{
    /* libxl keeps the pointer. Mode mainloop must not have a reaped_callback, and libxl takes no
     * other modes than these: the last two are for an application that does not care. */
#define HOOKS(mode, reaped)                                                                        \
    {                                                                                              \
        {.chldowner = (mode), .reaped_callback = (reaped)},                                        \
            {.chldowner = (mode),                                                                  \
             .reaped_callback = (reaped),                                                          \
             .fork_replacement = fork_for_libxl},                                                  \
    }
    static const libxl_childproc_hooks hooks[][2] = {
        [RC_OWNER_LIBRARY] = HOOKS(libxl_sigchld_owner_libxl, stranger_reaped),
        [RC_OWNER_MAINLOOP] = HOOKS(libxl_sigchld_owner_mainloop, NULL),
        [RC_OWNER_ALWAYS] = HOOKS(libxl_sigchld_owner_libxl_always, stranger_reaped),
        [RC_OWNER_SELECTIVE] = HOOKS(libxl_sigchld_owner_libxl_always_selective_reap, NULL),
        [MAINLOOP_AND_REAPED] = HOOKS(libxl_sigchld_owner_mainloop, stranger_reaped),
        [NO_OWNER] = HOOKS((libxl_sigchld_owner)NO_OWNER, stranger_reaped),
    };
#undef HOOKS
    unsigned which = owner;
    struct visit visit;

    if (which >= MAINLOOP_AND_REAPED)
        which = NO_OWNER;
    else if (owner == RC_OWNER_MAINLOOP && ctx->callbacks->foreign_always)
        which = MAINLOOP_AND_REAPED;
    visit_begin(&visit, &ctx->visited);
    libxl_childproc_setmode(ctx->xl, &hooks[which][ctx->callbacks->fork != NULL], ctx);
    leave(ctx, &visit);
    return 0;
}

/* Runs body(arg) in a child of libxl's, with the gc that the child may go on to use. */
static pid_t fork_child(struct rc_ctx *ctx, void (*body)(struct xl_gc *gc, void *arg), void *arg)
{
    struct record *record = calloc(1, sizeof(*record));
    struct news *news = malloc(sizeof(*news));
    struct xl_gc gc = {.owner = ctx->xl};
    struct visit visit;
    pid_t pid;

    if (!record || !news) {
        free(record);
        free(news);
        return -ENOMEM;
    }
    record->child.pid = -1;
    record->news = news;
    record->ctx = ctx;
    visit_begin(&visit, &ctx->visited);
    errno = 0;
    /* It locks the ctx itself, and leaves it locked in the child. */
    pid = libxl__ev_child_fork(&gc, &record->child, child_died);
    if (pid == 0) {
        body(&gc, arg);
        _exit(127);
    }
    if (pid > 0) {
        /* The record is kept to the end, as the child may be dead and told of already. */
        record->older = atomic_load(&ctx->records);
        while (!atomic_compare_exchange_weak(&ctx->records, &record->older, record))
            ;
    } else {
        pid = error_of(pid);
        free(news);
        free(record);
    }
    libxl__free_all(&gc);
    leave(ctx, &visit);
    return pid;
}

struct forked {
    void (*body)(void *arg);
    void *arg;
};

static void body_of_forked(struct xl_gc *gc, void *arg)
{
    const struct forked *forked = arg;

    (void)gc;
    forked->body(forked->arg);
}

static pid_t child_fork(struct rc_ctx *ctx, void (*body)(void *arg), void *arg)
{
    struct forked forked = {body, arg};

    return fork_child(ctx, body_of_forked, &forked);
}

/* As libxl starts its own helpers. */
static void body_of_spawned(struct xl_gc *gc, void *arg)
{
    char *const *argv = arg;

    libxl__exec(gc, -1, -1, -1, argv[0], argv, NULL);
}

static pid_t child_spawn(struct rc_ctx *ctx, char *const argv[])
{
    return fork_child(ctx, body_of_spawned, (void *)(uintptr_t)argv);
}

/* Asks libxl what to poll, from fds[1] on. */
static int before_poll(struct rc_ctx *ctx, int *count, int *timeout_ms)
{
    struct timeval now;
    int rc;

    for (;;) {
        *count = ctx->fds_size > 0 ? ctx->fds_size - 1 : 0;
        gettimeofday(&now, NULL);
        rc = libxl_osevent_beforepoll(ctx->xl, count, ctx->fds_size > 0 ? ctx->fds + 1 : NULL,
                                      timeout_ms, now);
        if (rc != ERROR_BUFFERFULL && ctx->fds_size > 0)
            return rc ? error_of(rc) : 0;

        struct pollfd *more = realloc(ctx->fds, (size_t)(*count + 1) * sizeof(*more));

        if (!more)
            return -ENOMEM;
        ctx->fds = more;
        ctx->fds_size = *count + 1;
    }
}

static int run(struct rc_ctx *ctx, int timeout_ms)
{
    struct visit visit;
    struct timeval now;
    uint64_t wakes;
    int count, rc;

    /* libxl wants each poll's outcome before the next one is prepared. */
    if (visits_in_library(&ctx->visited))
        return -EBUSY;

    visit_begin(&visit, &ctx->visited);
    rc = 0;
    if (visits_stopped(&ctx->visited))
        goto out;
    rc = before_poll(ctx, &count, &timeout_ms);
    if (rc)
        goto out;
    ctx->fds[0] = (struct pollfd){.fd = ctx->wake_fd, .events = POLLIN};
    if (poll(ctx->fds, (nfds_t)count + 1, timeout_ms) < 0) {
        rc = errno == EINTR ? 0 : -errno;
        goto out;
    }
    if (ctx->fds[0].revents)
        while (read(ctx->wake_fd, &wakes, sizeof(wakes)) < 0 && errno == EINTR)
            ;
    gettimeofday(&now, NULL);
    libxl_osevent_afterpoll(ctx->xl, count, ctx->fds + 1, now);
    tell_news(ctx, &visit);
out:
    leave(ctx, &visit);
    return rc;
}

static int told_reaped(struct rc_ctx *ctx, pid_t pid, int wait_status)
{
    struct visit visit;
    int rc;

    visit_begin(&visit, &ctx->visited);
    errno = 0;
    rc = libxl_childproc_reaped(ctx->xl, pid, wait_status);
    rc = rc ? error_of(rc) : 0;
    tell_news(ctx, &visit);
    leave(ctx, &visit);
    return rc;
}

static int told_sigchld(struct rc_ctx *ctx)
{
    struct visit visit;

    visit_begin(&visit, &ctx->visited);
    libxl_childproc_sigchld_occurred(ctx->xl);
    tell_news(ctx, &visit);
    leave(ctx, &visit);
    return 0;
}

/* Afterwards the ctx must not be used nor freed. The wake-up channel is the parent's, too. */
static int postfork(struct rc_ctx *ctx)
{
    visits_forked(&ctx->visited);
    libxl_postfork_child_noexec(ctx->xl);
    close(ctx->wake_fd);
    return 0;
}

static int carefd_open(struct rc_ctx *ctx, const char *path, void **carefd)
{
    int fd, error;

    libxl__carefd_begin();
    fd = open(path, O_RDONLY);
    error = errno;
    *carefd = libxl__carefd_opened(ctx->xl, fd);
    return fd < 0 ? -error : fd;
}

static int carefd_close(void *carefd)
{
    return libxl__carefd_close(carefd) ? -errno : 0;
}

static const struct rc_limit limits[] = {
    {"FK-03", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, subprocess handling: \"A program which does this must call "
     "libxl_childproc_setmode\""},
    {"FK-04", RC_LIMIT_ABORTS,
     "libxl_event.h, libxl_childproc_setmode: \"May not be called when libxl might have any child "
     "processes, or the behaviour is undefined\""},
    {"FK-08", RC_LIMIT_ABORTS,
     "libxl_event.h, libxl_childproc_hooks: chldowner is a libxl_sigchld_owner, which has four "
     "values"},
    {"FK-14", RC_LIMIT_ABORTS,
     "libxl_event.h, libxl_sigchld_owner_libxl: \"Must not install a SIGCHLD handler\""},
    {"FK-15", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_sigchld_owner_libxl: \"Must not install a SIGCHLD handler\""},
    {"FK-19", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, subprocess handling: \"there must be at least one thread that has SIGCHLD "
     "unblocked\""},
    {"FK-29", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_sigchld_owner_libxl: \"Must not have any child processes running\", "
     "\"Must not install a SIGCHLD handler\", \"Must not reap any children\""},
    {"FK-30", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, subprocess handling: \"A naive program must only have at any one time only "
     "one libxl context which might have children\""},
    {"FK-35", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_childproc_sigchld_occurred: \"May NOT be called from within a signal "
     "handler which might interrupt any libxl operation\""},
    {"FK-36", RC_LIMIT_ABORTS,
     "libxl_event.h, libxl_childproc_reaped: \"May be called only by an application which has "
     "called setmode with chldowner == libxl_sigchld_owner_mainloop\""},
    {"FK-41", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_childproc_hooks, reaped_callback: \"Not permitted with "
     "_owner_mainloop\""},
    {"FK-42", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_sigchld_owner_libxl_always: \"The application must have only one "
     "libxl_ctx configured this way\""},
    {"FK-46", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_sigchld_owner_libxl_always_selective_reap: \"in which case all of its "
     "ctxs must be so configured\""},
    {"FK-70", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_postfork_child_noexec: \"One call on any existing (or specially made) "
     "ctx is sufficient; after this all previously existing libxl_ctx's are invalidated\""},
    {"FK-71", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_postfork_child_noexec: \"Until libxl_postfork_child_noexec has "
     "returned: No other libxl calls may be made\""},
    {"FK-72", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_postfork_child_noexec: \"all previously existing libxl_ctx's are "
     "invalidated and must not be used - or even freed\""},
    {"FK-79", RC_LIMIT_ABORTS,
     "libxl_event.h, libxl_childproc_setmode (libxl_ctx_free calls it): \"May not be called when "
     "libxl might have any child processes, or the behaviour is undefined\""},
    {"XC-20", RC_LIMIT_ABORTS,
     "libxl.h, libxl memory management: \"If malloc (or realloc) fails, libxl will cause the "
     "entire "
     "process to print a message to stderr and exit with status 255.\""},
    {"XC-21", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_postfork_child_noexec: until it has returned \"the child may not create "
     "further (grand)child processes\""},
    {"XC-25", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, subprocess handling: \"Must not install a SIGCHLD handler\"; where reaping "
     "is selective the application \"does not use SIGCHLD\""},
    {NULL, 0, NULL},
};

static const struct rc_adapter libxl_adapter = {
    .abi = REAPCHECK_ADAPTER_ABI,
    .name = "libxl",
    .version = LIBXL_PACKAGE_VERSION,
    .owners = RC_OWNS(RC_OWNER_LIBRARY) | RC_OWNS(RC_OWNER_MAINLOOP) | RC_OWNS(RC_OWNER_ALWAYS) |
              RC_OWNS(RC_OWNER_SELECTIVE),
    .features = RC_FEATURE_LIBXL_SHAPED | RC_FEATURE_FORK_HOOK | RC_FEATURE_FOREIGN |
                RC_FEATURE_FOREIGN_ALWAYS | RC_FEATURE_WARNINGS,
    .limits = limits,
    .ctx_open = ctx_open,
    .ctx_close = ctx_close,
    .set_owner = set_owner,
    .child_fork = child_fork,
    .child_spawn = child_spawn,
    .run = run,
    .wake = wake,
    .told_reaped = told_reaped,
    .told_sigchld = told_sigchld,
    .postfork = postfork,
    .carefd_open = carefd_open,
    .carefd_close = carefd_close,
};
RC_ADAPTER(libxl_adapter);
