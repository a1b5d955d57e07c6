/* SPDX-License-Identifier: MIT */
/* Parts out of their transfer encoding, also where it is written oddly, broken, or not what the label says. */
#include "core/message_private.h"
#include <string.h>

#define PIECE_BYTES       65536
#define FALSE_SAMPLE      4096
#define PIECE_LETTERS_MIN 32 /* of a line without = at its end: fewer may be a word of a footer */

/* --- what is written of it --- */

/* "Content-Transfer-Encoding: \"base64\"", "(x) base-64", "quotedprintable" or with words behind it: GMime sees no encoding there. */
static void encoding_mend(GMimeObject *object, GMimeDataWrapper *content)
{
    static const struct {
        const char *name;
        GMimeContentEncoding encoding;
    } known[] = { { "base64", GMIME_CONTENT_ENCODING_BASE64 },
                  { "quotedprintable", GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE },
                  { "xuue", GMIME_CONTENT_ENCODING_UUENCODE },
                  { "uuencode", GMIME_CONTENT_ENCODING_UUENCODE } };
    const char *raw = g_mime_object_get_header(object, "Content-Transfer-Encoding");
    if (raw == NULL || g_mime_data_wrapper_get_encoding(content) != GMIME_CONTENT_ENCODING_DEFAULT)
        return;
    g_autoptr(GString) bare = g_string_new(NULL);
    const char *end = *raw == '(' ? strchr(raw, ')') : NULL;
    for (const char *at = end != NULL ? end : raw; *at != '\0' && bare->len < 32; at++)
        if (g_ascii_isalnum(*at))
            g_string_append_c(bare, g_ascii_tolower(*at));
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_str_has_prefix(bare->str, known[i].name))
            g_mime_data_wrapper_set_encoding(content, known[i].encoding);
}

/* Where lines end in two ways GMime cuts one byte too many, or too few, before a boundary: it takes the end of the boundary's own line for that of the line
 * before it. */
static void end_mend(GMimeStream *stream)
{
    char tail[3];
    int64_t end = stream->bound_end;
    GMimeStream *whole = stream;
    while (whole->super_stream != NULL)
        whole = whole->super_stream;
    int64_t limit = whole->bound_start + g_mime_stream_length(whole); /* GMime reads on behind the bytes it has */
    if (whole == stream || end < stream->bound_start + 1 || end >= limit)
        return;
    GMimeStream *around = g_mime_stream_substream(stream, end - 1, MIN(end + 2, limit));
    g_mime_stream_reset(around);
    ssize_t got = g_mime_stream_read(around, tail, sizeof tail);
    g_object_unref(around);
    if (got < 2)
        return;
    if (tail[1] == '\n' && tail[0] == '\r')
        stream->bound_end = end - 1;
    else if (tail[1] != '\n' && tail[1] != '\r' && got == 3 && tail[2] == '\n')
        stream->bound_end = end + 1;
}

/* As often as anybody likes. */
static void content_mend(GMimeObject *object, GMimeDataWrapper *content)
{
    if (content == NULL)
        return;
    encoding_mend(object, content);
    end_mend(g_mime_data_wrapper_get_stream(content));
}

/* --- base64 --- */

struct base64 {
    unsigned bits;
    int count, pads; /* characters of the four that are open; = behind them */
    bool is_done;
};

static int base64_value(unsigned char c)
{
    static const signed char values[256] = {
        ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11,
        ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22,
        ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33,
        ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44,
        ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55,
        ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64
    };
    return values[c] - 1;
}

/* Whole groups, as long as they stand there without a gap; how many characters that was. */
static size_t base64_groups(const char *in, size_t size, char *out)
{
    size_t i = 0;
    for (; i + 4 <= size; i += 4, out += 3) {
        int first = base64_value((unsigned char)in[i]), second = base64_value((unsigned char)in[i + 1]);
        int third = base64_value((unsigned char)in[i + 2]), last = base64_value((unsigned char)in[i + 3]);
        if ((first | second | third | last) < 0)
            break;
        out[0] = (char)(first << 2 | second >> 4);
        out[1] = (char)((second << 4 | third >> 2) & 0xff);
        out[2] = (char)((third << 6 | last) & 0xff);
    }
    return i;
}

/* Behind the end stands a line that is base64 again, and ends as one: it was encoded in pieces. */
static bool base64_goes_on(const char *in, size_t size)
{
    size_t begin = 0, end = 0;
    while (begin < size && strchr("\r\n", in[begin]) != NULL)
        begin++;
    for (end = begin; end < size && base64_value((unsigned char)in[end]) >= 0; end++)
        ;
    size_t letters = end - begin;
    for (; end < size && in[end] == '='; end++)
        ;
    bool is_line = end == size || in[end] == '\n' || in[end] == '\r';
    return is_line && letters > 0 && (end - begin) % 4 == 0 && (end - begin > letters || letters >= PIECE_LETTERS_MIN);
}

/* The bytes of the last group, whether or not somebody wrote the = behind it. */
static size_t base64_end(const struct base64 *self, char *out)
{
    unsigned bits = self->bits << 6 * (4 - self->count);
    out[0] = (char)(bits >> 16 & 0xff);
    out[1] = (char)(bits >> 8 & 0xff);
    return self->count >= 2 ? (size_t)self->count - 1 : 0;
}

