/* SPDX-License-Identifier: MIT */
/* Pictures in pixels on the screen: which rows of which are seen where, and how the terminal gets there from what it shows.
 *
 * Sixels are part of the glass: they go when curses writes their cells anew, and come back whole. A terminal of kitty's kind gets a file once, in chunks,
 * and is told then where which rows of it stand. */
#include "ui/picture_screen.h"
#include "core/query.h"
#include <curses.h>
#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum {
    REST_MS = 60, /* sixels wait until a person stops scrolling */
    PIECE_BYTES = 512,
    TURN_BYTES = 256 * 1024,
    ROWS_MAX = 500,
    FILES_MAX = 24, /* that the terminal keeps */
};

/* Cells in which a row of a picture belongs. */
struct noted {
    picture_image *image;
    int image_row, row, column;
};

/* Rows of a picture, one under the other, that nothing covers. */
struct run {
    picture_image *image;
    int row, column, first, rows;
    uint32_t placement;     /* kitty's; 0: none yet */
    bool is_out, is_marked; /* it is on the glass; some of it may be */
    int64_t since_ms;
    int64_t job;    /* its sixels are being made */
    GBytes *sixels; /* made */
};

/* A file that the terminal has. */
struct sent {
    uint32_t id;
    gint64 used;
};

static struct {
    event_queue *events;
    query *query;    /* NULL: nothing to be made yet */
    GArray *noted;   /* of struct noted */
    GArray *runs;    /* of struct run */
    GArray *files;   /* of struct sent */
    GString *orders; /* of kitty's kind, to be written first */
    picture_image *sending;
    gsize sending_at;
    GString *words; /* being written */
    size_t words_at;
    int words_run; /* whose picture they are; -1: nobody's */
    uint32_t last_placement;
} state;

static void noted_clear(gpointer data)
{
    picture_image_unref(((struct noted *)data)->image);
}

static void run_clear(gpointer data)
{
    struct run *self = data;
    if (self->job != 0)
        query_cancel(state.query, self->job);
    g_clear_pointer(&self->sixels, g_bytes_unref);
    picture_image_unref(self->image);
}

static GArray *runs_new(void)
{
    GArray *runs = g_array_new(FALSE, TRUE, sizeof(struct run));
    g_array_set_clear_func(runs, run_clear);
    return runs;
}

static struct run *run_at(const GArray *runs, guint at)
{
    return &g_array_index(runs, struct run, at);
}

void picture_screen_start(event_queue *events)
{
    if (state.noted != NULL)
        return;
    state.events = events;
    state.noted = g_array_new(FALSE, TRUE, sizeof(struct noted));
    g_array_set_clear_func(state.noted, noted_clear);
    state.runs = runs_new();
    state.files = g_array_new(FALSE, TRUE, sizeof(struct sent));
    state.orders = g_string_new(NULL);
    state.words = g_string_new(NULL);
    state.words_run = -1;
}

void picture_screen_begin(void)
{
    if (state.noted != NULL)
        g_array_set_size(state.noted, 0);
}

void picture_screen_note(picture_image *image, int image_row, int row, int column)
{
    struct noted noted = { picture_image_ref(image), image_row, row, column };
    g_array_append_val(state.noted, noted);
}

/* --- what is seen --- */

static bool is_ours(WINDOW *window, int row, int column)
{
    cchar_t cell;
    wchar_t words[CCHARW_MAX + 1] = { 0 };
    attr_t attributes = 0;
    short pair = 0;
    return mvwin_wch(window, row, column, &cell) != ERR && getcchar(&cell, words, &attributes, &pair, NULL) != ERR &&
           words[0] == PICTURE_SCREEN_CELL && words[1] == L'\0';
}

/* The cursor stays. */
static bool has_cells(WINDOW *window, int row, int rows, int column, int columns)
{
    int y = 0, x = 0;
    bool is_all = row >= 0 && row + rows <= LINES && column >= 0 && column + columns <= COLS;
    getyx(window, y, x);
    for (int i = 0; is_all && i < rows * columns; i++)
        is_all = is_ours(window, row + i / columns, column + i % columns);
    wmove(window, y, x);
    return is_all;
}

static bool follows(const struct run *last, const struct noted *next)
{
    return last->image == next->image && last->column == next->column && last->row + last->rows == next->row &&
           last->first + last->rows == next->image_row;
}

