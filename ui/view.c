/* SPDX-License-Identifier: MIT */
/* The panes and the stack over them: who has the focus, where it is, and what is drawn in which order. */
#include "ui/app_private.h"
#include "ui/divider.h"
#include "ui/hyperlink.h"
#include "ui/picture_screen.h"
#include "ui/thrift.h"
#include "ui/view_list.h"
#include "ui/view_reader.h"
#include "ui/width.h"
#include <curses.h>
#include <glib/gi18n-lib.h>
#include <string.h>

void view_init(view *self, const struct view_ops *ops, app *ui)
{
    *self = (view){ .ops = ops, .app = ui, .is_dirty = true };
}

void view_touch(view *self)
{
    self->is_dirty = true;
}

bool app_has_stack(const app *ui)
{
    return ui->stack->len > 0;
}

view *view_top(app *ui)
{
    return ui->stack->len > 0 ? g_ptr_array_index(ui->stack, ui->stack->len - 1) : ui->panes[ui->focus];
}

/* The lowest view that is seen whole: everything below it is hidden. -1: the panes. */
static int stack_base(const app *ui)
{
    for (guint i = ui->stack->len; i > 0; i--) {
        const view *each = g_ptr_array_index(ui->stack, i - 1);
        if (!each->is_overlay)
            return (int)i - 1;
    }
    return -1;
}

bool view_holds_focus(const view *self)
{
    int base = stack_base(self->app);
    const view *holder = base < 0 ? self->app->panes[self->app->focus] : g_ptr_array_index(self->app->stack, (guint)base);
    return holder == self;
}

bool app_has_lines(const app *ui)
{
    int base = stack_base(ui);
    return base < 0 || !((const view *)g_ptr_array_index(ui->stack, (guint)base))->ops->is_lineless;
}

static void place(view *self, struct rect area)
{
    self->area = area;
    self->is_dirty = true;
    if (self->ops->layout != NULL)
        self->ops->layout(self, area);
}

void app_layout(app *ui)
{
    struct layout_wishes wishes = { .kind = ui->layout_kind,
                                    .has_folders = ui->has_folders,
                                    .folders_columns = ui->folders_columns,
                                    .list_percent = ui->list_percent,
                                    .is_linear = ui->settings->accessible,
                                    .has_reader = view_reader_is_open(ui->panes[PANE_READER]),
                                    .focus = ui->focus };
    ui->layout = layout_of(LINES, COLS, &wishes);
    ui->is_frame_dirty = true;
    status_touch(ui->status);
    if (ui->layout.is_too_small)
        return;
    for (size_t i = 0; i < PANE_COUNT; i++)
        place(ui->panes[i], ui->layout.panes[i]);
    for (guint i = 0; i < ui->stack->len; i++) {
        view *each = g_ptr_array_index(ui->stack, i);
        place(each, each->is_overlay ? ui->layout.screen : ui->layout.body);
    }
}

void app_refresh(app *ui)
{
    app_layout(ui);
}

void app_focus(app *ui, enum pane pane)
{
    if (pane == PANE_READER && !view_reader_is_open(ui->panes[PANE_READER]))
        pane = PANE_LIST;
    ui->focus = pane;
    app_layout(ui);
}

void app_touch_mail(app *ui)
{
    for (size_t i = 0; i < PANE_COUNT; i++)
        view_touch(ui->panes[i]);
    status_touch(ui->status);
}

void view_push(app *ui, view *self)
{
    g_ptr_array_add(ui->stack, self);
    app_layout(ui);
}

void view_pop(app *ui, view *self)
{
    if (!g_ptr_array_remove(ui->stack, self))
        return;
    if (self->ops->free != NULL)
        self->ops->free(self);
    app_layout(ui);
}

static void draw_line(canvas *sheet, int row, int columns, bool is_seen)
{
    if (is_seen)
        canvas_fill(sheet, row, 0, columns, THEME_LINE, canvas_glyph(GLYPH_HLINE));
    else
        canvas_clear_row(sheet, row, 0, THEME_NORMAL);
}

