/* SPDX-License-Identifier: MIT */
/* What must be true of every screen, whatever the language, the theme, the size and the kind of terminal. */
#include "tests/tui/terminal_private.h"
#include <math.h>
#include <string.h>

enum {
    HEADER_ROWS = 2,
    FOOTER_ROWS = 3,
    WORD_MIN = 4,
    ELLIPSIS = 0x2026,
    BOX_BELOW = 24, /* a box fills a screen of fewer rows */
    HLINE = 0x2500,
    VLINE = 0x2502,
    TEE_DOWN = 0x252C,
    TEE_UP = 0x2534,
    TEE_RIGHT = 0x251C
};
#define SECOND_HALF ((uint32_t)-1) /* of a wide character */

struct looking {
    terminal *terminal;
    int rows, columns;
    struct {
        int top, bottom, left, right; /* the last ones are inside; top 0: there is none */
    } lid;                            /* a box over what is below, which it may cut anywhere */
};

static VTermScreenCell cell_at(const struct looking *self, int row, int column)
{
    VTermScreenCell cell = { 0 };
    if (row >= 0 && row < self->rows && column >= 0 && column < self->columns)
        vterm_screen_get_cell(terminal_screen(self->terminal), (VTermPos){ .row = row, .col = column }, &cell);
    return cell;
}

static uint32_t sign_at(const struct looking *self, int row, int column)
{
    uint32_t sign = cell_at(self, row, column).chars[0];
    return sign == 0 ? ' ' : sign;
}

static char *complain(const struct looking *self, int row, int column, const char *what)
{
    g_autofree char *line = terminal_row(self->terminal, row);
    return g_strdup_printf("row %d, column %d, %s: %s", row, column, what, line);
}

/* --- signs --- */
static bool is_forbidden(uint32_t sign)
{
    bool is_control = sign < 0x20 || (sign >= 0x7f && sign < 0xa0) || sign == 0xfffd;
    bool is_bidi = (sign >= 0x200e && sign <= 0x200f) || (sign >= 0x202a && sign <= 0x202e) || (sign >= 0x2066 && sign <= 0x2069);
    return sign != 0 && sign != SECOND_HALF && (is_control || is_bidi);
}

static char *sign_fault(const struct looking *self, int row, int column)
{
    VTermScreenCell cell = cell_at(self, row, column);
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] != 0; i++)
        if (is_forbidden(cell.chars[i]))
            return complain(self, row, column, "a control or a replacement");
    return NULL;
}

/* --- colours: the terminal's own are light grey on black, or black on white --- */
static uint32_t indexed_rgb(unsigned index, bool is_bold, bool is_console)
{
    static const uint32_t xterm[] = { 0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
                                      0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff };
    static const uint32_t console[] = { 0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa,
                                        0x555555, 0xff5555, 0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff };
    static const unsigned levels[] = { 0, 95, 135, 175, 215, 255 };
    if (index < 16)
        return is_console ? console[index < 8 && is_bold ? index + 8 : index] : xterm[index];
    if (index >= 232)
        return (8 + 10 * (index - 232)) * 0x010101;
    return levels[(index - 16) / 36] << 16 | levels[(index - 16) / 6 % 6] << 8 | levels[(index - 16) % 6];
}

static uint32_t color_rgb(const VTermColor *color, const struct terminal_wishes *wishes, bool is_front, bool is_bold)
{
    if (is_front ? VTERM_COLOR_IS_DEFAULT_FG(color) : VTERM_COLOR_IS_DEFAULT_BG(color))
        return is_front == wishes->is_light ? 0x000000 : wishes->is_light ? 0xffffff : 0xe5e5e5;
    if (VTERM_COLOR_IS_INDEXED(color))
        return indexed_rgb(color->indexed.idx, is_bold && is_front, wishes->is_console);
    return (uint32_t)(color->rgb.red << 16 | color->rgb.green << 8 | color->rgb.blue);
}

static double luminance(uint32_t rgb)
{
    static const double weights[] = { 0.2126, 0.7152, 0.0722 };
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        double part = (rgb >> (16 - 8 * i) & 255) / 255.0;
        sum += weights[i] * (part <= 0.03928 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4));
    }
    return sum;
}

/* As the WCAG counts it: 1 to 21. */
static double contrast_now(uint32_t first, uint32_t second)
{
    double one = luminance(first), two = luminance(second);
    return (MAX(one, two) + 0.05) / (MIN(one, two) + 0.05);
}

/* A screen has few pairs, and the same one for whole rows. */
static double contrast(uint32_t first, uint32_t second)
{
    static uint32_t last_first, last_second;
    static double last;
    if (last == 0 || first != last_first || second != last_second)
        last = contrast_now(first, second);
    last_first = first;
    last_second = second;
    return last;
}

