/* SPDX-License-Identifier: MIT */
/* Verbs of scripts about the kernel itself, and where handlers ran. */
#ifndef REAPCHECK_HOST_VERBS_PLATFORM_H
#define REAPCHECK_HOST_VERBS_PLATFORM_H

#include "host/request.h"

#pragma GCC visibility push(hidden)

/* A handler of the application's runs on this thread. [a signal handler] */
void platform_handled(int signal);
/* In a forked copy: what was handled was handled by the original. */
void platform_forget(void);

void verb_handled(struct request *request);
void verb_provoke(struct request *request);
void verb_clone(struct request *request);
void verb_lead(struct request *request);
void verb_cores(struct request *request);
void verb_crowd(struct request *request);
void verb_exec(struct request *request);
void verb_known(struct request *request);

#pragma GCC visibility pop
#endif
