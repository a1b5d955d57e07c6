/* SPDX-License-Identifier: MIT */
/* The rows of the folder list, made from the store: accounts, their folders as a tree, saved searches; or those of them that a filter leaves. */
#include "ui/view_folders_private.h"
#include "core/account_quota.h"
#include "core/folder_rights.h"
#include "core/outbox.h"
#include "core/store_role.h"
#include "ui/unified.h"
#include <glib/gi18n-lib.h>
#include <string.h>

void folder_rows_free(void *data)
{
    struct row *row = data;
    g_free(row->label);
    g_free(row->name);
    g_free(row->search);
    g_free(row->words);
    g_free(row);
}

/* Roles have names a person knows; drafts and outgoing mail show how many there are, the rest how many are unread. */
static const struct {
    enum folder_role role;
    const char *name;
    bool counts_all;
} roles[] = {
    { FOLDER_INBOX, N_("Inbox"), false },     { FOLDER_DRAFTS, N_("Drafts"), true }, { FOLDER_SENT, N_("Sent"), false },
    { FOLDER_ARCHIVE, N_("Archive"), false }, { FOLDER_JUNK, N_("Junk"), false },    { FOLDER_TRASH, N_("Trash"), false },
    { FOLDER_OUTBOX, N_("Outbox"), true },
};

bool folder_role_counts_all(enum folder_role role)
{
    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++)
        if (roles[i].role == role)
            return roles[i].counts_all;
    return false;
}

void folder_row_count(const struct folder *box, struct row *row)
{
    row->counted_id = box->id;
    row->count = folder_role_counts_all(box->role) ? box->total : box->unread;
    row->is_unread = !folder_role_counts_all(box->role) && box->unread > 0;
}

static char *role_name(enum folder_role role)
{
    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++)
        if (roles[i].role == role)
            return g_strdup(_(roles[i].name));
    return NULL;
}

static struct row *folder_row(const struct view_folders *self, const struct folder_node *node, int64_t account_id)
{
    struct row *row = g_new0(struct row, 1);
    row->account_id = account_id;
    row->counted_at = self->news;
    row->depth = node->depth;
    row->name = g_strdup(node->name);
    row->has_children = node->has_children;
    row->is_folded = node->is_folded;
    row->unread_below = node->unread_below;
    row->delimiter = node->delimiter;
    row->is_noselect = node->box == NULL || (node->box->flags & FOLDER_IS_NOSELECT);
    if (node->box != NULL) {
        row->folder_id = node->box->id;
        row->is_read_only = folder_rights_is_read_only(node->box->flags);
        row->label = role_name(node->box->role);
        folder_row_count(node->box, row);
    }
    if (self->filter != NULL)
        row->depth = 1;
    if (row->label == NULL)
        row->label = g_strdup(self->filter != NULL ? node->name : node->label);
    return row;
}

static void add_folders(struct view_folders *self, GPtrArray *folders, int64_t account_id)
{
    app *ui = self->base.app;
    g_autofree char *home = store_role_home(app_store(ui), account_id, NULL);
    folder_folds_choose(self->folds, account_id, folders->len);
    const struct folder_tree_wish wish = { .home = home,
                                           .is_subscribed_only = folder_folds_is_subscribed_only(self->folds, account_id),
                                           .shown_id = app_current_folder(ui),
                                           .is_folded = self->filter != NULL ? NULL : folder_folds_has,
                                           .data = self->folds };
    for (guint i = folders->len; i-- > 0;) {
        const struct folder *box = g_ptr_array_index(folders, i);
        if (box->role == FOLDER_OUTBOX && box->total == 0)
            g_ptr_array_remove_index(folders, i); /* shown while it has something */
    }
    g_autoptr(GPtrArray) nodes = folder_tree_rows(folders, &wish);
    for (guint i = 0; i < nodes->len; i++)
        g_ptr_array_add(self->all, folder_row(self, g_ptr_array_index(nodes, i), account_id));
}

