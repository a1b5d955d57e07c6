/* SPDX-License-Identifier: MIT */
/* Which charset bytes are in that are not UTF-8 and have no label that helps: by the letters that they would be. */
#include "core/message_private.h"
#include <string.h>
#include <uchardet.h>

#define SAMPLE_BYTES 8192 /* enough to tell a charset by */
#define SAMPLE_MIN   6    /* bytes above ASCII: fewer say nothing about a script */
#define RUSSIAN_MIN  60   /* of 100 */
#define BIG5_MIN     4    /* characters */
#define KANA_MIN     3

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

bool message_reads_as_japanese(const char *bytes, size_t size, const char *charset)
{
    struct letters count;
    return letters_count(bytes, size, charset, &count) && count.strange == 0 && is_japanese(&count);
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

/* How well it reads as Russian, of 100: the letters that are frequent there, and words in small letters, with a great one before, or all in great ones. 0: it
 * is no Cyrillic. In the wrong one of the two charsets small letters are great ones, and other letters. */
size_t message_russian_score(const char *bytes, size_t size, const char *charset)
{
    static const char frequent[] = "оеаинтсрвлкмдпу";
    g_autofree char *utf8 = g_convert(bytes, (gssize)size, "UTF-8", charset, NULL, NULL, NULL);
    size_t letters = 0, others = 0, good = 0, small = 0, great = 0;
    for (const char *at = utf8; at != NULL && *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool is_letter = c >= 0x0400 && c <= 0x045f, is_great = is_letter && g_unichar_isupper(c);
        others += c >= 0x80 && !is_letter;
        letters += is_letter;
        good += is_letter && g_utf8_strchr(frequent, -1, g_unichar_tolower(c)) != NULL;
        if (is_great && small > 0) /* "пРИВЕТ" */
            return 0;
        small = is_letter && !is_great ? small + 1 : 0;
        great = is_great ? great + 1 : 0;
    }
    return letters >= SAMPLE_MIN && others * 4 <= letters ? good * 100 / letters : 0;
}

static bool is_koi8_ukrainian(unsigned char byte)
{
    return memchr("\xa4\xa6\xa7\xad\xb4\xb6\xb7\xbd", byte, 8) != NULL;
}

/* Of KOI8-U, which has letters where KOI8-R has lines for tables. */
static bool has_ukrainian(const char *bytes, size_t size)
{
    size_t letters = 0, lines = 0;
    for (size_t i = 1; i + 1 < size; i++) {
        unsigned char byte = (unsigned char)bytes[i], before = (unsigned char)bytes[i - 1], next = (unsigned char)bytes[i + 1];
        bool is_letter = is_koi8_ukrainian(byte);
        bool is_beside = before >= 0xc0 || next >= 0xc0 || is_koi8_ukrainian(before) || is_koi8_ukrainian(next);
        letters += is_letter && is_beside;
        lines += byte >= 0x80 && byte < 0xc0 && byte != 0xa3 && byte != 0xb3 && !(is_letter && is_beside);
    }
    return letters > 0 && lines == 0;
}

const char *message_charset_of_cyrillic(const char *bytes, size_t size, size_t *score_out)
{
    static const char *const charsets[] = { "windows-1251", "koi8-r", "iso-8859-5", "ibm866" };
    const char *best = NULL;
    *score_out = RUSSIAN_MIN - 1;
    for (size_t i = 0; i < G_N_ELEMENTS(charsets); i++) {
        size_t score = message_russian_score(bytes, size, charsets[i]);
        if (score <= *score_out)
            continue;
        *score_out = score;
        best = charsets[i];
    }
    return best != NULL && strcmp(best, "koi8-r") == 0 && has_ukrainian(bytes, size) ? "koi8-u" : best;
}

/* ΰ and ΐ are rare; in Cyrillic the same bytes are the most frequent letter, small and great. */
static bool is_really_greek(const char *bytes, size_t size)
{
    size_t above = 0, rare = 0;
    for (size_t i = 0; i < size; i++) {
        above += (unsigned char)bytes[i] >= 0xa0;
        rare += (unsigned char)bytes[i] == 0xe0 || (unsigned char)bytes[i] == 0xc0;
    }
    return rare * 30 < above;
}

/* Five letters have a form that stands at the end of words only; in Cyrillic the same bytes are anywhere. */
static bool is_really_hebrew(const char *bytes, size_t size)
{
    static const char finals[] = "ךםןףץ";
    g_autofree char *utf8 = g_convert(bytes, (gssize)size, "UTF-8", "windows-1255", NULL, NULL, NULL);
    size_t strange = 0, letters = 0;
    bool was_final = false;
    for (const char *at = utf8; at != NULL && *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool is_letter = c >= 0x05d0 && c <= 0x05ea;
        letters += is_letter;
        strange += (is_letter && was_final) || (c >= 0x80 && !is_letter);
        was_final = is_letter && g_utf8_strchr(finals, -1, c) != NULL;
    }
    return strange * 8 <= letters && letters > 0;
}

/* Small letters stand in it: what is all great ones may as well be Cyrillic in small ones, and that is more frequent. */
static bool has_small_greek(const char *bytes, size_t size, const char *charset)
{
    g_autofree char *utf8 = g_convert(bytes, (gssize)size, "UTF-8", charset, NULL, NULL, NULL);
    size_t small = 0, great = 0;
    for (const char *at = utf8; at != NULL && *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        small += c >= 0x80 && g_unichar_islower(c);
        great += c >= 0x80 && g_unichar_isupper(c);
    }
    return small > great;
}

/* Katakana in Shift_JIS is pairs whose second byte is often ASCII; the first ones are no letters in any Latin charset. */
static bool is_kana_pairs(const char *bytes, size_t size)
{
    size_t above = 0, kana = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char lead = (unsigned char)bytes[i], trail = i + 1 < size ? (unsigned char)bytes[i + 1] : 0;
        if (lead < 0x80)
            continue;
        above++;
        if ((lead == 0x82 || lead == 0x83) && trail >= 0x40) {
            kana++;
            i++;
        }
    }
    return kana >= KANA_MIN && kana * 3 >= above * 2;
}

