/* SPDX-License-Identifier: MIT */
/* What the keys of the list cost in a small and in a large folder: SQLite's steps (in hundreds, the same on every machine) and the least time of several
 * tries. The ratio of the two sizes is the point: it stays about 1 where the cost is O(screen).
 * bench_list [SMALL LARGE] */
#include "core/store_folder.h"
#include "core/store_message.h"
#include "ui/list_model.h"
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCREEN_ROWS = 50, TRIES = 7, LONG_THREAD = 10000, FOLDERS_FEW = 10, FOLDERS_MANY = 5000 };

struct cost {
    double ms;
    int64_t steps;
};

struct world {
    char *directory;
    store *db;
    int64_t account, inbox, middle, oldest_of_long;
    uint32_t count;
    list_model *model;
};

static void die(const char *what, const GError *error)
{
    (void)fprintf(stderr, "%s: %s\n", what, error != NULL ? error->message : "failed");
    exit(1);
}

static int count_steps(void *data)
{
    ++*(int64_t *)data;
    return 0;
}

/* Every third message begins a conversation; the first LONG_THREAD answers to one are in the middle. */
static int64_t put(struct world *world, uint32_t uid, const char *answers)
{
    char id[64], subject[64], name[32];
    GError *error = NULL;
    int64_t placement = 0;
    g_snprintf(id, sizeof id, "m%u@bench", uid);
    g_snprintf(subject, sizeof subject, "Message number %u", uid);
    g_snprintf(name, sizeof name, "Person %u", uid % 977);
    struct message_info info = { .message_id = id,
                                 .in_reply_to = answers,
                                 .subject = subject,
                                 .from_name = name,
                                 .from_address = "person@bench.example.test",
                                 .to = "alice@bench.example.test",
                                 .date_utc = 1600000000 + uid * 60,
                                 .received_utc = 1600000000 + uid * 60,
                                 .size_bytes = 1000 };
    if (!store_placement_put(world->db, world->inbox, uid, uid % 5 != 0 ? MESSAGE_SEEN : 0, NULL, 1, &info, &placement, NULL, &error) ||
        !store_breathe(world->db, &error))
        die("put", error);
    return placement;
}

static int64_t folder_make(struct world *world, const char *name, enum folder_role role)
{
    struct folder box = { .account_id = world->account, .name = (char *)name, .wire = (char *)name, .delimiter = '/', .role = role };
    int64_t id = store_folder_put(world->db, &box, NULL);
    store_folder_set_sync(world->db, id, 1, 1, 0, 0, NULL);
    return id;
}

static void fill(struct world *world, uint32_t count, uint32_t long_thread, int folders)
{
    char before[64];
    store_begin(world->db, NULL);
    for (int i = 0; i < folders; i++) {
        g_autofree char *name = g_strdup_printf("Folder/Number %d", i);
        folder_make(world, name, FOLDER_NONE);
    }
    for (uint32_t uid = 1; uid <= count; uid++) {
        g_snprintf(before, sizeof before, "m%u@bench", uid - 1);
        int64_t id = put(world, uid, uid % 3 == 0 ? before : NULL);
        if (uid == count / 2)
            world->middle = id;
    }
    for (uint32_t uid = count + 1; uid <= count + long_thread; uid++) {
        int64_t id = put(world, uid, uid > count + 1 ? "m1@bench" : NULL);
        if (uid == count + 2)
            world->oldest_of_long = id;
    }
    GError *error = NULL;
    if (!store_commit(world->db, &error))
        die("commit", error);
}

static struct world *world_new(uint32_t count, uint32_t long_thread, int folders)
{
    struct world *world = g_new0(struct world, 1);
    GError *error = NULL;
    world->directory = g_dir_make_tmp("postern-bench-XXXXXX", NULL);
    world->count = count;
    g_autofree char *path = g_build_filename(world->directory, "mail.db", NULL);
    world->db = store_open(path, STORE_FILING, &error);
    if (world->db == NULL)
        die("open", error);
    world->account = store_account_id(world->db, "bench", NULL);
    world->inbox = folder_make(world, "INBOX", FOLDER_INBOX);
    fill(world, count, long_thread, folders);
    store_close(world->db); /* what the screen reads through is small, and new */
    world->db = store_open(path, STORE_UI, &error);
    if (world->db == NULL)
        die("open", error);
    world->model = list_model_new(world->db);
    list_model_set_rows(world->model, SCREEN_ROWS);
    return world;
}

static void world_free(struct world *world)
{
    static const char *const files[] = { "mail.db", "mail.db-wal", "mail.db-shm" };
    list_model_free(world->model);
    store_close(world->db);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(world->directory, files[i], NULL);
        g_unlink(path);
    }
    g_rmdir(world->directory);
    g_free(world->directory);
    g_free(world);
}

/* --- what is measured: begin() puts the list where the key finds it, key() is what it does --- */

static void show(struct world *world)
{
    list_model_show(world->model, world->inbox, 0);
}

