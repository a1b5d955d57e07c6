/* SPDX-License-Identifier: MIT */
/* Commands of the program: moving about, panes, help, undo, quit. */
#include "ui/cmd_app.h"
#include "core/undo.h"
#include "core/vip.h"
#include "ui/app_private.h"
#include "ui/cmd_compose.h"
#include "ui/cmd_outbox.h"
#include "ui/cmd_tag.h"
#include "ui/composer_draft.h"
#include "ui/filing.h"
#include "ui/view_folders.h"
#include "ui/view_list.h"
#include "ui/view_reader.h"
#include <curses.h>
#include <glib/gi18n-lib.h>
#include <signal.h>

static view *list_of(app *ui)
{
    return ui->panes[PANE_LIST];
}

static view *reader_of(app *ui)
{
    return ui->panes[PANE_READER];
}

void cmd_open(app *ui, view *base)
{
    if (ui->focus == PANE_FOLDERS) {
        int64_t box = view_folders_current(ui->panes[PANE_FOLDERS]);
        const char *search = view_folders_search(ui->panes[PANE_FOLDERS]);
        if (search != NULL)
            app_search(ui, search, false);
        else if (view_folders_is_on_outbox(ui->panes[PANE_FOLDERS]))
            cmd_outbox(ui, base);
        else if (box != 0)
            app_open_folder(ui, box);
        else
            view_folders_fold(ui->panes[PANE_FOLDERS], -1);
        return;
    }
    int64_t mail = view_list_to_open(list_of(ui));
    if (mail != 0 && !compose_open_draft(ui, mail))
        app_open_message(ui, mail);
}

static bool is_narrow(const app *ui)
{
    return ui->layout.screen.columns < LAYOUT_MIDDLE;
}

static void say_how_to_leave(app *ui)
{
    app_brief(ui, _("%s leaves postern."), keymap_key_for(ui, command_find("quit"), CONTEXT_LIST));
}

static bool close_something(app *ui)
{
    if (ui->focus == PANE_READER && view_reader_find_end(reader_of(ui))) {
        status_say(ui->status, "", false);
    } else if (view_reader_is_open(reader_of(ui))) {
        view_reader_close(reader_of(ui));
        app_focus(ui, PANE_LIST);
    } else if (ui->focus == PANE_FOLDERS && view_folders_filter_words(ui->panes[PANE_FOLDERS]) != NULL) {
        view_folders_filter(ui->panes[PANE_FOLDERS], NULL);
    } else if (ui->focus == PANE_FOLDERS) {
        app_focus(ui, PANE_LIST);
        if (is_narrow(ui)) /* from there "back" comes here again: round and round, and no way out is seen */
            say_how_to_leave(ui);
    } else if (view_list_has_marks(list_of(ui))) {
        view_list_unmark_all(list_of(ui));
    } else if (view_list_is_search(list_of(ui))) {
        app_leave_search(ui);
    } else if (view_list_filter_words(list_of(ui)) != NULL) {
        view_list_filter(list_of(ui), NULL, false);
    } else {
        return false;
    }
    return true;
}

void cmd_back(app *ui, view *base)
{
    if (app_has_stack(ui)) {
        view_pop(ui, base);
        return;
    }
    if (close_something(ui))
        return;
    if (is_narrow(ui))
        app_focus(ui, PANE_FOLDERS);
    else
        say_how_to_leave(ui);
}

void cmd_quit(app *ui, view *base)
{
    (void)base;
    if (composer_is_sending())
        composer_ask_quit(ui);
    else
        app_quit(ui);
}

void cmd_redraw(app *ui, view *base)
{
    (void)base;
    clearok(curscr, TRUE);
    app_refresh(ui);
}

void cmd_suspend(app *ui, view *base)
{
    (void)ui;
    (void)base;
    raise(SIGTSTP); /* the loop does it, the same way as for a signal from outside */
}

void cmd_palette(app *ui, view *base)
{
    (void)base;
    view_palette_push(ui);
}

void cmd_help(app *ui, view *base)
{
    view_help_push(ui, base->ops->context);
}

void cmd_activity(app *ui, view *base)
{
    if (base->ops->context != CONTEXT_ACTIVITY)
        view_activity_push(ui);
}

void cmd_add_account(app *ui, view *base)
{
    (void)base;
    view_wizard_push(ui, NULL);
}

