/* SPDX-License-Identifier: MIT */
/* A local account: Maildirs are the truth, the store is their index (maildir_index). One thread watches them and carries out intents. */
#include "core/blob.h"
#include "core/intent.h"
#include "core/maildir_folder.h"
#include "core/maildir_index_private.h"
#include "core/maildir_words.h"
#include "core/tag.h"
#include "core/pop3_mail.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define RESCAN_MS 60000 /* where inotify is not to be had, or a directory is on another computer */
#define AGAIN_MS  2000  /* what failed, like a store that another program kept busy */

struct local {
    engine_account *account;
    worker *thread;
    store *store;
    maildir_index *index;
    GError *why;
};

/* --- intents → files; each can be repeated after a crash --- */
/* Where it is as long as no later wish has been carried out. */
static char *maildir_of(struct local *self, const struct intent *wish, int64_t folder_id)
{
    g_autoptr(folder) where = folder_id != 0 ? store_folder(self->store, folder_id, NULL) : NULL;
    g_autofree char *name = where != NULL ? intent_folder_server_name(self->store, where, wish->id) : NULL;
    return name != NULL ? maildir_tree_directory(maildir_index_tree(self->index), name) : NULL;
}

/* A file's time is when the message came: it goes along. */
static bool deliver_dated(const char *from, const char *to, const char *bytes, gsize size, unsigned flags, char **file_out, GError **error)
{
    GStatBuf status = { 0 };
    bool is_dated = g_stat(from, &status) == 0;
    if (!blob_maildir_deliver(to, bytes, size, flags, file_out, error))
        return false;
    g_autofree char *path = blob_maildir_find(to, *file_out);
    const struct timespec times[2] = { status.st_mtim, status.st_mtim };
    if (is_dated && path != NULL)
        utimensat(AT_FDCWD, path, times, 0);
    return true;
}

static bool copy_file(struct local *self, const struct intent *wish, const char *from, const char *to, GError **error)
{
    g_autofree char *path = blob_maildir_find(from, wish->file), *bytes = NULL, *file = NULL;
    gsize size = 0;
    if (path == NULL || !g_file_get_contents(path, &bytes, &size, error))
        return path == NULL;
    g_autoptr(maildir_words) words = maildir_words_read(from);
    g_autofree char *list = maildir_words_of(words, path);
    return deliver_dated(path, to, bytes, size, blob_maildir_flags(path), &file, error) &&
           (list == NULL || maildir_words_set(to, file, list, NULL, error)) &&
           store_placement_set_file(self->store, wish->placement_id, wish->target_folder_id, file, error);
}

static bool append_file(struct local *self, const struct intent *wish, const char *to, GError **error)
{
    g_autofree char *bytes = NULL, *file = NULL;
    gsize size = 0;
    int64_t where = wish->target_folder_id != 0 ? wish->target_folder_id : wish->folder_id;
    if (wish->path == NULL || !g_file_test(wish->path, G_FILE_TEST_EXISTS))
        return true; /* done before a crash */
    if (!g_file_get_contents(wish->path, &bytes, &size, error))
        return false;
    return deliver_dated(wish->path, to, bytes, size, wish->add, &file, error) &&
           store_placement_set_file(self->store, wish->placement_id, where, file, error);
}

/* For a way into another account. */
static bool fetch_file(const struct intent *wish, const char *from, GError **error)
{
    g_autofree char *path = blob_maildir_find(from, wish->file), *bytes = NULL, *directory = g_path_get_dirname(wish->path);
    gsize size = 0;
    if (path == NULL) {
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_MISSING, _("its file is not there any more"));
        return false;
    }
    return g_mkdir_with_parents(directory, 0700) == 0 && g_file_get_contents(path, &bytes, &size, error) &&
           g_file_set_contents_full(wish->path, bytes, (gssize)size, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                    error);
}

