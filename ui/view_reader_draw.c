/* SPDX-License-Identifier: MIT */
/* The reader's pane as it is drawn: open messages, and those that are one line. */
#include "ui/date.h"
#include "ui/folder_words.h"
#include "ui/hyperlink.h"
#include "ui/picture.h"
#include "ui/picture_screen.h"
#include "ui/reader_text.h"
#include "ui/view_reader_private.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { NAME_COLUMNS = 22, FOLDER_COLUMNS = 12, SHARE_COLUMNS = 7 };

/* The terminal may open it itself, unless it leads elsewhere than its words say: then the number is the way. */
static void note_link(const struct view_reader *self, int at, int column, int cells, guint part, int number)
{
    reader_page *page = number > 0 && hyperlink_is_on() ? view_reader_part(self, part)->page : NULL;
    const struct text *text = page != NULL ? reader_page_text(page) : NULL;
    const struct text_link *link =
        text != NULL && (guint)number <= text->links->len ? g_ptr_array_index(text->links, (guint)number - 1) : NULL;
    struct rect area = canvas_area(self->canvas);
    if (link != NULL && !link->is_suspicious)
        hyperlink_note(area.row + at, area.column + column, cells, link->url,
                       (uint32_t)reader_page_placement(page) * 4099u + (uint32_t)number);
}

/* The line as runs from its byte `from` on: spans, and what stands between them. */
static GArray *runs_of(const struct reader_line *line, size_t from, GArray *links)
{
    GArray *runs = g_array_new(FALSE, FALSE, sizeof(struct canvas_run));
    size_t done = from, length = strlen(line->text);
    for (guint i = 0; i <= (line->spans != NULL ? line->spans->len : 0); i++) {
        bool is_end = line->spans == NULL || i == line->spans->len;
        const struct reader_span *span = is_end ? NULL : &g_array_index(line->spans, struct reader_span, i);
        size_t start = is_end ? length : span->start;
        const int none = 0;
        if (start > done) {
            const struct canvas_run plain = { .length = start - done, .style = line->style };
            g_array_append_val(runs, plain);
            g_array_append_val(links, none);
        }
        done = MAX(done, start);
        if (is_end || span->start < done || span->length == 0)
            continue;
        const struct canvas_run run = {
            .length = span->length, .style = span->style, .color = span->color, .background = span->background
        };
        g_array_append_val(runs, run);
        g_array_append_val(links, span->link);
        done += span->length;
    }
    return runs;
}

static void draw_spans(const struct view_reader *self, int at, const struct reader_line *line, guint part)
{
    int columns = canvas_area(self->canvas).columns, column = 1 + line->indent;
    bool has_name = line->prefix > 0 && line->spans != NULL && g_array_index(line->spans, struct reader_span, 0).start < line->prefix;
    enum theme_style style = has_name ? g_array_index(line->spans, struct reader_span, 0).style : line->style;
    column += canvas_textn(self->canvas, at, column, columns - column, style, line->text, line->prefix) + line->shift;
    g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(int));
    g_autoptr(GArray) runs = runs_of(line, line->prefix, links);
    struct canvas_run *first = (struct canvas_run *)(void *)runs->data;
    canvas_runs(self->canvas, at, column, columns - column, line->text + line->prefix, first, runs->len, line->is_rtl);
    for (guint i = 0; i < runs->len; i++)
        if (first[i].cells > 0)
            note_link(self, at, first[i].column, first[i].cells, part, g_array_index(links, int, i));
}

static void draw_picture(const struct view_reader *self, int at, const struct picture *picture, int row)
{
    struct rect area = canvas_area(self->canvas);
    for (int i = 0; picture->image != NULL && i < picture->columns; i++)
        canvas_picture_cell(self->canvas, at, 1 + i, PICTURE_SCREEN_CELL, -1, -1);
    if (picture->image != NULL) {
        picture_screen_note(picture->image, row, area.row + at, area.column + 1);
        return;
    }
    for (int i = 0; i < picture->columns; i++) {
        const struct picture_cell *cell = &picture->cells[row * picture->columns + i];
        canvas_picture_cell(self->canvas, at, 1 + i, cell->character, cell->foreground, cell->background);
    }
}

static void draw_line(const struct view_reader *self, int at, const struct reader_line *line, guint part)
{
    int columns = canvas_area(self->canvas).columns;
    if (line->picture != NULL)
        draw_picture(self, at, line->picture, line->picture_row);
    draw_spans(self, at, line, part);
    view_reader_show_found(self, at, line);
    if (line->is_ours)
        canvas_text(self->canvas, at, 0, 1, line->style == THEME_WARNING || line->style == THEME_ERROR ? line->style : THEME_OK,
                    app_settings(self->base.app)->accessible ? "=" : canvas_glyph(GLYPH_VLINE));
    if (line->right != NULL)
        canvas_text_right(self->canvas, at, columns - 1, columns / 2, THEME_DATE, line->right);
}

/* Where it lies, if not in the folder it was opened from. NULL: there. */
static char *place_words(const struct view_reader *self, int64_t folder_id)
{
    g_autoptr(folder) box = folder_id != self->folder_id ? store_folder(app_store(self->base.app), folder_id, NULL) : NULL;
    return box == NULL ? NULL : g_strdup(box->role == FOLDER_SENT ? _("Sent") : folder_words(box));
}

static const struct window_row *closed_row(struct view_reader *self, guint at)
{
    struct part *part = view_reader_part(self, at);
    if (part->row == NULL)
        part->row = store_conversation_row(app_store(self->base.app), part->entry.placement_id, NULL);
    return part->row;
}

