/* SPDX-License-Identifier: MIT */
/*
 * Lines over a socket, cut up in every way that a stream allows, and the words in them.
 */
#include "runner/wire.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

struct ends {
    struct wire wire;
    int other;
};

static int open_ends(void **state)
{
    static struct ends ends;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return -1;
    wire_open(&ends.wire, pair[0]);
    ends.other = pair[1];
    *state = &ends;
    return 0;
}

static int close_ends(void **state)
{
    struct ends *ends = *state;

    wire_close(&ends->wire);
    if (ends->other >= 0)
        close(ends->other);
    return 0;
}

static void put(const struct ends *ends, const char *text, size_t size)
{
    assert_int_equal(write(ends->other, text, size), (ssize_t)size);
}

static void test_lines_come_whole_however_they_are_cut(void **state)
{
    static const char text[] = "7 ok pid=3\n\nevent report ctx=A\n";
    struct ends *ends = *state;

    for (size_t cut = 1; cut < sizeof(text) - 1; cut++) {
        const char *expected[] = {"7 ok pid=3", "", "event report ctx=A"};
        size_t found = 0;
        for (size_t at = 0; at < sizeof(text) - 1; at += cut) {
            size_t left = sizeof(text) - 1 - at;
            char *line;
            put(ends, text + at, left < cut ? left : cut);
            assert_int_equal(wire_receive(&ends->wire), 1);
            while ((line = wire_line(&ends->wire)))
                assert_string_equal(line, expected[found++]);
        }
        assert_int_equal(found, 3);
        assert_int_equal(wire_receive(&ends->wire), 0);
    }
}

static void test_no_end_of_a_line_is_handed_out_in_pieces(void **state)
{
    struct ends *ends = *state;
    static char text[3 * WIRE_LINE];
    size_t seen = 0;
    char *line;

    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\n';
    put(ends, text, sizeof(text));
    while (wire_receive(&ends->wire) == 1)
        while ((line = wire_line(&ends->wire)))
            seen += strlen(line);
    assert_int_equal(seen, sizeof(text) - 1);
}

static void test_what_was_said_comes_before_the_end(void **state)
{
    struct ends *ends = *state;

    put(ends, "last\nhalf", 9);
    close(ends->other);
    ends->other = -1;
    assert_int_equal(wire_receive(&ends->wire), 1);
    assert_string_equal(wire_line(&ends->wire), "last");
    assert_null(wire_line(&ends->wire));
    assert_int_equal(wire_receive(&ends->wire), -EPIPE);
}

static void test_sending_never_waits_and_goes_on_where_it_stopped(void **state)
{
    struct ends *ends = *state;
    char line[1001], text[4096];
    size_t lines = 0, sent = 0, bytes = 0;
    ssize_t r;

    memset(line, 'y', sizeof(line));
    line[sizeof(line) - 1] = 0;
    while (wire_send(&ends->wire, line, &sent) == 0) {
        assert_int_equal(sent, sizeof(line));
        sent = 0;
        lines++;
    }
    assert_true(lines > 0);
    while ((r = recv(ends->other, text, sizeof(text), MSG_DONTWAIT)) > 0)
        bytes += (size_t)r;
    assert_int_equal(bytes, lines * sizeof(line) + sent);
    assert_int_equal(wire_send(&ends->wire, line, &sent), 0);
    while ((r = recv(ends->other, text, sizeof(text), MSG_DONTWAIT)) > 0)
        bytes += (size_t)r;
    assert_int_equal(bytes, (lines + 1) * sizeof(line));
}

static void test_sending_to_nobody_says_so(void **state)
{
    struct ends *ends = *state;
    static char line[WIRE_LINE + 1];
    size_t sent = 0;

    memset(line, 'z', WIRE_LINE);
    assert_int_equal(wire_send(&ends->wire, line, &sent), -EMSGSIZE);
    close(ends->other);
    ends->other = -1;
    assert_int_equal(wire_send(&ends->wire, "1 - quit", &sent), -EPIPE);
    wire_close(&ends->wire);
    assert_int_equal(wire_send(&ends->wire, "1 - quit", &sent), -EPIPE);
    assert_int_equal(wire_receive(&ends->wire), -EPIPE);
}

static void test_words(void **state)
{
    static const char line[] = "ctx=A pid=130  status=0x300 empty= xpid=7 last=-1";
    char value[4];

    (void)state;
    assert_int_equal(wire_number(line, "pid", 0), 130);
    assert_int_equal(wire_number(line, "status", 0), 0x300);
    assert_int_equal(wire_number(line, "last", 0), -1);
    assert_int_equal(wire_number(line, "id", 5), 5);
    assert_int_equal(wire_number("", "pid", 5), 5);
    assert_true(wire_value(line, "empty", value, sizeof(value)));
    assert_string_equal(value, "");
    assert_true(wire_value(line, "status", value, sizeof(value)));
    assert_string_equal(value, "0x3"); /* cut to what there is room for */
    assert_false(wire_value(line, "sta", value, sizeof(value)));
}

#define WITH_ENDS(test) cmocka_unit_test_setup_teardown(test, open_ends, close_ends)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ENDS(test_lines_come_whole_however_they_are_cut),
        WITH_ENDS(test_no_end_of_a_line_is_handed_out_in_pieces),
        WITH_ENDS(test_what_was_said_comes_before_the_end),
        WITH_ENDS(test_sending_never_waits_and_goes_on_where_it_stopped),
        WITH_ENDS(test_sending_to_nobody_says_so),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
