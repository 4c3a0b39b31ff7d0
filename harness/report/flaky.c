/* SPDX-License-Identifier: MIT */
/*
 * A scenario that passes after it failed has not passed: whoever looks at one verdict only must see
 * that it comes and goes. So a pass beside a failure is no pass in memory, in results and in
 * reports alike, and has the failure's findings: the requirement does not hold.
 */
#include "report/flaky.h"

#include <stdlib.h>
#include "report/text.h"

int flaky_badness(const struct verdict *verdict)
{
    static const int order[VERDICT_KINDS] = {
        [VERDICT_PASS] = 0,  [VERDICT_SKIP] = 1, [VERDICT_LIMIT] = 2,
        [VERDICT_FLAKY] = 3, [VERDICT_FAIL] = 4, [VERDICT_ERROR] = 5,
    };

    return order[verdict->kind];
}

/* They take the history along, which proves them. */
static void take_findings(struct verdict *pass, const struct verdict *failure, size_t failed,
                          size_t count)
{
    struct verdict copy;

    verdict_copy(&copy, failure);
    verdict_clear_history(pass);
    pass->kind = VERDICT_FLAKY;
    pass->findings = copy.findings; /* a pass has none of its own */
    pass->findings_count = copy.findings_count;
    copy.findings = NULL;
    copy.findings_count = 0;
    pass->history = copy.history;
    pass->proves = copy.proves;
    pass->history_count = copy.history_count;
    copy.history = NULL;
    copy.proves = NULL;
    copy.history_count = 0;
    verdict_clear(&copy);
    text_replace(&pass->reason,
                 text_format("it passed here, and failed in %zu of %zu plays", failed, count));
}

/* "s/one failed in 1 of 3 plays", or "s/one brought different verdicts: pass skip". */
static char *tell(const struct verdict *verdict, unsigned kinds, size_t failed, size_t count)
{
    char *text;

    if (kinds & 1u << VERDICT_FLAKY)
        return text_format("flaky: %s failed in %zu of %zu plays", verdict->scenario, failed,
                           count);
    if (!(kinds & (kinds - 1)))
        return NULL;
    text = text_format("unsteady: %s brought different verdicts:", verdict->scenario);
    for (int kind = 0; kind < VERDICT_KINDS; kind++)
        if (kinds & 1u << kind)
            text_append(&text, " %s", verdict_word(kind));
    return text;
}

char *flaky_mark(struct verdict *plays, size_t count)
{
    const struct verdict *failure = NULL;
    size_t failed = 0;
    unsigned kinds = 0;

    for (size_t i = 0; i < count; i++)
        if (plays[i].kind == VERDICT_FAIL) {
            failure = failure ? failure : &plays[i];
            failed++;
        }
    for (size_t i = 0; i < count; i++) {
        if (plays[i].kind == VERDICT_PASS && failure)
            take_findings(&plays[i], failure, failed, count);
        kinds |= 1u << plays[i].kind;
    }
    if (count == 1 && failure && failure->plays > 1)
        return text_format("flaky: %s failed in play %zu, after it had passed in those before",
                           failure->scenario, failure->plays);
    return tell(plays, kinds, failed, count);
}
