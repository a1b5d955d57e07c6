/* SPDX-License-Identifier: MIT */
/* Accounts up and down: threads, requests of the screen, states. Passwords and certificates are in engine_questions.c. */
#include "core/engine.h"
#include "core/engine_private.h"
#include "core/message_private.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include "core/intent.h"
#include "core/outbox.h"
#include "core/server_search_private.h"
#include "net/log.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define GET(self, index) ((engine_account *)g_ptr_array_index((self)->accounts, index))

void fetch_wish_free(struct fetch_wish *wish)
{
    if (wish == NULL)
        return;
    g_free(wish->section);
    g_free(wish);
}

static void account_stop(engine_account *self)
{
    for (size_t i = 0; i < G_N_ELEMENTS(self->workers); i++) {
        if (self->workers[i] != NULL)
            worker_stop(self->workers[i]); /* all are asked before the first is waited for */
    }
}

static void account_release(gpointer data)
{
    engine_account *self = data;
    account_stop(self);
    for (size_t i = 0; i < G_N_ELEMENTS(self->workers); i++) {
        if (self->workers[i] != NULL)
            worker_join(self->workers[i]); /* one wakes the other: both have ended before either goes */
    }
    for (size_t i = 0; i < G_N_ELEMENTS(self->workers); i++)
        worker_free(self->workers[i]);
    for (size_t i = 0; i < LANE_COUNT; i++)
        g_free(self->words[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(self->passwords); i++)
        net_secret_free(self->passwords[i]);
    net_secret_free(self->access_token);
    net_secret_free(self->unkept_refresh);
    g_queue_clear_full(&self->wishes, (GDestroyNotify)fetch_wish_free);
    imap_gone_free(self->gone);
    g_hash_table_unref(self->settled);
    g_ptr_array_unref(self->fingerprints[0]);
    g_ptr_array_unref(self->fingerprints[1]);
    g_free(self->shown_words);
    account_free(self->account);
    g_free(self);
}

static engine_account *account_make(engine *self, const struct account *account)
{
    engine_account *made = g_new0(engine_account, 1);
    made->engine = self;
    made->account = account_copy(account);
    for (size_t i = 0; i < G_N_ELEMENTS(made->fingerprints); i++)
        made->fingerprints[i] = g_ptr_array_new_with_free_func(g_free);
    made->gone = imap_gone_new();
    made->settled = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    g_queue_init(&made->wishes);
    return made;
}

engine *engine_new(GPtrArray *accounts, const struct settings *settings, const char *store_path, event_queue *events)
{
    engine *self = g_new0(engine, 1);
    self->settings = settings;
    self->store_path = g_strdup(store_path);
    self->events = events;
    self->accounts = g_ptr_array_new_with_free_func(account_release);
    self->questions = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)question_free);
    pthread_mutex_init(&self->mutex, NULL);
    pthread_mutex_init(&self->once_mutex, NULL);
    for (guint i = 0; i < accounts->len; i++)
        g_ptr_array_add(self->accounts, account_make(self, g_ptr_array_index(accounts, i)));
    return self;
}

/* --- starting --- */
bool engine_name_account(engine_account *self, store *db, GError **error)
{
    g_autoptr(GPtrArray) addresses = g_ptr_array_new();
    self->id = store_account_id(db, self->account->id, error);
    g_ptr_array_add(addresses, self->account->from_address);
    for (char **alias = self->account->aliases; *alias != NULL; alias++)
        g_ptr_array_add(addresses, *alias);
    g_ptr_array_add(addresses, NULL);
    return self->id != 0 && store_account_set_addresses(db, self->id, (const char *const *)addresses->pdata, error) &&
           store_account_set_name(db, self->id, self->account->name, error);
}

static void start_watches(engine_account *self)
{
    for (unsigned i = 0; i < MIN(self->account->idle_folders, WATCHES_MAX); i++) {
        g_autofree char *name = g_strdup_printf("w%u:%s", i, self->account->id);
        self->watches[i].account = self;
        self->workers[LANE_WATCH + i] = worker_start(name, imap_watch_main, &self->watches[i]);
    }
}

static void account_start(engine_account *self)
{
    g_autofree char *interactive = g_strdup_printf("i:%s", self->account->id), *background = g_strdup_printf("b:%s", self->account->id);
    if (self->id == 0)
        return;
    if (self->account->incoming.protocol == ACCOUNT_PROTOCOL_IMAP) {
        /* In this order: each wakes those before it. */
        start_watches(self);
        self->workers[LANE_BACKGROUND] = worker_start(background, imap_background_main, self);
        self->workers[LANE_INTERACTIVE] = worker_start(interactive, imap_interactive_main, self);
    } else if (self->account->incoming.protocol == ACCOUNT_PROTOCOL_POP3) {
        self->workers[LANE_INTERACTIVE] = worker_start(interactive, local_main, self); /* mail lives here */
        self->workers[LANE_BACKGROUND] = worker_start(background, pop3_main, self);    /* and comes from there */
    } else if (self->account->incoming.protocol == ACCOUNT_PROTOCOL_MAILDIR) {
        self->workers[LANE_INTERACTIVE] = worker_start(interactive, local_main, self);
    }
}

