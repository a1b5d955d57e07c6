/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Which method is tried when, and the binding of a sign-in to its TLS connection, with libgsasl as the server. */
#include "net/signin.h"
#include "net/smtp_client.h"
#include "tests/peer/peer_authority.h"
#include <glib/gstdio.h>
#include <gsasl.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

static char *directory, *ca_path;
static peer_certificate *authority, *certificate;

/* --- choosing, without a server --- */
static net_stream *open_stream(enum net_security security)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    close(fds[1]);
    const struct net_endpoint endpoint = { .host = "mail.example.test", .security = security };
    return net_stream_from_fd(fds[0], &endpoint, NULL);
}

/* The methods that would be tried, each refused in that way, joined by ' ', and the error at the end. */
static char *story_of(enum net_security security, const struct net_credentials *credentials, const char *const *offered,
                      enum net_signin_refusal refusal, enum net_error error_wanted)
{
    g_autoptr(net_stream) stream = open_stream(security);
    g_autoptr(net_signin) signin = net_signin_new(stream, "imap", credentials, offered);
    g_autoptr(GString) story = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    const char *method;
    while ((method = net_signin_next(signin, &error)) != NULL) {
        g_string_append_printf(story, "%s%s", story->len > 0 ? " " : "", method);
        net_signin_refused(signin, refusal, "no");
    }
    if (!g_error_matches(error, NET_ERROR, (gint)error_wanted))
        fail_msg("%s: %s", story->str, error->message);
    return g_strdup(story->str);
}

