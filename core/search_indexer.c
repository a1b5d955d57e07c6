/* SPDX-License-Identifier: MIT */
/* The background indexer: headers first, for all mail; then the texts of what is on this disk, newest first. */
#include "core/search_indexer.h"
#include "core/locate.h"
#include "core/message.h"
#include "core/search_index.h"
#include "core/store_private.h"
#include "core/structure.h"
#include "core/worker.h"
#include <glib/gi18n-lib.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    HEADERS_AT_ONCE = 1000,
    TEXTS_AT_ONCE = 50, /* taking a message apart costs about a millisecond */
    GONE_AT_ONCE = 200,
    LOOK_MS = 5000, /* for what other programs did; our own threads ring */
    TRY_AGAIN_MS = 30000,
    BUSY_AGAIN_MS = 500,
    DAMAGED_MS = 500,
    NICE = 10,
    PLACES_MAX = 5,
    PREVIEW_CHARS = 160,
    MUCH = 5000 /* left to do: worth telling */
};
#define FILE_MAX    (64 * 1024 * 1024)
#define INDEXER_JOB INT64_C(-1001) /* among the jobs of EVENT_PROGRESS */

enum step { STEP_IDLE, STEP_MORE, STEP_FAILED };

struct indexing {
    store *db;
    search_index *index;
    bool (*is_stopping)(void *data);
    void *data;
};

/* --- a message as the index wants it --- */

struct item {
    struct search_text text;
    char *owned[8];
    char *preview; /* found out by the way; NULL: it is known, or there is no text here */
    bool wants_preview;
    int64_t date;
};

static void item_free(gpointer data)
{
    struct item *item = data;
    for (size_t i = 0; i < G_N_ELEMENTS(item->owned); i++)
        g_free(item->owned[i]);
    g_free(item->preview);
    g_free(item);
}

enum { OWNED_SUBJECT, OWNED_NAME, OWNED_ADDRESS, OWNED_RECIPIENTS, OWNED_CC, OWNED_LIST, OWNED_ATTACHMENTS, OWNED_BODY };

#define ITEM_COLUMNS                                                                                                                       \
    "SELECT m.id, m.subject, m.from_name, m.from_address, m.recipients, m.cc, m.list_id, m.date_utc,"                                      \
    " (SELECT min(p.sort_key) >> 24 FROM placements AS p WHERE p.message_id = m.id),"                                                      \
    " CASE WHEN m.attachment_count > 0 THEN m.structure END, m.preview IS NULL FROM messages AS m"

/* The sender's date, unless it lies in the future: then when it came. */
static int64_t date_of(int64_t sent_utc, int64_t received_utc)
{
    bool is_possible = sent_utc > 0 && (received_utc <= 0 || sent_utc <= received_utc + 86400);
    return is_possible ? sent_utc : received_utc > 0 ? received_utc : sent_utc;
}

static struct item *item_read(sqlite3_stmt *row)
{
    struct item *item = g_new0(struct item, 1);
    for (int i = 0; i < 6; i++)
        item->owned[i] = store_column_dup(row, i + 1);
    item->owned[OWNED_ATTACHMENTS] = structure_filenames((const char *)sqlite3_column_text(row, 9));
    item->wants_preview = sqlite3_column_int(row, 10) != 0;
    item->text = (struct search_text){ .message_id = sqlite3_column_int64(row, 0),
                                       .subject = item->owned[OWNED_SUBJECT],
                                       .from_name = item->owned[OWNED_NAME],
                                       .from_address = item->owned[OWNED_ADDRESS],
                                       .recipients = item->owned[OWNED_RECIPIENTS],
                                       .cc = item->owned[OWNED_CC],
                                       .list_id = item->owned[OWNED_LIST],
                                       .attachments = item->owned[OWNED_ATTACHMENTS],
                                       .date_utc = date_of(sqlite3_column_int64(row, 7), sqlite3_column_int64(row, 8)) };
    return item;
}

