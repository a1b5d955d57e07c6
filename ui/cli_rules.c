/* SPDX-License-Identifier: MIT */
/* postern rules: the rules for mail on arrival, what they would do to the newest mail, and what they did. */
#include "core/rules_log.h"
#include "core/rules_preview.h"
#include "ui/cli.h"
#include "ui/cli_json.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

enum { LIMIT = 500, LOG_ROWS = 200, NAME_CELLS = 24, SUBJECT_CELLS = 44 };

enum mode { MODE_LIST, MODE_DRY_RUN, MODE_LOG };
struct wish {
    enum mode mode;
    bool is_json, is_everywhere;
    int limit;
};

static int limit_of(const char *digits)
{
    gint64 limit = g_ascii_strtoll(digits, NULL, 10);
    return (int)CLAMP(limit, 1, 1000000);
}

static bool read_arguments(int argc, char **argv, struct wish *wish)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--dry-run") == 0)
            wish->mode = MODE_DRY_RUN;
        else if (strcmp(argv[i], "--log") == 0)
            wish->mode = MODE_LOG;
        else if (strcmp(argv[i], "--json") == 0)
            wish->is_json = true;
        else if (strcmp(argv[i], "--all") == 0)
            wish->is_everywhere = true;
        else if (g_str_has_prefix(argv[i], "--limit=") && g_ascii_isdigit(argv[i][strlen("--limit=")]))
            wish->limit = limit_of(argv[i] + strlen("--limit="));
        else if (strcmp(argv[i], "--limit") == 0 && i + 1 < argc && g_ascii_isdigit(argv[i + 1][0]))
            wish->limit = limit_of(argv[++i]);
        else {
            cli_fail(EX_USAGE, _("rules knows --dry-run, --log, --json, --limit N and --all, not %s."), argv[i]);
            return false;
        }
    }
    return true;
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

static char *date_words(int64_t when_utc)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(when_utc);
    return when != NULL ? g_date_time_format(when, "%Y-%m-%d %H:%M") : g_strdup("                ");
}

/* --- the rules themselves --- */

/* The sentence, and where it points at in the query. */
static void print_fault(const struct rule *rule)
{
    g_autofree char *clean = g_utf8_make_valid(rule->text->match != NULL ? rule->text->match : "", -1);
    printf("    %s\n", rule->fault);
    if (!rule->has_spot || rule->spot.end > strlen(clean))
        return;
    g_autofree char *head = g_strndup(clean, rule->spot.start),
                    *part = g_strndup(clean + rule->spot.start, rule->spot.end - rule->spot.start);
    g_autofree char *room = g_strnfill((gsize)width_text(head), ' '), *mark = g_strnfill((gsize)MAX(width_text(part), 1), '^');
    printf("      %s\n      %s%s\n", clean, room, mark);
}

static void print_rule(const struct rule *rule, bool is_json)
{
    g_autofree char *words = rule_words(rule->text);
    if (!is_json) {
        printf("%s %s: %s -> %s\n", rule_is_used(rule) ? "+" : "-", rule->text->name, rule->text->match != NULL ? rule->text->match : "",
               words);
        if (rule->fault != NULL)
            print_fault(rule);
        return;
    }
    json_t *object = json_object();
    json_object_set_new(object, "rule", cli_json_text(rule->text->name));
    json_object_set_new(object, "match", cli_json_text(rule->text->match));
    json_object_set_new(object, "does", cli_json_text(words));
    json_object_set_new(object, "enabled", json_boolean(rule->text->is_on));
    json_object_set_new(object, "error", cli_json_text(rule->fault));
    if (rule->has_spot && rule->text->match != NULL)
        json_object_set_new(object, "spot",
                            json_pack("[I,I]", (json_int_t)cli_json_characters(rule->text->match, rule->spot.start),
                                      (json_int_t)cli_json_characters(rule->text->match, rule->spot.end)));
    cli_json_print(object);
}

/* 65 (the data is wrong) where a rule cannot be used. */
static int print_rules(const rules *all, bool is_json)
{
    int code = 0;
    for (guint i = 0; i < rules_count(all); i++) {
        print_rule(rules_at(all, i), is_json);
        if (rules_at(all, i)->fault != NULL)
            code = EX_DATAERR;
    }
    return code;
}

/* --- dry run --- */

