/* SPDX-License-Identifier: MIT */
/* The gate between an address somebody wrote and a command line a server reads. */
#include "net/smtp_address.h"
#include "net/resolve.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define ADDRESS_BYTES_MAX 320u /* RFC 5321 4.5.3.1: 64 + 1 + 255 */

/* The end of a quoted local part ("Ada L"@x, RFC 5321 4.1.2), behind its last quote; address itself: there is none. */
static const char *end_of_quotes(const char *address)
{
    const char *c = address + 1;
    if (*address != '"')
        return address;
    for (; *c != '\0' && *c != '"'; c++) {
        if (*c == '\\' && c[1] != '\0')
            c++;
    }
    return *c == '"' && c[1] == '@' ? c + 1 : address;
}

/* Angle brackets end the path for a careless server also within quotes: never. */
static bool has_forbidden_byte(const char *address)
{
    const char *quotes_end = end_of_quotes(address);
    for (const char *c = address; *c != '\0'; c++) {
        bool is_quoted_space = *c == ' ' && c < quotes_end;
        if (((unsigned char)*c <= ' ' && !is_quoted_space) || *c == 0x7f || *c == '<' || *c == '>')
            return true;
    }
    return false;
}

static const char *fault_of(const char *address)
{
    if (*address == '\0')
        return _("the address is empty");
    if (strlen(address) > ADDRESS_BYTES_MAX)
        return _("the address is too long");
    if (has_forbidden_byte(address))
        return _("the address contains a character no address can have");
    if (!g_utf8_validate(address, -1, NULL))
        return _("the address is not readable text");
    const char *at = strrchr(address, '@');
    return at != NULL && (at == address || at[1] == '\0') ? _("the address is not complete") : NULL;
}

char *smtp_address_to_wire(const char *address, bool has_smtputf8, bool *needs_smtputf8_out, const char **why_out)
{
    *why_out = fault_of(address);
    if (*why_out != NULL)
        return NULL;
    const char *at = strrchr(address, '@');
    g_autofree char *local = at != NULL ? g_strndup(address, (gsize)(at - address)) : g_strdup(address);
    g_autofree char *domain = at == NULL ? NULL : at[1] == '[' ? g_strdup(at + 1) : net_host_to_ascii(at + 1, NULL);
    if (at != NULL && (domain == NULL || !g_str_is_ascii(domain))) {
        *why_out = _("what follows the @ is not a name of the Internet");
        return NULL;
    }
    if (!g_str_is_ascii(local)) {
        if (!has_smtputf8) {
            *why_out = _("the server cannot deliver to an address with such letters before the @");
            return NULL;
        }
        *needs_smtputf8_out = true;
    }
    return domain != NULL ? g_strconcat(local, "@", domain, NULL) : g_steal_pointer(&local);
}