static void fill_inbox(const GPtrArray *folders, struct row *head)
{
    for (guint i = 0; i < folders->len; i++) {
        const struct folder *box = g_ptr_array_index(folders, i);
        if (box->role == FOLDER_INBOX && !(box->flags & FOLDER_IS_GONE))
            folder_row_count(box, head);
    }
}

static void add_account(struct view_folders *self, const struct account *owner, GPtrArray *folders, int64_t account_id)
{
    struct row *head = g_new0(struct row, 1);
    struct account_quota quota;
    head->account_id = account_id;
    head->counted_at = self->news;
    head->label = g_strdup(owner->name);
    head->has_children = true;
    head->is_folded = folder_folds_has_account(self->folds, account_id);
    head->quota = account_quota_read(app_store(self->base.app), account_id, &quota) ? MAX(quota.percent, 1) : 0;
    g_ptr_array_add(self->all, head);
    if (folders == NULL)
        return;
    head->is_folded = head->is_folded && self->filter == NULL;
    if (head->is_folded)
        fill_inbox(folders, head);
    else
        add_folders(self, folders, account_id);
}

/* Behind the accounts; their counts come when they are counted. */
static void add_searches(struct view_folders *self)
{
    const GPtrArray *saved = view_searches_all(self->searches);
    for (guint i = 0; i < saved->len; i++) {
        const struct saved_search *each = g_ptr_array_index(saved, i);
        struct row *row = g_new0(struct row, 1);
        row->account_id = -1 - (int64_t)i;
        row->label = g_strdup(each->name);
        row->search = g_strdup(each->query);
        g_ptr_array_add(self->all, row);
    }
}

static void add_ready_made(struct view_folders *self, const char *label, const char *search, int64_t id)
{
    struct row *row = g_new0(struct row, 1);
    row->account_id = id;
    row->label = g_strdup(label);
    row->search = g_strdup(search);
    row->counted_at = self->news - 1;
    g_ptr_array_add(self->all, row);
}

/* Above the accounts: their inboxes as one, drafts, sent mail and archives, too, and what is unread or starred anywhere. */
static void add_unified(struct view_folders *self)
{
    store *db = app_store(self->base.app);
    g_autoptr(GArray) junk = store_folder_ids(db, FOLDER_JUNK, NULL), trash = store_folder_ids(db, FOLDER_TRASH, NULL);
    const char *no_junk = junk != NULL && junk->len > 0 ? " -in:junk" : "", *no_trash = trash != NULL && trash->len > 0 ? " -in:trash" : "";
    g_autofree char *unread = g_strconcat("is:unread", no_junk, no_trash, NULL);
    g_autofree char *starred = g_strconcat("is:starred", no_trash, NULL);
    for (const enum folder_role *role = unified_roles; *role != FOLDER_NONE; role++) {
        if (*role != FOLDER_INBOX && !unified_has(self->base.app, UNIFIED(*role)))
            continue;
        struct row *row = g_new0(struct row, 1);
        row->folder_id = UNIFIED(*role);
        row->counted_at = self->news - 1;
        row->label = g_strdup(unified_label(row->folder_id));
        g_ptr_array_add(self->all, row);
    }
    add_ready_made(self, _("Unread"), unread, UNREAD_ROW);
    add_ready_made(self, _("Starred"), starred, STARRED_ROW);
}

#define OUTBOX_ROW INT64_MIN /* its account_id: of all accounts */

static void add_outbox(struct view_folders *self)
{
    self->outgoing = outbox_count(app_store(self->base.app));
    if (self->outgoing == 0)
        return;
    struct row *row = g_new0(struct row, 1);
    row->account_id = OUTBOX_ROW;
    row->label = g_strdup(_("Outbox"));
    row->count = self->outgoing;
    g_ptr_array_add(self->all, row);
}

bool row_is_outbox(const struct row *row)
{
    return row->account_id == OUTBOX_ROW;
}

bool row_is_account(const struct row *row)
{
    return row->name == NULL && row->search == NULL && row->folder_id == 0 && !row_is_outbox(row);
}

