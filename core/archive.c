/* SPDX-License-Identifier: MIT */
/* Export and import: nothing is left out silently, and nothing is written over. */
#include "core/archive.h"
#include "core/blob.h"
#include "core/intent.h"
#include "core/locate.h"
#include "core/maildir_tree.h"
#include "core/maildir_words.h"
#include "core/mbox.h"
#include "core/message.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include "core/store_private.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define BATCH 500

static bool fail(GError **error, const char *path)
{
    int saved = errno;
    g_set_error(error, STORE_ERROR, saved == ENOSPC || saved == EDQUOT ? STORE_ERROR_FULL : STORE_ERROR_OTHER,
                _("%s cannot be written: %s"), path, g_strerror(saved));
    return false;
}

/* --- export --- */

struct export
{
    store *store;
    const struct folder *box;
    char *maildir; /* with the letters of its tags, or */
    maildir_words *words;
    char *path; /* of the mbox, and the file it is until it is whole */
    FILE *mbox;
    struct archive_count *count;
};

/* The message byte for byte, from wherever it is here; NULL: it is not, or not all of it. */
static GBytes *message_here(store *db, const struct placement *about)
{
    g_autofree char *path = locate_message(db, about), *raw = about->file == NULL ? locate_part(about, MESSAGE_SECTION_RAW) : NULL;
    g_autoptr(message) letter = path != NULL ? message_load(path, NULL) : NULL;
    if (letter != NULL && message_is_whole(letter))
        return message_raw(letter);
    g_autoptr(message) source = raw != NULL ? message_load(raw, NULL) : NULL;
    return source != NULL ? message_raw(source) : NULL;
}

static bool export_to_maildir(const struct export *self, const struct placement *about, const void *bytes, size_t size, GError **error)
{
    g_autofree char *file = NULL;
    unsigned left_out = 0;
    if (!blob_maildir_deliver(self->maildir, bytes, size, about->flags, &file, error))
        return false;
    g_autofree char *written = blob_maildir_find(self->maildir, file),
                    *letters = maildir_words_letters(self->words, about->keywords, &left_out);
    const struct timespec times[2] = { { .tv_sec = about->received_utc }, { .tv_sec = about->received_utc } };
    if (written != NULL && about->received_utc > 0)
        utimensat(AT_FDCWD, written, times, 0);
    self->count->untagged += left_out > 0;
    if (*letters == '\0' || written == NULL)
        return true;
    g_autofree char *name = g_path_get_basename(written),
                    *tagged = g_strconcat(name, strstr(name, ":2,") != NULL ? "" : ":2,", letters, NULL),
                    *path = g_build_filename(self->maildir, "cur", tagged, NULL);
    return (maildir_words_write(self->words, error) && g_rename(written, path) == 0) || (*error == NULL && fail(error, path));
}

/* Of local mail the file knows it. */
static int64_t received_of(store *db, const struct placement *about)
{
    g_autofree char *path = about->file != NULL ? locate_message(db, about) : NULL;
    GStatBuf status;
    return path != NULL && g_stat(path, &status) == 0 ? status.st_mtime : about->received_utc;
}

static bool export_one(const struct export *self, int64_t placement_id, GError **error)
{
    g_autoptr(placement) about = store_placement(self->store, placement_id, NULL);
    g_autoptr(GBytes) bytes = about != NULL ? message_here(self->store, about) : NULL;
    gsize size = 0;
    if (bytes == NULL) {
        self->count->elsewhere += about != NULL;
        return true;
    }
    const void *data = g_bytes_get_data(bytes, &size);
    about->received_utc = received_of(self->store, about);
    const struct mbox_about line = {
        .flags = about->flags, .keywords = about->keywords, .received_utc = about->received_utc, .sender = about->from_address
    };
    if (self->mbox != NULL && !mbox_write(self->mbox, data, size, &line))
        return fail(error, self->path);
    if (self->mbox == NULL && !export_to_maildir(self, about, data, size, error))
        return false;
    self->count->done++;
    return true;
}

/* Where an export has come to: by the order that has an index, for each batch would else sort all of the folder. */
struct place {
    int64_t sort_key, id;
};

static GArray *next_placements(store *db, int64_t folder_id, const struct place *after, GError **error)
{
    GError *failure = NULL;
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(struct place));
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error,
                     "SELECT sort_key, id FROM placements INDEXED BY placements_by_sort WHERE folder_id = ? AND (sort_key, id) > (?, ?)"
                     " ORDER BY sort_key, id LIMIT ?",
                     NUM(folder_id), NUM(after->sort_key), NUM(after->id), NUM(BATCH));
    while (row != NULL && store_step(db, row, &failure)) {
        struct place place = { sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1) };
        g_array_append_val(places, place);
    }
    if (failure == NULL)
        return row != NULL ? g_steal_pointer(&places) : NULL;
    g_propagate_error(error, failure);
    return NULL;
}

