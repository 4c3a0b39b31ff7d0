/* SPDX-License-Identifier: MIT */
/*
 * Restored: with all ctxs closed the disposition of SIGCHLD, its flags and its mask are what the
 * application had set.
 *
 * What that was is read before the first ctx is opened, and again whenever the application sets
 * one while no ctx is open. If it sets one while a ctx is open, what is then to be restored is not
 * known, and nothing is said.
 *
 * A forked copy of the host begins with its parent's. It is looked at from its first postfork on,
 * which is to put back there what the application had set; a copy that never calls it has yet to
 * exec, and owes nothing.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <signal.h>
#include <stdlib.h>

enum { KERNELS_OWN_FLAGS = 0x04000000 }; /* SA_RESTORER */

struct baseline {
    bool known, mask_known;
    int64_t disposition, flags, mask;
    size_t at;
};

/* What is known of the host, or of a copy of it. */
struct process {
    int pid;
    struct baseline baseline;
    bool opened;     /* a ctx was, or somebody tried to */
    bool touched;    /* the application set one, nobody else has had a hand in it since */
    size_t postfork; /* of a copy: LEAVE of the first that succeeded; NEVER of the host */
    bool reopened;   /* of a copy: a ctx was opened there since */
    bool said;       /* that it was not restored, and nothing was opened since */
    UT_hash_handle hh;
};

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

static void compare(struct trial *trial, struct process *process, size_t i)
{
    const struct event *event = history_event(trial->history, i);
    const struct baseline *baseline = &process->baseline;
    bool postfork = process->postfork != NEVER && !process->reopened;
    const char *requirement = for_shape(trial->subject, postfork ? "FK-73" : "FK-13");
    const char *when = postfork ? "in a forked copy after postfork" : "with all ctxs closed";
    int64_t flags = event->extra & ~(int64_t)KERNELS_OWN_FLAGS;

    if (process->said)
        return;
    process->said = true;
    if (event->value != baseline->disposition)
        prove(charge(trial, requirement, "disposition", "the disposition of SIGCHLD",
                     "was left as %s %s; it had been %s", say_disposition(event->value), when,
                     say_disposition(baseline->disposition)),
              baseline->at, process->postfork, i);
    else if (flags != baseline->flags)
        prove(charge(trial, requirement, "flags", "the flags of SIGCHLD's disposition",
                     "were left as 0x%llx %s; they had been 0x%llx", (unsigned long long)flags,
                     when, (unsigned long long)baseline->flags),
              baseline->at, process->postfork, i);
    else if (baseline->mask_known && event->result != baseline->mask)
        prove(charge(trial, requirement, "mask", "the mask of SIGCHLD's disposition",
                     "was left as 0x%llx %s; it had been 0x%llx", (unsigned long long)event->result,
                     when, (unsigned long long)baseline->mask),
              baseline->at, process->postfork, i);
    else
        process->said = false;
}

static struct process *process_of(struct process *all, int pid)
{
    struct process *process;

    HASH_FIND_INT(all, &pid, process);
    return process;
}

/* NULL for want of memory. */
static struct process *add_process(struct process **all, int pid)
{
    struct process *process = process_of(*all, pid);

    if (process) /* the pid of a copy that is no more */
        HASH_DEL(*all, process);
    else
        process = malloc(sizeof(*process));
    if (!process)
        return NULL;
    *process = (struct process){.pid = pid, .touched = true, .postfork = NEVER};
    HASH_ADD_INT(*all, pid, process);
    return process;
}

/* What the application had set where it forked is what the copy has to get back. */
static void fork_process(struct process **all, const struct process *parent, int pid)
{
    struct baseline baseline = parent->baseline;
    struct process *copy = add_process(all, pid);

    if (!copy)
        return;
    copy->baseline = baseline;
    copy->opened = true;
    copy->touched = false;
}

static void follow_application(struct trial *trial, struct process *process, size_t i)
{
    const struct event *event = history_event(trial->history, i);

    process->said = false;
    /* Who returns what was the library's when he borrowed it does not ask for that. */
    process->touched =
        event->value != DISPOSITION_LIBRARY && facts_all_closed(trial->facts, process->pid, i);
    if (process->touched)
        take_baseline(&process->baseline, event, i);
    else
        process->baseline.known = false;
}

static void look(struct trial *trial, struct process *process, size_t i)
{
    struct baseline *baseline = &process->baseline;

    if (!facts_all_closed(trial->facts, process->pid, i) ||
        !facts_look_stands(trial->facts, process->pid, i) ||
        (process->pid != trial->facts->host && process->postfork == NEVER))
        return;
    /* Nobody but the application has had a hand in it. */
    if (!process->opened || (process->touched && !baseline->mask_known && baseline->known))
        take_baseline(baseline, history_event(trial->history, i), i);
    else if (baseline->known)
        compare(trial, process, i);
}

void judge_restored(const struct history *history, const struct subject *subject,
                    struct findings *findings)
{
    struct trial trial;
    struct process *all = NULL, *process, *next;
    size_t i;

    if (!trial_open(&trial, history, subject, findings, "restored"))
        return;
    if (!add_process(&all, trial.facts->host))
        goto out;
    for (i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);

        process = process_of(
            all, event->kind == EVENT_DISPOSITION ? facts_process(trial.facts, event) : event->pid);
        if (!process)
            continue;
        switch (event->kind) {
        case EVENT_ENTER: /* an attempt is enough: a failed one has to leave no trace either */
            if (event->what == OP_OPEN) {
                process->opened = process->reopened = true;
                process->touched = process->said = false;
            }
            break;
        case EVENT_LEAVE:
            if (event->what == OP_POSTFORK && event->result == 0 && event->error == 0 &&
                process->pid != trial.facts->host && process->postfork == NEVER) {
                process->postfork = i;
                process->reopened = false;
            }
            break;
        case EVENT_FORKED:
            fork_process(&all, process, event->subject);
            break;
        case EVENT_ACTION:
            if (event->subject == SIGCHLD)
                follow_application(&trial, process, i);
            break;
        case EVENT_DISPOSITION:
            look(&trial, process, i);
            break;
        default:
            break;
        }
    }
    HASH_ITER (hh, all, process, next) {
        HASH_DEL(all, process);
        free(process);
    }
out:
    trial_close(&trial);
}
