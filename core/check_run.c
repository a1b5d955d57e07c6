/* SPDX-License-Identifier: MIT */
/* `:check`: the same check as on the command line, line by line under a lock. */
#include "core/check_run.h"
#include "core/check.h"
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct check_run {
    event_queue *events;
    GPtrArray *accounts; /* of struct account*, our own */
    pthread_mutex_t lock;
    GPtrArray *lines;
    bool is_done;
    char *connection; /* of the last line; the thread's */
    int64_t id;
    int cancel_fd;
    pthread_t thread;
    bool has_thread;
};

static void free_line(void *data)
{
    struct check_line *line = data;
    g_free(line->step);
    g_free(line->text);
    g_free(line);
}

/* --- on the thread --- */
static void tell(check_run *self, bool is_end)
{
    const struct event event = { .type = EVENT_CHECK, .item = self->id, .state = is_end };
    event_post(self->events, &event);
}

static void add_line(check_run *self, enum check_line_kind kind, const char *step, int elapsed_ms, const char *text)
{
    struct check_line *line = g_new0(struct check_line, 1);
    *line = (struct check_line){ .kind = kind, .step = g_strdup(step), .elapsed_ms = elapsed_ms, .text = g_strdup(text) };
    pthread_mutex_lock(&self->lock);
    g_ptr_array_add(self->lines, line);
    pthread_mutex_unlock(&self->lock);
    tell(self, false);
}

static void report(void *data, const struct check_step *step)
{
    check_run *self = data;
    enum check_line_kind kind = step->is_skipped   ? CHECK_LINE_SKIPPED
                                : !step->is_ok     ? CHECK_LINE_FAILED
                                : step->is_warning ? CHECK_LINE_WARNING
                                                   : CHECK_LINE_OK;
    if (g_strcmp0(self->connection, step->connection) != 0) {
        g_free(self->connection);
        self->connection = g_strdup(step->connection);
        add_line(self, CHECK_LINE_TITLE, NULL, 0, step->connection);
    }
    add_line(self, kind, step->step, step->elapsed_ms, step->words);
    if (*step->hint != '\0')
        add_line(self, CHECK_LINE_HINT, NULL, 0, step->hint);
}

static void *run_main(void *data)
{
    check_run *self = data;
    store *memory = store_open(NULL, STORE_READER, NULL);
    const struct check_wish wish = { .report = report, .data = self, .memory = memory, .cancel_fd = self->cancel_fd };
    for (guint i = 0; i < self->accounts->len; i++) {
        const struct account *account = self->accounts->pdata[i];
        g_autofree char *title = g_strdup_printf("%s (%s)", account->name, account->from_address != NULL ? account->from_address : "");
        if (i > 0)
            add_line(self, CHECK_LINE_SPACE, NULL, 0, "");
        add_line(self, CHECK_LINE_TITLE, NULL, 0, title);
        check_account(account, &wish);
    }
    store_close(memory);
    pthread_mutex_lock(&self->lock);
    self->is_done = true;
    pthread_mutex_unlock(&self->lock);
    tell(self, true);
    return NULL;
}

/* --- life --- */
check_run *check_run_new(event_queue *events, const GPtrArray *accounts)
{
    static int64_t last_id;
    check_run *self = g_new0(check_run, 1);
    self->events = events;
    self->id = ++last_id; /* the UI thread's */
    self->accounts = g_ptr_array_new_with_free_func((GDestroyNotify)account_free);
    self->lines = g_ptr_array_new_with_free_func(free_line);
    for (guint i = 0; i < accounts->len; i++)
        g_ptr_array_add(self->accounts, account_copy(accounts->pdata[i]));
    pthread_mutex_init(&self->lock, NULL);
    self->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    self->has_thread = pthread_create(&self->thread, NULL, run_main, self) == 0;
    self->is_done = !self->has_thread;
    return self;
}

void check_run_free(check_run *self)
{
    if (self == NULL)
        return;
    eventfd_write(self->cancel_fd, 1);
    if (self->has_thread)
        pthread_join(self->thread, NULL);
    close(self->cancel_fd);
    g_ptr_array_unref(self->accounts);
    g_ptr_array_unref(self->lines);
    g_free(self->connection);
    pthread_mutex_destroy(&self->lock);
    g_free(self);
}

/* --- looking --- */
int64_t check_run_id(const check_run *self)
{
    return self->id;
}

bool check_run_is_done(check_run *self)
{
    pthread_mutex_lock(&self->lock);
    bool is_done = self->is_done;
    pthread_mutex_unlock(&self->lock);
    return is_done;
}

GPtrArray *check_run_lines(check_run *self)
{
    GPtrArray *copies = g_ptr_array_new_with_free_func(free_line);
    pthread_mutex_lock(&self->lock);
    for (guint i = 0; i < self->lines->len; i++) {
        const struct check_line *line = self->lines->pdata[i];
        struct check_line *copy = g_memdup2(line, sizeof *line);
        copy->step = g_strdup(line->step);
        copy->text = g_strdup(line->text);
        g_ptr_array_add(copies, copy);
    }
    pthread_mutex_unlock(&self->lock);
    return copies;
}
