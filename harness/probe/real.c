/* SPDX-License-Identifier: MIT */
/*
 * Finds the libc functions behind the probe's definitions: the next ones in search order after
 * those of the executable. In a sanitized build these are the sanitizer's, which it needs to see.
 */
#include "probe/real.h"
#include "probe/probe.h"

#include <dlfcn.h>
#include <string.h>

struct real_functions real_functions;
struct probe_real probe_real;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static void *find(const char *name)
{
    void *function = NULL;

    if (SANITIZED) {
        /* A sanitizer linked into the executable itself is not "next" to it. */
        char own[64] = "__interceptor_";
        strncat(own, name, sizeof own - strlen(own) - 1);
        function = dlsym(RTLD_DEFAULT, own);
    }
    /* glibc on x86-64 keeps an older, incompatible condition variable under the same name. */
    if (!function && strncmp(name, "pthread_cond_", strlen("pthread_cond_")) == 0)
        function = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
    if (!function)
        function = dlsym(RTLD_NEXT, name);
    return function;
}

void real_find(void)
{
    void *function;

#define X(name)                                                                                    \
    function = find(#name);                                                                        \
    memcpy(&real_functions.name, &function, sizeof function);
    REAL_FUNCTIONS(X)
#undef X
    real_functions.known = 1;
    probe_real = (struct probe_real){
        .fork = real_functions.fork,
        .sigaction = real_functions.sigaction,
        .pthread_sigmask = real_functions.pthread_sigmask,
        .waitpid = real_functions.waitpid,
        .waitid = real_functions.waitid,
        .pthread_create = real_functions.pthread_create,
        .pthread_mutex_lock = real_functions.pthread_mutex_lock,
        .pthread_mutex_trylock = real_functions.pthread_mutex_trylock,
        .pthread_mutex_unlock = real_functions.pthread_mutex_unlock,
        .read = real_functions.read,
        .write = real_functions.write,
        .close = real_functions.close,
        .poll = real_functions.poll,
        .kill = real_functions.kill,
        .clock_gettime = real_functions.clock_gettime,
    };
}

__attribute__((constructor(101))) static void find_before_main(void)
{
    real();
}
