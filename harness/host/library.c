/* SPDX-License-Identifier: MIT */
/*
 * Two members are not written down, `run` and `wake`: there would be nothing but them. `wake` is
 * even made outside the library's zone, and by no guarded application. It is a need of the harness,
 * at moments of its own, and must not walk into a gate or use up a fault that a script meant for
 * something else, nor wait for a lane that is in the library.
 */
#include "host/library.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "adapter_events.h"
#include "host/guard.h"
#include "host/lane.h"
#include "host/output.h"
#include "probe/probe.h"

enum { OLDEST_ABI = 1, LIBRARIES = 2 };

#define NAME "abcdefghijklmnopqrstuvwxyz0123456789-"

/* The one, and in a pair the two. */
static struct library libraries[LIBRARIES];
static size_t count;
static const struct rc_adapter *registered; /* the latest, until it is taken */

__attribute__((visibility("default"))) void
reapcheck_register_adapter(const struct rc_adapter *adapter)
{
    registered = adapter;
}

const struct library *library_named(const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (word == NULL || strcmp(word, i == 0 ? "one" : "two") == 0)
            return &libraries[i];
    return NULL;
}

bool library_wakes(void)
{
    for (size_t i = 0; i < count; i++)
        if (libraries[i].adapter->wake == NULL)
            return false;
    return true;
}

/* What an older ABI had not is not to be read: it is not there. */
static const struct rc_adapter *completed(const struct rc_adapter *adapter)
{
    static struct rc_adapter whole[LIBRARIES];
    size_t size = adapter->abi == OLDEST_ABI ? offsetof(struct rc_adapter, carefd_open)
                                             : offsetof(struct rc_adapter, events);

    memset(&whole[count], 0, sizeof whole[count]);
    memcpy(&whole[count], adapter, size);
    return &whole[count];
}

/* Takes the adapter that has registered itself; object: where from, NULL: it is linked in. */
static bool take_registered(const char *object, char *why, size_t size)
{
    const char *missing;

    if (registered == NULL) {
        snprintf(why, size, "no adapter registered itself%s%s", object != NULL ? " from " : "",
                 object != NULL ? object : "; name one as a shared object");
        return false;
    }
    if (registered->abi < OLDEST_ABI || registered->abi > REAPCHECK_ADAPTER_ABI) {
        snprintf(why, size, "adapter %s has ABI %u, this reapcheck wants %d to %d",
                 registered->name != NULL ? registered->name : "without a name", registered->abi,
                 OLDEST_ABI, REAPCHECK_ADAPTER_ABI);
        return false;
    }
    if (registered->abi < REAPCHECK_ADAPTER_ABI)
        registered = completed(registered);
    missing = registered->name == NULL        ? "name"
              : registered->version == NULL   ? "version"
              : registered->ctx_open == NULL  ? "ctx_open"
              : registered->ctx_close == NULL ? "ctx_close"
              : registered->run == NULL       ? "run"
                                              : NULL;
    if (missing != NULL) {
        snprintf(why, size, "adapter %s lacks %s",
                 registered->name != NULL ? registered->name : "without a name", missing);
        return false;
    }
    if (registered->name[0] == '\0' || registered->name[strspn(registered->name, NAME)] != '\0') {
        snprintf(why, size, "adapter \"%s\": a name has lower-case letters, digits and hyphens",
                 registered->name);
        return false;
    }
    if (registered->set_owner == NULL && (registered->owners & (registered->owners - 1)) != 0) {
        snprintf(why, size, "adapter %s offers several owners (0x%x), but no set_owner",
                 registered->name, registered->owners);
        return false;
    }
    if (registered->events != NULL && registered->events->abi != REAPCHECK_EVENTS_ABI) {
        snprintf(why, size, "adapter %s has events ABI %u, this reapcheck wants %d",
                 registered->name, registered->events->abi, REAPCHECK_EVENTS_ABI);
        return false;
    }
    if (registered->features & RC_FEATURE_WITHOUT_PIDFDS)
        probe_without_pidfds();
    if (registered->features & RC_FEATURE_SIGCHLD_BLOCKED)
        lanes_block(SIGCHLD);
    libraries[count++].adapter = registered;
    registered = NULL;
    return true;
}

