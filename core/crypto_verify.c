/* SPDX-License-Identifier: MIT */
/* Signatures: what GnuPG says of them, held against the address that the message claims to come from. Only GPGME's results count, never text. */
#include "core/crypto_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define USER_IDS_MAX   500
#define NAME_BYTES_MAX 200

void crypto_signature_free(struct crypto_signature *self)
{
    if (self == NULL)
        return;
    g_free(self->signer);
    g_free(self->address);
    g_free(self->fingerprint);
    g_free(self->issuer);
    g_free(self->words);
    g_free(self);
}

static void free_signature(gpointer data)
{
    crypto_signature_free(data);
}

GPtrArray *crypto_signatures_new(void)
{
    return g_ptr_array_new_with_free_func(free_signature);
}

struct crypto_signature *crypto_unchecked(enum crypto_protocol protocol, char *words)
{
    struct crypto_signature *self = g_new0(struct crypto_signature, 1);
    self->protocol = protocol;
    self->state = CRYPTO_UNCHECKED;
    self->words = words;
    return self;
}

static GPtrArray *only_unchecked(enum crypto_protocol protocol, char *words /* taken */)
{
    GPtrArray *list = crypto_signatures_new();
    g_ptr_array_add(list, crypto_unchecked(protocol, words));
    return list;
}

/* --- whose key it is --- */

/* Names in keys are anybody's words: no line breaks, no controls, no turned direction, no marks that look like ours, not endless. */
static char *name_clean(const char *name)
{
    g_autofree char *valid = g_utf8_make_valid(name != NULL ? name : "", -1);
    g_autoptr(GString) clean = g_string_new(NULL);
    for (const char *at = valid; *at != '\0' && clean->len < NAME_BYTES_MAX; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        GUnicodeType type = g_unichar_type(c);
        bool is_odd = type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_LINE_SEPARATOR ||
                      type == G_UNICODE_PARAGRAPH_SEPARATOR || type == G_UNICODE_OTHER_SYMBOL || type == G_UNICODE_PRIVATE_USE;
        g_string_append_unichar(clean, is_odd ? '?' : c);
    }
    return *clean->str != '\0' ? g_strdup(clean->str) : NULL;
}

/* "ada@example.test" or, of certificates, "<ada@example.test>"; caller frees; NULL: none. */
static char *address_of(gpgme_user_id_t id)
{
    const char *address = id->address != NULL && *id->address != '\0' ? id->address : id->email;
    if (address == NULL || strchr(address, '@') == NULL)
        return NULL;
    address += *address == '<';
    g_autofree char *bare = g_strndup(address, strcspn(address, ">"));
    return name_clean(bare);
}

static bool id_is_trusted(gpgme_user_id_t id, bool is_pgp)
{
    return !id->revoked && !id->invalid && (!is_pgp || id->validity >= GPGME_VALIDITY_MARGINAL);
}

/* Of "OU=Sales,CN=Ada \\, Countess,O=Example": the value that kind has; NULL: none that can be read. Caller frees. */
static char *dn_value(const char *dn, const char *kind)
{
    for (const char *at = dn; *at != '\0';) {
        g_autoptr(GString) value = g_string_new(NULL);
        const char *end = at;
        for (; *end != '\0' && *end != ','; end++) {
            end += *end == '\\' && end[1] != '\0';
            g_string_append_c(value, *end);
        }
        size_t length = strlen(kind);
        if (g_ascii_strncasecmp(value->str, kind, length) == 0 && value->str[length] == '=' && value->str[length + 1] != '#')
            return g_strdup(value->str + length + 1);
        at = *end == ',' ? end + 1 : end;
    }
    return NULL;
}

/* What people call themselves in a certificate, or who gave it: "Try CA, Example". */
char *crypto_dn_words(const char *dn, bool has_house)
{
    g_autofree char *name = dn != NULL ? dn_value(dn, "CN") : NULL, *house = dn != NULL ? dn_value(dn, "O") : NULL;
    if (name == NULL && (house == NULL || !has_house))
        return name_clean(dn);
    bool has_both = name != NULL && house != NULL && has_house && strcmp(name, house) != 0;
    g_autofree char *words = has_both ? g_strdup_printf("%s, %s", name, house) : g_strdup(name != NULL ? name : house);
    return name_clean(words);
}

