/* SPDX-License-Identifier: MIT */
/* A message file as headers and parts, by GMime, with limits. */
#include "core/message_packed.h"
#include "core/message_private.h"
#include "net/digest.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <pthread.h>
#include <string.h>

#define SOURCE_BYTES_MAX   (1024 * 1024)
#define FILENAME_BYTES_MAX 200
#define LONE_CR_MAX        (16 * 1024 * 1024) /* of a message that has no line feeds */

/* Not G_DEFINE_QUARK: two threads may meet their first error at once, and its variable is no atomic. */
GQuark message_error_quark(void)
{
    return g_quark_from_static_string("message-error-quark");
}

static void gmime_init(void)
{
    g_mime_init();
}

void message_start(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, gmime_init);
}

/* --- parsing --- */

/* Behind the line with which a mailbox file begins a message some programs leave one empty. */
static size_t behind_gap(const char *head, size_t at)
{
    static const char *const names[] = { "From:",       "To:",           "Subject:",    "Date:",         "Received:", "Return-Path:",
                                         "Message-ID:", "Delivered-To:", "References:", "MIME-Version:", "X-",        "Content-" };
    size_t next = at + strspn(head + at, "\r\n");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_ascii_strncasecmp(head + next, names[i], strlen(names[i])) == 0)
            return next;
    return at;
}

/* GMime drops a message that begins with blank lines, and takes an mbox line or a byte order mark for a header: they are skipped. */
static int64_t head_begin(const char *head, size_t size)
{
    size_t at = g_str_has_prefix(head, "\xef\xbb\xbf") ? 3 : 0;
    while (at < size && head[at] != '\0' && strchr(" \t\r\n", head[at]) != NULL)
        at++;
    if (at == size)
        at = 0;
    if (g_str_has_prefix(head + at, "From ") || g_str_has_prefix(head + at, ">From ")) {
        const char *newline = strchr(head + at, '\n');
        at = newline != NULL ? behind_gap(head, (size_t)(newline - head) + 1) : at;
    }
    return (int64_t)at;
}

/* Old Macs and broken gateways end lines with CR alone: to GMime that is one endless header. NULL: it is not so. */
static GMimeStream *stream_of_lone_cr(GMimeStream *stream, const char *head, size_t size)
{
    int64_t length = g_mime_stream_length(stream);
    if (memchr(head, '\r', size) == NULL || memchr(head, '\n', size) != NULL || length > LONE_CR_MAX)
        return NULL;
    GMimeStream *lines = g_mime_stream_mem_new();
    g_mime_stream_write_to_stream(stream, lines);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(lines));
    bool has_line_feeds = memchr(bytes->data, '\n', bytes->len) != NULL;
    for (guint i = 0; i < bytes->len; i++)
        if (bytes->data[i] == '\r' && !has_line_feeds)
            bytes->data[i] = '\n';
    g_mime_stream_reset(lines);
    return lines;
}

/* What GMime is to read, whatever stands before the message. Caller unrefs. */
static GMimeStream *stream_begin(GMimeStream *stream)
{
    char head[4096];
    ssize_t got = g_mime_stream_read(stream, head, sizeof head - 1);
    size_t size = got > 0 ? (size_t)got : 0;
    head[size] = '\0';
    g_mime_stream_reset(stream);
    GMimeStream *lines = stream_of_lone_cr(stream, head, size);
    g_mime_stream_reset(stream);
    return lines != NULL ? lines : g_mime_stream_substream(stream, head_begin(head, size), -1);
}

static GMimeParserOptions *options_new(void)
{
    static const char *const fallbacks[] = { "utf-8", "windows-1252", NULL };
    GMimeParserOptions *options = g_mime_parser_options_new();
    g_mime_parser_options_set_fallback_charsets(options, (const char **)fallbacks);
    return options;
}

/* Garbage is a message too: its text is shown as it is. */
static GMimeMessage *mime_from_garbage(GMimeStream *stream)
{
    GMimeMessage *mime = g_mime_message_new(FALSE);
    GMimeTextPart *part = g_mime_text_part_new_with_subtype("plain");
    g_mime_stream_reset(stream);
    GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_8BIT);
    g_mime_part_set_content(GMIME_PART(part), content);
    g_mime_message_set_mime_part(mime, GMIME_OBJECT(part));
    g_object_unref(content);
    g_object_unref(part);
    return mime;
}

