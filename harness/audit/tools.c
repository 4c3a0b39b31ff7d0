/* SPDX-License-Identifier: MIT */
/*
 * The tools, as tables: what each cannot see, which planted faults it must report, the scripts that
 * it cannot do justice to, and the row that brings these together.
 */
#include "audit/tool.h"

#include "history/tsan.h"

/* What is said of all tools of valgrind. */
#define IN_VALGRIND                                                                                \
    "Threads run one at a time, and signals are delivered between blocks of code: a handler that " \
    "meets half-made state in the midst of a store is never seen.",                                \
        "What a forked child does before it execs or ends is not reported, nor what a host "       \
        "killed "                                                                                  \
        "by a signal that cannot be caught would have been charged with at its end."

static const char *const blind_helgrind[] = {
    "It knows no C11 atomics. An addition, exchange or compare-and-swap, and on x86 a sequentially "
    "consistent store, is taken for a load, so a race with it is missed; plain moves, which "
    "relaxed "
    "and release stores are, are reported though they may be right; and what atomics order has to "
    "be told it (ANNOTATE_HAPPENS_BEFORE).",
    "It does not know what pipes, eventfds and sockets order, and may report what they protect.",
    "What libc's code does to memory (a string copied, a number printed) is swallowed by its "
    "default suppression helgrind-glibc2X-005, whatever memory it is.",
    "A thread and the handler that interrupts it are one thread to it.",
    "A second lock of a static mutex by its owner: not reported unless the mutex was made known "
    "(VALGRIND_HG_MUTEX_INIT_POST); in a host the probe does that for every mutex of the library.",
    "Steps that a script does one after the other are ordered, as the application would have to "
    "order them; only what scripts do together, loops and handlers race.",
    IN_VALGRIND,
    NULL,
};

static const char *const blind_drd[] = {
    "It knows no C11 atomics, as Helgrind does not.",
    "It does not know what pipes, eventfds and sockets order, and may report what they protect.",
    "A thread and the handler that interrupts it are one thread to it.",
    "It does not look at the order of locks.",
    "It forgets accesses that lie far enough back in the order of threads.",
    IN_VALGRIND,
    NULL,
};

static const char *const blind_memcheck[] = {
    "It does not look at what threads do to one another.",
    "Accesses beyond an array on the stack or among globals.",
    "Memory of which a pointer is left somewhere is not lost to it.",
    IN_VALGRIND,
    NULL,
};

#define OF_MEMORY     "it is Memcheck's to find"
#define OF_ARITHMETIC "it is UBSan's to find"
#define OF_THREADS    "it is Helgrind's and DRD's to find"

static const struct audit_control controls_helgrind[] = {
    {"handler-race", "Race", "data race", NULL},
    {"lock-order", "LockOrder", "order", NULL},
    {"nested-static", "Misc", "re-lock a non-recursive lock",
     "a mutex it first meets locked is taken for a recursive one"},
    {"nested-static-named", "Misc", "re-lock a non-recursive lock", NULL},
    {"nested-dynamic", "Misc", "re-lock a non-recursive lock", NULL},
    {"use-after-free", NULL, NULL, OF_MEMORY},
    {"not-set", NULL, NULL, OF_MEMORY},
    {"leak", NULL, NULL, OF_MEMORY},
    {"shift", NULL, NULL, OF_ARITHMETIC},
    {NULL, NULL, NULL, NULL},
};

static const struct audit_control controls_drd[] = {
    {"handler-race", "ConflictingAccess", "Conflicting", NULL},
    {"lock-order", NULL, NULL, "it does not look at the order of locks"},
    {"nested-static", "MutexErr", "Recursive locking not allowed", NULL},
    {"nested-static-named", "MutexErr", "Recursive locking not allowed", NULL},
    {"nested-dynamic", "MutexErr", "Recursive locking not allowed", NULL},
    {"use-after-free", NULL, NULL, OF_MEMORY},
    {"not-set", NULL, NULL, OF_MEMORY},
    {"leak", NULL, NULL, OF_MEMORY},
    {"shift", NULL, NULL, OF_ARITHMETIC},
    {NULL, NULL, NULL, NULL},
};

static const struct audit_control controls_memcheck[] = {
    {"handler-race", NULL, NULL, OF_THREADS},
    {"lock-order", NULL, NULL, "it is Helgrind's to find"},
    {"nested-static", NULL, NULL, OF_THREADS},
    {"nested-static-named", NULL, NULL, OF_THREADS},
    {"nested-dynamic", NULL, NULL, OF_THREADS},
    {"use-after-free", "InvalidRead", "Invalid read", NULL},
    {"not-set", "UninitCondition", "uninitialised", NULL},
    {"leak", "Leak_DefinitelyLost", "definitely lost", NULL},
    {"shift", NULL, NULL, OF_ARITHMETIC},
    {NULL, NULL, NULL, NULL},
};

