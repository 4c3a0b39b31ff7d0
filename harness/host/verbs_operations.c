/* SPDX-License-Identifier: MIT */
/* Requests about asynchronous operations. */
#include "host/verbs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/heard.h"
#include "host/library.h"
#include "host/things.h"

/* The options behind KIND and HOW. */
static bool read_options(struct request *request, struct operation *operation)
{
    for (int i = 6; i < request->words; i++) {
        const char *word = request->word[i];

        if (strncmp(word, "user=", 5) == 0) {
            operation->how.user = strtoull(word + 5, NULL, 0);
        } else if (strncmp(word, "progress-user=", 14) == 0) {
            operation->progress.user = strtoull(word + 14, NULL, 0);
        } else if (strcmp(word, "progress=callback") == 0 || strcmp(word, "progress=event") == 0) {
            operation->wants_progress = true;
            operation->progress.kind = word[9] == 'c' ? RC_HOW_CALLBACK : RC_HOW_EVENT;
        } else if (strncmp(word, "limit=", 6) == 0) {
            operation->arguments.limit_us = strtoll(word + 6, NULL, 10);
        } else if (strncmp(word, "subject=", 8) == 0) {
            struct subject *subject = subject_find(word + 8);

            if (subject == NULL) {
                request_error(request, -ENOENT, "no subject %s", word + 8);
                return false;
            }
            operation->arguments.subject = &subject->rc;
        } else {
            request_error(request, -EINVAL, "operation does not know %s", word);
            return false;
        }
    }
    return true;
}

static bool read_all(struct request *request, struct operation *operation)
{
    int64_t kind, how;

    if (!word_listed(request, request->word[4], FORM_KIND, &kind) ||
        !word_listed(request, request->word[5], FORM_HOW, &how))
        return false;
    operation->kind = (enum rc_operation)kind;
    operation->how.kind = (enum rc_how_kind)how;
    operation->how.for_callback = &operation->ended;
    operation->progress.for_callback = &operation->told;
    return read_options(request, operation);
}

void verb_operation(struct request *request)
{
    struct context *context = word_context(request, request->word[1]);
    struct operation *operation;
    char word[32];
    long number;
    bool synchronous;
    int rc;

    if (context == NULL || !word_name(request, request->word[2]) ||
        !word_number(request, request->word[3], 1, INT_MAX, &number))
        return;
    operation = operation_new(request->word[2], (int)number, context);
    if (operation == NULL) {
        request_error(request, -ENOSPC, "a host keeps %d operations", OPERATIONS);
        return;
    }
    if (!read_all(request, operation)) {
        thing_set(&operation->thing, THING_FREE);
        return;
    }
    rc = operation_equip(operation);
    if (rc < 0) {
        thing_set(&operation->thing, THING_OVER);
        request_error(request, rc, NULL);
        return;
    }
    synchronous = operation->how.kind == RC_HOW_SYNCHRONOUS;
    thing_set(&operation->thing, THING_LIVE);
    rc = library_operation(operation);
    if (synchronous || rc != 0)
        thing_set(&operation->thing, THING_OVER);
    if (synchronous && rc != -ENOSYS)
        request_ok(request, "result=%s", heard_result(rc, word));
    else if (rc != 0)
        request_error(request, rc, NULL);
    else
        request_ok(request, NULL);
}

static struct operation *word_operation(struct request *request)
{
    struct operation *operation = operation_find(request->word[1]);

    if (operation == NULL)
        request_error(request, -ENOENT, "no operation %s", request->word[1]);
    return operation;
}

void verb_abort(struct request *request)
{
    struct operation *operation = word_operation(request);

    if (operation != NULL && ctx_is_open(request, &operation->thing))
        request_result(request, library_abort(operation));
}

void verb_finish(struct request *request)
{
    struct operation *operation = word_operation(request);
    bool exits = strcmp(request->word[2], "exit") == 0;
    char order[32];
    long number;

    if (operation == NULL)
        return;
    if (!exits && strcmp(request->word[2], "signal") != 0) {
        request_error(request, -EINVAL, "it finishes by exit N or signal N");
        return;
    }
    if (!word_number(request, request->word[3], 0, 255, &number))
        return;
    snprintf(order, sizeof order, "%s %ld", request->word[2], number);
    request_result(request, operation_order(operation, order));
}

void verb_say(struct request *request)
{
    struct operation *operation = word_operation(request);
    char order[200] = "say";
    size_t length = strlen(order);

    for (int i = 2; operation != NULL && i < request->words && length < sizeof order; i++)
        length += (size_t)snprintf(order + length, sizeof order - length, " %s", request->word[i]);
    if (operation != NULL)
        request_result(request, operation_order(operation, order));
}

void verb_unlock(struct request *request)
{
    struct operation *operation = word_operation(request);

    if (operation != NULL)
        request_result(request, operation_unlock(operation));
}
