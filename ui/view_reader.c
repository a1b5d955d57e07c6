/* SPDX-License-Identifier: MIT */
/* The reader's pane: messages one under the other, of which only those on the screen are read. Everything costs O(screen), however long the
 * conversation: the top is a message and a line of it, nobody knows how many lines there are in all. */
#include "ui/view_reader.h"
#include "core/store_conversation.h"
#include "ui/app_private.h"
#include "ui/date.h"
#include "ui/part_job.h"
#include "ui/reader_page.h"
#include "ui/reader_text.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    WHEEL_LINES = 3,
    PAGE_OVERLAP = 2,
    AT_ONCE_MAX = 300,        /* rows of a conversation that are read without a thread */
    CONVERSATION_MAX = 50000, /* and with one */
    PAGES_MAX = 40,           /* messages that are kept in memory */
    NAME_COLUMNS = 22,
    FOLDER_COLUMNS = 12,
};

/* A message of the conversation. */
struct part {
    struct conversation_entry entry;
    bool is_open;
    reader_page *page;      /* open and looked at; NULL: not yet */
    struct window_row *row; /* closed and looked at */
};

/* A line: of which message, and which of its lines. */
struct spot {
    guint part;
    int line;
};

struct view_reader {
    view base;
    canvas *canvas;
    GArray *parts; /* of struct part, oldest first; empty: closed */
    guint current;
    struct spot top;
    bool is_conversation, is_stale, is_all_open;
    int64_t thread_id, folder_id; /* of the conversation; the folder it was opened from */
    int64_t job;                  /* a long one that is being read; 0: none */
    part_jobs *jobs;
};

static struct view_reader *cast(view *self)
{
    return (struct view_reader *)(void *)self;
}

static const struct view_reader *peek(const view *self)
{
    return (const struct view_reader *)(const void *)self;
}

static struct part *part_at(const struct view_reader *self, guint at)
{
    return &g_array_index(self->parts, struct part, at);
}

static void part_clear(gpointer data)
{
    struct part *part = data;
    g_clear_pointer(&part->page, reader_page_free);
    g_clear_pointer(&part->row, window_row_free);
}

/* The one under the cursor; NULL: the reader is closed, or that message cannot be read. */
static reader_page *current_page(const struct view_reader *self)
{
    return self->current < self->parts->len ? part_at(self, self->current)->page : NULL;
}

bool view_reader_is_open(const view *base)
{
    return base != NULL && peek(base)->parts->len > 0;
}

bool view_reader_is_conversation(const view *base)
{
    return peek(base)->is_conversation;
}

int64_t view_reader_placement(const view *base)
{
    const struct view_reader *self = peek(base);
    return self->parts->len > 0 ? part_at(self, self->current)->entry.placement_id : 0;
}

const message *view_reader_message(const view *base)
{
    const reader_page *page = current_page(peek(base));
    return page != NULL ? reader_page_message(page) : NULL;
}

const struct text *view_reader_text(const view *base)
{
    const reader_page *page = current_page(peek(base));
    return page != NULL ? reader_page_text(page) : NULL;
}

const struct placement *view_reader_row(const view *base)
{
    const reader_page *page = current_page(peek(base));
    return page != NULL ? reader_page_row(page) : NULL;
}

bool view_reader_fetch_raw(view *base)
{
    reader_page *page = current_page(cast(base));
    return page != NULL && reader_page_fetch_raw(page);
}

/* --- lines --- */

static int body_rows(const struct view_reader *self)
{
    return MAX(canvas_area(self->canvas).rows - (self->is_conversation ? 1 : 0), 1);
}

/* The farthest from the cursor go; they are read again when they come onto the screen. */
static void forget_far_pages(struct view_reader *self)
{
    guint count = 0, far = self->parts->len, distance = 0;
    for (guint i = 0; i < self->parts->len; i++) {
        if (part_at(self, i)->page == NULL)
            continue;
        guint from_top = i > self->top.part ? i - self->top.part : self->top.part - i;
        count++;
        if (i != self->current && from_top > distance) {
            distance = from_top;
            far = i;
        }
    }
    if (count > PAGES_MAX && far < self->parts->len)
        g_clear_pointer(&part_at(self, far)->page, reader_page_free);
}

