/* SPDX-License-Identifier: MIT */
/* Links that the terminal itself can open (OSC 8). Curses knows nothing of them: after its picture is out, the cells of links are written once more, from the
 * very cells that curses has, with the link around them and the cursor brought back. Rows that lose a link are written anew by curses. */
#include "ui/hyperlink.h"
#include "ui/style.h"
#include <curses.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <wchar.h>

enum { URL_BYTES_MAX = 1800, SEGMENTS_MAX = 500, CELLS_MAX = 512 };

/* Part of a row. */
struct segment {
    int row, column, cells;
    uint32_t id;
    char *url;
    guint look; /* a sum over its cells, as they were drawn */
};

static GArray *noted, *written; /* of struct segment: as drawn; as the terminal has it. One terminal, one thread */
static bool is_on, is_due;      /* due: to be written after this picture */
static guint rows_look;         /* of the rows with links, as they were written */
static int rows_written, columns_written;

/* --- who can --- */

/* Version numbers compared by their first two numbers. */
static bool is_since(const char *version, int major, int minor)
{
    char *end = NULL;
    long first = version != NULL ? strtol(version, &end, 10) : -1;
    long second = end != NULL && *end == '.' ? strtol(end + 1, NULL, 10) : 0;
    return first > major || (first == major && second >= minor);
}

bool hyperlink_is_understood(const struct hyperlink_terminal *self)
{
    static const char *const terms[] = { "xterm-kitty", "foot", "alacritty", "wezterm", "contour", "xterm-ghostty", "ghostty", "rio" };
    static const char *const programs[] = { "iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "mintty", "rio", "contour" };
    if (g_strcmp0(self->program, "tmux") == 0) /* it is asked for those outside, and drops what they cannot */
        return is_since(self->version, 3, 4);
    if (self->term == NULL || g_str_has_prefix(self->term, "tmux") || g_str_has_prefix(self->term, "screen") ||
        g_str_has_prefix(self->term, "linux") || strcmp(self->term, "dumb") == 0)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(terms); i++)
        if (g_str_has_prefix(self->term, terms[i]))
            return true;
    for (size_t i = 0; i < G_N_ELEMENTS(programs); i++)
        if (g_strcmp0(self->program, programs[i]) == 0)
            return true;
    return is_since(self->vte, 5002, 0) || is_since(self->konsole, 201200, 0) || (self->windows != NULL && *self->windows != '\0');
}

/* Of what a message says only what an address may have: the rest is escaped, so that no byte of it can end the sequence. */
char *hyperlink_address(const char *url)
{
    static const char *const schemes[] = { "https://", "http://", "mailto:" };
    bool is_known = false;
    for (size_t i = 0; url != NULL && i < G_N_ELEMENTS(schemes); i++)
        is_known = is_known || g_ascii_strncasecmp(url, schemes[i], strlen(schemes[i])) == 0;
    if (!is_known)
        return NULL;
    g_autoptr(GString) safe = g_string_new(NULL);
    for (const unsigned char *at = (const unsigned char *)url; *at != '\0' && safe->len <= URL_BYTES_MAX; at++) {
        if (*at > 0x20 && *at < 0x7f && *at != '"' && *at != '<' && *at != '>' && *at != '\\' && *at != '^' && *at != '`')
            g_string_append_c(safe, (char)*at);
        else
            g_string_append_printf(safe, "%%%02X", *at);
    }
    return safe->len <= URL_BYTES_MAX ? g_strdup(safe->str) : NULL;
}

static void segment_clear(gpointer data)
{
    g_free(((struct segment *)data)->url);
}

void hyperlink_start(const char *wish)
{
    const struct hyperlink_terminal here = { g_getenv("TERM"),        g_getenv("TERM_PROGRAM"),    g_getenv("TERM_PROGRAM_VERSION"),
                                             g_getenv("VTE_VERSION"), g_getenv("KONSOLE_VERSION"), g_getenv("WT_SESSION") };
    is_on = g_strcmp0(wish, "yes") == 0 || (g_strcmp0(wish, "no") != 0 && hyperlink_is_understood(&here));
    if (noted != NULL)
        return;
    noted = g_array_new(FALSE, TRUE, sizeof(struct segment));
    written = g_array_new(FALSE, TRUE, sizeof(struct segment));
    g_array_set_clear_func(noted, segment_clear);
    g_array_set_clear_func(written, segment_clear);
}

bool hyperlink_is_on(void)
{
    return is_on;
}

bool hyperlink_is_shown(void)
{
    return is_on && (written->len > 0 || noted->len > 0);
}

/* --- cells --- */

/* What is in a row of the screen from a column on; how many cells were read. The cursor stays. */
static int row_read(int row, int column, int cells, cchar_t *out)
{
    int y = 0, x = 0, room = MIN(cells, MIN(COLS - column, CELLS_MAX - 1));
    getyx(stdscr, y, x);
    if (row < 0 || row >= LINES || column < 0 || room <= 0 || mvin_wchnstr(row, column, out, room) == ERR)
        room = 0;
    wmove(stdscr, y, x);
    return room;
}

