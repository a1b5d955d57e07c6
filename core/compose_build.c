/* SPDX-License-Identifier: MIT */
/* A draft as bytes, by GMime. Everything is 7-bit clean, so no server on the way has a reason to change it. */
#include "core/compose.h"
#include "core/compose_private.h"
#include "net/resolve.h"
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <gmime/gmime.h>
#include <pthread.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeStream, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeParser, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeDataWrapper, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeObject, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeMultipart, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeMessage, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InternetAddress, g_object_unref)

static pthread_once_t gmime_once = PTHREAD_ONCE_INIT;

/* --- attachments --- */
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

static GBytes *attachment_bytes(const struct compose_attachment *attachment, GError **error)
{
    char *bytes = NULL;
    gsize size = 0;
    if (attachment->bytes != NULL)
        return g_bytes_ref(attachment->bytes);
    if (!g_file_get_contents(attachment->path, &bytes, &size, error)) {
        g_prefix_error(error, "%s: ", attachment->name);
        return NULL;
    }
    return g_bytes_new_take(bytes, size);
}

static GMimeStream *stream_of(GBytes *bytes)
{
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    return g_mime_stream_mem_new_with_buffer(data != NULL ? data : "", size);
}

/* RFC 2046 5.2.1: a message inside may not be encoded as a whole, so it goes in as what it is. */
static GMimeObject *message_part_new(GBytes *bytes)
{
    g_autoptr(GMimeStream) stream = stream_of(bytes);
    g_autoptr(GMimeParser) parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *inner = g_mime_parser_construct_message(parser, NULL);
    if (inner == NULL)
        return NULL;
    GMimeMessagePart *part = g_mime_message_part_new_with_message("rfc822", inner);
    g_object_unref(inner);
    return GMIME_OBJECT(part);
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

static GMimeObject *attachment_part_new(const struct compose_attachment *attachment, GError **error)
{
    g_autoptr(GBytes) bytes = attachment_bytes(attachment, error);
    if (bytes == NULL)
        return NULL;
    const char *type = attachment->type != NULL ? attachment->type : "application/octet-stream";
    GMimeObject *part = g_ascii_strcasecmp(type, "message/rfc822") == 0 ? message_part_new(bytes) : NULL;
    if (part == NULL)
        part = file_part_new(bytes, type);
    g_mime_object_set_disposition(part, GMIME_DISPOSITION_ATTACHMENT);
    if (attachment->name != NULL) {
        g_mime_object_set_content_disposition_parameter(part, "filename", attachment->name);
        g_mime_object_set_content_type_parameter(part, "name", attachment->name);
    }
    return part;
}

/* --- text --- */
static GMimeObject *text_part_new(const char *body)
{
    g_autofree char *valid = g_utf8_make_valid(body, -1);
    g_autofree char *whole = g_str_has_suffix(valid, "\n") ? g_strdup(valid) : g_strconcat(valid, "\n", NULL);
    GMimeTextPart *part = g_mime_text_part_new_with_subtype("plain");
    g_mime_text_part_set_charset(part, g_str_is_ascii(whole) ? "us-ascii" : "utf-8");
    g_mime_text_part_set_text(part, whole);
    GMimeContentEncoding encoding = g_mime_part_get_best_content_encoding(GMIME_PART(part), GMIME_ENCODING_CONSTRAINT_7BIT);
    g_mime_part_set_content_encoding(GMIME_PART(part), encoding == GMIME_CONTENT_ENCODING_DEFAULT ? GMIME_CONTENT_ENCODING_7BIT : encoding);
    return GMIME_OBJECT(part);
}

static bool set_content(GMimeMessage *message, const struct draft *self, GError **error)
{
    g_autoptr(GMimeObject) text = text_part_new(self->body);
    if (self->attachments->len == 0) {
        g_mime_message_set_mime_part(message, text);
        return true;
    }
    g_autoptr(GMimeMultipart) mixed = g_mime_multipart_new_with_subtype("mixed");
    g_mime_multipart_add(mixed, text);
    for (guint i = 0; i < self->attachments->len; i++) {
        g_autoptr(GMimeObject) part = attachment_part_new(self->attachments->pdata[i], error);
        if (part == NULL)
            return false;
        g_mime_multipart_add(mixed, part);
    }
    g_mime_message_set_mime_part(message, GMIME_OBJECT(mixed));
    return true;
}

/* --- addresses --- */
/* The domain as A-labels: headers and envelope are ASCII there (RFC 5891). Caller frees. */
static char *ascii_address(const char *address, GError **error)
{
    const char *at = strrchr(address, '@');
    if (at == NULL || g_str_is_ascii(at + 1))
        return g_strdup(address);
    g_autofree char *domain = net_host_to_ascii(at + 1, error);
    return domain != NULL ? g_strdup_printf("%.*s@%s", (int)(at - address), address, domain) : NULL;
}

static bool fail_field(GError **error, const char *field, const char *why)
{
    g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, "%s: %s", field, why);
    return false;
}

