/* SPDX-License-Identifier: MIT */
/* Recipients one by one: who has the message, who is still to get it, who refused it and why. */
#include "core/outbox_private.h"
#include <string.h>

static struct outbox_recipient *find(const struct outbox_item *item, const char *address)
{
    for (size_t i = 0; item->recipients[i] != NULL; i++)
        if (strcmp(item->recipients[i], address) == 0)
            return &item->fates[i];
    return NULL;
}

static void list_accepted(struct outbox_item *item)
{
    g_autoptr(GPtrArray) accepted = g_ptr_array_new();
    for (size_t i = 0; item->recipients[i] != NULL; i++)
        if (item->fates[i].fate == OUTBOX_FATE_TOOK)
            g_ptr_array_add(accepted, g_strdup(item->recipients[i]));
    g_ptr_array_add(accepted, NULL);
    g_strfreev(item->accepted);
    item->accepted = (char **)g_ptr_array_steal(accepted, NULL);
}

bool outbox_fates_read(store *db, struct outbox_item *item, GError **error)
{
    GError *failure = NULL;
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error, "SELECT address, fate, reply FROM outbox_fates WHERE outbox_id = ?", NUM(item->id));
    if (row == NULL)
        return false;
    item->fates = g_new0(struct outbox_recipient, g_strv_length(item->recipients) + 1);
    for (size_t i = 0; item->recipients[i] != NULL; i++) {
        bool is_taken = g_strv_contains((const char *const *)item->accepted, item->recipients[i]);
        item->fates[i] = (struct outbox_recipient){ item->recipients[i], is_taken ? OUTBOX_FATE_TOOK : OUTBOX_FATE_WAITS, NULL };
    }
    while (store_step(db, row, &failure)) {
        g_autofree char *address = store_column_dup(row, 0);
        struct outbox_recipient *found = find(item, address);
        if (found == NULL)
            continue;
        found->fate = (enum outbox_fate)CLAMP(sqlite3_column_int(row, 1), OUTBOX_FATE_WAITS, OUTBOX_FATE_REFUSED);
        g_free(found->reply);
        found->reply = store_column_dup(row, 2);
    }
    list_accepted(item);
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

void outbox_fates_free(struct outbox_item *item)
{
    for (size_t i = 0; item->fates != NULL && item->fates[i].address != NULL; i++)
        g_free(item->fates[i].reply);
    g_free(item->fates);
}

bool outbox_fate_write(store *db, int64_t id, const struct outbox_recipient *recipient, GError **error)
{
    return store_run(db, error,
                     "INSERT INTO outbox_fates(outbox_id, address, fate, reply) VALUES(?1, ?2, ?3, ?4)"
                     " ON CONFLICT DO UPDATE SET fate = ?3, reply = coalesce(?4, reply)",
                     NUM(id), TXT(recipient->address), NUM(recipient->fate), TXT(recipient->reply));
}

bool outbox_fates_decide(store *db, int64_t id, enum outbox_fate fate, GError **error)
{
    g_autoptr(outbox_mail) item = outbox_item(db, id, error);
    bool is_noted = false;
    if (item == NULL)
        return false;
    for (size_t i = 0; item->recipients[i] != NULL; i++)
        is_noted |= item->fates[i].fate == OUTBOX_FATE_OFFERED;
    for (size_t i = 0; item->recipients[i] != NULL; i++) {
        bool was_offered = item->fates[i].fate == OUTBOX_FATE_OFFERED || (!is_noted && item->fates[i].fate == OUTBOX_FATE_WAITS);
        const struct outbox_recipient decided = { item->recipients[i], fate, NULL };
        if (was_offered && !outbox_fate_write(db, id, &decided, error))
            return false;
    }
    return true;
}

size_t outbox_waiting_count(const struct outbox_item *item)
{
    size_t count = 0;
    for (size_t i = 0; item->recipients[i] != NULL; i++)
        count += outbox_fate_is_open(item->fates[i].fate) ? 1 : 0;
    return count;
}
