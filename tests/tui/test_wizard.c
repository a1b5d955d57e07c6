/* SPDX-License-Identifier: MIT */
/* The wizard and the engine's questions on screens of every size: what was typed stays, what went wrong is seen, and answers are within reach. */
#include "tests/tui/terminal.h"
#include "tests/unit/config/fixture.h"
#include "tests/unit/core/mail_server_fixture.h"
#include <sys/wait.h>

enum { WAIT_MS = 20000 };

static terminal *start(int rows, int columns, const char *const *argv)
{
    g_autofree char *home = g_strdup_printf("HOME=%s", fixture_directory),
                    *config = g_strdup_printf("XDG_CONFIG_HOME=%s", fixture_directory);
    g_autofree char *data = g_strdup_printf("XDG_DATA_HOME=%s", fixture_directory),
                    *cache = g_strdup_printf("XDG_CACHE_HOME=%s", fixture_directory);
    g_autofree char *runtime = g_strdup_printf("XDG_RUNTIME_DIR=%s", fixture_directory);
    const char *const env[] = { home, config, data, cache, runtime, NULL };
    terminal *screen = terminal_start(argv, rows, columns, env);
    assert_non_null(screen);
    return screen;
}

static terminal *start_wizard(int rows, int columns)
{
    const char *const argv[] = { POSTERN_PROGRAM, NULL };
    terminal *screen = start(rows, columns, argv);
    assert_true(terminal_wait_for(screen, "Your name", WAIT_MS));
    return screen;
}

static void expect(terminal *screen, const char *words)
{
    if (terminal_wait_for(screen, words, WAIT_MS))
        return;
    g_autofree char *shown = terminal_screen_text(screen);
    fail_msg("there is no \"%s\":\n%s", words, shown);
}

static void type(terminal *screen, const char *keys, const char *wanted)
{
    terminal_keys(screen, keys);
    expect(screen, wanted);
}

static void leave(terminal *screen, const char *keys)
{
    terminal_keys(screen, keys);
    int status = terminal_wait_exit(screen, WAIT_MS);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    terminal_free(screen);
}

/* --- who --- */
static void a_wrong_address_is_said_where_it_can_be_read(void **state)
{
    (void)state;
    terminal *screen = start_wizard(15, 60);
    terminal_keys(screen, "\025Ada\r\025ada.example.test\r");
    expect(screen, "Please enter the whole address");
    expect(screen, "ada.example.test");
    expect(screen, "Esc leaves"); /* the last hint is not cut off */
    leave(screen, "\033");
}

static void a_pasted_address_brings_its_name(void **state)
{
    (void)state;
    terminal *screen = start_wizard(24, 80);
    terminal_keys(screen, "\025\r");
    terminal_keys(screen, "\033[200~ Ada Lovelace <ada+list@nowhere.invalid>\n\033[201~\r");
    expect(screen, "Servers by hand"); /* nothing is found there */
    type(screen, "\033", "Ada Lovelace");
    expect(screen, "ada+list@nowhere.invalid");
    leave(screen, "\033");
}

static void an_international_domain_is_looked_for(void **state)
{
    (void)state;
    terminal *screen = start_wizard(24, 80);
    type(screen, "\025Käthe\r\025kontakt@müller.invalid\r", "There is no domain müller.invalid.");
    expect(screen, "imap.müller.invalid");
    leave(screen, "\033\033\033");
}

static void ctrl_c_leaves_from_any_step(void **state)
{
    (void)state;
    terminal *screen = start_wizard(24, 80);
    leave(screen, "\003");
    screen = start_wizard(24, 80);
    terminal_keys(screen, "\025Ada\r");
    type(screen, "\025ada@nowhere.invalid\r", "Server for sending");
    leave(screen, "\003");
}

/* --- servers --- */
static void go_to_servers(terminal *screen)
{
    terminal_keys(screen, "\025Ada\r");
    type(screen, "\025ada@nowhere.invalid\r", "Server for sending");
    expect(screen, "There is no domain nowhere.invalid.");
}

static void what_is_pasted_and_is_too_long_is_told(void **state)
{
    (void)state;
    terminal *screen = start_wizard(24, 80);
    g_autofree char *many = g_strnfill(5000, 'x'), *keys = g_strdup_printf("\033[200~%s\033[201~", many);
    type(screen, keys, "too long for one line");
    type(screen, "\025Ada", "Ada"); /* and one goes on */
    terminal_free(screen);
}

