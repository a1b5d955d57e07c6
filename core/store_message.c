/* SPDX-License-Identifier: MIT */
/* Messages as rows, one for each distinct message. */
#include "core/store_message.h"
#include "core/intent.h"
#include "core/store_contact.h"
#include "core/store_private.h"
#include "core/store_verify.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* What strangers write has no natural end: longer is cut before it is stored. A list needs less, a reply to all needs its recipients. */
static const char *clip(struct store_clipped *self, const char *text, size_t max)
{
    if (text == NULL || *text == '\0')
        return NULL;
    if (strnlen(text, max + 1) <= max)
        return text;
    while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
        max--;
    return self->owned[self->count++] = g_strndup(text, max);
}

/* The references that are kept: as many as a conversation looks at. */
static const char *clip_references(struct store_clipped *self, const char *references)
{
    if (references == NULL || strlen(references) <= 4000)
        return references;
    size_t root = strcspn(references, " ");
    const char *tail = strchr(references + strlen(references) - 3000, ' ');
    if (root > 998 || tail == NULL)
        return NULL;
    return self->owned[self->count++] = g_strdup_printf("%.*s%s", (int)root, references, tail);
}

void store_clip(struct store_clipped *self, const struct message_info *info)
{
    *self = (struct store_clipped){ .info = *info };
    struct message_info *to = &self->info;
    to->message_id = clip(self, info->message_id, 998);
    to->in_reply_to = clip(self, info->in_reply_to, 998);
    to->subject = clip(self, info->subject, 2000);
    to->from_name = clip(self, info->from_name, 500);
    to->from_address = clip(self, info->from_address, 500);
    to->to = clip(self, info->to, 32768);
    to->cc = clip(self, info->cc, 32768);
    to->reply_to = clip(self, info->reply_to, 2000);
    to->list_id = clip(self, info->list_id, 500);
    to->preview = clip(self, info->preview, 500);
    self->references = clip_references(self, info->references);
    /* references in info: store_thread takes its own pick of them; structure: half of one would be malformed. */
    to->structure = info->structure != NULL && strnlen(info->structure, 262145) <= 262144 ? info->structure : NULL;
}

void store_clipped_clear(struct store_clipped *self)
{
    for (size_t i = 0; i < self->count; i++)
        g_free(self->owned[i]);
    self->count = 0;
}

/* --- rows --- */

static const char message_by_id[] =
    "SELECT id, thread_id, structure IS NULL, preview IS NULL FROM messages"
    " WHERE id IN " STORE_MESSAGES_OF_HASH("?1") " AND message_id = ?2 AND (?3 OR size_bytes = ?4 AND subject IS ?5) ORDER BY id LIMIT 1";

/* One without Message-ID is known by the server's own name for it, where it gives one. */
static const char message_by_email_id[] =
    "SELECT m.id, m.thread_id, m.structure IS NULL, m.preview IS NULL FROM email_ids AS e JOIN messages AS m ON m.id = e.message_id"
    " WHERE e.email_id = ? AND m.size_bytes = ?";

bool store_message_find(store *db, const struct message_info *info, bool is_local, struct store_found *found_out, GError **error)
{
    found_out->id = 0;
    if (info->message_id == NULL && info->email_id == NULL)
        return true;
    g_autoptr(sqlite3_stmt) row = info->message_id != NULL
                                      ? store_select(db, error, message_by_id, NUM(store_hash(info->message_id)), TXT(info->message_id),
                                                     NUM(is_local), NUM(info->size_bytes), TXT(info->subject))
                                      : store_select(db, error, message_by_email_id, TXT(info->email_id), NUM(info->size_bytes));
    GError *failure = NULL;
    if (row == NULL)
        return false;
    if (store_step(db, row, &failure))
        *found_out = (struct store_found){ sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1), sqlite3_column_int(row, 2) != 0,
                                           sqlite3_column_int(row, 3) != 0 };
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

