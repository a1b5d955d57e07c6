/* SPDX-License-Identifier: MIT */
/* Settings a domain publishes: its autoconfig file, its SRV and MX records, from a name server and a web server of the test. LABEL: threads */
#include "core/autoconfig.h"
#include "core/setup_private.h"
#include "net/dns.h"
#include "tests/unit/config/fixture.h"
#include "tests/unit/core/mail_server_fixture.h"
#include <arpa/nameser.h>
#include <resolv.h>

/* --- a name server --- */
struct name_row {
    const char *name;
    uint16_t type, priority, weight, port;
    const char *host;
};
struct name_server {
    const struct name_row *rows; /* name NULL: behind the last */
    bool is_silent, is_garbled;
    int fd, stop_fd;
    struct sockaddr_in address;
    pthread_t thread;
};

static size_t put_name(unsigned char *to, const char *host)
{
    size_t length = 0;
    g_auto(GStrv) labels = g_strsplit(host, ".", -1);
    for (char **label = labels; *label != NULL && **label != '\0'; label++) {
        to[length++] = (unsigned char)strlen(*label);
        memcpy(to + length, *label, strlen(*label));
        length += strlen(*label);
    }
    to[length++] = 0;
    return length;
}

static size_t put16(unsigned char *to, unsigned value)
{
    to[0] = (unsigned char)(value >> 8);
    to[1] = (unsigned char)value;
    return 2;
}

static size_t put_record(unsigned char *to, const struct name_row *row)
{
    unsigned char data[300];
    size_t size = put16(data, row->priority), length = 0;
    if (row->type == ns_t_srv) {
        size += put16(data + size, row->weight);
        size += put16(data + size, row->port);
    }
    size += put_name(data + size, row->host);
    length += put16(to, 0xc00c); /* the name asked for */
    length += put16(to + length, row->type);
    length += put16(to + length, ns_c_in);
    length += put16(to + length, 0);
    length += put16(to + length, 60);
    length += put16(to + length, (unsigned)size);
    memcpy(to + length, data, size);
    return length + size;
}

static size_t answer(const struct name_server *self, unsigned char *packet, size_t length)
{
    char name[NS_MAXDNAME];
    unsigned count = 0;
    int used = dn_expand(packet, packet + length, packet + NS_HFIXEDSZ, name, sizeof name);
    size_t end = NS_HFIXEDSZ + (size_t)used + NS_QFIXEDSZ;
    unsigned type = (unsigned)(packet[end - 4] << 8 | packet[end - 3]);
    for (const struct name_row *row = self->rows; row->name != NULL; row++) {
        if (row->type != type || g_ascii_strcasecmp(row->name, name) != 0)
            continue;
        end += put_record(packet + end, row);
        count++;
    }
    packet[2] = 0x81;
    packet[3] = count > 0 ? 0x80 : 0x83; /* no such name */
    put16(packet + 6, count);
    put16(packet + 10, 0); /* nothing additional */
    return self->is_garbled ? end - 3 : end;
}

static void *name_server_main(void *data)
{
    struct name_server *self = data;
    unsigned char packet[2048];
    struct sockaddr_in from;
    for (;;) {
        socklen_t size = sizeof from;
        ssize_t got = recvfrom(self->fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &size);
        if (got < NS_HFIXEDSZ) /* the end: an empty packet */
            return NULL;
        if (self->is_silent)
            continue;
        size_t length = answer(self, packet, (size_t)got);
        sendto(self->fd, packet, length, 0, (struct sockaddr *)&from, size);
    }
}

static void name_server_start(struct name_server *self)
{
    socklen_t size = sizeof self->address;
    self->address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    self->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(self->fd, (struct sockaddr *)&self->address, size), 0);
    assert_int_equal(getsockname(self->fd, (struct sockaddr *)&self->address, &size), 0);
    assert_int_equal(pthread_create(&self->thread, NULL, name_server_main, self), 0);
}

static void name_server_stop(struct name_server *self)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sendto(fd, "", 0, 0, (struct sockaddr *)&self->address, sizeof self->address);
    close(fd);
    pthread_join(self->thread, NULL);
    close(self->fd);
}

static GPtrArray *ask(const struct name_server *self, const char *name, bool is_mx, int timeout_ms, GError **error)
{
    const struct net_dns_question question = { name, is_mx, &self->address, timeout_ms, -1, NULL };
    return net_dns_ask(&question, error);
}

