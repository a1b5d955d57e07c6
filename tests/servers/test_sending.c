/* SPDX-License-Identifier: MIT */
/* The outbox with real servers of different minds: what arrives is what was written, whoever carries it; refusals, limits and waits are told apart. */
#include "core/invitation_reply.h"
#include "core/message.h"
#include "core/outbox.h"
#include "core/outbox_worker.h"
#include "net/stream.h"
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/servers/server_jail.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

/* --- one person's outbox --- */
struct desk {
    char *directory;
    store *db;
    struct account *account;
    const char *password; /* NULL: no signing in */
};

static void desk_open(struct desk *self, int port)
{
    g_autoptr(GError) why = NULL;
    self->directory = g_dir_make_tmp("postern-sending-XXXXXX", NULL);
    g_setenv("XDG_DATA_HOME", self->directory, TRUE);
    g_setenv("XDG_CACHE_HOME", self->directory, TRUE);
    g_autofree char *path = g_build_filename(self->directory, "mail.db", NULL);
    self->db = store_open(path, STORE_WORKER, &why);
    if (self->db == NULL)
        fail_msg("%s", why->message);
    self->account = account_new("work");
    self->account->from_address = g_strdup(SERVER_ADDRESS);
    self->account->incoming.protocol = ACCOUNT_PROTOCOL_MAILDIR;
    self->account->incoming.path = g_build_filename(self->directory, "box", NULL);
    self->account->outgoing.protocol = ACCOUNT_PROTOCOL_SMTP;
    self->account->outgoing.host = g_strdup("127.0.0.1");
    self->account->outgoing.port = (uint16_t)port;
    self->account->outgoing.security = ACCOUNT_SECURITY_PLAIN;
}

static void desk_close(struct desk *self)
{
    account_free(self->account);
    store_close(self->db);
    remove_tree(self->directory);
    g_free(self->directory);
}

/* What became of it; caller frees. */
static struct outbox_item *run_once(struct desk *self, int64_t id)
{
    const struct net_context context = { .cancel_fd = -1 };
    const struct outbox_job job = { .store = self->db, .account = self->account, .context = &context, .password = self->password };
    g_autoptr(GError) why = NULL;
    struct outbox_item *item = outbox_item(self->db, id, &why);
    if (item == NULL || !outbox_worker_run(&job, item, NULL, &why))
        fail_msg("%s", why->message);
    outbox_item_free(item);
    return outbox_item(self->db, id, NULL);
}

static int64_t submit(struct desk *self, const char *bytes, size_t size, const char *const *recipients)
{
    g_autoptr(GError) why = NULL;
    int64_t id = outbox_submit(self->db, "work", bytes, size, SERVER_ADDRESS, recipients, 0, 0, 0, &why);
    if (id == 0)
        fail_msg("%s", why->message);
    return id;
}

/* --- messages as nobody should write them --- */
static const struct odd_message {
    const char *name;
    const char *body;
    size_t size; /* 0: a text */
} odd_messages[] = {
    { "dots", ".\n..\n.hidden\nx.\n.\nend\n", 0 },
    { "crlf", "one\r\n.\r\ntwo\r\n", 0 },
    { "no-end", "the last line has no end", 0 },
    { "nothing", "", 0 },
    { "eight-bit",
      "gr\xc3\xbc\xc3\x9f"
      "e\nund mehr\n",
      0 },
    { "bare-cr", "one\rtwo\r\rthree\nend\n", 0 },
    { "nul", "one\0two\nend\n", 12 },
    { "smuggled", "x\r.\rMAIL FROM:<evil@example.test>\n\r.\r\nDATA\nend\n", 0 },
    { "from-line", "From here\n>From there\n", 0 },
};

static char *wrap(const char *name, const char *body, size_t size, gsize *whole_size_out)
{
    GString *whole = g_string_new("From: " SERVER_ADDRESS "\nTo: bob@example.test\nMIME-Version: 1.0\nContent-Type: text/plain; "
                                  "charset=utf-8\nContent-Transfer-Encoding: 8bit\n");
    g_string_append_printf(whole, "Message-ID: <%s@odd.test>\nSubject: odd %s end\n\n", name, name);
    g_string_append_len(whole, body, (gssize)size);
    *whole_size_out = whole->len;
    return g_string_free(whole, FALSE);
}

