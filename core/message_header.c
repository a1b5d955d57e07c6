/* SPDX-License-Identifier: MIT */
/* Header fields as people read them: encoded words (RFC 2047) also in the broken forms that are common, raw bytes of any charset. */
#include "core/message_private.h"
#include <string.h>

#define HEADERS_MAX 500
#define BELOW_MAX   5

/* --- encoded words --- */

struct word {
    const char *charset, *text, *end; /* end: behind the closing ?= */
    size_t charset_length, text_length;
    bool is_base64;
};

/* "=?charset*language?B?text?=" at `at`, with blanks in the text too, as some write it. */
static bool word_read(const char *at, struct word *word)
{
    if (at[0] != '=' || at[1] != '?')
        return false;
    word->charset = at + 2;
    word->charset += strspn(word->charset, " \"'");
    word->charset_length = strcspn(word->charset, "? \t\"'<>()");
    const char *mark = word->charset + word->charset_length + strspn(word->charset + word->charset_length, " \"'");
    if (word->charset_length == 0 || mark[0] != '?' || mark[1] == '\0' || strchr("bBqQ", mark[1]) == NULL || mark[2] != '?')
        return false;
    word->is_base64 = mark[1] == 'b' || mark[1] == 'B';
    word->text = mark + 3;
    const char *end = strstr(word->text, "?="), *next = strstr(word->text, "=?");
    if (end != NULL && next != NULL && next + 1 == end) /* "…=?=": the last of "=3D=" cut short, not a word that begins */
        next = NULL;
    if (end == NULL || (next != NULL && next < end))
        return false;
    word->text_length = (size_t)(end - word->text);
    word->end = end + 2;
    size_t language = 0;
    while (language < word->charset_length && word->charset[language] != '*')
        language++;
    word->charset_length = language;
    return true;
}

static void word_decode_quoted(const struct word *word, GString *bytes)
{
    for (size_t i = 0; i < word->text_length; i++) {
        char c = word->text[i];
        int high = c == '=' && i + 2 < word->text_length ? g_ascii_xdigit_value(word->text[i + 1]) : -1;
        int low = high >= 0 ? g_ascii_xdigit_value(word->text[i + 2]) : -1;
        if (low >= 0) {
            g_string_append_c(bytes, (char)(high * 16 + low));
            i += 2;
        } else {
            g_string_append_c(bytes, c == '_' ? ' ' : c);
        }
    }
}

/* Padding may be missing, blanks be in it, and an = in the middle, where somebody put two together. */
static void word_decode_base64(const struct word *word, GString *bytes)
{
    g_autofree guchar *out = g_malloc(word->text_length / 4 * 3 + 6);
    for (size_t at = 0, end; at < word->text_length; at = end) {
        gint state = 0;
        guint save = 0;
        for (end = at; end < word->text_length && word->text[end] != '=';)
            end++;
        gsize length = g_base64_decode_step(word->text + at, end - at, out, &state, &save);
        if (state != 0)
            length += g_base64_decode_step("====", (gsize)(4 - (state < 0 ? -state : state)), out + length, &state, &save);
        g_string_append_len(bytes, (const char *)out, (gssize)length);
        while (end < word->text_length && word->text[end] == '=')
            end++;
    }
}

static bool is_same_charset(const struct word *a, const struct word *b)
{
    return a->charset_length == b->charset_length && g_ascii_strncasecmp(a->charset, b->charset, a->charset_length) == 0;
}

/* Words that follow each other in one charset are decoded as one: some mailers cut them in the middle of a character. */
static const char *words_decode(struct word word, GString *out)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    struct word next = word;
    bool has_next = true;
    while (has_next) {
        word = next;
        if (word.is_base64)
            word_decode_base64(&word, bytes);
        else
            word_decode_quoted(&word, bytes);
        has_next = word_read(word.end + strspn(word.end, " \t\r\n"), &next) && is_same_charset(&word, &next);
    }
    g_autofree char *charset = g_strndup(word.charset, word.charset_length);
    const char *truth = message_charset_doubt(bytes->str, bytes->len, charset);
    g_autofree char *utf8 = message_utf8(bytes->str, bytes->len, truth != NULL ? truth : charset, NULL),
                    *single = message_utf8_undouble(utf8);
    g_string_append(out, single != NULL ? single : utf8);
    struct word other;
    const char *blanks = word.end + strspn(word.end, " \t\r\n");
    return word_read(blanks, &other) ? blanks : word.end; /* blanks between two words do not count (RFC 2047, 6.2) */
}

static void word_write(GString *out, const char *utf8, size_t length)
{
    g_autofree char *text = g_base64_encode((const guchar *)utf8, length);
    g_string_append_printf(out, "=?utf-8?B?%s?=", text);
}

