/* SPDX-License-Identifier: MIT */
/* What a host says of itself, does to its process, refuses, and writes down. */
#include "host_fixture.h"

#include "host/clock.h"
#include "host/library.h"
#include "host/word.h"

static void it_introduces_itself(void **state)
{
    struct host *host = start("host", NULL);
    char hello[256];

    (void)state;
    snprintf(hello, sizeof hello,
             "protocol=1 pid=%d name=plain version=1.0-beta owners=15 features=2 "
             "offers=owner,fork,spawn,watch,forget,kill,wake,told-reaped,told-sigchld,postfork,"
             "carefd probe=1 pidfds=1",
             (int)host->pid);
    assert_string_equal(expect(host, "hello "), hello);
    assert_string_equal(expect(host, "limit FK-36 "), "aborts its header, \"never\"");
    assert_string_equal(expect(host, "limit XC-11 "), "disclaimed README");
    assert_string_equal(expect(host, "ready"), "");
    finish(host);
}

/* An adapter of ABI 1 has no memory behind postfork: what stands there is not looked at. */
static void an_older_adapter_offers_less(void **state)
{
    struct host *host = start("host-abi1", NULL);
    const char *hello = expect(host, "hello ");

    (void)state;
    assert_non_null(strstr(hello, ",postfork probe=1 pidfds=1"));
    expect(host, "ready");
    assert_ok(host, "main open A 0");
    assert_error(host, "ENOSYS", "main carefd A c1");
    finish(host);
}

static bool shows(const struct host *host, const char *number, const char *name)
{
    char path[64], wanted[64], found[64];
    ssize_t length;

    snprintf(path, sizeof path, "/proc/%d/fd/%s", (int)host->pid, number);
    snprintf(wanted, sizeof wanted, "/memfd:%s (deleted)", name);
    length = readlink(path, found, sizeof found - 1);
    found[length > 0 ? length : 0] = '\0';
    return strcmp(found, wanted) == 0;
}

static void fds_have_names(void **state)
{
    struct host *host = start_ready();
    char number[16];

    (void)state;
    assert_ok(host, "main open A 0");
    snprintf(number, sizeof number, "%ld", member(ask(host, "main carefd A c1"), "fd="));
    assert_true(shows(host, number, "c1"));
    assert_ok(host, "main shut c1");
    assert_false(shows(host, number, "c1"));
    /* A file gets the lowest number that is free, as it does in any application. */
    assert_int_equal(member(ask(host, "main file f1"), "fd="), atol(number));
    assert_true(shows(host, number, "f1"));
    assert_error(host, "ENOENT", "main shut c1");
    assert_ok(host, "main shut f1");
    assert_false(shows(host, number, "f1"));
    assert_error(host, "ENOENT", "main carefd B c1");
    assert_error(host, "EINVAL", "main file -");
    finish(host);
}

