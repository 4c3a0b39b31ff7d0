/* SPDX-License-Identifier: MIT */
/*
 * Scripts: the language in which scenarios are written, read into a tree. This part knows nothing
 * of processes and touches nothing but the text that it is given.
 *
 * The language is described for its writers in scenarios/LANGUAGE.md; the grammar itself is the
 * table in grammar.c, from which messages and help are made, too.
 */
#ifndef REAPCHECK_SCRIPT_H
#define REAPCHECK_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "adapter_events.h"
#include "history/calls.h"
#include "history/event.h"

enum {
    SCRIPT_NAME = 16, /* longest name, its end included */
    SCRIPT_ROW = 24,  /* longest value of a row, likewise */
};

enum verb {
    VERB_NONE,
    VERB_LANE,         /* lane NAME...                 one step each */
    VERB_UNLANE,       /* unlane LANE                  the thread ends; its ctxs go to main */
    VERB_CTX,          /* ctx NAME on LANE [of one|two] [owner OWNER] [forkhook [raw]]
                         [strangers unknown|odd|wanted] */
    VERB_CLOSE,        /* close CTX [on LANE] */
    VERB_OWNER,        /* owner CTX OWNER [on LANE] */
    VERB_CHILD,        /* child NAME of CTX [on LANE] [ENDING | execs] */
    VERB_CHILDREN,     /* children NAME COUNT of CTX [on LANE] [ENDING] */
    VERB_SPAWN,        /* spawn NAME of CTX [on LANE] */
    VERB_FOREIGN,      /* foreign NAME [on LANE] [ENDING | execs | postforks CTX and execs];
                          foreigns NAME COUNT ... */
    VERB_ADOPT,        /* adopt CHILD by CTX [on LANE] (child_watch) */
    VERB_FORGET,       /* forget CHILD of CTX [on LANE] */
    VERB_SIGNAL_CHILD, /* signal CHILD SIGNAL by CTX [on LANE] (child_kill, through the library) */
    VERB_EXIT,         /* exit CHILD STATUS            the child is told to exit */
    VERB_KILL,       /* kill CHILD SIGNAL            the runner kills it; SIGSTOP and SIGCONT too */
    VERB_STOP,       /* stop CHILD */
    VERB_CONT,       /* cont CHILD */
    VERB_GRANDCHILD, /* grandchild CHILD           the child forks one of its own that exits 0 and
                        is waited for by it */
    VERB_TRACE,      /* trace CHILD                  the harness traces it, as a debugger does */
    VERB_UNTRACE,    /* untrace CHILD */
    VERB_SIGNAL,     /* signal SIGNAL to LANE|host [times COUNT] */
    VERB_BLOCK,      /* block SIGNAL on LANE|everywhere */
    VERB_UNBLOCK,    /* unblock SIGNAL on LANE|everywhere */
    VERB_PAUSE,      /* pause CTX                    its lane no longer turns its loop */
    VERB_RESUME,     /* resume CTX */
    VERB_QUIET,      /* quiet                        until nothing is left to happen */
    VERB_WAITPID,    /* waitpid CHILD|any OUTCOME [on LANE]   the application waits for it */
    VERB_STEAL, /* steal CHILD|any [on LANE]    the application reaps a child that is not its */
    VERB_TELL_REAPED,  /* tell CTX reaped CHILD [on LANE] */
    VERB_TELL_SIGCHLD, /* tell CTX sigchld [on LANE] */
    VERB_ACTION,       /* application default|ignores|handles|nocldwait|borrows|returns SIGNAL */
    VERB_HOLD,         /* hold LANE|any before|after CALL [in handler|in call] [skip COUNT] */
    VERB_REACH,        /* reach LANE|any               until the lane waits at its gate */
    VERB_GO,     /* go LANE|any [when OTHER waits]  opens the gate and waits for the lane's step;
                    with OTHER: opens it once that lane sleeps in the library; does not wait */
    VERB_FAIL,   /* fail CALL ERROR [once|always|times COUNT] [skip COUNT] [on LANE]
                    [in handler|in call]; once where it says nothing */
    VERB_SHORT,  /* short read|write [on LANE]   one byte at a time from now on */
    VERB_EMPTY,  /* empty waitpid|waitid [once|always|times COUNT] [skip CALLS] [on LANE]: it is not
                    made, and finds nothing; once where it says nothing */
    VERB_RAISE,  /* raise SIGNAL before CALL [skip CALLS] [in handler|in call] [on LANE]: once */
    VERB_UNFAIL, /* unfail                       all faults off */
    VERB_CAREFD, /* carefd NAME of CTX [on LANE]  an fd that no child is to have */
    VERB_FILE,   /* file NAME [on LANE]          the application opens a file */
    VERB_SHUT,   /* shut FD [on LANE]            closes either */
    VERB_SYSTEM, /* system [on LANE]             the application calls system("exit 7") */
    VERB_POPEN,  /* popen [on LANE]              ... popen and pclose */
    VERB_PIDREUSE, /* reuse CHILD                  the next fork gets this child's pid */
    VERB_TOGETHER, /* together ... end             block: steps with LANE: in front, or host: for
                      what the harness does: exit kill stop cont grandchild signal-to
                      do finish say unlock feed drain hang-up */
    VERB_REPEAT,   /* repeat COUNT ... end */
    VERB_WHEN,     /* when CHILD reported ... end  block done inside the callback */
    VERB_FORKED,   /* forked [on LANE] ... end     block done in a forked copy of the host */
    VERB_POSTFORK, /* postfork CTX                 in a forked block */
    VERB_PROVOKE, /* provoke SIGNAL on LANE         the lane does what the kernel answers with it */
    VERB_CLONE,   /* clone thread|sighand [vm] [on LANE]   clone with these flags */
    VERB_CROWD,   /* crowd COUNT                    threads that sleep */
    VERB_EXEC,    /* exec on LANE                   the copy of the host becomes a new one */
    VERB_LEAD,    /* application leads a group      of processes, of its own */
    VERB_CORES,   /* application allows cores */
    VERB_SUBJECT, /* subject NAME [that vanishes] */
    VERB_DO,      /* do SUBJECT stops|ends|vanishes */
    VERB_ENABLE,  /* enable NAME of SUBJECT by CTX [user USER] [on LANE] */
    VERB_DISABLE, /* disable EVGEN [on LANE] */
    VERB_CALLBACKS,  /* callbacks CTX none|all|TYPE... [without disaster] [on LANE] */
    VERB_CHECK,      /* check CTX [TYPE...] [user USER] [on LANE] */
    VERB_WAIT,       /* wait CTX [TYPE...] [user USER] [on LANE]: the lane stays in it */
    VERB_OPERATION,  /* operation NAME of CTX program|helper|lock|end SUBJECT ... */
    VERB_ABORT,      /* abort OPERATION [on LANE] */
    VERB_FINISH,     /* finish OPERATION ENDING      what it runs ends */
    VERB_SAY,        /* say OPERATION WORD...        what it runs says a line */
    VERB_UNLOCK,     /* unlock OPERATION             the lock that it waits for is free */
    VERB_LATER,      /* later SPAN                   the clock is moved */
    VERB_HABIT,      /* application HABIT with CTX */
    VERB_REFUSE,     /* refuse HOOK of CTX [with VALUE] [once|always | times COUNT] [skip CALLS] */
    VERB_ACCEPT,     /* accept HOOK of CTX */
    VERB_BEFOREPOLL, /* beforepoll CTX [room NUMBER] [timeout SPAN] [on LANE] */
    VERB_POLL,       /* poll CTX [at once] [on LANE] */
    VERB_AFTERPOLL,  /* afterpoll CTX [on LANE] */
    VERB_HOOKS,      /* hooks CTX [on LANE] */
    VERB_WATCH,      /* watch NAME of CTX in|out|both|none [like WATCH] [on LANE] */
    VERB_TIMER,      /* timer NAME of CTX after SPAN [on LANE] */
    VERB_REWATCH,    /* rewatch WATCH in|out|both|none [on LANE] */
    VERB_UNWATCH,    /* unwatch WATCH [on LANE] */
    VERB_FEED,       /* feed WATCH                   there is something to be read */
    VERB_DRAIN,      /* drain WATCH                  ... and no more */
    VERB_HANG_UP,    /* hang-up WATCH                its other end is closed */
    VERB_EXPECT_REPORT,      /* expect CTX reports CHILD [OUTCOME]: any end or loss if not said */
    VERB_EXPECT_NO_REPORT,   /* expect no report of CHILD */
    VERB_EXPECT_STRANGER,    /* expect CTX passes on CHILD OUTCOME */
    VERB_EXPECT_DISASTER,    /* expect CTX disaster */
    VERB_EXPECT_WARNING,     /* expect CTX warns of CHILD */
    VERB_EXPECT_NO_WARNING,  /* expect no warning of CHILD */
    VERB_EXPECT_CHILD,       /* expect CHILD waitable|gone|running|stopped */
    VERB_EXPECT_DISPOSITION, /* expect disposition restored|library|default|ignored|application */
    VERB_EXPECT_HANDLED,     /* expect handler ran [at least|at most|exactly] COUNT [times] */
    VERB_EXPECT_WAITS,       /* expect waits at most COUNT [per exit] */
    VERB_EXPECT_TURNS,       /* expect reports at most COUNT per turn */
    VERB_EXPECT_FORKHOOK,    /* expect forkhook ran COUNT [times] */
    VERB_EXPECT_MASK,        /* expect mask of LANE|CHILD unchanged */
    VERB_EXPECT_FD,          /* expect fd FD open|closed */
    VERB_EXPECT_TAKEN,       /* expect SIGNAL handled [RANGE] NUMBER [times] [on LANE] */
    VERB_EXPECT_PENDING,     /* expect SIGNAL pending on LANE|host; pending nowhere (no lane) */
    VERB_EXPECT_BLOCKED,     /* expect SIGNAL blocked|unblocked on LANE */
    VERB_EXPECT_ACTION,      /* expect SIGNAL default|ignored|caught */
    VERB_EXPECT_HOST,        /* expect host running|stopped; ended OUTCOME [with|without core] */
    VERB_EXPECT_GIVES,       /* expect CTX gives nothing | TYPE [of SUBJECT] [user USER] [RESULT] */
    VERB_EXPECT_HEARS,       /* expect CTX hears ...     the same, of callbacks */
    VERB_EXPECT_GOT,         /* expect LANE got ...      the same, of `wait` */
    VERB_EXPECT_WAITING,     /* expect LANE waits */
    VERB_EXPECT_COMPLETES,   /* expect OPERATION completes [RESULT] */
    VERB_EXPECT_GOES_ON,     /* expect OPERATION goes on */
    VERB_EXPECT_TELLS,       /* expect OPERATION tells WORD... */
    VERB_EXPECT_REGISTERS,   /* expect CTX registers nothing | [RANGE] NUMBER fds|timeouts */
    VERB_EXPECT_POLLS,       /* expect CTX polls [RANGE] NUMBER fds */
    VERB_EXPECT_TIMEOUT,     /* expect CTX timeout SPAN|none */
    VERB_EXPECT_FINDS,       /* expect CTX finds nothing|something */
    VERB_EXPECT_READY,       /* expect WATCH ready [in|out|hup|err] */
    VERB_EXPECT_SILENT,      /* expect WATCH silent */
    VERB_EXPECT_THREADS,     /* expect host has NUMBER threads */
    VERB_COUNT
};

