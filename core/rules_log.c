/* SPDX-License-Identifier: MIT */
/* The log of rules: a row for each rule and message, in a form that can be read back and turned round. */
#include "core/rules_log.h"
#include "core/intent.h"
#include "core/store_private.h"
#include "core/tag.h"
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_KEPT 2000

/* --- what was done, as text: "from=3 to=7 flags=5 words=+a,+b quiet=1 undone=1"; the fault is last --- */

struct done {
    int64_t from, to;
    unsigned flags;
    char *words; /* ' ' between */
    bool is_quiet, is_undone;
    char *fault;
};

static void done_clear(struct done *self)
{
    g_free(self->words);
    g_free(self->fault);
}
typedef struct done done;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(done, done_clear)

static char *done_write(const struct rules_deed *deed)
{
    g_autofree char *words = g_strdup(deed->words != NULL ? deed->words : "");
    g_strdelimit(words, " ", ',');
    return g_strdup_printf("from=%" G_GINT64_FORMAT " to=%" G_GINT64_FORMAT " flags=%u words=%s quiet=%d fault=%s", deed->from_folder_id,
                           deed->to_folder_id, deed->flags, words, deed->is_quiet, deed->fault != NULL ? deed->fault : "");
}

static void done_read(const char *text, struct done *out)
{
    const char *fault = strstr(text, "fault=");
    g_autofree char *head = fault != NULL ? g_strndup(text, (gsize)(fault - text)) : g_strdup(text);
    g_auto(GStrv) pairs = g_strsplit(head, " ", -1);
    *out = (struct done){ .fault = fault != NULL && fault[6] != '\0' ? g_strdup(fault + 6) : NULL };
    for (char **pair = pairs; *pair != NULL; pair++) {
        const char *value = strchr(*pair, '=');
        if (value == NULL)
            continue;
        value++;
        if (g_str_has_prefix(*pair, "from="))
            out->from = g_ascii_strtoll(value, NULL, 10);
        else if (g_str_has_prefix(*pair, "to="))
            out->to = g_ascii_strtoll(value, NULL, 10);
        else if (g_str_has_prefix(*pair, "flags="))
            out->flags = (unsigned)g_ascii_strtoull(value, NULL, 10);
        else if (g_str_has_prefix(*pair, "quiet="))
            out->is_quiet = *value == '1';
        else if (g_str_has_prefix(*pair, "undone="))
            out->is_undone = *value == '1';
        else if (g_str_has_prefix(*pair, "words=") && *value != '\0')
            out->words = g_strdelimit(g_strdup(value), ",", ' ');
    }
}

static void append(GString *list, char *words /* taken */)
{
    g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", words);
    g_free(words);
}

static char *describe(store *db, const struct done *self)
{
    GString *list = g_string_new(NULL);
    g_autoptr(folder) target = self->to != 0 ? store_folder(db, self->to, NULL) : NULL;
    g_autofree char *add = NULL, *remove = NULL;
    intent_words_split(self->words, &add, &remove);
    g_auto(GStrv) names = tag_list_names(add);
    if (self->to != 0)
        append(list, g_strdup_printf(_("moved to %s"), target != NULL ? target->name : _("a folder that is gone")));
    if (names[0] != NULL) {
        g_autofree char *tags = g_strjoinv(" ", names);
        append(list, g_strdup_printf(_("tagged %s"), tags));
    }
    if (tag_list_has(add, "$Muted"))
        append(list, g_strdup(_("muted")));
    if (self->flags & MESSAGE_FLAGGED)
        append(list, g_strdup(_("starred")));
    if (self->flags & MESSAGE_SEEN)
        append(list, g_strdup(_("marked as read")));
    if (self->is_quiet)
        append(list, g_strdup(_("not notified")));
    if (self->fault != NULL)
        append(list, g_strdup(self->fault));
    if (list->len == 0)
        append(list, g_strdup(_("nothing to do")));
    if (self->is_undone)
        append(list, g_strdup(_("taken back")));
    return g_string_free(list, FALSE);
}

/* --- rows --- */

