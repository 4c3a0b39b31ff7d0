/* SPDX-License-Identifier: MIT */
/*
 * The names that a script gives, and what is known of what they stand for.
 */
#ifndef REAPCHECK_SCRIPT_NAMES_H
#define REAPCHECK_SCRIPT_NAMES_H

#include "script/grammar.h"

/* Is it there? MAYBE: it may have gone by now, it may go at any moment. */
enum presence { THERE, MAYBE, GONE };

struct name {
    char text[SCRIPT_NAME];
    enum makes kind;
    const struct step *made_by; /* at line 0: it is there from the start */
    enum presence presence;     /* of a lane, a ctx or an fd */
    int copy;                   /* the forked copy in which it is, 0 for the host itself */
    int holds;                  /* of a lane: gates set and not yet opened */
    int busy;                   /* of a lane: line of the last together block that it was in */
    bool owner_changed;         /* of a ctx */
    char lane[SCRIPT_NAME];     /* of a ctx */
    char ctx[SCRIPT_NAME];      /* of a child: in whose care it is, "" for nobody's */
    bool many_ctxs;             /* of a child: it has been in the care of several */
    bool forgotten, killed;     /* of a child */
    bool traced;                /* of a child */
};

struct names;

/* NULL for want of memory. */
struct names *names_new(void);
void names_free(struct names *names);
/* NULL if there is none such. */
struct name *names_find(const struct names *names, const char *text);
/* Adds a name that is not there; NULL for want of memory. */
struct name *names_add(struct names *names, const char *text, enum makes kind,
                       const struct step *made_by);
/* Goes through all of them: call(name, with). */
void names_each(struct names *names, void (*call)(struct name *name, void *with), void *with);

/* "kids" of "kids.3": the name of the group that a member's name would belong to, and which one
 * of it; 0 if text is not such a name. */
int names_member(const char *text, char group[SCRIPT_NAME]);

#endif