static void what_was_typed_stays_when_going_back_and_forth(void **state)
{
    (void)state;
    terminal *screen = start_wizard(24, 80);
    go_to_servers(screen);
    terminal_keys(screen, "\025mail.example.test\t\t\033[C\t4143");
    expect(screen, "4143");
    type(screen, "\033", "Your name");
    type(screen, "\r", "Server for sending"); /* the same address: the search finds nothing again */
    expect(screen, "mail.example.test");
    expect(screen, "STARTTLS");
    expect(screen, "4143");
    leave(screen, "\033\033");
}

static void what_was_wrong_is_not_said_of_another_choice(void **state)
{
    (void)state;
    terminal *screen = start_wizard(24, 80);
    go_to_servers(screen);
    terminal_keys(screen, "\025a server");
    type(screen, "\r", "The name of a server is a name or an address alone");
    terminal_keys(screen, "x"); /* typed while it is read */
    expect(screen, "The name of a server is a name or an address alone");
    terminal_keys(screen, "\t\033[C");
    assert_true(terminal_wait_gone(screen, "The name of a server is a name or an address alone", WAIT_MS));
    leave(screen, "\033\033");
}

static void the_search_can_be_left_at_once_for_servers_by_hand(void **state)
{
    (void)state;
    terminal *screen = start_wizard(24, 80);
    terminal_keys(screen, "\025Ada\r");
    terminal_keys(screen, "\025ada@nowhere.invalid\r\023");
    expect(screen, "Server for sending");
    leave(screen, "\033\033");
}

static void at_60x15_the_complaint_and_the_focused_line_are_both_seen(void **state)
{
    (void)state;
    terminal *screen = start_wizard(15, 60);
    go_to_servers(screen);
    terminal_keys(screen, "\025a server\t\t\t\t\t\t");
    type(screen, "70000\r", "The name of a server is a name or an address alone");
    expect(screen, "a server");
    terminal_keys(screen, "\033[B\033[B\033[B\033[B\033[B\033[B");
    expect(screen, "70000");
    leave(screen, "\033\033");
}

static void resizing_keeps_what_was_typed(void **state)
{
    (void)state;
    terminal *screen = start_wizard(24, 80);
    terminal_keys(screen, "\025");
    for (int i = 0; i < 12; i++)
        terminal_keys(screen, "Łukasz 田中 ");
    terminal_resize(screen, 15, 60);
    expect(screen, "田中");
    terminal_resize(screen, 50, 160);
    expect(screen, "Łukasz 田中 Łukasz");
    type(screen, "\r\025ada@nowhere.invalid", "ada@nowhere.invalid");
    terminal_resize(screen, 10, 40); /* too small: postern says so, and forgets nothing */
    expect(screen, "Make it larger");
    terminal_resize(screen, 15, 60);
    expect(screen, "ada@nowhere.invalid");
    leave(screen, "\033");
}

/* --- signing in --- */
static void enter_server(terminal *screen, const struct mail_server *server)
{
    const char *protocol = server->is_pop3 ? "\033[C\t" : server->is_smtp ? "" : "\t";
    g_autofree char *keys = g_strdup_printf("\025localhost\t%s\033[C\033[C\t\025%u%s", protocol, (unsigned)server->port,
                                            server->is_smtp ? "\r" : "\t"); /* not encrypted: this machine */
    terminal_keys(screen, keys);
}

static void a_password_is_kept_when_going_back_and_wiped_when_refused(void **state)
{
    (void)state;
    struct mail_server reading = { .password = "right" }, sending = { .password = "right", .is_smtp = true };
    mail_server_start(&reading);
    mail_server_start(&sending);
    terminal *screen = start_wizard(24, 80);
    go_to_servers(screen);
    enter_server(screen, &reading);
    enter_server(screen, &sending);
    expect(screen, "Keep the password");
    expect(screen, "Careful: the connection to localhost is not encrypted.");
    type(screen, "hidden", "******");
    assert_false(terminal_contains(screen, "hidden"));
    type(screen, "\033", "Server for sending");
    type(screen, "\r", "******");    /* both names are there still */
    type(screen, "\r\r", "refused"); /* the focus is behind the password */
    expect(screen, "Enter goes on"); /* not in the table any more, but in the form */
    assert_false(terminal_contains(screen, "******"));
    type(screen, "right\r\r", "It works");
    type(screen, "\033", "Keep the password");
    expect(screen, "*****");
    terminal_free(screen);
    mail_server_stop(&reading);
    mail_server_stop(&sending);
}

