/* SPDX-License-Identifier: MIT */
/* postern merge: a message of its own for each row of a table, looked at first; with --send into the outbox. */
#include "core/merge.h"
#include "core/template.h"
#include "ui/cli.h"
#include "ui/cli_json.h"
#include "ui/width.h"
#include <getopt.h>
#include <glib/gi18n-lib.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

struct wish {
    bool is_sent, is_json, is_again;
    const char *account, *template, *table;
    GPtrArray *files;
    int64_t limit; /* of what is shown; 0: all */
};

static bool take_option(struct wish *wish, int letter)
{
    switch (letter) {
    case 's':
        wish->is_sent = true;
        return true;
    case 'j':
        wish->is_json = true;
        return true;
    case 'g':
        wish->is_again = true;
        return true;
    case 'A':
        wish->account = optarg;
        return true;
    case 'a':
        g_ptr_array_add(wish->files, optarg);
        return true;
    case 'l':
        return cli_take_number("--limit", optarg, &wish->limit);
    default:
        return false;
    }
}

static bool read_arguments(int argc, char **argv, struct wish *wish)
{
    static const struct option names[] = { { "send", no_argument, NULL, 's' },
                                           { "json", no_argument, NULL, 'j' },
                                           { "again", no_argument, NULL, 'g' },
                                           { "account", required_argument, NULL, 'A' },
                                           { "attach", required_argument, NULL, 'a' },
                                           { "limit", required_argument, NULL, 'l' },
                                           { 0 } };
    int letter;
    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1)
        if (!take_option(wish, letter))
            return false;
    if (argc - optind != 2)
        return !cli_fail(EX_USAGE, "%s", _("merge wants a template (its name, or a file) and a table (CSV)."));
    wish->template = argv[optind];
    wish->table = argv[optind + 1];
    return true;
}

/* A name of the folder templates, or any file. */
static bool fill_from_template(struct draft *draft, const char *name, GError **error)
{
    bool is_file = strchr(name, '/') != NULL || g_file_test(name, G_FILE_TEST_IS_REGULAR);
    return is_file ? template_apply_file(draft, name, error) : template_apply(draft, name, error);
}

/* NULL with error. */
static struct draft *draft_of(const struct account *from, const struct settings *settings, const struct wish *wish, GError **error)
{
    g_autoptr(draft) draft = compose_start(COMPOSE_NEW, from, NULL, NULL, error);
    if (draft == NULL || !fill_from_template(draft, wish->template, error))
        return NULL;
    draft->is_flowed = settings->format_flowed;
    draft->is_markdown = settings->markdown;
    for (guint i = 0; i < wish->files->len; i++)
        if (!draft_attach(draft, wish->files->pdata[i], error))
            return NULL;
    return g_steal_pointer(&draft);
}

/* The same for the same text and table: what was begun and broke off goes on, and nobody gets it twice. */
static char *message_id_of(const struct draft *draft, const char *table, gsize length, bool is_again)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    const char *const parts[] = { draft->from, draft->to, draft->cc, draft->bcc, draft->subject, draft->body };
    g_autofree char *once = g_uuid_string_random();
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        g_checksum_update(sum, (const guchar *)(parts[i] != NULL ? parts[i] : ""), parts[i] != NULL ? (gssize)strlen(parts[i]) + 1 : 1);
    g_checksum_update(sum, (const guchar *)table, (gssize)length);
    if (is_again)
        g_checksum_update(sum, (const guchar *)once, -1);
    const char *at = strrchr(draft->from, '@');
    g_autofree char *domain = at != NULL ? g_strndup(at + 1, strcspn(at + 1, ">; \t,")) : g_strdup("localhost");
    return g_strdup_printf("merge.%.32s@%s", g_checksum_get_string(sum), domain);
}

/* --- looking at them --- */
static void print_field(const char *name, const char *value)
{
    g_autofree char *seen = width_visible(value != NULL ? value : "", value != NULL ? strlen(value) : 0);
    if (*seen != '\0')
        printf("%s: %s\n", name, seen);
}

static void print_text(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *seen = width_visible(*line, strlen(*line));
        printf("%s\n", seen);
    }
}

