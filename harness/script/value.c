/* SPDX-License-Identifier: MIT */
/*
 * What single words say about the step they stand in. The tables hold for every statement: a word
 * of a pattern means the same wherever it stands (but within ENDING and OUTCOME, where it tells
 * how a child ends), so that a new statement needs a line here only if it brings a new word.
 */
#include "script/value.h"

#include <string.h>
#include "script/words.h"

/* -- words as they are written -- */

static const struct meaning outcome_words[] = {
    {"exits", OUTCOME_EXIT},    {"exit", OUTCOME_EXIT},       {"dies", OUTCOME_SIGNAL},
    {"signal", OUTCOME_SIGNAL}, {"stopped", OUTCOME_STOPPED}, {"continued", OUTCOME_CONTINUED},
    {"lost", OUTCOME_LOST},     {"nothing", OUTCOME_NOTHING}, {NULL, 0},
};

static const struct meaning condition_words[] = {
    {"least", CONDITION_AT_LEAST},
    {"most", CONDITION_AT_MOST},
    {"exactly", CONDITION_EXACTLY},
    {"open", CONDITION_OPEN},
    {"closed", CONDITION_CLOSED},
    {"tells", CONDITION_TELLS},
    {"pending", CONDITION_PENDING},
    {"blocked", CONDITION_BLOCKED},
    {"unblocked", CONDITION_UNBLOCKED},
    {"caught", CONDITION_CAUGHT},
    {"default", CONDITION_DEFAULT},
    {"ignored", CONDITION_IGNORED},
    {"running", CONDITION_RUNNING},
    {"stopped", CONDITION_STOPPED},
    {"ended", CONDITION_ENDED},
    {"thread", CONDITION_THREAD},
    {"sighand", CONDITION_SIGHAND},
    {"stops", CONDITION_STOPS},
    {"ends", CONDITION_ENDS},
    {"vanishes", CONDITION_VANISHES},
    {"completes", CONDITION_COMPLETES},
    {"hears", CONDITION_HEARS},
    {"ready", CONDITION_READY},
    {"hooked", CONDITION_HOOKED},
    {NULL, 0},
};

static const struct meaning library_words[] = {
    {"one", LIBRARY_ONE},
    {"two", LIBRARY_TWO},
    {NULL, 0},
};

static const struct meaning kind_words[] = {
    {"program", RC_OPERATION_PROGRAM},
    {"helper", RC_OPERATION_HELPER},
    {"lock", RC_OPERATION_LOCK},
    {"end", RC_OPERATION_END},
    {NULL, 0},
};

static const struct meaning failure_words[] = {
    {"fails", STEP_MUST_FAIL},
    {"may", STEP_MAY_FAIL},
    {NULL, 0},
};

static const struct meaning call_words[] = {
    {"read", CALL_READ}, {"write", CALL_WRITE}, {"waitpid", CALL_WAITPID}, {"waitid", CALL_WAITID},
    {NULL, 0},
};

static const struct meaning setting_words[] = {
    {"ignores", SETTING_IGNORES_SIGCHLD},
    {"blocks", SETTING_BLOCKS_SIGCHLD},
    {"inherits", SETTING_HAS_CHILD},
    {NULL, 0},
};

static const struct {
    const char *word;
    size_t member; /* a bool of struct step that it sets */
} switches[] = {
    {"after", offsetof(struct step, after)},
    {"always", offsetof(struct step, always)},
    {"execs", offsetof(struct step, execs)},
    {"forkhook", offsetof(struct step, forkhook)},
    {"raw", offsetof(struct step, forkhook_raw)},
    {"unknown", offsetof(struct step, strangers_unknown)},
    {"odd", offsetof(struct step, strangers_odd)},
    {"wanted", offsetof(struct step, strangers_wanted)},
    {"invalid", offsetof(struct step, owner_invalid)},
    {"per", offsetof(struct step, per_exit)},
    {"core", offsetof(struct step, core)},
    {"without", offsetof(struct step, no_core)},
    {"vm", offsetof(struct step, vm)},
    {"hooks", offsetof(struct step, hooks)},
    {"both", offsetof(struct step, both)},
    {"synchronous", offsetof(struct step, synchronous)},
    {"progress", offsetof(struct step, wants_progress)},
    {"all", offsetof(struct step, all)},
    {"none", offsetof(struct step, none)},
    {"disaster", offsetof(struct step, no_disaster)},
    {"vanishes", offsetof(struct step, vanishes)},
    {"room", offsetof(struct step, room)},
    {"limit", offsetof(struct step, limited)},
    {"once", offsetof(struct step, at_once)},
    {"nothing", offsetof(struct step, nothing)},
    {"timeouts", offsetof(struct step, timeouts)},
};

