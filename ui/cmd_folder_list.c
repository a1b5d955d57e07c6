/* SPDX-License-Identifier: MIT */
/* Commands of the folder list itself: which folders it shows, and what there is to know of one. */
#include "core/account_quota.h"
#include "core/folder_rights.h"
#include "core/language.h"
#include "ui/app_private.h"
#include "ui/cmd_folder.h"
#include "ui/folder_words.h"
#include "ui/pager.h"
#include "ui/view_folders.h"
#include <glib/gi18n-lib.h>

#define COUNTED_MAX 50000 /* more are not added up while somebody waits for the key */

/* --- filter --- */

static void filter_typed(app *ui, void *data, const char *line)
{
    (void)data;
    view_folders_filter(ui->panes[PANE_FOLDERS], line);
}

/* Esc puts back what was there before. */
static void filter_words(app *ui, void *data, const char *line)
{
    view_folders_filter(ui->panes[PANE_FOLDERS], line != NULL ? line : data);
}

void cmd_folder_filter(app *ui, view *base)
{
    const char *old = view_folders_filter_words(ui->panes[PANE_FOLDERS]);
    (void)base;
    view_prompt_push(ui, _("Show folders with: "), old != NULL ? old : "", false, NULL, filter_words, g_strdup(old), g_free);
    view_prompt_follow(ui, filter_typed);
}

/* --- details --- */

static void release(view *base)
{
    pager *self = (pager *)(void *)base;
    pager_clear(self);
    g_free(self);
}

static const struct view_ops ops = { .name = "folder-details",
                                     .context = CONTEXT_HELP,
                                     .layout = pager_layout,
                                     .draw = pager_draw,
                                     .key = pager_key,
                                     .mouse = pager_mouse,
                                     .free = release };

static const struct account *owner_of(app *ui, int64_t account_id)
{
    for (guint i = 0; i < ui->accounts->len; i++) {
        const struct account *owner = g_ptr_array_index(ui->accounts, i);
        if (store_account_id(ui->store, owner->id, NULL) == account_id)
            return owner;
    }
    return NULL;
}

static char *number_words(int64_t number)
{
    return number >= 0 ? language_number(number) : g_strdup(_("not known yet"));
}

static char *size_words(app *ui, const struct folder *box)
{
    int64_t bytes = box->server_bytes >= 0 || box->total <= COUNTED_MAX ? store_folder_bytes(ui->store, box) : -1;
    return bytes >= 0 ? language_size((guint64)bytes) : g_strdup(_("not known yet"));
}

/* Each in words of its own: "everything" would hide the one thing that is missing. */
static const struct {
    unsigned lacking;
    const char *words;
} refusals[] = {
    { FOLDER_LACKS_SEEN | FOLDER_FIXES_SEEN, N_("mark as read") },
    { FOLDER_LACKS_WRITE | FOLDER_FIXES_FLAGS, N_("change stars and tags") },
    { FOLDER_LACKS_DELETE | FOLDER_FIXES_DELETED, N_("take mail out") },
    { FOLDER_LACKS_INSERT, N_("put mail in") },
    { FOLDER_LACKS_CREATE, N_("make folders in it") },
    { FOLDER_LACKS_REMOVE, N_("rename or delete it") },
};

static char *rights_words(const struct folder *box)
{
    g_autoptr(GString) list = g_string_new(NULL);
    if (folder_rights_is_read_only(box->flags))
        return g_strdup(_("only to be read"));
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        if ((box->flags & refusals[i].lacking) != 0)
            g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", _(refusals[i].words));
    }
    return list->len > 0 ? g_strdup_printf(_("not: %s"), list->str) : g_strdup(_("everything"));
}

static bool is_near(const struct folder *box)
{
    return box->role == FOLDER_INBOX || box->role == FOLDER_SENT || box->role == FOLDER_DRAFTS;
}

static char *kept_words(const struct account *owner, const struct folder *box)
{
    static const char *const words[] = { [ACCOUNT_BODIES_UNSAID] = "",
                                         [ACCOUNT_BODIES_HEADERS] = N_("headers; what you open is fetched then"),
                                         [ACCOUNT_BODIES_TEXT] = N_("headers and texts; attachments when you open them"),
                                         [ACCOUNT_BODIES_EVERYTHING] = N_("everything") };
    if (owner->incoming.protocol != ACCOUNT_PROTOCOL_IMAP)
        return g_strdup(_("everything"));
    struct account_sync_policy policy = account_sync_policy_of(owner->sync, box->name, is_near(box), g_get_real_time() / G_USEC_PER_SEC);
    return g_strdup(_(words[policy.bodies]));
}

static void add(pager *self, const char *name, char *words)
{
    pager_add(self, THEME_NORMAL, name, words);
}

static void add_quota(pager *self, app *ui, int64_t account_id)
{
    struct account_quota quota;
    if (account_quota_read(ui->store, account_id, &quota))
        add(self, _("Mailbox"), account_quota_describe(&quota));
}

static void add_folder(pager *self, app *ui, const struct folder *box, const struct account *owner)
{
    bool is_server = owner->incoming.protocol == ACCOUNT_PROTOCOL_IMAP;
    add(self, _("Messages"), number_words(is_server && box->server_total > box->total ? box->server_total : box->total));
    add(self, C_("how many", "Unread"), number_words(box->unread));
    add(self, _("Size"), size_words(ui, box));
    add(self, _("Allowed"), rights_words(box));
    add(self, _("Kept here"), kept_words(owner, box));
}

void cmd_folder_details(app *ui, view *base)
{
    const char *name = NULL;
    int64_t folder_id = view_folders_at_cursor(base, &name), account_id = view_folders_account(base);
    const struct account *owner = owner_of(ui, account_id);
    g_autoptr(folder) box = folder_id > 0 ? store_folder(ui->store, folder_id, NULL) : NULL;
    if (owner == NULL || (box == NULL && name != NULL)) {
        app_brief(ui, _("Details are told of folders and accounts."));
        return;
    }
    pager *self = g_new0(pager, 1);
    pager_init(self, &ops, ui);
    self->has_facts = true;
    pager_add(self, THEME_TITLE, NULL, g_strdup(box != NULL ? folder_words(box) : owner->name));
    pager_add(self, THEME_NORMAL, NULL, g_strdup(""));
    add(self, _("Account"), g_strdup(owner->name));
    if (box != NULL)
        add_folder(self, ui, box, owner);
    add_quota(self, ui, account_id);
    view_push(ui, &self->base);
}
