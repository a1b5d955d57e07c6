/* SPDX-License-Identifier: MIT */
/* Images by gdk-pixbuf. */
#include "core/image.h"
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define PIXELS_MAX       (250 * 1000 * 1000) /* of a JPEG, which is made smaller while it is unpacked */
#define PIXELS_WHOLE_MAX (60 * 1000 * 1000)  /* of what must be unpacked whole: 240 MB */
#define PIXELS_SEEN_MAX  (20 * 1000 * 1000)  /* the same of what strangers sent and is only looked at: 80 MB */
#define SIDE_MAX         65535
#define BYTES_AT_ONCE    ((gsize)64 * 1024)

bool attachment_is_image(const struct compose_attachment *self)
{
    return self->type != NULL && strncmp(self->type, "image/", 6) == 0 && strcmp(self->type, "image/svg+xml") != 0;
}

/* Known by how they begin, whatever the name says: nothing else is given to a decoder (an SVG may name other files). */
static const struct format {
    const char *name; /* gdk-pixbuf's */
    const char *begin;
    size_t length;
} formats[] = {
    { "jpeg", "\xff\xd8\xff", 3 },
    { "png", "\x89PNG\r\n\x1a\n", 8 },
    { "gif", "GIF8", 4 },
    { "tiff", "II*\0", 4 },
    { "tiff", "MM\0*", 4 },
    { "webp", "RIFF", 4 },
    { "bmp", "BM", 2 },
};

static const struct format *format_of(GBytes *bytes)
{
    gsize size = 0;
    const void *data = g_bytes_get_data(bytes, &size);
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        if (size > formats[i].length && memcmp(data, formats[i].begin, formats[i].length) == 0)
            return &formats[i];
    return NULL;
}

struct shrinking {
    int wanted;
    const atomic_bool *is_unwanted;
    bool is_scaled_early, is_too_large, is_small;
    bool is_for_screen; /* then small ones are wanted, too, and what moves may stand still */
};

/* Before memory is taken for it: a size of nothing makes the decoder give up. */
static void choose_size(GdkPixbufLoader *loader, int width, int height, gpointer data)
{
    struct shrinking *self = data;
    int longer = MAX(width, height);
    int64_t most = self->is_scaled_early ? PIXELS_MAX : self->is_for_screen ? PIXELS_SEEN_MAX : PIXELS_WHOLE_MAX;
    self->is_small = longer <= self->wanted && !self->is_for_screen;
    self->is_too_large = longer > SIDE_MAX || (int64_t)width * height > most;
    if (self->is_too_large)
        gdk_pixbuf_loader_set_size(loader, 0, 0);
    else if (longer > self->wanted)
        gdk_pixbuf_loader_set_size(loader, MAX((int)((int64_t)width * self->wanted / longer), 1),
                                   MAX((int)((int64_t)height * self->wanted / longer), 1));
}

static bool is_given_up(const struct shrinking *self, GError **error)
{
    if (self->is_unwanted == NULL || !atomic_load(self->is_unwanted))
        return false;
    g_set_error_literal(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, _("it was cancelled."));
    return true;
}

/* Piece by piece, so that it can be given up between them, and as soon as its size is known to be too much or small enough. */
static bool feed(GdkPixbufLoader *loader, GBytes *bytes, const struct shrinking *self, GError **error)
{
    gsize size = 0;
    const guchar *data = g_bytes_get_data(bytes, &size);
    for (gsize at = 0; at < size; at += BYTES_AT_ONCE) {
        if (is_given_up(self, error) || !gdk_pixbuf_loader_write(loader, data + at, MIN(BYTES_AT_ONCE, size - at), error))
            return false;
        if (self->is_too_large || self->is_small)
            break;
    }
    return true;
}