static bool export_all(const struct export *self, GError **error)
{
    for (struct place after = { G_MININT64, 0 };;) {
        g_autoptr(GArray) places = next_placements(self->store, self->box->id, &after, error);
        for (guint i = 0; places != NULL && i < places->len; i++) {
            if (!export_one(self, g_array_index(places, struct place, i).id, error))
                return false;
        }
        if (places == NULL || places->len == 0)
            return places != NULL;
        after = g_array_index(places, struct place, places->len - 1);
    }
}

/* A folder's name as a path: its parts are directories, and none leads out. */
static char *export_path(const struct folder *box, const char *directory)
{
    g_autofree char *name = g_strdup(box->name);
    const struct maildir_tree target = { MAILDIR_PLAIN, (char *)directory, '/' };
    if (box->delimiter != '\0' && box->delimiter != '/')
        g_strdelimit(g_strdelimit(name, "/", '_'), (const char[]){ box->delimiter, '\0' }, '/');
    return maildir_tree_directory(&target, name);
}

static bool is_free(const char *path, GError **error)
{
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return true;
    g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, _("%s is there already, and nothing is written over."), path);
    return false;
}

static bool finish_mbox(struct export *self, const char *partial, GError **error)
{
    bool is_ok = fflush(self->mbox) == 0 && fsync(fileno(self->mbox)) == 0;
    int saved = errno;
    is_ok = fclose(self->mbox) == 0 && is_ok;
    self->mbox = NULL;
    errno = saved;
    return (is_ok && g_rename(partial, self->path) == 0) || fail(error, self->path);
}

static bool export_mbox(struct export *self, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(self->path), *partial = g_strconcat(self->path, ".part", NULL);
    if (g_mkdir_with_parents(parent, 0700) != 0)
        return fail(error, parent);
    int fd = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    self->mbox = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (self->mbox == NULL)
        return fail(error, partial);
    bool is_ok = export_all(self, error);
    if (is_ok)
        return finish_mbox(self, partial, error);
    fclose(self->mbox);
    g_unlink(partial);
    return false;
}

bool archive_export(store *db, int64_t folder_id, enum archive_form form, const char *directory, struct archive_count *count,
                    GError **error)
{
    g_autoptr(folder) box = store_folder(db, folder_id, error);
    if (box == NULL)
        return false;
    g_autofree char *path = export_path(box, directory), *file = g_strconcat(path, ".mbox", NULL),
                    *cur = g_build_filename(path, "cur", NULL);
    struct export self = { .store = db, .box = box, .maildir = path, .path = file, .count = count };
    if (!is_free(form == ARCHIVE_MBOX ? file : cur, error))
        return false;
    if (form == ARCHIVE_MBOX)
        return export_mbox(&self, error);
    g_autoptr(maildir_words) words = maildir_words_read(path);
    self.words = words;
    return blob_maildir_make(path, error) && export_all(&self, error);
}

/* --- import --- */

struct import {
    store *store;
    int64_t folder_id;
    const char *spool;
    maildir_words *words; /* of the Maildir that is read */
    GHashTable *before;   /* what was in the folder: identity → how often */
    struct archive_count *count;
    GError *why;
};

