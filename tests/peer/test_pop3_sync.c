/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Maildrops into the local Maildir: everything comes once, nothing is lost, and the server keeps what the person's rule says. */
#include "tests/peer/pop3_bench.h"
#include "tests/remove_tree.h"

/* --- fetching --- */
static void each_message_comes_once_and_stays_on_the_server(void **state)
{
    struct bench *self = *state;
    add(self, 3);
    sync_now(self);
    assert_here(self, 3);
    assert_there(self, "u1 u2 u3");
    add(self, 2);
    sync_now(self);
    sync_now(self);
    assert_here(self, 5);
    assert_int_equal(peer_maildrop_retrieved(self->drop), 5);
}

static void a_message_is_in_its_file_as_it_was_sent(void **state)
{
    struct bench *self = *state;
    add(self, 1);
    sync_now(self);
    g_autofree char *directory = g_build_filename(self->directory, INBOX, "new", NULL), *text = NULL, *wanted = text_of(1);
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    g_autofree char *path = g_build_filename(directory, g_dir_read_name(entries), NULL);
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_string_equal(text, wanted);
}

static void the_newest_is_first_in_the_list(void **state)
{
    struct bench *self = *state;
    add(self, 3);
    sync_now(self);
    assert_int_equal(number_of(self,
                               "SELECT COUNT(*) FROM placements a, placements b JOIN messages m ON m.id = a.message_id"
                               " JOIN messages n ON n.id = b.message_id WHERE m.message_id < n.message_id AND a.sort_key > b.sort_key"),
                     0);
}

static void servers_without_this_or_that_serve_as_well(void **state)
{
    static const struct peer_maildrop_faults all[] = {
        { .has_no_capa = true },
        { .has_no_pipelining = true },
        { .has_no_uidl = true },
        { .has_no_uidl = true, .has_no_capa = true },
        { .has_no_uidl = true, .has_no_top = true },
        { .has_no_uidl = true, .has_no_top = true, .has_no_capa = true, .has_no_pipelining = true },
    };
    struct bench *self = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        peer_maildrop_set(self->drop, &all[i]);
        add(self, 2);
        sync_now(self);
        sync_now(self);
        assert_here(self, self->next - 1);
    }
}

static void messages_with_the_same_name_all_come(void **state)
{
    struct bench *self = *state;
    add(self, 3);
    for (size_t i = 0; i < 3; i++)
        peer_maildrop_rename(self->drop, i, "same");
    sync_now(self);
    sync_now(self);
    assert_here(self, 3);
}

static void a_message_that_is_not_handed_out_holds_up_nothing(void **state)
{
    struct bench *self = *state;
    add(self, 4);
    peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ .refused_retr = 2 });
    sync_now(self);
    assert_here(self, 3);
    peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ 0 });
    sync_now(self);
    assert_here(self, 4);
}

/* Gmail's manner. What it has shown once it does not show again. */
static void a_server_that_shows_its_mail_in_portions_is_asked_again(void **state)
{
    struct bench *self = *state;
    add(self, 250);
    peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ .portion = 120 });
    sync_now(self);
    assert_here(self, 250);
}

static void a_locked_mailbox_is_said_to_be_so(void **state)
{
    struct bench *self = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) accounts = g_ptr_array_new();
    peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ .is_locked = true });
    g_ptr_array_add(accounts, self->account);
    engine *engine = engine_new(accounts, self->settings, self->store_path, self->events);
    assert_false(engine_sync_once(engine, "pop", &error));
    assert_non_null(strstr(error->message, "another program is reading this mailbox"));
    engine_free(engine);
}

/* --- names that change --- */
static void new_names_for_all_bring_nothing_twice(void **state)
{
    struct bench *self = *state;
    add(self, 20);
    sync_now(self);
    for (size_t i = 0; i < 20; i++) {
        g_autofree char *name = g_strdup_printf("other%zu", i);
        peer_maildrop_rename(self->drop, i, name);
    }
    add(self, 1);
    sync_now(self);
    assert_here(self, 21);
    assert_int_equal(peer_maildrop_retrieved(self->drop), 21); /* the headers told */
    sync_now(self);
    assert_here(self, 21);
}