/* What DRD does at each lock and each signal grows with the number of threads and of accesses that
 * it remembers: these did not end in ten minutes. */
static const char *const beyond_drd[] = {
    "handler/storm-two-contexts",
    "sharing/sixty-four-contexts",
    NULL,
};

/* What is said of all sanitizers. */
#define IN_SANITIZERS                                                                              \
    "Only what was compiled with it is looked at: not what a library that is linked or loaded "    \
    "ready-made does, but for what it hands to libc."

static const char *const blind_asan[] = {
    "It does not look at what threads do to one another, nor at memory that nobody set.",
    "Memory of which a pointer is left somewhere is not lost to it; what is lost is looked for "
    "once, where the host is told to quit.",
    "No call of malloc can be made to fail, and what is left of memory is not counted: it keeps "
    "the allocator to itself.",
    IN_SANITIZERS,
    NULL,
};

static const char *const blind_ubsan[] = {
    "It looks at arithmetic, alignment, bounds and pointers as they are used, not at threads or at "
    "memory that was given up.",
    IN_SANITIZERS,
    NULL,
};

static const char *const blind_tsan[] = {
    "Signals are delivered late: when a thread makes a call that may sleep, not between two "
    "accesses. A handler that meets half-made state is not seen, nor one that interrupts another.",
    "A thread and the handler that interrupts it are one thread to it.",
    "It says nothing of what a forked child does.",
    "It remembers the last accesses of each thread only.",
    "Steps that a script does one after the other are ordered, as the application would have to "
    "order them; only what scripts do together, loops and handlers race.",
    "No call of malloc can be made to fail: it keeps the allocator to itself.",
    IN_SANITIZERS,
    NULL,
};

static const struct audit_control controls_asan[] = {
    {"handler-race", NULL, NULL, OF_THREADS},
    {"lock-order", NULL, NULL, "it is Helgrind's and TSan's to find"},
    {"nested-static", NULL, NULL, OF_THREADS},
    {"nested-static-named", NULL, NULL, OF_THREADS},
    {"nested-dynamic", NULL, NULL, OF_THREADS},
    {"use-after-free", "heap-use-after-free", "heap-use-after-free", NULL},
    {"not-set", NULL, NULL, "it is Memcheck's to find"},
    {"leak", "Leak_Direct", "Direct leak of", NULL},
    {"shift", NULL, NULL, OF_ARITHMETIC},
    {NULL, NULL, NULL, NULL},
};

static const struct audit_control controls_ubsan[] = {
    {"handler-race", NULL, NULL, OF_THREADS},
    {"lock-order", NULL, NULL, "it is Helgrind's and TSan's to find"},
    {"nested-static", NULL, NULL, OF_THREADS},
    {"nested-static-named", NULL, NULL, OF_THREADS},
    {"nested-dynamic", NULL, NULL, OF_THREADS},
    {"use-after-free", NULL, NULL, "it is Memcheck's and ASan's to find"},
    {"not-set", NULL, NULL, OF_MEMORY},
    {"leak", NULL, NULL, "it is Memcheck's and ASan's to find"},
    {"shift", "undefined", "shift exponent 40", NULL},
    {NULL, NULL, NULL, NULL},
};

#define BEFORE_THE_LOCK                                                                            \
    "it looks at a lock when it has been taken, and this one never is (the probe sees it)"

static const struct audit_control controls_tsan[] = {
    {"handler-race", "data race", "data race", NULL},
    {"lock-order", "lock-order-inversion", "potential deadlock", NULL},
    {"nested-static", NULL, NULL, BEFORE_THE_LOCK},
    {"nested-static-named", NULL, NULL, BEFORE_THE_LOCK},
    {"nested-dynamic", NULL, NULL, BEFORE_THE_LOCK},
    {"use-after-free", "heap-use-after-free", "heap-use-after-free", NULL},
    {"not-set", NULL, NULL, OF_MEMORY},
    {"leak", NULL, NULL, "it is Memcheck's and ASan's to find"},
    {"shift", NULL, NULL, OF_ARITHMETIC},
    {NULL, NULL, NULL, NULL},
};

/* -- scripts that a tool cannot do justice to -- */

typedef bool step_test(const struct step *step);

static bool any_step(const struct step *steps, size_t count, step_test *test)
{
    for (size_t i = 0; i < count; i++)
        if (test(&steps[i]) || any_step(steps[i].block, steps[i].block_count, test))
            return true;
    return false;
}

