/* SPDX-License-Identifier: MIT */
#include "cli/playing.h"

#include <stdlib.h>
#include <string.h>
#include "cli/job.h"
#include "report/text.h"
#include "runner/scenario.h"

static void append_word(char **command, const char *before, const char *text)
{
    char *word = text_shell_word(text);

    text_append(command, "%s%s", before, word);
    free(word);
}

/* What plays it again, as it was played; a new string. */
static char *command_again(const struct playing *playing)
{
    char *command = NULL;

    append_word(&command, "", playing->program);
    append_word(&command, " run --impl ", playing->implementation->argument);
    if (playing->under)
        append_word(&command, " --under ", playing->under);
    if (playing->slow != 1)
        text_append(&command, " --slow %g", playing->slow);
    if (playing->no_namespaces)
        text_append(&command, " --no-namespaces");
    if (playing->no_probe)
        text_append(&command, " --no-probe");
    append_word(&command, " ", playing->script->file);
    return command;
}

/* -- in the process of a job -- */

int playing_work(const struct playing *playing, int result_fd)
{
    const struct implementation *implementation = playing->implementation;
    const struct audit_tool *tool = audit_tool_find(playing->under);
    char *command = command_again(playing);
    struct scenario_options options = {
        .play = {.host = implementation->host,
                 .adapters = {implementation->adapters[0], implementation->adapters[1]},
                 .child = implementation->child,
                 .under = tool ? NULL : playing->under,
                 .slow = playing->slow,
                 .quiet_host = !playing->verbose,
                 .no_probe = playing->no_probe},
        .impl_argument = implementation->argument,
        .command = command,
        .catalogue = playing->catalogue,
        .history = playing->history,
        .tool = tool,
    };
    struct verdict verdict = {0};
    int status = 1;

    if (!scenario_run(playing->script, &options, &verdict))
        status = job_send(result_fd, verdict_to_json(&verdict));
    verdict_clear(&verdict);
    free(command);
    return status;
}

/* -- in the calling process -- */

void playing_error(const struct playing *playing, const char *reason, struct verdict *verdict)
{
    const struct script *script = playing->script;

    *verdict = (struct verdict){
        .kind = VERDICT_ERROR,
        .scenario = text_valid(script->name),
        .file = text_format("%s", script->path),
        .sentence = text_format("%s", script->sentence ? script->sentence : ""),
        .implementation = text_format("%s", playing->implementation->name),
        .version = text_format("%s", ""),
        .reason = text_format("%s", reason),
        .command = command_again(playing),
    };
    verdict->covers = text_memory(script->covers_count, sizeof *verdict->covers);
    for (size_t i = 0; i < script->covers_count; i++)
        verdict->covers[verdict->covers_count++] = text_format("%s", script->covers[i]);
}

void playing_result(const struct playing *playing, const char *result, size_t size,
                    const char *failure, struct verdict *verdict)
{
    char why[256] = "", *name;
    json_error_t fault;
    json_t *json;

    if (failure) {
        playing_error(playing, failure, verdict);
    } else if (!(json = json_loadb(result, size, 0, &fault))) {
        snprintf(why, sizeof why, "the job sent no verdict: %s", fault.text);
        playing_error(playing, why, verdict);
    } else {
        if (verdict_from_json(json, verdict, why, sizeof why)) {
            char *reason = text_format("the job sent no verdict: %s", why);

            playing_error(playing, reason, verdict);
            free(reason);
        }
        json_decref(json);
    }
    /* A host that died before it said who it is. */
    if (!*verdict->implementation)
        text_replace(&verdict->implementation, text_format("%s", playing->implementation->name));
    text_replace(&verdict->scenario, text_valid(playing->script->name));
    name = text_valid(playing->implementation->name);
    if (strcmp(verdict->implementation, name))
        text_replace(&verdict->played_as, text_format("%s", name));
    free(name);
}
