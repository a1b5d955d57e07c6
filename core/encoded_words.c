/* SPDX-License-Identifier: MIT */
/* Rows of encoded words: joined when they are read, written so that nobody can misread them. */
#include "core/encoded_words.h"
#include <stdbool.h>
#include <string.h>

#define WORD_MAX  75 /* RFC 2047 2 */
#define FIRST_MAX 65 /* beside "Subject: ": a line with such words has 76 at most */
#define NAMED_MAX 58 /* a longer one GMime takes for plain text and encodes again, in words that are too long */
#define PLAIN_MAX 70 /* longer ones could not be folded */

/* --- reading --- */
struct word {
    const char *begin, *end; /* "=?" to behind "?=" */
    const char *charset, *payload;
    size_t charset_length, payload_length;
};

/* =?charset?B?payload?= */
static bool word_at(const char *at, struct word *word)
{
    if (at[0] != '=' || at[1] != '?')
        return false;
    word->begin = at;
    word->charset = at + 2;
    word->charset_length = strcspn(word->charset, "? \t\r\n");
    const char *mark = word->charset + word->charset_length;
    if (word->charset_length == 0 || mark[0] != '?' || (mark[1] != 'B' && mark[1] != 'b') || mark[2] != '?')
        return false;
    word->payload = mark + 3;
    word->payload_length = strcspn(word->payload, "? \t\r\n");
    const char *end = word->payload + word->payload_length;
    if (end[0] != '?' || end[1] != '=')
        return false;
    word->end = end + 2;
    return true;
}

static void add_payload(GByteArray *bytes, const struct word *word)
{
    g_autofree char *text = g_strndup(word->payload, word->payload_length);
    gsize size = 0;
    g_autofree guchar *decoded = g_base64_decode(text, &size);
    g_byte_array_append(bytes, decoded, (guint)size);
}

/* The words of one row as one; *end_out: behind them. NULL: the word has no neighbour to be joined with. */
static char *join_row(const struct word *first, const char **end_out)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    struct word next;
    const char *end = first->end;
    add_payload(bytes, first);
    for (;;) {
        const char *at = end + strspn(end, " \t\r\n");
        if (at == end || !word_at(at, &next) || next.charset_length != first->charset_length ||
            g_ascii_strncasecmp(next.charset, first->charset, next.charset_length) != 0)
            break;
        add_payload(bytes, &next);
        end = next.end;
    }
    if (end == first->end)
        return NULL;
    *end_out = end;
    g_autofree char *payload = g_base64_encode(bytes->data, bytes->len);
    return g_strdup_printf("=?%.*s?B?%s?=", (int)first->charset_length, first->charset, payload);
}

char *encoded_words_join(const char *raw)
{
    g_autoptr(GString) out = NULL;
    const char *copied = raw;
    struct word word;
    for (const char *at = strstr(raw, "=?"); at != NULL; at = strstr(at, "=?")) {
        const char *end = NULL;
        g_autofree char *row = word_at(at, &word) ? join_row(&word, &end) : NULL;
        if (row == NULL) {
            at += 2;
            continue;
        }
        if (out == NULL)
            out = g_string_new(NULL);
        g_string_append_len(out, copied, at - copied);
        g_string_append(out, row);
        copied = at = end;
    }
    if (out == NULL)
        return NULL;
    g_string_append(out, copied);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* --- writing --- */
static bool needs_encoding(const char *word, size_t length, size_t plain_max)
{
    if (length > plain_max)
        return true;
    for (size_t i = 0; i < length; i++) {
        bool is_mark = word[i] == '=' && i + 1 < length && word[i + 1] == '?';
        if (is_mark || (guchar)word[i] <= 0x20 || (guchar)word[i] >= 0x7f)
            return true;
    }
    return false;
}

static void append_character(GString *out, const char *character, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        guchar byte = (guchar)character[i];
        if (byte == ' ')
            g_string_append_c(out, '_');
        else if (g_ascii_isalnum(character[i]) || strchr("!*+-/", character[i]) != NULL) /* RFC 2047 5 (3): legal everywhere */
            g_string_append_c(out, character[i]);
        else
            g_string_append_printf(out, "=%02X", byte);
    }
}

/* first_max: of the first word; the others may have most bytes. */
static void append_encoded(GString *out, const char *text, size_t length, size_t first_max, size_t most)
{
    static const char begin[] = "=?utf-8?Q?", end[] = "?=";
    g_autoptr(GString) word = g_string_new(begin), one = g_string_new(NULL);
    for (size_t at = 0, limit = first_max; at < length;) {
        size_t step = (size_t)(g_utf8_next_char(text + at) - (text + at));
        g_string_truncate(one, 0);
        append_character(one, text + at, step);
        if (word->len + one->len + strlen(end) > limit) {
            g_string_append_printf(out, "%s%s ", word->str, end);
            g_string_assign(word, begin);
            limit = most;
        }
        g_string_append(word, one->str);
        at += step;
    }
    g_string_append_printf(out, "%s%s", word->str, end);
}

static size_t word_length(const char *text)
{
    return strcspn(text, " ");
}

char *encoded_words_write(const char *utf8)
{
    g_autofree char *valid = g_utf8_make_valid(utf8, -1);
    g_autoptr(GString) out = g_string_new(NULL);
    for (const char *at = g_strstrip(valid); *at != '\0';) {
        size_t length = word_length(at);
        bool is_encoded = needs_encoding(at, length, PLAIN_MAX);
        /* Blanks between two encoded words vanish when they are read, so such neighbours are one text. */
        while (is_encoded && at[length] == ' ') {
            size_t blanks = strspn(at + length, " "), next = word_length(at + length + blanks);
            if (!needs_encoding(at + length + blanks, next, PLAIN_MAX))
                break;
            length += blanks + next;
        }
        g_string_append(out, out->len > 0 ? " " : "");
        if (is_encoded)
            append_encoded(out, at, length, out->len == 0 ? FIRST_MAX : WORD_MAX, WORD_MAX);
        else
            g_string_append_len(out, at, (gssize)length);
        at += length + strspn(at + length, " ");
    }
    return g_strdup(out->str);
}

char *encoded_words_name(const char *utf8)
{
    g_autofree char *valid = utf8 != NULL ? g_utf8_make_valid(utf8, -1) : NULL;
    bool is_plain = true;
    for (const char *at = valid != NULL ? valid : ""; *at != '\0' && is_plain; at += strspn(at, " ")) {
        size_t length = word_length(at);
        is_plain = !needs_encoding(at, length, NAMED_MAX);
        at += length;
    }
    if (is_plain)
        return g_steal_pointer(&valid);
    GString *out = g_string_new(NULL);
    append_encoded(out, valid, strlen(valid), NAMED_MAX, NAMED_MAX);
    return g_string_free(out, FALSE);
}
