/* SPDX-License-Identifier: MIT */
/* A draft as bytes, by GMime. Everything is 7-bit clean, so no server on the way has a reason to change it. */
#include "core/compose.h"
#include "core/compose_private.h"
#include "core/encoded_words.h"
#include "core/message_private.h"
#include "net/resolve.h"
#include <glib/gi18n-lib.h>
#include <gmime/gmime.h>
#include <string.h>

#define ID_BYTES_MAX 900 /* a line has 998 (RFC 5322, 2.1.1) */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeStream, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeDataWrapper, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeObject, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeMultipart, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeMessage, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InternetAddress, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InternetAddressList, g_object_unref)

GQuark compose_error_quark(void)
{
    return g_quark_from_static_string("compose-error");
}

/* --- content --- */
/* In words for a person, in fields for a program (RFC 8098 3). */
static void set_report(GMimeMessage *message, const struct draft *self)
{
    g_autoptr(GMimeObject) text = compose_text_new(self, COMPOSE_TEXT_SENT), fields = NULL;
    g_autoptr(GMimeMultipart) report = g_mime_multipart_new_with_subtype("report");
    g_autoptr(GMimeStream) stream = g_mime_stream_mem_new_with_buffer(self->disposition, strlen(self->disposition));
    g_autoptr(GMimeDataWrapper) content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
    fields = GMIME_OBJECT(g_mime_part_new_with_type("message", "disposition-notification"));
    g_mime_part_set_content(GMIME_PART(fields), content);
    g_mime_part_set_content_encoding(GMIME_PART(fields), GMIME_CONTENT_ENCODING_7BIT);
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(report), "report-type", "disposition-notification");
    g_mime_multipart_add(report, text);
    g_mime_multipart_add(report, fields);
    g_mime_message_set_mime_part(message, GMIME_OBJECT(report));
}

static void set_content(GMimeMessage *message, const struct draft *self, bool is_draft, bool with_attachments)
{
    if (self->disposition != NULL) {
        set_report(message, self);
        return;
    }
    enum compose_text_use use = !is_draft ? COMPOSE_TEXT_SENT : with_attachments ? COMPOSE_TEXT_DRAFT : COMPOSE_TEXT_KEPT;
    g_autoptr(GMimeObject) text = compose_text_new(self, use);
    if (self->attachments->len == 0 || !with_attachments) {
        g_mime_message_set_mime_part(message, text);
        return;
    }
    g_autoptr(GMimeMultipart) mixed = g_mime_multipart_new_with_subtype("mixed");
    g_mime_multipart_add(mixed, text);
    for (guint i = 0; i < self->attachments->len; i++) {
        g_autoptr(GMimeObject) part = compose_attachment_part(self->attachments->pdata[i]);
        g_mime_multipart_add(mixed, part);
    }
    g_mime_message_set_mime_part(message, GMIME_OBJECT(mixed));
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

GPtrArray *compose_parse_field(const char *text, GError **error)
{
    g_autofree char *stripped = g_strdup(text != NULL ? text : "");
    if (*g_strstrip(stripped) == '\0')
        return g_ptr_array_new();
    guint count = normalise_list(stripped);
    g_autoptr(GPtrArray) parsed = message_parse_addresses(stripped, error);
    if (parsed == NULL)
        return NULL;
    if (parsed->len < count) {
        g_set_error_literal(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, _("the addresses cannot be told apart. Put a comma between them."));
        return NULL;
    }
    return g_steal_pointer(&parsed);
}

static const char *const field_names[] = {
    [COMPOSE_ERROR_FROM] = N_("From"),
    [COMPOSE_ERROR_TO] = N_("To"),
    [COMPOSE_ERROR_CC] = N_("Cc"),
    [COMPOSE_ERROR_BCC] = N_("Bcc"),
    [COMPOSE_ERROR_REPLY_TO] = N_("Reply-To"),
};

static bool fail_field(GError **error, enum compose_error field, const char *why)
{
    g_set_error(error, COMPOSE_ERROR, (int)field, _("%s: %s"), _(field_names[field]), why);
    return false;
}

/* In ASCII as far as it goes; a local part beyond ASCII is the sending server's matter (RFC 6531). Caller frees; NULL with error. */
static char *checked_address(enum compose_error field, const char *address, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *ascii = ascii_address(address, &why);
    if (ascii == NULL) {
        fail_field(error, field, why != NULL ? why->message : "");
        return NULL;
    }
    const char *at = strrchr(ascii, '@');
    if (at == NULL || at == ascii || at[1] == '\0' || strpbrk(ascii, " \t\r\n<>") != NULL) {
        g_autofree char *words = g_strdup_printf(_("“%s” is not a complete address."), address);
        fail_field(error, field, words);
        return NULL;
    }
    return g_steal_pointer(&ascii);
}

struct envelope {
    GPtrArray *recipients; /* of char* */
    GHashTable *seen;
};

static void note_recipient(struct envelope *envelope, const char *address)
{
    if (g_hash_table_add(envelope->seen, g_ascii_strdown(address, -1)))
        g_ptr_array_add(envelope->recipients, g_strdup(address));
}

static void list_add(InternetAddressList *list, const char *name, const char *address)
{
    g_autofree char *written = encoded_words_name(name);
    g_autoptr(InternetAddress) mailbox = internet_address_mailbox_new(written, address);
    internet_address_set_charset(mailbox, "utf-8");
    internet_address_list_add(list, mailbox);
}

/* Into the header (list NULL: Bcc, which has none) and the envelope. */
static bool add_field(enum compose_error field, const char *text, InternetAddressList *list, struct envelope *envelope, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) parsed = compose_parse_field(text, &why);
    if (parsed == NULL)
        return fail_field(error, field, why != NULL ? why->message : "");
    for (guint i = 0; i < parsed->len; i++) {
        const struct message_address *one = parsed->pdata[i];
        g_autofree char *address = checked_address(field, one->address, error);
        if (address == NULL)
            return false;
        if (list != NULL)
            list_add(list, one->name, address);
        if (envelope != NULL)
            note_recipient(envelope, address);
    }
    return true;
}

