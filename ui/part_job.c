/* SPDX-License-Identifier: MIT */
/* Parts of messages on their way into files or programs. */
#include "ui/part_job.h"
#include "config/paths.h"
#include "core/language.h"
#include "core/locate.h"
#include "ui/app_private.h"
#include "ui/external.h"
#include "ui/view_reader.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NUMBERS_MAX 1000 /* "name-2", "name-3", … */

enum job_kind { JOB_SAVE, JOB_SAVE_ALL, JOB_OPEN };

/* What was asked together is told together. */
struct batch {
    gint references; /* the last one may go on the loader's thread, at the end of the program */
    int saved;
    char *folder;
};

/* Given to the loader's thread as a whole, and back. */
struct part_job {
    GBytes *held; /* the part itself, of a message that was opened; NULL: it is in the file */
    enum job_kind kind;
    int64_t placement_id, account_id, size;
    int number;
    char *section, *name, *type, *path;
    char *message_path, *part_path; /* where the bytes are; set when it runs */
    bool may_replace, is_here;
    struct batch *batch; /* JOB_SAVE_ALL */
    GError *error;
};

struct part_jobs {
    app *app;
    GPtrArray *fetching; /* of struct part_job* */
    GArray *running;     /* of int64_t, query ids */
};

static void batch_release(struct batch *self)
{
    if (self == NULL || !g_atomic_int_dec_and_test(&self->references))
        return;
    g_free(self->folder);
    g_free(self);
}

static void job_free(gpointer data)
{
    struct part_job *self = data;
    g_free(self->section);
    g_free(self->name);
    g_free(self->type);
    g_free(self->path);
    g_free(self->message_path);
    g_clear_pointer(&self->held, g_bytes_unref);
    g_free(self->part_path);
    batch_release(self->batch);
    g_clear_error(&self->error);
    g_free(self);
}

/* What has no name gets at least an ending, for the programs that go by it. */
static char *name_by_type(const struct message_part *part, int number)
{
    static const char *const endings[][2] = {
        { "message/rfc822", ".eml" }, { "text/calendar", ".ics" },   { "application/ics", ".ics" }, { "text/plain", ".txt" },
        { "text/html", ".html" },     { "application/pdf", ".pdf" }, { "image/png", ".png" },       { "image/jpeg", ".jpg" },
        { "image/gif", ".gif" },      { "text/vcard", ".vcf" },      { "application/zip", ".zip" }, { "application/pkcs7-mime", ".p7m" }
    };
    const char *ending = "";
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
        if (g_strcmp0(part->type, endings[i][0]) == 0)
            ending = endings[i][1];
    return g_strdup_printf("attachment-%d%s", number, ending);
}

char *part_job_name(const struct message_part *part, int number)
{
    g_autofree char *given = part->filename != NULL ? g_path_get_basename(part->filename) : NULL;
    const char *name = given != NULL ? given : "";
    while (*name == '.' || *name == ' ')
        name++;
    if (*name == '\0' || strchr(name, G_DIR_SEPARATOR) != NULL)
        return name_by_type(part, number);
    char *clean = g_strdup(name);
    for (char *at = clean; *at != '\0'; at++)
        if (g_ascii_iscntrl(*at))
            *at = '_';
    return clean;
}

static struct part_job *job_new(enum job_kind kind, const struct placement *row, const struct message_part *part, int number)
{
    struct part_job *self = g_new0(struct part_job, 1);
    self->kind = kind;
    self->placement_id = row->id;
    self->account_id = row->account_id;
    self->number = number;
    self->section = g_strdup(part->section);
    self->name = part_job_name(part, number);
    self->type = g_strdup(part->type);
    self->size = part->size;
    self->is_here = part->is_here;
    self->held = part->held != NULL ? g_bytes_ref(part->held) : NULL;
    return self;
}

/* The same once more, with other wishes. */
static struct part_job *job_again(const struct part_job *self)
{
    struct part_job *again = g_new0(struct part_job, 1);
    *again = (struct part_job){ .kind = self->kind,
                                .placement_id = self->placement_id,
                                .account_id = self->account_id,
                                .size = self->size,
                                .number = self->number,
                                .is_here = self->is_here };
    again->held = self->held != NULL ? g_bytes_ref(self->held) : NULL;
    again->section = g_strdup(self->section);
    again->name = g_strdup(self->name);
    again->type = g_strdup(self->type);
    again->path = g_strdup(self->path);
    return again;
}

