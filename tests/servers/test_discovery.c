/* SPDX-License-Identifier: MIT */
/* From the address alone to the right servers: a name server, web servers and real mail servers in a network of the test's own. */
#include "core/setup.h"
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/servers/server_names.h"
#include "tests/servers/server_profile.h"
#include "tests/tui/terminal.h"
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

enum { WAIT_MS = 60000 };

static server *servers;
static names *dns;
static char *certificate, *key;

static profile_server *gmail;

#define HERE  "127.0.0.1"
#define GMAIL "127.0.0.3"
#define ADD_GMAIL()                                                                                                                        \
    do {                                                                                                                                   \
        names_add(dns, "imap.gmail.com", "A", GMAIL);                                                                                      \
        names_add(dns, "smtp.gmail.com", "A", GMAIL);                                                                                      \
        names_add(dns, "pop.gmail.com", "A", GMAIL);                                                                                       \
    } while (0)

/* --- a search --- */
struct search {
    event_queue *events;
    setup *setup;
    bool is_found;
    char *words;
    double seconds;
};

static void wait_for_end(struct search *self, enum setup_phase phase)
{
    struct pollfd fd = { .fd = event_queue_fd(self->events), .events = POLLIN };
    for (;;) {
        struct event *event = event_take(self->events);
        if (event == NULL) {
            if (poll(&fd, 1, WAIT_MS) != 1)
                fail_msg("the search does not end");
            continue;
        }
        bool is_end = event->type == EVENT_SETUP_DONE && event->item == (int64_t)phase;
        if (is_end) {
            g_free(self->words);
            self->words = g_strdup(event->text != NULL ? event->text : "");
            self->is_found = event->state != 0;
        }
        event_free(event);
        if (is_end)
            return;
    }
}

static void search_for(struct search *self, const char *address)
{
    self->events = event_queue_new();
    self->setup = setup_new(self->events);
    gint64 began = g_get_monotonic_time();
    setup_find(self->setup, "Ada", address);
    wait_for_end(self, SETUP_PHASE_FIND);
    self->seconds = (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC;
}

static void search_end(struct search *self)
{
    setup_free(self->setup);
    event_queue_free(self->events);
    g_free(self->words);
    names_clear(dns);
    names_answer_all(dns, NULL);
    names_set_silent(dns, false);
}

/* "imap imap.x.test:993 tls" */
static char *server_words(const struct account_server *server)
{
    static const char *const protocols[] = {
        [ACCOUNT_PROTOCOL_IMAP] = "imap", [ACCOUNT_PROTOCOL_POP3] = "pop3", [ACCOUNT_PROTOCOL_SMTP] = "smtp"
    };
    return g_strdup_printf("%s %s:%u %s", protocols[server->protocol], server->host, (unsigned)server->port,
                           account_security_word(server->security));
}

static char *table_words(struct search *self)
{
    g_autoptr(GPtrArray) rows = setup_rows(self->setup), sources = setup_sources(self->setup);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < sources->len; i++) {
        const struct setup_source *source = sources->pdata[i];
        g_string_append_printf(text, "  %s: %s (%d ms)\n", source->name, source->words, source->elapsed_ms);
    }
    for (guint i = 0; i < rows->len; i++) {
        const struct setup_row *row = rows->pdata[i];
        g_string_append_printf(text, "  %s%s %s:%u %s [%s] %s\n", row->is_chosen ? "*" : " ", row->protocol, row->host, (unsigned)row->port,
                               account_security_word(row->security), row->source, row->words);
    }
    return g_string_free(text, FALSE);
}

static void assert_found(struct search *self, const char *incoming, const char *outgoing)
{
    g_autofree char *table = table_words(self);
    if (!self->is_found)
        fail_msg("nothing was found: %s\n%s", self->words, table);
    g_autofree char *in = server_words(&setup_account(self->setup)->incoming), *out = server_words(&setup_account(self->setup)->outgoing);
    if (strcmp(in, incoming) != 0 || strcmp(out, outgoing) != 0)
        fail_msg("found %s and %s instead of %s and %s\n%s", in, out, incoming, outgoing, table);
}