/* Caller unrefs; NULL with error, or because it is small enough. */
static GdkPixbuf *load(GBytes *bytes, struct shrinking *self, GError **error)
{
    const struct format *format = format_of(bytes);
    if (format == NULL) {
        g_set_error_literal(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, _("it is no image of a kind that can be."));
        return NULL;
    }
    self->is_scaled_early = strcmp(format->name, "jpeg") == 0;
    g_autoptr(GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_type(format->name, error);
    if (loader == NULL)
        return NULL;
    g_signal_connect(loader, "size-prepared", G_CALLBACK(choose_size), self);
    bool is_read = feed(loader, bytes, self, error);
    bool is_over = !is_read || self->is_too_large || self->is_small;
    bool is_whole = gdk_pixbuf_loader_close(loader, is_over ? NULL : error);
    if (is_over || !is_whole)
        return NULL;
    GdkPixbufAnimation *moving = gdk_pixbuf_loader_get_animation(loader);
    if (!self->is_for_screen && moving != NULL && !gdk_pixbuf_animation_is_static_image(moving)) {
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

static char *jpeg_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return g_strdup_printf("%.*s.jpg", dot != NULL ? (int)(dot - name) : (int)strlen(name), name);
}

static struct compose_attachment *smaller_of(const struct compose_attachment *large, GBytes *bytes /* taken */)
{
    struct compose_attachment *made = g_new0(struct compose_attachment, 1);
    bool keeps_type = strcmp(large->type, "image/png") == 0 || strcmp(large->type, "image/jpeg") == 0;
    *made = (struct compose_attachment){ .path = g_strdup(large->path),
                                         .name = keeps_type || large->name == NULL ? g_strdup(large->name) : jpeg_name(large->name),
                                         .type = g_strdup(keeps_type ? large->type : "image/jpeg"),
                                         .bytes = bytes,
                                         .modified_us = large->modified_us };
    return made;
}

bool attachment_shrink(const struct compose_attachment *large, int pixels, const atomic_bool *is_unwanted,
                       struct compose_attachment **smaller_out, GError **error)
{
    struct shrinking self = { .wanted = pixels, .is_unwanted = is_unwanted };
    g_autoptr(GError) why = NULL;
    g_autofree char *bytes = NULL;
    gsize size = 0;
    g_autoptr(GdkPixbuf) image = load(large->bytes, &self, &why);
    bool is_small = self.is_small && !self.is_too_large && why == NULL;
    if (!is_small && (image == NULL || is_given_up(&self, &why) || !save(image, large->type, &bytes, &size, &why))) {
        g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, _("%s cannot be made smaller: %s"), large->name,
                    why != NULL && !self.is_too_large ? why->message : _("it is too large for an image."));
        return false;
    }
    bool is_smaller = !is_small && size < g_bytes_get_size(large->bytes);
    *smaller_out = is_smaller ? smaller_of(large, g_bytes_new_take(g_steal_pointer(&bytes), size)) : NULL;
    return true;
}

static void take_pixels(GdkPixbuf *image, struct image_pixels *out)
{
    *out = (struct image_pixels){ .width = gdk_pixbuf_get_width(image),
                                  .height = gdk_pixbuf_get_height(image),
                                  .stride = gdk_pixbuf_get_rowstride(image),
                                  .has_alpha = gdk_pixbuf_get_has_alpha(image),
                                  .bytes = gdk_pixbuf_read_pixel_bytes(image) };
}

bool image_read(GBytes *bytes, int side, struct image_pixels *out, GError **error)
{
    struct shrinking self = { .wanted = side, .is_for_screen = true };
    g_autoptr(GError) why = NULL;
    g_autoptr(GdkPixbuf) image = load(bytes, &self, &why);
    if (image == NULL || gdk_pixbuf_get_bits_per_sample(image) != 8) {
        g_set_error_literal(error, MESSAGE_ERROR, MESSAGE_ERROR_PART,
                            why != NULL && !self.is_too_large ? why->message : _("it is too large for an image."));
        return false;
    }
    take_pixels(image, out);
    return true;
}

static GdkPixbuf *pixbuf_of(const struct image_pixels *self)
{
    return gdk_pixbuf_new_from_bytes(self->bytes, GDK_COLORSPACE_RGB, self->has_alpha, 8, self->width, self->height, self->stride);
}

bool image_scale(const struct image_pixels *self, int width, int height, struct image_pixels *out)
{
    g_autoptr(GdkPixbuf) image = pixbuf_of(self);
    g_autoptr(GdkPixbuf) scaled = gdk_pixbuf_scale_simple(image, width, height, GDK_INTERP_BILINEAR);
    if (scaled != NULL)
        take_pixels(scaled, out);
    return scaled != NULL;
}

GBytes *image_png(const struct image_pixels *self)
{
    char *bytes = NULL;
    gsize size = 0;
    g_autoptr(GdkPixbuf) image = pixbuf_of(self);
    return gdk_pixbuf_save_to_buffer(image, &bytes, &size, "png", NULL, NULL) ? g_bytes_new_take(bytes, size) : NULL;
}
