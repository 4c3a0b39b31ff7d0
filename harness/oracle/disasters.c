/* SPDX-License-Identifier: MIT */
/*
 * Disasters: before the application is told of one, a message of the worst kind has been logged.
 *
 * The history has what was logged of warnings and worse, and not how bad it is: that there was no
 * message at all is what can be proved, and only of a library whose messages are heard.
 */
#include "oracle/families.h"
#include "oracle/trial.h"

#include <stdio.h>

void judge_disasters(const struct history *history, const struct subject *subject,
                     struct findings *findings)
{
    struct trial trial;
    char who[WHO_SIZE];

    if (!is_libxl_shaped(subject) || !(subject->features & RC_FEATURE_WARNINGS) ||
        !trial_open(&trial, history, subject, findings, "disasters"))
        return;
    for (size_t i = 0; i < history_count(history); i++) {
        const struct event *event = history_event(history, i), *other = NULL;
        size_t n = i;

        if (event->kind != EVENT_DISASTER)
            continue;
        while (n-- > 0) {
            other = history_event(history, n);
            if (other->ctx == event->ctx &&
                (other->kind == EVENT_WARNED || other->kind == EVENT_DISASTER))
                break;
            other = NULL;
        }
        if (other && other->kind == EVENT_WARNED)
            continue;
        who_ctx(&trial, event->ctx, who);
        prove(charge(&trial, "EV-18", "silent", who,
                     "told the application of a disaster, and had logged nothing"),
              other ? n : NEVER, i);
    }
    trial_close(&trial);
}
