/* SPDX-License-Identifier: MIT */
/* The mutex is initialised by a call. */
#include <stddef.h>
#include "nested.h"

int main(void)
{
    pthread_mutex_t mutex;

    pthread_mutex_init(&mutex, NULL);
    return lock_twice(&mutex);
}
