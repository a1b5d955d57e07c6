/* SPDX-License-Identifier: MIT */
/* Conversations: which one a new message belongs to, found by Message-ID, In-Reply-To and References, across folders and accounts. */
#include "core/store_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* A hostile References may name ten thousand. The first is the root, the last are the nearest: those say where it belongs. */
#define LAST_REFERENCES 50
#define IDS_MAX         (LAST_REFERENCES + 3)
/* One message can join conversations; how many rows that may move is limited, for the lock is held meanwhile. */
#define MERGE_MAX 1000

static int64_t hash_of(const char *id, size_t id_length)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
    g_checksum_update(sum, (const guchar *)id, (gssize)id_length);
    guint8 digest[20];
    gsize length = sizeof digest;
    g_checksum_get_digest(sum, digest, &length);
    int64_t hash;
    memcpy(&hash, digest, sizeof hash);
    return hash != 0 ? hash : 1;
}

int64_t store_hash(const char *message_id)
{
    return hash_of(message_id, strlen(message_id));
}

struct ids {
    int64_t hashes[IDS_MAX];
    size_t count;
    size_t root; /* the place of the first reference; the others come from the nearest on */
};

static void ids_add(struct ids *ids, const char *id, size_t length)
{
    if (length == 0 || ids->count == IDS_MAX)
        return;
    int64_t hash = hash_of(id, length);
    for (size_t i = 0; i < ids->count; i++)
        if (ids->hashes[i] == hash)
            return;
    ids->hashes[ids->count++] = hash;
}

/* Start of the word that ends before end; NULL: none. */
static const char *word_before(const char *text, const char *end, size_t *length_out)
{
    while (end > text && g_ascii_isspace(end[-1]))
        end--;
    const char *start = end;
    while (start > text && !g_ascii_isspace(start[-1]))
        start--;
    *length_out = (size_t)(end - start);
    return start < end ? start : NULL;
}

static void ids_add_references(struct ids *ids, const char *references)
{
    const char *start = references + strspn(references, " \t\r\n");
    ids->root = ids->count;
    ids_add(ids, start, strcspn(start, " \t\r\n"));
    ids->root = ids->count > ids->root ? ids->root : IDS_MAX; /* it was there already: the one that is answered */
    const char *end = references + strlen(references);
    size_t length;
    for (int i = 0; i < LAST_REFERENCES && (end = word_before(references, end, &length)) != NULL; i++)
        ids_add(ids, end, length);
}

static void ids_of(const struct message_info *info, struct ids *ids)
{
    ids->count = 0;
    ids->root = IDS_MAX;
    if (info->message_id != NULL)
        ids_add(ids, info->message_id, strlen(info->message_id));
    if (info->thread != NULL) { /* the server's word: it knows more (Gmail parts what has another subject) */
        ids_add(ids, info->thread, strlen(info->thread));
        return;
    }
    if (info->in_reply_to != NULL)
        ids_add(ids, info->in_reply_to, strcspn(info->in_reply_to, " \t\r\n"));
    if (info->references != NULL)
        ids_add_references(ids, info->references);
}

size_t store_thread_ids(const struct message_info *info, int64_t hashes[STORE_THREAD_IDS_MAX])
{
    G_STATIC_ASSERT(IDS_MAX == STORE_THREAD_IDS_MAX);
    struct ids ids;
    ids_of(info, &ids);
    memcpy(hashes, ids.hashes, ids.count * sizeof *hashes);
    return ids.count;
}

/* Different conversations that already know one of the ids. */
static bool threads_of(store *db, struct store_thread_place *place, int64_t *threads, size_t *count_out, GError **error)
{
    size_t count = 0;
    for (size_t i = 0; i < place->count; i++) {
        if (!message_ref_read(db, place->hashes[i], &place->refs[i], error))
            return false;
        int64_t thread = place->refs[i].thread_id;
        bool is_known = thread == 0;
        for (size_t j = 0; j < count && !is_known; j++)
            is_known = threads[j] == thread;
        if (!is_known)
            threads[count++] = thread;
    }
    *count_out = count;
    return true;
}

static bool thread_size(store *db, int64_t thread_id, int64_t *size_out, GError **error)
{
    return store_number(db, size_out, error, "SELECT count(*) FROM (SELECT 1 FROM messages WHERE thread_id = ? LIMIT ?)", NUM(thread_id),
                        NUM(MERGE_MAX + 1));
}

/* Ids of its messages, and those that are only referred to. */
static bool refs_merge(store *db, int64_t from, int64_t into, GError **error)
{
    return store_run(db, error,
                     "UPDATE message_refs SET thread_id = ?1 WHERE key IN (SELECT g.base | (m.message_hash & " MESSAGE_REF_BITS
                     ") FROM messages AS m CROSS JOIN ref_parts AS g WHERE m.thread_id = ?2) AND thread_id = ?2",
                     NUM(into), NUM(from)) &&
           store_run(db, error, "UPDATE message_refs SET thread_id = ?1 WHERE thread_id = ?2 AND message_id IS NULL", NUM(into), NUM(from));
}

