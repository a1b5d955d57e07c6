/* SPDX-License-Identifier: MIT */
/* One message on its way to the screen; fetched when it is not here, taken apart on another thread when it is big; the rest goes on. */
#include "core/intent.h"
#include "core/locate.h"
#include "core/tag.h"
#include "ui/filing.h"
#include "ui/reader_page_private.h"
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#define AT_ONCE_BYTES                                                                                                                      \
    (32 * 1024) /* up to here reading a message takes a few milliseconds, even an evil one: done at once, without a picture between */
#define LONG_LINES 1000 /* are not laid out on this thread when a message is opened */

void reader_page_forget_lines(reader_page *self)
{
    g_clear_pointer(&self->lines, g_ptr_array_unref);
    view_touch(self->owner);
}

int64_t reader_page_placement(const reader_page *self)
{
    return self->placement_id;
}

const message *reader_page_message(const reader_page *self)
{
    return self->letter;
}

const struct text *reader_page_text(const reader_page *self)
{
    return self->text;
}

const struct placement *reader_page_row(const reader_page *self)
{
    return self->row;
}

/* --- read after a while --- */

static bool apply_read(store *db, struct filing_step *step, GError **error)
{
    return intent_flags_quietly(db, &step->id, 1, MESSAGE_SEEN, 0, error);
}

/* The page may be gone by now. */
static void read_noted(app *ui, const struct filing_step *step, bool is_done, const GError *error)
{
    (void)step;
    if (!is_done && error != NULL)
        app_error(ui, "%s", error->message);
    app_after_change(ui);
}

static void mark_read(reader_page *self)
{
    const struct filing_step step = { .apply = apply_read, .done = read_noted, .id = self->placement_id };
    self->is_read_due = false;
    if (self->row == NULL || (self->row->flags & MESSAGE_SEEN))
        return;
    self->row->flags |= MESSAGE_SEEN;
    filing_step_start(self->ui, &step);
}

static void mark_read_when_due(reader_page *self)
{
    int delay = app_settings(self->ui)->mark_read_delay_ms;
    if (self->is_read_due && self->is_seen && delay >= 0 && self->state == PAGE_SHOWN && app_now_ms() - self->opened_at_ms >= delay)
        mark_read(self);
}

/* --- loading --- */

/* Who wishes it (autocrypt); what lies in Junk says nothing of anybody. */
static bool gathers_keys(const reader_page *self)
{
    const struct account *owner = self->row != NULL ? app_account(self->ui, self->row->account_id) : NULL;
    g_autoptr(folder) box = owner != NULL && owner->autocrypt ? store_folder(app_store(self->ui), self->row->folder_id, NULL) : NULL;
    return box != NULL && box->role != FOLDER_JUNK;
}

static struct reader_load *load_new(reader_page *self, const char *path)
{
    struct reader_load *job = g_new0(struct reader_load, 1);
    job->path = g_strdup(path);
    job->letter = g_steal_pointer(&self->letter);
    job->view = self->view;
    job->gathers_keys = gathers_keys(self);
    if (self->view == MESSAGE_VIEW_SOURCE)
        job->raw_path = locate_part(self->row, MESSAGE_SECTION_RAW);
    return job;
}

/* text: as it is already; NULL: it is to be read, too. */
static void load_later(reader_page *self, const char *path, struct text *text /* taken */)
{
    struct reader_load *job = load_new(self, path);
    job->text = text;
    job->row = store_placement(app_store(self->ui), self->placement_id, NULL);
    job->own = reader_page_own_addresses(self);
    job->wishes = reader_page_wishes(self, job->own);
    job->wishes.pictures = NULL;
    job->wishes.crypto = NULL; /* ours, and may go meanwhile */
    job->wishes.invitation = NULL;
    self->state = PAGE_LOADING;
    self->load_began_ms = app_now_ms();
    self->load_id = query_run(app_loader(self->ui), reader_load_work, job, reader_load_free);
}

