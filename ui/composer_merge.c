/* SPDX-License-Identifier: MIT */
/* Mail merge from the composer: the table is asked for, every message can be looked at, then they go to the outbox. */
#include "config/paths.h"
#include "core/merge.h"
#include "ui/cmd_compose.h"
#include "ui/composer_draft.h"
#include "ui/composer_errand.h"
#include "ui/filing.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define PREVIEW_LINES 10

struct merging {
    gatomicrefcount references; /* the questions that follow each other */
    struct composer *composer;
    merge *table;
    guint shown;
};

static void merging_unref(gpointer data)
{
    struct merging *self = data;
    if (!g_atomic_ref_count_dec(&self->references))
        return;
    merge_free(self->table);
    g_free(self);
}

/* --- sending --- */
struct batch {
    merge *table;
    struct draft *draft;
    int delay_s, per_minute;
    guint done;
};

static void batch_free(gpointer data)
{
    struct batch *self = data;
    merge_free(self->table);
    draft_free(self->draft);
    g_free(self);
}

static bool submit_batch(store *db, void *data, GError **error)
{
    struct batch *self = data;
    return merge_submit(self->table, db, self->draft, self->delay_s, self->per_minute, &self->done, error);
}

static void batch_done(app *ui, void *data, bool is_done, const GError *error)
{
    const struct batch *self = data;
    if (is_done)
        app_say(ui,
                g_dngettext(GETTEXT_PACKAGE, "%u message is in the Outbox and goes by and by.",
                            "%u messages are in the Outbox and go by and by.", self->done),
                self->done);
    else
        app_error(ui, _("%u messages went into the Outbox, then it stopped: %s"), self->done, error != NULL ? error->message : "");
    app_after_change(ui);
}

static void send_all(struct merging *self)
{
    struct composer *composer = self->composer;
    app *ui = composer->base.app;
    struct batch *batch = g_new0(struct batch, 1);
    batch->table = g_steal_pointer(&self->table);
    batch->draft = composer_release_draft(composer);
    batch->delay_s = app_settings(ui)->undo_delay_s;
    batch->per_minute = app_settings(ui)->merge_rate;
    const struct filing filing = {
        .apply = submit_batch, .done = batch_done, .data_free = batch_free, .data = batch, .count = merge_count(batch->table)
    };
    filing_start(ui, &filing);
    composer_settle(composer);
}

/* --- looking at them --- */
static char *first_lines(const char *text)
{
    const char *end = text;
    for (int i = 0; i < PREVIEW_LINES && *end != '\0'; i++) {
        end += strcspn(end, "\n");
        end += *end == '\n' ? 1 : 0;
    }
    return g_strdup_printf("%.*s%s", (int)(end - text), text, *end != '\0' ? "…" : "");
}

static void show_message(struct merging *self);

static void answer_preview(app *ui, void *data, const char *text)
{
    struct merging *self = data;
    guint count = self->table != NULL ? merge_count(self->table) : 0;
    (void)ui;
    if (text == NULL || *text == '3' || count == 0)
        return;
    if (*text == '2') {
        send_all(self);
        return;
    }
    self->shown = (self->shown + (*text == '0' ? 1 : count - 1)) % count;
    show_message(self);
}

static void show_message(struct merging *self)
{
    guint count = merge_count(self->table);
    g_autoptr(draft) one = merge_draft(self->table, self->shown, self->composer->draft);
    g_autofree char *body = first_lines(one->body), *title = g_strdup_printf(_("Message %u of %u"), self->shown + 1, count),
                    *text = g_strdup_printf("%s: %s\n%s: %s\n\n%s", _("To"), one->to, _("Subject"), one->subject, body),
                    *all = g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "&Send %u message", "&Send all %u messages", count), count);
    const char *const choices[] = { N_("&Next"), N_("&Previous"), all, N_("&Go on writing"), NULL };
    g_atomic_ref_count_inc(&self->references);
    view_choice_push(self->composer->base.app, title, text, choices, answer_preview, self, merging_unref);
}

