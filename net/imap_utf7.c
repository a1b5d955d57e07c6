/* SPDX-License-Identifier: MIT */
/* Modified UTF-7 for mailbox names, RFC 3501 5.1.3: '&' BASE64-of-UTF-16 with ',' for '/' '-'. */
#include "net/imap_private.h"
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static void encode_run(GString *out, const gunichar2 *units, glong count)
{
    guint32 bits = 0;
    int have = 0;
    g_string_append_c(out, '&');
    for (glong i = 0; i < count; i++) {
        bits = bits << 16 | units[i];
        have += 16;
        while (have >= 6) {
            have -= 6;
            g_string_append_c(out, digits[bits >> have & 63]);
        }
    }
    if (have > 0)
        g_string_append_c(out, digits[bits << (6 - have) & 63]);
    g_string_append_c(out, '-');
}

char *imap_utf7_encode(const char *utf8)
{
    GString *out = g_string_new(NULL);
    if (!g_utf8_validate(utf8, -1, NULL))
        return g_string_free(g_string_append(out, utf8), FALSE); /* a wire spelling that never was UTF-7 */
    for (const char *p = utf8; *p != '\0';) {
        if (*p >= 0x20 && *p < 0x7f) {
            g_string_append_c(out, *p);
            if (*p++ == '&')
                g_string_append_c(out, '-');
            continue;
        }
        const char *begin = p;
        while (*p != '\0' && !(*p >= 0x20 && *p < 0x7f))
            p++;
        glong count = 0;
        g_autofree gunichar2 *units = g_utf8_to_utf16(begin, p - begin, NULL, &count, NULL);
        encode_run(out, units, count);
    }
    return g_string_free(out, FALSE);
}

/* One "&…-" at p (behind '&'); NULL: malformed. */
static const char *decode_run(GString *out, const char *p)
{
    g_autoptr(GArray) units = g_array_new(FALSE, FALSE, sizeof(gunichar2));
    guint32 bits = 0;
    int have = 0;
    for (; *p != '-'; p++) {
        const char *digit = *p != '\0' ? strchr(digits, *p) : NULL;
        if (digit == NULL)
            return NULL;
        bits = bits << 6 | (guint32)(digit - digits);
        have += 6;
        if (have >= 16) {
            gunichar2 unit = (gunichar2)(bits >> (have - 16));
            have -= 16;
            g_array_append_val(units, unit);
        }
    }
    if (units->len == 0)
        return NULL;
    g_autofree char *text = g_utf16_to_utf8((const gunichar2 *)(void *)units->data, units->len, NULL, NULL, NULL);
    if (text == NULL)
        return NULL;
    g_string_append(out, text);
    return p + 1;
}

static char *decode(const char *wire)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (const char *p = wire; *p != '\0';) {
        if (*p != '&') {
            g_string_append_c(out, *p++);
            continue;
        }
        if (p[1] == '-') {
            g_string_append_c(out, '&');
            p += 2;
            continue;
        }
        p = decode_run(out, p + 1);
        if (p == NULL)
            return NULL;
    }
    return g_strdup(out->str);
}

char *imap_utf7_decode(const char *wire)
{
    g_autofree char *text = decode(wire);
    g_autofree char *back = text != NULL && g_utf8_validate(text, -1, NULL) ? imap_utf7_encode(text) : NULL;
    if (back != NULL && strcmp(back, wire) == 0)
        return g_steal_pointer(&text);
    /* Not ours to mend: the spelling that works for SELECT is the one that is kept. */
    return g_strdup(wire);
}
