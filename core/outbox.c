/* SPDX-License-Identifier: MIT */
/* The outbox: messages as files, their states as rows, and the rule that what may have been accepted is never sent again unasked. */
#include "core/outbox_private.h"
#include "core/blob.h"
#include "core/intent_private.h"
#include "core/message.h"
#include "core/outbox_leaving.h"
#include "core/store_contact.h"
#include "core/store_private.h"
#include "config/paths.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define FILED_KEPT   100
#define SETTLE_TRIES 12
enum { RETURNED_AS_DRAFT = 1, RETURNED_WITHOUT = 2 }; /* outbox.is_returned */
#define RETURNED_KEPT_S (7 * 86400)

static const struct {
    unsigned next; /* bits of enum outbox_state */
    const char *words;
} states[] = {
#define BIT(state) (1U << (state))
    [OUTBOX_QUEUED] = { BIT(OUTBOX_SENDING) | BIT(OUTBOX_FAILED) | BIT(OUTBOX_HELD), N_("waiting to be sent") },
    [OUTBOX_SENDING] = { BIT(OUTBOX_QUEUED) | BIT(OUTBOX_DATA_BEGUN) | BIT(OUTBOX_FAILED) | BIT(OUTBOX_HELD), N_("being sent") },
    [OUTBOX_DATA_BEGUN] = { BIT(OUTBOX_ACCEPTED) | BIT(OUTBOX_QUEUED) | BIT(OUTBOX_FAILED) | BIT(OUTBOX_IN_DOUBT), N_("being sent") },
    [OUTBOX_ACCEPTED] = { BIT(OUTBOX_FILED) | BIT(OUTBOX_FAILED), N_("sent") },
    [OUTBOX_FILED] = { 0, N_("sent") },
    [OUTBOX_FAILED] = { BIT(OUTBOX_QUEUED) | BIT(OUTBOX_HELD), N_("refused") },
    [OUTBOX_IN_DOUBT] = { BIT(OUTBOX_QUEUED) | BIT(OUTBOX_ACCEPTED) | BIT(OUTBOX_HELD), N_("perhaps sent") },
    [OUTBOX_HELD] = { BIT(OUTBOX_QUEUED), N_("held back") },
};

void outbox_item_free(struct outbox_item *item)
{
    if (item == NULL)
        return;
    g_free(item->account_key);
    g_free(item->file);
    g_free(item->path);
    g_free(item->sender);
    g_strfreev(item->recipients);
    g_free(item->subject);
    g_free(item->message_id);
    g_free(item->reply);
    g_strfreev(item->accepted);
    outbox_fates_free(item);
    g_free(item->notify);
    g_free(item->notice_returns);
    g_free(item->notice_id);
    g_free(item);
}

static void item_destroy(gpointer data)
{
    outbox_item_free(data);
}

/* Beside the folders, where no folder's name can come: those never begin with a dot. */
static char *outbox_maildir(const char *account_key)
{
    g_autofree char *account = paths_mail_directory(account_key, NULL);
    return g_build_filename(account, ".outbox", NULL);
}

/* --- rows --- */

#define ITEM_COLUMNS                                                                                                                       \
    "o.id, o.account_id, o.state, o.not_before_utc, o.attempts, o.reply_to_placement, o.reply_flag, a.key, o.file, o.sender, "             \
    "o.recipients,"                                                                                                                        \
    " o.accepted, o.subject, o.message_id, o.reply, o.created_utc, o.is_copied, o.is_returned, o.notice, o.taker IS NOT NULL FROM outbox " \
    "AS o JOIN accounts "                                                                                                                  \
    "AS a ON a.id = o.account_id"

static char **column_lines(sqlite3_stmt *row, int column)
{
    g_autofree char *lines = store_column_dup(row, column);
    return lines != NULL && *lines != '\0' ? g_strsplit(lines, "\n", -1) : g_new0(char *, 1);
}

/* Three lines: notify, returns, id. */
static void notice_read(struct outbox_item *item, sqlite3_stmt *row, int column)
{
    char **const targets[] = { &item->notify, &item->notice_returns, &item->notice_id };
    g_auto(GStrv) lines = column_lines(row, column);
    for (size_t i = 0; i < G_N_ELEMENTS(targets) && lines[i] != NULL; i++)
        *targets[i] = *lines[i] != '\0' ? g_strdup(lines[i]) : NULL;
}

