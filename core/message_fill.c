/* SPDX-License-Identifier: MIT */
/* A part that was fetched alone takes its place in a skeleton. */
#include "core/message_private.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>

/* A message inside the message is never encoded but as 7bit, 8bit or binary (RFC 2046, 5.2.1). */
static void fill_message(GMimeMessagePart *part, GMimeStream *stream)
{
    GMimeStream *harmless = message_guard_stream(g_object_ref(stream));
    GMimeParser *parser = g_mime_parser_new_with_stream(harmless);
    GMimeMessage *inner = g_mime_parser_construct_message(parser, NULL);
    if (inner != NULL) {
        g_mime_message_part_set_message(part, inner);
        g_object_unref(inner);
    }
    g_object_unref(parser);
    g_object_unref(harmless);
}

static GBytes *stream_bytes(GMimeStream *stream)
{
    GMimeStream *copy = g_mime_stream_mem_new();
    g_mime_stream_write_to_stream(stream, copy);
    const GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(copy));
    GBytes *all = g_bytes_new(bytes->data, bytes->len);
    g_object_unref(copy);
    g_mime_stream_reset(stream);
    return all;
}

static void fill_part(GMimePart *part, GMimeStream *stream)
{
    GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(stream, g_mime_part_get_content_encoding(part));
    g_mime_part_set_content(part, content);
    g_object_unref(content);
}

bool message_fill_part(message *self, const char *section, const char *path, GError **error)
{
    for (guint i = 0; i < self->parts->len; i++) {
        struct message_part *part = g_ptr_array_index(self->parts, i);
        if (g_strcmp0(part->section, section) != 0)
            continue;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        int saved = errno;
        if (fd < 0) {
            g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_READ, _("The attachment could not be read: %s: %s"), path, g_strerror(saved));
            return false;
        }
        GMimeObject *object = g_ptr_array_index(self->objects, i);
        GMimeStream *stream = g_mime_stream_fs_new(fd);
        if (GMIME_IS_MESSAGE_PART(object)) {
            g_hash_table_insert(self->filled, object, stream_bytes(stream));
            fill_message(GMIME_MESSAGE_PART(object), stream);
        }
        if (GMIME_IS_PART(object))
            fill_part(GMIME_PART(object), stream);
        g_object_unref(stream);
        part->is_here = true;
        g_ptr_array_set_size(self->parts, (int)self->objects->len);
        g_ptr_array_set_size(self->packed, 0);
        message_unpack(self);
        return true;
    }
    g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, _("The message has no part %s."), section);
    return false;
}
