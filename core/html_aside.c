/* SPDX-License-Identifier: MIT */
/* Words that gumbo need not read, for it reads each letter as a token: one character of private use stands for them in what it gets, and they are put in
 * their places when the tree is there. */
#include "core/html_private.h"
#include <string.h>

#define SHORTEST   8       /* bytes that are worth it: a mark has four */
#define MARK_FIRST 0xf0000 /* planes 15 and 16, without their last two code points, which are no characters */
#define PLANE      0xfffeu
#define MARKS_MAX  (2 * PLANE)

struct put {
    size_t begin; /* in what is kept */
    bool is_markup;
};
struct html_aside {
    bool is_open;         /* no character of the source could be taken for a mark */
    GString *kept;        /* NUL behind each */
    GArray *puts;         /* of struct put */
    GStringChunk *joined; /* texts with more in them than a mark */
};

/* --- may there be marks? --- */

static bool has_mark(const char *html, size_t length)
{
    const unsigned char *at = (const unsigned char *)html, *end = at + length;
    for (; at + 1 < end; at++)
        if (*at >= 0xf3 && (*at > 0xf3 || at[1] >= 0xb0))
            return true;
    return false;
}

/* "&#983040;": of any length, with any number of noughts. */
static bool is_reference_to_mark(const char *at, const char *end)
{
    bool is_hex = at < end && (*at == 'x' || *at == 'X');
    unsigned base = is_hex ? 16 : 10, number = 0;
    for (at += is_hex; at < end && g_ascii_isxdigit(*at) && number < MARK_FIRST; at++) {
        unsigned digit = (unsigned)g_ascii_xdigit_value(*at);
        if (digit >= base)
            break;
        number = number * base + digit;
    }
    return number >= MARK_FIRST;
}

static bool refers_to_mark(const char *html, size_t length)
{
    const char *end = html + length;
    for (const char *at = html; (at = memmem(at, (size_t)(end - at), "&#", 2)) != NULL; at += 2)
        if (is_reference_to_mark(at + 2, end))
            return true;
    return false;
}

html_aside *html_aside_new(const char *html, size_t length)
{
    html_aside *self = g_new0(html_aside, 1);
    self->is_open = g_utf8_validate_len(html, length, NULL) && !has_mark(html, length) && !refers_to_mark(html, length);
    self->kept = g_string_sized_new(self->is_open ? length : 1);
    self->puts = g_array_new(FALSE, FALSE, sizeof(struct put));
    self->joined = g_string_chunk_new(4096);
    return self;
}

void html_aside_free(html_aside *self)
{
    if (self == NULL)
        return;
    g_string_free(self->kept, TRUE);
    g_array_unref(self->puts);
    g_string_chunk_free(self->joined);
    g_free(self);
}

/* --- away --- */

/* Control characters and what Unicode calls no characters: gumbo shows U+FFFD for them. */
static bool has_odd(const char *words, size_t length)
{
    const unsigned char *at = (const unsigned char *)words, *end = at + length;
    for (; at < end; at++) {
        bool is_odd = *at < 0x80    ? (*at < ' ' && strchr("\t\n\f\r", (char)*at) == NULL) || *at == 0x7f
                      : *at == 0xc2 ? at[1] < 0xa0
                      : *at == 0xef ? at[1] == 0xb7 || (at[1] == 0xbf && at[2] >= 0xbe)
                                    : *at >= 0xf0 && at[2] == 0xbf && at[3] >= 0xbe;
        if (is_odd)
            return true;
    }
    return false;
}

/* As HTML5 has it before all else: CR LF and CR are line feeds. */
static void keep(GString *kept, const char *words, size_t length)
{
    for (const char *end = words + length; words < end;) {
        const char *stop = memchr(words, '\r', (size_t)(end - words));
        g_string_append_len(kept, words, (stop != NULL ? stop : end) - words);
        if (stop == NULL)
            break;
        if (stop + 1 == end || stop[1] != '\n')
            g_string_append_c(kept, '\n');
        words = stop + 1;
    }
    g_string_append_c(kept, '\0');
}

void html_aside_put(html_aside *self, GString *out, size_t begin, bool is_markup)
{
    if (!self->is_open || out->len < begin + SHORTEST || self->puts->len == MARKS_MAX || has_odd(out->str + begin, out->len - begin))
        return;
    gunichar mark = MARK_FIRST + self->puts->len + (self->puts->len >= PLANE ? 2 : 0);
    const struct put put = { self->kept->len, is_markup };
    g_array_append_val(self->puts, put);
    keep(self->kept, out->str + begin, out->len - begin);
    g_string_truncate(out, begin);
    g_string_append_unichar(out, mark);
}

/* --- and back --- */

char *html_aside_words(const html_aside *self, const char *at, bool *is_markup_out)
{
    if ((unsigned char)*at < 0xf3)
        return NULL;
    gunichar mark = g_utf8_get_char(at) - MARK_FIRST;
    mark -= mark > PLANE ? 2 : 0;
    if (mark >= self->puts->len)
        return NULL;
    const struct put *put = &g_array_index(self->puts, struct put, mark);
    if (is_markup_out != NULL)
        *is_markup_out = put->is_markup;
    return self->kept->str + put->begin;
}

bool html_aside_has_markup(const html_aside *self, const char *text)
{
    bool is_markup = false;
    for (const char *at = text; *at != '\0' && !is_markup; at++)
        html_aside_words(self, at, &is_markup);
    return is_markup;
}

const char *html_aside_back(html_aside *self, const char *text)
{
    const char *words = html_aside_words(self, text, NULL), *at = text;
    if (words != NULL && text[4] == '\0')
        return words;
    while (*at != '\0' && html_aside_words(self, at, NULL) == NULL)
        at++;
    if (*at == '\0')
        return text;
    g_autoptr(GString) joined = g_string_new(NULL);
    for (const char *from = at = text;; from = at) {
        while (*at != '\0' && (words = html_aside_words(self, at, NULL)) == NULL)
            at++;
        g_string_append_len(joined, from, at - from);
        if (*at == '\0')
            return g_string_chunk_insert_len(self->joined, joined->str, (gssize)joined->len);
        g_string_append(joined, words);
        at += 4;
    }
}