static char *notice_lines(const struct outbox_notice *notice)
{
    const char *const parts[] = { notice->notify, notice->returns, notice->notice_id };
    GString *lines = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *line = g_strdup(parts[i] != NULL ? parts[i] : "");
        g_string_append_printf(lines, "%s%s", i > 0 ? "\n" : "", g_strdelimit(line, "\r\n", ' '));
    }
    bool is_empty = lines->len == G_N_ELEMENTS(parts) - 1;
    return g_string_free(lines, is_empty);
}

static struct outbox_item *item_from_row(sqlite3_stmt *row)
{
    struct outbox_item *item = g_new0(struct outbox_item, 1);
    item->id = sqlite3_column_int64(row, 0);
    item->account_id = sqlite3_column_int64(row, 1);
    item->state = (enum outbox_state)sqlite3_column_int(row, 2);
    item->not_before_utc = sqlite3_column_int64(row, 3);
    item->attempts = sqlite3_column_int(row, 4);
    item->reply_to_placement = sqlite3_column_int64(row, 5);
    item->reply_flag = (unsigned)sqlite3_column_int64(row, 6);
    item->account_key = store_column_dup(row, 7);
    item->file = store_column_dup(row, 8);
    item->sender = store_column_dup(row, 9);
    item->recipients = column_lines(row, 10);
    item->accepted = column_lines(row, 11);
    item->subject = store_column_dup(row, 12);
    item->message_id = store_column_dup(row, 13);
    item->reply = store_column_dup(row, 14);
    item->created_utc = sqlite3_column_int64(row, 15);
    item->is_copied = sqlite3_column_int(row, 16) != 0;
    item->is_returned = sqlite3_column_int(row, 17) != 0;
    item->has_draft = sqlite3_column_int(row, 17) == RETURNED_AS_DRAFT;
    notice_read(item, row, 18);
    item->is_taken = item->state == OUTBOX_QUEUED && sqlite3_column_int(row, 19) != 0;
    g_autofree char *maildir = outbox_maildir(item->account_key);
    item->path = blob_maildir_find(maildir, item->file);
    return item;
}

GPtrArray *outbox_items(store *db, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(db, error, "SELECT " ITEM_COLUMNS " WHERE o.state <> ? ORDER BY o.id", NUM(OUTBOX_FILED));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(item_destroy);
    while (store_step(db, row, &failure))
        g_ptr_array_add(items, item_from_row(row));
    for (guint i = 0; failure == NULL && i < items->len; i++)
        outbox_fates_read(db, g_ptr_array_index(items, i), &failure);
    if (failure == NULL)
        return g_steal_pointer(&items);
    g_propagate_error(error, failure);
    return NULL;
}

struct outbox_item *outbox_item(store *db, int64_t id, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(db, error, "SELECT " ITEM_COLUMNS " WHERE o.id = ?", NUM(id));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    g_autoptr(outbox_mail) item = store_step(db, row, &failure) ? item_from_row(row) : NULL;
    if (item != NULL && outbox_fates_read(db, item, &failure))
        return g_steal_pointer(&item);
    if (failure != NULL)
        g_propagate_error(error, failure);
    else
        store_missing(error, _("This message is not in the outbox any more."));
    return NULL;
}

/* --- submitting --- */

struct submission {
    const struct outbox_letter *letter;
    const char *file, *subject, *message_id;
    char *recipients; /* one a line */
    char *notice;
    enum outbox_state state;
    int64_t not_before_utc, set_utc;
};

static bool submission_insert(store *db, const struct submission *mail, int64_t *id_out, GError **error)
{
    const struct outbox_letter *letter = mail->letter;
    int64_t account = store_account_id(db, letter->account_key, error);
    if (account == 0 ||
        !store_run(db, error,
                   "INSERT INTO outbox(account_id, state, file, sender, recipients, subject, message_id, not_before_utc,"
                   " reply_to_placement, reply_flag, created_utc, notice, set_utc) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   NUM(account), NUM(mail->state), TXT(mail->file), TXT(letter->sender), TXT(mail->recipients), TXT(mail->subject),
                   TXT(mail->message_id), NUM(mail->not_before_utc), NUM(letter->reply_to_placement), NUM(letter->reply_flag),
                   NUM(MAX(store_now_utc(), letter->send_at_utc)), TXT(mail->notice), NUM(mail->set_utc)))
        return false;
    *id_out = sqlite3_last_insert_rowid(store_db(db));
    return true;
}

