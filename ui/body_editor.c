/* SPDX-License-Identifier: MIT */
/* Text with soft line breaks, a cursor, and the keys everybody knows. */
#include "ui/body_editor.h"
#include "ui/bidi.h"
#include "ui/width.h"
#include <string.h>

#define UNDO_STEPS 200
#define UNDO_BYTES (4u * 1024u * 1024u) /* all steps together */

/* What kind of change the last one was: a run of one kind is undone as one. */
enum change { CHANGE_NONE, CHANGE_TYPED, CHANGE_ERASED, CHANGE_CUT, CHANGE_OTHER };

struct step {
    char *text;
    size_t cursor, bytes;
};

struct body_editor {
    GString *text;
    size_t cursor;
    GQueue steps;  /* of struct step*, the newest first */
    GQueue undone; /* the same, to be done again */
    size_t step_bytes;
    GString *cut; /* what Ctrl-Y puts in */
    enum change last;
    GArray *lines; /* starts of the visual lines; NULL: to be found anew */
    int wrapped_columns;
    int top;     /* first visual line shown */
    int columns; /* of the last drawing: up and down go by what is seen */
    int rows;
};

body_editor *body_editor_new(const char *text)
{
    body_editor *self = g_new0(body_editor, 1);
    self->text = g_string_new(text);
    self->cut = g_string_new(NULL);
    self->columns = 72;
    self->rows = 10;
    return self;
}

static void step_free(gpointer data)
{
    struct step *step = data;
    g_free(step->text);
    g_free(step);
}

void body_editor_free(body_editor *self)
{
    if (self == NULL)
        return;
    g_queue_clear_full(&self->steps, step_free);
    g_queue_clear_full(&self->undone, step_free);
    g_string_free(self->cut, TRUE);
    g_clear_pointer(&self->lines, g_array_unref);
    g_string_free(self->text, TRUE);
    g_free(self);
}

void body_editor_place(body_editor *self, size_t cursor)
{
    self->cursor = MIN(cursor, self->text->len);
    while (self->cursor > 0 && ((unsigned char)self->text->str[self->cursor] & 0xc0) == 0x80)
        self->cursor--;
}

size_t body_editor_cursor(const body_editor *self)
{
    return self->cursor;
}

const char *body_editor_text(const body_editor *self)
{
    return self->text->str;
}

static struct step *step_now(const body_editor *self)
{
    struct step *step = g_new0(struct step, 1);
    *step = (struct step){ g_strdup(self->text->str), self->cursor, self->text->len + 1 };
    return step;
}

static void push_step(body_editor *self, struct step *step)
{
    g_queue_push_head(&self->steps, step);
    self->step_bytes += step->bytes;
    while (self->steps.length > UNDO_STEPS || (self->step_bytes > UNDO_BYTES && self->steps.length > 1)) {
        struct step *oldest = g_queue_pop_tail(&self->steps);
        self->step_bytes -= oldest->bytes;
        step_free(oldest);
    }
}

/* Before a change: the text as it is can be had back. */
static void remember(body_editor *self, enum change change)
{
    bool is_run = change == self->last && change != CHANGE_OTHER;
    self->last = change;
    g_clear_pointer(&self->lines, g_array_unref);
    g_queue_clear_full(&self->undone, step_free);
    if (!is_run)
        push_step(self, step_now(self));
}

static void return_to(body_editor *self, struct step *step /* taken */)
{
    g_string_assign(self->text, step->text);
    self->cursor = step->cursor;
    self->last = CHANGE_NONE;
    g_clear_pointer(&self->lines, g_array_unref);
    step_free(step);
}

static void undo(body_editor *self)
{
    struct step *step = g_queue_pop_head(&self->steps);
    if (step == NULL)
        return;
    self->step_bytes -= step->bytes;
    g_queue_push_head(&self->undone, step_now(self));
    return_to(self, step);
}

static void redo(body_editor *self)
{
    struct step *step = g_queue_pop_head(&self->undone);
    if (step == NULL)
        return;
    push_step(self, step_now(self));
    return_to(self, step);
}

static void wrap_text(const body_editor *self, GArray *starts)
{
    const char *text = self->text->str;
    for (size_t at = 0;;) {
        const char *newline = strchr(text + at, '\n');
        size_t end = newline != NULL ? (size_t)(newline - text) : self->text->len;
        g_autofree char *line = g_strndup(text + at, end - at);
        g_autoptr(GArray) breaks = width_wrap(line, MAX(self->columns - 1, 10));
        for (guint i = 0; i < breaks->len; i++) {
            size_t start = at + g_array_index(breaks, size_t, i);
            g_array_append_val(starts, start);
        }
        if (breaks->len == 0)
            g_array_append_val(starts, at);
        if (newline == NULL)
            return;
        at = end + 1;
    }
}

