/* SPDX-License-Identifier: MIT */
/*
 * The text form: what the printer writes the parser reads, and the other way round; lines that
 * cannot be read are refused by number; names stand for the numbers that the history gives them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "history/calls.h"
#include "history/history.h"

static struct history *read_history(const char *text)
{
    char error[200];
    struct history *history = history_from_text(text, error, sizeof(error));

    if (!history)
        fail_msg("%s", error);
    return history;
}

static char *print_history(const struct history *history, int times)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    history_print(history, NULL, times, out);
    fclose(out);
    return text;
}

/* Every kind that has a form of its own, as it is to look. */
static const char every_kind[] =
    "- step 3 \"ctx A on t1\"\n"
    "t1 lane pid=7 tid=9\n"
    "- ctx A index=0\n"
    "t1 enter op=open ctx=A\n"
    "t1 leave op=open ctx=A result=0\n"
    "t1 enter op=owner ctx=A owner=selective\n"
    "t1 leave op=owner ctx=A owner=selective result=-16 error=EBUSY\n"
    "t1 call sigaction signal=SIGCHLD disposition=library flags=SA_NOCLDSTOP|SA_RESTART\n"
    "t1 enter op=fork ctx=A\n"
    "t1 fault fork error=EAGAIN\n"
    "t1 held write gate=2\n"
    "t1 freed gate=2\n"
    "t1 lock 0x7f0012 recursive=1\n"
    "t1 lock-wait 0x7f0012 zone=handler\n"
    "t1 unlock 0x7f0012\n"
    "t1 left-locked held=1 calling=1\n"
    "130:130 born parent=7\n"
    "t1 call fork result=a1\n"
    "t1 leave op=fork ctx=A child=a1 result=a1\n"
    "- child a1 pid=130 ctx=A\n"
    "t1 foreign child=131\n"
    "t1 waited child=any result=-1 error=ECHILD options=0x1\n"
    "t1 action SIGCHLD ignored flags=SA_NOCLDWAIT\n"
    "- order child=a1 status=0x300\n"
    "t1 handler-in SIGCHLD from=a1 depth=1\n"
    "t1 call write fd=5 size=1 blocking=1 result=1 zone=handler\n"
    "t1 handler-out SIGCHLD errno-before=EINTR errno-after=EAGAIN\n"
    "- exited child=a1 status=unknown reaped=1\n"
    "t1 call waitpid pid=a1 result=a1 status=0x300 options=0x1\n"
    "t1 call waitid id=a1 result=0 found=a1 value=0x100000003 options=0x4\n"
    "t1 call kill pid=a1 signal=SIGTERM\n"
    "t1 report ctx=A child=a1 status=0x300\n"
    "t1 lost ctx=A child=a1\n"
    "t1 stranger ctx=A child=131 status=0x9 answer=-3\n"
    "t1 disaster ctx=A error=ENOMEM text=\"no more memory, \\\"really\\\"\\nnone\"\n"
    "- quiet result=0\n"
    "- disposition library flags=SA_RESTART mask=0x0\n"
    "- mask lane=t1 blocked=0x10000 baseline=1\n"
    "- fd fd=5 process=7 text=pipe\n"
    "- zombie child=a1\n"
    "- left child=132 process=7 zombie=1\n"
    "- kept lane=t1 size=80 at=12 caller=0x7f0012 text=record_new\n"
    "- thread tid=11 process=7\n"
    "- exec-fd child=a1 fd=5 text=\"pipe:[12]\"\n"
    "- exec-mask child=a1 blocked=0x10000 ignored=0x0\n"
    "- hang lane=t1 text=\"in futex\\nholding 0x12\"\n"
    "- expect 9 \"A reports a1\" result=1\n"
    "- expect 10 \"A reports a1\" result=1 process=133\n"
    "- step 0 \"the script is over\"\n"
    "t1 unlane\n"
    "- host-exit status=0x6 text=\"assertion failed\"\n"
    "- lost-events count=3\n"
    "- subject s1 number=1 id=77 kind=process\n"
    "- evgen g1 number=1 ctx=A of=s1 user=7\n"
    "- operation o1 number=1 ctx=A kind=helper how=event user=9 progress=2 progress-user=3\n"
    "- watch w1 number=1 ctx=A\n"
    "- changed of=s1 it=ends\n"
    "- clock offset=7200000000\n"
    "- registered ctx=A fds=1 timeouts=0\n"
    "t1 enter op=check ctx=A types=stopped|ended user=-1\n"
    "t1 leave op=check ctx=A types=stopped|ended user=-1 result=-11 error=EAGAIN\n"
    "t1 got ended by=wait ctx=A of=s1 user=7\n"
    "t1 got complete by=check ctx=A user=9 result=-125\n"
    "t1 got progress by=progress ctx=A operation=o1 user=0 text=\"half way\"\n"
    "t1 returned progress ctx=A subject=1\n"
    "t1 completed ctx=A operation=o1 result=-125 error=ECANCELED\n"
    "t1 hook fd-register ctx=A fd=5 registration=1 for=1\n"
    "t1 hook timeout-modify ctx=A registration=2 for=0 answer=7\n"
    "t1 enter op=occurred-fd ctx=A fd=5 registration=1 events=in revents=in|hup\n"
    "t1 enter op=operation ctx=A operation=o1\n"
    "t1 leave op=abort ctx=A operation=o1 result=-2 error=ENOENT\n"
    "t1 leave op=beforepoll ctx=A room=0 nfds=2 timeout=-1 result=-105 error=ENOBUFS\n"
    "t1 watched watch=w1 fd=5 events=in revents=in\n";

