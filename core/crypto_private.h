/* SPDX-License-Identifier: MIT */
/* Between core/crypto_*.c: visits to GnuPG with limits, and what comes of them. */
#pragma once
#include "core/crypto.h"
#include <gpgme.h>

#define CRYPTO_PLAIN_BYTES_MAX ((size_t)64 * 1024 * 1024) /* decrypted: a small message can become endless */
#define CRYPTO_CHECKS_MAX      16u                        /* signed parts of one message, and signatures of one part, that are looked at */
#define CRYPTO_LAYERS_MAX      5u

/* --- core/crypto_gnupg.c --- */
/* Ready for one operation; NULL with words (GnuPG is missing, too old, or has no keys here). Caller releases it. */
gpgme_ctx_t crypto_begin(crypto *self, enum crypto_protocol protocol, char **why_out);
bool crypto_is_over(const crypto *self);     /* cancelled, or the deadline has passed */
char *crypto_error_words(gpgme_error_t why); /* GnuPG's own words; caller frees */
bool crypto_asks_for_passphrase(const crypto *self);
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gpgme_ctx_t, gpgme_release, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gpgme_data_t, gpgme_data_release, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gpgme_key_t, gpgme_key_unref, NULL)
/* Bytes that are read, and seen to be. */
struct crypto_source {
    crypto *visit;
    const char *bytes;
    size_t size, at;
};
gpgme_data_t crypto_source_data(struct crypto_source *source); /* NULL: no memory */
/* Bytes that grow up to a limit; then writing fails. */
struct crypto_sink {
    crypto *visit;
    GByteArray *bytes;
    size_t bytes_max;
    bool is_full;
};
/* Around one operation, so that crypto_cancel finds it; leave gives back what it is given. */
void crypto_enter(crypto *self, gpgme_ctx_t context);
gpgme_error_t crypto_leave(crypto *self, gpgme_error_t why);
gpgme_data_t crypto_sink_data(struct crypto_sink *sink); /* NULL: no memory */
void crypto_wipe(GByteArray *bytes);                     /* and frees */

/* The passphrase that was set; NULL. Borrowed. */
const char *crypto_passphrase_given(const crypto *self);
/* A key wants one, or another: the operation ends, and a person is asked. */
void crypto_note_locked(crypto *self, const char *whose, bool is_wrong);

/* --- core/crypto_agent.c --- */
enum crypto_lock {
    CRYPTO_LOCK_NONE,  /* no key of ours is concerned */
    CRYPTO_UNLOCKED,   /* gpgsm can use it now */
    CRYPTO_LOCKED,     /* it wants a passphrase: crypto_needs_passphrase knows */
    CRYPTO_LOCK_STUCK, /* it cannot be opened from here; words say why */
};
void crypto_tame_gpgsm(void); /* once, when the program starts to use GPGME */
bool crypto_gpgsm_is_tame(void);
enum crypto_lock crypto_unlock(crypto *self, gpgme_key_t key, char **words_out);
enum crypto_lock crypto_unlock_recipient(crypto *self, gpgme_recipient_t recipients, char **words_out);

/* --- core/crypto_verify.c --- */
/* Of struct crypto_signature*; never empty. plain_out: for signatures that hold what they sign; else NULL. */
GPtrArray *crypto_verify_detached(crypto *self, enum crypto_protocol protocol, const char *bytes, size_t size, const void *signature,
                                  size_t signature_size, const char *from);
GPtrArray *crypto_verify_opaque(crypto *self, enum crypto_protocol protocol, const char *bytes, size_t size, const char *from,
                                GByteArray **plain_out);
GPtrArray *crypto_signatures_of(crypto *self, gpgme_ctx_t context, enum crypto_protocol protocol, const char *from);
char *crypto_dn_words(const char *dn, bool has_house); /* of a certificate's long name what people read: "Try CA, Example"; caller frees */
struct crypto_signature *crypto_unchecked(enum crypto_protocol protocol, char *words /* taken */);
GPtrArray *crypto_signatures_new(void);

/* --- core/crypto_decrypt.c --- */
/* NULL: layer->words say why. The layer's signatures are those inside. */
GByteArray *crypto_decrypt(crypto *self, const char *bytes, size_t size, const char *from, struct crypto_layer *layer);

/* --- core/crypto_armor.c --- */
struct crypto_armor {
    const char *begin, *end;
    bool is_encrypted;
};
/* The first block of the text that has an end. */
bool crypto_armor_find(const char *text, struct crypto_armor *armor_out);

/* --- core/crypto_inside.c --- */
/* The message that a person is shown: the outer fields about delivery, the inner ones about content; caller frees. */
message *crypto_message_inside(const message *outer, const char *entity, size_t size, bool is_encrypted, char **warning_out);
/* Lines end with CRLF, as signatures want them. */
GByteArray *crypto_canonical(const char *bytes, size_t size);

/* --- core/crypto_reading.c --- */
struct crypto_reading *crypto_reading_new(message *letter /* taken */);
struct crypto_layer *crypto_layer_new(GPtrArray *list, enum crypto_protocol protocol, bool is_encrypted); /* belongs to the list */
/* Of struct crypto_signature*: a bad one, else the best; NULL: there is none. Borrowed. */
const struct crypto_signature *crypto_best_of(const GPtrArray *signatures);
