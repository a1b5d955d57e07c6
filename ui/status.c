/* SPDX-License-Identifier: MIT */
/* The three lines around the panes: where I am (header), what just happened (status), what I may press (hints). */
#include "ui/app_private.h"
#include "core/folder_rights.h"
#include "core/language.h"
#include "ui/folder_words.h"
#include "ui/list_order.h"
#include "ui/slow_line.h"
#include "ui/unified.h"
#include "ui/view_list.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { SAY_MS = 12000, READ_MS = 2000, HINTS_MAX = 24 };

struct status {
    app *app;
    char *text;
    bool is_error, is_dirty, is_brief; /* brief: gone with the next key */
    int64_t until_ms;
    char *news;            /* status_tell(); NULL: none */
    int64_t seen_since_ms; /* news; 0: something stands before it */
    GHashTable *jobs;      /* id → struct status_job */
    GPtrArray *states;     /* engine_states(); NULL: ask again */
    struct {
        const struct command *command;
        int from, to;
    } hints[HINTS_MAX]; /* as they were drawn last */
    size_t hint_count;
};

static void job_free(gpointer data)
{
    struct status_job *job = data;
    g_free(job->title);
    g_free(job);
}

status *status_new(app *ui)
{
    status *self = g_new0(status, 1);
    self->app = ui;
    self->jobs = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, job_free);
    self->is_dirty = true;
    return self;
}

void status_free(status *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->jobs);
    g_clear_pointer(&self->states, g_ptr_array_unref);
    g_free(self->text);
    g_free(self->news);
    g_free(self);
}

void status_touch(status *self)
{
    self->is_dirty = true;
}

bool status_is_dirty(const status *self)
{
    return self->is_dirty;
}

void status_say(status *self, const char *line, bool is_error)
{
    g_free(self->text);
    self->text = g_strdup(line);
    self->is_error = is_error;
    self->is_brief = is_error;
    self->until_ms = app_now_ms() + SAY_MS;
    self->is_dirty = true;
}

void status_tell(status *self, const char *error)
{
    g_free(self->news);
    self->news = g_strdup(error);
    self->seen_since_ms = 0;
    self->is_dirty = true;
    g_clear_pointer(&self->text, g_free); /* newer than what was said */
}

void status_keep_brief(status *self)
{
    self->is_brief = true;
}

static bool is_covered(const status *self)
{
    return self->text != NULL || view_top(self->app)->is_overlay;
}

void status_forget_brief(status *self)
{
    if (self->news != NULL && self->seen_since_ms != 0 && app_now_ms() - self->seen_since_ms >= READ_MS) {
        g_clear_pointer(&self->news, g_free);
        self->is_dirty = true;
    }
    if (self->text == NULL || !self->is_brief)
        return;
    g_clear_pointer(&self->text, g_free);
    self->is_error = false;
    self->is_dirty = true;
}

void status_tick(status *self, int64_t now_ms)
{
    if (self->news != NULL && is_covered(self))
        self->seen_since_ms = 0;
    else if (self->news != NULL && self->seen_since_ms == 0)
        self->seen_since_ms = now_ms;
    if (self->text != NULL && !self->is_error && now_ms > self->until_ms) {
        g_clear_pointer(&self->text, g_free);
        self->is_dirty = true;
    }
}

static void note_progress(status *self, const struct event *event)
{
    if (event->state != JOB_RUNNING) {
        g_hash_table_remove(self->jobs, &event->item);
        return;
    }
    struct status_job *job = g_hash_table_lookup(self->jobs, &event->item);
    if (job == NULL) {
        job = g_new0(struct status_job, 1);
        job->id = event->item;
        g_hash_table_insert(self->jobs, &job->id, job);
    }
    job->account = event->account;
    job->done = event->done;
    job->total = event->total;
    g_free(job->title);
    job->title = g_strdup(event->text != NULL ? event->text : "");
}

void status_event(status *self, const struct event *event)
{
    if (event->type == EVENT_PROGRESS)
        note_progress(self, event);
    g_clear_pointer(&self->states, g_ptr_array_unref);
    self->is_dirty = true;
}

GPtrArray *status_jobs(const status *self)
{
    GPtrArray *jobs = g_ptr_array_new();
    GHashTableIter iter;
    gpointer job = NULL;
    g_hash_table_iter_init(&iter, self->jobs);
    while (g_hash_table_iter_next(&iter, NULL, &job))
        g_ptr_array_add(jobs, job);
    return jobs;
}