/* --- its text --- */

/* Where its bytes are on this computer; NULL: nowhere. */
static char *item_path(struct indexing *self, int64_t message_id)
{
    int64_t ids[PLACES_MAX];
    size_t count = 0;
    {
        g_autoptr(sqlite3_stmt) row =
            store_select(self->db, NULL, "SELECT id FROM placements WHERE message_id = ? ORDER BY file IS NULL, id LIMIT ?",
                         NUM(message_id), NUM(PLACES_MAX));
        while (row != NULL && count < PLACES_MAX && store_step(self->db, row, NULL))
            ids[count++] = sqlite3_column_int64(row, 0);
    }
    for (size_t i = 0; i < count; i++) {
        g_autoptr(placement) place = store_placement(self->db, ids[i], NULL);
        char *path = place != NULL ? locate_message(self->db, place) : NULL;
        if (path != NULL)
            return path;
    }
    return NULL;
}

static char *names_of_parts(const message *parsed)
{
    const GPtrArray *parts = message_parts(parsed);
    GString *names = g_string_new(NULL);
    for (guint i = 0; i < parts->len; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        if (part->filename != NULL)
            g_string_append_printf(names, "%s ", part->filename);
    }
    return g_string_free(names, FALSE);
}

static void item_add_text(struct indexing *self, struct item *item)
{
    g_autofree char *path = item_path(self, item->text.message_id);
    struct stat about;
    if (path == NULL || stat(path, &about) != 0 || about.st_size > FILE_MAX)
        return;
    g_autoptr(message) parsed = message_load(path, NULL);
    if (parsed == NULL)
        return;
    struct text *shown = message_text(parsed, MESSAGE_VIEW_BEST);
    item->text.body = item->owned[OWNED_BODY] = text_plain(shown);
    text_free(shown);
    if (item->wants_preview)
        item->preview = message_preview(parsed, PREVIEW_CHARS);
    char *names = names_of_parts(parsed);
    if (*names != '\0' || item->owned[OWNED_ATTACHMENTS] == NULL) {
        g_free(item->owned[OWNED_ATTACHMENTS]);
        item->text.attachments = item->owned[OWNED_ATTACHMENTS] = names;
    } else {
        g_free(names);
    }
}

/* --- steps --- */

static bool is_stopping(const struct indexing *self)
{
    return self->is_stopping != NULL && self->is_stopping(self->data);
}

static int by_date(gconstpointer a, gconstpointer b)
{
    const struct item *const *one = a, *const *other = b;
    int64_t x = (*one)->text.date_utc, y = (*other)->text.date_utc;
    return x != y ? (x < y ? -1 : 1) : (*one)->text.message_id < (*other)->text.message_id ? -1 : 1;
}

/* FTS5 collects in memory what comes in ascending order, and writes out what it has whenever it does not. */
static bool put_all(struct indexing *self, GPtrArray *items, GError **error)
{
    g_ptr_array_sort(items, by_date);
    for (guint i = 0; i < items->len; i++) {
        const struct item *item = g_ptr_array_index(items, i);
        if (!search_index_put(self->index, &item->text, error))
            return false;
    }
    return true;
}

static GPtrArray *items_behind(struct indexing *self, int64_t last, int limit, GError **error)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(item_free);
    g_autoptr(sqlite3_stmt) row =
        store_select(self->db, error, ITEM_COLUMNS " WHERE m.id > ? ORDER BY m.id LIMIT ?", NUM(last), NUM(limit));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    while (store_step(self->db, row, &failure))
        g_ptr_array_add(items, item_read(row));
    if (failure == NULL)
        return g_steal_pointer(&items);
    g_propagate_error(error, failure);
    return NULL;
}

