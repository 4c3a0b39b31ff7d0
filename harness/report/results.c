/* SPDX-License-Identifier: MIT */
/*
 * A results file is there whole or not at all (whole_file.h), and its last line says that it is the
 * last. So a full disk never leaves a file behind that looks like a shorter, greener run.
 */
#include "report/results.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "report/text.h"
#include "report/whole_file.h"

struct results_writer {
    struct whole_file file;
    char *name;
    void *lines; /* the reporter */
};

int results_make_folder(const char *path)
{
    char *copy = text_format("%s", path);
    struct stat there;
    int rc = 0;

    for (char *slash = copy + 1; !rc && (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        if (mkdir(copy, 0777) && errno != EEXIST)
            rc = -errno;
        *slash = '/';
    }
    if (!rc && mkdir(copy, 0777)) {
        rc = -errno;
        if (rc == -EEXIST)
            rc = stat(copy, &there) ? -errno : S_ISDIR(there.st_mode) ? 0 : -ENOTDIR;
    }
    free(copy);
    return rc;
}

static struct results_writer *start(char *name, const struct report_run *run, int *rc)
{
    struct results_writer *writer = text_memory(1, sizeof *writer);

    *rc = whole_file_create(&writer->file, name);
    if (*rc) {
        free(name);
        free(writer);
        return NULL;
    }
    writer->name = name;
    writer->lines = report_jsonl.begin(writer->file.out, run);
    return writer;
}

/* The time to the microsecond, so that files stand in the order of their runs; then the process,
 * for those that have a clock and not a folder to themselves. */
static char *name_of_now(const char *folder)
{
    struct timespec now;
    char stamp[32];
    struct tm utc;

    clock_gettime(CLOCK_REALTIME, &now);
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%S", gmtime_r(&now.tv_sec, &utc));
    return text_format("%s/%s.%06ldZ-%d.jsonl", folder, stamp, now.tv_nsec / 1000, (int)getpid());
}

struct results_writer *results_create(const char *folder, const struct report_run *run, char *error,
                                      size_t error_size)
{
    struct results_writer *writer = NULL;
    int rc = results_make_folder(folder);

    while (!rc && !writer) {
        writer = start(name_of_now(folder), run, &rc);
        if (rc == -EEXIST) /* another in another pid namespace; the next microsecond is free */
            rc = 0;
    }
    if (!writer)
        snprintf(error, error_size, "cannot write results to %s: %s", folder, strerror(-rc));
    return writer;
}

struct results_writer *results_create_file(const char *name, const struct report_run *run,
                                           char *error, size_t error_size)
{
    int rc;
    struct results_writer *writer = start(text_format("%s", name), run, &rc);

    if (!writer)
        snprintf(error, error_size, "cannot write results to %s%s: %s", name,
                 rc == -EEXIST ? ".tmp" : "", strerror(-rc));
    return writer;
}

void results_add(struct results_writer *writer, const struct verdict *verdict,
                 const struct judgement *judgement)
{
    report_jsonl.verdict(writer->lines, verdict, judgement);
}

void results_note(struct results_writer *writer, const char *implementation, enum report_note kind,
                  const char *text)
{
    report_jsonl.note(writer->lines, implementation, kind, text);
}

int results_commit(struct results_writer *writer, char **name, char *error, size_t error_size)
{
    int rc = whole_file_commit(&writer->file, report_jsonl.end(writer->lines));

    if (rc)
        snprintf(error, error_size, "cannot write results to %s: %s", writer->name, strerror(-rc));
    else if (name)
        *name = text_format("%s", writer->name);
    free(writer->name);
    free(writer);
    return rc ? -1 : 0;
}

void results_discard(struct results_writer *writer)
{
    report_jsonl.end(writer->lines);
    whole_file_commit(&writer->file, -ECANCELED);
    free(writer->name);
    free(writer);
}

/* -- reading -- */

static int is_results(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > 6 && !strcmp(entry->d_name + length - 6, ".jsonl");
}

/* Their names begin with the time. */
static int newest_first(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*b)->d_name, (*a)->d_name);
}

