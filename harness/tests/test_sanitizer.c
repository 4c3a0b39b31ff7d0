/* SPDX-License-Identifier: MIT */
/*
 * The reader of what sanitizers write, with reports written by hand: each kind, several in one,
 * one of the harness itself, one that breaks off, and a sanitizer that failed.
 */
#include "audit_fixture.h"

#define FREED                                                                                      \
    "=================================================================\n"                          \
    "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60200010 at pc 0x1 bp 0x2\n"   \
    "READ of size 4 at 0x60200010 thread T0\n"                                                     \
    "    #0 0x1a in __interceptor_memcpy ../../src/libsanitizer/sanitizer_common/x.inc:827\n"      \
    "    #1 0x1b in report_one impl/mine/report.c:38\n"                                            \
    "    #2 0x1c in lane_turn harness/host/lane.c:154\n"                                           \
    "    #3 0x1d  (/lib/x86_64-linux-gnu/libc.so.6+0x27249)\n\n"                                   \
    "0x60200010 is located 0 bytes inside of 4-byte region [0x60200010,0x60200014)\n"              \
    "freed by thread T0 here:\n"                                                                   \
    "    #0 0x1e in free ../../src/libsanitizer/asan/asan_malloc_linux.cpp:52\n"                   \
    "    #1 0x1f in drop /src/mine/list.c:9:3\n\n"                                                 \
    "SUMMARY: AddressSanitizer: heap-use-after-free impl/mine/report.c:38 in report_one\n"         \
    "Shadow bytes around the buggy address:\n  0x0c04: fa fa\n"
#define LEAKS                                                                                      \
    "\n==7==ERROR: LeakSanitizer: detected memory leaks\n\n"                                       \
    "Direct leak of 1000 byte(s) in 10 object(s) allocated from:\n"                                \
    "    #0 0x7f in malloc ../../src/libsanitizer/asan/asan_malloc_linux.cpp:69\n"                 \
    "    #1 0x55 in child_new /src/mine/child.c:10\n\n"                                            \
    "Indirect leak of 8 byte(s) in 1 object(s) allocated from:\n"                                  \
    "    #0 0x56 in name_new (/usr/lib/libmine.so.2+0x47e82)\n\n"                                  \
    "SUMMARY: AddressSanitizer: 1008 byte(s) leaked in 11 allocation(s).\n"
#define SHIFT                                                                                      \
    "impl/mine/mask.c:9:21: runtime error: shift exponent 40 is too large for 32-bit type 'int'\n" \
    "    #0 0x55 in mask_of impl/mine/mask.c:9\n"
#define RACE                                                                                       \
    "==================\nWARNING: ThreadSanitizer: data race (pid=7)\n"                            \
    "  Atomic read of size 4 at 0x7b by thread T1:\n"                                              \
    "    #0 on_sigchld impl/mine/sigchld.c:71 (mine+0x117f)\n\n"                                   \
    "  Previous write of size 4 at 0x7b by main thread:\n"                                         \
    "    #0 comes impl/mine/sigchld.c:160 (mine+0x1168)\n\n"                                       \
    "SUMMARY: ThreadSanitizer: data race impl/mine/sigchld.c:71 in on_sigchld\n"                   \
    "==================\n"
#define OF_HARNESS                                                                                 \
    "==================\nWARNING: ThreadSanitizer: data race (pid=7)\n"                            \
    "  Write of size 8 at 0x7b by thread T1:\n"                                                    \
    "    #0 lane_post harness/host/lane.c:90 (mine+0x11)\n"                                        \
    "    #1 start_thread ../nptl/pthread_create.c:442 (libc.so.6+0x89133)\n\n"                     \
    "SUMMARY: ThreadSanitizer: data race harness/host/lane.c:90 in lane_post\n"

static int read_text(const char *text, size_t length, struct audit_account *account, char *why,
                     size_t size)
{
    return read_text_with(audit_read_sanitizer, text, length, account, why, size);
}

static void is_error(const struct audit_error *error, const char *kind, const char *place,
                     const char *text)
{
    assert_string_equal(error->kind, kind);
    assert_string_equal(error->place, place);
    assert_string_equal(error->text, text);
}

