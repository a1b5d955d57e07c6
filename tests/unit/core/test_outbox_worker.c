/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* One message of the outbox against scripted servers, commands and Maildirs: what state it ends in, and what is noted of it. */
#include "core/outbox_worker.h"
#include "core/intent.h"
#include "core/outbox_words.h"
#include "net/error.h"
#include "net/stream.h"
#include "tests/peer/peer.h"
#include "tests/unit/core/store_fixture.h"
#include <string.h>
#include <sys/stat.h>

#define HELLO "S: 220 mail.example.test", "C: EHLO *", "S: 250 x"

static const char mail[] = "From: a@x.test\nTo: b@y.test\nSubject: out\nMessage-ID: <out@x.test>\n\nhi\n";

static struct account *account_to(uint16_t port)
{
    struct account *self = account_new("work");
    self->name = g_strdup("work");
    self->from_address = g_strdup("a@x.test");
    self->outgoing.protocol = ACCOUNT_PROTOCOL_SMTP;
    self->outgoing.host = g_strdup("127.0.0.1");
    self->outgoing.port = port;
    self->outgoing.security = ACCOUNT_SECURITY_PLAIN;
    self->save_sent = ACCOUNT_SAVE_SENT_YES;
    return self;
}

static int64_t submit(struct fixture *f)
{
    static const char *const recipients[] = { "b@y.test", "c@y.test", NULL };
    int64_t id = outbox_submit(f->db, "work", mail, strlen(mail), "a@x.test", recipients, 0, 0, 0, NULL);
    assert_true(id > 0);
    return id;
}

/* Runs the row and gives it as it is afterwards. */
static struct outbox_item *run(struct fixture *f, struct account *owner, int64_t id, bool is_good, GError **error)
{
    struct outbox_item *item = outbox_item(f->db, id, NULL);
    const struct net_context context = { .cancel_fd = -1 };
    const struct outbox_job job = { .store = f->db, .account = owner, .context = &context };
    g_autoptr(GError) why = NULL;
    if (outbox_worker_run(&job, item, NULL, &why) != is_good)
        fail_msg("%s", why != NULL ? why->message : "no error");
    if (error != NULL)
        *error = g_steal_pointer(&why);
    outbox_item_free(item);
    return outbox_item(f->db, id, NULL);
}

static struct outbox_item *run_against(struct fixture *f, const char *const *script, int64_t id, bool is_good, GError **error)
{
    uint16_t port = 0;
    peer *server = peer_listen(script, NULL, PEER_WHOLE, &port);
    struct account *owner = account_to(port);
    struct outbox_item *item = run(f, owner, id, is_good, error);
    if (peer_complaint(server) != NULL)
        fail_msg("%s", peer_complaint(server));
    peer_free(server);
    account_free(owner);
    return item;
}

static void an_accepted_message_is_filed_and_goes_to_sent(void **state)
{
    struct fixture *f = *state;
    static const char *const script[] = { HELLO,         "C: MAIL *",
                                          "S: 250 ok",   "C: RCPT TO:<b@y.test>",
                                          "S: 250 ok",   "C: RCPT TO:<c@y.test>",
                                          "S: 250 ok",   "C: DATA",
                                          "S: 354 go",   "D:",
                                          "S: 250 took", "C: QUIT",
                                          "S: 221 bye",  NULL };
    struct outbox_item *item = run_against(f, script, submit(f), true, NULL);
    assert_int_equal(item->state, OUTBOX_FILED);
    outbox_item_free(item);
    g_autoptr(GPtrArray) intents = intent_pending(f->db, f->account, 10, NULL);
    assert_int_equal(intents->len, 1);
    const struct intent *append = intents->pdata[0];
    assert_int_equal(append->type, INTENT_APPEND);
    g_autofree char *bytes = NULL;
    assert_true(g_file_get_contents(append->path, &bytes, NULL, NULL)); /* the copy outlives the outbox's file */
    g_autoptr(GString) without = g_string_new(bytes);
    assert_int_equal(g_string_replace(without, "Bcc: c@y.test\n", "", 0), 1); /* only in our own copy */
    assert_string_equal(without->str, mail);
}