/* How something ended, is to end, or did not. */
enum outcome_kind {
    OUTCOME_NONE,
    OUTCOME_EXIT,    /* value: exit status 0..255 */
    OUTCOME_SIGNAL,  /* value: signal */
    OUTCOME_STOPPED, /* value: signal */
    OUTCOME_CONTINUED,
    OUTCOME_LOST,    /* ended, status not to be had */
    OUTCOME_NOTHING, /* there is nothing to be had (yet) */
};
struct outcome {
    enum outcome_kind kind;
    int value;
};

/* What a step does if the call behind it fails. */
enum step_failure {
    STEP_MUST_SUCCEED, /* (nothing said) a failure is a finding */
    STEP_MUST_FAIL,    /* fails [ERROR] */
    STEP_MAY_FAIL,     /* may fail */
};

/* The word of an expectation; for VERB_ACTION what the application does. */
enum condition {
    CONDITION_NONE,
    CONDITION_WAITABLE,
    CONDITION_GONE,
    CONDITION_RUNNING,
    CONDITION_STOPPED,
    CONDITION_RESTORED,
    CONDITION_LIBRARY,
    CONDITION_DEFAULT,
    CONDITION_IGNORED,
    CONDITION_APPLICATION,
    CONDITION_NOCLDWAIT,
    CONDITION_BORROWED, /* the action before it is kept ... */
    CONDITION_RETURNED, /* ... and put back */
    CONDITION_AT_LEAST,
    CONDITION_AT_MOST,
    CONDITION_EXACTLY,
    CONDITION_OPEN,
    CONDITION_CLOSED,
    CONDITION_TELLS, /* its handler tells the ctx */
    CONDITION_NOCLDSTOP,
    CONDITION_PENDING,
    CONDITION_BLOCKED,
    CONDITION_UNBLOCKED,
    CONDITION_CAUGHT,
    CONDITION_ENDED,
    CONDITION_THREAD,  /* of VERB_CLONE: CLONE_THREAD, not CLONE_SIGHAND */
    CONDITION_SIGHAND, /* ... CLONE_SIGHAND */
    CONDITION_STOPS,   /* what is done to a subject; enum rc_subject_change in their order */
    CONDITION_ENDS,
    CONDITION_VANISHES,
    CONDITION_PROMPT, /* habits of the application's event loop */
    CONDITION_LATE,
    CONDITION_TWICE,
    CONDITION_STALE,
    CONDITION_OTHER_FD,
    CONDITION_SPURIOUS,
    CONDITION_SPARING,
    CONDITION_AGAIN,
    CONDITION_REENTRANT,
    CONDITION_VALUELESS,
    CONDITION_PATIENT,
    CONDITION_GUARDED,
    CONDITION_IN, /* what an fd is watched for, and found ready for */
    CONDITION_OUT,
    CONDITION_BOTH,
    CONDITION_NONE_OF_IT,
    CONDITION_HUP,
    CONDITION_ERR,
    CONDITION_COMPLETES, /* of VERB_WHEN: a callback of an operation, a ctx, a watch */
    CONDITION_HEARS,
    CONDITION_READY,
    CONDITION_HOOKED, /* of VERB_WHEN: a hook of a ctx */
};

