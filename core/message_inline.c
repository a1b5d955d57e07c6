/* SPDX-License-Identifier: MIT */
/* Files written into a text: uuencode (also its base64 form) and yEnc. */
#include "core/message_packed.h"
#include <gio/gio.h>
#include <string.h>
#include <zlib.h>

#define NAME_BYTES_MAX 255
#define UU_SURE        3 /* whole lines, after which it is no prose */

void packed_file_free(gpointer data)
{
    struct packed_file *self = data;
    g_free(self->name);
    g_free(self->type);
    g_bytes_unref(self->bytes);
    g_free(self);
}

/* Behind the line at `at`. */
static const char *line_next(const char *at)
{
    const char *newline = strchr(at, '\n');
    return newline != NULL ? newline + 1 : at + strlen(at);
}

static char *line_rest(const char *at)
{
    size_t length = strcspn(at, "\r\n");
    g_autofree char *rest = length > 0 && length <= NAME_BYTES_MAX ? g_strndup(at, length) : NULL;
    return rest != NULL ? g_utf8_make_valid(g_strstrip(rest), -1) : NULL;
}

/* --- uuencode --- */

static bool is_uu_line(const char *at)
{
    int bytes = (*at - ' ') & 63;
    size_t length = strcspn(at, "\r\n"), expected = 1 + (size_t)(bytes + 2) / 3 * 4;
    return *at >= ' ' && *at <= '`' && length + 2 >= expected && length <= expected + 2;
}

static size_t uu_whole(const char *at)
{
    return *at == 'M' && strcspn(at, "\r\n") == 61;
}

/* One of the lines in the middle that lost its end on the way: no prose is written in capitals alone. */
static bool is_uu_cut(const char *at)
{
    size_t length = strcspn(at, "\r\n");
    if (*at != 'M' || length < 2 || length > 61)
        return false;
    for (size_t i = 0; i < length; i++)
        if (at[i] < ' ' || at[i] > '`')
            return false;
    return true;
}

/* Blanks at the end of a line may have been lost on the way: they are zeros. */
static unsigned uu_value(const char *at, size_t index, size_t length)
{
    return index < length ? (unsigned)(at[index] - ' ') & 63 : 0;
}

static void uu_decode(const char *at, GByteArray *bytes)
{
    size_t count = (size_t)(*at - ' ') & 63, length = strcspn(at, "\r\n");
    for (size_t i = 1; count > 0; i += 4) {
        unsigned bits = uu_value(at, i, length) << 18 | uu_value(at, i + 1, length) << 12 | uu_value(at, i + 2, length) << 6 |
                        uu_value(at, i + 3, length);
        const guint8 three[] = { (guint8)(bits >> 16 & 0xff), (guint8)(bits >> 8 & 0xff), (guint8)(bits & 0xff) };
        size_t taken = MIN(count, sizeof three);
        g_byte_array_append(bytes, three, (guint)taken);
        count -= taken;
    }
}

/* The mode, then the name. NULL: it is not the first line of such a file. */
static char *begin_read(const char *at)
{
    if (!g_ascii_isdigit(*at))
        return NULL;
    at += strspn(at, "0123456789");
    return *at == ' ' ? line_rest(at + 1) : NULL;
}

static char *uu_file(const char *at, const char **next_out, GByteArray *bytes, bool *is_damaged_out)
{
    g_autofree char *name = begin_read(at + strlen("begin "));
    const char *line = line_next(at);
    size_t whole = 0;
    bool is_damaged = false;
    if (name == NULL || !is_uu_line(line) || g_str_has_prefix(line, "end"))
        return NULL;
    for (; *line != '\0' && !g_str_has_prefix(line, "end"); line = line_next(line)) {
        bool is_cut = !is_uu_line(line);
        if (is_cut && !is_uu_cut(line))
            break;
        is_damaged |= is_cut;
        whole += uu_whole(line);
        if (bytes != NULL)
            uu_decode(line, bytes);
    }
    bool has_end = g_str_has_prefix(line, "end");
    is_damaged |= !has_end;
    if (is_damaged && whole < UU_SURE)
        return NULL;
    *is_damaged_out = is_damaged;
    *next_out = has_end ? line_next(line) : line;
    return g_steal_pointer(&name);
}

