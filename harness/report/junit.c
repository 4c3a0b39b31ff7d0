/* SPDX-License-Identifier: MIT */
/*
 * JUnit's XML, in the form that Jenkins, GitLab, Bazel and the actions of GitHub read: junit.xsd
 * says which. An implementation is a testsuite, a play of a scenario a testcase. What is not as
 * expected is a failure, and so is what fails no more, since whoever looks at the server should see
 * what the exit status says; a known failure is skipped, with its reason. All is written at the
 * end, as the numbers stand first.
 */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>
#include "report/section.h"
#include "report/text.h"
#include "report/xml.h"

struct junit {
    FILE *out;
    size_t total, count;
    struct report_sections sections;
};

/* -- what is said of a verdict -- */

/* Findings, one below the other, and the command. */
static char *details(const struct report_entry *entry)
{
    const struct verdict *verdict = &entry->verdict;
    char *said = NULL;

    text_append(&said, "%s\n", verdict->sentence);
    if (verdict->reason)
        text_append(&said, "%s\n", verdict->reason);
    for (size_t i = 0; i < verdict->findings_count; i++) {
        const struct verdict_finding *finding = &verdict->findings[i];
        const char *known = judgement_known(&entry->judgement, i);

        text_append(&said, "\n%s: %s\n", finding->requirement, finding->what);
        if (finding->line)
            text_append(&said, "  at %s:%d: %s\n", verdict->file, finding->line,
                        finding->step ? finding->step : "");
        text_append(&said, "  oracle: %s\n", finding->oracle);
        if (known)
            text_append(&said, "  known: %s\n", known);
        if (finding->limit)
            text_append(&said, "  limit: %s\n", finding->limit);
        for (size_t j = 0; j < finding->evidence_count; j++)
            text_append(&said, "  | %s\n", finding->evidence[j]);
    }
    for (size_t i = 0; i < entry->judgement.passes.count; i++)
        text_append(&said, "\nNEW PASS: %s was expected to fail here each time, and does not\n",
                    entry->judgement.passes.list[i]);
    if (verdict->command)
        text_append(&said, "\n%s\n", verdict->command);
    return said;
}

/* "XC-02 FK-24": what fails and is not known. */
static char *new_ids(const struct report_entry *entry)
{
    const struct verdict *verdict = &entry->verdict;
    struct text_list told = {0};
    char *list = NULL;

    for (size_t i = 0; i < verdict->findings_count; i++) {
        const struct verdict_finding *finding = &verdict->findings[i];

        if (finding->limit || judgement_known(&entry->judgement, i) ||
            text_list_has(&told, finding->requirement))
            continue;
        text_list_add(&told, finding->requirement);
        text_append(&list, "%s%s", list ? " " : "", finding->requirement);
    }
    text_list_clear(&told);
    return list ? list : text_format("fail");
}

static void put_outcome(struct xml *xml, const char *element, const char *type, char *message,
                        const struct report_entry *entry)
{
    char *said = details(entry);

    xml_start(xml, element);
    xml_attribute(xml, "message", message);
    xml_attribute(xml, "type", type);
    xml_text(xml, said);
    xml_end(xml);
    free(said);
    free(message);
}

static void put_skipped(struct xml *xml, char *message)
{
    xml_start(xml, "skipped");
    xml_attribute(xml, "message", message);
    xml_end(xml);
    free(message);
}

static void put_output(struct xml *xml, const struct report_entry *entry)
{
    char *said = details(entry);

    xml_start(xml, "system-out");
    xml_text(xml, said);
    xml_end(xml);
    free(said);
}

static char *first_passes(const struct report_entry *entry)
{
    char *message = text_format("NEW PASS:");

    for (size_t i = 0; i < entry->judgement.passes.count; i++)
        text_append(&message, " %s", entry->judgement.passes.list[i]);
    text_append(&message, " was expected to fail here; update the expected results");
    return message;
}

