/* SPDX-License-Identifier: MIT */
/*
 * What the harness itself costs: figures to look at and compare, no verdict. Run by
 * `make bench-harness`; takes the folder of the build and that of the scenarios.
 *
 * Times are medians, as the machine has other things to do, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "history/history.h"
#include "oracle/oracle.h"
#include "probe/control.h"
#include "runner/play.h"

enum {
    PLAYS = 50,
    FORKS = 500,
    FORKS_A_TURN = 50,
    EXITS = 10,
    SAMPLE_US = 5000,
    HIGH_FD = 500, /* host/PROTOCOL.md */
    LATEST_S = 300,
};

static char host[4096];

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    exit(3);
}

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* -- all scenarios -- */

/* The most memory that the process had so far, in KiB; 0 if it is gone. */
static long peak_memory(pid_t pid)
{
    char path[64], line[256];
    long kib = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    file = fopen(path, "r");
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "VmHWM: %ld", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib;
}

static bool runs_same_program(pid_t pid, const char *program)
{
    char path[64], target[4096];
    ssize_t length;

    snprintf(path, sizeof(path), "/proc/%d/exe", pid);
    length = readlink(path, target, sizeof(target) - 1);
    if (length < 0)
        return false;
    target[length] = 0;
    return strcmp(target, program) == 0;
}

/* The highest peak among the descendants that run this program: the supervised jobs. */
static void look_at_jobs(pid_t pid, const char *program, long *highest)
{
    char path[64], *list = NULL, *word, *save = NULL;
    size_t size = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
    file = fopen(path, "r");
    if (file && getline(&list, &size, file) > 0)
        for (word = strtok_r(list, " \n", &save); word; word = strtok_r(NULL, " \n", &save)) {
            pid_t child = (pid_t)atoi(word);
            long kib = runs_same_program(child, program) ? peak_memory(child) : 0;
            if (kib > *highest)
                *highest = kib;
            if (kib > 0)
                look_at_jobs(child, program, highest);
        }
    free(list);
    if (file)
        fclose(file);
}

static void all_scenarios(const char *build, const char *scenarios)
{
    char program[4200], results[] = "/tmp/reapcheck-bench-XXXXXX", command[4300];
    char *resolved;
    long own = 0, jobs = 0;
    double start, end;
    int status;
    pid_t pid;

    snprintf(program, sizeof(program), "%s/reapcheck", build);
    resolved = realpath(program, NULL);
    if (!resolved || !mkdtemp(results))
        give_up(program);
    start = now_ms();
    pid = fork();
    if (pid == 0) {
        int null_fd = open("/dev/null", O_WRONLY);
        dup2(null_fd, 1);
        execl(resolved, resolved, "run", "--impl", "reference", "--jobs", "2", "--results", results,
              scenarios, (char *)NULL);
        _exit(127);
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        long kib = peak_memory(pid);
        own = kib > own ? kib : own;
        look_at_jobs(pid, resolved, &jobs);
        usleep(SAMPLE_US);
    }
    end = now_ms();
    snprintf(command, sizeof(command), "rm -rf %s", results);
    if (system(command) != 0)
        give_up(results);
    printf("all scenarios, reference, two jobs     %8.2f s     (exit status %d)\n",
           (end - start) / 1e3, WEXITSTATUS(status));
    printf("  peak memory of the main process      %8.1f MB\n", (double)own / 1024);
    printf("  of a job's supervisor or runner      %8.1f MB\n", (double)jobs / 1024);
    free(resolved);
}

/* A whole job of a day, as its command does it, against what it is to take at most. */
static void whole_job(const char *build, const char *command, const char *what, int target_s)
{
    char line[4600], results[] = "/tmp/reapcheck-bench-XXXXXX";
    double start = now_ms();
    int status;

    if (!mkdtemp(results))
        give_up(results);
    alarm(0); /* it has deadlines of its own */
    snprintf(line, sizeof(line), "%s/reapcheck %s --results %s >%s/out 2>&1", build, command,
             results, results);
    status = system(line);
    printf("%-38s %8.0f s     (target %d s, exit status %d)\n", what, (now_ms() - start) / 1e3,
           target_s, WEXITSTATUS(status));
    alarm(LATEST_S);
    snprintf(line, sizeof(line), "rm -rf %s", results);
    if (system(line) != 0)
        give_up(results);
}

/* -- faults -- */

/* A sweep of scripts that wait for nothing, as the command itself sums it up. */
static void faults(const char *build, const char *scenarios)
{
    static const char *const scripts[] = {"children/adopted", "owner-modes/selective-alone",
                                          "owner-modes/mainloop-told-twice",
                                          "sharing/two-contexts"};
    char command[4096], line[512];
    int n = snprintf(command, sizeof(command),
                     "%s/reapcheck faults --impl reference --jobs 2 --pairs 200", build);
    unsigned rate = 0;
    const char *at;
    FILE *sweep;

    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
        n +=
            snprintf(command + n, sizeof(command) - (size_t)n, " %s/%s.scn", scenarios, scripts[i]);
    sweep = popen(command, "r");
    if (!sweep)
        give_up(command);
    while (fgets(line, sizeof(line), sweep))
        if ((at = strstr(line, " s, ")))
            sscanf(at, " s, %u plays a second", &rate);
    printf("faults, reference, two jobs            %8u plays a second   (exit status %d)\n", rate,
           WEXITSTATUS(pclose(sweep)));
}

