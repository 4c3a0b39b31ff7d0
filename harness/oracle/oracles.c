/* SPDX-License-Identifier: MIT */
#include "oracle/facts.h"
#include "oracle/families.h"

#include <errno.h>
#include <stdlib.h>

const struct oracle oracles[] = {
    {"exactly once", "Was every exit reported once, to its owner and to nobody else?",
     judge_exactly_once},
    {"true status", "Is what was reported what the kernel says?", judge_true_status},
    {"no theft", "Did the library leave alone what is not its own?", judge_theft},
    {"strangers", "Was what it reaped for others passed on?", judge_strangers},
    {"no zombie", "Was every child reaped by whom it was due?", judge_zombies},
    {"handler needed", "Is the handler there if and only if somebody needs it?",
     judge_handler_needed},
    {"restored", "Is the disposition as it was once nobody needs it any more?", judge_restored},
    {"locks", "Can no lock be waited for for ever?", judge_locks},
    {"handler pure", "Does the handler do only what a handler may?", judge_handler_pure},
    {"masks", "Are signal masks as the application set them?", judge_masks},
    {"fds", "Are all fds closed that were opened, and none passed on?", judge_fds},
    {"newborns", "Does a forked child let its parent's fds alone?", judge_newborns},
    {"births", "Had the library children only where it was asked for them?", judge_births},
    {"given back", "Does what it keeps not grow with what comes and goes?", judge_given_back},
    {"late signals", "Was no signal sent to a pid after it was reaped?", judge_late_signals},
    {"events", "Was all that happened told once to each that asked for it, and nothing else?",
     judge_events},
    {"retrieval", "Did each event go to whom it was for, in its turn?", judge_retrieval},
    {"disasters", "Was each disaster logged before it was told?", judge_disasters},
    {"operations", "Did each operation end once, when all of it was over, as its child did?",
     judge_operations},
    {"aborts", "Was the answer to each abort true?", judge_aborts},
    {"hooks", "Did the hooks get back what they had given, for what is there?", judge_hooks},
    {"idle", "Is nothing registered by a ctx that is idle or closed?", judge_idle},
    {"poll", "Is what beforepoll says fit to be polled?", judge_poll},
    {"watches", "Was each fd and timeout of the application's told of when it was so?",
     judge_watches},
    {"progress", "Did every call come back, and the process stay alive?", judge_progress},
    {"coexistence", "Of a pair: does neither harm the other, and neither leave anything behind?",
     judge_coexistence},
    {NULL, NULL, NULL},
};

/* The line of the step in which the last of the evidence happened; 0 where it was in none. */
static int line_of(const struct history *history, const struct finding *finding)
{
    size_t i = finding->evidence_count ? finding->evidence[finding->evidence_count - 1] + 1 : 0;

    while (i-- > 0)
        if (history_event(history, i)->kind == EVENT_STEP)
            return history_event(history, i)->subject;
    return 0;
}

int oracle_judge(const struct history *history, const struct subject *subject,
                 struct findings *findings)
{
    const struct oracle *oracle;
    struct facts *facts = facts_build(history, subject);
    struct subject informed = *subject;
    size_t first = findings->count, i;
    int before = errno, rc = facts ? 0 : -1;

    informed.facts = facts;
    for (oracle = oracles; oracle->name && rc == 0; oracle++) {
        /* What the others ask is asked of one that does not share the process. */
        if (subject->pair && oracle->judge != judge_coexistence)
            continue;
        errno = 0;
        oracle->judge(history, &informed, findings);
        if (errno == ENOMEM)
            rc = -1;
    }
    for (i = first; i < findings->count; i++)
        findings->list[i].line = line_of(history, &findings->list[i]);
    facts_free(facts);
    errno = rc < 0 ? ENOMEM : before;
    return rc;
}

struct finding *findings_add(struct findings *findings, const char *requirement, const char *oracle)
{
    struct finding *finding;

    if (findings->count == findings->size) {
        size_t size = findings->size ? findings->size * 2 : 8;
        struct finding *list = realloc(findings->list, size * sizeof(*list));
        if (!list)
            return NULL;
        findings->list = list;
        findings->size = size;
    }
    finding = &findings->list[findings->count++];
    *finding = (struct finding){.requirement = requirement, .oracle = oracle};
    return finding;
}

void finding_proof(struct finding *finding, size_t i)
{
    size_t place = finding->evidence_count, n;

    for (n = 0; n < finding->evidence_count; n++)
        if (finding->evidence[n] == i)
            return;
    if (finding->evidence_count == FINDING_EVIDENCE)
        return;
    for (; place > 0 && finding->evidence[place - 1] > i; place--)
        finding->evidence[place] = finding->evidence[place - 1];
    finding->evidence[place] = i;
    finding->evidence_count++;
}

void findings_free(struct findings *findings)
{
    free(findings->list);
    *findings = (struct findings){0};
}
