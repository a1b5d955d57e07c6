/* SPDX-License-Identifier: MIT */
/* A search on the servers as the screen sees it: begun, ended, looked at. The asking is in server_search_imap.c. */
#include "core/server_search.h"
#include "core/query_language.h"
#include "core/server_search_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static void part_free(gpointer data)
{
    struct server_search_part *part = data;
    g_free(part->words);
    g_free(part);
}

void server_search_free(struct server_search *self)
{
    if (self == NULL)
        return;
    g_free(self->text);
    g_array_unref(self->found);
    g_hash_table_unref(self->had);
    g_ptr_array_unref(self->parts);
    g_free(self);
}

static struct server_search *search_new(engine *engine, const struct server_search_wish *wish)
{
    struct server_search *self = g_new0(struct server_search, 1);
    self->id = atomic_fetch_add(&engine->last_job, 1) + 1;
    self->text = g_strdup(wish->text);
    self->folder_id = wish->folder_id;
    self->first_folder_id = wish->first_folder_id;
    self->begun_utc = g_get_real_time() / G_USEC_PER_SEC;
    self->found = g_array_new(FALSE, FALSE, sizeof(int64_t));
    self->had = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    self->parts = g_ptr_array_new_with_free_func(part_free);
    return self;
}

static bool fail(GError **error, const char *words)
{
    g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OTHER, words);
    return false;
}

static bool is_asked(const engine_account *account, int64_t wanted /* 0: all */)
{
    return account->account->incoming.protocol == ACCOUNT_PROTOCOL_IMAP && account->id != 0 && (wanted == 0 || account->id == wanted);
}

static bool add_parts(engine *engine, struct server_search *self, GError **error)
{
    int64_t wanted = 0;
    if (self->folder_id != 0) {
        g_autoptr(store) db = store_open(engine->store_path, STORE_READER, error);
        g_autoptr(folder) only = db != NULL ? store_folder(db, self->folder_id, error) : NULL;
        if (only == NULL)
            return false;
        wanted = only->account_id;
    }
    for (guint i = 0; i < engine->accounts->len; i++) {
        const engine_account *account = g_ptr_array_index(engine->accounts, i);
        if (!is_asked(account, wanted))
            continue;
        struct server_search_part *part = g_new0(struct server_search_part, 1);
        part->account_id = account->id;
        g_ptr_array_add(self->parts, part);
    }
    return self->parts->len > 0 || fail(error, _("All of this mail is on this computer already."));
}

/* Takes the place of the search before. */
static void put(engine *engine, struct server_search *self /* taken; NULL: none */)
{
    pthread_mutex_lock(&engine->mutex);
    struct server_search *old = engine->search;
    engine->search = self;
    atomic_store(&engine->search_id, self != NULL ? self->id : 0);
    pthread_mutex_unlock(&engine->mutex);
    const struct event over = {
        .type = EVENT_PROGRESS, .item = old != NULL ? old->id : 0, .state = JOB_CANCELLED, .text = (char *)_("Search on the server")
    };
    if (old != NULL)
        event_post(engine->events, &over);
    server_search_free(old);
}

int64_t server_search_begin(engine *engine, const struct server_search_wish *wish, GError **error)
{
    g_autoptr(query_node) root = query_language_parse(wish->text, g_get_real_time() / G_USEC_PER_SEC, NULL, error);
    if (root == NULL)
        return 0;
    if (!engine_is_online(engine))
        return fail(error, _("You are offline: only the mail on this computer was looked through."));
    if (engine->instance == NULL)
        return fail(error, _("Another postern talks to the servers: only the mail on this computer was looked through."));
    struct server_search *self = search_new(engine, wish);
    int64_t id = self->id;
    if (!add_parts(engine, self, error)) {
        server_search_free(self);
        return 0;
    }
    put(engine, self);
    for (guint i = 0; i < engine->accounts->len; i++) {
        engine_account *account = g_ptr_array_index(engine->accounts, i);
        for (size_t lane = 0; lane < LANE_COUNT; lane++)
            if (account->workers[lane] != NULL && account->account->incoming.protocol == ACCOUNT_PROTOCOL_IMAP)
                worker_wake(account->workers[lane]);
    }
    return id;
}

void server_search_end(engine *engine)
{
    put(engine, NULL);
}

void server_search_news_clear(struct server_search_news *news)
{
    g_clear_pointer(&news->words, g_free);
}

