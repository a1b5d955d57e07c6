/* SPDX-License-Identifier: MIT */
/* postern.conf: the table of options applied to a struct. */
#include "config/settings.h"
#include "config/ini.h"
#include "config/nearest.h"
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

static const char *const bool_words[] = { "true", "false", NULL };

static bool is_text(enum option_type type)
{
    return type == OPTION_TEXT || type == OPTION_PATH || type == OPTION_CHOICE;
}

static char *joined_words(const char *words)
{
    g_auto(GStrv) list = g_strsplit(words, " ", -1);
    return g_strjoinv(", ", list);
}

/* What may be written; also for the man page. Caller frees. */
static char *allowed(const struct option_row *row)
{
    switch (row->type) {
    case OPTION_BOOL:
        return g_strdup("true, false");
    case OPTION_NUMBER:
        return g_strdup_printf(_("%d to %d"), row->minimum, row->maximum);
    case OPTION_CHOICE:
        return joined_words(row->choices);
    case OPTION_PATH:
    case OPTION_TEXT:
        return g_strdup(_("text on one line"));
    }
    return NULL;
}

static bool is_one_line(const char *value)
{
    for (const char *p = value; *p != '\0'; p++) {
        if (g_ascii_iscntrl(*p))
            return false;
    }
    return true;
}

static bool is_allowed(const struct option_row *row, const char *value)
{
    if (row->type == OPTION_NUMBER)
        return g_ascii_string_to_signed(value, 10, row->minimum, row->maximum, NULL, NULL);
    if (row->type == OPTION_BOOL)
        return g_strv_contains(bool_words, value);
    g_auto(GStrv) words = g_strsplit(row->type == OPTION_CHOICE ? row->choices : "", " ", -1);
    return row->type == OPTION_CHOICE ? g_strv_contains((const char *const *)words, value) : is_one_line(value);
}

/* value is allowed, or NULL for an unset text. */
static void put_value(struct settings *settings, const struct option_row *row, const char *value)
{
    void *field = (char *)settings + row->offset;
    if (is_text(row->type)) {
        g_free(*(char **)field);
        *(char **)field = row->type == OPTION_PATH && value != NULL ? paths_expand(value) : g_strdup(value);
    } else if (row->type == OPTION_NUMBER) {
        *(int *)field = (int)g_ascii_strtoll(value, NULL, 10);
    } else {
        *(bool *)field = strcmp(value, "true") == 0;
    }
}

static char *hint_for(const struct option_row *row, const char *value)
{
    g_auto(GStrv) choices = g_strsplit(row->choices != NULL ? row->choices : "", " ", -1);
    return nearest_hint(value, row->type == OPTION_BOOL ? bool_words : (const char *const *)choices);
}

/* "key =" with nothing behind it is the default. */
static bool apply(struct settings *settings, const struct option_row *row, const char *value, GError **error)
{
    if (*value == '\0') {
        put_value(settings, row, row->default_value);
        return true;
    }
    if (is_allowed(row, value)) {
        put_value(settings, row, value);
        return true;
    }
    g_autofree char *words = allowed(row), *hint = hint_for(row, value);
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, _("%s = %s is not allowed.%s Allowed are: %s."), row->name, value, hint, words);
    return false;
}

struct settings *settings_new_default(void)
{
    struct settings *settings = g_new0(struct settings, 1);
    for (size_t i = 0; i < option_row_count; i++) {
        if (option_rows[i].default_value != NULL)
            put_value(settings, &option_rows[i], option_rows[i].default_value);
    }
    return settings;
}

void settings_free(struct settings *settings)
{
    for (size_t i = 0; settings != NULL && i < option_row_count; i++) {
        if (is_text(option_rows[i].type))
            g_free(*(char **)((char *)settings + option_rows[i].offset));
    }
    g_free(settings);
}

bool settings_set(struct settings *settings, const char *key, const char *value, GError **error)
{
    const struct option_row *row = row_named(key);
    if (row != NULL)
        return apply(settings, row, value, error);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < option_row_count; i++)
        g_ptr_array_add(names, (char *)option_rows[i].name);
    g_ptr_array_add(names, NULL);
    g_autofree char *all = g_strjoinv(", ", (char **)names->pdata), *hint = nearest_hint(key, (const char *const *)names->pdata);
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, _("There is no setting %s.%s Allowed are: %s."), key, hint, all);
    return false;
}

