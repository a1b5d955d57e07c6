/* SPDX-License-Identifier: MIT */
/* Maildirs → store. A folder is read whole when its directories' times say that it changed since it was read last; while postern runs, inotify tells which
 * files did, so that one new message in a folder of a hundred thousand costs one message. */
#include "core/maildir_index_private.h"
#include "core/arrival.h"
#include "core/blob.h"
#include "core/intent.h"
#include "core/maildir_words.h"
#include "core/message.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include "core/store_role.h"
#include "core/sync_convert.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define PREVIEW_CHARS 160
#define FILE_EVENTS   (IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_CLOSE_WRITE)
#define TREE_EVENTS   (IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ONLYDIR)
/* A directory changed so shortly before it was read may change again without its time telling. */
#define SETTLED_NS ((int64_t)2000 * 1000 * 1000)
#define TELL_US    (250 * 1000) /* who waits for a folder of a hundred thousand sees it fill up */

/* One directory that is watched. */
struct watched {
    int64_t folder_id; /* 0: it holds folders */
    char *path;        /* of the directory itself */
};

struct maildir_index {
    engine_account *account;
    store *store;
    worker *thread;
    struct maildir_tree *tree;
    int fd;
    GHashTable *watches; /* wd → struct watched */
    GHashTable *changes; /* path of the Maildir's file without flags → struct change */
    bool has_new_folders, has_lost_events;
    bool is_first; /* what is there at the start is not new mail */
    /* --- told to the screen once it is in the store --- */
    GHashTable *changed; /* ids of folders */
    bool is_known;       /* the folder was read before: what is new in it arrives */
    GArray *arrivals;    /* of struct arrival_news */
    int64_t told_us;
    /* --- of the folder being read --- */
    int64_t folder_id;
    GHashTable *seen;
    GError *why;
};

struct arrival_news {
    int64_t folder_id, placement_id;
};

struct change {
    int64_t folder_id;
    char *file, *path; /* path NULL: it is gone */
};

static void watched_free(gpointer data)
{
    struct watched *self = data;
    g_free(self->path);
    g_free(self);
}

static void change_free(gpointer data)
{
    struct change *self = data;
    g_free(self->file);
    g_free(self->path);
    g_free(self);
}

maildir_index *maildir_index_new(engine_account *account, store *db, worker *thread, GError **error)
{
    const struct account *settings = account->account;
    bool is_maildir = settings->incoming.protocol == ACCOUNT_PROTOCOL_MAILDIR;
    maildir_index *self = g_new0(maildir_index, 1);
    self->account = account;
    self->store = db;
    self->thread = thread;
    self->tree = maildir_tree_new(settings->id, is_maildir ? settings->incoming.path : NULL);
    self->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    self->watches = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, watched_free);
    self->changes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, change_free);
    self->changed = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    self->arrivals = g_array_new(FALSE, FALSE, sizeof(struct arrival_news));
    self->is_first = self->has_new_folders = true;
    if (maildir_tree_remember(db, account->id, self->tree, error))
        return self;
    maildir_index_free(self);
    return NULL;
}

void maildir_index_free(maildir_index *self)
{
    if (self == NULL)
        return;
    if (self->fd >= 0)
        close(self->fd);
    g_hash_table_unref(self->watches);
    g_hash_table_unref(self->changes);
    g_hash_table_unref(self->changed);
    g_array_unref(self->arrivals);
    maildir_tree_free(self->tree);
    g_free(self);
}

const struct maildir_tree *maildir_index_tree(const maildir_index *self)
{
    return self->tree;
}

int maildir_index_fd(const maildir_index *self)
{
    return self->fd;
}

/* --- what inotify tells --- */

static void watch(maildir_index *self, const char *path, int64_t folder_id)
{
    int wd = self->fd >= 0 ? inotify_add_watch(self->fd, path, folder_id != 0 ? FILE_EVENTS : TREE_EVENTS) : -1;
    if (wd < 0)
        return; /* the regular look at everything finds it */
    struct watched *entry = g_new0(struct watched, 1);
    entry->folder_id = folder_id;
    entry->path = g_strdup(path);
    g_hash_table_replace(self->watches, GINT_TO_POINTER(wd), entry);
}

