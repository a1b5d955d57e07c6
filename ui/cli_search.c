/* SPDX-License-Identifier: MIT */
/* postern search: mail of all accounts by a query, newest first, as lines or as JSON. A server is asked with --server only. */
#include "core/locate.h"
#include "core/search.h"
#include "core/search_indexer.h"
#include "core/server_search.h"
#include "core/store_message.h"
#include "ui/cli.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { PASSWORD_TRIES = 3, ROWS_AT_ONCE = 200, FROM_CELLS = 24, SUBJECT_CELLS = 60 };

struct wish {
    GString *text;
    bool is_json, is_server;
    int64_t limit;
    GArray *found; /* of int64_t: messages that servers found; NULL: none was asked */
};

/* --- the command line: a query may begin with "-", so only our own options are taken for options --- */

static bool take_limit(struct wish *wish, const char *value)
{
    char *end = NULL;
    gint64 limit = value != NULL && g_ascii_isdigit(*value) ? g_ascii_strtoll(value, &end, 10) : 0;
    if (limit > 0 && *end == '\0') {
        wish->limit = limit;
        return true;
    }
    cli_fail(EX_USAGE, _("--limit needs a number."));
    return false;
}

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
            if (!take_limit(wish, i < argc ? argv[i] : NULL))
                return false;
        } else if (!is_query_only && g_str_has_prefix(argv[i], "--limit=")) {
            if (!take_limit(wish, argv[i] + strlen("--limit=")))
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

/* --- what is wrong with a query, with a line that points at it --- */

static int fail_query(const char *text, const struct query_spot *spot, const GError *why)
{
    bool has_spot = why->domain == QUERY_LANGUAGE_ERROR && spot->end <= strlen(text);
    if (!has_spot)
        return cli_fail(why->domain == QUERY_LANGUAGE_ERROR ? EX_USAGE : EX_SOFTWARE, "%s", why->message);
    g_autofree char *head = g_strndup(text, spot->start), *part = g_strndup(text + spot->start, spot->end - spot->start);
    g_autofree char *clean = g_utf8_make_valid(text, -1);
    g_autofree char *room = g_strnfill((gsize)width_text(head), ' '), *mark = g_strnfill((gsize)MAX(width_text(part), 1), '^');
    return cli_fail(EX_USAGE, "%s\n%s\n%s%s", why->message, clean, room, mark);
}

/* --- what is printed --- */

static json_t *json_text(const char *text)
{
    return text != NULL ? json_string_nocheck(text) : json_null();
}

static const struct {
    enum message_flag flag;
    const char *word;
} flag_words[] = {
    { MESSAGE_SEEN, "seen" },       { MESSAGE_ANSWERED, "answered" }, { MESSAGE_FLAGGED, "flagged" },
    { MESSAGE_DELETED, "deleted" }, { MESSAGE_DRAFT, "draft" },       { MESSAGE_FORWARDED, "forwarded" },
};

static json_t *json_flags(const placement *place)
{
    json_t *list = json_array();
    for (size_t i = 0; i < G_N_ELEMENTS(flag_words); i++)
        if (place->flags & flag_words[i].flag)
            json_array_append_new(list, json_string(flag_words[i].word));
    g_auto(GStrv) tags = g_strsplit(place->keywords != NULL ? place->keywords : "", " ", -1);
    for (char **tag = tags; *tag != NULL; tag++)
        if (**tag != '\0')
            json_array_append_new(list, json_text(*tag));
    return list;
}

static void print_json(store *db, const placement *place, const struct window_row *row)
{
    g_autofree char *file = locate_message(db, place);
    json_t *object = json_object(), *from = json_object();
    json_object_set_new(from, "name", json_text(place->from_name));
    json_object_set_new(from, "addr", json_text(place->from_address));
    json_object_set_new(object, "message_id", json_text(place->message_id_header));
    json_object_set_new(object, "date", json_integer((json_int_t)place->date_utc));
    json_object_set_new(object, "from", from);
    json_object_set_new(object, "to", json_text(place->to));
    json_object_set_new(object, "cc", json_text(place->cc));
    json_object_set_new(object, "subject", json_text(place->subject));
    json_object_set_new(object, "account", json_text(place->account_key));
    json_object_set_new(object, "folder", json_text(place->folder_name));
    json_object_set_new(object, "flags", json_flags(place));
    json_object_set_new(object, "size", json_integer((json_int_t)place->size_bytes));
    json_object_set_new(object, "attachments", json_integer(row->attachment_count));
    json_object_set_new(object, "file", json_text(file));
    if (row->is_found_by_server)
        json_object_set_new(object, "found_by", json_text("server"));
    char *line = json_dumps(object, JSON_COMPACT);
    printf("%s\n", line != NULL ? line : "{}");
    free(line);
    json_decref(object);
}

/* Cut to so many cells, and filled up to them. */
static char *fitted(const char *text, int cells)
{
    g_autofree char *clean = width_visible(text != NULL ? text : "", text != NULL ? strlen(text) : 0);
    int used = 0;
    size_t bytes = width_prefix(clean, strlen(clean), cells, &used);
    g_autofree char *room = g_strnfill((gsize)MAX(cells - used, 0), ' ');
    return g_strdup_printf("%.*s%s", (int)bytes, clean, room);
}

static void print_line(const placement *place, const struct window_row *row)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(place->date_utc);
    g_autofree char *date = when != NULL ? g_date_time_format(when, "%Y-%m-%d %H:%M") : g_strdup("                ");
    const char *name = place->from_name != NULL && *place->from_name != '\0' ? place->from_name : place->from_address;
    g_autofree char *from = fitted(name, FROM_CELLS), *subject = fitted(place->subject, SUBJECT_CELLS);
    g_autofree char *place_name = g_strdup_printf("%s/%s", place->account_key, place->folder_name);
    g_autofree char *where = width_visible(place_name, strlen(place_name));
    printf("%s  %s  %s  %s%s\n", date, from, subject, where, row->is_found_by_server ? _("  (found by the server)") : "");
}

