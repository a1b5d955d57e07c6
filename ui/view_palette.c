/* SPDX-License-Identifier: MIT */
/* The palette: every command of the view below, found by a part of its name or help. */
#include "ui/app.h"
#include "ui/command_words.h"
#include "ui/keystroke.h"
#include "ui/picker.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { HELP_COLUMNS = 28, ROW_MAX = 99999 };

static void run_chosen(app *ui, void *data, const struct picker_row *row)
{
    (void)data;
    if (row != NULL && row->id == PICKER_TYPED)
        keystroke_go_to_row(ui, (int)MIN(g_ascii_strtoull(row->text, NULL, 10), ROW_MAX));
    else if (row != NULL)
        app_run_command(ui, &commands[row->id]);
}

/* What fingers type behind vim's colon. Nothing of it sends. */
static const struct {
    const char *command, *names;
} vim_names[] = {
    { "quit", "q q! qa qa! wq wqa x xa" },
    { "close", "q q! wq x" },
    { "leave", "q q! wq x" },
    { "lay-aside", "w" },
    { "sync", "w wa up" },
    { "help", "h" },
    { "settings", "se set" },
    { "go-folder", "e edit" },
    { "undo", "u" },
    { "redo", "red redo" },
    { "delete", "d" },
    { "copy", "y co t" },
    { "move", "m" },
    { "bottom", "$" },
    { "shell", "sh" },
    { "compositions", "ls" },
    { "compose", "new ene" },
    { "mark-pattern", "g" },
    { "print", "ha" },
    { "layout", "on only" },
};

/* Its own name is one in every language. Caller frees. */
static char *exact_names(app *ui, const struct command *command)
{
    bool is_vim = g_strcmp0(app_settings(ui)->keys, "vim") == 0;
    for (size_t i = 0; is_vim && i < G_N_ELEMENTS(vim_names); i++)
        if (strcmp(vim_names[i].command, command->name) == 0)
            return g_strconcat(command->name, " ", vim_names[i].names, NULL);
    return g_strdup(command->name);
}

/* What people call it: in their language, in English, and what its help says. */
static void hide_words(struct picker_row *row, const struct command *each)
{
    const char *words = command_words(each);
    if (words != NULL) {
        picker_row_hide(row, words);
        picker_row_hide(row, g_dpgettext2(GETTEXT_PACKAGE, COMMAND_WORDS_CONTEXT, words));
    }
    picker_row_hide(row, each->help);
    if (each->long_help != NULL)
        picker_row_hide(row, _(each->long_help));
}

static bool is_number(const char *typed)
{
    return strspn(typed, "0123456789") == strlen(typed);
}

void view_palette_push(app *ui)
{
    enum context context = view_top(ui)->ops->context;
    GPtrArray *rows = g_ptr_array_new();
    g_autoptr(GPtrArray) all = command_list(context);
    for (guint i = 0; i < all->len; i++) {
        const struct command *each = g_ptr_array_index(all, i);
        const char *help = _(each->help);
        bool is_same = strcmp(help, each->name) == 0;
        int blanks = is_same ? 0 : MAX(HELP_COLUMNS - width_text(help), 1);
        g_autofree char *words = g_strdup_printf("%s%*s%s", help, blanks, "", is_same ? "" : each->name);
        struct picker_row *row = picker_row_new(words, keymap_key_for(ui, each, context), (int64_t)(each - commands));
        hide_words(row, each);
        row->exact = exact_names(ui, each);
        g_ptr_array_add(rows, row);
    }
    picker_push(ui, _("Commands"), rows, run_chosen, NULL, NULL);
    if (context & CONTEXT_MAIL) /* :12 */
        picker_offer_typed(ui, _("go to this row"), is_number);
}
