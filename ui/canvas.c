/* SPDX-License-Identifier: MIT */
/* The only place where text becomes cells.
 *
 * Right-to-left text is ordered here (ui/bidi), text by text, so that it never leaves its column; where the terminal does that itself it is written in
 * logical order. Isolates would be control characters sent raw. */
#include "ui/canvas.h"
#include "ui/bidi.h"
#include "ui/style.h"
#include "ui/width.h"
#include <glib.h>
#include <glib/gi18n-lib.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <limits.h>
#include <unistr.h>
#include <uniwidth.h>
#include <wchar.h>

struct canvas {
    struct rect area;
};

static int cursor_row = -1, cursor_column; /* of this turn; one terminal, one thread */

void canvas_rest_cursor(bool is_wanted)
{
    if (!is_wanted) {
        cursor_row = -1;
        return;
    }
    curs_set(cursor_row >= 0 ? 1 : 0);
    leaveok(stdscr, cursor_row < 0); /* an unseen cursor need not be brought home */
    if (cursor_row >= 0)
        move(cursor_row, cursor_column);
}

/* spoken: what a screen reader is to say; NULL: the sign in ASCII, which says enough. */
static const struct {
    const char *utf8, *ascii, *spoken;
} glyph_words[] = {
    [GLYPH_HLINE] = { "─", "-", " " }, /* a line would be read aloud sign by sign */
    [GLYPH_VLINE] = { "│", "|", " " },
    [GLYPH_TEE_DOWN] = { "┬", "+", " " },
    [GLYPH_TEE_UP] = { "┴", "+", " " },
    [GLYPH_UNREAD] = { "●", "*", NC_("a state, spoken", "unread") },
    [GLYPH_STAR] = { "★", "!", NC_("a state, spoken", "starred") },
    [GLYPH_CLIP] = { "⎙", "@", NC_("a state, spoken", "attachment") },
    [GLYPH_OPEN] = { "▾", "v", NC_("a state, spoken", "open") },
    [GLYPH_CLOSED] = { "▸", ">", NC_("a state, spoken", "closed") },
    [GLYPH_BRANCH] = { "├▸", "|>", NULL },
    [GLYPH_LAST_BRANCH] = { "└▸", "`>", NULL },
    [GLYPH_ELLIPSIS] = { "…", "~", NULL },
    [GLYPH_TICK] = { "✓", "+", NC_("a state, spoken", "good") },
    [GLYPH_CROSS] = { "✗", "x", NC_("a state, spoken", "failed") },
    [GLYPH_BUSY] = { "⟳", "%", NC_("a state, spoken", "under way") },
    [GLYPH_ONLINE] = { "●", "*", "" }, /* words follow */
    [GLYPH_OFFLINE] = { "○", "o", "" },
    [GLYPH_WARNING] = { "⚠", "!", NC_("a state, spoken", "warning:") },
    [GLYPH_ARROW] = { "▸", ">", NULL },
    [GLYPH_DOT] = { "·", "-", NULL },
    [GLYPH_CALENDAR] = { "📅", "#", NC_("a state, spoken", "invitation") },
    [GLYPH_REPLIED] = { "↩", "r", NC_("a state, spoken", "answered") },
    [GLYPH_FORWARDED] = { "↪", "f", NC_("a state, spoken", "forwarded") },
    [GLYPH_MARK] = { "✔", "+", NC_("a state, spoken", "marked") },
    [GLYPH_SEARCH] = { "⌕", "/", NC_("a state, spoken", "search") },
    [GLYPH_SERVER] = { "↓", "^", NC_("a state, spoken", "on the server") },
    [GLYPH_READ_ONLY] = { "⊘", "=", NC_("a state, spoken", "read only") },
};

static bool is_utf8(void)
{
    static int known = -1;
    if (known < 0)
        known = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    return known != 0;
}

static bool is_plain;

void canvas_speak(bool is_wanted)
{
    is_plain = is_wanted;
}

const char *canvas_glyph(enum glyph glyph)
{
    const char *spoken = glyph_words[glyph].spoken;
    if (is_plain && spoken != NULL)
        return strlen(spoken) > 1 ? g_dpgettext2(GETTEXT_PACKAGE, "a state, spoken", spoken) : spoken;
    if (is_plain)
        return glyph_words[glyph].ascii;
    return is_utf8() ? glyph_words[glyph].utf8 : glyph_words[glyph].ascii;
}

canvas *canvas_new(struct rect area)
{
    canvas *self = g_new0(canvas, 1);
    self->area = area;
    return self;
}

void canvas_free(canvas *self)
{
    g_free(self);
}

void canvas_move(canvas *self, struct rect area)
{
    self->area = area;
}