static reader_page *page_of(struct view_reader *self, guint at)
{
    struct part *part = part_at(self, at);
    if (part->page != NULL)
        return part->page;
    part->page = reader_page_new(&self->base, part->entry.placement_id, NULL);
    if (part->page != NULL)
        reader_page_begin(part->page);
    forget_far_pages(self);
    return part->page;
}

static const GPtrArray *lines_of(struct view_reader *self, guint at)
{
    reader_page *page = part_at(self, at)->is_open ? page_of(self, at) : NULL;
    return page != NULL ? reader_page_lines(page, canvas_area(self->canvas).columns, self->is_conversation) : NULL;
}

/* A closed message is one line; behind an open one of several is a line of air. */
static int rows_of(struct view_reader *self, guint at)
{
    const GPtrArray *lines = lines_of(self, at);
    return lines == NULL ? 1 : (int)lines->len + (self->is_conversation ? 1 : 0);
}

/* How many rows there are from a spot on; counted up to so many. */
static int rows_below(struct view_reader *self, struct spot from, int enough)
{
    int rows = -from.line;
    for (guint i = from.part; i < self->parts->len && rows < enough; i++)
        rows += rows_of(self, i);
    return rows;
}

/* True: it could go so far. */
static bool spot_move(struct view_reader *self, struct spot *spot, int by)
{
    spot->line += by;
    while (spot->line < 0 && spot->part > 0)
        spot->line += rows_of(self, --spot->part);
    while (spot->part + 1 < self->parts->len && spot->line >= rows_of(self, spot->part))
        spot->line -= rows_of(self, spot->part++);
    int last = MAX(rows_of(self, spot->part) - 1, 0);
    bool is_inside = spot->line >= 0 && spot->line <= last;
    spot->line = CLAMP(spot->line, 0, last);
    return is_inside;
}

/* The last line is never above the pane's end, except where all fits. */
static void keep_top(struct view_reader *self)
{
    if (self->parts->len == 0)
        return;
    self->top.part = MIN(self->top.part, self->parts->len - 1);
    spot_move(self, &self->top, 0);
    int missing = body_rows(self) - rows_below(self, self->top, body_rows(self));
    if (missing > 0)
        spot_move(self, &self->top, -missing);
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
    view_touch(&self->base);
}

void view_reader_close(view *base)
{
    close_parts(cast(base));
}

static int find_part(const struct view_reader *self, int64_t placement_id)
{
    for (guint i = 0; i < self->parts->len; i++)
        if (part_at(self, i)->entry.placement_id == placement_id)
            return (int)i;
    return -1;
}

void view_reader_show(view *base, int64_t placement_id)
{
    struct view_reader *self = cast(base);
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
    reader_page_begin(page);
}

/* The parts as they are in the store now; what was open stays so. A message that others took away stays while the cursor is on it. */
static void take_entries(struct view_reader *self, const GArray *entries)
{
    GArray *old = self->parts;
    int64_t current = part_at(self, self->current)->entry.placement_id, top = part_at(self, self->top.part)->entry.placement_id;
    g_autoptr(GHashTable) places = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (guint i = 0; i < old->len; i++)
        g_hash_table_insert(places, &g_array_index(old, struct part, i).entry.placement_id, GUINT_TO_POINTER(i + 1));
    GArray *fresh = g_array_new(FALSE, TRUE, sizeof(struct part));
    g_array_set_clear_func(fresh, part_clear);
    for (guint i = 0; i < entries->len; i++) {
        struct part part = { .entry = g_array_index(entries, struct conversation_entry, i) };
        guint place = GPOINTER_TO_UINT(g_hash_table_lookup(places, &part.entry.placement_id));
        struct part *was = place > 0 ? &g_array_index(old, struct part, place - 1) : NULL;
        part.is_open = was != NULL ? was->is_open : self->is_all_open || !(part.entry.flags & MESSAGE_SEEN) || i + 1 == entries->len;
        part.page = was != NULL ? g_steal_pointer(&was->page) : NULL;
        g_array_append_val(fresh, part);
    }
    struct part *left = &g_array_index(old, struct part, self->current);
    self->parts = fresh;
    if (find_part(self, current) < 0) {
        struct part ghost = { .entry = left->entry, .is_open = true, .page = g_steal_pointer(&left->page) };
        guint at = MIN(self->current, fresh->len);
        if (ghost.page != NULL && !self->is_conversation)
            reader_page_note_gone(ghost.page);
        g_array_insert_val(fresh, at, ghost);
    }
    self->current = (guint)MAX(find_part(self, current), 0);
    int at = find_part(self, top);
    self->top.part = at >= 0 ? (guint)at : self->current;
    self->top.line = at >= 0 ? self->top.line : 0;
    g_array_unref(old);
    view_touch(&self->base);
}