/* How an operation ended, as a script says it. */
enum result_word { RESULT_ANY, RESULT_OK, RESULT_FAILED, RESULT_ABORTED, RESULT_TIMED_OUT };

enum place { PLACE_LIBRARY, PLACE_HANDLER, PLACE_CALL }; /* where a gate or fault applies */

struct step {
    enum verb verb;
    int line;                /* 1.. */
    int indent;              /* blanks before it; -1 if there is a tab among them */
    const char *text;        /* the line as written, without indent and comment */
    char lane[SCRIPT_NAME];  /* "" where not said: main, or the ctx's own lane; "any" for a gate;
                                "host" or "everywhere" where the verb allows it */
    char other[SCRIPT_NAME]; /* a second lane: go LANE when OTHER waits */
    char ctx[SCRIPT_NAME];
    char fd[SCRIPT_NAME];
    char child[SCRIPT_NAME]; /* a child (NAME, or NAME.1 .. NAME.COUNT of a group), a whole group
                                made by children/foreigns, or "any" where the verb allows it */
    int count;               /* COUNT, 0 if not said; of VERB_FAIL 1 if not said, 0 with `always` */
    enum rc_owner owner;
    bool owner_given;           /* of VERB_CTX: false where set_owner is not to be called */
    enum event_library library; /* of VERB_CTX: whose, in a script for a pair */
    struct outcome outcome;     /* ENDING, OUTCOME, STATUS */
    int signal;
    enum libc_call call;
    int error; /* errno of VERB_FAIL; the one that `fails ERROR` asks for, 0 any; less than 0: the
                  value by which a hook failed */
    enum step_failure failure;
    enum condition condition;
    enum place place;
    bool after; /* a gate after the call */
    bool always, execs, forkhook, forkhook_raw, strangers_unknown, strangers_odd, strangers_wanted,
        per_exit;
    bool core, no_core; /* the core bit is to be set; with both it is not */
    bool vm;            /* CLONE_VM, too */
    bool owner_invalid; /* of VERB_OWNER: none of those that there are */
    int skip;
    char subject[SCRIPT_NAME], evgen[SCRIPT_NAME], operation[SCRIPT_NAME], watch[SCRIPT_NAME];
    char like[SCRIPT_NAME]; /* another watch */
    uint64_t types;         /* RC_EVENT_BIT()s; 0: all */
    bool user_given;        /* USER is in `user` */
    int64_t user;           /* also VALUE */
    enum rc_operation kind; /* of VERB_OPERATION, as the next four */
    bool synchronous, wants_progress;
    bool progress_given; /* it comes by events with this user: */
    int64_t progress_user;
    int64_t span_us; /* SPAN; a limit of VERB_OPERATION, 0: none */
    enum event_hook hook;
    enum result_word result;
    bool hooks, both; /* of VERB_CTX: how it is driven */
    bool none, all, no_disaster, vanishes, room, limited, at_once, nothing, timeouts;
    const char *said;    /* the rest of the line: of VERB_SAY and VERB_EXPECT_TELLS */
    char requirement[8]; /* `for ID` at the end of a step: to whom a failure is charged; "" */
    struct step *block;  /* steps of a block */
    size_t block_count;
};

