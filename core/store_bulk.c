/* SPDX-License-Identifier: MIT */
/* Rows by the hundred: looked up one by one, written in statements of many rows, counted once. */
#include "core/store_bulk.h"
#include "core/store_private.h"
#include "core/store_rows.h"
#include <string.h>

#define PIECE    128u /* rows that are written together */
#define REFS_MAX (PIECE * 16)

/* A message, its placement, and where they go. */
struct entry {
    const struct bulk_row *row;
    struct store_clipped clipped;
    int64_t message, thread, placement, sort_key, hash;
    int64_t unnamed; /* key of the row of its Message-ID, which was referred to before it came */
    bool is_message_new;
    bool is_unnamed;
};

struct reference {
    int64_t hash, key, thread;
    int64_t message; /* whose own it is; 0: it is referred to */
};

/* What a conversation gains in the folder. */
struct gain {
    int64_t thread, sort_key, placement, total, unread, flagged;
    bool is_new; /* its first message is in this piece: no row can be there */
};

typedef struct bulk {
    store *db;
    int64_t folder_id, next_message, next_placement;
    struct folder_facts facts;
    bool has_links, has_kept_tags, has_twins;
    bool is_quiet; /* the connection has no triggers: what those would do is done here */
    int64_t mark;  /* numbers from this one on are new mail; G_MAXINT64: none is */
    struct entry entries[PIECE];
    size_t count;
    struct reference refs[REFS_MAX];
    size_t ref_count;
    GHashTable *threads;   /* hash → struct reference, of refs not yet written */
    GHashTable *hashes;    /* Message-IDs of entries that are new */
    people_ledger *people; /* borrowed, as the next */
    id_sieve *sieve;       /* may be NULL */
} bulk;

static void bulk_clear(bulk *self)
{
    for (size_t i = 0; i < self->count; i++)
        store_clipped_clear(&self->entries[i].clipped);
    self->count = self->ref_count = 0;
    g_hash_table_remove_all(self->threads);
    g_hash_table_remove_all(self->hashes);
}

static bulk *bulk_new(store *db, int64_t folder_id, people_ledger *people, id_sieve *sieve)
{
    bulk *self = g_new0(bulk, 1);
    self->db = db;
    self->folder_id = folder_id;
    self->is_quiet = store_is_quiet(db);
    self->people = people;
    self->sieve = sieve;
    self->threads = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, NULL);
    self->hashes = g_hash_table_new(g_int64_hash, g_int64_equal);
    return self;
}

static void bulk_free(bulk *self)
{
    bulk_clear(self);
    g_hash_table_unref(self->threads);
    g_hash_table_unref(self->hashes);
    g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bulk, bulk_free)

/* --- what the rows share: asked at the beginning of each piece, for the lock may have been given away before --- */

/* Nothing that waits in this folder could be one of the rows: no intent speaks of its numbers, nothing awaits one. Without triggers (?2) nobody would put
 * them into the orders of the folder. */
static const char folder_is_plain[] =
    "SELECT NOT EXISTS (SELECT 1 FROM intents WHERE folder_id = ?1) AND NOT EXISTS (SELECT 1 FROM placements INDEXED BY"
    " placements_waiting WHERE folder_id = ?1 AND uid = 0 AND file IS NULL) AND NOT (?2 AND (EXISTS (SELECT 1 FROM folder_orders WHERE"
    " folder_id = ?1) OR EXISTS (SELECT 1 FROM folder_thread_orders WHERE folder_id = ?1)))";