static char *without_cr(const char *bytes, size_t size, gsize *size_out)
{
    GString *out = g_string_sized_new(size);
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != '\r' || i + 1 == size || bytes[i + 1] != '\n')
            g_string_append_c(out, bytes[i]);
    *size_out = out->len;
    return g_string_free(out, FALSE);
}

/* A server may put a line end to the last line; nothing else. */
static void expect_same(const char *where, const char *name, const char *arrived, size_t arrived_size, const char *body, size_t body_size)
{
    g_autoptr(message) parsed = message_parse(arrived, arrived_size);
    g_autofree char *part = NULL, *got = NULL, *wanted = NULL;
    size_t part_size = 0;
    gsize got_size = 0, wanted_size = 0;
    message_part_bytes(parsed, 0, &part, &part_size, NULL);
    got = without_cr(part != NULL ? part : "", part_size, &got_size);
    wanted = without_cr(body, body_size, &wanted_size);
    while (got_size > 0 && wanted_size < got_size && got[got_size - 1] == '\n')
        got_size--; /* also what Dovecot's command puts behind it */
    while (wanted_size > got_size && wanted[wanted_size - 1] == '\n')
        wanted_size--;
    if (got_size == wanted_size && memcmp(got, wanted, got_size) == 0)
        return;
    g_autofree char *shown = g_strescape(got, NULL), *should = g_strescape(wanted, NULL);
    fail_msg("%s: %s arrived as\n%s\ninstead of\n%s\n%s", where, name, shown, should, arrived);
}

/* Looks for a message until it is there; NULL: it never came. */
typedef char *fetch(void *place, const char *name, gsize *size_out);

static char *wait_for(fetch *fetch, void *place, const char *name, gsize *size_out)
{
    char *found = NULL;
    for (int i = 0; i < 300 && found == NULL; i++) {
        found = fetch(place, name, size_out);
        if (found == NULL)
            g_usleep(50000); /* another program's delivery */
    }
    return found;
}

static void send_all_from(struct desk *desk, const char *where, fetch *fetch, void *place)
{
    static const char *const bob[] = { "bob@example.test", NULL };
    g_autofree char *longest = g_strnfill(20000, 'y');
    for (size_t i = 0; i <= G_N_ELEMENTS(odd_messages); i++) {
        bool is_long = i == G_N_ELEMENTS(odd_messages);
        const char *name = is_long ? "long" : odd_messages[i].name, *body = is_long ? longest : odd_messages[i].body;
        size_t body_size = !is_long && odd_messages[i].size > 0 ? odd_messages[i].size : strlen(body);
        gsize size = 0, arrived_size = 0;
        g_autofree char *unique = g_strdup_printf("%s-%s", where, name), *whole = wrap(unique, body, body_size, &size);
        struct outbox_item *item = run_once(desk, submit(desk, whole, size, bob));
        if (item->state != OUTBOX_FILED)
            fail_msg("%s: %s: state %d: %s", where, name, (int)item->state, item->reply);
        outbox_item_free(item);
        g_autofree char *arrived = wait_for(fetch, place, unique, &arrived_size);
        if (arrived == NULL)
            fail_msg("%s: %s did not arrive", where, name);
        expect_same(where, name, arrived, arrived_size, body, body_size);
    }
}

static void send_all(const char *where, int port, fetch *fetch, void *place)
{
    struct desk desk = { 0 };
    desk_open(&desk, port);
    send_all_from(&desk, where, fetch, place);
    desk_close(&desk);
}

/* --- Postfix --- */
static char *fetch_from_dovecot(void *place, const char *name, gsize *size_out)
{
    g_autofree char *subject = g_strdup_printf("odd %s end", name);
    g_autofree char *found = server_doveadm(place, "fetch", "-u", SERVER_OTHER, "text", "mailbox", "INBOX", "subject", subject, NULL);
    const char *text = found != NULL && g_str_has_prefix(found, "text:\n") ? found + 6 : NULL;
    if (text == NULL || *text == '\0')
        return NULL;
    g_autofree char *copy = g_strdup(text);
    char *end = strrchr(copy, '\f');
    if (end != NULL)
        *end = '\0';
    *size_out = strlen(copy);
    return g_steal_pointer(&copy);
}