static void notice(engine *self, const char *words)
{
    const struct event event = { .type = EVENT_NOTICE, .text = (char *)words };
    event_post(self->events, &event);
}

/* Two processes that replay one queue would do everything twice. */
static void follow(engine *self)
{
    for (guint i = 0; i < self->accounts->len; i++)
        engine_set_state(GET(self, i), LANE_INTERACTIVE, CONNECTION_FOLLOWING,
                         _("another postern is running: it talks to the servers, this one shows what it finds"));
    notice(self, _("Another postern talks to the servers; this one follows it."));
    if (self->follower == NULL)
        self->follower = worker_start("follower", follower_main, self);
}

static void outbox_start(engine *self)
{
    worker *started = worker_start("outbox", outbox_main, self);
    pthread_mutex_lock(&self->mutex);
    self->outbox = started;
    pthread_mutex_unlock(&self->mutex);
    engine_link_start(self);
    engine_arrivals_start(self);
}

/* Nobody wakes it any more before it goes: the accounts' threads do so at any time. */
static void outbox_stop(engine *self)
{
    engine_link_stop(self);
    engine_arrivals_stop(self);
    pthread_mutex_lock(&self->mutex);
    worker *stopped = self->outbox;
    self->outbox = NULL;
    pthread_mutex_unlock(&self->mutex);
    worker_free(stopped);
}

void engine_wake_outbox(engine *self)
{
    pthread_mutex_lock(&self->mutex);
    if (self->outbox != NULL)
        worker_wake(self->outbox);
    pthread_mutex_unlock(&self->mutex);
}

/* The outbox worker stands still while accounts come and go: only it may walk the list. */
void engine_wake_writers_soon(engine *self)
{
    atomic_store(&self->wants_writers, true);
    engine_wake_outbox(self);
}

static void start_workers(engine *self, store *db)
{
    g_clear_pointer(&self->follower, worker_free);
    for (guint i = 0; i < self->accounts->len; i++) {
        if (GET(self, i)->account->incoming.protocol != ACCOUNT_PROTOCOL_IMAP) /* those begin with it on each connection */
            intent_reset_in_flight(db, GET(self, i)->id, 0, NULL);
        account_start(GET(self, i));
    }
    outbox_start(self);
}

void engine_start(engine *self)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(store) db = store_open(self->store_path, STORE_WORKER, &why);
    if (self->is_started)
        return;
    self->is_started = true;
    message_start(); /* here, before the threads, and after the first screen */
    for (guint i = 0; db != NULL && i < self->accounts->len; i++) {
        if (!engine_name_account(GET(self, i), db, &why))
            break;
    }
    if (why == NULL)
        self->instance = instance_hold(self->store_path, &why);
    if (why != NULL)
        notice(self, why->message);
    else if (self->instance == NULL)
        follow(self);
    else
        start_workers(self, db);
}

/* The other process may have ended. True: this one holds the network. */
static bool take_over(engine *self)
{
    if (self->instance != NULL || !self->is_started)
        return self->instance != NULL;
    self->instance = instance_hold(self->store_path, NULL);
    g_autoptr(store) db = self->instance != NULL ? store_open(self->store_path, STORE_WORKER, NULL) : NULL;
    if (db == NULL) {
        g_clear_pointer(&self->instance, instance_free);
        instance_ring(self->store_path);
        return false;
    }
    start_workers(self, db);
    return true;
}

void engine_free(engine *self)
{
    if (self == NULL)
        return;
    engine_link_stop(self);
    engine_arrivals_stop(self);
    for (guint i = 0; i < self->accounts->len; i++)
        account_stop(GET(self, i));
    outbox_stop(self);
    worker_free(self->follower);
    g_ptr_array_unref(self->accounts);
    instance_free(self->instance); /* only when nothing of ours speaks to a server any more */
    g_hash_table_unref(self->questions);
    server_search_free(self->search);
    pthread_mutex_destroy(&self->mutex);
    pthread_mutex_destroy(&self->once_mutex);
    net_secret_free(self->passphrase);
    store_close(self->held);
    g_free(self->store_path);
    g_free(self);
}

