/* SPDX-License-Identifier: MIT */
/* A folder with a quota of its own (a second quota root of a real Dovecot) that has room for some of what is put into it, within an account and from
 * another one: what fits is there, the rest is where it was, it is said once, and undo goes back. */
#include "core/engine.h"
#include "core/intent.h"
#include "core/intent_list.h"
#include "core/store_private.h"
#include "core/undo.h"
#include "tests/servers/server.h"
#include "tests/servers/server_second.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { MANY = 20, FIT = 12, ACCOUNTS = 2 };

/* Message i has between 10 and 200 KB; the twelve smallest have 780 KB together, one more would be 910. */
#define STEP_BYTES ((gsize)10000)
#define ROOM       "850K"
#define NARROW     "Attic/Box"

struct room {
    server *server;
    second *other[ACCOUNTS];
    char *home, *log;
    struct settings *settings;
    GPtrArray *accounts;
    event_queue *events;
    store *db;
    int64_t ids[ACCOUNTS];
};

static const char *const users[ACCOUNTS] = { SERVER_USER, SERVER_OTHER };

static int steps_of(int number)
{
    return (number * 7 + 12) % MANY + 1;
}

/* --- the world --- */
static void add_account(struct room *self, const char *user)
{
    struct account *account = account_new(user);
    struct account_server *in = &account->incoming;
    g_free(account->name);
    g_free(in->host);
    g_free(in->user);
    g_free(in->password);
    in->protocol = ACCOUNT_PROTOCOL_IMAP;
    in->host = g_strdup("127.0.0.1");
    account->name = g_strdup(user);
    in->port = (uint16_t)server_ports(self->server)->imap;
    in->security = ACCOUNT_SECURITY_PLAIN;
    in->secret = ACCOUNT_SECRET_PASSWORD;
    in->user = g_strdup(user);
    in->password = g_strdup(SERVER_PASSWORD);
    g_ptr_array_add(self->accounts, account);
}

static void sync_once(struct room *self, size_t which)
{
    g_autoptr(GError) error = NULL;
    engine *once = engine_new(self->accounts, self->settings, NULL, self->events);
    bool is_done = engine_sync_once(once, users[which], &error);
    engine_free(once);
    if (!is_done)
        fail_msg("%s", error->message);
}

static char *message_of(int number, gsize bytes)
{
    GString *text = g_string_sized_new(bytes + 128);
    g_string_append_printf(text, "From: Ada <ada@example.test>\r\nSubject: room-%02d\r\nMessage-ID: <room-%d@example.test>\r\n\r\n", number,
                           number);
    while (text->len + 72 <= bytes)
        g_string_append(text, "A line of seventy characters, that is of many words that say not much.\r\n");
    while (text->len < bytes)
        g_string_append_c(text, 'x');
    return g_string_free(text, FALSE);
}

static void empty(second *other)
{
    static const char *const names[] = { "INBOX", NARROW, "Trash" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (!second_do(other, "SELECT \"%s\"", names[i]))
            continue;
        second_do(other, "STORE 1:* +FLAGS.SILENT (\\Deleted)");
        second_do(other, "EXPUNGE");
    }
}

