/* SPDX-License-Identifier: MIT */
/* The reader: one message on the screen, scrolled; fetched when it is not here, taken apart on another thread when it is big; the rest goes on. */
#include "ui/view_reader.h"
#include "core/intent.h"
#include "core/locate.h"
#include "ui/app_private.h"
#include "ui/part_job.h"
#include "ui/reader_load.h"
#include "ui/reader_text.h"
#include "ui/view_list.h"
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

enum { WHEEL_LINES = 3, PAGE_OVERLAP = 2 };
enum reader_state { READER_CLOSED, READER_FETCHING, READER_LOADING, READER_SHOWN, READER_FAILED };

#define AT_ONCE_BYTES                                                                                                                      \
    (32 * 1024) /* up to here reading a message takes a few milliseconds, even an evil one: done at once, without a picture between */
#define OPENING_SAID_MS 150 /* what takes longer is said */

struct view_reader {
    view base;
    canvas *canvas;
    enum reader_state state;
    int64_t placement_id;
    struct placement *row;
    message *letter;
    struct text *text;
    enum message_view view;
    GPtrArray *lines; /* of struct reader_line*; NULL: to be laid out again */
    char *why;        /* READER_FAILED */
    int64_t load_id;  /* READER_LOADING: the loader's job, which has the message meanwhile; else 0 */
    part_jobs *jobs;
    bool has_all_headers, has_quotes, is_read_due;
    int64_t opened_at_ms, load_began_ms;
    int top;
};

static struct view_reader *cast(view *self)
{
    return (struct view_reader *)(void *)self;
}

static const struct view_reader *peek(const view *self)
{
    return (const struct view_reader *)(const void *)self;
}

bool view_reader_is_open(const view *base)
{
    return base != NULL && peek(base)->state != READER_CLOSED;
}

int64_t view_reader_placement(const view *base)
{
    return peek(base)->placement_id;
}

const message *view_reader_message(const view *base)
{
    return peek(base)->letter;
}

const struct text *view_reader_text(const view *base)
{
    return peek(base)->text;
}

const struct placement *view_reader_row(const view *base)
{
    return peek(base)->row;
}

static void forget_lines(struct view_reader *self)
{
    g_clear_pointer(&self->lines, g_ptr_array_unref);
    view_touch(&self->base);
}

static void forget_message(struct view_reader *self)
{
    forget_lines(self);
    g_clear_pointer(&self->text, text_free);
    g_clear_pointer(&self->letter, message_free);
    g_clear_pointer(&self->row, placement_free);
    g_clear_pointer(&self->why, g_free);
}

void view_reader_close(view *base)
{
    struct view_reader *self = cast(base);
    if (self->state == READER_FETCHING)
        engine_cancel_fetch(app_engine(base->app), self->placement_id);
    if (self->load_id != 0)
        query_cancel(app_loader(base->app), self->load_id);
    self->load_id = 0;
    forget_message(self);
    self->state = READER_CLOSED;
    self->placement_id = 0;
    self->is_read_due = false;
}

/* --- read after a while --- */

static void mark_read(struct view_reader *self)
{
    g_autoptr(GError) error = NULL;
    app *ui = self->base.app;
    if (self->row == NULL || (self->row->flags & MESSAGE_SEEN)) {
        self->is_read_due = false;
        return;
    }
    if (!intent_flags_quietly(app_store(ui), &self->placement_id, 1, MESSAGE_SEEN, 0, &error)) {
        if (g_error_matches(error, STORE_ERROR, STORE_ERROR_BUSY))
            return; /* due still: the next tick tries again */
        app_error(ui, "%s", error != NULL ? error->message : "");
    }
    self->is_read_due = false;
    self->row->flags |= MESSAGE_SEEN;
    app_after_change(ui);
}

static void mark_read_when_due(struct view_reader *self)
{
    int delay = app_settings(self->base.app)->mark_read_delay_ms;
    if (self->is_read_due && delay >= 0 && self->state == READER_SHOWN && app_now_ms() - self->opened_at_ms >= delay)
        mark_read(self);
}

