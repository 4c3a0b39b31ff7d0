/* SPDX-License-Identifier: MIT */
#include "history/words.h"

#include <inttypes.h>
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

static const struct {
    uint64_t flag;
    const char *word;
} flag_words[] = {
    {SA_NOCLDSTOP, "SA_NOCLDSTOP"}, {SA_NOCLDWAIT, "SA_NOCLDWAIT"}, {SA_SIGINFO, "SA_SIGINFO"},
    {SA_ONSTACK, "SA_ONSTACK"},     {SA_RESTART, "SA_RESTART"},     {SA_NODEFER, "SA_NODEFER"},
    {0x80000000u, "SA_RESETHAND"},  {0x04000000u, "SA_RESTORER"},
};

/* The word at this place of the form's list, NULL where there is none. */
static const char *listed_word(enum form form, int64_t value)
{
    const char *const *words;
    size_t count;

    switch (form) {
    case FORM_DISPOSITION:
        words = disposition_words;
        count = ARRAY_SIZE(disposition_words);
        break;
    case FORM_OWNER:
        words = owner_words;
        count = ARRAY_SIZE(owner_words);
        break;
    case FORM_ZONE:
        words = zone_words;
        count = ARRAY_SIZE(zone_words);
        break;
    case FORM_LIBRARY:
        words = library_words;
        count = ARRAY_SIZE(library_words);
        break;
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
    return value >= 0 && (size_t)value < count ? words[value] : NULL;
}

static void write_flags(uint64_t flags, char *out, size_t size)
{
    size_t used = 0, i;

    *out = 0;
    for (i = 0; i < ARRAY_SIZE(flag_words); i++) {
        if ((flags & flag_words[i].flag) && used < size) {
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? "|" : "",
                                     flag_words[i].word);
            flags &= ~flag_words[i].flag;
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
    else if (form == FORM_FLAGS)
        write_flags((uint64_t)value, out, size);
    else if (form == FORM_HEX || form == FORM_STATUS)
        snprintf(out, size, "0x%" PRIx64, (uint64_t)value);
    else
        snprintf(out, size, "%" PRId64, value);
}

static bool read_flags(const char *word, int64_t *value)
{
    *value = 0;
    while (*word) {
        size_t length = strcspn(word, "|"), i;
        uint64_t rest;

        for (i = 0; i < ARRAY_SIZE(flag_words); i++)
            if (strlen(flag_words[i].word) == length &&
                strncmp(flag_words[i].word, word, length) == 0)
                break;
        if (i < ARRAY_SIZE(flag_words))
            *value |= (int64_t)flag_words[i].flag;
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

    if (form == FORM_FLAGS)
        return read_flags(word, value);
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
    default:
        return "number";
    }
}