/* --- a conversation --- */

struct reading {
    int64_t thread_id, folder_id;
    GArray *entries;
};

static void reading_free(gpointer data)
{
    struct reading *reading = data;
    g_clear_pointer(&reading->entries, g_array_unref);
    g_free(reading);
}

static void reading_work(store *db, void *data)
{
    struct reading *reading = data;
    if (db != NULL)
        reading->entries = store_conversation(db, reading->thread_id, reading->folder_id, CONVERSATION_MAX, NULL);
}

/* Short ones at once, long ones on the loader's thread. NULL: later, or it cannot be read. */
static GArray *entries_read(struct view_reader *self)
{
    GArray *entries = store_conversation(app_store(self->base.app), self->thread_id, self->folder_id, AT_ONCE_MAX, NULL);
    if (entries == NULL || entries->len < AT_ONCE_MAX * 9 / 10)
        return entries;
    g_array_unref(entries);
    struct reading *reading = g_new0(struct reading, 1);
    reading->thread_id = self->thread_id;
    reading->folder_id = self->folder_id;
    if (self->job != 0)
        query_cancel(app_loader(self->base.app), self->job);
    self->job = query_run(app_loader(self->base.app), reading_work, reading, reading_free);
    return NULL;
}

/* Where the cursor's message is, with what is above it where that is short. */
static void show_current(struct view_reader *self)
{
    self->top = (struct spot){ self->current, 0 };
    struct spot start = { 0, 0 };
    bool is_short = self->current < (guint)(body_rows(self) / 3);
    for (guint i = 0; is_short && i < self->current; i++)
        is_short = !part_at(self, i)->is_open;
    if (is_short)
        self->top = start;
    keep_top(self);
}

static void become_conversation(struct view_reader *self, const GArray *entries)
{
    self->is_conversation = entries->len > 1;
    take_entries(self, entries);
    if (self->is_conversation)
        show_current(self);
}

void view_reader_show_conversation(view *base, int64_t placement_id)
{
    struct view_reader *self = cast(base);
    view_reader_show(base, placement_id);
    g_autoptr(GArray) entries = self->parts->len > 0 ? entries_read(self) : NULL;
    if (entries != NULL && entries->len > 1)
        become_conversation(self, entries);
}

static bool reading_take(struct view_reader *self, const struct event *news)
{
    if (news->type != EVENT_QUERY_DONE || self->job == 0 || news->item != self->job)
        return false;
    struct reading *reading = query_take(app_loader(self->base.app), self->job);
    self->job = 0;
    if (reading != NULL && reading->entries != NULL && self->parts->len > 0) {
        bool is_new = !self->is_conversation;
        self->is_conversation = reading->entries->len > 1;
        take_entries(self, reading->entries);
        if (is_new)
            show_current(self);
    }
    if (reading != NULL)
        reading_free(reading);
    return true;
}

/* Is it in the store at all? */
static void look_after_single(struct view_reader *self)
{
    struct part *part = part_at(self, 0);
    g_autoptr(placement) row = store_placement(app_store(self->base.app), part->entry.placement_id, NULL);
    if (row == NULL && part->page != NULL)
        reader_page_note_gone(part->page);
}

