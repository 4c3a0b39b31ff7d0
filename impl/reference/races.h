/* SPDX-License-Identifier: MIT */
/*
 * For those who run libreap under Helgrind or DRD, which know nothing of C11 atomics: says what
 * ours guarantee. Each pair names one atomic word; the claim is no more than that the store or
 * addition that follows a give synchronises with the load or addition that precedes a take, and so
 * with all loads of that word that see it or what came later. No memory is exempted from checking
 * but, in DRD, the atomic words themselves. ThreadSanitizer, which knows atomics, sees nothing of
 * this.
 *
 * Without valgrind's headers these are nothing, and else a few idle instructions.
 */
#ifndef REAP_RACES_H
#define REAP_RACES_H

#if defined(__has_include)
#if __has_include(<valgrind/helgrind.h>)
#include <valgrind/helgrind.h>
#define REAP_RACES_TOLD 1
#endif
#endif

#if defined(REAP_RACES_TOLD) && __has_include(<valgrind/drd.h>)
#include <valgrind/drd.h>
/* This word is atomic: DRD takes a locked instruction for a plain store. */
#define reap__is_atomic(word)                                                                      \
    VALGRIND_DO_CLIENT_REQUEST_STMT(VG_USERREQ__DRD_START_SUPPRESSION, word, sizeof(*(word)), 0,   \
                                    0, 0)
#else
#define reap__is_atomic(word) ((void)(word))
#endif

#ifdef REAP_RACES_TOLD
/* DRD understands these two as well. */
#define reap__gives(word) ANNOTATE_HAPPENS_BEFORE(word)
#define reap__takes(word) ANNOTATE_HAPPENS_AFTER(word)
/* A static mutex, not recursive: Helgrind would else not report that its owner locks it again. */
#define reap__names_mutex(mutex) VALGRIND_HG_MUTEX_INIT_POST(mutex, 0)
#else
#define reap__gives(word)        ((void)(word))
#define reap__takes(word)        ((void)(word))
#define reap__names_mutex(mutex) ((void)(mutex))
#endif

#endif
