/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Certificates the DNS names (TLSA): a name server of our own that claims to have validated, or not, and servers that show the right one or another. */
#include "net/dane.h"
#include "tests/unit/net/side.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/sha.h>
#include <poll.h>

#define HOST "mail.example.test"
enum { AD = 0x20, SERVFAIL = 2, NXDOMAIN = 3 };

/* --- a name server that answers one question --- */
struct name_server {
    int fd;
    unsigned char flags;           /* AD and the code, of the answer */
    const struct net_tlsa *record; /* NULL: none */
    pthread_t thread;
    unsigned char asked[512];
    ssize_t asked_length;
};

static size_t append(unsigned char *out, size_t at, const void *bytes, size_t length)
{
    memcpy(out + at, bytes, length);
    return at + length;
}

/* The question again, then the record with a pointer to its name. */
static size_t make_answer(const struct name_server *self, unsigned char *out)
{
    size_t question = 12;
    while (self->asked[question] != 0)
        question += self->asked[question] + 1u;
    size_t end = append(out, 0, self->asked, question + 5);
    out[2] = 0x81;
    out[3] = (unsigned char)(0x80 | self->flags);
    out[7] = self->record != NULL ? 1 : 0;
    out[11] = 0;
    if (self->record == NULL)
        return end;
    const unsigned char head[] = { 0xc0, 12, 0, 52, 0, 1, 0, 0, 0, 60, 0, (unsigned char)(self->record->length + 3) };
    const unsigned char kind[] = { self->record->usage, self->record->selector, self->record->matching };
    end = append(out, end, head, sizeof head);
    end = append(out, end, kind, sizeof kind);
    return append(out, end, self->record->bytes, self->record->length);
}

static void *name_server_main(void *data)
{
    struct name_server *self = data;
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    unsigned char answer[1024];
    struct pollfd ready = { .fd = self->fd, .events = POLLIN };
    if (poll(&ready, 1, 5000) <= 0)
        return NULL;
    self->asked_length = recvfrom(self->fd, self->asked, sizeof self->asked, 0, (struct sockaddr *)&from, &length);
    if (self->asked_length > 0)
        (void)!sendto(self->fd, answer, make_answer(self, answer), 0, (struct sockaddr *)&from, length);
    return NULL;
}

static char *name_server_start(struct name_server *self)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    self->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(self->fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(self->fd, (struct sockaddr *)&address, &length), 0);
    assert_int_equal(pthread_create(&self->thread, NULL, name_server_main, self), 0);
    return g_strdup_printf("127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
}

static void name_server_join(struct name_server *self)
{
    pthread_join(self->thread, NULL);
    close(self->fd);
}

/* SHA-256 of the whole certificate (selector 0, matching 1). */
static struct net_tlsa record_of(const peer_certificate *certificate, unsigned char usage)
{
    struct net_tlsa record = { .usage = usage, .selector = 0, .matching = 1, .length = 32 };
    unsigned length = 0;
    assert_int_equal(X509_digest(certificate->x509, EVP_sha256(), record.bytes, &length), 1);
    return record;
}

/* --- a connection --- */
static bool connect_to(const peer_certificate *certificate, enum net_dane dane, const struct net_tlsa *record, unsigned char flags,
                       GError **error)
{
    struct name_server names = { .flags = flags, .record = record };
    struct side side = { .certificate = certificate, .talk = talk_until_end };
    g_autofree char *resolver = name_server_start(&names);
    struct net_endpoint endpoint = endpoint_of(HOST, NET_SECURITY_TLS);
    endpoint.port = 993;
    endpoint.dane = dane;
    endpoint.dane_resolver = resolver;
    net_stream *stream = net_stream_from_fd(side_start(&side), &endpoint, NULL);
    bool is_good = net_stream_start_tls(stream, 0, NULL, error);
    net_stream_free(stream);
    side_join(&side);
    name_server_join(&names);
    assert_memory_equal(names.asked + 12, "\4_993\4_tcp\4mail\7example\4test", 28);
    return is_good;
}

static void what_the_dns_names_is_right_and_nothing_else(void **state)
{
    (void)state;
    peer_certificate *good = peer_certificate_new(&(struct peer_wish){ .common_name = "mail", .names = "DNS:" HOST, .issuer = authority }),
                     *own = peer_certificate_new(
                         &(struct peer_wish){ .common_name = "x", .names = "DNS:other.test", .from_days = -9, .until_days = -2 });
    const struct net_tlsa of_good = record_of(good, 3), of_own = record_of(own, 3), of_authority = record_of(authority, 2);
    const struct {
        const peer_certificate *shown;
        enum net_dane dane;
        const struct net_tlsa *record;
        unsigned char flags;
        bool is_good;
        const char *words;
    } rows[] = {
        { good, NET_DANE_AUTO, &of_good, AD, true, NULL },
        { own, NET_DANE_AUTO, &of_own, AD, true, NULL }, /* RFC 7671 5.1: neither name nor time count */
        { good, NET_DANE_AUTO, &of_own, AD, false, "(DANE)" },
        { own, NET_DANE_AUTO, &of_good, AD, false, "(DANE)" },
        { good, NET_DANE_AUTO, &of_authority, AD, true, NULL },
        { own, NET_DANE_AUTO, &of_authority, AD, false, "(DANE)" },
        { good, NET_DANE_AUTO, &of_own, 0, true, NULL }, /* not validated: anybody may have said it */
        { own, NET_DANE_AUTO, &of_own, 0, false, "self-signed" },
        { good, NET_DANE_AUTO, NULL, AD, true, NULL },
        { good, NET_DANE_AUTO, NULL, AD | NXDOMAIN, true, NULL },
        { good, NET_DANE_AUTO, &of_own, AD | SERVFAIL, true, NULL },
        { good, NET_DANE_REQUIRE, &of_good, AD, true, NULL },
        { good, NET_DANE_REQUIRE, NULL, AD, false, "names no certificate" },
        { good, NET_DANE_REQUIRE, &of_good, 0, false, "does not check signatures" },
        { good, NET_DANE_REQUIRE, &of_good, SERVFAIL, false, "did not answer" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        bool is_good = connect_to(rows[i].shown, rows[i].dane, rows[i].record, rows[i].flags, &error);
        if (is_good != rows[i].is_good || (rows[i].words != NULL && strstr(error->message, rows[i].words) == NULL))
            fail_msg("row %zu: %s", i, error != NULL ? error->message : "good");
    }
    peer_certificate_free(good);
    peer_certificate_free(own);
}

static void answers_cut_anywhere_are_no_answers(void **state)
{
    (void)state;
    struct name_server names = { .flags = AD, .asked = "\1\2\1\0\0\1\0\0\0\0\0\0\4_993\4_tcp\4mail\7example\4test\0\0\64\0\1" };
    const struct net_tlsa record = record_of(authority, 3);
    unsigned char answer[1024];
    bool is_validated = false;
    names.record = &record;
    size_t length = make_answer(&names, answer);
    for (size_t cut = 0; cut < length; cut++) {
        g_autofree unsigned char *part = g_memdup2(answer, cut); /* so that the sanitizer sees a byte too many */
        assert_null(net_dane_read(part, cut, &is_validated));
    }
    g_autoptr(GArray) records = net_dane_read(answer, length, &is_validated);
    assert_non_null(records);
    assert_true(is_validated);
    assert_int_equal(records->len, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_dns_names_is_right_and_nothing_else),
        cmocka_unit_test(answers_cut_anywhere_are_no_answers),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
