/* SPDX-License-Identifier: MIT */
/* `postern check`: each step told in order, the failing one with what to do, and true only when all of it works. LABEL: threads */
#include "core/check.h"
#include "tests/unit/config/fixture.h"
#include "tests/unit/core/mail_server_fixture.h"

struct told {
    GString *steps;              /* "resolve+ connect+ … " */
    char *words, *hint, *failed; /* of the first that failed */
    const char *password;        /* what a person would type; NULL: nobody is there */
    unsigned asked;
    store *memory;
};

static void note(void *data, const struct check_step *step)
{
    struct told *told = data;
    assert_non_null(step->words);
    assert_non_null(step->hint);
    g_string_append_printf(told->steps, "%s%c ", step->step, step->is_skipped ? '-' : step->is_ok ? '+' : '!');
    if (step->is_ok || step->is_skipped)
        assert_string_equal(step->hint, "");
    else if (told->failed == NULL) {
        told->failed = g_strdup(step->step);
        told->words = g_strdup(step->words);
        told->hint = g_strdup(step->hint);
    }
}

static char *type_password(void *data, const struct account_server *server)
{
    struct told *told = data;
    (void)server;
    told->asked++;
    return g_strdup(told->password);
}

static void told_clear(struct told *told)
{
    g_string_free(told->steps, TRUE);
    g_free(told->words);
    g_free(told->hint);
    g_free(told->failed);
}

static struct account *account_at(const struct mail_server *reading, const struct mail_server *sending, const char *password)
{
    struct account *self = account_new("work");
    self->name = g_strdup("Work");
    self->path = g_strdup("/x/work.conf");
    self->from_address = g_strdup("ada@example.test");
    struct account_server *servers[] = { &self->incoming, &self->outgoing };
    const struct mail_server *peers[] = { reading, sending };
    for (size_t i = 0; i < 2; i++) {
        servers[i]->host = g_strdup("localhost");
        servers[i]->port = peers[i]->port;
        servers[i]->security = peers[i]->security == SERVER_TLS        ? ACCOUNT_SECURITY_TLS
                               : peers[i]->security == SERVER_STARTTLS ? ACCOUNT_SECURITY_STARTTLS
                                                                       : ACCOUNT_SECURITY_PLAIN;
        servers[i]->user = g_strdup("ada");
        servers[i]->secret = password != NULL ? ACCOUNT_SECRET_PASSWORD : ACCOUNT_SECRET_PROMPT;
        servers[i]->password = g_strdup(password);
    }
    return self;
}

#define GOOD_IN  "resolve+ connect+ secure- certificate- greet+ capabilities+ login+ folders+ roles+ "
#define GOOD_OUT "resolve+ connect+ secure- certificate- greet+ capabilities+ login+ folders- "

static bool check(const struct account *self, check_ask *ask, struct told *told)
{
    const struct check_wish wish = { .ask = ask, .report = note, .data = told, .memory = told->memory, .cancel_fd = -1 };
    return check_account(self, &wish) == CHECK_GOOD;
}

static void expect(struct told *told, bool is_good, bool is_wanted_good, const char *steps)
{
    assert_int_equal(is_good, is_wanted_good);
    assert_string_equal(told->steps->str, steps);
}

