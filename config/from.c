/* SPDX-License-Identifier: MIT */
/* Strict in the address, generous in the name; whole header fields are GMime's, in core. */
#include "config/from.h"
#include <string.h>

static bool has_control(const char *text)
{
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c < 0x20 || (c >= 0x7f && c < 0xa0))
            return true;
    }
    return false;
}

/* "john doe"@example.org: rare, but allowed (RFC 5322, 3.4.1); between the quotes everything but quotes and backslashes. */
static bool is_quoted_local(const char *address, const char *at)
{
    return *address == '"' && at - address > 2 && at[-1] == '"' && strcspn(address + 1, "\"\\") == (size_t)(at - address) - 2;
}

static bool is_address(const char *address)
{
    const char *at = strrchr(address, '@');
    if (at == NULL || at == address || at - address > 64 || strlen(address) > 254)
        return false; /* RFC 5321, 4.5.3.1 */
    if (at[1] == '\0' || at[1] == '.' || g_str_has_suffix(at, ".") || strstr(at, "..") != NULL)
        return false;
    if (is_quoted_local(address, at))
        return strpbrk(at, " <>()[],;:\\\"") == NULL;
    return strpbrk(address, " <>()[],;:\\\"") == NULL && strchr(address, '@') == at;
}

/* "Quoted \"name\"" without its quotes and backslashes; NULL: the quotes do not match. Caller frees. */
static char *unquoted(const char *text)
{
    GString *name = g_string_new(NULL);
    const char *p = text + 1;
    for (; *p != '\0' && *p != '"'; p++) {
        if (*p == '\\' && p[1] != '\0')
            p++;
        g_string_append_c(name, *p);
    }
    if (*p == '"' && p[1] == '\0')
        return g_string_free(name, FALSE);
    g_string_free(name, TRUE);
    return NULL;
}

/* The display name, stripped already. NULL: not a name. Caller frees. */
static char *read_name(const char *text)
{
    if (*text == '"')
        return unquoted(text);
    return strpbrk(text, "<>\"@") == NULL ? g_strdup(text) : NULL;
}

bool from_parse(const char *text, char **name_out, char **address_out)
{
    g_autofree char *copy = g_strstrip(g_strdup(text)), *name = NULL;
    if (!g_utf8_validate(text, -1, NULL) || has_control(text))
        return false;
    const char *address = copy;
    char *open = strrchr(copy, '<');
    if (open != NULL) {
        size_t length = strlen(open);
        if (open[length - 1] != '>')
            return false;
        open[length - 1] = '\0';
        *open = '\0';
        address = g_strstrip(open + 1);
        name = read_name(g_strstrip(copy));
    } else {
        name = g_strdup("");
    }
    if (name == NULL || !is_address(address))
        return false;
    *address_out = g_strdup(address);
    *name_out = g_steal_pointer(&name);
    return true;
}

char *from_format(const char *name, const char *address)
{
    if (name == NULL || *name == '\0')
        return g_strdup(address);
    if (strpbrk(name, "<>\"@,;:\\()") == NULL)
        return g_strdup_printf("%s <%s>", name, address);
    GString *quoted = g_string_new("\"");
    for (const char *p = name; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_c(quoted, '\\');
        g_string_append_c(quoted, *p);
    }
    g_string_append_printf(quoted, "\" <%s>", address);
    return g_string_free(quoted, FALSE);
}
