/* SPDX-License-Identifier: MIT */
/* The folder list: accounts, their folders as a tree, unread counts. The tree is read when folders come or go, counts only for the rows on the screen:
 * a key in an account of 5000 folders costs no more than in one of ten. */
#include "ui/view_folders.h"
#include "core/account_quota.h"
#include "core/folder_rights.h"
#include "core/store_role.h"
#include "ui/app_private.h"
#include "core/outbox.h"
#include "ui/cmd_outbox.h"
#include "ui/folder_folds.h"
#include "ui/unified.h"
#include "ui/view_searches.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* Rows that are no account's and no saved search's: below all of those. */
#define UNREAD_ROW  (G_MININT64 + 1)
#define STARRED_ROW (G_MININT64 + 2)

struct row {
    int64_t folder_id, account_id; /* folder_id 0: the account's own line */
    int64_t counted_id;            /* the folder whose count is shown; 0: none */
    unsigned counted_at;           /* the news that count is of */
    char *label;
    char *name;   /* of a folder, or of what exists only as a part of names: whole */
    char *search; /* a saved search: its query; its account_id is below zero */
    int64_t count;
    int64_t unread_below; /* of a folded branch */
    char delimiter;
    int depth, quota; /* quota: of an account's line, percent; 0: not known */
    bool is_unread, is_noselect, is_read_only, has_children, is_folded;
};
struct view_folders {
    view base;
    canvas *canvas;
    GPtrArray *rows; /* of struct row* */
    folder_folds *folds;
    int cursor, top;
    bool is_stale; /* the tree */
    unsigned news; /* counts changed so many times */
    view_searches *searches;
    int64_t outgoing;                   /* messages in the outbox */
    int64_t last_folder, wanted_folder; /* wanted: where the cursor goes when the tree is read; 0: it stays */
};

static const struct view_ops ops;

static struct view_folders *cast(view *self)
{
    return (struct view_folders *)(void *)self;
}

static void row_free(gpointer data)
{
    struct row *row = data;
    g_free(row->label);
    g_free(row->name);
    g_free(row->search);
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

static bool counts_all(enum folder_role role)
{
    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++)
        if (roles[i].role == role)
            return roles[i].counts_all;
    return false;
}

static void fill_count(const struct folder *box, struct row *row)
{
    row->counted_id = box->id;
    row->count = counts_all(box->role) ? box->total : box->unread;
    row->is_unread = !counts_all(box->role) && box->unread > 0;
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
        fill_count(node->box, row);
    }
    if (row->label == NULL)
        row->label = g_strdup(node->label);
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
                                           .is_folded = folder_folds_has,
                                           .data = self->folds };
    for (guint i = folders->len; i-- > 0;) {
        const struct folder *box = g_ptr_array_index(folders, i);
        if (box->role == FOLDER_OUTBOX && box->total == 0)
            g_ptr_array_remove_index(folders, i); /* shown while it has something */
    }
    g_autoptr(GPtrArray) nodes = folder_tree_rows(folders, &wish);
    for (guint i = 0; i < nodes->len; i++)
        g_ptr_array_add(self->rows, folder_row(self, g_ptr_array_index(nodes, i), account_id));
}

static void fill_inbox(const GPtrArray *folders, struct row *head)
{
    for (guint i = 0; i < folders->len; i++) {
        const struct folder *box = g_ptr_array_index(folders, i);
        if (box->role == FOLDER_INBOX && !(box->flags & FOLDER_IS_GONE))
            fill_count(box, head);
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
    g_ptr_array_add(self->rows, head);
    if (folders == NULL)
        return;
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
        g_ptr_array_add(self->rows, row);
    }
}

static void add_ready_made(struct view_folders *self, const char *label, const char *search, int64_t id)
{
    struct row *row = g_new0(struct row, 1);
    row->account_id = id;
    row->label = g_strdup(label);
    row->search = g_strdup(search);
    row->counted_at = self->news - 1;
    g_ptr_array_add(self->rows, row);
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
        g_ptr_array_add(self->rows, row);
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
    g_ptr_array_add(self->rows, row);
}