bool message_has_headers(GMimeMessage *mime)
{
    GMimeObject *body = g_mime_message_get_mime_part(mime); /* the Content-* fields are its own */
    return body != NULL && (g_mime_header_list_get_count(g_mime_object_get_header_list(GMIME_OBJECT(mime))) > 0 ||
                            g_mime_header_list_get_count(g_mime_object_get_header_list(body)) > 0);
}

/* *parsed_out: what offsets in the message count from; caller unrefs. */
static GMimeMessage *mime_parse(GMimeStream *stream, GMimeStream **parsed_out, bool *is_cut)
{
    GMimeStream *rest = message_seam_stream(message_guard_stream(message_limit_stream(stream_begin(stream), is_cut)));
    GMimeParser *parser = g_mime_parser_new_with_stream(rest);
    GMimeParserOptions *options = options_new();
    g_mime_parser_set_persist_stream(parser, TRUE);
    GMimeMessage *mime = g_mime_parser_construct_message(parser, options);
    if (mime != NULL && !message_has_headers(mime))
        g_clear_object(&mime);
    g_mime_parser_options_free(options);
    g_object_unref(parser);
    *parsed_out = rest;
    return mime != NULL ? mime : mime_from_garbage(stream);
}

static void part_destroy(gpointer data)
{
    struct message_part *part = data;
    g_free(part->type);
    g_free(part->filename);
    g_free(part->name);
    g_free(part->charset);
    g_free(part->section);
    g_clear_pointer(&part->held, g_bytes_unref);
    g_free(part);
}

/* Of these the reader makes words; they are no files. */
static bool is_silent(const char *type)
{
    static const char *const silent[] = {
        "application/pgp-signature",        "application/pkcs7-signature", "application/x-pkcs7-signature",
        "application/pgp-encrypted",        "message/delivery-status",     "message/global-delivery-status",
        "message/disposition-notification", "text/rfc822-headers",         "application/applefile"
    };
    for (size_t i = 0; i < G_N_ELEMENTS(silent); i++)
        if (strcmp(type, silent[i]) == 0)
            return true;
    return false;
}

bool message_type_is_text(const char *type)
{
    static const char *const others[] = { "text/calendar", "text/vcard",      "text/x-vcard",        "text/directory",
                                          "text/rtf",      "text/x-amp-html", "text/rfc822-headers", "text/css" };
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        if (strcmp(type, others[i]) == 0)
            return false;
    return g_str_has_prefix(type, "text/");
}

bool message_part_is_attachment(const char *type, const char *disposition, const char *filename)
{
    bool is_attached = disposition != NULL && g_ascii_strcasecmp(disposition, "attachment") == 0;
    if (is_silent(type))
        return false;
    return !message_type_is_text(type) || is_attached || (filename != NULL && disposition == NULL);
}

bool message_part_is_shown(const char *type, const char *disposition)
{
    return message_type_is_text(type) && (disposition == NULL || g_ascii_strcasecmp(disposition, "attachment") != 0);
}

/* "../../etc/passwd", "/tmp/x", "C:\\x": the last piece is the name. "Invoice 11/2026.pdf" is no path. */
static const char *name_of_path(const char *name)
{
    const char *last = NULL;
    bool is_path =
        *name == '/' || *name == '\\' || *name == '~' || strstr(name, "..") != NULL || (g_ascii_isalpha(*name) && name[1] == ':');
    for (const char *at = name; *at != '\0' && is_path; at++)
        if ((*at == '/' || *at == '\\') && at[1] != '\0')
            last = at + 1;
    return last != NULL ? last : name;
}

static bool is_turning(gunichar c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x061c;
}

/* No folders, no control characters, no turned direction. */
static char *name_clean(const char *name, bool may_be_hidden)
{
    if (name == NULL)
        return NULL;
    g_autofree char *valid = g_utf8_make_valid(name, -1);
    g_autoptr(GString) clean = g_string_new(NULL);
    for (const char *at = name_of_path(valid); *at != '\0' && clean->len < FILENAME_BYTES_MAX; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool is_break = c == 0x2028 || c == 0x2029 || c == 0xfeff;
        bool is_first = clean->len == 0 && (c == ' ' || (c == '.' && !may_be_hidden));
        if (c == '\t')
            c = ' ';
        if (c == '/' || c == '\\')
            g_string_append_c(clean, '_');
        else if (!g_unichar_iscntrl(c) && !is_turning(c) && !is_break && !is_first)
            g_string_append_unichar(clean, c);
    }
    g_autofree char *stripped = g_strchomp(g_strdup(clean->str));
    return stripped[strspn(stripped, ".")] != '\0' ? g_steal_pointer(&stripped) : NULL;
}