static bool message_insert(store *db, const struct message_info *info, int64_t *message_out, int64_t *thread_out, GError **error)
{
    int64_t id = 1, hash = info->message_id != NULL ? store_hash(info->message_id) : 0;
    struct store_thread_place place = { 0 };
    if (!store_thread_find(db, info, &place, error) ||
        !store_number(db, &id, error, "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'messages'"))
        return false;
    int64_t thread = place.thread_id != 0 ? place.thread_id : id;
    struct store_clipped kept = { .count = 0 };
    const char *references = clip_references(&kept, info->references);
    bool is_done =
        store_run(db, error,
                  "INSERT INTO messages(id, thread_id, message_hash, message_id, size_bytes, date_utc, subject, from_name, from_address,"
                  " recipients, preview, part_flags, attachment_count, in_reply_to, refs, cc, reply_to, list_id, structure)"
                  " VALUES(?1, ?2, nullif(?3, 0), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
                  NUM(id), NUM(thread), NUM(hash), TXT(info->message_id), NUM(info->size_bytes), NUM(info->date_utc), TXT(info->subject),
                  TXT(info->from_name), TXT(info->from_address), TXT(info->to), TXT(info->preview), NUM(info->part_flags),
                  NUM(info->attachment_count), TXT(info->in_reply_to), TXT(references), TXT(info->cc), TXT(info->reply_to),
                  TXT(info->list_id), TXT(info->structure)) &&
        (info->message_id != NULL || info->email_id == NULL ||
         store_run(db, error, "INSERT OR REPLACE INTO email_ids(email_id, message_id) VALUES(?, ?)", TXT(info->email_id), NUM(id))) &&
        store_thread_note(db, &place, hash, thread, id, error);
    store_clipped_clear(&kept);
    *message_out = id;
    *thread_out = thread;
    return is_done;
}

bool store_message_update(store *db, int64_t message_id, const struct message_info *info, GError **error)
{
    if (info->structure == NULL && info->preview == NULL)
        return true;
    return store_run(
        db, error,
        "UPDATE messages SET structure = coalesce(structure, ?1), preview = coalesce(preview, ?2), part_flags = part_flags | ?3,"
        " attachment_count = max(attachment_count, ?4)"
        " WHERE id = ?5 AND (structure IS NULL AND ?1 IS NOT NULL OR preview IS NULL AND ?2 IS NOT NULL)",
        TXT(info->structure), TXT(info->preview), NUM(info->part_flags), NUM(info->attachment_count), NUM(message_id));
}

bool store_message_put(store *db, const struct message_info *info, bool is_local, int64_t *message_out, int64_t *thread_out, GError **error)
{
    struct store_found found;
    if (!store_message_find(db, info, is_local, &found, error))
        return false;
    if (found.id == 0)
        return message_insert(db, info, message_out, thread_out, error);
    *message_out = found.id;
    *thread_out = found.thread_id;
    bool is_better = (found.lacks_structure && info->structure != NULL) || (found.lacks_preview && info->preview != NULL);
    return !is_better || store_message_update(db, found.id, info, error);
}

bool store_message_set_preview(store *db, int64_t message_id, const char *preview, GError **error)
{
    struct store_clipped text = { .count = 0 };
    bool is_done = store_run(db, error, "UPDATE messages SET preview = ? WHERE id = ?",
                             TXT(preview != NULL && *preview == '\0' ? "" : clip(&text, preview, 500)), NUM(message_id));
    store_clipped_clear(&text);
    return is_done;
}

static bool message_delete(store *db, int64_t id, GError **error)
{
    return store_run(db, error, "DELETE FROM messages WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM placements WHERE message_id = ?1)",
                     NUM(id)) &&
           store_run(db, error, "DELETE FROM orphans WHERE message_id = ?", NUM(id));
}

static GArray *orphans_of(store *db, int64_t older_than_s, int most, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(db, error,
                                               "SELECT message_id FROM orphans WHERE since_utc <= ? AND NOT EXISTS"
                                               " (SELECT 1 FROM placements WHERE placements.message_id = orphans.message_id) LIMIT ?",
                                               NUM(store_now_utc() - older_than_s), NUM(most));
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(int64_t));
    GError *failure = NULL;
    while (row != NULL && store_step(db, row, &failure)) {
        int64_t id = sqlite3_column_int64(row, 0);
        g_array_append_val(found, id);
    }
    if (failure != NULL)
        g_propagate_error(error, failure);
    return row != NULL && failure == NULL ? g_steal_pointer(&found) : NULL;
}