static void it_says_why_it_fails(void **state)
{
    static const struct {
        const char *how, *object, *why;
    } cases[] = {
        {"host-abi0", NULL, "adapter plain has ABI 0, this reapcheck wants 1 to 3"},
        {"host-abi4", NULL, "adapter plain has ABI 4, this reapcheck wants 1 to 3"},
        {"host-none", NULL, "no adapter registered itself; name one as a shared object"},
        {"host-norun", NULL, "adapter plain lacks run"},
        {"host", "./no-such-file.so", "./no-such-file.so: "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct host *host = start(cases[i].how, cases[i].object);
        int status;

        expect(host, "failed %s", cases[i].why);
        assert_int_equal(waitpid(host->pid, &status, 0), host->pid);
        assert_int_equal(status, W_EXITCODE(1, 0));
        assert_int_equal(host->lines_count, 0);
        free(host);
    }
}

/* An action is answered with what the disposition is after it. */
static void assert_action(struct host *host, const char *words, int disposition, int flags)
{
    char expected[64];

    snprintf(expected, sizeof expected, "ok disposition=%d flags=%d", disposition, flags);
    assert_string_equal(ask(host, "main action %s", words), expected);
}

static void signals_of_the_application(void **state)
{
    struct host *host = start_ready();
    char path[64], line[256], expected[128];
    unsigned long long blocked = 0;
    FILE *status;

    (void)state;
    assert_string_equal(ask(host, "- disposition"), "ok disposition=0 flags=0 mask=0 handled=0");
    assert_action(host, "SIGCHLD handle", DISPOSITION_APPLICATION, SA_RESTART);
    assert_ok(host, "main raise 17 3");
    snprintf(expected, sizeof expected, "ok disposition=%d flags=%d mask=0 handled=3",
             DISPOSITION_APPLICATION, SA_RESTART);
    assert_string_equal(ask(host, "- disposition"), expected);
    assert_action(host, "17 ignore", DISPOSITION_IGNORED, 0);
    assert_int_equal(member(ask(host, "- disposition"), "disposition="), DISPOSITION_IGNORED);
    assert_action(host, "SIGCHLD nocldwait", DISPOSITION_DEFAULT, SA_NOCLDWAIT);
    assert_int_equal(member(ask(host, "- disposition"), "flags="), SA_NOCLDWAIT);
    assert_action(host, "SIGCHLD default", DISPOSITION_DEFAULT, 0);
    assert_error(host, "EINVAL", "main action SIGKILL ignore");
    /* Borrowed, and given back as it was. */
    assert_error(host, "EINVAL", "main action SIGCHLD return");
    assert_action(host, "SIGCHLD nocldwait", DISPOSITION_DEFAULT, SA_NOCLDWAIT);
    assert_action(host, "SIGCHLD borrow", DISPOSITION_APPLICATION, SA_RESTART);
    assert_string_equal(ask(host, "- disposition"), expected);
    assert_action(host, "SIGCHLD return", DISPOSITION_DEFAULT, SA_NOCLDWAIT);
    assert_int_equal(member(ask(host, "- disposition"), "flags="), SA_NOCLDWAIT);
    assert_action(host, "SIGCHLD default", DISPOSITION_DEFAULT, 0);

    snprintf(path, sizeof path, "/proc/%d/task/%d/status", (int)host->pid, (int)host->pid);
    for (int round = 0; round < 200; round++) {
        assert_ok(host, "main mask SIGCHLD %s", round % 2 == 0 ? "block" : "unblock");
        status = fopen(path, "r");
        while (fgets(line, sizeof line, status) != NULL)
            sscanf(line, "SigBlk: %llx", &blocked);
        fclose(status);
        assert_int_equal(blocked, round % 2 == 0 ? 1ULL << (SIGCHLD - 1) : 0);
    }
    finish(host);
}

static void rules_are_broken_on_request(void **state)
{
    struct host *host = start_ready();

    (void)state;
    assert_ok(host, "main open A 0 strangers=wanted");
    assert_ok(host, "main owner A invalid");
    assert_error(host, "EINVAL", "main owner A nobody");
    assert_error(host, "ENOENT", "main action SIGUSR1 tell=B");
    assert_error(host, "EINVAL", "main action SIGUSR1 tell");
    assert_int_equal(member(ask(host, "main action SIGCHLD tell=A"), "disposition="),
                     DISPOSITION_APPLICATION);
    assert_ok(host, "main raise SIGCHLD 1");
    assert_string_equal(expect(host, "event disaster ctx=A errno=1 "), "told in the wrong mode");
    finish(host);
}

static void what_is_no_request_is_refused(void **state)
{
    static const struct {
        const char *line, *answer;
    } cases[] = {
        {"\n", "0 error EINVAL"},
        {"main turn\n", "0 error EINVAL"},
        {"-4 main turn\n", "0 error EINVAL"},
        {"901\n", "901 error EINVAL"},
        {"902 main\n", "902 error EINVAL a request has a verb"},
        {"903 main fly\n", "903 error EINVAL unknown request fly"},
        {"904 nobody turn\n", "904 error ENOENT no lane nobody"},
        {"905 main open\n", "905 error EINVAL open takes 2 to 6 words"},
        {"906 main open A x\n", "906 error EINVAL"},
        {"907 main open A 0 owner=me\n", "907 error EINVAL an owner is"},
        {"908 main open a-name-that-is-too-long 0\n", "908 error EINVAL a name"},
        {"909 main open A/B 0\n", "909 error EINVAL a name"},
        {"910 main fork Z a1\n", "910 error ENOENT no ctx Z is open"},
        {"911 - turn\n", "911 error EINVAL turn is not done without a lane"},
        {"912 main lane t1\n", "912 error EINVAL lane is not done on a lane"},
        {"913 - order z1 exit 0\n", "913 error ENOENT no child z1"},
        {"914 - together 0\n", "914 error EINVAL"},
        {"915 - + disposition\n", "915 error EINVAL"},
        {"916 main foreign f1 exit=256\n", "916 error EINVAL"},
        {"917 main foreign f1 later\n", "917 error EINVAL an ending is"},
        {"918 main mask SIGFOO block\n", "918 error EINVAL"},
        {"919 main waitpid nobody 0\n", "919 error ENOENT"},
        {"920 main turn 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n", "920 error EINVAL"},
        {"921 main mask 17 sometimes\n", "921 error EINVAL"},
        {"922 main action 17 dance\n", "922 error EINVAL"},
    };
    struct host *host = start_ready();
    char line[5000];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        say(host, cases[i].line);
        expect(host, "%s", cases[i].answer);
    }
    memset(line, 'x', sizeof line - 2);
    memcpy(line, "950 main ", 9);
    strcpy(line + sizeof line - 2, "\n");
    say(host, line);
    expect(host, "950 error EINVAL the line is too long");
    assert_int_equal(send(host->fd, "951 main\0turn\n", 14, 0), 14);
    expect(host, "951 error EINVAL the line is too long or not text");
    assert_ok(host, "main turn");
    assert_int_equal(host->lines_count, 0);
    finish(host);
}

