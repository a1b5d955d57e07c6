/* SPDX-License-Identifier: MIT */
/* A program that runs while postern waits for it, and the file it writes: each time it is saved somebody looks. */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

struct file_watch {
    const char *path; /* saved in place, or by a new file of that name */
    /* Called when it was saved (is_news), and about every second else. */
    void (*look)(void *data, bool is_news);
    void *data;
};
/* Before the program is started: what it saves in its first moment is news, too. watch may be NULL. -1: the system has no watch for it, and news are
 * only known at the end. */
int file_watch_open(const struct file_watch *watch);
/* Until the child has ended; watch may be NULL. *status_out as of waitpid; -1: somebody else reaped it. */
void file_watch_wait(pid_t child, const struct file_watch *watch, int watch_fd, int *status_out);
void file_watch_close(int watch_fd);