int store_message_collect(store *db, int64_t older_than_s, int most, GArray *gone_out, GError **error)
{
    g_autoptr(GArray) orphans = orphans_of(db, older_than_s, most, error); /* before the lock: there may be many that are not old enough */
    guint gone = 0;
    if (orphans == NULL || orphans->len == 0 || !store_begin(db, error))
        return orphans != NULL && orphans->len == 0 ? 0 : -1;
    bool is_done = true;
    /* Somebody may have put one of them somewhere meanwhile. */
    while (is_done && gone < orphans->len) {
        is_done = message_delete(db, g_array_index(orphans, int64_t, gone), error) && store_breathe(db, error);
        gone++;
    }
    is_done = store_end(db, is_done, error);
    if (is_done && gone_out != NULL)
        g_array_append_vals(gone_out, orphans->data, gone);
    return is_done ? (int)gone : -1;
}

/* --- people --- */

/* "Name <addr>" or "addr" → its halves; text is changed. */
static bool person_note(store *db, char *text, int64_t when_utc, GError **error)
{
    char *open = strrchr(text, '<');
    if (open == NULL)
        return store_contact_note(db, NULL, g_strstrip(text), true, when_utc, error);
    *open = '\0';
    char *close = strchr(open + 1, '>');
    if (close != NULL)
        *close = '\0';
    g_strdelimit(text, "\"", ' ');
    return store_contact_note(db, g_strstrip(text), g_strstrip(open + 1), true, when_utc, error);
}

#define PEOPLE_MAX 20 /* a circular to four hundred says little about who is written to */

static bool people_note_sent(store *db, const char *recipients, int64_t when_utc, GError **error)
{
    g_autofree char *copy = g_strdup(recipients != NULL ? recipients : "");
    bool is_quoted = false;
    int count = 0;
    char *start = copy;
    for (char *at = copy; count < PEOPLE_MAX; at++) {
        if (*at == '"')
            is_quoted = !is_quoted;
        if (*at != '\0' && (*at != ',' || is_quoted))
            continue;
        bool is_last = *at == '\0';
        *at = '\0';
        if (!person_note(db, start, when_utc, error))
            return false;
        if (is_last)
            break;
        start = at + 1;
        count++;
    }
    return true;
}

bool store_people_are_senders(enum folder_role role)
{
    return role != FOLDER_JUNK && role != FOLDER_TRASH && role != FOLDER_DRAFTS && role != FOLDER_SENT;
}

bool store_people_note(store *db, enum folder_role role, const struct message_info *info, GError **error)
{
    switch (role) {
    case FOLDER_JUNK:
    case FOLDER_TRASH:
    case FOLDER_DRAFTS:
        return true;
    case FOLDER_SENT:
        return people_note_sent(db, info->to, info->date_utc, error);
    default:
        return store_contact_note(db, info->from_name, info->from_address, false, info->date_utc, error);
    }
}

/* --- arrivals: the first rule that knows the message ends the matter --- */

struct arrival {
    int64_t folder_id;
    struct folder_facts facts;
    uint32_t uid;     /* or */
    const char *file; /* of a local folder */
    unsigned flags;
    const char *keywords;
    uint64_t modseq;
    const struct message_info *info;
    int64_t message_hash; /* 0: no Message-ID */
    /* result */
    int64_t placement;
    bool is_new, is_settled;
};

int64_t store_arrival_key(const struct message_info *info, uint32_t uid)
{
    int64_t when = info->received_utc > 0 ? info->received_utc
                   : info->date_utc > 0   ? MIN(info->date_utc, store_now_utc())
                                          : store_now_utc();
    return store_sort_key(when, uid);
}

static bool arrival_set_flags(store *db, const struct arrival *arrival, int64_t id, GError **error)
{
    return store_run(db, error,
                     "UPDATE placements SET server_flags = ?1, server_keywords = nullif(?2, ''), modseq = max(modseq, ?3) WHERE id = ?4 AND"
                     " (?3 = 0 OR modseq <= ?3) AND (server_flags <> ?1 OR server_keywords IS NOT nullif(?2, '') OR modseq < ?3)",
                     NUM(arrival->flags), TXT(arrival->keywords), NUM(arrival->modseq), NUM(id)) &&
           store_placement_refresh_flags(db, id, error) && store_placement_refresh_keywords(db, id, error);
}

/* The row has this number by a server's word that was wrong, or the numbers were given anew: another Message-ID, and another size or date. (Messages with
 * two Message-IDs have one or the other, by who reads them.) */