static void assert_nothing(struct search *self, enum setup_fault fault, const char *words)
{
    g_autofree char *table = table_words(self);
    if (self->is_found || setup_fault(self->setup, NULL) != fault || strstr(self->words, words) == NULL)
        fail_msg("found: %d, fault %d, \"%s\" instead of \"%s\"\n%s", self->is_found, (int)setup_fault(self->setup, NULL), self->words,
                 words, table);
    struct question *asked = setup_certificate(self->setup);
    assert_null(asked); /* and nobody is asked to trust something strange */
}

static void assert_quick(const struct search *self, double most)
{
    if (self->seconds > most)
        fail_msg("it took %.1f s instead of %.1f s at most", self->seconds, most);
}

static const char *with_port(const char *format, int port)
{
    static char texts[8][100];
    static unsigned next;
    char *text = texts[next++ % G_N_ELEMENTS(texts)];
    g_autofree char *digits = g_strdup_printf("%d", port);
    g_auto(GStrv) parts = g_strsplit(format, "@", 2);
    g_snprintf(text, sizeof texts[0], "%s%s%s", parts[0], digits, parts[1]);
    return text;
}

/* --- autoconfig --- */
static char *settings_file(const char *domain)
{
    const struct server_ports *ports = server_ports(servers);
    return g_strdup_printf("<?xml version=\"1.0\"?><clientConfig version=\"1.1\"><emailProvider id=\"%s\">"
                           "<incomingServer type=\"imap\"><hostname>imap.%s</hostname><port>%d</port><socketType>STARTTLS</socketType>"
                           "<username>%%EMAILLOCALPART%%</username></incomingServer>"
                           "<incomingServer type=\"imap\"><hostname>imap.%s</hostname><port>%d</port><socketType>SSL</socketType>"
                           "<username>%%EMAILLOCALPART%%</username></incomingServer>"
                           "<outgoingServer type=\"smtp\"><hostname>smtp.%s</hostname><port>%d</port><socketType>SSL</socketType>"
                           "<username>%%EMAILLOCALPART%%</username></outgoingServer></emailProvider></clientConfig>",
                           domain, domain, ports->imap, domain, ports->imaps, domain, ports->submissions);
}

static void add_hosts(const char *domain, const char *const *prefixes)
{
    for (; *prefixes != NULL; prefixes++) {
        g_autofree char *host = g_strconcat(*prefixes, domain, NULL);
        names_add(dns, host, "A", HERE);
    }
}
#define ADD_HOSTS(domain, ...) add_hosts(domain, (const char *const[]){ __VA_ARGS__, NULL })

static void a_file_at_autoconfig_is_found_and_its_name_signs_in(void **state)
{
    (void)state;
    struct search self = { 0 };
    g_autofree char *file = settings_file("auto.test");
    web *site = web_start_at(HERE, 443, WEB_HTTPS, certificate, key);
    web_answer(site, "autoconfig.auto.test /mail/config-v1.1.xml?emailaddress=alice%40auto.test", file);
    ADD_HOSTS("auto.test", "autoconfig.", "imap.", "smtp.");
    search_for(&self, "alice@auto.test");
    assert_found(&self, with_port("imap imap.auto.test:@ tls", server_ports(servers)->imaps),
                 with_port("smtp smtp.auto.test:@ tls", server_ports(servers)->submissions));
    assert_string_equal(setup_account(self.setup)->incoming.user, "alice");
    setup_sign_in(self.setup, SERVER_PASSWORD);
    wait_for_end(&self, SETUP_PHASE_SIGN_IN);
    if (!self.is_found)
        fail_msg("%s", self.words);
    web_free(site);
    search_end(&self);
}

