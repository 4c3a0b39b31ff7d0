/* SPDX-License-Identifier: MIT */
#include "audit/table.h"

#include <stdlib.h>
#include <string.h>

enum { INDENT = 4, SHOWN = 20 }; /* faults or failures of one kind that are told one by one */

bool audit_proof_holds(const struct audit_proof *proof)
{
    return !proof->fault && proof->reported == !proof->control->blind;
}

static void wrapped(FILE *out, const char *text, size_t indent)
{
    fprintf(out, "%*s", (int)indent, "");
    text_print_wrapped(out, text, indent, indent + 2);
}

/* "4 of 4": of the controls that the tool must report. */
static char *awake(const struct audit_tool *tool, const struct audit_proof *proofs, size_t count)
{
    size_t must = 0, held = 0;

    for (size_t i = 0; i < count; i++) {
        must += proofs[i].tool == tool && !proofs[i].control->blind;
        held +=
            proofs[i].tool == tool && !proofs[i].control->blind && audit_proof_holds(&proofs[i]);
    }
    return text_format("%zu of %zu", held, must);
}

static unsigned long hits(const struct audit_account *account)
{
    unsigned long sum = 0;

    for (size_t i = 0; i < account->suppressions_count; i++)
        sum += account->suppressions[i].hits;
    return sum;
}

static void print_table(FILE *out, const struct audit_section *sections, size_t count,
                        const struct audit_proof *proofs, size_t proofs_count)
{
    fprintf(out, "%-9s %-15s %5s %5s %5s %5s %7s %9s  %s\n", "tool", "implementation", "pass",
            "fail", "skip", "error", "found", "swallowed", "controls");
    for (size_t i = 0; i < count; i++) {
        const struct audit_section *at = &sections[i];
        char *controls = awake(at->tool, proofs, proofs_count);

        fprintf(out, "%-9s %-15s %5zu %5zu %5zu %5zu %7lu %9lu  %s\n", at->tool->name,
                at->implementation, at->verdicts[VERDICT_PASS] + at->verdicts[VERDICT_LIMIT],
                at->verdicts[VERDICT_FAIL], at->verdicts[VERDICT_SKIP], at->verdicts[VERDICT_ERROR],
                audit_account_count(&at->account, false), hits(&at->account), controls);
        free(controls);
    }
    fputs(
        "\nfound: what the tool reported, each time it struck. swallowed: hits of its own default\n"
        "suppressions; reapcheck adds none. controls: planted faults that it reported, of those\n"
        "it must report.\n",
        out);
}

static void print_proofs(FILE *out, const struct audit_tool *tool, const struct audit_proof *proofs,
                         size_t count)
{
    fputs("  controls\n", out);
    for (size_t i = 0; i < count; i++) {
        const struct audit_proof *proof = &proofs[i];
        const char *name = proof->control->name;
        char *line;

        if (proof->tool != tool)
            continue;
        if (proof->fault)
            line = text_format("%-20s WRONG: %s", name, proof->fault);
        else if (!proof->control->blind)
            line = text_format("%-20s %s (%s)", name,
                               proof->reported ? "reported" : "WRONG: not reported",
                               proof->control->kind);
        else
            line = text_format("%-20s %s: %s", name,
                               proof->reported ? "WRONG: reported, and was said to be unseen"
                                               : "unseen, as it has to be",
                               proof->control->blind);
        wrapped(out, line, INDENT);
        free(line);
    }
}

static void print_list(FILE *out, const char *title, const struct text_list *list)
{
    if (!list->count)
        return;
    fprintf(out, "    %s\n", title);
    for (size_t i = 0; i < list->count && i < SHOWN; i++)
        wrapped(out, list->list[i], INDENT + 2);
    if (list->count > SHOWN)
        fprintf(out, "      and %zu more\n", list->count - SHOWN);
}

static void print_section(FILE *out, const struct audit_section *at, const char *program)
{
    const struct audit_account *account = &at->account;

    fprintf(out, "  %s\n", at->implementation);
    if (!account->errors_count)
        fputs("    nothing found\n", out);
    for (size_t i = 0; i < account->errors_count; i++) {
        const struct audit_error *error = &account->errors[i];
        char *line = text_format("%lu x %s in %s%s", error->count, error->kind, error->place,
                                 error->of_harness ? " (of the harness itself)" : "");

        wrapped(out, line, INDENT);
        free(line);
        line = text_format("%s run --impl %s --under %s %s", program, at->implementation,
                           at->tool->name, at->first_seen.list[i]);
        fprintf(out, "%*s%s\n", INDENT + 4, "", line); /* whole, to be copied */
        free(line);
    }
    print_list(out, "known, and the reason", &at->known);
    print_list(out, "scenarios that were not judged, and why", &at->skipped);
    print_list(out, "scenarios that fail", &at->failures);
    print_list(out, "scenarios that nobody can tell of", &at->faults);
    print_list(out, "scenarios not played: the tool cannot finish them (name them to try)",
               &at->left_out);
    if (at->cut)
        fprintf(out, "    %zu report%s had no end: the host was killed. What they had counts.\n",
                at->cut, at->cut == 1 ? "" : "s");
    if (account->suppressions_count)
        fputs("    swallowed\n", out);
    for (size_t i = 0; i < account->suppressions_count; i++)
        fprintf(out, "      %9lu %s\n", account->suppressions[i].hits,
                account->suppressions[i].name);
}

void audit_print(FILE *out, const struct audit_section *sections, size_t count,
                 const struct audit_proof *proofs, size_t proofs_count, const char *program)
{
    const struct audit_tool *tool = NULL;

    print_table(out, sections, count, proofs, proofs_count);
    for (size_t i = 0; i < count; i++) {
        if (sections[i].tool != tool) {
            tool = sections[i].tool;
            fprintf(out, "\n%s: %s\n", tool->name, tool->asks);
            print_proofs(out, tool, proofs, proofs_count);
            fputs("  what it cannot see\n", out);
            for (const char *const *line = tool->blind; *line; line++)
                wrapped(out, *line, INDENT);
        }
        print_section(out, &sections[i], program);
    }
}
