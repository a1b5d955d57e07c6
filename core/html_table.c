/* SPDX-License-Identifier: MIT */
/* Tables of data in columns. Most tables in mail only arrange the page: those are told apart here, and read like any other text. */
#include "core/html_private.h"
#include <string.h>

#define TABLE_COLUMNS   76 /* fits where a reader is 80 wide */
#define GAP             2
#define NARROWEST       10
#define COLUMNS_MAX     16u
#define ROWS_MAX        2000u
#define CELL_NODES_MAX  60u
#define CELL_BYTES_MAX  240u
#define CELL_BLOCKS_MAX 2u

struct cell {
    const GumboNode *node;
    char *text;
    GArray *spans; /* of struct text_span; NULL: none */
    int width;     /* in columns, as one line */
    unsigned column, columns;
    bool is_right, is_hidden;
    int color, background; /* as struct html_looks */
};
struct table {
    GPtrArray *rows; /* of GPtrArray* of struct cell* */
    unsigned columns;
    bool has_header, is_data;
    int widths[COLUMNS_MAX];
};

static void cell_free(gpointer data)
{
    struct cell *self = data;
    g_free(self->text);
    g_clear_pointer(&self->spans, g_array_unref);
    g_free(self);
}

static void row_free(gpointer data)
{
    g_ptr_array_unref(data);
}

/* --- is it data? --- */

static bool is_element(const GumboNode *node)
{
    return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE;
}

static bool is_tag(const GumboNode *node, GumboTag tag)
{
    return is_element(node) && node->v.element.tag == tag;
}

struct content {
    unsigned nodes, bytes, blocks;
    bool has_table;
};

/* Up to what decides; blanks in a row are one. */
static unsigned letters_count(const char *words)
{
    unsigned count = 0;
    for (const char *at = words; *at != '\0' && count <= CELL_BYTES_MAX; at++)
        count += !g_ascii_isspace(*at) || !g_ascii_isspace(at[1]);
    return count;
}

static void content_count(struct content *count, const GumboNode *node)
{
    static const GumboTag blocks[] = { GUMBO_TAG_P,  GUMBO_TAG_DIV, GUMBO_TAG_UL, GUMBO_TAG_OL,         GUMBO_TAG_LI, GUMBO_TAG_H1,
                                       GUMBO_TAG_H2, GUMBO_TAG_H3,  GUMBO_TAG_BR, GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_HR, GUMBO_TAG_PRE };
    count->nodes++;
    if (!is_element(node)) {
        count->bytes += letters_count(node->v.text.text);
        return;
    }
    count->has_table |= node->v.element.tag == GUMBO_TAG_TABLE;
    for (size_t i = 0; i < G_N_ELEMENTS(blocks); i++)
        count->blocks += node->v.element.tag == blocks[i];
}

/* Short, and nothing in it that needs lines of its own. */
static bool is_data_cell(const GumboNode *cell)
{
    struct content count = { 0 };
    const GumboVector *children = &cell->v.element.children;
    if (children->length == 0)
        return true;
    if (children->length == 1 && !is_element(children->data[0])) {
        content_count(&count, children->data[0]);
        return count.bytes <= CELL_BYTES_MAX;
    }
    g_autoptr(GPtrArray) waiting = g_ptr_array_new();
    g_ptr_array_add(waiting, (gpointer)cell);
    while (waiting->len > 0) {
        const GumboNode *node = g_ptr_array_steal_index(waiting, waiting->len - 1);
        content_count(&count, node);
        if (count.nodes > CELL_NODES_MAX || count.bytes > CELL_BYTES_MAX || count.blocks > CELL_BLOCKS_MAX || count.has_table)
            return false;
        for (unsigned i = 0; is_element(node) && i < node->v.element.children.length && i <= CELL_NODES_MAX; i++)
            g_ptr_array_add(waiting, node->v.element.children.data[i]);
    }
    return true;
}

