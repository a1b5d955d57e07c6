/* SPDX-License-Identifier: MIT */
/* Attaching: names and patterns that are typed, a list to choose from, a program of the person's that chooses. */
#include "config/paths.h"
#include "core/image.h"
#include "ui/cmd_compose.h"
#include "ui/composer_private.h"
#include "ui/picker.h"
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <glob.h>
#include <string.h>
#include <sys/wait.h>

#define COMPLETIONS_MAX 50
#define FILES_MAX       1000  /* attached at once */
#define ROWS_MAX        20000 /* of a directory */

static void note_attachments(struct composer *self)
{
    self->has_new_attachments = true;
    composer_note_change(self);
    composer_keep_now(self);
    view_touch(&self->base);
}

/* --- files --- */
static guint attach_each(struct composer *self, char **paths, size_t count)
{
    guint done = 0;
    for (size_t i = 0; i < count && i < FILES_MAX; i++) {
        g_autoptr(GError) why = NULL;
        if (draft_attach(self->draft, paths[i], &why))
            done++;
        else
            app_error(self->base.app, "%s", why->message);
    }
    if (done > 0)
        note_attachments(self);
    if (done > 1)
        app_say(self->base.app, g_dngettext(GETTEXT_PACKAGE, "%u file attached.", "%u files attached.", done), done);
    return done;
}

/* A file of exactly that name comes first: names may have stars in them. */
static void attach_pattern(struct composer *self, const char *path)
{
    glob_t found = { 0 };
    bool is_pattern = strpbrk(path, "*?[") != NULL && !g_file_test(path, G_FILE_TEST_EXISTS);
    if (!is_pattern) {
        attach_each(self, (char *[]){ (char *)path }, 1);
        return;
    }
    if (glob(path, 0, NULL, &found) == 0)
        attach_each(self, found.gl_pathv, found.gl_pathc);
    else
        app_error(self->base.app, _("No file fits %s."), path);
    globfree(&found);
}

static void answer_attach(app *ui, void *data, const char *text)
{
    (void)ui;
    g_autofree char *trimmed = g_strstrip(g_strdup(text != NULL ? text : "")), *path = paths_expand(trimmed);
    if (*trimmed != '\0')
        attach_pattern(data, path);
}

static int by_name(gconstpointer left, gconstpointer right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Names in a directory that begin like what was typed. */
GPtrArray *composer_complete_path(app *ui, void *data, const char *prefix)
{
    g_autofree char *path = paths_expand(prefix);
    const char *slash = strrchr(path, '/');
    g_autofree char *directory = slash != NULL ? g_strndup(path, (gsize)(slash - path + 1)) : g_strdup("./");
    const char *begin = slash != NULL ? slash + 1 : path, *name;
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    (void)ui;
    (void)data;
    while (entries != NULL && found->len < COMPLETIONS_MAX && (name = g_dir_read_name(entries)) != NULL) {
        if (!g_str_has_prefix(name, begin) || (*name == '.' && *begin != '.'))
            continue;
        g_autofree char *whole = slash != NULL ? g_strconcat(directory, name, NULL) : g_strdup(name);
        g_ptr_array_add(found, g_file_test(whole, G_FILE_TEST_IS_DIR) ? g_strconcat(whole, "/", NULL) : g_strdup(whole));
    }
    g_ptr_array_sort(found, by_name);
    return found;
}

void cmd_composer_attach(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self != NULL)
        view_prompt_push(ui, _("Attach file: "), "", false, composer_complete_path, answer_attach, self, NULL);
}

/* --- a list --- */
struct listing {
    struct composer *composer;
    char *directory;
};

static void listing_free(gpointer data)
{
    struct listing *self = data;
    g_free(self->directory);
    g_free(self);
}

static void show_directory(struct composer *self, const char *directory);

static void answer_listing(app *ui, void *data, const struct picker_row *row)
{
    const struct listing *self = data;
    (void)ui;
    if (row == NULL)
        return;
    g_autofree char *path = g_canonicalize_filename(row->text, self->directory);
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        show_directory(self->composer, path);
    else
        attach_each(self->composer, (char *[]){ path }, 1);
}

static int directories_first(gconstpointer left, gconstpointer right)
{
    const struct picker_row *one = *(struct picker_row *const *)left, *other = *(struct picker_row *const *)right;
    if ((one->note == NULL) != (other->note == NULL))
        return one->note == NULL ? -1 : 1;
    return g_utf8_collate(one->text, other->text);
}

/* Directories have no size. */
static struct picker_row *row_of(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    GStatBuf status;
    if (*name == '.' || g_stat(path, &status) != 0 || !g_utf8_validate(name, -1, NULL))
        return NULL;
    bool is_directory = S_ISDIR(status.st_mode);
    g_autofree char *text = is_directory ? g_strconcat(name, "/", NULL) : g_strdup(name),
                    *size = is_directory ? NULL : g_format_size((guint64)status.st_size);
    return is_directory || S_ISREG(status.st_mode) ? picker_row_new(text, size, 0) : NULL;
}

