/* SPDX-License-Identifier: MIT */
/* One visit to a maildrop: what is new there, fetched; what is not wanted there any more, deleted. */
#include "core/blob.h"
#include "core/locate.h"
#include "core/message.h"
#include "core/pop3_session_private.h"
#include "core/store_folder.h"
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FORGET_AFTER_S (180 * 24 * 60 * 60) /* a maildrop may be out of sight for long: a move of the provider, a broken disk */
#define MANY_NEW       100u                 /* Gmail shows some hundreds at a time, and others let mail in while we fetch: look again */
#define MANY_VANISHED  8u                   /* so many at once: perhaps only their names changed */

/* --- what is where --- */
static bool note_gone(pop3_session *self, unsigned *vanished_out, GError **error)
{
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    GHashTableIter iter;
    gpointer value;
    bool is_ok = store_begin(self->store, error);
    if (!is_ok)
        return false;
    g_hash_table_iter_init(&iter, self->mails);
    while (is_ok && g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct pop3_mail *mail = value;
        bool is_listed = mail->number != 0;
        if (is_listed == (mail->gone_utc == 0))
            continue;
        *vanished_out += is_listed ? 0 : 1;
        is_ok =
            pop3_mail_set_gone(self->store, self->account->id, mail->uidl, is_listed ? 0 : now, error) && store_breathe(self->store, error);
    }
    is_ok = is_ok && pop3_mail_forget(self->store, self->account->id, now - FORGET_AFTER_S, error);
    if (!is_ok)
        store_rollback(self->store);
    return is_ok && store_commit(self->store, error);
}

/* --- files of a crash: delivered, but not noted --- */
struct recovery {
    GHashTable *files; /* token → file */
};

static bool take_file(void *data, const char *file, unsigned flags, const char *path)
{
    struct recovery *recovery = data;
    char *token = pop3_mail_token_of_file(file);
    (void)flags;
    (void)path;
    if (token != NULL)
        g_hash_table_replace(recovery->files, token, g_strdup(file));
    return true;
}

/* Half-written ones: nobody but this worker makes files with such names. */
static void remove_leftovers(const char *maildir)
{
    g_autofree char *directory = g_build_filename(maildir, "tmp", NULL);
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    const char *name;
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *token = pop3_mail_token_of_file(name), *path = g_build_filename(directory, name, NULL);
        if (token != NULL)
            unlink(path);
    }
}

static GHashTable *delivered_files(pop3_session *self, GError **error)
{
    struct recovery recovery = { pop3_mail_tokens(self->store, self->account->id, error) };
    g_autoptr(folder) box = store_folder(self->store, self->inbox_id, NULL);
    g_autofree char *maildir = box != NULL ? locate_maildir(self->account->account->id, box->name) : NULL;
    if (maildir != NULL)
        remove_leftovers(maildir);
    if (recovery.files != NULL && maildir != NULL) /* not all of them need be indexed yet */
        blob_maildir_each(maildir, take_file, &recovery, NULL);
    return recovery.files;
}

/* Of that, the server has the only whole one. A file that cannot be found or read may be one. */
static bool is_head_file(pop3_session *self, const char *file)
{
    char first[64];
    int64_t id = pop3_mail_placement(self->store, self->account->id, file);
    g_autoptr(placement) where = id != 0 ? store_placement(self->store, id, NULL) : NULL;
    g_autoptr(folder) box = where == NULL ? store_folder(self->store, self->inbox_id, NULL) : NULL;
    g_autofree char *maildir = box != NULL ? locate_maildir(self->account->account->id, box->name) : NULL;
    g_autofree char *path = where != NULL ? locate_message(self->store, where) : maildir != NULL ? blob_maildir_find(maildir, file) : NULL;
    FILE *in = path != NULL ? fopen(path, "re") : NULL;
    if (in == NULL)
        return true;
    size_t size = fread(first, 1, sizeof first, in);
    fclose(in);
    return message_head_of(first, size) > 0;
}

