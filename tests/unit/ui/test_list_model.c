/* SPDX-License-Identifier: MIT */
/* The list's window over a real store: where the cursor is, whatever happens to the folder. */
#include "ui/list_model.h"
#include "core/intent.h"
#include "core/search_indexer.h"
#include "core/search_threads.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include "tests/remove_tree.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

struct world {
    char *directory, *path;
    store *store;
    int64_t folder_id;
    list_model *model;
};

static int64_t put(struct world *world, int uid, const char *parent)
{
    g_autofree char *id = g_strdup_printf("m%d@test", uid), *subject = g_strdup_printf("Message %d", uid);
    struct message_info info = { .message_id = id,
                                 .in_reply_to = parent,
                                 .subject = subject,
                                 .from_name = "Ada",
                                 .from_address = "ada@test",
                                 .date_utc = 1000000 + uid * 60,
                                 .received_utc = 1000000 + uid * 60 };
    int64_t placement = 0;
    bool is_new = false;
    g_autoptr(GError) error = NULL;
    if (!store_placement_put(world->store, world->folder_id, (uint32_t)uid, 0, NULL, 0, &info, &placement, &is_new, &error))
        fail_msg("%s", error->message);
    return placement;
}

static int set_up(void **state)
{
    struct world *world = g_new0(struct world, 1);
    world->directory = g_dir_make_tmp("postern-list-XXXXXX", NULL);
    world->path = g_build_filename(world->directory, "mail.db", NULL);
    world->store = store_open(world->path, STORE_UI, NULL);
    assert_non_null(world->store);
    struct folder folder = { .account_id = store_account_id(world->store, "test", NULL),
                             .name = "INBOX",
                             .wire = "INBOX",
                             .delimiter = '/',
                             .role = FOLDER_INBOX,
                             .server_total = -1 };
    world->folder_id = store_folder_put(world->store, &folder, NULL);
    world->model = list_model_new(world->store);
    list_model_set_rows(world->model, 10);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    list_model_free(world->model);
    store_close(world->store);
    remove_tree(world->directory);
    g_free(world->path);
    g_free(world->directory);
    g_free(world);
    return 0;
}

static const char *subject_at_cursor(struct world *world)
{
    const struct list_item *item = list_model_current(world->model);
    return item != NULL ? item->row->subject : "";
}

static void the_cursor_stays_on_its_message_when_mail_arrives(void **state)
{
    struct world *world = *state;
    for (int i = 1; i <= 30; i++)
        put(world, i, NULL);
    list_model_show(world->model, world->folder_id, 0);
    assert_string_equal(subject_at_cursor(world), "Message 30");
    list_model_step(world->model, 3);
    put(world, 31, NULL);
    put(world, 32, NULL);
    list_model_reload(world->model);
    assert_string_equal(subject_at_cursor(world), "Message 27");
    assert_int_equal(list_model_cursor(world->model), 5);
    assert_int_equal(list_model_top(world->model), 0);
}

/* However much comes between two looks. */
static void a_folder_that_fills_is_shown_from_its_newest_until_somebody_moves(void **state)
{
    struct world *world = *state;
    list_model_show(world->model, world->folder_id, 0);
    put(world, 1, NULL);
    list_model_reload(world->model);
    assert_string_equal(subject_at_cursor(world), "Message 1");
    for (int i = 2; i <= 100; i++)
        put(world, i, NULL);
    list_model_reload(world->model);
    assert_string_equal(subject_at_cursor(world), "Message 100");
    put(world, 101, NULL);
    list_model_reload(world->model);
    assert_string_equal(subject_at_cursor(world), "Message 101");
    list_model_step(world->model, 1);
    put(world, 102, NULL);
    list_model_reload(world->model);
    assert_string_equal(subject_at_cursor(world), "Message 100");
}

