/* SPDX-License-Identifier: MIT */
/* Reading by GKeyFile, writing by editing text; see ini.h. */
#include "config/ini.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (4u << 20)

struct ini {
    char *path, *text;
    GKeyFile *file;
};

static bool fail_io(GError **error, const char *what, const char *path)
{
    int saved = errno;
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_READ, _("%s %s failed: %s"), what, path, g_strerror(saved));
    return false;
}

/* Calls each for every line: begin, end (behind its line break), 1-based number; false stops. */
typedef bool line_visitor(void *data, const char *begin, const char *end, unsigned number);
static void each_line(const char *text, line_visitor *each, void *data)
{
    unsigned number = 1;
    for (const char *p = text; *p != '\0'; number++) {
        const char *newline = strchr(p, '\n');
        const char *end = newline != NULL ? newline + 1 : p + strlen(p);
        if (!each(data, p, end, number))
            return;
        p = end;
    }
}

/* "[name]" → name; NULL otherwise. Caller frees. */
static char *group_of(const char *begin, const char *end)
{
    g_autofree char *line = g_strndup(begin, (gsize)(end - begin));
    g_strstrip(line);
    size_t length = strlen(line);
    return length > 2 && line[0] == '[' && line[length - 1] == ']' ? g_strndup(line + 1, length - 2) : NULL;
}

static char *key_of(const char *begin, const char *end)
{
    const char *equals = memchr(begin, '=', (size_t)(end - begin));
    if (equals == NULL)
        return NULL;
    g_autofree char *key = g_strndup(begin, (gsize)(equals - begin));
    g_strstrip(key);
    return *key != '#' && *key != '\0' ? g_steal_pointer(&key) : NULL;
}

struct place {
    const char *group, *key;
    bool is_in_group;
    const char *begin, *end; /* of the key's line */
    const char *group_end;   /* behind the last line of the group that is not blank */
    unsigned line, group_line;
};

static bool find_place(void *data, const char *begin, const char *end, unsigned number)
{
    struct place *place = data;
    g_autofree char *group = group_of(begin, end);
    if (group != NULL) {
        place->is_in_group = strcmp(group, place->group) == 0;
        if (place->is_in_group && place->group_line == 0)
            place->group_line = number;
    }
    if (!place->is_in_group)
        return true;
    g_autofree char *key = group == NULL ? key_of(begin, end) : NULL;
    if (key != NULL && place->key != NULL && strcmp(key, place->key) == 0) { /* the last one counts, as for GKeyFile */
        place->begin = begin;
        place->end = end;
        place->line = number;
    }
    g_autofree char *stripped = g_strndup(begin, (gsize)(end - begin));
    if (*g_strstrip(stripped) != '\0')
        place->group_end = end;
    return true;
}

static struct place place_of(const ini *self, const char *group, const char *key)
{
    struct place place = { .group = group, .key = key };
    each_line(self->text, find_place, &place);
    return place;
}

/* The first line GKeyFile would not take: GKeyFile itself does not say where. */
static bool is_bad_line(void *data, const char *begin, const char *end, unsigned number)
{
    g_autofree char *line = g_strndup(begin, (gsize)(end - begin)), *group = group_of(begin, end), *key = key_of(begin, end);
    g_strstrip(line);
    if (*line == '\0' || *line == '#' || group != NULL || key != NULL)
        return true;
    *(unsigned *)data = number;
    return false;
}

ini *ini_from_data(const char *path, const char *text, size_t length, GError **error)
{
    g_autoptr(ini) self = g_new0(ini, 1);
    g_autoptr(GError) why = NULL;
    self->path = g_strdup(path);
    self->text = g_strndup(text, length);
    self->file = g_key_file_new();
    if (length > FILE_MAX || strlen(self->text) != length || !g_utf8_validate(self->text, -1, NULL)) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SYNTAX, _("%s: the file is not UTF-8 text, or is far too large."), path);
        return NULL;
    }
    if (g_key_file_load_from_data(self->file, self->text, length, G_KEY_FILE_NONE, &why) ||
        g_error_matches(why, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_NOT_FOUND))
        return g_steal_pointer(&self);
    unsigned line = 0;
    each_line(self->text, is_bad_line, &line);
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SYNTAX, _("%s:%u: %s Allowed are [group], key = value, and lines that begin with #."),
                path, line, why->message);
    return NULL;
}

ini *ini_load(const char *path, bool *is_missing_out, GError **error)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    g_autoptr(GError) why = NULL;
    if (is_missing_out != NULL)
        *is_missing_out = false;
    if (g_file_get_contents(path, &text, &length, &why))
        return ini_from_data(path, text, length, error);
    if (is_missing_out != NULL)
        *is_missing_out = g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_READ, "%s", why->message);
    return NULL;
}

void ini_free(ini *self)
{
    if (self == NULL)
        return;
    if (self->text != NULL)
        explicit_bzero(self->text, strlen(self->text)); /* may hold a password */
    g_free(self->text);
    g_free(self->path);
    if (self->file != NULL)
        g_key_file_unref(self->file);
    g_free(self);
}

const char *ini_path(const ini *self)
{
    return self->path;
}