struct rect canvas_area(const canvas *self)
{
    return self->area;
}

static bool is_corner_spared;

void canvas_spare_corner(bool is_wanted)
{
    is_corner_spared = is_wanted;
}

/* For marks alone, which only an older charset lacks; a letter that became another one would be another word. */
static wchar_t stand_in(wchar_t c)
{
    static const struct {
        const wchar_t *signs;
        wchar_t plain;
    } rows[] = { { L"\u2018\u2019\u201a\u201b\u2032", L'\'' }, /* quotation marks, the apostrophe, feet */
                 { L"\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", L'"' },
                 { L"\u2010\u2011\u2012\u2013\u2014\u2015\u2212", L'-' }, /* hyphens, dashes, minus */
                 { L"\u2022\u2023\u2043\u00b7\u25e6", L'*' },             /* before the items of a list */
                 { L"\u2026", L'~' },                                     /* as canvas_glyph has it */
                 { L"\u00a0\u2007\u202f", L' ' } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (wcschr(rows[i].signs, c) != NULL)
            return rows[i].plain;
    return L'?';
}

/* One spacing character with its marks; what the locale cannot say is a plain mark for it, or question marks of the same width. */
static void put_cell(int row, int column, int cells, struct style style, const wchar_t *text)
{
    cchar_t cell;
    char bytes[MB_LEN_MAX];
    mbstate_t state = { 0 };
    if (is_corner_spared && row == LINES - 1 && column + cells >= COLS)
        return;
    bool is_sayable = wcrtomb(bytes, text[0], &state) != (size_t)-1 && wcwidth(text[0]) == cells;
    if (is_sayable && setcchar(&cell, text, style.attributes, style.pair, NULL) == OK) {
        mvadd_wch(row, column, &cell);
        return;
    }
    for (int i = 0; i < cells; i++) {
        setcchar(&cell, (const wchar_t[]){ cells == 1 ? stand_in(text[0]) : L'?', L'\0' }, style.attributes, style.pair, NULL);
        mvadd_wch(row, column + i, &cell);
    }
}

/* A glyph is one cluster, a flag of two letters, or a symbol of several one-cell characters. */
static void put_glyph(int row, int column, struct style style, const struct width_glyph *glyph)
{
    wchar_t cell[CCHARW_MAX] = { 0 };
    const uint8_t *at = (const uint8_t *)glyph->text;
    int length = 0, spacing = 0;
    ucs4_t c = 0;
    for (const uint8_t *p = at; u8_strmbtouc(&c, p) > 0; p += u8_strmbtouc(&c, p))
        spacing += uc_width(c, "UTF-8") > 0;
    int cells = spacing > 1 ? 1 : glyph->cells;
    for (int bytes = 0; (bytes = u8_strmbtouc(&c, at)) > 0; at += bytes) {
        if (length > 0 && uc_width(c, "UTF-8") > 0) {
            put_cell(row, column, cells, style, cell);
            column += cells;
            memset(cell, 0, sizeof cell);
            length = 0;
        }
        if (length < CCHARW_MAX - 1)
            cell[length++] = (wchar_t)c;
    }
    if (length > 0)
        put_cell(row, column, cells, style, cell);
}

static int draw_clusters(const canvas *self, int row, int column, int width, enum theme_style style, const char *utf8, size_t length)
{
    struct style look = style_of(style);
    int used = 0;
    for (size_t at = 0; at < length;) {
        struct width_glyph glyph;
        at += width_glyph_at(utf8 + at, length - at, &glyph);
        if (used + glyph.cells > width)
            break;
        if (glyph.cells > 0)
            put_glyph(self->area.row + row, self->area.column + column + used, look, &glyph);
        used += glyph.cells;
    }
    return used;
}

static bool is_blank(const struct width_glyph *glyph)
{
    return strcmp(glyph->text, " ") == 0;
}

/* Blanks at the ends, and several in a row, are columns and not words: what is between them keeps its place. */
static void order_between_blanks(struct width_glyph *glyphs, int count)
{
    for (int begin = 0, end = 0; begin < count; begin = end) {
        while (begin < count && is_blank(&glyphs[begin]))
            begin++;
        for (end = begin; end < count && !(is_blank(&glyphs[end]) && (end + 1 == count || is_blank(&glyphs[end + 1]))); end++)
            continue;
        bidi_order(glyphs + begin, end - begin);
    }
}

/* The same with runs from right to left; dots behind what does not fit, where the reader's eye gets to them. */
static int draw_ordered(const canvas *self, int row, int column, int width, enum theme_style style, const char *utf8, size_t length,
                        const char *dots)
{
    g_autoptr(GArray) glyphs = g_array_new(FALSE, FALSE, sizeof(struct width_glyph));
    struct width_glyph glyph;
    int used = 0;
    for (size_t at = 0; at < length && used <= width;) {
        at += width_glyph_at(utf8 + at, length - at, &glyph);
        used += glyph.cells;
        if (glyph.cells > 0 && used <= width - (dots != NULL))
            g_array_append_val(glyphs, glyph);
    }
    if (dots != NULL) {
        glyph = (struct width_glyph){ .cells = 1 };
        g_strlcpy(glyph.text, dots, sizeof glyph.text);
        g_array_append_val(glyphs, glyph);
    }
    order_between_blanks((struct width_glyph *)(void *)glyphs->data, (int)glyphs->len);
    struct style look = style_of(style);
    used = 0;
    for (guint i = 0; i < glyphs->len; i++) {
        const struct width_glyph *each = &g_array_index(glyphs, struct width_glyph, i);
        put_glyph(self->area.row + row, self->area.column + column + used, look, each);
        used += each->cells;
    }
    return used;
}

int canvas_textn(canvas *self, int row, int column, int width, enum theme_style style, const char *utf8, size_t length)
{
    int room = 0;
    if (row < 0 || row >= self->area.rows || column < 0 || column >= self->area.columns || utf8 == NULL)
        return 0;
    width = MIN(width, self->area.columns - column);
    if (width <= 0)
        return 0;
    size_t fitting = width_prefix(utf8, length, width, &room);
    bool is_whole = strspn(utf8 + fitting, " ") >= length - fitting; /* blanks where a line was broken are nothing that is cut */
    const char *dots = canvas_glyph(GLYPH_ELLIPSIS);
    length = is_whole ? fitting : length;
    if (bidi_has(utf8, length))
        return draw_ordered(self, row, column, width, style, utf8, length, is_whole ? NULL : dots);
    if (is_whole)
        return draw_clusters(self, row, column, width, style, utf8, length);
    int used = draw_clusters(self, row, column, width - 1, style, utf8, length);
    return used + draw_clusters(self, row, column + used, 1, style, dots, strlen(dots));
}

int canvas_text(canvas *self, int row, int column, int width, enum theme_style style, const char *utf8)
{
    return utf8 != NULL ? canvas_textn(self, row, column, width, style, utf8, strlen(utf8)) : 0;
}

int canvas_text_right(canvas *self, int row, int right_column, int width, enum theme_style style, const char *utf8)
{
    int cells = MIN(width_text(utf8), width);
    return canvas_text(self, row, MAX(right_column - cells, 0), cells, style, utf8);
}

/* --- what lies over something --- */
static bool is_wide_at(int row, int column)
{
    cchar_t cell;
    wchar_t text[CCHARW_MAX + 1] = { 0 };
    attr_t attributes;
    short pair;
    return mvin_wch(row, column, &cell) == OK && getcchar(&cell, text, &attributes, &pair, NULL) == OK && wcwidth(text[0]) == 2;
}

static void cut_row(int row, int left, int right)
{
    for (int column = 0; column < right; column++) {
        if (!is_wide_at(row, column))
            continue;
        if (column + 1 == left)
            mvaddch(row, column, ' ');
        else if (column + 1 == right && right < COLS)
            mvaddch(row, right, ' ');
        column++;
    }
}

void canvas_cut_edges(const canvas *self)
{
    const struct rect *area = &self->area;
    for (int row = MAX(area->row, 0); row < MIN(area->row + area->rows, LINES); row++)
        cut_row(row, area->column, area->column + area->columns);
}

/* --- text in several looks --- */

/* What fits of it; the rest is dots. */
static GArray *glyphs_of_runs(const char *utf8, const struct canvas_run *runs, size_t count, int width)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(struct width_glyph));
    struct width_glyph glyph;
    size_t at = 0;
    int used = 0, room = 0;
    for (size_t i = 0; i < count; i++)
        at += runs[i].length;
    bool is_whole = width_prefix(utf8, at, width, &room) == at;
    at = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t end = at + runs[i].length; at < end;) {
            at += width_glyph_at(utf8 + at, end - at, &glyph);
            glyph.run = (int)i;
            used += glyph.cells;
            if (used > width - !is_whole) {
                glyph = (struct width_glyph){ .cells = 1, .run = (int)i };
                g_strlcpy(glyph.text, canvas_glyph(GLYPH_ELLIPSIS), sizeof glyph.text);
                g_array_append_val(list, glyph);
                return list;
            }
            if (glyph.cells > 0)
                g_array_append_val(list, glyph);
        }
    }
    return list;
}

