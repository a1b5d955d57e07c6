/* SPDX-License-Identifier: MIT */
/* A message or a part for the reader: what is needed and no more, in bounded pieces, into the cache. */
#include "core/imap_session_private.h"
#include "core/blob.h"
#include "core/message.h"
#include "core/structure.h"
#include "core/sync_convert.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define WHOLE_MAX     (64 * 1024)  /* up to here one round trip for everything is faster than asking for parts */
#define PIECE_SIZE    (256 * 1024) /* of larger parts: bounded memory, progress, and a chance to stop */
#define PREVIEW_CHARS 160
#define TRIES_MAX     3
#define SECTION_MAX   (256 * 1024 * 1024) /* a server that never comes to an end must not fill the memory */

static void post_failed(imap_session *self, const struct fetch_wish *wish, const char *why)
{
    const struct event event = { .type = EVENT_BODY_FAILED, .account = self->account->id, .item = wish->placement_id, .text = (char *)why };
    event_post(self->account->engine->events, &event);
}

static void post_available(imap_session *self, const struct fetch_wish *wish)
{
    const struct event event = {
        .type = EVENT_BODY_AVAILABLE, .account = self->account->id, .item = wish->placement_id, .text = wish->section
    };
    event_post(self->account->engine->events, &event);
}

static void post_progress(imap_session *self, int64_t job, const char *title, int64_t done, int64_t total, enum job_state state)
{
    const struct event event = { .type = EVENT_PROGRESS,
                                 .account = self->account->id,
                                 .item = job,
                                 .done = done,
                                 .total = total,
                                 .text = (char *)title,
                                 .state = state };
    event_post(self->account->engine->events, &event);
}

/* One message that is being fetched, as a whole or a part of it. */
struct fetching {
    imap_session *session;
    const struct placement *placement;
    bool is_cancelled; /* a person said so: what is missing is not the server's fault */
    bool is_binary;    /* asked for without its encoding (RFC 3516): a quarter less on the line */
    bool is_told;      /* the server was given a chance to tell this connection of new messages */
};

/* The download in the activity view, or all of this message because its reader was left. */
static bool is_cancelled(struct fetching *self, int64_t job)
{
    engine *engine = self->session->account->engine;
    self->is_cancelled =
        self->is_cancelled || atomic_load(&engine->cancelled_job) == job || atomic_load(&engine->cancelled_fetch) == self->placement->id;
    return self->is_cancelled;
}

static bool ask_piece(struct fetching *self, const char *section, bool is_whole, bool *is_missing_out, GError **error)
{
    imap_session *session = self->session;
    struct imap_reply reply;
    guint before = session->section->len;
    g_autofree char *set = g_strdup_printf("%u", self->placement->uid);
    g_autofree char *piece = is_whole ? g_strdup("") : g_strdup_printf("<%u.%d>", before, PIECE_SIZE);
    g_autofree char *items = g_strdup_printf("(%s.PEEK[%s]%s)", self->is_binary ? "BINARY" : "BODY", section, piece);
    session->has_section = false;
    session->wants_decoded = self->is_binary;
    bool is_answered = imap_wait(session->client, imap_send_fetch(session->client, true, set, items), &reply, error);
    session->wants_decoded = false;
    bool is_good = is_answered && reply.status == IMAP_OK;
    *is_missing_out = is_good && !session->has_section && before == 0;
    return is_good && !*is_missing_out;
}

/* One FETCH; its bytes are appended to session->section. False without error: the server does not have it, or cannot give it so.
 * The other connection may know of a message before this one was told: a FETCH of it brings nothing then (RFC 9051 7.4.1), and it is asked once more. */
static bool fetch_piece(struct fetching *self, const char *section, bool is_whole, GError **error)
{
    imap_session *session = self->session;
    struct imap_reply reply;
    bool is_missing = false, is_here = ask_piece(self, section, is_whole, &is_missing, error);
    if (!is_missing || self->is_told)
        return is_here;
    self->is_told = true;
    return imap_wait(session->client, imap_send_noop(session->client), &reply, error) &&
           ask_piece(self, section, is_whole, &is_missing, error);
}

