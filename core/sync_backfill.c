/* SPDX-License-Identifier: MIT */
/* Headers of many old messages: two requests are under way, so that the server works while we write what the one before brought. */
#include "core/sync_backfill.h"
#include "core/bulk_writer.h"
#include "core/sync_convert.h"
#include <poll.h>
#include <string.h>

#define CHUNK_LEAST 300u  /* messages of one request: at first, and on slow lines, */
#define CHUNK_MOST  3000u /* and where one takes less than HASTE_MS */
#define HASTE_MS    80
#define LEISURE_MS  300
#define BATCH_LEAST 256u  /* rows that are written together, by a thread of their own while the server goes on: the first soon, */
#define BATCH_LAST  1024u /* when nothing more is asked for: at the end nobody but the writer works */
#define BATCH_MOST  4096u /* and more and more */
#define RUNS_MAX    300u  /* "5:9," of a set: lines of a request stay well below what servers read */
#define GATHER_US   1000  /* pieces of 2 KB, each with a wake-up of its own, cost a tenth of the whole */
#define BULK_LEAST  20u   /* fewer are a matter of their own transaction */

/* "5,7:9" of the last numbers, as many as one request asks for; they leave the array. NULL: there are none. */
static char *take_set(GArray *missing, guint most)
{
    GString *set = g_string_new(NULL);
    guint runs = 0, begin = missing->len;
    while (begin > 0 && missing->len - begin < most && runs <= RUNS_MAX) {
        begin--;
        runs += begin == 0 || g_array_index(missing, uint32_t, begin - 1) + 1 != g_array_index(missing, uint32_t, begin);
    }
    const uint32_t *uids = (const uint32_t *)(void *)missing->data;
    for (guint i = begin; i < missing->len;) {
        guint end = i;
        while (end + 1 < missing->len && uids[end + 1] == uids[end] + 1)
            end++;
        g_string_append_printf(set, end > i ? "%s%u:%u" : "%s%u", set->len > 0 ? "," : "", uids[i], uids[end]);
        i = end + 1;
    }
    g_array_set_size(missing, begin);
    return g_string_free(set, set->len == 0);
}

/* Those that were taken leave the array, in the order they had. */
static void drop_taken(GPtrArray *fetched, const struct bulk_row *rows, const guint *indexes, guint count)
{
    for (guint i = 0; i < count; i++) {
        if (rows[i].is_left)
            continue;
        fetched_free(fetched->pdata[indexes[i]]);
        fetched->pdata[indexes[i]] = NULL;
    }
    guint kept = 0;
    for (guint i = 0; i < fetched->len; i++)
        if (fetched->pdata[i] != NULL)
            fetched->pdata[kept++] = fetched->pdata[i];
    for (guint i = kept; i < fetched->len; i++)
        fetched->pdata[i] = NULL;
    g_ptr_array_set_size(fetched, (gint)kept);
}

/* Written, and said to be gone meanwhile: taken out again with the next write. */
static void note_gone(imap_session *self, int64_t folder_id, const struct bulk_row *rows, guint count)
{
    for (guint i = 0; i < count; i++) {
        if (rows[i].is_left || !imap_session_is_gone(self, folder_id, rows[i].uid, self->asked_at))
            continue;
        g_array_append_val(self->gone, rows[i].uid);
        self->is_changed = true;
    }
}

/* Those that have an envelope; returns how many. */
static guint rows_of(const GPtrArray *fetched, struct bulk_row *rows, guint *indexes)
{
    guint count = 0;
    for (guint i = 0; i < fetched->len; i++) {
        const struct fetched *each = g_ptr_array_index(fetched, i);
        if (!each->has_info)
            continue;
        rows[count] = (struct bulk_row){ each->uid, each->flags, each->keywords, each->modseq, &each->info, true };
        indexes[count++] = i;
    }
    return count;
}

static void settle_taken(imap_session *self, int64_t folder_id, GPtrArray *fetched, const struct bulk_row *rows, const guint *indexes,
                         guint count, size_t left)
{
    note_gone(self, folder_id, rows, count);
    drop_taken(fetched, rows, indexes, count);
    if (left < count)
        engine_post(self->account->engine, EVENT_FOLDER_CHANGED, self->account->id, folder_id, 0);
}

/* What needs no second thought goes together, all else as ever. */
static bool store_fetched(imap_session *self, int64_t folder_id, GError **error)
{
    g_autofree struct bulk_row *rows = g_new0(struct bulk_row, self->fetched->len);
    g_autofree guint *indexes = g_new0(guint, self->fetched->len);
    guint count = rows_of(self->fetched, rows, indexes);
    size_t left = 0;
    if (count >= BULK_LEAST) {
        if (!store_bulk_put(self->store, folder_id, rows, count, NULL, NULL, &left, error))
            return false;
        settle_taken(self, folder_id, self->fetched, rows, indexes, count, left);
    }
    return imap_session_store_fetched(self, folder_id, false, NULL, error);
}

static bool is_woken(const imap_session *self)
{
    struct pollfd wake = { .fd = worker_wake_fd(self->thread), .events = POLLIN };
    return worker_is_stopping(self->thread) || poll(&wake, 1, 0) > 0;
}

/* --- the run --- */

