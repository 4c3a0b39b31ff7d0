/* SPDX-License-Identifier: MIT */
/*
 * Things of events by name and number. A thing is named before the request that makes it, so that
 * what the library says of it meanwhile can be told; a name that is given again is another thing.
 */
#include "runner/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Arrays that grow by powers of two. */
#define GROW(array, count)                                                                         \
    (((count) & ((count)-1)) ? (array)                                                             \
                             : realloc(array, ((count) ? 2 * (count) : 1) * sizeof *(array)))

bool events_start(struct stage *stage)
{
    stage->events = calloc(1, sizeof(*stage->events));
    return stage->events != NULL;
}

void events_clear(struct stage *stage)
{
    struct events *events = stage->events;

    if (!events)
        return;
    subjects_clear(stage);
    free(events->subjects);
    free(events->operations);
    free(events->watches);
    free(events->evgens);
    free(events->words);
    free(events);
    stage->events = NULL;
}

/* The latest of that name. */
#define NAMED(array, count)                                                                        \
    for (size_t i = (count); i-- > 0;)                                                             \
        if (strcmp((array)[i].name, name) == 0) {                                                  \
            if (number)                                                                            \
                *number = (int)i + 1;                                                              \
            return &(array)[i];                                                                    \
        }                                                                                          \
    return NULL

struct thing_subject *subject_named(struct stage *stage, const char *name, int *number)
{
    NAMED(stage->events->subjects, stage->events->subject_count);
}

struct thing_operation *operation_named(struct stage *stage, const char *name, int *number)
{
    NAMED(stage->events->operations, stage->events->operation_count);
}

struct thing_watch *watch_named(struct stage *stage, const char *name, int *number)
{
    NAMED(stage->events->watches, stage->events->watch_count);
}

static void note_name(struct stage *stage, struct event event, const char *name)
{
    event.text = log_text(stage->log, name);
    log_append(stage->log, &event);
}

static bool name_evgen(struct stage *stage, const struct step *step, const struct stage_ctx *ctx)
{
    struct events *events = stage->events;
    void *grown = GROW(events->evgens, events->evgen_count);
    int about = 0;

    if (!grown)
        return false;
    events->evgens = grown;
    snprintf(events->evgens[events->evgen_count].name, SCRIPT_NAME, "%s", step->evgen);
    events->evgens[events->evgen_count++].ctx = ctx->index;
    subject_named(stage, step->subject, &about);
    note_name(stage,
              (struct event){.kind = EVENT_EVGEN,
                             .ctx = (int16_t)ctx->index,
                             .subject = (int32_t)events->evgen_count,
                             .value = step->user,
                             .extra = about},
              step->evgen);
    return true;
}

static bool name_operation(struct stage *stage, const struct step *step,
                           const struct stage_ctx *ctx)
{
    struct events *events = stage->events;
    void *grown = GROW(events->operations, events->operation_count);
    struct thing_operation *operation;

    if (!grown)
        return false;
    events->operations = grown;
    operation = &events->operations[events->operation_count++];
    *operation = (struct thing_operation){.host = stage->host,
                                          .ctx = ctx->index,
                                          .kind = step->kind,
                                          .synchronous = step->synchronous};
    snprintf(operation->name, sizeof(operation->name), "%s", step->operation);
    snprintf(operation->subject, sizeof(operation->subject), "%s", step->subject);
    note_name(stage,
              (struct event){.kind = EVENT_OPERATION,
                             .ctx = (int16_t)ctx->index,
                             .subject = (int32_t)events->operation_count,
                             .extra = step->kind,
                             .what = step->synchronous  ? RC_HOW_SYNCHRONOUS
                                     : step->user_given ? RC_HOW_EVENT
                                                        : RC_HOW_CALLBACK,
                             .value = step->user,
                             .error = (int16_t)(step->progress_given   ? RC_HOW_EVENT
                                                : step->wants_progress ? RC_HOW_CALLBACK
                                                                       : RC_HOW_SYNCHRONOUS),
                             .result = step->progress_user},
              step->operation);
    return true;
}

static bool name_watch(struct stage *stage, const struct step *step, const struct stage_ctx *ctx)
{
    struct events *events = stage->events;
    void *grown = GROW(events->watches, events->watch_count);
    struct thing_watch *watch;

    if (!grown)
        return false;
    events->watches = grown;
    watch = &events->watches[events->watch_count++];
    *watch = (struct thing_watch){
        .host = stage->host, .ctx = ctx->index, .is_timer = step->verb == VERB_TIMER};
    snprintf(watch->name, sizeof(watch->name), "%s", step->watch);
    note_name(stage,
              (struct event){.kind = EVENT_WATCH,
                             .ctx = (int16_t)ctx->index,
                             .subject = (int32_t)events->watch_count},
              step->watch);
    return true;
}