/* --- the table --- */
struct reading {
    char *path;
    struct draft *draft; /* as it was when the table was asked for: the thread's own */
    merge *table;
    GError *why;
    bool is_good;
};

/* What merge_check() looks at. */
static struct draft *draft_to_check(const struct draft *from)
{
    struct account nobody = { .id = from->account_id };
    struct draft *own = draft_new(&nobody);
    char **to[] = {
        &own->from, &own->to, &own->cc, &own->bcc, &own->reply_to, &own->subject, &own->body, &own->extra_headers, &own->charset
    };
    const char *const texts[] = { from->from,          from->to,     from->cc, from->bcc, from->reply_to, from->subject, from->body,
                                  from->extra_headers, from->charset };
    for (size_t i = 0; i < G_N_ELEMENTS(to); i++) {
        g_free(*to[i]);
        *to[i] = g_strdup(texts[i]);
    }
    return own;
}

static bool is_draft_same(const struct draft *one, const struct draft *other)
{
    const char *const ours[] = { one->from, one->to, one->cc, one->bcc, one->reply_to, one->subject, one->body, one->extra_headers };
    const char *const theirs[] = { other->from,     other->to,      other->cc,   other->bcc,
                                   other->reply_to, other->subject, other->body, other->extra_headers };
    for (size_t i = 0; i < G_N_ELEMENTS(ours); i++)
        if (g_strcmp0(ours[i], theirs[i]) != 0)
            return false;
    return true;
}

static void reading_free(gpointer data)
{
    struct reading *self = data;
    g_free(self->path);
    merge_free(self->table);
    g_clear_error(&self->why);
    draft_free(self->draft);
    g_free(self);
}

static void read_table(struct composer_errand *errand)
{
    struct reading *self = errand->data;
    self->table = merge_load(self->path, &self->why);
    self->is_good = self->table != NULL && merge_check(self->table, self->draft, &self->why);
}

static void start_reading(struct composer *composer, const char *path);

static bool take_table(struct composer *composer, struct composer_errand *errand)
{
    struct reading *self = errand->data;
    app *ui = composer->base.app;
    if (view_top(ui) != &composer->base || atomic_load(&errand->is_cancelled))
        return true;
    composer_take_fields(composer);
    composer_note_change(composer);
    composer_keep_now(composer);                        /* also gives it its Message-ID */
    if (!is_draft_same(self->draft, composer->draft)) { /* it was written on meanwhile */
        start_reading(composer, self->path);
        return true;
    }
    if (!self->is_good) {
        app_error(ui, "%s", self->why->message);
        return false;
    }
    struct merging *merging = g_new0(struct merging, 1);
    g_atomic_ref_count_init(&merging->references);
    merging->composer = composer;
    merging->table = g_steal_pointer(&self->table);
    show_message(merging);
    merging_unref(merging);
    return true;
}

static void start_reading(struct composer *composer, const char *path)
{
    struct reading *reading = g_new0(struct reading, 1);
    composer_take_fields(composer);
    reading->path = g_strdup(path);
    reading->draft = draft_to_check(composer->draft);
    const struct composer_errand errand = {
        .title = g_strdup(_("reading files")), .work = read_table, .finish = take_table, .data = reading, .data_free = reading_free
    };
    composer_errand_start(composer, &errand);
}

static void answer_table(app *ui, void *data, const char *text)
{
    (void)ui;
    if (text == NULL || *text == '\0')
        return;
    g_autofree char *trimmed = g_strstrip(g_strdup(text)), *path = paths_expand(trimmed);
    start_reading(data, path);
}

void cmd_composer_merge(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    view_prompt_push(ui, _("Table (CSV) with a row for each message: "), "", false, composer_complete_path, answer_table, self, NULL);
    view_prompt_explain(ui, _("{{name}} in To, subject or text becomes what stands in the column name; the column email is the address."));
}