bool engine_add(engine *self, const struct account *account, GError **error)
{
    engine_account *made = account_make(self, account);
    g_autoptr(store) db = store_open(self->store_path, STORE_WORKER, error);
    if (db == NULL || !engine_name_account(made, db, error)) {
        account_release(made);
        return false;
    }
    /* The outbox worker walks this list: it stands still meanwhile. */
    outbox_stop(self);
    g_ptr_array_add(self->accounts, made);
    if (!self->is_started)
        engine_start(self);
    else if (take_over(self) && made->workers[LANE_INTERACTIVE] == NULL)
        account_start(made);
    if (self->instance != NULL && self->outbox == NULL)
        outbox_start(self);
    return true;
}

bool engine_remove(engine *self, const char *account_id)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        if (strcmp(GET(self, i)->account->id, account_id) == 0) {
            /* The outbox worker walks this list: it stands still meanwhile. */
            outbox_stop(self);
            g_ptr_array_remove_index(self->accounts, i);
            if (self->instance != NULL)
                outbox_start(self);
            return true;
        }
    }
    return false;
}

bool engine_reload(engine *self, const struct account *account, GError **error)
{
    engine_remove(self, account->id);
    return engine_add(self, account, error);
}

/* --- requests --- */
static void account_wake(engine_account *self)
{
    for (size_t i = 0; i < G_N_ELEMENTS(self->workers); i++) {
        if (self->workers[i] != NULL)
            worker_wake(self->workers[i]);
    }
}

void engine_wake_all(engine *self)
{
    for (guint i = 0; i < self->accounts->len; i++)
        account_wake(GET(self, i));
    engine_wake_outbox(self);
}

void engine_wake(engine *self)
{
    if (take_over(self))
        engine_wake_writers(self);
    engine_wake_arrivals(self); /* the rules may be others */
}

void engine_wake_writers(engine *self)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        engine_account *account = GET(self, i);
        bool is_local = account->account->incoming.protocol != ACCOUNT_PROTOCOL_IMAP; /* intents become files, wherever mail comes from */
        worker *who = account->workers[is_local ? LANE_INTERACTIVE : LANE_BACKGROUND];
        if (who != NULL)
            worker_wake(who);
    }
    engine_wake_outbox(self);
}

void engine_open_folder(engine *self, int64_t account_id, int64_t folder_id)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        engine_account *account = GET(self, i);
        bool is_its_own = account->id == account_id;
        int64_t old = atomic_exchange(&account->open_folder, is_its_own ? folder_id : 0);
        if (is_its_own && old != folder_id)
            account_wake(account);
    }
}

static void wish(engine *self, int64_t account_id, int64_t placement_id, const char *section)
{
    atomic_compare_exchange_strong(&self->cancelled_fetch, &(int64_t){ placement_id }, 0); /* it is wanted again */
    for (guint i = 0; i < self->accounts->len; i++) {
        engine_account *account = GET(self, i);
        if (account->id != account_id || account->workers[LANE_INTERACTIVE] == NULL)
            continue;
        struct fetch_wish *made = g_new0(struct fetch_wish, 1);
        *made = (struct fetch_wish){ placement_id, g_strdup(section), 0 };
        pthread_mutex_lock(&self->mutex);
        g_queue_push_head(&account->wishes, made);
        pthread_mutex_unlock(&self->mutex);
        worker_wake(account->workers[LANE_INTERACTIVE]);
    }
}

void engine_fetch_message(engine *self, int64_t account_id, int64_t placement_id)
{
    wish(self, account_id, placement_id, NULL);
}

void engine_fetch_part(engine *self, int64_t account_id, int64_t placement_id, const char *section)
{
    wish(self, account_id, placement_id, section);
}

struct fetch_wish *engine_take_wish(engine_account *self)
{
    pthread_mutex_lock(&self->engine->mutex);
    struct fetch_wish *taken = g_queue_pop_head(&self->wishes);
    pthread_mutex_unlock(&self->engine->mutex);
    return taken;
}

void engine_cancel_fetch(engine *self, int64_t placement_id)
{
    atomic_store(&self->cancelled_fetch, placement_id);
    pthread_mutex_lock(&self->mutex);
    for (guint i = 0; i < self->accounts->len; i++) {
        GQueue *wishes = &GET(self, i)->wishes;
        for (GList *link = wishes->head, *next; link != NULL; link = next) {
            struct fetch_wish *each = link->data;
            next = link->next;
            if (each->placement_id == placement_id) {
                g_queue_delete_link(wishes, link);
                fetch_wish_free(each);
            }
        }
    }
    pthread_mutex_unlock(&self->mutex);
}

