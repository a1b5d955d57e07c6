/* SPDX-License-Identifier: MIT */
/* Reading by GKeyFile, writing by editing text; see ini.h. */
#include "config/ini_private.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (1u << 20)

struct ini {
    char *path, *text;
    GKeyFile *file;
};

bool ini_fail_io(GError **error, const char *what, const char *path)
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

/* Without blanks at both ends, and without a copy: the line may hold a password. */
static void strip(const char **begin, const char **end)
{
    while (*begin < *end && g_ascii_isspace(**begin))
        (*begin)++;
    while (*end > *begin && g_ascii_isspace((*end)[-1]))
        (*end)--;
}

/* "[name]" → name; NULL otherwise. Caller frees. */
static char *group_of(const char *begin, const char *end)
{
    strip(&begin, &end);
    return end - begin > 2 && *begin == '[' && end[-1] == ']' ? g_strndup(begin + 1, (gsize)(end - begin - 2)) : NULL;
}

static char *key_of(const char *begin, const char *end)
{
    const char *equals = memchr(begin, '=', (size_t)(end - begin));
    if (equals == NULL)
        return NULL;
    strip(&begin, &equals);
    return begin < equals && *begin != '#' ? g_strndup(begin, (gsize)(equals - begin)) : NULL;
}

struct place {
    const char *group, *key;
    bool is_in_group;
    const char *begin, *end; /* of the key's line */
    const char *group_end;   /* behind the last line that is the group's */
    const char *comment_end; /* behind comments that may be the next group's; NULL: none */
    unsigned line, group_line;
};

/* A comment right above the next [group] is that group's, every other one is this group's. */
static void note_line(struct place *place, const char *begin, const char *end, bool is_key)
{
    const char *from = begin, *to = end;
    strip(&from, &to);
    if (is_key) {
        place->group_end = end;
        place->comment_end = NULL;
    } else if (from < to) {
        place->comment_end = end;
    } else if (place->comment_end != NULL) {
        place->group_end = place->comment_end;
        place->comment_end = NULL;
    }
}

static bool find_place(void *data, const char *begin, const char *end, unsigned number)
{
    struct place *place = data;
    g_autofree char *group = group_of(begin, end);
    if (group != NULL) {
        place->is_in_group = strcmp(group, place->group) == 0;
        place->comment_end = NULL;
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
    note_line(place, begin, end, group != NULL || key != NULL);
    return true;
}

static struct place place_of(const ini *self, const char *group, const char *key)
{
    struct place place = { .group = group, .key = key };
    each_line(self->text, find_place, &place);
    if (place.is_in_group && place.comment_end != NULL)
        place.group_end = place.comment_end;
    return place;
}

/* --- secrets: GKeyFile frees its copies without wiping them, so it is given a text in which these values are blotted out --- */
static bool is_secret(const char *key)
{
    static const char *const keys[] = { "password", "proxy", "client-secret", NULL };
    return g_strv_contains(keys, key);
}

static bool blot_out(void *data, const char *begin, const char *end, unsigned number)
{
    g_autofree char *key = key_of(begin, end);
    const char *value = memchr(begin, '=', (size_t)(end - begin));
    (void)data;
    (void)number;
    if (key == NULL || !is_secret(key))
        return true;
    for (value++; value < end; value++) {
        if (!g_ascii_isspace(*value))
            *(char *)value = 'x'; /* of the copy that blotted() made */
    }
    return true;
}

/* Caller frees. */
static char *blotted(const char *text)
{
    char *copy = g_strdup(text);
    each_line(copy, blot_out, NULL);
    return copy;
}

/* As GKeyFile does it; NULL: a backslash with nothing that may follow it. Caller wipes and frees. */
static char *unescape(const char *begin, const char *end)
{
    static const char letters[] = "sntr\\", bytes[] = " \n\t\r\\";
    g_autofree char *value = g_malloc((gsize)(end - begin) + 1);
    char *to = value;
    for (const char *from = begin; from < end; from++) {
        const char *letter = *from == '\\' && from + 1 < end ? strchr(letters, from[1]) : NULL;
        if (*from == '\\' && (letter == NULL || *letter == '\0')) {
            explicit_bzero(value, (size_t)(to - value));
            return NULL;
        }
        *to++ = letter != NULL ? bytes[letter - letters] : *from;
        from += letter != NULL ? 1 : 0;
    }
    *to = '\0';
    return g_steal_pointer(&value);
}

/* NULL: not there, or not to be unescaped. */
static char *secret_value(const ini *self, const char *group, const char *key)
{
    struct place place = place_of(self, group, key);
    if (place.begin == NULL)
        return NULL;
    const char *value = (const char *)memchr(place.begin, '=', (size_t)(place.end - place.begin)) + 1, *end = place.end;
    while (end > value && (end[-1] == '\n' || end[-1] == '\r'))
        end--;
    while (value < end && g_ascii_isspace(*value)) /* blanks behind it belong to it */
        value++;
    return unescape(value, end);
}

struct line_end {
    unsigned wanted;
    const char *end;
};

static bool find_end(void *data, const char *begin, const char *end, unsigned number)
{
    struct line_end *found = data;
    (void)begin;
    found->end = end;
    return number < found->wanted;
}

static bool is_readable(const char *text, unsigned lines)
{
    struct line_end found = { .wanted = lines, .end = text };
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) why = NULL;
    each_line(text, find_end, &found);
    return g_key_file_load_from_data(file, text, (gsize)(found.end - text), G_KEY_FILE_NONE, &why) ||
           g_error_matches(why, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_NOT_FOUND);
}

