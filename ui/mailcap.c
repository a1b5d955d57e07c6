/* SPDX-License-Identifier: MIT */
/* Mailcap files (RFC 1524): lines that go on, escaped semicolons, %s %t %{charset}, programs that write a text or want the file as input. */
#include "ui/mailcap.h"
#include <string.h>

#define FIELDS_MAX 30

void mailcap_view_clear(struct mailcap_view *self)
{
    g_clear_pointer(&self->words, g_strfreev);
}

/* A line ends where no backslash stands before its end. Caller frees. */
static char *lines_join(const char *text)
{
    GString *joined = g_string_new(NULL);
    for (const char *at = text; *at != '\0'; at++) {
        if (at[0] == '\\' && (at[1] == '\n' || (at[1] == '\r' && at[2] == '\n')))
            at += at[1] == '\r' ? 2 : 1;
        else if (*at != '\r')
            g_string_append_c(joined, *at);
    }
    return g_string_free(joined, FALSE);
}

/* At semicolons that have no backslash before them; of char*. */
static GPtrArray *fields_split(const char *line)
{
    GPtrArray *fields = g_ptr_array_new_with_free_func(g_free);
    GString *field = g_string_new(NULL);
    for (const char *at = line;; at++) {
        if (at[0] == '\\' && at[1] == ';') {
            g_string_append_c(field, *++at);
        } else if (*at != ';' && *at != '\0') {
            g_string_append_c(field, *at);
        } else {
            g_ptr_array_add(fields, g_strstrip(g_strdup(field->str)));
            g_string_truncate(field, 0);
            if (*at == '\0' || fields->len >= FIELDS_MAX)
                break;
        }
    }
    g_string_free(field, TRUE);
    return fields;
}

/* "text/html", "image/?*", and "image" alone, which is all of it. */
static bool type_matches(const char *pattern, const char *type)
{
    size_t length = strlen(pattern);
    bool is_all = length > 2 && strcmp(pattern + length - 2, "/*") == 0;
    if (strchr(pattern, '/') == NULL)
        return g_ascii_strncasecmp(pattern, type, length) == 0 && type[length] == '/';
    return is_all ? g_ascii_strncasecmp(pattern, type, length - 1) == 0 : g_ascii_strcasecmp(pattern, type) == 0;
}

/* Only letters that can do no harm, whatever program gets them. */
static void append_plain(GString *word, const char *value)
{
    for (const char *at = value; at != NULL && *at != '\0'; at++)
        if (g_ascii_isalnum(*at) || (strchr("-_./+", *at) != NULL && word->len > 0))
            g_string_append_c(word, *at);
}

struct fillings {
    const char *type, *charset, *path;
    bool has_file, is_unsafe;
};

/* A word of several, as in "sh -c 'less %s'", is read by somebody once more: there a name out of a mail could be a command. */
static bool is_read_again(const char *word)
{
    return strpbrk(word, " \t;'\"\\()") != NULL;
}

static bool is_harmless(const char *path)
{
    for (const char *at = path; *at != '\0'; at++)
        if (!g_ascii_isalnum(*at) && strchr("-_./+,@=", *at) == NULL)
            return false;
    return true;
}

/* %s, %t and %{charset} in one word of the command. is_program_text: some interpreter takes the word for a program. Caller frees. */
static char *word_fill(const char *word, bool is_program_text, struct fillings *fillings)
{
    GString *out = g_string_new(NULL);
    for (const char *at = word; *at != '\0'; at++) {
        const char *brace = at[0] == '%' && at[1] == '{' ? strchr(at, '}') : NULL;
        if (brace != NULL) {
            append_plain(out, g_ascii_strncasecmp(at + 2, "charset}", 8) == 0 ? fillings->charset : NULL);
            at = brace;
        } else if (at[0] == '%' && at[1] == 's') {
            g_string_append(out, fillings->path);
            fillings->has_file = true;
            fillings->is_unsafe |= (is_program_text || is_read_again(word)) && !is_harmless(fillings->path);
            at++;
        } else if (at[0] == '%' && at[1] == 't') {
            append_plain(out, fillings->type);
            at++;
        } else if (at[0] == '%' && at[1] != '\0') {
            g_string_append_c(out, *++at);
        } else {
            g_string_append_c(out, *at);
        }
    }
    return g_string_free(out, FALSE);
}

/* What only a shell understands is not run at all. */
static bool is_shell_text(const char *command)
{
    return strpbrk(command, "|&<>`$\n") != NULL;
}

static bool entry_read(const GPtrArray *fields, struct fillings *fillings, struct mailcap_view *view)
{
    g_auto(GStrv) words = NULL;
    const char *command = g_ptr_array_index(fields, 1);
    if (is_shell_text(command) || !g_shell_parse_argv(command, NULL, &words, NULL))
        return false;
    for (guint i = 2; i < fields->len; i++) {
        const char *field = g_ptr_array_index(fields, i);
        view->needs_terminal |= g_ascii_strcasecmp(field, "needsterminal") == 0;
        view->is_copious |= g_ascii_strcasecmp(field, "copiousoutput") == 0;
        if (g_ascii_strncasecmp(field, "test", 4) == 0 && field[4 + strspn(field + 4, " ")] == '=')
            return false; /* conditions are shell text */
    }
    g_autofree char *program = g_find_program_in_path(words[0]);
    bool is_program_text = false;
    for (char **word = words; program != NULL && *word != NULL; word++) {
        char *filled = word_fill(*word, is_program_text, fillings);
        is_program_text = strcmp(*word, "-c") == 0 || strcmp(*word, "eval") == 0;
        g_free(*word);
        *word = filled;
    }
    view->wants_input = !fillings->has_file;
    view->words = program != NULL && !fillings->is_unsafe ? g_steal_pointer(&words) : NULL;
    return view->words != NULL;
}

bool mailcap_find(const char *mailcap, const char *type, const char *charset, const char *path, struct mailcap_view *view_out)
{
    g_autofree char *joined = lines_join(mailcap);
    g_auto(GStrv) lines = g_strsplit(joined, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (**line == '#' || **line == '\0')
            continue;
        g_autoptr(GPtrArray) fields = fields_split(*line);
        struct fillings fillings = { .type = type, .charset = charset, .path = path };
        *view_out = (struct mailcap_view){ 0 };
        if (fields->len >= 2 && type_matches(g_ptr_array_index(fields, 0), type) && entry_read(fields, &fillings, view_out))
            return true;
    }
    *view_out = (struct mailcap_view){ 0 };
    return false;
}

bool mailcap_look_up(const char *type, const char *charset, const char *path, struct mailcap_view *view_out)
{
    const char *wished = g_getenv("MAILCAPS");
    g_autofree char *own = g_build_filename(g_get_home_dir(), ".mailcap", NULL);
    g_autofree char *usual = g_strconcat(own, ":/etc/mailcap:/usr/share/etc/mailcap:/usr/local/etc/mailcap", NULL);
    g_auto(GStrv) files = g_strsplit(wished != NULL && *wished != '\0' ? wished : usual, ":", -1);
    for (char **file = files; *file != NULL; file++) {
        g_autofree char *text = NULL;
        if (g_file_get_contents(*file, &text, NULL, NULL) && mailcap_find(text, type, charset, path, view_out))
            return true;
    }
    *view_out = (struct mailcap_view){ 0 };
    return false;
}
