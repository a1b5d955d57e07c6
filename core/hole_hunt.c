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
#define AGAIN_S      86400 /* what the server hung up over is asked for again after so long */
#define NAMED_MAX    5u    /* so many are told by their numbers */

struct hole_hunt {
    int64_t folder_id;
    GArray *missing; /* of uint32_t, ascending; asked for from its end */
    GArray *lost;    /* of uint32_t: each was refused by itself */
    guint portion, refusals, barren;
    bool is_careful; /* the line broke over them: not what a server refused, but what has not been asked for in peace yet */
    char *words;     /* of the server; NULL: it refused nothing */
};

/* What is known of a folder's holes. */
struct holes {
    guint count, told; /* as long as the connection is the same they are no others */
    unsigned opened;
    guint portion;    /* to be asked for at once since the line broke; 0: as many as ever */
    guint under_way;  /* asked for now */
    uint32_t alone;   /* the one, if it is one */
    uint32_t suspect; /* the line broke when it was asked for alone: the second time is no chance */
    GArray *given_up; /* of uint32_t, ascending: the server hangs up over them */
};

static void holes_free(gpointer data)
{
    struct holes *self = data;
    g_array_unref(self->given_up);
    g_free(self);
}

GHashTable *hole_hunt_table(void)
{
    return g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, holes_free);
}

void hole_hunt_free(hole_hunt *self)
{
    if (self == NULL)
        return;
    g_array_unref(self->missing);
    g_array_unref(self->lost);
    g_free(self->words);
    g_free(self);
}

/* --- what is known from one run to the next: the search for such a message costs some connections --- */
static char *meta_key(int64_t folder_id)
{
    return g_strdup_printf("given-up:%" G_GINT64_FORMAT, folder_id);
}

/* "uidvalidity when number number …" */
static void remember_given_up(imap_session *self, int64_t folder_id, const struct holes *known)
{
    g_autoptr(folder) box = store_folder(self->store, folder_id, NULL);
    g_autofree char *key = meta_key(folder_id);
    g_autoptr(GString) value = g_string_new(NULL);
    g_string_printf(value, "%u %" G_GINT64_FORMAT, box != NULL ? box->uidvalidity : 0, g_get_real_time() / G_USEC_PER_SEC);
    for (guint i = 0; i < known->given_up->len; i++)
        g_string_append_printf(value, " %u", g_array_index(known->given_up, uint32_t, i));
    store_set_meta(self->store, key, value->str, NULL); /* else it is found again */
}

static void recall_given_up(imap_session *self, int64_t folder_id, struct holes *known)
{
    g_autoptr(folder) box = store_folder(self->store, folder_id, NULL);
    g_autofree char *key = meta_key(folder_id), *value = store_get_meta(self->store, key);
    g_auto(GStrv) words = g_strsplit(value != NULL ? value : "", " ", -1);
    if (box == NULL || g_strv_length(words) < 3 || g_ascii_strtoull(words[0], NULL, 10) != box->uidvalidity)
        return;
    int64_t age_s = g_get_real_time() / G_USEC_PER_SEC - g_ascii_strtoll(words[1], NULL, 10);
    for (char **word = words + 2; age_s >= 0 && age_s < AGAIN_S && *word != NULL; word++) {
        uint32_t uid = (uint32_t)g_ascii_strtoull(*word, NULL, 10);
        g_array_append_val(known->given_up, uid);
    }
    known->told = known->given_up->len;
}

static struct holes *holes_of(imap_session *self, int64_t folder_id)
{
    struct holes *known = g_hash_table_lookup(self->holes, &folder_id);
    if (known == NULL) {
        known = g_new0(struct holes, 1);
        known->given_up = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_hash_table_insert(self->holes, g_memdup2(&folder_id, sizeof folder_id), known);
        recall_given_up(self, folder_id, known);
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
    const GArray *given_up = holes_of(self, folder_id)->given_up;
    GArray *missing = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_array_sort(self->found, sync_imap_by_number);
    for (guint i = 0; i < self->found->len; i++) {
        uint32_t uid = g_array_index(self->found, uint32_t, i);
        bool is_asked_for = (below == 0 || uid < below) && !imap_session_is_gone(self, folder_id, uid, self->asked_at);
        if (is_asked_for && !sync_imap_has_number(known, uid) && !sync_imap_has_number(given_up, uid))
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
    **hunt_out = (hole_hunt){ .folder_id = folder_id,
                              .portion = PORTION_MOST,
                              .missing = g_steal_pointer(&missing),
                              .lost = g_array_new(FALSE, FALSE, sizeof(uint32_t)) };
    return true;
}

/* " (UID 17 20)", by which who keeps the server finds them; "" where there are many. Caller frees. */
static char *named(const GArray *uids)
{
    g_autoptr(GString) text = g_string_new(uids->len > 0 ? " (UID" : NULL);
    if (uids->len == 0 || uids->len > NAMED_MAX)
        return g_strdup("");
    for (guint i = 0; i < uids->len; i++)
        g_string_append_printf(text, " %u", g_array_index(uids, uint32_t, i));
    return g_strdup_printf("%s)", text->str);
}

/* Once for each that was not known yet. */
static void tell(imap_session *self, int64_t folder_id, struct holes *known, const GArray *uids, const char *words)
{
    g_autoptr(folder) where = store_folder(self->store, folder_id, NULL);
    if (known->count <= known->told || words == NULL || where == NULL)
        return;
    known->told = known->count;
    g_autofree char *text =
        g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%s ▸ %s: the server cannot give %u message, so it is not shown here. It says: %s",
                                    "%s ▸ %s: the server cannot give %u messages, so they are not shown here. It says: %s", known->count),
                        self->account->account->name, where->name, known->count, words);
    g_autofree char *which = named(uids), *all = g_strconcat(text, which, NULL);
    engine_notice(self->account, all);
}