static bool is_outbox(const struct row *row)
{
    return row->account_id == OUTBOX_ROW;
}

/* By its id, or the row of an account that has this name (NULL: the account's own). */
static int find_row(const struct view_folders *self, int64_t folder_id, int64_t account_id, const char *name)
{
    for (guint i = 0; i < self->rows->len; i++) {
        const struct row *row = g_ptr_array_index(self->rows, i);
        if (folder_id != 0 ? row->folder_id == folder_id : row->account_id == account_id && g_strcmp0(row->name, name) == 0)
            return (int)i;
    }
    return -1;
}

static const struct row *current_row(const struct view_folders *self)
{
    return self->cursor >= 0 && self->cursor < (int)self->rows->len ? g_ptr_array_index(self->rows, self->cursor) : NULL;
}

static void reload(struct view_folders *self)
{
    const struct row *old = current_row(self);
    bool is_wanted = self->wanted_folder != 0;
    int64_t folder_id = is_wanted ? self->wanted_folder : old != NULL ? old->folder_id : 0;
    int64_t account_id = old != NULL && !is_wanted ? old->account_id : 0;
    g_autofree char *name = old != NULL && !is_wanted ? g_strdup(old->name) : NULL;
    self->wanted_folder = 0;
    GPtrArray *accounts = app_accounts(self->base.app);
    self->is_stale = false;
    self->last_folder = store_folder_last(app_store(self->base.app));
    g_ptr_array_set_size(self->rows, 0);
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
    int found = find_row(self, folder_id, account_id, name);
    if (found < 0 && folder_id != 0)
        found = find_row(self, 0, account_id, name);
    self->cursor = found >= 0 ? found : CLAMP(self->cursor, 0, MAX((int)self->rows->len - 1, 0));
}

void view_folders_reload(view *self)
{
    cast(self)->is_stale = true;
    view_touch(self);
}

void view_folders_recount(view *base)
{
    struct view_folders *self = cast(base);
    self->news++;
    view_searches_outdate(self->searches);
    self->is_stale = self->is_stale || store_folder_last(app_store(base->app)) > self->last_folder ||
                     outbox_count(app_store(base->app)) != self->outgoing;
    view_touch(base);
}

static struct view_folders *fresh(view *self)
{
    if (cast(self)->is_stale)
        reload(cast(self));
    view_touch(self);
    return cast(self);
}

int64_t view_folders_current(const view *self)
{
    const struct row *row = current_row((const struct view_folders *)(const void *)self);
    return row != NULL && !row->is_noselect ? row->folder_id : 0;
}

const char *view_folders_search(const view *self)
{
    const struct row *row = current_row((const struct view_folders *)(const void *)self);
    return row != NULL ? row->search : NULL;
}

const char *view_folders_search_name(const view *self)
{
    const struct row *row = current_row((const struct view_folders *)(const void *)self);
    return row != NULL && row->search != NULL && row->account_id > STARRED_ROW ? row->label : NULL;
}

bool view_folders_is_on_outbox(const view *self)
{
    const struct row *row = current_row((const struct view_folders *)(const void *)self);
    return row != NULL && is_outbox(row);
}

void view_folders_load_searches(view *base)
{
    view_searches_load(cast(base)->searches);
    view_folders_reload(base);
}

void view_folders_step(view *base, int rows)
{
    struct view_folders *self = fresh(base);
    int64_t wanted = (int64_t)self->cursor + rows;
    self->cursor = (int)CLAMP(wanted, 0, MAX((int64_t)self->rows->len - 1, 0));
}

