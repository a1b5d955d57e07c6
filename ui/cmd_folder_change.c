/* SPDX-License-Identifier: MIT */
/* Commands that change folders: made, renamed, deleted, subscribed, used for a purpose. They mean the folder under the cursor of the folder list, or the
 * open one. */
#include "config/account_file.h"
#include "core/intent.h"
#include "core/store_role.h"
#include "ui/app_private.h"
#include "ui/filing.h"
#include "ui/cmd_folder.h"
#include "ui/folder_words.h"
#include "core/notify.h"
#include "ui/view_folders.h"
#include <glib/gi18n-lib.h>
#include <string.h>

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

/* NULL: there is none; said. */
static struct folder *folder_at_hand(app *ui)
{
    const char *name = NULL;
    int64_t id = ui->focus == PANE_FOLDERS ? view_folders_at_cursor(ui->panes[PANE_FOLDERS], &name) : app_current_folder(ui);
    struct folder *box = id != 0 ? store_folder(ui->store, id, NULL) : NULL;
    if (box == NULL)
        app_brief(ui, "%s", name != NULL ? _("This is no folder, only the beginning of others' names.") : _("Choose a folder first."));
    return box;
}

static int64_t account_at_hand(app *ui)
{
    if (ui->focus == PANE_FOLDERS)
        return view_folders_account(ui->panes[PANE_FOLDERS]);
    g_autoptr(folder) box = store_folder(ui->store, app_folder_at_hand(ui), NULL);
    return box != NULL ? box->account_id : 0;
}

static void say_done(app *ui, bool is_done, const char *words, const GError *error)
{
    if (is_done)
        app_say(ui, "%s", words);
    else
        app_error(ui, "%s", error->message);
    view_folders_reload(ui->panes[PANE_FOLDERS]);
    app_after_change(ui);
}

/* text: what is said of it. */
static void folder_changed(app *ui, const struct filing_step *step, bool is_done, const GError *error)
{
    say_done(ui, is_done, step->text, error);
}

/* --- made --- */
static bool apply_create(store *db, struct filing_step *step, GError **error)
{
    step->made = intent_folder_create(db, step->id, step->text, error);
    return step->made != 0;
}

static void created(app *ui, const struct filing_step *step, bool is_done, const GError *error)
{
    g_autoptr(folder) box = step->made != 0 ? store_folder(ui->store, step->made, NULL) : NULL;
    g_autofree char *words = g_strdup_printf(_("Made the folder %s."), box != NULL ? box->name : step->text);
    say_done(ui, is_done, words, error);
}

static void answer_create(app *ui, void *data, const char *name)
{
    const struct folder_wish *wish = data;
    const struct filing_step step = { .apply = apply_create, .done = created, .id = wish->id, .text = name };
    if (name != NULL && *name != '\0')
        filing_step_start(ui, &step);
}

/* "Lists/" where the cursor is on it. */
static char *parent_at_hand(app *ui)
{
    const char *name = NULL;
    int64_t id = ui->focus == PANE_FOLDERS ? view_folders_at_cursor(ui->panes[PANE_FOLDERS], &name) : 0;
    g_autoptr(folder) box = id != 0 ? store_folder(ui->store, id, NULL) : NULL;
    bool has_room = box != NULL && box->delimiter != '\0' && box->role == FOLDER_NONE && !(box->flags & FOLDER_IS_CHILDLESS);
    return has_room ? g_strdup_printf("%s%c", box->name, box->delimiter) : g_strdup("");
}

void cmd_folder_create(app *ui, view *base)
{
    int64_t account = account_at_hand(ui);
    g_autofree char *begun = parent_at_hand(ui);
    (void)base;
    if (account == 0)
        app_error(ui, _("Open a folder of the account first."));
    else
        view_prompt_push(ui, _("Name of the new folder: "), begun, false, NULL, answer_create, wish_new(account), g_free);
}

/* --- renamed --- */

static bool apply_rename(store *db, struct filing_step *step, GError **error)
{
    return intent_folder_rename(db, step->id, step->more, error);
}

static void answer_rename(app *ui, void *data, const char *name)
{
    const struct folder_wish *wish = data;
    if (name == NULL || *name == '\0')
        return;
    g_autofree char *words = g_strdup_printf(_("The folder is called %s now."), name);
    const struct filing_step step = { .apply = apply_rename, .done = folder_changed, .id = wish->id, .text = words, .more = name };
    filing_step_start(ui, &step);
}

void cmd_folder_rename(app *ui, view *base)
{
    g_autoptr(folder) box = folder_at_hand(ui);
    (void)base;
    if (box != NULL)
        view_prompt_push(ui, _("New name of the folder: "), box->name, false, NULL, answer_rename, wish_new(box->id), g_free);
}