static void invitation_read(reader_page *self);
static void opening_begin(reader_page *self, const char *passphrase);
static void opened_adopt(reader_page *self);

/* The window and the wishes may have changed meanwhile. */
static bool is_as_wished(const reader_page *self, const struct reader_load *job)
{
    return job->wishes.columns == self->columns && job->wishes.has_all_headers == self->has_all_headers &&
           job->wishes.has_colors == self->has_colors && job->wishes.is_part == self->is_part && job->wishes.quotes == self->quotes;
}

/* Nothing of it is known to this thread alone. */
static bool is_for_loader(const reader_page *self, const struct reader_load *job)
{
    return job->lines != NULL && self->opened == NULL && self->invitation == NULL && self->pictures == NULL && !self->is_sealed &&
           !job->is_sealed;
}

/* True: it is being laid out once more, for the window of now. */
static bool lay_out_later(reader_page *self, struct reader_load *job)
{
    if (!is_for_loader(self, job) || is_as_wished(self, job) || job->lines->len < LONG_LINES)
        return false;
    g_clear_pointer(&job->lines, g_ptr_array_unref);
    job->wishes.columns = self->columns;
    job->wishes.has_all_headers = self->has_all_headers;
    job->wishes.has_colors = self->has_colors;
    job->wishes.is_part = self->is_part;
    job->wishes.quotes = self->quotes;
    self->load_id = query_run(app_loader(self->ui), reader_load_work, job, reader_load_free);
    return true;
}

/* False: there is no such file (evicted just now, or unreadable): fetching it again says why. */
static bool load_take(reader_page *self, struct reader_load *job)
{
    self->load_id = 0;
    bool is_read = job->letter != NULL;
    if (lay_out_later(self, job))
        return true;
    if (is_read) {
        g_clear_pointer(&self->letter, message_free);
        g_clear_pointer(&self->text, text_free);
        self->letter = g_steal_pointer(&job->letter);
        self->text = g_steal_pointer(&job->text);
        self->is_sealed |= job->is_sealed;
        if (self->state != PAGE_SHOWN && self->opened_at_ms == 0)
            self->opened_at_ms = app_now_ms();
        self->state = PAGE_SHOWN;
        invitation_read(self);
        reader_page_forget_lines(self);
        if (is_for_loader(self, job) && is_as_wished(self, job))
            self->lines = g_steal_pointer(&job->lines);
        reader_page_fetch_more(self);
        mark_read_when_due(self);
        if (job->is_sealed)
            opening_begin(self, NULL);
        opened_adopt(self);
    }
    reader_load_free(job);
    return is_read;
}

/* Small ones at once; the others on the loader's thread (50 MB in 5 000 parts take some 200 ms). */
static bool load(reader_page *self)
{
    g_autofree char *path = locate_message(app_store(self->ui), self->row);
    GStatBuf status;
    if (path == NULL || g_stat(path, &status) != 0)
        return false;
    if (status.st_size > AT_ONCE_BYTES) {
        load_later(self, path, NULL);
        return true;
    }
    struct reader_load *job = load_new(self, path);
    reader_load_work(NULL, job);
    return load_take(self, job);
}

void reader_page_render(reader_page *self)
{
    struct message_info info = { 0 };
    if (self->letter == NULL)
        return;
    message_info(self->letter, &info);
    bool has_source_elsewhere = self->view == MESSAGE_VIEW_SOURCE && !message_is_whole(self->letter);
    if (info.size_bytes > AT_ONCE_BYTES || has_source_elsewhere) {
        load_later(self, NULL, NULL);
        return;
    }
    g_clear_pointer(&self->text, text_free);
    self->text = message_text(self->letter, self->view);
    reader_page_forget_lines(self);
}

void reader_page_lay_out_anew(reader_page *self)
{
    bool is_known_here = self->opened != NULL || self->invitation != NULL || self->pictures != NULL || self->is_sealed;
    bool is_long = self->lines != NULL && self->lines->len >= LONG_LINES;
    if (is_long && self->load_id != 0)
        return; /* what comes back is not as wished, and is laid out once more */
    if (is_long && !is_known_here && self->letter != NULL && self->text != NULL)
        load_later(self, NULL, g_steal_pointer(&self->text));
    else
        reader_page_forget_lines(self);
}

