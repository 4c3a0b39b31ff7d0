/* SPDX-License-Identifier: MIT */
/* What is left when all is over, "births" and "given back"; and where any finding is said to be. */
#include "judged.h"

/* -- births -- */

#define A_CLOSED                                                                                   \
    "t1 enter op=close ctx=A\n"                                                                    \
    "t1 leave op=close ctx=A result=0\n"
#define A_CHILD                                                                                    \
    "t1 enter op=fork ctx=A\n"                                                                     \
    "t1 call fork result=a1\n"                                                                     \
    "t1 leave op=fork ctx=A child=a1 result=a1\n"
#define A_END                                                                                      \
    "- exited child=a1 status=0x0 reaped=1\n"                                                      \
    "t1 report ctx=A child=a1 status=0x0\n"

static void test_births(void **state)
{
    static const struct judged_case cases[] = {
        {"one that it was asked for", &libxl_like, A_SELECTIVE A_CHILD A_END A_CLOSED, ""},
        {"one as a ctx is opened", &libxl_like,
         "t1 lane\n"
         "t1 enter op=open ctx=A\n"
         "t1 call fork result=200\n"
         "t1 leave op=open ctx=A result=0\n" A_CLOSED,
         "FK-01 child 200 was started by the library while no operation ran\n"
         "    t1 enter op=open ctx=A\n"
         "    t1 call fork result=200\n"},
        {"the same in any other library", &plain_like,
         "t1 lane\n"
         "t1 enter op=open ctx=A\n"
         "t1 call fork result=200\n"
         "t1 leave op=open ctx=A result=0\n" A_CLOSED,
         ""},
        {"one by posix_spawn", &libxl_like,
         A_SELECTIVE "t1 call posix_spawn child=200 result=0\n" A_CLOSED,
         "FK-01 child 200 was started by the library while no operation ran\n"
         "    t1 call posix_spawn child=200 result=0\n"},
        {"a spawn that failed", &libxl_like,
         A_SELECTIVE "t1 call posix_spawn child=200 result=2 error=ENOENT\n" A_CLOSED, ""},
        {"a second one while the first runs", &libxl_like,
         A_SELECTIVE A_CHILD "t1 call fork result=200\n" A_END A_CLOSED, ""},
        {"one for an operation, and one more while that runs", &libxl_like,
         A_SELECTIVE "- operation o1 ctx=A kind=program how=callback\n"
                     "t1 enter op=operation ctx=A operation=o1\n"
                     "t1 call fork result=200\n"
                     "t1 leave op=operation ctx=A operation=o1\n"
                     "t1 call waitpid pid=200 result=200\n"
                     "t1 call fork result=201\n"
                     "t1 call waitpid pid=201 result=201\n"
                     "t1 completed ctx=A operation=o1 result=0\n" A_CLOSED,
         ""},
        {"one after the operation", &libxl_like,
         A_SELECTIVE "- operation o1 ctx=A kind=program how=callback\n"
                     "t1 enter op=operation ctx=A operation=o1\n"
                     "t1 leave op=operation ctx=A operation=o1\n"
                     "t1 completed ctx=A operation=o1 result=0\n"
                     "t1 call fork result=200\n" A_CLOSED,
         "FK-01 child 200 was started by the library while no operation ran\n"
         "    t1 call fork result=200\n"},
        {"one after the report", &libxl_like,
         A_SELECTIVE A_CHILD A_END "t1 call fork result=200\n" A_CLOSED,
         "FK-01 child 200 was started by the library while no operation ran\n"
         "    t1 call fork result=200\n"},
        {"another lane is about to be given a child", &libxl_like,
         A_SELECTIVE "t2 lane\n"
                     "t2 enter op=fork ctx=A\n"
                     "t1 call fork result=200\n"
                     "t2 leave op=fork ctx=A result=-11 error=EAGAIN\n" A_CLOSED,
         ""},
        {"what a child forks is its own", &libxl_like,
         A_SELECTIVE "t1 lane pid=1 tid=1\n"
                     "- child a1 pid=130\n"
                     "130:130 call fork result=131\n" A_CLOSED,
         ""},
        {"a middle child is left", &plain_like,
         A_OPEN "t1 enter op=spawn ctx=A\n"
                "t1 call fork result=200\n"
                "t1 call fork result=a1\n"
                "t1 leave op=spawn ctx=A child=a1 result=a1\n" A_END A_CLOSED
                "- left child=200 process=1 zombie=1\n",
         "XC-14 child 200 was started by the library for itself and is a zombie with all ctxs "
         "closed\n"
         "    t1 call fork result=200\n"
         "    - left child=200 process=1 zombie=1\n"},
        {"a helper lives on", &plain_like,
         A_OPEN "t1 call fork result=200\n" A_CLOSED "- left child=200 process=1\n",
         "XC-14 child 200 was started by the library for itself and is still alive with all ctxs "
         "closed\n"
         "    t1 call fork result=200\n"
         "    - left child=200 process=1\n"},
        {"the application started it", &plain_like, A_OPEN A_CLOSED "- left child=200 process=1\n",
         ""},
        {"the pid was the library's once, and is the application's", &plain_like,
         A_OPEN "t1 call fork result=200\n"
                "t1 foreign child=200\n" A_CLOSED "- left child=200 process=1\n",
         ""},
        {"a ctx is still open", &plain_like,
         A_OPEN "t1 call fork result=200\n"
                "- left child=200 process=1\n",
         ""},
    };

    (void)state;
    judge_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

/* -- given back -- */

enum { ROUND_EVENTS = 6, LANE_EVENTS = 1, MANY = 16 };

/* A lane opens a ctx, a fork fails, it closes the ctx; so many times. */
static void put_rounds(FILE *out, int count)
{
    fputs("t1 lane\n", out);
    for (int i = 0; i < count; i++)
        fputs("t1 enter op=open ctx=A\n"
              "t1 leave op=open ctx=A result=0\n"
              "t1 enter op=fork ctx=A\n"
              "t1 leave op=fork ctx=A result=-11 error=EAGAIN\n"
              "t1 enter op=close ctx=A\n"
              "t1 leave op=close ctx=A result=0\n",
              out);
}

/* A block that was taken in the fork of this round, from 0. */
static void put_kept(FILE *out, int round, int size)
{
    fprintf(out, "- kept lane=t1 size=%d at=%d caller=0x10 text=record_new\n", size,
            LANE_EVENTS + ROUND_EVENTS * round + 3);
}

static void judge_text(const char *name, FILE *out, char **text, const char *findings)
{
    struct judged_case judged = {.name = name, .subject = &plain_like, .findings = findings};

    fclose(out);
    judged.history = *text;
    judge_cases(&judged, 1);
    free(*text);
}

static FILE *open_text(char **text)
{
    static size_t size;
    FILE *out = open_memstream(text, &size);

    assert_non_null(out);
    return out;
}

static void test_memory(void **state)
{
    char *text;
    FILE *out = open_text(&text);

    (void)state;
    put_rounds(out, MANY);
    for (int i = 0; i < MANY; i++)
        put_kept(out, i, 80);
    judge_text("a record in each round", out, &text,
               "XC-30 a block of 80 bytes that is taken by record_new is left each time that "
               "contexts come and go: 16 are there with all closed, each taken in fork\n"
               "    t1 enter op=fork ctx=A\n"
               "    - kept lane=t1 size=80 at=4 caller=0x10 text=record_new\n"
               "    - kept lane=t1 size=80 at=10 caller=0x10 text=record_new\n"
               "    - kept lane=t1 size=80 at=16 caller=0x10 text=record_new\n"
               "    - kept lane=t1 size=80 at=94 caller=0x10 text=record_new\n");

    out = open_text(&text);
    put_rounds(out, MANY);
    for (int i = 1; i < MANY; i++)
        put_kept(out, i, 80);
    judge_text("in one round less", out, &text, "");

    out = open_text(&text);
    put_rounds(out, MANY);
    for (int i = 0; i < MANY; i++)
        put_kept(out, MANY - 1, 80);
    judge_text("a pool that is filled in one round", out, &text, "");

    out = open_text(&text);
    put_rounds(out, MANY);
    for (int i = 0; i < MANY; i++)
        put_kept(out, i, 80 + i % 2);
    judge_text("blocks of two sorts", out, &text, "");

    out = open_text(&text);
    put_rounds(out, MANY);
    fputs("t1 enter op=open ctx=B\n"
          "t1 leave op=open ctx=B result=0\n",
          out);
    for (int i = 0; i < MANY; i++)
        put_kept(out, i, 80);
    judge_text("a ctx is still open", out, &text, "");

    out = open_text(&text);
    fputs("t2 lane\n"
          "t2 enter op=open ctx=B\n",
          out);
    put_rounds(out, MANY);
    fputs("t2 leave op=open ctx=B result=0\n"
          "t2 enter op=close ctx=B\n"
          "t2 leave op=close ctx=B result=0\n",
          out);
    for (int i = 0; i < MANY; i++)
        fprintf(out, "- kept lane=t1 size=80 at=%d\n", 3 + ROUND_EVENTS * i + 3);
    judge_text("another ctx is there all the time", out, &text, "");
}

static void test_threads(void **state)
{
    static const char finding[] =
        "XC-30 16 threads of the library are left with all ctxs closed: it made some each of the "
        "16 times that they came\n"
        "    - thread tid=20 process=1\n"
        "    - thread tid=35 process=1\n";
    static const struct {
        const char *name;
        int created, left; /* rounds in which one is made; that are there at the end */
        const char *findings;
    } cases[] = {
        {"one left in each round", MANY, MANY, finding},
        {"all but one end", MANY, 1, ""},
        {"made all at once", 1, MANY, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text;
        FILE *out = open_text(&text);

        fputs("t1 lane\n", out);
        for (int n = 0; n < MANY; n++)
            fprintf(out,
                    "t1 enter op=open ctx=A\n"
                    "%s"
                    "t1 leave op=open ctx=A result=0\n" A_CLOSED,
                    n < cases[i].created ? "t1 call pthread_create\n" : "");
        for (int n = 0; n < cases[i].left; n++)
            fprintf(out, "- thread tid=%d process=1\n", 20 + n);
        judge_text(cases[i].name, out, &text, cases[i].findings);
    }
}

/* -- any oracle -- */

/* The line that the first finding has. */
static int line_found(const char *history_text)
{
    struct findings findings = {0};
    char error[200];
    struct history *history = history_from_text(history_text, error, sizeof(error));
    int line;

    assert_non_null(history);
    assert_int_equal(oracle_judge(history, &libxl_like, &findings), 0);
    assert_int_equal(findings.count, 1);
    line = findings.list[0].line;
    findings_free(&findings);
    history_free(history);
    return line;
}

static void test_line(void **state)
{
    (void)state;
    assert_int_equal(line_found("t1 lane\n"
                                "- step 4 \"ctx A on t1\"\n"
                                "t1 enter op=open ctx=A\n"
                                "t1 call fork result=200\n"
                                "t1 leave op=open ctx=A result=0\n"
                                "- step 5 \"close A\"\n" A_CLOSED),
                     4);
    assert_int_equal(line_found(A_SELECTIVE "- step 5 \"close A\"\n"
                                            "- step 0 \"the script is over\"\n" A_CLOSED
                                            "- fd fd=5 process=1 text=pipe\n"),
                     0);
    assert_int_equal(line_found(A_SELECTIVE A_CLOSED "- fd fd=5 process=1 text=pipe\n"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_births),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
