/* SPDX-License-Identifier: MIT */
/*
 * The histories of failures make most of the page. Their lines are much the same in all plays but
 * for times and addresses, so that each line is kept once, without them, and a history is a list
 * of numbers: a sixth of its text.
 */
#include "report/matrix_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include "report/text.h"

enum { ADDRESS_LEAST = 7 }; /* hexadecimal digits; fewer are flags and the like */

struct entry {
    json_int_t number;
    UT_hash_handle hh;
    char text[];
};

struct matrix_texts {
    struct entry *by_text;
    json_t *list;
};

struct matrix_texts *matrix_texts_new(void)
{
    struct matrix_texts *texts = text_memory(1, sizeof *texts);

    texts->list = json_array();
    return texts;
}

/* The number of this text. */
static json_int_t add_text(struct matrix_texts *texts, const char *text)
{
    struct entry *entry;
    char *valid;

    HASH_FIND_STR(texts->by_text, text, entry);
    if (entry)
        return entry->number;
    entry = text_memory(1, sizeof *entry + strlen(text) + 1);
    strcpy(entry->text, text);
    entry->number = (json_int_t)json_array_size(texts->list);
    HASH_ADD_STR(texts->by_text, text, entry);
    valid = text_valid(text);
    json_array_append_new(texts->list, json_string(valid));
    free(valid);
    return entry->number;
}

json_t *matrix_texts_end(struct matrix_texts *texts)
{
    struct entry *entry, *next;
    json_t *list = texts->list;

    HASH_ITER (hh, texts->by_text, entry, next) {
        HASH_DELETE(hh, texts->by_text, entry);
        free(entry);
    }
    free(texts);
    return list;
}

/* -- one history -- */

static size_t number_of(struct text_list *list, const char *text, size_t length)
{
    char *copy = text_format("%.*s", (int)length, text);
    size_t at = 0;

    while (at < list->count && strcmp(list->list[at], copy))
        at++;
    if (at == list->count)
        text_list_add(list, copy);
    free(copy);
    return at;
}

/* Puts \x01 and a number in the place of each address; a new string. */
static char *without_addresses(const char *text, struct text_list *addresses)
{
    char *out = text_format("%s", "");

    while (*text) {
        size_t digits = strncmp(text, "0x", 2) ? 0 : strspn(text + 2, "0123456789abcdef");
        size_t length = 1 + strcspn(text + 1, "0");

        if (digits >= ADDRESS_LEAST) {
            length = digits + 2;
            text_append(&out, "\x01%zu", number_of(addresses, text, length));
        } else
            text_append(&out, "%.*s", (int)length, text);
        text += length;
    }
    return out;
}

static bool is_gap(const char *line)
{
    return *line == '#';
}

static size_t gap_of(const char *line)
{
    return strtoul(line + strcspn(line, "0123456789"), NULL, 10);
}

struct near {
    size_t line, distance;
};

static int compare_near(const void *a, const void *b)
{
    const struct near *first = a, *second = b;

    if (first->distance != second->distance)
        return first->distance < second->distance ? -1 : 1;
    return (first->line > second->line) - (first->line < second->line);
}

/* Marks up to `most` events of the history, those nearest to the proof. */
static bool *choose(const struct verdict *verdict, size_t most)
{
    size_t count = verdict->history_count, events = 0, last = SIZE_MAX;
    struct near *list = text_memory(count, sizeof *list);
    bool *chosen = text_memory(count, sizeof *chosen);

    /* how far back, and then how far ahead, the nearest proof is */
    for (size_t i = 0; i < count; i++) {
        last = verdict->proves[i] ? i : last;
        list[i] = (struct near){i, last == SIZE_MAX ? count + (count - i) : i - last};
    }
    last = SIZE_MAX;
    for (size_t i = count; i-- > 0;) {
        last = verdict->proves[i] ? i : last;
        if (last != SIZE_MAX && last - i < list[i].distance)
            list[i].distance = last - i;
    }
    qsort(list, count, sizeof *list, compare_near);
    for (size_t i = 0; i < count && events < most; i++)
        if (!is_gap(verdict->history[list[i].line])) {
            chosen[list[i].line] = true;
            events++;
        }
    free(list);
    return chosen;
}

/* Takes the time off the front of a line, in microseconds. */
static long long time_of(const char **line)
{
    char *end;
    double ms = strtod(*line, &end);

    if (end == *line || *end != ' ' || !isfinite(ms) || fabs(ms) > 1e12)
        return 0;
    *line = end + 1;
    return llround(ms * 1e3);
}

static void put_gap(json_t *list, size_t *gap)
{
    json_t *one;

    if (!*gap)
        return;
    one = json_array();
    json_array_append_new(one, json_integer((json_int_t)*gap));
    json_array_append_new(list, one);
    *gap = 0;
}

static json_t *texts_of(char *const *list, size_t count)
{
    json_t *json = json_array();

    for (size_t i = 0; i < count; i++) {
        char *valid = text_valid(list[i]);

        json_array_append_new(json, json_string(valid));
        free(valid);
    }
    return json;
}

bool matrix_history(json_t *play, json_t *findings, const struct verdict *verdict, size_t most,
                    struct matrix_texts *texts)
{
    bool *chosen = choose(verdict, most), cut = false;
    struct text_list addresses = {0};
    json_t *list = json_array();
    json_int_t events = 0;
    long long before = 0;
    size_t gap = 0;

    for (size_t i = 0; i < verdict->history_count; i++) {
        const char *line = verdict->history[i];
        char *plain;
        long long time;

        if (is_gap(line) || !chosen[i]) {
            gap += is_gap(line) ? gap_of(line) : 1;
            cut |= !is_gap(line);
            continue;
        }
        put_gap(list, &gap);
        time = time_of(&line);
        plain = without_addresses(line, &addresses);
        json_array_append_new(list, json_integer(time - before));
        json_array_append_new(list, json_integer(add_text(texts, plain)));
        free(plain);
        before = time;
        for (size_t k = 0; k < verdict->findings_count && k < VERDICT_PROVES; k++)
            if (verdict->proves[i] & (uint32_t)1 << k) {
                json_t *finding = json_array_get(findings, k),
                       *proof = json_object_get(finding, "p");

                if (!proof)
                    json_object_set_new(finding, "p", proof = json_array());
                json_array_append_new(proof, json_integer(events));
            }
        events++;
    }
    put_gap(list, &gap);
    for (size_t k = 0; k < verdict->findings_count; k++) {
        const struct verdict_finding *finding = &verdict->findings[k];
        json_t *json = json_array_get(findings, k);

        if (!json_object_get(json, "p") && finding->evidence_count)
            json_object_set_new(json, "e", texts_of(finding->evidence, finding->evidence_count));
    }
    if (events)
        json_object_set(play, "h", list);
    if (addresses.count)
        json_object_set_new(play, "a", texts_of(addresses.list, addresses.count));
    json_decref(list);
    text_list_clear(&addresses);
    free(chosen);
    return cut;
}