static void a_file_at_the_well_known_place_is_found(void **state)
{
    (void)state;
    struct search self = { 0 };
    g_autofree char *file = settings_file("auto.test");
    web *site = web_start_at(HERE, 443, WEB_HTTPS, certificate, key);
    web_answer(site, "auto.test /.well-known/autoconfig/mail/config-v1.1.xml", file);
    ADD_HOSTS("auto.test", "", "imap.", "smtp.");
    search_for(&self, "alice@auto.test");
    assert_found(&self, with_port("imap imap.auto.test:@ tls", server_ports(servers)->imaps),
                 with_port("smtp smtp.auto.test:@ tls", server_ports(servers)->submissions));
    web_free(site);
    search_end(&self);
}

static void a_redirect_to_another_encrypted_place_is_followed(void **state)
{
    (void)state;
    struct search self = { 0 };
    g_autofree char *file = settings_file("auto.test");
    web *site = web_start_at(HERE, 443, WEB_HTTPS, certificate, key);
    web_answer(site, "autoconfig.auto.test /mail", "https://settings.else.test/file.xml");
    web_answer(site, "settings.else.test /file.xml", file);
    ADD_HOSTS("auto.test", "autoconfig.", "imap.", "smtp.");
    names_add(dns, "settings.else.test", "A", HERE);
    search_for(&self, "alice@auto.test");
    assert_found(&self, with_port("imap imap.auto.test:@ tls", server_ports(servers)->imaps),
                 with_port("smtp smtp.auto.test:@ tls", server_ports(servers)->submissions));
    web_free(site);
    search_end(&self);
}

static void a_file_without_encryption_is_not_even_asked_for(void **state)
{
    (void)state;
    struct search self = { 0 };
    g_autofree char *file = settings_file("auto.test");
    web *clear = web_start_at(HERE, 80, WEB_HTTP, NULL, NULL), *site = web_start_at(HERE, 443, WEB_HTTPS, certificate, key);
    web_answer(clear, "auto.test", file);
    web_answer(site, "autoconfig.auto.test /mail", "http://autoconfig.auto.test/mail/config-v1.1.xml");
    ADD_HOSTS("auto.test", "", "autoconfig.");
    search_for(&self, "alice@auto.test");
    assert_nothing(&self, SETUP_FAULT_SERVER, "auto.test");
    g_autofree char *asked = web_asked(clear);
    assert_string_equal(asked, "");
    web_free(clear);
    web_free(site);
    search_end(&self);
}

/* --- hostile files --- */
static char *laughs(void)
{
    GString *text = g_string_new("<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY l0 \"ha\">");
    for (int i = 1; i < 30; i++)
        g_string_append_printf(text, "<!ENTITY l%d \"&l%d;&l%d;&l%d;&l%d;&l%d;&l%d;\">", i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    g_string_append(text,
                    "]><clientConfig><incomingServer type=\"imap\"><hostname>&l29;</hostname><port>993</port><socketType>SSL</socketType>"
                    "</incomingServer></clientConfig>");
    return g_string_free(text, FALSE);
}

static void a_hostile_file_costs_nothing_and_the_usual_names_are_found(void **state)
{
    (void)state;
    g_autofree char *bomb = laughs(), *huge = g_strnfill(4 * 1024 * 1024, 'x');
    const char *const bodies[] = { bomb, huge, "<html><body>Sign in to the hotel network</body></html>", "\xff\xfe\x00", "" };
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        struct search self = { 0 };
        web *site = web_start_at(HERE, 443, WEB_HTTPS, certificate, key);
        web_answer(site, "auto.test", bodies[i]);
        ADD_HOSTS("auto.test", "", "autoconfig.");
        ADD_HOSTS("guess.test", "imap.", "smtp.");
        names_add(dns, "_imaps._tcp.auto.test", "SRV", with_port("0 1 @ imap.auto.test", server_ports(servers)->imaps));
        names_add(dns, "_submissions._tcp.auto.test", "SRV", with_port("0 1 @ smtp.auto.test", server_ports(servers)->submissions));
        ADD_HOSTS("auto.test", "imap.", "smtp.");
        search_for(&self, "alice@auto.test");
        assert_found(&self, with_port("imap imap.auto.test:@ tls", server_ports(servers)->imaps),
                     with_port("smtp smtp.auto.test:@ tls", server_ports(servers)->submissions));
        assert_quick(&self, 5);
        web_free(site);
        search_end(&self);
    }
}

