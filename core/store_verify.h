/* SPDX-License-Identifier: MIT */
/* What the store believes the server has, to be held against what the server says. */
#pragma once
#include "core/store.h"

/* One message of a folder, by its number there. */
struct known_flags {
    uint32_t uid;
    unsigned flags; /* enum message_flag, as the server told them last */
};
struct known_identity {
    uint32_t uid;
    int64_t size_bytes, received_utc; /* 0: not known */
    int64_t id_hash;                  /* of its Message-ID (store_hash); 0: it has none */
};

/* How many messages the server should have there: those known by number, and those moved or deleted away here that it has not heard of yet. */
bool store_verify_count(store *store, int64_t folder_id, int64_t *count_out, GError **error);
/* The highest number known there, 0: none. */
bool store_verify_last_uid(store *store, int64_t folder_id, uint32_t *uid_out, GError **error);
/* Is anything on its way out of, into, or within the folder, so that its counts may differ from the server's? */
bool store_verify_is_settled(store *store, int64_t folder_id);
/* Messages put there that wait for their number, and that no wish speaks of: of int64_t, placements. Caller frees; NULL with error. */
GArray *store_verify_waiting(store *store, int64_t folder_id, GError **error);
/* After every number of the folder was seen: those of them (NULL: all) that wait there still go. It does not have them; another client took them. */
bool store_verify_forget_waiting(store *store, int64_t folder_id, const GArray *waiting, GError **error);
/* Ascending; of struct known_flags, struct known_identity. Caller frees; NULL with error. */
GArray *store_verify_flags(store *store, int64_t folder_id, GError **error);
GArray *store_verify_identities(store *store, int64_t folder_id, GError **error);
/* Of struct known_identity: the last count numbers, highest first. Caller frees; NULL with error. */
GArray *store_verify_newest(store *store, int64_t folder_id, unsigned count, GError **error);
/* Does a wish that waits speak of a number of this folder? */
bool store_verify_has_wishes(store *store, int64_t folder_id);
/* The number is another message's now (a server that went back to a backup). The row goes, or waits to be found again by its Message-ID where a
 * person's unsent wishes speak of it. */
bool store_verify_forget_uid(store *store, int64_t folder_id, uint32_t uid, GError **error);
/* Whatever change number was told of it before: what is told next is taken. uid 0: of all. */
bool store_verify_forget_modseq(store *store, int64_t folder_id, uint32_t uid, GError **error);
/* No wish that waits may use the numbers of this folder any more: each message is looked for by its Message-ID. */
bool store_verify_forget_wishes(store *store, int64_t folder_id, GError **error);