static bool wants_no_memory(const struct step *step)
{
    return step->verb == VERB_FAIL && step->call == CALL_MALLOC;
}

static bool calls_from_handler(const struct step *step)
{
    return step->verb == VERB_ACTION && step->condition == CONDITION_TELLS;
}

static bool watches_process(const struct step *step)
{
    return step->verb == VERB_SUBJECT || step->verb == VERB_EXPECT_REGISTERS ||
           step->verb == VERB_BEFOREPOLL;
}

static const char *unfit_for_valgrind(const struct script *script)
{
    if (any_step(script->steps, script->steps_count, watches_process))
        return "Valgrind 3.19 knows no pidfds: a process is looked at now and then instead, for "
               "which a script about events does not wait";
    return any_step(script->steps, script->steps_count, wants_no_memory)
               ? "Valgrind keeps the allocator to itself: no call of malloc can be made to fail"
               : NULL;
}

static const char *unfit_for_memory(const struct script *script)
{
    return any_step(script->steps, script->steps_count, wants_no_memory)
               ? "a sanitizer keeps the allocator to itself: no call of malloc can be made to fail"
               : NULL;
}

static const char *unfit_for_tsan(const struct script *script)
{
    if (any_step(script->steps, script->steps_count, calls_from_handler))
        return "the application calls the library from its signal handler, against the rules; TSan "
               "charges whoever is called there";
    return unfit_for_memory(script);
}

/* A forked child would write into its parent's report. Threads take turns, so that none starves.
 * With -q the suppressions would not be told. */
#define VALGRIND_OPTIONS                                                                           \
    "--child-silent-after-fork=yes --trace-children=no --fair-sched=try --num-callers=24 "         \
    "--vgdb=no --xml=yes --xml-fd"

const struct audit_tool audit_tools[] = {
    {
        .name = "helgrind",
        .asks = "races between threads, order of locks, misuse of mutexes",
        .blind = blind_helgrind,
        .program = "valgrind",
        .options = "--tool=helgrind " VALGRIND_OPTIONS,
        .slow = 6,
        .read = audit_read_valgrind,
        .unfit = unfit_for_valgrind,
        .controls = controls_helgrind,
    },
    {
        .name = "drd",
        .asks = "races between threads, misuse of mutexes and conditions",
        .blind = blind_drd,
        .program = "valgrind",
        .options = "--tool=drd " VALGRIND_OPTIONS,
        .slow = 6,
        .beyond = beyond_drd,
        .read = audit_read_valgrind,
        .unfit = unfit_for_valgrind,
        .controls = controls_drd,
    },
    {
        .name = "memcheck",
        .asks = "memory used after it was freed, beyond its end or before it was set, and lost",
        .blind = blind_memcheck,
        .program = "valgrind",
        .options = "--tool=memcheck --leak-check=full --show-leak-kinds=definite "
                   "--errors-for-leak-kinds=definite " VALGRIND_OPTIONS,
        .slow = 6,
        .read = audit_read_valgrind,
        .unfit = unfit_for_valgrind,
        .controls = controls_memcheck,
    },
    {
        .name = "asan",
        .asks = "memory used after it was freed or beyond its end, and lost (AddressSanitizer)",
        .blind = blind_asan,
        .program = "env",
        .options = "ASAN_OPTIONS=exitcode=0:halt_on_error=0:detect_leaks=1 REAPCHECK_REPORT",
        .variant = "asan",
        .slow = 3,
        .read = audit_read_sanitizer,
        .controls = controls_asan,
        .unfit = unfit_for_memory,
    },
    {
        .name = "ubsan",
        .asks = "what C leaves undefined (UndefinedBehaviorSanitizer)",
        .blind = blind_ubsan,
        .program = "env",
        .options = "UBSAN_OPTIONS=print_stacktrace=1 REAPCHECK_REPORT",
        .variant = "ubsan",
        .slow = 2,
        .read = audit_read_sanitizer,
        .controls = controls_ubsan,
    },
    {
        .name = "tsan",
        .asks = "races between threads, order of locks, handlers (ThreadSanitizer)",
        .blind = blind_tsan,
        .program = "env",
        /* It would end a forked child that starts a thread, and sleep at the end of each. */
        .options = "TSAN_OPTIONS=exitcode=0:die_after_fork=0:atexit_sleep_ms=0:detect_deadlocks=1:"
                   "second_deadlock_stack=1:history_size=4 REAPCHECK_REPORT",
        .variant = "tsan",
        .slow = 6,
        .nap_ms = TSAN_NAP_MS,
        .read = audit_read_sanitizer,
        .controls = controls_tsan,
        .unfit = unfit_for_tsan,
    },
    {0},
};