/* A file that is still being written by a program that does not go by tmp/ comes with IN_CLOSE_WRITE. */
static bool is_complete(const char *path, uint32_t mask)
{
    GStatBuf status;
    return (mask & IN_CREATE) == 0 || (g_stat(path, &status) == 0 && (status.st_nlink > 1 || status.st_size > 0));
}

static void note_file(maildir_index *self, const struct watched *where, const struct inotify_event *event)
{
    const char *colon = strchr(event->name, ':');
    g_autofree char *path = g_build_filename(where->path, event->name, NULL),
                    *file = colon != NULL ? g_strndup(event->name, (gsize)(colon - event->name)) : g_strdup(event->name);
    bool is_gone = (event->mask & (IN_MOVED_FROM | IN_DELETE)) != 0;
    if (*file == '.' || *file == '\0' || (!is_gone && !is_complete(path, event->mask)))
        return;
    char *key = g_strdup_printf("%" G_GINT64_FORMAT "/%s", where->folder_id, file);
    const struct change *known = g_hash_table_lookup(self->changes, key);
    if (is_gone && known != NULL && g_strcmp0(known->path, path) != 0) {
        g_free(key); /* the name it had before it got the one we know */
        return;
    }
    struct change *change = g_new0(struct change, 1);
    change->folder_id = where->folder_id;
    change->file = g_steal_pointer(&file);
    change->path = is_gone ? NULL : g_steal_pointer(&path);
    g_hash_table_replace(self->changes, key, change);
}

/* What is made in it is told from now on: a Maildir is not one before it has its cur and new. */
static void note_directory(maildir_index *self, const struct watched *where, const struct inotify_event *event)
{
    if ((event->mask & IN_ISDIR) == 0 || event->len == 0)
        return;
    self->has_new_folders = true;
    if (event->mask & (IN_CREATE | IN_MOVED_TO)) {
        g_autofree char *path = g_build_filename(where->path, event->name, NULL);
        watch(self, path, 0);
    }
}

/* The cookie of a move whose other end is still to come; 0: none. */
static uint32_t note_event(maildir_index *self, const struct inotify_event *event, uint32_t open_move)
{
    const struct watched *where = g_hash_table_lookup(self->watches, GINT_TO_POINTER(event->wd));
    if (event->mask & IN_Q_OVERFLOW)
        self->has_lost_events = true;
    else if (where == NULL)
        return open_move;
    else if (event->mask & IN_IGNORED)
        self->has_new_folders |= g_hash_table_remove(self->watches, GINT_TO_POINTER(event->wd));
    else if (where->folder_id == 0)
        note_directory(self, where, event);
    else if (event->len > 0)
        note_file(self, where, event);
    if (event->mask & IN_MOVED_FROM)
        return event->cookie;
    return (event->mask & IN_MOVED_TO) && event->cookie == open_move ? 0 : open_move;
}

static bool read_events(maildir_index *self, uint32_t *open_move)
{
    union {
        struct inotify_event first;
        char bytes[16 * 1024];
    } buffer;
    ssize_t size = read(self->fd, &buffer, sizeof buffer);
    for (ssize_t at = 0; at < size;) {
        const struct inotify_event *event = (const struct inotify_event *)(const void *)(buffer.bytes + at);
        *open_move = note_event(self, event, *open_move);
        at += (ssize_t)(sizeof *event + event->len);
    }
    return size > 0;
}

void maildir_index_listen(maildir_index *self)
{
    uint32_t open_move = 0;
    struct pollfd wait = { .fd = self->fd, .events = POLLIN };
    while (self->fd >= 0 && read_events(self, &open_move))
        continue;
    /* A renamed file is told as two events; between them it must not look as if it were gone. */
    if (open_move != 0 && poll(&wait, 1, 2) > 0)
        read_events(self, &open_move);
}

/* --- folders --- */