static void a_web_server_that_drips_is_left_after_three_seconds(void **state)
{
    (void)state;
    struct search self = { 0 };
    web *site = web_start_at(HERE, 443, WEB_DRIPS, certificate, key);
    forward *imaps = forward_start(HERE, 993, server_ports(servers)->imaps),
            *smtps = forward_start(HERE, 465, server_ports(servers)->submissions);
    ADD_HOSTS("guess.test", "", "autoconfig.", "imap.", "smtp.");
    search_for(&self, "alice@guess.test");
    assert_found(&self, "imap imap.guess.test:993 tls", "smtp smtp.guess.test:465 tls");
    assert_quick(&self, 5);
    forward_free(imaps);
    forward_free(smtps);
    web_free(site);
    search_end(&self);
}

/* --- MX --- */
static void the_exchanger_of_a_known_provider_leads_to_it(void **state)
{
    (void)state;
    struct search self = { 0 };
    names_add(dns, "company.test", "MX", "20 alt1.aspmx.l.google.com");
    names_add(dns, "company.test", "MX", "10 aspmx.l.google.com");
    ADD_GMAIL();
    search_for(&self, "alice@company.test");
    assert_found(&self, "imap imap.gmail.com:993 tls", "smtp smtp.gmail.com:465 tls");
    assert_non_null(strstr(setup_hint(self.setup), "myaccount.google.com/apppasswords"));
    search_end(&self);
}

static void a_blocked_port_of_a_known_provider_is_passed_by_another(void **state)
{
    (void)state;
    struct search self = { 0 };
    forward *submission = forward_start_to("127.0.0.4", 587, GMAIL, profile_port(gmail, "smtp-submission-tls"));
    names_add(dns, "imap.gmail.com", "A", GMAIL);
    names_add(dns, "smtp.gmail.com", "A", "127.0.0.4"); /* where nobody answers on 465 */
    search_for(&self, "alice@gmail.com");
    assert_found(&self, "imap imap.gmail.com:993 tls", "smtp smtp.gmail.com:587 starttls");
    forward_free(submission);
    search_end(&self);
}

static void a_domain_with_a_service_that_lets_no_programs_in_says_so(void **state)
{
    (void)state;
    struct search self = { 0 };
    names_add(dns, "private.test", "MX", "10 mail.tutanota.de");
    search_for(&self, "ada@private.test");
    assert_nothing(&self, SETUP_FAULT_NO_PROGRAMS, "Tuta does not let mail programs in");
    search_end(&self);
}

/* --- SRV --- */
static void service_records_alone_lead_to_the_servers(void **state)
{
    (void)state;
    struct search self = { 0 };
    names_add(dns, "_imaps._tcp.srv.test", "SRV", with_port("0 1 @ mail.srv.test", server_ports(servers)->imaps));
    names_add(dns, "_submissions._tcp.srv.test", "SRV", with_port("0 1 @ mail.srv.test", server_ports(servers)->submissions));
    names_add(dns, "_imap._tcp.srv.test", "SRV", with_port("0 1 @ mail.srv.test", server_ports(servers)->imap));
    names_add(dns, "mail.srv.test", "A", HERE);
    search_for(&self, "alice@srv.test");
    assert_found(&self, with_port("imap mail.srv.test:@ tls", server_ports(servers)->imaps),
                 with_port("smtp mail.srv.test:@ tls", server_ports(servers)->submissions));
    assert_quick(&self, 5);
    search_end(&self);
}

static void service_records_with_starttls_are_taken_where_there_is_nothing_better(void **state)
{
    (void)state;
    struct search self = { 0 };
    names_add(dns, "_imaps._tcp.srv.test", "SRV", "0 0 0 .");
    names_add(dns, "_imap._tcp.srv.test", "SRV", with_port("0 1 @ mail.srv.test", server_ports(servers)->imap));
    names_add(dns, "_submission._tcp.srv.test", "SRV", with_port("0 1 @ mail.srv.test", server_ports(servers)->submission));
    names_add(dns, "mail.srv.test", "A", HERE);
    search_for(&self, "alice@srv.test");
    assert_found(&self, with_port("imap mail.srv.test:@ starttls", server_ports(servers)->imap),
                 with_port("smtp mail.srv.test:@ starttls", server_ports(servers)->submission));
    search_end(&self);
}