static char *color_fault(const struct looking *self, const struct terminal_wishes *wishes, int row, int column)
{
    VTermScreenCell cell = cell_at(self, row, column);
    bool is_line = cell.chars[0] >= HLINE && cell.chars[0] < 0x25a0; /* lines and pictures' blocks are no text */
    if (cell.chars[0] <= ' ' || cell.chars[0] == SECOND_HALF || is_line)
        return NULL;
    double seen = contrast(color_rgb(&cell.fg, wishes, true, cell.attrs.bold), color_rgb(&cell.bg, wishes, false, false));
    if (seen >= wishes->contrast)
        return NULL;
    g_autofree char *what = g_strdup_printf("a contrast of %.1f", seen);
    return complain(self, row, column, what);
}

/* --- the frame --- */
static bool is_rule(uint32_t sign)
{
    return sign == HLINE || sign == TEE_DOWN || sign == TEE_UP || sign == 0x253C;
}

static bool is_rule_row(const struct looking *self, int row)
{
    for (int column = 0; column < self->columns; column++)
        if (!is_rule(sign_at(self, row, column)))
            return false;
    return true;
}

static bool is_blank_row(const struct looking *self, int row)
{
    g_autofree char *line = terminal_row(self->terminal, row);
    return *line == '\0';
}

/* A bar begins and ends at a line, or goes on below something that lies over it (whose first row is lined). */
static char *bar_fault(const struct looking *self, int column)
{
    int row = HEADER_ROWS;
    while (row < self->rows - FOOTER_ROWS &&
           (sign_at(self, row, column) == VLINE || sign_at(self, row, column) == 0x251C || sign_at(self, row, column) == 0x2524))
        row++;
    g_autofree char *line = terminal_row(self->terminal, row);
    bool is_closed = is_rule(sign_at(self, row, column)) || strstr(line, "\xe2\x94\x80\xe2\x94\x80") != NULL;
    return is_closed ? NULL : complain(self, row, column, "the bar above ends in nothing");
}

static char *frame_fault(const struct looking *self)
{
    int foot = self->rows - FOOTER_ROWS;
    if (is_blank_row(self, 0))
        return complain(self, 0, 0, "there is no header");
    bool has_box = false;
    for (int row = 0; row <= 1; row++) /* a title in it */
        has_box = has_box || (is_rule(sign_at(self, row, 0)) && is_rule(sign_at(self, row, self->columns - 1)));
    if (is_blank_row(self, 1)) /* the composer has no lines but those of what lies over it */
        return NULL;
    if (!is_rule_row(self, 1) && !(has_box && self->rows < BOX_BELOW))
        return complain(self, 1, 0, "the line below the header is broken");
    bool is_box = is_rule(sign_at(self, foot + 1, 0)) && !is_rule(sign_at(self, foot, 0));   /* of a question, down over the status */
    for (foot += is_box ? 1 : 0; foot > self->rows / 2 && !is_rule(sign_at(self, foot, 0));) /* above what is said of a question */
        foot--;
    bool is_closed = is_rule(sign_at(self, foot, 0)) && is_rule(sign_at(self, foot, self->columns - 1)); /* may have words in it */
    if (!is_closed)
        return complain(self, foot, 0, "the line above the status is broken");
    char *fault = NULL;
    for (int column = 0; fault == NULL && column < self->columns; column++)
        if (sign_at(self, 1, column) == TEE_DOWN)
            fault = bar_fault(self, column);
    for (int row = HEADER_ROWS; fault == NULL && row < foot; row++)
        if (is_rule(sign_at(self, row, self->columns - 1)) && !is_rule(sign_at(self, row, self->columns - 2)))
            fault = complain(self, row, self->columns - 1, "a stray piece of a line");
    return fault;
}

static char *cursor_fault(const struct looking *self)
{
    int row = 0, column = 0;
    terminal_cursor(self->terminal, &row, &column);
    bool is_inside = row >= 0 && row < self->rows && column >= 0 && column < self->columns;
    return is_inside ? NULL : complain(self, CLAMP(row, 0, self->rows - 1), column, "the cursor is outside");
}

/* --- words --- */
char *terminal_word(const char *word)
{
    if (g_str_is_ascii(word))
        return g_ascii_strdown(word, -1);
    g_autofree char *whole = g_utf8_normalize(word, -1, G_NORMALIZE_ALL), *folded = g_utf8_casefold(whole != NULL ? whole : word, -1);
    GString *letters = g_string_new(NULL);
    for (const char *at = folded; *at != '\0'; at = g_utf8_next_char(at))
        if (g_unichar_isalpha(g_utf8_get_char(at)))
            g_string_append_unichar(letters, g_utf8_get_char(at));
    return g_string_free(letters, FALSE);
}

