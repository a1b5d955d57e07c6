/* SPDX-License-Identifier: MIT */
/* Several messages under way: each is kept on the disk, one is on the screen, a list goes from one to the other. */
#include "ui/app_private.h"
#include "ui/cmd_compose.h"
#include "ui/composer_draft.h"
#include "ui/composer_private.h"
#include "ui/picker.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static struct composer *composer_on_top(app *ui)
{
    return composer_of(view_top(ui));
}

/* It stays on the disk, and leaves the screen. */
static void lay_aside(struct composer *self)
{
    if (self->editor != NULL)
        composer_end_editor(self);
    composer_keep_now(self);
    view_pop(self->base.app, &self->base);
}

static bool is_on_screen(app *ui, const char *path)
{
    for (guint i = 0; i < ui->stack->len; i++) {
        const struct composer *each = composer_of(g_ptr_array_index(ui->stack, i));
        if (each != NULL && g_strcmp0(each->kept, path) == 0)
            return true;
    }
    return false;
}

/* Of char*: files. */
static GPtrArray *open_elsewhere_here(app *ui)
{
    GPtrArray *paths = composer_kept_files(ui);
    for (guint i = paths->len; i > 0; i--)
        if (is_on_screen(ui, paths->pdata[i - 1]))
            g_ptr_array_remove_index(paths, i - 1);
    return paths;
}

void cmd_composer_lay_aside(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    if (self->kept == NULL && !self->is_touched) {
        composer_settle(self);
        app_brief(ui, _("Nothing was written."));
        return;
    }
    lay_aside(self);
    g_autoptr(GPtrArray) paths = open_elsewhere_here(ui);
    app_say(ui, g_dngettext(GETTEXT_PACKAGE, "%u message is open; %s lists it.", "%u messages are open; %s lists them.", paths->len),
            paths->len, keymap_key_for(ui, command_find("compositions"), CONTEXT_LIST));
}

static void answer_open(app *ui, void *data, const struct picker_row *row)
{
    GPtrArray *paths = data;
    if (row == NULL || row->id < 0 || row->id >= (int64_t)paths->len)
        return;
    struct composer *now = composer_on_top(ui);
    if (now != NULL)
        lay_aside(now);
    composer_reopen(ui, g_ptr_array_index(paths, (guint)row->id));
}

static struct picker_row *row_of(const char *path, guint index)
{
    g_autoptr(message) kept = message_load(path, NULL);
    const char *subject = kept != NULL ? message_header(kept, "Subject") : NULL, *to = kept != NULL ? message_header(kept, "To") : NULL;
    return picker_row_new(subject != NULL && *subject != '\0' ? subject : _("(no subject)"), to, index);
}

void cmd_compositions(app *ui, view *base)
{
    GPtrArray *paths = open_elsewhere_here(ui), *rows = g_ptr_array_new();
    (void)base;
    for (guint i = 0; i < paths->len; i++)
        g_ptr_array_add(rows, row_of(paths->pdata[i], i));
    if (paths->len > 0) {
        picker_push(ui, _("Open messages"), rows, answer_open, paths, (GDestroyNotify)g_ptr_array_unref);
        return;
    }
    g_ptr_array_unref(rows);
    g_ptr_array_unref(paths);
    app_brief(ui, _("No other message is open."));
}
