/* SPDX-License-Identifier: MIT */
/* Editing one line. */
#include "ui/field.h"
#include "ui/bidi.h"
#include "ui/width.h"
#include <string.h>

void field_init(struct field *self, const char *text)
{
    *self = (struct field){ .text = g_string_new(text) };
    self->cursor = self->text->len;
}

void field_clear(struct field *self)
{
    if (self->text != NULL)
        g_string_free(self->text, TRUE);
    self->text = NULL;
}

void field_set(struct field *self, const char *text)
{
    g_string_assign(self->text, text != NULL ? text : "");
    self->cursor = self->text->len;
    self->scroll = 0;
}

void field_insert(struct field *self, const char *utf8)
{
    g_autofree char *one_line = g_strdelimit(g_utf8_make_valid(utf8, -1), "\r\n\t", ' ');
    g_string_insert(self->text, (gssize)self->cursor, one_line);
    self->cursor += strlen(one_line);
}

static size_t next_cluster(const struct field *self, size_t at)
{
    int cells = 0;
    return at < self->text->len ? at + width_cluster(self->text->str + at, self->text->len - at, &cells) : at;
}

/* Clusters can only be walked forwards. */
static size_t previous_cluster(const struct field *self, size_t at)
{
    size_t before = 0;
    for (size_t p = 0; p < at; p = next_cluster(self, p))
        before = p;
    return before;
}

static size_t word_start(const struct field *self, size_t at)
{
    while (at > 0 && self->text->str[at - 1] == ' ')
        at--;
    while (at > 0 && self->text->str[at - 1] != ' ')
        at--;
    return at;
}

static void erase(struct field *self, size_t from, size_t to)
{
    g_string_erase(self->text, (gssize)from, (gssize)(to - from));
    self->cursor = from;
}

static bool control_key(struct field *self, uint32_t letter)
{
    switch (letter) {
    case 'a':
        self->cursor = 0;
        return true;
    case 'e':
        self->cursor = self->text->len;
        return true;
    case 'b':
        self->cursor = previous_cluster(self, self->cursor);
        return true;
    case 'f':
        self->cursor = next_cluster(self, self->cursor);
        return true;
    case 'k':
        g_string_truncate(self->text, self->cursor);
        return true;
    case 'u':
        erase(self, 0, self->cursor);
        return true;
    case 'w':
        erase(self, word_start(self, self->cursor), self->cursor);
        return true;
    case 'd':
        erase(self, self->cursor, next_cluster(self, self->cursor));
        return true;
    default:
        return false;
    }
}

static bool named_key(struct field *self, enum key_name name)
{
    switch (name) {
    case KEY_NAME_LEFT:
        self->cursor = previous_cluster(self, self->cursor);
        return true;
    case KEY_NAME_RIGHT:
        self->cursor = next_cluster(self, self->cursor);
        return true;
    case KEY_NAME_HOME:
        self->cursor = 0;
        return true;
    case KEY_NAME_END:
        self->cursor = self->text->len;
        return true;
    case KEY_NAME_BACKSPACE:
        erase(self, previous_cluster(self, self->cursor), self->cursor);
        return true;
    case KEY_NAME_DELETE:
        erase(self, self->cursor, next_cluster(self, self->cursor));
        return true;
    default:
        return false;
    }
}

bool field_key(struct field *self, const struct key *key)
{
    char utf8[8] = "";
    if (key->kind == KEY_KIND_PASTE) {
        field_insert(self, key->paste != NULL ? key->paste : "");
        return true;
    }
    if (key->mods & KEY_MOD_CTRL)
        return key->character != 0 && control_key(self, key->character);
    if (key->mods & KEY_MOD_ALT)
        return false;
    if (key->kind == KEY_KIND_NAMED && key->name != KEY_NAME_SPACE)
        return named_key(self, key->name);
    if (key->character < 0x20 || key->character == 0x7f)
        return false;
    utf8[g_unichar_to_utf8(key->character, utf8)] = '\0';
    field_insert(self, utf8);
    return true;
}

static int cells_between(const struct field *self, size_t from, size_t to)
{
    int cells = 0;
    for (size_t p = from; p < to; p = next_cluster(self, p)) {
        int one = 0;
        width_cluster(self->text->str + p, self->text->len - p, &one);
        cells += one;
    }
    return cells;
}

void field_draw(struct field *self, canvas *canvas, int row, int column, int width, bool has_focus)
{
    if (self->scroll > self->cursor)
        self->scroll = self->cursor;
    int ahead = cells_between(self, self->scroll, self->cursor);
    while (ahead >= width) { /* counted once: hundreds of addresses are pasted at a time */
        size_t next = next_cluster(self, self->scroll);
        ahead -= cells_between(self, self->scroll, next);
        self->scroll = next;
    }
    canvas_fill(canvas, row, column, width, THEME_NORMAL, " ");
    bidi_hold(has_focus);
    canvas_text(canvas, row, column, width, THEME_FIELD_VALUE, self->text->str + self->scroll);
    bidi_hold(false);
    if (has_focus)
        canvas_cursor(canvas, row, column + ahead);
}
