/* SPDX-License-Identifier: MIT */
/* The command line: which part of postern is wanted. */
#include "core/engine.h"
#include "core/language.h"
#include "ui/app.h"
#include "ui/cli.h"
#include "ui/cli_json.h"
#include "ui/man.h"
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

struct subcommand {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage; /* N_() */
    const char *more;  /* options that the usage leaves out, for completions; NULL: none */
};

static int run_mail(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return app_run(&(const struct app_options){ 0 });
}

/* Commands with a screen take at most one argument, and no options. */
static bool takes(int argc, char **argv)
{
    if (argc > 2)
        return !cli_fail(EX_USAGE, _("%s takes at most one argument."), argv[0]);
    if (argc > 1 && *argv[1] == '-')
        return !cli_fail(EX_USAGE, _("%s knows no option %s."), argv[0], argv[1]);
    return true;
}

static int run_setup(int argc, char **argv)
{
    if (!takes(argc, argv))
        return EX_USAGE;
    return app_run(&(const struct app_options){ .is_wizard = true, .wizard_address = argc > 1 ? argv[1] : NULL });
}

static int run_compose(int argc, char **argv)
{
    if (!takes(argc, argv))
        return EX_USAGE;
    return app_run(&(const struct app_options){ .is_compose_only = true, .mailto = argc > 1 ? argv[1] : "mailto:" });
}

static int run_help(int argc, char **argv);

static const struct subcommand subcommands[] = {
    { "setup", run_setup, N_("setup [ADDRESS]  the wizard (also on first start)"), NULL },
    { "check", cli_check, N_("check [ACCOUNT] [--json]  test every connection step by step"), "--send-test" },
    { "sign-in", cli_sign_in, N_("sign-in [--device] [ACCOUNT]  for accounts that sign in with a browser (OAuth)"), NULL },
    { "passphrase", cli_passphrase, N_("passphrase  choose or change the passphrase of the encrypted file of secrets"), NULL },
    { "sync", cli_sync, N_("sync [--json] [--quiet] [ACCOUNT]  one synchronisation, no screen"), NULL },
    { "compose", run_compose, N_("compose [mailto:...]  open the composer"), NULL },
    { "send", cli_send, N_("send [-t] [--queue] [--json] [RCPT...]  a message on standard input -> outbox (like sendmail)"),
      "--account -f -F -N -R -V" },
    { "merge", cli_merge,
      N_("merge TEMPLATE TABLE [--send] [--again] [--attach FILE] [--json]  a message for each row of a table (CSV): shown, or sent"),
      "--limit --account" },
    { "show", cli_show, N_("show [--json] FILE|-  render or describe a message file"), NULL },
    { "search", cli_search, N_("search QUERY [--json] [--limit N] [--server]  mail of all accounts, newest first"), NULL },
    { "list", cli_list, N_("list [ACCOUNT][:FOLDER] [--json] [--limit N]  a folder's messages, newest first"), NULL },
    { "folders", cli_folders, N_("folders [ACCOUNT] [--json]  the folders with their counts"), "--names" },
    { "flag", cli_flag, N_("flag {+|-}WORD... [--json] [--dry-run] {--id N|QUERY}  seen, flagged, answered or a tag"), NULL },
    { "move", cli_move, N_("move ACCOUNT:FOLDER [--json] [--dry-run] {--id N|QUERY}  file messages in a folder"), NULL },
    { "contacts", cli_contacts,
      N_("contacts [--ask] [--json] [WORDS|import FILE|export [FILE]|group [NAME [ADDRESSES]]]  people and groups"), "--all --limit" },
    { "rules", cli_rules, N_("rules [--dry-run|--log] [--json]  the rules for mail on arrival, what they would do, what they did"),
      "--limit --all" },
    { "export", cli_export, N_("export [--mbox] ACCOUNT[:FOLDER] DIRECTORY  write Maildirs, or mbox files"), NULL },
    { "import", cli_import, N_("import ACCOUNT[:FOLDER] FILE...  read mbox files and Maildirs"), NULL },
    { "reindex", cli_reindex, N_("reindex  rebuild the index from the Maildirs and the old one"), NULL },
    { "help", run_help, N_("help  this text"), NULL },
};

