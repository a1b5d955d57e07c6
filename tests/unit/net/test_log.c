/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* The protocol log: whole lines, nothing raw, no secret, no mail. */
#include "net/log.h"
#include "net/stream.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char *directory, *path;

static char *log_text(void)
{
    char *text = NULL;
    net_log_close();
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_unlink(path);
    return text;
}

static void the_file_is_for_its_owner_only_and_never_behind_a_link(void **state)
{
    (void)state;
    struct stat status;
    assert_true(g_file_set_contents(path, "old\n", -1, NULL));
    assert_int_equal(g_chmod(path, 0644), 0);
    assert_true(net_log_open(path));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    g_autofree char *text = log_text();
    assert_string_equal(text, "old\n"); /* appended to, not emptied */
    assert_int_equal(symlink("/dev/null", path), 0);
    assert_false(net_log_open(path));
    g_unlink(path);
    assert_false(net_log_open(NULL));
    assert_false(net_log_open("/nonexistent/log"));
    assert_false(net_log_is_on());
}

static void secrets_mail_and_control_characters_stay_out(void **state)
{
    (void)state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_true(net_log_open(path));
    struct net_endpoint endpoint = { .host = "mail.example.test", .security = NET_SECURITY_PLAIN };
    struct net_context context = { .cancel_fd = -1, .log_name = "imap work/1" };
    net_stream *stream = net_stream_from_fd(pair[0], &endpoint, &context);
    assert_true(net_stream_write(stream, "a1 LOGIN alice ", 15, NULL));
    assert_true(net_stream_write_secret(stream, "sesame", 6, NULL));
    assert_true(net_stream_write(stream, "\r\n", 2, NULL));
    assert_true(net_stream_write_mail(stream, "Dear Bob", 8, NULL));
    const char *answer = "* 1 FETCH (BODY[] {21}\r\nDear Alice,\r\nsecret.)\r\na1 OK \033[2J done\r\n";
    assert_int_equal(write(pair[1], answer, strlen(answer)), (int)strlen(answer));
    char byte;
    for (size_t i = 0; i < strlen(answer); i++)
        assert_int_equal(net_stream_read(stream, &byte, 1, NULL), 1);
    net_stream_free(stream);
    close(pair[1]);
    g_autofree char *text = log_text();
    assert_non_null(strstr(text, "imap work/1 > a1 LOGIN alice ***\n"));
    assert_non_null(strstr(text, "> 8 bytes of mail"));
    assert_non_null(strstr(text, "imap work/1 < * 1 FETCH (BODY[] {21}\n"));
    assert_non_null(strstr(text, "< 21 bytes of mail"));
    assert_non_null(strstr(text, "imap work/1 < a1 OK \\x1b[2J done\n"));
    assert_null(strstr(text, "sesame"));
    assert_null(strstr(text, "Dear"));
    assert_null(strchr(text, '\033'));
}

static void long_lines_are_cut_and_counted(void **state)
{
    (void)state;
    assert_true(net_log_open(path));
    g_autofree char *much = g_strnfill(5000, 'x');
    struct net_log_flow flow = { 0 };
    net_log_flow_bytes(&flow, "n", '<', much, 5000);
    net_log_flow_bytes(&flow, "n", '<', "\n", 1);
    net_log_bytes("n", '<', much, 5000);
    g_autofree char *text = log_text();
    assert_in_range(strlen(text), 2000, 2300);
    assert_non_null(strstr(text, "xxx... (5000 bytes)\n"));
}

/* Mail is announced at the end of a line that may be longer than what is kept of it. */
static void mail_behind_a_very_long_line_stays_out(void **state)
{
    (void)state;
    for (size_t step = 1; step <= 3000; step += 1499) {
        struct net_log_flow flow = { 0 };
        g_autofree char *much = g_strnfill(5000, 'x'),
                        *all = g_strdup_printf("* 1 FETCH (%s BODY[] {12}\r\nDear Alice,.)\r\na1 OK\r\n", much);
        assert_true(net_log_open(path));
        for (size_t i = 0; i < strlen(all); i += step)
            net_log_flow_bytes(&flow, "n", '<', all + i, MIN(step, strlen(all) - i));
        g_autofree char *text = log_text();
        assert_null(strstr(text, "Dear"));
        assert_non_null(strstr(text, "< 12 bytes of mail"));
        assert_non_null(strstr(text, "< a1 OK\n"));
    }
}

/* A password or a message that was announced as a literal is not announced for what comes after it too. */
static void what_follows_a_literal_that_was_sent_is_logged_again(void **state)
{
    (void)state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_true(net_log_open(path));
    struct net_endpoint endpoint = { .host = "mail.example.test", .security = NET_SECURITY_PLAIN };
    net_stream *stream = net_stream_from_fd(pair[0], &endpoint, NULL);
    assert_true(net_stream_write(stream, "a1 LOGIN alice {60}\r\n", 21, NULL));
    assert_true(net_stream_write_secret(stream, "sesame", 6, NULL));
    assert_true(net_stream_write(stream, "\r\na2 APPEND x {80}\r\n", 21, NULL));
    for (int i = 0; i < 8; i++)
        assert_true(net_stream_write_mail(stream, "Dear Bob, ", 10, NULL));
    assert_true(net_stream_write(stream, "\r\na3 NOOP\r\n", 11, NULL));
    net_stream_free(stream);
    close(pair[1]);
    g_autofree char *text = log_text();
    assert_non_null(strstr(text, "> ***\n"));
    assert_non_null(strstr(text, "> a2 APPEND x {80}\n"));
    assert_non_null(strstr(text, "> a3 NOOP\n"));
    assert_null(strstr(text, "Dear"));
    assert_null(strstr(text, "sesame"));
}

static void *note_much(void *data)
{
    for (int i = 0; i < 200; i++)
        net_log_note(data, "%s", "0123456789012345678901234567890123456789");
    return NULL;
}

static void lines_of_several_threads_do_not_mix_also_while_it_is_closed(void **state)
{
    (void)state;
    pthread_t threads[4];
    assert_true(net_log_open(path));
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_create(&threads[i], NULL, note_much, "t");
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        if (i == 2)
            net_log_close();
        pthread_join(threads[i], NULL);
    }
    g_autofree char *text = log_text();
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (**line != '\0')
            assert_true(g_str_has_suffix(*line, "Z t * 0123456789012345678901234567890123456789"));
    }
}

static int set_up(void **state)
{
    (void)state;
    directory = g_dir_make_tmp("postern-log-XXXXXX", NULL);
    path = g_build_filename(directory, "log", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    g_rmdir(directory);
    g_free(directory);
    g_free(path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_is_for_its_owner_only_and_never_behind_a_link),
        cmocka_unit_test(secrets_mail_and_control_characters_stay_out),
        cmocka_unit_test(long_lines_are_cut_and_counted),
        cmocka_unit_test(mail_behind_a_very_long_line_stays_out),
        cmocka_unit_test(what_follows_a_literal_that_was_sent_is_logged_again),
        cmocka_unit_test(lines_of_several_threads_do_not_mix_also_while_it_is_closed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
