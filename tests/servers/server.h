/* SPDX-License-Identifier: MIT */
/* A Dovecot and a Postfix of the tests' own: high ports on 127.0.0.1, own CA, own mail, everything in one temporary directory. */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef struct server server;

#define SERVER_USER    "alice"
#define SERVER_ADDRESS "alice@example.test"
#define SERVER_OTHER   "bob" /* bob@example.test */
/* Odd on purpose: space, quote, backslash, percent, non-ASCII. */
#define SERVER_PASSWORD "pa ss\"w\\ord%\xc3\xbc"

/* NULL with the reason when this machine cannot run them (not root, packages missing): the test says skipped, never passed. */
server *server_start(char **why_not_out);
void server_free(server *server); /* stops what was started and removes the directory */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(server, server_free)

struct server_ports {
    int imap, imaps;                   /* imap also offers STARTTLS */
    int smtp, submission, submissions; /* 25 (STARTTLS offered, no sign-in), 587 (STARTTLS, sign-in), 465 (TLS) */
    int lmtp;
    int pop3, pop3s; /* pop3 also offers STLS */
};
const struct server_ports *server_ports(const server *server);
const char *server_ca_file(const server *server);
const char *server_directory(const server *server);

/* Puts a message into a user's mailbox as a delivery would (doveadm save through the mail store): IDLE clients hear of it. */
bool server_deliver(server *server, const char *user, const char *mailbox, const char *message);
/* Another client's view: doveadm's output for these arguments (NULL-terminated); caller frees. */
char *server_doveadm(server *server, const char *command, ...) G_GNUC_NULL_TERMINATED;
/* Every process of the IMAP service stops (SIGSTOP) or goes on (SIGCONT): a server that has frozen. */
void server_freeze(server *server, bool is_frozen);
char *server_log(server *server); /* what both logged, for a failing test; caller frees */
