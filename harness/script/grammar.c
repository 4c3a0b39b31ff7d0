/* SPDX-License-Identifier: MIT */
/*
 * All that can be said in a script. The parser works from these patterns, messages say what they
 * say, `reapcheck help script` prints them: a statement is added here, and where its words set a
 * member of struct step that no other statement sets, in value.c.
 */
#include "script/grammar.h"

#include <stdio.h>
#include <string.h>
#include "history/calls.h"
#include "script/words.h"

enum { WIDTH = 80 }; /* of what is printed */

const struct statement grammar_headers[] = {
    {.header = HEADER_SCENARIO,
     .pattern = "scenario WORD...",
     .help = "what this is about, for a newcomer"},
    {.header = HEADER_COVERS,
     .pattern = "covers ID...",
     .help = "the requirements that it tells something about"},
    {.header = HEADER_NEEDS,
     .pattern = "needs NEED...",
     .help = "what an implementation has to offer beyond what the steps show"},
    {.header = HEADER_HOST,
     .pattern = "host ignores|blocks SIGCHLD",
     .help = "the host starts with SIGCHLD ignored or blocked"},
    {.header = HEADER_HOST,
     .pattern = "host inherits a child",
     .help = "the host starts with a child that it did not fork, called inherited"},
    {.header = HEADER_DEADLINE,
     .pattern = "deadline COUNT seconds",
     .help = "for the whole scenario, where the usual one is too short"},
    {.header = HEADER_EACH,
     .pattern = "each WORD of WORD...",
     .help = "one scenario for each value, which stands wherever the first word does"},
    {.header = HEADER_GROUND,
     .pattern = "ground",
     .help = "the oracles rely on it: it is played before every run"},
    {.pattern = NULL},
};

#define STEP(verb_, word_, pattern_, help_, ...)                                                   \
    {                                                                                              \
        .verb = (verb_), .word = (word_), .pattern = (pattern_), .help = (help_), __VA_ARGS__      \
    }
#define CALL_STEP  .flags = CAN_FAIL | BY_LANE | TAKES_FOR
#define LANE_STEP  .flags = BY_LANE | TAKES_FOR
#define ORDER_STEP .flags = BY_HARNESS | TAKES_FOR
#define PLAIN_STEP .flags = TAKES_FOR
#define BLOCK_STEP .flags = HAS_BLOCK | TAKES_FOR