/* Where a run stands; what is torn apart by the order of its letters stands nowhere. */
static void note_place(struct canvas_run *run, int column, int cells)
{
    if (run->column < 0)
        return;
    bool follows = run->cells > 0 && run->column + run->cells == column;
    if (run->cells > 0 && !follows) {
        run->column = -1;
        run->cells = 0;
        return;
    }
    run->column = follows ? run->column : column;
    run->cells += cells;
}

int canvas_runs(canvas *self, int row, int column, int width, const char *utf8, struct canvas_run *runs, size_t count, bool is_rtl)
{
    int used = 0;
    struct style look = { 0 };
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        runs[i].column = runs[i].cells = 0;
        length += runs[i].length;
    }
    width = MIN(width, self->area.columns - column);
    if (row < 0 || row >= self->area.rows || column < 0 || width <= 0)
        return 0;
    g_autoptr(GArray) list = glyphs_of_runs(utf8, runs, count, width);
    struct width_glyph *first = (struct width_glyph *)(void *)list->data;
    if (is_rtl)
        bidi_order_rtl(first, (int)list->len);
    else if (bidi_has(utf8, length))
        order_between_blanks(first, (int)list->len);
    for (guint i = 0; i < list->len; i++) {
        const struct width_glyph *each = &first[i];
        struct canvas_run *run = &runs[each->run];
        if (i == 0 || each->run != first[i - 1].run)
            look = style_of_mail(run->style, run->color, run->background);
        put_glyph(self->area.row + row, self->area.column + column + used, look, each);
        note_place(run, column + used, each->cells);
        used += each->cells;
    }
    return used;
}

