/* SPDX-License-Identifier: MIT */
#include "audit/controls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "audit/report.h"

enum { WORDS = 32, CANNOT_RUN = 127 };

static void become(char *command, char *program, int report)
{
    char *argv[WORDS], *save = NULL;
    size_t count = 0;
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (char *word = strtok_r(command, " ", &save); word && count < WORDS - 2;
         word = strtok_r(NULL, " ", &save))
        argv[count++] = word;
    argv[count++] = program;
    argv[count] = NULL;
    for (int fd = 0; fd <= 2; fd++)
        dup2(null_fd, fd);
    fcntl(report, F_SETFD, 0);
    execvp(argv[0], argv);
    _exit(CANNOT_RUN);
}

int audit_control_run(const struct audit_tool *tool, const struct audit_control *control,
                      const char *folder, struct audit_account *account, char *why, size_t size)
{
    char *plain = text_format("%s/%s", folder, control->name);
    char *program = audit_tool_program(tool, plain);
    int report = audit_report_open(), status = 0, rc = -1;
    char *command = audit_tool_command(tool, report);
    pid_t pid;

    if (access(program, X_OK)) {
        snprintf(why, size, "%s: %s; `make %s` builds it", program, strerror(errno),
                 tool->variant ? tool->variant : "tools");
        goto out;
    }
    pid = fork();
    if (pid == 0)
        become(command, program, report);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (pid < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_RUN)) {
        snprintf(why, size, "%s cannot be run", tool->program);
        goto out;
    }
    rc = tool->read(report, account, why, size);
    if (rc == 0 && account->cut) {
        snprintf(why, size, "its report has no end (wait status 0x%x)", (unsigned)status);
        rc = -1;
    }
out:
    if (report >= 0)
        close(report);
    free(command);
    free(program);
    free(plain);
    return rc;
}

bool audit_control_reported(const struct audit_control *control,
                            const struct audit_account *account)
{
    for (size_t i = 0; i < account->errors_count; i++) {
        const struct audit_error *error = &account->errors[i];

        if ((!control->kind || !strcmp(error->kind, control->kind)) &&
            (!control->says || strstr(error->text, control->says)))
            return true;
    }
    return false;
}
