/* SPDX-License-Identifier: MIT */
/*
 * The table of verbs, and how their words are read. A request that is not understood is answered
 * with EINVAL and why; a name that is not known, with ENOENT, which no library answers with.
 */
#include "host/verbs.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "history/words.h"
#include "host/lane.h"
#include "host/things.h"
#include "host/verbs_platform.h"

struct verb {
    const char *word;
    int least, most; /* how many words follow */
    int places;      /* enum request_place bits */
    void (*act)(struct request *request);
};

enum { ANYWHERE = ON_HOST | ON_LANE | IN_CALLBACK, THREAD = ON_LANE | IN_CALLBACK };

static const struct verb verbs[] = {
    {"lane", 1, 1, ON_HOST, verb_lane},
    {"unlane", 0, 0, ON_LANE, verb_unlane},
    {"open", 2, 6, THREAD, verb_open},
    {"close", 1, 1, THREAD, verb_close},
    {"owner", 2, 2, THREAD, verb_owner},
    {"fork", 2, 3, THREAD, verb_fork},
    {"spawn", 2, 2, THREAD, verb_spawn},
    {"foreign", 1, 3, THREAD, verb_foreign},
    {"watch", 2, 2, THREAD, verb_watch},
    {"forget", 2, 2, THREAD, verb_forget},
    {"signal", 3, 3, THREAD, verb_signal},
    {"order", 2, 3, ANYWHERE, verb_order},
    {"pause", 1, 1, THREAD, verb_pause},
    {"resume", 1, 1, THREAD, verb_resume},
    {"turn", 0, 0, ON_LANE, verb_turn},
    {"waitpid", 2, 2, THREAD, verb_waitpid},
    {"tell-reaped", 3, 3, THREAD, verb_tell_reaped},
    {"tell-sigchld", 1, 1, THREAD, verb_tell_sigchld},
    {"action", 2, 2, THREAD, verb_action},
    {"mask", 2, 2, THREAD, verb_mask},
    {"blocked", 0, 0, THREAD, verb_blocked},
    {"raise", 2, 2, THREAD, verb_raise},
    {"disposition", 0, 0, ANYWHERE, verb_disposition},
    {"system", 0, 0, THREAD, verb_system},
    {"popen", 0, 0, THREAD, verb_popen},
    {"popen-open", 0, 0, ON_LANE, verb_popen_open},
    {"popen-close", 0, 0, ON_LANE, verb_popen_close},
    {"together", 1, 1, ON_HOST, verb_together},
    {"when", 2, REQUEST_WORDS, THREAD, verb_when},
    {"forked", 1, 1, THREAD, verb_forked},
    {"postfork", 1, 1, THREAD, verb_postfork},
    {"carefd", 2, 2, THREAD, verb_carefd},
    {"file", 1, 1, THREAD, verb_file},
    {"shut", 1, 1, THREAD, verb_shut},
    {"quit", 0, 0, ANYWHERE, verb_quit},
    {"subject", 3, 5, ON_HOST, verb_subject},
    {"change", 2, 2, ON_HOST, verb_change},
    {"enable", 5, 5, THREAD, verb_enable},
    {"disable", 1, 1, THREAD, verb_disable},
    {"check", 3, 3, THREAD, verb_check},
    {"wait", 3, 3, ON_LANE, verb_wait},
    {"callbacks", 2, 3, THREAD, verb_callbacks},
    {"operation", 5, 10, THREAD, verb_operation},
    {"abort", 1, 1, THREAD, verb_abort},
    {"finish", 3, 3, ANYWHERE, verb_finish},
    {"say", 2, REQUEST_WORDS, ANYWHERE, verb_say},
    {"unlock", 1, 1, ANYWHERE, verb_unlock},
    {"clock", 1, 1, ON_HOST, verb_clock},
    {"habit", 2, 2, ANYWHERE, verb_habit},
    {"refuse", 5, 5, ANYWHERE, verb_refuse},
    {"registrations", 1, 1, ANYWHERE, verb_registrations},
    {"beforepoll", 3, 3, THREAD, verb_beforepoll},
    {"poll", 1, 2, ON_LANE, verb_poll},
    {"afterpoll", 1, 1, THREAD, verb_afterpoll},
    {"hooks", 1, 1, THREAD, verb_hooks},
    {"observe", 4, 4, THREAD, verb_observe},
    {"timer", 4, 4, THREAD, verb_timer},
    {"reobserve", 2, 2, THREAD, verb_reobserve},
    {"unobserve", 1, 1, THREAD, verb_unobserve},
    {"feed", 1, 1, ANYWHERE, verb_feed},
    {"drain", 1, 1, ANYWHERE, verb_drain},
    {"hang-up", 1, 1, ANYWHERE, verb_hang_up},
    {"handled", 2, 2, ON_HOST, verb_handled},
    {"provoke", 1, 1, ON_LANE, verb_provoke},
    {"clone", 1, 2, ON_LANE, verb_clone},
    {"lead", 0, 0, ON_LANE, verb_lead},
    {"cores", 1, 1, ON_LANE, verb_cores},
    {"crowd", 1, 1, ON_LANE, verb_crowd},
    {"exec", 0, 0, ON_LANE, verb_exec},
    {"known", 2, 2, ON_HOST, verb_known},
};

