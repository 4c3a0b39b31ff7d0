/* SPDX-License-Identifier: MIT */
/*
 * What Helgrind and DRD cannot find out by themselves. They know nothing of C11 atomics, futexes
 * and sockets, so they would take the harness's own tables, and steps that the runner asked for
 * one after the other, for races. Each word here says something that is true of the code that
 * says it; none silences the library under test. Without valgrind's headers, and where the program
 * does not run under valgrind, they do nothing. ThreadSanitizer knows atomics, but not that a
 * message to the runner comes before its answer: in that build GIVE and TAKE say so to it.
 *
 *   RACES_GIVE(tag)    what this thread did so far happened before...
 *   RACES_TAKE(tag)    ...what a thread does after this, where it has seen the word or read the
 *                      message that stands behind the tag.
 *   RACES_OWN(a, n)    these n bytes are the harness's own; atomics or the above order all access
 *                      to them. (The build with ThreadSanitizer, which knows atomics, checks it.)
 *   RACES_MUTEX(m, r)  this is a mutex, recursive or not, that nobody need have initialised by a
 *                      call: Helgrind takes one that it meets first when it is locked for a
 *                      recursive one, and would say nothing of a second lock by its owner.
 *   RACES_CHILD()      this process is a forked child of the host, of which no tool tells anything:
 *                      Memcheck need not look for leaks as it ends, which five hundred of them do
 *                      at once.
 */
#ifndef REAPCHECK_RACES_H
#define REAPCHECK_RACES_H

#if defined(__has_include)
#if __has_include(<valgrind/helgrind.h>) && __has_include(<valgrind/drd.h>)
#define RACES_TOLD 1
#endif
#endif

#include "history/tsan.h"

#if UNDER_TSAN
#include <sanitizer/tsan_interface.h>
#define RACES_GIVE(tag)               __tsan_release((void *)(tag))
#define RACES_TAKE(tag)               __tsan_acquire((void *)(tag))
#define RACES_OWN(address, size)      ((void)(address), (void)(size))
#define RACES_MUTEX(mutex, recursive) ((void)(mutex), (void)(recursive))
#define RACES_CHILD()                 ((void)0)
#elif defined(RACES_TOLD)
#include <valgrind/helgrind.h>
/* Redefines what it has in common with the former; the requests behind that are the same. */
#include <valgrind/drd.h>

#define RACES_GIVE(tag) ANNOTATE_HAPPENS_BEFORE(tag)
#define RACES_TAKE(tag) ANNOTATE_HAPPENS_AFTER(tag)
#define RACES_OWN(address, size)                                                                   \
    do {                                                                                           \
        VALGRIND_HG_DISABLE_CHECKING(address, size);                                               \
        VALGRIND_DO_CLIENT_REQUEST_STMT(VG_USERREQ__DRD_START_SUPPRESSION, address, size, 0, 0,    \
                                        0);                                                        \
    } while (0)
#define RACES_MUTEX(mutex, recursive) VALGRIND_HG_MUTEX_INIT_POST(mutex, recursive)
#define RACES_CHILD()                 VALGRIND_CLO_CHANGE("--leak-check=no")
#else
#define RACES_GIVE(tag)               ((void)(tag))
#define RACES_TAKE(tag)               ((void)(tag))
#define RACES_OWN(address, size)      ((void)(address), (void)(size))
#define RACES_MUTEX(mutex, recursive) ((void)(mutex), (void)(recursive))
#define RACES_CHILD()                 ((void)0)
#endif

#endif
