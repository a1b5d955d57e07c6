/* SPDX-License-Identifier: MIT */
/* Finding and starting other programs. */
#include "ui/external.h"
#include "ui/mailcap.h"
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

/* --- files --- */

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

/* What mailcap says, in words that a shell gets as arguments only: $1 is the pager, $2 the file. */
static bool view_by_mailcap(app *ui, const char *path, const struct mailcap_view *view, GError **error)
{
    static const char *const scripts[2][2] = { { "shift 2; exec \"$@\"", "file=$2; shift 2; exec \"$@\" < \"$file\"" },
                                               { "pager=$1; shift 2; \"$@\" | $pager",
                                                 "pager=$1 file=$2; shift 2; \"$@\" < \"$file\" | $pager" } };
    const char *own = app_settings(ui)->pager, *usual = g_getenv("PAGER");
    const char *pager = own != NULL && *own != '\0' ? own : usual != NULL && *usual != '\0' ? usual : "less";
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_strv_builder_add_many(builder, "/bin/sh", "-c", scripts[view->is_copious][view->wants_input], "sh", pager, path, NULL);
    g_strv_builder_addv(builder, (const char **)view->words);
    g_auto(GStrv) words = g_strv_builder_end(builder);
    if (view->needs_terminal || view->is_copious)
        return app_run_external(ui, (const char *const *)words, NULL, error);
    return start_detached(words, error);
}

bool external_view(app *ui, const char *path, const char *type, GError **error)
{
    struct mailcap_view view;
    if (mailcap_look_up(type, NULL, path, &view)) {
        bool is_shown = view_by_mailcap(ui, path, &view, error);
        mailcap_view_clear(&view);
        return is_shown;
    }
    g_auto(GStrv) words = NULL;
    bool has_desktop = g_getenv("DISPLAY") != NULL || g_getenv("WAYLAND_DISPLAY") != NULL;
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
