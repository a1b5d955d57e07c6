/* SPDX-License-Identifier: MIT */
/* Many new messages of one folder at once: what store_placement_put does for one, with the work that rows share done once. */
#pragma once
#include "core/id_sieve.h"
#include "core/people_ledger.h"
#include "core/store_message.h"

struct bulk_row {
    uint32_t uid;
    unsigned flags;
    const char *keywords; /* ' ' separated, may be NULL */
    uint64_t modseq;
    const struct message_info *info;
    bool is_left; /* out: not taken */
};

/* Takes the rows that need no second thought; those that do (known already, awaited by an intent, joining conversations, twice in here) are left to
 * store_placement_put. Commits now and then (store_breathe) and does not wait for the disk: a server tells it all again.
 * people: takes who wrote them, for the caller to write later; NULL: they are written with the rows. sieve: knows which ids are new; NULL: the store is asked. */
bool store_bulk_put(store *store, int64_t folder_id, struct bulk_row *rows, size_t count, people_ledger *people, id_sieve *sieve,
                    size_t *left_out, GError **error);
