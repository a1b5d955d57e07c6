/* SPDX-License-Identifier: MIT */
/* A message sent on exactly as it came (RFC 5322 3.6.6): fields of ours stand before it, nothing of it changes. */
#include "core/compose_private.h"
#include "core/message_whole.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* In the lines' own ending. */
static void append_field(GString *head, const char *name, const char *value, bool is_crlf)
{
    g_auto(GStrv) lines = g_strsplit(value, "\n", -1);
    g_autofree char *folded = g_strjoinv(is_crlf ? "\r\n" : "\n", lines);
    g_string_append_printf(head, "%s: %s%s", name, folded, is_crlf ? "\r\n" : "\n");
}

/* What servers noted on the way to us, and the line of an mbox, are not part of the message. */
static size_t skip_envelope_lines(const char *bytes, size_t size)
{
    size_t at = 0;
    while (at + 13 < size && (g_ascii_strncasecmp(bytes + at, "Return-Path:", 12) == 0 || strncmp(bytes + at, "From ", 5) == 0)) {
        const char *end = memchr(bytes + at, '\n', size - at);
        if (end == NULL)
            return at;
        at = (size_t)(end - bytes) + 1;
    }
    return at;
}

bool compose_redirect(const struct account *from, message *original, const char *to, GBytes **bytes_out, char **sender_out,
                      char ***recipients_out, GError **error)
{
    g_autofree char *own = compose_own_address(from), *people = NULL, *sender_field = NULL, *unique = g_uuid_string_random();
    g_auto(GStrv) recipients = NULL, sender = NULL;
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    if (!compose_recipients(own, &sender_field, &sender, error) || !compose_recipients(to, &people, &recipients, error))
        return false;
    g_autoptr(GBytes) whole = message_whole(original);
    gsize size = 0;
    const char *bytes = g_bytes_get_data(whole, &size);
    const char *newline = size > 0 ? memchr(bytes, '\n', size) : NULL;
    bool is_crlf = newline != NULL && newline > bytes && newline[-1] == '\r';
    g_autofree char *domain = compose_sender_domain(own, sender[0]), *id = g_strdup_printf("<%s@%s>", unique, domain);
    g_autofree char *date = g_mime_utils_header_format_date(now);
    g_autoptr(GString) head = g_string_sized_new(size + 512);
    append_field(head, "Resent-Date", date, is_crlf);
    append_field(head, "Resent-From", sender_field, is_crlf);
    append_field(head, "Resent-To", people, is_crlf);
    append_field(head, "Resent-Message-ID", id, is_crlf);
    size_t skipped = skip_envelope_lines(bytes, size);
    g_string_append_len(head, bytes + skipped, (gssize)(size - skipped));
    *bytes_out = g_string_free_to_bytes(g_steal_pointer(&head));
    *sender_out = g_strdup(sender[0]);
    *recipients_out = g_steal_pointer(&recipients);
    return true;
}
