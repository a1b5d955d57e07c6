/* SPDX-License-Identifier: MIT */
/* A search on one account's server: folder after folder, the newest messages first, in portions that take about half a second.
 *
 * Portions are of sequence numbers, from the last one down: those are there on every server, and what is expunged meanwhile only moves down what was
 * not looked at yet, never out of it. */
#include "core/server_search_private.h"
#include "core/search.h"
#include "core/search_indexer.h"
#include "core/server_query_private.h"
#include "core/store_role.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    PORTION_FIRST = 2000,
    PORTION_LEAST = 100,
    QUICK_MS = 150,
    SLOW_MS = 600,
    FETCH_AT_ONCE = 100,
    FOUND_MAX = 2000,
    AWAY_MS = 3000, /* so long the folder on the screen may be left alone */
    INDEX_WAIT_MS = 2000,
    TRIES_MAX = 2
};

struct server_search_run {
    int64_t id;
    struct query_node *root;
    int64_t now_utc, account_id;
    GPtrArray *folders; /* of struct folder*: to be asked, the next one last */
    int done, total;
    folder *box;        /* being asked; NULL: none */
    GPtrArray *queries; /* of struct server_query*, for it */
    uint32_t next;      /* the last sequence number that was not asked about */
    uint32_t portion;
    bool is_counted; /* next is that of this folder, as it was opened */
    bool is_ascii;   /* the server answered BADCHARSET */
    unsigned tries, opened;
    int64_t followed_at; /* monotonic ms */
    store *store;        /* borrowed */
};

static int64_t now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

void server_search_run_free(struct server_search_run *run)
{
    if (run == NULL)
        return;
    query_node_free(run->root);
    g_clear_pointer(&run->folders, g_ptr_array_unref);
    g_clear_pointer(&run->queries, g_ptr_array_unref);
    folder_free(run->box);
    g_free(run);
}

/* --- what the screen sees --- */

/* Under the mutex; NULL: it is not wanted any more. */
static struct server_search_part *part_of(imap_session *self, int64_t id)
{
    struct server_search *search = self->account->engine->search;
    for (guint i = 0; search != NULL && search->id == id && i < search->parts->len; i++) {
        struct server_search_part *part = g_ptr_array_index(search->parts, i);
        if (part->account_id == self->account->id)
            return part;
    }
    return NULL;
}

/* Under the mutex, and only of a search that is wanted: behind the word of its end nothing of it may come, or the header would show it for ever. */
static void post_progress(imap_session *self, const struct server_search_run *run, enum job_state state)
{
    g_autofree char *where = run->box != NULL
                                 ? g_strdup_printf(_("Searching %s on the server of %s"), run->box->name, self->account->account->name)
                                 : g_strdup_printf(_("Searching on the server of %s"), self->account->account->name);
    const struct event job = { .type = EVENT_PROGRESS,
                               .account = self->account->id,
                               .item = run->id,
                               .done = run->done,
                               .total = run->total,
                               .state = state,
                               .text = where };
    event_post(self->account->engine->events, &job);
    engine_post(self->account->engine, EVENT_SERVER_SEARCH, 0, 0, run->id);
}

/* words: taken, may be NULL. */
static void tell(imap_session *self, const struct server_search_run *run, bool is_over, char *words)
{
    bool is_last = is_over;
    pthread_mutex_lock(&self->account->engine->mutex);
    struct server_search_part *part = part_of(self, run->id);
    if (part != NULL) {
        part->done = run->done;
        part->total = run->total;
        part->is_over = is_over;
        if (words != NULL) {
            g_free(part->words);
            part->words = g_steal_pointer(&words);
        }
        for (guint i = 0; i < self->account->engine->search->parts->len; i++)
            is_last = is_last && ((struct server_search_part *)g_ptr_array_index(self->account->engine->search->parts, i))->is_over;
        post_progress(self, run, is_last ? JOB_DONE : JOB_RUNNING);
    }
    pthread_mutex_unlock(&self->account->engine->mutex);
    g_free(words);
}

/* True: there is room for more. */
static bool add_found(imap_session *self, const struct server_search_run *run, const GArray *messages)
{
    pthread_mutex_lock(&self->account->engine->mutex);
    struct server_search *search = self->account->engine->search;
    bool is_wanted = search != NULL && search->id == run->id;
    for (guint i = 0; is_wanted && i < messages->len; i++) {
        int64_t id = g_array_index(messages, int64_t, i);
        if (search->found->len >= FOUND_MAX)
            search->has_more = true;
        else if (g_hash_table_add(search->had, g_memdup2(&id, sizeof id)))
            g_array_append_val(search->found, id);
    }
    bool has_room = is_wanted && search->found->len < FOUND_MAX;
    pthread_mutex_unlock(&self->account->engine->mutex);
    return has_room;
}

