/* SPDX-License-Identifier: MIT */
/* Header fields beyond ASCII become what older servers know; the body is message_7bit's. */
#include "core/message_downgrade.h"
#include "core/header_fields.h"
#include "core/message.h"
#include "core/message_7bit.h"
#include "core/message_private.h"
#include "net/resolve.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <gmime/gmime.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEADER_BYTES_MAX (4u * 1024u * 1024u)
#define FIELD_BYTES_MAX  (256u * 1024u)
#define COLONS_MAX       1000u /* GMime reads groups by recursion */
#define PIECE_BYTES      (64u * 1024u)
#define LINE_BYTES_MAX   998u

/* --- what is there --- */
static bool has_8bit(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)bytes[i] >= 0x80)
            return true;
    }
    return false;
}

/* What of a body not every server carries as it is. */
struct scan {
    bool has_8bit;
    bool is_unfit; /* NUL, a bare CR, or a line longer than RFC 5321 4.5.3.1.6 allows: none of that arrives as it was */
    size_t line_length;
    bool was_cr;
};

static void scan_bytes(struct scan *self, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        self->has_8bit |= (unsigned char)bytes[i] >= 0x80;
        self->is_unfit |= bytes[i] == '\0' || (self->was_cr && bytes[i] != '\n');
        self->was_cr = bytes[i] == '\r';
        self->line_length = bytes[i] == '\n' ? 0 : self->line_length + 1;
        self->is_unfit |= self->line_length > LINE_BYTES_MAX + (self->was_cr ? 1 : 0);
    }
}