static void the_strongest_is_tried_first_and_a_refusal_leads_only_where_it_may(void **state)
{
    (void)state;
    /* a socket pair may see passwords; a TLS stream without its handshake not */
    const enum net_security open = NET_SECURITY_PLAIN, shut = NET_SECURITY_TLS;
    const struct {
        const char *offered[8], *auth;
        enum net_security security;
        enum net_signin_refusal refusal;
        enum net_error error;
        const char *story;
    } rows[] = {
        { { "LOGIN", "PLAIN" }, "auto", open, NET_SIGNIN_WRONG, NET_ERROR_AUTH, "PLAIN" },
        { { "LOGIN", "PLAIN" }, NULL, open, NET_SIGNIN_UNUSABLE, NET_ERROR_AUTH, "PLAIN LOGIN" },
        { { "login", "FANCY", "" }, "", open, NET_SIGNIN_WRONG, NET_ERROR_AUTH, "LOGIN" },
        { { "LOGIN", "PLAIN" }, "LOGIN", open, NET_SIGNIN_WRONG, NET_ERROR_AUTH, "LOGIN" },
        { { "PLAIN" }, "login", open, NET_SIGNIN_WRONG, NET_ERROR_AUTH, "" },
        { { "PLAIN" }, "scram-sha-256", open, NET_SIGNIN_WRONG, NET_ERROR_AUTH, "" },
        { { "PLAIN", "LOGIN", "!LOGIN" }, "auto", shut, NET_SIGNIN_WRONG, NET_ERROR_INSECURE, "" },
        { { "PLAINTEXT", "XPLAIN" }, "auto", open, NET_SIGNIN_WRONG, NET_ERROR_AUTH, "" },
        { { NULL }, "auto", open, NET_SIGNIN_WRONG, NET_ERROR_INSECURE, "" },
        { { "PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256" }, "auto", open, NET_SIGNIN_WRONG, NET_ERROR_AUTH, "SCRAM-SHA-256 PLAIN" },
        { { "PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "NTLM" },
          "auto",
          open,
          NET_SIGNIN_UNUSABLE,
          NET_ERROR_AUTH,
          "SCRAM-SHA-1 CRAM-MD5 NTLM PLAIN" },
        { { "PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "NTLM", "DIGEST-MD5" },
          "auto",
          shut,
          NET_SIGNIN_WRONG,
          NET_ERROR_AUTH,
          "SCRAM-SHA-1 DIGEST-MD5 CRAM-MD5" },
        { { "PLAIN", "CRAM-MD5" }, "auto", open, NET_SIGNIN_LATER, NET_ERROR_REFUSED, "CRAM-MD5" },
        { { "SCRAM-SHA-256-PLUS", "PLAIN" }, "auto", open, NET_SIGNIN_WRONG, NET_ERROR_AUTH, "PLAIN" }, /* nothing to bind to */
        { { "EXTERNAL", "XOAUTH2", "OAUTHBEARER", "PLAIN" }, "auto", open, NET_SIGNIN_WRONG, NET_ERROR_AUTH, "PLAIN" },
        { { "XOAUTH2", "OAUTHBEARER", "PLAIN" }, "xoauth2", open, NET_SIGNIN_WRONG, NET_ERROR_AUTH, "XOAUTH2" },
        { { "XOAUTH2" }, "xoauth2", shut, NET_SIGNIN_WRONG, NET_ERROR_INSECURE, "" }, /* a token is as good as a password */
        { { "EXTERNAL", "PLAIN" }, "external", open, NET_SIGNIN_WRONG, NET_ERROR_AUTH, "EXTERNAL" },
        { { "PLAIN", "!LOGIN" }, "auto", open, NET_SIGNIN_UNUSABLE, NET_ERROR_AUTH, "PLAIN !LOGIN" },
        { { "!USER", "!APOP" }, "auto", open, NET_SIGNIN_WRONG, NET_ERROR_AUTH, "!APOP !USER" },
        { { "!USER", "!APOP" }, "apop", shut, NET_SIGNIN_WRONG, NET_ERROR_AUTH, "!APOP" },
    };
    g_unsetenv("KRB5CCNAME");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct net_credentials credentials = { .user = "alice", .password = "sesame", .auth = rows[i].auth };
        g_autofree char *story = story_of(rows[i].security, &credentials, rows[i].offered, rows[i].refusal, rows[i].error);
        if (strcmp(story, rows[i].story) != 0)
            fail_msg("row %zu: \"%s\"", i, story);
    }
}

static void a_token_goes_by_the_methods_for_tokens_and_by_no_other(void **state)
{
    (void)state;
    const struct net_credentials credentials = { .user = "alice", .token = "t" };
    const char *const offered[] = { "PLAIN", "SCRAM-SHA-1", "XOAUTH2", "OAUTHBEARER", NULL };
    g_autofree char *refused = story_of(NET_SECURITY_PLAIN, &credentials, offered, NET_SIGNIN_WRONG, NET_ERROR_AUTH),
                    *unknown = story_of(NET_SECURITY_PLAIN, &credentials, offered, NET_SIGNIN_UNUSABLE, NET_ERROR_AUTH);
    assert_string_equal(refused, "OAUTHBEARER");
    assert_string_equal(unknown, "OAUTHBEARER XOAUTH2");
}

static void less_than_last_time_is_noticed(void **state)
{
    (void)state;
    assert_true(net_signin_is_weaker("PLAIN", "SCRAM-SHA-256"));
    assert_true(net_signin_is_weaker("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"));
    assert_true(net_signin_is_weaker("CRAM-MD5", "SCRAM-SHA-1"));
    assert_true(net_signin_is_weaker("LOGIN command", "CRAM-MD5"));
    assert_true(net_signin_is_weaker("USER", "APOP"));
    assert_false(net_signin_is_weaker("PLAIN", "LOGIN"));
    assert_false(net_signin_is_weaker("SCRAM-SHA-1", "SCRAM-SHA-256"));
    assert_false(net_signin_is_weaker("PLAIN", NULL));
}

/* --- a server with TLS and libgsasl --- */
struct bound_server {
    int fd, version;
    bool is_in_the_middle; /* its TLS connection is not the client's */
    bool hangs_up;         /* instead of refusing */
    SSL *ssl;
    GString *heard;
    unsigned char binding[64];
    size_t binding_length;
};

static void say(struct bound_server *self, const char *line)
{
    SSL_write(self->ssl, line, (int)strlen(line));
    SSL_write(self->ssl, "\r\n", 2);
}

static char *hear(struct bound_server *self)
{
    g_autoptr(GString) line = g_string_new(NULL);
    char byte;
    while (SSL_read(self->ssl, &byte, 1) == 1 && byte != '\n') {
        if (byte != '\r')
            g_string_append_c(line, byte);
    }
    g_string_append_printf(self->heard, "%s\n", line->str);
    return g_strdup(line->str);
}

static int tell(Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
    const struct bound_server *self = gsasl_callback_hook_get(library);
    if (property == GSASL_PASSWORD)
        return gsasl_property_set(session, GSASL_PASSWORD, "sesame");
    if (property != (self->version == TLS1_3_VERSION ? GSASL_CB_TLS_EXPORTER : GSASL_CB_TLS_UNIQUE))
        return GSASL_NO_CALLBACK;
    g_autofree char *base64 = g_base64_encode(self->binding, self->binding_length);
    return gsasl_property_set(session, property, base64);
}

/* RFC 9266 and 5929 as a server reads them: the exporter, or the client's Finished. */
static void take_binding(struct bound_server *self)
{
    static const char label[] = "EXPORTER-Channel-Binding";
    self->binding_length = 32;
    if (self->version == TLS1_3_VERSION)
        SSL_export_keying_material(self->ssl, self->binding, 32, label, sizeof label - 1, (const unsigned char *)"", 0, 1);
    else
        self->binding_length = SSL_get_peer_finished(self->ssl, self->binding, sizeof self->binding);
    if (self->is_in_the_middle)
        self->binding[0] ^= 1;
}

static void serve_auth(struct bound_server *self, char *answer /* taken */)
{
    Gsasl *library = NULL;
    Gsasl_session *session = NULL;
    gsasl_init(&library);
    gsasl_callback_set(library, tell);
    gsasl_callback_hook_set(library, self);
    gsasl_server_start(library, "SCRAM-SHA-256-PLUS", &session);
    int code = GSASL_NEEDS_MORE;
    while (code == GSASL_NEEDS_MORE) {
        char *challenge = NULL;
        code = gsasl_step64(session, answer, &challenge);
        g_autofree char *line = g_strdup_printf("334 %s", challenge != NULL ? challenge : "");
        if ((code == GSASL_OK || code == GSASL_NEEDS_MORE) && challenge != NULL && *challenge != '\0') {
            say(self, line);
            g_free(answer);
            answer = hear(self);
        }
        gsasl_free(challenge);
    }
    g_free(answer);
    if (code == GSASL_OK || !self->hangs_up)
        say(self, code == GSASL_OK ? "235 in" : "535 5.7.8 no");
    gsasl_finish(session);
    gsasl_done(library);
}

static void *server_main(void *data)
{
    struct bound_server *self = data;
    SSL_CTX *context = peer_certificate_context(certificate);
    SSL_CTX_set_max_proto_version(context, self->version);
    self->ssl = SSL_new(context);
    SSL_set_fd(self->ssl, self->fd);
    if (SSL_accept(self->ssl) == 1) {
        take_binding(self);
        say(self, "220 hello");
        g_free(hear(self));
        say(self, "250-hello\r\n250 AUTH PLAIN LOGIN SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-256-PLUS");
        g_autofree char *line = hear(self);
        if (g_str_has_prefix(line, "AUTH SCRAM-SHA-256-PLUS "))
            serve_auth(self, g_strdup(line + strlen("AUTH SCRAM-SHA-256-PLUS ")));
        if (self->hangs_up)
            SSL_shutdown(self->ssl);
        else
            g_free(hear(self)); /* until the client goes: QUIT, or what it must not say */
    }
    SSL_free(self->ssl);
    SSL_CTX_free(context);
    close(self->fd);
    return NULL;
}

/* The way it began: the line of AUTH. */
static char *first_try_at_one_that_hangs_up(const char *last)
{
    int fds[2];
    pthread_t thread;
    struct bound_server server = { .version = TLS1_3_VERSION, .is_in_the_middle = true, .hangs_up = true, .heard = g_string_new(NULL) };
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    server.fd = fds[1];
    pthread_create(&thread, NULL, server_main, &server);
    const struct net_endpoint endpoint = { .host = "mail.example.test", .security = NET_SECURITY_TLS, .tls_ca_file = ca_path };
    const struct net_credentials credentials = { .user = "alice", .password = "sesame", .last = last };
    net_stream *stream = net_stream_from_fd(fds[0], &endpoint, NULL);
    assert_true(net_stream_start_tls(stream, 0, NULL, NULL));
    smtp_client *client = smtp_client_new(stream);
    assert_true(smtp_client_greet(client, NULL, NULL));
    assert_false(smtp_client_login(client, &credentials, NULL));
    smtp_client_free(client);
    pthread_join(thread, NULL);
    char *found = strstr(server.heard->str, "AUTH "),
         *line = g_strndup(found != NULL ? found : "", found != NULL ? strcspn(found, "\n") : 0);
    g_string_free(server.heard, TRUE);
    return line;
}

static void sign_in_bound(int version, bool is_in_the_middle, const char *last)
{
    int fds[2];
    pthread_t thread;
    struct bound_server server = { .version = version, .is_in_the_middle = is_in_the_middle, .heard = g_string_new(NULL) };
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    server.fd = fds[1];
    pthread_create(&thread, NULL, server_main, &server);
    const struct net_endpoint endpoint = {
        .host = "mail.example.test", .security = NET_SECURITY_TLS, .tls_ca_file = ca_path, .io_timeout_ms = 20000
    };
    const struct net_credentials credentials = { .user = "alice", .password = "sesame", .last = last };
    g_autoptr(GError) error = NULL;
    net_stream *stream = net_stream_from_fd(fds[0], &endpoint, NULL);
    assert_true(net_stream_start_tls(stream, 0, NULL, &error));
    smtp_client *client = smtp_client_new(stream);
    assert_true(smtp_client_greet(client, NULL, &error));
    assert_int_equal(smtp_client_login(client, &credentials, &error), !is_in_the_middle);
    smtp_client_free(client);
    pthread_join(thread, NULL);
    assert_null(strstr(server.heard->str, "PLAIN"));
    assert_null(strstr(server.heard->str, "SCRAM-SHA-1"));
    assert_int_equal(strstr(server.heard->str, "SCRAM-SHA-256 ") != NULL, is_in_the_middle && last == NULL);
    assert_true(!is_in_the_middle || last == NULL || g_error_matches(error, NET_ERROR, NET_ERROR_AUTH));
    g_string_free(server.heard, TRUE);
}

static void a_sign_in_is_bound_to_its_connection_in_tls_1_3_and_1_2(void **state)
{
    (void)state;
    sign_in_bound(TLS1_3_VERSION, false, NULL);
    sign_in_bound(TLS1_2_VERSION, false, "SCRAM-SHA-256-PLUS");
}

/* Cyrus 3.6 offers binding and has another idea of it in TLS 1.3. */
static void where_binding_never_worked_the_same_method_goes_without(void **state)
{
    (void)state;
    sign_in_bound(TLS1_3_VERSION, true, NULL);
}

static void where_binding_worked_a_man_in_the_middle_gets_nothing_weaker(void **state)
{
    (void)state;
    sign_in_bound(TLS1_3_VERSION, true, "SCRAM-SHA-256-PLUS");
    sign_in_bound(TLS1_2_VERSION, true, "SCRAM-SHA-1-PLUS");
}

/* Cyrus 3.10 does, where it offers nothing else. A connection later the same method without is next, unless binding worked once. */
static void who_hangs_up_over_a_binding_is_not_offered_it_again(void **state)
{
    (void)state;
    unsigned lessons = net_signin_lessons();
    g_autofree char *suspicious = first_try_at_one_that_hangs_up("SCRAM-SHA-256-PLUS");
    assert_true(g_str_has_prefix(suspicious, "AUTH SCRAM-SHA-256-PLUS "));
    assert_int_equal(net_signin_lessons(), lessons);
    g_autofree char *first = first_try_at_one_that_hangs_up(NULL), *second = first_try_at_one_that_hangs_up(NULL);
    assert_true(g_str_has_prefix(first, "AUTH SCRAM-SHA-256-PLUS "));
    assert_int_equal(net_signin_lessons(), lessons + 1);
    assert_true(g_str_has_prefix(second, "AUTH SCRAM-SHA-256 "));
}

static int set_up(void **state)
{
    (void)state;
    directory = g_dir_make_tmp("postern-signin-XXXXXX", NULL);
    ca_path = g_build_filename(directory, "ca.pem", NULL);
    authority = peer_certificate_new(&(struct peer_wish){ .common_name = "postern test CA", .is_authority = true });
    certificate = peer_certificate_new(&(struct peer_wish){ .common_name = "mail", .names = "DNS:mail.example.test", .issuer = authority });
    peer_certificate_save(authority, ca_path, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    g_unlink(ca_path);
    g_rmdir(directory);
    g_free(directory);
    g_free(ca_path);
    peer_certificate_free(certificate);
    peer_certificate_free(authority);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_strongest_is_tried_first_and_a_refusal_leads_only_where_it_may),
        cmocka_unit_test(a_token_goes_by_the_methods_for_tokens_and_by_no_other),
        cmocka_unit_test(less_than_last_time_is_noticed),
        cmocka_unit_test(a_sign_in_is_bound_to_its_connection_in_tls_1_3_and_1_2),
        cmocka_unit_test(where_binding_never_worked_the_same_method_goes_without),
        cmocka_unit_test(where_binding_worked_a_man_in_the_middle_gets_nothing_weaker),
        cmocka_unit_test(who_hangs_up_over_a_binding_is_not_offered_it_again),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
