/* SPDX-License-Identifier: MIT */
/*
 * Memory under planted faults. The oracle "given back" charges what grows with contexts and
 * children; but a planted fault strikes once, and leaves one block behind. That is proved to be
 * lost where the call in which the fault struck took it, and failed, and no such call leaves a
 * block of that size where no fault strikes: what is made once in a process is there in both plays.
 *
 * Pure: from a finished history to findings.
 */
#include <stdio.h>
#include "history/fields.h"
#include "runner/play.h"

#define NONE ((size_t)-1)

/* The call of the adapter in which a thread is when `at` events have come: its ENTER, or NONE. */
static size_t call_at(const struct history *history, int tid, size_t at)
{
    size_t under_way[16], depth = 0;

    for (size_t i = 0; i < at && i < history_count(history); i++) {
        const struct event *event = history_event(history, i);

        if (event->tid != tid || event->pid != history_host_pid(history))
            continue;
        if (event->kind == EVENT_ENTER && depth < sizeof(under_way) / sizeof(*under_way))
            under_way[depth++] = i;
        else if (event->kind == EVENT_LEAVE && depth > 0)
            depth--;
    }
    return depth ? under_way[depth - 1] : NONE;
}

/* The end of the call that was entered there, or NONE; *fault is what struck in it, or NONE. */
static size_t end_of_call(const struct history *history, size_t enter, size_t *fault)
{
    const struct event *call = history_event(history, enter);
    int depth = 0;

    *fault = NONE;
    for (size_t i = enter + 1; i < history_count(history); i++) {
        const struct event *event = history_event(history, i);

        if (event->tid != call->tid || event->pid != call->pid)
            continue;
        if (event->kind == EVENT_FAULT)
            *fault = i;
        else if (event->kind == EVENT_ENTER)
            depth++;
        else if (event->kind == EVENT_LEAVE && depth-- == 0)
            return i;
    }
    return NONE;
}

static bool is_usual(const struct play_faults *faults, const struct play_kept *kept)
{
    for (size_t i = 0; i < faults->usual_count; i++)
        if (faults->usual[i].size == kept->size && faults->usual[i].op == kept->op)
            return true;
    return false;
}

void lenient_kept(struct play_faults *faults, const struct history *history,
                  struct findings *findings)
{
    for (size_t i = 0; faults && i < history_count(history); i++) {
        const struct event *block = history_event(history, i);
        struct play_kept kept = {.size = block->value};
        size_t enter, leave, fault;
        struct finding *finding;
        const char *op;

        if (block->kind != EVENT_KEPT)
            continue;
        enter = call_at(history, block->subject, (size_t)block->extra);
        kept.op = enter == NONE ? OP_NONE : history_event(history, enter)->what;
        if (faults->kept_count < PLAY_KEPT)
            faults->kept[faults->kept_count++] = kept;
        if (!faults->count || enter == NONE || is_usual(faults, &kept))
            continue;
        leave = end_of_call(history, enter, &fault);
        if (leave == NONE || fault == NONE || !history_event(history, leave)->error)
            continue;
        finding = findings_add(findings, "XC-30", "given back");
        if (!finding)
            return;
        op = event_op_word((unsigned)kept.op);
        snprintf(finding->what, sizeof(finding->what),
                 "%lld bytes that a failing call of %s took were never given back",
                 (long long)kept.size, op ? op : "the library");
        finding_proof(finding, enter);
        finding_proof(finding, fault);
        finding_proof(finding, leave);
        finding_proof(finding, i);
    }
}
