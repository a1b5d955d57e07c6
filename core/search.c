/* SPDX-License-Identifier: MIT */
/* A query's tree as SQL: the words as one FTS5 expression that leads, everything else as conditions on what it finds.
 *
 * Who leads decides the cost. Words: FTS5 gives docids from the newest on, so a window of them costs O(window / share of them that pass the
 * conditions). Few rows by an index (unread, starred, tagged, a Message-ID, a small folder): those, sorted. Else all mail from the newest on. */
#include "core/search.h"
#include "core/search_fold.h"
#include "core/search_index.h"
#include "core/store_private.h"
#include "core/tag.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { GATHER_MAX = 50000 };       /* so many rows are collected and sorted rather than met on the way through all mail */
#define SPILL (INT64_C(3) * 86400) /* a docid may lie behind its second, by mail that was copied in bulk (core/search_index) */

struct plan {
    store *db;
    GString *sql;
    GPtrArray *values;      /* of struct store_value*; their texts are owned */
    int64_t newest, oldest; /* docids, from before: and after: */
    const char *lead_sql;   /* FROM …; NULL: all mail */
    GString *match;         /* of the leading words; NULL: none */
    struct query_spot *spot;
    GError *error;
};

/* --- words → FTS5 --- */

static const struct {
    enum query_field field;
    const char *column;
} columns[] = {
    { QUERY_IN_SUBJECT, "subject" }, { QUERY_IN_FROM, "sender" }, { QUERY_IN_TO, "recipients" },
    { QUERY_IN_CC, "cc" },           { QUERY_IN_LIST, "list" },   { QUERY_IN_ATTACHMENT, "attachments" },
    { QUERY_IN_BODY, "body" },
};

/* Words go in as a quoted string of folded tokens: nothing a person types is read as FTS5's grammar. False: there is no token. */
static bool write_words(GString *out, const struct query_node *node)
{
    g_autoptr(GString) tokens = g_string_new(NULL);
    bool is_open = false;
    size_t count = search_fold_wanted(node->text, tokens, &is_open);
    if (count == 0)
        return false;
    g_strchomp(tokens->str);
    /* One letter alone is a word ("plan B"); as a beginning it would mean almost everything. */
    bool is_letter = count == 1 && tokens->str[0] != '\0' && tokens->str[1] == '\0';
    if (node->fields != QUERY_ANYWHERE) {
        g_string_append(out, "{");
        for (size_t i = 0; i < G_N_ELEMENTS(columns); i++)
            if (node->fields & columns[i].field)
                g_string_append_printf(out, " %s", columns[i].column);
        g_string_append(out, " } : ");
    }
    bool is_prefix = is_open || node->is_prefix || (!node->is_exact && !is_letter);
    g_string_append_printf(out, "\"%s\"%s", tokens->str, is_prefix ? " *" : "");
    return true;
}

static guint child_count(const struct query_node *node)
{
    return node->children != NULL ? node->children->len : 0;
}

static const struct query_node *child(const struct query_node *node, guint at)
{
    return g_ptr_array_index(node->children, at);
}

/* FTS5 knows "a NOT b" only, so there must be something to take away from. */
static bool can_match(const struct query_node *node)
{
    bool has_positive = false;
    switch (node->kind) {
    case QUERY_WORDS:
        return true;
    case QUERY_OR:
        for (guint i = 0; i < child_count(node); i++)
            if (!can_match(child(node, i)))
                return false;
        return true;
    case QUERY_AND:
        for (guint i = 0; i < child_count(node); i++) {
            const struct query_node *each = child(node, i);
            bool is_positive = can_match(each);
            has_positive = has_positive || is_positive;
            if (!is_positive && (each->kind != QUERY_NOT || !can_match(child(each, 0))))
                return false;
        }
        return has_positive;
    default:
        return false;
    }
}

static void write_match(GString *out, const struct query_node *node);

