/* SPDX-License-Identifier: MIT */
/*
 * Every call of the adapter goes through here, so that each is written down as it starts and ends
 * and is made in the library's zone.
 */
#ifndef REAPCHECK_HOST_LIBRARY_H
#define REAPCHECK_HOST_LIBRARY_H

#include "history/event.h"
#include "host/context.h"

#pragma GCC visibility push(hidden)

/* An implementation that the host drives. */
struct library {
    const struct rc_adapter *adapter;
    enum event_library number; /* in the log: LIBRARY_UNKNOWN where it is the only one */
};

/* Takes the adapter that is linked in, if there is one, and those that shared objects bring (ends
 * with NULL): one, or the two of a pair. False if there is none to be driven, having written why.
 */
bool library_load(char *const *objects, char *why, size_t size);
/* "one" or "two"; NULL: the one, or the first. NULL where there is none such. */
const struct library *library_named(const char *word);
/* Every adapter offers wake. */
bool library_wakes(void);
/* Says `hello` and the limits, for each. */
void library_announce(bool probe);

/* As the members of struct rc_adapter; -ENOSYS where that is not offered. */
int library_open(struct context *context);
int library_close(struct context *context);
int library_owner(struct context *context, enum rc_owner owner);
pid_t library_fork(struct context *context, void (*body)(void *), void *arg);
pid_t library_spawn(struct context *context, char *const argv[]);
int library_watch(struct context *context, pid_t pid);
int library_forget(struct context *context, pid_t pid);
int library_kill(struct context *context, pid_t pid, int signal);
int library_run(struct context *context, int timeout_ms);
/* Something is heard of on this thread: the turn that it falls into, if any, is written down. */
void library_note_turn(void);
/* Only where library_wakes. */
int library_wake(struct context *context);
int library_told_reaped(struct context *context, pid_t pid, int wait_status);
int library_told_sigchld(struct context *context);
int library_postfork(struct context *context);
int library_carefd_open(struct context *context, const char *path, void **carefd);
int library_carefd_close(const struct library *library, void *carefd);

/* -- library_events.c: adapter_events.h -- */

/* A call of the adapter on its way: what the history says of it. */
struct library_call {
    const struct library *library;
    enum event_op op;
    int ctx, subject;
    int64_t value, extra;
    uint32_t spare, text;
    int zone;
    bool guarded;
};
void library_enter(struct library_call *call);
int library_leave(struct library_call *call, int result);

struct evgen;
struct operation;
struct subject;
struct watch;
struct pollfd;
struct rc_criteria;
struct rc_event;
struct rc_os_hooks;

/* Whether a library has something, and the word that says so. */
struct library_offer {
    bool there;
    const char *word;
};
/* Adds the words of what is there to a list with commas. */
void library_add_offers(const struct library_offer *offers, size_t offers_count, char *words,
                        size_t size);
/* Adds the words for what there is of adapter_events.h, in the list of `hello`. */
void library_offers(const struct library *library, char *words, size_t size);
/* What there is of it; NULL: nothing. */
const struct rc_events *library_events(const struct context *context);

/* As the members of struct rc_events; -ENOSYS where that is not offered. user: as the history has
 * it, -1 for any. */
int library_check(struct context *context, const struct rc_criteria *criteria, int64_t user,
                  struct rc_event *event);
int library_wait(struct context *context, const struct rc_criteria *criteria, int64_t user,
                 struct rc_event *event);
void library_free_event(struct context *context, struct rc_event *event);
int library_callbacks(struct context *context, uint64_t types, bool with_disaster);
int library_enable(struct evgen *evgen, const struct subject *subject, uint64_t user);
int library_disable(struct evgen *evgen);
int library_operation(struct operation *operation);
int library_abort(struct operation *operation);
int library_hooks(struct context *context, const struct rc_os_hooks *hooks);
/* registration: as the history has it. */
void library_occurred_fd(struct context *context, int64_t registration, void *for_library, int fd,
                         short events, short revents);
void library_occurred_timeout(struct context *context, int64_t registration, void *for_library);
int library_beforepoll(struct context *context, int *nfds, struct pollfd *fds, int *timeout_ms,
                       int64_t now_us);
int library_afterpoll(struct context *context, int nfds, struct pollfd *fds, int64_t now_us);
int library_fd_watch(struct watch *watch, short events);
int library_fd_change(struct watch *watch, short events);
int library_timeout_watch(struct watch *watch, int64_t due_us);
int library_unwatch(struct watch *watch);

#pragma GCC visibility pop
#endif