const struct statement grammar_steps[] = {
    /* -- lanes and ctxs -- */
    STEP(VERB_LANE, "lane", "lane NAME...",
         "starts threads of the host; main is there from the start", .makes = MAKES_LANE),
    STEP(VERB_UNLANE, "unlane", "unlane LANE", "the thread ends; main turns the loops of its ctxs",
         PLAIN_STEP),
    STEP(VERB_CTX, "ctx",
         "ctx NAME on LANE [of one|two] [owner OWNER] [forkhook [raw]]"
         " [strangers unknown|odd|wanted]",
         "opens a ctx, in a pair of this one of the two implementations; the application may fork"
         " itself, and know or want strangers",
         CALL_STEP, .makes = MAKES_CTX),
    STEP(VERB_CLOSE, "close", "close CTX [on LANE]", "closes it", CALL_STEP),
    STEP(VERB_OWNER, "owner", "owner CTX OWNER|invalid [on LANE]", "changes who owns SIGCHLD",
         CALL_STEP, .needs = NEED_OWNER),
    STEP(VERB_PAUSE, "pause", "pause CTX", "its loop is not turned any more", PLAIN_STEP),
    STEP(VERB_RESUME, "resume", "resume CTX", "its loop is turned again", PLAIN_STEP),

    /* -- children come -- */
    STEP(VERB_CHILD, "child", "child NAME of CTX [on LANE] [ENDING | execs]",
         "forks a child through the ctx; it awaits orders or ends at once", CALL_STEP,
         .makes = MAKES_CHILD, .needs = NEED_CHILD),
    STEP(VERB_CHILDREN, "children", "children NAME COUNT of CTX [on LANE] [ENDING]",
         "forks a group: NAME.1 to NAME.COUNT", CALL_STEP, .makes = MAKES_CHILD,
         .needs = NEED_CHILD),
    STEP(VERB_SPAWN, "spawn", "spawn NAME of CTX [on LANE]",
         "starts a program through the ctx; it awaits orders", CALL_STEP, .makes = MAKES_CHILD,
         .needs = NEED_SPAWN),
    STEP(VERB_FOREIGN, "foreign",
         "foreign NAME [on LANE] [ENDING | execs | postforks CTX and execs]",
         "the application forks a child itself", CALL_STEP, .makes = MAKES_CHILD),
    STEP(VERB_FOREIGN, "foreigns", "foreigns NAME COUNT [on LANE] [ENDING]",
         "the application forks a group", CALL_STEP, .makes = MAKES_CHILD),
    STEP(VERB_ADOPT, "adopt", "adopt CHILD by CTX [on LANE]",
         "gives a foreign child into the ctx's care", CALL_STEP, .needs = NEED_WATCH),
    STEP(VERB_FORGET, "forget", "forget CHILD of CTX [on LANE]",
         "no report of this child is wanted", CALL_STEP, .needs = NEED_FORGET),
    STEP(VERB_PIDREUSE, "reuse", "reuse CHILD", "the next fork gets this child's pid", PLAIN_STEP),

    /* -- what becomes of them -- */
    STEP(VERB_EXIT, "exit", "exit CHILD STATUS", "the child is told to exit", ORDER_STEP),
    STEP(VERB_KILL, "kill", "kill CHILD SIGNAL", "the harness sends it a signal", ORDER_STEP),
    STEP(VERB_STOP, "stop", "stop CHILD", "the child stops itself", ORDER_STEP),
    STEP(VERB_CONT, "cont", "cont CHILD", "the harness lets it go on", ORDER_STEP),
    STEP(VERB_GRANDCHILD, "grandchild", "grandchild CHILD",
         "the child forks one of its own and waits for it", ORDER_STEP),
    STEP(VERB_TRACE, "trace", "trace CHILD", "the harness traces it, as a debugger does",
         PLAIN_STEP),
    STEP(VERB_UNTRACE, "untrace", "untrace CHILD",
         "... and lets it go: if it has ended, only now can it be waited for", PLAIN_STEP),
    STEP(VERB_SIGNAL_CHILD, "signal", "signal CHILD SIGNAL by CTX [on LANE]",
         "sends a signal through the library", CALL_STEP, .needs = NEED_KILL),

    /* -- the application -- */
    STEP(VERB_SIGNAL, "signal", "signal SIGNAL to LANE|host [times COUNT]",
         "sends a signal to one thread or to the process", ORDER_STEP),
    STEP(VERB_BLOCK, "block", "block SIGNAL on LANE|everywhere",
         "blocks it in one thread or in all", LANE_STEP),
    STEP(VERB_UNBLOCK, "unblock", "unblock SIGNAL on LANE|everywhere", "unblocks it", LANE_STEP),
    STEP(VERB_WAITPID, "waitpid", "waitpid CHILD|any OUTCOME [on LANE]",
         "the application waits for a child of its own and finds OUTCOME", LANE_STEP),
    STEP(VERB_STEAL, "steal", "steal CHILD|any [on LANE]",
         "the application reaps a child that is not its to reap", CALL_STEP),
    STEP(VERB_TELL_REAPED, "tell reaped", "tell CTX reaped CHILD [on LANE]",
         "the application tells the ctx that it reaped the child", CALL_STEP,
         .needs = NEED_TOLD_REAPED),
    STEP(VERB_TELL_SIGCHLD, "tell sigchld", "tell CTX sigchld [on LANE]",
         "the application tells the ctx that it saw SIGCHLD", CALL_STEP,
         .needs = NEED_TOLD_SIGCHLD),
    STEP(VERB_ACTION, "application", "application ACTION SIGNAL",
         "the application sets the signal's disposition", CALL_STEP),
    STEP(VERB_ACTION, "application tells", "application tells CTX on SIGNAL",
         "the application's handler tells the ctx of SIGCHLD", LANE_STEP,
         .needs = NEED_TOLD_SIGCHLD),
    STEP(VERB_SYSTEM, "system", "system [on LANE]", "the application calls system(\"exit 7\")",
         CALL_STEP),
    STEP(VERB_POPEN, "popen", "popen [on LANE]", "the application calls popen and pclose",
         CALL_STEP),

    /* -- the platform -- */
    STEP(VERB_LEAD, "application leads", "application leads a group [on LANE]",
         "it is put into a process group of its own", LANE_STEP, .needs = NEED_PLATFORM),
    STEP(VERB_CORES, "application allows cores", "application allows cores [on LANE]",
         "it may leave a core, in a folder that goes away", LANE_STEP, .needs = NEED_PLATFORM),
    STEP(VERB_PROVOKE, "provoke", "provoke SIGNAL on LANE",
         "the lane does what the kernel answers with this signal", LANE_STEP,
         .needs = NEED_PLATFORM),
    STEP(VERB_CLONE, "clone", "clone thread|sighand [vm] [on LANE]",
         "clone with CLONE_THREAD or CLONE_SIGHAND, and with CLONE_VM or without", CALL_STEP,
         .needs = NEED_PLATFORM),
    STEP(VERB_CROWD, "crowd", "crowd COUNT", "in a forked copy: starts threads that only sleep",
         PLAIN_STEP, .needs = NEED_PLATFORM),
    STEP(VERB_EXEC, "exec", "exec on LANE", "the forked copy becomes a host anew, by exec",
         PLAIN_STEP, .needs = NEED_PLATFORM),

    /* -- fds -- */
    STEP(VERB_CAREFD, "carefd", "carefd NAME of CTX [on LANE]",
         "opens a file by the library, as an fd that no child is to have", CALL_STEP,
         .makes = MAKES_FD, .needs = NEED_CAREFD),
    STEP(VERB_FILE, "file", "file NAME [on LANE]", "the application opens a file", LANE_STEP,
         .makes = MAKES_FD),
    STEP(VERB_SHUT, "shut", "shut FD [on LANE]", "closes it, by whom it was opened", CALL_STEP),

    /* -- time -- */
    STEP(VERB_QUIET, "quiet", "quiet", "waits until nothing is left to happen", PLAIN_STEP),
    STEP(VERB_HOLD, "hold", "hold LANE|any before|after CALL [in PLACE] [skip CALLS]",
         "the lane will wait at this call", PLAIN_STEP, .needs = NEED_PROBE),
    STEP(VERB_REACH, "reach", "reach LANE|any", "waits until the lane has come to its gate",
         PLAIN_STEP, .needs = NEED_PROBE),
    STEP(VERB_GO, "go", "go LANE|any [when OTHER waits]",
         "opens the gate, at once or when another lane sleeps in the library", PLAIN_STEP,
         .needs = NEED_PROBE),

    /* -- faults -- */
    STEP(VERB_FAIL, "fail",
         "fail CALL ERROR [once|always | times COUNT] [skip CALLS] [on LANE] [in PLACE]",
         "the library's next such call fails", PLAIN_STEP, .needs = NEED_PROBE),
    STEP(VERB_SHORT, "short", "short read|write [on LANE]", "moves one byte at a time from now on",
         PLAIN_STEP, .needs = NEED_PROBE),
    STEP(VERB_EMPTY, "empty",
         "empty waitpid|waitid [once|always | times COUNT] [skip CALLS] [on LANE]",
         "the library's next such call is not made, and finds nothing", PLAIN_STEP,
         .needs = NEED_PROBE),
    STEP(VERB_RAISE, "raise", "raise SIGNAL before CALL [skip CALLS] [in PLACE] [on LANE]",
         "the signal strikes just before the library's next such call", PLAIN_STEP,
         .needs = NEED_PROBE),
    STEP(VERB_UNFAIL, "unfail", "unfail", "all faults are off", PLAIN_STEP, .needs = NEED_PROBE),

    /* -- blocks -- */
    STEP(VERB_TOGETHER, "together", "together", "its lines, each LANE: STEP, start at one moment",
         BLOCK_STEP),
    STEP(VERB_REPEAT, "repeat", "repeat COUNT", "does its lines so often", BLOCK_STEP),
    STEP(VERB_WHEN, "when", "when CHILD reported", "its lines are done inside the callback",
         BLOCK_STEP),
    STEP(VERB_FORKED, "forked", "forked [on LANE]",
         "its lines are done in a forked copy of the host", BLOCK_STEP),
    STEP(VERB_POSTFORK, "postfork", "postfork CTX", "in a forked copy: tells the library so",
         CALL_STEP, .needs = NEED_POSTFORK),

    /* -- expectations -- */
    STEP(VERB_EXPECT_REPORT, "expect reports", "expect CTX reports CHILD [OUTCOME]",
         "the ctx reports the child's end", PLAIN_STEP),
    STEP(VERB_EXPECT_NO_REPORT, "expect no report", "expect no report of CHILD",
         "no ctx has reported the child", PLAIN_STEP),
    STEP(VERB_EXPECT_STRANGER, "expect passes on", "expect CTX passes on CHILD OUTCOME",
         "the ctx reaped a child of others and passes its status on", PLAIN_STEP,
         .needs = NEED_FOREIGN),
    STEP(VERB_EXPECT_DISASTER, "expect disaster", "expect CTX disaster",
         "the ctx says that it cannot go on", PLAIN_STEP),
    STEP(VERB_EXPECT_WARNING, "expect warns", "expect CTX warns of CHILD",
         "the ctx logs a warning that names the child and how it ended", PLAIN_STEP,
         .needs = NEED_WARNINGS),
    STEP(VERB_EXPECT_NO_WARNING, "expect no warning", "expect no warning of CHILD",
         "no ctx has logged a warning that names the child", PLAIN_STEP, .needs = NEED_WARNINGS),
    STEP(VERB_EXPECT_CHILD, "expect child", "expect CHILD STATE",
         "what the kernel says of the child", PLAIN_STEP),
    STEP(VERB_EXPECT_DISPOSITION, "expect disposition", "expect disposition DISPOSITION",
         "that of SIGCHLD", PLAIN_STEP),
    STEP(VERB_EXPECT_HANDLED, "expect handler",
         "expect handler ran [at least|most | exactly] NUMBER [times]",
         "how often handlers of the library ran", PLAIN_STEP, .needs = NEED_PROBE),
    STEP(VERB_EXPECT_WAITS, "expect waits", "expect waits at most NUMBER [per exit]",
         "how many wait calls the library made", PLAIN_STEP, .needs = NEED_PROBE),
    STEP(VERB_EXPECT_TURNS, "expect reports", "expect reports at most NUMBER per turn",
         "how many ends of children one turn of a loop reported", PLAIN_STEP, .needs = NEED_PROBE),
    STEP(VERB_EXPECT_FORKHOOK, "expect forkhook", "expect forkhook ran NUMBER [times]",
         "how often the application's fork was called instead of fork", PLAIN_STEP,
         .needs = NEED_FORKHOOK | NEED_PROBE),
    STEP(VERB_EXPECT_MASK, "expect mask", "expect mask of LANE-OR-CHILD unchanged",
         "the signal mask is what it was at the start", PLAIN_STEP),
    STEP(VERB_EXPECT_FD, "expect fd", "expect fd FD open|closed",
         "the process in which the step stands has the fd, or has not", PLAIN_STEP),
    STEP(VERB_EXPECT_TAKEN, "expect handled",
         "expect SIGNAL handled [at least|most | exactly] NUMBER [times] [on LANE]",
         "how often the application's handler ran, in all or on one lane", PLAIN_STEP,
         .needs = NEED_PLATFORM),
    STEP(VERB_EXPECT_PENDING, "expect pending", "expect SIGNAL pending on LANE|host",
         "it waits there: for one lane, or for whichever takes it", PLAIN_STEP,
         .needs = NEED_PLATFORM),
    STEP(VERB_EXPECT_PENDING, "expect pending", "expect SIGNAL pending nowhere",
         "it waits for nobody", PLAIN_STEP, .needs = NEED_PLATFORM),
    STEP(VERB_EXPECT_BLOCKED, "expect blocked", "expect SIGNAL blocked|unblocked on LANE",
         "what the kernel says of the lane's mask", PLAIN_STEP, .needs = NEED_PLATFORM),
    STEP(VERB_EXPECT_ACTION, "expect action", "expect SIGNAL default|ignored|caught",
         "what the kernel says of the signal's disposition", PLAIN_STEP, .needs = NEED_PLATFORM),
    STEP(VERB_EXPECT_HOST, "expect host", "expect host running|stopped", "each of its threads is",
         PLAIN_STEP, .needs = NEED_PLATFORM),
    STEP(VERB_EXPECT_HOST, "expect host ended", "expect host ended OUTCOME [with|without core]",
         "the forked copy has ended, and so", PLAIN_STEP, .needs = NEED_PLATFORM),
    STEP(VERB_EXPECT_THREADS, "expect threads", "expect host has NUMBER thread|threads",
         "so many, besides those of the harness", PLAIN_STEP, .needs = NEED_PLATFORM),
    {.pattern = NULL},
};

