/* SPDX-License-Identifier: MIT */
/* Whole messages to and from the server: APPEND, with the question whether an earlier attempt did it already, and FETCH for a way between accounts. */
#include "core/blob.h"
#include "core/intent_replay_private.h"
#include "core/message_crlf.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <unistd.h>

static void cache_appended(imap_session *self, const struct intent *intent)
{
    g_autofree char *bytes = NULL;
    gsize size = 0;
    g_autoptr(placement) placement = store_placement(self->store, intent->placement_id, NULL);
    if (placement != NULL && g_file_get_contents(intent->path, &bytes, &size, NULL))
        blob_cache_put(placement->account_key, placement->message_id, NULL, bytes, size, NULL);
}

/* Done before a crash, or by the provider itself (save-sent = auto)? The Message-ID in the target tells. */
static bool was_appended(imap_session *self, const struct intent *intent, const struct folder *target, bool *is_there_out, GError **error)
{
    uint32_t uid = 0;
    *is_there_out = intent->is_arrived;
    if ((intent->attempts == 0 && (intent->remove & INTENT_LOOKS_FIRST) == 0) || intent->is_arrived)
        return true;
    if (!replay_find_in_target(self, intent, target, &uid, error))
        return false;
    *is_there_out = uid != 0;
    return true;
}

static bool send_append(imap_session *self, const struct intent *intent, const struct folder *target, int fd, struct imap_reply *reply,
                        GError **error)
{
    struct stat status;
    const struct imap_flags flags = { .bits = intent->add & 0xff };
    if (fstat(fd, &status) != 0) {
        *reply = (struct imap_reply){ .status = IMAP_NO, .text = g_strerror(errno) };
        return true;
    }
    return imap_wait(self->client, imap_send_append(self->client, target->name, &flags, status.st_mtime, fd, (uint64_t)status.st_size),
                     reply, error);
}

bool replay_append(imap_session *self, GPtrArray *batch, const struct folder *target, GError **error)
{
    const struct intent *intent = g_ptr_array_index(batch, 0);
    struct imap_reply reply = { .status = IMAP_OK, .text = "" };
    bool is_there = false;
    if (!was_appended(self, intent, target, &is_there, error))
        return false;
    if (!is_there) {
        int fd = open(intent->path, O_RDONLY | O_CLOEXEC);
        fd = fd >= 0 ? message_with_crlf(fd) : fd;
        if (fd < 0) {
            replay_roll_back(self, batch, g_strerror(errno));
            return true;
        }
        bool is_sent = send_append(self, intent, target, fd, &reply, error);
        bool is_made = false;
        if (is_sent && replay_wants_target(&reply, target))
            is_sent =
                replay_create_target(self, target, &is_made, error) && (!is_made || send_append(self, intent, target, fd, &reply, error));
        close(fd);
        if (!is_sent)
            return false;
    }
    if (reply.status == IMAP_OK)
        cache_appended(self, intent); /* settling deletes the file */
    if (reply.code == IMAP_CODE_APPENDUID && reply.target_count > 0)
        store_placement_set_uid(self->store, intent->placement_id, target->id, reply.target[0].first, NULL);
    replay_judge(self, batch, &reply);
    return true;
}

/* --- fetch --- */
static bool write_carried(const struct intent *intent, int64_t date_utc, const GByteArray *bytes, GError **error)
{
    const struct timespec times[2] = { { .tv_sec = date_utc }, { .tv_sec = date_utc } };
    g_autofree char *directory = g_path_get_dirname(intent->path);
    if (g_mkdir_with_parents(directory, 0700) != 0) {
        int saved = errno;
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved), _("%s cannot be made: %s"), directory, g_strerror(saved));
        return false;
    }
    if (!g_file_set_contents_full(intent->path, (const char *)bytes->data, bytes->len,
                                  G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error))
        return false;
    utimensat(AT_FDCWD, intent->path, times, 0); /* the date it will have there; without it: today */
    return true;
}

bool replay_fetch(imap_session *self, GPtrArray *batch, const char *set, const struct folder *target, GError **error)
{
    const struct intent *intent = g_ptr_array_index(batch, 0);
    struct imap_reply reply;
    g_autoptr(GError) why = NULL;
    g_autoptr(placement) about = store_placement(self->store, intent->placement_id, NULL);
    (void)target;
    g_byte_array_set_size(self->section, 0);
    self->has_section = false;
    if (!imap_wait(self->client, imap_send_fetch(self->client, true, set, "(UID BODY.PEEK[])"), &reply, error))
        return false;
    if (reply.status != IMAP_OK)
        replay_judge(self, batch, &reply);
    else if (!self->has_section)
        replay_lose(self, batch);
    else if (!write_carried(intent, about != NULL ? about->date_utc : 0, self->section, &why))
        replay_roll_back(self, batch, why->message);
    else
        replay_settle(self, batch);
    g_byte_array_set_size(self->section, 0);
    return true;
}
