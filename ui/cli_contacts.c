/* SPDX-License-Identifier: MIT */
/* postern contacts: the people mail goes to, as lines, JSON or vCards; also for other programs that ask an address book (mutt's query_command). */
#include "config/groups.h"
#include "core/address_query.h"
#include "core/contact_book.h"
#include "core/message.h"
#include "ui/cli.h"
#include "ui/cli_json.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

enum { LIMIT = 100, ASK_EVERY_US = 20000 };

struct wish {
    bool is_json, is_all, asks; /* asks: the program of query-command */
    int64_t limit;
    const char *words[3]; /* what is no option */
    int count;
};

static int usage(void)
{
    return cli_fail(EX_USAGE,
                    _("contacts knows: contacts [WORDS], contacts import FILE, contacts export [FILE], contacts group [NAME [ADDRESSES]]; "
                      "--ask, --all, --json, --limit N."));
}

static bool read_arguments(int argc, char **argv, struct wish *wish)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            wish->is_json = true;
        else if (strcmp(argv[i], "--all") == 0)
            wish->is_all = true;
        else if (strcmp(argv[i], "--ask") == 0)
            wish->asks = true;
        else if (g_str_has_prefix(argv[i], "--limit=")) {
            if (!cli_take_number("--limit", argv[i] + strlen("--limit="), &wish->limit))
                return false;
        } else if (strcmp(argv[i], "--limit") == 0) {
            if (!cli_take_number("--limit", i + 1 < argc ? argv[++i] : NULL, &wish->limit))
                return false;
        } else if (*argv[i] == '-' && argv[i][1] != '\0')
            return usage() == 0;
        else if (wish->count < (int)G_N_ELEMENTS(wish->words))
            wish->words[wish->count++] = argv[i];
        else
            return usage() == 0;
    }
    return true;
}

/* --- printing --- */
static char *visible(const char *text)
{
    return width_visible(text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

static void print_line(const struct contact *one)
{
    g_autofree char *name = visible(one->name), *address = visible(one->address);
    g_strdelimit(name, "\t", ' ');
    printf("%s\t%s\t%" G_GINT64_FORMAT "\t%" G_GINT64_FORMAT "\n", address, name, one->sent, one->received);
}

static void print_person(const struct contact *one, bool is_json)
{
    if (is_json)
        cli_json_print(json_pack("{s:o, s:o, s:I, s:I}", "name", cli_json_text(one->name != NULL ? one->name : ""), "addr",
                                 cli_json_text(one->address), "sent", (json_int_t)one->sent, "received", (json_int_t)one->received));
    else
        print_line(one);
}

/* --- what is wished --- */
static void print_people(GPtrArray *people, bool is_json)
{
    if (!is_json) /* mutt leaves the first line out */
        printf(g_dngettext(GETTEXT_PACKAGE, "%u person\n", "%u people\n", people->len), people->len);
    for (guint i = 0; i < people->len; i++)
        print_person(people->pdata[i], is_json);
}

/* What the composer would be told by the other program, to see whether it works. */
static int ask_elsewhere(const char *command, const struct wish *wish)
{
    g_autoptr(GError) why = NULL;
    if (command == NULL)
        return cli_fail(EX_CONFIG, _("query-command of postern.conf names no program to ask."));
    g_autoptr(address_query) query = address_query_start(command, wish->words[0], &why);
    if (query == NULL)
        return cli_fail(EX_UNAVAILABLE, _("The address book cannot be asked: %s"), why->message);
    GPtrArray *people = NULL;
    while (!address_query_poll(query, &people))
        g_usleep(ASK_EVERY_US);
    print_people(people, wish->is_json);
    int code = people->len > 0 ? EX_OK : EX_NOUSER;
    g_ptr_array_unref(people);
    return cli_finish(code);
}

static int list_people(store *db, const struct wish *wish)
{
    g_autoptr(GError) why = NULL;
    int limit = (int)MIN(wish->limit, 1000000);
    const char *words = wish->count > 0 ? wish->words[0] : NULL;
    g_autoptr(GPtrArray) people =
        words != NULL ? store_contacts(db, words, limit, &why) : store_contacts_best(db, wish->is_all, limit, &why);
    if (people == NULL)
        return cli_fail(EX_SOFTWARE, "%s", why->message);
    print_people(people, wish->is_json);
    return cli_finish(people->len > 0 ? EX_OK : EX_NOUSER);
}

static bool read_whole(const char *path, char **text_out, gsize *length_out, GError **error)
{
    if (strcmp(path, "-") == 0)
        path = "/dev/stdin";
    return g_file_get_contents(path, text_out, length_out, error);
}

static int import(store *db, const struct wish *wish)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *text = NULL;
    gsize length = 0;
    struct contact_import done = { 0 };
    if (wish->count != 2)
        return usage();
    if (!read_whole(wish->words[1], &text, &length, &why))
        return cli_fail(EX_NOINPUT, "%s", why->message);
    if (!contact_book_import(db, text, length, &done, &why))
        return cli_fail(EX_DATAERR, "%s", why->message);
    if (wish->is_json)
        cli_json_print(json_pack("{s:i, s:i, s:i}", "people", done.people, "groups", done.groups, "skipped", done.skipped));
    else
        printf(_("Addresses: %u, groups: %u, cards without an address: %u.\n"), done.people, done.groups, done.skipped);
    return cli_finish(EX_OK);
}

static int export(store *db, const struct wish *wish)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *text = contact_book_export(db, wish->is_all, &why);
    if (text == NULL)
        return cli_fail(EX_SOFTWARE, "%s", why->message);
    if (wish->count == 1) {
        fputs(text, stdout);
        return cli_finish(EX_OK);
    }
    if (wish->count != 2)
        return usage();
    if (!g_file_set_contents_full(wish->words[1], text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &why))
        return cli_fail(EX_CANTCREAT, "%s", why->message);
    return EX_OK;
}

