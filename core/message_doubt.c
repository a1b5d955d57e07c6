/* SPDX-License-Identifier: MIT */
/* Labels that cannot be true: what a text is really in where its bytes leave no doubt, and UTF-8 that somebody made UTF-8 of once more. */
#include "core/message_private.h"
#include <string.h>

#define SAMPLE_BYTES  65536
#define SURE_ABOVE    12 /* bytes above ASCII: fewer say too little against a label */
#define SURE_DISTINCT 6  /* a line of one sign, again and again, is no word */
#define SURE_WIDE     4  /* characters of UTF-8 where the label is of two bytes each, too */
#define SURE_DOUBLE   3
#define SURE_CHINESE  10
#define MIXED_SHARE   8  /* words that begin in ASCII: one to so many that begin above it say that both are Latin */
#define RUSSIAN_SURE  60 /* of 100 */
#define RUSSIAN_MORE  15

static bool is_one_of(const char *charset, const char *const *names)
{
    for (; *names != NULL; names++)
        if (g_ascii_strcasecmp(charset, *names) == 0)
            return true;
    return false;
}

static size_t count_above(const char *bytes, size_t size, size_t *distinct_out)
{
    bool seen[256] = { false };
    size_t above = 0;
    *distinct_out = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        above += byte >= 0x80;
        *distinct_out += byte >= 0x80 && !seen[byte];
        seen[byte] = true;
    }
    return above;
}

/* "ÀÁÂÃÄÅÆ": somebody tells which letters there are. */
static bool is_row_of_letters(const char *bytes, size_t size, size_t above)
{
    size_t rows = 0;
    for (size_t i = 1; i < size; i++)
        rows += (unsigned char)bytes[i] > 0x80 && (unsigned char)bytes[i] == (unsigned char)bytes[i - 1] + 1;
    return rows * 4 > above;
}

/* Kanji between escape sequences, and not one byte above ASCII. */
static bool is_escaped_japanese(const char *bytes, size_t size, size_t above)
{
    const char *escape = above == 0 ? memchr(bytes, '\033', size) : NULL;
    gssize left = escape != NULL ? (gssize)(size - (size_t)(escape - bytes)) : 0;
    return escape != NULL && (g_strstr_len(escape, left, "\033$B") != NULL || g_strstr_len(escape, left, "\033$@") != NULL) &&
           g_strstr_len(escape, left, "\033(") != NULL;
}

/* "Raphaël" is no word of an alphabet of its own: how many letters of ASCII begin what goes on above it ("email'ом" has a sign between them). */
static bool has_mixed_words(const char *bytes, size_t size)
{
    size_t mixed = 0, words = 0;
    for (size_t i = 0; i + 1 < size; i++) {
        unsigned char next = (unsigned char)bytes[i + 1];
        mixed += g_ascii_isalpha(bytes[i]) && next >= 0xc0;
        words += !g_ascii_isalpha(bytes[i]) && (unsigned char)bytes[i] < 0x80 && next >= 0xc0;
    }
    return mixed > 0 && mixed * MIXED_SHARE >= words;
}

/* The frequent characters of both begin low. "ÄäÖöÜü" has the bytes of some that nobody writes. */
static bool has_common_pairs(const char *bytes, size_t size, unsigned char highest)
{
    size_t pairs = 0, common = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char lead = (unsigned char)bytes[i];
        if (lead < 0x80)
            continue;
        i++;
        pairs++;
        common += lead <= highest;
    }
    return common * 10 >= pairs * 8;
}

static bool is_alphabet(const char *charset)
{
    static const char *const alphabets[] = { "koi8-r", "koi8-u", "windows-1251", "iso-8859-5", "windows-1253", "iso-8859-7", NULL };
    return is_one_of(charset, alphabets);
}

/* Latin letters stand between ASCII ones; where whole words are above it they are of another script. */
static const char *script_of_latin(const char *bytes, size_t size)
{
    static const char *const scripts[] = { "koi8-r",       "koi8-u",     "windows-1251", "iso-8859-5", "ibm866",
                                           "windows-1253", "iso-8859-7", "windows-1255", "iso-8859-8", "windows-1256",
                                           "iso-8859-6",   "cp932",      "euc-jp",       "cp949",      "gb2312",
                                           "windows-874",  "tis-620",    "big5",         NULL };
    const char *guess = message_has_words_above_ascii(bytes, size) ? message_charset_guess(bytes, size) : NULL;
    bool is_latin = guess != NULL && ((is_alphabet(guess) && has_mixed_words(bytes, size)) ||
                                      (strcmp(guess, "gb2312") == 0 && !has_common_pairs(bytes, size, 0xd7)) ||
                                      (strcmp(guess, "big5") == 0 && !has_common_pairs(bytes, size, 0xc6)));
    return guess != NULL && !is_latin && is_one_of(guess, scripts) ? guess : NULL;
}