static void expect_words(const char *text, const char *words)
{
    if (text == NULL || strstr(text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text != NULL ? text : "(nothing)", words);
}

static void all_steps_of_both_connections_are_told(void **state)
{
    (void)state;
    struct mail_server reading = { .password = "secret" }, sending = { .password = "secret", .is_smtp = true };
    struct told told = { .steps = g_string_new(NULL) };
    mail_server_start(&reading);
    mail_server_start(&sending);
    g_autoptr(account) self = account_at(&reading, &sending, "secret");
    expect(&told, check(self, NULL, &told), true, GOOD_IN GOOD_OUT);
    told_clear(&told);
    mail_server_stop(&reading);
    mail_server_stop(&sending);
}

static void a_refused_password_fails_and_says_what_to_look_at(void **state)
{
    (void)state;
    struct mail_server reading = { .password = "secret" }, sending = { .password = "another", .is_smtp = true };
    struct told told = { .steps = g_string_new(NULL) };
    mail_server_start(&reading);
    mail_server_start(&sending);
    g_autoptr(account) self = account_at(&reading, &sending, "secret");
    expect(&told, check(self, NULL, &told), false, GOOD_IN "resolve+ connect+ secure- certificate- greet+ capabilities+ login! folders- ");
    expect_words(told.words, "sending is not for you");
    expect_words(told.hint, "user (ada)");
    told_clear(&told);
    mail_server_stop(&reading);
    mail_server_stop(&sending);
}

static void an_inbox_that_cannot_be_opened_is_a_failure(void **state)
{
    (void)state;
    struct mail_server reading = { .password = "secret", .select_refused = "NO [NONEXISTENT] no such mailbox" };
    struct mail_server sending = { .password = "secret", .is_smtp = true };
    struct told told = { .steps = g_string_new(NULL) };
    mail_server_start(&reading);
    mail_server_start(&sending);
    g_autoptr(account) self = account_at(&reading, &sending, "secret");
    expect(&told, check(self, NULL, &told), false, "resolve+ connect+ secure- certificate- greet+ capabilities+ login+ folders! " GOOD_OUT);
    expect_words(told.words, "no such mailbox");
    told_clear(&told);
    mail_server_stop(&reading);
    mail_server_stop(&sending);
}

static void a_certificate_nobody_vouches_for_comes_with_the_line_to_write(void **state)
{
    (void)state;
    const struct peer_wish wish = { .common_name = "localhost", .names = "DNS:localhost" };
    peer_certificate *certificate = peer_certificate_new(&wish);
    g_autofree char *fingerprint = peer_certificate_fingerprint(certificate);
    struct mail_server reading = { .password = "secret", .security = SERVER_TLS, .certificate = certificate };
    struct mail_server sending = { .password = "secret", .is_smtp = true };
    struct told told = { .steps = g_string_new(NULL) };
    mail_server_start(&reading);
    mail_server_start(&sending);
    g_autoptr(account) self = account_at(&reading, &sending, "secret");
    expect(&told, check(self, NULL, &told), false, "resolve+ connect+ secure! certificate! greet- capabilities- login- folders- " GOOD_OUT);
    g_autofree char *line = g_strdup_printf("tls-fingerprint = %s", fingerprint);
    expect_words(told.hint, line);
    expect_words(told.hint, "/x/work.conf");
    told_clear(&told);
    mail_server_stop(&reading);
    mail_server_stop(&sending);
    peer_certificate_free(certificate);
}

static void a_name_that_does_not_exist_ends_at_the_first_step(void **state)
{
    (void)state;
    struct mail_server sending = { .password = "secret", .is_smtp = true };
    struct told told = { .steps = g_string_new(NULL) };
    mail_server_start(&sending);
    g_autoptr(account) self = account_at(&sending, &sending, "secret");
    g_free(self->incoming.host);
    self->incoming.host = g_strdup("no-such-server.invalid");
    expect(&told, check(self, NULL, &told), false, "resolve! connect- secure- certificate- greet- capabilities- login- folders- " GOOD_OUT);
    expect_words(told.words, "no-such-server.invalid");
    expect_words(told.hint, "host");
    told_clear(&told);
    mail_server_stop(&sending);
}

static void a_closed_port_says_which_ports_are_usual(void **state)
{
    (void)state;
    struct mail_server sending = { .password = "secret", .is_smtp = true };
    struct told told = { .steps = g_string_new(NULL) };
    mail_server_start(&sending);
    g_autoptr(account) self = account_at(&sending, &sending, "secret");
    self->incoming.port = mail_server_closed_port();
    expect(&told, check(self, NULL, &told), false, "resolve+ connect! secure- certificate- greet- capabilities- login- folders- " GOOD_OUT);
    expect_words(told.hint, "993");
    told_clear(&told);
    mail_server_stop(&sending);
}

static void without_a_password_the_connection_is_tried_all_the_same(void **state)
{
    (void)state;
    struct mail_server reading = { .password = "secret" }, sending = { .password = "secret", .is_smtp = true };
    struct told told = { .steps = g_string_new(NULL) };
    mail_server_start(&reading);
    mail_server_start(&sending);
    g_autoptr(account) self = account_at(&reading, &sending, NULL);
    expect(&told, check(self, type_password, &told), false,
           "resolve+ connect+ secure- certificate- greet+ capabilities+ login! folders- resolve+ connect+ secure- certificate- greet+ "
           "capabilities+ login! folders- ");
    expect_words(told.hint, "at a terminal");
    g_string_truncate(told.steps, 0);
    told.password = "secret";
    expect(&told, check(self, type_password, &told), true, GOOD_IN GOOD_OUT);
    assert_int_equal(told.asked, 4);
    told_clear(&told);
    mail_server_stop(&reading);
    mail_server_stop(&sending);
}

static void a_password_command_that_fails_is_told_at_the_sign_in(void **state)
{
    (void)state;
    struct mail_server reading = { .password = "secret" }, sending = { .password = "secret", .is_smtp = true };
    struct told told = { .steps = g_string_new(NULL) };
    mail_server_start(&reading);
    mail_server_start(&sending);
    g_autoptr(account) self = account_at(&reading, &sending, "secret");
    self->incoming.secret = ACCOUNT_SECRET_COMMAND;
    self->incoming.password_command = g_strdup("echo no agent >&2; exit 1");
    expect(&told, check(self, NULL, &told), false, "resolve+ connect+ secure- certificate- greet+ capabilities+ login! folders- " GOOD_OUT);
    expect_words(told.words, "no agent");
    told_clear(&told);
    mail_server_stop(&reading);
    mail_server_stop(&sending);
}

static void a_local_account_needs_its_directory_and_its_program(void **state)
{
    (void)state;
    struct told told = { .steps = g_string_new(NULL) };
    g_autoptr(account) self = account_new("local");
    self->from_address = g_strdup("ada@example.test");
    self->incoming.protocol = ACCOUNT_PROTOCOL_MAILDIR;
    self->incoming.path = g_strdup(fixture_directory);
    self->outgoing.protocol = ACCOUNT_PROTOCOL_SENDMAIL;
    self->outgoing.command = g_strdup("/nowhere/sendmail -t");
    expect(&told, check(self, NULL, &told), false, "folders+ connect! ");
    expect_words(told.hint, "command");
    told_clear(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(all_steps_of_both_connections_are_told),
        FIXTURE_TEST(a_refused_password_fails_and_says_what_to_look_at),
        FIXTURE_TEST(an_inbox_that_cannot_be_opened_is_a_failure),
        FIXTURE_TEST(a_certificate_nobody_vouches_for_comes_with_the_line_to_write),
        FIXTURE_TEST(a_name_that_does_not_exist_ends_at_the_first_step),
        FIXTURE_TEST(a_closed_port_says_which_ports_are_usual),
        FIXTURE_TEST(without_a_password_the_connection_is_tried_all_the_same),
        FIXTURE_TEST(a_password_command_that_fails_is_told_at_the_sign_in),
        FIXTURE_TEST(a_local_account_needs_its_directory_and_its_program),
    };
    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
