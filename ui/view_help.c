/* SPDX-License-Identifier: MIT */
/* Help: the keys of a screen, made from the command table. */
#include "ui/app_private.h"
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

/* "r, R  reply: Answers the sender." The command's own name is for the palette and keys.conf, at the end. */
static void add_command(pager *self, app *ui, const struct command *command, enum context context)
{
    g_autofree char *keys = keymap_keys(ui->keymap, command, context);
    g_autofree char *said =
        command->long_help != NULL ? g_strdup_printf(_("%s: %s"), _(command->help), _(command->long_help)) : g_strdup(_(command->help));
    pager_add(self, THEME_NORMAL, *keys != '\0' ? keys : ":", g_strdup_printf("%s (%s)", said, command->name));
}

void view_help_push(app *ui, enum context context)
{
    const struct {
        enum context context;
        const char *title;
    } titles[] = { { CONTEXT_FOLDERS, N_("Keys in the folder list") },
                   { CONTEXT_LIST, N_("Keys in the message list") },
                   { CONTEXT_READER, N_("Keys while reading") },
                   { CONTEXT_COMPOSER, N_("Keys over the text of a message") },
                   { CONTEXT_FIELDS, N_("Keys while addresses and subject are typed") },
                   { CONTEXT_TEXT, N_("Keys while the text is typed") },
                   { CONTEXT_ACTIVITY, N_("Keys in the activity view") },
                   { CONTEXT_OUTBOX, N_("Keys in the outbox") },
                   { CONTEXT_SETTINGS, N_("Keys in the settings") },
                   { CONTEXT_RULES, N_("Keys in the filing rules") } };
    pager *self = g_new0(pager, 1);
    const char *title = N_("Keys here");
    pager_init(self, &ops, ui);
    for (size_t i = 0; i < G_N_ELEMENTS(titles); i++)
        title = titles[i].context == context ? titles[i].title : title;
    pager_add(self, THEME_TITLE, NULL, g_strdup(_(title)));
    pager_add(self, THEME_DIM, NULL, g_strdup(_("q or Esc goes back. The palette (: or Ctrl-P) finds a command by its name.")));
    pager_add(self, THEME_NORMAL, NULL, g_strdup(""));
    g_autoptr(GPtrArray) all = command_list(context);
    bool is_general = false;
    for (guint i = 0; i < all->len; i++) {
        const struct command *command = g_ptr_array_index(all, i);
        if (!is_general && command_is_general(command, context)) {
            is_general = true;
            pager_add(self, THEME_NORMAL, NULL, g_strdup(""));
            pager_add(self, THEME_TITLE, NULL, g_strdup(_("Keys on other screens, too")));
        }
        add_command(self, ui, command, context);
    }
    view_push(ui, &self->base);
}
