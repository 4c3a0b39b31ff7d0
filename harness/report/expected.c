/* SPDX-License-Identifier: MIT */
/*
 * The list of expected failures is written and read by people and decides whether a run is green,
 * so a line that is not understood is an error, never passed over.
 */
#include "report/expected.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char SOMETIMES[] = "sometimes ";

struct reader {
    const char *file;
    int line;
    const struct catalogue *catalogue;
    struct expected *expected;
    char *error;
    size_t error_size;
};

static bool __attribute__((format(printf, 2, 3)))
fault(struct reader *reader, const char *format, ...)
{
    va_list arguments;
    int used = snprintf(reader->error, reader->error_size, "%s:%d: ", reader->file, reader->line);

    if (used >= 0 && (size_t)used < reader->error_size) {
        va_start(arguments, format);
        vsnprintf(reader->error + used, reader->error_size - used, format, arguments);
        va_end(arguments);
    }
    return false;
}

/* Cuts the next word off *line; "" at its end. */
static char *word(char **line)
{
    char *start = *line, *end = start + strcspn(start, " \t");

    *line = end + strspn(end, " \t");
    *end = 0;
    return start;
}

static bool is_id(const char *text)
{
    return strlen(text) == 5 && isupper((unsigned char)text[0]) &&
           isupper((unsigned char)text[1]) && text[2] == '-' && isdigit((unsigned char)text[3]) &&
           isdigit((unsigned char)text[4]);
}

/* SCENARIO REQUIREMENT [sometimes] reason. The word stays in the reason, which reads well with it.
 */
static bool read_failure(struct reader *reader, char *line)
{
    const char *name = word(&line), *id = word(&line), *reason = line;
    struct expected *expected = reader->expected;
    bool sometimes;

    if (strchr(name, '*') && strcmp(name, "*"))
        return fault(reader, "\"%s\": \"*\" is for all scenarios and stands alone", name);
    if (!is_id(id))
        return fault(reader,
                     "expected SCENARIO REQUIREMENT REASON, found \"%s\" for the requirement", id);
    if (reader->catalogue && !catalogue_find(reader->catalogue, id))
        return fault(reader, "there is no requirement %s in the catalogue", id);
    if (!*reason)
        return fault(reader, "%s %s: expected the reason why this is known to fail", name, id);
    sometimes = strncmp(reason, SOMETIMES, strlen(SOMETIMES)) == 0;
    if (sometimes && !strcmp(name, "*"))
        return fault(reader, "* %s: what may fail in any scenario is not \"sometimes\" besides",
                     id);
    for (size_t i = 0; i < expected->count; i++)
        if (!strcmp(expected->list[i].scenario, name) && !strcmp(expected->list[i].requirement, id))
            return fault(reader, "%s %s stands here for the second time", name, id);

    expected->list = text_grow(expected->list, expected->count + 1, sizeof *expected->list);
    expected->list[expected->count++] = (struct expected_line){
        .scenario = text_format("%s", name),
        .requirement = text_format("%s", id),
        .reason = text_format("%s", reason),
        .line = reader->line,
        .sometimes = sometimes,
    };
    return true;
}

static bool read_line(struct reader *reader, char *line, size_t length)
{
    if (memchr(line, 0, length))
        return fault(reader, "a null byte in the text");
    while (length && isspace((unsigned char)line[length - 1]))
        line[--length] = 0;
    line += strspn(line, " \t");
    if (!*line || *line == '#')
        return true;
    if (!reader->expected->version) {
        if (strcmp(word(&line), "version") || !*line)
            return fault(reader, "expected \"version\" and the version that this file speaks of");
        reader->expected->version = text_format("%s", line);
        return true;
    }
    return read_failure(reader, line);
}

struct expected *expected_load(const char *file, const struct catalogue *catalogue, char *error,
                               size_t error_size)
{
    struct reader reader = {
        .file = file, .catalogue = catalogue, .error = error, .error_size = error_size};
    FILE *in = fopen(file, "re");
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    bool well = false;

    if (!in) {
        snprintf(error, error_size, "%s: %s", file, strerror(errno));
        return NULL;
    }
    reader.expected = text_memory(1, sizeof *reader.expected);
    reader.expected->file = text_format("%s", file);
    while (errno = 0, (length = getline(&line, &size, in)) >= 0) {
        reader.line++;
        if (!read_line(&reader, line, length))
            goto out;
    }
    if (ferror(in) || errno)
        fault(&reader, "%s", strerror(errno));
    else if (!reader.expected->version)
        fault(&reader, "expected a line \"version\" and the version that this file speaks of");
    else
        well = true;

out:
    if (!well) {
        expected_free(reader.expected);
        reader.expected = NULL;
    }
    free(line);
    fclose(in);
    return reader.expected;
}

void expected_free(struct expected *expected)
{
    if (!expected)
        return;
    for (size_t i = 0; i < expected->count; i++) {
        free(expected->list[i].scenario);
        free(expected->list[i].requirement);
        free(expected->list[i].reason);
    }
    free(expected->list);
    free(expected->file);
    free(expected->version);
    free(expected);
}

bool expected_is_general(const struct expected_line *line)
{
    return !strcmp(line->scenario, "*");
}

/* Puts the reason of this line with the findings that it is about. Returns whether there are any.
 */
static bool explain_findings(const struct expected_line *line, const struct verdict *verdict,
                             struct judgement *judgement)
{
    bool any = false;

    for (size_t i = 0; i < verdict->findings_count; i++) {
        const struct verdict_finding *finding = &verdict->findings[i];

        if (finding->limit || strcmp(finding->requirement, line->requirement))
            continue;
        any = true;
        if (!judgement->known[i]) /* the scenario's own reason goes before the general one */
            judgement->known[i] = line->reason;
    }
    return any;
}

static bool all_explained(const struct verdict *verdict, const struct judgement *judgement)
{
    for (size_t i = 0; i < verdict->findings_count; i++)
        if (!verdict->findings[i].limit && !judgement->known[i])
            return false;
    return true;
}

void expected_judge(struct expected *expected, const struct verdict *verdict,
                    struct judgement *judgement)
{
    bool spoken_of = false;

    *judgement = (struct judgement){0};
    if (!expected || verdict->kind == VERDICT_SKIP || verdict->kind == VERDICT_ERROR)
        return;
    judgement->known_count = verdict->findings_count;
    judgement->known = text_memory(judgement->known_count, sizeof *judgement->known);
    for (int general = 0; general < 2; general++)
        for (size_t i = 0; i < expected->count; i++) {
            struct expected_line *line = &expected->list[i];

            if (expected_is_general(line) != general ||
                (!general && strcmp(line->scenario, verdict->scenario)))
                continue;
            if (explain_findings(line, verdict, judgement))
                line->met = true;
            else if (!general && !line->sometimes)
                text_list_add(&judgement->passes, line->requirement);
            else
                continue;
            spoken_of = true;
            judgement->named |= !general;
        }
    if (spoken_of)
        judgement->kind = !judgement->passes.count && all_explained(verdict, judgement)
                              ? JUDGEMENT_AGREES
                              : JUDGEMENT_DIFFERS;
}
