/* SPDX-License-Identifier: MIT */
/* A screen as a file: its text, below it one letter a cell for how it looks, below that what the letters mean. */
#include "tests/tui/terminal_private.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETTLE_MS = 5000 };

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
static const char looks_line[] = "~~~ looks", legend_line[] = "~~~ legend";

struct picture {
    GPtrArray *texts, *looks; /* of char*: rows; a look is a letter a cell */
    GPtrArray *legend;        /* of char*: by letter */
};

static void picture_clear(struct picture *self)
{
    g_ptr_array_unref(self->texts);
    g_ptr_array_unref(self->looks);
    g_ptr_array_unref(self->legend);
}

static struct picture picture_new(void)
{
    return (struct picture){ g_ptr_array_new_with_free_func(g_free), g_ptr_array_new_with_free_func(g_free),
                             g_ptr_array_new_with_free_func(g_free) };
}

/* --- what changes from day to day --- */
/* Each is replaced with the blanks before it, so that its length does not matter where it ends at a margin. */
static const char *const passing[] = {
    "[A-Z][a-z]{2},? +[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4},? [0-9]{2}:[0-9]{2}( \\([^)]*\\))?",
    "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "[0-9]{2}:[0-9]{2}(:[0-9]{2})?",
    " Yesterday",
    " (Mon|Tue|Wed|Thu|Fri|Sat|Sun) [0-9]{1,2}",
    " [0-9]{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)",
    "/[^ ]*postern-tui-[A-Za-z0-9]+",
};

/* Cells in, cells out: '#' where a row tells the time. cells: of uint32_t, one a column. */
static void mask(GArray *cells)
{
    g_autoptr(GString) row = g_string_new(NULL);
    for (guint i = 0; i < cells->len; i++) { /* one byte a cell, so that places are columns */
        uint32_t character = g_array_index(cells, uint32_t, i);
        g_string_append_c(row, character >= 0x20 && character < 0x7f ? (char)character : character == 0 ? ' ' : '?');
    }
    for (size_t k = 0; k < G_N_ELEMENTS(passing); k++) {
        g_autofree char *pattern = g_strconcat(" *", passing[k], NULL);
        g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
        g_autoptr(GMatchInfo) match = NULL;
        for (g_regex_match(regex, row->str, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
            int begin = 0, end = 0;
            g_match_info_fetch_pos(match, 0, &begin, &end);
            for (int at = begin; at < end; at++)
                g_array_index(cells, uint32_t, (guint)at) = '#';
        }
    }
}

/* --- from the screen --- */
static void append_color(GString *words, const char *name, const VTermColor *color)
{
    if (VTERM_COLOR_IS_DEFAULT_FG(color) || VTERM_COLOR_IS_DEFAULT_BG(color))
        return;
    if (VTERM_COLOR_IS_INDEXED(color))
        g_string_append_printf(words, " %s %u", name, color->indexed.idx);
    else
        g_string_append_printf(words, " %s #%02x%02x%02x", name, color->rgb.red, color->rgb.green, color->rgb.blue);
}

static char *look_of(const VTermScreenCell *cell)
{
    GString *words = g_string_new(NULL);
    const struct {
        bool is_set;
        const char *word;
    } attributes[] = { { cell->attrs.bold, "bold" },
                       { cell->attrs.italic, "italic" },
                       { cell->attrs.underline != 0, "underline" },
                       { cell->attrs.reverse, "reverse" },
                       { cell->attrs.blink, "blink" } };
    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++)
        if (attributes[i].is_set)
            g_string_append_printf(words, " %s", attributes[i].word);
    append_color(words, "on", &cell->bg);
    append_color(words, "in", &cell->fg);
    return g_string_free(words, FALSE);
}

/* What kind of colour, then which. */
static void append_color_bytes(GByteArray *bytes, const VTermColor *color)
{
    guint8 four[] = { 0, 0, 0, 0 };
    if (!VTERM_COLOR_IS_DEFAULT_FG(color) && !VTERM_COLOR_IS_DEFAULT_BG(color)) {
        bool is_indexed = VTERM_COLOR_IS_INDEXED(color);
        four[0] = is_indexed ? 1 : 2;
        four[1] = is_indexed ? color->indexed.idx : color->rgb.red;
        four[2] = is_indexed ? 0 : color->rgb.green;
        four[3] = is_indexed ? 0 : color->rgb.blue;
    }
    g_byte_array_append(bytes, four, sizeof four);
}