/* --- on the loader's thread --- */

static bool fail_errno(GError **error, const char *path, int saved)
{
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved), "%s: %s", path, g_strerror(saved));
    return false;
}

/* Takes the descriptor. What is half written goes. */
static bool write_and_close(int fd, const char *path, const char *bytes, size_t size, GError **error)
{
    bool is_written = true;
    int saved = 0;
    for (size_t done = 0; is_written && done < size;) {
        ssize_t count = write(fd, bytes + done, size - done);
        saved = errno;
        if (count > 0)
            done += (size_t)count;
        else
            is_written = count < 0 && saved == EINTR;
    }
    if (close(fd) != 0 && is_written) {
        saved = errno;
        is_written = false;
    }
    if (is_written)
        return true;
    unlink(path);
    return fail_errno(error, path, saved);
}

/* Never over a file that is there (O_EXCL), never through a link that waits in its place; readable by its owner. */
static bool write_new_file(const char *path, const char *bytes, size_t size, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_EXCL, 0600);
    return fd >= 0 ? write_and_close(fd, path, bytes, size, error) : fail_errno(error, path, errno);
}

/* The old one stays until the new one is whole. */
static bool replace_file(const char *path, const char *bytes, size_t size, GError **error)
{
    g_autofree char *beside = g_strconcat(path, ".XXXXXX", NULL);
    int fd = g_mkstemp_full(beside, O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_errno(error, beside, errno);
    if (!write_and_close(fd, beside, bytes, size, error))
        return false;
    if (rename(beside, path) == 0)
        return true;
    int saved = errno;
    unlink(beside);
    return fail_errno(error, path, saved);
}

/* "name.pdf", "name-2.pdf", …: all are saved, none is replaced. *path is the one that was free. */
static bool write_numbered_file(char **path, const char *bytes, size_t size, GError **error)
{
    g_autofree char *first = g_strdup(*path), *folder = g_path_get_dirname(first), *name = g_path_get_basename(first);
    const char *dot = strrchr(name, '.');
    int stem = dot != NULL && dot != name ? (int)(dot - name) : (int)strlen(name);
    for (int i = 2;; i++) {
        g_autoptr(GError) why = NULL;
        if (write_new_file(*path, bytes, size, &why))
            return true;
        if (!g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_EXIST) || i > NUMBERS_MAX) {
            g_propagate_error(error, g_steal_pointer(&why));
            return false;
        }
        g_autofree char *other = g_strdup_printf("%.*s-%d%s", stem, name, i, name + stem);
        g_free(*path);
        *path = g_build_filename(folder, other, NULL);
    }
}

/* The file lives in a directory of our own under the runtime directory, so that the name stays and nobody else can read it. */
static bool write_private_file(struct part_job *self, const char *bytes, size_t size, GError **error)
{
    g_autofree char *parent = g_build_filename(g_get_user_runtime_dir(), "postern-open", NULL);
    g_autofree char *template = g_build_filename(parent, "XXXXXX", NULL);
    if (!paths_make(parent, error))
        return false;
    if (g_mkdtemp(template) == NULL) {
        int saved = errno;
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved), "%s: %s", parent, g_strerror(saved));
        return false;
    }
    g_free(self->path);
    self->path = g_build_filename(template, self->name, NULL);
    return write_new_file(self->path, bytes, size, error);
}

/* Its index among the parts; -1: it is not there (any more). */
static int part_of(const message *letter, const char *section)
{
    const GPtrArray *parts = message_parts(letter);
    for (guint i = 0; i < parts->len; i++)
        if (g_strcmp0(((const struct message_part *)g_ptr_array_index(parts, i))->section, section) == 0)
            return (int)i;
    return -1;
}

