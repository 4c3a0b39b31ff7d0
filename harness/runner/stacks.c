/* SPDX-License-Identifier: MIT */
/*
 * The threads are stopped here and not by libdw, whose way of attaching waits without bound for a
 * thread that the kernel does not let stop, such as the parent of a vfork, and sends a SIGSTOP
 * that the process's parent can see. PTRACE_SEIZE and PTRACE_INTERRUPT send nothing, and leave a
 * stopped process stopped.
 *
 * A traced thread that dies meanwhile is a zombie until its tracer waits for it, and holds up the
 * end of the whole process. So all are waited for before leaving; except for the exit of the
 * process itself where it is our own child, whose status is for somebody else to take.
 *
 * Names come from the symbol tables of the files that are mapped, without looking for separate
 * debugging files: that might go to a server, and take for ever.
 */
#include "runner/stacks.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/sweep.h"

enum {
    STOP_MS = 500, /* for all threads to stop */
    FILE_NAME = 64,
    LOOK_MS = 1, /* between two looks; no event tells of another's stop */
};

enum tracing { TRACING_NOT, TRACING_RUNNING, TRACING_STOPPED, TRACING_ENDED };

struct traced {
    pid_t tid;
    enum tracing tracing;
    int signal; /* to be delivered to it when it goes on */
};

struct stacks {
    pid_t pid;
    bool our_child;
    Dwfl *dwfl;
    size_t count;
    struct traced thread[];
};

static void pause_between_looks(void)
{
    const struct timespec moment = {.tv_nsec = LOOK_MS * 1000000L};
    nanosleep(&moment, NULL);
}

/* In a sleep that not even ptrace ends, or dead. */
static bool cannot_stop(pid_t pid, pid_t tid)
{
    char path[64], line[128];
    bool dead_or_deaf = true;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/status", (int)pid, (int)tid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file)) {
        char state;
        if (sscanf(line, "State: %c", &state) == 1)
            dead_or_deaf = strchr("DZX", state) != NULL;
    }
    if (file)
        fclose(file);
    return dead_or_deaf;
}

/* Sees whether the thread has stopped or ended by now. */
static void look(struct stacks *stacks, struct traced *thread)
{
    siginfo_t info = {0};
    int what = WSTOPPED | WNOHANG | __WALL;

    if (thread->tid != stacks->pid || !stacks->our_child)
        what |= WEXITED;
    if (waitid(P_PID, (id_t)thread->tid, &info, what) < 0) {
        if (errno == ECHILD)
            thread->tracing = TRACING_ENDED;
    } else if (info.si_pid && info.si_code == CLD_TRAPPED) {
        thread->tracing = TRACING_STOPPED;
        /* PTRACE_EVENT_STOP is in the second byte where there is no signal on its way. */
        thread->signal = info.si_status >> 8 ? 0 : info.si_status;
    } else if (info.si_pid) {
        thread->tracing = TRACING_ENDED;
    }
}

static size_t count_in(const struct stacks *stacks, enum tracing tracing)
{
    size_t count = 0;
    for (size_t k = 0; k < stacks->count; k++)
        count += stacks->thread[k].tracing == tracing;
    return count;
}

static void await_stops(struct stacks *stacks)
{
    int64_t until = sweep_now() + STOP_MS;

    for (;;) {
        for (size_t k = 0; k < stacks->count; k++)
            if (stacks->thread[k].tracing == TRACING_RUNNING)
                look(stacks, &stacks->thread[k]);
        if (count_in(stacks, TRACING_RUNNING) == 0 || sweep_now() >= until)
            return;
        pause_between_looks();
    }
}

static int no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                        const char *file, const char *link, GElf_Word crc, char **found)
{
    (void)module, (void)data, (void)name, (void)base, (void)file, (void)link, (void)crc;
    (void)found;
    return -1;
}

/* Without it there are threads, but no stacks. */
static Dwfl *open_dwfl(pid_t pid, bool attach)
{
    static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_linux_proc_find_elf,
                                             .find_debuginfo = no_debuginfo};
    Dwfl *dwfl = dwfl_begin(&callbacks);

    if (dwfl && (dwfl_linux_proc_report(dwfl, pid) || dwfl_report_end(dwfl, NULL, NULL) ||
                 (attach && dwfl_linux_proc_attach(dwfl, pid, true)))) {
        dwfl_end(dwfl);
        dwfl = NULL;
    }
    return dwfl;
}

struct stacks *stacks_open(pid_t pid, const pid_t *tids, size_t count)
{
    siginfo_t info;
    int error = ESRCH;