static int set_up(void **state)
{
    static const char *const places[] = { "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR" };
    struct room *self = *state;
    self->home = g_dir_make_tmp("postern-room-XXXXXX", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        g_setenv(places[i], self->home, TRUE);
    self->log = g_build_filename(self->home, "protocol.log", NULL);
    self->settings = settings_new_default();
    self->events = event_queue_new();
    self->accounts = g_ptr_array_new_with_free_func((GDestroyNotify)account_free);
    for (size_t i = 0; i < ACCOUNTS; i++) {
        add_account(self, users[i]);
        self->other[i] = second_open(server_ports(self->server)->imap, users[i], SERVER_PASSWORD);
        assert_non_null(self->other[i]);
        second_do(self->other[i], "CREATE \"" NARROW "\"");
        empty(self->other[i]);
    }
    for (int i = 0; i < MANY; i++) {
        g_autofree char *text = message_of(i, (gsize)steps_of(i) * STEP_BYTES);
        assert_true(second_append(self->other[0], "INBOX", "", text));
    }
    for (size_t i = 0; i < ACCOUNTS; i++)
        sync_once(self, i);
    self->db = store_open(NULL, STORE_WORKER, NULL);
    for (size_t i = 0; i < ACCOUNTS; i++)
        self->ids[i] = store_account_id(self->db, users[i], NULL);
    return !engine_open_log(self->log);
}

static int tear_down(void **state)
{
    struct room *self = *state;
    const char *const argv[] = { "rm", "-rf", "--", self->home, NULL };
    for (size_t i = 0; i < ACCOUNTS; i++)
        g_clear_pointer(&self->other[i], second_free);
    g_clear_pointer(&self->db, store_close);
    event_queue_free(self->events);
    g_ptr_array_unref(self->accounts);
    settings_free(self->settings);
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(self->home);
    g_free(self->log);
    return 0;
}

/* --- questions --- */
static int64_t folder_of(struct room *self, size_t which, const char *name)
{
    int64_t id = 0;
    store_number(self->db, &id, NULL, "SELECT id FROM folders WHERE account_id = ? AND name = ?", NUM(self->ids[which]), TXT(name));
    assert_int_not_equal(id, 0);
    return id;
}

/* The numbers of the messages in this folder of the store, in this order; of int64_t placements. */
static GArray *placements_in(struct room *self, int64_t folder_id)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(sqlite3_stmt) row =
        store_select(self->db, NULL,
                     "SELECT p.id FROM placements AS p JOIN messages AS m ON m.id = p.message_id WHERE p.folder_id = ? AND"
                     " m.subject LIKE 'room-%' ORDER BY m.subject",
                     NUM(folder_id));
    while (row != NULL && store_step(self->db, row, NULL))
        g_array_append_val(ids, (int64_t){ sqlite3_column_int64(row, 0) });
    return ids;
}

/* How often each message is in this folder of the server, and that the store has the same. */
static int server_has(struct room *self, size_t which, const char *name, int times[MANY])
{
    g_autoptr(GPtrArray) messages = second_read(self->other[which], name);
    g_autoptr(GArray) here = placements_in(self, folder_of(self, which, name));
    assert_non_null(messages);
    for (guint i = 0; i < messages->len; i++) {
        const struct second_message *message = g_ptr_array_index(messages, i);
        int number = (int)g_ascii_strtoull(strstr(message->bytes, "room-") + 5, NULL, 10);
        assert_in_range(number, 0, MANY - 1);
        assert_int_equal(message->size, (gsize)steps_of(number) * STEP_BYTES);
        times[number]++;
    }
    assert_int_equal(here->len, messages->len);
    return (int)messages->len;
}

