/* SPDX-License-Identifier: MIT */
/*
 * A result is read where the play cannot be had again: on another machine, months later. So it
 * keeps so much of the history as shows what happened, not the whole, which may have a million
 * events; --history writes that.
 */
#include "runner/keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "history/excerpt.h"
#include "report/text.h"

enum { KEPT_EVENTS = 150 };

/* The finding that the verdict's finding at this place was made of; NULL for another's. */
static const struct finding *finding_of(const struct played *played, const struct findings *judged,
                                        const struct verdict *verdict, size_t which)
{
    size_t steps = played->findings.count;
    const struct finding *finding = which < steps                   ? &played->findings.list[which]
                                    : which - steps < judged->count ? &judged->list[which - steps]
                                                                    : NULL;

    return finding && !strcmp(finding->oracle, verdict->findings[which].oracle) ? finding : NULL;
}

/* The end of the host, of which a documented limit speaks, has no finding of its own. */
static void add_end(const struct history *history, const struct verdict_finding *finding,
                    size_t *proof, size_t *count)
{
    char line[256];

    for (size_t i = history_count(history); i-- > 0 && finding->evidence_count;) {
        history_format(history, i, line, sizeof line);
        if (!strncmp(line, finding->evidence[0], sizeof line - 1)) {
            proof[(*count)++] = i;
            return;
        }
    }
}

/* The events that are evidence of the finding at this place. */
static size_t proof_of(const struct played *played, const struct findings *judged,
                       const struct verdict *verdict, size_t which, size_t *proof)
{
    const struct finding *finding = finding_of(played, judged, verdict, which);
    size_t count = 0;

    if (finding)
        while (count < finding->evidence_count) {
            proof[count] = finding->evidence[count];
            count++;
        }
    else if (verdict->findings[which].limit)
        add_end(played->history, &verdict->findings[which], proof, &count);
    return count;
}

int keep_excerpt(const struct played *played, const struct findings *judged,
                 struct verdict *verdict)
{
    size_t chosen[KEPT_EVENTS], own[FINDING_EVIDENCE], count = 0, *of = NULL;
    size_t *proof = NULL;
    long kept;

    if (!played->history || !history_count(played->history) ||
        (!verdict->findings_count && verdict->kind != VERDICT_ERROR))
        return 0;
    proof = text_memory(verdict->findings_count * FINDING_EVIDENCE, sizeof *proof);
    for (size_t i = 0; i < verdict->findings_count; i++)
        count += proof_of(played, judged, verdict, i, proof + count);
    kept = excerpt_choose(played->history, proof, count, KEPT_EVENTS, chosen);
    free(proof);
    if (kept < 0)
        return -ENOMEM;
    verdict->history =
        excerpt_text(played->history, chosen, (size_t)kept, &of, &verdict->history_count);
    if (!verdict->history) {
        verdict->history_count = 0;
        return -ENOMEM;
    }
    verdict->proves = text_memory(verdict->history_count, sizeof *verdict->proves);
    for (size_t i = 0; i < verdict->findings_count && i < VERDICT_PROVES; i++) {
        count = proof_of(played, judged, verdict, i, own);
        for (size_t line = 0; line < verdict->history_count; line++)
            for (size_t k = 0; k < count; k++)
                if (of[line] == own[k])
                    verdict->proves[line] |= (uint32_t)1 << i;
    }
    free(of);
    return 0;
}
