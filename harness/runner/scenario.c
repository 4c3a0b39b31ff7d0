/* SPDX-License-Identifier: MIT */
#include "runner/scenario.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include "runner/audited.h"
#include "runner/keep.h"

enum { EVIDENCE_LINE = 1400 }; /* an event with the longest text that a log keeps */

/* In a pair whoever did it is excused by what its documentation disclaims of it alone.
 * One that has no mode in which it leaves other children alone has said so to the adapter. */
static const char *limit_in_pair(const struct played *played, const struct finding *finding)
{
    static const struct {
        const char *requirement, *alone;
    } kin[] = {
        /* Whoever shares SIGCHLD takes the handler, or has its own taken. */
        {"CO-01", "XC-01 XC-25"}, {"CO-02", "XC-05"},       {"CO-03", "XC-24"},
        {"CO-04", "XC-05"},       {"CO-05", "XC-28 FK-14"},
    };
    const char *alone = "";

    if (finding->by == LIBRARY_UNKNOWN || finding->settled)
        return finding->settled;
    for (size_t i = 0; i < sizeof(kin) / sizeof(kin[0]); i++)
        if (strcmp(kin[i].requirement, finding->requirement) == 0)
            alone = kin[i].alone;
    for (size_t i = 0; i < played->limits_count; i++)
        if (played->limits[i].library == finding->by &&
            (strcmp(played->limits[i].requirement, finding->requirement) == 0 ||
             strstr(alone, played->limits[i].requirement)))
            return played->limits[i].where;
    return strcmp(finding->requirement, "CO-04") == 0 &&
                   !(played->subject.library[finding->by].owners & RC_OWNS(RC_OWNER_SELECTIVE))
               ? "the mode that it is in: it reaps every child of the process"
               : NULL;
}

static const char *excuse(const struct played *played, const struct finding *finding)
{
    const struct play_limit *limit;

    if (played->subject.pair)
        return limit_in_pair(played, finding);
    limit = played_limit(played, finding->requirement);
    return limit ? limit->where : NULL;
}

/* Was that asked of the implementation? By the script, or by memory that it was not given. */
static bool was_asked(const struct script *script, const struct play_faults *faults,
                      const char *requirement)
{
    for (size_t i = 0; i < script->covers_count; i++)
        if (strcmp(requirement, script->covers[i]) == 0)
            return true;
    return play_struck(faults, CALL_MALLOC) && strcmp(requirement, "XC-20") == 0;
}

/* The host ended by SIGABRT or with a failing exit status where the documentation says that it
 * will. *at is where the history says that it did. */
static const struct play_limit *documented_abort(const struct played *played,
                                                 const struct script *script,
                                                 const struct play_faults *faults, size_t *at)
{
    bool aborted = false;
    int copy = 0; /* a forked one, which may be the one that gets no memory */

    for (size_t i = 0; played->history && i < history_count(played->history); i++) {
        const struct event *event = history_event(played->history, i);
        if (event->kind == EVENT_FORKED && play_struck(faults, CALL_MALLOC))
            copy = event->subject;
        if (event->kind != EVENT_HOST_EXIT &&
            !(event->kind == EVENT_EXITED && copy && event->subject == copy))
            continue;
        aborted = WIFEXITED(event->value) ? WEXITSTATUS(event->value) != 0
                                          : WTERMSIG(event->value) == SIGABRT;
        *at = i;
    }
    if (!aborted)
        return NULL;
    for (size_t i = 0; i < played->limits_count; i++)
        if (played->limits[i].kind == RC_LIMIT_ABORTS &&
            was_asked(script, faults, played->limits[i].requirement))
            return &played->limits[i];
    return NULL;
}

static const struct step *step_at(const struct step *steps, size_t count, int line)
{
    for (size_t i = 0; i < count; i++) {
        const struct step *step;
        if (steps[i].line == line)
            return &steps[i];
        step = step_at(steps[i].block, steps[i].block_count, line);
        if (step)
            return step;
    }
    return NULL;
}

