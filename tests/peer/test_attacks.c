/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* What somebody on the line, or a bad server, may try: every script in attacks/, whole and byte by byte, by the way that `postern check` goes.
 * The server is reached through a proxy on loopback, so it has a name of its own and is not trusted for being near ("way: direct" is: 127.0.0.1).
 *
 * Settings of a script: name, protocol: imap | pop3 | smtp, security, certificate (peer_certificates.c), way; user, password, token, auth, last: by default alice with
 * "secret"; pin: good | other-key, accepted: the same; least: 1.3; handshake: may-begin (see below);
 * step: the one that fails, error: a NET_ERROR_ name, says: the whole sentence a person reads ('*' as in a shell); without them all must go well, and
 * mechanism, folders, capabilities say what was believed; clear: commands that may go unencrypted besides the few that always may, separated by '|'. */
#include "net/probe.h"
#include "tests/peer/peer.h"
#include "tests/peer/peer_secret.h"
#include "tests/peer/peer_certificates.h"
#include "net/log.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define SECRET "secret"

static peer_certificates *certificates;
static char *log_path;

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

/* All that may leave unencrypted: nobody's name, nobody's mail. */
static const struct protocol_row {
    const char *word;
    enum net_protocol protocol;
    const char *clear[6];
} protocols[] = {
    { "imap", NET_PROTOCOL_IMAP, { "p* CAPABILITY", "p* STARTTLS" } },
    { "pop3", NET_PROTOCOL_POP3, { "CAPA", "STLS" } },
    { "smtp", NET_PROTOCOL_SMTP, { "EHLO *", "STARTTLS" } },
};
static const char *const step_names[] = { "connect", "secure", "greet", "login", "folders" };

static bool is_setting(const struct peer_script *script, const char *key, const char *wanted)
{
    return g_strcmp0(peer_script_value(script, key), wanted) == 0;
}

static const char *setting(const struct peer_script *script, const char *key, const char *otherwise)
{
    const char *value = peer_script_value(script, key);
    return value != NULL ? value : otherwise;
}