/* Under it the store keeps how the folder's directories were when they were read last. */
static char *mark_key(int64_t folder_id)
{
    return g_strdup_printf("maildir-read.%" G_GINT64_FORMAT, folder_id);
}

static enum folder_role role_of(const maildir_index *self, const char *name)
{
    enum folder_role configured = store_role_configured(self->account->account, name);
    if (strcmp(name, "Inbox") == 0)
        return FOLDER_INBOX;
    const struct imap_list by_name = { .mailbox = name, .wire = name, .delimiter = self->tree->delimiter };
    return configured != FOLDER_NONE ? configured : sync_role_of(&by_name);
}

/* postern's own place has all it needs from the start; in directories of other programs nothing is made but an inbox. */
static bool make_usual(const maildir_index *self, GError **error)
{
    static const char *const own[] = { "Inbox", "Drafts", "Sent", "Archive", "Junk", "Trash" };
    size_t count = self->tree->layout == MAILDIR_OWN ? G_N_ELEMENTS(own) : 1;
    for (size_t i = 0; i < count; i++) {
        g_autofree char *path = maildir_tree_directory(self->tree, own[i]);
        if (!blob_maildir_make(path, error))
            return false;
    }
    return true;
}

static int by_name(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* What is listed has the disk's names; the screen may be ahead of it. */
static bool put_folder(maildir_index *self, const char *name, GHashTable *listed, GHashTable *roles, GError **error)
{
    struct folder box = { .account_id = self->account->id, .name = (char *)name, .wire = (char *)name, .delimiter = self->tree->delimiter };
    g_autofree char *local = intent_folder_local_name(self->store, &box);
    if (intent_folder_is_pending(self->store, self->account->id, local, INTENT_FOLDER_DELETE))
        return true;
    enum folder_role role = role_of(self, local);
    box.name = local;
    box.role = role == FOLDER_NONE || g_hash_table_add(roles, GINT_TO_POINTER(role)) ? role : FOLDER_NONE;
    g_hash_table_add(listed, g_strdup(local));
    return store_folder_put(self->store, &box, error) != 0;
}

/* Was it ever read from a disk? */
static bool has_read(maildir_index *self, const struct folder *box)
{
    g_autofree char *key = mark_key(box->id), *mark = store_get_meta(self->store, key);
    return mark != NULL;
}

/* It has a directory, or gets one when what waits is carried out. One for a purpose is made before the first message for it is written down. */
static bool is_needed(maildir_index *self, const struct folder *box, GHashTable *listed)
{
    return box->role == FOLDER_INBOX || box->role == FOLDER_OUTBOX || g_hash_table_contains(listed, box->name) ||
           (box->role != FOLDER_NONE && !has_read(self, box)) || intent_folder_is_awaited(self->store, box->id);
}

/* Directories that another program took away. */
static bool drop_folders(maildir_index *self, GHashTable *listed, GError **error)
{
    g_autoptr(GPtrArray) known = store_folders(self->store, self->account->id, error);
    for (guint i = 0; known != NULL && i < known->len; i++) {
        const struct folder *box = g_ptr_array_index(known, i);
        g_autofree char *path = maildir_tree_directory(self->tree, box->name);
        if (!is_needed(self, box, listed) && !g_file_test(path, G_FILE_TEST_IS_DIR) && !store_folder_remove(self->store, box->id, error))
            return false;
    }
    return known != NULL;
}

/* Was any of the account's folders ever read from a disk? */
static bool has_read_any(maildir_index *self, const GPtrArray *known)
{
    for (guint i = 0; i < known->len; i++)
        if (has_read(self, g_ptr_array_index(known, i)))
            return true;
    return false;
}

/* A disk that is not mounted leaves an empty directory: nothing is forgotten for it. */
static bool is_plausible(maildir_index *self, const GPtrArray *names, GError **error)
{
    g_autoptr(GPtrArray) known = store_folders(self->store, self->account->id, error);
    if (known == NULL || names->len > 0 || self->tree->layout == MAILDIR_OWN || !has_read_any(self, known))
        return known != NULL;
    g_set_error(error, STORE_ERROR, STORE_ERROR_MISSING,
                _("%s is empty, but there were folders in it. If it is on another disk, is that mounted? postern keeps what it knows and "
                  "tries again."),
                self->tree->root);
    return false;
}

static bool put_folders(maildir_index *self, const GPtrArray *names, GError **error)
{
    g_autoptr(GHashTable) listed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) roles = g_hash_table_new(g_direct_hash, g_direct_equal);
    bool is_ok = store_begin(self->store, error);
    for (guint i = 0; is_ok && i < names->len; i++)
        is_ok = put_folder(self, g_ptr_array_index(names, i), listed, roles, error) && store_breathe(self->store, error);
    is_ok =
        is_ok && drop_folders(self, listed, error) && store_role_set_home(self->store, self->account->id, "", self->tree->delimiter, error);
    if (is_ok)
        return store_commit(self->store, error);
    store_rollback(self->store);
    return false;
}