static GArray *runs_seen(void)
{
    GArray *runs = runs_new();
    for (guint i = 0; i < MIN(state.noted->len, ROWS_MAX); i++) {
        const struct noted *each = &g_array_index(state.noted, struct noted, i);
        if (!has_cells(stdscr, each->row, 1, each->column, picture_image_columns(each->image)))
            continue;
        if (runs->len > 0 && follows(run_at(runs, runs->len - 1), each)) {
            run_at(runs, runs->len - 1)->rows++;
            continue;
        }
        struct run run = {
            .image = picture_image_ref(each->image), .row = each->row, .column = each->column, .first = each->image_row, .rows = 1
        };
        g_array_append_val(runs, run);
    }
    return runs;
}

/* --- from what was seen to what is --- */

static bool is_same_part(const struct run *a, const struct run *b)
{
    return a->image == b->image && a->first == b->first && a->rows == b->rows;
}

static bool is_same(const struct run *a, const struct run *b)
{
    return is_same_part(a, b) && a->row == b->row && a->column == b->column;
}

/* What was made for it, and what the terminal shows of it, is the other's. */
static void hand_over(struct run *from, struct run *to)
{
    to->placement = from->placement;
    to->is_out = from->is_out;
    to->is_marked = from->is_marked;
    to->since_ms = from->since_ms;
    to->job = from->job;
    to->sixels = g_steal_pointer(&from->sixels);
    from->job = 0;
    from->placement = 0;
    from->is_out = from->is_marked = false;
}

/* Sixels go with the next update; the placement of a terminal of kitty's kind moves. */
static void take_off(struct run *old)
{
    if (!picture_image_is_kitty(old->image) && old->is_marked)
        for (int row = old->row; row < MIN(old->row + old->rows, LINES); row++)
            wredrawln(stdscr, row, 1);
    else if (old->placement != 0 && old->is_marked)
        g_string_append_printf(state.orders, "\033_Ga=d,q=2,d=i,i=%u,p=%u\033\\", picture_image_id(old->image), old->placement);
}

static void take_over_moved(struct run *old, GArray *now)
{
    bool is_kitty = picture_image_is_kitty(old->image);
    for (guint i = 0; i < now->len; i++) {
        struct run *each = run_at(now, i);
        if (is_kitty && each->image == old->image && each->placement == 0) {
            hand_over(old, each);
            each->is_out = false;
            return;
        }
        if (!is_kitty && is_same_part(each, old) && each->sixels == NULL && each->job == 0) {
            each->sixels = g_steal_pointer(&old->sixels);
            each->job = old->job;
            old->job = 0;
            return;
        }
    }
}

/* True: what the terminal shows is not all of what is seen, or more. */
static bool compare(GArray *now)
{
    bool is_changed = false;
    for (guint i = 0; i < state.runs->len; i++)
        for (guint k = 0; k < now->len; k++)
            if (is_same(run_at(state.runs, i), run_at(now, k)) && run_at(now, k)->since_ms == 0)
                hand_over(run_at(state.runs, i), run_at(now, k));
    for (guint i = 0; i < state.runs->len; i++) {
        struct run *old = run_at(state.runs, i);
        is_changed = is_changed || old->is_marked;
        if (old->is_marked || old->sixels != NULL || old->job != 0) {
            bool was_marked = old->is_marked;
            take_over_moved(old, now);
            if (was_marked)
                take_off(old);
        }
    }
    return is_changed;
}

/* The rest of a file that is no picture: the terminal throws it away. */
static void give_up_sending(void)
{
    if (state.sending != NULL)
        g_string_prepend(state.orders, "\033_Gq=2,m=0;\033\\");
    g_clear_pointer(&state.sending, picture_image_unref);
}

/* The terminal keeps none of them, and shows none. */
static void forget_files(void)
{
    g_string_truncate(state.orders, 0);
    give_up_sending();
    for (guint i = 0; i < state.files->len; i++)
        g_string_append_printf(state.orders, "\033_Ga=d,q=2,d=I,i=%u\033\\", g_array_index(state.files, struct sent, i).id);
    g_array_set_size(state.files, 0);
}

/* Curses is about to write cells anew that a picture stands on. */
static void note_damage(void)
{
    bool is_all = is_cleared(curscr);
    if (is_all)
        forget_files(); /* terminals of kitty's kind do as much with a cleared screen */
    for (guint i = 0; i < state.runs->len; i++) {
        struct run *run = run_at(state.runs, i);
        bool is_kitty = picture_image_is_kitty(run->image);
        if (run->is_marked &&
            (is_all || (!is_kitty && !has_cells(curscr, run->row, run->rows, run->column, picture_image_columns(run->image)))))
            run->is_out = false;
        if (is_all)
            run->is_marked = false;
    }
}

