/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* OAuth against a small server of the test's own, with a browser that is a few lines of C. */
#include "net/http.h"
#include "net/oauth.h"
#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

/* --- the service: answers to /token and /device as the test wants them, one after the other --- */
struct service {
    int listener, port;
    pthread_t thread;
    const char *const *answers; /* "200 {…}", in order; the last one is repeated */
    GString *heard;             /* the forms, one a line */
};

static int listen_somewhere(int *port_out)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 20), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *port_out = ntohs(address.sin_port);
    return fd;
}

static size_t body_length(const char *request)
{
    const char *header = strcasestr(request, "content-length:");
    return header != NULL ? (size_t)g_ascii_strtoull(header + 15, NULL, 10) : 0;
}

static char *read_body(int fd)
{
    g_autoptr(GString) all = g_string_new(NULL);
    char bytes[4096];
    ssize_t count;
    const char *end;
    while (((end = strstr(all->str, "\r\n\r\n")) == NULL || strlen(end + 4) < body_length(all->str)) &&
           (count = recv(fd, bytes, sizeof bytes, 0)) > 0)
        g_string_append_len(all, bytes, count);
    return g_strdup(end != NULL ? end + 4 : "");
}

static void *service_main(void *data)
{
    struct service *self = data;
    int fd;
    while ((fd = accept(self->listener, NULL, NULL)) >= 0) {
        g_autofree char *body = read_body(fd);
        const char *answer = self->answers[0];
        if (self->answers[1] != NULL)
            self->answers++;
        g_string_append_printf(self->heard, "%s\n", body);
        g_autofree char *whole = g_strdup_printf("HTTP/1.1 %.3s X\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", answer,
                                                 strlen(answer + 4), answer + 4);
        (void)!send(fd, whole, strlen(whole), MSG_NOSIGNAL);
        close(fd);
    }
    return NULL;
}

static void service_start(struct service *self, const char *const *answers)
{
    *self = (struct service){ .answers = answers, .heard = g_string_new(NULL) };
    self->listener = listen_somewhere(&self->port);
    pthread_create(&self->thread, NULL, service_main, self);
}

static void service_stop(struct service *self)
{
    shutdown(self->listener, SHUT_RDWR);
    pthread_join(self->thread, NULL);
    close(self->listener);
    g_string_free(self->heard, TRUE);
}

static struct net_oauth_service described(const struct service *self, char **url_out)
{
    *url_out = g_strdup_printf("http://127.0.0.1:%d/x", self->port);
    return (struct net_oauth_service){ .authorization_url = "https://login.example.test/authorize",
                                       .token_url = *url_out,
                                       .device_url = *url_out,
                                       .scope = "mail offline",
                                       .client_id = "postern test" };
}

static void assert_error(const GError *error, enum net_error code, const char *words)
{
    assert_non_null(error);
    if (error != NULL && (!g_error_matches(error, NET_ERROR, (gint)code) || strstr(error->message, words) == NULL))
        fail_msg("%d %s", error->code, error->message);
}

