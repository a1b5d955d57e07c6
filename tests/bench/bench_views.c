/* SPDX-License-Identifier: MIT */
/* What the keys of the list cost in a store that is there already (bench_insert makes one), in every order, in several folders as one list, and with all
 * conversations open: the time to build an order, to open the list, and the slowest of many keys.
 * bench_views DIRECTORY (of mail.db) */
#include "core/store_folder.h"
#include "core/store_order.h"
#include "ui/list_model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SCREEN_ROWS = 50, KEYS = 300 };

static double now_ms(void)
{
    return (double)g_get_monotonic_time() / 1000.0;
}

/* On a machine that does other things too, what a key costs itself. */
static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;
    return one < other ? -1 : one > other;
}

struct keys {
    double ms[KEYS], cpu[KEYS];
    int count;
};

static void note(struct keys *keys, double begun, double begun_cpu)
{
    if (keys->count == KEYS)
        return;
    keys->ms[keys->count] = now_ms() - begun;
    keys->cpu[keys->count++] = cpu_ms() - begun_cpu;
}

/* Down, page, home and end in turn, all over the folder. */
static void press_keys(list_model *model, struct keys *keys)
{
    for (int i = 0; i < KEYS; i++) {
        double begun = now_ms(), begun_cpu = cpu_ms();
        if (i % 60 == 59)
            list_model_end(model, i % 120 == 59);
        else if (i % 3 == 0)
            list_model_step(model, 1);
        else
            list_model_scroll(model, i % 120 < 60 ? SCREEN_ROWS - 1 : 1 - SCREEN_ROWS);
        note(keys, begun, begun_cpu);
    }
    qsort(keys->ms, (size_t)keys->count, sizeof keys->ms[0], by_value);
    qsort(keys->cpu, (size_t)keys->count, sizeof keys->cpu[0], by_value);
}

static void measure(store *db, const char *name, const struct window_order *order, const int64_t *folders, size_t count, bool is_unfolded)
{
    g_autoptr(list_model) model = list_model_new(db);
    struct keys keys = { .count = 0 };
    list_model_set_rows(model, SCREEN_ROWS);
    list_model_set_order(model, order, false);
    double begun = now_ms();
    list_model_show_view(model, -1, folders, count, 0);
    double opened = now_ms() - begun;
    if (is_unfolded)
        list_model_unfold_all(model, true);
    press_keys(model, &keys);
    printf("%-36s open %7.2f ms   keys: p99 %6.2f   worst %6.2f ms   of the processor: p99 %6.2f   worst %6.2f ms\n", name, opened,
           keys.ms[KEYS * 99 / 100], keys.ms[KEYS - 1], keys.cpu[KEYS * 99 / 100], keys.cpu[KEYS - 1]);
}

static void build(store *db, int64_t folder, enum window_kind kind, enum window_sort sort, const char *name)
{
    GError *error = NULL;
    double begun = now_ms();
    if (!store_order_build(db, folder, kind, sort, NULL, NULL, &error)) {
        (void)fprintf(stderr, "%s\n", error->message);
        exit(1);
    }
    printf("%-44s %7.0f ms\n", name, now_ms() - begun);
}

int main(int argc, char **argv)
{
    GError *error = NULL;
    g_autofree char *path = g_build_filename(argc > 1 ? argv[1] : ".", "mail.db", NULL);
    store *writer = store_open(path, STORE_FILING, &error);
    if (writer == NULL) {
        (void)fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    g_autoptr(GPtrArray) boxes = store_folders(writer, 0, NULL);
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(int64_t));
    const struct folder *largest = g_ptr_array_index(boxes, 0);
    for (guint i = 0; i < boxes->len; i++) {
        const struct folder *box = g_ptr_array_index(boxes, i);
        largest = box->total > largest->total ? box : largest;
        if (box->total > 0 && all->len < 10)
            g_array_append_val(all, box->id);
    }
    printf("%" G_GINT64_FORMAT " messages in %s, %u folders with mail\n", largest->total, largest->name, all->len);
    static const char *const names[WINDOW_SORTS] = { "date", "sender", "subject", "size" };
    for (int sort = WINDOW_BY_FROM; sort < WINDOW_SORTS; sort++) {
        g_autofree char *line = g_strdup_printf("build the order by %s", names[sort]);
        build(writer, largest->id, WINDOW_MESSAGES, (enum window_sort)sort, line);
        g_autofree char *threads = g_strdup_printf("build the conversations' by %s", names[sort]);
        build(writer, largest->id, WINDOW_THREADS, (enum window_sort)sort, threads);
    }
    store_close(writer);
    store *db = store_open(path, STORE_UI, &error);
    const int64_t *folders = (const int64_t *)(void *)all->data;
    measure(db, "conversations", &(struct window_order){ 0 }, &largest->id, 1, false);
    measure(db, "conversations, all open", &(struct window_order){ 0 }, &largest->id, 1, true);
    measure(db, "all folders as one, conversations", &(struct window_order){ 0 }, folders, all->len, false);
    measure(db, "all folders as one, by date", &(struct window_order){ .is_flat = true }, folders, all->len, false);
    for (int sort = 2; sort < WINDOW_SORTS * 2; sort++) {
        const struct window_order order = { .sort = (enum window_sort)(sort / 2), .is_reversed = sort % 2 };
        g_autofree char *line = g_strdup_printf("conversations by %s%s", names[sort / 2], sort % 2 ? ", other way" : "");
        measure(db, line, &order, &largest->id, 1, false);
    }
    for (int sort = 0; sort < WINDOW_SORTS * 2; sort++) {
        const struct window_order order = { .sort = (enum window_sort)(sort / 2), .is_reversed = sort % 2, .is_flat = true };
        g_autofree char *line = g_strdup_printf("by %s%s", names[sort / 2], sort % 2 ? ", the other way round" : "");
        measure(db, line, &order, &largest->id, 1, false);
    }
    store_close(db);
    return 0;
}