static void a_new_name_for_one_brings_nothing_twice(void **state)
{
    struct bench *self = *state;
    add(self, 3);
    sync_now(self);
    peer_maildrop_rename(self->drop, 1, "other");
    sync_now(self);
    assert_here(self, 3);
    sync_now(self);
    assert_int_equal(peer_maildrop_retrieved(self->drop), 4); /* once to see that it is the same */
}

static void a_maildrop_that_was_empty_for_a_while_brings_nothing_twice(void **state)
{
    struct bench *self = *state;
    add(self, 3);
    sync_now(self);
    for (int i = 0; i < 3; i++)
        peer_maildrop_take(self->drop, 0);
    sync_now(self);
    assert_here(self, 3);
    self->next = 1;
    add(self, 3);
    sync_now(self);
    assert_here(self, 3);
    assert_int_equal(peer_maildrop_retrieved(self->drop), 3);
}

static void a_name_that_is_used_again_is_a_new_message(void **state)
{
    struct bench *self = *state;
    g_autofree char *text = text_of(7);
    self->account->pop3_delete = ACCOUNT_DELETE_AT_ONCE;
    add(self, 1);
    sync_now(self);
    assert_there(self, "");
    peer_maildrop_add(self->drop, "u1", text);
    sync_now(self);
    assert_here(self, 2);
    assert_there(self, "");
}

/* --- cuts and crashes --- */
static void a_line_that_is_cut_again_and_again_still_brings_everything_once(void **state)
{
    static const size_t cuts[] = { 1500, 2500, 4000 };
    struct bench *self = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(cuts); i++) {
        add(self, 150); /* their listing alone is longer than some cuts */
        peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ .cut_after = cuts[i] });
        for (int tries = 0; tries < 5 && !try_sync(self); tries++)
            continue;
        assert_here(self, self->next - 1);
    }
}

static void mail_fetched_over_a_cut_line_is_deleted_there_too(void **state)
{
    struct bench *self = *state;
    self->account->pop3_delete = ACCOUNT_DELETE_AT_ONCE;
    add(self, 100);
    peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ .cut_after = 6000 });
    for (int tries = 0; tries < 5 && !try_sync(self); tries++)
        continue;
    assert_here(self, 100);
    assert_there(self, "");
}

static void a_message_too_long_for_the_line_holds_up_no_other(void **state)
{
    struct bench *self = *state;
    g_autofree char *start = text_of(1000), *filler = g_strnfill(20000, 'x'), *text = g_strconcat(start, filler, "\n", NULL);
    add(self, 10);
    peer_maildrop_add(self->drop, "long", text);
    add(self, 10);
    peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ .cut_after = 9000 });
    try_sync(self);
    assert_here(self, 20);
    peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ 0 });
    sync_now(self);
    assert_here(self, 21);
}

/* The moment between the file and its row. */
static void a_crash_before_the_rows_brings_nothing_twice(void **state)
{
    struct bench *self = *state;
    add(self, 5);
    sync_now(self);
    assert_true(store_exec(self->db, "DELETE FROM placements; DELETE FROM pop3_mail", NULL));
    sync_now(self);
    assert_here(self, 5);
    assert_int_equal(peer_maildrop_retrieved(self->drop), 5);
    assert_int_equal(number_of(self, "SELECT COUNT(*) FROM pop3_mail WHERE state = 0"), 5);
}

/* --- deleting on the server --- */
static void what_is_here_is_deleted_there_at_once_if_so_wished(void **state)
{
    struct bench *self = *state;
    self->account->pop3_delete = ACCOUNT_DELETE_AT_ONCE;
    add(self, 40);
    sync_now(self);
    assert_here(self, 40);
    assert_there(self, "");
}

static void a_deletion_the_server_did_not_confirm_is_asked_for_again(void **state)
{
    struct bench *self = *state;
    self->account->pop3_delete = ACCOUNT_DELETE_AT_ONCE;
    add(self, 2);
    peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ .refuses_quit = true });
    assert_false(try_sync(self));
    assert_here(self, 2);
    assert_there(self, "u1 u2");
    peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ 0 });
    sync_now(self);
    assert_here(self, 2);
    assert_there(self, "");
    assert_int_equal(peer_maildrop_retrieved(self->drop), 2);
}

