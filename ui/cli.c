/* SPDX-License-Identifier: MIT */
/* What the subcommands share: accounts, words on stderr, a password at the terminal. */
#include "ui/cli.h"
#include "ui/cli_json.h"
#include "ui/width.h"
#include "config/secret.h"
#include "config/secret_file.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <glib/gi18n-lib.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#define PASSPHRASE_TRIES   3
#define CTRL_C             3
#define COMMAND_TIMEOUT_MS 60000

int cli_fail(int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_strchomp(text);
    if (cli_json_has_errors()) {
        cli_json_complain(code, text, NULL);
        return code;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) { /* some of it may come from a server */
        g_autofree char *clean = width_visible(*line, strlen(*line));
        fprintf(stderr, "%s%s\n", line == lines ? "postern: " : "  ", clean);
    }
    return code;
}

int cli_fail_option(const char *command, char **argv)
{
    const char letter[] = { '-', (char)optopt, '\0' };
    bool is_letter = optopt > ' ' && optopt < 0x7f && !g_str_has_prefix(argv[optind - 1], "--");
    return cli_fail(EX_USAGE, _("%s knows no option %s."), command, is_letter ? letter : argv[optind - 1]);
}

const char *cli_mark(enum cli_mark mark)
{
    static const char *const marks[][2] = {
        [CLI_MARK_GOOD] = { "+", "\342\234\223" },
        [CLI_MARK_BAD] = { "!", "\342\234\227" },
        [CLI_MARK_NONE] = { "-", "-" },
        [CLI_MARK_HINT] = { ">", "\342\206\222" },
    };
    return marks[mark][strcmp(nl_langinfo(CODESET), "UTF-8") == 0];
}

int cli_finish(int code)
{
    bool is_written = fflush(stdout) == 0 && !ferror(stdout);
    if (!is_written && errno == EPIPE) /* who read has enough: head, or a pager that was left */
        return code != 0 ? code : EX_IOERR;
    return is_written || code != 0 ? code : cli_fail(EX_IOERR, _("the output cannot be written: %s"), g_strerror(errno));
}

bool cli_take_number(const char *option, const char *word, int64_t *number_out)
{
    char *end = NULL;
    gint64 number = word != NULL && g_ascii_isdigit(*word) ? g_ascii_strtoll(word, &end, 10) : 0;
    if (number <= 0 || *end != '\0')
        return !cli_fail(EX_USAGE, _("%s needs a number."), option);
    *number_out = number;
    return true;
}

GPtrArray *cli_accounts(int *broken_out)
{
    g_autoptr(GPtrArray) errors = NULL;
    GPtrArray *accounts = account_file_load_all(&errors);
    for (guint i = 0; i < errors->len; i++)
        cli_fail(0, "%s", ((const GError *)g_ptr_array_index(errors, i))->message);
    *broken_out = (int)errors->len;
    cli_tell_settings();
    return accounts;
}

const struct account *cli_account(GPtrArray *accounts, int broken, const char *id, int *code_out)
{
    for (guint i = 0; i < accounts->len; i++) {
        const struct account *each = g_ptr_array_index(accounts, i);
        if (id == NULL || strcmp(each->id, id) == 0 || strcmp(each->name, id) == 0 || g_ascii_strcasecmp(each->from_address, id) == 0)
            return each;
    }
    if (broken > 0)
        *code_out = EX_CONFIG; /* said already */
    else if (id != NULL)
        *code_out = cli_fail(EX_NOUSER, _("there is no account %s."), id);
    else
        *code_out = cli_fail(EX_CONFIG, _("there is no account yet. Run \"postern setup\" to make one."));
    return NULL;
}

struct settings *cli_settings(void)
{
    static bool is_told = false; /* once, however many parts of a command ask */
    GPtrArray *errors = NULL;
    struct settings *settings = settings_load_most(&errors);
    for (guint i = 0; i < errors->len && !is_told; i++)
        cli_fail(0, "%s", ((const GError *)g_ptr_array_index(errors, i))->message);
    is_told = true;
    g_ptr_array_unref(errors);
    return settings;
}

void cli_tell_settings(void)
{
    settings_free(cli_settings());
}

static bool answer_password(engine *asking, const struct question *question)
{
    g_autofree char *prompt = g_strdup_printf(_("%s: password of %s at %s:"), question->account_name,
                                              question->user != NULL ? question->user : "?", question->host != NULL ? question->host : "?");
    char *password = cli_ask_password(prompt);
    engine_answer_password(asking, question->id, password, false);
    bool is_given = password != NULL;
    secret_free(password);
    return is_given;
}

