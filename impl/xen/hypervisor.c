/* SPDX-License-Identifier: MIT */
/*
 * Stands in for the hypervisor: it tells of the domains in domains.c, and is told to pause and
 * destroy them. The definitions of an executable win over those of libxenctrl.
 */
#include "domains.h"

#include <errno.h>
#include <string.h>
#include <xenctrl.h>
#include <xenguest.h>

/* What a handle points at; nobody looks inside. */
static char interface;

xc_interface *xc_interface_open(xentoollog_logger *logger, xentoollog_logger *domain_builder_logger,
                                unsigned open_flags)
{
    (void)logger;
    (void)domain_builder_logger;
    (void)open_flags;
    return (xc_interface *)&interface;
}

int xc_interface_close(xc_interface *xch)
{
    (void)xch;
    return 0;
}

/* The domains from `first` on that are there, at most `most`; how many. */
int xc_domain_getinfolist(xc_interface *xch, uint32_t first, unsigned int most,
                          xc_domaininfo_t *list)
{
    unsigned int count = 0;

    (void)xch;
    for (uint32_t id = first < DOMAIN_FIRST ? DOMAIN_FIRST : first; id < DOMAINS && count < most;
         id++) {
        enum domain_state state = domain_look(id);
        xc_domaininfo_t *info = &list[count];

        if (state != DOMAIN_RUNS && state != DOMAIN_SHUT_DOWN)
            continue;
        memset(info, 0, sizeof(*info));
        info->domain = (domid_t)id;
        domain_identify(id, info->handle);
        if (domain_emulated(id))
            info->flags |= XEN_DOMINF_hvm_guest;
        if (state == DOMAIN_SHUT_DOWN)
            info->flags |= XEN_DOMINF_shutdown;
        count++;
    }
    return (int)count;
}

int xc_domain_pause(xc_interface *xch, uint32_t id)
{
    (void)xch;
    (void)id;
    return 0;
}

int xc_domain_unpause(xc_interface *xch, uint32_t id)
{
    (void)xch;
    (void)id;
    return 0;
}

/* libxl calls this in a child of its own. */
int xc_domain_destroy(xc_interface *xch, uint32_t id)
{
    (void)xch;
    domain_end(id);
    return 0;
}

int xc_domain_getvnuma(xc_interface *xch, uint32_t id, uint32_t *nodes, uint32_t *ranges,
                       uint32_t *vcpus, xen_vmemrange_t *range, unsigned int *distance,
                       unsigned int *node_of_vcpu)
{
    (void)xch;
    (void)id;
    (void)nodes;
    (void)ranges;
    (void)vcpus;
    (void)range;
    (void)distance;
    (void)node_of_vcpu;
    errno = EOPNOTSUPP;
    return -1;
}

int xc_flask_sid_to_context(xc_interface *xch, int sid, char *buffer, uint32_t size)
{
    (void)xch;
    (void)sid;
    (void)buffer;
    (void)size;
    errno = ENOSYS;
    return -1;
}

/* Of the devices that a domain's processor would need told: none. */
const char *xc_domain_get_native_protocol(xc_interface *xch, uint32_t id)
{
    (void)xch;
    (void)id;
    return NULL;
}
