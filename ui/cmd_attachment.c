/* SPDX-License-Identifier: MIT */
/* Commands that take things out of a message: attachments saved or opened (ui/part_job does it), links, the message into a program. */
#include "config/paths.h"
#include "core/locate.h"
#include "ui/app_private.h"
#include "ui/cmd_message.h"
#include "ui/external.h"
#include "ui/part_job.h"
#include "ui/view_reader.h"
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
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

static char *first_folder(app *ui)
{
    const char *downloads = app_settings(ui)->downloads;
    return downloads != NULL && *downloads != '\0' ? paths_expand(downloads) : g_get_current_dir();
}

/* --- asking which, and where to --- */

typedef void chosen_attachment(app *ui, int index, int number);

static void choose_attachment(app *ui, const char *label, app_answer *answer, chosen_attachment *chosen)
{
    int count = view_reader_attachment_count(reader_of(ui));
    if (count == 0)
        app_brief(ui, _("This message has no attachments."));
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

/* The attachment a question was about, and of which message: the reader may show another by now. */
struct asked_part {
    int64_t placement_id;
    int index, number;
};

static const struct message_part *asked_part(app *ui, const struct asked_part *asked)
{
    return view_reader_placement(reader_of(ui)) == asked->placement_id ? part_at(ui, asked->index) : NULL;
}

static void answer_path(app *ui, void *data, const char *words)
{
    const struct asked_part *asked = data;
    const struct message_part *part = asked_part(ui, asked);
    if (words == NULL || *words == '\0' || part == NULL)
        return;
    g_autofree char *path = paths_expand(words);
    part_jobs_save(view_reader_jobs(reader_of(ui)), view_reader_row(reader_of(ui)), part, asked->number, path);
}

static void ask_path(app *ui, int index, int number)
{
    const struct message_part *part = part_at(ui, index);
    g_autofree char *folder = first_folder(ui), *name = part_job_name(part, number), *path = g_build_filename(folder, name, NULL);
    struct asked_part *asked = g_new0(struct asked_part, 1);
    *asked = (struct asked_part){ view_reader_placement(reader_of(ui)), index, number };
    view_prompt_push(ui, _("Save as: "), path, false, NULL, answer_path, asked, g_free);
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

static void answer_save_all(app *ui, void *data, const char *words)
{
    (void)data;
    if (words == NULL || *words == '\0' || view_reader_message(reader_of(ui)) == NULL)
        return;
    g_autofree char *folder = paths_expand(words);
    if (!g_file_test(folder, G_FILE_TEST_IS_DIR)) {
        app_error(ui, _("%s is no folder."), folder);
        return;
    }
    g_autoptr(GPtrArray) parts = g_ptr_array_new();
    for (int number = 1; number <= view_reader_attachment_count(reader_of(ui)); number++)
        g_ptr_array_add(parts, (gpointer)part_at(ui, view_reader_attachment(reader_of(ui), number)));
    part_jobs_save_all(view_reader_jobs(reader_of(ui)), view_reader_row(reader_of(ui)), parts, folder);
}

void cmd_save_all(app *ui, view *base)
{
    (void)base;
    g_autofree char *folder = first_folder(ui);
    if (view_reader_attachment_count(reader_of(ui)) == 0)
        app_brief(ui, _("This message has no attachments."));
    else
        view_prompt_push(ui, _("Save all in folder: "), folder, false, NULL, answer_save_all, NULL, NULL);
}

static void open_chosen(app *ui, int index, int number)
{
    part_jobs_open(view_reader_jobs(reader_of(ui)), view_reader_row(reader_of(ui)), part_at(ui, index), number);
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
    const char *choices[] = { N_("&Open"), N_("&Leave it"), NULL };
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
        app_brief(ui, _("This message has no links."));
    else if (body->links->len == 1)
        ask_link(ui, g_ptr_array_index(body->links, 0));
    else
        view_prompt_push(ui, _("Open link number: "), "", false, NULL, answer_link, NULL, NULL);
}

/* --- into a program --- */

/* The message is a file that only we can read; the shell gets it as standard input, so nothing of the mail is ever part of a command. */
static void pipe_file(app *ui, const char *command, const char *path)
{
    static const char script[] = "eval \"$1\" < \"$2\"; printf '\\n[Enter] '; read -r line < /dev/tty";
    const char *argv[] = { "/bin/sh", "-c", script, "sh", command, path, NULL };
    g_autoptr(GError) error = NULL;
    int status = 0;
    if (!app_run_external(ui, argv, &status, &error))
        app_error(ui, "%s", error != NULL ? error->message : "");
}

/* It lies in memory only: small, or it was opened. */
static void pipe_bytes(app *ui, const char *command, const message *letter)
{
    g_autoptr(GBytes) raw = message_raw(letter);
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    gsize size = 0;
    const char *bytes = g_bytes_get_data(raw, &size);
    int fd = g_file_open_tmp("postern-XXXXXX", &path, &error);
    if (fd < 0 || !g_file_set_contents_full(path, bytes, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0600, &error))
        app_error(ui, _("Not piped: %s"), error != NULL ? error->message : "");
    else
        pipe_file(ui, command, path);
    if (fd >= 0) {
        close(fd);
        g_unlink(path);
    }
}

static void answer_pipe(app *ui, void *data, const char *words)
{
    (void)data;
    const message *letter = view_reader_message(reader_of(ui));
    if (words == NULL || *words == '\0' || letter == NULL)
        return;
    int fd = message_is_whole(letter) ? message_file(letter) : -1;
    /* Our own descriptor, for the file may have another name by now, or none. */
    g_autofree char *path = fd >= 0 ? g_strdup_printf("/proc/%d/fd/%d", (int)getpid(), fd) : NULL;
    g_autofree char *whole = message_is_whole(letter) ? NULL : locate_part(view_reader_row(reader_of(ui)), MESSAGE_SECTION_RAW);
    if (whole != NULL || (path != NULL && access(path, R_OK) == 0))
        pipe_file(ui, words, whole != NULL ? whole : path);
    else if (message_is_whole(letter))
        pipe_bytes(ui, words, letter);
}

void cmd_pipe(app *ui, view *base)
{
    (void)base;
    if (view_reader_message(reader_of(ui)) == NULL)
        return;
    if (!view_reader_fetch_raw(reader_of(ui)))
        app_say(ui, _("Only parts of this message are here; all of it is being fetched. Press the key again when it is here."));
    else
        view_prompt_push(ui, _("Give the message to: "), "", false, NULL, answer_pipe, NULL, NULL);
}
