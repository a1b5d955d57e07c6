/* SPDX-License-Identifier: MIT */
/* Decryption into memory: all of it with its integrity proven, or nothing. */
#include "core/crypto_private.h"
#include <glib/gi18n-lib.h>

static char *recipients_words(gpgme_decrypt_result_t result)
{
    GString *words = g_string_new(NULL);
    guint count = 0;
    for (gpgme_recipient_t each = result->recipients; each != NULL && count < CRYPTO_CHECKS_MAX; each = each->next, count++)
        if (each->keyid != NULL)
            g_string_append_printf(words, "%s0x%s", words->len > 0 ? ", " : "", each->keyid);
    return g_string_free(words, FALSE);
}

static char *failure_words(crypto *self, gpgme_error_t why, gpgme_decrypt_result_t result, const struct crypto_sink *sink)
{
    g_autofree char *reason = crypto_error_words(why), *keys = result != NULL ? recipients_words(result) : g_strdup("");
    gpgme_err_code_t code = gpgme_err_code(why);
    if (sink->is_full)
        return g_strdup(_("not opened: it would become too large"));
    if (crypto_asks_for_passphrase(self))
        return g_strdup(_("not opened yet: the key wants its passphrase"));
    if (code == GPG_ERR_NO_SECKEY)
        return g_strdup_printf(_("not opened: none of the keys it was encrypted to is here (%s)"), *keys != '\0' ? keys : "?");
    if (result != NULL && result->legacy_cipher_nomdc)
        return g_strdup(_("not opened: it could have been changed on its way, and nobody would notice (no integrity protection)"));
    return g_strdup_printf(_("not opened: %s"), reason);
}

/* GnuPG writes before it knows that all is right: what it wrote counts only when it says so at the end. */
static GByteArray *finish(crypto *self, gpgme_ctx_t context, gpgme_error_t why, struct crypto_sink *sink, const char *from,
                          struct crypto_layer *layer)
{
    gpgme_decrypt_result_t result = gpgme_op_decrypt_result(context);
    bool is_good = why == 0 && !sink->is_full && result != NULL && !result->legacy_cipher_nomdc && result->unsupported_algorithm == NULL;
    if (!is_good) {
        layer->words = failure_words(self, why, result, sink);
        layer->needs_passphrase = crypto_asks_for_passphrase(self);
        crypto_wipe(sink->bytes);
        return NULL;
    }
    layer->is_open = true;
    layer->words = g_strdup(layer->protocol == CRYPTO_OPENPGP ? _("opened with OpenPGP") : _("opened with S/MIME"));
    g_autoptr(GPtrArray) found = layer->protocol == CRYPTO_OPENPGP ? crypto_signatures_of(self, context, layer->protocol, from) : NULL;
    for (guint i = 0; found != NULL && i < found->len; i++)
        g_ptr_array_add(layer->signatures, g_ptr_array_index(found, i));
    if (found != NULL)
        g_ptr_array_set_free_func(found, NULL);
    return sink->bytes;
}

/* gpgsm had to do without asking: the key of ours that it wanted is opened with the passphrase that a person gave, if it was locked. */
static bool unlock(crypto *self, gpgme_ctx_t context, struct crypto_layer *layer)
{
    gpgme_decrypt_result_t result = gpgme_op_decrypt_result(context);
    g_autofree char *words = NULL;
    enum crypto_lock lock = result != NULL ? crypto_unlock_recipient(self, result->recipients, &words) : CRYPTO_LOCK_NONE;
    if (words != NULL)
        layer->words = g_strdup_printf(_("not opened: %s"), words);
    return lock == CRYPTO_UNLOCKED;
}

/* One attempt. *may_help_out: it failed for a key of ours that was locked, and is not any more. */
static GByteArray *attempt(crypto *self, const char *bytes, size_t size, const char *from, struct crypto_layer *layer, bool *may_help_out)
{
    g_autofree char *why_not = NULL;
    struct crypto_sink sink = { .visit = self, .bytes = g_byte_array_new(), .bytes_max = CRYPTO_PLAIN_BYTES_MAX };
    struct crypto_source source = { self, bytes, size, 0 };
    g_auto(gpgme_data_t) sealed = crypto_source_data(&source), out = crypto_sink_data(&sink);
    g_auto(gpgme_ctx_t) context = crypto_begin(self, layer->protocol, &why_not);
    if (context == NULL) {
        layer->words = g_strdup_printf(_("not opened: %s"), why_not);
        g_byte_array_unref(sink.bytes);
        return NULL;
    }
    crypto_enter(self, context);
    gpgme_error_t why =
        layer->protocol == CRYPTO_OPENPGP ? gpgme_op_decrypt_verify(context, sealed, out) : gpgme_op_decrypt(context, sealed, out);
    why = crypto_leave(self, why);
    if (may_help_out != NULL && why != 0 && !sink.is_full && layer->protocol == CRYPTO_SMIME)
        *may_help_out = unlock(self, context, layer);
    if (layer->words == NULL && (may_help_out == NULL || !*may_help_out))
        return finish(self, context, why, &sink, from, layer);
    crypto_wipe(sink.bytes);
    return NULL;
}

GByteArray *crypto_decrypt(crypto *self, const char *bytes, size_t size, const char *from, struct crypto_layer *layer)
{
    bool may_help = false;
    GByteArray *plain = attempt(self, bytes, size, from, layer, &may_help);
    return may_help ? attempt(self, bytes, size, from, layer, NULL) : plain;
}