static void fetch(reader_page *self)
{
    self->state = PAGE_FETCHING;
    engine_fetch_message(app_engine(self->ui), self->row->account_id, self->placement_id);
}

/* All of it, as the server has it. True: it is here. */
bool reader_page_fetch_raw(reader_page *self)
{
    if (self->letter == NULL || message_is_whole(self->letter))
        return self->letter != NULL;
    g_autofree char *path = locate_part(self->row, MESSAGE_SECTION_RAW);
    if (path == NULL)
        engine_fetch_part(app_engine(self->ui), self->row->account_id, self->placement_id, MESSAGE_SECTION_RAW);
    return path != NULL;
}

/* Of what POP3 brought only the head of. */
static bool is_head(const reader_page *self)
{
    struct message_info info = { 0 };
    if (self->letter != NULL)
        message_info(self->letter, &info);
    return (info.part_flags & MESSAGE_IS_HEAD) != 0;
}

static void say_head(const reader_page *self)
{
    const char *key = keymap_key_for(self->ui, command_find("fetch-rest"), CONTEXT_READER);
    if (*key != '\0')
        app_say(self->ui, _("Only the head of this message is here; %s fetches the rest."), key);
}

/* The HTML of a message whose plain text alone was fetched, and the source of one that is here in parts, come when they are asked for. */
void reader_page_fetch_more(reader_page *self)
{
    if (is_head(self)) {
        say_head(self);
        return;
    }
    if (self->view == MESSAGE_VIEW_SOURCE && !reader_page_fetch_raw(self))
        app_say(self->ui, _("Only parts of this message are here; the source is being fetched."));
    const GPtrArray *parts = self->letter != NULL ? message_parts(self->letter) : NULL;
    for (guint i = 0; parts != NULL && i < parts->len && self->view == MESSAGE_VIEW_HTML; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        if (!part->is_here && !part->is_attachment && strcmp(part->type, "text/html") == 0)
            engine_fetch_part(app_engine(self->ui), self->row->account_id, self->placement_id, part->section);
    }
}

/* --- what is an invitation --- */

/* A calendar that came as a file is fetched for it. */
static void invitation_read(reader_page *self)
{
    const char *missing = NULL;
    if (self->letter == NULL)
        return;
    g_clear_pointer(&self->invitation, reader_invitation_free);
    self->invitation = reader_invitation_new(self->ui, self->letter, self->row, &missing);
    if (self->invitation == NULL && missing != NULL && engine_is_online(app_engine(self->ui)))
        engine_fetch_part(app_engine(self->ui), self->row->account_id, self->placement_id, missing);
}

/* --- what is signed or encrypted --- */

/* What must be whole to be checked is fetched whole, unless it is very large: then its source (H) does it. */
#define FETCHED_WHOLE_BYTES_MAX ((int64_t)8 * 1024 * 1024)

static void opening_begin(reader_page *self, const char *passphrase)
{
    bool is_whole = self->letter != NULL && message_is_whole(self->letter);
    g_autofree char *path = is_whole ? NULL : locate_part(self->row, MESSAGE_SECTION_RAW);
    g_autoptr(message) fetched = path != NULL ? message_load(path, NULL) : NULL;
    const message *whole = is_whole ? self->letter : fetched;
    if (whole == NULL && !is_head(self) && self->row->size_bytes <= FETCHED_WHOLE_BYTES_MAX) {
        self->is_raw_wanted = true;
        reader_page_fetch_raw(self);
    }
    if (whole == NULL || self->opening != NULL)
        return;
    g_autoptr(GBytes) raw = message_raw(whole);
    self->opening = reader_opening_new(self->ui, raw, self->view == MESSAGE_VIEW_SOURCE ? MESSAGE_VIEW_BEST : self->view, passphrase);
    reader_page_forget_lines(self);
}

