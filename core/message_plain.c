/* SPDX-License-Identifier: MIT */
/* The text of a plain message exactly as it was written, for going on with it. */
#include "core/message_private.h"
#include <string.h>

/* The one part that is text; -1: there is none, or several. */
static int only_text(const message *self)
{
    int found = -1;
    for (guint i = 0; i < self->parts->len; i++) {
        const struct message_part *part = g_ptr_array_index(self->parts, i);
        if (part->is_attachment || part->is_packed)
            continue;
        if (found >= 0)
            return -1;
        found = (int)i;
    }
    return found;
}

char *message_plain(const message *self)
{
    int index = only_text(self);
    g_autofree char *bytes = NULL;
    size_t size = 0, length = 0;
    if (index < 0 || !GMIME_IS_TEXT_PART(g_ptr_array_index(self->objects, (guint)index)))
        return NULL;
    GMimeObject *object = g_ptr_array_index(self->objects, (guint)index);
    if (!g_mime_content_type_is_type(g_mime_object_get_content_type(object), "text", "plain") ||
        g_mime_object_get_content_type_parameter(object, "format") != NULL || !message_part_bytes(self, (size_t)index, &bytes, &size, NULL))
        return NULL;
    char *text = message_utf8(bytes, size, g_mime_object_get_content_type_parameter(object, "charset"), &length);
    g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
    g_free(text);
    return g_strjoinv("\n", lines);
}