/* --- a server that hangs up over a message --- */
void hole_hunt_note_break(imap_session *self, int64_t folder_id)
{
    struct holes *known = holes_of(self, folder_id);
    if (known->under_way == 1 && known->suspect == known->alone) {
        g_array_append_val(known->given_up, known->alone);
        g_array_sort(known->given_up, sync_imap_by_number);
        known->count = known->given_up->len;
        remember_given_up(self, folder_id, known);
        tell(self, folder_id, known, known->given_up, self->end_words);
    }
    known->suspect = known->under_way == 1 ? known->alone : 0;
    known->portion = MAX((known->under_way != 0 ? known->under_way : PORTION_MOST) / 2, 1);
    known->under_way = 0;
}

hole_hunt *hole_hunt_after_break(imap_session *self, int64_t folder_id, GArray *missing)
{
    const struct holes *known = holes_of(self, folder_id);
    for (guint i = missing->len; i-- > 0 && known->given_up->len > 0;) {
        if (sync_imap_has_number(known->given_up, g_array_index(missing, uint32_t, i)))
            g_array_remove_index(missing, i);
    }
    if (known->portion == 0 || missing->len == 0)
        return NULL;
    hole_hunt *hunt = g_new(hole_hunt, 1);
    *hunt = (hole_hunt){
        .folder_id = folder_id,
        .portion = known->portion,
        .missing = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
        .lost = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
        .is_careful = true,
    };
    g_array_append_vals(hunt->missing, missing->data, missing->len);
    g_array_set_size(missing, 0);
    return hunt;
}

void hole_hunt_take_rest(hole_hunt *hunt, GArray *missing)
{
    if (hunt->is_careful)
        g_array_append_vals(missing, hunt->missing->data, hunt->missing->len);
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
    if (left == 1) /* that very one it does not give */
        g_array_append_val(hunt->lost, g_array_index(hunt->missing, uint32_t, begin));
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
    struct holes *known = holes_of(self, hunt->folder_id);
    known->under_way = hunt->missing->len - begin;
    known->alone = g_array_index(hunt->missing, uint32_t, begin);
    imap_session_ask(self);
    if (!imap_wait(self->client, imap_send_fetch(self->client, true, set, items), &reply, error)) {
        imap_session_store_fetched(self, hunt->folder_id, false, NULL, NULL); /* what was told whole is true */
        return false;
    }
    known->under_way = known->suspect = 0;
    if (!imap_session_store_fetched(self, hunt->folder_id, false, &had, error))
        return false;
    hunt->barren = had > 0 ? 0 : hunt->barren;
    if (reply.status == IMAP_OK) { /* what it leaves out without a word is gone meanwhile */
        g_array_set_size(hunt->missing, begin);
        hunt->portion = MIN(hunt->portion * 2, PORTION_MOST);
        *is_over_out = hunt->is_careful && hunt->portion == PORTION_MOST; /* in peace: the rest as ever */
        known->portion = *is_over_out ? 0 : known->portion;
        return true;
    }
    *is_over_out = imap_session_is_later(&reply) && reply.code != IMAP_CODE_SERVERBUG;
    drop_here(self, hunt, begin);
    note_refusal(hunt, begin, &reply);
    return true;
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
    *is_over_out = true;
    struct holes *known = holes_of(self, hunt->folder_id);
    if (hunt->is_careful && hunt->missing->len > 0)
        return true;
    known->portion = 0;
    g_array_append_vals(hunt->lost, hunt->missing->data, hunt->missing->len);
    known->count = hunt->lost->len;
    tell(self, hunt->folder_id, known, hunt->lost, hunt->words);
    return true;
}