/* The picture is a moment old when the key comes. */
static void a_key_means_the_message_that_was_seen_while_the_folder_fills(void **state)
{
    struct world *world = *state;
    list_model_show(world->model, world->folder_id, 0);
    int64_t seen = put(world, 1, NULL);
    list_model_reload(world->model);
    list_model_hold(world->model, 0);
    for (int i = 2; i <= 100; i++) {
        put(world, i, NULL);
        list_model_reload(world->model);
    }
    assert_string_equal(subject_at_cursor(world), "Message 100");
    list_model_hold(world->model, seen);
    assert_string_equal(subject_at_cursor(world), "Message 1");
    put(world, 101, NULL);
    list_model_reload(world->model);
    assert_string_equal(subject_at_cursor(world), "Message 1");
}

static void when_its_message_goes_the_cursor_is_on_the_next_older(void **state)
{
    struct world *world = *state;
    int64_t gone = 0;
    for (int i = 1; i <= 30; i++) {
        int64_t placement = put(world, i, NULL);
        gone = i == 20 ? placement : gone;
    }
    list_model_show(world->model, world->folder_id, gone);
    assert_string_equal(subject_at_cursor(world), "Message 20");
    assert_true(store_placement_vanished(world->store, world->folder_id, 20, NULL));
    list_model_reload(world->model);
    assert_string_equal(subject_at_cursor(world), "Message 19");
}

static void every_message_of_a_long_folder_can_be_reached(void **state)
{
    struct world *world = *state;
    assert_true(store_begin(world->store, NULL));
    for (int i = 1; i <= 500; i++)
        put(world, i, NULL);
    assert_true(store_commit(world->store, NULL));
    list_model_show(world->model, world->folder_id, 0);
    for (int i = 500; i > 1; i--) {
        g_autofree char *wanted = g_strdup_printf("Message %d", i);
        assert_string_equal(subject_at_cursor(world), wanted);
        assert_true(list_model_step(world->model, 1));
        assert_true(list_model_count(world->model) <= 70);
    }
    assert_false(list_model_step(world->model, 1));
    list_model_end(world->model, true);
    assert_string_equal(subject_at_cursor(world), "Message 500");
    list_model_end(world->model, false);
    assert_string_equal(subject_at_cursor(world), "Message 1");
    list_model_scroll(world->model, -9);
    assert_string_equal(subject_at_cursor(world), "Message 10");
}

static void a_conversation_is_one_row_until_it_is_unfolded(void **state)
{
    struct world *world = *state;
    put(world, 1, NULL);
    put(world, 2, NULL);
    put(world, 3, "m2@test");
    put(world, 4, "m3@test");
    list_model_show(world->model, world->folder_id, 0);
    assert_int_equal(list_model_count(world->model), 2);
    g_autoptr(GArray) all = list_model_targets(world->model);
    assert_int_equal(all->len, 3);
    assert_true(list_model_unfold(world->model, true));
    assert_int_equal(list_model_count(world->model), 4);
    g_autoptr(GArray) one = list_model_targets(world->model);
    assert_int_equal(one->len, 1);
    assert_true(list_model_unfold(world->model, false));
    assert_int_equal(list_model_count(world->model), 2);
    list_model_set_threads(world->model, false);
    assert_int_equal(list_model_count(world->model), 4);
}

static void a_new_answer_does_not_take_the_cursor_from_its_conversation(void **state)
{
    struct world *world = *state;
    put(world, 1, NULL);
    put(world, 2, "m1@test");
    put(world, 3, NULL);
    list_model_show(world->model, world->folder_id, 0);
    list_model_step(world->model, 1);
    int64_t thread = list_model_current(world->model)->row->thread_id;
    put(world, 4, "m2@test");
    list_model_reload(world->model);
    assert_true(list_model_current(world->model)->row->thread_id == thread);
}

static void an_empty_folder_is_no_trouble(void **state)
{
    struct world *world = *state;
    list_model_show(world->model, world->folder_id, 0);
    assert_int_equal(list_model_count(world->model), 0);
    assert_null(list_model_current(world->model));
    assert_false(list_model_step(world->model, 1));
    list_model_end(world->model, false);
    list_model_scroll(world->model, -5);
    list_model_reload(world->model);
    g_autoptr(GArray) none = list_model_targets(world->model);
    assert_int_equal(none->len, 0);
    put(world, 1, NULL);
    list_model_reload(world->model);
    assert_string_equal(subject_at_cursor(world), "Message 1");
}

