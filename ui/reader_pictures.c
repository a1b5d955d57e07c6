/* SPDX-License-Identifier: MIT */
/* The pictures of one message on their way to the screen. */
#include "ui/reader_pictures.h"
#include "core/query.h"
#include "core/remote_picture.h"
#include "ui/app_private.h"
#include "ui/picture.h"
#include "ui/picture_screen.h"
#include "ui/style.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <langinfo.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { PICTURES_MAX = 60, ROWS_MAX = 24, COLUMNS_MAX = 96 };
#define PART_BYTES_MAX   ((int64_t)30 * 1024 * 1024)
#define PIXELS_BYTES_MAX ((gsize)64 * 1024 * 1024)

struct reader_pictures {
    app *ui;
    GHashTable *shown; /* struct reader_picture* by source; one that is not here yet has neither picture nor words */
    GHashTable *bytes; /* GBytes* by source: what was fetched, for other widths */
    GHashTable *jobs;  /* int64_t* of the query's */
    int columns, cancel_fd;
    struct picture_terminal terminal; /* they are drawn for */
    gsize pixels_bytes;               /* of memory, in pictures of pixels */
    struct account *account;          /* may fetch; NULL: may not */
};

static void shown_free(gpointer data)
{
    struct reader_picture *self = data;
    picture_free(self->drawn);
    g_free(self->words);
    g_free(self);
}

reader_pictures *reader_pictures_new(app *ui)
{
    reader_pictures *self = g_new0(reader_pictures, 1);
    self->ui = ui;
    self->shown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, shown_free);
    self->bytes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)(void (*)(void))g_bytes_unref);
    self->jobs = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    self->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    picture_screen_start(app_events(ui));
    return self;
}

static void cancel_jobs(reader_pictures *self)
{
    GHashTableIter at;
    gpointer id = NULL;
    g_hash_table_iter_init(&at, self->jobs);
    while (g_hash_table_iter_next(&at, &id, NULL))
        query_cancel(app_pictures(self->ui), *(const int64_t *)id);
    g_hash_table_remove_all(self->jobs);
}

