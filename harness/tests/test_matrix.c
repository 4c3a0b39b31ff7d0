/* SPDX-License-Identifier: MIT */
/*
 * The matrix of results that are written by hand: what each kind of verdicts makes of a cell, and
 * what is printed for terminals and as Markdown, compared whole.
 */
#include "report_fixture.h"
#include "report/matrix.h"

/* A run of some scenarios, or of all, made of verdicts; the results are the caller's. */
static struct results *run_of(bool whole, const struct verdict *verdicts, size_t count)
{
    struct results *results = text_memory(1, sizeof *results);

    text_list_add(&results->about.implementations, "demo");
    results->about.started = text_format("2026-01-02T03:04:05Z");
    results->about.shards = results->about.shard = 1;
    if (!whole)
        text_list_add(&results->about.selected, "s");
    results->list = text_memory(count, sizeof *results->list);
    results->count = count;
    for (size_t i = 0; i < count; i++)
        verdict_copy(&results->list[i], &verdicts[i]);
    return results;
}

static void add_run(struct latest *latest, bool whole, const struct verdict *verdicts, size_t count)
{
    struct results *results = run_of(whole, verdicts, count);

    latest_add(latest, results, false);
    results_free(results);
}

static enum matrix_kind kind_in(const struct latest *latest, size_t column, const char *id)
{
    const struct text_list all = {0};
    enum matrix_kind kind = MATRIX_KINDS;
    struct matrix matrix;

    matrix_make(&matrix, latest, &fixture_catalogue, &all);
    for (size_t row = 0; row < matrix.rows_count; row++)
        if (!strcmp(matrix.rows[row].id, id))
            kind = matrix_cell(&matrix, row, column)->kind;
    matrix_clear(&matrix);
    return kind;
}

static void a_cell_says_the_worst_of_its_scenarios(void **state)
{
    const struct verdict verdicts[] = {fixture_fail, fixture_limit, fixture_pass, fixture_error};
    struct latest latest = {0};

    (void)state;
    add_run(&latest, false, verdicts, 4);
    latest_settle(&latest);
    assert_int_equal(latest.count, 2);
    assert_string_equal(latest.list[0].name, "demo");
    assert_string_equal(latest.list[0].version, "1.0");
    assert_int_equal(kind_in(&latest, 0, "XC-01"), MATRIX_FAILS);
    assert_int_equal(kind_in(&latest, 0, "XC-05"), MATRIX_FAILS);
    assert_int_equal(kind_in(&latest, 0, "FK-36"), MATRIX_LIMIT);
    assert_int_equal(kind_in(&latest, 0, "XC-02"), MATRIX_UNTRIED);
    latest_clear(&latest);
}

static void what_fails_in_some_plays_only_is_flaky(void **state)
{
    struct verdict twice[] = {fixture_fail_too, fixture_flaky};
    struct verdict beside[] = {fixture_fail_too, fixture_flaky, fixture_fail};
    struct verdict later = fixture_fail_too;
    struct latest latest = {0};

    (void)state;
    add_run(&latest, false, twice, 2);
    assert_int_equal(kind_in(&latest, 0, "XC-05"), MATRIX_FLAKY);
    assert_int_equal(kind_in(&latest, 0, "XC-01"), MATRIX_HOLDS);
    latest_clear(&latest);
    add_run(&latest, false, beside, 3); /* s/fail fails each time */
    assert_int_equal(kind_in(&latest, 0, "XC-05"), MATRIX_FAILS);
    latest_clear(&latest);
    later.plays = 3; /* under --until-fail, after it had passed */
    add_run(&latest, false, &later, 1);
    assert_int_equal(kind_in(&latest, 0, "XC-05"), MATRIX_FLAKY);
    latest_clear(&latest);
}

static void a_newer_verdict_stands_before_an_older(void **state)
{
    struct verdict mended = fixture_pass, old = fixture_fail;
    struct latest latest = {0};

    (void)state;
    mended.scenario = old.scenario;
    add_run(&latest, false, &mended, 1);
    add_run(&latest, false, &old, 1);
    latest_settle(&latest);
    assert_int_equal(kind_in(&latest, 0, "XC-05"), MATRIX_HOLDS);
    latest_clear(&latest);
    old.version = "0.9"; /* another scenario of another version is of no matter either */
    old.scenario = "s/other";
    add_run(&latest, false, &mended, 1);
    add_run(&latest, false, &old, 1);
    latest_settle(&latest);
    assert_int_equal(latest.list[0].count, 1);
    assert_int_equal(kind_in(&latest, 0, "XC-05"), MATRIX_HOLDS);
    latest_clear(&latest);
}