/* What a script needs of an implementation; bits, of which there are more than an int has. */
enum need {
    NEED_LIBRARY = UINT64_C(1) << 0,
    NEED_MAINLOOP = UINT64_C(1) << 1,
    NEED_ALWAYS = UINT64_C(1) << 2,
    NEED_SELECTIVE = UINT64_C(1) << 3,
    NEED_OWNER = UINT64_C(1) << 4, /* set_owner */
    NEED_FORK = UINT64_C(1) << 5,
    NEED_SPAWN = UINT64_C(1) << 6,
    NEED_WATCH = UINT64_C(1) << 7,
    NEED_FORGET = UINT64_C(1) << 8,
    NEED_KILL = UINT64_C(1) << 9,
    NEED_TOLD_REAPED = UINT64_C(1) << 10,
    NEED_TOLD_SIGCHLD = UINT64_C(1) << 11,
    NEED_POSTFORK = UINT64_C(1) << 12,
    NEED_FORKHOOK = UINT64_C(1) << 13,
    NEED_FOREIGN = UINT64_C(1) << 14,
    NEED_THREADS = UINT64_C(1) << 15, /* contexts in several lanes */
    NEED_PROBE = UINT64_C(1) << 16,   /* gates, faults, counts of calls */
    NEED_LIBXL_SHAPED = UINT64_C(1) << 17,
    NEED_CONTEXTS = UINT64_C(1) << 18, /* more than one ctx */
    NEED_WARNINGS = UINT64_C(1) << 22, /* what it logs */
    NEED_CAREFD = UINT64_C(1) << 19,   /* carefd_open and carefd_close */
    NEED_FOREIGN_ALWAYS = UINT64_C(1) << 20,
    NEED_HOOKS_COPIED = UINT64_C(1) << 21,
    NEED_CHILD = UINT64_C(1) << 23, /* starting a child by whatever way: fork, spawn or watch */
    NEED_OWN_SIGCHLD = UINT64_C(1) << 24, /* any mode but mainloop */
    NEED_ANY_THREAD = UINT64_C(1) << 25,  /* a ctx is called from a lane that is not its own */
    NEED_LOOP_REAPS = UINT64_C(1) << 26,  /* nobody reaps a ctx's children while its loop rests */
    NEED_PLATFORM =
        UINT64_C(1) << 27, /* the kernel alone, with no library: see scenarios/platform */
    NEED_OPEN_SIGCHLD = UINT64_C(1) << 28, /* it need not be blocked in every thread */
    NEED_PAIR = UINT64_C(1) << 29,   /* two implementations in one process; without it: one alone */
    NEED_EVENTS = UINT64_C(1) << 30, /* event_check */
    NEED_EVENT_WAIT = UINT64_C(1) << 31,
    NEED_CALLBACKS = UINT64_C(1) << 32, /* event_callbacks */
    NEED_STOPPED = UINT64_C(1) << 33,   /* events of this type; so the next two */
    NEED_ENDED = UINT64_C(1) << 34,
    NEED_VANISHED = UINT64_C(1) << 35,
    NEED_PROGRAM = UINT64_C(1) << 36, /* operations of this kind; so the next three */
    NEED_HELPER = UINT64_C(1) << 37,
    NEED_LOCK = UINT64_C(1) << 38,
    NEED_END = UINT64_C(1) << 39,
    NEED_ABORT = UINT64_C(1) << 40,
    NEED_LIMITS = UINT64_C(1) << 41,  /* operations have time limits */
    NEED_HOOKS = UINT64_C(1) << 42,   /* the application's event loop by hooks */
    NEED_POLL = UINT64_C(1) << 43,    /* beforepoll and afterpoll */
    NEED_WATCHES = UINT64_C(1) << 44, /* fds of the application's in the ctx */
    NEED_TIMERS = UINT64_C(1) << 45,  /* timeouts of the application's in the ctx */
    NEED_DISASTER_EXITS = UINT64_C(1) << 46,
    NEED_PROGRESS = UINT64_C(1) << 47, /* operations tell how they get on */
};
enum { NEED_COUNT = 48 };
/* All that adapter_events.h is about. */
#define NEEDS_OF_EVENTS ((UINT64_C(1) << NEED_COUNT) - NEED_EVENTS)

