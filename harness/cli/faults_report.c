/* SPDX-License-Identifier: MIT */
/* What the faults command says: how far it is, each point that is bad with the one command that
 * shows it again, a table by call and error, and what was not tried. */
#include "cli/faults.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_words[] = {[POINT_UNMET] = "unmet",
                                         [POINT_WELL] = "well",
                                         [POINT_LIMIT] = "limit",
                                         [POINT_BAD] = "bad",
                                         [POINT_ERROR] = "error"};

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

void faults_put(struct faults *faults, size_t script, const struct point_result *result)
{
    json_t *json, *statements, *struck;
    char *line;

    if (!faults->output)
        return;
    json = json_object();
    statements = json_array();
    struck = json_array();
    for (size_t i = 0; i < result->statements_count; i++) {
        json_array_append_new(statements, json_string(result->statements[i]));
        json_array_append_new(struck, json_boolean(result->struck[i]));
    }
    json_object_set_new(json, "scenario", json_string(faults->scripts.list[script]->name));
    json_object_set_new(json, "faults", statements);
    json_object_set_new(json, "struck", struck);
    json_object_set_new(json, "result", json_string(kind_words[result->kind]));
    json_object_set_new(json, "told", json_boolean(result->told));
    if (result->verdict.implementation)
        json_object_set_new(json, "verdict", verdict_to_json(&result->verdict));
    line = json_dumps(json, JSON_COMPACT);
    if (line)
        fprintf(faults->output, "%s\n", line);
    free(line);
    json_decref(json);
}

static void print_word(const char *before, const char *text)
{
    char *word = text_shell_word(text);

    printf("%s%s", before, word);
    free(word);
}

static void print_again(const struct faults *faults, const struct bad_point *bad)
{
    const struct faults_options *options = &faults->options;

    fputs("   again  ", stdout);
    print_word("", faults->program);
    print_word(" faults --impl ", faults->implementations.list[0].argument);
    if (options->slow != 1)
        printf(" --slow %g", options->slow);
    if (options->no_namespaces)
        fputs(" --no-namespaces", stdout);
    for (size_t i = 0; i < bad->result.statements_count; i++)
        print_word(" --only ", bad->result.statements[i]);
    print_word(" ", faults->scripts.list[bad->script]->file);
    putchar('\n');
}

static void print_finding(const struct faults *faults, const struct verdict_finding *finding)
{
    char *line = finding->line ? text_format("line %d: %s", finding->line, finding->what)
                               : text_format("%s", finding->what);

    printf("   %-6s ", finding->requirement);
    text_print_wrapped(stdout, line, 10, 10);
    free(line);
    for (size_t i = 0; faults->options.verbose && i < finding->evidence_count; i++) {
        printf("%10s| ", "");
        text_print(stdout, finding->evidence[i]);
        putchar('\n');
    }
}

static void print_point(const struct faults *faults, size_t number, const struct bad_point *bad)
{
    const struct point_result *result = &bad->result;

    printf("%zu. %s%s", number, faults->scripts.list[bad->script]->name,
           result->statements_count ? ":" : "");
    for (size_t i = 0; i < result->statements_count; i++)
        printf("%s %s%s", i ? "," : "", result->statements[i],
               result->struck[i] ? "" : " (not met)");
    if (result->kind != POINT_BAD)
        printf(": %s", result->kind == POINT_ERROR   ? "could not be judged"
                       : result->kind == POINT_UNMET ? "no call was met"
                       : result->kind == POINT_LIMIT ? "a documented limit"
                       : result->told                ? "well: a clear error"
                                                     : "well: nothing was lost");
    putchar('\n');
    if (result->verdict.reason) {
        fputs("   found  ", stdout);
        text_print_wrapped(stdout, result->verdict.reason, 10, 10);
    }
    for (size_t i = 0; i < result->verdict.findings_count; i++)
        print_finding(faults, &result->verdict.findings[i]);
    if (result->statements_count)
        print_again(faults, bad);
}

static int compare_bad(const void *a, const void *b)
{
    const struct bad_point *first = a, *second = b;

    return (first->script > second->script) - (first->script < second->script);
}

static void print_row(const char *call, const char *error, const struct faults_row *row)
{
    printf("%-15s %-8s %8zu %8zu %8zu %8zu %8zu %8zu\n", call, error, row->tried, row->struck,
           row->told, row->limit, row->bad, row->errors);
}

