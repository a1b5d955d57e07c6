/* SPDX-License-Identifier: MIT */
/* A message file as headers and parts, by GMime, with limits. */
#include "core/encoded_words.h"
#include "core/message_private.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <pthread.h>
#include <string.h>

#define SOURCE_BYTES_MAX (1024 * 1024)
#define HEADERS_MAX      500

G_DEFINE_QUARK(message - error - quark, message_error)

static void gmime_init(void)
{
    g_mime_init();
}

static void gmime_start(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, gmime_init);
}

/* --- charsets --- */

/* What the labels really mean in mail, as every browser takes them (WHATWG). */
static const char *charset_meant(const char *charset)
{
    static const char *const meant[][2] = {
        { "us-ascii", "windows-1252" }, { "iso-8859-1", "windows-1252" }, { "latin1", "windows-1252" },  { "gb2312", "gb18030" },
        { "gbk", "gb18030" },           { "iso-8859-9", "windows-1254" }, { "ks_c_5601-1987", "cp949" }, { "euc-kr", "cp949" },
        { "shift_jis", "cp932" },       { "big5", "big5-hkscs" },         { "utf8", "utf-8" },           { "iso-8859-8-i", "iso-8859-8" }
    };
    for (size_t i = 0; i < G_N_ELEMENTS(meant); i++)
        if (g_ascii_strcasecmp(charset, meant[i][0]) == 0)
            return meant[i][1];
    return charset;
}

static char *utf8_clean(const char *bytes, size_t size)
{
    g_autofree char *copy = g_memdup2(bytes, size + 1);
    for (size_t i = 0; i < size; i++)
        if (copy[i] == '\0')
            copy[i] = ' ';
    copy[size] = '\0';
    return g_utf8_make_valid(copy, (gssize)size);
}

char *message_utf8(const char *bytes, size_t size, const char *charset, size_t *length_out)
{
    g_autofree char *terminated = g_malloc(size + 1), *converted = NULL;
    gsize length = size;
    memcpy(terminated, bytes, size);
    terminated[size] = '\0';
    bool is_utf8 = g_utf8_validate_len(terminated, size, NULL);
    bool is_plain = charset == NULL || *charset == '\0' || g_ascii_strcasecmp(charset, "utf-8") == 0 ||
                    g_ascii_strcasecmp(charset, "us-ascii") == 0 || g_ascii_strcasecmp(charset, "utf8") == 0;
    if (!is_plain || !is_utf8)
        converted = g_convert_with_fallback(terminated, (gssize)size, "UTF-8", is_plain ? "windows-1252" : charset_meant(charset), "?",
                                            NULL, &length, NULL);
    if (converted == NULL && !is_utf8)
        converted = g_convert_with_fallback(terminated, (gssize)size, "UTF-8", "iso-8859-1", "?", NULL, &length, NULL);
    char *clean = converted != NULL ? utf8_clean(converted, length) : utf8_clean(terminated, size);
    if (length_out != NULL)
        *length_out = strlen(clean);
    return clean;
}

/* --- parsing --- */

