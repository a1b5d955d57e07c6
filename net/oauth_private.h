/* SPDX-License-Identifier: MIT */
/* What the ways to a token share: asking the token endpoint. */
#pragma once
#include "net/oauth.h"
#include <glib.h>
#include <jansson.h>

/* A form, built field by field and wiped when freed. */
GString *oauth_form_new(const struct net_oauth_service *service, const char *grant_type);
void oauth_form_add(GString *form, const char *key, const char *value /* NULL: left out */);
void oauth_form_free(GString *form);
/* The answer as JSON; *fault_out: its "error", or "" (caller frees). NULL with error: no answer to speak of. */
json_t *oauth_ask(const struct net_oauth_service *service, const char *url, const GString *form, int cancel_fd, char **fault_out,
                  GError **error);
void oauth_answer_free(json_t *answer); /* wipes the tokens in it; NULL is fine */
/* False with the sentence for fault. */
bool oauth_fail(const struct net_oauth_service *service, const char *fault, const json_t *answer, GError **error);
bool oauth_take_tokens(const struct net_oauth_service *service, const json_t *answer, struct net_oauth_tokens *tokens_out, GError **error);
/* True: slept; false: cancelled, with error. */
bool oauth_pause(int cancel_fd, int pause_ms, GError **error);
