/* SPDX-License-Identifier: MIT */
/* What lists show. */
#include "store_fixture.h"
#include "core/intent.h"
#include "core/store_order.h"
#include "core/store_thread_link.h"
#include <string.h>

static void every_window_goes_by_an_index_and_sorts_nothing(void **state)
{
    struct fixture *self = *state;
    const char *sql;
    size_t index = 0;
    for (; (sql = store_window_statement(index)) != NULL; index++) {
        g_autofree char *explain = g_strconcat("EXPLAIN QUERY PLAN ", sql, NULL);
        sqlite3_stmt *row = NULL;
        assert_int_equal(sqlite3_prepare_v2(store_db(self->db), explain, -1, &row, NULL), SQLITE_OK);
        while (sqlite3_step(row) == SQLITE_ROW) {
            const char *detail = (const char *)sqlite3_column_text(row, 3);
            if (strstr(detail, "SCAN") != NULL || strstr(detail, "TEMP B-TREE") != NULL)
                fail_msg("%s\n%s", sql, detail);
        }
        sqlite3_finalize(row);
    }
    assert_true(index >= 6);
}

static GPtrArray *read_window(struct fixture *self, const struct window_query *query)
{
    GError *error = NULL;
    GPtrArray *rows = store_window_read(self->db, query, &error);
    if (rows == NULL)
        fail_msg("%s", error->message);
    return rows;
}

static const struct window_row *row_at(GPtrArray *rows, guint index)
{
    assert_true(index < rows->len);
    return g_ptr_array_index(rows, index);
}

static void windows_page_through_a_folder_without_gap_or_repeat(void **state)
{
    struct fixture *self = *state;
    for (uint32_t uid = 1; uid <= 95; uid++) {
        g_autofree char *id = g_strdup_printf("%u@x", uid);
        fixture_put(self->db, self->inbox, uid, id, NULL, 1000 + uid / 3); /* many with the same second */
    }
    for (int kind = WINDOW_MESSAGES; kind <= WINDOW_THREADS; kind++) {
        struct window_query query = { .folder_id = self->inbox, .kind = (enum window_kind)kind, .after = 10 };
        g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
        int64_t last_key = INT64_MAX;
        for (;;) {
            g_autoptr(GPtrArray) rows = read_window(self, &query);
            guint first = query.has_anchor ? 1 : 0; /* the anchor itself is in it */
            for (guint i = first; i < rows->len; i++) {
                assert_true(g_hash_table_add(seen, GINT_TO_POINTER((int)row_at(rows, i)->placement_id)));
                assert_true(row_at(rows, i)->sort_key <= last_key);
                last_key = row_at(rows, i)->sort_key;
            }
            if (rows->len <= first)
                break;
            query.has_anchor = true;
            query.anchor_key = row_at(rows, rows->len - 1)->sort_key;
            query.anchor_tie = row_at(rows, rows->len - 1)->tie;
        }
        assert_int_equal(g_hash_table_size(seen), 95);
    }
}

static void rows_before_the_anchor_come_newest_first_too(void **state)
{
    struct fixture *self = *state;
    int64_t placements[21];
    for (uint32_t uid = 1; uid <= 20; uid++)
        placements[uid] = fixture_put(self->db, self->inbox, uid, NULL, NULL, 1000 + uid);
    struct window_query query = { .folder_id = self->inbox, .kind = WINDOW_MESSAGES, .has_anchor = true, .before = 3, .after = 2 };
    assert_true(store_window_locate(self->db, WINDOW_MESSAGES, self->inbox, placements[10], &query.anchor_key, &query.anchor_tie));
    g_autoptr(GPtrArray) rows = read_window(self, &query);
    assert_int_equal(rows->len, 5);
    for (guint i = 0; i < 5; i++)
        assert_int_equal(row_at(rows, i)->placement_id, placements[13 - i]);
    assert_false(store_window_locate(self->db, WINDOW_MESSAGES, self->archive, placements[10], &query.anchor_key, &query.anchor_tie));
}