static bool arrival_is_stranger(store *db, const struct arrival *arrival, bool *is_stranger_out, GError **error)
{
    int64_t found = 0;
    bool is_done =
        arrival->file != NULL || arrival->message_hash == 0 ||
        store_number(
            db, &found, error,
            "SELECT 1 FROM placements AS p JOIN messages AS m ON m.id = p.message_id WHERE p.id = ?1 AND m.message_hash IS NOT NULL"
            " AND m.message_hash <> ?2 AND (m.size_bytes <> ?3 OR m.date_utc <> ?4)",
            NUM(arrival->placement), NUM(arrival->message_hash), NUM(arrival->info->size_bytes), NUM(arrival->info->date_utc));
    *is_stranger_out = found != 0;
    return is_done;
}

static bool arrival_is_known(store *db, struct arrival *arrival, GError **error)
{
    int64_t message = 0;
    bool is_stranger = false;
    bool is_done =
        arrival->file != NULL
            ? store_number(db, &arrival->placement, error, "SELECT id FROM placements WHERE folder_id = ? AND file = ?",
                           NUM(arrival->folder_id), TXT(arrival->file))
            : store_number(db, &arrival->placement, error, "SELECT id FROM placements WHERE folder_id = ? AND uid = ? AND uid > 0",
                           NUM(arrival->folder_id), NUM(arrival->uid));
    if (!is_done || arrival->placement == 0)
        return is_done;
    if (!arrival_is_stranger(db, arrival, &is_stranger, error))
        return false;
    if (is_stranger) {
        arrival->placement = 0;
        return store_verify_forget_uid(db, arrival->folder_id, arrival->uid, error);
    }
    arrival->is_settled = true;
    return arrival_set_flags(db, arrival, arrival->placement, error) &&
           store_number(db, &message, error, "SELECT message_id FROM placements WHERE id = ?", NUM(arrival->placement)) &&
           store_message_update(db, message, arrival->info, error);
}

/* The person moved or deleted it here; the server has not heard yet. */
static bool arrival_is_moved_away(store *db, struct arrival *arrival, GError **error)
{
    int64_t id = 0;
    bool is_done =
        arrival->file != NULL
            ? store_number(db, &id, error,
                           "SELECT placement_id FROM intents WHERE folder_id = ? AND uid = 0 AND file = ? AND type IN (?, ?) LIMIT 1",
                           NUM(arrival->folder_id), TXT(arrival->file), NUM(INTENT_MOVE), NUM(INTENT_DELETE))
            : store_number(
                  db, &id, error,
                  "SELECT placement_id FROM intents WHERE folder_id = ? AND uid = ? AND uidvalidity = ? AND type IN (?, ?) LIMIT 1",
                  NUM(arrival->folder_id), NUM(arrival->uid), NUM(arrival->facts.uidvalidity), NUM(INTENT_MOVE), NUM(INTENT_DELETE));
    if (!is_done || id == 0)
        return is_done;
    arrival->is_settled = true;
    arrival->flags &= ~(unsigned)MESSAGE_DELETED; /* our own mark on what is left behind, where a server has no MOVE */
    return arrival_set_flags(db, arrival, id, error);
}

/* What was put here by an intent that was never sent cannot be what the server shows: that is another copy. "+": by the row, and not by all that is on
 * its way to the folder, which can be many thousands. */
#define IS_NOT_ON_ITS_WAY(placement)                                                                                                       \
    " AND NOT EXISTS (SELECT 1 FROM intents AS e WHERE e.placement_id = " placement " AND e.type IN (1, 2, 4) AND e.state = 0 AND"         \
    " e.attempts = 0 AND +e.target_folder_id = ?1)"
G_STATIC_ASSERT(INTENT_MOVE == 1 && INTENT_COPY == 2 && INTENT_DELETE == 3 && INTENT_APPEND == 4);

/* The same Message-ID is not enough: a list's copy has another size, a careless program gives one to all it sends. A message that was put there by us
 * may be told of in other words than its file (size, header); it has no structure yet. Nor need a local file (?7) be as the server told of it. What is
 * marked as deleted (?8) was there before, and is left of another way through this folder. */
#define IS_NOT_LEFT_BEHIND " AND (?8 = 0 OR p.server_flags & 8)"
#define IS_THE_SAME        IS_NOT_LEFT_BEHIND " AND (?7 OR m.structure IS NULL OR m.size_bytes = ?5 AND m.subject IS ?6)"
#define LOOKS_ALIKE                                                                                                                        \
    IS_NOT_LEFT_BEHIND " AND ?7 IS NOT NULL AND m.message_hash IS NULL AND m.size_bytes = ?5 AND m.subject IS ?6 AND m.date_utc = ?2"

