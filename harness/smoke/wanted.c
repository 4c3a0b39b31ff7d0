/* SPDX-License-Identifier: MIT */
/* The steps that some scenarios want, and others do without. */
#include "smoke/steps.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "adapter.h"
#include "runner/wire.h"

enum outcome try_blocked(struct smoke *smoke)
{
    return ask_with(smoke, "blocked", "main", "blocked");
}

enum outcome try_loop(struct smoke *smoke)
{
    return smoke->by_itself ? GOOD : MISSING;
}

enum outcome try_spawn(struct smoke *smoke)
{
    enum outcome outcome;
    pid_t pid;

    if (!offers(smoke, "spawn"))
        return MISSING;
    smoke->from = smoke->talk.lines_count;
    outcome = ASK(smoke, "main", "spawn A j");
    pid = (pid_t)wire_number(smoke->talk.answered, "pid", 0);
    if (outcome == GOOD)
        outcome = ASK(smoke, "-", "order j exit 6");
    return outcome == GOOD ? await_report(smoke, "main", "A", pid, 6 << 8) : outcome;
}

enum outcome try_kill(struct smoke *smoke)
{
    enum outcome outcome;
    pid_t pid;

    if (!offers(smoke, "kill"))
        return MISSING;
    outcome = start(smoke, "main", "A", "d", "", &pid);
    if (outcome == GOOD)
        outcome = ASK(smoke, "main", "signal A d %d", SIGKILL);
    return outcome == GOOD ? await_report(smoke, "main", "A", pid, SIGKILL) : outcome;
}

enum outcome try_pause(struct smoke *smoke)
{
    pid_t pid;
    enum outcome outcome = start(smoke, "main", "A", "e", "", &pid);

    if (outcome == GOOD)
        outcome = ASK(smoke, "main", "pause A");
    if (outcome != GOOD) {
        talk_ask(&smoke->talk, "-", "order e exit 0");
        return outcome;
    }
    if ((outcome = ASK(smoke, "-", "order e exit 5")) != GOOD)
        return outcome;
    if (talk_line(&smoke->talk, smoke->from, "event report ctx=A", QUIET_MS))
        return wrong(smoke, "the ctx reported a child while it was paused");
    outcome = ASK(smoke, "main", "resume A");
    return outcome == GOOD ? await_report(smoke, "main", "A", pid, 5 << 8) : outcome;
}

enum outcome try_when(struct smoke *smoke)
{
    enum outcome outcome;
    char begin[32];
    pid_t pid;

    if ((outcome = start(smoke, "main", "A", "f", "", &pid)) != GOOD)
        return outcome;
    outcome = ASK(smoke, "main", "when f blocked");
    snprintf(begin, sizeof begin, "event when %ld ", smoke->talk.number);
    talk_ask(&smoke->talk, "-", "order f exit 0");
    if (outcome != GOOD)
        return outcome;
    if ((outcome = await_report(smoke, "main", "A", pid, 0)) != GOOD)
        return outcome;
    if (!talk_line(&smoke->talk, smoke->from, begin, 0))
        return wrong(smoke, "no line \"%s...\" came before the report", begin);
    return GOOD;
}

enum outcome try_foreign(struct smoke *smoke)
{
    enum outcome outcome = ASK(smoke, "main", "foreign g exit=7");
    pid_t pid = (pid_t)wire_number(smoke->talk.answered, "pid", 0);

    if (outcome == GOOD && pid <= 0)
        return wrong(smoke, "the answer lacks pid=");
    if (outcome == GOOD)
        outcome = ASK(smoke, "main", "waitpid g 0");
    /* One that reaps every child of the process may have been first. */
    if (outcome != GOOD && strstr(smoke->talk.answered, " error ECHILD") &&
        !(smoke->owners & (RC_OWNS(RC_OWNER_SELECTIVE) | RC_OWNS(RC_OWNER_MAINLOOP))))
        return GOOD;
    if (outcome == GOOD && (wire_number(smoke->talk.answered, "pid", 0) != pid ||
                            wire_number(smoke->talk.answered, "status", 0) != 7 << 8))
        return wrong(smoke, "the answer should have been pid=%d status=%d", pid, 7 << 8);
    return outcome;
}

enum outcome try_adopt(struct smoke *smoke)
{
    enum outcome outcome;
    pid_t pid;

    if (!offers(smoke, "watch"))
        return MISSING;
    smoke->from = smoke->talk.lines_count;
    outcome = ASK(smoke, "main", "foreign h");
    pid = (pid_t)wire_number(smoke->talk.answered, "pid", 0);
    if (outcome == GOOD)
        outcome = ASK(smoke, "main", "watch A h");
    if (outcome == GOOD)
        outcome = ASK(smoke, "-", "order h exit 2");
    return outcome == GOOD ? await_report(smoke, "main", "A", pid, 2 << 8) : outcome;
}

enum outcome try_lane(struct smoke *smoke)
{
    enum outcome outcome;
    pid_t pid;

    if ((outcome = ask_with(smoke, "tid", "-", "lane t1")) != GOOD ||
        (outcome = ASK(smoke, "t1", "turn")) != GOOD)
        return outcome;
    if (!(smoke->features & RC_FEATURE_ONE_THREAD)) {
        if ((outcome = ASK(smoke, "t1", "open B 2")) != GOOD ||
            (outcome = start(smoke, "t1", "B", "i", "", &pid)) != GOOD ||
            (outcome = ASK(smoke, "-", "order i exit 4")) != GOOD ||
            (outcome = await_report(smoke, "t1", "B", pid, 4 << 8)) != GOOD ||
            (outcome = ASK(smoke, "t1", "close B")) != GOOD)
            return outcome;
    }
    return ASK(smoke, "t1", "unlane");
}

enum outcome try_together(struct smoke *smoke)
{
    enum outcome outcome = ASK(smoke, "-", "together 1");

    return outcome == GOOD ? ASK(smoke, "main", "+ turn") : outcome;
}

enum outcome try_action(struct smoke *smoke)
{
    char words[32];
    enum outcome outcome;

    snprintf(words, sizeof words, "action %d ignore", SIGUSR2);
    outcome = ask_with(smoke, "disposition", "main", words);
    return outcome == GOOD ? ASK(smoke, "main", "action %d default", SIGUSR2) : outcome;
}

enum outcome try_mask(struct smoke *smoke)
{
    enum outcome outcome = ASK(smoke, "main", "mask %d block", SIGUSR2);

    if (outcome == GOOD)
        outcome = ask_with(smoke, "blocked", "main", "blocked");
    if (outcome == GOOD && !(wire_number(smoke->talk.answered, "blocked", 0) & 1 << (SIGUSR2 - 1)))
        return wrong(smoke, "signal %d is not among the blocked ones", SIGUSR2);
    return outcome == GOOD ? ASK(smoke, "main", "mask %d unblock", SIGUSR2) : outcome;
}

enum outcome try_raise(struct smoke *smoke)
{
    return ASK(smoke, "main", "raise %d 2", SIGCHLD);
}

enum outcome try_shells(struct smoke *smoke)
{
    enum outcome outcome = ask_with(smoke, "status", "main", "system");

    if (outcome == GOOD && wire_number(smoke->talk.answered, "status", 0) != 7 << 8)
        return wrong(smoke, "the status should have been %d", 7 << 8);
    return outcome == GOOD ? ask_with(smoke, "status", "main", "popen") : outcome;
}