void canvas_fill(canvas *self, int row, int column, int width, enum theme_style style, const char *utf8)
{
    if (row < 0 || row >= self->area.rows)
        return;
    int end = MIN(column + width, self->area.columns);
    for (int at = MAX(column, 0); at < end; at++)
        draw_clusters(self, row, at, 1, style, utf8, strlen(utf8));
}

void canvas_clear_row(canvas *self, int row, int from_column, enum theme_style style)
{
    canvas_fill(self, row, from_column, self->area.columns - from_column, style, " ");
}

void canvas_picture_cell(canvas *self, int row, int column, gunichar c, int foreground, int background)
{
    wchar_t text[2] = { (wchar_t)(c != 0 ? c : ' '), L'\0' };
    int pair = style_picture_pair(foreground, background);
    cchar_t cell;
    bool is_inside = row >= 0 && row < self->area.rows && column >= 0 && column < self->area.columns;
    if (!is_inside || wcwidth(text[0]) != 1 || setcchar(&cell, text, A_NORMAL, 0, &pair) == ERR)
        return;
    if (is_corner_spared && self->area.row + row == LINES - 1 && self->area.column + column + 1 >= COLS)
        return;
    mvadd_wch(self->area.row + row, self->area.column + column, &cell);
}

void canvas_cursor(canvas *self, int row, int column)
{
    row = CLAMP(row, 0, MAX(self->area.rows - 1, 0));
    column = CLAMP(column, 0, MAX(self->area.columns - 1, 0));
    cursor_row = self->area.row + row;
    cursor_column = self->area.column + column;
}

void canvas_restyle_row(canvas *self, int row, int column, int width, enum theme_style style)
{
    struct style look = style_of(style);
    if (row < 0 || row >= self->area.rows)
        return;
    int end = MIN(column + width, self->area.columns);
    for (int at = MAX(column, 0); at < end; at++) {
        cchar_t cell;
        wchar_t text[CCHARW_MAX + 1] = { 0 };
        attr_t attributes = 0;
        short pair = 0;
        int y = self->area.row + row, x = self->area.column + at;
        if (mvin_wch(y, x, &cell) == ERR || getcchar(&cell, text, &attributes, &pair, NULL) == ERR)
            continue;
        mvchgat(y, x, 1, (attributes & ~(attr_t)A_DIM) | look.attributes, look.pair != 0 ? look.pair : pair, NULL);
    }
}

/* --- words for the person --- */
int canvas_words(canvas *self, int row, int column, int width, enum theme_style style, const char *utf8, size_t length,
                 const char *paragraph)
{
    int room = MIN(width, self->area.columns - column), used = 0;
    bool is_rtl = paragraph != NULL ? bidi_is_our_rtl(paragraph, strlen(paragraph)) : bidi_is_our_rtl(utf8, length);
    if (room <= 0 || !is_rtl)
        return canvas_textn(self, row, column, width, style, utf8, length);
    struct canvas_run run = { .length = length, .style = style };
    bool is_whole = width_prefix(utf8, length, room, &used) == length;
    int start = is_whole ? room - used : 0;
    return start + canvas_runs(self, row, column + start, room - start, utf8, &run, 1, true);
}