void engine_sync_now(engine *self, const char *account_id)
{
    take_over(self);
    for (guint i = 0; i < self->accounts->len; i++) {
        engine_account *account = GET(self, i);
        if (account_id != NULL && strcmp(account_id, account->account->id) != 0)
            continue;
        pthread_mutex_lock(&self->mutex);
        account->is_declined[0] = account->is_declined[1] = false;
        if (self->passphrase_stage == PASSPHRASE_DECLINED)
            self->passphrase_stage = PASSPHRASE_UNASKED;
        pthread_mutex_unlock(&self->mutex);
        atomic_fetch_add(&account->sync_wishes, 1);
        atomic_store(&account->smtp_until, 0);
        atomic_store(&account->wants_sending, true);
        account_wake(account);
    }
    engine_wake_outbox(self);
}

void engine_cancel_job(engine *self, int64_t job)
{
    atomic_store(&self->cancelled_job, job); /* looked at after each piece of a download, each chunk of headers */
}

bool engine_open_log(const char *path)
{
    return net_log_open(path);
}

/* --- states --- */
void engine_post(engine *self, enum event_type type, int64_t account, int64_t folder, int64_t item)
{
    const struct event event = { .type = type, .account = account, .folder = folder, .item = item };
    event_post(self->events, &event);
    if (type == EVENT_FOLDER_CHANGED || type == EVENT_MESSAGE_ARRIVED)
        engine_wake_arrivals(self);
}

/* How much a person should hear of it: the worse of the two lanes is shown. */
static int gravity(int state)
{
    static const int order[] = {
        [CONNECTION_ONLINE] = 0,  [CONNECTION_CONNECTING] = 1, [CONNECTION_SLOW] = 2,        [CONNECTION_WAITING] = 3,
        [CONNECTION_OFFLINE] = 4, [CONNECTION_FOLLOWING] = 4,  [CONNECTION_NEEDS_PERSON] = 5
    };
    return order[state];
}

void engine_set_state(engine_account *self, enum lane lane, enum connection_state state, const char *words)
{
    if (lane >= LANE_COUNT)
        return;
    pthread_mutex_lock(&self->engine->mutex);
    bool is_back = state == CONNECTION_ONLINE && (self->states[lane] == CONNECTION_CONNECTING || self->states[lane] == CONNECTION_WAITING);
    self->states[lane] = state;
    g_free(self->words[lane]);
    self->words[lane] = g_strdup(words);
    enum lane worse = LANE_INTERACTIVE;
    /* A lane without a thread, or one that has not begun, says nothing. */
    if (self->words[LANE_INTERACTIVE] == NULL ||
        (self->words[LANE_BACKGROUND] != NULL && gravity(self->states[LANE_BACKGROUND]) > gravity(self->states[LANE_INTERACTIVE])))
        worse = LANE_BACKGROUND;
    bool is_new =
        self->shown_words == NULL || self->shown_state != self->states[worse] || strcmp(self->shown_words, self->words[worse]) != 0;
    self->shown_state = self->states[worse];
    g_free(self->shown_words);
    self->shown_words = g_strdup(self->words[worse]);
    g_autofree char *text = g_strdup(self->shown_words);
    int shown = self->shown_state;
    pthread_mutex_unlock(&self->engine->mutex);
    const struct event event = { .type = EVENT_CONNECTION, .account = self->id, .state = shown, .text = text };
    if (is_new)
        event_post(self->engine->events, &event);
    /* Where one server of the account answers again, the other probably does. */
    if (is_back && atomic_exchange(&self->smtp_until, 0) != 0)
        engine_wake_outbox(self->engine);
}

void engine_set_trouble(engine_account *self, enum lane lane, bool needs_person, const GError *why)
{
    bool is_held_up = g_error_matches(why, STORE_ERROR, STORE_ERROR_BUSY);
    enum connection_state state = needs_person ? CONNECTION_NEEDS_PERSON : is_held_up ? CONNECTION_CONNECTING : CONNECTION_WAITING;
    engine_set_state(self, lane, state, why != NULL && !is_held_up ? why->message : "");
}

static void state_free(gpointer data)
{
    struct engine_account_state *state = data;
    g_free(state->id);
    g_free(state->name);
    g_free(state->words);
    g_free(state);
}

GPtrArray *engine_states(engine *self)
{
    GPtrArray *states = g_ptr_array_new_with_free_func(state_free);
    pthread_mutex_lock(&self->mutex);
    for (guint i = 0; i < self->accounts->len; i++) {
        engine_account *account = GET(self, i);
        struct engine_account_state *state = g_new0(struct engine_account_state, 1);
        *state = (struct engine_account_state){ .id = g_strdup(account->account->id),
                                                .name = g_strdup(account->account->name),
                                                .account_id = account->id,
                                                .state = account->shown_state,
                                                .words = g_strdup(account->shown_words != NULL ? account->shown_words : "") };
        g_ptr_array_add(states, state);
    }
    pthread_mutex_unlock(&self->mutex);
    return states;
}
