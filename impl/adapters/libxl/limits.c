/* SPDX-License-Identifier: MIT */
/* What libxl's documentation disclaims, and where. */
#include "ctx.h"

const struct rc_limit documented_limits[] = {
    {"EV-15", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_event_register_callbacks: \"It is NOT permitted to call libxl from "
     "within "
     "disaster\""},
    {"EV-16", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_event_register_callbacks: \"it is NOT safe to call _register_callbacks "
     "concurrently with, or reentrantly from, any other libxl function, nor while any "
     "event-generation facilities are enabled\""},
    {"FK-03", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, subprocess handling: \"A program which does this must call "
     "libxl_childproc_setmode\""},
    {"FK-04", RC_LIMIT_ABORTS,
     "libxl_event.h, libxl_childproc_setmode: \"May not be called when libxl might have any child "
     "processes, or the behaviour is undefined\""},
    {"FK-08", RC_LIMIT_ABORTS,
     "libxl_event.h, libxl_childproc_hooks: chldowner is a libxl_sigchld_owner, which has four "
     "values"},
    {"FK-14", RC_LIMIT_ABORTS,
     "libxl_event.h, libxl_sigchld_owner_libxl: \"Must not install a SIGCHLD handler\""},
    {"FK-15", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_sigchld_owner_libxl: \"Must not install a SIGCHLD handler\""},
    {"FK-19", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, subprocess handling: \"there must be at least one thread that has SIGCHLD "
     "unblocked\""},
    {"FK-29", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_sigchld_owner_libxl: \"Must not have any child processes running\", "
     "\"Must not install a SIGCHLD handler\", \"Must not reap any children\""},
    {"FK-30", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, subprocess handling: \"A naive program must only have at any one time only "
     "one libxl context which might have children\""},
    {"FK-35", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_childproc_sigchld_occurred: \"May NOT be called from within a signal "
     "handler which might interrupt any libxl operation\""},
    {"FK-36", RC_LIMIT_ABORTS,
     "libxl_event.h, libxl_childproc_reaped: \"May be called only by an application which has "
     "called setmode with chldowner == libxl_sigchld_owner_mainloop\""},
    {"FK-41", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_childproc_hooks, reaped_callback: \"Not permitted with "
     "_owner_mainloop\""},
    {"FK-42", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_sigchld_owner_libxl_always: \"The application must have only one "
     "libxl_ctx configured this way\""},
    {"FK-46", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_sigchld_owner_libxl_always_selective_reap: \"in which case all of its "
     "ctxs must be so configured\""},
    {"FK-70", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_postfork_child_noexec: \"One call on any existing (or specially made) "
     "ctx is sufficient; after this all previously existing libxl_ctx's are invalidated\""},
    {"FK-71", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_postfork_child_noexec: \"Until libxl_postfork_child_noexec has "
     "returned: No other libxl calls may be made\""},
    {"FK-72", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_postfork_child_noexec: \"all previously existing libxl_ctx's are "
     "invalidated and must not be used - or even freed\""},
    {"FK-79", RC_LIMIT_ABORTS,
     "libxl_event.h, libxl_childproc_setmode (libxl_ctx_free calls it): \"May not be called when "
     "libxl might have any child processes, or the behaviour is undefined\""},
    {"OE-16", RC_LIMIT_ABORTS,
     "libxl_event.h, libxl_osevent_hooks: \"osevent_register_hooks may be called only once for "
     "each libxl_ctx\""},
    {"OE-19", RC_LIMIT_ABORTS,
     "libxl_event.h, libxl_osevent_occurred_fd: \"It is NOT legal to call _occurred_ reentrantly "
     "within any libxl function\""},
    {"OE-36", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_osevent_occurred_timeout: \"Implicitly, on entry to this function the "
     "timeout has been deregistered\""},
    {"XC-20", RC_LIMIT_ABORTS,
     "libxl.h, libxl memory management: \"If malloc (or realloc) fails, libxl will cause the "
     "entire "
     "process to print a message to stderr and exit with status 255.\""},
    {"XC-21", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, libxl_postfork_child_noexec: until it has returned \"the child may not create "
     "further (grand)child processes\""},
    {"XC-25", RC_LIMIT_DISCLAIMED,
     "libxl_event.h, subprocess handling: \"Must not install a SIGCHLD handler\"; where reaping "
     "is selective the application \"does not use SIGCHLD\""},
    {NULL, 0, NULL},
};