/* HELLO offers no 8BITMIME. */
static void a_server_that_carries_only_ascii_gets_only_ascii(void **state)
{
    struct fixture *f = *state;
    static const char umlauts[] = "From: a@x.test\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
                                  "Content-Transfer-Encoding: 8bit\nMessage-ID: <8@x.test>\n\n\xc3\xa4\n";
    static const char *const script[] = { HELLO,        "C: MAIL FROM:<a@x.test>",
                                          "S: 250 ok",  "C: RCPT *",
                                          "S: 250 ok",  "C: DATA",
                                          "S: 354 go",  "D:",
                                          "S: 250 ok",  "C: QUIT",
                                          "S: 221 bye", NULL };
    static const char *const recipients[] = { "b@y.test", NULL };
    uint16_t port = 0;
    peer *server = peer_listen(script, NULL, PEER_WHOLE, &port);
    struct account *owner = account_to(port);
    struct outbox_item *item =
        run(f, owner, outbox_submit(f->db, "work", umlauts, strlen(umlauts), "a@x.test", recipients, 0, 0, 0, NULL), true, NULL);
    assert_int_equal(item->state, OUTBOX_FILED);
    outbox_item_free(item);
    assert_null(peer_complaint(server));
    assert_true(g_str_is_ascii(peer_data(server)));
    assert_non_null(strstr(peer_data(server), "=C3=A4"));
    peer_free(server);
    account_free(owner);
}

static void what_is_refused_for_good_keeps_the_servers_words(void **state)
{
    struct fixture *f = *state;
    static const char *const script[] = { HELLO,        "C: MAIL *", "S: 550 5.7.1 you may not", "C: RSET", "S: 250 ok", "C: QUIT",
                                          "S: 221 bye", NULL };
    struct outbox_item *item = run_against(f, script, submit(f), true, NULL);
    assert_int_equal(item->state, OUTBOX_FAILED);
    assert_string_equal(item->reply, "550 5.7.1 you may not");
    outbox_item_free(item);
}

static void what_is_refused_for_now_is_tried_later(void **state)
{
    struct fixture *f = *state;
    static const char *const script[] = {
        HELLO,       "C: MAIL *", "S: 250 ok",  "C: RCPT *", "S: 450 greylisted", "C: RCPT *", "S: 450 greylisted", "C: RSET",
        "S: 250 ok", "C: QUIT",   "S: 221 bye", NULL
    };
    struct outbox_item *item = run_against(f, script, submit(f), true, NULL);
    assert_int_equal(item->state, OUTBOX_QUEUED);
    assert_true(item->not_before_utc > g_get_real_time() / G_USEC_PER_SEC + 20);
    assert_non_null(strstr(item->reply, "greylisted"));
    outbox_item_free(item);
}

static void who_accepted_it_never_gets_it_twice(void **state)
{
    struct fixture *f = *state;
    static const char *const first[] = { HELLO,          "C: MAIL *",
                                         "S: 250 ok",    "C: RCPT TO:<b@y.test>",
                                         "S: 250 ok",    "C: RCPT TO:<c@y.test>",
                                         "S: 451 later", "C: DATA",
                                         "S: 354 go",    "D:",
                                         "S: 250 took",  "C: QUIT",
                                         "S: 221 bye",   NULL };
    static const char *const second[] = { HELLO,         "C: MAIL *", "S: 250 ok",  "C: RCPT TO:<c@y.test>",
                                          "S: 250 ok",   "C: DATA",   "S: 354 go",  "D:",
                                          "S: 250 took", "C: QUIT",   "S: 221 bye", NULL };
    int64_t id = submit(f);
    struct outbox_item *item = run_against(f, first, id, true, NULL);
    assert_int_equal(item->state, OUTBOX_QUEUED);
    assert_string_equal(item->accepted[0], "b@y.test");
    outbox_item_free(item);
    item = run_against(f, second, id, true, NULL);
    assert_int_equal(item->state, OUTBOX_FILED);
    outbox_item_free(item);
    g_autoptr(GPtrArray) intents = intent_pending(f->db, f->account, 10, NULL);
    assert_int_equal(intents->len, 1); /* one copy in Sent, not two */
}

