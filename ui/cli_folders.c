/* SPDX-License-Identifier: MIT */
/* postern folders: the folders of all accounts or of one, with their counts, as lines or as JSON. Nothing is asked of a server. */
#include "ui/cli_json.h"
#include "core/language.h"
#include "ui/cli_place.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const struct {
    enum folder_flag flag;
    const char *word;
} flag_words[] = {
    { FOLDER_IS_NOSELECT, "noselect" },
    { FOLDER_IS_SUBSCRIBED, "subscribed" },
    { FOLDER_IS_READ_ONLY, "read-only" },
};

static json_t *number_or_null(int64_t number)
{
    return number >= 0 ? json_integer((json_int_t)number) : json_null();
}

static void print_json(store *db, const struct account *account, const struct folder *box)
{
    json_t *object = json_object(), *flags = json_array();
    const char *role = cli_role_word(box->role);
    const char delimiter[] = { box->delimiter, '\0' };
    for (size_t i = 0; i < G_N_ELEMENTS(flag_words); i++)
        if (box->flags & flag_words[i].flag)
            json_array_append_new(flags, json_string(flag_words[i].word));
    json_object_set_new(object, "account", cli_json_text(account->id));
    json_object_set_new(object, "folder", cli_json_text(box->name));
    json_object_set_new(object, "delimiter", cli_json_text(delimiter));
    json_object_set_new(object, "role", role != NULL ? json_string(role) : json_null());
    json_object_set_new(object, "messages", json_integer((json_int_t)box->total));
    json_object_set_new(object, "unread", json_integer((json_int_t)box->unread));
    json_object_set_new(object, "at_server", number_or_null(box->server_total));
    json_object_set_new(object, "bytes", number_or_null(store_folder_bytes(db, box)));
    json_object_set_new(object, "flags", flags);
    cli_json_print(object);
}

static void print_line(store *db, const struct account *account, const struct folder *box)
{
    g_autofree char *name = width_visible(box->name, strlen(box->name));
    int64_t bytes = store_folder_bytes(db, box);
    g_autofree char *size = bytes >= 0 ? language_size((guint64)bytes) : g_strdup("?");
    printf("%8" G_GINT64_FORMAT " %8" G_GINT64_FORMAT " %10s  %s:%s\n", box->unread, box->total, size, account->id, name);
}

/* As the other commands take it: for the completions of shells. A name that cannot be shown as it is, is none of theirs. */
static void print_name(store *db, const struct account *account, const struct folder *box)
{
    g_autofree char *visible = width_visible(box->name, strlen(box->name));
    (void)db;
    if (strcmp(visible, box->name) == 0)
        printf("%s:%s\n", account->id, box->name);
}

typedef void print_folder(store *db, const struct account *account, const struct folder *box);

static int print_account(store *db, const struct account *account, print_folder *print)
{
    g_autoptr(GError) why = NULL;
    int64_t account_id = store_account_id(db, account->id, &why);
    g_autoptr(GPtrArray) boxes = account_id != 0 ? store_folders(db, account_id, &why) : NULL;
    if (boxes == NULL)
        return cli_fail(EX_SOFTWARE, _("%s: %s"), account->name, why->message);
    for (guint i = 0; i < boxes->len; i++) {
        const struct folder *box = g_ptr_array_index(boxes, i);
        if (box->flags & FOLDER_IS_GONE || box->role == FOLDER_OUTBOX)
            continue;
        print(db, account, box);
    }
    return 0;
}

int cli_folders(int argc, char **argv)
{
    print_folder *print = print_line;
    const char *name = NULL;
    int broken = 0, code = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            print = print_json;
        else if (strcmp(argv[i], "--names") == 0)
            print = print_name;
        else if (*argv[i] == '-' || name != NULL)
            return cli_fail(EX_USAGE, *argv[i] == '-' ? _("folders knows no option %s.") : _("folders takes one account, not also %s."),
                            argv[i]);
        else
            name = argv[i];
    }
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) accounts = cli_accounts(&broken);
    const struct account *only = cli_account(accounts, broken, name, &code);
    if (only == NULL)
        return code;
    g_autoptr(store) db = store_open(NULL, STORE_WORKER, &why);
    if (db == NULL)
        return cli_fail(EX_NOINPUT, "%s", why->message);
    for (guint i = 0; code == 0 && i < accounts->len; i++) {
        const struct account *each = g_ptr_array_index(accounts, i);
        if (name == NULL || each == only)
            code = print_account(db, each, print);
    }
    return cli_finish(code != 0 ? code : broken > 0 ? EX_CONFIG : 0);
}
