/* SPDX-License-Identifier: MIT */
/* Planted fault: two threads take two mutexes in opposite orders, one after the other, so that it
 * never comes to a deadlock. */
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void take_both(pthread_mutex_t *first, pthread_mutex_t *second)
{
    pthread_mutex_lock(first);
    pthread_mutex_lock(second);
    pthread_mutex_unlock(second);
    pthread_mutex_unlock(first);
}

static void *other(void *arg)
{
    (void)arg;
    take_both(&b, &a);
    return NULL;
}

int main(void)
{
    pthread_t thread;

    take_both(&a, &b);
    if (pthread_create(&thread, NULL, other, NULL) != 0)
        return 1;
    return pthread_join(thread, NULL);
}
