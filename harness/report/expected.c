/* SPDX-License-Identifier: MIT */
/*
 * The list of expected failures is written and read by people and decides whether a run is green,
 * so a line that is not understood is an error, never passed over.
 */
#include "report/expected.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char SOMETIMES[] = "sometimes", TODO[] = "TODO";

struct reader {
    struct text_place at;
    const struct catalogue *catalogue;
    struct expected *expected;
};

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

/* Takes the escapes out of a name that stands in quotes at *line. NULL where it has no end. */
static const char *quoted(char **line)
{
    char *start = *line + 1, *from = start, *to = start;

    for (; *from && *from != '"'; from++) {
        unsigned byte;
        int used = 0;

        if (*from != '\\')
            *to++ = *from;
        else if (*++from == 'n' || *from == 't')
            *to++ = *from == 'n' ? '\n' : '\t';
        else if (*from == 'x' && sscanf(from + 1, "%2x%n", &byte, &used) == 1 && used == 2 &&
                 byte) {
            *to++ = (char)byte;
            from += 2;
        } else if (*from == '\\' || *from == '"')
            *to++ = *from;
        else
            return NULL;
    }
    if (*from != '"' || !strchr(" \t", from[1]))
        return NULL;
    *line = from + 1 + strspn(from + 1, " \t");
    *to = 0;
    return start;
}

char *expected_name(const char *scenario)
{
    char *text = NULL;

    if (*scenario && !scenario[strcspn(scenario, " \t\n\v\f\r*\"\\#\x7f")]) {
        bool plain = true;

        for (const char *s = scenario; *s; s++)
            plain &= (unsigned char)*s >= 0x20;
        if (plain)
            return text_format("%s", scenario);
    }
    text_append(&text, "\"");
    for (; *scenario; scenario++)
        if (*scenario == '"' || *scenario == '\\')
            text_append(&text, "\\%c", *scenario);
        else if ((unsigned char)*scenario < 0x20 || *scenario == 0x7f)
            text_append(&text, "\\x%02x", (unsigned char)*scenario);
        else
            text_append(&text, "%c", *scenario);
    text_append(&text, "\"");
    return text;
}

static bool stands_already(const struct expected *expected, const struct expected_line *line)
{
    for (size_t i = 0; i < expected->count; i++)
        if (expected->list[i].general == line->general &&
            !strcmp(expected->list[i].scenario, line->scenario) &&
            !strcmp(expected->list[i].requirement, line->requirement))
            return true;
    return false;
}

static bool begins_with(const char *text, const char *word)
{
    return !strncmp(text, word, strlen(word)) && !isalnum((unsigned char)text[strlen(word)]);
}

static bool is_unwritten(const char *reason)
{
    if (begins_with(reason, SOMETIMES))
        reason += strlen(SOMETIMES) + strspn(reason + strlen(SOMETIMES), " \t");
    return begins_with(reason, TODO);
}

/* SCENARIO REQUIREMENT [sometimes] reason. The word stays in the reason, which reads well with it.
 */
static bool read_failure(struct reader *reader, char *text)
{
    bool in_quotes = *text == '"';
    const char *name = in_quotes ? quoted(&text) : word(&text), *id;
    struct expected *expected = reader->expected;
    struct expected_line line = {.line = reader->at.line};

    if (!name)
        return text_fault(&reader->at,
                          "a name in quotes ends with a quote and a blank; in it stand \\\\, "
                          "\\\", \\n, \\t and \\xNN");
    id = word(&text);
    line.general = !in_quotes && !strcmp(name, "*");
    if (!in_quotes && !line.general && strchr(name, '*'))
        return text_fault(&reader->at,
                          "\"%s\": \"*\" is for all scenarios and stands alone; a name that has it "
                          "stands in quotes",
                          name);
    if (!is_id(id))
        return text_fault(&reader->at,
                          "expected SCENARIO REQUIREMENT REASON, found \"%s\" for the requirement",
                          id);
    if (reader->catalogue && !catalogue_find(reader->catalogue, id))
        return text_fault(&reader->at, "there is no requirement %s in the catalogue", id);
    if (!*text)
        return text_fault(&reader->at, "%s %s: expected the reason why this is known to fail", name,
                          id);
    line.sometimes = begins_with(text, SOMETIMES);
    line.unwritten = is_unwritten(text);
    line.scenario = (char *)name;
    line.requirement = (char *)id;
    if (stands_already(expected, &line))
        return text_fault(&reader->at, "%s %s stands here for the second time", name, id);

    line.scenario = text_format("%s", name);
    line.requirement = text_format("%s", id);
    line.reason = text_format("%s", text);
    expected->list = text_grow(expected->list, expected->count + 1, sizeof *expected->list);
    expected->list[expected->count++] = line;
    return true;
}

static bool read_line(struct reader *reader, char *line, size_t length)
{
    if (memchr(line, 0, length))
        return text_fault(&reader->at, "a null byte in the text");
    while (length && isspace((unsigned char)line[length - 1]))
        line[--length] = 0;
    line += strspn(line, " \t");
    if (!*line || *line == '#')
        return true;
    if (!reader->expected->version) {
        if (strcmp(word(&line), "version") || !*line)
            return text_fault(&reader->at,
                              "expected \"version\" and the version that this file speaks of");
        reader->expected->version = text_format("%s", line);
        reader->expected->version_line = reader->at.line;
        return true;
    }
    return read_failure(reader, line);
}

struct expected *expected_load(const char *file, const struct catalogue *catalogue, char *error,
                               size_t error_size)
{
    struct reader reader = {.at = {file, 0, error, error_size}, .catalogue = catalogue};
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
        reader.at.line++;
        if (!read_line(&reader, line, length))
            goto out;
    }
    if (ferror(in) || errno)
        text_fault(&reader.at, "%s", strerror(errno));
    else if (!reader.expected->version)
        text_fault(&reader.at,
                   "expected a line \"version\" and the version that this file speaks of");
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
            bool met;

            if (line->general != general || (!general && strcmp(line->scenario, verdict->scenario)))
                continue;
            met = explain_findings(line, verdict, judgement);
            line->met |= met;
            if (!met && verdict->cut_short) /* it might have failed yet */
                continue;
            /* what has to fail fails in every play */
            if (!general && !line->sometimes && (!met || verdict_comes_and_goes(verdict)))
                text_list_add(&judgement->passes, line->requirement);
            else if (!met)
                continue;
            spoken_of = true;
            judgement->named |= !general;
        }
    if (spoken_of)
        judgement->kind = !judgement->passes.count && all_explained(verdict, judgement)
                              ? JUDGEMENT_AGREES
                              : JUDGEMENT_DIFFERS;
}
