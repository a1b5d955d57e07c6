/* SPDX-License-Identifier: MIT */
/* What the server says without or with being asked, taken in: called from inside the waits of the session, in its thread. */
#include "core/imap_session_private.h"
#include "core/sync_backfill.h"
#include "core/sync_convert.h"
#include <glib/gi18n-lib.h>

#define FETCHED_MAX    2000u
#define IDENTIFIED_MAX 10000u /* of what is looked at before it is written: more was not asked for */
#define STATUSES_MAX   200000u
#define COPIED_MAX     100000u /* more than a batch can ask for */

/* What was told and what is known here do not fit together: the folder is compared anew before anything is concluded from a number. */
static void lose_track(imap_session *self)
{
    self->is_followed = false;
    g_clear_pointer(&self->uids, g_array_unref);
}

static void on_exists(void *data, uint32_t count)
{
    imap_session *self = data;
    bool is_less = count < self->exists; /* RFC 9051 7.4.1: only EXPUNGE and VANISHED make a folder smaller */
    if (self->is_closing)
        return;
    self->exists = count;
    if (is_less && self->folder_id != 0) {
        lose_track(self);
        return;
    }
    self->has_new_mail |= self->is_followed;
    if (self->uids == NULL || count <= self->uids->len)
        return;
    self->has_new_mail = true;
    while (self->uids->len < count) {
        uint32_t unknown = 0;
        g_array_append_val(self->uids, unknown);
    }
}

/* What was read and is gone before it was written (servers show a message that another connection has just moved away until the end of the command)
 * must not be written behind that: as a message that nobody says again to be gone. */
static void forget_fetched(imap_session *self, uint32_t first, uint32_t last)
{
    for (guint i = self->fetched->len; i-- > 0;) {
        uint32_t uid = ((const struct fetched *)g_ptr_array_index(self->fetched, i))->uid;
        if (uid >= first && uid <= last)
            g_ptr_array_remove_index(self->fetched, i);
    }
}

static void note_gone(imap_session *self, uint32_t first, uint32_t last)
{
    forget_fetched(self, first, last);
    if (self->folder_id != 0)
        imap_gone_note(self->account->gone, self->folder_id, imap_client_mailbox(self->client)->uidvalidity, first, last);
}

static void on_expunge(void *data, uint32_t sequence)
{
    imap_session *self = data;
    if (self->is_closing)
        return;
    self->expunges++;
    self->exists -= self->exists > 0;
    if (self->is_followed) /* a server with QRESYNC says VANISHED */
        lose_track(self);
    if (self->uids == NULL || sequence == 0 || sequence > self->uids->len)
        return;
    uint32_t uid = g_array_index(self->uids, uint32_t, sequence - 1);
    g_array_remove_index(self->uids, sequence - 1);
    self->is_changed = true;
    if (uid == 0)
        return;
    note_gone(self, uid, uid);
    g_array_append_val(self->gone, uid); /* a sync to the disk for each would be slow: they go together */
}

static void on_vanished(void *data, bool is_earlier, const struct imap_range *uids, size_t count)
{
    imap_session *self = data;
    if (self->is_closing || self->folder_id == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        if (!is_earlier) { /* before the look into the store: see core/imap_gone.h */
            note_gone(self, uids[i].first, uids[i].last);
            self->expunges += (uint64_t)uids[i].last - uids[i].first + 1;
        }
        g_autoptr(GArray) known = store_placement_uids(self->store, self->folder_id, uids[i].first, uids[i].last, NULL);
        if (known != NULL)
            g_array_append_vals(is_earlier ? self->earlier : self->gone, known->data, known->len);
    }
    if (is_earlier)
        return;
    self->exists = imap_client_mailbox(self->client)->exists;
    self->is_changed = true;
    if (!self->is_followed)
        lose_track(self); /* sequence numbers are not told: they are asked for anew */
}

static void on_closed(void *data)
{
    imap_session *self = data;
    self->is_closing = false;
}

static void on_overflow(void *data)
{
    imap_session *self = data;
    self->is_notified = false; /* polled again from now on */
}

static void keep_section(imap_session *self, const struct imap_fetch *fetch)
{
    for (size_t i = 0; i < fetch->section_count; i++) {
        if (g_str_has_prefix(fetch->sections[i].name, "HEADER.FIELDS") || fetch->sections[i].is_decoded != self->wants_decoded)
            continue;
        g_byte_array_append(self->section, (const guint8 *)fetch->sections[i].bytes, (guint)fetch->sections[i].length);
        self->has_section |= !fetch->sections[i].is_nil;
    }
}

/* Which message has which sequence number; flags may be told without a UID while idling. */
static void note_number(imap_session *self, struct imap_fetch *fetch)
{
    uint32_t *known = &g_array_index(self->uids, uint32_t, fetch->sequence - 1);
    if (!(fetch->has & IMAP_FETCH_UID))
        fetch->uid = *known;
    else if (*known != 0 && *known != fetch->uid)
        lose_track(self);
    else
        *known = fetch->uid;
}

