/* SPDX-License-Identifier: MIT */
#include "smoke/steps.h"

#include <stdarg.h>
#include <string.h>
#include "runner/proc.h"
#include "runner/wire.h"

enum outcome wrong(struct smoke *smoke, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(smoke->note, sizeof smoke->note, format, arguments);
    va_end(arguments);
    return WRONG;
}

enum outcome outcome_of(struct smoke *smoke, const char *answer)
{
    if (!answer)
        return WRONG;
    if (strncmp(answer, "ok", 2) == 0 && (answer[2] == ' ' || answer[2] == '\0'))
        return GOOD;
    if (strncmp(answer, "cannot", 6) == 0 || strncmp(answer, "error ENOSYS", 12) == 0)
        return MISSING;
    if (strncmp(answer, "error EINVAL", 12) == 0)
        return wrong(smoke,
                     "a run takes an error for a failure; what there is not is `cannot WHY`");
    if (strncmp(answer, "error ", 6) != 0)
        return wrong(smoke, "the answer is neither ok, error nor cannot");
    return WRONG;
}

enum outcome ask_with(struct smoke *smoke, const char *member, const char *lane, const char *words)
{
    enum outcome outcome = ASK(smoke, lane, "%s", words);
    char value[32];

    if (outcome == GOOD && !wire_value(smoke->talk.answered, member, value, sizeof value))
        return wrong(smoke, "the answer lacks %s=", member);
    return outcome;
}

bool offers(const struct smoke *smoke, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = smoke->offers; (at = strstr(at, word)); at++)
        if ((at == smoke->offers || at[-1] == ',') && (at[length] == ',' || at[length] == '\0'))
            return true;
    return false;
}

enum outcome start(struct smoke *smoke, const char *lane, const char *ctx, const char *child,
                   const char *ending, pid_t *pid)
{
    enum outcome outcome;

    smoke->from = smoke->talk.lines_count;
    outcome = ASK(smoke, lane, "fork %s %s%s", ctx, child, ending);
    *pid = outcome == GOOD ? (pid_t)wire_number(smoke->talk.answered, "pid", 0) : 0;
    if (outcome == GOOD && *pid <= 0)
        return wrong(smoke, "the answer lacks pid=");
    if (outcome == GOOD && !ending[0] && !proc_descends(*pid, smoke->talk.pid))
        return wrong(smoke, "process %d is no child of the host's", *pid);
    return outcome;
}

enum outcome await_report(struct smoke *smoke, const char *lane, const char *ctx, pid_t pid,
                          int status)
{
    size_t from = smoke->from;
    const char *rest;

    snprintf(smoke->want, sizeof smoke->want, "event report ctx=%s pid=%d status=%d", ctx, pid,
             status);
    rest = talk_line(&smoke->talk, from, smoke->want, BY_ITSELF_MS);
    for (int i = 0; !rest && i < REPORT_MS / BY_ITSELF_MS; i++) {
        smoke->by_itself = false;
        if (!talk_ask(&smoke->talk, lane, "turn"))
            return WRONG;
        rest = talk_line(&smoke->talk, from, smoke->want, BY_ITSELF_MS);
    }
    if (!rest || (*rest != '\0' && *rest != ' '))
        return wrong(smoke, "there was no line \"%s\"", smoke->want);
    smoke->want[0] = '\0';
    return GOOD;
}
