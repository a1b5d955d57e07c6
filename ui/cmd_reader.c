/* SPDX-License-Identifier: MIT */
/* Commands on the text of the open message: read in another charset, printed. */
#include "core/message.h"
#include "ui/app_private.h"
#include "ui/cmd_message.h"
#include "ui/hook_run.h"
#include "ui/view_reader.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static view *reader_of(app *ui)
{
    return ui->panes[PANE_READER];
}

/* --- charset --- */

static GPtrArray *complete_charset(app *ui, void *data, const char *prefix)
{
    static const char *const common[] = { "utf-8",        "windows-1252", "iso-8859-1",   "iso-8859-2", "iso-8859-15",  "windows-1250",
                                          "windows-1251", "koi8-r",       "koi8-u",       "iso-8859-7", "windows-1253", "iso-8859-9",
                                          "windows-1254", "windows-1255", "windows-1256", "gb18030",    "gb2312",       "big5",
                                          "shift_jis",    "euc-jp",       "iso-2022-jp",  "euc-kr",     "tis-620",      "utf-16",
                                          "utf-7",        "cp437",        "cp850",        "macintosh" };
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    (void)ui;
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(common); i++)
        if (g_ascii_strncasecmp(common[i], prefix, strlen(prefix)) == 0)
            g_ptr_array_add(found, g_strdup(common[i]));
    return found;
}

static void answer_charset(app *ui, void *data, const char *words)
{
    (void)data;
    if (words == NULL || view_reader_message(reader_of(ui)) == NULL)
        return;
    if (!view_reader_set_charset(reader_of(ui), *words != '\0' ? words : NULL))
        app_error(ui, _("“%s” is no charset that this computer knows."), words);
    else if (*words != '\0')
        app_brief(ui, _("The text is read as %s."), words);
    else
        app_brief(ui, _("The text is read as the message says."));
}

void cmd_charset(app *ui, view *base)
{
    (void)base;
    const message *letter = view_reader_message(reader_of(ui));
    const char *now = letter != NULL ? message_charset(letter) : NULL;
    if (letter != NULL)
        view_prompt_push(ui, _("Read as charset (empty: as the message says): "), now != NULL ? now : "", false, complete_charset,
                         answer_charset, NULL, NULL);
}

/* --- words in it --- */

static void answer_find(app *ui, void *data, const char *words)
{
    view *reader = reader_of(ui);
    (void)data;
    if (words == NULL || !view_reader_is_open(reader))
        return;
    const char *wanted = *words != '\0' ? words : view_reader_sought(reader);
    if (wanted != NULL && !view_reader_find(reader, wanted))
        app_error(ui, _("“%s” is not in the text."), wanted);
}

void cmd_find(app *ui, view *base)
{
    (void)base;
    if (view_reader_is_open(reader_of(ui)))
        view_prompt_push(ui, _("Find: "), "", false, NULL, answer_find, NULL, NULL);
}

/* --- print --- */

/* Head and text; nothing in it steers a printer. Caller frees. */
static char *printed(const message *letter, const struct text *body)
{
    static const char *const names[] = { "From", "To", "Cc", "Date", "Subject" };
    g_autoptr(GString) all = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = message_header(letter, names[i]);
        if (value != NULL)
            g_string_append_printf(all, "%s: %s\n", names[i], value);
    }
    g_autofree char *shown = text_shown(body);
    g_string_append_printf(all, "\n%s", shown);
    g_auto(GStrv) lines = g_strsplit(all->str, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        char *clean = width_visible(*line, strlen(*line));
        g_free(*line);
        *line = clean;
    }
    return g_strjoinv("\n", lines);
}

#define PRINT_MS ((int64_t)24 * 60 * 60 * 1000) /* a program may show a window first */

static GPtrArray *printing; /* of hook_run*: programs that have not ended yet, of the one person at this screen */

static void run_free(gpointer data)
{
    hook_run_free(data);
}

void cmd_print_tick(app *ui, int64_t now_ms)
{
    for (guint i = printing != NULL ? printing->len : 0; i > 0; i--) {
        hook_run *run = g_ptr_array_index(printing, i - 1);
        if (!hook_run_has_ended(run, now_ms))
            continue;
        g_autofree char *words = hook_run_is_good(run) ? NULL : hook_run_words(run);
        if (words == NULL)
            app_say(ui, _("Given to the printer."));
        else
            app_error(ui, _("Not printed: %s"), words);
        g_ptr_array_remove_index(printing, i - 1);
    }
    if (printing != NULL && printing->len == 0)
        g_clear_pointer(&printing, g_ptr_array_unref);
}

void cmd_print(app *ui, view *base)
{
    (void)base;
    g_autoptr(GError) error = NULL;
    const message *letter = view_reader_message(reader_of(ui));
    const struct text *body = view_reader_text(reader_of(ui));
    const char *command = app_settings(ui)->print_command;
    if (letter == NULL || body == NULL)
        return;
    g_autofree char *text = printed(letter, body);
    hook_run *run =
        hook_run_start(command != NULL && *command != '\0' ? command : "lpr", text, strlen(text), app_now_ms() + PRINT_MS, &error);
    if (run == NULL) {
        app_error(ui, _("Not printed: %s"), error != NULL ? error->message : "");
        return;
    }
    if (printing == NULL)
        printing = g_ptr_array_new_with_free_func(run_free);
    g_ptr_array_add(printing, run);
    app_say(ui, _("Being given to the printer …"));
}