static GPtrArray *own_addresses(const struct view_reader *self)
{
    GPtrArray *own = g_ptr_array_new_with_free_func(g_free);
    const struct account *owner = app_account(self->base.app, self->row->account_id);
    if (owner != NULL) {
        g_ptr_array_add(own, g_strdup(owner->from_address));
        for (char **alias = owner->aliases; alias != NULL && *alias != NULL; alias++) {
            const char *open = strchr(*alias, '<');
            g_ptr_array_add(own, open != NULL ? g_strndup(open + 1, strcspn(open + 1, ">")) : g_strdup(*alias));
        }
    }
    g_ptr_array_add(own, NULL);
    return own;
}

static struct reader_wishes wishes_now(const struct view_reader *self, GPtrArray *own)
{
    return (struct reader_wishes){ .columns = MAX(canvas_area(self->canvas).columns - 2, 20),
                                   .now_utc = g_get_real_time() / G_USEC_PER_SEC,
                                   .has_all_headers = self->has_all_headers,
                                   .has_quotes = self->has_quotes,
                                   .is_source = self->view == MESSAGE_VIEW_SOURCE,
                                   .own_addresses = (const char *const *)own->pdata };
}

/* --- loading --- */

static struct reader_load *load_new(struct view_reader *self, const char *path)
{
    struct reader_load *job = g_new0(struct reader_load, 1);
    job->path = g_strdup(path);
    job->letter = g_steal_pointer(&self->letter);
    job->view = self->view;
    if (self->view == MESSAGE_VIEW_SOURCE)
        job->raw_path = locate_part(self->row, MESSAGE_SECTION_RAW);
    return job;
}

static void load_later(struct view_reader *self, const char *path)
{
    struct reader_load *job = load_new(self, path);
    job->row = store_placement(app_store(self->base.app), self->placement_id, NULL);
    job->own = own_addresses(self);
    job->wishes = wishes_now(self, job->own);
    self->state = READER_LOADING;
    self->load_began_ms = app_now_ms();
    self->load_id = query_run(app_loader(self->base.app), reader_load_work, job, reader_load_free);
}

static void fetch_more(struct view_reader *self);

/* The window and the wishes may have changed meanwhile. */
static bool is_as_wished(const struct view_reader *self, const struct reader_load *job)
{
    return job->lines != NULL && job->wishes.columns == MAX(canvas_area(self->canvas).columns - 2, 20) &&
           job->wishes.has_all_headers == self->has_all_headers && job->wishes.has_quotes == self->has_quotes;
}

/* False: there is no such file (evicted just now, or unreadable): fetching it again says why. */
static bool load_take(struct view_reader *self, struct reader_load *job)
{
    self->load_id = 0;
    bool is_read = job->letter != NULL;
    if (is_read) {
        g_clear_pointer(&self->letter, message_free);
        g_clear_pointer(&self->text, text_free);
        self->letter = g_steal_pointer(&job->letter);
        self->text = g_steal_pointer(&job->text);
        if (self->state != READER_SHOWN && self->opened_at_ms == 0)
            self->opened_at_ms = app_now_ms();
        self->state = READER_SHOWN;
        forget_lines(self);
        if (is_as_wished(self, job))
            self->lines = g_steal_pointer(&job->lines);
        fetch_more(self);
        mark_read_when_due(self);
    }
    reader_load_free(job);
    return is_read;
}

/* Small ones at once; the others on the loader's thread (50 MB in 5 000 parts take some 200 ms). */
static bool load(struct view_reader *self)
{
    g_autofree char *path = locate_message(app_store(self->base.app), self->row);
    GStatBuf status;
    if (path == NULL || g_stat(path, &status) != 0)
        return false;
    if (status.st_size > AT_ONCE_BYTES) {
        load_later(self, path);
        return true;
    }
    struct reader_load *job = load_new(self, path);
    reader_load_work(NULL, job);
    return load_take(self, job);
}

