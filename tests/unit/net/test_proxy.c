/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Through proxies that work, refuse, talk nonsense, fall silent or hang up; each answer whole and byte by byte. */
#include "net/log.h"
#include "net/stream.h"
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

/* What the proxy reads and says in turn; size 0 ends it. Bytes with NULs, so with their lengths. */
struct turn {
    const char *reads;
    size_t reads_size;
    const char *says;
    size_t says_size;
};
#define TURN(reads, says)                                                                                                                  \
    {                                                                                                                                      \
        (reads), sizeof(reads) - 1, (says), sizeof(says) - 1                                                                               \
    }

struct proxy {
    const struct turn *turns;
    bool is_slow; /* a byte at a time */
    int listener;
    pthread_t thread;
    GString *complaint;
};

static bool read_turn(struct proxy *self, int fd, const struct turn *turn)
{
    char bytes[1024];
    size_t have = 0;
    while (have < turn->reads_size) {
        ssize_t count = recv(fd, bytes + have, turn->reads_size - have, 0);
        if (count <= 0)
            break;
        have += (size_t)count;
    }
    if (have != turn->reads_size || memcmp(bytes, turn->reads, have) != 0) {
        g_autofree char *got = g_strndup(bytes, have), *shown = g_strescape(got, NULL);
        g_string_append_printf(self->complaint, "read \"%s\" (%zu)", shown, have);
    }
    return have == turn->reads_size;
}

static void *proxy_main(void *data)
{
    struct proxy *self = data;
    int fd = accept(self->listener, NULL, NULL);
    for (const struct turn *turn = self->turns; fd >= 0 && turn->reads != NULL && read_turn(self, fd, turn); turn++) {
        size_t step = self->is_slow ? 1 : MAX(turn->says_size, 1);
        for (size_t i = 0; i < turn->says_size; i += step)
            (void)!send(fd, turn->says + i, step, MSG_NOSIGNAL);
    }
    char rest[100];
    shutdown(fd, SHUT_WR);
    while (fd >= 0 && recv(fd, rest, sizeof rest, 0) > 0)
        continue;
    close(fd);
    return NULL;
}

static uint16_t proxy_start(struct proxy *self)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    self->complaint = g_string_new(NULL);
    self->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(self->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(self->listener, 1), 0);
    assert_int_equal(getsockname(self->listener, (struct sockaddr *)&address, &length), 0);
    assert_int_equal(pthread_create(&self->thread, NULL, proxy_main, self), 0);
    return ntohs(address.sin_port);
}

static void proxy_stop(struct proxy *self)
{
    shutdown(self->listener, SHUT_RDWR);
    pthread_join(self->thread, NULL);
    close(self->listener);
    if (self->complaint->len > 0)
        fail_msg("%s", self->complaint->str);
    g_string_free(self->complaint, TRUE);
}

#define HELLO5      "\x05\x01\x00"
#define ASK_NAME    "\x05\x01\x00\x03\x11mail.example.test\x03\xe1"
#define YES5        "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
#define GREETING    "* OK ready\r\n"
#define CONNECT     "CONNECT mail.example.test:993 HTTP/1.1\r\nHost: mail.example.test:993\r\n"
#define NO5(reason) "\x05" reason "\x00\x01\x00\x00\x00\x00\x00\x00"