static void print_row(store *db, const struct window_row *row, bool is_json)
{
    g_autoptr(placement) place = store_placement(db, row->placement_id, NULL);
    if (place == NULL)
        return; /* it went this very moment */
    if (is_json)
        print_json(db, place, row);
    else
        print_line(place, row);
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
            return fail_query(wish->text->str, &spot, why);
        for (guint i = 0; i < rows->len; i++)
            print_row(db, g_ptr_array_index(rows, i), wish->is_json);
        left -= rows->len;
        if ((int)rows->len < request.after || left <= 0 || ferror(stdout))
            return 0;
        request.has_anchor = true;
        request.anchor_key = ((const struct window_row *)g_ptr_array_index(rows, rows->len - 1))->sort_key - 1;
    }
}

static bool tell_left(void *data, int64_t left)
{
    bool *is_told = data;
    if (!isatty(STDERR_FILENO) || (left < ROWS_AT_ONCE && !*is_told))
        return true;
    *is_told = true;
    fprintf(stderr, "\r%s %-12" G_GINT64_FORMAT, _("Making mail searchable:"), left);
    return true;
}

/* Mail that came since the client last ran, or that it is just getting. What cannot be indexed now is only not found. */
static void bring_up_to_date(void)
{
    g_autoptr(GError) why = NULL;
    bool is_told = false;
    bool is_done = search_indexer_catch_up(NULL, tell_left, &is_told, &why);
    if (is_told)
        fprintf(stderr, "\r%40s\r", "");
    if (!is_done)
        cli_fail(0, _("Newer mail may not be found: %s"), why->message);
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
        return fail_query(text->str, &spot, why); /* before anything is made on the disk */
    int asked = wish.is_server ? ask_servers(&wish) : 0;
    bring_up_to_date();
    g_autoptr(GArray) found = wish.found;
    g_autoptr(store) db = store_open(NULL, STORE_READER, &why);
    if (db == NULL)
        return cli_fail(EX_NOINPUT, "%s", why->message);
    int printed = cli_finish(print_all(db, &wish));
    return printed != 0 ? printed : asked;
}