static struct item *item_of(struct indexing *self, int64_t message_id)
{
    g_autoptr(sqlite3_stmt) row = store_select(self->db, NULL, ITEM_COLUMNS " WHERE m.id = ?", NUM(message_id));
    return row != NULL && store_step(self->db, row, NULL) ? item_read(row) : NULL;
}

/* Ids rise in the order in which messages are committed, so what is behind the last one is all that is new. */
static enum step step_new(struct indexing *self, GError **error)
{
    search_index_look(self->index); /* another one may have gone on with it, or emptied it */
    int64_t last = search_index_last(self->index);
    g_autoptr(GPtrArray) items = items_behind(self, last, HEADERS_AT_ONCE, error);
    if (items == NULL)
        return STEP_FAILED;
    if (items->len == 0)
        return STEP_IDLE;
    int64_t reached = ((const struct item *)g_ptr_array_index(items, items->len - 1))->text.message_id;
    for (guint i = 0; i < items->len; i++)
        ((struct item *)g_ptr_array_index(items, i))->text.is_body_wanted = true;
    if (!search_index_begin(self->index, error))
        return STEP_FAILED;
    /* Two programs at once: the other one was faster. */
    bool is_ours = search_index_last(self->index) == last;
    bool is_done = !is_ours || (put_all(self, items, error) && search_index_set_last(self->index, reached, error));
    return search_index_end(self->index, is_done, error) ? STEP_MORE : STEP_FAILED;
}

/* Messages that were fetched in bulk are taken apart here for the first time. The index has the text already: it is not told of the change. */
static bool note_previews(struct indexing *self, GPtrArray *items, GError **error)
{
    bool is_done = store_begin(self->db, error);
    for (guint i = 0; is_done && i < items->len; i++) {
        const struct item *item = g_ptr_array_index(items, i);
        int64_t last = 0;
        if (item->preview == NULL)
            continue;
        is_done =
            store_number(self->db, &last, error, "SELECT coalesce(max(id), 0) FROM search_news") &&
            store_message_set_preview(self->db, item->text.message_id, item->preview, error) &&
            store_run(self->db, error, "DELETE FROM search_news WHERE id > ? AND message_id = ?", NUM(last), NUM(item->text.message_id)) &&
            store_breathe(self->db, error);
    }
    return store_end(self->db, is_done, error);
}

static enum step put_texts(struct indexing *self, const GArray *ids, GError **error)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(item_free);
    bool is_done = true;
    for (guint i = 0; is_done && i < ids->len && !is_stopping(self); i++) {
        struct item *item = item_of(self, g_array_index(ids, int64_t, i));
        if (item == NULL) {
            is_done = search_index_give_up(self->index, g_array_index(ids, int64_t, i), error); /* it went: step_gone takes it out */
            continue;
        }
        item_add_text(self, item);
        g_ptr_array_add(items, item);
    }
    if (!is_done || !search_index_begin(self->index, error))
        return STEP_FAILED;
    if (!search_index_end(self->index, put_all(self, items, error), error))
        return STEP_FAILED;
    return note_previews(self, items, error) ? STEP_MORE : STEP_FAILED;
}

static GArray *ids_in(struct indexing *self, const char *sql, int limit, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(sqlite3_stmt) row = store_select(self->db, error, sql, NUM(limit));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    while (store_step(self->db, row, &failure)) {
        int64_t id = sqlite3_column_int64(row, 0);
        g_array_append_val(ids, id);
    }
    if (failure == NULL)
        return g_steal_pointer(&ids);
    g_propagate_error(error, failure);
    return NULL;
}

/* What was told is forgotten only after the index is on the disk: done twice it changes nothing. */
static bool forget(struct indexing *self, const char *sql, const GArray *ids, GError **error)
{
    if (!store_begin(self->db, error))
        return false;
    bool is_done = true;
    for (guint i = 0; is_done && i < ids->len; i++)
        is_done = store_run(self->db, error, sql, NUM(g_array_index(ids, int64_t, i))) && store_breathe(self->db, error);
    return store_end(self->db, is_done, error);
}

