/* SPDX-License-Identifier: MIT */
/* Maildir delivery in batches: one fsync of the directory and one transaction for many messages. */
#include "core/pop3_delivery.h"
#include "core/arrival.h"
#include "core/blob.h"
#include "core/locate.h"
#include "core/message.h"
#include "core/pop3_mail.h"
#include "core/pop3_maildrop_private.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <gmime/gmime.h>
#include <string.h>
#include <unistd.h>

#define BATCH_MESSAGES 128u
#define BATCH_BYTES    (8u * 1024u * 1024u)
#define BATCH_MS       400
#define MEMORY_BYTES   (1024u * 1024u) /* larger messages go to their file as they come */
#define PREVIEW_CHARS  160

/* A file that is complete but not yet where it belongs. */
struct kept {
    char *uidl, *file, *tmp, *identity;
    int fd;
    bool is_head;
    message *parsed;
    char *preview;
};

struct pop3_delivery {
    engine_account *account;
    store *store;
    int64_t folder_id;
    bool is_quiet;
    char *maildir;
    /* --- the message that is being read --- */
    GString *head; /* its first megabyte: all of it, mostly */
    char *tmp;     /* where the rest goes; NULL: in memory yet */
    int fd;
    uint64_t size_bytes;
    bool is_head; /* nothing but the head comes */
    char *hash, *identity;
    /* --- complete ones --- */
    GPtrArray *batch; /* of struct kept* */
    uint64_t batch_bytes;
    int64_t batch_since_ms;
    unsigned count;
};

static bool fail(GError **error, const char *path)
{
    int saved = errno;
    bool is_full = saved == ENOSPC || saved == EDQUOT || saved == EROFS || saved == EACCES || saved == EPERM;
    g_set_error(error, STORE_ERROR, is_full ? STORE_ERROR_FULL : STORE_ERROR_OTHER,
                _("New mail cannot be saved as %s: %s. It stays on the server."), path, g_strerror(saved));
    return false;
}

static void kept_free(gpointer data)
{
    struct kept *kept = data;
    if (kept->fd >= 0)
        close(kept->fd);
    if (kept->tmp != NULL)
        unlink(kept->tmp);
    g_free(kept->uidl);
    g_free(kept->file);
    g_free(kept->tmp);
    g_free(kept->identity);
    message_free(kept->parsed);
    g_free(kept->preview);
    g_free(kept);
}

pop3_delivery *pop3_delivery_new(engine_account *account, store *db, int64_t folder_id, bool is_quiet, GError **error)
{
    g_autoptr(folder) where = store_folder(db, folder_id, error);
    g_autofree char *maildir = where != NULL ? locate_maildir(account->account->id, where->name) : NULL;
    if (maildir == NULL || !blob_maildir_make(maildir, error))
        return NULL;
    pop3_delivery *self = g_new0(pop3_delivery, 1);
    *self = (pop3_delivery){ .account = account, .store = db, .folder_id = folder_id, .is_quiet = is_quiet, .fd = -1 };
    self->maildir = g_steal_pointer(&maildir);
    self->head = g_string_sized_new(64 * 1024);
    self->batch = g_ptr_array_new_with_free_func(kept_free);
    return self;
}

void pop3_delivery_free(pop3_delivery *self)
{
    if (self == NULL)
        return;
    pop3_delivery_drop(self);
    g_ptr_array_unref(self->batch);
    g_string_free(self->head, TRUE);
    g_free(self->maildir);
    g_free(self);
}

/* --- one message --- */
static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t done = write(fd, bytes, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes += done;
        size -= (size_t)done;
    }
    return true;
}

