/* SPDX-License-Identifier: MIT */
/* A local account: Maildirs below one directory are the truth, the store is their index. One thread watches them and carries out intents. */
#include "config/paths.h"
#include "core/blob.h"
#include "core/engine_private.h"
#include "core/intent.h"
#include "core/locate.h"
#include "core/message.h"
#include "core/pop3_mail.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define PREVIEW_CHARS 160
#define RESCAN_MS     60000 /* where inotify is not to be had, or its queue ran over */

struct local {
    engine_account *account;
    worker *thread;
    store *store;
    int watch; /* inotify */
    int64_t folder_id;
    GHashTable *seen; /* files of the folder being scanned */
    int arrived;
    bool is_first; /* what is there at the start is not new mail */
    GError *why;
};

static const struct {
    const char *name;
    enum folder_role role;
} local_roles[] = {
    { "Inbox", FOLDER_INBOX },     { "Drafts", FOLDER_DRAFTS }, { "Sent", FOLDER_SENT },
    { "Archive", FOLDER_ARCHIVE }, { "Junk", FOLDER_JUNK },     { "Trash", FOLDER_TRASH },
};

static enum folder_role role_of(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(local_roles); i++) {
        if (strcmp(local_roles[i].name, name) == 0)
            return local_roles[i].role;
    }
    return FOLDER_NONE;
}

/* --- folders: the roles, and every directory that is a Maildir --- */
static int64_t put_folder(struct local *self, const char *name)
{
    const struct folder wanted = {
        .account_id = self->account->id, .name = (char *)name, .wire = (char *)name, .delimiter = '/', .role = role_of(name)
    };
    g_autofree char *maildir = locate_maildir(self->account->account->id, name);
    if (!blob_maildir_make(maildir, &self->why))
        return 0;
    return store_folder_put(self->store, &wanted, &self->why);
}

static bool put_folders(struct local *self)
{
    g_autofree char *root = paths_mail_directory(self->account->account->id, NULL);
    g_autoptr(GDir) entries = g_dir_open(root, 0, NULL);
    const char *name;
    for (size_t i = 0; i < G_N_ELEMENTS(local_roles); i++) {
        if (put_folder(self, local_roles[i].name) == 0)
            return false;
    }
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *cur = g_build_filename(root, name, "cur", NULL), *folder_name = g_uri_unescape_string(name, NULL);
        if (*name == '.' || folder_name == NULL || !g_utf8_validate(folder_name, -1, NULL) || !g_file_test(cur, G_FILE_TEST_IS_DIR))
            continue;
        if (put_folder(self, folder_name) == 0)
            return false;
    }
    return true;
}

/* --- index --- */
static bool is_indexed(struct local *self, const char *file)
{
    return store_placement_find_file(self->store, self->folder_id, file) != 0;
}

static bool index_file(struct local *self, const char *file, unsigned flags, const char *path)
{
    struct message_info info = { 0 };
    int64_t placement = 0;
    g_autoptr(message) parsed = message_load(path, NULL);
    if (parsed == NULL)
        return true; /* gone again, or unreadable: the next scan will see */
    g_autofree char *preview = message_preview(parsed, PREVIEW_CHARS);
    message_info(parsed, &info);
    info.preview = preview;
    if (!store_local_put(self->store, self->folder_id, file, flags, &info, &placement, &self->why))
        return false;
    self->arrived++;
    if (!self->is_first && !(flags & MESSAGE_SEEN))
        engine_post(self->account->engine, EVENT_MESSAGE_ARRIVED, self->account->id, self->folder_id, placement);
    return true;
}

static bool take_file(void *data, const char *file, unsigned flags, const char *path)
{
    struct local *self = data;
    g_hash_table_add(self->seen, g_strdup(file));
    if (store_placement_file_is_leaving(self->store, self->folder_id, file))
        return true;
    if (!is_indexed(self, file))
        return index_file(self, file, flags, path);
    /* Flags another program may have changed. */
    return store_placement_set_file_flags(self->store, self->folder_id, file, flags, &self->why);
}

/* Files another program took away. */
static bool drop_missing(struct local *self)
{
    g_autoptr(GPtrArray) known = store_placement_files(self->store, self->folder_id, &self->why);
    for (guint i = 0; known != NULL && i < known->len; i++) {
        const char *file = g_ptr_array_index(known, i);
        if (g_hash_table_contains(self->seen, file))
            continue;
        if (!store_placement_file_vanished(self->store, self->folder_id, file, &self->why))
            return false;
        self->arrived++;
    }
    return known != NULL;
}

static bool scan_folder(struct local *self, const struct folder *where)
{
    g_autofree char *maildir = locate_maildir(self->account->account->id, where->name);
    self->folder_id = where->id;
    self->arrived = 0;
    self->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bool is_ok = blob_maildir_each(maildir, take_file, self, &self->why) && self->why == NULL && drop_missing(self);
    g_clear_pointer(&self->seen, g_hash_table_unref);
    if (self->arrived > 0)
        engine_post(self->account->engine, EVENT_FOLDER_CHANGED, self->account->id, where->id, 0);
    return is_ok;
}

static void watch_folder(struct local *self, const struct folder *where)
{
    static const char *const parts[] = { "cur", "new" };
    g_autofree char *maildir = locate_maildir(self->account->account->id, where->name);
    for (size_t i = 0; self->watch >= 0 && i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *path = g_build_filename(maildir, parts[i], NULL);
        inotify_add_watch(self->watch, path, IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE);
    }
}

