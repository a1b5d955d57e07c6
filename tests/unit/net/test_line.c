/* SPDX-License-Identifier: MIT */
/* A line that dies without a word is told from a server that is slow, and from one that takes nothing in. */
#include "net/error.h"
#include "net/stream.h"
#include "net/stream_pulse.h"
#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

struct line {
    net_stream *stream;
    int server_fd;
};

static void begin(struct line *line, int io_timeout_ms)
{
    const struct net_endpoint endpoint = {
        .host = "mail.example.test", .port = 143, .security = NET_SECURITY_PLAIN, .io_timeout_ms = io_timeout_ms
    };
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    int door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ours = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 4096;
    assert_true(door >= 0 && ours >= 0);
    assert_int_equal(setsockopt(door, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    assert_int_equal(bind(door, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(door, 1), 0);
    assert_int_equal(getsockname(door, (struct sockaddr *)&address, &length), 0);
    assert_int_equal(connect(ours, (struct sockaddr *)&address, sizeof address), 0);
    line->server_fd = accept(door, NULL, NULL);
    assert_true(line->server_fd >= 0);
    close(door);
    line->stream = net_stream_from_fd(ours, &endpoint, NULL);
    stream_pulse_set_patience(3000);
    char byte;
    assert_int_equal(write(line->server_fd, "*", 1), 1);
    assert_int_equal(net_stream_read(line->stream, &byte, 1, NULL), 1);
}

/* From now on all that comes is dropped before the kernel there sees it. */
static void cut(const struct line *line)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    const struct sock_fprog program = { .len = 1, .filter = &nothing };
    assert_int_equal(setsockopt(line->server_fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
}

static void end(struct line *line)
{
    stream_pulse_set_patience(0);
    net_stream_free(line->stream);
    close(line->server_fd);
}

static void check_silence(struct line *line, const char *words)
{
    char byte;
    GError *error = NULL;
    assert_int_equal(net_stream_read(line->stream, &byte, 1, &error), 0);
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_TIMEOUT));
    if (strstr(error->message, words) == NULL)
        fail_msg("%s", error->message);
    g_error_free(error);
    end(line);
}

static void a_command_that_does_not_arrive_tells_of_a_dead_line(void **state)
{
    (void)state;
    struct line line;
    begin(&line, 60000);
    cut(&line);
    assert_true(net_stream_write(line.stream, "p1 NOOP\r\n", 9, NULL));
    check_silence(&line, "is dead");
}

static void a_line_that_dies_after_the_command_arrived_is_felt(void **state)
{
    (void)state;
    struct line line;
    char text[16];
    begin(&line, 60000);
    assert_true(net_stream_write(line.stream, "p1 NOOP\r\n", 9, NULL) && net_stream_flush(line.stream, NULL));
    assert_int_equal(read(line.server_fd, text, sizeof text), 9);
    g_usleep(200000); /* what it owes of confirmations is on its way */
    cut(&line);
    check_silence(&line, "is dead");
}

static void a_silent_server_that_lives_has_the_whole_time(void **state)
{
    (void)state;
    struct line line;
    begin(&line, 9000);
    assert_true(net_stream_write(line.stream, "p1 NOOP\r\n", 9, NULL));
    check_silence(&line, "did not answer");
}

static void a_closed_window_is_no_dead_line(void **state)
{
    (void)state;
    struct line line;
    GError *error = NULL;
    begin(&line, 12000);
    g_autofree char *much = g_malloc0(900000);
    for (int i = 0; i < 20 && error == NULL; i++)
        if (net_stream_write(line.stream, much, 900000, &error))
            net_stream_flush(line.stream, &error);
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_TIMEOUT));
    if (strstr(error->message, "did not answer") == NULL)
        fail_msg("%s", error->message);
    g_error_free(error);
    end(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_that_does_not_arrive_tells_of_a_dead_line),
        cmocka_unit_test(a_line_that_dies_after_the_command_arrived_is_felt),
        cmocka_unit_test(a_silent_server_that_lives_has_the_whole_time),
        cmocka_unit_test(a_closed_window_is_no_dead_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