/* The name is settled only when the message is complete and known: until then any unique one will do. */
static bool open_file(pop3_delivery *self, GError **error)
{
    g_autofree char *name = pop3_mail_file_name("");
    self->tmp = g_build_filename(self->maildir, "tmp", name, NULL);
    self->fd = open(self->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (self->fd >= 0 && write_all(self->fd, self->head->str, self->head->len))
        return true;
    return fail(error, self->tmp);
}

bool pop3_delivery_bytes(void *data, const char *bytes, size_t length, GError **error)
{
    pop3_delivery *self = data;
    self->size_bytes += length;
    if (self->fd < 0 && self->head->len + length <= MEMORY_BYTES) {
        g_string_append_len(self->head, bytes, (gssize)length);
        return true;
    }
    if (self->fd < 0 && !open_file(self, error))
        return false;
    return write_all(self->fd, bytes, length) || fail(error, self->tmp);
}

bool pop3_delivery_begin_head(pop3_delivery *self, uint64_t size_bytes, GError **error)
{
    g_autofree char *line = g_strdup_printf(MESSAGE_HEAD_HEADER ": %" G_GUINT64_FORMAT "\n", size_bytes);
    self->is_head = true;
    return pop3_delivery_bytes(self, line, strlen(line), error);
}

const char *pop3_delivery_hash(pop3_delivery *self)
{
    if (self->hash == NULL)
        self->hash = pop3_header_hash(self->head->str, self->head->len);
    return self->hash;
}

/* Messages may have the same header and say something else. Of a body: its size, and a sum over all of it that is in memory: it tells what came by
 * accident apart, and is quick; nobody gains by two messages of the same sum. */
static uint64_t body_sum(const char *bytes, size_t size)
{
    uint64_t sum = 0xcbf29ce484222325u, word;
    for (; size >= sizeof word; bytes += sizeof word, size -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        sum = (sum ^ word) * 0x100000001b3u;
        sum ^= sum >> 32;
    }
    for (; size > 0; bytes++, size--)
        sum = (sum ^ (unsigned char)*bytes) * 0x100000001b3u;
    return sum;
}

const char *pop3_delivery_identity(pop3_delivery *self)
{
    const char *hash = pop3_delivery_hash(self), *end = memmem(self->head->str, self->head->len, "\n\n", 2);
    size_t begin = end != NULL ? (size_t)(end - self->head->str) : self->head->len;
    if (self->identity == NULL && self->is_head)
        self->identity = g_strdup(hash);
    else if (self->identity == NULL)
        self->identity = g_strdup_printf("%s:%016" G_GINT64_MODIFIER "x.%" G_GUINT64_FORMAT, hash,
                                         body_sum(self->head->str + begin, self->head->len - begin), self->size_bytes - begin);
    return self->identity;
}

void pop3_delivery_drop(pop3_delivery *self)
{
    if (self->fd >= 0)
        close(self->fd);
    if (self->tmp != NULL)
        unlink(self->tmp);
    self->fd = -1;
    self->size_bytes = 0;
    self->is_head = false;
    g_clear_pointer(&self->tmp, g_free);
    g_clear_pointer(&self->hash, g_free);
    g_clear_pointer(&self->identity, g_free);
    g_string_truncate(self->head, 0);
}

/* Parsed before the store is locked. A file that cannot be parsed is mail all the same: message_load() fails only where it cannot be read. */
static bool take_kept(pop3_delivery *self, const char *uidl, struct kept *kept, GError **error)
{
    if (self->fd < 0 && !open_file(self, error))
        return false;
    kept->is_head = self->is_head;
    kept->uidl = g_strdup(uidl);
    kept->file = pop3_mail_file_name(uidl);
    kept->identity = g_strdup(pop3_delivery_identity(self));
    kept->parsed = self->size_bytes <= MEMORY_BYTES ? message_parse(self->head->str, self->head->len) : message_load(self->tmp, error);
    kept->tmp = g_steal_pointer(&self->tmp);
    kept->fd = self->fd;
    self->fd = -1;
    sync_file_range(kept->fd, 0, 0, SYNC_FILE_RANGE_WRITE); /* begins now what fsync() waits for later: many at once */
    if (kept->parsed == NULL)
        return false;
    kept->preview = message_preview(kept->parsed, PREVIEW_CHARS);
    return true;
}

bool pop3_delivery_keep(pop3_delivery *self, const char *uidl, GError **error)
{
    struct kept *kept = g_new0(struct kept, 1);
    kept->fd = -1;
    bool is_taken = take_kept(self, uidl, kept, error);
    uint64_t size_bytes = self->size_bytes;
    pop3_delivery_drop(self);
    if (!is_taken) {
        kept_free(kept);
        return false;
    }
    int64_t now_ms = g_get_monotonic_time() / 1000;
    if (self->batch->len == 0)
        self->batch_since_ms = now_ms;
    g_ptr_array_add(self->batch, kept);
    self->batch_bytes += size_bytes;
    bool is_due = self->batch->len >= BATCH_MESSAGES || self->batch_bytes >= BATCH_BYTES || now_ms - self->batch_since_ms >= BATCH_MS;
    return !is_due || pop3_delivery_commit(self, error);
}

/* --- the batch --- */
static bool sync_directory(const char *directory, GError **error)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_ok = fd >= 0 && fsync(fd) == 0;
    if (!is_ok)
        fail(error, directory);
    if (fd >= 0)
        close(fd);
    return is_ok;
}

