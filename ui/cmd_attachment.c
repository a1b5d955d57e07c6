/* SPDX-License-Identifier: MIT */
/* Commands that take things out of a message: attachments saved or opened, links, the message into a program. A part that is not here is fetched
 * first; the command goes on when it has come. */
#include "config/paths.h"
#include "ui/app_private.h"
#include "ui/cmd_message.h"
#include "ui/external.h"
#include "ui/reader_text.h"
#include "ui/view_reader.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static view *reader_of(app *ui)
{
    return ui->panes[PANE_READER];
}

static const struct message_part *part_at(app *ui, int index)
{
    const message *letter = view_reader_message(reader_of(ui));
    const GPtrArray *parts = letter != NULL ? message_parts(letter) : NULL;
    return parts != NULL && index >= 0 && index < (int)parts->len ? g_ptr_array_index(parts, (guint)index) : NULL;
}

/* --- writing a file --- */

/* Never over a file that is there (O_EXCL), never through a link that waits in its place; readable by its owner. */
static bool write_new_file(const char *path, const char *bytes, size_t size, bool may_replace, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | (may_replace ? O_TRUNC : O_EXCL), 0600);
    bool is_written = fd >= 0;
    for (size_t done = 0; is_written && done < size;) {
        ssize_t count = write(fd, bytes + done, size - done);
        if (count > 0)
            done += (size_t)count;
        else
            is_written = count < 0 && errno == EINTR;
    }
    int saved = errno;
    if (fd >= 0 && close(fd) != 0 && is_written) {
        saved = errno;
        is_written = false;
    }
    if (!is_written)
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved), "%s: %s", path, g_strerror(saved));
    return is_written;
}

static bool part_bytes(app *ui, int index, char **bytes_out, size_t *size_out, GError **error)
{
    return view_reader_fill_part(reader_of(ui), index, error) &&
           message_part_bytes(view_reader_message(reader_of(ui)), (size_t)index, bytes_out, size_out, error);
}

/* A name from a mail is only ever a name: no folder in it, no dot before it. */
static char *safe_name(const struct message_part *part, int number)
{
    g_autofree char *given = part->filename != NULL ? g_path_get_basename(part->filename) : NULL;
    const char *name = given != NULL ? given : "";
    while (*name == '.')
        name++;
    if (*name == '\0' || strchr(name, G_DIR_SEPARATOR) != NULL)
        return g_strdup_printf("attachment-%d", number);
    char *clean = g_strdup(name);
    for (char *at = clean; *at != '\0'; at++)
        if (g_ascii_iscntrl(*at) || *at == '/')
            *at = '_';
    return clean;
}

static char *first_folder(app *ui)
{
    const char *downloads = app_settings(ui)->downloads;
    return downloads != NULL && *downloads != '\0' ? paths_expand(downloads) : g_get_current_dir();
}

/* --- what to do with a part, now or when it has come --- */

enum part_action { PART_SAVE, PART_OPEN };
struct part_job {
    view base; /* waits on the stack for the part; shows that it waits */
    canvas *canvas;
    enum part_action action;
    int index, number;
    int64_t placement_id;
    char *section, *path;
    bool may_replace, is_quiet;
};

static void part_job_free(gpointer data)
{
    struct part_job *self = data;
    g_free(self->section);
    g_free(self->path);
    canvas_free(self->canvas);
    g_free(self);
}

static struct part_job *part_job_new(app *ui, enum part_action action, int index, int number)
{
    struct part_job *self = g_new0(struct part_job, 1);
    self->base.app = ui;
    self->action = action;
    self->index = index;
    self->number = number;
    self->placement_id = view_reader_placement(reader_of(ui));
    const struct message_part *part = part_at(ui, index);
    self->section = part != NULL ? g_strdup(part->section) : NULL;
    return self;
}

static void answer_replace(app *ui, void *data, const char *words);

static void save_part(app *ui, const struct part_job *self)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL;
    size_t size = 0;
    if (!part_bytes(ui, self->index, &bytes, &size, &error)) {
        app_error(ui, _("Not saved: %s"), error != NULL ? error->message : "");
    } else if (write_new_file(self->path, bytes, size, self->may_replace, &error)) {
        g_autofree char *words = reader_size_words((int64_t)size);
        app_say(ui, _("Saved %s (%s)"), self->path, words);
    } else if (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_EXIST)) {
        const char *choices[] = { _("&Keep the file that is there"), _("&Replace it"), NULL };
        struct part_job *again = part_job_new(ui, PART_SAVE, self->index, self->number);
        again->path = g_strdup(self->path);
        view_choice_push(ui, _("There is a file with this name already"), self->path, choices, answer_replace, again, part_job_free);
    } else {
        app_error(ui, _("Not saved: %s"), error != NULL ? error->message : "");
    }
}

