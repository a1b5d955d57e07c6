/* SPDX-License-Identifier: MIT */
/* Attachments: files of the disk and parts of other messages, as parts of the message that is built. */
#include "config/paths.h"
#include "core/compose_private.h"
#include "core/language.h"
#include "core/message_private.h"
#include "core/message_whole.h"
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_BYTES_MAX 998 /* RFC 5322 2.1.1 */
#define NAME_CHARS_MAX 80

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeStream, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeParser, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeDataWrapper, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeMessage, g_object_unref)

void compose_attachment_free(void *data)
{
    struct compose_attachment *attachment = data;
    g_free(attachment->path);
    g_free(attachment->name);
    g_free(attachment->type);
    if (attachment->bytes != NULL)
        g_bytes_unref(attachment->bytes);
    if (attachment->larger != NULL)
        compose_attachment_free(attachment->larger);
    g_free(attachment);
}

struct compose_attachment *compose_attachment_copy(const struct compose_attachment *from)
{
    struct compose_attachment *copy = g_new0(struct compose_attachment, 1);
    *copy = (struct compose_attachment){ .path = g_strdup(from->path),
                                         .name = g_strdup(from->name),
                                         .type = g_strdup(from->type),
                                         .bytes = g_bytes_ref(from->bytes),
                                         .modified_us = from->modified_us };
    return copy;
}

/* --- types --- */
/* For machines without a table of types. */
static const struct type_row {
    const char *ending, *type;
} type_rows[] = {
    { ".pdf", "application/pdf" },
    { ".txt", "text/plain" },
    { ".html", "text/html" },
    { ".ics", "text/calendar" },
    { ".png", "image/png" },
    { ".jpg", "image/jpeg" },
    { ".jpeg", "image/jpeg" },
    { ".gif", "image/gif" },
    { ".webp", "image/webp" },
    { ".zip", "application/zip" },
    { ".gz", "application/gzip" },
    { ".csv", "text/csv" },
    { ".json", "application/json" },
    { ".md", "text/markdown" },
    { ".patch", "text/x-patch" },
    { ".diff", "text/x-patch" },
    { ".mp3", "audio/mpeg" },
    { ".mp4", "video/mp4" },
    { ".eml", "message/rfc822" },
    { ".svg", "image/svg+xml" },
    { ".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
    { ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
    { ".odt", "application/vnd.oasis.opendocument.text" },
};

char *compose_guess_type(const char *name, const void *bytes, size_t size)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(type_rows); i++) {
        if (g_str_has_suffix(lower, type_rows[i].ending))
            return g_strdup(type_rows[i].type);
    }
    gboolean is_uncertain = TRUE;
    g_autofree char *guess = g_content_type_guess(name, bytes, MIN(size, 4096), &is_uncertain);
    char *type = guess != NULL && !is_uncertain ? g_content_type_get_mime_type(guess) : NULL;
    return type != NULL ? type : g_strdup("application/octet-stream");
}

/* --- parts --- */
static GMimeStream *stream_of(GBytes *bytes)
{
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    return g_mime_stream_mem_new_with_buffer(data != NULL ? data : "", size);
}

/* LF between lines. NULL: a message inside another may have neither long lines nor bytes beyond ASCII without re-encoding. */
static GBytes *as_plain_lines(GBytes *bytes)
{
    gsize size = 0, line = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    g_autoptr(GByteArray) lines = g_byte_array_sized_new((guint)size);
    for (gsize i = 0; i < size; i++) {
        bool is_break = data[i] == '\r' && i + 1 < size && data[i + 1] == '\n';
        line = data[i] == '\n' || is_break ? 0 : line + 1;
        if (data[i] == '\0' || (guchar)data[i] >= 0x80 || (data[i] == '\r' && !is_break) || line > LINE_BYTES_MAX)
            return NULL;
        if (!is_break)
            g_byte_array_append(lines, (const guint8 *)data + i, 1);
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&lines));
}

static bool is_written_as(GMimeMessage *message, GBytes *wanted)
{
    g_autoptr(GMimeStream) out = g_mime_stream_mem_new();
    g_mime_object_write_to_stream(GMIME_OBJECT(message), NULL, out);
    const GByteArray *written = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out));
    return written->len == g_bytes_get_size(wanted) && memcmp(written->data, g_bytes_get_data(wanted, NULL), written->len) == 0;
}

