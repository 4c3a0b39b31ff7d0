/* SPDX-License-Identifier: MIT */
/*
 * The steps stand in a table, each with what PROTOCOL.md says of it. A step talks to the host and
 * leaves behind what was sent and answered last; it is shown where the step did not do well. When
 * the host is gone, or does not answer, nothing further is tried with it.
 */
#include "smoke/smoke.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "smoke/steps.h"

static const struct step {
    const char *title;
    bool needed;
    enum outcome (*try)(struct smoke *smoke);
    const char *section, *says; /* of PROTOCOL.md */
} steps[] = {
    {"says hello", true, try_hello, "Start",
     "the first line is `hello protocol=1 pid=... name=... version=... owners=... offers=...`"},
    {"is ready", true, try_ready, "Start", "`ready`, or `failed WHY`, follows the hello"},
    {"offers a mode, and children", true, try_modes, "Start",
     "owners= has a bit for each mode, offers= names fork, spawn or watch"},
    {"refuses what it does not know", true, try_unknown, "Requests and answers",
     "a verb that is not known is answered by `cannot WHY`"},
    {"refuses a lane that there is not", true, try_no_lane, "Requests and answers",
     "a lane that there is not: `error ENOENT`"},
    {"tells the disposition of SIGCHLD", true, try_disposition, "What the runner looks at",
     "`- disposition` -> `ok disposition=D flags=F mask=M`"},
    {"opens a ctx", true, try_open, "Requests and answers", "`main open A 0` -> `ok`"},
    {"opens one in a mode that it offers", true, try_owner, "Requests and answers",
     "`open CTX INDEX owner=OWNER`, for each mode in owners="},
    {"turns its loops", true, try_turn, "Requests and answers",
     "`turn` is answered when a full round brought nothing"},
    {"starts a child, passes on an order, reports the end", true, try_exit, "Children",
     "`- order CHILD exit N` goes to the child; then `event report ctx= pid= status=`"},
    {"reports a child that a signal ended", true, try_signal, "Events",
     "status= is what wait gives: the signal's number where one ended it"},
    {"reports a child that ends at once", true, try_at_once, "Children",
     "with `exit=N` the child finds its order as it starts"},
    {"refuses an order to a child that there is not", true, try_dead_order, "Requests and answers",
     "a child that there is not: `error ENOENT`"},
    {"closes a ctx", true, try_close, "Requests and answers", "`close CTX` -> `ok`"},
    {"opens one of that name again", true, try_open, "Requests and answers",
     "a name is free again once its ctx was closed"},
    {"turns its loops by itself", false, try_loop, "Requests and answers",
     "a lane with nothing to do turns the loops of its ctxs"},
    {"pauses a loop", false, try_pause, "Requests and answers",
     "a paused ctx reports nothing; `resume` lets it go on"},
    {"spawns a program (offers=spawn)", false, try_spawn, "Children", "`spawn CTX CHILD`"},
    {"sends a signal through the library (offers=kill)", false, try_kill, "Requests and answers",
     "`signal CTX CHILD N`"},
    {"keeps a request for a callback", false, try_when, "Events",
     "`event when NUMBER ...` comes before the report"},
    {"tells a lane's signal mask", false, try_blocked, "What the runner looks at",
     "`LANE blocked` -> `ok blocked=SET`"},
    {"starts a child of the application's, and waits for it", false, try_foreign, "Children",
     "`foreign CHILD` -> `ok pid=`, `waitpid CHILD N` -> `ok pid= status=`"},
    {"adopts such a child (offers=watch)", false, try_adopt, "Requests and answers",
     "`watch CTX CHILD`"},
    {"makes a lane, with a ctx of its own", false, try_lane, "Requests and answers",
     "`- lane NAME` -> `ok tid=`; bit 8 of features= says: all ctxs live on one thread"},
    {"starts requests together", false, try_together, "Requests and answers",
     "`- together N`, then N requests marked `+`"},
    {"sets a disposition", false, try_action, "Requests and answers",
     "`action SIGNAL WORD` -> `ok disposition= flags=`"},
    {"changes a mask", false, try_mask, "Requests and answers", "`mask SIGNAL block`"},
    {"sends itself signals", false, try_raise, "Requests and answers", "`raise SIGNAL N`"},
    {"runs shells", false, try_shells, "Requests and answers", "`system`, `popen` -> `ok status=`"},
    {"closes it", true, try_close, "Requests and answers", "`close CTX` -> `ok`"},
    {"reports no end twice", true, try_once, "Events", "`event report`, once for each child"},
    {"says nothing else", true, try_words, "Events",
     "a line is an answer, once for each request, or an event of these"},
    {"ends when told to", true, try_quit, "The end", "`- quit` ends the process, whatever it does"},
    {"ends when the runner is gone", true, try_hang_up, "The end",
     "at the end of file on the socket the host exits"},
};
enum { STEPS = sizeof steps / sizeof steps[0] };

/* -- what is printed -- */