static void after_days_counts_the_days(void **state)
{
    struct bench *self = *state;
    self->account->pop3_delete = ACCOUNT_DELETE_AFTER_DAYS;
    self->account->pop3_days = 3;
    add(self, 2);
    sync_now(self);
    assert_there(self, "u1 u2");
    assert_true(store_exec(self->db, "UPDATE pop3_mail SET arrived_utc = arrived_utc - 3 * 86400 WHERE uidl = 'u1'", NULL));
    sync_now(self);
    assert_there(self, "u2");
    assert_here(self, 2);
}

static void never_is_never(void **state)
{
    struct bench *self = *state;
    self->account->pop3_delete = ACCOUNT_DELETE_NEVER;
    add(self, 2);
    sync_now(self);
    const int64_t id = placement_of(self, "n1@example.test");
    assert_true(intent_delete(self->db, &id, 1, true, NULL) > 0);
    sync_now(self);
    assert_there(self, "u1 u2");
    sync_now(self);
    assert_here(self, 1); /* and it does not come back */
}

static void what_goes_to_trash_here_is_deleted_there(void **state)
{
    struct bench *self = *state;
    add(self, 3);
    sync_now(self);
    const int64_t id = placement_of(self, "n2@example.test");
    assert_true(intent_delete(self->db, &id, 1, false, NULL) > 0);
    sync_now(self);
    assert_there(self, "u1 u3");
    assert_here(self, 2);
    assert_int_equal(number_of(self, "SELECT COUNT(*) FROM placements p JOIN folders f ON f.id = p.folder_id WHERE f.role = 6"), 1);
}

static void what_is_deleted_for_good_here_is_deleted_there(void **state)
{
    struct bench *self = *state;
    add(self, 3);
    sync_now(self);
    const int64_t id = placement_of(self, "n2@example.test");
    assert_true(intent_delete(self->db, &id, 1, true, NULL) > 0);
    sync_now(self);
    assert_there(self, "u1 u3");
    sync_now(self);
    assert_here(self, 2);
}

static void what_is_archived_here_stays_there(void **state)
{
    struct bench *self = *state;
    add(self, 1);
    sync_now(self);
    const int64_t id = placement_of(self, "n1@example.test");
    assert_true(intent_archive(self->db, &id, 1, NULL) > 0);
    sync_now(self);
    sync_now(self);
    assert_there(self, "u1");
    assert_here(self, 0);
}

/* Another program, or a disk that is not there: not the person's word. */
static void files_that_vanish_are_not_deleted_there(void **state)
{
    struct bench *self = *state;
    add(self, 3);
    sync_now(self);
    g_autofree char *path = g_build_filename(self->directory, "postern", "mail", "pop", NULL);
    remove_tree(path);
    sync_now(self);
    assert_there(self, "u1 u2 u3");
}

struct second_thoughts {
    struct bench *bench;
    bool is_undone;
};

/* On the server's thread, while the client waits for the answer to DELE's round. */
static void undo_it(void *data)
{
    struct second_thoughts *thoughts = data;
    if (!thoughts->is_undone) {
        g_autoptr(store) db = store_open(thoughts->bench->store_path, STORE_WORKER, NULL);
        g_autofree char *words = NULL;
        thoughts->is_undone = undo_last(db, &words, NULL);
    }
}

static void a_deletion_undone_before_the_visit_is_none(void **state)
{
    struct bench *self = *state;
    struct second_thoughts thoughts = { .bench = self };
    add(self, 2);
    sync_now(self);
    const int64_t id = placement_of(self, "n2@example.test");
    assert_true(intent_delete(self->db, &id, 1, false, NULL) > 0);
    undo_it(&thoughts);
    assert_true(thoughts.is_undone);
    sync_now(self);
    assert_there(self, "u1 u2");
    assert_here(self, 2);
}

static void turn(struct bench *self, bool (*which)(store *db, char **description_out, GError **error))
{
    g_autofree char *words = NULL;
    assert_true(which(self->db, &words, NULL));
}