void reader_pictures_free(reader_pictures *self)
{
    const uint64_t one = 1;
    if (self == NULL)
        return;
    while (write(self->cancel_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
    cancel_jobs(self);
    close(self->cancel_fd); /* each job has its own */
    account_free(self->account);
    g_hash_table_unref(self->shown);
    g_hash_table_unref(self->bytes);
    g_hash_table_unref(self->jobs);
    g_free(self);
}

/* --- one picture, on the other thread --- */

struct job {
    char *source;
    GBytes *bytes; /* NULL: to be fetched */
    struct account *account;
    int cancel_fd;
    struct picture_wishes wishes;
    struct picture *drawn;
    GError *why;
};

static void job_free(gpointer data)
{
    struct job *self = data;
    g_free(self->source);
    g_clear_pointer(&self->bytes, g_bytes_unref);
    account_free(self->account);
    if (self->cancel_fd >= 0)
        close(self->cancel_fd);
    picture_free(self->drawn);
    g_clear_error(&self->why);
    g_free(self);
}

static void job_work(store *db, void *data)
{
    struct job *self = data;
    (void)db;
    if (self->bytes == NULL)
        self->bytes = remote_picture_fetch(self->source, self->account, self->cancel_fd, &self->why);
    if (self->bytes != NULL)
        self->drawn = picture_new(self->bytes, &self->wishes, &self->why);
}

static void begin(reader_pictures *self, const char *source, GBytes *bytes /* taken; NULL: to be fetched */)
{
    struct job *job = g_new0(struct job, 1);
    job->source = g_strdup(source);
    job->bytes = bytes;
    job->account = self->account != NULL ? account_copy(self->account) : NULL;
    job->cancel_fd = bytes == NULL ? dup(self->cancel_fd) : -1;
    job->wishes = (struct picture_wishes){ .columns = MIN(self->columns, COLUMNS_MAX),
                                           .rows = ROWS_MAX,
                                           .colors = style_picture_colors(),
                                           .is_ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
                                           .terminal = self->terminal };
    if (self->pixels_bytes > PIXELS_BYTES_MAX)
        job->wishes.terminal.way = PICTURE_CELLS;
    int64_t id = query_run(app_pictures(self->ui), job_work, job, job_free);
    g_hash_table_add(self->jobs, g_memdup2(&id, sizeof id));
}

bool reader_pictures_event(reader_pictures *self, const struct event *news)
{
    if (news->type != EVENT_QUERY_DONE || !g_hash_table_remove(self->jobs, &news->item))
        return false;
    struct job *job = query_take(app_pictures(self->ui), news->item);
    if (job == NULL)
        return false;
    struct reader_picture *shown = g_hash_table_lookup(self->shown, job->source);
    if (shown != NULL) {
        shown->drawn = g_steal_pointer(&job->drawn);
        self->pixels_bytes += shown->drawn != NULL && shown->drawn->image != NULL ? picture_image_bytes(shown->drawn->image) : 0;
        shown->words = shown->drawn == NULL ? g_strdup_printf(_("(This picture cannot be shown: %s)"), job->why->message) : NULL;
    }
    if (job->bytes != NULL && strchr(job->source, '/') != NULL)
        g_hash_table_insert(self->bytes, g_strdup(job->source), g_bytes_ref(job->bytes));
    job_free(job);
    return true;
}

GHashTable *reader_pictures_table(reader_pictures *self)
{
    return self->shown;
}

/* --- which --- */

static bool is_remote(const char *source)
{
    return g_ascii_strncasecmp(source, "http", 4) == 0;
}

static bool is_image(const struct message_part *part)
{
    return g_str_has_prefix(part->type, "image/") && part->is_here && part->size <= PART_BYTES_MAX;
}

/* New: nobody asked for it yet. */
static bool note(reader_pictures *self, const char *source)
{
    if (g_hash_table_contains(self->shown, source) || g_hash_table_size(self->shown) >= PICTURES_MAX)
        return false;
    g_hash_table_insert(self->shown, g_strdup(source), g_new0(struct reader_picture, 1));
    return true;
}

static void ask_part(reader_pictures *self, const message *letter, int index, const char *source)
{
    const GPtrArray *parts = message_parts(letter);
    char *bytes = NULL;
    size_t size = 0;
    if (index < 0 || (guint)index >= parts->len || !is_image(g_ptr_array_index(parts, (guint)index)) || !note(self, source))
        return;
    if (message_part_bytes(letter, (size_t)index, &bytes, &size, NULL))
        begin(self, source, g_bytes_new_take(bytes, size));
}

static void ask_remote(reader_pictures *self, const char *source)
{
    GBytes *known = g_hash_table_lookup(self->bytes, source);
    if (self->account != NULL && note(self, source))
        begin(self, source, known != NULL ? g_bytes_ref(known) : NULL);
}

bool reader_pictures_is_old(const reader_pictures *self)
{
    struct picture_terminal now = picture_terminal_now();
    if (self->columns == 0) /* nothing was drawn: the terminal was just asked */
        return picture_terminal_due_ms() == INT64_MAX;
    return now.way != self->terminal.way || now.cell_width != self->terminal.cell_width || now.cell_height != self->terminal.cell_height;
}

void reader_pictures_ask(reader_pictures *self, const message *letter, const struct text *text, int columns)
{
    g_autoptr(GHashTable) within = g_hash_table_new(NULL, NULL); /* parts that stand in the text */
    if (!picture_terminal_ask(app_settings(self->ui)->pictures))
        return; /* it answers in a moment, or is late and that is noticed */
    if (self->columns != 0 && (columns != self->columns || reader_pictures_is_old(self))) {
        cancel_jobs(self);
        g_hash_table_remove_all(self->shown);
        self->pixels_bytes = 0;
    }
    self->terminal = picture_terminal_now();
    self->columns = columns;
    for (guint i = 0; i < text->images->len; i++) {
        const char *source = g_array_index(text->images, struct text_image, i).source;
        int part = is_remote(source) ? -1 : message_part_by_cid(letter, source);
        if (part >= 0)
            g_hash_table_add(within, GINT_TO_POINTER(part + 1));
        if (is_remote(source))
            ask_remote(self, source);
        else
            ask_part(self, letter, part, source);
    }
    for (guint i = 0; i < message_parts(letter)->len; i++) {
        g_autofree char *source = g_strdup_printf("part:%u", i);
        if (!g_hash_table_contains(within, GINT_TO_POINTER((int)i + 1)))
            ask_part(self, letter, (int)i, source);
    }
}

void reader_pictures_allow_remote(reader_pictures *self, const struct account *account)
{
    if (self->account == NULL)
        self->account = account_copy(account);
}

void reader_pictures_count(const message *letter, const struct text *text, int *here_out, int *remote_out)
{
    *here_out = *remote_out = 0;
    for (guint i = 0; i < message_parts(letter)->len; i++)
        *here_out += is_image(g_ptr_array_index(message_parts(letter), i));
    for (guint i = 0; i < text->images->len; i++)
        *remote_out += is_remote(g_array_index(text->images, struct text_image, i).source);
}
