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

static struct expected_scenario *scenario(struct reader *reader, const char *name)
{
    struct expected *expected = reader->expected;
    struct expected_scenario *entry;

    for (size_t i = 0; i < expected->count; i++)
        if (!strcmp(expected->list[i].scenario, name))
            return &expected->list[i];
    expected->list = text_grow(expected->list, expected->count + 1, sizeof *expected->list);
    entry = &expected->list[expected->count++];
    *entry = (struct expected_scenario){.scenario = text_format("%s", name), .line = reader->line};
    return entry;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* SCENARIO REQUIREMENT reason */
static bool read_failure(struct reader *reader, char *line)
{
    const char *name = word(&line), *id = word(&line), *reason = line;
    struct expected_scenario *entry;
    char *joined;

    if (!is_id(id))
        return fault(reader,
                     "expected SCENARIO REQUIREMENT REASON, found \"%s\" for the requirement", id);
    if (reader->catalogue && !catalogue_find(reader->catalogue, id))
        return fault(reader, "there is no requirement %s in the catalogue", id);
    if (!*reason)
        return fault(reader, "%s %s: expected the reason why this is known to fail", name, id);

    entry = scenario(reader, name);
    if (text_list_has(&entry->requirements, id))
        return fault(reader, "%s %s stands here for the second time", name, id);
    text_list_add(&entry->requirements, id);
    qsort(entry->requirements.list, entry->requirements.count, sizeof *entry->requirements.list,
          compare_texts);
    joined =
        entry->reasons ? text_format("%s; %s", entry->reasons, reason) : text_format("%s", reason);
    free(entry->reasons);
    entry->reasons = joined;
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
        fault(&reader, "%s", strerror(errno));
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
        text_list_clear(&expected->list[i].requirements);
        free(expected->list[i].reasons);
    }
    free(expected->list);
    free(expected->file);
    free(expected->version);
    free(expected);
}

const struct expected_scenario *expected_find(const struct expected *expected,
                                              const char *scenario_name)
{
    for (size_t i = 0; i < expected->count; i++)
        if (!strcmp(expected->list[i].scenario, scenario_name))
            return &expected->list[i];
    return NULL;
}

const char *expected_judge(const struct expected *expected, const struct verdict *verdict)
{
    const struct expected_scenario *entry =
        expected ? expected_find(expected, verdict->scenario) : NULL;
    const char **ids;
    size_t count;
    bool same;

    if (!entry || verdict->kind == VERDICT_SKIP || verdict->kind == VERDICT_ERROR)
        return NULL;
    count = verdict_failing(verdict, &ids);
    same = verdict->kind == VERDICT_FAIL && count == entry->requirements.count;
    for (size_t i = 0; same && i < count; i++)
        same = !strcmp(ids[i], entry->requirements.list[i]);
    free(ids);
    return same ? entry->reasons : "";
}
