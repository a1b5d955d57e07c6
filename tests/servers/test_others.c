/* SPDX-License-Identifier: MIT */
/* Other people's servers in the real program: Courier, Cyrus and GNU mailutils by IMAP three ways each, Exim and OpenSMTPD by every door they have. */
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/servers/server_jail.h"
#include "tests/tui/terminal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#define WAIT_MS 30000

struct way {
    const char *name, *security;
    size_t port; /* in struct jail_ports */
    bool has_sign_in;
};

static const struct way imap_ways[] = {
    { "plain", "plain", offsetof(struct jail_ports, imap), true },
    { "STARTTLS", "starttls", offsetof(struct jail_ports, imap), true },
    { "TLS", "tls", offsetof(struct jail_ports, imaps), true },
};

static int port_of(const jail *where, const struct way *way)
{
    return *(const int *)(const void *)((const char *)jail_ports(where) + way->port);
}

/* --- one home with one account --- */
static char *make_home(const jail *in, const struct way *incoming, const jail *out, const struct way *outgoing)
{
    char *home = g_dir_make_tmp("postern-others-XXXXXX", NULL);
    g_autofree char *accounts = g_build_filename(home, "config/postern/accounts", NULL),
                    *path = g_build_filename(accounts, "test.conf", NULL),
                    *settings = g_build_filename(home, "config/postern/postern.conf", NULL);
    g_autofree char *text =
        g_strdup_printf("[account]\nname = Test\nfrom = Alice Example <%s>\n\n[incoming]\nprotocol = imap\nhost = localhost\n"
                        "port = %d\nsecurity = %s\nuser = %s\npassword = pa ss\"w\\\\ord%%\xc3\xbc\ntls-ca-file = %s\n\n"
                        "[outgoing]\nprotocol = smtp\nhost = localhost\nport = %d\nsecurity = %s\ntls-ca-file = %s\n%s",
                        SERVER_ADDRESS, port_of(in, incoming), incoming->security, SERVER_USER, jail_ca_file(in), port_of(out, outgoing),
                        outgoing->security, jail_ca_file(out), outgoing->has_sign_in ? "" : "user =\n");
    assert_int_equal(g_mkdir_with_parents(accounts, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    assert_true(g_file_set_contents(settings, "[postern]\nundo-delay = 0\neditor = builtin\npoll-interval = 10\n", -1, NULL));
    return home;
}

static char **environment_of(const char *home)
{
    static const char *const places[][2] = { { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" } };
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    g_autofree char *own = g_strconcat("HOME=", home, NULL);
    g_strv_builder_add(words, own);
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *word = g_strdup_printf("%s=%s/%s", places[i][0], home, places[i][1]);
        g_strv_builder_add(words, word);
    }
    return g_strv_builder_end(words);
}

/* --- another client's view: curl --- */
static bool offers_plain; /* by AUTHENTICATE, also outside TLS: without, curl takes LOGIN */

static char *curl(const jail *where, const char *mailbox, const char *const *more)
{
    g_autofree char *url = g_strdup_printf("imap://127.0.0.1:%d/%s", jail_ports(where)->imap, mailbox);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    const char *const first[] = { "curl", "-sS", "--max-time", "10", "-u", SERVER_USER ":" SERVER_PASSWORD, url, NULL };
    const char *const plain[] = { "--login-options", "AUTH=PLAIN", NULL };
    char *output = NULL, *errors = NULL;
    g_strv_builder_addv(builder, (const char **)first);
    if (offers_plain)
        g_strv_builder_addv(builder, (const char **)plain);
    g_strv_builder_addv(builder, (const char **)more);
    g_auto(GStrv) argv = g_strv_builder_end(builder);
    g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &errors, NULL, NULL);
    if (errors != NULL && *errors != '\0')
        print_message("curl: %s", errors);
    g_free(errors);
    return output != NULL ? output : g_strdup("");
}

static void append_message(const jail *where, const char *home, const char *subject)
{
    g_autofree char *path = g_build_filename(home, "message", NULL);
    g_autofree char *text =
        g_strdup_printf("From: Bob <bob@example.test>\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%" G_GINT64_FORMAT "@x>\r\n"
                        "Date: Sat, 21 Nov 2026 07:00:00 +0000\r\n\r\nThe text of %s.\r\n",
                        SERVER_ADDRESS, subject, g_get_monotonic_time(), subject);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    g_autofree char *said = curl(where, "INBOX", (const char *const[]){ "-T", path, NULL });
}

/* Starred and read, in a folder that was not there before. */
static bool is_filed(const jail *where, const char *folder, const char *subject, bool keeps_flags)
{
    int64_t until = g_get_monotonic_time() + (int64_t)WAIT_MS * 1000;
    while (g_get_monotonic_time() < until) {
        g_autofree char *seen = curl(where, folder, (const char *const[]){ "-X", "FETCH * (FLAGS ENVELOPE)", NULL });
        if (strstr(seen, "FLAGS") != NULL && strstr(seen, subject) != NULL &&
            (!keeps_flags || (strstr(seen, "\\Flagged") != NULL && strstr(seen, "\\Seen") != NULL)))
            return true;
        g_usleep(50 * 1000);
    }
    return false;
}

static void expect(terminal *screen, const jail *where, const char *wanted)
{
    if (terminal_wait_for(screen, wanted, WAIT_MS))
        return;
    g_autofree char *text = terminal_screen_text(screen), *log = jail_log((jail *)where);
    fail_msg("no \"%s\"\n%s\n%s", wanted, text, log);
}

/* --- IMAP --- */
/* In the first moment of a first start the folders are not known, and it says so. */
static void archive_shown(terminal *screen, const jail *where)
{
    for (int i = 0; i < 20; i++) {
        terminal_keys(screen, "e");
        if (terminal_wait_for(screen, "Archived 1 message", 1000))
            return;
        assert_true(terminal_wait_for(screen, "not known yet", 5000));
    }
    expect(screen, where, "Archived 1 message");
}

/* keeps_flags: with COPY; GNU mailutils does not. */
static void read_mail(const jail *where, const struct way *way, const char *archive, bool keeps_flags)
{
    g_autofree char *home = make_home(where, way, where, &(struct way){ "", "plain", offsetof(struct jail_ports, smtp), false });
    g_autofree char *old = g_strdup_printf("Old by %s", way->name), *fresh = g_strdup_printf("New by %s", way->name),
                    *body = g_strdup_printf("The text of %s.", old);
    g_auto(GStrv) environment = environment_of(home);
    append_message(where, home, old);
    g_autoptr(terminal) screen = terminal_start((const char *const[]){ POSTERN_PROGRAM, NULL }, 24, 100, (const char *const *)environment);
    assert_non_null(screen);
    expect(screen, where, old);
    terminal_keys(screen, "\r");
    expect(screen, where, body);
    terminal_keys(screen, "q*");
    archive_shown(screen, where);
    if (!is_filed(where, archive, old, keeps_flags))
        fail_msg("another client does not see the message with its flags in %s", archive);
    append_message(where, home, fresh);
    expect(screen, where, fresh);
    if (!terminal_wait_gone(screen, old, WAIT_MS)) {
        g_autofree char *shown = terminal_screen_text(screen);
        fail_msg("still there: %s\n%s", old, shown);
    }
    g_clear_pointer(&screen, terminal_free); /* or it would go on writing there */
    remove_tree(home);
}

static void read_mail_every_way(const char *name, const char *archive, bool keeps_flags)
{
    static const int waits[] = { offsetof(struct jail_ports, imap), offsetof(struct jail_ports, imaps), -1 };
    g_autofree char *why_not = NULL;
    g_autoptr(jail) where = jail_start(name, waits, &why_not);
    offers_plain = strcmp(name, "courier") != 0;
    if (where == NULL)
        fail_msg("%s", why_not);
    for (size_t i = 0; i < G_N_ELEMENTS(imap_ways); i++)
        read_mail(where, &imap_ways[i], archive, keeps_flags);
}

static void mail_is_read_on_courier(void **state)
{
    (void)state;
    read_mail_every_way("courier", "INBOX.Archive", true);
}

static void mail_is_read_on_cyrus(void **state)
{
    (void)state;
    read_mail_every_way("cyrus", "Archive", true);
}

static void mail_is_read_on_mailutils(void **state)
{
    (void)state;
    read_mail_every_way("mailutils", "Archive", false);
}

/* --- SMTP --- */
static bool is_delivered(const jail *where, const char *subject)
{
    g_autofree char *folder = g_build_filename(jail_delivered(where), SERVER_OTHER, "new", NULL);
    for (int i = 0; i < 200; i++) {
        g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
        const char *name;
        while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
            g_autofree char *path = g_build_filename(folder, name, NULL), *text = NULL;
            if (g_file_get_contents(path, &text, NULL, NULL) && strstr(text, subject) != NULL)
                return true;
        }
        g_usleep(50 * 1000);
    }
    return false;
}

static void send_mail(const jail *in, const jail *out, const struct way *way)
{
    g_autofree char *home = make_home(in, &imap_ways[0], out, way), *subject = g_strdup_printf("Subject: Sent by %s\n", way->name);
    g_autofree char *script = g_strdup_printf("printf 'To: %s@example.test\\n%s\\nThe text.\\n' | \"$0\" send -t", SERVER_OTHER, subject);
    g_autofree char *errors = NULL;
    g_auto(GStrv) theirs = environment_of(home), environment = g_get_environ();
    const char *const argv[] = { "sh", "-c", script, POSTERN_PROGRAM, NULL };
    int status = -1;
    for (char **word = theirs; *word != NULL; word++) {
        char *equals = strchr(*word, '=');
        g_autofree char *name = g_strndup(*word, (gsize)(equals - *word));
        environment = g_environ_setenv(environment, name, equals + 1, TRUE);
    }
    assert_true(g_spawn_sync(NULL, (char **)argv, environment, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &errors, &status, NULL));
    if (status != 0 || !is_delivered(out, subject)) {
        g_autofree char *log = jail_log((jail *)out);
        fail_msg("%s: status %d\n%s\n%s", way->name, status, errors, log);
    }
    remove_tree(home);
}

static void send_mail_every_way(const char *name, const int *waits, const struct way *ways, size_t count)
{
    g_autofree char *why_not = NULL;
    g_autoptr(jail) in = jail_start("cyrus", (const int[]){ offsetof(struct jail_ports, imap), -1 }, &why_not);
    g_autoptr(jail) out = in != NULL ? jail_start(name, waits, &why_not) : NULL;
    if (out == NULL)
        fail_msg("%s", why_not);
    for (size_t i = 0; i < count; i++)
        send_mail(in, out, &ways[i]);
}

static void mail_is_sent_by_exim(void **state)
{
    static const int waits[] = { offsetof(struct jail_ports, smtp), offsetof(struct jail_ports, submission),
                                 offsetof(struct jail_ports, submissions), -1 };
    static const struct way ways[] = {
        { "25 plain", "plain", offsetof(struct jail_ports, smtp), false },
        { "25 STARTTLS", "starttls", offsetof(struct jail_ports, smtp), true },
        { "587 STARTTLS", "starttls", offsetof(struct jail_ports, submission), true },
        { "465 TLS", "tls", offsetof(struct jail_ports, submissions), true },
    };
    (void)state;
    send_mail_every_way("exim", waits, ways, G_N_ELEMENTS(ways));
}

static void mail_is_sent_by_opensmtpd(void **state)
{
    static const int waits[] = { offsetof(struct jail_ports, smtp), -1 };
    static const struct way ways[] = { { "25 plain", "plain", offsetof(struct jail_ports, smtp), false } };
    (void)state;
    send_mail_every_way("opensmtpd", waits, ways, G_N_ELEMENTS(ways));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_is_read_on_courier), cmocka_unit_test(mail_is_read_on_cyrus),     cmocka_unit_test(mail_is_read_on_mailutils),
        cmocka_unit_test(mail_is_sent_by_exim),    cmocka_unit_test(mail_is_sent_by_opensmtpd),
    };
    g_autofree char *why_not = NULL;
    if (!jail_is_possible(&why_not)) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