static bool load(const char *object, enum event_library number, char *why, size_t size)
{
    int zone = probe_enter_library(number);
    void *handle = dlopen(object, RTLD_NOW | RTLD_LOCAL);

    probe_leave(zone);
    if (handle == NULL) {
        snprintf(why, size, "%s", dlerror());
        return false;
    }
    return take_registered(object, why, size);
}

bool library_load(char *const *objects, char *why, size_t size)
{
    bool linked = registered != NULL, pair = objects[0] != NULL && (linked || objects[1] != NULL);

    /* Alone it needs no number: whatever happens in the library's zone is its doing. */
    for (size_t i = 0; pair && i < LIBRARIES; i++)
        libraries[i].number = i == 0 ? LIBRARY_ONE : LIBRARY_TWO;
    if ((linked || objects[0] == NULL) && !take_registered(NULL, why, size))
        return false;
    for (; *objects != NULL; objects++) {
        if (count == LIBRARIES) {
            snprintf(why, size, "%s is one adapter too many: a host drives two at most", *objects);
            return false;
        }
        if (!load(*objects, libraries[count].number, why, size))
            return false;
    }
    return true;
}

/* A word of the protocol has no blanks. */
static void one_word(char *out, size_t size, const char *text)
{
    size_t i;

    for (i = 0; i < size - 1 && text[i] != '\0'; i++)
        out[i] = isspace((unsigned char)text[i]) ? '-' : text[i];
    out[i] = '\0';
}

void library_add_offers(const struct library_offer *offers, size_t offers_count, char *words,
                        size_t size)
{
    for (size_t i = 0; i < offers_count; i++) {
        size_t length = strlen(words);

        if (offers[i].there)
            snprintf(words + length, size - length, "%s%s", length > 0 ? "," : "", offers[i].word);
    }
}

static void announce(const struct library *library, bool probe)
{
    const struct rc_adapter *a = library->adapter;
    const struct library_offer offers[] = {
        {a->set_owner != NULL, "owner"},
        {a->child_fork != NULL, "fork"},
        {a->child_spawn != NULL, "spawn"},
        {a->child_watch != NULL, "watch"},
        {a->child_forget != NULL, "forget"},
        {a->child_kill != NULL, "kill"},
        {a->wake != NULL, "wake"},
        {a->told_reaped != NULL, "told-reaped"},
        {a->told_sigchld != NULL, "told-sigchld"},
        {a->postfork != NULL, "postfork"},
        {a->carefd_open != NULL && a->carefd_close != NULL, "carefd"},
    };
    char name[64], version[64], words[512] = "";

    library_add_offers(offers, sizeof offers / sizeof offers[0], words, sizeof words);
    library_offers(library, words, sizeof words);
    one_word(name, sizeof name, a->name);
    one_word(version, sizeof version, a->version);
    output_line("hello protocol=1 pid=%d%s name=%s version=%s owners=%u features=%u offers=%s "
                "probe=%d pidfds=%d",
                (int)getpid(),
                library->number == LIBRARY_ONE   ? " library=one"
                : library->number == LIBRARY_TWO ? " library=two"
                                                 : "",
                name, version, a->owners, a->features, words, probe, probe_has_pidfds());
    for (const struct rc_limit *l = a->limits; l != NULL && l->requirement != NULL; l++)
        output_line("limit %s %s %s", l->requirement,
                    l->kind == RC_LIMIT_ABORTS ? "aborts" : "disclaimed",
                    l->where != NULL ? l->where : "");
}

void library_announce(bool probe)
{
    for (size_t i = 0; i < count; i++)
        announce(&libraries[i], probe);
}

static struct event event_of(const struct library_call *call, enum event_kind kind)
{
    return (struct event){.kind = (uint16_t)kind,
                          .what = (uint8_t)call->op,
                          .ctx = (int16_t)call->ctx,
                          .library = (uint8_t)call->library->number & 0xf,
                          .subject = call->subject,
                          .value = call->value,
                          .extra = call->extra,
                          .spare = call->spare};
}

void library_enter(struct library_call *call)
{
    struct event event = event_of(call, EVENT_ENTER);

    call->guarded = guard_enter();
    output_event(&event);
    call->zone = probe_enter_library(call->library->number);
}

