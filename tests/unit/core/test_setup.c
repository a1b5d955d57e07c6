/* SPDX-License-Identifier: MIT */
/* What the wizard finds out, tries and saves, and what it says when that does not work. LABEL: threads */
#include "config/secret.h"
#include "core/setup_private.h"
#include "core/store_folder.h"
#include "net/imap_response.h"
#include "tests/unit/config/fixture.h"
#include "tests/unit/core/mail_server_fixture.h"
#include <poll.h>

enum { WAIT_MS = 30000 };

static peer_certificate *first_certificate, *second_certificate;

/* --- a wizard with nobody before it --- */
struct wizard {
    event_queue *events;
    setup *setup;
    struct mail_server reading, sending;
    char *words; /* of the last end of a phase; NULL: it worked */
};

static void wizard_open(struct wizard *self)
{
    self->events = event_queue_new();
    self->setup = setup_new(self->events);
    self->reading.password = self->reading.password != NULL ? self->reading.password : "pa ss\"w\\ord%ü";
    self->sending.password = self->sending.password != NULL ? self->sending.password : self->reading.password;
    self->sending.is_smtp = true;
    mail_server_start(&self->reading);
    mail_server_start(&self->sending);
}

static void wizard_close(struct wizard *self)
{
    setup_free(self->setup);
    event_queue_free(self->events);
    mail_server_stop(&self->reading);
    mail_server_stop(&self->sending);
    g_free(self->words);
}

/* Waits for the end of a phase: true when it worked. */
static bool wizard_wait(struct wizard *self, enum setup_phase phase)
{
    struct pollfd fd = { .fd = event_queue_fd(self->events), .events = POLLIN };
    g_clear_pointer(&self->words, g_free);
    for (;;) {
        struct event *event = event_take(self->events);
        if (event == NULL) {
            assert_int_equal(poll(&fd, 1, WAIT_MS), 1);
            continue;
        }
        bool is_end = event->type == EVENT_SETUP_DONE && event->item == (int64_t)phase, is_good = event->state != 0;
        if (is_end)
            self->words = g_strdup(event->text);
        event_free(event);
        if (is_end)
            return is_good;
    }
}

static enum account_security security_of(const struct mail_server *server)
{
    static const enum account_security securities[] = { ACCOUNT_SECURITY_PLAIN, ACCOUNT_SECURITY_STARTTLS, ACCOUNT_SECURITY_TLS };
    return securities[server->security];
}

static void write_server(struct account_server *to, const struct mail_server *from)
{
    to->host = g_strdup("localhost");
    to->port = from->port;
    to->security = security_of(from);
}

static bool wizard_find(struct wizard *self)
{
    g_autoptr(account) given = account_new("test");
    given->name = g_strdup("Test");
    given->from_name = g_strdup("Ada");
    given->from_address = g_strdup("ada@example.test");
    given->incoming.protocol = self->reading.is_pop3 ? ACCOUNT_PROTOCOL_POP3 : ACCOUNT_PROTOCOL_IMAP;
    write_server(&given->incoming, &self->reading);
    write_server(&given->outgoing, &self->sending);
    setup_use(self->setup, given);
    return wizard_wait(self, SETUP_PHASE_FIND);
}

static bool wizard_sign_in(struct wizard *self, const char *password)
{
    setup_sign_in(self->setup, password);
    return wizard_wait(self, SETUP_PHASE_SIGN_IN);
}

static bool wizard_save(struct wizard *self, enum account_secret secret)
{
    setup_account(self->setup)->incoming.secret = secret;
    setup_save(self->setup);
    return wizard_wait(self, SETUP_PHASE_SAVE);
}