/* GMime drops a message that begins with blank lines, and takes an mbox line for a header: both are skipped. */
static int64_t stream_begin(GMimeStream *stream)
{
    char head[4096];
    ssize_t got = g_mime_stream_read(stream, head, sizeof head - 1);
    size_t size = got > 0 ? (size_t)got : 0, at = 0;
    head[size] = '\0';
    while (at < size && strchr(" \t\r\n", head[at]) != NULL)
        at++;
    if (at == size)
        at = 0;
    if (g_str_has_prefix(head + at, "From ")) {
        const char *newline = strchr(head + at, '\n');
        at = newline != NULL ? (size_t)(newline - head) + 1 : at;
    }
    g_mime_stream_reset(stream);
    return (int64_t)at;
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

static bool mime_has_headers(GMimeMessage *mime)
{
    GMimeObject *body = g_mime_message_get_mime_part(mime); /* the Content-* fields are its own */
    return body != NULL && (g_mime_header_list_get_count(g_mime_object_get_header_list(GMIME_OBJECT(mime))) > 0 ||
                            g_mime_header_list_get_count(g_mime_object_get_header_list(body)) > 0);
}

static GMimeMessage *mime_parse(GMimeStream *stream)
{
    int64_t begin = stream_begin(stream);
    GMimeStream *rest = g_mime_stream_substream(stream, begin, -1);
    GMimeParser *parser = g_mime_parser_new_with_stream(rest);
    GMimeParserOptions *options = options_new();
    g_mime_parser_set_persist_stream(parser, TRUE);
    GMimeMessage *mime = g_mime_parser_construct_message(parser, options);
    if (mime != NULL && !mime_has_headers(mime))
        g_clear_object(&mime);
    if (mime != NULL)
        encoded_words_mend(GMIME_OBJECT(mime));
    g_mime_parser_options_free(options);
    g_object_unref(parser);
    g_object_unref(rest);
    return mime != NULL ? mime : mime_from_garbage(stream);
}

static void part_destroy(gpointer data)
{
    struct message_part *part = data;
    g_free(part->type);
    g_free(part->filename);
    g_free(part->section);
    g_free(part);
}

bool message_part_is_attachment(const char *type, const char *disposition, const char *filename)
{
    static const char *const silent[] = { "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature",
                                          "application/pgp-encrypted" };
    bool is_attached = disposition != NULL && g_ascii_strcasecmp(disposition, "attachment") == 0;
    for (size_t i = 0; i < G_N_ELEMENTS(silent); i++)
        if (strcmp(type, silent[i]) == 0)
            return false;
    bool is_text = strcmp(type, "text/plain") == 0 || strcmp(type, "text/html") == 0;
    return !is_text || is_attached || (filename != NULL && disposition == NULL);
}

/* A name from a stranger that may become a file: no path, no control characters, not hidden. */
static char *filename_clean(const char *name)
{
    if (name == NULL)
        return NULL;
    g_autofree char *valid = g_utf8_make_valid(name, -1);
    GString *clean = g_string_new(NULL);
    for (const char *at = valid; *at != '\0' && clean->len < 200; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool is_bidi = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f;
        if (c == '/' || c == '\\')
            g_string_append_c(clean, '_');
        else if (!g_unichar_iscntrl(c) && !is_bidi && !(clean->len == 0 && (c == '.' || c == ' ')))
            g_string_append_unichar(clean, c);
    }
    return clean->len > 0 ? g_string_free(clean, FALSE) : (g_string_free(clean, TRUE), NULL);
}

static char *object_type(GMimeObject *object)
{
    GMimeContentType *type = g_mime_object_get_content_type(object);
    g_autofree char *text = type != NULL ? g_mime_content_type_get_mime_type(type) : NULL;
    g_autofree char *valid = text != NULL ? g_utf8_make_valid(text, -1) : NULL;
    return g_ascii_strdown(valid != NULL ? valid : "application/octet-stream", -1);
}

static int64_t object_size(GMimeObject *object)
{
    GMimeStream *null = g_mime_stream_null_new();
    if (GMIME_IS_MESSAGE_PART(object))
        g_mime_object_write_content_to_stream(object, NULL, null);
    else if (GMIME_IS_PART(object) && g_mime_part_get_content(GMIME_PART(object)) != NULL)
        g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(object)), null);
    int64_t size = (int64_t)GMIME_STREAM_NULL(null)->written;
    g_object_unref(null);
    return size;
}

