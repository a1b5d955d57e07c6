/* SPDX-License-Identifier: MIT */
/* Fields below each other; Tab and the arrows go between them, Enter goes on. */
#include "ui/form.h"
#include "ui/width.h"
#include <string.h>

enum { TEXT_MAX = 4096, MARGIN = 2 };

struct field {
    char *label;
    GString *text; /* NULL: a choice */
    size_t cursor; /* byte offset in text, at a character */
    bool is_secret, is_hidden;
    char **choices;
    int chosen, choice_count;
};
struct form {
    GPtrArray *fields; /* of struct field* */
    int focus;
};

static void field_free(void *data)
{
    struct field *field = data;
    if (field->text != NULL) {
        explicit_bzero(field->text->str, field->text->len);
        g_string_free(field->text, TRUE);
    }
    g_strfreev(field->choices);
    g_free(field->label);
    g_free(field);
}

form *form_new(void)
{
    form *self = g_new0(form, 1);
    self->fields = g_ptr_array_new_with_free_func(field_free);
    return self;
}

void form_free(form *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->fields);
    g_free(self);
}

static struct field *field_at(const form *self, int index)
{
    return g_ptr_array_index(self->fields, index);
}

static int add(form *self, const char *label)
{
    struct field *field = g_new0(struct field, 1);
    field->label = g_strdup(label);
    g_ptr_array_add(self->fields, field);
    return (int)self->fields->len - 1;
}

int form_add_text(form *self, const char *label, const char *initial)
{
    int index = add(self, label);
    field_at(self, index)->text = g_string_sized_new(256); /* large enough that a password is never copied in growing */
    form_set_text(self, index, initial != NULL ? initial : "");
    return index;
}

int form_add_secret(form *self, const char *label)
{
    int index = form_add_text(self, label, "");
    field_at(self, index)->is_secret = true;
    return index;
}

int form_add_choice(form *self, const char *label, const char *const *choices, int chosen)
{
    int index = add(self, label);
    struct field *field = field_at(self, index);
    field->choices = g_strdupv((char **)(uintptr_t)choices);
    field->choice_count = (int)g_strv_length(field->choices);
    field->chosen = CLAMP(chosen, 0, field->choice_count - 1);
    return index;
}

const char *form_text(const form *self, int index)
{
    return field_at(self, index)->text->str;
}

void form_set_text(form *self, int index, const char *text)
{
    struct field *field = field_at(self, index);
    g_string_assign(field->text, text);
    field->cursor = field->text->len;
}

int form_chosen(const form *self, int index)
{
    return field_at(self, index)->chosen;
}

void form_show(form *self, int index, bool is_shown)
{
    field_at(self, index)->is_hidden = !is_shown;
}

int form_focus(const form *self)
{
    return self->focus;
}

void form_set_focus(form *self, int index)
{
    self->focus = index;
}

/* The next shown field in a direction; the same when there is none. */
static int neighbour(const form *self, int step)
{
    for (int i = self->focus + step; i >= 0 && i < (int)self->fields->len; i += step) {
        if (!field_at(self, i)->is_hidden)
            return i;
    }
    return self->focus;
}

/* --- editing --- */
static size_t before(const struct field *field)
{
    const char *previous = g_utf8_find_prev_char(field->text->str, field->text->str + field->cursor);
    return previous != NULL ? (size_t)(previous - field->text->str) : 0;
}

static size_t behind(const struct field *field)
{
    return field->cursor < field->text->len ? (size_t)(g_utf8_next_char(field->text->str + field->cursor) - field->text->str)
                                            : field->cursor;
}

static enum form_answer erase(struct field *field, size_t from, size_t to)
{
    g_string_erase(field->text, (gssize)from, (gssize)(to - from));
    field->cursor = from;
    return FORM_CHANGED;
}

static enum form_answer insert(struct field *field, const char *words)
{
    g_autofree char *valid = g_utf8_make_valid(words, -1);
    g_strdelimit(valid, "\r\n\t", ' ');
    bool fits = field->text->len + strlen(valid) <= TEXT_MAX;
    if (fits) {
        g_string_insert(field->text, (gssize)field->cursor, valid);
        field->cursor += strlen(valid);
    }
    explicit_bzero(valid, strlen(valid));
    return fits ? FORM_CHANGED : FORM_TOO_LONG;
}

static enum form_answer press_character(struct field *field, const struct key *key)
{
    char words[7] = "";
    if (key->mods & KEY_MOD_CTRL) {
        switch (key->character) {
        case 'a':
            field->cursor = 0;
            return FORM_USED;
        case 'e':
            field->cursor = field->text->len;
            return FORM_USED;
        case 'u':
            return erase(field, 0, field->cursor);
        case 'w':
        case 'k':
            return erase(field, key->character == 'w' ? 0 : field->cursor, key->character == 'w' ? field->cursor : field->text->len);
        default:
            return FORM_UNUSED;
        }
    }
    if (key->mods & KEY_MOD_ALT)
        return FORM_UNUSED;
    words[g_unichar_to_utf8(key->character, words)] = '\0';
    return insert(field, words);
}