static bool bulk_prepare(bulk *self, bool *is_plain_out, GError **error)
{
    int64_t is_plain = 0, has_links = 0, has_kept = 0, has_twins = 0;
    self->next_message = self->next_placement = 1;
    bool is_done = store_folder_facts(self->db, self->folder_id, &self->facts, error) &&
                   store_number(self->db, &is_plain, error, folder_is_plain, NUM(self->folder_id), NUM(self->is_quiet)) &&
                   store_number(self->db, &self->mark, error, "SELECT coalesce(min(uid), ?2) FROM arrival_marks WHERE folder_id = ?1",
                                NUM(self->folder_id), NUM(G_MAXINT64)) &&
                   store_number(self->db, &has_links, error, "SELECT EXISTS (SELECT 1 FROM thread_links)") &&
                   store_number(self->db, &has_twins, error, "SELECT EXISTS (SELECT 1 FROM message_twins)") &&
                   store_number(self->db, &has_kept, error, "SELECT EXISTS (SELECT 1 FROM kept_tags WHERE account_id = ?)",
                                NUM(self->facts.account_id)) &&
                   store_number(self->db, &self->next_message, error, "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'messages'") &&
                   store_number(self->db, &self->next_placement, error, "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'placements'") &&
                   (self->sieve == NULL || id_sieve_follow(self->sieve, self->db, error));
    self->has_links = has_links != 0;
    self->has_twins = has_twins != 0;
    self->has_kept_tags = has_kept != 0;
    *is_plain_out = is_plain != 0;
    return is_done;
}