/* --- deleted --- */

/* number: for good. */
static bool apply_delete(store *db, struct filing_step *step, GError **error)
{
    return step->number != 0 ? intent_folder_delete(db, step->id, error) : intent_folder_trash(db, step->id, error);
}

/* made: the account, where the folder was the open one. */
static void deleted(app *ui, const struct filing_step *step, bool is_done, const GError *error)
{
    g_autoptr(folder) inbox = is_done && step->made != 0 ? store_folder_by_role(ui->store, step->made, FOLDER_INBOX, NULL) : NULL;
    if (inbox != NULL)
        app_open_folder(ui, inbox->id);
    say_done(ui, is_done, step->text, error);
}

static void answer_delete(app *ui, void *data, const char *answer)
{
    const struct folder_wish *wish = data;
    g_autoptr(folder) box = store_folder(ui->store, wish->id, NULL);
    if (answer == NULL || box == NULL || (*answer != '1' && *answer != '2'))
        return;
    bool is_for_good = *answer == '2', was_open = app_current_folder(ui) == box->id;
    g_autofree char *words =
        g_strdup_printf(is_for_good ? _("Deleted the folder %s.") : _("Moved the folder %s to Trash."), folder_words(box));
    const struct filing_step step = {
        .apply = apply_delete, .done = deleted, .id = box->id, .number = is_for_good, .text = words, .made = was_open ? box->account_id : 0
    };
    filing_step_start(ui, &step);
}

void cmd_folder_delete(app *ui, view *base)
{
    g_autoptr(folder) box = folder_at_hand(ui);
    const char *const choices[] = { N_("&Keep it"), N_("Move it to &Trash, with all in it"), N_("&Yes, delete it for good"), NULL };
    (void)base;
    if (box == NULL)
        return;
    g_autofree char *text =
        g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%s has %d message in it.", "%s has %d messages in it.", (gulong)box->total),
                        folder_words(box), (int)box->total);
    view_choice_push(ui, _("Delete this folder?"), text, choices, answer_delete, wish_new(box->id), g_free);
}

/* --- subscribed --- */

void cmd_folder_notify(app *ui, view *base)
{
    g_autoptr(folder) box = folder_at_hand(ui);
    g_autoptr(GError) error = NULL;
    (void)base;
    if (box == NULL)
        return;
    bool is_inbox = box->role == FOLDER_INBOX, is_wanted = !notify_list_wants(ui->settings->notify_folders, box->name, is_inbox);
    g_autofree char *list = notify_list_change(ui->settings->notify_folders, box->name, is_inbox, is_wanted);
    if (!settings_save("notify-folders", list, &error) || !settings_set(ui->settings, "notify-folders", list != NULL ? list : "", &error)) {
        app_error(ui, "%s", error->message);
        return;
    }
    if (!is_wanted)
        app_say(ui, _("You are not told of new mail in %s any more."), folder_words(box));
    else if (g_strcmp0(ui->settings->notify, "off") == 0 && !ui->settings->bell)
        app_say(ui, _("You are told of new mail in %s, once “notify” or “bell” is set (:settings)."), folder_words(box));
    else
        app_say(ui, _("You are told of new mail in %s."), folder_words(box));
}

/* made: the account. */
static bool apply_subscribe(store *db, struct filing_step *step, GError **error)
{
    return store_role_want_subscribed(db, step->made, error) && intent_folder_subscribe(db, step->id, step->number != 0, error);
}

void cmd_folder_subscribe(app *ui, view *base)
{
    g_autoptr(folder) box = folder_at_hand(ui);
    (void)base;
    if (box == NULL)
        return;
    bool is_wanted = !(box->flags & FOLDER_IS_SUBSCRIBED);
    g_autofree char *words =
        g_strdup_printf(is_wanted ? _("Subscribed to %s.") : _("No longer subscribed to %s; it and its mail stay."), folder_words(box));
    const struct filing_step step = {
        .apply = apply_subscribe, .done = folder_changed, .id = box->id, .number = is_wanted, .text = words, .made = box->account_id
    };
    filing_step_start(ui, &step);
}

static bool apply_wants(store *db, struct filing_step *step, GError **error)
{
    return store_role_want_subscribed(db, step->id, error);
}

