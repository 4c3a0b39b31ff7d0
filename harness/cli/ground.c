/* SPDX-License-Identifier: MIT */
/*
 * Before a library is judged, the few rules of the kernel on which the judges rely are: that a
 * child's end is told as it was, that SIGCHLD comes, that fork copies what it should. Where one of
 * them is broken, whatever is found afterwards would be charged to the wrong party; so nothing is
 * played, and the kernel is named.
 */
#include "cli/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "cli/job.h"
#include "cli/playing.h"
#include "report/text.h"
#include "runner/fleet.h"

bool platform_is(const struct implementation *implementation)
{
    return !strcmp(implementation->name, "platform");
}

bool platform_suits(const struct implementation *implementation, const struct script *script)
{
    return platform_is(implementation) == !!(script->needs & NEED_PLATFORM);
}

void platform_leave_out(struct scripts *scripts, struct implementations *implementations)
{
    size_t kept = 0;

    for (size_t i = 0; scripts && i < scripts->count; i++)
        if (scripts->list[i]->needs & NEED_PLATFORM)
            script_free(scripts->list[i]);
        else
            scripts->list[kept++] = scripts->list[i];
    if (scripts)
        scripts->count = kept;
    for (size_t i = 0; implementations && i < implementations->count; i++)
        if (platform_is(&implementations->list[i])) {
            struct implementation one = implementations->list[i];

            memmove(&implementations->list[i], &implementations->list[i + 1],
                    (implementations->count - i - 1) * sizeof one);
            implementations->list[implementations->count - 1] = one;
            implementations_drop_last(implementations);
            return;
        }
}

/* -- the ground -- */

struct look {
    const struct ground *ground;
    struct scripts scripts;
    struct implementations platform;
    struct verdict *verdicts; /* of each script */
};

static struct playing playing_of(const struct look *look, size_t i)
{
    return (struct playing){
        .program = look->ground->program,
        .implementation = &look->platform.list[0],
        .script = look->scripts.list[i],
        .catalogue = look->ground->catalogue,
        .slow = look->ground->slow,
        .no_namespaces = look->ground->no_namespaces,
    };
}

static int work(void *user, size_t i, int result_fd)
{
    struct playing playing = playing_of(user, i);

    return playing_work(&playing, result_fd);
}

static bool is_told(const struct verdict *verdict)
{
    return verdict->kind == VERDICT_FAIL || verdict->kind == VERDICT_ERROR;
}

static void done(void *user, size_t i, const char *result, size_t size, const char *failure)
{
    struct look *look = user;
    struct playing playing = playing_of(look, i);

    playing_result(&playing, result, size, failure, &look->verdicts[i]);
}

/* Returns the status. */
static int tell(const struct look *look)
{
    const struct verdict *first = NULL;
    struct utsname kernel;
    bool breaks = false;

    for (size_t i = look->scripts.count; i-- > 0;)
        if (is_told(&look->verdicts[i])) {
            first = &look->verdicts[i];
            breaks |= first->kind == VERDICT_FAIL;
        }
    if (!first)
        return STATUS_EXPECTED;
    uname(&kernel);
    fprintf(stderr, "reapcheck: %sthis kernel (%s %s) %s:\n", breaks ? "" : "whether ",
            kernel.sysname, kernel.release,
            breaks ? "breaks what every verdict relies on"
                   : "keeps what every verdict relies on cannot be told");
    for (size_t i = 0; i < look->scripts.count; i++) {
        const struct verdict *verdict = &look->verdicts[i];
        bool found = verdict->kind == VERDICT_FAIL && verdict->findings_count;

        if (is_told(verdict))
            fprintf(stderr, "  %s  %s: %s\n",
                    found                   ? verdict->findings[0].requirement
                    : verdict->covers_count ? verdict->covers[0]
                                            : "PL-17",
                    verdict->scenario,
                    found             ? verdict->findings[0].what
                    : verdict->reason ? verdict->reason
                                      : verdict_word(verdict->kind));
    }
    fprintf(stderr,
            "Nothing was played: what is found here is no library's fault for certain. Play it on "
            "another\nkernel, not in a sandbox that answers system calls itself.\n  again  %s\n",
            first->command);
    return STATUS_BROKEN;
}

/* The scripts, and what plays them. False where there is nothing to look at. */
static bool prepare(struct look *look)
{
    const struct layout *layout = look->ground->layout;
    char *folder = text_format("%s/platform", layout->scenarios), *paths[] = {folder};
    char *host = text_format("%s/platform", layout->hosts);
    bool there = !access(folder, R_OK) && !access(host, X_OK);
    size_t kept = 0;

    if (there)
        there = !scripts_load(&look->scripts, layout, NULL, paths, 1) &&
                !implementations_add(&look->platform, layout, "platform");
    for (size_t i = 0; i < look->scripts.count; i++)
        if (look->scripts.list[i]->ground)
            look->scripts.list[kept++] = look->scripts.list[i];
        else
            script_free(look->scripts.list[i]);
    look->scripts.count = kept;
    free(folder);
    free(host);
    return there && kept;
}

int ground_look(const struct ground *ground)
{
    struct look look = {.ground = ground};
    struct fleet fleet = {
        .jobs = ground->jobs,
        .namespaces = ground->no_namespaces ? FLEET_NAMESPACES_NEVER : FLEET_NAMESPACES_IF_ALLOWED,
        .work = work,
        .done = done,
        .user = &look,
    };
    int status = 0;

    if (prepare(&look)) {
        look.verdicts = text_memory(look.scripts.count, sizeof *look.verdicts);
        fleet.deadline_ms = job_deadline_ms(&look.scripts, ground->slow, 1);
        status = job_status(job_run(&fleet, look.scripts.count));
        if (!status)
            status = tell(&look);
        for (size_t i = 0; i < look.scripts.count; i++)
            verdict_clear(&look.verdicts[i]);
        free(look.verdicts);
    }
    scripts_clear(&look.scripts);
    implementations_clear(&look.platform);
    return status;
}
