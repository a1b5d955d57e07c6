/* SPDX-License-Identifier: MIT */
/* Every way to sign in, against a real Dovecot (IMAP) and Postfix (its sign-in is Dovecot's), with a KDC and a token server of the test's own. */
#include "net/imap_client.h"
#include "net/smtp_client.h"
#include "tests/servers/server.h"
#include "tests/servers/server_private.h"
#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define GOOD_TOKEN     "good-token-of-alice"
#define REALM          "EXAMPLE.TEST"
#define ASCII_PASSWORD "pa ss\"w\\ord%"

/* libgssglue, which libgsasl uses, keeps 16 bytes of its first call for ever. */
const char *__lsan_default_suppressions(void); /* NOLINT(bugprone-reserved-identifier): the sanitizer's name */
const char *__lsan_default_suppressions(void)  /* NOLINT(bugprone-reserved-identifier) */
{
    return "leak:libgssglue\nleak:libgssapi_krb5\n";
}

static server *servers;
static char *directory, *certificate_path, *key_path;
static GPid kdc;
static char *why_no_kerberos;
static int token_listener = -1;
static pthread_t token_thread;

static char *in_directory(const char *name)
{
    return g_build_filename(directory, name, NULL);
}

/* --- the token server: RFC 7662, one request a connection --- */
static void answer_token(int fd)
{
    char request[4096];
    size_t length = 0;
    ssize_t count;
    while (length < sizeof request - 1 && (count = recv(fd, request + length, sizeof request - 1 - length, 0)) > 0) {
        length += (size_t)count;
        request[length] = '\0';
        if (strstr(request, "\r\n\r\n") != NULL)
            break;
    }
    bool is_good = length > 0 && strstr(request, "Bearer " GOOD_TOKEN "\r\n") != NULL;
    const char *body = is_good ? "{\"active\":true,\"username\":\"alice\"}" : "{\"active\":false}";
    g_autofree char *answer = g_strdup_printf(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", strlen(body), body);
    (void)!send(fd, answer, strlen(answer), MSG_NOSIGNAL);
}

static void *token_main(void *data)
{
    (void)data;
    int fd;
    while ((fd = accept(token_listener, NULL, NULL)) >= 0) {
        answer_token(fd);
        close(fd);
    }
    return NULL;
}

static int start_token_server(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    token_listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(token_listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(token_listener, 20), 0);
    assert_int_equal(getsockname(token_listener, (struct sockaddr *)&address, &length), 0);
    pthread_create(&token_thread, NULL, token_main, NULL);
    return ntohs(address.sin_port);
}

/* --- Kerberos --- */
static bool is_installed(void)
{
    return g_access("/usr/sbin/krb5kdc", X_OK) == 0 && g_access("/usr/sbin/kdb5_util", X_OK) == 0 &&
           g_access("/usr/sbin/kadmin.local", X_OK) == 0 && g_access("/usr/bin/kinit", X_OK) == 0 &&
           g_access("/usr/lib/dovecot/modules/auth/libmech_gssapi.so", R_OK) == 0;
}

static void write_kerberos(int port)
{
    server_write_text(directory, "krb5.conf",
                      g_strdup_printf("[libdefaults]\n default_realm = " REALM "\n dns_lookup_kdc = false\n dns_lookup_realm = false\n"
                                      " dns_canonicalize_hostname = false\n rdns = false\n udp_preference_limit = 1\n"
                                      "[realms]\n " REALM " = {\n  kdc = 127.0.0.1:%d\n }\n[domain_realm]\n localhost = " REALM "\n",
                                      port));
    server_write_text(directory, "kdc.conf",
                      g_strdup_printf("[realms]\n " REALM " = {\n  kdc_listen = 127.0.0.1:%d\n  kdc_tcp_listen = 127.0.0.1:%d\n"
                                      "  database_name = %s/principal\n  key_stash_file = %s/stash\n  acl_file = %s/acl\n }\n",
                                      port, port, directory, directory, directory));
}

static bool admin(const char *query)
{
    return SERVER_RUN("kadmin.local", "-r", REALM, "-q", query);
}

static bool fill_kerberos(void)
{
    g_autofree char *keytab = in_directory("keytab"), *imap = g_strdup_printf("ktadd -k %s imap/localhost", keytab),
                    *smtp = g_strdup_printf("ktadd -k %s smtp/localhost", keytab);
    return SERVER_RUN("kdb5_util", "create", "-s", "-r", REALM, "-P", "master") && admin("addprinc -pw sesame alice") &&
           admin("addprinc -randkey imap/localhost") && admin("addprinc -randkey smtp/localhost") && admin(imap) && admin(smtp) &&
           g_chmod(keytab, 0644) == 0;
}

static bool get_ticket(void)
{
    g_autofree char *cache = in_directory("ccache"), *command = g_strdup_printf("echo sesame | kinit -c %s alice >/dev/null", cache);
    return SERVER_RUN("sh", "-c", command);
}

static char *start_kerberos(void)
{
    g_autofree char *conf = in_directory("krb5.conf"), *profile = in_directory("kdc.conf");
    if (!is_installed())
        return g_strdup("krb5-kdc, krb5-admin-server, krb5-user or dovecot-gssapi is not installed");
    int port = server_free_port();
    g_setenv("KRB5_CONFIG", conf, TRUE);
    g_setenv("KRB5_KDC_PROFILE", profile, TRUE);
    write_kerberos(port);
    const char *const argv[] = { "/usr/sbin/krb5kdc", "-n", "-r", REALM, NULL };
    if (!fill_kerberos() ||
        !g_spawn_async(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                       NULL, &kdc, NULL) ||
        !server_wait_for_port(port) || !get_ticket())
        return g_strdup("the KDC did not start");
    return NULL;
}

/* --- Dovecot with everything switched on --- */
static bool make_client_certificate(void)
{
    g_autofree char *ca_key = in_directory("ca.key"), *request = in_directory("client.csr");
    certificate_path = in_directory("client.pem");
    key_path = in_directory("client.key");
    return SERVER_RUN("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", key_path, "-out", request, "-subj", "/CN=alice") &&
           SERVER_RUN("openssl", "x509", "-req", "-in", request, "-CA", server_ca_file(servers), "-CAkey", ca_key, "-CAcreateserial",
                      "-out", certificate_path, "-days", "30");
}

static bool extend_dovecot(int token_port)
{
    g_autofree char *path = in_directory("dovecot.conf"), *before = NULL;
    server_write_text(directory, "oauth2.conf",
                      g_strdup_printf("introspection_mode = auth\nintrospection_url = http://127.0.0.1:%d/introspect\n"
                                      "username_attribute = username\nactive_attribute = active\nactive_value = true\n",
                                      token_port));
    if (!g_file_get_contents(path, &before, NULL, NULL))
        return false;
    g_autofree char *kerberos =
        why_no_kerberos != NULL
            ? g_strdup("")
            : g_strdup_printf(
                  "auth_krb5_keytab = %s/keytab\nauth_gssapi_hostname = localhost\nimport_environment = TZ KRB5_CONFIG=%s/krb5.conf\n",
                  directory, directory);
    char *after = g_strdup_printf(
        "%sauth_mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 external xoauth2 oauthbearer%s\n"
        "service anvil {\n unix_listener anvil-auth-penalty {\n mode = 0\n }\n}\n" /* many tries from one address are what this test is for */
        "ssl_ca = <%s\nssl_verify_client_cert = yes\nssl_require_crl = no\nauth_ssl_username_from_cert = yes\nssl_cert_username_field = "
        "commonName\n"
        "passdb {\n driver = static\n mechanisms = external\n args = nopassword=yes\n}\n"
        "passdb {\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = %s/oauth2.conf\n}\n%s",
        before, why_no_kerberos == NULL ? " gssapi" : "", server_ca_file(servers), directory, kerberos);
    /* DIGEST-MD5 hashes what fits into Latin-1 as Latin-1 (RFC 2831 2.1.2.1), which Dovecot does not know: carol has ASCII. */
    return server_write_text(directory, "users",
                             g_strdup_printf("alice:{PLAIN}%s::::::k5principals=alice@" REALM "\ncarol:{PLAIN}%s::::::\n", SERVER_PASSWORD,
                                             ASCII_PASSWORD)) &&
           server_write_text(directory, "dovecot.conf", after) && SERVER_RUN("doveadm", "-c", path, "reload");
}

/* --- signing in --- */
struct attempt {
    const char *user, *password, *auth;
    bool has_certificate;
};

static struct net_endpoint endpoint_of(const struct attempt *attempt, int port, enum net_security security)
{
    return (struct net_endpoint){ .host = "localhost",
                                  .port = (uint16_t)port,
                                  .security = security,
                                  .tls_ca_file = server_ca_file(servers),
                                  .tls_certificate = attempt->has_certificate ? certificate_path : NULL,
                                  .tls_key = attempt->has_certificate ? key_path : NULL };
}

static struct net_credentials credentials_of(const struct attempt *attempt)
{
    return (struct net_credentials){ .user = attempt->user, .password = attempt->password, .auth = attempt->auth };
}

/* The method that did it; NULL with error. Caller frees. */
static char *try_imap(const struct attempt *attempt, enum net_security security, GError **error)
{
    const struct server_ports *ports = server_ports(servers);
    struct net_endpoint endpoint = endpoint_of(attempt, security == NET_SECURITY_TLS ? ports->imaps : ports->imap, security);
    struct net_credentials credentials = credentials_of(attempt);
    struct imap_reply reply;
    g_autoptr(imap_client) client = imap_client_connect(&endpoint, NULL, NULL, NULL, error);
    if (client == NULL || !imap_client_login(client, &credentials, error) || !imap_wait(client, imap_send_noop(client), &reply, error))
        return NULL;
    assert_int_equal(reply.status, IMAP_OK);
    return g_strdup(imap_client_mechanism(client));
}

static char *try_smtp(const struct attempt *attempt, GError **error)
{
    struct net_endpoint endpoint = endpoint_of(attempt, server_ports(servers)->submissions, NET_SECURITY_TLS);
    struct net_credentials credentials = credentials_of(attempt);
    g_autoptr(smtp_client) client = smtp_client_connect(&endpoint, NULL, NULL, error);
    if (client == NULL || !smtp_client_login(client, &credentials, error))
        return NULL;
    g_autofree char *method = g_strdup(smtp_client_mechanism(client));
    smtp_client_quit(client);
    return g_steal_pointer(&method);
}

static void assert_method(const char *method, const char *wanted, const GError *error)
{
    if (method == NULL)
        fail_msg("%s: %s", wanted, error->message);
    assert_string_equal(method, wanted);
}

static const struct {
    const char *auth, *method;
} ways[] = {
    { "auto", "SCRAM-SHA-256" },
    { "scram-sha-256", "SCRAM-SHA-256" },
    { "scram-sha-1", "SCRAM-SHA-1" },

    { "cram-md5", "CRAM-MD5" },
    { "plain", "PLAIN" },
    { "login", "LOGIN" },
};

static void every_method_signs_in_to_imap_with_an_odd_password(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        const struct attempt attempt = { SERVER_USER, SERVER_PASSWORD, ways[i].auth, false };
        for (enum net_security security = NET_SECURITY_TLS; security <= NET_SECURITY_PLAIN; security++) {
            g_autoptr(GError) error = NULL;
            g_autofree char *method = try_imap(&attempt, security, &error);
            assert_method(method, ways[i].method, error);
        }
    }
}

