/* SPDX-License-Identifier: MIT */
/* Whose keys are here, while addresses are typed. */
#include "ui/composer_keys.h"
#include "core/crypto_seal.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { PAUSE_MS = 700, PEOPLE_MAX = 50, WORK_MS = 30000, LINES_MAX = 3 };

struct job {
    crypto *visit;
    enum crypto_protocol protocol;
    char *sender, *own_key;
    GPtrArray *people; /* of char* */
    bool is_signed, is_encrypted, only_if_possible, has_autocrypt;
    GPtrArray *lines;                /* of char*: one for each key that is not simply good */
    guint missing, doubtful, others; /* others: people whose keys were looked for */
};

struct composer_keys {
    int64_t id; /* of the job under way; 0: none */
    crypto *visit;
    char *wanted, *known; /* what was typed; what was looked up last */
    int64_t wanted_ms;
    GPtrArray *lines;
    char *words;
};

static void job_free(void *data)
{
    struct job *self = data;
    crypto_free(self->visit);
    g_free(self->sender);
    g_free(self->own_key);
    g_ptr_array_unref(self->people);
    g_ptr_array_unref(self->lines);
    g_free(self);
}

/* --- GnuPG's side --- */

static void take(struct job *self, struct crypto_key *key /* taken */)
{
    self->missing += key->fingerprint == NULL;
    self->doubtful += key->fingerprint != NULL && key->words != NULL;
    if (key->words != NULL)
        g_ptr_array_add(self->lines, g_strdup(key->words));
    crypto_key_free(key);
}

static struct crypto_key *key_of(struct job *self, const char *address)
{
    struct crypto_key *key = crypto_key_choose(self->visit, self->protocol, address, false, NULL);
    bool may_be_peers = key->state == CRYPTO_KEY_NONE && self->has_autocrypt && self->protocol == CRYPTO_OPENPGP;
    struct crypto_key *peers = may_be_peers ? crypto_key_of_peer(self->visit, address) : NULL;
    if (peers == NULL)
        return key;
    crypto_key_free(key);
    return peers;
}

static void work(store *db, void *data)
{
    (void)db;
    struct job *self = data;
    crypto_set_deadline(self->visit, WORK_MS);
    for (guint i = 0; self->is_encrypted && i < self->people->len; i++, self->others++)
        take(self, key_of(self, g_ptr_array_index(self->people, i)));
    if (!self->is_signed || self->sender == NULL)
        return;
    struct crypto_key *own = crypto_key_choose(self->visit, self->protocol, self->sender, true, self->own_key);
    if (own->fingerprint == NULL)
        g_ptr_array_insert(self->lines, 0, g_strdup(own->words));
    crypto_key_free(own);
}

/* --- the composer's side --- */

static GPtrArray *people_of(const struct composer *self)
{
    GPtrArray *people = g_ptr_array_new_with_free_func(g_free);
    for (int i = FOCUS_TO; i <= FOCUS_BCC; i++) {
        g_autoptr(GPtrArray) typed = message_parse_addresses(self->fields[i].text->str, NULL);
        for (guint k = 0; typed != NULL && k < typed->len && people->len < PEOPLE_MAX; k++) {
            const char *address = ((const struct message_address *)g_ptr_array_index(typed, k))->address;
            const char *domain = address != NULL ? strchr(address, '@') : NULL;
            if (domain != NULL && domain[1] != '\0' && !g_ptr_array_find_with_equal_func(people, address, g_str_equal, NULL))
                g_ptr_array_add(people, g_strdup(address));
        }
    }
    return people;
}

/* All that the answer depends on. Caller frees. */
static char *question_of(const struct composer *self)
{
    const struct draft *draft = self->draft;
    return g_strdup_printf("%d%d%d%d\n%s\n%s\n%s\n%s", draft->is_signed, draft->is_encrypted, draft->encrypts_if_possible, draft->is_smime,
                           self->fields[FOCUS_FROM].text->str, self->fields[FOCUS_TO].text->str, self->fields[FOCUS_CC].text->str,
                           self->fields[FOCUS_BCC].text->str);
}

static void give_up(struct composer *self)
{
    struct composer_keys *keys = self->keys;
    if (keys->id == 0)
        return;
    crypto_cancel(keys->visit);
    query_cancel(app_crypto(self->base.app), keys->id);
    keys->id = 0;
}