static bool recipients_note(store *db, const char *const *recipients, GError **error)
{
    for (size_t i = 0; recipients[i] != NULL; i++)
        if (!store_contact_note(db, NULL, recipients[i], true, store_now_utc(), error))
            return false;
    return true;
}

static int64_t submission_commit(store *db, const struct submission *mail, GError **error)
{
    int64_t id = 0;
    if (!store_begin_durable(db, error))
        return 0;
    struct action sent = { .kind = ACTION_SEND, .from_name = (char *)mail->subject };
    const char *sender = mail->letter->sender;
    bool is_receipt = sender != NULL && *sender == '\0'; /* which is no mail to somebody */
    bool is_done = submission_insert(db, mail, &id, error) && (is_receipt || recipients_note(db, mail->letter->recipients, error));
    sent.item_id = id;
    g_autofree char *outdated = NULL;
    is_done = is_done && (!mail->letter->is_undoable || action_record(db, &sent, error)) &&
              (mail->letter->draft == 0 || draft_version_drop(db, mail->letter->draft, &outdated, error));
    if (!store_end(db, is_done, error))
        return 0;
    if (outdated != NULL)
        g_unlink(outdated);
    return id;
}

int64_t outbox_submit_letter(store *db, const struct outbox_letter *letter, GError **error)
{
    if (letter->recipients == NULL || letter->recipients[0] == NULL) {
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OTHER, _("The message has no recipient. It was not put into the outbox."));
        return 0;
    }
    g_autofree char *maildir = outbox_maildir(letter->account_key), *file = NULL;
    g_autofree char *lines = g_strjoinv("\n", (char **)letter->recipients), *notice = notice_lines(&letter->notice);
    if (!blob_maildir_deliver(maildir, letter->bytes, letter->size, MESSAGE_SEEN, &file, error))
        return 0;
    g_autoptr(message) parsed = message_parse(letter->bytes, letter->size);
    struct message_info info = { 0 };
    message_info(parsed, &info);
    int64_t now = store_now_utc(), after_delay = now + MAX(letter->delay_s, 0);
    struct submission mail = { .letter = letter,
                               .file = file,
                               .subject = info.subject,
                               .message_id = info.message_id,
                               .recipients = lines,
                               .notice = notice,
                               .state = OUTBOX_QUEUED,
                               .not_before_utc = MAX(after_delay, letter->send_at_utc),
                               .set_utc = letter->send_at_utc > after_delay ? 0 : now };
    int64_t id = submission_commit(db, &mail, error);
    if (id == 0) {
        /* The caller still has the message and is told so: nothing of it may stay behind to be sent later. */
        store_run(db, NULL, "DELETE FROM outbox WHERE file = ?", TXT(file));
        blob_maildir_remove(maildir, file, NULL);
    }
    return id;
}

int64_t outbox_submit_both(store *db, const struct outbox_letter *letter, const struct outbox_letter *companion, GError **error)
{
    if (!store_begin_durable(db, error))
        return 0;
    int64_t id = outbox_submit_letter(db, companion, error) != 0 ? outbox_submit_letter(db, letter, error) : 0;
    return store_end(db, id != 0, error) ? id : 0;
}

int64_t outbox_submit(store *db, const char *account_key, const void *bytes, size_t size, const char *sender, const char *const *recipients,
                      int delay_s, int64_t reply_to_placement, unsigned reply_flag, GError **error)
{
    const struct outbox_letter letter = { .account_key = account_key,
                                          .bytes = bytes,
                                          .size = size,
                                          .sender = sender,
                                          .recipients = recipients,
                                          .delay_s = delay_s,
                                          .reply_to_placement = reply_to_placement,
                                          .reply_flag = reply_flag };
    return outbox_submit_letter(db, &letter, error);
}

/* --- states --- */

const char *outbox_state_words(enum outbox_state state)
{
    return _(states[state].words);
}