static bool set_sender(GMimeMessage *message, const struct draft *self, char **sender_out, GError **error)
{
    InternetAddressList *from = g_mime_message_get_from(message);
    if (!add_field(COMPOSE_ERROR_FROM, self->from, from, NULL, error))
        return false;
    if (internet_address_list_length(from) != 1)
        return fail_field(error, COMPOSE_ERROR_FROM, _("there must be exactly one sender."));
    *sender_out = g_strdup(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(internet_address_list_get_address(from, 0))));
    return true;
}

/* Everybody is hidden: the header says so, for servers that want a To field. */
static void name_nobody(GMimeMessage *message)
{
    InternetAddressList *to = g_mime_message_get_to(message);
    if (internet_address_list_length(to) > 0 || internet_address_list_length(g_mime_message_get_cc(message)) > 0)
        return;
    g_autoptr(InternetAddress) group = internet_address_group_new("undisclosed-recipients");
    internet_address_list_add(to, group);
}

/* --- headers --- */
/* One beyond ASCII, or longer than a line may be, cannot be named in a header: the mail it is of is broken. */
static bool is_id(const char *word)
{
    return *word != '\0' && strlen(word) <= ID_BYTES_MAX && g_str_is_ascii(word);
}

static char *ids_bracketed(const char *ids)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(GStrv) words = g_strsplit_set(ids, " <>\r\n\t", -1);
    for (char **word = words; *word != NULL; word++) {
        if (is_id(*word))
            g_string_append_printf(text, "%s<%s>", text->len > 0 ? " " : "", *word);
    }
    return g_strdup(text->str);
}

/* For the Message-ID, which a draft fixes before its sender was checked. Caller frees. */
char *compose_sender_domain(const char *from, const char *sender)
{
    g_autoptr(GPtrArray) parsed = sender == NULL ? message_parse_addresses(from, NULL) : NULL;
    if (parsed != NULL && parsed->len == 1)
        sender = ((const struct message_address *)parsed->pdata[0])->address;
    g_autofree char *ascii = sender != NULL ? ascii_address(sender, NULL) : NULL;
    const char *at = ascii != NULL ? strrchr(ascii, '@') : NULL;
    bool is_usable = at != NULL && at[1] != '\0' && g_str_is_ascii(at) && strpbrk(at, " \t\r\n<>") == NULL;
    return g_strdup(is_usable ? at + 1 : "postern.invalid");
}

static void set_ids(GMimeMessage *message, struct draft *self, const char *sender)
{
    if (self->message_id == NULL) {
        g_autofree char *unique = g_uuid_string_random(), *domain = compose_sender_domain(self->from, sender);
        self->message_id = g_strconcat(unique, "@", domain, NULL);
    }
    g_mime_message_set_message_id(message, self->message_id);
    g_autofree char *in_reply_to = ids_bracketed(self->in_reply_to), *references = ids_bracketed(self->references);
    if (*in_reply_to != '\0')
        g_mime_object_set_header(GMIME_OBJECT(message), "In-Reply-To", in_reply_to, NULL);
    if (*references != '\0')
        g_mime_object_set_header(GMIME_OBJECT(message), "References", references, NULL);
}