char *cli_ask_passphrase(bool is_new)
{
    if (!is_new)
        return cli_ask_password(_("Passphrase of the file of secrets:"));
    char *first = cli_ask_password(_("Choose a passphrase for the file of secrets:"));
    char *second = first != NULL ? cli_ask_password(_("The same passphrase once more:")) : NULL;
    bool is_same = first != NULL && g_strcmp0(first, second) == 0;
    if (first != NULL && !is_same)
        cli_fail(0, "%s", _("They were not the same."));
    secret_free(second);
    if (!is_same)
        g_clear_pointer(&first, secret_free);
    return first;
}

static bool answer_passphrase(engine *asking, const struct question *question)
{
    char *passphrase = cli_ask_passphrase(question->is_new);
    bool is_given = passphrase != NULL;
    if (!is_given && question->reason == NULL)
        cli_fail(
            0, "%s",
            _("The passphrase of the file of secrets is needed. Where there is no terminal, passphrase-command in postern.conf gives it."));
    engine_answer_passphrase(asking, question->id, passphrase);
    secret_free(passphrase);
    return is_given;
}

static bool is_open(bool is_to_make)
{
    enum secret_file_state state = secret_file_state();
    return state == SECRET_FILE_OPEN || (state == SECRET_FILE_NONE && !is_to_make);
}

bool cli_open_secrets(const struct account *self, bool is_to_make)
{
    g_autoptr(GError) why = NULL;
    if (self->incoming.secret != ACCOUNT_SECRET_FILE && self->outgoing.secret != ACCOUNT_SECRET_FILE)
        return true;
    bool is_good = secret_file_unlock_by_command(-1, COMMAND_TIMEOUT_MS, &why);
    for (int i = 0; is_good && !is_open(is_to_make) && i < PASSPHRASE_TRIES; i++) {
        char *passphrase = cli_ask_passphrase(secret_file_state() == SECRET_FILE_NONE);
        is_good = passphrase != NULL;
        if (is_good && !secret_file_unlock(passphrase, &why)) {
            cli_fail(0, "%s", why->message);
            is_good = g_error_matches(why, CONFIG_ERROR, CONFIG_ERROR_PASSPHRASE);
            g_clear_error(&why);
        }
        secret_free(passphrase);
    }
    if (why != NULL)
        cli_fail(0, "%s", why->message);
    else if (!is_open(is_to_make))
        cli_fail(
            0, "%s",
            _("The passphrase of the file of secrets is needed. Where there is no terminal, passphrase-command in postern.conf gives it."));
    return is_open(is_to_make);
}

bool cli_answer_events(engine *asking, event_queue *events)
{
    return cli_answer_events_once(asking, events, NULL);
}

bool cli_answer_events_once(engine *asking, event_queue *events, GHashTable *said)
{
    bool is_answered = false;
    struct event *event;
    while ((event = event_take(events)) != NULL) {
        struct question *question = event->type == EVENT_QUESTION ? engine_question(asking, event->item) : NULL;
        bool is_certificate = question != NULL && question->type == QUESTION_CERTIFICATE;
        if (is_certificate && question->is_outgoing)
            cli_fail(0, "%s: %s: %s", question->account_name, question->host, question->reason != NULL ? question->reason : "");
        else if (question != NULL && question->type == QUESTION_IN_DOUBT)
            cli_fail(0, "%s: \"%s\": %s", question->account_name, question->reason != NULL ? question->reason : "",
                     _("the connection broke before the server's answer: the message may have been sent. postern asks you about it."));
        else if (question != NULL && question->reason != NULL &&
                 !is_certificate) { /* of reading it is what the connection ends with: told there */
            cli_fail(0, _("%s: %s"), question->account_name, question->reason);
            if (said != NULL)
                g_hash_table_add(said, g_strdup(question->reason));
        } else if ((event->type == EVENT_NOTICE || event->type == EVENT_INTENT_FAILED) && event->text != NULL)
            cli_fail(0, "%s", event->text);
        if (question != NULL && question->type == QUESTION_PASSWORD)
            is_answered |= answer_password(asking, question);
        else if (question != NULL && question->type == QUESTION_PASSPHRASE)
            is_answered |= answer_passphrase(asking, question);
        question_free(question);
        event_free(event);
    }
    return is_answered;
}

char *cli_ask_password(const char *prompt)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    struct termios old, silent;
    char line[4096] = "";
    size_t length = 0;
    if (fd < 0 || tcgetattr(fd, &old) != 0) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    silent = old;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG); /* Ctrl-C must not leave a terminal that shows nothing */
    tcsetattr(fd, TCSAFLUSH, &silent);
    dprintf(fd, "%s ", prompt);
    while (length + 1 < sizeof line && read(fd, line + length, 1) == 1 && line[length] != '\n' && line[length] != CTRL_C)
        length++;
    if (line[length] == CTRL_C)
        length = 0;
    tcsetattr(fd, TCSAFLUSH, &old);
    dprintf(fd, "\n");
    close(fd);
    char *password = length > 0 ? g_strndup(line, length) : NULL;
    explicit_bzero(line, sizeof line);
    return password;
}
