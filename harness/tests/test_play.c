/* SPDX-License-Identifier: MIT */
/*
 * Plays small scripts against hosts that misbehave (hosts/puppet.c), from script to verdict.
 * Whatever a host does, the verdict says what happened, it comes within its deadline, and nothing
 * is left running.
 *
 * No deadline is shortened: what has to come before one would then hang on how busy the machine
 * is. The cases that wait for a deadline to pass sleep meanwhile, so they are played all at once,
 * each in a process of its own.
 */
#include "puppet_fixture.h"

#include <errno.h>
#include <sys/wait.h>
#include <time.h>
#include "runner/scenario.h"

#define CTX        "ctx A on main\n"
#define CHILD      CTX "child a of A\n"
#define LEFT_ALONE CHILD "exit a 3\nquiet\n"
#define WHOLE      CHILD "exit a 3\nexpect A reports a exit 3\nclose A\n"

/* Twice the longest deadline, and time for a machine with much else to do. */
enum { LATEST_MS = 120000 };

/* What becomes of the deadline that matters to a case. A host that spins is proved to be stuck only
 * where it got all the processor that it asked for (test_stuck.c): on a busy machine the verdict
 * may be that there was none, and no other. */
enum deadline { MET, PASSES, PASSES_SPINNING };

static const struct play_case {
    const char *mode;
    const char *script;
    enum deadline deadline;
    enum verdict_kind kind;
    const char *says; /* part of the reason, or of what is found */
} cases[] = {
    {"good", WHOLE, MET, VERDICT_PASS, ""},
    {"late-at=close", WHOLE, MET, VERDICT_PASS, ""},
    /* before there is anything to play */
    {"silent", WHOLE, PASSES, VERDICT_ERROR, "not ready within 20 s"},
    {"no-ready", WHOLE, PASSES, VERDICT_ERROR, "not ready within 20 s"},
    {"no-hello", WHOLE, MET, VERDICT_ERROR, "never said hello"},
    {"exits", WHOLE, MET, VERDICT_ERROR, "ended before it was ready: no such library"},
    {"dies-with-bytes", WHOLE, MET, VERDICT_ERROR, " bytes"},
    {"failed", WHOLE, MET, VERDICT_ERROR, "there is no adapter"},
    {"version-2", WHOLE, MET, VERDICT_ERROR, "speaks protocol 2"},
    {"nonsense", WHOLE, MET, VERDICT_ERROR, "what is this?"},
    {"long-line", WHOLE, MET, VERDICT_ERROR, "not in the protocol: xxxxx"},
    {"asked-for-nothing", WHOLE, MET, VERDICT_ERROR, "never made: 77"},
    {"is-init", WHOLE, MET, VERDICT_ERROR, "process 1, and that is none of ours"},
    {"is-nobody", WHOLE, MET, VERDICT_ERROR, "none of ours"},
    /* answers that are none */
    {"banana-at=fork", WHOLE, MET, VERDICT_ERROR, "neither ok, error nor cannot"},
    {"twice-at=close", WHOLE, MET, VERDICT_ERROR, "a request twice"},
    {"no-pid", WHOLE, MET, VERDICT_ERROR, "did not say which process"},
    {"pid-of-all", WHOLE, MET, VERDICT_ERROR, "did not say which process"},
    {"pid-of-init", CHILD "kill a SIGWINCH\n", MET, VERDICT_ERROR, "none of its own"},
    /* no answer */
    {"silent-at=open", WHOLE, PASSES, VERDICT_FAIL, "does not come"},
    {"silent-at=turn", WHOLE, PASSES, VERDICT_FAIL, "does not come"},
    {"silent-at=order", WHOLE, PASSES, VERDICT_FAIL, "does not"},
    {"silent-at=disposition", WHOLE, PASSES, VERDICT_FAIL, "does not"},
    {"silent-at=blocked", WHOLE, PASSES, VERDICT_FAIL, "does not come"},
    {"silent-at=close", WHOLE, PASSES, VERDICT_FAIL, "does not come"},
    {"silent-at=together", CHILD "together\n  main: close A may fail\nend\n", PASSES, VERDICT_FAIL,
     "does not"},
    {"silent-at=when", CHILD "when a reported\n  forget a of A\nend\n", PASSES, VERDICT_FAIL,
     "does not"},
    {"silent-at=forked", CTX "forked\n  ctx B on main\nend\n", PASSES, VERDICT_FAIL, "does not"},
    {"silent-at=waitpid", "foreign f\nexit f 0\nwaitpid f exit 0\n", PASSES, VERDICT_FAIL,
     "does not"},
    {"good", "foreign f\nwaitpid f exit 0\n", PASSES, VERDICT_FAIL, "does not"},
    /* its end, at each kind of step */
    {"die-at=open", WHOLE, MET, VERDICT_FAIL, "SIGSEGV"},
    {"die-at=fork", WHOLE, MET, VERDICT_FAIL, "SIGSEGV"},
    {"die-at=order", WHOLE, MET, VERDICT_FAIL, "SIGSEGV"},
    {"die-at=turn", WHOLE, MET, VERDICT_FAIL, "SIGSEGV"},
    {"die-at=close", WHOLE, MET, VERDICT_FAIL, "SIGSEGV while lane main was inside close"},
    {"die-at=disposition", WHOLE, MET, VERDICT_FAIL, "SIGSEGV"},
    {"die-at=blocked", WHOLE, MET, VERDICT_FAIL, "SIGSEGV"},
    {"die-at=lane", "lane t1\n", MET, VERDICT_FAIL, "SIGSEGV"},
    {"die-at=forked", "forked\n  ctx B on main\nend\n", MET, VERDICT_FAIL, "SIGSEGV"},
    {"die-at=when", CHILD "when a reported\n  forget a of A\nend\n", MET, VERDICT_FAIL, "SIGSEGV"},
    {"die-at=together", CHILD "together\n  main: close A may fail\nend\n", MET, VERDICT_FAIL,
     "SIGSEGV"},
    {"die-at=waitpid", "foreign f\nexit f 0\nwaitpid f exit 0\n", MET, VERDICT_FAIL, "SIGSEGV"},
    {"exit-at=close", WHOLE, MET, VERDICT_FAIL, "status 7"},
    {"close-at=open", WHOLE, PASSES, VERDICT_ERROR, "closed the protocol's socket and lives on"},
    {"good", CTX "signal SIGKILL to host\nquiet\n", MET, VERDICT_ERROR, "host-exit status=0x9"},
    /* no rest */
    {"flood-at=open", WHOLE, PASSES_SPINNING, VERDICT_FAIL, "does not come back from open"},
    {"flood-at=turn", WHOLE, PASSES_SPINNING, VERDICT_FAIL, "does not come out"},
    {"restless", CTX "quiet\n", PASSES, VERDICT_ERROR, "never came to rest"},
    {"restless", CTX, PASSES, VERDICT_ERROR, "never came to rest"},
    {"orders-lost", CHILD "exit a 3\nquiet\n", PASSES, VERDICT_ERROR, "never came to rest"},
    {"orders-lost", CHILD, PASSES, VERDICT_ERROR, "a was told to end"},
    /* the script is not done */
    {"good", "lane t1\n", MET, VERDICT_SKIP, "puppet cannot: it has one thread"},
    {"good", CTX "lane t1\nexpect disposition ignored\n", MET, VERDICT_SKIP, "one thread"},
    {"good", CTX "expect disposition ignored\nlane t1\n", MET, VERDICT_FAIL, "should be ignored"},
    {"fork-fails", CHILD, MET, VERDICT_FAIL, "EAGAIN"},
    {"fork-fails", CTX "child a of A fails EAGAIN\n", MET, VERDICT_PASS, ""},
    {"fork-fails", CTX "child a of A fails ENOMEM\n", MET, VERDICT_FAIL, "expected ENOMEM"},
    {"good", CTX "child a of A fails\nexit a 0\n", MET, VERDICT_FAIL, "should have failed"},
    {"good", CHILD "exit a 3\nexpect A reports a exit 4\n", MET, VERDICT_FAIL,
     "a was reported by A with exit 3"},
    {"good", CHILD "expect A reports a exit 4\n", MET, VERDICT_FAIL, "a was never reported"},
    {"good", CHILD "exit a 0\nexpect no report of a\n", MET, VERDICT_FAIL, "should not have been"},
    {"report-never", CHILD "exit a 3\nexpect A reports a exit 3\n", MET, VERDICT_FAIL,
     "a was never reported"},
    {"handler-goes-late", CTX "expect disposition default\n", MET, VERDICT_PASS, ""},
    {"handler-stays", CTX "expect disposition default\n", MET, VERDICT_FAIL,
     "is the library's handler (flags 0x0, mask 0x0), and should be default"},
    {"good", CTX "expect disposition ignored\n", MET, VERDICT_FAIL, "and should be ignored"},
    {"good", "foreign f exits 3\nwaitpid f exit 4\n", MET, VERDICT_FAIL,
     "gave status 0x300, expected 0x400"},
    /* what no step asks for, and oracles see without a probe */
    {"report-twice", WHOLE, MET, VERDICT_FAIL, "reported more than once"},
    {"report-never", LEFT_ALONE, MET, VERDICT_FAIL, "was never reported"},
    {"report-wrong", LEFT_ALONE, MET, VERDICT_FAIL, "exited with status 3, but was reported"},
    {"leaves-zombies", WHOLE, MET, VERDICT_FAIL, "it is a zombie"},
    {"steals", "ctx A on main owner selective\nforeign f\nexit f 1\nquiet\n", MET, VERDICT_FAIL,
     "was gone when the application waited for it"},
    {"good", CHILD "when a reported\n  forget a of A\nend\nexit a 3\nquiet\n", MET, VERDICT_PASS,
     ""},
    {"good", CTX "application ignores SIGINT\n", MET, VERDICT_PASS, ""},
    {"mute-action", CTX "application ignores SIGINT\n", MET, VERDICT_ERROR,
     "does not answer `action`"},
    /* what the language allows */
    {"good", "foreign f\nwaitpid f nothing\nexit f 1\nwaitpid f exit 1\nwaitpid f nothing\n", MET,
     VERDICT_PASS, ""},
    {"good", "foreign f\nwaitpid f nothing\nexit f 1\nwaitpid f exit 1\nwaitpid f lost\n", MET,
     VERDICT_PASS, ""},
    {"good", "foreigns ff 3 exits 2\nwaitpid ff exit 2\n", MET, VERDICT_PASS, ""},
    {"good", CTX "children kids 3 of A\nexit kids 5\nexpect A reports kids exit 5\nclose A\n", MET,
     VERDICT_PASS, ""},
    {"good",
     CTX "repeat 100\n  child a of A exits 1\n  quiet\n  expect A reports a exit 1\nend\nclose A\n",
     MET, VERDICT_PASS, ""},
    {"good", "repeat 200\n  ctx A on main\n  close A\nend\n", MET, VERDICT_PASS, ""},
    {"good", "foreign f\nkill f SIGWINCH\nquiet\nexpect f running\n", MET, VERDICT_PASS, ""},
    {"good", "foreign f\nkill f SIGSTOP\nexpect f stopped\nexit f 1\nquiet\nexpect f stopped\n",
     MET, VERDICT_PASS, ""},
    {"good", "foreign f\nkill f SIGABRT\nwaitpid f signal SIGABRT\n", MET, VERDICT_PASS, ""},
    {"good",
     "host inherits a child\nexpect inherited running\nexit inherited 4\n"
     "expect inherited waitable\n",
     MET, VERDICT_PASS, ""},
    {"good", "host inherits a child\nsignal SIGKILL to host\nquiet\n", MET, VERDICT_ERROR,
     "host-exit status=0x9"},
    {"good",
     "foreign f\ntrace f\nexit f 3\nquiet\nwaitpid f nothing\nuntrace f\nwaitpid f exit 3\n", MET,
     VERDICT_PASS, ""},
    {"good", "foreign f\ntrace f\nkill f SIGTERM\nuntrace f\nwaitpid f signal SIGTERM\n", MET,
     VERDICT_PASS, ""},
    {"good",
     "foreign f\ntrace f\nkill f SIGSTOP\nuntrace f\nexpect f stopped\nkill f SIGCONT\n"
     "exit f 1\nwaitpid f exit 1\n",
     MET, VERDICT_PASS, ""},
    {"good", "foreign f\ntrace f\nexit f 1\n", MET, VERDICT_PASS, ""},
    /* the whole takes too long */
    {"good", "deadline 1 seconds\nforeign f\nrepeat 100000\n  quiet\nend\n", PASSES, VERDICT_ERROR,
     "its deadline"},
};

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static bool verdict_says(const struct verdict *verdict, const char *what)
{
    if (verdict->reason && strstr(verdict->reason, what))
        return true;
    for (size_t i = 0; i < verdict->findings_count; i++)
        if (strstr(verdict->findings[i].what, what))
            return true;
    return !*what;
}

