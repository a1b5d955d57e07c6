/* SPDX-License-Identifier: MIT */
/* The way into a server of an account, whatever its protocol: connect, sign in, once more where that helps. */
#pragma once
#include "core/engine_private.h"
#include "core/worker.h"
#include "net/signin.h"

/* What the protocol does. session is the first argument of all. */
struct account_door {
    const char *log_name; /* "imap work/1" */
    enum lane lane;
    bool (*connect)(void *session, const struct net_endpoint *endpoint, const struct net_context *context,
                    struct net_trust_verdict *verdict, GError **error);
    bool (*login)(void *session, const struct net_credentials *credentials, GError **error);
    const char *(*mechanism)(const void *session); /* the one that worked */
    void (*close)(void *session);
    void (*tick)(void *session, int waited_ms); /* NULL: nobody wants to know */
};
/* False with error: closed; questions (certificate, password) have been raised. thread: its cancel and hurry descriptors end every wait. */
bool account_enter(engine_account *account, store *store, const worker *thread, const struct account_door *door, void *session,
                   GError **error);
