/* SPDX-License-Identifier: MIT */
/* A finished message, signed and encrypted: the fields that people read go inside (RFC 9788), those that servers need stay outside. */
#include "core/crypto_seal.h"
#include "core/crypto_private.h"
#include "core/header_fields.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define SEALED_BYTES_MAX    ((size_t)256 * 1024 * 1024)
#define AUTOCRYPT_BYTES_MAX ((size_t)10 * 1024) /* what the specification wants of a header */
#define HIDDEN_SUBJECT      "[...]"

struct sealing {
    crypto *visit;
    const struct crypto_wishes *wishes;
    struct crypto_sealed *sealed;
    char *own_key;      /* fingerprint; NULL: not signing */
    GPtrArray *keys;    /* of char*: fingerprints, to encrypt to */
    GPtrArray *files;   /* of char*: keys that are in no keyring */
    GString *outer;     /* the fields outside */
    GByteArray *entity; /* what is inside */
    bool is_encrypting;
};

void crypto_sealed_free(struct crypto_sealed *self)
{
    if (self == NULL)
        return;
    g_clear_pointer(&self->bytes, g_bytes_unref);
    g_ptr_array_unref(self->warnings);
    g_free(self->words);
    g_free(self);
}

/* --- keys --- */

static void take_key(struct sealing *self, struct crypto_key *key /* taken */, GPtrArray *missing)
{
    bool is_agreed = key->path != NULL && key->is_mutual && self->wishes->is_mutual; /* both sides wish it: nothing to ask about */
    if (key->fingerprint == NULL)
        g_ptr_array_add(missing, g_strdup(key->words));
    else if (key->path != NULL)
        g_ptr_array_add(self->files, g_strdup(key->path));
    else
        g_ptr_array_add(self->keys, g_strdup(key->fingerprint));
    if (key->fingerprint != NULL && key->words != NULL && !is_agreed)
        g_ptr_array_add(self->sealed->warnings, g_strdup(key->words));
    crypto_key_free(key);
}

/* The keyring first, which is the person's own; what came with mail only where it has nothing at all. */
static struct crypto_key *key_for(struct sealing *self, const char *address)
{
    struct crypto_key *key = crypto_key_choose(self->visit, self->wishes->protocol, address, false, NULL);
    bool may_be_peers = key->state == CRYPTO_KEY_NONE && self->wishes->has_autocrypt && self->wishes->protocol == CRYPTO_OPENPGP;
    struct crypto_key *peers = may_be_peers ? crypto_key_of_peer(self->visit, address) : NULL;
    if (peers == NULL)
        return key;
    crypto_key_free(key);
    return peers;
}

/* False: somebody could not read it; words say who. */
static bool choose_recipients(struct sealing *self)
{
    g_autoptr(GPtrArray) missing = g_ptr_array_new_with_free_func(g_free);
    for (const char *const *each = self->wishes->recipients; *each != NULL; each++)
        take_key(self, key_for(self, *each), missing);
    struct crypto_key *own = crypto_key_choose(self->visit, self->wishes->protocol, self->wishes->sender, false, self->wishes->own_key);
    if (own->fingerprint != NULL)
        g_ptr_array_add(self->keys, g_strdup(own->fingerprint));
    else
        g_ptr_array_add(self->sealed->warnings, g_strdup(_("You have no key of your own: you will not be able to read what you sent.")));
    crypto_key_free(own);
    bool is_easy = missing->len == 0 && self->sealed->warnings->len == 0;
    if (self->wishes->only_if_possible && !is_easy) {
        g_ptr_array_set_size(self->sealed->warnings, 0);
        self->is_encrypting = false;
        return true;
    }
    g_ptr_array_add(missing, NULL);
    if (missing->len > 1)
        self->sealed->words = g_strjoinv(" ", (char **)missing->pdata);
    return missing->len == 1;
}

static bool choose_own(struct sealing *self)
{
    struct crypto_key *own = crypto_key_choose(self->visit, self->wishes->protocol, self->wishes->sender, true, self->wishes->own_key);
    self->own_key = g_strdup(own->fingerprint);
    if (own->fingerprint == NULL)
        self->sealed->words = g_strdup(own->words);
    crypto_key_free(own);
    return self->own_key != NULL;
}

/* --- what goes inside, what stays outside --- */

static bool is_content_field(const char *name)
{
    return g_ascii_strncasecmp(name, "Content-", 8) == 0;
}

