/* SPDX-License-Identifier: MIT */
/* .peer files. */
#include "tests/peer/peer.h"
#include <glib.h>
#include <string.h>

static void take_setting(GPtrArray *keys, GPtrArray *values, const char *line)
{
    const char *colon = strchr(line, ':');
    if (colon == NULL)
        g_error("\"%s\" is no setting", line);
    g_ptr_array_add(keys, g_strndup(line, (gsize)(colon - line)));
    g_autofree char *raw = g_strdup(colon + 1);
    g_ptr_array_add(values, g_strcompress(g_strstrip(raw)));
}

struct peer_script *peer_script_load(const char *path)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &text, NULL, &error))
        g_error("%s", error->message);
    g_auto(GStrv) all = g_strsplit(text, "\n", -1);
    g_autoptr(GPtrArray) keys = g_ptr_array_new(), values = g_ptr_array_new(), lines = g_ptr_array_new();
    bool is_script = strstr(text, "\n---\n") == NULL;
    for (char **line = all; *line != NULL; line++) {
        if (**line == '#' || **line == '\0')
            continue;
        if (!is_script && strcmp(*line, "---") == 0)
            is_script = true;
        else if (!is_script)
            take_setting(keys, values, *line);
        else
            g_ptr_array_add(lines, g_strdup(*line));
    }
    g_ptr_array_add(keys, NULL);
    g_ptr_array_add(values, NULL);
    g_ptr_array_add(lines, NULL);
    struct peer_script *script = g_new0(struct peer_script, 1);
    script->keys = (char **)g_ptr_array_free(g_steal_pointer(&keys), FALSE);
    script->values = (char **)g_ptr_array_free(g_steal_pointer(&values), FALSE);
    script->lines = (char **)g_ptr_array_free(g_steal_pointer(&lines), FALSE);
    return script;
}

const char *peer_script_value(const struct peer_script *script, const char *key)
{
    for (size_t i = 0; script->keys[i] != NULL; i++) {
        if (strcmp(script->keys[i], key) == 0)
            return script->values[i];
    }
    return NULL;
}

void peer_script_free(struct peer_script *script)
{
    g_strfreev(script->keys);
    g_strfreev(script->values);
    g_strfreev(script->lines);
    g_free(script);
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **peer_script_list(const char *directory)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(directory, 0, &error);
    GPtrArray *paths = g_ptr_array_new();
    const char *name;
    if (dir == NULL)
        g_error("%s", error->message);
    while ((name = g_dir_read_name(dir)) != NULL) {
        if (g_str_has_suffix(name, ".peer"))
            g_ptr_array_add(paths, g_build_filename(directory, name, NULL));
    }
    if (paths->len == 0)
        g_error("%s has no .peer files", directory);
    g_ptr_array_sort(paths, compare_paths);
    g_ptr_array_add(paths, NULL);
    return (char **)g_ptr_array_free(paths, FALSE);
}
