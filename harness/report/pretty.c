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
    struct report_sections sections; /* one at a time */
    size_t count;
    bool printed;             /* a section stands above */
    struct text_list summary; /* a line for each implementation */
};

bool pretty_is_trouble(const struct report_entry *entry)
{
    enum report_news news = report_news(&entry->verdict, &entry->judgement);

    return news == NEWS_FAILURE || news == NEWS_FLAKY || news == NEWS_ERROR ||
           (news == NEWS_PASS && entry->verdict.kind == VERDICT_FAIL);
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

static void end_section(struct pretty *pretty)
{
    const struct report_section *section = pretty->sections.list;
    char *line;

    if (!pretty->sections.count)
        return;
    if (pretty->run.progress)
        fputs("\r\033[K", pretty->out);
    if (pretty->printed)
        putc('\n', pretty->out);
    pretty->printed = true;
    pretty_section_print(pretty->out, &pretty->run, section);
    line = section_summary(section);
    text_list_add(&pretty->summary, line);
    free(line);
    sections_clear(&pretty->sections);
}

static struct report_section *current(struct pretty *pretty, const char *implementation)
{
    if (pretty->sections.count && strcmp(pretty->sections.list->implementation, implementation))
        end_section(pretty);
    return section_of(&pretty->sections, implementation);
}

static void pretty_verdict(void *reporter, const struct verdict *verdict,
                           const struct judgement *judgement)
{
    struct pretty *pretty = reporter;

    section_add(current(pretty, verdict->implementation), verdict, judgement);
    pretty->count++;
    progress(pretty, verdict);
}

static void pretty_note(void *reporter, const char *implementation, enum report_note kind,
                        const char *text)
{
    section_note(current(reporter, implementation), kind, text);
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
    if (pretty->run.not_built)
        fprintf(pretty->out, "Not built for want of their libraries: %s\n", pretty->run.not_built);
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
