/* SPDX-License-Identifier: MIT */
/* One conversation as a tree: who answers whom. */
#include "core/store_private.h"
#include "core/store_window.h"
#include <string.h>

/* A message of the conversation. Links are indices, -1: none. */
struct node {
    struct window_row *row; /* owned until handed over */
    char *message_id, *in_reply_to, *references;
    int parent, first_child, last_child, next;
};

static void node_clear(gpointer data)
{
    struct node *node = data;
    window_row_free(node->row);
    g_free(node->message_id);
    g_free(node->in_reply_to);
    g_free(node->references);
}

static void row_destroy(gpointer data)
{
    window_row_free(data);
}

#define THREAD_ROWS                                                                                                                        \
    "SELECT p.sort_key, p.id, p.message_id, p.thread_id, p.folder_id, p.flags, " STORE_DATE ", m.size_bytes, m.part_flags,"                \
    " m.attachment_count, coalesce(m.from_name, m.from_address), m.from_address, m.recipients, m.subject, m.preview, m.message_id,"        \
    " m.in_reply_to, m.refs FROM placements AS p INDEXED BY placements_by_thread CROSS JOIN messages AS m ON m.id = p.message_id"          \
    " WHERE p.thread_id = ?1 AND"
#define NEWEST_FIRST " ORDER BY p.sort_key DESC, p.id DESC LIMIT ?3"
static const char rows_in_folder[] = THREAD_ROWS " p.folder_id = ?2" NEWEST_FIRST;
/* A message that lies in several folders comes once, from the one it came to first. */
static const char rows_everywhere[] = THREAD_ROWS " p.folder_id > ?2 AND p.id = (SELECT min(q.id) FROM placements AS q WHERE q.message_id ="
                                                  " p.message_id AND q.folder_id > 0)" NEWEST_FIRST;

static struct node node_read(sqlite3_stmt *row)
{
    struct node node = { .row = g_new0(struct window_row, 1), .parent = -1, .first_child = -1, .last_child = -1, .next = -1 };
    struct window_row *line = node.row;
    line->sort_key = sqlite3_column_int64(row, 0);
    line->tie = line->placement_id = sqlite3_column_int64(row, 1);
    line->message_id = sqlite3_column_int64(row, 2);
    line->thread_id = sqlite3_column_int64(row, 3);
    line->folder_id = sqlite3_column_int64(row, 4);
    line->flags = (unsigned)sqlite3_column_int64(row, 5);
    line->date_utc = sqlite3_column_int64(row, 6);
    line->size_bytes = sqlite3_column_int64(row, 7);
    line->part_flags = (unsigned)sqlite3_column_int64(row, 8);
    line->attachment_count = sqlite3_column_int(row, 9);
    line->from = store_column_dup(row, 10);
    line->from_address = store_column_dup(row, 11);
    line->to = store_column_dup(row, 12);
    line->subject = store_column_dup(row, 13);
    line->preview = store_column_dup(row, 14);
    line->thread_total = 1;
    line->thread_unread = (line->flags & MESSAGE_SEEN) == 0;
    line->thread_flagged = (line->flags & MESSAGE_FLAGGED) != 0;
    node.message_id = store_column_dup(row, 15);
    node.in_reply_to = store_column_dup(row, 16);
    node.references = store_column_dup(row, 17);
    return node;
}

/* They are read from the newest on, so that a long conversation is cut at its old end. */
static void nodes_reverse(GArray *nodes)
{
    for (guint i = 0, j = nodes->len; i + 1 < j; i++) {
        struct node *one = &g_array_index(nodes, struct node, i), *other = &g_array_index(nodes, struct node, --j), kept = *one;
        *one = *other;
        *other = kept;
    }
}

static int node_find(GHashTable *by_id, const char *id)
{
    gpointer index;
    return id != NULL && g_hash_table_lookup_extended(by_id, id, NULL, &index) ? GPOINTER_TO_INT(index) : -1;
}

/* The nearest ancestor that is here: In-Reply-To, else the last of References that is known. */
static int parent_find(GHashTable *by_id, const struct node *node, int self)
{
    int parent = node_find(by_id, node->in_reply_to);
    if (parent >= 0 && parent != self)
        return parent;
    if (node->references == NULL)
        return -1;
    g_auto(GStrv) ids = g_strsplit_set(node->references, " \t", -1);
    for (guint i = g_strv_length(ids); i > 0; i--) {
        parent = node_find(by_id, ids[i - 1]);
        if (parent >= 0 && parent != self)
            return parent;
    }
    return -1;
}

/* Strangers can answer each other in a circle. */
static bool is_ancestor(const GArray *nodes, int candidate, int of)
{
    for (; of >= 0; of = g_array_index(nodes, struct node, of).parent)
        if (of == candidate)
            return true;
    return false;
}

