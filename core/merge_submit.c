/* SPDX-License-Identifier: MIT */
/* The messages of a merge on their way, each for itself. */
#include "core/merge.h"
#include "core/outbox.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* The same for the same row of the same draft. Caller frees. */
static char *id_of_row(const char *message_id, guint row)
{
    const char *at = strrchr(message_id, '@');
    size_t length = at != NULL ? (size_t)(at - message_id) : strlen(message_id);
    return g_strdup_printf("%.*s.%u%s", (int)length, message_id, row + 1, at != NULL ? at : "");
}

static bool submit_one(store *db, struct draft *one, int64_t at_utc, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    gsize size = 0;
    if (!compose_build(one, &bytes, &sender, &recipients, error))
        return false;
    const void *data = g_bytes_get_data(bytes, &size);
    const struct outbox_letter letter = { .account_key = one->account_id,
                                          .bytes = data,
                                          .size = size,
                                          .sender = sender,
                                          .recipients = (const char *const *)recipients,
                                          .send_at_utc = at_utc };
    return outbox_submit_letter(db, &letter, error) != 0;
}

bool merge_submit(const merge *self, store *db, const struct draft *draft, int delay_s, int per_minute, guint *count_out, GError **error)
{
    int64_t first_utc = g_get_real_time() / G_USEC_PER_SEC + delay_s;
    *count_out = 0;
    g_return_val_if_fail(draft->message_id != NULL && per_minute > 0, false);
    for (guint i = 0; i < merge_count(self); i++) {
        g_autofree char *id = id_of_row(draft->message_id, i);
        g_autoptr(draft) one = merge_draft(self, i, draft);
        if (outbox_knows(db, id))
            continue;
        one->message_id = g_steal_pointer(&id);
        if (!submit_one(db, one, first_utc + (int64_t)*count_out * 60 / per_minute, error)) {
            g_prefix_error(error, _("Row %u of the table: "), i + 2);
            return false;
        }
        ++*count_out;
    }
    return true;
}
