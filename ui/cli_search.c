/* SPDX-License-Identifier: MIT */
/* postern search: mail of all accounts by a query, newest first, as lines or as JSON. A server is asked with --server only. */
#include "core/search.h"
#include "core/server_search.h"
#include "ui/cli_message.h"
#include "ui/cli_selection.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

enum { PASSWORD_TRIES = 3, ROWS_AT_ONCE = 200 };

struct wish {
    GString *text;
    bool is_json, is_server;
    int64_t limit;
    GArray *found; /* of int64_t: messages that servers found; NULL: none was asked */
};

/* --- the command line: a query may begin with "-", so only our own options are taken for options --- */

static bool read_arguments(int argc, char **argv, struct wish *wish)
{
    bool is_query_only = false;
    for (int i = 1; i < argc; i++) {
        if (!is_query_only && strcmp(argv[i], "--") == 0) {
            is_query_only = true;
        } else if (!is_query_only && strcmp(argv[i], "--json") == 0) {
            wish->is_json = true;
        } else if (!is_query_only && strcmp(argv[i], "--server") == 0) {
            wish->is_server = true;
        } else if (!is_query_only && strcmp(argv[i], "--limit") == 0) {
            i++;
            if (!cli_take_number("--limit", i < argc ? argv[i] : NULL, &wish->limit))
                return false;
        } else if (!is_query_only && g_str_has_prefix(argv[i], "--limit=")) {
            if (!cli_take_number("--limit", argv[i] + strlen("--limit="), &wish->limit))
                return false;
        } else if (!is_query_only && g_str_has_prefix(argv[i], "--")) {
            cli_fail(EX_USAGE, _("search knows no option %s."), argv[i]);
            return false;
        } else {
            g_string_append_printf(wish->text, "%s%s", wish->text->len > 0 ? " " : "", argv[i]);
        }
    }
    return true;
}

static void print_row(store *db, const struct window_row *row, bool is_json)
{
    const struct cli_message_form form = { .is_json = is_json, .has_folder = true };
    cli_message_print(db, row, &form);
}

static int print_all(store *db, const struct wish *wish)
{
    struct search_request request = { .text = wish->text->str, .found = wish->found };
    int64_t left = wish->limit > 0 ? wish->limit : G_MAXINT64;
    for (;;) {
        g_autoptr(GError) why = NULL;
        struct query_spot spot = { 0 };
        request.after = (int)MIN(left, ROWS_AT_ONCE);
        g_autoptr(GPtrArray) rows = search_read(db, &request, &spot, &why);
        if (rows == NULL)
            return cli_fail_query(wish->text->str, &spot, why);
        for (guint i = 0; i < rows->len; i++)
            print_row(db, g_ptr_array_index(rows, i), wish->is_json);
        left -= rows->len;
        if ((int)rows->len < request.after || left <= 0 || ferror(stdout))
            return 0;
        request.has_anchor = true;
        request.anchor_key = ((const struct window_row *)g_ptr_array_index(rows, rows->len - 1))->sort_key - 1;
    }
}

/* --- on the servers --- */

static bool ask_account(engine *once, event_queue *events, const struct account *each, struct wish *wish)
{
    g_autoptr(GError) why = NULL;
    struct server_search_news news = { 0 };
    const struct server_search_wish asked = { .text = wish->text->str };
    g_autoptr(GArray) found = NULL;
    bool is_done = server_search_once(once, each->id, &asked, &found, &news, &why);
    for (int i = 0; !is_done && cli_answer_events(once, events) && i < PASSWORD_TRIES; i++) {
        g_clear_error(&why);
        g_clear_pointer(&found, g_array_unref);
        server_search_news_clear(&news);
        is_done = server_search_once(once, each->id, &asked, &found, &news, &why);
    }
    if (!is_done)
        cli_fail(0, _("%s was not asked: %s"), each->name, why != NULL ? why->message : "");
    else if (news.words != NULL)
        cli_fail(0, "%s", news.words);
    if (news.has_more)
        cli_fail(0, _("%s found more than can be shown: say more of what you look for."), each->name);
    if (found != NULL && found->len > 0)
        g_array_append_vals(wish->found, found->data, found->len);
    server_search_news_clear(&news);
    return is_done;
}

/* Returns the exit code so far. */
static int ask_servers(struct wish *wish)
{
    int broken = 0, code = 0, asked = 0;
    g_autoptr(GPtrArray) accounts = cli_accounts(&broken);
    struct settings *settings = cli_settings();
    event_queue *events = event_queue_new();
    engine *once = engine_new(accounts, settings, NULL, events);
    wish->found = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; i < accounts->len; i++) {
        const struct account *each = g_ptr_array_index(accounts, i);
        if (each->incoming.protocol != ACCOUNT_PROTOCOL_IMAP)
            continue;
        asked++;
        if (!ask_account(once, events, each, wish))
            code = EX_TEMPFAIL;
    }
    if (asked == 0)
        cli_fail(0, _("No account has its mail on a server that can be asked; all of it is here."));
    engine_free(once);
    event_queue_free(events);
    settings_free(settings);
    return code != 0 ? code : broken > 0 ? EX_CONFIG : 0;
}

int cli_search(int argc, char **argv)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct wish wish = { .text = text };
    if (!read_arguments(argc, argv, &wish))
        return EX_USAGE;
    if (text->len == 0)
        return cli_fail(EX_USAGE, _("search needs a query, for example: postern search from:ada is:unread"));
    g_autoptr(GError) why = NULL;
    struct query_spot spot = { 0 };
    g_autoptr(query_node) root = query_language_parse(text->str, g_get_real_time() / G_USEC_PER_SEC, &spot, &why);
    if (root == NULL)
        return cli_fail_query(text->str, &spot, why); /* before anything is made on the disk */
    cli_tell_settings();
    int asked = wish.is_server ? ask_servers(&wish) : 0;
    cli_bring_up_to_date();
    g_autoptr(GArray) found = wish.found;
    g_autoptr(store) db = store_open(NULL, STORE_READER, &why);
    if (db == NULL)
        return cli_fail(EX_NOINPUT, "%s", why->message);
    int printed = cli_finish(print_all(db, &wish));
    return printed != 0 ? printed : asked;
}
