/* SPDX-License-Identifier: MIT */
#include "runner/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void wire_open(struct wire *wire, int fd)
{
    memset(wire, 0, sizeof(*wire));
    wire->fd = fd;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void wire_close(struct wire *wire)
{
    if (wire->fd >= 0)
        close(wire->fd);
    wire->fd = -1;
}

int wire_send(struct wire *wire, const char *line, size_t *sent)
{
    char whole[WIRE_LINE];
    size_t length = strlen(line);

    if (wire->fd < 0)
        return -EPIPE;
    if (length + 1 > sizeof(whole))
        return -EMSGSIZE;
    memcpy(whole, line, length);
    whole[length++] = '\n';
    while (*sent < length) {
        ssize_t r = send(wire->fd, whole + *sent, length - *sent, MSG_NOSIGNAL);
        if (r >= 0)
            *sent += (size_t)r;
        else if (errno != EINTR)
            return errno == ECONNRESET ? -EPIPE : -errno;
    }
    return 0;
}

int wire_receive(struct wire *wire)
{
    ssize_t r;

    if (wire->fd < 0)
        return -EPIPE;
    if (wire->taken > 0) {
        wire->filled -= wire->taken;
        memmove(wire->buffer, wire->buffer + wire->taken, wire->filled);
        wire->taken = 0;
    }
    if (wire->filled == sizeof(wire->buffer) - 1)
        return 1;
    do {
        r = recv(wire->fd, wire->buffer + wire->filled, sizeof(wire->buffer) - 1 - wire->filled, 0);
    } while (r < 0 && errno == EINTR);
    if (r == 0 || (r < 0 && errno == ECONNRESET))
        return -EPIPE;
    if (r < 0)
        return errno == EAGAIN ? 0 : -errno;
    wire->filled += (size_t)r;
    return 1;
}

char *wire_line(struct wire *wire)
{
    char *start = wire->buffer + wire->taken;
    size_t left = wire->filled - wire->taken;
    char *end = memchr(start, '\n', left);

    if (!end) {
        if (left < sizeof(wire->buffer) - 1)
            return NULL;
        end = start + left; /* no line of ours: hand out what there is, so that it is seen */
        wire->taken = wire->filled;
    } else {
        wire->taken += (size_t)(end - start) + 1;
    }
    *end = 0;
    return start;
}

bool wire_value(const char *line, const char *key, char *value, size_t size)
{
    size_t length = strlen(key);
    const char *word = line;

    while (*word) {
        if (strncmp(word, key, length) == 0 && word[length] == '=') {
            size_t n = strcspn(word + length + 1, " ");
            if (n >= size)
                n = size - 1;
            memcpy(value, word + length + 1, n);
            value[n] = 0;
            return true;
        }
        word += strcspn(word, " ");
        word += strspn(word, " ");
    }
    return false;
}

long long wire_number(const char *line, const char *key, long long fallback)
{
    char value[32];

    return wire_value(line, key, value, sizeof(value)) ? strtoll(value, NULL, 0) : fallback;
}

int wire_error(const char *name, size_t length)
{
    if (length > 0 && strspn(name, "0123456789") == length)
        return -atoi(name); /* the value of a hook */
    for (int error = 1; error < 134; error++) {
        const char *known = strerrorname_np(error);
        if (known && strlen(known) == length && strncmp(known, name, length) == 0)
            return error;
    }
    return EIO;
}
