/* SPDX-License-Identifier: MIT */
/*
 * Annotations of GitHub's workflows: a line `::error file=...,line=...,title=...::text` for all
 * that is not as expected, then the numbers. What is known needs no annotation; the summary of the
 * step (markdown.c) has it. GitHub reads every line that begins with `::` as a command, so no text
 * that came from elsewhere begins a line or holds a newline.
 */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>
#include "report/section.h"
#include "report/text.h"

struct github {
    FILE *out;
    size_t total, count;
    struct report_sections sections;
};

/* In a value of a property `:` and `,` have a meaning, too. */
static void put_escaped(FILE *out, const char *text, bool property)
{
    char *valid = text_valid(text);

    for (const unsigned char *s = (unsigned char *)valid; *s; s++)
        if (*s == '%' || *s == '\n' || *s == '\r' || (property && (*s == ':' || *s == ',')))
            fprintf(out, "%%%02X", *s);
        else if (*s < 0x20 || *s == 0x7f || (*s == 0xc2 && s[1] < 0xa0))
            fprintf(out, "\\x%02x", *s == 0xc2 ? *++s : *s);
        else
            putc(*s, out);
    free(valid);
}

/* file may be NULL, and line 0. */
static void annotate(FILE *out, const char *level, const char *file, int line, const char *title,
                     const char *text)
{
    fprintf(out, "::%s ", level);
    if (file && *file) {
        fputs("file=", out);
        put_escaped(out, file, true);
        if (line)
            fprintf(out, ",line=%d", line);
        putc(',', out);
    }
    fputs("title=", out);
    put_escaped(out, title, true);
    fputs("::", out);
    put_escaped(out, text, false);
    putc('\n', out);
}

static void *github_begin(FILE *out, const struct report_run *run)
{
    struct github *github = text_memory(1, sizeof *github);

    github->out = out;
    github->total = run->total;
    return github;
}

static char *said_of(const struct verdict *verdict, const struct judgement *judgement)
{
    const struct verdict_finding *finding = report_first_news(verdict, judgement);
    char *said = NULL;

    if (finding)
        text_append(&said, "%s: %s\n", finding->requirement, finding->what);
    if (verdict->reason)
        text_append(&said, "%s\n", verdict->reason);
    for (size_t i = 0; judgement && i < judgement->passes.count; i++)
        text_append(&said, "%s was expected to fail here each time, and does not\n",
                    judgement->passes.list[i]);
    text_append(&said, "%s", verdict->command ? verdict->command : "");
    return said;
}

static void github_verdict(void *reporter, const struct verdict *verdict,
                           const struct judgement *judgement)
{
    static const char *const titles[] = {
        [NEWS_FAILURE] = "Failure",
        [NEWS_FLAKY] = "Flaky",
        [NEWS_PASS] = "NEW PASS, update the expected results",
        [NEWS_ERROR] = "The harness could not tell",
    };
    struct github *github = reporter;
    enum report_news news = report_news(verdict, judgement);
    const struct verdict_finding *finding = report_first_news(verdict, judgement);
    char *title, *said;

    section_add(section_of(&github->sections, verdict->implementation), verdict, judgement);
    github->count++;
    if (news == NEWS_NONE)
        return;
    title = text_format("%s: %s: %s", titles[news], verdict->implementation, verdict->scenario);
    said = said_of(verdict, judgement);
    annotate(github->out, "error", verdict->file, finding ? finding->line : 0, title, said);
    free(title);
    free(said);
}

static void github_note(void *reporter, const char *implementation, enum report_note kind,
                        const char *text)
{
    struct github *github = reporter;
    bool new_pass = kind == REPORT_NEW_PASS;
    char *title = text_format("%s%s", new_pass ? "NEW PASS, update the expected results: " : "",
                              implementation);

    section_note(section_of(&github->sections, implementation), kind, text);
    annotate(github->out, new_pass ? "error" : "notice", NULL, 0, title, text);
    free(title);
}

static int github_end(void *reporter)
{
    struct github *github = reporter;
    int rc;

    if (github->count < github->total) {
        char *text = text_format("%zu of %zu verdicts are there", github->count, github->total);

        annotate(github->out, "error", NULL, 0, "Interrupted", text);
        free(text);
    }
    for (size_t i = 0; i < github->sections.count; i++) {
        char *line = section_summary(&github->sections.list[i]);

        fputs("  ", github->out); /* so that it is no command */
        text_print(github->out, line);
        putc('\n', github->out);
        free(line);
    }
    rc = report_flush(github->out);
    sections_clear(&github->sections);
    free(github);
    return rc;
}

const struct reporter report_github = {
    .name = "github",
    .what = "annotations of GitHub's workflows, and a summary of the step",
    .begin = github_begin,
    .verdict = github_verdict,
    .end = github_end,
    .note = github_note,
};