/* Index nodes->len is the root that all others hang from. Nodes come oldest first, so children do too. */
static void nodes_link(GArray *nodes)
{
    g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < nodes->len; i++) {
        const struct node *node = &g_array_index(nodes, struct node, i);
        if (node->message_id != NULL && !g_hash_table_contains(by_id, node->message_id))
            g_hash_table_insert(by_id, node->message_id, GINT_TO_POINTER((int)i));
    }
    for (guint i = 0; i < nodes->len; i++) {
        struct node *node = &g_array_index(nodes, struct node, i);
        int parent = parent_find(by_id, node, (int)i);
        if (parent < 0 || is_ancestor(nodes, (int)i, parent))
            continue;
        node->parent = parent;
        struct node *above = &g_array_index(nodes, struct node, parent);
        if (above->last_child >= 0)
            g_array_index(nodes, struct node, above->last_child).next = (int)i;
        else
            above->first_child = (int)i;
        above->last_child = (int)i;
    }
}

/* Depth first, without recursion: a conversation can be as deep as it is long. */
static void tree_walk(GArray *nodes, int root, GPtrArray *rows)
{
    int depth = 0;
    for (int at = root;;) {
        struct node *node = &g_array_index(nodes, struct node, at);
        node->row->depth = depth;
        g_ptr_array_add(rows, g_steal_pointer(&node->row));
        if (node->first_child >= 0) {
            at = node->first_child;
            depth++;
            continue;
        }
        while (at != root && g_array_index(nodes, struct node, at).next < 0) {
            at = g_array_index(nodes, struct node, at).parent;
            depth--;
        }
        if (at == root)
            return;
        at = g_array_index(nodes, struct node, at).next;
    }
}

static GArray *nodes_new(void)
{
    GArray *nodes = g_array_new(FALSE, FALSE, sizeof(struct node));
    g_array_set_clear_func(nodes, node_clear);
    return nodes;
}

/* Newest first, added to those that are there already. */
static bool nodes_read(store *db, int64_t thread_id, int64_t folder_id, int limit, GArray *nodes, GError **error)
{
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error, folder_id != 0 ? rows_in_folder : rows_everywhere, NUM(thread_id), NUM(folder_id), NUM(limit));
    GError *failure = NULL;
    if (row == NULL)
        return false;
    while (store_step(db, row, &failure)) {
        struct node node = node_read(row);
        g_array_append_val(nodes, node);
    }
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

/* Nodes: newest first. */
static GPtrArray *tree_of(GArray *nodes)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func(row_destroy);
    nodes_reverse(nodes);
    nodes_link(nodes);
    for (guint i = 0; i < nodes->len; i++)
        if (g_array_index(nodes, struct node, i).parent < 0)
            tree_walk(nodes, (int)i, rows);
    return rows;
}

GPtrArray *store_window_thread(store *db, int64_t thread_id, int64_t folder_id, int limit, GError **error)
{
    g_autoptr(GArray) nodes = nodes_new();
    return nodes_read(db, thread_id, folder_id, limit, nodes, error) ? tree_of(nodes) : NULL;
}

static gint newest_first(gconstpointer a, gconstpointer b)
{
    const struct window_row *one = ((const struct node *)a)->row, *other = ((const struct node *)b)->row;
    if (one->sort_key != other->sort_key)
        return one->sort_key > other->sort_key ? -1 : 1;
    return one->tie > other->tie ? -1 : one->tie < other->tie;
}

/* The folders come in the order of their right to show a message that is in several. */
static void drop_twins(GArray *nodes)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_int64_hash, g_int64_equal);
    guint kept = 0;
    for (guint i = 0; i < nodes->len; i++) {
        struct node node = g_array_index(nodes, struct node, i);
        if (g_hash_table_add(seen, &node.row->message_id)) {
            g_array_index(nodes, struct node, i) = g_array_index(nodes, struct node, kept);
            g_array_index(nodes, struct node, kept++) = node;
        }
    }
    g_array_set_size(nodes, kept);
}

GPtrArray *store_window_conversation(store *db, int64_t thread_id, const int64_t *folders, size_t folder_count, int limit, GError **error)
{
    g_autoptr(GArray) nodes = nodes_new();
    for (size_t i = 0; i < folder_count; i++)
        if (!nodes_read(db, thread_id, folders[i], limit, nodes, error))
            return NULL;
    if (folder_count > 1) {
        drop_twins(nodes);
        g_array_sort(nodes, newest_first);
    }
    if (nodes->len > (guint)limit)
        g_array_set_size(nodes, (guint)limit);
    return tree_of(nodes);
}
