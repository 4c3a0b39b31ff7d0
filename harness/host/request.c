/* SPDX-License-Identifier: MIT */
/*
 * Requests live in a fixed pool, each with a state of its own; whoever changes the state owns the
 * request. Those kept by `when` are done in the order of their numbers.
 */
#include "host/request.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "history/races.h"
#include "host/children.h"
#include "host/output.h"
#include "host/verbs.h"

enum { ANSWER_BYTES = 512 };

static struct request pool[REQUESTS];
static atomic_size_t next; /* where the search for a free one goes on */
static atomic_size_t kept; /* how many are */

__attribute__((constructor)) static void tell_of_tables(void)
{
    RACES_OWN(pool, sizeof pool);
    RACES_OWN(&next, sizeof next);
    RACES_OWN(&kept, sizeof kept);
}

static bool change(struct request *request, int from, int to)
{
    return atomic_compare_exchange_strong(&request->state, &from, to);
}

struct request *request_new(long number, enum request_place place, const char *text)
{
    struct request *request = NULL;
    char *rest, *word;

    for (size_t i = 0; i < REQUESTS && request == NULL; i++) {
        request = &pool[atomic_fetch_add(&next, 1) % REQUESTS];
        if (!change(request, REQUEST_FREE, REQUEST_USED))
            request = NULL;
    }
    if (request == NULL)
        return NULL;
    request->number = number;
    request->place = place;
    request->together = 0;
    request->deferred = false;
    request->words = 0;
    snprintf(request->text, sizeof request->text, "%s", text);
    for (word = strtok_r(request->text, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        if (request->words == REQUEST_WORDS) {
            request->words = REQUEST_WORDS + 1; /* too many, whatever the verb */
            break;
        }
        request->word[request->words++] = word;
    }
    return request;
}

void request_free(struct request *request)
{
    atomic_store(&request->state, REQUEST_FREE);
}

void request_do(struct request *request)
{
    if (request->together != 0)
        together_start(request->together);
    verb_do(request);
    if (!request->deferred)
        request_free(request);
}

static void answer(const struct request *request, const char *kind, const char *format,
                   va_list arguments)
{
    char members[ANSWER_BYTES] = "";

    if (format != NULL)
        vsnprintf(members, sizeof members, format, arguments);
    output_line("%s%ld %s%s%s", request->place == IN_CALLBACK ? "event when " : "", request->number,
                kind, members[0] != '\0' ? " " : "", members);
}

void request_ok(struct request *request, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    answer(request, "ok", format, arguments);
    va_end(arguments);
}

void request_error(struct request *request, int rc, const char *format, ...)
{
    const char *name = rc < 0 ? strerrorname_np(-rc) : NULL;
    char kind[48];
    va_list arguments;

    /* A library may answer with a number that is no errno. */
    if (name != NULL)
        snprintf(kind, sizeof kind, "error %s", name);
    else
        snprintf(kind, sizeof kind, "error %d", rc);
    va_start(arguments, format);
    answer(request, kind, format, arguments);
    va_end(arguments);
}

void request_answer(struct request *request, int rc)
{
    if (rc < 0)
        request_error(request, rc, NULL);
    else
        request_ok(request, NULL);
}

void request_pid(struct request *request, pid_t pid)
{
    if (pid < 0)
        request_error(request, pid, NULL);
    else
        request_ok(request, "pid=%d", (int)pid);
}

void request_result(struct request *request, int rc)
{
    if (rc != 0)
        request_error(request, rc, NULL);
    else
        request_ok(request, NULL);
}

int request_keep(const struct request *request, const char *key, int first)
{
    struct request *copy;
    char text[REQUEST_BYTES];
    size_t length = 0;

    for (int i = first; i < request->words; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s",
                                   i > first ? " " : "", request->word[i]);
    copy = request_new(request->number, IN_CALLBACK, text);
    if (copy == NULL)
        return -EAGAIN;
    snprintf(copy->key, sizeof copy->key, "%s", key);
    atomic_store(&copy->state, REQUEST_KEPT);
    atomic_fetch_add(&kept, 1);
    return 0;
}

static struct request *take_kept(const char *key)
{
    struct request *first;

    if (atomic_load(&kept) == 0)
        return NULL;
    do {
        first = NULL;
        for (size_t i = 0; i < REQUESTS; i++)
            if (atomic_load(&pool[i].state) == REQUEST_KEPT && strcmp(pool[i].key, key) == 0 &&
                (first == NULL || pool[i].number < first->number))
                first = &pool[i];
    } while (first != NULL && !change(first, REQUEST_KEPT, REQUEST_USED));
    if (first != NULL)
        atomic_fetch_sub(&kept, 1);
    return first;
}

void request_do_kept_for(const char *key)
{
    struct request *request;

    while ((request = take_kept(key)) != NULL)
        request_do(request);
}

void request_do_kept(pid_t pid)
{
    char child[16];

    if (children_ended(pid, child))
        request_do_kept_for(child);
}

void request_forget_all(void)
{
    for (size_t i = 0; i < REQUESTS; i++)
        atomic_store(&pool[i].state, REQUEST_FREE);
    atomic_store(&kept, 0);
}