/* The file lives in a directory of our own under the runtime directory, so that the name stays and nobody else can read it. */
static void open_part(app *ui, const struct part_job *self)
{
    const struct message_part *part = part_at(ui, self->index);
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL, *name = safe_name(part, self->number);
    g_autofree char *parent = g_build_filename(g_get_user_runtime_dir(), "postern-open", NULL);
    g_autofree char *template = g_build_filename(parent, "XXXXXX", NULL);
    size_t size = 0;
    if (!part_bytes(ui, self->index, &bytes, &size, &error) || !paths_make(parent, &error)) {
        app_error(ui, _("Not opened: %s"), error != NULL ? error->message : "");
        return;
    }
    const char *directory = g_mkdtemp(template);
    g_autofree char *path = g_build_filename(directory != NULL ? directory : parent, name, NULL);
    if (!write_new_file(path, bytes, size, false, &error) || !external_view(ui, path, part->type, &error))
        app_error(ui, _("Not opened: %s"), error != NULL ? error->message : "");
}

static void run_part(app *ui, const struct part_job *self)
{
    if (part_at(ui, self->index) == NULL)
        return;
    if (self->action == PART_SAVE)
        save_part(ui, self);
    else
        open_part(ui, self);
}

/* --- waiting for a part: a view, so that Esc leaves it --- */

static struct part_job *cast(view *self)
{
    return (struct part_job *)(void *)self;
}

static bool wait_key(view *base, const struct key *key)
{
    if (key->name == KEY_NAME_ESCAPE) {
        engine_cancel_fetch(app_engine(base->app), cast(base)->placement_id);
        view_pop(base->app, base);
    }
    return true;
}

static void wait_event(view *base, const struct event *news)
{
    struct part_job *self = cast(base);
    app *ui = base->app;
    if (news->item != self->placement_id)
        return;
    if (news->type == EVENT_BODY_FAILED) {
        app_error(ui, _("The attachment could not be fetched: %s"), news->text != NULL ? news->text : "");
        view_pop(ui, base);
    } else if (news->type == EVENT_BODY_AVAILABLE && g_strcmp0(news->text, self->section) == 0) {
        struct part_job *done = part_job_new(ui, self->action, self->index, self->number);
        done->path = g_strdup(self->path);
        done->may_replace = self->may_replace;
        view_pop(ui, base);
        run_part(ui, done);
        part_job_free(done);
    }
}

static void wait_draw(view *base)
{
    struct part_job *self = cast(base);
    canvas_clear_row(self->canvas, 0, 0, THEME_NORMAL);
    g_autofree char *words = g_strdup_printf("%s %s", canvas_glyph(GLYPH_BUSY), _("Fetching the attachment… (Esc leaves)"));
    canvas_text(self->canvas, 0, 1, canvas_area(self->canvas).columns - 2, THEME_PROGRESS, words);
}

static void wait_place(view *base, struct rect area)
{
    canvas_move(cast(base)->canvas, (struct rect){ MAX(area.rows - 2, 0), area.column, 1, area.columns });
}

static void wait_release(view *base)
{
    part_job_free(cast(base));
}

static const struct view_ops wait_ops = { .name = "question",
                                          .context = CONTEXT_QUESTION,
                                          .layout = wait_place,
                                          .draw = wait_draw,
                                          .key = wait_key,
                                          .event = wait_event,
                                          .free = wait_release };

static void start_part(app *ui, struct part_job *self /* taken */)
{
    const struct message_part *part = part_at(ui, self->index);
    const struct placement *row = view_reader_row(reader_of(ui));
    g_autoptr(GError) error = NULL;
    if (part == NULL || row == NULL || part->is_here || view_reader_fill_part(reader_of(ui), self->index, &error)) {
        run_part(ui, self);
        part_job_free(self);
        return;
    }
    view_init(&self->base, &wait_ops, ui);
    self->base.is_overlay = true;
    self->canvas = canvas_new((struct rect){ 0 });
    view_push(ui, &self->base);
    engine_fetch_part(app_engine(ui), row->account_id, self->placement_id, self->section);
}

/* --- asking which, and where to --- */

typedef void chosen_attachment(app *ui, int index, int number);