static void it_quits_at_once(void **state)
{
    struct host *host = start_ready();

    (void)state;
    /* Though a lane waits for something that never comes. */
    ask(host, "- lane t1");
    ask_pid(host, "t1 foreign f1");
    request(host, "t1 waitpid f1 0");
    assert_string_equal(ask(host, "- quit"), "ok");
    finish(host);
}

/* The log tells what was called, and what came of it, in the order of the world. */
static void it_writes_everything_down(void **state)
{
    static const char expected[] = "main enter op=open ctx=A\n"
                                   "main leave op=open ctx=A result=0\n"
                                   "main enter op=owner ctx=A owner=selective\n"
                                   "main leave op=owner ctx=A owner=selective result=0\n"
                                   "main enter op=fork ctx=A\n"
                                   "main leave op=fork ctx=A child=a1 result=a1\n"
                                   "main enter op=run ctx=A\n"
                                   "main report ctx=A child=a1 status=0x300\n"
                                   "main leave op=run ctx=A result=0\n"
                                   "main enter op=close ctx=A\n"
                                   "main leave op=close ctx=A result=0\n"
                                   "main foreign child=f1\n"
                                   "main waited child=f1 result=f1 status=0x200\n"
                                   "main action SIGCHLD ignored\n";
    struct host *host = start_ready();
    struct history *history;
    char text[4096] = "";
    int pid;

    (void)state;
    log_append(host->log,
               &(struct event){.kind = EVENT_CTX, .ctx = 0, .text = log_text(host->log, "A")});
    assert_ok(host, "main open A 0 owner=selective");
    pid = ask_pid(host, "main fork A a1");
    log_append(host->log, &(struct event){.kind = EVENT_CHILD,
                                          .ctx = 0,
                                          .subject = pid,
                                          .text = log_text(host->log, "a1")});
    assert_ok(host, "- order a1 exit 3");
    expect(host, "event report ctx=A pid=%d", pid);
    assert_ok(host, "main close A");
    pid = ask_pid(host, "main foreign f1 exit=2");
    log_append(host->log, &(struct event){.kind = EVENT_CHILD,
                                          .ctx = -1,
                                          .subject = pid,
                                          .text = log_text(host->log, "f1")});
    assert_int_equal(ask_pid(host, "main waitpid f1 0"), pid);
    assert_action(host, "SIGCHLD ignore", DISPOSITION_IGNORED, 0);
    history = history_from_log(host->log);
    for (size_t i = 0; i < history_count(history); i++) {
        int kind = history_event(history, i)->kind;
        char line[256];

        if (kind < EVENT_ENTER || kind > EVENT_FORKED)
            continue;
        history_format(history, i, line, sizeof line);
        sprintf(text + strlen(text), "%s\n", line);
    }
    assert_string_equal(text, expected);
    history_free(history);
    finish(host);
}

/* What is written down within a turn is written in the library's zone, the rest outside it. */
static void history_goes_by_the_clock_that_is_not_moved(void **state)
{
    uint64_t before = probe_now_ns();
    struct host *host = start_ready();
    int pid;

    (void)state;
    assert_ok(host, "- clock 7200000000");
    assert_ok(host, "main open A 0");
    pid = ask_pid(host, "main fork A a1 exit=3");
    expect(host, "event report ctx=A pid=%d", pid);
    assert_ok(host, "main close A");
    assert_true(log_count(host->log) > 0);
    for (size_t i = 0; i < log_count(host->log); i++) {
        const struct event *event = log_at(host->log, i);

        if (event != NULL)
            assert_in_range(event->time, before, probe_now_ns());
    }
    finish(host);
}

/* Whoever asks: within a hook the host is in the library's zone. */
static void the_time_is_the_same_everywhere_in_the_host(void **state)
{
    const int64_t two_hours = INT64_C(7200) * 1000000;
    const struct library library = {.adapter = &plain};
    const struct context context = {.library = &library};
    int64_t first = clock_now_us(&context), moved;
    long long deadline;
    int zone;

    (void)state;
    clock_move(two_hours);
    zone = probe_enter_library(LIBRARY_UNKNOWN);
    moved = clock_now_us(&context);
    deadline = word_clock_ms();
    probe_leave(zone);
    assert_in_range(moved, first + two_hours, clock_now_us(&context));
    assert_true(deadline <= word_clock_ms());
    clock_move(0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_introduces_itself),
        cmocka_unit_test(an_older_adapter_offers_less),
        cmocka_unit_test(fds_have_names),
        cmocka_unit_test(it_says_why_it_fails),
        cmocka_unit_test(signals_of_the_application),
        cmocka_unit_test(rules_are_broken_on_request),
        cmocka_unit_test(what_is_no_request_is_refused),
        cmocka_unit_test(it_quits_at_once),
        cmocka_unit_test(it_writes_everything_down),
        cmocka_unit_test(history_goes_by_the_clock_that_is_not_moved),
        cmocka_unit_test(the_time_is_the_same_everywhere_in_the_host),
    };

    begin(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