/* By its id, or the row of an account that has this name (NULL: the account's own). */
int folder_rows_find(const struct view_folders *self, int64_t folder_id, int64_t account_id, const char *name)
{
    for (guint i = 0; i < self->rows->len; i++) {
        const struct row *row = g_ptr_array_index(self->rows, i);
        if (folder_id != 0 ? row->folder_id == folder_id : row->account_id == account_id && g_strcmp0(row->name, name) == 0)
            return (int)i;
    }
    return -1;
}

const struct row *folder_rows_current(const struct view_folders *self)
{
    return self->cursor >= 0 && self->cursor < (int)self->rows->len ? g_ptr_array_index(self->rows, self->cursor) : NULL;
}

/* --- the filter --- */

static bool has_words(struct row *row, char **wanted)
{
    if (row->words == NULL) {
        g_autofree char *both = g_strconcat(row->label, " ", row->name != NULL ? row->name : "", NULL);
        row->words = g_utf8_casefold(both, -1);
    }
    for (char **word = wanted; *word != NULL; word++) {
        if (strstr(row->words, *word) == NULL)
            return false;
    }
    return true;
}

/* Those that have all the words, each account's below its line. */
static void show_found(struct view_folders *self)
{
    g_autofree char *folded = g_utf8_casefold(self->filter, -1);
    g_auto(GStrv) wanted = g_strsplit_set(folded, " ", -1);
    struct row *head = NULL;
    for (guint i = 0; i < self->all->len; i++) {
        struct row *row = g_ptr_array_index(self->all, i);
        if (row_is_account(row)) {
            head = row;
            continue;
        }
        if (!has_words(row, wanted))
            continue;
        if (head != NULL && head->account_id == row->account_id)
            g_ptr_array_add(self->rows, g_steal_pointer(&head));
        g_ptr_array_add(self->rows, row);
    }
}

static void show(struct view_folders *self)
{
    g_ptr_array_set_size(self->rows, 0);
    if (self->filter != NULL)
        show_found(self);
    else
        g_ptr_array_extend(self->rows, self->all, NULL, NULL);
}

void folder_rows_filter(struct view_folders *self)
{
    show(self);
    self->cursor = 0;
    while (self->cursor + 1 < (int)self->rows->len && row_is_account(g_ptr_array_index(self->rows, self->cursor)))
        self->cursor++;
}

/* --- all of them --- */

static void read_all(struct view_folders *self)
{
    GPtrArray *accounts = app_accounts(self->base.app);
    g_ptr_array_set_size(self->rows, 0);
    g_ptr_array_set_size(self->all, 0);
    if (unified_is_offered(self->base.app))
        add_unified(self);
    for (guint i = 0; i < accounts->len; i++) {
        const struct account *owner = g_ptr_array_index(accounts, i);
        int64_t id = store_account_id(app_store(self->base.app), owner->id, NULL);
        g_autoptr(GPtrArray) folders = id != 0 ? store_folders(app_store(self->base.app), id, NULL) : NULL;
        add_account(self, owner, folders, id);
    }
    add_outbox(self);
    add_searches(self);
}

void folder_rows_read(struct view_folders *self)
{
    const struct row *old = folder_rows_current(self);
    bool is_wanted = self->wanted_folder != 0;
    int64_t folder_id = is_wanted ? self->wanted_folder : old != NULL ? old->folder_id : 0;
    int64_t account_id = old != NULL && !is_wanted ? old->account_id : 0;
    g_autofree char *name = old != NULL && !is_wanted ? g_strdup(old->name) : NULL;
    self->wanted_folder = 0;
    self->is_stale = false;
    self->last_folder = store_folder_last(app_store(self->base.app));
    read_all(self);
    show(self);
    int found = folder_rows_find(self, folder_id, account_id, name);
    if (found < 0 && folder_id != 0)
        found = folder_rows_find(self, 0, account_id, name);
    self->cursor = found >= 0 ? found : CLAMP(self->cursor, 0, MAX((int)self->rows->len - 1, 0));
}