/* The charset that the text below is in, which its header may be written in too; caller frees; NULL: nothing that is worth more than a guess. */
static char *charset_below(GMimeObject *object)
{
    static const char *const dull[] = { "us-ascii", "utf-8", "utf8", "iso-8859-1", "windows-1252", "utf-16", "utf-7" };
    if (GMIME_IS_MESSAGE(object))
        object = g_mime_message_get_mime_part(GMIME_MESSAGE(object));
    for (int depth = 0; depth < BELOW_MAX && GMIME_IS_MULTIPART(object) && g_mime_multipart_get_count(GMIME_MULTIPART(object)) > 0; depth++)
        object = g_mime_multipart_get_part(GMIME_MULTIPART(object), 0);
    g_autofree char *charset = object != NULL ? message_object_charset(object) : NULL;
    for (size_t i = 0; charset != NULL && i < G_N_ELEMENTS(dull); i++)
        if (strcmp(charset, dull[i]) == 0)
            return NULL;
    return charset != NULL && message_charset_is_known(charset) ? g_steal_pointer(&charset) : NULL;
}

/* Bytes above ASCII should not stand in a header, and nothing says what they are. object: whose header it is; NULL: of none. */
static char *raw_utf8(const char *raw, size_t size, GMimeObject *object)
{
    g_autofree char *charset = object != NULL && !g_utf8_validate(raw, (gssize)size, NULL) ? charset_below(object) : NULL;
    return message_utf8(raw, size, charset, NULL);
}

char *message_value_mend(const char *raw, GMimeObject *object, bool is_plain)
{
    size_t size = MIN(strlen(raw), MESSAGE_VALUE_BYTES_MAX);
    g_autofree char *utf8 = raw_utf8(raw, size, object);
    g_strdelimit(utf8, "\t", ' ');
    GString *out = g_string_new(NULL);
    struct word word;
    for (const char *at = utf8; *at != '\0';) {
        if (*at == '=' && word_read(at, &word)) {
            g_autoptr(GString) decoded = g_string_new(NULL);
            at = words_decode(word, decoded);
            if (is_plain)
                g_string_append_len(out, decoded->str, (gssize)decoded->len);
            else
                word_write(out, decoded->str, decoded->len);
        } else if (*at == '\n' || *at == '\r') { /* a fold: the blank behind it stays */
            if (*at == '\r' && at[1] != '\n')
                g_string_append_c(out, ' ');
            at++;
        } else {
            g_string_append_c(out, *at++);
        }
    }
    if (is_plain)
        g_strdelimit(out->str, "\r\n", ' ');
    g_strstrip(out->str);
    return g_string_free(out, FALSE);
}

char *message_header_text(const char *raw)
{
    return raw != NULL ? message_value_mend(raw, NULL, true) : NULL;
}

/* --- fields --- */

const char *message_object_raw(GMimeObject *object, const char *name)
{
    GMimeHeader *field = g_mime_header_list_get_header(g_mime_object_get_header_list(object), name);
    return field != NULL ? g_mime_header_get_raw_value(field) : NULL;
}

char *message_object_header(GMimeObject *object, const char *name)
{
    const char *raw = message_object_raw(object, name);
    return raw != NULL ? message_value_mend(raw, object, true) : NULL;
}

const char *message_header(const message *self, const char *name)
{
    const char *known = g_hash_table_lookup(self->headers, name);
    if (known != NULL)
        return known;
    char *value = message_object_header(GMIME_OBJECT(self->mime), name);
    if (value != NULL)
        g_hash_table_insert(self->headers, g_strdup(name), value);
    return value;
}

static void headers_add(GPtrArray *lines, GMimeHeaderList *list)
{
    for (int i = 0; i < g_mime_header_list_get_count(list) && lines->len < HEADERS_MAX; i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(list, i);
        const char *raw = g_mime_header_get_raw_value(header);
        g_autofree char *value = message_header_text(raw != NULL ? raw : ""), *name = g_utf8_make_valid(g_mime_header_get_name(header), -1);
        if (g_ascii_strncasecmp(name, "X-Postern-", 10) != 0)
            g_ptr_array_add(lines, g_strdup_printf("%s: %s", name, value));
    }
}

/* GMime keeps "Content-Type" and the like with the part. */
char **message_headers(const message *self)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new();
    GMimeObject *root = g_mime_message_get_mime_part(self->mime);
    headers_add(lines, g_mime_object_get_header_list(GMIME_OBJECT(self->mime)));
    if (root != NULL)
        headers_add(lines, g_mime_object_get_header_list(root));
    g_ptr_array_add(lines, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&lines), FALSE);
}