/* --- windows that come later --- */

struct later {
    struct world *world;
    struct window_query query;
    int asked, dropped;
};

static void ask_later(void *data, const struct list_ask *ask)
{
    struct later *later = data;
    later->asked += ask != NULL;
    later->dropped += ask == NULL;
    if (ask != NULL)
        later->query = ask->query;
}

static void answer(struct later *later)
{
    assert_true(search_indexer_catch_up(later->world->path, NULL, NULL, NULL));
    list_model_answer(later->world->model, search_read_list(later->world->store, &later->query, "message", false, NULL, NULL, NULL));
}

static void fill_for_filter(struct world *world, struct later *later)
{
    for (int uid = 1; uid <= 200; uid++)
        put(world, uid, NULL);
    list_model_show(world->model, world->folder_id, 0);
    *later = (struct later){ .world = world };
    list_model_set_ask(world->model, ask_later, later);
}

static void a_list_stays_as_it_is_until_the_filtered_rows_are_there(void **state)
{
    struct world *world = *state;
    struct later later;
    fill_for_filter(world, &later);
    list_model_step(world->model, 3);
    list_model_set_filter(world->model, "message", false);
    assert_int_equal(later.asked, 1);
    assert_true(list_model_is_searching(world->model));
    assert_string_equal(subject_at_cursor(world), "Message 197");
    list_model_step(world->model, 1);
    assert_string_equal(subject_at_cursor(world), "Message 196");
    answer(&later);
    assert_false(list_model_is_searching(world->model));
    assert_string_equal(subject_at_cursor(world), "Message 200");
}

static void an_unfiltered_list_never_waits(void **state)
{
    struct world *world = *state;
    struct later later;
    fill_for_filter(world, &later);
    for (int i = 0; i < 150; i++)
        assert_true(list_model_step(world->model, 1));
    list_model_end(world->model, false);
    assert_string_equal(subject_at_cursor(world), "Message 1");
    assert_int_equal(later.asked, 0);
}

static void steps_at_the_edge_add_up_while_the_rows_are_awaited(void **state)
{
    struct world *world = *state;
    struct later later;
    fill_for_filter(world, &later);
    list_model_set_filter(world->model, "message", false);
    answer(&later);
    while (later.asked == 1) /* read ahead, before the cursor is at the edge */
        assert_true(list_model_step(world->model, 1));
    int before = list_model_count(world->model);
    assert_true(list_model_cursor(world->model) < before - 1);
    while (list_model_cursor(world->model) < before - 1)
        list_model_step(world->model, 1);
    g_autofree char *edge = g_strdup(subject_at_cursor(world));
    for (int i = 0; i < 3; i++)
        assert_true(list_model_step(world->model, 1));
    assert_int_equal(later.asked, 2); /* not begun anew for each */
    assert_string_equal(subject_at_cursor(world), edge);
    answer(&later);
    g_autofree char *further = g_strdup_printf("Message %d", atoi(edge + strlen("Message ")) - 3);
    assert_string_equal(subject_at_cursor(world), further);
}

static void a_folder_that_changes_all_the_time_is_still_read_to_the_end(void **state)
{
    struct world *world = *state;
    struct later later;
    fill_for_filter(world, &later);
    list_model_set_filter(world->model, "message", false);
    for (int i = 0; i < 5; i++)
        list_model_reload(world->model);
    assert_int_equal(later.asked, 1);
    assert_int_equal(later.dropped, 0);
    answer(&later);
    assert_false(list_model_is_searching(world->model));
    assert_int_equal(later.asked, 2); /* once more, for what changed meanwhile */
    answer(&later);
    assert_int_equal(later.asked, 2);
    assert_string_equal(subject_at_cursor(world), "Message 200");
}

static void what_was_asked_for_a_filter_that_is_gone_is_dropped(void **state)
{
    struct world *world = *state;
    struct later later;
    fill_for_filter(world, &later);
    list_model_step(world->model, 5);
    list_model_set_filter(world->model, "message", false);
    list_model_set_filter(world->model, NULL, false);
    assert_int_equal(later.dropped, 1);
    assert_false(list_model_is_searching(world->model));
    assert_string_equal(subject_at_cursor(world), "Message 195");
    answer(&later); /* too late */
    assert_string_equal(subject_at_cursor(world), "Message 195");
}

