/* SPDX-License-Identifier: MIT */
/* The reader's pane: messages one under the other, of which only those on the screen are read. Everything costs O(screen), however long the
 * conversation: the top is a message and a line of it, nobody knows how many lines there are in all. */
#include "ui/view_reader.h"
#include "core/store_message.h"
#include "ui/reader_text.h"
#include "ui/view_reader_private.h"
#include <glib/gi18n-lib.h>

enum {
    WHEEL_LINES = 3,
    PAGE_OVERLAP = 2,
    PAGES_MAX = 40, /* messages that are kept in memory */
};

void view_reader_part_clear(gpointer data)
{
    struct part *part = data;
    g_clear_pointer(&part->page, reader_page_free);
    g_clear_pointer(&part->row, window_row_free);
}

/* The one under the cursor; NULL: the reader is closed, or that message cannot be read. */
reader_page *view_reader_page(const struct view_reader *self)
{
    return self->current < self->parts->len ? view_reader_part(self, self->current)->page : NULL;
}

bool view_reader_is_open(const view *base)
{
    return base != NULL && view_reader_peek(base)->parts->len > 0;
}

bool view_reader_is_conversation(const view *base)
{
    return view_reader_peek(base)->is_conversation;
}

int64_t view_reader_placement(const view *base)
{
    const struct view_reader *self = view_reader_peek(base);
    return self->parts->len > 0 ? view_reader_part(self, self->current)->entry.placement_id : 0;
}

const message *view_reader_message(const view *base)
{
    const reader_page *page = view_reader_page(view_reader_peek(base));
    return page != NULL ? reader_page_message(page) : NULL;
}

bool view_reader_is_locked(const view *base, const char **whose_out, bool *is_wrong_out)
{
    const reader_page *page = view_reader_page(view_reader_peek(base));
    return page != NULL && reader_page_is_locked(page, whose_out, is_wrong_out);
}

void view_reader_unlock(view *base, const char *passphrase)
{
    reader_page *page = view_reader_page(view_reader_of(base));
    if (page != NULL)
        reader_page_unlock(page, passphrase);
    view_touch(base);
}

const struct text *view_reader_text(const view *base)
{
    const reader_page *page = view_reader_page(view_reader_peek(base));
    return page != NULL ? reader_page_text(page) : NULL;
}

const struct placement *view_reader_row(const view *base)
{
    const reader_page *page = view_reader_page(view_reader_peek(base));
    return page != NULL ? reader_page_row(page) : NULL;
}

bool view_reader_fetch_raw(view *base)
{
    reader_page *page = view_reader_page(view_reader_of(base));
    return page != NULL && reader_page_fetch_raw(page);
}

/* --- lines --- */

int view_reader_body_rows(const struct view_reader *self)
{
    return MAX(canvas_area(self->canvas).rows - (self->is_conversation ? 1 : 0), 1);
}

/* The farthest from the cursor go; they are read again when they come onto the screen. */
static void forget_far_pages(struct view_reader *self)
{
    guint count = 0, far = self->parts->len, distance = 0;
    for (guint i = 0; i < self->parts->len; i++) {
        if (view_reader_part(self, i)->page == NULL)
            continue;
        guint from_top = i > self->top.part ? i - self->top.part : self->top.part - i;
        count++;
        if (i != self->current && from_top > distance) {
            distance = from_top;
            far = i;
        }
    }
    if (count > PAGES_MAX && far < self->parts->len)
        g_clear_pointer(&view_reader_part(self, far)->page, reader_page_free);
}

reader_page *view_reader_page_of(struct view_reader *self, guint at)
{
    struct part *part = view_reader_part(self, at);
    if (part->page != NULL)
        return part->page;
    part->page = reader_page_new(&self->base, part->entry.placement_id, NULL);
    if (part->page != NULL) {
        reader_page_expect(part->page, canvas_area(self->canvas).columns, self->is_conversation);
        reader_page_begin(part->page);
    }
    forget_far_pages(self);
    return part->page;
}

const GPtrArray *view_reader_lines(struct view_reader *self, guint at)
{
    reader_page *page = view_reader_part(self, at)->is_open ? view_reader_page_of(self, at) : NULL;
    return page != NULL ? reader_page_lines(page, canvas_area(self->canvas).columns, self->is_conversation) : NULL;
}