/* Pairs of which nearly all begin with the first byte of a frequent character. */
static bool is_common_chinese(const char *bytes, size_t size)
{
    size_t pairs = 0, common = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char lead = (unsigned char)bytes[i];
        if (lead < 0x80)
            continue;
        if (++i == size || (unsigned char)bytes[i] < 0xa1)
            return false;
        pairs++;
        common += lead >= 0xb0 && lead <= 0xd7;
    }
    return common * 10 >= pairs * 9;
}

/* Marks stand above letters there, and nowhere else. */
static bool is_thai(const char *bytes, size_t size)
{
    g_autofree char *utf8 = g_convert(bytes, (gssize)size, "UTF-8", "windows-874", NULL, NULL, NULL);
    size_t letters = 0, marks = 0, run = 0;
    for (const char *at = utf8; at != NULL && *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool is_mark = c == 0x0e31 || (c >= 0x0e34 && c <= 0x0e3a) || (c >= 0x0e47 && c <= 0x0e4e);
        if ((c >= 0x80 && (c < 0x0e01 || c > 0x0e5b)) || (is_mark && (run == 0 || run > 2)))
            return false;
        run = is_mark ? run + 1 : c >= 0x0e01 && c <= 0x0e2e; /* 0: no consonant before; 1: one; more: marks on it */
        letters += c >= 0x80;
        marks += is_mark;
    }
    return letters >= SAMPLE_MIN && marks * 10 >= letters;
}

/* Its second bytes are often letters of ASCII, so words look like those of Latin ones; the first bytes of its common characters are no Latin letters. */
static bool is_big5_words(const char *bytes, size_t size)
{
    size_t pairs = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char lead = (unsigned char)bytes[i];
        if (lead < 0x80)
            continue;
        unsigned char trail = i + 1 < size ? (unsigned char)bytes[i + 1] : 0;
        if (lead < 0xa1 || lead > 0xc6 || !((trail >= 0x40 && trail <= 0x7e) || (trail >= 0xa1 && trail <= 0xfe)))
            return false;
        pairs++;
        i++;
    }
    return pairs >= BIG5_MIN;
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
bool message_has_words_above_ascii(const char *bytes, size_t size)
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