static const struct protocol_row *protocol_of(const struct peer_script *script)
{
    for (size_t i = 0; i < G_N_ELEMENTS(protocols); i++) {
        if (is_setting(script, "protocol", protocols[i].word))
            return &protocols[i];
    }
    fail_msg("protocol?");
    return NULL;
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

static char *fingerprint_of(const struct peer_script *script, const char *key)
{
    const char *word = peer_script_value(script, key);
    const peer_certificate *certificate = word != NULL ? peer_certificates_find(certificates, word) : NULL;
    return certificate != NULL ? peer_certificate_fingerprint(certificate) : NULL;
}

/* --- what came of it --- */
/* What is injected a byte at a time may come when the handshake has begun ("handshake: may-begin"): then that is what fails, rightly. */
static bool may_have_begun(const struct peer_script *script, enum peer_pace pace)
{
    return pace == PEER_BYTE_BY_BYTE && is_setting(script, "handshake", "may-begin");
}

static void check_error(const struct peer_script *script, enum peer_pace pace, const GError *error)
{
    const char *wanted = peer_script_value(script, "error"), *says = peer_script_value(script, "says");
    if (wanted == NULL || error->domain != NET_ERROR || strcmp(error_names[error->code], wanted) != 0)
        fail_msg("%s, not %s: \"%s\"", error_names[error->code], wanted != NULL ? wanted : "all well", error->message);
    bool is_said = says != NULL && g_pattern_match_simple(says, error->message);
    if (!is_said && !may_have_begun(script, pace))
        fail_msg("\"%s\" instead of \"%s\"", error->message, says != NULL ? says : "");
    for (const char *c = error->message; *c != '\0'; c++)
        assert_false(g_ascii_iscntrl(*c));
    assert_null(strstr(error->message, SECRET));
}

struct told {
    int failed; /* the step; -1: none */
};

static void note_step(void *data, enum net_probe_step step, enum net_probe_state state, int elapsed_ms, const char *words)
{
    struct told *told = data;
    (void)elapsed_ms;
    (void)words;
    if (state == NET_PROBE_FAILED)
        told->failed = (int)step;
}

static void check_believed(const struct peer_script *script, const struct net_probe_result *result)
{
    g_autoptr(GString) folders = g_string_new(NULL);
    for (guint i = 0; i < result->folders->len; i++)
        g_string_append_printf(folders, "%s%s", i > 0 ? " " : "", ((struct net_probe_folder *)g_ptr_array_index(result->folders, i))->name);
    assert_string_equal(folders->str, setting(script, "folders", ""));
    if (peer_script_value(script, "mechanism") != NULL)
        assert_string_equal(result->mechanism, peer_script_value(script, "mechanism"));
    if (peer_script_value(script, "capabilities") != NULL)
        assert_string_equal(result->capabilities, peer_script_value(script, "capabilities"));
}

static void run_client(const struct peer_script *script, enum peer_pace pace, uint16_t port)
{
    bool is_direct = is_setting(script, "way", "direct");
    g_autofree char *proxy = g_strdup_printf("http://127.0.0.1:%u", (unsigned)port), *pin = fingerprint_of(script, "pin"),
                    *accepted = fingerprint_of(script, "accepted");
    const struct net_endpoint endpoint = { .host = is_direct ? "127.0.0.1" : "mail.example.test",
                                           .port = is_direct ? port : 143,
                                           .security = security_of(script),
                                           .tls_ca_file = peer_certificates_ca_path(certificates),
                                           .tls_fingerprint = pin,
                                           .tls_accepted = accepted,
                                           .tls_least = is_setting(script, "least", "1.3") ? NET_TLS_1_3 : NET_TLS_1_2,
                                           .proxy = is_direct ? NULL : proxy,
                                           .io_timeout_ms = 20000 };
    const struct net_credentials credentials = { .user = setting(script, "user", "alice"),
                                                 .password = setting(script, "password", SECRET),
                                                 .token = peer_script_value(script, "token"),
                                                 .auth = setting(script, "auth", "auto"),
                                                 .last = peer_script_value(script, "last") };
    struct net_probe_result result;
    struct told told = { -1 };
    g_autoptr(GError) error = NULL;
    bool is_good = net_probe(protocol_of(script)->protocol, &endpoint, NULL, &credentials, note_step, &told, &result, &error);
    if (!is_good)
        check_error(script, pace, error);
    assert_string_equal(told.failed >= 0 ? step_names[told.failed] : "none", setting(script, "step", "none"));
    check_believed(script, &result);
    net_probe_result_clear(&result);
}

/* --- what was given away --- */
static bool may_be_clear(const struct peer_script *script, const char *line)
{
    const struct protocol_row *row = protocol_of(script);
    g_auto(GStrv) more = g_strsplit(setting(script, "clear", ""), "|", -1);
    for (size_t i = 0; row->clear[i] != NULL; i++) {
        if (g_pattern_match_simple(row->clear[i], line))
            return true;
    }
    for (char **each = more; *each != NULL; each++) {
        if (g_pattern_match_simple(*each, line))
            return true;
    }
    return false;
}

/* From behind the words to the proxy to the first TLS record. */
static void check_clear_text(const struct peer_script *script, const char *text)
{
    const char *behind_proxy = g_str_has_prefix(text, "CONNECT") ? strstr(text, "\r\n\r\n") : NULL;
    g_auto(GStrv) lines = g_strsplit(behind_proxy != NULL ? behind_proxy + 4 : text, "\r\n", -1);
    bool is_proxy_only = g_str_has_prefix(text, "CONNECT") && behind_proxy == NULL;
    for (char **line = lines; !is_proxy_only && *line != NULL && **line != '\0' && **line != 0x16 && **line != 0x15; line++) {
        if (!may_be_clear(script, *line))
            fail_msg("in the clear: \"%s\"", *line);
    }
    assert_null(strstr(text, SECRET));
}

static void check_complaint(const struct peer_script *script, enum peer_pace pace, peer *server)
{
    const char *complaint = peer_complaint(server);
    if (complaint != NULL && !(may_have_begun(script, pace) && peer_complains_of_a_handshake_only(server)))
        fail_msg("%s", complaint);
}

/* --- one script --- */
static GPtrArray *lines_of(const struct peer_script *script)
{
    static const char *const proxy[] = { "C: CONNECT mail.example.test:143 HTTP/1.1", "C: Host: *", "C: ", "S: HTTP/1.1 200 fine\\r\\n" };
    GPtrArray *lines = g_ptr_array_new();
    bool has_proxy = peer_script_value(script, "way") == NULL;
    for (size_t i = 0; has_proxy && i < G_N_ELEMENTS(proxy); i++)
        g_ptr_array_add(lines, (char *)proxy[i]);
    for (char **line = script->lines; *line != NULL; line++)
        g_ptr_array_add(lines, *line);
    g_ptr_array_add(lines, NULL);
    return lines;
}

static void run_script(const char *path, enum peer_pace pace)
{
    struct peer_script *script = peer_script_load(path);
    g_autofree char *name = g_path_get_basename(path);
    print_message("%s\n", name);
    g_autoptr(GPtrArray) lines = lines_of(script);
    const peer_certificate *certificate = peer_certificates_find(certificates, peer_script_value(script, "certificate"));
    uint16_t port;
    assert_non_null(certificate);
    peer *server = peer_listen((const char *const *)lines->pdata, certificate, pace, &port);
    run_client(script, pace, port);
    check_complaint(script, pace, server);
    check_clear_text(script, peer_clear_text(server));
    assert_false(peer_secret_is_in_log(log_path, SECRET));
    peer_free(server);
    peer_script_free(script);
}

static void run_all(enum peer_pace pace)
{
    g_auto(GStrv) paths = peer_script_list(TEST_DATA_DIR "/attacks");
    const char *only = g_getenv("POSTERN_ATTACK"); /* a pattern, for looking at one */
    for (char **path = paths; *path != NULL; path++) {
        if (only == NULL || g_pattern_match_simple(only, *path))
            run_script(*path, pace);
    }
}

static void each_attack_gets_nothing_and_is_explained(void **state)
{
    (void)state;
    run_all(PEER_WHOLE);
}

static void each_attack_fails_the_same_byte_by_byte(void **state)
{
    (void)state;
    run_all(PEER_BYTE_BY_BYTE);
}

static int set_up(void **state)
{
    (void)state;
    certificates = peer_certificates_new();
    log_path = g_strconcat(peer_certificates_ca_path(certificates), ".log", NULL);
    assert_true(net_log_open(log_path));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    net_log_close();
    g_unlink(log_path);
    g_free(log_path);
    peer_certificates_free(certificates);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_attack_gets_nothing_and_is_explained),
        cmocka_unit_test(each_attack_fails_the_same_byte_by_byte),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