bool outbox_state_read(store *db, int64_t id, enum outbox_state *state_out, GError **error)
{
    int64_t state = -1;
    if (!store_number(db, &state, error, "SELECT state FROM outbox WHERE id = ?", NUM(id)))
        return false;
    if (state < 0 || state >= (int64_t)G_N_ELEMENTS(states))
        return store_missing(error, _("This message is not in the outbox any more."));
    *state_out = (enum outbox_state)state;
    return true;
}

static bool state_may_follow(enum outbox_state from, enum outbox_state to, GError **error)
{
    if (from == to || (states[from].next & BIT(to)) != 0)
        return true;
    g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, _("The message is %s: it cannot become “%s”. Nothing was changed."),
                _(states[from].words), _(states[to].words));
    return false;
}

/* The message that was answered is marked when the answer is on its way, not before. */
static bool answered_mark(store *db, int64_t id, GError **error)
{
    int64_t placement_id = 0, flag = 0;
    return store_number(db, &placement_id, error, "SELECT reply_to_placement FROM outbox WHERE id = ?", NUM(id)) &&
           store_number(db, &flag, error, "SELECT reply_flag FROM outbox WHERE id = ?", NUM(id)) &&
           (placement_id == 0 || flag == 0 || intent_flags_quietly(db, &placement_id, 1, (unsigned)flag, 0, error));
}

bool outbox_state_change(store *db, int64_t id, enum outbox_state state, const char *reply, GError **error)
{
    enum outbox_state from = OUTBOX_QUEUED;
    return outbox_state_read(db, id, &from, error) && state_may_follow(from, state, error) &&
           store_run(db, error, "UPDATE outbox SET state = ?, reply = coalesce(?, reply) WHERE id = ?", NUM(state), TXT(reply), NUM(id)) &&
           (state != OUTBOX_ACCEPTED || from == OUTBOX_ACCEPTED || answered_mark(db, id, error));
}

/* A file that an intent still has to put into Sent stays: settling that intent deletes it. */
static bool file_is_wanted(store *db, const char *path)
{
    int64_t found = 0;
    return !store_number(db, &found, NULL, "SELECT 1 FROM intents WHERE type = ? AND path = ?", NUM(INTENT_APPEND), TXT(path)) ||
           found != 0;
}

static void filed_clear(store *db, int64_t id)
{
    g_autoptr(outbox_mail) item = outbox_item(db, id, NULL);
    if (item != NULL)
        outbox_drop_file(db, item);
    store_run(db, NULL,
              "DELETE FROM outbox WHERE state = ?1 AND id NOT IN (SELECT id FROM outbox WHERE state = ?1 ORDER BY id DESC LIMIT ?2)",
              NUM(OUTBOX_FILED), NUM(FILED_KEPT));
}

bool outbox_set_state(store *db, int64_t id, enum outbox_state state, const char *reply, GError **error)
{
    if (!store_begin_durable(db, error) || !store_end(db, outbox_state_change(db, id, state, reply, error), error))
        return false;
    if (state == OUTBOX_FILED)
        filed_clear(db, id);
    return true;
}

bool outbox_retry(store *db, int64_t id, int64_t not_before_utc, const char *reply, GError **error)
{
    if (!store_begin_durable(db, error))
        return false;
    bool is_done = outbox_state_change(db, id, OUTBOX_QUEUED, reply, error) &&
                   store_run(db, error, "UPDATE outbox SET not_before_utc = ?, set_utc = ?, attempts = attempts + 1 WHERE id = ?",
                             NUM(not_before_utc), NUM(store_now_utc()), NUM(id));
    return store_end(db, is_done, error);
}

static bool verdict_write(store *db, int64_t id, const struct outbox_verdict *verdict, GError **error)
{
    for (size_t i = 0; i < verdict->count; i++)
        if (!outbox_fate_write(db, id, &verdict->recipients[i], error))
            return false;
    return outbox_state_change(db, id, verdict->state, verdict->reply, error) &&
           (verdict->state != OUTBOX_QUEUED ||
            store_run(db, error, "UPDATE outbox SET not_before_utc = ?, set_utc = ?, attempts = attempts + 1 WHERE id = ?",
                      NUM(verdict->not_before_utc), NUM(store_now_utc()), NUM(id)));
}