static bool scan_all(struct local *self)
{
    g_autoptr(GPtrArray) folders = store_folders(self->store, self->account->id, &self->why);
    for (guint i = 0; folders != NULL && i < folders->len && !worker_is_stopping(self->thread); i++) {
        const struct folder *where = g_ptr_array_index(folders, i);
        watch_folder(self, where); /* before the scan: what comes in between is told */
        if (!scan_folder(self, where))
            return false;
    }
    if (folders != NULL)
        engine_post(self->account->engine, EVENT_FOLDERS_CHANGED, self->account->id, 0, 0);
    return folders != NULL;
}

/* --- intents → files; each can be repeated after a crash --- */
static char *maildir_of(struct local *self, int64_t folder_id)
{
    g_autoptr(folder) where = store_folder(self->store, folder_id, NULL);
    return where != NULL ? locate_maildir(self->account->account->id, where->name) : NULL;
}

static bool copy_file(struct local *self, const struct intent *wish, const char *from, const char *to, GError **error)
{
    g_autofree char *path = blob_maildir_find(from, wish->file), *bytes = NULL, *file = NULL;
    gsize size = 0;
    if (path == NULL || !g_file_get_contents(path, &bytes, &size, error))
        return path == NULL;
    return blob_maildir_deliver(to, bytes, size, MESSAGE_SEEN, &file, error) &&
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
    return blob_maildir_deliver(to, bytes, size, wish->add, &file, error) &&
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

static bool carry_out(struct local *self, const struct intent *wish, GError **error)
{
    g_autofree char *from = maildir_of(self, wish->folder_id),
                    *to = wish->target_folder_id != 0 ? maildir_of(self, wish->target_folder_id) : NULL;
    g_autoptr(placement) now = store_placement(self->store, wish->placement_id, NULL);
    bool is_of_folder = wish->type >= INTENT_FOLDER_CREATE && wish->type <= INTENT_FOLDER_DELETE;
    if (from == NULL || (wish->file == NULL && wish->type != INTENT_APPEND && !is_of_folder))
        return true;
    switch (wish->type) {
    case INTENT_FLAGS: {
        g_autofree char *path = blob_maildir_find(from, wish->file);
        return now == NULL || path == NULL || blob_maildir_set_flags(from, wish->file, now->flags, error);
    }
    case INTENT_MOVE:
        return to == NULL || blob_maildir_move(from, wish->file, to, error);
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
    case INTENT_FOLDER_DELETE: /* the mail in it is nowhere else */
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OTHER, _("folders of this computer cannot be renamed or deleted yet"));
        return false;
    }
    return true;
}

static void refuse(struct local *self, const struct intent *wish, const char *words)
{
    g_autofree char *description = NULL;
    if (!intent_rolled_back(self->store, wish->id, words, &description, NULL))
        return;
    g_autofree char *text = g_strdup_printf("%s: %s", description, words);
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
            if (!intent_set_in_flight(self->store, &wish->id, 1, &why))
                break; /* changed meanwhile: read again */
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
static void drain_watch(int watch)
{
    char bytes[4096];
    while (watch >= 0 && read(watch, bytes, sizeof bytes) > 0)
        continue; /* which file it was does not matter: the scan compares names */
}

static bool open_local(struct local *self, engine_account *account, worker *thread)
{
    *self = (struct local){ .account = account, .thread = thread, .is_first = true, .watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC) };
    self->store = store_open(account->engine->store_path, STORE_WORKER, &self->why);
    return self->store != NULL && put_folders(self);
}

static void close_local(struct local *self)
{
    store_close(self->store);
    if (self->watch >= 0)
        close(self->watch);
    g_clear_error(&self->why);
}

void local_main(worker *thread, void *data)
{
    struct local self;
    bool is_ok = open_local(&self, data, thread);
    while (!worker_is_stopping(thread)) {
        worker_clear_wake(thread);
        drain_watch(self.watch);
        bool is_scanning = !atomic_load(&self.account->is_delivering);
        is_ok = is_ok && settle_all(&self) && (!is_scanning || scan_all(&self));
        self.is_first = self.is_first && !is_scanning;
        engine_set_state(self.account, LANE_INTERACTIVE, is_ok ? CONNECTION_ONLINE : CONNECTION_WAITING,
                         is_ok              ? ""
                         : self.why != NULL ? self.why->message
                                            : "");
        g_clear_error(&self.why);
        struct fetch_wish *wish;
        while ((wish = engine_take_wish(data)) != NULL) { /* nothing to fetch: it is here */
            engine_post(self.account->engine, EVENT_BODY_AVAILABLE, self.account->id, 0, wish->placement_id);
            fetch_wish_free(wish);
        }
        worker_wait(thread, self.watch, RESCAN_MS);
        is_ok = self.store != NULL;
    }
    close_local(&self);
}

bool local_sync_once(engine_account *account, worker *thread, GError **error)
{
    struct local self;
    bool is_ok = open_local(&self, account, thread) && settle_all(&self) && scan_all(&self);
    if (!is_ok && self.why != NULL)
        g_propagate_error(error, g_steal_pointer(&self.why));
    close_local(&self);
    return is_ok;
}
