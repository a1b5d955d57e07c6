/* SPDX-License-Identifier: MIT */
/* Address fields are read by GMime; what is written is theirs again, without those who need not stand in it. */
#include "core/outbox_people.h"
#include "core/header_fields.h"
#include "core/message_downgrade.h"
#include "core/message_private.h"
#include <gmime/gmime.h>
#include <string.h>

#define FIELD_BYTES_MAX (256u * 1024u)
#define COLONS_MAX      1000u /* GMime reads groups by recursion */

bool outbox_is_same_address(const char *left, const char *right)
{
    const char *at_left = strrchr(left, '@'), *at_right = strrchr(right, '@');
    if (g_ascii_strcasecmp(left, right) == 0)
        return true;
    if (at_left == NULL || at_right == NULL || at_left - left != at_right - right || strncmp(left, right, (size_t)(at_left - left)) != 0)
        return false;
    g_autofree char *a = g_hostname_to_ascii(at_left + 1), *b = g_hostname_to_ascii(at_right + 1);
    return a != NULL && b != NULL && g_ascii_strcasecmp(a, b) == 0;
}

static bool has_taken(const struct outbox_item *item, const char *address)
{
    for (size_t i = 0; item->recipients[i] != NULL; i++)
        if (item->fates[i].fate == OUTBOX_FATE_TOOK && outbox_is_same_address(item->recipients[i], address))
            return true;
    return false;
}

static InternetAddressList *parse_list(const char *value)
{
    unsigned colons = 0;
    for (const char *c = value; *c != '\0'; c++)
        colons += *c == ':';
    return strlen(value) <= FIELD_BYTES_MAX && colons <= COLONS_MAX ? internet_address_list_parse(NULL, value) : NULL;
}

static const char *address_of(InternetAddress *each)
{
    return INTERNET_ADDRESS_IS_MAILBOX(each) ? internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(each)) : NULL;
}

void outbox_people_append(GString *out, const char *name, const char *value, const struct outbox_item *item, GPtrArray *seen)
{
    InternetAddressList *list = parse_list(value), *left = internet_address_list_new();
    for (int i = 0; list != NULL && i < internet_address_list_length(list); i++) {
        InternetAddress *each = internet_address_list_get_address(list, i);
        const char *address = address_of(each);
        if (address != NULL)
            g_ptr_array_add(seen, g_strdup(address));
        if (address == NULL || !has_taken(item, address))
            internet_address_list_add(left, each);
    }
    if (internet_address_list_length(left) > 0)
        message_addresses_append(out, name, left);
    g_object_unref(left);
    g_clear_object(&list);
}

void outbox_hidden_append(GString *out, const struct outbox_item *item, const GPtrArray *seen, bool with_taken)
{
    const char *separator = "Bcc: ";
    for (size_t i = 0; item->recipients[i] != NULL; i++) {
        bool is_seen = !with_taken && item->fates[i].fate == OUTBOX_FATE_TOOK;
        for (guint k = 0; k < seen->len && !is_seen; k++)
            is_seen = outbox_is_same_address(item->recipients[i], g_ptr_array_index(seen, k));
        if (is_seen)
            continue;
        g_string_append_printf(out, "%s%s", separator, item->recipients[i]);
        separator = ",\n ";
    }
    if (*separator == ',')
        g_string_append_c(out, '\n');
}

GPtrArray *outbox_people_seen(const char *bytes, size_t size)
{
    static const char *const names[] = { "To", "Cc", "Resent-To", "Resent-Cc" };
    static char *nobody[] = { NULL };
    const struct outbox_item everyone = { .recipients = nobody };
    const char *rest = NULL;
    message_start();
    GPtrArray *seen = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) unused = g_string_new(NULL);
    g_autoptr(GArray) fields = header_fields_split(bytes, size, &rest);
    for (guint i = 0; i < fields->len; i++) {
        const struct header_field *field = &g_array_index(fields, struct header_field, i);
        for (size_t k = 0; k < G_N_ELEMENTS(names); k++) {
            g_autofree char *value = header_field_is(field, names[k]) ? header_field_value(field) : NULL;
            if (value != NULL)
                outbox_people_append(unused, names[k], value, &everyone, seen);
        }
    }
    return seen;
}
