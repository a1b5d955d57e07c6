/* SPDX-License-Identifier: MIT */
/* Signing and encrypting on the way out: keys, doubts and passphrases are asked about, then it is sent. */
#include "ui/composer_seal.h"
#include "config/secret.h"
#include "core/crypto_seal.h"
#include "ui/cmd_compose.h"
#include "ui/composer_dispatch.h"
#include "ui/composer_parts.h"
#include <glib/gi18n-lib.h>
#include <string.h>

struct job {
    GBytes *letter;
    crypto *visit;
    struct crypto_wishes wishes; /* borrows what follows */
    char *sender, *own_key;
    char **recipients;
    struct crypto_sealed *sealed;
    bool is_locked, is_wrong;
    char *whose;
};

struct composer_sealing {
    int64_t id, at_utc;
    crypto *visit; /* the job's */
    char *sender;  /* the envelope */
    char **recipients;
};

static void job_free(void *data)
{
    struct job *self = data;
    g_bytes_unref(self->letter);
    crypto_free(self->visit);
    g_free(self->sender);
    g_free(self->own_key);
    g_strfreev(self->recipients);
    g_clear_pointer(&self->sealed, crypto_sealed_free);
    g_free(self->whose);
    g_free(self);
}

static void work(store *db, void *data)
{
    (void)db;
    struct job *self = data;
    const char *whose = NULL;
    crypto_set_deadline(self->visit, 60000);
    self->sealed = crypto_seal(self->visit, self->letter, &self->wishes);
    self->is_locked = crypto_needs_passphrase(self->visit, &whose, &self->is_wrong);
    self->whose = g_strdup(whose);
}

bool composer_is_sealed(const struct composer *self)
{
    const struct account *from = composer_account((struct composer *)(gpointer)self);
    return self->draft->is_signed || self->draft->is_encrypted || self->draft->encrypts_if_possible || (from != NULL && from->autocrypt);
}

char *composer_seal_words(const struct draft *draft)
{
    const char *protocol = draft->is_smime ? "S/MIME" : "OpenPGP";
    const char *encrypt = draft->is_encrypted ? _("encrypt") : draft->encrypts_if_possible ? _("encrypt if possible") : NULL;
    if (!draft->is_signed && encrypt == NULL)
        return NULL;
    return draft->is_signed && encrypt != NULL ? g_strdup_printf("%s · %s (%s)", _("sign"), encrypt, protocol)
                                               : g_strdup_printf("%s (%s)", encrypt != NULL ? encrypt : _("sign"), protocol);
}

static void begin(struct composer *self, int64_t at_utc, const char *passphrase, bool takes_doubts)
{
    g_autoptr(GError) why = NULL;
    const struct account *from = composer_account(self);
    struct draft *draft = self->draft;
    struct job *job = g_new0(struct job, 1);
    struct composer_sealing *sealing = g_new0(struct composer_sealing, 1);
    composer_seal_free(self);
    if (from == NULL || !compose_build(draft, &job->letter, &sealing->sender, &sealing->recipients, &why)) {
        app_error(self->base.app, "%s", why != NULL ? why->message : _("The account of this message is not there any more."));
        g_free(sealing);
        g_free(job);
        return;
    }
    job->sender = g_strdup(sealing->sender);
    job->recipients = g_strdupv(sealing->recipients);
    job->own_key = g_strdup(draft->is_smime ? from->smime_key : from->pgp_key);
    job->wishes = (struct crypto_wishes){ .protocol = draft->is_smime ? CRYPTO_SMIME : CRYPTO_OPENPGP,
                                          .is_signed = draft->is_signed,
                                          .is_encrypted = draft->is_encrypted || draft->encrypts_if_possible,
                                          .only_if_possible = !draft->is_encrypted,
                                          .takes_doubts = takes_doubts,
                                          .has_autocrypt = from->autocrypt,
                                          .is_mutual = from->autocrypt && from->encrypt != ACCOUNT_ENCRYPT_NEVER,
                                          .has_hidden = draft->bcc != NULL && *draft->bcc != '\0',
                                          .sender = job->sender,
                                          .own_key = job->own_key,
                                          .recipients = (const char *const *)job->recipients };
    job->visit = sealing->visit = crypto_new();
    crypto_set_passphrase(job->visit, passphrase);
    sealing->at_utc = at_utc;
    sealing->id = query_run(app_crypto(self->base.app), work, job, job_free);
    self->sealing = sealing;
    app_say(self->base.app, _("Signing or encrypting … the message stays open until it is done."));
}

void composer_seal_begin(struct composer *self, int64_t at_utc)
{
    begin(self, at_utc, NULL, false);
}

