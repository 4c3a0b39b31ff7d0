/* SPDX-License-Identifier: MIT */
/*
 * The audit command: plays scenarios with the host under tools that look for races and misuse of
 * memory, and prints one table. A tool that does not report the faults planted for it proves
 * nothing by its silence; that is an error, not a pass.
 */
#include "cli/audit.h"
#include "cli/platform.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/option.h"

static const char doc[] =
    "Plays scenarios with each host under tools that look for races and misuse of memory, and says "
    "what they found, what their suppressions swallowed and what they cannot see. Each first has "
    "to "
    "report the faults planted for it.\v"
    "A SCENARIO is a script, a folder of scripts, or the name of either below the folder "
    "scenarios. With none, all are played.\n"
    "\n"
    "Examples:\n"
    "  reapcheck audit\n"
    "  reapcheck audit --tool helgrind --impl ./mine.so sharing\n"
    "\n"
    "Exit status:\n"
    "  0  nothing was found that is not known, and every tool was awake\n"
    "  1  something was found, or a scenario fails unexpectedly under a tool\n"
    "  2  wrong use\n"
    "  3  a planted fault went unreported, or the harness itself could not work\n"
    "  130, 143  it was interrupted (SIGINT, SIGTERM)";

enum { KEY_SLOW = 256 };

static const struct argp_option table[] = {
    {"tool", 't', "TOOL", 0,
     "helgrind, drd, memcheck, asan, ubsan or tsan; may be given several times (default: all of "
     "them)",
     0},
    {"impl", 'i', "NAME|FILE", 0,
     "An implementation, as `reapcheck run` takes it; may be given several times (default: all "
     "that "
     "are built)",
     0},
    {"jobs", 'j', "N", 0, "Scenarios at once (default: the number of processors)", 0},
    {"slow", KEY_SLOW, "X", 0,
     "Multiply every deadline by X, beyond what the tool needs (default: 1)", 0},
    {"verbose", 'v', NULL, 0, "Show what hosts write to stderr", 0},
    {0},
};

struct audit_options {
    const struct audit_tool **tools;
    size_t tools_count;
    struct text_list implementations, paths;
    int jobs;
    double slow;
    bool verbose, all_tools; /* none was named */
};

