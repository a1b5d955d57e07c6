/* SPDX-License-Identifier: MIT */
/* Orders of a folder other than by date. A folder nobody sorts so costs nothing: the triggers ask one small table. */
#include "core/store_order.h"
#include "core/schema.h"
#include "core/store_private.h"
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

enum { SAID_EVERY = 5000 };

/* --- keys --- */

/* "Re:", "AW[2]:", "Fwd:" in the languages one meets; sorted by subject an answer stands beside its question. */
static const char *const answer_words[] = {
    "re", "fw", "fwd", "aw", "wg", "sv", "vs", "antw", "rif", "odp", "ynt", "tr", "rv", "enc", "res"
};

static const char *skip_answer(const char *text)
{
    size_t length = 0;
    while (g_ascii_isalpha(text[length]) && length < 6)
        length++;
    for (size_t i = 0; i < G_N_ELEMENTS(answer_words); i++) {
        if (strlen(answer_words[i]) != length || g_ascii_strncasecmp(text, answer_words[i], length) != 0)
            continue;
        const char *rest = text + length;
        if (*rest == '[' || *rest == '(')
            rest += 1 + strspn(rest + 1, "0123456789") + 1;
        return *rest == ':' ? rest + 1 : NULL;
    }
    return NULL;
}

static const char *skip_start(enum window_sort sort, const char *text)
{
    for (;;) {
        text += strspn(text, " \t\r\n\"'<(");
        const char *rest = sort == WINDOW_BY_SUBJECT ? skip_answer(text) : NULL;
        if (rest == NULL)
            return text;
        text = rest;
    }
}

void store_order_text(enum window_sort sort, const char *text, char *key_out)
{
    *key_out = '\0';
    if (text == NULL || sort == WINDOW_BY_DATE || sort == WINDOW_BY_SIZE)
        return;
    g_autofree char *start = g_utf8_substring(skip_start(sort, text), 0, MIN(g_utf8_strlen(skip_start(sort, text), -1), WINDOW_TEXT_MAX));
    g_autofree char *split = g_utf8_normalize(start, -1, G_NORMALIZE_ALL);
    g_autofree char *folded = g_utf8_casefold(split != NULL ? split : "", -1);
    size_t used = 0;
    for (const char *at = folded; *at != '\0'; at = g_utf8_next_char(at)) {
        size_t length = (size_t)(g_utf8_next_char(at) - at);
        if (g_unichar_ismark(g_utf8_get_char(at)))
            continue;
        if (used + length >= WINDOW_TEXT_MAX)
            break;
        memcpy(key_out + used, at, length);
        used += length;
    }
    key_out[used] = '\0';
}

/* order_text(sort, subject, sender) */
static void order_text(sqlite3_context *context, int count, sqlite3_value **values)
{
    char key[WINDOW_TEXT_MAX];
    (void)count;
    int sort = sqlite3_value_int(values[0]);
    const char *text = (const char *)sqlite3_value_text(values[sort == WINDOW_BY_SUBJECT ? 1 : 2]);
    g_autofree char *valid = text != NULL ? g_utf8_make_valid(text, -1) : NULL;
    store_order_text((enum window_sort)sort, valid, key);
    sqlite3_result_text(context, key, -1, SQLITE_TRANSIENT);
}

bool store_order_register(sqlite3 *db)
{
    return sqlite3_create_function_v2(db, "order_text", 3, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL, order_text, NULL,
                                      NULL, NULL) == SQLITE_OK;
}

/* --- building --- */

/* What is built, of what, in the order of the index: it is then written from front to back, not all over. A message that left meanwhile stays out; one that
 * came has been put in by the triggers; of a conversation only the name is taken from the old snapshot. */
struct plan {
    const char *is_ready, *announce, *finish, *count, *rows, *write;
};
static const struct plan plans[] = {
    [WINDOW_MESSAGES] = { "SELECT is_ready FROM folder_orders WHERE folder_id = ? AND sort = ?",
                          "INSERT OR IGNORE INTO folder_orders(folder_id, sort) VALUES(?, ?)",
                          "UPDATE folder_orders SET is_ready = 1 WHERE folder_id = ? AND sort = ?",
                          "SELECT total FROM folders WHERE id = ?",
                          "SELECT order_text(?2, m.subject, coalesce(m.from_name, m.from_address)) AS text,"
                          " CASE ?2 WHEN 3 THEN m.size_bytes ELSE -p.sort_key END AS number, p.id, p.sort_key FROM placements AS p"
                          " INDEXED BY placements_by_sort CROSS JOIN messages AS m ON m.id = p.message_id WHERE p.folder_id = ?1"
                          " ORDER BY 1, 2, 3",
                          "INSERT OR IGNORE INTO folder_order(folder_id, sort, text, number, placement_id) SELECT ?1, ?2, ?3, ?4, id FROM"
                          " placements WHERE id = ?5 AND folder_id = ?1 AND sort_key = ?6" },
    [WINDOW_THREADS] = { "SELECT is_ready FROM folder_thread_orders WHERE folder_id = ? AND sort = ?",
                         "INSERT OR IGNORE INTO folder_thread_orders(folder_id, sort) VALUES(?, ?)",
                         "UPDATE folder_thread_orders SET is_ready = 1 WHERE folder_id = ? AND sort = ?",
                         "SELECT count(*) FROM folder_threads WHERE folder_id = ?",
                         "SELECT '', 0, thread_id, 0 FROM folder_threads WHERE folder_id = ?1 ORDER BY thread_id",
                         SCHEMA_THREAD_ORDER("?1", "?5") },
};
G_STATIC_ASSERT(WINDOW_BY_SIZE == 3);

