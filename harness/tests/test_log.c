/* SPDX-License-Identifier: MIT */
/*
 * The log: events come back as they were written and in the order in which they were, from several
 * threads and processes at once; what finds no room is counted; nothing is read outside its bounds.
 */
#include "history/calls.h"
#include "history/log.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { WRITERS = 4, EACH = 1000 };

static int open_log(void **state)
{
    int fd = log_create();

    *state = fd < 0 ? NULL : log_map(fd);
    if (fd >= 0)
        close(fd);
    return *state ? 0 : -1;
}

static int close_log(void **state)
{
    log_unmap(*state);
    return 0;
}

static void an_event_comes_back_as_it_was_written(void **state)
{
    struct log *log = *state;
    const struct event written = {.time = 5,
                                  .state = 7, /* the log's own: does not matter */
                                  .kind = EVENT_CALL,
                                  .zone = ZONE_HANDLER,
                                  .what = CALL_READ,
                                  .pid = 11,
                                  .tid = 12,
                                  .subject = 13,
                                  .ctx = -1,
                                  .error = EINTR,
                                  .result = -1,
                                  .value = INT64_MIN,
                                  .extra = INT64_MAX,
                                  .text = 14,
                                  .spare = 15};
    struct event expected = written;

    assert_int_equal(log_count(log), 0);
    assert_null(log_at(log, 0));
    log_append(log, &written);
    assert_int_equal(log_count(log), 1);
    assert_non_null(log_at(log, 0));
    expected.state = log_at(log, 0)->state;
    assert_memory_equal(log_at(log, 0), &expected, sizeof expected);
}

static void who_and_when_are_filled_in(void **state)
{
    struct log *log = *state;

    for (int i = 0; i < 2; i++)
        log_append(log, &(struct event){.kind = EVENT_STEP});
    assert_int_equal(log_at(log, 0)->pid, getpid());
    assert_int_equal(log_at(log, 0)->tid, gettid());
    assert_true(log_at(log, 0)->time > 0);
    assert_true(log_at(log, 0)->time <= log_at(log, 1)->time);
}

static void errno_is_kept(void **state)
{
    errno = EXDEV;
    log_append(*state, &(struct event){.kind = EVENT_STEP});
    log_text(*state, "text");
    assert_int_equal(errno, EXDEV);
}

static void *write_many(void *log)
{
    for (int i = 0; i < EACH; i++)
        log_append(log, &(struct event){.kind = EVENT_STEP, .value = i});
    return NULL;
}

static void each_writer_keeps_its_order(void **state)
{
    struct log *log = *state;
    pthread_t thread[WRITERS / 2];
    pid_t child[WRITERS / 2];
    int status = 0;

    for (int i = 0; i < WRITERS / 2; i++) {
        child[i] = fork();
        if (child[i] == 0) {
            write_many(log);
            _exit(0);
        }
        assert_true(child[i] > 0);
    }
    for (int i = 0; i < WRITERS / 2; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, write_many, log), 0);
    for (int i = 0; i < WRITERS / 2; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(log_count(log), WRITERS * EACH);

    struct {
        int tid;
        int64_t next;
    } writer[WRITERS] = {{0, 0}};
    for (size_t i = 0; i < log_count(log); i++) {
        const struct event *event = log_at(log, i);
        int w = 0;

        assert_non_null(event);
        while (w < WRITERS && writer[w].tid && writer[w].tid != event->tid)
            w++;
        assert_true(w < WRITERS);
        writer[w].tid = event->tid;
        assert_int_equal(event->value, writer[w].next++);
    }
}

static void what_finds_no_room_is_counted(void **state)
{
    struct log *log = *state;
    /* Given whole, so that a million of them take no time. */
    const struct event event = {.time = 1, .kind = EVENT_STEP, .pid = 1, .tid = 1};

    for (size_t i = 0; i < LOG_EVENTS; i++)
        log_append(log, &event);
    assert_int_equal(log_dropped(log), 0);
    log_append(log, &event);
    log_append(log, &event);
    assert_int_equal(log_count(log), LOG_EVENTS);
    assert_int_equal(log_dropped(log), 2);
    assert_non_null(log_at(log, LOG_EVENTS - 1));
    assert_null(log_at(log, LOG_EVENTS));
}

static void text_is_kept_and_cut(void **state)
{
    struct log *log = *state;
    char longer[2000];
    uint32_t first = log_text(log, "first");
    uint32_t empty = log_text(log, "");
    uint32_t cut = 0;

    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    cut = log_text(log, longer);
    assert_string_equal(log_string(log, first), "first");
    assert_string_equal(log_string(log, empty), "");
    assert_int_equal(strlen(log_string(log, cut)), 1023);
    assert_string_equal(log_string(log, 0), "");
    assert_string_equal(log_string(log, LOG_TEXT_BYTES), "");
    assert_string_equal(log_string(log, UINT32_MAX), "");
}

static void text_ends_when_there_is_no_room(void **state)
{
    struct log *log = *state;
    char text[1024];
    uint32_t offset = 0;
    uint32_t last = 0;
    int kept = 0;

    memset(text, 'y', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    while (kept < 2 * LOG_TEXT_BYTES / 1024 && (offset = log_text(log, text)) != 0) {
        last = offset;
        kept++;
    }
    assert_int_equal(kept, LOG_TEXT_BYTES / 1024 - 1);
    assert_int_equal(strlen(log_string(log, last)), 1023);
    assert_int_equal(strlen(log_string(log, LOG_TEXT_BYTES - 1)), 0);
}

static void the_log_outlives_its_writer(void **state)
{
    struct log *log = *state;
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        log_append(log, &(struct event){.kind = EVENT_STEP, .text = log_text(log, "last words")});
        raise(SIGKILL);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(log_count(log), 1);
    assert_int_equal(log_at(log, 0)->pid, child);
    assert_string_equal(log_string(log, log_at(log, 0)->text), "last words");
}

static void words_and_calls_agree(void **state)
{
    (void)state;
    for (int i = CALL_NONE + 1; i < CALL_COUNT; i++)
        assert_int_equal(libc_call_from_word(libc_call_word((enum libc_call)i)), i);
    assert_string_equal(libc_call_word(CALL_PIDFD_OPEN), "pidfd_open");
    assert_int_equal(libc_call_from_word("nothing"), CALL_NONE);
    assert_int_equal(libc_call_from_word(libc_call_word(CALL_COUNT)), CALL_NONE);
}

#define WITH_LOG(test) cmocka_unit_test_setup_teardown(test, open_log, close_log)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_LOG(an_event_comes_back_as_it_was_written),
        WITH_LOG(who_and_when_are_filled_in),
        WITH_LOG(errno_is_kept),
        WITH_LOG(each_writer_keeps_its_order),
        WITH_LOG(what_finds_no_room_is_counted),
        WITH_LOG(text_is_kept_and_cut),
        WITH_LOG(text_ends_when_there_is_no_room),
        WITH_LOG(the_log_outlives_its_writer),
        cmocka_unit_test(words_and_calls_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
