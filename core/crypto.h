/* SPDX-License-Identifier: MIT */
/* Signed and encrypted mail (OpenPGP, S/MIME) by GPGME: what a message's signatures say of exactly which bytes, and what it contains when it is opened.
 *
 * GnuPG is other programs: every call may take long, so none is made on the UI's thread. Nothing here asks the network, and nothing asks a person: what
 * needs a passphrase says so, and is done again with it. What was decrypted is in memory only. */
#pragma once
#include "core/message.h"

enum crypto_protocol { CRYPTO_OPENPGP, CRYPTO_SMIME };
/* From good to bad. Only the first is "signed by whom the message says it is from". */
enum crypto_state {
    CRYPTO_GOOD,      /* right, by a key that the keyring trusts to be the sender's */
    CRYPTO_OTHER,     /* right, by a trusted key of another address than the sender's */
    CRYPTO_UNTRUSTED, /* right, by a key of which nobody has said whose it is */
    CRYPTO_EXPIRED,   /* right, but it or its key is out of date */
    CRYPTO_UNCHECKED, /* could not be checked; words say why */
    CRYPTO_NO_KEY,    /* not checked: whose key it is, is not known here */
    CRYPTO_REVOKED,   /* its key was taken back */
    CRYPTO_BAD        /* what is shown is not what was signed */
};
struct crypto_signature {
    enum crypto_protocol protocol;
    enum crypto_state state;
    char *signer;       /* the user id, or the owner of the certificate; NULL: not known */
    char *address;      /* of the signer; NULL */
    char *fingerprint;  /* NULL */
    char *issuer;       /* of the certificate; NULL */
    bool is_trusted;    /* the keyring (or the chain) says whose it is */
    bool is_senders;    /* a trusted name of the key has the address in From */
    bool claims_sender; /* the key names the sender's address, whether or not anybody confirms it */
    int64_t made_utc;
    char *words; /* one sentence for a person */
};
void crypto_signature_free(struct crypto_signature *signature);

/* What lies around all of the message, outermost first. */
struct crypto_layer {
    enum crypto_protocol protocol;
    bool is_encrypted; /* else signed */
    bool is_open;      /* encrypted: it was decrypted; signed: the form is right, and there is something to show */
    bool needs_passphrase;
    GPtrArray *signatures; /* of struct crypto_signature*; also those found inside the encryption */
    char *words;           /* encrypted: whether and how it was opened; signed: why nothing could be checked; NULL */
};

/* One visit to GnuPG. One thread at a time, but for crypto_cancel. */
typedef struct crypto crypto;
crypto *crypto_new(void);
void crypto_free(crypto *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(crypto, crypto_free)
void crypto_set_passphrase(crypto *self, const char *passphrase); /* copied, and wiped when freed; NULL: none */
void crypto_set_deadline(crypto *self, int timeout_ms);           /* from now; default: a minute */
void crypto_cancel(crypto *self);                                 /* from any thread; what runs ends within a moment */
/* What a passphrase was asked for ("Ada <ada@…>"), and whether the one that was set was wrong. False: it was not asked for. */
bool crypto_needs_passphrase(const crypto *self, const char **whose_out, bool *is_wrong_out);

struct crypto_reading {
    message *letter;   /* what is to be shown: read from exactly the bytes inside of all layers that are open; else the message itself */
    GPtrArray *layers; /* of struct crypto_layer* */
    GPtrArray *signatures; /* of struct crypto_signature*, over parts only */
    GPtrArray
        *parts; /* of struct crypto_layer*: parts that are encrypted among others; what they contain stands in the letter's text, alone */
    bool is_decrypted; /* the letter was encrypted: it is never written to a disk */
    bool has_more;     /* more signed parts than were checked */
    char *warning;     /* the protected header says something else than the outer one; NULL */
};
/* A message that has nothing to check or to open comes back as it is. Never fails: what cannot be done is said in words. */
struct crypto_reading *crypto_read(crypto *self, message *letter /* taken */, bool may_decrypt);
void crypto_reading_free(struct crypto_reading *reading);
typedef struct crypto_reading crypto_reading;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(crypto_reading, crypto_reading_free)
bool crypto_is_wanted(const message *letter); /* is there anything for crypto_read to do? Cheap. */
/* The best that can be said of all of the message: NULL: nothing covers it. Borrowed. */
const struct crypto_signature *crypto_covering(const struct crypto_reading *reading);
