/* SPDX-License-Identifier: MIT */
/* The words of the libc calls, both ways. */
#include "history/calls.h"

#include <stddef.h>
#include <string.h>

static const char *const words[CALL_COUNT] = {
#define X(name, word) [CALL_##name] = (word),
    LIBC_CALLS(X)
#undef X
};

const char *libc_call_word(enum libc_call call)
{
    if ((unsigned)call >= CALL_COUNT || !words[call])
        return "none";
    return words[call];
}

enum libc_call libc_call_from_word(const char *word)
{
    for (int i = 0; i < CALL_COUNT; i++) {
        if (words[i] && strcmp(words[i], word) == 0)
            return (enum libc_call)i;
    }
    return CALL_NONE;
}