/* RFC 2046 5.2.1: a message inside may not be encoded as a whole, so it goes in as what it is. What would not arrive byte for byte is NULL (a file:
 * any bytes under the name of a message) or re-encoded inside (a mail that is forwarded). */
static GMimeObject *message_part_new(GBytes *bytes, bool is_file)
{
    g_autoptr(GBytes) plain = as_plain_lines(bytes);
    g_autoptr(GMimeStream) stream = message_guard_stream(stream_of(plain != NULL ? plain : bytes));
    g_autoptr(GMimeParser) parser = g_mime_parser_new_with_stream(stream);
    g_autoptr(GMimeMessage) inner = g_mime_parser_construct_message(parser, NULL);
    bool is_same = inner != NULL && plain != NULL && is_written_as(inner, plain);
    if (inner == NULL || (is_file && !is_same))
        return NULL;
    if (!is_same)
        g_mime_object_encode(GMIME_OBJECT(inner), GMIME_ENCODING_CONSTRAINT_7BIT);
    return GMIME_OBJECT(g_mime_message_part_new_with_message("rfc822", inner));
}

static GMimeObject *file_part_new(GBytes *bytes, const char *type)
{
    g_auto(GStrv) words = g_strsplit(type, "/", 2);
    bool is_type = words[0] != NULL && words[1] != NULL && strcmp(words[0], "multipart") != 0 && strcmp(words[0], "message") != 0;
    GMimePart *part = is_type ? g_mime_part_new_with_type(words[0], words[1]) : g_mime_part_new_with_type("application", "octet-stream");
    g_autoptr(GMimeStream) stream = stream_of(bytes);
    g_autoptr(GMimeDataWrapper) content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
    g_mime_part_set_content(part, content);
    g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64); /* text too: its bytes must arrive as they are */
    return GMIME_OBJECT(part);
}

/* RFC 2231 in UTF-8, whatever the shortest charset would be. */
static void set_name(GMimeObject *part, const char *name)
{
    GMimeContentDisposition *disposition = g_mime_object_get_content_disposition(part);
    GMimeParamList *lists[] = { g_mime_content_disposition_get_parameters(disposition),
                                g_mime_content_type_get_parameters(g_mime_object_get_content_type(part)) };
    const char *const keys[] = { "filename", "name" };
    g_mime_object_set_content_disposition_parameter(part, keys[0], name);
    g_mime_object_set_content_type_parameter(part, keys[1], name);
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        GMimeParam *param = g_mime_param_list_get_parameter(lists[i], keys[i]);
        if (param != NULL)
            g_mime_param_set_charset(param, "utf-8");
    }
}

GMimeObject *compose_attachment_part(const struct compose_attachment *attachment)
{
    const char *type = attachment->type != NULL ? attachment->type : "application/octet-stream";
    bool is_message = g_ascii_strcasecmp(type, "message/rfc822") == 0;
    GMimeObject *part = is_message ? message_part_new(attachment->bytes, attachment->path != NULL) : NULL;
    if (part == NULL)
        part = file_part_new(attachment->bytes, is_message ? "application/octet-stream" : type);
    g_mime_object_set_disposition(part, GMIME_DISPOSITION_ATTACHMENT);
    if (attachment->name != NULL && *attachment->name != '\0')
        set_name(part, attachment->name);
    return part;
}

/* --- taking along --- */
static void attach_bytes(struct draft *self, const char *name, const char *type, GBytes *bytes /* taken */)
{
    struct compose_attachment *attachment = g_new0(struct compose_attachment, 1);
    attachment->name = g_strdup(name);
    attachment->type = g_strdup(type);
    attachment->bytes = bytes;
    g_ptr_array_add(self->attachments, attachment);
}

/* What is not here yet cannot be taken along: that is said, not left out silently. */
bool compose_take_attachments(struct draft *self, const message *original, GError **error)
{
    const GPtrArray *parts = message_parts(original);
    for (guint i = 0; parts != NULL && i < parts->len; i++) {
        const struct message_part *part = parts->pdata[i];
        char *bytes = NULL;
        size_t size = 0;
        if (!part->is_attachment)
            continue;
        if (!part->is_here) {
            g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_PART,
                        _("The attachment %s is still on the server. Open it once, then try again."),
                        part->filename != NULL ? part->filename : part->type);
            return false;
        }
        if (!message_part_bytes(original, i, &bytes, &size, error))
            return false;
        attach_bytes(self, part->filename != NULL ? part->filename : _("attachment"), part->type, g_bytes_new_take(bytes, size));
    }
    return true;
}

