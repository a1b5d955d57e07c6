/* SPDX-License-Identifier: MIT */
/* Every Message-ID that was seen or referred to, and the conversation it belongs to (table message_refs). A tree ordered by a hash takes each new row on a page
 * of its own, and the more pages there are the more of them a commit writes. So it is kept in parts, one for every 65 536 messages that came: a row's key is the
 * number of its part above the low 56 bits of the hash, and what is written stays within the newest part however large the store is. An id lies in one part
 * only, the one in which it was met first; all are looked through for it (16 in a store of a million). */
#pragma once
#include "core/store.h"

/* SQL. The keys that an id of that hash may have, as a list for IN; the part in which a message notes what it meets. */
#define MESSAGE_REF_BITS       "0xffffffffffffff"
#define MESSAGE_REF_KEYS(hash) "(SELECT base | (" hash " & " MESSAGE_REF_BITS ") FROM ref_parts)"
#define MESSAGE_REF_PART(id)   "(min(" id " >> 16, 127) << 56)"

struct message_ref {
    int64_t key;
    int64_t thread_id;  /* 0: the id is not known */
    int64_t message_id; /* the first that has it; 0: it is only referred to */
};

/* The part in which a message notes what it meets, as the bits above the hash; the key there. */
int64_t message_ref_part(int64_t message_id);
int64_t message_ref_key(int64_t hash, int64_t message_id);
int64_t message_ref_part_of(int64_t key);
bool message_ref_read(store *store, int64_t hash, struct message_ref *ref_out, GError **error);
/* An id that is not known, met by that message, which is new. In a transaction, as the next two; once for all ids message_ref_part_grew. */
bool message_ref_add(store *store, int64_t hash, int64_t thread_id, int64_t message_id, GError **error);
/* The message has this id: the first is named by the row, others are twins (table message_twins). */
bool message_ref_name(store *store, int64_t key, int64_t hash, int64_t message_id, GError **error);
/* Rows were added to the part: tells those who remember what is there (core/id_sieve). */
bool message_ref_part_grew(store *store, int64_t part, GError **error);