/* Before anything is drawn: messages that joined, left, or were read elsewhere. */
static void refresh(struct view_reader *self)
{
    if (!self->is_stale || self->parts->len == 0)
        return;
    self->is_stale = false;
    if (!self->is_conversation) {
        look_after_single(self);
        return;
    }
    g_autoptr(GArray) entries = entries_read(self);
    if (entries == NULL)
        return;
    int64_t current = part_at(self, self->current)->entry.placement_id;
    take_entries(self, entries);
    g_autoptr(placement) row = store_placement(app_store(self->base.app), current, NULL);
    if (row == NULL && current_page(self) != NULL)
        reader_page_note_gone(current_page(self));
}

/* --- drawing --- */

static void draw_spans(const struct view_reader *self, int at, const struct reader_line *line)
{
    int columns = canvas_area(self->canvas).columns, column = 1 + line->indent;
    size_t done = 0, length = strlen(line->text);
    for (guint i = 0; line->spans != NULL && i < line->spans->len; i++) {
        const struct reader_span *span = &g_array_index(line->spans, struct reader_span, i);
        column += canvas_textn(self->canvas, at, column, columns - column, line->style, line->text + done, span->start - done);
        column += canvas_textn(self->canvas, at, column, columns - column, span->style, line->text + span->start, span->length);
        done = span->start + span->length;
    }
    canvas_textn(self->canvas, at, column, columns - column, line->style, line->text + done, length - done);
}

static void draw_line(const struct view_reader *self, int at, const struct reader_line *line)
{
    int columns = canvas_area(self->canvas).columns;
    draw_spans(self, at, line);
    if (line->right != NULL)
        canvas_text_right(self->canvas, at, columns - 1, columns / 2, THEME_DATE, line->right);
}

/* Where it lies, if not in the folder it was opened from. NULL: there. */
static char *folder_words(const struct view_reader *self, int64_t folder_id)
{
    g_autoptr(folder) box = folder_id != self->folder_id ? store_folder(app_store(self->base.app), folder_id, NULL) : NULL;
    return box == NULL ? NULL : g_strdup(box->role == FOLDER_SENT ? _("Sent") : box->role == FOLDER_INBOX ? _("Inbox") : box->name);
}

static const struct window_row *closed_row(struct view_reader *self, guint at)
{
    struct part *part = part_at(self, at);
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
    g_autofree char *where = folder_words(self, row->folder_id);
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
    const GPtrArray *lines = lines_of(self, spot.part);
    int columns = canvas_area(self->canvas).columns;
    bool is_current = self->is_conversation && spot.part == self->current;
    if (lines == NULL)
        draw_closed(self, at, spot.part);
    else if (spot.line < (int)lines->len)
        draw_line(self, at, g_ptr_array_index(lines, (guint)spot.line));
    g_autofree char *where =
        lines != NULL && spot.line == 1 && self->is_conversation ? folder_words(self, part_at(self, spot.part)->entry.folder_id) : NULL;
    if (where != NULL)
        canvas_text_right(self->canvas, at, columns - 1, columns / 3, THEME_FOLDER, where);
    if (!is_current)
        return;
    if (spot.line == 0)
        canvas_text(self->canvas, at, 0, 1, THEME_BOLD, canvas_glyph(GLYPH_ARROW));
    if (lines == NULL)
        canvas_restyle_row(self->canvas, at, 0, columns, THEME_SELECTED);
}

/* "Notes on the engine                                2 of 4" */
static void draw_title(const struct view_reader *self)
{
    int columns = canvas_area(self->canvas).columns;
    const struct placement *row = current_page(self) != NULL ? reader_page_row(current_page(self)) : NULL;
    const char *subject = row != NULL && row->subject != NULL && *row->subject != '\0' ? row->subject : _("(no subject)");
    g_autofree char *place = g_strdup_printf(_("%u of %u"), self->current + 1, self->parts->len);
    int room = columns - width_text(place) - 4;
    canvas_clear_row(self->canvas, 0, 0, THEME_NORMAL);
    canvas_text(self->canvas, 0, 1, MAX(room, 0), THEME_TITLE, subject);
    canvas_text_right(self->canvas, 0, columns - 1, columns / 3, THEME_DIM, place);
}

