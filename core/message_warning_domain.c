/* SPDX-License-Identifier: MIT */
/* Domains as the eye reads them: who is the same house, and who only looks like it. */
#include "core/message_warning_private.h"
#include <string.h>

char *domain_of(const char *address)
{
    const char *at = address != NULL ? strrchr(address, '@') : NULL;
    if (at == NULL || at[1] == '\0' || !g_utf8_validate(at, -1, NULL))
        return NULL;
    g_autofree char *lower = g_utf8_strdown(at + 1, -1);
    char *ascii = g_hostname_to_ascii(lower);
    return ascii != NULL ? ascii : g_steal_pointer(&lower);
}

char *domain_readable(const char *domain)
{
    char *letters = g_hostname_to_unicode(domain);
    return letters != NULL ? letters : g_strdup(domain);
}

/* The label before `begin`, up to its dot. */
static const char *label_before(const char *domain, const char *begin)
{
    const char *at = begin - 1;
    while (at > domain && at[-1] != '.')
        at--;
    return at;
}

/* Two labels; "co.uk" is nobody's house: where the second from the right is short and the last is a country, three. */
static const char *house_of(const char *domain)
{
    const char *end = domain + strlen(domain), *last = strrchr(domain, '.');
    if (last == NULL || last == domain)
        return domain;
    const char *second = label_before(domain, last + 1), *third = second > domain ? label_before(domain, second) : domain;
    bool is_country = end - last == 3 && last - second <= 3;
    return is_country ? third : second;
}

bool domain_is_same_house(const char *a, const char *b)
{
    return g_ascii_strcasecmp(house_of(a), house_of(b)) == 0;
}

/* --- letters of several alphabets --- */

/* Small Cyrillic and Greek letters that are drawn as Latin ones. */
static bool is_drawn_as_latin(gunichar c)
{
    static const gunichar twins[] = { 0x430, 0x435, 0x43e, 0x440, 0x441, 0x443, 0x445, 0x455, 0x456, 0x458, 0x4bb, 0x501, 0x51b,
                                      0x51d, 0x4cf, 0x3bf, 0x3bd, 0x3b1, 0x3c1, 0x3c5, 0x456, 0x442, 0x43a, 0x43c, 0x432 };
    for (size_t i = 0; i < G_N_ELEMENTS(twins); i++)
        if (c == twins[i])
            return true;
    return false;
}

/* Japanese and Korean are written in several; that is nothing strange. */
static bool go_together(GUnicodeScript a, GUnicodeScript b)
{
    static const GUnicodeScript east[] = { G_UNICODE_SCRIPT_HAN,    G_UNICODE_SCRIPT_HIRAGANA, G_UNICODE_SCRIPT_KATAKANA,
                                           G_UNICODE_SCRIPT_HANGUL, G_UNICODE_SCRIPT_BOPOMOFO, G_UNICODE_SCRIPT_LATIN };
    bool is_a_east = false, is_b_east = false;
    for (size_t i = 0; i < G_N_ELEMENTS(east); i++) {
        is_a_east |= a == east[i];
        is_b_east |= b == east[i];
    }
    return a == b || (is_a_east && is_b_east);
}

static bool is_label_lookalike(const char *label, size_t length)
{
    GUnicodeScript first = G_UNICODE_SCRIPT_COMMON;
    size_t letters = 0, twins = 0, others = 0;
    for (const char *at = label; at < label + length; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        GUnicodeScript script = g_unichar_get_script(c);
        if (script == G_UNICODE_SCRIPT_COMMON || script == G_UNICODE_SCRIPT_INHERITED)
            continue;
        if (first != G_UNICODE_SCRIPT_COMMON && !go_together(first, script))
            return true;
        first = script;
        letters++;
        others += c >= 0x80;
        twins += is_drawn_as_latin(c);
    }
    return others > 0 && letters > 1 && twins == letters;
}

bool domain_is_lookalike(const char *domain)
{
    g_autofree char *readable = domain_readable(domain);
    if (!g_utf8_validate(readable, -1, NULL))
        return false;
    g_auto(GStrv) labels = g_strsplit(readable, ".", 20);
    for (char **label = labels; *label != NULL; label++)
        if (is_label_lookalike(*label, strlen(*label)))
            return true;
    return false;
}

/* What the eye makes of it: 0 and o, 1 and l and i, rn and m are the same. Caller frees. */
static char *skeleton(const char *domain)
{
    GString *seen = g_string_new(NULL);
    for (const char *at = domain; *at != '\0'; at++) {
        bool is_pair = (at[0] == 'r' && at[1] == 'n') || (at[0] == 'v' && at[1] == 'v');
        char c = is_pair ? (*at == 'r' ? 'm' : 'w') : *at == '0' ? 'o' : *at == '1' || *at == 'i' ? 'l' : *at;
        g_string_append_c(seen, c);
        at += is_pair;
    }
    return g_string_free(seen, FALSE);
}

bool domain_looks_like(const char *domain, const char *known)
{
    const char *mine = house_of(domain), *theirs = house_of(known);
    g_autofree char *a = skeleton(mine), *b = skeleton(theirs);
    return strcmp(mine, theirs) != 0 && strcmp(a, b) == 0;
}
