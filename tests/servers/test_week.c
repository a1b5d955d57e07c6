/* SPDX-License-Identifier: MIT */
/* A week without a network: hundreds of mixed actions, undone and redone too, and then one synchronisation: the right result, by no more commands than
 * there are different changes. And what another client did meanwhile: the rules of doc/decisions/0011-conflicts.md. WEEK_SEED=N repeats one plan, WEEK_ACTIONS=N makes it longer or shorter. */
#include "core/engine.h"
#include "core/intent.h"
#include "core/store_private.h"
#include "core/undo.h"
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/servers/server_second.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES 120
#define FOLDERS  5
#define FLAGS    (MESSAGE_SEEN | MESSAGE_FLAGGED | MESSAGE_ANSWERED)

static const char *const names[FOLDERS] = { "INBOX", "Archive", "Trash", "Projects", "Lists" };

/* Where a message is, as the person sees it. */
struct place {
    char folder[32]; /* "": gone */
    unsigned flags;
};

struct week {
    guint32 seed;
    GRand *random;
    server *server;
    second *other;
    char *home, *log;
    struct settings *settings;
    struct account *account;
    event_queue *events;
    engine *engine;
    store *db;
    int64_t account_id;
    struct place before[MESSAGES], after[MESSAGES];
    unsigned done, undone;
};

static void look(struct week *self, struct place *places)
{
    memset(places, 0, MESSAGES * sizeof *places);
    g_autoptr(sqlite3_stmt) row =
        store_select(self->db, NULL,
                     "SELECT m.subject, f.name, p.flags FROM placements AS p JOIN messages AS m ON m.id = p.message_id"
                     " JOIN folders AS f ON f.id = p.folder_id WHERE substr(m.subject, 1, 5) = 'week-'");
    while (row != NULL && store_step(self->db, row, NULL)) {
        struct place *place = &places[g_ascii_strtoull((const char *)sqlite3_column_text(row, 0) + 5, NULL, 10)];
        assert_string_equal(place->folder, ""); /* each is there once */
        g_strlcpy(place->folder, (const char *)sqlite3_column_text(row, 1), sizeof place->folder);
        place->flags = (unsigned)sqlite3_column_int(row, 2) & FLAGS;
    }
}

/* --- what the person does --- */
static size_t pick(struct week *self, int64_t *ids, size_t most)
{
    size_t count = 0, wanted = (size_t)g_rand_int_range(self->random, 1, (gint32)most + 1);
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(sqlite3_stmt) row = store_select(self->db, NULL, "SELECT id FROM placements WHERE folder_id > 0 ORDER BY id");
    while (row != NULL && store_step(self->db, row, NULL)) {
        int64_t id = sqlite3_column_int64(row, 0);
        g_array_append_val(all, id);
    }
    for (guint at = (guint)g_rand_int_range(self->random, 0, (gint32)all->len); count < wanted && count < all->len; count++)
        ids[count] = g_array_index(all, int64_t, (at + count) % all->len);
    return count;
}

static int64_t folder_of(struct week *self, const char *name)
{
    int64_t id = 0;
    store_number(self->db, &id, NULL, "SELECT id FROM folders WHERE account_id = ? AND name = ?", NUM(self->account_id), TXT(name));
    return id;
}

static void act(struct week *self)
{
    static const unsigned flags[] = { MESSAGE_SEEN, MESSAGE_FLAGGED, MESSAGE_ANSWERED };
    int64_t ids[8];
    size_t count = pick(self, ids, G_N_ELEMENTS(ids));
    unsigned flag = flags[g_rand_int_range(self->random, 0, G_N_ELEMENTS(flags))];
    g_autofree char *words = NULL;
    int drawn = g_rand_int_range(self->random, 0, 100);
    if (drawn < 40) {
        bool is_add = g_rand_boolean(self->random);
        intent_flags(self->db, ids, count, is_add ? flag : 0, is_add ? 0 : flag, NULL);
    } else if (drawn < 62) {
        intent_move(self->db, ids, count, folder_of(self, names[g_rand_int_range(self->random, 0, FOLDERS)]), NULL);
    } else if (drawn < 70) {
        intent_archive(self->db, ids, count, NULL);
    } else if (drawn < 76) {
        intent_delete(self->db, ids, count, false, NULL);
    } else if (drawn < 78) {
        intent_delete(self->db, ids, 1, true, NULL);
    } else {
        bool is_undo = drawn < 92;
        self->undone += is_undo ? undo_last(self->db, &words, NULL) : redo_last(self->db, &words, NULL);
    }
    self->done++;
}