/* "▸ Charles Babbage     Sent ▸ I have read your notes…        Tue 14:02" */
static void draw_closed(struct view_reader *self, int at, guint index)
{
    const struct window_row *row = closed_row(self, index);
    if (row == NULL)
        return;
    int columns = canvas_area(self->canvas).columns, column = 1 + NAME_COLUMNS + 2;
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    g_autofree char *date = date_short(row->date_utc, now, app_settings(self->base.app)->date_format);
    g_autofree char *where = place_words(self, row->folder_id);
    enum theme_style style = row->flags & MESSAGE_SEEN ? THEME_READ : THEME_UNREAD;
    int right = columns - 2 - width_text(date);
    canvas_text(self->canvas, at, 1, MIN(NAME_COLUMNS, columns / 3), style, row->from != NULL ? row->from : _("(nobody)"));
    column = MIN(column, columns / 3 + 3);
    if (where != NULL) {
        column += canvas_text(self->canvas, at, column, MIN(FOLDER_COLUMNS, MAX(right - column, 0)), THEME_FOLDER, where) + 1;
        column += canvas_text(self->canvas, at, column, MAX(right - column, 0), THEME_DIM, canvas_glyph(GLYPH_ARROW)) + 1;
    }
    const char *words = row->preview != NULL && *row->preview != '\0' ? row->preview : row->subject;
    canvas_text(self->canvas, at, column, MAX(right - column - 1, 0), THEME_DIM, words != NULL ? words : "");
    canvas_text_right(self->canvas, at, columns - 1, width_text(date), THEME_DATE, date);
}

/* An open message of a conversation says where it lies above its first line's date; the cursor's has a mark at the edge. */
static void draw_row(struct view_reader *self, int at, struct spot spot)
{
    const GPtrArray *lines = view_reader_lines(self, spot.part);
    int columns = canvas_area(self->canvas).columns;
    bool is_current = self->is_conversation && spot.part == self->current;
    if (lines == NULL)
        draw_closed(self, at, spot.part);
    else if (spot.line < (int)lines->len)
        draw_line(self, at, g_ptr_array_index(lines, (guint)spot.line), spot.part);
    g_autofree char *where = lines != NULL && spot.line == 1 && self->is_conversation
                                 ? place_words(self, view_reader_part(self, spot.part)->entry.folder_id)
                                 : NULL;
    if (where != NULL)
        canvas_text_right(self->canvas, at, columns - 1, columns / 3, THEME_FOLDER, where);
    if (!is_current)
        return;
    if (spot.line == 0)
        canvas_text(self->canvas, at, 0, 1, THEME_BOLD, canvas_glyph(GLYPH_ARROW));
    if (spot.line == 0 && app_settings(self->base.app)->accessible && view_top(self->base.app) == &self->base)
        canvas_cursor(self->canvas, at, 0);
    if (lines == NULL)
        canvas_restyle_row(self->canvas, at, 0, columns, THEME_SELECTED);
}

/* "Notes on the engine                                2 of 4" */
static void draw_title(const struct view_reader *self)
{
    int columns = canvas_area(self->canvas).columns;
    const struct placement *row = view_reader_page(self) != NULL ? reader_page_row(view_reader_page(self)) : NULL;
    const char *subject = row != NULL && row->subject != NULL && *row->subject != '\0' ? row->subject : _("(no subject)");
    g_autofree char *place = g_strdup_printf(_("%u of %u"), self->current + 1, self->parts->len);
    int room = columns - width_text(place) - 4;
    canvas_clear_row(self->canvas, 0, 0, THEME_NORMAL);
    canvas_text(self->canvas, 0, 1, MAX(room, 0), THEME_TITLE, subject);
    canvas_text_right(self->canvas, 0, columns - 1, columns / 3, THEME_DIM, place);
}

/* How far one has read, on the line below: over the text it would hide the end of a row. */
static void draw_share(const struct view_reader *self, int shown)
{
    const reader_page *page = view_reader_page(self);
    struct rect area = canvas_area(self->canvas);
    int count = page != NULL ? view_reader_rows((struct view_reader *)(uintptr_t)self, 0) : 0, read = self->top.line + shown;
    canvas *line = canvas_new((struct rect){ area.row + area.rows, area.column, 1, area.columns });
    canvas_fill(line, 0, MAX(area.columns - SHARE_COLUMNS, 0), SHARE_COLUMNS, THEME_LINE, canvas_glyph(GLYPH_HLINE));
    g_autofree char *more = g_strdup_printf(" %d%% ", read * 100 / MAX(count, 1));
    if (!self->is_conversation && count > MAX(read, 0))
        canvas_text_right(line, 0, area.columns - 1, SHARE_COLUMNS - 1, THEME_DIM, more);
    canvas_free(line);
}

void view_reader_draw(view *base)
{
    struct view_reader *self = view_reader_of(base);
    view_reader_refresh(self);
    int first = self->is_conversation ? 1 : 0, rows = view_reader_body_rows(self);
    view_reader_keep_top(self);
    picture_screen_begin();
    if (app_settings(base->app)->accessible && view_top(base->app) == base)
        canvas_cursor(self->canvas, first, 0); /* or where the conversation's current message begins */
    struct spot spot = self->top;
    bool is_inside = self->parts->len > 0;
    if (self->is_conversation)
        draw_title(self);
    for (int i = 0; i < rows; i++) {
        struct rect area = canvas_area(self->canvas);
        hyperlink_forget(area.row + first + i, area.column, area.columns);
        canvas_clear_row(self->canvas, first + i, 0, THEME_NORMAL);
        if (!is_inside)
            continue;
        draw_row(self, first + i, spot);
        if (view_reader_part(self, spot.part)->page != NULL)
            reader_page_note_seen(view_reader_part(self, spot.part)->page);
        is_inside = view_reader_spot_move(self, &spot, 1);
    }
    draw_share(self, rows);
}