void grammar_pattern(const struct statement *statement, char *out, size_t size)
{
    snprintf(out, size, "%s%s%s", statement->pattern,
             statement->flags & CAN_FAIL ? " [fails [ERROR] | may fail]" : "",
             statement->flags & TAKES_FOR ? " [for ID]" : "");
}

const struct statement *grammar_find(enum verb verb)
{
    for (const struct statement *s = grammar_steps; s->pattern; s++) {
        if (s->verb == verb)
            return s;
    }
    return NULL;
}

const char *script_verb_word(enum verb verb)
{
    const struct statement *statement = grammar_find(verb);
    return statement ? statement->word : "";
}

/* The words of a text, in lines of WIDTH columns; the first begins at `indent`, others at `hang`.
 */
static void print_words(FILE *out, const char *text, int indent, int hang)
{
    int column = fprintf(out, "%*s", indent, "");
    bool first = true;

    while (*text) {
        int length = (int)strcspn(text, " ");

        if (!first && column + 1 + length > WIDTH) {
            column = fprintf(out, "\n%*s", hang, "") - 1;
            first = true;
        }
        column += fprintf(out, "%s%.*s", first ? "" : " ", length, text);
        first = false;
        text += length + strspn(text + length, " ");
    }
    fputc('\n', out);
}

