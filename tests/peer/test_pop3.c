/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* The POP3 client against every script in pop3/, with answers whole and byte by byte.
 *
 * Settings of a script: name, security, user, password, auth; handshake: may-begin (see below); fails: greet | login | session, error: a NET_ERROR_ name, words: what the sentence
 * must say; mechanism, capabilities: what was found; do: commands of the session ("UIDL", "RETR_1", … '_' is a blank; QUIT is the client's own),
 * pipelined: yes sends all before it reads; story: what came of them, "[OK text|body]" or "[ERR code text]" each. */
#include "net/pop3_client.h"
#include "net/log.h"
#include "tests/peer/peer.h"
#include "tests/peer/peer_secret.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char *directory, *ca_path, *log_path;
static peer_certificate *authority, *certificate;

static const char *const error_names[] = {
    [NET_ERROR_RESOLVE] = "RESOLVE",
    [NET_ERROR_CONNECT] = "CONNECT",
    [NET_ERROR_TIMEOUT] = "TIMEOUT",
    [NET_ERROR_CLOSED] = "CLOSED",
    [NET_ERROR_IO] = "IO",
    [NET_ERROR_TLS] = "TLS",
    [NET_ERROR_CERTIFICATE] = "CERTIFICATE",
    [NET_ERROR_NO_STARTTLS] = "NO_STARTTLS",
    [NET_ERROR_PROTOCOL] = "PROTOCOL",
    [NET_ERROR_AUTH] = "AUTH",
    [NET_ERROR_INSECURE] = "INSECURE",
    [NET_ERROR_REFUSED] = "REFUSED",
    [NET_ERROR_LIMIT] = "LIMIT",
    [NET_ERROR_CANCELLED] = "CANCELLED",
    [NET_ERROR_CONFIG] = "CONFIG",
};

static bool is_setting(const struct peer_script *script, const char *key, const char *wanted)
{
    return g_strcmp0(peer_script_value(script, key), wanted) == 0;
}

static void check_error(const struct peer_script *script, const GError *error)
{
    const char *wanted = peer_script_value(script, "error"), *words = peer_script_value(script, "words");
    assert_non_null(error);
    if (wanted != NULL && (error->domain != NET_ERROR || strcmp(error_names[error->code], wanted) != 0))
        fail_msg("not %s: \"%s\"", wanted, error->message);
    if (words != NULL && strstr(error->message, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error->message, words);
    for (const char *c = error->message; *c != '\0'; c++)
        assert_false(g_ascii_iscntrl(*c));
}

/* True: go on. */
static bool check_step(const struct peer_script *script, const char *step, bool is_good, const GError *error)
{
    if (is_good == is_setting(script, "fails", step))
        fail_msg("%s %s: %s", step, is_good ? "worked" : "failed", error != NULL ? error->message : "no error");
    if (!is_good)
        check_error(script, error);
    return is_good;
}

static bool has_text(const char *command, const char *argument)
{
    static const char *const words[] = { "RETR", "TOP", "CAPA" };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_str_has_prefix(command, words[i]))
            return true;
    }
    return argument == NULL && (strcmp(command, "UIDL") == 0 || strcmp(command, "LIST") == 0);
}

static bool take(void *data, const char *bytes, size_t length, GError **error)
{
    (void)error;
    g_string_append_len(data, bytes, (gssize)length);
    return true;
}

static bool send_one(pop3_client *client, const char *command, GError **error)
{
    g_autofree char *line = g_strdelimit(g_strdup(command), "_", ' ');
    return pop3_client_send(client, error, "%s", line);
}

static bool read_one(pop3_client *client, const char *command, GString *story, GError **error)
{
    struct pop3_reply reply = { 0 };
    if (!pop3_client_read_reply(client, &reply, error))
        return false;
    g_autofree char *words = pop3_reply_words(&reply);
    bool is_ok = reply.status == POP3_OK, is_read = true;
    if (is_ok)
        g_string_append_printf(story, "[OK %s", words);
    else
        g_string_append_printf(story, "[ERR %d %s", (int)reply.code, words);
    if (is_ok && has_text(command, strchr(command, '_'))) {
        g_string_append_c(story, '|');
        is_read = pop3_client_read_text(client, take, story, error);
    }
    g_string_append_c(story, ']');
    pop3_reply_clear(&reply);
    return is_read;
}

static bool run_session(const struct peer_script *script, pop3_client *client, GString *story, GError **error)
{
    g_auto(GStrv) commands = g_strsplit(peer_script_value(script, "do"), " ", -1);
    bool is_pipelined = is_setting(script, "pipelined", "yes"), is_good = true;
    for (char **command = commands; is_pipelined && *command != NULL && is_good; command++)
        is_good = strcmp(*command, "QUIT") == 0 || send_one(client, *command, error);
    for (char **command = commands; *command != NULL && is_good; command++) {
        if (strcmp(*command, "QUIT") == 0)
            return pop3_client_quit(client, error);
        is_good = (is_pipelined || send_one(client, *command, error)) && read_one(client, *command, story, error);
    }
    return is_good;
}

