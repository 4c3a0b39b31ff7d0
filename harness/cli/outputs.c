/* SPDX-License-Identifier: MIT */
/*
 * Several reports are made of one run, since a server wants a file and a person wants to read. What
 * Bazel and GitHub ask for by variables is a report like any other. A report that could not be
 * written is told when all have ended, so that no other one suffers.
 */
#include "cli/outputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"
#include "cli/option.h"
#include "report/text.h"

static char *names(void)
{
    char *text = NULL;

    for (const struct reporter *const *reporter = reporters; *reporter; reporter++)
        text_append(&text, "%s%s", !text ? "" : reporter[1] ? ", " : " or ", (*reporter)->name);
    return text;
}

static void add(struct outputs *outputs, const struct reporter *reporter, const char *file,
                bool append)
{
    outputs->list = text_grow(outputs->list, outputs->count + 1, sizeof *outputs->list);
    outputs->list[outputs->count++] = (struct output){
        .reporter = reporter, .file = file ? text_format("%s", file) : NULL, .append = append};
}

static bool has_main(const struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (!outputs->list[i].file)
            return true;
    return false;
}

char *outputs_add(struct outputs *outputs, const char *argument)
{
    const char *file = strchr(argument, '=');
    char *name = text_format("%.*s", (int)strcspn(argument, "="), argument), *why = NULL;
    const struct reporter *reporter = reporter_find(name);

    if (!reporter) {
        char *known = names();

        why = text_format("--format takes %s, not \"%s\"", known, name);
        free(known);
    } else if (file && !file[1])
        why = text_format("--format %s= lacks the name of a file", name);
    else if (!file && has_main(outputs))
        why = text_format("one --format may be without a file: write --format %s=FILE", name);
    else
        add(outputs, reporter, file ? file + 1 : NULL, false);
    free(name);
    return why;
}

bool outputs_colour(struct outputs *outputs, const char *when)
{
    static const char *const words[] = {
        [COLOUR_AUTO] = "auto", [COLOUR_ALWAYS] = "always", [COLOUR_NEVER] = "never"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(when, words[i])) {
            outputs->colour = i;
            return true;
        }
    return false;
}

void outputs_complete(struct outputs *outputs)
{
    const char *xml = option_variable("XML_OUTPUT_FILE"),
               *summary = option_variable("GITHUB_STEP_SUMMARY");
    bool github = false;

    for (size_t i = 0; i < outputs->count; i++)
        github |= outputs->list[i].reporter == &report_github;
    if (!has_main(outputs))
        add(outputs, &report_pretty, NULL, false);
    if (xml)
        add(outputs, &report_junit, xml, false);
    if (github && summary && option_variable("GITHUB_ACTIONS"))
        add(outputs, &report_markdown, summary, true);
}

static const char *place_of(const struct outputs *outputs, const struct output *output)
{
    return output->file ? output->file : outputs->output ? outputs->output : "standard output";
}

static bool is_stdout(const struct outputs *outputs, const struct output *output)
{
    return !output->file && !outputs->output;
}

int outputs_begin(struct outputs *outputs, const struct report_run *run)
{
    const char *terminal = getenv("TERM"), *no_colour = getenv("NO_COLOR");

    for (size_t i = 0; i < outputs->count; i++) {
        struct output *output = &outputs->list[i];

        output->out = is_stdout(outputs, output)
                          ? stdout
                          : fopen(place_of(outputs, output), output->append ? "ae" : "we");
        if (!output->out)
            return complain(STATUS_BROKEN, "cannot write %s: %s", place_of(outputs, output),
                            strerror(errno));
    }
    for (size_t i = 0; i < outputs->count; i++) {
        struct output *output = &outputs->list[i];
        struct report_run own = *run;
        bool capable = isatty(fileno(output->out)) && terminal && strcmp(terminal, "dumb");

        own.progress = capable;
        own.colour = outputs->colour == COLOUR_ALWAYS ||
                     (outputs->colour == COLOUR_AUTO && capable && !(no_colour && *no_colour));
        output->report = output->reporter->begin(output->out, &own);
    }
    return 0;
}

void outputs_verdict(struct outputs *outputs, const struct verdict *verdict,
                     const struct judgement *judgement)
{
    for (size_t i = 0; i < outputs->count; i++)
        outputs->list[i].reporter->verdict(outputs->list[i].report, verdict, judgement);
}

void outputs_note(struct outputs *outputs, const char *implementation, enum report_note kind,
                  const char *text)
{
    for (size_t i = 0; i < outputs->count; i++)
        outputs->list[i].reporter->note(outputs->list[i].report, implementation, kind, text);
}

void outputs_flush(struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++) {
        int rc = report_flush(outputs->list[i].out);

        if (!outputs->list[i].rc) /* the first tells why */
            outputs->list[i].rc = rc;
    }
}

int outputs_end(struct outputs *outputs)
{
    int status = 0;

    for (size_t i = 0; i < outputs->count; i++) {
        struct output *output = &outputs->list[i];
        int rc = output->reporter->end(output->report);

        if (!is_stdout(outputs, output) && fclose(output->out) && !rc)
            rc = -errno;
        output->out = NULL;
        rc = output->rc ? output->rc : rc;
        if (rc)
            status = complain(STATUS_BROKEN, "cannot write the report to %s: %s",
                              place_of(outputs, output), strerror(-rc));
    }
    return status;
}

void outputs_clear(struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++) {
        if (outputs->list[i].out && !is_stdout(outputs, &outputs->list[i]))
            fclose(outputs->list[i].out);
        free(outputs->list[i].file);
    }
    free(outputs->list);
    *outputs = (struct outputs){0};
}