static void say_locked(reader_page *self)
{
    const char *key = keymap_key_for(self->ui, command_find("unlock"), CONTEXT_READER);
    if (self->opened->is_locked && self->opened->is_wrong)
        app_error(self->ui, _("That passphrase does not open the key."));
    else if (self->opened->is_locked)
        app_say(self->ui, _("The key wants its passphrase: %s asks for it."), *key != '\0' ? key : ":unlock");
}

/* The message as GnuPG opened it takes the place of the sealed one. */
static void opened_adopt(reader_page *self)
{
    struct crypto_reading *reading = self->opened != NULL ? self->opened->reading : NULL;
    if (reading == NULL || reading->letter == NULL || self->load_id != 0) /* what is being laid out just now comes back first */
        return;
    g_clear_pointer(&self->pictures, reader_pictures_free); /* what was allowed was allowed for what it was before */
    g_clear_pointer(&self->letter, message_free);
    g_clear_pointer(&self->text, text_free);
    self->letter = g_steal_pointer(&reading->letter);
    self->text = g_steal_pointer(&self->opened->text);
    invitation_read(self);
    reader_page_forget_lines(self);
    if (self->view == MESSAGE_VIEW_SOURCE)
        reader_page_render(self);
}

static void opened_event(reader_page *self, const struct event *news)
{
    struct reader_opened *opened = self->opening != NULL ? reader_opening_take(self->opening, news) : NULL;
    if (opened == NULL)
        return;
    g_clear_pointer(&self->opening, reader_opening_free);
    g_clear_pointer(&self->opened, reader_opened_free);
    self->opened = opened;
    reader_page_forget_lines(self);
    opened_adopt(self);
    say_locked(self);
}

bool reader_page_is_locked(const reader_page *self, const char **whose_out, bool *is_wrong_out)
{
    bool is_locked = self->opened != NULL && self->opened->is_locked;
    *whose_out = is_locked ? self->opened->whose : NULL;
    *is_wrong_out = is_locked && self->opened->is_wrong;
    return is_locked;
}

void reader_page_unlock(reader_page *self, const char *passphrase)
{
    opening_begin(self, passphrase);
}

/* A part came, for the reader or for a file: from now on it is a part like the others. */
static void part_event(reader_page *self, const char *section)
{
    if (strcmp(section, MESSAGE_SECTION_RAW) == 0 && is_head(self)) {
        load(self); /* the whole has taken its place */
        return;
    }
    const GPtrArray *parts = self->letter != NULL ? message_parts(self->letter) : NULL;
    if (strcmp(section, MESSAGE_SECTION_RAW) == 0 && self->is_sealed && self->opened == NULL)
        opening_begin(self, NULL);
    if (strcmp(section, MESSAGE_SECTION_RAW) == 0 && self->view == MESSAGE_VIEW_SOURCE)
        reader_page_render(self);
    else if (strcmp(section, MESSAGE_SECTION_RAW) == 0 && !self->is_raw_wanted)
        app_say(self->ui, _("All of the message is here now."));
    for (guint i = 0; parts != NULL && i < parts->len; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        g_autofree char *path = strcmp(part->section, section) == 0 && !part->is_here ? locate_part(self->row, section) : NULL;
        if (path == NULL || !message_fill_part(self->letter, section, path, NULL))
            continue;
        invitation_read(self);
        reader_page_forget_lines(self);
        if (!part->is_attachment || self->invitation != NULL)
            reader_page_render(self);
        return;
    }
}

static void body_event(reader_page *self, const struct event *news)
{
    if (news->item != self->placement_id)
        return;
    if (news->text != NULL) {
        part_event(self, news->text);
    } else if (self->state != PAGE_SHOWN && self->state != PAGE_LOADING && !load(self)) {
        self->state = PAGE_FAILED;
        g_free(self->why);
        self->why = g_strdup(_("The message was fetched, but could not be kept on this computer. Is the disk full?"));
        reader_page_forget_lines(self);
    }
}