static void check_session(const struct peer_script *script, pop3_client *client)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) story = g_string_new(NULL);
    const char *wanted = peer_script_value(script, "story");
    bool is_good = run_session(script, client, story, &error);
    check_step(script, "session", is_good, error);
    if (wanted != NULL)
        assert_string_equal(story->str, wanted);
}

static enum net_security security_of(const struct peer_script *script)
{
    for (enum net_security security = NET_SECURITY_TLS; security <= NET_SECURITY_PLAIN; security++) {
        if (is_setting(script, "security", net_security_word(security)))
            return security;
    }
    fail_msg("security?");
    return NET_SECURITY_TLS;
}

static void run_client(const struct peer_script *script, int fd)
{
    const struct net_endpoint endpoint = {
        .host = "mail.example.test", .port = 110, .security = security_of(script), .tls_ca_file = ca_path, .io_timeout_ms = 20000
    };
    const struct net_credentials credentials = { .user = peer_script_value(script, "user"),
                                                 .password = peer_script_value(script, "password"),
                                                 .auth = peer_script_value(script, "auth") };
    const char *mechanism = peer_script_value(script, "mechanism"), *capabilities = peer_script_value(script, "capabilities");
    g_autoptr(GError) error = NULL;
    g_autoptr(pop3_client) client = pop3_client_new(net_stream_from_fd(fd, &endpoint, NULL));
    bool is_greeted = pop3_client_greet(client, NULL, &error);
    if (!check_step(script, "greet", is_greeted, error)) {
        assert_false(pop3_client_greet(client, NULL, NULL)); /* finished */
        return;
    }
    bool is_signed_in = credentials.user == NULL || pop3_client_login(client, &credentials, &error);
    if (mechanism != NULL)
        assert_string_equal(pop3_client_mechanism(client), mechanism);
    if (!check_step(script, "login", is_signed_in, error))
        return;
    if (capabilities != NULL)
        assert_string_equal(pop3_client_capabilities(client), capabilities);
    if (peer_script_value(script, "do") != NULL)
        check_session(script, client);
}

/* What is injected a byte at a time may come when the handshake has begun ("handshake: may-begin"): then that is what fails, rightly. */
static void check_complaint(const struct peer_script *script, const char *path, enum peer_pace pace, peer *server)
{
    const char *complaint = peer_complaint(server);
    bool may_have_begun = pace == PEER_BYTE_BY_BYTE && is_setting(script, "handshake", "may-begin");
    if (complaint != NULL && !(may_have_begun && peer_complains_of_a_handshake_only(server)))
        fail_msg("%s: %s", path, complaint);
}

static void run_script(const char *path, enum peer_pace pace)
{
    struct peer_script *script = peer_script_load(path);
    print_message("%s\n", peer_script_value(script, "name"));
    peer *server = peer_start((const char *const *)script->lines, certificate, pace);
    run_client(script, peer_take_fd(server));
    check_complaint(script, path, pace, server);
    if (security_of(script) == NET_SECURITY_STARTTLS) { /* not a byte of a sign-in in the clear */
        assert_null(strstr(peer_clear_text(server), "AUTH "));
        assert_null(strstr(peer_clear_text(server), "USER "));
        assert_null(strstr(peer_clear_text(server), "APOP "));
    }
    if (peer_secret_is_in_log(log_path, peer_script_value(script, "password")))
        fail_msg("%s: the password is in the log", path);
    peer_free(server);
    peer_script_free(script);
}

static void run_all(enum peer_pace pace)
{
    g_auto(GStrv) paths = peer_script_list(TEST_DATA_DIR "/pop3");
    for (char **path = paths; *path != NULL; path++)
        run_script(*path, pace);
}

static void each_script_goes_as_it_should(void **state)
{
    (void)state;
    run_all(PEER_WHOLE);
}

static void each_script_goes_the_same_byte_by_byte(void **state)
{
    (void)state;
    run_all(PEER_BYTE_BY_BYTE);
}

static int set_up(void **state)
{
    (void)state;
    directory = g_dir_make_tmp("postern-pop3-XXXXXX", NULL);
    log_path = g_build_filename(directory, "log", NULL);
    assert_true(net_log_open(log_path));
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
    net_log_close();
    g_unlink(log_path);
    g_free(log_path);
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
        cmocka_unit_test(each_script_goes_as_it_should),
        cmocka_unit_test(each_script_goes_the_same_byte_by_byte),
    };
    g_setenv("LANGUAGE", "de_AT.UTF-8", TRUE); /* a person from Austria */
    g_setenv("LC_ALL", "C.UTF-8", TRUE);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
