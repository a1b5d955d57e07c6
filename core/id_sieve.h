/* SPDX-License-Identifier: MIT */
/* Which Message-IDs the store has surely never met, without asking it: for a backfill, whose messages are nearly all new. A Bloom filter over the keys of
 * message_refs in 4 MB: at 2 000 000 ids about one new id of 60 is asked for in vain, beyond that more are. One thread. */
#pragma once
#include "core/store.h"

typedef struct id_sieve id_sieve;

id_sieve *id_sieve_new(void);
void id_sieve_free(id_sieve *sieve); /* NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(id_sieve, id_sieve_free)

/* Reads all ids that are there, once it pays: a store that is large is asked for some ids first. Outside a transaction, for that may take 0.2 s. */
bool id_sieve_fill(id_sieve *sieve, store *store, GError **error);
/* Inside a transaction, before the first question: what others have noted since. */
bool id_sieve_follow(id_sieve *sieve, store *store, GError **error);
/* False: it may be known. */
bool id_sieve_is_new(id_sieve *sieve, int64_t hash);
void id_sieve_add(id_sieve *sieve, int64_t hash);
/* The caller has told the store of a part that grew by what it added (message_ref_part_grew). */
void id_sieve_count_own(id_sieve *sieve);
/* What the caller told the store was rolled back: all is read again before the next question is answered. */
void id_sieve_forget(id_sieve *sieve);