static bool count_line(void *data, const char *begin, const char *end, unsigned number)
{
    (void)begin;
    (void)end;
    *(unsigned *)data = number;
    return true;
}

/* The first line GKeyFile does not take: it does not say itself, so halve the text. Its own words are not used: they repeat the whole line, which may
 * be a password without its key. */
static unsigned bad_line(const char *text)
{
    unsigned good = 0, bad = 0;
    each_line(text, count_line, &bad);
    while (good + 1 < bad) {
        unsigned middle = good + (bad - good) / 2;
        if (is_readable(text, middle))
            good = middle;
        else
            bad = middle;
    }
    return bad;
}

/* GKeyFile drops what it cannot unescape, DOMAIN\user for one: say so instead. */
static bool check_escapes(const ini *self, GError **error)
{
    g_auto(GStrv) groups = ini_groups(self);
    for (char **group = groups; *group != NULL; group++) {
        g_auto(GStrv) keys = ini_keys(self, *group);
        for (char **key = keys; *key != NULL; key++) {
            g_autoptr(GError) why = NULL;
            char *value = is_secret(*key) ? secret_value(self, *group, *key) : g_key_file_get_string(self->file, *group, *key, &why);
            bool is_good = is_secret(*key) ? value != NULL : why == NULL;
            if (value != NULL)
                explicit_bzero(value, strlen(value));
            g_free(value);
            if (is_good)
                continue;
            ini_fail(self, *group, *key, error,
                     _("The value of %s has a single backslash. A backslash is written \\\\; allowed too are \\s \\t \\n \\r."), *key);
            return false;
        }
    }
    return true;
}

struct seen {
    GHashTable *lines; /* "group\nkey" → its line */
    char *group, *key; /* of the first that is there twice; NULL: none */
    unsigned first, second;
};

static bool note_key(void *data, const char *begin, const char *end, unsigned number)
{
    struct seen *seen = data;
    char *group = group_of(begin, end);
    if (group != NULL) {
        g_free(seen->group);
        seen->group = group;
        return true;
    }
    g_autofree char *key = key_of(begin, end), *name = NULL;
    if (key == NULL || seen->group == NULL)
        return true;
    name = g_strdup_printf("%s\n%s", seen->group, key);
    seen->first = GPOINTER_TO_UINT(g_hash_table_lookup(seen->lines, name));
    seen->second = number;
    if (seen->first != 0) {
        seen->key = g_steal_pointer(&key);
        return false;
    }
    g_hash_table_insert(seen->lines, g_steal_pointer(&name), GUINT_TO_POINTER(number));
    return true;
}

/* Of two lines GKeyFile silently takes the last: the person looks at the first and wonders. */
static bool check_doubles(const ini *self, GError **error)
{
    struct seen seen = { .lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };
    each_line(self->text, note_key, &seen);
    bool has_double = seen.key != NULL;
    if (has_double)
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE,
                    _("%s:%u: %s is there already, in line %u. Allowed is one line for each key of a group."), self->path, seen.second,
                    seen.key, seen.first);
    g_hash_table_unref(seen.lines);
    g_free(seen.group);
    g_free(seen.key);
    return !has_double;
}

static bool check_utf8(const ini *self, size_t length, GError **error)
{
    const char *bad = NULL;
    unsigned line = 1;
    if (strlen(self->text) == length && g_utf8_validate(self->text, -1, &bad))
        return true;
    if (bad == NULL) /* a NUL ends the text */
        bad = self->text + strlen(self->text);
    for (const char *p = self->text; p < bad; p++)
        line += *p == '\n' ? 1 : 0;
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SYNTAX, _("%s:%u: This line is not UTF-8 text. Save the file as UTF-8."), self->path,
                line);
    return false;
}

/* What editors of other systems leave: a mark at the beginning, half a line break at the end. */
static char *without_marks(const char *text, size_t *length)
{
    size_t skipped = *length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    *length -= skipped;
    if (*length > 0 && text[skipped + *length - 1] == '\r')
        (*length)--;
    return g_strndup(text + skipped, *length);
}

ini *ini_from_data(const char *path, const char *text, size_t length, GError **error)
{
    g_autoptr(ini) self = g_new0(ini, 1);
    g_autoptr(GError) why = NULL;
    self->path = g_strdup(path);
    self->file = g_key_file_new();
    if (length > FILE_MAX) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SYNTAX, _("%s: the file is far too large for settings."), path);
        return NULL;
    }
    self->text = without_marks(text, &length);
    if (!check_utf8(self, length, error))
        return NULL;
    g_autofree char *readable = blotted(self->text);
    if (g_key_file_load_from_data(self->file, readable, length, G_KEY_FILE_NONE, &why) ||
        g_error_matches(why, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_NOT_FOUND))
        return check_escapes(self, error) && check_doubles(self, error) ? g_steal_pointer(&self) : NULL;
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SYNTAX,
                _("%s:%u: This line cannot be read. Allowed are [group], below it key = value, and lines that begin with #."), path,
                bad_line(readable));
    return NULL;
}

