/* SPDX-License-Identifier: MIT */
/* What the terminal can be told in fewer bytes than curses tells it: over a slow line each of them is seen.
 *
 * Curses repeats a sign (REP) only if it is ASCII, and a line of "─" over eighty columns is 240 bytes; it empties rows one by one where one sequence
 * empties all to the bottom, or a few take them out from between others. All of that is written here, around curses' back: the cursor and the look
 * are put away and brought back (sc, rc), and curscr is made to say what the terminal has now. */
#include "ui/thrift.h"
#include "ui/canvas.h"
#include "ui/hyperlink.h"
#include "ui/picture_screen.h"
#include "ui/slow_line.h"
#include "ui/style.h"
#include <curses.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <term.h>
#include <wchar.h>

enum {
    ANSWER_ROW = 2, /* ESC [ 1 ; … R would be a function key */
    ANSWER_COLUMN = 4,
    ASKED_TIMES = 2,
    AWAITED_MS = 5000,
    RUN_MIN = 12,         /* signs of two or three bytes that a run must spare */
    EMPTY_BYTES_MIN = 24, /* what emptying to the bottom must save */
    EMPTY_ROW_BYTES = 6,  /* CSI row d, CSI K */
    BLOCK_BYTES = 36,     /* what it costs to take rows out of a region, and a little */
    CELLS_MAX = 512,
    NEVER = -1000000
};

static struct {
    int64_t asked_ms; /* 0: never */
    bool is_answered, can_repeat;
} state; /* one terminal, one thread */

static int64_t now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

/* A capability's bytes; NULL: the terminal has it not. */
static const char *capability(const char *name)
{
    const char *bytes = tigetstr(name);
    return bytes != NULL && bytes != (const char *)-1 && strchr(bytes, '$') == NULL ? bytes : NULL;
}

/* --- whether it repeats --- */

void thrift_ask(void)
{
    const char *sign = canvas_glyph(GLYPH_HLINE), *repeat = capability("rep");
    bool may_repeat = repeat != NULL && strstr(repeat, "\033[") != NULL && (unsigned char)*sign >= 0x80;
    if (state.asked_ms != 0 || (!may_repeat && !slow_line_may_be_far()))
        return;
    printf("\033[%d;1H", ANSWER_ROW);
    if (may_repeat)
        printf("%s\033[%db", sign, ASKED_TIMES);
    printf("\033[6n");
    fflush(stdout);
    state.asked_ms = now_ms();
}

bool thrift_awaits(void)
{
    return state.asked_ms != 0 && !state.is_answered && now_ms() - state.asked_ms < AWAITED_MS;
}

bool thrift_take(const char *answer)
{
    int row = 0, column = 0, length = 0;
    if (!thrift_awaits() || sscanf(answer, "[%d;%dR%n", &row, &column, &length) != 2 || length == 0 || row != ANSWER_ROW)
        return false;
    state.is_answered = true;
    slow_line_note_answer(now_ms() - state.asked_ms);
    state.can_repeat = column == ANSWER_COLUMN;
    return true;
}

/* --- cells --- */

static bool is_same(const cchar_t *a, const cchar_t *b)
{
    wchar_t words[2][CCHARW_MAX + 1] = { { 0 } };
    attr_t attributes[2] = { 0 };
    int pairs[2] = { 0 };
    short unused = 0;
    return getcchar(a, words[0], &attributes[0], &unused, &pairs[0]) != ERR &&
           getcchar(b, words[1], &attributes[1], &unused, &pairs[1]) != ERR && wcscmp(words[0], words[1]) == 0 &&
           attributes[0] == attributes[1] && pairs[0] == pairs[1];
}

static bool is_blank(const cchar_t *cell)
{
    wchar_t words[CCHARW_MAX + 1] = { 0 };
    attr_t attributes = 0;
    int pair = 0;
    short unused = 0;
    return getcchar(cell, words, &attributes, &unused, &pair) != ERR && words[0] == L' ' && words[1] == L'\0' && pair == 0 &&
           (attributes & A_ATTRIBUTES & ~(attr_t)A_COLOR) == 0;
}