/* BODY.PEEK[section] whole, or in pieces when it is large: progress, and a chance to stop. NULL without error: the server does not have it, or it was
 * cancelled. */
static GBytes *fetch_section(struct fetching *self, const char *section, int64_t expected, GError **error)
{
    imap_session *session = self->session;
    const char *title = self->placement->subject;
    bool is_whole = expected <= PIECE_SIZE;
    int64_t job = is_whole ? 0 : atomic_fetch_add(&session->account->engine->last_job, 1) + 1;
    g_byte_array_set_size(session->section, 0);
    for (guint before = 0;; before = session->section->len) {
        if (job != 0)
            post_progress(session, job, title, session->section->len, expected, JOB_RUNNING);
        if (!fetch_piece(self, section, is_whole, error)) {
            if (job != 0)
                post_progress(session, job, title, session->section->len, expected, JOB_FAILED);
            return NULL;
        }
        if (is_whole || session->section->len - before < PIECE_SIZE)
            break;
        if (is_cancelled(self, job) || session->section->len > SECTION_MAX) {
            post_progress(session, job, title, session->section->len, expected, self->is_cancelled ? JOB_CANCELLED : JOB_FAILED);
            g_byte_array_set_size(session->section, 0);
            return NULL;
        }
    }
    if (job != 0)
        post_progress(session, job, title, session->section->len, expected, JOB_DONE);
    GByteArray *bytes = session->section;
    session->section = g_byte_array_new();
    return g_byte_array_free_to_bytes(bytes);
}

static bool is_broken(GError **error)
{
    return error != NULL && *error != NULL;
}

/* The structure from the store, or asked for now (headers that came without it). */
static struct structure_node *structure_for(imap_session *self, const struct placement *placement, GError **error)
{
    struct imap_reply reply;
    if (placement->structure != NULL)
        return structure_read(placement->structure);
    g_autofree char *set = g_strdup_printf("%u", placement->uid);
    if (!imap_wait(self->client, imap_send_fetch(self->client, true, set, "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)"),
                   &reply, error) ||
        !imap_session_store_fetched(self, placement->folder_id, false, NULL, error))
        return NULL;
    g_autoptr(placement) again = store_placement(self->store, placement->id, NULL);
    return again != NULL && again->structure != NULL ? structure_read(again->structure) : NULL;
}

/* Header and text parts; the rest stays on the server until it is wanted. is_whole_out: nothing of what was asked for was missing. */
static GBytes *fetch_skeleton(struct fetching *self, struct structure_node *root, bool *is_whole_out, GError **error)
{
    g_autoptr(GHashTable) bodies = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    g_autoptr(GPtrArray) parts = structure_text_parts(root);
    g_autoptr(GBytes) header = fetch_section(self, "HEADER", 0, error);
    *is_whole_out = true;
    if (header == NULL)
        return NULL;
    for (guint i = 0; i < parts->len; i++) {
        const struct structure_node *part = g_ptr_array_index(parts, i);
        GBytes *body = *part->section != '\0' ? fetch_section(self, part->section, part->size, error) : NULL;
        if (is_broken(error) || self->is_cancelled)
            return NULL;
        if (body != NULL)
            g_hash_table_insert(bodies, g_strdup(part->section), body);
        *is_whole_out = *is_whole_out && body != NULL;
    }
    gsize size = 0;
    const char *bytes = g_bytes_get_data(header, &size);
    return structure_skeleton(root, bytes, size, bodies);
}

