/* SPDX-License-Identifier: MIT */
/* Leaving a list: what a header offers, what is no offer, and the one request of the one-click form. LABEL: threads */
#include "core/list_unsubscribe.h"
#include "tests/peer/peer.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define ONE_CLICK "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"

static void what_can_be_used_is_offered_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *one_click, *mailto, *page, *host;
    } rows[] = {
        { "List-Unsubscribe: <https://l.test/u?a=1>, <mailto:u@l.test?subject=off>\n" ONE_CLICK, "https://l.test/u?a=1",
          "mailto:u@l.test?subject=off", "https://l.test/u?a=1", "l.test" },
        { "List-Unsubscribe: <https://l.test/u>\n", NULL, NULL, "https://l.test/u", "l.test" },
        { "List-Unsubscribe: <http://l.test/u>\n" ONE_CLICK, NULL, NULL, "http://l.test/u", "l.test" },
        { "List-Unsubscribe: <mailto:u@l.test>\n" ONE_CLICK, NULL, "mailto:u@l.test", NULL, NULL },
        { "List-Unsubscribe:\n <https://l.test/\n  long>\n" ONE_CLICK, "https://l.test/long", NULL, "https://l.test/long", "l.test" },
        { "List-Unsubscribe: <https://l.test/u>\nList-Unsubscribe-Post: anything\n", NULL, NULL, "https://l.test/u", "l.test" },
        { "List-Unsubscribe: <file:///etc/passwd>, <javascript:x@y>, <https://bank.test@evil.test/>\n" ONE_CLICK, NULL, NULL, NULL, NULL },
        { "List-Unsubscribe: <https://l.test/\033[2J>, <mailto:u@l.test\r\nBcc:x@y>\n", NULL, NULL, NULL, NULL },
        { "List-Unsubscribe: https://l.test/u\n", NULL, NULL, NULL, NULL },
        { "List-Unsubscribe: <https://b\xc3\xbcro.test/u>\n", NULL, NULL, NULL, NULL },
        { "List-Unsubscribe: <\n", NULL, NULL, NULL, NULL },
        { "X: y\n", NULL, NULL, NULL, NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(list_unsubscribe) got = { 0 };
        g_autofree char *raw = g_strdup_printf("From: l@l.test\n%sSubject: s\n\nList-Unsubscribe: <https://body.test/>\n", rows[i].fields);
        g_autoptr(message) mail = message_parse(raw, strlen(raw));
        bool is_offered = list_unsubscribe_read(mail, &got);
        assert_int_equal(is_offered, rows[i].mailto != NULL || rows[i].page != NULL);
        const char *const pairs[][2] = {
            { got.one_click, rows[i].one_click }, { got.mailto, rows[i].mailto }, { got.page, rows[i].page }, { got.host, rows[i].host }
        };
        for (size_t k = 0; k < G_N_ELEMENTS(pairs); k++)
            if (g_strcmp0(pairs[k][0], pairs[k][1]) != 0)
                fail_msg("row %zu, %zu: \"%s\", not \"%s\"", i, k, pairs[k][0], pairs[k][1]);
    }
}

/* One request to a server of the test's own; returns what was said, NULL: it was done. Caller frees. */
static char *click(const char *status_line, const char *more)
{
    const struct peer_wish wish = { .common_name = "127.0.0.1", .names = "IP:127.0.0.1" };
    peer_certificate *certificate = peer_certificate_new(&wish);
    g_autofree char *directory = g_dir_make_tmp("postern-list-XXXXXX", NULL), *trusted = g_build_filename(directory, "ca.pem", NULL);
    peer_certificate_save(certificate, trusted, NULL);
    g_autofree char *answer = g_strdup_printf("S: %s", status_line);
    const char *const lines[] = { "T:",
                                  "C: POST /u?x=1 HTTP/1.1",
                                  "C: Host: *",
                                  "C: User-Agent: *",
                                  "C: Accept: *",
                                  "C: Content-Length: 26",
                                  "C: Content-Type: application/x-www-form-urlencoded",
                                  "C: ",
                                  "H: 26",
                                  answer,
                                  more,
                                  "S: Content-Length: 0",
                                  "S: ",
                                  NULL };
    uint16_t port = 0;
    peer *server = peer_listen(lines, certificate, PEER_WHOLE, &port);
    struct account *account = account_new("x");
    account->incoming.tls_ca_file = g_strdup(trusted);
    g_autofree char *url = g_strdup_printf("https://127.0.0.1:%d/u?x=1", port);
    g_autoptr(GError) why = NULL;
    bool is_done = list_unsubscribe_post(url, account, -1, &why);
    assert_null(peer_complaint(server));
    peer_free(server);
    account_free(account);
    peer_certificate_free(certificate);
    g_remove(trusted);
    g_rmdir(directory);
    assert_int_equal(is_done, why == NULL);
    return is_done ? NULL : g_strdup(why->message);
}

static void a_click_is_one_post_and_its_answer_is_told(void **state)
{
    (void)state;
    assert_null(click("HTTP/1.1 200 OK", "S: Connection: close"));
    assert_null(click("HTTP/1.1 202 Accepted", "S: Connection: close"));
    g_autofree char *gone = click("HTTP/1.1 410 Gone", "S: Connection: close");
    assert_non_null(strstr(gone, "410"));
    g_autofree char *elsewhere = click("HTTP/1.1 302 Found", "S: Location: https://elsewhere.test/"); /* RFC 8058 3.1: no redirects */
    assert_non_null(elsewhere);
}

static void nothing_is_posted_in_the_clear(void **state)
{
    (void)state;
    g_autoptr(GError) why = NULL;
    struct account *account = account_new("x");
    assert_false(list_unsubscribe_post("http://127.0.0.1:1/u", account, -1, &why));
    assert_non_null(strstr(why->message, "unencrypted"));
    account_free(account);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_be_used_is_offered_and_nothing_else),
        cmocka_unit_test(a_click_is_one_post_and_its_answer_is_told),
        cmocka_unit_test(nothing_is_posted_in_the_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
