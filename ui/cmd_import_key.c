/* SPDX-License-Identifier: MIT */
/* A key that came with a message: shown with its fingerprint, and taken into the keyring when the person says so. */
#include "core/autocrypt.h"
#include "core/crypto_import.h"
#include "ui/app_private.h"
#include "ui/canvas.h"
#include "ui/cmd_crypto.h"
#include "ui/view_reader.h"
#include <glib/gi18n-lib.h>

struct job {
    crypto *visit;
    GBytes *bytes;
    bool is_import; /* else it is looked at */
    bool is_done;
    char *words; /* what is in it, or what came of it; NULL: see why_not */
    char *why_not;
};

struct importing {
    view base;
    canvas *canvas;
    GBytes *bytes;
    crypto *visit; /* of the job under way; NULL: a person is asked */
    int64_t id;
};

static void job_free(void *data)
{
    struct job *self = data;
    crypto_free(self->visit);
    g_bytes_unref(self->bytes);
    g_free(self->words);
    g_free(self->why_not);
    g_free(self);
}

static void work(store *db, void *data)
{
    (void)db;
    struct job *self = data;
    if (self->is_import)
        self->is_done = crypto_import(self->visit, self->bytes, &self->words);
    else
        self->words = crypto_import_look(self->visit, self->bytes, &self->why_not);
}

static void begin(struct importing *self, bool is_import)
{
    struct job *job = g_new0(struct job, 1);
    job->visit = self->visit = crypto_new();
    job->bytes = g_bytes_ref(self->bytes);
    job->is_import = is_import;
    self->id = query_run(app_crypto(self->base.app), work, job, job_free);
}

static void layout(view *base, struct rect area)
{
    struct importing *self = (struct importing *)base;
    canvas_move(self->canvas, (struct rect){ area.row + MAX(area.rows - 2, 0), area.column, 1, area.columns });
    view_touch(base);
}

static void draw(view *base)
{
    struct importing *self = (struct importing *)base;
    canvas_clear_row(self->canvas, 0, 0, THEME_NORMAL);
    canvas_text(self->canvas, 0, 1, canvas_area(self->canvas).columns - 2, THEME_PROGRESS, _("Looking at the key … Esc leaves it"));
}

static bool take_key(view *base, const struct key *key)
{
    if (key->name == KEY_NAME_ESCAPE)
        view_pop(base->app, base);
    return true;
}

static void answer(app *ui, void *data, const char *text)
{
    struct importing *self = data;
    if (text != NULL && *text == '0')
        begin(self, true);
    else
        view_pop(ui, &self->base);
}

static void ask(struct importing *self, const char *keys)
{
    const char *const choices[] = { N_("&Take it in"), N_("&Leave it"), NULL };
    g_autofree char *text =
        g_strdup_printf("%s\n%s", keys, _("Anybody can make a key with any name: compare the fingerprint with its owner, not by mail."));
    view_choice_push(self->base.app, _("Take this key into your keyring?"), text, choices, answer, self, NULL);
}

static void take_news(view *base, const struct event *news)
{
    struct importing *self = (struct importing *)base;
    struct job *job = self->visit != NULL && news->type == EVENT_QUERY_DONE && news->item == self->id
                          ? query_take(app_crypto(base->app), self->id)
                          : NULL;
    if (job == NULL)
        return;
    self->visit = NULL;
    if (!job->is_import && job->words != NULL) {
        ask(self, job->words);
    } else {
        if (job->is_import && job->is_done)
            app_say(base->app, "%s", job->words);
        else
            app_error(base->app, "%s", job->words != NULL ? job->words : job->why_not);
        view_pop(base->app, base);
    }
    job_free(job);
}

static void importing_free(view *base)
{
    struct importing *self = (struct importing *)base;
    if (self->visit != NULL) {
        crypto_cancel(self->visit);
        query_cancel(app_crypto(base->app), self->id);
    }
    g_bytes_unref(self->bytes);
    canvas_free(self->canvas);
    g_free(self);
}

static const struct view_ops importing_ops = { .name = "waiting",
                                               .context = CONTEXT_PROMPT,
                                               .layout = layout,
                                               .draw = draw,
                                               .key = take_key,
                                               .event = take_news,
                                               .free = importing_free };

/* NULL: no part of it may be a key, or it is not here; told. */
static GBytes *key_bytes(app *ui, const message *letter)
{
    const GPtrArray *parts = letter != NULL ? message_parts(letter) : NULL;
    g_autoptr(GError) why = NULL;
    for (guint i = 0; parts != NULL && i < parts->len; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        char *bytes = NULL;
        size_t size = 0;
        if (!crypto_part_is_key(part) || part->size > (int64_t)CRYPTO_IMPORT_BYTES_MAX)
            continue;
        if (part->is_here && message_part_bytes(letter, i, &bytes, &size, &why))
            return g_bytes_new_take(bytes, size);
        app_error(ui, "%s", why != NULL ? why->message : _("The key is still on the server: open the attachment first."));
        return NULL;
    }
    GBytes *key = letter != NULL ? autocrypt_key(letter) : NULL; /* every message of some programs has one in its header */
    if (key == NULL)
        app_brief(ui, _("No key came with this message."));
    return key;
}

void cmd_import_key(app *ui, view *base)
{
    (void)base;
    GBytes *bytes = key_bytes(ui, view_reader_message(ui->panes[PANE_READER]));
    if (bytes == NULL)
        return;
    struct importing *self = g_new0(struct importing, 1);
    view_init(&self->base, &importing_ops, ui);
    self->base.is_overlay = true;
    self->canvas = canvas_new((struct rect){ 0, 0, 1, 10 });
    self->bytes = bytes;
    begin(self, false);
    view_push(ui, &self->base);
}
