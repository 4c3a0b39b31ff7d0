/* SPDX-License-Identifier: MIT */
/*
 * What is played, and what a play proves. A mutant is caught by a play that fails and has a finding
 * which says that the requirement in question is broken; a failure for another reason is none. Who
 * else spoke up in that play is kept, too: where nobody but the oracle of progress did, the mutant
 * was caught because something crashed or did not end, and an oracle is missing that could have
 * said why.
 */
#include "cli/kill_matrix.h"

#include <stdlib.h>
#include <string.h>

static bool in_theme(const char *script, const char *theme)
{
    size_t length = theme ? strlen(theme) : 0;

    return !theme || (!strncmp(script, theme, length) && script[length] == '/');
}

static bool has_row(const struct kill_matrix *matrix, size_t from, const char *requirement,
                    const struct script *script)
{
    for (size_t i = from; i < matrix->count; i++)
        if (matrix->list[i].script == script && !strcmp(matrix->list[i].requirement, requirement))
            return true;
    return false;
}

static void add_row(struct kill_matrix *matrix, const struct kill_plan *plan,
                    const struct mutant *mutant, const char *requirement,
                    const struct script *script, bool promised)
{
    matrix->list = text_grow(matrix->list, matrix->count + 1, sizeof *matrix->list);
    matrix->list[matrix->count++] = (struct kill){.mutant = mutant,
                                                  .requirement = requirement,
                                                  .script = script,
                                                  .promised = promised,
                                                  .times = promised ? plan->times : 1};
}

static void add_mutant(struct kill_matrix *matrix, const struct kill_plan *plan,
                       const struct mutant *mutant)
{
    size_t from = matrix->count;

    for (size_t i = 0; i < mutant->breaks_count; i++) {
        const struct breach *breach = &mutant->breaks[i];

        if (in_theme(breach->script, plan->theme))
            add_row(matrix, plan, mutant, breach->requirement,
                    script_find(plan->scripts, plan->scripts_count, breach->script), true);
    }
    if (matrix->count == from || plan->promised)
        return;
    for (size_t i = 0; i < mutant->breaks_count; i++)
        for (size_t j = 0; j < plan->scripts_count; j++) {
            const struct script *script = plan->scripts[j];
            const char *id = mutant->breaks[i].requirement;

            if (in_theme(script->name, plan->theme) && (plan->all || script_covers(script, id)) &&
                !has_row(matrix, from, id, script))
                add_row(matrix, plan, mutant, id, script, false);
        }
}

void kill_matrix_make(struct kill_matrix *matrix, const struct kill_plan *plan)
{
    *matrix = (struct kill_matrix){0};
    for (size_t i = 0; i < plan->mutants->count; i++) {
        const struct mutant *mutant = &plan->mutants->list[i];

        if (!plan->names->count || text_list_has(plan->names, mutant->name))
            add_mutant(matrix, plan, mutant);
    }
}

void kill_matrix_clear(struct kill_matrix *matrix)
{
    for (size_t i = 0; i < matrix->count; i++) {
        text_list_clear(&matrix->list[i].by);
        text_list_clear(&matrix->list[i].others);
    }
    free(matrix->list);
    *matrix = (struct kill_matrix){0};
}

size_t kill_matrix_next_mutant(const struct kill_matrix *matrix, size_t row)
{
    const struct mutant *mutant = matrix->list[row].mutant;

    while (row < matrix->count && matrix->list[row].mutant == mutant)
        row++;
    return row;
}

static void add_once(struct text_list *list, const char *text)
{
    if (!text_list_has(list, text))
        text_list_add(list, text);
}

static enum kill_cause cause_in(const struct verdict *verdict)
{
    enum kill_cause best = KILL_NONE;

    for (size_t i = 0; i < verdict->findings_count; i++) {
        const char *oracle = verdict->findings[i].oracle;
        enum kill_cause cause = !strcmp(oracle, "progress") ? KILL_PROGRESS
                                : !strcmp(oracle, "step")   ? KILL_STEP
                                                            : KILL_ORACLE;

        best = cause > best ? cause : best;
    }
    return best;
}

/* What a play brought that did not catch it: other requirements, or why there is no telling. */
static void count_other(struct kill *kill, const struct verdict *verdict)
{
    if (verdict->kind == VERDICT_FAIL)
        for (size_t i = 0; i < verdict->findings_count; i++)
            add_once(&kill->others, verdict->findings[i].requirement);
    else if (verdict->reason)
        add_once(&kill->others, verdict->reason);
    else
        add_once(&kill->others, verdict_word(verdict->kind));
}

static void count(struct kill *kill, const struct verdict *verdict)
{
    bool caught = false;

    kill->plays++;
    kill->failed += verdict->kind == VERDICT_FAIL;
    if (verdict->milliseconds > kill->longest)
        kill->longest = verdict->milliseconds;
    for (size_t i = 0; verdict->kind == VERDICT_FAIL && i < verdict->findings_count; i++) {
        const struct verdict_finding *finding = &verdict->findings[i];

        if (finding->limit || !verdict_finding_breaks(finding, kill->requirement))
            continue;
        caught = true;
        add_once(&kill->by, finding->oracle);
    }
    if (!caught) {
        count_other(kill, verdict);
        return;
    }
    if (!kill->caught++)
        kill->milliseconds = verdict->milliseconds;
    if (cause_in(verdict) > kill->cause)
        kill->cause = cause_in(verdict);
}

void kill_matrix_count(struct kill_matrix *matrix, const struct mutant *mutant,
                       const struct script *script, const struct verdict *verdict)
{
    for (size_t i = 0; i < matrix->count; i++)
        if (matrix->list[i].mutant == mutant && matrix->list[i].script == script &&
            matrix->list[i].plays < matrix->list[i].times)
            count(&matrix->list[i], verdict);
}

bool kill_is_missed(const struct kill *kill)
{
    return kill->promised && kill->caught < kill->times;
}
