/* SPDX-License-Identifier: MIT */
/* The line that the walk over HTML is writing: words joined by one blank, spans of what is open, blank lines where they are due. */
#include "core/html_private.h"
#include <string.h>

/* --- the line --- */
void html_writer_init(struct html_writer *self, struct text *text, const html_rules *rules)
{
    *self = (struct html_writer){ .text = text,
                                  .rules = rules,
                                  .line = g_string_new(NULL),
                                  .spans = g_array_new(FALSE, FALSE, sizeof(struct text_span)),
                                  .link = -1,
                                  .label = g_string_new(NULL) };
}

void html_writer_renew(struct html_writer *self)
{
    g_free(self->bullet);
    *self = (struct html_writer){ .text = self->text,
                                  .rules = self->rules,
                                  .line = g_string_truncate(self->line, 0),
                                  .spans = g_array_set_size(self->spans, 0),
                                  .stack = self->stack,
                                  .link = -1,
                                  .label = g_string_truncate(self->label, 0) };
}

void html_writer_clear(struct html_writer *self)
{
    g_clear_pointer(&self->stack, g_array_unref);
    g_string_free(self->line, TRUE);
    g_string_free(self->label, TRUE);
    g_array_unref(self->spans);
    g_free(self->bullet);
}

static enum span_style style_of(const struct html_writer *self)
{
    static const enum span_style quotes[] = { SPAN_QUOTE1, SPAN_QUOTE2, SPAN_QUOTE3 };
    const struct {
        bool is_so;
        enum span_style style;
    } styles[] = { { self->link >= 0, SPAN_LINK },
                   { self->heading > 0, SPAN_HEADING },
                   { self->code > 0 || self->pre > 0, SPAN_CODE },
                   { self->bold > 0, SPAN_BOLD },
                   { self->italic > 0, SPAN_ITALIC },
                   { self->underline > 0, SPAN_UNDERLINE },
                   { self->quote > 0, quotes[MAX(self->quote - 1, 0) % 3] } };
    for (size_t i = 0; i < G_N_ELEMENTS(styles); i++)
        if (styles[i].is_so)
            return styles[i].style;
    return SPAN_NORMAL;
}

static struct text_line *line_add(struct html_writer *self, const char *words, size_t length)
{
    struct text_line *line = text_add_line(self->text, words, length);
    line->quote_level = self->quote;
    line->indent = self->indent;
    return line;
}

void html_end_line(struct html_writer *self)
{
    if (self->is_cell) {
        self->needs_space = self->needs_space || self->line->len > 0;
        return;
    }
    if (self->line->len == 0 && self->has_blank_word) /* <p>&nbsp;</p>, as a blank line is written by Word */
        self->needs_blank = true;
    self->has_blank_word = false;
    if (self->line->len > 0 && self->text->lines->len < HTML_LINES_MAX) {
        struct text_line *line = line_add(self, self->line->str, self->line->len);
        line->is_preformatted = self->pre > 0;
        g_array_append_vals(line->spans, self->spans->data, self->spans->len);
        self->has_content = true;
    }
    g_array_set_size(self->spans, 0);
    g_string_truncate(self->line, 0);
    self->needs_space = false;
}

void html_blank_line(struct html_writer *self)
{
    GPtrArray *lines = self->text->lines;
    if (self->needs_blank && self->has_content && lines->len < HTML_LINES_MAX) {
        const struct text_line *before = lines->len > 0 ? g_ptr_array_index(lines, lines->len - 1) : NULL;
        int level = before != NULL ? MIN(before->quote_level, self->quote) : self->quote;
        text_add_line(self->text, "", 0)->quote_level = level;
    }
    self->needs_blank = false;
}

static void line_begin(struct html_writer *self)
{
    if (!self->is_cell)
        html_blank_line(self);
    if (self->bullet != NULL)
        g_string_append(self->line, self->bullet);
    g_clear_pointer(&self->bullet, g_free);
}

