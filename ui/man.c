/* SPDX-License-Identifier: MIT */
/* roff from the tables of commands, options and words to search with. */
#include "ui/man.h"
#include "config/settings.h"
#include "core/query_language.h"
#include "ui/cli.h"
#include "ui/command.h"
#include <stdio.h>
#include <string.h>

/* A backslash and a leading dot mean something to roff; what is not ASCII has names that need no encoding. */
static void print_roff(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar character = g_utf8_get_char(p);
        if (character == '\\')
            fputs("\\e", stdout);
        else if (character == '-')
            fputs("\\-", stdout);
        else if (character >= 0x80)
            printf("\\[u%04X]", character);
        else
            fputc((int)character, stdout);
    }
}

/* Where keys work, the widest first; a command stands in the narrowest group that has all of its screens. */
static const struct {
    const char *title;
    unsigned contexts;
} groups[] = {
    { "Everywhere", CONTEXT_ANY },
    { "Folders, list and message", CONTEXT_MAIL },
    { "List and message", CONTEXT_LIST | CONTEXT_READER },
    { "Folders and list", CONTEXT_LIST | CONTEXT_FOLDERS },
    { "Folders", CONTEXT_FOLDERS },
    { "List", CONTEXT_LIST },
    { "Message", CONTEXT_READER },
    { "Composer", CONTEXT_COMPOSER | CONTEXT_FIELDS | CONTEXT_TEXT },
    { "Outbox", CONTEXT_OUTBOX },
    { "Activity", CONTEXT_ACTIVITY },
};

static size_t group_of(const struct command *command)
{
    size_t best = 0;
    for (size_t i = 1; i < G_N_ELEMENTS(groups); i++) {
        bool has_all = (command->contexts & ~groups[i].contexts) == 0;
        if (has_all && __builtin_popcount(groups[i].contexts) < __builtin_popcount(groups[best].contexts))
            best = i;
    }
    return best;
}

static void print_command(const struct command *command)
{
    printf(".TP\n.B ");
    print_roff(*command->keys != '\0' ? command->keys : ":");
    printf("\n(");
    print_roff(command->name);
    printf(") ");
    print_roff(command->help);
    if (command->long_help != NULL) {
        printf(". ");
        print_roff(command->long_help);
    }
    printf("\n");
}

int man_print_keys(void)
{
    for (size_t group = 0; group < G_N_ELEMENTS(groups); group++) {
        printf(".SS %s\n", groups[group].title);
        for (size_t i = 0; i < command_count; i++)
            if (group_of(&commands[i]) == group)
                print_command(&commands[i]);
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
