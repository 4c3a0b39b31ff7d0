/* SPDX-License-Identifier: MIT */
/*
 * Feeds any bytes to the parser and, if they are a script, to lint. A fault is a crash, what a
 * sanitizer finds, a promise of script.h broken (below), or a run that takes seconds.
 *
 *     clang -std=gnu11 -D_GNU_SOURCE -Iharness -g -O1 -fsanitize=fuzzer,address,undefined \
 *         -o build/fuzz_script harness/tests/fuzz/fuzz_script.c harness/script/[a-z]*.c \
 *         harness/history/calls.c
 *     build/fuzz_script -dict=harness/tests/fuzz/script.dict build/corpus harness/tests/fuzz/corpus
 *
 * What is found goes to the first folder named. The scenarios themselves are good seeds, too.
 *
 * The entry is libFuzzer's; AFL++ takes it, too. With -DFUZZ_STDIN the program has a main of its
 * own, which reads one input: to run a find again without any fuzzer.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "script/script.h"

enum { MOST = 2 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void insist(bool promise, const char *what)
{
    if (promise)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static void insist_error(const struct script_error *error)
{
    size_t length = strnlen(error->what, sizeof(error->what));
    insist(length > 0 && length < sizeof(error->what), "an error says what is wrong");
    insist(error->line >= 0 && error->column >= (error->line > 0), "an error says where");
}

static bool is_name(const char *member)
{
    return memchr(member, '\0', SCRIPT_NAME) != NULL;
}

static void insist_steps(const struct step *steps, size_t count, int line)
{
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        insist(step->verb > VERB_NONE && step->verb < VERB_COUNT, "a step has a verb");
        insist(step->line >= line, "steps are in order");
        insist(*step->text && !strpbrk(step->text, "#\n\r"), "a text is one line");
        insist(strncmp(script_verb_word(step->verb), "", 1), "a verb has a word");
        insist(is_name(step->lane) && is_name(step->ctx) && is_name(step->child), "names end");
        insist(step->count >= 0 && step->count <= 100000, "a count is bounded");
        insist(step->skip >= 0 && step->skip <= 100000, "a skip is bounded");
        line = step->line;
        insist_steps(step->block, step->block_count, line + 1);
    }
}

static bool knows(const char *requirement)
{
    return strcmp(requirement, "XC-99") != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script_error error = {0};
    struct script *script = script_parse("theme/fuzz.scn", (const char *)data, size, &error);

    if (!script) {
        insist_error(&error);
        return 0;
    }
    insist(!strcmp(script->name, "theme/fuzz"), "the name comes from the path");
    insist_steps(script->steps, script->steps_count, 1);
    if (!script_lint(script, knows, &error))
        insist_error(&error);
    script_free(script);
    return 0;
}

#ifdef FUZZ_STDIN
int main(void)
{
    uint8_t *data = malloc(MOST);
    size_t size = data ? fread(data, 1, MOST, stdin) : 0;
    if (data)
        LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}
#endif
