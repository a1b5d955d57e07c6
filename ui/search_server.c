/* SPDX-License-Identifier: MIT */
/* The search of the list, continued on the servers. */
#include "ui/search_server.h"
#include "core/server_search.h"
#include "ui/app_private.h"
#include "ui/view_list.h"
#include <glib/gi18n-lib.h>

static view *list_of(app *ui)
{
    return ui->panes[PANE_LIST];
}

static char *count_words(const struct server_search_news *news)
{
    if (news->has_more)
        return g_strdup_printf(_("%s the server found more than %d"), canvas_glyph(GLYPH_SERVER), (int)news->found);
    return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%s %d found by the server", "%s %d found by the server", (gulong)news->found),
                           canvas_glyph(GLYPH_SERVER), (int)news->found);
}

static char *news_words(const struct server_search_news *news)
{
    g_autofree char *count = count_words(news);
    g_autofree char *where = !news->is_over && news->folders_total > 0
                                 ? g_strdup_printf(_(", folder %d of %d"), news->folders_done + 1, news->folders_total)
                                 : g_strdup(news->is_over ? "" : _(", asking"));
    return g_strdup_printf("%s%s%s%s%s", count, where, news->words != NULL ? " (" : "", news->words != NULL ? news->words : "",
                           news->words != NULL ? ")" : "");
}

static void show_news(app *ui)
{
    struct server_search_news news;
    if (ui->server_search == 0 || !server_search_look(ui->engine, ui->server_search, &news))
        return;
    g_autofree char *words = news_words(&news);
    view_list_show_found(list_of(ui), server_search_found(ui->engine, ui->server_search), words);
    server_search_news_clear(&news);
}

void search_server_event(app *ui, const struct event *event)
{
    if (event->type == EVENT_CONNECTION || (event->type == EVENT_SERVER_SEARCH && event->item == ui->server_search))
        show_news(ui);
}

void search_server_end(app *ui)
{
    if (ui->server_search != 0)
        server_search_end(ui->engine);
    ui->server_search = 0;
    view_list_show_found(list_of(ui), NULL, NULL);
}

static bool begin(app *ui, GError **error)
{
    const struct server_search_wish wish = { .text = view_list_filter_words(list_of(ui)),
                                             .folder_id = MAX(view_list_folder(list_of(ui)), 0),
                                             .first_folder_id = ui->search_from };
    ui->server_search = server_search_begin(ui->engine, &wish, error);
    if (ui->server_search != 0)
        show_news(ui);
    return ui->server_search != 0;
}

static void show_hint(app *ui)
{
    const char *key = keymap_key_for(ui, command_find("search-server"), CONTEXT_LIST);
    g_autofree char *words = key != NULL && *key != '\0' ? g_strdup_printf(_("also on the server: %s"), key) : NULL;
    view_list_show_found(list_of(ui), NULL, words);
}

static bool has_server(app *ui)
{
    for (guint i = 0; i < ui->accounts->len; i++)
        if (((const struct account *)g_ptr_array_index(ui->accounts, i))->incoming.protocol == ACCOUNT_PROTOCOL_IMAP)
            return true;
    return false;
}

void search_server_offer(app *ui, bool is_typed)
{
    search_server_end(ui);
    if (is_typed || view_list_filter_words(list_of(ui)) == NULL || !has_server(ui) || !ui->is_started)
        return;
    bool is_begun =
        engine_is_online(ui->engine) && server_search_is_worth(ui->store, MAX(view_list_folder(list_of(ui)), 0)) && begin(ui, NULL);
    if (!is_begun)
        show_hint(ui);
}

void cmd_search_server(app *ui, view *base)
{
    g_autoptr(GError) error = NULL;
    (void)base;
    if (view_list_filter_words(list_of(ui)) == NULL) {
        app_brief(ui, _("There is no search to go on with; %s begins one."), keymap_key_for(ui, command_find("search"), CONTEXT_LIST));
        return;
    }
    search_server_end(ui);
    if (!begin(ui, &error))
        app_error(ui, "%s", error->message);
}