static void choose_attachment(app *ui, const char *label, app_answer *answer, chosen_attachment *chosen)
{
    int count = view_reader_attachment_count(reader_of(ui));
    if (count == 0)
        app_say(ui, _("This message has no attachments."));
    else if (count == 1)
        chosen(ui, view_reader_attachment(reader_of(ui), 1), 1);
    else
        view_prompt_push(ui, label, "1", false, NULL, answer, NULL, NULL);
}

static int number_of(app *ui, const char *words, int count)
{
    guint64 number = 0;
    if (words == NULL)
        return 0;
    if (!g_ascii_string_to_unsigned(words, 10, 1, (guint64)MAX(count, 1), &number, NULL) || count == 0) {
        app_error(ui, _("There is no number %s here."), words);
        return 0;
    }
    return (int)number;
}

static void answer_replace(app *ui, void *data, const char *words)
{
    const struct part_job *asked = data;
    if (words == NULL || strcmp(words, "1") != 0)
        return;
    struct part_job *job = part_job_new(ui, PART_SAVE, asked->index, asked->number);
    job->path = g_strdup(asked->path);
    job->may_replace = true;
    start_part(ui, job);
}

static void answer_path(app *ui, void *data, const char *words)
{
    const struct part_job *asked = data;
    const struct message_part *part = part_at(ui, asked->index);
    if (words == NULL || *words == '\0' || part == NULL)
        return;
    g_autofree char *path = paths_expand(words), *name = safe_name(part, asked->number);
    struct part_job *job = part_job_new(ui, PART_SAVE, asked->index, asked->number);
    job->path = g_file_test(path, G_FILE_TEST_IS_DIR) ? g_build_filename(path, name, NULL) : g_strdup(path);
    start_part(ui, job);
}

static void ask_path(app *ui, int index, int number)
{
    const struct message_part *part = part_at(ui, index);
    g_autofree char *folder = first_folder(ui), *name = safe_name(part, number), *path = g_build_filename(folder, name, NULL);
    view_prompt_push(ui, _("Save as: "), path, false, NULL, answer_path, part_job_new(ui, PART_SAVE, index, number), part_job_free);
}

static void answer_save(app *ui, void *data, const char *words)
{
    (void)data;
    int number = number_of(ui, words, view_reader_attachment_count(reader_of(ui)));
    if (number > 0)
        ask_path(ui, view_reader_attachment(reader_of(ui), number), number);
}

void cmd_save(app *ui, view *base)
{
    (void)base;
    choose_attachment(ui, _("Save which attachment? "), answer_save, ask_path);
}

/* A name that is taken gets a number: all are saved, none is replaced. */
static char *free_path(const char *folder, const char *name)
{
    const char *dot = strrchr(name, '.');
    int stem = dot != NULL && dot != name ? (int)(dot - name) : (int)strlen(name);
    char *path = g_build_filename(folder, name, NULL);
    for (int i = 2; g_file_test(path, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK) && i < 1000; i++) {
        g_autofree char *other = g_strdup_printf("%.*s-%d%s", stem, name, i, name + stem);
        g_free(path);
        path = g_build_filename(folder, other, NULL);
    }
    return path;
}

static void answer_save_all(app *ui, void *data, const char *words)
{
    (void)data;
    g_autoptr(GError) error = NULL;
    if (words == NULL || *words == '\0')
        return;
    g_autofree char *folder = paths_expand(words);
    int count = view_reader_attachment_count(reader_of(ui)), saved = 0;
    if (!g_file_test(folder, G_FILE_TEST_IS_DIR)) {
        app_error(ui, _("%s is no folder."), folder);
        return;
    }
    for (int number = 1; number <= count; number++) {
        int index = view_reader_attachment(reader_of(ui), number);
        g_autofree char *name = safe_name(part_at(ui, index), number), *path = free_path(folder, name), *bytes = NULL;
        size_t size = 0;
        g_clear_error(&error);
        if (part_bytes(ui, index, &bytes, &size, &error)) {
            saved += write_new_file(path, bytes, size, false, &error);
        } else { /* fetched one after the other, each goes on by itself */
            struct part_job *job = part_job_new(ui, PART_SAVE, index, number);
            job->path = g_steal_pointer(&path);
            g_clear_error(&error);
            start_part(ui, job);
        }
        if (error != NULL)
            app_error(ui, _("Not saved: %s"), error->message);
    }
    if (saved > 0)
        app_say(ui, g_dngettext(GETTEXT_PACKAGE, "Saved %d attachment in %s", "Saved %d attachments in %s", (gulong)saved), saved, folder);
}

