/* SPDX-License-Identifier: MIT */
/* Commands that say how the list is shown. */
#include "ui/cmd_order.h"
#include "core/store_thread_link.h"
#include "ui/answers.h"
#include "ui/app_private.h"
#include "ui/filing.h"
#include "ui/list_order.h"
#include "ui/view_list.h"
#include "ui/view_reader.h"
#include <glib/gi18n-lib.h>
#include <stdlib.h>

/* In the order of the menu. The others show conversations or single messages, as is shown now. */
static const struct {
    enum window_sort sort;
    enum { AS_NOW, CONVERSATIONS, MESSAGES } rows;
    const char *label;
} choices[] = {
    { WINDOW_BY_DATE, CONVERSATIONS, N_("&Activity: conversations, the latest answer first") },
    { WINDOW_BY_DATE, MESSAGES, N_("&Date: single messages, newest first") },
    { WINDOW_BY_FROM, AS_NOW, N_("&From: the sender, of a conversation who began it") },
    { WINDOW_BY_SUBJECT, AS_NOW, N_("&Subject: without “Re:”, answers beside their question") },
    { WINDOW_BY_SIZE, AS_NOW, N_("Si&ze: the largest first, conversations with all in them") },
};
enum { CHOICE_REVERSE = G_N_ELEMENTS(choices), CHOICE_ROWS, CHOICES };

static guint current_choice(const struct window_order *now)
{
    for (guint i = 0; i < G_N_ELEMENTS(choices); i++)
        if (choices[i].sort == now->sort && (choices[i].rows == AS_NOW || (choices[i].rows == MESSAGES) == now->is_flat))
            return i;
    return 0;
}

static void set_order(app *ui, const struct window_order *order)
{
    if (view_list_set_order(ui->panes[PANE_LIST], order)) {
        app_say(ui, _("Order: %s. It is remembered for this folder."), list_order_words(order));
    } else {
        pace_await(&ui->pace, app_now_ms());
        app_say(ui, _("This folder is being sorted for the first time; go on meanwhile."));
    }
}

static void answer(app *ui, void *data, const char *line)
{
    (void)data;
    if (line == NULL)
        return;
    guint chosen = (guint)strtoul(line, NULL, 10);
    if (chosen == CHOICE_REVERSE)
        cmd_order_reverse(ui, NULL);
    else if (chosen == CHOICE_ROWS)
        cmd_threads(ui, NULL);
    if (chosen >= G_N_ELEMENTS(choices))
        return;
    bool is_flat = view_list_order(ui->panes[PANE_LIST])->is_flat;
    const struct window_order order = { .sort = choices[chosen].sort,
                                        .is_flat = choices[chosen].rows == AS_NOW ? is_flat : choices[chosen].rows == MESSAGES };
    set_order(ui, &order);
}

void cmd_order(app *ui, view *base)
{
    (void)base;
    const struct window_order *now = view_list_order(ui->panes[PANE_LIST]);
    const char *labels[CHOICES + 1] = { NULL };
    if (view_list_is_search(ui->panes[PANE_LIST])) {
        app_brief(ui, _("What is found always comes newest first."));
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(choices); i++)
        labels[i] = choices[i].label;
    g_autofree char *turn = g_strconcat(N_("&Reverse: %s"), ANSWER_ABOUT, list_order_reverse_words(now), NULL);
    labels[CHOICE_REVERSE] = turn;
    labels[CHOICE_ROWS] = now->is_flat ? N_("&Conversations as one line each") : N_("Single &messages, not conversations");
    view_choice_push(ui, _("Order of this folder"), NULL, labels, answer, NULL, NULL);
    view_choice_mark(ui, current_choice(now));
    view_choice_begin_as_line(ui);
}

void cmd_order_reverse(app *ui, view *base)
{
    (void)base;
    struct window_order order = *view_list_order(ui->panes[PANE_LIST]);
    order.is_reversed = !order.is_reversed;
    set_order(ui, &order);
}

void cmd_threads(app *ui, view *base)
{
    (void)base;
    struct window_order order = *view_list_order(ui->panes[PANE_LIST]);
    order.is_flat = !order.is_flat;
    set_order(ui, &order);
}

void cmd_fold_all(app *ui, view *base)
{
    (void)base;
    if (ui->focus == PANE_READER)
        view_reader_open_all(ui->panes[PANE_READER], !view_reader_is_all_open(ui->panes[PANE_READER]));
    else
        view_list_fold_all(ui->panes[PANE_LIST]);
}

static void unfold_all(app *ui, bool is_open)
{
    if (ui->focus == PANE_READER)
        view_reader_open_all(ui->panes[PANE_READER], is_open);
    else
        view_list_unfold_all(ui->panes[PANE_LIST], is_open);
}

void cmd_open_all(app *ui, view *base)
{
    (void)base;
    unfold_all(ui, true);
}

void cmd_close_all(app *ui, view *base)
{
    (void)base;
    unfold_all(ui, false);
}

/* The store's own sentence says why not. */
static void tell_threads(app *ui, bool is_done, const GError *error, const char *words)
{
    if (!is_done) {
        app_error(ui, "%s", error->message);
        return;
    }
    view_list_unmark_all(ui->panes[PANE_LIST]);
    app_after_change(ui);
    const char *undo = keymap_key_for(ui, command_find("undo"), CONTEXT_LIST);
    app_say(ui, "%s %s %s %s", words, canvas_glyph(GLYPH_DOT), undo, _("undo"));
}

static bool apply_break(store *db, struct filing_step *step, GError **error)
{
    return store_thread_break(db, step->id, error);
}

static void broken(app *ui, const struct filing_step *step, bool is_done, const GError *error)
{
    (void)step;
    tell_threads(ui, is_done, error, _("This message and its answers are a conversation of their own now"));
}

void cmd_thread_break(app *ui, view *base)
{
    (void)base;
    const struct filing_step step = { .apply = apply_break, .done = broken, .id = app_current_placement(ui) };
    if (step.id != 0)
        filing_step_start(ui, &step);
}

struct joining {
    GArray *targets;
    int joined;
};

static void joining_free(void *data)
{
    struct joining *self = data;
    g_array_unref(self->targets);
    g_free(self);
}

static bool apply_join(store *db, void *data, GError **error)
{
    struct joining *self = data;
    return store_thread_join(db, (const int64_t *)(void *)self->targets->data, self->targets->len, &self->joined, error);
}

static void joined_threads(app *ui, void *data, bool is_done, const GError *error)
{
    const struct joining *self = data;
    int joined = self->joined;
    g_autofree char *words =
        joined < 2
            ? g_strdup_printf(_("Mark the conversations that belong together (%s), then join them."),
                              keymap_key_for(ui, command_find("mark"), CONTEXT_LIST))
            : g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%d conversation is one now", "%d conversations are one now", (gulong)joined),
                              joined);
    if (is_done && joined < 2)
        app_say(ui, "%s", words);
    else
        tell_threads(ui, is_done, error, words);
}

void cmd_thread_join(app *ui, view *base)
{
    (void)base;
    int64_t mail = app_current_placement(ui);
    struct joining *self = g_new0(struct joining, 1);
    self->targets = app_targets(ui);
    if (mail != 0)
        g_array_append_val(self->targets, mail);
    const struct filing filing = { apply_join, joined_threads, joining_free, self, self->targets->len, true };
    filing_start(ui, &filing);
}
