/* SPDX-License-Identifier: MIT */
/* Bytes of a charset that is known → UTF-8, as far as they go: what is cut off, wrong at some places, or a vendor's additions to a standard charset. */
#include "core/message_private.h"
#include <errno.h>
#include <string.h>

#define HZ_PAIRS_SURE 4

#define PIECE_BYTES 8192
#define REPLACEMENT "\xef\xbf\xbd"

/* Bytes that one character has at least. */
static size_t unit_of(const char *charset)
{
    bool is_wide = g_ascii_strncasecmp(charset, "utf-16", 6) == 0 || g_ascii_strncasecmp(charset, "ucs-2", 5) == 0;
    bool is_wider = g_ascii_strncasecmp(charset, "utf-32", 6) == 0 || g_ascii_strncasecmp(charset, "ucs-4", 5) == 0;
    return is_wide ? 2 : is_wider ? 4 : 1;
}

static size_t count_above_ascii(const GString *utf8)
{
    size_t count = 0;
    for (gsize i = 0; i < utf8->len; i++)
        count += ((unsigned char)utf8->str[i] & 0xc0) == 0xc0;
    return count;
}

/* How many characters are no such thing. */
static size_t convert_all(GIConv converter, const char *bytes, size_t size, size_t unit, GString *out)
{
    char piece[PIECE_BYTES], *in = (char *)bytes; /* iconv's own type; it does not write there */
    gsize left = size;
    size_t wrong = 0;
    while (left > 0) {
        char *at = piece;
        gsize room = sizeof piece;
        gsize done = g_iconv(converter, &in, &left, &at, &room);
        int saved = errno;
        g_string_append_len(out, piece, (gssize)(at - piece));
        if (done != (gsize)-1 || (saved != EILSEQ && saved != E2BIG)) /* all, or a character that is cut off at the end */
            break;
        if (saved == E2BIG)
            continue;
        g_string_append(out, REPLACEMENT);
        gsize step = MIN(unit, left);
        in += step;
        left -= step;
        wrong++;
    }
    return wrong;
}

char *message_convert_most(const char *bytes, size_t size, const char *charset, bool is_believed, size_t *length_out)
{
    GIConv converter = g_iconv_open("UTF-8", charset);
    if (converter == (GIConv)-1) /* NOLINT: GLib's own convention */
        return NULL;
    g_autoptr(GString) out = g_string_sized_new(size);
    size_t wrong = convert_all(converter, bytes, size, unit_of(charset), out);
    g_iconv_close(converter);
    if (!is_believed && wrong * 4 > count_above_ascii(out) - wrong)
        return NULL;
    *length_out = out->len;
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* --- what Windows writes into ISO-2022-JP --- */

enum jis_set { JIS_ASCII, JIS_KANJI, JIS_MORE_KANJI, JIS_KANA };

/* Bytes of the escape sequence at `at`; 0: it is none that we know. */
static size_t escape_read(const char *at, size_t left, enum jis_set *set)
{
    static const struct {
        const char *sequence;
        enum jis_set set;
    } known[] = { { "\033(B", JIS_ASCII }, { "\033(J", JIS_ASCII },  { "\033(H", JIS_ASCII },       { "\033$@", JIS_KANJI },
                  { "\033$B", JIS_KANJI }, { "\033$(B", JIS_KANJI }, { "\033$(D", JIS_MORE_KANJI }, { "\033(I", JIS_KANA } };
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        size_t length = strlen(known[i].sequence);
        if (left < length || memcmp(at, known[i].sequence, length) != 0)
            continue;
        *set = known[i].set;
        return length;
    }
    return 0;
}

char *message_convert_jis(const char *bytes, size_t size, size_t *length_out)
{
    g_autoptr(GString) euc = g_string_sized_new(size);
    enum jis_set set = JIS_ASCII;
    for (size_t i = 0; i < size;) {
        size_t escape = bytes[i] == '\033' ? escape_read(bytes + i, size - i, &set) : 0;
        unsigned char byte = (unsigned char)bytes[i];
        bool is_pair = (set == JIS_KANJI || set == JIS_MORE_KANJI) && byte > 0x20 && byte < 0x7f && i + 1 < size;
        if (escape > 0) {
            i += escape;
            continue;
        }
        if (byte == '\n')
            set = JIS_ASCII;
        if (is_pair && set == JIS_MORE_KANJI)
            g_string_append_c(euc, '\x8f');
        if ((set == JIS_KANA && byte > 0x20) || (byte >= 0xa1 && byte <= 0xdf))
            g_string_append_c(euc, '\x8e');
        g_string_append_c(euc, (char)(is_pair || (set == JIS_KANA && byte > 0x20) ? byte | 0x80 : byte));
        if (is_pair)
            g_string_append_c(euc, (char)((unsigned char)bytes[i + 1] | 0x80));
        i += is_pair ? 2 : 1;
    }
    return message_convert_most(euc->str, euc->len, "EUC-JP-MS", true, length_out);
}

/* "~{" begins Chinese, "~}" ends it, "~~" is a tilde, and one at a line's end joins the next. In Chinese a "~" may be the second half of a pair. */
char *message_convert_hz(const char *bytes, size_t size, size_t *length_out)
{
    g_autoptr(GString) plain = g_string_sized_new(size);
    bool is_chinese = false;
    for (size_t i = 0; i < size; i++) {
        char next = i + 1 < size ? bytes[i + 1] : '\0';
        bool is_pair = is_chinese && bytes[i] > 0x20 && bytes[i] != '~' && next > 0x20;
        if (bytes[i] == '~' && next != '\0' && strchr(is_chinese ? "}" : "{~\n", next) != NULL) {
            is_chinese = next == '{';
            g_string_append(plain, next == '~' ? "~" : "");
            i++;
        } else if (is_pair) {
            g_string_append_c(plain, (char)((unsigned char)bytes[i] | 0x80));
            g_string_append_c(plain, (char)((unsigned char)next | 0x80));
            i++;
        } else {
            is_chinese = is_chinese && bytes[i] != '\n';
            g_string_append_c(plain, bytes[i]);
        }
    }
    return message_convert_most(plain->str, plain->len, "gb18030", true, length_out);
}

/* From behind "~{" to "~}", in pairs, in one line; how many of them are letters or signs that are frequent. NULL: it is not that. */
static const char *hz_run(const char *at, const char *end, size_t *pairs, size_t *frequent)
{
    for (; end - at >= 2 && *at != '~'; at += 2) {
        if (at[0] < 0x21 || at[0] > 0x77 || at[1] < 0x21 || at[1] > 0x7e)
            return NULL;
        ++*pairs;
        *frequent += (at[0] >= 0x30 && at[0] <= 0x57) || at[0] == 0x21 || at[0] == 0x23;
    }
    return end - at >= 2 && at[1] == '}' ? at + 2 : NULL;
}

bool message_is_hz(const char *bytes, size_t size)
{
    size_t pairs = 0, frequent = 0;
    const char *at = bytes, *end = bytes + size;
    while (at < end && (at = memmem(at, (size_t)(end - at), "~{", 2)) != NULL) {
        at = hz_run(at + 2, end, &pairs, &frequent);
        if (at == NULL)
            return false;
    }
    return pairs >= HZ_PAIRS_SURE && frequent * 10 >= pairs * 9;
}