static void part_add(message *self, GMimeObject *object, const char *section, int depth)
{
    const char *missing = self->is_skeleton ? g_mime_object_get_header(object, MESSAGE_MISSING_HEADER) : NULL;
    const char *name = GMIME_IS_PART(object) ? g_mime_part_get_filename(GMIME_PART(object))
                                             : g_mime_object_get_content_disposition_parameter(object, "filename");
    struct message_part *part = g_new0(struct message_part, 1);
    part->type = object_type(object);
    part->filename = filename_clean(name);
    part->section = g_strdup(section);
    part->is_here = missing == NULL;
    part->size = missing != NULL ? g_ascii_strtoll(missing, NULL, 10) : object_size(object);
    part->is_attachment = message_part_is_attachment(part->type, g_mime_object_get_disposition(object), part->filename);
    part->depth = depth;
    g_ptr_array_add(self->parts, part);
    g_ptr_array_add(self->objects, object);
}

static void part_flag(message *self, GMimeObject *object)
{
    if (GMIME_IS_MULTIPART_SIGNED(object))
        self->info.part_flags |= MESSAGE_IS_SIGNED;
    if (GMIME_IS_MULTIPART_ENCRYPTED(object) || GMIME_IS_APPLICATION_PKCS7_MIME(object))
        self->info.part_flags |= MESSAGE_IS_ENCRYPTED;
}

static void parts_walk(message *self, GMimeObject *object, const char *section, int depth)
{
    if (depth > MESSAGE_DEPTH_MAX || self->parts->len >= MESSAGE_PARTS_MAX) {
        self->is_cut = true;
        return;
    }
    part_flag(self, object);
    if (!GMIME_IS_MULTIPART(object)) {
        part_add(self, object, *section != '\0' ? section : "1", depth);
        return;
    }
    int count = g_mime_multipart_get_count(GMIME_MULTIPART(object));
    for (int i = 0; i < count && self->parts->len < MESSAGE_PARTS_MAX; i++) {
        g_autofree char *below = g_strdup_printf("%s%s%d", section, *section != '\0' ? "." : "", i + 1);
        parts_walk(self, g_mime_multipart_get_part(GMIME_MULTIPART(object), i), below, depth + 1);
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

static const char *keep_addresses(message *self, InternetAddressList *list)
{
    return list != NULL && internet_address_list_length(list) > 0 ? keep(self, internet_address_list_to_string(list, NULL, FALSE)) : NULL;
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

static void info_take_from(message *self)
{
    InternetAddressList *from = g_mime_message_get_from(self->mime);
    InternetAddress *first = from != NULL && internet_address_list_length(from) > 0 ? internet_address_list_get_address(from, 0) : NULL;
    if (first == NULL)
        return;
    self->info.from_name = keep(self, g_strdup(internet_address_get_name(first)));
    if (INTERNET_ADDRESS_IS_MAILBOX(first))
        self->info.from_address = keep(self, g_strdup(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(first))));
}

static void info_take(message *self)
{
    struct message_info *info = &self->info;
    GMimeObject *object = GMIME_OBJECT(self->mime);
    GDateTime *date = g_mime_message_get_date(self->mime);
    info->message_id = keep(self, g_strdup(g_mime_message_get_message_id(self->mime)));
    info->references = keep(self, ids_of(g_mime_object_get_header(object, "References")));
    g_autofree char *answered = ids_of(g_mime_object_get_header(object, "In-Reply-To"));
    info->in_reply_to = answered != NULL ? keep(self, g_strndup(answered, strcspn(answered, " "))) : NULL;
    info->subject = keep(self, g_strdup(g_mime_message_get_subject(self->mime)));
    info_take_from(self);
    info->to = keep_addresses(self, g_mime_message_get_to(self->mime));
    info->cc = keep_addresses(self, g_mime_message_get_cc(self->mime));
    info->reply_to = keep_addresses(self, g_mime_message_get_reply_to(self->mime));
    info->list_id = keep(self, g_strdup(g_mime_object_get_header(object, "List-Id")));
    info->date_utc = date != NULL ? g_date_time_to_unix(date) : 0;
    info->size_bytes = self->size;
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

static message *message_from_stream(GMimeStream *stream /* taken */)
{
    message *self = g_new0(message, 1);
    self->stream = stream;
    self->size = g_mime_stream_length(stream);
    self->mime = mime_parse(stream);
    self->parts = g_ptr_array_new_with_free_func(part_destroy);
    self->objects = g_ptr_array_new();
    self->strings = g_ptr_array_new_with_free_func(g_free);
    self->headers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    self->is_skeleton = g_mime_object_get_header(GMIME_OBJECT(self->mime), MESSAGE_SKELETON_HEADER) != NULL;
    parts_walk(self, g_mime_message_get_mime_part(self->mime), "", 0);
    info_take(self);
    return self;
}

message *message_load(const char *path, GError **error)
{
    gmime_start();
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
    gmime_start();
    return message_from_stream(g_mime_stream_mem_new_with_buffer(bytes != NULL ? bytes : "", size));
}

void message_free(message *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->parts);
    g_ptr_array_unref(self->objects);
    g_ptr_array_unref(self->strings);
    g_hash_table_destroy(self->headers);
    g_object_unref(self->mime);
    g_object_unref(self->stream);
    g_free(self);
}

/* --- headers --- */

void message_info(const message *self, struct message_info *info_out)
{
    *info_out = self->info;
}

static char *header_decoded(GMimeHeader *header)
{
    const char *value = g_mime_header_get_value(header);
    g_autofree char *valid = g_utf8_make_valid(value != NULL ? value : "", -1);
    g_strdelimit(valid, "\r\n\t", ' ');
    return g_strdup(g_strstrip(valid));
}

const char *message_header(const message *self, const char *name)
{
    const char *known = g_hash_table_lookup(self->headers, name);
    if (known != NULL)
        return known;
    GMimeHeader *header = g_mime_header_list_get_header(g_mime_object_get_header_list(GMIME_OBJECT(self->mime)), name);
    if (header == NULL)
        return NULL;
    char *value = header_decoded(header);
    g_hash_table_insert(self->headers, g_strdup(name), value);
    return value;
}

char **message_headers(const message *self)
{
    GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(self->mime));
    g_autoptr(GPtrArray) lines = g_ptr_array_new();
    for (int i = 0; i < g_mime_header_list_get_count(list) && i < HEADERS_MAX; i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(list, i);
        g_autofree char *value = header_decoded(header), *name = g_utf8_make_valid(g_mime_header_get_name(header), -1);
        if (g_ascii_strncasecmp(name, "X-Postern-", 10) != 0)
            g_ptr_array_add(lines, g_strdup_printf("%s: %s", name, value));
    }
    g_ptr_array_add(lines, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&lines), FALSE);
}