bool store_thread_merge(store *db, int64_t from, int64_t into, GError **error)
{
    return store_run(db, error, "UPDATE placements SET thread_id = ? WHERE thread_id = ?", NUM(into), NUM(from)) &&
           refs_merge(db, from, into, error) &&
           store_run(db, error, "UPDATE messages SET thread_id = ? WHERE thread_id = ?", NUM(into), NUM(from));
}

/* All into the greatest, as long as not too much has to move; what is too big stays as it is. */
static bool threads_join(store *db, const int64_t *threads, size_t count, int64_t *thread_out, GError **error)
{
    int64_t sizes[IDS_MAX] = { 0 };
    size_t best = 0;
    for (size_t i = 0; i < count; i++) {
        if (!thread_size(db, threads[i], &sizes[i], error))
            return false;
        if (sizes[i] > sizes[best])
            best = i;
    }
    int64_t moved = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == best || moved + sizes[i] > MERGE_MAX)
            continue;
        moved += sizes[i];
        if (!store_thread_merge(db, threads[i], threads[best], error))
            return false;
    }
    *thread_out = threads[best];
    return true;
}

bool store_thread_greatest(store *db, const int64_t *threads, size_t count, int64_t *greatest_out, GError **error)
{
    int64_t sizes = 0, greatest = 0, into = threads[0];
    for (size_t i = 0; i < count; i++) {
        int64_t size = 0;
        if (!thread_size(db, threads[i], &size, error))
            return false;
        sizes += size;
        into = size > greatest ? threads[i] : into;
        greatest = MAX(greatest, size);
    }
    if (sizes - greatest > MERGE_MAX) {
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OTHER, _("These conversations are too long to be joined."));
        return false;
    }
    *greatest_out = into;
    return true;
}

/* --- what a person said of them --- */

struct link {
    bool is_cut;
    int64_t root;
};

static bool link_read(store *db, int64_t hash, struct link *link_out, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(db, error, "SELECT is_cut, root FROM thread_links WHERE hash = ?", NUM(hash));
    GError *failure = NULL;
    *link_out = (struct link){ false, 0 };
    if (row == NULL)
        return false;
    if (store_step(db, row, &failure))
        *link_out = (struct link){ sqlite3_column_int(row, 0) != 0, sqlite3_column_int64(row, 1) };
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

/* From the nearest to the root: what lies behind a message that was broken off is not its business. */
static bool ids_cut(store *db, struct ids *ids, GError **error)
{
    struct ids kept = { .count = 0, .root = IDS_MAX };
    struct link link;
    for (size_t i = 0; i < ids->count; i++) {
        size_t at = i < ids->root ? i : i + 1 < ids->count ? i + 1 : ids->root;
        if (!link_read(db, ids->hashes[at], &link, error))
            return false;
        kept.hashes[kept.count++] = ids->hashes[at];
        if (link.root != 0 && link.root != ids->hashes[at] && kept.count < IDS_MAX)
            kept.hashes[kept.count++] = link.root;
        if (link.is_cut || kept.count == IDS_MAX)
            break;
    }
    *ids = kept;
    return true;
}

/* As its header says, and as a person said. */
static bool ids_read(store *db, const struct message_info *info, struct ids *ids, GError **error)
{
    int64_t has_links = 0;
    ids_of(info, ids);
    if (!store_number(db, &has_links, error, "SELECT EXISTS (SELECT 1 FROM thread_links)"))
        return false;
    return has_links == 0 || ids_cut(db, ids, error);
}

bool store_thread_find(store *db, const struct message_info *info, struct store_thread_place *place_out, GError **error)
{
    struct ids ids;
    int64_t threads[IDS_MAX];
    size_t count;
    if (!ids_read(db, info, &ids, error))
        return false;
    memcpy(place_out->hashes, ids.hashes, ids.count * sizeof *ids.hashes);
    place_out->count = ids.count;
    if (!threads_of(db, place_out, threads, &count, error))
        return false;
    place_out->thread_id = count > 0 ? threads[0] : 0;
    return count < 2 || threads_join(db, threads, count, &place_out->thread_id, error);
}

bool store_thread_note(store *db, const struct store_thread_place *place, int64_t own_hash, int64_t thread_id, int64_t message_id,
                       GError **error)
{
    int64_t own_key = message_ref_key(own_hash, message_id);
    bool has_grown = false;
    for (size_t i = 0; i < place->count; i++) {
        bool is_known = place->refs[i].thread_id != 0;
        if (is_known && place->hashes[i] == own_hash)
            own_key = place->refs[i].key;
        if (!is_known && !message_ref_add(db, place->hashes[i], thread_id, message_id, error))
            return false;
        has_grown |= !is_known;
    }
    return (!has_grown || message_ref_part_grew(db, message_ref_part(message_id), error)) &&
           (own_hash == 0 || message_ref_name(db, own_key, own_hash, message_id, error));
}