static void print_statement(FILE *out, const struct statement *statement)
{
    char pattern[GRAMMAR_PATTERN];
    grammar_pattern(statement, pattern, sizeof(pattern));
    /* What nearly every step takes at its end is said once, below. */
    pattern[strlen(statement->pattern)] = '\0';
    if (statement->flags & HAS_BLOCK)
        strncat(pattern, " ... end", sizeof(pattern) - strlen(pattern) - 1);
    print_words(out, pattern, 2, 6);
    print_words(out, statement->help, 6, 6);
}

static void print_meanings(FILE *out, const char *placeholder, const struct meaning *table)
{
    int column = fprintf(out, "  %-11s", placeholder);
    for (; table->word; table++) {
        if (column + (int)strlen(table->word) + 1 > WIDTH)
            column = fprintf(out, "\n  %-11s", "") - 1;
        column += fprintf(out, " %s", table->word);
    }
    fputc('\n', out);
}

static void print_calls(FILE *out)
{
    int column = fprintf(out, "  %-11s", "CALL");
    for (int call = CALL_NONE + 1; call < CALL_COUNT; call++) {
        const char *word = libc_call_word((enum libc_call)call);
        if (column + (int)strlen(word) + 1 > WIDTH)
            column = fprintf(out, "\n  %-11s", "") - 1;
        column += fprintf(out, " %s", word);
    }
    fputc('\n', out);
}

