/* SPDX-License-Identifier: MIT */
/* The character references that mean the same to everybody: of the others the parser knows more. */
#include "core/html_private.h"
#include <string.h>

struct reference {
    const char *name, *utf8;
};

static size_t named_read(const char *name, size_t length, char *utf8_out)
{
    static const struct reference known[] = {
        { "amp", "&" },         { "lt", "<" },          { "gt", ">" },          { "quot", "\"" },       { "nbsp", "\u00a0" },
        { "copy", "\u00a9" },   { "reg", "\u00ae" },    { "trade", "\u2122" },  { "hellip", "\u2026" }, { "mdash", "\u2014" },
        { "ndash", "\u2013" },  { "rsquo", "\u2019" },  { "lsquo", "\u2018" },  { "rdquo", "\u201d" },  { "ldquo", "\u201c" },
        { "bull", "\u2022" },   { "middot", "\u00b7" }, { "euro", "\u20ac" },   { "laquo", "\u00ab" },  { "raquo", "\u00bb" },
        { "zwnj", "\u200c" },   { "shy", "\u00ad" },    { "auml", "\u00e4" },   { "ouml", "\u00f6" },   { "uuml", "\u00fc" },
        { "Auml", "\u00c4" },   { "Ouml", "\u00d6" },   { "Uuml", "\u00dc" },   { "szlig", "\u00df" },  { "eacute", "\u00e9" },
        { "egrave", "\u00e8" }, { "agrave", "\u00e0" }, { "ccedil", "\u00e7" }, { "deg", "\u00b0" },    { "rarr", "\u2192" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (strlen(known[i].name) == length && memcmp(known[i].name, name, length) == 0) {
            size_t size = strlen(known[i].utf8);
            memcpy(utf8_out, known[i].utf8, size);
            return size;
        }
    return 0;
}

/* Controls, surrogates, and what browsers read as Windows-1252 are left to the parser. */
static size_t number_read(const char *digits, size_t length, char *utf8_out)
{
    bool is_hex = length > 0 && (*digits == 'x' || *digits == 'X');
    gunichar number = 0;
    if (length <= is_hex || length > 6)
        return 0;
    for (size_t i = is_hex; i < length; i++) {
        int digit = is_hex ? g_ascii_xdigit_value(digits[i]) : g_ascii_digit_value(digits[i]);
        if (digit < 0)
            return 0;
        number = number * (is_hex ? 16 : 10) + (gunichar)digit;
    }
    bool is_plain = (number >= ' ' && number < 0x7f) || (number >= 0xa0 && number < 0xd800 && (number < 0xfdd0 || number > 0xfdef));
    return is_plain ? (size_t)g_unichar_to_utf8(number, utf8_out) : 0;
}

size_t html_reference_read(const char *at, const char *end, bool in_attribute, char utf8_out[HTML_REFERENCE_BYTES], size_t *size_out)
{
    const char *name = at + 1, *stop = name + (name < end && *name == '#');
    while (stop < end && g_ascii_isalnum(*stop))
        stop++;
    bool is_number = name < end && *name == '#';
    *size_out = 1;
    utf8_out[0] = '&';
    if (stop == name || (in_attribute && !is_number && stop < end && *stop == '=')) /* no reference: "a & b", "?a=1&b=2" */
        return 1;
    if (stop == end || *stop != ';')
        return 0;
    *size_out = is_number ? number_read(name + 1, (size_t)(stop - name - 1), utf8_out) : named_read(name, (size_t)(stop - name), utf8_out);
    return *size_out > 0 ? (size_t)(stop + 1 - at) : 0;
}