/* The word is written just so in the pattern: what does it say? */
void value_literal(struct match *match, bool in_outcome, const char *word)
{
    struct step *step = &match->step;
    int value;

    if (in_outcome) {
        if (words_find(outcome_words, word, &value))
            step->outcome.kind = (enum outcome_kind)value;
        return;
    }
    if (words_find(condition_words, word, &value))
        step->condition = (enum condition)value;
    else if (words_find(failure_words, word, &value))
        step->failure = (enum step_failure)value;
    else if (words_find(library_words, word, &value))
        step->library = (enum event_library)value;
    else if (words_find(call_words, word, &value))
        step->call = (enum libc_call)value;
    else if (words_find(kind_words, word, &value))
        step->kind = (enum rc_operation)value;
    else if (words_find(setting_words, word, &value))
        match->setting |= (unsigned)value;
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        if (!strcmp(switches[i].word, word))
            *(bool *)((char *)step + switches[i].member) = true;
    }
}

/* -- words that stand for something -- */

static const struct {
    const char *word;
    const char *what; /* for messages */
} placeholders[] = {
    [NAME] = {"NAME", "a new name"},
    [LANE] = {"LANE", "a lane"},
    [CTX] = {"CTX", "a ctx"},
    [CHILD] = {"CHILD", "a child"},
    [FD] = {"FD", "an fd"},
    [LANE_OR_CHILD] = {"LANE-OR-CHILD", "a lane or a child"},
    [OTHER] = {"OTHER", "a lane"},
    [COUNT] = {"COUNT", "a number from 1 to 100000"},
    [CALLS] = {"CALLS", "a number from 1 to 2000000"},
    [NUMBER] = {"NUMBER", "a number from 0 to 100000"},
    [STATUS] = {"STATUS", "an exit status from 0 to 255"},
    [SIGNAL] = {"SIGNAL", "a signal such as SIGTERM"},
    [ERROR] = {"ERROR", "an error such as EAGAIN"},
    [CALL] = {"CALL", "a libc call such as write"},
    [OWNER] = {"OWNER", "an owner (library, mainloop, always or selective)"},
    [PLACE] = {"PLACE", "'handler' or 'call'"},
    [STATE] = {"STATE", "a state (waitable, gone, running or stopped)"},
    [DISPOSITION] = {"DISPOSITION",
                     "a disposition (restored, library, default, ignored or application)"},
    [ACTION] = {"ACTION",
                "an action (default, ignores, handles, nocldwait, nocldstop, borrows or returns)"},
    [NEED] = {"NEED", "a need such as selective"},
    [ID] = {"ID", "a requirement such as XC-01"},
    [ANYTHING] = {"WORD", "a sentence"},
    [ENDING] = {"ENDING", NULL},
    [OUTCOME] = {"OUTCOME", NULL},
    [SUBJECT] = {"SUBJECT", "a subject"},
    [EVGEN] = {"EVGEN", "what enabling gave"},
    [OPERATION] = {"OPERATION", "an operation"},
    [WATCH] = {"WATCH", "a watch"},
    [LIKE] = {"LIKE", "a watch"},
    [TYPE] = {"TYPE", "a type of event (stopped, ended, vanished, complete or progress)"},
    [USER] = {"USER", "a number of up to 64 bits"},
    [PROGRESS_USER] = {"PROGRESS-USER", "a number of up to 64 bits"},
    [SPAN] = {"SPAN", "a time such as 2h, 30s, 1500ms or 20us"},
    [HOOK] = {"HOOK", "a hook (fd-register, fd-modify, timeout-register or timeout-modify)"},
    [HABIT] = {"HABIT", "a habit (prompt, late, twice, stale, other-fd, spurious, sparing, again, "
                        "reentrant, valueless, patient or guarded)"},
    [RESULT] = {"RESULT", "a result (ok, failed, aborted or timed-out)"},
    [EVENTS] = {"EVENTS",
                "what an fd is watched for, or ready for (in, out, both, none, hup or err)"},
};