static const char *other_cyrillic(const char *bytes, size_t size, const char *charset)
{
    size_t score = 0, said = message_russian_score(bytes, size, charset);
    const char *best = message_charset_of_cyrillic(bytes, size, &score);
    bool is_kin = best != NULL && g_str_has_prefix(best, "koi8") && g_ascii_strncasecmp(charset, "koi8", 4) == 0;
    return best != NULL && !is_kin && score >= RUSSIAN_SURE && score >= said + RUSSIAN_MORE ? best : NULL;
}

/* In Big5 half of the second bytes are below 0x7f, and the first ones are few; in GB2312 none is, and the most frequent characters begin with more. */
static const char *other_chinese(const char *bytes, size_t size, bool is_big5)
{
    size_t pairs = 0, low = 0, big5 = 0, common = 0, behind = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char lead = (unsigned char)bytes[i];
        if (lead < 0x80)
            continue;
        unsigned char trail = ++i < size ? (unsigned char)bytes[i] : 0;
        pairs++;
        low += trail >= 0x40 && trail < 0x7f;
        big5 += lead >= 0xa1 && lead <= 0xc6;
        common += trail >= 0xa1 && ((lead >= 0xb0 && lead <= 0xd7) || lead <= 0xa3);
        behind += lead >= 0xc8 && lead <= 0xd7;
    }
    if (pairs < SURE_CHINESE)
        return NULL;
    if (is_big5)
        return common * 20 >= pairs * 19 && behind * 6 >= pairs ? "gb18030" : NULL;
    return big5 * 20 >= pairs * 19 && low * 4 >= pairs ? "big5" : NULL;
}

/* Bytes that are only control characters in the charset that is named, and quotes or letters in Windows' own. */
static const char *windows_of(const char *bytes, size_t size, const char *charset)
{
    static const char *const windows[][2] = { { "iso-8859-2", "windows-1250" },  { "iso-8859-7", "windows-1253" },
                                              { "iso-8859-8", "windows-1255" },  { "iso-8859-6", "windows-1256" },
                                              { "iso-8859-4", "windows-1257" },  { "iso-8859-13", "windows-1257" },
                                              { "iso-8859-15", "windows-1252" }, { "iso-8859-5", "windows-1251" } };
    bool has_controls = false;
    for (size_t i = 0; i < size && !has_controls; i++)
        has_controls = (unsigned char)bytes[i] >= 0x80 && (unsigned char)bytes[i] < 0xa0 && (unsigned char)bytes[i] != 0x85;
    for (size_t i = 0; i < G_N_ELEMENTS(windows) && has_controls; i++)
        if (strcmp(charset, windows[i][0]) == 0)
            return windows[i][1];
    return NULL;
}

static bool is_really_utf8(const char *bytes, size_t size, bool is_wide, bool is_latin)
{
    size_t characters = 0;
    if (!g_utf8_validate_len(bytes, size, NULL))
        return false;
    for (size_t i = 0; i < size; i++)
        characters += ((unsigned char)bytes[i] & 0xc0) == 0xc0;
    return characters >= (is_latin ? 1 : is_wide ? SURE_WIDE : 2);
}

/* Of a long text its beginning tells, up to the end of a line. */
static size_t sample_size(const char *bytes, size_t size)
{
    const char *newline = size > SAMPLE_BYTES ? memrchr(bytes, '\n', SAMPLE_BYTES) : NULL;
    return size <= SAMPLE_BYTES ? size : newline != NULL ? (size_t)(newline - bytes) + 1 : SAMPLE_BYTES;
}