/* --- addresses --- */

void message_address_free(struct message_address *address)
{
    if (address == NULL)
        return;
    g_free(address->name);
    g_free(address->address);
    g_free(address);
}

static void address_destroy(gpointer data)
{
    message_address_free(data);
}

static void addresses_collect(InternetAddressList *list, GPtrArray *found, int depth)
{
    for (int i = 0; list != NULL && i < internet_address_list_length(list) && depth < 5; i++) {
        InternetAddress *entry = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(entry)) {
            addresses_collect(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(entry)), found, depth + 1);
            continue;
        }
        struct message_address *address = g_new0(struct message_address, 1);
        const char *name = internet_address_get_name(entry);
        const char *mailbox = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(entry));
        address->name = name != NULL && *name != '\0' ? g_utf8_make_valid(name, -1) : NULL;
        address->address = g_utf8_make_valid(mailbox != NULL ? mailbox : "", -1);
        g_ptr_array_add(found, address);
    }
}

GPtrArray *message_addresses(const message *self, const char *header)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(address_destroy);
    const char *raw = g_mime_object_get_header(GMIME_OBJECT(self->mime), header);
    GMimeHeader *field = g_mime_header_list_get_header(g_mime_object_get_header_list(GMIME_OBJECT(self->mime)), header);
    const char *value = field != NULL ? g_mime_header_get_raw_value(field) : raw;
    GMimeParserOptions *options = options_new();
    InternetAddressList *list = value != NULL ? internet_address_list_parse(options, value) : NULL;
    addresses_collect(list, found, 0);
    g_clear_object(&list);
    g_mime_parser_options_free(options);
    return found;
}

