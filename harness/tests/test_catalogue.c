/* SPDX-License-Identifier: MIT */
/* The catalogue is read from a document that people edit: what is well is read whole, and every
 * slip is told with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "catalogue/catalogue.h"

/* Writes a file and reads it as a catalogue; its path is cut off the message. */
static struct catalogue *load(const char *text, size_t size, char *error, size_t error_size)
{
    char file[] = "/tmp/test_catalogue.XXXXXX", message[512] = "";
    int fd = mkstemp(file);
    struct catalogue *catalogue;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, size), size);
    close(fd);
    catalogue = catalogue_load(file, message, sizeof message);
    unlink(file);
    if (!catalogue)
        assert_memory_equal(message, file, strlen(file));
    snprintf(error, error_size, "%s", catalogue ? "" : message + strlen(file));
    return catalogue;
}

static void reads_requirements(void **state)
{
    static const char text[] = "# Title\n"
                               "\n"
                               "* **L**: a legend is no requirement\n"
                               "\n"
                               "## XC: exits\n"
                               "\n"
                               "Prose.\n"
                               "\n"
                               "- XC-01 L (HU) Every exit is\n"
                               "  reported exactly once.\n"
                               "- XC-02 A (H/C) The status   arrives.\n"
                               "\n"
                               "## FK: fork\n"
                               "**Sub-heading**\n"
                               "- FK-10 L (K) Mode 0.";
    char error[512];
    struct catalogue *catalogue = load(text, sizeof text - 1, error, sizeof error);
    const struct requirement *found;

    (void)state;
    assert_non_null(catalogue);
    assert_int_equal(catalogue->count, 3);
    found = catalogue_find(catalogue, "XC-01");
    assert_ptr_equal(found, &catalogue->list[0]);
    assert_string_equal(found->sentence, "Every exit is reported exactly once.");
    assert_string_equal(found->source, "HU");
    assert_string_equal(found->family, "XC: exits");
    assert_int_equal(found->duty, 'L');
    assert_int_equal(found->line, 9);
    assert_int_equal(catalogue->list[1].duty, 'A');
    assert_string_equal(catalogue->list[1].source, "H/C");
    assert_string_equal(catalogue_find(catalogue, "FK-10")->family, "FK: fork");
    assert_null(catalogue_find(catalogue, "FK-11"));
    assert_null(catalogue_find(catalogue, ""));
    catalogue_free(catalogue);
}

static void reads_levels_and_marks(void **state)
{
    static const struct {
        const char *item, *sentence;
        enum level level;
        const char *unobservable;
    } cases[] = {
        {"It reaps.\n", "It reaps.", LEVEL_MUST, NULL},
        {"It MAY wait, but MUST NOT hang.\n", "It MAY wait, but MUST NOT hang.", LEVEL_MUST, NULL},
        {"It SHOULD\n  NOT wait.\n", "It SHOULD NOT wait.", LEVEL_SHOULD, NULL},
        {"It MAY wait.\n", "It MAY wait.", LEVEL_MAY, NULL},
        {"It may wait; MAYBE.\n", "It may wait; MAYBE.", LEVEL_MUST, NULL},
        {"A macro.\n  Unobservable: only a\n  compiler sees it.\n- XC-02 L (H) t\n", "A macro.",
         LEVEL_MUST, "only a compiler sees it."},
        {"It MAY. Unobservable: it MUST be read.", "It MAY.", LEVEL_MAY, "it MUST be read."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256], error[512];
        struct catalogue *catalogue;

        snprintf(text, sizeof text, "## X\n- XC-01 L (H) %s", cases[i].item);
        catalogue = load(text, strlen(text), error, sizeof error);
        assert_string_equal(error, "");
        assert_string_equal(catalogue->list[0].sentence, cases[i].sentence);
        assert_int_equal(catalogue->list[0].level, cases[i].level);
        if (cases[i].unobservable)
            assert_string_equal(catalogue->list[0].unobservable, cases[i].unobservable);
        else
            assert_null(catalogue->list[0].unobservable);
        catalogue_free(catalogue);
    }
}

static void tells_what_is_wrong_and_where(void **state)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", ":0: no requirement in the whole file"},
        {"## X\n- no id\n", ":2: \"no\" is no requirement id such as XC-01"},
        {"## X\n- XC-1 L (H) s\n", ":2: \"XC-1\" is no requirement id such as XC-01"},
        {"## X\n- XC-001 L (H) s\n", ":2: \"XC-001\" is no requirement id such as XC-01"},
        {"## X\n- XC-01 M (H) s\n", ":2: XC-01: expected the duty, L or A"},
        {"## X\n- XC-01\n", ":2: XC-01: expected the duty, L or A"},
        {"## X\n- XC-01 L H s\n",
         ":2: XC-01: expected its source in brackets, of the letters H C I K U"},
        {"## X\n- XC-01 L (Q) s\n",
         ":2: XC-01: expected its source in brackets, of the letters H C I K U"},
        {"## X\n- XC-01 L (HHHHHHHH) s\n",
         ":2: XC-01: expected its source in brackets, of the letters H C I K U"},
        {"## X\n- XC-01 L (H) \n", ":2: XC-01: expected a sentence"},
        {"- XC-01 L (H) s\n", ":1: XC-01 stands under no heading"},
        {"## X\n- XC-01 L (H) s\n  Unobservable:\n- XC-02 L (H) t\n",
         ":2: XC-01: expected the reason behind \"Unobservable:\""},
        {"## X\n- XC-01 L (H) Unobservable: why\n", ":2: XC-01: expected a sentence"},
        {"## X\n- XC-01 L (H) s\n\n- XC-01 L (H) t\n", ":4: XC-01 stands at line 2 already"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char error[512];

        assert_null(load(cases[i].text, strlen(cases[i].text), error, sizeof error));
        assert_string_equal(error, cases[i].error);
    }
}

static void survives_a_null_byte(void **state)
{
    static const char text[] = "## X\n- XC-01 L\0(H) s\n";
    char error[512];

    (void)state;
    assert_null(load(text, sizeof text - 1, error, sizeof error));
    assert_string_equal(error, ":2: a null byte in the text");
}

static void tells_of_a_file_that_is_not_there(void **state)
{
    char error[512];

    (void)state;
    assert_null(catalogue_load("/nonexistent/catalogue", error, sizeof error));
    assert_string_equal(error, "/nonexistent/catalogue:0: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_requirements),
        cmocka_unit_test(reads_levels_and_marks),
        cmocka_unit_test(tells_what_is_wrong_and_where),
        cmocka_unit_test(survives_a_null_byte),
        cmocka_unit_test(tells_of_a_file_that_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
