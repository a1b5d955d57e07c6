/* SPDX-License-Identifier: MIT */
/* Who wrote, gathered while many messages are stored: a person who wrote a thousand of them is one row that is counted once. One thread. */
#pragma once
#include "core/store_message.h"

typedef struct people_ledger people_ledger;

people_ledger *people_ledger_new(void);
void people_ledger_free(people_ledger *ledger); /* what was not written is forgotten; NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(people_ledger, people_ledger_free)

void people_ledger_note(people_ledger *ledger, const struct message_info *info); /* the sender's, copied */
/* Time to write: it has grown, or much was noted since. */
bool people_ledger_is_full(const people_ledger *ledger);
/* Into the contacts, in a transaction; empty afterwards, except on an error. */
bool people_ledger_write(people_ledger *ledger, store *store, GError **error);
