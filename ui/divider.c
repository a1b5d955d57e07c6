/* SPDX-License-Identifier: MIT */
/* The panes as somebody wants them: how many, and where the lines between them are; by key, by mouse, remembered. */
#include "ui/divider.h"
#include "ui/app_private.h"
#include <glib/gi18n-lib.h>

enum { STEP_COLUMNS = 2, STEP_PERCENT = 4 };

static void remember(app *ui, const char *key, int value)
{
    g_autofree char *line = g_strdup_printf("%d", value);
    store_set_meta(ui->store, key, line, NULL); /* best effort: only how it looks */
}

static int recall(app *ui, const char *key)
{
    g_autofree char *line = store_get_meta(ui->store, key);
    return line != NULL ? (int)CLAMP(g_ascii_strtoll(line, NULL, 10), 0, 1000) : 0;
}

void divider_restore(app *ui)
{
    ui->folders_columns = recall(ui, "ui.folders-columns");
    ui->list_percent = recall(ui, "ui.list-percent");
    ui->layout_kind = layout_kind_of(ui->settings->layout);
    if (ui->layout_kind == LAYOUT_AUTO)
        ui->layout_kind = (enum layout_kind)MIN(recall(ui, "ui.layout"), (int)LAYOUT_THREE);
}

static void save(app *ui)
{
    remember(ui, "ui.folders-columns", ui->folders_columns);
    remember(ui, "ui.list-percent", ui->list_percent);
}

void cmd_layout(app *ui, view *base)
{
    static const char *const words[] = { N_("As many panes as the width allows."), N_("One pane."),
                                         N_("Two panes: folders, and list or message."), N_("Three panes: folders, list and message.") };
    (void)base;
    ui->layout_kind = (enum layout_kind)((ui->layout_kind + 1) % G_N_ELEMENTS(words));
    remember(ui, "ui.layout", (int)ui->layout_kind);
    if (ui->layout_kind >= LAYOUT_TWO)
        ui->has_folders = true;
    app_focus(ui, ui->focus);
    app_say(ui, "%s", ui->settings->accessible ? _("With accessible = true there is always one pane.") : _(words[ui->layout_kind]));
}

/* --- the lines --- */

static bool has_folders_line(const app *ui)
{
    return ui->layout.folders_line >= 0;
}

static bool has_list_line(const app *ui)
{
    return ui->layout.reader_line >= 0 || ui->layout.split_row >= 0;
}

static void set_folders(app *ui, int columns)
{
    ui->folders_columns = CLAMP(columns, LAYOUT_FOLDERS_LEAST, ui->layout.screen.columns / 2);
    app_layout(ui);
}

static void set_list(app *ui, int percent)
{
    ui->list_percent = CLAMP(percent, LAYOUT_PERCENT_LEAST, LAYOUT_PERCENT_MOST);
    app_layout(ui);
}

static int list_percent(const app *ui)
{
    const struct rect *list = &ui->layout.panes[PANE_LIST], *reader = &ui->layout.panes[PANE_READER];
    int part = ui->layout.split_row >= 0 ? list->rows : list->columns;
    int whole = part + 1 + (ui->layout.split_row >= 0 ? reader->rows : reader->columns);
    return ui->list_percent > 0 ? ui->list_percent : part * 100 / MAX(whole, 1);
}

/* The line beside the focus: the message's where there is one, else the folders'. */
static void move_line(app *ui, int by)
{
    if (ui->focus != PANE_FOLDERS && has_list_line(ui))
        set_list(ui, list_percent(ui) + by * STEP_PERCENT);
    else if (has_folders_line(ui))
        set_folders(ui, ui->layout.folders_line + by * STEP_COLUMNS);
    else
        app_brief(ui, _("There is one pane, and no line to move; %s changes that."),
                  keymap_key_for(ui, command_find("layout"), view_top(ui)->ops->context));
    save(ui);
}

void cmd_divider_left(app *ui, view *base)
{
    (void)base;
    move_line(ui, -1);
}

void cmd_divider_right(app *ui, view *base)
{
    (void)base;
    move_line(ui, 1);
}

/* --- the mouse --- */

static enum divider line_at(const app *ui, const struct key *key)
{
    const struct rect *body = &ui->layout.body, *list = &ui->layout.panes[PANE_LIST];
    bool is_body = key->row >= body->row && key->row < body->row + body->rows;
    if (is_body && has_folders_line(ui) && key->column == ui->layout.folders_line)
        return DIVIDER_FOLDERS;
    if (is_body && ui->layout.reader_line >= 0 && key->column == ui->layout.reader_line)
        return DIVIDER_LIST;
    bool is_split = ui->layout.split_row >= 0 && key->row == ui->layout.split_row && key->column >= list->column;
    return is_split ? DIVIDER_LIST : DIVIDER_NONE;
}

static void drag_list(app *ui, const struct key *key)
{
    const struct rect *body = &ui->layout.body, *list = &ui->layout.panes[PANE_LIST];
    if (ui->layout.split_row >= 0)
        set_list(ui, (key->row - list->row) * 100 / MAX(body->rows, 1));
    else
        set_list(ui, (key->column - list->column) * 100 / MAX(body->column + body->columns - list->column, 1));
}

bool divider_mouse(app *ui, const struct key *key)
{
    if (app_has_stack(ui))
        ui->dragged = DIVIDER_NONE;
    else if (key->mouse == MOUSE_CLICK || key->mouse == MOUSE_DOUBLE)
        ui->dragged = line_at(ui, key);
    if (ui->dragged == DIVIDER_NONE)
        return false;
    if (key->mouse == MOUSE_DRAG && ui->dragged == DIVIDER_FOLDERS)
        set_folders(ui, key->column);
    else if (key->mouse == MOUSE_DRAG)
        drag_list(ui, key);
    if (key->mouse == MOUSE_RELEASE) {
        ui->dragged = DIVIDER_NONE;
        save(ui);
    }
    return true;
}