static void draw_frame(app *ui)
{
    const struct layout *layout = &ui->layout;
    bool has_panes = stack_base(ui) < 0, has_lines = app_has_lines(ui);
    canvas *sheet = canvas_new(layout->screen);
    const char *line = canvas_glyph(GLYPH_HLINE), *bar = canvas_glyph(GLYPH_VLINE);
    draw_line(sheet, layout->top_line.row, layout->screen.columns, has_lines);
    draw_line(sheet, layout->bottom_line.row, layout->screen.columns, has_lines);
    int columns[] = { layout->folders_line, layout->reader_line };
    for (size_t i = 0; has_panes && i < G_N_ELEMENTS(columns); i++) {
        if (columns[i] < 0)
            continue;
        canvas_text(sheet, layout->top_line.row, columns[i], 1, THEME_LINE, canvas_glyph(GLYPH_TEE_DOWN));
        for (int row = layout->body.row; row < layout->body.row + layout->body.rows; row++)
            canvas_text(sheet, row, columns[i], 1, THEME_LINE, bar);
        canvas_text(sheet, layout->bottom_line.row, columns[i], 1, THEME_LINE, canvas_glyph(GLYPH_TEE_UP));
    }
    if (has_panes && layout->split_row >= 0)
        canvas_fill(sheet, layout->split_row, layout->panes[PANE_LIST].column, layout->panes[PANE_LIST].columns, THEME_LINE, line);
    canvas_free(sheet);
}

static void draw_too_small(app *ui)
{
    canvas *sheet = canvas_new(ui->layout.screen);
    for (int row = 0; row < ui->layout.screen.rows; row++)
        canvas_clear_row(sheet, row, 0, THEME_NORMAL);
    g_autofree char *line = g_strdup_printf(_("postern needs %d × %d cells; this terminal has %d × %d. Make it larger."),
                                            LAYOUT_MIN_COLUMNS, LAYOUT_MIN_ROWS, ui->layout.screen.columns, ui->layout.screen.rows);
    g_autoptr(GArray) starts = width_wrap(line, MAX(ui->layout.screen.columns, 2));
    for (guint i = 0; i < starts->len; i++) {
        size_t start = g_array_index(starts, size_t, i), end = i + 1 < starts->len ? g_array_index(starts, size_t, i + 1) : strlen(line);
        canvas_textn(sheet, (int)i, 0, ui->layout.screen.columns, THEME_NORMAL, line + start, end - start);
    }
    canvas_free(sheet);
    ui->is_frame_dirty = false;
}

bool app_is_dirty(const app *ui)
{
    bool is_dirty = ui->is_frame_dirty || status_is_dirty(ui->status);
    for (size_t i = 0; i < PANE_COUNT; i++)
        is_dirty = is_dirty || (ui->panes[i]->is_dirty && ui->panes[i]->area.columns > 0);
    for (guint i = 0; i < ui->stack->len; i++)
        is_dirty = is_dirty || ((const view *)g_ptr_array_index(ui->stack, i))->is_dirty;
    return is_dirty;
}

static void draw_view(view *self, bool *is_below_drawn)
{
    if (!self->is_dirty && !*is_below_drawn)
        return;
    self->is_dirty = false;
    if (self->ops->draw != NULL)
        self->ops->draw(self);
    *is_below_drawn = true;
}

static void draw_views(app *ui)
{
    int base = stack_base(ui);
    bool is_drawn = false;
    if (ui->is_frame_dirty)
        draw_frame(ui);
    ui->is_frame_dirty = false;
    for (size_t i = 0; base < 0 && i < PANE_COUNT; i++) {
        bool is_alone = false; /* panes do not cover each other */
        if (ui->panes[i]->area.columns > 0)
            draw_view(ui->panes[i], &is_alone);
        is_drawn = is_drawn || is_alone;
    }
    if (status_is_dirty(ui->status)) {
        status_draw(ui->status);
        is_drawn = true;
    }
    for (guint i = (guint)MAX(base, 0); i < ui->stack->len; i++)
        draw_view(g_ptr_array_index(ui->stack, i), &is_drawn);
}

