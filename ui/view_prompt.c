/* SPDX-License-Identifier: MIT */
/* One line of input with a label, on the status row; completion by Tab. A view like any other: while it waits, everything else lives. */
#include "ui/app.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { TEXT_MAX = 64 * 1024, TYPING_COLUMNS = 26, REASON_ROWS = 3, LINE_INDENT = 2 };

struct view_prompt {
    view base;
    canvas *canvas;
    char *label;
    char *reason; /* why it is asked; NULL: it is plain */
    GString *text;
    size_t cursor; /* byte offset, at a character */
    bool is_secret;
    app_complete *complete;
    app_answer *answer, *typed;
    void *data;
    GDestroyNotify data_free;
    GPtrArray *found; /* completions of what stood there before Tab; NULL: none asked */
    guint found_at;
};

static struct view_prompt *cast(view *self)
{
    return (struct view_prompt *)(void *)self;
}

static void forget_found(struct view_prompt *self)
{
    g_clear_pointer(&self->found, g_ptr_array_unref);
    self->found_at = 0;
}

static void set_text(struct view_prompt *self, const char *words)
{
    g_string_assign(self->text, words);
    self->cursor = self->text->len;
}

static size_t before(const struct view_prompt *self)
{
    const char *previous = g_utf8_find_prev_char(self->text->str, self->text->str + self->cursor);
    return previous != NULL ? (size_t)(previous - self->text->str) : 0;
}

static size_t behind(const struct view_prompt *self)
{
    return self->cursor < self->text->len ? (size_t)(g_utf8_next_char(self->text->str + self->cursor) - self->text->str) : self->cursor;
}

static void tell_typed(struct view_prompt *self)
{
    if (self->typed != NULL)
        self->typed(self->base.app, self->data, self->text->str);
}

static void insert(struct view_prompt *self, const char *words)
{
    g_autofree char *valid = g_utf8_make_valid(words, -1);
    g_strdelimit(valid, "\r\n\t", ' ');
    if (self->text->len + strlen(valid) > TEXT_MAX) {
        view_prompt_explain(self->base.app, _("What was pasted is too long for one line: nothing of it was taken."));
        return;
    }
    g_string_insert(self->text, (gssize)self->cursor, valid);
    self->cursor += strlen(valid);
    tell_typed(self);
}

static void erase(struct view_prompt *self, size_t from, size_t to)
{
    g_string_erase(self->text, (gssize)from, (gssize)(to - from));
    self->cursor = from;
    tell_typed(self);
}

static size_t word_start(const struct view_prompt *self)
{
    size_t at = self->cursor;
    while (at > 0 && self->text->str[at - 1] == ' ')
        at--;
    while (at > 0 && self->text->str[at - 1] != ' ' && self->text->str[at - 1] != '/')
        at--;
    return at;
}

/* The view is gone before the answer runs, so the answer may push the next one. */
static void finish(struct view_prompt *self, bool is_answer)
{
    app *ui = self->base.app;
    g_autofree char *words = is_answer ? g_strdup(self->text->str) : NULL;
    app_answer *answer = self->answer;
    void *data = self->data;
    GDestroyNotify data_free = self->data_free;
    self->data_free = NULL;
    view_pop(ui, &self->base);
    if (answer != NULL)
        answer(ui, data, words);
    if (data_free != NULL)
        data_free(data);
    if (words != NULL)
        explicit_bzero(words, strlen(words)); /* it may be a password */
}

static void complete(struct view_prompt *self)
{
    if (self->complete == NULL)
        return;
    if (self->found == NULL) {
        self->found = self->complete(self->base.app, self->data, self->text->str);
        self->found_at = 0;
    } else if (self->found->len > 0) {
        self->found_at = (self->found_at + 1) % self->found->len;
    }
    if (self->found != NULL && self->found->len > 0)
        set_text(self, g_ptr_array_index(self->found, self->found_at));
    tell_typed(self);
}

static bool control_key(struct view_prompt *self, uint32_t letter)
{
    switch (letter) {
    case 'a':
        self->cursor = 0;
        return true;
    case 'e':
        self->cursor = self->text->len;
        return true;
    case 'u':
        erase(self, 0, self->cursor);
        return true;
    case 'k':
        g_string_truncate(self->text, self->cursor);
        tell_typed(self);
        return true;
    case 'w':
        erase(self, word_start(self), self->cursor);
        return true;
    case 'c':
    case 'g':
        finish(self, false);
        return true;
    default:
        return false;
    }
}