static void records_come_best_first(void **state)
{
    (void)state;
    static const struct name_row rows[] = { { "_imaps._tcp.example.test", ns_t_srv, 20, 0, 993, "backup.example.test" },
                                            { "_imaps._tcp.example.test", ns_t_srv, 10, 1, 1993, "small.example.test" },
                                            { "_imaps._tcp.example.test", ns_t_srv, 10, 9, 993, "mail.example.test" },
                                            { "_pop3s._tcp.example.test", ns_t_srv, 0, 0, 0, "" },
                                            { "example.test", ns_t_mx, 5, 0, 0, "mx.example.test" },
                                            { 0 } };
    struct name_server names = { .rows = rows };
    name_server_start(&names);
    g_autoptr(GPtrArray) imaps = ask(&names, "_imaps._tcp.example.test", false, 3000, NULL);
    assert_int_equal(imaps->len, 3);
    const struct net_dns_record *first = imaps->pdata[0];
    assert_string_equal(first->host, "mail.example.test");
    assert_int_equal(first->port, 993);
    assert_string_equal(((struct net_dns_record *)imaps->pdata[2])->host, "backup.example.test");
    g_autoptr(GPtrArray) refused = ask(&names, "_pop3s._tcp.example.test", false, 3000, NULL);
    assert_string_equal(((struct net_dns_record *)refused->pdata[0])->host, "");
    g_autoptr(GPtrArray) exchangers = ask(&names, "example.test", true, 3000, NULL);
    assert_string_equal(((struct net_dns_record *)exchangers->pdata[0])->host, "mx.example.test");
    g_autoptr(GPtrArray) none = ask(&names, "_imap._tcp.example.test", false, 3000, NULL);
    assert_int_equal(none->len, 0);
    name_server_stop(&names);
}

static void silence_and_garbage_end_in_a_sentence(void **state)
{
    (void)state;
    GError *error = NULL;
    static const struct name_row rows[] = { { "example.test", ns_t_mx, 5, 0, 0, "mx.example.test" }, { 0 } };
    struct name_server names = { .rows = rows, .is_silent = true };
    name_server_start(&names);
    assert_null(ask(&names, "example.test", true, 200, &error));
    assert_error_says(&error, NET_ERROR_RESOLVE, "did not answer");
    name_server_stop(&names);
    names.is_silent = false;
    names.is_garbled = true;
    name_server_start(&names);
    assert_null(ask(&names, "example.test", true, 300, &error));
    assert_error_says(&error, NET_ERROR_RESOLVE, "did not answer");
    name_server_stop(&names);
}

/* --- autoconfig --- */
static const char xml[] =
    "<?xml version=\"1.0\"?>\n<clientConfig version=\"1.1\">\n <emailProvider id=\"example.test\"><domain>example.test</domain>\n"
    "  <incomingServer type=\"pop3\"><hostname>pop.%EMAILDOMAIN%</hostname><port>995</port><socketType>SSL</socketType>"
    "<username>%EMAILADDRESS%</username></incomingServer>\n"
    "  <incomingServer type=\"imap\"><hostname>clear.example.test</hostname><port>143</port><socketType>plain</socketType>"
    "<username>%EMAILADDRESS%</username></incomingServer>\n"
    "  <incomingServer type=\"imap\"><hostname>imap.%EMAILDOMAIN%</hostname><port>143</port><socketType>STARTTLS</socketType>"
    "<username>%EMAILLOCALPART%</username><pop3><port>1</port></pop3></incomingServer>\n"
    "  <incomingServer type=\"imap\"><hostname> imap.%EMAILDOMAIN% </hostname><port>993</port><socketType>SSL</socketType>"
    "<username>%EMAILLOCALPART%</username></incomingServer>\n"
    "  <outgoingServer type=\"smtp\"><hostname>smtp.%EMAILDOMAIN%</hostname><port>465</port><socketType>SSL</socketType>"
    "</outgoingServer>\n"
    " </emailProvider>\n <enable><instruction>POP &amP; IMAP</instruction></enable>\n</clientConfig>\n";

