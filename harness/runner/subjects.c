/* SPDX-License-Identifier: MIT */
/*
 * Subjects of events. Where the adapter has none of its own, a subject is made by the runner, so
 * that the host has nothing to do with it but what the library does: a process, which is the
 * runner's child and reaped by it as soon as it has ended, or a file in a folder that goes away.
 * What is done to a subject has happened, by the kernel's word, when the step is over.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "runner/events.h"
#include "runner/proc.h"

/* Lives until its end of the pipe says otherwise. */
static _Noreturn void be_subject(int fd)
{
    sigset_t none;
    char byte;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (fd > 0)
        close_range(0, (unsigned)fd - 1, 0);
    close_range((unsigned)fd + 1, ~0U, 0);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    while (read(fd, &byte, 1) < 0 && errno == EINTR)
        ;
    _exit(0);
}

static bool make_process(struct stage *stage, struct thing_subject *subject)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0) {
        stage_break(stage, "cannot make a subject: %s", strerror(errno));
        return false;
    }
    subject->pid = fork();
    if (subject->pid == 0) {
        close(ends[1]);
        be_subject(ends[0]);
    }
    close(ends[0]);
    subject->orders = ends[1];
    if (subject->pid > 0)
        return true;
    subject->pid = 0;
    stage_break(stage, "cannot make a subject: fork: %s", strerror(errno));
    return false;
}

static bool make_path(struct stage *stage, struct thing_subject *subject)
{
    struct events *events = stage->events;
    const char *base = getenv("TMPDIR");
    int fd;

    if (!events->folder[0]) {
        snprintf(events->folder, 100, "%s/reapcheck-paths-XXXXXX", base && *base ? base : "/tmp");
        if (!mkdtemp(events->folder)) {
            events->folder[0] = 0;
            stage_break(stage, "cannot make a folder for what can vanish: %s", strerror(errno));
            return false;
        }
    }
    snprintf(subject->path, sizeof(subject->path), "%.100s/%s", events->folder, subject->name);
    fd = open(subject->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) {
        stage_break(stage, "cannot make %s: %s", subject->path, strerror(errno));
        return false;
    }
    close(fd);
    return true;
}

void subject_make(struct stage *stage, const struct step *step)
{
    struct events *events = stage->events;
    struct thing_subject *subject, *grown;
    struct request *request;
    int number;

    grown = realloc(events->subjects, (events->subject_count + 1) * sizeof(*grown));
    if (!grown)
        return stage_break(stage, "out of memory");
    events->subjects = grown;
    subject = &events->subjects[events->subject_count++];
    number = (int)events->subject_count;
    *subject = (struct thing_subject){
        .vanishes = step->vanishes, .orders = -1, .by_host = stage->played->makes_subjects};
    snprintf(subject->name, sizeof(subject->name), "%s", step->subject);
    if (!subject->by_host &&
        !(subject->vanishes ? make_path(stage, subject) : make_process(stage, subject)))
        return;
    if (subject->by_host)
        request = host_request(stage, stage->host, "-", "subject %s %d %s", subject->name, number,
                               subject->vanishes ? "path" : "process");
    else if (subject->vanishes)
        request = host_request(stage, stage->host, "-", "subject %s %d path path=%s", subject->name,
                               number, subject->path);
    else
        request = host_request(stage, stage->host, "-", "subject %s %d process id=%d",
                               subject->name, number, (int)subject->pid);
    if (!host_answered(stage, stage->host, request))
        return host_hangs(stage, stage->host, "the host does not take a subject");
    if (!stage->host->alive || stage_cannot(stage, request))
        return;
    if (!request->ok)
        return stage_break(stage, "%s:%d: `%s`: %s", stage->script->file, step->line, step->text,
                           request->answer);
    struct event event = {.kind = EVENT_SUBJECT,
                          .ctx = -1,
                          .subject = number,
                          .value = wire_number(request->answer, "id", 0),
                          .extra = subject->vanishes ? RC_SUBJECT_PATH : RC_SUBJECT_PROCESS,
                          .text = log_text(stage->log, subject->name)};
    log_append(stage->log, &event);
}