/* The name with the sender's address if the key has it trusted, else the first. Names that the key's owner alone gave do not count. */
static void take_names(struct crypto_signature *self, gpgme_key_t key, const char *from)
{
    bool is_pgp = self->protocol == CRYPTO_OPENPGP;
    gpgme_user_id_t id = key->uids;
    for (int i = 0; id != NULL && i < USER_IDS_MAX; id = id->next, i++) {
        g_autofree char *address = address_of(id);
        bool is_trusted = id_is_trusted(id, is_pgp) && (is_pgp || self->is_trusted);
        bool is_senders = is_trusted && from != NULL && address != NULL && g_ascii_strcasecmp(address, from) == 0;
        if (is_pgp)
            self->is_trusted |= is_trusted;
        self->claims_sender |= from != NULL && address != NULL && g_ascii_strcasecmp(address, from) == 0;
        bool is_first_address = self->address == NULL && address != NULL && !id->revoked && !id->invalid;
        if (is_senders || self->signer == NULL || (is_first_address && !is_pgp)) {
            bool keeps_name = !is_pgp && self->signer != NULL; /* the first of a certificate is its owner, the others are addresses */
            if (!keeps_name) {
                g_free(self->signer);
                self->signer = is_pgp ? name_clean(id->uid) : crypto_dn_words(id->uid, false);
            }
        }
        if (is_senders || is_first_address) {
            g_free(self->address);
            self->address = g_steal_pointer(&address);
        }
        self->is_senders |= is_senders;
        if (is_senders)
            break;
    }
    self->issuer = is_pgp ? NULL : crypto_dn_words(key->issuer_name, true);
}

/* --- what it is worth --- */

static enum crypto_state state_of(const struct crypto_signature *self, gpgme_signature_t result)
{
    gpgme_err_code_t code = gpgme_err_code(result->status);
    bool is_right = code == GPG_ERR_NO_ERROR || code == GPG_ERR_SIG_EXPIRED || code == GPG_ERR_KEY_EXPIRED || code == GPG_ERR_CERT_REVOKED;
    if (code == GPG_ERR_BAD_SIGNATURE)
        return CRYPTO_BAD;
    if (code == GPG_ERR_NO_PUBKEY || (result->summary & GPGME_SIGSUM_KEY_MISSING))
        return CRYPTO_NO_KEY;
    if (code == GPG_ERR_CERT_REVOKED || (result->summary & GPGME_SIGSUM_KEY_REVOKED))
        return CRYPTO_REVOKED;
    if (!is_right)
        return CRYPTO_UNCHECKED;
    if (code != GPG_ERR_NO_ERROR || (result->summary & (GPGME_SIGSUM_KEY_EXPIRED | GPGME_SIGSUM_SIG_EXPIRED)))
        return CRYPTO_EXPIRED;
    if (!self->is_trusted)
        return CRYPTO_UNTRUSTED;
    return self->is_senders ? CRYPTO_GOOD : CRYPTO_OTHER;
}

static char *key_words(const struct crypto_signature *self)
{
    size_t length = self->fingerprint != NULL ? strlen(self->fingerprint) : 0;
    return g_strdup_printf("0x%s", length > 16 ? self->fingerprint + length - 16 : length > 0 ? self->fingerprint : "?");
}

static char *who_words(const struct crypto_signature *self)
{
    g_autofree char *key = key_words(self);
    bool has_address = self->signer != NULL && self->address != NULL && strstr(self->signer, self->address) == NULL;
    if (self->signer == NULL)
        return g_strdup(key);
    return g_strdup_printf("%s%s%s%s, %s", self->signer, has_address ? " <" : "", has_address ? self->address : "", has_address ? ">" : "",
                           key);
}

/* Of a certificate whose root nobody trusts: that it names another is said all the same. */
static char *untrusted_words(const struct crypto_signature *self, const char *who, const char *from)
{
    const char *issuer = self->issuer != NULL ? self->issuer : _("nobody");
    if (!self->claims_sender)
        return g_strdup_printf(_("by %s, which is not the address of the sender (%s); certified by %s, which is not trusted here"), who,
                               from != NULL ? from : _("nobody"), issuer);
    return g_strdup_printf(_("by %s; certified by %s, which is not trusted here"), who, issuer);
}