static void a_file_gives_what_is_encrypted_best_first(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) rows = autoconfig_parse(xml, strlen(xml), "ada@example.test", "here", NULL);
    assert_int_equal(rows->len, 4);
    const struct setup_row *first = rows->pdata[0], *second = rows->pdata[1];
    assert_string_equal(first->protocol, "IMAP");
    assert_string_equal(first->host, "imap.example.test");
    assert_int_equal(first->port, 993);
    assert_string_equal(first->user, "ada");
    assert_int_equal(second->security, ACCOUNT_SECURITY_STARTTLS);
    assert_string_equal(((struct setup_row *)rows->pdata[2])->protocol, "POP3");
    assert_string_equal(((struct setup_row *)rows->pdata[2])->user, "ada@example.test");
    assert_null(((struct setup_row *)rows->pdata[3])->user);
}

static void what_is_no_settings_file_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = { "",
                                         "<html><body>Welcome to the hotel network</body></html>",
                                         "{\"error\":404}",
                                         "<clientConfig/>",
                                         "<clientConfig><incomingServer type=\"imap\"><hostname>a b</hostname><port>99999</port>"
                                         "<socketType>SSL</socketType></incomingServer></clientConfig>",
                                         "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>" };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(autoconfig_parse(texts[i], strlen(texts[i]), "ada@example.test", "here", &error));
        assert_non_null(error);
    }
}

/* --- a web server that knows one path --- */
struct web_server {
    const char *path, *body;
    int listener;
    uint16_t port;
    pthread_t thread;
    GString *asked; /* request lines */
};

static void web_answer(struct web_server *self, int fd)
{
    char request[4096];
    ssize_t got = recv(fd, request, sizeof request - 1, 0);
    request[MAX(got, 0)] = '\0';
    request[strcspn(request, "\r\n")] = '\0';
    g_string_append_printf(self->asked, "%s\n", request);
    bool is_known = self->path != NULL && strstr(request, self->path) != NULL;
    const char *body = is_known ? self->body : "no";
    g_autofree char *text = g_strdup_printf("HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                                            is_known ? "200 OK" : "404 Not", strlen(body), body);
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static void *web_main(void *data)
{
    struct web_server *self = data;
    int fd;
    while ((fd = accept(self->listener, NULL, NULL)) >= 0) {
        web_answer(self, fd);
        shutdown(fd, SHUT_WR);
        close(fd);
    }
    return NULL;
}

static void web_start(struct web_server *self)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    self->asked = g_string_new(NULL);
    self->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(self->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(self->listener, 16), 0);
    assert_int_equal(getsockname(self->listener, (struct sockaddr *)&address, &size), 0);
    self->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&self->thread, NULL, web_main, self), 0);
}

static void web_stop(struct web_server *self)
{
    shutdown(self->listener, SHUT_RDWR);
    pthread_join(self->thread, NULL);
    close(self->listener);
    g_string_free(self->asked, TRUE);
}

/* --- all together --- */
static GPtrArray *discover(struct name_server *names, struct web_server *web, const char *address, const char **hint)
{
    event_queue *events = event_queue_new();
    setup *self = setup_new(events);
    g_autofree char *base = g_strdup_printf("http://127.0.0.1:%u", (unsigned)web->port);
    self->address = g_strdup(address);
    self->dns_server = &names->address;
    self->web_base = base;
    GPtrArray *rows = g_ptr_array_new_with_free_func(setup_row_free), *sources = setup_discover_begin(self);
    setup_discover_join(sources);
    for (guint i = 0; i < sources->len; i++) { /* they stand in the order of worth */
        struct setup_asking *asking = sources->pdata[i];
        assert_true(asking->is_done);
        if (asking->rows != NULL)
            g_ptr_array_extend_and_steal(rows, g_steal_pointer(&asking->rows));
        *hint = asking->provider != NULL ? asking->provider->hint : *hint;
    }
    g_ptr_array_unref(sources);
    setup_free(self);
    event_queue_free(events);
    return rows;
}

static const struct setup_row *row_of(const GPtrArray *rows, const char *protocol)
{
    for (guint i = 0; i < rows->len; i++) {
        if (strcmp(((struct setup_row *)rows->pdata[i])->protocol, protocol) == 0)
            return rows->pdata[i];
    }
    return NULL;
}