static void watch_folders(maildir_index *self, const GPtrArray *folders)
{
    static const char *const parts[] = { "cur", "new" };
    watch(self, self->tree->root, 0);
    for (guint i = 0; i < folders->len; i++) {
        const struct folder *box = g_ptr_array_index(folders, i);
        g_autofree char *name = intent_folder_server_name(self->store, box, 0), *maildir = maildir_tree_directory(self->tree, name);
        for (size_t k = 0; k < G_N_ELEMENTS(parts); k++) {
            g_autofree char *path = g_build_filename(maildir, parts[k], NULL);
            watch(self, path, box->id);
        }
        if (self->tree->layout == MAILDIR_PLAIN)
            watch(self, maildir, 0);
    }
}

static bool update_folders(maildir_index *self, GError **error)
{
    g_autoptr(GPtrArray) names = NULL;
    self->has_new_folders = false;
    if (self->tree->layout == MAILDIR_OWN && !make_usual(self, error))
        return false;
    if (self->tree->layout != MAILDIR_OWN && g_mkdir_with_parents(self->tree->root, 0700) != 0) {
        int saved = errno;
        g_set_error(error, STORE_ERROR, STORE_ERROR_FULL, _("The directory %s cannot be made: %s"), self->tree->root, g_strerror(saved));
        return false;
    }
    names = maildir_tree_list(self->tree, error);
    if (names == NULL || !is_plausible(self, names, error))
        return false;
    if (names->len == 0) { /* a new one */
        g_ptr_array_add(names, g_strdup("Inbox"));
        if (!make_usual(self, error))
            return false;
    }
    g_ptr_array_sort(names, by_name);
    if (!put_folders(self, names, error))
        return false;
    engine_post(self->account->engine, EVENT_FOLDERS_CHANGED, self->account->id, 0, 0);
    return true;
}

/* --- files --- */

/* After a commit. */
static void tell(maildir_index *self)
{
    GHashTableIter all;
    gpointer id;
    g_hash_table_iter_init(&all, self->changed);
    while (g_hash_table_iter_next(&all, &id, NULL))
        engine_post(self->account->engine, EVENT_FOLDER_CHANGED, self->account->id, *(const int64_t *)id, 0);
    for (guint i = 0; i < self->arrivals->len; i++) {
        const struct arrival_news *news = &g_array_index(self->arrivals, struct arrival_news, i);
        engine_post(self->account->engine, EVENT_MESSAGE_ARRIVED, self->account->id, news->folder_id, news->placement_id);
    }
    g_hash_table_remove_all(self->changed);
    g_array_set_size(self->arrivals, 0);
    self->told_us = g_get_monotonic_time();
}

/* Between two files, inside the one transaction. */
static bool breathe(maildir_index *self)
{
    if (g_get_monotonic_time() - self->told_us < TELL_US)
        return store_breathe(self->store, &self->why);
    if (!store_commit(self->store, &self->why))
        return false;
    tell(self);
    return store_begin(self->store, &self->why);
}