/* What is told of one account only is unique with its number. */
static const char *account_word(imap_session *self, struct fetched *fetched, const char *word)
{
    g_string_printf(text_pool_scratch(fetched->texts), "%" G_GINT64_FORMAT " %s", self->account->id, word);
    return text_pool_keep_scratch(fetched->texts);
}

static void on_fetch(void *data, const struct imap_fetch *fetch)
{
    imap_session *self = data;
    struct imap_fetch copy = *fetch;
    if (self->is_closing || self->folder_id == 0)
        return;
    self->seen_uid = MAX(self->seen_uid, copy.uid);
    if (self->uids != NULL && fetch->sequence > 0 && fetch->sequence <= self->uids->len)
        note_number(self, &copy);
    else if (self->is_followed && !(copy.has & IMAP_FETCH_UID))
        lose_track(self); /* whose flags these are is not known here */
    if ((copy.has & IMAP_FETCH_SECTION) && self->body_sink != NULL)
        self->body_sink(self->body_data, &copy);
    else if (copy.has & IMAP_FETCH_SECTION)
        keep_section(self, &copy);
    if (copy.uid != 0 && (copy.has & IMAP_FETCH_MODSEQ) && self->touched->len < FETCHED_MAX)
        g_array_append_val(self->touched, copy.uid);
    if (copy.uid != 0 && (copy.has & (IMAP_FETCH_FLAGS | IMAP_FETCH_ENVELOPE | IMAP_FETCH_BODYSTRUCTURE))) {
        struct fetched *fetched = fetched_from(&copy, &self->texts);
        fetched->asked_at = self->asked_at;
        fetched->lacks_labels = imap_client_can(self->client, IMAP_CAPABILITY_GMAIL) && (copy.has & IMAP_FETCH_LABELS) == 0;
        if (fetched->has_info && copy.thread_id != NULL) /* no Message-ID has a blank in it */
            fetched->info.thread = account_word(self, fetched, copy.thread_id);
        if (fetched->has_info && fetched->info.message_id == NULL && copy.email_id != NULL)
            fetched->info.email_id = account_word(self, fetched, copy.email_id);
        g_ptr_array_add(self->fetched, fetched);
    }
    if (self->is_identifying && self->fetched->len > IDENTIFIED_MAX)
        g_ptr_array_set_size(self->fetched, IDENTIFIED_MAX);
    if (self->backfill != NULL) {
        sync_backfill_note(self);
        return;
    }
    /* Flags of a whole folder at once: not all in memory. What cannot be written stays, and is tried and told of by the owner's own call. */
    if (self->fetched->len >= FETCHED_MAX && self->fetched->len % FETCHED_MAX == 0 && !self->is_identifying)
        imap_session_store_fetched(self, self->folder_id, false, NULL, NULL);
}

static void on_list(void *data, const struct imap_list *list)
{
    imap_session *self = data;
    if (self->subscribed != NULL) {
        g_hash_table_add(self->subscribed, g_strdup(list->mailbox));
        return;
    }
    struct folder *folder = g_new0(struct folder, 1);
    *folder = (struct folder){
        .account_id = self->account->id, .name = g_strdup(list->mailbox), .wire = g_strdup(list->wire), .delimiter = list->delimiter
    };
    folder->role = sync_role_of(list);
    folder->flags = (list->attributes & (IMAP_LIST_NOSELECT | IMAP_LIST_NONEXISTENT) ? FOLDER_IS_NOSELECT : 0u) |
                    (list->attributes & IMAP_LIST_NOINFERIORS ? FOLDER_IS_CHILDLESS : 0u) |
                    (list->attributes & IMAP_LIST_SUBSCRIBED ? FOLDER_IS_SUBSCRIBED : 0u);
    /* Whether the role is the server's word or our guess: a guess gives way. */
    folder->total = (list->attributes & (IMAP_LIST_DRAFTS | IMAP_LIST_SENT | IMAP_LIST_ARCHIVE | IMAP_LIST_JUNK | IMAP_LIST_TRASH |
                                         IMAP_LIST_ALL | IMAP_LIST_FLAGGED)) != 0;
    g_ptr_array_add(self->listed, folder);
}