/* --- which folders, in which order --- */

static bool is_here(void *data, const struct query_node *node)
{
    const struct server_search_run *run = data;
    if (node->kind == QUERY_FOLDER)
        return search_folder_is(run->box, node);
    g_autoptr(GArray) accounts = store_accounts_like(run->store, node->text);
    for (guint i = 0; i < accounts->len; i++)
        if (g_array_index(accounts, int64_t, i) == run->account_id)
            return true;
    return false;
}

static int rank_of(const struct folder *box, int64_t first_id)
{
    static const int ranks[] = { [FOLDER_NONE] = 4, [FOLDER_INBOX] = 9, [FOLDER_DRAFTS] = 3, [FOLDER_SENT] = 6,    [FOLDER_ARCHIVE] = 7,
                                 [FOLDER_JUNK] = 1, [FOLDER_TRASH] = 2, [FOLDER_ALL] = 8,    [FOLDER_FLAGGED] = 0, [FOLDER_OUTBOX] = 0 };
    return box->id == first_id ? 10 : ranks[box->role];
}

/* The most likely last, where they are taken from. */
static int by_likelihood(gconstpointer left, gconstpointer right, gpointer data)
{
    const struct folder *a = *(struct folder *const *)left, *b = *(struct folder *const *)right;
    int64_t first = *(const int64_t *)data;
    int a_rank = rank_of(a, first), b_rank = rank_of(b, first);
    return a_rank != b_rank ? a_rank - b_rank : a->id < b->id ? 1 : -1;
}

/* Gmail's folders are labels: all of it is in one of them, but for what is junk or thrown away. */
static bool is_in_another(imap_session *self, const struct folder *box, bool has_all)
{
    bool is_gmail = imap_client_can(self->client, IMAP_CAPABILITY_GMAIL);
    return is_gmail && has_all && box->role != FOLDER_ALL && box->role != FOLDER_JUNK && box->role != FOLDER_TRASH;
}

static bool names_folders(const struct query_node *node)
{
    bool is_named = node->kind == QUERY_FOLDER;
    for (guint i = 0; !is_named && i < query_node_child_count(node); i++)
        is_named = names_folders(query_node_child(node, i));
    return is_named;
}

static bool list_folders(imap_session *self, struct server_search_run *run, int64_t folder_id, int64_t first_id, GError **error)
{
    g_autoptr(folder) all = store_folder_by_role(self->store, self->account->id, FOLDER_ALL, NULL);
    bool has_all = all != NULL && folder_id == 0 && !names_folders(run->root);
    if (folder_id == 0 && !store_role_knows_home(self->store, self->account->id) && !sync_imap_folders(self, true, error))
        return false; /* an account that is just being fetched: which folders it has is not known yet */
    run->folders = store_folders(self->store, self->account->id, error);
    if (run->folders == NULL)
        return false;
    for (guint i = run->folders->len; i-- > 0;) {
        const struct folder *box = g_ptr_array_index(run->folders, i);
        bool is_empty = box->server_total == 0 && box->role != FOLDER_INBOX; /* as of the last poll */
        bool is_wanted = (folder_id != 0 ? box->id == folder_id : !is_empty && !is_in_another(self, box, has_all)) &&
                         !(box->flags & (FOLDER_IS_NOSELECT | FOLDER_IS_GONE)) && box->role != FOLDER_OUTBOX;
        if (!is_wanted)
            g_ptr_array_remove_index(run->folders, i);
    }
    g_ptr_array_sort_with_data(run->folders, by_likelihood, &first_id);
    run->total = (int)run->folders->len;
    return true;
}

/* --- beginning --- */

static struct server_search_run *run_of(imap_session *self)
{
    if (self->search == NULL)
        self->search = g_new0(struct server_search_run, 1);
    self->search->store = self->store;
    self->search->account_id = self->account->id;
    return self->search;
}

static bool begin(imap_session *self, int64_t id, GError **error)
{
    int64_t followed_at = self->search != NULL ? self->search->followed_at : 0, folder_id = 0, first_id = 0;
    g_autofree char *text = NULL;
    g_clear_pointer(&self->search, server_search_run_free);
    struct server_search_run *run = run_of(self);
    pthread_mutex_lock(&self->account->engine->mutex);
    const struct server_search *search = self->account->engine->search;
    if (search != NULL && search->id == id) {
        text = g_strdup(search->text);
        folder_id = search->folder_id;
        first_id = search->first_folder_id;
        run->now_utc = search->begun_utc;
    }
    pthread_mutex_unlock(&self->account->engine->mutex);
    run->followed_at = followed_at;
    run->root = text != NULL ? query_language_parse(text, run->now_utc, NULL, NULL) : NULL;
    if (run->root == NULL)
        run->folders = g_ptr_array_new();
    else if (!list_folders(self, run, folder_id, first_id, error))
        return false;
    run->id = id; /* only now: what could not be begun is begun again on the next connection */
    return true;
}

