/* SPDX-License-Identifier: MIT */
/*
 * The callbacks of adapter_events.h. Each is in the history as it begins, and all but that of a
 * watch as it returns: what is done inside it, and whether the library waits for it, can be seen
 * there. What a script keeps for a callback is done first, then the runner is told, as with those
 * of children (context.c).
 */
#include "host/heard.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include "history/words.h"
#include "host/lane.h"
#include "host/library.h"
#include "host/loop.h"
#include "host/output.h"
#include "host/request.h"
#include "host/things.h"
#include "probe/probe.h"

#define OFFERED __attribute__((visibility("default")))

const char *heard_result(int result, char word[32])
{
    const char *name = result < 0 ? strerrorname_np(-result) : NULL;

    if (result == 0)
        return "ok";
    if (name != NULL)
        return name;
    snprintf(word, 32, "%d", result);
    return word;
}

static void text_of(const struct rc_event *event, char text[HEARD_WORDS])
{
    text[0] = '\0';
    if (event->type == RC_EVENT_PROGRESS && event->text != NULL)
        snprintf(text, HEARD_WORDS / 2, "%s", event->text);
    else if (event->type == RC_EVENT_VANISHED)
        snprintf(text, HEARD_WORDS / 2, "%s", event->path != NULL ? event->path : "no path");
    else if (event->type < RC_EVENT_COMPLETE && subject_of(event) == 0)
        snprintf(text, HEARD_WORDS / 2, "id %ld", event->id);
}

const char *heard_words(const struct rc_event *event, char words[HEARD_WORDS])
{
    char text[HEARD_WORDS], type[32], word[32];

    word_write(FORM_TYPE, event->type, type, sizeof type);
    text_of(event, text);
    snprintf(words, HEARD_WORDS, "type=%s user=%llu of=%d result=%s %.*s", type,
             (unsigned long long)event->user, subject_of(event),
             heard_result(event->type == RC_EVENT_COMPLETE ? event->result : 0, word),
             HEARD_WORDS / 2, text);
    return words;
}

void heard_event(const struct context *context, enum event_way way, int operation,
                 const struct rc_event *event)
{
    char text[HEARD_WORDS];

    operation_came(context, event);
    text_of(event, text);
    output_event(&(struct event){
        .kind = EVENT_GOT,
        .what = (uint8_t)way,
        .ctx = (int16_t)context->index,
        .subject = way == WAY_PROGRESS ? operation : subject_of(event),
        .value = (int64_t)event->user,
        .extra = event->type,
        .result = event->type == RC_EVENT_COMPLETE ? event->result : 0,
        .text = text[0] != '\0' ? output_text(text) : 0,
    });
}

static int enter(void)
{
    library_note_turn();
    lane_heard();
    return probe_enter(ZONE_APPLICATION);
}

static void leave(struct context *context, enum event_way way, int subject, int zone)
{
    output_event(&(struct event){.kind = EVENT_RETURNED,
                                 .what = (uint8_t)way,
                                 .ctx = (int16_t)(context != NULL ? context->index : -1),
                                 .subject = subject});
    probe_leave(zone);
}

void heard_occurs(void *user, const struct rc_event *given)
{
    struct context *context = user;
    struct rc_event event = *given;
    char words[HEARD_WORDS];
    int zone = enter(), subject = subject_of(&event);

    heard_event(context, WAY_CALLBACK, 0, &event);
    request_do_kept_for(context->name);
    output_line("event got ctx=%s %s", context->name, heard_words(&event, words));
    library_free_event(context, &event);
    leave(context, WAY_CALLBACK, subject, zone);
}

OFFERED void reapcheck_completed(void *for_callback, int result)
{
    struct operation *operation = operation_ended(for_callback);
    struct context *context = operation != NULL ? operation->thing.context : NULL;
    int zone = enter(), number = operation != NULL ? operation->thing.number : 0;
    char word[32];

    output_event(&(struct event){.kind = EVENT_COMPLETED,
                                 .ctx = (int16_t)(context != NULL ? context->index : -1),
                                 .subject = number,
                                 .result = result,
                                 .error = (int16_t)(result < 0 ? -result : 0)});
    if (operation != NULL) {
        thing_set(&operation->thing, THING_OVER);
        request_do_kept_for(operation->thing.name);
    }
    output_line("event completed operation=%d result=%s", number, heard_result(result, word));
    leave(context, WAY_COMPLETE, number, zone);
}

OFFERED void reapcheck_progressed(void *for_callback, const struct rc_event *given)
{
    struct operation *operation = operation_told(for_callback);
    struct context *context = operation != NULL ? operation->thing.context : NULL;
    int zone = enter(), number = operation != NULL ? operation->thing.number : 0;
    struct rc_event event = *given;
    const struct context nobody = {.index = -1};
    char key[KEPT_KEY] = "";

    heard_event(context != NULL ? context : &nobody, WAY_PROGRESS, number, &event);
    if (operation != NULL) {
        snprintf(key, sizeof key, "%s:told", operation->thing.name);
        request_do_kept_for(key);
    }
    output_line("event told operation=%d %s", number, event.text != NULL ? event.text : "");
    if (context != NULL)
        library_free_event(context, &event);
    leave(context, WAY_PROGRESS, number, zone);
}

/* What an application does about an fd that is ready: it reads what there is to be read, and wants
 * to hear no more of what would else be told for ever. */
static void attend(struct watch *watch, int fd, short events, short revents)
{
    short wanted = revents & (POLLERR | POLLHUP | POLLNVAL) ? 0 : (short)(events & ~POLLOUT);
    char byte;

    while (revents & POLLIN && probe_real.read(fd, &byte, 1) == 1)
        ;
    if (!watch->is_timer && revents & ~POLLIN && wanted != events)
        library_fd_change(watch, wanted);
}

/* An fd that is said to be ready, and is not. */
static bool is_unready(int fd, short revents)
{
    struct pollfd now = {.fd = fd, .events = revents};

    return fd >= 0 && revents != 0 && probe_real.poll(&now, 1, 0) == 0;
}

OFFERED void reapcheck_watched(void *for_callback, int fd, short events, short revents)
{
    struct watch *watch = watch_ready(for_callback);
    int number = watch != NULL ? watch->thing.number : 0;
    int zone = enter();

    output_event(&(struct event){.kind = EVENT_WATCHED,
                                 .ctx = (int16_t)(watch != NULL ? watch->thing.context->index : -1),
                                 .subject = number,
                                 .value = fd,
                                 .extra = events,
                                 .spare = (uint16_t)revents,
                                 .result = is_unready(fd, revents)});
    if (watch != NULL) {
        attend(watch, fd, events, revents);
        request_do_kept_for(watch->thing.name);
    }
    output_line("event watched watch=%d events=%d revents=%d", number, events, revents);
    probe_leave(zone);
}