static void a_domain_that_names_only_pop3_gets_pop3(void **state)
{
    (void)state;
    struct search self = { 0 };
    forward *imaps = forward_start(HERE, 993, server_ports(servers)->imaps); /* there, and not named */
    names_add(dns, "_pop3s._tcp.srv.test", "SRV", with_port("0 1 @ mail.srv.test", server_ports(servers)->pop3s));
    names_add(dns, "_imaps._tcp.srv.test", "SRV", "0 0 0 .");
    names_add(dns, "_submissions._tcp.srv.test", "SRV", with_port("0 1 @ mail.srv.test", server_ports(servers)->submissions));
    ADD_HOSTS("srv.test", "mail.", "imap.");
    search_for(&self, "alice@srv.test");
    assert_found(&self, with_port("pop3 mail.srv.test:@ tls", server_ports(servers)->pop3s),
                 with_port("smtp mail.srv.test:@ tls", server_ports(servers)->submissions));
    forward_free(imaps);
    search_end(&self);
}

static void the_next_service_record_is_tried_when_the_first_is_down(void **state)
{
    (void)state;
    struct search self = { 0 };
    names_add(dns, "_imaps._tcp.srv.test", "SRV", "10 1 9 mail.srv.test"); /* nobody there */
    names_add(dns, "_imaps._tcp.srv.test", "SRV", with_port("20 1 @ imap.srv.test", server_ports(servers)->imaps));
    names_add(dns, "_submissions._tcp.srv.test", "SRV", with_port("0 1 @ mail.srv.test", server_ports(servers)->submissions));
    ADD_HOSTS("srv.test", "mail.", "imap.");
    search_for(&self, "alice@srv.test");
    assert_found(&self, with_port("imap imap.srv.test:@ tls", server_ports(servers)->imaps),
                 with_port("smtp mail.srv.test:@ tls", server_ports(servers)->submissions));
    search_end(&self);
}

/* --- guesses, and nothing --- */
static void usual_names_are_found_within_five_seconds(void **state)
{
    (void)state;
    struct search self = { 0 };
    forward *imaps = forward_start(HERE, 993, server_ports(servers)->imaps),
            *submission = forward_start(HERE, 587, server_ports(servers)->submission);
    ADD_HOSTS("guess.test", "imap.", "mail.");
    search_for(&self, "alice@guess.test");
    assert_found(&self, "imap imap.guess.test:993 tls", "smtp mail.guess.test:587 starttls");
    assert_quick(&self, 5);
    forward_free(imaps);
    forward_free(submission);
    search_end(&self);
}

static void a_domain_without_mail_is_told_in_a_sentence(void **state)
{
    (void)state;
    struct search self = { 0 };
    names_add(dns, "www.empty.test", "A", HERE);
    search_for(&self, "ada@empty.test");
    assert_nothing(&self, SETUP_FAULT_SERVER, "No server answers under the usual names of empty.test.");
    search_end(&self);
    struct search none = { 0 };
    search_for(&none, "ada@no-such-domain.test");
    assert_nothing(&none, SETUP_FAULT_SERVER, "There is no domain no-such-domain.test.");
    assert_quick(&none, 5);
    search_end(&none);
}

static void a_silent_name_server_holds_up_nothing(void **state)
{
    (void)state;
    struct search self = { 0 };
    names_set_silent(dns, true);
    search_for(&self, "ada@guess.test");
    assert_nothing(&self, SETUP_FAULT_NETWORK, "not to be online");
    assert_quick(&self, 7);
    search_end(&self);
}

/* --- captive portals --- */
static const int mail_ports[] = { 80, 110, 143, 443, 465, 587, 993, 995 };