static GPtrArray *queries_for(imap_session *self, struct server_search_run *run)
{
    bool has_within = imap_client_can(self->client, IMAP_CAPABILITY_WITHIN),
         is_gmail = imap_client_can(self->client, IMAP_CAPABILITY_GMAIL);
    const struct server_place place = { .dialect = (has_within ? SERVER_DIALECT_WITHIN : 0u) | (is_gmail ? SERVER_DIALECT_GMAIL : 0u) |
                                                   (run->is_ascii ? SERVER_DIALECT_ASCII : 0u),
                                        .now_utc = run->now_utc,
                                        .is_here = is_here,
                                        .data = run };
    return server_query_make(run->root, &place);
}

static void leave_folder(struct server_search_run *run)
{
    g_clear_pointer(&run->box, folder_free);
    g_clear_pointer(&run->queries, g_ptr_array_unref);
    run->is_counted = false;
    run->next = 0;
    run->tries = 0;
    run->done++;
}

/* The next folder there is something to ask about. False: there is none left. */
static bool take_folder(imap_session *self, struct server_search_run *run)
{
    while (run->box == NULL && run->folders != NULL && run->folders->len > 0) {
        run->box = g_ptr_array_steal_index(run->folders, run->folders->len - 1);
        run->queries = queries_for(self, run);
        run->portion = PORTION_FIRST;
        if (run->queries->len == 0)
            leave_folder(run);
    }
    return run->box != NULL;
}

/* --- what was found --- */

static int64_t message_of(imap_session *self, const struct folder *box, uint32_t uid)
{
    int64_t placement = store_placement_find(self->store, box->id, uid);
    g_autoptr(placement) known = placement != 0 ? store_placement(self->store, placement, NULL) : NULL;
    return known != NULL ? known->message_id : 0;
}

static int by_number(gconstpointer left, gconstpointer right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

/* Those that are not in the store, ascending. */
static GArray *missing_of(imap_session *self, const struct folder *box, const GArray *uids)
{
    GArray *missing = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = 0; i < uids->len; i++) {
        uint32_t uid = g_array_index(uids, uint32_t, i);
        if (store_placement_find(self->store, box->id, uid) == 0)
            g_array_append_val(missing, uid);
    }
    return missing;
}

/* What the server had no word for is looked at here. What it looks at are words of the index, so what has just come has to be in it. */
static GArray *keep_what_was_meant(imap_session *self, const struct server_query *query, GArray *messages /* taken */)
{
    if (query->rest == NULL || messages->len == 0)
        return messages;
    if (!search_wait(self->store, INDEX_WAIT_MS)) {
        search_indexer_catch_up(self->account->engine->store_path, NULL, NULL, NULL); /* nobody does it: the command line */
        engine_post(self->account->engine, EVENT_INDEX_CHANGED, 0, 0, 0);
    }
    GArray *kept = search_keep(self->store, query->rest, 0, messages, NULL);
    g_array_unref(messages);
    return kept != NULL ? kept : g_array_new(FALSE, FALSE, sizeof(int64_t));
}

static bool take_found(imap_session *self, struct server_search_run *run, const struct server_query *query, GError **error)
{
    g_autoptr(GArray) uids = g_array_copy(self->found);
    g_array_sort(uids, by_number);
    if (uids->len > FOUND_MAX)
        g_array_remove_range(uids, 0, uids->len - FOUND_MAX); /* the newest */
    g_autoptr(GArray) missing = missing_of(self, run->box, uids);
    while (missing->len > 0)
        if (!sync_imap_fetch_chunk(self, run->box->id, missing, FETCH_AT_ONCE, error))
            return false;
    GArray *messages = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = uids->len; i-- > 0;) {
        int64_t id = message_of(self, run->box, g_array_index(uids, uint32_t, i));
        if (id != 0)
            g_array_append_val(messages, id);
    }
    g_autoptr(GArray) kept = keep_what_was_meant(self, query, messages);
    if (!add_found(self, run, kept)) {
        g_ptr_array_set_size(run->folders, 0); /* enough for anybody */
        run->next = 0;
    }
    return true;
}

/* --- asking --- */

static bool open_folder(imap_session *self, struct server_search_run *run, bool *is_refused_out, GError **error)
{
    GError *why = NULL;
    if (imap_session_select(self, run->box, is_refused_out, &why)) {
        if (!run->is_counted)
            run->next = imap_client_mailbox(self->client)->exists;
        run->is_counted = true;
        return true;
    }
    if (!*is_refused_out)
        return g_propagate_error(error, why), false;
    g_clear_error(&why);
    return true;
}

