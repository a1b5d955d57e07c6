/* SPDX-License-Identifier: MIT */
/* roff from the tables of commands, options and words to search with. */
#include "ui/man.h"
#include "config/settings.h"
#include "core/query_language.h"
#include "ui/cli.h"
#include "ui/command.h"
#include <stdio.h>
#include <string.h>

/* A backslash and a leading dot mean something to roff. */
static void print_roff(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\\')
            fputs("\\e", stdout);
        else if (*p == '-')
            fputs("\\-", stdout);
        else
            fputc(*p, stdout);
    }
}

int man_print_keys(void)
{
    for (size_t i = 0; i < command_count; i++) {
        const struct command *each = &commands[i];
        printf(".TP\n.B ");
        print_roff(*each->keys != '\0' ? each->keys : ":");
        printf("\n(");
        print_roff(each->name);
        printf(") ");
        print_roff(each->help);
        if (each->long_help != NULL) {
            printf(". ");
            print_roff(each->long_help);
        }
        printf("\n");
    }
    return cli_finish(0);
}

int man_print_options(void)
{
    const struct settings_option *each;
    for (size_t i = 0; (each = settings_option_at(i)) != NULL; i++) {
        printf(".TP\n.BR ");
        print_roff(each->name);
        printf(" \" (%s", each->type);
        if (each->allowed != NULL && *each->allowed != '\0')
            printf(", %s", each->allowed);
        printf(")\"\n");
        print_roff(each->help);
        printf(". Default: ");
        print_roff(each->default_value != NULL ? each->default_value : "unset");
        printf(".\n");
    }
    return cli_finish(0);
}

int man_print_search(void)
{
    size_t count = 0;
    const struct query_language_field *fields = query_language_fields(&count);
    for (size_t i = 0; i < count; i++) {
        printf(".TP\n.B ");
        print_roff(fields[i].name);
        printf(":\n");
        print_roff(fields[i].help);
        printf(".\n");
    }
    return cli_finish(0);
}