/* --- refreshing --- */
static void refreshing_gives_a_new_token_or_says_what_to_do(void **state)
{
    (void)state;
    const struct {
        const char *answer;
        bool is_good;
        enum net_error error;
        const char *words;
    } rows[] = {
        { "200 {\"access_token\":\"new\",\"expires_in\":3600,\"refresh_token\":\"next\"}", true, 0, "" },
        { "200 {\"access_token\":\"new\",\"expires_in\":\"3599\"}", true, 0, "" },
        { "200 {\"access_token\":\"new\"}", true, 0, "" },
        { "400 {\"error\":\"invalid_grant\",\"error_description\":\"Token has been \\u001b[2Jrevoked.\"}", false, NET_ERROR_AUTH,
          "sign in again" },
        { "401 {\"error\":\"invalid_client\"}", false, NET_ERROR_CONFIG, "client-id" },
        { "400 {\"error\":\"odd\"}", false, NET_ERROR_PROTOCOL, "odd" },
        { "503 <html>busy</html>", false, NET_ERROR_REFUSED, "503" },
        { "200 <html>captive portal</html>", false, NET_ERROR_PROTOCOL, "200" },
        { "200 {\"access_token\":\"new\\u0001auth=x\"}", false, NET_ERROR_PROTOCOL, "access_token" },
        { "200 {\"access_token\":\"new\",\"refresh_token\":\"a\\r\\nb\"}", false, NET_ERROR_PROTOCOL, "access_token" },
        { "200 {\"access_token\":\"new\",\"token_type\":\"DPoP\"}", false, NET_ERROR_PROTOCOL, "access_token" },
        { "200 {\"access_token\":\"new\",\"token_type\":\"bearer\",\"expires_in\":-5}", true, 0, "" },
        { "200 {\"access_token\":[\"new\"]}", false, NET_ERROR_PROTOCOL, "access_token" },
        { "200 {}", false, NET_ERROR_PROTOCOL, "access_token" },
        { "302 {}", false, NET_ERROR_PROTOCOL, "127.0.0.1" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *const answers[] = { rows[i].answer, NULL };
        struct service server;
        struct net_oauth_tokens tokens = { 0 };
        g_autofree char *url = NULL;
        g_autoptr(GError) error = NULL;
        service_start(&server, answers);
        struct net_oauth_service service = described(&server, &url);
        bool is_good = net_oauth_refresh(&service, "old+/=&x", -1, &tokens, &error);
        if (is_good != rows[i].is_good)
            fail_msg("row %zu: %s", i, error != NULL ? error->message : "good");
        if (is_good)
            assert_string_equal(tokens.access, "new");
        else
            assert_error(error, rows[i].error, rows[i].words);
        for (const char *c = error != NULL ? error->message : ""; *c != '\0'; c++)
            assert_false(g_ascii_iscntrl(*c));
        assert_int_equal(tokens.expires_utc > 0, i < 2);
        assert_string_equal(server.heard->str, "client_id=postern%20test&grant_type=refresh_token&refresh_token=old%2B%2F%3D%26x\n");
        net_oauth_tokens_clear(&tokens);
        service_stop(&server);
    }
}

static void nothing_is_asked_over_an_open_line(void **state)
{
    (void)state;
    static const char *const urls[] = { "http://login.example.test/token", "ftp://127.0.0.1/", "file:///etc/passwd", "nonsense", "" };
    for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
        const struct net_oauth_service service = { .token_url = urls[i], .client_id = "x" };
        const struct net_oauth_service page = { .authorization_url = urls[i],
                                                .token_url = "https://login.example.test/",
                                                .client_id = "x" };
        struct net_oauth_tokens tokens = { 0 };
        g_autoptr(GError) error = NULL, unseen = NULL;
        assert_false(net_oauth_refresh(&service, "old", -1, &tokens, &error));
        assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_INSECURE));
        assert_null(net_oauth_visit_new(&page, NULL, &unseen));
        assert_true(g_error_matches(unseen, NET_ERROR, NET_ERROR_INSECURE));
    }
}

static void an_endless_answer_and_a_silent_one_are_left(void **state)
{
    (void)state;
    g_autofree char *endless = g_strnfill(600 * 1024, 'x');
    g_autofree char *answer = g_strconcat("200 ", endless, NULL);
    const char *const answers[] = { answer, NULL };
    struct service server;
    struct net_http_answer got;
    g_autoptr(GError) too_big = NULL, cancelled = NULL;
    service_start(&server, answers);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/", server.port);
    assert_false(net_http_fetch(&(struct net_http_request){ .url = url, .cancel_fd = -1 }, &got, &too_big));
    assert_true(g_error_matches(too_big, NET_ERROR, NET_ERROR_LIMIT));
    service_stop(&server);
    int port, listener = listen_somewhere(&port), cancel_fd = eventfd(1, EFD_CLOEXEC); /* nobody accepts, and somebody calls it off */
    g_autofree char *silent = g_strdup_printf("http://127.0.0.1:%d/", port);
    assert_false(net_http_fetch(&(struct net_http_request){ .url = silent, .cancel_fd = cancel_fd }, &got, &cancelled));
    assert_true(g_error_matches(cancelled, NET_ERROR, NET_ERROR_CANCELLED));
    g_autoptr(GError) late = NULL;
    gint64 begin = g_get_monotonic_time();
    assert_false(net_http_fetch(&(struct net_http_request){ .url = silent, .timeout_ms = 100, .cancel_fd = -1 }, &got, &late));
    assert_true(g_error_matches(late, NET_ERROR, NET_ERROR_TIMEOUT) && g_get_monotonic_time() - begin < 10 * G_USEC_PER_SEC);
    close(listener);
    close(cancel_fd);
}