/* The only doupdate() in the program: one write a turn. */
void app_draw(app *ui)
{
    if (!app_is_dirty(ui))
        return;
    canvas_rest_cursor(false);
    if (ui->layout.is_too_small) {
        draw_too_small(ui);
    } else {
        view_touch(view_top(ui)); /* it says where the cursor rests */
        draw_views(ui);
    }
    if (ui->layout.is_too_small)
        for (guint i = 0; i < PANE_COUNT; i++)
            ui->panes[i]->is_dirty = false;
    canvas_rest_cursor(true);
    hyperlink_before_update();
    picture_screen_before_update(app_now_ms());
    wnoutrefresh(stdscr);
    thrift_before_update();
    doupdate();
    hyperlink_after_update();
}

void app_event(app *ui, const struct event *event)
{
    status_event(ui->status, event);
    for (size_t i = 0; i < PANE_COUNT; i++)
        if (ui->panes[i]->ops->event != NULL)
            ui->panes[i]->ops->event(ui->panes[i], event);
    g_autoptr(GPtrArray) stack = g_ptr_array_copy(ui->stack, NULL, NULL); /* an event may end a view */
    for (guint i = 0; i < stack->len; i++) {
        view *each = g_ptr_array_index(stack, i);
        if (g_ptr_array_find(ui->stack, each, NULL) && each->ops->event != NULL)
            each->ops->event(each, event);
    }
}

static bool is_inside(struct rect area, const struct key *key)
{
    return key->row >= area.row && key->row < area.row + area.rows && key->column >= area.column &&
           key->column < area.column + area.columns;
}

static view *pane_at(app *ui, const struct key *key)
{
    for (size_t i = 0; i < PANE_COUNT; i++)
        if (is_inside(ui->panes[i]->area, key))
            return ui->panes[i];
    return NULL;
}

/* A key hint is a button; a click on the header goes to the folders. */
static bool click_frame(app *ui, const struct key *key)
{
    if (key->mouse != MOUSE_CLICK || (app_has_stack(ui) && view_top(ui)->is_overlay))
        return false;
    const struct command *command = key->row == ui->layout.hints.row ? status_hint_at(ui->status, key->column) : NULL;
    if (key->row == ui->layout.header.row && !app_has_stack(ui))
        command = command_find("go-folder");
    if (command != NULL)
        app_run_command(ui, command);
    return command != NULL;
}

/* The right button: what can be done with what is under it. */
static void open_menu(app *ui, view *target, const struct key *key)
{
    struct key click = *key;
    click.mouse = MOUSE_CLICK;
    if (target == NULL || app_has_stack(ui))
        return;
    if (target != ui->panes[PANE_FOLDERS] && target != ui->panes[PANE_READER] && target->ops->mouse != NULL)
        target->ops->mouse(target, &click, key->row - target->area.row, key->column - target->area.column);
    view_palette_push(ui);
}

void app_mouse(app *ui, const struct key *key)
{
    bool is_press = key->mouse == MOUSE_CLICK || key->mouse == MOUSE_MENU;
    if (divider_mouse(ui, key) || click_frame(ui, key))
        return;
    view *target = app_has_stack(ui) ? view_top(ui) : pane_at(ui, key);
    for (size_t i = 0; !app_has_stack(ui) && is_press && i < PANE_COUNT; i++)
        if (target == ui->panes[i] && ui->focus != (enum pane)i)
            app_focus(ui, (enum pane)i);
    if (key->mouse == MOUSE_MENU)
        open_menu(ui, target, key);
    else if (target != NULL && target->ops->mouse != NULL && is_inside(target->area, key))
        target->ops->mouse(target, key, key->row - target->area.row, key->column - target->area.column);
}