/* It may lie in a folded branch: then that is opened. */
static int reveal(struct view_folders *self, int64_t folder_id)
{
    store *db = app_store(self->base.app);
    g_autoptr(folder) box = store_folder(db, folder_id, NULL);
    if (box == NULL || folder_folds_has_account(self->folds, box->account_id))
        return -1;
    g_autofree char *home = store_role_home(db, box->account_id, NULL);
    g_autoptr(GPtrArray) parents = folder_tree_parents(box->name, box->delimiter, home);
    for (guint i = 0; i < parents->len; i++)
        folder_folds_set(self->folds, box->account_id, g_ptr_array_index(parents, i), false);
    reload(self);
    return find_row(self, folder_id, 0, NULL);
}

void view_folders_select(view *base, int64_t folder_id)
{
    struct view_folders *self = cast(base);
    view_touch(base);
    if (self->is_stale) { /* the pane may not be on the screen at all: it is read when it is drawn */
        self->wanted_folder = folder_id;
        return;
    }
    int found = find_row(self, folder_id, 0, NULL);
    if (found < 0 && folder_id != 0)
        found = reveal(self, folder_id);
    if (found >= 0)
        self->cursor = found;
}

/* The row that is above this one in the tree. */
static int parent_row(const struct view_folders *self, int row)
{
    int depth = ((const struct row *)g_ptr_array_index(self->rows, row))->depth;
    while (row > 0 && ((const struct row *)g_ptr_array_index(self->rows, row))->depth >= depth)
        row--;
    return row;
}

void view_folders_fold(view *base, int wish)
{
    struct view_folders *self = fresh(base);
    const struct row *row = current_row(self);
    if (row == NULL || row->search != NULL || is_outbox(row))
        return;
    bool is_leaf = !row->has_children || (wish == 0 && row->is_folded);
    if (is_leaf && wish != 1)
        self->cursor = parent_row(self, self->cursor); /* what it is in is folded */
    row = current_row(self);
    if (row == NULL || !row->has_children)
        return;
    bool is_wanted = wish < 0 ? !row->is_folded : wish == 0;
    folder_folds_set(self->folds, row->account_id, row->name, is_wanted);
    reload(self);
}

void view_folders_toggle_subscribed(view *base, int64_t account_id, bool *is_only_out)
{
    struct view_folders *self = fresh(base);
    *is_only_out = !folder_folds_is_subscribed_only(self->folds, account_id);
    folder_folds_set_subscribed_only(self->folds, account_id, *is_only_out);
    reload(self);
}

int64_t view_folders_account(const view *self)
{
    const struct row *row = current_row((const struct view_folders *)(const void *)self);
    return row != NULL && row->account_id > 0 ? row->account_id : 0;
}

int64_t view_folders_at_cursor(const view *self, const char **name_out)
{
    const struct row *row = current_row((const struct view_folders *)(const void *)self);
    *name_out = row != NULL ? row->name : NULL;
    return row != NULL ? row->folder_id : 0;
}

static void count_search(const struct view_folders *self, struct row *row)
{
    store *db = app_store(self->base.app);
    if (row->account_id > STARRED_ROW)
        row->count = view_searches_unread(self->searches, (guint)(-1 - row->account_id));
    else if (row->counted_at != self->news)
        row->count = row->account_id == UNREAD_ROW ? store_folder_unread(db) : store_folder_starred(db, VIEW_SEARCHES_MAX);
    row->is_unread = row->count > 0 && row->account_id != STARRED_ROW;
}

static void count_unified(const struct view_folders *self, struct row *row)
{
    int64_t total = 0, unread = 0;
    bool is_total = counts_all((enum folder_role) - row->folder_id);
    unified_count(self->base.app, row->folder_id, &total, &unread);
    row->count = is_total ? total : unread;
    row->is_unread = !is_total && unread > 0;
}

