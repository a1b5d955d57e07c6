/* SPDX-License-Identifier: MIT */
/* Attached images made smaller, and large again: on the errands' thread, for a photograph takes a second. */
#include "core/image.h"
#include "core/language.h"
#include "ui/cmd_compose.h"
#include "ui/composer_errand.h"
#include <glib/gi18n-lib.h>

struct shrinking {
    GPtrArray *large;   /* of struct compose_attachment*, copies that share their bytes */
    GPtrArray *small;   /* the same places; NULL: it stays as it is */
    GString *complaint; /* the last one */
    int pixels;
};

static void attachment_free(void *attachment)
{
    if (attachment != NULL)
        compose_attachment_free(attachment);
}

static void shrinking_free(void *data)
{
    struct shrinking *self = data;
    g_ptr_array_unref(self->large);
    g_ptr_array_unref(self->small);
    g_string_free(self->complaint, TRUE);
    g_free(self);
}

static void shrink_each(struct composer_errand *errand)
{
    struct shrinking *self = errand->data;
    for (guint i = 0; i < self->large->len; i++) {
        struct compose_attachment *small = NULL;
        g_autoptr(GError) why = NULL;
        if (!attachment_shrink(self->large->pdata[i], self->pixels, &errand->is_cancelled, &small, &why))
            g_string_assign(self->complaint, why->message);
        g_ptr_array_add(self->small, small);
        atomic_fetch_add(&errand->done, 1);
        if (atomic_load(&errand->is_cancelled))
            return;
    }
}

/* In the place of the one it was made of, if that is still attached. */
static bool put_in_place(GPtrArray *all, const struct compose_attachment *large, struct compose_attachment *small)
{
    for (guint i = 0; i < all->len; i++) {
        struct compose_attachment *here = all->pdata[i];
        if (here->bytes != large->bytes || here->larger != NULL)
            continue;
        small->larger = here;
        all->pdata[i] = small;
        return true;
    }
    return false;
}

static void note_attachments(struct composer *self)
{
    self->has_new_attachments = true;
    composer_note_change(self);
    composer_keep_now(self);
    view_touch(&self->base);
}

static void say_saved(app *ui, guint count, size_t before, size_t after)
{
    g_autofree char *large = language_size(before), *small = language_size(after);
    const char *key = keymap_key_for(ui, command_find("shrink-images"), CONTEXT_COMPOSER);
    app_say(ui,
            g_dngettext(GETTEXT_PACKAGE, "%u image is smaller now (%s, before %s); the file itself is as it was. %s takes it back.",
                        "%u images are smaller now (%s, before %s); the files themselves are as they were. %s takes it back.", count),
            count, small, large, key);
}

static bool take_images(struct composer *composer, struct composer_errand *errand)
{
    struct shrinking *self = errand->data;
    size_t before = 0, after = 0;
    guint count = 0;
    for (guint i = 0; i < self->small->len; i++) {
        struct compose_attachment *small = self->small->pdata[i];
        const struct compose_attachment *large = self->large->pdata[i];
        if (small == NULL || !put_in_place(composer->draft->attachments, large, small))
            continue;
        self->small->pdata[i] = NULL; /* the draft's now */
        before += g_bytes_get_size(large->bytes);
        after += g_bytes_get_size(small->bytes);
        count++;
    }
    if (count > 0) {
        note_attachments(composer);
        say_saved(composer->base.app, count, before, after);
    }
    if (self->complaint->len > 0)
        app_error(composer->base.app, "%s", self->complaint->str);
    else if (count == 0)
        app_brief(composer->base.app, _("The images are small enough already."));
    return self->complaint->len == 0;
}

/* How many were made smaller before, and are as they were again. */
static guint put_back(GPtrArray *all)
{
    guint count = 0;
    for (guint i = 0; i < all->len; i++) {
        struct compose_attachment *small = all->pdata[i];
        if (small->larger == NULL)
            continue;
        all->pdata[i] = g_steal_pointer(&small->larger);
        compose_attachment_free(small);
        count++;
    }
    return count;
}

/* Of copies of the images that have not been made smaller yet. */
static GPtrArray *images_of(const struct draft *draft)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(compose_attachment_free);
    for (guint i = 0; i < draft->attachments->len; i++) {
        const struct compose_attachment *each = draft->attachments->pdata[i];
        if (attachment_is_image(each) && each->larger == NULL)
            g_ptr_array_add(found, compose_attachment_copy(each));
    }
    return found;
}

static void shrink(struct composer *self, GPtrArray *images /* taken */)
{
    struct shrinking *shrinking = g_new0(struct shrinking, 1);
    *shrinking = (struct shrinking){ .large = images,
                                     .small = g_ptr_array_new_with_free_func(attachment_free),
                                     .complaint = g_string_new(NULL),
                                     .pixels = app_settings(self->base.app)->image_pixels };
    const struct composer_errand errand = { .title = g_strdup(_("making images smaller")),
                                            .is_needed = true,
                                            .work = shrink_each,
                                            .finish = take_images,
                                            .data = shrinking,
                                            .data_free = shrinking_free,
                                            .total = images->len };
    app_say(self->base.app, _("Making images smaller …"));
    composer_errand_start(self, &errand);
}

void cmd_composer_shrink(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    if (composer_is_waiting(self)) {
        app_brief(ui, _("One moment: files are still being read."));
        return;
    }
    GPtrArray *images = images_of(self->draft);
    if (images->len > 0) {
        shrink(self, images);
        return;
    }
    g_ptr_array_unref(images);
    if (put_back(self->draft->attachments) > 0) {
        note_attachments(self);
        app_say(ui, _("The images are as large as they were."));
    } else {
        app_brief(ui, _("No image is attached."));
    }
}