static void add_row(struct faults_row *sum, const struct faults_row *row)
{
    sum->tried += row->tried;
    sum->struck += row->struck;
    sum->told += row->told;
    sum->limit += row->limit;
    sum->bad += row->bad;
    sum->errors += row->errors;
}

static void print_table(const struct faults *faults)
{
    struct faults_row sum = {0};

    printf("\n%-15s %-8s %8s %8s %8s %8s %8s %8s\n", "call", "error", "plays", "struck", "told",
           "limit", "bad", "unjudged");
    for (size_t i = 0; fault_errors[i].call; i++) {
        add_row(&sum, &faults->rows[i]);
        if (faults->rows[i].tried)
            print_row(libc_call_word(fault_errors[i].call), strerrorname_np(fault_errors[i].error),
                      &faults->rows[i]);
    }
    if (faults->paired.tried)
        print_row("pairs", "", &faults->paired);
    add_row(&sum, &faults->paired);
    print_row("all", "", &sum);
}

static void print_untried(const struct faults *faults)
{
    char *names = NULL;

    for (size_t i = 0; i < faults->plan.count; i++) {
        const struct fault_batch *batch = &faults->plan.list[i];
        const char *name = faults->scripts.list[batch->script]->name;

        if (batch->most && (!names || !strstr(names, name)))
            text_append(&names, "%s%s", names ? ", " : "", name);
    }
    printf("Not tried, for --most %d: %zu points of %zu, in\n  ", faults->options.most,
           faults->plan.untried, faults->plan.untried + faults->plan.points);
    text_print_wrapped(stdout, names ? names : "", 2, 2);
    free(names);
}

/* What was not tried, and what fails anyway. Returns how many scripts could not be judged. */
static size_t print_remarks(const struct faults *faults)
{
    size_t skipped = 0, broken = 0, failing = 0;

    for (size_t i = 0; i < faults->scripts.count; i++) {
        const struct census *census = &faults->census[i];

        if (!census->done)
            continue;
        skipped += census->verdict.kind == VERDICT_SKIP;
        failing += census->verdict.kind == VERDICT_FAIL;
        if (census->verdict.kind != VERDICT_ERROR)
            continue;
        broken++;
        printf("%s could not be judged without a fault: ", faults->scripts.list[i]->name);
        text_print(stdout, census->verdict.reason ? census->verdict.reason : "");
        putchar('\n');
    }
    if (skipped)
        printf("%zu script%s need%s what it does not offer.\n", skipped, plural(skipped),
               skipped == 1 ? "s" : "");
    if (failing)
        printf("%zu script%s fail%s without a fault; only what a fault adds was charged.\n",
               failing, plural(failing), failing == 1 ? "s" : "");
    if (faults->plan.untried)
        print_untried(faults);
    return broken;
}

int faults_report(struct faults *faults, bool interrupted)
{
    size_t broken, bad = 0, errors = 0, struck = faults->paired.struck + faults->only.struck;
    const char *version = "", *name = faults->implementations.list[0].name;

    if (faults->bad_count)
        qsort(faults->bad, faults->bad_count, sizeof *faults->bad, compare_bad);
    for (size_t i = 0; i < faults->bad_count; i++) {
        print_point(faults, i + 1, &faults->bad[i]);
        bad += faults->bad[i].result.kind == POINT_BAD;
        errors += faults->bad[i].result.kind == POINT_ERROR;
    }
    if (!faults->options.only_count)
        print_table(faults);
    putchar('\n');
    broken = print_remarks(faults);
    for (size_t i = 0; fault_errors[i].call; i++)
        struck += faults->rows[i].struck;
    for (size_t i = 0; i < faults->scripts.count && !*version; i++)
        version = faults->census[i].verdict.version ? faults->census[i].verdict.version : "";
    printf("%s %s: %zu script%s, %zu play%s, %zu met a fault, %zu bad", name, version,
           faults->scripts.count, plural(faults->scripts.count), faults->runs, plural(faults->runs),
           struck, bad);
    if (errors)
        printf(", %zu not judged", errors);
    if (faults->seconds > 0)
        printf("; %.0f s, %.0f plays a second", faults->seconds,
               (double)faults->runs / faults->seconds);
    puts(interrupted ? "; interrupted" : "");
    return errors || broken ? STATUS_BROKEN : bad ? STATUS_UNEXPECTED : STATUS_EXPECTED;
}
