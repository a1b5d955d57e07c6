/* SPDX-License-Identifier: MIT */
/* Which bodies are wanted and not here: each folder once from its newest message down, then only what comes. The files themselves are asked, no record of
 * them: a cache may be deleted at any time. */
#include "core/sync_bodies_private.h"
#include "core/store_private.h"

#define PAGE 500

/* One walk through a folder. */
struct walk {
    int64_t folder_id; /* 0: none */
    struct account_sync_policy policy;
    int64_t least_key;             /* older ones are not wanted */
    bool is_news;                  /* by number, above above_uid; else by sort key */
    uint32_t above_uid, below_uid; /* news */
    int64_t key, id;               /* all: the last one looked at */
    uint32_t top_uid;              /* when it began */
    bool is_index_idle;            /* it has read all it was told: what it does not know was never told */
    uint64_t looked, total;
};

struct body_plan {
    GHashTable *seen;  /* int64 folder → int64 UID: up to this one all was looked at */
    GArray *folders;   /* of int64: to be walked, the most wanted last */
    int64_t looked_at; /* the newest row of all when the folders were last looked through; -1: never */
    struct walk walk;
};

body_plan *body_plan_new(void)
{
    body_plan *self = g_new0(body_plan, 1);
    self->seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    self->folders = g_array_new(FALSE, FALSE, sizeof(int64_t));
    self->looked_at = -1;
    return self;
}

void body_plan_free(body_plan *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->seen);
    g_array_unref(self->folders);
    g_free(self);
}

void body_plan_forget(body_plan *self)
{
    g_hash_table_remove_all(self->seen);
    g_array_set_size(self->folders, 0);
    self->walk = (struct walk){ 0 };
    self->looked_at = -1;
}

void body_plan_progress(const body_plan *self, int64_t *done_out, int64_t *total_out)
{
    *total_out = (int64_t)MIN(self->walk.total, G_MAXINT64);
    *done_out = MIN((int64_t)self->walk.looked, *total_out);
}

/* --- which folders --- */
static int64_t seen_uid(const body_plan *self, int64_t folder_id)
{
    const int64_t *known = g_hash_table_lookup(self->seen, &folder_id);
    return known != NULL ? *known : -1;
}

static int64_t top_uid(imap_session *session, int64_t folder_id)
{
    int64_t top = 0;
    store_number(session->store, &top, NULL, "SELECT max(uid) FROM placements WHERE folder_id = ? AND uid > 0", NUM(folder_id));
    return top;
}

static int by_want(gconstpointer left, gconstpointer right)
{
    const struct folder *a = *(struct folder *const *)left, *b = *(struct folder *const *)right;
    bool a_first = a->role == FOLDER_INBOX, b_first = b->role == FOLDER_INBOX;
    return a_first != b_first ? a_first - b_first : a->total < b->total ? 1 : a->total > b->total ? -1 : 0; /* small ones are soon done */
}

/* Nothing new anywhere costs one look at the end of a table. */
static bool find_folders(body_plan *self, imap_session *session, GError **error)
{
    int64_t newest = 0;
    if (!store_number(session->store, &newest, error, "SELECT max(id) FROM placements"))
        return error == NULL || *error == NULL;
    if (newest == self->looked_at)
        return true;
    g_autoptr(GPtrArray) folders = store_folders(session->store, session->account->id, error);
    if (folders == NULL)
        return false;
    self->looked_at = newest;
    g_ptr_array_sort(folders, by_want);
    for (guint i = 0; i < folders->len; i++) {
        const struct folder *each = g_ptr_array_index(folders, i);
        int64_t id = each->id;
        if (body_policy(session, each).bodies != ACCOUNT_BODIES_HEADERS && top_uid(session, id) > seen_uid(self, id))
            g_array_append_val(self->folders, id);
    }
    return true;
}

/* --- a walk --- */
static void begin_walk(body_plan *self, imap_session *session, const struct folder *where)
{
    struct walk *walk = &self->walk;
    int64_t seen = seen_uid(self, where->id), least = 0, news = 0;
    *walk = (struct walk){ .folder_id = where->id, .policy = body_policy(session, where), .key = G_MAXINT64, .id = G_MAXINT64 };
    walk->top_uid = (uint32_t)top_uid(session, where->id);
    walk->is_news = seen >= 0;
    walk->above_uid = seen > 0 ? (uint32_t)seen : 0;
    walk->below_uid = UINT32_MAX;
    least = body_policy_least_key(session, where->id, &walk->policy);
    walk->least_key = least;
    store_number(session->store, &news, NULL, "SELECT id FROM search_news LIMIT 1");
    walk->is_index_idle = news == 0 && !walk->is_news;
    walk->total = walk->is_news ? walk->top_uid - walk->above_uid : MIN((uint64_t)MAX(where->total, 0), walk->policy.newest);
}

/* Before the folder's first page: nothing of it is known to be wanted. */
static bool next_walk(body_plan *self, imap_session *session)
{
    while (self->folders->len > 0) {
        int64_t id = g_array_index(self->folders, int64_t, self->folders->len - 1);
        g_array_set_size(self->folders, self->folders->len - 1);
        g_autoptr(folder) where = store_folder(session->store, id, NULL);
        if (where == NULL || body_policy(session, where).bodies == ACCOUNT_BODIES_HEADERS)
            continue;
        begin_walk(self, session, where);
        return true;
    }
    return false;
}

