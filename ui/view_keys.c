/* SPDX-License-Identifier: MIT */
/* All keys as they are now: by screen, with where each comes from, and the default keys that something took. */
#include "ui/app_private.h"
#include "ui/pager.h"
#include "ui/view_settings.h"
#include <glib/gi18n-lib.h>
#include <string.h>

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

static const struct {
    enum context context;
    const char *title;
} screens[] = {
    { CONTEXT_LIST, N_("Message list") },
    { CONTEXT_READER, N_("Reading mail") },
    { CONTEXT_FOLDERS, N_("Folder list") },
    { CONTEXT_COMPOSER, N_("Over a message's text") },
    { CONTEXT_FIELDS, N_("Addresses and subject") },
    { CONTEXT_TEXT, N_("Typing a text") },
    { CONTEXT_ACTIVITY, N_("Activity") },
    { CONTEXT_OUTBOX, N_("Outbox") },
    { CONTEXT_SETTINGS, N_("Settings") },
    { CONTEXT_RULES, N_("Filing rules") },
};

static void add_line(pager *self, enum theme_style style, const char *key, char *words)
{
    pager_add(self, style, key, words);
}

static void add_binding(pager *self, const struct binding *binding)
{
    char keys[64] = "";
    keymap_format(binding, keys, sizeof keys);
    const char *name = binding->command != NULL ? binding->command->name : _("nothing");
    bool is_own = binding->source != NULL && strcmp(binding->source, "keys.conf") == 0;
    if (is_own)
        add_line(self, THEME_NORMAL, keys, g_strdup_printf("%s (keys.conf:%u)", name, binding->line));
    else
        add_line(self, THEME_NORMAL, keys, binding->source != NULL ? g_strdup_printf("%s (%s)", name, binding->source) : g_strdup(name));
}

/* Keys of the table that a preset or keys.conf gave to something else, where the command has no other left. */
static void add_lost(pager *self, const keymap *map, enum context context)
{
    g_autoptr(GString) lost = g_string_new(NULL);
    for (size_t i = 0; i < command_count; i++) {
        char text[64];
        bool had_key = *commands[i].keys != '\0' && (commands[i].contexts & context) && !(context & (CONTEXT_FIELDS | CONTEXT_TEXT));
        if (had_key && !keymap_key(map, &commands[i], context, text, sizeof text))
            g_string_append_printf(lost, "%s%s", lost->len > 0 ? ", " : "", commands[i].name);
    }
    if (lost->len > 0)
        add_line(self, THEME_DIM, ":", g_strdup_printf(_("by the palette only: %s"), lost->str));
}

static void add_screen(pager *self, const keymap *map, enum context context, const char *title)
{
    const GArray *all = keymap_bindings(map);
    add_line(self, THEME_NORMAL, NULL, g_strdup(""));
    add_line(self, THEME_TITLE, NULL, g_strdup(_(title)));
    for (guint i = 0; i < all->len; i++) {
        const struct binding *binding = &g_array_index(all, struct binding, i);
        if (binding->contexts & context)
            add_binding(self, binding);
    }
    add_lost(self, map, context);
}

/* What is wrong in keys.conf, read anew: somebody may just have edited it. */
static void add_complaints(pager *self, app *ui)
{
    g_autoptr(GPtrArray) wrong = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(keymap) map = keymap_read(ui->settings->keys, wrong);
    for (guint i = 0; i < wrong->len; i++)
        add_line(self, THEME_WARNING, NULL, g_strdup(g_ptr_array_index(wrong, i)));
}

void cmd_keys(app *ui, view *base)
{
    (void)base;
    pager *self = g_new0(pager, 1);
    pager_init(self, &ops, ui);
    add_line(self, THEME_TITLE, NULL, g_strdup_printf(_("Keys: %s"), ui->settings->keys));
    add_line(self, THEME_DIM, NULL,
             g_strdup(_("Your own stand in keys.conf: [list] x = archive. A macro is several: x = mark ; move ; \"Archive\" <enter>")));
    add_complaints(self, ui);
    for (size_t i = 0; i < G_N_ELEMENTS(screens); i++)
        add_screen(self, ui->keymap, screens[i].context, screens[i].title);
    view_push(ui, &self->base);
}
