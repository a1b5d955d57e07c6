/* SPDX-License-Identifier: MIT */
/* Folders for a purpose: found, made where the server puts them, and not made up while nothing is known. */
#include "core/intent.h"
#include "core/store_role.h"
#include "tests/unit/core/store_fixture.h"

static char *name_of(store *db, int64_t folder_id)
{
    g_autoptr(folder) box = store_folder(db, folder_id, NULL);
    assert_non_null(box);
    return g_strdup(box->name);
}

static void the_folder_that_is_there_is_taken(void **state)
{
    struct fixture *self = *state;
    assert_int_equal(store_role_folder(self->db, self->account, FOLDER_ARCHIVE, NULL), self->archive);
}

static void a_missing_folder_is_made_where_the_server_puts_them(void **state)
{
    struct fixture *self = *state;
    assert_true(store_role_set_home(self->db, self->account, "INBOX.", '.', NULL));
    int64_t drafts = store_role_folder(self->db, self->account, FOLDER_DRAFTS, NULL);
    g_autofree char *name = name_of(self->db, drafts);
    assert_string_equal(name, "INBOX.Drafts");
    assert_int_equal(store_role_folder(self->db, self->account, FOLDER_DRAFTS, NULL), drafts);
}

static void nothing_is_made_up_while_the_folders_are_not_known(void **state)
{
    struct fixture *self = *state;
    GError *error = NULL;
    assert_false(store_role_knows_home(self->db, self->account));
    assert_int_equal(store_role_folder(self->db, self->account, FOLDER_DRAFTS, &error), 0);
    assert_non_null(strstr(error->message, "not known yet"));
    g_clear_error(&error);
}

static void a_message_is_archived_into_a_folder_that_was_not_there(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(store_folder_remove(self->db, self->archive, NULL));
    assert_int_equal(intent_archive(self->db, &id, 1, NULL), 0);
    assert_true(store_role_set_home(self->db, self->account, "", '\0', NULL));
    assert_true(intent_archive(self->db, &id, 1, NULL) > 0);
    g_autoptr(GPtrArray) rows = intent_pending(self->db, self->account, 10, NULL);
    assert_int_equal(rows->len, 1);
    const struct intent *wish = rows->pdata[0];
    g_autofree char *name = name_of(self->db, wish->target_folder_id);
    assert_string_equal(name, "Archive");
    fixture_recount(self->db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_folder_that_is_there_is_taken, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_missing_folder_is_made_where_the_server_puts_them, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(nothing_is_made_up_while_the_folders_are_not_known, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_message_is_archived_into_a_folder_that_was_not_there, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