static void print_message(const struct draft *one, guint row, guint count, bool is_json)
{
    if (is_json) {
        cli_json_print(json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:i}", "row", (int)row + 1, "from", cli_json_people(one->from), "to",
                                 cli_json_people(one->to), "cc", cli_json_people(one->cc), "bcc", cli_json_people(one->bcc), "subject",
                                 cli_json_text(one->subject), "body", cli_json_text(one->body), "attachments", (int)one->attachments->len));
        return;
    }
    printf("%s", row > 0 ? "\n" : "");
    printf(_("Message %u of %u"), row + 1, count);
    printf("\n");
    print_field(_("To"), one->to);
    print_field(_("Cc"), one->cc);
    print_field(_("Bcc"), one->bcc);
    print_field(_("Subject"), one->subject);
    printf("\n");
    print_text(one->body);
}

static int show(const merge *table, const struct draft *draft, const struct wish *wish)
{
    guint count = merge_count(table), shown = wish->limit > 0 ? (guint)MIN(wish->limit, (int64_t)count) : count;
    for (guint i = 0; i < shown && !ferror(stdout); i++) {
        g_autoptr(draft) one = merge_draft(table, i, draft);
        print_message(one, i, count, wish->is_json);
    }
    if (!wish->is_json)
        cli_fail(
            0,
            g_dngettext(GETTEXT_PACKAGE, "%u message would be sent; --send does it.", "%u messages would be sent; --send does it.", count),
            count);
    return cli_finish(EX_OK);
}

/* --- sending them --- */
static int send_all(const merge *table, const struct draft *draft, const struct settings *settings, const struct wish *wish)
{
    g_autoptr(GError) why = NULL;
    guint count = merge_count(table), queued = 0;
    g_autoptr(store) db = store_open(NULL, STORE_WORKER, &why);
    if (db == NULL)
        return cli_fail(EX_TEMPFAIL, "%s", why->message);
    bool is_done = merge_submit(table, db, draft, 0, settings->merge_rate, &queued, &why);
    const char *words = why != NULL ? why->message : NULL;
    if (wish->is_json)
        cli_json_print(json_pack("{s:i, s:i, s:i, s:o}", "rows", (int)count, "queued", (int)queued, "already",
                                 (int)(is_done ? count - queued : 0), "error", cli_json_text(words)));
    if (!is_done)
        return cli_fail(EX_TEMPFAIL, _("%u messages went into the Outbox, then it stopped: %s"), queued, words != NULL ? words : "");
    if (!wish->is_json) {
        printf(g_dngettext(GETTEXT_PACKAGE, "%u message is in the Outbox and goes by and by.",
                           "%u messages are in the Outbox and go by and by.", queued),
               queued);
        printf("\n");
    }
    if (queued < count)
        cli_fail(0,
                 g_dngettext(GETTEXT_PACKAGE, "%u row was sent before; --again sends it once more.",
                             "%u rows were sent before; --again sends them once more.", count - queued),
                 count - queued);
    return cli_finish(EX_OK);
}

static int run(const struct wish *wish)
{
    int broken = 0, code = 0;
    g_autoptr(GError) why = NULL;
    g_autofree char *text = NULL;
    gsize length = 0;
    g_autoptr(GPtrArray) accounts = cli_accounts(&broken);
    const struct account *from = cli_account(accounts, broken, wish->account, &code);
    if (from == NULL)
        return code;
    if (!g_file_get_contents(g_strcmp0(wish->table, "-") == 0 ? "/dev/stdin" : wish->table, &text, &length, &why))
        return cli_fail(EX_NOINPUT, "%s", why->message);
    struct settings *settings = cli_settings();
    g_autoptr(merge) table = merge_new(text, length, &why);
    g_autoptr(draft) draft = table != NULL ? draft_of(from, settings, wish, &why) : NULL;
    if (draft == NULL || !merge_check(table, draft, &why)) {
        code = cli_fail(EX_DATAERR, _("%s Nothing was sent."), why->message);
    } else {
        draft->message_id = message_id_of(draft, text, length, wish->is_again);
        code = wish->is_sent ? send_all(table, draft, settings, wish) : show(table, draft, wish);
    }
    settings_free(settings);
    return code;
}

int cli_merge(int argc, char **argv)
{
    struct wish wish = { .template = "", .table = "", .files = g_ptr_array_new() };
    int code = read_arguments(argc, argv, &wish) ? run(&wish) : EX_USAGE;
    g_ptr_array_unref(wish.files);
    return code;
}