static void every_kind_in_one(void **state)
{
    const char *text = FREED SHIFT RACE LEAKS;
    struct audit_account account;
    char why[200];

    (void)state;
    assert_int_equal(read_text(text, strlen(text), &account, why, sizeof why), 0);
    assert_false(account.cut);
    assert_int_equal(account.errors_count, 5);
    is_error(&account.errors[0], "heap-use-after-free", "report_one (report.c:38)",
             "heap-use-after-free on address 0x60200010 at pc 0x1 bp 0x2");
    assert_string_equal(account.errors[0].stack.list[0], "at __interceptor_memcpy (x.inc:827)");
    assert_string_equal(account.errors[0].stack.list[1], "by report_one (report.c:38)");
    assert_string_equal(account.errors[0].stack.list[3], "by ? (in libc.so.6)");
    is_error(&account.errors[1], "undefined", "mask_of (mask.c:9)",
             "shift exponent 40 is too large for 32-bit type 'int'");
    assert_string_equal(account.errors[1].stack.list[0], "at mask_of (mask.c:9)");
    is_error(&account.errors[2], "data race", "on_sigchld (sigchld.c:71)", "data race");
    assert_int_equal(account.errors[2].stack.count, 4);
    is_error(&account.errors[3], "Leak_Direct", "child_new (child.c:10)",
             "Direct leak of 1000 byte(s) in 10 object(s) allocated from:");
    is_error(&account.errors[4], "Leak_Indirect", "name_new (in libmine.so.2)",
             "Indirect leak of 8 byte(s) in 1 object(s) allocated from:");
    for (size_t i = 0; i < account.errors_count; i++)
        assert_false(account.errors[i].of_harness);
    assert_string_equal(audit_requirement(NULL, &account.errors[0]), "XC-31");
    audit_account_clear(&account);
}

static void one_of_the_harness(void **state)
{
    const char *text = OF_HARNESS;
    struct audit_account account;
    char why[200];

    (void)state;
    assert_int_equal(read_text(text, strlen(text), &account, why, sizeof why), 0);
    assert_int_equal(account.errors_count, 1);
    assert_true(account.errors[0].of_harness);
    audit_account_clear(&account);
}

static void silence_is_no_error(void **state)
{
    static const char *const texts[] = {"", "==7==WARNING: AddressSanitizer: no shadow here\n",
                                        "main.c:3: this is no runtime error\n"};
    struct audit_account account;
    char why[200];

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(read_text(texts[i], strlen(texts[i]), &account, why, sizeof why), 0);
        assert_int_equal(account.errors_count, 0);
        assert_false(account.cut);
        audit_account_clear(&account);
    }
}

/* Behind its headline the error counts; until its summary is there, it is cut. */
static void a_report_that_breaks_off(void **state)
{
    const char *text = RACE, *headline = strstr(text, "(pid=7)"),
               *summary = strstr(text, "SUMMARY: ") + strlen("SUMMARY: ");
    struct audit_account account;
    char why[200];

    (void)state;
    for (const char *end = headline; end < text + strlen(text); end++) {
        assert_int_equal(read_text(text, (size_t)(end - text), &account, why, sizeof why), 0);
        assert_int_equal(account.errors_count, 1);
        assert_non_null(account.errors[0].place);
        assert_int_equal(account.cut, end < summary);
        audit_account_clear(&account);
    }
}

static void a_sanitizer_that_failed(void **state)
{
    static const char *const texts[] = {
        RACE "FATAL: ThreadSanitizer: unexpected memory mapping 0x1-0x2\n",
        "==7==LeakSanitizer has encountered a fatal error.\n",
        "AddressSanitizer: CHECK failed: asan_thread.cpp:369\n"};
    struct audit_account account;
    char why[200];

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(read_text(texts[i], strlen(texts[i]), &account, why, sizeof why), -1);
        assert_ptr_equal(strstr(why, "the sanitizer itself failed: "), why);
        assert_int_equal(account.errors_count, 0);
    }
}

/* Without print_stacktrace there is none. */
static void undefined_without_a_stack(void **state)
{
    const char *text = "/src/mine/mask.c:9:21: runtime error: shift exponent 40 is too large\n";
    struct audit_account account;
    char why[200];

    (void)state;
    assert_int_equal(read_text(text, strlen(text), &account, why, sizeof why), 0);
    assert_int_equal(account.errors_count, 1);
    assert_string_equal(account.errors[0].place, "mask.c:9");
    assert_false(account.errors[0].of_harness);
    audit_account_clear(&account);
}

static void programs_of_another_build(void **state)
{
    char *path = audit_tool_program(audit_tool_find("tsan"), "/b/host/mine");

    (void)state;
    assert_string_equal(path, "/b/tsan/host/mine");
    free(path);
    path = audit_tool_program(audit_tool_find("drd"), "/b/host/mine");
    assert_string_equal(path, "/b/host/mine");
    free(path);
    path = audit_tool_program(audit_tool_find("asan"), "host/mine");
    assert_string_equal(path, "asan/host/mine");
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_in_one),         cmocka_unit_test(one_of_the_harness),
        cmocka_unit_test(silence_is_no_error),       cmocka_unit_test(a_report_that_breaks_off),
        cmocka_unit_test(a_sanitizer_that_failed),   cmocka_unit_test(undefined_without_a_stack),
        cmocka_unit_test(programs_of_another_build),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
