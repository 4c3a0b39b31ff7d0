/* SPDX-License-Identifier: MIT */
/*
 * Events: getting them, having them brought, asking for them.
 *
 * What libxl hands over goes through as it is; an event is shown by a structure that points into
 * libxl's own. Which of libxl's two kinds of generators an rc_evgen is, is told by its lowest bit,
 * which is 0 in a pointer of libxl's.
 */
#include "events.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { IS_EJECT = 1 };

void event_show(struct rc_event *event, libxl_event *xl)
{
    *event = (struct rc_event){
        .type = (enum rc_event_type)xl->type,
        .user = xl->for_user,
        .own = xl,
    };
    switch (xl->type) {
    case LIBXL_EVENT_TYPE_DISK_EJECT:
        event->path = xl->u.disk_eject.vdev;
        event->id = (long)xl->domid;
        break;
    case LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN:
    case LIBXL_EVENT_TYPE_DOMAIN_DEATH:
        event->id = (long)xl->domid;
        break;
    case LIBXL_EVENT_TYPE_OPERATION_COMPLETE:
        event->result = result_of(xl->u.operation_complete.rc);
        break;
    case LIBXL_EVENT_TYPE_DOMAIN_CREATE_CONSOLE_AVAILABLE:
        break;
    }
}

static int wanted(const libxl_event *xl, void *user)
{
    const struct rc_criteria *criteria = user;
    struct rc_event event;

    event_show(&event, (libxl_event *)(uintptr_t)xl);
    return criteria->wanted(criteria->user, &event);
}

typedef int retriever(libxl_ctx *xl, libxl_event **event, uint64_t types,
                      libxl_event_predicate *predicate, void *user);

static int retrieve(struct rc_ctx *ctx, const struct rc_criteria *criteria, struct rc_event *event,
                    retriever *get)
{
    struct visit visit;
    libxl_event *xl;
    int rc;

    visit_begin(&visit, &ctx->visited);
    rc = get(ctx->xl, &xl, criteria->types, criteria->wanted ? wanted : NULL,
             (void *)(uintptr_t)criteria);
    if (!rc)
        event_show(event, xl);
    news_tell(ctx, &visit);
    ctx_leave(ctx, &visit);
    return result_of(rc);
}

int event_check(struct rc_ctx *ctx, const struct rc_criteria *criteria, struct rc_event *event)
{
    return retrieve(ctx, criteria, event, libxl_event_check);
}

int event_wait(struct rc_ctx *ctx, const struct rc_criteria *criteria, struct rc_event *event)
{
    return retrieve(ctx, criteria, event, libxl_event_wait);
}

void event_free(struct rc_ctx *ctx, struct rc_event *event)
{
    libxl_event_free(ctx->xl, event->own);
}

static void event_occurs(void *user, libxl_event *xl)
{
    struct rc_ctx *ctx = user;
    struct rc_event event;

    event_show(&event, xl);
    ctx->callbacks->event(ctx->user, &event);
}

int event_callbacks(struct rc_ctx *ctx, uint64_t mask, int with_disaster)
{
    news_listen(ctx);
    ctx->event_hooks.event_occurs_mask = mask;
    ctx->event_hooks.event_occurs = mask ? event_occurs : NULL;
    if (!with_disaster)
        ctx->event_hooks.disaster = NULL;
    libxl_event_register_callbacks(ctx->xl, &ctx->event_hooks, ctx);
    return 0;
}

int enable(struct rc_ctx *ctx, const struct rc_subject *subject, uint64_t user,
           struct rc_evgen **evgen)
{
    uint32_t domain = (uint32_t)subject->id;
    struct visit visit;
    int rc;

    visit_begin(&visit, &ctx->visited);
    if (subject->kind == RC_SUBJECT_PROCESS) {
        libxl_evgen_domain_death *death;

        rc = libxl_evenable_domain_death(ctx->xl, domain, user, &death);
        if (!rc)
            *evgen = (struct rc_evgen *)death;
    } else {
        libxl_evgen_disk_eject *eject;
        char disk[32];

        snprintf(disk, sizeof(disk), "%s", subject->path);
        rc = libxl_evenable_disk_eject(ctx->xl, domain, disk, user, &eject);
        memset(disk, '?', sizeof(disk) - 1);
        if (!rc)
            *evgen = (struct rc_evgen *)((uintptr_t)eject | IS_EJECT);
    }
    news_tell(ctx, &visit);
    ctx_leave(ctx, &visit);
    return result_of(rc);
}

void disable(struct rc_ctx *ctx, struct rc_evgen *evgen)
{
    uintptr_t which = (uintptr_t)evgen;
    struct visit visit;

    visit_begin(&visit, &ctx->visited);
    if (which & IS_EJECT)
        libxl_evdisable_disk_eject(ctx->xl,
                                   (libxl_evgen_disk_eject *)(which & ~(uintptr_t)IS_EJECT));
    else
        libxl_evdisable_domain_death(ctx->xl, (libxl_evgen_domain_death *)which);
    news_tell(ctx, &visit);
    ctx_leave(ctx, &visit);
}
