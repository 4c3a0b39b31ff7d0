/* SPDX-License-Identifier: MIT */
/*
 * A head is written by hand, and what it promises is what the kill matrix holds the scripts to. So
 * a line that begins with one of its words must be understood whole, and a promise must be one that
 * can be kept: the requirement is there, the script is there, and the script is about it.
 */
#include "catalogue/mutant.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "catalogue/shape.h"

static const char ending[] = ".patch", end_of_head[] = "--- ";
static const char *const tools[] = {"helgrind", "drd", "memcheck"};

struct reader {
    struct text_place at;
    const struct catalogue *catalogue;
    struct script *const *scripts;
    size_t scripts_count;
    struct mutant *mutant;
};

/* -- the words of a head -- */

static bool read_once(struct reader *reader, const char *word, char **to, const char *text)
{
    if (*to)
        return text_fault(&reader->at, "\"%s:\" stands here for the second time", word);
    *to = text_format("%s", text);
    return true;
}

static bool read_bug(struct reader *reader, char *text)
{
    return read_once(reader, "Bug", &reader->mutant->bug, text);
}

static bool read_happened(struct reader *reader, char *text)
{
    return read_once(reader, "Happened", &reader->mutant->happened, text);
}

static bool read_under(struct reader *reader, char *text)
{
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
        if (!strcmp(tools[i], text))
            return read_once(reader, "Under", &reader->mutant->under, text);
    return text_fault(&reader->at, "\"%s\" is none of helgrind, drd, memcheck", text);
}

/* ID in THEME/SCRIPT */
static bool read_breaks(struct reader *reader, char *text)
{
    struct mutant *mutant = reader->mutant;
    char id[8], name[256];
    const struct script *script;
    int used = 0;

    if (sscanf(text, "%7s in %255s%n", id, name, &used) != 2 || text[used])
        return text_fault(&reader->at, "expected \"Breaks: ID in THEME/SCRIPT\", found \"%s\"",
                          text);
    if (!catalogue_find(reader->catalogue, id))
        return text_fault(&reader->at, "there is no requirement %s in the catalogue", id);
    script = script_find(reader->scripts, reader->scripts_count, name);
    if (!script)
        return text_fault(&reader->at, "there is no scenario %s", name);
    if (!script_covers(script, id))
        return text_fault(&reader->at, "the scenario %s does not say that it covers %s", name, id);
    for (size_t i = 0; i < mutant->breaks_count; i++)
        if (!strcmp(mutant->breaks[i].requirement, id) && !strcmp(mutant->breaks[i].script, name))
            return text_fault(&reader->at, "%s in %s stands at line %d already", id, name,
                              mutant->breaks[i].line);
    mutant->breaks = text_grow(mutant->breaks, mutant->breaks_count + 1, sizeof *mutant->breaks);
    mutant->breaks[mutant->breaks_count] =
        (struct breach){.script = text_format("%s", name), .line = reader->at.line};
    strcpy(mutant->breaks[mutant->breaks_count++].requirement, id);
    return true;
}

static bool read_line(struct reader *reader, char *line)
{
    static const struct {
        const char *word;
        bool (*read)(struct reader *reader, char *text);
    } known[] = {{"Bug", read_bug},
                 {"Happened", read_happened},
                 {"Breaks", read_breaks},
                 {"Under", read_under}};
    size_t length = strcspn(line, ":");

    if (!line[length])
        return true;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char *text = line + length + 1;

        if (strlen(known[i].word) != length || strncasecmp(known[i].word, line, length))
            continue;
        if (strncmp(known[i].word, line, length))
            return text_fault(&reader->at, "\"%.*s:\" is written \"%s:\"", (int)length, line,
                              known[i].word);
        text += strspn(text, " \t");
        if (!*text)
            return text_fault(&reader->at, "expected something behind \"%s:\"", known[i].word);
        return known[i].read(reader, text);
    }
    return true;
}

/* -- a patch -- */

static bool check_head(struct reader *reader)
{
    const struct mutant *mutant = reader->mutant;
    const char *missing = !mutant->bug            ? "Bug: SENTENCE"
                          : !mutant->happened     ? "Happened: WHERE"
                          : !mutant->breaks_count ? "Breaks: ID in THEME/SCRIPT"
                                                  : NULL;

    if (!mutant->bug && !mutant->happened && !mutant->breaks_count)
        return text_fault(&reader->at,
                          "the patch has no head: expected lines \"Bug:\", \"Happened:\" and "
                          "\"Breaks:\" above its first \"--- \"");
    if (missing)
        return text_fault(&reader->at, "the head above lacks a line \"%s\"", missing);
    return true;
}

