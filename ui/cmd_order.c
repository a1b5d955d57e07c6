/* SPDX-License-Identifier: MIT */
/* Commands that say how the list is shown. */
#include "ui/cmd_order.h"
#include "core/store_thread_link.h"
#include "ui/app_private.h"
#include "ui/list_order.h"
#include "ui/unified.h"
#include "ui/view_list.h"
#include "ui/view_reader.h"
#include <glib/gi18n-lib.h>
#include <stdlib.h>

/* In the order of the menu. */
static const struct {
    struct window_order order;
    const char *label;
} choices[] = {
    { { WINDOW_BY_DATE, false, false }, N_("Conversa&tions, the latest activity first") },
    { { WINDOW_BY_DATE, false, true }, N_("&Date: single messages, newest first") },
    { { WINDOW_BY_FROM, false, true }, N_("&From: single messages by sender") },
    { { WINDOW_BY_SUBJECT, false, true }, N_("&Subject: single messages, answers beside their question") },
    { { WINDOW_BY_SIZE, false, true }, N_("Si&ze: single messages, largest first") },
};

static guint current_choice(const struct window_order *now)
{
    for (guint i = 0; i < G_N_ELEMENTS(choices); i++)
        if (choices[i].order.sort == now->sort && (now->sort != WINDOW_BY_DATE || choices[i].order.is_flat == now->is_flat))
            return i;
    return 0;
}

static void set_order(app *ui, const struct window_order *order)
{
    if (view_list_set_order(ui->panes[PANE_LIST], order))
        app_say(ui, _("Order: %s. It is remembered for this folder."), list_order_words(order));
    else
        app_say(ui, _("This folder is being sorted for the first time; go on meanwhile."));
}

static void answer(app *ui, void *data, const char *line)
{
    (void)data;
    if (line == NULL)
        return;
    guint chosen = (guint)strtoul(line, NULL, 10);
    if (chosen < G_N_ELEMENTS(choices))
        set_order(ui, &choices[chosen].order);
    else
        cmd_order_reverse(ui, NULL);
}

void cmd_order(app *ui, view *base)
{
    (void)base;
    const struct window_order *now = view_list_order(ui->panes[PANE_LIST]);
    const char *labels[G_N_ELEMENTS(choices) + 2] = { NULL };
    if (view_list_is_search(ui->panes[PANE_LIST])) {
        app_say(ui, _("What is found always comes newest first."));
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(choices); i++)
        labels[i] = _(choices[i].label);
    g_autofree char *turn = g_strdup_printf(_("&Reverse: %s"), list_order_reverse_words(now));
    labels[G_N_ELEMENTS(choices)] = turn;
    view_choice_push(ui, _("Order of this folder"), NULL, labels, answer, NULL, NULL);
    view_choice_mark(ui, current_choice(now));
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
    order.is_flat = order.sort == WINDOW_BY_DATE && !order.is_flat;
    order.sort = WINDOW_BY_DATE;
    set_order(ui, &order);
}

void cmd_fold_all(app *ui, view *base)
{
    (void)base;
    if (ui->focus == PANE_READER)
        view_reader_open_all(ui->panes[PANE_READER]);
    else
        view_list_fold_all(ui->panes[PANE_LIST]);
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
    app_say(ui, "%s", words);
}

void cmd_thread_break(app *ui, view *base)
{
    (void)base;
    g_autoptr(GError) error = NULL;
    int64_t mail = app_current_placement(ui);
    const char *key = keymap_key_for(ui, command_find("join-conversations"), CONTEXT_LIST);
    g_autofree char *words =
        g_strdup_printf(_("This message and its answers are a conversation of their own now; marked ones are joined by %s."), key);
    if (mail != 0)
        tell_threads(ui, store_thread_break(ui->store, mail, &error), error, words);
}

void cmd_thread_join(app *ui, view *base)
{
    (void)base;
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) targets = app_targets(ui);
    int64_t mail = app_current_placement(ui);
    int joined = 0;
    if (mail != 0)
        g_array_append_val(targets, mail);
    bool is_done = store_thread_join(ui->store, (const int64_t *)(void *)targets->data, targets->len, &joined, &error);
    g_autofree char *words =
        joined < 2
            ? g_strdup_printf(_("Mark the conversations that belong together (%s), then join them."),
                              keymap_key_for(ui, command_find("mark"), CONTEXT_LIST))
            : g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%d conversation is one now.", "%d conversations are one now.", (gulong)joined),
                              joined);
    if (is_done && joined < 2)
        app_say(ui, "%s", words);
    else
        tell_threads(ui, is_done, error, words);
}

void cmd_go_all_inboxes(app *ui, view *base)
{
    (void)base;
    if (unified_is_offered(ui))
        app_open_folder(ui, UNIFIED(FOLDER_INBOX));
    else
        app_run_command(ui, command_find("go-inbox"));
}
