/* SPDX-License-Identifier: MIT */
/* Bytes of mail → UTF-8, whatever the label says: what labels really mean, and which charset it is where none is given or it is wrong. */
#include "core/message_private.h"
#include <string.h>

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
                                            { "HZ", "hz" },
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
    if (strcmp(charset, "hz") == 0) /* ours */
        return true;
    GIConv converter = g_iconv_open("UTF-8", charset);
    bool is_known = converter != (GIConv)-1; /* NOLINT: GLib's own convention */
    if (is_known)
        g_iconv_close(converter);
    return is_known;
}

char *message_charset_meant(const char *label)
{
    g_autofree char *trimmed = g_strstrip(g_strdelimit(g_strdup(label), "\"'", ' '));
    const char *meant = label_meant(trimmed);
    if (meant != NULL)
        return g_strdup(meant);
    g_autofree char *straight = label_straighten(trimmed);
    meant = label_meant(straight);
    return g_strdup(meant != NULL ? meant : is_charset(trimmed) ? trimmed : straight);
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

/* What is left of a character that was cut in two, at the end: more than its first byte, which alone may be a letter of Latin-1. */
static bool is_cut_character(const char *bytes, size_t size)
{
    return size >= 2 && g_utf8_get_char_validated(bytes, (gssize)size) == (gunichar)-2;
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
        if (is_cut_character(bytes + i, size - i)) {
            right++;
            break;
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
bool message_charset_hides_in_ascii(const char *charset)
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
    if (strcmp(charset, "hz") == 0)
        return message_convert_hz(bytes, size, length_out);
    char *converted = g_convert(bytes, (gssize)size, "UTF-8", charset, NULL, length_out, NULL);
    if (converted != NULL)
        return converted;
    if (g_ascii_strncasecmp(charset, "iso-2022-jp", 11) == 0)
        return message_convert_jis(bytes, size, length_out);
    return message_convert_most(bytes, size, charset, message_charset_hides_in_ascii(charset), length_out);
}

static char *convert_guessed(const char *bytes, size_t size, gsize *length_out)
{
    const char *charset = message_charset_guess(bytes, size);
    char *converted = g_convert(bytes, (gssize)size, "UTF-8", charset, NULL, length_out, NULL);
    if (converted == NULL && g_str_has_prefix(charset, "iso-2022-jp"))
        return message_convert_jis(bytes, size, length_out);
    return converted != NULL ? converted : message_convert_most(bytes, size, charset, false, length_out);
}

bool message_charset_is_known(const char *label)
{
    g_autofree char *charset = message_charset_meant(label);
    return *charset != '\0' && is_charset(charset);
}

bool message_charset_keeps_ascii(const char *label)
{
    static const char ascii[] = "Pay 10 <not> +ADw-all+AD4- ~{of~} \\it~ [a]|{b} \"c\"^`@#$";
    g_autofree char *charset = message_charset_meant(label);
    g_autofree char *converted = *charset != '\0' ? g_convert(ascii, sizeof ascii - 1, "UTF-8", charset, NULL, NULL, NULL) : NULL;
    return *charset == '\0' || g_strcmp0(converted, ascii) == 0;
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
    g_autofree char *charset = label != NULL ? message_charset_meant(label) : g_strdup(wide_by_mark(bytes, size));
    gsize length = size;
    memcpy(terminated, bytes, size);
    terminated[size] = '\0';
    bool is_utf8 = g_utf8_validate_len(terminated, size, NULL);
    bool is_ascii_label = *charset == '\0' || (label != NULL && g_ascii_strcasecmp(label, "us-ascii") == 0);
    bool is_escaped = memchr(terminated, '\033', size) != NULL && g_strstr_len(terminated, (gssize)size, "\033$") != NULL;
    if (is_ascii_label && is_utf8 && message_is_hz(terminated, size))
        converted = message_convert_hz(terminated, size, &length);
    else if (is_ascii_label && is_utf8 && !is_escaped)
        converted = g_memdup2(terminated, size + 1);
    if (converted == NULL && !is_ascii_label)
        converted = convert_labelled(terminated, size, charset, is_utf8, &length);
    if (converted == NULL && is_utf8 && !is_escaped) {
        length = size;
        converted = g_memdup2(terminated, size + 1);
    }
    if (converted == NULL)
        converted = convert_guessed(terminated, size, &length);
    if (converted == NULL)
        converted = convert(terminated, size, "iso-8859-1", &length);
    char *clean = converted != NULL ? utf8_clean(converted, length) : utf8_clean(terminated, size);
    if (length_out != NULL)
        *length_out = strlen(clean);
    return clean;
}
