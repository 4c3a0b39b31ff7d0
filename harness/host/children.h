/* SPDX-License-Identifier: MIT */
/* The children of the host by name: how they are made, found by pid, and given orders. */
#ifndef REAPCHECK_HOST_CHILDREN_H
#define REAPCHECK_HOST_CHILDREN_H

#include <stdbool.h>
#include <sys/types.h>

#pragma GCC visibility push(hidden)

struct context;

enum ending_kind {
    ENDING_ORDERED, /* it awaits orders */
    ENDING_EXIT,    /* at once, with exit status `value` */
    ENDING_SIGNAL,  /* at once, by signal `value` */
    ENDING_EXEC,    /* it becomes the program that awaits orders */
};
struct ending {
    enum ending_kind kind;
    int value;
};

/* program: the path of the program that awaits orders. 0 or -errno. */
int children_start(const char *program);
/* That path. */
const char *children_program(void);

/* Each makes a child and names it. A pid, or -errno. Where the library cannot fork, children_fork
 * has it spawn the program that awaits orders, or else watch a child that the application forks. */
pid_t children_fork(struct context *context, const char *name, const struct ending *ending);
pid_t children_spawn(struct context *context, const char *name, const struct ending *ending);
/* postfork: the ctx by which the child tells the library that it goes on, or NULL. */
pid_t children_foreign(const char *name, const struct ending *ending, struct context *postfork);
/* fork() without more; returns twice. The child goes on as it likes. */
pid_t children_copy(const char *name);

/* Gives a name to a child that this process had before it was this program; it takes no orders. 0
 * or -errno. */
int children_known(const char *name, pid_t pid);
/* The pid of the latest child of that name, 0 if there is none. */
pid_t children_find(const char *name);
/* A child was seen to have ended. Writes its name; false: it has none (yet). */
bool children_ended(pid_t pid, char name[16]);
/* Passes on an order, such as "exit 3". 0 or -errno: -ENOENT no such child, -ENOTCONN it takes no
 * orders, -EPIPE it is gone. */
int children_order(const char *name, const char *order);
/* In a forked copy: what it does to the table is its own affair from now on. 0 or -errno. */
int children_separate(void);

#pragma GCC visibility pop
#endif
