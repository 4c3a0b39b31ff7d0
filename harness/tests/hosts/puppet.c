/* SPDX-License-Identifier: MIT */
/*
 * A host for the tests of the runner: it speaks the protocol (host/PROTOCOL.md) with no library
 * and no probe behind it, and misbehaves as its first argument says. It has one thread, no lanes
 * but main, and does every request at once. Its "library" forks a child and, at the next turn,
 * reaps and reports it.
 *
 * The argument is one word ("silent", "pid-of-init"), or one with the verb at which it strikes
 * ("die-at=fork"); any other word, such as "good", is a host that does all as it should. What it
 * keeps for a callback it does there, whatever it is, with success.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 256 };

static const char *mode;
static int runner;
static struct child {
    char name[16], ctx[16];
    pid_t pid;
    int orders;
    bool of_library, over;
} children[CHILDREN];
static size_t children_count;
static struct {
    char child[16], number[16];
} kept;
static bool has_handler; /* SIGCHLD's, of the "library" */

static bool mode_is(const char *word)
{
    return strcmp(mode, word) == 0;
}

/* The mode is WORD=VALUE with this value. */
static bool mode_names(const char *word, const char *value)
{
    size_t length = strlen(word);

    return strncmp(mode, word, length) == 0 && mode[length] == '=' &&
           strcmp(mode + length + 1, value) == 0;
}

static void send_all(const char *text, size_t length)
{
    while (length > 0) {
        ssize_t r = send(runner, text, length, MSG_NOSIGNAL);
        if (r <= 0)
            _exit(0);
        text += r;
        length -= (size_t)r;
    }
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    char line[512];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(line, sizeof(line) - 1, format, args);
    va_end(args);
    line[n] = '\n';
    send_all(line, (size_t)n + 1);
}

static struct child *child_named(const char *name)
{
    for (size_t i = children_count; i-- > 0;)
        if (strcmp(children[i].name, name) == 0)
            return &children[i];
    return NULL;
}

static _Noreturn void live(int orders, const char *ending)
{
    char order[64];
    int value;

    if (sscanf(ending, "exit=%d", &value) == 1)
        _exit(value);
    for (;;) {
        ssize_t r = read(orders, order, sizeof(order) - 1);
        if (r <= 0)
            _exit(125);
        order[r] = 0;
        if (sscanf(order, "exit %d", &value) == 1)
            _exit(value);
    }
}

static pid_t make_child(const char *ctx, const char *name, const char *ending, bool of_library)
{
    struct child *child = &children[children_count++];
    int pair[2];

    if (children_count > CHILDREN || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        _exit(3);
    *child = (struct child){.orders = pair[0], .of_library = of_library};
    snprintf(child->name, sizeof(child->name), "%s", name);
    snprintf(child->ctx, sizeof(child->ctx), "%s", ctx);
    child->pid = fork();
    if (child->pid == 0) {
        close(pair[0]);
        close(runner);
        live(pair[1], ending);
    }
    close(pair[1]);
    return child->pid;
}

/* Whether it has ended; reaps it, as a rule. */
static bool has_ended(const struct child *child, int *status)
{
    siginfo_t info = {0};

    if (!mode_is("leaves-zombies"))
        return waitpid(child->pid, status, WNOHANG) > 0;
    if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || !info.si_pid)
        return false;
    *status = W_EXITCODE(info.si_status, 0);
    return true;
}

/* Reaps and reports what has ended. */
static void turn(void)
{
    for (size_t i = 0; i < children_count; i++) {
        struct child *child = &children[i];
        int status;
        if ((!child->of_library && !mode_is("steals")) || child->over || !has_ended(child, &status))
            continue;
        child->over = true;
        close(child->orders);
        if (!child->of_library)
            continue;
        if (strcmp(child->name, kept.child) == 0)
            say("event when %s ok", kept.number);
        if (mode_is("report-wrong"))
            status = W_EXITCODE(99, 0);
        if (!mode_is("report-never"))
            say("event report ctx=%s pid=%d status=%d", child->ctx, child->pid, status);
        if (mode_is("report-twice"))
            say("event report ctx=%s pid=%d status=%d", child->ctx, child->pid, status);
    }
    if (mode_is("restless"))
        say("event disaster ctx=A errno=5 again");
}