static void a_conversation_shows_its_newest_its_counts_and_who_wrote(void **state)
{
    struct fixture *self = *state;
    static const char *const me[] = { "Alice@Example.test", NULL };
    assert_true(store_account_set_addresses(self->db, self->account, me, NULL));
    fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    struct message_info mine = fixture_info("b@x", "a@x", 1001);
    mine.from_name = "Alice Example";
    mine.from_address = "alice@example.TEST";
    GError *error = NULL;
    assert_true(store_placement_put(self->db, self->inbox, 2, MESSAGE_SEEN, NULL, 0, &mine, NULL, NULL, &error));
    int64_t newest = fixture_put(self->db, self->inbox, 3, "c@x", "a@x b@x", 1002);
    fixture_put(self->db, self->inbox, 4, "other@x", NULL, 1001);
    struct window_query query = { .folder_id = self->inbox, .kind = WINDOW_THREADS, .after = 10 };
    g_autoptr(GPtrArray) rows = read_window(self, &query);
    assert_int_equal(rows->len, 2);
    const struct window_row *row = row_at(rows, 0);
    assert_int_equal(row->placement_id, newest);
    assert_int_equal(row->thread_total, 3);
    assert_int_equal(row->thread_unread, 2);
    assert_string_equal(row->from, "Ada Lovelace, me");
    g_autoptr(GPtrArray) tree = store_window_thread(self->db, row->thread_id, 0, 100, NULL);
    assert_int_equal(tree->len, 3);
    for (guint i = 0; i < 3; i++)
        assert_int_equal(row_at(tree, i)->depth, i);
}

static void a_tree_of_strangers_answering_in_a_circle_is_drawn_once(void **state)
{
    struct fixture *self = *state;
    fixture_put(self->db, self->inbox, 1, "a@x", "b@x", 1000);
    fixture_put(self->db, self->inbox, 2, "b@x", "a@x", 1001);
    fixture_put(self->db, self->inbox, 3, "c@x", "c@x", 1002);
    fixture_put(self->db, self->inbox, 4, "d@x", "a@x", 1003);
    fixture_put(self->db, self->inbox, 5, "e@x", "b@x d@x", 1004);
    struct window_query query = { .folder_id = self->inbox, .kind = WINDOW_MESSAGES, .after = 1 };
    g_autoptr(GPtrArray) newest = read_window(self, &query);
    g_autoptr(GPtrArray) tree = store_window_thread(self->db, row_at(newest, 0)->thread_id, self->inbox, 100, NULL);
    /* The circle is cut at its first link: b, a answers b, d answers a, e answers d. */
    assert_int_equal(tree->len, 4);
    for (guint i = 0; i < 4; i++)
        assert_int_equal(row_at(tree, i)->depth, i);
}

static int count_steps(void *data)
{
    ++*(int *)data;
    return 0;
}

/* The one question and so many answers to it; what it costs to show twenty. */
static int steps_for_thread(struct fixture *self, uint32_t first, uint32_t answers)
{
    g_autofree char *question = g_strdup_printf("question%u@x", first);
    int steps = 0;
    assert_true(store_begin(self->db, NULL));
    int64_t newest = fixture_put(self->db, self->inbox, first, question, NULL, 100000 + first);
    for (uint32_t uid = first + 1; uid <= first + answers; uid++)
        newest = fixture_put(self->db, self->inbox, uid, NULL, question, 100000 + uid);
    assert_true(store_commit(self->db, NULL));
    struct placement_row place;
    assert_true(store_placement_row(self->db, newest, &place, NULL));
    sqlite3_progress_handler(store_db(self->db), 10, count_steps, &steps);
    g_autoptr(GPtrArray) tree = store_window_thread(self->db, place.thread_id, self->inbox, 20, NULL);
    sqlite3_progress_handler(store_db(self->db), 0, NULL, NULL);
    assert_int_equal(tree->len, 20);
    assert_int_equal(row_at(tree, 19)->placement_id, newest);
    for (guint i = 1; i < tree->len; i++)
        assert_true(row_at(tree, i - 1)->sort_key < row_at(tree, i)->sort_key);
    return steps;
}

static void of_a_long_conversation_the_newest_are_shown_at_the_cost_of_a_short_one(void **state)
{
    struct fixture *self = *state;
    int few = steps_for_thread(self, 1, 30);
    int many = steps_for_thread(self, 1000, 3000);
    assert_true(many <= few + 2);
}