static void on_status(void *data, const struct imap_mailbox_status *status)
{
    imap_session *self = data;
    if (status->has & IMAP_STATUS_APPENDLIMIT)
        self->append_limit = status->append_limit;
    if (self->statuses->len >= STATUSES_MAX || status->has == IMAP_STATUS_APPENDLIMIT) /* the next poll asks for all */
        return;
    struct folder *folder = g_new0(struct folder, 1);
    *folder = (struct folder){ .name = g_strdup(status->mailbox),
                               .uidvalidity = status->uidvalidity,
                               .uidnext = status->uidnext,
                               .highestmodseq = status->highestmodseq,
                               .unread = status->has & IMAP_STATUS_UNSEEN ? (int64_t)status->unseen : -1,
                               .mailbox_id = g_strdup(status->mailbox_id),
                               .server_bytes = status->has & IMAP_STATUS_SIZE ? (int64_t)MIN(status->size_bytes, (uint64_t)G_MAXINT64) : -1,
                               .server_total = status->has & IMAP_STATUS_MESSAGES ? (int64_t)status->messages : -1 };
    g_ptr_array_add(self->statuses, folder);
}

static int by_number(gconstpointer left, gconstpointer right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

/* The numbers rise, and begin behind what is there. */
static bool goes_on(const GArray *sorted, const uint32_t *numbers, size_t count)
{
    uint32_t last = sorted->len > 0 ? g_array_index(sorted, uint32_t, sorted->len - 1) : 0;
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] <= last)
            return false;
        last = numbers[i];
    }
    return true;
}

static void on_search(void *data, const uint32_t *numbers, size_t count)
{
    imap_session *self = data;
    imap_request request = imap_client_answering(self->client);
    for (size_t i = 0; i < ASKED_MAX; i++) {
        if (self->asked[i].answer != NULL && self->asked[i].request == request) {
            g_array_append_vals(self->asked[i].answer, numbers, (guint)count);
            return;
        }
    }
    guint had = self->found->len;
    bool is_sorted = goes_on(self->found, numbers, count);
    g_array_append_vals(self->found, numbers, (guint)count);
    if (!self->is_mapping)
        return;
    /* Now, not when the command is done: servers tell what was expunged or came between this answer and the end of the command. A long answer comes
     * in pieces, each behind the one before. */
    if (is_sorted && self->uids != NULL && self->uids->len == had) {
        g_array_append_vals(self->uids, numbers, (guint)count);
        return;
    }
    if (!is_sorted)
        g_array_sort(self->found, by_number);
    g_clear_pointer(&self->uids, g_array_unref);
    self->uids = g_array_copy(self->found);
}

/* The n-th number of ranges; 0: there are fewer. */
static uint32_t nth(const struct imap_range *ranges, size_t count, uint64_t n)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t length = (uint64_t)ranges[i].last - ranges[i].first + 1;
        if (n < length)
            return ranges[i].first + (uint32_t)n;
        n -= length;
    }
    return 0;
}

static uint64_t length_of(const struct imap_range *ranges, size_t count)
{
    uint64_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += (uint64_t)ranges[i].last - ranges[i].first + 1;
    return length;
}

/* The k-th source number became the k-th target number (RFC 4315). */
static void on_copyuid(void *data, const struct imap_reply *reply)
{
    imap_session *self = data;
    if (length_of(reply->source, reply->source_count) != length_of(reply->target, reply->target_count))
        return; /* which is which cannot be known */
    for (uint64_t n = 0; n < COPIED_MAX; n++) {
        struct copied one = { (uint32_t)reply->number, nth(reply->source, reply->source_count, n),
                              nth(reply->target, reply->target_count, n) };
        if (one.from == 0 || one.to == 0)
            return;
        g_array_append_val(self->copied, one);
    }
}

void imap_session_note_copied(imap_session *self, const struct imap_reply *reply)
{
    if (reply->code == IMAP_CODE_COPYUID)
        on_copyuid(self, reply);
}

static void on_alert(void *data, const char *text)
{
    imap_session *self = data;
    g_autofree char *words = g_strdup_printf(_("%s says: %s"), self->account->account->name, text);
    const struct event event = { .type = EVENT_NOTICE, .account = self->account->id, .text = words };
    event_post(self->account->engine->events, &event);
}

static void on_slow(void *data, int waited_ms)
{
    imap_session *self = data;
    if (waited_ms == 0) {
        engine_set_state(self->account, self->lane, CONNECTION_ONLINE, "");
        return;
    }
    g_autofree char *words = g_strdup_printf(_("%s does not answer for %d s"), self->account->account->incoming.host, waited_ms / 1000);
    engine_set_state(self->account, self->lane, CONNECTION_SLOW, words);
}

struct imap_handlers imap_session_handlers(imap_session *self)
{
    return (struct imap_handlers){ .data = self,
                                   .exists = on_exists,
                                   .expunge = on_expunge,
                                   .vanished = on_vanished,
                                   .fetch = on_fetch,
                                   .list = on_list,
                                   .status = on_status,
                                   .search = on_search,
                                   .copyuid = on_copyuid,
                                   .closed = on_closed,
                                   .overflow = on_overflow,
                                   .quota = imap_facts_quota,
                                   .rights = imap_facts_rights,
                                   .alert = on_alert,
                                   .slow = on_slow };
}