static void write_match_and(GString *out, const struct query_node *const *nodes, guint count)
{
    g_autoptr(GString) all = g_string_new("(");
    guint positives = 0;
    for (guint i = 0; i < count; i++) {
        if (nodes[i]->kind == QUERY_NOT)
            continue;
        g_string_append(all, positives++ > 0 ? " AND " : "");
        write_match(all, nodes[i]);
    }
    g_string_append_c(all, ')');
    for (guint i = 0; i < count; i++) {
        if (nodes[i]->kind != QUERY_NOT)
            continue;
        g_string_prepend_c(all, '(');
        g_string_append(all, " NOT ");
        write_match(all, child(nodes[i], 0));
        g_string_append_c(all, ')');
    }
    g_string_append(out, all->str);
}

static void write_match(GString *out, const struct query_node *node)
{
    g_autoptr(GString) inner = g_string_new(NULL);
    switch (node->kind) {
    case QUERY_WORDS:
        if (!write_words(inner, node))
            g_string_assign(inner, "\"\""); /* a lone accent: nothing has it */
        break;
    case QUERY_AND:
        write_match_and(inner, (const struct query_node *const *)node->children->pdata, node->children->len);
        break;
    case QUERY_OR:
        g_string_append_c(inner, '(');
        for (guint i = 0; i < child_count(node); i++) {
            g_string_append(inner, i > 0 ? " OR " : "");
            write_match(inner, child(node, i));
        }
        g_string_append_c(inner, ')');
        break;
    default:
        g_assert_not_reached(); /* can_match() */
    }
    g_string_append(out, inner->str);
}

/* --- conditions --- */

static void value_free(gpointer data)
{
    struct store_value *value = data;
    g_free((char *)value->text);
    g_free(value);
}

/* "?7", and its value is kept until the statement runs. */
static void write_value(struct plan *plan, struct store_value value)
{
    struct store_value *kept = g_memdup2(&value, sizeof value);
    kept->text = g_strdup(value.text);
    g_ptr_array_add(plan->values, kept);
    g_string_append_printf(plan->sql, "?%u", plan->values->len);
}

static void fail_at(struct plan *plan, const struct query_node *node, char *words /* taken */)
{
    if (plan->error == NULL) {
        plan->error = g_error_new_literal(QUERY_LANGUAGE_ERROR, QUERY_LANGUAGE_WRONG, words);
        if (plan->spot != NULL)
            *plan->spot = (struct query_spot){ node->start, node->end };
    }
    g_free(words);
}

static bool is_like(const char *name, const char *wanted)
{
    g_autofree char *a = g_utf8_casefold(name, -1), *b = g_utf8_casefold(wanted, -1);
    return strcmp(a, b) == 0;
}

static bool folder_is(const struct folder *box, const struct query_node *node)
{
    const char *last = box->delimiter != '\0' ? strrchr(box->name, box->delimiter) : NULL;
    if (box->flags & FOLDER_IS_GONE)
        return false;
    return (node->number != 0 && box->role == (enum folder_role)node->number) || is_like(box->name, node->text) ||
           (last != NULL && is_like(last + 1, node->text));
}

/* Of int64_t. */
static GArray *folders_of(struct plan *plan, const struct query_node *node, int64_t *total_out)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GPtrArray) folders = store_folders(plan->db, 0, plan->error == NULL ? &plan->error : NULL);
    *total_out = 0;
    for (guint i = 0; folders != NULL && i < folders->len; i++) {
        const struct folder *box = g_ptr_array_index(folders, i);
        if (!folder_is(box, node))
            continue;
        g_array_append_val(ids, box->id);
        *total_out += box->total;
    }
    if (ids->len == 0 && folders != NULL)
        fail_at(plan, node, g_strdup_printf(_("There is no folder \"%s\"."), node->text));
    return ids;
}

static void write_ids(struct plan *plan, const GArray *ids)
{
    g_string_append_c(plan->sql, '(');
    for (guint i = 0; i < ids->len; i++)
        g_string_append_printf(plan->sql, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "", g_array_index(ids, int64_t, i));
    g_string_append_c(plan->sql, ')');
}

static void write_folder(struct plan *plan, const struct query_node *node)
{
    int64_t total;
    g_autoptr(GArray) ids = folders_of(plan, node, &total);
    g_string_append(plan->sql, "+p.folder_id IN ");
    write_ids(plan, ids);
}