char *ini_get(const ini *self, const char *group, const char *key)
{
    char *value = g_key_file_get_string(self->file, group, key, NULL);
    return value != NULL ? g_strstrip(value) : NULL;
}

char **ini_groups(const ini *self)
{
    return g_key_file_get_groups(self->file, NULL);
}

char **ini_keys(const ini *self, const char *group)
{
    char **keys = g_key_file_get_keys(self->file, group, NULL, NULL);
    return keys != NULL ? keys : g_new0(char *, 1);
}

unsigned ini_line(const ini *self, const char *group, const char *key)
{
    struct place place = place_of(self, group, key);
    return key != NULL ? place.line : place.group_line;
}

bool ini_fail(const ini *self, const char *group, const char *key, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    unsigned line = ini_line(self, group, key);
    if (line == 0)
        line = ini_line(self, group, NULL);
    if (line > 0)
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, "%s:%u: %s", self->path, line, message);
    else
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, "%s: %s", self->path, message);
    return false;
}

/* --- writing --- */
/* As GKeyFile would write it: a backslash doubled, a leading space kept. */
static char *escaped(const char *value)
{
    GString *text = g_string_new(NULL);
    for (const char *p = value; *p != '\0'; p++) {
        if (*p == '\\')
            g_string_append(text, "\\\\");
        else if (*p == '\n')
            g_string_append(text, "\\n");
        else if (*p == '\r')
            g_string_append(text, "\\r");
        else if (*p == '\t')
            g_string_append(text, "\\t");
        else if (*p == ' ' && p == value)
            g_string_append(text, "\\s");
        else
            g_string_append_c(text, *p);
    }
    return g_string_free(text, FALSE);
}

static void replace_text(ini *self, const char *from, const char *to, const char *with)
{
    g_autofree char *head = g_strndup(self->text, (gsize)(from - self->text));
    bool needs_break = *head != '\0' && head[strlen(head) - 1] != '\n' && *with != '\0';
    char *text = g_strconcat(head, needs_break ? "\n" : "", with, to, NULL);
    explicit_bzero(self->text, strlen(self->text));
    g_free(self->text);
    self->text = text;
}

static bool reparse(ini *self, GError **error)
{
    ini *again = ini_from_data(self->path, self->text, strlen(self->text), error);
    if (again == NULL)
        return false;
    GKeyFile *old = self->file;
    self->file = again->file;
    again->file = old;
    ini_free(again);
    return true;
}

bool ini_set(ini *self, const char *group, const char *key, const char *value, GError **error)
{
    struct place place = place_of(self, group, key);
    g_autofree char *text = value != NULL ? escaped(value) : NULL;
    g_autofree char *line = value != NULL ? g_strdup_printf("%s = %s\n", key, text) : g_strdup("");
    if (place.begin != NULL) {
        replace_text(self, place.begin, place.end, line);
    } else if (value == NULL) {
        return true;
    } else if (place.group_line > 0) {
        replace_text(self, place.group_end, place.group_end, line);
    } else {
        g_autofree char *with_group = g_strdup_printf("%s[%s]\n%s", *self->text != '\0' ? "\n" : "", group, line);
        const char *end = self->text + strlen(self->text);
        replace_text(self, end, end, with_group);
    }
    if (!reparse(self, error))
        return false;
    g_autofree char *written = ini_get(self, group, key), *wanted = value != NULL ? g_strstrip(g_strdup(value)) : NULL;
    return g_strcmp0(written, wanted) == 0 || ini_fail(self, group, key, error, _("%s cannot hold this value."), key);
}

/* Behind symbolic links: people keep their settings elsewhere and link to them. */
static char *real_path(const char *path)
{
    char *resolved = realpath(path, NULL);
    char *copy = g_strdup(resolved != NULL ? resolved : path);
    free(resolved);
    return copy;
}

static bool write_temporary(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t done = write(fd, text, length);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        text += done;
        length -= (size_t)done;
    }
    return fsync(fd) == 0;
}

static void sync_directory(const char *directory)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

bool ini_write_file(const char *path, const char *text, size_t length, int mode, GError **error)
{
    g_autofree char *target = real_path(path), *directory = g_path_get_dirname(target);
    g_autofree char *temporary = g_strconcat(target, ".XXXXXX", NULL);
    struct stat status;
    if (g_mkdir_with_parents(directory, 0700) != 0)
        return fail_io(error, _("Making the directory"), directory);
    int wanted = stat(target, &status) == 0 ? (int)(status.st_mode & 0777) & (mode | 0600) : mode;
    int fd = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_io(error, _("Writing"), target);
    bool ok = fchmod(fd, (mode_t)wanted) == 0 && write_temporary(fd, text, length);
    int saved = errno;
    ok = close(fd) == 0 && ok;
    if (ok && rename(temporary, target) == 0) {
        sync_directory(directory);
        return true;
    }
    errno = ok ? errno : saved;
    fail_io(error, _("Writing"), target);
    unlink(temporary);
    return false;
}

bool ini_save(const ini *self, int mode, GError **error)
{
    return ini_write_file(self->path, self->text, strlen(self->text), mode, error);
}
