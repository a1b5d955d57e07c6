/* SPDX-License-Identifier: MIT */
/* Commands as connections: they answer, get host and port quoted, end, or are none at all. */
#include "net/stream.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static net_stream *open_tunnel(const char *command, const char *host, GError **error)
{
    const struct net_endpoint endpoint = {
        .host = host, .port = 993, .security = NET_SECURITY_PLAIN, .tunnel = command, .io_timeout_ms = 20000
    };
    return net_stream_open(&endpoint, NULL, error);
}

/* All it says until it ends. */
static char *hear(net_stream *stream, GError **error)
{
    GString *all = g_string_new(NULL);
    char bytes[100];
    size_t count;
    while ((count = net_stream_read(stream, bytes, sizeof bytes, error)) > 0)
        g_string_append_len(all, bytes, (gssize)count);
    return g_string_free(all, FALSE);
}

static void a_command_is_a_connection_in_both_directions(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(net_stream) stream = open_tunnel("read line; echo \"* OK you said $line\"", "mail.example.test", &error);
    assert_non_null(stream);
    assert_true(net_stream_write(stream, "hello\n", 6, &error));
    g_autofree char *said = hear(stream, &error);
    assert_string_equal(said, "* OK you said hello\n");
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_CLOSED));
    assert_non_null(strstr(error->message, "tunnel-command"));
}

static void host_and_port_are_given_as_one_word_each(void **state)
{
    (void)state;
    static const struct {
        const char *command, *host, *said;
    } rows[] = {
        { "echo %h:%p 100%%", "mail.example.test", "mail.example.test:993 100%\n" },
        { "printf '[%%s]' %h %p", "mail';touch${IFS}evil;'", "[mail';touch${IFS}evil;'][993]" },
        { "echo %", "x", "%\n" },
        { "echo %d", "x", "%d\n" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(net_stream) stream = open_tunnel(rows[i].command, rows[i].host, &error);
        assert_non_null(stream);
        g_autofree char *said = hear(stream, &error);
        assert_string_equal(said, rows[i].said);
    }
}

static void a_command_is_not_this_computer_and_no_excuse_for_a_clear_password(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(net_stream) stream = open_tunnel("cat", "localhost", &error);
    assert_non_null(stream);
    assert_false(net_stream_is_loopback(stream));
    assert_false(net_stream_can_send_password(stream, &error));
    assert_non_null(strstr(net_stream_peer_address(stream), "by way of a command"));
}

/* Nobody can be asked there for a password, and nothing it says gets on the screen. */
static void a_command_has_no_terminal(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(net_stream) stream = open_tunnel("(: < /dev/tty) 2>/dev/null && echo tty || echo none; echo noise >&2", "x", &error);
    g_autofree char *said = hear(stream, &error);
    assert_string_equal(said, "none\n");
}

static void a_command_ends_with_its_stream(void **state)
{
    (void)state;
    g_autofree char *directory = g_dir_make_tmp("postern-tunnel-XXXXXX", NULL), *path = g_build_filename(directory, "gone", NULL);
    g_autofree char *quoted = g_shell_quote(path), *command = g_strdup_printf("echo up; cat; echo gone > %s", quoted);
    g_autoptr(GError) error = NULL;
    char bytes[10];
    assert_int_equal(mkfifo(path, 0600), 0);
    net_stream *stream = open_tunnel(command, "x", &error);
    assert_int_equal(net_stream_read(stream, bytes, sizeof bytes, &error), 3);
    net_stream_free(stream);
    int fd = open(path, O_RDONLY | O_CLOEXEC); /* waits for it */
    assert_int_equal(read(fd, bytes, sizeof bytes), 5);
    close(fd);
    g_unlink(path);
    g_rmdir(directory);
}

static void a_command_that_is_none_ends_in_a_sentence(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(net_stream) stream = open_tunnel("/no/such/program %h", "mail.example.test", &error);
    g_autofree char *said = stream != NULL ? hear(stream, &error) : g_strdup("");
    assert_string_equal(said, "");
    assert_non_null(strstr(error->message, "tunnel-command"));
}

static void a_proxy_and_a_command_are_one_too_many(void **state)
{
    (void)state;
    const struct net_endpoint endpoint = { .host = "x", .port = 993, .proxy = "socks5://127.0.0.1", .tunnel = "cat" };
    g_autoptr(GError) error = NULL;
    assert_null(net_stream_open(&endpoint, NULL, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_CONFIG));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_is_a_connection_in_both_directions),
        cmocka_unit_test(host_and_port_are_given_as_one_word_each),
        cmocka_unit_test(a_command_is_not_this_computer_and_no_excuse_for_a_clear_password),
        cmocka_unit_test(a_command_has_no_terminal),
        cmocka_unit_test(a_command_ends_with_its_stream),
        cmocka_unit_test(a_command_that_is_none_ends_in_a_sentence),
        cmocka_unit_test(a_proxy_and_a_command_are_one_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