/* How the host starts. */
enum setting {
    SETTING_IGNORES_SIGCHLD = 1 << 0, /* host ignores SIGCHLD */
    SETTING_BLOCKS_SIGCHLD = 1 << 1,  /* host blocks SIGCHLD */
    SETTING_HAS_CHILD = 1 << 2,       /* host inherits a child: it is called "inherited" */
};

struct script {
    const char *file; /* as given; with its row FILE@ROW */
    const char *path; /* the file itself */
    const char
        *name; /* THEME/NAME: the last folder and the file name without .scn; THEME/NAME@ROW */
    const char *sentence;
    char (*covers)[8]; /* requirement ids */
    size_t covers_count;
    int covers_line; /* of the first line that says what it covers; 0 if there is none */
    uint64_t needs;  /* enum need; those that follow from the steps are added by the parser */
    uint64_t needs_of[LIBRARY_COUNT]; /* of a pair: what one of the two has to offer beyond that */
    unsigned settings;                /* enum setting */
    char (*rows)[SCRIPT_ROW];         /* the values of `each` */
    size_t rows_count;
    const char *row; /* the one that this is; NULL: none, or the file was read without a row */
    bool ground;     /* the oracles rely on it */
    int deadline;    /* seconds for the whole, before --slow; 0 if not said */
    struct step *steps;
    size_t steps_count;
};

