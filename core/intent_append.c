/* SPDX-License-Identifier: MIT */
/* Whole messages to and from the server: APPEND, with the question whether an earlier attempt did it already, and FETCH for a way between accounts. */
#include "core/append_limit.h"
#include "core/blob.h"
#include "core/intent_replay_private.h"
#include "core/message_crlf.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
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

/* --- the messages of one command --- */
#define TOGETHER_BYTES (8u * 1024 * 1024) /* beyond, the next command */

typedef struct portion {
    GPtrArray *intents; /* borrowed */
    GArray *messages;   /* of struct imap_append: the same, as they are sent */
    GArray *marks;      /* of struct append_marks: what goes with each */
    uint64_t bytes;
} portion_t;

static void message_clear(gpointer message)
{
    close(((struct imap_append *)message)->fd);
}

static void marks_clear(gpointer marks)
{
    append_marks_clear(marks);
}

static void portion_clear(struct portion *self)
{
    g_ptr_array_unref(self->intents);
    g_array_unref(self->messages);
    g_array_unref(self->marks);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(portion_t, portion_clear)

static struct portion portion_new(void)
{
    struct portion self = { .intents = g_ptr_array_new(),
                            .messages = g_array_new(FALSE, FALSE, sizeof(struct imap_append)),
                            .marks = g_array_new(FALSE, FALSE, sizeof(struct append_marks)) };
    g_array_set_clear_func(self.messages, message_clear);
    g_array_set_clear_func(self.marks, marks_clear);
    return self;
}

#define HEADER_LOOK ((size_t)64 * 1024) /* as much of a header is looked at */

/* Raw UTF-8 in the header (RFC 6532). */
static bool has_utf8_header(int fd)
{
    g_autofree char *bytes = g_malloc(HEADER_LOOK);
    ssize_t got = pread(fd, bytes, HEADER_LOOK, 0);
    for (ssize_t i = 0; i < got; i++) {
        if (((unsigned char)bytes[i] & 0x80u) != 0)
            return true;
        if (i >= 3 && memcmp(bytes + i - 3, "\r\n\r\n", 4) == 0)
            return false;
    }
    return false;
}

/* The whole message is read for it. */
static bool has_nul(int fd)
{
    g_autofree char *bytes = g_malloc(HEADER_LOOK);
    off_t at = 0;
    ssize_t got;
    while ((got = pread(fd, bytes, HEADER_LOOK, at)) > 0) {
        if (memchr(bytes, '\0', (size_t)got) != NULL)
            return true;
        at += got;
    }
    return false;
}

/* False: errno says why. */
static bool open_message(const struct intent *intent, struct imap_append *message_out)
{
    struct stat status;
    int fd = open(intent->path, O_RDONLY | O_CLOEXEC);
    fd = fd >= 0 ? message_with_crlf(fd) : fd;
    if (fd < 0)
        return false;
    if (fstat(fd, &status) != 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return false;
    }
    *message_out = (struct imap_append){ .flags = { .bits = intent->add & 0xff },
                                         .internaldate_utc = status.st_mtime,
                                         .fd = fd,
                                         .size_bytes = (uint64_t)status.st_size,
                                         .has_utf8_header = has_utf8_header(fd) };
    return true;
}

static void refuse_one(imap_session *self, struct intent *intent, const char *sentence)
{
    g_autoptr(GPtrArray) one = g_ptr_array_new();
    g_ptr_array_add(one, intent);
    replay_refuse(self, one, sentence);
}

/* What cannot be read, or is too large, does not hold up the rest. */
static void add_message(imap_session *self, struct portion *portion, struct intent *intent, int64_t limit)
{
    struct imap_append message;
    if (open_message(intent, &message)) {
        g_autofree char *refusal = append_limit_refusal(limit, (int64_t)message.size_bytes);
        if (refusal != NULL) {
            close(message.fd);
            refuse_one(self, intent, refusal);
            return;
        }
        message.has_nul = imap_client_can(self->client, IMAP_CAPABILITY_BINARY) && has_nul(message.fd);
        g_ptr_array_add(portion->intents, intent);
        g_array_append_val(portion->messages, message);
        portion->bytes += message.size_bytes;
        return;
    }
    refuse_one(self, intent, g_strerror(errno));
}

static bool send_portion(imap_session *self, const struct portion *portion, const struct folder *target, struct imap_reply *reply,
                         GError **error)
{
    const struct imap_append *messages = (const struct imap_append *)(void *)portion->messages->data;
    return imap_wait(self->client, imap_send_append_many(self->client, target->name, messages, portion->messages->len), reply, error);
}

/* In the order in which they were sent (RFC 4315 3); anything else than one number each, or numbers of another folder than the known, are no help. */
static void note_numbers(imap_session *self, const struct portion *portion, const struct folder *target, const struct imap_reply *reply)
{
    g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    if (target->uidvalidity != 0 && target->uidvalidity != reply->number)
        return;
    for (size_t i = 0; i < reply->target_count; i++) {
        for (uint64_t uid = reply->target[i].first; uid <= reply->target[i].last && uids->len <= portion->intents->len; uid++)
            g_array_append_val(uids, (uint32_t){ (uint32_t)uid });
    }
    for (guint i = 0; uids->len == portion->intents->len && i < uids->len; i++) {
        const struct intent *intent = g_ptr_array_index(portion->intents, i);
        store_placement_set_told_uid(self->store, intent->placement_id, target->id, g_array_index(uids, uint32_t, i), NULL);
    }
    imap_session_call_again(self, target->id);
}

/* All or none (RFC 3502 6.3.11): refused, it is one of them, or all are too much; whose fault it is shows when each goes by itself. */
static void judge_portion(imap_session *self, const struct portion *portion, const struct folder *target, const struct imap_reply *reply)
{
    bool is_refused = reply->status != IMAP_OK && !imap_session_is_later(reply);
    if (is_refused && portion->intents->len > 1) {
        self->is_multiappend_useless |= reply->status == IMAP_BAD;
        replay_again(self, portion->intents, reply->text);
        return;
    }
    for (guint i = 0; reply->status == IMAP_OK && i < portion->intents->len; i++)
        cache_appended(self, g_ptr_array_index(portion->intents, i)); /* settling deletes the file */
    if (reply->code == IMAP_CODE_APPENDUID)
        note_numbers(self, portion, target, reply);
    replay_judge(self, portion->intents, reply);
}

/* --- the marks that go with them --- */

static void take_marks(imap_session *self, struct portion *portion, const struct folder *target)
{
    for (guint i = 0; i < portion->intents->len; i++) {
        struct append_marks marks;
        struct imap_append *message = &g_array_index(portion->messages, struct imap_append, i);
        append_marks_take(self, g_ptr_array_index(portion->intents, i), target, &marks);
        message->flags = (struct imap_flags){ .bits = marks.bits, .keywords = (const char *const *)marks.keywords };
        g_array_append_val(portion->marks, marks);
    }
}

/* True: there were any. */
static bool give_marks_back(imap_session *self, struct portion *portion)
{
    bool is_any = false;
    for (guint i = 0; i < portion->marks->len; i++) {
        struct append_marks *marks = &g_array_index(portion->marks, struct append_marks, i);
        const struct intent *intent = g_ptr_array_index(portion->intents, i);
        is_any |= marks->ids->len > 0 || marks->keywords != NULL;
        append_marks_give_back(self, marks);
        g_array_index(portion->messages, struct imap_append, i).flags = (struct imap_flags){ .bits = intent->add & 0xff };
        g_clear_pointer(&marks->keywords, g_strfreev);
    }
    return is_any;
}

static void settle_marks(imap_session *self, const struct portion *portion)
{
    for (guint i = 0; i < portion->marks->len; i++)
        append_marks_settle(self, &g_array_index(portion->marks, struct append_marks, i));
}

/* UTF-8 as RFC 6855 wants it (which RFC 9755 has taken back), NUL in a literal8: refused, it goes without. True: there was something to take back. */
static bool forget_forms(imap_session *self, const struct portion *portion, const struct imap_reply *reply)
{
    bool is_any = false, has_utf8 = imap_client_has_enabled(self->client, IMAP_CAPABILITY_UTF8_ACCEPT),
         has_binary = imap_client_can(self->client, IMAP_CAPABILITY_BINARY);
    if (reply->status == IMAP_OK || imap_session_is_later(reply))
        return false;
    for (guint i = 0; i < portion->messages->len; i++) {
        struct imap_append *message = &g_array_index(portion->messages, struct imap_append, i);
        is_any |= (message->has_utf8_header && has_utf8) || (message->has_nul && has_binary);
        message->has_utf8_header = message->has_nul = false;
    }
    return is_any;
}

/* Whatever it does not like of them: it gets the message, and is told of them afterwards. */
static bool append_unmarked(imap_session *self, struct portion *portion, const struct folder *target, struct imap_reply *reply,
                            GError **error)
{
    bool is_other_reason = reply->code == IMAP_CODE_TRYCREATE || reply->code == IMAP_CODE_OVERQUOTA || reply->code == IMAP_CODE_TOOBIG ||
                           reply->code == IMAP_CODE_NOPERM;
    if (reply->status == IMAP_OK || !give_marks_back(self, portion) || is_other_reason ||
        (imap_session_is_later(reply) && reply->code != IMAP_CODE_LIMIT))
        return true;
    return send_portion(self, portion, target, reply, error);
}

static bool append_portion(imap_session *self, struct portion *portion, const struct folder *target, GError **error)
{
    struct imap_reply reply;
    bool is_made = false;
    if (portion->intents->len == 0)
        return true;
    take_marks(self, portion, target);
    if (!send_portion(self, portion, target, &reply, error))
        return false;
    /* Not made: nothing was sent, and the reply is still the server's own. */
    if (replay_wants_target(&reply, target) &&
        (!replay_create_target(self, target, &is_made, error) || (is_made && !send_portion(self, portion, target, &reply, error))))
        return false;
    if (forget_forms(self, portion, &reply) && !send_portion(self, portion, target, &reply, error))
        return false;
    if (!append_unmarked(self, portion, target, &reply, error))
        return false;
    judge_portion(self, portion, target, &reply);
    if (reply.status == IMAP_OK)
        settle_marks(self, portion);
    return true;
}

/* --- how much may be sent --- */
#define SMALL_BYTES ((int64_t)64 * 1024) /* nobody asks how large they may be */

static bool has_large(const GPtrArray *batch)
{
    for (guint i = 0; i < batch->len; i++) {
        struct stat status;
        if (stat(((const struct intent *)g_ptr_array_index(batch, i))->path, &status) == 0 && status.st_size > SMALL_BYTES)
            return true;
    }
    return false;
}

/* One number for all mailboxes, or asked for once for each of them that gets something large (RFC 7889). */
static bool limit_there(imap_session *self, const GPtrArray *batch, const struct folder *target, int64_t *limit_out, GError **error)
{
    struct imap_reply reply;
    *limit_out = imap_client_append_limit(self->client);
    if (*limit_out >= 0 || !imap_client_can(self->client, IMAP_CAPABILITY_APPENDLIMIT) || !has_large(batch))
        return true;
    if (self->append_limit_folder != target->id) {
        self->append_limit = APPEND_LIMIT_NONE;
        if (!imap_wait(self->client, imap_send_status(self->client, target->name, IMAP_STATUS_APPENDLIMIT), &reply, error))
            return false;
        self->append_limit_folder = target->id; /* refused: the folder is not there yet, or it does not know it */
    }
    *limit_out = self->append_limit;
    return true;
}

bool replay_append(imap_session *self, GPtrArray *batch, const struct folder *target, GError **error)
{
    const struct imap_reply done = { .status = IMAP_OK, .text = "" };
    bool is_there = false;
    int64_t limit = APPEND_LIMIT_NONE;
    if (batch->len == 1 && !was_appended(self, g_ptr_array_index(batch, 0), target, &is_there, error))
        return false;
    if (is_there) {
        cache_appended(self, g_ptr_array_index(batch, 0));
        replay_judge(self, batch, &done);
        return true;
    }
    if (!limit_there(self, batch, target, &limit, error))
        return false;
    for (guint i = 0; i < batch->len;) {
        g_auto(portion_t) portion = portion_new();
        while (i < batch->len && portion.bytes < TOGETHER_BYTES)
            add_message(self, &portion, g_ptr_array_index(batch, i++), limit);
        if (!append_portion(self, &portion, target, error))
            return false;
    }
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
    g_autofree char *refusal = append_limit_refusal(append_limit_read(self->store, target->account_id), intent_size(self->store, intent));
    if (refusal != NULL) { /* the other server would not have it: it need not come */
        replay_refuse(self, batch, refusal);
        return true;
    }
    g_byte_array_set_size(self->section, 0);
    self->has_section = false;
    if (!imap_wait(self->client, imap_send_fetch(self->client, true, set, "(UID BODY.PEEK[])"), &reply, error))
        return false;
    if (reply.status != IMAP_OK)
        replay_judge(self, batch, &reply);
    else if (!self->has_section)
        replay_lose(self, batch);
    else if (!write_carried(intent, about != NULL ? about->received_utc : 0, self->section, &why))
        replay_roll_back(self, batch, why->message);
    else
        replay_settle(self, batch);
    g_byte_array_set_size(self->section, 0);
    return true;
}