static void show_directory(struct composer *self, const char *directory)
{
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    GPtrArray *rows = g_ptr_array_new();
    const char *name;
    while (entries != NULL && rows->len < ROWS_MAX && (name = g_dir_read_name(entries)) != NULL) {
        struct picker_row *row = row_of(directory, name);
        if (row != NULL)
            g_ptr_array_add(rows, row);
    }
    g_ptr_array_sort(rows, directories_first);
    if (strcmp(directory, "/") != 0)
        g_ptr_array_insert(rows, 0, picker_row_new("../", NULL, 0));
    struct listing *listing = g_new0(struct listing, 1);
    *listing = (struct listing){ self, g_strdup(directory) };
    g_autofree char *title = g_filename_display_name(directory);
    picker_push(self->base.app, title, rows, answer_listing, listing, listing_free);
}

/* --- a program --- */
/* The words of the person's picker, caller frees; NULL: the list inside. */
static char **picker_words(const struct settings *settings)
{
    const char *const wishes[] = { settings->picker, g_getenv("PICKER") };
    for (size_t i = 0; i < G_N_ELEMENTS(wishes); i++) {
        g_auto(GStrv) words = NULL;
        bool is_wish = wishes[i] != NULL && *wishes[i] != '\0' && g_shell_parse_argv(wishes[i], NULL, &words, NULL);
        g_autofree char *program = is_wish ? g_find_program_in_path(words[0]) : NULL;
        if (program != NULL)
            return g_steal_pointer(&words);
    }
    return NULL;
}

/* One name a line. */
static void take_names(struct composer *self, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", FILES_MAX);
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    for (char **line = lines; *line != NULL; line++)
        if (*g_strchomp(*line) != '\0')
            g_ptr_array_add(paths, paths_expand(*line));
    attach_each(self, (char **)paths->pdata, paths->len);
}

/* It draws on the terminal, so what it prints goes into a file. */
static void run_picker(struct composer *self, char **words)
{
    static const char script[] = "out=$1; shift; exec \"$@\" > \"$out\"";
    app *ui = self->base.app;
    g_autoptr(GError) why = NULL;
    g_autofree char *path = NULL, *text = NULL;
    int status = 0, fd = g_file_open_tmp("postern-pick-XXXXXX", &path, &why);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    if (fd < 0) {
        app_error(ui, "%s", why->message);
        return;
    }
    g_close(fd, NULL);
    g_strv_builder_add_many(builder, "sh", "-c", script, "sh", path, NULL);
    g_strv_builder_addv(builder, (const char **)words);
    g_auto(GStrv) argv = g_strv_builder_end(builder);
    if (!app_run_external(ui, (const char *const *)argv, &status, &why))
        app_error(ui, _("%s cannot be started: %s"), words[0], why->message);
    else if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && g_file_get_contents(path, &text, NULL, NULL))
        take_names(self, text);
    g_unlink(path);
}

void cmd_composer_choose_files(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    g_auto(GStrv) words = picker_words(app_settings(ui));
    g_autofree char *here = g_get_current_dir();
    if (words != NULL)
        run_picker(self, words);
    else
        show_directory(self, here);
}

/* --- what is attached --- */
static void answer_detach(app *ui, void *data, const char *text)
{
    struct composer *self = data;
    guint64 number = 0;
    GPtrArray *all = self->draft->attachments;
    if (text == NULL)
        return;
    if (all == NULL || !g_ascii_string_to_unsigned(text, 10, 1, MAX(all->len, 1u), &number, NULL) || number > all->len) {
        app_error(ui, _("There is no attachment %s."), text);
        return;
    }
    g_ptr_array_remove_index(all, (guint)number - 1);
    note_attachments(self);
}

void cmd_composer_detach(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    if (self->draft->attachments == NULL || self->draft->attachments->len == 0)
        app_say(ui, _("Nothing is attached."));
    else if (self->draft->attachments->len == 1)
        answer_detach(ui, self, "1");
    else
        view_prompt_push(ui, _("Take away attachment number: "), "", false, NULL, answer_detach, self, NULL);
}

void cmd_composer_shrink(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    guint images = 0, smaller = 0;
    for (guint i = 0; self != NULL && i < self->draft->attachments->len; i++) {
        struct compose_attachment *each = self->draft->attachments->pdata[i];
        g_autoptr(GError) why = NULL;
        bool is_smaller = false;
        if (!attachment_is_image(each))
            continue;
        images++;
        if (!attachment_shrink(each, app_settings(ui)->image_pixels, &is_smaller, &why))
            app_error(ui, "%s", why->message);
        smaller += is_smaller ? 1 : 0;
    }
    if (smaller > 0) {
        note_attachments(self);
        app_say(ui,
                g_dngettext(GETTEXT_PACKAGE, "%u image is smaller now; the file itself is as it was.",
                            "%u images are smaller now; the files themselves are as they were.", smaller),
                smaller);
    } else if (self != NULL) {
        app_say(ui, "%s", images > 0 ? _("The images are small enough already.") : _("No image is attached."));
    }
}