static guint row_look(int row, int column, int cells, guint look)
{
    cchar_t seen[CELLS_MAX];
    int count = row_read(row, column, cells, seen);
    for (int i = 0; i < count; i++) {
        wchar_t words[CCHARW_MAX + 1] = { 0 };
        attr_t attributes = 0;
        short pair = 0;
        if (getcchar(&seen[i], words, &attributes, &pair, NULL) == ERR)
            continue;
        for (size_t k = 0; words[k] != L'\0'; k++)
            look = look * 33 + (guint)words[k];
        look = look * 33 + (guint)(attributes >> 8) + (guint)(unsigned short)pair;
    }
    return look;
}

void hyperlink_note(int row, int column, int cells, const char *url, uint32_t id)
{
    g_autofree char *safe = is_on && cells > 0 && noted->len < SEGMENTS_MAX ? hyperlink_address(url) : NULL;
    if (safe == NULL)
        return;
    struct segment segment = { .row = row, .column = column, .cells = MIN(cells, CELLS_MAX - 1), .id = id, .url = g_steal_pointer(&safe) };
    segment.look = row_look(row, column, segment.cells, 5381);
    g_array_append_val(noted, segment);
}

void hyperlink_forget(int row, int column, int cells)
{
    for (guint i = is_on ? noted->len : 0; i > 0; i--) {
        const struct segment *each = &g_array_index(noted, struct segment, i - 1);
        if (each->row == row && each->column < column + cells && column < each->column + each->cells)
            g_array_remove_index_fast(noted, i - 1);
    }
}

/* --- one picture --- */

/* What something else was drawn over, a menu for instance, is no link there. */
static void drop_covered(void)
{
    for (guint i = noted->len; i > 0; i--) {
        const struct segment *each = &g_array_index(noted, struct segment, i - 1);
        if (row_look(each->row, each->column, each->cells, 5381) != each->look)
            g_array_remove_index_fast(noted, i - 1);
    }
}

static bool has_same(const GArray *all, const struct segment *wanted)
{
    for (guint i = 0; i < all->len; i++) {
        const struct segment *each = &g_array_index(all, struct segment, i);
        if (each->row == wanted->row && each->column == wanted->column && each->cells == wanted->cells && each->look == wanted->look &&
            each->id == wanted->id && strcmp(each->url, wanted->url) == 0)
            return true;
    }
    return false;
}

static guint look_of_rows(void)
{
    guint look = 5381;
    for (guint i = 0; i < noted->len; i++)
        look ^= row_look(g_array_index(noted, struct segment, i).row, 0, COLS, 5381);
    return look;
}

void hyperlink_before_update(void)
{
    if (!is_on)
        return;
    drop_covered();
    bool is_changed = noted->len != written->len || rows_written != LINES || columns_written != COLS || is_cleared(curscr);
    for (guint i = 0; i < noted->len && !is_changed; i++)
        is_changed = !has_same(written, &g_array_index(noted, struct segment, i));
    guint look = look_of_rows();
    is_due = is_changed || look != rows_look;
    rows_look = look;
    for (guint i = 0; i < written->len && is_changed; i++) {
        const struct segment *each = &g_array_index(written, struct segment, i);
        if (each->row < LINES && !has_same(noted, each))
            wredrawln(stdscr, each->row, 1);
    }
}

static void append_words(GString *out, const wchar_t *words)
{
    char bytes[MB_LEN_MAX];
    mbstate_t state = { 0 };
    for (; *words != L'\0'; words++) {
        size_t length = wcrtomb(bytes, *words, &state);
        if (length != (size_t)-1)
            g_string_append_len(out, bytes, (gssize)length);
    }
}

static void append_segment(GString *out, const struct segment *self)
{
    cchar_t cells[CELLS_MAX];
    attr_t last = 0;
    int last_pair = -1, count = row_read(self->row, self->column, self->cells, cells);
    g_string_append_printf(out, "\033[%d;%dH\033]8;id=postern%08x;%s\033\\", self->row + 1, self->column + 1, self->id, self->url);
    for (int i = 0; i < count; i++) {
        wchar_t words[CCHARW_MAX + 1] = { 0 };
        attr_t attributes = 0;
        short pair = 0;
        if (getcchar(&cells[i], words, &attributes, &pair, NULL) == ERR)
            continue;
        if (attributes != last || pair != last_pair)
            style_append(out, attributes, pair);
        last = attributes;
        last_pair = pair;
        append_words(out, words);
        i += MAX(wcwidth(words[0]), 1) - 1;
    }
    g_string_append(out, "\033]8;;\033\\");
}

void hyperlink_after_update(void)
{
    if (!is_on || !is_due)
        return;
    is_due = false;
    rows_written = LINES;
    columns_written = COLS;
    g_array_set_size(written, 0);
    g_autoptr(GString) out = g_string_new("\0337"); /* the cursor and its looks are kept */
    for (guint i = 0; i < noted->len; i++) {
        struct segment copy = g_array_index(noted, struct segment, i);
        append_segment(out, &copy);
        copy.url = g_strdup(copy.url);
        g_array_append_val(written, copy);
    }
    g_string_append(out, "\0338");
    if (written->len == 0)
        return;
    fwrite(out->str, 1, out->len, stdout); /* between two pictures: curses writes nothing before the next */
    fflush(stdout);
}
