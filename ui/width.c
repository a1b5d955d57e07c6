/* SPDX-License-Identifier: MIT */
/* Cells of a text by grapheme cluster, and what is shown instead of what a terminal must not get. */
#include "ui/width.h"
#include <string.h>
#include <unigbrk.h>
#include <unilbrk.h>
#include <unistr.h>
#include <uniwidth.h>

enum { MARKS_MAX = 3, TAB_STOP = 8 };

static bool is_regional(ucs4_t c)
{
    return c >= 0x1F1E6 && c <= 0x1F1FF;
}

/* Characters that only reorder or hide: an attacker's tools. LRM, RLM, ALM, the soft hyphen and variation selectors do no harm when left out. */
static bool is_trick(ucs4_t c)
{
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x206F) || (c >= 0x2060 && c <= 0x2064) || c == 0x200B || c == 0x200C ||
           c == 0x200D || c == 0xFEFF || c == 0x2028 || c == 0x2029 || c == 0x180E || (c >= 0xFFF9 && c <= 0xFFFB) ||
           (c >= 0xE0000 && c <= 0xE0FFF);
}

static bool is_silent(ucs4_t c)
{
    return c == 0x200E || c == 0x200F || c == 0x061C || c == 0x00AD || c == 0x034F || (c >= 0xFE00 && c <= 0xFE0F);
}

static void append(struct width_glyph *glyph, ucs4_t c)
{
    size_t used = strlen(glyph->text);
    int more = u8_uctomb((uint8_t *)glyph->text + used, c, (int)(sizeof glyph->text - 1 - used));
    glyph->text[used + (size_t)MAX(more, 0)] = '\0';
}

static void show_control(ucs4_t c, struct width_glyph *glyph)
{
    if (c < 0x20 || c == 0x7F) {
        append(glyph, c == 0x7F ? 0x2421 : 0x2400 + c);
        glyph->cells = 1;
    } else {
        g_snprintf(glyph->text, sizeof glyph->text, "‹U+%04X›", c);
        glyph->cells = (int)g_utf8_strlen(glyph->text, -1);
    }
}

/* The cluster's first character with its marks; a flag is two letters of one cell each everywhere. */
static void show_cluster(const uint8_t *text, size_t length, ucs4_t first, struct width_glyph *glyph)
{
    size_t at = 0;
    int marks = 0;
    append(glyph, first);
    glyph->cells = uc_width((ucs4_t)first, "UTF-8");
    while (at < length) {
        ucs4_t c = 0;
        int bytes = u8_mbtouc(&c, text + at, length - at);
        at += (size_t)MAX(bytes, 1);
        if (is_regional(first) && is_regional(c)) {
            append(glyph, c);
            glyph->cells = 2;
        } else if (!is_trick(c) && !is_silent(c) && uc_width(c, "UTF-8") == 0 && marks++ < MARKS_MAX) {
            append(glyph, c);
        }
    }
}

/* libunistring looks at pairs only: sequences joined by ZWJ and pairs of flag letters need one look more. */
static size_t cluster_end(const uint8_t *bytes, size_t length, size_t first_bytes, ucs4_t first)
{
    ucs4_t c = 0;
    if (is_regional(first)) {
        int more = length > first_bytes ? u8_mbtoucr(&c, bytes + first_bytes, length - first_bytes) : 0;
        return more > 0 && is_regional(c) ? first_bytes + (size_t)more : first_bytes;
    }
    const uint8_t *end = u8_grapheme_next(bytes, bytes + length);
    size_t whole = end != NULL ? (size_t)(end - bytes) : first_bytes;
    while (whole >= 3 && whole < length && memcmp(bytes + whole - 3, "\xE2\x80\x8D", 3) == 0) {
        int more = u8_mbtoucr(&c, bytes + whole, length - whole);
        if (more <= 0 || c < 0x2190)
            break;
        end = u8_grapheme_next(bytes + whole, bytes + length);
        whole = end != NULL ? (size_t)(end - bytes) : whole + (size_t)more;
    }
    return whole;
}