void cmd_folders_subscribed(app *ui, view *base)
{
    int64_t account = account_at_hand(ui);
    bool is_only = false;
    (void)base;
    if (account == 0)
        return;
    bool is_known = store_role_wants_subscribed(ui->store, account);
    view_folders_toggle_subscribed(ui->panes[PANE_FOLDERS], account, &is_only);
    const struct filing_step step = { .apply = apply_wants, .id = account };
    filing_step_start(ui, &step);
    if (!is_known)
        engine_sync_now(ui->engine, NULL); /* a server that does not tell by itself is asked */
    app_say(ui, "%s", is_only ? _("Only subscribed folders are shown; the same command shows all.") : _("All folders are shown."));
}

/* --- used for a purpose --- */

static const struct {
    const char *choice;
    enum folder_role role;
    const char *words;
} uses[] = {
    { N_("&Nothing: leave it as it is"), FOLDER_NONE, NULL },
    { N_("&Sent mail"), FOLDER_SENT, N_("Copies of what you send go to %s from now on.") },
    { N_("&Drafts"), FOLDER_DRAFTS, N_("Drafts are kept in %s from now on.") },
    { N_("&Archive"), FOLDER_ARCHIVE, N_("What you archive goes to %s from now on.") },
    { N_("&Junk"), FOLDER_JUNK, N_("Junk is in %s from now on.") },
    { N_("&Trash"), FOLDER_TRASH, N_("What you delete goes to %s from now on.") },
};

static struct account *own_account(app *ui, int64_t account_id)
{
    for (guint i = 0; i < ui->accounts->len; i++) {
        struct account *each = g_ptr_array_index(ui->accounts, i);
        if (store_account_id(ui->store, each->id, NULL) == account_id)
            return each;
    }
    return NULL;
}

/* One purpose for one folder, and one folder for one purpose. */
static void note_use(struct account *owner, const struct folder *box, int setting)
{
    for (int i = 0; i < ACCOUNT_FOLDER_ROLES; i++)
        if (i != setting && g_strcmp0(owner->folders[i], box->name) == 0)
            g_clear_pointer(&owner->folders[i], g_free);
    g_free(owner->folders[setting]);
    owner->folders[setting] = g_strdup(box->name);
}

/* Into the file first: what is not there would be forgotten with the next start. */
static bool use_as(app *ui, const struct folder *box, size_t use, GError **error)
{
    struct account *owner = own_account(ui, box->account_id);
    int setting = store_role_setting(uses[use].role);
    if (owner == NULL || setting < 0)
        return true;
    g_autoptr(account) changed = account_copy(owner);
    note_use(changed, box, setting);
    if (changed->path != NULL && !account_file_save(changed, error))
        return false;
    note_use(owner, box, setting);
    return true;
}

static bool apply_use(store *db, struct filing_step *step, GError **error)
{
    return store_role_use(db, step->id, (enum folder_role)step->number, error);
}

/* made: the account. */
static void used(app *ui, const struct filing_step *step, bool is_done, const GError *error)
{
    g_autoptr(GError) why = NULL;
    struct account *owner = own_account(ui, step->made);
    if (is_done && owner != NULL && ui->is_started)
        is_done = engine_reload(ui->engine, owner, &why);
    say_done(ui, is_done, step->text, why != NULL ? why : error);
}

static void answer_use(app *ui, void *data, const char *answer)
{
    const struct folder_wish *wish = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(folder) box = store_folder(ui->store, wish->id, NULL);
    size_t use = answer != NULL && g_ascii_isdigit(*answer) ? (size_t)(*answer - '0') : 0;
    if (box == NULL || use == 0 || use >= G_N_ELEMENTS(uses))
        return;
    g_autoptr(GString) words = g_string_new(_(uses[use].words));
    g_string_replace(words, "%s", folder_words(box), 1);
    const struct filing_step step = {
        .apply = apply_use, .done = used, .id = box->id, .number = uses[use].role, .text = words->str, .made = box->account_id
    };
    if (use_as(ui, box, use, &error))
        filing_step_start(ui, &step);
    else
        say_done(ui, false, NULL, error);
}

void cmd_folder_role(app *ui, view *base)
{
    g_autoptr(folder) box = folder_at_hand(ui);
    const char *choices[G_N_ELEMENTS(uses) + 1] = { NULL };
    (void)base;
    if (box == NULL)
        return;
    if (box->role == FOLDER_INBOX || box->role == FOLDER_OUTBOX || (box->flags & FOLDER_IS_NOSELECT)) {
        app_brief(ui, _("%s cannot be used for anything else."), folder_words(box));
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(uses); i++)
        choices[i] = _(uses[i].choice);
    g_autofree char *text = g_strdup_printf(_("%s is to be the folder for:"), folder_words(box));
    view_choice_push(ui, _("Use this folder as"), text, choices, answer_use, wish_new(box->id), g_free);
}