static void obey_child_verb(const char *number, const char *verb, char *words[3])
{
    bool of_library = strcmp(verb, "fork") == 0;
    const char *ending = of_library ? words[2] : words[1];
    pid_t pid;

    if (mode_is("no-pid")) {
        say("%s ok", number);
    } else if (mode_is("pid-of-init")) {
        say("%s ok pid=1", number);
    } else if (mode_is("pid-of-all")) {
        say("%s ok pid=-1", number);
    } else if (mode_is("fork-fails")) {
        say("%s error EAGAIN no more", number);
    } else {
        pid = of_library ? make_child(words[0], words[1], ending, true)
                         : make_child("", words[0], ending, false);
        say("%s ok pid=%d", number, pid);
    }
}

static void obey_wait(const char *number, char *words[3])
{
    struct child *child = child_named(words[0]);
    int status = 0;
    pid_t pid = child ? waitpid(child->pid, &status, atoi(words[1])) : -1;

    if (pid < 0)
        say("%s error ECHILD none", number);
    else
        say("%s ok pid=%d status=%d", number, pid, status);
    if (child && pid > 0 && !WIFSTOPPED(status)) {
        child->over = true;
        close(child->orders);
    }
}

/* A word of the protocol's that it takes. */
static bool is_verb(const char *word)
{
    static const char *const verbs[] = {
        "open",    "close", "owner",       "fork",     "foreign", "watch",  "forget",
        "order",   "pause", "resume",      "turn",     "waitpid", "action", "lane",
        "blocked", "when",  "disposition", "together", "quit",    "forked", "raise"};

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(verbs[i], word) == 0)
            return true;
    return false;
}

static void obey(char *line)
{
    char *save = NULL, *words[3] = {"", "", ""};
    const char *number = strtok_r(line, " ", &save), *lane = strtok_r(NULL, " ", &save);
    const char *verb = strtok_r(NULL, " ", &save);

    if (verb && strcmp(verb, "+") == 0)
        verb = strtok_r(NULL, " ", &save);
    if (!number || !lane || !verb)
        return;
    for (size_t i = 0; i < 3; i++) {
        char *word = strtok_r(NULL, i == 2 ? "" : " ", &save);
        if (word)
            words[i] = word;
    }
    if (mode_names("die-at", verb)) {
        signal(SIGSEGV, SIG_DFL); /* a sanitizer has its own */
        kill(getpid(), SIGSEGV);
    }
    if (mode_names("exit-at", verb))
        _exit(7);
    if (mode_names("close-at", verb)) {
        close(runner);
        for (;;)
            pause();
    }
    if (mode_names("silent-at", verb))
        return;
    if (mode_names("banana-at", verb))
        return say("%s banana", number);
    if (mode_names("twice-at", verb))
        say("%s ok", number);
    if (mode_names("late-at", verb))
        usleep(300000); /* no wait for luck: that an answer comes late is what is tested */
    if (mode_names("flood-at", verb))
        for (;;)
            say("event disaster ctx=A errno=5 a flood");
    if (strcmp(verb, "quit") == 0 && mode_is("stays"))
        return;
    if (strcmp(verb, "quit") == 0)
        _exit(0);
    if (strcmp(lane, "-") != 0 && strcmp(lane, "main") != 0)
        return say("%s error ENOENT no lane %s", number, lane);
    if (!is_verb(verb) && !mode_is("knows-all"))
        return say("%s cannot unknown request %s", number, verb);
    if (strcmp(verb, "open") == 0)
        has_handler = mode_is("handler-goes-late") || mode_is("handler-stays");
    if (strcmp(verb, "turn") == 0 && mode_is("handler-goes-late"))
        has_handler = false;
    if (strcmp(verb, "turn") == 0)
        turn();
    if (strcmp(verb, "fork") == 0 || strcmp(verb, "foreign") == 0)
        return obey_child_verb(number, verb, words);
    if (strcmp(verb, "waitpid") == 0)
        return obey_wait(number, words);
    if (strcmp(verb, "order") == 0 && !mode_is("orders-lost")) {
        struct child *child = child_named(words[0]);
        if (!child)
            return say("%s error ENOENT no child %s", number, words[0]);
        dprintf(child->orders, "%s %s", words[1], words[2]);
    }
    if (strcmp(verb, "watch") == 0 && child_named(words[1])) {
        child_named(words[1])->of_library = true;
        snprintf(child_named(words[1])->ctx, sizeof(children[0].ctx), "%s", words[0]);
    }
    if (strcmp(verb, "when") == 0) {
        snprintf(kept.child, sizeof(kept.child), "%s", words[0]);
        snprintf(kept.number, sizeof(kept.number), "%s", number);
    }
    if (strcmp(verb, "action") == 0 && !mode_is("mute-action"))
        say("%s ok disposition=%d flags=0", number, strcmp(words[1], "ignore") == 0);
    else if (strcmp(verb, "disposition") == 0)
        say("%s ok disposition=%d flags=0 mask=0", number, has_handler ? 2 : 0);
    else if (strcmp(verb, "blocked") == 0)
        say("%s ok blocked=0", number);
    else if (strcmp(verb, "lane") == 0)
        say("%s cannot it has one thread", number);
    else
        say("%s ok", number);
}

