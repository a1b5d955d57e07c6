/* SPDX-License-Identifier: MIT */
/* XDG base directories; folder names made safe as one path component. */
#include "config/paths.h"
#include "config/error.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#define COMPONENT_MAX 200 /* bytes; file systems allow 255 */

/* GLib reads the XDG variables once; tests and children change them, so they are read anew here. */
static char *base(const char *variable, const char *below_home)
{
    const char *value = g_getenv(variable);
    if (value != NULL && g_path_is_absolute(value))
        return g_strdup(value);
    return g_build_filename(g_get_home_dir(), below_home, NULL);
}

char *paths_config_file(const char *name)
{
    g_autofree char *root = base("XDG_CONFIG_HOME", ".config");
    return g_build_filename(root, "postern", name, NULL);
}

char *paths_account_file(const char *id)
{
    g_autofree char *name = g_strconcat(id, ".conf", NULL);
    g_autofree char *relative = g_build_filename("accounts", name, NULL);
    return paths_config_file(relative);
}

char *paths_data_file(const char *name)
{
    g_autofree char *root = base("XDG_DATA_HOME", ".local/share");
    return g_build_filename(root, "postern", name, NULL);
}

/* Cut between two characters, never inside one. */
static void cut(GString *text, size_t length)
{
    while (length > 0 && ((unsigned char)text->str[length] & 0xc0) == 0x80)
        length--;
    g_string_truncate(text, length);
}

/* '/', '%', control characters and a leading '.' become %XX; what is too long ends in a checksum; no name at all is "%". */
static char *component(const char *name)
{
    GString *safe = g_string_new(*name == '\0' ? "%" : NULL);
    for (const unsigned char *p = (const unsigned char *)name; *p != '\0'; p++) {
        bool is_unsafe = *p == '/' || *p == '%' || *p < 0x20 || *p == 0x7f || (*p == '.' && safe->len == 0);
        if (is_unsafe)
            g_string_append_printf(safe, "%%%02X", *p);
        else
            g_string_append_c(safe, (char)*p);
    }
    if (safe->len > COMPONENT_MAX) {
        g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, name, -1);
        cut(safe, COMPONENT_MAX - 20);
        g_string_append_printf(safe, "%%%.16s", sum);
    }
    return g_string_free(safe, FALSE);
}

char *paths_mail_directory(const char *account_id, const char *folder)
{
    g_autofree char *mail = paths_data_file("mail"), *account = component(account_id);
    g_autofree char *name = folder != NULL ? component(folder) : NULL;
    return g_build_filename(mail, account, name, NULL);
}

char *paths_cache_directory(const char *account_id)
{
    g_autofree char *root = base("XDG_CACHE_HOME", ".cache"), *account = component(account_id);
    return g_build_filename(root, "postern", account, NULL);
}

char *paths_expand(const char *path)
{
    if (path[0] == '~' && (path[1] == '/' || path[1] == '\0'))
        return g_build_filename(g_get_home_dir(), path + 1, NULL);
    return g_strdup(path);
}

bool paths_make(const char *directory, GError **error)
{
    if (g_mkdir_with_parents(directory, 0700) == 0)
        return true;
    int saved = errno;
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_READ, _("The directory %s cannot be made: %s"), directory, g_strerror(saved));
    return false;
}
