/* SPDX-License-Identifier: MIT */
/* The order of each list: remembered, and built on a thread of its own when a folder is sorted so for the first time. */
#include "ui/list_order.h"
#include "ui/app_private.h"
#include <glib/gi18n-lib.h>

#define SORT_JOB INT64_C(-1002) /* among the jobs of EVENT_PROGRESS */

struct list_order {
    app *ui;
    query *sorter;
    GArray *jobs; /* of int64_t */
};

struct build {
    event_queue *events;
    GArray *folders; /* of int64_t */
    struct window_order order;
    GError *error;
};

static void build_free(gpointer data)
{
    struct build *build = data;
    g_array_unref(build->folders);
    g_clear_error(&build->error);
    g_free(build);
}

/* What are its rows? */
static enum window_kind kind_of(const struct window_order *order)
{
    return order->is_flat ? WINDOW_MESSAGES : WINDOW_THREADS;
}

static void tell(void *data, int64_t done, int64_t total)
{
    const struct build *build = data;
    const struct event event = { .type = EVENT_PROGRESS,
                                 .item = SORT_JOB,
                                 .state = JOB_RUNNING,
                                 .done = done,
                                 .total = total,
                                 .text = (char *)(uintptr_t)_("sorting") };
    event_post(build->events, &event);
}

static void build_work(store *db, void *data)
{
    struct build *build = data;
    for (guint i = 0; db != NULL && build->error == NULL && i < build->folders->len; i++)
        store_order_build(db, g_array_index(build->folders, int64_t, i), kind_of(&build->order), build->order.sort, tell, build,
                          &build->error);
    const struct event end = { .type = EVENT_PROGRESS, .item = SORT_JOB, .state = JOB_DONE };
    event_post(build->events, &end);
}

list_order *list_order_new(app *ui)
{
    list_order *self = g_new0(list_order, 1);
    self->ui = ui;
    self->sorter = query_new("sorter", NULL, STORE_FILING, app_events(ui));
    self->jobs = g_array_new(FALSE, FALSE, sizeof(int64_t));
    return self;
}

void list_order_free(list_order *self)
{
    if (self == NULL)
        return;
    query_free(self->sorter); /* what is half built is begun anew the next time */
    g_array_unref(self->jobs);
    g_free(self);
}

static bool is_ready(const list_order *self, const int64_t *folders, size_t count, const struct window_order *order)
{
    for (size_t i = 0; i < count; i++)
        if (!store_order_is_ready(app_store(self->ui), folders[i], kind_of(order), order->sort))
            return false;
    return true;
}

static void begin(list_order *self, const int64_t *folders, size_t count, const struct window_order *order)
{
    struct build *build = g_new0(struct build, 1);
    build->events = app_events(self->ui);
    build->folders = g_array_new(FALSE, FALSE, sizeof(int64_t));
    build->order = *order;
    g_array_append_vals(build->folders, folders, (guint)count);
    int64_t job = query_run(self->sorter, build_work, build, build_free);
    g_array_append_val(self->jobs, job);
}

struct window_order list_order_for(list_order *self, int64_t view_id, const int64_t *folders, size_t count)
{
    struct window_order usual = { .is_flat = !app_settings(self->ui)->threads }, order = usual;
    if (!store_order_remembered(app_store(self->ui), view_id, &order) || is_ready(self, folders, count, &order))
        return order;
    if (self->jobs->len == 0)
        begin(self, folders, count, &order);
    return usual;
}

bool list_order_set(list_order *self, int64_t view_id, const int64_t *folders, size_t count, const struct window_order *order)
{
    g_autoptr(GError) error = NULL;
    if (!store_order_remember(app_store(self->ui), view_id, order, &error))
        app_error(self->ui, _("The order is not remembered: %s"), error->message);
    if (is_ready(self, folders, count, order))
        return true;
    begin(self, folders, count, order);
    return false;
}

bool list_order_event(list_order *self, const struct event *event)
{
    for (guint i = 0; event->type == EVENT_QUERY_DONE && i < self->jobs->len; i++) {
        if (g_array_index(self->jobs, int64_t, i) != event->item)
            continue;
        struct build *build = query_take(self->sorter, event->item);
        if (build != NULL && build->error != NULL)
            app_error(self->ui, _("The list could not be sorted: %s"), build->error->message);
        if (build != NULL)
            build_free(build);
        g_array_remove_index(self->jobs, i);
        return true;
    }
    return false;
}

static const char *const words[WINDOW_SORTS][2] = {
    [WINDOW_BY_DATE] = { N_("newest first"), N_("oldest first") },
    [WINDOW_BY_FROM] = { N_("sender, A to Z"), N_("sender, Z to A") },
    [WINDOW_BY_SUBJECT] = { N_("subject, A to Z"), N_("subject, Z to A") },
    [WINDOW_BY_SIZE] = { N_("largest first"), N_("smallest first") },
};

const char *list_order_words(const struct window_order *order)
{
    return _(words[order->sort][order->is_reversed]);
}

const char *list_order_reverse_words(const struct window_order *order)
{
    return _(words[order->sort][!order->is_reversed]);
}
