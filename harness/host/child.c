/* SPDX-License-Identifier: MIT */
/*
 * The program that children exec: CHILD [FD]. It awaits orders on RC_CHILD_FD, or on FD where that
 * is given, for languages that cannot choose the number (PROTOCOL.md, Children). It is built alone
 * and touches nothing else, so that what is open, blocked or ignored in it is what its parent left
 * there. Only what belongs to the harness it closes, as a forked child does: not every language can
 * keep its own from its children. A PATH in place of FD is that of a pipe, for the child of an
 * operation.
 */
#include <fcntl.h>
#include "adapter.h"
#include "host/orders.h"

/* Puts the orders where they belong. False: there are none. */
static int take_orders_from(const char *word)
{
    int fd = 0;

    if (*word == '/') {
        fd = (int)syscall(SYS_openat, AT_FDCWD, word, O_RDONLY);
        word = "";
        if (fd < 0)
            return 0;
    }
    for (; *word >= '0' && *word <= '9' && fd < 1 << 20; word++)
        fd = 10 * fd + *word - '0';
    if (*word != '\0')
        return 0;
    if (fd == RC_CHILD_FD)
        return 1;
    if (syscall(SYS_dup3, fd, RC_CHILD_FD, 0) < 0)
        return 0;
    syscall(SYS_close, fd);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc > 1 && !take_orders_from(argv[1]))
        orders_exit(ORDERS_MISSING);
    syscall(SYS_close_range, RC_CHILD_FD + 1, ~0U, 0);
    orders_obey(RC_CHILD_FD);
}
