/* SPDX-License-Identifier: MIT */
/*
 * Bazel's "test encyclopedia" names the variables. A test that can be sharded says so by touching
 * TEST_SHARD_STATUS_FILE, else Bazel takes every shard for the whole. Indices count from 0 there.
 */
#include "cli/bazel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/cli.h"
#include "cli/option.h"
#include "report/text.h"

static int number(const char *name, const char *text, int least, int most, int *value)
{
    long parsed;
    bool well = option_is_number(text, least, most, &parsed);

    *value = (int)parsed;
    return well ? 0
                : complain(STATUS_USAGE, "%s is to be a number from %d to %d, not \"%s\"", name,
                           least, most, text);
}

static int read_shard(struct run_options *options)
{
    const char *total = option_variable("TEST_TOTAL_SHARDS"),
               *index = option_variable("TEST_SHARD_INDEX");
    int shards, shard, status;

    if (!total && !index)
        return 0;
    if (!total || !index)
        return complain(STATUS_USAGE, "%s is set, and %s is not",
                        total ? "TEST_TOTAL_SHARDS" : "TEST_SHARD_INDEX",
                        total ? "TEST_SHARD_INDEX" : "TEST_TOTAL_SHARDS");
    status = number("TEST_TOTAL_SHARDS", total, 1, SHARDS_MOST, &shards);
    if (!status)
        status = number("TEST_SHARD_INDEX", index, 0, shards - 1, &shard);
    if (status || options->sharded)
        return status;
    options->shards = shards;
    options->shard = shard + 1;
    return 0;
}

static int touch_status_file(void)
{
    const char *name = option_variable("TEST_SHARD_STATUS_FILE");
    int fd;

    if (!name)
        return 0;
    fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 || futimens(fd, NULL)) {
        int rc = errno;

        if (fd >= 0)
            close(fd);
        return complain(STATUS_BROKEN, "cannot touch %s (TEST_SHARD_STATUS_FILE): %s", name,
                        strerror(rc));
    }
    close(fd);
    return 0;
}

int bazel_read(struct run_options *options)
{
    int status = read_shard(options);

    if (!status)
        status = touch_status_file();
    if (!options->filter)
        options->filter = option_variable("TESTBRIDGE_TEST_ONLY");
    return status;
}

char *bazel_results(void)
{
    const char *kept = option_variable("TEST_UNDECLARED_OUTPUTS_DIR"),
               *gone = option_variable("TEST_TMPDIR");

    if (kept || gone)
        return text_format("%s/results", kept ? kept : gone);
    return NULL;
}