static void row_collect(struct table *self, const struct html_writer *writer, const GumboNode *row)
{
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(cell_free);
    unsigned column = 0;
    struct html_looks row_looks = html_looks_of(writer->rules, row);
    if (html_is_hidden(row_looks))
        return;
    for (unsigned i = 0; i < row->v.element.children.length && self->is_data; i++) {
        const GumboNode *node = row->v.element.children.data[i];
        if (!is_tag(node, GUMBO_TAG_TD) && !is_tag(node, GUMBO_TAG_TH))
            continue;
        struct html_looks looks = html_looks_of(writer->rules, node);
        const char *span = html_attribute(node, "colspan"), *align = html_attribute(node, "align");
        struct cell *cell = g_new0(struct cell, 1);
        g_ptr_array_add(cells, cell);
        cell->node = node;
        cell->column = column;
        cell->columns = (unsigned)CLAMP(span != NULL ? g_ascii_strtoll(span, NULL, 10) : 1, 1, (gint64)COLUMNS_MAX);
        cell->color = looks.color != 0 ? looks.color : row_looks.color;
        cell->background = looks.background != 0 ? looks.background : row_looks.background;
        cell->is_hidden = html_is_hidden(looks);
        cell->is_right = (looks.set & LOOK_RIGHT) != 0 || (align != NULL && g_ascii_strcasecmp(align, "right") == 0);
        column += cell->columns;
        self->has_header |= is_tag(node, GUMBO_TAG_TH);
        self->is_data = column <= COLUMNS_MAX && is_data_cell(node);
    }
    self->columns = MAX(self->columns, column);
    if (cells->len > 0)
        g_ptr_array_add(self->rows, g_steal_pointer(&cells));
}

static void rows_collect(struct table *self, const struct html_writer *writer, const GumboNode *parent)
{
    for (unsigned i = 0; i < parent->v.element.children.length && self->is_data && self->rows->len < ROWS_MAX; i++) {
        const GumboNode *node = parent->v.element.children.data[i];
        if (is_tag(node, GUMBO_TAG_TR))
            row_collect(self, writer, node);
        else if (parent->v.element.tag == GUMBO_TAG_TABLE &&
                 (is_tag(node, GUMBO_TAG_TBODY) || is_tag(node, GUMBO_TAG_THEAD) || is_tag(node, GUMBO_TAG_TFOOT)))
            rows_collect(self, writer, node);
        else if (is_tag(node, GUMBO_TAG_CAPTION))
            self->is_data = false; /* rare: read in order */
    }
}

static bool is_arrangement(const GumboNode *table)
{
    const char *role = html_attribute(table, "role");
    return role != NULL && (g_ascii_strcasecmp(role, "presentation") == 0 || g_ascii_strcasecmp(role, "none") == 0);
}

/* --- cells --- */

static int width_of(const char *utf8, size_t length)
{
    int width = 0;
    for (const char *at = utf8; at < utf8 + length; at = g_utf8_next_char(at)) {
        gunichar c = (unsigned char)*at;
        if (c < 0x80) {
            width++;
            continue;
        }
        c = g_utf8_get_char(at);
        width += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
    }
    return width;
}

/* `writer` is used for one cell after another. */
static void cell_write(struct cell *self, const struct html_writer *around, struct html_writer *writer)
{
    html_writer_renew(writer);
    writer->is_cell = true;
    writer->is_tiny = around->is_tiny;
    writer->bold = around->bold + is_tag(self->node, GUMBO_TAG_TH);
    writer->quote = around->quote;
    writer->color = self->color != 0 ? self->color : around->color;
    writer->background = self->background != 0 ? self->background : around->background;
    if (!self->is_hidden)
        html_walk(writer, self->node);
    self->text = g_strndup(writer->line->str, writer->line->len);
    self->width = width_of(self->text, writer->line->len);
    if (writer->spans->len > 0)
        self->spans = g_array_copy(writer->spans);
}

static void cells_write(struct table *self, const struct html_writer *around)
{
    struct html_writer writer;
    html_writer_init(&writer, around->text, around->rules);
    for (guint i = 0; i < self->rows->len; i++) {
        GPtrArray *row = g_ptr_array_index(self->rows, i);
        for (guint k = 0; k < row->len; k++) {
            struct cell *cell = g_ptr_array_index(row, k);
            cell_write(cell, around, &writer);
            if (cell->columns == 1)
                self->widths[cell->column] = MAX(self->widths[cell->column], cell->width);
        }
    }
    html_writer_clear(&writer);
}

/* The widest columns give way until all fit. */
static void widths_fit(struct table *self, int room)
{
    for (;;) {
        int total = 0;
        unsigned widest = 0;
        for (unsigned i = 0; i < self->columns; i++) {
            total += self->widths[i] > 0 ? self->widths[i] + GAP : 0;
            widest = self->widths[i] > self->widths[widest] ? i : widest;
        }
        if (total - GAP <= room || self->widths[widest] <= NARROWEST)
            return;
        self->widths[widest]--;
    }
}

