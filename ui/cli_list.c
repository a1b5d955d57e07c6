/* SPDX-License-Identifier: MIT */
/* postern list: the messages of a folder, newest first, as lines or as JSON. Nothing is asked of a server. */
#include "ui/cli_message.h"
#include "ui/cli_place.h"
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

enum { ROWS_AT_ONCE = 200 };

struct wish {
    const char *place; /* NULL: the Inbox of the first account */
    bool is_json;
    int64_t limit; /* 0: all */
};

static int read_arguments(int argc, char **argv, struct wish *wish)
{
    for (int i = 1; i < argc; i++) {
        bool is_ok = true;
        if (strcmp(argv[i], "--json") == 0) {
            wish->is_json = true;
        } else if (strcmp(argv[i], "--limit") == 0) {
            i++;
            is_ok = cli_take_number("--limit", i < argc ? argv[i] : NULL, &wish->limit);
        } else if (g_str_has_prefix(argv[i], "--limit=")) {
            is_ok = cli_take_number("--limit", argv[i] + strlen("--limit="), &wish->limit);
        } else if (*argv[i] == '-') {
            return cli_fail(EX_USAGE, _("list knows no option %s."), argv[i]);
        } else if (wish->place != NULL) {
            return cli_fail(EX_USAGE, _("list takes one folder: ACCOUNT, ACCOUNT:FOLDER or :FOLDER."));
        } else {
            wish->place = argv[i];
        }
        if (!is_ok)
            return EX_USAGE;
    }
    return 0;
}

static int print_rows(store *db, const struct wish *wish, int64_t folder_id)
{
    const struct cli_message_form form = { .is_json = wish->is_json };
    struct window_query query = { .folder_id = folder_id, .kind = WINDOW_MESSAGES };
    int64_t left = wish->limit > 0 ? wish->limit : G_MAXINT64;
    while (left > 0 && !ferror(stdout)) {
        g_autoptr(GError) why = NULL;
        guint skipped = query.has_anchor ? 1 : 0; /* the anchor comes again */
        query.after = (int)MIN(left, ROWS_AT_ONCE) + (int)skipped;
        g_autoptr(GPtrArray) rows = store_window_read(db, &query, &why);
        if (rows == NULL)
            return cli_fail(EX_SOFTWARE, "%s", why->message);
        for (guint i = skipped; i < rows->len; i++)
            cli_message_print(db, g_ptr_array_index(rows, i), &form);
        if ((int)rows->len < query.after)
            break;
        const struct window_row *last = g_ptr_array_index(rows, rows->len - 1);
        left -= rows->len - skipped;
        query.has_anchor = true;
        query.anchor_key = last->sort_key;
        query.anchor_tie = last->tie;
    }
    return 0;
}

int cli_list(int argc, char **argv)
{
    struct wish wish = { 0 };
    struct cli_place place;
    int broken = 0, code = read_arguments(argc, argv, &wish);
    if (code != 0)
        return code;
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) accounts = cli_accounts(&broken);
    g_autoptr(store) db = store_open(NULL, STORE_WORKER, &why);
    if (db == NULL)
        return cli_fail(EX_NOINPUT, "%s", why->message);
    if (!cli_place_find(wish.place != NULL ? wish.place : "", accounts, broken, db, &place, &code))
        return code;
    const char *name = place.folder != NULL ? place.folder : "inbox";
    g_autoptr(folder) box = cli_place_folder(db, place.account_id, name);
    if (box == NULL)
        return cli_fail(EX_DATAERR, _("there is no folder %s in %s."), name, place.account->name);
    return cli_finish(print_rows(db, &wish, box->id));
}
