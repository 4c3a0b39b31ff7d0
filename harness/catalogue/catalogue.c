/* SPDX-License-Identifier: MIT */
/*
 * The catalogue is a document for people first. Of its lines this reader looks at three kinds and
 * passes over all others: `## Heading`, a list item `- ...`, and an indented line below an item,
 * which goes on with its sentence. Every list item must be a requirement: an item that is not is
 * a slip of whoever wrote it, and would otherwise be lost without a word.
 */
#include "catalogue/catalogue.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "report/text.h"

static const char mark[] = "Unobservable:";

struct reader {
    struct text_place at;
    char *heading;
    bool in_item;
    struct catalogue *catalogue;
};

/* Two capitals, a hyphen, two digits. */
static bool is_id(const char *text, size_t length)
{
    return length == 5 && isupper((unsigned char)text[0]) && isupper((unsigned char)text[1]) &&
           text[2] == '-' && isdigit((unsigned char)text[3]) && isdigit((unsigned char)text[4]);
}

/* ID DUTY (SOURCE) sentence */
static bool read_item(struct reader *reader, const char *text)
{
    struct requirement new = {.line = reader->at.line}, *grown;
    size_t length = strcspn(text, " ");
    struct catalogue *catalogue = reader->catalogue;
    const struct requirement *old;

    if (!is_id(text, length))
        return text_fault(&reader->at, "\"%.*s\" is no requirement id such as XC-01", (int)length,
                          text);
    memcpy(new.id, text, length);
    old = catalogue_find(catalogue, new.id);
    if (old)
        return text_fault(&reader->at, "%s stands at line %d already", new.id, old->line);
    text += length + strspn(text + length, " ");

    if ((text[0] != 'L' && text[0] != 'A') || text[1] != ' ')
        return text_fault(&reader->at, "%s: expected the duty, L or A", new.id);
    new.duty = text[0];
    text += 1 + strspn(text + 1, " ");

    length = *text == '(' ? strspn(text + 1, "HCIKU/") : 0;
    if (!length || text[1 + length] != ')' || length >= sizeof new.source)
        return text_fault(&reader->at,
                          "%s: expected its source in brackets, of the letters H C I K U", new.id);
    memcpy(new.source, text + 1, length);
    text += length + 2;
    text += strspn(text, " ");

    if (!*text)
        return text_fault(&reader->at, "%s: expected a sentence", new.id);
    if (!reader->heading)
        return text_fault(&reader->at, "%s stands under no heading", new.id);

    grown = reallocarray(catalogue->list, catalogue->count + 1, sizeof *grown);
    if (!grown)
        return text_fault(&reader->at, "%s", strerror(ENOMEM));
    catalogue->list = grown;
    new.sentence = strdup(text);
    new.family = strdup(reader->heading);
    catalogue->list[catalogue->count++] = new;
    if (!new.sentence || !new.family)
        return text_fault(&reader->at, "%s", strerror(ENOMEM));
    return true;
}

static bool read_continuation(struct reader *reader, const char *text)
{
    struct requirement *last = &reader->catalogue->list[reader->catalogue->count - 1];
    char *longer;

    if (asprintf(&longer, "%s %s", last->sentence, text) < 0)
        return text_fault(&reader->at, "%s", strerror(ENOMEM));
    free(last->sentence);
    last->sentence = longer;
    return true;
}

static bool read_line(struct reader *reader, char *line, size_t length)
{
    if (memchr(line, 0, length))
        return text_fault(&reader->at, "a null byte in the text");
    while (length && isspace((unsigned char)line[length - 1]))
        line[--length] = 0;

    if (!strncmp(line, "## ", 3)) {
        free(reader->heading);
        reader->heading = strdup(line + 3);
        reader->in_item = false;
        return reader->heading || text_fault(&reader->at, "%s", strerror(ENOMEM));
    }
    if (!strncmp(line, "- ", 2)) {
        reader->in_item = true;
        return read_item(reader, line + 2);
    }
    if (reader->in_item && line[0] == ' ')
        return read_continuation(reader, line + strspn(line, " "));
    reader->in_item = false;
    return true;
}

/* The word, with no letter before or behind it. */
static char *find_word(const char *text, const char *word)
{
    size_t length = strlen(word);

    for (char *at = strstr(text, word); at; at = strstr(at + 1, word))
        if ((at == text || !isalpha((unsigned char)at[-1])) && !isalpha((unsigned char)at[length]))
            return at;
    return NULL;
}

/* What is known of an item only when all its lines are there. */
static bool finish_item(struct reader *reader, struct requirement *requirement)
{
    char *sentence = requirement->sentence, *at = find_word(sentence, mark), *end;

    reader->at.line = requirement->line;
    if (at) {
        const char *reason = at + strlen(mark);

        requirement->unobservable = strdup(reason + strspn(reason, " "));
        if (!requirement->unobservable)
            return text_fault(&reader->at, "%s", strerror(ENOMEM));
        if (!*requirement->unobservable)
            return text_fault(&reader->at, "%s: expected the reason behind \"%s\"", requirement->id,
                              mark);
        for (end = at; end > sentence && end[-1] == ' '; end--)
            ;
        *end = 0;
        if (!*sentence)
            return text_fault(&reader->at, "%s: expected a sentence", requirement->id);
    }
    requirement->level = find_word(sentence, "MUST")     ? LEVEL_MUST
                         : find_word(sentence, "SHOULD") ? LEVEL_SHOULD
                         : find_word(sentence, "MAY")    ? LEVEL_MAY
                                                         : LEVEL_MUST;
    return true;
}

struct catalogue *catalogue_load(const char *file, char *error, size_t error_size)
{
    struct reader reader = {.at = {file, 0, error, error_size}};
    FILE *in = fopen(file, "re");
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    bool well = false;

    if (!in) {
        text_fault(&reader.at, "%s", strerror(errno));
        return NULL;
    }
    reader.catalogue = calloc(1, sizeof *reader.catalogue);
    if (!reader.catalogue) {
        text_fault(&reader.at, "%s", strerror(ENOMEM));
        goto out;
    }
    while (errno = 0, (length = getline(&line, &size, in)) >= 0) {
        reader.at.line++;
        if (!read_line(&reader, line, length))
            goto out;
    }
    if (ferror(in) || errno)
        text_fault(&reader.at, "%s", strerror(errno));
    else if (!reader.catalogue->count)
        text_fault(&reader.at, "no requirement in the whole file");
    else
        well = true;
    for (size_t i = 0; well && i < reader.catalogue->count; i++)
        well = finish_item(&reader, &reader.catalogue->list[i]);

out:
    if (!well) {
        catalogue_free(reader.catalogue);
        reader.catalogue = NULL;
    }
    free(reader.heading);
    free(line);
    fclose(in);
    return reader.catalogue;
}

void catalogue_free(struct catalogue *catalogue)
{
    if (!catalogue)
        return;
    for (size_t i = 0; i < catalogue->count; i++) {
        free(catalogue->list[i].sentence);
        free(catalogue->list[i].family);
        free(catalogue->list[i].unobservable);
    }
    free(catalogue->list);
    free(catalogue);
}

const char *level_word(enum level level)
{
    static const char *const words[] = {"must", "should", "may"};

    return words[level];
}

const struct requirement *catalogue_find(const struct catalogue *catalogue, const char *id)
{
    for (size_t i = 0; i < catalogue->count; i++)
        if (!strcmp(catalogue->list[i].id, id))
            return &catalogue->list[i];
    return NULL;
}