/* By its id, the beginning of it, or one of its addresses. */
static void write_account(struct plan *plan, const struct query_node *node)
{
    g_autofree char *folded = g_utf8_strdown(node->text, -1);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(sqlite3_stmt) row = store_select(
        plan->db, NULL,
        "SELECT id FROM accounts WHERE lower(key) = ?1 OR instr(char(10) || lower(addresses) || char(10), char(10) || ?1 || char(10)) > 0",
        TXT(folded));
    while (row != NULL && store_step(plan->db, row, NULL)) {
        int64_t id = sqlite3_column_int64(row, 0);
        g_array_append_val(ids, id);
    }
    if (ids->len == 0)
        fail_at(plan, node, g_strdup_printf(_("There is no account \"%s\"."), node->text));
    g_string_append(plan->sql, "+p.folder_id IN (SELECT id FROM folders WHERE account_id IN ");
    write_ids(plan, ids);
    g_string_append_c(plan->sql, ')');
}

static void write_range(struct plan *plan, const char *column, const struct query_node *node)
{
    g_string_append_printf(plan->sql, "(%s >= ", column);
    write_value(plan, NUM(node->number));
    g_string_append_printf(plan->sql, " AND %s < ", column);
    write_value(plan, NUM(node->number_end));
    g_string_append_c(plan->sql, ')');
}

static void write_message_id(struct plan *plan, const struct query_node *node)
{
    g_string_append(plan->sql, "m.message_hash = ");
    write_value(plan, NUM(store_hash(node->text)));
    g_string_append(plan->sql, " AND m.message_id = ");
    write_value(plan, TXT(node->text));
}

static void write_tag(struct plan *plan, const struct query_node *node)
{
    g_autofree char *keyword = tag_keyword(node->text, NULL); /* as it is spelled on the wire */
    g_autofree char *wanted = g_strdup_printf(" %s ", keyword != NULL ? keyword : node->text);
    g_autofree char *folded = g_ascii_strdown(wanted, -1);
    g_string_append(plan->sql, "p.keywords IS NOT NULL AND instr(' ' || lower(p.keywords) || ' ', ");
    write_value(plan, TXT(folded));
    g_string_append(plan->sql, ") > 0");
}

static void write_found_by_words(struct plan *plan, const struct query_node *node)
{
    g_autoptr(GString) match = g_string_new(NULL);
    write_match(match, node);
    g_string_append(plan->sql, "d.docid IN (SELECT rowid FROM search.words WHERE words MATCH ");
    write_value(plan, TXT(match->str));
    g_string_append_c(plan->sql, ')');
}

static void write_flag(struct plan *plan, const struct query_node *node)
{
    g_string_append_printf(plan->sql, "(p.flags & %" G_GINT64_FORMAT ") <> 0", node->number);
}

static void write_condition(struct plan *plan, const struct query_node *node);

static void write_conditions(struct plan *plan, const struct query_node *node, const char *between)
{
    for (guint i = 0; i < child_count(node); i++) {
        g_string_append(plan->sql, i > 0 ? between : "");
        write_condition(plan, child(node, i));
    }
}

static void write_bare(struct plan *plan, const struct query_node *node)
{
    switch (node->kind) {
    case QUERY_ALL:
        g_string_append(plan->sql, "1");
        break;
    case QUERY_AND:
        write_conditions(plan, node, " AND ");
        break;
    case QUERY_OR:
        write_conditions(plan, node, " OR ");
        break;
    case QUERY_NOT:
        g_string_append(plan->sql, "NOT coalesce(");
        write_condition(plan, child(node, 0));
        g_string_append(plan->sql, ", 0)");
        break;
    case QUERY_WORDS:
        write_found_by_words(plan, node);
        break;
    case QUERY_FLAG:
        write_flag(plan, node);
        break;
    case QUERY_PART:
        g_string_append_printf(plan->sql, "(m.part_flags & %" G_GINT64_FORMAT ") <> 0", node->number);
        break;
    case QUERY_FOLDER:
        write_folder(plan, node);
        break;
    case QUERY_ACCOUNT:
        write_account(plan, node);
        break;
    case QUERY_TAG:
        write_tag(plan, node);
        break;
    case QUERY_MESSAGE_ID:
        write_message_id(plan, node);
        break;
    case QUERY_DATE:
        write_range(plan, "m.date_utc", node);
        break;
    case QUERY_SIZE:
        write_range(plan, "m.size_bytes", node);
        break;
    }
}

