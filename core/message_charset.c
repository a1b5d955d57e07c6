/* SPDX-License-Identifier: MIT */
/* Bytes of mail → UTF-8, whatever the label says: what labels really mean, and which charset it is where none is given or it is wrong. */
#include "core/message_private.h"
#include <string.h>
#include <uchardet.h>

#define SAMPLE_BYTES 8192 /* enough to tell a charset by */
#define SAMPLE_MIN   6    /* bytes above ASCII: fewer say nothing about a script */

/* What the labels really mean in mail, as every browser takes them (WHATWG). NULL: what they say. */
static const char *label_meant(const char *charset)
{
    static const char *const meant[][2] = { { "us-ascii", "windows-1252" },
                                            { "ascii", "windows-1252" },
                                            { "iso-8859-1", "windows-1252" },
                                            { "latin1", "windows-1252" },
                                            { "iso8859-1", "windows-1252" },
                                            { "x-ansi", "windows-1252" },
                                            { "gb2312", "gb18030" },
                                            { "gbk", "gb18030" },
                                            { "x-gbk", "gb18030" },
                                            { "hz-gb-2312", "hz" },
                                            { "iso-8859-9", "windows-1254" },
                                            { "ks_c_5601-1987", "cp949" },
                                            { "euc-kr", "cp949" },
                                            { "x-windows-949", "cp949" },
                                            { "shift_jis", "cp932" },
                                            { "shift-jis", "cp932" },
                                            { "x-sjis", "cp932" },
                                            { "windows-31j", "cp932" },
                                            { "ms_kanji", "cp932" },
                                            { "big5", "big5-hkscs" },
                                            { "x-x-big5", "big5-hkscs" },
                                            { "utf8", "utf-8" },
                                            { "unicode-1-1-utf-8", "utf-8" },
                                            { "unicode-1-1-utf-7", "utf-7" },
                                            { "iso-8859-8-i", "iso-8859-8" },
                                            { "iso-8859-8-e", "iso-8859-8" },
                                            { "x-mac-roman", "macintosh" },
                                            { "iso-2022-jp", "iso-2022-jp-3" },
                                            { "tis-620", "windows-874" },
                                            { "iso-8859-11", "windows-874" },
                                            { "x-unknown", "" },
                                            { "unknown-8bit", "" },
                                            { "default", "" },
                                            { "default_charset", "" },
                                            { "_iso-8859-1$esc", "windows-1252" } };
    for (size_t i = 0; i < G_N_ELEMENTS(meant); i++)
        if (g_ascii_strcasecmp(charset, meant[i][0]) == 0)
            return meant[i][1];
    return NULL;
}

/* "win-1251", "x-cp1251", "Cp 1251", "ISO8859_2", "x-mac-cyrillic" as iconv calls them. Caller frees. */
static char *label_straighten(const char *charset)
{
    static const struct {
        const char *begin, *name;
    } families[] = { { "windows", "windows-" },  { "win", "windows-" },   { "cp", "cp" },    { "ibm", "cp" },
                     { "iso8859", "iso-8859-" }, { "8859", "iso-8859-" }, { "mac", "mac-" }, { "utf", "utf-" } };
    g_autoptr(GString) bare = g_string_new(NULL);
    for (const char *at = charset + (g_ascii_strncasecmp(charset, "x-", 2) == 0 ? 2 : 0); *at != '\0'; at++)
        if (g_ascii_isalnum(*at))
            g_string_append_c(bare, g_ascii_tolower(*at));
    for (size_t i = 0; i < G_N_ELEMENTS(families); i++) {
        const char *rest = bare->str + strlen(families[i].begin);
        if (g_str_has_prefix(bare->str, families[i].begin) && *rest != '\0' && (g_ascii_isdigit(*rest) || families[i].name[0] == 'm'))
            return g_strconcat(g_str_has_prefix(bare->str, "cp125") ? "windows-" : families[i].name, rest, NULL);
    }
    return g_strdup(charset);
}

static bool is_charset(const char *charset)
{
    GIConv converter = g_iconv_open("UTF-8", charset);
    bool is_known = converter != (GIConv)-1; /* NOLINT: GLib's own convention */
    if (is_known)
        g_iconv_close(converter);
    return is_known;
}

/* Caller frees; "": it says nothing. */
static char *charset_meant(const char *label)
{
    g_autofree char *trimmed = g_strstrip(g_strdelimit(g_strdup(label), "\"'", ' '));
    const char *meant = label_meant(trimmed);
    if (meant != NULL)
        return g_strdup(meant);
    g_autofree char *straight = label_straighten(trimmed);
    meant = label_meant(straight);
    return g_strdup(meant != NULL ? meant : is_charset(trimmed) ? trimmed : straight);
}

/* --- which script is it? --- */

struct letters {
    int all, hiragana, kana, hangul, han, symbols, cyrillic, small_cyrillic, strange, half_kana;
};