/* The states from best to worst; the worst one of all accounts is shown. */
static const struct {
    int state;
    enum glyph glyph;
    enum theme_style style;
    const char *words;
    bool is_told; /* why: in the account's own words, where it has some */
} connections[] = {
    { CONNECTION_ONLINE, GLYPH_ONLINE, THEME_OK, N_("online"), false },
    { CONNECTION_CONNECTING, GLYPH_BUSY, THEME_PROGRESS, N_("connecting"), false },
    { CONNECTION_FOLLOWING, GLYPH_OFFLINE, THEME_HEADER_DIM, N_("follows another postern"), false },
    { CONNECTION_OFFLINE, GLYPH_OFFLINE, THEME_HEADER_DIM, N_("offline"), false },
    { CONNECTION_SLOW, GLYPH_WARNING, THEME_WARNING, N_("the server is slow"), true },
    { CONNECTION_WAITING, GLYPH_WARNING, THEME_WARNING, N_("no connection"), true },
    { CONNECTION_NEEDS_PERSON, GLYPH_WARNING, THEME_ERROR, N_("needs you"), true },
};

static size_t connection_rank(int state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(connections); i++) {
        if (connections[i].state == state)
            return i;
    }
    return 0;
}

static const struct engine_account_state *worst_state(status *self)
{
    const struct engine_account_state *worst = NULL;
    if (self->states == NULL)
        self->states = engine_states(self->app->engine);
    for (guint i = 0; self->states != NULL && i < self->states->len; i++) {
        const struct engine_account_state *state = g_ptr_array_index(self->states, i);
        if (engine_is_account_off(self->app->engine, state->id))
            continue; /* that is as it should be: see off_words() */
        if (worst == NULL || connection_rank(state->state) > connection_rank(worst->state))
            worst = state;
    }
    return worst;
}

/* " · Home offline": those that were switched off alone. */
static char *off_words(status *self)
{
    GString *words = g_string_new(NULL);
    for (guint i = 0; self->states != NULL && i < self->states->len; i++) {
        const struct engine_account_state *state = g_ptr_array_index(self->states, i);
        if (!engine_is_account_off(self->app->engine, state->id))
            continue;
        g_string_append_printf(words, " %s ", canvas_glyph(GLYPH_DOT));
        g_string_append_printf(words, _("%s offline"), state->name);
    }
    return g_string_free(words, FALSE);
}

/* At all: by the switch for all, or by each account's own. */
static bool is_all_off(const status *self, const struct engine_account_state *worst)
{
    return !engine_is_online(self->app->engine) || (worst == NULL && self->states != NULL && self->states->len > 0);
}

static int draw_connection(status *self, canvas *sheet, int right)
{
    static const struct engine_account_state nobody = { .state = CONNECTION_OFFLINE };
    const struct engine_account_state *worst = worst_state(self);
    bool is_switched_off = is_all_off(self, worst);
    if (worst == NULL && !is_switched_off)
        return right;
    worst = worst != NULL ? worst : &nobody;
    size_t rank = connection_rank(worst->state);
    bool has_words = worst->words != NULL && *worst->words != '\0' && connections[rank].is_told;
    g_autofree char *line = NULL;
    if (is_switched_off)
        line = g_strdup_printf("%s %s", canvas_glyph(GLYPH_OFFLINE), _("offline (your wish)"));
    else if (connections[rank].is_told && self->states->len > 1)
        line = g_strdup_printf("%s %s: %s", canvas_glyph(connections[rank].glyph), worst->name,
                               has_words ? worst->words : _(connections[rank].words));
    else
        line = g_strdup_printf("%s %s", canvas_glyph(connections[rank].glyph),
                               has_words                                           ? worst->words
                               : rank == 0 && engine_is_metered(self->app->engine) ? _("online, metered")
                                                                                   : _(connections[rank].words));
    g_autofree char *off = is_switched_off ? g_strdup("") : off_words(self), *bare = line;
    line = g_strconcat(bare, off, NULL);
    int width = MIN(width_text(line), canvas_area(sheet).columns / 2);
    canvas_text(sheet, 0, right - width, width, is_switched_off ? THEME_HEADER_DIM : connections[rank].style, line);
    return right - width - 3;
}

