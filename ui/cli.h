/* SPDX-License-Identifier: MIT */
/* The subcommands without a screen. Each gets its own arguments (argv[0] is its name) and returns an exit code of sysexits.h. */
#pragma once
#include "config/account_file.h"
#include "config/settings.h"
#include "core/engine.h"
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

int cli_flag(int argc, char **argv);
int cli_folders(int argc, char **argv);
int cli_list(int argc, char **argv);
int cli_merge(int argc, char **argv);
int cli_move(int argc, char **argv);
int cli_rules(int argc, char **argv);
int cli_search(int argc, char **argv);
int cli_show(int argc, char **argv);
int cli_send(int argc, char **argv);
int cli_contacts(int argc, char **argv);
int cli_check(int argc, char **argv);
int cli_export(int argc, char **argv);
int cli_import(int argc, char **argv);
int cli_reindex(int argc, char **argv);
int cli_sync(int argc, char **argv);
int cli_passphrase(int argc, char **argv);
int cli_sign_in(int argc, char **argv);

/* --- shared by them: cli.c --- */
/* All accounts; broken files are told on stderr and counted; faults in the settings are told, too. */
GPtrArray *cli_accounts(int *broken_out);
/* The one named, or the first (id NULL). NULL was explained on stderr; *code_out is the exit code. */
const struct account *cli_account(GPtrArray *accounts, int broken, const char *id, int *code_out);
/* The settings; faults in the file are told on stderr, once, and the defaults are used. */
struct settings *cli_settings(void);
void cli_tell_settings(void); /* for who needs none of them: a slip is to be seen wherever one looks */
/* Tells what the engine had to say. Passwords are asked on the terminal; true: one was given, so that trying again makes sense. */
bool cli_answer_events(engine *engine, event_queue *events);
/* The same; why a password is wanted is put into said, so that nobody hears it twice. */
bool cli_answer_events_once(engine *engine, event_queue *events, GHashTable *said);
/* The encrypted file of secrets, where the account uses it: opened, or (is_to_make) made. False: said why. */
bool cli_open_secrets(const struct account *account, bool is_to_make);
/* For that file; is_new: typed twice. NULL: no terminal, not now, or not the same twice (said). Caller frees with secret_free. */
char *cli_ask_passphrase(bool is_new);
/* Asks on the terminal without echo; NULL: there is none, or end of input. Caller frees with secret_free. */
char *cli_ask_password(const char *prompt);
/* One cell before a line: a tick, a cross, a dash, an arrow; plain ASCII where the locale has no more. */
enum cli_mark { CLI_MARK_GOOD, CLI_MARK_BAD, CLI_MARK_NONE, CLI_MARK_HINT };
const char *cli_mark(enum cli_mark mark);
/* "postern: …" on stderr, control characters made visible; returns code. */
int cli_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What getopt_long() did not know (with opterr = 0): said; EX_USAGE. */
int cli_fail_option(const char *command, char **argv);
/* The number greater than zero that an option needs. False: said that word (NULL: nothing) is none. */
bool cli_take_number(const char *option, const char *word, int64_t *number_out);
/* Help in eighty columns (cli_help.c). usage: "FORM  what it does": as a row of a list, and by itself on stdout. */
void cli_print_form(FILE *out, const char *usage);
void cli_print_usage(const char *usage);
void cli_print_text(FILE *out, const char *text);
/* Flushes stdout: what could not be written is an error (a full disk, a closed pipe). */
int cli_finish(int code);