    struct stacks *stacks = calloc(1, sizeof(*stacks) + count * sizeof(*stacks->thread));
    if (!stacks)
        return NULL;
    stacks->pid = pid;
    stacks->count = count;
    stacks->our_child = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
    for (size_t k = 0; k < count; k++) {
        struct traced *thread = &stacks->thread[k];
        thread->tid = tids[k];
        if (cannot_stop(pid, tids[k]))
            continue;
        if (ptrace(PTRACE_SEIZE, tids[k], 0, 0) == 0) {
            thread->tracing = TRACING_RUNNING;
            ptrace(PTRACE_INTERRUPT, tids[k], 0, 0);
        } else if (errno != ESRCH) {
            error = errno;
        }
    }
    await_stops(stacks);
    if (count_in(stacks, TRACING_NOT) == count) {
        free(stacks);
        errno = error;
        return NULL;
    }
    stacks->dwfl = open_dwfl(pid, true);
    return stacks;
}

struct walk {
    Dwfl *dwfl;
    size_t count, most;
    void (*frame)(void *user, const char *function);
    void *user;
};

/* The function at pc, or the file, written to file (of FILE_NAME). */
static const char *name_of(Dwfl *dwfl, Dwarf_Addr pc, char *file)
{
    Dwfl_Module *module = dwfl_addrmodule(dwfl, pc);
    const char *name = NULL;
    GElf_Off offset;
    GElf_Sym symbol;

    if (module)
        name = dwfl_module_addrinfo(module, pc, &offset, &symbol, NULL, NULL, NULL);
    if (module && !name) { /* stripped: the file is better than nothing */
        const char *path = dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        const char *slash = path ? strrchr(path, '/') : NULL;
        snprintf(file, FILE_NAME, "(%s)", slash ? slash + 1 : path ? path : "?");
        name = file;
    }
    return name ? name : "?";
}

static int walk_frame(Dwfl_Frame *frame, void *arg)
{
    struct walk *walk = arg;
    Dwarf_Addr pc;
    bool exact;
    char file[FILE_NAME];

    if (!dwfl_frame_pc(frame, &pc, &exact))
        return DWARF_CB_ABORT;
    if (!exact)
        pc--; /* a return address may lie behind the end of the function */
    walk->frame(walk->user, name_of(walk->dwfl, pc, file));
    return ++walk->count < walk->most ? DWARF_CB_OK : DWARF_CB_ABORT;
}

size_t stacks_walk(struct stacks *stacks, pid_t tid, size_t most,
                   void (*frame)(void *user, const char *function), void *user)
{
    struct walk walk = {stacks->dwfl, 0, most, frame, user};

    for (size_t k = 0; k < stacks->count; k++) {
        const struct traced *thread = &stacks->thread[k];
        if (thread->tid != tid || thread->tracing != TRACING_STOPPED || !stacks->dwfl)
            continue;
        dwfl_getthread_frames(stacks->dwfl, tid, walk_frame, &walk);
        if (walk.count == 0) {
            /* After a thread whose registers were not to be had (it was killed meanwhile), libdw
             * aborts when asked for another. */
            dwfl_end(stacks->dwfl);
            stacks->dwfl = open_dwfl(stacks->pid, true);
        }
    }
    return walk.count;
}

void stacks_name(pid_t pid, const int64_t *addresses, size_t count,
                 void (*name)(void *user, size_t i, const char *function), void *user)
{
    Dwfl *dwfl = open_dwfl(pid, false);
    char file[FILE_NAME];

    if (!dwfl)
        return;
    for (size_t i = 0; i < count; i++)
        name(user, i, name_of(dwfl, (Dwarf_Addr)addresses[i] - 1, file));
    dwfl_end(dwfl);
}

void stacks_close(struct stacks *stacks)
{
    if (stacks->dwfl)
        dwfl_end(stacks->dwfl);
    await_stops(stacks); /* a running thread cannot be let go */
    for (size_t k = 0; k < stacks->count; k++) {
        struct traced *thread = &stacks->thread[k];
        if (thread->tracing == TRACING_STOPPED &&
            ptrace(PTRACE_DETACH, thread->tid, 0, (uintptr_t)thread->signal) < 0)
            thread->tracing = TRACING_RUNNING; /* to its death: it was killed meanwhile */
        else if (thread->tracing == TRACING_STOPPED)
            thread->tracing = TRACING_NOT;
    }
    if (stacks->our_child)
        for (size_t k = 0; k < stacks->count; k++)
            if (stacks->thread[k].tid == stacks->pid)
                stacks->thread[k].tracing = TRACING_NOT;
    await_stops(stacks);
    free(stacks);
}
