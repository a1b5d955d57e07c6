/* SPDX-License-Identifier: MIT */
/* A signed or encrypted message on its way through GnuPG. */
#include "ui/reader_opening.h"
#include "config/secret.h"

struct job {
    GBytes *raw;
    crypto *visit;
    enum message_view view;
    struct reader_opened *opened;
};

struct reader_opening {
    app *ui;
    int64_t id;
    crypto *visit; /* the job's, as long as it is under way */
};

static void job_free(void *data)
{
    struct job *self = data;
    g_bytes_unref(self->raw);
    crypto_free(self->visit);
    reader_opened_free(self->opened);
    g_free(self);
}

static void work(store *db, void *data)
{
    (void)db;
    struct job *self = data;
    message *letter = message_parse(g_bytes_get_data(self->raw, NULL), g_bytes_get_size(self->raw));
    const char *whose = NULL;
    crypto_set_deadline(self->visit, 60000); /* what waited before it does not count */
    self->opened = g_new0(struct reader_opened, 1);
    self->opened->reading = crypto_read(self->visit, letter, true);
    self->opened->text = message_text(self->opened->reading->letter, self->view);
    self->opened->is_locked = crypto_needs_passphrase(self->visit, &whose, &self->opened->is_wrong);
    self->opened->whose = g_strdup(whose);
}

reader_opening *reader_opening_new(app *ui, GBytes *raw, enum message_view view, const char *passphrase)
{
    reader_opening *self = g_new0(reader_opening, 1);
    struct job *job = g_new0(struct job, 1);
    job->raw = g_bytes_ref(raw);
    job->view = view;
    job->visit = self->visit = crypto_new();
    crypto_set_passphrase(job->visit, passphrase);
    self->ui = ui;
    self->id = query_run(app_crypto(ui), work, job, job_free);
    return self;
}

void reader_opening_free(reader_opening *self)
{
    if (self == NULL)
        return;
    if (self->visit != NULL) {
        crypto_cancel(self->visit);
        query_cancel(app_crypto(self->ui), self->id);
    }
    g_free(self);
}

struct reader_opened *reader_opening_take(reader_opening *self, const struct event *news)
{
    struct job *job = self->visit != NULL && news->item == self->id ? query_take(app_crypto(self->ui), self->id) : NULL;
    if (job == NULL)
        return NULL;
    struct reader_opened *opened = g_steal_pointer(&job->opened);
    self->visit = NULL;
    job_free(job);
    return opened != NULL ? opened : g_new0(struct reader_opened, 1);
}

void reader_opened_free(struct reader_opened *self)
{
    if (self == NULL)
        return;
    crypto_reading_free(self->reading);
    text_free(self->text);
    g_free(self->whose);
    g_free(self);
}
