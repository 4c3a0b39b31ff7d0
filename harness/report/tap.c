/* SPDX-License-Identifier: MIT */
/*
 * TAP version 14. A failure that is expected is a TODO; one that was expected and did not come is
 * `not ok`, since the list of what is expected has to be brought up to date, and whoever reads TAP
 * should see what the exit status says. YAML blocks take text only as double-quoted scalars, in
 * which any text can be written.
 */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>
#include "report/text.h"

struct tap {
    FILE *out;
    size_t total, count;
};

/* In a description and a reason `#` starts a directive and `\` escapes it; a line is a line. */
static void put_escaped(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '#' || *text == '\\')
            putc('\\', out);
        putc((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text, out);
    }
}

static void put_quoted(FILE *out, const char *text)
{
    char *valid = text_valid(text);

    putc('"', out);
    for (const char *s = valid; *s; s++) {
        unsigned char c = *s;

        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c == '\n')
            fputs("\\n", out);
        else if (c == '\t')
            fputs("\\t", out);
        else if (c < 0x20 || c == 0x7f)
            fprintf(out, "\\x%02x", c);
        else if (c == 0xc2 && (unsigned char)s[1] < 0xa0) /* C1 controls are not for YAML */
            fprintf(out, "\\x%02x", (unsigned char)*++s);
        else
            putc(c, out);
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

static void put_block(FILE *out, const struct verdict *verdict, const char *message)
{
    fputs("  ---\n", out);
    put_member(out, "  ", "message", message);
    put_member(out, "  ", "sentence", verdict->sentence);
    put_member(out, "  ", "reason", verdict->reason);
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
    fprintf(out, "TAP version 14\n1..%zu%s\n", run->total, run->total ? "" : " # SKIP no scenario");
    return tap;
}

static void tap_verdict(void *reporter, const struct verdict *verdict,
                        const struct judgement *judgement)
{
    struct tap *tap = reporter;
    bool known = judgement_kind(judgement) == JUDGEMENT_AGREES;
    bool differs = judgement_kind(judgement) == JUDGEMENT_DIFFERS;
    bool bad = differs || verdict->kind == VERDICT_FAIL || verdict->kind == VERDICT_ERROR;
    const char *message = NULL;

    fprintf(tap->out, "%s %zu - ", bad ? "not ok" : "ok", ++tap->count);
    put_escaped(tap->out, verdict->implementation);
    fputs(": ", tap->out);
    put_escaped(tap->out, verdict->scenario);
    if (verdict->kind == VERDICT_SKIP) {
        fputs(" # SKIP ", tap->out);
        put_escaped(tap->out, verdict->reason ? verdict->reason : "");
    } else if (known) {
        char *reasons = judgement_reasons(judgement);

        fputs(" # TODO ", tap->out);
        put_escaped(tap->out, reasons);
        free(reasons);
    }
    putc('\n', tap->out);

    if (differs)
        message = verdict->kind == VERDICT_FAIL ? "it fails otherwise than expected"
                                                : "it was expected to fail, and does not";
    else if (verdict->kind == VERDICT_ERROR)
        message = "the harness could not tell";
    else if (verdict->kind == VERDICT_LIMIT)
        message = "what fails is disclaimed by the documentation";
    if (bad || verdict->kind == VERDICT_LIMIT)
        put_block(tap->out, verdict, message);
}

static int tap_end(void *reporter)
{
    struct tap *tap = reporter;
    int rc;

    if (tap->count < tap->total)
        fprintf(tap->out, "Bail out! interrupted after %zu of %zu\n", tap->count, tap->total);
    rc = report_flush(tap->out);
    free(tap);
    return rc;
}

static void tap_note(void *reporter, const char *implementation, enum report_note kind,
                     const char *text)
{
    struct tap *tap = reporter;

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
