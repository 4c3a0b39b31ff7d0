/* SPDX-License-Identifier: MIT */
/*
 * Words and what they mean. Signals and errors have the names that the C library gives them, so
 * nothing has to be kept in step here; the tables hold only what is the language's own.
 *
 * Names may not be words after which a statement goes on differently: `expect mask of t1` must
 * never be read as an expectation of a child called mask.
 */
#include "script/words.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "adapter.h"
#include "script/script.h"

enum {
    ERRORS = 200,      /* errno values lie below */
    DISTANCE_WORD = 31 /* longest word that words_distance looks at */
};

const struct meaning words_owner[] = {
    {"library", RC_OWNER_LIBRARY},
    {"mainloop", RC_OWNER_MAINLOOP},
    {"always", RC_OWNER_ALWAYS},
    {"selective", RC_OWNER_SELECTIVE},
    {NULL, 0},
};

const struct meaning words_place[] = {
    {"handler", PLACE_HANDLER},
    {"call", PLACE_CALL},
    {NULL, 0},
};

const struct meaning words_state[] = {
    {"waitable", CONDITION_WAITABLE},
    {"gone", CONDITION_GONE},
    {"running", CONDITION_RUNNING},
    {"stopped", CONDITION_STOPPED},
    {NULL, 0},
};

const struct meaning words_disposition[] = {
    {"restored", CONDITION_RESTORED},       {"library", CONDITION_LIBRARY},
    {"default", CONDITION_DEFAULT},         {"ignored", CONDITION_IGNORED},
    {"application", CONDITION_APPLICATION}, {NULL, 0},
};

const struct meaning words_action[] = {
    {"default", CONDITION_DEFAULT},     {"ignores", CONDITION_IGNORED},
    {"handles", CONDITION_APPLICATION}, {"nocldwait", CONDITION_NOCLDWAIT},
    {"nocldstop", CONDITION_NOCLDSTOP}, {"borrows", CONDITION_BORROWED},
    {"returns", CONDITION_RETURNED},    {NULL, 0},
};

const struct meaning words_need[] = {
    {"library", NEED_LIBRARY},
    {"mainloop", NEED_MAINLOOP},
    {"always", NEED_ALWAYS},
    {"selective", NEED_SELECTIVE},
    {"owner", NEED_OWNER},
    {"fork", NEED_FORK},
    {"spawn", NEED_SPAWN},
    {"watch", NEED_WATCH},
    {"forget", NEED_FORGET},
    {"kill", NEED_KILL},
    {"told-reaped", NEED_TOLD_REAPED},
    {"told-sigchld", NEED_TOLD_SIGCHLD},
    {"postfork", NEED_POSTFORK},
    {"forkhook", NEED_FORKHOOK},
    {"foreign", NEED_FOREIGN},
    {"threads", NEED_THREADS},
    {"probe", NEED_PROBE},
    {"libxl-shaped", NEED_LIBXL_SHAPED},
    {"contexts", NEED_CONTEXTS},
    {"warnings", NEED_WARNINGS},
    {"carefd", NEED_CAREFD},
    {"foreign-always", NEED_FOREIGN_ALWAYS},
    {"hooks-copied", NEED_HOOKS_COPIED},
    {"platform", NEED_PLATFORM},
    {"child", NEED_CHILD},
    {"own-sigchld", NEED_OWN_SIGCHLD},
    {"any-thread", NEED_ANY_THREAD},
    {"loop-reaps", NEED_LOOP_REAPS},
    {"open-sigchld", NEED_OPEN_SIGCHLD},
    {"pair", NEED_PAIR},
    {"events", NEED_EVENTS},
    {"event-wait", NEED_EVENT_WAIT},
    {"callbacks", NEED_CALLBACKS},
    {"stopped", NEED_STOPPED},
    {"ended", NEED_ENDED},
    {"vanished", NEED_VANISHED},
    {"program", NEED_PROGRAM},
    {"helper", NEED_HELPER},
    {"lock", NEED_LOCK},
    {"end", NEED_END},
    {"abort", NEED_ABORT},
    {"limits", NEED_LIMITS},
    {"hooks", NEED_HOOKS},
    {"poll", NEED_POLL},
    {"watches", NEED_WATCHES},
    {"timers", NEED_TIMERS},
    {"disaster-exits", NEED_DISASTER_EXITS},
    {"progress", NEED_PROGRESS},
    {NULL, 0},
};