static int by_uid(gconstpointer left, gconstpointer right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

/* Those of the rows that the folder has already. */
static GArray *known_among(bulk *self, const struct bulk_row *rows, size_t count, GError **error)
{
    uint32_t first = UINT32_MAX, last = 0;
    for (size_t i = 0; i < count; i++) {
        first = MIN(first, rows[i].uid);
        last = MAX(last, rows[i].uid);
    }
    return store_placement_uids(self->db, self->folder_id, first, last, error);
}

static bool is_among(const GArray *known, uint32_t uid)
{
    return known->len > 0 && bsearch(&uid, known->data, known->len, sizeof uid, by_uid) != NULL;
}

/* --- one row --- */

static bool linked(bulk *self, int64_t hash, bool *is_linked, GError **error)
{
    int64_t found = 0;
    if (self->has_links && !store_number(self->db, &found, error, "SELECT 1 FROM thread_links WHERE hash = ?", NUM(hash)))
        return false;
    *is_linked |= found != 0;
    return true;
}

struct bearings {
    int64_t hashes[STORE_THREAD_IDS_MAX];
    struct message_ref refs[STORE_THREAD_IDS_MAX]; /* thread_id 0: not known */
    size_t count;
    int64_t thread;  /* 0: a new one */
    bool is_unclear; /* several, or put together by hand */
};

/* What is known of an id. */
static bool ref_read(bulk *self, int64_t hash, struct message_ref *ref_out, GError **error)
{
    const struct reference *pending = g_hash_table_lookup(self->threads, &hash);
    *ref_out = (struct message_ref){ 0 };
    if (pending != NULL)
        *ref_out = (struct message_ref){ pending->key, pending->thread, pending->message };
    return pending != NULL || (self->sieve != NULL && id_sieve_is_new(self->sieve, hash)) ||
           message_ref_read(self->db, hash, ref_out, error);
}

/* Which conversation it belongs to. */
static bool find_thread(bulk *self, const struct message_info *info, struct bearings *where, GError **error)
{
    *where = (struct bearings){ 0 };
    where->count = store_thread_ids(info, where->hashes);
    for (size_t i = 0; i < where->count; i++) {
        if (!ref_read(self, where->hashes[i], &where->refs[i], error) || !linked(self, where->hashes[i], &where->is_unclear, error))
            return false;
        int64_t thread = where->refs[i].thread_id;
        if (thread == 0)
            continue;
        where->is_unclear |= where->thread != 0 && where->thread != thread;
        where->thread = thread;
    }
    return true;
}

/* The ids that were not known; and its own as its name, where it is not written yet. */
static void note_refs(bulk *self, const struct bearings *where, struct entry *entry)
{
    for (size_t i = 0; i < where->count; i++) {
        bool is_own = i == 0 && entry->hash != 0;
        struct reference *ref = is_own ? g_hash_table_lookup(self->threads, &where->hashes[i]) : NULL;
        if (ref != NULL && ref->message == 0)
            ref->message = entry->message;
        else if (is_own && where->refs[i].thread_id != 0) {
            entry->is_unnamed = true;
            entry->unnamed = where->refs[i].key;
        }
        if (where->refs[i].thread_id != 0)
            continue;
        ref = &self->refs[self->ref_count++];
        *ref = (struct reference){ where->hashes[i], message_ref_key(where->hashes[i], entry->message), entry->thread,
                                   is_own ? entry->message : 0 };
        g_hash_table_insert(self->threads, &ref->hash, ref);
    }
}

/* The message may be known from another folder: its id was noted with its conversation then. */
static bool find_message(bulk *self, struct entry *entry, const struct bearings *where, bool *is_known_out, GError **error)
{
    struct store_found found = { 0 };
    *is_known_out = false;
    if (entry->hash == 0 || where->refs[0].thread_id == 0 || (where->refs[0].message_id == 0 && !self->has_twins))
        return true;
    if (!store_message_find(self->db, &entry->clipped.info, false, &found, error))
        return false;
    entry->message = found.id;
    entry->thread = found.thread_id;
    *is_known_out = found.id != 0;
    return true;
}

/* Known from elsewhere by what is no Message-ID (core/store_message): few are. */
static bool has_only_email_id(const struct message_info *info)
{
    return info->message_id == NULL && info->email_id != NULL;
}

/* False with *is_taken_out: it needs a second thought. */
static bool take(bulk *self, const struct bulk_row *row, bool *is_taken_out, GError **error)
{
    struct entry *entry = &self->entries[self->count];
    struct bearings where;
    bool is_known = false;
    *entry = (struct entry){ .row = row };
    store_clip(&entry->clipped, row->info);
    const struct message_info *info = &entry->clipped.info;
    bool is_done = find_thread(self, info, &where, error);
    entry->hash = info->message_id != NULL ? where.hashes[0] : 0;
    bool is_twice = entry->hash != 0 && g_hash_table_contains(self->hashes, &entry->hash);
    is_done = is_done && find_message(self, entry, &where, &is_known, error);
    *is_taken_out =
        is_done && !is_twice && !has_only_email_id(info) && (is_known || !where.is_unclear) && where.count + self->ref_count <= REFS_MAX;
    if (!*is_taken_out) {
        store_clipped_clear(&entry->clipped);
        return is_done;
    }
    entry->placement = self->next_placement++;
    entry->sort_key = store_arrival_key(info, row->uid);
    if (!is_known) {
        entry->is_message_new = true;
        entry->message = self->next_message++;
        entry->thread = where.thread != 0 ? where.thread : entry->message;
        note_refs(self, &where, entry);
        if (entry->hash != 0)
            g_hash_table_add(self->hashes, &entry->hash);
    }
    self->count++;
    return true;
}

/* --- writing --- */

#define MESSAGE_HEAD                                                                                                                       \
    "INSERT OR FAIL INTO messages(id, thread_id, message_hash, message_id, size_bytes, date_utc, subject, from_name, from_address,"        \
    " recipients, preview, part_flags, attachment_count, in_reply_to, refs, cc, reply_to, list_id, structure) VALUES"
#define MESSAGE_ROW "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
/* OR IGNORE: two ids may have the same 56 bits, as rarely as that is. */
#define REF_HEAD "INSERT OR IGNORE INTO message_refs(key, thread_id, message_id) VALUES"
#define REF_ROW  "(?,?,?)"
/* OR FAIL: see store_placement_insert. */
#define PLACEMENT_HEAD                                                                                                                     \
    "INSERT OR FAIL INTO placements(id, folder_id, message_id, thread_id, uid, server_flags, flags, sort_key, modseq, keywords,"           \
    " server_keywords) VALUES"
#define PLACEMENT_ROW "(?,?,?,?,?,?,?,?,?,?,?)"
#define GAIN_HEAD     "INSERT OR FAIL INTO folder_threads(folder_id, thread_id, sort_key, placement_id, total, unread, flagged) VALUES"
#define GAIN_ROW      "(?,?,?,?,?,?,?)"

/* Borrowed until the statement is used again. */
static void bind_text(sqlite3_stmt *row, int at, const char *text)
{
    if (text != NULL)
        sqlite3_bind_text(row, at, text, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(row, at);
}

static void bind_message(sqlite3_stmt *row, int at, const void *whole, const void *item)
{
    const struct entry *entry = item;
    const struct message_info *info = &entry->clipped.info;
    const int64_t numbers[] = { entry->message, entry->thread, entry->hash };
    const char *const first[] = { info->subject, info->from_name, info->from_address, info->to, info->preview };
    const char *const last[] = { info->in_reply_to, entry->clipped.references, info->cc, info->reply_to, info->list_id, info->structure };
    (void)whole;
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        sqlite3_bind_int64(row, ++at, numbers[i]);
    if (entry->hash == 0)
        sqlite3_bind_null(row, at);
    bind_text(row, ++at, info->message_id);
    sqlite3_bind_int64(row, ++at, info->size_bytes);
    sqlite3_bind_int64(row, ++at, info->date_utc);
    for (size_t i = 0; i < G_N_ELEMENTS(first); i++)
        bind_text(row, ++at, first[i]);
    sqlite3_bind_int64(row, ++at, info->part_flags);
    sqlite3_bind_int64(row, ++at, info->attachment_count);
    for (size_t i = 0; i < G_N_ELEMENTS(last); i++)
        bind_text(row, ++at, last[i]);
}

static void bind_ref(sqlite3_stmt *row, int at, const void *whole, const void *item)
{
    const struct reference *ref = item;
    (void)whole;
    sqlite3_bind_int64(row, at + 1, ref->key);
    sqlite3_bind_int64(row, at + 2, ref->thread);
    if (ref->message != 0)
        sqlite3_bind_int64(row, at + 3, ref->message);
    else
        sqlite3_bind_null(row, at + 3);
}

static void bind_placement(sqlite3_stmt *row, int at, const void *whole, const void *item)
{
    const bulk *self = whole;
    const struct entry *entry = item;
    const char *keywords = entry->row->keywords != NULL && *entry->row->keywords != '\0' ? entry->row->keywords : NULL;
    const int64_t numbers[] = { entry->placement,  self->folder_id, entry->message,
                                entry->thread,     entry->row->uid, entry->row->flags,
                                entry->row->flags, entry->sort_key, (int64_t)entry->row->modseq };
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        sqlite3_bind_int64(row, ++at, numbers[i]);
    bind_text(row, ++at, keywords);
    bind_text(row, ++at, keywords);
}

static void bind_gain(sqlite3_stmt *row, int at, const void *whole, const void *item)
{
    const bulk *self = whole;
    const struct gain *gain = item;
    const int64_t numbers[] = { self->folder_id, gain->thread, gain->sort_key, gain->placement, gain->total, gain->unread, gain->flagged };
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        sqlite3_bind_int64(row, ++at, numbers[i]);
}

static const struct store_rows messages = { STORE_ROWS_SQL(MESSAGE_HEAD, MESSAGE_ROW), 19, bind_message };
static const struct store_rows refs = { STORE_ROWS_SQL(REF_HEAD, REF_ROW), 3, bind_ref };
static const struct store_rows placements = { STORE_ROWS_SQL(PLACEMENT_HEAD, PLACEMENT_ROW), 11, bind_placement };
static const struct store_rows gains = { STORE_ROWS_SQL(GAIN_HEAD, GAIN_ROW), 7, bind_gain };

static bool name_messages(bulk *self, GError **error)
{
    for (size_t i = 0; i < self->count; i++) {
        const struct entry *entry = &self->entries[i];
        if (entry->is_unnamed && !message_ref_name(self->db, entry->unnamed, entry->hash, entry->message, error))
            return false;
    }
    return true;
}

/* It was known from elsewhere: what is better known now is. */
static bool refresh_message(bulk *self, const struct entry *entry, GError **error)
{
    if (!store_run(self->db, error, "DELETE FROM orphans WHERE message_id = ?", NUM(entry->message)))
        return false;
    int64_t before = sqlite3_total_changes64(store_db(self->db));
    if (!store_message_update(self->db, entry->message, &entry->clipped.info, error))
        return false;
    bool has_news = sqlite3_total_changes64(store_db(self->db)) > before;
    return !self->is_quiet || !has_news || store_run(self->db, error, "INSERT INTO search_news(message_id) VALUES(?)", NUM(entry->message));
}

/* The parts they went to are told, and remembered. */
static bool count_refs(bulk *self, GError **error)
{
    int64_t told = -1;
    for (size_t i = 0; i < self->ref_count; i++) {
        int64_t part = message_ref_part_of(self->refs[i].key);
        if (self->sieve != NULL)
            id_sieve_add(self->sieve, self->refs[i].hash);
        if (part == told)
            continue;
        if (!message_ref_part_grew(self->db, part, error))
            return false;
        if (self->sieve != NULL)
            id_sieve_count_own(self->sieve);
        told = part;
    }
    return true;
}

static bool write_messages(bulk *self, GError **error)
{
    g_autoptr(GPtrArray) fresh = g_ptr_array_sized_new(PIECE), noted = g_ptr_array_sized_new(REFS_MAX);
    for (size_t i = 0; i < self->count; i++) {
        struct entry *entry = &self->entries[i];
        if (entry->is_message_new)
            g_ptr_array_add(fresh, entry);
        else if (!refresh_message(self, entry, error))
            return false;
    }
    for (size_t i = 0; i < self->ref_count; i++)
        g_ptr_array_add(noted, &self->refs[i]);
    return store_rows_write(self->db, &messages, self, fresh, error) && store_rows_write(self->db, &refs, self, noted, error) &&
           count_refs(self, error) && name_messages(self, error);
}

/* What the trigger mail_arrives does. */
static bool note_arrivals(bulk *self, GError **error)
{
    bool is_done = true;
    for (size_t i = 0; is_done && i < self->count; i++) {
        const struct entry *entry = &self->entries[i];
        if (entry->row->uid >= self->mark)
            is_done = store_run(self->db, error,
                                "INSERT OR IGNORE INTO arrivals(placement_id, since_utc) SELECT ?1, unixepoch() FROM arrival_marks"
                                " WHERE folder_id = ?2 AND ?3 >= uid AND ?4 > last_message",
                                NUM(entry->placement), NUM(self->folder_id), NUM(entry->row->uid), NUM(entry->message));
    }
    return is_done;
}

/* placement_comes would count each: these are counted together by count_all. */
static bool write_placements(bulk *self, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_sized_new(PIECE);
    for (size_t i = 0; i < self->count; i++)
        g_ptr_array_add(all, &self->entries[i]);
    if (self->is_quiet)
        return store_rows_write(self->db, &placements, self, all, error) && note_arrivals(self, error);
    return store_run(self->db, error, "INSERT INTO bulk(id) VALUES(1)") && store_rows_write(self->db, &placements, self, all, error) &&
           store_run(self->db, error, "DELETE FROM bulk");
}

/* --- counting --- */

static int by_thread(gconstpointer left, gconstpointer right)
{
    int64_t a = ((const struct gain *)left)->thread, b = ((const struct gain *)right)->thread;
    return a < b ? -1 : a > b;
}

static void gain_add(struct gain *into, const struct gain *one)
{
    if (one->sort_key > into->sort_key || (one->sort_key == into->sort_key && one->placement > into->placement)) {
        into->sort_key = one->sort_key;
        into->placement = one->placement;
    }
    into->total += one->total;
    into->unread += one->unread;
    into->flagged += one->flagged;
    into->is_new |= one->is_new;
}

/* One for each conversation, ascending. */
static GArray *gains_of(const bulk *self)
{
    GArray *all = g_array_sized_new(FALSE, FALSE, sizeof(struct gain), PIECE);
    for (size_t i = 0; i < self->count; i++) {
        const struct entry *entry = &self->entries[i];
        struct gain one = { entry->thread,
                            entry->sort_key,
                            entry->placement,
                            1,
                            (entry->row->flags & MESSAGE_SEEN) == 0,
                            (entry->row->flags & MESSAGE_FLAGGED) != 0,
                            entry->thread == entry->message && entry->is_message_new };
        g_array_append_val(all, one);
    }
    g_array_sort(all, by_thread);
    guint kept = 0;
    for (guint i = 1; i < all->len; i++) {
        struct gain *last = &g_array_index(all, struct gain, kept), *each = &g_array_index(all, struct gain, i);
        if (last->thread == each->thread)
            gain_add(last, each);
        else
            g_array_index(all, struct gain, ++kept) = *each;
    }
    g_array_set_size(all, MIN(kept + 1, all->len));
    return all;
}

/* The conversation may be in the folder already. */
static bool gain_merge(bulk *self, const struct gain *gain, bool *is_merged_out, GError **error)
{
    bool is_done = store_run(self->db, error,
                             "UPDATE folder_threads SET total = total + ?5, unread = unread + ?6, flagged = flagged + ?7,"
                             " placement_id = CASE WHEN (?3, ?4) > (sort_key, placement_id) THEN ?4 ELSE placement_id END,"
                             " sort_key = CASE WHEN ?3 > sort_key THEN ?3 ELSE sort_key END WHERE folder_id = ?1 AND thread_id = ?2",
                             NUM(self->folder_id), NUM(gain->thread), NUM(gain->sort_key), NUM(gain->placement), NUM(gain->total),
                             NUM(gain->unread), NUM(gain->flagged));
    *is_merged_out = sqlite3_changes(store_db(self->db)) > 0;
    return is_done;
}

static bool count_all(bulk *self, GError **error)
{
    g_autoptr(GArray) all = gains_of(self);
    g_autoptr(GPtrArray) fresh = g_ptr_array_sized_new(PIECE);
    int64_t total = 0, unread = 0;
    for (guint i = 0; i < all->len; i++) {
        struct gain *gain = &g_array_index(all, struct gain, i);
        bool is_merged = false;
        total += gain->total;
        unread += gain->unread;
        if (!gain->is_new && !gain_merge(self, gain, &is_merged, error))
            return false;
        if (!is_merged)
            g_ptr_array_add(fresh, gain);
    }
    return store_rows_write(self->db, &gains, self, fresh, error) &&
           store_run(self->db, error, "UPDATE folders SET total = total + ?, unread = unread + ? WHERE id = ?", NUM(total), NUM(unread),
                     NUM(self->folder_id));
}

/* --- people --- */

static bool note_people(bulk *self, GError **error)
{
    for (size_t i = 0; i < self->count; i++) {
        const struct message_info *info = &self->entries[i].clipped.info;
        if (!store_people_are_senders(self->facts.role)) {
            if (!store_people_note(self->db, self->facts.role, info, error))
                return false;
            continue;
        }
        people_ledger_note(self->people, info);
    }
    return true;
}

/* --- the whole --- */

static bool refresh_keywords(bulk *self, GError **error)
{
    for (size_t i = 0; self->has_kept_tags && i < self->count; i++)
        if (!store_placement_refresh_keywords(self->db, self->entries[i].placement, error))
            return false;
    return true;
}

static bool put_piece(bulk *self, struct bulk_row *rows, size_t count, GError **error)
{
    bool is_plain;
    if (!bulk_prepare(self, &is_plain, error))
        return false;
    g_autoptr(GArray) known = is_plain ? known_among(self, rows, count, error) : NULL;
    if (is_plain && known == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        bool is_taken = false;
        if (is_plain && rows[i].uid != 0 && !is_among(known, rows[i].uid) && !take(self, &rows[i], &is_taken, error))
            return false;
        rows[i].is_left = !is_taken;
    }
    return self->count == 0 || (write_messages(self, error) && write_placements(self, error) && count_all(self, error) &&
                                refresh_keywords(self, error) && note_people(self, error));
}

static bool put_all(bulk *self, struct bulk_row *rows, size_t count, GError **error)
{
    bool is_done = true;
    for (size_t i = 0; is_done && i < count; i += PIECE) {
        is_done = put_piece(self, rows + i, MIN(PIECE, count - i), error) && store_breathe(self->db, error);
        bulk_clear(self);
    }
    return is_done;
}

bool store_bulk_put(store *db, int64_t folder_id, struct bulk_row *rows, size_t count, people_ledger *people, id_sieve *sieve,
                    size_t *left_out, GError **error)
{
    size_t left = 0;
    if (!store_begin_refetchable(db, error))
        return false;
    g_autoptr(people_ledger) own = people == NULL ? people_ledger_new() : NULL;
    g_autoptr(bulk) self = bulk_new(db, folder_id, people != NULL ? people : own, sieve);
    bool is_done = put_all(self, rows, count, error) && (own == NULL || people_ledger_write(own, db, error));
    if (!store_end(db, is_done, error)) {
        if (sieve != NULL)
            id_sieve_forget(sieve);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        left += rows[i].is_left;
    *left_out = left;
    return true;
}