static bool read_part(struct part_job *self, char **bytes_out, size_t *size_out, GError **error)
{
    if (self->held != NULL) {
        const char *held = g_bytes_get_data(self->held, size_out);
        *bytes_out = g_memdup2(held, *size_out);
        return true;
    }
    g_autoptr(message) letter = message_load(self->message_path, error);
    if (letter == NULL)
        return false;
    int index = part_of(letter, self->section);
    const struct message_part *part = index >= 0 ? g_ptr_array_index(message_parts(letter), (guint)index) : NULL;
    if (part != NULL && !part->is_here && self->part_path != NULL && !message_fill_part(letter, self->section, self->part_path, error))
        return false;
    return message_part_bytes(letter, (size_t)index, bytes_out, size_out, error);
}

static void work(store *db, void *data)
{
    (void)db;
    struct part_job *self = data;
    g_autofree char *bytes = NULL;
    size_t size = 0;
    if (!read_part(self, &bytes, &size, &self->error))
        return;
    self->size = (int64_t)size;
    if (self->kind == JOB_OPEN)
        write_private_file(self, bytes, size, &self->error);
    else if (self->kind == JOB_SAVE_ALL)
        write_numbered_file(&self->path, bytes, size, &self->error);
    else if (self->may_replace)
        replace_file(self->path, bytes, size, &self->error);
    else
        write_new_file(self->path, bytes, size, &self->error);
}

/* --- on the UI's --- */

/* True: it is here, and is being worked on. */
static bool run(part_jobs *self, struct part_job *job /* taken if true */)
{
    g_autoptr(placement) row = store_placement(app_store(self->app), job->placement_id, NULL);
    g_autofree char *part_path = row != NULL ? locate_part(row, job->section) : NULL;
    g_autofree char *message_path = row != NULL ? locate_message(app_store(self->app), row) : NULL;
    if (message_path == NULL || (!job->is_here && part_path == NULL))
        return false;
    job->message_path = g_steal_pointer(&message_path);
    job->part_path = g_steal_pointer(&part_path);
    int64_t id = query_run(app_loader(self->app), work, job, job_free);
    g_array_append_val(self->running, id);
    return true;
}

static void start(part_jobs *self, struct part_job *job /* taken */)
{
    if (run(self, job))
        return;
    g_autofree char *size = language_size((guint64)MAX(job->size, 0));
    bool is_online = engine_is_online(app_engine(self->app));
    if (is_online && job->kind == JOB_OPEN)
        app_say(self->app, _("Fetching %s (%s) to open it. A shows how far it is, and stops it."), job->name, size);
    else if (is_online)
        app_say(self->app, _("Fetching %s (%s); it is saved when it is here. A shows how far it is, and stops it."), job->name, size);
    else
        app_say(self->app, _("You are offline: %s (%s) is fetched as soon as you are online again (O)."), job->name, size);
    int64_t account = job->account_id, placement_id = job->placement_id;
    const char *section = job->section;
    g_ptr_array_add(self->fetching, job);
    engine_fetch_part(app_engine(self->app), account, placement_id, section);
}

struct asked {
    part_jobs *jobs;
    struct part_job *job;
};

static void asked_free(gpointer data)
{
    struct asked *self = data;
    job_free(self->job);
    g_free(self);
}

static void answer_replace(app *ui, void *data, const char *words)
{
    (void)ui;
    const struct asked *asked = data;
    if (words == NULL || strcmp(words, "1") != 0)
        return;
    struct part_job *again = job_again(asked->job);
    again->may_replace = true;
    start(asked->jobs, again);
}

static void ask_replace(part_jobs *self, const struct part_job *job)
{
    if (app_has_stack(self->app)) { /* a question in the middle of something else would get its keys */
        app_error(self->app, _("Not saved: there is a file %s already. Save it again from its message."), job->path);
        return;
    }
    const char *choices[] = { N_("&Keep the file that is there"), N_("&Replace it"), NULL };
    struct asked *asked = g_new0(struct asked, 1);
    *asked = (struct asked){ self, job_again(job) };
    view_choice_push(self->app, _("There is a file with this name already"), job->path, choices, answer_replace, asked, asked_free);
}

/* A program that jumps onto the screen while something else is being done would be in the way. */
static void show_opened(part_jobs *self, const struct part_job *job)
{
    g_autoptr(GError) error = NULL;
    view *reader = self->app->panes[PANE_READER];
    if (app_has_stack(self->app) || view_reader_placement(reader) != job->placement_id)
        app_say(self->app, _("%s is here now; open it from its message."), job->name);
    else if (!external_view(self->app, job->path, job->type, &error))
        app_error(self->app, _("Not opened: %s"), error != NULL ? error->message : "");
}

