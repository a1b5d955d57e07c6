/* SPDX-License-Identifier: MIT */
/* A list in a box with a line to type into: the palette and the folder picker are this with other rows. */
#include "ui/picker.h"
#include "ui/app.h"
#include "ui/overlay.h"
#include "ui/slow_line.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    EXACT_SCORE = 10000,
    COLUMNS = 76,
    ROWS = 22,
    ROWS_LEAST = 4,
    FIRST_ROW = 3,
    HIDDEN_SCORE = 400,
    LINE_OFFERS = 8,
    LINE_GAP = 2,
    TYPED_MAX = 200
};

struct picker {
    view base;
    canvas *canvas;
    char *title;
    GPtrArray *rows, *found; /* found: borrowed, best first */
    GString *typed;
    char *offer; /* NULL: only rows can be taken */
    bool (*can_be_typed)(const char *typed);
    struct picker_row *as_typed;
    int cursor, top;
    bool is_line,
        begins_as_line;         /* two rows instead of a box: over a slow line, and where somebody who types a few letters needs no more */
    int line_shown;             /* how many are seen in the line, from `top` on */
    int line_ends[LINE_OFFERS]; /* columns behind them */
    picker_answer *answer;
    void *data;
    GDestroyNotify data_free;
};

static struct picker *cast(view *self)
{
    return (struct picker *)(void *)self;
}

struct picker_row *picker_row_new(const char *words, const char *note, int64_t id)
{
    struct picker_row *row = g_new0(struct picker_row, 1);
    *row = (struct picker_row){ .text = g_strdup(words), .note = g_strdup(note), .id = id };
    return row;
}

void picker_row_hide(struct picker_row *row, const char *words)
{
    g_autofree char *more = g_utf8_casefold(words, -1), *before = row->hidden;
    row->hidden = before != NULL ? g_strconcat(before, " ", more, NULL) : g_strdup(more);
}

void picker_row_free(void *data)
{
    struct picker_row *row = data;
    g_free(row->hidden);
    g_free(row->exact);
    g_free(row->text);
    g_free(row->note);
    g_free(row->folded);
    g_free(row);
}

/* Letters in order, wherever; at the beginning of words and next to each other they count more. Both folded. */
static int score_folded(const char *hay, const char *needle)
{
    const char *whole = strstr(hay, needle);
    int score = 1;
    if (whole != NULL)
        return 1000 - MIN((int)(whole - hay), 500) + (whole == hay ? 500 : 0);
    const char *at = hay, *last = NULL;
    for (const char *letter = needle; *letter != '\0'; letter = g_utf8_next_char(letter)) {
        const char *found = at;
        while (*found != '\0' && g_utf8_get_char(found) != g_utf8_get_char(letter))
            found = g_utf8_next_char(found);
        if (*found == '\0')
            return 0;
        score += found == last ? 20 : 1;
        score += found == hay || strchr(" -/.", found[-1]) != NULL ? 10 : 0;
        at = last = g_utf8_next_char(found);
    }
    return score;
}

int picker_score(const char *words, const char *typed)
{
    g_autofree char *hay = g_utf8_casefold(words, -1), *needle = g_utf8_casefold(typed, -1);
    return score_folded(hay, needle);
}

static bool is_begun(const char *hidden, const char *word)
{
    for (const char *at = strstr(hidden, word); at != NULL; at = strstr(at + 1, word)) {
        gunichar before = at == hidden ? ' ' : g_utf8_get_char(g_utf8_find_prev_char(hidden, at));
        if (!g_unichar_isalnum(before) || g_unichar_type(g_utf8_get_char(at)) == G_UNICODE_OTHER_LETTER) /* no blanks in those scripts */
            return true;
    }
    return false;
}

/* All the words typed. It counts less than what is seen, but more than letters that only lie about: "spam" in "save search as mail". */
static int score_hidden(const struct picker_row *row, const char *needle)
{
    g_auto(GStrv) words = g_strsplit(needle, " ", -1);
    bool has_any = false;
    for (char **word = words; row->hidden != NULL && *word != NULL; word++) {
        if (**word == '\0')
            continue;
        if (!is_begun(row->hidden, *word))
            return 0;
        has_any = true;
    }
    return has_any ? HIDDEN_SCORE : 0;
}

