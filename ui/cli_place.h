/* SPDX-License-Identifier: MIT */
/* Accounts and folders as they are named on the command line: ACCOUNT, ACCOUNT:FOLDER, :FOLDER (of the first account). */
#pragma once
#include "core/store_folder.h"
#include "ui/cli.h"

struct cli_place {
    const struct account *account;
    const char *folder; /* borrowed from the word; NULL: none was named */
    int64_t account_id;
};
/* False: said why, *code is the exit code. */
bool cli_place_find(const char *word, GPtrArray *accounts, int broken, store *db, struct cli_place *out, int *code);
/* By its whole name, "inbox" in any case; where none has it, by its purpose: archive, drafts, junk, sent, trash. NULL: none (not said). */
struct folder *cli_place_folder(store *db, int64_t account_id, const char *name);
/* "inbox", "drafts", …; NULL: no purpose. */
const char *cli_role_word(enum folder_role role);
/* What was queued is done by a running postern, else here for mail of this computer, and with the next start or sync for a server. False: said why. */
bool cli_carry_out(GPtrArray *accounts, store *db);
