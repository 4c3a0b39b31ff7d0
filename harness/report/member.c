/* SPDX-License-Identifier: MIT */
/* The first fault is kept: what follows may come of it. */
#include "report/member.h"

#include <stdarg.h>
#include <stdlib.h>

/* -- writing -- */

static json_t *valid(const char *text)
{
    char *copy = text_valid(text);
    json_t *json = json_string(copy);

    free(copy);
    return json;
}

bool member_set_text(json_t *json, const char *name, const char *text)
{
    return !text || !json_object_set_new(json, name, valid(text));
}

bool member_set_texts(json_t *json, const char *name, char *const *list, size_t count)
{
    json_t *array = json_array();
    bool well = array;

    for (size_t i = 0; well && i < count; i++)
        well = !json_array_append_new(array, valid(list[i]));
    if (!well) {
        json_decref(array);
        return false;
    }
    return !json_object_set_new(json, name, array);
}

bool member_set_number(json_t *json, const char *name, json_int_t number)
{
    return !json_object_set_new(json, name, json_integer(number));
}

/* -- reading -- */

void member_fault(struct member_reader *reader, const char *format, ...)
{
    va_list arguments;

    if (reader->failed)
        return;
    reader->failed = true;
    va_start(arguments, format);
    vsnprintf(reader->error, reader->error_size, format, arguments);
    va_end(arguments);
}

char *member_text(struct member_reader *reader, const json_t *json, const char *name)
{
    const json_t *member = json_object_get(json, name);

    if (!member || json_is_null(member))
        return NULL;
    if (!json_is_string(member)) {
        member_fault(reader, "\"%s\" is no text", name);
        return NULL;
    }
    return text_format("%s", json_string_value(member));
}

char *member_needed_text(struct member_reader *reader, const json_t *json, const char *name)
{
    char *text = member_text(reader, json, name);

    if (!text)
        member_fault(reader, "\"%s\" is missing", name);
    return text;
}

json_int_t member_number(struct member_reader *reader, const json_t *json, const char *name,
                         json_int_t least, json_int_t most)
{
    const json_t *member = json_object_get(json, name);

    if (!member)
        return least;
    if (!json_is_integer(member) || json_integer_value(member) < least ||
        json_integer_value(member) > most) {
        member_fault(reader, "\"%s\" is no whole number from %lld to %lld", name, (long long)least,
                     (long long)most);
        return least;
    }
    return json_integer_value(member);
}

void member_texts(struct member_reader *reader, const json_t *json, const char *name,
                  struct text_list *list)
{
    const json_t *member = json_object_get(json, name), *element;
    size_t i;

    if (member && !json_is_array(member))
        member_fault(reader, "\"%s\" is no list", name);
    json_array_foreach(member, i, element)
    {
        if (json_is_string(element))
            text_list_add(list, json_string_value(element));
        else
            member_fault(reader, "\"%s\" holds something that is no text", name);
    }
}