/* What the server has given up is here all the same: undo brings it back where it was, redo takes it away again, and no visit doubles it. */
static void a_deletion_undone_after_the_visit_brings_it_back_here(void **state)
{
    struct bench *self = *state;
    add(self, 3);
    sync_now(self);
    const int64_t id = placement_of(self, "n2@example.test");
    assert_true(intent_delete(self->db, &id, 1, false, NULL) > 0);
    sync_now(self);
    assert_there(self, "u1 u3");
    turn(self, undo_last);
    sync_now(self);
    assert_here(self, 3);
    turn(self, redo_last);
    sync_now(self);
    assert_here(self, 2);
    turn(self, undo_last);
    sync_now(self);
    sync_now(self);
    assert_here(self, 3);
    assert_there(self, "u1 u3");
    assert_int_equal(peer_maildrop_retrieved(self->drop), 3);
}

static void a_move_undone_before_or_after_the_visit_is_none(void **state)
{
    struct bench *self = *state;
    add(self, 2);
    sync_now(self);
    const int64_t id = placement_of(self, "n1@example.test");
    int64_t archive = number_of(self, "SELECT id FROM folders WHERE role = 4");
    for (int has_visited = 0; has_visited <= 1; has_visited++) {
        assert_true(intent_move(self->db, &id, 1, archive, NULL) > 0);
        if (has_visited)
            sync_now(self);
        turn(self, undo_last);
        sync_now(self);
        assert_here(self, 2);
        assert_there(self, "u1 u2");
    }
    assert_int_equal(peer_maildrop_retrieved(self->drop), 2);
}

static void a_deletion_undone_between_dele_and_quit_is_none(void **state)
{
    struct bench *self = *state;
    struct second_thoughts thoughts = { .bench = self };
    add(self, 2);
    sync_now(self);
    const int64_t id = placement_of(self, "n2@example.test");
    assert_true(intent_delete(self->db, &id, 1, false, NULL) > 0);
    peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ .after_dele = undo_it, .data = &thoughts });
    sync_now(self);
    assert_true(thoughts.is_undone);
    assert_there(self, "u1 u2");
}

/* --- while the program runs --- */
static engine *start_engine(struct bench *self, bool is_online)
{
    g_autoptr(GPtrArray) accounts = g_ptr_array_new();
    g_ptr_array_add(accounts, self->account);
    self->running = engine_new(accounts, self->settings, self->store_path, self->events);
    engine_set_online(self->running, is_online);
    engine_start(self->running);
    return self->running;
}

static void end_engine(struct bench *self)
{
    engine_free(g_steal_pointer(&self->running));
}

static void wait_for_events(struct bench *self, enum event_type type, int state, unsigned count)
{
    struct pollfd ready = { .fd = event_queue_fd(self->events), .events = POLLIN };
    int64_t until = g_get_monotonic_time() + (int64_t)PATIENCE_MS * 1000;
    while (count > 0 && g_get_monotonic_time() < until) {
        struct event *event = event_take(self->events);
        if (event == NULL)
            poll(&ready, 1, 200);
        else if (event->type == type && (state < 0 || event->state == state))
            count--;
        event_free(event);
    }
    assert_int_equal(count, 0);
}

static void wait_until_here(struct bench *self, int64_t wanted)
{
    int64_t until = g_get_monotonic_time() + (int64_t)PATIENCE_MS * 1000;
    int64_t count = -1;
    while (count != wanted && g_get_monotonic_time() < until) {
        g_usleep(10 * 1000);
        count = number_of(self, "SELECT COUNT(*) FROM placements p JOIN folders f ON f.id = p.folder_id WHERE f.role = 1");
    }
    assert_int_equal(count, wanted);
}