void cmd_sync(app *ui, view *base)
{
    (void)base;
    if (!engine_is_online(ui->engine)) {
        app_error(ui, _("postern is offline by your wish; %s goes online."), keymap_key_for(ui, command_find("online"), CONTEXT_LIST));
        return;
    }
    engine_sync_now(ui->engine, NULL);
    app_say(ui, _("Looking for new mail…"));
}

struct history {
    bool is_undo;
    char *words; /* what was taken back */
    char *vips;  /* as they were */
};

static void history_free(gpointer data)
{
    struct history *self = data;
    g_free(self->words);
    g_free(self->vips);
    g_free(self);
}

static bool history_apply(store *db, void *data, GError **error)
{
    struct history *self = data;
    return self->is_undo ? undo_last(db, &self->words, error) : redo_last(db, &self->words, error);
}

static void history_done(app *ui, void *data, bool is_done, const GError *error)
{
    const struct history *self = data;
    g_autofree char *vips = vip_query(ui->store);
    if (g_strcmp0(vips, self->vips) != 0)
        cmd_vip_keep_search(ui);
    app_after_change(ui); /* of many, a part may have been turned before it failed */
    if (is_done)
        app_say(ui, self->is_undo ? _("Taken back: %s") : _("Done again: %s"), self->words != NULL ? self->words : "");
    else if (error != NULL)
        app_error(ui, "%s", error->message);
    else
        app_brief(ui, self->is_undo ? _("There is nothing to take back.") : _("There is nothing to do again."));
}

static void step_history(app *ui, bool is_undo)
{
    if (is_undo && !filing_is_busy(ui) && composer_take_back(ui)) /* what waits to be written was done after it */
        return;
    struct history *step = g_new0(struct history, 1);
    step->is_undo = is_undo;
    step->vips = vip_query(ui->store);
    const struct filing filing = { .apply = history_apply,
                                   .done = history_done,
                                   .data = step,
                                   .data_free = history_free,
                                   .count = (size_t)undo_size(ui->store, !is_undo) };
    filing_start(ui, &filing);
}

void cmd_undo(app *ui, view *base)
{
    (void)base;
    step_history(ui, true);
}

void cmd_redo(app *ui, view *base)
{
    (void)base;
    step_history(ui, false);
}

/* --- moving: each pane in its own way --- */

static const struct {
    int folder_rows, reader_lines, reader_pages;
} steps[] = {
    [LIST_DOWN] = { 1, 1, 0 },       [LIST_UP] = { -1, -1, 0 },          [LIST_PAGE_DOWN] = { 10, 0, 1 }, [LIST_PAGE_UP] = { -10, 0, -1 },
    [LIST_TOP] = { G_MININT, 0, 0 }, [LIST_BOTTOM] = { G_MAXINT, 0, 0 }, [LIST_HALF_DOWN] = { 5, 10, 0 }, [LIST_HALF_UP] = { -5, -10, 0 },
};

static void step(app *ui, enum list_step wanted)
{
    bool is_end = false;
    if (ui->focus == PANE_FOLDERS)
        view_folders_step(ui->panes[PANE_FOLDERS], steps[wanted].folder_rows);
    else if (ui->focus == PANE_LIST)
        view_list_step(list_of(ui), wanted);
    else if (wanted == LIST_TOP || wanted == LIST_BOTTOM)
        view_reader_scroll_end(reader_of(ui), wanted == LIST_TOP);
    else if (steps[wanted].reader_pages != 0)
        view_reader_scroll_page(reader_of(ui), steps[wanted].reader_pages, &is_end);
    else
        view_reader_scroll(reader_of(ui), steps[wanted].reader_lines);
}

#define STEP(name, wanted)                                                                                                                 \
    void name(app *ui, view *base)                                                                                                         \
    {                                                                                                                                      \
        (void)base;                                                                                                                        \
        step(ui, wanted);                                                                                                                  \
    }
STEP(cmd_move_down, LIST_DOWN)
STEP(cmd_move_up, LIST_UP)
STEP(cmd_page_down, LIST_PAGE_DOWN)
STEP(cmd_page_up, LIST_PAGE_UP)
STEP(cmd_half_down, LIST_HALF_DOWN)
STEP(cmd_half_up, LIST_HALF_UP)
STEP(cmd_top, LIST_TOP)
STEP(cmd_bottom, LIST_BOTTOM)