static bool sync_files(pop3_delivery *self, GError **error)
{
    for (guint i = 0; i < self->batch->len; i++) {
        struct kept *kept = g_ptr_array_index(self->batch, i);
        int fd = kept->fd;
        kept->fd = -1;
        if (fsync(fd) != 0) {
            fail(error, kept->tmp);
            close(fd);
            return false;
        }
        if (close(fd) != 0)
            return fail(error, kept->tmp);
    }
    return true;
}

static bool rename_files(pop3_delivery *self, GError **error)
{
    g_autofree char *directory = g_build_filename(self->maildir, "new", NULL);
    for (guint i = 0; i < self->batch->len; i++) {
        struct kept *kept = g_ptr_array_index(self->batch, i);
        g_autofree char *path = g_build_filename(directory, kept->file, NULL);
        if (rename(kept->tmp, path) != 0)
            return fail(error, path);
        g_clear_pointer(&kept->tmp, g_free);
    }
    return sync_directory(directory, error);
}

/* When it came to the server: the uppermost Received line is the last one written. 0: not known. */
static int64_t received_utc(const message *parsed)
{
    const char *received = message_header(parsed, "Received"), *date = received != NULL ? strrchr(received, ';') : NULL;
    g_autoptr(GDateTime) when = date != NULL ? g_mime_utils_header_decode_date(date + 1) : NULL;
    int64_t seconds = when != NULL ? g_date_time_to_unix(when) : 0;
    return seconds > 0 && seconds <= g_get_real_time() / G_USEC_PER_SEC ? seconds : 0;
}

static bool note_row(pop3_delivery *self, const struct kept *kept, GError **error)
{
    struct message_info info = { 0 };
    int64_t placement = 0;
    const struct pop3_mail mail = { .uidl = kept->uidl,
                                    .file = kept->file,
                                    .identity = kept->identity,
                                    .arrived_utc = g_get_real_time() / G_USEC_PER_SEC,
                                    .state = kept->is_head ? POP3_MAIL_HEAD : POP3_MAIL_HERE };
    message_info(kept->parsed, &info);
    info.preview = kept->preview;
    info.received_utc = received_utc(kept->parsed);
    if (!store_local_put(self->store, self->folder_id, kept->file, 0, &info, &placement, error) ||
        !pop3_mail_put(self->store, self->account->id, &mail, error))
        return false;
    if (!self->is_quiet && placement != 0 && !arrival_note(self->store, placement, error))
        return false;
    if (!self->is_quiet && placement != 0)
        engine_post(self->account->engine, EVENT_MESSAGE_ARRIVED, self->account->id, self->folder_id, placement);
    return true;
}

