/* SPDX-License-Identifier: MIT */
/* Keys of S/MIME and their passphrases: gpgsm cannot be handed one through GPGME, so gpg-agent is, before gpgsm wants the key of it.
 *
 * gpgsm itself runs in a way that no pinentry is ever started: one on the terminal would draw into our screen, and not only for passphrases: it asks
 * whether to trust the root of any stranger's certificate. */
#include "core/crypto_private.h"
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define OWN_KEYS_MAX 32u

/* --- a gpgsm that never asks --- */

static bool is_tame;

static bool write_all(int fd, const char *text)
{
    for (size_t at = 0, size = strlen(text); at < size;) {
        ssize_t written = write(fd, text + at, size - at);
        if (written <= 0)
            return false;
        at += (size_t)written;
    }
    return true;
}

/* A line of shell in memory, which nobody can change and which needs no place on a disk. Without dirmngr: no lists of revocations are fetched. It lives as long as the program. Caller frees. */
static char *wrapper_new(const char *gpgsm)
{
    g_autofree char *quoted = g_shell_quote(gpgsm);
    g_autofree char *script = g_strdup_printf("#!/bin/sh\nexec %s --disable-dirmngr --pinentry-mode cancel \"$@\"\n", quoted);
    int fd = memfd_create("postern-gpgsm", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return NULL;
    if (!write_all(fd, script) || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
        close(fd);
        return NULL;
    }
    return g_strdup_printf("/proc/%ld/fd/%d", (long)getpid(), fd);
}

void crypto_tame_gpgsm(void)
{
    gpgme_engine_info_t info = NULL;
    if (gpgme_get_engine_info(&info) != 0)
        return;
    while (info != NULL && info->protocol != GPGME_PROTOCOL_CMS)
        info = info->next;
    if (info == NULL || info->file_name == NULL)
        return;
    g_autofree char *path = wrapper_new(info->file_name);
    is_tame = path != NULL && gpgme_set_engine_info(GPGME_PROTOCOL_CMS, path, NULL) == 0;
}

bool crypto_gpgsm_is_tame(void)
{
    return is_tame;
}

/* --- a conversation with gpg-agent --- */

struct talk {
    crypto *visit;
    gpgme_ctx_t context;
    char kind;       /* of the key: 'D' on the disk, 'T' on a card; 0: the agent has none */
    bool is_cached;  /* its passphrase is known to the agent */
    bool is_guarded; /* it has one */
};

/* "GRIP D SERIAL ID 1|- P|C …" */
static gpgme_error_t take_status(void *data, const char *keyword, const char *rest)
{
    struct talk *self = data;
    if (strcmp(keyword, "KEYINFO") != 0)
        return 0;
    g_auto(GStrv) words = g_strsplit(rest, " ", 8);
    if (g_strv_length(words) < 6)
        return 0;
    self->kind = words[1][0];
    self->is_cached = words[4][0] == '1';
    self->is_guarded = words[5][0] == 'P';
    return 0;
}

/* What the agent signed here is of no use to anybody: it goes unread. */
static gpgme_error_t take_data(void *data, const void *bytes, size_t size)
{
    (void)data;
    (void)bytes;
    (void)size;
    return 0;
}

static gpgme_error_t answer(void *data, const char *keyword, const char *rest, gpgme_data_t *answer_inout)
{
    const struct talk *self = data;
    const char *passphrase = crypto_passphrase_given(self->visit);
    (void)rest;
    if (keyword == NULL) {
        gpgme_data_release(*answer_inout);
        *answer_inout = NULL;
        return 0;
    }
    if (strcmp(keyword, "PASSPHRASE") != 0)
        return 0;
    if (passphrase == NULL)
        return gpgme_error(GPG_ERR_ASS_CANCELED);
    return gpgme_data_new_from_mem(answer_inout, passphrase, strlen(passphrase), 0);
}

static gpgme_error_t say(struct talk *self, const char *line)
{
    gpgme_error_t refused = 0;
    crypto_enter(self->visit, self->context);
    gpgme_error_t why = gpgme_op_assuan_transact_ext(self->context, line, take_data, self, answer, self, take_status, self, &refused);
    why = crypto_leave(self->visit, why);
    return why != 0 ? why : refused;
}

static bool look(struct talk *self, const char *grip)
{
    g_autofree char *line = g_strdup_printf("KEYINFO %s", grip);
    self->kind = 0;
    return say(self, line) == 0 && self->kind != 0;
}

/* Anything signed makes the agent open the key, and remember that it could; what is signed means nothing. */
static gpgme_error_t open_key(struct talk *self, const char *grip)
{
    GString *hash = g_string_new("SETHASH --hash=sha256 ");
    for (int i = 0; i < 8; i++)
        g_string_append_printf(hash, "%08X", g_random_int());
    g_autofree char *key = g_strdup_printf("SIGKEY %s", grip);
    const char *const lines[] = { "OPTION pinentry-mode=loopback", key, hash->str, "PKSIGN" };
    gpgme_error_t why = 0;
    for (size_t i = 0; why == 0 && i < G_N_ELEMENTS(lines); i++)
        why = say(self, lines[i]);
    g_string_free(hash, TRUE);
    return why;
}

static bool is_wrong_passphrase(gpgme_error_t why)
{
    gpgme_err_code_t code = gpgme_err_code(why);
    return code == GPG_ERR_BAD_PASSPHRASE || code == GPG_ERR_NO_PASSPHRASE || code == GPG_ERR_BAD_PIN || code == GPG_ERR_DECRYPT_FAILED;
}

/* "<ada@example.test>", "CN=Ada,O=Engines". Caller frees. */
static char *whose_key(gpgme_key_t key)
{
    for (gpgme_user_id_t id = key->uids; id != NULL; id = id->next)
        if (id->email != NULL && *id->email != '\0')
            return g_strndup(id->email + (*id->email == '<'), strcspn(id->email + (*id->email == '<'), ">"));
    return g_strdup(key->uids != NULL && key->uids->uid != NULL ? key->uids->uid : "");
}

static enum crypto_lock locked(struct talk *self, gpgme_key_t key, bool is_wrong)
{
    g_autofree char *whose = whose_key(key);
    crypto_note_locked(self->visit, whose, is_wrong);
    return CRYPTO_LOCKED;
}

/* A card remembers for a while that its PIN was right: the agent proves it by signing with what was typed, and gpgsm is not asked again. Without a PIN nothing
 * is tried that a card would count: the agent's question is cancelled before the card hears of it. */
static enum crypto_lock unlock_card(struct talk *self, gpgme_key_t key, const char *grip, char **words_out)
{
    gpgme_error_t why = open_key(self, grip);
    gpgme_err_code_t code = gpgme_err_code(why);
    bool is_unasked = crypto_passphrase_given(self->visit) == NULL &&
                      (code == GPG_ERR_CANCELED || code == GPG_ERR_FULLY_CANCELED || code == GPG_ERR_ASS_CANCELED ||
                       code == GPG_ERR_NO_PIN || code == GPG_ERR_NO_PASSPHRASE || code == GPG_ERR_BAD_PIN);
    if (why == 0)
        return CRYPTO_UNLOCKED;
    if (is_unasked || is_wrong_passphrase(why))
        return locked(self, key, !is_unasked);
    g_autofree char *reason = crypto_error_words(why);
    *words_out = g_strdup_printf(_("The key is on a card, and the card does not open it: %s"), reason);
    return CRYPTO_LOCK_STUCK;
}

static enum crypto_lock unlock(struct talk *self, gpgme_key_t key, const char *grip, char **words_out)
{
    if (!look(self, grip) || (self->kind == 'D' && (!self->is_guarded || self->is_cached)))
        return CRYPTO_UNLOCKED; /* or not the agent's: what happens then is said by gpgsm */
    if (self->kind != 'D')
        return unlock_card(self, key, grip, words_out);
    if (crypto_passphrase_given(self->visit) == NULL)
        return locked(self, key, false);
    gpgme_error_t why = open_key(self, grip);
    if (is_wrong_passphrase(why))
        return locked(self, key, true);
    if (why == 0 && look(self, grip) && self->is_cached)
        return CRYPTO_UNLOCKED;
    g_autofree char *reason = why != 0 ? crypto_error_words(why) : NULL;
    *words_out = reason != NULL
                     ? g_strdup_printf(_("gpg-agent does not open the key for postern: %s"), reason)
                     : g_strdup(_("gpg-agent is set up to forget passphrases at once (default-cache-ttl), so S/MIME cannot use the key."));
    return CRYPTO_LOCK_STUCK;
}

enum crypto_lock crypto_unlock(crypto *self, gpgme_key_t key, char **words_out)
{
    const char *grip = key->subkeys != NULL ? key->subkeys->keygrip : NULL;
    struct talk talk = { .visit = self };
    if (grip == NULL || gpgme_new(&talk.context) != 0)
        return CRYPTO_UNLOCKED;
    enum crypto_lock lock =
        gpgme_set_protocol(talk.context, GPGME_PROTOCOL_ASSUAN) == 0 ? unlock(&talk, key, grip, words_out) : CRYPTO_UNLOCKED;
    gpgme_release(talk.context);
    return lock;
}

enum crypto_lock crypto_unlock_recipient(crypto *self, gpgme_recipient_t recipients, char **words_out)
{
    enum crypto_lock lock = CRYPTO_LOCK_NONE;
    guint count = 0;
    for (gpgme_recipient_t each = recipients; each != NULL && count < OWN_KEYS_MAX && lock == CRYPTO_LOCK_NONE;
         each = each->next, count++) {
        g_autofree char *why = NULL;
        g_auto(gpgme_key_t) key = NULL;
        g_auto(gpgme_ctx_t) context = crypto_begin(self, CRYPTO_SMIME, &why);
        bool is_own = context != NULL && each->keyid != NULL && gpgme_op_keylist_start(context, each->keyid, 1) == 0 &&
                      gpgme_op_keylist_next(context, &key) == 0;
        if (is_own)
            lock = crypto_unlock(self, key, words_out);
    }
    return lock;
}