static void count_again(const struct view_folders *self, struct row *row)
{
    if (row->search != NULL)
        count_search(self, row);
    if (row->counted_at == self->news || is_outbox(row))
        return;
    if (row->folder_id < 0)
        count_unified(self, row);
    g_autoptr(folder) box = row->counted_id != 0 ? store_folder(app_store(self->base.app), row->counted_id, NULL) : NULL;
    row->counted_at = self->news;
    if (row->is_folded && row->name != NULL)
        row->unread_below = store_folder_unread_below(app_store(self->base.app), row->account_id, row->name, row->delimiter);
    if (box != NULL)
        fill_count(box, row);
}

static enum theme_style style_of(const struct row *row)
{
    bool is_account = row->name == NULL && row->search == NULL && row->folder_id == 0 && !is_outbox(row);
    return is_account ? THEME_ACCOUNT : row->is_noselect ? THEME_DIM : row->is_unread ? THEME_FOLDER_UNREAD : THEME_FOLDER;
}

/* How many, or of an account how full it is. */
static enum theme_style count_words(const struct row *row, char *words, size_t size)
{
    int64_t count = row->count + row->unread_below;
    if (count > 0)
        g_snprintf(words, size, "%" G_GINT64_FORMAT "%s", count, row->search != NULL && count >= VIEW_SEARCHES_MAX ? "+" : "");
    else if (row->quota > 0)
        g_snprintf(words, size, "%d%%", row->quota);
    return count <= 0 && row->quota >= ACCOUNT_QUOTA_NEAR ? THEME_WARNING : count <= 0 ? THEME_DIM : style_of(row);
}

/* Behind the name: folded, and only to be read. */
static void draw_marks(const struct view_folders *self, int screen_row, int column, int end, const struct row *row)
{
    if (row->name != NULL && row->is_folded && column + 1 < end)
        column += 1 + canvas_text(self->canvas, screen_row, column + 1, end - column - 1, THEME_DIM, canvas_glyph(GLYPH_CLOSED));
    if (row->is_read_only && column + 1 < end)
        canvas_text(self->canvas, screen_row, column + 1, end - column - 1, THEME_DIM, canvas_glyph(GLYPH_READ_ONLY));
}

static void draw_cursor(const struct view_folders *self, int at, int indent, const struct row *row)
{
    int columns = canvas_area(self->canvas).columns, screen_row = at - self->top;
    bool is_open = row->folder_id != 0 && row->folder_id == app_current_folder(self->base.app);
    bool has_focus = view_top(self->base.app) == &self->base;
    if (at == self->cursor && has_focus) {
        canvas_text(self->canvas, screen_row, 0, 1, THEME_NORMAL, canvas_glyph(GLYPH_ARROW));
        canvas_restyle_row(self->canvas, screen_row, 0, columns, THEME_SELECTED);
        if (app_settings(self->base.app)->accessible)
            canvas_cursor(self->canvas, screen_row, indent);
    } else if (is_open) {
        canvas_restyle_row(self->canvas, screen_row, 0, columns, THEME_BOLD);
        if (!has_focus)
            canvas_text(self->canvas, screen_row, 0, 1, THEME_BOLD, canvas_glyph(GLYPH_ARROW));
    }
}

static void draw_row(const struct view_folders *self, int at, const struct row *row)
{
    int columns = canvas_area(self->canvas).columns, screen_row = at - self->top;
    bool is_account = row->name == NULL && row->search == NULL && row->folder_id == 0 && !is_outbox(row);
    enum theme_style style = style_of(row);
    char count[32] = "";
    int indent = row->name == NULL ? 1 : MIN(1 + 2 * row->depth, columns / 2);
    canvas_clear_row(self->canvas, screen_row, 0, THEME_NORMAL);
    enum theme_style count_style = count_words(row, count, sizeof count);
    if (row->search != NULL)
        indent += canvas_text(self->canvas, screen_row, indent, 2, style, canvas_glyph(GLYPH_SEARCH)) + 1;
    if (is_account)
        indent += canvas_text(self->canvas, screen_row, indent, 2, style, canvas_glyph(row->is_folded ? GLYPH_CLOSED : GLYPH_OPEN)) + 1;
    int end = columns - 1 - (*count != '\0' ? (int)strlen(count) + 1 : 0);
    int used = canvas_text(self->canvas, screen_row, indent, end - indent, style, row->label);
    draw_marks(self, screen_row, indent + used, end, row);
    canvas_text_right(self->canvas, screen_row, columns - 1, 12, count_style, count);
    draw_cursor(self, at, indent, row);
}

