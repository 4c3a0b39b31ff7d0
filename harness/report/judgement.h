/* SPDX-License-Identifier: MIT */
/* What the expected results (expected.h) say of one verdict; a reporter is told both. */
#ifndef REAPCHECK_JUDGEMENT_H
#define REAPCHECK_JUDGEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include "report/text.h"
#include "report/verdict.h"

enum judgement_kind {
    JUDGEMENT_NONE,    /* nothing was expected of it */
    JUDGEMENT_AGREES,  /* it fails, and just as expected */
    JUDGEMENT_DIFFERS, /* it fails otherwise, or what was expected to fail does not */
};

struct judgement {
    enum judgement_kind kind;
    /* For each finding of the verdict the reason why it is known, NULL where it is not. The reasons
     * are those of the struct expected. */
    const char **known;
    size_t known_count;
    struct text_list passes; /* requirements that were expected to fail here and do not */
    bool named;              /* what was expected is said of this very scenario, not only of all */
};

/* A verdict as it is where nothing is expected: for readers of a judgement that may be NULL. */
enum judgement_kind judgement_kind(const struct judgement *judgement);
/* The reason why this finding is known, or NULL. judgement may be NULL. */
const char *judgement_known(const struct judgement *judgement, size_t finding);
/* The reasons of all that is known, each once, joined by "; ": a new string. */
char *judgement_reasons(const struct judgement *judgement);
void judgement_copy(struct judgement *to, const struct judgement *from);
void judgement_clear(struct judgement *judgement);

#endif
