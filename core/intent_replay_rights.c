/* SPDX-License-Identifier: MIT */
/* What may be done where: rights can change while somebody is connected, and what was wished before is not to be done only here. */
#include "core/folder_rights.h"
#include "core/intent_replay_private.h"

/* By what the server said when the folder was opened just now; what it said to MYRIGHTS may be older. */
static bool is_denied(unsigned opened, const struct intent *intent)
{
    if (intent->type == INTENT_FLAGS)
        return ((intent->add | intent->remove) & ~folder_rights_flags(opened)) != 0;
    return (intent->type == INTENT_MOVE || intent->type == INTENT_DELETE) && (opened & (FOLDER_IS_READ_ONLY | FOLDER_FIXES_DELETED)) != 0;
}

static void explain(imap_session *self, const struct intent *intent, GError **why)
{
    if (intent->type == INTENT_FLAGS)
        folder_rights_allow_flags(self->store, intent->folder_id, intent->add | intent->remove, why);
    else
        folder_rights_allow_leaving(self->store, intent->folder_id, why);
}

void replay_part_denied(imap_session *self, GPtrArray *batch)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) denied = g_ptr_array_new();
    g_autoptr(folder) source = store_folder(self->store, ((const struct intent *)g_ptr_array_index(batch, 0))->folder_id, NULL);
    unsigned opened = source != NULL ? source->flags & FOLDER_RIGHTS_OPENED : 0;
    for (guint i = batch->len; opened != 0 && i-- > 0;) {
        struct intent *intent = g_ptr_array_index(batch, i);
        if (!is_denied(opened, intent))
            continue;
        g_ptr_array_add(denied, intent);
        g_ptr_array_remove_index(batch, i);
        if (why == NULL)
            explain(self, intent, &why);
    }
    if (denied->len > 0)
        replay_roll_back(self, denied, why != NULL ? why->message : "");
}

void replay_ask_rights(imap_session *self, const GPtrArray *batch)
{
    const struct intent *first = g_ptr_array_index(batch, 0);
    const int64_t ids[] = { first->folder_id, first->target_folder_id };
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_autoptr(folder) box = ids[i] != 0 ? store_folder(self->store, ids[i], NULL) : NULL;
        if (box != NULL)
            imap_ask_rights(self->client, box->name);
    }
}