void results_find(const char *folder, struct text_list *files)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_results, newest_first);

    for (int i = 0; i < count; i++) {
        char *file = text_format("%s/%s", folder, entries[i]->d_name);

        text_list_add(files, file);
        free(file);
        free(entries[i]);
    }
    free(entries);
}

static bool read_header(struct results *results, const json_t *json, char *why, size_t why_size)
{
    json_int_t format = json_integer_value(json_object_get(json, "format"));

    if (!format)
        snprintf(why, why_size, "this is no results file: its first line says no \"format\"");
    else if (format != RESULT_FORMAT_VERSION)
        snprintf(why, why_size, "its format is %lld, and this reapcheck reads %d%s",
                 (long long)format, RESULT_FORMAT_VERSION,
                 format > RESULT_FORMAT_VERSION ? ": a newer reapcheck wrote it" : "");
    else
        return !about_from_json(json, &results->about, why, why_size);
    return false;
}

static bool read_end(struct results *results, const json_t *json, char *why, size_t why_size)
{
    json_int_t count = json_integer_value(json_object_get(json, "verdicts"));

    if (count != (json_int_t)results->count) {
        snprintf(why, why_size, "it should have %lld verdicts and has %zu", (long long)count,
                 results->count);
        return false;
    }
    results->interrupted = json_is_true(json_object_get(json, "interrupted"));
    return true;
}

static bool read_verdict(struct results *results, const json_t *json, char *why, size_t why_size)
{
    results->list = text_grow(results->list, results->count + 1, sizeof *results->list);
    if (verdict_from_json(json, &results->list[results->count], why, why_size))
        return false;
    results->count++;
    return true;
}

struct results *results_load(const char *file, char *error, size_t error_size)
{
    struct results *results = text_memory(1, sizeof *results);
    FILE *in = fopen(file, "re");
    char *line = NULL, why[256] = "";
    size_t size = 0;
    ssize_t length;
    int number = 0;
    bool well = true, ended = false;

    if (!in) {
        snprintf(error, error_size, "%s: %s", file, strerror(errno));
        results_free(results);
        return NULL;
    }
    while (well && (errno = 0, (length = getline(&line, &size, in)) >= 0)) {
        json_error_t fault;
        json_t *json = json_loadb(line, length, 0, &fault);

        number++;
        if (!json) {
            snprintf(why, sizeof why, "no JSON: %s", fault.text);
            well = false;
        } else if (ended) {
            snprintf(why, sizeof why, "something stands after the end");
            well = false;
        } else if (number == 1)
            well = read_header(results, json, why, sizeof why);
        else if (json_is_true(json_object_get(json, "end")))
            well = ended = read_end(results, json, why, sizeof why);
        else
            well = read_verdict(results, json, why, sizeof why);
        json_decref(json);
    }
    if (well && (ferror(in) || errno)) {
        snprintf(why, sizeof why, "%s", strerror(errno));
        well = false;
    } else if (well && !ended) {
        number++;
        snprintf(why, sizeof why, "the last line is missing: the run was ended while it wrote");
        well = false;
    }
    free(line);
    fclose(in);
    if (!well) {
        snprintf(error, error_size, "%s:%d: %s", file, number, why);
        results_free(results);
        return NULL;
    }
    return results;
}

size_t results_implementation(const struct results *results, size_t verdict)
{
    const struct text_list *names = &results->about.implementations;
    const struct verdict *this = &results->list[verdict];
    const char *name = this->played_as ? this->played_as : this->implementation;
    size_t which = 0;

    while (which + 1 < names->count && strcmp(names->list[which], name))
        which++;
    return which;
}

void results_free(struct results *results)
{
    if (!results)
        return;
    for (size_t i = 0; i < results->count; i++)
        verdict_clear(&results->list[i]);
    free(results->list);
    about_clear(&results->about);
    free(results);
}
