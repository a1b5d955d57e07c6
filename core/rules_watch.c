/* SPDX-License-Identifier: MIT */
/* Which folders rules.conf asks for besides the inboxes: rule_folders, brought up to date when the file or the folders changed. */
#include "config/paths.h"
#include "core/rules.h"
#include "core/store_private.h"
#include <sys/stat.h>

#define KEY "rules.watched"

/* What it was made of. */
static char *stamp_now(store *db)
{
    struct stat about = { 0 };
    int64_t count = 0, last = 0;
    g_autofree char *path = paths_config_file("rules.conf");
    bool is_there = path != NULL && stat(path, &about) == 0;
    store_number(db, &count, NULL, "SELECT count(*) FROM folders");
    store_number(db, &last, NULL, "SELECT max(id) FROM folders");
    return g_strdup_printf("%d %" G_GINT64_FORMAT ".%09ld %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, is_there,
                           (int64_t)about.st_mtim.tv_sec, about.st_mtim.tv_nsec, (int64_t)about.st_size, count, last);
}

static bool is_wanted(const rules *all, const struct folder *box, const char *account_key)
{
    for (guint i = 0; box->role != FOLDER_INBOX && i < rules_count(all); i++) {
        const struct rule *rule = rules_at(all, i);
        if (rule_is_used(rule) && rule->text->folder != NULL && rule_is_for_folder(rule, box) &&
            (rule->text->account == NULL || g_strcmp0(rule->text->account, account_key) == 0))
            return true;
    }
    return false;
}

static GArray *wanted_folders(store *db, const rules *all)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GPtrArray) boxes = store_folders(db, 0, NULL);
    for (guint i = 0; boxes != NULL && i < boxes->len; i++) {
        const struct folder *box = g_ptr_array_index(boxes, i);
        g_autofree char *key = store_account_key(db, box->account_id);
        if (!(box->flags & (FOLDER_IS_GONE | FOLDER_IS_NOSELECT)) && is_wanted(all, box, key))
            g_array_append_val(ids, box->id);
    }
    return ids;
}

static bool write_down(store *db, const GArray *ids, const char *stamp, GError **error)
{
    g_autoptr(GString) list = g_string_new("0");
    for (guint i = 0; i < ids->len; i++)
        g_string_append_printf(list, ",%" G_GINT64_FORMAT, g_array_index(ids, int64_t, i));
    g_autofree char *leave = g_strdup_printf("DELETE FROM rule_folders WHERE folder_id NOT IN (%s)", list->str);
    if (!store_exec(db, leave, error))
        return false;
    for (guint i = 0; i < ids->len; i++)
        if (!store_run(db, error, "INSERT OR IGNORE INTO rule_folders(folder_id) VALUES(?)", NUM(g_array_index(ids, int64_t, i))))
            return false;
    return store_set_meta(db, KEY, stamp, error);
}

bool rules_watch_before(store *db, struct rules_seen *seen, GError **error)
{
    struct stat about = { 0 };
    g_autofree char *path = paths_config_file("rules.conf");
    struct rules_seen now = { .size = -1, .is_known = true };
    if (path != NULL && stat(path, &about) == 0) {
        now.size = about.st_size;
        now.changed_ns = (int64_t)about.st_mtim.tv_sec * 1000000000 + about.st_mtim.tv_nsec;
    }
    if (seen->is_known && seen->size == now.size && seen->changed_ns == now.changed_ns)
        return true;
    *seen = now;
    return rules_watch(db, error);
}

bool rules_watch(store *db, GError **error)
{
    g_autofree char *stamp = stamp_now(db), *known = store_get_meta(db, KEY);
    if (g_strcmp0(stamp, known) == 0)
        return true;
    g_autoptr(rules) all = rules_load(db, NULL, NULL);
    if (all == NULL)
        return true; /* what is wrong with the file is said where mail waits for it */
    g_autoptr(GArray) ids = wanted_folders(db, all);
    return store_begin(db, error) && store_end(db, write_down(db, ids, stamp, error), error);
}