/* -- one play -- */

static struct script *parse(const char *text)
{
    struct script_error error;
    struct script *script = script_parse("bench.scn", text, strlen(text), &error);

    if (!script) {
        fprintf(stderr, "bench: line %d: %s\n", error.line, error.what);
        exit(3);
    }
    return script;
}

static void play_well(const struct script *script, struct played *played)
{
    struct play_options options = {.host = host, .slow = 1, .quiet_host = true};

    play(script, &options, played);
    if (played->result != PLAY_DONE || played->findings.count > 0) {
        fprintf(stderr, "bench: %s\n",
                played->findings.count ? played->findings.list[0].what : played->reason);
        exit(3);
    }
}

/* The first event of this step; the number of events if it was not played. */
static size_t step_at(const struct history *history, int line)
{
    size_t i = 0;

    while (i < history_count(history) && !(history_event(history, i)->kind == EVENT_STEP &&
                                           history_event(history, i)->subject == line))
        i++;
    return i;
}

static void ten_steps(void)
{
    enum { FIRST = 3, MARK = 13 }; /* lines of the script */
    static const char text[] = "scenario Ten steps\ncovers XC-01\n"
                               "ctx A on main owner selective\npause A\nresume A\n"
                               "child a of A exits 0\npause A\nresume A\n"
                               "owner A selective may fail\npause A\nresume A\nclose A may fail\n"
                               "expect disposition default may fail\n";
    static double whole[PLAYS], start[PLAYS], steps[PLAYS], wind_up[PLAYS], leave[PLAYS],
        judge[PLAYS];
    struct script *script;
    char without[sizeof(text)];

    /* the mark itself is a step, too, and not counted */
    snprintf(without, sizeof(without), "%.*s", (int)(strstr(text, "expect ") - text), text);
    snprintf(without + strlen(without), sizeof(without) - strlen(without), "unfail\n");
    script = parse(without);
    for (int i = 0; i < PLAYS; i++) {
        struct findings findings = {0};
        const struct history *history;
        struct played played;
        double begin = now_ms(), end, first, mark, last;

        play_well(script, &played);
        end = now_ms();
        history = played.history;
        oracle_judge(history, &played.subject, &findings);
        judge[i] = now_ms() - end;
        first = (double)history_event(history, step_at(history, FIRST))->time / 1e6;
        mark = (double)history_event(history, step_at(history, MARK))->time / 1e6;
        last = (double)history_event(history, history_count(history) - 1)->time / 1e6;
        start[i] = first - begin;
        steps[i] = mark - first;
        wind_up[i] = last - mark;
        leave[i] = end - last;
        whole[i] = end - begin + judge[i];
        findings_free(&findings);
        played_free(&played);
    }
    printf("a scenario of ten steps                %8.2f ms\n", median(whole, PLAYS));
    printf("  start of the host                    %8.2f ms\n", median(start, PLAYS));
    printf("  the steps                            %8.2f ms\n", median(steps, PLAYS));
    printf("  winding up                           %8.2f ms\n", median(wind_up, PLAYS));
    printf("  ending all processes                 %8.2f ms\n", median(leave, PLAYS));
    printf("  judging                              %8.2f ms\n", median(judge, PLAYS));
    script_free(script);
}

static void wait_calls(void)
{
    printf("wait calls for one exit, selective, with\n");
    for (int live = 1; live <= 1000; live *= 10) {
        char text[512];
        struct script *script;
        struct played played;
        size_t count = 0;
        double start, end;

        snprintf(text, sizeof(text),
                 "scenario Exits\ncovers XC-01\nctx A on main owner selective\n"
                 "children kids %d of A\nquiet\nrepeat %d\n  child x of A\n  exit x 0\n"
                 "  expect A reports x exit 0\nend\nunfail\n",
                 live, EXITS);
        script = parse(text);
        play_well(script, &played);
        start = (double)history_event(played.history, step_at(played.history, 6))->time / 1e6;
        end = (double)history_event(played.history, step_at(played.history, 11))->time / 1e6;
        for (size_t i = step_at(played.history, 6); i < step_at(played.history, 11); i++) {
            const struct event *event = history_event(played.history, i);
            count += event->kind == EVENT_CALL && event->zone != ZONE_APPLICATION &&
                     (event->what == CALL_WAITPID || event->what == CALL_WAITID);
        }
        printf("  %4d other live children              %8.1f        (%.2f ms an exit)\n", live,
               (double)count / EXITS, (end - start) / EXITS);
        played_free(&played);
        script_free(script);
    }
}