static const struct {
    const char *scheme, *userinfo, *host;
    struct turn turns[5];
    int code;          /* -1: it works, and the server's greeting is read */
    const char *words; /* in the sentence */
} rows[] = {
    /* SOCKS5 that works: by name, by address, with a password, with each kind of bound address */
    { "socks5", "", "mail.example.test", { TURN(HELLO5, "\x05\x00"), TURN(ASK_NAME, YES5 GREETING) }, -1, NULL },
    { "socks5h", "", "mail.example.test", { TURN(HELLO5, "\x05\x00"), TURN(ASK_NAME, YES5 GREETING) }, -1, NULL },
    { "SOCKS5", "", "192.0.2.7", { TURN(HELLO5, "\x05\x00"), TURN("\x05\x01\x00\x01\xc0\x00\x02\x07\x03\xe1", YES5 GREETING) }, -1, NULL },
    { "socks5",
      "",
      "[2001:db8::1]",
      { TURN(HELLO5, "\x05\x00"), TURN("\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x03\xe1", YES5 GREETING) },
      -1,
      NULL },
    { "socks5",
      "",
      "b\xc3\xbc.example",
      { TURN(HELLO5, "\x05\x00"), TURN("\x05\x01\x00\x03\x11xn--b-eha.example\x03\xe1", "") },
      NET_ERROR_CLOSED,
      "closed" },
    { "socks5",
      "me:se%20cret@",
      "mail.example.test",
      { TURN("\x05\x02\x00\x02", "\x05\x02"), TURN("\x01\x02me\x07se cret", "\x01\x00"), TURN(ASK_NAME, YES5 GREETING) },
      -1,
      NULL },
    { "socks5", "me@", "mail.example.test", { TURN("\x05\x02\x00\x02", "\x05\x00"), TURN(ASK_NAME, YES5 GREETING) }, -1, NULL },
    { "socks5",
      "",
      "mail.example.test",
      { TURN(HELLO5, "\x05\x00"), TURN(ASK_NAME, "\x05\x00\x00\x03\x05"
                                                 "proxy"
                                                 "\x12\x34" GREETING) },
      -1,
      NULL },
    { "socks5",
      "",
      "mail.example.test",
      { TURN(HELLO5, "\x05\x00"), TURN(ASK_NAME, "\x05\x00\x00\x04"
                                                 "0123456789abcdef"
                                                 "\x12\x34" GREETING) },
      -1,
      NULL },
    /* that refuses or talks nonsense */
    { "socks5", "", "mail.example.test", { TURN(HELLO5, "\x05\xff") }, NET_ERROR_CONFIG, "sign in" },
    { "socks5", "", "mail.example.test", { TURN(HELLO5, "\x05\x02") }, NET_ERROR_CONFIG, "sign in" },
    { "socks5",
      "me:x@",
      "mail.example.test",
      { TURN("\x05\x02\x00\x02", "\x05\x02"), TURN("\x01\x02me\x01x", "\x01\x01") },
      NET_ERROR_CONFIG,
      "user name or password" },
    { "socks5", "", "mail.example.test", { TURN(HELLO5, "\x05\x00"), TURN(ASK_NAME, NO5("\x02")) }, NET_ERROR_CONNECT, "rules" },
    { "socks5", "", "mail.example.test", { TURN(HELLO5, "\x05\x00"), TURN(ASK_NAME, NO5("\x05")) }, NET_ERROR_CONNECT, "refused" },
    { "socks5", "", "mail.example.test", { TURN(HELLO5, "\x05\x00"), TURN(ASK_NAME, NO5("\x77")) }, NET_ERROR_CONNECT, "no reason" },
    { "socks5",
      "",
      "mail.example.test",
      { TURN(HELLO5, "\x05\x00"), TURN(ASK_NAME, "\x05\x00\x00\x09\x00") },
      NET_ERROR_CONNECT,
      "no sense" },
    { "socks5", "", "mail.example.test", { TURN(HELLO5, "HTTP/1.1 400 what\r\n\r\n") }, NET_ERROR_CONNECT, "does not speak SOCKS5" },
    { "socks5", "", "mail.example.test", { TURN(HELLO5, "") }, NET_ERROR_CLOSED, "The proxy 127.0.0.1" },
    { "socks5",
      "",
      "mail.example.test",
      { TURN(HELLO5, "\x05\x00"), TURN(ASK_NAME, "\x05\x00\x00") },
      NET_ERROR_CLOSED,
      "The proxy 127.0.0.1" },
    /* HTTP */
    { "http", "", "mail.example.test", { TURN(CONNECT "\r\n", "HTTP/1.1 200 Connection established\r\n\r\n" GREETING) }, -1, NULL },
    { "http", "", "mail.example.test", { TURN(CONNECT "\r\n", "HTTP/1.0 200\r\nVia: x\r\n\r\n" GREETING) }, -1, NULL },
    { "http", "", "mail.example.test", { TURN(CONNECT "\r\n", "HTTP/1.0 200 OK\n\n" GREETING) }, -1, NULL },
    { "http",
      "",
      "[2001:db8::1]",
      { TURN("CONNECT [2001:db8::1]:993 HTTP/1.1\r\nHost: [2001:db8::1]:993\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n" GREETING) },
      -1,
      NULL },
    { "http",
      "me:secret@",
      "mail.example.test",
      { TURN(CONNECT "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n" GREETING) },
      -1,
      NULL },
    { "http",
      "",
      "mail.example.test",
      { TURN(CONNECT "\r\n", "HTTP/1.1 407 Sign in\x1b[2J\r\n\r\n") },
      NET_ERROR_CONFIG,
      "407 Sign in [2J" },
    { "http", "", "mail.example.test", { TURN(CONNECT "\r\n", "HTTP/1.1 403 Forbidden\r\n\r\n") }, NET_ERROR_CONNECT, "403 Forbidden" },
    { "http", "", "mail.example.test", { TURN(CONNECT "\r\n", "HTTP/1.1 302 Found\r\nLocation: x\r\n\r\n") }, NET_ERROR_CONNECT, "302" },
    { "http", "", "mail.example.test", { TURN(CONNECT "\r\n", "HTTP/1.1\r\n\r\n") }, NET_ERROR_CONNECT, "HTTP/1.1" },
    { "http", "", "mail.example.test", { TURN(CONNECT "\r\n", "* OK an IMAP server\r\n\r\n") }, NET_ERROR_CONNECT, "does not speak HTTP" },
    { "http", "", "mail.example.test", { TURN(CONNECT "\r\n", "HTTP/1.1 200 OK\r\nno end") }, NET_ERROR_CLOSED, "The proxy 127.0.0.1" },
};