static void every_method_signs_in_to_smtp_with_an_odd_password(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        const struct attempt attempt = { SERVER_USER, SERVER_PASSWORD, ways[i].auth, false };
        g_autoptr(GError) error = NULL;
        g_autofree char *method = try_smtp(&attempt, &error);
        assert_method(method, ways[i].method, error);
    }
}

static void digest_md5_signs_in_with_an_ascii_password(void **state)
{
    (void)state;
    const struct attempt attempt = { "carol", ASCII_PASSWORD, "digest-md5", false };
    g_autoptr(GError) error = NULL;
    g_autofree char *imap = try_imap(&attempt, NET_SECURITY_TLS, &error);
    assert_method(imap, "DIGEST-MD5", error);
    g_autofree char *smtp = try_smtp(&attempt, &error);
    assert_method(smtp, "DIGEST-MD5", error);
}

static void a_wrong_password_is_refused_by_every_method(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        const struct attempt attempt = { SERVER_USER, "wrong", ways[i].auth, false };
        g_autoptr(GError) by_imap = NULL, by_smtp = NULL;
        assert_null(try_imap(&attempt, NET_SECURITY_TLS, &by_imap));
        assert_null(try_smtp(&attempt, &by_smtp));
        assert_true(g_error_matches(by_imap, NET_ERROR, NET_ERROR_AUTH));
        if (!g_error_matches(by_smtp, NET_ERROR, NET_ERROR_AUTH))
            fail_msg("%s: %s", ways[i].auth, by_smtp->message);
    }
}

