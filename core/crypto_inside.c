/* SPDX-License-Identifier: MIT */
/* The message inside of a signature or an encryption, made from exactly the bytes that were checked, with the fields that a person reads. */
#include "core/crypto_private.h"
#include "core/message_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* Fields that may be protected, and then replace the outer ones (RFC 9788). Not From: who sent it is what the signature is held against. */
static const char *const protected_fields[] = { "Subject", "To", "Cc", "Date", "Reply-To", "In-Reply-To", "References", "Followup-To" };

GByteArray *crypto_canonical(const char *bytes, size_t size)
{
    GByteArray *lines = g_byte_array_sized_new((guint)MIN(size + size / 40 + 2, G_MAXINT));
    const char *end = bytes + size;
    for (const char *at = bytes; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = newline != NULL ? (size_t)(newline - at) : (size_t)(end - at);
        bool has_return = newline != NULL && length > 0 && newline[-1] == '\r';
        g_byte_array_append(lines, (const guint8 *)at, (guint)(length - has_return));
        if (newline != NULL)
            g_byte_array_append(lines, (const guint8 *)"\r\n", 2);
        at += length + (newline != NULL);
    }
    return lines;
}

static bool is_content_field(const char *name)
{
    return g_ascii_strncasecmp(name, "Content-", 8) == 0 || g_ascii_strcasecmp(name, "MIME-Version") == 0;
}

static bool is_listed(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(protected_fields); i++)
        if (g_ascii_strcasecmp(name, protected_fields[i]) == 0)
            return true;
    return false;
}

/* hp="clear" or "cipher" (RFC 9788), protected-headers="v1" (Autocrypt and before). Without it the fields inside mean nothing. */
static bool has_protected_header(const message *inner)
{
    GMimeObject *root = g_mime_message_get_mime_part(inner->mime);
    GMimeContentType *type = root != NULL ? g_mime_object_get_content_type(root) : NULL;
    const char *now = type != NULL ? g_mime_content_type_get_parameter(type, "hp") : NULL;
    const char *before = type != NULL ? g_mime_content_type_get_parameter(type, "protected-headers") : NULL;
    return (now != NULL && (g_ascii_strcasecmp(now, "clear") == 0 || g_ascii_strcasecmp(now, "cipher") == 0)) ||
           (before != NULL && g_ascii_strcasecmp(before, "v1") == 0);
}

static void field_write(GString *out, GMimeHeader *field)
{
    const char *value = g_mime_header_get_raw_value(field);
    g_string_append_printf(out, "%s:%s", g_mime_header_get_raw_name(field), value != NULL ? value : "\n");
    if (out->str[out->len - 1] != '\n')
        g_string_append_c(out, '\n');
}

static void fields_write(GString *out, GMimeObject *object, const message *inner, bool is_outer, bool is_protected)
{
    GMimeHeaderList *list = object != NULL ? g_mime_object_get_header_list(object) : NULL;
    for (int i = 0; list != NULL && i < g_mime_header_list_get_count(list); i++) {
        GMimeHeader *field = g_mime_header_list_get_header_at(list, i);
        const char *name = g_mime_header_get_raw_name(field);
        bool is_replaced = is_protected && is_listed(name) && g_mime_object_get_header(GMIME_OBJECT(inner->mime), name) != NULL;
        bool is_wanted = is_outer ? !is_content_field(name) && !is_replaced : is_content_field(name) || (is_protected && is_listed(name));
        if (is_wanted)
            field_write(out, field);
    }
}

/* Where the body of an entity begins. */
static size_t body_begin(const char *entity, size_t size)
{
    size_t at = 0;
    while (at < size) {
        const char *newline = memchr(entity + at, '\n', size - at);
        size_t end = newline != NULL ? (size_t)(newline - entity) : size;
        bool is_empty = end == at || (end == at + 1 && entity[at] == '\r');
        at = MIN(end + 1, size);
        if (is_empty)
            return at;
    }
    return size;
}

static char *only_address(const message *letter)
{
    g_autoptr(GPtrArray) from = message_addresses(letter, "From");
    return from->len == 1 ? g_strdup(((const struct message_address *)g_ptr_array_index(from, 0))->address) : NULL;
}

static char *contradiction(const message *outer, const message *inner, bool is_encrypted)
{
    g_autofree char *outside = only_address(outer), *inside = only_address(inner);
    if (inside != NULL && (outside == NULL || g_ascii_strcasecmp(outside, inside) != 0))
        return g_strdup_printf(_("Inside it says that it is from %s."), inside);
    const char *subject = message_header(inner, "Subject"), *shown = message_header(outer, "Subject");
    if (!is_encrypted && subject != NULL && shown != NULL && strcmp(subject, shown) != 0)
        return g_strdup_printf(_("The subject was changed on its way: it was “%s”."), shown);
    return NULL;
}

/* They can be saved and opened like others, though they lie in no file. */
static void hold_attachments(message *made)
{
    for (guint i = 0; i < made->parts->len; i++) {
        struct message_part *part = g_ptr_array_index(made->parts, i);
        size_t size = 0;
        char *bytes = NULL;
        if (part->is_attachment && message_part_bytes(made, i, &bytes, &size, NULL))
            part->held = g_bytes_new_take(bytes, size);
    }
}

message *crypto_message_inside(const message *outer, const char *entity, size_t size, bool is_encrypted, char **warning_out)
{
    g_autoptr(message) inner = message_parse(entity, size);
    g_autoptr(GString) head = g_string_new(NULL);
    bool is_protected = has_protected_header(inner);
    size_t begin = body_begin(entity, size);
    fields_write(head, GMIME_OBJECT(outer->mime), inner, true, is_protected);
    fields_write(head, GMIME_OBJECT(inner->mime), inner, false, is_protected);
    fields_write(head, g_mime_message_get_mime_part(inner->mime), inner, false, false);
    g_string_append_c(head, '\n');
    g_autoptr(GByteArray) whole = g_byte_array_sized_new((guint)(head->len + size - begin));
    g_byte_array_append(whole, (const guint8 *)head->str, (guint)head->len);
    g_byte_array_append(whole, (const guint8 *)entity + begin, (guint)(size - begin));
    if (is_protected && *warning_out == NULL)
        *warning_out = contradiction(outer, inner, is_encrypted);
    message *made = message_parse(whole->data, whole->len);
    made->outer = g_object_ref(outer->outer != NULL ? outer->outer : outer->stream);
    hold_attachments(made);
    made->is_decrypted = is_encrypted || outer->is_decrypted;
    made->came_by = message_crypto(outer);
    return made;
}
