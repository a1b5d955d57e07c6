/* SPDX-License-Identifier: MIT */
/* A query's tree as one SQL statement: the words as one FTS5 expression that leads, everything else as conditions on what it finds.
 *
 * Who leads decides the cost. Words: FTS5 gives docids from the newest on, so a window of them costs O(window / share of them that pass the
 * conditions). Few rows by an index (unread, starred, tagged, a Message-ID, a small folder): those, sorted. Else all mail from the newest on. */
#include "core/search_index.h"
#include "core/search_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { GATHER_MAX = 50000 };       /* so many rows are collected and sorted rather than met on the way through all mail */
#define SPILL (INT64_C(3) * 86400) /* a docid may lie behind its second, by mail that was copied in bulk (core/search_index) */

/* --- who leads --- */

#define LEAD_WORDS                                                                                                                         \
    " FROM search.words AS x CROSS JOIN search.docs AS d ON d.docid = x.rowid"                                                             \
    " CROSS JOIN placements AS p INDEXED BY placements_by_message ON p.message_id = d.message_id"                                          \
    " CROSS JOIN messages AS m ON m.id = d.message_id WHERE x.words MATCH "
#define LEAD_DOCS                                                                                                                          \
    " FROM search.docs AS d CROSS JOIN placements AS p INDEXED BY placements_by_message ON p.message_id = d.message_id"                    \
    " CROSS JOIN messages AS m ON m.id = d.message_id WHERE 1"
#define LEAD_PLACES(index, condition)                                                                                                      \
    " FROM folders AS f CROSS JOIN placements AS p INDEXED BY " index " ON p.folder_id = f.id AND " condition                              \
    " CROSS JOIN search.docs AS d ON d.message_id = p.message_id CROSS JOIN messages AS m ON m.id = p.message_id WHERE 1"
#define LEAD_MESSAGE                                                                                                                       \
    " FROM messages AS m CROSS JOIN search.docs AS d ON d.message_id = m.id"                                                               \
    " CROSS JOIN placements AS p INDEXED BY placements_by_message ON p.message_id = m.id WHERE m.message_hash IS NOT NULL"

/* A folder with so many messages that its rows are better met from the newest on. */
static bool is_small(struct search_plan *plan, const char *sql, int64_t argument)
{
    int64_t count = G_MAXINT64;
    return store_number(plan->db, &count, NULL, sql, NUM(argument)) && count <= GATHER_MAX;
}

static const char *lead_of(struct search_plan *plan, const struct query_node *node)
{
    const struct query_node *inner = node->kind == QUERY_NOT ? query_node_child(node, 0) : node;
    bool is_flag = inner->kind == QUERY_FLAG;
    if (node->kind == QUERY_NOT && is_flag && inner->number == 1 && is_small(plan, "SELECT sum(unread) + ?1 * 0 FROM folders", 0))
        return LEAD_PLACES("placements_unread", "(p.flags & 1) = 0");
    if (node->kind == QUERY_FLAG && node->number == 4)
        return LEAD_PLACES("placements_flagged", "(p.flags & 4) <> 0");
    if (node->kind == QUERY_TAG)
        return LEAD_PLACES("placements_tagged", "p.keywords IS NOT NULL");
    if (node->kind == QUERY_MESSAGE_ID)
        return LEAD_MESSAGE;
    return NULL;
}

static const char *folder_lead(struct search_plan *plan, const struct query_node *node, int64_t folder_id)
{
    int64_t total = G_MAXINT64;
    if (folder_id != 0)
        store_number(plan->db, &total, NULL, "SELECT total FROM folders WHERE id = ?", NUM(folder_id));
    else
        g_array_unref(search_plan_folders(plan, node, &total));
    return total <= GATHER_MAX ? LEAD_PLACES("placements_by_sort", "1") : NULL;
}

