/* SPDX-License-Identifier: MIT */
/*
 * Expectations of how processes stand: children, the disposition of SIGCHLD, masks, open fds.
 */
#include <stdio.h>
#include <string.h>
#include "runner/proc.h"
#include "runner/stage.h"

struct watch {
    const struct step *step;
    struct stage_child *child;
    char seen[200]; /* what was found in place of what was expected */
};

static bool child_is(struct stage *stage, void *user)
{
    struct watch *watch = user;
    struct life *life = &stage->record.lives[watch->child->life];
    struct proc_stat stat;
    bool there = proc_stat(life->pid, life->pid, &stat);
    bool ended = record_look(life);

    snprintf(watch->seen, sizeof(watch->seen), "%s",
             ended ? (record_reaped(life) ? "gone" : "waitable")
                   : (there && (stat.state == 'T' || stat.state == 't') ? "stopped" : "running"));
    switch (watch->step->condition) {
    case CONDITION_WAITABLE:
        return strcmp(watch->seen, "waitable") == 0;
    case CONDITION_GONE:
        return strcmp(watch->seen, "gone") == 0;
    case CONDITION_STOPPED:
        return strcmp(watch->seen, "stopped") == 0;
    default:
        return strcmp(watch->seen, "running") == 0;
    }
}

static const char *condition_word(enum condition condition)
{
    switch (condition) {
    case CONDITION_WAITABLE:
        return "waitable";
    case CONDITION_GONE:
        return "gone";
    case CONDITION_STOPPED:
        return "stopped";
    case CONDITION_RUNNING:
        return "running";
    case CONDITION_RESTORED:
        return "restored";
    case CONDITION_LIBRARY:
        return "the library's handler";
    case CONDITION_DEFAULT:
        return "default";
    case CONDITION_IGNORED:
        return "ignored";
    case CONDITION_APPLICATION:
        return "the application's handler";
    default:
        return "?";
    }
}

static void expect_child(struct stage *stage, const struct step *step)
{
    struct stage_child *child = NULL;
    bool any = false;

    while ((child = stage_next_child(stage, step->child, child)) && !stage->stop) {
        struct watch watch = {.step = step, .child = child};
        size_t index = (size_t)(child - stage->children);
        any = true;
        if (!stage_comes_true(stage, step, child_is, &watch)) {
            if (stage_goes_on(stage))
                stage_fault(stage, step, "%s is %s, and should be %s", stage->children[index].name,
                            watch.seen, condition_word(step->condition));
            return;
        }
        /* It must stay so: what is waitable now may be stolen by a loop's next turn. */
        child = &stage->children[index];
    }
    if (!any)
        stage_no_child(stage, step);
}

struct looked {
    int disposition, flags;
    unsigned long long mask;
};

static bool look_at_disposition(struct stage *stage, struct looked *looked)
{
    if (stage_disposition(stage, &looked->disposition, &looked->flags, &looked->mask) &&
        looked->disposition >= 0 && looked->disposition <= DISPOSITION_APPLICATION)
        return true;
    if (stage->host->alive)
        stage_break(stage, "the host does not tell the disposition of SIGCHLD");
    return false;
}

static const enum condition disposition_words[] = {
    [DISPOSITION_DEFAULT] = CONDITION_DEFAULT,
    [DISPOSITION_IGNORED] = CONDITION_IGNORED,
    [DISPOSITION_LIBRARY] = CONDITION_LIBRARY,
    [DISPOSITION_APPLICATION] = CONDITION_APPLICATION,
};

static bool disposition_is(const struct stage *stage, const struct looked *looked,
                           enum condition wanted)
{
    if (wanted != CONDITION_RESTORED)
        return disposition_words[looked->disposition] == wanted;
    return looked->disposition == stage->base_disposition && looked->mask == stage->base_mask &&
           ((looked->flags ^ stage->base_flags) & ~0x04000000) == 0; /* SA_RESTORER is libc's */
}

/* A library may take its handler away after the callback that this step may have waited for: what
 * is there too long is there at rest. What is missing now is missing. */
static void expect_disposition(struct stage *stage, const struct step *step)
{
    struct looked looked;

    if (!look_at_disposition(stage, &looked))
        return;
    if (looked.disposition == DISPOSITION_LIBRARY &&
        !disposition_is(stage, &looked, step->condition) &&
        (!stage_quiet_at(stage, step) || !look_at_disposition(stage, &looked)))
        return;
    if (!disposition_is(stage, &looked, step->condition))
        stage_fault(stage, step,
                    "the disposition of SIGCHLD is %s (flags 0x%x, mask 0x%llx), and should be %s",
                    condition_word(disposition_words[looked.disposition]), (unsigned)looked.flags,
                    looked.mask, condition_word(step->condition));
}

static void expect_mask(struct stage *stage, const struct step *step)
{
    struct stage_child *child = step->child[0] ? stage_child(stage, step->child) : NULL;
    struct lane *lane = child ? NULL : stage_lane(stage, stage->host, step->lane);
    pid_t pid = child ? child->pid : stage->host->pid;
    pid_t tid = child ? child->pid : lane ? lane->tid : 0;
    struct proc_signals now, host;

    if (child && !stage_await_program(stage, child))
        return stage_fault(stage, step, "%s does not become a program", child->name);
    if (child && child->ctx >= 0) /* it has the mask of the lane that made it */
        lane = stage_lane(stage, stage->host, stage->ctxs[child->ctx].lane);
    if (!tid || !proc_signals(pid, tid, &now) ||
        !proc_signals(stage->host->pid, lane ? lane->tid : stage->host->pid, &host))
        return stage_break(stage, "%s:%d: whose mask?", stage->script->file, step->line);
    if (child) { /* the program's own view: as its forking lane, nothing ignored on top */
        struct event event = {.kind = EVENT_EXEC_MASK,
                              .ctx = -1,
                              .subject = pid,
                              .value = (int64_t)now.blocked,
                              .extra = (int64_t)now.ignored};
        log_append(stage->log, &event);
        /* Valgrind blocks signals in its threads as it likes, and sets the mask right for a child:
         * all that can be said there is that the child has none of its parent's open ones blocked.
         */
        if (stage->options->under ? now.blocked & ~host.blocked : now.blocked != host.blocked)
            stage_fault(
                stage, step, "%s starts with signals 0x%llx blocked, its parent with 0x%llx",
                child->name, (unsigned long long)now.blocked, (unsigned long long)host.blocked);
        else if (now.ignored & ~host.ignored)
            stage_fault(
                stage, step, "%s starts with signals 0x%llx ignored, its parent with 0x%llx",
                child->name, (unsigned long long)now.ignored, (unsigned long long)host.ignored);
        return;
    }
    stage_look(stage, false);
}

static void expect_fd(struct stage *stage, const struct step *step)
{
    bool wanted = step->condition == CONDITION_OPEN, is = stage_has_fd(stage, step->fd);

    if (is != wanted)
        stage_fault(stage, step, "%s is %s, and should be %s", step->fd, is ? "open" : "closed",
                    wanted ? "open" : "closed");
}

bool state_expect(struct stage *stage, const struct step *step)
{
    switch (step->verb) {
    case VERB_EXPECT_CHILD:
        expect_child(stage, step);
        return true;
    case VERB_EXPECT_DISPOSITION:
        expect_disposition(stage, step);
        return true;
    case VERB_EXPECT_MASK:
        expect_mask(stage, step);
        return true;
    case VERB_EXPECT_FD:
        expect_fd(stage, step);
        return true;
    default:
        return false;
    }
}