struct backfill {
    int64_t folder_id;
    guint chunk;
    GError *why; /* the store failed: the answer is read to its end all the same */
    /* --- the batch that the writer has --- */
    GPtrArray *flying; /* of struct fetched*; NULL: it has none */
    struct bulk_row *rows;
    guint *indexes;
    guint count;
    guint batch, batch_most; /* how many the next one has */
};

/* Waits for the writer, and sees to those it left. The rest is on this thread: what is told to be gone while a batch is with the writer is noted
 * in core/imap_gone, and looked up behind it. */
static bool land(imap_session *self, GError **error)
{
    struct backfill *run = self->backfill;
    size_t left = 0;
    if (run->flying == NULL)
        return true;
    bool is_done = bulk_writer_wait(self->writer, &left, error);
    GPtrArray *coming = self->fetched;
    self->fetched = g_steal_pointer(&run->flying);
    if (is_done) {
        settle_taken(self, run->folder_id, self->fetched, run->rows, run->indexes, run->count, left);
        is_done = imap_session_store_fetched(self, run->folder_id, false, NULL, error);
    }
    g_ptr_array_unref(self->fetched);
    self->fetched = coming;
    g_clear_pointer(&run->rows, g_free);
    g_clear_pointer(&run->indexes, g_free);
    return is_done;
}

/* What came goes to the writer, and what comes next is gathered anew. */
static bool launch(imap_session *self, GError **error)
{
    struct backfill *run = self->backfill;
    if (!land(self, error))
        return false;
    if (self->writer == NULL)
        self->writer = bulk_writer_new(self->account->engine->store_path);
    run->rows = g_new0(struct bulk_row, self->fetched->len);
    run->indexes = g_new0(guint, self->fetched->len);
    run->count = rows_of(self->fetched, run->rows, run->indexes);
    run->flying = self->fetched;
    self->fetched = g_ptr_array_new_with_free_func((GDestroyNotify)fetched_free);
    bulk_writer_put(self->writer, run->folder_id, run->rows, run->count);
    return true;
}

void sync_backfill_note(imap_session *self)
{
    struct backfill *run = self->backfill;
    if (self->fetched->len < run->batch)
        return;
    run->batch = MIN(run->batch * 2, run->batch_most);
    if (run->why != NULL || !launch(self, &run->why))
        g_ptr_array_set_size(self->fetched, 0); /* found missing again by the next comparison */
}

static imap_request ask(imap_session *self, GArray *missing)
{
    g_autofree char *set = take_set(missing, self->backfill->chunk);
    g_autofree char *items = sync_imap_items(self);
    return set != NULL ? imap_send_fetch(self->client, true, set, items) : 0;
}

/* So much at a time that what a person wishes meanwhile does not wait long behind it. */
static void adapt(struct backfill *run, int64_t took_us)
{
    if (took_us < HASTE_MS * 1000)
        run->chunk = MIN(run->chunk * 2, CHUNK_MOST);
    else if (took_us > LEISURE_MS * 1000)
        run->chunk = MAX(run->chunk / 2, CHUNK_LEAST);
}

static bool fetch_all(imap_session *self, GArray *missing, int64_t until, GError **error)
{
    struct imap_reply reply;
    imap_request now = ask(self, missing);
    while (now != 0) {
        int64_t begun = g_get_monotonic_time();
        imap_request next = is_woken(self) || begun >= until ? 0 : ask(self, missing);
        if (next == 0)
            self->backfill->batch = self->backfill->batch_most = BATCH_LAST;
        /* Also those the server does not give have left the array: a hole must not be asked for for ever. */
        if (!imap_wait(self->client, now, &reply, error))
            return false;
        if (self->backfill->why != NULL) {
            g_propagate_error(error, g_steal_pointer(&self->backfill->why));
            return false;
        }
        adapt(self->backfill, g_get_monotonic_time() - begun);
        now = next;
    }
    return true;
}

bool sync_backfill_run(imap_session *self, int64_t folder_id, GArray *missing, int budget_ms, GError **error)
{
    struct backfill run = { .folder_id = folder_id,
                            .chunk = self->backfill_chunk,
                            .batch = self->writer != NULL ? BATCH_MOST : BATCH_LEAST,
                            .batch_most = BATCH_MOST };
    run.chunk = MAX(run.chunk, CHUNK_LEAST);
    imap_session_ask(self);
    self->backfill = &run;
    net_stream_set_gathering(imap_client_stream(self->client), GATHER_US);
    bool is_done = fetch_all(self, missing, g_get_monotonic_time() + (int64_t)budget_ms * 1000, error);
    if (is_done && self->writer != NULL && self->fetched->len >= BULK_LEAST)
        is_done = launch(self, error);
    net_stream_set_gathering(imap_client_stream(self->client), 0);
    GError **why = is_done ? error : NULL; /* a line that broke takes nothing back of what was told whole */
    bool is_kept = land(self, why) && store_fetched(self, folder_id, why);
    is_done = is_done && is_kept;
    if (missing->len == 0 || !is_done)
        g_clear_pointer(&self->writer, bulk_writer_free);
    self->backfill = NULL;
    self->backfill_chunk = run.chunk;
    g_clear_error(&run.why);
    return is_done;
}