/* "home arch": each word in the text or in the note beside it ("Archive", of the account "Home"). */
static int score_words(const struct picker_row *row, const char *needle)
{
    g_auto(GStrv) words = g_strsplit(needle, " ", -1);
    g_autofree char *note = g_utf8_casefold(row->note != NULL ? row->note : "", -1);
    int score = 0;
    for (char **word = words; *word != NULL; word++) {
        int found = **word == '\0' ? 1 : MAX(score_folded(row->folded, *word), strstr(note, *word) != NULL ? 10 : 0);
        if (found == 0)
            return 0;
        score += found;
    }
    return score;
}

static bool is_exact(const struct picker_row *row, const char *typed)
{
    g_auto(GStrv) names = g_strsplit(row->exact != NULL ? row->exact : "", " ", -1);
    return *typed != '\0' && g_strv_contains((const char *const *)names, typed);
}

static int score_row(struct picker_row *row, const char *needle)
{
    if (is_exact(row, needle))
        return EXACT_SCORE;
    if (row->folded == NULL)
        row->folded = g_utf8_casefold(row->text, -1);
    int score = score_folded(row->folded, needle);
    if (score == 0 && strchr(needle, ' ') != NULL)
        score = score_words(row, needle);
    return score > HIDDEN_SCORE ? score : MAX(score, score_hidden(row, needle));
}

static int compare(gconstpointer a, gconstpointer b)
{
    const struct picker_row *one = *(struct picker_row *const *)a, *two = *(struct picker_row *const *)b;
    return two->score - one->score;
}

int picker_row_score(struct picker_row *row, const char *typed)
{
    g_autofree char *needle = g_utf8_casefold(typed, -1);
    return score_row(row, needle);
}

static void add_typed(struct picker *self, const char *needle)
{
    const struct picker_row *best = self->found->len > 0 ? g_ptr_array_index(self->found, 0) : NULL;
    g_autofree char *typed = g_strstrip(g_strdup(self->typed->str));
    if (*typed == '\0' || (self->can_be_typed != NULL && !self->can_be_typed(typed)) || (best != NULL && strcmp(best->folded, needle) == 0))
        return; /* nothing, or there it is */
    struct picker_row *before = self->as_typed;
    self->as_typed = picker_row_new(typed, self->offer, PICKER_TYPED);
    g_ptr_array_add(self->found, self->as_typed);
    g_clear_pointer(&before, picker_row_free);
}

/* Each row is scored once for a key, and folded once in its life: ten thousand folders are found between two keys. */
static void find(struct picker *self)
{
    g_autofree char *needle = g_utf8_casefold(self->typed->str, -1);
    g_ptr_array_set_size(self->found, 0);
    for (guint i = 0; i < self->rows->len; i++) {
        struct picker_row *row = g_ptr_array_index(self->rows, i);
        row->score = self->typed->len > 0 ? score_row(row, needle) : 1;
        if (row->score > 0)
            g_ptr_array_add(self->found, row);
    }
    if (self->typed->len > 0)
        g_ptr_array_sort(self->found, compare); /* a stable merge sort */
    if (self->offer != NULL)
        add_typed(self, needle);
    self->cursor = self->top = 0;
}

/* The view is gone before the answer runs, so the answer may push the next one. */
static void finish(struct picker *self, bool is_answer)
{
    app *ui = self->base.app;
    const struct picker_row *chosen =
        is_answer && self->cursor < (int)self->found->len ? g_ptr_array_index(self->found, self->cursor) : NULL;
    if (is_answer && chosen == NULL)
        return;
    g_autoptr(GPtrArray) rows = g_ptr_array_ref(self->rows);
    if (self->as_typed != NULL)
        g_ptr_array_add(rows, g_steal_pointer(&self->as_typed));
    picker_answer *answer = self->answer;
    void *data = self->data;
    GDestroyNotify data_free = self->data_free;
    self->data_free = NULL;
    view_pop(ui, &self->base);
    answer(ui, data, chosen);
    if (data_free != NULL)
        data_free(data);
}

