/* SPDX-License-Identifier: MIT */
/* postern.conf: the table of options applied to a struct. */
#include "config/settings.h"
#include "config/ini.h"
#include "config/options.h"
#include "config/parse_private.h"
#include "config/paths.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static const char group[] = "postern";

static const struct option_row *row_named(const char *name)
{
    for (size_t i = 0; i < option_row_count; i++) {
        if (strcmp(option_rows[i].name, name) == 0)
            return &option_rows[i];
    }
    return NULL;
}

static char *allowed(const struct option_row *row)
{
    switch (row->type) {
    case OPTION_BOOL:
        return g_strdup("true, false");
    case OPTION_NUMBER:
        return g_strdup_printf("%d … %d", row->minimum, row->maximum);
    case OPTION_TEXT:
        return g_strdup(_("any text"));
    }
    return NULL;
}

static bool apply(struct settings *settings, const struct option_row *row, const char *value, GError **error)
{
    void *field = (char *)settings + row->offset;
    gint64 number = 0;
    bool is_ok = true;
    if (row->type == OPTION_TEXT) {
        g_free(*(char **)field);
        *(char **)field = g_strdup(value);
    } else if (row->type == OPTION_NUMBER) {
        is_ok = g_ascii_string_to_signed(value, 10, row->minimum, row->maximum, &number, NULL);
        if (is_ok)
            *(int *)field = (int)number;
    } else {
        is_ok = strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
        if (is_ok)
            *(bool *)field = strcmp(value, "true") == 0;
    }
    g_autofree char *words = allowed(row);
    if (!is_ok)
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, _("%s = %s is not allowed. Allowed is: %s."), row->name, value, words);
    return is_ok;
}

struct settings *settings_new_default(void)
{
    struct settings *settings = g_new0(struct settings, 1);
    for (size_t i = 0; i < option_row_count; i++) {
        if (option_rows[i].default_value != NULL)
            apply(settings, &option_rows[i], option_rows[i].default_value, NULL);
    }
    return settings;
}

void settings_free(struct settings *settings)
{
    for (size_t i = 0; settings != NULL && i < option_row_count; i++) {
        if (option_rows[i].type == OPTION_TEXT)
            g_free(*(char **)((char *)settings + option_rows[i].offset));
    }
    g_free(settings);
}

bool settings_set(struct settings *settings, const char *key, const char *value, GError **error)
{
    const struct option_row *row = row_named(key);
    if (row != NULL)
        return apply(settings, row, value, error);
    GString *names = g_string_new(NULL);
    for (size_t i = 0; i < option_row_count; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", option_rows[i].name);
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, _("There is no setting %s. Allowed are: %s."), key, names->str);
    g_string_free(names, TRUE);
    return false;
}

static struct settings *read_settings(const ini *file, GError **error)
{
    struct settings *settings = settings_new_default();
    g_auto(GStrv) groups = ini_groups(file);
    for (char **name = groups; *name != NULL; name++) {
        g_auto(GStrv) keys = ini_keys(file, *name);
        bool is_ours = strcmp(*name, group) == 0;
        if (!is_ours && strcmp(*name, "oauth") != 0) {
            ini_fail(file, *name, NULL, error, _("There is no group [%s]. Allowed are [postern] and [oauth]."), *name);
            return settings_free(settings), NULL;
        }
        for (char **key = keys; is_ours && *key != NULL; key++) {
            g_autofree char *value = ini_get(file, *name, *key);
            g_autoptr(GError) why = NULL;
            if (value != NULL && settings_set(settings, *key, value, &why))
                continue;
            ini_fail(file, *name, *key, error, "%s", why != NULL ? why->message : _("The value cannot be read."));
            return settings_free(settings), NULL;
        }
    }
    return settings;
}

struct settings *settings_from_data(const char *path, const char *text, size_t length, GError **error)
{
    g_autoptr(ini) file = ini_from_data(path, text, length, error);
    return file != NULL ? read_settings(file, error) : NULL;
}

struct settings *settings_load(GError **error)
{
    g_autofree char *path = paths_config_file("postern.conf");
    bool is_missing = false;
    g_autoptr(GError) why = NULL;
    g_autoptr(ini) file = ini_load(path, &is_missing, &why);
    if (file != NULL)
        return read_settings(file, error);
    if (is_missing)
        return settings_new_default();
    g_propagate_error(error, g_steal_pointer(&why));
    return NULL;
}

bool settings_save(const char *key, const char *value, GError **error)
{
    g_autofree char *path = paths_config_file("postern.conf");
    bool is_missing = false;
    g_autoptr(GError) why = NULL;
    g_autoptr(ini) file = ini_load(path, &is_missing, &why);
    if (file == NULL && is_missing)
        file = ini_from_data(path, "", 0, &why);
    if (file == NULL)
        return g_propagate_error(error, g_steal_pointer(&why)), false;
    return ini_set(file, group, key, value, error) && ini_save(file, 0644, error);
}

const struct settings_option *settings_option_at(size_t index)
{
    static const char *const types[] = { [OPTION_TEXT] = "text", [OPTION_NUMBER] = "number", [OPTION_BOOL] = "true | false" };
    static struct settings_option option; /* for one reader at a time: help and the man page */
    static char range[40];
    if (index >= option_row_count)
        return NULL;
    const struct option_row *row = &option_rows[index];
    range[0] = 0;
    if (row->type == OPTION_NUMBER)
        g_snprintf(range, sizeof range, "%d to %d", row->minimum, row->maximum);
    option = (struct settings_option){ row->name, types[row->type], row->default_value, range, _(row->help) };
    return &option;
}
