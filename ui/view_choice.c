/* SPDX-License-Identifier: MIT */
/* A question with a few answers, each with its letter. */
#include "ui/answers.h"
#include "ui/app.h"
#include "ui/overlay.h"
#include "ui/slow_line.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { COLUMNS = 70 };

struct view_choice {
    view base;
    canvas *canvas;
    char *title, *text;
    answers *choices;
    guint count, cursor;
    bool is_line, begins_as_line; /* begins: until somebody asks what the answers are (arrow down) */
    bool is_deliberate;           /* letters do not answer */
    int marked;                   /* what holds now; -1: nothing */
    app_answer *answer;
    void *data;
    GDestroyNotify data_free;
};

static struct view_choice *cast(view *self)
{
    return (struct view_choice *)(void *)self;
}

/* The view is gone before the answer runs, so the answer may push the next one. */
static void finish(struct view_choice *self, int index)
{
    app *ui = self->base.app;
    char words[16];
    app_answer *answer = self->answer;
    void *data = self->data;
    GDestroyNotify data_free = self->data_free;
    g_snprintf(words, sizeof words, "%d", index);
    self->data_free = NULL;
    view_pop(ui, &self->base);
    if (answer != NULL)
        answer(ui, data, index >= 0 ? words : NULL);
    if (data_free != NULL)
        data_free(data);
}

static bool press(view *base, const struct key *key)
{
    struct view_choice *self = cast(base);
    view_touch(base);
    if (key->name == KEY_NAME_DOWN && self->is_line && self->begins_as_line && !slow_line_is()) {
        self->begins_as_line = false;
        app_refresh(base->app);
        return true;
    }
    switch (key->name) {
    case KEY_NAME_ESCAPE:
        finish(self, -1);
        return true;
    case KEY_NAME_ENTER:
        finish(self, (int)self->cursor);
        return true;
    case KEY_NAME_DOWN:
    case KEY_NAME_RIGHT:
    case KEY_NAME_TAB:
        self->cursor = (self->cursor + 1) % self->count;
        return true;
    case KEY_NAME_UP:
    case KEY_NAME_LEFT:
    case KEY_NAME_BACKTAB:
        self->cursor = (self->cursor + self->count - 1) % self->count;
        return true;
    default:
        break;
    }
    int index =
        key->kind == KEY_KIND_CHARACTER && key->mods == 0 && !self->is_deliberate ? answers_find(self->choices, key->character) : -1;
    if (index >= 0)
        finish(self, index);
    return true; /* any other key changes nothing */
}

static int text_rows(const struct view_choice *self, int columns)
{
    int rows = 0;
    g_auto(GStrv) paragraphs = g_strsplit(self->text != NULL ? self->text : "", "\n", -1);
    for (char **each = paragraphs; *each != NULL; each++) {
        g_autoptr(GArray) starts = width_wrap(*each, columns);
        rows += (int)starts->len;
    }
    return rows;
}

/* All of it, with its frame: a question of no words has no gap below them. */
static int wanted_rows(const struct view_choice *self, int columns)
{
    int rows = text_rows(self, columns);
    return rows + (int)self->count + (rows > 0 ? 5 : 4);
}

/* As many lines as there is room for: the answers must be seen. */
static int draw_text(struct view_choice *self, int row, int rows, int columns)
{
    g_auto(GStrv) paragraphs = g_strsplit(self->text != NULL ? self->text : "", "\n", -1);
    int last = row + rows;
    for (char **each = paragraphs; *each != NULL; each++) {
        g_autoptr(GArray) starts = width_wrap(*each, columns);
        for (guint i = 0; i < starts->len && row < last; i++) {
            size_t start = g_array_index(starts, size_t, i),
                   end = i + 1 < starts->len ? g_array_index(starts, size_t, i + 1) : strlen(*each);
            while (end > start && (*each)[end - 1] == ' ') /* the blank where it is broken */
                end--;
            canvas_words(self->canvas, row++, 2, columns, THEME_NORMAL, *each + start, end - start, *each);
        }
    }
    return row;
}

/* --- over a slow line, and for hands that know: the question and its answers are a line each --- */

static const char *letter(const struct view_choice *self, guint index)
{
    return self->is_deliberate ? "" : answers_letter(self->choices, index);
}

/* "Activity: conversations, the latest answer first": the first word does. Caller frees. */
static char *brief_answer(const struct view_choice *self, guint index)
{
    const char *words = answers_text(self->choices, index);
    return g_strndup(words, strcspn(words, ":,"));
}

static char *brief_question(const struct view_choice *self)
{
    bool has_text = self->text != NULL && *self->text != '\0';
    return g_strdup_printf("%s%s%s", self->title, has_text ? ": " : ":", has_text ? self->text : "");
}

/* It says all that the box would. */
static bool fits_line(const struct view_choice *self, int columns)
{
    g_autofree char *question = brief_question(self);
    int width = 1;
    for (guint i = 0; i < self->count; i++) {
        g_autofree char *words = brief_answer(self, i);
        width += width_text(letter(self, i)) + 1 + width_text(words) + 2;
    }
    return strchr(question, '\n') == NULL && width_text(question) <= columns - 2 && width <= columns;
}