/* A row of a window that is the whole screen; how many cells. */
static int row_of(WINDOW *screen, int row, cchar_t *cells)
{
    int count = MIN(COLS, CELLS_MAX - 1);
    return mvwin_wchnstr(screen, row, 0, cells, count) == ERR ? 0 : count;
}

/* Written by somebody else than curses: what it knows of cursor and look stays true. */
static void write_aside(const GString *bytes)
{
    printf("%s%s%s", capability("sc"), bytes->str, capability("rc"));
    fflush(stdout); /* between two pictures: curses' own buffer is empty */
}

/* --- lines --- */

/* The run of equal cells that has the middle of the row in it, if it is of a sign that curses does not repeat. */
static bool run_of(const cchar_t *cells, int count, int *from_out, int *to_out)
{
    wchar_t words[CCHARW_MAX + 1] = { 0 };
    attr_t attributes = 0;
    short pair = 0;
    int middle = count / 2, from = middle, to = middle + 1;
    if (count == 0 || getcchar(&cells[middle], words, &attributes, &pair, NULL) == ERR || words[0] < 0x80 || words[1] != L'\0' ||
        wcwidth(words[0]) != 1)
        return false;
    while (from > 0 && is_same(&cells[from - 1], &cells[middle]))
        from--;
    while (to < count && is_same(&cells[to], &cells[middle]))
        to++;
    *from_out = from;
    *to_out = to;
    return true;
}

static void append_sign(GString *out, const cchar_t *cell)
{
    wchar_t words[CCHARW_MAX + 1] = { 0 };
    attr_t attributes = 0;
    int pair = 0;
    short unused = 0;
    getcchar(cell, words, &attributes, &unused, &pair);
    style_append(out, attributes, pair);
    g_string_append_unichar(out, (gunichar)words[0]);
}

static void repeat_in_row(int row)
{
    cchar_t wanted[CELLS_MAX], had[CELLS_MAX];
    int count = row_of(newscr, row, wanted), from = 0, to = 0, differing = 0;
    if (row_of(curscr, row, had) != count || !run_of(wanted, count, &from, &to))
        return;
    for (int column = from; column < to; column++)
        differing += !is_same(&wanted[column], &had[column]);
    if (differing < RUN_MIN)
        return;
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_string_append_printf(bytes, "\033[%d;%dH", row + 1, from + 1);
    append_sign(bytes, &wanted[from]);
    g_string_append_printf(bytes, "\033[%db", to - from - 1);
    write_aside(bytes);
    for (int column = from; column < to; column++)
        mvwadd_wch(curscr, row, column, &wanted[column]);
}

static void repeat_lines(void)
{
    for (int row = 0; row + 1 < LINES; row++) {
        cchar_t wanted, had;
        wchar_t words[CCHARW_MAX + 1] = { 0 };
        attr_t attributes = 0;
        short pair = 0;
        int middle = MIN(COLS, CELLS_MAX - 1) / 2;
        if (mvwin_wch(newscr, row, middle, &wanted) != ERR && getcchar(&wanted, words, &attributes, &pair, NULL) != ERR &&
            words[0] >= 0x80 && mvwin_wch(curscr, row, middle, &had) != ERR && !is_same(&wanted, &had))
            repeat_in_row(row);
    }
}

/* --- emptying --- */

static bool is_picture(const cchar_t *cell)
{
    wchar_t words[CCHARW_MAX + 1] = { 0 };
    attr_t attributes = 0;
    int pair = 0;
    short unused = 0;
    return getcchar(cell, words, &attributes, &unused, &pair) != ERR && words[0] == PICTURE_SCREEN_CELL;
}