void verb_do(struct request *request)
{
    const struct verb *verb = NULL;

    if (request->words == 0) {
        request_error(request, -EINVAL, "a request has a verb");
        return;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].word, request->word[0]) == 0)
            verb = &verbs[i];
    if (verb == NULL)
        request_error(request, -EINVAL, "unknown request %s", request->word[0]);
    else if (request->words - 1 < verb->least || request->words - 1 > verb->most)
        request_error(request, -EINVAL, "%s takes %d to %d words", verb->word, verb->least,
                      verb->most);
    else if ((verb->places & (int)request->place) == 0)
        request_error(request, -EINVAL, "%s is not done %s", verb->word,
                      request->place == ON_HOST   ? "without a lane"
                      : request->place == ON_LANE ? "on a lane"
                                                  : "in a callback");
    else
        verb->act(request);
}

bool word_number(struct request *request, const char *word, long least, long most, long *number)
{
    char *end;

    errno = 0;
    *number = strtol(word, &end, 0);
    if (errno == 0 && end != word && *end == '\0' && *number >= least && *number <= most)
        return true;
    request_error(request, -EINVAL, "%s is no number from %ld to %ld", word, least, most);
    return false;
}

bool word_signal(struct request *request, const char *word, int *signal)
{
    long number;

    if (!isdigit((unsigned char)word[0])) {
        for (int i = 1; i < NSIG; i++) {
            const char *name = sigabbrev_np(i);

            if (name != NULL && strncmp(word, "SIG", 3) == 0 && strcmp(word + 3, name) == 0) {
                *signal = i;
                return true;
            }
        }
    }
    if (!word_number(request, word, 1, NSIG - 1, &number))
        return false;
    *signal = (int)number;
    return true;
}

bool word_name(struct request *request, const char *word)
{
    size_t length = 0;

    while (isalnum((unsigned char)word[length]) || word[length] == '-' || word[length] == '.')
        length++;
    if (word[length] == '\0' && length > 0 && length < NAME_BYTES && strcmp(word, "-") != 0)
        return true;
    request_error(request, -EINVAL, "a name has up to 15 letters, digits, - and .");
    return false;
}

bool word_owner(struct request *request, const char *word, enum rc_owner *owner)
{
    static const char *const words[] = {
        [RC_OWNER_LIBRARY] = "library",
        [RC_OWNER_MAINLOOP] = "mainloop",
        [RC_OWNER_ALWAYS] = "always",
        [RC_OWNER_SELECTIVE] = "selective",
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], word) == 0) {
            *owner = (enum rc_owner)i;
            return true;
        }
    request_error(request, -EINVAL, "an owner is library, mainloop, always or selective");
    return false;
}

bool word_ending(struct request *request, const char *word, struct ending *ending)
{
    long number = 0;

    *ending = (struct ending){ENDING_ORDERED, 0};
    if (word == NULL)
        return true;
    if (strcmp(word, "exec") == 0) {
        ending->kind = ENDING_EXEC;
    } else if (strncmp(word, "exit=", 5) == 0) {
        ending->kind = ENDING_EXIT;
        if (!word_number(request, word + 5, 0, 255, &number))
            return false;
    } else if (strncmp(word, "signal=", 7) == 0) {
        ending->kind = ENDING_SIGNAL;
        return word_signal(request, word + 7, &ending->value);
    } else {
        request_error(request, -EINVAL, "an ending is exit=N, signal=N or exec");
        return false;
    }
    ending->value = (int)number;
    return true;
}

bool word_listed(struct request *request, const char *word, enum form form, int64_t *value)
{
    if (word_value(form, word, value))
        return true;
    request_error(request, -EINVAL, "%s is no %s", word, form_name(form));
    return false;
}

struct context *word_context(struct request *request, const char *word)
{
    struct context *context = context_find(word);

    if (context == NULL)
        request_error(request, -ENOENT, "no ctx %s is open", word);
    return context;
}

pid_t word_child(struct request *request, const char *word)
{
    pid_t pid = children_find(word);

    if (pid == 0)
        request_error(request, -ENOENT, "no child %s", word);
    return pid;
}

bool ctx_is_open(struct request *request, const struct thing *thing)
{
    if (thing_has_context(thing))
        return true;
    request_error(request, -ENOENT, "the ctx of %s is closed", thing->name);
    return false;
}
