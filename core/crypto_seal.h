/* SPDX-License-Identifier: MIT */
/* Signing and encrypting a finished message (compose_build), with keys chosen by address. Not on the UI's thread; see core/crypto.h. */
#pragma once
#include "core/crypto.h"

enum crypto_key_state {
    CRYPTO_KEY_GOOD,
    CRYPTO_KEY_SEVERAL,   /* the newest of those that are trusted alike was taken */
    CRYPTO_KEY_UNTRUSTED, /* usable, but nobody has said whose it is */
    CRYPTO_KEY_EXPIRED,   /* from here on: not usable */
    CRYPTO_KEY_REVOKED,
    CRYPTO_KEY_UNROOTED, /* a certificate: gpgsm does not trust who gave it, and takes it for nothing */
    CRYPTO_KEY_NONE
};
struct crypto_key {
    char *address;
    char *fingerprint; /* NULL: not usable */
    enum crypto_key_state state;
    char *words;    /* what a person should know; NULL: all is well */
    char *path;     /* the key is in this file, not in the keyring (core/autocrypt); NULL: it is in the keyring */
    bool is_mutual; /* such a key: they wish to be written to encrypted */
};
void crypto_key_free(struct crypto_key *key);
/* For encrypting to an address, or (is_own) for signing as it. wanted: fingerprint or key id that a person wrote down; NULL. Never NULL. */
struct crypto_key *crypto_key_choose(crypto *self, enum crypto_protocol protocol, const char *address, bool is_own, const char *wanted);

/* What came with their mail, where the keyring has nothing: OpenPGP, for encrypting. NULL: nothing usable came. */
struct crypto_key *crypto_key_of_peer(crypto *self, const char *address);

struct crypto_wishes {
    enum crypto_protocol protocol;
    bool is_signed, is_encrypted;
    bool only_if_possible; /* encrypt only where there is a good key for everybody */
    bool takes_doubts;     /* the person has read the warnings */
    bool has_autocrypt;    /* one's own OpenPGP key goes along in the header, and keys that came so are used where the keyring has none */
    bool is_mutual;        /* and the header says that one wishes to be written to encrypted */
    bool has_hidden;       /* somebody gets it whom the others must not see: no key is named in it */
    const char *sender;    /* address */
    const char *own_key;   /* wanted, as of crypto_key_choose */
    const char *const *recipients; /* addresses, NULL-terminated */
};
struct crypto_sealed {
    GBytes *bytes;       /* NULL: it was not done; words say why */
    GPtrArray *warnings; /* of char*; not empty: nothing was done, the person is asked; then again with takes_doubts */
    char *words;         /* what was done, or why not */
    bool is_encrypted;
};
struct crypto_sealed *crypto_seal(crypto *self, GBytes *letter, const struct crypto_wishes *wishes);
void crypto_sealed_free(struct crypto_sealed *sealed);
