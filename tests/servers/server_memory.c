/* SPDX-License-Identifier: MIT */
/* /proc/PID/maps and mem. */
#include "tests/servers/server_memory.h"
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OVERWRITTEN 8u
#define REGION_MAX  (256ul * 1024 * 1024) /* the sanitizers' own are far bigger */

static int count_in(const char *bytes, size_t length, const char *wanted, size_t wanted_length)
{
    int count = 0;
    const char *end = bytes + length;
    while ((bytes = memmem(bytes, (size_t)(end - bytes), wanted, wanted_length)) != NULL) {
        bytes++;
        count++;
    }
    return count;
}

/* What is the same in the base64 of any text that has this one in it, shift bytes behind a multiple of three. Caller frees. */
static char *base64_core(const char *text, size_t shift)
{
    g_autofree char *padded = g_strdup_printf("%.*s%s", (int)shift, "xx", text);
    g_autofree char *whole = g_base64_encode((const guchar *)padded, strlen(padded));
    return g_strndup(whole + 4, (strlen(padded) / 3 - 1) * 4);
}

static int count_all(const char *bytes, size_t length, const char *text)
{
    int count = count_in(bytes, length, text + OVERWRITTEN, strlen(text) - OVERWRITTEN);
    for (size_t shift = 0; shift < 3; shift++) {
        g_autofree char *core = base64_core(text, shift);
        count += strlen(core) >= 12 ? count_in(bytes, length, core, strlen(core)) : 0;
    }
    return count;
}

int server_memory_count(pid_t process, const char *text)
{
    g_autofree char *maps = g_strdup_printf("/proc/%d/maps", (int)process), *memory = g_strdup_printf("/proc/%d/mem", (int)process);
    FILE *regions = fopen(maps, "re");
    int fd = open(memory, O_RDONLY | O_CLOEXEC), count = regions != NULL && fd >= 0 ? 0 : -1;
    char line[4096], mode[8];
    unsigned long begin, end;
    while (count >= 0 && fgets(line, sizeof line, regions) != NULL) {
        if (sscanf(line, "%lx-%lx %7s", &begin, &end, mode) != 3 || strncmp(mode, "rw", 2) != 0 || end - begin > REGION_MAX)
            continue;
        g_autofree char *bytes = g_malloc(end - begin);
        ssize_t length = pread(fd, bytes, end - begin, (off_t)begin);
        count += length > 0 ? count_all(bytes, (size_t)length, text) : 0;
    }
    if (regions != NULL)
        fclose(regions);
    if (fd >= 0)
        close(fd);
    return count;
}