static void step(struct picker *self, int by)
{
    self->cursor = CLAMP(self->cursor + by, 0, MAX((int)self->found->len - 1, 0));
}

/* All the rows, in a box. */
static void unfold(struct picker *self)
{
    self->begins_as_line = false;
    app_refresh(self->base.app);
}

static bool named_key(struct picker *self, enum key_name name)
{
    int page = MAX(canvas_area(self->canvas).rows - FIRST_ROW - 2, 1);
    switch (name) {
    case KEY_NAME_ENTER:
        finish(self, true);
        return true;
    case KEY_NAME_ESCAPE:
        finish(self, false);
        return true;
    case KEY_NAME_DOWN:
    case KEY_NAME_RIGHT:
    case KEY_NAME_TAB:
        step(self, 1);
        return true;
    case KEY_NAME_UP:
    case KEY_NAME_LEFT:
    case KEY_NAME_BACKTAB:
        step(self, -1);
        return true;
    case KEY_NAME_PAGE_DOWN:
        step(self, page);
        return true;
    case KEY_NAME_PAGE_UP:
        step(self, -page);
        return true;
    case KEY_NAME_BACKSPACE:
        if (self->typed->len > 0)
            g_string_truncate(self->typed,
                              (gsize)(g_utf8_find_prev_char(self->typed->str, self->typed->str + self->typed->len) - self->typed->str));
        find(self);
        return true;
    default:
        return true;
    }
}

static bool asks_for_all(const struct picker *self, enum key_name name)
{
    return self->is_line && !slow_line_is() && self->begins_as_line && (name == KEY_NAME_DOWN || name == KEY_NAME_PAGE_DOWN);
}

/* Of a paste as much as a name can have, in one line: it is looked for in each row at each key. */
static void paste(struct picker *self, const char *text)
{
    g_autofree char *line = g_utf8_make_valid(text, -1);
    g_strstrip(g_strdelimit(line, "\n\r\t", ' '));
    for (const char *at = line; *at != '\0' && self->typed->len < TYPED_MAX; at = g_utf8_next_char(at))
        g_string_append_unichar(self->typed, g_utf8_get_char(at));
}

static bool press(view *base, const struct key *key)
{
    struct picker *self = cast(base);
    view_touch(base);
    if (key->kind == KEY_KIND_NAMED && asks_for_all(self, key->name)) {
        unfold(self);
        return true;
    }
    if (key->kind == KEY_KIND_NAMED)
        return named_key(self, key->name);
    if (key->kind == KEY_KIND_PASTE) {
        paste(self, key->paste);
    } else if (key->mods & KEY_MOD_CTRL) {
        if (key->character == 'c' || key->character == 'g') {
            finish(self, false);
            return true;
        }
        if (key->character == 'n' || key->character == 'p')
            step(self, key->character == 'n' ? 1 : -1);
        if (key->character != 'u')
            return true;
        g_string_truncate(self->typed, 0);
    } else if (key->kind == KEY_KIND_CHARACTER && self->typed->len < TYPED_MAX) {
        g_string_append_unichar(self->typed, key->character);
    }
    find(self);
    return true;
}

static void draw_row(const struct picker *self, int row, const struct picker_row *each, bool is_current)
{
    int columns = canvas_area(self->canvas).columns;
    int note = each->note != NULL ? MIN(width_text(each->note), columns / 2) : 0;
    canvas_text(self->canvas, row, 4, columns - note - 9, THEME_NORMAL, each->text);
    if (each->note != NULL)
        canvas_text_right(self->canvas, row, columns - 3, columns / 2, THEME_DIM, each->note);
    if (is_current)
        overlay_mark(self->canvas, row);
}

