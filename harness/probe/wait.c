/* SPDX-License-Identifier: MIT */
/*
 * The wait family. Where the caller wants no status the history still does. One that is cut short
 * is not made: it comes back as it does from the parent of a child that somebody traces, who is the
 * first to be told of its end.
 */
#include "probe/real.h"
#include "probe/call.h"

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
    struct call call;
    int wait_status = 0;
    pid_t r = -1;

    if (call_begin(&call, CALL_WAITPID, pid))
        r = call.cut ? 0 : real()->wait4(pid, &wait_status, options, usage);
    if (r > 0 && status)
        *status = wait_status;
    call_end(&call, r, r > 0 ? wait_status : 0, options);
    return r;
}

pid_t waitpid(pid_t pid, int *status, int options)
{
    return wait4(pid, status, options, NULL);
}

pid_t wait3(int *status, int options, struct rusage *usage)
{
    return wait4(-1, status, options, usage);
}

pid_t wait(int *status)
{
    return wait4(-1, status, 0, NULL);
}

int waitid(idtype_t idtype, id_t id, siginfo_t *info, int options)
{
    struct call call;
    siginfo_t own;
    int r = -1;

    own.si_pid = 0;
    own.si_status = 0;
    if (call_begin(&call, CALL_WAITID, (int)id))
        r = call.cut ? 0 : real()->waitid(idtype, id, info ? info : &own, options);
    if (info && call.cut)
        *info = (siginfo_t){0}; /* as Linux leaves it */
    if (info && r == 0)
        own = *info;
    call.spare = r == 0 ? (uint32_t)own.si_pid : 0;
    call_end(&call, r, (int64_t)idtype << 32 | (r == 0 && own.si_pid ? own.si_status : 0), options);
    return r;
}
