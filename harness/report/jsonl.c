/* SPDX-License-Identifier: MIT */
/*
 * JSON lines: the header, one verdict a line, and a last line which says that the report is whole.
 * The results file of a run is written by this reporter, too (results/README.md).
 */
#include "report/report.h"

#include <errno.h>
#include <stdlib.h>
#include "report/section.h"
#include "report/text.h"

struct jsonl {
    FILE *out;
    size_t total, count;
    json_t *notes; /* what is news of no single verdict */
    int rc;
};

static const char *const news_words[] = {
    [NEWS_NONE] = NULL,     [NEWS_FAILURE] = "new failure",
    [NEWS_FLAKY] = "flaky", [NEWS_PASS] = "new pass",
    [NEWS_ERROR] = NULL,
};

static void *jsonl_begin(FILE *out, const struct report_run *run)
{
    struct jsonl *jsonl = text_memory(1, sizeof *jsonl);

    jsonl->out = out;
    jsonl->total = run->total;
    jsonl->notes = json_array();
    if (run->header)
        fprintf(out, "%s\n", run->header);
    return jsonl;
}

static void jsonl_verdict(void *reporter, const struct verdict *verdict,
                          const struct judgement *judgement)
{
    struct jsonl *jsonl = reporter;
    json_t *json = verdict_to_json(verdict);
    const char *news = news_words[report_news(verdict, judgement)];

    if (json && news)
        json_object_set_new(json, "news", json_string(news));
    if (!json || json_dumpf(json, jsonl->out, JSON_COMPACT)) {
        if (!jsonl->rc)
            jsonl->rc = errno ? -errno : -EIO;
    }
    putc('\n', jsonl->out);
    json_decref(json);
    jsonl->count++;
}

static int jsonl_end(void *reporter)
{
    struct jsonl *jsonl = reporter;
    int rc;

    fprintf(jsonl->out, "{\"end\":true,\"verdicts\":%zu%s", jsonl->count,
            jsonl->count < jsonl->total ? ",\"interrupted\":true" : "");
    if (json_array_size(jsonl->notes)) {
        fputs(",\"new_passes\":", jsonl->out);
        if (json_dumpf(jsonl->notes, jsonl->out, JSON_COMPACT) && !jsonl->rc)
            jsonl->rc = errno ? -errno : -EIO;
    }
    fputs("}\n", jsonl->out);
    json_decref(jsonl->notes);
    rc = report_flush(jsonl->out);
    if (jsonl->rc)
        rc = jsonl->rc;
    free(jsonl);
    return rc;
}

static void jsonl_note(void *reporter, const char *implementation, enum report_note kind,
                       const char *text)
{
    struct jsonl *jsonl = reporter;
    char *line, *valid;

    if (kind != REPORT_NEW_PASS) /* a remark is for people */
        return;
    line = text_format("%s: %s", implementation, text);
    valid = text_valid(line);
    json_array_append_new(jsonl->notes, json_string(valid));
    free(valid);
    free(line);
}

const struct reporter report_jsonl = {
    .name = "jsonl",
    .what = "one JSON object a line, as in the results file",
    .begin = jsonl_begin,
    .verdict = jsonl_verdict,
    .end = jsonl_end,
    .note = jsonl_note,
};
