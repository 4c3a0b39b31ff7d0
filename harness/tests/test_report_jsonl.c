/* SPDX-License-Identifier: MIT */
/* JSON lines and the results file that is made of them: written, read again, and told from a file
 * that is not whole. */
#include "report_fixture.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>
#include "report/results.h"

#define HEADER "{\"format\":1,\"implementations\":[\"demo\"]}"

static const struct report_run one = {.total = 1, .header = HEADER};

static void prints_a_line_each(void **state)
{
    static const struct fixture_call calls[] = {{&fixture_skip, NULL}, {NULL, "a note"}};
    const struct report_run run = {.total = 2, .header = HEADER};

    (void)state;
    fixture_compare(&report_jsonl, &run, calls, 2,
                    HEADER
                    "\n"
                    "{\"implementation\":\"demo\",\"version\":\"1.0\",\"scenario\":\"s/skip\","
                    "\"verdict\":\"skip\",\"reason\":\"needs fork #hook\","
                    "\"sentence\":\"It cannot\",\"file\":\"s/skip.scn\",\"covers\":[],"
                    "\"findings\":[],\"milliseconds\":0,\"events\":0}\n"
                    "{\"end\":true,\"verdicts\":1,\"interrupted\":true}\n");
}

static void tells_of_a_full_disk(void **state)
{
    (void)state;
    fixture_full(&report_jsonl);
}

static size_t files_in(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, NULL);

    assert_true(count >= 2);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return count - 2;
}

static void comes_back_from_the_disk(void **state)
{
    char top[] = "/tmp/test_results.XXXXXX", folder[64], error[512] = "", *name = NULL;
    struct results_writer *writer;
    struct results *results;

    (void)state;
    assert_non_null(mkdtemp(top));
    snprintf(folder, sizeof folder, "%s/a/b", top);
    writer = results_create(folder, &one, error, sizeof error);
    assert_non_null(writer);
    results_add(writer, &fixture_fail, NULL);
    assert_int_equal(results_commit(writer, &name, error, sizeof error), 0);
    assert_int_equal(files_in(folder), 1);

    results = results_load(name, error, sizeof error);
    assert_string_equal(error, "");
    assert_int_equal(results->count, 1);
    assert_false(results->interrupted);
    assert_string_equal(results->list[0].scenario, "s/fail");
    assert_string_equal(results->list[0].findings[0].evidence[1], fixture_evidence[1]);
    results_free(results);

    unlink(name);
    free(name);
    rmdir(folder);
    snprintf(folder, sizeof folder, "%s/a", top);
    rmdir(folder);
    assert_int_equal(rmdir(top), 0);
}

static void says_where_it_cannot_write(void **state)
{
    char error[512] = "";

    (void)state;
    assert_null(results_create("/dev/null/x", &one, error, sizeof error));
    assert_string_equal(error, "cannot write results to /dev/null/x: Not a directory");
}

static void knows_a_file_that_is_not_whole(void **state)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", ":1: the last line is missing: the run was ended while it wrote"},
        {HEADER "\n", ":2: the last line is missing: the run was ended while it wrote"},
        {"{}\n", ":1: this is no results file: its first line says no \"format\""},
        {"{\"format\":2}\n",
         ":1: its format is 2, and this reapcheck reads 1: a newer reapcheck wrote it"},
        {"{\"format\":1}\n", ":1: it names no implementation"},
        {"{\"format\":1,\"implementations\":[\"demo\"],\"shard\":3,\"shards\":2}\n",
         ":1: it says that it is shard 3 of 2"},
        {"{\"format\":1,\"implementations\":\"demo\"}\n", ":1: \"implementations\" is no list"},
        {HEADER "\n{\"verdict\":\"pa", ":2: no JSON: premature end of input near '\"pa'"},
        {HEADER "\n{\"end\":true,\"verdicts\":2}\n", ":2: it should have 2 verdicts and has 0"},
        {HEADER "\n{\"verdict\":\"pass\"}\n", ":2: \"scenario\" is missing"},
        {HEADER "\n{\"end\":true,\"verdicts\":0}\n{}\n", ":3: something stands after the end"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char file[] = "/tmp/test_results.XXXXXX", error[512] = "";
        int fd = mkstemp(file);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, cases[i].text, strlen(cases[i].text)), strlen(cases[i].text));
        close(fd);
        assert_null(results_load(file, error, sizeof error));
        unlink(file);
        assert_string_equal(error + strlen(file), cases[i].error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_a_line_each),
        cmocka_unit_test(tells_of_a_full_disk),
        cmocka_unit_test(comes_back_from_the_disk),
        cmocka_unit_test(says_where_it_cannot_write),
        cmocka_unit_test(knows_a_file_that_is_not_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
