/* SPDX-License-Identifier: MIT */
/* From keys to commands: sequences, counts before a command (5j), macros. UI thread only. */
#include "ui/keystroke.h"
#include "ui/app_private.h"
#include "ui/filing.h"
#include "ui/view_list.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { COUNT_MAX = 999, KNOWN_MS = 400 };

static const struct {
    const char *command;
    enum keystroke_count count;
} counted[] = {
    { "move-down", COUNT_REPEATS },
    { "move-up", COUNT_REPEATS },
    { "page-down", COUNT_REPEATS },
    { "page-up", COUNT_REPEATS },
    { "half-down", COUNT_REPEATS },
    { "half-up", COUNT_REPEATS },
    { "next", COUNT_REPEATS },
    { "previous", COUNT_REPEATS },
    { "next-unread", COUNT_REPEATS },
    { "mark", COUNT_REPEATS },
    { "read-back", COUNT_REPEATS },
    { "undo", COUNT_REPEATS },
    { "redo", COUNT_REPEATS },
    { "focus-next", COUNT_REPEATS },
    { "divider-left", COUNT_REPEATS },
    { "divider-right", COUNT_REPEATS },
    { "top", COUNT_ROW },
    { "bottom", COUNT_ROW },
    { "open", COUNT_ROW }, /* 150, Enter: as in mutt, it is gone to and not opened */
    { "delete", COUNT_MARKS },
    { "archive", COUNT_MARKS },
    { "move", COUNT_MARKS },
    { "copy", COUNT_MARKS },
    { "flag", COUNT_MARKS },
    { "toggle-unread", COUNT_MARKS },
    { "tag", COUNT_MARKS },
};

enum keystroke_count keystroke_count_of(const struct command *command)
{
    for (size_t i = 0; i < G_N_ELEMENTS(counted); i++)
        if (strcmp(counted[i].command, command->name) == 0)
            return counted[i].count;
    return COUNT_NONE;
}

void keystroke_forget(app *ui)
{
    ui->pending_count = 0;
    ui->count = 0;
    ui->is_sequence_shown = false;
    status_touch(ui->status);
}

/* Hands that know the sequence have gone on by then: nothing is drawn for them, and taken away again. */
int64_t keystroke_due_ms(const app *ui)
{
    bool is_begun = ui->pending_count > 0 || ui->count > 0;
    return is_begun && !ui->is_sequence_shown ? ui->last_key_ms + KNOWN_MS : INT64_MAX;
}

void keystroke_tick(app *ui, int64_t now_ms)
{
    if (now_ms < keystroke_due_ms(ui))
        return;
    ui->is_sequence_shown = ui->pace.is_asked = true;
    status_touch(ui->status);
}

/* --- counts --- */

static void repeat(app *ui, const struct command *command, int count)
{
    unsigned errors = ui->errors;
    const view *top = view_top(ui);
    for (int i = 0; i < count && errors == ui->errors && view_top(ui) == top && !ui->is_quitting; i++) {
        if (i > 0 && filing_is_busy(ui))
            return; /* what is said next would be about the same message again */
        command->run(ui, view_top(ui));
    }
}

/* 10G: the tenth row. */
void keystroke_go_to_row(app *ui, int row)
{
    command_find("top")->run(ui, view_top(ui));
    repeat(ui, command_find("move-down"), row - 1);
}

static void mark_rows(app *ui, int count)
{
    for (int i = 0; ui->focus == PANE_LIST && i < count; i++)
        view_list_mark(ui->panes[PANE_LIST], true);
}

static void run_counted(app *ui, const struct command *command, int count)
{
    switch (count > 0 ? keystroke_count_of(command) : COUNT_NONE) {
    case COUNT_REPEATS:
        repeat(ui, command, count);
        return;
    case COUNT_ROW:
        keystroke_go_to_row(ui, count);
        return;
    case COUNT_MARKS:
        if (!view_list_has_marks(ui->panes[PANE_LIST]))
            mark_rows(ui, count);
        break;
    case COUNT_NONE:
        break;
    }
    command->run(ui, view_top(ui));
}

