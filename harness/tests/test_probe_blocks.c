/* SPDX-License-Identifier: MIT */
/* The probe knows which blocks of memory the library has: what it took and nobody gave back. */
#include "tests/probed.h"

#include <malloc.h>
#include <sys/wait.h>

enum { BLOCKS = 4000 };

static void *volatile block; /* volatile: the compiler may not leave out what we allocate */
static void *blocks[BLOCKS];

static int64_t count(void)
{
    return atomic_load(&control->memory.count);
}

/* The size of the one block that is there; -1 if there is none or more than one. */
static int64_t only_size(void)
{
    int64_t size = -1;

    for (int bucket = 0; bucket < CONTROL_BUCKETS; bucket++) {
        for (int i = 0; i < CONTROL_BUCKET; i++) {
            if (!atomic_load(&control->memory.address[bucket][i]))
                continue;
            if (size >= 0)
                return -1;
            size = control->memory.block[bucket][i].size;
            assert_int_equal(control->memory.block[bucket][i].tid, gettid());
            assert_int_not_equal(control->memory.block[bucket][i].caller, 0);
        }
    }
    return size;
}

static int take(void)
{
    block = malloc(10);
    return 0;
}

static int take_array(void)
{
    block = calloc(5, 2);
    return 0;
}

static int take_aligned(void)
{
    block = memalign(64, 10);
    return 0;
}

static int take_aligned_too(void)
{
    block = aligned_alloc(64, 10);
    return 0;
}

static int take_as_posix_says(void)
{
    void *memory = NULL;
    int r = posix_memalign(&memory, 64, 10);

    block = memory;
    return r;
}

static int copy_text(void)
{
    block = strdup("text of 9");
    return 0;
}

static int grow(void)
{
    block = realloc(block, 5000);
    return 0;
}

static int give_back(void)
{
    free(block);
    return 0;
}

static void every_way_to_take_is_known(void **state)
{
    int (*const ways[])(void) = {
        take, take_array, take_aligned, take_aligned_too, take_as_posix_says, copy_text};

    (void)state;
    if (SANITIZED_MEMORY)
        skip_because("the sanitizer of this build keeps the memory to itself");
    assert_int_equal(atomic_load(&control->memory.known), 1);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        assert_int_equal(count(), 0);
        in_library(ways[i]);
        assert_int_equal(count(), 1);
        assert_int_equal(only_size(), 10);
        in_library(give_back);
    }
    assert_int_equal(count(), 0);
}

static void what_the_application_takes_is_its_own(void **state)
{
    (void)state;
    if (SANITIZED_MEMORY)
        skip_because("the sanitizer of this build keeps the memory to itself");
    take();
    assert_int_equal(count(), 0);
    in_library(give_back);
    assert_int_equal(count(), 0);
}

static void whoever_frees_a_block_it_is_gone(void **state)
{
    (void)state;
    if (SANITIZED_MEMORY)
        skip_because("the sanitizer of this build keeps the memory to itself");
    in_library(take);
    give_back();
    assert_int_equal(count(), 0);
}

static void a_block_that_grows_is_one_block(void **state)
{
    void *before = NULL;

    (void)state;
    if (SANITIZED_MEMORY)
        skip_because("the sanitizer of this build keeps the memory to itself");
    in_library(take);
    in_library(grow);
    assert_int_equal(count(), 1);
    assert_int_equal(only_size(), 5000);
    arm(0, RULE_FAULT, CALL_MALLOC, ENOMEM);
    before = block;
    in_library(grow); /* in vain: what was there is still there */
    assert_null(block);
    block = before;
    assert_int_equal(only_size(), 5000);
    grow(); /* by the application, whose it is from then on */
    assert_int_equal(count(), 0);
    give_back();
}

static void a_child_does_not_change_what_its_parent_has(void **state)
{
    int status = -1;
    pid_t pid = 0;

    (void)state;
    if (SANITIZED_MEMORY)
        skip_because("the sanitizer of this build keeps the memory to itself");
    in_library(take);
    pid = fork();
    if (pid == 0) {
        in_library(give_back);
        in_library(take);
        in_library(take);
        _exit(0);
    }
    assert_int_equal(probe_real.waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(count(), 1);
    assert_int_equal(only_size(), 10);
    in_library(give_back);
    assert_int_equal(count(), 0);
}

static int take_many(void)
{
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = malloc((size_t)i % 300);
    return 0;
}

/* Of neighbours in memory and of different sizes, on several threads at once. */
static void *take_and_give_back(void *unused)
{
    void *own[BLOCKS];
    int before = probe_enter(ZONE_LIBRARY);

    for (int i = 0; i < BLOCKS; i++)
        own[i] = malloc((size_t)i % 300);
    for (int i = 0; i < BLOCKS; i++)
        free(own[i]);
    probe_leave(before);
    return unused;
}

static void many_blocks_have_room(void **state)
{
    pthread_t threads[4];

    (void)state;
    if (SANITIZED_MEMORY)
        skip_because("the sanitizer of this build keeps the memory to itself");
    in_library(take_many);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give_back, NULL), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&control->memory.forgotten), 0);
    assert_int_equal(count(), BLOCKS);
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    assert_int_equal(count(), 0);
}

static void a_sanitizer_keeps_the_memory_to_itself(void **state)
{
    (void)state;
    if (!SANITIZED_MEMORY)
        skip_because("this is no build with a sanitizer");
    in_library(take);
    assert_int_equal(atomic_load(&control->memory.known), 0);
    assert_int_equal(count(), 0);
    give_back();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROBED(every_way_to_take_is_known),
        PROBED(what_the_application_takes_is_its_own),
        PROBED(whoever_frees_a_block_it_is_gone),
        PROBED(a_block_that_grows_is_one_block),
        PROBED(a_child_does_not_change_what_its_parent_has),
        PROBED(many_blocks_have_room),
        PROBED(a_sanitizer_keeps_the_memory_to_itself),
    };

    return cmocka_run_group_tests(tests, start_probe, NULL);
}