static void draw_in_line(struct view_choice *self)
{
    int columns = canvas_area(self->canvas).columns, column = 1;
    g_autofree char *question = brief_question(self);
    const char *keys = self->begins_as_line && !slow_line_is() ? _("Down explains · Esc leaves") : _("Esc leaves");
    slow_line_draw(self->canvas, question, "", app_settings(self->base.app)->hints ? keys : "");
    canvas_clear_row(self->canvas, 1, 0, THEME_NORMAL);
    for (guint i = 0; i < self->count; i++) {
        g_autofree char *words = brief_answer(self, i);
        enum theme_style style = i == self->cursor ? THEME_SELECTED : THEME_NORMAL;
        if (i == self->cursor)
            canvas_cursor(self->canvas, 1, column);
        column += canvas_text(self->canvas, 1, column, columns - column, THEME_HINT_KEY, letter(self, i)) + 1;
        column += canvas_text(self->canvas, 1, column, columns - column, style, words) + 2;
    }
}

static void draw(view *base)
{
    struct view_choice *self = cast(base);
    if (self->is_line) {
        draw_in_line(self);
        return;
    }
    struct rect area = canvas_area(self->canvas);
    bool is_tight = area.rows < wanted_rows(self, area.columns - 4);
    int top = is_tight ? 1 : 2;
    overlay_draw(self->canvas, self->title);
    overlay_hint(self->canvas,
                 self->is_deliberate ? _("arrows and Enter answer · Esc leaves") : _("a letter, or Enter, answers · Esc leaves"));
    int row = draw_text(self, top, area.rows - (int)self->count - top - (is_tight ? 1 : 2), area.columns - 4);
    row += is_tight || row == top ? 0 : 1;
    for (guint i = 0; i < self->count; i++, row++) {
        int column = 4 + canvas_text(self->canvas, row, 4, 3, THEME_HINT_KEY, letter(self, i)) + 2;
        bool is_marked = self->marked == (int)i, is_spoken = app_settings(self->base.app)->accessible;
        canvas_text(self->canvas, row, column, area.columns - column - 5, is_marked ? THEME_BOLD : THEME_NORMAL,
                    answers_text(self->choices, i));
        if (is_marked)
            canvas_text_right(self->canvas, row, area.columns - 2, area.columns / 3, THEME_BOLD,
                              canvas_glyph(is_spoken ? GLYPH_MARK : GLYPH_TICK)); /* not "good" */
        if (i == self->cursor) {
            overlay_mark(self->canvas, row);
            canvas_cursor(self->canvas, row, 4);
        }
    }
}

static void place(view *base, struct rect area)
{
    struct view_choice *self = cast(base);
    int columns = MIN(COLUMNS, area.columns);
    self->is_line = (slow_line_is() || self->begins_as_line) && !app_settings(base->app)->accessible && fits_line(self, area.columns);
    if (self->is_line) {
        canvas_move(self->canvas, slow_line_place(area));
        return;
    }
    canvas_move(self->canvas, overlay_place(area, columns, wanted_rows(self, columns - 4)));
}

static void release(view *base)
{
    struct view_choice *self = cast(base);
    if (self->data_free != NULL)
        self->data_free(self->data);
    answers_free(self->choices);
    g_free(self->title);
    g_free(self->text);
    canvas_free(self->canvas);
    g_free(self);
}

static const struct view_ops ops = {
    .name = "question", .context = CONTEXT_QUESTION, .layout = place, .draw = draw, .key = press, .free = release
};

void view_choice_push(app *ui, const char *title, const char *words, const char *const *choices, app_answer *answer, void *data,
                      GDestroyNotify data_free)
{
    struct view_choice *self = g_new0(struct view_choice, 1);
    view_init(&self->base, &ops, ui);
    self->base.is_overlay = true;
    self->canvas = canvas_new((struct rect){ 0 });
    self->title = g_strdup(title);
    self->text = g_strdup(words);
    self->choices = answers_new(choices);
    self->count = answers_count(self->choices);
    self->answer = answer;
    self->data = data;
    self->data_free = data_free;
    self->marked = -1;
    view_push(ui, &self->base);
}

void view_choice_mark(app *ui, guint index)
{
    view *top = view_top(ui);
    if (top->ops != &ops || index >= cast(top)->count)
        return;
    cast(top)->cursor = index;
    cast(top)->marked = (int)index;
}

void view_choice_begin_as_line(app *ui)
{
    view *top = view_top(ui);
    if (top->ops != &ops)
        return;
    cast(top)->begins_as_line = true;
    place(top, top->area);
}

void view_choice_deliberate(app *ui, guint index)
{
    view *top = view_top(ui);
    if (top->ops != &ops || index >= cast(top)->count)
        return;
    cast(top)->cursor = index;
    cast(top)->is_deliberate = true;
}
