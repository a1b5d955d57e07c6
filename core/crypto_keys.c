/* SPDX-License-Identifier: MIT */
/* Which key belongs to an address, and what is to be said about it. */
#include "core/crypto_private.h"
#include "core/crypto_seal.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define KEYS_MAX 200u

void crypto_key_free(struct crypto_key *self)
{
    if (self == NULL)
        return;
    g_free(self->address);
    g_free(self->fingerprint);
    g_free(self->words);
    g_free(self->path);
    g_free(self);
}

/* What is known of one key for one address; smaller is better. */
struct candidate {
    enum crypto_key_state state;
    gpgme_validity_t validity;
    int64_t made_utc;
    char *fingerprint;
    char *issuer, *issuer_print; /* of CRYPTO_KEY_UNROOTED: who gave it, and which certificate that is; may be NULL */
};

static void candidate_clear(struct candidate *self)
{
    g_free(self->fingerprint);
    g_free(self->issuer);
    g_free(self->issuer_print);
}

static bool id_has(gpgme_user_id_t id, const char *address)
{
    const char *given = id->address != NULL && *id->address != '\0' ? id->address : id->email;
    if (given == NULL)
        return false;
    given += *given == '<';
    size_t length = strcspn(given, ">");
    return length == strlen(address) && g_ascii_strncasecmp(given, address, length) == 0;
}

/* A key that a person wrote down needs no address in it. */
static gpgme_user_id_t id_for(gpgme_key_t key, const char *address, bool is_wanted)
{
    gpgme_user_id_t id = key->uids;
    for (unsigned i = 0; id != NULL && i < KEYS_MAX; id = id->next, i++)
        if (id_has(id, address) && !id->revoked && !id->invalid)
            return id;
    return is_wanted ? key->uids : NULL;
}

static enum crypto_key_state state_of(gpgme_key_t key, gpgme_user_id_t id, bool is_own)
{
    bool can = is_own ? key->can_sign : key->can_encrypt;
    if (key->revoked)
        return CRYPTO_KEY_REVOKED;
    if (key->expired)
        return CRYPTO_KEY_EXPIRED;
    if (!can || key->disabled || key->invalid)
        return CRYPTO_KEY_NONE;
    bool is_pgp = key->protocol == GPGME_PROTOCOL_OpenPGP;
    return is_own || id->validity >= (is_pgp ? GPGME_VALIDITY_MARGINAL : GPGME_VALIDITY_FULL) ? CRYPTO_KEY_GOOD : CRYPTO_KEY_UNTRUSTED;
}

static bool is_better(const struct candidate *one, const struct candidate *other)
{
    if (one->state != other->state)
        return one->state < other->state;
    return one->validity != other->validity ? one->validity > other->validity : one->made_utc > other->made_utc;
}

/* gpgsm has the certificate, and would not take it. */
static bool is_unrooted(gpgme_key_t key, const char *address)
{
    bool is_out = key->protocol != GPGME_PROTOCOL_CMS || key->revoked || key->expired || key->disabled;
    gpgme_user_id_t id = key->uids;
    for (unsigned i = 0; !is_out && id != NULL && i < KEYS_MAX; id = id->next, i++)
        if (id_has(id, address) && id->invalid)
            return true;
    return false;
}

static void unrooted_take(gpgme_key_t key, struct candidate *best)
{
    candidate_clear(best);
    *best = (struct candidate){ .state = CRYPTO_KEY_UNROOTED,
                                .issuer = crypto_dn_words(key->issuer_name, true),
                                .issuer_print = g_strdup(key->chain_id) };
}

/* The best of all, and whether another is as good. */
static void candidate_look(gpgme_key_t key, const char *address, bool is_own, bool is_wanted, struct candidate *best, bool *has_equal)
{
    gpgme_user_id_t id = id_for(key, address, is_wanted);
    const char *fingerprint = key->subkeys != NULL ? key->subkeys->fpr : NULL;
    if (id == NULL && best->state == CRYPTO_KEY_NONE && is_unrooted(key, address))
        unrooted_take(key, best);
    if (id == NULL || fingerprint == NULL)
        return;
    struct candidate here = { .state = state_of(key, id, is_own), .validity = id->validity, .made_utc = (int64_t)key->subkeys->timestamp };
    bool is_usable = here.state <= CRYPTO_KEY_UNTRUSTED;
    *has_equal = is_usable && here.state == best->state && here.validity == best->validity ? true
                 : is_better(&here, best)                                                  ? false
                                                                                           : *has_equal;
    if (!is_better(&here, best) && best->state != CRYPTO_KEY_NONE)
        return;
    candidate_clear(best);
    *best = here;
    best->fingerprint = g_strdup(fingerprint);
}