static void tokens_are_taken_and_refused_ones_say_why(void **state)
{
    (void)state;
    static const char *const methods[][2] = { { "xoauth2", "XOAUTH2" }, { "oauthbearer", "OAUTHBEARER" } };
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        const struct attempt good = { SERVER_USER, GOOD_TOKEN, methods[i][0], false },
                             bad = { SERVER_USER, "expired", methods[i][0], false };
        g_autoptr(GError) error = NULL, by_imap = NULL, by_smtp = NULL;
        g_autofree char *imap = try_imap(&good, NET_SECURITY_TLS, &error);
        assert_method(imap, methods[i][1], error);
        g_autofree char *smtp = try_smtp(&good, &error);
        assert_method(smtp, methods[i][1], error);
        assert_null(try_imap(&bad, NET_SECURITY_TLS, &by_imap));
        assert_null(try_smtp(&bad, &by_smtp));
        assert_true(g_error_matches(by_imap, NET_ERROR, NET_ERROR_AUTH));
        assert_non_null(strstr(by_imap->message, "access token"));
        assert_non_null(strstr(by_smtp->message, "access token"));
    }
}

static void a_certificate_signs_in_without_a_password(void **state)
{
    (void)state;
    const struct attempt named = { SERVER_USER, NULL, "external", true }, found = { SERVER_USER, SERVER_PASSWORD, "auto", true },
                         none = { SERVER_USER, NULL, "external", false };
    g_autoptr(GError) error = NULL, refusal = NULL;
    g_autofree char *first = try_imap(&named, NET_SECURITY_TLS, &error);
    assert_method(first, "EXTERNAL", error);
    g_autofree char *second = try_imap(&found, NET_SECURITY_STARTTLS, &error);
    assert_method(second, "EXTERNAL", error);
    assert_null(try_imap(&none, NET_SECURITY_TLS, &refusal));
    assert_true(g_error_matches(refusal, NET_ERROR, NET_ERROR_AUTH));
}