static void tell(part_jobs *self, struct part_job *job)
{
    g_autofree char *size = language_size((guint64)MAX(job->size, 0));
    if (job->error != NULL && job->kind == JOB_SAVE && g_error_matches(job->error, G_FILE_ERROR, G_FILE_ERROR_EXIST))
        ask_replace(self, job);
    else if (job->error != NULL)
        app_error(self->app, job->kind == JOB_OPEN ? _("Not opened: %s") : _("Not saved: %s"), job->error->message);
    else if (job->kind == JOB_OPEN)
        show_opened(self, job);
    else if (job->batch != NULL && ++job->batch->saved > 1)
        app_say(self->app,
                g_dngettext(GETTEXT_PACKAGE, "Saved %d attachment in %s", "Saved %d attachments in %s", (gulong)job->batch->saved),
                job->batch->saved, job->batch->folder);
    else
        app_say(self->app, _("Saved %s (%s)"), job->path, size);
}

static void done_event(part_jobs *self, const struct event *event)
{
    for (guint i = 0; i < self->running->len; i++) {
        if (g_array_index(self->running, int64_t, i) != event->item)
            continue;
        g_array_remove_index(self->running, i);
        struct part_job *job = query_take(app_loader(self->app), event->item);
        if (job == NULL)
            return;
        tell(self, job);
        job_free(job);
        return;
    }
}

static void body_event(part_jobs *self, const struct event *event)
{
    for (guint i = self->fetching->len; i-- > 0;) {
        struct part_job *job = g_ptr_array_index(self->fetching, i);
        bool is_failed = event->type == EVENT_BODY_FAILED;
        if (job->placement_id != event->item || (!is_failed && g_strcmp0(event->text, job->section) != 0))
            continue;
        g_ptr_array_steal_index(self->fetching, i);
        if (!is_failed && run(self, job))
            continue;
        const char *why = is_failed && event->text != NULL ? event->text : _("It could not be kept on this computer. Is the disk full?");
        app_error(self->app, _("%s could not be fetched: %s"), job->name, why);
        job_free(job);
    }
}

void part_jobs_event(part_jobs *self, const struct event *event)
{
    if (event->type == EVENT_QUERY_DONE)
        done_event(self, event);
    else if (event->type == EVENT_BODY_FAILED || (event->type == EVENT_BODY_AVAILABLE && event->text != NULL))
        body_event(self, event);
}

part_jobs *part_jobs_new(app *ui)
{
    part_jobs *self = g_new0(part_jobs, 1);
    self->app = ui;
    self->fetching = g_ptr_array_new_with_free_func(job_free);
    self->running = g_array_new(FALSE, FALSE, sizeof(int64_t));
    return self;
}

void part_jobs_free(part_jobs *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->fetching);
    g_array_unref(self->running);
    g_free(self);
}

/* --- wishes --- */

void part_jobs_save(part_jobs *self, const struct placement *row, const struct message_part *part, int number, const char *path)
{
    struct part_job *job = job_new(JOB_SAVE, row, part, number);
    job->path = g_file_test(path, G_FILE_TEST_IS_DIR) ? g_build_filename(path, job->name, NULL) : g_strdup(path);
    start(self, job);
}

void part_jobs_save_all(part_jobs *self, const struct placement *row, GPtrArray *parts, const char *folder)
{
    struct batch *batch = g_new0(struct batch, 1);
    batch->folder = g_strdup(folder);
    batch->references = 1;
    for (guint i = 0; i < parts->len; i++) {
        struct part_job *job = job_new(JOB_SAVE_ALL, row, g_ptr_array_index(parts, i), (int)i + 1);
        job->path = g_build_filename(folder, job->name, NULL);
        job->batch = batch;
        g_atomic_int_inc(&batch->references);
        start(self, job);
    }
    batch_release(batch);
}

void part_jobs_open(part_jobs *self, const struct placement *row, const struct message_part *part, int number)
{
    start(self, job_new(JOB_OPEN, row, part, number));
}
