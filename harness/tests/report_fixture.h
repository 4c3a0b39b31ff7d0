/* SPDX-License-Identifier: MIT */
/*
 * What the tests of reporters share: a small catalogue, verdicts of every kind written by hand,
 * and a reporter's whole output as text.
 */
#ifndef REAPCHECK_REPORT_FIXTURE_H
#define REAPCHECK_REPORT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "report/report.h"
#include "report/text.h"

static struct requirement fixture_requirements[] = {
    {"XC-01", 'L', "HU", "Every exit of a child is reported exactly once.", "XC: exits", 1,
     LEVEL_MUST, NULL},
    {"XC-02", 'L', "H", "The raw wait status arrives whole.", "XC: exits", 2, LEVEL_MUST, NULL},
    {"XC-03", 'L', "U", "Exits that fall together are all reported.", "XC: exits", 3, LEVEL_MUST,
     NULL},
    {"XC-04", 'L', "U", "A child that exits at once is reported.", "XC: exits", 4, LEVEL_MUST,
     NULL},
    {"XC-05", 'L', "H",
     "In a selective mode a foreign child is left alone: its exit, its stop and its continue news "
     "are still there for whoever waits for them.",
     "XC: exits", 5, LEVEL_MUST, NULL},
    {"FK-36", 'A', "H", "MUST NOT call either function in any other mode.", "FK: fork", 6,
     LEVEL_MUST, NULL},
};
static const struct catalogue fixture_catalogue = {
    fixture_requirements, sizeof fixture_requirements / sizeof *fixture_requirements};

static char *fixture_covers[] = {"XC-01", "XC-05"}, *fixture_covers_limit[] = {"FK-36"};
static char *fixture_evidence[] = {"t1 call what=waitpid subject=-1 result=131",
                                   "-  exited child=f1 status=0x300 \033[31m\\ \"#\""};
static struct verdict_finding fixture_theft[] = {
    {"XC-05", "no theft", 14, "expect f1 waitable", "f1 was reaped by the library", NULL,
     fixture_evidence, 2, NULL, NULL},
    {"XC-01", "step", 0, NULL, "a1 was reported twice", NULL, NULL, 0, NULL, NULL},
};
static struct verdict_finding fixture_abort[] = {
    {"FK-36", "limit", 0, NULL, "the process ended with SIGABRT", "manual, section 3", NULL, 0,
     NULL, NULL},
};

#define FIXTURE_VERDICT(verdict_kind, name, words)                                                 \
    .kind = verdict_kind, .scenario = "s/" name, .file = "s/" name ".scn", .sentence = words,      \
    .implementation = "demo", .version = "1.0"
#define FIXTURE_AGAIN(name) .command = "reapcheck run --impl demo s/" name ".scn"
#define FIXTURE_COVERS      .covers = fixture_covers, .covers_count = 2

static const struct verdict fixture_pass = {FIXTURE_VERDICT(VERDICT_PASS, "pass", "All is well"),
                                            FIXTURE_AGAIN("pass"), FIXTURE_COVERS,
                                            .milliseconds = 12, .events = 34};
static const struct verdict fixture_fail = {
    FIXTURE_VERDICT(VERDICT_FAIL, "fail", "Foreign children stay"), FIXTURE_AGAIN("fail"),
    FIXTURE_COVERS, .findings = fixture_theft, .findings_count = 2};
static const struct verdict fixture_fail_too = {
    FIXTURE_VERDICT(VERDICT_FAIL, "fail-too", "Others stay, too"), FIXTURE_AGAIN("fail-too"),
    FIXTURE_COVERS, .findings = fixture_theft, .findings_count = 1};
static const struct verdict fixture_limit = {
    FIXTURE_VERDICT(VERDICT_LIMIT, "limit", "A rule is broken"), .covers = fixture_covers_limit,
    .covers_count = 1, .findings = fixture_abort, .findings_count = 1};
