/* SPDX-License-Identifier: MIT */
/* What a person wants of folders: where new ones go, what is subscribed, which one is for what. */
#include "config/account_file.h"
#include "core/intent.h"
#include "core/store_role.h"
#include "core/undo.h"
#include "tests/unit/core/store_fixture.h"
#include <stdint.h>
#include <string.h>

static char *made(struct fixture *self, const char *name)
{
    g_autoptr(GError) error = NULL;
    int64_t id = intent_folder_create(self->db, self->account, name, &error);
    g_autoptr(folder) box = id != 0 ? store_folder(self->db, id, NULL) : NULL;
    return box != NULL ? g_strdup(box->name) : g_strdup_printf("! %s", error->message);
}

static void assert_made(struct fixture *self, const char *name, const char *wanted)
{
    g_autofree char *whole = made(self, name);
    if (strstr(whole, wanted) == NULL)
        fail_msg("%s: %s, not %s", name, whole, wanted);
}

static void new_folders_go_where_the_account_keeps_its_own(void **state)
{
    struct fixture *self = *state;
    const struct folder shared = {
        .account_id = self->account, .name = (char *)"shared.bob", .wire = (char *)"shared.bob", .delimiter = '.'
    };
    assert_true(store_role_set_home(self->db, self->account, "INBOX.", '.', NULL));
    assert_int_not_equal(store_folder_put(self->db, &shared, NULL), 0);
    assert_made(self, "Work", "INBOX.Work");
    assert_made(self, "Work/2026", "INBOX.Work.2026"); /* people write "/" */
    assert_made(self, "INBOX.Home", "INBOX.Home");
    assert_made(self, "shared.bob.new", "shared.bob.new");
    assert_made(self, "a\nb", "! ");
    assert_made(self, ".a", "! ");
    assert_made(self, "a..b", "! ");
    assert_made(self, "say \"hi\"", "INBOX.say \"hi\"");
}

static void below_a_folder_that_can_have_none_none_is_made(void **state)
{
    struct fixture *self = *state;
    g_autoptr(folder) box = store_folder(self->db, self->archive, NULL);
    box->flags |= FOLDER_IS_CHILDLESS;
    assert_int_not_equal(store_folder_put(self->db, box, NULL), 0);
    assert_made(self, "Archive/2026", "! “Archive” is a folder that can have none below it.");
}

static bool is_subscribed(struct fixture *self)
{
    g_autoptr(folder) box = store_folder(self->db, self->archive, NULL);
    return (box->flags & FOLDER_IS_SUBSCRIBED) != 0;
}

static void a_subscription_is_sent_once_or_not_at_all(void **state)
{
    struct fixture *self = *state;
    assert_true(intent_folder_subscribe(self->db, self->archive, true, NULL));
    assert_true(is_subscribed(self));
    assert_int_equal(intent_count(self->db, 0), 1);
    assert_true(intent_folder_subscribe(self->db, self->archive, false, NULL)); /* the first was not sent: nothing is left to say */
    assert_int_equal(intent_count(self->db, 0), 0);
    assert_true(intent_folder_subscribe(self->db, self->archive, true, NULL));
    g_autoptr(GPtrArray) pending = intent_pending(self->db, self->account, 10, NULL);
    assert_int_equal(pending->len, 1);
    assert_true(intent_rolled_back(self->db, ((const struct intent *)g_ptr_array_index(pending, 0))->id, "no", NULL, NULL));
    assert_false(is_subscribed(self));
}

static void an_older_list_of_the_server_does_not_outbid_the_person(void **state)
{
    struct fixture *self = *state;
    g_autoptr(folder) listed = store_folder(self->db, self->archive, NULL);
    g_autofree char *words = NULL;
    listed->flags |= FOLDER_IS_SUBSCRIBED;
    assert_int_equal(store_folder_put(self->db, listed, NULL), self->archive);
    assert_true(intent_folder_subscribe(self->db, self->archive, false, NULL));
    g_autoptr(GPtrArray) pending = intent_pending(self->db, self->account, 10, NULL);
    int64_t id = ((const struct intent *)g_ptr_array_index(pending, 0))->id;
    assert_true(intent_set_in_flight(self->db, &id, 1, NULL));
    assert_int_equal(store_folder_put(self->db, listed, NULL), self->archive); /* the other connection's LIST, asked before */
    assert_false(is_subscribed(self));
    assert_true(undo_last(self->db, &words, NULL));
    assert_int_equal(intent_count(self->db, 0), 2); /* so undo says it to the server again */
    assert_true(is_subscribed(self));
}

static void a_purpose_is_had_by_one_folder(void **state)
{
    struct fixture *self = *state;
    int64_t plans = fixture_folder(self->db, self->account, "Plans", FOLDER_NONE);
    assert_true(store_role_use(self->db, plans, FOLDER_ARCHIVE, NULL));
    g_autoptr(folder) now = store_folder_by_role(self->db, self->account, FOLDER_ARCHIVE, NULL),
                      old = store_folder(self->db, self->archive, NULL);
    assert_int_equal(now->id, plans);
    assert_int_equal(old->role, FOLDER_NONE);
    g_autoptr(account) settings = account_new("work");
    settings->folders[ACCOUNT_FOLDER_ARCHIVE] = g_strdup("Plans");
    assert_int_equal(store_role_configured(settings, "Plans"), FOLDER_ARCHIVE);
    assert_int_equal(store_role_configured(settings, "Archive"), FOLDER_NONE);
}

static void an_account_is_called_by_its_id_its_name_or_an_address(void **state)
{
    struct fixture *self = *state;
    static const struct {
        const char *words;
        guint count;
    } cases[] = { { "work", 1 }, { "My Office", 1 }, { "my office", 1 }, { "al@example.test", 1 },
                  { "my o", 1 }, { "wo", 1 },        { "office", 0 },    { "", 0 } };
    assert_true(store_account_set_name(self->db, self->account, "My Office", NULL));
    assert_true(store_account_set_addresses(self->db, self->account, (const char *const[]){ "Al@example.test", NULL }, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GArray) found = store_accounts_like(self->db, cases[i].words);
        if (found->len != cases[i].count)
            fail_msg("%s: %u", cases[i].words, found->len);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_folders_go_where_the_account_keeps_its_own),
        TEST(below_a_folder_that_can_have_none_none_is_made),
        TEST(a_subscription_is_sent_once_or_not_at_all),
        TEST(an_older_list_of_the_server_does_not_outbid_the_person),
        TEST(a_purpose_is_had_by_one_folder),
        TEST(an_account_is_called_by_its_id_its_name_or_an_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