void body_plan_skip_folder(body_plan *self)
{
    int64_t top = self->walk.top_uid;
    if (self->walk.folder_id != 0)
        g_hash_table_insert(self->seen, g_memdup2(&self->walk.folder_id, sizeof self->walk.folder_id), g_memdup2(&top, sizeof top));
    self->walk.folder_id = 0;
}

struct row {
    int64_t id, message_id, key, size;
    uint32_t uid;
    bool is_there, has_preview; /* the message; whether a first look was taken at its text */
};

#define ROW                                                                                                                                \
    "SELECT p.id, p.message_id, p.sort_key, p.uid, m.id IS NOT NULL, m.size_bytes, m.preview IS NOT NULL"                                  \
    " FROM placements AS p LEFT JOIN messages AS m ON m.id = p.message_id WHERE p.folder_id = ?"

static sqlite3_stmt *page_of(struct walk *walk, store *db, GError **error)
{
    if (walk->is_news)
        return store_select(db, error, ROW " AND p.uid > ? AND p.uid < ? AND p.uid > 0 ORDER BY p.uid DESC LIMIT ?", NUM(walk->folder_id),
                            NUM(walk->above_uid), NUM(walk->below_uid), NUM(PAGE));
    return store_select(db, error, ROW " AND (p.sort_key, p.id) < (?, ?) AND p.sort_key >= ? ORDER BY p.sort_key DESC, p.id DESC LIMIT ?",
                        NUM(walk->folder_id), NUM(walk->key), NUM(walk->id), NUM(walk->least_key), NUM(PAGE));
}

/* *is_last_out: there is no further page. */
static bool read_page(struct walk *walk, store *db, GArray *rows, bool *is_last_out, GError **error)
{
    GError *failure = NULL;
    g_autoptr(sqlite3_stmt) at = page_of(walk, db, error);
    if (at == NULL)
        return false;
    while (store_step(db, at, &failure)) {
        const struct row row = { .id = sqlite3_column_int64(at, 0),
                                 .message_id = sqlite3_column_int64(at, 1),
                                 .key = sqlite3_column_int64(at, 2),
                                 .uid = (uint32_t)sqlite3_column_int64(at, 3),
                                 .is_there = sqlite3_column_int(at, 4) != 0,
                                 .size = sqlite3_column_int64(at, 5),
                                 .has_preview = sqlite3_column_int(at, 6) != 0 };
        g_array_append_val(rows, row);
        walk->key = row.key;
        walk->id = row.id;
        walk->below_uid = row.uid;
    }
    *is_last_out = rows->len < PAGE;
    walk->looked += rows->len;
    if (failure != NULL)
        g_propagate_error(error, failure);
    return failure == NULL;
}

enum look { LOOK_PASS, LOOK_HERE, LOOK_UNTOLD, LOOK_WANTED };

static enum look look_at(const struct walk *walk, blob_bulk *files, const struct row *row, struct body_wish *wish_out)
{
    bool is_all = walk->policy.bodies == ACCOUNT_BODIES_EVERYTHING;
    int64_t size = row->size;
    if (row->uid == 0 || row->key < walk->least_key || !row->is_there)
        return LOOK_PASS;
    bool is_too_large = size > 0 && (uint64_t)size > walk->policy.max_size;
    bool is_text = size > BODY_WHOLE_MAX && (!is_all || is_too_large);
    if (blob_bulk_has(files, row->message_id, is_all && !is_text ? size : -1))
        return row->has_preview ? LOOK_HERE : LOOK_UNTOLD;
    if (is_too_large && !is_text)
        return LOOK_PASS;
    *wish_out = (struct body_wish){ .message_id = row->message_id, .size = size, .uid = row->uid, .is_text = is_text };
    return LOOK_WANTED;
}

static void look_at_all(body_plan *self, blob_bulk *files, const GArray *rows, GArray *wishes, GArray *untold)
{
    struct body_wish wish;
    for (guint i = 0; i < rows->len; i++) {
        const struct row *row = &g_array_index(rows, struct row, i);
        enum look look = look_at(&self->walk, files, row, &wish);
        if (look == LOOK_WANTED)
            g_array_append_val(wishes, wish);
        else if (look == LOOK_UNTOLD && self->walk.is_index_idle)
            g_array_append_val(untold, row->message_id);
    }
}

bool body_plan_next(body_plan *self, imap_session *session, blob_bulk *files, GArray *wishes, GArray *untold, int64_t *folder_out,
                    GError **error)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(struct row));
    if (self->walk.folder_id == 0 && self->folders->len == 0 && !find_folders(self, session, error))
        return false;
    while (wishes->len == 0 && !worker_is_stopping(session->thread) && (self->walk.folder_id != 0 || next_walk(self, session))) {
        bool is_last = false;
        g_array_set_size(rows, 0);
        *folder_out = self->walk.folder_id;
        if (!read_page(&self->walk, session->store, rows, &is_last, error))
            return false;
        look_at_all(self, files, rows, wishes, untold);
        if (is_last)
            body_plan_skip_folder(self); /* all of it was looked at */
    }
    return true;
}
