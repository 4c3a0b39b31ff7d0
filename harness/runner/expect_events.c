/* SPDX-License-Identifier: MIT */
/*
 * Expectations of what a library says of events, operations and watches, to those who ask and to
 * callbacks. Each can be met but once by one word of the library's: what was expected is taken, and
 * a further expectation wants a further word.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include "runner/events.h"
#include "script/words.h"

static const char *type_word(uint64_t types)
{
    const struct meaning *type = words_type;

    while (type->word && types != RC_EVENT_BIT(type->value))
        type++;
    return type->word ? type->word : "?";
}

enum result_word events_result(const char *word)
{
    return strcmp(word, "ok") == 0          ? RESULT_OK
           : strcmp(word, "ECANCELED") == 0 ? RESULT_ABORTED
           : strcmp(word, "ETIMEDOUT") == 0 ? RESULT_TIMED_OUT
                                            : RESULT_FAILED;
}

/* The event in these words of the host's is the one that the step expects. */
static bool is_expected(struct stage *stage, const struct step *step, const char *words)
{
    char type[16] = "", result[32] = "", user[32] = "";
    int about = 0;

    wire_value(words, "type", type, sizeof(type));
    wire_value(words, "result", result, sizeof(result));
    wire_value(words, "user", user, sizeof(user));
    if (strcmp(type, type_word(step->types)) != 0)
        return false;
    if (*step->subject) {
        subject_named(stage, step->subject, &about);
        if (wire_number(words, "of", 0) != about)
            return false;
    }
    if (step->user_given) {
        char wanted[32];
        snprintf(wanted, sizeof(wanted), "%llu", (unsigned long long)step->user);
        if (strcmp(wanted, user) != 0)
            return false;
    }
    return step->result == RESULT_ANY || events_result(result) == step->result;
}

/* The event as a person says it. */
static const char *in_words(struct stage *stage, const char *words, char out[THING_WORDS])
{
    char type[16] = "", result[32] = "", user[32] = "";
    size_t about = (size_t)wire_number(words, "of", 0);

    wire_value(words, "type", type, sizeof(type));
    wire_value(words, "result", result, sizeof(result));
    wire_value(words, "user", user, sizeof(user));
    snprintf(out, THING_WORDS, "%s%s%s user %s%s%s", type,
             about && about <= stage->events->subject_count ? " of " : "",
             about && about <= stage->events->subject_count
                 ? stage->events->subjects[about - 1].name
                 : "",
             user, strcmp(type, "complete") == 0 ? " " : "",
             strcmp(type, "complete") == 0 ? result : "");
    return out;
}

/* -- expect CTX gives -- */

/* Asks the ctx once. NULL where the play is over. */
static struct request *fetch(struct stage *stage, const struct step *step)
{
    struct stage_ctx *ctx = stage_own_ctx(stage, step->ctx);
    struct request *request;
    char types[32] = "any";

    if (!ctx)
        return NULL;
    if (step->types)
        snprintf(types, sizeof(types), "%llu", (unsigned long long)step->types);
    request = host_request(stage, stage->host, ctx->lane, "check %s %s any", ctx->name, types);
    if (!host_answered(stage, stage->host, request)) {
        host_hangs(stage, stage->host, "the check for an event does not come back");
        return NULL;
    }
    return stage->host->alive && !stage_cannot(stage, request) ? request : NULL;
}

static void expect_gives(struct stage *stage, const struct step *step)
{
    struct request *request = NULL;
    char words[THING_WORDS];

    if (step->nothing && !stage_quiet_at(stage, step))
        return;
    request = fetch(stage, step);
    if (request && !request->ok && !step->nothing) { /* it may have been too early */
        if (!stage_quiet_at(stage, step))
            return;
        request = fetch(stage, step);
    }
    if (!request || (!request->ok && lenient_explains(stage, request)))
        return;
    if (step->nothing && request->ok)
        stage_fault(stage, step, "%s gives %s, and should give nothing", step->ctx,
                    in_words(stage, request->answer, words));
    else if (!request->ok && strncmp(request->answer, "EAGAIN", 6) != 0)
        stage_fault(stage, step, "%s, asked for an event, says %s", step->ctx, request->answer);
    else if (!step->nothing && !request->ok)
        stage_fault(stage, step, "%s gives no event of type %s, and nothing is left to happen",
                    step->ctx, type_word(step->types));
    else if (!step->nothing && !is_expected(stage, step, request->answer))
        stage_fault(stage, step, "%s gives %s", step->ctx, in_words(stage, request->answer, words));
}

/* -- what callbacks said -- */

struct search {
    const struct step *step;
    enum word_kind kind;
    int number;
    struct word *found;
};

static bool readiness_is(const struct step *step, const char *words)
{
    long long revents = wire_number(words, "revents", 0);

    switch (step->condition) {
    case CONDITION_IN:
        return revents & POLLIN;
    case CONDITION_OUT:
        return revents & POLLOUT;
    case CONDITION_BOTH:
        return (revents & POLLIN) && (revents & POLLOUT);
    case CONDITION_ERR:
        return revents & POLLERR;
    case CONDITION_HUP:
        return revents & POLLHUP;
    default:
        return true;
    }
}