int library_leave(struct library_call *call, int result)
{
    struct event event;

    probe_leave(call->zone);
    if ((call->op == OP_FORK || call->op == OP_SPAWN) && result > 0)
        call->subject = result;
    event = event_of(call, EVENT_LEAVE);
    event.text = call->text;
    event.result = result;
    event.error = (int16_t)(result < 0 ? -result : 0);
    output_event(&event);
    guard_leave(call->guarded);
    return result;
}

/* One member of the adapter: nothing but the call differs. */
#define CALL(member, op_, subject_, value_, ...)                                                   \
    do {                                                                                           \
        struct library_call call = {.library = context->library,                                   \
                                    .op = (op_),                                                   \
                                    .ctx = context->index,                                         \
                                    .subject = (subject_),                                         \
                                    .value = (value_)};                                            \
        int result;                                                                                \
                                                                                                   \
        if (context->library->adapter->member == NULL)                                             \
            return -ENOSYS;                                                                        \
        library_enter(&call);                                                                      \
        result = context->library->adapter->member(__VA_ARGS__);                                   \
        return library_leave(&call, result);                                                       \
    } while (0)

int library_open(struct context *context)
{
    CALL(ctx_open, OP_OPEN, 0, 0, &context->handle, &context->callbacks, context);
}

int library_close(struct context *context)
{
    CALL(ctx_close, OP_CLOSE, 0, 0, context->handle);
}

int library_owner(struct context *context, enum rc_owner owner)
{
    CALL(set_owner, OP_OWNER, 0, owner, context->handle, owner);
}

pid_t library_fork(struct context *context, void (*body)(void *), void *arg)
{
    CALL(child_fork, OP_FORK, 0, 0, context->handle, body, arg);
}

pid_t library_spawn(struct context *context, char *const argv[])
{
    CALL(child_spawn, OP_SPAWN, 0, 0, context->handle, argv);
}

int library_watch(struct context *context, pid_t pid)
{
    CALL(child_watch, OP_WATCH, pid, 0, context->handle, pid);
}

int library_forget(struct context *context, pid_t pid)
{
    CALL(child_forget, OP_FORGET, pid, 0, context->handle, pid);
}

int library_kill(struct context *context, pid_t pid, int signal)
{
    CALL(child_kill, OP_KILL, pid, signal, context->handle, pid, signal);
}

int library_told_reaped(struct context *context, pid_t pid, int wait_status)
{
    CALL(told_reaped, OP_TOLD_REAPED, pid, wait_status, context->handle, pid, wait_status);
}

int library_told_sigchld(struct context *context)
{
    CALL(told_sigchld, OP_TOLD_SIGCHLD, 0, 0, context->handle);
}

int library_postfork(struct context *context)
{
    CALL(postfork, OP_POSTFORK, 0, 0, context->handle);
}

int library_carefd_open(struct context *context, const char *path, void **carefd)
{
    CALL(carefd_open, OP_CAREFD, 0, 0, context->handle, path, carefd);
}

int library_carefd_close(const struct library *library, void *carefd)
{
    const struct context *context = &(struct context){.index = -1, .library = library};

    CALL(carefd_close, OP_SHUT, 0, 0, carefd);
}

/* A turn in which nothing is heard of is not written down: there are too many of them. */
static __thread struct {
    bool under_way, noted;
    int ctx;
    enum event_library library;
} turn;

int library_run(struct context *context, int timeout_ms)
{
    bool guarded = guard_enter();
    int zone = probe_enter_library(context->library->number), result;

    turn.under_way = true;
    turn.noted = false;
    turn.ctx = context->index;
    turn.library = context->library->number;
    result = context->library->adapter->run(context->handle, timeout_ms);
    turn.under_way = false;
    probe_leave(zone);
    if (turn.noted)
        output_event(&(struct event){.kind = EVENT_LEAVE,
                                     .what = OP_RUN,
                                     .ctx = (int16_t)turn.ctx,
                                     .library = (uint8_t)turn.library & 0xf,
                                     .result = result,
                                     .error = (int16_t)(result < 0 ? -result : 0)});
    guard_leave(guarded);
    return result;
}

void library_note_turn(void)
{
    if (!turn.under_way || turn.noted)
        return;
    turn.noted = true;
    output_event(&(struct event){.kind = EVENT_ENTER,
                                 .what = OP_RUN,
                                 .ctx = (int16_t)turn.ctx,
                                 .library = (uint8_t)turn.library & 0xf});
}

int library_wake(struct context *context)
{
    return context->library->adapter->wake(context->handle);
}