static bool recover(pop3_session *self, GError **error)
{
    g_autoptr(GHashTable) files = delivered_files(self, error);
    if (files == NULL || !store_begin(self->store, error))
        return false;
    bool is_ok = true;
    for (uint32_t number = 1; is_ok && number <= self->drop.count; number++) {
        const char *name = pop3_maildrop_name(&self->drop, number);
        if (name == NULL || g_hash_table_contains(self->mails, name))
            continue;
        g_autofree char *token = pop3_mail_token(name);
        char *file = g_hash_table_lookup(files, token);
        const struct pop3_mail mail = { .uidl = (char *)name,
                                        .file = file,
                                        .arrived_utc = g_get_real_time() / G_USEC_PER_SEC,
                                        .state = file != NULL && is_head_file(self, file) ? POP3_MAIL_HEAD : POP3_MAIL_HERE };
        is_ok = file == NULL || pop3_mail_put(self->store, self->account->id, &mail, error);
    }
    if (!is_ok)
        store_rollback(self->store);
    self->is_recovered = is_ok;
    return is_ok && store_commit(self->store, error) && sync_pop3_match(self, error);
}

/* --- names that changed --- */
static bool take_text(void *data, const char *bytes, size_t length, GError **error)
{
    GString *text = data;
    (void)error;
    if (text->len < 256 * 1024)
        g_string_append_len(text, bytes, (gssize)length);
    return true;
}

static bool read_header_hash(pop3_session *self, char **hash_out, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct pop3_reply reply = { 0 };
    bool is_alive = pop3_client_read_reply(self->client, &reply, error);
    bool is_coming = is_alive && reply.status == POP3_OK;
    pop3_reply_clear(&reply);
    *hash_out = NULL;
    if (is_coming && !pop3_client_read_text(self->client, take_text, text, error))
        return false;
    if (is_coming && pop3_header_is_telling(text->str))
        *hash_out = pop3_header_hash(text->str, text->len);
    return is_alive;
}

/* The headers tell; only those that are new are asked for. */
static bool rename_by_header(pop3_session *self, const GArray *numbers, GError **error)
{
    g_autoptr(GHashTable) unlisted = sync_pop3_unlisted(self, true);
    guint sent = 0;
    for (guint i = 0; i < numbers->len; i++) {
        g_autofree char *hash = NULL;
        for (; sent < numbers->len && sent < i + pop3_client_window(self->client); sent++) {
            if (!pop3_client_send(self->client, error, "TOP %u 0", g_array_index(numbers, uint32_t, sent)))
                return false;
        }
        uint32_t number = g_array_index(numbers, uint32_t, i);
        if (!read_header_hash(self, &hash, error))
            return false;
        GPtrArray *mails = hash != NULL ? g_hash_table_lookup(unlisted, hash) : NULL;
        if (mails == NULL || mails->len != 1) /* of several with the same header it could be any: the whole will tell */
            continue;
        const struct pop3_mail *mail = g_ptr_array_index(mails, 0);
        if (mail->state == POP3_MAIL_DELETED)
            continue;
        g_ptr_array_set_size(mails, 0);
        if (!pop3_mail_rename(self->store, self->account->id, mail->uidl, pop3_maildrop_name(&self->drop, number), error))
            return false;
        self->progress++;
    }
    return true;
}

/* --- the plan --- */
static bool has_many_cuts(const pop3_session *self, uint32_t number)
{
    const char *name = pop3_maildrop_name(&self->drop, number);
    return name != NULL && GPOINTER_TO_UINT(g_hash_table_lookup(self->cuts, name)) >= 2;
}

/* Not here; or only its head is, and the person wants the rest or has raised the limit. */
static bool is_wanted_now(const pop3_session *self, const struct pop3_mail *mail, uint32_t number)
{
    uint64_t size = 0;
    bool has_limit = self->account->account->pop3_max_size > 0;
    if (mail == NULL || mail->number == 0)
        return true;
    if (mail->state == POP3_MAIL_HEAD)
        return !has_limit || (self->has_top && !sync_pop3_is_large(self, number, &size));
    return mail->state == POP3_MAIL_WANTED;
}

/* Ascending; those at which the line broke again and again stand before all others, for the end is fetched first. */
static GArray *new_numbers(const pop3_session *self)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t number = 1; number <= self->drop.count; number++) {
            const char *name = pop3_maildrop_name(&self->drop, number);
            const struct pop3_mail *mail = name != NULL ? g_hash_table_lookup(self->mails, name) : NULL;
            if (is_wanted_now(self, mail, number) && has_many_cuts(self, number) == (pass == 0))
                g_array_append_val(numbers, number);
        }
    }
    return numbers;
}

