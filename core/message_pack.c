/* SPDX-License-Identifier: MIT */
/* Which parts of a message have files packed into them that are no MIME, and those as parts. */
#include "core/message_packed.h"
#include "core/message_private.h"
#include <string.h>

#define TEXT_BYTES_MAX ((int64_t)32 * 1024 * 1024)
#define TEXT_BYTES_MIN 30
#define CONTAINERS_MAX 200 /* parts that are looked into */

bool message_part_is_winmail(const char *type)
{
    return strcmp(type, "application/ms-tnef") == 0 || strcmp(type, "application/vnd.ms-tnef") == 0;
}

static bool is_winmail(const struct message_part *part)
{
    return message_part_is_winmail(part->type) || (part->filename != NULL && g_ascii_strcasecmp(part->filename, "winmail.dat") == 0);
}

static bool may_hold_files(const struct message_part *part)
{
    return strcmp(part->type, "text/plain") == 0 && part->size >= TEXT_BYTES_MIN && part->size <= TEXT_BYTES_MAX;
}

static bool has_line(const char *text, const char *begin)
{
    const char *at = strstr(text, begin);
    while (at != NULL && at > text && at[-1] != '\n')
        at = strstr(at + 1, begin);
    return at != NULL;
}

static GPtrArray *files_in_text(const char *text)
{
    return has_line(text, "begin ") || has_line(text, "=ybegin ") || has_line(text, "begin-base64 ") ? inline_files(text) : NULL;
}

static void packed_add(message *self, const struct message_part *container, int number, struct packed_file *file /* taken */)
{
    struct message_part *part = g_new0(struct message_part, 1);
    part->type = g_utf8_make_valid(file->type, -1);
    part->filename = message_filename_clean(file->name);
    part->name = g_strdup(part->filename);
    part->section = g_strdup_printf("%s/%d", container->section, number);
    part->size = (int64_t)g_bytes_get_size(file->bytes);
    part->is_here = part->is_packed = true;
    part->is_damaged = file->is_damaged;
    part->is_attachment = file->name != NULL;
    part->depth = container->depth + 1;
    g_ptr_array_add(self->parts, part);
    g_ptr_array_add(self->packed, file);
}

/* NULL: nothing. */
static GPtrArray *files_of(const message *self, guint index, const struct message_part *part)
{
    size_t size = 0;
    if (!part->is_here || !(is_winmail(part) || may_hold_files(part)))
        return NULL;
    char *bytes = message_object_bytes(g_ptr_array_index(self->objects, index), &size);
    if (!is_winmail(part)) {
        GPtrArray *files = files_in_text(bytes);
        g_free(bytes);
        return files;
    }
    g_autoptr(GBytes) stream = g_bytes_new_take(bytes, size);
    return tnef_files(stream);
}

void message_unpack(message *self)
{
    guint leaves = self->objects->len;
    int looked_at = 0;
    for (guint i = 0; i < leaves && looked_at < CONTAINERS_MAX && self->packed->len < PACKED_FILES_MAX; i++) {
        struct message_part *part = g_ptr_array_index(self->parts, i);
        g_autoptr(GPtrArray) files = files_of(self, i, part);
        looked_at += files != NULL;
        guint count = files != NULL ? files->len : 0;
        if (count > 0 && is_winmail(part))
            part->is_attachment = false; /* what is in it is */
        for (guint k = 0; k < count; k++)
            packed_add(self, part, (int)k + 1, g_ptr_array_index(files, k));
        if (files != NULL)
            g_ptr_array_set_free_func(files, NULL);
    }
}

void message_take_parts(message *self, const message *inside)
{
    for (guint i = 0; i < inside->parts->len && self->packed->len < PACKED_FILES_MAX && self->parts->len < MESSAGE_PARTS_MAX; i++) {
        const struct message_part *part = g_ptr_array_index(inside->parts, i);
        size_t size = 0;
        char *bytes = NULL;
        if (!part->is_attachment || !message_part_bytes(inside, i, &bytes, &size, NULL))
            continue;
        struct packed_file *file = g_new0(struct packed_file, 1);
        const struct message_part around = { .section = (char *)(gpointer) "+" };
        file->name = g_strdup(part->filename != NULL ? part->filename : "");
        file->type = g_strdup(part->type);
        file->bytes = g_bytes_new_take(bytes, size);
        packed_add(self, &around, (int)self->packed->len + 1, file);
        ((struct message_part *)g_ptr_array_index(self->parts, self->parts->len - 1))->held = g_bytes_ref(file->bytes);
    }
}
