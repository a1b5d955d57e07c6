/* SPDX-License-Identifier: MIT */
/* Drafts that are to be sent encrypted, in Drafts: encrypted to the person's own key, off the screen's thread. */
#include "ui/composer_vault.h"
#include "core/crypto_seal.h"
#include "ui/cmd_compose.h"
#include "ui/composer_dispatch.h"
#include "ui/composer_draft.h"
#include <glib/gi18n-lib.h>

#define WORK_MS        30000
#define LAST_MS        3000 /* postern ends: nobody waits longer */
#define AGAIN_AFTER_MS 30000

struct job {
    GBytes *letter;
    crypto *visit;
    char *sender;
    char *keys[2]; /* that the person wrote down for OpenPGP, S/MIME; NULL: none */
    enum crypto_protocol first;
    GBytes *hidden; /* NULL: there is no key of one's own; words say it */
    char *words;
};

struct composer_vault {
    int64_t id; /* of the job under way; 0: none */
    crypto *visit;
    char *message_id;
    bool is_leaving;
    bool has_told; /* that it lies in memory only */
};

static void job_free(void *data)
{
    struct job *self = data;
    g_clear_pointer(&self->letter, g_bytes_unref);
    g_clear_pointer(&self->hidden, g_bytes_unref);
    crypto_free(self->visit);
    g_free(self->sender);
    g_free(self->keys[0]);
    g_free(self->keys[1]);
    g_free(self->words);
    g_free(self);
}

static bool hide(struct job *self, enum crypto_protocol protocol)
{
    static const char *const nobody_else[] = { NULL };
    const struct crypto_wishes wishes = { .protocol = protocol,
                                          .is_encrypted = true,
                                          .sender = self->sender,
                                          .own_key = self->keys[protocol == CRYPTO_SMIME],
                                          .recipients = nobody_else };
    struct crypto_sealed *sealed = crypto_seal(self->visit, self->letter, &wishes);
    self->hidden = sealed->bytes != NULL && sealed->is_encrypted ? g_bytes_ref(sealed->bytes) : NULL;
    if (self->words == NULL)
        self->words = g_strdup(sealed->words);
    crypto_sealed_free(sealed);
    return self->hidden != NULL;
}

static void work(store *db, void *data)
{
    (void)db;
    struct job *self = data;
    crypto_set_deadline(self->visit, WORK_MS);
    if (!hide(self, self->first))
        hide(self, self->first == CRYPTO_SMIME ? CRYPTO_OPENPGP : CRYPTO_SMIME);
}

/* NULL: the account is gone. */
static struct job *job_new(struct composer *self, char **message_id_out)
{
    const struct account *from = composer_account(self);
    struct job *job = from != NULL ? g_new0(struct job, 1) : NULL;
    if (job == NULL)
        return NULL;
    composer_take_fields(self);
    job->letter = composer_version_build(self->draft, message_id_out);
    job->visit = crypto_new();
    g_autoptr(GPtrArray) sender = message_parse_addresses(self->draft->from, NULL);
    const struct message_address *first = sender != NULL && sender->len > 0 ? g_ptr_array_index(sender, 0) : NULL;
    job->sender = g_strdup(first != NULL ? first->address : from->from_address);
    job->keys[0] = g_strdup(from->pgp_key);
    job->keys[1] = g_strdup(from->smime_key);
    job->first = self->draft->is_smime ? CRYPTO_SMIME : CRYPTO_OPENPGP;
    return job;
}

bool composer_vault_is_busy(const struct composer *self)
{
    return self->vault != NULL && self->vault->id != 0;
}

void composer_vault_begin(struct composer *self, bool is_leaving)
{
    struct composer_vault *vault = self->vault != NULL ? self->vault : (self->vault = g_new0(struct composer_vault, 1));
    vault->is_leaving |= is_leaving;
    if (vault->id != 0)
        return;
    g_free(g_steal_pointer(&vault->message_id));
    struct job *job = job_new(self, &vault->message_id);
    if (job == NULL)
        return;
    vault->visit = job->visit;
    self->is_unversioned = false; /* what is written from here on is the next one's */
    vault->id = query_run(app_crypto(self->base.app), work, job, job_free);
}

/* Where it lies, and what that means, once for each composer; always when the person wanted it kept. */
static void tell(struct composer *self, const char *words)
{
    struct composer_vault *vault = self->vault;
    if (vault->is_leaving)
        app_error(self->base.app, _("Not kept in Drafts: %s %s lays it aside, in the memory of this computer only; or send it."),
                  words != NULL ? words : _("There is no key of your own to encrypt it with."),
                  keymap_key_for(self->base.app, command_find("lay-aside"), CONTEXT_COMPOSER));
    else if (!vault->has_told)
        app_error(self->base.app,
                  _("There is no key of your own to encrypt this draft with: it lies in the memory of this computer only, and "
                    "is gone when the power fails."));
    vault->has_told = true;
    vault->is_leaving = false;
}

static void put(struct composer *self, struct job *job)
{
    g_autoptr(GError) why = NULL;
    struct composer_vault *vault = self->vault;
    bool is_leaving = vault->is_leaving;
    if (!composer_version_take(self, job->hidden, vault->message_id, &why)) {
        self->is_unversioned = true;
        self->version_again_ms = app_now_ms() + AGAIN_AFTER_MS;
        vault->is_leaving = false;
        const struct account *from = is_leaving ? composer_account(self) : NULL;
        if (from != NULL && g_error_matches(why, STORE_ERROR, STORE_ERROR_BUSY))
            composer_dispatch_hidden(self, from, job->hidden, vault->message_id); /* when the store is free */
        else if (is_leaving)
            app_error(self->base.app, "%s", why->message);
        return;
    }
    if (!is_leaving)
        return;
    app_say(self->base.app, _("Kept in Drafts, encrypted to your own key."));
    composer_settle(self);
}

bool composer_vault_event(struct composer *self, const struct event *news)
{
    bool is_ours = self != NULL && news->type == EVENT_QUERY_DONE && composer_vault_is_busy(self) && self->vault->id == news->item;
    struct job *job = is_ours ? query_take(app_crypto(self->base.app), news->item) : NULL;
    if (job == NULL)
        return false;
    self->vault->id = 0;
    self->vault->visit = NULL;
    if (job->hidden != NULL) {
        put(self, job);
    } else {
        self->is_unversioned = true;
        self->version_again_ms = app_now_ms() + AGAIN_AFTER_MS;
        tell(self, job->words);
    }
    job_free(job);
    return true;
}

void composer_vault_last(struct composer *self)
{
    g_autofree char *message_id = NULL;
    composer_vault_free(self);
    struct job *job = job_new(self, &message_id);
    if (job == NULL)
        return;
    crypto_set_deadline(job->visit, LAST_MS);
    if (hide(job, job->first))
        composer_version_take(self, job->hidden, message_id, NULL);
    job_free(job);
}

void composer_vault_free(struct composer *self)
{
    struct composer_vault *vault = g_steal_pointer(&self->vault);
    if (vault == NULL)
        return;
    if (vault->id != 0) {
        crypto_cancel(vault->visit);
        query_cancel(app_crypto(self->base.app), vault->id);
        self->is_unversioned = true;
    }
    g_free(vault->message_id);
    g_free(vault);
}
