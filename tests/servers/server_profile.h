/* SPDX-License-Identifier: MIT */
/* A mail service as the public record shows it (Gmail, Office 365, Exchange …): a stateful IMAP, POP3 and SMTP server in this process, whose words,
 * folders, limits and faults come from profiles/NAME.profile.
 *
 * Why a server of our own and not Dovecot behind a rewriting proxy: what sets these services apart is in the store (labels that are views of one
 * message, a Sent copy that comes by itself, mail hidden once it was read by POP3), and no line of a protocol can be rewritten into that. */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef struct profile_server profile_server;

/* On free ports of 127.0.0.1. NULL with the reason: no such profile, or its file is wrong. */
profile_server *profile_start(const char *name, char **why_not_out);
/* On the service's own ports at that address: for a network namespace where the service's host names lead there. */
profile_server *profile_start_at(const char *name, const char *address, char **why_not_out);
void profile_free(profile_server *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(profile_server, profile_free)

/* What a person would type. The password is the one for programs (app password) where the service wants one. */
const char *profile_title(const profile_server *self);
const char *profile_address(const profile_server *self);
const char *profile_user(const profile_server *self);
const char *profile_user_smtp(const profile_server *self); /* iCloud: another one for sending */
const char *profile_password(const profile_server *self);  /* NULL: this service takes none */
const char *
profile_normal_password(const profile_server *self);   /* of the web site; refused with a hint. NULL: there is no such difference */
const char *profile_token(const profile_server *self); /* an access token that is good now. NULL: no OAuth here */
const char *profile_ca_file(const profile_server *self);
const char *profile_folder(const profile_server *self, const char *role); /* "sent", "trash", … → its name, UTF-8; NULL: none */

bool profile_files_sent(const profile_server *self); /* puts a copy of what is sent into Sent by itself */

/* The port for a cell of the matrix in lower case ("imap4-ssl", "smtp-submission-tls"); 0: not offered. */
int profile_port(const profile_server *self, const char *cell);
/* All cells, offered or not; NULL behind the last. */
const char *const *profile_cells(void);

/* Mail arrives in a folder as if delivered there. False: no such folder. */
bool profile_deliver(profile_server *self, const char *folder, const char *message);
/* How many messages the folder holds, or only those with this Message-ID ("<…>"). -1: no such folder. */
int profile_count(profile_server *self, const char *folder, const char *message_id);
/* Does the message with this Message-ID have that flag there ("\\Seen")? */
bool profile_has_flag(profile_server *self, const char *folder, const char *message_id, const char *flag);
/* Changes a key of the profile while it runs ("limits", "imap-connections", "1"), for connections and commands from now on. NULL: takes it away. */
void profile_set(profile_server *self, const char *group, const char *key, const char *value);
int profile_connections(profile_server *self);      /* open now */
int profile_connections_most(profile_server *self); /* at once, since the start */
/* The commands of all clients so far, one a line with its protocol in front, without what is secret; caller frees. */
char *profile_log(profile_server *self);