static void note_preview(imap_session *self, const struct placement *placement, GBytes *bytes)
{
    gsize size = 0;
    const void *data = g_bytes_get_data(bytes, &size);
    g_autoptr(message) parsed = message_parse(data, size);
    g_autofree char *preview = message_preview(parsed, PREVIEW_CHARS);
    if (store_message_set_preview(self->store, placement->message_id, preview, NULL))
        engine_post(self->account->engine, EVENT_FOLDER_CHANGED, self->account->id, placement->folder_id, 0);
}

static const char *why_not(const struct fetching *self, const char *otherwise)
{
    return self->is_cancelled ? _("The download was cancelled.") : otherwise;
}

static bool fetch_message(struct fetching *self, const struct fetch_wish *wish, GError **error)
{
    const struct placement *placement = self->placement;
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) why = NULL;
    GError *broken = NULL;
    bool is_good = false;
    if (placement->size_bytes > WHOLE_MAX || placement->size_bytes == 0) {
        struct structure_node *root = structure_for(self->session, placement, &broken);
        if (root != NULL && broken == NULL && structure_is_believable(root))
            bytes = fetch_skeleton(self, root, &is_good, &broken);
        structure_node_free(root);
    }
    if ((bytes == NULL || !is_good) && broken == NULL &&
        !self->is_cancelled) { /* small, or a structure that is not true (Exchange is known for those) */
        GBytes *whole = fetch_section(self, "", placement->size_bytes > 0 ? placement->size_bytes : PIECE_SIZE + 1, &broken);
        if (whole != NULL)
            g_bytes_unref(bytes);
        bytes = whole != NULL ? whole : bytes;
    }
    if (broken != NULL) {
        g_propagate_error(error, broken);
        return false;
    }
    gsize size = 0;
    const void *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
    if (bytes == NULL) {
        post_failed(self->session, wish, why_not(self, _("The server does not have this message any more.")));
    } else if (!blob_cache_put(placement->account_key, placement->message_id, NULL, data, size, &why)) {
        post_failed(self->session, wish, why->message);
    } else {
        post_available(self->session, wish);
        note_preview(self->session, placement, bytes);
    }
    return true;
}

/* --- a part --- */
#define LINE 76 /* RFC 2045 6.8 */

/* As it would have come: what is in the cache is always as in the message. */
static GBytes *encode_base64(GBytes *decoded)
{
    gsize size = 0, done = 0;
    const guchar *bytes = g_bytes_get_data(decoded, &size);
    GString *text = g_string_sized_new(size / 3 * 4 + size / 27 + 8);
    for (; done < size; done += LINE / 4 * 3) {
        g_autofree char *line = g_base64_encode(bytes + done, MIN(size - done, (gsize)LINE / 4 * 3));
        g_string_append(g_string_append(text, line), "\r\n");
    }
    return g_string_free_to_bytes(text);
}

/* NULL without error: the server does not decode it (UNKNOWN-CTE, or whatever it says), or it was cancelled. */
static GBytes *fetch_decoded(struct fetching *self, const char *section, int64_t encoded_size, GError **error)
{
    self->is_binary = true;
    g_autoptr(GBytes) decoded = fetch_section(self, section, encoded_size > 0 ? encoded_size / 4 * 3 : PIECE_SIZE + 1, error);
    self->is_binary = false;
    bool is_short =
        decoded != NULL && (int64_t)g_bytes_get_size(decoded) < encoded_size / 2; /* not all of it, whatever the server thinks */
    return decoded != NULL && !is_short ? encode_base64(decoded) : NULL;
}

static GBytes *fetch_wished(struct fetching *self, const char *section, GError **error)
{
    const struct placement *placement = self->placement;
    struct structure_node *root = placement->structure != NULL ? structure_read(placement->structure) : NULL;
    bool is_raw = strcmp(section, MESSAGE_SECTION_RAW) == 0;
    int64_t expected = is_raw ? placement->size_bytes : structure_size_of(root, section);
    bool is_binary = !is_raw && imap_client_can(self->session->client, IMAP_CAPABILITY_BINARY) && structure_is_base64(root, section);
    structure_node_free(root);
    GBytes *bytes = is_binary ? fetch_decoded(self, section, expected, error) : NULL;
    if (bytes == NULL && !is_broken(error) && !self->is_cancelled)
        bytes = fetch_section(self, is_raw ? "" : section, expected > 0 ? expected : PIECE_SIZE + 1, error);
    return bytes;
}