/* Under the mutex. */
static const engine_account *account_of(const engine *engine, int64_t id)
{
    for (guint i = 0; i < engine->accounts->len; i++) {
        const engine_account *account = g_ptr_array_index(engine->accounts, i);
        if (account->id == id)
            return account;
    }
    return NULL;
}

static void add_words(struct server_search_news *news, char *words /* taken */)
{
    char *all = news->words != NULL ? g_strdup_printf("%s; %s", news->words, words) : g_strdup(words);
    g_free(words);
    g_free(news->words);
    news->words = all;
}

static void look_at_part(const engine *engine, const struct server_search_part *part, struct server_search_news *news)
{
    const engine_account *account = account_of(engine, part->account_id);
    int state = account != NULL ? account->shown_state : CONNECTION_OFFLINE;
    bool is_away =
        state == CONNECTION_OFFLINE || state == CONNECTION_FOLLOWING || state == CONNECTION_WAITING || state == CONNECTION_NEEDS_PERSON;
    news->folders_done += part->done;
    news->folders_total += part->total;
    news->is_over = news->is_over && (part->is_over || account == NULL);
    if (part->words != NULL)
        add_words(news, g_strdup(part->words));
    else if (!part->is_over && account != NULL && is_away)
        add_words(news, g_strdup_printf(_("%s cannot be reached"), account->account->name));
}

bool server_search_look(engine *engine, int64_t id, struct server_search_news *news_out)
{
    pthread_mutex_lock(&engine->mutex);
    const struct server_search *self = engine->search;
    bool is_known = self != NULL && self->id == id;
    if (is_known) {
        *news_out = (struct server_search_news){ .is_over = true, .found = self->found->len, .has_more = self->has_more };
        for (guint i = 0; i < self->parts->len; i++)
            look_at_part(engine, g_ptr_array_index(self->parts, i), news_out);
    }
    pthread_mutex_unlock(&engine->mutex);
    return is_known;
}

GArray *server_search_found(engine *engine, int64_t id)
{
    pthread_mutex_lock(&engine->mutex);
    const struct server_search *self = engine->search;
    GArray *found = self != NULL && self->id == id ? g_array_copy(self->found) : NULL;
    pthread_mutex_unlock(&engine->mutex);
    return found;
}

bool server_search_is_worth(store *db, int64_t folder_id)
{
    g_autoptr(GPtrArray) folders = store_folders(db, 0, NULL);
    for (guint i = 0; folders != NULL && i < folders->len; i++) {
        const struct folder *box = g_ptr_array_index(folders, i);
        bool is_asked_for = (folder_id == 0 || box->id == folder_id) && !(box->flags & (FOLDER_IS_GONE | FOLDER_IS_NOSELECT));
        if (is_asked_for && box->server_total > 0 && (box->backfill_uid != 1 || box->total < box->server_total))
            return true;
    }
    return false;
}

/* --- once, for the command line --- */

struct once {
    engine_account *account;
    GError *why;
    bool is_ok;
};

static void once_main(worker *thread, void *data)
{
    struct once *once = data;
    imap_session session;
    imap_session_init(&session, once->account, LANE_BACKGROUND, thread);
    once->is_ok = imap_session_open(&session, &once->why);
    while (once->is_ok && server_search_is_pending(&session))
        once->is_ok = server_search_step(&session, &once->why);
    imap_session_clear(&session);
}

bool server_search_once(engine *engine, const char *account_id, const struct server_search_wish *wish, GArray **found_out,
                        struct server_search_news *news_out, GError **error)
{
    struct once once = { 0 };
    if (!engine_prepare_once(engine, error))
        return false;
    for (guint i = 0; i < engine->accounts->len; i++) {
        engine_account *account = g_ptr_array_index(engine->accounts, i);
        if (strcmp(account->account->id, account_id) == 0)
            once.account = account;
    }
    if (once.account == NULL) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_MISSING, _("There is no account %s."), account_id);
        return false;
    }
    struct server_search *self = search_new(engine, wish);
    int64_t id = self->id;
    struct server_search_part *part = g_new0(struct server_search_part, 1);
    part->account_id = once.account->id;
    g_ptr_array_add(self->parts, part);
    put(engine, self);
    worker *thread = worker_start("search", once_main, &once);
    worker_join(thread);
    worker_free(thread);
    *found_out = server_search_found(engine, id);
    server_search_look(engine, id, news_out);
    put(engine, NULL);
    if (once.why != NULL)
        g_propagate_error(error, once.why);
    return once.is_ok;
}
