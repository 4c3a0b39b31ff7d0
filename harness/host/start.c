/* SPDX-License-Identifier: MIT */
/*
 * The order matters here: the harness's descriptors go out of the way first, and the probe is on
 * before the adapter is loaded, since the library may do things as it is.
 */
#include "host/start.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "history/races.h"
#include "host/children.h"
#include "host/copy.h"
#include "host/descriptor.h"
#include "host/lane.h"
#include "host/library.h"
#include "host/output.h"
#include "host/reader.h"
#include "probe/probe.h"

enum { NOTHING_TO_DRIVE = 1, WRONG_USE = 2 };

_Noreturn void host_serve(bool probe)
{
    sigset_t all, mask;
    int rc;

    library_announce(probe);
    output_line("ready");
    sigfillset(&all);
    probe_real.pthread_sigmask(SIG_SETMASK, &all, &mask);
    rc = helper_start();
    if (rc == 0)
        rc = reader_start();
    probe_real.pthread_sigmask(SIG_SETMASK, &mask, NULL);
    if (rc == 0)
        lane_serve(lane_self());
    _exit(NOTHING_TO_DRIVE);
}

static int fail(const char *why)
{
    output_line("failed %s", why);
    return NOTHING_TO_DRIVE;
}

static int fail_with(const char *what, int rc)
{
    output_line("failed %s: %s", what, strerror(-rc));
    return NOTHING_TO_DRIVE;
}

int host_run(char *const *objects, const char *program)
{
    int protocol, log_fd, control_fd, notify, births, rc;
    struct control *control = NULL;
    struct log *log = NULL;
    const char *ignored = getenv("REAPCHECK_IGNORE");
    sigset_t mask;
    char why[512];
    bool probe;

    if (ignored != NULL && strcmp(ignored, "SIGCHLD") == 0)
        signal(SIGCHLD, SIG_IGN);
    unsetenv("REAPCHECK_IGNORE");

    rc = descriptor_prepare();
    protocol = descriptor_from_environment("REAPCHECK_SOCKET");
    if (protocol < 0) {
        fprintf(stderr, "This program is started by reapcheck, which talks to it on the socket "
                        "that REAPCHECK_SOCKET names.\n");
        return WRONG_USE;
    }
    output_start(protocol, NULL);
    if (rc < 0)
        return fail_with("no file descriptors from 500 up", rc);
    /* The tool that we run under has its own copy of where it writes to. */
    descriptor_close(descriptor_from_environment("REAPCHECK_REPORT"));
    log_fd = descriptor_from_environment("REAPCHECK_LOG");
    control_fd = descriptor_from_environment("REAPCHECK_CONTROL");
    notify = descriptor_from_environment("REAPCHECK_NOTIFY");
    births = descriptor_from_environment("REAPCHECK_BIRTHS");

    if (log_fd >= 0 && (log = log_map(log_fd)) == NULL)
        return fail_with("the log cannot be mapped", -errno);
    if (control_fd >= 0 && (control = control_map(control_fd)) == NULL)
        return fail_with("the control page cannot be mapped", -errno);
    /* Of the log only the counters at its start: no two threads write to one place of the rest, and
     * to exempt all of it takes DRD ten seconds. */
    if (log != NULL)
        RACES_OWN(log, LOG_COUNTERS);
    if (control != NULL)
        RACES_OWN(control, sizeof *control);
    output_start(protocol, log);
    probe = log != NULL && control != NULL;

    rc = children_start(program);
    if (rc < 0)
        return fail_with("the host cannot start", rc);
    probe_real.pthread_sigmask(SIG_SETMASK, NULL, &mask);
    lane_main(&mask, "main");
    if (probe)
        probe_start(log, control, notify, births);
    copy_prepare(log, births, probe);

    if (!library_load(objects, why, sizeof why))
        return fail(why);
    host_serve(probe);
}
