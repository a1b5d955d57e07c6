/* SPDX-License-Identifier: MIT */
/* Keys that came with mail (core/autocrypt), looked at by GnuPG without going into the keyring. */
#include "core/autocrypt.h"
#include "core/crypto_private.h"
#include "core/crypto_seal.h"
#include <glib/gi18n-lib.h>
#include <string.h>

struct found {
    char *fingerprint;
    guint count;
    bool is_expired, can_encrypt;
};

static void found_clear(struct found *self)
{
    g_free(self->fingerprint);
}
typedef struct found found;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(found, found_clear)

/* Nothing that is in the file counts before GnuPG has read it; a file with more than one key is none. */
static void key_look(crypto *self, const char *path, struct found *out)
{
    g_autofree char *bytes = NULL, *why = NULL;
    gsize size = 0;
    gpgme_key_t key = NULL;
    if (path == NULL || !g_file_get_contents(path, &bytes, &size, NULL))
        return;
    struct crypto_source source = { self, bytes, size, 0 };
    g_auto(gpgme_data_t) data = crypto_source_data(&source);
    g_auto(gpgme_ctx_t) context = crypto_begin(self, CRYPTO_OPENPGP, &why);
    if (context == NULL || data == NULL || gpgme_op_keylist_from_data_start(context, data, 0) != 0)
        return;
    while (!crypto_is_over(self) && out->count < 2 && gpgme_op_keylist_next(context, &key) == 0) {
        if (out->count++ == 0 && key->subkeys != NULL) {
            out->fingerprint = g_strdup(key->subkeys->fpr);
            out->is_expired = key->expired;
            out->can_encrypt = key->can_encrypt && !key->revoked && !key->invalid && !key->disabled;
        }
        gpgme_key_unref(key);
    }
    gpgme_op_keylist_end(context);
}

static char *day_of(int64_t utc)
{
    g_autoptr(GDateTime) then = g_date_time_new_from_unix_local(utc);
    return then != NULL ? g_date_time_format(then, "%x") : g_strdup("?");
}

struct crypto_key *crypto_key_of_peer(crypto *self, const char *address)
{
    g_autoptr(autocrypt_peer) peer = autocrypt_peer_load(address);
    g_auto(found) now = { 0 }, before = { 0 };
    if (peer == NULL)
        return NULL;
    key_look(self, peer->path, &now);
    if (now.count != 1 || now.fingerprint == NULL || (!now.can_encrypt && !now.is_expired))
        return NULL;
    key_look(self, peer->path_before, &before);
    bool is_other = before.fingerprint != NULL && strcmp(before.fingerprint, now.fingerprint) != 0;
    g_autofree char *day = day_of(is_other ? peer->change_utc : peer->keyed_utc);
    struct crypto_key *key = g_new0(struct crypto_key, 1);
    key->address = g_strdup(address);
    key->state = now.is_expired ? CRYPTO_KEY_EXPIRED : CRYPTO_KEY_UNTRUSTED;
    if (now.is_expired) {
        key->words = g_strdup_printf(_("The key that came with mail of %s is out of date."), address);
        return key;
    }
    key->fingerprint = g_steal_pointer(&now.fingerprint);
    key->path = g_strdup(peer->path);
    key->is_mutual = peer->is_mutual && !is_other && peer->seen_utc <= peer->keyed_utc;
    key->words = g_strdup_printf(is_other ? _("Since %2$s another key than before comes with mail of %1$s (%3$s); nobody has confirmed it.")
                                          : _("The key of %1$s came with mail of %2$s (Autocrypt, %3$s); nobody has confirmed it."),
                                 address, day, key->fingerprint);
    return key;
}
