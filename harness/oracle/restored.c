/* SPDX-License-Identifier: MIT */
/*
 * Restored: with all ctxs closed the disposition of SIGCHLD, its flags and its mask are what the
 * application had set.
 *
 * What that was is read before the first ctx is opened, and again whenever the application sets
 * one while no ctx is open. If it sets one while a ctx is open, what is then to be restored is not
 * known, and nothing is said.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <signal.h>

enum { KERNELS_OWN_FLAGS = 0x04000000 }; /* SA_RESTORER */

struct baseline {
    bool known, mask_known;
    int64_t disposition, flags, mask;
    size_t at;
};

static bool all_closed(const struct facts *facts, int process, size_t i)
{
    size_t n;

    for (n = 0; n < facts->ctx_count; n++)
        if (facts->ctxs[n].process == process &&
            facts_owner(facts, &facts->ctxs[n], i) != OWNER_CLOSED)
            return false;
    return true;
}

static void take_baseline(struct baseline *baseline, const struct event *event, size_t i)
{
    bool shown = event->kind == EVENT_DISPOSITION;

    *baseline = (struct baseline){.known = true,
                                  .mask_known = shown,
                                  .disposition = event->value,
                                  .flags = event->extra & ~(int64_t)KERNELS_OWN_FLAGS,
                                  .mask = shown ? event->result : 0,
                                  .at = i};
}

static const char *say_disposition(int64_t disposition)
{
    static const char *const words[] = {"default", "ignored", "the library's handler",
                                        "the application's handler"};

    return disposition >= 0 && disposition <= DISPOSITION_APPLICATION ? words[disposition]
                                                                      : "unknown";
}

static void compare(struct trial *trial, const struct baseline *baseline, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const char *requirement = for_shape(trial->subject, "FK-13");
    int64_t flags = event->extra & ~(int64_t)KERNELS_OWN_FLAGS;

    if (event->value != baseline->disposition)
        prove(charge(trial, requirement, "disposition", "the disposition of SIGCHLD",
                     "was left as %s with all ctxs closed; it had been %s",
                     say_disposition(event->value), say_disposition(baseline->disposition)),
              baseline->at, i);
    else if (flags != baseline->flags)
        prove(charge(trial, requirement, "flags", "the flags of SIGCHLD's disposition",
                     "were left as 0x%llx with all ctxs closed; they had been 0x%llx",
                     (unsigned long long)flags, (unsigned long long)baseline->flags),
              baseline->at, i);
    else if (baseline->mask_known && event->result != baseline->mask)
        prove(charge(trial, requirement, "mask", "the mask of SIGCHLD's disposition",
                     "was left as 0x%llx with all ctxs closed; it had been 0x%llx",
                     (unsigned long long)event->result, (unsigned long long)baseline->mask),
              baseline->at, i);
}

void judge_restored(const struct history *history, const struct subject *subject,
                    struct findings *findings)
{
    struct trial trial;
    struct baseline baseline = {.known = false};
    bool opened = false, touched = true;
    size_t i;
    int host;

    if (!trial_open(&trial, history, subject, findings, "restored"))
        return;
    host = trial.facts->host;
    for (i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);

        switch (event->kind) {
        case EVENT_ENTER: /* an attempt is enough: a failed one has to leave no trace either */
            if (event->what == OP_OPEN && event->pid == host) {
                opened = true;
                touched = false;
            }
            break;
        case EVENT_ACTION:
            if (event->subject != SIGCHLD || event->pid != host)
                break;
            touched = all_closed(trial.facts, host, i);
            if (touched)
                take_baseline(&baseline, event, i);
            else
                baseline.known = false;
            break;
        case EVENT_DISPOSITION:
            if (facts_process(trial.facts, event) != host || !all_closed(trial.facts, host, i))
                break;
            /* Nobody but the application has had a hand in it. */
            if (!opened || (touched && !baseline.mask_known && baseline.known))
                take_baseline(&baseline, event, i);
            else if (baseline.known)
                compare(&trial, &baseline, i);
            break;
        default:
            break;
        }
    }
    trial_close(&trial);
}
