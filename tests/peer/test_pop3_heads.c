/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* A limit on the size: of larger messages the head comes, the rest when it is wanted, and the server keeps them until all of it is here. */
#include "core/message.h"
#include "core/pop3_mail.h"
#include "tests/peer/pop3_bench.h"

#define LARGE_BYTES 20000

static char *large_text(unsigned number)
{
    g_autofree char *start = text_of(number), *filler = g_strnfill(LARGE_BYTES, 'x');
    return g_strconcat(start, filler, "\n", NULL);
}

/* u1 and u3 are small, u2 is large. */
static void add_three(struct bench *self)
{
    g_autofree char *large = large_text(2);
    add(self, 1);
    peer_maildrop_add(self->drop, "u2", large);
    self->next++;
    add(self, 1);
    self->account->pop3_max_size = 4000;
}

static char *file_with(struct bench *self, const char *message_id)
{
    g_autoptr(placement) where = store_placement(self->db, placement_of(self, message_id), NULL);
    g_autofree char *root = g_build_filename(self->directory, "postern/mail/pop", where->folder_name, NULL);
    return blob_maildir_find(root, where->file);
}

static void assert_text(struct bench *self, const char *message_id, const char *wanted)
{
    g_autofree char *path = file_with(self, message_id), *text = NULL;
    assert_non_null(path);
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_string_equal(text, wanted);
}

static bool is_head(struct bench *self, const char *message_id)
{
    g_autofree char *path = file_with(self, message_id);
    g_autoptr(message) letter = message_load(path, NULL);
    struct message_info info;
    g_autoptr(placement) row = store_placement(self->db, placement_of(self, message_id), NULL);
    message_info(letter, &info);
    assert_int_equal(info.part_flags & MESSAGE_IS_HEAD, row->part_flags & MESSAGE_IS_HEAD); /* the list and the file agree */
    assert_true(message_is_whole(letter) == ((info.part_flags & MESSAGE_IS_HEAD) == 0));
    return (info.part_flags & MESSAGE_IS_HEAD) != 0;
}

static void want_rest(struct bench *self, const char *message_id)
{
    g_autoptr(placement) row = store_placement(self->db, placement_of(self, message_id), NULL);
    bool is_head = false;
    assert_true(pop3_mail_want(self->db, row->account_id, row->file, &is_head, NULL));
    assert_true(is_head);
}

static void of_a_large_message_only_the_head_comes(void **state)
{
    struct bench *self = *state;
    add_three(self);
    sync_now(self);
    sync_now(self);
    assert_here(self, 3);
    assert_int_equal(peer_maildrop_retrieved(self->drop), 2);
    assert_true(is_head(self, "n2@example.test"));
    assert_false(is_head(self, "n1@example.test"));
    g_autofree char *large = large_text(2);
    assert_int_equal(number_of(self, "SELECT size_bytes FROM messages WHERE message_id = 'n2@example.test'"), strlen(large));
}

static void the_reader_says_what_is_missing(void **state)
{
    struct bench *self = *state;
    add_three(self);
    sync_now(self);
    g_autofree char *path = file_with(self, "n2@example.test");
    g_autoptr(message) letter = message_load(path, NULL);
    g_autoptr(text) text = message_text(letter, MESSAGE_VIEW_BEST);
    g_autofree char *words = text_shown(text);
    assert_non_null(strstr(words, "Only the head"));
    assert_string_equal(message_header(letter, "Subject"), "Number 2");
}

static void the_rest_takes_the_place_of_the_head(void **state)
{
    struct bench *self = *state;
    add_three(self);
    sync_now(self);
    int64_t row = placement_of(self, "n2@example.test");
    want_rest(self, "n2@example.test");
    sync_now(self);
    sync_now(self);
    g_autofree char *large = large_text(2);
    assert_here(self, 3);
    assert_int_equal(placement_of(self, "n2@example.test"), row);
    assert_text(self, "n2@example.test", large);
    assert_false(is_head(self, "n2@example.test"));
    assert_int_equal(peer_maildrop_retrieved(self->drop), 3);
}

static void the_rest_follows_the_head_into_its_folder(void **state)
{
    struct bench *self = *state;
    add_three(self);
    sync_now(self);
    const int64_t id = placement_of(self, "n2@example.test");
    assert_true(intent_archive(self->db, &id, 1, NULL) > 0);
    sync_now(self);
    want_rest(self, "n2@example.test");
    sync_now(self);
    g_autofree char *large = large_text(2);
    assert_here(self, 2);
    assert_text(self, "n2@example.test", large);
    assert_false(is_head(self, "n2@example.test"));
}

/* The server has the only whole one. */
static void a_head_is_never_deleted_there(void **state)
{
    static const enum account_delete rules[] = { ACCOUNT_DELETE_AT_ONCE, ACCOUNT_DELETE_AFTER_DAYS, ACCOUNT_DELETE_WHEN_DELETED };
    struct bench *self = *state;
    add_three(self);
    sync_now(self);
    assert_true(store_exec(self->db, "UPDATE pop3_mail SET arrived_utc = 1", NULL));
    const int64_t id = placement_of(self, "n2@example.test");
    assert_true(intent_delete(self->db, &id, 1, false, NULL) > 0);
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        self->account->pop3_delete = rules[i];
        sync_now(self);
    }
    assert_there(self, "u2");
}