/* charset: what the label means. */
static const char *other_charset(const char *bytes, size_t size, const char *charset)
{
    static const char *const latin[] = { "windows-1252", "iso-8859-1", "iso-8859-15", NULL },
                             *const cyrillic[] = { "koi8-r",       "koi8-u",         "windows-1251", "iso-8859-5", "cp866",
                                                   "mac-cyrillic", "x-mac-cyrillic", "ibm866",       NULL },
                             *const wide[] = { "gb18030", "big5-hkscs", "cp932", "euc-jp", "cp949", NULL };
    size_t distinct = 0, above = count_above(bytes, size, &distinct);
    if (g_ascii_strncasecmp(charset, "iso-2022-jp", 11) == 0) /* it has none, but where Windows writes half-width kana into it */
        return above >= SURE_ABOVE && memchr(bytes, '\033', size) == NULL ? message_charset_guess(bytes, size) : NULL;
    if (message_charset_hides_in_ascii(charset) || g_ascii_strcasecmp(charset, "utf-8") == 0)
        return g_ascii_strcasecmp(charset, "utf-8") == 0 && is_escaped_japanese(bytes, size, above) ? "iso-2022-jp-3" : NULL;
    if (is_escaped_japanese(bytes, size, above))
        return "iso-2022-jp-3";
    if (above > 0 && is_really_utf8(bytes, size, is_one_of(charset, wide), is_one_of(charset, latin)))
        return "utf-8";
    const char *words = above > 0 && is_one_of(charset, latin) ? message_charset_of_latin(bytes, size) : NULL;
    if (words != NULL)
        return words;
    size = sample_size(bytes, size);
    if (above < SURE_ABOVE || distinct < SURE_DISTINCT || is_row_of_letters(bytes, size, above))
        return windows_of(bytes, size, charset);
    if (is_one_of(charset, cyrillic)) {
        const char *other = other_cyrillic(bytes, size, charset);
        return other != NULL ? other : windows_of(bytes, size, charset);
    }
    if (strcmp(charset, "gb18030") == 0 || strcmp(charset, "big5-hkscs") == 0)
        return other_chinese(bytes, size, charset[0] == 'b');
    if (strcmp(charset, "cp932") == 0 || strcmp(charset, "euc-jp") == 0) {
        const char *other = charset[0] == 'c' ? "euc-jp" : "cp932";
        return !message_reads_as_japanese(bytes, size, charset) && message_reads_as_japanese(bytes, size, other) ? other : NULL;
    }
    const char *script = is_one_of(charset, latin) ? script_of_latin(bytes, size) : NULL;
    return script != NULL ? script : windows_of(bytes, size, charset);
}

const char *message_charset_doubt(const char *bytes, size_t size, const char *label)
{
    g_autofree char *meant = message_charset_meant(label);
    const char *other = *meant != '\0' && g_ascii_strcasecmp(label, "us-ascii") != 0 ? other_charset(bytes, size, meant) : NULL;
    return other != NULL && g_ascii_strcasecmp(other, meant) != 0 ? other : NULL;
}

/* --- UTF-8 twice --- */

/* The byte that Windows' Latin shows as this character; -1: none. */
static int latin_byte(gunichar c)
{
    static const gunichar above[] = { 0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
                                      0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
                                      0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178 };
    if (c < 0x100)
        return (int)c;
    for (size_t i = 0; i < G_N_ELEMENTS(above); i++)
        if (above[i] == c)
            return 0x80 + (int)i;
    return -1;
}

/* How many characters were made twice; 0: something else stands there. */
static size_t doubled_count(const char *utf8)
{
    size_t begun = 0, open = 0;
    for (const char *at = utf8; *at != '\0'; at = g_utf8_next_char(at)) {
        int byte = (unsigned char)*at < 0x80 ? *at : latin_byte(g_utf8_get_char(at));
        bool is_next = byte >= 0x80 && byte < 0xc0;
        if (byte < 0 || is_next != (open > 0))
            return 0;
        begun += byte >= 0xc0;
        open = is_next ? open - 1 : byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
    }
    return open == 0 ? begun : 0;
}

char *message_utf8_undouble(const char *utf8)
{
    if (doubled_count(utf8) < SURE_DOUBLE)
        return NULL;
    g_autoptr(GString) bytes = g_string_new(NULL);
    for (const char *at = utf8; *at != '\0'; at = g_utf8_next_char(at))
        g_string_append_c(bytes, (char)latin_byte(g_utf8_get_char(at)));
    return g_utf8_validate_len(bytes->str, bytes->len, NULL) ? g_strdup(bytes->str) : NULL;
}
