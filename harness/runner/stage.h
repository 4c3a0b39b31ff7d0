/* SPDX-License-Identifier: MIT */
/*
 * The stage: all that the runner knows while one script is played. Private to the runner.
 *
 * Hosts (the one that was started and forked copies of it), lanes, contexts and children live here
 * under the names that the script gave them. stage_pump takes in whatever comes from outside; all
 * waiting is done through stage_until, under a deadline.
 */
#ifndef REAPCHECK_STAGE_H
#define REAPCHECK_STAGE_H

#include "probe/control.h"
#include "runner/play.h"
#include "runner/record.h"
#include "runner/wire.h"

enum {
    STAGE_ANSWER_MS = 10000, /* for a host to answer a request */
    STAGE_EXPECT_MS = 10000, /* for something expected to happen */
    STAGE_GRACE_MS = 300,    /* for it to happen before we look whether it still can */
    STAGE_START_MS = 20000,  /* for a host to start */
    STAGE_POLL_MS = 1,       /* between two looks at what the kernel does not tell us of */
    STAGE_PLAY_S = 60,       /* for the whole, where the script does not say */
    STAGE_HOSTS = 64,
    STAGE_LANES = 256,
    STAGE_CTXS = 4096,
    STAGE_FDS = 64,
    STAGE_CHILDREN = 1 << 18, /* their memory is touched only as they come, and never moves */
    STAGE_HOLES = 64,
    STAGE_UNBORN = 64,
    STAGE_THREADS = 64, /* that a host may have when it is ready */
    STAGE_STDERR = 4096,
};

/* What a request is about; filled for hosts that keep no log (witness.c). */
struct asked {
    struct event event; /* of kind NONE where there is nothing to put down */
    int owner;          /* of an open: the mode asked for, -1 for none */
};

/* A request on its way, or answered. */
struct request {
    unsigned long number;
    bool done, ok;
    bool cannot; /* the host has no such thing: what came of it is not known, and is no failure */
    int error;   /* errno, where not ok */
    size_t notices; /* that had come in when it was made */
    struct asked asked;
    char answer[512]; /* the words after "ok" or "error" */
};

struct host {
    bool alive;
    bool hung; /* it was seen not to go on, and that is in the history */
    struct wire wire;
    pid_t pid;
    bool greeted, ready, failed;
    char why[256];           /* it failed to start */
    bool quits;              /* it was told to, and may close its socket */
    bool ended;              /* a copy: as the script expected, or otherwise than it did */
    bool is_copy;            /* made by a `forked` block */
    char child[SCRIPT_NAME]; /* the name of the copy as a child of the host */
};

struct lane {
    char name[SCRIPT_NAME];
    struct host *host;
    pid_t tid;
    bool gone;
    struct request *pending; /* a step that has not come back: the lane is held */
    struct step step;        /* that step; VERB_NONE for a turn of the loops */
    pid_t forked;            /* the child of its latest fork */
    int gate;                /* rule armed for this lane, -1 for none */
    char got[256];           /* the event that its latest check or wait gave, "" */
};

struct stage_ctx {
    char name[SCRIPT_NAME];
    int index;
    struct host *host;
    char lane[SCRIPT_NAME];
    enum rc_owner owner;
    bool owner_asked; /* for that mode, when it is opened */
    enum event_library library;
    bool open, paused, hooks;
    bool late;                  /* its event loop keeps what occurs to itself */
    char asked[64], polled[64]; /* the latest answers of beforepoll and poll */
};

/* An fd that the script gave a name. */
struct stage_fd {
    char name[SCRIPT_NAME];
    struct host *host;
    bool open;
};

struct stage_child {
    char name[SCRIPT_NAME];
    pid_t pid; /* 0 where the fork failed */
    int ctx;   /* -1: foreign */
    struct host *host;
    size_t life;         /* index in the record */
    size_t first_notice; /* notices before it are of an earlier bearer of the pid */
    bool told;           /* it was told to end */
    bool seen;           /* its end is in the history */
    bool forgotten;      /* its ctx was told that no report is wanted */
    bool waited;         /* the application waited for it and got it */
    bool awaited;        /* its report had time to come, however late (late.c) */
    bool traced;         /* by us: its parent does not see its end */
    bool let_go;         /* ... it is about to be traced no more */
    bool execs;
    bool looked_at; /* as a program: what it was given is in the history */
    int order_fd;   /* of an inherited child; -1 */
    struct outcome order;
};