/* ';' between addresses, as other programs want it, becomes ','; returns how many '@' stand outside of quoted names. */
static guint normalise_list(char *text)
{
    bool is_quoted = false, is_group = strchr(text, ':') != NULL;
    guint count = 0;
    for (char *c = text; *c != '\0'; c++) {
        if (*c == '\\' && c[1] != '\0')
            c++;
        else if (*c == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && *c == ';' && !is_group)
            *c = ',';
        else if (!is_quoted && *c == '@')
            count++;
    }
    return count;
}

/* Of struct message_address*; NULL with error that names the field. Empty: none. Nobody who was written down is ever left out silently. */
static GPtrArray *parse_field(const char *field, const char *text, GError **error)
{
    g_autofree char *stripped = g_strdup(text != NULL ? text : "");
    if (*g_strstrip(stripped) == '\0')
        return g_ptr_array_new();
    guint count = normalise_list(stripped);
    g_autoptr(GPtrArray) parsed = message_parse_addresses(stripped, error);
    if (parsed == NULL) {
        g_prefix_error(error, "%s: ", field);
        return NULL;
    }
    if (parsed->len < count) {
        fail_field(error, field, _("the addresses cannot be told apart. Put a comma between them."));
        return NULL;
    }
    return g_steal_pointer(&parsed);
}

static void note_recipient(GPtrArray *recipients, GHashTable *seen, const char *address)
{
    if (g_hash_table_add(seen, g_ascii_strdown(address, -1)))
        g_ptr_array_add(recipients, g_strdup(address));
}

struct envelope {
    GPtrArray *recipients; /* of char* */
    GHashTable *seen;
};

/* Into the header (list NULL: Bcc, which has none) and the envelope. */
static bool add_field(const char *field, const char *text, InternetAddressList *list, struct envelope *envelope, GError **error)
{
    g_autoptr(GPtrArray) parsed = parse_field(field, text, error);
    if (parsed == NULL)
        return false;
    for (guint i = 0; i < parsed->len; i++) {
        const struct message_address *one = parsed->pdata[i];
        g_autofree char *address = ascii_address(one->address, error);
        if (address == NULL) {
            g_prefix_error(error, "%s: ", field);
            return false;
        }
        if (strchr(address, '@') == NULL || strpbrk(address, " \t\r\n<>") != NULL) {
            g_autofree char *why = g_strdup_printf(_("“%s” is not a complete address."), one->address);
            return fail_field(error, field, why);
        }
        if (list != NULL) {
            g_autoptr(InternetAddress) mailbox = internet_address_mailbox_new(one->name, address);
            internet_address_list_add(list, mailbox);
        }
        if (envelope != NULL)
            note_recipient(envelope->recipients, envelope->seen, address);
    }
    return true;
}

static bool set_sender(GMimeMessage *message, const struct draft *self, char **sender_out, GError **error)
{
    InternetAddressList *from = g_mime_message_get_from(message);
    if (!add_field(_("From"), self->from, from, NULL, error))
        return false;
    if (internet_address_list_length(from) != 1)
        return fail_field(error, _("From"), _("there must be exactly one sender."));
    *sender_out = g_strdup(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(internet_address_list_get_address(from, 0))));
    return true;
}

/* --- headers --- */
static char *ids_bracketed(const char *ids)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(GStrv) words = g_strsplit_set(ids, " <>\r\n\t", -1);
    for (char **word = words; *word != NULL; word++) {
        if (**word != '\0')
            g_string_append_printf(text, "%s<%s>", text->len > 0 ? " " : "", *word);
    }
    return g_strdup(text->str);
}

/* For the Message-ID, which a draft fixes before its sender was checked. Caller frees. */
static char *sender_domain(const struct draft *self, const char *sender)
{
    g_autoptr(GPtrArray) parsed = sender == NULL ? message_parse_addresses(self->from, NULL) : NULL;
    if (parsed != NULL && parsed->len == 1)
        sender = ((const struct message_address *)parsed->pdata[0])->address;
    const char *at = sender != NULL ? strrchr(sender, '@') : NULL;
    bool is_usable = at != NULL && at[1] != '\0' && g_str_is_ascii(at) && strpbrk(at, " \t\r\n<>") == NULL;
    return g_strdup(is_usable ? at + 1 : "postern.invalid");
}