static void a_server_that_hangs_up_after_the_message_leaves_a_doubt(void **state)
{
    struct fixture *f = *state;
    static const char *const script[] = { HELLO,       "C: MAIL *", "S: 250 ok", "C: RCPT *", "S: 250 ok", "C: RCPT *",
                                          "S: 250 ok", "C: DATA",   "S: 354 go", "D:",        "X:",        NULL };
    g_autoptr(GError) error = NULL;
    struct outbox_item *item = run_against(f, script, submit(f), false, &error);
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_CLOSED));
    assert_int_equal(item->state, OUTBOX_IN_DOUBT);
    outbox_item_free(item);
}

static void a_server_that_hangs_up_before_it_leaves_none(void **state)
{
    struct fixture *f = *state;
    static const char *const script[] = { HELLO, "C: MAIL *", "S: 250 ok", "C: RCPT *", "X:", NULL };
    struct outbox_item *item = run_against(f, script, submit(f), false, NULL);
    assert_int_equal(item->state, OUTBOX_QUEUED);
    outbox_item_free(item);
}

static char *draft_of(struct fixture *f)
{
    g_autoptr(GPtrArray) intents = intent_pending(f->db, f->account, 10, NULL);
    char *bytes = NULL;
    for (guint i = 0; i < intents->len; i++) {
        const struct intent *each = intents->pdata[i];
        if (each->type == INTENT_APPEND && (each->add & MESSAGE_DRAFT) != 0)
            assert_true(g_file_get_contents(each->path, &bytes, NULL, NULL));
    }
    return bytes;
}

/* b has it, c never will: the draft is for c alone, and says why. */
static void who_refused_it_stands_in_the_draft_with_the_reason(void **state)
{
    struct fixture *f = *state;
    static const char *const script[] = { HELLO,
                                          "C: MAIL *",
                                          "S: 250 ok",
                                          "C: RCPT TO:<b@y.test>",
                                          "S: 250 ok",
                                          "C: RCPT TO:<c@y.test>",
                                          "S: 550 5.1.1 no such user",
                                          "C: DATA",
                                          "S: 354 go",
                                          "D:",
                                          "S: 250 took",
                                          "C: QUIT",
                                          "S: 221 bye",
                                          NULL };
    fixture_folder(f->db, f->account, "Drafts", FOLDER_DRAFTS);
    int64_t id = submit(f);
    struct outbox_item *item = run_against(f, script, id, true, NULL);
    assert_int_equal(item->state, OUTBOX_FAILED);
    assert_true(item->is_returned && item->has_draft && item->is_copied);
    assert_string_equal(item->reply, "c@y.test: 550 5.1.1 no such user");
    outbox_item_free(item);
    g_autofree char *draft = draft_of(f);
    assert_non_null(draft);
    assert_string_equal(draft, "X-Postern-Not-Sent: c@y.test: 550 5.1.1 no such user\nFrom: a@x.test\nSubject: out\n"
                               "Message-ID: <out@x.test>\nBcc: c@y.test\n\nhi\n");
    struct account *owner = account_to(1);
    outbox_item_free(run(f, owner, id, true, NULL)); /* once is enough */
    account_free(owner);
    assert_int_equal(intent_count(f->db, f->account), 2); /* the draft and the Sent copy */
}

