/* SPDX-License-Identifier: MIT */
/* Making and mapping the control page. Nothing here needs the rest of the probe: the runner links
 * it too. */
#include "probe/control.h"

#include <sys/mman.h>
#include <unistd.h>

int control_create(void)
{
    int fd = memfd_create("reapcheck-control", MFD_CLOEXEC);

    if (fd >= 0 && ftruncate(fd, sizeof(struct control)) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

struct control *control_map(int fd)
{
    void *memory = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

void control_unmap(struct control *control)
{
    if (control)
        munmap(control, sizeof *control);
}
