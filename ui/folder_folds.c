/* SPDX-License-Identifier: MIT */
/* Which branches of the folder list are folded. One row of the store's meta: lines "+7 name" (folded), "-7 name" (open), "+7" (the account), "s7". */
#include "ui/folder_folds.h"
#include <string.h>

#define META_KEY "folder-folds"
enum { MANY_FOLDERS = 100, KEPT_MAX = 5000 };

struct folder_folds {
    store *store;
    GHashTable *lines; /* "7 name" → '+' or '-'; "s7" → 's' */
    int64_t account_id;
    bool is_folded_by_default;
};

static char *key_of(int64_t account_id, const char *name)
{
    return name != NULL ? g_strdup_printf("%" G_GINT64_FORMAT " %s", account_id, name) : g_strdup_printf("%" G_GINT64_FORMAT, account_id);
}

folder_folds *folder_folds_new(store *db)
{
    folder_folds *self = g_new0(folder_folds, 1);
    self->store = db;
    self->lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *kept = store_get_meta(db, META_KEY);
    g_auto(GStrv) lines = g_strsplit(kept != NULL ? kept : "", "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        if (**line != '\0')
            g_hash_table_insert(self->lines, g_strdup(**line == 's' ? *line : *line + 1), GINT_TO_POINTER(**line));
    return self;
}

void folder_folds_free(folder_folds *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->lines);
    g_free(self);
}

/* Not being able to remember it is no reason to complain. */
static void keep(const folder_folds *self)
{
    g_autoptr(GString) text = g_string_new(NULL);
    GHashTableIter iter;
    gpointer key = NULL, mark = NULL;
    g_hash_table_iter_init(&iter, self->lines);
    for (int i = 0; i < KEPT_MAX && g_hash_table_iter_next(&iter, &key, &mark); i++) {
        if (strchr(key, '\n') != NULL)
            continue; /* no name that a person made */
        if (*(const char *)key != 's')
            g_string_append_c(text, (char)GPOINTER_TO_INT(mark));
        g_string_append_printf(text, "%s\n", (const char *)key);
    }
    store_set_meta(self->store, META_KEY, text->str, NULL);
}

void folder_folds_choose(folder_folds *self, int64_t account_id, guint folder_count)
{
    self->account_id = account_id;
    self->is_folded_by_default = folder_count > MANY_FOLDERS;
}

bool folder_folds_has(void *data, const char *name)
{
    const folder_folds *self = data;
    g_autofree char *key = key_of(self->account_id, name);
    int mark = GPOINTER_TO_INT(g_hash_table_lookup(self->lines, key));
    return mark != 0 ? mark == '+' : self->is_folded_by_default;
}

bool folder_folds_has_account(const folder_folds *self, int64_t account_id)
{
    g_autofree char *key = key_of(account_id, NULL);
    return GPOINTER_TO_INT(g_hash_table_lookup(self->lines, key)) == '+';
}

void folder_folds_set(folder_folds *self, int64_t account_id, const char *name, bool is_folded)
{
    g_hash_table_insert(self->lines, key_of(account_id, name), GINT_TO_POINTER(is_folded ? '+' : '-'));
    keep(self);
}

static char *subscribed_key(int64_t account_id)
{
    return g_strdup_printf("s%" G_GINT64_FORMAT, account_id);
}

bool folder_folds_is_subscribed_only(const folder_folds *self, int64_t account_id)
{
    g_autofree char *key = subscribed_key(account_id);
    return g_hash_table_contains(self->lines, key);
}

void folder_folds_set_subscribed_only(folder_folds *self, int64_t account_id, bool is_only)
{
    if (is_only)
        g_hash_table_insert(self->lines, subscribed_key(account_id), GINT_TO_POINTER('s'));
    else {
        g_autofree char *key = subscribed_key(account_id);
        g_hash_table_remove(self->lines, key);
    }
    keep(self);
}