static json_t *json_names(const rules *all, const struct rules_preview_row *row, bool is_acting)
{
    json_t *names = json_array();
    for (guint i = 0; is_acting && i < row->hits->len; i++)
        json_array_append_new(names, cli_json_text(rules_at(all, g_array_index(row->hits, guint, i))->text->name));
    for (guint i = 0; !is_acting && i < rules_count(all); i++)
        if (row->answers[i] == QUERY_UNKNOWN)
            json_array_append_new(names, cli_json_text(rules_at(all, i)->text->name));
    return names;
}

static void print_row(const rules *all, const struct rules_preview_row *row, bool is_json)
{
    if (is_json) {
        json_t *object = json_object();
        json_object_set_new(object, "message_id", cli_json_text(row->message_id));
        json_object_set_new(object, "date", json_integer((json_int_t)row->date_utc));
        json_object_set_new(object, "account", cli_json_text(row->account));
        json_object_set_new(object, "folder", cli_json_text(row->folder));
        json_object_set_new(object, "from", cli_json_text(row->from));
        json_object_set_new(object, "subject", cli_json_text(row->subject));
        json_object_set_new(object, "rules", json_names(all, row, true));
        json_object_set_new(object, "unknown", json_names(all, row, false));
        cli_json_print(object);
        return;
    }
    g_autofree char *date = date_words(row->date_utc), *from = fitted(row->from, NAME_CELLS),
                    *subject = fitted(row->subject, SUBJECT_CELLS);
    printf("%s  %s  %s ", date, from, subject);
    for (guint i = 0; i < row->hits->len; i++) {
        const struct rule *rule = rules_at(all, g_array_index(row->hits, guint, i));
        g_autofree char *words = rule_words(rule->text);
        printf("%s [%s] %s", i > 0 ? ";" : "", rule->text->name, words);
    }
    printf("\n");
}

static int print_dry_run(const rules *all, store *db, const struct wish *wish)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) rows = rules_preview(all, db, wish->limit, wish->is_everywhere, &why);
    guint hits = 0;
    if (rows == NULL)
        return cli_fail(EX_SOFTWARE, "%s", why->message);
    for (guint i = 0; i < rows->len; i++) {
        const struct rules_preview_row *row = g_ptr_array_index(rows, i);
        if (row->hits->len == 0)
            continue;
        hits++;
        print_row(all, row, wish->is_json);
    }
    if (!wish->is_json)
        printf(_("%u of the newest %u messages would be touched; nothing was done.\n"), hits, rows->len);
    return 0;
}

/* --- the log --- */

static void print_log_row(const struct rules_log_row *row, bool is_json)
{
    if (is_json) {
        json_t *object = json_object();
        json_object_set_new(object, "date", json_integer((json_int_t)row->when_utc));
        json_object_set_new(object, "rule", cli_json_text(row->rule));
        json_object_set_new(object, "subject", cli_json_text(row->subject));
        json_object_set_new(object, "from", cli_json_text(row->sender));
        json_object_set_new(object, "what", cli_json_text(row->what));
        json_object_set_new(object, "undone", json_boolean(row->is_undone));
        cli_json_print(object);
        return;
    }
    g_autofree char *date = date_words(row->when_utc), *name = fitted(row->rule, NAME_CELLS),
                    *subject = fitted(row->subject, SUBJECT_CELLS);
    printf("%s  %s  %s  %s\n", date, name, subject, row->what);
}

static int print_log(store *db, const struct wish *wish)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) rows = rules_log_read(db, NULL, wish->limit, &why);
    if (rows == NULL)
        return cli_fail(EX_SOFTWARE, "%s", why->message);
    for (guint i = 0; i < rows->len; i++)
        print_log_row(g_ptr_array_index(rows, i), wish->is_json);
    return 0;
}

int cli_rules(int argc, char **argv)
{
    struct wish wish = { .limit = LIMIT };
    g_autoptr(GError) why = NULL;
    if (!read_arguments(argc, argv, &wish))
        return EX_USAGE;
    g_autoptr(store) db = store_open(NULL, STORE_READER, &why);
    if (db == NULL && wish.mode != MODE_LIST)
        return cli_fail(EX_NOINPUT, "%s", why->message);
    g_clear_error(&why);
    g_autoptr(rules) all = rules_load(db, NULL, &why);
    if (all == NULL)
        return cli_fail(EX_CONFIG, "%s", why->message);
    if (wish.mode == MODE_LOG)
        return cli_finish(print_log(db, &wish));
    return cli_finish(wish.mode == MODE_DRY_RUN ? print_dry_run(all, db, &wish) : print_rules(all, wish.is_json));
}