struct script_error {
    int line, column; /* 1.. */
    char what[400];   /* what was found and what was expected */
};

/*
 * Reads a script from memory; text need not end with 0. On error returns NULL and fills *error.
 * Any bytes are safe. The tree owns copies of all text.
 *
 * A script with rows is read as one of them, which the file names behind it ("NAME.scn@SIGHUP");
 * without that, as the first, and `row` is NULL: whoever plays it plays all its rows.
 */
struct script *script_parse(const char *file, const char *text, size_t size,
                            struct script_error *error);
/* Reads a file, or a row of one; a file that cannot be read is an error at line 0. */
struct script *script_load(const char *file, struct script_error *error);
void script_free(struct script *script);

/* The one of this name, THEME/NAME; NULL where there is none. */
const struct script *script_find(struct script *const *scripts, size_t count, const char *name);
/* Whether it says that it covers the requirement. */
bool script_covers(const struct script *script, const char *requirement);

/*
 * Checks what a parser cannot: names that were never made, lanes used before they are there, ids
 * that `known` (may be NULL) does not know, expectations that can never hold. Returns false at the
 * first fault.
 */
bool script_lint(const struct script *script, bool (*known)(const char *requirement),
                 struct script_error *error);

/* Signals by name, as scripts know them: SIGTERM, SIGRTMIN+1. NULL for a number that is none. The
 * name may be in a buffer of the thread that the next call uses again. */
const char *script_signal_name(int signal);
/* The word for one need bit, such as "selective". */
const char *script_need_word(uint64_t need);
/* What it means, to go after "does not offer": "mode selective", "several threads". */
const char *script_need_text(uint64_t need);
/* The first word(s) of a verb, such as "expect no report". */
const char *script_verb_word(enum verb verb);
/* The words that need bits are made of, with a word the bit; 0 if there is none such. */
uint64_t script_need_from_word(const char *word);
/* Writes the language's table of statements, for `reapcheck help script`. */
void script_print_grammar(void *stream /* FILE */);

#endif