static const char *const reserved[] = {
    "any",   "host",    "everywhere", "no",   "disposition", "handler",
    "waits", "reports", "forkhook",   "mask", "fd",          NULL,
};

/* Names follow the C locale, whatever the process's own is. */
static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool words_find(const struct meaning *table, const char *word, int *value)
{
    for (; table->word; table++) {
        if (!strcmp(table->word, word)) {
            *value = (int)table->value;
            return true;
        }
    }
    return false;
}

const char *words_of(const struct meaning *table, int64_t value)
{
    while (table->word && table->value != value)
        table++;
    return table->word ? table->word : "?";
}

/* Behind SIGRTMIN or SIGRTMAX: nothing, or a sign and a number. -1 where it is neither. */
static int real_time_offset(const char *rest, char sign)
{
    int offset = 0;

    if (!*rest)
        return 0;
    return *rest == sign && words_number(rest + 1, 1, SIGRTMAX - SIGRTMIN, &offset) ? offset : -1;
}

static int real_time_signal(const char *word)
{
    int offset;

    if (!strncmp(word, "SIGRTMIN", 8) && (offset = real_time_offset(word + 8, '+')) >= 0)
        return SIGRTMIN + offset;
    if (!strncmp(word, "SIGRTMAX", 8) && (offset = real_time_offset(word + 8, '-')) >= 0)
        return SIGRTMAX - offset;
    return 0;
}

const char *script_signal_name(int signal)
{
    static _Thread_local char name[SCRIPT_NAME];
    const char *known = signal > 0 && signal < NSIG ? sigabbrev_np(signal) : NULL;

    if (known)
        snprintf(name, sizeof name, "SIG%s", known);
    else if (signal == SIGRTMAX)
        snprintf(name, sizeof name, "SIGRTMAX");
    else if (signal >= SIGRTMIN && signal < SIGRTMAX)
        snprintf(name, sizeof name, signal == SIGRTMIN ? "SIGRTMIN" : "SIGRTMIN+%d",
                 signal - SIGRTMIN);
    else
        return NULL;
    return name;
}

int words_signal(const char *word)
{
    if (strncmp(word, "SIG", 3))
        return 0;
    if (!strncmp(word, "SIGRT", 5))
        return real_time_signal(word);
    for (int signal = 1; signal < NSIG; signal++) {
        const char *name = sigabbrev_np(signal);
        if (name && !strcmp(name, word + 3))
            return signal;
    }
    return 0;
}

int words_error(const char *word)
{
    for (int error = 1; error < ERRORS; error++) {
        const char *name = strerrorname_np(error);
        if (name && !strcmp(name, word))
            return error;
    }
    return 0;
}

bool words_is_requirement(const char *word)
{
    size_t capitals = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (capitals != 2 || word[capitals] != '-')
        return false;
    size_t digits = strspn(word + capitals + 1, "0123456789");
    return digits >= 2 && digits <= 4 && !word[capitals + 1 + digits];
}

bool words_number(const char *word, int least, int most, int *number)
{
    size_t length = strlen(word);
    if (!length || length > 9 || (word[0] == '0' && length > 1))
        return false;
    long value = 0;
    for (; *word; word++) {
        if (!is_digit(*word))
            return false;
        value = value * 10 + (*word - '0');
    }
    if (value < least || value > most)
        return false;
    *number = (int)value;
    return true;
}