static void draw_share(const struct view_reader *self, int shown)
{
    const reader_page *page = current_page(self);
    int count = page != NULL ? rows_of((struct view_reader *)(uintptr_t)self, 0) : 0;
    if (self->is_conversation || count <= MAX(self->top.line + shown, 0))
        return;
    g_autofree char *more = g_strdup_printf(" %d%% ", (self->top.line + shown) * 100 / count);
    struct rect area = canvas_area(self->canvas);
    canvas_text_right(self->canvas, area.rows - 1, area.columns, 8, THEME_DIM, more);
}

static void draw(view *base)
{
    struct view_reader *self = cast(base);
    refresh(self);
    int first = self->is_conversation ? 1 : 0, rows = body_rows(self);
    keep_top(self);
    struct spot spot = self->top;
    bool is_inside = self->parts->len > 0;
    if (self->is_conversation)
        draw_title(self);
    for (int i = 0; i < rows; i++) {
        canvas_clear_row(self->canvas, first + i, 0, THEME_NORMAL);
        if (!is_inside)
            continue;
        draw_row(self, first + i, spot);
        if (part_at(self, spot.part)->page != NULL)
            reader_page_note_seen(part_at(self, spot.part)->page);
        is_inside = spot_move(self, &spot, 1);
    }
    draw_share(self, rows);
    if (app_settings(base->app)->accessible && view_top(base->app) == base)
        canvas_cursor(self->canvas, first, 0);
}

/* --- moving --- */

static bool is_visible(struct view_reader *self, guint part)
{
    struct spot spot = self->top;
    if (part < spot.part)
        return false;
    int rows = -spot.line;
    for (guint i = spot.part; i < part && rows < body_rows(self); i++)
        rows += rows_of(self, i);
    return rows < body_rows(self);
}

/* The cursor stays while its message is seen, else it is on the first open one that is. */
static void follow_scrolling(struct view_reader *self)
{
    if (!self->is_conversation || is_visible(self, self->current))
        return;
    guint first = self->top.part;
    for (guint i = first; i < self->parts->len && is_visible(self, i); i++) {
        if (!part_at(self, i)->is_open)
            continue;
        first = i;
        break;
    }
    self->current = first;
    if (part_at(self, first)->is_open)
        page_of(self, first);
}

bool view_reader_scroll(view *base, int lines)
{
    struct view_reader *self = cast(base);
    struct spot old = self->top;
    if (self->parts->len == 0)
        return false;
    refresh(self);
    spot_move(self, &self->top, lines);
    keep_top(self);
    follow_scrolling(self);
    view_touch(base);
    return self->top.part != old.part || self->top.line != old.line;
}

void view_reader_scroll_page(view *base, int pages, bool *is_end_out)
{
    int page = MAX(body_rows(cast(base)) - PAGE_OVERLAP, 1);
    *is_end_out = !view_reader_scroll(base, pages * page);
}

void view_reader_scroll_end(view *base, bool is_top)
{
    struct view_reader *self = cast(base);
    if (self->parts->len == 0)
        return;
    self->top = is_top ? (struct spot){ 0 } : (struct spot){ self->parts->len - 1, MAX(rows_of(self, self->parts->len - 1) - 1, 0) };
    keep_top(self);
    follow_scrolling(self);
    view_touch(base);
}

static void go_to(struct view_reader *self, guint at)
{
    self->current = at;
    part_at(self, at)->is_open = true;
    page_of(self, at);
    self->top = (struct spot){ at, 0 };
    keep_top(self);
    view_touch(&self->base);
}

bool view_reader_step(view *base, int by)
{
    struct view_reader *self = cast(base);
    refresh(self);
    int64_t wanted = (int64_t)self->current + by;
    if (!self->is_conversation || wanted < 0 || wanted >= (int64_t)self->parts->len)
        return false;
    go_to(self, (guint)wanted);
    return true;
}

