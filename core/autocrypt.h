/* SPDX-License-Identifier: MIT */
/* Autocrypt (autocrypt.org, level 1): keys that came in the header of somebody's mail, kept apart from the person's own keyring. Nothing is believed of
 * them but that they came with mail from that address; gossip (what one says of another's key) is not read at all. */
#pragma once
#include "core/message.h"

struct autocrypt_peer {
    char *address;      /* in lower case */
    char *path;         /* the key, as OpenPGP packets */
    char *path_before;  /* the one before it; NULL: it was always this */
    bool is_mutual;     /* they wish to be written to encrypted, if one wishes that too */
    int64_t seen_utc;   /* of the newest message from there */
    int64_t keyed_utc;  /* of the newest message with this key */
    int64_t change_utc; /* when it took the place of the one before; 0: never */
};
typedef struct autocrypt_peer autocrypt_peer;
void autocrypt_peer_free(autocrypt_peer *peer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(autocrypt_peer, autocrypt_peer_free)

/* What the header of a message says of its sender's key is kept, if it is newer than what is known. False: it says nothing that counts. */
bool autocrypt_notice(const message *letter);
/* The key in that header, by the same rules; whether it is kept does not matter. NULL: none. Caller unrefs. */
GBytes *autocrypt_key(const message *letter);
autocrypt_peer *autocrypt_peer_load(const char *address); /* NULL: no key came from there */

/* "addr=…; prefer-encrypt=mutual; keydata=…": false: not to be used (other rules say: as if it was not there). The results are the caller's. */
bool autocrypt_header_read(const char *value, char **address_out, bool *is_mutual_out, GBytes **key_out);
