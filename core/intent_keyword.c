/* SPDX-License-Identifier: MIT */
/* Tags as intents: set and cleared at once here, merged with what was not sent yet, and kept here where a server cannot keep them. */
#include "core/intent_private.h"
#include "core/tag.h"
#include "core/undo.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* --- the words of a row: "+set -cleared" --- */

char *intent_words_join(const char *add, const char *remove)
{
    GString *words = g_string_new(NULL);
    for (int is_set = 1; is_set >= 0; is_set--) {
        const char *list = is_set ? add : remove;
        g_auto(GStrv) each = g_strsplit(list != NULL ? list : "", " ", -1);
        for (char **word = each; *word != NULL; word++) {
            if (**word != '\0')
                g_string_append_printf(words, "%s%c%s", words->len > 0 ? " " : "", is_set ? '+' : '-', *word);
        }
    }
    return g_string_free(words, words->len == 0);
}

void intent_words_split(const char *words, char **add_out, char **remove_out)
{
    g_auto(GStrv) each = g_strsplit(words != NULL ? words : "", " ", -1);
    *add_out = *remove_out = NULL;
    for (char **word = each; *word != NULL; word++) {
        char **list = **word == '+' ? add_out : remove_out;
        if (**word == '\0')
            continue;
        char *longer = tag_list_change(*list, *word + 1, NULL);
        g_free(*list);
        *list = longer;
    }
}

/* --- apply --- */

/* The unsent row of a placement behind which only marks wait: they say nothing of each other. */
static const char unsent[] = "SELECT " INTENT_COLUMNS " FROM intents AS i WHERE i.placement_id = ?1 AND i.type = ?2 AND" INTENT_IS_UNSENT
                             " AND NOT EXISTS (SELECT 1 FROM intents AS e WHERE (e.placement_id = ?1 OR e.source_id = ?1) AND e.id > i.id"
                             " AND e.type NOT IN (?2, ?3)) ORDER BY i.id DESC LIMIT 1";

/* What is set and cleared again before it was sent leaves no row. add and remove (lists) become what is still to be sent. */
static bool coalesce(store *db, int64_t placement_id, char **add, char **remove, GError **error)
{
    g_autoptr(intent) earlier = NULL;
    g_autofree char *earlier_add = NULL, *earlier_remove = NULL, *server = NULL, *kept = NULL, *shown = NULL;
    if (!intent_find(db, &earlier, error, unsent, STORE_VALUES(NUM(placement_id), NUM(INTENT_KEYWORDS), NUM(INTENT_FLAGS))))
        return false;
    if (earlier == NULL)
        return true;
    intent_words_split(earlier->path, &earlier_add, &earlier_remove);
    g_autofree char *all_add = tag_list_change(earlier_add, *add, *remove), *all_remove = tag_list_change(earlier_remove, *remove, *add);
    if (!store_run(db, error, "DELETE FROM intents WHERE id = ?", NUM(earlier->id)) ||
        !store_placement_refresh_keywords(db, placement_id, error) || !store_keywords_read(db, placement_id, &server, &kept, &shown, error))
        return false;
    g_free(*add);
    g_free(*remove);
    *add = tag_list_select(all_add, shown, false);
    *remove = tag_list_select(all_remove, shown, true);
    return true;
}

/* Words that only this computer has are cleared here, and nobody else need hear of it. */
static bool clear_kept(store *db, int64_t placement_id, const char *server, const char *kept, char **remove, GError **error)
{
    g_autofree char *ours = tag_list_select(kept, *remove, true), *only_ours = tag_list_select(ours, server, false);
    if (ours == NULL)
        return true;
    char *rest = tag_list_select(*remove, only_ours, false);
    g_free(*remove);
    *remove = rest;
    return store_keywords_keep(db, placement_id, NULL, ours, error);
}

static bool queue(store *db, int64_t action_id, const struct placement_row *place, const char *add, const char *remove, GError **error)
{
    uint32_t least_uid = 0;
    if (add == NULL && remove == NULL)
        return true;
    g_autoptr(intent) wish = g_new0(struct intent, 1);
    wish->action_id = action_id;
    wish->type = INTENT_KEYWORDS;
    wish->placement_id = place->id;
    wish->path = intent_words_join(add, remove);
    return intent_address(db, place, wish, &least_uid, error) && intent_insert(db, wish, least_uid, error);
}