static void render(struct view_reader *self)
{
    struct message_info info = { 0 };
    if (self->letter == NULL)
        return;
    message_info(self->letter, &info);
    bool has_source_elsewhere = self->view == MESSAGE_VIEW_SOURCE && !message_is_whole(self->letter);
    if (info.size_bytes > AT_ONCE_BYTES || has_source_elsewhere) {
        load_later(self, NULL);
        return;
    }
    g_clear_pointer(&self->text, text_free);
    self->text = message_text(self->letter, self->view);
    forget_lines(self);
}

static void fetch(struct view_reader *self)
{
    self->state = READER_FETCHING;
    engine_fetch_message(app_engine(self->base.app), self->row->account_id, self->placement_id);
}

void view_reader_show(view *base, int64_t placement_id)
{
    struct view_reader *self = cast(base);
    g_autoptr(GError) error = NULL;
    view_reader_close(base);
    self->row = store_placement(app_store(base->app), placement_id, &error);
    if (self->row == NULL) {
        app_error(base->app, _("This message is gone: %s"), error != NULL ? error->message : "");
        return;
    }
    self->placement_id = placement_id;
    self->view = MESSAGE_VIEW_BEST;
    self->top = 0;
    self->has_all_headers = self->has_quotes = false;
    self->is_read_due = true;
    self->opened_at_ms = 0;
    if (!load(self))
        fetch(self);
}

/* All of it, as the server has it. True: it is here. */
bool view_reader_fetch_raw(view *base)
{
    struct view_reader *self = cast(base);
    if (self->letter == NULL || message_is_whole(self->letter))
        return self->letter != NULL;
    g_autofree char *path = locate_part(self->row, MESSAGE_SECTION_RAW);
    if (path == NULL)
        engine_fetch_part(app_engine(base->app), self->row->account_id, self->placement_id, MESSAGE_SECTION_RAW);
    return path != NULL;
}

/* Of what POP3 brought only the head of. */
static bool is_head(const struct view_reader *self)
{
    struct message_info info = { 0 };
    if (self->letter != NULL)
        message_info(self->letter, &info);
    return (info.part_flags & MESSAGE_IS_HEAD) != 0;
}

static void say_head(const struct view_reader *self)
{
    const char *key = keymap_key_for(self->base.app, command_find("fetch-rest"), CONTEXT_READER);
    if (*key != '\0')
        app_say(self->base.app, _("Only the head of this message is here; %s fetches the rest."), key);
}

/* The HTML of a message whose plain text alone was fetched, and the source of one that is here in parts, come when they are asked for. */
static void fetch_more(struct view_reader *self)
{
    if (is_head(self)) {
        say_head(self);
        return;
    }
    if (self->view == MESSAGE_VIEW_SOURCE && !view_reader_fetch_raw(&self->base))
        app_say(self->base.app, _("Only parts of this message are here; the source is being fetched."));
    const GPtrArray *parts = self->letter != NULL ? message_parts(self->letter) : NULL;
    for (guint i = 0; parts != NULL && i < parts->len && self->view == MESSAGE_VIEW_HTML; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        if (!part->is_here && !part->is_attachment && strcmp(part->type, "text/html") == 0)
            engine_fetch_part(app_engine(self->base.app), self->row->account_id, self->placement_id, part->section);
    }
}

/* A part came, for the reader or for a file: from now on it is a part like the others. */
static void part_event(struct view_reader *self, const char *section)
{
    if (strcmp(section, MESSAGE_SECTION_RAW) == 0 && is_head(self)) {
        load(self); /* the whole has taken its place */
        return;
    }
    const GPtrArray *parts = self->letter != NULL ? message_parts(self->letter) : NULL;
    if (strcmp(section, MESSAGE_SECTION_RAW) == 0 && self->view == MESSAGE_VIEW_SOURCE)
        render(self);
    else if (strcmp(section, MESSAGE_SECTION_RAW) == 0)
        app_say(self->base.app, _("All of the message is here now."));
    for (guint i = 0; parts != NULL && i < parts->len; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        g_autofree char *path = strcmp(part->section, section) == 0 && !part->is_here ? locate_part(self->row, section) : NULL;
        if (path == NULL || !message_fill_part(self->letter, section, path, NULL))
            continue;
        forget_lines(self);
        if (!part->is_attachment)
            render(self);
        return;
    }
}