/* --- the browser on this computer --- */
struct browser {
    const char *link;
    const char *const *requests; /* %s: the state of the link */
    GString *pages;
    bool is_patient; /* asks again where it got no answer, as browsers do */
};

static char *parameter_of(const char *link, const char *name)
{
    g_autoptr(GHashTable) all = g_uri_parse_params(strchr(link, '?') + 1, -1, "&", G_URI_PARAMS_WWW_FORM, NULL);
    return g_strdup(g_hash_table_lookup(all, name));
}

static void visit(struct browser *self, int port, const char *request)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port) };
    char page[4096];
    ssize_t count;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    (void)!send(fd, request, strlen(request), MSG_NOSIGNAL);
    while ((count = recv(fd, page, sizeof page, 0)) > 0)
        g_string_append_len(self->pages, page, count);
    close(fd);
}

static void visit_until_answered(struct browser *self, int port, const char *request)
{
    for (int i = 0; i < 50 && self->pages->len == 0; i++) {
        if (i > 0)
            g_usleep(100 * 1000);
        visit(self, port, request);
    }
}

static void *browser_main(void *data)
{
    struct browser *self = data;
    g_autofree char *redirect = parameter_of(self->link, "redirect_uri"), *state = parameter_of(self->link, "state");
    int port = atoi(strrchr(redirect, ':') + 1);
    for (const char *const *request = self->requests; *request != NULL; request++) {
        g_auto(GStrv) parts = g_strsplit(*request, "STATE", -1);
        g_autofree char *whole = g_strjoinv(state, parts);
        (self->is_patient ? visit_until_answered : visit)(self, port, whole);
    }
    return NULL;
}

/* False with error; true: tokens. */
static bool sign_in(const struct net_oauth_service *service, const char *const *requests, char **challenge_out, char **pages_out,
                    GError **error)
{
    struct net_oauth_tokens tokens = { 0 };
    g_autoptr(net_oauth_visit) visit = net_oauth_visit_new(service, "a&b@example.test", error);
    struct browser browser = { net_oauth_visit_link(visit), requests, g_string_new(NULL), false };
    pthread_t thread;
    g_autofree char *hint = parameter_of(browser.link, "login_hint");
    assert_string_equal(hint, "a&b@example.test");
    *challenge_out = parameter_of(browser.link, "code_challenge");
    pthread_create(&thread, NULL, browser_main, &browser);
    bool is_good = net_oauth_visit_wait(visit, -1, 20000, &tokens, error);
    pthread_join(thread, NULL);
    assert_int_equal(is_good, tokens.access != NULL);
    net_oauth_tokens_clear(&tokens);
    *pages_out = g_string_free(browser.pages, FALSE);
    return is_good;
}

#define BEHIND " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

static void the_browser_comes_back_with_a_code_that_only_we_can_use(void **state)
{
    (void)state;
    /* a favicon, a stranger without the state, half a request; then the real one */
    static const char *const requests[] = { "GET /favicon.ico" BEHIND, "GET /?code=evil&state=guess" BEHIND,
                                            "POST /?code=x&state=STATE" BEHIND, "GET /?code=4%2F0Ab%3D&state=STATE&scope=x" BEHIND, NULL };
    static const char *const answers[] = { "200 {\"access_token\":\"t\",\"refresh_token\":\"r\",\"expires_in\":1}", NULL };
    struct service server;
    g_autofree char *url = NULL, *challenge = NULL, *pages = NULL;
    g_autoptr(GError) error = NULL;
    service_start(&server, answers);
    struct net_oauth_service service = described(&server, &url);
    if (!sign_in(&service, requests, &challenge, &pages, &error))
        fail_msg("%s", error->message);
    g_strchomp(server.heard->str);
    g_autoptr(GHashTable) form = g_uri_parse_params(server.heard->str, -1, "&", G_URI_PARAMS_WWW_FORM, NULL);
    assert_string_equal(g_hash_table_lookup(form, "code"), "4/0Ab=");
    assert_string_equal(g_hash_table_lookup(form, "grant_type"), "authorization_code");
    const char *verifier = g_hash_table_lookup(form, "code_verifier");
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)verifier, strlen(verifier), digest);
    g_autofree char *expected = g_base64_encode(digest, sizeof digest);
    g_strdelimit(expected, "+", '-');
    g_strdelimit(expected, "/", '_');
    expected[strcspn(expected, "=")] = '\0';
    assert_string_equal(challenge, expected); /* RFC 7636 4.6 */
    assert_non_null(strstr(pages, "404 Not Found"));
    assert_non_null(strstr(pages, "200 OK"));
    service_stop(&server);
}