/* Of what is typed only what would become of it: the letters stand in the prompt, and need not be written twice. Caller frees. */
static char *offer_words(const struct picker *self, int index)
{
    const struct picker_row *each = g_ptr_array_index(self->found, index);
    const char *gap = strstr(each->text, "  "),
               *note = each->note != NULL && (index == self->cursor || each->id == PICKER_TYPED) ? each->note : "";
    g_autofree char *begin = g_strndup(each->text, gap != NULL ? (gsize)(gap - each->text) : strlen(each->text));
    if (each->id == PICKER_TYPED)
        return g_strdup(note);
    return g_strdup_printf("%s%s%s", begin, *note != '\0' ? " · " : "", note);
}

/* Which are seen, from `top` on: their ends. The first one is always. */
static void measure_offers(struct picker *self, int right, int right_of_others)
{
    int column = 1;
    self->line_shown = 0;
    for (int i = self->top; i < (int)self->found->len && self->line_shown < LINE_OFFERS; i++) {
        g_autofree char *words = offer_words(self, i);
        int end = MIN(column + width_text(words), right);
        if (i > self->top && end >= right_of_others)
            break;
        self->line_ends[self->line_shown++] = end;
        column = end + LINE_GAP;
    }
}

/* Rows one behind the other. Over a slow line from the chosen one on, and not more than need be: the others come as the arrows go. */
static void draw_offers(struct picker *self, int columns)
{
    self->top = slow_line_is() ? self->cursor : CLAMP(self->top, MAX(self->cursor - LINE_OFFERS + 1, 0), self->cursor);
    measure_offers(self, columns - 1, slow_line_is() ? columns / 2 : columns - 1);
    while (self->top + self->line_shown <= self->cursor) {
        self->top++;
        measure_offers(self, columns - 1, columns - 1);
    }
    int column = 1;
    for (int i = 0; i < self->line_shown; i++) {
        g_autofree char *words = offer_words(self, self->top + i);
        canvas_text(self->canvas, 1, column, self->line_ends[i] - column, self->top + i == self->cursor ? THEME_SELECTED : THEME_NORMAL,
                    words);
        column = self->line_ends[i] + LINE_GAP;
    }
    if (!slow_line_is() && self->top + self->line_shown < (int)self->found->len)
        canvas_text(self->canvas, 1, column, columns - column, THEME_DIM, canvas_glyph(GLYPH_ELLIPSIS));
}

static void draw_in_line(struct picker *self)
{
    int columns = canvas_area(self->canvas).columns;
    g_autofree char *label = g_strdup_printf("%s:", self->title);
    const char *keys = self->begins_as_line && !slow_line_is() ? _("Down lists all · Enter takes · Esc leaves")
                                                               : _("letters search · Enter takes · Esc leaves");
    int cursor = slow_line_draw(self->canvas, label, self->typed->str, app_settings(self->base.app)->hints ? keys : "");
    canvas_clear_row(self->canvas, 1, 0, THEME_NORMAL);
    draw_offers(self, columns);
    if (self->found->len == 0)
        canvas_text(self->canvas, 1, 1, columns - 2, THEME_DIM, _("nothing fits"));
    canvas_cursor(self->canvas, 0, cursor);
}

static void draw(view *base)
{
    struct picker *self = cast(base);
    if (self->is_line) {
        draw_in_line(self);
        return;
    }
    struct rect area = canvas_area(self->canvas);
    int rows = area.rows - FIRST_ROW - 1;
    overlay_draw(self->canvas, self->title);
    overlay_hint(self->canvas, _("letters search · Enter takes · Esc leaves"));
    int column = 2 + canvas_text(self->canvas, 1, 2, 2, THEME_HINT_KEY, canvas_glyph(GLYPH_ARROW)) + 1;
    column += canvas_text(self->canvas, 1, column, area.columns - column - 3, THEME_NORMAL, self->typed->str);
    self->top = CLAMP(self->top, self->cursor - rows + 1, self->cursor);
    for (int i = 0; i < rows && self->top + i < (int)self->found->len; i++)
        draw_row(self, FIRST_ROW + i, g_ptr_array_index(self->found, self->top + i), self->top + i == self->cursor);
    if (self->found->len == 0)
        canvas_text(self->canvas, FIRST_ROW, 4, area.columns - 6, THEME_DIM, _("nothing fits"));
    if (app_settings(base->app)->accessible && self->cursor > 0) /* what one moved to is heard, else what one types */
        canvas_cursor(self->canvas, FIRST_ROW + self->cursor - self->top, 4);
    else
        canvas_cursor(self->canvas, 1, column);
}

