/* SPDX-License-Identifier: MIT */
/* All of a folder is read: one action, on the filing thread where it is much. */
#include "core/intent.h"
#include "ui/app_private.h"
#include "ui/cmd_folder.h"
#include "ui/filing.h"
#include "ui/folder_words.h"
#include <glib/gi18n-lib.h>

struct reading {
    int64_t folder_id;
    char *name;
    int64_t unread;
};

static void reading_free(gpointer data)
{
    struct reading *self = data;
    g_free(self->name);
    g_free(self);
}

static bool apply(store *db, void *data, GError **error)
{
    return intent_read_folder(db, ((const struct reading *)data)->folder_id, error) != 0;
}

static void done(app *ui, void *data, bool is_done, const GError *error)
{
    const struct reading *self = data;
    app_after_change(ui);
    if (is_done)
        app_say(ui,
                g_dngettext(GETTEXT_PACKAGE, "Marked %d message in %s as read · %s undo", "Marked %d messages in %s as read · %s undo",
                            (gulong)self->unread),
                (int)self->unread, self->name, keymap_key_for(ui, command_find("undo"), CONTEXT_LIST));
    else if (error != NULL)
        app_error(ui, "%s", error->message);
    else
        app_brief(ui, _("Everything in %s is read already."), self->name);
}

void cmd_folder_read(app *ui, view *base)
{
    g_autoptr(folder) box = app_current_folder(ui) > 0 ? store_folder(ui->store, app_current_folder(ui), NULL) : NULL;
    (void)base;
    if (box == NULL) {
        app_brief(ui, _("Open a folder first."));
        return;
    }
    struct reading *self = g_new0(struct reading, 1);
    *self = (struct reading){ box->id, g_strdup(folder_words(box)), box->unread };
    const struct filing filing = { .apply = apply, .done = done, .data_free = reading_free, .data = self, .count = (size_t)box->unread };
    filing_start(ui, &filing);
}
