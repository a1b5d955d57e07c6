/* SPDX-License-Identifier: MIT */
/* Kept queries in their file. */
#include "config/searches.h"
#include "config/ini.h"
#include "config/paths.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define GROUP          "searches"
#define NAME_MAX_BYTES 60

static void saved_search_free(gpointer data)
{
    struct saved_search *self = data;
    g_free(self->name);
    g_free(self->query);
    g_free(self);
}

/* A file that is not there yet is an empty one. */
static ini *open_file(const char *path, GError **error)
{
    g_autofree char *file = path != NULL ? g_strdup(path) : paths_config_file("searches.conf");
    bool is_missing = false;
    GError *why = NULL;
    ini *self = ini_load(file, &is_missing, &why);
    if (self == NULL && is_missing) {
        g_clear_error(&why);
        self = ini_from_data(file, "", 0, &why);
    }
    if (why != NULL)
        g_propagate_error(error, why);
    return self;
}

GPtrArray *searches_load(const char *path, GError **error)
{
    g_autoptr(ini) file = open_file(path, error);
    if (file == NULL)
        return NULL;
    GPtrArray *searches = g_ptr_array_new_with_free_func(saved_search_free);
    g_auto(GStrv) names = ini_keys(file, GROUP);
    for (char **name = names; *name != NULL; name++) {
        struct saved_search *each = g_new0(struct saved_search, 1);
        each->name = g_strdup(*name);
        each->query = ini_get(file, GROUP, *name);
        g_ptr_array_add(searches, each);
    }
    return searches;
}

static bool name_is_good(const char *name, GError **error)
{
    size_t length = strlen(name);
    bool is_good = length > 0 && length <= NAME_MAX_BYTES && g_utf8_validate(name, -1, NULL) && strpbrk(name, "=[]#;\n\r\t\\") == NULL &&
                   name[0] != ' ' && name[length - 1] != ' ';
    if (!is_good)
        g_set_error_literal(error, CONFIG_ERROR, CONFIG_ERROR_VALUE,
                            _("The name of a search is short and has none of = [ ] # ; \\ in it."));
    return is_good;
}

bool searches_set(const char *path, const char *name, const char *query, GError **error)
{
    if (!name_is_good(name, error))
        return false;
    g_autoptr(ini) file = open_file(path, error);
    g_autofree char *directory = file != NULL ? g_path_get_dirname(ini_path(file)) : NULL;
    return file != NULL && ini_set(file, GROUP, name, query, error) && paths_make(directory, error) && ini_save(file, 0600, error);
}
