/* SPDX-License-Identifier: MIT */
/* Help: the keys of a screen, made from the command table. */
#include "ui/app.h"
#include "ui/pager.h"
#include <glib/gi18n-lib.h>

static void release(view *base)
{
    pager *self = (pager *)(void *)base;
    pager_clear(self);
    g_free(self);
}

static const struct view_ops ops = { .name = "help",
                                     .context = CONTEXT_HELP,
                                     .layout = pager_layout,
                                     .draw = pager_draw,
                                     .key = pager_key,
                                     .mouse = pager_mouse,
                                     .free = release };

static void add_command(pager *self, app *ui, const struct command *command, enum context context)
{
    const char *key = keymap_key_for(ui, command, context);
    bool has_more = command->long_help != NULL;
    char *words = has_more ? g_strdup_printf("%-18s %s", command->name, _(command->long_help))
                           : g_strdup_printf("%-18s %s", command->name, _(command->help));
    pager_add(self, THEME_NORMAL, *key != '\0' ? key : ":", words);
}

void view_help_push(app *ui, enum context context)
{
    const struct {
        enum context context;
        const char *title;
    } titles[] = { { CONTEXT_FOLDERS, N_("Keys in the folder list") },
                   { CONTEXT_LIST, N_("Keys in the message list") },
                   { CONTEXT_READER, N_("Keys while reading") },
                   { CONTEXT_COMPOSER, N_("Keys while writing") },
                   { CONTEXT_ACTIVITY, N_("Keys in the activity view") } };
    pager *self = g_new0(pager, 1);
    const char *title = N_("Keys here");
    pager_init(self, &ops, ui);
    for (size_t i = 0; i < G_N_ELEMENTS(titles); i++)
        title = titles[i].context == context ? titles[i].title : title;
    pager_add(self, THEME_TITLE, NULL, g_strdup(_(title)));
    pager_add(self, THEME_DIM, NULL, g_strdup(_("q or Esc goes back. The palette (: or Ctrl-P) finds a command by its name.")));
    pager_add(self, THEME_NORMAL, NULL, g_strdup(""));
    for (size_t i = 0; i < command_count; i++)
        if (commands[i].contexts & context)
            add_command(self, ui, &commands[i], context);
    view_push(ui, &self->base);
}
