/* SPDX-License-Identifier: MIT */
/* Saved searches and their counts: news only mark them as old, and at most once in a while one job counts them all. */
#include "ui/view_searches.h"
#include "core/search.h"
#include <glib/gi18n-lib.h>

enum { BETWEEN_COUNTS_MS = 1500 };

struct view_searches {
    app *ui;
    query *counter;
    GPtrArray *saved;
    GArray *unread; /* of int64_t, one for each */
    int64_t job;    /* 0: nothing is being counted */
    int64_t counted_at_ms;
    bool is_old;
};

struct count {
    GPtrArray *queries; /* of char* */
    GArray *unread;
};

static void count_free(gpointer data)
{
    struct count *count = data;
    g_ptr_array_unref(count->queries);
    g_array_unref(count->unread);
    g_free(count);
}

static void count_all(store *db, void *data)
{
    struct count *count = data;
    for (guint i = 0; i < count->queries->len; i++) {
        int64_t total = 0, unread = 0;
        if (db != NULL)
            search_count(db, g_ptr_array_index(count->queries, i), VIEW_SEARCHES_MAX, &total, &unread, NULL);
        g_array_append_val(count->unread, unread);
    }
}

static void count_now(view_searches *self, int64_t now_ms)
{
    struct count *count = g_new0(struct count, 1);
    count->queries = g_ptr_array_new_with_free_func(g_free);
    count->unread = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; i < self->saved->len; i++)
        g_ptr_array_add(count->queries, g_strdup(((const struct saved_search *)g_ptr_array_index(self->saved, i))->query));
    self->is_old = false;
    self->counted_at_ms = now_ms;
    self->job = query_run(self->counter, count_all, count, count_free);
}

void view_searches_tick(view_searches *self, int64_t now_ms)
{
    if (self->is_old && self->job == 0 && self->saved->len > 0 && now_ms - self->counted_at_ms >= BETWEEN_COUNTS_MS)
        count_now(self, now_ms);
}

void view_searches_load(view_searches *self)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *saved = searches_load(NULL, &error);
    if (saved == NULL) {
        app_error(self->ui, "%s", error->message);
        return;
    }
    if (self->job != 0)
        query_cancel(self->counter, self->job);
    self->job = 0;
    g_ptr_array_unref(self->saved);
    self->saved = saved;
    g_array_set_size(self->unread, 0);
    self->is_old = true;
}

view_searches *view_searches_new(app *ui)
{
    view_searches *self = g_new0(view_searches, 1);
    self->ui = ui;
    self->counter = query_new("counter", NULL, STORE_READER, app_events(ui));
    self->saved = g_ptr_array_new();
    self->unread = g_array_new(FALSE, FALSE, sizeof(int64_t));
    view_searches_load(self);
    return self;
}

void view_searches_free(view_searches *self)
{
    if (self == NULL)
        return;
    query_free(self->counter);
    g_ptr_array_unref(self->saved);
    g_array_unref(self->unread);
    g_free(self);
}

const GPtrArray *view_searches_all(const view_searches *self)
{
    return self->saved;
}

int64_t view_searches_unread(const view_searches *self, guint at)
{
    return at < self->unread->len ? g_array_index(self->unread, int64_t, at) : 0;
}

void view_searches_outdate(view_searches *self)
{
    self->is_old = true;
}

static bool take_counts(view_searches *self)
{
    struct count *count = query_take(self->counter, self->job);
    self->job = 0;
    if (count == NULL)
        return false;
    g_array_set_size(self->unread, 0);
    g_array_append_vals(self->unread, count->unread->data, count->unread->len);
    count_free(count);
    return true;
}

bool view_searches_event(view_searches *self, const struct event *event)
{
    switch (event->type) {
    case EVENT_QUERY_DONE:
        return self->job != 0 && event->item == self->job && take_counts(self);
    case EVENT_FOLDER_CHANGED:
    case EVENT_FOLDERS_CHANGED:
    case EVENT_INDEX_CHANGED:
    case EVENT_INTENT_FAILED:
        self->is_old = true;
        return false;
    default:
        return false;
    }
}
