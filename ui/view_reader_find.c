/* SPDX-License-Identifier: MIT */
/* Words within the open message, or the open messages of a conversation: found line by line as they are shown, the spot brought onto the screen. */
#include "ui/reader_text.h"
#include "ui/view_reader_private.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { LINES_ABOVE = 3, UNFOLDED_MAX = 20 };

/* A blank of the words stands for any. */
static bool is_same_letter(gunichar shown, gunichar wanted)
{
    return g_unichar_tolower(shown) == g_unichar_tolower(wanted) || (g_unichar_isspace(shown) && g_unichar_isspace(wanted));
}

size_t view_reader_match(const char *line, const char *words, size_t from, size_t *start_out)
{
    for (const char *at = line + from; *words != '\0' && *at != '\0'; at = g_utf8_next_char(at)) {
        const char *letter = words, *end = at;
        while (*letter != '\0' && *end != '\0' && is_same_letter(g_utf8_get_char(end), g_utf8_get_char(letter))) {
            letter = g_utf8_next_char(letter);
            end = g_utf8_next_char(end);
        }
        if (*letter != '\0')
            continue;
        *start_out = (size_t)(at - line);
        return (size_t)(end - at);
    }
    return 0;
}

static bool has_words(const struct view_reader *self, const GPtrArray *lines, int at)
{
    const struct reader_line *line = g_ptr_array_index(lines, (guint)at);
    size_t start = 0;
    return view_reader_match(line->text, self->sought, 0, &start) > 0;
}

struct tally {
    int count, place; /* place: of the spot, from 1; 0: it is none of them */
    struct spot next, previous, first, last;
    bool has_next, has_previous;
};

static void tally_add(struct tally *tally, struct spot at, struct spot from)
{
    bool is_before = at.part < from.part || (at.part == from.part && at.line < from.line);
    bool is_there = at.part == from.part && at.line == from.line;
    if (tally->count++ == 0)
        tally->first = at;
    tally->last = at;
    if (is_before) {
        tally->previous = at;
        tally->has_previous = true;
    } else if (is_there) {
        tally->place = tally->count;
    } else if (!tally->has_next) {
        tally->next = at;
        tally->has_next = true;
    }
}

static struct tally count_from(struct view_reader *self, struct spot from)
{
    struct tally tally = { 0 };
    for (guint part = 0; part < self->parts->len; part++) {
        const GPtrArray *lines = view_reader_lines(self, part);
        for (int i = 0; lines != NULL && i < (int)lines->len; i++)
            if (has_words(self, lines, i))
                tally_add(&tally, (struct spot){ part, i }, from);
    }
    return tally;
}

static void go_to_spot(struct view_reader *self, struct spot at)
{
    bool is_seen = at.part == self->top.part && at.line >= self->top.line && at.line < self->top.line + view_reader_body_rows(self);
    self->found = at;
    self->has_found = true;
    self->current = at.part;
    if (!is_seen) {
        self->top = at;
        view_reader_spot_move(self, &self->top, -LINES_ABOVE);
        view_reader_keep_top(self);
    }
    view_touch(&self->base);
}

static void tell_place(struct view_reader *self)
{
    app *ui = self->base.app;
    struct tally now = count_from(self, self->found);
    g_autofree char *on = g_strdup(keymap_key_for(ui, command_find("next"), CONTEXT_READER));
    app_brief(ui, _("“%s”: %d of %d · %s goes on, %s back, Esc ends"), self->sought, now.place, now.count, on,
              keymap_key_for(ui, command_find("previous"), CONTEXT_READER));
}

static bool step(struct view_reader *self, int by)
{
    struct spot none = { self->top.part, self->top.line - 1 };
    struct tally tally = count_from(self, self->has_found ? self->found : none);
    if (tally.count == 0)
        return false;
    if (by > 0)
        go_to_spot(self, tally.has_next ? tally.next : tally.first);
    else
        go_to_spot(self, tally.has_previous ? tally.previous : tally.last);
    tell_place(self);
    return true;
}

/* What stands in folded quotes is shown, one level after the other, until it is found. */
static bool step_unfolding(struct view_reader *self, int by)
{
    bool is_found = step(self, by);
    reader_page *page = view_reader_page(self);
    const struct text *text = page != NULL ? reader_page_text(page) : NULL;
    int levels = 0, next = 0;
    while (!is_found && text != NULL && levels < UNFOLDED_MAX && (next = reader_quotes_next(text, levels)) > levels) {
        levels = next;
        reader_page_fold(page);
        is_found = step(self, by);
    }
    if (!is_found && levels > 0)
        reader_page_fold(page); /* all folded again */
    return is_found;
}

bool view_reader_find(view *base, const char *words)
{
    struct view_reader *self = view_reader_of(base);
    g_autofree char *wanted = g_utf8_make_valid(words, -1);
    bool is_same = self->sought != NULL && strcmp(self->sought, wanted) == 0;
    g_free(self->sought);
    self->sought = g_steal_pointer(&wanted);
    self->has_found &= is_same;
    self->is_finding = step_unfolding(self, 1);
    view_touch(base);
    return self->is_finding;
}

const char *view_reader_sought(const view *base)
{
    return view_reader_peek(base)->sought;
}

bool view_reader_find_next(view *base, int by)
{
    struct view_reader *self = view_reader_of(base);
    return self->is_finding && self->parts->len > 0 && step(self, by);
}

bool view_reader_find_end(view *base)
{
    struct view_reader *self = view_reader_of(base);
    bool was_finding = self->is_finding;
    self->is_finding = self->has_found = false;
    if (was_finding)
        view_touch(base);
    return was_finding;
}

void view_reader_show_found(const struct view_reader *self, int row, const struct reader_line *line)
{
    size_t from = 0, start = 0, length = 0;
    while (self->is_finding && (length = view_reader_match(line->text, self->sought, from, &start)) > 0) {
        g_autofree char *before = g_strndup(line->text, start), *found = g_strndup(line->text + start, length);
        canvas_restyle_row(self->canvas, row, 1 + line->indent + width_text(before), width_text(found), THEME_SELECTED);
        from = start + length;
    }
}
