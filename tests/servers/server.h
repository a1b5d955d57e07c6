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

/* What differs from the usual. Strings are borrowed until server_start_with() returns; in them @DIRECTORY@ stands for the server's directory. */
struct server_options {
    const char *address;                          /* where it listens; NULL: 127.0.0.1 */
    const char *dovecot, *postfix;                /* more lines of dovecot.conf and of main.cf; later ones win */
    const char *transfer, *submission;            /* more options (-o …) of the smtpd on 25; on 587 and 465 */
    const char *users;                            /* Dovecot's passwd-file; NULL: alice and bob */
    const struct server_certificate *certificate; /* NULL: RSA 2048 for localhost */
};

/* A certificate as an administrator may have made it. */
struct server_certificate {
    const char *name;         /* for messages */
    const char *key;          /* for openssl req -newkey: "rsa:4096", "ec:prime256v1", "ed25519" */
    const char *alternatives; /* subjectAltName */
    bool has_intermediate;
};

/* NULL with the reason when this machine cannot run them (not root, packages missing): the test says skipped, never passed. */
server *server_start(char **why_not_out);
server *server_start_with(const struct server_options *options, char **why_not_out);
void server_free(server *server); /* stops what was started and removes the directory */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(server, server_free)

struct server_ports {
    int imap, imaps;                   /* imap also offers STARTTLS */
    int smtp, submission, submissions; /* 25 (STARTTLS offered, no sign-in), 587 (STARTTLS, sign-in), 465 (TLS) */
    int lmtp;
    int pop3, pop3s;                             /* pop3 also offers STLS */
    int submission_wrapped;                      /* 587 with TLS from the first byte */
    int dovecot_submission, dovecot_submissions; /* Dovecot's own service for 587 and 465; 0: its package is not installed */
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