/* It was moved here and on again before its number here was known (or all numbers of the folder changed): the intent learns the number. Asked by the message,
 * and not by all that wait in the folder, which can be many thousands. */
static bool arrival_is_awaited_by_intent(store *db, struct arrival *arrival, GError **error)
{
    static const char by_id[] =
        "SELECT i.placement_id FROM messages AS m CROSS JOIN placements AS p ON p.message_id = m.id CROSS JOIN intents AS i"
        " ON i.placement_id = p.id WHERE m.id IN " STORE_MESSAGES_OF_HASH(
            "?3") " AND +i.folder_id = ?1 AND +i.uid = 0 AND i.file IS NULL AND i.type IN (1, 3) AND i.message_hash = ?3"
                  " AND i.message_id = ?2 AND i.least_uid <= ?4" IS_THE_SAME IS_NOT_ON_ITS_WAY(
                      "i.placement_id AND e.id < i.id") " ORDER BY i.id LIMIT 1";
    static const char by_look[] =
        "SELECT i.placement_id FROM intents AS i JOIN placements AS p ON p.id = i.placement_id JOIN messages AS m ON m.id = p.message_id"
        " WHERE i.folder_id = ?1 AND i.uid = 0 AND i.file IS NULL AND i.type IN (1, 3) AND i.least_uid <= ?4"
        " AND ?3 = 0" LOOKS_ALIKE IS_NOT_ON_ITS_WAY("i.placement_id AND e.id < i.id") " ORDER BY i.id LIMIT 1";
    int64_t id = 0, awaited = 0;
    const struct message_info *info = arrival->info;
    if (arrival->file != NULL)
        return true;
    if (!store_number(db, &awaited, error, "SELECT EXISTS (SELECT 1 FROM intents WHERE folder_id = ? AND uid = 0 AND file IS NULL)",
                      NUM(arrival->folder_id)))
        return false;
    if (awaited == 0)
        return true;
    bool has_id = arrival->message_hash != 0;
    struct store_value key = has_id ? TXT(info->message_id) : NUM(info->date_utc);
    if (!store_number(db, &id, error, has_id ? by_id : by_look, NUM(arrival->folder_id), key, NUM(arrival->message_hash), NUM(arrival->uid),
                      NUM(info->size_bytes), TXT(info->subject), NUM(0), NUM(arrival->flags & MESSAGE_DELETED)))
        return false;
    if (id == 0)
        return true;
    arrival->is_settled = true;
    return store_placement_set_uid(db, id, arrival->folder_id, arrival->uid, error) && arrival_set_flags(db, arrival, id, error);
}

static const char adoptable_by_id[] =
    "SELECT p.id FROM messages AS m CROSS JOIN placements AS p ON p.message_id = m.id WHERE m.id IN " STORE_MESSAGES_OF_HASH(
        "?3") " AND m.message_id = ?2"
              " AND +p.folder_id = ?1 AND +p.uid = 0 AND p.file IS NULL AND p.least_uid <= ?4" IS_THE_SAME IS_NOT_ON_ITS_WAY(
                  "p.id") " ORDER BY m.structure IS NULL, p.id LIMIT 1";
static const char adoptable_by_look[] =
    "SELECT p.id FROM placements AS p CROSS JOIN messages AS m ON m.id = p.message_id WHERE p.folder_id = ?1 AND p.uid = 0"
    " AND p.file IS NULL AND p.least_uid <= ?4 AND ?3 = 0" LOOKS_ALIKE IS_NOT_ON_ITS_WAY("p.id") " ORDER BY p.id LIMIT 1";

static bool adoptable_find(store *db, const struct arrival *arrival, int64_t *placement_out, GError **error)
{
    const struct message_info *info = arrival->info;
    uint32_t uid = arrival->file != NULL ? UINT32_MAX : arrival->uid;
    bool has_id = arrival->message_hash != 0;
    struct store_value key = has_id ? TXT(info->message_id) : NUM(info->date_utc);
    return store_number(db, placement_out, error, has_id ? adoptable_by_id : adoptable_by_look, NUM(arrival->folder_id), key,
                        NUM(arrival->message_hash), NUM(uid), NUM(info->size_bytes), TXT(info->subject), NUM(arrival->file != NULL),
                        NUM(arrival->flags & MESSAGE_DELETED));
}

