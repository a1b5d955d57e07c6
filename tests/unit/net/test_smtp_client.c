/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* What of the SMTP client does not fit a script: several messages, big ones, broken files, silence and cancelling. */
#include "net/clock.h"
#include "net/smtp_client.h"
#include "tests/peer/peer.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <cmocka.h>

#define HELLO                                                                                                                              \
    "S: 220 mail.example.test ESMTP", "C: EHLO [127.0.0.1]",                                                                               \
        "s: 250-mail.example.test\\r\\n250-PIPELINING\\r\\n250-SIZE 9000000\\r\\n250 AUTH PLAIN\\r\\n"
#define ACCEPTED "C: MAIL *", "C: RCPT *", "S: 250 ok", "S: 250 ok", "C: DATA", "S: 354 go", "D:"

static const char *const recipients[] = { "b@y.test", NULL };
static const struct smtp_envelope envelope = { .sender = "a@x.test", .recipients = recipients };
static const struct net_endpoint plain = { .host = "mail.example.test", .security = NET_SECURITY_PLAIN };

static int file_of(const char *text)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("postern-smtp-XXXXXX", &path, NULL);
    assert_true(fd >= 0);
    g_unlink(path);
    assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
    return fd;
}

static smtp_client *greeted(peer *server, const struct net_endpoint *endpoint, const struct net_context *context)
{
    smtp_client *client = smtp_client_new(net_stream_from_fd(peer_take_fd(server), endpoint, context));
    assert_true(smtp_client_greet(client, NULL, NULL));
    return client;
}

/* The client hangs up, the server must be content. */
static void part(peer *server, smtp_client *client)
{
    smtp_client_free(client);
    if (peer_complaint(server) != NULL)
        fail_msg("%s", peer_complaint(server));
    peer_free(server);
}

static void several_messages_go_over_one_connection_also_after_a_refusal(void **state)
{
    (void)state;
    static const char *const script[] = { HELLO,     ACCEPTED,    "S: 250 ok", "C: MAIL *", "C: RCPT *", "S: 250 ok",  "S: 550 no",
                                          "C: RSET", "S: 250 ok", ACCEPTED,    "S: 250 ok", "C: QUIT",   "S: 221 bye", NULL };
    const enum smtp_outcome outcomes[] = { SMTP_ACCEPTED, SMTP_REFUSED, SMTP_ACCEPTED };
    peer *server = peer_start(script, NULL, PEER_WHOLE);
    smtp_client *client = greeted(server, &plain, NULL);
    assert_int_equal(smtp_client_size_limit(client), 9000000);
    int message = file_of("one\n");
    for (size_t i = 0; i < G_N_ELEMENTS(outcomes); i++) {
        struct smtp_result result;
        assert_true(smtp_client_send(client, &envelope, message, 4, NULL, &result, NULL));
        assert_int_equal(result.outcome, outcomes[i]);
        smtp_result_clear(&result);
    }
    smtp_client_quit(client);
    close(message);
    part(server, client);
}

/* The outbox must never end a message that is not whole. */
static void a_file_that_became_shorter_is_not_sent(void **state)
{
    (void)state;
    static const char *const script[] = { HELLO, NULL };
    peer *server = peer_start(script, NULL, PEER_WHOLE);
    smtp_client *client = greeted(server, &plain, NULL);
    int message = file_of("one\n");
    struct smtp_result result;
    g_autoptr(GError) error = NULL;
    assert_false(smtp_client_send(client, &envelope, message, 5, NULL, &result, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_IO));
    assert_int_equal(result.outcome, SMTP_NOT_SENT);
    smtp_result_clear(&result);
    close(message);
    part(server, client);
}

static bool cut_file(const struct smtp_result *so_far, void *data, GError **error)
{
    (void)error;
    assert_int_equal(so_far->recipients[0].code, 250);
    return ftruncate(*(int *)data, 100000) == 0;
}