static void sending_that_wants_another_name_is_asked_for_it(void **state)
{
    (void)state;
    struct mail_server reading = { .password = "right" }, sending = { .password = "other", .user = "relay", .is_smtp = true };
    mail_server_start(&reading);
    mail_server_start(&sending);
    terminal *screen = start_wizard(15, 60);
    go_to_servers(screen);
    enter_server(screen, &reading);
    enter_server(screen, &sending);
    expect(screen, "Keep the password");
    type(screen, "right\r\r", "Sign in for sending");
    expect(screen, "Sending does not");
    type(screen, "\033[C", "User name for sending");
    type(screen, "\rrelay\rother\r", "It works");
    type(screen, "\r", "The account is saved in");
    g_autofree char *path = fixture_path("postern/accounts/nowhere-invalid.conf"), *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_non_null(strstr(text, "user = relay"));
    assert_null(strstr(text, "other"));
    terminal_free(screen);
    mail_server_stop(&reading);
    mail_server_stop(&sending);
}

static void pop3_by_hand_asks_how_long_mail_stays_on_the_server(void **state)
{
    (void)state;
    struct mail_server reading = { .password = "right", .is_pop3 = true }, sending = { .password = "right", .is_smtp = true };
    mail_server_start(&reading);
    mail_server_start(&sending);
    terminal *screen = start_wizard(24, 80);
    go_to_servers(screen);
    enter_server(screen, &reading);
    enter_server(screen, &sending);
    expect(screen, "Keep the password");
    type(screen, "right\r\r", "Mail stays on the server");
    type(screen, "\r\033[C", "for ever");
    type(screen, "\r", "The account is saved in");
    g_autofree char *path = fixture_path("postern/accounts/nowhere-invalid.conf"), *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_non_null(strstr(text, "protocol = pop3"));
    assert_non_null(strstr(text, "delete-from-server = never"));
    terminal_free(screen);
    mail_server_stop(&reading);
    mail_server_stop(&sending);
}

static void the_password_may_be_kept_in_an_encrypted_file(void **state)
{
    (void)state;
    struct mail_server reading = { .password = "right" }, sending = { .password = "right", .is_smtp = true };
    mail_server_start(&reading);
    mail_server_start(&sending);
    terminal *screen = start_wizard(24, 80);
    go_to_servers(screen);
    enter_server(screen, &reading);
    enter_server(screen, &sending);
    expect(screen, "nowhere: ask at each start"); /* never clear text by itself */
    type(screen, "right\r\033[D", "in a file, encrypted with a passphrase");
    type(screen, "\ra passphrase of mine\ra passphrase of mine\r", "It works");
    type(screen, "\r", "The account is saved in");
    g_autofree char *path = fixture_path("postern/accounts/nowhere-invalid.conf"), *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_non_null(strstr(text, "secret = file"));
    g_autofree char *sealed_path = fixture_path("postern/secrets/encrypted"), *sealed = NULL;
    gsize size = 0;
    assert_true(g_file_get_contents(sealed_path, &sealed, &size, NULL));
    assert_null(memmem(sealed, size, "right", 5));
    assert_int_equal(fixture_mode(sealed_path), 0600);
    terminal_free(screen);
    mail_server_stop(&reading);
    mail_server_stop(&sending);
}

/* --- the check in the program --- */
static void the_check_is_shown_as_it_goes_with_what_to_do(void **state)
{
    (void)state;
    struct mail_server reading = { .password = "right" };
    mail_server_start(&reading);
    g_autofree char *text =
        g_strdup_printf("[account]\nfrom = a@example.test\n[incoming]\nhost = localhost\nport = %u\nsecurity = plain\nuser = a\n"
                        "password = right\n[outgoing]\nprotocol = sendmail\ncommand = /no/such/program\n",
                        (unsigned)reading.port);
    g_autofree char *path = fixture_write("postern/accounts/work.conf", text, 0600);
    const char *const argv[] = { POSTERN_PROGRAM, NULL };
    terminal *screen = start(30, 100, argv);
    expect(screen, "online");
    type(screen, ":check\r", "Every connection was tried; no mail was sent.");
    expect(screen, "IMAP localhost:");
    expect(screen, "PLAIN, the strongest of what is offered");
    expect(screen, "there is no such program");
    expect(screen, "Check command");
    terminal_keys(screen, "q");
    assert_true(terminal_wait_gone(screen, "Every connection", WAIT_MS));
    leave(screen, "\003");
    mail_server_stop(&reading);
}