static enum form_answer press_text(struct field *field, const struct key *key)
{
    if (key->kind == KEY_KIND_PASTE)
        return insert(field, key->paste);
    if (key->kind == KEY_KIND_CHARACTER)
        return press_character(field, key);
    switch (key->name) {
    case KEY_NAME_BACKSPACE:
        return erase(field, before(field), field->cursor);
    case KEY_NAME_DELETE:
        return erase(field, field->cursor, behind(field));
    case KEY_NAME_LEFT:
        field->cursor = before(field);
        return FORM_USED;
    case KEY_NAME_RIGHT:
        field->cursor = behind(field);
        return FORM_USED;
    case KEY_NAME_HOME:
        field->cursor = 0;
        return FORM_USED;
    case KEY_NAME_END:
        field->cursor = field->text->len;
        return FORM_USED;
    default:
        return FORM_UNUSED;
    }
}

bool form_is_at_choice(const form *self)
{
    return field_at(self, self->focus)->choices != NULL;
}

static enum form_answer press_choice(struct field *field, const struct key *key)
{
    int step = key->name == KEY_NAME_LEFT                                                            ? -1
               : key->name == KEY_NAME_RIGHT || key->name == KEY_NAME_SPACE || key->character == ' ' ? 1
                                                                                                     : 0;
    if (step == 0)
        return FORM_UNUSED;
    field->chosen = (field->chosen + step + field->choice_count) % field->choice_count;
    return FORM_CHANGED;
}

static enum form_answer go(form *self, int step)
{
    self->focus = neighbour(self, step);
    return FORM_USED;
}

enum form_answer form_press(form *self, const struct key *key)
{
    if (key->kind == KEY_KIND_NAMED) {
        switch (key->name) {
        case KEY_NAME_ENTER:
            return neighbour(self, 1) == self->focus ? FORM_DONE : go(self, 1);
        case KEY_NAME_TAB:
        case KEY_NAME_DOWN:
            return go(self, 1);
        case KEY_NAME_BACKTAB:
        case KEY_NAME_UP:
            return go(self, -1);
        default:
            break;
        }
    }
    struct field *field = field_at(self, self->focus);
    return field->text != NULL ? press_text(field, key) : press_choice(field, key);
}

/* --- drawing --- */
int form_rows(const form *self)
{
    int rows = 0;
    for (guint i = 0; i < self->fields->len; i++)
        rows += field_at(self, (int)i)->is_hidden ? 0 : 1;
    return rows;
}

static int label_columns(const form *self)
{
    int columns = 0;
    for (guint i = 0; i < self->fields->len; i++) {
        if (!field_at(self, (int)i)->is_hidden)
            columns = MAX(columns, width_text(field_at(self, (int)i)->label));
    }
    return columns;
}

static void draw_text(const struct field *field, canvas *canvas, int row, int column, int room, bool is_focused)
{
    g_autofree char *dots = field->is_secret ? g_strnfill((gsize)g_utf8_strlen(field->text->str, -1), '*') : NULL;
    g_autofree char *head = field->is_secret ? g_strnfill((gsize)g_utf8_strlen(field->text->str, (gssize)field->cursor), '*')
                                             : g_strndup(field->text->str, field->cursor);
    const char *words = field->is_secret ? dots : field->text->str;
    int at = width_text(head);
    size_t skipped = 0;
    while (at >= room && words[skipped] != '\0') { /* a long text scrolls so that the cursor is seen */
        int cells = 0;
        skipped += width_cluster(words + skipped, strlen(words + skipped), &cells);
        at -= MAX(cells, 1);
    }
    canvas_fill(canvas, row, column, room, THEME_INPUT, " ");
    canvas_text(canvas, row, column, room, THEME_INPUT, words + skipped);
    if (is_focused)
        canvas_cursor(canvas, row, column + at);
}

static void draw_choice(const struct field *field, canvas *canvas, int row, int column, int room, bool is_focused)
{
    g_autofree char *words = g_strdup_printf("‹ %s ›", field->choices[field->chosen]);
    canvas_text(canvas, row, column, room, is_focused ? THEME_SELECTED : THEME_INPUT, words);
    if (is_focused)
        canvas_cursor(canvas, row, column);
}

/* The row of the focused field among those shown. */
static int focused_row(const form *self)
{
    int row = 0;
    for (int i = 0; i < self->focus; i++)
        row += field_at(self, i)->is_hidden ? 0 : 1;
    return row;
}

/* Of a form that is too long the line after the focused one is seen too: so it is seen that there is one. */
void form_draw(form *self, canvas *canvas, int row, int rows)
{
    int columns = canvas_area(canvas).columns;
    int labels = MIN(label_columns(self), columns / 2), column = MARGIN + labels + 2;
    int room = MAX(columns - column - MARGIN, 8), end = row + rows;
    int skipped = CLAMP(focused_row(self) - rows + (rows > 2 ? 2 : 1), 0, MAX(form_rows(self) - rows, 0));
    for (guint i = 0; i < self->fields->len && row < end; i++) {
        const struct field *field = field_at(self, (int)i);
        bool is_focused = (int)i == self->focus;
        if (field->is_hidden || skipped-- > 0)
            continue;
        canvas_text(canvas, row, MARGIN, labels, is_focused ? THEME_TITLE : THEME_FIELD, field->label);
        if (field->text != NULL)
            draw_text(field, canvas, row, column, MIN(room, 60), is_focused);
        else
            draw_choice(field, canvas, row, column, room, is_focused);
        row++;
    }
}
