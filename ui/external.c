/* SPDX-License-Identifier: MIT */
/* Finding and starting other programs. */
#include "ui/external.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static bool is_word_there(const char *program)
{
    g_autofree char *path = g_find_program_in_path(program);
    return path != NULL;
}

/* "code -w" as words; NULL: empty, unreadable, or not installed. */
static char **words_of(const char *command)
{
    g_auto(GStrv) words = NULL;
    if (command == NULL || *command == '\0' || !g_shell_parse_argv(command, NULL, &words, NULL) || !is_word_there(words[0]))
        return NULL;
    return g_steal_pointer(&words);
}

static char **with_argument(char **words /* taken */, const char *argument)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_strv_builder_addv(builder, (const char **)words);
    g_strv_builder_add(builder, argument);
    g_strfreev(words);
    return g_strv_builder_end(builder);
}

/* Nobody is put into an editor they did not choose: without a wish the built-in one is there. */
char **external_editor(const struct settings *settings, const char *path, char **missing_out)
{
    const char *const wishes[] = { settings->editor, g_getenv("VISUAL"), g_getenv("EDITOR") };
    *missing_out = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(wishes); i++) {
        if (wishes[i] == NULL || *wishes[i] == '\0')
            continue;
        if (strcmp(wishes[i], "builtin") == 0)
            break;
        char **words = words_of(wishes[i]);
        if (words != NULL) {
            g_clear_pointer(missing_out, g_free);
            return with_argument(words, path);
        }
        if (*missing_out == NULL)
            *missing_out = g_strdup(wishes[i]);
    }
    return NULL;
}

/* --- mailcap --- */
static bool type_matches(const char *pattern, const char *type)
{
    size_t length = strlen(pattern);
    if (length > 2 && strcmp(pattern + length - 2, "/*") == 0)
        return g_ascii_strncasecmp(pattern, type, length - 1) == 0;
    return g_ascii_strcasecmp(pattern, type) == 0;
}

/* The command of a matching line with %s replaced by the file, as words; NULL: this line does not do. */
static char **entry_words(const char *line, const char *type, const char *path, bool *needs_terminal_out)
{
    g_auto(GStrv) fields = g_strsplit(line, ";", -1);
    if (fields[0] == NULL || fields[1] == NULL || !type_matches(g_strstrip(fields[0]), type))
        return NULL;
    *needs_terminal_out = false;
    for (char **field = fields + 2; *field != NULL; field++) {
        g_strstrip(*field);
        if (strcmp(*field, "needsterminal") == 0)
            *needs_terminal_out = true;
        if (g_str_has_prefix(*field, "test=") || strcmp(*field, "copiousoutput") == 0)
            return NULL; /* conditions are shell text: we run none */
    }
    /* Quoting is ours: the file name becomes one word wherever %s stood, quoted or not. */
    char **words = words_of(g_strstrip(fields[1]));
    bool has_file = false;
    for (char **word = words; word != NULL && *word != NULL; word++) {
        g_auto(GStrv) pieces = g_strsplit(*word, "%s", -1);
        has_file |= pieces[0] != NULL && pieces[1] != NULL;
        g_free(*word);
        *word = g_strjoinv(path, pieces);
    }
    if (words != NULL && !has_file) { /* wants it on standard input */
        g_strfreev(words);
        return NULL;
    }
    return words;
}

static char **mailcap_words(const char *type, const char *path, bool *needs_terminal_out)
{
    g_autofree char *own = g_build_filename(g_get_home_dir(), ".mailcap", NULL);
    const char *const files[] = { own, "/etc/mailcap" };
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *text = NULL;
        if (!g_file_get_contents(files[i], &text, NULL, NULL))
            continue;
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (char **line = lines; *line != NULL; line++) {
            char **words = **line != '#' ? entry_words(*line, type, path, needs_terminal_out) : NULL;
            if (words != NULL)
                return words;
        }
    }
    return NULL;
}

static bool start_detached(char **words, GError **error)
{
    return g_spawn_async(NULL, words, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL,
                         error);
}

static bool fail_no_program(GError **error, const char *what)
{
    g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT, _("No program is known for %s. Save it, or install one (mailcap, xdg-open)."),
                what);
    return false;
}

bool external_view(app *ui, const char *path, const char *type, GError **error)
{
    bool needs_terminal = false;
    g_auto(GStrv) words = mailcap_words(type, path, &needs_terminal);
    bool has_desktop = g_getenv("DISPLAY") != NULL || g_getenv("WAYLAND_DISPLAY") != NULL;
    if (words != NULL && needs_terminal)
        return app_run_external(ui, (const char *const *)words, NULL, error);
    if (words != NULL)
        return start_detached(words, error);
    if (has_desktop && is_word_there("xdg-open"))
        words = with_argument(words_of("xdg-open"), path);
    else if (g_str_has_prefix(type, "text/") && is_word_there("less"))
        return app_run_external(ui, (const char *const[]){ "less", path, NULL }, NULL, error);
    return words != NULL ? start_detached(words, error) : fail_no_program(error, type);
}

bool external_browse(app *ui, const char *url, GError **error)
{
    const char *const candidates[] = { app_settings(ui)->browser, g_getenv("BROWSER"), "xdg-open" };
    bool is_web = g_ascii_strncasecmp(url, "http://", 7) == 0 || g_ascii_strncasecmp(url, "https://", 8) == 0;
    if (!is_web) {
        g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_INVAL, _("postern opens only http and https links: %s"), url);
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(candidates); i++) {
        char **words = words_of(candidates[i]);
        if (words == NULL)
            continue;
        g_auto(GStrv) all = with_argument(words, url);
        bool is_text_browser = strstr(all[0], "lynx") != NULL || strstr(all[0], "w3m") != NULL || strstr(all[0], "links") != NULL;
        return is_text_browser ? app_run_external(ui, (const char *const *)all, NULL, error) : start_detached(all, error);
    }
    return fail_no_program(error, _("links"));
}
