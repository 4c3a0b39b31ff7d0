/* SPDX-License-Identifier: MIT */
/* Requests about events and what they are about. */
#include "host/verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/heard.h"
#include "host/library.h"
#include "host/things.h"

/* A number of 64 bits; -1 where the word is `any`. */
static bool word_user(struct request *request, const char *word, int64_t *user)
{
    char *end;

    errno = 0;
    *user = strcmp(word, "any") == 0 ? -1 : (int64_t)strtoull(word, &end, 0);
    if (*user == -1 || (errno == 0 && end != word && *end == '\0'))
        return true;
    request_error(request, -EINVAL, "%s is no number", word);
    return false;
}

/* -- subjects -- */

/* What the runner has made: an id or a path. Else the adapter makes it. */
static int make(struct request *request, struct subject *subject)
{
    const struct rc_events *events = library_named(NULL)->adapter->events;

    for (int i = 4; i < request->words; i++) {
        if (strncmp(request->word[i], "id=", 3) == 0)
            subject->rc.id = strtol(request->word[i] + 3, NULL, 10);
        else if (strncmp(request->word[i], "path=", 5) == 0)
            snprintf(subject->path, sizeof subject->path, "%s", request->word[i] + 5);
    }
    subject->rc.path = subject->path[0] != '\0' ? subject->path : NULL;
    if (request->words > 4)
        return 0;
    if (events == NULL || events->subject_make == NULL)
        return -ENOSYS;
    return events->subject_make(subject->rc.kind, request->word[1], &subject->rc);
}

void verb_subject(struct request *request)
{
    struct subject *subject;
    int64_t kind;
    long number;
    int rc;

    if (!word_name(request, request->word[1]) ||
        !word_number(request, request->word[2], 1, INT_MAX, &number) ||
        !word_listed(request, request->word[3], FORM_ABOUT, &kind))
        return;
    subject = subject_new(request->word[1], (int)number);
    if (subject == NULL) {
        request_error(request, -ENOSPC, "a host knows %d subjects", SUBJECTS);
        return;
    }
    subject->rc.kind = (enum rc_subject_kind)kind;
    rc = make(request, subject);
    thing_set(&subject->thing, rc < 0 ? THING_FREE : THING_LIVE);
    if (rc < 0)
        request_error(request, rc, NULL);
    else
        request_ok(request, "id=%ld", subject->rc.id);
}

void verb_change(struct request *request)
{
    const struct rc_events *events = library_named(NULL)->adapter->events;
    struct subject *subject = subject_find(request->word[1]);
    int64_t change;

    if (!word_listed(request, request->word[2], FORM_CHANGE, &change))
        return;
    if (subject == NULL)
        request_error(request, -ENOENT, "no subject %s", request->word[1]);
    else if (events == NULL || events->subject_do == NULL)
        request_error(request, -ENOSYS, "the runner makes the subjects of this library");
    else
        request_result(request, events->subject_do(&subject->rc, (enum rc_subject_change)change));
}

/* -- enablings -- */

void verb_enable(struct request *request)
{
    struct context *context = word_context(request, request->word[1]);
    struct subject *subject = subject_find(request->word[4]);
    struct evgen *evgen;
    int64_t user;
    long number;
    int rc;

    if (context == NULL || !word_name(request, request->word[2]) ||
        !word_number(request, request->word[3], 1, INT_MAX, &number) ||
        !word_user(request, request->word[5], &user))
        return;
    if (subject == NULL) {
        request_error(request, -ENOENT, "no subject %s", request->word[4]);
        return;
    }
    evgen = evgen_new(request->word[2], (int)number, context);
    if (evgen == NULL) {
        request_error(request, -ENOSPC, "a host keeps %d enablings", EVGENS);
        return;
    }
    rc = library_enable(evgen, subject, (uint64_t)user);
    if (rc == 0 && evgen->handle == NULL) /* it promised one */
        request_error(request, -EFAULT, "it succeeded and gave no evgen");
    else
        request_result(request, rc);
    thing_set(&evgen->thing, rc == 0 && evgen->handle != NULL ? THING_LIVE : THING_FREE);
}

void verb_disable(struct request *request)
{
    struct evgen *evgen = evgen_find(request->word[1]);

    if (evgen == NULL) {
        request_error(request, -ENOENT, "no evgen %s", request->word[1]);
        return;
    }
    if (!ctx_is_open(request, &evgen->thing))
        return;
    thing_set(&evgen->thing, THING_OVER);
    request_result(request, library_disable(evgen));
}

/* -- events -- */

/* Under the library's locks: it stays in the library's zone. */
static int has_user(void *user, const struct rc_event *event)
{
    return event->user == (uint64_t) * (const int64_t *)user;
}

static void fetch(struct request *request, enum event_way way,
                  int (*call)(struct context *, const struct rc_criteria *, int64_t,
                              struct rc_event *))
{
    struct context *context = word_context(request, request->word[1]);
    struct rc_criteria criteria = {0};
    struct rc_event event = {0};
    char words[HEARD_WORDS];
    int64_t types, user;
    int rc;

    if (context == NULL || !word_user(request, request->word[2], &types) ||
        !word_user(request, request->word[3], &user))
        return;
    criteria.types = (uint64_t)types; /* any: all */
    if (user != -1) {
        criteria.wanted = has_user;
        criteria.user = &user;
    }
    rc = call(context, &criteria, user, &event);
    if (rc != 0) {
        request_error(request, rc, NULL);
        return;
    }
    heard_event(context, way, 0, &event);
    heard_words(&event, words);
    library_free_event(context, &event);
    request_ok(request, "%s", words);
}

void verb_check(struct request *request)
{
    fetch(request, WAY_CHECK, library_check);
}

void verb_wait(struct request *request)
{
    fetch(request, WAY_WAIT, library_wait);
}

void verb_callbacks(struct request *request)
{
    struct context *context = word_context(request, request->word[1]);
    bool without = request->words > 3 && strcmp(request->word[3], "without-disaster") == 0;
    int64_t types;

    if (context != NULL && word_user(request, request->word[2], &types))
        request_result(request, library_callbacks(context, (uint64_t)types, !without));
}
