/* SPDX-License-Identifier: MIT */
/* The verbs of the protocol, by whom they concern. */
#ifndef REAPCHECK_HOST_VERBS_H
#define REAPCHECK_HOST_VERBS_H

#include "history/fields.h"
#include "host/children.h"
#include "host/context.h"
#include "host/request.h"

#pragma GCC visibility push(hidden)

/* Finds the verb of the request and does it, or answers why not. */
void verb_do(struct request *request);

/* Words of a request. Each answers the request with an error and returns false (NULL, 0) where
 * the word is not what it should be. */
bool word_number(struct request *request, const char *word, long least, long most, long *number);
bool word_signal(struct request *request, const char *word, int *signal);
bool word_name(struct request *request, const char *word);
bool word_owner(struct request *request, const char *word, enum rc_owner *owner);
bool word_ending(struct request *request, const char *word, struct ending *ending);
struct context *word_context(struct request *request, const char *word);
/* A word that the history has, too (history/words.h). */
bool word_listed(struct request *request, const char *word, enum form form, int64_t *value);
pid_t word_child(struct request *request, const char *word);
/* The same where the ctx of the thing is closed: the library has nothing of it any more. */
struct thing;
bool ctx_is_open(struct request *request, const struct thing *thing);

/* To the library: verbs_library.c */
void verb_open(struct request *request);
void verb_close(struct request *request);
void verb_owner(struct request *request);
void verb_fork(struct request *request);
void verb_spawn(struct request *request);
void verb_watch(struct request *request);
void verb_forget(struct request *request);
void verb_signal(struct request *request);
void verb_tell_reaped(struct request *request);
void verb_tell_sigchld(struct request *request);
void verb_postfork(struct request *request);

/* As the application around it: verbs_application.c */
void verb_foreign(struct request *request);
void verb_waitpid(struct request *request);
void verb_action(struct request *request);
void verb_mask(struct request *request);
void verb_blocked(struct request *request);
void verb_raise(struct request *request);
void verb_disposition(struct request *request);
void verb_system(struct request *request);
void verb_popen(struct request *request);
void verb_popen_open(struct request *request);
void verb_popen_close(struct request *request);
void verb_forked(struct request *request);

/* Fds of both: verbs_fds.c */
void verb_carefd(struct request *request);
void verb_file(struct request *request);
void verb_shut(struct request *request);

/* Events: verbs_events.c */
void verb_subject(struct request *request);
void verb_change(struct request *request);
void verb_enable(struct request *request);
void verb_disable(struct request *request);
void verb_check(struct request *request);
void verb_wait(struct request *request);
void verb_callbacks(struct request *request);

/* Operations: verbs_operations.c */
void verb_operation(struct request *request);
void verb_abort(struct request *request);
void verb_finish(struct request *request);
void verb_say(struct request *request);
void verb_unlock(struct request *request);

/* Event loops: verbs_loop.c */
void verb_clock(struct request *request);
void verb_habit(struct request *request);
void verb_refuse(struct request *request);
void verb_registrations(struct request *request);
void verb_beforepoll(struct request *request);
void verb_poll(struct request *request);
void verb_afterpoll(struct request *request);
void verb_hooks(struct request *request);

/* Fds and timeouts of the application's in a ctx: verbs_watches.c */
void verb_observe(struct request *request);
void verb_timer(struct request *request);
void verb_reobserve(struct request *request);
void verb_unobserve(struct request *request);
void verb_feed(struct request *request);
void verb_drain(struct request *request);
void verb_hang_up(struct request *request);

/* To the host itself: verbs_host.c */
void verb_lane(struct request *request);
void verb_unlane(struct request *request);
void verb_order(struct request *request);
void verb_pause(struct request *request);
void verb_resume(struct request *request);
void verb_turn(struct request *request);
void verb_together(struct request *request);
void verb_when(struct request *request);
void verb_quit(struct request *request);

#pragma GCC visibility pop
#endif