/* From a stranger, and may become a file: not hidden either. */
char *message_filename_clean(const char *name)
{
    return name_clean(name, false);
}

/* As it says, in whatever form that is written; lower case, caller frees; NULL: nothing. */
char *message_object_charset(GMimeObject *object)
{
    const char *raw = message_object_raw(object, "Content-Type");
    g_autofree char *said = raw != NULL ? message_parameter(raw, "charset") : NULL;
    if (said == NULL)
        return NULL;
    said[strcspn(said, " \t(),;")] = '\0';
    return *said != '\0' ? g_ascii_strdown(said, -1) : NULL;
}

static int64_t object_size(const message *self, GMimeObject *object)
{
    size_t length = 0;
    g_autofree char *inner = GMIME_IS_MESSAGE_PART(object) ? message_inner_bytes(self, object, &length) : NULL;
    if (inner != NULL)
        return (int64_t)length;
    GMimeStream *null = g_mime_stream_null_new();
    message_content_write(object, null);
    int64_t size = (int64_t)GMIME_STREAM_NULL(null)->written;
    g_object_unref(null);
    return size;
}

static void part_add(message *self, GMimeObject *object, const char *section, int depth)
{
    const char *missing = self->is_skeleton ? g_mime_object_get_header(object, MESSAGE_MISSING_HEADER) : NULL;
    g_autofree char *name = message_object_filename(object);
    struct message_part *part = g_new0(struct message_part, 1);
    part->type = message_object_type(object);
    part->filename = name_clean(name, false);
    part->name = name_clean(name, true);
    part->charset = message_object_charset(object);
    part->section = g_strdup(section);
    part->is_here = missing == NULL && self->head_of == 0;
    part->size = self->head_of > 0 ? self->head_of : missing != NULL ? g_ascii_strtoll(missing, NULL, 10) : object_size(self, object);
    part->is_attachment =
        !GMIME_IS_MULTIPART(object) && message_part_is_attachment(part->type, g_mime_object_get_disposition(object), part->filename);
    part->depth = depth;
    g_ptr_array_add(self->parts, part);
    g_ptr_array_add(self->objects, object);
    g_hash_table_insert(self->indexes, object, GUINT_TO_POINTER(self->parts->len)); /* + 1 */
}

static void part_flag(message *self, GMimeObject *object)
{
    if (GMIME_IS_MULTIPART_SIGNED(object))
        self->info.part_flags |= MESSAGE_IS_SIGNED;
    if (GMIME_IS_MULTIPART_ENCRYPTED(object) || GMIME_IS_APPLICATION_PKCS7_MIME(object))
        self->info.part_flags |= MESSAGE_IS_ENCRYPTED;
}

static void parts_walk(message *self, GMimeObject *object, const char *section, const char *boundary, int depth)
{
    if (depth > MESSAGE_DEPTH_MAX || self->parts->len >= MESSAGE_PARTS_MAX) {
        self->is_cut = true;
        return;
    }
    part_flag(self, object);
    if (GMIME_IS_MESSAGE_PART(object) && boundary != NULL)
        g_hash_table_insert(self->boundaries, object, (gpointer)boundary);
    /* A multipart in which nobody finds parts is one itself: its text is shown as it stands there. */
    int count = GMIME_IS_MULTIPART(object) ? g_mime_multipart_get_count(GMIME_MULTIPART(object)) : 0;
    if (count == 0) {
        part_add(self, object, *section != '\0' ? section : "1", depth);
        return;
    }
    for (int i = 0; i < count && self->parts->len < MESSAGE_PARTS_MAX; i++) {
        g_autofree char *below = g_strdup_printf("%s%s%d", section, *section != '\0' ? "." : "", i + 1);
        parts_walk(self, g_mime_multipart_get_part(GMIME_MULTIPART(object), i), below,
                   g_mime_multipart_get_boundary(GMIME_MULTIPART(object)), depth + 1);
    }
    self->is_cut |= self->parts->len >= MESSAGE_PARTS_MAX;
}