/* Copied inside: what a person reads. */
static bool is_protected_field(const char *name)
{
    static const char *const names[] = { "From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Reply-To" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_ascii_strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

static void append(GByteArray *bytes, const char *text)
{
    g_byte_array_append(bytes, (const guint8 *)text, (guint)strlen(text));
}

/* The type says that the fields inside count. */
static void add_content_field(struct sealing *self, const char *field)
{
    bool is_type = g_ascii_strncasecmp(field, "Content-Type:", 13) == 0;
    g_autofree char *trimmed = g_strchomp(g_strdup(field));
    append(self->entity, trimmed);
    if (is_type)
        append(self->entity,
               self->is_encrypting ? ";\n\thp=\"cipher\"; protected-headers=\"v1\"" : ";\n\thp=\"clear\"; protected-headers=\"v1\"");
    append(self->entity, "\n");
}

/* What is told outside of a field that is hidden (RFC 9788, 2.2). */
static void add_outer_field(struct sealing *self, const char *name, const char *field)
{
    bool is_hidden = self->is_encrypting && g_ascii_strcasecmp(name, "Subject") == 0;
    g_autofree char *outside = is_hidden ? g_strdup("Subject: " HIDDEN_SUBJECT "\n") : g_strdup(field);
    g_string_append(self->outer, outside);
    if (!self->is_encrypting || !is_protected_field(name))
        return;
    append(self->entity, "HP-Outer: ");
    append(self->entity, outside);
}

static void split_letter(struct sealing *self, GBytes *letter)
{
    gsize size = 0;
    const char *bytes = g_bytes_get_data(letter, &size), *rest = NULL;
    g_autoptr(GArray) fields = header_fields_split(bytes, size, &rest);
    for (guint i = 0; i < fields->len; i++) {
        const struct header_field *each = &g_array_index(fields, struct header_field, i);
        g_autofree char *field = g_strndup(each->begin, (size_t)(each->end - each->begin));
        const char *colon = strchr(field, ':');
        g_autofree char *name = g_strndup(field, colon != NULL ? (size_t)(colon - field) : 0);
        if (colon == NULL || g_ascii_strcasecmp(name, "MIME-Version") == 0)
            continue;
        if (is_content_field(name)) {
            add_content_field(self, field);
            continue;
        }
        if (is_protected_field(name))
            append(self->entity, field);
        add_outer_field(self, name, field);
    }
    append(self->entity, "\n");
    if (rest != NULL)
        g_byte_array_append(self->entity, (const guint8 *)rest, (guint)(size - (size_t)(rest - bytes)));
    GByteArray *lines = crypto_canonical((const char *)self->entity->data, self->entity->len);
    crypto_wipe(self->entity);
    self->entity = lines;
}

/* --- Autocrypt --- */

static void append_key(GString *header, const GByteArray *key)
{
    g_autofree char *text = g_base64_encode(key->data, key->len);
    for (size_t at = 0, length = strlen(text); at < length; at += 72) {
        g_autofree char *line = g_strndup(text + at, 72);
        g_string_append_printf(header, "\n %s", line);
    }
    g_string_append_c(header, '\n');
}

/* The sender's own key, with as little as a key can have; nothing where there is none. Caller frees. */
static char *autocrypt_header(struct sealing *self)
{
    g_autofree char *why = NULL;
    g_autoptr(GByteArray) key = g_byte_array_new();
    g_autoptr(GString) header = g_string_new(NULL);
    struct crypto_sink sink = { .visit = self->visit, .bytes = key, .bytes_max = AUTOCRYPT_BYTES_MAX };
    struct crypto_key *own = crypto_key_choose(self->visit, CRYPTO_OPENPGP, self->wishes->sender, false,
                                               self->wishes->protocol == CRYPTO_OPENPGP ? self->wishes->own_key : NULL);
    g_auto(gpgme_data_t) out = crypto_sink_data(&sink);
    g_auto(gpgme_ctx_t) context = own->fingerprint != NULL ? crypto_begin(self->visit, CRYPTO_OPENPGP, &why) : NULL;
    if (context != NULL && gpgme_op_export(context, own->fingerprint, GPGME_EXPORT_MODE_MINIMAL, out) == 0 && key->len > 0) {
        g_string_printf(header, "Autocrypt: addr=%s;%s keydata=", self->wishes->sender,
                        self->wishes->is_mutual ? " prefer-encrypt=mutual;" : "");
        append_key(header, key);
    }
    crypto_key_free(own);
    return g_strdup(header->str);
}

/* In front of a message that needs nothing else. */
static GBytes *with_header(GBytes *letter, const char *header)
{
    gsize size = 0;
    const char *bytes = g_bytes_get_data(letter, &size);
    g_autoptr(GByteArray) whole = g_byte_array_new();
    append(whole, header);
    g_byte_array_append(whole, (const guint8 *)bytes, (guint)size);
    return g_bytes_new(whole->data, whole->len);
}

/* --- GnuPG --- */

static bool fail(struct sealing *self, gpgme_error_t why)
{
    g_autofree char *reason = crypto_error_words(why);
    self->sealed->words = crypto_asks_for_passphrase(self->visit) ? g_strdup(_("Your key wants its passphrase."))
                          : self->is_encrypting                   ? g_strdup_printf(_("It could not be encrypted: %s"), reason)
                                                                  : g_strdup_printf(_("It could not be signed: %s"), reason);
    return false;
}

static gpgme_ctx_t begin(struct sealing *self)
{
    gpgme_ctx_t context = crypto_begin(self->visit, self->wishes->protocol, &self->sealed->words);
    if (context != NULL)
        gpgme_set_armor(context, self->wishes->protocol == CRYPTO_OPENPGP);
    return context;
}

/* gpgsm cannot be handed a passphrase. False: the key is locked, or stays so; words say why. */
static bool unlock_signer(struct sealing *self, gpgme_ctx_t context)
{
    g_auto(gpgme_key_t) key = NULL;
    if (self->wishes->protocol != CRYPTO_SMIME || gpgme_get_key(context, self->own_key, &key, 1) != 0)
        return true;
    enum crypto_lock lock = crypto_unlock(self->visit, key, &self->sealed->words);
    return lock == CRYPTO_UNLOCKED || (lock == CRYPTO_LOCKED && fail(self, gpgme_error(GPG_ERR_BAD_PASSPHRASE)));
}

static gpgme_error_t add_signer(struct sealing *self, gpgme_ctx_t context)
{
    g_auto(gpgme_key_t) key = NULL;
    gpgme_error_t why = gpgme_get_key(context, self->own_key, &key, 1);
    return why != 0 ? why : gpgme_signers_add(context, key);
}

static bool sign(struct sealing *self, GByteArray *out, char **micalg_out)
{
    struct crypto_source source = { self->visit, (const char *)self->entity->data, self->entity->len, 0 };
    struct crypto_sink sink = { .visit = self->visit, .bytes = out, .bytes_max = SEALED_BYTES_MAX };
    g_auto(gpgme_data_t) plain = crypto_source_data(&source), proof = crypto_sink_data(&sink);
    g_auto(gpgme_ctx_t) context = begin(self);
    if (context == NULL)
        return false;
    if (!unlock_signer(self, context))
        return false;
    gpgme_error_t why = add_signer(self, context);
    crypto_enter(self->visit, context);
    if (why == 0)
        why = gpgme_op_sign(context, plain, proof, GPGME_SIG_MODE_DETACH);
    why = crypto_leave(self->visit, why);
    gpgme_sign_result_t result = why == 0 ? gpgme_op_sign_result(context) : NULL;
    if (result == NULL || result->signatures == NULL)
        return fail(self, why != 0 ? why : gpgme_error(GPG_ERR_UNUSABLE_SECKEY));
    const char *hash = gpgme_hash_algo_name(result->signatures->hash_algo);
    g_autofree char *lower = g_ascii_strdown(hash != NULL ? hash : "sha256", -1);
    bool is_pgp = self->wishes->protocol == CRYPTO_OPENPGP, is_sha = g_str_has_prefix(lower, "sha") && strlen(lower) == 6;
    *micalg_out = is_pgp ? g_strconcat("pgp-", lower, NULL) : is_sha ? g_strconcat("sha-", lower + 3, NULL) : g_strdup(lower);
    return true;
}

/* A line for each key; those behind --file are files, in no keyring. Caller frees. */
static char *keys_line(const struct sealing *self)
{
    GString *lines = g_string_new(NULL);
    for (guint i = 0; i < self->keys->len; i++)
        g_string_append_printf(lines, "%s\n", (const char *)self->keys->pdata[i]);
    g_string_append(lines, self->files->len > 0 ? "--file\n" : "");
    for (guint i = 0; i < self->files->len; i++)
        g_string_append_printf(lines, "%s\n", (const char *)self->files->pdata[i]);
    return g_string_free(lines, FALSE);
}

static gpgme_error_t keys_load(struct sealing *self, gpgme_ctx_t context, gpgme_key_t *keys)
{
    gpgme_error_t why = 0;
    for (guint i = 0; i < self->keys->len && why == 0; i++)
        why = gpgme_get_key(context, g_ptr_array_index(self->keys, i), &keys[i], 0);
    return why;
}

static bool encrypt(struct sealing *self, GByteArray *out)
{
    struct crypto_source source = { self->visit, (const char *)self->entity->data, self->entity->len, 0 };
    struct crypto_sink sink = { .visit = self->visit, .bytes = out, .bytes_max = SEALED_BYTES_MAX };
    g_auto(gpgme_data_t) plain = crypto_source_data(&source), proof = crypto_sink_data(&sink);
    g_auto(gpgme_ctx_t) context = begin(self);
    if (context == NULL)
        return false;
    bool also_signs = self->own_key != NULL && self->wishes->protocol == CRYPTO_OPENPGP;
    gpgme_encrypt_flags_t flags =
        GPGME_ENCRYPT_ALWAYS_TRUST | GPGME_ENCRYPT_NO_ENCRYPT_TO | (self->wishes->has_hidden ? GPGME_ENCRYPT_THROW_KEYIDS : 0);
    gpgme_key_t *keys = g_new0(gpgme_key_t, self->keys->len + 1), *given = self->files->len == 0 ? keys : NULL;
    g_autofree char *line = given == NULL ? keys_line(self) : NULL;
    gpgme_error_t why = keys_load(self, context, keys);
    if (why == 0 && also_signs)
        why = add_signer(self, context);
    crypto_enter(self->visit, context);
    if (why == 0)
        why = also_signs ? gpgme_op_encrypt_sign_ext(context, given, line, flags, plain, proof)
                         : gpgme_op_encrypt_ext(context, given, line, flags, plain, proof);
    why = crypto_leave(self->visit, why);
    for (guint i = 0; i < self->keys->len; i++)
        gpgme_key_unref(keys[i]);
    g_free(keys);
    return why == 0 || fail(self, why);
}

/* --- the message around it --- */

static char *boundary_new(void)
{
    g_autofree char *unique = g_uuid_string_random();
    return g_strconcat("=_postern_", unique, NULL);
}

static void append_base64(GByteArray *out, const GByteArray *bytes)
{
    g_autofree char *text = g_base64_encode(bytes->data, bytes->len);
    for (size_t at = 0, length = strlen(text); at < length; at += 76) {
        g_autofree char *line = g_strndup(text + at, 76);
        append(out, line);
        append(out, "\n");
    }
}

/* The entity with its signature behind it, as an entity of its own. */
static GByteArray *signed_entity(struct sealing *self, const GByteArray *proof, const char *micalg)
{
    bool is_pgp = self->wishes->protocol == CRYPTO_OPENPGP;
    const char *type = is_pgp ? "application/pgp-signature" : "application/pkcs7-signature";
    g_autofree char *boundary = boundary_new();
    g_autofree char *head =
        g_strdup_printf("Content-Type: multipart/signed; micalg=\"%s\";\n\tprotocol=\"%s\";\n\tboundary=\"%s\"\n\n--%s\n", micalg, type,
                        boundary, boundary);
    g_autofree char *between =
        g_strdup_printf("\n--%s\nContent-Type: %s; name=\"%s\"\n%s\n", boundary, type, is_pgp ? "signature.asc" : "smime.p7s",
                        is_pgp ? "Content-Description: OpenPGP digital signature\n"
                               : "Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=smime.p7s\n");
    g_autofree char *end = g_strdup_printf("\n--%s--\n", boundary);
    GByteArray *whole = g_byte_array_new();
    append(whole, head);
    for (guint i = 0; i < self->entity->len; i++) /* the message has line feeds; what was signed has CRLF: the same on its way */
        if (self->entity->data[i] != '\r')
            g_byte_array_append(whole, self->entity->data + i, 1);
    append(whole, between);
    if (is_pgp)
        g_byte_array_append(whole, proof->data, proof->len);
    else
        append_base64(whole, proof);
    append(whole, end);
    return whole;
}

static GByteArray *encrypted_entity(const struct sealing *self, const GByteArray *bytes)
{
    GByteArray *whole = g_byte_array_new();
    if (self->wishes->protocol == CRYPTO_SMIME) {
        append(whole, "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=\"smime.p7m\"\nContent-Transfer-Encoding: "
                      "base64\nContent-Disposition: attachment; filename=smime.p7m\n\n");
        append_base64(whole, bytes);
        return whole;
    }
    g_autofree char *boundary = boundary_new();
    g_autofree char *head = g_strdup_printf(
        "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\n\tboundary=\"%s\"\n\n--%s\nContent-Type: "
        "application/pgp-encrypted\n\nVersion: 1\n\n--%s\nContent-Type: application/octet-stream; "
        "name=\"encrypted.asc\"\nContent-Disposition: inline; filename=\"encrypted.asc\"\n\n",
        boundary, boundary, boundary);
    g_autofree char *end = g_strdup_printf("\n--%s--\n", boundary);
    append(whole, head);
    g_byte_array_append(whole, bytes->data, bytes->len);
    append(whole, end);
    return whole;
}

static bool sign_entity(struct sealing *self)
{
    g_autoptr(GByteArray) proof = g_byte_array_new();
    g_autofree char *micalg = NULL;
    if (!sign(self, proof, &micalg))
        return false;
    GByteArray *whole = signed_entity(self, proof, micalg);
    crypto_wipe(self->entity);
    self->entity = whole;
    return true;
}

/* S/MIME signs first, and encrypts the signed part; OpenPGP does both at once (RFC 3156, 6.2). */
static bool encrypt_entity(struct sealing *self)
{
    if (self->wishes->protocol == CRYPTO_SMIME && self->own_key != NULL) {
        if (!sign_entity(self))
            return false;
        GByteArray *lines = crypto_canonical((const char *)self->entity->data, self->entity->len);
        crypto_wipe(self->entity);
        self->entity = lines;
    }
    g_autoptr(GByteArray) hidden = g_byte_array_new();
    if (!encrypt(self, hidden))
        return false;
    GByteArray *whole = encrypted_entity(self, hidden);
    crypto_wipe(self->entity);
    self->entity = whole;
    return true;
}

static void finish(struct sealing *self)
{
    g_autoptr(GByteArray) whole = g_byte_array_new();
    append(whole, self->outer->str);
    append(whole, "MIME-Version: 1.0\n");
    g_byte_array_append(whole, self->entity->data, self->entity->len);
    self->sealed->bytes = g_bytes_new(whole->data, whole->len);
    self->sealed->is_encrypted = self->is_encrypting;
    self->sealed->words = g_strdup(self->is_encrypting && self->own_key != NULL ? _("signed and encrypted")
                                   : self->is_encrypting                        ? _("encrypted")
                                                                                : _("signed"));
}

static void work(struct sealing *self, GBytes *letter)
{
    const struct crypto_wishes *wishes = self->wishes;
    self->is_encrypting = wishes->is_encrypted;
    if (self->is_encrypting && !choose_recipients(self))
        return;
    if (self->sealed->warnings->len > 0 && !wishes->takes_doubts)
        return;
    g_ptr_array_set_size(self->sealed->warnings, 0);
    if (wishes->is_signed && !choose_own(self))
        return;
    if (!self->is_encrypting && self->own_key == NULL) {
        g_autofree char *header = wishes->has_autocrypt ? autocrypt_header(self) : g_strdup("");
        self->sealed->bytes = with_header(letter, header);
        return;
    }
    g_autofree char *header = wishes->has_autocrypt ? autocrypt_header(self) : g_strdup("");
    g_string_append(self->outer, header);
    split_letter(self, letter);
    if (self->is_encrypting ? encrypt_entity(self) : sign_entity(self))
        finish(self);
}

struct crypto_sealed *crypto_seal(crypto *visit, GBytes *letter, const struct crypto_wishes *wishes)
{
    struct crypto_sealed *sealed = g_new0(struct crypto_sealed, 1);
    struct sealing self = { .visit = visit, .wishes = wishes, .sealed = sealed };
    sealed->warnings = g_ptr_array_new_with_free_func(g_free);
    self.keys = g_ptr_array_new_with_free_func(g_free);
    self.files = g_ptr_array_new_with_free_func(g_free);
    self.outer = g_string_new(NULL);
    self.entity = g_byte_array_new();
    work(&self, letter);
    g_string_free(self.outer, TRUE);
    crypto_wipe(self.entity);
    g_ptr_array_unref(self.keys);
    g_ptr_array_unref(self.files);
    g_free(self.own_key);
    return sealed;
}