static void show_last_words(const struct smoke *smoke)
{
    const char *last = smoke->talk.err;
    size_t length = strcspn(last, "\n");

    for (const char *at = last; *at; at += strspn(at, "\n")) {
        last = at;
        length = strcspn(at, "\n");
        at += length;
    }
    if (length == 0)
        return;
    fputs("             stderr    ", smoke->out);
    for (size_t i = 0; i < length; i++)
        fputc(isprint((unsigned char)last[i]) ? last[i] : '?', smoke->out);
    fputc('\n', smoke->out);
}

static void show(const struct smoke *smoke, const struct step *step, enum outcome outcome)
{
    static const char *const words[] = {"ok", "missing", "wrong", "-"};
    const struct talk *talk = &smoke->talk;
    char fate[128];

    fprintf(smoke->out, "  %-8s %s%s\n", words[outcome], step->title,
            outcome == MISSING && step->needed ? " (needed)" : "");
    if (outcome != MISSING && outcome != WRONG)
        return;
    if (talk->sent[0])
        fprintf(smoke->out, "             sent      %s\n", talk->sent);
    if (talk->sent[0] && talk->answered[0])
        fprintf(smoke->out, "             answered  %s\n", talk->answered);
    for (size_t i = smoke->from, shown = 0; i < talk->lines_count && shown < 3; i++, shown++)
        fprintf(smoke->out, "             said      %.120s\n", talk->lines[i]);
    if (outcome == WRONG && (talk->stuck || talk->closed))
        fprintf(smoke->out, "             but       %s\n", talk_fate(talk, fate, sizeof fate));
    if (smoke->note[0])
        fprintf(smoke->out, "             but       %s\n", smoke->note);
    if (outcome == WRONG)
        show_last_words(smoke);
    fprintf(smoke->out, "             see       PROTOCOL.md, %s: %s\n", step->section, step->says);
}

/* What an adapter of C would have to fill in. */
static void show_members(const struct smoke *smoke)
{
    static const struct {
        const char *offer, *member, *brings;
    } members[] = {
        {"owner", "set_owner", "a mode that is chosen, and changed"},
        {"fork", "child_fork",
         "children that the library forks; for most scenarios spawn or watch serves as well"},
        {"spawn", "child_spawn", "programs that are started through the library"},
        {"watch", "child_watch", "children that the application has started"},
        {"forget", "child_forget", "a child that nobody wants to hear of any more"},
        {"kill", "child_kill", "signals that are sent through the library"},
        {"wake", "wake", "lanes that take requests at once, not at their next turn"},
        {"told-reaped", "told_reaped", "the mode mainloop, told of a status"},
        {"told-sigchld", "told_sigchld", "the mode mainloop, told of a signal"},
        {"postfork", "postfork", "a forked copy of the process that goes on"},
        {"carefd", "carefd_open, carefd_close", "files that no child is to have"},
    };

    for (size_t i = 0; smoke->offers[0] && i < sizeof members / sizeof members[0]; i++)
        if (!offers(smoke, members[i].offer) &&
            (smoke->options->adapter || strcmp(members[i].offer, "wake") != 0))
            fprintf(smoke->out, "  not offered: %s%s%s%s: %s\n", members[i].offer,
                    smoke->options->adapter ? " (" : "",
                    smoke->options->adapter ? members[i].member : "",
                    smoke->options->adapter ? " is NULL)" : "", members[i].brings);
}

bool smoke_run(const struct smoke_options *options, FILE *out)
{
    struct smoke *smoke = calloc(1, sizeof *smoke);
    unsigned count[UNTRIED + 1] = {0}, needed = 0;

    if (!smoke)
        return false;
    smoke->options = options;
    smoke->out = out;
    smoke->by_itself = true;
    if (talk_start(&smoke->talk, options->host, options->adapter, options->child, options->slow))
        smoke->talk.closed = true;
    for (size_t i = 0; i < STEPS; i++) {
        const struct step *step = &steps[i];
        bool own_host = step->try == try_hang_up;
        enum outcome outcome = UNTRIED;

        smoke->note[0] = smoke->talk.sent[0] = smoke->talk.answered[0] = '\0';
        smoke->from = i < 2 || own_host ? 0 : smoke->talk.lines_count;
        if (own_host ? count[WRONG] == 0 : !smoke->talk.stuck && !smoke->talk.closed)
            outcome = step->try(smoke);
        if (outcome == WRONG && smoke->talk.closed)
            talk_end(&smoke->talk, 1000);
        count[outcome]++;
        needed += step->needed && outcome != GOOD;
        show(smoke, step, outcome);
    }
    talk_stop(&smoke->talk);
    show_members(smoke);
    fprintf(out, "\n%u ok, %u missing, %u wrong, %u not tried: ", count[GOOD], count[MISSING],
            count[WRONG], count[UNTRIED]);
    if (needed == 0 && count[WRONG] == 0)
        fprintf(out, "%s can be judged\n", options->name);
    else
        fprintf(out, "%s cannot be judged yet\n", options->name);
    free(smoke);
    return needed == 0 && count[WRONG] == 0;
}
