/* SPDX-License-Identifier: MIT */
#include "history/fields.h"

#include <stddef.h>
#include <string.h>
#include "history/calls.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define SHOW(...)                                                                                  \
    do {                                                                                           \
        static const struct field fields[] = {__VA_ARGS__, {0}};                                   \
        return fields;                                                                             \
    } while (0)

/* Without a key; shown always; shown unless zero. */
#define BARE(m, f)                                                                                 \
    {                                                                                              \
        .member = MEMBER_##m, .form = FORM_##f                                                     \
    }
#define KEY(m, f, k)                                                                               \
    {                                                                                              \
        .member = MEMBER_##m, .form = FORM_##f, .key = (k), .always = true                         \
    }
#define MAYBE(m, f, k)                                                                             \
    {                                                                                              \
        .member = MEMBER_##m, .form = FORM_##f, .key = (k)                                         \
    }

#define OP           KEY(WHAT, OP, "op"), MAYBE(CTX, CTX, "ctx"), MAYBE(SUBJECT, PID, "child")
#define LEFT(form)   KEY(RESULT, form, "result"), MAYBE(ERROR, ERRNO, "error")
#define OF           KEY(WHAT, OP, "op"), MAYBE(CTX, CTX, "ctx")
#define RETURNS      MAYBE(RESULT, NUMBER, "result"), MAYBE(ERROR, ERRNO, "error")
#define CALLED(form) KEY(RESULT, form, "result"), MAYBE(ERROR, ERRNO, "error")

static const struct field no_fields[] = {{0}};

static const struct field *fields_of_plain_op(void)
{
    SHOW(OP);
}

/* Members of adapter_events.h. ENTER has no result. */
static const struct field *fields_of_event_op(unsigned op)
{
    switch (op) {
    case OP_CHECK:
    case OP_WAIT:
        SHOW(OF, KEY(VALUE, TYPES, "types"), KEY(EXTRA, NUMBER, "user"), RETURNS);
    case OP_CALLBACKS:
        SHOW(OF, KEY(VALUE, TYPES, "types"), MAYBE(EXTRA, NUMBER, "no-disaster"), RETURNS);
    case OP_ENABLE:
    case OP_DISABLE:
        SHOW(OF, KEY(SUBJECT, EVGEN, "evgen"), RETURNS);
    case OP_OPERATION:
    case OP_ABORT:
        SHOW(OF, KEY(SUBJECT, OPERATION, "operation"), RETURNS);
    case OP_OCCURRED_FD:
        SHOW(OF, KEY(SUBJECT, NUMBER, "fd"), KEY(VALUE, NUMBER, "registration"),
             KEY(EXTRA, POLL, "events"), KEY(SPARE, POLL, "revents"), RETURNS);
    case OP_OCCURRED_TIMEOUT:
        SHOW(OF, KEY(VALUE, NUMBER, "registration"), RETURNS);
    case OP_BEFOREPOLL:
        SHOW(OF, KEY(SUBJECT, NUMBER, "room"), KEY(VALUE, NUMBER, "nfds"),
             KEY(EXTRA, NUMBER, "timeout"), MAYBE(TEXT, TEXT, "fds"), RETURNS);
    case OP_AFTERPOLL:
        SHOW(OF, KEY(SUBJECT, NUMBER, "nfds"), MAYBE(TEXT, TEXT, "fds"), RETURNS);
    case OP_OBSERVE:
        SHOW(OF, KEY(SUBJECT, WATCH, "watch"), KEY(VALUE, NUMBER, "fd"), KEY(EXTRA, NUMBER, "for"),
             RETURNS);
    case OP_CHANGE:
        SHOW(OF, KEY(SUBJECT, WATCH, "watch"), KEY(EXTRA, POLL, "events"), RETURNS);
    case OP_UNOBSERVE:
        SHOW(OF, KEY(SUBJECT, WATCH, "watch"), RETURNS);
    default:
        SHOW(OF, RETURNS);
    }
}