static char *words_of(const struct crypto_signature *self, gpgme_error_t why, const char *from)
{
    g_autofree char *who = who_words(self), *reason = crypto_error_words(why);
    const char *sender = from != NULL ? from : _("nobody");
    switch (self->state) {
    case CRYPTO_GOOD:
        return self->issuer != NULL ? g_strdup_printf(_("by %s; certified by %s"), who, self->issuer) : g_strdup_printf(_("by %s"), who);
    case CRYPTO_OTHER:
        return g_strdup_printf(_("by %s, which is not the address of the sender (%s)"), who, sender);
    case CRYPTO_UNTRUSTED:
        if (self->protocol == CRYPTO_SMIME)
            return untrusted_words(self, who, from);
        return g_strdup_printf(_("by a key that calls itself %s; nobody has confirmed whose it is"), who);
    case CRYPTO_EXPIRED:
        return g_strdup_printf(_("by %s, but the key or the signature is out of date"), who);
    case CRYPTO_REVOKED:
        return g_strdup_printf(_("by %s, a key that its owner has taken back"), who);
    case CRYPTO_NO_KEY:
        return g_strdup_printf(_("not checked: the key %s is not here"), who);
    case CRYPTO_BAD:
        return g_strdup_printf(_("WRONG: this is not what was signed with %s"), who);
    case CRYPTO_UNCHECKED:
        break;
    }
    return g_strdup_printf(_("not checked: %s"), reason);
}

/* Two texts with one sum can be made on purpose: whoever had the one signed can show the other. */
static bool is_weak_hash(gpgme_hash_algo_t hash)
{
    return hash == GPGME_MD_MD5 || hash == GPGME_MD_SHA1 || hash == GPGME_MD_MD2 || hash == GPGME_MD_MD4;
}

static void distrust_hash(struct crypto_signature *self, gpgme_hash_algo_t hash)
{
    bool is_right = self->state == CRYPTO_GOOD || self->state == CRYPTO_OTHER || self->state == CRYPTO_UNTRUSTED;
    if (!is_right || !is_weak_hash(hash))
        return;
    g_autofree char *who = who_words(self);
    const char *name = gpgme_hash_algo_name(hash);
    self->state = CRYPTO_UNCHECKED;
    g_free(self->words);
    self->words = g_strdup_printf(_("by %s, but made with %s, which can be forged: it proves nothing"), who, name != NULL ? name : "?");
}

static struct crypto_signature *signature_of(crypto *self, gpgme_ctx_t context, enum crypto_protocol protocol, gpgme_signature_t result,
                                             const char *from)
{
    struct crypto_signature *made = g_new0(struct crypto_signature, 1);
    g_auto(gpgme_key_t) key = NULL;
    made->protocol = protocol;
    made->fingerprint = name_clean(result->fpr);
    made->made_utc = (int64_t)result->timestamp;
    bool is_known = result->fpr != NULL && gpgme_err_code(result->status) != GPG_ERR_NO_PUBKEY && !crypto_is_over(self) &&
                    gpgme_get_key(context, result->fpr, &key, 0) == 0;
    made->is_trusted = protocol == CRYPTO_SMIME && gpgme_err_code(result->status) == GPG_ERR_NO_ERROR &&
                       (result->validity >= GPGME_VALIDITY_FULL || (result->summary & GPGME_SIGSUM_VALID));
    if (is_known)
        take_names(made, key, from);
    if (is_known && key->fpr != NULL && protocol == CRYPTO_OPENPGP) {
        g_free(made->fingerprint); /* of the key, not of its signing subkey: that is what people compare */
        made->fingerprint = name_clean(key->fpr);
    }
    made->state = state_of(made, result);
    made->words = words_of(made, result->status, from);
    distrust_hash(made, result->hash_algo);
    return made;
}