enum notice_kind { NOTICE_REPORT, NOTICE_LOST, NOTICE_STRANGER, NOTICE_DISASTER, NOTICE_WARNING };
struct notice {
    enum notice_kind kind;
    int ctx;
    pid_t pid;
    int status;
    char *text; /* of a warning */
};

/* A request kept for a callback; the place is free where there is none. */
struct kept {
    struct request *request;
    const struct step *step;
    struct host *host;
    const char *child; /* whose callback it waits for */
    bool held;         /* it was done, and its answer waits for the report */
    char answer[512];
};

struct stage {
    const struct script *script;
    const struct play_options *options;
    struct played *played;

    unsigned long fd_limit; /* soft limit of open files for the host */
    int log_fd, control_fd, notify_fd, births_fd, births_host_fd;
    struct log *log;
    struct control *control;
    struct record record;

    enum event_library hello; /* whose the latest hello of the host was, and its limits are */
    struct host hosts[STAGE_HOSTS];
    size_t host_count;
    struct host *host; /* to which steps go now */
    struct lane lanes[STAGE_LANES];
    size_t lane_count;
    struct stage_ctx ctxs[STAGE_CTXS];
    size_t ctx_count;
    struct events *events; /* runner/events.h */
    struct stage_fd fds[STAGE_FDS];
    size_t fd_count;
    struct stage_child *children;
    size_t child_count;
    struct notice *notices;
    size_t notice_count, notice_size;
    struct request **requests; /* all of them, by number - 1 */
    size_t request_count, request_size;
    struct kept kept[64];
    size_t kept_count;

    int later_gate; /* rule to open when the thread later_tid sleeps in the library; -1 */
    pid_t later_tid;
    long long later_since; /* in ms */
    int any_gate;          /* rule of `hold any`, -1 */
    int last_rule;         /* the latest that was armed */
    unsigned planted;      /* bit N: rule N is a fault of play_options, not of the script */
    int planted_rule[PLAY_FAULTS];
    size_t strike_from;        /* no planted fault had struck when the log was so long */
    size_t told_from;          /* nor had the library told of it before this place */
    bool has_told;             /* it has */
    size_t scanned;            /* events of the log already looked at */
    size_t holes[STAGE_HOLES]; /* those before it that were being written then */
    size_t hole_count;
    pid_t unborn[STAGE_UNBORN]; /* forked, by the log, and not heard of since */
    size_t unborn_count;
    long long deadline; /* for the whole, by stage_now_ms */
    bool look_due;      /* a step in a callback may have changed dispositions or masks */
    bool together;      /* lanes are busy with a block of that kind */
    size_t handler_runs, wait_calls, forkhook_runs;
    size_t disasters;                 /* put down for hosts that keep no log */
    size_t handler_mark;              /* handler_runs at the last expectation of it */
    bool probe;                       /* the hosts have one, and keep the log */
    bool stop;                        /* no further steps */
    bool broken;                      /* the harness itself cannot go on */
    int base_disposition, base_flags; /* of SIGCHLD: what "restored" means */
    unsigned long long base_mask;
    unsigned char fds_at_start[RC_CHILD_FD];
    pid_t threads_at_start[STAGE_THREADS];
    size_t threads_at_start_count;
    char stderr_text[STAGE_STDERR];
    size_t stderr_length;
    int stderr_fd;
    char cores[256]; /* the folder for cores, "" for none */
};

/* -- stage.c: names, time, history -- */
long long stage_now_ms(void);
int stage_scaled(const struct stage *stage, int ms);
void stage_note(struct stage *stage, enum event_kind kind, int subject, long long value,
                const char *text);
