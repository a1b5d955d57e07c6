/* SPDX-License-Identifier: MIT */
/* What a list shows: keyset windows, so that the newest page of a million rows costs as much as that of a hundred. */
#include "core/store_window.h"
#include "core/store_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define AUTHORS_MAX       3
#define AUTHORS_LOOKED_AT 20

void window_row_free(struct window_row *row)
{
    if (row == NULL)
        return;
    g_free(row->from);
    g_free(row->from_address);
    g_free(row->to);
    g_free(row->subject);
    g_free(row->preview);
    g_free(row->keywords);
    g_free(row);
}

static void window_row_destroy(gpointer data)
{
    window_row_free(data);
}

/* --- the statements: a window is read as positions, through covering indexes, then the rows that are in it.
 * ?1 folder, ?2 text, ?3 number, ?4 tie: the position; ?5 how many, ?6 the order --- */

#define FROM_MESSAGES "SELECT '', sort_key, id FROM placements INDEXED BY placements_by_sort WHERE folder_id = ?1"
#define FROM_THREADS  "SELECT '', sort_key, thread_id FROM folder_threads INDEXED BY folder_threads_by_sort WHERE folder_id = ?1"
#define FROM_ORDER    "SELECT text, number, placement_id FROM folder_order WHERE folder_id = ?1 AND sort = ?6"
#define FROM_THREAD_ORDER                                                                                                                  \
    "SELECT text, number, thread_id FROM folder_thread_order INDEXED BY folder_thread_order_by_key WHERE folder_id = ?1 AND sort = ?6"
/* Upwards and downwards through the index; the first takes the position itself, too. */
enum window_walk { WALK_DOWN_FROM, WALK_DOWN_BEHIND, WALK_UP_FROM, WALK_UP_BEHIND, WALKS };
#define WALKS_OF(from, columns, position, down, up)                                                                                        \
    {                                                                                                                                      \
        [WALK_DOWN_FROM] = from " AND " columns " <= " position down, [WALK_DOWN_BEHIND] = from " AND " columns " < " position down,       \
        [WALK_UP_FROM] = from " AND " columns " >= " position up, [WALK_UP_BEHIND] = from " AND " columns " > " position up                \
    }
enum window_source { SOURCE_MESSAGES, SOURCE_THREADS, SOURCE_ORDER, SOURCE_THREAD_ORDER, SOURCES };
static const char *const walks[SOURCES][WALKS] = {
    [SOURCE_MESSAGES] = WALKS_OF(FROM_MESSAGES, "(sort_key, id)", "(?3, ?4)", " ORDER BY sort_key DESC, id DESC LIMIT ?5",
                                 " ORDER BY sort_key, id LIMIT ?5"),
    [SOURCE_THREADS] = WALKS_OF(FROM_THREADS, "(sort_key, thread_id)", "(?3, ?4)", " ORDER BY sort_key DESC, thread_id DESC LIMIT ?5",
                                " ORDER BY sort_key, thread_id LIMIT ?5"),
    [SOURCE_ORDER] =
        WALKS_OF(FROM_ORDER, "(text, number, placement_id)", "(?2, ?3, ?4)", " ORDER BY text DESC, number DESC, placement_id DESC LIMIT ?5",
                 " ORDER BY text, number, placement_id LIMIT ?5"),
    [SOURCE_THREAD_ORDER] =
        WALKS_OF(FROM_THREAD_ORDER, "(text, number, thread_id)", "(?2, ?3, ?4)",
                 " ORDER BY text DESC, number DESC, thread_id DESC LIMIT ?5", " ORDER BY text, number, thread_id LIMIT ?5"),
};
static const char row_of_placement[] = "SELECT p.sort_key, p.id, 1, (p.flags & 1) = 0, (p.flags & 4) <> 0," STORE_ROW_COLUMNS
                                       " FROM placements AS p CROSS JOIN messages AS m ON m.id = p.message_id WHERE p.id = ?";
static const char row_of_thread[] = "SELECT sort_key, placement_id, total, unread, flagged FROM folder_threads WHERE folder_id = ? AND"
                                    " thread_id = ?";
static const char next_unread_down[] = "SELECT id FROM placements INDEXED BY placements_unread WHERE folder_id = ? AND (flags & 1) = 0"
                                       " AND (sort_key, id) < (?, ?) ORDER BY sort_key DESC, id DESC LIMIT 1";