/* By its Message-ID, else by what two different messages hardly share. */
static char *identity(const char *message_id, const char *from, int64_t date_utc, int64_t size)
{
    if (message_id != NULL && *message_id != '\0')
        return g_strdup(message_id);
    return g_strdup_printf("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, from != NULL ? from : "", date_utc, size);
}

static bool note_before(struct import *self)
{
    GError *failure = NULL;
    g_autoptr(sqlite3_stmt) row =
        store_select(self->store, &self->why,
                     "SELECT m.message_id, m.from_address, m.date_utc, m.size_bytes FROM placements p JOIN messages m "
                     "ON m.id = p.message_id WHERE p.folder_id = ?",
                     NUM(self->folder_id));
    while (row != NULL && store_step(self->store, row, &failure)) {
        g_autofree char *id = store_column_dup(row, 0), *from = store_column_dup(row, 1);
        char *key = identity(id, from, sqlite3_column_int64(row, 2), sqlite3_column_int64(row, 3));
        g_hash_table_replace(self->before, key, GINT_TO_POINTER(GPOINTER_TO_INT(g_hash_table_lookup(self->before, key)) + 1));
    }
    if (failure != NULL)
        g_propagate_error(&self->why, failure);
    return self->why == NULL;
}

static bool take_before(struct import *self, const struct message_info *info, int64_t size)
{
    g_autofree char *key = identity(info->message_id, info->from_address, info->date_utc, size);
    int left = GPOINTER_TO_INT(g_hash_table_lookup(self->before, key));
    if (left > 0)
        g_hash_table_replace(self->before, g_strdup(key), GINT_TO_POINTER(left - 1));
    return left > 0;
}

/* With CR LF at each line's end: so a server counts, and so an append that waits for one is noted. */
static int64_t size_of_lines(const char *bytes, size_t size)
{
    int64_t total = (int64_t)size;
    for (size_t i = 0; i < size; i++)
        total += bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r');
    return total;
}

/* Each that was there before stands for one of those that come. */
static bool was_there(struct import *self, const char *bytes, size_t size)
{
    struct message_info info = { 0 };
    g_autoptr(message) letter = message_parse(bytes, size);
    message_info(letter, &info);
    return take_before(self, &info, info.size_bytes) || take_before(self, &info, size_of_lines(bytes, size));
}

/* Tags come behind the message, as if a person set them: so they also reach a server that takes none with APPEND. */
static bool import_keywords(struct import *self, int64_t intent_id, const char *keywords)
{
    int64_t placement_id = 0;
    if (keywords == NULL)
        return true;
    return store_number(self->store, &placement_id, &self->why, "SELECT placement_id FROM intents WHERE id = ?", NUM(intent_id)) &&
           (placement_id == 0 || intent_keywords_quietly(self->store, &placement_id, 1, keywords, NULL, &self->why));
}

/* On its way it is a file with the date it shall have. */
static bool import_bytes(struct import *self, const void *bytes, size_t size, const struct mbox_about *about)
{
    g_autofree char *uuid = g_uuid_string_random(), *path = g_build_filename(self->spool, uuid, NULL);
    const struct timespec times[2] = { { .tv_sec = about->received_utc }, { .tv_sec = about->received_utc } };
    if (!g_file_set_contents_full(path, bytes, (gssize)size, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                  &self->why))
        return false;
    if (about->received_utc > 0)
        utimensat(AT_FDCWD, path, times, 0);
    if (was_there(self, bytes, size)) {
        g_unlink(path);
        self->count->known++;
        return true;
    }
    int64_t intent_id = intent_append(self->store, self->folder_id, path, about->flags, &self->why);
    if (intent_id == 0) {
        g_unlink(path);
        return false;
    }
    self->count->done++;
    return import_keywords(self, intent_id, about->keywords);
}

static bool import_mbox(struct import *self, const char *path)
{
    struct mbox_message message = { 0 };
    g_autoptr(mbox) file = mbox_open(path, &self->why);
    bool is_ok = file != NULL;
    while (is_ok && mbox_next(file, &message, &self->why)) {
        const struct mbox_about about = { .flags = message.flags, .keywords = message.keywords, .received_utc = message.received_utc };
        is_ok = import_bytes(self, message.bytes->data, message.bytes->len, &about);
    }
    mbox_message_clear(&message);
    return is_ok && self->why == NULL;
}

static bool import_file(void *data, const char *file, unsigned flags, const char *path)
{
    struct import *self = data;
    g_autofree char *bytes = NULL;
    gsize size = 0;
    GStatBuf status;
    (void)file;
    if (g_stat(path, &status) != 0 || !S_ISREG(status.st_mode) || !g_file_get_contents(path, &bytes, &size, NULL)) {
        self->count->failed++;
        return true;
    }
    g_autofree char *keywords = maildir_words_of(self->words, path);
    const struct mbox_about about = { .flags = flags, .keywords = keywords, .received_utc = status.st_mtime };
    return import_bytes(self, bytes, size, &about);
}

bool archive_import(store *db, int64_t folder_id, const char *path, const char *spool, struct archive_count *count, GError **error)
{
    struct import self = { .store = db, .folder_id = folder_id, .spool = spool, .count = count };
    bool is_ok = true;
    self.before = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (g_mkdir_with_parents(spool, 0700) != 0)
        is_ok = fail(&self.why, spool);
    is_ok = is_ok && note_before(&self);
    self.words = maildir_words_read(path);
    if (is_ok && g_file_test(path, G_FILE_TEST_IS_DIR))
        is_ok = blob_maildir_each(path, import_file, &self, &self.why) && self.why == NULL;
    else if (is_ok)
        is_ok = import_mbox(&self, path);
    maildir_words_free(self.words);
    g_hash_table_unref(self.before);
    if (!is_ok && self.why != NULL)
        g_propagate_error(error, self.why);
    return is_ok;
}