/* How far it is, and what else waits: what is never cut. */
static char *job_progress(const status *self, const struct status_job *job, int64_t pending, int64_t sending)
{
    GString *words = g_string_new(NULL);
    if (job != NULL && job->total > 0)
        g_string_append_printf(words, " %d%%", (int)CLAMP(job->done * 100 / job->total, 0, 100));
    if (g_hash_table_size(self->jobs) > 1)
        g_string_append_printf(words, " +%u", g_hash_table_size(self->jobs) - 1);
    if (pending > 0)
        g_string_append_printf(words, "%s%" G_GINT64_FORMAT " %s", job != NULL ? "  " : " ", pending, _("to do"));
    if (sending > 0)
        g_string_append_printf(words, "%s%s %" G_GINT64_FORMAT, words->len > 0 || job != NULL ? "  " : " ", _("sending"), sending);
    return g_string_free(words, FALSE);
}

char *status_job_title(const struct status_job *job, int room)
{
    const char *arrow = "▸ ", *title = job->title;
    const char *place = width_text(title) > room ? strstr(title, arrow) : NULL;
    if (place != NULL)
        title = place + strlen(arrow);
    if (width_text(title) <= room)
        return g_strdup(title);
    int used = 0;
    size_t bytes = width_prefix(title, strlen(title), MAX(room - 1, 0), &used);
    return g_strdup_printf("%.*s%s", (int)bytes, title, canvas_glyph(GLYPH_ELLIPSIS));
}

/* NULL: nothing is under way. */
static char *job_words(status *self, int room)
{
    int64_t pending = 0, sending = 0;
    if (self->states == NULL)
        self->states = engine_states(self->app->engine);
    for (guint i = 0; self->states != NULL && i < self->states->len; i++) {
        const struct engine_account_state *state = g_ptr_array_index(self->states, i);
        pending += state->pending_intents;
        sending += state->sending;
    }
    GHashTableIter iter;
    gpointer value = NULL;
    g_hash_table_iter_init(&iter, self->jobs);
    const struct status_job *job = g_hash_table_iter_next(&iter, NULL, &value) ? value : NULL;
    g_autofree char *progress = job_progress(self, job, pending, sending);
    if (job == NULL && *progress == '\0')
        return NULL;
    const char *busy = canvas_glyph(GLYPH_BUSY);
    g_autofree char *title = job != NULL ? status_job_title(job, room - width_text(busy) - 1 - width_text(progress)) : NULL;
    return g_strdup_printf("%s%s%s%s", busy, title != NULL ? " " : "", title != NULL ? title : "", progress);
}

static char *count_words(const struct folder *box)
{
    g_autofree char *total = language_number(MAX(box->total, 0)), *unread = language_number(MAX(box->unread, 0));
    if (box->unread > 0)
        return g_strdup_printf(_("%s unread of %s"), unread, total);
    return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%s message", "%s messages", (gulong)box->total), total);
}

/* How the list is ordered, where it is not the usual way. */
static int draw_order(status *self, canvas *sheet, int column, int right)
{
    const view *list = self->app->panes[PANE_LIST];
    const struct window_order *order = list != NULL && view_list_filter_words(list) == NULL ? view_list_order(list) : NULL;
    if (order == NULL || (order->sort == WINDOW_BY_DATE && !order->is_reversed))
        return 0;
    g_autofree char *line = g_strdup_printf(" %s %s", canvas_glyph(GLYPH_DOT), list_order_words(order));
    return canvas_text(sheet, 0, column, MAX(right - column, 0), THEME_HEADER_DIM, line);
}

/* What the next command acts on. */
static int draw_marks(status *self, canvas *sheet, int column, int right)
{
    const view *list = self->app->panes[PANE_LIST];
    guint count = list != NULL ? view_list_mark_count(list) : 0;
    if (count == 0)
        return 0;
    g_autofree char *number = language_number(count);
    g_autofree char *marked = g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%s marked", "%s marked", count), number);
    g_autofree char *line = g_strdup_printf(" %s %s", canvas_glyph(GLYPH_DOT), marked);
    return canvas_text(sheet, 0, column, MAX(right - column, 0), THEME_MARKED, line);
}