static const char next_unread_up[] = "SELECT id FROM placements INDEXED BY placements_unread WHERE folder_id = ? AND (flags & 1) = 0"
                                     " AND (sort_key, id) > (?, ?) ORDER BY sort_key, id LIMIT 1";

const char *store_window_statement(size_t index)
{
    static const char *const others[] = { next_unread_down, next_unread_up, row_of_placement, row_of_thread };
    size_t windows = (size_t)SOURCES * WALKS;
    if (index >= windows)
        return index - windows < G_N_ELEMENTS(others) ? others[index - windows] : NULL;
    return walks[index / WALKS][index % WALKS];
}

/* --- reading --- */

struct window_row *store_window_row(sqlite3_stmt *row)
{
    struct window_row *line = g_new0(struct window_row, 1);
    line->sort_key = sqlite3_column_int64(row, 0);
    line->tie = sqlite3_column_int64(row, 1);
    line->thread_total = sqlite3_column_int(row, 2);
    line->thread_unread = sqlite3_column_int(row, 3);
    line->thread_flagged = sqlite3_column_int(row, 4);
    line->placement_id = sqlite3_column_int64(row, 5);
    line->message_id = sqlite3_column_int64(row, 6);
    line->thread_id = sqlite3_column_int64(row, 7);
    line->folder_id = sqlite3_column_int64(row, 8);
    line->flags = (unsigned)sqlite3_column_int64(row, 9);
    line->date_utc = sqlite3_column_int64(row, 10);
    line->size_bytes = sqlite3_column_int64(row, 11);
    line->part_flags = (unsigned)sqlite3_column_int64(row, 12);
    line->attachment_count = sqlite3_column_int(row, 13);
    line->from = store_column_dup(row, 14);
    line->from_address = store_column_dup(row, 15);
    line->to = store_column_dup(row, 16);
    line->subject = store_column_dup(row, 17);
    line->preview = store_column_dup(row, 18);
    line->keywords = store_column_dup(row, 19);
    line->is_vip = sqlite3_column_int(row, 20) != 0;
    return line;
}

