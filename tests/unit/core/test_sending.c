/* SPDX-License-Identifier: MIT */
/* The outbox of a running engine: accounts do not wait for each other, a big upload is shown, what is refused is told. LABEL: threads */
#include "core/engine_private.h"
#include "core/outbox.h"
#include "tests/peer/peer.h"
#include "tests/unit/core/store_fixture.h"
#include <string.h>

#define HELLO "S: 220 mail.example.test", "C: EHLO *", "S: 250 x"
#define TAKES "C: MAIL *", "S: 250 ok", "C: RCPT *", "S: 250 ok", "C: DATA", "S: 354 go", "D:", "S: 250 ok"

static const char mail[] = "From: a@x.test\nTo: b@y.test\nSubject: out\nMessage-ID: <out@x.test>\n\nhi\n";

static struct account *account_to(struct fixture *f, const char *id, uint16_t port)
{
    struct account *self = account_new(id);
    self->name = g_strdup(id);
    self->from_address = g_strdup("a@x.test");
    self->incoming.protocol = ACCOUNT_PROTOCOL_MAILDIR;
    self->incoming.path = g_build_filename(f->directory, "box", id, NULL);
    self->outgoing.protocol = ACCOUNT_PROTOCOL_SMTP;
    self->outgoing.host = g_strdup("127.0.0.1");
    self->outgoing.port = port;
    self->outgoing.security = ACCOUNT_SECURITY_PLAIN;
    return self;
}

static int64_t submit(struct fixture *f, const char *account, const char *bytes)
{
    static const char *const recipients[] = { "b@y.test", NULL };
    int64_t id = outbox_submit(f->db, account, bytes, strlen(bytes), "a@x.test", recipients, 0, 0, 0, NULL);
    assert_true(id > 0);
    return id;
}

/* What the screen was told while it waited. */
struct heard {
    GString *notices;
    unsigned progress;
    int64_t job;
};

static void listen_for(event_queue *events, struct heard *heard)
{
    struct event *event;
    while ((event = event_take(events)) != NULL) {
        if (event->type == EVENT_NOTICE && event->text != NULL)
            g_string_append_printf(heard->notices, "%s\n", event->text);
        heard->progress += event->type == EVENT_PROGRESS ? 1 : 0;
        event_free(event);
    }
}

static bool becomes(struct fixture *f, event_queue *events, struct heard *heard, int64_t id, enum outbox_state state)
{
    for (int i = 0; i < 1000; i++) {
        struct outbox_item *item = outbox_item(f->db, id, NULL);
        bool is_so = item != NULL && item->state == state && (state != OUTBOX_FAILED || item->is_returned);
        outbox_item_free(item);
        listen_for(events, heard);
        if (is_so)
            return true;
        g_usleep(10000); /* another thread's work */
    }
    return false;
}

static void a_server_that_stands_still_holds_up_no_other_account(void **state)
{
    struct fixture *f = *state;
    static const char *const frozen[] = { HELLO, "C: MAIL *", "W:", NULL };
    static const char *const alive[] = { HELLO, TAKES, TAKES, "C: QUIT", "S: 221 bye", NULL };
    uint16_t ports[2];
    peer *stuck = peer_listen(frozen, NULL, PEER_WHOLE, &ports[0]), *good = peer_listen(alive, NULL, PEER_WHOLE, &ports[1]);
    struct heard heard = { .notices = g_string_new(NULL) };
    g_autoptr(GPtrArray) accounts = g_ptr_array_new_with_free_func((GDestroyNotify)account_free);
    g_ptr_array_add(accounts, account_to(f, "stuck", ports[0]));
    g_ptr_array_add(accounts, account_to(f, "good", ports[1]));
    int64_t waits = submit(f, "stuck", mail), goes = submit(f, "good", mail), goes_too = submit(f, "good", mail);
    event_queue *events = event_queue_new();
    engine *running = engine_new(accounts, NULL, f->path, events);
    engine_start(running);
    assert_true(becomes(f, events, &heard, goes, OUTBOX_FILED));
    assert_true(becomes(f, events, &heard, goes_too, OUTBOX_FILED)); /* over the same connection */
    assert_true(becomes(f, events, &heard, waits, OUTBOX_SENDING));
    engine_free(running);
    assert_null(peer_complaint(good));
    peer_free(stuck);
    peer_free(good);
    event_queue_free(events);
    g_string_free(heard.notices, TRUE);
}

static void a_refusal_is_told_and_lies_in_drafts(void **state)
{
    struct fixture *f = *state;
    static const char *const script[] = { HELLO,     "C: MAIL *", "S: 250 ok", "C: RCPT *",  "S: 550 5.1.1 who?",
                                          "C: RSET", "S: 250 ok", "C: QUIT",   "S: 221 bye", NULL };
    uint16_t port;
    peer *server = peer_listen(script, NULL, PEER_WHOLE, &port);
    struct heard heard = { .notices = g_string_new(NULL) };
    g_autoptr(GPtrArray) accounts = g_ptr_array_new_with_free_func((GDestroyNotify)account_free);
    g_ptr_array_add(accounts, account_to(f, "local", port));
    int64_t id = submit(f, "local", mail);
    event_queue *events = event_queue_new();
    engine *running = engine_new(accounts, NULL, f->path, events);
    engine_start(running);
    assert_true(becomes(f, events, &heard, id, OUTBOX_FAILED));
    for (int i = 0; i < 3000 && strstr(heard.notices->str, "Drafts") == NULL; i++, g_usleep(10000))
        listen_for(events, &heard);
    assert_non_null(strstr(heard.notices->str, "b@y.test: there is no such mailbox (the server says: 550 5.1.1 who?)"));
    engine_free(running);
    assert_null(peer_complaint(server));
    peer_free(server);
    event_queue_free(events);
    g_string_free(heard.notices, TRUE);
    int64_t drafts = 0;
    store_number(f->db, &drafts, NULL, "SELECT count(*) FROM placements AS p JOIN folders AS f ON f.id = p.folder_id WHERE f.role = ?",
                 NUM(FOLDER_DRAFTS));
    assert_int_equal(drafts, 1);
}

static void the_upload_of_a_big_message_is_shown(void **state)
{
    struct fixture *f = *state;
    static const char *const script[] = { HELLO, TAKES, "C: QUIT", "S: 221 bye", NULL };
    uint16_t port;
    peer *server = peer_listen(script, NULL, PEER_WHOLE, &port);
    struct heard heard = { .notices = g_string_new(NULL) };
    g_autoptr(GPtrArray) accounts = g_ptr_array_new_with_free_func((GDestroyNotify)account_free);
    g_ptr_array_add(accounts, account_to(f, "local", port));
    g_autofree char *line = g_strnfill(76, 'x');
    g_autoptr(GString) big = g_string_new(mail);
    for (int i = 0; i < 40000; i++)
        g_string_append_printf(big, "%s\n", line);
    int64_t id = submit(f, "local", big->str);
    event_queue *events = event_queue_new();
    engine *running = engine_new(accounts, NULL, f->path, events);
    engine_start(running);
    assert_true(becomes(f, events, &heard, id, OUTBOX_FILED));
    listen_for(events, &heard);
    assert_true(heard.progress >= 1);
    engine_free(running);
    peer_free(server);
    event_queue_free(events);
    g_string_free(heard.notices, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_server_that_stands_still_holds_up_no_other_account, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_refusal_is_told_and_lies_in_drafts, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_upload_of_a_big_message_is_shown, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
