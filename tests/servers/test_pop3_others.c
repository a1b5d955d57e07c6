/* SPDX-License-Identifier: MIT */
/* POP3 on other people's servers: Courier, Cyrus and GNU mailutils, three ways each: mail comes once, and goes from the server by the rule. */
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/servers/server_jail.h"
#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MESSAGES 5

struct way {
    const char *name, *security;
    size_t port; /* in struct jail_ports */
};

static const struct way ways[] = {
    { "plain", "plain", offsetof(struct jail_ports, pop3) },
    { "STLS", "starttls", offsetof(struct jail_ports, pop3) },
    { "TLS", "tls", offsetof(struct jail_ports, pop3s) },
};

static int port_of(const jail *where, const struct way *way)
{
    return *(const int *)(const void *)((const char *)jail_ports(where) + way->port);
}

/* --- one home with one account --- */
static void write_account(const char *home, const jail *where, const struct way *way, const char *rule)
{
    g_autofree char *accounts = g_build_filename(home, "config/postern/accounts", NULL),
                    *path = g_build_filename(accounts, "test.conf", NULL);
    g_autofree char *text =
        g_strdup_printf("[account]\nname = Test\nfrom = Alice Example <%s>\n\n[incoming]\nprotocol = pop3\nhost = localhost\nport = %d\n"
                        "security = %s\nuser = %s\npassword = pa ss\"w\\\\ord%%\xc3\xbc\ntls-ca-file = %s\n\n[pop3]\n"
                        "delete-from-server = %s\n\n[outgoing]\nprotocol = sendmail\ncommand = /bin/true\n",
                        SERVER_ADDRESS, port_of(where, way), way->security, SERVER_USER, jail_ca_file(where), rule);
    assert_int_equal(g_mkdir_with_parents(accounts, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

static void sync_account(const char *home, const jail *where, const char *what)
{
    static const char *const names[][2] = { { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" } };
    const char *const argv[] = { POSTERN_PROGRAM, "sync", "test", NULL };
    g_auto(GStrv) environment = g_get_environ();
    g_autofree char *errors = NULL;
    int status = -1;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(home, names[i][1], NULL);
        environment = g_environ_setenv(environment, names[i][0], path, TRUE);
    }
    assert_true(g_spawn_sync(NULL, (char **)argv, environment, 0, NULL, NULL, NULL, &errors, &status, NULL));
    if (status != 0) {
        g_autofree char *log = jail_log((jail *)where);
        fail_msg("%s: status %d\n%s\n%s", what, status, errors, log);
    }
}

static unsigned messages_here(const char *home)
{
    static const char *const parts[] = { "new", "cur" };
    unsigned count = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *path = g_build_filename(home, "data/postern/mail/test/Inbox", parts[i], NULL);
        g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);
        while (entries != NULL && g_dir_read_name(entries) != NULL)
            count++;
    }
    return count;
}

/* --- another client's view --- */
static char *curl(const char *url, const char *const *more)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    static const char who[] = SERVER_USER ":" SERVER_PASSWORD;
    const char *const first[] = { "curl", "-sS", "--max-time", "20", "-u", who, url, NULL };
    char *output = NULL, *errors = NULL;
    g_strv_builder_addv(builder, (const char **)first);
    g_strv_builder_addv(builder, (const char **)more);
    g_auto(GStrv) argv = g_strv_builder_end(builder);
    g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &errors, NULL, NULL);
    if (errors != NULL && *errors != '\0')
        print_message("curl: %s", errors);
    g_free(errors);
    return output != NULL ? output : g_strdup("");
}

static void append_message(const jail *where, const char *home, const char *name, int number, bool offers_plain)
{
    g_autofree char *path = g_build_filename(home, "message", NULL),
                    *url = g_strdup_printf("imap://127.0.0.1:%d/INBOX", jail_ports(where)->imap);
    g_autofree char *text = g_strdup_printf("From: Bob <bob@example.test>\r\nTo: %s\r\nSubject: %s %d\r\nMessage-ID: <%s.%d@x>\r\n"
                                            "Date: Sat, 21 Nov 2026 07:00:00 +0000\r\n\r\nThe text of %d.\r\n.\r\n..\r\n",
                                            SERVER_ADDRESS, name, number, name, number, number);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    g_autofree char *said = curl(url, offers_plain ? (const char *const[]){ "--login-options", "AUTH=PLAIN", "-T", path, NULL }
                                                   : (const char *const[]){ "-T", path, NULL });
}

/* By hand: curl tries ways to sign in that mailutils offers and does not have. */
static unsigned messages_there(const jail *where)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                   .sin_port = htons((uint16_t)jail_ports(where)->pop3) };
    const char *const requests[] = { NULL, "USER " SERVER_USER "\r\n", "PASS " SERVER_PASSWORD "\r\n", "STAT\r\n", "QUIT\r\n" };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unsigned count = 9999;
    char line[600];
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    FILE *stream = fdopen(fd, "r+");
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
        if (requests[i] != NULL)
            assert_true(fputs(requests[i], stream) >= 0 && fflush(stream) == 0);
        if (fgets(line, sizeof line, stream) == NULL || !g_str_has_prefix(line, "+OK"))
            fail_msg("%s: %s", requests[i], line);
        if (i == 3)
            count = (unsigned)strtoul(line + strlen("+OK "), NULL, 10);
    }
    fclose(stream);
    return count;
}

/* --- the tests --- */
static void come_and_go(const jail *where, const struct way *way, bool offers_plain)
{
    g_autofree char *home = g_dir_make_tmp("postern-pop3-XXXXXX", NULL);
    for (int i = 0; i < MESSAGES; i++)
        append_message(where, home, way->name, i, offers_plain);
    write_account(home, where, way, "never");
    sync_account(home, where, way->name);
    sync_account(home, where, way->name);
    assert_int_equal(messages_here(home), MESSAGES);
    assert_int_equal(messages_there(where), MESSAGES);
    write_account(home, where, way, "at-once");
    sync_account(home, where, way->name);
    assert_int_equal(messages_here(home), MESSAGES);
    assert_int_equal(messages_there(where), 0);
    remove_tree(home);
}

static void come_and_go_every_way(const char *name)
{
    static const int waits[] = { offsetof(struct jail_ports, imap), offsetof(struct jail_ports, pop3), offsetof(struct jail_ports, pop3s),
                                 -1 };
    g_autofree char *why_not = NULL;
    g_autoptr(jail) where = jail_start(name, waits, &why_not);
    if (where == NULL)
        fail_msg("%s", why_not);
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++)
        come_and_go(where, &ways[i], strcmp(name, "courier") != 0);
}

static void mail_comes_and_goes_on_courier(void **state)
{
    (void)state;
    come_and_go_every_way("courier");
}

static void mail_comes_and_goes_on_cyrus(void **state)
{
    (void)state;
    come_and_go_every_way("cyrus");
}

static void mail_comes_and_goes_on_mailutils(void **state)
{
    (void)state;
    come_and_go_every_way("mailutils");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_comes_and_goes_on_courier),
        cmocka_unit_test(mail_comes_and_goes_on_cyrus),
        cmocka_unit_test(mail_comes_and_goes_on_mailutils),
    };
    g_autofree char *why_not = NULL;
    if (!jail_is_possible(&why_not)) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