static void the_next_unread_is_found_in_both_directions(void **state)
{
    struct fixture *self = *state;
    int64_t placements[10];
    for (uint32_t uid = 1; uid < 10; uid++) {
        placements[uid] = fixture_put(self->db, self->inbox, uid, NULL, NULL, 1000 + uid);
        if (uid != 2 && uid != 8)
            assert_true(store_placement_set_server_flags(self->db, self->inbox, uid, MESSAGE_SEEN, NULL, 1, NULL, NULL));
    }
    int64_t key, tie;
    assert_true(store_window_locate(self->db, WINDOW_MESSAGES, self->inbox, placements[5], &key, &tie));
    assert_int_equal(store_window_next_unread(self->db, self->inbox, key, tie, true), placements[2]);
    assert_int_equal(store_window_next_unread(self->db, self->inbox, key, tie, false), placements[8]);
    assert_true(store_window_locate(self->db, WINDOW_MESSAGES, self->inbox, placements[2], &key, &tie));
    assert_int_equal(store_window_next_unread(self->db, self->inbox, key, tie, true), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
/* --- orders --- */

static int64_t put_as(struct fixture *self, int64_t folder_id, uint32_t uid, const char *from, const char *subject, int64_t size)
{
    g_autofree char *id = g_strdup_printf("%u-%d@x", uid, (int)folder_id);
    struct message_info info = fixture_info(id, NULL, 1000 + uid);
    int64_t placement = 0;
    info.from_name = from;
    info.subject = subject;
    info.size_bytes = size;
    assert_true(store_placement_put(self->db, folder_id, uid, 0, NULL, 0, &info, &placement, NULL, NULL));
    return placement;
}

static char *subjects_of(struct fixture *self, const struct window_query *query)
{
    g_autoptr(GPtrArray) rows = read_window(self, query);
    g_autoptr(GString) words = g_string_new(NULL);
    for (guint i = 0; i < rows->len; i++)
        g_string_append_printf(words, "%s%s", i > 0 ? "|" : "", row_at(rows, i)->subject);
    return g_strdup(words->str);
}

static void assert_order(struct fixture *self, enum window_sort sort, bool is_reversed, const char *wanted)
{
    struct window_query query = { .folder_id = self->inbox, .sort = sort, .is_reversed = is_reversed, .after = 20 };
    g_autofree char *found = subjects_of(self, &query);
    assert_string_equal(found, wanted);
}

static void a_folder_is_sorted_by_name_subject_and_size_and_stays_so(void **state)
{
    struct fixture *self = *state;
    GError *error = NULL;
    put_as(self, self->inbox, 1, "Émile", "Re: beta", 300);
    int64_t moved = put_as(self, self->inbox, 2, "alan", "Alpha", 100);
    put_as(self, self->inbox, 3, "Zoe", "AW[2]: fwd: alpha", 200);
    for (int sort = WINDOW_BY_FROM; sort < WINDOW_SORTS; sort++) {
        assert_false(store_order_is_ready(self->db, self->inbox, WINDOW_MESSAGES, (enum window_sort)sort));
        assert_true(store_order_build(self->db, self->inbox, WINDOW_MESSAGES, (enum window_sort)sort, NULL, NULL, &error));
        assert_true(store_order_is_ready(self->db, self->inbox, WINDOW_MESSAGES, (enum window_sort)sort));
    }
    assert_order(self, WINDOW_BY_FROM, false, "Alpha|Re: beta|AW[2]: fwd: alpha");
    assert_order(self, WINDOW_BY_SUBJECT, false, "AW[2]: fwd: alpha|Alpha|Re: beta"); /* the same: newest first */
    assert_order(self, WINDOW_BY_SIZE, false, "Re: beta|AW[2]: fwd: alpha|Alpha");
    assert_order(self, WINDOW_BY_SIZE, true, "Alpha|AW[2]: fwd: alpha|Re: beta");
    assert_order(self, WINDOW_BY_DATE, true, "Re: beta|Alpha|AW[2]: fwd: alpha");
    /* what comes, goes and is moved afterwards */
    put_as(self, self->inbox, 4, "\"Bob\"", "gamma", 250);
    assert_int_not_equal(intent_move(self->db, &moved, 1, self->archive, &error), 0);
    assert_order(self, WINDOW_BY_FROM, false, "gamma|Re: beta|AW[2]: fwd: alpha");
    assert_order(self, WINDOW_BY_SIZE, false, "Re: beta|gamma|AW[2]: fwd: alpha");
    assert_int_not_equal(intent_move(self->db, &moved, 1, self->inbox, &error), 0);
    assert_true(store_placement_vanished(self->db, self->inbox, 1, &error));
    assert_order(self, WINDOW_BY_SUBJECT, false, "AW[2]: fwd: alpha|Alpha|gamma");
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM folder_order"), 9);
    assert_true(store_folder_remove(self->db, self->inbox, &error));
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM folder_order"), 0);
}

/* All of the list, and from each row three up and four down of it. */
static void assert_pages(struct fixture *self, const struct window_query *query, guint wanted)
{
    struct window_query whole = *query;
    whole.after = 200;
    g_autoptr(GPtrArray) all = read_window(self, &whole);
    assert_int_equal(all->len, wanted);
    for (guint i = 0; i < all->len; i++) {
        struct window_position at = store_window_position(row_at(all, i)), found;
        assert_true(store_window_find(self->db, query, row_at(all, i)->placement_id, &found));
        assert_int_equal(store_window_compare(query, &at, &found), 0);
        struct window_query near = *query;
        near.has_anchor = true;
        near.anchor_key = at.key;
        near.anchor_tie = at.tie;
        memcpy(near.anchor_text, at.text, sizeof near.anchor_text);
        near.before = 3;
        near.after = 4;
        g_autoptr(GPtrArray) window = read_window(self, &near);
        guint first = i < 3 ? 0 : i - 3;
        assert_int_equal(window->len, MIN(i + 4, wanted) - first);
        for (guint k = 0; k < window->len; k++)
            assert_int_equal(row_at(window, k)->placement_id, row_at(all, first + k)->placement_id);
    }
}

static void every_order_pages_both_ways_without_gap_or_repeat(void **state)
{
    struct fixture *self = *state;
    static const char *const names[] = { "Ada", "ada", "Bob", "Zoë", "" };
    for (uint32_t uid = 1; uid <= 60; uid++)
        put_as(self, uid % 3 != 0 ? self->inbox : self->archive, uid, names[uid % 5], names[uid % 4], uid % 7);
    for (uint32_t uid = 61; uid <= 70; uid++) { /* conversations that are in both */
        g_autofree char *one = g_strdup_printf("a%u@x", uid), *other = g_strdup_printf("b%u@x", uid);
        fixture_put(self->db, self->inbox, uid, one, NULL, 1000 + uid);
        fixture_put(self->db, self->archive, uid, other, one, 2000 - uid);
    }
    const int64_t both[] = { self->inbox, self->archive };
    for (int i = 0; i < WINDOW_SORTS * 4; i++) {
        struct window_query query = { .folders = both,
                                      .folder_count = 2,
                                      .sort = (enum window_sort)(i / 4),
                                      .is_reversed = i % 2,
                                      .kind = i / 2 % 2 != 0 ? WINDOW_THREADS : WINDOW_MESSAGES };
        for (size_t k = 0; k < 2; k++)
            assert_true(store_order_build(self->db, both[k], query.kind, query.sort, NULL, NULL, NULL));
        assert_pages(self, &query, query.kind == WINDOW_THREADS ? 70 : 80);
    }
}

static void put_answer(struct fixture *self, uint32_t uid, const char *id, const char *to, const char *from, const char *subject,
                       int64_t size)
{
    struct message_info info = fixture_info(id, to, 1000 + uid);
    info.from_name = from;
    info.subject = subject;
    info.size_bytes = size;
    assert_true(store_placement_put(self->db, self->inbox, uid, 0, NULL, 0, &info, NULL, NULL, NULL));
}

/* Who began it and with what; by size all that it holds; the row itself is the newest message's. */
static void conversations_are_sorted_by_who_began_them_and_by_all_they_hold(void **state)
{
    struct fixture *self = *state;
    struct window_query query = { .folder_id = self->inbox, .kind = WINDOW_THREADS, .after = 20 };
    static const struct {
        enum window_sort sort;
        bool is_reversed;
        const char *wanted;
    } orders[] = { { WINDOW_BY_DATE, false, "Re: zebra|Re: apple|middle" }, { WINDOW_BY_FROM, false, "Re: zebra|middle|Re: apple" },
                   { WINDOW_BY_FROM, true, "Re: apple|middle|Re: zebra" },  { WINDOW_BY_SUBJECT, false, "Re: apple|middle|Re: zebra" },
                   { WINDOW_BY_SIZE, false, "Re: apple|middle|Re: zebra" }, { WINDOW_BY_SIZE, true, "Re: zebra|middle|Re: apple" } };
    put_answer(self, 1, "a@x", NULL, "Zoe", "apple", 400);
    put_answer(self, 2, "b@x", NULL, "Ada", "zebra", 10);
    put_answer(self, 3, "c@x", NULL, "Mia", "middle", 450);
    for (int sort = WINDOW_BY_FROM; sort < WINDOW_SORTS; sort++)
        assert_true(store_order_build(self->db, self->inbox, WINDOW_THREADS, (enum window_sort)sort, NULL, NULL, NULL));
    put_answer(self, 4, "d@x", "a@x", "Ada", "Re: apple", 100);
    put_answer(self, 5, "e@x", "b@x", "Zoe", "Re: zebra", 20);
    for (size_t i = 0; i < G_N_ELEMENTS(orders); i++) {
        query.sort = orders[i].sort;
        query.is_reversed = orders[i].is_reversed;
        g_autofree char *found = subjects_of(self, &query);
        assert_string_equal(found, orders[i].wanted);
    }
}

static char *thread_orders(struct fixture *self)
{
    GString *words = g_string_new(NULL);
    g_autoptr(sqlite3_stmt) row = store_select_values(self->db, NULL,
                                                      "SELECT format('%d %d %d %s %d;', folder_id, sort, thread_id, text, number) FROM"
                                                      " folder_thread_order ORDER BY folder_id, sort, text, number, thread_id",
                                                      STORE_VALUES());
    while (store_step(self->db, row, NULL))
        g_string_append(words, (const char *)sqlite3_column_text(row, 0));
    return g_string_free(words, FALSE);
}

static void build_thread_orders(struct fixture *self)
{
    const int64_t folders[] = { self->inbox, self->archive };
    for (size_t i = 0; i < 2 * (WINDOW_SORTS - 1); i++)
        assert_true(
            store_order_build(self->db, folders[i % 2], WINDOW_THREADS, (enum window_sort)(WINDOW_BY_FROM + i / 2), NULL, NULL, NULL));
}

static int64_t any_placement(struct fixture *self, GRand *dice)
{
    return g_rand_int_range(dice, 1, (gint32)fixture_number(self->db, "SELECT coalesce(max(id), 0) + 2 FROM placements"));
}

static void orders_of_conversations_follow_whatever_happens(void **state)
{
    struct fixture *self = *state;
    GRand *dice = g_rand_new_with_seed(7);
    build_thread_orders(self);
    for (uint32_t i = 1; i <= 400; i++) {
        static const char *const names[] = { "Ada", "Bob", "Zoë" };
        int64_t here = any_placement(self, dice), folder = i % 2 ? self->inbox : self->archive;
        int64_t pair[] = { here, any_placement(self, dice) };
        int joined, what = g_rand_int_range(dice, 0, 10);
        g_autofree char *id = g_strdup_printf("m%u@x", i), *to = g_strdup_printf("m%d@x", g_rand_int_range(dice, 0, (gint32)i));
        struct message_info info = fixture_info(id, what % 2 ? to : NULL, 1000 + g_rand_int_range(dice, 0, 500));
        info.from_name = names[i % 3];
        info.subject = what < 3 ? "Re: one" : "two";
        info.size_bytes = i;
        if (what < 5)
            assert_true(store_placement_put(self->db, folder, i, 0, NULL, 0, &info, NULL, NULL, NULL));
        else if (what < 7)
            intent_move(self->db, &here, 1, folder, NULL);
        else if (what == 7)
            store_placement_vanished(self->db, folder, (uint32_t)g_rand_int_range(dice, 1, (gint32)i + 1), NULL);
        else if (what == 8)
            store_thread_break(self->db, here, NULL);
        else
            store_thread_join(self->db, pair, 2, &joined, NULL);
    }
    g_rand_free(dice);
    g_autofree char *kept = thread_orders(self);
    assert_true(store_exec(self->db, "DELETE FROM folder_thread_order; DELETE FROM folder_thread_orders", NULL));
    build_thread_orders(self);
    g_autofree char *built = thread_orders(self);
    assert_true(strlen(kept) > 1000);
    assert_string_equal(kept, built);
}

static void a_conversation_in_two_inboxes_is_one_row_of_both(void **state)
{
    struct fixture *self = *state;
    const int64_t both[] = { self->inbox, self->archive };
    for (uint32_t i = 1; i <= 30; i++) { /* every conversation has a message in each of them, far apart */
        g_autofree char *one = g_strdup_printf("a%u@x", i), *other = g_strdup_printf("b%u@x", i);
        fixture_put(self->db, self->inbox, i, one, NULL, 1000 + i);
        fixture_put(self->db, self->archive, i, other, one, 2000 - i);
    }
    fixture_put(self->db, self->sent, 1, "mine@x", "b1@x", 3000);
    struct window_query query = {
        .folders = both, .folder_count = 2, .kind = WINDOW_THREADS, .after = 10, .sent = &self->sent, .sent_count = 1
    };
    g_autoptr(GPtrArray) rows = read_window(self, &query);
    assert_int_equal(rows->len, 10);
    assert_int_equal(row_at(rows, 0)->thread_total, 2);
    assert_int_equal(row_at(rows, 0)->thread_sent, 1);
    assert_int_equal(row_at(rows, 1)->thread_sent, 0);
    query.has_anchor = true;
    query.anchor_key = row_at(rows, 9)->sort_key;
    query.anchor_tie = row_at(rows, 9)->tie;
    query.before = 5;
    query.after = 40;
    g_autoptr(GPtrArray) rest = read_window(self, &query);
    assert_int_equal(rest->len, 26); /* 5 before, itself and 20 more: none twice, none left out */
    assert_int_equal(row_at(rest, 5)->thread_id, row_at(rows, 9)->thread_id);
    const int64_t with_sent[] = { self->inbox, self->archive, self->sent };
    g_autoptr(GPtrArray) tree = store_window_conversation(self->db, row_at(rows, 0)->thread_id, with_sent, 3, 100, NULL);
    assert_int_equal(tree->len, 3);
    assert_int_equal(row_at(tree, 2)->folder_id, self->sent);
    assert_int_equal(row_at(tree, 2)->depth, 2);
}

static void how_a_folder_is_ordered_is_remembered(void **state)
{
    struct fixture *self = *state;
    struct window_order order = { WINDOW_BY_SIZE, true, true }, found = { 0 };
    assert_false(store_order_remembered(self->db, self->inbox, &found));
    assert_true(store_order_remember(self->db, self->inbox, &order, NULL));
    assert_true(store_order_remember(self->db, -1, &(struct window_order){ .is_flat = true }, NULL));
    assert_true(store_order_remembered(self->db, self->inbox, &found));
    assert_true(found.sort == WINDOW_BY_SIZE && found.is_reversed && found.is_flat);
    assert_true(store_order_remembered(self->db, -1, &found));
    assert_true(found.sort == WINDOW_BY_DATE && !found.is_reversed && found.is_flat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_window_goes_by_an_index_and_sorts_nothing),
        TEST(windows_page_through_a_folder_without_gap_or_repeat),
        TEST(rows_before_the_anchor_come_newest_first_too),
        TEST(a_conversation_shows_its_newest_its_counts_and_who_wrote),
        TEST(a_tree_of_strangers_answering_in_a_circle_is_drawn_once),
        TEST(of_a_long_conversation_the_newest_are_shown_at_the_cost_of_a_short_one),
        TEST(the_next_unread_is_found_in_both_directions),
        cmocka_unit_test_setup_teardown(a_folder_is_sorted_by_name_subject_and_size_and_stays_so, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(every_order_pages_both_ways_without_gap_or_repeat, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(conversations_are_sorted_by_who_began_them_and_by_all_they_hold, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(orders_of_conversations_follow_whatever_happens, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_conversation_in_two_inboxes_is_one_row_of_both, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(how_a_folder_is_ordered_is_remembered, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