static void show_middle(struct world *world)
{
    list_model_show(world->model, world->inbox, world->middle);
}

static void page_down(struct world *world)
{
    list_model_scroll(world->model, SCREEN_ROWS - 1);
}

static void step_over_the_edge(struct world *world)
{
    list_model_step(world->model, list_model_count(world->model));
}

static void bottom(struct world *world)
{
    list_model_end(world->model, false);
}

static void top(struct world *world)
{
    list_model_end(world->model, true);
}

static void go_middle(struct world *world)
{
    list_model_go(world->model, world->middle);
}

static void next_unread(struct world *world)
{
    int64_t key = G_MAXINT64, tie = G_MAXINT64;
    store_window_locate(world->db, WINDOW_MESSAGES, world->inbox, world->middle, &key, &tie);
    list_model_go(world->model, store_window_next_unread(world->db, world->inbox, key, tie, true));
}

static void reload(struct world *world)
{
    list_model_reload(world->model);
}

static void unfold(struct world *world)
{
    list_model_unfold(world->model, true);
}

static void fold(struct world *world)
{
    list_model_unfold(world->model, false);
}

static void show_and_unfold(struct world *world)
{
    show(world);
    unfold(world);
}

static void flat(struct world *world)
{
    list_model_set_threads(world->model, false);
}

static void threads(struct world *world)
{
    list_model_set_threads(world->model, true);
}

static void targets(struct world *world)
{
    g_array_unref(list_model_targets(world->model));
}

static void go_in_thread(struct world *world)
{
    list_model_go(world->model, world->oldest_of_long);
}

static void folders(struct world *world)
{
    g_ptr_array_unref(store_folders(world->db, world->account, NULL));
}

static const struct measure {
    const char *name;
    void (*begin)(struct world *world), (*key)(struct world *world);
} per_folder[] = {
    { "open the folder", show, show },
    { "open it in the middle", show, show_middle },
    { "page down", show_middle, page_down },
    { "step over the window's edge", show_middle, step_over_the_edge },
    { "to the end", show, bottom },
    { "to the newest", show_middle, top },
    { "go to a message", show, go_middle },
    { "next unread", show, next_unread },
    { "read again (mail came)", show_middle, reload },
    { "unfold a conversation", show_middle, unfold },
    { "flat list", show_middle, flat },
    { "conversations again", flat, threads },
};
static const struct measure per_thread[] = {
    { "open the folder", show, show },
    { "unfold it", show, unfold },
    { "read again, unfolded", show_and_unfold, reload },
    { "fold it", show_and_unfold, fold },
    { "what a command acts on", show, targets },
    { "go to its oldest answer", show, go_in_thread },
};
static const struct measure per_account[] = { { "folder list", show, folders } };

static struct cost cost_of(struct world *world, const struct measure *what)
{
    struct cost least = { 1e9, 0 };
    for (int i = 0; i < TRIES; i++) {
        int64_t steps = 0;
        list_model_set_threads(world->model, true);
        what->begin(world);
        sqlite3_progress_handler(store_db(world->db), 100, count_steps, &steps);
        gint64 begun = g_get_monotonic_time();
        what->key(world);
        least.ms = MIN(least.ms, (double)(g_get_monotonic_time() - begun) / 1000.0);
        sqlite3_progress_handler(store_db(world->db), 0, NULL, NULL);
        least.steps = steps;
    }
    return least;
}

static void compare(const char *title, struct world *small, struct world *large, const struct measure *measures, size_t count)
{
    printf("%-34s %9s %9s %9s %9s %7s\n", title, "ms small", "ms large", "st small", "st large", "ratio");
    for (size_t i = 0; i < count; i++) {
        struct cost one = cost_of(small, &measures[i]), other = cost_of(large, &measures[i]);
        printf("%-34s %9.2f %9.2f %9" G_GINT64_FORMAT " %9" G_GINT64_FORMAT " %7.2f\n", measures[i].name, one.ms, other.ms, one.steps,
               other.steps, (double)(other.steps + 1) / (double)(one.steps + 1));
    }
}

static void compare_worlds(const char *title, struct world *small, struct world *large, const struct measure *measures, size_t count)
{
    compare(title, small, large, measures, count);
    world_free(small);
    world_free(large);
}

int main(int argc, char **argv)
{
    uint32_t small = argc > 2 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000,
             large = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 100000;
    g_autofree char *title = g_strdup_printf("%u and %u messages", small, large);
    compare_worlds(title, world_new(small, 0, 0), world_new(large, 0, 0), per_folder, G_N_ELEMENTS(per_folder));
    compare_worlds("threads of 20 and 10 000", world_new(1000, 20, 0), world_new(1000, LONG_THREAD, 0), per_thread,
                   G_N_ELEMENTS(per_thread));
    compare_worlds("10 and 5000 folders", world_new(100, 0, FOLDERS_FEW), world_new(100, 0, FOLDERS_MANY), per_account,
                   G_N_ELEMENTS(per_account));
    return 0;
}