static void print_verdict(const struct play_case *this, const struct verdict *verdict)
{
    print_error("%s: %s\n", this->mode, this->script);
    print_error("  %s, expected %s \"%s\"\n", verdict_word(verdict->kind), verdict_word(this->kind),
                this->says);
    if (verdict->reason)
        print_error("  because %s\n", verdict->reason);
    for (size_t i = 0; i < verdict->findings_count; i++)
        print_error("  %s %s: %s\n", verdict->findings[i].requirement, verdict->findings[i].oracle,
                    verdict->findings[i].what);
}

static bool play_case(const struct play_case *this)
{
    struct scenario_options options = {
        .play = {.host = puppet, .adapters = {this->mode}, .slow = 1, .quiet_host = true},
        .impl_argument = "puppet",
        .command = ""};
    struct verdict verdict;
    struct script *script;
    long long start = now_ms();
    json_t *json;
    bool right;

    script = script_of(this->script);
    assert_int_equal(scenario_run(script, &options, &verdict), 0);
    right = (verdict.kind == this->kind && verdict_says(&verdict, this->says)) ||
            (this->deadline == PASSES_SPINNING && verdict.kind == VERDICT_ERROR &&
             verdict_says(&verdict, "or waits for its turn"));
    if (!right)
        print_verdict(this, &verdict);
    if (now_ms() - start > LATEST_MS) {
        print_error("%s: %s: the verdict came late\n", this->mode, this->script);
        right = false;
    }
    json = verdict_to_json(&verdict); /* whatever bytes a host says */
    assert_non_null(json);
    json_decref(json);
    if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD) {
        print_error("%s: %s: something was left running\n", this->mode, this->script);
        right = false;
    }
    verdict_clear(&verdict);
    script_free(script);
    return right;
}

/* In a process of its own, the parent of whatever is left: all cases that meet their deadlines, or
 * one that does not. */
static pid_t play_apart(const struct play_case *waits)
{
    pid_t pid = fork();
    size_t wrong = 0;

    if (pid != 0)
        return pid;
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        _exit(1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (waits ? waits == &cases[i] : cases[i].deadline == MET)
            wrong += !play_case(&cases[i]);
    fflush(NULL);
    _exit(wrong != 0);
}

static void test_every_host_gets_its_verdict(void **state)
{
    size_t started = 1, wrong = 0;
    int status;

    (void)state;
    fflush(NULL);
    assert_true(play_apart(NULL) > 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (cases[i].deadline != MET) {
            assert_true(play_apart(&cases[i]) > 0);
            started++;
        }
    for (; started > 0; started--) {
        assert_true(wait(&status) > 0);
        wrong += status != 0;
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_host_gets_its_verdict),
    };

    return cmocka_run_group_tests(tests, find_puppet, NULL);
}
