/* SPDX-License-Identifier: MIT */
/* How much of a message GMime gets to see: it makes objects of all parts and fields there are, before anybody can count them. */
#include "core/message_private.h"
#include <string.h>

#define HEAD_BYTES_MAX  ((size_t)4 * 1024 * 1024) /* of the message's own header */
#define HEAD_FIELDS_MAX 50000
#define FIELD_BYTES_MIN 3 /* "a:", and the line ends */
#define COPY_BYTES_MAX  (512 * 1024 * 1024)
#define LINE_BYTES_MAX  1000
#define BOUNDARIES_MAX  20000u
#define PIECE_BYTES     65536

/* --- parts --- */

/* Whether so many lines begin with "--" that there could be too many parts: of nearly every message this is all that is read here. */
static bool may_have_too_many(GMimeStream *stream)
{
    g_autofree char *piece = g_malloc(PIECE_BYTES + 2);
    size_t kept = 0;
    unsigned count = 0;
    for (ssize_t got; count <= MESSAGE_PARTS_MAX && (got = g_mime_stream_read(stream, piece + kept, PIECE_BYTES)) > 0;) {
        const char *end = piece + kept + got;
        for (const char *at = piece; (at = memmem(at, (size_t)(end - at), "\n--", 3)) != NULL; at += 3)
            count++;
        kept = MIN((size_t)(end - piece), 2);
        memmove(piece, end - kept, kept);
        if (kept == 2 && piece[1] == '-' && piece[0] == '-') /* they belong to one that was counted, or to none */
            kept = 0;
    }
    g_mime_stream_reset(stream);
    return count > MESSAGE_PARTS_MAX;
}

/* What this line declares. */
static void boundary_note(GHashTable *boundaries, const char *line, size_t length)
{
    g_autofree char *words = g_strndup(line, MIN(length, LINE_BYTES_MAX));
    const char *value = strcasestr(words, "boundary");
    value = value != NULL ? value + strlen("boundary") + strspn(value + strlen("boundary"), " \t") : NULL;
    if (value == NULL || *value != '=' || g_hash_table_size(boundaries) >= BOUNDARIES_MAX)
        return;
    value += 1 + strspn(value + 1, " \t");
    size_t end = *value == '"' ? strcspn(++value, "\"\r\n") : strcspn(value, "; \t\r\n");
    if (end > 0)
        g_hash_table_add(boundaries, g_strndup(value, end));
}

static bool begins_part(GHashTable *boundaries, const char *line, size_t length)
{
    while (length > 2 && strchr(" \t\r\n", line[length - 1]) != NULL)
        length--;
    if (length <= 2 || length > LINE_BYTES_MAX)
        return false;
    g_autofree char *name = g_strndup(line + 2, length - 2);
    return g_hash_table_contains(boundaries, name);
}

/* Where the first part begins that is one too many; -1: nowhere. */
static int64_t parts_end(const char *bytes, size_t size)
{
    g_autoptr(GHashTable) boundaries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    unsigned count = 0;
    for (const char *at = bytes, *end = bytes + size, *next; at < end; at = next) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        next = newline != NULL ? newline + 1 : end;
        size_t length = (size_t)(next - at);
        if (length > 2 && at[0] == '-' && at[1] == '-')
            count += begins_part(boundaries, at, length);
        else if (memmem(at, length, "ndary", 5) != NULL || memmem(at, length, "NDARY", 5) != NULL)
            boundary_note(boundaries, at, length);
        if (count > MESSAGE_PARTS_MAX)
            return at - bytes;
    }
    return -1;
}

static GMimeStream *parts_limit(GMimeStream *stream /* taken */, bool *is_cut)
{
    int64_t length = g_mime_stream_length(stream);
    if (length > COPY_BYTES_MAX || !may_have_too_many(stream))
        return stream;
    GMimeStream *copy = g_mime_stream_mem_new();
    g_mime_stream_write_to_stream(stream, copy);
    g_mime_stream_reset(stream);
    const GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(copy));
    int64_t end = parts_end((const char *)bytes->data, bytes->len);
    g_object_unref(copy);
    if (end < 0)
        return stream;
    *is_cut = true;
    GMimeStream *first = g_mime_stream_substream(stream, stream->bound_start, stream->bound_start + end);
    g_object_unref(stream);
    return first;
}

/* --- the header --- */

/* Behind so many fields, each of which is an object to GMime; 0: there are fewer. */
static size_t fields_end(const char *head, size_t size)
{
    unsigned count = 0;
    for (const char *at = head, *end = head + size, *newline; at < end; at = newline + 1) {
        newline = memchr(at, '\n', (size_t)(end - at));
        if (newline == NULL)
            break;
        if (*at != ' ' && *at != '\t' && ++count > HEAD_FIELDS_MAX)
            return (size_t)(at - head);
    }
    return 0;
}

/* Where the header has to end, behind a whole line; 0: it is short enough. */
static size_t head_end(GMimeStream *stream)
{
    g_autofree char *head = g_malloc(HEAD_BYTES_MAX);
    size_t size = 0;
    bool is_whole = false;
    for (ssize_t got; !is_whole && size < HEAD_BYTES_MAX && (got = g_mime_stream_read(stream, head + size, HEAD_BYTES_MAX - size)) > 0;) {
        size_t from = size > 3 ? size - 3 : 0;
        size += (size_t)got;
        const char *empty = memmem(head + from, size - from, "\n\n", 2), *other = memmem(head + from, size - from, "\n\r\n", 3);
        empty = empty == NULL || (other != NULL && other < empty) ? other : empty;
        is_whole = empty != NULL;
        size = is_whole ? (size_t)(empty - head) + 1 : size;
    }
    g_mime_stream_reset(stream);
    size_t fields = fields_end(head, size);
    if (fields > 0 || is_whole || size < HEAD_BYTES_MAX)
        return fields;
    const char *newline = memrchr(head, '\n', size);
    return newline != NULL ? (size_t)(newline - head) + 1 : size;
}

static GMimeStream *head_limit(GMimeStream *stream /* taken */, bool *is_cut)
{
    size_t end = g_mime_stream_length(stream) > HEAD_FIELDS_MAX * FIELD_BYTES_MIN ? head_end(stream) : 0;
    if (end == 0)
        return stream;
    *is_cut = true;
    GMimeStream *first = g_mime_stream_substream(stream, stream->bound_start, stream->bound_start + (int64_t)end);
    g_object_unref(stream);
    return first;
}

GMimeStream *message_limit_stream(GMimeStream *stream, bool *is_cut)
{
    return parts_limit(head_limit(stream, is_cut), is_cut);
}