/* Somebody else's message that was sent on: nothing to go on writing, and nobody is told that there is. */
static void what_was_sent_on_for_another_is_no_draft(void **state)
{
    struct fixture *f = *state;
    static const char redirected[] = "Resent-From: a@x.test\nResent-To: b@y.test\nFrom: z@z.test\nTo: a@x.test\nSubject: on\n\nhi\n";
    static const char *const script[] = { HELLO,        "C: MAIL *", "S: 550 5.7.1 you may not", "C: RSET", "S: 250 ok", "C: QUIT",
                                          "S: 221 bye", NULL };
    static const char *const recipients[] = { "b@y.test", NULL };
    fixture_folder(f->db, f->account, "Drafts", FOLDER_DRAFTS);
    int64_t id = outbox_submit(f->db, "work", redirected, strlen(redirected), "a@x.test", recipients, 0, 0, 0, NULL);
    struct outbox_item *before = outbox_item(f->db, id, NULL), *item = run_against(f, script, id, true, NULL);
    assert_int_equal(item->state, OUTBOX_FAILED);
    assert_true(item->is_returned && !item->has_draft);
    assert_null(draft_of(f));
    g_autofree char *news = outbox_news(before, item);
    assert_null(strstr(news, "Drafts"));
    outbox_item_free(before);
    outbox_item_free(item);
}

/* "Later" for one, "never" for another: only the first is named again. */
static void who_refused_it_for_good_is_not_asked_again(void **state)
{
    struct fixture *f = *state;
    static const char *const first[] = { HELLO,
                                         "C: MAIL *",
                                         "S: 250 ok",
                                         "C: RCPT TO:<b@y.test>",
                                         "S: 550 nobody",
                                         "C: RCPT TO:<c@y.test>",
                                         "S: 451 4.7.1 greylisted",
                                         "C: RSET",
                                         "S: 250 ok",
                                         "C: QUIT",
                                         "S: 221 bye",
                                         NULL };
    static const char *const second[] = { HELLO,         "C: MAIL *", "S: 250 ok",  "C: RCPT TO:<c@y.test>",
                                          "S: 250 ok",   "C: DATA",   "S: 354 go",  "D:",
                                          "S: 250 took", "C: QUIT",   "S: 221 bye", NULL };
    int64_t id = submit(f), begun = store_now_utc();
    struct outbox_item *item = run_against(f, first, id, true, NULL);
    assert_int_equal(item->state, OUTBOX_QUEUED);
    assert_int_equal(item->fates[0].fate, OUTBOX_FATE_REFUSED);
    assert_int_equal(item->fates[1].fate, OUTBOX_FATE_LATER);
    assert_in_range(item->not_before_utc, begun + 40, store_now_utc() + 75); /* a minute, give or take */
    outbox_item_free(item);
    item = run_against(f, second, id, true, NULL);
    assert_int_equal(item->state, OUTBOX_FAILED);
    assert_string_equal(item->accepted[0], "c@y.test");
    outbox_item_free(item);
}

/* The server's limit of recipients is no refusal: the rest goes with the next transaction, at once. */
static void one_recipient_too_many_goes_with_the_next_transaction(void **state)
{
    struct fixture *f = *state;
    static const char *const script[] = { HELLO,        "C: MAIL *", "S: 250 ok",           "C: RCPT *",
                                          "S: 250 ok",  "C: RCPT *", "S: 452 4.5.3 enough", "C: DATA",
                                          "S: 354 go",  "D:",        "S: 250 ok",           "C: QUIT",
                                          "S: 221 bye", NULL };
    struct outbox_item *item = run_against(f, script, submit(f), true, NULL);
    assert_int_equal(item->state, OUTBOX_QUEUED);
    assert_true(item->not_before_utc <= store_now_utc());
    outbox_item_free(item);
}

static void later_comes_to_an_end(void **state)
{
    struct fixture *f = *state;
    static const char *const script[] = { HELLO, "C: MAIL *", "S: 451 4.3.0 later", "C: RSET", "S: 250 ok", "C: QUIT", "S: 221 bye", NULL };
    int64_t id = submit(f);
    assert_true(store_run(f->db, NULL, "UPDATE outbox SET attempts = 125"));
    struct outbox_item *item = run_against(f, script, id, true, NULL);
    assert_int_equal(item->state, OUTBOX_FAILED);
    assert_non_null(strstr(item->reply, "5 days"));
    assert_non_null(strstr(item->reply, "451 4.3.0 later"));
    outbox_item_free(item);
}