/* From offset to the end of the file; false: it cannot be read. */
static bool scan_body(int fd, uint64_t offset, uint64_t size, struct scan *out)
{
    g_autofree char *bytes = g_malloc(PIECE_BYTES);
    *out = (struct scan){ 0 };
    while (offset < size) {
        ssize_t count = pread(fd, bytes, PIECE_BYTES, (off_t)offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        scan_bytes(out, bytes, (size_t)count);
        offset += (uint64_t)count;
    }
    out->is_unfit |= out->was_cr;
    return true;
}

static const char *find_header_end(const GString *text)
{
    const char *lf = strstr(text->str, "\n\n"), *crlf = strstr(text->str, "\n\r\n");
    if (g_str_has_prefix(text->str, "\n") || g_str_has_prefix(text->str, "\r\n"))
        return text->str;
    if (lf == NULL || (crlf != NULL && crlf < lf))
        return crlf != NULL ? crlf + 1 : NULL;
    return lf + 1;
}

/* The header without the empty line behind it. One that has no end within the limit is taken as none at all. A NUL ends it too: fields have none. */
static GString *read_header(int fd, uint64_t size)
{
    g_autofree char *piece = g_malloc(PIECE_BYTES);
    GString *text = g_string_new(NULL);
    const char *end = NULL;
    while (text->len < MIN(size, HEADER_BYTES_MAX) && end == NULL) {
        ssize_t count = pread(fd, piece, PIECE_BYTES, (off_t)text->len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        g_string_append_len(text, piece, count);
        end = find_header_end(text);
    }
    if (end == NULL && text->len >= HEADER_BYTES_MAX)
        g_string_truncate(text, 0);
    else if (end != NULL)
        g_string_truncate(text, (gsize)(end - text->str));
    return text;
}

/* --- one field --- */
static bool is_address_field(const struct header_field *field)
{
    static const char *const names[] = { "From",        "Sender",    "Reply-To",    "To",
                                         "Cc",          "Bcc",       "Resent-From", "Resent-Sender",
                                         "Resent-To",   "Resent-Cc", "Resent-Bcc",  "Disposition-Notification-To",
                                         "Return-Path", "Errors-To" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (header_field_is(field, names[i]))
            return true;
    return false;
}

static bool fail_address(const char *address, GError **error)
{
    g_set_error(
        error, MESSAGE_ERROR, MESSAGE_ERROR_PART,
        _("The message names the address %s, whose letters before the @ this server cannot carry (it does not offer SMTPUTF8). Use another "
          "address of this person, or another server."),
        address);
    return false;
}

static bool downgrade_mailbox(InternetAddressMailbox *mailbox, GError **error)
{
    const char *address = internet_address_mailbox_get_addr(mailbox), *at = address != NULL ? strrchr(address, '@') : NULL;
    if (address == NULL || g_str_is_ascii(address))
        return true;
    g_autofree char *local = at != NULL ? g_strndup(address, (gsize)(at - address)) : g_strdup(address);
    g_autofree char *domain = at != NULL && g_str_is_ascii(local) ? net_host_to_ascii(at + 1, NULL) : NULL;
    if (domain == NULL)
        return fail_address(address, error);
    g_autofree char *whole = g_strconcat(local, "@", domain, NULL);
    internet_address_mailbox_set_addr(mailbox, whole);
    return true;
}

static bool downgrade_list(InternetAddressList *list, int depth, GError **error)
{
    for (int i = 0; i < internet_address_list_length(list); i++) {
        InternetAddress *each = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(each) && depth < 8 &&
            !downgrade_list(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(each)), depth + 1, error))
            return false;
        if (INTERNET_ADDRESS_IS_MAILBOX(each) && !downgrade_mailbox(INTERNET_ADDRESS_MAILBOX(each), error))
            return false;
    }
    return true;
}

static char *field_name(const struct header_field *field)
{
    const char *colon = memchr(field->begin, ':', (size_t)(field->end - field->begin));
    return g_strndup(field->begin, (gsize)(colon - field->begin));
}

void message_addresses_append(GString *out, const char *name, InternetAddressList *list)
{
    for (int i = 0; i < internet_address_list_length(list); i++) {
        g_autofree char *words = internet_address_to_string(internet_address_list_get_address(list, i), NULL, TRUE);
        g_string_append_printf(out, "%s%s%s", i == 0 ? name : ",\n", i == 0 ? ": " : " ", words);
    }
    g_string_append_c(out, '\n');
}

static bool append_addresses(GString *out, const char *name, const char *value, GError **error)
{
    unsigned colons = 0;
    for (const char *c = value; *c != '\0'; c++)
        colons += *c == ':';
    bool is_sane = strlen(value) <= FIELD_BYTES_MAX && colons <= COLONS_MAX;
    InternetAddressList *list = is_sane ? internet_address_list_parse(NULL, value) : NULL;
    if (list == NULL)
        return fail_address(value, error);
    bool is_done = downgrade_list(list, 0, error);
    if (is_done) {
        message_addresses_append(out, name, list);
    }
    g_object_unref(list);
    return is_done;
}

/* Bytes that are no UTF-8 are taken for Latin-1, as everywhere in the reader. */
static bool append_downgraded(GString *out, const struct header_field *field, GError **error)
{
    g_autofree char *name = field_name(field), *raw = header_field_value(field);
    g_autofree char *valid = g_utf8_validate(raw, -1, NULL) ? g_strdup(raw) : g_convert(raw, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
    if (valid == NULL)
        valid = g_utf8_make_valid(raw, -1);
    if (is_address_field(field))
        return append_addresses(out, name, valid, error);
    g_autofree char *decoded = g_mime_utils_header_decode_text(NULL, valid);
    g_autofree char *encoded = g_mime_utils_header_encode_text(NULL, decoded, "UTF-8");
    g_autoptr(GString) folded = g_string_new(encoded);
    g_string_replace(folded, "?= =?", "?=\n =?", 0);
    g_string_append_printf(out, "%s: %s\n", name, folded->str);
    return true;
}

/* --- the whole --- */
static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t count = write(fd, bytes, length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        bytes += count;
        length -= (size_t)count;
    }
    return true;
}

static bool copy_rest(int from, uint64_t offset, uint64_t size, int to)
{
    g_autofree char *bytes = g_malloc(PIECE_BYTES);
    while (offset < size) {
        ssize_t count = pread(from, bytes, PIECE_BYTES, (off_t)offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0 || !write_all(to, bytes, (size_t)count))
            return false;
        offset += (uint64_t)count;
    }
    return true;
}

static char *downgraded_header(const GString *header, GError **error)
{
    const char *rest = NULL;
    g_autoptr(GArray) fields = header_fields_split(header->str, header->len, &rest);
    g_autoptr(GString) out = g_string_sized_new(header->len + 256);
    for (guint i = 0; i < fields->len; i++) {
        const struct header_field *field = &g_array_index(fields, struct header_field, i);
        size_t length = (size_t)(field->end - field->begin);
        if (!has_8bit(field->begin, length))
            g_string_append_len(out, field->begin, (gssize)length);
        else if (!append_downgraded(out, field, error))
            return NULL;
    }
    g_string_append(out, rest); /* what is no field, between the last one and the empty line */
    return g_strdup(out->str);
}

static bool fail_read(GError **error)
{
    int saved = errno;
    g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_READ, _("The message could not be made ready for the server: %s"), g_strerror(saved));
    return false;
}