/* The one at that column of the line; -1: none. */
static int offer_at(const struct picker *self, int column)
{
    for (int i = 0; i < self->line_shown; i++)
        if (column < self->line_ends[i] && column >= (i > 0 ? self->line_ends[i - 1] + LINE_GAP : 1))
            return self->top + i;
    return -1;
}

static bool mouse(view *base, const struct key *key, int row, int column)
{
    struct picker *self = cast(base);
    struct rect area = canvas_area(self->canvas);
    int line = row - (area.row - base->area.row), at = self->top + line - FIRST_ROW;
    view_touch(base);
    if (key->mouse == MOUSE_WHEEL_DOWN && asks_for_all(self, KEY_NAME_DOWN))
        unfold(self);
    else if (key->mouse == MOUSE_WHEEL_DOWN || key->mouse == MOUSE_WHEEL_UP)
        step(self, key->mouse == MOUSE_WHEEL_DOWN ? 3 : -3);
    if (key->mouse != MOUSE_CLICK)
        return true;
    if (self->is_line)
        at = line == 1 ? offer_at(self, column - (area.column - base->area.column)) : -1;
    if (at >= self->top && at >= 0 && at < (int)self->found->len) {
        self->cursor = at;
        finish(self, true);
    }
    return true;
}

static void place(view *base, struct rect area)
{
    struct picker *self = cast(base);
    self->is_line = (slow_line_is() || self->begins_as_line) && !app_settings(base->app)->accessible;
    if (self->is_line) {
        canvas_move(self->canvas, slow_line_place(area));
        return;
    }
    int wanted = FIRST_ROW + MAX((int)self->rows->len + 1, ROWS_LEAST) + 1; /* one more: what is typed may be offered */
    canvas_move(self->canvas, overlay_place(area, COLUMNS, MIN(MIN(wanted, ROWS), MAX(area.rows - 5, 8))));
}

static void release(view *base)
{
    struct picker *self = cast(base);
    if (self->data_free != NULL)
        self->data_free(self->data);
    g_ptr_array_unref(self->found);
    g_ptr_array_unref(self->rows);
    g_string_free(self->typed, TRUE);
    g_free(self->title);
    g_free(self->offer);
    g_clear_pointer(&self->as_typed, picker_row_free);
    canvas_free(self->canvas);
    g_free(self);
}

static const struct view_ops ops = {
    .name = "palette", .context = CONTEXT_PALETTE, .layout = place, .draw = draw, .key = press, .mouse = mouse, .free = release
};

void picker_offer_typed(app *ui, const char *note, bool (*can_be)(const char *typed))
{
    view *top = view_top(ui);
    if (top == NULL || top->ops != &ops)
        return;
    g_free(cast(top)->offer);
    cast(top)->offer = g_strdup(note);
    cast(top)->can_be_typed = can_be;
}

void picker_begin_as_line(app *ui)
{
    view *top = view_top(ui);
    if (top == NULL || top->ops != &ops)
        return;
    cast(top)->begins_as_line = true;
    place(top, top->area);
}

void picker_push(app *ui, const char *title, GPtrArray *rows, picker_answer *answer, void *data, GDestroyNotify data_free)
{
    struct picker *self = g_new0(struct picker, 1);
    view_init(&self->base, &ops, ui);
    self->base.is_overlay = true;
    self->canvas = canvas_new((struct rect){ 0 });
    self->title = g_strdup(title);
    self->rows = rows;
    g_ptr_array_set_free_func(rows, picker_row_free);
    self->found = g_ptr_array_new();
    self->typed = g_string_new(NULL);
    self->answer = answer;
    self->data = data;
    self->data_free = data_free;
    find(self);
    view_push(ui, &self->base);
}