static server *start(const char *postfix)
{
    g_autofree char *why_not = NULL;
    const struct server_options options = { .postfix = postfix };
    server *self = server_start_with(&options, &why_not);
    if (self == NULL) {
        print_message("skipped: %s\n", why_not);
        skip();
    }
    return self;
}

static void what_is_sent_arrives_as_it_was_by_chunks_and_by_lines(void **state)
{
    (void)state;
    static const char *const variants[][2] = { { "postfix-bdat", "" },
                                               { "postfix-data", "smtpd_discard_ehlo_keywords = chunking\n" },
                                               { "postfix-old",
                                                 "smtpd_discard_ehlo_keywords = chunking, 8bitmime, smtputf8, size, pipelining, "
                                                 "enhancedstatuscodes, dsn\n" } };
    for (size_t i = 0; i < G_N_ELEMENTS(variants); i++) {
        g_autoptr(server) postfix = start(variants[i][1]);
        send_all(variants[i][0], server_ports(postfix)->smtp, fetch_from_dovecot, postfix);
    }
}

static void each_recipient_gets_what_the_server_says_of_it(void **state)
{
    (void)state;
    g_autoptr(server) postfix =
        start("smtpd_recipient_restrictions = check_recipient_access inline:{"
              " {slow@example.test = 450 4.7.1 Greylisted, come back}, {no@example.test = 550 5.1.1 No such person} }, "
              "permit_mynetworks, reject\n");
    static const char *const all[] = { "slow@example.test", "bob@example.test", "no@example.test", NULL };
    static const char mail[] =
        "From: " SERVER_ADDRESS "\nTo: bob@example.test\nSubject: odd three end\nMessage-ID: <three@odd.test>\n\nx\n";
    struct desk desk = { 0 };
    desk_open(&desk, server_ports(postfix)->smtp);
    int64_t id = submit(&desk, mail, strlen(mail), all);
    for (int i = 0; i < 2; i++) {
        struct outbox_item *item = run_once(&desk, id);
        assert_int_equal(item->state, OUTBOX_QUEUED);
        assert_int_equal(item->fates[0].fate, OUTBOX_FATE_LATER);
        assert_int_equal(item->fates[1].fate, OUTBOX_FATE_TOOK);
        assert_int_equal(item->fates[2].fate, OUTBOX_FATE_REFUSED);
        assert_non_null(strstr(item->fates[0].reply, "Greylisted"));
        outbox_item_free(item);
    }
    desk_close(&desk);
    gsize size = 0;
    g_autofree char *arrived = wait_for(fetch_from_dovecot, postfix, "three", &size);
    assert_non_null(arrived);
    g_autofree char *found = server_doveadm(postfix, "search", "-u", SERVER_OTHER, "mailbox", "INBOX", "subject", "odd three end", NULL);
    g_auto(GStrv) lines = g_strsplit(g_strstrip(found), "\n", -1);
    assert_int_equal(g_strv_length(lines), 1); /* bob has it once, after two attempts */
}

static void what_is_larger_than_the_limit_is_not_uploaded(void **state)
{
    (void)state;
    g_autoptr(server) postfix = start("message_size_limit = 100000\n");
    static const char *const bob[] = { "bob@example.test", NULL };
    g_autofree char *line = g_strnfill(900, 'x');
    g_autoptr(GString) mail = g_string_new("From: " SERVER_ADDRESS "\nSubject: large\n\n");
    for (int i = 0; i < 200; i++)
        g_string_append_printf(mail, "%s\n", line);
    struct desk desk = { 0 };
    desk_open(&desk, server_ports(postfix)->smtp);
    struct outbox_item *item = run_once(&desk, submit(&desk, mail->str, mail->len, bob));
    assert_int_equal(item->state, OUTBOX_FAILED);
    assert_non_null(strstr(item->reply, "takes at most 100"));
    outbox_item_free(item);
    desk_close(&desk);
    g_autofree char *log = server_log(postfix);
    assert_null(strstr(log, "from=<" SERVER_ADDRESS ">"));
}