/* The file is cut after DATA was said: no dot may follow, the server gets a message with no end, and drops it. */
static void a_file_that_is_cut_while_it_is_sent_is_never_ended(void **state)
{
    (void)state;
    static const char *const script[] = { HELLO, "C: MAIL *", "C: RCPT *", "S: 250 ok", "S: 250 ok", "C: DATA", "S: 354 go", "W:", NULL };
    peer *server = peer_start(script, NULL, PEER_WHOLE);
    smtp_client *client = greeted(server, &plain, NULL);
    g_autofree char *text = g_strnfill(200000, 'x');
    int message = file_of(text);
    struct smtp_result result;
    g_autoptr(GError) error = NULL;
    const struct smtp_watch watch = { .before_data = cut_file, .data = &message };
    assert_false(smtp_client_send(client, &envelope, message, 200000, &watch, &result, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_IO));
    assert_int_equal(result.outcome, SMTP_NOT_SENT);
    smtp_result_clear(&result);
    assert_false(smtp_client_send(client, &envelope, message, 3, NULL, &result, NULL)); /* not inside the first */
    smtp_result_clear(&result);
    close(message);
    smtp_client_quit(client);
    smtp_client_free(client);
    assert_null(peer_complaint(server));
    assert_null(strstr(peer_clear_text(server), "\r\n.\r\n"));
    peer_free(server);
}

static void a_big_message_arrives_whole(void **state)
{
    (void)state;
    static const char *const script[] = { HELLO, ACCEPTED, "S: 250 ok", NULL };
    peer *server = peer_start(script, NULL, PEER_WHOLE);
    smtp_client *client = greeted(server, &plain, NULL);
    g_autoptr(GString) text = g_string_new(NULL), wire = g_string_new(NULL);
    for (int i = 0; i < 20000; i++) {
        g_string_append_printf(text, ".%d of a message that is longer than any buffer\n", i);
        g_string_append_printf(wire, "..%d of a message that is longer than any buffer\r\n", i);
    }
    int message = file_of(text->str);
    struct smtp_result result;
    assert_true(smtp_client_send(client, &envelope, message, text->len, NULL, &result, NULL));
    assert_int_equal(result.outcome, SMTP_ACCEPTED);
    smtp_result_clear(&result);
    close(message);
    smtp_client_free(client);
    assert_null(peer_complaint(server));
    assert_string_equal(peer_data(server), wire->str);
    peer_free(server);
}

static char *repeated_lines(size_t count)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < count; i++)
        g_string_append_printf(text, ".%zu of a message that is longer than any chunk\r\n", i);
    return g_string_free(text, FALSE);
}

#define CHUNKING_HELLO                                                                                                                     \
    "S: 220 mail.example.test ESMTP", "C: EHLO [127.0.0.1]", "s: 250-mail.example.test\\r\\n250-PIPELINING\\r\\n250 CHUNKING\\r\\n",       \
        "C: MAIL *", "C: RCPT *", "S: 250 ok", "S: 250 ok"

static bool note_progress(uint64_t done, uint64_t total, void *data)
{
    uint64_t *last = data;
    assert_true(done >= *last && done <= total);
    *last = done;
    return true;
}

/* The last chunk is not begun before all the others were taken. */
static void a_big_message_goes_in_chunks_and_is_watched(void **state)
{
    (void)state;
    static const char *const script[] = { CHUNKING_HELLO, "B:",           "B:", "B:",         "S: 250 one",
                                          "S: 250 two",   "S: 250 three", "B:", "S: 250 all", NULL };
    g_autofree char *text = repeated_lines(20000);
    uint64_t last = 0, size = strlen(text);
    const struct smtp_watch watch = { .progress = note_progress, .data = &last };
    assert_in_range(size, 3 * 256 * 1024 + 200 * 1024, 4 * 256 * 1024);
    peer *server = peer_start(script, NULL, PEER_WHOLE);
    smtp_client *client = greeted(server, &plain, NULL);
    int message = file_of(text);
    struct smtp_result result;
    assert_true(smtp_client_send(client, &envelope, message, size, &watch, &result, NULL));
    assert_int_equal(result.outcome, SMTP_ACCEPTED);
    assert_string_equal(result.data.text, "all");
    assert_int_equal(last, size);
    smtp_result_clear(&result);
    close(message);
    smtp_client_free(client);
    assert_null(peer_complaint(server));
    assert_string_equal(peer_data(server), text);
    peer_free(server);
}

