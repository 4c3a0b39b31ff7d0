/* SPDX-License-Identifier: MIT */
/*
 * A results file is there whole or not at all: it is written under a temporary name, every write
 * is checked, its data is on the disk before it gets its name, and its last line says that it is
 * the last. So a full disk never leaves a file behind that looks like a shorter, greener run.
 */
#include "report/results.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "report/text.h"

struct results_writer {
    char *folder, *name, *temporary;
    FILE *out;
    void *lines; /* the reporter */
};

int results_make_folder(const char *path)
{
    char *copy = text_format("%s", path);
    int rc = 0;

    for (char *slash = copy + 1; !rc && (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        if (mkdir(copy, 0777) && errno != EEXIST)
            rc = -errno;
        *slash = '/';
    }
    if (!rc && mkdir(copy, 0777) && errno != EEXIST)
        rc = -errno;
    free(copy);
    return rc;
}

static void writer_free(struct results_writer *writer)
{
    free(writer->folder);
    free(writer->name);
    free(writer->temporary);
    free(writer);
}

struct results_writer *results_create(const char *folder, const struct report_run *run, char *error,
                                      size_t error_size)
{
    struct results_writer *writer = text_memory(1, sizeof *writer);
    time_t now = time(NULL);
    char stamp[32];
    struct tm utc;
    int rc;

    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
    writer->folder = text_format("%s", folder);
    writer->name = text_format("%s/%s-%d.jsonl", folder, stamp, (int)getpid());
    writer->temporary = text_format("%s.tmp", writer->name);

    rc = results_make_folder(folder);
    if (!rc && !(writer->out = fopen(writer->temporary, "we")))
        rc = -errno;
    if (rc) {
        snprintf(error, error_size, "cannot write results to %s: %s", folder, strerror(-rc));
        writer_free(writer);
        return NULL;
    }
    writer->lines = report_jsonl.begin(writer->out, run);
    return writer;
}

void results_add(struct results_writer *writer, const struct verdict *verdict)
{
    report_jsonl.verdict(writer->lines, verdict, NULL);
}

static int sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

    if (fd < 0)
        return -errno;
    if (fsync(fd) && errno != EINVAL && errno != EROFS)
        rc = -errno;
    close(fd);
    return rc;
}

int results_commit(struct results_writer *writer, char **name, char *error, size_t error_size)
{
    int rc = report_jsonl.end(writer->lines);

    if (!rc && fsync(fileno(writer->out)))
        rc = -errno;
    if (fclose(writer->out) && !rc)
        rc = -errno;
    if (!rc && rename(writer->temporary, writer->name))
        rc = -errno;
    if (rc)
        unlink(writer->temporary);
    else
        rc = sync_folder(writer->folder);

    if (rc)
        snprintf(error, error_size, "cannot write results to %s: %s", writer->name, strerror(-rc));
    else if (name)
        *name = text_format("%s", writer->name);
    writer_free(writer);
    return rc ? -1 : 0;
}

/* -- reading -- */

static bool read_header(struct results *results, const json_t *json, const char *line, char *why,
                        size_t why_size)
{
    json_int_t format = json_integer_value(json_object_get(json, "format"));

    if (!format)
        snprintf(why, why_size, "this is no results file: its first line says no \"format\"");
    else if (format != RESULT_FORMAT_VERSION)
        snprintf(why, why_size, "its format is %lld, and this reapcheck reads %d",
                 (long long)format, RESULT_FORMAT_VERSION);
    else {
        results->header = text_format("%s", line);
        return true;
    }
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
        if (length && line[length - 1] == '\n')
            line[length - 1] = 0;
        if (!json) {
            snprintf(why, sizeof why, "no JSON: %s", fault.text);
            well = false;
        } else if (ended) {
            snprintf(why, sizeof why, "something stands after the end");
            well = false;
        } else if (number == 1)
            well = read_header(results, json, line, why, sizeof why);
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

void results_free(struct results *results)
{
    if (!results)
        return;
    for (size_t i = 0; i < results->count; i++)
        verdict_clear(&results->list[i]);
    free(results->list);
    free(results->header);
    free(results);
}