char *terminal_looks(terminal *terminal, int columns)
{
    int rows = 0, width = 0;
    terminal_size(terminal, &rows, &width);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    for (int row = 0; row < rows; row++) {
        for (int column = 0; column < (columns > 0 ? columns : width); column++) {
            VTermScreenCell cell = { 0 };
            vterm_screen_get_cell(terminal_screen(terminal), (VTermPos){ .row = row, .col = column }, &cell);
            unsigned marks = (unsigned)(cell.attrs.bold | cell.attrs.italic << 1 | cell.attrs.reverse << 2 | cell.attrs.blink << 3);
            guint8 attributes[] = { (guint8)marks, (guint8)cell.attrs.underline };
            g_byte_array_append(bytes, attributes, sizeof attributes);
            append_color_bytes(bytes, &cell.fg);
            append_color_bytes(bytes, &cell.bg);
        }
    }
    g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes->data, bytes->len);
    return g_strndup(sum, 12);
}

static char letter_of(struct picture *self, const char *look)
{
    if (*look == '\0')
        return ' ';
    for (guint i = 0; i < self->legend->len; i++)
        if (strcmp(g_ptr_array_index(self->legend, i), look) == 0)
            return letters[i];
    if (self->legend->len + 1 >= sizeof letters)
        return '?';
    g_ptr_array_add(self->legend, g_strdup(look));
    return letters[self->legend->len - 1];
}

static void take_row(terminal *terminal, struct picture *self, int row, int columns)
{
    g_autoptr(GArray) cells = g_array_new(FALSE, TRUE, sizeof(uint32_t));
    g_autoptr(GString) text = g_string_new(NULL), looks = g_string_new(NULL);
    g_autoptr(GPtrArray) clusters = g_ptr_array_new_with_free_func(g_free);
    for (int column = 0; column < columns; column++) {
        VTermScreenCell cell = { 0 };
        vterm_screen_get_cell(terminal_screen(terminal), (VTermPos){ .row = row, .col = column }, &cell);
        GString *cluster = g_string_new(NULL);
        bool is_second = cell.chars[0] == (uint32_t)-1; /* of a wide character */
        for (int i = 0; !is_second && i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] != 0; i++)
            g_string_append_unichar(cluster, cell.chars[i]);
        if (cell.chars[0] == 0)
            g_string_append_c(cluster, ' ');
        g_ptr_array_add(clusters, g_string_free(cluster, FALSE));
        uint32_t character = is_second ? '?' : cell.chars[0];
        g_array_append_val(cells, character);
        g_autofree char *look = look_of(&cell);
        g_string_append_c(looks, letter_of(self, look));
    }
    mask(cells);
    for (guint i = 0; i < cells->len; i++) {
        bool is_masked = g_array_index(cells, uint32_t, i) == '#';
        g_string_append(text, is_masked ? "#" : g_ptr_array_index(clusters, i));
        if (is_masked)
            looks->str[i] = '#';
    }
    g_ptr_array_add(self->texts, g_strchomp(g_strdup(text->str)));
    g_ptr_array_add(self->looks, g_strchomp(g_strdup(looks->str)));
}

static struct picture picture_take(terminal *terminal)
{
    struct picture self = picture_new();
    int rows = 0, columns = 0;
    terminal_size(terminal, &rows, &columns);
    for (int row = 0; row < rows; row++)
        take_row(terminal, &self, row, columns);
    return self;
}

/* --- as a file --- */
static char *picture_format(const struct picture *self)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < self->texts->len; i++)
        g_string_append_printf(out, "%s\n", (const char *)g_ptr_array_index(self->texts, i));
    g_string_append_printf(out, "%s\n", looks_line);
    for (guint i = 0; i < self->looks->len; i++)
        g_string_append_printf(out, "%s\n", (const char *)g_ptr_array_index(self->looks, i));
    g_string_append_printf(out, "%s\n", legend_line);
    for (guint i = 0; i < self->legend->len; i++)
        g_string_append_printf(out, "%c%s\n", letters[i], (const char *)g_ptr_array_index(self->legend, i));
    return g_string_free(out, FALSE);
}

static struct picture picture_parse(const char *file)
{
    struct picture self = picture_new();
    g_auto(GStrv) lines = g_strsplit(file, "\n", -1);
    GPtrArray *into = self.texts;
    for (char **line = lines; *line != NULL && !(line[1] == NULL && **line == '\0'); line++) {
        if (strcmp(*line, looks_line) == 0)
            into = self.looks;
        else if (strcmp(*line, legend_line) == 0)
            into = self.legend;
        else
            g_ptr_array_add(into, g_strdup(into == self.legend && **line != '\0' ? *line + 1 : *line));
    }
    return self;
}