static void test_round_trip(void **state)
{
    struct history *history = read_history(every_kind);
    char *text = print_history(history, 0);

    (void)state;
    assert_string_equal(text, every_kind);
    free(text);
    history_free(history);
}

/* Numbers that are named by a later line are those of that line; others are given out. */
static void test_names(void **state)
{
    struct history *history = read_history("t1 enter op=fork ctx=B\n"
                                           "t2 enter op=fork ctx=A\n"
                                           "t1 leave op=fork ctx=B child=b1 result=b1\n"
                                           "t2 leave op=fork ctx=A child=a1 result=a1\n"
                                           "t1 lane\n"
                                           "- child a1 pid=500 ctx=A\n"
                                           "- ctx A index=0\n");

    (void)state;
    assert_int_equal(history_event(history, 0)->tid, 1);
    assert_int_equal(history_event(history, 1)->tid, 2);
    assert_int_equal(history_event(history, 0)->ctx, 1);
    assert_int_equal(history_event(history, 1)->ctx, 0);
    assert_int_equal(history_event(history, 2)->result, 101);
    assert_int_equal(history_event(history, 3)->result, 500);
    assert_int_equal(history_host_pid(history), 1);
    assert_string_equal(history_child_name(history, 500), "a1");
    assert_string_equal(history_child_name(history, 7), "pid 7");
    assert_string_equal(history_child_name(history, 7), "pid 7");
    assert_string_equal(history_ctx_name(history, 1), "B");
    assert_string_equal(history_ctx_name(history, 5), "ctx5");
    assert_string_equal(history_lane_name(history, 1, 2), "t2");
    assert_string_equal(history_lane_name(history, 8, 9), "8:9");
    history_free(history);
}

/* Two children of one name, and the lane main of a forked copy, keep their numbers. */
static void test_shared_names(void **state)
{
    static const char text[] = "main lane pid=7 tid=7\n"
                               "main lane pid=8 tid=8\n"
                               "- child a pid=20 ctx=0\n"
                               "- child a pid=21 ctx=0\n"
                               "7:7 report ctx=0 child=a:21 status=0x0\n"
                               "8:8 report ctx=0 child=a:20 status=0x0\n"
                               "8:8 disposition default flags=0x0 mask=0x0\n";
    struct history *history = read_history(text);
    char *again = print_history(history, 0);

    (void)state;
    assert_int_equal(history_event(history, 4)->subject, 21);
    assert_string_equal(again, text);
    free(again);
    history_free(history);
}