/* The file's own letters with the change in them. What finds no letter is kept in the store: intent_keywords_settle. */
static bool set_keywords(struct local *self, const struct intent *wish, const char *maildir, GError **error)
{
    g_autofree char *path = blob_maildir_find(maildir, wish->file), *add = NULL, *remove = NULL, *now = NULL;
    if (path == NULL)
        return true;
    g_autoptr(maildir_words) words = maildir_words_read(maildir);
    g_autofree char *before = maildir_words_of(words, path);
    intent_words_split(wish->path, &add, &remove);
    g_autofree char *wanted = tag_list_change(before, add, remove);
    return maildir_words_set(maildir, wish->file, wanted, &now, error) &&
           store_placement_set_file_keywords(self->store, wish->folder_id, wish->file, now, error);
}

/* A letter may be another tag there. */
static bool move_file(const struct intent *wish, const char *from, const char *to, GError **error)
{
    g_autofree char *path = blob_maildir_find(from, wish->file);
    g_autoptr(maildir_words) words = maildir_words_read(from);
    g_autofree char *list = path != NULL ? maildir_words_of(words, path) : NULL;
    if (!blob_maildir_move(from, wish->file, to, error))
        return false;
    g_autoptr(maildir_words) there = list != NULL ? maildir_words_read(to) : NULL;
    g_autofree char *now = there != NULL ? blob_maildir_find(to, wish->file) : NULL,
                    *seen = now != NULL ? maildir_words_of(there, now) : NULL;
    return list == NULL || tag_list_equal(list, seen) || maildir_words_set(to, wish->file, list, NULL, error);
}

static bool carry_out(struct local *self, const struct intent *wish, GError **error)
{
    g_autofree char *from = maildir_of(self, wish, wish->folder_id), *to = maildir_of(self, wish, wish->target_folder_id);
    const struct maildir_tree *tree = maildir_index_tree(self->index);
    g_autoptr(placement) now = store_placement(self->store, wish->placement_id, NULL);
    bool is_of_folder = wish->type >= INTENT_FOLDER_CREATE && wish->type <= INTENT_FOLDER_DELETE;
    if (wish->type == INTENT_FOLDER_SUBSCRIBE)
        return true; /* kept in the store */
    if (from == NULL || (wish->file == NULL && wish->type != INTENT_APPEND && !is_of_folder))
        return true;
    switch (wish->type) {
    case INTENT_FLAGS: {
        g_autofree char *path = blob_maildir_find(from, wish->file);
        return now == NULL || path == NULL || blob_maildir_set_flags(from, wish->file, now->flags, error);
    }
    case INTENT_KEYWORDS:
        return set_keywords(self, wish, from, error);
    case INTENT_MOVE:
        return to == NULL || move_file(wish, from, to, error);
    case INTENT_COPY:
        return to == NULL || wish->is_arrived || copy_file(self, wish, from, to, error);
    case INTENT_DELETE:
        return pop3_mail_unwanted(self->store, self->account->id, wish->file, error) && blob_maildir_remove(from, wish->file, error);
    case INTENT_APPEND:
        return wish->is_arrived || append_file(self, wish, to != NULL ? to : from, error);
    case INTENT_FETCH:
        return fetch_file(wish, from, error);
    case INTENT_FOLDER_CREATE:
        return blob_maildir_make(from, error);
    case INTENT_FOLDER_RENAME:
        return maildir_folder_rename(tree, wish->file, wish->path, error);
    case INTENT_FOLDER_DELETE:
        return maildir_folder_remove(tree, wish->file, error);
    case INTENT_FOLDER_SUBSCRIBE:
        break; /* said above */
    }
    return true;
}

static void refuse(struct local *self, const struct intent *wish, const char *words)
{
    g_autofree char *description = NULL;
    if (!intent_rolled_back(self->store, wish->id, words, &description, NULL))
        return;
    g_autofree char *text = g_strdup_printf("%s %s", description, words);
    const struct event event = { .type = EVENT_INTENT_FAILED, .account = self->account->id, .item = wish->id, .text = text };
    event_post(self->account->engine->events, &event);
}