static void step_message(app *ui, enum list_step wanted)
{
    if (ui->focus == PANE_READER && view_reader_step(reader_of(ui), wanted == LIST_DOWN ? 1 : -1))
        return;
    if (!view_list_step(list_of(ui), wanted)) {
        app_brief(ui, wanted == LIST_DOWN ? _("This is the last message.") : _("This is the first message."));
        return;
    }
    if (ui->focus == PANE_READER)
        app_read_message(ui, view_list_to_open(list_of(ui)));
}

void cmd_next(app *ui, view *base)
{
    (void)base;
    if (ui->focus != PANE_READER || !view_reader_find_next(reader_of(ui), 1))
        step_message(ui, LIST_DOWN);
}

void cmd_previous(app *ui, view *base)
{
    (void)base;
    if (ui->focus != PANE_READER || !view_reader_find_next(reader_of(ui), -1))
        step_message(ui, LIST_UP);
}

/* In the reader: in its conversation, then in the next one that has any. */
static void read_next_unread(app *ui)
{
    int64_t next = view_reader_next_unread(reader_of(ui)) ? -1 : view_list_next_unread_elsewhere(list_of(ui));
    if (next == 0)
        app_brief(ui, _("Nothing unread here."));
    if (next > 0)
        app_open_message(ui, next);
}

void cmd_next_unread(app *ui, view *base)
{
    (void)base;
    if (ui->focus == PANE_READER && view_list_has_threads(list_of(ui))) {
        read_next_unread(ui);
        return;
    }
    if (!view_list_next_unread(list_of(ui))) {
        app_brief(ui, _("Nothing unread here."));
        return;
    }
    if (ui->focus == PANE_READER)
        view_reader_show(reader_of(ui), view_list_current(list_of(ui)));
    else if (ui->focus == PANE_FOLDERS)
        app_focus(ui, PANE_LIST);
}

void cmd_read_on(app *ui, view *base)
{
    bool is_end = false;
    view_reader_scroll_page(reader_of(ui), 1, &is_end);
    if (is_end)
        cmd_next_unread(ui, base);
}

void cmd_expand(app *ui, view *base)
{
    (void)base;
    if (ui->focus == PANE_FOLDERS)
        view_folders_fold(ui->panes[PANE_FOLDERS], 1);
    else if (!view_list_expand(list_of(ui)))
        cmd_open(ui, base);
}

void cmd_collapse(app *ui, view *base)
{
    (void)base;
    if (ui->focus == PANE_READER)
        close_something(ui);
    else if (ui->focus == PANE_FOLDERS)
        view_folders_fold(ui->panes[PANE_FOLDERS], 0);
    else if (!view_list_collapse(list_of(ui)))
        app_focus(ui, PANE_FOLDERS);
}

/* Nothing but that: what has no fold stays as it is. */
void cmd_fold_open(app *ui, view *base)
{
    (void)base;
    if (ui->focus == PANE_FOLDERS)
        view_folders_fold(ui->panes[PANE_FOLDERS], 1);
    else
        view_list_expand(list_of(ui));
}

void cmd_fold_close(app *ui, view *base)
{
    (void)base;
    if (ui->focus == PANE_FOLDERS)
        view_folders_fold(ui->panes[PANE_FOLDERS], 0);
    else
        view_list_collapse(list_of(ui));
}

void cmd_fold(app *ui, view *base)
{
    (void)base;
    if (ui->focus == PANE_READER)
        view_reader_fold(reader_of(ui));
    else if (ui->focus == PANE_FOLDERS)
        view_folders_fold(ui->panes[PANE_FOLDERS], -1);
    else
        view_list_fold(list_of(ui));
}

void cmd_headers(app *ui, view *base)
{
    (void)base;
    view_reader_toggle_headers(reader_of(ui));
}

void cmd_view(app *ui, view *base)
{
    (void)base;
    view_reader_cycle_view(reader_of(ui));
}

void cmd_source(app *ui, view *base)
{
    if (ui->focus == PANE_LIST)
        cmd_open(ui, base);
    view_reader_source(reader_of(ui));
}

void cmd_focus_next(app *ui, view *base)
{
    (void)base;
    for (int i = 1; i <= PANE_COUNT; i++) {
        enum pane next = (enum pane)(((int)ui->focus + i) % PANE_COUNT);
        bool is_possible = next == PANE_READER ? view_reader_is_open(reader_of(ui)) : next != PANE_FOLDERS || ui->has_folders;
        if (is_possible) {
            app_focus(ui, next);
            return;
        }
    }
}
