/* SPDX-License-Identifier: MIT */
/* A judgement is plain data; this is its housekeeping. */
#include "report/judgement.h"

#include <stdlib.h>
#include <string.h>

enum judgement_kind judgement_kind(const struct judgement *judgement)
{
    return judgement ? judgement->kind : JUDGEMENT_NONE;
}

const char *judgement_known(const struct judgement *judgement, size_t finding)
{
    return judgement && finding < judgement->known_count ? judgement->known[finding] : NULL;
}

char *judgement_reasons(const struct judgement *judgement)
{
    struct text_list told = {0};
    char *text = NULL;

    for (size_t i = 0; i < judgement->known_count; i++)
        if (judgement->known[i] && !text_list_has(&told, judgement->known[i])) {
            text_append(&text, "%s%s", text ? "; " : "", judgement->known[i]);
            text_list_add(&told, judgement->known[i]);
        }
    text_list_clear(&told);
    return text ? text : text_format("%s", "");
}

void judgement_copy(struct judgement *to, const struct judgement *from)
{
    *to = (struct judgement){
        .kind = from->kind, .named = from->named, .known_count = from->known_count};
    to->known = text_memory(from->known_count, sizeof *to->known);
    for (size_t i = 0; i < from->known_count; i++)
        to->known[i] = from->known[i];
    for (size_t i = 0; i < from->passes.count; i++)
        text_list_add(&to->passes, from->passes.list[i]);
}

void judgement_clear(struct judgement *judgement)
{
    free(judgement->known);
    text_list_clear(&judgement->passes);
    *judgement = (struct judgement){0};
}
