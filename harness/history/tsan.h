/* SPDX-License-Identifier: MIT */
/*
 * What the build with ThreadSanitizer has to do in another way. It keeps a signal back from a
 * thread until that makes a call of which it knows that it may sleep, and a futex is none: a
 * thread that sleeps there would be deaf. poll is one; so in that build, threads that wait look
 * every TSAN_NAP_MS. It also gives a disposition without a handler a full mask (handler.c), and
 * takes no order of locks from trylock (lock.c).
 */
#ifndef REAPCHECK_TSAN_H
#define REAPCHECK_TSAN_H

#ifdef __SANITIZE_THREAD__
#define UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN 1
#endif
#endif
#ifndef UNDER_TSAN
#define UNDER_TSAN 0
#endif

enum { TSAN_NAP_MS = 2 };

#endif