static char *base64_file(const char *at, const char **next_out, GByteArray *bytes, bool *is_damaged_out)
{
    *is_damaged_out = false;
    g_autofree char *name = begin_read(at + strlen("begin-base64 "));
    const char *begin = line_next(at), *end = name != NULL ? strstr(begin, "\n====") : NULL;
    if (end == NULL || strspn(begin, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n") < (size_t)(end - begin))
        return NULL;
    g_autofree char *text = g_strndup(begin, (size_t)(end - begin));
    gsize size = 0;
    g_autofree guchar *decoded = g_base64_decode(text, &size);
    if (bytes != NULL)
        g_byte_array_append(bytes, decoded, (guint)size);
    *next_out = line_next(end + 1);
    return g_steal_pointer(&name);
}

/* --- yEnc --- */

static void yenc_decode(const char *line, size_t length, GByteArray *bytes)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)line[i];
        if (c == '\r')
            continue;
        if (c == '=' && i + 1 < length)
            c = (unsigned char)((unsigned char)line[++i] - 64);
        c = (unsigned char)(c - 42);
        g_byte_array_append(bytes, &c, 1);
    }
}

/* A number behind `key` in one of its own lines; -1: none. */
static gint64 yenc_number(const char *line, const char *key, guint base)
{
    g_autofree char *copy = g_strndup(line, strcspn(line, "\r\n"));
    const char *found = strstr(copy, key);
    return found != NULL ? (gint64)(g_ascii_strtoull(found + strlen(key), NULL, base) & G_MAXUINT32) : -1;
}

bool inline_file_is_piece(const char *line, int *number_out, int *total_out)
{
    gint64 number = yenc_number(line, " part=", 10), total = yenc_number(line, " total=", 10);
    if (!g_str_has_prefix(line, "=ybegin ") || number < 1 || total < 2 || number > total || total > G_MAXINT)
        return false;
    *number_out = (int)number;
    *total_out = (int)total;
    return true;
}

/* What its last line says of size and checksum; that of the whole does not count for a piece. */
static bool yenc_is_whole(const char *last, const GByteArray *bytes)
{
    gint64 size = yenc_number(last, " size=", 10), piece = yenc_number(last, " pcrc32=", 16);
    gint64 sum = yenc_number(last, " part=", 10) < 0 && piece < 0 ? yenc_number(last, " crc32=", 16) : piece;
    return (size < 0 || size == bytes->len) && (sum < 0 || sum == (gint64)crc32_z(0, bytes->data, bytes->len));
}

static char *yenc_file(const char *at, const char **next_out, GByteArray *bytes, bool *is_damaged_out)
{
    g_autofree char *head = g_strndup(at, strcspn(at, "\r\n"));
    const char *name = strstr(head, " name="), *last = strstr(at, "\n=yend"), *end = last != NULL ? last + 1 : at + strlen(at);
    char *read = name != NULL && (last != NULL || strstr(head, " size=") != NULL) ? line_rest(name + strlen(" name=")) : NULL;
    if (read == NULL)
        return NULL;
    for (const char *line = line_next(at); bytes != NULL && line < end; line = line_next(line))
        if (!g_str_has_prefix(line, "=ypart "))
            yenc_decode(line, strcspn(line, "\n"), bytes);
    *is_damaged_out = last == NULL || (bytes != NULL && !yenc_is_whole(end, bytes));
    *next_out = line_next(end);
    return read;
}

/* --- all of them --- */

static const struct {
    const char *begin;
    char *(*read)(const char *at, const char **next_out, GByteArray *bytes, bool *is_damaged_out);
} kinds[] = { { "begin ", uu_file }, { "begin-base64 ", base64_file }, { "=ybegin ", yenc_file } };

char *inline_file_read(const char *line, const char **next_out, GByteArray *bytes, bool *is_damaged_out)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_str_has_prefix(line, kinds[i].begin))
            return kinds[i].read(line, next_out, bytes, is_damaged_out);
    return NULL;
}

static char *type_by_name(const char *name)
{
    g_autofree char *kind = g_content_type_guess(name, NULL, 0, NULL);
    char *type = kind != NULL ? g_content_type_get_mime_type(kind) : NULL;
    return type != NULL ? type : g_strdup("application/octet-stream");
}

GPtrArray *inline_files(const char *text)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(packed_file_free);
    int tried = 0;
    for (const char *at = text; *at != '\0' && tried < PACKED_FILES_MAX;) {
        const char *next = NULL;
        bool is_damaged = false, may_be_file = g_str_has_prefix(at, "begin") || g_str_has_prefix(at, "=ybegin ");
        g_autoptr(GByteArray) bytes = may_be_file ? g_byte_array_new() : NULL;
        char *name = may_be_file ? inline_file_read(at, &next, bytes, &is_damaged) : NULL;
        tried += may_be_file;
        at = name != NULL ? next : line_next(at);
        if (name == NULL)
            continue;
        struct packed_file *file = g_new0(struct packed_file, 1);
        *file = (struct packed_file){ name, type_by_name(name), g_byte_array_free_to_bytes(g_steal_pointer(&bytes)), is_damaged };
        g_ptr_array_add(found, file);
    }
    return found;
}