/* The refusal of any chunk is the refusal of the message; what was under way meanwhile is refused too. */
static void a_refused_chunk_ends_the_message_and_no_last_one_follows(void **state)
{
    (void)state;
    static const char *const script[] = { CHUNKING_HELLO, "B:",           "B:",      "B:",        "S: 250 one",
                                          "S: 552 big",   "S: 503 first", "C: RSET", "S: 250 ok", NULL };
    g_autofree char *text = repeated_lines(20000);
    peer *server = peer_start(script, NULL, PEER_WHOLE);
    smtp_client *client = greeted(server, &plain, NULL);
    int message = file_of(text);
    struct smtp_result result;
    assert_true(smtp_client_send(client, &envelope, message, strlen(text), NULL, &result, NULL));
    assert_int_equal(result.outcome, SMTP_REFUSED);
    assert_int_equal(result.data.code, 552);
    assert_true(smtp_client_is_usable(client));
    smtp_result_clear(&result);
    close(message);
    part(server, client);
}

/* Hanging up before the last chunk leaves no doubt, and the next time it is DATA. */
static void a_server_that_hangs_up_between_chunks_gets_data_the_next_time(void **state)
{
    (void)state;
    static const char *const breaks[] = { CHUNKING_HELLO, "B:", "X:", NULL };
    static const char *const takes[] = { CHUNKING_HELLO, "C: DATA", "S: 354 go", "D:", "S: 250 ok", NULL };
    const struct net_endpoint endpoint = { .host = "breaks-chunks.example.test", .security = NET_SECURITY_PLAIN };
    g_autofree char *text = repeated_lines(20000);
    for (size_t i = 0; i < 2; i++) {
        peer *server = peer_start(i == 0 ? breaks : takes, NULL, PEER_WHOLE);
        smtp_client *client = greeted(server, &endpoint, NULL);
        int message = file_of(text);
        struct smtp_result result;
        assert_int_equal(smtp_client_send(client, &envelope, message, strlen(text), NULL, &result, NULL), i == 1);
        assert_int_equal(result.outcome, i == 0 ? SMTP_NOT_SENT : SMTP_ACCEPTED);
        assert_int_equal(result.is_worth_repeating, i == 0);
        smtp_result_clear(&result);
        close(message);
        smtp_client_free(client);
        assert_null(peer_complaint(server));
        peer_free(server);
    }
}

static void a_thousand_recipients_each_get_an_answer(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) script = g_ptr_array_new_with_free_func(g_free), many = g_ptr_array_new_with_free_func(g_free);
    const char *const hello[] = { HELLO };
    for (size_t i = 0; i < G_N_ELEMENTS(hello); i++)
        g_ptr_array_add(script, g_strdup(hello[i]));
    g_ptr_array_add(script, g_strdup("C: MAIL *"));
    for (int i = 0; i < 1000; i++) {
        g_ptr_array_add(many, g_strdup_printf("r%d@y.test", i));
        g_ptr_array_add(script, g_strdup_printf("C: RCPT TO:<r%d@y.test>", i));
        if (i == 0)
            g_ptr_array_add(script, g_strdup("S: 250 sender ok"));
        g_ptr_array_add(script, g_strdup_printf("S: %d for %d", i % 3 == 0 ? 550 : 250, i));
    }
    const char *const end[] = { "C: DATA", "S: 354 go", "D:", "S: 250 ok", NULL };
    for (size_t i = 0; i < G_N_ELEMENTS(end); i++)
        g_ptr_array_add(script, g_strdup(end[i]));
    g_ptr_array_add(many, NULL);
    peer *server = peer_start((const char *const *)script->pdata, NULL, PEER_WHOLE);
    smtp_client *client = greeted(server, &plain, NULL);
    const struct smtp_envelope wide = { .sender = "a@x.test", .recipients = (const char *const *)many->pdata };
    int message = file_of("x");
    struct smtp_result result;
    assert_true(smtp_client_send(client, &wide, message, 1, NULL, &result, NULL));
    assert_int_equal(result.outcome, SMTP_ACCEPTED);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(result.recipients[i].code, i % 3 == 0 ? 550 : 250);
    smtp_result_clear(&result);
    close(message);
    part(server, client);
}

