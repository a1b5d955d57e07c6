/* SPDX-License-Identifier: MIT */
/* From what a person wrote to what the network layer takes. */
#pragma once
#include "config/account_file.h"
#include "config/settings.h"

struct net_endpoint; /* net/endpoint.h */

/* Strings are borrowed from server and accepted. settings NULL: the network layer's own timeouts. accepted: fingerprints taken for this run,
 * beside the pins of the file; NULL: server's own. */
struct net_endpoint account_endpoint(const struct account_server *server, const struct settings *settings, const char *accepted);
/* "IMAP mail.example.test:993"; caller frees. */
char *account_server_words(const struct account_server *server);