static void letters_of_all_languages_before_the_at(void **state)
{
    (void)state;
    static const char *const recipients[] = { "b\xc3\xb6"
                                              "b@example.test",
                                              "bob@example.test", NULL };
    static const char mail[] = "From: " SERVER_ADDRESS "\nTo: undisclosed-recipients:;\nSubject: odd utf8 end\n\nx\n";
    static const struct {
        const char *options, *words;
        enum outbox_fate other;
    } rows[] = { { "smtputf8_enable = no\n", "Not sent by postern", OUTBOX_FATE_TOOK },
                 { "smtputf8_enable = yes\nsmtpd_recipient_restrictions = check_recipient_access inline:{ {b\xc3\xb6"
                   "b@example.test = 550 5.1.1 "
                   "Seen by the server} }, permit_mynetworks, reject\n",
                   "Seen by the server", OUTBOX_FATE_TOOK } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(server) postfix = start(rows[i].options);
        struct desk desk = { 0 };
        desk_open(&desk, server_ports(postfix)->smtp);
        struct outbox_item *item = run_once(&desk, submit(&desk, mail, strlen(mail), recipients));
        assert_int_equal(item->state, OUTBOX_FAILED);
        assert_int_equal(item->fates[0].fate, OUTBOX_FATE_REFUSED);
        if (strstr(item->fates[0].reply, rows[i].words) == NULL)
            fail_msg("%s", item->fates[0].reply);
        assert_int_equal(item->fates[1].fate, rows[i].other);
        outbox_item_free(item);
        desk_close(&desk);
    }
}

/* Postfix's own command: what it takes it delivers, what it does not it says by its exit status. */
static void the_sendmail_command_of_postfix_takes_it(void **state)
{
    (void)state;
    g_autoptr(server) postfix = start("");
    static const char *const bob[] = { "bob@example.test", NULL };
    static const char mail[] =
        "From: " SERVER_ADDRESS "\nTo: bob@example.test\nSubject: odd command end\nMessage-ID: <command@odd.test>\n\n.\nx\n";
    struct desk desk = { 0 };
    desk_open(&desk, 0);
    desk.account->outgoing.protocol = ACCOUNT_PROTOCOL_SENDMAIL;
    desk.account->outgoing.command = g_strdup_printf("/usr/sbin/sendmail -C %s/postfix -t", server_directory(postfix));
    struct outbox_item *item = run_once(&desk, submit(&desk, mail, strlen(mail), bob));
    if (item->state != OUTBOX_FILED)
        fail_msg("state %d: %s", (int)item->state, item->reply);
    outbox_item_free(item);
    gsize size = 0;
    g_autofree char *arrived = wait_for(fetch_from_dovecot, postfix, "command", &size);
    assert_non_null(arrived);
    assert_true(strstr(arrived, "\n.\n") != NULL || strstr(arrived, "\n.\r\n") != NULL);
    g_free(desk.account->outgoing.command);
    desk.account->outgoing.command = g_strdup("/usr/sbin/sendmail -C /nonexistent");
    item = run_once(&desk, submit(&desk, mail, strlen(mail), bob));
    assert_int_not_equal(item->state, OUTBOX_FILED);
    assert_true(item->reply != NULL && *item->reply != '\0'); /* what it said */
    outbox_item_free(item);
    desk_close(&desk);
}

/* --- an answer to an invitation --- */
static const char invitation[] =
    "From: Bob <bob@example.test>\nTo: " SERVER_ADDRESS "\nSubject: Come\nMessage-ID: <come@odd.test>\nMIME-Version: 1.0\n"
    "Content-Type: text/calendar; method=REQUEST; charset=utf-8\n\nBEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Microsoft//EN\nMETHOD:REQUEST\n"
    "BEGIN:VEVENT\nUID:040000008200E00074C5B7101A82E0080000\nSEQUENCE:4\nDTSTAMP:20261101T000000Z\n"
    "RECURRENCE-ID;TZID=W. Europe Standard Time:20261119T140000\nDTSTART;TZID=W. Europe Standard Time:20261119T150000\n"
    "DTEND;TZID=W. Europe Standard Time:20261119T160000\nSUMMARY:odd invitation end\nORGANIZER;CN=Bob:mailto:bob@example.test\n"
    "ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:" SERVER_ADDRESS "\nEND:VEVENT\nEND:VCALENDAR\n";

