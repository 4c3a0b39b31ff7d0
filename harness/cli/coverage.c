/* SPDX-License-Identifier: MIT */
/*
 * The coverage command: for each requirement the scenarios that cover it, and the mutants that are
 * to break it. Two things are gaps, and make it fail: a duty of the library that no scenario
 * covers, in the families that any implementation or any libxl-shaped one owes; and a requirement
 * that is covered while no mutant breaks it, so that nobody has ever seen its scenarios fail.
 *
 * PL is about the kernel, of which there are no mutants: that its scenarios can fail is shown by
 * scenarios/platform/platform.bats, with a kernel that seems to break a rule.
 *
 * A requirement that nothing could observe is marked so in the catalogue and is no gap. That is an
 * easy way out, so the marks are few, and shown.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "report/text.h"

static const char owed[] = "XC,FK", of_kernel[] = "PL";
enum { UNOBSERVABLE_MOST = 5, NAMES = 28 /* the column of scenarios' and mutants' names */ };

static const char doc[] =
    "Shows for each requirement of the catalogue the scenarios that cover it and the mutants that "
    "break it.\v"
    "Examples:\n"
    "  reapcheck coverage\n"
    "  reapcheck coverage --family XC,FK --gaps\n\n"
    "Exit status:\n"
    "  0  every duty of the library in XC and FK is covered, and a mutant breaks\n"
    "     every requirement that is; at most 5 are marked as unobservable\n"
    "  1  it is not so for those shown\n"
    "  2  wrong use, or a script or a mutant's head that cannot be read\n"
    "  3  the harness itself could not work";

enum { KEY_FAMILY = 'f', KEY_GAPS = 'g' };

struct options {
    const char *families;
    bool gaps;
};

static const struct argp_option table[] = {
    {"family", KEY_FAMILY, "XC,FK...", 0, "Only these families (default: all)", 0},
    {"gaps", KEY_GAPS, NULL, 0, "Only requirements for which something is missing", 0},
    {0},
};

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    if (key == KEY_FAMILY)
        options->families = argument;
    else if (key == KEY_GAPS)
        options->gaps = true;
    else if (key == ARGP_KEY_ARG)
        argp_error(state, "it takes no argument \"%s\"", argument);
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

/* Is the family of this id in a list such as "XC,FK"? */
static bool in_families(const char *families, const char *id)
{
    size_t length = strcspn(id, "-");

    for (const char *at = families; *at; at += strspn(at, ",")) {
        size_t size = strcspn(at, ",");

        if (size == length && !strncasecmp(at, id, length))
            return true;
        at += size;
    }
    return false;
}

/* Every family named must be there: a slip must not look like full coverage. */
static bool families_exist(const struct catalogue *catalogue, const char *families)
{
    char *copy = text_format("%s", families), *rest = copy, *family;
    bool all = true;

    while ((family = strsep(&rest, ","))) {
        bool there = false;

        for (size_t i = 0; *family && i < catalogue->count; i++)
            there |= in_families(family, catalogue->list[i].id);
        if (!there) {
            complain(STATUS_USAGE, "there is no family \"%s\" in the catalogue", family);
            all = false;
        }
    }
    free(copy);
    return all;
}

/* What is missing, and what is said of it in the end. */
enum gap { GAP_NONE, GAP_SCRIPT, GAP_MUTANT, GAP_MARK, GAPS };

static const char *const gap_texts[GAPS] = {
    [GAP_SCRIPT] = "Duties of the library that no scenario covers:",
    [GAP_MUTANT] = "Covered, but no mutant breaks them:",
    [GAP_MARK] = "Marked as unobservable, but covered:",
};

struct coverage {
    const struct catalogue *catalogue;
    struct scripts scripts;
    struct mutants mutants;
    struct text_list gaps[GAPS], unobservable;
    size_t total, covered, broken;
    bool kernel; /* a requirement of the kernel was covered */
};

static bool is_owed(const struct requirement *requirement)
{
    return in_families(owed, requirement->id);
}

static size_t list_scripts(const struct coverage *coverage, const char *id, char **text)
{
    const char *theme = NULL;
    size_t count = 0;

    for (size_t i = 0; i < coverage->scripts.count; i++)
        if (script_covers(coverage->scripts.list[i], id)) {
            scripts_append_name(text, &theme, coverage->scripts.list[i]->name);
            count++;
        }
    return count;
}

static size_t list_mutants(const struct coverage *coverage, const char *id, char **text)
{
    size_t count = 0;

    for (size_t i = 0; i < coverage->mutants.count; i++)
        if (mutant_breaks(&coverage->mutants.list[i], id))
            text_append(text, "%s%s", count++ ? " " : "", coverage->mutants.list[i].name);
    return count;
}

static enum gap gap_of(const struct coverage *coverage, const struct requirement *requirement,
                       size_t scripts, size_t mutants)
{
    if (requirement->unobservable)
        return scripts ? GAP_MARK : GAP_NONE;
    if (!scripts)
        return requirement->duty == 'L' && is_owed(requirement) ? GAP_SCRIPT : GAP_NONE;
    return !mutants && coverage->mutants.count && !in_families(of_kernel, requirement->id)
               ? GAP_MUTANT
               : GAP_NONE;
}

