/* SPDX-License-Identifier: MIT */
/*
 * What the kernel's rules about threads and children cost, and how that grows: figures to look at,
 * no verdict (PL-12, PL-13). Run by `make bench-platform`, and as a part of `make bench-harness`.
 *
 * Sizes are tried as long as the machine allows them. Times are medians of a few rounds. How they
 * grow is the exponent between the two largest sizes: 0 where a size does not matter, 1 where the
 * cost is so much for each.
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    SIZES = 4,
    ROUNDS = 5,
    ROUNDS_OF_MANY = 3, /* of the largest size */
    STACK_OF_CHILD = 4096,
    WAIT_S = 60, /* for threads to come to life */
};
static const int sizes[SIZES] = {10, 100, 1000, 10000};

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* -- a thread's exit, with children -- */

struct family {
    int wanted, count;
    pid_t *children;
    char *stacks;
    atomic_int stage; /* 1: they are there, 2: the thread may exit */
    pid_t tid;
};

static int only_sleep(void *unused)
{
    (void)unused;
    for (;;)
        syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
    return 0;
}

/* Children that share our memory: ten thousand of them cost little more than their names. */
static void have_children(struct family *family)
{
    family->stacks = mmap(NULL, (size_t)family->wanted * STACK_OF_CHILD, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    family->children = calloc((size_t)family->wanted, sizeof *family->children);
    if (family->stacks == MAP_FAILED || !family->children)
        return;
    for (; family->count < family->wanted; family->count++) {
        char *top = family->stacks + (size_t)(family->count + 1) * STACK_OF_CHILD;
        pid_t pid = clone(only_sleep, top, CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD, NULL);

        if (pid < 0)
            return;
        family->children[family->count] = pid;
    }
}

static void end_children(struct family *family)
{
    for (int i = 0; i < family->count; i++)
        kill(family->children[i], SIGKILL);
    for (int i = 0; i < family->count; i++)
        waitpid(family->children[i], NULL, 0);
    if (family->stacks != MAP_FAILED)
        munmap(family->stacks, (size_t)family->wanted * STACK_OF_CHILD);
    free(family->children);
}

static void *live(void *of, bool have)
{
    struct family *family = of;

    family->tid = gettid();
    if (have)
        have_children(family);
    atomic_store(&family->stage, 1);
    while (atomic_load(&family->stage) != 2)
        sched_yield();
    return NULL;
}

static void *parent(void *family)
{
    return live(family, true);
}

static void *bystander(void *family)
{
    return live(family, false);
}

/* From the word to go to the kernel's being done with it; -1 where there cannot be so many. */
static double thread_exit(int children, bool own)
{
    struct family family = {.wanted = children, .stacks = MAP_FAILED};
    pthread_t thread;
    double start, us;

    if (!own)
        have_children(&family);
    if (pthread_create(&thread, NULL, own ? parent : bystander, &family) != 0)
        return -1;
    while (atomic_load(&family.stage) != 1)
        sched_yield();
    start = now_us();
    atomic_store(&family.stage, 2);
    while (syscall(SYS_tgkill, getpid(), family.tid, 0) == 0)
        sched_yield();
    us = now_us() - start;
    pthread_join(thread, NULL);
    end_children(&family);
    return family.count == children ? us : -1;
}

static double exit_of_parent(int children)
{
    return thread_exit(children, true);
}

static double exit_of_bystander(int children)
{
    return thread_exit(children, false);
}

/* -- a broadcast to many threads -- */

static atomic_int *awake; /* shared with the process that has the threads */

static void *sleep_on(void *unused)
{
    atomic_fetch_add(awake, 1);
    for (;;)
        pause();
    return unused;
}

static _Noreturn void be_a_crowd(int threads)
{
    pthread_attr_t attributes;
    pthread_t thread;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pthread_attr_init(&attributes);
    pthread_attr_setguardsize(&attributes, 0);
    pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN));
    for (int i = 1; i < threads; i++)
        if (pthread_create(&thread, &attributes, sleep_on, NULL) != 0)
            _exit(1);
    sleep_on(NULL);
    _exit(0);
}

/* A process of so many threads, all asleep; -1 where there cannot be one. */
static pid_t crowd(int threads)
{
    double end = now_us() + WAIT_S * 1e6;
    pid_t pid;

    atomic_store(awake, 0);
    pid = fork();
    if (pid == 0)
        be_a_crowd(threads);
    while (pid > 0 && atomic_load(awake) < threads) {
        if (waitpid(pid, NULL, WNOHANG) == pid)
            return -1;
        if (now_us() > end) {
            kill(pid, SIGKILL);
            waitpid(pid, NULL, 0);
            return -1;
        }
        sched_yield();
    }
    return pid;
}

static double broadcast(int threads, bool stop)
{
    pid_t pid = crowd(threads);
    double start, us;
    int status;

    if (pid < 0)
        return -1;
    start = now_us();
    kill(pid, stop ? SIGSTOP : SIGKILL);
    waitpid(pid, &status, stop ? WUNTRACED : 0); /* told when the last of them has */
    us = now_us() - start;
    if (stop) {
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
    return us;
}

static double end_of_crowd(int threads)
{
    return broadcast(threads, false);
}

static double stop_of_crowd(int threads)
{
    return broadcast(threads, true);
}

/* -- the table -- */

static double median_of(double (*measure)(int), int size)
{
    int rounds = size == sizes[SIZES - 1] ? ROUNDS_OF_MANY : ROUNDS;
    double us[ROUNDS];

    for (int i = 0; i < rounds; i++)
        if ((us[i] = measure(size)) < 0)
            return -1;
    qsort(us, (size_t)rounds, sizeof *us, compare);
    return us[rounds / 2];
}

static void print_row(const char *what, double (*measure)(int))
{
    double last = -1, before = -1;
    int n = 0;

    printf("%-44s", what);
    for (; n < SIZES; n++) {
        double us = median_of(measure, sizes[n]);

        if (us < 0)
            break;
        printf(" %9.3f", us / 1e3);
        fflush(stdout);
        before = last;
        last = us;
    }
    if (n < SIZES)
        printf("%*s", 10 * (SIZES - n), "no more");
    if (before > 0)
        printf("   n^%.1f", fmax(0, log10(last / before)));
    putchar('\n');
}

int main(void)
{
    awake = mmap(NULL, sizeof *awake, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (awake == MAP_FAILED) {
        perror("bench: mmap");
        return 3;
    }
    printf("%-44s", "the kernel, in ms");
    for (int i = 0; i < SIZES; i++)
        printf(" %9d", sizes[i]);
    printf("   grows\n");
    print_row("a thread exits, others have children", exit_of_bystander);
    print_row("a thread exits, and has children itself", exit_of_parent);
    print_row("SIGKILL ends a process of threads", end_of_crowd);
    print_row("SIGSTOP stops a process of threads", stop_of_crowd);
    return 0;
}
