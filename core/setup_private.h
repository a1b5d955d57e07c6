/* SPDX-License-Identifier: MIT */
/* Between the files of the setup: where the candidates come from, and what a probe does to a row. */
#pragma once
#include "core/setup.h"
#include "net/probe.h"

/* Candidates for an address, best first, all IMAP before all SMTP; of struct setup_row*. *hint_out: borrowed; NULL: none. */
GPtrArray *setup_candidates(const char *address, const char **hint_out);
/* One IMAP and one SMTP row of servers a person wrote down. */
GPtrArray *setup_rows_of_account(const struct account *account);
struct setup_row *setup_row_new(const char *source, const char *protocol, const struct account_server *server);
struct setup_row *setup_row_copy(const struct setup_row *row);
void setup_row_free(void *row);
bool setup_row_is_imap(const struct setup_row *row);
/* The user names worth trying with this address, in order; NULL-terminated, caller frees with g_strfreev. written: what the person says (may be NULL). */
char **setup_user_names(const char *address, const char *written);

/* Which folder is which: by SPECIAL-USE (RFC 6154), else by its name. Of struct setup_folder*. */
GPtrArray *setup_folders_map(const GPtrArray *found /* of struct net_probe_folder* */);
void setup_folder_free(void *folder);
/* Names that had to be guessed go into the account file; those the server marks need not. */
void setup_folders_apply(const GPtrArray *found, struct account *account);