static void service_records_alone_are_enough(void **state)
{
    (void)state;
    static const struct name_row names_rows[] = {
        { "_imaps._tcp.xn--mller-kva.example", ns_t_srv, 1, 0, 1993, "post.xn--mller-kva.example" },
        { "_submission._tcp.xn--mller-kva.example", ns_t_srv, 1, 0, 587, "relay.elsewhere.example" },
        { 0 }
    };
    struct name_server names = { .rows = names_rows };
    struct web_server web = { 0 };
    const char *hint = NULL;
    name_server_start(&names);
    web_start(&web);
    g_autoptr(GPtrArray) rows = discover(&names, &web, "kontakt@müller.example", &hint);
    const struct setup_row *imap = row_of(rows, "IMAP"), *smtp = row_of(rows, "SMTP");
    assert_string_equal(imap->host, "post.xn--mller-kva.example");
    assert_int_equal(imap->port, 1993);
    assert_int_equal(imap->security, ACCOUNT_SECURITY_TLS);
    assert_false(imap->is_unproven);
    assert_int_equal(smtp->security, ACCOUNT_SECURITY_STARTTLS);
    assert_true(smtp->is_unproven); /* another domain: a person is told */
    web_stop(&web);
    name_server_stop(&names);
}

static void the_domains_own_file_goes_before_its_records(void **state)
{
    (void)state;
    static const struct name_row names_rows[] = { { "_imaps._tcp.example.test", ns_t_srv, 1, 0, 993, "srv.example.test" }, { 0 } };
    struct name_server names = { .rows = names_rows };
    struct web_server web = { .path = "/autoconfig.example.test/mail/config-v1.1.xml", .body = xml };
    const char *hint = NULL;
    name_server_start(&names);
    web_start(&web);
    g_autoptr(GPtrArray) rows = discover(&names, &web, "ada+x@example.test", &hint);
    assert_string_equal(row_of(rows, "IMAP")->host, "imap.example.test");
    assert_non_null(strstr(web.asked->str, "emailaddress=ada%2Bx%40example.test"));
    assert_non_null(strstr(web.asked->str, "/example.test/.well-known/autoconfig/mail/config-v1.1.xml"));
    web_stop(&web);
    name_server_stop(&names);
}

static void a_domain_at_a_known_provider_is_found_by_its_exchanger(void **state)
{
    (void)state;
    static const struct name_row names_rows[] = { { "example.test", ns_t_mx, 1, 0, 0, "aspmx.l.google.com" }, { 0 } };
    struct name_server names = { .rows = names_rows };
    struct web_server web = { 0 };
    const char *hint = NULL;
    name_server_start(&names);
    web_start(&web);
    g_autoptr(GPtrArray) rows = discover(&names, &web, "ada@example.test", &hint);
    assert_string_equal(row_of(rows, "IMAP")->host, "imap.gmail.com");
    assert_non_null(hint);
    web_stop(&web);
    name_server_stop(&names);
}

static void a_domain_that_says_nothing_costs_little_time(void **state)
{
    (void)state;
    static const struct name_row names_rows[] = { { 0 } };
    struct name_server names = { .rows = names_rows, .is_silent = true };
    struct web_server web = { 0 };
    const char *hint = NULL;
    name_server_start(&names);
    web_start(&web);
    gint64 began = g_get_monotonic_time();
    g_autoptr(GPtrArray) rows = discover(&names, &web, "ada@example.test", &hint);
    assert_int_equal(rows->len, 0);
    assert_true(g_get_monotonic_time() - began < 8 * G_USEC_PER_SEC);
    g_autoptr(GPtrArray) none = discover(&names, &web, "ada@[127.0.0.1]", &hint);
    assert_int_equal(none->len, 0);
    web_stop(&web);
    name_server_stop(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(records_come_best_first),
        FIXTURE_TEST(silence_and_garbage_end_in_a_sentence),
        FIXTURE_TEST(a_file_gives_what_is_encrypted_best_first),
        FIXTURE_TEST(what_is_no_settings_file_is_refused),
        FIXTURE_TEST(service_records_alone_are_enough),
        FIXTURE_TEST(the_domains_own_file_goes_before_its_records),
        FIXTURE_TEST(a_domain_at_a_known_provider_is_found_by_its_exchanger),
        FIXTURE_TEST(a_domain_that_says_nothing_costs_little_time),
    };
    return cmocka_run_group_tests_name("discover", tests, NULL, NULL);
}
