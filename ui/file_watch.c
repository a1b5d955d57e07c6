/* SPDX-License-Identifier: MIT */
/* inotify on the directory: editors put a new file in the place of the old one. */
#include "ui/file_watch.h"
#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_EVERY_MS = 1000, POLL_EVERY_MS = 100 };

/* Takes all that waits. True: one of them is about the file. An overflow may have been. */
static bool was_saved(int notify_fd, const char *name)
{
    _Alignas(struct inotify_event) char bytes[4096];
    bool is_news = false;
    ssize_t count;
    while (notify_fd >= 0 && (count = read(notify_fd, bytes, sizeof bytes)) > 0) {
        for (ssize_t at = 0; at < count;) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)(bytes + at);
            is_news = is_news || (event->mask & IN_Q_OVERFLOW) != 0 || (event->len > 0 && strcmp(event->name, name) == 0);
            at += (ssize_t)(sizeof *event + event->len);
        }
    }
    return is_news;
}

/* One for as long as postern runs: closing it makes the kernel wait 15 ms for others, taking a directory off it costs nothing. */
static int notify_fd_held = -1, directory_watched = -1;

int file_watch_open(const struct file_watch *watch)
{
    if (watch == NULL)
        return -1;
    g_autofree char *directory = g_path_get_dirname(watch->path);
    if (notify_fd_held < 0)
        notify_fd_held = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    was_saved(notify_fd_held, ""); /* what was told of the last one */
    directory_watched = notify_fd_held >= 0 ? inotify_add_watch(notify_fd_held, directory, IN_CLOSE_WRITE | IN_MOVED_TO) : -1;
    return directory_watched >= 0 ? notify_fd_held : -1;
}

static bool has_ended(pid_t child, int options, int *status_out)
{
    pid_t ended;
    do
        ended = waitpid(child, status_out, options);
    while (ended < 0 && errno == EINTR);
    if (ended < 0)
        *status_out = -1; /* somebody reaped it: its end is all that is known */
    return ended != 0;
}

static void watch_until_end(pid_t child, const struct file_watch *watch, int notify_fd, int child_fd, int *status_out)
{
    g_autofree char *name = g_path_get_basename(watch->path);
    while (!has_ended(child, WNOHANG, status_out)) {
        struct pollfd fds[] = { { .fd = notify_fd, .events = POLLIN }, { .fd = child_fd, .events = POLLIN } };
        poll(fds, G_N_ELEMENTS(fds), child_fd >= 0 ? LOOK_EVERY_MS : POLL_EVERY_MS); /* a signal is a look more */
        watch->look(watch->data, was_saved(notify_fd, name));
    }
}

void file_watch_wait(pid_t child, const struct file_watch *watch, int watch_fd, int *status_out)
{
    if (watch == NULL) {
        has_ended(child, 0, status_out);
        return;
    }
    int child_fd = (int)syscall(SYS_pidfd_open, child, 0); /* readable at its end; an old kernel has none */
    watch_until_end(child, watch, watch_fd, child_fd, status_out);
    if (child_fd >= 0)
        close(child_fd);
}

void file_watch_close(int watch_fd)
{
    if (watch_fd >= 0)
        inotify_rm_watch(watch_fd, directory_watched);
}