/* The first connection is kept; the server has closed it when the second message comes. */
static void messages_share_a_connection_and_survive_its_end(void **state)
{
    struct fixture *f = *state;
#define TAKES "C: MAIL *", "S: 250 ok", "C: RCPT *", "S: 250 ok", "C: RCPT *", "S: 250 ok", "C: DATA", "S: 354 go", "D:", "S: 250 ok"
    static const char *const first[] = { HELLO, TAKES, TAKES, "C: MAIL *", "S: 421 4.7.0 enough for today", "X:", NULL };
    static const char *const second[] = { HELLO, TAKES, "C: QUIT", "S: 221 bye", NULL };
    uint16_t port = 0, other_port = 0;
    peer *one = peer_listen(first, NULL, PEER_WHOLE, &port), *other = peer_listen(second, NULL, PEER_WHOLE, &other_port);
    struct account *owner = account_to(port);
    outbox_session *session = outbox_session_new();
    for (int i = 0; i < 3; i++) {
        int64_t id = submit(f);
        struct outbox_item *item = outbox_item(f->db, id, NULL);
        const struct net_context context = { .cancel_fd = -1 };
        const struct outbox_job job = { .store = f->db, .account = owner, .context = &context, .session = session };
        g_autoptr(GError) why = NULL;
        if (i == 2)
            owner->outgoing.port = other_port; /* where the new connection goes */
        if (!outbox_worker_run(&job, item, NULL, &why))
            fail_msg("%s", why->message);
        outbox_item_free(item);
        item = outbox_item(f->db, id, NULL);
        assert_int_equal(item->state, OUTBOX_FILED);
        outbox_item_free(item);
    }
    outbox_session_free(session);
    assert_null(peer_complaint(one));
    assert_null(peer_complaint(other));
    peer_free(one);
    peer_free(other);
    account_free(owner);
}

/* Ours waits for the provider's. */
static void a_copy_that_the_provider_may_file_is_not_filed_at_once(void **state)
{
    struct fixture *f = *state;
    static const char *const script[] = { HELLO, TAKES, "C: QUIT", "S: 221 bye", NULL };
    uint16_t port = 0;
    peer *server = peer_listen(script, NULL, PEER_WHOLE, &port);
    struct account *owner = account_to(port);
    owner->save_sent = ACCOUNT_SAVE_SENT_AUTO;
    int64_t begun = store_now_utc();
    outbox_item_free(run(f, owner, submit(f), true, NULL));
    peer_free(server);
    account_free(owner);
    assert_int_equal(intent_count(f->db, f->account), 1);
    assert_in_range(intent_next_due(f->db, f->account), begun + 2, store_now_utc() + 5);
    assert_true(store_run(f->db, NULL, "UPDATE intents SET not_before_utc = 0"));
    g_autoptr(GPtrArray) later = intent_pending(f->db, f->account, 10, NULL);
    assert_int_equal(((const struct intent *)later->pdata[0])->remove, INTENT_LOOKS_FIRST);
}

static void what_is_too_large_is_not_begun(void **state)
{
    struct fixture *f = *state;
    static const char *const script[] = {
        "S: 220 mail.example.test", "C: EHLO *", "s: 250-x\\r\\n250 SIZE 20\\r\\n", "C: QUIT", "S: 221 bye", NULL
    };
    struct outbox_item *item = run_against(f, script, submit(f), true, NULL);
    assert_int_equal(item->state, OUTBOX_FAILED);
    assert_non_null(strstr(item->reply, "at most 20 bytes"));
    outbox_item_free(item);
}