/* --- questions of the engine --- */
static void a_changed_certificate_is_an_alarm_with_both_fingerprints(void **state)
{
    (void)state;
    static const char pinned[] = "sha256:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA";
    const struct peer_wish wish = { .common_name = "localhost", .names = "DNS:localhost" };
    peer_certificate *certificate = peer_certificate_new(&wish);
    g_autofree char *shown = peer_certificate_fingerprint(certificate);
    struct mail_server reading = { .password = "right", .security = SERVER_TLS, .certificate = certificate };
    mail_server_start(&reading);
    g_autofree char *text =
        g_strdup_printf("[account]\nfrom = a@example.test\n[incoming]\nhost = localhost\nport = %u\nuser = a\npassword = right\n"
                        "tls-fingerprint = %s\n[outgoing]\nprotocol = sendmail\ncommand = /bin/true\n",
                        (unsigned)reading.port, pinned);
    g_autofree char *path = fixture_write("postern/accounts/work.conf", text, 0600);
    const char *const argv[] = { POSTERN_PROGRAM, NULL };
    terminal *screen = start(15, 60, argv);
    expect(screen, "Alarm");
    expect(screen, "PgDn more");
    expect(screen, "always accept this one too"); /* the answers are seen before the text is read to its end */
    type(screen, "\033[6~\033[6~", "Pinned until now:");
    terminal_wait_idle(screen, 900, 3000); /* keys count after a calm moment only */
    terminal_keys(screen, "p");
    assert_true(terminal_wait_gone(screen, "Alarm", WAIT_MS));
    g_autoptr(GString) wanted = g_string_new("tls-fingerprint = ");
    g_string_append_printf(wanted, "%s; %s\n", pinned, shown);
    g_autofree char *saved = NULL;
    assert_true(g_file_get_contents(path, &saved, NULL, NULL));
    assert_non_null(strstr(saved, wanted->str));
    terminal_free(screen);
    mail_server_stop(&reading);
    peer_certificate_free(certificate);
}

static void a_password_is_asked_for_hidden_and_again_when_refused(void **state)
{
    (void)state;
    struct mail_server reading = { .password = "pa ss\"w\\ord%ü" };
    mail_server_start(&reading);
    g_autofree char *text =
        g_strdup_printf("[account]\nfrom = a@example.test\n[incoming]\nhost = localhost\nport = %u\nsecurity = plain\nuser = a\n"
                        "secret = prompt\n[outgoing]\nprotocol = sendmail\ncommand = /bin/true\n",
                        (unsigned)reading.port);
    g_autofree char *path = fixture_write("postern/accounts/work.conf", text, 0600);
    const char *const argv[] = { POSTERN_PROGRAM, NULL };
    terminal *screen = start(24, 80, argv);
    expect(screen, "Password of a at localhost:");
    type(screen, "wrong", "*****");
    assert_false(terminal_contains(screen, "wrong"));
    type(screen, "\r", "no such user or password"); /* the server's words */
    expect(screen, "Password of a at localhost:");
    terminal_keys(screen, "x\025\033[200~pa ss\"w\\ord%ü\033[201~");
    expect(screen, "*************");
    type(screen, "\r", "online");
    leave(screen, "\003");
    mail_server_stop(&reading);
}

