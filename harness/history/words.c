/* SPDX-License-Identifier: MIT */
#include "history/words.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "history/calls.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum { MOST_ERRNO = 200 };

static const char *const disposition_words[] = {"default", "ignored", "library", "application"};
static const char *const owner_words[] = {"library", "mainloop", "always", "selective"};
static const char *const library_words[] = {NULL, "one", "two"};
static const char *const zone_words[] = {"application", "library", "handler"};

static const char *const type_words[] = {NULL,       "stopped",  "ended",
                                         "vanished", "complete", "progress"};
static const char *const way_words[] = {NULL, "check", "wait", "callback", "progress", "complete"};
static const char *const hook_words[] = {NULL,
                                         "fd-register",
                                         "fd-modify",
                                         "fd-deregister",
                                         "timeout-register",
                                         "timeout-modify",
                                         "timeout-deregister"};
static const char *const how_words[] = {"synchronous", "callback", "event"};
static const char *const kind_words[] = {"program", "helper", "lock", "end"};
static const char *const about_words[] = {"process", "path"};
static const char *const change_words[] = {"stops", "ends", "vanishes"};

struct flag_word {
    uint64_t flag;
    const char *word;
};

static const struct flag_word no_flags[] = {{0}};

static const struct flag_word type_flags[] = {
    {1 << 1, "stopped"},  {1 << 2, "ended"},    {1 << 3, "vanished"},
    {1 << 4, "complete"}, {1 << 5, "progress"}, {0},
};

static const struct flag_word poll_flags[] = {
    {POLLIN, "in"},
    {POLLPRI, "pri"},
    {POLLOUT, "out"},
    {POLLERR, "err"},
    {POLLHUP, "hup"},
    {POLLNVAL, "nval"},
    {0},
};

static const struct flag_word flag_words[] = {
    {SA_NOCLDSTOP, "SA_NOCLDSTOP"}, {SA_NOCLDWAIT, "SA_NOCLDWAIT"}, {SA_SIGINFO, "SA_SIGINFO"},
    {SA_ONSTACK, "SA_ONSTACK"},     {SA_RESTART, "SA_RESTART"},     {SA_NODEFER, "SA_NODEFER"},
    {0x80000000u, "SA_RESETHAND"},  {0x04000000u, "SA_RESTORER"},   {0},
};

/* The words of a form that is a list of flags; empty where it is not one. */
static const struct flag_word *flags_of(enum form form)
{
    return form == FORM_FLAGS   ? flag_words
           : form == FORM_TYPES ? type_flags
           : form == FORM_POLL  ? poll_flags
                                : no_flags;
}

/* The word at this place of the form's list, NULL where there is none. */
static const char *listed_word(enum form form, int64_t value)
{
    static const struct {
        enum form form;
        const char *const *words;
        int64_t count;
    } lists[] = {
#define LIST(form, words) {form, words, ARRAY_SIZE(words)}
        LIST(FORM_DISPOSITION, disposition_words),
        LIST(FORM_OWNER, owner_words),
        LIST(FORM_ZONE, zone_words),
        LIST(FORM_LIBRARY, library_words),
        LIST(FORM_TYPE, type_words),
        LIST(FORM_WAY, way_words),
        LIST(FORM_HOOK, hook_words),
        LIST(FORM_HOW, how_words),
        LIST(FORM_KIND, kind_words),
        LIST(FORM_ABOUT, about_words),
        LIST(FORM_CHANGE, change_words),
#undef LIST
    };

    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        if (lists[i].form == form)
            return value >= 0 && value < lists[i].count ? lists[i].words[value] : NULL;
    switch (form) {
    case FORM_OP:
        return value > 0 ? event_op_word((unsigned)value) : NULL;
    case FORM_CALL:
        return value > 0 && value < CALL_COUNT ? libc_call_word((enum libc_call)value) : NULL;
    case FORM_ERRNO:
        return value > 0 && value < MOST_ERRNO ? strerrorname_np((int)value) : NULL;
    case FORM_STATUS:
        return value == -1 ? "unknown" : NULL;
    default:
        return NULL;
    }
}

static void write_flags(const struct flag_word *words, uint64_t flags, char *out, size_t size)
{
    size_t used = 0;

    *out = 0;
    for (; words->flag; words++) {
        if ((flags & words->flag) && used < size) {
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? "|" : "", words->word);
            flags &= ~words->flag;
        }
    }
    if ((flags || !used) && used < size)
        snprintf(out + used, size - used, "%s0x%" PRIx64, used ? "|" : "", flags);
}

void word_write(enum form form, int64_t value, char *out, size_t size)
{
    const char *word = listed_word(form, value);

    if (word)
        snprintf(out, size, "%s", word);
    else if (form == FORM_SIGNAL && value > 0 && value < NSIG && sigabbrev_np((int)value))
        snprintf(out, size, "SIG%s", sigabbrev_np((int)value));
    else if (flags_of(form)->flag)
        write_flags(flags_of(form), (uint64_t)value, out, size);
    else if (form == FORM_HEX || form == FORM_STATUS)
        snprintf(out, size, "0x%" PRIx64, (uint64_t)value);
    else
        snprintf(out, size, "%" PRId64, value);
}

static bool read_flags(const struct flag_word *words, const char *word, int64_t *value)
{
    *value = 0;
    while (*word) {
        size_t length = strcspn(word, "|");
        const struct flag_word *known = words;
        uint64_t rest;

        while (known->flag &&
               !(strlen(known->word) == length && strncmp(known->word, word, length) == 0))
            known++;
        if (known->flag)
            *value |= (int64_t)known->flag;
        else if (sscanf(word, "0x%" SCNx64, &rest) == 1)
            *value |= (int64_t)rest;
        else
            return false;
        word += length;
        word += *word == '|';
    }
    return true;
}

bool word_value(enum form form, const char *word, int64_t *value)
{
    int64_t most = form == FORM_SIGNAL ? NSIG : MOST_ERRNO;
    const char *listed;

    if (flags_of(form)->flag)
        return read_flags(flags_of(form), word, value);
    if (form == FORM_SIGNAL && strncmp(word, "SIG", 3) != 0)
        return false;
    for (*value = -1; *value < most; ++*value) {
        listed = form == FORM_SIGNAL && *value > 0 ? sigabbrev_np((int)*value)
                                                   : listed_word(form, *value);
        if (listed && strcmp(listed, form == FORM_SIGNAL ? word + 3 : word) == 0)
            return true;
    }
    return false;
}

const char *form_name(enum form form)
{
    switch (form) {
    case FORM_STATUS:
        return "wait status";
    case FORM_SIGNAL:
        return "signal";
    case FORM_ERRNO:
        return "errno";
    case FORM_FLAGS:
    case FORM_TYPES:
    case FORM_POLL:
        return "list of flags";
    case FORM_DISPOSITION:
        return "disposition";
    case FORM_OWNER:
        return "owner mode";
    case FORM_OP:
        return "member of the adapter";
    case FORM_CALL:
        return "libc call";
    case FORM_ZONE:
        return "zone";
    case FORM_LIBRARY:
        return "library";
    case FORM_TYPE:
        return "type of event";
    case FORM_WAY:
        return "way to an event";
    case FORM_HOOK:
        return "hook";
    case FORM_HOW:
        return "how";
    case FORM_KIND:
        return "kind of operation";
    case FORM_ABOUT:
        return "kind of subject";
    case FORM_CHANGE:
        return "change";
    default:
        return "number";
    }
}

const char *event_type_word(int64_t type)
{
    return type > 0 && (size_t)type < ARRAY_SIZE(type_words) ? type_words[type] : "unknown";
}