static void body_event(struct view_reader *self, const struct event *news)
{
    if (news->item != self->placement_id || self->state == READER_CLOSED)
        return;
    if (news->text != NULL) {
        part_event(self, news->text);
    } else if (self->state != READER_SHOWN && self->state != READER_LOADING && !load(self)) {
        self->state = READER_FAILED;
        g_free(self->why);
        self->why = g_strdup(_("The message was fetched, but could not be kept on this computer. Is the disk full?"));
        forget_lines(self);
    }
}

static void loaded_event(struct view_reader *self, const struct event *news)
{
    struct reader_load *job =
        self->load_id != 0 && news->item == self->load_id ? query_take(app_loader(self->base.app), self->load_id) : NULL;
    if (job != NULL && !load_take(self, job))
        fetch(self);
}

static void failed_event(struct view_reader *self, const struct event *news)
{
    if (news->item != self->placement_id || self->state != READER_FETCHING)
        return;
    self->state = READER_FAILED;
    g_free(self->why);
    self->why = g_strdup(news->text);
    forget_lines(self);
}

static void event(view *base, const struct event *news)
{
    struct view_reader *self = cast(base);
    part_jobs_event(self->jobs, news);
    if (news->type == EVENT_BODY_AVAILABLE)
        body_event(self, news);
    else if (news->type == EVENT_QUERY_DONE)
        loaded_event(self, news);
    else if (news->type == EVENT_BODY_FAILED && news->text != NULL)
        failed_event(self, news);
    else if (news->type == EVENT_CONNECTION && self->state == READER_FETCHING)
        forget_lines(self);
}

/* --- what is shown --- */

static char *notice(const struct view_reader *self)
{
    if (self->state == READER_FETCHING && !engine_is_online(app_engine(self->base.app)))
        return g_strdup(_("This message is not on this computer, and you are offline. It is fetched as soon as you go online (O)."));
    if (self->state == READER_FETCHING)
        return g_strdup(_("Fetching… (Esc leaves; everything else goes on)"));
    if (self->state == READER_LOADING && app_now_ms() - self->load_began_ms >= OPENING_SAID_MS)
        return g_strdup(_("Opening…"));
    if (self->state == READER_FAILED)
        return g_strdup_printf(_("The message could not be fetched: %s"), self->why != NULL ? self->why : "");
    return NULL;
}

static void lay_out(struct view_reader *self)
{
    if (self->lines != NULL || self->row == NULL)
        return;
    g_autoptr(GPtrArray) own = own_addresses(self);
    g_autofree char *words = notice(self);
    struct reader_wishes wishes = wishes_now(self, own);
    self->lines = reader_lines(self->row, self->letter, self->text, words, &wishes);
}

static int last_top(const struct view_reader *self)
{
    return self->lines != NULL ? MAX((int)self->lines->len - canvas_area(self->canvas).rows, 0) : 0;
}

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

static void draw(view *base)
{
    struct view_reader *self = cast(base);
    struct rect area = canvas_area(self->canvas);
    lay_out(self);
    self->top = CLAMP(self->top, 0, last_top(self));
    for (int i = 0; i < area.rows; i++) {
        int at = self->top + i;
        canvas_clear_row(self->canvas, i, 0, THEME_NORMAL);
        if (self->lines == NULL || at >= (int)self->lines->len)
            continue;
        const struct reader_line *line = g_ptr_array_index(self->lines, at);
        draw_spans(self, i, line);
        if (line->right != NULL)
            canvas_text_right(self->canvas, i, area.columns - 1, area.columns / 2, THEME_DATE, line->right);
    }
    if (self->lines != NULL && self->lines->len > 0 && self->top < last_top(self)) {
        g_autofree char *more = g_strdup_printf(" %d%% ", (self->top + area.rows) * 100 / (int)self->lines->len);
        canvas_text_right(self->canvas, area.rows - 1, area.columns, 8, THEME_DIM, more);
    }
    if (app_settings(base->app)->accessible && view_top(base->app) == base)
        canvas_cursor(self->canvas, 0, 0);
}