/* Somebody in that process set the disposition of SIGCHLD. */
static bool sets_disposition(const struct event *event, int64_t process)
{
    if (event->subject != SIGCHLD || event->pid != process)
        return false;
    return event->kind == EVENT_ACTION ||
           (event->kind == EVENT_CALL && event->what == CALL_SIGACTION && event->value >= 0);
}

/* The last few events before a step failed, as far as they are worth a look. About the disposition
 * nothing says more than the last that set it, however long ago. */
static void add_context(const struct history *history, const struct step *step,
                        struct finding *finding)
{
    size_t i = history_count(history), n;
    size_t found[FINDING_EVIDENCE], count = 0;
    int64_t process = history_host_pid(history);

    while (i > 0 && !(history_event(history, i - 1)->kind == EVENT_EXPECT &&
                      history_event(history, i - 1)->subject == finding->line))
        i--;
    if (i > 0 && history_event(history, i - 1)->value)
        process = history_event(history, i - 1)->value;
    for (n = i; n > 0 && step && step->verb == VERB_EXPECT_DISPOSITION; n--) {
        if (sets_disposition(history_event(history, n - 1), process)) {
            finding_proof(finding, n - 1);
            break;
        }
    }
    for (; i > 0 && finding->evidence_count + count < FINDING_EVIDENCE; i--) {
        const struct event *event = history_event(history, i - 1);
        switch (event->kind) {
        case EVENT_LEAVE:
        case EVENT_REPORT:
        case EVENT_LOST:
        case EVENT_STRANGER:
        case EVENT_DISASTER:
        case EVENT_ORDER:
        case EVENT_EXITED:
        case EVENT_WAITED:
        case EVENT_FAULT:
        case EVENT_HANDLER_IN:
        case EVENT_QUIET:
        case EVENT_DISPOSITION:
        case EVENT_EXPECT:
        case EVENT_FOREIGN:
        case EVENT_ACTION:
            found[count++] = i - 1;
            break;
        case EVENT_CALL:
            if (event->what == CALL_WAITPID || event->what == CALL_WAITID ||
                event->what == CALL_FORK || (event->what == CALL_SIGACTION && event->value >= 0))
                found[count++] = i - 1;
            break;
        default:
            break;
        }
    }
    while (count > 0)
        finding_proof(finding, found[--count]);
}

static int put_finding(const struct script *script, const struct played *played,
                       const struct finding *finding, struct verdict *verdict)
{
    struct verdict_finding *out = &verdict->findings[verdict->findings_count++];
    const char *limit = excuse(played, finding);
    const struct step *step =
        finding->line ? step_at(script->steps, script->steps_count, finding->line) : NULL;
    char line[EVIDENCE_LINE];

    out->requirement = strdup(finding->requirement);
    out->also = finding->also ? strdup(finding->also) : NULL;
    out->oracle = strdup(finding->oracle);
    out->line = finding->line;
    out->step = step ? strdup(step->text) : NULL;
    out->what = strdup(finding->what);
    out->limit = limit ? strdup(limit) : NULL;
    if (finding->by != LIBRARY_UNKNOWN)
        out->by = strdup(finding->by == LIBRARY_ONE ? "one" : "two");
    out->evidence = calloc(FINDING_EVIDENCE, sizeof(*out->evidence));
    if (!out->requirement || (finding->also && !out->also) || !out->oracle || !out->what ||
        !out->evidence)
        return -ENOMEM;
    for (size_t i = 0; i < finding->evidence_count; i++) {
        history_format(played->history, finding->evidence[i], line, sizeof(line));
        out->evidence[out->evidence_count] = strdup(line);
        if (!out->evidence[out->evidence_count++])
            return -ENOMEM;
    }
    return limit ? 0 : 1;
}