size_t width_glyph_at(const char *text, size_t length, struct width_glyph *glyph_out)
{
    const uint8_t *bytes = (const uint8_t *)text;
    ucs4_t first = 0;
    *glyph_out = (struct width_glyph){ .cells = 1 };
    if (length == 0)
        return 0;
    if (bytes[0] >= 0x20 && bytes[0] < 0x7F && (length == 1 || bytes[1] < 0x80)) {
        glyph_out->text[0] = text[0];
        return 1;
    }
    int used = u8_mbtoucr(&first, bytes, length);
    if (used <= 0) {
        append(glyph_out, 0xFFFD);
        return 1;
    }
    if (first == '\t') {
        glyph_out->text[0] = ' ';
        return 1;
    }
    int cells = uc_width(first, "UTF-8");
    if (is_silent(first)) {
        glyph_out->cells = 0;
        return (size_t)used;
    }
    if (cells < 0 || is_trick(first) || first < 0x20) {
        show_control(first, glyph_out);
        return (size_t)used;
    }
    size_t whole = cluster_end(bytes, length, (size_t)used, first);
    if (cells == 0) /* a mark with nothing to stand on */
        append(glyph_out, 0x25CC);
    show_cluster(bytes + used, whole - (size_t)used, first, glyph_out);
    if (cells == 0)
        glyph_out->cells = 1;
    return whole;
}

size_t width_cluster(const char *text, size_t length, int *cells_out)
{
    struct width_glyph glyph;
    size_t used = width_glyph_at(text, length, &glyph);
    *cells_out = glyph.cells;
    return used;
}

int width_text(const char *utf8)
{
    size_t length = strlen(utf8);
    int total = 0;
    for (size_t at = 0; at < length;) {
        int cells = 0;
        at += width_cluster(utf8 + at, length - at, &cells);
        total = total > G_MAXINT / 2 ? total : total + cells;
    }
    return total;
}

size_t width_prefix(const char *utf8, size_t length, int cells, int *used_out)
{
    size_t at = 0;
    int used = 0;
    while (at < length) {
        int more = 0;
        size_t bytes = width_cluster(utf8 + at, length - at, &more);
        if (used + more > cells)
            break;
        used += more;
        at += bytes;
    }
    if (used_out != NULL)
        *used_out = used;
    return at;
}

char *width_visible(const char *bytes, size_t length)
{
    GString *text = g_string_sized_new(length + 16);
    int column = 0;
    for (size_t at = 0; at < length;) {
        struct width_glyph glyph;
        bool is_tab = bytes[at] == '\t';
        at += width_glyph_at(bytes + at, length - at, &glyph);
        int repeat = is_tab ? TAB_STOP - column % TAB_STOP : 1;
        for (int i = 0; i < repeat; i++)
            g_string_append(text, glyph.text);
        column += is_tab ? repeat : glyph.cells;
    }
    return g_string_free(text, FALSE);
}

/* Addresses and names of commands and files (ada@example.test, high-contrast, has:attachment) may be broken behind their signs, but are no longer what
 * they were: between two signs of ASCII a line ends only where what stands together is too long for one of its own. */
static bool is_weak_break(const char *utf8, size_t at)
{
    return at > 0 && utf8[at - 1] > ' ' && utf8[at] > ' ' && (signed char)utf8[at - 1] > 0 && (signed char)utf8[at] > 0;
}

static bool fits_alone(const char *utf8, size_t length, size_t from, const char *breaks, int columns)
{
    int used = 0;
    for (size_t at = from; at < length && utf8[at] != ' ';) {
        int cells = 0;
        if (at > from && breaks[at] == UC_BREAK_POSSIBLE && !is_weak_break(utf8, at))
            break;
        at += width_cluster(utf8 + at, length - at, &cells);
        used += cells;
        if (used > columns)
            return false;
    }
    return true;
}

GArray *width_wrap(const char *utf8, int columns)
{
    GArray *starts = g_array_new(FALSE, FALSE, sizeof(size_t));
    size_t length = strlen(utf8), start = 0, last_break = 0, last_good = 0; /* good: not within what should stand together */
    int used = 0;
    char *breaks = g_malloc0(length + 1);
    /* Invalid bytes would confuse the line breaker's table walk: it gets the text only when it is sound, else only spaces break. */
    if (u8_check((const uint8_t *)utf8, length) == NULL)
        u8_possible_linebreaks((const uint8_t *)utf8, length, "UTF-8", breaks);
    columns = MAX(columns, 2);
    g_array_append_val(starts, start);
    for (size_t at = 0; at < length;) {
        int cells = 0;
        size_t bytes = width_cluster(utf8 + at, length - at, &cells);
        if (breaks[at] == UC_BREAK_POSSIBLE || (at > 0 && utf8[at - 1] == ' ')) {
            last_break = at;
            last_good = is_weak_break(utf8, at) ? last_good : at;
        }
        if (used + cells > columns && utf8[at] != ' ' && at > start) {
            bool is_good = last_good > start && last_break > last_good && fits_alone(utf8, length, last_good, breaks, columns);
            start = is_good ? last_good : last_break > start ? last_break : at;
            g_array_append_val(starts, start);
            used = 0;
            at = start;
            continue;
        }
        used += cells;
        at += bytes;
    }
    g_free(breaks);
    return starts;
}
