/* SPDX-License-Identifier: MIT */
/* Requests to the library. Each is one call of the adapter, and its answer is the answer. */
#include "host/verbs.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include "host/library.h"

/* No mode has this number, nor will one soon. */
#define OWNER_INVALID ((enum rc_owner)99)

void verb_open(struct request *request)
{
    struct context_options options = {.library = library_named(NULL), .owner = -1};
    long index;
    int rc;

    if (!word_name(request, request->word[1]) ||
        !word_number(request, request->word[2], 0, INT16_MAX, &index))
        return;
    for (int i = 3; i < request->words; i++) {
        const char *word = request->word[i];
        enum rc_owner owner;

        if (strncmp(word, "owner=", 6) == 0) {
            if (!word_owner(request, word + 6, &owner))
                return;
            options.owner = (int)owner;
        } else if (strncmp(word, "library=", 8) == 0) {
            options.library = library_named(word + 8);
            if (options.library == NULL) {
                request_error(request, -EINVAL, "there is no library %s here", word + 8);
                return;
            }
        } else if (strcmp(word, "forkhook") == 0) {
            options.forkhook = true;
        } else if (strcmp(word, "forkhook=raw") == 0) {
            options.forkhook = options.forkhook_raw = true;
        } else if (strcmp(word, "strangers=unknown") == 0) {
            options.strangers = -ESRCH;
        } else if (strcmp(word, "strangers=odd") == 0) {
            options.strangers = -EINVAL;
        } else if (strcmp(word, "hooks") == 0 || strcmp(word, "both") == 0) {
            options.hooks = true;
            options.mixes = strcmp(word, "both") == 0;
        } else if (strcmp(word, "strangers=wanted") == 0) {
            options.strangers_wanted = true;
        } else {
            request_error(request, -EINVAL, "open does not know %s", word);
            return;
        }
    }
    rc = context_open(request->word[1], (int)index, &options);
    request_answer(request, rc);
}

void verb_close(struct request *request)
{
    struct context *context = word_context(request, request->word[1]);
    int rc;

    if (context == NULL)
        return;
    rc = context_close(context);
    if (rc == -ETIMEDOUT)
        request_error(request, rc, "another lane does not come out of the loop of the ctx");
    else
        request_answer(request, rc);
}

void verb_owner(struct request *request)
{
    struct context *context = word_context(request, request->word[1]);
    enum rc_owner owner = OWNER_INVALID;

    if (context != NULL &&
        (strcmp(request->word[2], "invalid") == 0 || word_owner(request, request->word[2], &owner)))
        request_answer(request, library_owner(context, owner));
}

void verb_fork(struct request *request)
{
    struct context *context = word_context(request, request->word[1]);
    struct ending ending;

    if (context != NULL && word_name(request, request->word[2]) &&
        word_ending(request, request->words > 3 ? request->word[3] : NULL, &ending))
        request_pid(request, children_fork(context, request->word[2], &ending));
}

void verb_spawn(struct request *request)
{
    struct context *context = word_context(request, request->word[1]);
    const struct ending ordered = {ENDING_ORDERED, 0};

    if (context != NULL && word_name(request, request->word[2]))
        request_pid(request, children_spawn(context, request->word[2], &ordered));
}

/* The ctx and child that many requests name first. */
static struct context *context_and_child(struct request *request, pid_t *pid)
{
    struct context *context = word_context(request, request->word[1]);

    if (context == NULL)
        return NULL;
    *pid = word_child(request, request->word[2]);
    return *pid != 0 ? context : NULL;
}

void verb_watch(struct request *request)
{
    pid_t pid;
    struct context *context = context_and_child(request, &pid);

    if (context != NULL)
        request_answer(request, library_watch(context, pid));
}

void verb_forget(struct request *request)
{
    pid_t pid;
    struct context *context = context_and_child(request, &pid);

    if (context != NULL)
        request_answer(request, library_forget(context, pid));
}

void verb_signal(struct request *request)
{
    pid_t pid;
    struct context *context = context_and_child(request, &pid);
    int signal;

    if (context != NULL && word_signal(request, request->word[3], &signal))
        request_answer(request, library_kill(context, pid, signal));
}

void verb_tell_reaped(struct request *request)
{
    pid_t pid;
    struct context *context = context_and_child(request, &pid);
    long status;

    if (context != NULL && word_number(request, request->word[3], 0, INT_MAX, &status))
        request_answer(request, library_told_reaped(context, pid, (int)status));
}

void verb_tell_sigchld(struct request *request)
{
    struct context *context = word_context(request, request->word[1]);

    if (context != NULL)
        request_answer(request, library_told_sigchld(context));
}

void verb_postfork(struct request *request)
{
    struct context *context = word_context(request, request->word[1]);
    int rc;

    if (context == NULL)
        return;
    rc = library_postfork(context);
    /* What there is by now is the parent's, and nobody may use it any more. */
    if (rc == 0)
        context_disown_all();
    request_answer(request, rc);
}
