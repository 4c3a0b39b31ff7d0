/* SPDX-License-Identifier: MIT */
/* Words about events, operations and event loops; and the two numbers that only they have. */
#include "script/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "script/script.h"

/* Longer spans overflow somewhere. */
static const int64_t longest_us = INT64_C(1000) * 365 * 86400 * 1000000;

const struct meaning words_type[] = {
    {"stopped", RC_EVENT_STOPPED},   {"ended", RC_EVENT_ENDED},
    {"vanished", RC_EVENT_VANISHED}, {"complete", RC_EVENT_COMPLETE},
    {"progress", RC_EVENT_PROGRESS}, {NULL, 0},
};

const struct meaning words_hook[] = {
    {"fd-register", HOOK_FD_REGISTER},
    {"fd-modify", HOOK_FD_MODIFY},
    {"timeout-register", HOOK_TIMEOUT_REGISTER},
    {"timeout-modify", HOOK_TIMEOUT_MODIFY},
    {NULL, 0},
};

const struct meaning words_habit[] = {
    {"prompt", CONDITION_PROMPT},
    {"late", CONDITION_LATE},
    {"twice", CONDITION_TWICE},
    {"stale", CONDITION_STALE},
    {"other-fd", CONDITION_OTHER_FD},
    {"spurious", CONDITION_SPURIOUS},
    {"sparing", CONDITION_SPARING},
    {"again", CONDITION_AGAIN},
    {"reentrant", CONDITION_REENTRANT},
    {"valueless", CONDITION_VALUELESS},
    {"patient", CONDITION_PATIENT},
    {"guarded", CONDITION_GUARDED},
    {NULL, 0},
};

const struct meaning words_result[] = {
    {"ok", RESULT_OK},
    {"failed", RESULT_FAILED},
    {"aborted", RESULT_ABORTED},
    {"timed-out", RESULT_TIMED_OUT},
    {NULL, 0},
};

const struct meaning words_events[] = {
    {"in", CONDITION_IN},
    {"out", CONDITION_OUT},
    {"both", CONDITION_BOTH},
    {"none", CONDITION_NONE_OF_IT},
    {"hup", CONDITION_HUP},
    {"err", CONDITION_ERR},
    {NULL, 0},
};

/* The digits in front; false where there are none or too many. */
static bool leading_number(const char *word, uint64_t *number, const char **rest)
{
    char *end;

    if (*word < '0' || *word > '9' || (word[0] == '0' && word[1] >= '0' && word[1] <= '9'))
        return false;
    errno = 0;
    *number = strtoull(word, &end, 10);
    *rest = end;
    return errno == 0;
}

bool words_user(const char *word, int64_t *user)
{
    const char *rest;
    uint64_t number;

    if (!leading_number(word, &number, &rest) || *rest)
        return false;
    *user = (int64_t)number;
    return true;
}

bool words_span(const char *word, int64_t *span_us)
{
    static const struct {
        const char *word;
        int64_t us;
    } units[] = {{"us", 1},
                 {"ms", 1000},
                 {"s", 1000000},
                 {"m", INT64_C(60) * 1000000},
                 {"h", INT64_C(3600) * 1000000}};
    const char *rest;
    uint64_t number;

    if (!leading_number(word, &number, &rest))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(units[i].word, rest))
            continue;
        if (number > (uint64_t)(longest_us / units[i].us))
            return false;
        *span_us = (int64_t)number * units[i].us;
        return true;
    }
    return false;
}
