/* SPDX-License-Identifier: MIT */
/* Connecting and signing in to a maildrop. */
#include "core/account_entry_private.h"
#include "core/pop3_session_private.h"
#include "core/store_folder.h"
#include <glib/gi18n-lib.h>

void pop3_session_init(pop3_session *self, engine_account *account, worker *thread)
{
    *self = (pop3_session){ .account = account, .thread = thread };
    pop3_maildrop_init(&self->drop);
    self->cuts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->sizes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void pop3_session_clear(pop3_session *self)
{
    pop3_session_close(self);
    pop3_maildrop_clear(&self->drop);
    g_hash_table_unref(self->cuts);
    g_hash_table_unref(self->sizes);
    store_close(self->store);
}

void pop3_session_close(pop3_session *self)
{
    g_clear_pointer(&self->client, pop3_client_free);
    g_clear_pointer(&self->mails, g_hash_table_unref);
}

static void on_tick(void *data, int waited_ms)
{
    pop3_session *self = data;
    if (waited_ms < 5000) {
        engine_set_state(self->account, LANE_BACKGROUND, CONNECTION_ONLINE, "");
        return;
    }
    g_autofree char *words = g_strdup_printf(_("%s does not answer for %d s"), self->account->account->incoming.host, waited_ms / 1000);
    engine_set_state(self->account, LANE_BACKGROUND, CONNECTION_SLOW, words);
}

/* --- the way in: core/account_entry --- */
static bool door_connect(void *session, const struct net_endpoint *endpoint, const struct net_context *context,
                         struct net_trust_verdict *verdict, GError **error)
{
    pop3_session *self = session;
    self->client = pop3_client_connect(endpoint, context, verdict, error);
    return self->client != NULL;
}

static bool door_login(void *session, const struct net_credentials *credentials, GError **error)
{
    pop3_session *self = session;
    if (pop3_client_login(self->client, credentials, error))
        return true;
    self->is_locked = pop3_client_refusal(self->client) == POP3_CODE_IN_USE || pop3_client_refusal(self->client) == POP3_CODE_LOGIN_DELAY;
    return false;
}

static const char *door_mechanism(const void *session)
{
    return pop3_client_mechanism(((const pop3_session *)session)->client);
}

static void door_close(void *session)
{
    pop3_session_close(session);
}

static bool enter(pop3_session *self, GError **error)
{
    g_autofree char *name = g_strdup_printf("pop3 %s", self->account->account->id);
    const struct account_door door = { .log_name = name,
                                       .lane = LANE_BACKGROUND,
                                       .connect = door_connect,
                                       .login = door_login,
                                       .mechanism = door_mechanism,
                                       .close = door_close,
                                       .tick = on_tick };
    return account_enter(self->account, self->store, self->thread, &door, self, error);
}

/* The local worker makes it too, under the same name. */
static bool find_inbox(pop3_session *self, GError **error)
{
    g_autoptr(folder) found = store_folder_by_role(self->store, self->account->id, FOLDER_INBOX, NULL);
    const struct folder wanted = {
        .account_id = self->account->id, .name = (char *)"Inbox", .wire = (char *)"Inbox", .delimiter = '/', .role = FOLDER_INBOX
    };
    self->inbox_id = found != NULL ? found->id : store_folder_put(self->store, &wanted, error);
    return self->inbox_id != 0;
}

bool pop3_session_open(pop3_session *self, GError **error)
{
    if (self->store == NULL)
        self->store = store_open(self->account->engine->store_path, STORE_WORKER, error);
    self->is_locked = false;
    if (self->store == NULL || !find_inbox(self, error))
        return false;
    if (!enter(self, error)) {
        pop3_session_close(self);
        return false;
    }
    self->login_delay_s = pop3_client_login_delay_s(self->client);
    if (self->is_one_by_one)
        pop3_client_forgo_pipelining(self->client);
    engine_set_state(self->account, LANE_BACKGROUND, CONNECTION_ONLINE, "");
    return true;
}