static bool fits(struct stage *stage, const struct search *search, const struct word *word)
{
    switch (search->kind) {
    case WORD_EVENT:
        return search->step->nothing || is_expected(stage, search->step, word->text);
    case WORD_LINE:
        return strcmp(word->text, search->step->said) == 0;
    default:
        return search->step->verb == VERB_EXPECT_SILENT || readiness_is(search->step, word->text);
    }
}

static bool is_said(struct stage *stage, void *user)
{
    struct search *search = user;
    struct events *events = stage->events;

    for (size_t i = 0; i < events->word_count; i++)
        if (!events->words[i].taken && events->words[i].kind == search->kind &&
            events->words[i].number == search->number && fits(stage, search, &events->words[i])) {
            search->found = &events->words[i];
            return true;
        }
    return false;
}

/* The first word that is of this kind and number and was not expected yet; "" for none. */
static const char *said_instead(struct stage *stage, const struct search *search)
{
    struct events *events = stage->events;

    for (size_t i = 0; i < events->word_count; i++)
        if (!events->words[i].taken && events->words[i].kind == search->kind &&
            events->words[i].number == search->number)
            return events->words[i].text;
    return "";
}

/* True where it was said; then it is taken. */
static bool comes_true(struct stage *stage, const struct step *step, struct search *search)
{
    if (!stage_comes_true(stage, step, is_said, search))
        return false;
    is_said(stage, search); /* the words may have moved */
    search->found->taken = true;
    return true;
}

static void expect_hears(struct stage *stage, const struct step *step)
{
    struct stage_ctx *ctx = stage_ctx(stage, step->ctx);
    struct search search = {.step = step, .kind = WORD_EVENT, .number = ctx ? ctx->index : -1};
    char words[THING_WORDS];

    if (step->nothing) {
        if (stage_quiet_at(stage, step) && is_said(stage, &search))
            stage_fault(stage, step,
                        "%s was told %s by callback, and should have been told nothing", step->ctx,
                        in_words(stage, search.found->text, words));
        return;
    }
    if (comes_true(stage, step, &search) || !stage_goes_on(stage))
        return;
    const char *instead = said_instead(stage, &search);
    stage_fault(stage, step, "%s hears of no such event by callback%s%s", step->ctx,
                *instead ? ", but of " : "", *instead ? in_words(stage, instead, words) : "");
}

static void expect_tells(struct stage *stage, const struct step *step)
{
    struct search search = {.step = step, .kind = WORD_LINE};

    operation_named(stage, step->operation, &search.number);
    if (comes_true(stage, step, &search) || !stage_goes_on(stage))
        return;
    stage_fault(stage, step, "%s never told '%s'%s%.100s%s", step->operation, step->said,
                *said_instead(stage, &search) ? ", but '" : "", said_instead(stage, &search),
                *said_instead(stage, &search) ? "'" : "");
}

static void expect_ready(struct stage *stage, const struct step *step)
{
    struct search search = {.step = step, .kind = WORD_READY};

    watch_named(stage, step->watch, &search.number);
    if (step->verb == VERB_EXPECT_SILENT) {
        if (stage_quiet_at(stage, step) && is_said(stage, &search))
            stage_fault(stage, step, "%s was told of (%s), and should not have been", step->watch,
                        search.found->text);
        return;
    }
    if (!comes_true(stage, step, &search) && stage_goes_on(stage))
        stage_fault(stage, step, "%s was not told of%s%s", step->watch,
                    *said_instead(stage, &search) ? " so, but with " : "",
                    said_instead(stage, &search));
}

/* -- a lane that waited for an event -- */

static bool is_back(struct stage *stage, void *user)
{
    const struct lane *lane = user;

    (void)stage;
    return !lane->pending || lane->pending->done;
}

static void expect_got(struct stage *stage, const struct step *step)
{
    struct lane *lane = stage_lane(stage, stage->host, step->lane);
    char words[THING_WORDS];

    if (!lane)
        return stage_break(stage, "%s:%d: there is no lane %s", stage->script->file, step->line,
                           step->lane);
    if (!stage_comes_true(stage, step, is_back, lane)) {
        if (stage_goes_on(stage))
            stage_fault(stage, step, "%s still waits, and nothing is left to happen", step->lane);
        return;
    }
    if (lane->pending)
        lane_settle(stage, lane);
    if (!stage_goes_on(stage))
        return;
    if (!lane->got[0])
        stage_fault(stage, step, "%s got no event", step->lane);
    else if (!is_expected(stage, step, lane->got))
        stage_fault(stage, step, "%s got %s", step->lane, in_words(stage, lane->got, words));
    lane->got[0] = 0;
}

bool events_expect(struct stage *stage, const struct step *step)
{
    switch (step->verb) {
    case VERB_EXPECT_GIVES:
        expect_gives(stage, step);
        return true;
    case VERB_EXPECT_HEARS:
        expect_hears(stage, step);
        return true;
    case VERB_EXPECT_GOT:
        expect_got(stage, step);
        return true;
    case VERB_EXPECT_TELLS:
        expect_tells(stage, step);
        return true;
    case VERB_EXPECT_READY:
    case VERB_EXPECT_SILENT:
        expect_ready(stage, step);
        return true;
    default:
        return false;
    }
}