static void set_text_header(GMimeMessage *message, const char *header, const char *text)
{
    g_autofree char *clean = g_utf8_make_valid(text, -1);
    g_strdelimit(clean, "\r\n\t", ' ');
    g_autofree char *value = encoded_words_write(clean);
    g_mime_object_set_header(GMIME_OBJECT(message), header, value, "utf-8");
}

static void set_usual_headers(GMimeMessage *message, struct draft *self, const char *sender)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_mime_message_set_date(message, now);
    set_text_header(message, "Subject", self->subject);
    set_ids(message, self, sender);
    g_mime_object_set_header(GMIME_OBJECT(message), "User-Agent", "postern/" POSTERN_VERSION, NULL);
}

/* Addresses as such: words beyond ASCII are encoded name by name. Caller frees; NULL: it is no list of addresses. */
static char *people_value(const char *text)
{
    g_autoptr(GPtrArray) parsed = compose_parse_field(text, NULL);
    g_autoptr(InternetAddressList) list = internet_address_list_new();
    for (guint i = 0; parsed != NULL && i < parsed->len; i++) {
        const struct message_address *one = parsed->pdata[i];
        list_add(list, one->name, one->address);
    }
    return internet_address_list_length(list) > 0 ? internet_address_list_to_string(list, NULL, TRUE) : NULL;
}

static void add_own_field(const char *name, const char *value, void *data)
{
    g_autofree char *clean = g_strdelimit(g_utf8_make_valid(value, -1), "\r\n\t", ' ');
    g_autofree char *people = compose_header_is_people(name) ? people_value(clean) : NULL;
    g_autofree char *encoded = people == NULL ? encoded_words_write(clean) : NULL;
    g_mime_object_append_header(data, name, people != NULL ? people : encoded, "utf-8");
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
    message_start();
    return g_mime_message_new(TRUE);
}

/* A list of people typed somewhere else than in a message (redirecting). */
bool compose_recipients(const char *text, char **header_out, char ***recipients_out, GError **error)
{
    message_start();
    g_autoptr(InternetAddressList) list = internet_address_list_new();
    g_autoptr(GPtrArray) recipients = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct envelope envelope = { recipients, seen };
    if (!add_field(COMPOSE_ERROR_TO, text, list, &envelope, error))
        return false;
    if (recipients->len == 0)
        return fail_field(error, COMPOSE_ERROR_TO, _("the message needs at least one recipient."));
    *header_out = internet_address_list_to_string(list, NULL, TRUE);
    g_ptr_array_add(recipients, NULL);
    *recipients_out = (char **)g_ptr_array_free(g_steal_pointer(&recipients), FALSE);
    return true;
}

/* Fields and envelope: everything that can be wrong. */
static bool set_people(GMimeMessage *message, const struct draft *self, char **sender_out, struct envelope *envelope, GError **error)
{
    g_autofree char *sender = NULL;
    InternetAddressList *to = g_mime_message_get_to(message), *cc = g_mime_message_get_cc(message);
    if (!set_sender(message, self, &sender, error) || !add_field(COMPOSE_ERROR_TO, self->to, to, envelope, error) ||
        !add_field(COMPOSE_ERROR_CC, self->cc, cc, envelope, error) || !add_field(COMPOSE_ERROR_BCC, self->bcc, NULL, envelope, error) ||
        !add_field(COMPOSE_ERROR_REPLY_TO, self->reply_to, g_mime_message_get_reply_to(message), NULL, error))
        return false;
    if (envelope->recipients->len == 0)
        return fail_field(error, COMPOSE_ERROR_TO, _("the message needs at least one recipient."));
    name_nobody(message);
    *sender_out = g_steal_pointer(&sender);
    return true;
}

bool compose_check(const struct draft *self, GError **error)
{
    g_autoptr(GMimeMessage) message = message_new();
    g_autoptr(GPtrArray) recipients = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct envelope envelope = { recipients, seen };
    g_autofree char *sender = NULL;
    return set_people(message, self, &sender, &envelope, error);
}

