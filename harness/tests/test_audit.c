/* SPDX-License-Identifier: MIT */
/*
 * The reader of valgrind's reports, with reports written by hand: one with everything, one without
 * errors, one that breaks off anywhere, one of the harness itself, and what is none. And accounts:
 * their way through JSON, and their sums.
 */
#include "audit_fixture.h"

#define HEAD(version)                                                                              \
    "<?xml version=\"1.0\"?>\n\n<valgrindoutput>\n\n<protocolversion>" version                     \
    "</protocolversion>\n<protocoltool>helgrind</protocoltool>\n"                                  \
    "<status>\n  <state>RUNNING</state>\n</status>\n"
#define FRAME(object, function, directory, file, line)                                             \
    "<frame><ip>0x1</ip><obj>" object "</obj><fn>" function "</fn><dir>" directory                 \
    "</dir><file>" file "</file><line>" line "</line></frame>"
#define RACE                                                                                       \
    "<error>\n  <unique>0x0</unique>\n  <tid>4</tid>\n  <kind>Race</kind>\n"                       \
    "  <xwhat><text>Possible data race &amp; more</text><hthreadid>4</hthreadid></xwhat>\n"        \
    "  <stack><frame><ip>0x2</ip><obj>/usr/lib/libc.so.6</obj><fn>memcpy</fn></frame>" FRAME(      \
        "/b/host/mine", "on_sigchld", "/src/lib", "sigchld.c", "71")                               \
        FRAME("/b/host/mine", "run", "/src/harness/probe", "handler.c",                            \
              "36") "</stack>\n"                                                                   \
                    "  <xauxwhat><text>This conflicts with a previous write</text></xauxwhat>\n"   \
                    "  <stack>" FRAME("/b/host/mine", "join", "/src/lib", "sigchld.c",             \
                                      "160") "</stack>\n"                                          \
                                             "</error>\n"
#define OF_HARNESS                                                                                 \
    "<error>\n  <unique>0x1</unique>\n  <kind>Race</kind>\n  <what>Possible data race</what>\n"    \
    "  <stack>" FRAME("/b/host/mine", "lane_post", "/src/harness/host", "lane.c",                  \
                      "9") "<frame><ip>0x3</ip><obj>/usr/libexec/valgrind/"                        \
                           "vgpreload_helgrind-amd64-linux.so</obj>"                               \
                           "</frame></stack>\n</error>\n"
#define TAIL                                                                                       \
    "<status>\n  <state>FINISHED</state>\n</status>\n"                                             \
    "<errorcounts>\n  <pair><count>5</count><unique>0x0</unique></pair>\n</errorcounts>\n"         \
    "<suppcounts>\n  <pair><count>7</count><name>in libc</name></pair>\n"                          \
    "  <pair><count>800</count><name>in the loader</name></pair>\n</suppcounts>\n"                 \
    "</valgrindoutput>\n"

static int read_text(const char *text, size_t length, struct audit_account *account, char *why,
                     size_t size)
{
    return read_text_with(audit_read_valgrind, text, length, account, why, size);
}

static void a_report_with_everything(void **state)
{
    const char *text = HEAD("4") RACE OF_HARNESS TAIL;
    struct audit_account account;
    char why[200];

    (void)state;
    assert_int_equal(read_text(text, strlen(text), &account, why, sizeof why), 0);
    assert_false(account.cut);
    assert_int_equal(account.errors_count, 2);
    assert_string_equal(account.errors[0].kind, "Race");
    assert_string_equal(account.errors[0].place, "on_sigchld (sigchld.c:71)");
    assert_string_equal(account.errors[0].text, "Possible data race & more");
    assert_int_equal(account.errors[0].count, 5);
    assert_false(account.errors[0].of_harness);
    assert_int_equal(account.errors[0].stack.count, 5);
    assert_string_equal(account.errors[0].stack.list[0], "at memcpy (in /usr/lib/libc.so.6)");
    assert_string_equal(account.errors[0].stack.list[1], "by on_sigchld (sigchld.c:71)");
    assert_string_equal(account.errors[0].stack.list[3], "This conflicts with a previous write");
    assert_string_equal(account.errors[0].stack.list[4], "at join (sigchld.c:160)");
    assert_true(account.errors[1].of_harness);
    assert_int_equal(account.errors[1].count, 1);
    assert_int_equal(audit_account_count(&account, false), 5);
    assert_int_equal(audit_account_count(&account, true), 1);
    assert_int_equal(account.suppressions_count, 2);
    assert_string_equal(account.suppressions[1].name, "in the loader");
    assert_int_equal(account.suppressions[1].hits, 800);
    audit_account_clear(&account);
}

static void a_report_without_errors(void **state)
{
    const char *text = HEAD("4") TAIL;
    struct audit_account account;
    char why[200];

    (void)state;
    assert_int_equal(read_text(text, strlen(text), &account, why, sizeof why), 0);
    assert_false(account.cut);
    assert_int_equal(account.errors_count, 0);
    assert_int_equal(account.suppressions_count, 2);
    audit_account_clear(&account);
}