static bool named_key(struct view_prompt *self, enum key_name name)
{
    switch (name) {
    case KEY_NAME_ENTER:
        finish(self, true);
        return true;
    case KEY_NAME_ESCAPE:
        finish(self, false);
        return true;
    case KEY_NAME_BACKSPACE:
        erase(self, before(self), self->cursor);
        return true;
    case KEY_NAME_DELETE:
        erase(self, self->cursor, behind(self));
        return true;
    case KEY_NAME_LEFT:
        self->cursor = before(self);
        return true;
    case KEY_NAME_RIGHT:
        self->cursor = behind(self);
        return true;
    case KEY_NAME_HOME:
        self->cursor = 0;
        return true;
    case KEY_NAME_END:
        self->cursor = self->text->len;
        return true;
    default:
        return false;
    }
}

/* Of somebody who wants no hints; what Tab found needs a row. */
static bool is_one_row(const struct view_prompt *self)
{
    const struct settings *settings = app_settings(self->base.app);
    return !settings->hints && !settings->accessible && self->found == NULL;
}

static bool press(view *base, const struct key *key)
{
    struct view_prompt *self = cast(base);
    view_touch(base);
    if (key->kind == KEY_KIND_NAMED && key->name == KEY_NAME_TAB) {
        bool was_one = is_one_row(self);
        complete(self);
        if (was_one != is_one_row(self))
            app_refresh(base->app);
        return true;
    }
    bool has_offers = self->found != NULL;
    forget_found(self);
    if (has_offers && is_one_row(self))
        app_refresh(base->app);
    if (key->kind == KEY_KIND_PASTE) {
        insert(self, key->paste);
        return true;
    }
    if (key->kind == KEY_KIND_NAMED)
        return named_key(self, key->name);
    if (key->mods & KEY_MOD_CTRL)
        return control_key(self, key->character);
    if (key->kind == KEY_KIND_CHARACTER && !(key->mods & KEY_MOD_ALT)) {
        char words[7] = "";
        words[g_unichar_to_utf8(key->character, words)] = '\0';
        insert(self, words);
    }
    return true;
}

static char *hint(const struct view_prompt *self)
{
    if (self->found == NULL)
        return g_strdup(self->complete != NULL ? _("Enter does it   Tab completes   Esc leaves") : _("Enter does it   Esc leaves"));
    if (self->found->len == 0)
        return g_strdup(_("nothing begins like this"));
    GString *words = g_string_new(NULL);
    for (guint i = 0; i < self->found->len && i < 12; i++)
        g_string_append_printf(words, i == self->found_at ? "[%s]  " : "%s  ", (const char *)g_ptr_array_index(self->found, i));
    return g_string_free(words, FALSE);
}

/* The lines above the prompt: at most REASON_ROWS, of char*. */
static GPtrArray *reason_lines(const struct view_prompt *self, int columns)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    const char *words = self->reason != NULL ? self->reason : "";
    g_autoptr(GArray) starts = width_wrap(words, MAX(columns, 10));
    for (guint i = 0; i < starts->len && *words != '\0' && i < REASON_ROWS; i++) {
        size_t start = g_array_index(starts, size_t, i), end = i + 1 < starts->len ? g_array_index(starts, size_t, i + 1) : strlen(words);
        g_ptr_array_add(lines, g_strchomp(g_strndup(words + start, end - start)));
    }
    return lines;
}

/* One that stands in the line which is there already, and need not be parted from the screen by another. */
static bool is_in_line(const struct view_prompt *self, const GPtrArray *lines, int columns)
{
    return lines->len == 1 && app_has_lines(self->base.app) && width_text(g_ptr_array_index(lines, 0)) <= columns - 2 * (LINE_INDENT + 1);
}

/* A line that parts them from the screen, and they; how many rows. */
static int draw_reason(struct view_prompt *self, int columns)
{
    g_autoptr(GPtrArray) lines = reason_lines(self, columns - 2);
    if (lines->len == 0)
        return 0;
    canvas_fill(self->canvas, 0, 0, columns, THEME_LINE, canvas_glyph(GLYPH_HLINE));
    if (is_in_line(self, lines, columns)) {
        g_autofree char *spaced = g_strdup_printf(" %s ", (const char *)g_ptr_array_index(lines, 0));
        canvas_text(self->canvas, 0, LINE_INDENT, columns - 2 * LINE_INDENT, THEME_NORMAL, spaced);
        return 1;
    }
    for (guint i = 0; i < lines->len; i++) {
        canvas_clear_row(self->canvas, 1 + (int)i, 0, THEME_NORMAL);
        const char *line = g_ptr_array_index(lines, i);
        canvas_words(self->canvas, 1 + (int)i, 1, columns - 2, THEME_NORMAL, line, strlen(line), self->reason);
    }
    return 1 + (int)lines->len;
}