/* Of what is told again meanwhile there is a row of its own, which stays. */
static enum step step_news(struct indexing *self, GError **error)
{
    g_autoptr(GArray) rows = ids_in(self, "SELECT id FROM search_news ORDER BY id LIMIT ?", TEXTS_AT_ONCE, error);
    g_autoptr(GArray) ids = ids_in(self, "SELECT message_id FROM search_news ORDER BY id LIMIT ?", TEXTS_AT_ONCE, error);
    if (rows == NULL || ids == NULL || ids->len == 0)
        return rows == NULL || ids == NULL ? STEP_FAILED : STEP_IDLE;
    enum step step = put_texts(self, ids, error);
    if (step != STEP_MORE || is_stopping(self))
        return step;
    return forget(self, "DELETE FROM search_news WHERE id = ?", rows, error) ? STEP_MORE : STEP_FAILED;
}

static enum step step_wanted(struct indexing *self, GError **error)
{
    g_autoptr(GArray) ids = search_index_wanted(self->index, TEXTS_AT_ONCE, error);
    if (ids == NULL || ids->len == 0)
        return ids == NULL ? STEP_FAILED : STEP_IDLE;
    return put_texts(self, ids, error);
}

static bool remove_gone(struct indexing *self, GArray *ids, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(
        self->db, error, "SELECT message_id, subject, from_name, from_address, recipients, cc, list_id FROM search_gone LIMIT ?",
        NUM(GONE_AT_ONCE));
    GError *failure = NULL;
    bool is_done = row != NULL;
    while (is_done && store_step(self->db, row, &failure)) {
        const struct search_text text = { .message_id = sqlite3_column_int64(row, 0),
                                          .subject = (const char *)sqlite3_column_text(row, 1),
                                          .from_name = (const char *)sqlite3_column_text(row, 2),
                                          .from_address = (const char *)sqlite3_column_text(row, 3),
                                          .recipients = (const char *)sqlite3_column_text(row, 4),
                                          .cc = (const char *)sqlite3_column_text(row, 5),
                                          .list_id = (const char *)sqlite3_column_text(row, 6) };
        is_done = search_index_remove(self->index, &text, error);
        g_array_append_val(ids, text.message_id);
    }
    if (failure == NULL)
        return is_done;
    g_propagate_error(error, failure);
    return false;
}

static enum step step_gone(struct indexing *self, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t first = 0;
    if (!store_number(self->db, &first, error, "SELECT message_id FROM search_gone LIMIT 1") || first == 0)
        return error != NULL && *error != NULL ? STEP_FAILED : STEP_IDLE;
    if (!search_index_begin(self->index, error))
        return STEP_FAILED;
    if (!search_index_end(self->index, remove_gone(self, ids, error), error))
        return STEP_FAILED;
    return forget(self, "DELETE FROM search_gone WHERE message_id = ?", ids, error) ? STEP_MORE : STEP_FAILED;
}

/* New headers come before the texts of older mail. Gone comes first: what is gone was put in before. */
static enum step (*const steps[])(struct indexing *self, GError **error) = { step_new, step_gone, step_news, step_wanted };

static enum step step_next(struct indexing *self, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        enum step step = steps[i](self, error);
        if (step != STEP_IDLE)
            return step;
    }
    return STEP_IDLE;
}

static int64_t left_to_do(struct indexing *self)
{
    int64_t newest = 0;
    store_number(self->db, &newest, NULL, "SELECT max(id) FROM messages");
    return MAX(newest - search_index_last(self->index), 0);
}

static bool indexing_open(struct indexing *self, const char *store_path, GError **error)
{
    self->db = store_open(store_path, STORE_FILING, error);
    self->index = self->db != NULL ? search_index_open(self->db, error) : NULL;
    return self->index != NULL;
}

static void indexing_close(struct indexing *self)
{
    g_clear_pointer(&self->index, search_index_close);
    g_clear_pointer(&self->db, store_close);
}

