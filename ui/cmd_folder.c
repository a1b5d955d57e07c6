/* SPDX-License-Identifier: MIT */
/* Commands that go to folders. */
#include "ui/cmd_folder.h"
#include "ui/app_private.h"
#include "ui/unified.h"
#include <glib/gi18n-lib.h>

void cmd_folders(app *ui, view *base)
{
    (void)base;
    bool is_narrow = ui->layout.screen.columns < LAYOUT_MIDDLE;
    if (is_narrow) {
        app_focus(ui, ui->focus == PANE_FOLDERS ? PANE_LIST : PANE_FOLDERS);
        return;
    }
    ui->has_folders = !ui->has_folders;
    app_focus(ui, !ui->has_folders && ui->focus == PANE_FOLDERS ? PANE_LIST : ui->focus);
}

static int64_t current_account(app *ui)
{
    g_autoptr(folder) box = store_folder(ui->store, app_folder_at_hand(ui), NULL);
    return box != NULL ? box->account_id : 0;
}

/* From a list of several accounts to that of the same accounts. */
static void go_role(app *ui, enum folder_role role, const char *name)
{
    if (app_current_folder(ui) < 0 && unified_is_offered(ui) && unified_has(ui, UNIFIED(role))) {
        app_open_folder(ui, UNIFIED(role));
        return;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(folder) box = store_folder_by_role(ui->store, current_account(ui), role, &error);
    if (box != NULL)
        app_open_folder(ui, box->id);
    else
        app_error(ui, _("This account has no folder for %s."), name);
}

void cmd_go_inbox(app *ui, view *base)
{
    (void)base;
    go_role(ui, FOLDER_INBOX, _("incoming mail"));
}

void cmd_go_sent(app *ui, view *base)
{
    (void)base;
    go_role(ui, FOLDER_SENT, _("sent mail"));
}

void cmd_go_drafts(app *ui, view *base)
{
    (void)base;
    go_role(ui, FOLDER_DRAFTS, _("drafts"));
}

void cmd_go_archive(app *ui, view *base)
{
    (void)base;
    go_role(ui, FOLDER_ARCHIVE, _("archived mail"));
}

void cmd_go_trash(app *ui, view *base)
{
    (void)base;
    go_role(ui, FOLDER_TRASH, _("deleted mail"));
}

void cmd_go_junk(app *ui, view *base)
{
    (void)base;
    go_role(ui, FOLDER_JUNK, _("junk"));
}

/* Of all accounts; with one account, its own. */
static void go_everywhere(app *ui, enum folder_role role, const char *name)
{
    if (unified_is_offered(ui))
        app_open_folder(ui, UNIFIED(role));
    else
        go_role(ui, role, name);
}

void cmd_go_all_inboxes(app *ui, view *base)
{
    (void)base;
    go_everywhere(ui, FOLDER_INBOX, _("incoming mail"));
}

void cmd_go_all_drafts(app *ui, view *base)
{
    (void)base;
    go_everywhere(ui, FOLDER_DRAFTS, _("drafts"));
}

void cmd_go_all_sent(app *ui, view *base)
{
    (void)base;
    go_everywhere(ui, FOLDER_SENT, _("sent mail"));
}

void cmd_go_all_archives(app *ui, view *base)
{
    (void)base;
    go_everywhere(ui, FOLDER_ARCHIVE, _("archived mail"));
}

static void go_to(app *ui, void *data, int64_t folder_id)
{
    (void)data;
    if (folder_id != 0)
        app_open_folder(ui, folder_id);
}

void cmd_go_folder(app *ui, view *base)
{
    (void)base;
    view_folder_picker_push(ui, _("Go to"), 0, 0, go_to, NULL, NULL);
}