/* "Ada, me": who wrote in it, in the order they came in. */
static bool authors_read(store *db, struct window_row *line, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(
        db, error,
        "SELECT coalesce(m.from_name, m.from_address, ''), instr(char(10) || a.addresses, char(10) || lower(m.from_address) || char(10))"
        " FROM placements AS p CROSS JOIN messages AS m ON m.id = p.message_id JOIN folders AS f ON f.id = p.folder_id"
        " JOIN accounts AS a ON a.id = f.account_id WHERE p.thread_id = ? AND p.folder_id = ? ORDER BY p.sort_key, p.id LIMIT ?",
        NUM(line->thread_id), NUM(line->folder_id), NUM(AUTHORS_LOOKED_AT));
    GError *failure = NULL;
    if (row == NULL)
        return false;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    while (names->len < AUTHORS_MAX && store_step(db, row, &failure)) {
        g_autofree char *name = sqlite3_column_int64(row, 1) > 0 ? g_strdup(_("me")) : store_column_dup(row, 0);
        if (*name != '\0' && !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return false;
    }
    g_ptr_array_add(names, NULL);
    g_free(line->from);
    line->from = g_strjoinv(", ", (char **)names->pdata);
    return true;
}

/* --- positions --- */

/* Of one folder, or of several as one list. */
struct folder_set {
    const int64_t *ids;
    size_t count;
};

static struct folder_set set_of(const struct window_query *query)
{
    return query->folders != NULL ? (struct folder_set){ query->folders, query->folder_count }
                                  : (struct folder_set){ &query->folder_id, 1 };
}

/* A row of the list, before it is read. */
struct key {
    struct window_position at;
    int64_t folder_id, placement_id;
    int total, unread, flagged;
};

static enum window_source source_of(const struct window_query *query)
{
    static const enum window_source sources[][2] = {
        [WINDOW_MESSAGES] = { SOURCE_MESSAGES, SOURCE_ORDER }, [WINDOW_THREADS] = { SOURCE_THREADS, SOURCE_THREAD_ORDER }
    };
    return sources[query->kind][query->sort != WINDOW_BY_DATE];
}

/* The greatest first? */
static bool is_downwards(const struct window_query *query)
{
    bool is_down = query->sort == WINDOW_BY_DATE || query->sort == WINDOW_BY_SIZE;
    return is_down != query->is_reversed;
}

static int position_compare(const struct window_position *a, const struct window_position *b)
{
    int texts = strcmp(a->text, b->text);
    return texts != 0 ? texts : a->key != b->key ? (a->key < b->key ? -1 : 1) : a->tie != b->tie ? (a->tie < b->tie ? -1 : 1) : 0;
}

int store_window_compare(const struct window_query *query, const struct window_position *a, const struct window_position *b)
{
    return is_downwards(query) ? position_compare(b, a) : position_compare(a, b);
}

struct window_position store_window_position(const struct window_row *row)
{
    struct window_position at = { .key = row->sort_key, .tie = row->tie };
    g_strlcpy(at.text, row->order_text, sizeof at.text);
    return at;
}

static enum window_walk walk_of(const struct window_query *query, bool is_before)
{
    bool is_down = is_downwards(query) != is_before;
    return is_down ? (is_before ? WALK_DOWN_BEHIND : WALK_DOWN_FROM) : (is_before ? WALK_UP_BEHIND : WALK_UP_FROM);
}

#define TEXT_LAST "\xf4\x8f\xbf\xbf" /* behind all texts */

static struct window_position end_of(bool is_greatest)
{
    struct window_position at = { .key = is_greatest ? INT64_MAX : INT64_MIN, .tie = is_greatest ? INT64_MAX : INT64_MIN };
    g_strlcpy(at.text, is_greatest ? TEXT_LAST : "", sizeof at.text);
    return at;
}

void store_window_last(struct window_query *query)
{
    struct window_position at = end_of(!is_downwards(query));
    query->anchor_key = at.key;
    query->anchor_tie = at.tie;
    memcpy(query->anchor_text, at.text, sizeof at.text);
}

/* Without an anchor: from the end of the index where the list begins. */
static struct window_position start_of(const struct window_query *query)
{
    struct window_position at = { .key = query->anchor_key, .tie = query->anchor_tie };
    memcpy(at.text, query->anchor_text, sizeof at.text);
    return query->has_anchor ? at : end_of(is_downwards(query));
}

/* False with error. *is_cut_out: there are more. */
static bool keys_read(store *db, const struct window_query *query, int64_t folder_id, bool is_before, int limit, GArray *keys, bool *is_cut,
                      GError **error)
{
    struct window_position start = start_of(query);
    g_autoptr(sqlite3_stmt) row = store_select(db, error, walks[source_of(query)][walk_of(query, is_before)], NUM(folder_id),
                                               TXT(start.text), NUM(start.key), NUM(start.tie), NUM(limit), NUM(query->sort));
    GError *failure = NULL;
    int count = 0;
    if (row == NULL)
        return false;
    for (; store_step(db, row, &failure); count++) {
        struct key key = { .folder_id = folder_id };
        g_strlcpy(key.at.text, (const char *)sqlite3_column_text(row, 0), sizeof key.at.text);
        key.at.key = sqlite3_column_int64(row, 1);
        key.at.tie = key.placement_id = sqlite3_column_int64(row, 2);
        g_array_append_val(keys, key);
    }
    *is_cut = *is_cut || count == limit;
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

static gint keys_compare(gconstpointer a, gconstpointer b, gpointer query)
{
    const struct key *one = a, *other = b;
    int order = store_window_compare(query, &one->at, &other->at);
    return order != 0 ? order : one->folder_id < other->folder_id ? -1 : one->folder_id > other->folder_id;
}

/* Its counts in all the folders. *is_here_out: this is where it stands: nowhere among them has it anything newer. */
static bool thread_read(store *db, const struct window_query *query, struct key *key, bool *is_here_out, GError **error)
{
    struct folder_set set = set_of(query);
    int64_t best_key = INT64_MIN, best_folder = 0;
    key->total = key->unread = key->flagged = 0;
    for (size_t i = 0; i < set.count; i++) {
        g_autoptr(sqlite3_stmt) row = store_select(db, error, row_of_thread, NUM(set.ids[i]), NUM(key->at.tie));
        if (row == NULL)
            return false;
        if (!store_step(db, row, NULL))
            continue;
        int64_t sort_key = sqlite3_column_int64(row, 0);
        bool is_better = best_folder == 0 || sort_key > best_key || (sort_key == best_key && set.ids[i] < best_folder);
        best_key = is_better ? sort_key : best_key;
        best_folder = is_better ? set.ids[i] : best_folder;
        key->placement_id = is_better ? sqlite3_column_int64(row, 1) : key->placement_id;
        key->total += sqlite3_column_int(row, 2);
        key->unread += sqlite3_column_int(row, 3);
        key->flagged += sqlite3_column_int(row, 4);
    }
    *is_here_out = best_folder == key->folder_id;
    return true;
}

/* What of the merged positions is in the window; nearest to the anchor first. */
static bool keys_choose(store *db, const struct window_query *query, const GArray *keys, guint exact, int count, GArray *chosen,
                        GError **error)
{
    for (guint i = 0; i < MIN(keys->len, exact) && (int)chosen->len < count; i++) {
        struct key key = g_array_index(keys, struct key, i);
        bool is_here = true;
        if (query->kind == WINDOW_THREADS && !thread_read(db, query, &key, &is_here, error))
            return false;
        if (is_here)
            g_array_append_val(chosen, key);
    }
    return true;
}

/* Each folder gives as many as are wanted: of these all together the first so many are certain. Where conversations fall out because they stand
 * elsewhere, more is asked for. */
static bool side_read(store *db, const struct window_query *query, bool is_before, int count, GArray *chosen, GError **error)
{
    struct folder_set set = set_of(query);
    struct window_query way = *query;
    way.is_reversed = query->is_reversed != is_before;
    for (int limit = count; count > 0; limit *= 2) {
        g_autoptr(GArray) keys = g_array_new(FALSE, FALSE, sizeof(struct key));
        bool is_cut = false;
        for (size_t i = 0; i < set.count; i++)
            if (!keys_read(db, query, set.ids[i], is_before, limit, keys, &is_cut, error))
                return false;
        if (set.count > 1)
            g_array_sort_with_data(keys, keys_compare, &way);
        g_array_set_size(chosen, 0);
        if (!keys_choose(db, query, keys, is_cut ? (guint)limit : keys->len, count, chosen, error))
            return false;
        if (!is_cut || (int)chosen->len >= count)
            return true;
    }
    return true;
}

/* --- rows --- */

static bool is_in_set(struct folder_set set, int64_t folder_id)
{
    for (size_t i = 0; i < set.count; i++)
        if (set.ids[i] == folder_id)
            return true;
    return false;
}

/* One's own answers, where they are not in the list anyway. */
static bool sent_count(store *db, const struct window_query *query, struct window_row *line, GError **error)
{
    int64_t sent = 0;
    for (size_t i = 0; query->sent != NULL && i < query->sent_count; i++) {
        int64_t here = 0;
        if (is_in_set(set_of(query), query->sent[i]))
            continue;
        if (!store_number(db, &here, error, "SELECT total FROM folder_threads WHERE folder_id = ? AND thread_id = ?", NUM(query->sent[i]),
                          NUM(line->thread_id)))
            return false;
        sent += here;
    }
    line->thread_sent = (int)sent;
    return true;
}

bool store_window_count_thread(store *db, const struct window_query *query, struct window_row *line, GError **error)
{
    struct key key = { .at.tie = line->thread_id };
    bool is_here;
    if (!thread_read(db, query, &key, &is_here, error) || !sent_count(db, query, line, error))
        return false;
    line->thread_total = key.total;
    line->thread_unread = key.unread;
    line->thread_flagged = key.flagged;
    return line->thread_total + line->thread_sent < 2 || authors_read(db, line, error);
}

/* A row that went since its position was read is left out. */
static bool row_read(store *db, const struct window_query *query, const struct key *key, GPtrArray *rows, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(db, error, row_of_placement, NUM(key->placement_id));
    GError *failure = NULL;
    if (row == NULL)
        return false;
    bool is_there = store_step(db, row, &failure);
    struct window_row *line = is_there ? store_window_row(row) : NULL;
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return false;
    }
    if (line == NULL)
        return true;
    g_ptr_array_add(rows, line);
    line->sort_key = key->at.key;
    line->tie = key->at.tie;
    g_strlcpy(line->order_text, key->at.text, sizeof line->order_text);
    if (query->kind == WINDOW_MESSAGES)
        return true;
    line->thread_total = key->total;
    line->thread_unread = key->unread;
    line->thread_flagged = key->flagged;
    return sent_count(db, query, line, error) && (line->thread_total + line->thread_sent < 2 || authors_read(db, line, error));
}

GPtrArray *store_window_read(store *db, const struct window_query *query, GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(window_row_destroy);
    g_autoptr(GArray) before = g_array_new(FALSE, FALSE, sizeof(struct key)), after = g_array_new(FALSE, FALSE, sizeof(struct key));
    if ((query->has_anchor && !side_read(db, query, true, query->before, before, error)) ||
        !side_read(db, query, false, query->after, after, error))
        return NULL;
    for (guint i = before->len; i > 0; i--)
        if (!row_read(db, query, &g_array_index(before, struct key, i - 1), rows, error))
            return NULL;
    for (guint i = 0; i < after->len; i++)
        if (!row_read(db, query, &g_array_index(after, struct key, i), rows, error))
            return NULL;
    return g_steal_pointer(&rows);
}

/* Made the way the triggers make it. */
static const char order_of_placement[] =
    "SELECT p.folder_id, p.thread_id, CASE ?2 WHEN 0 THEN '' ELSE order_text(?2, m.subject, coalesce(m.from_name, m.from_address)) END,"
    " CASE ?2 WHEN 0 THEN p.sort_key WHEN 3 THEN m.size_bytes ELSE -p.sort_key END"
    " FROM placements AS p CROSS JOIN messages AS m ON m.id = p.message_id WHERE p.id = ?1";

/* A conversation stands where it stands in the folder with its newest message. */
static bool thread_find(store *db, const struct window_query *query, int64_t thread_id, struct window_position *position_out)
{
    struct folder_set set = set_of(query);
    struct window_position at = { .key = INT64_MIN, .tie = thread_id };
    int64_t folder_id = 0;
    for (size_t i = 0; i < set.count; i++) {
        int64_t newest = INT64_MIN;
        store_number(db, &newest, NULL, "SELECT sort_key FROM folder_threads WHERE folder_id = ? AND thread_id = ?", NUM(set.ids[i]),
                     NUM(thread_id));
        if (newest == INT64_MIN || (folder_id != 0 && (newest < at.key || (newest == at.key && set.ids[i] > folder_id))))
            continue;
        at.key = newest;
        folder_id = set.ids[i];
    }
    if (query->sort != WINDOW_BY_DATE) {
        g_autoptr(sqlite3_stmt) row =
            store_select(db, NULL, "SELECT text, number FROM folder_thread_order WHERE folder_id = ? AND thread_id = ? AND sort = ?",
                         NUM(folder_id), NUM(thread_id), NUM(query->sort));
        if (row == NULL || !store_step(db, row, NULL))
            return false;
        g_strlcpy(at.text, (const char *)sqlite3_column_text(row, 0), sizeof at.text);
        at.key = sqlite3_column_int64(row, 1);
    }
    *position_out = at;
    return folder_id != 0;
}

bool store_window_find(store *db, const struct window_query *query, int64_t placement_id, struct window_position *position_out)
{
    g_autoptr(sqlite3_stmt) row = store_select(db, NULL, order_of_placement, NUM(placement_id), NUM(query->sort));
    struct window_position at = { .tie = placement_id };
    if (row == NULL || !store_step(db, row, NULL) || !is_in_set(set_of(query), sqlite3_column_int64(row, 0)))
        return false;
    if (query->kind == WINDOW_THREADS)
        return thread_find(db, query, sqlite3_column_int64(row, 1), position_out);
    g_strlcpy(at.text, (const char *)sqlite3_column_text(row, 2), sizeof at.text);
    at.key = sqlite3_column_int64(row, 3);
    *position_out = at;
    return true;
}

bool store_window_locate(store *db, enum window_kind kind, int64_t folder_id, int64_t placement_id, int64_t *key_out, int64_t *tie_out)
{
    g_autoptr(sqlite3_stmt) row =
        kind == WINDOW_MESSAGES
            ? store_select(db, NULL, "SELECT sort_key, id FROM placements WHERE id = ? AND folder_id = ?", NUM(placement_id),
                           NUM(folder_id))
            : store_select(db, NULL,
                           "SELECT t.sort_key, t.thread_id FROM placements AS p JOIN folder_threads AS t ON t.folder_id = p.folder_id"
                           " AND t.thread_id = p.thread_id WHERE p.id = ? AND p.folder_id = ?",
                           NUM(placement_id), NUM(folder_id));
    if (row == NULL || !store_step(db, row, NULL))
        return false;
    *key_out = sqlite3_column_int64(row, 0);
    *tie_out = sqlite3_column_int64(row, 1);
    return true;
}

int64_t store_window_next_unread(store *db, int64_t folder_id, int64_t anchor_key, int64_t anchor_tie, bool is_downwards)
{
    int64_t id = 0;
    store_number(db, &id, NULL, is_downwards ? next_unread_down : next_unread_up, NUM(folder_id), NUM(anchor_key), NUM(anchor_tie));
    return id;
}