static const char *keep(message *self, char *string /* taken */)
{
    if (string == NULL)
        return NULL;
    char *valid = g_utf8_validate(string, -1, NULL) ? g_strdup(string) : g_utf8_make_valid(string, -1);
    g_free(string);
    g_ptr_array_add(self->strings, valid);
    return valid;
}

static const char *keep_addresses(message *self, const char *field)
{
    InternetAddressList *list = message_address_list(GMIME_OBJECT(self->mime), field);
    char *words = list != NULL && internet_address_list_length(list) > 0 ? internet_address_list_to_string(list, NULL, FALSE) : NULL;
    g_clear_object(&list);
    return keep(self, words);
}

/* Ids without <>, separated by blanks. */
static char *ids_of(const char *text)
{
    if (text == NULL)
        return NULL;
    GMimeReferences *ids = g_mime_references_parse(NULL, text);
    GString *joined = g_string_new(NULL);
    for (int i = 0; i < g_mime_references_length(ids); i++)
        g_string_append_printf(joined, "%s%s", i > 0 ? " " : "", g_mime_references_get_message_id(ids, i));
    g_mime_references_free(ids);
    return joined->len > 0 ? g_string_free(joined, FALSE) : (g_string_free(joined, TRUE), NULL);
}

/* What stands between the first angle brackets of the first field; GMime takes the last field, and what stands around. */
static char *message_id_of(GMimeMessage *mime)
{
    const char *raw = message_object_raw(GMIME_OBJECT(mime), "Message-ID"), *open = raw != NULL ? strchr(raw, '<') : NULL;
    size_t length = open != NULL ? strcspn(open + 1, "<> \t\r\n") : 0;
    if (length == 0 || open[1 + length] != '>' || memchr(open, '@', length) == NULL)
        return g_strdup(g_mime_message_get_message_id(mime));
    return g_strndup(open + 1, length);
}

static void info_take_from(message *self)
{
    g_autoptr(GPtrArray) from = message_addresses(self, "From");
    const struct message_address *first = from->len > 0 ? g_ptr_array_index(from, 0) : NULL;
    if (first == NULL)
        return;
    self->info.from_name = keep(self, g_strdup(first->name));
    self->info.from_address = *first->address != '\0' ? keep(self, g_strdup(first->address)) : NULL;
}

static void info_take(message *self)
{
    struct message_info *info = &self->info;
    GMimeObject *object = GMIME_OBJECT(self->mime);
    info->message_id = keep(self, message_id_of(self->mime));
    info->references = keep(self, ids_of(g_mime_object_get_header(object, "References")));
    g_autofree char *answered = ids_of(g_mime_object_get_header(object, "In-Reply-To"));
    info->in_reply_to = answered != NULL ? keep(self, g_strndup(answered, strcspn(answered, " "))) : NULL;
    info->subject = keep(self, message_object_header(object, "Subject"));
    info_take_from(self);
    info->to = keep_addresses(self, "To");
    info->cc = keep_addresses(self, "Cc");
    info->reply_to = keep_addresses(self, "Reply-To");
    info->list_id = keep(self, message_object_header(object, "List-Id"));
    info->date_utc = message_date(message_object_raw(object, "Date"));
    info->size_bytes = self->head_of > 0 ? self->head_of : self->size;
    info->part_flags |= self->head_of > 0 ? MESSAGE_IS_HEAD : 0;
    if (info->list_id != NULL)
        info->part_flags |= MESSAGE_IS_LIST;
    for (guint i = 0; i < self->parts->len; i++) {
        const struct message_part *part = g_ptr_array_index(self->parts, i);
        info->attachment_count += part->is_attachment;
        if (part->is_attachment)
            info->part_flags |= MESSAGE_HAS_ATTACHMENT;
        if (strcmp(part->type, "text/calendar") == 0)
            info->part_flags |= MESSAGE_HAS_INVITATION;
    }
}

