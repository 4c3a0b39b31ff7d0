/* SPDX-License-Identifier: MIT */
/*
 * A host: HOST [ADAPTER.so [ADAPTER.so]]. Started by reapcheck, see PROTOCOL.md. The program that
 * children exec lies beside it, under the name `child`.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "host/start.h"

int main(int argc, char **argv)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof "/child");

    if (length <= 0) {
        perror("/proc/self/exe");
        return 2;
    }
    path[length] = '\0';
    strcpy(strrchr(path, '/'), "/child");
    return host_run(argc > 1 ? argv + 1 : (char *[]){NULL}, path);
}