static bool check_kind(const char *path, bool *is_missing, GError **error)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        *is_missing = errno == ENOENT;
        return ini_fail_io(error, _("Reading"), path);
    }
    if (S_ISREG(status.st_mode) && status.st_size <= FILE_MAX)
        return true;
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_READ, _("%s is not a file with settings, or is far too large."), path);
    return false;
}

ini *ini_load(const char *path, bool *is_missing_out, GError **error)
{
    char *text = NULL;
    gsize length = 0;
    bool is_missing = false;
    ini *self = NULL;
    if (check_kind(path, &is_missing, error)) {
        errno = 0;
        if (g_file_get_contents(path, &text, &length, NULL))
            self = ini_from_data(path, text, length, error);
        else
            ini_fail_io(error, _("Reading"), path);
    }
    if (text != NULL)
        explicit_bzero(text, length); /* may hold a password */
    g_free(text);
    if (is_missing_out != NULL)
        *is_missing_out = is_missing;
    return self;
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
    return is_secret(key) ? secret_value(self, group, key) : g_key_file_get_string(self->file, group, key, NULL);
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

static bool fail_at(const ini *self, unsigned line, enum config_error code, GError **error, const char *message)
{
    g_autofree char *words = config_error_words(message, -1);
    if (line > 0)
        g_set_error(error, CONFIG_ERROR, (int)code, "%s:%u: %s", self->path, line, words);
    else
        g_set_error(error, CONFIG_ERROR, (int)code, "%s: %s", self->path, words);
    return false;
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
    return fail_at(self, line, CONFIG_ERROR_VALUE, error, message);
}

bool ini_fail_missing(const ini *self, const char *group, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return fail_at(self, ini_line(self, group, NULL), CONFIG_ERROR_MISSING, error, message);
}

/* --- writing --- */
/* As GKeyFile would write it: a backslash doubled, blanks at both ends kept. */
char *ini_escape(const char *value)
{
    GString *text = g_string_sized_new(2 * strlen(value) + 1); /* does not grow: what grows leaves a copy behind */
    for (const char *p = value; *p != '\0'; p++) {
        if (*p == '\\')
            g_string_append(text, "\\\\");
        else if (*p == '\n')
            g_string_append(text, "\\n");
        else if (*p == '\r')
            g_string_append(text, "\\r");
        else if (*p == '\t')
            g_string_append(text, "\\t");
        else if (*p == ' ' && (p == value || p[1] == '\0'))
            g_string_append(text, "\\s");
        else
            g_string_append_c(text, *p);
    }
    return g_string_free(text, FALSE);
}

static void replace_text(ini *self, const char *from, const char *to, const char *with)
{
    bool needs_break = from > self->text && from[-1] != '\n' && *with != '\0';
    char *text = g_strdup_printf("%.*s%s%s%s", (int)(from - self->text), self->text, needs_break ? "\n" : "", with, to);
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

/* Every line with the key goes: of two, the first would count again. */
static void remove_lines(ini *self, const char *group, const char *key)
{
    for (struct place place = place_of(self, group, key); place.begin != NULL; place = place_of(self, group, key))
        replace_text(self, place.begin, place.end, "");
}

static void put_line(ini *self, const char *group, const char *key, const char *value)
{
    struct place place = place_of(self, group, key);
    const char *line_break = strstr(self->text, "\r\n") != NULL ? "\r\n" : "\n";
    g_autofree char *text = ini_escape(value), *line = g_strconcat(key, " = ", text, line_break, NULL);
    if (place.begin != NULL) {
        replace_text(self, place.begin, place.end, line);
    } else if (place.group_line > 0) {
        replace_text(self, place.group_end, place.group_end, line);
    } else {
        g_autofree char *with_group = g_strconcat(*self->text != '\0' ? line_break : "", "[", group, "]", line_break, line, NULL);
        const char *end = self->text + strlen(self->text);
        replace_text(self, end, end, with_group);
        explicit_bzero(with_group, strlen(with_group));
    }
    explicit_bzero(text, strlen(text));
    explicit_bzero(line, strlen(line));
}

bool ini_set(ini *self, const char *group, const char *key, const char *value, GError **error)
{
    if (value != NULL)
        put_line(self, group, key, value);
    else
        remove_lines(self, group, key);
    if (!reparse(self, error))
        return false;
    char *written = ini_get(self, group, key);
    bool is_right = g_strcmp0(written, value) == 0;
    if (written != NULL)
        explicit_bzero(written, strlen(written));
    g_free(written);
    return is_right || ini_fail(self, group, key, error, _("%s cannot hold this value."), key);
}

bool ini_save(const ini *self, int mode, GError **error)
{
    return ini_write_file(self->path, self->text, strlen(self->text), mode, error);
}