enum placeholder value_placeholder(const char *word, size_t length)
{
    for (int p = NAME; p <= LAST_PLACEHOLDER; p++) {
        if (strlen(placeholders[p].word) == length && !memcmp(placeholders[p].word, word, length))
            return (enum placeholder)p;
    }
    return NOT_ONE;
}

const char *value_what(enum placeholder p)
{
    return placeholders[p].what;
}

char *value_name(struct match *match, enum makes makes, enum placeholder p)
{
    struct step *step = &match->step;
    switch (p) {
    case NAME:
        return makes == MAKES_LANE        ? step->lane
               : makes == MAKES_CTX       ? step->ctx
               : makes == MAKES_FD        ? step->fd
               : makes == MAKES_SUBJECT   ? step->subject
               : makes == MAKES_EVGEN     ? step->evgen
               : makes == MAKES_OPERATION ? step->operation
               : makes == MAKES_WATCH     ? step->watch
                                          : step->child;
    case LANE:
        return step->lane;
    case OTHER:
        return step->other;
    case CTX:
        return step->ctx;
    case FD:
        return step->fd;
    case SUBJECT:
        return step->subject;
    case EVGEN:
        return step->evgen;
    case OPERATION:
        return step->operation;
    case WATCH:
        return step->watch;
    case LIKE:
        return step->like;
    case CHILD:
    case LANE_OR_CHILD:
        return step->child;
    default:
        return NULL;
    }
}

static bool find_condition(const struct meaning *table, const char *word, enum condition *condition)
{
    int value = 0;
    if (!words_find(table, word, &value))
        return false;
    *condition = (enum condition)value;
    return true;
}

bool value_take(struct match *match, bool in_outcome, enum placeholder p, const char *word)
{
    struct step *step = &match->step;
    int value = 0;

    switch (p) {
    case COUNT:
        return words_number(word, 1, SCRIPT_COUNT_MAX, &step->count);
    case CALLS:
        return words_number(word, 1, SCRIPT_CALLS_MAX, &step->skip);
    case NUMBER:
        return words_number(word, 0, SCRIPT_COUNT_MAX, &step->count);
    case STATUS:
        step->outcome.kind = OUTCOME_EXIT;
        return words_number(word, 0, SCRIPT_STATUS_MAX, &step->outcome.value);
    case SIGNAL:
        value = words_signal(word);
        *(in_outcome ? &step->outcome.value : &step->signal) = value;
        return value != 0;
    case ERROR:
        if (words_number(word, 1, SCRIPT_CALLS_MAX, &value))
            step->error = -value; /* what a hook failed with is no errno */
        else
            step->error = words_error(word);
        return step->error != 0;
    case CALL:
        step->call = libc_call_from_word(word);
        return step->call != CALL_NONE;
    case OWNER:
        step->owner_given = words_find(words_owner, word, &value);
        step->owner = (enum rc_owner)value;
        return step->owner_given;
    case PLACE:
        if (!words_find(words_place, word, &value))
            return false;
        step->place = (enum place)value;
        return true;
    case STATE:
        return find_condition(words_state, word, &step->condition);
    case DISPOSITION:
        return find_condition(words_disposition, word, &step->condition);
    case ACTION:
        return find_condition(words_action, word, &step->condition);
    case NEED:
        return words_find(words_need, word, &value);
    case ID:
        if (!words_is_requirement(word))
            return false;
        memcpy(step->requirement, word, strlen(word) + 1);
        return true;
    case TYPE:
        if (!words_find(words_type, word, &value))
            return false;
        step->types |= RC_EVENT_BIT(value);
        return true;
    case USER:
        step->user_given = words_user(word, &step->user);
        return step->user_given;
    case PROGRESS_USER:
        step->progress_given = words_user(word, &step->progress_user);
        return step->progress_given;
    case SPAN:
        return words_span(word, &step->span_us);
    case HOOK:
        if (!words_find(words_hook, word, &value))
            return false;
        step->hook = (enum event_hook)value;
        return true;
    case HABIT:
        return find_condition(words_habit, word, &step->condition);
    case RESULT:
        if (!words_find(words_result, word, &value))
            return false;
        step->result = (enum result_word)value;
        return true;
    case EVENTS:
        return find_condition(words_events, word, &step->condition);
    case ANYTHING:
        return true;
    default:
        return false;
    }
}
