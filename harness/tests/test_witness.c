/* SPDX-License-Identifier: MIT */
/*
 * What the runner writes down for a host that keeps no log (hosts/puppet.c): that part of the
 * history which the host would have written itself is compared whole.
 */
#include "puppet_fixture.h"

#include <stdlib.h>
#include "runner/play.h"

static const struct witnessed {
    const char *mode, *script, *history;
} cases[] = {
    {"good", "ctx A on main\nchild a of A\nexit a 3\nexpect A reports a exit 3\nclose A\n",
     "main enter op=open ctx=A\n"
     "main leave op=open ctx=A result=0\n"
     "main enter op=fork ctx=A\n"
     "main leave op=fork ctx=A child=a result=a\n"
     "main report ctx=A child=a status=0x300\n"
     "main enter op=close ctx=A\n"
     "main leave op=close ctx=A result=0\n"},
    /* an owner given to an open is a call of its own */
    {"good", "ctx A on main owner selective\nowner A always\nclose A\n",
     "main enter op=open ctx=A\n"
     "main leave op=open ctx=A result=0\n"
     "main enter op=owner ctx=A owner=selective\n"
     "main leave op=owner ctx=A owner=selective result=0\n"
     "main enter op=owner ctx=A owner=always\n"
     "main leave op=owner ctx=A owner=always result=0\n"
     "main enter op=close ctx=A\n"
     "main leave op=close ctx=A result=0\n"},
    {"fork-fails", "ctx A on main\nchild a of A fails\nclose A\n",
     "main enter op=open ctx=A\n"
     "main leave op=open ctx=A result=0\n"
     "main enter op=fork ctx=A\n"
     "main leave op=fork ctx=A result=-11 error=EAGAIN\n"
     "main enter op=close ctx=A\n"
     "main leave op=close ctx=A result=0\n"},
    {"good", "foreign f exits 2\nwaitpid f exit 2\nwaitpid f lost\n",
     "main foreign child=f\n"
     "main waited child=f result=f status=0x200\n"
     "main waited child=f result=-1 error=ECHILD\n"},
    {"good", "ctx A on main\napplication ignores SIGINT\nclose A\n",
     "main enter op=open ctx=A\n"
     "main leave op=open ctx=A result=0\n"
     "main action SIGINT ignored\n"
     "main enter op=close ctx=A\n"
     "main leave op=close ctx=A result=0\n"},
    /* what is done in a callback comes after the report, though its answer comes before */
    {"good", "ctx A on main\nchild a of A\nwhen a reported\n  close A\nend\nexit a 0\nquiet\n",
     "main enter op=open ctx=A\n"
     "main leave op=open ctx=A result=0\n"
     "main enter op=fork ctx=A\n"
     "main leave op=fork ctx=A child=a result=a\n"
     "main report ctx=A child=a status=0x0\n"
     "main enter op=close ctx=A\n"
     "main leave op=close ctx=A result=0\n"},
    /* a call that the host dies in has no end */
    {"die-at=close", "ctx A on main\nclose A\n",
     "main enter op=open ctx=A\n"
     "main leave op=open ctx=A result=0\n"
     "main enter op=close ctx=A\n"},
};

/* The events of the host, but that of its lane. */
static char *written_by_host(const struct history *history)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    for (size_t i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);
        char line[256];
        if (event->kind >= EVENT_STEP || event->kind == EVENT_LANE)
            continue;
        history_format(history, i, line, sizeof(line));
        fprintf(out, "%s\n", line);
    }
    fclose(out);
    return text;
}

static void test_the_history_is_that_of_a_host_with_a_log(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct play_options options = {
            .host = puppet, .adapters = {cases[i].mode}, .slow = 1, .quiet_host = true};
        struct played played;
        struct script *script;
        char *history;

        script = script_of(cases[i].script);
        play(script, &options, &played);
        assert_non_null(played.history);
        history = written_by_host(played.history);
        if (strcmp(history, cases[i].history) != 0) {
            print_error("%s: %s\nexpected\n%s\nseen\n%s\n", cases[i].mode, cases[i].script,
                        cases[i].history, history);
            wrong++;
        }
        free(history);
        played_free(&played);
        script_free(script);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_history_is_that_of_a_host_with_a_log),
    };

    return cmocka_run_group_tests(tests, find_puppet, NULL);
}
