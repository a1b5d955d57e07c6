/* SPDX-License-Identifier: MIT */
/* Bodies ahead: many messages in a command, several commands under way, each as large as the line carries in a tenth of a second. */
#include "core/sync_bodies_private.h"
#include "core/store_private.h"
#include "core/structure.h"
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <string.h>

#define STEP_MS      1000
#define UNDER_WAY    3u
#define BATCH_MS     100
#define BATCH_MIN    (INT64_C(64) << 10)
#define BATCH_MAX    (INT64_C(4) << 20)
#define BATCH_FIRST  (INT64_C(128) << 10)
#define BATCH_COUNT  500u
#define LARGE_MIN    (INT64_C(1) << 20) /* these come in pieces: what a person does need not wait for their end */
#define PIECE_MIN    (INT64_C(256) << 10)
#define LARGE_MAX    (INT64_C(2) << 30)
#define TEXT_MAX     (INT64_C(1) << 20)
#define OVERHEAD     200 /* bytes of an answer besides the message: many tiny ones are not free */
#define AFTER_FULL_S 600
#define WAIT_MS      50
#define TELL_MS      5000 /* each time is a sync to the disk */
#define TELL_MOST    5000u
#define JOB_LEAST    50

/* One UID FETCH under way. */
struct batch {
    imap_request number;
    int64_t bytes, sent_at;
    GArray *uids; /* of uint32_t */
};

/* A message under way. */
struct expected {
    struct body_wish wish;
    struct structure_node *root; /* its text comes in parts; NULL: it comes whole */
};

struct sync_bodies {
    body_plan *plan;
    blob_bulk *files;
    GArray *wishes;         /* of struct body_wish, the next one last */
    int64_t next_folder;    /* that they are of */
    GQueue under_way;       /* of struct batch* */
    GHashTable *expected;   /* UID → struct expected* */
    GArray *written;        /* of int64: message ids the index has not been told */
    int64_t told_at;        /* monotonic µs */
    unsigned opened;        /* the connection all of this belongs to */
    int64_t rate;           /* bytes a second; 0: not known */
    int64_t settled_at;     /* monotonic µs */
    int64_t full_until;     /* monotonic s: the disk was full */
    GError *failed;         /* a file that could not be written */
    struct body_wish large; /* under way in pieces; message_id 0: none */
    int64_t large_got;
    int64_t job, job_folder, job_done, job_total;
    bool has_told_full;
    bool is_new; /* some of what was written was not here before */
    engine_account *account;
};

static void batch_free(gpointer data)
{
    struct batch *batch = data;
    g_array_unref(batch->uids);
    g_free(batch);
}

static void expected_free(gpointer data)
{
    struct expected *expected = data;
    structure_node_free(expected->root);
    g_free(expected);
}

sync_bodies *sync_bodies_new(void)
{
    sync_bodies *self = g_new0(sync_bodies, 1);
    self->plan = body_plan_new();
    self->wishes = g_array_new(FALSE, FALSE, sizeof(struct body_wish));
    self->expected = g_hash_table_new_full(NULL, NULL, NULL, expected_free);
    self->written = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_queue_init(&self->under_way);
    return self;
}

void sync_bodies_free(sync_bodies *self)
{
    if (self == NULL)
        return;
    body_plan_free(self->plan);
    blob_bulk_free(self->files);
    g_array_unref(self->wishes);
    g_queue_clear_full(&self->under_way, batch_free);
    g_hash_table_unref(self->expected);
    g_array_unref(self->written);
    g_clear_error(&self->failed);
    g_free(self);
}

/* What was under way on the last connection is found missing again. */
static void begin_anew(sync_bodies *self, unsigned opened)
{
    g_queue_clear_full(&self->under_way, batch_free);
    g_queue_init(&self->under_way);
    g_hash_table_remove_all(self->expected);
    g_array_set_size(self->wishes, 0);
    self->large.message_id = 0;
    if (self->files != NULL)
        blob_bulk_abandon(self->files);
    body_plan_forget(self->plan);
    self->opened = opened;
    self->rate = 0;
}