static int cell_room(const struct table *self, const struct cell *cell)
{
    int room = 0;
    for (unsigned i = cell->column; i < cell->column + cell->columns && i < self->columns; i++)
        room += self->widths[i] > 0 ? self->widths[i] + (room > 0 ? GAP : 0) : 0;
    return room;
}

/* --- lines --- */

/* How many bytes from `at` fit into `room`, to the end of a word where there is one. */
static size_t piece_length(const char *at, int room)
{
    const char *fits = NULL, *end = at;
    int width = 0;
    for (; *end != '\0'; end = g_utf8_next_char(end)) {
        width += width_of(end, 1);
        if (width > room && end > at)
            return (size_t)((fits != NULL ? fits : end) - at);
        if (*end == ' ')
            fits = end;
    }
    return (size_t)(end - at);
}

struct row_line {
    GString *words;
    GArray *spans;
    int column;
};

static void pad(struct row_line *line, int column)
{
    for (; line->column < column; line->column++)
        g_string_append_c(line->words, ' ');
}

static void piece_put(struct row_line *line, const struct cell *cell, size_t from, size_t length)
{
    size_t shift = line->words->len;
    g_string_append_len(line->words, cell->text + from, (gssize)length);
    line->column += width_of(cell->text + from, length);
    for (guint i = 0; cell->spans != NULL && i < cell->spans->len; i++) {
        struct text_span span = g_array_index(cell->spans, struct text_span, i);
        size_t begin = MAX(span.start, from), end = MIN(span.start + span.length, from + length);
        if (begin >= end)
            continue;
        span.start = begin - from + shift;
        span.length = end - begin;
        g_array_append_val(line->spans, span);
    }
}

/* One line of the row, with what is next of each cell; false: all cells are at their end. */
static bool row_line_put(const struct table *self, GPtrArray *row, size_t *done, struct row_line *line)
{
    int column = 0;
    bool has_words = false;
    for (guint i = 0; i < row->len; i++) {
        const struct cell *cell = g_ptr_array_index(row, i);
        int room = cell_room(self, cell);
        size_t length = room > 0 ? piece_length(cell->text + done[i], room) : 0;
        int width = width_of(cell->text + done[i], length);
        if (length > 0) {
            pad(line, column + (cell->is_right ? MAX(room - width, 0) : 0));
            piece_put(line, cell, done[i], length);
            has_words = true;
        }
        done[i] += length + (cell->text[done[i] + length] == ' ');
        column += room > 0 ? room + GAP : 0;
    }
    return has_words;
}

static void row_show(const struct table *self, struct html_writer *writer, GPtrArray *row, struct row_line *line)
{
    size_t done[COLUMNS_MAX] = { 0 }; /* a row has no more cells than columns */
    while (writer->text->lines->len < HTML_LINES_MAX) {
        g_string_truncate(line->words, 0);
        g_array_set_size(line->spans, 0);
        line->column = 0;
        if (!row_line_put(self, row, done, line))
            return;
        struct text_line *shown = text_add_line(writer->text, line->words->str, line->words->len);
        shown->is_preformatted = true;
        shown->quote_level = writer->quote;
        shown->indent = writer->indent;
        g_array_append_vals(shown->spans, line->spans->data, line->spans->len);
    }
}

static void rows_show(const struct table *self, struct html_writer *writer)
{
    struct row_line line = { g_string_new(NULL), g_array_new(FALSE, FALSE, sizeof(struct text_span)), 0 };
    for (guint i = 0; i < self->rows->len; i++)
        row_show(self, writer, g_ptr_array_index(self->rows, i), &line);
    g_string_free(line.words, TRUE);
    g_array_unref(line.spans);
}

bool html_table_show(struct html_writer *writer, const GumboNode *node)
{
    struct table self = { .rows = g_ptr_array_new_with_free_func(row_free), .is_data = !is_arrangement(node) };
    if (self.is_data)
        rows_collect(&self, writer, node);
    bool is_shown = self.is_data && self.columns >= 2 && self.rows->len >= 2 && self.rows->len < ROWS_MAX && writer->keep == 0;
    if (is_shown) {
        html_end_line(writer);
        cells_write(&self, writer);
        widths_fit(&self, TABLE_COLUMNS - writer->indent - 2 * writer->quote);
        writer->needs_blank = true;
        html_blank_line(writer);
        rows_show(&self, writer);
        writer->has_content = writer->needs_blank = true;
    }
    g_ptr_array_unref(self.rows);
    return is_shown;
}
