/* SPDX-License-Identifier: MIT */
/* Steps about events, operations and event loops in the words of the protocol. */
#include <stdio.h>
#include "runner/events.h"
#include "script/words.h"

enum { ROOM = 1024 }; /* for fds, where a script does not say */

/* "any" or the number. */
static const char *user_word(const struct step *step, char word[24])
{
    snprintf(word, 24, "any");
    if (step->user_given)
        snprintf(word, 24, "%llu", (unsigned long long)step->user);
    return word;
}

static void operation_words(struct stage *stage, const struct step *step, char *words, size_t size)
{
    static const char *const kinds[] = {"program", "helper", "lock", "end"};
    int number = 0, n;

    operation_named(stage, step->operation, &number);
    n = snprintf(words, size, "operation %s %s %d %s %s", step->ctx, step->operation, number,
                 kinds[step->kind],
                 step->synchronous  ? "synchronous"
                 : step->user_given ? "event"
                                    : "callback");
    if (step->user_given)
        n += snprintf(words + n, size - (size_t)n, " user=%llu", (unsigned long long)step->user);
    if (step->wants_progress)
        n += snprintf(words + n, size - (size_t)n, " progress=%s",
                      step->progress_given ? "event" : "callback");
    if (step->progress_given)
        n += snprintf(words + n, size - (size_t)n, " progress-user=%llu",
                      (unsigned long long)step->progress_user);
    if (step->limited)
        n += snprintf(words + n, size - (size_t)n, " limit=%lld", (long long)step->span_us);
    if (*step->subject)
        snprintf(words + n, size - (size_t)n, " subject=%s", step->subject);
}

static void callbacks_words(const struct step *step, char *words, size_t size)
{
    unsigned long long types = step->all ? ~0ULL : step->types;

    snprintf(words, size, "callbacks %s %llu%s", step->ctx, types,
             step->no_disaster ? " without-disaster" : "");
}

/* What is fetched: its types and its user. */
static void fetch_words(const struct step *step, const char *verb, char *words, size_t size)
{
    char user[24];

    if (step->types)
        snprintf(words, size, "%s %s %llu %s", verb, step->ctx, (unsigned long long)step->types,
                 user_word(step, user));
    else
        snprintf(words, size, "%s %s any %s", verb, step->ctx, user_word(step, user));
}

static void poll_words(const struct step *step, char *words, size_t size)
{
    long long timeout_ms = step->span_us ? (long long)step->span_us / 1000 : -1;

    snprintf(words, size, "beforepoll %s %d %lld", step->ctx, step->room ? step->count : ROOM,
             timeout_ms);
}

bool events_words(struct stage *stage, const struct step *step, char *words, size_t size)
{
    int number = 0;

    switch (step->verb) {
    case VERB_ENABLE:
        snprintf(words, size, "enable %s %s %zu %s %llu", step->ctx, step->evgen,
                 stage->events->evgen_count, step->subject, (unsigned long long)step->user);
        return true;
    case VERB_DISABLE:
        snprintf(words, size, "disable %s", step->evgen);
        return true;
    case VERB_CALLBACKS:
        callbacks_words(step, words, size);
        return true;
    case VERB_CHECK:
    case VERB_WAIT:
        fetch_words(step, step->verb == VERB_CHECK ? "check" : "wait", words, size);
        return true;
    case VERB_OPERATION:
        operation_words(stage, step, words, size);
        return true;
    case VERB_ABORT:
        snprintf(words, size, "abort %s", step->operation);
        return true;
    case VERB_BEFOREPOLL:
        poll_words(step, words, size);
        return true;
    case VERB_POLL:
        snprintf(words, size, "poll %s%s", step->ctx, step->at_once ? " 0" : "");
        return true;
    case VERB_AFTERPOLL:
        snprintf(words, size, "afterpoll %s", step->ctx);
        return true;
    case VERB_HOOKS:
        snprintf(words, size, "hooks %s", step->ctx);
        return true;
    case VERB_WATCH:
        watch_named(stage, step->watch, &number);
        snprintf(words, size, "observe %s %s %d %s%s%s", step->ctx, step->watch, number,
                 words_of(words_events, step->condition), *step->like ? "=" : "", step->like);
        return true;
    case VERB_TIMER:
        watch_named(stage, step->watch, &number);
        snprintf(words, size, "timer %s %s %d %lld", step->ctx, step->watch, number,
                 (long long)step->span_us);
        return true;
    case VERB_REWATCH:
        snprintf(words, size, "reobserve %s %s", step->watch,
                 words_of(words_events, step->condition));
        return true;
    case VERB_UNWATCH:
        snprintf(words, size, "unobserve %s", step->watch);
        return true;
    default:
        return false;
    }
}

const char *events_key(const struct step *block, char key[32])
{
    snprintf(key, 32, "%s%s",
             *block->operation ? block->operation
             : *block->watch   ? block->watch
             : *block->ctx     ? block->ctx
                               : block->child,
             *block->operation && block->condition == CONDITION_TELLS ? ":told"
             : block->no_disaster                                     ? ":dire"
             : block->condition == CONDITION_HOOKED                   ? ":hook"
                                                                      : "");
    return key;
}
