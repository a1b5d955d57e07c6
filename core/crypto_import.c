/* SPDX-License-Identifier: MIT */
/* OpenPGP keys that came with mail, into the person's keyring. */
#include "core/crypto_import.h"
#include "core/crypto_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define KEYS_MAX  5u /* nobody compares more at once */
#define NAMES_MAX 6u

bool crypto_part_is_key(const struct message_part *part)
{
    g_autofree char *name = part->filename != NULL ? g_ascii_strdown(part->filename, -1) : g_strdup("");
    bool is_named = g_str_has_suffix(name, ".asc") || g_str_has_suffix(name, ".gpg") || g_str_has_suffix(name, ".pgp");
    bool is_other = strcmp(part->type, "application/pgp-signature") == 0 || strcmp(part->type, "application/pgp-encrypted") == 0;
    return strcmp(part->type, "application/pgp-keys") == 0 || (is_named && !is_other && part->is_attachment);
}

/* Names in keys are anybody's words. */
static void append_clean(GString *out, const char *name)
{
    g_autofree char *valid = g_utf8_make_valid(name != NULL ? name : "", -1);
    glong count = 0;
    for (const char *at = valid; *at != '\0' && count < 120; at = g_utf8_next_char(at), count++) {
        gunichar c = g_utf8_get_char(at);
        GUnicodeType type = g_unichar_type(c);
        bool is_odd = type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_LINE_SEPARATOR ||
                      type == G_UNICODE_PARAGRAPH_SEPARATOR || type == G_UNICODE_PRIVATE_USE;
        g_string_append_unichar(out, is_odd ? '?' : c);
    }
}

/* "0123 4567 …" */
static void append_fingerprint(GString *out, const char *print)
{
    for (size_t i = 0; print != NULL && print[i] != '\0' && i < 64; i++)
        g_string_append_printf(out, "%s%c", i > 0 && i % 4 == 0 ? " " : "", print[i]);
}

static void append_key(GString *out, gpgme_key_t key)
{
    unsigned names = 0;
    for (gpgme_user_id_t id = key->uids; id != NULL && names < NAMES_MAX; id = id->next, names++) {
        append_clean(out, id->uid);
        g_string_append_c(out, '\n');
    }
    append_fingerprint(out, key->subkeys->fpr);
    g_autoptr(GDateTime) made = g_date_time_new_from_unix_local((gint64)key->subkeys->timestamp);
    g_autofree char *day = made != NULL ? g_date_time_format(made, "%x") : g_strdup("?");
    g_string_append_printf(out, "\n%s%s%s\n", day, key->expired ? " · " : "", key->expired ? _("out of date") : "");
}

char *crypto_import_look(crypto *self, GBytes *bytes, char **why_not_out)
{
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    struct crypto_source source = { self, data, size, 0 };
    g_auto(gpgme_data_t) given = size <= CRYPTO_IMPORT_BYTES_MAX ? crypto_source_data(&source) : NULL;
    g_auto(gpgme_ctx_t) context = given != NULL ? crypto_begin(self, CRYPTO_OPENPGP, why_not_out) : NULL;
    g_autoptr(GString) words = g_string_new(NULL);
    gpgme_key_t key = NULL;
    unsigned count = 0;
    bool has_secret = false;
    if (context != NULL && gpgme_op_keylist_from_data_start(context, given, 0) == 0) {
        while (!crypto_is_over(self) && count <= KEYS_MAX && gpgme_op_keylist_next(context, &key) == 0) {
            has_secret |= key->secret;
            if (key->subkeys != NULL && count++ < KEYS_MAX)
                append_key(words, key);
            gpgme_key_unref(key);
        }
        gpgme_op_keylist_end(context);
    }
    has_secret = has_secret || g_strstr_len(data, (gssize)size, "BEGIN PGP PRIVATE KEY") != NULL;
    if (count > 0 && count <= KEYS_MAX && !has_secret)
        return g_strdup(words->str);
    if (*why_not_out == NULL)
        *why_not_out =
            g_strdup(has_secret         ? _("A secret key is in it: that is not taken in from mail. Save it, and give it to gpg --import.")
                     : count > KEYS_MAX ? _("There are more keys in it than a person can compare. Save it, and give it to gpg --import.")
                                        : _("There is no OpenPGP key in it."));
    return NULL;
}

bool crypto_import(crypto *self, GBytes *bytes, char **words_out)
{
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    struct crypto_source source = { self, data, size, 0 };
    g_auto(gpgme_data_t) given = crypto_source_data(&source);
    g_auto(gpgme_ctx_t) context = given != NULL ? crypto_begin(self, CRYPTO_OPENPGP, words_out) : NULL;
    if (context == NULL)
        return false;
    crypto_enter(self, context);
    gpgme_error_t why = crypto_leave(self, gpgme_op_import(context, given));
    gpgme_import_result_t result = why == 0 ? gpgme_op_import_result(context) : NULL;
    if (result == NULL || result->considered == 0) {
        g_autofree char *reason = crypto_error_words(why);
        *words_out = g_strdup_printf(_("The key could not be taken in: %s"), reason);
        return false;
    }
    bool is_news = result->imported > 0 || result->new_user_ids > 0 || result->new_sub_keys > 0 || result->new_signatures > 0 ||
                   result->new_revocations > 0;
    *words_out = g_strdup(is_news ? _("It is in your keyring; whose it is, nobody has confirmed yet.")
                                  : _("It was in your keyring already; nothing is new."));
    return true;
}
