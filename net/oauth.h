/* SPDX-License-Identifier: MIT */
/* OAuth 2.0 for programs on a desk (RFC 8252): authorization code with PKCE and loopback redirect, device code, refresh. Keeps nothing. */
#pragma once
#include "net/error.h"
#include <stdbool.h>
#include <stdint.h>

/* What the service has to be told, and where. All strings borrowed for the call. */
struct net_oauth_service {
    const char *authorization_url, *token_url;
    const char *device_url; /* RFC 8628; NULL: it has no such way */
    const char *scope;
    const char *extra; /* of the authorization request: "prompt=consent"; NULL: nothing */
    const char *client_id;
    const char *client_secret; /* of installed programs, so it is none; NULL: none */
    const char *redirect_host; /* as registered there: "127.0.0.1" or "localhost"; NULL: 127.0.0.1 */
    const char
        *redirect_url; /* instead, the whole of it: http://localhost:8080/callback (a loopback address; no port: any); NULL: any port */
    const char *tls_ca_file; /* NULL: none */
    const char *proxy;       /* as net_http_request has it */
};
struct net_oauth_tokens {
    char *access;
    char *refresh;       /* NULL: the service gave none, the old one stays good */
    int64_t expires_utc; /* 0: it does not say */
};
void net_oauth_tokens_clear(struct net_oauth_tokens *tokens); /* wipes */

/* A new access token. NET_ERROR_AUTH: the grant is gone (revoked, expired): the person must sign in again. NET_ERROR_CONFIG: the service does not
 * know this client-id. Others: later. Every error is a sentence. */
bool net_oauth_refresh(const struct net_oauth_service *service, const char *refresh, int cancel_fd, struct net_oauth_tokens *tokens_out,
                       GError **error);

/* --- the browser on this computer --- */
typedef struct net_oauth_visit net_oauth_visit;
/* Listens on the loopback address. hint: whom to sign in; may be NULL. service is borrowed until free. */
net_oauth_visit *net_oauth_visit_new(const struct net_oauth_service *service, const char *hint, GError **error);
const char *net_oauth_visit_link(const net_oauth_visit *visit); /* to be opened in a browser on this computer */
/* Until the browser came back with the answer, which is then turned into tokens. May be called once. */
bool net_oauth_visit_wait(net_oauth_visit *visit, int cancel_fd, int timeout_ms, struct net_oauth_tokens *tokens_out, GError **error);
void net_oauth_visit_free(net_oauth_visit *visit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(net_oauth_visit, net_oauth_visit_free)

/* --- a browser on any other device --- */
struct net_oauth_device {
    char *link, *user_code; /* what the person is told: open this, type that */
    char *device_code;
    int interval_ms;
    int64_t until_ms; /* of net_clock_ms() */
};
void net_oauth_device_clear(struct net_oauth_device *device);
bool net_oauth_device_start(const struct net_oauth_service *service, int cancel_fd, struct net_oauth_device *device_out, GError **error);
/* Asks again and again until the person is through, refused, or too late. */
bool net_oauth_device_wait(const struct net_oauth_service *service, struct net_oauth_device *device, int cancel_fd,
                           struct net_oauth_tokens *tokens_out, GError **error);
