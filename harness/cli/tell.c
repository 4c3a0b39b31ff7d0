/* SPDX-License-Identifier: MIT */
/*
 * What is not as expected makes the exit status, and every report says it: a failure that is not
 * listed, a listed one that is gone, one that comes and goes and is not listed so, and a line whose
 * reason nobody has written yet.
 */
#include "cli/tell.h"

#include <stdlib.h>
#include <string.h>
#include "audit/tool.h"
#include "report/flaky.h"
#include "report/section.h"
#include "report/text.h"

int tell_begin(struct teller *teller, const struct layout *layout,
               const struct catalogue *catalogue, const char *file, char *const *names,
               size_t count)
{
    int status = 0;

    teller->implementations = count;
    teller->expected = text_memory(count, sizeof *teller->expected);
    teller->version_told = text_memory(count, sizeof *teller->version_told);
    for (size_t i = 0; !status && i < count; i++)
        status = layout_expected(layout, catalogue, file, names[i], &teller->expected[i]);
    return status;
}

static void note(struct teller *teller, const char *implementation, enum report_note kind,
                 const char *text)
{
    outputs_note(teller->outputs, implementation, kind, text);
    if (teller->results)
        results_note(teller->results, implementation, kind, text);
}

static void expect_version(struct teller *teller, size_t implementation,
                           const struct verdict *verdict)
{
    const struct expected *expected = teller->expected[implementation];
    char *text;

    if (teller->version_told[implementation] || !*verdict->version)
        return;
    teller->version_told[implementation] = true;
    if (!expected || !strcmp(expected->version, verdict->version))
        return;
    text = text_format("this is version %s; the expected results (%s) are those of %s",
                       verdict->version, expected->file, expected->version);
    note(teller, verdict->implementation, REPORT_REMARK, text);
    free(text);
}

static void tell_one(struct teller *teller, struct expected *expected,
                     const struct verdict *verdict)
{
    struct judgement judgement;
    enum report_news news;

    expected_judge(expected, verdict, &judgement);
    news = report_news(verdict, &judgement);
    outputs_verdict(teller->outputs, verdict, &judgement);
    if (teller->results)
        results_add(teller->results, verdict, &judgement);
    if (news == NEWS_ERROR)
        teller->errors++;
    else if (news != NEWS_NONE)
        teller->unexpected++;
    judgement_clear(&judgement);
}

void tell_plays(struct teller *teller, size_t implementation, struct verdict *plays, size_t count)
{
    char *unsteady = flaky_mark(plays, count);
    bool flaky = false;

    text_replace(&teller->name, text_format("%s", plays[0].implementation));
    teller->told = implementation;
    for (size_t i = 0; i < count; i++) {
        expect_version(teller, implementation, &plays[i]);
        tell_one(teller, teller->expected[implementation], &plays[i]);
        flaky |= verdict_comes_and_goes(&plays[i]);
    }
    if (unsteady) {
        note(teller, plays[0].implementation, REPORT_REMARK, unsteady);
        teller->unexpected += !flaky; /* what is flaky was judged, as any failure is */
    }
    free(unsteady);
    outputs_flush(teller->outputs);
}

/* What is known to fail in any scenario has to fail in one, if all were played. An error may hide
 * it, and so may want of the probe. */
static void look_for_general_passes(struct teller *teller, const struct expected *expected)
{
    if (!teller->whole || teller->errors)
        return;
    for (size_t i = 0; i < expected->count; i++) {
        const struct expected_line *line = &expected->list[i];
        char *text;

        if (!line->general || line->sometimes || line->met || audit_is_for_tools(line->requirement))
            continue;
        text = text_format("%s fails in no scenario (%s:%d)", line->requirement, expected->file,
                           line->line);
        note(teller, teller->name, REPORT_NEW_PASS, text);
        teller->unexpected++;
        free(text);
    }
}

static void look_for_unwritten(struct teller *teller, const struct expected *expected)
{
    const struct expected_line *first = NULL;
    size_t count = 0;
    char *text;

    for (size_t i = 0; i < expected->count; i++)
        if (expected->list[i].unwritten) {
            first = first ? first : &expected->list[i];
            count++;
        }
    if (!count)
        return;
    text = text_format("%s:%d: the reason is still to be written%s", expected->file, first->line,
                       count > 1 ? ", and others are" : "");
    note(teller, teller->name, REPORT_REMARK, text);
    free(text);
    teller->unexpected++;
}

void tell_end(struct teller *teller, size_t implementation)
{
    const struct expected *expected = teller->expected[implementation];

    if (!expected || !teller->name || teller->told != implementation)
        return;
    look_for_general_passes(teller, expected);
    look_for_unwritten(teller, expected);
    outputs_flush(teller->outputs);
}

int tell_status(const struct teller *teller)
{
    return teller->errors       ? STATUS_BROKEN
           : teller->unexpected ? STATUS_UNEXPECTED
                                : STATUS_EXPECTED;
}

void tell_clear(struct teller *teller)
{
    for (size_t i = 0; teller->expected && i < teller->implementations; i++)
        expected_free(teller->expected[i]);
    free(teller->expected);
    free(teller->version_told);
    free(teller->name);
    *teller = (struct teller){0};
}
