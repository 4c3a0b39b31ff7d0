/* SPDX-License-Identifier: MIT */
/* Heads of mutants are written by hand: what is well is read whole, every slip is told with its
 * line, and no promise is taken that no script could keep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "catalogue/mutant.h"

static struct requirement requirements[] = {
    {.id = "XC-01", .duty = 'L', .sentence = "a"},
    {.id = "XC-24", .duty = 'L', .sentence = "b"},
    {.id = "FK-13", .duty = 'L', .sentence = "c"},
};
static const struct catalogue catalogue = {requirements, 3};
static char one_covers[][8] = {"XC-01", "FK-13"}, two_covers[][8] = {"XC-24"};
static struct script one = {.name = "theme/one", .covers = one_covers, .covers_count = 2};
static struct script two = {.name = "theme/two", .covers = two_covers, .covers_count = 1};
static struct script *const scripts[] = {&one, &two};

/* Writes a patch and reads its head; its path is cut off the message. */
static bool load(struct mutant *mutant, const char *text, size_t size, char *error,
                 size_t error_size)
{
    char file[] = "/tmp/test_mutant.XXXXXX", message[512] = "";
    int fd = mkstemp(file);
    bool well;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, size), size);
    close(fd);
    well = mutant_load(mutant, file, &catalogue, scripts, 2, message, sizeof message);
    unlink(file);
    if (!well)
        assert_memory_equal(message, file, strlen(file));
    snprintf(error, error_size, "%s", well ? "" : message + strlen(file));
    return well;
}

static void reads_a_head(void **state)
{
    static const char text[] = "Happened: libuv #1911\n"
                               "Bug:  it waits: for ever  \n"
                               "Breaks: XC-01 in theme/one\n"
                               "Breaks: FK-13 in theme/one\r\n"
                               "Under: drd\n"
                               "Besides: a word that is free; Breaks nothing\n"
                               "\n"
                               "diff --git a/x b/x\n"
                               "--- a/x\n"
                               "+++ b/x\n"
                               "Breaks: no head any more\n";
    struct mutant mutant;
    char error[512];

    (void)state;
    if (!load(&mutant, text, sizeof text - 1, error, sizeof error))
        fail_msg("%s", error);
    assert_string_equal(mutant.bug, "it waits: for ever");
    assert_string_equal(mutant.happened, "libuv #1911");
    assert_string_equal(mutant.under, "drd");
    assert_int_equal(mutant.breaks_count, 2);
    assert_string_equal(mutant.breaks[0].requirement, "XC-01");
    assert_string_equal(mutant.breaks[1].script, "theme/one");
    assert_int_equal(mutant.breaks[1].line, 4);
    /* FK-13 restates XC-24. */
    assert_true(mutant_breaks(&mutant, "XC-01"));
    assert_true(mutant_breaks(&mutant, "FK-13"));
    assert_true(mutant_breaks(&mutant, "XC-24"));
    assert_false(mutant_breaks(&mutant, "XC-02"));
    mutant_clear(&mutant);
}

#define BUG   "Bug: b\n"
#define WHERE "Happened: h\n"
#define PATCH "--- a/x\n"