void composer_seal_free(struct composer *self)
{
    struct composer_sealing *sealing = g_steal_pointer(&self->sealing);
    if (sealing == NULL)
        return;
    if (sealing->visit != NULL) {
        crypto_cancel(sealing->visit);
        query_cancel(app_crypto(self->base.app), sealing->id);
    }
    g_free(sealing->sender);
    g_strfreev(sealing->recipients);
    g_free(sealing);
}

/* --- what comes back --- */

static void answer_passphrase(app *ui, void *data, const char *passphrase)
{
    struct composer *self = data;
    (void)ui;
    if (passphrase != NULL && self->sealing != NULL)
        begin(self, self->sealing->at_utc, passphrase, true);
}

static void ask_passphrase(struct composer *self, const struct job *job)
{
    g_autofree char *why =
        g_strdup_printf(job->is_wrong ? _("That passphrase does not open the key of %s.") : _("The key of %s is locked."),
                        job->whose != NULL && *job->whose != '\0' ? job->whose : "?");
    view_prompt_push(self->base.app, _("Passphrase of the key: "), "", true, NULL, answer_passphrase, self, NULL);
    view_prompt_explain(self->base.app, why);
}

static void answer_doubts(app *ui, void *data, const char *text)
{
    struct composer *self = data;
    (void)ui;
    if (text != NULL && *text == '0' && self->sealing != NULL)
        begin(self, self->sealing->at_utc, NULL, true);
}

static void ask_doubts(struct composer *self, GPtrArray *warnings)
{
    const char *const choices[] = { N_("&Encrypt all the same"), N_("&Go on writing"), NULL };
    g_ptr_array_add(warnings, NULL);
    g_autofree char *text = g_strjoinv("\n", (char **)warnings->pdata);
    g_ptr_array_set_size(warnings, (int)warnings->len - 1);
    view_choice_push(self->base.app, C_("cryptography", "Keys"), text, choices, answer_doubts, self, NULL);
}

static void send_sealed(struct composer *self, const struct crypto_sealed *sealed)
{
    g_autoptr(GError) why = NULL;
    const struct account *from = composer_account(self);
    struct composer_sealing *sealing = self->sealing;
    const struct composer_finished finished = { .bytes = sealed->bytes,
                                                .sender = sealing->sender,
                                                .recipients = (const char *const *)sealing->recipients,
                                                .is_sealed = sealed->words != NULL };
    if (from != NULL && composer_is_heavy(self->draft))
        composer_dispatch(self, from, &finished, sealing->at_utc);
    else if (from == NULL)
        app_error(self->base.app, "%s", _("The account of this message is not there any more."));
    else if (composer_send_finished(self->base.app, from, self->draft, &finished, sealing->at_utc, self->replaces, &why))
        composer_settle(self);
    else if (g_error_matches(why, STORE_ERROR, STORE_ERROR_BUSY))
        composer_dispatch(self, from, &finished, sealing->at_utc); /* when the store is free */
    else
        app_error(self->base.app, "%s", why->message);
}

void composer_seal_event(view *base, const struct event *news)
{
    struct composer *self = composer_of(base);
    bool is_ours = self != NULL && news->type == EVENT_QUERY_DONE && self->sealing != NULL && self->sealing->visit != NULL &&
                   self->sealing->id == news->item;
    struct job *job = is_ours ? query_take(app_crypto(base->app), news->item) : NULL;
    if (job == NULL)
        return;
    self->sealing->visit = NULL;
    if (job->sealed->bytes != NULL)
        send_sealed(self, job->sealed);
    else if (job->is_locked)
        ask_passphrase(self, job);
    else if (job->sealed->warnings->len > 0)
        ask_doubts(self, job->sealed->warnings);
    else
        app_error(base->app, _("Not sent: %s"), job->sealed->words != NULL ? job->sealed->words : "");
    job_free(job);
}

/* --- by key --- */

static void changed(struct composer *self)
{
    g_autofree char *words = composer_seal_words(self->draft);
    app_say(self->base.app, "%s", words != NULL ? words : _("It goes neither signed nor encrypted."));
    composer_parts_forget(self);
    composer_forget_kept(self->kept); /* what is to be encrypted is kept elsewhere than on the disk */
    g_clear_pointer(&self->kept, g_free);
    self->has_new_attachments = self->draft->attachments->len > 0;
    composer_note_change(self);
    composer_show_draft(self);
}

void cmd_composer_sign(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    (void)ui;
    if (self == NULL)
        return;
    composer_take_fields(self);
    self->draft->is_signed = !self->draft->is_signed;
    changed(self);
}

void cmd_composer_encrypt(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    (void)ui;
    if (self == NULL)
        return;
    composer_take_fields(self);
    self->draft->is_encrypted = !self->draft->is_encrypted;
    self->draft->encrypts_if_possible = false;
    changed(self);
}

void cmd_composer_smime(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    (void)ui;
    if (self == NULL)
        return;
    composer_take_fields(self);
    self->draft->is_smime = !self->draft->is_smime;
    changed(self);
}
