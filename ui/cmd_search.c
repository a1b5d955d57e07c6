/* SPDX-License-Identifier: MIT */
/* Commands that find mail: the filter of the list, the search in all mail, and searches that are kept. */
#include "ui/cmd_search.h"
#include "config/searches.h"
#include "core/query_language.h"
#include "core/store_folder.h"
#include "ui/app_private.h"
#include "ui/unified.h"
#include "ui/search_server.h"
#include "ui/view_folders.h"
#include "ui/view_list.h"
#include <glib/gi18n-lib.h>

static GPtrArray *complete(app *ui, void *data, const char *typed)
{
    (void)ui;
    (void)data;
    return query_language_complete(typed);
}

/* One letter is only a word's beginning: as a word it would empty the list for a moment. */
static bool is_begun_only(const char *line)
{
    return *line == '\0' || (g_ascii_isalpha(line[0]) && line[1] == '\0');
}

/* mutt's limit knows "all". */
static bool is_all(app *ui, const char *line)
{
    return *line == '\0' || (g_strcmp0(app_settings(ui)->keys, "mutt") == 0 && (strcmp(line, "all") == 0 || strcmp(line, ".") == 0));
}

static void filter_typed(app *ui, void *data, const char *line)
{
    (void)data;
    view_list_filter(ui->panes[PANE_LIST], is_begun_only(line) || is_all(ui, line) ? NULL : line, true);
    search_server_offer(ui, true);
}

/* Esc puts back what was there before. */
static void filter_words(app *ui, void *data, const char *line)
{
    const char *words = line != NULL ? line : data;
    view_list_filter(ui->panes[PANE_LIST], words != NULL && !is_all(ui, words) ? words : NULL, false);
    search_server_offer(ui, false);
}

void cmd_filter(app *ui, view *base)
{
    const char *old = view_list_filter_words(ui->panes[PANE_LIST]);
    if (view_list_is_search(ui->panes[PANE_LIST])) {
        cmd_search(ui, base);
        return;
    }
    view_prompt_push(ui, _("Show messages with: "), old != NULL ? old : "", false, complete, filter_words, g_strdup(old), g_free);
    view_prompt_follow(ui, filter_typed);
}

static void search_typed(app *ui, void *data, const char *line)
{
    (void)data;
    if (*line == '\0' || !is_begun_only(line))
        app_search(ui, line, true);
}

static void search_words(app *ui, void *data, const char *line)
{
    const char *words = line != NULL ? line : data;
    if (words != NULL && *words != '\0')
        app_search(ui, words, false);
    else
        app_leave_search(ui);
}

void cmd_search(app *ui, view *base)
{
    bool is_search = view_list_is_search(ui->panes[PANE_LIST]);
    const char *old = is_search ? view_list_filter_words(ui->panes[PANE_LIST]) : NULL;
    (void)base;
    view_prompt_push(ui, _("Search all mail: "), old != NULL ? old : "", false, complete, search_words, g_strdup(old), g_free);
    view_prompt_follow(ui, search_typed);
    view_prompt_explain(ui, _("Words, or from:ada  subject:plans  before:2026  has:attachment  is:unread"));
}

/* --- kept --- */

/* A filter's search is that of its folder. */
static char *query_to_keep(app *ui)
{
    const char *words = view_list_filter_words(ui->panes[PANE_LIST]);
    if (words == NULL || view_list_is_search(ui->panes[PANE_LIST]))
        return g_strdup(words);
    static const char *const words_of_roles[] = {
        [FOLDER_INBOX] = "inbox", [FOLDER_DRAFTS] = "drafts", [FOLDER_SENT] = "sent", [FOLDER_ARCHIVE] = "archive"
    };
    int64_t role = -app_current_folder(ui);
    if (role > 0 && role < (int64_t)G_N_ELEMENTS(words_of_roles) && words_of_roles[role] != NULL)
        return g_strdup_printf("in:%s (%s)", words_of_roles[role], words);
    g_autoptr(folder) box = store_folder(ui->store, app_current_folder(ui), NULL);
    g_autofree char *key = box != NULL ? store_account_key(ui->store, box->account_id) : NULL;
    return key != NULL ? g_strdup_printf("account:\"%s\" in:\"%s\" (%s)", key, box->name, words) : NULL;
}

static void keep(app *ui, void *data, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *clean = g_strstrip(g_strdup(name != NULL ? name : ""));
    if (*clean == '\0')
        return;
    if (!searches_set(NULL, clean, data, &error)) {
        app_error(ui, "%s", error->message);
        return;
    }
    view_folders_load_searches(ui->panes[PANE_FOLDERS]);
    app_say(ui, _("Kept as \"%s\", at the end of the folder list."), clean);
}

void cmd_search_save(app *ui, view *base)
{
    (void)base;
    g_autofree char *query = query_to_keep(ui);
    g_autoptr(GError) error = NULL;
    g_autoptr(query_node) root = query != NULL ? query_language_parse(query, g_get_real_time() / G_USEC_PER_SEC, NULL, &error) : NULL;
    if (query == NULL)
        app_brief(ui, _("There is no search to keep here; %s begins one."), keymap_key_for(ui, command_find("search"), CONTEXT_LIST));
    else if (root == NULL)
        app_error(ui, "%s", error->message);
    else
        view_prompt_push(ui, _("Name of the search: "), "", false, NULL, keep, g_steal_pointer(&query), g_free);
}

void cmd_search_remove(app *ui, view *base)
{
    g_autofree char *name = g_strdup(view_folders_search_name(ui->panes[PANE_FOLDERS]));
    g_autoptr(GError) error = NULL;
    (void)base;
    if (name == NULL) {
        app_brief(ui, _("This is no saved search."));
        return;
    }
    if (!searches_set(NULL, name, NULL, &error)) {
        app_error(ui, "%s", error->message);
        return;
    }
    view_folders_load_searches(ui->panes[PANE_FOLDERS]);
    app_say(ui, _("The search \"%s\" is gone; its mail is where it was."), name);
}