static void add_tool(struct argp_state *state, struct audit_options *options, const char *name)
{
    const struct audit_tool *tool = audit_tool_find(name);

    if (!tool)
        argp_error(state, "--tool takes helgrind, drd, memcheck, asan, ubsan or tsan, not \"%s\"",
                   name);
    for (size_t i = 0; i < options->tools_count; i++)
        if (options->tools[i] == tool)
            return;
    options->tools = text_grow(options->tools, options->tools_count + 1, sizeof *options->tools);
    options->tools[options->tools_count++] = tool;
}

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    struct audit_options *options = state->input;

    switch (key) {
    case 't':
        add_tool(state, options, argument);
        break;
    case 'i':
        text_list_add(&options->implementations, argument);
        break;
    case 'j':
        options->jobs = option_jobs(state, argument);
        break;
    case KEY_SLOW:
        options->slow = option_slow(state, argument);
        break;
    case 'v':
        options->verbose = true;
        break;
    case ARGP_KEY_ARG:
        text_list_add(&options->paths, argument);
        break;
    case ARGP_KEY_END:
        options->all_tools = !options->tools_count;
        for (const struct audit_tool *tool = audit_tools; options->all_tools && tool->name; tool++)
            add_tool(state, options, tool->name);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static int load_expected(struct audit *audit)
{
    int status = 0;

    audit->expected = text_memory(audit->implementations.count, sizeof *audit->expected);
    for (size_t i = 0; !status && i < audit->implementations.count; i++)
        status = layout_expected(&audit->layout, audit->catalogue, NULL,
                                 audit->implementations.list[i].name, &audit->expected[i]);
    return status;
}

static bool is_beyond(const struct audit_tool *tool, const char *scenario)
{
    for (const char *const *at = tool->beyond; at && *at; at++)
        if (!strcmp(*at, scenario))
            return true;
    return false;
}

static void plan(struct audit *audit, const struct audit_options *options)
{
    size_t controls = 0, implementations = audit->implementations.count;

    for (size_t i = 0; i < options->tools_count; i++)
        for (const struct audit_control *at = options->tools[i]->controls; at->name; at++)
            controls++;
    audit->sections = text_memory(options->tools_count * implementations, sizeof *audit->sections);
    audit->proofs = text_memory(controls, sizeof *audit->proofs);
    audit->jobs =
        text_memory(controls + options->tools_count * implementations * audit->scripts.count,
                    sizeof *audit->jobs);
    for (size_t i = 0; i < options->tools_count; i++)
        for (const struct audit_control *at = options->tools[i]->controls; at->name; at++) {
            audit->proofs[audit->proofs_count] =
                (struct audit_proof){.tool = options->tools[i], .control = at};
            audit->jobs[audit->jobs_count++] =
                (struct audit_job){.is_control = true, .proof = audit->proofs_count++};
        }
    for (size_t i = 0; i < options->tools_count; i++)
        for (size_t j = 0; j < implementations; j++) {
            audit->sections[audit->sections_count] =
                (struct audit_section){.tool = options->tools[i],
                                       .implementation = audit->implementations.list[j].argument};
            for (size_t k = 0; k < audit->scripts.count; k++)
                if (!options->paths.count &&
                    is_beyond(options->tools[i], audit->scripts.list[k]->name))
                    text_list_add(&audit->sections[audit->sections_count].left_out,
                                  audit->scripts.list[k]->name);
                else
                    audit->jobs[audit->jobs_count++] =
                        (struct audit_job){.section = audit->sections_count, .script = k};
            audit->sections_count++;
        }
}

static int judge(const struct audit *audit)
{
    int status = STATUS_EXPECTED;

    for (size_t i = 0; i < audit->sections_count; i++) {
        const struct audit_section *section = &audit->sections[i];

        if (section->faults.count)
            return STATUS_BROKEN;
        if (section->unknown || section->failures.count)
            status = STATUS_UNEXPECTED;
    }
    for (size_t i = 0; i < audit->proofs_count; i++)
        if (!audit_proof_holds(&audit->proofs[i]))
            return complain(STATUS_BROKEN,
                            "%s did not treat the planted fault %s as it must: what it says here "
                            "proves nothing",
                            audit->proofs[i].tool->name, audit->proofs[i].control->name);
    return status;
}

/* The build that the tool is part of is there; any of its controls shows it. */
static bool is_built(const struct audit *audit, const struct audit_tool *tool)
{
    char *plain = text_format("%s/%s", audit->controls, tool->controls->name);
    char *program = audit_tool_program(tool, plain);
    bool built = !tool->variant || !access(program, X_OK);

    free(program);
    free(plain);
    return built;
}

/* Of those that were not asked for by name, what is not built is left out, and told. */
static void leave_out(const struct audit *audit, struct audit_options *options)
{
    size_t kept = 0;

    for (size_t i = 0; i < options->tools_count; i++) {
        const struct audit_tool *tool = options->tools[i];

        if (!options->all_tools || is_built(audit, tool))
            options->tools[kept++] = tool;
        else
            fprintf(stderr, "%s is left out: it needs a build of its own (make %s)\n", tool->name,
                    tool->variant);
    }
    options->tools_count = kept;
}

static int conduct(struct audit *audit, struct audit_options *options)
{
    int status;

    leave_out(audit, options);
    for (size_t i = 0; i < options->tools_count; i++)
        if (!is_built(audit, options->tools[i]))
            return complain(STATUS_BROKEN, "%s needs a build of its own: make %s",
                            options->tools[i]->name, options->tools[i]->variant);
    for (size_t i = 0; i < options->tools_count; i++)
        if (!audit_tool_is_there(options->tools[i]))
            return complain(STATUS_BROKEN, "%s needs %s, which is not installed (PATH)",
                            options->tools[i]->name, options->tools[i]->program);
    audit->catalogue = layout_catalogue(&audit->layout);
    if (!audit->catalogue)
        return STATUS_BROKEN;
    if ((status = scripts_load(&audit->scripts, &audit->layout, audit->catalogue,
                               options->paths.list, options->paths.count)) ||
        (status = implementations_find(&audit->implementations, &audit->layout,
                                       &options->implementations)) ||
        (status =
             implementations_compiled(&audit->implementations, options->implementations.count > 0)))
        return status;
    platform_leave_out(&audit->scripts, &audit->implementations);
    if ((status = load_expected(audit)))
        return status;
    if (!scripts_keep(&audit->scripts, false))
        return complain(STATUS_USAGE, "there is no script (*.scn) to play");
    plan(audit, options);
    status = audit_jobs_run(audit);
    if (status)
        return status;
    audit_print(stdout, audit->sections, audit->sections_count, audit->proofs, audit->proofs_count,
                audit->program);
    return finish(judge(audit));
}

static void clear(struct audit *audit)
{
    for (size_t i = 0; i < audit->sections_count; i++) {
        audit_account_clear(&audit->sections[i].account);
        text_list_clear(&audit->sections[i].first_seen);
        text_list_clear(&audit->sections[i].known);
        text_list_clear(&audit->sections[i].skipped);
        text_list_clear(&audit->sections[i].failures);
        text_list_clear(&audit->sections[i].faults);
        text_list_clear(&audit->sections[i].left_out);
    }
    for (size_t i = 0; i < audit->proofs_count; i++)
        free(audit->proofs[i].fault);
    for (size_t i = 0; audit->expected && i < audit->implementations.count; i++)
        expected_free(audit->expected[i]);
    free(audit->expected);
    free(audit->sections);
    free(audit->proofs);
    free(audit->jobs);
    free(audit->controls);
    scripts_clear(&audit->scripts);
    implementations_clear(&audit->implementations);
    catalogue_free(audit->catalogue);
    layout_clear(&audit->layout);
}

int command_audit(int argc, char **argv, const char *program)
{
    static const struct argp argp = {table, read_option, "[SCENARIO...]", doc, NULL, NULL, NULL};
    struct audit_options options = {.jobs = option_processors(), .slow = 1};
    struct audit audit = {.program = program};
    int status;

    argp_parse(&argp, argc, argv, 0, NULL, &options);
    audit.jobs_at_once = options.jobs;
    audit.slow = options.slow;
    audit.verbose = options.verbose;
    layout_find(&audit.layout);
    audit.controls = text_format("%s/../controls", audit.layout.hosts);
    status = conduct(&audit, &options);
    clear(&audit);
    free(options.tools);
    text_list_clear(&options.implementations);
    text_list_clear(&options.paths);
    return status;
}
