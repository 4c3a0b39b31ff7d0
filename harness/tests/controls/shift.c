/* SPDX-License-Identifier: MIT */
/* Planted fault: a shift by more than the type has bits, and an addition that overflows. */
#include <limits.h>

static volatile int width = 40, most = INT_MAX;

int main(void)
{
    int shifted = 1 << width;

    return (shifted ^ (most + 1)) & 0;
}
