/* SPDX-License-Identifier: MIT */
/* The way into a server of an account, whatever its protocol: connect, sign in, once more where that helps. */
#include "core/account_entry_private.h"
#include "core/account_endpoint.h"
#include "core/oauth_account.h"
#include "core/signin_memory.h"
#include <glib/gi18n-lib.h>

static bool go_to(engine_account *account, const worker *thread, const struct account_door *door, void *session, GError **error)
{
    const struct account_server *server = &account->account->incoming;
    g_autofree char *pins = engine_pins(account, server);
    struct net_endpoint endpoint = account_endpoint(server, account->engine->settings, pins);
    struct net_context context = { .cancel_fd = worker_cancel_fd(thread),
                                   .hurry_fd = worker_hurry_fd(thread),
                                   .log_name = door->log_name,
                                   .tick = door->tick,
                                   .data = session };
    struct net_trust_verdict verdict = { 0 };
    GError *why = NULL;
    engine_set_state(account, door->lane, CONNECTION_CONNECTING, "");
    bool is_there = door->connect(session, &endpoint, &context, &verdict, &why);
    if (g_error_matches(why, NET_ERROR, NET_ERROR_CERTIFICATE) && door->lane < LANE_COUNT)
        engine_certificate_question(account, false, &verdict);
    net_trust_verdict_clear(&verdict);
    if (why != NULL)
        g_propagate_error(error, why);
    return is_there;
}

/* By the background lane alone: it writes, nothing that a first page should wait for. */
static void remember_way(engine_account *account, store *store, const struct account_door *door, const void *session)
{
    if (door->lane != LANE_BACKGROUND)
        return;
    g_autofree char *notice =
        signin_memory_note(store, account->account->id, false, account->account->incoming.host, door->mechanism(session));
    if (notice != NULL)
        engine_notice(account, notice);
}

static bool sign_in(engine_account *account, store *store, const worker *thread, const struct account_door *door, void *session,
                    GError **error)
{
    const struct account_server *server = &account->account->incoming;
    GError *why = NULL;
    char *password = engine_password(account, false, worker_cancel_fd(thread), &why);
    if (password == NULL) {
        if (why == NULL)
            g_set_error(&why, NET_ERROR, NET_ERROR_AUTH, _("The password of %s is needed."), account->account->name);
        g_propagate_error(error, why);
        return false;
    }
    g_autofree char *last = signin_memory_last(store, account->account->id, false);
    const struct net_credentials credentials = { .user = server->user != NULL ? server->user : "",
                                                 .password = password,
                                                 .auth = server->auth,
                                                 .last = last,
                                                 .token = oauth_account_is(account->account) ? password : NULL };
    bool is_in = door->login(session, &credentials, &why);
    net_secret_free(password);
    if (is_in) {
        remember_way(account, store, door, session);
        return true;
    }
    /* One connection more than the server wants must not look like a wrong password: the others find out whether it is. */
    if (door->lane < LANE_COUNT)
        engine_access_token_refused(account, why);
    if (g_error_matches(why, NET_ERROR, NET_ERROR_AUTH) && door->lane < LANE_COUNT)
        engine_password_refused(account, false, why->message);
    g_propagate_error(error, why);
    return false;
}

/* Once more where a server hung up over a way to sign in that it will not be shown again. */
bool account_enter(engine_account *account, store *store, const worker *thread, const struct account_door *door, void *session,
                   GError **error)
{
    unsigned lessons = net_signin_lessons();
    GError *why = NULL;
    if (!go_to(account, thread, door, session, error))
        return false;
    if (sign_in(account, store, thread, door, session, &why))
        return true;
    door->close(session);
    if (lessons == net_signin_lessons() || g_error_matches(why, NET_ERROR, NET_ERROR_AUTH)) {
        g_propagate_error(error, why);
        return false;
    }
    g_clear_error(&why);
    return go_to(account, thread, door, session, error) && sign_in(account, store, thread, door, session, error);
}