static void narrow_dates(struct search_plan *plan, const struct query_node *node)
{
    if (node->kind != QUERY_DATE)
        return;
    plan->oldest = MAX(plan->oldest, search_index_docid_at(node->number));
    if (node->number_end < G_MAXINT64 - SPILL)
        plan->newest = MIN(plan->newest, search_index_docid_at(MAX(node->number_end, G_MININT64 + SPILL) + SPILL));
}

/* The parts that all have to hold, and among them the words that can lead. */
static GPtrArray *split(struct search_plan *plan, const struct query_node *root, GPtrArray *words)
{
    GPtrArray *rest = g_ptr_array_new();
    guint count = root->kind == QUERY_AND ? root->children->len : 1, positives = 0;
    for (guint i = 0; i < count; i++) {
        const struct query_node *each = root->kind == QUERY_AND ? query_node_child(root, i) : root;
        bool is_positive = search_match_can(each), is_negative = each->kind == QUERY_NOT && search_match_can(query_node_child(each, 0));
        positives += is_positive;
        g_ptr_array_add(is_positive || is_negative ? words : rest, (gpointer)each);
        narrow_dates(plan, each);
    }
    for (guint i = 0; positives == 0 && i < words->len; i++)
        g_ptr_array_add(rest, g_ptr_array_index(words, i));
    if (positives == 0)
        g_ptr_array_set_size(words, 0);
    return rest;
}

static void choose_lead(struct search_plan *plan, const GPtrArray *rest, int64_t folder_id)
{
    for (guint i = 0; plan->lead_sql == NULL && i < rest->len; i++)
        plan->lead_sql = lead_of(plan, g_ptr_array_index(rest, i));
    if (plan->lead_sql != NULL || plan->match != NULL)
        return;
    if (folder_id != 0)
        plan->lead_sql = folder_lead(plan, NULL, folder_id);
    for (guint i = 0; plan->lead_sql == NULL && plan->error == NULL && i < rest->len; i++) {
        const struct query_node *each = g_ptr_array_index(rest, i);
        if (each->kind == QUERY_FOLDER)
            plan->lead_sql = folder_lead(plan, each, 0);
    }
}

/* --- the statement --- */

static void write_lead(struct search_plan *plan)
{
    if (plan->only != NULL) {
        g_string_append(plan->sql, LEAD_DOCS " AND d.message_id IN ");
        search_plan_write_ids(plan, plan->only);
        if (plan->match == NULL)
            return;
        g_string_append(plan->sql, " AND d.docid IN (SELECT rowid FROM search.words WHERE words MATCH ");
        search_plan_write_value(plan, TXT(plan->match->str));
        g_string_append_c(plan->sql, ')');
        return;
    }
    if (plan->lead_sql != NULL) {
        g_string_append(plan->sql, plan->lead_sql);
        if (plan->match == NULL)
            return;
        g_string_append(plan->sql, " AND d.docid IN (SELECT rowid FROM search.words WHERE words MATCH ");
        search_plan_write_value(plan, TXT(plan->match->str));
        g_string_append_c(plan->sql, ')');
    } else if (plan->match != NULL) {
        g_string_append(plan->sql, LEAD_WORDS);
        search_plan_write_value(plan, TXT(plan->match->str));
    } else {
        g_string_append(plan->sql, LEAD_DOCS);
    }
}

/* Where places lead, the folders they are in are known beforehand: of ten thousand only those are looked into. */
static void write_led_folders(struct search_plan *plan, const GPtrArray *rest, int64_t folder_id)
{
    if (folder_id != 0) {
        g_string_append(plan->sql, " AND f.id = ");
        search_plan_write_value(plan, NUM(folder_id));
    }
    for (guint i = 0; i < rest->len; i++) {
        const struct query_node *each = g_ptr_array_index(rest, i);
        int64_t total;
        if (each->kind != QUERY_FOLDER)
            continue;
        g_autoptr(GArray) ids = search_plan_folders(plan, each, &total);
        g_string_append(plan->sql, " AND f.id IN ");
        search_plan_write_ids(plan, ids);
    }
}