static void print_group(const struct address_group *one, bool is_json)
{
    g_autofree char *name = visible(one->name), *members = visible(one->members);
    if (is_json)
        cli_json_print(json_pack("{s:o, s:o}", "name", cli_json_text(one->name), "members", cli_json_people(one->members)));
    else
        printf("%s\t%s\n", name, members);
}

/* Nothing behind it: all are shown; a name: that one; addresses too: it is set, "" takes it away. */
static int group(store *db, const struct wish *wish)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) groups = groups_load(NULL, &why);
    (void)db;
    if (groups == NULL)
        return cli_fail(EX_CONFIG, "%s", why->message);
    if (wish->count == 3) {
        g_autoptr(GPtrArray) people = message_parse_addresses(wish->words[2], &why);
        if (people == NULL)
            return cli_fail(EX_DATAERR, "%s", why->message);
        bool is_set = groups_set(NULL, wish->words[1], people->len > 0 ? wish->words[2] : NULL, &why);
        return is_set ? EX_OK : cli_fail(EX_CANTCREAT, "%s", why->message);
    }
    const struct address_group *one = wish->count == 2 ? groups_find(groups, wish->words[1]) : NULL;
    if (wish->count == 2 && one == NULL)
        return cli_fail(EX_NOUSER, _("There is no group %s."), wish->words[1]);
    for (guint i = 0; i < groups->len; i++)
        if (one == NULL || one == groups->pdata[i])
            print_group(groups->pdata[i], wish->is_json);
    return cli_finish(EX_OK);
}

static const struct {
    const char *word;
    int (*run)(store *db, const struct wish *wish);
} actions[] = { { "import", import }, { "export", export }, { "group", group } };

int cli_contacts(int argc, char **argv)
{
    struct wish wish = { .limit = LIMIT };
    g_autoptr(GError) why = NULL;
    if (!read_arguments(argc, argv, &wish))
        return EX_USAGE;
    if (wish.asks) {
        struct settings *settings = cli_settings();
        int asked = wish.count == 1 ? ask_elsewhere(settings->query_command, &wish) : usage();
        settings_free(settings);
        return asked;
    }
    store *db = store_open(NULL, STORE_WORKER, &why);
    if (db == NULL)
        return cli_fail(EX_SOFTWARE, "%s", why->message);
    int (*run)(store *, const struct wish *) = list_people;
    for (size_t i = 0; wish.count > 0 && i < G_N_ELEMENTS(actions); i++)
        if (strcmp(actions[i].word, wish.words[0]) == 0)
            run = actions[i].run;
    int code = run == list_people && wish.count > 1 ? usage() : run(db, &wish);
    store_close(db);
    return code;
}
