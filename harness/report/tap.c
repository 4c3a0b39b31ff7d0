/* SPDX-License-Identifier: MIT */
/*
 * TAP version 14. A failure that is expected is a TODO; one that was expected and did not come is
 * `not ok`, since the list of what is expected has to be brought up to date, and whoever reads TAP
 * should see what the exit status says. For what is wrong with no scenario of its own there are
 * test points behind the others, and so the plan stands at the end. YAML blocks take text only as
 * double-quoted scalars, in which any text can be written.
 */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>
#include "report/section.h"
#include "report/text.h"

struct tap {
    FILE *out;
    size_t total, count; /* verdicts */
    size_t points;       /* test points */
};

/* What some readers would take for the end of a line, and what YAML does not allow: the code of
 * the character at s, or 0. It is two or three bytes long. */
static unsigned odd_character(const unsigned char *s)
{
    if (s[0] == 0xc2 && s[1] < 0xa0) /* C1 controls */
        return s[1];
    if (s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9))
        return 0x2000 | (s[2] - 0x80);
    if (s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf)
        return 0xfeff;
    if (s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe)
        return 0xff00 | (s[2] + 0x40);
    return 0;
}

/* In a description and a reason `#` starts a directive and `\` escapes it; a line is a line. */
static void put_escaped(FILE *out, const char *text)
{
    char *valid = text_valid(text);

    for (const unsigned char *s = (unsigned char *)valid; *s; s++)
        if (odd_character(s)) {
            putc(' ', out);
            s += *s == 0xc2 ? 1 : 2;
        } else {
            if (*s == '#' || *s == '\\')
                putc('\\', out);
            putc(*s < 0x20 || *s == 0x7f ? ' ' : *s, out);
        }
    free(valid);
}

static void put_quoted(FILE *out, const char *text)
{
    char *valid = text_valid(text);

    putc('"', out);
    for (const unsigned char *s = (unsigned char *)valid; *s; s++) {
        unsigned odd = odd_character(s);

        if (odd) {
            fprintf(out, odd < 0x100 ? "\\x%02x" : "\\u%04x", odd);
            s += odd < 0x100 ? 1 : 2;
        } else if (*s == '"' || *s == '\\')
            fprintf(out, "\\%c", *s);
        else if (*s == '\n')
            fputs("\\n", out);
        else if (*s == '\t')
            fputs("\\t", out);
        else if (*s < 0x20 || *s == 0x7f)
            fprintf(out, "\\x%02x", *s);
        else
            putc(*s, out);
    }
    putc('"', out);
    free(valid);
}

static void put_member(FILE *out, const char *indent, const char *name, const char *text)
{
    if (!text)
        return;
    fprintf(out, "%s%s: ", indent, name);
    put_quoted(out, text);
    putc('\n', out);
}

static void put_finding(FILE *out, const struct verdict *verdict,
                        const struct verdict_finding *finding)
{
    fputs("    - requirement: ", out);
    put_quoted(out, finding->requirement);
    putc('\n', out);
    put_member(out, "      ", "oracle", finding->oracle);
    put_member(out, "      ", "what", finding->what);
    if (finding->line) {
        char *at = text_format("%s:%d", verdict->file, finding->line);

        put_member(out, "      ", "at", at);
        free(at);
    }
    put_member(out, "      ", "step", finding->step);
    put_member(out, "      ", "limit", finding->limit);
    if (finding->evidence_count)
        fputs("      evidence:\n", out);
    for (size_t i = 0; i < finding->evidence_count; i++) {
        fputs("        - ", out);
        put_quoted(out, finding->evidence[i]);
        putc('\n', out);
    }
}

