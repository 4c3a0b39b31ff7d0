/* SPDX-License-Identifier: MIT */
/*
 * What events are about: to libxl a process is a domain, and a path is the disk drive of one, of
 * which the disk is ejected. Both live in the stand-ins (../../xen).
 */
#include "events.h"
#include "../../xen/domains.h"
#include "../../xen/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* As Linux numbers its devices, and libxl with it: the first disk of an xvd driver. */
#define DRIVE        "xvda"
#define DRIVE_NUMBER 51712

int subject_make(enum rc_subject_kind kind, const char *name, struct rc_subject *subject)
{
    uint32_t domain = domain_make(false);
    char path[128], backend[128];

    (void)name;
    if (!domain)
        return -ENOSPC;
    *subject = (struct rc_subject){.kind = kind, .id = (long)domain};
    if (kind == RC_SUBJECT_PROCESS)
        return 0;
    subject->path = DRIVE;
    snprintf(path, sizeof(path), "/local/domain/%u/device/vbd/%d/dev", domain, DRIVE_NUMBER);
    if (!store_write(path, DRIVE))
        return -ENOMEM;
    snprintf(path, sizeof(path), "/local/domain/%u/device/vbd/%d/backend", domain, DRIVE_NUMBER);
    snprintf(backend, sizeof(backend), "/local/domain/0/backend/vbd/%u/%d", domain, DRIVE_NUMBER);
    return store_write(path, backend) ? 0 : -ENOMEM;
}

int subject_do(struct rc_subject *subject, enum rc_subject_change change)
{
    uint32_t domain = (uint32_t)subject->id;
    char path[128];

    switch (change) {
    case RC_SUBJECT_STOPS:
        domain_shut_down(domain);
        return 0;
    case RC_SUBJECT_ENDS:
        domain_end(domain);
        return 0;
    case RC_SUBJECT_VANISHES:
        snprintf(path, sizeof(path), "/local/domain/%u/device/vbd/%d/eject", domain, DRIVE_NUMBER);
        return store_write(path, "eject") ? 0 : -ENOMEM;
    }
    return -EINVAL;
}