static const struct verdict fixture_skip = {FIXTURE_VERDICT(VERDICT_SKIP, "skip", "It cannot"),
                                            .reason = "needs fork #hook"};
static const struct verdict fixture_flaky = {
    FIXTURE_VERDICT(VERDICT_FLAKY, "fail-too", "Others stay, too"),
    FIXTURE_AGAIN("fail-too"),
    FIXTURE_COVERS,
    .reason = "it failed in 1 of 2 plays",
    .findings = fixture_theft,
    .findings_count = 1};
static const struct verdict fixture_error = {.kind = VERDICT_ERROR,
                                             .scenario = "s/error",
                                             .file = "s/error.scn",
                                             .sentence = "Nobody knows",
                                             .implementation = "other",
                                             .version = "",
                                             .reason = "the host did not start",
                                             .command = "reapcheck run --impl other s/error.scn"};

/*
 * One call of a reporter: a verdict, or a note where it is NULL. What was expected of the verdict
 * in short: NULL: nothing; "": other requirements to fail; else it is known, for this reason, in
 * any scenario. A word in front of the reason, such as "XC-05:", leaves all but this requirement
 * new.
 */
struct fixture_call {
    const struct verdict *verdict;
    const char *expected; /* or the note; NEW PASS if it begins with "+" */
};

static void fixture_judge(const struct fixture_call *call, struct judgement *judgement)
{
    const struct verdict *verdict = call->verdict;
    const char *reason = call->expected, *only = NULL;

    *judgement = (struct judgement){0};
    if (!reason)
        return;
    judgement->kind = *reason ? JUDGEMENT_AGREES : JUDGEMENT_DIFFERS;
    judgement->named = !*reason;
    if (*reason && reason[strcspn(reason, " ") - 1] == ':') {
        only = reason;
        reason += strcspn(reason, " ") + 1;
    }
    judgement->known_count = verdict->findings_count;
    judgement->known = text_memory(verdict->findings_count, sizeof *judgement->known);
    for (size_t i = 0; *reason && i < verdict->findings_count; i++)
        if (only && strncmp(only, verdict->findings[i].requirement, 5))
            judgement->kind = JUDGEMENT_DIFFERS;
        else
            judgement->known[i] = reason;
    if (!*reason && verdict->kind != VERDICT_FAIL)
        text_list_add(&judgement->passes, "XC-01");
}

/* Compares all that a reporter prints with what it should. */
static void __attribute__((unused))
fixture_compare(const struct reporter *reporter, const struct report_run *run,
                const struct fixture_call *calls, size_t count, const char *wanted)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    void *report;

    assert_non_null(out);
    report = reporter->begin(out, run);
    for (size_t i = 0; i < count; i++) {
        struct judgement judgement;

        if (calls[i].verdict) {
            fixture_judge(&calls[i], &judgement);
            reporter->verdict(report, calls[i].verdict, &judgement);
            judgement_clear(&judgement);
        } else if (*calls[i].expected == '+')
            reporter->note(report, "demo", REPORT_NEW_PASS, calls[i].expected + 1);
        else
            reporter->note(report, "demo", REPORT_REMARK, calls[i].expected);
    }
    assert_int_equal(reporter->end(report), 0);
    fclose(out);
    if (strcmp(text, wanted)) /* whole: an assertion shows only its beginning */
        fprintf(stderr, "---- printed:\n%s---- wanted:\n%s----\n", text, wanted);
    assert_string_equal(text, wanted);
    free(text);
}

/* A reporter whose output is lost says so. */
static void __attribute__((unused)) fixture_full(const struct reporter *reporter)
{
    const struct report_run run = {.total = 1};
    FILE *out = fopen("/dev/full", "w");
    void *report;

    assert_non_null(out);
    report = reporter->begin(out, &run);
    reporter->verdict(report, &fixture_fail, NULL);
    assert_true(reporter->end(report) < 0);
    fclose(out);
}

#endif
