/* SPDX-License-Identifier: MIT */
#include "audit/account.h"

#include <stdlib.h>
#include <string.h>

struct audit_error *audit_account_error(struct audit_account *account)
{
    struct audit_error *error;

    account->errors =
        text_grow(account->errors, account->errors_count + 1, sizeof *account->errors);
    error = &account->errors[account->errors_count++];
    *error = (struct audit_error){.count = 1};
    return error;
}

void audit_account_suppressed(struct audit_account *account, const char *name, unsigned long hits)
{
    struct audit_suppression *suppression;

    for (size_t i = 0; i < account->suppressions_count; i++)
        if (!strcmp(account->suppressions[i].name, name)) {
            account->suppressions[i].hits += hits;
            return;
        }
    account->suppressions = text_grow(account->suppressions, account->suppressions_count + 1,
                                      sizeof *account->suppressions);
    suppression = &account->suppressions[account->suppressions_count++];
    *suppression = (struct audit_suppression){.name = text_format("%s", name), .hits = hits};
}

static struct audit_error *find(const struct audit_account *account, const char *kind,
                                const char *place)
{
    for (size_t i = 0; i < account->errors_count; i++)
        if (!strcmp(account->errors[i].kind, kind) && !strcmp(account->errors[i].place, place))
            return &account->errors[i];
    return NULL;
}

void audit_account_merge(struct audit_account *into, const struct audit_account *from)
{
    for (size_t i = 0; i < from->errors_count; i++) {
        const struct audit_error *error = &from->errors[i];
        struct audit_error *known = find(into, error->kind, error->place);

        if (known) {
            known->count += error->count;
            continue;
        }
        known = audit_account_error(into);
        known->kind = text_format("%s", error->kind);
        known->place = text_format("%s", error->place);
        known->text = text_format("%s", error->text);
        for (size_t j = 0; j < error->stack.count; j++)
            text_list_add(&known->stack, error->stack.list[j]);
        known->count = error->count;
        known->of_harness = error->of_harness;
    }
    for (size_t i = 0; i < from->suppressions_count; i++)
        audit_account_suppressed(into, from->suppressions[i].name, from->suppressions[i].hits);
    into->cut |= from->cut;
}

unsigned long audit_account_count(const struct audit_account *account, bool of_harness)
{
    unsigned long count = 0;

    for (size_t i = 0; i < account->errors_count; i++)
        if (account->errors[i].of_harness == of_harness)
            count += account->errors[i].count;
    return count;
}

void audit_account_clear(struct audit_account *account)
{
    for (size_t i = 0; i < account->errors_count; i++) {
        free(account->errors[i].kind);
        free(account->errors[i].place);
        free(account->errors[i].text);
        text_list_clear(&account->errors[i].stack);
    }
    for (size_t i = 0; i < account->suppressions_count; i++)
        free(account->suppressions[i].name);
    free(account->errors);
    free(account->suppressions);
    *account = (struct audit_account){0};
}

json_t *audit_account_to_json(const struct audit_account *account)
{
    json_t *errors = json_array(), *suppressions = json_array();

    for (size_t i = 0; i < account->errors_count; i++) {
        const struct audit_error *error = &account->errors[i];
        json_t *stack = json_array();

        for (size_t j = 0; j < error->stack.count; j++)
            json_array_append_new(stack, json_string(error->stack.list[j]));
        json_array_append_new(errors,
                              json_pack("{ss ss ss so sI sb}", "kind", error->kind, "place",
                                        error->place, "text", error->text, "stack", stack, "count",
                                        (json_int_t)error->count, "of_harness", error->of_harness));
    }
    for (size_t i = 0; i < account->suppressions_count; i++)
        json_array_append_new(suppressions,
                              json_pack("{ss sI}", "name", account->suppressions[i].name, "hits",
                                        (json_int_t)account->suppressions[i].hits));
    return json_pack("{so so sb}", "errors", errors, "suppressions", suppressions, "cut",
                     account->cut);
}

int audit_account_from_json(const json_t *json, struct audit_account *account)
{
    json_t *errors, *suppressions, *item, *line, *stack;
    size_t i, j;
    int cut;

    *account = (struct audit_account){0};
    if (json_unpack((json_t *)json, "{so so sb}", "errors", &errors, "suppressions", &suppressions,
                    "cut", &cut))
        return -1;
    account->cut = cut;
    json_array_foreach(errors, i, item)
    {
        const char *kind, *place, *text;
        struct audit_error *error;
        json_int_t count;
        int of_harness;

        if (json_unpack(item, "{ss ss ss so sI sb}", "kind", &kind, "place", &place, "text", &text,
                        "stack", &stack, "count", &count, "of_harness", &of_harness))
            goto bad;
        error = audit_account_error(account);
        error->kind = text_format("%s", kind);
        error->place = text_format("%s", place);
        error->text = text_format("%s", text);
        error->count = (unsigned long)count;
        error->of_harness = of_harness;
        json_array_foreach(stack, j, line) if (json_is_string(line))
            text_list_add(&error->stack, json_string_value(line));
    }
    json_array_foreach(suppressions, i, item)
    {
        const char *name;
        json_int_t hits;

        if (json_unpack(item, "{ss sI}", "name", &name, "hits", &hits))
            goto bad;
        audit_account_suppressed(account, name, (unsigned long)hits);
    }
    return 0;

bad:
    audit_account_clear(account);
    return -1;
}