static void write_statement(struct search_plan *plan, const char *result, const GPtrArray *rest, int64_t folder_id,
                            enum search_direction direction)
{
    bool is_led_by_words = plan->lead_sql == NULL && plan->match != NULL && plan->only == NULL;
    const char *docid = is_led_by_words ? "x.rowid" : "d.docid";
    g_string_append_printf(plan->sql, "SELECT %s", result);
    write_lead(plan);
    if (plan->lead_sql != NULL && strstr(plan->lead_sql, " FROM folders ") != NULL)
        write_led_folders(plan, rest, folder_id);
    g_string_append_printf(plan->sql, " AND %s BETWEEN ", docid);
    search_plan_write_value(plan, NUM(plan->oldest));
    g_string_append(plan->sql, " AND ");
    search_plan_write_value(plan, NUM(plan->newest));
    /* "+": which index is used is said above */
    g_string_append(plan->sql, folder_id != 0 ? " AND +p.folder_id = " : " AND +p.folder_id > ");
    search_plan_write_value(plan, NUM(folder_id));
    g_autofree char *away = store_get_meta(plan->db, STORE_AWAY);
    if (folder_id == 0 && away != NULL && *away != '\0')
        g_string_append_printf(plan->sql, " AND +p.folder_id NOT IN (SELECT id FROM folders WHERE account_id IN (%s))", away);
    for (guint i = 0; i < rest->len; i++) {
        g_string_append(plan->sql, " AND ");
        search_plan_write_condition(plan, g_ptr_array_index(rest, i));
    }
    if (direction != SEARCH_ANY_ORDER)
        g_string_append_printf(plan->sql, " ORDER BY %s%s", docid, direction == SEARCH_OLDER ? " DESC" : "");
}

static void plan_clear(struct search_plan *plan)
{
    if (plan->sql != NULL)
        g_string_free(plan->sql, TRUE);
    if (plan->match != NULL)
        g_string_free(plan->match, TRUE);
    g_clear_pointer(&plan->values, g_ptr_array_unref);
    g_clear_error(&plan->error);
}

/* Its statements are as many as there are queries: they are not kept. NULL: error is set. */
static sqlite3_stmt *prepare(struct search_plan *plan, GError **error)
{
    sqlite3_stmt *row = NULL;
    if (plan->error != NULL) {
        g_propagate_error(error, g_steal_pointer(&plan->error));
        return NULL;
    }
    if (sqlite3_prepare_v2(store_db(plan->db), plan->sql->str, -1, &row, NULL) != SQLITE_OK) {
        store_fail(plan->db, _("The mail could not be looked through"), error);
        return NULL;
    }
    for (guint i = 0; i < plan->values->len; i++) {
        const struct store_value *value = g_ptr_array_index(plan->values, i);
        if (value->kind == VALUE_NUMBER)
            sqlite3_bind_int64(row, (int)i + 1, value->number);
        else
            sqlite3_bind_text(row, (int)i + 1, value->text, -1, SQLITE_TRANSIENT);
    }
    return row;
}

sqlite3_stmt *search_prepare(const struct search *self, const char *result, enum search_direction direction, int64_t oldest, int64_t newest,
                             GError **error)
{
    struct search_plan plan = {
        .db = self->db, .spot = self->spot, .only = self->only, .sql = g_string_new(NULL), .oldest = oldest, .newest = newest
    };
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_autoptr(GPtrArray) rest = split(&plan, self->root, words);
    plan.values = g_ptr_array_new_with_free_func(search_plan_value_free);
    if (words->len > 0) {
        plan.match = g_string_new(NULL);
        search_match_write_all(plan.match, (const struct query_node *const *)words->pdata, words->len);
    }
    if (plan.only == NULL)
        choose_lead(&plan, rest, self->folder_id);
    write_statement(&plan, result, rest, self->folder_id, direction);
    sqlite3_stmt *row = prepare(&plan, error);
    plan_clear(&plan);
    return row;
}
