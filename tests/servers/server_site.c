/* SPDX-License-Identifier: MIT */
/* Goes through the doors of a mail system with the real program; see server_site.h. */
#include "tests/servers/server_site.h"
#include "tests/remove_tree.h"
#include "tests/tui/terminal.h"
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS    30000
#define TRIES      600 /* of 50 ms */
#define PORT(name) offsetof(struct site_ports, name)

const struct site_door site_doors[] = {
    { MATRIX_POP3_PLAIN, "POP3 plain", "pop3", "plain", PORT(pop3), true },
    { MATRIX_POP3_SSL, "POP3 TLS", "pop3", "tls", PORT(pop3s), true },
    { MATRIX_POP3_TLS, "POP3 STLS", "pop3", "starttls", PORT(pop3), true },
    { MATRIX_IMAP_PLAIN, "IMAP plain", "imap", "plain", PORT(imap), true },
    { MATRIX_IMAP_SSL, "IMAP TLS", "imap", "tls", PORT(imaps), true },
    { MATRIX_IMAP_TLS, "IMAP STARTTLS", "imap", "starttls", PORT(imap), true },
    { MATRIX_SMTP_PLAIN, "SMTP 25 plain", "smtp", "plain", PORT(smtp), false },
    { MATRIX_SMTP_SSL, "SMTP 465 TLS", "smtp", "tls", PORT(submissions), true },
    { MATRIX_SMTP_SSL, "SMTP 465 TLS, Dovecot's", "smtp", "tls", PORT(own_submissions), true },
    { MATRIX_SUBMISSION_TLS, "SMTP 587 STARTTLS", "smtp", "starttls", PORT(submission), true },
    { MATRIX_SUBMISSION_TLS, "SMTP 587 STARTTLS, Dovecot's", "smtp", "starttls", PORT(own_submission), true },
    { MATRIX_SUBMISSION_SSL, "SMTP 587 TLS", "smtp", "tls", PORT(submission_wrapped), true },
    { MATRIX_SMTP_TLS, "SMTP 25 STARTTLS", "smtp", "starttls", PORT(smtp), false },
    { MATRIX_ROWS, NULL, NULL, NULL, 0, false },
};

int site_port(const struct site *site, const struct site_door *door)
{
    return *(const int *)(const void *)((const char *)&site->ports + door->port);
}

const struct site_door *site_door_of(enum matrix_row row)
{
    const struct site_door *door = site_doors;
    while (door->row != row)
        door++;
    return door;
}

/* --- a home with one account --- */
static void write_server(GKeyFile *file, const char *group, const struct site *site, const struct site_door *door)
{
    g_key_file_set_string(file, group, "protocol", door->protocol);
    g_key_file_set_string(file, group, "host", site->host);
    g_key_file_set_integer(file, group, "port", site_port(site, door));
    g_key_file_set_string(file, group, "security", door->security);
    g_key_file_set_string(file, group, "tls-ca-file", site->ca_file);
    g_key_file_set_string(file, group, "user", door->has_sign_in ? site->user : "");
    if (door->has_sign_in)
        g_key_file_set_string(file, group, "password", site->password);
    if (site->auth != NULL)
        g_key_file_set_string(file, group, "auth", site->auth);
}

static char *account_text(const struct site *site, const struct site_door *in, const struct site_door *out, const char *home)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *from = g_strdup_printf("Alice Example <%s>", site->address), *maildir = g_build_filename(home, "maildir", NULL);
    g_key_file_set_string(file, "account", "name", "Test");
    g_key_file_set_string(file, "account", "from", from);
    if (in != NULL) {
        write_server(file, "incoming", site, in);
    } else {
        g_key_file_set_string(file, "incoming", "protocol", "maildir");
        g_key_file_set_string(file, "incoming", "path", maildir);
    }
    if (out != NULL) {
        write_server(file, "outgoing", site, out);
    } else {
        g_key_file_set_string(file, "outgoing", "protocol", "sendmail");
        g_key_file_set_string(file, "outgoing", "command", "/bin/true");
    }
    return g_key_file_to_data(file, NULL, NULL);
}

