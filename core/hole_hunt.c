/* SPDX-License-Identifier: MIT */
/* Asks for what a folder lacks in halves of halves: see core/hole_hunt.h. */
#include "core/hole_hunt.h"
#include "core/store_private.h"
#include "net/log.h"
#include <glib/gi18n-lib.h>

#define PORTION_MOST 300u
#define REFUSALS_MAX 400u /* of one hunt: about forty messages of their own */
#define BARREN_MAX   30u  /* refusals in a row with nothing between them: it gives none, and asking further is of no use */
#define KEEPS_WORDS  2000u

struct hole_hunt {
    int64_t folder_id;
    GArray *missing; /* of uint32_t, ascending; asked for from its end */
    guint portion, refusals, barren, lost;
    char *words; /* of the server; NULL: it refused nothing */
};

/* What is known of a folder's holes: as long as the connection is the same they are no others. */
struct holes {
    guint count, told;
    unsigned opened;
};

void hole_hunt_free(hole_hunt *self)
{
    if (self == NULL)
        return;
    g_array_unref(self->missing);
    g_free(self->words);
    g_free(self);
}

static struct holes *holes_of(imap_session *self, int64_t folder_id)
{
    struct holes *known = g_hash_table_lookup(self->holes, &folder_id);
    if (known == NULL) {
        known = g_new0(struct holes, 1);
        g_hash_table_insert(self->holes, g_memdup2(&folder_id, sizeof folder_id), known);
    }
    if (known->opened != self->opened)
        known->count = 0;
    known->opened = self->opened;
    return known;
}

/* Those of the server that the store does not have, though neither connection was told that they are gone. */
static GArray *find_missing(imap_session *self, int64_t folder_id, uint32_t below, GError **error)
{
    struct imap_reply reply;
    g_array_set_size(self->found, 0);
    if (!imap_wait(self->client, imap_send_search(self->client, "ALL"), &reply, error))
        return NULL;
    g_autoptr(GArray) known = store_placement_uids(self->store, folder_id, 1, UINT32_MAX, error);
    if (known == NULL)
        return NULL;
    GArray *missing = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_array_sort(self->found, sync_imap_by_number);
    for (guint i = 0; i < self->found->len; i++) {
        uint32_t uid = g_array_index(self->found, uint32_t, i);
        bool is_asked_for = (below == 0 || uid < below) && !imap_session_is_gone(self, folder_id, uid, self->asked_at);
        if (is_asked_for && !sync_imap_has_number(known, uid))
            g_array_append_val(missing, uid);
    }
    return missing;
}

bool hole_hunt_begin(imap_session *self, int64_t folder_id, uint32_t below, hole_hunt **hunt_out, GError **error)
{
    bool adds_up = false;
    *hunt_out = NULL;
    if (!sync_imap_adds_up(self, folder_id, 0, &adds_up, error))
        return false;
    if (adds_up)
        return true;
    g_autoptr(GArray) missing = find_missing(self, folder_id, below, error);
    if (missing == NULL)
        return false;
    if (missing->len <= holes_of(self, folder_id)->count)
        return true;
    net_log_note(self->account->account->id, "folder %" G_GINT64_FORMAT ": %u messages were not given", folder_id, missing->len);
    *hunt_out = g_new(hole_hunt, 1);
    **hunt_out = (hole_hunt){ .folder_id = folder_id, .portion = PORTION_MOST, .missing = g_steal_pointer(&missing) };
    return true;
}

/* Those at the end that are here now, of count that were asked for. */
static void drop_here(imap_session *self, hole_hunt *hunt, guint begin)
{
    for (guint i = hunt->missing->len; i-- > begin;) {
        if (store_placement_find(self->store, hunt->folder_id, g_array_index(hunt->missing, uint32_t, i)) != 0)
            g_array_remove_index(hunt->missing, i);
    }
}

static void note_refusal(hole_hunt *hunt, guint begin, const struct imap_reply *reply)
{
    guint left = hunt->missing->len - begin;
    hunt->refusals++;
    hunt->barren++;
    g_free(hunt->words);
    hunt->words = g_strndup(reply->text, KEEPS_WORDS);
    hunt->portion = MAX(left / 2, 1);
    if (left > 1)
        return;
    hunt->lost += left; /* that very one it does not give */
    g_array_set_size(hunt->missing, begin);
}

/* One question. *is_over_out: it wants to be left alone for now. */
static bool ask(imap_session *self, hole_hunt *hunt, bool *is_over_out, GError **error)
{
    struct imap_reply reply;
    int had = 0;
    guint begin = hunt->missing->len > hunt->portion ? hunt->missing->len - hunt->portion : 0;
    g_autofree char *set = sync_imap_set(&g_array_index(hunt->missing, uint32_t, begin), hunt->missing->len - begin),
                    *items = sync_imap_items(self);
    imap_session_ask(self);
    if (!imap_wait(self->client, imap_send_fetch(self->client, true, set, items), &reply, error) ||
        !imap_session_store_fetched(self, hunt->folder_id, false, &had, error))
        return false;
    hunt->barren = had > 0 ? 0 : hunt->barren;
    if (reply.status == IMAP_OK) { /* what it leaves out without a word is gone meanwhile */
        g_array_set_size(hunt->missing, begin);
        hunt->portion = MIN(hunt->portion * 2, PORTION_MOST);
        return true;
    }
    *is_over_out = imap_session_is_later(&reply) && reply.code != IMAP_CODE_SERVERBUG;
    drop_here(self, hunt, begin);
    note_refusal(hunt, begin, &reply);
    return true;
}

/* Once for each that was not known yet. */
static void tell(imap_session *self, const hole_hunt *hunt, struct holes *known)
{
    g_autoptr(folder) where = store_folder(self->store, hunt->folder_id, NULL);
    if (known->count <= known->told || hunt->words == NULL || where == NULL)
        return;
    known->told = known->count;
    g_autofree char *text =
        g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%s ▸ %s: the server cannot give %u message, so it is not shown here. It says: %s",
                                    "%s ▸ %s: the server cannot give %u messages, so they are not shown here. It says: %s", known->count),
                        self->account->account->name, where->name, known->count, hunt->words);
    engine_notice(self->account, text);
}

bool hole_hunt_step(imap_session *self, hole_hunt *hunt, int budget_ms, bool *is_over_out, GError **error)
{
    int64_t until = g_get_monotonic_time() + (int64_t)budget_ms * 1000;
    bool is_over = hunt->missing->len == 0;
    *is_over_out = false;
    while (!is_over && g_get_monotonic_time() < until && !worker_is_stopping(self->thread)) {
        if (!ask(self, hunt, &is_over, error))
            return false;
        is_over |= hunt->missing->len == 0 || hunt->refusals >= REFUSALS_MAX || hunt->barren >= BARREN_MAX;
    }
    if (!is_over)
        return true;
    struct holes *known = holes_of(self, hunt->folder_id);
    known->count = hunt->lost + hunt->missing->len;
    tell(self, hunt, known);
    *is_over_out = true;
    return true;
}