/* Only the first line counts: further down anybody may have written it. */
int64_t message_head_of(const char *bytes, size_t size)
{
    static const char name[] = MESSAGE_HEAD_HEADER ": ";
    if (size < sizeof name || strncmp(bytes, name, sizeof name - 1) != 0)
        return 0;
    g_autofree char *number = g_strndup(bytes + sizeof name - 1, MIN(size - sizeof name + 1, 20));
    return (int64_t)CLAMP(g_ascii_strtoll(number, NULL, 10), 1, G_MAXINT64);
}

static int64_t head_of_stream(GMimeStream *stream)
{
    char first[sizeof MESSAGE_HEAD_HEADER + 22];
    ssize_t got = g_mime_stream_read(stream, first, sizeof first);
    g_mime_stream_reset(stream);
    return got > 0 ? message_head_of(first, (size_t)got) : 0;
}

static message *message_from_stream(GMimeStream *stream /* taken */)
{
    message *self = g_new0(message, 1);
    self->stream = stream;
    self->size = g_mime_stream_length(stream);
    self->mime = mime_parse(stream, &self->parsed, &self->is_cut);
    self->boundaries = g_hash_table_new(NULL, NULL);
    self->filled = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)(void (*)(void))g_bytes_unref);
    self->parts = g_ptr_array_new_with_free_func(part_destroy);
    self->objects = g_ptr_array_new();
    self->indexes = g_hash_table_new(NULL, NULL);
    self->strings = g_ptr_array_new_with_free_func(g_free);
    self->headers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    self->is_skeleton = g_mime_object_get_header(GMIME_OBJECT(self->mime), MESSAGE_SKELETON_HEADER) != NULL;
    self->head_of = head_of_stream(stream);
    self->packed = g_ptr_array_new_with_free_func(packed_file_free);
    parts_walk(self, g_mime_message_get_mime_part(self->mime), "", NULL, 0);
    message_unpack(self);
    info_take(self);
    return self;
}

message *message_load(const char *path, GError **error)
{
    message_start();
    GMimeStream *stream = g_mime_stream_fs_open(path, O_RDONLY | O_CLOEXEC, 0, NULL);
    if (stream != NULL && !g_file_test(path, G_FILE_TEST_IS_DIR))
        return message_from_stream(stream);
    int saved = stream != NULL ? EISDIR : errno;
    if (stream != NULL)
        g_object_unref(stream);
    g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_READ, _("The message %s cannot be read: %s"), path, g_strerror(saved));
    return NULL;
}

message *message_parse(const void *bytes, size_t size)
{
    message_start();
    return message_from_stream(g_mime_stream_mem_new_with_buffer(bytes != NULL ? bytes : "", size));
}

void message_free(message *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->parts);
    g_ptr_array_unref(self->objects);
    g_ptr_array_unref(self->packed);
    g_hash_table_destroy(self->indexes);
    g_ptr_array_unref(self->strings);
    g_hash_table_destroy(self->headers);
    g_free(self->charset);
    g_hash_table_destroy(self->boundaries);
    g_hash_table_destroy(self->filled);
    g_clear_pointer(&self->seals, g_ptr_array_unref);
    g_clear_object(&self->outer);
    g_object_unref(self->parsed);
    g_object_unref(self->mime);
    g_object_unref(self->stream);
    g_free(self);
}

enum message_crypto message_crypto(const message *self)
{
    GMimeObject *top = g_mime_message_get_mime_part(self->mime);
    GMimeContentType *type = top != NULL ? g_mime_object_get_content_type(top) : NULL;
    if (self->came_by != MESSAGE_CRYPTO_NONE || type == NULL)
        return self->came_by;
    if (g_mime_content_type_is_type(type, "application", "pkcs7-mime") || g_mime_content_type_is_type(type, "application", "x-pkcs7-mime"))
        return MESSAGE_CRYPTO_SMIME;
    if (!g_mime_content_type_is_type(type, "multipart", "signed") && !g_mime_content_type_is_type(type, "multipart", "encrypted"))
        return MESSAGE_CRYPTO_NONE;
    const char *protocol = g_mime_content_type_get_parameter(type, "protocol");
    g_autofree char *lower = protocol != NULL ? g_ascii_strdown(protocol, -1) : g_strdup("");
    return strstr(lower, "pkcs7") != NULL ? MESSAGE_CRYPTO_SMIME
           : strstr(lower, "pgp") != NULL ? MESSAGE_CRYPTO_OPENPGP
                                          : MESSAGE_CRYPTO_NONE;
}