/* Takes the place of form->fd. */
static void replace_file(struct message_form *form, int fd, uint64_t size)
{
    if (form->is_made)
        close(form->fd);
    form->fd = fd;
    form->size = size;
    form->is_made = true;
}

static bool make_header(struct message_form *form, const GString *header, GError **error)
{
    g_autofree char *text = downgraded_header(header, error);
    if (text == NULL)
        return false;
    int fd = memfd_create("postern-header", MFD_CLOEXEC);
    if (fd < 0 || !write_all(fd, text, strlen(text)) || !copy_rest(form->fd, header->len, form->size, fd)) {
        fail_read(error);
        if (fd >= 0)
            close(fd);
        return false;
    }
    replace_file(form, fd, (uint64_t)lseek(fd, 0, SEEK_END));
    form->has_utf8_headers = false;
    return true;
}

/* Encoded parts: quoted-printable or base64. What cannot be made (GMime's word) goes as it is, which is the best there is. */
static void encode_body(struct message_form *form)
{
    struct scan scan;
    uint64_t size = form->size;
    int made = message_to_7bit(form->fd, &size);
    if (made < 0)
        return;
    replace_file(form, made, size);
    if (scan_body(made, 0, size, &scan)) /* signed parts stay as they are */
        form->is_8bit = scan.has_8bit;
}

/* Encoded words reach everybody; SMTPUTF8 ends at the first server on the way that does not know it. So it is used only where nothing else will do. */
static bool lower_header(struct message_form *form, const GString *header, bool takes_utf8, GError **error)
{
    GError *why_not = NULL;
    if (make_header(form, header, &why_not))
        return true;
    bool needs_utf8 = takes_utf8 && g_error_matches(why_not, MESSAGE_ERROR, MESSAGE_ERROR_PART);
    if (needs_utf8)
        g_error_free(why_not);
    else
        g_propagate_error(error, why_not);
    return needs_utf8;
}

bool message_form_make(int fd, uint64_t size, bool takes_8bit, bool takes_utf8, struct message_form *form_out, GError **error)
{
    struct scan scan;
    message_start();
    g_autoptr(GString) header = read_header(fd, size);
    *form_out = (struct message_form){ .fd = fd, .size = size, .has_utf8_headers = has_8bit(header->str, header->len) };
    if (!scan_body(fd, header->len, size, &scan))
        return fail_read(error);
    if (form_out->has_utf8_headers && !lower_header(form_out, header, takes_utf8, error))
        return false;
    form_out->is_8bit = scan.has_8bit || form_out->has_utf8_headers;
    if (scan.is_unfit || (scan.has_8bit && !takes_8bit))
        encode_body(form_out);
    return true;
}

void message_form_clear(struct message_form *form)
{
    if (form->is_made)
        close(form->fd);
    *form = (struct message_form){ .fd = -1 };
}