/* --- compared --- */
static const char *row_at(const GPtrArray *rows, guint row)
{
    return row < rows->len ? g_ptr_array_index(rows, row) : "";
}

/* What the letter of a cell means: letters are given anew in each picture. */
static const char *look_at(const struct picture *self, guint row, size_t column)
{
    const char *looks = row_at(self->looks, row);
    char letter = column < strlen(looks) ? looks[column] : ' ';
    const char *place = letter != ' ' ? strchr(letters, letter) : NULL;
    return letter == ' ' ? "" : letter == '#' ? "#" : place != NULL ? row_at(self->legend, (guint)(place - letters)) : "?";
}

static char *compare_looks(const struct picture *want, const struct picture *have, guint row)
{
    size_t columns = MAX(strlen(row_at(want->looks, row)), strlen(row_at(have->looks, row)));
    for (size_t column = 0; column < columns; column++) {
        const char *wanted = look_at(want, row, column), *got = look_at(have, row, column);
        if (strcmp(wanted, got) != 0)
            return g_strdup_printf("row %u, column %zu is to look like \"%s\", not \"%s\": %s", row, column, wanted, got,
                                   row_at(have->texts, row));
    }
    return NULL;
}

static char *compare_pictures(const struct picture *want, const struct picture *have)
{
    guint rows = MAX(want->texts->len, have->texts->len);
    for (guint row = 0; row < rows; row++) {
        if (strcmp(row_at(want->texts, row), row_at(have->texts, row)) != 0)
            return g_strdup_printf("row %u\nwanted: %s\ngot:    %s", row, row_at(want->texts, row), row_at(have->texts, row));
        char *complaint = compare_looks(want, have, row);
        if (complaint != NULL)
            return complaint;
    }
    return NULL;
}

static char *picture_path(const char *name)
{
    return g_strdup_printf("%s/%s.screen", SCREEN_PICTURES, name);
}

/* NULL: the screen is like the file. */
static char *difference_from(terminal *self, const char *file)
{
    struct picture have = picture_take(self), want = picture_parse(file);
    char *difference = compare_pictures(&want, &have);
    picture_clear(&want);
    picture_clear(&have);
    return difference;
}

static char *shown_now(terminal *self)
{
    struct picture have = picture_take(self);
    char *shown = picture_format(&have);
    picture_clear(&have);
    return shown;
}

char *terminal_compare(terminal *self, const char *name)
{
    g_autofree char *path = picture_path(name), *file = NULL, *difference = NULL;
    const char *mode = getenv("POSTERN_SCREENS");
    if (mode != NULL && strcmp(mode, "write") == 0) {
        terminal_wait_idle(self, 1000, 10000);
        g_autofree char *shown = shown_now(self);
        return g_file_set_contents(path, shown, -1, NULL) ? NULL : g_strdup_printf("cannot write %s", path);
    }
    if (!g_file_get_contents(path, &file, NULL, NULL))
        return g_strdup_printf("there is no picture %s", path);
    int64_t until = g_get_monotonic_time() + SETTLE_MS * 1000LL; /* a busy machine draws late */
    while ((difference = difference_from(self, file)) != NULL && g_get_monotonic_time() < until) {
        g_clear_pointer(&difference, g_free);
        terminal_read(self, 100);
    }
    if (difference == NULL)
        return NULL;
    g_autofree char *shown = shown_now(self);
    (void)fprintf(stderr, "the screen is (POSTERN_SCREENS=write accepts it):\n%s\n", shown);
    return g_strdup_printf("%s, %s", name, difference);
}

/* --- can it be read? --- */
static bool is_same_color(const VTermScreenCell *cell)
{
    const VTermColor *front = &cell->fg, *back = &cell->bg;
    bool is_own = VTERM_COLOR_IS_DEFAULT_FG(front) || VTERM_COLOR_IS_DEFAULT_BG(back);
    return !is_own && vterm_color_is_equal(front, back);
}

char *terminal_unreadable(terminal *terminal)
{
    int rows = 0, columns = 0;
    terminal_size(terminal, &rows, &columns);
    for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
            VTermScreenCell cell = { 0 };
            vterm_screen_get_cell(terminal_screen(terminal), (VTermPos){ .row = row, .col = column }, &cell);
            if (cell.chars[0] > ' ' && cell.chars[0] != (uint32_t)-1 && is_same_color(&cell)) {
                g_autofree char *line = terminal_row(terminal, row);
                return g_strdup_printf("row %d, column %d of: %s", row, column, line);
            }
        }
    }
    return NULL;
}