bool events_prepare(struct stage *stage, const struct step *step)
{
    const struct stage_ctx *ctx = *step->ctx ? stage_ctx(stage, step->ctx) : NULL;
    bool named = true;

    if (!ctx)
        return true;
    if (step->verb == VERB_ENABLE)
        named = name_evgen(stage, step, ctx);
    else if (step->verb == VERB_OPERATION)
        named = name_operation(stage, step, ctx);
    else if (step->verb == VERB_WATCH || step->verb == VERB_TIMER)
        named = name_watch(stage, step, ctx);
    if (!named)
        stage_break(stage, "out of memory");
    return named;
}

struct stage_ctx *events_ctx(struct stage *stage, const struct step *step)
{
    const struct events *events = stage->events;
    const struct thing_operation *operation =
        *step->operation ? operation_named(stage, step->operation, NULL) : NULL;
    const struct thing_watch *watch = *step->watch ? watch_named(stage, step->watch, NULL) : NULL;

    if (operation)
        return &stage->ctxs[operation->ctx];
    if (watch)
        return &stage->ctxs[watch->ctx];
    for (size_t i = *step->evgen ? events->evgen_count : 0; i-- > 0;)
        if (strcmp(events->evgens[i].name, step->evgen) == 0)
            return &stage->ctxs[events->evgens[i].ctx];
    return NULL;
}

void events_done(struct stage *stage, const struct step *step, struct lane *lane,
                 struct request *request)
{
    struct thing_operation *operation;
    struct thing_watch *watch;
    struct stage_ctx *ctx;

    switch (step->verb) {
    case VERB_CHECK:
    case VERB_WAIT:
        if (lane)
            snprintf(lane->got, sizeof(lane->got), "%.255s", request->ok ? request->answer : "");
        break;
    case VERB_OPERATION:
        operation = operation_named(stage, step->operation, NULL);
        operation->started = request->ok;
        operation->finished = !request->ok;
        if (operation->synchronous) {
            operation->completed = true;
            wire_value(request->answer, "result", operation->result, sizeof(operation->result));
        }
        break;
    case VERB_WATCH:
    case VERB_TIMER:
        watch_named(stage, step->watch, NULL)->there = request->ok;
        break;
    case VERB_UNWATCH:
        watch = watch_named(stage, step->watch, NULL);
        watch->there = watch->there && !request->ok;
        break;
    case VERB_BEFOREPOLL:
    case VERB_POLL:
        ctx = stage_own_ctx(stage, step->ctx);
        if (ctx)
            snprintf(step->verb == VERB_POLL ? ctx->polled : ctx->asked, sizeof(ctx->asked),
                     "%.63s", request->answer);
        break;
    default:
        break;
    }
}

/* -- what callbacks say -- */

static void keep_word(struct stage *stage, enum word_kind kind, int number, const char *text)
{
    struct events *events = stage->events;
    struct word *grown = GROW(events->words, events->word_count);

    if (!grown)
        return stage_break(stage, "out of memory");
    events->words = grown;
    events->words[events->word_count] = (struct word){.kind = kind, .number = number};
    snprintf(events->words[events->word_count++].text, THING_WORDS, "%s", text);
}

static void take_completion(struct stage *stage, const char *line)
{
    struct events *events = stage->events;
    size_t number = (size_t)wire_number(line, "operation", 0);
    struct thing_operation *operation;

    events->completions++;
    if (number == 0 || number > events->operation_count)
        return;
    operation = &events->operations[number - 1];
    if (!operation->completed) /* of a second one an oracle speaks */
        wire_value(line, "result", operation->result, sizeof(operation->result));
    operation->completed = true;
}

bool events_take(struct stage *stage, const char *line)
{
    char name[SCRIPT_NAME] = "";
    struct stage_ctx *ctx;
    int number;

    if (strncmp(line, "got ", 4) == 0) {
        wire_value(line, "ctx", name, sizeof(name));
        ctx = stage_ctx(stage, name);
        keep_word(stage, WORD_EVENT, ctx ? ctx->index : -1, line + 4);
    } else if (strncmp(line, "completed ", 10) == 0) {
        take_completion(stage, line + 10);
    } else if (strncmp(line, "told ", 5) == 0) {
        number = (int)wire_number(line + 5, "operation", 0);
        line += 5 + strcspn(line + 5, " ");
        keep_word(stage, WORD_LINE, number, line + (*line == ' '));
    } else if (strncmp(line, "watched ", 8) == 0) {
        number = (int)wire_number(line + 8, "watch", 0);
        if (number > 0 && (size_t)number <= stage->events->watch_count)
            stage->events->watches[number - 1].fired = true;
        keep_word(stage, WORD_READY, number, line + 8);
    } else {
        return false;
    }
    return true;
}

size_t events_progress(const struct stage *stage)
{
    size_t back = 0;

    for (size_t i = 0; i < stage->lane_count; i++)
        back += stage->lanes[i].pending && stage->lanes[i].pending->done;
    return stage->events->word_count + stage->events->completions + back;
}
