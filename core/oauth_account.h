/* SPDX-License-Identifier: MIT */
/* Accounts that sign in by OAuth: what the service is told, and the way from the refresh token, which is the account's secret, to access tokens. */
#pragma once
#include "config/account_file.h"
#include <glib.h>

/* Is there an [oauth] group? Then the stored secret is a refresh token, and what a server gets is an access token. */
bool oauth_account_is(const struct account *account);

struct net_oauth_service; /* net/oauth.h */
/* Strings are borrowed from the account and the table of services. False: something is missing in [oauth]; error says what, and where it is had. */
bool oauth_account_describe(const struct account *account, struct net_oauth_service *service_out, GError **error);

bool oauth_account_has_device(const struct account *account); /* is there a way by a code on another device? */

/* Its provider wants to know this program by a client-id, and nobody got one: what to do about it, in a few sentences. NULL: nothing is missing. Caller
 * frees. */
char *oauth_account_missing(const struct account *account);

/* A new access token from the kept refresh token (or from unkept, which could not be kept last time; NULL: none), one process at a time. A new refresh
 * token is durable before this returns; one that could not be kept is tokens_out->refresh, and *unkept_why says why: the caller holds on to it.
 * NET_ERROR_AUTH: the permission is gone; CONFIG_ERROR_MISSING: there was none yet. */
struct oauth_tokens;
bool oauth_account_refresh(const struct account *account, const char *unkept, int cancel_fd, struct oauth_tokens *tokens_out,
                           GError **unkept_why, GError **error);

/* An access token straight from the kept refresh token: for one try, without an engine. NULL with error. Caller frees with secret_free. */
char *oauth_account_token(const struct account *account, int cancel_fd, GError **error);

/* The first sign-in, or a new one after the permission was withdrawn: waits until the person is through in a browser (ten minutes at most), and keeps
 * the refresh token. A running postern is told. Blocks: not on the UI thread. */
struct oauth_sign_in {
    void *data;
    void (*visit)(void *data, const char *link);                    /* to be opened on this computer */
    void (*device)(void *data, const char *link, const char *code); /* on any device: open this, type that */
    int cancel_fd;                                                  /* -1: none */
};
struct oauth_tokens {
    char *access, *refresh;
    int64_t expires_utc; /* 0: it was not said */
};
void oauth_tokens_clear(struct oauth_tokens *tokens); /* wipes */
bool oauth_account_ask(const struct account *account, const struct oauth_sign_in *how, bool is_device, struct oauth_tokens *tokens_out,
                       GError **error); /* the same, but keeps nothing: for an account that is not there yet */
bool oauth_account_sign_in(struct account *account, const struct oauth_sign_in *how, bool is_device, GError **error);

/* Puts a refresh token where the account keeps its secret. False: it has no place for one (secret = keyring | file), or writing failed. */
bool oauth_account_keep(struct account *account, const char *refresh, int cancel_fd, GError **error);