static void put_block(FILE *out, const struct verdict *verdict, const struct judgement *judgement,
                      const char *message)
{
    fputs("  ---\n", out);
    put_member(out, "  ", "message", message);
    put_member(out, "  ", "sentence", verdict->sentence);
    put_member(out, "  ", "reason", verdict->reason);
    if (judgement && judgement->passes.count)
        fputs("  new_passes:\n", out);
    for (size_t i = 0; judgement && i < judgement->passes.count; i++)
        fprintf(out, "    - \"%s\"\n", judgement->passes.list[i]);
    if (verdict->findings_count)
        fputs("  findings:\n", out);
    for (size_t i = 0; i < verdict->findings_count; i++)
        put_finding(out, verdict, &verdict->findings[i]);
    put_member(out, "  ", "command", verdict->command);
    fputs("  ...\n", out);
}

static void *tap_begin(FILE *out, const struct report_run *run)
{
    struct tap *tap = text_memory(1, sizeof *tap);

    tap->out = out;
    tap->total = run->total;
    fputs("TAP version 14\n", out);
    return tap;
}

/* What a YAML block says first; NULL where the findings say it all. */
static const char *message_of(const struct verdict *verdict, const struct judgement *judgement)
{
    switch (report_news(verdict, judgement)) {
    case NEWS_PASS:
        return verdict_comes_and_goes(verdict) ? "it was expected to fail each time, and does not"
               : verdict->kind == VERDICT_FAIL ? "more was expected to fail"
                                               : "it was expected to fail, and does not";
    case NEWS_FLAKY:
        return "it comes and goes";
    case NEWS_ERROR:
        return "the harness could not tell";
    case NEWS_FAILURE:
        return judgement_kind(judgement) == JUDGEMENT_DIFFERS ? "it fails otherwise than expected"
                                                              : NULL;
    case NEWS_NONE:
        break;
    }
    return verdict->kind == VERDICT_LIMIT ? "what fails is disclaimed by the documentation" : NULL;
}

static void tap_verdict(void *reporter, const struct verdict *verdict,
                        const struct judgement *judgement)
{
    struct tap *tap = reporter;
    bool fails = verdict->kind == VERDICT_FAIL || verdict->kind == VERDICT_FLAKY;
    bool news = report_news(verdict, judgement) != NEWS_NONE;

    tap->count++;
    fprintf(tap->out, "%s %zu - ", news || fails ? "not ok" : "ok", ++tap->points);
    put_escaped(tap->out, verdict->implementation);
    fputs(": ", tap->out);
    put_escaped(tap->out, verdict->scenario);
    if (verdict->kind == VERDICT_SKIP) {
        fputs(" # SKIP ", tap->out);
        put_escaped(tap->out, verdict->reason ? verdict->reason : "");
    } else if (fails && !news) {
        char *reasons = judgement_reasons(judgement);

        fputs(" # TODO ", tap->out);
        put_escaped(tap->out, reasons);
        free(reasons);
    }
    putc('\n', tap->out);
    if (news || fails || verdict->kind == VERDICT_LIMIT)
        put_block(tap->out, verdict, judgement, message_of(verdict, judgement));
}

static int tap_end(void *reporter)
{
    struct tap *tap = reporter;
    int rc;

    if (tap->count < tap->total)
        fprintf(tap->out, "Bail out! interrupted after %zu of %zu\n", tap->count, tap->total);
    else
        fprintf(tap->out, "1..%zu%s\n", tap->points, tap->points ? "" : " # SKIP no scenario");
    rc = report_flush(tap->out);
    free(tap);
    return rc;
}

static void tap_note(void *reporter, const char *implementation, enum report_note kind,
                     const char *text)
{
    struct tap *tap = reporter;

    if (kind == REPORT_NEW_PASS)
        fprintf(tap->out, "not ok %zu - ", ++tap->points);
    else
        fputs("# ", tap->out);
    put_escaped(tap->out, implementation);
    fputs(kind == REPORT_NEW_PASS ? ": NEW PASS: " : ": ", tap->out);
    put_escaped(tap->out, text);
    putc('\n', tap->out);
}

const struct reporter report_tap = {
    .name = "tap",
    .what = "TAP version 14, for test drivers",
    .begin = tap_begin,
    .verdict = tap_verdict,
    .end = tap_end,
    .note = tap_note,
};