/* What we put there without hearing its number (MOVE, COPY, APPEND without UIDPLUS, or a sync that was faster than the answer). */
static bool arrival_is_adopted(store *db, struct arrival *arrival, GError **error)
{
    int64_t id = 0;
    struct placement_row row;
    if (!adoptable_find(db, arrival, &id, error))
        return false;
    if (id == 0)
        return true;
    bool is_done =
        store_placement_row(db, id, &row, error) &&
        (arrival->file != NULL ? store_placement_set_file(db, id, arrival->folder_id, arrival->file, error)
                               : store_placement_set_uid(db, id, arrival->folder_id, arrival->uid, error)) &&
        arrival_set_flags(db, arrival, id, error) &&
        /* An appended message has another size on the server (line ends), and its structure is known only now. */
        store_run(db, error, "UPDATE messages SET size_bytes = ? WHERE id = ?", NUM(arrival->info->size_bytes), NUM(row.message_id)) &&
        store_message_update(db, row.message_id, arrival->info, error);
    arrival->placement = id;
    arrival->is_settled = true;
    return is_done;
}

/* A new row has its flags already, and no intent that would change them. */
static bool arrival_is_marked(store *db, const struct arrival *arrival, GError **error)
{
    bool has_keywords = arrival->keywords != NULL && *arrival->keywords != '\0';
    if (!has_keywords && arrival->modseq != 0 &&
        !store_run(db, error, "UPDATE placements SET modseq = ? WHERE id = ?", NUM(arrival->modseq), NUM(arrival->placement)))
        return false;
    return has_keywords ? arrival_set_flags(db, arrival, arrival->placement, error)
                        : store_placement_refresh_keywords(db, arrival->placement, error);
}

static bool arrival_is_new(store *db, struct arrival *arrival, GError **error)
{
    int64_t message, thread;
    arrival->is_new = arrival->is_settled = true;
    return store_message_put(db, arrival->info, arrival->file != NULL, &message, &thread, error) &&
           store_placement_insert(db, arrival->folder_id, message, arrival->uid, 0, arrival->file, arrival->flags,
                                  store_arrival_key(arrival->info, arrival->uid), &arrival->placement, error) &&
           arrival_is_marked(db, arrival, error) && store_people_note(db, arrival->facts.role, arrival->info, error);
}

static bool (*const arrival_rules[])(store *db, struct arrival *arrival, GError **error) = {
    arrival_is_known, arrival_is_moved_away, arrival_is_awaited_by_intent, arrival_is_adopted, arrival_is_new,
};

static bool arrival_put(store *db, struct arrival *arrival, GError **error)
{
    struct store_clipped clipped;
    store_clip(&clipped, arrival->info);
    arrival->info = &clipped.info;
    arrival->message_hash = clipped.info.message_id != NULL ? store_hash(clipped.info.message_id) : 0;
    bool is_done = store_folder_facts(db, arrival->folder_id, &arrival->facts, error);
    for (size_t i = 0; is_done && !arrival->is_settled && i < G_N_ELEMENTS(arrival_rules); i++)
        is_done = arrival_rules[i](db, arrival, error);
    store_clipped_clear(&clipped);
    return is_done;
}

bool store_placement_put(store *db, int64_t folder_id, uint32_t uid, unsigned flags, const char *keywords, uint64_t modseq,
                         const struct message_info *info, int64_t *placement_out, bool *is_new_out, GError **error)
{
    struct arrival arrival = { .folder_id = folder_id, .uid = uid, .flags = flags, .keywords = keywords, .modseq = modseq, .info = info };
    if (uid == 0) {
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OTHER, _("The server gave a message the number 0, which no message can have."));
        return false;
    }
    if (!store_begin(db, error) || !store_end(db, arrival_put(db, &arrival, error), error))
        return false;
    if (placement_out != NULL)
        *placement_out = arrival.placement;
    if (is_new_out != NULL)
        *is_new_out = arrival.is_new;
    return true;
}

bool store_local_put(store *db, int64_t folder_id, const char *file, unsigned flags, const struct message_info *info,
                     int64_t *placement_out, GError **error)
{
    struct arrival arrival = { .folder_id = folder_id, .file = file, .flags = flags, .info = info };
    if (!store_begin(db, error) || !store_end(db, arrival_put(db, &arrival, error), error))
        return false;
    if (placement_out != NULL)
        *placement_out = arrival.placement;
    return true;
}