static bool fetch_part(struct fetching *self, const struct fetch_wish *wish, GError **error)
{
    const struct placement *placement = self->placement;
    g_autoptr(GError) why = NULL;
    GError *broken = NULL;
    g_autoptr(GBytes) bytes = fetch_wished(self, wish->section, &broken);
    if (broken != NULL) {
        g_propagate_error(error, broken);
        return false;
    }
    gsize size = 0;
    const void *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
    if (bytes == NULL)
        post_failed(self->session, wish, why_not(self, _("The server does not have this part any more.")));
    else if (!blob_cache_put(placement->account_key, placement->message_id, wish->section, data, size, &why))
        post_failed(self->session, wish, why->message);
    else
        post_available(self->session, wish);
    return true;
}

/* The connection broke off: once more when it is back, but not for ever, for it may be this very message that the server cannot send. */
static void wish_again(imap_session *self, const struct fetch_wish *wish, const GError *why)
{
    if (wish->tries + 1 >= TRIES_MAX) {
        g_autofree char *words = g_strdup_printf(_("The connection broke off each time: %s"), why != NULL ? why->message : "");
        post_failed(self, wish, words);
        return;
    }
    struct fetch_wish *again = g_new0(struct fetch_wish, 1);
    *again = (struct fetch_wish){ wish->placement_id, g_strdup(wish->section), wish->tries + 1 };
    pthread_mutex_lock(&self->account->engine->mutex);
    g_queue_push_head(&self->account->wishes, again);
    pthread_mutex_unlock(&self->account->engine->mutex);
}

static bool run(imap_session *self, const struct fetch_wish *wish, GError **error)
{
    g_autoptr(placement) placement = store_placement(self->store, wish->placement_id, NULL);
    if (placement == NULL || placement->account_id != self->account->id)
        return true;
    if (blob_cache_has(placement->account_key, placement->message_id, wish->section)) {
        post_available(self, wish);
        return true;
    }
    if (placement->uid == 0) {
        post_failed(self, wish, _("The message is on its way to the server; it can be opened when it is there."));
        return true;
    }
    g_autoptr(folder) folder = store_folder(self->store, placement->folder_id, NULL);
    bool is_refused = false;
    GError *why = NULL;
    if (folder == NULL || !imap_session_select(self, folder, &is_refused, &why)) {
        if (is_refused || folder == NULL)
            post_failed(self, wish, why != NULL ? why->message : _("The folder is not there any more."));
        if (is_refused || folder == NULL) {
            g_clear_error(&why);
            return true;
        }
        g_propagate_error(error, why);
        return false;
    }
    uint32_t now = imap_client_mailbox(self->client)->uidvalidity;
    if (now != folder->uidvalidity && folder->uidvalidity != 0) { /* other messages have these numbers */
        post_failed(self, wish, _("The folder was made anew on the server; its messages are being listed again."));
        return true;
    }
    struct fetching fetching = { .session = self, .placement = placement };
    return wish->section != NULL ? fetch_part(&fetching, wish, error) : fetch_message(&fetching, wish, error);
}

bool fetch_body_run(imap_session *self, const struct fetch_wish *wish, GError **error)
{
    GError *why = NULL;
    atomic_fetch_add(&self->account->fetching, 1); /* nothing is fetched ahead meanwhile */
    bool is_alive = run(self, wish, &why);
    atomic_fetch_sub(&self->account->fetching, 1);
    if (is_alive)
        return true;
    wish_again(self, wish, why);
    if (why != NULL)
        g_propagate_error(error, why);
    return false;
}
