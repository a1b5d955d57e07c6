/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* The SMTP client against every script in smtp/, with replies whole and byte by byte.
 *
 * Settings of a script: name, security, user, password, auth; handshake: may-begin (see below); fails: greet | login | send, error: a NET_ERROR_ name, words: what the sentence must say;
 * host; sender, recipient-N, message, 8bit, utf8-headers, chunking, notify, return, notice-id, before-data: refuses;
 * outcome, left-out, sender-words, sender-code, data-code, code-N, enhanced, before-data-calls, wire: what D: and B: must get. */
#include "net/smtp_client.h"
#include "net/smtp_dsn.h"
#include "net/log.h"
#include "tests/peer/peer.h"
#include "tests/peer/peer_secret.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define RECIPIENTS_MAX 20

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
static const char *const outcome_names[] = {
    [SMTP_ACCEPTED] = "accepted", [SMTP_REFUSED] = "refused", [SMTP_NOT_SENT] = "not-sent", [SMTP_IN_DOUBT] = "in-doubt"
};

static bool is_setting(const struct peer_script *script, const char *key, const char *wanted)
{
    return g_strcmp0(peer_script_value(script, key), wanted) == 0;
}

static int number(const struct peer_script *script, const char *key)
{
    const char *value = peer_script_value(script, key);
    return value != NULL ? atoi(value) : 0;
}

static int numbered(const struct peer_script *script, const char *key, size_t i, const char **value_out)
{
    g_autofree char *whole = g_strdup_printf("%s-%zu", key, i + 1);
    *value_out = peer_script_value(script, whole);
    return *value_out != NULL ? atoi(*value_out) : 0;
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

static int file_of(const char *message)
{
    g_autofree char *path = g_build_filename(directory, "message", NULL);
    int fd = g_open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, message, strlen(message)), (int)strlen(message));
    g_unlink(path);
    return fd;
}

struct before {
    int calls;
    bool is_refusing;
};

static bool before_data(const struct smtp_result *so_far, void *data, GError **error)
{
    assert_int_equal(so_far->outcome, SMTP_NOT_SENT);
    struct before *before = data;
    before->calls++;
    if (before->is_refusing)
        g_set_error(error, NET_ERROR, NET_ERROR_IO, "disk full");
    return !before->is_refusing;
}

static void check_result(const struct peer_script *script, const struct smtp_result *result)
{
    const char *value, *enhanced = peer_script_value(script, "enhanced");
    assert_string_equal(outcome_names[result->outcome], peer_script_value(script, "outcome"));
    assert_int_equal(result->sender.code, number(script, "sender-code"));
    assert_int_equal(result->data.code, number(script, "data-code"));
    for (size_t i = 0; i < result->recipient_count; i++)
        assert_int_equal(result->recipients[i].code, numbered(script, "code", i, &value));
    if (peer_script_value(script, "left-out") != NULL)
        assert_int_equal(result->is_notice_left_out, is_setting(script, "left-out", "yes"));
    if (peer_script_value(script, "sender-words") != NULL)
        assert_non_null(strstr(result->sender.text, peer_script_value(script, "sender-words")));
    if (enhanced != NULL)
        assert_string_equal(result->data.enhanced, enhanced);
}

static unsigned notify_of(const struct peer_script *script)
{
    const char *words = peer_script_value(script, "notify");
    unsigned notify = 0;
    assert_true(words == NULL || smtp_dsn_parse_notify(words, &notify));
    return notify;
}

static void send_message(const struct peer_script *script, smtp_client *client, const char *message)
{
    const char *recipients[RECIPIENTS_MAX + 1] = { NULL };
    for (size_t i = 0; i < RECIPIENTS_MAX; i++)
        numbered(script, "recipient", i, &recipients[i]);
    const struct smtp_envelope envelope = { .sender = peer_script_value(script, "sender"),
                                            .recipients = recipients,
                                            .is_8bit = is_setting(script, "8bit", "yes"),
                                            .has_utf8_headers = is_setting(script, "utf8-headers", "yes"),
                                            .avoids_chunking = is_setting(script, "chunking", "avoided"),
                                            .notice_returns =
                                                is_setting(script, "return", "hdrs") ? SMTP_RETURN_HEADERS : SMTP_RETURN_DEFAULT,
                                            .notice_id = peer_script_value(script, "notice-id"),
                                            .notify = notify_of(script) };
    struct before before = { .is_refusing = is_setting(script, "before-data", "refuses") };
    const struct smtp_watch watch = { .before_data = before_data, .data = &before };
    struct smtp_result result;
    g_autoptr(GError) error = NULL;
    int fd = file_of(message);
    bool is_done = smtp_client_send(client, &envelope, fd, strlen(message), &watch, &result, &error);
    close(fd);
    check_step(script, "send", is_done, error);
    check_result(script, &result);
    assert_int_equal(before.calls, number(script, "before-data-calls"));
    smtp_result_clear(&result);
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

/* What the client learns of a host must not come from the other pace. */
static void run_client(const struct peer_script *script, enum peer_pace pace, int fd)
{
    const char *wanted_host = peer_script_value(script, "host");
    g_autofree char *host = wanted_host == NULL ? g_strdup("mail.example.test") : g_strdup_printf("pace-%d.%s", (int)pace, wanted_host);
    const struct net_endpoint endpoint = {
        .host = host, .port = 587, .security = security_of(script), .tls_ca_file = ca_path, .io_timeout_ms = 20000
    };
    const struct net_credentials credentials = { .user = peer_script_value(script, "user"),
                                                 .password = peer_script_value(script, "password"),
                                                 .auth = peer_script_value(script, "auth") };
    const char *message = peer_script_value(script, "message");
    g_autoptr(GError) error = NULL;
    g_autoptr(smtp_client) client = smtp_client_new(net_stream_from_fd(fd, &endpoint, NULL));
    bool is_greeted = smtp_client_greet(client, NULL, &error);
    if (!check_step(script, "greet", is_greeted, error)) {
        assert_false(smtp_client_greet(client, NULL, NULL)); /* finished */
        return;
    }
    bool is_signed_in = smtp_client_login(client, &credentials, &error);
    if (check_step(script, "login", is_signed_in, error) && message != NULL)
        send_message(script, client, message);
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
    const char *wire = peer_script_value(script, "wire");
    run_client(script, pace, peer_take_fd(server));
    check_complaint(script, path, pace, server);
    if (wire != NULL)
        assert_string_equal(peer_data(server), wire);
    if (security_of(script) == NET_SECURITY_STARTTLS)
        assert_null(strstr(peer_clear_text(server), "AUTH")); /* not a byte of a sign-in in the clear */
    if (peer_secret_is_in_log(log_path, peer_script_value(script, "password")))
        fail_msg("%s: the password is in the log", path);
    peer_free(server);
    peer_script_free(script);
}

static void run_all(enum peer_pace pace)
{
    g_auto(GStrv) paths = peer_script_list(TEST_DATA_DIR "/smtp");
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
    directory = g_dir_make_tmp("postern-smtp-XXXXXX", NULL);
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
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