static char *script_file(struct fixture *f, const char *text)
{
    char *path = g_build_filename(f->directory, "sendmail.sh", NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    assert_int_equal(chmod(path, 0700), 0);
    return path;
}

static void a_command_gets_the_message_and_its_status_counts(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *text;
        enum outbox_state state;
    } rows[] = {
        { "#!/bin/sh\necho \"$@\" > \"$0.args\"\ncat > \"$0.mail\"\n", OUTBOX_FILED },
        { "#!/bin/sh\ncat > /dev/null\nexit 75\n", OUTBOX_QUEUED },
        { "#!/bin/sh\ncat > /dev/null\nexit 78\n", OUTBOX_QUEUED }, /* its configuration is wrong: somebody will mend it */
        { "#!/bin/sh\ncat > /dev/null\necho no such user >&2\nexit 67\n", OUTBOX_FAILED },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct account *owner = account_to(0);
        owner->outgoing.protocol = ACCOUNT_PROTOCOL_SENDMAIL;
        owner->outgoing.command = script_file(f, rows[i].text);
        struct outbox_item *item = run(f, owner, submit(f), true, NULL);
        assert_int_equal(item->state, rows[i].state);
        if (rows[i].state == OUTBOX_FAILED)
            assert_string_equal(item->reply, "no such user");
        outbox_item_free(item);
        account_free(owner);
    }
    g_autofree char *args = g_build_filename(f->directory, "sendmail.sh.args", NULL),
                    *got = g_build_filename(f->directory, "sendmail.sh.mail", NULL);
    g_autofree char *arguments = NULL, *message = NULL;
    assert_true(g_file_get_contents(args, &arguments, NULL, NULL) && g_file_get_contents(got, &message, NULL, NULL));
    assert_string_equal(arguments, "-i -f a@x.test -- b@y.test c@y.test\n");
    assert_string_equal(message, mail);
}

static void a_command_that_is_not_there_loses_nothing(void **state)
{
    struct fixture *f = *state;
    struct account *owner = account_to(0);
    owner->outgoing.protocol = ACCOUNT_PROTOCOL_SENDMAIL;
    owner->outgoing.command = g_strdup("/nonexistent/sendmail");
    struct outbox_item *item = run(f, owner, submit(f), false, NULL);
    assert_int_equal(item->state, OUTBOX_QUEUED);
    outbox_item_free(item);
    account_free(owner);
}

static void mail_to_a_maildir_arrives_there(void **state)
{
    struct fixture *f = *state;
    struct account *owner = account_to(0);
    owner->outgoing.protocol = ACCOUNT_PROTOCOL_MAILDIR;
    owner->outgoing.path = g_build_filename(f->directory, "box", NULL);
    struct outbox_item *item = run(f, owner, submit(f), true, NULL);
    assert_int_equal(item->state, OUTBOX_FILED);
    g_autofree char *new_mail = g_build_filename(owner->outgoing.path, "new", NULL);
    g_autoptr(GDir) box = g_dir_open(new_mail, 0, NULL);
    assert_non_null(box);
    assert_non_null(g_dir_read_name(box));
    outbox_item_free(item);
    account_free(owner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_accepted_message_is_filed_and_goes_to_sent, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_server_that_carries_only_ascii_gets_only_ascii, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_refused_for_good_keeps_the_servers_words, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_refused_for_now_is_tried_later, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(who_accepted_it_never_gets_it_twice, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_server_that_hangs_up_after_the_message_leaves_a_doubt, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_server_that_hangs_up_before_it_leaves_none, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(who_refused_it_stands_in_the_draft_with_the_reason, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_was_sent_on_for_another_is_no_draft, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(who_refused_it_for_good_is_not_asked_again, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(one_recipient_too_many_goes_with_the_next_transaction, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(later_comes_to_an_end, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(messages_share_a_connection_and_survive_its_end, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_copy_that_the_provider_may_file_is_not_filed_at_once, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_too_large_is_not_begun, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_command_gets_the_message_and_its_status_counts, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_command_that_is_not_there_loses_nothing, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(mail_to_a_maildir_arrives_there, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
