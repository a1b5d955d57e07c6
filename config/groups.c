/* SPDX-License-Identifier: MIT */
/* Groups of people, in the order of the file. */
#include "config/groups.h"
#include "config/ini.h"
#include "config/paths.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define GROUP "groups"

static void group_free(gpointer data)
{
    struct address_group *self = data;
    g_free(self->name);
    g_free(self->members);
    g_free(self);
}

static ini *open_file(const char *path, GError **error)
{
    g_autofree char *usual = paths_config_file("groups.conf");
    const char *file = path != NULL ? path : usual;
    bool is_missing = false;
    g_autoptr(GError) why = NULL;
    ini *self = ini_load(file, &is_missing, &why);
    if (self == NULL && is_missing)
        return ini_from_data(file, "", 0, error);
    if (self == NULL)
        g_propagate_error(error, g_steal_pointer(&why));
    return self;
}

GPtrArray *groups_load(const char *path, GError **error)
{
    g_autoptr(ini) file = open_file(path, error);
    if (file == NULL)
        return NULL;
    GPtrArray *groups = g_ptr_array_new_with_free_func(group_free);
    g_auto(GStrv) names = ini_keys(file, GROUP);
    for (char **name = names; *name != NULL; name++) {
        g_autofree char *members = ini_get(file, GROUP, *name);
        if (members == NULL || *members == '\0')
            continue;
        struct address_group *each = g_new0(struct address_group, 1);
        *each = (struct address_group){ g_strdup(*name), g_steal_pointer(&members) };
        g_ptr_array_add(groups, each);
    }
    return groups;
}

/* It is typed in the place of an address, and is a key of the file. */
static bool is_good_name(const char *name)
{
    return *name != '\0' && strlen(name) <= 64 && g_utf8_validate(name, -1, NULL) && strpbrk(name, "@<>,;:\"\\=[]#\r\n\t") == NULL &&
           *name != ' ' && !g_str_has_suffix(name, " ");
}

bool groups_set(const char *path, const char *name, const char *members, GError **error)
{
    if (!is_good_name(name)) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE,
                    _("“%s” cannot be the name of a group. Allowed are letters, digits, spaces, - and _."), name);
        return false;
    }
    g_autoptr(ini) file = open_file(path, error);
    g_autofree char *directory = file != NULL ? g_path_get_dirname(ini_path(file)) : NULL;
    return file != NULL && ini_set(file, GROUP, name, members, error) && paths_make(directory, error) && ini_save(file, 0600, error);
}

const struct address_group *groups_find(const GPtrArray *groups, const char *name)
{
    g_autofree char *wanted = g_utf8_casefold(name, -1);
    for (guint i = 0; groups != NULL && i < groups->len; i++) {
        const struct address_group *each = g_ptr_array_index(groups, i);
        g_autofree char *folded = g_utf8_casefold(each->name, -1);
        if (strcmp(folded, wanted) == 0)
            return each;
    }
    return NULL;
}