static char *unrooted_words(const char *address, const struct candidate *found)
{
    g_autoptr(GString) print = g_string_new(NULL);
    for (const char *at = found->issuer_print; at != NULL && *at != '\0'; at++)
        g_string_append_printf(print, "%s%c", print->len > 0 && (at - found->issuer_print) % 2 == 0 ? ":" : "", *at);
    return g_strdup_printf(
        _("The certificate of %s is here, but it was given by %s, which is not trusted on this computer. If you trust it, compare "
          "its fingerprint and write that, with a blank and an S behind it, on a line of ~/.gnupg/trustlist.txt: %s"),
        address, found->issuer != NULL ? found->issuer : "?", print->str);
}

static char *words_of(const struct crypto_key *key, bool is_own)
{
    const char *print = key->fingerprint != NULL ? key->fingerprint : "";
    switch (key->state) {
    case CRYPTO_KEY_GOOD:
        return NULL;
    case CRYPTO_KEY_SEVERAL:
        return is_own ? NULL : g_strdup_printf(_("There are several keys of %s; the newest is taken (%s)."), key->address, print);
    case CRYPTO_KEY_UNTRUSTED:
        return g_strdup_printf(_("Nobody has confirmed that the key %s is really that of %s."), print, key->address);
    case CRYPTO_KEY_EXPIRED:
        return g_strdup_printf(_("The key of %s is out of date."), key->address);
    case CRYPTO_KEY_REVOKED:
        return g_strdup_printf(_("The key of %s was taken back by its owner."), key->address);
    case CRYPTO_KEY_UNROOTED:
    case CRYPTO_KEY_NONE:
        break;
    }
    return g_strdup_printf(is_own
                               ? _("There is no key here to sign with as %s: gpg --quick-generate-key makes one (OpenPGP), gpgsm --import "
                                   "takes in a certificate (S/MIME).")
                               : _("There is no key of %s here: ask for it; :import-key takes in one that came with mail."),
                           key->address);
}

struct crypto_key *crypto_key_choose(crypto *self, enum crypto_protocol protocol, const char *address, bool is_own, const char *wanted)
{
    g_autofree char *why = NULL;
    struct crypto_key *made = g_new0(struct crypto_key, 1);
    struct candidate best = { .state = CRYPTO_KEY_NONE, .validity = GPGME_VALIDITY_UNKNOWN };
    g_autofree char *pattern = protocol == CRYPTO_SMIME && wanted == NULL ? g_strdup(address) : g_strdup_printf("<%s>", address);
    g_auto(gpgme_ctx_t) context = crypto_begin(self, protocol, &why);
    bool has_equal = false;
    made->address = g_strdup(address);
    gpgme_key_t key = NULL;
    if (context != NULL && protocol == CRYPTO_SMIME)
        gpgme_set_keylist_mode(context, GPGME_KEYLIST_MODE_LOCAL | GPGME_KEYLIST_MODE_VALIDATE);
    if (context != NULL && gpgme_op_keylist_start(context, wanted != NULL ? wanted : pattern, is_own) == 0) {
        for (unsigned i = 0; i < KEYS_MAX && !crypto_is_over(self) && gpgme_op_keylist_next(context, &key) == 0; i++) {
            candidate_look(key, address, is_own, wanted != NULL, &best, &has_equal);
            gpgme_key_unref(key);
        }
        gpgme_op_keylist_end(context);
    }
    made->state = best.state == CRYPTO_KEY_GOOD && has_equal ? CRYPTO_KEY_SEVERAL : best.state;
    made->fingerprint = made->state <= CRYPTO_KEY_UNTRUSTED ? g_steal_pointer(&best.fingerprint) : NULL;
    made->words = why != NULL                         ? g_steal_pointer(&why)
                  : best.state == CRYPTO_KEY_UNROOTED ? unrooted_words(address, &best)
                                                      : words_of(made, is_own);
    candidate_clear(&best);
    return made;
}
