/* SPDX-License-Identifier: MIT */
/* The thread, its stop and its bell. */
#include "core/worker.h"
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct worker {
    char *name;
    pthread_t thread;
    int cancel_fd, wake_fd, hurry_fd;
    atomic_bool is_stopping;
    bool is_joined;
    void (*main)(worker *self, void *data);
    void *data;
};

static void ring(int fd)
{
    uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof one);
    (void)written; /* full means: it is readable already */
}

static void *run(void *data)
{
    worker *self = data;
    char short_name[16];
    g_snprintf(short_name, sizeof short_name, "%s", self->name);
    pthread_setname_np(pthread_self(), short_name);
    self->main(self, self->data);
    return NULL;
}

worker *worker_start(const char *name, void (*main)(worker *self, void *data), void *data)
{
    worker *self = g_new0(worker, 1);
    self->name = g_strdup(name);
    self->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    self->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    self->hurry_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    self->main = main;
    self->data = data;
    /* Signals are the UI thread's: a worker that took SIGWINCH would delay it. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int status = pthread_create(&self->thread, NULL, run, self);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (status != 0)
        g_error("no thread can be started: %s", g_strerror(status));
    return self;
}

void worker_wake(worker *self)
{
    ring(self->wake_fd);
}

void worker_hurry(worker *self)
{
    ring(self->hurry_fd);
    ring(self->wake_fd);
}

void worker_stop(worker *self)
{
    atomic_store(&self->is_stopping, true);
    ring(self->cancel_fd);
    ring(self->wake_fd);
}

void worker_join(worker *self)
{
    if (!self->is_joined)
        pthread_join(self->thread, NULL);
    self->is_joined = true;
}

void worker_join_within(worker *self, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout_ms / 1000;
    if (!self->is_joined && pthread_timedjoin_np(self->thread, NULL, &until) == 0)
        self->is_joined = true;
    if (!self->is_joined)
        worker_stop(self);
    worker_join(self);
}

void worker_free(worker *self)
{
    if (self == NULL)
        return;
    worker_stop(self);
    worker_join(self);
    close(self->cancel_fd);
    close(self->wake_fd);
    close(self->hurry_fd);
    g_free(self->name);
    g_free(self);
}

const char *worker_name(const worker *self)
{
    return self->name;
}

bool worker_is_stopping(const worker *self)
{
    return atomic_load(&self->is_stopping);
}

int worker_cancel_fd(const worker *self)
{
    return self->cancel_fd;
}

int worker_wake_fd(const worker *self)
{
    return self->wake_fd;
}

int worker_hurry_fd(const worker *self)
{
    return self->hurry_fd;
}

void worker_clear_wake(worker *self)
{
    uint64_t count;
    ssize_t taken = read(self->wake_fd, &count, sizeof count);
    (void)taken;
}

void worker_wait(worker *self, int other_fd, int timeout_ms)
{
    struct pollfd fds[] = { { .fd = self->wake_fd, .events = POLLIN },
                            { .fd = self->cancel_fd, .events = POLLIN },
                            { .fd = other_fd, .events = POLLIN } };
    poll(fds, G_N_ELEMENTS(fds), timeout_ms);
}