static void print_usage(FILE *out)
{
    fprintf(out, "%s\n\n", _("Usage: postern [COMMAND]"));
    cli_print_form(out, _("[--offline]  the mail client"));
    for (size_t i = 0; i < G_N_ELEMENTS(subcommands); i++)
        cli_print_form(out, _(subcommands[i].usage));
    fprintf(out, "\n  --version, --help\n\n");
    cli_print_text(
        out, _("Settings: $XDG_CONFIG_HOME/postern; mail: $XDG_DATA_HOME/postern. POSTERN_LOG=FILE writes a protocol log\nwith secrets "
               "blanked. Exit codes are those of sysexits.h. See postern(1)."));
}

/* NAME TAB OPTION... TAB HELP, not translated. */
static int print_commands(void)
{
    g_autoptr(GRegex) option = g_regex_new("--[a-z][a-z-]*|(?<=[ |\\[])-[a-z](?=\\])", 0, 0, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(subcommands); i++) {
        const char *gap = strstr(subcommands[i].usage, "  ");
        g_autofree char *form = gap != NULL ? g_strndup(subcommands[i].usage, (gsize)(gap - subcommands[i].usage)) : NULL;
        g_autoptr(GMatchInfo) match = NULL;
        g_autoptr(GString) options = g_string_new(NULL);
        for (g_regex_match(option, form != NULL ? form : "", 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
            g_autofree char *word = g_match_info_fetch(match, 0);
            g_string_append_printf(options, "%s%s", options->len > 0 ? " " : "", word);
        }
        if (subcommands[i].more != NULL)
            g_string_append_printf(options, "%s%s", options->len > 0 ? " " : "", subcommands[i].more);
        g_autofree char *help = g_strdup(gap != NULL ? gap : "");
        printf("%s\t%s\t%s\n", subcommands[i].name, options->str, g_strstrip(help));
    }
    return cli_finish(0);
}

static const struct subcommand *subcommand_named(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(subcommands); i++) {
        if (strcmp(name, subcommands[i].name) == 0)
            return &subcommands[i];
    }
    return NULL;
}

static int run_help(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--man-keys") == 0)
        return man_print_keys(); /* for the build: the table of postern(1) */
    if (argc > 1 && strcmp(argv[1], "--man-options") == 0)
        return man_print_options();
    if (argc > 1 && strcmp(argv[1], "--man-search") == 0)
        return man_print_search();
    if (argc > 1 && strcmp(argv[1], "--commands") == 0)
        return print_commands(); /* for the completions of shells */
    const struct subcommand *asked = argc > 1 ? subcommand_named(argv[1]) : NULL;
    if (asked != NULL)
        cli_print_usage(_(asked->usage));
    else if (argc > 1)
        return cli_fail(EX_USAGE, _("there is no command %s."), argv[1]);
    else
        print_usage(stdout);
    return cli_finish(0);
}

static int run_subcommand(const struct subcommand *command, int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0 && strstr(command->usage, "--json") != NULL)
            cli_json_set_errors(); /* also for what is wrong before it on the line */
    if (argc < 2 || strcmp(argv[1], "--help") != 0)
        return command->run(argc, argv);
    cli_print_usage(_(command->usage));
    return cli_finish(0);
}

/* A file or a socket that took the place of a closed standard stream would get what is meant for people. What is opened instead refuses to be used. */
static void fill_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return;
    }
}

/* glibc gives each thread of a connection a heap of its own, which keeps what that thread needed once: with ten accounts a quarter of all memory. */
static void share_heaps(void)
{
    enum { HEAPS = 4 };
    mallopt(M_ARENA_MAX, HEAPS);
}

int main(int argc, char **argv)
{
    share_heaps();
    fill_standard_streams();
    language_open();
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    const char *log = g_getenv("POSTERN_LOG");
    if (log != NULL && *log != '\0' && !engine_open_log(log))
        cli_fail(0, _("the protocol log %s cannot be written; going on without it."), log);
    if (argc < 2)
        return run_mail(argc, argv);
    if (strcmp(argv[1], "--offline") == 0 && argc == 2)
        return app_run(&(const struct app_options){ .is_offline = true });
    if (strcmp(argv[1], "--version") == 0) {
        printf("postern %s\n", POSTERN_VERSION);
        return cli_finish(0);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return run_help(1, argv);
    const struct subcommand *command = subcommand_named(argv[1]);
    if (command != NULL)
        return run_subcommand(command, argc - 1, argv + 1);
    if (g_str_has_prefix(argv[1], "mailto:"))
        return run_compose(argc, argv);
    cli_fail(EX_USAGE, _("there is no command %s."), argv[1]);
    print_usage(stderr);
    return EX_USAGE;
}