static void a_refusal_in_the_browser_is_told(void **state)
{
    (void)state;
    static const char *const requests[] = { "GET /?error=access_denied&state=STATE" BEHIND, NULL };
    static const char *const answers[] = { "500 ", NULL };
    struct service server;
    g_autofree char *url = NULL, *challenge = NULL, *pages = NULL;
    g_autoptr(GError) error = NULL;
    service_start(&server, answers);
    struct net_oauth_service service = described(&server, &url);
    assert_false(sign_in(&service, requests, &challenge, &pages, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_AUTH));
    assert_string_equal(server.heard->str, "");
    service_stop(&server);
}

/* RFC 9207: the person was led to another service, whose answer must not reach the first one. */
static void an_answer_of_another_issuer_is_not_used(void **state)
{
    (void)state;
    static const struct {
        const char *requests[2];
        bool is_good;
    } rows[] = {
        { { "GET /?code=x&state=STATE&iss=https%3A%2F%2Fevil.example.test" BEHIND, NULL }, false },
        { { "GET /?code=x&state=STATE&iss=login.example.test" BEHIND, NULL }, false },
        { { "GET /?code=x&state=STATE&iss=https%3A%2F%2Flogin.example.test%2Ftenant" BEHIND, NULL }, true },
    };
    static const char *const answers[] = { "200 {\"access_token\":\"t\"}", NULL };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct service server;
        g_autofree char *url = NULL, *challenge = NULL, *pages = NULL;
        g_autoptr(GError) error = NULL;
        service_start(&server, answers);
        struct net_oauth_service service = described(&server, &url);
        assert_int_equal(sign_in(&service, rows[i].requests, &challenge, &pages, &error), rows[i].is_good);
        if (!rows[i].is_good) {
            assert_error(error, NET_ERROR_AUTH, "another service");
            assert_string_equal(server.heard->str, "");
        }
        service_stop(&server);
    }
}

static void guests_who_say_nothing_keep_nobody_waiting(void **state)
{
    (void)state;
    static const char *const requests[] = { "GET /back/here?code=x&state=STATE" BEHIND, NULL };
    static const char *const answers[] = { "200 {\"access_token\":\"t\"}", NULL };
    struct service server;
    struct net_oauth_tokens tokens = { 0 };
    g_autofree char *url = NULL;
    g_autoptr(GError) error = NULL;
    int silent[40], port = 0, taken = listen_somewhere(&port);
    close(taken); /* a port as it may have been registered */
    service_start(&server, answers);
    struct net_oauth_service service = described(&server, &url);
    g_autofree char *redirect = g_strdup_printf("http://localhost:%d/back/here", port);
    service.redirect_url = redirect;
    g_autoptr(net_oauth_visit) visit = net_oauth_visit_new(&service, NULL, &error);
    if (visit == NULL)
        fail_msg("%s", error->message);
    g_autofree char *said = parameter_of(net_oauth_visit_link(visit), "redirect_uri");
    assert_string_equal(said, redirect);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port) };
    for (size_t i = 0; i < G_N_ELEMENTS(silent); i++) {
        silent[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(silent[i], (struct sockaddr *)&address, sizeof address);
    }
    struct browser browser = { net_oauth_visit_link(visit), requests, g_string_new(NULL), true };
    pthread_t thread;
    gint64 begin = g_get_monotonic_time();
    pthread_create(&thread, NULL, browser_main, &browser);
    assert_true(net_oauth_visit_wait(visit, -1, 60000, &tokens, &error));
    assert_true(g_get_monotonic_time() - begin < 8 * G_USEC_PER_SEC);
    pthread_join(thread, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(silent); i++)
        close(silent[i]);
    net_oauth_tokens_clear(&tokens);
    g_string_free(browser.pages, TRUE);
    service_stop(&server);
}