void cmd_save_all(app *ui, view *base)
{
    (void)base;
    g_autofree char *folder = first_folder(ui);
    if (view_reader_attachment_count(reader_of(ui)) == 0)
        app_say(ui, _("This message has no attachments."));
    else
        view_prompt_push(ui, _("Save all in folder: "), folder, false, NULL, answer_save_all, NULL, NULL);
}

static void open_chosen(app *ui, int index, int number)
{
    start_part(ui, part_job_new(ui, PART_OPEN, index, number));
}

static void answer_open(app *ui, void *data, const char *words)
{
    (void)data;
    int number = number_of(ui, words, view_reader_attachment_count(reader_of(ui)));
    if (number > 0)
        open_chosen(ui, view_reader_attachment(reader_of(ui), number), number);
}

void cmd_open_attachment(app *ui, view *base)
{
    (void)base;
    choose_attachment(ui, _("Open which attachment? "), answer_open, open_chosen);
}

/* --- links --- */

static void browse(app *ui, void *data, const char *words)
{
    g_autoptr(GError) error = NULL;
    if (words == NULL || strcmp(words, "0") != 0)
        return;
    if (external_browse(ui, data, &error))
        app_say(ui, _("Opened %s"), (const char *)data);
    else
        app_error(ui, _("Not opened: %s"), error != NULL ? error->message : "");
}

static void ask_link(app *ui, const struct text_link *link)
{
    const char *choices[] = { _("&Open"), _("&Leave it"), NULL };
    g_autofree char *scheme = g_uri_parse_scheme(link->url);
    bool is_safe = g_strcmp0(scheme, "http") == 0 || g_strcmp0(scheme, "https") == 0 || g_strcmp0(scheme, "mailto") == 0;
    if (!is_safe) {
        app_error(ui, _("Only web and mail addresses are opened; this is %s"), link->url);
        return;
    }
    g_autofree char *words =
        link->is_suspicious
            ? g_strdup_printf(_("%s\n\nThe text of the link says \"%s\": it does not lead where it says."), link->url, link->label)
            : g_strdup(link->url);
    view_choice_push(ui, link->is_suspicious ? _("Careful: open this link?") : _("Open this link?"), words, choices, browse,
                     g_strdup(link->url), g_free);
}

static void answer_link(app *ui, void *data, const char *words)
{
    (void)data;
    const struct text *body = view_reader_text(reader_of(ui));
    int number = number_of(ui, words, body != NULL ? (int)body->links->len : 0);
    if (number > 0)
        ask_link(ui, g_ptr_array_index(body->links, number - 1));
}

void cmd_open_link(app *ui, view *base)
{
    (void)base;
    const struct text *body = view_reader_text(reader_of(ui));
    if (body == NULL || body->links->len == 0)
        app_say(ui, _("This message has no links."));
    else if (body->links->len == 1)
        ask_link(ui, g_ptr_array_index(body->links, 0));
    else
        view_prompt_push(ui, _("Open link number: "), "", false, NULL, answer_link, NULL, NULL);
}

/* --- into a program --- */

/* The message is a file that only we can read; the shell gets it as standard input, so nothing of the mail is ever part of a command. */
static void answer_pipe(app *ui, void *data, const char *words)
{
    (void)data;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    const message *letter = view_reader_message(reader_of(ui));
    int status = 0;
    if (words == NULL || *words == '\0' || letter == NULL)
        return;
    g_autoptr(GBytes) raw = message_raw(letter);
    int fd = g_file_open_tmp("postern-XXXXXX", &path, &error);
    gsize size = 0;
    const char *bytes = g_bytes_get_data(raw, &size);
    if (fd < 0 || !g_file_set_contents_full(path, bytes, (gssize)size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error)) {
        app_error(ui, _("Not piped: %s"), error != NULL ? error->message : "");
    } else {
        const char *argv[] = { "/bin/sh", "-c", "eval \"$1\" < \"$2\"; printf '\\n[Enter] '; read -r line < /dev/tty", "sh", words,
                               path,      NULL };
        if (!app_run_external(ui, argv, &status, &error))
            app_error(ui, "%s", error != NULL ? error->message : "");
    }
    if (fd >= 0) {
        close(fd);
        g_unlink(path);
    }
}

void cmd_pipe(app *ui, view *base)
{
    (void)base;
    if (view_reader_message(reader_of(ui)) != NULL)
        view_prompt_push(ui, _("Give the message to: "), "", false, NULL, answer_pipe, NULL, NULL);
}