bool store_order_is_ready(store *db, int64_t folder_id, enum window_kind kind, enum window_sort sort)
{
    int64_t is_ready = sort == WINDOW_BY_DATE;
    if (!is_ready)
        store_number(db, &is_ready, NULL, plans[kind].is_ready, NUM(folder_id), NUM(sort));
    return is_ready != 0;
}

struct build {
    store *db, *reader;
    const struct plan *plan;
    int64_t folder_id;
    enum window_sort sort;
    store_order_tell *tell;
    void *data;
    int64_t done, total;
};

static bool row_write(const struct build *self, sqlite3_stmt *row, GError **error)
{
    return store_run(self->db, error, self->plan->write, NUM(self->folder_id), NUM(self->sort),
                     TXT((const char *)sqlite3_column_text(row, 0)), NUM(sqlite3_column_int64(row, 1)), NUM(sqlite3_column_int64(row, 2)),
                     NUM(sqlite3_column_int64(row, 3)));
}

static bool rows_write(struct build *self, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(self->reader, error, self->plan->rows, NUM(self->folder_id), NUM(self->sort));
    GError *failure = NULL;
    if (row == NULL)
        return false;
    while (store_step(self->reader, row, &failure)) {
        if (!row_write(self, row, error) || !store_breathe(self->db, error))
            return false;
        if (++self->done % SAID_EVERY == 0 && self->tell != NULL)
            self->tell(self->data, self->done, self->total);
    }
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

static bool rows_write_all(struct build *self, GError **error)
{
    if (!store_begin(self->db, error))
        return false;
    bool is_done = rows_write(self, error) && store_run(self->db, error, self->plan->finish, NUM(self->folder_id), NUM(self->sort));
    return store_end(self->db, is_done, error);
}

bool store_order_build(store *db, int64_t folder_id, enum window_kind kind, enum window_sort sort, store_order_tell *tell, void *data,
                       GError **error)
{
    struct build self = { .db = db, .plan = &plans[kind], .folder_id = folder_id, .sort = sort, .tell = tell, .data = data };
    if (store_order_is_ready(db, folder_id, kind, sort))
        return true;
    if (!store_number(db, &self.total, error, self.plan->count, NUM(folder_id)) ||
        !store_run(db, error, self.plan->announce, NUM(folder_id), NUM(sort)))
        return false;
    /* Its snapshot grows old while others write, which a connection that writes itself may not have. */
    g_autoptr(store) reader = store_open(sqlite3_db_filename(store_db(db), "main"), STORE_READER, error);
    self.reader = reader;
    return reader != NULL && store_exec(reader, "PRAGMA temp_store = FILE", error) && rows_write_all(&self, error);
}

/* --- what is remembered --- */

bool store_order_remembered(store *db, int64_t folder_id, struct window_order *order_out)
{
    g_autofree char *key = g_strdup_printf("ui.order.%" G_GINT64_FORMAT, folder_id);
    g_autofree char *line = store_get_meta(db, key);
    int sort = 0, is_reversed = 0, is_flat = 0;
    if (line == NULL || sscanf(line, "%d %d %d", &sort, &is_reversed, &is_flat) != 3 || sort < 0 || sort >= WINDOW_SORTS)
        return false;
    *order_out = (struct window_order){ (enum window_sort)sort, is_reversed != 0, is_flat != 0 };
    return true;
}

bool store_order_remember(store *db, int64_t folder_id, const struct window_order *order, GError **error)
{
    g_autofree char *key = g_strdup_printf("ui.order.%" G_GINT64_FORMAT, folder_id);
    g_autofree char *line = g_strdup_printf("%d %d %d", (int)order->sort, order->is_reversed, order->is_flat);
    return store_set_meta(db, key, line, error);
}