static void a_filtered_list_keeps_its_cursor_when_mail_comes(void **state)
{
    struct world *world = *state;
    struct later later;
    fill_for_filter(world, &later);
    list_model_set_filter(world->model, "message", false);
    answer(&later);
    list_model_step(world->model, 4);
    put(world, 201, NULL);
    list_model_reload(world->model);
    list_model_step(world->model, 1); /* while the rows are read */
    answer(&later);
    assert_string_equal(subject_at_cursor(world), "Message 195");
}

/* --- orders, several folders, conversations that are found --- */

static int64_t put_in(struct world *world, int64_t folder_id, int uid, const char *subject, const char *parent, int64_t size)
{
    g_autofree char *id = g_strdup_printf("f%d-%d@test", (int)folder_id, uid);
    struct message_info info = { .message_id = id,
                                 .in_reply_to = parent,
                                 .subject = subject,
                                 .from_name = "Ada",
                                 .from_address = "ada@test",
                                 .date_utc = 1000000 + uid * 60,
                                 .received_utc = 1000000 + uid * 60,
                                 .size_bytes = size };
    int64_t placement = 0;
    assert_true(store_placement_put(world->store, folder_id, (uint32_t)uid, 0, NULL, 0, &info, &placement, NULL, NULL));
    return placement;
}

static int64_t make_folder(struct world *world, const char *account, const char *name, enum folder_role role)
{
    struct folder folder = { .account_id = store_account_id(world->store, account, NULL),
                             .name = (char *)(uintptr_t)name,
                             .wire = (char *)(uintptr_t)name,
                             .delimiter = '/',
                             .role = role,
                             .server_total = -1 };
    return store_folder_put(world->store, &folder, NULL);
}

static char *all_subjects(struct world *world)
{
    g_autoptr(GString) words = g_string_new(NULL);
    for (int i = 0; i < list_model_count(world->model); i++)
        g_string_append_printf(words, "%s%s", i > 0 ? "|" : "", list_model_item(world->model, i)->row->subject);
    return g_strdup(words->str);
}

static void assert_subjects(struct world *world, const char *wanted)
{
    g_autofree char *found = all_subjects(world);
    assert_string_equal(found, wanted);
}

static void in_another_order_the_cursor_stays_on_its_message_and_new_mail_finds_its_place(void **state)
{
    struct world *world = *state;
    const struct window_order by_size = { .sort = WINDOW_BY_SIZE, .is_flat = true },
                              by_date = { .sort = WINDOW_BY_DATE, .is_reversed = true };
    assert_true(store_order_build(world->store, world->folder_id, WINDOW_MESSAGES, WINDOW_BY_SIZE, NULL, NULL, NULL));
    put_in(world, world->folder_id, 1, "middle", NULL, 500);
    put_in(world, world->folder_id, 2, "small", NULL, 5);
    put_in(world, world->folder_id, 3, "large", NULL, 5000);
    list_model_show(world->model, world->folder_id, 0);
    list_model_end(world->model, false);
    assert_string_equal(subject_at_cursor(world), "middle");
    list_model_set_order(world->model, &by_size, true);
    assert_subjects(world, "large|middle|small");
    assert_string_equal(subject_at_cursor(world), "middle");
    put_in(world, world->folder_id, 4, "larger", NULL, 50000);
    list_model_reload(world->model);
    assert_subjects(world, "larger|large|middle|small");
    assert_string_equal(subject_at_cursor(world), "middle");
    assert_true(store_placement_vanished(world->store, world->folder_id, 1, NULL));
    list_model_reload(world->model);
    assert_string_equal(subject_at_cursor(world), "small"); /* the one that took its place */
    list_model_set_order(world->model, &by_date, true);
    assert_subjects(world, "small|large|larger");
}