static void put_result(struct xml *xml, const struct report_entry *entry)
{
    const struct verdict *verdict = &entry->verdict;
    const struct verdict_finding *finding = report_first_news(verdict, &entry->judgement);
    char *failing = new_ids(entry), *reasons;

    switch (report_news(verdict, &entry->judgement)) {
    case NEWS_FAILURE:
        put_outcome(xml, "failure", failing,
                    text_format("%s: %s", failing,
                                finding ? finding->what : "it fails otherwise than expected"),
                    entry);
        break;
    case NEWS_FLAKY:
        put_outcome(xml, "failure", "flaky",
                    text_format("flaky: %s", verdict->reason ? verdict->reason : failing), entry);
        break;
    case NEWS_PASS:
        put_outcome(xml, "failure", "new pass", first_passes(entry), entry);
        break;
    case NEWS_ERROR:
        put_outcome(
            xml, "error", "error",
            text_format("the harness could not tell: %s", verdict->reason ? verdict->reason : "?"),
            entry);
        break;
    case NEWS_NONE:
        if (verdict->kind == VERDICT_SKIP)
            put_skipped(xml, text_format("%s", verdict->reason ? verdict->reason : ""));
        else if (verdict->kind == VERDICT_FAIL || verdict->kind == VERDICT_FLAKY) {
            reasons = judgement_reasons(&entry->judgement);
            put_skipped(xml, text_format("known: %s", reasons));
            free(reasons);
        }
        if (verdict->kind != VERDICT_SKIP && verdict->kind != VERDICT_PASS)
            put_output(xml, entry);
    }
    free(failing);
}

/* -- the file -- */

/* A play counts from 1 where the same scenario stands there several times; servers take testcases
 * of the same name for one. */
static void put_testcase(struct xml *xml, const struct report_section *section, size_t which)
{
    const struct verdict *verdict = &section->list[which].verdict;
    const char *slash = strrchr(verdict->scenario, '/');
    char *name = text_format("%s", slash ? slash + 1 : verdict->scenario);
    char *class_name = slash ? text_format("%s.%.*s", section->implementation,
                                           (int)(slash - verdict->scenario), verdict->scenario)
                             : text_format("%s", section->implementation);
    size_t play = 1;

    while (play <= which &&
           !strcmp(section->list[which - play].verdict.scenario, verdict->scenario))
        play++;
    if (play > 1)
        text_append(&name, " (play %zu)", play);
    xml_start(xml, "testcase");
    xml_attribute(xml, "classname", class_name);
    xml_attribute(xml, "name", name);
    if (*verdict->file)
        xml_attribute(xml, "file", verdict->file);
    xml_seconds(xml, verdict->milliseconds);
    put_result(xml, &section->list[which]);
    xml_end(xml);
    free(class_name);
    free(name);
}

/* A testcase for what is wrong with no scenario of its own. */
static void put_extra(struct xml *xml, const char *class_name, const char *name,
                      const char *element, const char *type, const char *message)
{
    xml_start(xml, "testcase");
    xml_attribute(xml, "classname", class_name);
    xml_attribute(xml, "name", name);
    xml_seconds(xml, 0);
    xml_start(xml, element);
    xml_attribute(xml, "message", message);
    xml_attribute(xml, "type", type);
    xml_end(xml);
    xml_end(xml);
}

struct numbers {
    size_t tests, failures, errors, skipped;
    double milliseconds;
};

static void count(struct numbers *numbers, const struct report_section *section)
{
    numbers->tests += section->count + section->new_passes.count;
    numbers->failures += section->new_passes.count;
    for (size_t i = 0; i < section->count; i++) {
        const struct verdict *verdict = &section->list[i].verdict;
        enum report_news news = report_news(verdict, &section->list[i].judgement);

        numbers->milliseconds += verdict->milliseconds;
        if (news == NEWS_ERROR)
            numbers->errors++;
        else if (news != NEWS_NONE)
            numbers->failures++;
        else if (verdict->kind == VERDICT_SKIP || verdict->kind == VERDICT_FAIL ||
                 verdict->kind == VERDICT_FLAKY)
            numbers->skipped++;
    }
}