bool rules_log_add(store *db, const struct rules_deed *deed, GError **error)
{
    g_autofree char *what = done_write(deed);
    return store_run(db, error,
                     "INSERT INTO rules_log(when_utc, rule, action_id, placement_id, message_id, account_id, subject, sender, what)"
                     " SELECT ?1, ?2, 0, p.id, m.id, coalesce(f.account_id, 0), m.subject, coalesce(m.from_name, m.from_address), ?4"
                     " FROM placements AS p JOIN messages AS m ON m.id = p.message_id LEFT JOIN folders AS f ON f.id = p.folder_id"
                     " WHERE p.id = ?3",
                     NUM(store_now_utc()), TXT(deed->rule), NUM(deed->placement_id), TXT(what)) &&
           store_run(db, error, "DELETE FROM rules_log WHERE id <= (SELECT max(id) FROM rules_log) - ?", NUM(ROWS_KEPT));
}

static void row_free(gpointer data)
{
    struct rules_log_row *self = data;
    g_free(self->rule);
    g_free(self->subject);
    g_free(self->sender);
    g_free(self->what);
    g_free(self);
}

GPtrArray *rules_log_read(store *db, const char *rule, int limit, GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(row_free);
    GError *failure = NULL;
    {
        g_autoptr(sqlite3_stmt) row =
            store_select(db, error,
                         "SELECT id, when_utc, rule, subject, sender, what, placement_id, account_id FROM rules_log"
                         " WHERE ?1 IS NULL OR rule = ?1 ORDER BY id DESC LIMIT ?2",
                         TXT(rule), NUM(limit));
        if (row == NULL)
            return NULL;
        while (store_step(db, row, &failure)) {
            struct rules_log_row *line = g_new0(struct rules_log_row, 1);
            *line = (struct rules_log_row){ .id = sqlite3_column_int64(row, 0),
                                            .when_utc = sqlite3_column_int64(row, 1),
                                            .rule = store_column_dup(row, 2),
                                            .subject = store_column_dup(row, 3),
                                            .sender = store_column_dup(row, 4),
                                            .what = store_column_dup(row, 5),
                                            .placement_id = sqlite3_column_int64(row, 6),
                                            .account_id = sqlite3_column_int64(row, 7) };
            g_ptr_array_add(rows, line);
        }
    }
    if (failure != NULL)
        return g_propagate_error(error, failure), NULL;
    for (guint i = 0; i < rows->len; i++) {
        struct rules_log_row *line = g_ptr_array_index(rows, i);
        g_auto(done) what = { 0 };
        done_read(line->what, &what);
        line->is_undone = what.is_undone;
        g_free(line->what);
        line->what = describe(db, &what);
    }
    return g_steal_pointer(&rows);
}

/* --- taking back --- */

static bool take_back(store *db, int64_t placement_id, const struct done *what, bool *is_changed, GError **error)
{
    struct placement_row place;
    g_autofree char *add = NULL, *remove = NULL;
    g_autoptr(GError) failure = NULL;
    if (!store_placement_row(db, placement_id, &place, &failure)) {
        if (g_error_matches(failure, STORE_ERROR, STORE_ERROR_MISSING))
            return true;
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    intent_words_split(what->words, &add, &remove);
    unsigned flags = what->flags & place.flags;
    bool is_there = what->to != 0 && place.folder_id == what->to && what->from != 0;
    *is_changed = flags != 0 || add != NULL || is_there;
    return (flags == 0 || intent_flags(db, &placement_id, 1, 0, flags, error) != 0) &&
           (add == NULL || intent_keywords(db, &placement_id, 1, remove, add, error) != 0) &&
           (!is_there || intent_move(db, &placement_id, 1, what->from, error) != 0);
}

bool rules_log_undo(store *db, int64_t id, GError **error)
{
    int64_t placement_id = 0;
    g_autofree char *text = NULL;
    bool is_changed = false;
    if (!store_begin(db, error))
        return false;
    {
        g_autoptr(sqlite3_stmt) row = store_select(db, error, "SELECT placement_id, what FROM rules_log WHERE id = ?", NUM(id));
        if (row != NULL && store_step(db, row, error)) {
            placement_id = sqlite3_column_int64(row, 0);
            text = store_column_dup(row, 1);
        }
    }
    g_auto(done) what = { 0 };
    done_read(text != NULL ? text : "", &what);
    bool is_done = text != NULL && (what.is_undone || take_back(db, placement_id, &what, &is_changed, error));
    g_autofree char *undone = g_strconcat("undone=1 ", text, NULL);
    is_done = is_done && (!is_changed || store_run(db, error, "UPDATE rules_log SET what = ? WHERE id = ?", TXT(undone), NUM(id)));
    return store_end(db, is_done, error) && is_changed;
}