/* As a person types: what has no '@' between two names is told, with the words around it. */
GPtrArray *message_parse_addresses(const char *text, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(address_destroy);
    g_autofree char *stripped = g_strstrip(g_strdup(text != NULL ? text : ""));
    while (g_str_has_suffix(stripped, ",") || g_str_has_suffix(stripped, ";") || g_str_has_suffix(stripped, " "))
        stripped[strlen(stripped) - 1] = '\0';
    if (*stripped == '\0')
        return g_steal_pointer(&found);
    gmime_start(); /* `postern send` comes here first */
    InternetAddressList *list = internet_address_list_parse(NULL, stripped);
    addresses_collect(list, found, 0);
    g_clear_object(&list);
    const char *wrong = found->len == 0 ? stripped : NULL;
    for (guint i = 0; i < found->len && wrong == NULL; i++) {
        const struct message_address *address = g_ptr_array_index(found, i);
        const char *at = strrchr(address->address, '@');
        bool is_fine = at != NULL && at != address->address && at[1] != '\0' && strpbrk(address->address, " \t\r\n<>,") == NULL;
        if (!is_fine)
            wrong = *address->address != '\0' ? address->address : address->name != NULL ? address->name : stripped;
    }
    if (wrong == NULL)
        return g_steal_pointer(&found);
    g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, _("“%s” is not a mail address: it should look like name@example.org."), wrong);
    return NULL;
}

/* --- parts --- */

const GPtrArray *message_parts(const message *self)
{
    return self->parts;
}

bool message_part_bytes(const message *self, size_t index, char **bytes_out, size_t *size_out, GError **error)
{
    if (index >= self->parts->len || !((const struct message_part *)g_ptr_array_index(self->parts, index))->is_here) {
        g_set_error_literal(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, _("This part of the message is not on this computer."));
        return false;
    }
    GMimeObject *object = g_ptr_array_index(self->objects, index);
    GMimeStream *out = g_mime_stream_mem_new();
    if (GMIME_IS_MESSAGE_PART(object))
        g_mime_object_write_content_to_stream(object, NULL, out);
    else if (GMIME_IS_PART(object) && g_mime_part_get_content(GMIME_PART(object)) != NULL)
        g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(object)), out);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out));
    char *copy = g_malloc((gsize)bytes->len + 1); /* with a NUL behind it, for text */
    if (bytes->len > 0)
        memcpy(copy, bytes->data, bytes->len);
    copy[bytes->len] = '\0';
    *bytes_out = copy;
    *size_out = bytes->len;
    g_object_unref(out);
    return true;
}

GBytes *message_raw(const message *self)
{
    GMimeStream *out = g_mime_stream_mem_new();
    g_mime_stream_reset(self->stream);
    g_mime_stream_write_to_stream(self->stream, out);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out));
    GBytes *raw = g_bytes_new(bytes->data, bytes->len);
    g_object_unref(out);
    return raw;
}

char *message_source(const message *self)
{
    GMimeStream *stream = self->stream;
    g_autofree char *bytes = g_malloc(SOURCE_BYTES_MAX);
    size_t size = 0;
    g_mime_stream_reset(stream);
    for (ssize_t got; size < SOURCE_BYTES_MAX && (got = g_mime_stream_read(stream, bytes + size, SOURCE_BYTES_MAX - size)) > 0;)
        size += (size_t)got;
    return message_utf8(bytes, size, NULL, NULL);
}