static void put_numbers(struct xml *xml, const struct numbers *numbers)
{
    xml_number(xml, "tests", numbers->tests);
    xml_number(xml, "failures", numbers->failures);
    xml_number(xml, "errors", numbers->errors);
    xml_number(xml, "skipped", numbers->skipped);
    xml_seconds(xml, numbers->milliseconds);
}

static void put_property(struct xml *xml, const char *name, const char *value)
{
    xml_start(xml, "property");
    xml_attribute(xml, "name", name);
    xml_attribute(xml, "value", value);
    xml_end(xml);
}

static void put_section(struct xml *xml, const struct report_section *section)
{
    struct numbers numbers = {0};

    count(&numbers, section);
    xml_start(xml, "testsuite");
    xml_attribute(xml, "name", section->implementation);
    put_numbers(xml, &numbers);
    xml_start(xml, "properties");
    put_property(xml, "implementation", section->implementation);
    put_property(xml, "version", section->version);
    xml_end(xml);
    for (size_t i = 0; i < section->count; i++)
        put_testcase(xml, section, i);
    for (size_t i = 0; i < section->new_passes.count; i++) {
        char *name = text_format("expected results %zu", i + 1);

        put_extra(xml, section->implementation, name, "failure", "new pass",
                  section->new_passes.list[i]);
        free(name);
    }
    if (section->notes.count) {
        xml_start(xml, "system-out");
        for (size_t i = 0; i < section->notes.count; i++) {
            xml_text(xml, section->notes.list[i]);
            xml_text(xml, "\n");
        }
        xml_end(xml);
    }
    xml_end(xml);
}

/* A report that is cut short must not look like a shorter, greener one. */
static void put_interruption(struct xml *xml, const struct junit *junit)
{
    const struct numbers numbers = {.tests = 1, .errors = 1};
    char *message =
        text_format("interrupted: %zu of %zu verdicts are there", junit->count, junit->total);

    xml_start(xml, "testsuite");
    xml_attribute(xml, "name", "reapcheck");
    put_numbers(xml, &numbers);
    put_extra(xml, "reapcheck", "the run", "error", "interrupted", message);
    xml_end(xml);
    free(message);
}

static void put_all(struct xml *xml, const struct junit *junit)
{
    bool interrupted = junit->count < junit->total;
    struct numbers numbers = {.tests = interrupted, .errors = interrupted};

    for (size_t i = 0; i < junit->sections.count; i++)
        count(&numbers, &junit->sections.list[i]);
    xml_start(xml, "testsuites");
    xml_attribute(xml, "name", "reapcheck");
    put_numbers(xml, &numbers);
    for (size_t i = 0; i < junit->sections.count; i++)
        put_section(xml, &junit->sections.list[i]);
    if (interrupted)
        put_interruption(xml, junit);
    xml_end(xml);
}

/* -- the reporter -- */

static void *junit_begin(FILE *out, const struct report_run *run)
{
    struct junit *junit = text_memory(1, sizeof *junit);

    junit->out = out;
    junit->total = run->total;
    return junit;
}

static void junit_verdict(void *reporter, const struct verdict *verdict,
                          const struct judgement *judgement)
{
    struct junit *junit = reporter;

    section_add(section_of(&junit->sections, verdict->implementation), verdict, judgement);
    junit->count++;
}

static void junit_note(void *reporter, const char *implementation, enum report_note kind,
                       const char *said)
{
    struct junit *junit = reporter;

    section_note(section_of(&junit->sections, implementation), kind, said);
}

static int junit_end(void *reporter)
{
    struct junit *junit = reporter;
    struct xml *xml = xml_begin();
    int rc;

    put_all(xml, junit);
    rc = xml_finish(xml, junit->out);
    sections_clear(&junit->sections);
    free(junit);
    return rc;
}

const struct reporter report_junit = {
    .name = "junit",
    .what = "JUnit's XML, for Jenkins, GitLab and others",
    .begin = junit_begin,
    .verdict = junit_verdict,
    .end = junit_end,
    .note = junit_note,
};