/* Starts of the visual lines; of size_t; borrowed until the text changes. */
static const GArray *visual_lines(body_editor *self)
{
    if (self->lines == NULL || self->wrapped_columns != self->columns) {
        g_clear_pointer(&self->lines, g_array_unref);
        self->lines = g_array_new(FALSE, FALSE, sizeof(size_t));
        self->wrapped_columns = self->columns;
        wrap_text(self, self->lines);
    }
    return self->lines;
}

static guint line_of(const GArray *starts, size_t cursor)
{
    guint line = 0;
    while (line + 1 < starts->len && g_array_index(starts, size_t, line + 1) <= cursor)
        line++;
    return line;
}

static size_t line_end(const body_editor *self, const GArray *starts, guint line)
{
    if (line + 1 >= starts->len)
        return self->text->len;
    size_t end = g_array_index(starts, size_t, line + 1);
    return end > 0 && self->text->str[end - 1] == '\n' ? end - 1 : end;
}

static size_t next_cluster(const body_editor *self, size_t at)
{
    int cells = 0;
    return at < self->text->len ? at + width_cluster(self->text->str + at, self->text->len - at, &cells) : at;
}

static size_t previous_cluster(const body_editor *self, size_t at)
{
    size_t begin = at > 200 ? at - 200 : 0, before;
    while (begin > 0 && self->text->str[begin] != '\n' && ((unsigned char)self->text->str[begin] & 0xc0) == 0x80)
        begin--;
    before = begin;
    for (size_t p = begin; p < at; p = next_cluster(self, p))
        before = p;
    return before;
}

static int column_of(const body_editor *self, size_t from, size_t to)
{
    int cells = 0;
    for (size_t p = from; p < to;) {
        int one = 0;
        p += width_cluster(self->text->str + p, self->text->len - p, &one);
        cells += one;
    }
    return cells;
}

static void move_lines(body_editor *self, int by)
{
    const GArray *starts = visual_lines(self);
    guint line = line_of(starts, self->cursor);
    int column = column_of(self, g_array_index(starts, size_t, line), self->cursor);
    int target = CLAMP((int)line + by, 0, (int)starts->len - 1);
    size_t p = g_array_index(starts, size_t, (guint)target), end = line_end(self, starts, (guint)target);
    while (p < end && column > 0) {
        int one = 0;
        size_t step = width_cluster(self->text->str + p, self->text->len - p, &one);
        column -= one;
        p += step;
    }
    self->cursor = p;
}

static void move_in_line(body_editor *self, bool is_end)
{
    const GArray *starts = visual_lines(self);
    guint line = line_of(starts, self->cursor);
    self->cursor = is_end ? line_end(self, starts, line) : g_array_index(starts, size_t, line);
}

static void insert(body_editor *self, const char *utf8, enum change change)
{
    g_autofree char *valid = g_utf8_make_valid(utf8, -1);
    g_auto(GStrv) lines = g_strsplit(valid, "\r\n", -1);
    g_autofree char *joined = g_strjoinv("\n", lines);
    g_strdelimit(joined, "\r", '\n');
    remember(self, change);
    g_string_insert(self->text, (gssize)self->cursor, joined);
    self->cursor += strlen(joined);
}

static void erase(body_editor *self, size_t from, size_t to, enum change change)
{
    if (from >= to)
        return;
    remember(self, change);
    g_string_erase(self->text, (gssize)from, (gssize)(to - from));
    self->cursor = from;
}

static bool named_key(body_editor *self, enum key_name name)
{
    if (name != KEY_NAME_BACKSPACE && name != KEY_NAME_DELETE && name != KEY_NAME_ENTER && name != KEY_NAME_TAB)
        self->last = CHANGE_NONE; /* moving about ends a run of changes */
    switch (name) {
    case KEY_NAME_LEFT:
        self->cursor = previous_cluster(self, self->cursor);
        return true;
    case KEY_NAME_RIGHT:
        self->cursor = next_cluster(self, self->cursor);
        return true;
    case KEY_NAME_UP:
    case KEY_NAME_DOWN:
        move_lines(self, name == KEY_NAME_UP ? -1 : 1);
        return true;
    case KEY_NAME_PAGE_UP:
    case KEY_NAME_PAGE_DOWN:
        move_lines(self, name == KEY_NAME_PAGE_UP ? -self->rows : self->rows);
        return true;
    case KEY_NAME_HOME:
    case KEY_NAME_END:
        move_in_line(self, name == KEY_NAME_END);
        return true;
    case KEY_NAME_BACKSPACE:
        erase(self, previous_cluster(self, self->cursor), self->cursor, CHANGE_ERASED);
        return true;
    case KEY_NAME_DELETE:
        erase(self, self->cursor, next_cluster(self, self->cursor), CHANGE_ERASED);
        return true;
    case KEY_NAME_ENTER:
        insert(self, "\n", CHANGE_TYPED);
        return true;
    case KEY_NAME_TAB:
        insert(self, "    ", CHANGE_TYPED);
        return true;
    default:
        return false;
    }
}

static size_t line_start(const body_editor *self)
{
    size_t at = self->cursor;
    while (at > 0 && self->text->str[at - 1] != '\n')
        at--;
    return at;
}

