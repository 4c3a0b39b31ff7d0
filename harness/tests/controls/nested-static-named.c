/* SPDX-License-Identifier: MIT */
/* The mutex is static, and made known to tools as the probe and the reference do it. */
#include "history/races.h"
#include "nested.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    RACES_MUTEX(&mutex, 0);
    return lock_twice(&mutex);
}