static void assert_says(const struct wizard *self, const char *words)
{
    if (self->words == NULL || strstr(self->words, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", self->words != NULL ? self->words : "(nothing)", words);
}

static void assert_fault(const struct wizard *self, enum setup_fault wanted, bool is_outgoing)
{
    bool is_fault_outgoing = false;
    enum setup_fault fault = setup_fault(self->setup, &is_fault_outgoing);
    if (fault != wanted)
        fail_msg("fault %d instead of %d: %s", (int)fault, (int)wanted, self->words != NULL ? self->words : "(no words)");
    assert_int_equal(is_fault_outgoing, is_outgoing);
}

static struct account *saved_account(const struct wizard *self)
{
    GError *error = NULL;
    struct account *saved = account_file_load(setup_account(self->setup)->path, &error);
    if (saved == NULL)
        fail_msg("%s", error->message);
    return saved;
}

/* --- finding --- */
static void servers_by_hand_are_tried_and_kept(void **state)
{
    (void)state;
    struct wizard self = { 0 };
    wizard_open(&self);
    assert_true(wizard_find(&self));
    g_autoptr(GPtrArray) rows = setup_rows(self.setup);
    assert_int_equal(rows->len, 2);
    for (guint i = 0; i < rows->len; i++)
        assert_true(((struct setup_row *)rows->pdata[i])->is_chosen);
    assert_int_equal(setup_account(self.setup)->incoming.port, self.reading.port);
    wizard_close(&self);
}

static void a_server_that_is_down_is_named_before_any_certificate_is_asked_about(void **state)
{
    (void)state;
    struct wizard self = { .sending = { .security = SERVER_TLS, .certificate = first_certificate } };
    wizard_open(&self);
    uint16_t real = self.reading.port;
    self.reading.port = mail_server_closed_port();
    assert_false(wizard_find(&self));
    assert_says(&self, "Reading: localhost cannot be reached");
    assert_fault(&self, SETUP_FAULT_SERVER, false);
    struct question *asked = setup_certificate(self.setup);
    assert_null(asked);
    self.reading.port = real;
    wizard_close(&self);
}

static void both_servers_down_are_told_of_both(void **state)
{
    (void)state;
    struct wizard self = { 0 };
    wizard_open(&self);
    uint16_t real[] = { self.reading.port, self.sending.port };
    self.reading.port = mail_server_closed_port();
    self.sending.port = mail_server_closed_port();
    assert_false(wizard_find(&self));
    assert_says(&self, "Reading: ");
    assert_says(&self, "\nSending: ");
    self.reading.port = real[0];
    self.sending.port = real[1];
    wizard_close(&self);
}

static void a_wrong_name_of_a_server_is_said_once_and_kept_for_mending(void **state)
{
    (void)state;
    struct wizard self = { 0 };
    wizard_open(&self);
    g_autoptr(account) given = account_new("test");
    given->from_address = g_strdup("ada@example.test");
    given->incoming.host = g_strdup("no-such-server.invalid");
    given->outgoing.host = g_strdup("no-such-server.invalid");
    setup_use(self.setup, given);
    assert_false(wizard_wait(&self, SETUP_PHASE_FIND));
    assert_says(&self, "no-such-server.invalid");
    assert_null(strchr(self.words, '\n'));
    assert_string_equal(setup_account(self.setup)->incoming.host, "no-such-server.invalid");
    wizard_close(&self);
}

/* --- certificates --- */
static void accept_next(struct wizard *self, bool is_outgoing, bool is_pinned)
{
    struct question *asked = setup_certificate(self->setup);
    assert_non_null(asked);
    assert_int_equal(asked->is_outgoing, is_outgoing);
    assert_string_equal(asked->host, "localhost");
    question_free(asked);
    setup_accept_certificate(self->setup, is_pinned);
    setup_use(self->setup, setup_account(self->setup));
}

static void once_is_for_this_run_and_always_is_in_the_file(void **state)
{
    (void)state;
    struct wizard self = { .reading = { .security = SERVER_TLS, .certificate = first_certificate },
                           .sending = { .security = SERVER_STARTTLS, .certificate = second_certificate } };
    g_autofree char *first = peer_certificate_fingerprint(first_certificate), *second = peer_certificate_fingerprint(second_certificate);
    wizard_open(&self);
    assert_false(wizard_find(&self));
    assert_fault(&self, SETUP_FAULT_CERTIFICATE, false);
    accept_next(&self, false, true);
    assert_false(wizard_wait(&self, SETUP_PHASE_FIND));
    accept_next(&self, true, false);
    assert_true(wizard_wait(&self, SETUP_PHASE_FIND));
    assert_true(wizard_sign_in(&self, self.reading.password));
    assert_true(wizard_save(&self, ACCOUNT_SECRET_PROMPT));
    const struct account *owner = setup_account(self.setup);
    assert_string_equal(owner->incoming.tls_fingerprint, first);
    assert_null(owner->incoming.tls_accepted);
    assert_null(owner->outgoing.tls_fingerprint);
    assert_string_equal(owner->outgoing.tls_accepted, second);
    g_autoptr(account) saved = saved_account(&self);
    assert_string_equal(saved->incoming.tls_fingerprint, first);
    assert_null(saved->outgoing.tls_fingerprint);
    assert_null(saved->outgoing.tls_accepted);
    wizard_close(&self);
}

/* --- signing in --- */
static void a_refused_password_names_the_server_and_its_words(void **state)
{
    (void)state;
    struct wizard self = { 0 };
    wizard_open(&self);
    assert_true(wizard_find(&self));
    assert_false(wizard_sign_in(&self, "wrong"));
    assert_fault(&self, SETUP_FAULT_PASSWORD, false);
    assert_says(&self, "localhost");
    assert_says(&self, "no such user or password");
    assert_string_equal(self.reading.users_seen->str, "ada@example.test\nada\n");
    assert_true(wizard_sign_in(&self, self.reading.password));
    wizard_close(&self);
}

static void the_name_before_the_at_sign_is_tried_too(void **state)
{
    (void)state;
    struct wizard self = { .reading = { .user = "ada" }, .sending = { .user = "ada" } };
    wizard_open(&self);
    assert_true(wizard_find(&self));
    assert_true(wizard_sign_in(&self, self.reading.password));
    assert_string_equal(setup_account(self.setup)->incoming.user, "ada");
    assert_string_equal(setup_account(self.setup)->outgoing.user, "ada");
    assert_string_equal(self.sending.users_seen->str, "ada\n"); /* what worked for reading comes first */
    wizard_close(&self);
}

static void sending_may_have_a_name_and_password_of_its_own(void **state)
{
    (void)state;
    struct wizard self = { .sending = { .user = "relay", .password = "other secret" } };
    wizard_open(&self);
    assert_true(wizard_find(&self));
    assert_false(wizard_sign_in(&self, self.reading.password));
    assert_fault(&self, SETUP_FAULT_PASSWORD, true);
    assert_says(&self, "Reading works. Sending does not: ");
    assert_says(&self, "sending is not for you");
    setup_set_outgoing(self.setup, "relay", "other secret");
    assert_true(wizard_sign_in(&self, NULL));
    assert_true(wizard_save(&self, ACCOUNT_SECRET_CLEAR_FILE));
    g_autoptr(account) saved = saved_account(&self);
    assert_string_equal(saved->outgoing.user, "relay");
    char *in = secret_get(saved, &saved->incoming, -1, 1000, NULL), *out = secret_get(saved, &saved->outgoing, -1, 1000, NULL);
    assert_string_equal(in, self.reading.password);
    assert_string_equal(out, "other secret");
    secret_free(in);
    secret_free(out);
    wizard_close(&self);
}

static void a_server_for_sending_without_sign_in_is_used_without(void **state)
{
    (void)state;
    struct wizard self = { .sending = { .has_no_sign_in = true } };
    wizard_open(&self);
    assert_true(wizard_find(&self));
    assert_true(wizard_sign_in(&self, self.reading.password));
    assert_true(wizard_save(&self, ACCOUNT_SECRET_PROMPT));
    g_autoptr(account) saved = saved_account(&self);
    assert_string_equal(saved->outgoing.user, "");
    wizard_close(&self);
}

static void mail_may_be_fetched_by_pop3(void **state)
{
    (void)state;
    struct wizard self = { .reading = { .is_pop3 = true, .security = SERVER_STARTTLS, .certificate = first_certificate } };
    wizard_open(&self);
    assert_false(wizard_find(&self));
    accept_next(&self, false, true);
    assert_true(wizard_wait(&self, SETUP_PHASE_FIND));
    assert_false(wizard_sign_in(&self, "wrong"));
    assert_fault(&self, SETUP_FAULT_PASSWORD, false);
    if (!wizard_sign_in(&self, self.reading.password))
        fail_msg("%s", self.words);
    setup_account(self.setup)->pop3_delete = ACCOUNT_DELETE_NEVER;
    assert_true(wizard_save(&self, ACCOUNT_SECRET_PROMPT));
    g_autoptr(account) saved = saved_account(&self);
    assert_int_equal(saved->incoming.protocol, ACCOUNT_PROTOCOL_POP3);
    assert_int_equal(saved->incoming.security, ACCOUNT_SECURITY_STARTTLS);
    assert_int_equal(saved->pop3_delete, ACCOUNT_DELETE_NEVER);
    wizard_close(&self);
}

static void no_sign_in_for_sending_can_be_chosen(void **state)
{
    (void)state;
    struct wizard self = { .sending = { .password = "nobody knows" } };
    wizard_open(&self);
    assert_true(wizard_find(&self));
    setup_set_outgoing(self.setup, "", NULL);
    assert_true(wizard_sign_in(&self, self.reading.password));
    assert_string_equal(self.sending.users_seen->str, "");
    assert_string_equal(setup_account(self.setup)->outgoing.user, "");
    wizard_close(&self);
}

static void a_command_is_tried_and_its_complaint_is_told(void **state)
{
    (void)state;
    struct wizard self = { .reading = { .password = "from a command" } };
    wizard_open(&self);
    assert_true(wizard_find(&self));
    struct account_server *in = &setup_account(self.setup)->incoming;
    in->secret = ACCOUNT_SECRET_COMMAND;
    in->password_command = g_strdup("echo 'the store is locked' >&2; exit 3");
    assert_false(wizard_sign_in(&self, ""));
    assert_fault(&self, SETUP_FAULT_PASSWORD, false);
    assert_says(&self, "status 3");
    assert_says(&self, "the store is locked");
    g_free(in->password_command);
    in->password_command = g_strdup("echo 'from a command'; echo more");
    assert_true(wizard_sign_in(&self, ""));
    assert_true(wizard_save(&self, ACCOUNT_SECRET_COMMAND));
    g_autoptr(account) saved = saved_account(&self);
    assert_string_equal(saved->incoming.password_command, in->password_command);
    assert_string_equal(saved->outgoing.password_command, in->password_command);
    wizard_close(&self);
}

static void the_end_of_a_phase_that_was_left_is_not_the_end_of_the_next(void **state)
{
    (void)state;
    struct wizard self = { 0 };
    struct pollfd fd = { .events = POLLIN };
    wizard_open(&self);
    assert_true(wizard_find(&self));
    setup_sign_in(self.setup, "wrong");
    struct event *old = NULL;
    fd.fd = event_queue_fd(self.events);
    while (old == NULL || old->type != EVENT_SETUP_DONE) {
        event_free(old);
        assert_int_equal(poll(&fd, 1, WAIT_MS), 1);
        old = event_take(self.events);
    }
    assert_true(setup_is_current(self.setup, old));
    setup_sign_in(self.setup, self.reading.password); /* the person was quicker than the screen */
    assert_false(setup_is_current(self.setup, old));
    assert_true(wizard_wait(&self, SETUP_PHASE_SIGN_IN));
    event_free(old);
    wizard_close(&self);
}

static void leaving_a_phase_is_quick_and_says_nothing_more(void **state)
{
    (void)state;
    struct wizard self = { 0 };
    wizard_open(&self);
    assert_true(wizard_find(&self));
    struct account_server *in = &setup_account(self.setup)->incoming;
    in->secret = ACCOUNT_SECRET_COMMAND;
    in->password_command = g_strdup("sleep 60");
    int64_t began = g_get_monotonic_time();
    setup_sign_in(self.setup, "");
    setup_cancel(self.setup);
    assert_true(g_get_monotonic_time() - began < 20 * G_USEC_PER_SEC);
    struct event *event;
    while ((event = event_take(self.events)) != NULL) {
        assert_int_not_equal(event->type, EVENT_SETUP_DONE);
        event_free(event);
    }
    wizard_close(&self);
}

/* --- saving --- */
static bool has_text(const char *path, const char *words)
{
    g_autofree char *text = NULL;
    gsize size = 0;
    assert_true(g_file_get_contents(path, &text, &size, NULL));
    return memmem(text, size, words, strlen(words)) != NULL;
}

static void a_password_to_be_asked_for_is_nowhere_on_the_disk_but_known_in_this_run(void **state)
{
    (void)state;
    struct wizard self = { 0 };
    wizard_open(&self);
    assert_true(wizard_find(&self));
    assert_true(wizard_sign_in(&self, self.reading.password));
    g_autofree char *accounts = fixture_path("postern/accounts");
    assert_false(g_file_test(accounts, G_FILE_TEST_EXISTS)); /* nothing before the last Enter */
    assert_true(wizard_save(&self, ACCOUNT_SECRET_PROMPT));
    const struct account *owner = setup_account(self.setup);
    assert_false(has_text(owner->path, "ord%"));
    assert_int_equal(fixture_mode(owner->path), 0600);
    char *known = secret_get(owner, &owner->incoming, -1, 1000, NULL);
    assert_string_equal(known, self.reading.password);
    secret_free(known);
    g_autoptr(account) saved = saved_account(&self);
    assert_int_equal(saved->incoming.secret, ACCOUNT_SECRET_PROMPT);
    assert_null(secret_get(saved, &saved->incoming, -1, 1000, NULL));
    wizard_close(&self);
}

static void a_disk_that_cannot_be_written_leaves_no_secret_behind(void **state)
{
    (void)state;
    struct wizard self = { 0 };
    wizard_open(&self);
    assert_true(wizard_find(&self));
    assert_true(wizard_sign_in(&self, self.reading.password));
    g_autofree char *in_the_way = fixture_write("postern/accounts", "a file where the directory should be\n", 0600);
    assert_false(wizard_save(&self, ACCOUNT_SECRET_CLEAR_FILE));
    assert_says(&self, "accounts");
    g_autofree char *secret = fixture_path("postern/secrets/test-incoming");
    assert_false(g_file_test(secret, G_FILE_TEST_EXISTS));
    wizard_close(&self);
}

/* --- candidates and names --- */
static void guesses_begin_with_tls_and_never_go_without_encryption(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) rows = setup_rows_guessed("ada@example.test");
    enum account_security last = ACCOUNT_SECURITY_TLS;
    const char *protocol = "IMAP";
    assert_true(rows->len >= 4);
    for (guint i = 0; i < rows->len; i++) {
        const struct setup_row *row = rows->pdata[i];
        if (strcmp(row->protocol, protocol) != 0) {
            assert_true(strcmp(row->protocol, strcmp(protocol, "IMAP") == 0 ? "POP3" : "SMTP") == 0); /* in this order */
            last = ACCOUNT_SECURITY_TLS;
        }
        protocol = row->protocol;
        assert_int_not_equal(row->security, ACCOUNT_SECURITY_PLAIN);
        assert_true(row->security >= last);
        last = row->security;
        assert_true(g_str_has_suffix(row->host, "example.test"));
    }
}

static void a_known_provider_needs_no_guess_and_says_what_it_wants(void **state)
{
    (void)state;
    const struct provider *provider = provider_for_address("Ada@GMail.com");
    g_autoptr(GPtrArray) rows = setup_rows_of_provider(provider);
    assert_int_equal(rows->len, 3);
    assert_string_equal(((struct setup_row *)rows->pdata[0])->host, "imap.gmail.com");
    assert_non_null(provider->hint);
}

static void assert_names(const char *address, const char *written, const char *wanted)
{
    g_auto(GStrv) names = setup_user_names(address, written);
    g_autofree char *joined = g_strjoinv(" ", names);
    assert_string_equal(joined, wanted);
}

static void user_names_follow_the_address_and_what_the_person_wrote(void **state)
{
    (void)state;
    assert_names("ada@example.test", NULL, "ada@example.test ada");
    assert_names("ada@example.test", "ada", "ada ada@example.test");
    assert_names("ada@example.test", "lovelace", "lovelace");
    assert_names("ada+news@example.test", "ada+news@example.test", "ada+news@example.test ada+news");
    assert_names("ada@gmail.com", NULL, "ada@gmail.com");
    assert_names("ada@icloud.com", NULL, "ada@icloud.com ada");
    assert_names("kontakt@müller.example", NULL, "kontakt@müller.example kontakt@xn--mller-kva.example kontakt");
}

/* --- folders --- */
static GPtrArray *folders_of(const struct net_probe_folder *folders, size_t count)
{
    GPtrArray *found = g_ptr_array_new();
    for (size_t i = 0; i < count; i++)
        g_ptr_array_add(found, (void *)&folders[i]);
    return found;
}

static const char *name_with(const GPtrArray *folders, enum folder_role role)
{
    for (guint i = 0; i < folders->len; i++) {
        const struct setup_folder *each = folders->pdata[i];
        if (each->role == (int)role)
            return each->name;
    }
    return NULL;
}

static void marked_folders_win_and_need_no_line_in_the_file(void **state)
{
    (void)state;
    static const struct net_probe_folder folders[] = { { (char *)"INBOX", 0, '/' },
                                                       { (char *)"Sent", 0, '/' },
                                                       { (char *)"Gesendet", IMAP_LIST_SENT, '/' },
                                                       { (char *)"Papierkorb", 0, '/' },
                                                       { (char *)"Archive", IMAP_LIST_NOSELECT, '/' } };
    g_autoptr(GPtrArray) found = folders_of(folders, G_N_ELEMENTS(folders)), mapped = setup_folders_map(found);
    g_autoptr(account) owner = account_new("test");
    setup_folders_apply(found, owner);
    assert_string_equal(name_with(mapped, FOLDER_INBOX), "INBOX");
    assert_string_equal(name_with(mapped, FOLDER_SENT), "Gesendet");
    assert_string_equal(name_with(mapped, FOLDER_TRASH), "Papierkorb");
    assert_null(name_with(mapped, FOLDER_ARCHIVE)); /* it cannot hold mail */
    assert_null(owner->folders[ACCOUNT_FOLDER_SENT]);
    assert_string_equal(owner->folders[ACCOUNT_FOLDER_TRASH], "Papierkorb");
    assert_null(owner->folders[ACCOUNT_FOLDER_DRAFTS]);
}

static void names_below_a_namespace_are_known_too(void **state)
{
    (void)state;
    static const struct net_probe_folder folders[] = { { (char *)"INBOX", 0, '.' },
                                                       { (char *)"INBOX.sent items", 0, '.' },
                                                       { (char *)"INBOX.Entwürfe", 0, '.' } };
    g_autoptr(GPtrArray) found = folders_of(folders, G_N_ELEMENTS(folders)), mapped = setup_folders_map(found);
    assert_string_equal(name_with(mapped, FOLDER_SENT), "INBOX.sent items");
    assert_string_equal(name_with(mapped, FOLDER_DRAFTS), "INBOX.Entwürfe");
}

static int make_certificates(void **state)
{
    (void)state;
    const struct peer_wish wish = { .common_name = "localhost", .names = "DNS:localhost,IP:127.0.0.1" };
    first_certificate = peer_certificate_new(&wish);
    second_certificate = peer_certificate_new(&wish);
    return 0;
}

static int free_certificates(void **state)
{
    (void)state;
    peer_certificate_free(first_certificate);
    peer_certificate_free(second_certificate);
    return 0;
}

int main(void)
{
    g_unsetenv("DBUS_SESSION_BUS_ADDRESS"); /* no keyring of the person who runs the tests */
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(servers_by_hand_are_tried_and_kept),
        FIXTURE_TEST(a_server_that_is_down_is_named_before_any_certificate_is_asked_about),
        FIXTURE_TEST(both_servers_down_are_told_of_both),
        FIXTURE_TEST(a_wrong_name_of_a_server_is_said_once_and_kept_for_mending),
        FIXTURE_TEST(once_is_for_this_run_and_always_is_in_the_file),
        FIXTURE_TEST(a_refused_password_names_the_server_and_its_words),
        FIXTURE_TEST(the_name_before_the_at_sign_is_tried_too),
        FIXTURE_TEST(sending_may_have_a_name_and_password_of_its_own),
        FIXTURE_TEST(a_server_for_sending_without_sign_in_is_used_without),
        FIXTURE_TEST(no_sign_in_for_sending_can_be_chosen),
        FIXTURE_TEST(mail_may_be_fetched_by_pop3),
        FIXTURE_TEST(a_command_is_tried_and_its_complaint_is_told),
        FIXTURE_TEST(the_end_of_a_phase_that_was_left_is_not_the_end_of_the_next),
        FIXTURE_TEST(leaving_a_phase_is_quick_and_says_nothing_more),
        FIXTURE_TEST(a_password_to_be_asked_for_is_nowhere_on_the_disk_but_known_in_this_run),
        FIXTURE_TEST(a_disk_that_cannot_be_written_leaves_no_secret_behind),
        FIXTURE_TEST(guesses_begin_with_tls_and_never_go_without_encryption),
        FIXTURE_TEST(a_known_provider_needs_no_guess_and_says_what_it_wants),
        FIXTURE_TEST(user_names_follow_the_address_and_what_the_person_wrote),
        FIXTURE_TEST(marked_folders_win_and_need_no_line_in_the_file),
        FIXTURE_TEST(names_below_a_namespace_are_known_too),
    };
    return cmocka_run_group_tests(tests, make_certificates, free_certificates);
}
