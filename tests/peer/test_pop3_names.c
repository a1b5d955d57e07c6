/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Which message is which, where servers name them badly or not at all: nothing comes twice, nothing is taken for another and lost. */
#include "tests/peer/pop3_bench.h"

/* All have the same header, with nothing in it that tells them apart. */
static void add_alike(struct bench *self, const char *words)
{
    g_autofree char *text = g_strdup_printf("From: cron@example.test\nTo: alice@example.test\nSubject: report\n\n%s\n", words),
                    *uidl = g_strdup_printf("u%u", self->next++);
    peer_maildrop_add(self->drop, uidl, text);
}

static unsigned count_with(struct bench *self, const char *words)
{
    static const char *const parts[] = { "new", "cur" };
    unsigned count = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *directory = g_build_filename(self->directory, INBOX, parts[i], NULL);
        g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
        const char *name;
        while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
            g_autofree char *path = g_build_filename(directory, name, NULL), *text = NULL;
            assert_true(g_file_get_contents(path, &text, NULL, NULL));
            count += strstr(text, words) != NULL;
        }
    }
    return count;
}

/* Another program takes the first, and one more with the same header comes: it stands where a known one stood. */
static void mail_that_differs_only_in_its_words_all_comes(void **state)
{
    static const struct peer_maildrop_faults all[] = {
        { 0 },
        { .has_no_uidl = true },
        { .has_no_uidl = true, .has_no_top = true },
        { .has_no_uidl = true, .has_no_capa = true },
    };
    struct bench *self = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        g_autofree char *one = g_strdup_printf("one of %zu", i), *two = g_strdup_printf("two of %zu", i),
                        *three = g_strdup_printf("three of %zu", i);
        peer_maildrop_set(self->drop, &all[i]);
        add_alike(self, one);
        add_alike(self, two);
        sync_now(self);
        peer_maildrop_take(self->drop, 0);
        add_alike(self, three);
        sync_now(self);
        sync_now(self);
        assert_int_equal(count_with(self, one), 1);
        assert_int_equal(count_with(self, two), 1);
        assert_int_equal(count_with(self, three), 1);
        assert_int_equal(files_in(self, "new") + files_in(self, "cur"), 3 * (i + 1));
        peer_maildrop_take(self->drop, 0);
        peer_maildrop_take(self->drop, 0);
    }
}

/* Deleted there by us, and the next one has the same header. */
static void mail_like_one_that_was_deleted_comes(void **state)
{
    static const struct peer_maildrop_faults all[] = {
        { 0 }, { .has_no_uidl = true }, { .has_no_uidl = true, .has_no_top = true }, { .has_numbers_for_names = true }
    };
    struct bench *self = *state;
    self->account->pop3_delete = ACCOUNT_DELETE_AT_ONCE;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        g_autofree char *one = g_strdup_printf("one of %zu", i), *two = g_strdup_printf("two of %zu", i);
        peer_maildrop_set(self->drop, &all[i]);
        add_alike(self, one);
        sync_now(self);
        add_alike(self, two);
        sync_now(self);
        assert_int_equal(count_with(self, one), 1);
        assert_int_equal(count_with(self, two), 1);
        assert_there(self, "");
    }
}

/* The same message three times is three messages, at any server, and stays so. */
static void copies_are_counted(void **state)
{
    static const struct peer_maildrop_faults all[] = { { 0 }, { .has_no_uidl = true }, { .has_no_uidl = true, .has_no_top = true } };
    struct bench *self = *state;
    g_autofree char *text = text_of(1);
    unsigned count = 0;
    for (int i = 0; i < 3; i++) {
        g_autofree char *uidl = g_strdup_printf("copy%d", i);
        peer_maildrop_add(self->drop, uidl, text);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        peer_maildrop_set(self->drop, &all[i]);
        sync_now(self);
        sync_now(self);
        count = files_in(self, "new") + files_in(self, "cur");
        assert_int_equal(count, 3);
    }
}