static void a_kerberos_ticket_signs_in_without_a_password(void **state)
{
    (void)state;
    if (why_no_kerberos != NULL) {
        print_message("skipped: %s\n", why_no_kerberos);
        skip();
    }
    const struct attempt named = { SERVER_USER, NULL, "gssapi", false }, found = { SERVER_USER, SERVER_PASSWORD, "auto", false },
                         other = { SERVER_OTHER, NULL, "gssapi", false };
    g_autoptr(GError) error = NULL, refusal = NULL, gone = NULL;
    g_autofree char *cache = in_directory("ccache");
    g_setenv("KRB5CCNAME", cache, TRUE); /* no other thread reads the environment now */
    g_autofree char *first = try_imap(&named, NET_SECURITY_TLS, &error);
    assert_method(first, "GSSAPI", error);
    g_autofree char *second = try_smtp(&named, &error);
    assert_method(second, "GSSAPI", error);
    g_autofree char *third = try_imap(&found, NET_SECURITY_STARTTLS, &error);
    assert_method(third, "GSSAPI", error);
    assert_null(try_imap(&other, NET_SECURITY_TLS, &refusal)); /* alice's ticket is not bob's */
    assert_true(g_error_matches(refusal, NET_ERROR, NET_ERROR_AUTH));
    assert_true(SERVER_RUN("kdestroy"));
    assert_null(try_imap(&named, NET_SECURITY_TLS, &gone));
    assert_true(g_error_matches(gone, NET_ERROR, NET_ERROR_AUTH));
    assert_non_null(strstr(gone->message, "kinit"));
    g_autofree char *without = try_imap(&found, NET_SECURITY_TLS, &error);
    assert_method(without, "SCRAM-SHA-256", error);
    g_unsetenv("KRB5CCNAME");
}

/* --- the whole --- */
/* A reload tells nobody when it is through: the capabilities do. */
static bool wait_for_methods(void)
{
    const struct attempt attempt = { SERVER_USER, SERVER_PASSWORD, "scram-sha-256", false };
    for (int i = 0; i < 60; i++) {
        g_autofree char *by_imap = try_imap(&attempt, NET_SECURITY_TLS, NULL), *by_smtp = try_smtp(&attempt, NULL);
        if (by_imap != NULL && by_smtp != NULL)
            return true;
        g_usleep(50 * 1000);
    }
    return false;
}

static int set_up(void **state)
{
    (void)state;
    directory = g_strdup(server_directory(servers));
    int token_port = start_token_server();
    why_no_kerberos = start_kerberos();
    if (!make_client_certificate() || !extend_dovecot(token_port) || !wait_for_methods()) {
        g_autofree char *log = server_log(servers);
        fprintf(stderr, "%s\n", log);
        return -1;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (kdc != 0) {
        kill(kdc, SIGTERM);
        waitpid(kdc, NULL, 0);
    }
    shutdown(token_listener, SHUT_RDWR);
    pthread_join(token_thread, NULL);
    close(token_listener);
    server_free(servers);
    g_free(directory);
    g_free(certificate_path);
    g_free(key_path);
    g_free(why_no_kerberos);
    return 0;
}

int main(void)
{
    g_autofree char *why_not = NULL;
    servers = server_start(&why_not);
    if (servers == NULL) {
        print_message("skipped: %s\n", why_not);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_signs_in_to_imap_with_an_odd_password),
        cmocka_unit_test(every_method_signs_in_to_smtp_with_an_odd_password),
        cmocka_unit_test(digest_md5_signs_in_with_an_ascii_password),
        cmocka_unit_test(a_wrong_password_is_refused_by_every_method),
        cmocka_unit_test(tokens_are_taken_and_refused_ones_say_why),
        cmocka_unit_test(a_certificate_signs_in_without_a_password),
        cmocka_unit_test(a_kerberos_ticket_signs_in_without_a_password),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