static void set_ids(GMimeMessage *message, struct draft *self, const char *sender)
{
    if (self->message_id == NULL) {
        g_autofree char *unique = g_uuid_string_random(), *domain = sender_domain(self, sender);
        self->message_id = g_strconcat(unique, "@", domain, NULL);
    }
    g_mime_message_set_message_id(message, self->message_id);
    g_autofree char *in_reply_to = ids_bracketed(self->in_reply_to), *references = ids_bracketed(self->references);
    if (*in_reply_to != '\0')
        g_mime_object_set_header(GMIME_OBJECT(message), "In-Reply-To", in_reply_to, NULL);
    if (*references != '\0')
        g_mime_object_set_header(GMIME_OBJECT(message), "References", references, NULL);
}

static void set_usual_headers(GMimeMessage *message, struct draft *self, const char *sender)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *subject = g_utf8_make_valid(self->subject, -1);
    g_strdelimit(subject, "\r\n\t", ' ');
    g_mime_message_set_date(message, now);
    g_mime_message_set_subject(message, g_strstrip(subject), "utf-8");
    set_ids(message, self, sender);
    g_mime_object_set_header(GMIME_OBJECT(message), "User-Agent", "postern/" POSTERN_VERSION, NULL);
}

static GBytes *bytes_of(GMimeMessage *message)
{
    g_autoptr(GMimeStream) stream = g_mime_stream_mem_new();
    g_mime_object_write_to_stream(GMIME_OBJECT(message), NULL, stream);
    const GByteArray *array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    return g_bytes_new(array->data, array->len);
}

static GMimeMessage *message_new(void)
{
    pthread_once(&gmime_once, g_mime_init);
    return g_mime_message_new(TRUE);
}

bool compose_build(struct draft *self, GBytes **bytes_out, char **sender_out, char ***recipients_out, GError **error)
{
    g_autoptr(GMimeMessage) message = message_new();
    g_autoptr(GPtrArray) recipients = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct envelope envelope = { recipients, seen };
    g_autofree char *sender = NULL;
    if (!set_sender(message, self, &sender, error) || !add_field(_("To"), self->to, g_mime_message_get_to(message), &envelope, error) ||
        !add_field(_("Cc"), self->cc, g_mime_message_get_cc(message), &envelope, error) ||
        !add_field(_("Bcc"), self->bcc, NULL, &envelope, error) ||
        !add_field(_("Reply-To"), self->reply_to, g_mime_message_get_reply_to(message), NULL, error))
        return false;
    if (recipients->len == 0)
        return fail_field(error, _("To"), _("the message needs at least one recipient."));
    set_usual_headers(message, self, sender);
    if (!set_content(message, self, error))
        return false;
    g_ptr_array_add(recipients, NULL);
    *bytes_out = bytes_of(message);
    *sender_out = g_steal_pointer(&sender);
    *recipients_out = (char **)g_ptr_array_free(g_steal_pointer(&recipients), FALSE);
    return true;
}

/* --- drafts --- */
static void set_draft_field(GMimeMessage *message, const char *header, const char *text)
{
    g_autofree char *clean = g_utf8_make_valid(text, -1);
    g_strdelimit(clean, "\r\n", ' ');
    if (*g_strstrip(clean) != '\0') /* also what is not a whole address yet */
        g_mime_object_set_header(GMIME_OBJECT(message), header, clean, "utf-8");
}

void compose_read_reply_mark(struct draft *self, const char *value)
{
    g_auto(GStrv) words = g_strsplit(value != NULL ? value : "", " ", 2);
    if (words[0] == NULL || words[1] == NULL)
        return;
    unsigned flag = (unsigned)g_ascii_strtoull(words[1], NULL, 10);
    self->reply_to_placement = g_ascii_strtoll(words[0], NULL, 10);
    self->reply_flag = flag & (MESSAGE_ANSWERED | MESSAGE_FORWARDED); /* whatever a header says: no other flag is ever set by it */
}

GBytes *compose_build_draft(struct draft *self, GError **error)
{
    g_autoptr(GMimeMessage) message = message_new();
    set_draft_field(message, "From", self->from);
    set_draft_field(message, "To", self->to);
    set_draft_field(message, "Cc", self->cc);
    set_draft_field(message, "Bcc", self->bcc);
    set_draft_field(message, "Reply-To", self->reply_to);
    set_usual_headers(message, self, NULL);
    if (self->reply_to_placement != 0) {
        g_autofree char *mark = g_strdup_printf("%" G_GINT64_FORMAT " %u", self->reply_to_placement, self->reply_flag);
        g_mime_object_set_header(GMIME_OBJECT(message), COMPOSE_REPLY_HEADER, mark, NULL);
    }
    return set_content(message, self, error) ? bytes_of(message) : NULL;
}