static void letter_count(struct letters *count, gunichar c)
{
    bool is_cyrillic = c >= 0x0400 && c <= 0x045f;
    count->all++;
    count->hiragana += c >= 0x3041 && c <= 0x309f;
    count->kana += c >= 0x3041 && c <= 0x30ff;
    count->half_kana += c >= 0xff61 && c <= 0xff9f;
    count->hangul += c >= 0xac00 && c <= 0xd7a3;
    count->han += c >= 0x4e00 && c <= 0x9fff;
    count->symbols += (c >= 0x3000 && c <= 0x303f) || (c >= 0xff00 && c <= 0xff60);
    count->cyrillic += is_cyrillic;
    count->small_cyrillic += is_cyrillic && g_unichar_islower(c);
    count->strange += (c >= 0x80 && c < 0xa0) || (c >= 0xe000 && c <= 0xf8ff) || (c >= 0x2500 && c <= 0x25ff && c != 0x25cf && c != 0x25a0);
}

/* False: the bytes are not in this charset at all. */
static bool letters_count(const char *bytes, size_t size, const char *charset, struct letters *count_out)
{
    g_autofree char *utf8 = g_convert(bytes, (gssize)size, "UTF-8", charset, NULL, NULL, NULL);
    struct letters count = { 0 };
    for (const char *at = utf8; at != NULL && *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c >= 0x80)
            letter_count(&count, c);
    }
    *count_out = count;
    return utf8 != NULL && count.all > 0;
}

static bool is_japanese(const struct letters *count)
{
    return count->hiragana * 6 > count->all && count->half_kana * 4 < count->all;
}

static bool is_korean(const struct letters *count)
{
    return (count->hangul + count->symbols) * 10 > count->all * 8;
}

static bool is_chinese(const struct letters *count)
{
    return (count->han + count->symbols) * 10 > count->all * 9 && count->han > 0;
}

/* In the wrong one of the two Cyrillic charsets small letters are great ones and the other way round. */
static bool is_cyrillic(const struct letters *count)
{
    return count->cyrillic * 10 > count->all * 8 && count->small_cyrillic * 10 > count->cyrillic * 6;
}

/* A sample must not end in the middle of a character: at a line, or where ASCII begins. */
static size_t sample_size(const char *bytes, size_t size)
{
    if (size <= SAMPLE_BYTES)
        return size;
    size_t end = SAMPLE_BYTES;
    while (end > SAMPLE_BYTES / 2 && bytes[end - 1] != '\n')
        end--;
    return end;
}

/* "Grüße": single letters between ASCII; in Cyrillic whole words are above ASCII. */
static bool has_words_above_ascii(const char *bytes, size_t size)
{
    size_t above = 0, in_runs = 0, run = 0;
    for (size_t i = 0; i <= size; i++) {
        if (i < size && (unsigned char)bytes[i] >= 0x80) {
            run++;
            continue;
        }
        above += run;
        in_runs += run >= 3 ? run : 0;
        run = 0;
    }
    return above >= SAMPLE_MIN && in_runs * 10 > above * 7;
}

/* By how often letters follow each other (Mozilla's statistics); they need some words to be sure of anything, and few letters above ASCII say nothing. */
static const char *charset_by_frequency(const char *bytes, size_t size)
{
    static const char *const believed[] = { "windows-1250", "iso-8859-2",   "windows-1253", "iso-8859-7",   "windows-1255",
                                            "iso-8859-8",   "windows-1256", "tis-620",      "iso-8859-9",   "windows-1254",
                                            "windows-1257", "iso-8859-13",  "big5",         "windows-1258", "iso-8859-16" };
    size_t above = 0;
    const char *found = "windows-1252";
    for (size_t i = 0; i < size; i++)
        above += (unsigned char)bytes[i] >= 0x80;
    uchardet_t detector = above >= SAMPLE_MIN ? uchardet_new() : NULL;
    if (detector == NULL)
        return found;
    if (uchardet_handle_data(detector, bytes, size) == 0) {
        uchardet_data_end(detector);
        for (size_t i = 0; i < G_N_ELEMENTS(believed); i++)
            if (g_ascii_strcasecmp(uchardet_get_charset(detector), believed[i]) == 0)
                found = believed[i];
    }
    uchardet_delete(detector);
    return found;
}

/* Never NULL. For bytes that are not UTF-8 and have no label that helps. */
static const char *charset_guess(const char *bytes, size_t whole)
{
    static const struct {
        const char *charset;
        bool (*is_so)(const struct letters *count);
    } guesses[] = { { "cp932", is_japanese }, { "euc-jp", is_japanese },       { "cp949", is_korean },    { "gb2312", is_chinese },
                    { "big5", is_chinese },   { "windows-1251", is_cyrillic }, { "koi8-r", is_cyrillic }, { "gb18030", is_chinese } };
    /* In these scripts our own guesses below see Cyrillic. */
    static const char *const scripts[] = { "windows-1253", "iso-8859-7", "windows-1255", "iso-8859-8", "windows-1256", "tis-620" };
    size_t size = sample_size(bytes, whole);
    if (g_strstr_len(bytes, (gssize)size, "\033$") != NULL || g_strstr_len(bytes, (gssize)size, "\033(J") != NULL)
        return "iso-2022-jp-3";
    const char *frequent = charset_by_frequency(bytes, size);
    bool is_script = false;
    for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++)
        is_script |= strcmp(frequent, scripts[i]) == 0;
    for (size_t i = 0; i < G_N_ELEMENTS(guesses) && has_words_above_ascii(bytes, size); i++) {
        struct letters count;
        if (is_script && guesses[i].is_so == is_cyrillic)
            break;
        if (letters_count(bytes, size, guesses[i].charset, &count) && count.strange == 0 && guesses[i].is_so(&count))
            return guesses[i].charset;
    }
    return frequent;
}