static void a_browser_that_never_comes_is_not_waited_for_for_ever(void **state)
{
    (void)state;
    const struct net_oauth_service service = { .authorization_url = "https://login.example.test/",
                                               .token_url = "https://login.example.test/",
                                               .client_id = "x" };
    struct net_oauth_tokens tokens;
    g_autoptr(GError) late = NULL, cancelled = NULL;
    g_autoptr(net_oauth_visit) first = net_oauth_visit_new(&service, NULL, NULL), second = net_oauth_visit_new(&service, NULL, NULL);
    int cancel_fd = eventfd(1, EFD_CLOEXEC);
    assert_false(net_oauth_visit_wait(first, -1, 20, &tokens, &late));
    assert_true(g_error_matches(late, NET_ERROR, NET_ERROR_TIMEOUT));
    assert_false(net_oauth_visit_wait(second, cancel_fd, 20000, &tokens, &cancelled));
    assert_true(g_error_matches(cancelled, NET_ERROR, NET_ERROR_CANCELLED));
    close(cancel_fd);
}

/* --- another device --- */
#define CODES                                                                                                                              \
    "200 "                                                                                                                                 \
    "{\"device_code\":\"secret\",\"user_code\":\"WDJB-MJHT\",\"verification_uri\":\"https://x.test/"                                       \
    "device\",\"expires_in\":600,\"interval\":0}"

static void the_device_is_asked_for_until_the_person_is_through(void **state)
{
    (void)state;
    const struct {
        const char *answers[4];
        bool is_good;
        enum net_error error;
    } rows[] = {
        { { CODES, "400 {\"error\":\"authorization_pending\"}", "200 {\"access_token\":\"t\"}", NULL }, true, 0 },
        { { CODES, "503 busy", "200 {\"access_token\":\"t\"}", NULL }, true, 0 },
        { { CODES, "400 {\"error\":\"access_denied\"}", NULL }, false, NET_ERROR_AUTH },
        { { CODES, "400 {\"error\":\"expired_token\"}", NULL }, false, NET_ERROR_AUTH },
    };
    static const char *const wrong_link[] = {
        "200 {\"device_code\":\"secret\",\"user_code\":\"A\",\"verification_uri\":\"http://x.test/\"}", NULL
    };
    struct service liar;
    struct net_oauth_device none;
    g_autofree char *liar_url = NULL;
    g_autoptr(GError) lie = NULL;
    service_start(&liar, wrong_link);
    struct net_oauth_service lying = described(&liar, &liar_url);
    assert_false(net_oauth_device_start(&lying, -1, &none, &lie)); /* nobody is sent to a page that anybody could have changed */
    service_stop(&liar);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct service server;
        struct net_oauth_device device;
        struct net_oauth_tokens tokens;
        g_autofree char *url = NULL;
        g_autoptr(GError) error = NULL;
        service_start(&server, rows[i].answers);
        struct net_oauth_service service = described(&server, &url);
        assert_true(net_oauth_device_start(&service, -1, &device, &error));
        assert_string_equal(device.user_code, "WDJB-MJHT");
        assert_int_equal(net_oauth_device_wait(&service, &device, -1, &tokens, &error), rows[i].is_good);
        assert_true(rows[i].is_good || g_error_matches(error, NET_ERROR, (gint)rows[i].error));
        assert_non_null(strstr(server.heard->str, "device_code=secret"));
        net_oauth_tokens_clear(&tokens);
        net_oauth_device_clear(&device);
        service_stop(&server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refreshing_gives_a_new_token_or_says_what_to_do),
        cmocka_unit_test(nothing_is_asked_over_an_open_line),
        cmocka_unit_test(an_endless_answer_and_a_silent_one_are_left),
        cmocka_unit_test(the_browser_comes_back_with_a_code_that_only_we_can_use),
        cmocka_unit_test(a_refusal_in_the_browser_is_told),
        cmocka_unit_test(an_answer_of_another_issuer_is_not_used),
        cmocka_unit_test(guests_who_say_nothing_keep_nobody_waiting),
        cmocka_unit_test(a_browser_that_never_comes_is_not_waited_for_for_ever),
        cmocka_unit_test(the_device_is_asked_for_until_the_person_is_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