/* A closed message is one line; behind an open one of several is a line of air. */
int view_reader_rows(struct view_reader *self, guint at)
{
    const GPtrArray *lines = view_reader_lines(self, at);
    return lines == NULL ? 1 : (int)lines->len + (self->is_conversation ? 1 : 0);
}

/* How many rows there are from a spot on; counted up to so many. */
static int rows_below(struct view_reader *self, struct spot from, int enough)
{
    int rows = -from.line;
    for (guint i = from.part; i < self->parts->len && rows < enough; i++)
        rows += view_reader_rows(self, i);
    return rows;
}

/* True: it could go so far. */
bool view_reader_spot_move(struct view_reader *self, struct spot *spot, int by)
{
    spot->line += by;
    while (spot->line < 0 && spot->part > 0)
        spot->line += view_reader_rows(self, --spot->part);
    while (spot->part + 1 < self->parts->len && spot->line >= view_reader_rows(self, spot->part))
        spot->line -= view_reader_rows(self, spot->part++);
    int last = MAX(view_reader_rows(self, spot->part) - 1, 0);
    bool is_inside = spot->line >= 0 && spot->line <= last;
    spot->line = CLAMP(spot->line, 0, last);
    return is_inside;
}

/* The last line is never above the pane's end, except where all fits. */
void view_reader_keep_top(struct view_reader *self)
{
    if (self->parts->len == 0)
        return;
    self->top.part = MIN(self->top.part, self->parts->len - 1);
    view_reader_spot_move(self, &self->top, 0);
    int missing = view_reader_body_rows(self) - rows_below(self, self->top, view_reader_body_rows(self));
    if (missing > 0)
        view_reader_spot_move(self, &self->top, -missing);
}

/* --- what is in it --- */

static void close_parts(struct view_reader *self)
{
    if (self->job != 0)
        query_cancel(app_loader(self->base.app), self->job);
    self->job = 0;
    g_array_set_size(self->parts, 0);
    self->current = 0;
    self->top = (struct spot){ 0 };
    self->is_conversation = self->is_stale = self->is_all_open = false;
    self->is_finding = self->has_found = false;
    view_touch(&self->base);
}

void view_reader_close(view *base)
{
    close_parts(view_reader_of(base));
}

int view_reader_find_part(const struct view_reader *self, int64_t placement_id)
{
    for (guint i = 0; i < self->parts->len; i++)
        if (view_reader_part(self, i)->entry.placement_id == placement_id)
            return (int)i;
    return -1;
}

void view_reader_show(view *base, int64_t placement_id)
{
    struct view_reader *self = view_reader_of(base);
    g_autoptr(GError) error = NULL;
    close_parts(self);
    reader_page *page = reader_page_new(base, placement_id, &error);
    if (page == NULL) {
        app_error(base->app, _("This message is gone: %s"), error != NULL ? error->message : "");
        return;
    }
    const struct placement *row = reader_page_row(page);
    struct part part = { .entry = { placement_id, row->message_id, row->folder_id, 0, row->flags }, .is_open = true, .page = page };
    self->thread_id = row->thread_id;
    self->folder_id = row->folder_id;
    g_array_append_val(self->parts, part);
    reader_page_expect(page, canvas_area(self->canvas).columns, self->is_conversation);
    reader_page_begin(page);
}

/* --- moving --- */

static bool is_visible(struct view_reader *self, guint part)
{
    struct spot spot = self->top;
    if (part < spot.part)
        return false;
    int rows = -spot.line;
    for (guint i = spot.part; i < part && rows < view_reader_body_rows(self); i++)
        rows += view_reader_rows(self, i);
    return rows < view_reader_body_rows(self);
}

/* The cursor stays while its message is seen, else it is on the first open one that is. */
static void follow_scrolling(struct view_reader *self)
{
    if (!self->is_conversation || is_visible(self, self->current))
        return;
    guint first = self->top.part;
    for (guint i = first; i < self->parts->len && is_visible(self, i); i++) {
        if (!view_reader_part(self, i)->is_open)
            continue;
        first = i;
        break;
    }
    self->current = first;
    if (view_reader_part(self, first)->is_open)
        view_reader_page_of(self, first);
}

bool view_reader_scroll(view *base, int lines)
{
    struct view_reader *self = view_reader_of(base);
    struct spot old = self->top;
    if (self->parts->len == 0)
        return false;
    view_reader_refresh(self);
    view_reader_spot_move(self, &self->top, lines);
    view_reader_keep_top(self);
    follow_scrolling(self);
    view_touch(base);
    return self->top.part != old.part || self->top.line != old.line;
}