/* Says who it is, or what is no such thing. */
static void greet(void)
{
    static char long_line[10000];
    const char *version = mode_is("version-2") ? "2" : "1";
    int pid = mode_is("is-init") ? 1 : mode_is("is-nobody") ? 999999999 : getpid();

    if (mode_is("silent"))
        for (;;)
            pause();
    if (mode_is("exits")) {
        dprintf(2, "no such library\n");
        _exit(3);
    }
    if (mode_is("dies-with-bytes")) {
        dprintf(2, "\xff\xfe\x01 bytes\n");
        _exit(3);
    }
    if (mode_is("nonsense"))
        say("\xff\xfe\x01 what is this?");
    if (mode_is("long-line")) {
        memset(long_line, 'x', sizeof(long_line));
        send_all(long_line, sizeof(long_line));
    }
    if (mode_is("asked-for-nothing"))
        say("77 ok");
    if (mode_is("failed")) {
        say("failed there is no adapter");
        _exit(1);
    }
    if (!mode_is("no-hello"))
        say("hello protocol=%s pid=%d name=puppet version=1 owners=%d features=0"
            " offers=%s probe=0",
            version, pid, mode_is("no-modes") ? 0 : 15,
            mode_is("no-children") ? "owner"
            : mode_is("watches")   ? "owner,watch,forget"
                                   : "owner,fork,watch,forget");
    if (mode_is("no-ready"))
        for (;;)
            pause();
    say("ready");
}

int main(int argc, char **argv)
{
    static char buffer[65536];
    size_t filled = 0;

    mode = argc > 1 ? argv[1] : "good";
    runner = getenv("REAPCHECK_SOCKET") ? atoi(getenv("REAPCHECK_SOCKET")) : -1;
    fcntl(runner, F_SETFD, FD_CLOEXEC);
    greet();
    for (;;) {
        ssize_t r = recv(runner, buffer + filled, sizeof(buffer) - filled, 0);
        char *line = buffer, *end;
        if (r <= 0 && (mode_is("stays") || mode_is("deaf")))
            pause();
        if (r <= 0)
            return 0;
        filled += (size_t)r;
        while ((end = memchr(line, '\n', filled - (size_t)(line - buffer)))) {
            *end = 0;
            obey(line);
            line = end + 1;
        }
        filled -= (size_t)(line - buffer);
        memmove(buffer, line, filled);
    }
}