bool message_is_decrypted(const message *self)
{
    return self->is_decrypted;
}

static void seal_free(gpointer data)
{
    struct message_seal *seal = data;
    g_clear_pointer(&seal->inside, message_free);
    g_free(seal->before);
    g_free(seal->after);
    g_free(seal->words);
    g_free(seal);
}

void message_take_seal(message *self, struct message_seal *seal)
{
    if (self->seals == NULL)
        self->seals = g_ptr_array_new_with_free_func(seal_free);
    g_ptr_array_add(self->seals, seal);
}

void message_info(const message *self, struct message_info *info_out)
{
    *info_out = self->info;
}

/* --- parts --- */

const GPtrArray *message_parts(const message *self)
{
    return self->parts;
}

int message_part_by_cid(const message *self, const char *cid)
{
    g_autofree char *wanted = g_ascii_strncasecmp(cid, "cid:", 4) == 0 ? g_uri_unescape_string(cid + 4, NULL) : NULL;
    for (guint i = 0; wanted != NULL && i < self->objects->len; i++) {
        const char *id = g_mime_object_get_content_id(g_ptr_array_index(self->objects, i));
        if (id != NULL && strcmp(id, wanted) == 0)
            return (int)i;
    }
    return -1;
}

bool message_part_bytes(const message *self, size_t index, char **bytes_out, size_t *size_out, GError **error)
{
    if (index >= self->parts->len || !((const struct message_part *)g_ptr_array_index(self->parts, index))->is_here) {
        g_set_error_literal(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, _("This part of the message is not on this computer."));
        return false;
    }
    if (index >= self->objects->len) {
        const struct packed_file *file = g_ptr_array_index(self->packed, index - self->objects->len);
        gsize size = 0;
        const char *bytes = g_bytes_get_data(file->bytes, &size);
        *bytes_out = memcpy(g_malloc0(size + 1), bytes != NULL ? bytes : "", size);
        *size_out = size;
        return true;
    }
    GMimeObject *object = g_ptr_array_index(self->objects, index);
    *bytes_out = GMIME_IS_MESSAGE_PART(object) ? message_inner_bytes(self, object, size_out) : NULL;
    if (*bytes_out == NULL)
        *bytes_out = message_object_bytes(object, size_out);
    return true;
}

char *message_part_sha256(const message *self, size_t index, size_t *size_out)
{
    g_autofree char *bytes = NULL;
    return message_part_bytes(self, index, &bytes, size_out, NULL) ? digest_sha256(bytes, *size_out) : NULL;
}

bool message_is_whole(const message *self)
{
    return !self->is_skeleton && self->head_of == 0;
}

static GMimeStream *raw_stream(const message *self)
{
    return self->outer != NULL ? self->outer : self->stream;
}

GBytes *message_raw_begin(const message *self, size_t max)
{
    GMimeStream *stream = raw_stream(self);
    size_t length = MIN((size_t)MAX(g_mime_stream_length(stream), 0), max), size = 0;
    char *bytes = g_malloc(length + 1);
    g_mime_stream_reset(stream);
    for (ssize_t got; size < length && (got = g_mime_stream_read(stream, bytes + size, length - size)) > 0;)
        size += (size_t)got;
    return g_bytes_new_take(bytes, size);
}

GBytes *message_raw(const message *self)
{
    return message_raw_begin(self, SIZE_MAX);
}

int message_file(const message *self)
{
    GMimeStream *stream = raw_stream(self);
    return GMIME_IS_STREAM_FS(stream) && stream->bound_start == 0 && stream->bound_end == -1 ? GMIME_STREAM_FS(stream)->fd : -1;
}

char *message_source(const message *self)
{
    GMimeStream *stream = raw_stream(self);
    g_autofree char *bytes = g_malloc(SOURCE_BYTES_MAX);
    size_t size = 0;
    g_mime_stream_reset(stream);
    for (ssize_t got; size < SOURCE_BYTES_MAX && (got = g_mime_stream_read(stream, bytes + size, SOURCE_BYTES_MAX - size)) > 0;)
        size += (size_t)got;
    return message_utf8(bytes, size, NULL, NULL);
}