#define LOCK_OF_THE_DEAD                                                                           \
    "<error>\n  <unique>0x2</unique>\n  <kind>Misc</kind>\n"                                       \
    "  <xwhat><text>Thread #1: Exiting thread still holds 1 lock</text></xwhat>\n"                 \
    "  <stack>" FRAME("/b/host/mine", "change", "/src/lib", "mode.c", "3") "</stack>\n</error>\n"
#define FATAL_SIGNAL "<fatal_signal>\n  <tid>1</tid>\n  <signo>6</signo>\n</fatal_signal>\n"

/* A lock that a thread has as the process is ended by a signal is no fault; that of one which ends
 * by itself is, and so is what else was found before the end. */
static void a_lock_of_the_dead(void **state)
{
    static const struct {
        const char *text;
        size_t errors;
    } cases[] = {
        {HEAD("4") RACE FATAL_SIGNAL LOCK_OF_THE_DEAD TAIL, 1},
        {HEAD("4") RACE LOCK_OF_THE_DEAD TAIL, 2},
        {HEAD("4") LOCK_OF_THE_DEAD FATAL_SIGNAL TAIL, 1},
        {HEAD("4") FATAL_SIGNAL RACE TAIL, 1},
    };
    struct audit_account account;
    char why[200];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(read_text(cases[i].text, strlen(cases[i].text), &account, why, sizeof why),
                         0);
        assert_int_equal(account.errors_count, cases[i].errors);
        audit_account_clear(&account);
    }
}

/* Wherever it breaks off: what is whole in it counts, and that it was cut is said. */
static void a_report_that_breaks_off(void **state)
{
    const char *text = HEAD("4") RACE OF_HARNESS TAIL;
    size_t first = strlen(HEAD("4") RACE), second = strlen(HEAD("4") RACE OF_HARNESS);
    size_t root = strlen("<?xml version=\"1.0\"?>\n\n<valgrindoutput>");
    struct audit_account account;
    char why[200];

    (void)state;
    for (size_t length = root; length < strlen(text) - strlen("\n"); length++) {
        size_t errors;

        assert_int_equal(read_text(text, length, &account, why, sizeof why), 0);
        assert_true(account.cut);
        errors = account.errors_count;
        /* the newline behind its end tag is no part of it */
        assert_int_equal(errors, (length >= first - 1) + (length >= second - 1));
        audit_account_clear(&account);
    }
}

static void what_is_no_report(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "it is no report of valgrind's"},
        {"Segmentation fault", "it is no report of valgrind's"},
        {"<report/>", "it is no report of valgrind's"},
        {HEAD("3") TAIL, "its protocol is version 3, of a valgrind before 3.5"},
        /* a later version may well be read, */
        {HEAD("99") RACE TAIL, NULL},
        /* unless it has changed what is read */
        {HEAD("99") "<error><sort>Race</sort><stack/></error>" TAIL,
         "an error in it has no kind, text or stack; its protocol is version 99, and this "
         "reapcheck "
         "was made for version 4"},
    };
    struct audit_account account;
    char why[200];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int rc = read_text(cases[i].text, strlen(cases[i].text), &account, why, sizeof why);

        assert_int_equal(rc, cases[i].why ? -1 : 0);
        assert_string_equal(why, cases[i].why ? cases[i].why : "");
        assert_int_equal(account.errors_count, cases[i].why ? 0 : 1);
        audit_account_clear(&account);
    }
}

static void accounts_travel_and_add_up(void **state)
{
    const char *text = HEAD("4") RACE OF_HARNESS TAIL;
    struct audit_account one, other, sum = {0};
    json_t *json;
    char why[200];

    (void)state;
    read_text(text, strlen(text), &one, why, sizeof why);
    json = audit_account_to_json(&one);
    assert_int_equal(audit_account_from_json(json, &other), 0);
    json_decref(json);
    audit_account_merge(&sum, &one);
    audit_account_merge(&sum, &other);
    assert_int_equal(sum.errors_count, 2);
    assert_int_equal(sum.errors[0].count, 10);
    assert_string_equal(sum.errors[0].text, one.errors[0].text);
    assert_int_equal(sum.errors[0].stack.count, 5);
    assert_true(sum.errors[1].of_harness);
    assert_int_equal(sum.suppressions[1].hits, 1600);
    assert_int_equal(audit_account_from_json(json_null(), &other), -1);
    audit_account_clear(&one);
    audit_account_clear(&other);
    audit_account_clear(&sum);
}

/* Each tool has a control that it must report, and a reason for each that it cannot. */
static void tools_can_be_shown_awake(void **state)
{
    (void)state;
    for (const struct audit_tool *tool = audit_tools; tool->name; tool++) {
        size_t must = 0;

        for (const struct audit_control *at = tool->controls; at->name; at++) {
            must += !at->blind;
            assert_true(at->blind || (at->kind && at->says));
        }
        assert_true(must > 0);
        assert_ptr_equal(audit_tool_find(tool->name), tool);
    }
    assert_null(audit_tool_find("strace -f"));
    assert_null(audit_tool_find(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_with_everything), cmocka_unit_test(a_report_without_errors),
        cmocka_unit_test(a_lock_of_the_dead),       cmocka_unit_test(a_report_that_breaks_off),
        cmocka_unit_test(what_is_no_report),        cmocka_unit_test(accounts_travel_and_add_up),
        cmocka_unit_test(tools_can_be_shown_awake),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
