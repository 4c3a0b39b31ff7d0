/* SPDX-License-Identifier: MIT */
/*
 * A domain's number is its place in a table. A place is taken and given back by one atomic change,
 * so two processes that share the table never have the same one.
 */
#include "domains.h"
#include "store.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

/* A place that is being filled in. */
#define TAKEN UINT32_MAX

/* Shared with children. */
static struct table {
    _Atomic uint32_t states[DOMAINS]; /* enum domain_state or TAKEN */
    _Atomic uint32_t changes, next;
    uint8_t salt[12];
} * table;

/* Each process's own: it has a device model. */
static bool models[DOMAINS];

__attribute__((constructor)) static void make_table(void)
{
    table = mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (table == MAP_FAILED)
        table = NULL;
    else if (getrandom(table->salt, sizeof(table->salt), GRND_NONBLOCK) < 0)
        memset(table->salt, 0, sizeof(table->salt));
}

static bool known(uint32_t id)
{
    return table && id >= DOMAIN_FIRST && id < DOMAINS;
}

uint32_t domain_make(bool emulated)
{
    if (!table)
        return 0;
    for (uint32_t tries = 0; tries < DOMAINS; tries++) {
        /* The numbers go round, so that none comes back soon. */
        uint32_t id = atomic_fetch_add(&table->next, 1) % (DOMAINS - DOMAIN_FIRST) + DOMAIN_FIRST;
        uint32_t none = DOMAIN_NONE;

        if (!atomic_compare_exchange_strong(&table->states[id], &none, TAKEN))
            continue;
        models[id] = emulated;
        atomic_store(&table->states[id], DOMAIN_RUNS);
        return id;
    }
    return 0;
}

static void change(uint32_t id, enum domain_state state)
{
    if (!known(id))
        return;
    atomic_store(&table->states[id], state);
    atomic_fetch_add(&table->changes, 1);
    store_domain_changed();
}

void domain_shut_down(uint32_t id)
{
    change(id, DOMAIN_SHUT_DOWN);
}

void domain_end(uint32_t id)
{
    change(id, DOMAIN_GONE);
}

void domain_forget(uint32_t id)
{
    if (known(id))
        atomic_store(&table->states[id], DOMAIN_NONE);
}

enum domain_state domain_look(uint32_t id)
{
    uint32_t state = known(id) ? atomic_load(&table->states[id]) : DOMAIN_NONE;

    return state == TAKEN ? DOMAIN_NONE : (enum domain_state)state;
}

bool domain_emulated(uint32_t id)
{
    return known(id) && models[id];
}

uint32_t domain_changes(void)
{
    return table ? atomic_load(&table->changes) : 0;
}

void domain_identify(uint32_t id, uint8_t uuid[16])
{
    memset(uuid, 0, 16);
    if (table)
        memcpy(uuid, table->salt, sizeof(table->salt));
    memcpy(uuid + sizeof(table->salt), &id, sizeof(id));
}