void picture_screen_before_update(int64_t now_ms)
{
    picture_screen_yield();
    if (state.noted == NULL || (state.noted->len == 0 && state.runs->len == 0))
        return;
    GArray *now = runs_seen();
    bool is_changed = compare(now);
    g_array_unref(state.runs);
    state.runs = now;
    for (guint i = 0; i < now->len; i++)
        if (run_at(now, i)->since_ms == 0)
            run_at(now, i)->since_ms = now_ms;
    if (is_changed && state.sending != NULL)
        give_up_sending();
    note_damage();
    idcok(stdscr, now->len == 0); /* letters put in would push the picture aside */
}

/* --- sixels are made on a thread --- */

struct job {
    picture_image *image;
    int first, rows;
    GBytes *sixels;
};

static void job_free(gpointer data)
{
    struct job *self = data;
    picture_image_unref(self->image);
    g_clear_pointer(&self->sixels, g_bytes_unref);
    g_free(self);
}

static void job_work(store *db, void *data)
{
    struct job *self = data;
    (void)db;
    self->sixels = picture_image_sixels(self->image, self->first, self->rows);
}

static void make_sixels(struct run *run)
{
    struct job *job = g_new0(struct job, 1);
    *job = (struct job){ picture_image_ref(run->image), run->first, run->rows, NULL };
    if (state.query == NULL)
        state.query = query_new("sixels", NULL, STORE_READER, state.events);
    run->job = query_run(state.query, job_work, job, job_free);
}

void picture_screen_event(const struct event *news)
{
    if (news->type != EVENT_QUERY_DONE || state.noted == NULL)
        return;
    for (guint i = 0; i < state.runs->len; i++) {
        struct run *run = run_at(state.runs, i);
        struct job *job = run->job != 0 && run->job == news->item ? query_take(state.query, run->job) : NULL;
        if (job == NULL)
            continue;
        run->job = 0;
        run->sixels = g_steal_pointer(&job->sixels);
        job_free(job);
    }
}

/* --- what is written next --- */

static void put_cursor(const struct run *run, GString *out)
{
    g_string_append_printf(out, "\0337\033[%d;%dH", run->row + 1, run->column + 1);
}

static struct sent *file_of(const picture_image *image)
{
    for (guint i = 0; i < state.files->len; i++)
        if (g_array_index(state.files, struct sent, i).id == picture_image_id(image))
            return &g_array_index(state.files, struct sent, i);
    return NULL;
}

static bool is_shown(uint32_t id)
{
    for (guint i = 0; i < state.runs->len; i++)
        if (picture_image_id(run_at(state.runs, i)->image) == id)
            return true;
    return false;
}

/* The one that nobody has looked at for longest goes. */
static void make_room(void)
{
    struct sent *files = (struct sent *)(void *)state.files->data, *oldest = NULL;
    for (guint i = 0; files != NULL && i < state.files->len; i++)
        if (!is_shown(files[i].id) && (oldest == NULL || files[i].used < oldest->used))
            oldest = &files[i];
    if (state.files->len < FILES_MAX || oldest == NULL)
        return;
    g_string_append_printf(state.words, "\033_Ga=d,q=2,d=I,i=%u\033\\", oldest->id);
    g_array_remove_index_fast(state.files, (guint)(oldest - files));
}

static void send_chunk(void)
{
    if (picture_image_chunk(state.sending, &state.sending_at, state.words))
        return;
    struct sent sent = { picture_image_id(state.sending), g_get_monotonic_time() };
    g_array_append_val(state.files, sent);
    g_clear_pointer(&state.sending, picture_image_unref);
}

static void begin_kitty(struct run *run, int at)
{
    struct sent *file = file_of(run->image);
    if (file == NULL) {
        make_room();
        state.sending = picture_image_ref(run->image);
        state.sending_at = 0;
        send_chunk();
        return;
    }
    file->used = g_get_monotonic_time();
    if (run->placement == 0)
        run->placement = ++state.last_placement;
    put_cursor(run, state.words);
    picture_image_place(run->image, run->placement, run->first, run->rows, state.words);
    g_string_append(state.words, "\0338");
    state.words_run = at;
}

static void begin_sixel(struct run *run, int at)
{
    gsize size = 0;
    const char *bytes = g_bytes_get_data(run->sixels, &size);
    put_cursor(run, state.words);
    g_string_append_len(state.words, bytes, (gssize)size);
    g_string_append(state.words, "\0338");
    state.words_run = at;
}

static bool is_ready(struct run *run, int64_t now_ms)
{
    if (run->is_out)
        return false;
    if (picture_image_is_kitty(run->image))
        return true;
    if (run->sixels == NULL && run->job == 0 && now_ms >= run->since_ms + REST_MS)
        make_sixels(run);
    return run->sixels != NULL && now_ms >= run->since_ms + REST_MS;
}