static bool finish(maildir_index *self, bool is_ok)
{
    if (is_ok)
        is_ok = store_commit(self->store, &self->why);
    else
        store_rollback(self->store);
    tell(self);
    return is_ok;
}

static void note_changed(maildir_index *self)
{
    int64_t *id = g_new(int64_t, 1);
    *id = self->folder_id;
    g_hash_table_add(self->changed, id);
}

static bool index_file(maildir_index *self, const char *file, unsigned flags, const char *keywords, const char *path)
{
    struct message_info info = { 0 };
    struct arrival_news news = { .folder_id = self->folder_id };
    GStatBuf status;
    /* A pipe that somebody left there would be waited for without end. */
    g_autoptr(message) parsed = g_stat(path, &status) == 0 && S_ISREG(status.st_mode) ? message_load(path, NULL) : NULL;
    if (parsed == NULL)
        return true; /* gone again, or unreadable: the next look will see */
    g_autofree char *preview = message_preview(parsed, PREVIEW_CHARS);
    message_info(parsed, &info);
    info.preview = preview;
    info.received_utc = info.date_utc > 0 ? 0 : status.st_mtime; /* of a file that was copied here the message knows better */
    if (!store_local_put(self->store, self->folder_id, file, flags, &info, &news.placement_id, &self->why) ||
        (keywords != NULL && !store_placement_set_file_keywords(self->store, self->folder_id, file, keywords, &self->why)))
        return false;
    note_changed(self);
    if (self->is_known && !arrival_note(self->store, news.placement_id, &self->why))
        return false;
    if (!self->is_first && !(flags & MESSAGE_SEEN))
        g_array_append_val(self->arrivals, news);
    return true;
}

/* The tags in its name; the file that explains them is read where there are any. Caller frees. */
static char *keywords_of(const char *path)
{
    const char *info = strstr(strrchr(path, '/'), ":2,");
    while (info != NULL && *info != '\0' && !g_ascii_islower(*info))
        info++;
    if (info == NULL || *info == '\0')
        return NULL;
    g_autofree char *directory = g_path_get_dirname(path), *maildir = g_path_get_dirname(directory);
    g_autoptr(maildir_words) words = maildir_words_read(maildir);
    return maildir_words_of(words, path);
}

static bool take_file(void *data, const char *file, unsigned flags, const char *path)
{
    maildir_index *self = data;
    if (self->seen != NULL)
        g_hash_table_add(self->seen, g_strdup(file));
    if (worker_is_stopping(self->thread) || !breathe(self))
        return false;
    if (store_placement_file_is_leaving(self->store, self->folder_id, file))
        return true;
    g_autofree char *keywords = keywords_of(path);
    if (store_placement_find_file(self->store, self->folder_id, file) == 0)
        return index_file(self, file, flags, keywords, path);
    /* Flags and tags another program may have changed. */
    return store_placement_set_file_marks(self->store, self->folder_id, file, flags, keywords, &self->why);
}

/* Files another program took away. */
static bool drop_missing(maildir_index *self)
{
    g_autoptr(GPtrArray) known = store_placement_files(self->store, self->folder_id, &self->why);
    for (guint i = 0; known != NULL && i < known->len; i++) {
        const char *file = g_ptr_array_index(known, i);
        if (g_hash_table_contains(self->seen, file))
            continue;
        if (!store_placement_file_vanished(self->store, self->folder_id, file, &self->why) || !breathe(self))
            return false;
        note_changed(self);
    }
    return known != NULL;
}

/* --- a folder as a whole --- */

/* When its directories were changed last; NULL: too recently to rely upon, or not to be read. */
static char *mark_of(const char *maildir)
{
    static const char *const parts[] = { "cur", "new" };
    g_autoptr(GString) mark = g_string_new(maildir);
    int64_t now = g_get_real_time() * 1000;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *path = g_build_filename(maildir, parts[i], NULL);
        GStatBuf status;
        if (g_stat(path, &status) != 0)
            return NULL;
        int64_t changed = (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
        if (changed > now - SETTLED_NS)
            return NULL;
        g_string_append_printf(mark, " %" G_GINT64_FORMAT, changed);
    }
    return g_string_free(g_steal_pointer(&mark), FALSE);
}

