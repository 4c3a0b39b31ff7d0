/* SPDX-License-Identifier: MIT */
/*
 * Prints how many scenarios were skipped, and why. What an implementation does not offer is summed
 * up thing by thing: few scenarios need the same, and what one wants to know is what each costs.
 */
#include "report/pretty.h"

#include <stdlib.h>
#include <string.h>

/* Reasons, or words of them, and how many scenarios each skipped. */
struct counts {
    struct count {
        char *text;
        size_t scenarios;
    } * list;
    size_t count;
};

static void count_one(struct counts *counts, const char *text, size_t length)
{
    struct count *count;

    for (size_t i = 0; i < counts->count; i++) {
        count = &counts->list[i];
        if (strlen(count->text) == length && !strncmp(count->text, text, length)) {
            count->scenarios++;
            return;
        }
    }
    counts->list = text_grow(counts->list, counts->count + 1, sizeof *counts->list);
    count = &counts->list[counts->count++];
    count->text = text_format("%.*s", (int)length, text);
    count->scenarios = 1;
}

static void counts_clear(struct counts *counts)
{
    for (size_t i = 0; i < counts->count; i++)
        free(counts->list[i].text);
    free(counts->list);
}

/* The most first; those that are alike stay in order. */
static void counts_sort(struct counts *counts)
{
    for (size_t i = 1; i < counts->count; i++) {
        struct count this = counts->list[i];
        size_t to = i;

        for (; to > 0 && counts->list[to - 1].scenarios < this.scenarios; to--)
            counts->list[to] = counts->list[to - 1];
        counts->list[to] = this;
    }
}

/* What stands in "demo does not offer several threads, mode mainloop" after "offer"; NULL for any
 * other reason. */
static const char *missing_things(const struct report_section *section, const char *reason)
{
    static const char lacks[] = " does not offer ";
    size_t length = strlen(section->implementation);

    if (strncmp(reason, section->implementation, length) ||
        strncmp(reason + length, lacks, sizeof lacks - 1))
        return NULL;
    return reason + length + sizeof lacks - 1;
}

/* "87, which need what demo does not offer: several threads 31, mode mainloop 12". */
static void say_missing(char **line, const struct report_section *section,
                        const struct counts *reasons)
{
    struct counts things = {0};
    size_t scenarios = 0;
    bool several = false;

    for (size_t i = 0; i < section->count; i++) {
        const struct verdict *verdict = &section->list[i].verdict;
        const char *thing = verdict->kind == VERDICT_SKIP && verdict->reason
                                ? missing_things(section, verdict->reason)
                                : NULL;

        if (!thing)
            continue;
        scenarios++;
        several = several || strchr(thing, ',');
        for (size_t length; *(thing += strspn(thing, ", ")); thing += length) {
            length = strcspn(thing, ",");
            count_one(&things, thing, length);
        }
    }
    if (reasons->count == 1) /* as it is */
        text_append(line, "%zu (%s)", scenarios, reasons->list[0].text);
    else if (reasons->count) {
        counts_sort(&things);
        text_append(line, "%zu, which need what %s does not offer: ", scenarios,
                    section->implementation);
        for (size_t i = 0; i < things.count; i++)
            text_append(line, "%s%s %zu", i ? ", " : "", things.list[i].text,
                        things.list[i].scenarios);
        if (several)
            text_append(line, " (each may count for several)");
    }
    counts_clear(&things);
}

void pretty_skips_print(FILE *out, const struct report_section *section)
{
    struct counts missing = {0}, others = {0};
    char *line = NULL;

    for (size_t i = 0; i < section->count; i++) {
        const struct verdict *verdict = &section->list[i].verdict;
        const char *reason = verdict->reason ? verdict->reason : "no reason given";

        if (verdict->kind == VERDICT_SKIP)
            count_one(missing_things(section, reason) ? &missing : &others, reason, strlen(reason));
    }
    if (missing.count || others.count) {
        text_append(&line, "Skipped: ");
        say_missing(&line, section, &missing);
        for (size_t i = 0; i < others.count; i++)
            text_append(&line, "%s%zu (%s)", i || missing.count ? "; " : "",
                        others.list[i].scenarios, others.list[i].text);
        putc('\n', out);
        text_print_wrapped(out, line, 0, 2);
    }
    free(line);
    counts_clear(&missing);
    counts_clear(&others);
}