/* --- moving and changing --- */

bool view_reader_scroll(view *base, int lines)
{
    struct view_reader *self = cast(base);
    int old = self->top;
    lay_out(self);
    self->top = CLAMP(self->top + lines, 0, last_top(self));
    view_touch(base);
    return self->top != old;
}

void view_reader_scroll_page(view *base, int pages, bool *is_end_out)
{
    int page = MAX(canvas_area(cast(base)->canvas).rows - PAGE_OVERLAP, 1);
    *is_end_out = !view_reader_scroll(base, pages * page);
}

void view_reader_scroll_end(view *base, bool is_top)
{
    view_reader_scroll(base, is_top ? G_MININT / 2 : G_MAXINT / 2);
}

void view_reader_toggle_headers(view *base)
{
    struct view_reader *self = cast(base);
    self->has_all_headers = !self->has_all_headers;
    self->top = 0;
    forget_lines(self);
}

void view_reader_fold(view *base)
{
    struct view_reader *self = cast(base);
    self->has_quotes = !self->has_quotes;
    forget_lines(self);
}

static void set_view(struct view_reader *self, enum message_view wanted)
{
    self->view = wanted;
    self->top = 0;
    render(self);
    fetch_more(self);
}

/* Only those that the message has: best → the other text → source → best. */
void view_reader_cycle_view(view *base)
{
    struct view_reader *self = cast(base);
    if (self->letter == NULL || self->text == NULL)
        return;
    bool has_both = self->text->has_html && self->text->has_plain;
    enum message_view next = self->view == MESSAGE_VIEW_BEST && has_both ? MESSAGE_VIEW_HTML
                             : self->view == MESSAGE_VIEW_SOURCE         ? MESSAGE_VIEW_BEST
                                                                         : MESSAGE_VIEW_SOURCE;
    set_view(self, next);
    app_say(base->app, "%s",
            next == MESSAGE_VIEW_HTML     ? _("HTML view")
            : next == MESSAGE_VIEW_SOURCE ? _("Source, as it came")
                                          : _("Usual view"));
}

void view_reader_source(view *base)
{
    struct view_reader *self = cast(base);
    if (self->letter != NULL)
        set_view(self, self->view == MESSAGE_VIEW_SOURCE ? MESSAGE_VIEW_BEST : MESSAGE_VIEW_SOURCE);
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
    const GPtrArray *parts = peek(base)->letter != NULL ? message_parts(peek(base)->letter) : NULL;
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

static bool mouse(view *base, const struct key *key, int row, int column)
{
    (void)row;
    (void)column;
    if (key->mouse == MOUSE_WHEEL_DOWN || key->mouse == MOUSE_WHEEL_UP)
        view_reader_scroll(base, key->mouse == MOUSE_WHEEL_DOWN ? WHEEL_LINES : -WHEEL_LINES);
    return true;
}

static void tick(view *base, int64_t now_ms)
{
    struct view_reader *self = cast(base);
    if (self->state == READER_LOADING && now_ms - self->load_began_ms >= OPENING_SAID_MS)
        forget_lines(self);
    mark_read_when_due(self);
}

static void place(view *base, struct rect area)
{
    struct view_reader *self = cast(base);
    bool is_same_width = canvas_area(self->canvas).columns == area.columns;
    canvas_move(self->canvas, area);
    if (!is_same_width)
        forget_lines(self);
}

static void release(view *base)
{
    struct view_reader *self = cast(base);
    forget_message(self);
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
    self->jobs = part_jobs_new(ui);
    return &self->base;
}
