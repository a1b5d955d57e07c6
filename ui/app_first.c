/* SPDX-License-Identifier: MIT */
/* What is on the screen first: where the last session ended, a folder by name, the wizard, or a new message. */
#include "core/store_message.h"
#include "ui/app_private.h"
#include "ui/unified.h"
#include "ui/view_folders.h"
#include "ui/view_list.h"
#include "ui/view_reader.h"
#include <glib/gi18n-lib.h>
#include <string.h>

void app_save_place(app *self)
{
    view_list_reload(self->panes[PANE_LIST]); /* what came in the last moment: the newest that nobody left is not one of before */
    int64_t shown = app_current_folder(self);
    g_autofree char *box = g_strdup_printf("%" G_GINT64_FORMAT, shown < 0 ? shown : app_folder_at_hand(self));
    g_autofree char *mail = g_strdup_printf("%" G_GINT64_FORMAT, view_list_current(self->panes[PANE_LIST]));
    store_set_meta(self->store, "ui.folder", box, NULL); /* best effort: only where the cursor was */
    store_set_meta(self->store, "ui.placement", mail, NULL);
}

static int64_t meta_number(app *self, const char *key)
{
    g_autofree char *line = store_get_meta(self->store, key);
    return line != NULL ? g_ascii_strtoll(line, NULL, 10) : 0;
}

static int64_t named_folder(app *self, const char *name)
{
    g_autoptr(GPtrArray) folders = store_folders(self->store, 0, NULL);
    for (guint i = 0; folders != NULL && i < folders->len; i++) {
        const struct folder *each = g_ptr_array_index(folders, i);
        if (g_ascii_strcasecmp(each->name, name) == 0)
            return each->id;
    }
    app_error(self, _("There is no folder \"%s\"."), name);
    return 0;
}

int64_t app_first_inbox(app *self)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        const struct account *owner = g_ptr_array_index(self->accounts, i);
        int64_t id = store_account_id(self->store, owner->id, NULL);
        g_autoptr(folder) inbox = id != 0 ? store_folder_by_role(self->store, id, FOLDER_INBOX, NULL) : NULL;
        if (inbox != NULL)
            return inbox->id;
    }
    return 0;
}

static bool is_shown_account(app *self, int64_t folder_id)
{
    if (folder_id < 0)
        return unified_is_offered(self) && *unified_name(folder_id) != '\0';
    return folder_id != 0 && app_account_for_folder(self, folder_id) != NULL;
}

static void open_start_folder(app *self, const struct app_options *options)
{
    int64_t box = options->folder != NULL ? named_folder(self, options->folder) : meta_number(self, "ui.folder");
    int64_t mail = options->folder == NULL ? meta_number(self, "ui.placement") : 0;
    if (!is_shown_account(self, box)) {
        box = app_first_inbox(self);
        mail = 0;
    }
    view_folders_reload(self->panes[PANE_FOLDERS]);
    view_list_show(self->panes[PANE_LIST], box, mail);
    view_folders_select(self->panes[PANE_FOLDERS], box);
}

static const struct account *compose_account(app *self, const char *id)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        const struct account *owner = g_ptr_array_index(self->accounts, i);
        if (id == NULL || strcmp(owner->id, id) == 0)
            return owner;
    }
    return NULL;
}

static void open_composer(app *self, const struct app_options *options)
{
    g_autoptr(GError) error = NULL;
    const struct account *owner = compose_account(self, options->account);
    struct draft *letter = NULL;
    if (owner == NULL) {
        app_error(self, _("There is no account to write from."));
        return;
    }
    if (options->mailto != NULL)
        letter = compose_from_mailto(owner, options->mailto, &error);
    else
        letter = compose_start(COMPOSE_NEW, owner, NULL, self->settings->attribution, &error);
    if (letter != NULL)
        view_composer_push(self, letter);
    else
        app_error(self, "%s", error != NULL ? error->message : "");
}

void app_show_first(app *self, const struct app_options *options)
{
    self->panes[PANE_FOLDERS] = view_folders_new(self);
    self->panes[PANE_LIST] = view_list_new(self);
    self->panes[PANE_READER] = view_reader_new(self);
    open_start_folder(self, options);
    app_layout(self);
    if (options->is_wizard || self->accounts->len == 0)
        view_wizard_push(self, options->wizard_address);
    else if (options->mailto != NULL || options->is_compose_only)
        open_composer(self, options);
    for (guint i = 0; i < self->complaints->len; i++)
        app_error(self, "%s", (const char *)g_ptr_array_index(self->complaints, i));
    app_draw(self);
}