static void new_mail_is_told_and_a_key_looks_for_it(void **state)
{
    struct bench *self = *state;
    add(self, 3);
    engine *engine = start_engine(self, true);
    wait_until_here(self, 3);
    wait_for_events(self, EVENT_CONNECTION, CONNECTION_ONLINE, 1);
    add(self, 2);
    engine_sync_now(engine, "pop");
    wait_for_events(self, EVENT_MESSAGE_ARRIVED, -1, 2);
    wait_until_here(self, 5);
    const int64_t id = placement_of(self, "n4@example.test");
    assert_true(intent_delete(self->db, &id, 1, false, NULL) > 0);
    engine_wake(engine);
    wait_until_here(self, 4);
    engine_sync_now(engine, "pop");
    for (int i = 0; i < PATIENCE_MS / 10; i++) {
        g_autofree char *list = peer_maildrop_list(self->drop);
        if (strcmp(list, "u1 u2 u3 u5") == 0)
            break;
        g_usleep(10 * 1000);
    }
    end_engine(self);
    assert_there(self, "u1 u2 u3 u5");
    assert_here(self, 4);
}

static void offline_nothing_is_asked_and_mail_can_be_moved(void **state)
{
    struct bench *self = *state;
    add(self, 2);
    sync_now(self);
    unsigned connections = peer_maildrop_connections(self->drop);
    engine *engine = start_engine(self, false);
    wait_for_events(self, EVENT_CONNECTION, CONNECTION_OFFLINE, 1);
    const int64_t id = placement_of(self, "n1@example.test");
    assert_true(intent_archive(self->db, &id, 1, NULL) > 0);
    engine_wake(engine);
    for (int i = 0; i < 3000 && files_in(self, "new") + files_in(self, "cur") > 1; i++)
        g_usleep(10 * 1000);
    end_engine(self);
    assert_here(self, 1);
    assert_int_equal(peer_maildrop_connections(self->drop), connections);
}

static void a_silent_server_does_not_hold_up_the_end(void **state)
{
    struct bench *self = *state;
    add(self, 5);
    peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ .silent_after = 600 });
    start_engine(self, true);
    for (int i = 0; i < 3000 && peer_maildrop_retrieved(self->drop) == 0; i++)
        g_usleep(10 * 1000);
    int64_t began = g_get_monotonic_time();
    end_engine(self);
    assert_true(g_get_monotonic_time() - began < 10 * G_USEC_PER_SEC);
    peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ 0 });
    sync_now(self);
    assert_here(self, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_message_comes_once_and_stays_on_the_server),
        TEST(a_message_is_in_its_file_as_it_was_sent),
        TEST(the_newest_is_first_in_the_list),
        TEST(servers_without_this_or_that_serve_as_well),
        TEST(messages_with_the_same_name_all_come),
        TEST(a_message_that_is_not_handed_out_holds_up_nothing),
        TEST(a_server_that_shows_its_mail_in_portions_is_asked_again),
        TEST(a_locked_mailbox_is_said_to_be_so),
        TEST(new_names_for_all_bring_nothing_twice),
        TEST(a_new_name_for_one_brings_nothing_twice),
        TEST(a_maildrop_that_was_empty_for_a_while_brings_nothing_twice),
        TEST(a_name_that_is_used_again_is_a_new_message),
        TEST(a_line_that_is_cut_again_and_again_still_brings_everything_once),
        TEST(mail_fetched_over_a_cut_line_is_deleted_there_too),
        TEST(a_message_too_long_for_the_line_holds_up_no_other),
        TEST(a_crash_before_the_rows_brings_nothing_twice),
        TEST(what_is_here_is_deleted_there_at_once_if_so_wished),
        TEST(a_deletion_the_server_did_not_confirm_is_asked_for_again),
        TEST(after_days_counts_the_days),
        TEST(never_is_never),
        TEST(what_goes_to_trash_here_is_deleted_there),
        TEST(what_is_deleted_for_good_here_is_deleted_there),
        TEST(what_is_archived_here_stays_there),
        TEST(files_that_vanish_are_not_deleted_there),
        TEST(a_deletion_undone_before_the_visit_is_none),
        TEST(a_deletion_undone_after_the_visit_brings_it_back_here),
        TEST(a_move_undone_before_or_after_the_visit_is_none),
        TEST(a_deletion_undone_between_dele_and_quit_is_none),
        TEST(new_mail_is_told_and_a_key_looks_for_it),
        TEST(offline_nothing_is_asked_and_mail_can_be_moved),
        TEST(a_silent_server_does_not_hold_up_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
