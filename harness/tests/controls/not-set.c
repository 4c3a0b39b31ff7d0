/* SPDX-License-Identifier: MIT */
/* Planted fault: what a program does depends on memory that nobody set. */
#include <stdio.h>
#include <stdlib.h>

static int *volatile number; /* volatile: no compiler knows what it points to */

int main(void)
{
    number = malloc(sizeof *number);
    if (number && *number == 7)
        puts("seven");
    free(number);
    return 0;
}