static const struct field *fields_of_enter(unsigned op)
{
    switch (op) {
    case OP_OWNER:
        SHOW(OP, KEY(VALUE, OWNER, "owner"));
    case OP_KILL:
        SHOW(OP, KEY(VALUE, SIGNAL, "signal"));
    case OP_TOLD_REAPED:
        SHOW(OP, KEY(VALUE, STATUS, "status"));
    default:
        return op >= OP_CHECK ? fields_of_event_op(op) : fields_of_plain_op();
    }
}

static const struct field *fields_of_leave(unsigned op)
{
    switch (op) {
    case OP_FORK:
    case OP_SPAWN:
        SHOW(OP, LEFT(RESULT));
    case OP_OWNER:
        SHOW(OP, KEY(VALUE, OWNER, "owner"), LEFT(NUMBER));
    case OP_KILL:
        SHOW(OP, KEY(VALUE, SIGNAL, "signal"), LEFT(NUMBER));
    case OP_TOLD_REAPED:
        SHOW(OP, KEY(VALUE, STATUS, "status"), LEFT(NUMBER));
    default:
        if (op >= OP_CHECK)
            return fields_of_event_op(op);
        SHOW(OP, LEFT(NUMBER));
    }
}

static const struct field *fields_of_call(unsigned call)
{
    switch (call) {
    case CALL_SIGACTION:
        SHOW(BARE(WHAT, CALL), KEY(SUBJECT, SIGNAL, "signal"),
             KEY(VALUE, DISPOSITION, "disposition"), MAYBE(SPARE, LIBRARY, "of"),
             MAYBE(EXTRA, FLAGS, "flags"), MAYBE(RESULT, NUMBER, "result"),
             MAYBE(ERROR, ERRNO, "error"));
    case CALL_SIGMASK:
        SHOW(BARE(WHAT, CALL), MAYBE(VALUE, NUMBER, "how"), MAYBE(EXTRA, HEX, "set"),
             MAYBE(RESULT, NUMBER, "result"), MAYBE(ERROR, ERRNO, "error"));
    case CALL_FORK:
        SHOW(BARE(WHAT, CALL), CALLED(RESULT));
    case CALL_POSIX_SPAWN:
        SHOW(BARE(WHAT, CALL), MAYBE(SUBJECT, PID, "child"), CALLED(RESULT));
    case CALL_WAITPID:
        SHOW(BARE(WHAT, CALL), KEY(SUBJECT, PID, "pid"), CALLED(RESULT),
             MAYBE(VALUE, STATUS, "status"), MAYBE(EXTRA, HEX, "options"));
    case CALL_WAITID:
        SHOW(BARE(WHAT, CALL), KEY(SUBJECT, PID, "id"), CALLED(NUMBER), MAYBE(SPARE, PID, "found"),
             MAYBE(VALUE, HEX, "value"), MAYBE(EXTRA, HEX, "options"));
    case CALL_KILL:
        SHOW(BARE(WHAT, CALL), KEY(SUBJECT, PID, "pid"), KEY(VALUE, SIGNAL, "signal"),
             MAYBE(RESULT, NUMBER, "result"), MAYBE(ERROR, ERRNO, "error"));
    case CALL_PIPE:
    case CALL_SOCKETPAIR:
        SHOW(BARE(WHAT, CALL), MAYBE(VALUE, NUMBER, "fd"), MAYBE(EXTRA, NUMBER, "other"),
             MAYBE(RESULT, NUMBER, "result"), MAYBE(ERROR, ERRNO, "error"));
    case CALL_READ:
    case CALL_WRITE:
        SHOW(BARE(WHAT, CALL), KEY(SUBJECT, NUMBER, "fd"), MAYBE(VALUE, NUMBER, "size"),
             MAYBE(EXTRA, NUMBER, "blocking"), MAYBE(RESULT, NUMBER, "result"),
             MAYBE(ERROR, ERRNO, "error"));
    case CALL_CLOSE:
        SHOW(BARE(WHAT, CALL), KEY(SUBJECT, NUMBER, "fd"), MAYBE(RESULT, NUMBER, "result"),
             MAYBE(ERROR, ERRNO, "error"));
    case CALL_FCNTL:
        SHOW(BARE(WHAT, CALL), KEY(SUBJECT, NUMBER, "fd"), MAYBE(VALUE, NUMBER, "command"),
             MAYBE(RESULT, NUMBER, "result"), MAYBE(ERROR, ERRNO, "error"));
    default:
        SHOW(BARE(WHAT, CALL), MAYBE(RESULT, NUMBER, "result"), MAYBE(ERROR, ERRNO, "error"));
    }
}