static void draw_header(status *self, const struct layout *layout)
{
    g_autoptr(GError) error = NULL;
    canvas *sheet = canvas_new(layout->header);
    int columns = layout->header.columns, right = columns - 1;
    canvas_clear_row(sheet, 0, 0, THEME_HEADER);
    right = draw_connection(self, sheet, right);
    g_autofree char *jobs = job_words(self, columns / 3);
    if (jobs != NULL) {
        int width = MIN(width_text(jobs), columns / 3);
        canvas_text(sheet, 0, MAX(right - width, 0), width, THEME_PROGRESS, jobs);
        right -= width + 3;
    }
    int64_t folder_id = app_current_folder(self->app);
    g_autoptr(folder) box = folder_id != 0 ? store_folder(self->app->store, folder_id, &error) : NULL;
    const struct account *owner = box != NULL ? app_account(self->app, box->account_id) : NULL;
    bool is_search = box == NULL && self->app->panes[PANE_LIST] != NULL && view_list_is_search(self->app->panes[PANE_LIST]);
    bool is_read_only = box != NULL && folder_rights_is_read_only(box->flags);
    g_autofree char *where =
        folder_id < 0 ? g_strdup(unified_name(folder_id))
        : box == NULL ? g_strdup(is_search ? _("Search in all mail") : "postern")
                      : g_strdup_printf("%s %s %s%s%s", owner != NULL ? owner->name : "", canvas_glyph(GLYPH_ARROW), folder_words(box),
                                        is_read_only ? " " : "", is_read_only ? canvas_glyph(GLYPH_READ_ONLY) : "");
    int used = 1 + canvas_text(sheet, 0, 1, MAX(right - 1, 0), THEME_HEADER, where);
    used += draw_marks(self, sheet, used, right);
    used += draw_order(self, sheet, used, right);
    struct folder all = { 0 };
    bool has_counts = folder_id < 0 ? unified_count(self->app, folder_id, &all.total, &all.unread) : box != NULL;
    if (has_counts) {
        g_autofree char *counts = count_words(folder_id < 0 ? &all : box);
        int width = width_text(counts);
        if (right - width > used + 1)
            canvas_text(sheet, 0, right - width, width, THEME_HEADER_DIM, counts);
    }
    canvas_free(sheet);
}

static const char *said(const status *self)
{
    return self->text != NULL ? self->text : self->news;
}

static enum theme_style said_style(const status *self)
{
    return self->text != NULL && !self->is_error ? THEME_NORMAL : THEME_ERROR;
}

/* Bytes of whole words that fit; of a word that is wider alone as much of it as does. */
static size_t fitting(const char *words, int cells)
{
    int used = 0;
    size_t length = strlen(words), bytes = width_prefix(words, length, MAX(cells, 1), &used), whole = bytes;
    if (bytes == length)
        return length;
    while (whole > 0 && words[whole] != ' ')
        whole--;
    return whole > 0 ? whole : bytes;
}

static void draw_said(status *self, const struct layout *layout)
{
    canvas *sheet = canvas_new(layout->status);
    const char *words = said(self);
    size_t fits = words != NULL ? fitting(words, layout->status.columns - 2) : 0;
    g_autofree char *first = g_strndup(words != NULL ? words : "", fits);
    canvas_clear_row(sheet, 0, 0, THEME_NORMAL);
    canvas_text(sheet, 0, 1, layout->status.columns - 2, said_style(self), first);
    canvas_free(sheet);
}

/* What is said takes the line of the hints too where one does not do, as long as it stands there: why is at the end. NULL: all of it fits. */
static const char *rest_said(const status *self, const struct layout *layout)
{
    const char *words = said(self), *rest = words != NULL ? words + fitting(words, layout->status.columns - 2) : "";
    rest += strspn(rest, " ");
    return *rest != '\0' ? rest : NULL;
}

static int draw_hint(canvas *sheet, int column, const char *word, const char *help)
{
    /* "enter" reads as a key when it is written Enter; single letters stay as they are typed. */
    g_autofree char *key = g_strdup(word);
    if (strlen(key) > 2 && g_ascii_islower(key[0]) && strchr(key, ' ') == NULL)
        key[0] = g_ascii_toupper(key[0]);
    int right = canvas_area(sheet).columns - 1, wanted = width_text(key) + 1 + width_text(help);
    if (column + wanted > right)
        return -1;
    column += canvas_text(sheet, 0, column, right - column, THEME_HINT_KEY, key) + 1;
    column += canvas_text(sheet, 0, column, right - column, THEME_HINT_TEXT, help);
    return column + 3;
}