void script_print_grammar(void *stream)
{
    FILE *out = stream;
    fputs("A script is lines of words; from # on a line is comment. [ ] may be left out,\n"
          "| is a choice, ... is one or more. Options may come in any order.\n\n"
          "Header lines, before the first step:\n",
          out);
    for (const struct statement *s = grammar_headers; s->pattern; s++)
        print_statement(out, s);
    fputs("\nSteps:\n", out);
    for (const struct statement *s = grammar_steps; s->pattern; s++)
        print_statement(out, s);

    fputs("\nAt the end of a step:\n"
          "  fails [ERROR]\n      the call has to fail; of calls into library or system\n"
          "  may fail\n      it may\n"
          "  for ID\n      the requirement to which a failure is charged\n"
          "\nIn together:\n"
          "  LANE: STEP\n      the lane does it\n"
          "  host: STEP\n      the harness does it: exit kill stop cont grandchild signal-to\n"
          "\nWhat the words in capitals may be:\n",
          out);
    fprintf(out, "  %-11s %s\n", "ENDING", GRAMMAR_ENDING);
    fprintf(out, "  %-11s %s\n", "OUTCOME", GRAMMAR_OUTCOME);
    print_meanings(out, "OWNER", words_owner);
    print_meanings(out, "STATE", words_state);
    print_meanings(out, "DISPOSITION", words_disposition);
    print_meanings(out, "ACTION", words_action);
    print_meanings(out, "PLACE", words_place);
    print_calls(out);
    print_meanings(out, "NEED", words_need);
    fprintf(out, "  %-11s 1 to %d, NUMBER also 0; CALLS 1 to %d; STATUS 0 to %d\n", "COUNT",
            SCRIPT_COUNT_MAX, SCRIPT_CALLS_MAX, SCRIPT_STATUS_MAX);
    fprintf(out,
            "  %-11s up to 15 letters, digits, '-' and '.', a letter first; LANE, CTX\n"
            "  %-11s and CHILD are such names\n",
            "NAME", "");
}