void compose_attach_original(struct draft *self, message *original)
{
    const char *subject = message_header(original, "Subject");
    g_autofree char *name = g_strdup_printf("%s.eml", subject != NULL && *subject != '\0' ? subject : _("message"));
    g_strdelimit(name, "/\\:", '-');
    if (g_utf8_strlen(name, -1) > NAME_CHARS_MAX) {
        g_autofree char *cut = g_utf8_substring(name, 0, NAME_CHARS_MAX);
        g_free(name);
        name = g_strconcat(cut, ".eml", NULL);
    }
    attach_bytes(self, name, "message/rfc822", message_whole(original));
}

/* --- from the disk --- */
static bool fail_file(GError **error, const char *path, const char *why)
{
    g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_READ, _("%s cannot be attached: %s"), path, why);
    return false;
}

/* Files only: a pipe or a device would never end. */
static bool check_file(int fd, const char *path, struct stat *status, GError **error)
{
    if (fstat(fd, status) != 0)
        return fail_file(error, path, g_strerror(errno));
    if (S_ISDIR(status->st_mode))
        return fail_file(error, path, _("it is a directory. Attach its files, or an archive of them."));
    if (!S_ISREG(status->st_mode))
        return fail_file(error, path, _("it is not a file."));
    if (status->st_size > COMPOSE_ATTACHMENT_BYTES_MAX) {
        g_autofree char *size = language_size((guint64)status->st_size), *most = language_size(COMPOSE_ATTACHMENT_BYTES_MAX);
        g_autofree char *why = g_strdup_printf(_("it has %s, and no mail server takes more than %s."), size, most);
        return fail_file(error, path, why);
    }
    return true;
}

static GBytes *read_file(int fd, const char *path, size_t size, GError **error)
{
    g_autofree char *bytes = g_try_malloc(size + 1);
    size_t done = 0;
    if (bytes == NULL) {
        fail_file(error, path, g_strerror(ENOMEM));
        return NULL;
    }
    while (done < size) {
        ssize_t one = read(fd, bytes + done, size - done);
        if (one < 0 && errno == EINTR)
            continue;
        if (one < 0) {
            fail_file(error, path, g_strerror(errno));
            return NULL;
        }
        if (one == 0)
            break; /* it became shorter meanwhile */
        done += (size_t)one;
    }
    return g_bytes_new_take(g_steal_pointer(&bytes), done);
}

static int64_t modified_us(const struct stat *status)
{
    return (int64_t)status->st_mtim.tv_sec * G_USEC_PER_SEC + status->st_mtim.tv_nsec / 1000;
}

struct compose_attachment *compose_attachment_read(const char *path, GError **error)
{
    struct stat status;
    g_autofree char *whole = paths_expand(path);
    int fd = open(whole, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        fail_file(error, path, g_strerror(errno));
        return NULL;
    }
    g_autoptr(GBytes) bytes = check_file(fd, path, &status, error) ? read_file(fd, path, (size_t)status.st_size, error) : NULL;
    close(fd);
    if (bytes == NULL)
        return NULL;
    gsize size = 0;
    const void *data = g_bytes_get_data(bytes, &size);
    struct compose_attachment *attachment = g_new0(struct compose_attachment, 1);
    g_autofree char *name = g_path_get_basename(whole);
    attachment->path = g_steal_pointer(&whole);
    attachment->name = g_utf8_make_valid(name, -1);
    attachment->type = compose_guess_type(attachment->name, data, size);
    attachment->modified_us = modified_us(&status);
    attachment->bytes = g_steal_pointer(&bytes);
    return attachment;
}

bool draft_attach(struct draft *self, const char *path, GError **error)
{
    struct compose_attachment *attachment = compose_attachment_read(path, error);
    if (attachment != NULL)
        g_ptr_array_add(self->attachments, attachment);
    return attachment != NULL;
}

bool compose_attachment_has_changed(const struct compose_attachment *attachment)
{
    struct stat status;
    return attachment->path != NULL && stat(attachment->path, &status) == 0 && modified_us(&status) != attachment->modified_us;
}
