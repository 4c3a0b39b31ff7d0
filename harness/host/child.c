/* SPDX-License-Identifier: MIT */
/*
 * The program that children exec: it awaits orders on RC_CHILD_FD (PROTOCOL.md, Children). It is
 * built alone and touches nothing else, so that what is open, blocked or ignored in it is what
 * its parent left there.
 */
#include "adapter.h"
#include "host/orders.h"

int main(void)
{
    orders_obey(RC_CHILD_FD);
}