/* GPGME lists the results of the last operation; the names are asked for in another context. */
GPtrArray *crypto_signatures_of(crypto *self, gpgme_ctx_t context, enum crypto_protocol protocol, const char *from)
{
    gpgme_verify_result_t result = gpgme_op_verify_result(context);
    g_autofree char *why = NULL;
    g_auto(gpgme_ctx_t) lookup = result != NULL && result->signatures != NULL ? crypto_begin(self, protocol, &why) : NULL;
    GPtrArray *list = crypto_signatures_new();
    for (gpgme_signature_t each = result != NULL ? result->signatures : NULL; each != NULL && lookup != NULL; each = each->next) {
        if (list->len == CRYPTO_CHECKS_MAX) {
            g_ptr_array_add(list, crypto_unchecked(protocol, g_strdup(_("not checked: there are too many signatures"))));
            break;
        }
        g_ptr_array_add(list, signature_of(self, lookup, protocol, each, from));
    }
    return list;
}

/* --- checking --- */

static GPtrArray *verified(crypto *self, gpgme_ctx_t context, enum crypto_protocol protocol, gpgme_error_t why, const char *from)
{
    g_autoptr(GPtrArray) list = why == 0 ? crypto_signatures_of(self, context, protocol, from) : crypto_signatures_new();
    if (list->len > 0)
        return g_steal_pointer(&list);
    g_autofree char *reason = crypto_error_words(why != 0 ? why : gpgme_error(GPG_ERR_NO_DATA));
    return only_unchecked(protocol, g_strdup_printf(_("not checked: %s"), reason));
}

/* A whole signed message in the place of a signature over this one would be right, but of something else. */
static bool is_bare_signature(gpgme_data_t signature, enum crypto_protocol protocol)
{
    gpgme_data_type_t type = gpgme_data_identify(signature, 0);
    return protocol == CRYPTO_OPENPGP ? type == GPGME_DATA_TYPE_PGP_SIGNATURE : type == GPGME_DATA_TYPE_CMS_SIGNED;
}

GPtrArray *crypto_verify_detached(crypto *self, enum crypto_protocol protocol, const char *bytes, size_t size, const void *signature,
                                  size_t signature_size, const char *from)
{
    g_autofree char *why_not = NULL;
    struct crypto_source source = { self, bytes, size, 0 };
    g_auto(gpgme_data_t) text = crypto_source_data(&source), proof = NULL;
    g_auto(gpgme_ctx_t) context = crypto_begin(self, protocol, &why_not);
    if (context == NULL)
        return only_unchecked(protocol, g_strdup_printf(_("not checked: %s"), why_not));
    gpgme_error_t why = gpgme_data_new_from_mem(&proof, signature, signature_size, 0);
    if (why == 0 && !is_bare_signature(proof, protocol))
        return only_unchecked(protocol, g_strdup(_("not checked: what should be the signature is something else")));
    crypto_enter(self, context);
    if (why == 0)
        why = gpgme_op_verify(context, proof, text, NULL);
    why = crypto_leave(self, why);
    return verified(self, context, protocol, why, from);
}

GPtrArray *crypto_verify_opaque(crypto *self, enum crypto_protocol protocol, const char *bytes, size_t size, const char *from,
                                GByteArray **plain_out)
{
    g_autofree char *why_not = NULL;
    g_autoptr(GByteArray) plain = g_byte_array_new();
    struct crypto_sink sink = { .visit = self, .bytes = plain, .bytes_max = CRYPTO_PLAIN_BYTES_MAX };
    struct crypto_source source = { self, bytes, size, 0 };
    g_auto(gpgme_data_t) whole = crypto_source_data(&source), out = crypto_sink_data(&sink);
    g_auto(gpgme_ctx_t) context = crypto_begin(self, protocol, &why_not);
    if (context == NULL)
        return only_unchecked(protocol, g_strdup_printf(_("not checked: %s"), why_not));
    crypto_enter(self, context);
    gpgme_error_t why = gpgme_op_verify(context, whole, NULL, out);
    why = crypto_leave(self, why);
    GPtrArray *list = verified(self, context, protocol, why, from);
    if (why == 0 && !sink.is_full)
        *plain_out = g_steal_pointer(&plain);
    return list;
}