static void write_condition(struct plan *plan, const struct query_node *node)
{
    g_string_append_c(plan->sql, '(');
    if (can_match(node))
        write_found_by_words(plan, node);
    else
        write_bare(plan, node);
    g_string_append_c(plan->sql, ')');
}

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
    " FROM messages AS m INDEXED BY messages_by_hash CROSS JOIN search.docs AS d ON d.message_id = m.id"                                   \
    " CROSS JOIN placements AS p INDEXED BY placements_by_message ON p.message_id = m.id WHERE m.message_hash IS NOT NULL"

/* A folder with so many messages that its rows are better met from the newest on. */
static bool is_small(struct plan *plan, const char *sql, int64_t argument)
{
    int64_t count = G_MAXINT64;
    return store_number(plan->db, &count, NULL, sql, NUM(argument)) && count <= GATHER_MAX;
}

static const char *lead_of(struct plan *plan, const struct query_node *node)
{
    const struct query_node *inner = node->kind == QUERY_NOT ? child(node, 0) : node;
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

static const char *folder_lead(struct plan *plan, const struct query_node *node, int64_t folder_id)
{
    int64_t total = G_MAXINT64;
    if (folder_id != 0)
        store_number(plan->db, &total, NULL, "SELECT total FROM folders WHERE id = ?", NUM(folder_id));
    else
        g_array_unref(folders_of(plan, node, &total));
    return total <= GATHER_MAX ? LEAD_PLACES("placements_by_sort", "1") : NULL;
}

static void narrow_dates(struct plan *plan, const struct query_node *node)
{
    if (node->kind != QUERY_DATE)
        return;
    plan->oldest = MAX(plan->oldest, search_index_docid_at(node->number));
    if (node->number_end < G_MAXINT64 - SPILL)
        plan->newest = MIN(plan->newest, search_index_docid_at(MAX(node->number_end, G_MININT64 + SPILL) + SPILL));
}

/* The parts that all have to hold, and among them the words that can lead. */
static GPtrArray *split(struct plan *plan, const struct query_node *root, GPtrArray *words)
{
    GPtrArray *rest = g_ptr_array_new();
    guint count = root->kind == QUERY_AND ? root->children->len : 1, positives = 0;
    for (guint i = 0; i < count; i++) {
        const struct query_node *each = root->kind == QUERY_AND ? child(root, i) : root;
        bool is_positive = can_match(each), is_negative = each->kind == QUERY_NOT && can_match(child(each, 0));
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

static void choose_lead(struct plan *plan, const GPtrArray *rest, int64_t folder_id)
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

enum direction { OLDER, NEWER, NO_ORDER };

static void write_lead(struct plan *plan)
{
    if (plan->lead_sql != NULL) {
        g_string_append(plan->sql, plan->lead_sql);
        if (plan->match == NULL)
            return;
        g_string_append(plan->sql, " AND d.docid IN (SELECT rowid FROM search.words WHERE words MATCH ");
        write_value(plan, TXT(plan->match->str));
        g_string_append_c(plan->sql, ')');
    } else if (plan->match != NULL) {
        g_string_append(plan->sql, LEAD_WORDS);
        write_value(plan, TXT(plan->match->str));
    } else {
        g_string_append(plan->sql, LEAD_DOCS);
    }
}

/* Where places lead, the folders they are in are known beforehand: of ten thousand only those are looked into. */
static void write_led_folders(struct plan *plan, const GPtrArray *rest, int64_t folder_id)
{
    if (folder_id != 0) {
        g_string_append(plan->sql, " AND f.id = ");
        write_value(plan, NUM(folder_id));
    }
    for (guint i = 0; i < rest->len; i++) {
        const struct query_node *each = g_ptr_array_index(rest, i);
        int64_t total;
        if (each->kind != QUERY_FOLDER)
            continue;
        g_autoptr(GArray) ids = folders_of(plan, each, &total);
        g_string_append(plan->sql, " AND f.id IN ");
        write_ids(plan, ids);
    }
}

static void write_statement(struct plan *plan, const char *result, const GPtrArray *rest, int64_t folder_id, enum direction direction)
{
    bool is_led_by_words = plan->lead_sql == NULL && plan->match != NULL;
    const char *docid = is_led_by_words ? "x.rowid" : "d.docid";
    g_string_append_printf(plan->sql, "SELECT %s", result);
    write_lead(plan);
    if (plan->lead_sql != NULL && strstr(plan->lead_sql, " FROM folders ") != NULL)
        write_led_folders(plan, rest, folder_id);
    g_string_append_printf(plan->sql, " AND %s BETWEEN ", docid);
    write_value(plan, NUM(plan->oldest));
    g_string_append(plan->sql, " AND ");
    write_value(plan, NUM(plan->newest));
    /* "+": which index is used is said above */
    g_string_append(plan->sql, folder_id != 0 ? " AND +p.folder_id = " : " AND +p.folder_id > ");
    write_value(plan, NUM(folder_id));
    for (guint i = 0; i < rest->len; i++) {
        g_string_append(plan->sql, " AND ");
        write_condition(plan, g_ptr_array_index(rest, i));
    }
    if (direction != NO_ORDER)
        g_string_append_printf(plan->sql, " ORDER BY %s%s", docid, direction == OLDER ? " DESC" : "");
}

static void plan_clear(struct plan *plan)
{
    if (plan->sql != NULL)
        g_string_free(plan->sql, TRUE);
    if (plan->match != NULL)
        g_string_free(plan->match, TRUE);
    g_clear_pointer(&plan->values, g_ptr_array_unref);
    g_clear_error(&plan->error);
}

/* Its statements are as many as there are queries: they are not kept. NULL: error is set. */
static sqlite3_stmt *prepare(struct plan *plan, GError **error)
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

struct search {
    store *db;
    const struct query_node *root;
    int64_t folder_id;
    struct query_spot *spot;
};

static sqlite3_stmt *search_prepare(const struct search *self, const char *result, enum direction direction, int64_t oldest, int64_t newest,
                                    GError **error)
{
    struct plan plan = { .db = self->db, .spot = self->spot, .sql = g_string_new(NULL), .oldest = oldest, .newest = newest };
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_autoptr(GPtrArray) rest = split(&plan, self->root, words);
    plan.values = g_ptr_array_new_with_free_func(value_free);
    if (words->len > 0) {
        plan.match = g_string_new(NULL);
        write_match_and(plan.match, (const struct query_node *const *)words->pdata, words->len);
    }
    choose_lead(&plan, rest, self->folder_id);
    write_statement(&plan, result, rest, self->folder_id, direction);
    sqlite3_stmt *row = prepare(&plan, error);
    plan_clear(&plan);
    return row;
}

static bool search_begin(struct search *self, const char *text, bool is_typed, query_node **root_out, GError **error)
{
    int64_t now = store_now_utc();
    *root_out = is_typed ? query_language_parse_typed(text, now, self->spot, error) : query_language_parse(text, now, self->spot, error);
    self->root = *root_out;
    return self->root != NULL && search_index_attach(self->db, error);
}

/* --- what is asked --- */

#define WAIT_STEP_US 5000

/* The index can be made anew: that is all that has to be done when it is damaged. */
static bool fail_search(store *db, GError **error)
{
    if (sqlite3_extended_errcode(store_db(db)) != SQLITE_CORRUPT_VTAB)
        return store_fail(db, _("The mail could not be looked through"), error);
    search_index_discard(db);
    g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OTHER,
                        _("The search index is damaged and is being made anew. No mail is touched by this; search again in a moment."));
    return false;
}

bool search_wait(store *db, int timeout_ms)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    if (!search_index_attach(db, NULL))
        return false;
    for (;;) {
        int64_t behind = -1;
        if (!store_number(
                db, &behind, NULL,
                "SELECT (SELECT coalesce(max(id), 0) FROM messages) > coalesce((SELECT value FROM search.state WHERE key = 'last'), 0)"))
            return false;
        if (behind == 0 || g_get_monotonic_time() >= deadline)
            return behind == 0;
        g_usleep(WAIT_STEP_US);
    }
}

#define ROW_RESULT " d.docid, 0, 1, (p.flags & 1) = 0, (p.flags & 4) <> 0," STORE_ROW_COLUMNS

/* A message that is in several folders comes in neighbouring rows: the first one stands for it. */
static bool rows_read(const struct search *self, enum direction direction, int64_t oldest, int64_t newest, int count, GPtrArray *rows,
                      GError **error)
{
    if (count <= 0)
        return true;
    sqlite3_stmt *row = search_prepare(self, ROW_RESULT, direction, oldest, newest, error);
    int64_t last = 0;
    int result = SQLITE_ROW;
    if (row == NULL)
        return false;
    while (count > 0 && (result = sqlite3_step(row)) == SQLITE_ROW) {
        if (sqlite3_column_int64(row, 0) == last)
            continue;
        last = sqlite3_column_int64(row, 0);
        g_ptr_array_add(rows, store_window_row(row));
        count--;
    }
    bool is_done = result == SQLITE_ROW || result == SQLITE_DONE || fail_search(self->db, error);
    sqlite3_finalize(row);
    return is_done;
}

static void reverse(GPtrArray *rows)
{
    for (guint i = 0, j = rows->len; i + 1 < j; i++) {
        gpointer row = rows->pdata[i];
        rows->pdata[i] = rows->pdata[--j];
        rows->pdata[j] = row;
    }
}

static void row_destroy(gpointer data)
{
    window_row_free(data);
}

GPtrArray *search_read(store *db, const struct search_request *request, struct query_spot *spot_out, GError **error)
{
    struct search search = { .db = db, .folder_id = request->folder_id, .spot = spot_out };
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(row_destroy);
    g_autoptr(query_node) root = NULL;
    int64_t anchor = request->has_anchor ? request->anchor_key : G_MAXINT64;
    if (!search_begin(&search, request->text, request->is_typed, &root, error))
        return NULL;
    if (request->has_anchor && anchor < G_MAXINT64 &&
        !rows_read(&search, NEWER, MAX(anchor, G_MININT64) + 1, G_MAXINT64, request->before, rows, error))
        return NULL;
    reverse(rows);
    if (!rows_read(&search, OLDER, G_MININT64, anchor, request->after, rows, error))
        return NULL;
    return g_steal_pointer(&rows);
}

GArray *search_placements(store *db, int64_t folder_id, const char *text, int limit, struct query_spot *spot_out, GError **error)
{
    struct search search = { .db = db, .folder_id = folder_id, .spot = spot_out };
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(query_node) root = NULL;
    if (!search_begin(&search, text, false, &root, error))
        return NULL;
    sqlite3_stmt *row = search_prepare(&search, "p.id", NO_ORDER, G_MININT64, G_MAXINT64, error);
    int result = SQLITE_ROW;
    if (row == NULL)
        return NULL;
    while ((int)ids->len < limit && (result = sqlite3_step(row)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(row, 0);
        g_array_append_val(ids, id);
    }
    bool is_done = result == SQLITE_ROW || result == SQLITE_DONE || fail_search(db, error);
    sqlite3_finalize(row);
    return is_done ? g_steal_pointer(&ids) : NULL;
}

bool search_count(store *db, const char *text, int limit, int64_t *total_out, int64_t *unread_out, GError **error)
{
    struct search search = { .db = db };
    g_autoptr(query_node) root = NULL;
    if (!search_begin(&search, text, false, &root, error))
        return false;
    sqlite3_stmt *row = search_prepare(&search, "d.docid, (p.flags & 1) = 0", OLDER, G_MININT64, G_MAXINT64, error);
    int64_t last = 0, total = 0, unread = 0;
    int result = SQLITE_ROW;
    if (row == NULL)
        return false;
    while (total < limit && (result = sqlite3_step(row)) == SQLITE_ROW) {
        if (sqlite3_column_int64(row, 0) == last)
            continue;
        last = sqlite3_column_int64(row, 0);
        total++;
        unread += sqlite3_column_int64(row, 1);
    }
    bool is_done = result == SQLITE_ROW || result == SQLITE_DONE || fail_search(db, error);
    sqlite3_finalize(row);
    if (is_done) {
        *total_out = total;
        *unread_out = unread;
    }
    return is_done;
}