/* UIDL is the place in the list: after a deletion by another program all names mean other messages. */
static void places_for_names_lose_nothing(void **state)
{
    struct bench *self = *state;
    peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ .has_numbers_for_names = true });
    add(self, 5);
    sync_now(self);
    assert_here(self, 5);
    peer_maildrop_take(self->drop, 1);
    add(self, 1);
    sync_now(self);
    assert_here(self, 6);
    peer_maildrop_take(self->drop, 0);
    add(self, 3);
    sync_now(self);
    sync_now(self);
    assert_here(self, 9);
}

static void names_beyond_all_rules_are_names(void **state)
{
    static const char *const names[] = {
        "with blank", "\"quoted\"", "\303\244\303\266", "%s%n", "a\tb", "'; DROP TABLE pop3_mail; --", "*", ""
    };
    struct bench *self = *state;
    g_autofree char *long_name = g_strnfill(400, 'n'), *longer = g_strnfill(3000, 'n');
    for (size_t i = 0; i < G_N_ELEMENTS(names) + 2; i++) {
        g_autofree char *text = text_of(self->next++);
        peer_maildrop_add(self->drop, i < G_N_ELEMENTS(names) ? names[i] : i == G_N_ELEMENTS(names) ? long_name : longer, text);
    }
    sync_now(self);
    sync_now(self);
    assert_here(self, G_N_ELEMENTS(names) + 2);
    self->account->pop3_delete = ACCOUNT_DELETE_AT_ONCE;
    sync_now(self);
    sync_now(self);
    assert_here(self, G_N_ELEMENTS(names) + 2);
}

static void a_wrong_count_hides_nothing(void **state)
{
    static const unsigned counts[] = { 0, 1, 3, 70, 4000000 };
    struct bench *self = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        for (int has_no_uidl = 0; has_no_uidl < 2; has_no_uidl++) {
            add(self, 5);
            peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){
                                              .has_wrong_count = true, .told_count = counts[i], .has_no_uidl = has_no_uidl != 0 });
            sync_now(self);
            sync_now(self);
            assert_here(self, self->next - 1);
        }
    }
}

/* The same person, set up twice, each deleting by the same rule. */
static void two_accounts_on_one_maildrop_both_get_everything_that_is_there(void **state)
{
    struct bench *self = *state;
    add(self, 6);
    sync_now(self);
    assert_here(self, 6);
    g_autofree char *id = g_strdup(self->account->id);
    g_free(self->account->id);
    self->account->id = g_strdup("second");
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) accounts = g_ptr_array_new();
    g_ptr_array_add(accounts, self->account);
    engine *engine = engine_new(accounts, self->settings, self->store_path, self->events);
    assert_true(engine_sync_once(engine, "second", &error));
    engine_free(engine);
    g_autofree char *path = g_build_filename(self->directory, "postern/mail/second/Inbox/new", NULL);
    g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);
    unsigned count = 0;
    while (g_dir_read_name(entries) != NULL)
        count++;
    assert_int_equal(count, 6);
    g_free(self->account->id);
    self->account->id = g_steal_pointer(&id);
    self->account->pop3_delete = ACCOUNT_DELETE_AT_ONCE;
    sync_now(self);
    assert_there(self, "");
    assert_int_equal(files_in(self, "new") + files_in(self, "cur"), 6);
}

/* It says PIPELINING and answers only the first of what comes in one piece: silence, and from then on one at a time. */
static void a_server_that_loses_requests_is_asked_one_by_one(void **state)
{
    struct bench *self = *state;
    self->settings->io_timeout_s = 1;
    add(self, 30);
    peer_maildrop_set(self->drop, &(struct peer_maildrop_faults){ .loses_what_is_ahead = true });
    sync_now(self);
    assert_here(self, 30);
    assert_true(peer_maildrop_connections(self->drop) <= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(mail_that_differs_only_in_its_words_all_comes),
        TEST(mail_like_one_that_was_deleted_comes),
        TEST(copies_are_counted),
        TEST(places_for_names_lose_nothing),
        TEST(names_beyond_all_rules_are_names),
        TEST(a_wrong_count_hides_nothing),
        TEST(a_server_that_loses_requests_is_asked_one_by_one),
        TEST(two_accounts_on_one_maildrop_both_get_everything_that_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