/* Of a server that names nothing: all is as it was when all of it was here. */
static bool is_settled(pop3_session *self)
{
    return self->drop.way == POP3_BY_NOTHING && self->settled_count == self->drop.count && self->settled_bytes == self->drop.bytes &&
           self->settled_count > 0;
}

static void plan_anew(const pop3_session *self, GArray **numbers_inout)
{
    g_clear_pointer(numbers_inout, g_array_unref);
    *numbers_inout = new_numbers(self);
}

/* --- names that are only numbers --- */
/* The last one that is known: every deletion moves it. */
static const struct pop3_mail *last_known(const pop3_session *self)
{
    for (uint32_t number = self->drop.count; number > 0; number--) {
        const char *name = pop3_maildrop_name(&self->drop, number);
        const struct pop3_mail *mail = name != NULL ? g_hash_table_lookup(self->mails, name) : NULL;
        if (mail != NULL && mail->number != 0 && mail->identity != NULL)
            return mail;
    }
    return NULL;
}

/* A server that gives the place for a name says the same of another message when one before it is gone: new mail would be taken for known. Where names
 * look like that, one header is looked at; if it is another's, headers are the names from now on. */
static bool doubt_numbers(pop3_session *self, GError **error)
{
    const struct pop3_mail *mail = pop3_maildrop_is_numbered(&self->drop) ? last_known(self) : NULL;
    g_autofree char *hash = NULL;
    if (mail == NULL || !self->drop.is_verified)
        return true;
    if (!pop3_client_send(self->client, error, "TOP %u 0", mail->number) || !read_header_hash(self, &hash, error))
        return false;
    if (hash == NULL || strncmp(hash, mail->identity, strlen(hash)) == 0)
        return true;
    return pop3_maildrop_read_headers(&self->drop, self->client, error) && sync_pop3_match(self, error);
}

static bool plan(pop3_session *self, GArray **numbers_out, GError **error)
{
    unsigned vanished = 0;
    if (!sync_pop3_match(self, error) || !doubt_numbers(self, error) || !note_gone(self, &vanished, error))
        return false;
    if (!sync_pop3_sizes(self, error))
        return false;
    plan_anew(self, numbers_out);
    if ((*numbers_out)->len > 0 && !self->is_recovered) {
        if (!recover(self, error))
            return false;
        plan_anew(self, numbers_out);
    }
    bool has_new_names = vanished >= MANY_VANISHED && (*numbers_out)->len >= MANY_VANISHED && self->drop.is_verified;
    if (!has_new_names || self->drop.way == POP3_BY_NOTHING)
        return true;
    if (!rename_by_header(self, *numbers_out, error) || !sync_pop3_match(self, error))
        return false;
    plan_anew(self, numbers_out);
    return true;
}

static bool fetch_new(pop3_session *self, GArray *numbers, GError **error)
{
    if (numbers->len == 0 || is_settled(self))
        return true;
    if (!sync_pop3_fetch(self, numbers, error))
        return false;
    if (self->is_complete) {
        self->settled_count = self->drop.count;
        self->settled_bytes = self->drop.bytes;
    }
    return sync_pop3_match(self, error);
}

bool sync_pop3_run(pop3_session *self, bool *is_again_out, GError **error)
{
    g_autoptr(GArray) numbers = NULL;
    unsigned learned = self->drop.learned;
    *is_again_out = false;
    if (self->is_one_by_one) /* a name and its message would travel together, as proof */
        pop3_maildrop_forget(&self->drop);
    bool is_read = pop3_maildrop_read(&self->drop, self->client, error);
    self->progress += self->is_one_by_one ? 0 : self->drop.learned - learned;
    if (!is_read || !plan(self, &numbers, error))
        return false;
    unsigned before = self->progress;
    bool is_deleting_first = self->was_cut && sync_pop3_has_due(self);
    if (!is_deleting_first && !fetch_new(self, numbers, error))
        return false;
    if (!engine_account_is_online(self->account) || worker_is_stopping(self->thread))
        return true;
    bool is_worth_another_look = self->is_complete && self->progress - before >= MANY_NEW && self->login_delay_s == 0;
    bool is_more = false;
    *is_again_out = numbers->len > 0 && (is_deleting_first || is_worth_another_look);
    if (!sync_pop3_delete(self, &is_more, error))
        return false;
    *is_again_out = *is_again_out || is_more;
    return true;
}