static bool note_rows(pop3_delivery *self, GError **error)
{
    if (!store_begin(self->store, error))
        return false;
    for (guint i = 0; i < self->batch->len; i++) {
        if (!note_row(self, g_ptr_array_index(self->batch, i), error) || !store_breathe(self->store, error)) {
            store_rollback(self->store);
            return false;
        }
    }
    return store_commit(self->store, error);
}

bool pop3_delivery_commit(pop3_delivery *self, GError **error)
{
    if (self->batch->len == 0)
        return true;
    bool is_done = sync_files(self, error) && rename_files(self, error) && note_rows(self, error);
    if (is_done)
        self->count += self->batch->len;
    g_ptr_array_set_size(self->batch, 0);
    self->batch_bytes = 0;
    if (is_done)
        engine_post(self->account->engine, EVENT_FOLDER_CHANGED, self->account->id, self->folder_id, 0);
    return is_done;
}

/* --- the rest of one of which the head was here --- */
/* Both names in one step, so that a head which is just being moved elsewhere is not put back here: then it is left for the next visit. */
static bool exchange_files(const char *tmp, const char *path, bool *is_gone_out)
{
    *is_gone_out = false;
    if (renameat2(AT_FDCWD, tmp, AT_FDCWD, path, RENAME_EXCHANGE) == 0)
        return true;
    *is_gone_out = errno == ENOENT;
    return (errno == EINVAL || errno == ENOSYS) && rename(tmp, path) == 0; /* a file system that cannot */
}

static bool take_place(struct kept *kept, const char *path, bool *is_gone_out, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(path);
    int fd = kept->fd;
    kept->fd = -1;
    bool is_synced = fsync(fd) == 0;
    if (!is_synced)
        fail(error, kept->tmp);
    close(fd);
    if (!is_synced)
        return false;
    if (!exchange_files(kept->tmp, path, is_gone_out))
        return *is_gone_out || fail(error, path);
    return sync_directory(directory, error); /* kept_free() removes the head, which has the other name now */
}

static bool note_complete(pop3_delivery *self, const struct kept *kept, const struct pop3_mail *mail, const struct placement *where,
                          GError **error)
{
    struct message_info info = { 0 };
    message_info(kept->parsed, &info);
    info.preview = kept->preview;
    if (!store_begin(self->store, error))
        return false;
    if (!pop3_mail_complete(self->store, self->account->id, mail->uidl, where->message_id, &info, error)) {
        store_rollback(self->store);
        return false;
    }
    return store_commit(self->store, error);
}

static void tell_complete(const pop3_delivery *self, const struct placement *where)
{
    const struct event event = {
        .type = EVENT_BODY_AVAILABLE, .account = self->account->id, .item = where->id, .text = (char *)MESSAGE_SECTION_RAW
    };
    event_post(self->account->engine->events, &event);
    engine_post(self->account->engine, EVENT_FOLDER_CHANGED, self->account->id, where->folder_id, 0);
}

bool pop3_delivery_complete(pop3_delivery *self, const struct pop3_mail *mail, GError **error)
{
    int64_t id = mail->file != NULL ? pop3_mail_placement(self->store, self->account->id, mail->file) : 0;
    g_autoptr(placement) where = id != 0 ? store_placement(self->store, id, NULL) : NULL;
    g_autofree char *path = where != NULL ? locate_message(self->store, where) : NULL;
    bool is_gone = false;
    if (path == NULL) /* another program took the head away: then it is a message like any other */
        return pop3_delivery_keep(self, mail->uidl, error);
    struct kept *kept = g_new0(struct kept, 1);
    kept->fd = -1;
    bool is_done = take_kept(self, mail->uidl, kept, error) && take_place(kept, path, &is_gone, error) &&
                   (is_gone || note_complete(self, kept, mail, where, error));
    pop3_delivery_drop(self);
    if (is_done && !is_gone)
        tell_complete(self, where);
    self->count += is_done && !is_gone ? 1 : 0;
    kept_free(kept);
    return is_done;
}

unsigned pop3_delivery_count(const pop3_delivery *self)
{
    return self->count;
}
