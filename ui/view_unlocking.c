/* SPDX-License-Identifier: MIT */
/* One line over the status line while GnuPG opens a message that is not on the screen: a draft in Drafts, a message that is answered from the list. */
#include "ui/view_unlocking.h"
#include "ui/canvas.h"
#include "ui/reader_opening.h"
#include <glib/gi18n-lib.h>

struct unlocking {
    view base;
    canvas *canvas;
    GBytes *raw;
    bool must_open;
    reader_opening *opening; /* GnuPG is at it; NULL: a person is asked */
    unlocking_done *done;
    void *data;
    GDestroyNotify data_free;
};

bool unlocking_is_needed(const message *letter)
{
    struct message_info info;
    message_info(letter, &info);
    return (info.part_flags & MESSAGE_IS_ENCRYPTED) != 0 && !message_is_decrypted(letter) && message_is_whole(letter);
}

static void layout(view *base, struct rect area)
{
    struct unlocking *self = (struct unlocking *)base;
    canvas_move(self->canvas, (struct rect){ area.row + MAX(area.rows - 2, 0), area.column, 1, area.columns });
    view_touch(base);
}

static void draw(view *base)
{
    struct unlocking *self = (struct unlocking *)base;
    canvas_clear_row(self->canvas, 0, 0, THEME_NORMAL);
    canvas_text(self->canvas, 0, 1, canvas_area(self->canvas).columns - 2, THEME_PROGRESS, _("Opening the message … Esc leaves it"));
}

static bool take_key(view *base, const struct key *key)
{
    if (key->name == KEY_NAME_ESCAPE)
        view_pop(base->app, base);
    return true;
}

static void answer(app *ui, void *data, const char *passphrase)
{
    struct unlocking *self = data;
    if (passphrase == NULL)
        view_pop(ui, &self->base);
    else
        self->opening = reader_opening_new(ui, self->raw, MESSAGE_VIEW_PLAIN, passphrase);
}

static void ask(struct unlocking *self, const struct reader_opened *opened)
{
    g_autofree char *why =
        g_strdup_printf(opened->is_wrong ? _("That passphrase does not open the key of %s.") : _("The key of %s is locked."),
                        opened->whose != NULL && *opened->whose != '\0' ? opened->whose : "?");
    view_prompt_push(self->base.app, _("Passphrase of the key: "), "", true, NULL, answer, self, NULL);
    view_prompt_explain(self->base.app, why);
}

static const char *words_of(const struct crypto_reading *reading)
{
    const struct crypto_layer *layer = reading->layers->len > 0 ? g_ptr_array_index(reading->layers, 0) : NULL;
    return layer != NULL && layer->words != NULL ? layer->words : _("not opened");
}

static void take_news(view *base, const struct event *news)
{
    struct unlocking *self = (struct unlocking *)base;
    struct reader_opened *opened =
        self->opening != NULL && news->type == EVENT_QUERY_DONE ? reader_opening_take(self->opening, news) : NULL;
    if (opened == NULL)
        return;
    g_clear_pointer(&self->opening, reader_opening_free);
    bool is_open = opened->reading != NULL && opened->reading->is_decrypted;
    if (!is_open && opened->is_locked) {
        ask(self, opened);
    } else {
        if (opened->reading != NULL && (is_open || !self->must_open))
            self->done(base->app, self->data, opened->reading->letter);
        if (opened->reading != NULL && !is_open)
            app_error(base->app, "%s", words_of(opened->reading));
        view_pop(base->app, base);
    }
    reader_opened_free(opened);
}

static void unlocking_free(view *base)
{
    struct unlocking *self = (struct unlocking *)base;
    reader_opening_free(self->opening);
    if (self->data_free != NULL)
        self->data_free(self->data);
    g_bytes_unref(self->raw);
    canvas_free(self->canvas);
    g_free(self);
}

static const struct view_ops unlocking_ops = { .name = "waiting",
                                               .context = CONTEXT_PROMPT,
                                               .layout = layout,
                                               .draw = draw,
                                               .key = take_key,
                                               .event = take_news,
                                               .free = unlocking_free };

void view_unlocking(app *ui, const message *letter, bool must_open, unlocking_done *done, void *data, GDestroyNotify data_free)
{
    struct unlocking *self = g_new0(struct unlocking, 1);
    view_init(&self->base, &unlocking_ops, ui);
    self->base.is_overlay = true;
    self->canvas = canvas_new((struct rect){ 0, 0, 1, 10 });
    self->raw = message_raw(letter);
    self->must_open = must_open;
    self->done = done;
    self->data = data;
    self->data_free = data_free;
    self->opening = reader_opening_new(ui, self->raw, MESSAGE_VIEW_PLAIN, NULL);
    view_push(ui, &self->base);
}
