/* SPDX-License-Identifier: MIT */
/* All of a message whose parts came one by one, for sending it on. */
#include "core/message_whole.h"
#include "core/message_private.h"

static void drop_own_headers(GMimeObject *object)
{
    g_mime_object_remove_header(object, MESSAGE_SKELETON_HEADER);
    g_mime_object_remove_header(object, MESSAGE_MISSING_HEADER);
}

GBytes *message_whole(message *self)
{
    if (!self->is_skeleton)
        return message_raw(self);
    drop_own_headers(GMIME_OBJECT(self->mime));
    for (guint i = 0; i < self->objects->len; i++)
        drop_own_headers(g_ptr_array_index(self->objects, i));
    GMimeStream *out = g_mime_stream_mem_new();
    g_mime_object_write_to_stream(GMIME_OBJECT(self->mime), NULL, out);
    const GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out));
    GBytes *whole = g_bytes_new(bytes->data, bytes->len);
    g_object_unref(out);
    return whole;
}

GBytes *message_whole_mapped(message *self, const char *path)
{
    g_autoptr(GMappedFile) file = !self->is_skeleton && path != NULL ? g_mapped_file_new(path, FALSE, NULL) : NULL;
    return file != NULL ? g_mapped_file_get_bytes(file) : message_whole(self);
}