const char *words_name_fault(const char *word)
{
    if (!is_letter(word[0]))
        return "a name starts with a letter";
    for (const char *c = word; *c; c++) {
        if (!is_letter(*c) && !is_digit(*c) && *c != '-' && *c != '.')
            return "a name is made of letters, digits, '-' and '.'";
    }
    if (strlen(word) >= SCRIPT_NAME)
        return "a name has 15 characters at most";
    if (words_signal(word))
        return "a signal's name is no name";
    for (size_t i = 0; reserved[i]; i++) {
        if (!strcmp(reserved[i], word))
            return "that word is reserved";
    }
    return NULL;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

int words_distance(const char *a, const char *b)
{
    int a_length = (int)strnlen(a, DISTANCE_WORD + 1),
        b_length = (int)strnlen(b, DISTANCE_WORD + 1);
    if (a_length > DISTANCE_WORD || b_length > DISTANCE_WORD)
        return DISTANCE_WORD;

    /* cost[i][j]: from the first i letters of a to the first j of b */
    int cost[DISTANCE_WORD + 1][DISTANCE_WORD + 1];
    for (int i = 0; i <= a_length; i++) {
        for (int j = 0; j <= b_length; j++) {
            if (!i || !j) {
                cost[i][j] = i + j;
                continue;
            }
            int changed = a[i - 1] != b[j - 1];
            cost[i][j] =
                least(cost[i - 1][j - 1] + changed, least(cost[i - 1][j], cost[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i][j] = least(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    }
    return cost[a_length][b_length];
}

const char *script_need_word(uint64_t need)
{
    for (const struct meaning *entry = words_need; entry->word; entry++) {
        if (entry->value == (int64_t)need)
            return entry->word;
    }
    return NULL;
}

const char *script_need_text(uint64_t need)
{
    static const struct {
        uint64_t need;
        const char *text;
    } texts[] = {
        {NEED_LIBRARY, "mode library"},
        {NEED_MAINLOOP, "mode mainloop"},
        {NEED_ALWAYS, "mode always"},
        {NEED_SELECTIVE, "mode selective"},
        {NEED_OWNER, "a choice of mode"},
        {NEED_FORK, "forking a child"},
        {NEED_SPAWN, "spawning a program"},
        {NEED_WATCH, "watching a given child"},
        {NEED_FORGET, "forgetting a child"},
        {NEED_KILL, "signalling a child"},
        {NEED_TOLD_REAPED, "being told of an exit"},
        {NEED_TOLD_SIGCHLD, "being told of SIGCHLD"},
        {NEED_POSTFORK, "a call after fork"},
        {NEED_FORKHOOK, "a hook for fork"},
        {NEED_FOREIGN, "reports of strangers"},
        {NEED_THREADS, "several threads"},
        {NEED_PROBE, "the probe"},
        {NEED_LIBXL_SHAPED, "libxl's shape"},
        {NEED_CONTEXTS, "several contexts"},
        {NEED_WARNINGS, "its log"},
        {NEED_CAREFD, "fds that no child is to have"},
        {NEED_FOREIGN_ALWAYS, "a hook for strangers in every mode"},
        {NEED_HOOKS_COPIED, "a copy of its hooks"},
        {NEED_PLATFORM, "the kernel alone"},
        {NEED_CHILD, "starting a child"},
        {NEED_OWN_SIGCHLD, "a mode in which it sees to SIGCHLD"},
        {NEED_ANY_THREAD, "calls from other threads"},
        {NEED_LOOP_REAPS, "reaping in its loop alone"},
        {NEED_OPEN_SIGCHLD, "work with SIGCHLD unblocked"},
        {NEED_PAIR, "another implementation beside it"},
        {NEED_EVENTS, "events"},
        {NEED_EVENT_WAIT, "waiting for events"},
        {NEED_CALLBACKS, "events by callback"},
        {NEED_STOPPED, "events of processes that stop"},
        {NEED_ENDED, "events of processes that end"},
        {NEED_VANISHED, "events of paths that vanish"},
        {NEED_PROGRAM, "an operation that runs a program"},
        {NEED_HELPER, "an operation that runs a helper"},
        {NEED_LOCK, "an operation that takes a lock"},
        {NEED_END, "an operation that ends a process"},
        {NEED_ABORT, "aborting an operation"},
        {NEED_LIMITS, "time limits of operations"},
        {NEED_HOOKS, "hooks for an event loop"},
        {NEED_POLL, "beforepoll and afterpoll"},
        {NEED_WATCHES, "fds of the application in a ctx"},
        {NEED_TIMERS, "timeouts of the application in a ctx"},
        {NEED_DISASTER_EXITS, "an exit at a disaster that nobody hears of"},
        {NEED_PROGRESS, "progress of operations"},
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].need == need)
            return texts[i].text;
    return NULL;
}

uint64_t script_need_from_word(const char *word)
{
    for (const struct meaning *entry = words_need; entry->word; entry++) {
        if (!strcmp(entry->word, word))
            return (uint64_t)entry->value;
    }
    return 0;
}