static int64_t fake_now;
static int fake_calls;
/* Slow at first, so that a busy machine has seconds for the answers that do come; then it runs away. */
static int64_t fast_clock(void)
{
    return fake_now += fake_calls++ < 1000 ? 20 : 500;
}

/* A server that took the message and says nothing: long patience, then doubt. */
static void silence_after_the_message_is_a_doubt_and_silence_before_is_not(void **state)
{
    (void)state;
    static const char *const before[] = { HELLO, "C: MAIL *", "C: RCPT *", "S: 250 ok", "S: 250 ok", "C: DATA", "W:", NULL };
    static const char *const after[] = { HELLO, ACCEPTED, "W:", NULL };
    const char *const *const scripts[] = { before, after };
    const enum smtp_outcome outcomes[] = { SMTP_NOT_SENT, SMTP_IN_DOUBT };
    for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++) {
        fake_now = 1000;
        fake_calls = 0;
        peer *server = peer_start(scripts[i], NULL, PEER_WHOLE);
        smtp_client *client = greeted(server, &plain, NULL);
        int message = file_of("x");
        struct smtp_result result;
        g_autoptr(GError) error = NULL;
        net_clock_replace(fast_clock);
        assert_false(smtp_client_send(client, &envelope, message, 1, NULL, &result, &error));
        net_clock_replace(NULL);
        assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_TIMEOUT));
        assert_int_equal(result.outcome, outcomes[i]);
        assert_true(i == 0 ? fake_now < 300000 : fake_now > 590000); /* RFC 5321 4.5.3.2.6: ten minutes */
        smtp_result_clear(&result);
        close(message);
        part(server, client);
    }
}

/* A server that says yes before it can have read the message says nothing about the message; one that says no early is believed. */
static void an_answer_before_the_message_was_sent_is_not_taken_for_its_acceptance(void **state)
{
    (void)state;
    static const char *const yes[] = {
        HELLO, "C: MAIL *", "C: RCPT *", "S: 250 ok", "S: 250 ok", "C: DATA", "s: 354 go\\r\\n250 queued\\r\\n", "W:", NULL
    };
    static const char *const no[] = {
        HELLO, "C: MAIL *", "C: RCPT *", "S: 250 ok", "S: 250 ok", "C: DATA", "s: 354 go\\r\\n552 5.3.4 too big\\r\\n", "W:", NULL
    };
    const char *const *const scripts[] = { yes, no };
    for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++) {
        peer *server = peer_start(scripts[i], NULL, PEER_WHOLE);
        smtp_client *client = greeted(server, &plain, NULL);
        int message = file_of("x");
        struct smtp_result result;
        g_autoptr(GError) error = NULL;
        bool is_done = smtp_client_send(client, &envelope, message, 1, NULL, &result, &error);
        assert_int_equal(is_done, i == 1);
        assert_int_equal(result.outcome, i == 0 ? SMTP_NOT_SENT : SMTP_REFUSED);
        if (i == 0)
            assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_PROTOCOL));
        else
            assert_string_equal(result.data.enhanced, "5.3.4");
        smtp_result_clear(&result);
        smtp_client_quit(client); /* inside the data a command would be a part of the message */
        close(message);
        part(server, client);
    }
}

/* The answer to RSET interests nobody: the person waits for what became of the message. */
static void a_server_that_is_silent_after_a_refusal_does_not_hold_up_the_news(void **state)
{
    (void)state;
    static const char *const script[] = { HELLO, "C: MAIL *", "C: RCPT *", "S: 250 ok", "S: 550 no", "C: RSET", "W:", NULL };
    fake_now = 1000;
    fake_calls = 0;
    peer *server = peer_start(script, NULL, PEER_WHOLE);
    smtp_client *client = greeted(server, &plain, NULL);
    int message = file_of("x");
    struct smtp_result result;
    net_clock_replace(fast_clock);
    assert_true(smtp_client_send(client, &envelope, message, 1, NULL, &result, NULL));
    net_clock_replace(NULL);
    assert_int_equal(result.outcome, SMTP_REFUSED);
    assert_true(fake_now < 40000);
    smtp_result_clear(&result);
    close(message);
    part(server, client);
}