/* A scenario that a whole run does not have is not there any more. */
static void what_is_older_than_a_whole_run_adds_nothing(void **state)
{
    struct latest latest = {0};

    (void)state;
    add_run(&latest, false, &fixture_limit, 1);
    add_run(&latest, true, &fixture_pass, 1);
    add_run(&latest, true, &fixture_fail, 1);
    latest_settle(&latest);
    assert_int_equal(latest.list[0].count, 2);
    assert_int_equal(kind_in(&latest, 0, "XC-05"), MATRIX_HOLDS);
    assert_int_equal(kind_in(&latest, 0, "FK-36"), MATRIX_LIMIT);
    latest_clear(&latest);
}

/* Adapters may share a name; hosts do not. */
static void an_implementation_is_called_as_it_was_played(void **state)
{
    struct verdict verdicts[] = {fixture_pass, fixture_pass, fixture_pass};
    struct latest latest = {0};

    (void)state;
    verdicts[0].played_as = "variant";
    verdicts[2].played_as = "mutant-of-it";
    add_run(&latest, false, verdicts, 3);
    latest_settle(&latest);
    assert_int_equal(latest.count, 2);
    assert_string_equal(latest.list[0].name, "demo");
    assert_string_equal(latest.list[1].name, "variant");
    latest_clear(&latest);
}

/* -- printed -- */

/* Demo and other, both as the fixture has them, and what is known of nobody. */
static void fill(struct latest *latest, struct matrix *matrix, const struct text_list *families)
{
    const struct verdict verdicts[] = {fixture_fail, fixture_limit, fixture_pass, fixture_error};

    *latest = (struct latest){0};
    add_run(latest, false, verdicts, 4);
    latest->list[1].list[0].verdict.covers = text_memory(1, sizeof(char *));
    latest->list[1].list[0].verdict.covers[0] = text_format("XC-01");
    latest->list[1].list[0].verdict.covers_count = 1;
    latest_settle(latest);
    matrix_make(matrix, latest, &fixture_catalogue, families);
}

static void compare(const char *printed, const char *wanted)
{
    if (strcmp(printed, wanted))
        fprintf(stderr, "---- printed:\n%s---- wanted:\n%s----\n", printed, wanted);
    assert_string_equal(printed, wanted);
}

static void is_printed_for_a_terminal(void **state)
{
    struct text_list families = {0};
    struct latest latest;
    struct matrix matrix;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    fill(&latest, &matrix, &families);
    matrix_print_terminal(out, &matrix, false);
    fclose(out);
    compare(text,
            "XC: exits\n"
            "       demo  other\n"
            "XC-01  F     !     Every exit of a child is reported exactly once.\n"
            "XC-02  .     .     The raw wait status arrives whole.\n"
            "XC-03  .     .     Exits that fall together are all reported.\n"
            "XC-04  .     .     A child that exits at once is reported.\n"
            "XC-05  F     .     In a selective mode a foreign child is left alone: its exi...\n"
            "\n"
            "FK: fork\n"
            "       demo  other\n"
            "FK-36  l     .     MUST NOT call either function in any other mode.\n"
            "\n"
            "  demo 1.0: 1 limit, 2 fails\n"
            "  other: 1 error\n"
            "\n"
            "  + holds      put to the test and not broken\n"
            "  l limit      fails, as its documentation says it will\n"
            "  k known      fails, as listed in results/expected\n"
            "  ~ flaky      fails in some plays and not in others\n"
            "  F fails      fails, and nobody has listed it\n"
            "  ! error      the harness could not tell\n"
            "  - skipped    it does not offer what that takes\n"
            "  . not tried  no scenario that was played asks it\n");
    free(text);
    matrix_clear(&matrix);
    latest_clear(&latest);
}

/* Twelve, with names that begin alike: no line is wider than the terminal, no two heads the same.
 */
static void twelve_fit_into_80_columns(void **state)
{
    static const char *const names[] = {
        "reference",      "libxl",    "libuv",    "glib",   "glib-nopidfd",     "libev",
        "libev-signalfd", "libevent", "sd-event", "ivykis", "sd-event-nopidfd", "skalibs"};
    enum { NAMES = sizeof names / sizeof *names };
    struct text_list families = {0}, heads = {0};
    struct verdict verdicts[NAMES];
    struct latest latest = {0};
    struct matrix matrix;
    char *text = NULL, *save = NULL;
    size_t size, line = 0;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    text_list_add(&families, "XC");
    for (size_t i = 0; i < NAMES; i++) {
        verdicts[i] = fixture_pass;
        verdicts[i].implementation = (char *)names[i];
    }
    add_run(&latest, false, verdicts, NAMES);
    matrix_make(&matrix, &latest, &fixture_catalogue, &families);
    assert_int_equal(matrix.rows_count, 5);
    matrix_print_terminal(out, &matrix, false);
    fclose(out);
    for (char *at = strtok_r(text, "\n", &save); at; at = strtok_r(NULL, "\n", &save), line++) {
        char *words = NULL;

        assert_true(text_width(at) <= TEXT_COLUMNS);
        for (char *head = line == 1 ? strtok_r(at, " ", &words) : NULL; head;
             head = strtok_r(NULL, " ", &words)) {
            assert_false(text_list_has(&heads, head));
            text_list_add(&heads, head);
        }
    }
    assert_int_equal(heads.count, NAMES);
    assert_true(text_list_has(&heads, "libev"));
    assert_true(text_list_has(&heads, "libes"));
    assert_true(text_list_has(&heads, "sd-en"));
    text_list_clear(&heads);
    text_list_clear(&families);
    free(text);
    matrix_clear(&matrix);
    latest_clear(&latest);
}

