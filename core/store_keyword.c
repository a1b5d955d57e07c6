/* SPDX-License-Identifier: MIT */
/* Keywords of placements: the server's, those kept here because the server cannot keep them, and the pending intents make the local view. */
#include "core/intent.h"
#include "core/store_private.h"
#include "core/tag.h"
#include <string.h>

/* The account's name for the message: the hash of its Message-ID, which survives new numbers and a new index; else of what it looks like. */
#define MESSAGE_KEY "coalesce(m.message_hash, -m.id)"

static const char words_read[] =
    "SELECT p.server_keywords, p.keywords, (SELECT group_concat(k.word, ' ') FROM kept_tags AS k WHERE k.account_id = f.account_id"
    " AND k.message_key = " MESSAGE_KEY " AND k.word <> '" STORE_WORD_FORWARDED
    "'), EXISTS (SELECT 1 FROM intents AS i WHERE i.placement_id = p.id AND i.type = ?2)"
    " FROM placements AS p JOIN messages AS m ON m.id = p.message_id LEFT JOIN folders AS f ON f.id = p.folder_id WHERE p.id = ?1";

/* The words of an intent: "+set -cleared". */
static char *words_apply(char *list /* taken */, const char *words)
{
    g_auto(GStrv) each = g_strsplit(words != NULL ? words : "", " ", -1);
    for (char **word = each; *word != NULL; word++) {
        bool is_set = **word == '+';
        if (**word == '\0')
            continue;
        char *next = tag_list_change(list, is_set ? *word + 1 : NULL, is_set ? NULL : *word + 1);
        g_free(list);
        list = next;
    }
    return list;
}

static bool pending_apply(store *db, int64_t placement_id, char **list, GError **error)
{
    GError *failure = NULL;
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error, "SELECT path FROM intents WHERE placement_id = ? AND type = ? AND state <> ? ORDER BY id",
                     NUM(placement_id), NUM(INTENT_KEYWORDS), NUM(INTENT_FAILED));
    if (row == NULL)
        return false;
    while (store_step(db, row, &failure))
        *list = words_apply(*list, (const char *)sqlite3_column_text(row, 0));
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

struct words {
    char *server, *shown, *kept;
    bool has_pending;
};

static void words_clear(struct words *self)
{
    g_free(self->server);
    g_free(self->shown);
    g_free(self->kept);
}
typedef struct words words;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(words, words_clear)

/* A row that is gone has no words. */
static bool words_of(store *db, int64_t placement_id, struct words *out, GError **error)
{
    GError *failure = NULL;
    g_autoptr(sqlite3_stmt) row = store_select(db, error, words_read, NUM(placement_id), NUM(INTENT_KEYWORDS));
    if (row == NULL)
        return false;
    if (store_step(db, row, &failure)) {
        out->server = store_column_dup(row, 0);
        out->shown = store_column_dup(row, 1);
        out->kept = store_column_dup(row, 2);
        out->has_pending = sqlite3_column_int(row, 3) != 0;
    }
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

/* For completion. */
static bool note_words(store *db, const char *list, GError **error)
{
    g_auto(GStrv) words = g_strsplit(list != NULL ? list : "", " ", -1);
    for (char **word = words; *word != NULL; word++) {
        if (**word != '\0' && !tag_is_hidden(*word) && !store_run(db, error, "INSERT OR IGNORE INTO tag_words(word) VALUES(?)", TXT(*word)))
            return false;
    }
    return true;
}

bool store_placement_refresh_keywords(store *db, int64_t placement_id, GError **error)
{
    g_auto(words) now = { 0 };
    if (!words_of(db, placement_id, &now, error))
        return false;
    bool is_one = now.server == NULL || strchr(now.server, ' ') == NULL; /* else they have an order of ours */
    if (now.kept == NULL && !now.has_pending && is_one && g_strcmp0(now.server, now.shown) == 0)
        return now.server == NULL || note_words(db, now.server, error);
    g_autofree char *together = tag_list_change(now.server, now.kept, NULL);
    if (now.has_pending && !pending_apply(db, placement_id, &together, error))
        return false;
    g_autofree char *list = tag_list_sort(together);
    return g_strcmp0(list, now.shown) == 0 ||
           (store_run(db, error, "UPDATE placements SET keywords = ? WHERE id = ?", TXT(list), NUM(placement_id)) &&
            note_words(db, list, error));
}

GPtrArray *store_tags(store *db, int limit)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(sqlite3_stmt) row = store_select(db, NULL, "SELECT word FROM tag_words ORDER BY word LIMIT ?", NUM(limit));
    while (row != NULL && store_step(db, row, NULL))
        g_ptr_array_add(words, store_column_dup(row, 0));
    return words;
}

bool store_keywords_read(store *db, int64_t placement_id, char **server_out, char **kept_out, char **shown_out, GError **error)
{
    g_auto(words) now = { 0 };
    if (!words_of(db, placement_id, &now, error))
        return false;
    *server_out = g_steal_pointer(&now.server);
    *kept_out = g_steal_pointer(&now.kept);
    *shown_out = g_steal_pointer(&now.shown);
    return true;
}

static bool keep_each(store *db, int64_t placement_id, const char *list, const char *sql, GError **error)
{
    g_auto(GStrv) each = g_strsplit(list != NULL ? list : "", " ", -1);
    for (char **word = each; *word != NULL; word++) {
        if (**word != '\0' && !store_run_values(db, error, sql, STORE_VALUES(NUM(placement_id), TXT(*word))))
            return false;
    }
    return true;
}

/* clang-format off */
#define FOR_PLACEMENT \
    "SELECT f.account_id, " MESSAGE_KEY ", ?2 FROM placements AS p JOIN messages AS m ON m.id = p.message_id" \
    " JOIN folders AS f ON f.id = p.folder_id WHERE p.id = ?1"
/* clang-format on */

bool store_keywords_keep(store *db, int64_t placement_id, const char *add, const char *remove, GError **error)
{
    return keep_each(db, placement_id, add, "INSERT OR IGNORE INTO kept_tags(account_id, message_key, word) " FOR_PLACEMENT, error) &&
           keep_each(db, placement_id, remove, "DELETE FROM kept_tags WHERE (account_id, message_key, word) IN (" FOR_PLACEMENT ")", error);
}