static void test_times_and_comments(void **state)
{
    struct history *history = read_history("# what happened\n"
                                           "     1.500 t1 lane\n"
                                           "\n"
                                           "     4.250 t1 unlane # gone\n");
    char *text = print_history(history, 1);

    (void)state;
    assert_int_equal(history_count(history), 2);
    assert_int_equal(history_event(history, 1)->time, 4250000);
    assert_string_equal(text, "     0.000 t1 lane pid=1 tid=1\n     2.750 t1 unlane\n");
    free(text);
    history_free(history);
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"t1", "line 1: an event was expected after the lane"},
        {"\nt1 dance", "line 2: \"dance\" is no event"},
        {"t1 report colour=red", "line 1: report has no \"colour\""},
        {"t1 call waitpid 3 4", "line 1: call has no \"3\""},
        {"t1 call jump", "line 1: \"jump\" is no libc call"},
        {"t1 action SIGNONE default", "line 1: \"SIGNONE\" is no signal"},
        {"t1 fault fork error=ENONE", "line 1: \"ENONE\" is no errno"},
        {"t1 report ctx=A child=a1 status=full", "line 1: \"full\" is no wait status"},
        {"- hang lane=t1 text=\"open", "line 1: a quote is not closed"},
        {"t1 report ctx=", "line 1: a name is missing"},
        {"t1 lane pid=9", "line 1: a lane outside of process 1 needs tid=, too"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char error[200] = "";
        assert_null(history_from_text(cases[i].text, error, sizeof(error)));
        assert_string_equal(error, cases[i].error);
    }
}

/* A small generator, so that every run tries the same histories. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static int64_t random_value(uint32_t *seed)
{
    static const int64_t values[] = {0, 1, -1, 3, 17, 101, 102, 0x300, 0x7fffffff, 1ll << 40, -7};

    return values[next_random(seed) % (sizeof(values) / sizeof(values[0]))];
}

/*
 * Whatever stands in the events, what is printed is read back to the same text. (Not to the same
 * events: the pid of the runner and what has no place in the text are not kept.)
 */
static void test_round_trip_of_anything(void **state)
{
    static const char *const texts[] = {"", "a1", "A", "two words", "\"", "a=b", "12", "x\ny", "#"};
    struct log *log;
    uint32_t seed = 1;
    int fd = log_create(), i;

    (void)state;
    assert_true(fd >= 0);
    log = log_map(fd);
    assert_non_null(log);
    for (i = 0; i < 20000; i++) {
        struct event event = {.kind = (uint16_t)(1 + next_random(&seed) % (EVENT_KIND_COUNT - 1)),
                              .time = 1,
                              .zone = (uint8_t)(next_random(&seed) % 3),
                              .library = (uint8_t)(next_random(&seed) % LIBRARY_COUNT),
                              .what = (uint8_t)(next_random(&seed) % CALL_COUNT),
                              .pid = 1 + (int32_t)(next_random(&seed) % 3),
                              .tid = 1 + (int32_t)(next_random(&seed) % 4),
                              .subject = (int32_t)random_value(&seed),
                              .ctx = (int16_t)(next_random(&seed) % 4 - 1),
                              .error = (int16_t)(next_random(&seed) % 140),
                              .result = random_value(&seed),
                              .value = random_value(&seed),
                              .extra = random_value(&seed),
                              .spare = next_random(&seed) % 3};
        const char *text = texts[next_random(&seed) % (sizeof(texts) / sizeof(texts[0]))];

        /* These name things, and a thing has one name. */
        if (event.kind == EVENT_LANE || event.kind == EVENT_CTX || event.kind == EVENT_CHILD ||
            event.kind == EVENT_STEP || event.kind == EVENT_SUBJECT || event.kind == EVENT_EVGEN ||
            event.kind == EVENT_OPERATION || event.kind == EVENT_WATCH)
            continue;
        event.text = log_text(log, text);
        log_append(log, &event);
    }
    struct history *history = history_from_log(log);
    assert_non_null(history);
    log_unmap(log);
    close(fd);
    char *once = print_history(history, 0);
    struct history *again = read_history(once);
    char *twice = print_history(again, 0);
    assert_int_equal(history_count(history), history_count(again));
    /* Line by line, so that a failure can be read. */
    char *of_once = once, *of_twice = twice, *line;
    while ((line = strsep(&of_once, "\n")))
        assert_string_equal(strsep(&of_twice, "\n"), line);
    assert_null(of_twice);
    free(once);
    free(twice);
    history_free(history);
    history_free(again);
}

