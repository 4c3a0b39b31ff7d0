/* SPDX-License-Identifier: MIT */
/*
 * Compares a list of expected failures with results, requirement by requirement, and edits the file
 * line by line, so that whatever was not to be changed is the same to the byte. A skip and an error
 * say nothing of what is expected: lines of a scenario that brought nothing else stay.
 */
#include "cli/expect_change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "report/text.h"
#include "report/whole_file.h"

static const char UNWRITTEN[] = "TODO: reason";

/* How often a scenario was told of, and failed for a requirement. */
struct plays {
    size_t told, failed;
};

static bool fails_for(const struct verdict *verdict, const char *requirement)
{
    for (size_t i = 0; verdict->kind == VERDICT_FAIL && i < verdict->findings_count; i++)
        if (!verdict->findings[i].limit && !strcmp(verdict->findings[i].requirement, requirement))
            return true;
    return false;
}

/* scenario NULL: any */
static struct plays plays_of(const struct expect_change *change, const char *scenario,
                             const char *requirement)
{
    struct plays plays = {0};

    for (size_t i = 0; i < change->results->count; i++) {
        const struct verdict *verdict = &change->results->list[i];
        bool fails = fails_for(verdict, requirement);

        if (results_implementation(change->results, i) != change->implementation ||
            (scenario && strcmp(scenario, verdict->scenario)) || verdict->kind == VERDICT_SKIP ||
            verdict->kind == VERDICT_ERROR ||
            (verdict->cut_short && !fails)) /* it might have failed yet */
            continue;
        plays.told += 1 + (fails && verdict->plays > 1); /* it passed before */
        plays.failed += fails;
    }
    return plays;
}

static bool has_errors(const struct expect_change *change)
{
    for (size_t i = 0; i < change->results->count; i++)
        if (change->results->list[i].kind == VERDICT_ERROR &&
            results_implementation(change->results, i) == change->implementation)
            return true;
    return false;
}

static void add_item(struct expect_change *change, enum expect_kind kind, int line, char *text)
{
    change->list = text_grow(change->list, change->count + 1, sizeof *change->list);
    change->list[change->count++] = (struct expect_item){kind, line, text};
}

/* -- what stands there -- */

static char *line_text(const struct expected_line *line, const char *reason)
{
    char *name = line->general ? text_format("*") : expected_name(line->scenario);
    char *text = text_format("%s  %s  %s", name, line->requirement, reason);

    free(name);
    return text;
}

static void look_at_line(struct expect_change *change, const struct expected_line *line)
{
    struct plays plays = plays_of(change, line->general ? NULL : line->scenario, line->requirement);

    if (line->general) {
        if (!line->sometimes && change->whole && !change->results->about.no_probe &&
            !has_errors(change) && plays.told && !plays.failed)
            add_item(change, EXPECT_DROP, line->line, line_text(line, line->reason));
        return;
    }
    if (line->sometimes || !plays.told)
        return;
    if (!plays.failed)
        add_item(change, EXPECT_DROP, line->line, line_text(line, line->reason));
    else if (plays.failed < plays.told) {
        char *reason = text_format("sometimes %s", line->reason);

        add_item(change, EXPECT_SOMETIMES, line->line, line_text(line, reason));
        free(reason);
    }
}

/* -- what is new -- */

/* True if a line speaks of this failure. *last: the last line that speaks of the scenario. */
static bool is_listed(const struct expect_change *change, const char *scenario,
                      const char *requirement, int *last)
{
    bool listed = false;

    *last = 0;
    for (size_t i = 0; change->expected && i < change->expected->count; i++) {
        const struct expected_line *line = &change->expected->list[i];
        bool same = !strcmp(line->requirement, requirement);

        if (line->general)
            listed |= same;
        else if (!strcmp(line->scenario, scenario)) {
            listed |= same;
            *last = line->line;
        }
    }
    return listed;
}

static bool is_added(const struct expect_change *change, const char *text)
{
    for (size_t i = 0; i < change->count; i++)
        if (change->list[i].kind == EXPECT_ADD && !strcmp(change->list[i].text, text))
            return true;
    return false;
}

static void look_at_failure(struct expect_change *change, const struct verdict *verdict,
                            const char *requirement)
{
    struct plays plays = plays_of(change, verdict->scenario, requirement);
    char *name, *text;
    int last;

    if (is_listed(change, verdict->scenario, requirement, &last))
        return;
    name = expected_name(verdict->scenario);
    text = text_format("%s  %s  %s%s", name, requirement,
                       plays.failed < plays.told ? "sometimes " : "", UNWRITTEN);
    if (is_added(change, text))
        free(text);
    else
        add_item(change, EXPECT_ADD, last, text);
    free(name);
}

static int look_at_verdicts(struct expect_change *change, const char **version, char *error,
                            size_t error_size)
{
    for (size_t i = 0; i < change->results->count; i++) {
        const struct verdict *verdict = &change->results->list[i];
        const char **ids;
        size_t count;

        if (results_implementation(change->results, i) != change->implementation)
            continue;
        if (*verdict->version)
            *version = verdict->version;
        if (verdict->kind != VERDICT_FAIL)
            continue;
        count = verdict_failing(verdict, &ids);
        for (size_t j = 0; j < count; j++) {
            if (!catalogue_find(change->catalogue, ids[j])) {
                snprintf(error, error_size, "%s fails for %s, which is not in the catalogue",
                         verdict->scenario, ids[j]);
                free(ids);
                return -1;
            }
            look_at_failure(change, verdict, ids[j]);
        }
        free(ids);
    }
    return 0;
}