static char *name_of(const char *file)
{
    const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
    size_t length = strlen(base), cut = strlen(ending);

    if (length > cut && !strcmp(base + length - cut, ending))
        length -= cut;
    return text_format("%.*s", (int)length, base);
}

bool mutant_load(struct mutant *mutant, const char *file, const struct catalogue *catalogue,
                 struct script *const *scripts, size_t scripts_count, char *error,
                 size_t error_size)
{
    struct reader reader = {.at = {file, 0, error, error_size},
                            .catalogue = catalogue,
                            .scripts = scripts,
                            .scripts_count = scripts_count,
                            .mutant = mutant};
    FILE *in = fopen(file, "re");
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    bool well = true, ended = false;

    *mutant = (struct mutant){0};
    if (!in)
        return text_fault(&reader.at, "%s", strerror(errno));
    mutant->name = name_of(file);
    while (well && !ended && (errno = 0, (length = getline(&line, &size, in)) >= 0)) {
        reader.at.line++;
        ended = !strncmp(line, end_of_head, strlen(end_of_head));
        if (ended)
            break;
        if (memchr(line, 0, length)) {
            well = text_fault(&reader.at, "a null byte in the head");
            break;
        }
        while (length && isspace((unsigned char)line[length - 1]))
            line[--length] = 0;
        well = read_line(&reader, line);
    }
    if (well && (ferror(in) || (!ended && errno)))
        well = text_fault(&reader.at, "%s", strerror(errno));
    else if (well && !ended)
        well = text_fault(&reader.at, "this is no patch: no line begins with \"--- \"");
    well = well && check_head(&reader);
    free(line);
    fclose(in);
    if (!well)
        mutant_clear(mutant);
    return well;
}

void mutant_clear(struct mutant *mutant)
{
    for (size_t i = 0; i < mutant->breaks_count; i++)
        free(mutant->breaks[i].script);
    free(mutant->breaks);
    free(mutant->name);
    free(mutant->bug);
    free(mutant->happened);
    free(mutant->under);
    *mutant = (struct mutant){0};
}

bool mutant_breaks(const struct mutant *mutant, const char *id)
{
    for (size_t i = 0; i < mutant->breaks_count; i++) {
        const char *named = mutant->breaks[i].requirement, *other = shape_restates(named);

        if (!strcmp(named, id) || (other && !strcmp(other, id)))
            return true;
    }
    return false;
}

/* -- all of them -- */

static int is_patch(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name), cut = strlen(ending);

    return entry->d_name[0] != '.' && length > cut && !strcmp(entry->d_name + length - cut, ending);
}

bool mutants_load(struct mutants *mutants, const char *folder, const struct catalogue *catalogue,
                  struct script *const *scripts, size_t scripts_count, struct text_list *faults)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_patch, alphasort);
    size_t before = faults->count;

    *mutants = (struct mutants){0};
    if (count < 0 && errno != ENOENT) {
        char *why = text_format("%s: %s", folder, strerror(errno));

        text_list_add(faults, why);
        free(why);
    }
    mutants->list = text_memory(count > 0 ? count : 1, sizeof *mutants->list);
    for (int i = 0; i < count; i++) {
        char *file = text_format("%s/%s", folder, entries[i]->d_name), error[512];

        if (mutant_load(&mutants->list[mutants->count], file, catalogue, scripts, scripts_count,
                        error, sizeof error))
            mutants->count++;
        else
            text_list_add(faults, error);
        free(file);
        free(entries[i]);
    }
    free(entries);
    return faults->count == before;
}

const struct mutant *mutants_find(const struct mutants *mutants, const char *name)
{
    for (size_t i = 0; i < mutants->count; i++)
        if (!strcmp(mutants->list[i].name, name))
            return &mutants->list[i];
    return NULL;
}

void mutants_clear(struct mutants *mutants)
{
    for (size_t i = 0; i < mutants->count; i++)
        mutant_clear(&mutants->list[i]);
    free(mutants->list);
    *mutants = (struct mutants){0};
}