/* Albanian has two letters that are not ASCII's, and as often as others have ten; Baltic has more, and never these two alone. */
static bool is_albanian(const char *bytes, size_t size)
{
    size_t own = 0, others = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char small = (unsigned char)bytes[i] | 0x20;
        bool is_letter = (unsigned char)bytes[i] >= 0xc0;
        own += is_letter && (small == 0xeb || small == 0xe7);
        others += is_letter && small != 0xeb && small != 0xe7;
    }
    return own >= SAMPLE_MIN && others * 20 <= own;
}

/* By how often letters follow each other (Mozilla's statistics); they need some words to be sure of anything, and few letters above ASCII say nothing. */
static const char *charset_by_frequency(const char *bytes, size_t size)
{
    static const char *const believed[] = { "windows-1250", "iso-8859-2", "windows-1253", "iso-8859-7", "windows-1255", "iso-8859-8",
                                            "windows-1256", "iso-8859-6", "tis-620",      "iso-8859-9", "windows-1254", "windows-1257",
                                            "iso-8859-13",  "big5",       "windows-1258", "iso-8859-16" };
    size_t above = 0;
    const char *found = "windows-1252";
    for (size_t i = 0; i < size; i++)
        above += (unsigned char)bytes[i] >= 0x80;
    uchardet_t detector = above >= SAMPLE_MIN && !is_albanian(bytes, size) ? uchardet_new() : NULL;
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

static bool is_greek(const char *charset)
{
    return strcmp(charset, "windows-1253") == 0 || strcmp(charset, "iso-8859-7") == 0;
}

static bool is_hebrew(const char *charset)
{
    return strcmp(charset, "windows-1255") == 0 || strcmp(charset, "iso-8859-8") == 0;
}

/* In these scripts our own guesses see Cyrillic. */
static bool is_other_script(const char *charset)
{
    return is_greek(charset) || is_hebrew(charset) || strcmp(charset, "windows-1256") == 0 || strcmp(charset, "iso-8859-6") == 0 ||
           strcmp(charset, "tis-620") == 0;
}

const char *message_charset_guess(const char *bytes, size_t whole)
{
    static const struct {
        const char *charset;
        bool (*is_so)(const struct letters *count);
    } guesses[] = { { "cp932", is_japanese }, { "euc-jp", is_japanese },       { "cp949", is_korean },    { "gb2312", is_chinese },
                    { "big5", is_chinese },   { "windows-1251", is_cyrillic }, { "koi8-r", is_cyrillic }, { "gb18030", is_chinese } };
    size_t size = sample_size(bytes, whole);
    if (g_strstr_len(bytes, (gssize)size, "\033$") != NULL || g_strstr_len(bytes, (gssize)size, "\033(J") != NULL)
        return "iso-2022-jp-3";
    const char *latin = message_charset_of_latin(bytes, size);
    if (latin != NULL)
        return latin;
    bool has_words = message_has_words_above_ascii(bytes, size);
    const char *frequent = charset_by_frequency(bytes, size);
    bool is_other = is_other_script(frequent);
    if (is_greek(frequent) && !(is_really_greek(bytes, size) && has_small_greek(bytes, size, frequent))) {
        is_other = false;
        frequent = is_really_greek(bytes, size) ? frequent : "windows-1251";
    }
    if (is_hebrew(frequent) && !is_really_hebrew(bytes, size)) {
        is_other = false;
        frequent = "windows-1251";
    }
    size_t score = 0;
    const char *cyrillic = has_words && !is_other ? message_charset_of_cyrillic(bytes, size, &score) : NULL;
    if (cyrillic != NULL)
        return cyrillic;
    if (is_kana_pairs(bytes, size))
        return "cp932";
    if (has_words && is_thai(bytes, size) && !is_common_chinese(bytes, size))
        return "windows-874";
    if (!has_words && !is_other && is_big5_words(bytes, size))
        return "big5";
    for (size_t i = 0; i < G_N_ELEMENTS(guesses) && has_words; i++) {
        struct letters count;
        if (is_other && guesses[i].is_so == is_cyrillic)
            break;
        if (letters_count(bytes, size, guesses[i].charset, &count) && count.strange == 0 && guesses[i].is_so(&count))
            return guesses[i].charset;
    }
    return frequent;
}
