/* SPDX-License-Identifier: MIT */
/* An attached message as it stands in the file: GMime would write it anew, with other line ends, which breaks signatures over it. */
#include "core/message_private.h"
#include <string.h>

#define PIECE_BYTES 8192 /* most are small, and what is behind them is read again for the next */

static int64_t first_offset(GMimeObject *object, int64_t known)
{
    GMimeHeaderList *list = object != NULL ? g_mime_object_get_header_list(object) : NULL;
    for (int i = 0; list != NULL && i < g_mime_header_list_get_count(list); i++) {
        int64_t offset = g_mime_header_get_offset(g_mime_header_list_get_header_at(list, i));
        if (offset >= 0 && (known < 0 || offset < known))
            known = offset;
    }
    return known;
}

/* A longer boundary may begin with a shorter one: behind it comes nothing but "--" and blanks. */
static bool is_boundary_end(const char *at, const char *end)
{
    return at < end && (strchr(" \t\r\n", *at) != NULL || (end - at >= 2 && at[0] == '-' && at[1] == '-'));
}

/* Where the line "--boundary" begins at or behind `from`; NULL: not in these bytes. */
static const char *boundary_find(const GByteArray *bytes, size_t from, const char *mark)
{
    const char *begin = (const char *)bytes->data, *end = begin + bytes->len, *at = begin + from;
    size_t length = strlen(mark);
    for (; at < end && (at = memmem(at, (size_t)(end - at), mark, length)) != NULL; at++)
        if ((at == begin || at[-1] == '\n') && is_boundary_end(at + length, end))
            return at;
    return NULL;
}

/* The line end before a boundary belongs to the boundary (RFC 2046, 5.1.1). */
static size_t without_line_end(const GByteArray *bytes, size_t length)
{
    length -= length > 0 && bytes->data[length - 1] == '\n';
    return length - (length > 0 && bytes->data[length - 1] == '\r');
}

static void read_to_boundary(GMimeStream *stream, const char *boundary, GByteArray *bytes)
{
    g_autofree char *mark = boundary != NULL ? g_strconcat("--", boundary, NULL) : NULL, *piece = g_malloc(PIECE_BYTES);
    for (ssize_t got; (got = g_mime_stream_read(stream, piece, PIECE_BYTES)) > 0;) {
        size_t before = bytes->len, overlap = mark != NULL ? MIN(strlen(mark) + 2, before) : 0;
        g_byte_array_append(bytes, (const guint8 *)piece, (guint)got);
        const char *end = mark != NULL ? boundary_find(bytes, before - overlap, mark) : NULL;
        if (end == NULL)
            continue;
        g_byte_array_set_size(bytes, (guint)without_line_end(bytes, (size_t)(end - (const char *)bytes->data)));
        return;
    }
}

static char *bytes_from(const message *self, int64_t begin, const char *boundary, size_t *size_out)
{
    if (begin < 0 || g_mime_stream_seek(self->parsed, begin, GMIME_STREAM_SEEK_SET) < 0)
        return NULL;
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    read_to_boundary(self->parsed, boundary, bytes);
    *size_out = bytes->len;
    g_byte_array_append(bytes, (const guint8 *)"", 1);
    return (char *)g_byte_array_free(g_steal_pointer(&bytes), FALSE);
}

char *message_entity_bytes(const message *self, GMimeObject *object, const char *boundary, size_t *size_out)
{
    return bytes_from(self, first_offset(object, -1), boundary, size_out);
}

char *message_inner_bytes(const message *self, GMimeObject *object, size_t *size_out)
{
    GBytes *file = g_hash_table_lookup(self->filled, object);
    gsize size = 0;
    if (file != NULL) {
        const char *bytes = g_bytes_get_data(file, &size);
        char *copy = g_malloc(size + 1);
        memcpy(copy, bytes != NULL ? bytes : "", size);
        copy[size] = '\0';
        *size_out = size;
        return copy;
    }
    GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
    int64_t begin = inner != NULL ? first_offset(g_mime_message_get_mime_part(inner), first_offset(GMIME_OBJECT(inner), -1)) : -1;
    return bytes_from(self, begin, g_hash_table_lookup(self->boundaries, object), size_out);
}