/* A digit that is no command itself: 5dd, and d5d as in vim. */
static bool take_digit(app *ui, const struct key *key)
{
    const struct command *command = NULL;
    enum context context = view_top(ui)->ops->context;
    bool is_digit =
        key->kind == KEY_KIND_CHARACTER && key->mods == 0 && key->character >= (ui->count > 0 ? '0' : '1') && key->character <= '9';
    if (!is_digit || !(context & CONTEXT_MAIL) || (ui->pending_count > 0 && ui->count > 0 && !ui->is_count_within))
        return false;
    ui->pending[ui->pending_count] = *key; /* there is room: a sequence as long as it may be is not pending */
    if (keymap_find(ui->keymap, context, ui->pending, ui->pending_count + 1, &command) != KEYMAP_NONE)
        return false;
    ui->is_count_within = ui->pending_count > 0;
    ui->count = MIN(ui->count * 10 + (int)(key->character - '0'), COUNT_MAX);
    status_touch(ui->status);
    return true;
}

/* --- macros --- */

/* Its keys are looked up as ever, but start no other macro: none can run for ever. It ends where something did not work. */
static void run_macro(app *ui, const GArray *shared)
{
    g_autoptr(GArray) steps = g_array_copy((GArray *)shared); /* a command may load the keys anew */
    unsigned errors = ui->errors;
    ui->is_in_macro = true;
    for (guint i = 0; i < steps->len && errors == ui->errors && !ui->is_quitting; i++) {
        const struct macro_step *step = &g_array_index(steps, struct macro_step, i);
        if (step->command != NULL)
            app_run_command(ui, step->command);
        else
            keystroke_press(ui, &step->key);
    }
    ui->is_in_macro = false;
    keystroke_forget(ui);
}

/* --- sequences --- */

static void explain_sequence(app *ui)
{
    g_autoptr(GString) keys = g_string_new(NULL);
    for (size_t i = 0; i < ui->pending_count; i++) {
        char word[32];
        key_format(&ui->pending[i], word, sizeof word);
        g_string_append_printf(keys, "%s%s", i > 0 ? " " : "", word);
    }
    const char *help = keymap_key_for(ui, command_find("help"), view_top(ui)->ops->context);
    if (ui->is_in_macro)
        app_error(ui, _("The macro stops: there is no command on %s here."), keys->str);
    else if (*help != '\0')
        app_brief(ui, _("No command on %s here; %s shows all."), keys->str, help);
    else
        app_brief(ui, _("No command on %s here."), keys->str);
}

static bool offer_to_view(app *ui, const struct key *key)
{
    view *top = view_top(ui);
    return top->ops->key != NULL && top->ops->key(top, key);
}

static void run_found(app *ui, const struct command *command)
{
    const GArray *steps = keymap_macro(ui->keymap, command);
    int count = ui->count;
    keystroke_forget(ui);
    if (steps == NULL)
        run_counted(ui, command, count);
    else if (ui->is_in_macro)
        app_error(ui, _("A macro cannot start another one: %s"), command->name);
    else
        run_macro(ui, steps);
}

static void find_command(app *ui)
{
    const struct command *command = NULL;
    bool had_count = ui->count > 0;
    switch (keymap_find(ui->keymap, view_top(ui)->ops->context, ui->pending, ui->pending_count, &command)) {
    case KEYMAP_MORE:
        status_touch(ui->status);
        return;
    case KEYMAP_FOUND:
        if (had_count && ui->pending[0].name == KEY_NAME_ESCAPE)
            break; /* the count is taken back, and nothing else */
        run_found(ui, command);
        return;
    case KEYMAP_NONE:
        if (ui->pending_count > 1 || !offer_to_view(ui, &ui->pending[0])) {
            bool is_cancel = ui->pending_count > 1 && ui->pending[ui->pending_count - 1].name == KEY_NAME_ESCAPE;
            if (!is_cancel)
                explain_sequence(ui);
        }
        break;
    }
    keystroke_forget(ui);
}

void keystroke_press(app *ui, const struct key *key)
{
    if (take_digit(ui, key))
        return;
    ui->pending[ui->pending_count++] = *key;
    find_command(ui);
    if (ui->pending_count >= KEYMAP_SEQUENCE_MAX)
        keystroke_forget(ui);
}