void view_reader_scroll_page(view *base, int pages, bool *is_end_out)
{
    int page = MAX(view_reader_body_rows(view_reader_of(base)) - PAGE_OVERLAP, 1);
    *is_end_out = !view_reader_scroll(base, pages * page);
}

void view_reader_scroll_end(view *base, bool is_top)
{
    struct view_reader *self = view_reader_of(base);
    if (self->parts->len == 0)
        return;
    self->top =
        is_top ? (struct spot){ 0 } : (struct spot){ self->parts->len - 1, MAX(view_reader_rows(self, self->parts->len - 1) - 1, 0) };
    view_reader_keep_top(self);
    follow_scrolling(self);
    view_touch(base);
}

static void go_to(struct view_reader *self, guint at)
{
    self->current = at;
    view_reader_part(self, at)->is_open = true;
    view_reader_page_of(self, at);
    self->top = (struct spot){ at, 0 };
    view_reader_keep_top(self);
    view_touch(&self->base);
}

bool view_reader_step(view *base, int by)
{
    struct view_reader *self = view_reader_of(base);
    view_reader_refresh(self);
    int64_t wanted = (int64_t)self->current + by;
    if (!self->is_conversation || wanted < 0 || wanted >= (int64_t)self->parts->len)
        return false;
    go_to(self, (guint)wanted);
    return true;
}

bool view_reader_next_unread(view *base)
{
    struct view_reader *self = view_reader_of(base);
    view_reader_refresh(self);
    for (guint i = self->current + 1; self->is_conversation && i < self->parts->len; i++) {
        if (view_reader_part(self, i)->entry.flags & MESSAGE_SEEN)
            continue;
        go_to(self, i);
        return true;
    }
    return false;
}

bool view_reader_is_all_open(const view *base)
{
    return view_reader_peek(base)->is_all_open;
}

void view_reader_open_all(view *base, bool is_open)
{
    struct view_reader *self = view_reader_of(base);
    if (!self->is_conversation)
        return;
    self->is_all_open = is_open;
    for (guint i = 0; i < self->parts->len; i++)
        view_reader_part(self, i)->is_open = self->is_all_open || i == self->current;
    self->top = (struct spot){ self->current, 0 };
    view_reader_keep_top(self);
    view_touch(base);
}

void view_reader_outdate(view *base)
{
    view_reader_of(base)->is_stale = view_reader_is_open(base);
    view_touch(base);
}

/* One's own answers, and what is filed elsewhere, are not what a person goes on with. */
bool view_reader_leave(view *base)
{
    struct view_reader *self = view_reader_of(base);
    guint left = self->current;
    for (guint i = left + 1; self->is_conversation && i < self->parts->len; i++) {
        if (view_reader_part(self, i)->entry.folder_id != self->folder_id)
            continue;
        g_array_remove_index(self->parts, left);
        go_to(self, i - 1);
        self->is_stale = true;
        return true;
    }
    return false;
}

/* --- changing what is shown of the message under the cursor --- */

static void change(view *base, void (*how)(reader_page *page))
{
    struct view_reader *self = view_reader_of(base);
    if (view_reader_page(self) == NULL)
        return;
    how(view_reader_page(self));
    view_touch(base);
}

static void to_its_top(view *base)
{
    struct view_reader *self = view_reader_of(base);
    if (self->parts->len > 0)
        self->top = (struct spot){ self->current, 0 };
}

void view_reader_toggle_headers(view *base)
{
    change(base, reader_page_toggle_headers);
    to_its_top(base);
}

void view_reader_fold(view *base)
{
    change(base, reader_page_fold);
}

bool view_reader_pictures(view *base)
{
    reader_page *page = view_reader_page(view_reader_of(base));
    view_touch(base);
    return page != NULL && reader_page_pictures(page);
}

void view_reader_colors(view *base)
{
    change(base, reader_page_toggle_colors);
}

void view_reader_fetch_pictures(view *base)
{
    change(base, reader_page_fetch_pictures);
}

void view_reader_cycle_view(view *base)
{
    change(base, reader_page_cycle_view);
    to_its_top(base);
}

bool view_reader_set_charset(view *base, const char *charset)
{
    reader_page *page = view_reader_page(view_reader_of(base));
    bool is_set = page != NULL && reader_page_set_charset(page, charset);
    view_touch(base);
    return is_set;
}

