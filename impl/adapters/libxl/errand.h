/* SPDX-License-Identifier: MIT */
/* What an operation needs in the world of the stand-ins: a domain, files, a monitor. */
#ifndef REAPCHECK_LIBXL_ERRAND_H
#define REAPCHECK_LIBXL_ERRAND_H

#include "events.h"

/* Outlives its operation: it is freed with the ctx. */
struct errand {
    struct errand *older;
    uint32_t domain; /* 0: none of its own */
    int fd;          /* what a domain is saved to; -1: none */
    libxl_bitmap vcpus;
    libxl_device_disk disk;
    bool has_disk, has_monitor;
    char files[2][160]; /* to be removed; "": none */
};

/* Makes ready what the operation needs: 0 or -errno. */
int errand_prepare(struct rc_ctx *ctx, enum rc_operation kind,
                   const struct rc_operation_arguments *arguments, struct errand **errand);

#endif
