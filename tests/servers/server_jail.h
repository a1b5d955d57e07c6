/* SPDX-License-Identifier: MIT */
/* Other people's mail servers, each in a namespace of its own (tests/servers/jail/): Courier, Cyrus, GNU mailutils, Exim, OpenSMTPD. Their
 * packages conflict with each other and with Dovecot and Postfix; `setup test` fetches them without installing (build/jail/tree). */
#pragma once
#include <glib.h>
#include <stdbool.h>

struct server_certificate;
typedef struct jail jail;

struct jail_ports {
    int imap, imaps, pop3, pop3s, smtp, submission, submissions, submission_wrapped; /* wrapped: TLS from the first byte on 587 */
};

bool jail_is_possible(char **why_not_out); /* false with the reason, caller frees: the test says skipped, never passed */
/* name: a script in tests/servers/jail/. Users and password as in server.h. NULL with the reason when it did not start. waits: the ports that must answer, as offsets of struct jail_ports' members, ended by -1. */
jail *jail_start(const char *name, const int *waits, char **why_not_out);
/* What differs from the usual; NULL: nothing. settings: more of the server's own configuration, as its script wants it. */
struct jail_options {
    const char *password, *settings;
    const struct server_certificate *certificate;
};
jail *jail_start_with(const char *name, const int *waits, const struct jail_options *options, char **why_not_out);
void jail_free(jail *jail); /* stops all of it, and removes what it wrote */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(jail, jail_free)

const struct jail_ports *jail_ports(const jail *jail);
const char *jail_ca_file(const jail *jail);
/* Where Exim and OpenSMTPD put mail: DIRECTORY/USER/new. */
const char *jail_delivered(const jail *jail);
void jail_freeze(jail *jail, bool is_frozen);
unsigned jail_processes(const jail *jail); /* how many run now, those of sessions among them */
char *jail_log(jail *jail);                /* what the server said, for a failing test; caller frees */