/* False: there is nothing. */
static bool begin_next(int64_t now_ms)
{
    g_string_truncate(state.words, 0);
    state.words_at = 0;
    state.words_run = -1;
    if (state.orders->len > 0) {
        g_string_append_len(state.words, state.orders->str, (gssize)state.orders->len);
        g_string_truncate(state.orders, 0);
    } else if (state.sending != NULL) {
        send_chunk();
    }
    for (guint i = 0; state.words->len == 0 && i < state.runs->len; i++) {
        struct run *run = run_at(state.runs, i);
        if (!is_ready(run, now_ms))
            continue;
        if (picture_image_is_kitty(run->image))
            begin_kitty(run, (int)i);
        else
            begin_sixel(run, (int)i);
    }
    return state.words->len > 0;
}

static bool is_writing(void)
{
    return state.words != NULL && state.words_at < state.words->len;
}

static void note_written(void)
{
    if (state.words_run >= 0 && (guint)state.words_run < state.runs->len)
        run_at(state.runs, (guint)state.words_run)->is_out = true;
    state.words_run = -1;
}

static bool write_all(const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        ssize_t count = write(STDOUT_FILENO, bytes + at, length - at);
        if (count < 0 && errno != EINTR)
            return false;
        at += count > 0 ? (size_t)count : 0;
    }
    return true;
}

void picture_screen_yield(void)
{
    struct run *run = is_writing() && state.words_run >= 0 ? run_at(state.runs, (guint)state.words_run) : NULL;
    if (!is_writing())
        return;
    if (run != NULL && state.words_at == 0) {
        state.words_run = -1;
    } else if (run != NULL && !picture_image_is_kitty(run->image)) {
        write_all("\033\\\0338", 4); /* what came of it is drawn; all of it is written later */
        state.words_run = -1;
    } else if (write_all(state.words->str + state.words_at, state.words->len - state.words_at)) {
        note_written(); /* some thousand bytes at most */
    }
    state.words_at = state.words->len;
}

void picture_screen_write(int64_t now_ms)
{
    struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT }, in = { .fd = STDIN_FILENO, .events = POLLIN };
    for (size_t written = 0; state.noted != NULL && written < TURN_BYTES && (is_writing() || begin_next(now_ms));) {
        if (poll(&out, 1, 0) <= 0 || !(out.revents & POLLOUT) || poll(&in, 1, 0) > 0)
            return;
        if (state.words_run >= 0)
            run_at(state.runs, (guint)state.words_run)->is_marked = true;
        ssize_t count = write(STDOUT_FILENO, state.words->str + state.words_at, MIN(state.words->len - state.words_at, PIECE_BYTES));
        if (count < 0)
            return;
        written += (size_t)count;
        state.words_at += (size_t)count;
        if (!is_writing())
            note_written();
    }
}

bool picture_screen_has_words(int64_t now_ms)
{
    bool has = state.noted != NULL && (is_writing() || state.orders->len > 0 || state.sending != NULL);
    for (guint i = 0; state.noted != NULL && !has && i < state.runs->len; i++)
        has = is_ready(run_at(state.runs, i), now_ms);
    return has;
}

int64_t picture_screen_due_ms(int64_t now_ms)
{
    int64_t due = INT64_MAX;
    for (guint i = 0; state.noted != NULL && i < state.runs->len; i++) {
        const struct run *run = run_at(state.runs, i);
        if (!run->is_out && run->since_ms + REST_MS > now_ms)
            due = MIN(due, run->since_ms + REST_MS);
    }
    return due;
}

/* --- the end --- */

void picture_screen_leave(void)
{
    if (state.noted == NULL)
        return;
    picture_screen_yield();
    forget_files();
    write_all(state.orders->str, state.orders->len);
    g_string_truncate(state.orders, 0);
    for (guint i = 0; i < state.runs->len; i++)
        run_at(state.runs, i)->is_out = run_at(state.runs, i)->is_marked = false;
}

void picture_screen_end(void)
{
    if (state.noted == NULL)
        return;
    g_clear_pointer(&state.runs, g_array_unref);
    g_clear_pointer(&state.noted, g_array_unref);
    g_clear_pointer(&state.files, g_array_unref);
    g_clear_pointer(&state.sending, picture_image_unref);
    g_clear_pointer(&state.query, query_free);
    g_string_free(state.orders, TRUE);
    g_string_free(state.words, TRUE);
    memset(&state, 0, sizeof state);
}
