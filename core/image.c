/* SPDX-License-Identifier: MIT */
/* Images by gdk-pixbuf. */
#include "core/image.h"
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define PIXELS_MAX (300 * 1000 * 1000) /* of the original: more is no photograph */

bool attachment_is_image(const struct compose_attachment *self)
{
    return self->type != NULL && strncmp(self->type, "image/", 6) == 0 && strcmp(self->type, "image/svg+xml") != 0;
}

struct sizes {
    int wanted;
    bool is_too_large, is_small;
};

/* While it is read: never more memory than the result wants. */
static void choose_size(GdkPixbufLoader *loader, int width, int height, gpointer data)
{
    struct sizes *sizes = data;
    int longer = MAX(width, height);
    sizes->is_small = longer <= sizes->wanted;
    sizes->is_too_large = (int64_t)width * height > PIXELS_MAX;
    if (sizes->is_too_large)
        gdk_pixbuf_loader_set_size(loader, 1, 1);
    else if (!sizes->is_small)
        gdk_pixbuf_loader_set_size(loader, MAX((int)((int64_t)width * sizes->wanted / longer), 1),
                                   MAX((int)((int64_t)height * sizes->wanted / longer), 1));
}

/* Caller unrefs; NULL with error. */
static GdkPixbuf *load(GBytes *bytes, struct sizes *sizes, GError **error)
{
    g_autoptr(GdkPixbufLoader) loader = gdk_pixbuf_loader_new();
    g_signal_connect(loader, "size-prepared", G_CALLBACK(choose_size), sizes);
    bool is_read = gdk_pixbuf_loader_write_bytes(loader, bytes, error);
    bool is_whole = gdk_pixbuf_loader_close(loader, is_read ? error : NULL);
    if (!is_read || !is_whole)
        return NULL;
    g_autoptr(GdkPixbufAnimation) moving = gdk_pixbuf_loader_get_animation(loader);
    if (moving != NULL)
        g_object_ref(moving);
    if (moving != NULL && !gdk_pixbuf_animation_is_static_image(moving)) {
        g_set_error_literal(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, _("it moves, and would not any more."));
        return NULL;
    }
    GdkPixbuf *image = gdk_pixbuf_loader_get_pixbuf(loader);
    return image != NULL ? gdk_pixbuf_apply_embedded_orientation(image) : NULL;
}

/* What is no photograph keeps its sharp edges. */
static bool save(GdkPixbuf *image, const char *type, char **bytes_out, gsize *size_out, GError **error)
{
    if (strcmp(type, "image/png") == 0)
        return gdk_pixbuf_save_to_buffer(image, bytes_out, size_out, "png", error, NULL);
    return gdk_pixbuf_save_to_buffer(image, bytes_out, size_out, "jpeg", error, "quality", "85", NULL);
}

static void rename_to_jpeg(struct compose_attachment *self)
{
    if (strcmp(self->type, "image/png") == 0 || strcmp(self->type, "image/jpeg") == 0)
        return;
    const char *dot = strrchr(self->name, '.');
    char *name = g_strdup_printf("%.*s.jpg", dot != NULL ? (int)(dot - self->name) : (int)strlen(self->name), self->name);
    g_free(self->name);
    self->name = name;
    g_free(self->type);
    self->type = g_strdup("image/jpeg");
}

bool attachment_shrink(struct compose_attachment *self, int pixels, bool *is_smaller_out, GError **error)
{
    struct sizes sizes = { .wanted = pixels };
    g_autoptr(GError) why = NULL;
    g_autofree char *bytes = NULL;
    gsize size = 0;
    g_autoptr(GdkPixbuf) image = load(self->bytes, &sizes, &why);
    if (image == NULL || sizes.is_too_large || (!sizes.is_small && !save(image, self->type, &bytes, &size, &why))) {
        g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, _("%s cannot be made smaller: %s"), self->name,
                    why != NULL ? why->message : _("it is too large for an image."));
        return false;
    }
    *is_smaller_out = !sizes.is_small && size < g_bytes_get_size(self->bytes);
    if (!*is_smaller_out)
        return true;
    g_bytes_unref(self->bytes);
    self->bytes = g_bytes_new_take(g_steal_pointer(&bytes), size);
    rename_to_jpeg(self);
    return true;
}