/* Ends the play as one that the harness could not judge. */
void stage_break(struct stage *stage, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, unless a step was found wrong before: that holds all the same. */
void stage_break_unless_found(struct stage *stage, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Records that a step did not do what the script said. */
void stage_fault(struct stage *stage, const struct step *step, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Where the host has answered that it has no such thing: true. Then no further steps are played,
 * and the scenario is skipped with its reason, unless something was found before. */
bool stage_cannot(struct stage *stage, const struct request *request);
/* A step speaks of a child that was never made. */
void stage_no_child(struct stage *stage, const struct step *step);
struct lane *stage_lane(struct stage *stage, struct host *host, const char *name);
struct lane *stage_add_lane(struct stage *stage, struct host *host, const char *name, pid_t tid);
struct stage_ctx *stage_ctx(struct stage *stage, const char *name);
/* Of the current host: what a forked copy does to a ctx is not done to the one it was copied from.
 */
struct stage_ctx *stage_own_ctx(struct stage *stage, const char *name);
/* The latest child with this name; NULL if none. */
struct stage_child *stage_child(struct stage *stage, const char *name);
/* Members of a group, or the one child: the next after `after` (NULL: the first). */
struct stage_child *stage_next_child(struct stage *stage, const char *name,
                                     struct stage_child *after);
/* NULL after stage_break. */
struct stage_child *stage_add_child(struct stage *stage, const char *name, int ctx, pid_t pid);
/* The latest notice of one of these kinds about a child, from one ctx or from any (-1). */
const struct notice *stage_notice(const struct stage *stage, const struct stage_child *child,
                                  int ctx, enum notice_kind kind, enum notice_kind or_kind);
/* The signal ends a process that does nothing about it. */
bool signal_ends(int signal);

/* -- launch.c -- */
/* Starts the host and waits until it is ready. 0, or -1 after stage_break or a skip. */
int host_start(struct stage *stage);

/* -- intake.c -- */
/* Takes in what there is, waiting up to timeout_ms for something. */
void stage_pump(struct stage *stage, int timeout_ms);
/* Pumps until condition(user) holds; false after timeout_ms (scaled by --slow). Comes back at once
 * if the current host is gone. */
bool stage_until(struct stage *stage, int timeout_ms,
                 bool (*condition)(struct stage *stage, void *user), void *user);
/* Takes in the births that have been announced. */
void stage_take_births(struct stage *stage);
/* Notes in the history which children the kernel says have ended: those that were told to, or
 * all. */
void stage_take_exits(struct stage *stage, bool all);

/* -- host.c -- */
/* A new host behind a socket; takes over fd. NULL after stage_break. */
struct host *host_add(struct stage *stage, int fd, pid_t pid);
/* Takes in the words of its hello, and of one of its limits. */
void host_hello(struct stage *stage, struct host *host, const char *words);
void host_limit(struct stage *stage, const char *words);
/* Takes down which process a host says it is. */
void host_is(struct stage *stage, struct host *host, pid_t pid);
/* Sends a request; NULL where that cannot be done (the host is gone). */
struct request *host_request(struct stage *stage, struct host *host, const char *lane,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Waits for an answer. True if it came. */
bool host_answered(struct stage *stage, struct host *host, struct request *request);
/* Waits until a lane that has just come to life serves requests: what it does to get there (its
 * signal mask is not yet its own) is over then. */
void host_settled(struct stage *stage, struct host *host, const char *lane);
/* A host has not answered: proves that it is stuck, and puts down what its threads are at. Where it
 * is not, the machine was too slow, and the play breaks off. */
void host_hangs(struct stage *stage, struct host *host, const char *what);

/* -- rest.c -- */
/* Until nothing is left to happen. False where that was not reached (recorded). */
bool stage_quiet(struct stage *stage);
/* The same for a step; where rest is not reached nothing can be said, and that is put down. */
bool stage_quiet_at(struct stage *stage, const struct step *step);
/* Counts what is new in the log. */
void stage_scan(struct stage *stage);
/* A condition for stage_until: every child that was told to end has ended. */
bool stage_told_have_ended(struct stage *stage, void *user);
/* A child that does not end although it was told to: true where it waits for a mutex, in the
 * library. Then that was put down as a hang. */
bool stage_child_hangs(struct stage *stage, const struct stage_child *child);

/* -- late.c -- */
/* Gives reports the time to come late. True where there was one to wait for: rest is to be looked
 * for anew. */
bool late_awaited(struct stage *stage);

/* No thread of a host runs or has a SIGCHLD to take, now. */
bool stage_sleeps(struct stage *stage);

/* The lane waits at a gate, or is on its way back from one. */
bool lane_is_held(struct stage *stage, const struct lane *lane);

/* For what no step of the script asked for: waits until the lane has answered, or a gate has caught
 * it (it does the request when it is let go, and steps behind it), or its host is gone. False after
 * the deadline. */
bool lane_answered(struct stage *stage, struct lane *lane, struct request *request);

/* -- look.c -- */
/* Puts dispositions and masks into the history; as what they are to be from now on if baseline. */
void stage_look(struct stage *stage, bool baseline);
/* Disposition of SIGCHLD in the current host. False if it is not to be had. */
bool stage_disposition(struct stage *stage, int *disposition, int *flags, unsigned long long *mask);
void stage_remember_fds(struct stage *stage);
void stage_compare_fds(struct stage *stage);
/* Which the current host has open; and that those that came since then are its own, and may stay.
 */
void stage_list_fds(struct stage *stage, unsigned char open[RC_CHILD_FD]);
void stage_excuse_fds(struct stage *stage, const unsigned char before[RC_CHILD_FD]);
/* Whether the current host has the fd that the script gave this name. */
bool stage_has_fd(struct stage *stage, const char *name);
/* Waits until a child that is to become a program is one, or has ended. False: it does not. */
bool stage_await_program(struct stage *stage, struct stage_child *child);
/* Puts down what fds and masks a program that the library started was given. */
void stage_look_at_program(struct stage *stage, struct stage_child *child);
/* Puts down which children have been left as zombies. */
void stage_zombies(struct stage *stage);

/* -- left.c -- */
void stage_remember_threads(struct stage *stage);
/* Puts down what processes, memory and threads of the library's are left. */
void stage_left(struct stage *stage);

/* -- wind_up.c -- */
/* Closes what is still open in the current host, in good order. */
void stage_wind_up(struct stage *stage);

/* -- gates.c: gates and faults -- */
bool gate_holds(const struct stage *stage, int rule);
void gate_open(struct stage *stage, int rule);
void gate_disarm(struct stage *stage, int rule);
/* The steps hold, fail, short and raise; reach; go. */
void gate_set(struct stage *stage, const struct step *step);
void gate_reach(struct stage *stage, const struct step *step);
void gate_go(struct stage *stage, const struct step *step);
/* Opens the gate of a `go LANE when OTHER waits` if that lane waits now. */
void gate_look(struct stage *stage);

/* -- lenient.c: faults that were planted; without them nothing is ever forgiven -- */
void lenient_plant(struct stage *stage);
/* A planted fault has struck. */
bool lenient_struck(struct stage *stage);
/* The rule is a planted fault, which the script must not touch. */
bool lenient_is_planted(const struct stage *stage, int rule);
/* The library has said, other than by the result of a step, that it felt the fault. */
bool lenient_told(struct stage *stage);
/* The request failed because of a fault. */
bool lenient_explains(struct stage *stage, const struct request *request);
/* What this step expects is not asked for after a fault. */
bool lenient_waives(struct stage *stage, const struct step *step);
/* That the step did not do what the script said is no finding; it ends the steps. */
bool lenient_ends(struct stage *stage, const struct step *step);
/* The steps have ended with a clear error: what still comes of them is not judged. */
bool lenient_over(const struct stage *stage);
/* The wind-up has closed a ctx, or tried to: after a fault that must work in the end. */
void lenient_closed(struct stage *stage, const char *name, const struct request *request);
/* At the end: what came of the faults. */
void lenient_conclude(struct stage *stage);

/* -- lenient_events.c: more of the same -- */
/* The step had to fail, and succeeded: the library needs no longer what was to be wanting. */
bool lenient_needs_less(struct stage *stage, const struct step *step);
/* A lane is held in a call in which the fault struck; it is let go, and that call says so. */
bool lenient_held(struct stage *stage);
/* Gives the library time for looks that it needs after a fault. False: no such thing is needed. */
bool lenient_gives_time(struct stage *stage);
/* Has loops turned that the script has paused. False: there are none. Then the steps end. */
bool lenient_turns(struct stage *stage);
/* The steps have ended early, and lanes wait for what was to come: something does. */
void lenient_wakes(struct stage *stage);

/* -- request.c: steps that are the host's to do -- */
/* Makes the request and settles it. */
void step_request(struct stage *stage, const struct step *step);
/* The same for each member of a group. */
void step_request_group(struct stage *stage, const struct step *step, enum verb verb);
/* The lane on which a step is done: the one it names, else its ctx's, else main. NULL after
 * stage_break. */
struct lane *step_lane(struct stage *stage, const struct step *step);
/* Whether a child of the ctx is a program, as its library has no fork. */
bool step_spawns(const struct stage *stage, const struct stage_ctx *ctx);
/* Waits for an answer or, where the lane has a gate, for that. Judges it as the step says. */
void step_settle(struct stage *stage, const struct step *step, struct lane *lane,
                 struct request *request);
/* Does the same for a lane that has come back from its gate, or is about to. */
void lane_settle(struct stage *stage, struct lane *lane);

/* -- words.c: a step in the words of the protocol -- */
/* The words of the request behind a step. False where the step is none of the host's. */
bool step_words(struct stage *stage, const struct step *step, char *words, size_t size);
/* The wait status of an outcome, -1 where it has none. */
int outcome_status(const struct outcome *outcome);
/* The protocol's word for an owner. */
const char *step_owner_word(enum rc_owner owner);

/* Names what the step is about to make. False after stage_break. */
bool step_prepare(struct stage *stage, const struct step *step);

/* -- open.c -- */
/* Names the ctx that a step is about to open. False after stage_break. */
bool step_prepare_ctx(struct stage *stage, const struct step *step);

/* -- answer.c -- */
/* Judges the answer of a step, and puts down what it means for the names that the script gave. */
void step_answered(struct stage *stage, const struct step *step, struct lane *lane,
                   struct request *request);

/* -- witness.c: what the runner writes down for hosts that keep no log; else these do nothing -- */
void witness_lane(struct stage *stage, const struct lane *lane);
/* The request was sent with these words to a lane ("-": the host itself). */
void witness_request(struct stage *stage, struct host *host, const char *lane, const char *words,
                     struct request *request);
void witness_answer(struct stage *stage, const struct request *request);
/* An event of this kind, with its words. Returns the lane that it happened on; 0 where the host
 * keeps a log. */
pid_t witness_notice(struct stage *stage, struct host *host, enum event_kind kind,
                     const char *words);
/* Holds back the answer of a kept request until the report that it belongs to. False: it is not to
 * be held back. */
bool witness_holds(struct stage *stage, struct kept *kept, const char *answer);
/* The first of those held back for the report of a child (0: of any); NULL if there is none. */
struct kept *witness_held(struct stage *stage, const struct host *host, pid_t pid);
/* The kept request was done on this lane; its answer is next. */
void witness_kept(struct stage *stage, const struct kept *kept, pid_t tid);

/* -- trace.c: the steps trace and untrace -- */
void trace_begin(struct stage *stage, const struct step *step);
void trace_end(struct stage *stage, const struct step *step);
/* Lets the child go. Its parent may wait for it then, if it has ended. */
void trace_release(struct stage *stage, struct stage_child *child);
/* Passes on the signals at which traced children stop. */
void trace_look(struct stage *stage);

/* -- blocks.c -- */
void block_together(struct stage *stage, const struct step *block);
void block_when(struct stage *stage, const struct step *block);
void block_forked(struct stage *stage, const struct step *block);

/* -- steps.c -- */
void steps_play(struct stage *stage, const struct step *steps, size_t count);

/* -- expect.c -- */
void step_expect(struct stage *stage, const struct step *step);
/* The host is alive and the script goes on: what has not come true is worth a word. */
bool stage_goes_on(const struct stage *stage);
/* Waits for the condition while it can still come true. */
bool stage_comes_true(struct stage *stage, const struct step *step,
                      bool (*condition)(struct stage *, void *), void *user);
/* A number against `at most`, `at least` or `exactly`. */
bool stage_in_range(enum condition condition, size_t is, size_t wanted);
const char *stage_range_word(enum condition condition);

/* -- expect_told.c, expect_state.c, expect_counts.c -- */
/* False: the step is none of these. */
bool told_expect(struct stage *stage, const struct step *step);
bool state_expect(struct stage *stage, const struct step *step);
bool counts_expect(struct stage *stage, const struct step *step);
/* Words for a wait status, and whether it is the outcome. */
const char *stage_status_words(int status, char *words, size_t size);
bool stage_status_is(int status, const struct outcome *outcome);

/* -- platform.c: scripts about the kernel itself -- */
/* As step_words. */
bool platform_words(struct stage *stage, const struct step *step, char *words, size_t size);
/* The step cannot be done on this machine, and the scenario is skipped. */
bool platform_cannot(struct stage *stage, const struct step *step, const struct request *request);
/* The step may be the end of the process that does it. */
bool platform_may_end(const struct stage *stage, const struct step *step);
void platform_cores(struct stage *stage, const struct step *step);
void platform_exec(struct stage *stage, const struct step *step);
void platform_expect(struct stage *stage, const struct step *step);
/* What waitpid told of a child against what the kernel's own record of it says. */
void platform_compare(struct stage *stage, const struct step *step, const struct stage_child *child,
                      int status);
/* Removes what cores there are. */
void platform_clear(struct stage *stage);

#endif