static void begin(struct composer *self)
{
    struct composer_keys *keys = self->keys;
    const struct draft *draft = self->draft;
    const struct account *from = composer_account(self);
    if (from == NULL)
        return;
    g_autoptr(GPtrArray) sender = message_parse_addresses(self->fields[FOCUS_FROM].text->str, NULL);
    const struct message_address *first = sender != NULL && sender->len == 1 ? g_ptr_array_index(sender, 0) : NULL;
    struct job *job = g_new0(struct job, 1);
    job->visit = keys->visit = crypto_new();
    job->protocol = draft->is_smime ? CRYPTO_SMIME : CRYPTO_OPENPGP;
    job->sender = first != NULL ? g_strdup(first->address) : NULL;
    job->own_key = g_strdup(draft->is_smime ? from->smime_key : from->pgp_key);
    job->people = people_of(self);
    job->lines = g_ptr_array_new_with_free_func(g_free);
    job->is_signed = draft->is_signed;
    job->only_if_possible = !draft->is_encrypted;
    job->is_encrypted = draft->is_encrypted || draft->encrypts_if_possible;
    job->has_autocrypt = from->autocrypt;
    keys->id = query_run(app_crypto(self->base.app), work, job, job_free);
}

static void show(struct composer *self)
{
    g_clear_pointer(&self->notes, g_ptr_array_unref);
    self->notes = composer_notes(self);
    view_touch(&self->base);
}

static void forget(struct composer *self)
{
    struct composer_keys *keys = self->keys;
    bool had_words = keys->words != NULL || keys->lines != NULL;
    give_up(self);
    g_clear_pointer(&keys->wanted, g_free);
    g_clear_pointer(&keys->known, g_free);
    g_clear_pointer(&keys->words, g_free);
    g_clear_pointer(&keys->lines, g_ptr_array_unref);
    if (had_words)
        show(self);
}

void composer_keys_tick(struct composer *self, int64_t now_ms)
{
    const struct draft *draft = self->draft;
    struct composer_keys *keys = self->keys != NULL ? self->keys : (self->keys = g_new0(struct composer_keys, 1));
    if (self->is_settled || !(draft->is_signed || draft->is_encrypted || draft->encrypts_if_possible)) {
        forget(self);
        return;
    }
    g_autofree char *question = question_of(self);
    if (g_strcmp0(question, keys->wanted) != 0) {
        give_up(self);
        g_free(keys->wanted);
        keys->wanted = g_steal_pointer(&question);
        keys->wanted_ms = now_ms;
    } else if (keys->id == 0 && now_ms - keys->wanted_ms >= PAUSE_MS && g_strcmp0(keys->wanted, keys->known) != 0) {
        g_free(keys->known);
        keys->known = g_strdup(keys->wanted);
        begin(self);
    }
}

/* What sending will do. Caller frees; NULL: nothing is to be said. */
static char *words_of(const struct job *job)
{
    if (!job->is_encrypted || job->others == 0)
        return NULL;
    bool is_easy = job->missing + job->doubtful == 0;
    if (job->only_if_possible && !is_easy)
        return g_strdup(_("not encrypted: a good key is not here for everybody"));
    if (job->missing > 0)
        return g_strdup(_("cannot be sent so"));
    return g_strdup(is_easy ? _("keys are here") : _("sending asks first"));
}

bool composer_keys_event(struct composer *self, const struct event *news)
{
    struct composer_keys *keys = self != NULL ? self->keys : NULL;
    bool is_ours = keys != NULL && keys->id != 0 && news->type == EVENT_QUERY_DONE && news->item == keys->id;
    struct job *job = is_ours ? query_take(app_crypto(self->base.app), news->item) : NULL;
    if (job == NULL)
        return false;
    keys->id = 0;
    g_clear_pointer(&keys->lines, g_ptr_array_unref);
    g_free(keys->words);
    keys->words = words_of(job);
    keys->lines = g_ptr_array_ref(job->lines);
    job_free(job);
    show(self);
    return true;
}

void composer_keys_note(const struct composer *self, GPtrArray *notes)
{
    const GPtrArray *lines = self->keys != NULL ? self->keys->lines : NULL;
    for (guint i = 0; lines != NULL && i < lines->len && i < LINES_MAX; i++)
        g_ptr_array_add(notes, g_strdup(g_ptr_array_index(lines, i)));
}

const char *composer_keys_words(const struct composer *self)
{
    return self->keys != NULL ? self->keys->words : NULL;
}

void composer_keys_free(struct composer *self)
{
    if (self->keys == NULL)
        return;
    give_up(self);
    g_free(self->keys->wanted);
    g_free(self->keys->known);
    g_free(self->keys->words);
    g_clear_pointer(&self->keys->lines, g_ptr_array_unref);
    g_clear_pointer(&self->keys, g_free);
}