/* While a sequence is being typed: what may follow. */
static void draw_continuations(status *self, canvas *sheet)
{
    app *ui = self->app;
    g_autoptr(GPtrArray) found = keymap_continuations(ui->keymap, view_top(ui)->ops->context, ui->pending, ui->pending_count);
    int column = 1;
    for (guint i = 0; i < found->len && column > 0; i++) {
        const struct binding *binding = g_ptr_array_index(found, i);
        char key[32];
        key_format(&binding->keys[ui->pending_count], key, sizeof key);
        if (binding->command != NULL)
            column = draw_hint(sheet, column, key, _(binding->command->help));
    }
}

static void draw_count(canvas *sheet, int count)
{
    g_autofree char *number = g_strdup_printf("%d", count);
    draw_hint(sheet, 1, number, _("times; a command now, or Esc"));
}

static int hint_width(const status *self, const struct command *command, enum context context)
{
    char key[64];
    if (!(command->contexts & context) || !keymap_key(self->app->keymap, command, context, key, sizeof key))
        return 0;
    return width_text(key) + 1 + width_text(_(command->help)) + 3;
}

static int draw_command(status *self, canvas *sheet, int column, const struct command *command, enum context context)
{
    char key[64];
    keymap_key(self->app->keymap, command, context, key, sizeof key);
    int end = draw_hint(sheet, column, key, _(command->help));
    if (end > column && self->hint_count < HINTS_MAX) {
        self->hints[self->hint_count].command = command;
        self->hints[self->hint_count].from = column;
        self->hints[self->hint_count++].to = end - 3;
    }
    return MAX(end, column);
}

const struct command *status_hint_at(const status *self, int column)
{
    for (size_t i = 0; i < self->hint_count; i++)
        if (column >= self->hints[i].from && column < self->hints[i].to)
            return self->hints[i].command;
    return NULL;
}

/* The way back, and the way to everything else, are always shown, at the end; over a slow line the list, which each question covers, has nothing else. */
static void draw_commands(status *self, canvas *sheet, enum context context)
{
    bool is_home = context == CONTEXT_LIST || context == CONTEXT_FOLDERS;
    const struct command *last[] = { command_find(is_home ? "palette" : "back"), command_find(is_home ? "help" : "palette"),
                                     is_home ? NULL : command_find("help") };
    int reserved = 0, column = 1;
    for (size_t i = 0; i < G_N_ELEMENTS(last); i++)
        reserved += last[i] != NULL ? hint_width(self, last[i], context) : 0;
    int right = is_home && slow_line_is()
                    ? 0
                    : canvas_area(sheet).columns - reserved + 2; /* behind the last there is one cell, not a gap of three */
    for (size_t i = 0; i < command_count; i++) {
        int width = commands[i].is_hint ? hint_width(self, &commands[i], context) : 0;
        bool is_last = &commands[i] == last[0] || &commands[i] == last[1] || &commands[i] == last[2];
        if (width == 0 || is_last || column + width > right)
            continue;
        column = draw_command(self, sheet, column, &commands[i], context);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(last); i++)
        if (last[i] != NULL && hint_width(self, last[i], context) > 0)
            column = draw_command(self, sheet, column, last[i], context);
}

static void draw_hints(status *self, const struct layout *layout)
{
    canvas *sheet = canvas_new(layout->hints);
    const char *rest = rest_said(self, layout);
    canvas_clear_row(sheet, 0, 0, THEME_HINT_TEXT);
    self->hint_count = 0;
    if (rest != NULL && !self->app->is_sequence_shown)
        canvas_text(sheet, 0, 1, layout->hints.columns - 2, said_style(self), rest);
    else if (self->app->is_sequence_shown && self->app->pending_count == 0)
        draw_count(sheet, self->app->count);
    else if (self->app->is_sequence_shown)
        draw_continuations(self, sheet);
    else if (app_settings(self->app)->hints)
        draw_commands(self, sheet, view_top(self->app)->ops->context);
    canvas_free(sheet);
}

void status_draw(status *self)
{
    const struct layout *layout = &self->app->layout;
    if (layout->is_too_small)
        return;
    draw_header(self, layout);
    draw_said(self, layout);
    draw_hints(self, layout);
    self->is_dirty = false;
}