/* One kind of thing that there is for a requirement: "12 scenarios", and their names. */
static void print_names(size_t count, const char *what, const char *names)
{
    char *label = text_format("%zu %s%s", count, what, count == 1 ? "" : "s");

    printf("%-13s", label);
    text_print_wrapped(stdout, names, NAMES, NAMES);
    free(label);
}

/* Returns whether anything was printed. */
static bool show(struct coverage *coverage, const struct requirement *requirement, bool only_gaps)
{
    char *scripts = NULL, *mutants = NULL;
    size_t scripts_count = list_scripts(coverage, requirement->id, &scripts);
    size_t mutants_count = list_mutants(coverage, requirement->id, &mutants);
    enum gap gap = gap_of(coverage, requirement, scripts_count, mutants_count);
    bool shown = gap || !only_gaps;

    coverage->total++;
    coverage->covered += scripts_count > 0;
    coverage->broken += scripts_count && mutants_count;
    coverage->kernel |= scripts_count && in_families(of_kernel, requirement->id);
    if (gap)
        text_list_add(&coverage->gaps[gap], requirement->id);
    if (requirement->unobservable && is_owed(requirement))
        text_list_add(&coverage->unobservable, requirement->id);
    if (!shown)
        goto out;

    printf("%s %c %-6s ", requirement->id, requirement->duty, level_word(requirement->level));
    if (scripts_count)
        print_names(scripts_count, "scenario", scripts);
    else {
        printf("%-13s", requirement->unobservable ? "unobservable" : "-");
        text_print_cut(stdout, requirement->sentence, TEXT_COLUMNS - NAMES);
        putchar('\n');
    }
    if (mutants_count) {
        printf("%15s", "");
        print_names(mutants_count, "mutant", mutants);
    }
out:
    free(scripts);
    free(mutants);
    return shown;
}

static void print_ids(const char *text, const struct text_list *ids)
{
    char *line = text_format("%s", text);

    for (size_t i = 0; i < ids->count; i++)
        text_append(&line, " %s", ids->list[i]);
    text_print_wrapped(stdout, line, 0, 2);
    free(line);
}

/* Returns the status. */
static int sum_up(const struct coverage *coverage, bool blank_line)
{
    size_t marks = coverage->unobservable.count;
    int status = STATUS_EXPECTED;

    printf("%s%zu of %zu requirements are covered by %zu scenario%s; mutants break %zu of these.\n",
           blank_line ? "\n" : "", coverage->covered, coverage->total, coverage->scripts.count,
           coverage->scripts.count == 1 ? "" : "s", coverage->broken);
    if (coverage->kernel)
        puts(
            "Of the kernel (PL) there are no mutants: scenarios/platform/platform.bats shows that\n"
            "its scenarios can fail, with a kernel that seems to break a rule.");
    if (!coverage->mutants.count)
        puts("There are no mutants here: whether scenarios can fail was not asked.");
    if (marks)
        printf("Marked as unobservable in %s: %zu; at most %d may be.\n", owed, marks,
               UNOBSERVABLE_MOST);
    for (size_t i = 0; i < marks; i++) {
        const char *id = coverage->unobservable.list[i];

        printf("  %s  ", id);
        text_print_wrapped(stdout, catalogue_find(coverage->catalogue, id)->unobservable, 9, 9);
    }
    if (marks > UNOBSERVABLE_MOST)
        status = STATUS_UNEXPECTED;
    for (enum gap gap = GAP_NONE + 1; gap < GAPS; gap++)
        if (coverage->gaps[gap].count) {
            print_ids(gap_texts[gap], &coverage->gaps[gap]);
            status = STATUS_UNEXPECTED;
        }
    return status;
}

static int show_all(struct coverage *coverage, const struct options *options)
{
    bool shown = false;

    for (size_t i = 0; i < coverage->catalogue->count; i++) {
        const struct requirement *requirement = &coverage->catalogue->list[i];

        if (!options->families || in_families(options->families, requirement->id))
            shown |= show(coverage, requirement, options->gaps);
    }
    return sum_up(coverage, shown);
}

static void coverage_clear(struct coverage *coverage)
{
    for (int gap = 0; gap < GAPS; gap++)
        text_list_clear(&coverage->gaps[gap]);
    text_list_clear(&coverage->unobservable);
    mutants_clear(&coverage->mutants);
    scripts_clear(&coverage->scripts);
}

int command_coverage(int argc, char **argv, const char *program)
{
    static const struct argp argp = {table, read_option, NULL, doc, NULL, NULL, NULL};
    struct options options = {0};
    struct coverage coverage = {0};
    struct catalogue *catalogue;
    struct layout layout;
    int status = STATUS_BROKEN;

    (void)program;
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    layout_find(&layout);
    coverage.catalogue = catalogue = layout_catalogue(&layout);
    if (catalogue)
        status = options.families && !families_exist(catalogue, options.families)
                     ? STATUS_USAGE
                     : scripts_load(&coverage.scripts, &layout, catalogue, NULL, 0);
    if (!status)
        status = layout_mutants(&layout, catalogue, &coverage.scripts, &coverage.mutants);
    if (!status)
        status = show_all(&coverage, &options);
    coverage_clear(&coverage);
    catalogue_free(catalogue);
    layout_clear(&layout);
    return finish(status);
}
