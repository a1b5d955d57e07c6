/* SPDX-License-Identifier: MIT */
/* Folders of the same role in all accounts as one. */
#include "ui/unified.h"
#include <glib/gi18n-lib.h>

static const char *const names[] = {
    [FOLDER_INBOX] = N_("All inboxes"),    [FOLDER_DRAFTS] = N_("All drafts"), [FOLDER_SENT] = N_("All sent mail"),
    [FOLDER_ARCHIVE] = N_("All archives"), [FOLDER_JUNK] = N_("All junk"),     [FOLDER_TRASH] = N_("All trash")
};

const enum folder_role unified_roles[] = { FOLDER_INBOX, FOLDER_DRAFTS, FOLDER_SENT, FOLDER_ARCHIVE, FOLDER_NONE };

static const char *const labels[] = {
    [FOLDER_INBOX] = N_("Inboxes"), [FOLDER_DRAFTS] = N_("All drafts"), [FOLDER_SENT] = N_("All sent"), [FOLDER_ARCHIVE] = N_("Archives")
};

const char *unified_label(int64_t view_id)
{
    return view_id < 0 && -view_id < (int64_t)G_N_ELEMENTS(labels) && labels[-view_id] != NULL ? _(labels[-view_id]) : "";
}

const char *unified_name(int64_t view_id)
{
    return view_id < 0 && -view_id < (int64_t)G_N_ELEMENTS(names) && names[-view_id] != NULL ? _(names[-view_id]) : "";
}

/* Of the accounts that are shown: the store may know more. */
static GPtrArray *boxes_of(app *ui, int64_t view_id)
{
    GPtrArray *boxes = g_ptr_array_new_with_free_func((GDestroyNotify)folder_free);
    GPtrArray *accounts = app_accounts(ui);
    for (guint i = 0; i < accounts->len; i++) {
        const struct account *owner = g_ptr_array_index(accounts, i);
        int64_t account = store_account_id(app_store(ui), owner->id, NULL);
        struct folder *box = account != 0 ? store_folder_by_role(app_store(ui), account, (enum folder_role) - view_id, NULL) : NULL;
        if (box != NULL)
            g_ptr_array_add(boxes, box);
    }
    return boxes;
}

GArray *unified_folders(app *ui, int64_t view_id)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GPtrArray) boxes = boxes_of(ui, view_id);
    for (guint i = 0; i < boxes->len; i++)
        g_array_append_val(ids, ((const struct folder *)g_ptr_array_index(boxes, i))->id);
    return ids;
}

bool unified_count(app *ui, int64_t view_id, int64_t *total_out, int64_t *unread_out)
{
    g_autoptr(GPtrArray) boxes = boxes_of(ui, view_id);
    *total_out = *unread_out = 0;
    for (guint i = 0; i < boxes->len; i++) {
        const struct folder *box = g_ptr_array_index(boxes, i);
        *total_out += box->total;
        *unread_out += box->unread;
    }
    return boxes->len > 0;
}

bool unified_is_offered(app *ui)
{
    return app_accounts(ui)->len > 1;
}

bool unified_has(app *ui, int64_t view_id)
{
    g_autoptr(GPtrArray) boxes = boxes_of(ui, view_id);
    return boxes->len > 1;
}