static void tells_what_is_wrong_and_where(void **state)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {PATCH "+++ b/x\n", ":1: the patch has no head: expected lines \"Bug:\", \"Happened:\" and "
                            "\"Breaks:\" above its first \"--- \""},
        {"", ":0: this is no patch: no line begins with \"--- \""},
        {BUG WHERE "Breaks: XC-01 in theme/one\n",
         ":3: this is no patch: no line begins with \"--- \""},
        {WHERE PATCH, ":2: the head above lacks a line \"Bug: SENTENCE\""},
        {BUG PATCH, ":2: the head above lacks a line \"Happened: WHERE\""},
        {BUG WHERE PATCH, ":3: the head above lacks a line \"Breaks: ID in THEME/SCRIPT\""},
        {BUG BUG PATCH, ":2: \"Bug:\" stands here for the second time"},
        {"Bug:\n" PATCH, ":1: expected something behind \"Bug:\""},
        {"BREAKS: XC-01 in theme/one\n" PATCH, ":1: \"BREAKS:\" is written \"Breaks:\""},
        {"Breaks: XC-01\n" PATCH, ":1: expected \"Breaks: ID in THEME/SCRIPT\", found \"XC-01\""},
        {"Breaks: XC-01 in theme/one theme/two\n" PATCH,
         ":1: expected \"Breaks: ID in THEME/SCRIPT\", found \"XC-01 in theme/one theme/two\""},
        {"Breaks: theme/one in XC-01\n" PATCH,
         ":1: expected \"Breaks: ID in THEME/SCRIPT\", found \"theme/one in XC-01\""},
        {"Breaks: XC-99 in theme/one\n" PATCH,
         ":1: there is no requirement XC-99 in the catalogue"},
        {"Breaks: XC-01 in theme/none\n" PATCH, ":1: there is no scenario theme/none"},
        {"Breaks: XC-01 in theme/two\n" PATCH,
         ":1: the scenario theme/two does not say that it covers XC-01"},
        {"Breaks: XC-01 in theme/one\nBreaks: XC-01 in theme/one\n" PATCH,
         ":2: XC-01 in theme/one stands at line 1 already"},
        {"Under: valgrind\n" PATCH, ":1: \"valgrind\" is none of helgrind, drd, memcheck"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mutant mutant;
        char error[512];

        assert_false(load(&mutant, cases[i].text, strlen(cases[i].text), error, sizeof error));
        assert_string_equal(error, cases[i].error);
        assert_null(mutant.name);
    }
}

static void survives_a_null_byte(void **state)
{
    static const char text[] = "Bug: b\nHappened\0: h\n";
    struct mutant mutant;
    char error[512];

    (void)state;
    assert_false(load(&mutant, text, sizeof text - 1, error, sizeof error));
    assert_string_equal(error, ":2: a null byte in the head");
}

static void put(const char *folder, const char *name, const char *text)
{
    char path[256];
    FILE *out;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

/* Every patch at fault is told, the others are there, and other files are none. */
static void reads_a_folder(void **state)
{
    static const char well[] = BUG WHERE "Breaks: XC-01 in theme/one\n" PATCH;
    static const char *const names[] = {"b.patch", "a.patch", "c.patch", "d.patch", "notes"};
    char folder[] = "/tmp/test_mutant.XXXXXX", path[256];
    struct text_list faults = {0};
    struct mutants mutants;

    (void)state;
    assert_non_null(mkdtemp(folder));
    put(folder, "b.patch", well);
    put(folder, "a.patch", well);
    put(folder, "c.patch", PATCH);
    put(folder, "d.patch", BUG PATCH);
    put(folder, "notes", "nothing");
    assert_false(mutants_load(&mutants, folder, &catalogue, scripts, 2, &faults));
    assert_int_equal(faults.count, 2);
    assert_non_null(strstr(faults.list[0], "/c.patch:1: "));
    assert_non_null(strstr(faults.list[1], "/d.patch:2: "));
    assert_int_equal(mutants.count, 2);
    assert_string_equal(mutants.list[0].name, "a");
    assert_ptr_equal(mutants_find(&mutants, "b"), &mutants.list[1]);
    assert_null(mutants_find(&mutants, "c"));
    mutants_clear(&mutants);
    text_list_clear(&faults);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
    assert_true(mutants_load(&mutants, folder, &catalogue, scripts, 2, &faults));
    assert_int_equal(mutants.count, 0);
    mutants_clear(&mutants);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_head),
        cmocka_unit_test(tells_what_is_wrong_and_where),
        cmocka_unit_test(survives_a_null_byte),
        cmocka_unit_test(reads_a_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