bool view_reader_next_unread(view *base)
{
    struct view_reader *self = cast(base);
    refresh(self);
    for (guint i = self->current + 1; self->is_conversation && i < self->parts->len; i++) {
        if (part_at(self, i)->entry.flags & MESSAGE_SEEN)
            continue;
        go_to(self, i);
        return true;
    }
    return false;
}

void view_reader_open_all(view *base)
{
    struct view_reader *self = cast(base);
    if (!self->is_conversation)
        return;
    self->is_all_open = !self->is_all_open;
    for (guint i = 0; i < self->parts->len; i++)
        part_at(self, i)->is_open = self->is_all_open || i == self->current;
    self->top = (struct spot){ self->current, 0 };
    keep_top(self);
    view_touch(base);
}

void view_reader_outdate(view *base)
{
    cast(base)->is_stale = view_reader_is_open(base);
    view_touch(base);
}

/* One's own answers, and what is filed elsewhere, are not what a person goes on with. */
bool view_reader_leave(view *base)
{
    struct view_reader *self = cast(base);
    guint left = self->current;
    for (guint i = left + 1; self->is_conversation && i < self->parts->len; i++) {
        if (part_at(self, i)->entry.folder_id != self->folder_id)
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
    struct view_reader *self = cast(base);
    if (current_page(self) == NULL)
        return;
    how(current_page(self));
    view_touch(base);
}

static void to_its_top(view *base)
{
    struct view_reader *self = cast(base);
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

void view_reader_cycle_view(view *base)
{
    change(base, reader_page_cycle_view);
    to_its_top(base);
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
    return cast(base)->jobs;
}

/* --- the rest of a view --- */

static void event(view *base, const struct event *news)
{
    struct view_reader *self = cast(base);
    part_jobs_event(self->jobs, news);
    if (reading_take(self, news))
        return;
    for (guint i = 0; i < self->parts->len; i++)
        if (part_at(self, i)->page != NULL)
            reader_page_event(part_at(self, i)->page, news);
    if (news->type == EVENT_FOLDER_CHANGED && self->parts->len > 0)
        view_reader_outdate(base);
}

/* A closed line is opened, an open message gets the cursor. */
static void click(struct view_reader *self, int row)
{
    struct spot spot = self->top;
    row -= self->is_conversation ? 1 : 0;
    if (!self->is_conversation || row < 0 || (row > 0 && !spot_move(self, &spot, row)))
        return;
    self->current = spot.part;
    part_at(self, spot.part)->is_open = true;
    page_of(self, spot.part);
}

static bool mouse(view *base, const struct key *key, int row, int column)
{
    (void)column;
    if (key->mouse == MOUSE_WHEEL_DOWN || key->mouse == MOUSE_WHEEL_UP)
        view_reader_scroll(base, key->mouse == MOUSE_WHEEL_DOWN ? WHEEL_LINES : -WHEEL_LINES);
    else if (key->mouse == MOUSE_CLICK)
        click(cast(base), row);
    view_touch(base);
    return true;
}

static void tick(view *base, int64_t now_ms)
{
    struct view_reader *self = cast(base);
    for (guint i = 0; i < self->parts->len; i++)
        if (part_at(self, i)->page != NULL)
            reader_page_tick(part_at(self, i)->page, now_ms);
}

static void place(view *base, struct rect area)
{
    canvas_move(cast(base)->canvas, area);
    view_touch(base);
}

static void release(view *base)
{
    struct view_reader *self = cast(base);
    close_parts(self);
    g_array_unref(self->parts);
    part_jobs_free(self->jobs);
    canvas_free(self->canvas);
    g_free(self);
}

static const struct view_ops ops = { .name = "reader",
                                     .context = CONTEXT_READER,
                                     .layout = place,
                                     .draw = draw,
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
    g_array_set_clear_func(self->parts, part_clear);
    self->jobs = part_jobs_new(ui);
    return &self->base;
}