/* Appends with the style that is open now; joined to the span before where it is the same. */
void html_writer_put(struct html_writer *self, const char *bytes, size_t length)
{
    if (self->line->len == 0)
        line_begin(self);
    if (self->needs_space && self->line->len > 0)
        g_string_append_c(self->line, ' ');
    if (self->needs_space && self->link >= 0 && self->label->len > 0)
        g_string_append_c(self->label, ' ');
    self->needs_space = self->has_blank_word = false;
    size_t start = self->line->len;
    enum span_style style = style_of(self);
    g_string_append_len(self->line, bytes, (gssize)length);
    if (self->link >= 0)
        g_string_append_len(self->label, bytes, (gssize)length);
    if (style == SPAN_NORMAL && self->color == 0 && self->background == 0)
        return;
    struct text_span *last = self->spans->len > 0 ? &g_array_index(self->spans, struct text_span, self->spans->len - 1) : NULL;
    bool is_alike = last != NULL && last->style == style && last->link == self->link && !last->is_number && last->color == self->color &&
                    last->background == self->background;
    if (is_alike && start - (last->start + last->length) <= 1) {
        last->length = self->line->len - last->start;
        return;
    }
    const struct text_span span = {
        .start = start, .length = length, .style = style, .link = self->link, .color = self->color, .background = self->background
    };
    g_array_append_val(self->spans, span);
}

/* --- text --- */

/* What newsletters pad their preview with, if it joins nothing: an emoji or a script that needs it keeps it. */
static bool is_padding(gunichar c, gunichar before, gunichar after)
{
    if (c == 0x200d)
        return before <= 0x7f || after <= 0x7f;
    if (c == 0x200c)
        return !(g_unichar_isalpha(before) && g_unichar_isalpha(after));
    return c == 0x200b || c == 0xfeff || c == 0x00ad || c == 0x034f || c == 0x2060;
}

static bool is_wide_blank(gunichar c)
{
    return c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f;
}

static bool is_letter(char c)
{
    return c > ' ' && (unsigned char)c < 0x80;
}

/* How many bytes at p stand for themselves: words, and one space between two of them. */
static size_t run_length(const char *p)
{
    size_t length = 0;
    while (is_letter(p[length]) || (length > 0 && p[length] == ' ' && is_letter(p[length + 1])))
        length++;
    return length;
}

static void put_blank(struct html_writer *self, const char *p)
{
    if (self->keep == 0)
        self->needs_space = self->needs_space || self->line->len > 0;
    else if (*p == '\n' && !self->is_cell && self->line->len == 0 && self->text->lines->len < HTML_LINES_MAX)
        line_add(self, "", 0)->is_preformatted = self->pre > 0;
    else if (*p == '\n')
        html_end_line(self);
    else if (*p != '\r')
        html_writer_put(self, p, 1);
}

static void put_letters(struct html_writer *self, const char *utf8)
{
    gunichar before = 0;
    for (const char *p = utf8; *p != '\0';) {
        size_t run = run_length(p);
        if (run > 0) {
            html_writer_put(self, p, run);
            before = (unsigned char)p[run - 1];
            p += run;
            continue;
        }
        gunichar c = g_utf8_get_char(p);
        const char *next = g_utf8_next_char(p);
        if (c <= ' ' && (c == ' ' || (c >= '\t' && c <= '\r'))) {
            put_blank(self, p);
        } else if (is_wide_blank(c) && self->keep == 0) {
            self->has_blank_word = self->has_blank_word || self->line->len == 0;
            put_blank(self, " ");
        } else if (!is_padding(c, before, *next != '\0' ? g_utf8_get_char(next) : 0)) {
            html_writer_put(self, p, (size_t)(next - p));
        }
        before = c;
        p = next;
    }
}

void html_writer_put_text(struct html_writer *self, const char *words)
{
    if (g_utf8_validate(words, -1, NULL)) {
        put_letters(self, words);
        return;
    }
    g_autofree char *valid = g_utf8_make_valid(words, -1);
    put_letters(self, valid);
}
