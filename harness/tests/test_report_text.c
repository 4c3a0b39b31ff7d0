/* SPDX-License-Identifier: MIT */
/* Text for people: what is cut, wrapped, quoted, and what no terminal gets to see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "report/tally.h"
#include "report/text.h"

/* What `print` writes for a text and a number. */
static char *printed(void (*print)(FILE *out, const char *text, size_t number), const char *text,
                     size_t number)
{
    char *output = NULL;
    size_t size;
    FILE *out = open_memstream(&output, &size);

    assert_non_null(out);
    print(out, text, number);
    fclose(out);
    return output;
}

static void wrapped(FILE *out, const char *text, size_t indent)
{
    text_print_wrapped(out, text, 70, indent);
}

static void whole(FILE *out, const char *text, size_t unused)
{
    (void)unused;
    text_print(out, text);
}

static void cuts_wraps_and_makes_safe(void **state)
{
    static const struct {
        void (*print)(FILE *out, const char *text, size_t number);
        const char *text;
        size_t number;
        const char *wanted;
    } cases[] = {
        {text_print_cut, "abcdef", 6, "abcdef"},
        {text_print_cut, "abcdefg", 6, "abc..."},
        {text_print_cut, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 4, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"},
        {text_print_cut, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4z", 4, "\xc3\xa4..."},
        {text_print_cut, "ab\033cdef", 8, "ab..."},
        {whole, "a\033[31m\n\t\x7f", 0, "a\\x1b[31m\\x0a\\x09\\x7f"},
        {whole, "\xff \xc2\x9b \xc2\xa0", 0, "\\xff \\xc2\\x9b \xc2\xa0"},
        {wrapped, "", 2, "\n"},
        {wrapped, " one  two ", 2, "one two\n"},
        {wrapped, "123456 890", 2, "123456 890\n"},
        {wrapped, "123456 8901", 2, "123456\n  8901\n"},
        {wrapped, "1234567890123 x", 4, "1234567890123\n    x\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *output = printed(cases[i].print, cases[i].text, cases[i].number);

        assert_string_equal(output, cases[i].wanted);
        free(output);
    }
}

static void quotes_words_for_a_shell(void **state)
{
    static const char *const cases[][2] = {
        {"a/b-c_1.scn", "a/b-c_1.scn"}, {"", "''"},           {"a b", "'a b'"},
        {"it's", "'it'\\''s'"},         {"$HOME", "'$HOME'"}, {"~", "'~'"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *word = text_shell_word(cases[i][0]);

        assert_string_equal(word, cases[i][1]);
        free(word);
    }
}

/* A scenario that fails for one requirement shows that another holds, and a requirement is as good
 * as its worst scenario. */
static void turns_verdicts_into_requirements(void **state)
{
    static struct requirement requirements[] = {{.id = "XC-01"}, {.id = "XC-02"}, {.id = "XC-03"}};
    const struct catalogue catalogue = {requirements, 3};
    char *covers[] = {"XC-01", "XC-02"};
    struct verdict_finding findings[] = {{.requirement = "XC-02"},
                                         {.requirement = "ZZ-09"},
                                         {.requirement = "ZZ-01", .limit = "manual"},
                                         {.requirement = "XC-02"}};
    const struct verdict pass = {.covers = covers, .covers_count = 2};
    const struct verdict fail = {.kind = VERDICT_FAIL,
                                 .covers = covers,
                                 .covers_count = 2,
                                 .findings = findings,
                                 .findings_count = 4};
    const struct verdict skip = {.kind = VERDICT_SKIP, .covers = covers, .covers_count = 1};
    static const struct {
        const char *id;
        enum tally_state state;
        size_t share, scenarios;
    } wanted[] = {
        {"XC-01", TALLY_HOLDS, 2, 3},       {"XC-02", TALLY_FAILS, 1, 2},
        {"XC-03", TALLY_NOT_COVERED, 0, 0}, {"ZZ-01", TALLY_LIMIT, 1, 1},
        {"ZZ-09", TALLY_FAILS, 1, 1},
    };
    const char *known[] = {"known", NULL, NULL, "known"}; /* XC-02, and not ZZ-09 */
    const struct judgement judgement = {
        .kind = JUDGEMENT_DIFFERS, .known = known, .known_count = 4};
    struct tally tally;

    (void)state;
    tally_begin(&tally, &catalogue);
    tally_add(&tally, &pass, NULL);
    tally_add(&tally, &fail, NULL);
    tally_add(&tally, &skip, NULL);
    assert_int_equal(tally.count, 5);
    for (size_t i = 0; i < tally.count; i++) {
        assert_string_equal(tally.rows[i].id, wanted[i].id);
        assert_int_equal(tally_state(&tally.rows[i]), wanted[i].state);
        assert_int_equal(tally_share(&tally.rows[i]), wanted[i].share);
        assert_int_equal(tally.rows[i].scenarios, wanted[i].scenarios);
    }
    tally_clear(&tally);

    tally_begin(&tally, &catalogue);
    tally_add(&tally, &fail, &judgement);
    assert_int_equal(tally_state(&tally.rows[1]), TALLY_KNOWN);
    assert_int_equal(tally_state(&tally.rows[4]), TALLY_FAILS);
    tally_clear(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_wraps_and_makes_safe),
        cmocka_unit_test(quotes_words_for_a_shell),
        cmocka_unit_test(turns_verdicts_into_requirements),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
