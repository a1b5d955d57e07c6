/* SPDX-License-Identifier: MIT */
/* Attaching: names and patterns that are typed, a list to choose from, a program of the person's that chooses. */
#include "config/paths.h"
#include "core/language.h"
#include "ui/cmd_compose.h"
#include "ui/composer_errand.h"
#include "ui/picker.h"
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <glob.h>
#include <string.h>
#include <sys/wait.h>

#define COMPLETIONS_MAX 50
#define FILES_MAX       1000  /* attached at once */
#define ROWS_MAX        20000 /* of a directory */
#define NAMES_MAX       20000 /* of a directory that are looked at while a name is typed */

static void note_attachments(struct composer *self)
{
    self->has_new_attachments = true;
    composer_note_change(self);
    composer_keep_now(self);
    view_touch(&self->base);
}

/* --- files --- */
struct reading {
    char **paths;
    bool is_typed;         /* a pattern, or a directory to choose in, may be meant */
    char *directory;       /* that was typed */
    size_t bytes_left;     /* until it is more than any server takes */
    GPtrArray *found;      /* of struct compose_attachment* */
    GPtrArray *complaints; /* of char* */
};

static void reading_free(void *data)
{
    struct reading *self = data;
    g_strfreev(self->paths);
    g_free(self->directory);
    g_ptr_array_unref(self->found);
    g_ptr_array_unref(self->complaints);
    g_free(self);
}

static void read_one(struct reading *self, const char *path)
{
    g_autoptr(GError) why = NULL;
    struct compose_attachment *one = compose_attachment_read(path, &why);
    if (one == NULL) {
        g_ptr_array_add(self->complaints, g_strdup(why->message));
    } else if (g_bytes_get_size(one->bytes) > self->bytes_left) {
        g_autofree char *most = language_size(COMPOSE_ATTACHMENT_BYTES_MAX);
        g_ptr_array_add(self->complaints, g_strdup_printf(_("%s is left out: all together would be more than %s."), path, most));
        compose_attachment_free(one);
    } else {
        self->bytes_left -= g_bytes_get_size(one->bytes);
        g_ptr_array_add(self->found, one);
    }
}

static void read_each(struct composer_errand *errand, char **paths, size_t count)
{
    struct reading *self = errand->data;
    for (size_t i = 0; i < count && self->found->len < FILES_MAX && !atomic_load(&errand->is_cancelled); i++) {
        read_one(self, paths[i]);
        atomic_fetch_add(&errand->done, 1);
    }
}

/* A file of exactly that name comes first: names may have stars in them. */
static void read_pattern(struct composer_errand *errand, char *path)
{
    struct reading *self = errand->data;
    glob_t found = { 0 };
    bool is_pattern = self->is_typed && strpbrk(path, "*?[") != NULL && !g_file_test(path, G_FILE_TEST_EXISTS);
    if (self->is_typed && g_file_test(path, G_FILE_TEST_IS_DIR))
        self->directory = g_canonicalize_filename(path, NULL);
    else if (!is_pattern)
        read_each(errand, &path, 1);
    else if (glob(path, 0, NULL, &found) == 0)
        read_each(errand, found.gl_pathv, found.gl_pathc);
    else
        g_ptr_array_add(self->complaints, g_strdup_printf(_("No file fits %s."), path));
    globfree(&found);
}

static void read_files(struct composer_errand *errand)
{
    struct reading *self = errand->data;
    for (char **path = self->paths; *path != NULL; path++)
        read_pattern(errand, *path);
}

static void show_directory(struct composer *self, const char *directory);

static bool take_files(struct composer *composer, struct composer_errand *errand)
{
    struct reading *self = errand->data;
    guint count = self->found->len;
    if (count > 0) {
        g_ptr_array_extend_and_steal(composer->draft->attachments, g_steal_pointer(&self->found));
        self->found = g_ptr_array_new();
        note_attachments(composer);
    }
    if (count > 1)
        app_say(composer->base.app, g_dngettext(GETTEXT_PACKAGE, "%u file attached.", "%u files attached.", count), count);
    for (guint i = 0; i < self->complaints->len; i++)
        app_error(composer->base.app, "%s", (const char *)self->complaints->pdata[i]);
    if (self->directory != NULL && view_top(composer->base.app) == &composer->base)
        show_directory(composer, self->directory);
    return self->complaints->len == 0 && self->directory == NULL && !atomic_load(&errand->is_cancelled);
}

static size_t bytes_attached(const struct draft *draft)
{
    size_t bytes = 0;
    for (guint i = 0; i < draft->attachments->len; i++)
        bytes += g_bytes_get_size(((struct compose_attachment *)draft->attachments->pdata[i])->bytes);
    return bytes;
}