static bool read_folder(maildir_index *self, const char *maildir)
{
    self->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bool is_ok = store_begin(self->store, &self->why) && blob_maildir_each(maildir, take_file, self, &self->why) && self->why == NULL &&
                 !worker_is_stopping(self->thread) && drop_missing(self);
    g_clear_pointer(&self->seen, g_hash_table_unref);
    return finish(self, is_ok);
}

static bool update_folder(maildir_index *self, const struct folder *box)
{
    g_autofree char *name = intent_folder_server_name(self->store, box, 0), *maildir = maildir_tree_directory(self->tree, name);
    g_autofree char *key = mark_key(box->id), *known = store_get_meta(self->store, key), *mark = mark_of(maildir);
    g_autofree char *cur = g_build_filename(maildir, "cur", NULL);
    if ((mark != NULL && g_strcmp0(mark, known) == 0) || !g_file_test(cur, G_FILE_TEST_IS_DIR))
        return true;
    self->folder_id = box->id;
    self->is_known = known != NULL;
    if (!read_folder(self, maildir))
        return worker_is_stopping(self->thread) && self->why == NULL;
    const char *value = mark != NULL ? mark : "";
    return g_strcmp0(value, known) == 0 || store_set_meta(self->store, key, value, &self->why);
}

/* --- single files --- */

static bool update_file(maildir_index *self, const struct change *change)
{
    self->folder_id = change->folder_id;
    self->is_known = true;
    if (change->path != NULL) {
        take_file(self, change->file, blob_maildir_flags(change->path), change->path);
        return self->why == NULL;
    }
    if (store_placement_find_file(self->store, self->folder_id, change->file) == 0 ||
        store_placement_file_is_leaving(self->store, self->folder_id, change->file))
        return true;
    note_changed(self);
    return store_placement_file_vanished(self->store, self->folder_id, change->file, &self->why) && breathe(self);
}

static bool update_files(maildir_index *self)
{
    GHashTableIter all;
    gpointer value;
    bool is_ok = store_begin(self->store, &self->why);
    g_hash_table_iter_init(&all, self->changes);
    while (is_ok && g_hash_table_iter_next(&all, NULL, &value))
        is_ok = update_file(self, value);
    is_ok = finish(self, is_ok);
    g_hash_table_remove_all(self->changes);
    self->has_lost_events |= !is_ok;
    return is_ok;
}

static bool update_all(maildir_index *self, bool has_new_folders)
{
    g_autoptr(GPtrArray) folders = store_folders(self->store, self->account->id, &self->why);
    if (folders == NULL)
        return false;
    if (has_new_folders || self->has_lost_events)
        watch_folders(self, folders); /* before they are read: what comes in between is told */
    g_hash_table_remove_all(self->changes);
    self->has_lost_events = false;
    for (guint i = 0; i < folders->len && !worker_is_stopping(self->thread); i++) {
        if (!update_folder(self, g_ptr_array_index(folders, i)))
            return false;
    }
    self->is_first = false;
    engine_post(self->account->engine, EVENT_FOLDERS_CHANGED, self->account->id, 0, 0);
    return true;
}

bool maildir_index_update(maildir_index *self, bool is_all, GError **error)
{
    maildir_index_listen(self); /* intents have moved files since: what was told of their old places is not believed any more */
    bool has_new_folders = self->has_new_folders || is_all;
    bool is_ok = !has_new_folders || update_folders(self, &self->why);
    if (is_ok && (has_new_folders || self->has_lost_events))
        is_ok = update_all(self, has_new_folders);
    else if (is_ok && g_hash_table_size(self->changes) > 0)
        is_ok = update_files(self);
    if (!is_ok) {
        self->has_new_folders = true; /* once more, all of it */
        if (self->why != NULL)
            g_propagate_error(error, g_steal_pointer(&self->why));
    }
    return is_ok;
}