/* The first try falls silent, the second gets through. */
static void a_server_that_loses_pipelined_commands_is_asked_one_by_one_the_next_time(void **state)
{
    (void)state;
    static const char *const loses[] = { HELLO, "C: MAIL *", "C: RCPT *", "S: 250 ok", "W:", NULL };
    static const char *const takes[] = { HELLO,     "C: MAIL *", "S: 250 ok", "C: RCPT *", "S: 250 ok",
                                         "C: DATA", "S: 354 go", "D:",        "S: 250 ok", NULL };
    const char *const *const scripts[] = { loses, takes };
    const struct net_endpoint endpoint = { .host = "loses-commands.example.test", .security = NET_SECURITY_PLAIN };
    for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++) {
        fake_now = 1000;
        fake_calls = 0;
        peer *server = peer_start(scripts[i], NULL, i == 0 ? PEER_WHOLE : PEER_BYTE_BY_BYTE);
        smtp_client *client = greeted(server, &endpoint, NULL);
        int message = file_of("x");
        struct smtp_result result;
        g_autoptr(GError) error = NULL;
        net_clock_replace(i == 0 ? fast_clock : NULL);
        unsigned trips = net_stream_round_trips(smtp_client_stream(client));
        assert_int_equal(smtp_client_send(client, &envelope, message, 1, NULL, &result, &error), i == 1);
        net_clock_replace(NULL);
        assert_int_equal(result.outcome, i == 0 ? SMTP_NOT_SENT : SMTP_ACCEPTED);
        if (i == 1)
            /* MAIL, RCPT, DATA; the end's answer counts where it comes so late that the client waits for it anew */
            assert_in_range(net_stream_round_trips(smtp_client_stream(client)) - trips, 3, 4);
        smtp_result_clear(&result);
        close(message);
        part(server, client);
    }
}

static void *cancel_main(void *data)
{
    g_usleep(20000);
    eventfd_write(*(int *)data, 1);
    return NULL;
}

static void cancelling_while_the_server_digests_leaves_a_doubt(void **state)
{
    (void)state;
    static const char *const script[] = { HELLO, ACCEPTED, "W:", NULL };
    int cancel_fd = eventfd(0, EFD_CLOEXEC);
    const struct net_context context = { .cancel_fd = cancel_fd };
    peer *server = peer_start(script, NULL, PEER_WHOLE);
    smtp_client *client = greeted(server, &plain, &context);
    int message = file_of("x");
    struct smtp_result result;
    g_autoptr(GError) error = NULL;
    pthread_t thread;
    pthread_create(&thread, NULL, cancel_main, &cancel_fd);
    assert_false(smtp_client_send(client, &envelope, message, 1, NULL, &result, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_CANCELLED));
    assert_in_range(result.outcome, SMTP_NOT_SENT, SMTP_IN_DOUBT); /* by when it came; never accepted */
    pthread_join(thread, NULL);
    smtp_result_clear(&result);
    close(message);
    smtp_client_free(client);
    peer_free(server);
    close(cancel_fd);
}

static unsigned ends_seen;
/* The second call with all bytes comes when the end is on its way. */
static bool stop_at_the_end(uint64_t done, uint64_t total, void *data)
{
    ends_seen += done == total ? 1 : 0;
    if (ends_seen == 2)
        eventfd_write(*(int *)data, 1);
    return true;
}

