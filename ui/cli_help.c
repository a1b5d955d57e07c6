/* SPDX-License-Identifier: MIT */
/* Words of help for a terminal of eighty columns, in any script. */
#include "ui/cli.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 80, INDENT = 10 /* "  postern " */, HELP_COLUMN = 40 };

/* The text in lines, of which all but the first begin at a column; without an end of line. */
static void print_wrapped(FILE *out, const char *words, int column)
{
    g_autoptr(GArray) starts = width_wrap(words, COLUMNS - column);
    for (guint i = 0; i < starts->len; i++) {
        size_t start = g_array_index(starts, size_t, i);
        size_t end = i + 1 < starts->len ? g_array_index(starts, size_t, i + 1) : strlen(words);
        g_autofree char *line = g_strchomp(g_strndup(words + start, end - start));
        fprintf(out, "%s%*s%s", i > 0 ? "\n" : "", i > 0 ? column : 0, "", line);
    }
}

static char *form_of(const char *usage, const char **help_out)
{
    const char *gap = strstr(usage, "  ");
    *help_out = gap != NULL ? gap + 2 : "";
    return gap != NULL ? g_strndup(usage, (gsize)(gap - usage)) : g_strdup(usage);
}

void cli_print_form(FILE *out, const char *usage)
{
    const char *help = NULL;
    g_autofree char *form = form_of(usage, &help);
    int end = INDENT + width_text(form);
    fputs("  postern ", out);
    print_wrapped(out, form, INDENT + 2);
    if (end < HELP_COLUMN)
        fprintf(out, "%*s", HELP_COLUMN - end, "");
    else
        fprintf(out, "\n%*s", HELP_COLUMN, "");
    print_wrapped(out, help, HELP_COLUMN);
    fputc('\n', out);
}

void cli_print_usage(const char *usage)
{
    const char *help = NULL;
    g_autofree char *form = form_of(usage, &help), *line = g_strchomp(g_strdup_printf(_("Usage: postern %s\n"), form));
    print_wrapped(stdout, line, INDENT);
    fputs("\n\n  ", stdout);
    print_wrapped(stdout, help, 2);
    fputc('\n', stdout);
}

void cli_print_text(FILE *out, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *words = g_strjoinv(" ", lines);
    print_wrapped(out, words, 0);
    fputc('\n', out);
}