/* What a server has said is nowhere else: whoever else is writing is waited for, up to a minute. */
static bool begin_settling(store *db, GError **error)
{
    for (int tries = 1;; tries++) {
        g_autoptr(GError) why = NULL;
        if (store_begin_durable(db, &why))
            return true;
        if (tries < SETTLE_TRIES && g_error_matches(why, STORE_ERROR, STORE_ERROR_BUSY))
            continue; /* it waited five seconds already */
        g_propagate_error(error, g_steal_pointer(&why));
        return false;
    }
}

bool outbox_settle(store *db, int64_t id, const struct outbox_verdict *verdict, GError **error)
{
    if (!begin_settling(db, error) || !store_end(db, verdict_write(db, id, verdict, error), error))
        return false;
    if (verdict->state == OUTBOX_FILED)
        filed_clear(db, id);
    return true;
}

bool outbox_set_copied(store *db, int64_t id, GError **error)
{
    return store_run(db, error, "UPDATE outbox SET is_copied = 1 WHERE id = ?", NUM(id));
}

bool outbox_set_returned(store *db, int64_t id, bool has_draft, GError **error)
{
    return store_run(db, error, "UPDATE outbox SET is_returned = ? WHERE id = ?", NUM(has_draft ? RETURNED_AS_DRAFT : RETURNED_WITHOUT),
                     NUM(id)) &&
           store_run(db, error, "DELETE FROM outbox WHERE id = ? AND state = ?", NUM(id), NUM(OUTBOX_HELD));
}

void outbox_drop_file(store *db, const struct outbox_item *item)
{
    if (item->path != NULL && file_is_wanted(db, item->path))
        return;
    if (item->path != NULL)
        g_unlink(item->path);
    outbox_leaving_erase(db, item->account_id, item->file);
}

int outbox_hurry(store *db, int64_t account_id, GError **error)
{
    if (!store_run(db, error,
                   "UPDATE outbox SET not_before_utc = 0 WHERE state = ?1 AND attempts > 0 AND not_before_utc > 0"
                   " AND (?2 = 0 OR account_id = ?2)",
                   NUM(OUTBOX_QUEUED), NUM(account_id)))
        return -1;
    return sqlite3_changes(store_db(db));
}

/* --- the person's answer --- */

/* Those who were named with the message have it, or not; the others wait for their turn as before. */
static bool answer_apply(store *db, int64_t id, enum outbox_answer answer, GError **error)
{
    static const enum outbox_fate fates[] = {
        [OUTBOX_SEND_AGAIN] = OUTBOX_FATE_WAITS, [OUTBOX_WAS_SENT] = OUTBOX_FATE_TOOK, [OUTBOX_TO_DRAFTS] = OUTBOX_FATE_WAITS
    };
    enum outbox_state next = answer == OUTBOX_SEND_AGAIN ? OUTBOX_QUEUED : OUTBOX_HELD;
    if (!outbox_fates_decide(db, id, fates[answer], error))
        return false;
    if (answer == OUTBOX_WAS_SENT) {
        g_autoptr(outbox_mail) item = outbox_item(db, id, error);
        if (item == NULL)
            return false;
        next = outbox_waiting_count(item) > 0 ? OUTBOX_QUEUED : OUTBOX_ACCEPTED;
    }
    return outbox_state_change(db, id, next, NULL, error) &&
           (next != OUTBOX_QUEUED || store_run(db, error, "UPDATE outbox SET not_before_utc = 0 WHERE id = ?", NUM(id)));
}

bool outbox_answer(store *db, int64_t id, enum outbox_answer answer, GError **error)
{
    enum outbox_state state = OUTBOX_QUEUED;
    if (!store_begin_durable(db, error))
        return false;
    bool is_done = outbox_state_read(db, id, &state, error);
    if (is_done && state != OUTBOX_IN_DOUBT) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, _("There is no doubt about this message: it is %s."), _(states[state].words));
        is_done = false;
    }
    return store_end(db, is_done && answer_apply(db, id, answer, error), error);
}

/* --- after a crash --- */

