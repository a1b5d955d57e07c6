/* SPDX-License-Identifier: MIT */
/* Between the files of the check. */
#pragma once
#include "core/check.h"
#include "net/probe.h"

struct checking {
    const struct account *account;
    const struct account_server *server;
    const struct check_wish *wish;
    char *connection;
    GPtrArray *held;     /* of struct check_step*: from the failed step on, until it is known what to say about it */
    GError *no_password; /* there is none to sign in with */
    struct net_probe_result result;
    enum check_end end; /* of all connections so far */
};

/* --- check.c --- */
void check_tell(const struct checking *self, const struct check_step *step);
void check_tell_ok(const struct checking *self, const char *step, int elapsed_ms, const char *words);
bool check_tell_failed(struct checking *self, const char *step, int elapsed_ms, const char *words, const char *hint); /* false */
void check_tell_skipped(const struct checking *self, const char *step, const char *words);
bool check_is_cancelled(const struct checking *self);
/* What a server is signed in to with: the password, or an access token. Wiped with secret_free. "" where nobody signs in. NULL: self->no_password. */
char *check_password(struct checking *self, const struct account_server *server);
bool check_is_oauth(const struct checking *self, const char *password);

/* --- check_advice.c: all for the caller to free --- */
char *check_advice(const struct checking *self, const GError *error, const struct net_trust_verdict *verdict);
/* "": nothing to do. */
char *check_advice_expiry(const GPtrArray *chain, bool *is_late_out);

/* --- check_words.c: all for the caller to free --- */
char *check_words_chain(const GPtrArray *chain /* of struct check_certificate* */);
/* links: of struct net_chain_link*; NULL or empty: at least the one that was judged, where there is one. */
GPtrArray *check_chain(const GPtrArray *links, const struct net_trust_verdict *verdict);
/* "PLAIN: the strongest of PLAIN LOGIN" */
char *check_words_mechanism(const struct checking *self);

/* --- check_send.c --- */
/* One message to oneself through the outgoing server, then a look into the Inbox until it is there. */
void check_send_test(struct checking *self);