struct portal {
    web *sites[G_N_ELEMENTS(mail_ports)];
};

static void portal_open(struct portal *self, enum web_kind kind)
{
    names_answer_all(dns, "127.0.0.9");
    for (size_t i = 0; i < G_N_ELEMENTS(mail_ports); i++) {
        self->sites[i] = web_start_at("127.0.0.9", mail_ports[i], mail_ports[i] == 80 ? WEB_HTTP : kind, certificate, key);
        web_answer(self->sites[i], "", "<html><title>Hotel network: please sign in</title></html>");
    }
}

static void portal_close(struct portal *self)
{
    for (size_t i = 0; i < G_N_ELEMENTS(mail_ports); i++)
        web_free(self->sites[i]);
    names_answer_all(dns, NULL);
}

static void a_sign_in_page_of_a_network_is_told_from_a_mail_server(void **state)
{
    (void)state;
    const enum web_kind kinds[] = { WEB_HTTP, WEB_HTTPS };
    static const char *const addresses[] = { "ada@guess.test", "ada@gmail.com" };
    for (size_t i = 0; i < G_N_ELEMENTS(kinds) * G_N_ELEMENTS(addresses); i++) {
        struct search self = { 0 };
        struct portal portal;
        portal_open(&portal, kinds[i % 2]);
        search_for(&self, addresses[i / 2]);
        assert_nothing(&self, SETUP_FAULT_NETWORK, "sign-in page of a hotel");
        portal_close(&portal);
        search_end(&self);
    }
}

/* The names are right, and the lines lead elsewhere: a network that catches connections. */
static void a_page_that_catches_connections_is_told_too(void **state)
{
    (void)state;
    struct search self = { 0 };
    struct portal portal;
    portal_open(&portal, WEB_HTTP);
    names_answer_all(dns, NULL);
    static const char *const hosts[] = { "guess.test", "imap.guess.test", "mail.guess.test", "smtp.guess.test" };
    for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++)
        names_add(dns, hosts[i], "A", "127.0.0.9");
    search_for(&self, "ada@guess.test");
    assert_nothing(&self, SETUP_FAULT_NETWORK, "sign-in page of a hotel");
    portal_close(&portal);
    search_end(&self);
}

