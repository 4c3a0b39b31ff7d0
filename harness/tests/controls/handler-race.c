/* SPDX-License-Identifier: MIT */
/* Planted fault: a signal handler on one thread and the code of another change one plain int. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

static int count;

static void on_signal(int signal)
{
    (void)signal;
    count++;
}

static void *other(void *arg)
{
    (void)arg;
    raise(SIGUSR1);
    return NULL;
}

int main(void)
{
    pthread_t thread;

    signal(SIGUSR1, on_signal);
    if (pthread_create(&thread, NULL, other, NULL) != 0)
        return 1;
    count++;
    return pthread_join(thread, NULL);
}