bool search_indexer_catch_up(const char *store_path, bool (*told)(void *data, int64_t left), void *data, GError **error)
{
    struct indexing self = { 0 };
    enum step step = indexing_open(&self, store_path, error) ? STEP_MORE : STEP_FAILED;
    while (step == STEP_MORE) {
        step = step_next(&self, error);
        if (step == STEP_MORE && told != NULL && !told(data, left_to_do(&self)))
            break;
    }
    indexing_close(&self);
    return step != STEP_FAILED;
}

/* --- the thread --- */

struct search_indexer {
    worker *thread;
    char *store_path;
    event_queue *events;
    int64_t begun_at; /* what was left when much was left; 0: nothing is being told */
};

static void tell_progress(search_indexer *self, int64_t left, bool is_done)
{
    if (self->begun_at == 0 && (left < MUCH || is_done))
        return;
    self->begun_at = MAX(self->begun_at, left);
    const struct event progress = { .type = EVENT_PROGRESS,
                                    .item = INDEXER_JOB,
                                    .done = self->begun_at - left,
                                    .total = self->begun_at,
                                    .text = (char *)_("Making mail searchable"),
                                    .state = is_done || left == 0 ? JOB_DONE : JOB_RUNNING };
    event_post(self->events, &progress);
    if (progress.state == JOB_DONE)
        self->begun_at = 0;
}

static bool thread_is_stopping(void *data)
{
    return worker_is_stopping(data);
}

/* How long nothing needs to be looked at. */
static int index_all(search_indexer *self, worker *thread, struct indexing *work)
{
    g_autoptr(GError) error = NULL;
    const struct event more = { .type = EVENT_INDEX_CHANGED };
    enum step step = STEP_MORE;
    if (work->index == NULL && !indexing_open(work, self->store_path, &error))
        step = STEP_FAILED;
    while (step == STEP_MORE && !worker_is_stopping(thread)) {
        step = step_next(work, &error);
        if (step == STEP_MORE && self->events != NULL) {
            event_post(self->events, &more);
            tell_progress(self, left_to_do(work), false);
        }
    }
    if (step != STEP_FAILED)
        return LOOK_MS;
    /* Of another writer or a full disk there is nothing to say here that is not said elsewhere. A part may be in the index all the same. */
    if (self->events != NULL)
        event_post(self->events, &more);
    bool is_busy = g_error_matches(error, STORE_ERROR, STORE_ERROR_BUSY);
    bool is_damaged = g_error_matches(error, STORE_ERROR, STORE_ERROR_CORRUPT) && work->db != NULL;
    if (is_damaged)
        search_index_discard(work->db);
    indexing_close(work);
    return is_damaged ? DAMAGED_MS : is_busy ? BUSY_AGAIN_MS : TRY_AGAIN_MS;
}

static void indexer_main(worker *thread, void *data)
{
    search_indexer *self = data;
    struct indexing work = { .is_stopping = thread_is_stopping, .data = thread };
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE); /* Linux: of this thread alone. Refused it is only less polite. */
    while (!worker_is_stopping(thread)) {
        worker_clear_wake(thread);
        int rest_ms = index_all(self, thread, &work);
        worker_wait(thread, -1, rest_ms);
    }
    indexing_close(&work);
}

search_indexer *search_indexer_start(const char *store_path, event_queue *events)
{
    search_indexer *self = g_new0(search_indexer, 1);
    self->store_path = g_strdup(store_path);
    self->events = events;
    self->thread = worker_start("indexer", indexer_main, self);
    return self;
}

void search_indexer_wake(search_indexer *self)
{
    if (self != NULL)
        worker_wake(self->thread);
}

void search_indexer_free(search_indexer *self)
{
    if (self == NULL)
        return;
    worker_free(self->thread);
    g_free(self->store_path);
    g_free(self);
}