static void attach_files(struct composer *self, char **paths /* taken */, bool is_typed)
{
    struct reading *reading = g_new0(struct reading, 1);
    size_t here = bytes_attached(self->draft);
    *reading = (struct reading){ .paths = paths,
                                 .is_typed = is_typed,
                                 .bytes_left = COMPOSE_ATTACHMENT_BYTES_MAX - MIN(here, (size_t)COMPOSE_ATTACHMENT_BYTES_MAX),
                                 .found = g_ptr_array_new_with_free_func(compose_attachment_free),
                                 .complaints = g_ptr_array_new_with_free_func(g_free) };
    const struct composer_errand errand = { .title = g_strdup(_("reading files")),
                                            .is_needed = true,
                                            .work = read_files,
                                            .finish = take_files,
                                            .data = reading,
                                            .data_free = reading_free };
    composer_errand_start(self, &errand);
}

static void attach_file(struct composer *self, const char *path, bool is_typed)
{
    const char *const paths[] = { path, NULL };
    attach_files(self, g_strdupv((char **)(gpointer)paths), is_typed);
}

static void answer_attach(app *ui, void *data, const char *text)
{
    (void)ui;
    g_autofree char *trimmed = g_strstrip(g_strdup(text != NULL ? text : "")), *path = paths_expand(trimmed);
    if (*trimmed != '\0')
        attach_file(data, path, true);
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
    for (guint looked = 0; entries != NULL && found->len < COMPLETIONS_MAX && looked < NAMES_MAX; looked++) {
        if ((name = g_dir_read_name(entries)) == NULL)
            break;
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
    GPtrArray *rows; /* of struct picker_row*, until they are shown */
};

static void row_free(gpointer data)
{
    struct picker_row *row = data;
    g_free(row->text);
    g_free(row->note);
    g_free(row);
}

static void listing_free(gpointer data)
{
    struct listing *self = data;
    if (self->rows != NULL) {
        g_ptr_array_set_free_func(self->rows, row_free);
        g_ptr_array_unref(self->rows);
    }
    g_free(self->directory);
    g_free(self);
}

static void answer_listing(app *ui, void *data, const struct picker_row *row)
{
    const struct listing *self = data;
    (void)ui;
    if (row == NULL)
        return;
    g_autofree char *path = g_canonicalize_filename(row->text, self->directory);
    if (g_str_has_suffix(row->text, "/"))
        show_directory(self->composer, path);
    else
        attach_file(self->composer, path, false);
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
                    *size = is_directory ? NULL : language_size((guint64)status.st_size);
    return is_directory || S_ISREG(status.st_mode) ? picker_row_new(text, size, 0) : NULL;
}

static void list_directory(struct composer_errand *errand)
{
    struct listing *self = errand->data;
    g_autoptr(GDir) entries = g_dir_open(self->directory, 0, NULL);
    const char *name;
    while (entries != NULL && self->rows->len < ROWS_MAX && !atomic_load(&errand->is_cancelled) &&
           (name = g_dir_read_name(entries)) != NULL) {
        struct picker_row *row = row_of(self->directory, name);
        if (row != NULL)
            g_ptr_array_add(self->rows, row);
    }
    g_ptr_array_sort(self->rows, directories_first);
    if (strcmp(self->directory, "/") != 0)
        g_ptr_array_insert(self->rows, 0, picker_row_new("../", NULL, 0));
}

/* Who went on to something else meanwhile is not disturbed. */
static bool show_listing(struct composer *composer, struct composer_errand *errand)
{
    struct listing *self = errand->data;
    if (view_top(composer->base.app) != &composer->base || atomic_load(&errand->is_cancelled))
        return true;
    g_autofree char *title = g_filename_display_name(self->directory);
    picker_push(composer->base.app, title, g_steal_pointer(&self->rows), answer_listing, self, listing_free);
    errand->data_free = NULL; /* the picker's now */
    return true;
}

static void show_directory(struct composer *self, const char *directory)
{
    struct listing *listing = g_new0(struct listing, 1);
    *listing = (struct listing){ self, g_strdup(directory), g_ptr_array_new() };
    const struct composer_errand errand = {
        .title = g_strdup(_("reading files")), .work = list_directory, .finish = show_listing, .data = listing, .data_free = listing_free
    };
    composer_errand_start(self, &errand);
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
    g_autoptr(GStrvBuilder) paths = g_strv_builder_new();
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *path = paths_expand(g_strchomp(*line));
        if (**line != '\0')
            g_strv_builder_add(paths, path);
    }
    attach_files(self, g_strv_builder_end(paths), false);
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
        app_brief(ui, _("Nothing is attached."));
    else if (self->draft->attachments->len == 1)
        answer_detach(ui, self, "1");
    else
        view_prompt_push(ui, _("Take away attachment number: "), "", false, NULL, answer_detach, self, NULL);
}