static size_t word_start(const body_editor *self)
{
    const char *text = self->text->str;
    size_t at = self->cursor;
    while (at > 0 && text[at - 1] == ' ')
        at--;
    while (at > 0 && text[at - 1] != ' ' && text[at - 1] != '\n')
        at--;
    return at;
}

/* What is cut in one go is put back in as one. */
static void cut(body_editor *self, size_t from, size_t to)
{
    if (from >= to)
        return;
    if (self->last != CHANGE_CUT)
        g_string_truncate(self->cut, 0);
    g_string_insert_len(self->cut, to <= self->cursor && from < self->cursor ? 0 : -1, self->text->str + from, (gssize)(to - from));
    erase(self, from, to, CHANGE_CUT);
}

/* The rest of the line; at its end the break itself. */
static void kill_line(body_editor *self)
{
    size_t end = self->cursor + strcspn(self->text->str + self->cursor, "\n");
    cut(self, self->cursor, end == self->cursor && end < self->text->len ? end + 1 : end);
}

/* The keys of every shell's line. */
static bool control_key(body_editor *self, uint32_t letter)
{
    switch (letter) {
    case 'a':
        move_in_line(self, false);
        return true;
    case 'e':
        move_in_line(self, true);
        return true;
    case 'b':
        return named_key(self, KEY_NAME_LEFT);
    case 'f':
        return named_key(self, KEY_NAME_RIGHT);
    case 'n':
        return named_key(self, KEY_NAME_DOWN);
    case 'd':
        return named_key(self, KEY_NAME_DELETE);
    case 'k':
        kill_line(self);
        return true;
    case 'u':
        cut(self, line_start(self), self->cursor);
        return true;
    case 'w':
        cut(self, word_start(self), self->cursor);
        return true;
    case 'y':
        if (self->cut->len > 0)
            insert(self, self->cut->str, CHANGE_OTHER);
        return true;
    case 'r':
        redo(self);
        return true;
    case '_':
    case '/':
        undo(self);
        return true;
    default:
        return false;
    }
}

bool body_editor_key(body_editor *self, const struct key *key)
{
    char utf8[8] = "";
    if (key->kind == KEY_KIND_PASTE) {
        insert(self, key->paste != NULL ? key->paste : "", CHANGE_OTHER);
        return true;
    }
    if (key->mods & KEY_MOD_ALT)
        return false;
    if (key->mods & KEY_MOD_CTRL)
        return key->kind == KEY_KIND_CHARACTER && control_key(self, key->character);
    if (key->kind == KEY_KIND_NAMED && key->name != KEY_NAME_SPACE)
        return named_key(self, key->name);
    if (key->character < 0x20)
        return false;
    utf8[g_unichar_to_utf8(key->character, utf8)] = '\0';
    insert(self, utf8, CHANGE_TYPED);
    return true;
}

/* From there on; NULL: nowhere. *end_out: behind it. Letter by letter: folding changes lengths. */
static const char *find_from(const char *text, const char *folded, const char **end_out)
{
    size_t wanted = strlen(folded);
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        g_autoptr(GString) seen = g_string_new(NULL);
        const char *end = at;
        while (*end != '\0' && seen->len < wanted) {
            g_autofree char *letter = g_utf8_casefold(end, g_utf8_next_char(end) - end);
            if (strncmp(folded + seen->len, letter, MIN(strlen(letter), wanted - seen->len)) != 0)
                break;
            g_string_append(seen, letter);
            end = g_utf8_next_char(end);
        }
        if (seen->len == wanted && wanted > 0) {
            *end_out = end;
            return at;
        }
    }
    return NULL;
}

bool body_editor_find(body_editor *self, const char *words)
{
    g_autofree char *folded = g_utf8_casefold(words, -1);
    const char *text = self->text->str, *end = text;
    bool is_found = find_from(text + self->cursor, folded, &end) != NULL || find_from(text, folded, &end) != NULL;
    if (is_found)
        self->cursor = (size_t)(end - text);
    self->last = CHANGE_NONE;
    return is_found;
}

void body_editor_draw(body_editor *self, canvas *canvas, int row, int rows, int columns)
{
    self->columns = columns;
    self->rows = MAX(rows, 1);
    const GArray *starts = visual_lines(self);
    int line = (int)line_of(starts, self->cursor);
    self->top = CLAMP(self->top, MAX(line - rows + 1, 0), line);
    for (int i = 0; i < rows; i++) {
        canvas_clear_row(canvas, row + i, 0, THEME_NORMAL);
        guint shown = (guint)(self->top + i);
        if (shown >= starts->len)
            continue;
        size_t begin = g_array_index(starts, size_t, shown), end = line_end(self, starts, shown);
        bidi_hold(true);
        canvas_textn(canvas, row + i, 0, columns, THEME_NORMAL, self->text->str + begin, end - begin);
        bidi_hold(false);
    }
    canvas_cursor(canvas, row + line - self->top,
                  MIN(column_of(self, g_array_index(starts, size_t, (guint)line), self->cursor), columns - 1));
}
