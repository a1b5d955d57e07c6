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
    char *warning; /* the last */
};

static void note(void *data, const struct check_step *step)
{
    struct told *told = data;
    assert_non_null(step->words);
    assert_non_null(step->hint);
    g_string_append_printf(told->steps, "%s%c ", step->step, step->is_skipped ? '-' : step->is_ok ? '+' : '!');
    if (step->is_warning) {
        assert_true(step->is_ok);
        g_free(told->warning);
        told->warning = g_strdup_printf("%s: %s %s", step->step, step->words, step->hint);
    } else if (step->is_ok || step->is_skipped)
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
    g_free(told->warning);
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

/* --- a web server where none should be --- */
struct web_page {
    int listener;
    uint16_t port;
    pthread_t thread;
};

static void *web_page_main(void *data)
{
    static const char answer[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n<html>Sign in to this network</html>";
    struct web_page *self = data;
    char request[2048];
    int fd;
    while ((fd = accept(self->listener, NULL, NULL)) >= 0) {
        if (recv(fd, request, sizeof request, 0) > 0)
            (void)!send(fd, answer, strlen(answer), MSG_NOSIGNAL);
        shutdown(fd, SHUT_WR);
        close(fd);
    }
    return NULL;
}

static void web_page_start(struct web_page *self)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    self->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(self->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(self->listener, 16), 0);
    assert_int_equal(getsockname(self->listener, (struct sockaddr *)&address, &size), 0);
    self->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&self->thread, NULL, web_page_main, self), 0);
}

static void web_page_stop(struct web_page *self)
{
    shutdown(self->listener, SHUT_RDWR);
    pthread_join(self->thread, NULL);
    close(self->listener);
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

/* What is advised where the certificate has these names. */
static void expect_name_advice(const char *names, const char *words)
{
    const struct peer_wish wish = { .common_name = "somebody", .names = names };
    peer_certificate *certificate = peer_certificate_new(&wish);
    struct mail_server reading = { .password = "secret", .security = SERVER_TLS, .certificate = certificate };
    struct mail_server sending = { .password = "secret", .is_smtp = true };
    struct told told = { .steps = g_string_new(NULL) };
    mail_server_start(&reading);
    mail_server_start(&sending);
    g_autoptr(account) self = account_at(&reading, &sending, "secret");
    assert_false(check(self, NULL, &told));
    expect_words(told.hint, words);
    told_clear(&told);
    mail_server_stop(&reading);
    mail_server_stop(&sending);
    peer_certificate_free(certificate);
}

static void a_wrong_name_is_proposed_only_where_it_is_one_host(void **state)
{
    (void)state;
    expect_name_advice("DNS:mail.example.test", "host = mail.example.test");
    expect_name_advice("DNS:*.example.test", "by which name");
    expect_name_advice("DNS:*.example.test,DNS:imap.example.test", "host = imap.example.test");
    expect_name_advice(NULL, "by which name");
}

static void a_certificate_that_ends_soon_is_a_warning(void **state)
{
    (void)state;
    const struct peer_wish wish = { .common_name = "localhost", .names = "DNS:localhost", .from_days = -80, .until_days = 6 };
    peer_certificate *certificate = peer_certificate_new(&wish);
    struct mail_server reading = { .password = "secret", .security = SERVER_TLS, .certificate = certificate };
    struct mail_server sending = { .password = "secret", .is_smtp = true };
    struct told told = { .steps = g_string_new(NULL) };
    mail_server_start(&reading);
    mail_server_start(&sending);
    g_autoptr(account) self = account_at(&reading, &sending, "secret");
    self->incoming.tls_fingerprint = peer_certificate_fingerprint(certificate);
    expect(&told, check(self, NULL, &told), true,
           "resolve+ connect+ secure+ certificate+ greet+ capabilities+ login+ folders+ roles+ " GOOD_OUT);
    expect_words(told.warning, "certificate: ");
    expect_words(told.warning, "should renew it");
    told_clear(&told);
    mail_server_stop(&reading);
    mail_server_stop(&sending);
    peer_certificate_free(certificate);
}

static void a_server_that_offers_less_than_last_time_is_a_warning(void **state)
{
    (void)state;
    struct mail_server reading = { .password = "secret" }, sending = { .password = "secret", .is_smtp = true };
    struct told told = { .steps = g_string_new(NULL) };
    mail_server_start(&reading);
    mail_server_start(&sending);
    g_autoptr(account) self = account_at(&reading, &sending, "secret");
    g_autofree char *path = fixture_path("mail.db");
    g_autoptr(GError) error = NULL;
    store *memory = store_open(path, STORE_WORKER, &error);
    assert_non_null(memory);
    told.memory = memory;
    assert_true(check(self, NULL, &told));
    assert_null(told.warning);
    assert_true(store_set_meta(memory, "signin:outgoing:work", "SCRAM-SHA-256", NULL));
    assert_true(check(self, NULL, &told));
    expect_words(told.warning, "last time this server let us in with SCRAM-SHA-256");
    told_clear(&told);
    store_close(memory);
    mail_server_stop(&reading);
    mail_server_stop(&sending);
}

static void a_web_page_on_a_mail_port_is_told(void **state)
{
    (void)state;
    struct web_page page = { .listener = -1 };
    struct mail_server sending = { .password = "secret", .is_smtp = true };
    struct told told = { .steps = g_string_new(NULL) };
    web_page_start(&page);
    mail_server_start(&sending);
    g_autoptr(account) self = account_at(&sending, &sending, "secret");
    self->incoming.port = page.port;
    self->incoming.security = ACCOUNT_SECURITY_TLS;
    assert_false(check(self, NULL, &told));
    expect_words(told.hint, "sign-in page");
    web_page_stop(&page);
    told_clear(&told);
    mail_server_stop(&sending);
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
        FIXTURE_TEST(a_wrong_name_is_proposed_only_where_it_is_one_host),
        FIXTURE_TEST(a_certificate_that_ends_soon_is_a_warning),
        FIXTURE_TEST(a_server_that_offers_less_than_last_time_is_a_warning),
        FIXTURE_TEST(a_web_page_on_a_mail_port_is_told),
        FIXTURE_TEST(a_name_that_does_not_exist_ends_at_the_first_step),
        FIXTURE_TEST(a_closed_port_says_which_ports_are_usual),
        FIXTURE_TEST(without_a_password_the_connection_is_tried_all_the_same),
        FIXTURE_TEST(a_password_command_that_fails_is_told_at_the_sign_in),
        FIXTURE_TEST(a_local_account_needs_its_directory_and_its_program),
    };
    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