/* --- what it should cost --- */
static void count_change(GHashTable *changes, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void count_change(GHashTable *changes, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_hash_table_add(changes, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

/* One command for each different thing that became of messages of one folder; a deletion takes two. */
static guint least_commands(struct week *self)
{
    g_autoptr(GHashTable) changes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int i = 0; i < MESSAGES; i++) {
        const struct place *was = &self->before[i], *is = &self->after[i];
        if (is->folder[0] == '\0') {
            count_change(changes, "mark in %s", was->folder);
            count_change(changes, "expunge in %s", was->folder);
            continue;
        }
        if (strcmp(was->folder, is->folder) != 0)
            count_change(changes, "move %s to %s", was->folder, is->folder);
        for (unsigned bit = 1; bit <= FLAGS; bit <<= 1) {
            if ((was->flags ^ is->flags) & bit)
                count_change(changes, "%c%u in %s", is->flags & bit ? '+' : '-', bit, was->folder);
        }
    }
    return g_hash_table_size(changes);
}

static guint commands_in(const char *log)
{
    g_autoptr(GRegex) regex = g_regex_new("^\\S+ imap \\S+ > \\S+ (UID (STORE|MOVE|COPY|EXPUNGE)|APPEND|CREATE|RENAME|DELETE|EXPUNGE)\\b",
                                          G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
    g_autoptr(GMatchInfo) found = NULL;
    guint count = 0;
    assert_non_null(regex);
    for (g_regex_match(regex, log, 0, &found); g_match_info_matches(found); g_match_info_next(found, NULL))
        count++;
    return count;
}

/* --- the server's view --- */
static void check_server(struct week *self)
{
    struct place there[MESSAGES] = { 0 };
    for (int k = 0; k < FOLDERS; k++) {
        g_autoptr(GPtrArray) messages = second_read(self->other, names[k]);
        assert_non_null(messages);
        for (guint i = 0; i < messages->len; i++) {
            const struct second_message *message = g_ptr_array_index(messages, i);
            struct place *place = &there[g_ascii_strtoull(strstr(message->bytes, "week-") + 5, NULL, 10)];
            assert_string_equal(place->folder, "");
            g_strlcpy(place->folder, names[k], sizeof place->folder);
            place->flags = (strstr(message->flags, "\\Seen") ? MESSAGE_SEEN : 0u) |
                           (strstr(message->flags, "\\Flagged") ? MESSAGE_FLAGGED : 0u) |
                           (strstr(message->flags, "\\Answered") ? MESSAGE_ANSWERED : 0u);
        }
    }
    for (int i = 0; i < MESSAGES; i++) {
        if (strcmp(there[i].folder, self->after[i].folder) != 0 || there[i].flags != self->after[i].flags)
            fail_msg("WEEK_SEED=%u: message %d should be in \"%s\" with flags %u and is in \"%s\" with %u", self->seed, i,
                     self->after[i].folder, self->after[i].flags, there[i].folder, there[i].flags);
    }
}

/* --- the world --- */
static void make_account(struct week *self)
{
    struct account *account = self->account = account_new("week");
    struct account_server *in = &account->incoming;
    g_free(in->host);
    g_free(in->user);
    g_free(in->password);
    in->protocol = ACCOUNT_PROTOCOL_IMAP;
    in->host = g_strdup("127.0.0.1");
    in->port = (uint16_t)server_ports(self->server)->imap;
    in->security = ACCOUNT_SECURITY_PLAIN;
    in->secret = ACCOUNT_SECRET_PASSWORD;
    in->user = g_strdup(SERVER_USER);
    in->password = g_strdup(SERVER_PASSWORD);
}

static void fill_server(struct week *self)
{
    for (int i = 1; i < FOLDERS; i++)
        second_do(self->other, "CREATE \"%s\"", names[i]);
    for (int i = 0; i < MESSAGES; i++) {
        g_autofree char *text = g_strdup_printf(
            "From: Bob <bob@example.test>\r\nSubject: week-%03d\r\nMessage-ID: <week-%d@example.test>\r\n\r\nText %d.\r\n", i, i, i);
        assert_true(second_append(self->other, names[i % 2 ? 0 : i % FOLDERS], i % 3 == 0 ? "(\\Seen)" : "", text));
    }
}

static void sync_once(struct week *self)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) accounts = g_ptr_array_new();
    g_ptr_array_add(accounts, self->account);
    engine *once = engine_new(accounts, self->settings, NULL, self->events);
    bool is_done = engine_sync_once(once, "week", &error);
    engine_free(once);
    if (!is_done)
        fail_msg("%s", error->message);
}

static int set_up(void **state)
{
    static const char *const places[] = { "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR" };
    struct week *self = *state;
    const char *seed = g_getenv("WEEK_SEED");
    self->seed = seed != NULL ? (guint32)strtoul(seed, NULL, 10) : 1; /* what is submitted is not stopped by chance */
    self->random = g_rand_new_with_seed(self->seed);
    self->home = g_dir_make_tmp("postern-week-XXXXXX", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        g_setenv(places[i], self->home, TRUE);
    self->log = g_build_filename(self->home, "protocol.log", NULL);
    self->settings = settings_new_default();
    self->events = event_queue_new();
    make_account(self);
    self->other = second_open(server_ports(self->server)->imap, SERVER_USER, SERVER_PASSWORD);
    return self->other == NULL || !engine_open_log(self->log);
}

static int tear_down(void **state)
{
    struct week *self = *state;
    second_free(self->other);
    store_close(self->db);
    event_queue_free(self->events);
    account_free(self->account);
    settings_free(self->settings);
    g_rand_free(self->random);
    remove_tree(self->home);
    g_free(self->home);
    g_free(self->log);
    return 0;
}

/* Behind the week: folders that were made, renamed and deleted in it. */
static void a_folder_made_and_renamed_is_one_command_and_one_made_and_deleted_none(void **state)
{
    struct week *self = *state;
    g_autofree char *all = NULL;
    gsize mark = 0;
    int64_t ids[1];
    int64_t kept = intent_folder_create(self->db, self->account_id, "First name", NULL);
    assert_true(kept > 0 && intent_folder_rename(self->db, kept, "Second name", NULL));
    int64_t gone = intent_folder_create(self->db, self->account_id, "Not for long", NULL);
    assert_true(gone > 0 && intent_folder_delete(self->db, gone, NULL));
    pick(self, ids, 1);
    assert_true(intent_move(self->db, ids, 1, kept, NULL) > 0);
    assert_true(g_file_get_contents(self->log, &all, &mark, NULL));
    g_clear_pointer(&all, g_free);
    sync_once(self);
    assert_int_equal(intent_count(self->db, 0), 0);
    assert_true(g_file_get_contents(self->log, &all, NULL, NULL));
    assert_int_equal(commands_in(all + mark), 2);
    assert_non_null(strstr(all + mark, "CREATE \"Second name\""));
    assert_null(strstr(all + mark, "Not for long"));
    g_autoptr(GPtrArray) there = second_read(self->other, "Second name");
    assert_non_null(there);
    assert_int_equal(there->len, 1);
}

static void a_week_of_actions_becomes_one_command_for_each_different_change(void **state)
{
    struct week *self = *state;
    const char *wanted = g_getenv("WEEK_ACTIONS");
    unsigned actions = wanted != NULL ? (unsigned)strtoul(wanted, NULL, 10) : 500;
    g_autofree char *first = NULL, *all = NULL;
    fill_server(self);
    sync_once(self);
    self->db = store_open(NULL, STORE_WORKER, NULL);
    self->account_id = store_account_id(self->db, "week", NULL);
    look(self, self->before);
    for (unsigned i = 0; i < actions; i++)
        act(self);
    look(self, self->after);
    guint least = least_commands(self);
    gsize mark = 0;
    assert_true(g_file_get_contents(self->log, &first, &mark, NULL));
    gint64 begun = g_get_monotonic_time();
    sync_once(self); /* one pass */
    assert_int_equal(intent_count(self->db, 0), 0);
    assert_true(g_file_get_contents(self->log, &all, NULL, NULL));
    guint sent = commands_in(all + mark);
    printf("seed %u: %u actions, %u of them undone or redone: %u commands, %u different changes, %.1f s\n", self->seed, self->done,
           self->undone, sent, least, (double)(g_get_monotonic_time() - begun) / G_USEC_PER_SEC);
    check_server(self);
    if (sent > least && g_getenv("WEEK_TELL") != NULL)
        fprintf(stderr, "%s", all + mark);
    if (sent > least)
        fail_msg("WEEK_SEED=%u: %u commands for %u different changes", self->seed, sent, least);
    look(self, self->before);
    assert_memory_equal(self->before, self->after, sizeof self->after);
}

/* --- what another client did meanwhile --- */
/* A new message in this folder; its subject. */
static int64_t fresh(struct week *self, const char *folder, char **subject_out)
{
    static int number;
    int64_t id = 0;
    *subject_out = g_strdup_printf("later-%03d", ++number);
    g_autofree char *text = g_strdup_printf("Subject: %s\r\nMessage-ID: <%s@example.test>\r\n\r\nText.\r\n", *subject_out, *subject_out);
    assert_true(second_append(self->other, folder, "(\\Seen)", text));
    sync_once(self);
    assert_true(store_number(self->db, &id, NULL,
                             "SELECT p.id FROM placements AS p JOIN messages AS m ON m.id = p.message_id WHERE m.subject = ?",
                             TXT(*subject_out)));
    assert_int_not_equal(id, 0);
    return id;
}

/* The other client's folder is open then. */
static unsigned other_uid(struct week *self, const char *folder, const char *subject)
{
    assert_true(second_do(self->other, "SELECT \"%s\"", folder));
    assert_true(second_do(self->other, "UID SEARCH SUBJECT \"%s\"", subject));
    for (guint i = 0; i < second_count(self->other); i++)
        if (g_str_has_prefix(second_line(self->other, i), "SEARCH "))
            return (unsigned)strtoul(second_line(self->other, i) + 7, NULL, 10);
    return 0;
}

/* "INBOX Lists": where the server and, with another sign between, the store have it. */
static char *whereabouts(struct week *self, const char *subject)
{
    GString *text = g_string_new(NULL);
    g_autoptr(GPtrArray) folders = second_mailboxes(self->other);
    for (guint i = 0; i < folders->len; i++)
        if (other_uid(self, g_ptr_array_index(folders, i), subject) != 0)
            g_string_append_printf(text, "%s ", (const char *)g_ptr_array_index(folders, i));
    g_string_append_c(text, '|');
    g_autoptr(sqlite3_stmt) row =
        store_select(self->db, NULL,
                     "SELECT f.name FROM placements AS p JOIN messages AS m ON m.id = p.message_id JOIN folders AS f ON"
                     " f.id = p.folder_id WHERE m.subject = ?",
                     TXT(subject));
    while (row != NULL && store_step(self->db, row, NULL))
        g_string_append_printf(text, " %s", sqlite3_column_text(row, 0));
    return g_string_free(text, FALSE);
}

/* What the person is told of it, and nothing waits any more. NULL: nothing. */
static char *told_by_sync(struct week *self)
{
    struct event *event;
    char *told = NULL;
    sync_once(self);
    assert_int_equal(intent_count(self->db, 0), 0);
    while ((event = event_take(self->events)) != NULL) {
        if (event->type == EVENT_INTENT_FAILED) {
            g_free(told);
            told = g_strdup(event->text);
        }
        event_free(event);
    }
    return told;
}

static void their_deletion_wins_over_our_flag(void **state)
{
    struct week *self = *state;
    g_autofree char *subject = NULL, *where = NULL, *told = NULL;
    int64_t id = fresh(self, "INBOX", &subject);
    intent_flags(self->db, &id, 1, MESSAGE_FLAGGED | MESSAGE_ANSWERED, 0, NULL);
    unsigned uid = other_uid(self, "INBOX", subject);
    assert_true(second_do(self->other, "UID STORE %u +FLAGS (\\Deleted)", uid) && second_do(self->other, "UID EXPUNGE %u", uid));
    told = told_by_sync(self);
    where = whereabouts(self, subject);
    assert_string_equal(where, "|");
    assert_null(told);
}

static void what_both_moved_is_where_the_first_one_put_it_and_that_is_told(void **state)
{
    struct week *self = *state;
    g_autofree char *subject = NULL, *where = NULL, *told = NULL;
    int64_t id = fresh(self, "INBOX", &subject);
    assert_true(intent_move(self->db, &id, 1, folder_of(self, "Projects"), NULL) > 0);
    assert_true(second_do(self->other, "UID MOVE %u Lists", other_uid(self, "INBOX", subject)));
    told = told_by_sync(self);
    where = whereabouts(self, subject);
    assert_string_equal(where, "Lists | Lists");
    assert_non_null(told);
    assert_non_null(strstr(told, "another program"));
}

static void what_goes_into_a_folder_that_they_deleted_comes_back(void **state)
{
    struct week *self = *state;
    g_autofree char *subject = NULL, *where = NULL, *told = NULL;
    assert_true(second_do(self->other, "CREATE Doomed"));
    sync_once(self);
    int64_t id = fresh(self, "INBOX", &subject);
    assert_true(intent_move(self->db, &id, 1, folder_of(self, "Doomed"), NULL) > 0);
    assert_true(second_do(self->other, "DELETE Doomed"));
    told = told_by_sync(self);
    where = whereabouts(self, subject);
    assert_string_equal(where, "INBOX | INBOX");
    assert_non_null(told);
}

/* The folder was made anew with the same mail: other numbers, in another order. */
static void under_other_numbers_the_right_message_is_deleted(void **state)
{
    struct week *self = *state;
    g_autofree char *doomed = NULL, *kept = NULL, *where = NULL, *still = NULL, *told = NULL;
    int64_t id = fresh(self, "Archive", &doomed), other = fresh(self, "Archive", &kept);
    assert_true(intent_delete(self->db, &id, 1, true, NULL) > 0);
    intent_flags(self->db, &other, 1, MESSAGE_FLAGGED, 0, NULL);
    intent_flags(self->db, &other, 1, 0, MESSAGE_SEEN, NULL);
    assert_true(second_do(self->other, "EXAMINE INBOX") && second_do(self->other, "RENAME Archive Elsewhere"));
    assert_true(second_do(self->other, "CREATE Archive") && second_do(self->other, "SELECT Elsewhere"));
    assert_true(second_do(self->other, "COPY 2:* Archive") && second_do(self->other, "COPY 1 Archive"));
    assert_true(second_do(self->other, "EXAMINE INBOX") && second_do(self->other, "DELETE Elsewhere"));
    told = told_by_sync(self);
    where = whereabouts(self, doomed);
    still = whereabouts(self, kept);
    assert_string_equal(where, "|");
    assert_string_equal(still, "Archive | Archive");
    assert_null(told);
    assert_true(second_do(self->other, "UID FETCH %u FLAGS", other_uid(self, "Archive", kept)));
    assert_non_null(strstr(second_line(self->other, 0), "\\Flagged"));
    assert_null(strstr(second_line(self->other, 0), "\\Seen"));
}

static void an_emptied_store_deletes_nothing(void **state)
{
    struct week *self = *state;
    g_autofree char *all = NULL;
    gsize mark = 0;
    int64_t had = 0, has = 0;
    assert_true(store_number(self->db, &had, NULL, "SELECT count(*) FROM placements"));
    assert_true(store_exec(self->db, "DELETE FROM placements; DELETE FROM messages; DELETE FROM folders", NULL));
    assert_true(g_file_get_contents(self->log, &all, &mark, NULL));
    g_clear_pointer(&all, g_free);
    sync_once(self);
    assert_true(g_file_get_contents(self->log, &all, NULL, NULL));
    assert_int_equal(commands_in(all + mark), 0);
    assert_true(store_number(self->db, &has, NULL, "SELECT count(*) FROM placements"));
    assert_int_equal(has, had);
}

int main(void)
{
    struct week week = { 0 };
    g_autofree char *why_not = NULL;
    void *state = &week;
    week.server = server_start(&why_not);
    if (week.server == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
#define TEST(name, before, after) cmocka_unit_test_prestate_setup_teardown(name, before, after, state)
    const struct CMUnitTest tests[] = {
        TEST(a_week_of_actions_becomes_one_command_for_each_different_change, set_up, NULL),
        TEST(a_folder_made_and_renamed_is_one_command_and_one_made_and_deleted_none, NULL, NULL),
        TEST(their_deletion_wins_over_our_flag, NULL, NULL),
        TEST(what_both_moved_is_where_the_first_one_put_it_and_that_is_told, NULL, NULL),
        TEST(what_goes_into_a_folder_that_they_deleted_comes_back, NULL, NULL),
        TEST(under_other_numbers_the_right_message_is_deleted, NULL, NULL),
        TEST(an_emptied_store_deletes_nothing, NULL, tear_down),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    server_free(week.server);
    return failed;
}
