/* SPDX-License-Identifier: MIT */
/* The encrypted file of secrets while the engine runs: its passphrase is asked for once, for all accounts, and tried on a worker's thread. */
#include "config/secret.h"
#include "config/secret_file.h"
#include "core/engine_private.h"
#include "core/oauth_account.h"
#include <glib/gi18n-lib.h>

#define COMMAND_TIMEOUT_MS 60000 /* passphrase-command may ask for a PIN somewhere */

static const struct account_server *secret_server(const engine_account *self, bool is_outgoing)
{
    bool is_own = is_outgoing && !oauth_account_is(self->account); /* there is one permission for both directions */
    return is_own ? &self->account->outgoing : &self->account->incoming;
}

static void ask(engine_account *self, const char *reason)
{
    engine *engine = self->engine;
    struct question *question = g_new0(struct question, 1);
    *question = (struct question){ .type = QUESTION_PASSPHRASE,
                                   .account_id = g_strdup(self->account->id),
                                   .account_name = g_strdup(self->account->name),
                                   .reason = g_strdup(reason),
                                   .is_new = secret_file_state() == SECRET_FILE_NONE };
    pthread_mutex_lock(&engine->mutex);
    bool is_open = engine->passphrase_stage == PASSPHRASE_ASKED; /* another worker was quicker */
    int64_t id = question->id = ++engine->last_question;
    engine->passphrase_stage = PASSPHRASE_ASKED;
    if (!is_open)
        g_hash_table_insert(engine->questions, &question->id, question);
    pthread_mutex_unlock(&engine->mutex);
    if (is_open)
        question_free(question);
    else
        engine_post(engine, EVENT_QUESTION, self->id, 0, id);
}

/* The typed passphrase, for the first worker that comes; the others see that it is being tried. */
static enum passphrase_stage take_turn(engine *self, char **typed_out)
{
    pthread_mutex_lock(&self->mutex);
    enum passphrase_stage stage = self->passphrase_stage;
    *typed_out = g_steal_pointer(&self->passphrase);
    if (stage == PASSPHRASE_TYPED)
        self->passphrase_stage = PASSPHRASE_TRYING;
    pthread_mutex_unlock(&self->mutex);
    return stage;
}

static void end_turn(engine *self)
{
    pthread_mutex_lock(&self->mutex);
    self->passphrase_stage = PASSPHRASE_UNASKED;
    pthread_mutex_unlock(&self->mutex);
    engine_wake_all(self);
}

bool engine_open_secrets(engine_account *self, bool is_outgoing, bool is_to_make, int cancel_fd)
{
    char *typed = NULL;
    g_autoptr(GError) why = NULL;
    if (secret_server(self, is_outgoing)->secret != ACCOUNT_SECRET_FILE)
        return true;
    enum passphrase_stage stage = take_turn(self->engine, &typed);
    bool is_good = true;
    if (stage == PASSPHRASE_TYPED)
        is_good = secret_file_unlock(typed, &why);
    else if (stage == PASSPHRASE_UNASKED)
        is_good = secret_file_unlock_by_command(cancel_fd, COMMAND_TIMEOUT_MS, &why);
    secret_free(typed);
    enum secret_file_state state = secret_file_state();
    bool is_enough = state == SECRET_FILE_OPEN || (state == SECRET_FILE_NONE && !is_to_make);
    bool is_cancelled = g_error_matches(why, CONFIG_ERROR, CONFIG_ERROR_CANCELLED);
    if (stage == PASSPHRASE_TYPED && is_good)
        end_turn(self->engine);
    else if ((stage == PASSPHRASE_TYPED || (stage == PASSPHRASE_UNASKED && !is_enough)) && !is_cancelled)
        ask(self, why != NULL ? why->message : NULL);
    return is_enough;
}

bool engine_secrets_wait(const engine_account *self, bool is_outgoing)
{
    bool has_one = oauth_account_is(self->account) ? self->access_token != NULL : self->passwords[is_outgoing ? 1 : 0] != NULL;
    enum passphrase_stage stage = self->engine->passphrase_stage;
    return secret_server(self, is_outgoing)->secret == ACCOUNT_SECRET_FILE &&
           (stage == PASSPHRASE_ASKED || stage == PASSPHRASE_TRYING || (stage == PASSPHRASE_DECLINED && !has_one));
}

void engine_answer_passphrase(engine *self, int64_t question_id, const char *passphrase)
{
    gpointer question = NULL;
    pthread_mutex_lock(&self->mutex);
    if (g_hash_table_steal_extended(self->questions, &question_id, NULL, &question)) { /* as in close_question */
        secret_free(self->passphrase);
        self->passphrase = g_strdup(passphrase);
        self->passphrase_stage = passphrase != NULL ? PASSPHRASE_TYPED : PASSPHRASE_DECLINED;
    }
    pthread_mutex_unlock(&self->mutex);
    question_free(question);
    engine_wake_all(self);
}
