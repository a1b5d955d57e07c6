/* SPDX-License-Identifier: MIT */
/* Addresses that would burst GMime: it reads "a:a:a:…" (groups in groups) by recursion as soon as it sees the field, in any message within too, and some
 * 10 000 end the program. So the bytes are looked through first, and only if there is such a field, it reads a copy without. */
#include "core/message_private.h"
#include <string.h>

#define COLONS_MAX  1000 /* of one field; what is beyond becomes a dot */
#define FIELD_MAX   11
#define PIECE_BYTES 65536

struct colons {
    char name[FIELD_MAX + 1]; /* the line so far, as far as it is needed to know the field */
    size_t length;
    bool is_fold, is_address_field;
    unsigned count;
};

static bool is_address_name(const char *line)
{
    static const char *const names[] = { "from", "to", "cc", "bcc", "reply-to", "sender", "resent-", "disposition", "mail-" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_ascii_strncasecmp(line, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* Whether this byte is a colon too many. */
static bool colons_step(struct colons *self, char byte)
{
    if (byte == '\n') {
        self->length = 0;
        return false;
    }
    if (self->length == 0) {
        self->is_fold = byte == ' ' || byte == '\t';
        self->count = self->is_fold ? self->count : 0;
        self->is_address_field = self->is_fold && self->is_address_field;
    }
    if (self->length < FIELD_MAX) {
        self->name[self->length++] = byte;
        self->name[self->length] = '\0';
        if (!self->is_fold && (byte == ':' || self->length == FIELD_MAX))
            self->is_address_field = self->is_address_field || is_address_name(self->name);
    }
    self->count += byte == ':';
    return byte == ':' && self->is_address_field && self->count > COLONS_MAX;
}

/* How many bytes do not matter: to the end of a line of another field. */
static size_t colons_skip(const struct colons *self, const char *bytes, size_t size)
{
    if (self->length < FIELD_MAX || self->is_address_field)
        return 0;
    const char *newline = memchr(bytes, '\n', size);
    return newline != NULL ? (size_t)(newline - bytes) : size;
}

static bool has_too_many(struct colons *self, const char *bytes, size_t size)
{
    for (size_t i = colons_skip(self, bytes, size); i < size; i++, i += colons_skip(self, bytes + i, size - i))
        if (colons_step(self, bytes[i]))
            return true;
    return false;
}

static void mend(char *bytes, size_t size)
{
    struct colons colons = { .length = 0 };
    for (size_t i = 0; i < size; i++)
        if (colons_step(&colons, bytes[i]))
            bytes[i] = '.';
}

/* So few in all of it that no field has too many: that is nearly every message, and quickly seen. */
static bool has_few(GMimeStream *stream, char *piece)
{
    unsigned count = 0;
    for (ssize_t got; count <= COLONS_MAX && (got = g_mime_stream_read(stream, piece, PIECE_BYTES)) > 0;) {
        const char *end = piece + got;
        for (const char *at = piece; count <= COLONS_MAX && (at = memchr(at, ':', (size_t)(end - at))) != NULL; at++)
            count++;
    }
    g_mime_stream_reset(stream);
    return count <= COLONS_MAX;
}

GMimeStream *message_guard_stream(GMimeStream *stream)
{
    g_autofree char *piece = g_malloc(PIECE_BYTES);
    struct colons colons = { .length = 0 };
    bool is_harmful = false;
    if (has_few(stream, piece))
        return stream;
    for (ssize_t got; !is_harmful && (got = g_mime_stream_read(stream, piece, PIECE_BYTES)) > 0;)
        is_harmful = has_too_many(&colons, piece, (size_t)got);
    g_mime_stream_reset(stream);
    if (!is_harmful)
        return stream;
    GMimeStream *copy = g_mime_stream_mem_new();
    g_mime_stream_write_to_stream(stream, copy);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(copy));
    mend((char *)bytes->data, bytes->len);
    g_mime_stream_reset(copy);
    g_object_unref(stream);
    return copy;
}
