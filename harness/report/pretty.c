/* SPDX-License-Identifier: MIT */
/*
 * The report for people. Verdicts are kept until the next implementation begins, since what is
 * said of a requirement needs all of them; meanwhile a line on the terminal shows how far it is.
 * The numbers of all implementations stand together at the end, where the eye is.
 */
#include "report/pretty.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

struct pretty {
    FILE *out;
    struct report_run run;
    struct pretty_section section;
    size_t count;
    bool printed;             /* a section stands above */
    struct text_list summary; /* a line for each implementation */
};

bool pretty_is_trouble(const struct pretty_verdict *entry)
{
    return (entry->verdict.kind == VERDICT_FAIL && entry->judgement.kind != JUDGEMENT_AGREES) ||
           entry->verdict.kind == VERDICT_ERROR;
}

void pretty_colour(FILE *out, const struct report_run *run, const char *code, const char *text)
{
    if (run->colour)
        fprintf(out, "\033[%sm%s\033[0m", code, text);
    else
        fputs(text, out);
}

void pretty_heading(FILE *out, const struct report_run *run, const char *text)
{
    putc('\n', out);
    pretty_colour(out, run, PRETTY_BOLD, text);
    fputs("\n\n", out);
}

/* Of the terminal, which may be another size by now. */
static size_t columns_of(FILE *out)
{
    struct winsize size;

    return !ioctl(fileno(out), TIOCGWINSZ, &size) && size.ws_col ? size.ws_col : TEXT_COLUMNS;
}

static void progress(struct pretty *pretty, const struct verdict *verdict)
{
    char *line;

    if (!pretty->run.progress)
        return;
    line = text_format("[%zu/%zu] %s: %s", pretty->count, pretty->run.total,
                       verdict->implementation, verdict->scenario);
    fputs("\r\033[K", pretty->out);
    text_print_cut(pretty->out, line, columns_of(pretty->out) - 1);
    free(line);
}

static void *pretty_begin(FILE *out, const struct report_run *run)
{
    struct pretty *pretty = text_memory(1, sizeof *pretty);

    pretty->out = out;
    pretty->run = *run;
    return pretty;
}

/* "libxl 4.17.7: 40 pass, 5 fail (4 expected), 2 limit, 3 skip, 0 error" */
static void summarise(struct pretty *pretty)
{
    const struct pretty_section *section = &pretty->section;
    size_t kinds[VERDICT_KINDS] = {0}, known = 0, passes = section->new_passes.count;
    char *line;

    for (size_t i = 0; i < section->count; i++) {
        const struct pretty_verdict *entry = &section->list[i];

        kinds[entry->verdict.kind]++;
        known += entry->judgement.kind == JUDGEMENT_AGREES;
        passes += entry->judgement.passes.count;
    }
    line = text_format("%s%s%s: %zu pass, %zu fail", section->implementation,
                       *section->version ? " " : "", section->version, kinds[VERDICT_PASS],
                       kinds[VERDICT_FAIL]);
    if (known)
        text_append(&line, " (%zu expected)", known);
    text_append(&line, ", %zu limit, %zu skip, %zu error", kinds[VERDICT_LIMIT],
                kinds[VERDICT_SKIP], kinds[VERDICT_ERROR]);
    if (passes)
        text_append(&line, "; %zu NEW PASS", passes);
    text_list_add(&pretty->summary, line);
    free(line);
}

static void end_section(struct pretty *pretty)
{
    struct pretty_section *section = &pretty->section;

    if (!section->implementation)
        return;
    if (pretty->run.progress)
        fputs("\r\033[K", pretty->out);
    if (pretty->printed)
        putc('\n', pretty->out);
    pretty->printed = true;
    pretty_section_print(pretty->out, &pretty->run, section);
    summarise(pretty);

    for (size_t i = 0; i < section->count; i++) {
        verdict_clear(&section->list[i].verdict);
        judgement_clear(&section->list[i].judgement);
    }
    free(section->list);
    free(section->implementation);
    free(section->version);
    text_list_clear(&section->notes);
    text_list_clear(&section->new_passes);
    *section = (struct pretty_section){0};
}

static struct pretty_section *section_of(struct pretty *pretty, const char *implementation)
{
    struct pretty_section *section = &pretty->section;

    if (section->implementation && !strcmp(section->implementation, implementation))
        return section;
    end_section(pretty);
    section->implementation = text_format("%s", implementation);
    section->version = text_format("%s", "");
    return section;
}

static void pretty_verdict(void *reporter, const struct verdict *verdict,
                           const struct judgement *judgement)
{
    struct pretty *pretty = reporter;
    struct pretty_section *section = section_of(pretty, verdict->implementation);
    struct pretty_verdict *entry;

    if (!*section->version && *verdict->version) { /* it may not have lived to tell before */
        free(section->version);
        section->version = text_format("%s", verdict->version);
    }
    section->list = text_grow(section->list, section->count + 1, sizeof *section->list);
    entry = &section->list[section->count++];
    verdict_copy(&entry->verdict, verdict);
    entry->judgement = (struct judgement){0};
    if (judgement)
        judgement_copy(&entry->judgement, judgement);
    pretty->count++;
    progress(pretty, verdict);
}

static void pretty_note(void *reporter, const char *implementation, enum report_note kind,
                        const char *text)
{
    struct pretty_section *section = section_of(reporter, implementation);

    text_list_add(kind == REPORT_NEW_PASS ? &section->new_passes : &section->notes, text);
}

static int pretty_end(void *reporter)
{
    struct pretty *pretty = reporter;
    bool interrupted = pretty->count < pretty->run.total;
    int rc;

    if (interrupted)
        pretty->run.complete = false;
    end_section(pretty);
    if (pretty->printed)
        putc('\n', pretty->out);
    for (size_t i = 0; i < pretty->summary.count; i++) { /* one line each, for grep */
        text_print(pretty->out, pretty->summary.list[i]);
        putc('\n', pretty->out);
    }
    if (interrupted)
        fprintf(pretty->out, "Interrupted: %zu of %zu verdicts are there.\n", pretty->count,
                pretty->run.total);
    else if (!pretty->count)
        fputs("Nothing to do: no scenario.\n", pretty->out);
    text_list_clear(&pretty->summary);
    rc = report_flush(pretty->out);
    free(pretty);
    return rc;
}

const struct reporter report_pretty = {
    .name = "pretty",
    .what = "for people: what holds, what fails and how to see it again",
    .begin = pretty_begin,
    .verdict = pretty_verdict,
    .end = pretty_end,
    .note = pretty_note,
};