static void draw(view *base)
{
    struct view_folders *self = cast(base);
    int rows = canvas_area(self->canvas).rows;
    if (self->is_stale)
        reload(self);
    self->top = CLAMP(self->top, MAX(self->cursor - rows + 1, 0), MAX(self->cursor, 0));
    self->top = MIN(self->top, MAX((int)self->rows->len - rows, 0));
    for (int i = 0; i < rows; i++) {
        int at = self->top + i;
        if (at < (int)self->rows->len) {
            count_again(self, g_ptr_array_index(self->rows, at));
            draw_row(self, at, g_ptr_array_index(self->rows, at));
        } else {
            canvas_clear_row(self->canvas, i, 0, THEME_NORMAL);
        }
    }
}

static bool mouse(view *base, const struct key *key, int row, int column)
{
    struct view_folders *self = fresh(base);
    (void)column;
    if (key->mouse == MOUSE_WHEEL_DOWN || key->mouse == MOUSE_WHEEL_UP) {
        view_folders_step(base, key->mouse == MOUSE_WHEEL_DOWN ? 3 : -3);
    } else if ((key->mouse == MOUSE_CLICK || key->mouse == MOUSE_DOUBLE) && self->top + row < (int)self->rows->len) {
        self->cursor = self->top + row;
        const struct row *chosen = current_row(self);
        if (chosen->search != NULL)
            app_search(base->app, chosen->search, false);
        else if (is_outbox(chosen))
            cmd_outbox(base->app, base);
        else if (chosen->is_noselect || (chosen->name == NULL && chosen->folder_id == 0))
            view_folders_fold(base, -1);
        else
            app_open_folder(base->app, chosen->folder_id);
    }
    return true;
}

static void event(view *base, const struct event *event)
{
    if (view_searches_event(cast(base)->searches, event))
        view_touch(base);
    /* An outbox is shown only while it has something. */
    if (event->type == EVENT_FOLDERS_CHANGED || event->type == EVENT_OUTBOX_CHANGED || event->type == EVENT_INTENT_FAILED)
        view_folders_reload(base);
    else if (event->type == EVENT_FOLDER_CHANGED)
        view_folders_recount(base);
}

static void tick(view *base, int64_t now_ms)
{
    view_searches_tick(cast(base)->searches, now_ms);
}

static void place(view *base, struct rect area)
{
    canvas_move(cast(base)->canvas, area);
}

static void release(view *base)
{
    struct view_folders *self = cast(base);
    canvas_free(self->canvas);
    g_ptr_array_unref(self->rows);
    folder_folds_free(self->folds);
    view_searches_free(self->searches);
    g_free(self);
}

static const struct view_ops ops = { .name = "folders",
                                     .context = CONTEXT_FOLDERS,
                                     .layout = place,
                                     .draw = draw,
                                     .mouse = mouse,
                                     .event = event,
                                     .tick = tick,
                                     .free = release };

view *view_folders_new(app *ui)
{
    struct view_folders *self = g_new0(struct view_folders, 1);
    view_init(&self->base, &ops, ui);
    self->canvas = canvas_new((struct rect){ 0 });
    self->rows = g_ptr_array_new_with_free_func(row_free);
    self->folds = folder_folds_new(app_store(ui));
    self->searches = view_searches_new(ui);
    self->is_stale = true;
    return &self->base;
}