static void is_printed_as_markdown(void **state)
{
    struct text_list families = {0};
    struct latest latest;
    struct matrix matrix;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    text_list_add(&families, "FK");
    fill(&latest, &matrix, &families);
    text_replace(&latest.list[0].name, text_format("de|mo <b>"));
    matrix_print_markdown(out, &matrix);
    fclose(out);
    compare(text, "## reapcheck: requirements by implementations\n"
                  "\n"
                  "| | de\\|mo &lt;b\\> 1.0 | other |\n"
                  "|---|:-:|:-:|\n"
                  "| **holds**: put to the test and not broken | 0 | 0 |\n"
                  "| **limit**: fails, as its documentation says it will | 1 | 0 |\n"
                  "| **known**: fails, as listed in results/expected | 0 | 0 |\n"
                  "| **flaky**: fails in some plays and not in others | 0 | 0 |\n"
                  "| **fails**: fails, and nobody has listed it | 0 | 0 |\n"
                  "| **error**: the harness could not tell | 0 | 0 |\n"
                  "| **skipped**: it does not offer what that takes | 0 | 0 |\n"
                  "| **not tried**: no scenario that was played asks it | 0 | 1 |\n"
                  "\n"
                  "### FK: fork\n"
                  "\n"
                  "| | de\\|mo &lt;b\\> 1.0 | other |\n"
                  "|---|:-:|:-:|\n"
                  "| FK-36 | limit | |\n"
                  "\n"
                  "<details><summary>de\\|mo &lt;b\\>: what does not hold</summary>\n"
                  "\n"
                  "| | verdict | reason | again |\n"
                  "|---|---|---|---|\n"
                  "| FK-36 | limit, 1 of 1 | limit: manual, section 3 |  |\n"
                  "\n"
                  "</details>\n");
    text_list_clear(&families);
    free(text);
    matrix_clear(&matrix);
    latest_clear(&latest);
}

/* However much there is to be said, the page stays below what it may have, and says so. */
static void the_page_keeps_its_size(void **state)
{
    enum { LINES = 150, PLAYS = 200, MOST = 300000 };
    struct verdict verdicts[PLAYS];
    char *lines[LINES], *names[PLAYS], *text = NULL;
    uint32_t proves[LINES] = {[100] = 1};
    struct text_list families = {0};
    struct latest latest = {0};
    struct matrix matrix;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    for (size_t i = 0; i < LINES; i++)
        lines[i] = text_format("%zu.000 t1 lock 0x7f25c8000c%02zu </script>", i, i % 100);
    for (size_t i = 0; i < PLAYS; i++) {
        verdicts[i] = fixture_fail;
        verdicts[i].scenario = names[i] = text_format("s/%03zu", i);
        verdicts[i].history = lines;
        verdicts[i].proves = proves;
        verdicts[i].history_count = LINES;
    }
    add_run(&latest, false, verdicts, PLAYS);
    matrix_make(&matrix, &latest, &fixture_catalogue, &families);
    matrix_print_page(out, &matrix, "0.1.0", MOST);
    fclose(out);
    assert_true(size <= MOST);
    assert_non_null(strstr(text, "\"cut\":"));
    assert_non_null(strstr(text, "\\u003c/script>"));
    assert_null(strstr(text, " </script>\""));
    free(text);
    for (size_t i = 0; i < LINES; i++)
        free(lines[i]);
    for (size_t i = 0; i < PLAYS; i++)
        free(names[i]);
    matrix_clear(&matrix);
    latest_clear(&latest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_says_the_worst_of_its_scenarios),
        cmocka_unit_test(what_fails_in_some_plays_only_is_flaky),
        cmocka_unit_test(a_newer_verdict_stands_before_an_older),
        cmocka_unit_test(what_is_older_than_a_whole_run_adds_nothing),
        cmocka_unit_test(an_implementation_is_called_as_it_was_played),
        cmocka_unit_test(is_printed_for_a_terminal),
        cmocka_unit_test(twelve_fit_into_80_columns),
        cmocka_unit_test(is_printed_as_markdown),
        cmocka_unit_test(the_page_keeps_its_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