/* --- to UTF-8 --- */

static char *utf8_clean(const char *bytes, size_t size)
{
    g_autofree char *copy = g_memdup2(bytes, size + 1);
    for (size_t i = 0; i < size; i++)
        if (copy[i] == '\0')
            copy[i] = ' ';
    copy[size] = '\0';
    return g_utf8_make_valid(copy, (gssize)size);
}

/* Labelled so, and broken at some places only: more characters are right than wrong. */
static bool is_broken_utf8(const char *bytes, size_t size)
{
    size_t right = 0, wrong = 0;
    for (size_t i = 0; i < size;) {
        if ((unsigned char)bytes[i] < 0x80) {
            i++;
            continue;
        }
        gunichar c = g_utf8_get_char_validated(bytes + i, (gssize)(size - i));
        bool is_right = c != (gunichar)-1 && c != (gunichar)-2;
        right += is_right;
        wrong += !is_right;
        i += is_right ? (size_t)g_unichar_to_utf8(c, NULL) : 1;
    }
    return right > 0 && right >= wrong;
}

static bool is_utf8_label(const char *charset)
{
    return g_ascii_strcasecmp(charset, "utf-8") == 0;
}

/* Seven-bit charsets and wide ones look like valid UTF-8, so the label must be believed. */
static bool hides_in_ascii(const char *charset)
{
    static const char *const hidden[] = { "iso-2022", "utf-7", "utf-16", "utf-32", "ucs-", "hz", "imap" };
    for (size_t i = 0; i < G_N_ELEMENTS(hidden); i++)
        if (g_ascii_strncasecmp(charset, hidden[i], strlen(hidden[i])) == 0)
            return true;
    return false;
}

static char *convert(const char *bytes, size_t size, const char *charset, gsize *length_out)
{
    return g_convert_with_fallback(bytes, (gssize)size, "UTF-8", charset, "?", NULL, length_out, NULL);
}

/* As the label says if it can be, mended where a few bytes are wrong. NULL: the label is of no use. */
static char *convert_labelled(const char *bytes, size_t size, const char *charset, bool is_utf8, gsize *length_out)
{
    *length_out = size;
    if (is_utf8_label(charset))
        return is_utf8 || is_broken_utf8(bytes, size) ? g_memdup2(bytes, size + 1) : NULL;
    char *converted = g_convert(bytes, (gssize)size, "UTF-8", charset, NULL, length_out, NULL);
    if (converted != NULL || !hides_in_ascii(charset))
        return converted;
    return convert(bytes, size, charset, length_out);
}

bool message_charset_is_known(const char *label)
{
    g_autofree char *charset = charset_meant(label);
    return *charset != '\0' && is_charset(charset);
}

/* Two bytes a character, with the mark that says so, and without a label. */
static const char *wide_by_mark(const char *bytes, size_t size)
{
    bool is_wide = size >= 4 && size % 2 == 0 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0);
    return is_wide ? "utf-16" : "";
}

char *message_utf8(const char *bytes, size_t size, const char *label, size_t *length_out)
{
    g_autofree char *terminated = g_malloc(size + 1), *converted = NULL;
    g_autofree char *charset = label != NULL ? charset_meant(label) : g_strdup(wide_by_mark(bytes, size));
    gsize length = size;
    memcpy(terminated, bytes, size);
    terminated[size] = '\0';
    bool is_utf8 = g_utf8_validate_len(terminated, size, NULL);
    bool is_ascii_label = *charset == '\0' || (label != NULL && g_ascii_strcasecmp(label, "us-ascii") == 0);
    bool is_escaped = memchr(terminated, '\033', size) != NULL && g_strstr_len(terminated, (gssize)size, "\033$") != NULL;
    if (is_ascii_label && is_utf8 && !is_escaped)
        converted = g_memdup2(terminated, size + 1);
    if (converted == NULL && !is_ascii_label)
        converted = convert_labelled(terminated, size, charset, is_utf8, &length);
    if (converted == NULL && is_utf8 && !is_escaped) {
        length = size;
        converted = g_memdup2(terminated, size + 1);
    }
    if (converted == NULL)
        converted = convert(terminated, size, charset_guess(terminated, size), &length);
    if (converted == NULL)
        converted = convert(terminated, size, "iso-8859-1", &length);
    char *clean = converted != NULL ? utf8_clean(converted, length) : utf8_clean(terminated, size);
    if (length_out != NULL)
        *length_out = strlen(clean);
    return clean;
}