static bool has_stopped(struct stage *stage, void *user)
{
    struct thing_subject *subject = user;
    struct proc_stat stat;

    (void)stage;
    return proc_stat(subject->pid, subject->pid, &stat) && (stat.state == 'T' || stat.state == 't');
}

static bool has_ended(struct stage *stage, void *user)
{
    struct thing_subject *subject = user;

    (void)stage;
    if (subject->pid && waitpid(subject->pid, NULL, WNOHANG) != 0)
        subject->pid = 0;
    return subject->pid == 0;
}

static bool change(struct stage *stage, struct thing_subject *subject, enum condition condition)
{
    switch (condition) {
    case CONDITION_STOPS:
        if (subject->pid)
            kill(subject->pid, SIGSTOP);
        return subject->pid && stage_until(stage, STAGE_EXPECT_MS, has_stopped, subject);
    case CONDITION_ENDS:
        if (subject->pid)
            kill(subject->pid, SIGCONT);
        if (subject->orders >= 0)
            close(subject->orders);
        subject->orders = -1;
        return stage_until(stage, STAGE_EXPECT_MS, has_ended, subject);
    default:
        return unlink(subject->path) == 0;
    }
}

void subject_change(struct stage *stage, const struct step *step)
{
    static const char *const words[] = {"stops", "ends", "vanishes"};
    int number = 0, index = (int)step->condition - CONDITION_STOPS;
    struct thing_subject *subject = subject_named(stage, step->subject, &number);
    struct request *request;

    if (!subject)
        return stage_break(stage, "%s:%d: there is no subject %s", stage->script->file, step->line,
                           step->subject);
    /* Before it happens: what the library says of it comes behind. */
    stage_note(stage, EVENT_CHANGED, number, index, NULL);
    if (!subject->by_host) {
        if (!change(stage, subject, step->condition) && stage->host->alive)
            stage_break(stage, "%s:%d: `%s`: it does not", stage->script->file, step->line,
                        step->text);
        return;
    }
    request = host_request(stage, stage->host, "-", "change %s %s", subject->name, words[index]);
    if (!host_answered(stage, stage->host, request))
        return host_hangs(stage, stage->host, "the host does not change a subject");
    if (stage->host->alive && !stage_cannot(stage, request) && !request->ok)
        stage_break(stage, "%s:%d: `%s`: %s", stage->script->file, step->line, step->text,
                    request->answer);
}

void subject_end(struct stage *stage, const char *name)
{
    int number = 0;
    struct thing_subject *subject = subject_named(stage, name, &number);

    if (!subject || subject->by_host || !subject->pid)
        return;
    stage_note(stage, EVENT_CHANGED, number, CONDITION_ENDS - CONDITION_STOPS, NULL);
    change(stage, subject, CONDITION_ENDS);
}

void subjects_look(struct stage *stage)
{
    for (size_t i = 0; stage->events && i < stage->events->subject_count; i++)
        if (stage->events->subjects[i].pid)
            has_ended(stage, &stage->events->subjects[i]);
}

bool subjects_sleep(struct stage *stage)
{
    struct proc_stat stat;

    for (size_t i = 0; stage->events && i < stage->events->subject_count; i++) {
        struct thing_subject *subject = &stage->events->subjects[i];
        if (subject->pid && !has_ended(stage, subject) &&
            proc_stat(subject->pid, subject->pid, &stat) &&
            (stat.state == 'R' || stat.state == 'D' || stat.state == 'Z'))
            return false;
    }
    return true;
}

void subjects_clear(struct stage *stage)
{
    struct events *events = stage->events;

    for (size_t i = 0; i < events->subject_count; i++) {
        struct thing_subject *subject = &events->subjects[i];
        if (subject->pid) {
            kill(subject->pid, SIGKILL);
            waitpid(subject->pid, NULL, 0);
        }
        if (subject->orders >= 0)
            close(subject->orders);
        if (subject->path[0])
            unlink(subject->path);
    }
    if (events->folder[0])
        rmdir(events->folder);
}