static int64_t batch_bytes(const sync_bodies *self, int64_t least)
{
    return self->rate == 0 ? MAX(BATCH_FIRST, least) : CLAMP(self->rate / 1000 * BATCH_MS, least, BATCH_MAX);
}

/* --- what comes --- */
static const struct imap_section *section_named(const struct imap_fetch *fetch, const char *name)
{
    for (size_t i = 0; i < fetch->section_count; i++) {
        const struct imap_section *each = &fetch->sections[i];
        if (!each->is_nil && !each->has_origin && g_ascii_strcasecmp(each->name, name) == 0)
            return each;
    }
    return NULL;
}

/* NULL: something that was asked for is not there. */
static GBytes *skeleton_of(const struct imap_fetch *fetch, struct structure_node *root)
{
    g_autoptr(GHashTable) bodies = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    g_autoptr(GPtrArray) parts = structure_text_parts(root);
    const struct imap_section *header = section_named(fetch, "HEADER");
    for (guint i = 0; i < parts->len; i++) {
        const struct structure_node *part = g_ptr_array_index(parts, i);
        const struct imap_section *body = *part->section != '\0' ? section_named(fetch, part->section) : NULL;
        if (body == NULL)
            return NULL;
        g_hash_table_insert(bodies, g_strdup(part->section), g_bytes_new(body->bytes, body->length));
    }
    return header != NULL ? structure_skeleton(root, header->bytes, header->length, bodies) : NULL;
}

static void note_written(sync_bodies *self, int64_t message_id, int64_t size)
{
    g_array_append_val(self->written, message_id);
    self->is_new = true;
    atomic_fetch_add(&self->account->bodies_fetched, 1);
    atomic_fetch_add(&self->account->body_bytes_fetched, size);
}

static void keep(sync_bodies *self, int64_t message_id, const char *bytes, size_t size)
{
    if (self->failed == NULL && size > 0 && blob_bulk_put(self->files, message_id, bytes, size, &self->failed))
        note_written(self, message_id, (int64_t)size);
}

/* In a wait of the connection. What nobody asked for is not kept. */
static void on_body(void *data, const struct imap_fetch *fetch)
{
    sync_bodies *self = data;
    struct expected *expected = fetch->has & IMAP_FETCH_UID ? g_hash_table_lookup(self->expected, GUINT_TO_POINTER(fetch->uid)) : NULL;
    if (expected == NULL)
        return;
    const struct imap_section *whole = expected->root == NULL ? section_named(fetch, "") : NULL;
    g_autoptr(GBytes) skeleton = expected->root != NULL ? skeleton_of(fetch, expected->root) : NULL;
    gsize size = 0;
    const char *bytes = skeleton != NULL ? g_bytes_get_data(skeleton, &size) : NULL;
    if (whole != NULL)
        keep(self, expected->wish.message_id, whole->bytes, whole->length);
    else if (bytes != NULL)
        keep(self, expected->wish.message_id, bytes, size);
    else
        return; /* flags of it, told by the way */
    g_hash_table_remove(self->expected, GUINT_TO_POINTER(fetch->uid));
}