/* Two questions at once would take each other's keys. */
static void a_second_question_waits_for_the_first_answer(void **state)
{
    (void)state;
    const struct peer_wish wish = { .common_name = "localhost", .names = "DNS:localhost" };
    peer_certificate *certificate = peer_certificate_new(&wish);
    struct mail_server reading = { .password = "right", .security = SERVER_TLS, .certificate = certificate };
    mail_server_start(&reading);
    for (int i = 0; i < 2; i++) {
        g_autofree char *text = g_strdup_printf("[account]\nfrom = a@example.test\n[incoming]\nhost = localhost\nport = %u\nuser = ann\n%s"
                                                "[outgoing]\nprotocol = sendmail\ncommand = /bin/true\n",
                                                (unsigned)reading.port, i == 0 ? "secret = prompt\n" : "password = right\n");
        g_autofree char *path = fixture_write(i == 0 ? "postern/accounts/one.conf" : "postern/accounts/two.conf", text, 0600);
    }
    const char *const argv[] = { POSTERN_PROGRAM, NULL };
    terminal *screen = start(24, 80, argv);
    expect(screen, "Can this server be trusted?"); /* at both */
    for (int i = 0; i < 2; i++) {
        assert_false(terminal_contains(screen, "Password of ann"));
        terminal_wait_idle(screen, 900, 3000);
        terminal_keys(screen, "o");
    }
    expect(screen, "Password of ann");
    assert_false(terminal_contains(screen, "Can this server be trusted?"));
    terminal_keys(screen, "\033");
    assert_true(terminal_wait_gone(screen, "Password of ann", WAIT_MS));
    leave(screen, "\003");
    mail_server_stop(&reading);
    peer_certificate_free(certificate);
}

static void a_password_that_is_not_given_leaves_the_mail_to_be_read(void **state)
{
    (void)state;
    struct mail_server reading = { .password = "right" };
    mail_server_start(&reading);
    g_autofree char *text =
        g_strdup_printf("[account]\nfrom = a@example.test\n[incoming]\nhost = localhost\nport = %u\nsecurity = plain\nuser = a\n"
                        "secret = prompt\n[outgoing]\nprotocol = sendmail\ncommand = /bin/true\n",
                        (unsigned)reading.port);
    g_autofree char *path = fixture_write("postern/accounts/work.conf", text, 0600);
    const char *const argv[] = { POSTERN_PROGRAM, NULL };
    terminal *screen = start(15, 60, argv);
    expect(screen, "Password of a at localhost:");
    terminal_keys(screen, "\033");
    assert_true(terminal_wait_gone(screen, "Password of a", WAIT_MS));
    type(screen, "?", "Keys in"); /* everything else goes on */
    assert_false(terminal_contains(screen, "Password of a"));
    terminal_keys(screen, "q");
    assert_true(terminal_wait_gone(screen, "Keys in", WAIT_MS));
    leave(screen, "\003");
    assert_string_equal(reading.users_seen->str, "");
    mail_server_stop(&reading);
}

int main(void)
{
    g_unsetenv("DBUS_SESSION_BUS_ADDRESS");
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_wrong_address_is_said_where_it_can_be_read),
        FIXTURE_TEST(a_pasted_address_brings_its_name),
        FIXTURE_TEST(an_international_domain_is_looked_for),
        FIXTURE_TEST(ctrl_c_leaves_from_any_step),
        FIXTURE_TEST(what_was_typed_stays_when_going_back_and_forth),
        FIXTURE_TEST(what_is_pasted_and_is_too_long_is_told),
        FIXTURE_TEST(what_was_wrong_is_not_said_of_another_choice),
        FIXTURE_TEST(the_search_can_be_left_at_once_for_servers_by_hand),
        FIXTURE_TEST(at_60x15_the_complaint_and_the_focused_line_are_both_seen),
        FIXTURE_TEST(resizing_keeps_what_was_typed),
        FIXTURE_TEST(a_password_is_kept_when_going_back_and_wiped_when_refused),
        FIXTURE_TEST(sending_that_wants_another_name_is_asked_for_it),
        FIXTURE_TEST(pop3_by_hand_asks_how_long_mail_stays_on_the_server),
        FIXTURE_TEST(the_password_may_be_kept_in_an_encrypted_file),
        FIXTURE_TEST(the_check_is_shown_as_it_goes_with_what_to_do),
        FIXTURE_TEST(a_password_is_asked_for_hidden_and_again_when_refused),
        FIXTURE_TEST(a_second_question_waits_for_the_first_answer),
        FIXTURE_TEST(a_password_that_is_not_given_leaves_the_mail_to_be_read),
        FIXTURE_TEST(a_changed_certificate_is_an_alarm_with_both_fingerprints),
    };
    return cmocka_run_group_tests_name("wizard", tests, NULL, NULL);
}