static bool is_known(GHashTable *words, const char *word)
{
    if (g_hash_table_contains(words, word)) /* as it stands there, also from the last time */
        return true;
    g_autofree char *plain = terminal_word(word), *reversed = g_utf8_strreverse(word, -1), *back = terminal_word(reversed);
    bool is_one = g_utf8_strlen(plain, -1) < WORD_MIN || g_hash_table_contains(words, plain) ||
                  g_hash_table_contains(words, back); /* from right to left */
    if (is_one)
        g_hash_table_add(words, g_strdup(word));
    return is_one;
}

/* Scripts without blanks between words are cut anywhere. */
static bool is_letter(gunichar sign)
{
    return g_unichar_isalpha(sign) || g_unichar_ismark(sign) || sign == 0x2019;
}

static bool has_words(gunichar sign)
{
    GUnicodeScript script = g_unichar_get_script(sign);
    bool is_without = script == G_UNICODE_SCRIPT_HAN || script == G_UNICODE_SCRIPT_HIRAGANA || script == G_UNICODE_SCRIPT_KATAKANA ||
                      script == G_UNICODE_SCRIPT_THAI;
    return !is_without;
}

static void find_lid(struct looking *self)
{
    for (int row = HEADER_ROWS; row < self->rows - FOOTER_ROWS; row++) {
        int left = 1, right = self->columns - 1;
        while (left < self->columns && !(sign_at(self, row, left) == HLINE && sign_at(self, row, left + 1) == HLINE))
            left++;
        while (right > left && sign_at(self, row, right) != HLINE)
            right--;
        uint32_t before = sign_at(self, row, left - 1);
        if (left >= right || is_rule(before) || before == VLINE || before == TEE_RIGHT) /* between panes */
            continue;
        self->lid.top = self->lid.top > 0 ? self->lid.top : row;
        self->lid.left = self->lid.top == row ? left : self->lid.left;
        self->lid.right = self->lid.top == row ? right : self->lid.right;
        self->lid.bottom = row;
    }
}

/* Here something may be cut: at both sides of the lid. */
static bool is_edge(const struct looking *self, int row, int column)
{
    bool is_beside = row >= self->lid.top && row <= self->lid.bottom;
    return self->lid.top > 0 && is_beside && (column == self->lid.left || column == self->lid.right + 1);
}

struct reading {
    GString *word;
    gunichar before; /* the word */
};

/* One sign of a row; the word that it ends must be whole, but for an ellipsis at one end. */
static char *read_sign(GHashTable *words, struct reading *reading, gunichar sign)
{
    bool is_other = reading->word->len > 0 && g_unichar_get_script(sign) == G_UNICODE_SCRIPT_ARABIC &&
                    g_unichar_get_script(g_utf8_get_char(reading->word->str)) == G_UNICODE_SCRIPT_LATIN;
    if (is_letter(sign) && has_words(sign) && !is_other) {
        g_string_append_unichar(reading->word, sign);
        return NULL;
    }
    char *fault = NULL;
    bool is_cut = reading->before == ELLIPSIS || sign == ELLIPSIS;
    if (reading->word->len > 0 && !is_cut && !is_known(words, reading->word->str))
        fault = g_strdup_printf("\"%s\" is no word", reading->word->str);
    g_string_truncate(reading->word, 0);
    if (is_other)
        g_string_append_unichar(reading->word, sign);
    reading->before = sign;
    return fault;
}

static char *word_fault(const struct looking *self, GHashTable *words, int row)
{
    g_autoptr(GString) word = g_string_new(NULL);
    struct reading reading = { .word = word, .before = ' ' };
    for (int column = 0; column <= self->columns; column++) {
        VTermScreenCell cell = cell_at(self, row, column);
        g_autofree char *fault = is_edge(self, row, column) ? read_sign(words, &reading, ELLIPSIS) : NULL;
        if (fault == NULL && cell.chars[0] == 0)
            fault = read_sign(words, &reading, ' ');
        for (int i = 0; fault == NULL && i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] != 0 && cell.chars[i] != SECOND_HALF; i++)
            fault = read_sign(words, &reading, cell.chars[i]);
        if (fault != NULL)
            return complain(self, row, column, fault);
    }
    return NULL;
}

char *terminal_fault(terminal *terminal, const struct terminal_wishes *wishes)
{
    struct looking self = { .terminal = terminal };
    terminal_size(terminal, &self.rows, &self.columns);
    find_lid(&self);
    char *fault = frame_fault(&self);
    if (fault == NULL)
        fault = cursor_fault(&self);
    for (int row = 0; fault == NULL && row < self.rows; row++) {
        for (int column = 0; fault == NULL && column < self.columns; column++) {
            fault = sign_fault(&self, row, column);
            if (fault == NULL)
                fault = color_fault(&self, wishes, row, column);
        }
        if (fault == NULL && wishes->words != NULL)
            fault = word_fault(&self, wishes->words, row);
    }
    return fault;
}