const struct field *fields_of(const struct event *event)
{
    switch ((enum event_kind)event->kind) {
    case EVENT_ENTER:
        return fields_of_enter(event->what);
    case EVENT_LEAVE:
        return fields_of_leave(event->what);
    case EVENT_CALL:
        return fields_of_call(event->what);
    case EVENT_REPORT:
        SHOW(KEY(CTX, CTX, "ctx"), KEY(SUBJECT, PID, "child"), KEY(VALUE, STATUS, "status"));
    case EVENT_LOST:
        SHOW(KEY(CTX, CTX, "ctx"), KEY(SUBJECT, PID, "child"));
    case EVENT_STRANGER:
        SHOW(KEY(CTX, CTX, "ctx"), KEY(SUBJECT, PID, "child"), KEY(VALUE, STATUS, "status"),
             MAYBE(RESULT, NUMBER, "answer"));
    case EVENT_DISASTER:
        SHOW(KEY(CTX, CTX, "ctx"), MAYBE(ERROR, ERRNO, "error"), MAYBE(TEXT, TEXT, "text"));
    case EVENT_WARNED:
        SHOW(KEY(CTX, CTX, "ctx"), MAYBE(TEXT, TEXT, "text"));
    case EVENT_FORKHOOK:
        SHOW(KEY(CTX, CTX, "ctx"), KEY(SUBJECT, PID, "child"), MAYBE(VALUE, NUMBER, "raw"),
             MAYBE(ERROR, ERRNO, "error"));
    case EVENT_GOT:
        if (event->what == WAY_PROGRESS)
            SHOW(BARE(EXTRA, TYPE), KEY(WHAT, WAY, "by"), KEY(CTX, CTX, "ctx"),
                 KEY(SUBJECT, OPERATION, "operation"), KEY(VALUE, NUMBER, "user"),
                 MAYBE(RESULT, NUMBER, "result"), MAYBE(TEXT, TEXT, "text"));
        SHOW(BARE(EXTRA, TYPE), KEY(WHAT, WAY, "by"), KEY(CTX, CTX, "ctx"),
             MAYBE(SUBJECT, SUBJECT, "of"), KEY(VALUE, NUMBER, "user"),
             MAYBE(RESULT, NUMBER, "result"), MAYBE(TEXT, TEXT, "text"));
    case EVENT_COMPLETED:
        SHOW(KEY(CTX, CTX, "ctx"), KEY(SUBJECT, OPERATION, "operation"),
             KEY(RESULT, NUMBER, "result"), MAYBE(ERROR, ERRNO, "error"));
    case EVENT_RETURNED:
        SHOW(BARE(WHAT, WAY), KEY(CTX, CTX, "ctx"), MAYBE(SUBJECT, NUMBER, "subject"));
    case EVENT_HOOK:
        SHOW(BARE(WHAT, HOOK), KEY(CTX, CTX, "ctx"), MAYBE(SUBJECT, NUMBER, "fd"),
             KEY(VALUE, NUMBER, "registration"), KEY(EXTRA, NUMBER, "for"),
             MAYBE(RESULT, NUMBER, "answer"), MAYBE(SPARE, NUMBER, "had-value"));
    case EVENT_WATCHED:
        SHOW(KEY(SUBJECT, WATCH, "watch"), KEY(VALUE, NUMBER, "fd"), KEY(EXTRA, POLL, "events"),
             KEY(SPARE, POLL, "revents"), MAYBE(RESULT, NUMBER, "unready"));
    case EVENT_SUBJECT:
        SHOW(BARE(TEXT, TEXT), KEY(SUBJECT, NUMBER, "number"), KEY(VALUE, NUMBER, "id"),
             KEY(EXTRA, ABOUT, "kind"));
    case EVENT_EVGEN:
        SHOW(BARE(TEXT, TEXT), KEY(SUBJECT, NUMBER, "number"), KEY(CTX, CTX, "ctx"),
             KEY(EXTRA, SUBJECT, "of"), KEY(VALUE, NUMBER, "user"));
    case EVENT_OPERATION:
        SHOW(BARE(TEXT, TEXT), KEY(SUBJECT, NUMBER, "number"), KEY(CTX, CTX, "ctx"),
             KEY(EXTRA, KIND, "kind"), KEY(WHAT, HOW, "how"), MAYBE(VALUE, NUMBER, "user"),
             MAYBE(ERROR, NUMBER, "progress"), MAYBE(RESULT, NUMBER, "progress-user"));
    case EVENT_WATCH:
        SHOW(BARE(TEXT, TEXT), KEY(SUBJECT, NUMBER, "number"), KEY(CTX, CTX, "ctx"));
    case EVENT_CHANGED:
        SHOW(KEY(SUBJECT, SUBJECT, "of"), KEY(VALUE, CHANGE, "it"));
    case EVENT_CLOCK:
        SHOW(KEY(VALUE, NUMBER, "offset"));
    case EVENT_REGISTERED:
        SHOW(KEY(CTX, CTX, "ctx"), KEY(VALUE, NUMBER, "fds"), KEY(EXTRA, NUMBER, "timeouts"));
    case EVENT_FOREIGN:
    case EVENT_FORKED:
    case EVENT_ZOMBIE:
        SHOW(KEY(SUBJECT, PID, "child"));
    case EVENT_WAITED:
        SHOW(KEY(SUBJECT, PID, "child"), KEY(RESULT, RESULT, "result"),
             MAYBE(VALUE, STATUS, "status"), MAYBE(ERROR, ERRNO, "error"),
             MAYBE(EXTRA, HEX, "options"));
    case EVENT_ACTION:
        SHOW(BARE(SUBJECT, SIGNAL), BARE(VALUE, DISPOSITION), MAYBE(EXTRA, FLAGS, "flags"));
    case EVENT_FAULT:
        SHOW(BARE(WHAT, CALL), MAYBE(ERROR, ERRNO, "error"));
    case EVENT_HELD:
        SHOW(BARE(WHAT, CALL), KEY(VALUE, NUMBER, "gate"));
    case EVENT_FREED:
        SHOW(KEY(VALUE, NUMBER, "gate"));
    case EVENT_HANDLER_IN:
        SHOW(BARE(SUBJECT, SIGNAL), MAYBE(VALUE, PID, "from"), MAYBE(RESULT, NUMBER, "code"),
             KEY(EXTRA, NUMBER, "depth"));
    case EVENT_HANDLER_OUT:
        SHOW(BARE(SUBJECT, SIGNAL), MAYBE(VALUE, ERRNO, "errno-before"),
             MAYBE(EXTRA, ERRNO, "errno-after"));
    case EVENT_LOCK:
    case EVENT_LOCK_WAIT:
        SHOW(BARE(VALUE, HEX), MAYBE(EXTRA, NUMBER, "recursive"));
    case EVENT_UNLOCK:
        SHOW(BARE(VALUE, HEX));
    case EVENT_LEFT_LOCKED:
        SHOW(KEY(EXTRA, NUMBER, "held"), MAYBE(VALUE, NUMBER, "calling"));
    case EVENT_BORN:
        SHOW(KEY(SUBJECT, NUMBER, "parent"));
    case EVENT_STEP:
        SHOW(BARE(SUBJECT, NUMBER), BARE(TEXT, TEXT));
    case EVENT_EXPECT:
        SHOW(BARE(SUBJECT, NUMBER), BARE(TEXT, TEXT), KEY(RESULT, NUMBER, "result"),
             MAYBE(VALUE, NUMBER, "process"));
    case EVENT_CTX:
        SHOW(BARE(TEXT, TEXT), KEY(CTX, NUMBER, "index"));
    case EVENT_CHILD:
        SHOW(BARE(TEXT, TEXT), KEY(SUBJECT, NUMBER, "pid"), MAYBE(CTX, CTX, "ctx"));
    case EVENT_ORDER:
        SHOW(KEY(SUBJECT, PID, "child"), KEY(VALUE, STATUS, "status"));
    case EVENT_EXITED:
        SHOW(KEY(SUBJECT, PID, "child"), KEY(VALUE, STATUS, "status"),
             MAYBE(EXTRA, NUMBER, "reaped"));
    case EVENT_QUIET:
        SHOW(KEY(RESULT, NUMBER, "result"), MAYBE(VALUE, HEX, "unturned"));
    case EVENT_DISPOSITION:
        SHOW(BARE(VALUE, DISPOSITION), KEY(EXTRA, FLAGS, "flags"), KEY(RESULT, HEX, "mask"),
             MAYBE(SUBJECT, NUMBER, "meanwhile"));
    case EVENT_MASK:
        SHOW(KEY(SUBJECT, LANE, "lane"), KEY(VALUE, HEX, "blocked"),
             MAYBE(RESULT, NUMBER, "baseline"));
    case EVENT_FD:
        SHOW(KEY(SUBJECT, NUMBER, "fd"), MAYBE(VALUE, NUMBER, "process"),
             MAYBE(TEXT, TEXT, "text"));
    case EVENT_FD_GONE:
        SHOW(KEY(SUBJECT, NUMBER, "fd"), MAYBE(VALUE, NUMBER, "process"));
    case EVENT_LEFT:
        SHOW(KEY(SUBJECT, PID, "child"), KEY(VALUE, NUMBER, "process"),
             MAYBE(EXTRA, NUMBER, "zombie"));
    case EVENT_KEPT:
        SHOW(KEY(SUBJECT, LANE, "lane"), KEY(VALUE, NUMBER, "size"), KEY(EXTRA, NUMBER, "at"),
             MAYBE(RESULT, HEX, "caller"), MAYBE(TEXT, TEXT, "text"));
    case EVENT_THREAD:
        SHOW(KEY(SUBJECT, NUMBER, "tid"), MAYBE(VALUE, NUMBER, "process"));
    case EVENT_EXEC_FD:
        SHOW(KEY(SUBJECT, PID, "child"), KEY(VALUE, NUMBER, "fd"), MAYBE(TEXT, TEXT, "text"));
    case EVENT_EXEC_MASK:
        SHOW(KEY(SUBJECT, PID, "child"), KEY(VALUE, HEX, "blocked"), KEY(EXTRA, HEX, "ignored"));
    case EVENT_HANG:
        SHOW(KEY(SUBJECT, LANE, "lane"), MAYBE(TEXT, TEXT, "text"));
    case EVENT_HOST_EXIT:
        SHOW(KEY(VALUE, STATUS, "status"), MAYBE(TEXT, TEXT, "text"));
    case EVENT_LOST_EVENTS:
        SHOW(KEY(VALUE, NUMBER, "count"));
    default: /* EVENT_LANE and EVENT_UNLANE are all in the name of the lane */
        return no_fields;
    }
}

