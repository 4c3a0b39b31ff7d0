/* SPDX-License-Identifier: MIT */
/* Requests to the host itself. */
#include "host/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "host/lane.h"
#include "probe/sanitizer.h"

void verb_lane(struct request *request)
{
    int rc;

    if (!word_name(request, request->word[1]))
        return;
    request->deferred = true;
    rc = lane_start(request->word[1], request);
    if (rc < 0) {
        request->deferred = false;
        request_error(request, rc, NULL);
    }
}

void verb_unlane(struct request *request)
{
    if (lane_is_main())
        request_error(request, -EINVAL, "main does not end");
    else
        lane_end(request);
}

void verb_order(struct request *request)
{
    const char *what = request->word[2], *number = NULL;
    char order[32];
    long value = 0;
    int rc, signal;

    if (request->words > 3)
        number = request->word[3];
    if (number != NULL && strcmp(what, "exit") == 0) {
        if (!word_number(request, number, 0, 255, &value))
            return;
    } else if (number != NULL && strcmp(what, "signal") == 0) {
        if (!word_signal(request, number, &signal))
            return;
        value = signal;
    } else if (number != NULL || (strcmp(what, "stop") != 0 && strcmp(what, "grandchild") != 0)) {
        request_error(request, -EINVAL, "an order is exit N, signal N, stop or grandchild");
        return;
    }
    if (number != NULL)
        snprintf(order, sizeof order, "%s %ld", what, value);
    else
        snprintf(order, sizeof order, "%s", what);
    rc = children_order(request->word[1], order);
    if (rc == -ENOENT)
        request_error(request, rc, "no child %s", request->word[1]);
    else if (rc == -ENOTCONN)
        request_error(request, rc, "%s takes no orders", request->word[1]);
    else
        request_answer(request, rc);
}

static void set_paused(struct request *request, bool paused)
{
    struct context *context = word_context(request, request->word[1]);

    if (context == NULL)
        return;
    context_pause(context, paused);
    request_ok(request, NULL);
}

void verb_pause(struct request *request)
{
    set_paused(request, true);
}

void verb_resume(struct request *request)
{
    set_paused(request, false);
}

void verb_turn(struct request *request)
{
    lane_turn();
    request_ok(request, NULL);
}

void verb_together(struct request *request)
{
    long count;

    if (word_number(request, request->word[1], 1, LANES, &count))
        request_answer(request, together_announce((uint32_t)count));
}

void verb_when(struct request *request)
{
    const char *key = request->word[1], *colon = strchr(key, ':');
    char name[KEPT_KEY];

    snprintf(name, sizeof name, "%.*s", colon != NULL ? (int)(colon - key) : KEPT_KEY - 1, key);
    if (colon != NULL && strcmp(colon, ":told") != 0 && strcmp(colon, ":hook") != 0 &&
        strcmp(colon, ":dire") != 0)
        request_error(request, -EINVAL, "nothing is kept for %s", colon);
    else if (word_name(request, name))
        request_answer(request, request_keep(request, key, 2));
}

void verb_quit(struct request *request)
{
    request_ok(request, NULL);
    sanitizer_look_for_leaks();
    _exit(0);
}