/* --- on the screen --- */
static terminal *start_program(const char *home)
{
    g_autofree char *home_is = g_strdup_printf("HOME=%s", home), *config = g_strdup_printf("XDG_CONFIG_HOME=%s/config", home);
    g_autofree char *data = g_strdup_printf("XDG_DATA_HOME=%s/data", home), *cache = g_strdup_printf("XDG_CACHE_HOME=%s/cache", home);
    g_autofree char *trusted = g_strdup_printf("SSL_CERT_FILE=%s", g_getenv("SSL_CERT_FILE"));
    const char *const env[] = {
        home_is, config, data, cache, trusted, "BROWSER=/bin/true", "DBUS_SESSION_BUS_ADDRESS=", "XDG_RUNTIME_DIR=/nonexistent", NULL
    };
    const char *const argv[] = { POSTERN_PROGRAM, NULL };
    terminal *screen = terminal_start(argv, 24, 80, env);
    assert_non_null(screen);
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

static void leave(terminal *screen, const char *home)
{
    terminal_keys(screen, "\003");
    assert_true(WIFEXITED(terminal_wait_exit(screen, WAIT_MS)));
    terminal_free(screen);
    remove_tree(home);
}

static void an_unknown_domain_is_three_screens_from_the_inbox(void **state)
{
    (void)state;
    g_autofree char *home = g_dir_make_tmp("postern-discovery-XXXXXX", NULL);
    names_add(dns, "_imaps._tcp.srv.test", "SRV", with_port("0 1 @ mail.srv.test", server_ports(servers)->imaps));
    names_add(dns, "_submissions._tcp.srv.test", "SRV", with_port("0 1 @ mail.srv.test", server_ports(servers)->submissions));
    names_add(dns, "mail.srv.test", "A", HERE);
    assert_true(server_deliver(servers, SERVER_USER, "INBOX", "From: b@x.test\nSubject: three screens\nMessage-ID: <d1@x.test>\n\nhi\n"));
    terminal *screen = start_program(home);
    expect(screen, "Your name");
    type(screen, "\025Alice\r\025alice@srv.test\r", "Keep the password"); /* 1: who; no settings typed */
    type(screen, "wrong\r\r", "refused the user name");                   /* mended in place */
    assert_true(terminal_wait_gone(screen, "The marks", WAIT_MS));
    expect(screen, "Keep the password");
    type(screen, SERVER_PASSWORD "\r\r", "It works"); /* 2: the password */
    type(screen, "\r", "three screens");              /* 3: what will be saved; the inbox */
    leave(screen, home);
    names_clear(dns);
}

static void a_known_provider_is_three_screens_from_the_inbox(void **state)
{
    (void)state;
    g_autofree char *home = g_dir_make_tmp("postern-discovery-XXXXXX", NULL);
    ADD_GMAIL();
    assert_true(profile_deliver(gmail, "INBOX", "From: b@x.test\r\nSubject: three screens\r\nMessage-ID: <d2@x.test>\r\n\r\nhi\r\n"));
    terminal *screen = start_program(home);
    expect(screen, "Your name");
    terminal_keys(screen, "\025Alice\r");
    g_autofree char *address = g_strdup_printf("\025%s\r", profile_address(gmail)),
                    *password = g_strdup_printf("%s\r\r", profile_password(gmail)),
                    *normal = g_strdup_printf("%s\r\r", profile_normal_password(gmail));
    type(screen, address, "Keep the password");
    expect(screen, "myaccount.google.com/apppasswords");
    type(screen, normal, "wants an app password here"); /* and the service's own words, and the form again */
    assert_true(terminal_wait_gone(screen, "The marks", WAIT_MS));
    expect(screen, "Keep the password");
    type(screen, password, "It works");
    type(screen, "\r", "three screens");
    leave(screen, home);
    names_clear(dns);
}

static void a_service_with_a_page_of_its_own_is_signed_in_to_in_the_browser(void **state)
{
    (void)state;
    g_autofree char *home = g_dir_make_tmp("postern-discovery-XXXXXX", NULL),
                    *directory = g_build_filename(home, "config", "postern", NULL),
                    *path = g_build_filename(directory, "postern.conf", NULL);
    ADD_GMAIL();
    assert_int_equal(g_mkdir_with_parents(directory, 0700), 0);
    assert_true(g_file_set_contents(path, "[oauth]\ngoogle-client-id = abc.apps.example\n", -1, NULL));
    terminal *screen = start_program(home);
    expect(screen, "Your name");
    terminal_keys(screen, "\025Alice\r");
    g_autofree char *address = g_strdup_printf("\025%s\r", profile_address(gmail));
    type(screen, address, "in the browser (the service's own page)");
    expect(screen, "Keep the permission");
    expect(screen, "encrypted with a passphrase");
    type(screen, "\r\r\rshort\r\r", "at least eight characters");
    type(screen, "\025a long passphrase\ra different one\r", "not the same");
    type(screen, "\025a long passphrase\r", "https://accounts.google.com/o/oauth2/v2/auth");
    type(screen, "\033", "Keep the permission"); /* not now: nothing is lost, and nothing kept */
    g_autofree char *accounts = g_build_filename(directory, "accounts", NULL),
                    *secrets = g_build_filename(home, "data", "postern", "secrets", NULL);
    assert_false(g_file_test(accounts, G_FILE_TEST_EXISTS));
    assert_false(g_file_test(secrets, G_FILE_TEST_EXISTS));
    leave(screen, home);
    names_clear(dns);
}

static void behind_a_sign_in_page_enter_tries_again(void **state)
{
    (void)state;
    g_autofree char *home = g_dir_make_tmp("postern-discovery-XXXXXX", NULL);
    struct portal portal;
    portal_open(&portal, WEB_HTTP);
    terminal *screen = start_program(home);
    expect(screen, "Your name");
    type(screen, "\025Alice\r\025alice@srv.test\r", "sign-in page of a hotel");
    expect(screen, "Enter tries again");
    portal_close(&portal);
    names_add(dns, "_imaps._tcp.srv.test", "SRV", with_port("0 1 @ mail.srv.test", server_ports(servers)->imaps));
    names_add(dns, "_submissions._tcp.srv.test", "SRV", with_port("0 1 @ mail.srv.test", server_ports(servers)->submissions));
    names_add(dns, "mail.srv.test", "A", HERE);
    type(screen, "\r", "Keep the password");
    leave(screen, home);
    names_clear(dns);
}

/* --- the little internet --- */
static bool start_servers(char **why_not_out)
{
    const struct server_certificate kind = { .name = "discovery",
                                             .key = "rsa:2048",
                                             .alternatives = "DNS:localhost,DNS:*.auto.test,DNS:auto.test,DNS:*.guess.test,DNS:guess.test,"
                                                             "DNS:*.srv.test,DNS:settings.else.test,DNS:login.hotel.test" };
    servers = server_start_with(&(struct server_options){ .certificate = &kind }, why_not_out);
    if (servers == NULL)
        return false;
    certificate = g_build_filename(server_directory(servers), "server.pem", NULL);
    key = g_build_filename(server_directory(servers), "server.key", NULL);
    gmail = profile_start_at("gmail", GMAIL, why_not_out);
    if (gmail == NULL)
        return false;
    names_trust(server_ca_file(servers));
    names_trust(profile_ca_file(gmail));
    dns = names_start();
    return true;
}

static int tear_down(void **state)
{
    (void)state;
    names_free(dns);
    profile_free(gmail);
    server_free(servers);
    g_free(certificate);
    g_free(key);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1) /* some of them only */
        cmocka_set_test_filter(argv[1]);
    g_autofree char *why_not = NULL;
    if (!names_enter(&why_not) || !start_servers(&why_not)) {
        print_message("skipped: %s\n", why_not);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_at_autoconfig_is_found_and_its_name_signs_in),
        cmocka_unit_test(a_file_at_the_well_known_place_is_found),
        cmocka_unit_test(a_redirect_to_another_encrypted_place_is_followed),
        cmocka_unit_test(a_file_without_encryption_is_not_even_asked_for),
        cmocka_unit_test(a_hostile_file_costs_nothing_and_the_usual_names_are_found),
        cmocka_unit_test(a_web_server_that_drips_is_left_after_three_seconds),
        cmocka_unit_test(the_exchanger_of_a_known_provider_leads_to_it),
        cmocka_unit_test(a_blocked_port_of_a_known_provider_is_passed_by_another),
        cmocka_unit_test(a_domain_with_a_service_that_lets_no_programs_in_says_so),
        cmocka_unit_test(service_records_alone_lead_to_the_servers),
        cmocka_unit_test(service_records_with_starttls_are_taken_where_there_is_nothing_better),
        cmocka_unit_test(a_domain_that_names_only_pop3_gets_pop3),
        cmocka_unit_test(the_next_service_record_is_tried_when_the_first_is_down),
        cmocka_unit_test(usual_names_are_found_within_five_seconds),
        cmocka_unit_test(a_domain_without_mail_is_told_in_a_sentence),
        cmocka_unit_test(a_silent_name_server_holds_up_nothing),
        cmocka_unit_test(a_sign_in_page_of_a_network_is_told_from_a_mail_server),
        cmocka_unit_test(a_page_that_catches_connections_is_told_too),
        cmocka_unit_test(an_unknown_domain_is_three_screens_from_the_inbox),
        cmocka_unit_test(a_known_provider_is_three_screens_from_the_inbox),
        cmocka_unit_test(a_service_with_a_page_of_its_own_is_signed_in_to_in_the_browser),
        cmocka_unit_test(behind_a_sign_in_page_enter_tries_again),
    };
    return cmocka_run_group_tests_name("discovery", tests, NULL, tear_down);
}