/* Commands of these kinds since the mark, which moves behind them. */
static guint commands_since(struct room *self, gsize *mark)
{
    g_autofree char *all = NULL;
    g_autoptr(GRegex) regex =
        g_regex_new("^\\S+ imap \\S+ > \\S+ (UID (STORE|MOVE|COPY|EXPUNGE)|APPEND)\\b", G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
    g_autoptr(GMatchInfo) found = NULL;
    gsize length = 0;
    guint count = 0;
    assert_true(g_file_get_contents(self->log, &all, &length, NULL));
    for (g_regex_match(regex, all + *mark, 0, &found); g_match_info_matches(found); g_match_info_next(found, NULL))
        count++;
    *mark = length;
    return count;
}

/* What the person was told since the last time; *words_out: the last of it. Caller frees. */
static int told(struct room *self, char **words_out)
{
    struct event *event;
    int count = 0;
    while ((event = event_take(self->events)) != NULL) {
        if (event->type == EVENT_INTENT_FAILED) {
            if (g_getenv("ROOM_TELL") != NULL)
                print_message("told: %s\n", event->text);
            g_free(*words_out);
            *words_out = g_strdup(event->text);
            count++;
        }
        event_free(event);
    }
    return count;
}

static void assert_told_once(struct room *self, const char *words)
{
    g_autofree char *text = NULL;
    assert_int_equal(told(self, &text), 1);
    if (text == NULL || strstr(text, words) == NULL || strstr(text, "Over") == NULL)
        fail_msg("%s", text != NULL ? text : "");
}

/* Nothing waits, and one look more asks for none of it again. */
static void assert_at_rest(struct room *self)
{
    gsize mark = 0;
    g_autofree char *text = NULL;
    commands_since(self, &mark);
    assert_int_equal(intent_count(self->db, 0), 0);
    for (size_t i = 0; i < ACCOUNTS; i++)
        sync_once(self, i);
    assert_int_equal(commands_since(self, &mark), 0);
    assert_int_equal(told(self, &text), 0);
    assert_int_equal(intent_count(self->db, 0), 0);
}

static void take_back(struct room *self, const char *wanted)
{
    g_autofree char *words = NULL;
    g_autoptr(GError) error = NULL;
    if (!undo_last(self->db, &words, &error))
        fail_msg("%s", error != NULL ? error->message : "nothing to undo");
    assert_string_equal(words, wanted);
    for (int i = 0; i < 2; i++) {
        sync_once(self, 1);
        sync_once(self, 0);
    }
}

static void assert_all_in_inbox(struct room *self)
{
    int times[MANY] = { 0 };
    assert_int_equal(server_has(self, 0, "INBOX", times), MANY);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(times[i], 1);
}

/* --- the tests --- */
static void as_many_are_moved_as_there_is_room_for(void **state)
{
    struct room *self = *state;
    g_autoptr(GArray) all = placements_in(self, folder_of(self, 0, "INBOX"));
    int there[MANY] = { 0 }, here[MANY] = { 0 };
    gsize mark = 0;
    commands_since(self, &mark);
    assert_true(intent_move(self->db, (const int64_t *)(void *)all->data, all->len, folder_of(self, 0, NARROW), NULL) > 0);
    sync_once(self, 0);
    assert_in_range(commands_since(self, &mark), 1, 10);
    sync_once(self, 0);
    assert_int_equal(server_has(self, 0, NARROW, there), FIT);
    assert_int_equal(server_has(self, 0, "INBOX", here), MANY - FIT);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(there[i], steps_of(i) <= FIT);
        assert_int_equal(here[i], steps_of(i) > FIT);
    }
    assert_told_once(self, "7 more messages");
    assert_at_rest(self);
    take_back(self, "Moved 12 messages to Attic/Box");
    assert_all_in_inbox(self);
    assert_at_rest(self);
}

static void as_many_are_copied_as_there_is_room_for(void **state)
{
    struct room *self = *state;
    g_autoptr(GArray) all = placements_in(self, folder_of(self, 0, "INBOX"));
    int there[MANY] = { 0 };
    assert_true(intent_copy(self->db, (const int64_t *)(void *)all->data, all->len, folder_of(self, 0, NARROW), NULL) > 0);
    sync_once(self, 0);
    sync_once(self, 0);
    assert_int_equal(server_has(self, 0, NARROW, there), FIT);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(there[i], steps_of(i) <= FIT);
    assert_all_in_inbox(self);
    assert_told_once(self, "7 more messages");
    assert_at_rest(self);
    take_back(self, "Copied 12 messages to Attic/Box");
    assert_all_in_inbox(self);
    memset(there, 0, sizeof there);
    assert_int_equal(server_has(self, 0, NARROW, there), 0);
    assert_at_rest(self);
}

/* Twelve that fit, and one that this server would take nowhere. *ids: FIT + 1, the large one last. */
static void deliver_a_large_one(struct room *self, int64_t *ids)
{
    g_autofree char *large = message_of(MANY, 900000);
    size_t count = 0;
    assert_true(server_deliver(self->server, SERVER_USER, "INBOX", large));
    sync_once(self, 0);
    g_autoptr(GArray) all = placements_in(self, folder_of(self, 0, "INBOX"));
    assert_int_equal(all->len, MANY + 1);
    for (guint i = 0; i <= MANY; i++) {
        if (i == MANY || steps_of((int)i) <= FIT)
            ids[count++] = g_array_index(all, int64_t, i);
    }
    assert_int_equal(count, FIT + 1);
}