/* What a log holds comes out in order, with names, and stays when the log goes. */
static void test_from_log(void **state)
{
    int fd = log_create();
    struct log *log = log_map(fd);
    struct event lane = {.kind = EVENT_LANE, .pid = 7, .tid = 7, .ctx = -1};
    struct event child = {.kind = EVENT_CHILD, .pid = 2, .tid = 2, .ctx = 0, .subject = 99};
    struct event report = {.kind = EVENT_REPORT, .pid = 7, .tid = 7, .subject = 99, .value = 9};
    struct history *history;
    char line[100];

    (void)state;
    lane.text = log_text(log, "main");
    log_append(log, &lane);
    child.text = log_text(log, "a1");
    log_append(log, &child);
    log_append(log, &report);
    history = history_from_log(log);
    log_unmap(log);
    close(fd);
    assert_non_null(history);
    assert_int_equal(history_count(history), 3);
    assert_int_equal(history_host_pid(history), 7);
    assert_string_equal(history_text(history, history_event(history, 1)), "a1");
    assert_int_equal(history_format(history, 2, line, sizeof(line)), 37);
    assert_string_equal(line, "main report ctx=0 child=a1 status=0x9");
    assert_int_equal(history_format(history, 2, NULL, 0), 37);
    assert_int_equal(history_format(history, 2, line, 8), 37);
    assert_string_equal(line, "main re");
    history_free(history);
}

/* An event that was never finished is left out, and what counts events does not count it. */
static void test_unfinished(void **state)
{
    int fd = log_create();
    struct log *log = log_map(fd);
    struct event step = {.kind = EVENT_STEP, .ctx = -1}, unfinished = {.kind = EVENT_NONE};
    struct event kept = {.kind = EVENT_KEPT, .ctx = -1};
    struct event look = {.kind = EVENT_DISPOSITION, .ctx = -1};
    struct history *history;

    (void)state;
    log_append(log, &unfinished);
    log_append(log, &step);
    log_append(log, &unfinished);
    for (kept.extra = 0; kept.extra <= 3; kept.extra++)
        log_append(log, &kept);
    for (look.subject = 0; look.subject <= 9; look.subject += 3)
        log_append(log, &look);
    history = history_from_log(log);
    log_unmap(log);
    close(fd);
    assert_non_null(history);
    assert_int_equal(history_count(history), 9);
    assert_int_equal(history_event(history, 5)->subject, 5);
    assert_int_equal(history_event(history, 6)->subject, 5);
    assert_int_equal(history_event(history, 7)->subject, 3);
    assert_int_equal(history_event(history, 8)->subject, 1);
    assert_int_equal(history_event(history, 1)->extra, 0);
    assert_int_equal(history_event(history, 2)->extra, 0);
    assert_int_equal(history_event(history, 3)->extra, 1);
    assert_int_equal(history_event(history, 4)->extra, 1);
    history_free(history);
}

/* What did not fit into the log is said at the end. */
static void test_full_log(void **state)
{
    int fd = log_create();
    struct log *log = log_map(fd);
    struct event event = {.kind = EVENT_UNLANE, .pid = 7, .tid = 7, .ctx = -1, .time = 1};
    struct history *history;
    size_t i;

    (void)state;
    for (i = 0; i < LOG_EVENTS + 5; i++)
        log_append(log, &event);
    history = history_from_log(log);
    assert_int_equal(history_count(history), LOG_EVENTS + 1);
    assert_int_equal(history_event(history, LOG_EVENTS)->kind, EVENT_LOST_EVENTS);
    assert_int_equal(history_event(history, LOG_EVENTS)->value, 5);
    history_free(history);
    log_unmap(log);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_names),
        cmocka_unit_test(test_shared_names), cmocka_unit_test(test_times_and_comments),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_round_trip_of_anything),
        cmocka_unit_test(test_from_log),     cmocka_unit_test(test_unfinished),
        cmocka_unit_test(test_full_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