const struct field *field_plain(enum member member)
{
    static const struct field plain[MEMBER_COUNT] = {
        [MEMBER_WHAT] = {MEMBER_WHAT, FORM_NUMBER, "what", false},
        [MEMBER_CTX] = {MEMBER_CTX, FORM_CTX, "ctx", false},
        [MEMBER_SUBJECT] = {MEMBER_SUBJECT, FORM_NUMBER, "subject", false},
        [MEMBER_VALUE] = {MEMBER_VALUE, FORM_NUMBER, "value", false},
        [MEMBER_EXTRA] = {MEMBER_EXTRA, FORM_NUMBER, "extra", false},
        [MEMBER_RESULT] = {MEMBER_RESULT, FORM_NUMBER, "result", false},
        [MEMBER_ERROR] = {MEMBER_ERROR, FORM_ERRNO, "error", false},
        [MEMBER_ZONE] = {MEMBER_ZONE, FORM_ZONE, "zone", false},
        [MEMBER_LIBRARY] = {MEMBER_LIBRARY, FORM_LIBRARY, "library", false},
        [MEMBER_SPARE] = {MEMBER_SPARE, FORM_NUMBER, "spare", false},
        [MEMBER_TEXT] = {MEMBER_TEXT, FORM_TEXT, "text", false},
    };

    return &plain[member];
}

