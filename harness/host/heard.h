/* SPDX-License-Identifier: MIT */
/* What the host hears of events, operations and watches. */
#ifndef REAPCHECK_HOST_HEARD_H
#define REAPCHECK_HOST_HEARD_H

#include "adapter_events.h"
#include "history/event.h"
#include "host/context.h"

#pragma GCC visibility push(hidden)

enum { HEARD_WORDS = 512 };

/* Puts an event into the history: how it came, and of which operation (0: see there). */
void heard_event(const struct context *context, enum event_way way, int operation,
                 const struct rc_event *event);
/* The event in the words of the protocol: type= user= of= result= text. */
const char *heard_words(const struct rc_event *event, char words[HEARD_WORDS]);
/* "ok", or the name of an error. */
const char *heard_result(int result, char word[32]);
/* Of rc_callbacks: an event that event_callbacks asked for. */
void heard_occurs(void *user, const struct rc_event *event);

#pragma GCC visibility pop
#endif
