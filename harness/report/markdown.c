/* SPDX-License-Identifier: MIT */
/*
 * A summary in GitHub's Markdown: the numbers, then what needs an eye, then what is known, folded.
 * It is what --format github adds to the summary of a workflow's step, which may not be large, so
 * that lists are cut. Whatever came from elsewhere is escaped: it is text, no markup.
 */
#include "report/markdown.h"

#include <stdlib.h>
#include <string.h>
#include "report/report.h"
#include "report/section.h"
#include "report/text.h"

enum { ROWS_MOST = 200 }; /* of one list */

struct markdown {
    FILE *out;
    size_t total, count;
    struct report_sections sections;
};

/* Every mark that could mean something gets a backslash, which never harms; what only HTML can
 * say, its own name. A table's row is a line. */
void markdown_put(FILE *out, const char *text)
{
    char *valid = text_valid(text);

    for (const unsigned char *s = (unsigned char *)valid; *s; s++)
        if (*s == '<')
            fputs("&lt;", out);
        else if (*s == '&')
            fputs("&amp;", out);
        else if (*s == '@') /* mentions nobody */
            fputs("&#64;", out);
        else if (strchr("\\`*_{}[]()>#+!|~", *s))
            fprintf(out, "\\%c", *s);
        else if (*s < 0x20 || *s == 0x7f)
            putc(' ', out);
        else
            putc(*s, out);
    free(valid);
}

static void put_numbers(FILE *out, const struct report_section *section)
{
    size_t kinds[VERDICT_KINDS] = {0}, known = 0, passes = section->new_passes.count;
    char *title = section_title(section);

    for (size_t i = 0; i < section->count; i++) {
        kinds[section->list[i].verdict.kind]++;
        known += section->list[i].judgement.kind == JUDGEMENT_AGREES &&
                 section->list[i].verdict.kind == VERDICT_FAIL;
        passes += section->list[i].judgement.passes.count;
    }
    fputs("| ", out);
    markdown_put(out, title);
    fprintf(out, " | %zu | %zu | %zu | %zu | %zu | %zu | %zu | %zu |\n", kinds[VERDICT_PASS],
            kinds[VERDICT_FAIL] - known, known, kinds[VERDICT_FLAKY], passes, kinds[VERDICT_LIMIT],
            kinds[VERDICT_SKIP], kinds[VERDICT_ERROR]);
    free(title);
}

static void put_row(FILE *out, const struct report_entry *entry, const char *what,
                    const char *detail)
{
    fputs("| ", out);
    markdown_put(out, entry->verdict.scenario);
    fputs(" | ", out);
    markdown_put(out, what);
    fputs(" | ", out);
    markdown_put(out, detail);
    fputs(" |\n", out);
}

static void put_news_row(FILE *out, const struct report_entry *entry)
{
    const struct verdict *verdict = &entry->verdict;
    const struct verdict_finding *finding = report_first_news(verdict, &entry->judgement);
    enum report_news news = report_news(verdict, &entry->judgement);
    char *detail = NULL;

    if (news == NEWS_ERROR || news == NEWS_FLAKY)
        text_append(&detail, "%s", verdict->reason ? verdict->reason : "");
    if (finding)
        text_append(&detail, "%s%s: %s", detail ? "; " : "", finding->requirement, finding->what);
    for (size_t i = 0; i < entry->judgement.passes.count; i++)
        text_append(&detail, "%s%s no longer fails", detail ? "; " : "",
                    entry->judgement.passes.list[i]);
    put_row(out, entry,
            news == NEWS_FAILURE ? "failure"
            : news == NEWS_FLAKY ? "flaky"
            : news == NEWS_PASS  ? "NEW PASS"
                                 : "error",
            detail ? detail : "");
    free(detail);
}

/* Ends a list that was cut; more: rows that it does not have. */
static void put_more(FILE *out, size_t rows)
{
    if (rows > ROWS_MOST)
        fprintf(out, "\n... and %zu more\n", rows - ROWS_MOST);
}

static void put_news(FILE *out, const struct report_section *section)
{
    size_t rows = 0;

    for (size_t i = 0; i < section->count; i++) {
        const struct report_entry *entry = &section->list[i];

        if (report_news(&entry->verdict, &entry->judgement) == NEWS_NONE || rows++ >= ROWS_MOST)
            continue;
        if (rows == 1) {
            fputs("\n### ", out);
            markdown_put(out, section->implementation);
            fputs(": not as expected\n\n| scenario | what | |\n|---|---|---|\n", out);
        }
        put_news_row(out, entry);
    }
    put_more(out, rows);
    for (size_t i = 0; i < section->new_passes.count; i++) {
        fputs("\n**NEW PASS** ", out);
        markdown_put(out, section->new_passes.list[i]);
        putc('\n', out);
    }
    for (size_t i = 0; i < section->notes.count; i++) {
        fputs("\n> ", out);
        markdown_put(out, section->notes.list[i]);
        putc('\n', out);
    }
}

static void put_known(FILE *out, const struct report_section *section)
{
    size_t rows = 0;

    for (size_t i = 0; i < section->count; i++) {
        const struct report_entry *entry = &section->list[i];
        char *reasons;

        if (entry->judgement.kind != JUDGEMENT_AGREES || rows++ >= ROWS_MOST)
            continue;
        if (rows == 1) {
            fputs("\n<details><summary>", out);
            markdown_put(out, section->implementation);
            fputs(": known failures</summary>\n\n| scenario | | reason |\n|---|---|---|\n", out);
        }
        reasons = judgement_reasons(&entry->judgement);
        put_row(out, entry, verdict_word(entry->verdict.kind), reasons);
        free(reasons);
    }
    put_more(out, rows);
    if (rows)
        fputs("\n</details>\n", out);
}

static void *markdown_begin(FILE *out, const struct report_run *run)
{
    struct markdown *markdown = text_memory(1, sizeof *markdown);

    markdown->out = out;
    markdown->total = run->total;
    return markdown;
}

static void markdown_verdict(void *reporter, const struct verdict *verdict,
                             const struct judgement *judgement)
{
    struct markdown *markdown = reporter;

    section_add(section_of(&markdown->sections, verdict->implementation), verdict, judgement);
    markdown->count++;
}

static void markdown_note(void *reporter, const char *implementation, enum report_note kind,
                          const char *text)
{
    struct markdown *markdown = reporter;

    section_note(section_of(&markdown->sections, implementation), kind, text);
}

static int markdown_end(void *reporter)
{
    struct markdown *markdown = reporter;
    const struct report_sections *sections = &markdown->sections;
    FILE *out = markdown->out;
    int rc;

    fputs("## reapcheck\n\n", out);
    if (markdown->count < markdown->total)
        fprintf(out, "**Interrupted: %zu of %zu verdicts are there.**\n\n", markdown->count,
                markdown->total);
    fputs("| | pass | fail | known | flaky | NEW PASS | limit | skip | error |\n"
          "|---|---|---|---|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < sections->count; i++)
        put_numbers(out, &sections->list[i]);
    for (size_t i = 0; i < sections->count; i++)
        put_news(out, &sections->list[i]);
    for (size_t i = 0; i < sections->count; i++)
        put_known(out, &sections->list[i]);
    putc('\n', out);
    rc = report_flush(out);
    sections_clear(&markdown->sections);
    free(markdown);
    return rc;
}

const struct reporter report_markdown = {
    .name = "markdown",
    .what = "a summary in Markdown: the numbers and what is not as expected",
    .begin = markdown_begin,
    .verdict = markdown_verdict,
    .end = markdown_end,
    .note = markdown_note,
};