static void every_message_can_be_reached_in_every_order(void **state)
{
    struct world *world = *state;
    for (int i = 1; i <= 300; i++) {
        g_autofree char *subject = g_strdup_printf("Subject %d", i % 17);
        put_in(world, world->folder_id, i, subject, NULL, i % 13);
    }
    list_model_show(world->model, world->folder_id, 0);
    for (int sort = 0; sort < WINDOW_SORTS * 2; sort++) {
        const struct window_order order = { .sort = (enum window_sort)(sort / 2), .is_reversed = sort % 2, .is_flat = true };
        assert_true(store_order_build(world->store, world->folder_id, WINDOW_MESSAGES, order.sort, NULL, NULL, NULL));
        list_model_set_order(world->model, &order, true);
        list_model_end(world->model, true);
        g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
        do
            assert_true(g_hash_table_add(seen, GINT_TO_POINTER((int)list_model_current(world->model)->row->placement_id)));
        while (list_model_step(world->model, 1));
        assert_int_equal(g_hash_table_size(seen), 300);
        int64_t last = list_model_current(world->model)->row->placement_id;
        list_model_end(world->model, true);
        list_model_end(world->model, false);
        assert_int_equal(list_model_current(world->model)->row->placement_id, last);
        while (list_model_step(world->model, -7))
            ;
        assert_int_equal(list_model_cursor(world->model), 0);
    }
}

static void in_another_order_conversations_stay_rows_that_unfold(void **state)
{
    struct world *world = *state;
    const struct window_order by_subject = { .sort = WINDOW_BY_SUBJECT }, by_date = { .sort = WINDOW_BY_DATE };
    g_autofree char *first = g_strdup_printf("f%d-1@test", (int)world->folder_id);
    put_in(world, world->folder_id, 1, "zebra", NULL, 1);
    put_in(world, world->folder_id, 2, "apple", NULL, 1);
    int64_t answer = put_in(world, world->folder_id, 3, "Re: zebra", first, 1);
    list_model_show(world->model, world->folder_id, answer);
    assert_true(store_order_build(world->store, world->folder_id, WINDOW_THREADS, WINDOW_BY_SUBJECT, NULL, NULL, NULL));
    list_model_set_order(world->model, &by_subject, true);
    assert_true(list_model_has_threads(world->model));
    assert_subjects(world, "apple|Re: zebra");
    assert_string_equal(subject_at_cursor(world), "Re: zebra");
    assert_true(list_model_unfold(world->model, true));
    assert_subjects(world, "apple|zebra|Re: zebra");
    put_in(world, world->folder_id, 4, "mole", NULL, 1);
    list_model_reload(world->model);
    assert_subjects(world, "apple|mole|zebra|Re: zebra");
    assert_true(list_model_go(world->model, answer));
    assert_string_equal(subject_at_cursor(world), "Re: zebra");
    list_model_set_filter(world->model, "subject:zebra", false); /* what is found comes by date */
    list_model_set_filter(world->model, NULL, false);
    assert_string_equal(subject_at_cursor(world), "Re: zebra");
    list_model_set_order(world->model, &by_date, true);
    assert_subjects(world, "mole|zebra|Re: zebra|apple");
}

static void several_inboxes_are_one_list_with_one_cursor(void **state)
{
    struct world *world = *state;
    int64_t other = make_folder(world, "home", "INBOX", FOLDER_INBOX), sent = make_folder(world, "home", "Sent", FOLDER_SENT);
    const int64_t both[] = { world->folder_id, other };
    put_in(world, world->folder_id, 1, "one", NULL, 1);
    put_in(world, other, 2, "two", NULL, 1);
    put_in(world, world->folder_id, 3, "three", NULL, 1);
    g_autofree char *parent = g_strdup_printf("f%d-2@test", (int)other);
    put_in(world, sent, 4, "Re: two", parent, 1);
    list_model_show_view(world->model, -1, both, 2, 0);
    assert_int_equal(list_model_folder(world->model), -1);
    assert_subjects(world, "three|two|one");
    list_model_step(world->model, 1);
    put_in(world, other, 5, "five", NULL, 1);
    list_model_reload(world->model);
    assert_subjects(world, "five|three|two|one");
    assert_string_equal(subject_at_cursor(world), "two");
    assert_true(list_model_unfold(world->model, true)); /* one's own answer belongs to it, and comes with its folder */
    assert_subjects(world, "five|three|two|Re: two|one");
    assert_true(list_model_item(world->model, 3)->is_elsewhere);
    assert_false(list_model_item(world->model, 2)->is_elsewhere);
    assert_true(store_placement_vanished(world->store, other, 2, NULL));
    list_model_reload(world->model);
    assert_string_equal(subject_at_cursor(world), "one");
}

