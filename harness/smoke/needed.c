/* SPDX-License-Identifier: MIT */
/* The steps without which no scenario can be played. */
#include "smoke/steps.h"

#include <signal.h>
#include <string.h>
#include "adapter.h"
#include "runner/wire.h"

enum outcome try_hello(struct smoke *smoke)
{
    const char *hello = talk_line(&smoke->talk, 0, "", START_MS);
    char name[64], version[64];

    if (!hello) {
        smoke->talk.stuck = !smoke->talk.closed;
        return smoke->talk.closed ? WRONG : wrong(smoke, "it says nothing");
    }
    if (strncmp(hello, "failed", 6) == 0)
        return wrong(smoke, "there is nothing to drive");
    wire_value(hello, "offers", smoke->offers, sizeof smoke->offers);
    smoke->owners = (unsigned)wire_number(hello, "owners", 0);
    smoke->features = (unsigned)wire_number(hello, "features", 0);
    if (strncmp(hello, "hello ", 6) != 0)
        return wrong(smoke, "the first line is no hello");
    if (wire_number(hello, "protocol", 0) != 1)
        return wrong(smoke, "it lacks protocol=1");
    if (wire_number(hello, "pid", 0) != smoke->talk.pid)
        return wrong(smoke, "pid= is not its process, %d", smoke->talk.pid);
    if (!wire_value(hello, "name", name, sizeof name) ||
        !wire_value(hello, "version", version, sizeof version))
        return wrong(smoke, "it lacks name= or version=");
    return GOOD;
}

enum outcome try_ready(struct smoke *smoke)
{
    if (talk_line(&smoke->talk, 0, "ready", START_MS))
        return GOOD;
    if (talk_line(&smoke->talk, 0, "failed", 0))
        return wrong(smoke, "there is nothing to drive");
    smoke->talk.stuck = !smoke->talk.closed;
    return wrong(smoke, "there was no line \"ready\"");
}

enum outcome try_modes(struct smoke *smoke)
{
    if (smoke->owners == 0 || smoke->owners > 15)
        return wrong(smoke, "owners=%u names no mode of 1, 2, 4 and 8", smoke->owners);
    if (!offers(smoke, "fork") && !offers(smoke, "spawn") && !offers(smoke, "watch"))
        return wrong(smoke, "offers=%s has none of fork, spawn and watch: there can be no child",
                     smoke->offers);
    return GOOD;
}

enum outcome try_disposition(struct smoke *smoke)
{
    return ask_with(smoke, "disposition", "-", "disposition");
}

enum outcome try_unknown(struct smoke *smoke)
{
    const char *answer = talk_ask(&smoke->talk, "main", "no-such-verb A");

    return answer && (strncmp(answer, "cannot", 6) == 0 || strncmp(answer, "error ", 6) == 0)
               ? GOOD
               : WRONG;
}

enum outcome try_no_lane(struct smoke *smoke)
{
    const char *answer = talk_ask(&smoke->talk, "no-lane", "turn");

    return !answer || strncmp(answer, "error ", 6) != 0 ? WRONG : GOOD;
}

enum outcome try_open(struct smoke *smoke)
{
    return ASK(smoke, "main", "open A 0");
}

enum outcome try_owner(struct smoke *smoke)
{
    static const char *const words[] = {"library", "mainloop", "always", "selective"};

    for (unsigned i = 0; i < 4; i++) {
        enum outcome outcome;

        if (!(smoke->owners & RC_OWNS(i)) || i == RC_OWNER_MAINLOOP)
            continue;
        outcome = ASK(smoke, "main", "open O 1 owner=%s", words[i]);
        return outcome == GOOD ? ASK(smoke, "main", "close O") : outcome;
    }
    return GOOD;
}

enum outcome try_turn(struct smoke *smoke)
{
    return ASK(smoke, "main", "turn");
}

enum outcome try_exit(struct smoke *smoke)
{
    pid_t pid;
    enum outcome outcome = start(smoke, "main", "A", "a", "", &pid);

    if (outcome == GOOD)
        outcome = ASK(smoke, "-", "order a exit 3");
    return outcome == GOOD ? await_report(smoke, "main", "A", pid, 3 << 8) : outcome;
}

enum outcome try_signal(struct smoke *smoke)
{
    pid_t pid;
    enum outcome outcome = start(smoke, "main", "A", "b", "", &pid);

    if (outcome != GOOD)
        return outcome;
    kill(pid, SIGTERM); /* ours: it was seen to descend from us */
    return await_report(smoke, "main", "A", pid, SIGTERM);
}

enum outcome try_at_once(struct smoke *smoke)
{
    pid_t pid;
    enum outcome outcome = start(smoke, "main", "A", "c", " exit=0", &pid);

    return outcome == GOOD ? await_report(smoke, "main", "A", pid, 0) : outcome;
}

enum outcome try_dead_order(struct smoke *smoke)
{
    const char *answer = talk_ask(&smoke->talk, "-", "order nobody exit 0");

    return !answer || strncmp(answer, "error ", 6) != 0 ? WRONG : GOOD;
}

enum outcome try_close(struct smoke *smoke)
{
    return ASK(smoke, "main", "close A");
}

/* All that was said without being asked for. */
enum outcome try_words(struct smoke *smoke)
{
    static const char *const begins[] = {"hello ",        "limit ",          "ready",
                                         "event report ", "event lost ",     "event stranger ",
                                         "event when ",   "event disaster ", "event warned "};

    for (size_t i = 0; i < smoke->talk.lines_count; i++) {
        const char *line = smoke->talk.lines[i];
        bool known = false;

        for (size_t j = 0; j < sizeof begins / sizeof begins[0]; j++)
            known |= strncmp(line, begins[j], strlen(begins[j])) == 0;
        if (known)
            continue;
        smoke->from = i;
        return wrong(smoke, line[0] >= '0' && line[0] <= '9'
                                ? "it answers what was answered, or never asked"
                                : "it says what is not in the protocol");
    }
    return GOOD;
}

/* Each end once, though it be long after. */
enum outcome try_once(struct smoke *smoke)
{
    for (size_t i = 0; i < smoke->talk.lines_count; i++)
        for (size_t j = i + 1; j < smoke->talk.lines_count; j++)
            if (strncmp(smoke->talk.lines[i], "event report ", 13) == 0 &&
                strcmp(smoke->talk.lines[i], smoke->talk.lines[j]) == 0) {
                smoke->from = j;
                return wrong(smoke, "the same end is reported twice");
            }
    return GOOD;
}

enum outcome try_quit(struct smoke *smoke)
{
    talk_ask(&smoke->talk, "-", "quit");
    smoke->talk.stuck = false;
    return talk_end(&smoke->talk, END_MS) ? GOOD : wrong(smoke, "the host lives on");
}

/* With a host of its own. */
enum outcome try_hang_up(struct smoke *smoke)
{
    talk_stop(&smoke->talk);
    if (talk_start(&smoke->talk, smoke->options->host, smoke->options->adapter,
                   smoke->options->child, smoke->options->slow) ||
        !talk_line(&smoke->talk, 0, "ready", START_MS))
        return wrong(smoke, "started once more, the host does not get ready");
    talk_hang_up(&smoke->talk);
    return talk_end(&smoke->talk, END_MS) ? GOOD : wrong(smoke, "the host lives on");
}