static bool settle_all(struct local *self)
{
    for (;;) {
        g_autoptr(GPtrArray) pending = intent_pending(self->store, self->account->id, 50, &self->why);
        if (pending == NULL || pending->len == 0)
            return pending != NULL;
        for (guint i = 0; i < pending->len; i++) {
            const struct intent *wish = g_ptr_array_index(pending, i);
            g_autoptr(GError) why = NULL;
            if (!intent_set_in_flight(self->store, &wish->id, 1, &why)) {
                if (g_error_matches(why, STORE_ERROR, STORE_ERROR_MISSING))
                    break;                                            /* changed meanwhile: read again */
                g_propagate_error(&self->why, g_steal_pointer(&why)); /* a full disk is not asked again without a pause */
                return false;
            }
            if (!carry_out(self, wish, &why))
                refuse(self, wish, why != NULL ? why->message : _("the file cannot be changed"));
            else if (!intent_settled(self->store, wish->id, &self->why))
                return false;
        }
        engine_post(self->account->engine, EVENT_FOLDERS_CHANGED, self->account->id, 0, 0);
        engine_wake_writers_soon(self->account->engine); /* it may have been a step of a way between accounts */
    }
}

/* --- the thread --- */
static bool open_local(struct local *self, engine_account *account, worker *thread)
{
    *self = (struct local){ .account = account, .thread = thread };
    self->store = store_open(account->engine->store_path, STORE_WORKER, &self->why);
    self->index = self->store != NULL ? maildir_index_new(account, self->store, thread, &self->why) : NULL;
    /* What a crash left under way is done again: a second time it finds nothing to do. */
    return self->index != NULL && intent_reset_in_flight(self->store, account->id, 0, &self->why);
}

static void close_local(struct local *self)
{
    maildir_index_free(self->index);
    store_close(self->store);
    g_clear_error(&self->why);
}

/* Of a message of which POP3 brought only the head: the other worker fetches the rest, and says when it is here. */
static bool is_rest_wanted(struct local *self, const struct fetch_wish *wish)
{
    g_autoptr(placement) where = store_placement(self->store, wish->placement_id, NULL);
    bool is_head = false;
    if (where == NULL || where->file == NULL || !pop3_mail_want(self->store, self->account->id, where->file, &is_head, NULL) || !is_head)
        return false;
    engine_sync_now(self->account->engine, self->account->account->id);
    return true;
}

static void answer_wishes(struct local *self)
{
    engine_account *account = self->account;
    struct fetch_wish *wish;
    while ((wish = engine_take_wish(account)) != NULL) {
        if (wish->section == NULL || !is_rest_wanted(self, wish)) /* else there is nothing to fetch: it is here */
            engine_post(account->engine, EVENT_BODY_AVAILABLE, account->id, 0, wish->placement_id);
        fetch_wish_free(wish);
    }
}

/* Folders first: what is to be done to them is said of those that are known. */
static bool work(struct local *self, bool is_all)
{
    bool is_delivering = atomic_load(&self->account->is_delivering);
    maildir_index_listen(self->index);
    return settle_all(self) && (is_delivering || maildir_index_update(self->index, is_all, &self->why));
}

void local_main(worker *thread, void *data)
{
    struct local self = { .account = data };
    bool is_open = false;
    gint64 looked_us = 0;
    while (!worker_is_stopping(thread)) {
        worker_clear_wake(thread);
        if (!is_open) {
            close_local(&self);
            is_open = open_local(&self, data, thread);
        }
        gint64 now_us = g_get_monotonic_time();
        bool is_all = looked_us == 0 || now_us - looked_us >= (gint64)RESCAN_MS * 1000;
        if (is_all && !atomic_load(&self.account->is_delivering))
            looked_us = now_us;
        bool is_ok = is_open && work(&self, is_all);
        if (is_ok)
            engine_set_state(self.account, LANE_INTERACTIVE, CONNECTION_ONLINE, "");
        else
            engine_set_trouble(self.account, LANE_INTERACTIVE, false, self.why);
        if (is_open)
            g_clear_error(&self.why);
        if (is_open)
            answer_wishes(&self);
        worker_wait(thread, is_open ? maildir_index_fd(self.index) : -1, is_ok ? RESCAN_MS : AGAIN_MS);
    }
    close_local(&self);
}

bool local_sync_once(engine_account *account, worker *thread, GError **error)
{
    struct local self;
    bool is_ok = open_local(&self, account, thread) && maildir_index_update(self.index, true, &self.why) && settle_all(&self) &&
                 maildir_index_update(self.index, true, &self.why);
    if (!is_ok && self.why != NULL)
        g_propagate_error(error, g_steal_pointer(&self.why));
    close_local(&self);
    return is_ok;
}