static void read_group(struct settings *settings, const ini *file, GPtrArray *errors)
{
    g_auto(GStrv) keys = ini_keys(file, group);
    for (char **key = keys; *key != NULL; key++) {
        g_autofree char *value = ini_get(file, group, *key);
        g_autoptr(GError) why = NULL;
        GError *wrong = NULL;
        if (value != NULL && settings_set(settings, *key, value, &why))
            continue;
        ini_fail(file, group, *key, &wrong, "%s", why != NULL ? why->message : _("The value cannot be read."));
        g_ptr_array_add(errors, wrong);
    }
}

/* What is right is taken; what is wrong is in errors (of GError*), line by line. */
static struct settings *read_settings(const ini *file, GPtrArray *errors)
{
    struct settings *settings = settings_new_default();
    g_auto(GStrv) groups = ini_groups(file);
    for (char **name = groups; *name != NULL; name++) {
        GError *wrong = NULL;
        bool is_known = strcmp(*name, group) == 0 || strcmp(*name, "oauth") == 0;
        if (!is_known && !ini_fail(file, *name, NULL, &wrong, _("There is no group [%s]. Allowed are [postern] and [oauth]."), *name))
            g_ptr_array_add(errors, wrong);
    }
    read_group(settings, file, errors);
    return settings;
}

/* Takes both; settings only when nothing was wrong. */
static struct settings *all_or_nothing(struct settings *settings, GPtrArray *errors, GError **error)
{
    if (errors->len > 0) {
        g_propagate_error(error, g_error_copy(g_ptr_array_index(errors, 0)));
        settings_free(settings);
        settings = NULL;
    }
    g_ptr_array_unref(errors);
    return settings;
}

static GPtrArray *errors_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)g_error_free);
}

struct settings *settings_from_data(const char *path, const char *text, size_t length, GError **error)
{
    g_autoptr(ini) file = ini_from_data(path, text, length, error);
    GPtrArray *errors = errors_new();
    struct settings *settings = file != NULL ? read_settings(file, errors) : NULL;
    return all_or_nothing(settings, errors, error);
}

struct settings *settings_load_most(GPtrArray **errors_out)
{
    g_autofree char *path = paths_config_file("postern.conf");
    bool is_missing = false;
    GError *why = NULL;
    g_autoptr(ini) file = ini_load(path, &is_missing, &why);
    *errors_out = errors_new();
    if (file != NULL)
        return read_settings(file, *errors_out);
    if (is_missing)
        g_error_free(why);
    else
        g_ptr_array_add(*errors_out, why);
    return settings_new_default();
}

struct settings *settings_load(GError **error)
{
    GPtrArray *errors = NULL;
    struct settings *settings = settings_load_most(&errors);
    return all_or_nothing(settings, errors, error);
}

bool settings_check(const char *key, const char *value, GError **error)
{
    struct settings *settings = settings_new_default();
    bool is_ok = settings_set(settings, key, value != NULL ? value : "", error);
    settings_free(settings);
    return is_ok;
}

bool settings_save(const char *key, const char *value, GError **error)
{
    if (!settings_check(key, value, error))
        return false;
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

char *settings_value(const struct settings *settings, const char *key)
{
    const struct option_row *row = row_named(key);
    const void *field = row != NULL ? (const char *)settings + row->offset : NULL;
    if (row == NULL)
        return NULL;
    if (is_text(row->type))
        return g_strdup(*(char *const *)field);
    if (row->type == OPTION_NUMBER)
        return g_strdup_printf("%d", *(const int *)field);
    return g_strdup(*(const bool *)field ? "true" : "false");
}

const struct settings_option *settings_option_at(size_t index)
{
    static const char *const types[] = {
        [OPTION_TEXT] = "text", [OPTION_PATH] = "path", [OPTION_NUMBER] = "number", [OPTION_BOOL] = "true | false", [OPTION_CHOICE] = "word"
    };
    static struct settings_option option; /* for one reader at a time: help and the man page */
    static char words[120];
    if (index >= option_row_count)
        return NULL;
    const struct option_row *row = &option_rows[index];
    g_autofree char *all = allowed(row);
    g_strlcpy(words, row->type == OPTION_NUMBER || row->type == OPTION_CHOICE ? all : "", sizeof words);
    option = (struct settings_option){ row->name, types[row->type], row->default_value, words, _(row->help) };
    return &option;
}