static enum smtp_outcome stop_once(void)
{
    static const char *const script[] = { HELLO, ACCEPTED, "S: 250 took it", NULL };
    int cancel_fd = eventfd(0, EFD_CLOEXEC);
    const struct net_context context = { .cancel_fd = cancel_fd };
    peer *server = peer_start(script, NULL, PEER_BYTE_BY_BYTE);
    smtp_client *client = greeted(server, &plain, &context);
    int message = file_of("x\n");
    struct smtp_result result;
    const struct smtp_watch watch = { .progress = stop_at_the_end, .data = &cancel_fd };
    ends_seen = 0;
    bool is_sent = smtp_client_send(client, &envelope, message, 2, &watch, &result, NULL);
    enum smtp_outcome outcome = result.outcome;
    assert_int_equal(is_sent, outcome == SMTP_ACCEPTED);
    smtp_result_clear(&result);
    close(message);
    smtp_client_free(client);
    peer_free(server);
    close(cancel_fd);
    return outcome;
}

/* The person quits just when the message was handed over: the answer that comes in that moment is still heard. On a busy machine the end may not be on
 * its way yet: then nothing was sent, and it is tried again. */
static void stopping_in_the_moment_of_the_answer_leaves_no_doubt(void **state)
{
    (void)state;
    enum smtp_outcome outcome = SMTP_NOT_SENT;
    for (int i = 0; i < 20 && outcome == SMTP_NOT_SENT; i++)
        outcome = stop_once();
    assert_int_equal(outcome, SMTP_ACCEPTED);
}

static void a_password_is_not_sent_where_nobody_allowed_it(void **state)
{
    (void)state;
    static const char *const script[] = { HELLO, NULL };
    peer *server = peer_start(script, NULL, PEER_WHOLE);
    struct net_endpoint endpoint = plain;
    endpoint.security = NET_SECURITY_TLS; /* nobody did the handshake */
    smtp_client *client = greeted(server, &endpoint, NULL);
    const struct net_credentials credentials = { .user = "alice", .password = "sesame" };
    g_autoptr(GError) error = NULL;
    assert_false(smtp_client_login(client, &credentials, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_INSECURE));
    part(server, client);
}

static void a_long_password_goes_on_a_line_of_its_own(void **state)
{
    (void)state;
    static const char *const script[] = { HELLO, "C: AUTH PLAIN", "S: 334 ", "C: AGFsaWNlAHh4eHh*", "S: 235 in", NULL };
    peer *server = peer_start(script, NULL, PEER_WHOLE);
    smtp_client *client = greeted(server, &plain, NULL);
    g_autofree char *password = g_strnfill(2000, 'x');
    const struct net_credentials credentials = { .user = "alice", .password = password };
    assert_true(smtp_client_login(client, &credentials, NULL));
    assert_string_equal(smtp_client_mechanism(client), "PLAIN");
    part(server, client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_messages_go_over_one_connection_also_after_a_refusal),
        cmocka_unit_test(a_file_that_became_shorter_is_not_sent),
        cmocka_unit_test(a_file_that_is_cut_while_it_is_sent_is_never_ended),
        cmocka_unit_test(a_big_message_arrives_whole),
        cmocka_unit_test(a_big_message_goes_in_chunks_and_is_watched),
        cmocka_unit_test(a_refused_chunk_ends_the_message_and_no_last_one_follows),
        cmocka_unit_test(a_server_that_hangs_up_between_chunks_gets_data_the_next_time),
        cmocka_unit_test(a_thousand_recipients_each_get_an_answer),
        cmocka_unit_test(silence_after_the_message_is_a_doubt_and_silence_before_is_not),
        cmocka_unit_test(an_answer_before_the_message_was_sent_is_not_taken_for_its_acceptance),
        cmocka_unit_test(a_server_that_is_silent_after_a_refusal_does_not_hold_up_the_news),
        cmocka_unit_test(a_server_that_loses_pipelined_commands_is_asked_one_by_one_the_next_time),
        cmocka_unit_test(cancelling_while_the_server_digests_leaves_a_doubt),
        cmocka_unit_test(stopping_in_the_moment_of_the_answer_leaves_no_doubt),
        cmocka_unit_test(a_password_is_not_sent_where_nobody_allowed_it),
        cmocka_unit_test(a_long_password_goes_on_a_line_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
