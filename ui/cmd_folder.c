/* SPDX-License-Identifier: MIT */
/* Commands that go to folders. */
#include "ui/cmd_folder.h"
#include "ui/app_private.h"
#include "core/intent.h"
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

static void go_role(app *ui, enum folder_role role, const char *name)
{
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

static void go_to(app *ui, void *data, int64_t folder_id)
{
    (void)data;
    if (folder_id != 0)
        app_open_folder(ui, folder_id);
}

void cmd_go_folder(app *ui, view *base)
{
    (void)base;
    view_folder_picker_push(ui, _("Go to"), 0, go_to, NULL, NULL);
}

/* --- folders made, renamed, deleted --- */

/* The answer of a person about one folder (or, to make one, about an account). */
struct folder_wish {
    int64_t id;
};

static struct folder_wish *wish_new(int64_t id)
{
    struct folder_wish *wish = g_new(struct folder_wish, 1);
    wish->id = id;
    return wish;
}

static void say_done(app *ui, bool is_done, const char *words, const GError *error)
{
    if (is_done)
        app_say(ui, "%s", words);
    else
        app_error(ui, "%s", error->message);
    app_after_change(ui);
}

static void answer_create(app *ui, void *data, const char *name)
{
    const struct folder_wish *wish = data;
    g_autoptr(GError) error = NULL;
    if (name == NULL || *name == '\0')
        return;
    g_autofree char *words = g_strdup_printf(_("Made the folder %s."), name);
    say_done(ui, intent_folder_create(ui->store, wish->id, name, &error) != 0, words, error);
}

void cmd_folder_create(app *ui, view *base)
{
    int64_t account = current_account(ui);
    (void)base;
    if (account == 0)
        app_error(ui, _("Open a folder of the account first."));
    else
        view_prompt_push(ui, _("Name of the new folder: "), "", false, NULL, answer_create, wish_new(account), g_free);
}

static void answer_rename(app *ui, void *data, const char *name)
{
    const struct folder_wish *wish = data;
    g_autoptr(GError) error = NULL;
    if (name == NULL || *name == '\0')
        return;
    g_autofree char *words = g_strdup_printf(_("The folder is called %s now."), name);
    say_done(ui, intent_folder_rename(ui->store, wish->id, name, &error), words, error);
}

void cmd_folder_rename(app *ui, view *base)
{
    g_autoptr(folder) box = store_folder(ui->store, app_current_folder(ui), NULL);
    (void)base;
    if (box != NULL)
        view_prompt_push(ui, _("New name of the folder: "), box->name, false, NULL, answer_rename, wish_new(box->id), g_free);
}

static void answer_delete(app *ui, void *data, const char *answer)
{
    const struct folder_wish *wish = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(folder) box = store_folder(ui->store, wish->id, NULL);
    if (answer == NULL || *answer != '1' || box == NULL)
        return;
    g_autofree char *words = g_strdup_printf(_("Deleted the folder %s."), box->name);
    bool is_done = intent_folder_delete(ui->store, box->id, &error);
    g_autoptr(folder) inbox = store_folder_by_role(ui->store, box->account_id, FOLDER_INBOX, NULL);
    if (is_done && inbox != NULL)
        app_open_folder(ui, inbox->id);
    say_done(ui, is_done, words, error);
}

void cmd_folder_delete(app *ui, view *base)
{
    g_autoptr(folder) box = store_folder(ui->store, app_current_folder(ui), NULL);
    const char *const choices[] = { _("&Keep it"), _("&Yes, delete the folder"), NULL };
    (void)base;
    if (box == NULL)
        return;
    g_autofree char *text = g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%s, with %d message in it, will be gone for good.",
                                                        "%s, with %d messages in it, will be gone for good.", (gulong)box->total),
                                            box->name, (int)box->total);
    view_choice_push(ui, _("Delete this folder?"), text, choices, answer_delete, wish_new(box->id), g_free);
}