/* -- a host driven directly, with the probe on and off -- */

struct driven {
    pid_t pid;
    int fd, births;
    FILE *lines;
    unsigned long number;
};

static void name_fd(const char *name, int fd)
{
    char value[16];

    snprintf(value, sizeof(value), "%d", fcntl(fd, F_DUPFD, HIGH_FD));
    setenv(name, value, 1);
}

static void drive(struct driven *driven, bool recorded)
{
    int pair[2], births[2];
    int log_fd = log_create(), control_fd = control_create(), notify_fd = eventfd(0, EFD_CLOEXEC);

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0 ||
        socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, births) != 0 || log_fd < 0 ||
        control_fd < 0 || notify_fd < 0)
        give_up("cannot start a host");
    driven->pid = fork();
    if (driven->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        name_fd("REAPCHECK_SOCKET", pair[1]);
        if (recorded) {
            name_fd("REAPCHECK_LOG", log_fd);
            name_fd("REAPCHECK_CONTROL", control_fd);
            name_fd("REAPCHECK_NOTIFY", notify_fd);
            name_fd("REAPCHECK_BIRTHS", births[1]);
        }
        execl(host, host, (char *)NULL);
        _exit(127);
    }
    close(pair[1]);
    close(births[1]);
    close(log_fd);
    close(control_fd);
    close(notify_fd);
    driven->fd = pair[0];
    driven->births = births[0];
    driven->lines = fdopen(dup(pair[0]), "r");
    driven->number = 0;
}

/* Reads lines until one starts with this. */
static void await_line(struct driven *driven, const char *start)
{
    char line[1024];

    while (fgets(line, sizeof(line), driven->lines))
        if (strncmp(line, start, strlen(start)) == 0)
            return;
    give_up("the host has gone");
}

static void ask(struct driven *driven, const char *words)
{
    dprintf(driven->fd, "%lu main %s\n", ++driven->number, words);
}

/* Births wait for somebody who takes them. */
static void take_births(struct driven *driven)
{
    char data[64], control[CMSG_SPACE(sizeof(int))];

    for (;;) {
        struct iovec part = {data, sizeof(data)};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof(control)};
        struct cmsghdr *header;
        int fd;

        if (recvmsg(driven->births, &message, MSG_DONTWAIT) <= 0)
            return;
        header = CMSG_FIRSTHDR(&message);
        if (header) {
            memcpy(&fd, CMSG_DATA(header), sizeof(fd));
            close(fd);
        }
    }
}

static double fork_and_report(struct driven *driven)
{
    char ok[32], line[1024];
    bool answered = false, reported = false;
    double start = now_ms(), end;

    ask(driven, "fork A a exit=0");
    snprintf(ok, sizeof(ok), "%lu ok", driven->number);
    while (!answered || !reported) {
        if (!fgets(line, sizeof(line), driven->lines))
            give_up("the host has gone");
        answered = answered || strncmp(line, ok, strlen(ok)) == 0;
        reported = reported || strncmp(line, "event report", 12) == 0;
    }
    end = now_ms();
    take_births(driven);
    return end - start;
}

static void probe_cost(void)
{
    static double times[2][FORKS];
    struct driven driven[2];
    double medians[2];

    for (int k = 0; k < 2; k++) {
        drive(&driven[k], k == 1);
        await_line(&driven[k], "ready");
        ask(&driven[k], "open A 0 owner=selective");
        await_line(&driven[k], "1 ok");
    }
    for (int i = 0; i < FORKS; i += FORKS_A_TURN) /* side by side, so that both meet the same */
        for (int k = 0; k < 2; k++)
            for (int n = i; n < i + FORKS_A_TURN; n++)
                times[k][n] = fork_and_report(&driven[k]);
    for (int k = 0; k < 2; k++) {
        fclose(driven[k].lines);
        close(driven[k].fd);
        close(driven[k].births);
        kill(driven[k].pid, SIGKILL);
        waitpid(driven[k].pid, NULL, 0);
        medians[k] = median(times[k], FORKS);
    }
    printf("fork, exit and report, not recorded    %8.3f ms\n", medians[0]);
    printf("  recorded by the probe                %8.3f ms    (ratio %.2f)\n", medians[1],
           medians[1] / medians[0]);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s BUILD SCENARIOS\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    alarm(LATEST_S);
    snprintf(host, sizeof(host), "%s/host/reference", argv[1]);
    all_scenarios(argv[1], argv[2]);
    faults(argv[1], argv[2]);
    ten_steps();
    probe_cost();
    wait_calls();
    whole_job(argv[1], "run --jobs 2", "all scenarios, all, two jobs", 180);
    whole_job(argv[1], "pairs", "all pairs, as many jobs as it takes", 300);
    return 0;
}