static void check_row(size_t i, bool is_slow)
{
    struct proxy proxy = { .turns = rows[i].turns, .is_slow = is_slow };
    uint16_t port = proxy_start(&proxy);
    g_autofree char *url = g_strdup_printf("%s://%s127.0.0.1:%u", rows[i].scheme, rows[i].userinfo, (unsigned)port);
    const struct net_endpoint endpoint = {
        .host = rows[i].host, .port = 993, .security = NET_SECURITY_PLAIN, .proxy = url, .io_timeout_ms = 20000
    };
    g_autoptr(GError) error = NULL;
    net_stream *stream = net_stream_connect(&endpoint, NULL, NULL, &error);
    if (rows[i].code < 0) {
        char bytes[sizeof GREETING - 1];
        size_t have = 0, count;
        if (stream == NULL)
            fail_msg("%s: %s", url, error->message);
        assert_false(net_stream_is_loopback(stream)); /* the proxy is; the server is not */
        assert_false(net_stream_can_send_password(stream, NULL));
        assert_non_null(strstr(net_stream_peer_address(stream), "by way of 127.0.0.1"));
        while (have < sizeof bytes && (count = net_stream_read(stream, bytes + have, sizeof bytes - have, &error)) > 0)
            have += count;
        assert_memory_equal(bytes, GREETING, sizeof bytes);
    } else {
        assert_null(stream);
        if (!g_error_matches(error, NET_ERROR, rows[i].code) || strstr(error->message, rows[i].words) == NULL)
            fail_msg("%s: %d %s", url, error->code, error->message);
        assert_null(strstr(error->message, "secret"));
        assert_null(strchr(error->message, '\x1b'));
    }
    net_stream_free(stream);
    proxy_stop(&proxy);
}

static void proxies_are_passed_or_named_with_their_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        check_row(i, false);
        check_row(i, true);
    }
}

static void a_silent_proxy_is_left_when_the_time_to_connect_is_over(void **state)
{
    (void)state;
    static const struct turn silence[] = { TURN(HELLO5, ""), TURN("never", ""), { NULL, 0, NULL, 0 } };
    struct proxy proxy = { .turns = silence };
    uint16_t port = proxy_start(&proxy);
    g_autofree char *url = g_strdup_printf("socks5://127.0.0.1:%u", (unsigned)port);
    const struct net_endpoint endpoint = { .host = "mail.example.test", .port = 993, .proxy = url, .connect_timeout_ms = 50 };
    g_autoptr(GError) error = NULL;
    assert_null(net_stream_connect(&endpoint, NULL, NULL, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_TIMEOUT));
    assert_non_null(strstr(error->message, "The proxy 127.0.0.1"));
    shutdown(proxy.listener, SHUT_RDWR);
    pthread_join(proxy.thread, NULL);
    close(proxy.listener);
    g_string_free(proxy.complaint, TRUE);
}

static void an_answer_without_end_is_cut_off(void **state)
{
    (void)state;
    g_autoptr(GString) much = g_string_new("HTTP/1.1 200 OK\r\nX: ");
    while (much->len < 20000)
        g_string_append_c(much, 'x');
    const struct turn turns[] = { { CONNECT "\r\n", sizeof CONNECT + 1, much->str, much->len }, { NULL, 0, NULL, 0 } };
    struct proxy proxy = { .turns = turns };
    uint16_t port = proxy_start(&proxy);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%u/", (unsigned)port);
    const struct net_endpoint endpoint = { .host = "mail.example.test", .port = 993, .security = NET_SECURITY_PLAIN, .proxy = url };
    g_autoptr(GError) error = NULL;
    assert_null(net_stream_connect(&endpoint, NULL, NULL, &error));
    assert_non_null(strstr(error->message, "too long"));
    proxy_stop(&proxy);
}

/* Nothing may go around a proxy, also where it is misspelled; and its password is in no sentence. */
static void what_is_no_proxy_is_named_and_not_gone_around(void **state)
{
    (void)state;
    static const char *const urls[] = { "127.0.0.1:1080",
                                        "socks4://127.0.0.1",
                                        "https://me:secret@127.0.0.1",
                                        "socks5://",
                                        "socks5://me:secret@:1080",
                                        "socks5://127.0.0.1:0",
                                        "socks5://127.0.0.1:99999",
                                        "socks5://127.0.0.1/path",
                                        "socks5:127.0.0.1",
                                        "http://me%0d%0aX:secret@127.0.0.1",
                                        "secret \xff",
                                        "://" };
    for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
        const struct net_endpoint endpoint = { .host = "127.0.0.1", .port = 25, .security = NET_SECURITY_PLAIN, .proxy = urls[i] };
        g_autoptr(GError) error = NULL;
        assert_null(net_stream_connect(&endpoint, NULL, NULL, &error));
        if (!g_error_matches(error, NET_ERROR, NET_ERROR_CONFIG))
            fail_msg("%s: %s", urls[i], error->message);
        assert_null(strstr(error->message, "secret"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proxies_are_passed_or_named_with_their_reason),
        cmocka_unit_test(a_silent_proxy_is_left_when_the_time_to_connect_is_over),
        cmocka_unit_test(an_answer_without_end_is_cut_off),
        cmocka_unit_test(what_is_no_proxy_is_named_and_not_gone_around),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
