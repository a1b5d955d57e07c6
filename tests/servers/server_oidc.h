/* SPDX-License-Identifier: MIT */
/* A real OpenID provider (oidc-provider, from npm by `setup test`) on loopback, and a browser for it; tests/servers/oauth/. */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef struct server_oidc server_oidc;
/* scripts: tests/servers/oauth; modules: where npm put them. NULL: cannot be had here, and why (caller frees). */
server_oidc *server_oidc_start(const char *scripts, const char *modules, int access_token_s, char **why_not_out);
void server_oidc_free(server_oidc *self);
int server_oidc_port(const server_oidc *self);
char *server_oidc_control(const server_oidc *self, const char *words); /* "revoke", "count", "fault?2=busy!": its answer, caller frees */
int server_oidc_refreshed(const server_oidc *self);                    /* refresh tokens that were turned in and good */
char **server_oidc_tokens(const server_oidc *self);                    /* all it gave until now; caller frees with g_strfreev */