static void all_conversations_open_and_close_at_once(void **state)
{
    struct world *world = *state;
    for (int i = 1; i <= 40; i++) {
        g_autofree char *parent = g_strdup_printf("m%d@test", i - 1);
        put(world, i, i % 4 != 1 ? parent : NULL);
    }
    list_model_show(world->model, world->folder_id, 0);
    assert_int_equal(list_model_count(world->model), 10);
    list_model_unfold_all(world->model, true);
    assert_int_equal(list_model_count(world->model), 40);
    assert_true(list_model_unfold(world->model, false)); /* but this one */
    assert_int_equal(list_model_count(world->model), 37);
    list_model_unfold_all(world->model, false);
    assert_int_equal(list_model_count(world->model), 10);
}

static void a_filter_finds_conversations_where_the_list_shows_them_and_leads_back(void **state)
{
    struct world *world = *state;
    for (int i = 1; i <= 100; i++) {
        g_autofree char *parent = g_strdup_printf("m%d@test", i - 1);
        put(world, i, i % 2 == 0 ? parent : NULL);
    }
    assert_true(search_indexer_catch_up(world->path, NULL, NULL, NULL));
    list_model_show(world->model, world->folder_id, 0);
    list_model_step(world->model, 30);
    list_model_scroll(world->model, 3);
    g_autofree char *here = g_strdup(subject_at_cursor(world));
    int screen_row = list_model_cursor(world->model) - list_model_top(world->model);
    list_model_set_filter(world->model, "message", true);
    assert_true(list_model_current(world->model)->is_folded);
    assert_int_equal(list_model_current(world->model)->row->thread_total, 2);
    for (int i = 100; i > 2; i -= 2) {
        g_autofree char *wanted = g_strdup_printf("Message %d", i);
        assert_string_equal(subject_at_cursor(world), wanted);
        assert_true(list_model_step(world->model, 1));
    }
    assert_false(list_model_step(world->model, 1));
    list_model_set_filter(world->model, "subject:7", true);
    assert_string_equal(subject_at_cursor(world), "Message 7");
    list_model_set_filter(world->model, NULL, false);
    assert_string_equal(subject_at_cursor(world), here);
    assert_int_equal(list_model_cursor(world->model) - list_model_top(world->model), screen_row);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_filter_finds_conversations_where_the_list_shows_them_and_leads_back),
        TEST(all_conversations_open_and_close_at_once),
        TEST(several_inboxes_are_one_list_with_one_cursor),
        TEST(in_another_order_conversations_stay_rows_that_unfold),
        TEST(every_message_can_be_reached_in_every_order),
        TEST(in_another_order_the_cursor_stays_on_its_message_and_new_mail_finds_its_place),
        TEST(the_cursor_stays_on_its_message_when_mail_arrives),
        TEST(a_folder_that_fills_is_shown_from_its_newest_until_somebody_moves),
        TEST(a_key_means_the_message_that_was_seen_while_the_folder_fills),
        TEST(when_its_message_goes_the_cursor_is_on_the_next_older),
        TEST(every_message_of_a_long_folder_can_be_reached),
        TEST(a_conversation_is_one_row_until_it_is_unfolded),
        TEST(a_new_answer_does_not_take_the_cursor_from_its_conversation),
        TEST(an_empty_folder_is_no_trouble),
        cmocka_unit_test_setup_teardown(a_list_stays_as_it_is_until_the_filtered_rows_are_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unfiltered_list_never_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(steps_at_the_edge_add_up_while_the_rows_are_awaited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_changes_all_the_time_is_still_read_to_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_asked_for_a_filter_that_is_gone_is_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_filtered_list_keeps_its_cursor_when_mail_comes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