static const char *const kind_words[EVENT_KIND_COUNT] = {
#define X(name, word) [EVENT_##name] = word,
    EVENT_KINDS(X)
#undef X
};

static const char *const op_words[OP_COUNT] = {
#define X(name, word) [OP_##name] = word,
    EVENT_OPS(X)
#undef X
};

static unsigned find_word(const char *const *words, size_t count, const char *word)
{
    size_t i;

    for (i = 1; i < count; i++)
        if (words[i] && strcmp(words[i], word) == 0)
            return (unsigned)i;
    return 0;
}

const char *event_kind_word(unsigned kind)
{
    return kind < EVENT_KIND_COUNT ? kind_words[kind] : NULL;
}

unsigned event_kind_from_word(const char *word)
{
    return find_word(kind_words, ARRAY_SIZE(kind_words), word);
}

const char *event_op_word(unsigned op)
{
    return op < OP_COUNT ? op_words[op] : NULL;
}

int64_t member_get(const struct event *event, enum member member)
{
    switch (member) {
    case MEMBER_WHAT:
        return event->what;
    case MEMBER_CTX:
        return event->ctx;
    case MEMBER_SUBJECT:
        return event->subject;
    case MEMBER_VALUE:
        return event->value;
    case MEMBER_EXTRA:
        return event->extra;
    case MEMBER_RESULT:
        return event->result;
    case MEMBER_ERROR:
        return event->error;
    case MEMBER_ZONE:
        return event->zone;
    case MEMBER_LIBRARY:
        return event->library;
    case MEMBER_SPARE:
        return event->spare;
    case MEMBER_TEXT:
        return event->text;
    default:
        return 0;
    }
}

