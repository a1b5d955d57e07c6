/* SPDX-License-Identifier: MIT */
/* The palette: every command of the view below, found by a part of its name or help. */
#include "ui/app.h"
#include "ui/picker.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { HELP_COLUMNS = 28 };

static void run_chosen(app *ui, void *data, const struct picker_row *row)
{
    (void)data;
    if (row != NULL)
        app_run_command(ui, &commands[row->id]);
}

void view_palette_push(app *ui)
{
    enum context context = view_top(ui)->ops->context;
    GPtrArray *rows = g_ptr_array_new();
    for (size_t i = 0; i < command_count; i++) {
        if (!(commands[i].contexts & context))
            continue;
        const char *help = _(commands[i].help);
        bool is_same = strcmp(help, commands[i].name) == 0;
        int blanks = is_same ? 0 : MAX(HELP_COLUMNS - width_text(help), 1);
        g_autofree char *words = g_strdup_printf("%s%*s%s", help, blanks, "", is_same ? "" : commands[i].name);
        g_ptr_array_add(rows, picker_row_new(words, keymap_key_for(ui, &commands[i], context), (int64_t)i));
    }
    picker_push(ui, _("Commands"), rows, run_chosen, NULL, NULL);
}
