/* SPDX-License-Identifier: MIT */
/* The outbox as a folder: what is on its way, when it goes, why it has not gone, and what to do about it. */
#include "core/outbox.h"
#include "core/store_folder.h"
#include "ui/app_private.h"
#include "ui/cmd_outbox.h"
#include "ui/composer_draft.h"
#include "ui/filing.h"
#include "ui/outbox_line.h"
#include "ui/rows.h"
#include "ui/time_ask.h"
#include <glib/gi18n-lib.h>
#include <string.h>

struct view_outbox {
    rows rows;
    bool is_stale;
    int64_t read_ms;
};

#define READ_EVERY_MS 5000 /* "is being sent", "goes today 14:05": time goes on without an event */

static struct view_outbox *cast(view *self)
{
    return (struct view_outbox *)(void *)self;
}

static void add_item(rows *self, const struct outbox_item *item)
{
    const char *subject = item->subject != NULL && *item->subject != '\0' ? item->subject : _("(no subject)");
    struct rows_row *row = rows_add(self, outbox_line_is_bad(item) ? THEME_WARNING : THEME_NORMAL, g_strdup(subject));
    row->id = item->id;
    row->right = outbox_line_state(item, engine_is_account_online(app_engine(self->base.app), item->account_key));
    row->detail = outbox_line_detail(item);
}

static void reload(struct view_outbox *self)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) items = outbox_items(app_store(self->rows.base.app), &why);
    rows_begin(&self->rows);
    rows_title(&self->rows, _("Outbox"));
    for (guint i = 0; items != NULL && i < items->len; i++) {
        const struct outbox_item *item = g_ptr_array_index(items, i);
        if (item->state != OUTBOX_ACCEPTED)
            add_item(&self->rows, item);
    }
    if (self->rows.all->len <= 2)
        rows_add(&self->rows, THEME_DIM, g_strdup(why != NULL ? why->message : _("Nothing waits to be sent.")))->is_title = true;
    rows_end(&self->rows);
    self->is_stale = false;
    self->read_ms = app_now_ms();
}

static void draw(view *base)
{
    if (cast(base)->is_stale)
        reload(cast(base));
    rows_draw(base);
}

static void make_stale(view *base)
{
    cast(base)->is_stale = true;
    view_touch(base);
}

static void event(view *base, const struct event *news)
{
    if (news->type == EVENT_OUTBOX_CHANGED || news->type == EVENT_CONNECTION)
        make_stale(base);
}

static void tick(view *base, int64_t now_ms)
{
    if (now_ms - cast(base)->read_ms >= READ_EVERY_MS)
        make_stale(base);
}

static void release(view *base)
{
    rows_clear(&cast(base)->rows);
    g_free(cast(base));
}

static const struct view_ops ops = { .name = "outbox",
                                     .context = CONTEXT_OUTBOX,
                                     .layout = rows_layout,
                                     .draw = draw,
                                     .key = rows_key,
                                     .mouse = rows_mouse,
                                     .event = event,
                                     .tick = tick,
                                     .free = release };

/* --- commands --- */

void cmd_outbox(app *ui, view *base)
{
    if (base->ops == &ops)
        return;
    struct view_outbox *self = g_new0(struct view_outbox, 1);
    rows_init(&self->rows, &ops, ui);
    self->is_stale = true;
    view_push(ui, &self->rows.base);
}

/* 0: none is under the cursor. */
static int64_t chosen(view *base)
{
    const struct rows_row *row = base->ops == &ops ? rows_current(&cast(base)->rows) : NULL;
    return row != NULL ? row->id : 0;
}

/* Wherever it is in the stack: a question may be on top of it. */
static void make_all_stale(app *ui)
{
    for (guint i = 0; i < ui->stack->len; i++) {
        view *each = g_ptr_array_index(ui->stack, i);
        if (each->ops == &ops)
            make_stale(each);
    }
}

/* text: what is said of it. */
static void tell(app *ui, const struct filing_step *step, bool is_done, const GError *why)
{
    if (is_done)
        app_say(ui, "%s", step->text);
    else if (why != NULL)
        app_error(ui, "%s", why->message);
    app_after_change(ui);
    make_all_stale(ui);
}

static bool apply_time(store *db, struct filing_step *step, GError **error)
{
    return outbox_schedule(db, step->id, step->number, error);
}

static bool apply_hold(store *db, struct filing_step *step, GError **error)
{
    return outbox_hold(db, step->id, error);
}

static void give_time(app *ui, int64_t id, int64_t at_utc, const char *words)
{
    const struct filing_step step = { .apply = apply_time, .done = tell, .id = id, .number = at_utc, .text = words };
    filing_step_start(ui, &step);
}

/* What was refused is a draft again: nothing is left to do here, there it can be mended. */
static bool went_to_drafts(app *ui, view *base, int64_t id)
{
    struct outbox_item *item = outbox_item(app_store(ui), id, NULL);
    bool is_draft = item != NULL && item->has_draft;
    g_autoptr(folder) drafts = is_draft ? store_folder_by_role(app_store(ui), item->account_id, FOLDER_DRAFTS, NULL) : NULL;
    if (drafts != NULL) {
        view_pop(ui, base);
        app_open_folder(ui, drafts->id);
        g_autofree char *state = outbox_line_state(item, true);
        app_say(ui, _("%s: %s"), item->subject != NULL && *item->subject != '\0' ? item->subject : _("(no subject)"), state);
    }
    outbox_item_free(item);
    return drafts != NULL;
}

void cmd_outbox_edit(app *ui, view *base)
{
    int64_t id = chosen(base);
    if (id == 0 || went_to_drafts(ui, base, id))
        return;
    make_stale(base);
    composer_take_item(ui, id);
}

void cmd_outbox_send(app *ui, view *base)
{
    int64_t id = chosen(base);
    if (id != 0 && !went_to_drafts(ui, base, id))
        give_time(ui, id, 0, _("It is sent now."));
}

static void answer_time(app *ui, void *data, const char *words)
{
    const int64_t *id = data;
    int64_t at_utc = 0;
    if (words != NULL && *words != '\0' && time_understood(ui, words, &at_utc))
        give_time(ui, *id, at_utc, _("Its time is changed."));
}

void cmd_outbox_time(app *ui, view *base)
{
    int64_t id = chosen(base);
    if (id != 0)
        time_ask(ui, _("Send when: "), answer_time, g_memdup2(&id, sizeof id), g_free);
}

static void answer_discard(app *ui, void *data, const char *line)
{
    const int64_t *id = data;
    const struct filing_step step = { .apply = apply_hold, .done = tell, .id = *id, .text = _("Not sent: it goes back to Drafts.") };
    if (line != NULL && strcmp(line, "1") == 0)
        filing_step_start(ui, &step);
}

/* Asked, because the way back is another one than undo's. */
void cmd_outbox_discard(app *ui, view *base)
{
    int64_t id = chosen(base);
    const char *choices[] = { N_("&Keep it here"), N_("To &Drafts"), NULL };
    if (id == 0)
        return;
    view_choice_push(ui, _("Not send it?"),
                     _("The message goes back to Drafts. Undo does not bring it into the outbox again; open it in Drafts to send it."),
                     choices, answer_discard, g_memdup2(&id, sizeof id), g_free);
}