static GBytes *build_answer(const struct account *account, char ***recipients_out)
{
    const char *missing = NULL;
    g_autoptr(GError) why = NULL;
    g_autoptr(message) letter = message_parse(invitation, strlen(invitation));
    g_autoptr(calendar) from = message_calendar(letter, &missing);
    assert_non_null(from);
    const struct calendar_event *event = g_ptr_array_index(from->events, 0);
    g_auto(invitation_self) self = { 0 };
    invitation_self_find(event, account, letter, &self);
    assert_int_equal(self.role, INVITATION_INVITED);
    g_autoptr(draft) draft = invitation_reply(from, event, account, &self, letter,
                                              &(const struct invitation_said){ .answer = CALENDAR_TENTATIVE,
                                                                               .comment = "Gr\xc3\xbc\xc3\x9f"
                                                                                          "e; later, \"maybe\"" },
                                              &why);
    g_autofree char *sender = NULL;
    GBytes *bytes = NULL;
    if (draft == NULL || !compose_build(draft, &bytes, &sender, recipients_out, &why))
        fail_msg("%s", why->message);
    assert_string_equal(sender, SERVER_ADDRESS);
    return bytes;
}

static void an_answer_to_an_invitation_arrives_as_its_organizer_wants_it(void **state)
{
    (void)state;
    g_autoptr(server) postfix = start("");
    struct desk desk = { 0 };
    desk_open(&desk, server_ports(postfix)->smtp);
    desk.account->from_name = g_strdup("\xc3\x84lice, the \"first\"");
    g_auto(GStrv) recipients = NULL;
    gsize size = 0, arrived_size = 0;
    g_autoptr(GBytes) bytes = build_answer(desk.account, &recipients);
    assert_string_equal(recipients[0], "bob@example.test");
    const char *data = g_bytes_get_data(bytes, &size);
    struct outbox_item *item = run_once(&desk, submit(&desk, data, size, (const char *const *)recipients));
    if (item->state != OUTBOX_FILED)
        fail_msg("state %d: %s", (int)item->state, item->reply);
    outbox_item_free(item);
    g_autofree char *arrived = wait_for(fetch_from_dovecot, postfix, "invitation", &arrived_size);
    assert_non_null(arrived);
    const char *missing = NULL;
    g_autoptr(message) letter = message_parse(arrived, arrived_size);
    g_autoptr(calendar) answer = message_calendar(letter, &missing);
    assert_non_null(answer);
    assert_non_null(strstr(arrived, "method=REPLY"));
    assert_int_equal(answer->method, CALENDAR_REPLY);
    const struct calendar_event *event = g_ptr_array_index(answer->events, 0);
    const struct calendar_person *person = calendar_find_person(event, SERVER_ADDRESS);
    assert_string_equal(event->uid, "040000008200E00074C5B7101A82E0080000");
    assert_int_equal(event->sequence, 4);
    assert_string_equal(event->occurrence, "20261119T140000");
    assert_int_equal(event->people->len, 1);
    assert_non_null(person);
    assert_int_equal(person->answer, CALENDAR_TENTATIVE);
    assert_string_equal(event->comment, "Gr\xc3\xbc\xc3\x9f"
                                        "e; later, \"maybe\"");
    assert_string_equal(event->organizer->address, "bob@example.test");
    desk_close(&desk);
}

/* --- kill -9 --- */
#define KILLED_MESSAGES 100

