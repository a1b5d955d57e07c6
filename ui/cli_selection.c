/* SPDX-License-Identifier: MIT */
/* See cli_selection.h. */
#include "ui/cli_selection.h"
#include "ui/cli_json.h"
#include "core/search.h"
#include "core/search_indexer.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { TOLD_FROM = 200 }; /* messages to index from which on it is told */

void cli_selection_init(struct cli_selection *self)
{
    *self = (struct cli_selection){ .ids = g_array_new(FALSE, FALSE, sizeof(int64_t)), .text = g_string_new(NULL) };
}

void cli_selection_clear(struct cli_selection *self)
{
    g_clear_pointer(&self->ids, g_array_unref);
    if (self->text != NULL)
        g_string_free(self->text, TRUE);
    self->text = NULL;
}

static int take_id(struct cli_selection *self, const char *word)
{
    int64_t id = 0;
    if (!cli_take_number("--id", word, &id))
        return EX_USAGE;
    g_array_append_val(self->ids, id);
    return 0;
}

/* A query may begin with "-", so only our own options are taken for options. */
int cli_selection_read(struct cli_selection *self, const char *command, int argc, char **argv)
{
    bool is_query_only = false;
    for (int i = 0; i < argc; i++) {
        int code = 0;
        if (!is_query_only && strcmp(argv[i], "--") == 0) {
            is_query_only = true;
        } else if (!is_query_only && strcmp(argv[i], "--json") == 0) {
            self->is_json = true;
        } else if (!is_query_only && strcmp(argv[i], "--dry-run") == 0) {
            self->is_dry = true;
        } else if (!is_query_only && strcmp(argv[i], "--id") == 0) {
            i++;
            code = take_id(self, i < argc ? argv[i] : NULL);
        } else if (!is_query_only && g_str_has_prefix(argv[i], "--id=")) {
            code = take_id(self, argv[i] + strlen("--id="));
        } else if (!is_query_only && g_str_has_prefix(argv[i], "--")) {
            code = cli_fail(EX_USAGE, _("%s knows no option %s."), command, argv[i]);
        } else {
            g_string_append_printf(self->text, "%s%s", self->text->len > 0 ? " " : "", argv[i]);
        }
        if (code != 0)
            return code;
    }
    if (self->ids->len > 0 || self->text->len > 0)
        return 0;
    return cli_fail(EX_USAGE, _("%s needs to know which messages: --id NUMBER, or a query as for \"postern search\"."), command);
}

static int add_found(const char *text, store *db, GArray *all)
{
    g_autoptr(GError) why = NULL;
    struct query_spot spot = { 0 };
    cli_bring_up_to_date();
    g_autoptr(GArray) found = search_placements(db, 0, text, G_MAXINT, &spot, &why);
    if (found == NULL)
        return cli_fail_query(text, &spot, why);
    if (found->len > 0)
        g_array_append_vals(all, found->data, found->len);
    return 0;
}

GArray *cli_selection_find(const struct cli_selection *self, store *db, int *code_out)
{
    g_autoptr(GArray) all = g_array_copy(self->ids);
    *code_out = self->text->len > 0 ? add_found(self->text->str, db, all) : 0;
    return *code_out == 0 ? g_steal_pointer(&all) : NULL;
}

int cli_fail_query(const char *text, const struct query_spot *spot, const GError *why)
{
    bool has_spot = why->domain == QUERY_LANGUAGE_ERROR && spot->end <= strlen(text);
    if (has_spot && cli_json_has_errors()) {
        cli_json_complain(EX_USAGE, why->message,
                          (const size_t[]){ cli_json_characters(text, spot->start), cli_json_characters(text, spot->end) });
        return EX_USAGE;
    }
    if (!has_spot)
        return cli_fail(why->domain == QUERY_LANGUAGE_ERROR ? EX_USAGE : EX_SOFTWARE, "%s", why->message);
    g_autofree char *head = g_strndup(text, spot->start), *part = g_strndup(text + spot->start, spot->end - spot->start);
    g_autofree char *clean = g_utf8_make_valid(text, -1);
    g_autofree char *room = g_strnfill((gsize)width_text(head), ' '), *mark = g_strnfill((gsize)MAX(width_text(part), 1), '^');
    return cli_fail(EX_USAGE, "%s\n%s\n%s%s", why->message, clean, room, mark);
}

static bool tell_left(void *data, int64_t left)
{
    bool *is_told = data;
    if (!isatty(STDERR_FILENO) || (left < TOLD_FROM && !*is_told))
        return true;
    *is_told = true;
    fprintf(stderr, "\r%s %-12" G_GINT64_FORMAT, _("Making mail searchable:"), left);
    return true;
}

void cli_bring_up_to_date(void)
{
    g_autoptr(GError) why = NULL;
    bool is_told = false;
    bool is_done = search_indexer_catch_up(NULL, tell_left, &is_told, &why);
    if (is_told)
        fprintf(stderr, "\r%40s\r", "");
    if (!is_done)
        cli_fail(0, _("Newer mail may not be found: %s"), why->message);
}
