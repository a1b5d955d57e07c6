/* SPDX-License-Identifier: MIT */
/* keys.conf as data. */
#include "config/keys.h"
#include "config/keys_private.h"
#include "config/ini.h"
#include "config/parse_private.h"
#include "config/paths.h"
#include <glib/gi18n-lib.h>
#include <string.h>

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
    size_t count = 0;
    const struct keys_preset_row *rows = keys_preset_rows(name, &count);
    if (rows == NULL)
        return NULL;
    GPtrArray *bindings = g_ptr_array_new_with_free_func(binding_free);
    for (size_t row = 0; row < count; row++)
        add_binding(bindings, rows[row].context, rows[row].keys, rows[row].command, (unsigned)row + 1);
    return bindings;
}