bool intent_apply_keywords(store *db, int64_t action_id, int64_t placement_id, const char *add, const char *remove, char **words_out,
                           GError **error)
{
    struct placement_row place;
    g_autofree char *server = NULL, *kept = NULL, *shown = NULL;
    *words_out = NULL;
    g_autoptr(GError) failure = NULL;
    if (!store_placement_row(db, placement_id, &place, &failure)) {
        if (g_error_matches(failure, STORE_ERROR, STORE_ERROR_MISSING))
            return true;
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    if (place.folder_id == 0)
        return true;
    if (!store_keywords_read(db, placement_id, &server, &kept, &shown, error))
        return false;
    g_autofree char *more = tag_list_select(add, shown, false), *less = tag_list_select(remove, shown, true);
    *words_out = intent_words_join(more, less);
    if (*words_out == NULL)
        return true;
    return clear_kept(db, placement_id, server, kept, &less, error) && coalesce(db, placement_id, &more, &less, error) &&
           queue(db, action_id, &place, more, less, error) && store_placement_refresh_keywords(db, placement_id, error);
}

/* Also those that still wait for the account it comes from. */
bool intent_keywords_carry(store *db, int64_t action_id, int64_t placement_id, const char *tags, GError **error)
{
    struct placement_row place;
    g_autofree char *server = NULL, *kept = NULL, *shown = NULL;
    if (!store_placement_row(db, placement_id, &place, error) || !store_keywords_read(db, placement_id, &server, &kept, &shown, error))
        return false;
    g_autofree char *more = tag_list_select(tags, kept, false);
    return queue(db, action_id, &place, more, NULL, error) && store_placement_refresh_keywords(db, placement_id, error);
}

/* What would be missing without it. */
static bool row_trim(store *db, const struct intent *row, GError **error)
{
    g_autofree char *add = NULL, *remove = NULL, *server = NULL, *kept = NULL, *shown = NULL;
    intent_words_split(row->path, &add, &remove);
    if (!store_run(db, error, "UPDATE intents SET path = NULL WHERE id = ?", NUM(row->id)) ||
        !store_placement_refresh_keywords(db, row->placement_id, error) ||
        !store_keywords_read(db, row->placement_id, &server, &kept, &shown, error))
        return false;
    g_autofree char *more = tag_list_select(add, shown, false), *less = tag_list_select(remove, shown, true);
    g_autofree char *words = intent_words_join(more, less);
    return words != NULL ? store_run(db, error, "UPDATE intents SET path = ? WHERE id = ?", TXT(words), NUM(row->id))
                         : store_run(db, error, "DELETE FROM intents WHERE id = ?", NUM(row->id));
}

bool intent_keywords_trim(store *db, int64_t placement_id, int64_t after_id, GError **error)
{
    for (;;) {
        g_autoptr(intent) row = NULL;
        if (!intent_find(db, &row, error,
                         "SELECT " INTENT_COLUMNS
                         " FROM intents AS i WHERE i.placement_id = ? AND i.type = ? AND i.id > ? AND" INTENT_IS_UNSENT
                         "ORDER BY i.id LIMIT 1",
                         STORE_VALUES(NUM(placement_id), NUM(INTENT_KEYWORDS), NUM(after_id))))
            return false;
        if (row == NULL)
            return store_placement_refresh_keywords(db, placement_id, error);
        if (!row_trim(db, row, error))
            return false;
        after_id = row->id;
    }
}

/* --- what became of it --- */

static bool is_placed(store *db, int64_t placement_id, bool *is_placed_out, GError **error)
{
    int64_t found = 0;
    bool is_done = store_number(db, &found, error, "SELECT 1 FROM placements WHERE id = ?", NUM(placement_id));
    *is_placed_out = found != 0;
    return is_done;
}

bool intent_keywords_settle(store *db, const struct intent *wish, GError **error)
{
    bool is_there;
    g_autofree char *add = NULL, *remove = NULL, *server = NULL, *kept = NULL, *shown = NULL;
    if (!is_placed(db, wish->placement_id, &is_there, error))
        return false;
    if (!is_there)
        return true;
    intent_words_split(wish->path, &add, &remove);
    if (!store_keywords_read(db, wish->placement_id, &server, &kept, &shown, error))
        return false;
    if (wish->file != NULL) { /* a Maildir: what its file's name had no letter for */
        g_autofree char *left = tag_list_select(add, server, false);
        return store_keywords_keep(db, wish->placement_id, left, remove, error) &&
               store_placement_refresh_keywords(db, wish->placement_id, error);
    }
    g_autofree char *now = tag_list_change(server, add, remove);
    return store_run(db, error, "UPDATE placements SET server_keywords = ? WHERE id = ?", TXT(now), NUM(wish->placement_id)) &&
           store_placement_refresh_keywords(db, wish->placement_id, error);
}

/* The server has the other words of the row. */
static bool keep_words(store *db, const struct intent *wish, const char *list, GError **error)
{
    g_autofree char *add = NULL, *remove = NULL, *server = NULL, *kept = NULL, *shown = NULL;
    intent_words_split(wish->path, &add, &remove);
    if (!store_keywords_read(db, wish->placement_id, &server, &kept, &shown, error))
        return false;
    g_autofree char *ours = tag_list_select(add, list, true), *theirs = tag_list_select(add, list, false);
    g_autofree char *now = tag_list_change(server, theirs, remove);
    return store_keywords_keep(db, wish->placement_id, ours, remove, error) &&
           store_run(db, error, "UPDATE placements SET server_keywords = ? WHERE id = ?", TXT(now), NUM(wish->placement_id)) &&
           store_run(db, error, "DELETE FROM intents WHERE id = ?", NUM(wish->id)) &&
           store_placement_refresh_keywords(db, wish->placement_id, error);
}

bool intent_keywords_keep_here(store *db, int64_t id, const char *list, GError **error)
{
    g_autoptr(intent) wish = NULL;
    if (!store_begin(db, error))
        return false;
    bool is_done = intent_find(db, &wish, error, "SELECT " INTENT_COLUMNS " FROM intents AS i WHERE i.id = ?", STORE_VALUES(NUM(id))) &&
                   (wish == NULL || keep_words(db, wish, list, error));
    return store_end(db, is_done, error);
}

/* --- the person's action --- */

bool intent_item_note_words(store *db, int64_t action_id, int64_t placement_id, const char *words, GError **error)
{
    return store_run(db, error, "INSERT OR REPLACE INTO action_items(action_id, placement_id, words) VALUES(?, ?, ?)", NUM(action_id),
                     NUM(placement_id), TXT(words));
}

bool intent_keywords_turn(store *db, int64_t action_id, int64_t placement_id, bool is_undo, bool *is_changed_out, GError **error)
{
    g_autofree char *add = NULL, *remove = NULL, *words = NULL, *changed = NULL;
    *is_changed_out = false;
    g_autoptr(sqlite3_stmt) row = store_select(db, error, "SELECT words FROM action_items WHERE action_id = ? AND placement_id = ?",
                                               NUM(action_id), NUM(placement_id));
    if (row == NULL || !store_step(db, row, error))
        return row != NULL && (error == NULL || *error == NULL);
    words = store_column_dup(row, 0);
    sqlite3_reset(row);
    intent_words_split(words, &add, &remove);
    bool is_done = intent_apply_keywords(db, action_id, placement_id, is_undo ? remove : add, is_undo ? add : remove, &changed, error);
    *is_changed_out = changed != NULL;
    return is_done;
}

int64_t intent_tag_and_move_open(store *db, enum action_kind kind, const char *add, GError **error)
{
    g_autofree char *words = intent_words_join(add, NULL);
    int64_t action = action_open(db, kind, 0, 0, 0, error);
    return action != 0 && store_run(db, error, "UPDATE actions SET words = ? WHERE id = ?", TXT(words), NUM(action)) ? action : 0;
}

bool intent_tag_and_move(store *db, int64_t action_id, int64_t placement_id, const char *add, const char *remove, int64_t folder_id,
                         size_t *changed, GError **error)
{
    struct action_item item = { .placement_id = placement_id };
    g_autofree char *words = NULL;
    bool is_moved = false;
    if (!intent_apply_keywords(db, action_id, placement_id, add, remove, &words, error) ||
        !intent_apply_move(db, action_id, placement_id, folder_id, &item, &is_moved, error))
        return false;
    if (words == NULL && !is_moved)
        return true;
    if (!is_moved)
        item = (struct action_item){ .placement_id = placement_id };
    ++*changed;
    return action_note(db, action_id, &item, error) &&
           store_run(db, error, "UPDATE action_items SET words = ? WHERE action_id = ? AND placement_id = ?", TXT(words), NUM(action_id),
                     NUM(placement_id));
}

int64_t intent_keywords(store *db, const int64_t *placements, size_t count, const char *add, const char *remove, GError **error)
{
    if (!store_begin(db, error))
        return 0;
    size_t changed = 0;
    g_autofree char *words = intent_words_join(add, remove);
    int64_t action = action_open(db, ACTION_KEYWORDS, 0, 0, 0, error);
    bool is_done = action != 0 && store_run(db, error, "UPDATE actions SET words = ? WHERE id = ?", TXT(words), NUM(action));
    for (size_t i = 0; is_done && i < count; i++) {
        g_autofree char *item = NULL;
        is_done = intent_apply_keywords(db, action, placements[i], add, remove, &item, error) &&
                  (item == NULL || intent_item_note_words(db, action, placements[i], item, error)) &&
                  (count <= ACTION_MANY || store_breathe(db, error));
        changed += item != NULL;
    }
    is_done = is_done && action_close(db, action, changed, error);
    return store_end(db, is_done, error) ? action : 0;
}

bool intent_keywords_quietly(store *db, const int64_t *placements, size_t count, const char *add, const char *remove, GError **error)
{
    if (!store_begin(db, error))
        return false;
    bool is_done = true;
    for (size_t i = 0; is_done && i < count; i++) {
        g_autofree char *item = NULL;
        is_done = intent_apply_keywords(db, 0, placements[i], add, remove, &item, error);
    }
    return store_end(db, is_done, error);
}