static void a_head_that_is_deleted_for_good_goes_there_too(void **state)
{
    struct bench *self = *state;
    add_three(self);
    sync_now(self);
    const int64_t id = placement_of(self, "n2@example.test");
    assert_true(intent_delete(self->db, &id, 1, true, NULL) > 0);
    sync_now(self);
    assert_there(self, "u1 u3");
}

static void with_the_rest_here_the_rule_applies(void **state)
{
    struct bench *self = *state;
    self->account->pop3_delete = ACCOUNT_DELETE_AT_ONCE;
    add_three(self);
    sync_now(self);
    assert_there(self, "u2");
    want_rest(self, "n2@example.test");
    sync_now(self);
    assert_there(self, "");
    assert_here(self, 3);
}

static void a_higher_limit_brings_the_rest(void **state)
{
    struct bench *self = *state;
    add_three(self);
    sync_now(self);
    self->account->pop3_max_size = 1000 * 1000;
    sync_now(self);
    g_autofree char *large = large_text(2);
    assert_text(self, "n2@example.test", large);
    assert_here(self, 3);
}

static void no_limit_brings_the_rest(void **state)
{
    struct bench *self = *state;
    add_three(self);
    sync_now(self);
    self->account->pop3_max_size = 0;
    sync_now(self);
    g_autofree char *large = large_text(2);
    assert_text(self, "n2@example.test", large);
    assert_here(self, 3);
}

/* A file and no row: it must not be taken for a whole message, or the rule would delete the only one. */
static void a_crash_after_a_head_does_not_make_it_whole(void **state)
{
    struct bench *self = *state;
    add_three(self);
    sync_now(self);
    self->account->pop3_delete = ACCOUNT_DELETE_AT_ONCE;
    assert_true(store_exec(self->db, "DELETE FROM pop3_mail", NULL));
    sync_now(self);
    assert_there(self, "u2");
    assert_here(self, 3);
    want_rest(self, "n2@example.test");
    sync_now(self);
    assert_there(self, "");
    assert_false(is_head(self, "n2@example.test"));
}

/* The same between the exchange of the files and the row. */
static void a_crash_after_the_rest_came_brings_nothing_twice(void **state)
{
    struct bench *self = *state;
    add_three(self);
    sync_now(self);
    want_rest(self, "n2@example.test");
    sync_now(self);
    assert_true(store_exec(self->db, "UPDATE pop3_mail SET state = 4 WHERE uidl = 'u2'", NULL));
    sync_now(self);
    g_autofree char *large = large_text(2);
    assert_here(self, 3);
    assert_text(self, "n2@example.test", large);
    assert_int_equal(number_of(self, "SELECT state FROM pop3_mail WHERE uidl = 'u2'"), 0);
}

static void a_line_that_is_cut_again_and_again_brings_heads_and_all(void **state)
{
    struct bench *self = *state;
    for (unsigned i = 0; i < 60; i++) {
        g_autofree char *large = large_text(self->next), *uidl = g_strdup_printf("u%u", self->next);
        if (i % 2 == 0)
            peer_maildrop_add(self->drop, uidl, large), self->next++;
        else
            add(self, 1);
    }
    self->account->pop3_max_size = 4000;
    self->account->pop3_delete = ACCOUNT_DELETE_AT_ONCE;
    peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ .cut_after = 3000 });
    for (int tries = 0; tries < 5 && !try_sync(self); tries++)
        continue;
    assert_here(self, 60);
    assert_int_equal(number_of(self, "SELECT COUNT(*) FROM pop3_mail WHERE state = 3"), 30);
    assert_int_equal(number_of(self, "SELECT COUNT(*) FROM messages WHERE part_flags & 32"), 30);
}

static void servers_without_top_or_sizes_give_all_of_it(void **state)
{
    static const struct peer_maildrop_faults all[] = {
        { .has_no_top = true },  { .has_no_top = true, .has_no_capa = true },
        { .has_no_list = true }, { .has_no_top = true, .has_no_uidl = true },
        { .told_size = 1 },
    };
    struct bench *self = *state;
    self->account->pop3_max_size = 4000;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        g_autofree char *large = large_text(self->next), *uidl = g_strdup_printf("u%u", self->next),
                        *id = g_strdup_printf("n%u@example.test", self->next);
        peer_maildrop_set(self->drop, &all[i]);
        peer_maildrop_add(self->drop, uidl, large);
        self->next++;
        sync_now(self);
        assert_here(self, self->next - 1);
        assert_false(is_head(self, id));
    }
}

static void servers_that_do_not_say_what_they_can_give_heads_too(void **state)
{
    struct bench *self = *state;
    peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ .has_no_capa = true });
    add_three(self);
    sync_now(self);
    assert_true(is_head(self, "n2@example.test"));
    assert_here(self, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(of_a_large_message_only_the_head_comes),
        TEST(the_reader_says_what_is_missing),
        TEST(the_rest_takes_the_place_of_the_head),
        TEST(the_rest_follows_the_head_into_its_folder),
        TEST(a_head_is_never_deleted_there),
        TEST(a_head_that_is_deleted_for_good_goes_there_too),
        TEST(with_the_rest_here_the_rule_applies),
        TEST(a_higher_limit_brings_the_rest),
        TEST(no_limit_brings_the_rest),
        TEST(a_crash_after_a_head_does_not_make_it_whole),
        TEST(a_crash_after_the_rest_came_brings_nothing_twice),
        TEST(a_line_that_is_cut_again_and_again_brings_heads_and_all),
        TEST(servers_without_top_or_sizes_give_all_of_it),
        TEST(servers_that_do_not_say_what_they_can_give_heads_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