static void write_account(const char *home, int port)
{
    g_autofree char *path = g_build_filename(home, "postern", "accounts", "work.conf", NULL), *directory = g_path_get_dirname(path);
    g_autofree char *text =
        g_strdup_printf("[account]\nname = Work\nfrom = " SERVER_ADDRESS "\n[incoming]\nprotocol = maildir\npath = %s/box\n"
                        "[outgoing]\nprotocol = smtp\nhost = 127.0.0.1\nport = %d\nsecurity = plain\nuser =\n",
                        home, port);
    assert_int_equal(g_mkdir_with_parents(directory, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

/* The program sends what is due, and dies after so many milliseconds (0: when it is done). */
static void send_and_die(const char *home, int after_ms)
{
    const char *const argv[] = { POSTERN_PROGRAM, "sync", NULL };
    g_auto(GStrv) env = g_get_environ();
    static const char *const names[] = { "HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME" };
    GPid pid = 0;
    int status;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        env = g_environ_setenv(env, names[i], home, TRUE);
    assert_true(g_spawn_async(NULL, (char **)argv, env, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                              NULL, NULL, &pid, NULL));
    if (after_ms > 0) {
        g_usleep((gulong)after_ms * 1000);
        kill(pid, SIGKILL);
    }
    waitpid(pid, &status, 0);
}

/* As a script sees it: exit 69 and the reason for the one, the message for the other. */
static void the_command_line_tells_who_did_not_get_it(void **state)
{
    (void)state;
    g_autoptr(server) postfix = start("");
    struct desk desk = { 0 };
    desk_open(&desk, server_ports(postfix)->smtp);
    write_account(desk.directory, server_ports(postfix)->smtp);
    g_autofree char *line = g_strdup_printf("printf 'To: nobody-here@example.test, bob@example.test\nSubject: odd part end\n\nx\n' | "
                                            "HOME=%s XDG_CONFIG_HOME=%s XDG_DATA_HOME=%s "
                                            "XDG_CACHE_HOME=%s %s send -t",
                                            desk.directory, desk.directory, desk.directory, desk.directory, POSTERN_PROGRAM);
    const char *const argv[] = { "sh", "-c", line, NULL };
    g_autofree char *said = NULL;
    int status = 0;
    assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &said, &status, NULL));
    assert_int_equal(WEXITSTATUS(status), 69);
    if (strstr(said, "nobody-here@example.test: there is no such mailbox") == NULL)
        fail_msg("%s", said);
    gsize size = 0;
    g_autofree char *arrived = wait_for(fetch_from_dovecot, postfix, "part", &size);
    assert_non_null(arrived);
    desk_close(&desk);
}

static int arrivals(server *postfix, const char *message_id)
{
    g_autofree char *found = server_doveadm(postfix, "fetch", "-u", SERVER_OTHER, "hdr.message-id", "mailbox", "INBOX", NULL);
    int count = 0;
    for (const char *at = found; at != NULL && (at = strstr(at, message_id)) != NULL; at++)
        count++;
    return count;
}

/* As a person would who asks the recipient. How many messages still have somebody to be sent to but the one who says "later". */
static unsigned answer_doubts(server *postfix, store *db, unsigned *doubts)
{
    unsigned left = 0;
    g_autoptr(GPtrArray) items = outbox_items(db, NULL);
    for (guint i = 0; items != NULL && i < items->len; i++) {
        const struct outbox_item *item = g_ptr_array_index(items, i);
        left += item->fates[1].fate != OUTBOX_FATE_TOOK || item->state != OUTBOX_QUEUED;
        if (item->state != OUTBOX_IN_DOUBT)
            continue;
        ++*doubts;
        g_usleep(1500000); /* another program's delivery */
        assert_true(outbox_answer(db, item->id, arrivals(postfix, item->message_id) > 0 ? OUTBOX_WAS_SENT : OUTBOX_SEND_AGAIN, NULL));
    }
    return left;
}

static void killed_at_any_moment_nobody_gets_it_twice_and_nobody_is_forgotten(void **state)
{
    (void)state;
    g_autoptr(server) postfix =
        start("smtpd_recipient_restrictions = check_recipient_access inline:{"
              " {slow@example.test = 450 4.7.1 Greylisted}, {no@example.test = 550 5.1.1 No such person} }, permit_mynetworks, reject\n");
    static const char *const all[] = { "slow@example.test", "bob@example.test", "no@example.test", NULL };
    struct desk desk = { 0 };
    unsigned doubts = 0, rounds = 0;
    desk_open(&desk, server_ports(postfix)->smtp);
    write_account(desk.directory, server_ports(postfix)->smtp);
    store_close(desk.db);
    g_autofree char *path = g_build_filename(desk.directory, "postern", "mail.db", NULL);
    desk.db = store_open(path, STORE_WORKER, NULL); /* the program's own */
    for (int i = 0; i < KILLED_MESSAGES; i++) {
        g_autofree char *mail =
            g_strdup_printf("From: " SERVER_ADDRESS "\nTo: bob@example.test\nSubject: k%d\nMessage-ID: <k%d@kill.test>\n\nx\n", i, i);
        submit(&desk, mail, strlen(mail), all);
    }
    do {
        send_and_die(desk.directory, g_random_int_range(20, 400 + 10 * (int)rounds)); /* a busy machine gets there too */
        assert_true(outbox_recover(desk.db, NULL) >= 0);
    } while (answer_doubts(postfix, desk.db, &doubts) > 0 && ++rounds < 300);
    print_message("%u rounds, %u doubts\n", rounds, doubts);
    g_usleep(1500000);
    g_autoptr(GPtrArray) items = outbox_items(desk.db, NULL);
    assert_int_equal(items->len, KILLED_MESSAGES);
    for (guint i = 0; i < items->len; i++) {
        const struct outbox_item *item = g_ptr_array_index(items, i);
        assert_int_equal(item->fates[0].fate, OUTBOX_FATE_LATER);
        assert_int_equal(item->fates[1].fate, OUTBOX_FATE_TOOK);
        assert_int_equal(item->fates[2].fate, OUTBOX_FATE_REFUSED);
        assert_int_equal(arrivals(postfix, item->message_id), 1);
    }
    desk_close(&desk);
}

/* --- others --- */
static char *fetch_from_maildir(void *place, const char *name, gsize *size_out)
{
    g_autofree char *directory = g_build_filename(jail_delivered(place), SERVER_OTHER, "new", NULL);
    g_autofree char *wanted = g_strdup_printf("<%s@odd.test>", name);
    g_autoptr(GDir) files = g_dir_open(directory, 0, NULL);
    const char *file;
    while (files != NULL && (file = g_dir_read_name(files)) != NULL) {
        g_autofree char *path = g_build_filename(directory, file, NULL), *bytes = NULL;
        if (g_file_get_contents(path, &bytes, size_out, NULL) && strstr(bytes, wanted) != NULL)
            return g_steal_pointer(&bytes);
    }
    return NULL;
}

/* False: it cannot be tried here; skip() would not give back what is held. */
static bool send_to_jail(const char *name)
{
    g_autofree char *why_not = NULL;
    static const int waits[] = { offsetof(struct jail_ports, smtp), -1 };
    g_autoptr(jail) other = jail_start(name, waits, &why_not);
    if (other == NULL) {
        print_message("skipped: %s\n", why_not);
        return false;
    }
    send_all(name, jail_ports(other)->smtp, fetch_from_maildir, other);
    return true;
}

static void exim_gets_it_as_it_was(void **state)
{
    (void)state;
    if (!send_to_jail("exim"))
        skip();
}

static void opensmtpd_gets_it_as_it_was(void **state)
{
    (void)state;
    if (!send_to_jail("opensmtpd"))
        skip();
}

static void dovecots_submission_passes_it_on_as_it_was(void **state)
{
    (void)state;
    g_autoptr(server) both = start("");
    int port = server_ports(both)->dovecot_submission;
    if (port == 0) {
        print_message("skipped: Dovecot's submission service is not installed\n");
        skip();
    }
    struct desk desk = { 0 };
    desk_open(&desk, port);
    g_free(desk.account->outgoing.host);
    desk.account->outgoing.host = g_strdup("localhost");
    desk.account->outgoing.security = ACCOUNT_SECURITY_STARTTLS;
    desk.account->outgoing.tls_ca_file = g_strdup(server_ca_file(both));
    g_free(desk.account->outgoing.user);
    desk.account->outgoing.user = g_strdup(SERVER_USER);
    desk.password = SERVER_PASSWORD;
    send_all_from(&desk, "dovecot", fetch_from_dovecot, both);
    desk_close(&desk);
}

int main(void)
{
    g_autofree char *why_not = NULL;
    server *probe = server_start(&why_not);
    if (probe == NULL) {
        print_message("skipped: %s\n", why_not);
        return 77;
    }
    server_free(probe);
    if (g_getenv("SENDING_ONLY") != NULL)
        cmocka_set_test_filter(g_getenv("SENDING_ONLY"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent_arrives_as_it_was_by_chunks_and_by_lines),
        cmocka_unit_test(each_recipient_gets_what_the_server_says_of_it),
        cmocka_unit_test(what_is_larger_than_the_limit_is_not_uploaded),
        cmocka_unit_test(letters_of_all_languages_before_the_at),
        cmocka_unit_test(the_sendmail_command_of_postfix_takes_it),
        cmocka_unit_test(an_answer_to_an_invitation_arrives_as_its_organizer_wants_it),
        cmocka_unit_test(the_command_line_tells_who_did_not_get_it),
        cmocka_unit_test(killed_at_any_moment_nobody_gets_it_twice_and_nobody_is_forgotten),
        cmocka_unit_test(exim_gets_it_as_it_was),
        cmocka_unit_test(opensmtpd_gets_it_as_it_was),
        cmocka_unit_test(dovecots_submission_passes_it_on_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