static int look_at_version(struct expect_change *change, const char *version, char *error,
                           size_t error_size)
{
    const struct expected *expected = change->expected;

    if (!version && !expected) {
        snprintf(error, error_size, "there is no version of %s in the results, so no list to begin",
                 change->results->about.implementations.list[change->implementation]);
        return -1;
    }
    if (!version || (expected && !strcmp(version, expected->version)))
        return 0;
    if (!change->whole && expected) {
        snprintf(error, error_size,
                 "%s:%d: it speaks of version %s, and these results, which do not have all "
                 "scenarios, are of %s",
                 change->file, expected->version_line, expected->version, version);
        return -1;
    }
    add_item(change, EXPECT_VERSION, expected ? expected->version_line : 0,
             text_format("version %s", version));
    return 0;
}

int expect_change_find(struct expect_change *change, char *error, size_t error_size)
{
    const char *version = NULL;

    if (!access(change->file, F_OK)) {
        change->expected = expected_load(change->file, change->catalogue, error, error_size);
        if (!change->expected)
            return -1;
    }
    for (size_t i = 0; change->expected && i < change->expected->count; i++)
        look_at_line(change, &change->expected->list[i]);
    if (look_at_verdicts(change, &version, error, error_size))
        return -1;
    if (!change->count && !change->expected)
        return 0; /* nothing fails: no list is needed */
    return look_at_version(change, version, error, error_size);
}

void expect_change_print(const struct expect_change *change, FILE *out)
{
    static const char signs[] = {
        [EXPECT_ADD] = '+', [EXPECT_DROP] = '-', [EXPECT_SOMETIMES] = '~', [EXPECT_VERSION] = '~'};

    text_print(out, change->file);
    if (!change->count) {
        fputs(": nothing is to be changed\n", out);
        return;
    }
    fputs(":\n", out);
    for (size_t i = 0; i < change->count; i++) {
        const struct expect_item *item = &change->list[i];
        char *line = item->line && item->kind != EXPECT_ADD
                         ? text_format("%c %d: %s", signs[item->kind], item->line, item->text)
                         : text_format("%c %s", signs[item->kind], item->text);

        fputs("  ", out);
        text_print_wrapped(out, line, 2, 6);
        free(line);
    }
}

/* -- writing -- */

static void put_added(const struct expect_change *change, int line, FILE *out)
{
    for (size_t i = 0; i < change->count; i++)
        if (change->list[i].kind == EXPECT_ADD && change->list[i].line == line)
            fprintf(out, "%s\n", change->list[i].text);
}

static const struct expect_item *item_of(const struct expect_change *change, int line)
{
    for (size_t i = 0; line && i < change->count; i++)
        if (change->list[i].kind != EXPECT_ADD && change->list[i].line == line)
            return &change->list[i];
    return NULL;
}

/* Puts the word in front of the reason and leaves the columns as they are. */
static void put_sometimes(const struct expect_change *change, int number, const char *line,
                          FILE *out)
{
    for (size_t i = 0; i < change->expected->count; i++) {
        const struct expected_line *this = &change->expected->list[i];
        size_t length = strlen(line);

        if (this->line != number)
            continue;
        while (length && strchr(" \t\r\n\v\f", line[length - 1]))
            length--;
        fprintf(out, "%.*ssometimes %s\n", (int)(length - strlen(this->reason)), line,
                this->reason);
    }
}

/* Returns 0 or -errno. */
static int put_lines(const struct expect_change *change, FILE *in, FILE *out)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    int number = 0, rc = 0;

    while (errno = 0, (length = getline(&line, &size, in)) >= 0) {
        const struct expect_item *item = item_of(change, ++number);

        if (!item)
            fprintf(out, "%s%s", line, line[length - 1] == '\n' ? "" : "\n");
        else if (item->kind == EXPECT_SOMETIMES)
            put_sometimes(change, number, line, out);
        else if (item->kind == EXPECT_VERSION)
            fprintf(out, "%s\n", item->text);
        put_added(change, number, out);
    }
    if (ferror(in))
        rc = errno ? -errno : -EIO;
    free(line);
    return rc;
}

static void put_head(const struct expect_change *change, FILE *out)
{
    fprintf(out,
            "# What is known to fail; results/README.md of reapcheck tells how this is read.\n");
    for (size_t i = 0; i < change->count; i++)
        if (change->list[i].kind == EXPECT_VERSION)
            fprintf(out, "%s\n\n", change->list[i].text);
}

int expect_change_write(const struct expect_change *change, char *error, size_t error_size)
{
    FILE *in = change->expected ? fopen(change->file, "re") : NULL;
    struct whole_file file;
    int rc = change->expected && !in ? -errno : 0;

    if (!rc)
        rc = whole_file_create(&file, change->file);
    if (rc == -EEXIST)
        snprintf(error, error_size,
                 "cannot write %s: %s.tmp is there; remove it if nobody else is writing",
                 change->file, change->file);
    else if (!rc) {
        if (in)
            rc = put_lines(change, in, file.out);
        else
            put_head(change, file.out);
        put_added(change, 0, file.out);
        rc = whole_file_commit(&file, rc);
    }
    if (rc && rc != -EEXIST)
        snprintf(error, error_size, "cannot write %s: %s", change->file, strerror(-rc));
    if (in)
        fclose(in);
    return rc ? -1 : 0;
}

void expect_change_clear(struct expect_change *change)
{
    for (size_t i = 0; i < change->count; i++)
        free(change->list[i].text);
    free(change->list);
    expected_free(change->expected);
}
