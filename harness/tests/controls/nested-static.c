/* SPDX-License-Identifier: MIT */
/* The mutex is static, and no tool was told of it. */
#include "nested.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    return lock_twice(&mutex);
}