static void assert_only_the_large_one_stayed(struct room *self, size_t which)
{
    int there[MANY] = { 0 };
    g_autofree char *text = NULL;
    assert_int_equal(server_has(self, which, NARROW, there), FIT);
    assert_int_equal(told(self, &text), 1);
    if (text == NULL || strstr(text, "room-20") == NULL || strstr(text, "The same goes") != NULL ||
        strstr(text, "too large for it") == NULL)
        fail_msg("%s", text != NULL ? text : "");
    assert_at_rest(self);
}

static void what_is_too_large_stays_by_itself(void **state)
{
    struct room *self = *state;
    int64_t ids[FIT + 1];
    deliver_a_large_one(self, ids);
    assert_true(intent_move(self->db, ids, G_N_ELEMENTS(ids), folder_of(self, 0, NARROW), NULL) > 0);
    sync_once(self, 0);
    sync_once(self, 0);
    assert_only_the_large_one_stayed(self, 0);
}

static void what_is_too_large_for_another_account_stays_by_itself(void **state)
{
    struct room *self = *state;
    int64_t ids[FIT + 1];
    deliver_a_large_one(self, ids);
    assert_true(intent_copy(self->db, ids, G_N_ELEMENTS(ids), folder_of(self, 1, NARROW), NULL) > 0);
    sync_once(self, 0);
    sync_once(self, 1);
    sync_once(self, 0);
    assert_only_the_large_one_stayed(self, 1);
}

/* Each by itself, in the order in which they were told to go. */
static void from_another_account_comes_what_finds_room(void **state)
{
    struct room *self = *state;
    g_autoptr(GArray) all = placements_in(self, folder_of(self, 0, "INBOX"));
    g_autofree char *text = NULL;
    int there[MANY] = { 0 }, here[MANY] = { 0 };
    assert_true(intent_move(self->db, (const int64_t *)(void *)all->data, all->len, folder_of(self, 1, NARROW), NULL) > 0);
    for (int i = 0; i < 3; i++) {
        sync_once(self, 0);
        sync_once(self, 1);
    }
    sync_once(self, 0);
    int came = server_has(self, 1, NARROW, there), stayed = server_has(self, 0, "INBOX", here);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(there[i] + here[i], 1);
    assert_int_equal(came + stayed, MANY);
    assert_in_range(came, 8, FIT);
    assert_in_range(told(self, &text), 1, stayed);
    assert_at_rest(self);
    g_autofree char *wanted = g_strdup_printf("Moved %d messages to Attic/Box", came);
    take_back(self, wanted);
    assert_all_in_inbox(self);
    assert_at_rest(self);
}

int main(void)
{
    static const char dovecot[] =
        "protocol imap {\n mail_plugins = $mail_plugins quota imap_quota\n}\n"
        "namespace attic {\n prefix = Attic/\n separator = /\n location = maildir:~/attic\n}\n"
        "plugin {\n quota = count:Mail:ns=\n quota_rule = *:storage=100M\n quota2 = count:Attic:ns=Attic/\n"
        " quota2_rule = *:storage=" ROOM
        "\n quota_vsizes = yes\n quota_grace = 0\n quota_max_mail_size = 210K\n quota_exceeded_message = Over the top.\n}\n";
    const struct server_options options = { .dovecot = dovecot };
    struct room room = { 0 };
    void *state = &room;
    g_autofree char *why_not = NULL;
    room.server = server_start_with(&options, &why_not);
    if (room.server == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
#define TEST(name) cmocka_unit_test_prestate_setup_teardown(name, set_up, tear_down, state)
    const struct CMUnitTest tests[] = {
        TEST(as_many_are_moved_as_there_is_room_for),     TEST(as_many_are_copied_as_there_is_room_for),
        TEST(what_is_too_large_stays_by_itself),          TEST(what_is_too_large_for_another_account_stays_by_itself),
        TEST(from_another_account_comes_what_finds_room),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    server_free(room.server);
    return failed;
}