static void loaded_event(reader_page *self, const struct event *news)
{
    struct reader_load *job = self->load_id != 0 && news->item == self->load_id ? query_take(app_loader(self->ui), self->load_id) : NULL;
    if (job != NULL && !load_take(self, job))
        fetch(self);
}

static void failed_event(reader_page *self, const struct event *news)
{
    if (news->item != self->placement_id || self->state != PAGE_FETCHING)
        return;
    self->state = PAGE_FAILED;
    g_free(self->why);
    self->why = g_strdup(news->text);
    reader_page_forget_lines(self);
}

void reader_page_event(reader_page *self, const struct event *news)
{
    if (self->pictures != NULL && reader_pictures_event(self->pictures, news)) {
        reader_page_forget_lines(self);
        return;
    }
    if (self->invitation != NULL && reader_invitation_event(self->invitation, news))
        reader_page_forget_lines(self);
    if (news->type == EVENT_BODY_AVAILABLE)
        body_event(self, news);
    else if (news->type == EVENT_QUERY_DONE && self->opening != NULL && self->load_id != news->item)
        opened_event(self, news);
    else if (news->type == EVENT_QUERY_DONE)
        loaded_event(self, news);
    else if (news->type == EVENT_BODY_FAILED && news->text != NULL)
        failed_event(self, news);
    else if (news->type == EVENT_CONNECTION && self->state == PAGE_FETCHING)
        reader_page_forget_lines(self);
}

void reader_page_tick(reader_page *self, int64_t now_ms)
{
    if (self->state == PAGE_LOADING && now_ms - self->load_began_ms >= OPENING_SAID_MS)
        reader_page_forget_lines(self);
    mark_read_when_due(self);
}

void reader_page_note_seen(reader_page *self)
{
    self->is_seen = true;
    mark_read_when_due(self);
}

void reader_page_note_row(reader_page *self, const struct placement *now)
{
    if (tag_list_equal(now->keywords, self->row->keywords))
        return;
    g_free(self->row->keywords);
    self->row->keywords = g_strdup(now->keywords);
    reader_page_forget_lines(self);
}

void reader_page_note_gone(reader_page *self)
{
    if (self->is_gone)
        return;
    self->is_gone = true;
    self->is_read_due = false;
    reader_page_forget_lines(self);
}

/* --- its life --- */

reader_page *reader_page_new(view *owner, int64_t placement_id, GError **error)
{
    struct placement *row = store_placement(app_store(owner->app), placement_id, error);
    if (row == NULL)
        return NULL;
    reader_page *self = g_new0(reader_page, 1);
    self->owner = owner;
    self->ui = owner->app;
    self->row = row;
    self->placement_id = placement_id;
    self->view = MESSAGE_VIEW_BEST;
    self->is_read_due = true;
    self->columns = 80;
    self->has_colors = app_settings(self->ui)->html_colors;
    return self;
}

void reader_page_expect(reader_page *self, int columns, bool is_part)
{
    self->columns = MAX(columns - 2, 20);
    self->is_part = is_part;
}

void reader_page_begin(reader_page *self)
{
    if (self->state == PAGE_NEW && !load(self))
        fetch(self);
}

void reader_page_free(reader_page *self)
{
    if (self == NULL)
        return;
    if (self->state == PAGE_FETCHING)
        engine_cancel_fetch(app_engine(self->ui), self->placement_id);
    if (self->load_id != 0)
        query_cancel(app_loader(self->ui), self->load_id);
    reader_pictures_free(self->pictures);
    reader_opening_free(self->opening);
    reader_opened_free(self->opened);
    g_clear_pointer(&self->invitation, reader_invitation_free);
    g_clear_pointer(&self->lines, g_ptr_array_unref);
    g_clear_pointer(&self->text, text_free);
    g_clear_pointer(&self->letter, message_free);
    g_clear_pointer(&self->row, placement_free);
    g_free(self->why);
    g_free(self);
}