char *site_make_home(const struct site *site, const struct site_door *in, const struct site_door *out)
{
    char *home = g_dir_make_tmp("postern-site-XXXXXX", NULL);
    g_autofree char *accounts = g_build_filename(home, "config/postern/accounts", NULL),
                    *path = g_build_filename(accounts, "test.conf", NULL),
                    *settings = g_build_filename(home, "config/postern/postern.conf", NULL), *text = account_text(site, in, out, home);
    static const char *const folders[] = { "maildir/cur", "maildir/new", "maildir/tmp" };
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *folder = g_build_filename(home, folders[i], NULL);
        g_mkdir_with_parents(folder, 0700);
    }
    g_mkdir_with_parents(accounts, 0700);
    if (!g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL) ||
        !g_file_set_contents(settings, "[postern]\nundo-delay = 0\neditor = builtin\npoll-interval = 10\n", -1, NULL))
        g_error("%s cannot be written", home);
    return home;
}

static const char *const places[][2] = {
    { "HOME", "" }, { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" }
};

terminal *site_start_screen(const char *home, const char *program)
{
    const char *words[G_N_ELEMENTS(places) + 1] = { NULL };
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        words[i] = g_strdup_printf("%s=%s/%s", places[i][0], home, places[i][1]);
    terminal *screen = terminal_start((const char *const[]){ program, NULL }, 24, 100, words);
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        g_free((char *)words[i]);
    return screen;
}

int site_run(const char *home, const char *program, const char *const *words, const char *input, char **output_out)
{
    g_auto(GStrv) environment = g_get_environ();
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autofree char *path = g_build_filename(home, "input", NULL);
    int status = -1;
    static const char script[] = "input=$1; shift; exec \"$@\" <\"$input\" 2>&1";
    const char *const shell[] = { "sh", "-c", script, "sh", path, program };
    g_file_set_contents(path, input != NULL ? input : "", -1, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *place = g_build_filename(home, places[i][1], NULL);
        environment = g_environ_setenv(environment, places[i][0], place, TRUE);
    }
    environment = g_environ_setenv(environment, "LSAN_OPTIONS",
                                   "suppressions=" SERVER_JAIL_SCRIPTS "/../../lsan.suppressions:print_suppressions=0", FALSE);
    for (size_t i = 0; i < G_N_ELEMENTS(shell); i++)
        g_ptr_array_add(argv, (char *)shell[i]);
    for (; *words != NULL; words++)
        g_ptr_array_add(argv, (char *)*words);
    g_ptr_array_add(argv, NULL);
    *output_out = NULL;
    g_spawn_sync(NULL, (char **)argv->pdata, environment, G_SPAWN_SEARCH_PATH, NULL, NULL, output_out, NULL, &status, NULL);
    if (*output_out == NULL)
        *output_out = g_strdup("");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* --- one door --- */
static char *complain(const struct site *site, const struct site_door *door, const char *what, const char *more)
{
    g_autofree char *log = site->log(site);
    size_t length = strlen(log), shown = MIN(length, 4000);
    return g_strdup_printf("%s, %s: %s\n%s\n%s\n", site->column, door->name, what, more, log + length - shown);
}

/* It says that it works, and that it is as secure as was asked for. */
static char *check_door(const struct site *site, const struct site_door *door, const char *home, const char *program)
{
    g_autofree char *output = NULL;
    int code = site_run(home, program, (const char *const[]){ "check", "--json", "test", NULL }, NULL, &output);
    bool is_tls = strstr(output, "\"words\":\"TLSv1.") != NULL, is_wanted = strcmp(door->security, "plain") != 0;
    if (code != 0)
        return complain(site, door, "`check` fails", output);
    return is_tls == is_wanted ? NULL : complain(site, door, "`check` tells another security than was asked for", output);
}

char *site_check(const struct site *site, const struct site_door *in, const struct site_door *out, const char *program)
{
    g_autofree char *home = site_make_home(site, in, out), *output = NULL;
    int code = site_run(home, program, (const char *const[]){ "check", "test", NULL }, NULL, &output);
    remove_tree(home);
    return code == 0 ? NULL : complain(site, in != NULL ? in : out, "`check` fails", output);
}

/* What no other door's message has. */
static char *new_word(const struct site_door *door)
{
    return g_strdup_printf("%s-%s-%d-%" G_GINT64_FORMAT, door->protocol, door->security, (int)door->row,
                           g_get_monotonic_time() % 1000000000);
}

static char *read_mail(const struct site *site, const struct site_door *door, const char *home, const char *program)
{
    static int minute;
    g_autoptr(GDateTime) begin = g_date_time_new_utc(2026, 1, 1, 0, 0, 0), now = g_date_time_add_minutes(begin, minute++);
    g_autofree char *word = new_word(door), *inside = g_strdup_printf("The text of %s", word),
                    *date = g_date_time_format(now, "%a, %d %b %Y %H:%M:%S +0000");
    g_autofree char *message =
        g_strdup_printf("From: Bob <bob@example.test>\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%s@x>\r\nDate: %s\r\n\r\n%s.\r\n",
                        site->address, word, word, date, inside);
    if (!site->deliver(site, message))
        return complain(site, door, "the message could not be delivered", "");
    g_autoptr(terminal) screen = site_start_screen(home, program);
    bool is_listed = screen != NULL && terminal_wait_for(screen, word, WAIT_MS);
    if (is_listed) {
        terminal_keys(screen, "<");
        terminal_wait_idle(screen, 100, 3000); /* older ones may come in meanwhile */
        terminal_keys(screen, "\r");
    }
    if (is_listed && terminal_wait_for(screen, inside, WAIT_MS))
        return NULL;
    g_autofree char *picture = screen != NULL ? terminal_screen_text(screen) : g_strdup("");
    return complain(site, door, is_listed ? "the text does not come" : "the message is not in the list", picture);
}

static char *send_mail(const struct site *site, const struct site_door *door, const char *home, const char *program)
{
    g_autofree char *word = new_word(door), *output = NULL;
    g_autofree char *message =
        g_strdup_printf("From: %s\nTo: %s\nSubject: %s\n\nThe text.\n.\nBehind a dot.\n", site->address, site->other, word);
    int code = site_run(home, program, (const char *const[]){ "send", "-t", NULL }, message, &output);
    for (int i = 0; code == 0 && i < TRIES; i++) {
        if (site->has_arrived(site, word))
            return NULL;
        g_usleep(50 * 1000);
    }
    return complain(site, door, "what was sent did not arrive", output);
}

char *site_try_door(const struct site *site, const struct site_door *door, const char *program)
{
    bool is_sending = strcmp(door->protocol, "smtp") == 0;
    g_autofree char *home = site_make_home(site, is_sending ? NULL : door, is_sending ? door : NULL);
    char *complaint = check_door(site, door, home, program);
    if (complaint == NULL)
        complaint = (is_sending ? send_mail : read_mail)(site, door, home, program);
    remove_tree(home);
    return complaint;
}

/* What a server does not offer fails in `check`, in words, before anything was sent. */
static char *try_refusal(const struct site *site, const struct site_door *door, const char *program)
{
    bool is_sending = strcmp(door->protocol, "smtp") == 0;
    g_autofree char *home = site_make_home(site, is_sending ? NULL : door, is_sending ? door : NULL), *output = NULL;
    int code = site_run(home, program, (const char *const[]){ "check", "--json", "test", NULL }, NULL, &output);
    bool is_told = strstr(output, "\"state\":\"failed\"") != NULL && strstr(output, "\"words\":\"\"") == NULL;
    remove_tree(home);
    return code != 0 && is_told ? NULL : complain(site, door, "`check` does not tell that this is not offered", output);
}

/* --- all of them --- */
char *site_try_doors(const struct site *site, const char *program)
{
    g_autoptr(GString) complaints = g_string_new(NULL);
    for (int row = 0; row < MATRIX_ROWS; row++)
        matrix_record(site->column, (enum matrix_row)row, MATRIX_NOT_OFFERED);
    for (const struct site_door *door = site_doors; door->protocol != NULL; door++) {
        bool is_refused = (site->refused & 1u << door->row) != 0;
        if (site_port(site, door) == 0)
            continue;
        g_autofree char *complaint = is_refused ? try_refusal(site, door, program) : site_try_door(site, door, program);
        if (complaint != NULL)
            g_string_append(complaints, complaint);
        if (complaint != NULL || !is_refused)
            matrix_record(site->column, door->row, complaints->len > 0 ? MATRIX_UNKNOWN : site->state);
    }
    return complaints->len > 0 ? g_strdup(complaints->str) : NULL;
}

void site_skip_column(const char *column)
{
    for (int row = 0; row < MATRIX_ROWS; row++)
        matrix_record(column, (enum matrix_row)row, MATRIX_SKIPPED);
}
