/* SPDX-License-Identifier: MIT */
/* Header fields as lines: read, one dropped, the missing ones added; the body is not looked at. */
#include "core/submission.h"
#include "core/header_fields.h"
#include "core/message.h"
#include "core/message_private.h"
#include "net/smtp_dsn.h"
#include <glib/gi18n-lib.h>
#include <gmime/gmime.h>
#include <string.h>

static bool add_recipients(GPtrArray *recipients, const char *text, GError **error)
{
    g_autoptr(GPtrArray) addresses = message_parse_addresses(text, error);
    if (addresses == NULL)
        return false;
    for (guint i = 0; i < addresses->len; i++) {
        const char *address = ((const struct message_address *)g_ptr_array_index(addresses, i))->address;
        if (strchr(address, '@') == NULL) {
            g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_PART,
                        _("The recipient %s is not an address: it must be user@domain. Nothing was sent."), address);
            return false;
        }
        if (!g_ptr_array_find_with_equal_func(recipients, address, g_str_equal, NULL))
            g_ptr_array_add(recipients, g_strdup(address));
    }
    return true;
}

static void add_missing(GString *out, const GArray *fields, const struct account *settings)
{
    const char *at = strrchr(settings->from_address, '@');
    if (!header_fields_have(fields, "From")) {
        InternetAddress *from = internet_address_mailbox_new(settings->from_name, settings->from_address);
        g_autofree char *words = internet_address_to_string(from, NULL, TRUE);
        g_string_append_printf(out, "From: %s\n", words);
        g_object_unref(from);
    }
    if (!header_fields_have(fields, "Date")) {
        static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
        static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
        g_autoptr(GDateTime) now = g_date_time_new_now_local();
        g_autofree char *rest = g_date_time_format(now, "%Y %H:%M:%S %z");
        g_string_append_printf(out, "Date: %s, %d %s %s\n", days[g_date_time_get_day_of_week(now) - 1], g_date_time_get_day_of_month(now),
                               months[g_date_time_get_month(now) - 1], rest);
    }
    if (!header_fields_have(fields, "Message-ID")) {
        g_autofree char *unique = g_uuid_string_random();
        g_string_append_printf(out, "Message-ID: <%s%s>\n", unique, at);
    }
}

bool submission_prepare(const char *text, size_t length, const struct account *settings, const char *sender, const char *const *wanted,
                        bool is_from_header, struct submission *out, GError **error)
{
    static const char *const recipient_fields[] = { "To", "Cc", "Bcc" };
    const char *body = NULL;
    message_start();
    g_autoptr(GArray) fields = header_fields_split(text, length, &body);
    g_autoptr(GPtrArray) recipients = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) message = g_string_sized_new(length + 512);
    for (const char *const *each = wanted; *each != NULL; each++) {
        if (!add_recipients(recipients, *each, error))
            return false;
    }
    for (guint i = 0; i < fields->len; i++) {
        const struct header_field *field = &g_array_index(fields, struct header_field, i);
        for (size_t k = 0; is_from_header && k < G_N_ELEMENTS(recipient_fields); k++) {
            g_autofree char *value = header_field_is(field, recipient_fields[k]) ? header_field_value(field) : NULL;
            if (value != NULL && *value != '\0' && !add_recipients(recipients, value, error))
                return false;
        }
        if (!header_field_is(field, "Bcc"))
            g_string_append_len(message, field->begin, field->end - field->begin);
    }
    if (message->len > 0 && message->str[message->len - 1] != '\n')
        g_string_append_c(message, '\n');
    if (recipients->len == 0) {
        g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_PART,
                    _("The message has no recipient. Name one, or use -t to take those of its header. Nothing was sent."));
        return false;
    }
    add_missing(message, fields, settings);
    g_string_append_c(message, '\n');
    g_string_append_len(message, body, text + length - body);
    g_ptr_array_add(recipients, NULL);
    *out = (struct submission){ .sender = g_strdup(sender != NULL ? sender : settings->from_address) };
    out->recipients = (char **)g_ptr_array_free(g_steal_pointer(&recipients), FALSE);
    out->bytes = g_string_free_to_bytes(g_steal_pointer(&message));
    return true;
}

static bool fail_notice(GError **error, char *words /* taken */)
{
    g_set_error_literal(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, words);
    g_free(words);
    return false;
}

bool submission_check_notice(const char *notify, const char *returns, const char *notice_id, GError **error)
{
    unsigned bits;
    if (notify != NULL && !smtp_dsn_parse_notify(notify, &bits))
        return fail_notice(error, g_strdup_printf(_("-N %s: it takes \"never\", or some of success,failure,delay."), notify));
    if (returns != NULL && g_ascii_strcasecmp(returns, "hdrs") != 0 && g_ascii_strcasecmp(returns, "full") != 0)
        return fail_notice(error, g_strdup_printf(_("-R %s: it takes \"hdrs\" or \"full\"."), returns));
    bool is_plain = true;
    for (const char *c = notice_id; c != NULL && *c != '\0'; c++)
        is_plain = is_plain && *c >= ' ' && *c <= '~';
    if (!is_plain || (notice_id != NULL && strlen(notice_id) > 100))
        return fail_notice(error, g_strdup(_("-V takes one line of at most 100 plain letters.")));
    return true;
}

void submission_clear(struct submission *submission)
{
    g_clear_pointer(&submission->bytes, g_bytes_unref);
    g_clear_pointer(&submission->sender, g_free);
    g_clear_pointer(&submission->recipients, g_strfreev);
}