/* The Maildir name says which process wrote it. One that lives may be about to write the row. */
static bool writer_is_alive(const char *file)
{
    const char *mark = strchr(file, 'P');
    gint64 pid = mark != NULL ? g_ascii_strtoll(mark + 1, NULL, 10) : 0;
    return pid > 0 && pid <= G_MAXINT && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

struct orphan_search {
    store *db;
    const char *account_key;
    int64_t account_id;
    GError *error;
};

static void orphan_hold(struct orphan_search *search, const char *file, const char *path)
{
    g_autoptr(message) parsed = message_load(path, NULL);
    if (parsed == NULL)
        return;
    struct message_info info = { 0 };
    message_info(parsed, &info);
    static const char *const nobody[] = { NULL };
    const struct outbox_letter letter = { .account_key = search->account_key, .sender = info.from_address, .recipients = nobody };
    struct submission mail = { .letter = &letter,
                               .file = file,
                               .subject = info.subject,
                               .message_id = info.message_id,
                               .recipients = (char *)"",
                               .state = OUTBOX_HELD };
    submission_commit(search->db, &mail, &search->error);
}

/* A file whose row never came: the composer did not close, so it must not be sent; but it may be the only copy, so it is shown as held back. */
static bool orphan_look(void *data, const char *file, unsigned flags, const char *path)
{
    struct orphan_search *search = data;
    int64_t state = -1;
    (void)flags;
    if (!store_number(search->db, &state, &search->error, "SELECT state FROM outbox WHERE account_id = ? AND file = ?",
                      NUM(search->account_id), TXT(file)))
        return false;
    bool is_wanted = file_is_wanted(search->db, path), is_leaving = outbox_leaving_is_written(search->db, search->account_id, file);
    if ((state == OUTBOX_FILED || (state < 0 && is_leaving)) && !is_wanted)
        g_unlink(path);
    if (state < 0 && is_leaving && !is_wanted)
        outbox_leaving_erase(search->db, search->account_id, file);
    if (state < 0 && !is_leaving && !is_wanted && !writer_is_alive(file) &&
        !outbox_leaving_has(file)) /* asked last: one that left is gone */
        orphan_hold(search, file, path);
    return search->error == NULL;
}

static bool orphans_recover(store *db, int64_t account_id, const char *account_key, GError **error)
{
    g_autofree char *maildir = outbox_maildir(account_key);
    struct orphan_search search = { db, account_key, account_id, NULL };
    if (g_file_test(maildir, G_FILE_TEST_IS_DIR))
        blob_maildir_each(maildir, orphan_look, &search, search.error == NULL ? &search.error : NULL);
    if (search.error == NULL)
        return true;
    g_propagate_error(error, search.error);
    return false;
}

static GHashTable *accounts_of(store *db, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(db, error, "SELECT id, key FROM accounts");
    g_autoptr(GHashTable) accounts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (row == NULL)
        return NULL;
    while (store_step(db, row, NULL)) {
        int64_t id = sqlite3_column_int64(row, 0);
        g_hash_table_insert(accounts, store_column_dup(row, 1), g_memdup2(&id, sizeof id));
    }
    return g_steal_pointer(&accounts);
}

int outbox_recover(store *db, GError **error)
{
    int64_t doubtful = 0;
    g_autoptr(GHashTable) accounts = accounts_of(db, error);
    if (accounts == NULL || !store_begin_durable(db, error))
        return -1;
    bool is_done = store_run(db, error, "UPDATE outbox SET state = ? WHERE state = ?", NUM(OUTBOX_IN_DOUBT), NUM(OUTBOX_DATA_BEGUN)) &&
                   store_run(db, error, "UPDATE outbox SET state = ? WHERE state = ?", NUM(OUTBOX_QUEUED), NUM(OUTBOX_SENDING)) &&
                   store_run(db, error, "DELETE FROM outbox WHERE state = ? AND is_returned <> 0 AND created_utc < ?", NUM(OUTBOX_FAILED),
                             NUM(store_now_utc() - RETURNED_KEPT_S)) &&
                   store_number(db, &doubtful, error, "SELECT count(*) FROM outbox WHERE state = ?", NUM(OUTBOX_IN_DOUBT));
    if (!store_end(db, is_done, error))
        return -1;
    GHashTableIter iter;
    gpointer key, id;
    g_hash_table_iter_init(&iter, accounts);
    while (g_hash_table_iter_next(&iter, &key, &id))
        if (!orphans_recover(db, *(int64_t *)id, key, error))
            return -1;
    return (int)doubtful;
}
