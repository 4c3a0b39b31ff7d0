/* SPDX-License-Identifier: MIT */
/* Planted fault: memory is read after it was freed. */
#include <stdio.h>
#include <stdlib.h>

static int *volatile number; /* volatile: no compiler knows what it points to */

int main(void)
{
    number = calloc(1, sizeof *number);
    if (!number)
        return 1;
    free(number);
    printf("%d\n", *number);
    return 0;
}
