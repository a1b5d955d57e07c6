/* SPDX-License-Identifier: MIT */
/* States of outgoing mail in words. */
#include "ui/outbox_line.h"
#include "core/outbox_words.h"
#include "core/when.h"
#include <glib/gi18n-lib.h>

bool outbox_line_is_bad(const struct outbox_item *item)
{
    return item->state == OUTBOX_FAILED || item->state == OUTBOX_IN_DOUBT || (item->state == OUTBOX_QUEUED && item->attempts > 0);
}

static bool has_some(const struct outbox_item *item)
{
    return item->accepted != NULL && item->accepted[0] != NULL;
}

static char *waiting(const struct outbox_item *item, bool is_online)
{
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    g_autofree char *when = item->not_before_utc > now ? when_describe(item->not_before_utc, now) : NULL;
    if (when == NULL && !is_online)
        return g_strdup(_("sent when you are online"));
    if (when == NULL)
        return g_strdup(has_some(item) ? _("some have it; waits for the others") : _("waits for its server"));
    return g_strdup_printf(item->attempts > 0 ? _("next try %s") : _("goes %s"), when);
}

static const char *refused(const struct outbox_item *item)
{
    if (!item->has_draft)
        return has_some(item) ? _("some did not get it") : _("was refused");
    return has_some(item) ? _("some did not get it; a draft for those is in Drafts") : _("was refused; it is in Drafts");
}

char *outbox_line_state(const struct outbox_item *item, bool is_online)
{
    switch (item->state) {
    case OUTBOX_QUEUED:
        return waiting(item, is_online);
    case OUTBOX_SENDING:
    case OUTBOX_DATA_BEGUN:
        return g_strdup(_("is being sent"));
    case OUTBOX_FAILED:
        return g_strdup(refused(item));
    case OUTBOX_IN_DOUBT:
        return g_strdup(_("may have arrived; you are asked"));
    case OUTBOX_HELD:
        return g_strdup(_("goes back to Drafts"));
    default:
        return g_strdup(_("sent"));
    }
}

char *outbox_line_detail(const struct outbox_item *item)
{
    g_autoptr(GPtrArray) lines = outbox_lines(item);
    g_autofree char *people = g_strjoinv(", ", item->recipients);
    GString *out = g_string_new(NULL);
    g_string_printf(out, _("to %s"), people);
    for (guint i = 0; item->state != OUTBOX_SENDING && i < lines->len; i++)
        g_string_append_printf(out, "%s%s", i == 0 ? ". " : "; ", (const char *)g_ptr_array_index(lines, i));
    return g_string_free(out, FALSE);
}