void member_set(struct event *event, enum member member, int64_t value)
{
    switch (member) {
    case MEMBER_WHAT:
        event->what = (uint8_t)value;
        break;
    case MEMBER_CTX:
        event->ctx = (int16_t)value;
        break;
    case MEMBER_SUBJECT:
        event->subject = (int32_t)value;
        break;
    case MEMBER_VALUE:
        event->value = value;
        break;
    case MEMBER_EXTRA:
        event->extra = value;
        break;
    case MEMBER_RESULT:
        event->result = value;
        break;
    case MEMBER_ERROR:
        event->error = (int16_t)value;
        break;
    case MEMBER_ZONE:
        event->zone = (uint8_t)value & 0xf;
        break;
    case MEMBER_LIBRARY:
        event->library = (uint8_t)value & 0xf;
        break;
    case MEMBER_SPARE:
        event->spare = (uint32_t)value;
        break;
    default: /* a text is kept by the history */
        break;
    }
}

/* What the probe sees is in the library, so this goes without saying. */
static bool is_in_library(unsigned kind)
{
    switch (kind) {
    case EVENT_CALL:
    case EVENT_FAULT:
    case EVENT_HELD:
    case EVENT_FREED:
    case EVENT_LOCK:
    case EVENT_LOCK_WAIT:
    case EVENT_UNLOCK:
    case EVENT_LEFT_LOCKED:
        return true;
    default:
        return false;
    }
}

int64_t member_default(const struct event *event, enum member member)
{
    if (member == MEMBER_CTX)
        return -1;
    if (member == MEMBER_ZONE)
        return is_in_library(event->kind) ? ZONE_LIBRARY : ZONE_APPLICATION;
    return 0;
}
