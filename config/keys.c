/* SPDX-License-Identifier: MIT */
/* keys.conf and the shipped presets, as data. */
#include "config/keys.h"
#include "config/ini.h"
#include "config/parse_private.h"
#include "config/paths.h"
#include <glib/gi18n-lib.h>
#include <string.h>

struct preset_row {
    const char *context, *keys, *command;
};

static const struct preset_row mutt_rows[] = {
    { "list", "j", "move-down" }, { "list", "k", "move-up" },       { "list", "=", "top" },          { "list", "*", "bottom" },
    { "list", "F", "flag" },      { "list", "N", "toggle-unread" }, { "list", "m", "compose" },      { "list", "r", "reply" },
    { "list", "g", "reply-all" }, { "list", "L", "reply-list" },    { "list", "s", "move" },         { "list", "C", "copy" },
    { "list", "t", "mark" },      { "list", "c", "go-folder" },     { "list", "G", "sync" },         { "reader", "m", "compose" },
    { "reader", "r", "reply" },   { "reader", "g", "reply-all" },   { "reader", "L", "reply-list" }, { "reader", "s", "move" },
    { "reader", "C", "copy" },    { "reader", "i", "back" },        { "reader", "h", "headers" },
};
static const struct preset_row vim_rows[] = {
    { "list", "y y", "copy" },         { "list", "z a", "fold" },       { "reader", "g g", "top" },    { "reader", "G", "bottom" },
    { "list", "j", "move-down" },      { "list", "k", "move-up" },      { "list", "g g", "top" },      { "list", "G", "bottom" },
    { "list", "ctrl-d", "page-down" }, { "list", "ctrl-u", "page-up" }, { "list", "d d", "delete" },   { "list", "v", "mark" },
    { "list", "l", "open" },           { "reader", "j", "move-down" },  { "reader", "k", "move-up" },  { "reader", "ctrl-d", "page-down" },
    { "reader", "ctrl-u", "page-up" }, { "reader", "h", "back" },       { "reader", "d d", "delete" }, { "folders", "l", "open" },
};
static const struct preset_row alpine_rows[] = {
    { "list", "g", "go-folder" }, { "list", "l", "folders" }, { "list", ":", "mark" },          { "reader", "v", "open-attachment" },
    { "list", "n", "move-down" }, { "list", "p", "move-up" }, { "list", "space", "page-down" }, { "list", "-", "page-up" },
    { "list", "w", "filter" },    { "list", "s", "move" },    { "list", ";", "mark" },          { "list", "<", "back" },
    { "list", ">", "open" },      { "reader", "n", "next" },  { "reader", "p", "previous" },    { "reader", "space", "page-down" },
    { "reader", "-", "page-up" }, { "reader", "<", "back" },  { "reader", "s", "move" },        { "folders", ">", "open" },
};
static const struct {
    const char *name;
    const struct preset_row *rows;
    size_t count;
} presets[] = {
    { "default", NULL, 0 },
    { "mutt", mutt_rows, G_N_ELEMENTS(mutt_rows) },
    { "vim", vim_rows, G_N_ELEMENTS(vim_rows) },
    { "alpine", alpine_rows, G_N_ELEMENTS(alpine_rows) },
};

static void binding_free(gpointer data)
{
    struct key_binding *binding = data;
    g_free(binding->context);
    g_free(binding->keys);
    g_free(binding->command);
    g_free(binding);
}

static void add_binding(GPtrArray *bindings, const char *context, const char *keys, const char *command, unsigned line)
{
    struct key_binding *binding = g_new0(struct key_binding, 1);
    *binding = (struct key_binding){ g_strdup(context), g_strdup(keys), g_strdup(command), line };
    g_ptr_array_add(bindings, binding);
}

static GPtrArray *read_keys(const ini *file)
{
    GPtrArray *bindings = g_ptr_array_new_with_free_func(binding_free);
    g_auto(GStrv) groups = ini_groups(file);
    for (char **group = groups; *group != NULL; group++) {
        g_auto(GStrv) keys = ini_keys(file, *group);
        for (char **key = keys; *key != NULL; key++) {
            g_autofree char *command = ini_get(file, *group, *key);
            if (command != NULL)
                add_binding(bindings, *group, *key, command, ini_line(file, *group, *key));
        }
    }
    return bindings;
}

GPtrArray *keys_from_data(const char *path, const char *text, size_t length, GError **error)
{
    g_autoptr(ini) file = ini_from_data(path, text, length, error);
    return file != NULL ? read_keys(file) : NULL;
}

GPtrArray *keys_load(const char *path, GError **error)
{
    g_autofree char *standard = path == NULL ? paths_config_file("keys.conf") : NULL;
    bool is_missing = false;
    g_autoptr(GError) why = NULL;
    g_autoptr(ini) file = ini_load(path != NULL ? path : standard, &is_missing, &why);
    if (file != NULL)
        return read_keys(file);
    if (is_missing)
        return g_ptr_array_new_with_free_func(binding_free);
    g_propagate_error(error, g_steal_pointer(&why));
    return NULL;
}

GPtrArray *keys_preset(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(presets); i++) {
        if (strcmp(presets[i].name, name) != 0)
            continue;
        GPtrArray *bindings = g_ptr_array_new_with_free_func(binding_free);
        for (size_t row = 0; row < presets[i].count; row++)
            add_binding(bindings, presets[i].rows[row].context, presets[i].rows[row].keys, presets[i].rows[row].command, 0);
        return bindings;
    }
    return NULL;
}
