/* SPDX-License-Identifier: MIT */
/* An OAuth service of the tests' own, on loopback: /authorize signs everybody in as alice at once, /token checks PKCE and gives a new refresh token
 * each time, /introspect (RFC 7662) tells a mail server which tokens are good. */
#pragma once
#include <stdbool.h>

typedef struct server_oauth server_oauth;
server_oauth *server_oauth_start(void);
void server_oauth_free(server_oauth *self);
int server_oauth_port(const server_oauth *self);
void server_oauth_revoke(server_oauth *self);   /* all that was given is worth nothing from now on */
int server_oauth_refreshed(server_oauth *self); /* how often a refresh token was turned in and was good */