/* What is no base64 is passed over; what stands behind the end (a list's footer) is none. */
static size_t base64_step(struct base64 *self, const char *in, size_t size, char *out)
{
    size_t length = 0;
    for (size_t i = 0; i < size && !self->is_done; i++) {
        size_t whole = self->count == 0 && self->pads == 0 ? base64_groups(in + i, size - i, out + length) : 0;
        i += whole;
        length += whole / 4 * 3;
        if (i >= size)
            break;
        int value = base64_value((unsigned char)in[i]);
        if (in[i] == '=' && self->count >= 2)
            self->is_done = self->count + ++self->pads >= 4;
        if (self->is_done && base64_goes_on(in + i + 1, size - i - 1)) {
            length += base64_end(self, out + length);
            *self = (struct base64){ .count = 0 };
            continue;
        }
        if (value < 0)
            continue;
        self->pads = 0;
        self->bits = self->bits << 6 | (unsigned)value;
        if (++self->count < 4)
            continue;
        out[length++] = (char)(self->bits >> 16 & 0xff);
        out[length++] = (char)(self->bits >> 8 & 0xff);
        out[length++] = (char)(self->bits & 0xff);
        self->count = 0;
    }
    return length;
}

static void base64_write(GMimeStream *in, GMimeStream *out)
{
    g_autofree char *piece = g_malloc(PIECE_BYTES), *decoded = g_malloc(PIECE_BYTES);
    struct base64 state = { .count = 0 };
    g_mime_stream_reset(in);
    for (ssize_t got; !state.is_done && (got = g_mime_stream_read(in, piece, PIECE_BYTES)) > 0;)
        g_mime_stream_write(out, decoded, base64_step(&state, piece, (size_t)got, decoded));
    g_mime_stream_write(out, decoded, base64_end(&state, decoded));
}

/* Called uuencoded, but no line says where a file begins: GMime would find nothing there. */
static bool is_without_begin(GMimeDataWrapper *content)
{
    char head[FALSE_SAMPLE + 1];
    GMimeStream *stream = g_mime_data_wrapper_get_stream(content);
    if (g_mime_data_wrapper_get_encoding(content) != GMIME_CONTENT_ENCODING_UUENCODE)
        return false;
    g_mime_stream_reset(stream);
    ssize_t got = g_mime_stream_read(stream, head, FALSE_SAMPLE);
    g_mime_stream_reset(stream);
    head[MAX(got, 0)] = '\0';
    return g_strstr_len(head, got, "begin ") == NULL && got > 0;
}

/* --- the bytes --- */

void message_content_write(GMimeObject *object, GMimeStream *out)
{
    GMimeDataWrapper *content = GMIME_IS_PART(object) ? g_mime_part_get_content(GMIME_PART(object)) : NULL;
    const char *words = GMIME_IS_MULTIPART(object) ? g_mime_multipart_get_prologue(GMIME_MULTIPART(object)) : NULL;
    content_mend(object, content);
    if (words != NULL) /* it has no parts, see parts_walk() */
        g_mime_stream_write_string(out, words);
    else if (GMIME_IS_MESSAGE_PART(object))
        g_mime_object_write_content_to_stream(object, NULL, out);
    else if (content != NULL && g_mime_data_wrapper_get_encoding(content) == GMIME_CONTENT_ENCODING_BASE64)
        base64_write(g_mime_data_wrapper_get_stream(content), out);
    else if (content != NULL && is_without_begin(content))
        g_mime_stream_write_to_stream(g_mime_data_wrapper_get_stream(content), out);
    else if (content != NULL)
        g_mime_data_wrapper_write_to_stream(content, out);
}

static char *stream_bytes(GMimeStream *out, size_t *size_out)
{
    const GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out));
    char *copy = g_malloc((gsize)bytes->len + 1);
    if (bytes->len > 0)
        memcpy(copy, bytes->data, bytes->len);
    copy[bytes->len] = '\0';
    *size_out = bytes->len;
    return copy;
}

char *message_object_bytes(GMimeObject *object, size_t *size_out)
{
    GMimeStream *out = g_mime_stream_mem_new();
    message_content_write(object, out);
    char *bytes = stream_bytes(out, size_out);
    g_object_unref(out);
    return bytes;
}

/* Called base64, but words with blanks between them and full stops: somebody forgot to encode. */
static bool is_falsely_encoded(GMimeDataWrapper *content)
{
    char head[FALSE_SAMPLE];
    GMimeStream *stream = g_mime_data_wrapper_get_stream(content);
    if (g_mime_data_wrapper_get_encoding(content) != GMIME_CONTENT_ENCODING_BASE64)
        return false;
    g_mime_stream_reset(stream);
    ssize_t got = g_mime_stream_read(stream, head, sizeof head), strange = 0;
    g_mime_stream_reset(stream);
    for (ssize_t i = 0; i < got && (strange > 0 || memchr(head, '\n', (size_t)i) == NULL); i++) /* the first line tells */
        strange += base64_value((unsigned char)head[i]) < 0 && head[i] != '=' && head[i] != '\r' && head[i] != '\n';
    return got >= 8 && base64_value((unsigned char)head[0]) >= 0 && strange * 12 > got;
}

char *message_text_bytes(GMimeObject *object, size_t *size_out)
{
    GMimeDataWrapper *content = GMIME_IS_PART(object) ? g_mime_part_get_content(GMIME_PART(object)) : NULL;
    if (content == NULL || !is_falsely_encoded(content))
        return message_object_bytes(object, size_out);
    GMimeStream *out = g_mime_stream_mem_new();
    g_mime_stream_write_to_stream(g_mime_data_wrapper_get_stream(content), out);
    char *bytes = stream_bytes(out, size_out);
    g_object_unref(out);
    return bytes;
}
