/* SPDX-License-Identifier: MIT */
/* Rules tried on the newest mail. */
#include "core/rules_preview.h"
#include "core/store_private.h"
#include <glib/gi18n-lib.h>

static void row_free(gpointer data)
{
    struct rules_preview_row *self = data;
    g_free(self->account);
    g_free(self->folder);
    g_free(self->from);
    g_free(self->subject);
    g_free(self->message_id);
    g_free(self->answers);
    g_array_unref(self->hits);
    g_free(self);
}

/* Each folder gives its newest, the newest of those are taken: no sorting of all mail. */
static GArray *newest(store *db, int limit, bool is_everywhere, GError **error)
{
    GError *failure = NULL;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(sqlite3_stmt) row = store_select(
        db, error,
        "SELECT p.id FROM folders AS f JOIN placements AS p ON p.id IN (SELECT q.id FROM placements AS q WHERE q.folder_id = f.id"
        " ORDER BY q.sort_key DESC, q.id DESC LIMIT ?1) WHERE f.role = ?2 OR ?3 OR f.id IN (SELECT folder_id FROM rule_folders) ORDER BY "
        "p.sort_key DESC, p.id DESC LIMIT ?1",
        NUM(limit), NUM(FOLDER_INBOX), NUM(is_everywhere));
    if (row == NULL)
        return NULL;
    while (store_step(db, row, &failure)) {
        int64_t id = sqlite3_column_int64(row, 0);
        g_array_append_val(ids, id);
    }
    if (failure == NULL)
        return g_steal_pointer(&ids);
    g_propagate_error(error, failure);
    return NULL;
}

static struct rules_preview_row *row_of(const rules *self, store *db, const struct placement *place)
{
    struct rules_preview_row *row = g_new0(struct rules_preview_row, 1);
    g_auto(rules_verdict) verdict = { 0 };
    const char *from = place->from_name != NULL && *place->from_name != '\0' ? place->from_name : place->from_address;
    *row = (struct rules_preview_row){ .placement_id = place->id,
                                       .date_utc = place->date_utc,
                                       .account = g_strdup(place->account_key),
                                       .folder = g_strdup(place->folder_name),
                                       .from = g_strdup(from),
                                       .subject = g_strdup(place->subject),
                                       .message_id = g_strdup(place->message_id_header),
                                       .answers = g_new0(enum query_answer, rules_count(self) + 1) };
    rules_try_all(self, db, place, row->answers);
    rules_judge(self, db, place, RULES_ANYWHERE, &verdict);
    row->hits = g_steal_pointer(&verdict.hits);
    return row;
}

GPtrArray *rules_preview(const rules *self, store *db, int limit, bool is_everywhere, GError **error)
{
    g_autoptr(GArray) ids = newest(db, limit, is_everywhere, error);
    if (ids == NULL)
        return NULL;
    GPtrArray *rows = g_ptr_array_new_with_free_func(row_free);
    for (guint i = 0; i < ids->len; i++) {
        g_autoptr(placement) place = store_placement(db, g_array_index(ids, int64_t, i), NULL);
        if (place != NULL)
            g_ptr_array_add(rows, row_of(self, db, place));
    }
    return rows;
}

static void append(GString *list, const char *words)
{
    g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", words);
}

char *rule_words(const struct rule_text *text)
{
    GString *list = g_string_new(NULL);
    if (text->folder != NULL) {
        g_autofree char *words = g_strdup_printf(_("in %s"), text->folder);
        append(list, words);
    }
    if (text->move != NULL) {
        g_autofree char *words = g_strdup_printf(_("move to %s"), text->move);
        append(list, words);
    }
    if (text->tag != NULL) {
        g_autofree char *words = g_strdup_printf(_("tag %s"), text->tag);
        append(list, words);
    }
    if (text->is_flag)
        append(list, _("star"));
    if (text->is_read)
        append(list, _("mark as read"));
    if (text->notify != RULE_NOTIFY_USUAL)
        append(list, text->notify == RULE_NOTIFY_YES ? _("notify") : _("do not notify"));
    if (text->is_stop)
        append(list, _("no further rules"));
    return g_string_free(list, FALSE);
}