void view_reader_source(view *base)
{
    change(base, reader_page_source);
    to_its_top(base);
}

int view_reader_attachment_count(const view *base)
{
    int count = 0;
    while (view_reader_attachment(base, count + 1) >= 0)
        count++;
    return count;
}

int view_reader_attachment(const view *base, int number)
{
    const GPtrArray *parts = view_reader_message(base) != NULL ? message_parts(view_reader_message(base)) : NULL;
    for (guint i = 0; parts != NULL && i < parts->len; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        if (part->is_attachment && --number == 0)
            return (int)i;
    }
    return -1;
}

part_jobs *view_reader_jobs(view *base)
{
    return view_reader_of(base)->jobs;
}

/* --- the rest of a view --- */

static void event(view *base, const struct event *news)
{
    struct view_reader *self = view_reader_of(base);
    part_jobs_event(self->jobs, news);
    if (view_reader_take_conversation(self, news))
        return;
    for (guint i = 0; i < self->parts->len; i++)
        if (view_reader_part(self, i)->page != NULL)
            reader_page_event(view_reader_part(self, i)->page, news);
    if (news->type == EVENT_FOLDER_CHANGED && self->parts->len > 0)
        view_reader_outdate(base);
}

/* The line that says how an invitation is answered does so. */
static bool click_answers(struct view_reader *self, int row)
{
    struct spot spot = self->top;
    row -= self->is_conversation ? 1 : 0;
    if (self->parts->len == 0 || row < 0 || (row > 0 && !view_reader_spot_move(self, &spot, row)))
        return false;
    const GPtrArray *lines = view_reader_lines(self, spot.part);
    const struct reader_line *line = lines != NULL && spot.line < (int)lines->len ? g_ptr_array_index(lines, (guint)spot.line) : NULL;
    if (line == NULL || !line->answers)
        return false;
    self->current = spot.part;
    return app_run_command(self->base.app, command_find("invitation"));
}

/* A closed line is opened, an open message gets the cursor. */
static void click(struct view_reader *self, int row)
{
    struct spot spot = self->top;
    row -= self->is_conversation ? 1 : 0;
    if (!self->is_conversation || row < 0 || (row > 0 && !view_reader_spot_move(self, &spot, row)))
        return;
    self->current = spot.part;
    view_reader_part(self, spot.part)->is_open = true;
    view_reader_page_of(self, spot.part);
}

static bool mouse(view *base, const struct key *key, int row, int column)
{
    (void)column;
    if (key->mouse == MOUSE_WHEEL_DOWN || key->mouse == MOUSE_WHEEL_UP)
        view_reader_scroll(base, key->mouse == MOUSE_WHEEL_DOWN ? WHEEL_LINES : -WHEEL_LINES);
    else if (key->mouse == MOUSE_CLICK && !click_answers(view_reader_of(base), row))
        click(view_reader_of(base), row);
    view_touch(base);
    return true;
}

static void tick(view *base, int64_t now_ms)
{
    struct view_reader *self = view_reader_of(base);
    for (guint i = 0; i < self->parts->len; i++)
        if (view_reader_part(self, i)->page != NULL)
            reader_page_tick(view_reader_part(self, i)->page, now_ms);
}

static void place(view *base, struct rect area)
{
    canvas_move(view_reader_of(base)->canvas, area);
    view_touch(base);
}

static void release(view *base)
{
    struct view_reader *self = view_reader_of(base);
    close_parts(self);
    g_array_unref(self->parts);
    part_jobs_free(self->jobs);
    g_free(self->sought);
    canvas_free(self->canvas);
    g_free(self);
}

static const struct view_ops ops = { .name = "reader",
                                     .context = CONTEXT_READER,
                                     .layout = place,
                                     .draw = view_reader_draw,
                                     .mouse = mouse,
                                     .event = event,
                                     .tick = tick,
                                     .free = release };

view *view_reader_new(app *ui)
{
    struct view_reader *self = g_new0(struct view_reader, 1);
    view_init(&self->base, &ops, ui);
    self->canvas = canvas_new((struct rect){ 0 });
    self->parts = g_array_new(FALSE, TRUE, sizeof(struct part));
    g_array_set_clear_func(self->parts, view_reader_part_clear);
    self->jobs = part_jobs_new(ui);
    return &self->base;
}
