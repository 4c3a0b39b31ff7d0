/* SPDX-License-Identifier: MIT */
/* Planted fault: memory is lost. */
#include <stdlib.h>

static void *volatile kept;

int main(void)
{
    for (int i = 0; i < 10; i++)
        kept = malloc(100);
    kept = NULL;
    return 0;
}