/* False without error: this folder is done with (the server cannot do it, and said why). */
static bool ask(imap_session *self, struct server_search_run *run, const struct server_query *query, const char *set, GError **error)
{
    struct imap_reply reply;
    const struct imap_search search = { .charset = query->is_8_bit && !imap_client_is_utf8(self->client) ? "UTF-8" : NULL,
                                        .set = set,
                                        .words = (const struct imap_search_word *)(const void *)query->words->data,
                                        .count = query->words->len };
    g_array_set_size(self->found, 0);
    if (!imap_wait(self->client, imap_send_search_for(self->client, &search), &reply, error))
        return false;
    if (reply.status == IMAP_OK)
        return true;
    /* RFC 3501 6.4.4; some say BAD, and some say nothing of the charset at all. */
    if (query->is_8_bit && !run->is_ascii) {
        run->is_ascii = true;
        g_clear_pointer(&run->queries, g_ptr_array_unref);
        run->queries = queries_for(self, run);
        return false;
    }
    tell(self, run, false, g_strdup_printf(_("%s: %s: %s"), self->account->account->name, run->box->name, reply.text));
    g_ptr_array_set_size(run->queries, 0);
    return false;
}

/* One portion of the folder. */
static bool ask_portion(imap_session *self, struct server_search_run *run, GError **error)
{
    uint32_t first = run->next > run->portion ? run->next - run->portion + 1 : 1;
    g_autofree char *set = g_strdup_printf("%u:%u", first, run->next);
    int64_t begun = now_ms();
    GError *why = NULL;
    uint32_t next = run->next;
    for (guint i = 0; i < run->queries->len && run->next != 0; i++) {
        const struct server_query *query = g_ptr_array_index(run->queries, i);
        if (!ask(self, run, query, set, &why))
            return why == NULL || (g_propagate_error(error, why), false); /* begun anew in other words, or over */
        if (!take_found(self, run, query, error))
            return false;
    }
    int64_t taken = now_ms() - begun;
    if (taken < QUICK_MS)
        run->portion = run->portion > UINT32_MAX / 4 ? UINT32_MAX : run->portion * 4;
    else if (taken > SLOW_MS)
        run->portion = MAX(run->portion / 2, (uint32_t)PORTION_LEAST);
    run->next = run->next != 0 && first > 1 ? MIN(next, first) - 1 : 0;
    return true;
}

static bool is_cancelled(imap_session *self, const struct server_search_run *run)
{
    return atomic_load(&self->account->engine->cancelled_job) == run->id;
}

/* A folder that breaks every connection is left out. */
static bool is_hopeless(imap_session *self, struct server_search_run *run)
{
    if (run->opened != self->opened) {
        run->opened = self->opened;
        run->tries++;
    }
    return run->tries > TRIES_MAX;
}

static void finish(imap_session *self, struct server_search_run *run)
{
    if (run->folders != NULL)
        g_ptr_array_set_size(run->folders, 0);
    if (run->box != NULL)
        leave_folder(run);
    run->done = run->total;
    tell(self, run, true, is_cancelled(self, run) ? g_strdup(_("cancelled")) : NULL);
}

bool server_search_step(imap_session *self, GError **error)
{
    struct server_search_run *run = run_of(self);
    int64_t id = atomic_load(&self->account->engine->search_id);
    bool is_refused = false;
    if (run->id != id && !begin(self, id, error))
        return false;
    run = self->search;
    if (is_cancelled(self, run) || !take_folder(self, run)) {
        finish(self, run);
        return true;
    }
    if (is_hopeless(self, run)) {
        leave_folder(run);
        return true;
    }
    if (!open_folder(self, run, &is_refused, error) || (!is_refused && run->next != 0 && !ask_portion(self, run, error)))
        return false;
    if (is_refused || run->next == 0 || run->queries->len == 0)
        leave_folder(run);
    tell(self, run, false, NULL);
    return true;
}

bool server_search_is_pending(imap_session *self)
{
    int64_t id = atomic_load(&self->account->engine->search_id);
    if (id == 0)
        return false;
    pthread_mutex_lock(&self->account->engine->mutex);
    const struct server_search_part *part = part_of(self, id);
    bool is_pending = part != NULL && !part->is_over;
    pthread_mutex_unlock(&self->account->engine->mutex);
    return is_pending;
}

bool server_search_is_due(imap_session *self)
{
    return server_search_is_pending(self) && now_ms() - run_of(self)->followed_at < AWAY_MS;
}

void server_search_note_followed(imap_session *self)
{
    run_of(self)->followed_at = now_ms();
}