/* Puts findings and limits into the verdict. 0 or -ENOMEM. */
static int put_judgement(const struct script *script, const struct play_faults *faults,
                         struct played *played, const struct findings *judged,
                         struct verdict *verdict)
{
    size_t abort_at = 0;
    const struct play_limit *abort_limit = documented_abort(played, script, faults, &abort_at);
    size_t total = played->findings.count + judged->count + 1;
    bool failed = false;
    char line[EVIDENCE_LINE];

    verdict->findings = calloc(total, sizeof(*verdict->findings));
    if (!verdict->findings)
        return -ENOMEM;
    if (abort_limit) {
        struct verdict_finding *out = &verdict->findings[verdict->findings_count++];
        out->requirement = strdup(abort_limit->requirement);
        out->oracle = strdup("limit");
        out->what = strdup("the library ended the process, as documented");
        out->limit = strdup(abort_limit->where);
        out->evidence = calloc(1, sizeof(*out->evidence));
        if (!out->requirement || !out->oracle || !out->what || !out->limit || !out->evidence)
            return -ENOMEM;
        history_format(played->history, abort_at, line, sizeof(line));
        out->evidence[0] = strdup(line);
        out->evidence_count = out->evidence[0] != NULL;
        verdict->kind = VERDICT_LIMIT;
        return out->evidence_count ? 0 : -ENOMEM;
    }
    for (size_t i = 0; i < played->findings.count; i++) {
        int rc;
        if (played->history)
            add_context(played->history,
                        step_at(script->steps, script->steps_count, played->findings.list[i].line),
                        &played->findings.list[i]);
        rc = put_finding(script, played, &played->findings.list[i], verdict);
        if (rc < 0)
            return rc;
        failed = failed || rc > 0;
    }
    for (size_t i = 0; i < judged->count; i++) {
        int rc = put_finding(script, played, &judged->list[i], verdict);
        if (rc < 0)
            return rc;
        failed = failed || rc > 0;
    }
    verdict->kind = failed ? VERDICT_FAIL : verdict->findings_count ? VERDICT_LIMIT : VERDICT_PASS;
    return 0;
}

/* The host ended early, or hung. Where neither a step nor an oracle could say what that breaks,
 * nobody can tell. */
static void early_end(const struct played *played, struct verdict *verdict)
{
    for (size_t i = 0; played->history && i < history_count(played->history); i++) {
        const struct event *event = history_event(played->history, i);
        char line[EVIDENCE_LINE];
        if (event->kind != EVENT_HOST_EXIT && event->kind != EVENT_HANG)
            continue;
        verdict->cut_short = true;
        if (verdict->kind != VERDICT_PASS)
            continue;
        history_format(played->history, i, line, sizeof(line));
        verdict->kind = VERDICT_ERROR;
        free(verdict->reason);
        if (asprintf(&verdict->reason, "the host did not come to its end: %s", line) < 0)
            verdict->reason = NULL;
    }
}

/* Writes the whole history to FOLDER/IMPLEMENTATION.THEME.NAME.txt. 0 or -errno. */
static int keep_history(const char *folder, const struct verdict *verdict,
                        const struct history *history)
{
    char *path = NULL;
    FILE *out = NULL;
    int rc = 0;

    if (asprintf(&path, "%s/%s.%s.txt", folder, verdict->implementation, verdict->scenario) < 0)
        return -ENOMEM;
    for (char *at = path + strlen(folder) + 1; *at; at++)
        if (*at == '/')
            *at = '.';
    out = fopen(path, "we");
    if (!out) {
        rc = -errno;
        goto out;
    }
    history_print(history, NULL, 1, out);
    if (ferror(out))
        rc = -EIO;
    if (fclose(out) != 0)
        rc = -errno;
out:
    free(path);
    return rc;
}

/* A limit on what is no requirement would excuse nothing, and nobody would notice. */
static bool limits_are_known(const struct played *played, const struct catalogue *catalogue,
                             struct verdict *verdict)
{
    for (size_t i = 0; catalogue && i < played->limits_count; i++) {
        if (catalogue_find(catalogue, played->limits[i].requirement))
            continue;
        verdict->kind = VERDICT_ERROR;
        if (asprintf(&verdict->reason,
                     "the adapter %s lists a limit on %s, which is not in the catalogue",
                     played->name, played->limits[i].requirement) < 0)
            verdict->reason = NULL;
        return false;
    }
    return true;
}