/* What it saves that this row is emptied before it is drawn: less than nothing where what stands there already would be written once more. */
static int gain_of(int row)
{
    cchar_t wanted[CELLS_MAX], had[CELLS_MAX];
    int count = row_of(newscr, row, wanted), kept = 0, words = 0, changed = 0;
    if (row_of(curscr, row, had) != count)
        return NEVER;
    for (int column = 0; column < count; column++) {
        bool is_gap = is_blank(&wanted[column]), is_kept = is_same(&wanted[column], &had[column]);
        if (is_picture(&had[column]))
            return NEVER;
        kept += !is_gap && is_kept;
        changed += !is_kept;
        words += !is_gap;
    }
    if (words > 0)
        return kept > 0 ? -kept - EMPTY_ROW_BYTES : 0;
    return changed > 0 ? EMPTY_ROW_BYTES : 0;
}

static void empty_below(void)
{
    int sum = 0, best = 0, best_row = 0;
    for (int row = LINES - 1; row >= 0; row--) {
        sum += gain_of(row);
        if (sum > best) {
            best = sum;
            best_row = row;
        }
    }
    if (best < EMPTY_BYTES_MIN)
        return;
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_string_append_printf(bytes, "\033[%dH\033[m%s", best_row + 1, capability("ed"));
    write_aside(bytes);
    wmove(curscr, best_row, 0);
    wclrtobot(curscr);
}

static bool has_regions(void)
{
    const char *region = capability("csr"), *take_out = capability("dl");
    return region != NULL && strcmp(region, "\033[%i%p1%d;%p2%dr") == 0 && take_out != NULL && strcmp(take_out, "\033[%p1%dM") == 0;
}

/* Curses empties a row: CSI row d, CSI K. */
static int empty_row_bytes(int row)
{
    return row + 1 < 10 ? EMPTY_ROW_BYTES + 1 : EMPTY_ROW_BYTES + 2;
}

/* False: something is to stand there, or a picture does. */
static bool is_to_be_empty(int row, bool *was_empty_out)
{
    cchar_t wanted[CELLS_MAX], had[CELLS_MAX];
    int count = row_of(newscr, row, wanted);
    bool was_empty = true;
    if (count == 0 || row_of(curscr, row, had) != count)
        return false;
    for (int column = 0; column < count; column++) {
        if (!is_blank(&wanted[column]) || is_picture(&had[column]))
            return false;
        was_empty = was_empty && is_blank(&had[column]);
    }
    *was_empty_out = was_empty;
    return true;
}

/* Rows between others: taken out of a region of their own, they are empty. */
static void empty_rows(int first, int count)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_string_append_printf(bytes, "\033[%d;%dr\033[%dH\033[m\033[%dM\033[r", first + 1, first + count, first + 1, count);
    write_aside(bytes);
    for (int row = first; row < first + count; row++) {
        wmove(curscr, row, 0);
        wclrtoeol(curscr);
    }
}

static void empty_between(void)
{
    int first = 0, saved = 0;
    for (int row = 0; row < LINES; row++) {
        bool was_empty = true, is_empty = is_to_be_empty(row, &was_empty);
        if (is_empty)
            saved += was_empty ? 0 : empty_row_bytes(row);
        if (is_empty && row + 1 < LINES)
            continue;
        if (saved > BLOCK_BYTES)
            empty_rows(first, row + is_empty - first);
        first = row + 1;
        saved = 0;
    }
}

void thrift_before_update(void)
{
    int y = 0, x = 0, new_y = 0, new_x = 0; /* looking at a cell moves the cursor there */
    const char *clear_below = capability("ed");
    bool is_ansi = clear_below != NULL && strcmp(clear_below, "\033[J") == 0 && capability("sc") != NULL && capability("rc") != NULL;
    if (!is_ansi || is_cleared(curscr) || COLS >= CELLS_MAX)
        return;
    getyx(curscr, y, x);
    getyx(newscr, new_y, new_x);
    if (!hyperlink_is_shown()) { /* curses would write their words without them */
        empty_below();
        if (has_regions())
            empty_between();
    }
    if (state.can_repeat)
        repeat_lines();
    wmove(curscr, y, x);
    wmove(newscr, new_y, new_x);
}