bool compose_build(struct draft *self, GBytes **bytes_out, char **sender_out, char ***recipients_out, GError **error)
{
    g_autoptr(GMimeMessage) message = message_new();
    g_autoptr(GPtrArray) recipients = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct envelope envelope = { recipients, seen };
    g_autofree char *sender = NULL;
    if (!set_people(message, self, &sender, &envelope, error))
        return false;
    set_usual_headers(message, self, sender);
    set_content(message, self, false, true);
    compose_add_extra(self, add_own_field, message);
    g_ptr_array_add(recipients, NULL);
    *bytes_out = bytes_of(message);
    *sender_out = g_steal_pointer(&sender);
    *recipients_out = (char **)g_ptr_array_free(g_steal_pointer(&recipients), FALSE);
    return true;
}

/* --- drafts --- */
/* What is not a list of addresses yet is kept as it was typed, under a name of ours: no other program should take it for addresses. */
static void set_draft_field(GMimeMessage *message, const char *header, const char *text)
{
    g_autoptr(GPtrArray) parsed = compose_parse_field(text, NULL);
    bool is_whole = parsed != NULL;
    g_autoptr(InternetAddressList) list = internet_address_list_new();
    for (guint i = 0; is_whole && i < parsed->len; i++) {
        const struct message_address *one = parsed->pdata[i];
        list_add(list, one->name, one->address);
        is_whole = strchr(one->address, '@') != NULL && g_str_is_ascii(one->address);
    }
    if (!is_whole) {
        g_autofree char *unfinished = g_strconcat(COMPOSE_UNFINISHED_PREFIX, header, NULL);
        set_text_header(message, unfinished, text);
    } else if (parsed->len > 0) {
        g_autofree char *value = internet_address_list_to_string(list, NULL, TRUE);
        g_mime_object_set_header(GMIME_OBJECT(message), header, value, "utf-8");
    }
}

void compose_read_reply_mark(struct draft *self, const char *value)
{
    g_auto(GStrv) words = g_strsplit(value != NULL ? value : "", " ", 3);
    if (words[0] == NULL || words[1] == NULL)
        return;
    unsigned flag = (unsigned)g_ascii_strtoull(words[1], NULL, 10);
    self->reply_to_placement = g_ascii_strtoll(words[0], NULL, 10);
    self->reply_flag = flag & (MESSAGE_ANSWERED | MESSAGE_FORWARDED); /* whatever a header says: no other flag is ever set by it */
    self->reply_to_id = words[2] != NULL && *words[2] != '\0' ? g_strdup(words[2]) : NULL;
}

static void set_reply_mark(GMimeMessage *message, const struct draft *self)
{
    if (self->reply_to_placement == 0)
        return;
    bool has_id = self->reply_to_id != NULL && g_str_is_ascii(self->reply_to_id) && strlen(self->reply_to_id) < 500;
    g_autofree char *mark =
        g_strdup_printf("%" G_GINT64_FORMAT " %u %s", self->reply_to_placement, self->reply_flag, has_id ? self->reply_to_id : "");
    set_text_header(message, COMPOSE_REPLY_HEADER, mark);
}

/* As itself, so that other programs know it too, unless that would be taken for their bookkeeping when it is read again. */
static void add_kept_field(const char *name, const char *value, void *data)
{
    if (!compose_foreign_is_book(name)) {
        add_own_field(name, value, data);
        return;
    }
    g_autofree char *line = g_strdup_printf("%s: %s", name, value);
    add_own_field(COMPOSE_EXTRA_HEADER, line, data);
}

static void set_options(GMimeMessage *message, const struct draft *self)
{
    g_autofree char *options = compose_options_text(self);
    if (*options != '\0')
        set_text_header(message, COMPOSE_OPTIONS_HEADER, options);
    compose_add_extra(self, add_kept_field, message);
}

GBytes *compose_build_draft(struct draft *self, bool with_attachments)
{
    g_autoptr(GMimeMessage) message = message_new();
    set_draft_field(message, "From", self->from);
    set_draft_field(message, "To", self->to);
    set_draft_field(message, "Cc", self->cc);
    set_draft_field(message, "Bcc", self->bcc);
    set_draft_field(message, "Reply-To", self->reply_to);
    set_usual_headers(message, self, NULL);
    set_text_header(message, COMPOSE_DRAFT_HEADER, "yes");
    set_reply_mark(message, self);
    if (self->asks_report)
        set_text_header(message, COMPOSE_REPORT_HEADER, "yes");
    set_options(message, self);
    set_content(message, self, true, with_attachments);
    return bytes_of(message);
}