/* --- what is asked for --- */
static int by_number(gconstpointer left, gconstpointer right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

/* "5,7:9" */
static char *set_of(GArray *uids)
{
    GString *set = g_string_new(NULL);
    g_array_sort(uids, by_number);
    for (guint i = 0, end; i < uids->len; i = end + 1) {
        uint32_t first = g_array_index(uids, uint32_t, i);
        for (end = i; end + 1 < uids->len && g_array_index(uids, uint32_t, end + 1) == g_array_index(uids, uint32_t, end) + 1;)
            end++;
        g_string_append_printf(set, end > i ? "%s%u:%u" : "%s%u", set->len > 0 ? "," : "", first, g_array_index(uids, uint32_t, end));
    }
    return g_string_free(set, FALSE);
}

static void expect(sync_bodies *self, struct batch *batch, const struct body_wish *wish, struct structure_node *root /* taken */)
{
    struct expected *expected = g_new0(struct expected, 1);
    *expected = (struct expected){ .wish = *wish, .root = root };
    g_hash_table_insert(self->expected, GUINT_TO_POINTER(wish->uid), expected);
    g_array_append_val(batch->uids, wish->uid);
}

static void send(imap_session *session, sync_bodies *self, struct batch *batch /* taken */, const char *items)
{
    g_autofree char *set = set_of(batch->uids);
    batch->sent_at = g_get_monotonic_time();
    batch->number = imap_send_fetch(session->client, true, set, items);
    g_queue_push_tail(&self->under_way, batch);
}

static struct batch *batch_new(void)
{
    struct batch *batch = g_new0(struct batch, 1);
    batch->uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return batch;
}

static bool is_simple(const struct body_wish *wish)
{
    return !wish->is_text && wish->size < LARGE_MIN;
}

/* As many whole messages as fit. */
static void send_whole(imap_session *session, sync_bodies *self)
{
    struct batch *batch = batch_new();
    int64_t most = batch_bytes(self, BATCH_MIN);
    while (self->wishes->len > 0 && batch->uids->len < BATCH_COUNT) {
        const struct body_wish wish = g_array_index(self->wishes, struct body_wish, self->wishes->len - 1);
        if (!is_simple(&wish) || (batch->uids->len > 0 && batch->bytes + wish.size > most))
            break;
        g_array_set_size(self->wishes, self->wishes->len - 1);
        batch->bytes += wish.size + OVERHEAD;
        expect(self, batch, &wish, NULL);
    }
    send(session, self, batch, "(UID BODY.PEEK[])");
}

/* Header and text parts, in one command. False: it cannot be had so; it comes when it is opened. */
static bool send_text(imap_session *session, sync_bodies *self, const struct body_wish *wish)
{
    g_autofree char *text = NULL;
    {
        g_autoptr(sqlite3_stmt) row =
            store_select(session->store, NULL, "SELECT structure FROM messages WHERE id = ?", NUM(wish->message_id));
        if (row != NULL && store_step(session->store, row, NULL))
            text = store_column_dup(row, 0);
    }
    struct structure_node *root = text != NULL ? structure_read(text) : NULL;
    if (root == NULL || !structure_is_believable(root)) {
        structure_node_free(root);
        return false;
    }
    g_autoptr(GPtrArray) parts = structure_text_parts(root);
    g_autoptr(GString) items = g_string_new("(UID BODY.PEEK[HEADER]");
    int64_t bytes = OVERHEAD;
    for (guint i = 0; i < parts->len; i++) {
        const struct structure_node *part = g_ptr_array_index(parts, i);
        g_string_append_printf(items, " BODY.PEEK[%s]", part->section);
        bytes += *part->section != '\0' ? MAX(part->size, 0) : TEXT_MAX;
    }
    g_string_append_c(items, ')');
    if (bytes > TEXT_MAX) {
        structure_node_free(root);
        return false;
    }
    struct batch *batch = batch_new();
    batch->bytes = bytes;
    expect(self, batch, wish, root);
    send(session, self, batch, items->str);
    return true;
}

/* --- large messages, in pieces --- */
static bool begin_large(sync_bodies *self, const struct body_wish *wish)
{
    if (wish->size > LARGE_MAX || !blob_bulk_begin(self->files, wish->message_id, &self->failed))
        return false;
    self->large = *wish;
    self->large_got = 0;
    return true;
}

static void end_large(sync_bodies *self, bool is_whole)
{
    if (!is_whole)
        blob_bulk_abandon(self->files);
    else if (blob_bulk_end(self->files, &self->failed))
        note_written(self, self->large.message_id, self->large_got);
    self->large.message_id = 0;
}

static bool continue_large(imap_session *session, sync_bodies *self, GError **error)
{
    struct imap_reply reply;
    int64_t most = batch_bytes(self, PIECE_MIN), began = g_get_monotonic_time();
    g_autofree char *set = g_strdup_printf("%u", self->large.uid);
    g_autofree char *items = g_strdup_printf("(UID BODY.PEEK[]<%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT ">)", self->large_got, most);
    g_byte_array_set_size(session->section, 0);
    session->has_section = false;
    session->body_sink = NULL; /* pieces are collected as everywhere else */
    bool is_alive = imap_wait(session->client, imap_send_fetch(session->client, true, set, items), &reply, error);
    session->body_sink = on_body;
    if (!is_alive)
        return false;
    guint got = session->section->len;
    bool is_good = reply.status == IMAP_OK && (session->has_section || self->large_got > 0) && (int64_t)got <= most &&
                   self->large_got + got <= LARGE_MAX;
    is_good = is_good && blob_bulk_append(self->files, session->section->data, got, &self->failed);
    self->large_got += got;
    self->rate = (int64_t)got * G_USEC_PER_SEC / MAX(g_get_monotonic_time() - began, 1);
    g_byte_array_set_size(session->section, 0);
    if (!is_good || (int64_t)got < most)
        end_large(self, is_good);
    return true;
}

/* --- the pipeline --- */
/* The folder the wishes are of; numbers of another UIDVALIDITY are other messages. */
static bool select_folder(imap_session *session, sync_bodies *self, GError **error)
{
    bool is_refused = false;
    g_autoptr(GError) why = NULL;
    g_autoptr(folder) where = store_folder(session->store, self->next_folder, NULL);
    if (where != NULL && imap_session_select(session, where, &is_refused, &why) &&
        imap_client_mailbox(session->client)->uidvalidity == where->uidvalidity)
        return true;
    if (why != NULL && !is_refused)
        return g_propagate_error(error, g_steal_pointer(&why)), false;
    g_array_set_size(self->wishes, 0);
    body_plan_skip_folder(self->plan);
    return true;
}

static void reverse(GArray *wishes)
{
    for (guint i = 0; i < wishes->len / 2; i++) {
        struct body_wish *a = &g_array_index(wishes, struct body_wish, i);
        struct body_wish *b = &g_array_index(wishes, struct body_wish, wishes->len - 1 - i), copy = *a;
        *a = *b;
        *b = copy;
    }
}

static bool has_large(const sync_bodies *self)
{
    return self->large.message_id != 0;
}

/* Sends one more. *is_sent_out false: there is nothing, or what is under way must end first. */
static bool send_next(imap_session *session, sync_bodies *self, bool *is_sent_out, GError **error)
{
    bool is_busy = !g_queue_is_empty(&self->under_way);
    *is_sent_out = false;
    if (self->wishes->len == 0) {
        if (!body_plan_next(self->plan, session, self->files, self->wishes, self->written, &self->next_folder, error))
            return false;
        reverse(self->wishes);
    }
    if (self->wishes->len == 0 || (is_busy && session->folder_id != self->next_folder))
        return true;
    if (!select_folder(session, self, error))
        return false;
    if (self->wishes->len == 0)
        return *is_sent_out = true; /* not this folder */
    const struct body_wish wish = g_array_index(self->wishes, struct body_wish, self->wishes->len - 1);
    bool is_large = !wish.is_text && !is_simple(&wish);
    if (is_large && is_busy)
        return true;
    *is_sent_out = true;
    if (is_simple(&wish)) {
        send_whole(session, self);
        return true;
    }
    g_array_set_size(self->wishes, self->wishes->len - 1);
    if (is_large)
        begin_large(self, &wish);
    else
        send_text(session, self, &wish);
    return true;
}

/* Waits for the oldest answer. What the server did not give is not asked for again in this run. */
static bool settle_oldest(imap_session *session, sync_bodies *self, GError **error)
{
    struct imap_reply reply;
    struct batch *batch = g_queue_peek_head(&self->under_way);
    if (!imap_wait(session->client, batch->number, &reply, error))
        return false;
    int64_t now = g_get_monotonic_time(), took = now - MAX(batch->sent_at, self->settled_at);
    int64_t rate = batch->bytes * G_USEC_PER_SEC / MAX(took, 1);
    self->rate = self->rate == 0 ? rate : (self->rate + rate) / 2;
    self->settled_at = now;
    for (guint i = 0; i < batch->uids->len; i++)
        g_hash_table_remove(self->expected, GUINT_TO_POINTER(g_array_index(batch->uids, uint32_t, i)));
    batch_free(g_queue_pop_head(&self->under_way));
    return true;
}

/* Something that goes before: an end, another folder on the screen, an intent, a person who waits for a message. */
static bool is_interrupted(imap_session *session)
{
    struct pollfd wake = { .fd = worker_wake_fd(session->thread), .events = POLLIN };
    return worker_is_stopping(session->thread) || !engine_may_fetch_ahead(session->account) || engine_is_fetching(session->account) ||
           poll(&wake, 1, 0) > 0;
}

static bool pull(imap_session *session, sync_bodies *self, bool *is_done_out, GError **error)
{
    int64_t until = g_get_monotonic_time() + STEP_MS * 1000;
    for (;;) {
        bool is_sent = false, is_on = self->failed == NULL && g_get_monotonic_time() < until && !is_interrupted(session);
        if (is_on && has_large(self)) {
            if (!continue_large(session, self, error))
                return false;
            continue;
        }
        if (is_on && g_queue_get_length(&self->under_way) < UNDER_WAY && !send_next(session, self, &is_sent, error))
            return false;
        if (is_sent)
            continue;
        if (g_queue_is_empty(&self->under_way)) {
            *is_done_out = is_on;
            return true;
        }
        if (!settle_oldest(session, self, error))
            return false;
    }
}

/* The index reads what came. Said once more after a crash it does no harm. */
static bool tell_index(imap_session *session, sync_bodies *self, bool is_last, GError **error)
{
    int64_t now = g_get_monotonic_time();
    bool is_time =
        is_last || worker_is_stopping(session->thread) || self->written->len >= TELL_MOST || now - self->told_at > TELL_MS * 1000;
    if (self->written->len == 0 || !is_time)
        return true;
    self->told_at = now;
    bool is_done = store_begin(session->store, error);
    for (guint i = 0; is_done && i < self->written->len; i++)
        is_done = store_run(session->store, error, "INSERT INTO search_news(message_id) VALUES(?)",
                            NUM(g_array_index(self->written, int64_t, i))) &&
                  store_breathe(session->store, error);
    if (!store_end(session->store, is_done, error))
        return false;
    g_array_set_size(self->written, 0);
    if (self->is_new)
        engine_post(session->account->engine, EVENT_FOLDER_CHANGED, session->account->id, self->next_folder, 0);
    self->is_new = false;
    return true;
}

/* --- what a person sees of it --- */
static void post_progress(imap_session *session, sync_bodies *self, enum job_state state)
{
    g_autoptr(folder) where = store_folder(session->store, self->job_folder, NULL);
    g_autofree char *title = g_strdup_printf(_("%s ▸ %s: messages"), session->account->account->name, where != NULL ? where->name : "?");
    const struct event event = { .type = EVENT_PROGRESS,
                                 .account = session->account->id,
                                 .folder = self->job_folder,
                                 .item = self->job,
                                 .done = self->job_done,
                                 .total = self->job_total,
                                 .state = state,
                                 .text = title };
    event_post(session->account->engine->events, &event);
}

static void end_job(imap_session *session, sync_bodies *self, enum job_state state)
{
    if (self->job == 0)
        return;
    self->job_done = state == JOB_DONE ? self->job_total : self->job_done;
    post_progress(session, self, state);
    self->job = 0;
}

static void tell_progress(imap_session *session, sync_bodies *self, bool is_done)
{
    int64_t done = 0, total = 0;
    if (is_done || self->job_folder != self->next_folder)
        end_job(session, self, JOB_DONE);
    body_plan_progress(self->plan, &done, &total);
    done -= self->wishes->len;
    if (is_done || total - done < JOB_LEAST)
        return;
    if (self->job == 0)
        self->job = atomic_fetch_add(&session->account->engine->last_job, 1) + 1;
    self->job_folder = self->next_folder;
    self->job_done = MAX(done, 0);
    self->job_total = total;
    post_progress(session, self, JOB_RUNNING);
}

static void give_up_folder(imap_session *session, sync_bodies *self)
{
    if (self->job == 0 || atomic_load(&session->account->engine->cancelled_job) != self->job)
        return;
    end_job(session, self, JOB_CANCELLED); /* until the next start */
    g_array_set_size(self->wishes, 0);
    body_plan_skip_folder(self->plan);
}

/* What cannot be written now is tried again later, and told once. */
static void tell_full(imap_session *session, sync_bodies *self)
{
    if (self->failed == NULL)
        return;
    g_autofree char *words =
        g_strdup_printf(_("Messages of %s are not kept on this computer for now: %s They are fetched when you open them."),
                        session->account->account->name, self->failed->message);
    if (!self->has_told_full)
        engine_notice(session->account, words);
    self->has_told_full = true;
    self->full_until = g_get_monotonic_time() / G_USEC_PER_SEC + AFTER_FULL_S;
    g_clear_error(&self->failed);
    g_array_set_size(self->wishes, 0);
    self->large.message_id = 0;
    blob_bulk_abandon(self->files);
    body_plan_forget(self->plan);
    end_job(session, self, JOB_FAILED);
}

/* False: not now. */
static bool is_ready(imap_session *session, sync_bodies *self)
{
    if (!engine_may_fetch_ahead(session->account) || g_get_monotonic_time() / G_USEC_PER_SEC < self->full_until)
        return false;
    if (self->files == NULL)
        self->files = blob_bulk_new(session->account->account->id, &self->failed);
    if (self->files != NULL && !blob_bulk_has_room(self->files) && self->failed == NULL)
        g_set_error(&self->failed, STORE_ERROR, STORE_ERROR_FULL, _("the disk is almost full."));
    if (self->failed == NULL)
        return true;
    tell_full(session, self);
    return false;
}

bool sync_bodies_step(imap_session *session, sync_bodies *self, bool *is_done_out, GError **error)
{
    bool is_done = false;
    *is_done_out = true;
    self->account = session->account;
    if (self->opened != session->opened)
        begin_anew(self, session->opened);
    if (!is_ready(session, self))
        return true;
    *is_done_out = false;
    if (engine_is_fetching(session->account)) { /* the line belongs to who waits for a message */
        worker_wait(session->thread, -1, WAIT_MS);
        return true;
    }
    give_up_folder(session, self);
    session->body_sink = on_body;
    session->body_data = self;
    bool is_alive = pull(session, self, &is_done, error);
    session->body_sink = NULL;
    bool is_told = tell_index(session, self, is_done || !is_alive || self->failed != NULL, is_alive ? error : NULL);
    if (!is_alive || !is_told || !imap_session_store_fetched(session, session->folder_id, false, NULL, error))
        return false;
    *is_done_out = is_done || self->failed != NULL;
    tell_full(session, self);
    tell_progress(session, self, *is_done_out);
    return true;
}