static void draw(view *base)
{
    struct view_prompt *self = cast(base);
    int columns = canvas_area(self->canvas).columns;
    g_autofree char *dots = self->is_secret ? g_strnfill((gsize)g_utf8_strlen(self->text->str, -1), '*') : NULL;
    g_autofree char *head = self->is_secret ? g_strnfill((gsize)g_utf8_strlen(self->text->str, (gssize)self->cursor), '*')
                                            : g_strndup(self->text->str, self->cursor);
    const char *words = self->is_secret ? dots : self->text->str;
    int row = draw_reason(self, columns);
    canvas_clear_row(self->canvas, row, 0, THEME_NORMAL);
    bool has_keys = row + 1 < canvas_area(self->canvas).rows;
    if (has_keys)
        canvas_clear_row(self->canvas, row + 1, 0, THEME_HINT_TEXT);
    int labels = MAX(columns / 2, columns - TYPING_COLUMNS); /* the question matters more than a long answer, which scrolls */
    int column = 1 + canvas_text(self->canvas, row, 1, labels, has_keys ? THEME_TITLE : THEME_NORMAL, self->label);
    int room = MAX(columns - column - 1, 4), at = width_text(head);
    size_t skipped = 0;
    while (at >= room) { /* a long text scrolls so that the cursor is seen */
        int cells = 0;
        skipped += width_cluster(words + skipped, strlen(words + skipped), &cells);
        at -= MAX(cells, 1);
    }
    int used = 0;
    size_t bytes = width_prefix(words + skipped, strlen(words + skipped), room, &used);
    canvas_textn(self->canvas, row, column, room, THEME_NORMAL, words + skipped, bytes);
    if (has_keys) {
        g_autofree char *below = hint(self);
        canvas_text(self->canvas, row + 1, 1, columns - 2, THEME_HINT_TEXT, below);
    }
    canvas_cursor(self->canvas, row, column + at);
}

static void place(view *base, struct rect area)
{
    g_autoptr(GPtrArray) lines = reason_lines(cast(base), area.columns - 2);
    int reasons = is_in_line(cast(base), lines, area.columns) ? 0 : (int)lines->len;
    int own = is_one_row(cast(base)) ? 1 : 2, rows = MIN(area.rows, own + (lines->len > 0 ? 1 + reasons : 0));
    canvas_move(cast(base)->canvas, (struct rect){ area.row + area.rows - rows, area.column, rows, area.columns });
}

static void release(view *base)
{
    struct view_prompt *self = cast(base);
    if (self->data_free != NULL)
        self->data_free(self->data);
    forget_found(self);
    explicit_bzero(self->text->str, self->text->len);
    g_string_free(self->text, TRUE);
    g_free(self->label);
    g_free(self->reason);
    canvas_free(self->canvas);
    g_free(self);
}

static const struct view_ops ops = {
    .name = "prompt", .context = CONTEXT_PROMPT, .layout = place, .draw = draw, .key = press, .free = release
};

void view_prompt_push(app *ui, const char *label, const char *initial, bool is_secret, app_complete *complete_with, app_answer *answer,
                      void *data, GDestroyNotify data_free)
{
    struct view_prompt *self = g_new0(struct view_prompt, 1);
    view_init(&self->base, &ops, ui);
    self->base.is_overlay = true;
    self->canvas = canvas_new((struct rect){ 0 });
    self->label = g_strdup(label);
    self->text = g_string_sized_new(256);
    self->is_secret = is_secret;
    self->complete = complete_with;
    self->answer = answer;
    self->data = data;
    self->data_free = data_free;
    set_text(self, initial != NULL ? initial : "");
    view_push(ui, &self->base);
}

void view_prompt_follow(app *ui, app_answer *typed)
{
    view *top = view_top(ui);
    if (top != NULL && top->ops == &ops)
        cast(top)->typed = typed;
}

void view_prompt_explain(app *ui, const char *words)
{
    view *top = view_top(ui);
    if (top == NULL || top->ops != &ops)
        return;
    struct view_prompt *self = cast(top);
    char *copy = g_strdup(words);
    g_free(self->reason);
    self->reason = copy;
    place(top, top->area);
    view_touch(top);
}