int scenario_run(const struct script *script, const struct scenario_options *options,
                 struct verdict *verdict)
{
    struct timespec start, end;
    struct findings judged = {0};
    struct audited audit = {0};
    struct played played;
    int rc = -ENOMEM;

    memset(verdict, 0, sizeof(*verdict));
    clock_gettime(CLOCK_MONOTONIC, &start);
    audited_play(script, options, &played, &audit);
    clock_gettime(CLOCK_MONOTONIC, &end);
    verdict->milliseconds =
        (double)(end.tv_sec - start.tv_sec) * 1e3 + (double)(end.tv_nsec - start.tv_nsec) / 1e6;
    verdict->scenario = strdup(script->name);
    verdict->file = strdup(script->path);
    verdict->sentence = strdup(script->sentence);
    verdict->implementation = strdup(played.name[0] ? played.name : options->impl_argument);
    verdict->version = strdup(played.version);
    verdict->covers = calloc(script->covers_count + 1, sizeof(*verdict->covers));
    if (!verdict->scenario || !verdict->file || !verdict->sentence || !verdict->implementation ||
        !verdict->version || !verdict->covers || !(verdict->command = strdup(options->command)))
        goto out;
    for (size_t i = 0; i < script->covers_count; i++)
        /* What only tools can see, a run without one does not tell of. */
        if ((options->tool || !audit_is_for_tools(script->covers[i])) &&
            !(verdict->covers[verdict->covers_count++] = strdup(script->covers[i])))
            goto out;
    verdict->events = played.history ? history_count(played.history) : 0;
    rc = options->history && played.history
             ? keep_history(options->history, verdict, played.history)
             : 0;
    if (rc != 0) {
        verdict->kind = VERDICT_ERROR;
        if (asprintf(&verdict->reason, "cannot write the history to %s: %s", options->history,
                     strerror(-rc)) < 0)
            verdict->reason = NULL;
        rc = 0;
        goto out;
    }
    if (!limits_are_known(&played, options->catalogue, verdict))
        goto out;
    if (played.result == PLAY_SKIPPED || played.result == PLAY_BROKEN) {
        verdict->kind = played.result == PLAY_SKIPPED ? VERDICT_SKIP : VERDICT_ERROR;
        verdict->reason = strdup(played.reason);
        rc = verdict->reason ? 0 : -ENOMEM;
        goto out;
    }
    if (oracle_judge(played.history, &played.subject, &judged) != 0) {
        rc = -ENOMEM;
    } else {
        lenient_kept(options->play.faults, played.history, &judged);
        lenient_pardon(options->play.faults, &judged);
        rc = put_judgement(script, options->play.faults, &played, &judged, verdict);
    }
    if (rc == 0)
        early_end(&played, verdict);
    if (rc == 0)
        rc = keep_excerpt(&played, &judged, verdict);
    if (rc == 0 && options->tool)
        audited_put(options, &played, &audit, verdict);
    if (rc == 0 && played.refused_by != LIBRARY_UNKNOWN)
        verdict->refused_by = strdup(played.refused_by == LIBRARY_ONE ? "one" : "two");
    if (rc == 0 && verdict->refused_by && !verdict->reason)
        verdict->reason = strdup(played.reason);
    if (rc == 0 && verdict->kind == VERDICT_PASS && played.reason[0]) {
        verdict->kind = VERDICT_SKIP;
        free(verdict->reason);
        verdict->reason = strdup(played.reason);
        rc = verdict->reason ? 0 : -ENOMEM;
    }
out:
    if (options->account)
        *options->account = audit.account;
    else
        audit_account_clear(&audit.account);
    findings_free(&judged);
    played_free(&played);
    return rc;
}
