/* SPDX-License-Identifier: MIT */
/*
 * libreap in a GLib main loop, through the hooks: a program is run, and its output printed.
 *
 *     cc -o glib-main-loop glib-main-loop.c -lreap -pthread $(pkg-config --cflags --libs glib-2.0)
 */
#include <glib-unix.h>
#include <reap.h>
#include <stdio.h>
#include <stdlib.h>

/* A registration. The main loop has one thread, so it needs no lock. */
struct entry {
    void *for_reap;
    short events;
    guint source;
};
static reap_ctx *ctx;

static gboolean on_fd(gint fd, GIOCondition condition, gpointer user)
{
    const struct entry *entry = user; /* GIOCondition has the bits of poll */
    reap_osevent_occurred_fd(ctx, entry->for_reap, fd, entry->events, (short)condition);
    return G_SOURCE_CONTINUE;
}

static gboolean on_timeout(gpointer user)
{
    struct entry *entry = user;
    void *for_reap = entry->for_reap;
    g_free(entry); /* it occurs once */
    reap_osevent_occurred_timeout(ctx, for_reap);
    return G_SOURCE_REMOVE;
}

static int fd_register(void *user, int fd, void **for_app, short events, void *for_reap)
{
    struct entry *entry = *for_app = g_new0(struct entry, 1);
    (void)user;
    entry->for_reap = for_reap;
    entry->events = events;
    entry->source = g_unix_fd_add(fd, (GIOCondition)events, on_fd, entry);
    return 0;
}

static int fd_modify(void *user, int fd, void **for_app, short events)
{
    struct entry *entry = *for_app;
    (void)user;
    g_source_remove(entry->source);
    entry->events = events;
    entry->source = g_unix_fd_add(fd, (GIOCondition)events, on_fd, entry);
    return 0;
}

static void fd_deregister(void *user, int fd, void *for_app)
{
    (void)user;
    (void)fd;
    g_source_remove(((struct entry *)for_app)->source);
    g_free(for_app);
}

static int timeout_register(void *user, void **for_app, int64_t at, void *for_reap)
{
    struct entry *entry = *for_app = g_new0(struct entry, 1);
    int64_t left = at - g_get_monotonic_time() / 1000; /* the same clock */
    (void)user;
    entry->for_reap = for_reap;
    entry->source = g_timeout_add(left > 0 ? (guint)left : 0, on_timeout, entry);
    return 0;
}

static int timeout_modify(void *user, void **for_app, int64_t at)
{
    struct entry *entry = *for_app; /* at is 0: now */
    (void)user;
    (void)at;
    g_source_remove(entry->source);
    entry->source = g_timeout_add(0, on_timeout, entry);
    return 0;
}

static const struct reap_osevent_hooks hooks = {
    REAP_OSEVENT_HOOKS_VERSION, fd_register,    fd_modify, fd_deregister,
    timeout_register,           timeout_modify, NULL,
};

static void on_complete(reap_ctx *ctx_, int rc, void *loop)
{
    (void)ctx_;
    printf("# it ended: %s\n", reap_strerror(rc));
    g_main_loop_quit(loop);
}

int main(void)
{
    char *const argv[] = {"sh", "-c", "sleep 0.1; printf hello", NULL};
    const struct reap_program program = {REAP_PROGRAM_VERSION, argv, 60 * 1000, 100};
    struct reap_program_result result = {0};
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    const reap_how how = {on_complete, {.for_callback = loop}};

    if (reap_ctx_new(&ctx) || reap_osevent_register_hooks(ctx, &hooks, NULL) ||
        reap_run_program(ctx, &program, &result, &how)) {
        return 1;
    }
    g_main_loop_run(loop);
    bool ok = !g_strcmp0(result.output, "hello") && !reap_ctx_free(ctx);
    printf("1..1\n%s 1 a GLib main loop: %s\n", ok ? "ok" : "not ok", result.output);
    free(result.output);
    g_main_loop_unref(loop);
    return !ok;
}
