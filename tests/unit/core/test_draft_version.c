/* SPDX-License-Identifier: MIT */
/* Versions of a draft: the new one first, then the old one goes; and never a loss. */
#include "core/draft_version.h"
#include "core/intent.h"
#include "core/intent_list.h"
#include "store_fixture.h"
#include <string.h>

static int64_t drafts_folder;

static int setup(void **state)
{
    fixture_setup(state);
    struct fixture *self = *state;
    drafts_folder = fixture_folder(self->db, self->account, "Drafts", FOLDER_DRAFTS);
    return 0;
}

static bool put(struct fixture *self, const char *id, const char *text, int64_t *placement)
{
    bool is_conflict = false;
    g_autoptr(GError) why = NULL;
    g_autofree char *bytes = g_strdup_printf("From: a@x.test\nMessage-ID: <%s@x.test>\nSubject: Lunch\n\n%s\n", id, text);
    if (!draft_version_put(self->db, "work", bytes, strlen(bytes), placement, &is_conflict, &why))
        fail_msg("%s", why->message);
    return is_conflict;
}

static GPtrArray *due(struct fixture *self)
{
    GPtrArray *rows = intent_pending(self->db, self->account, 100, NULL);
    assert_non_null(rows);
    return rows;
}

/* The first due row, done by a server that gives it that number. */
static enum intent_type serve(struct fixture *self, uint32_t uid)
{
    g_autoptr(GPtrArray) rows = due(self);
    assert_true(rows->len > 0);
    const struct intent *wish = g_ptr_array_index(rows, 0);
    assert_true(intent_set_in_flight(self->db, &wish->id, 1, NULL));
    if (wish->type == INTENT_APPEND)
        assert_true(store_placement_set_uid(self->db, wish->placement_id, drafts_folder, uid, NULL));
    assert_true(intent_settled(self->db, wish->id, NULL));
    return wish->type;
}

static int64_t count_in_drafts(struct fixture *self)
{
    int64_t count = 0;
    assert_true(store_number(self->db, &count, NULL, "SELECT total FROM folders WHERE id = ?", NUM(drafts_folder)));
    return count;
}

static void versions_before_the_first_is_sent_are_one(void **state)
{
    struct fixture *self = *state;
    int64_t placement = 0;
    put(self, "v1", "one", &placement);
    int64_t first = placement;
    put(self, "v2", "two", &placement);
    put(self, "v3", "three", &placement);
    assert_true(placement != first);
    assert_int_equal(count_in_drafts(self), 1);
    assert_int_equal(intent_count(self->db, 0), 1);
    g_autofree char *path = intent_append_path(self->db, placement), *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_non_null(strstr(text, "three"));
    assert_int_equal(draft_version_find(self->db, "work", "v3@x.test"), placement);
    assert_int_equal(draft_version_find(self->db, "work", "v1@x.test"), 0);
    fixture_recount(self->db);
}

static void the_old_version_goes_only_when_the_new_one_is_there(void **state)
{
    struct fixture *self = *state;
    int64_t placement = 0;
    put(self, "v1", "one", &placement);
    assert_int_equal(serve(self, 11), INTENT_APPEND);
    put(self, "v2", "two", &placement);
    put(self, "v3", "three", &placement); /* not sent: v2 is never seen by the server */
    assert_int_equal(count_in_drafts(self), 1);
    g_autoptr(GPtrArray) rows = due(self);
    assert_int_equal(rows->len, 1); /* the deletion is held back */
    const struct intent *append = g_ptr_array_index(rows, 0);
    assert_int_equal(append->type, INTENT_APPEND);
    assert_int_equal(serve(self, 12), INTENT_APPEND);
    g_autoptr(GPtrArray) then = due(self);
    assert_int_equal(then->len, 1);
    const struct intent *removal = g_ptr_array_index(then, 0);
    assert_int_equal(removal->type, INTENT_DELETE);
    assert_int_equal(removal->uid, 11);
    assert_int_equal(serve(self, 0), INTENT_DELETE);
    assert_int_equal(intent_count(self->db, 0), 0);
    assert_int_equal(count_in_drafts(self), 1);
    fixture_recount(self->db);
}

static void a_version_the_server_refuses_leaves_the_old_one_there(void **state)
{
    struct fixture *self = *state;
    int64_t placement = 0;
    put(self, "v1", "one", &placement);
    serve(self, 11);
    int64_t first = placement;
    put(self, "v2", "two", &placement);
    g_autoptr(GPtrArray) rows = due(self);
    const struct intent *append = g_ptr_array_index(rows, 0);
    g_autofree char *path = g_strdup(append->path);
    assert_true(intent_set_in_flight(self->db, &append->id, 1, NULL));
    assert_true(intent_rolled_back(self->db, append->id, "[OVERQUOTA] full", NULL, NULL));
    g_autoptr(GPtrArray) none = due(self);
    assert_int_equal(none->len, 0);
    assert_true(g_file_test(path, G_FILE_TEST_EXISTS)); /* nowhere else */
    g_autoptr(GPtrArray) lines = intent_lines(self->db, 10, NULL);
    const struct intent_line *line = g_ptr_array_index(lines, 0);
    assert_int_equal(line->state, INTENT_FAILED);
    assert_true(line->is_only_here);
    assert_string_equal(line->error, "[OVERQUOTA] full");
    assert_true(intent_discard(self->db, line->id, NULL)); /* the person lets it go: the old one is in Drafts again */
    struct placement_row row;
    assert_true(store_placement_row(self->db, first, &row, NULL));
    assert_int_equal(row.folder_id, drafts_folder);
    assert_int_equal(row.uid, 11);
    assert_int_equal(count_in_drafts(self), 1);
    fixture_recount(self->db);
}

static void another_programs_edit_stands_beside_ours(void **state)
{
    struct fixture *self = *state;
    int64_t placement = 0;
    put(self, "v1", "one", &placement);
    serve(self, 11);
    fixture_put(self->db, drafts_folder, 12, "theirs@x.test", NULL, 1000);
    assert_true(store_placement_drop(self->db, placement, NULL)); /* they deleted ours */
    assert_true(put(self, "v2", "two", &placement));
    assert_int_equal(count_in_drafts(self), 2);
    assert_false(put(self, "v3", "three", &placement));
    assert_int_equal(count_in_drafts(self), 2);
}

static void a_sent_draft_leaves_nothing_behind(void **state)
{
    struct fixture *self = *state;
    int64_t placement = 0;
    put(self, "v1", "one", &placement);
    g_autofree char *path = intent_append_path(self->db, placement);
    assert_true(draft_version_remove(self->db, placement, NULL)); /* before it was sent to the server */
    assert_int_equal(intent_count(self->db, 0), 0);
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    placement = 0;
    put(self, "v2", "two", &placement);
    serve(self, 11);
    put(self, "v3", "three", &placement);
    assert_true(draft_version_remove(self->db, placement, NULL)); /* what v3 was to replace goes as well */
    assert_int_equal(count_in_drafts(self), 0);
    assert_int_equal(serve(self, 0), INTENT_DELETE);
    assert_int_equal(intent_count(self->db, 0), 0);
    assert_true(draft_version_remove(self->db, placement, NULL));
    fixture_recount(self->db);
}

static void a_draft_sent_while_its_version_is_under_way_waits_for_it(void **state)
{
    struct fixture *self = *state;
    int64_t placement = 0;
    put(self, "v1", "one", &placement);
    g_autoptr(GPtrArray) rows = due(self);
    const struct intent *append = g_ptr_array_index(rows, 0);
    assert_true(intent_set_in_flight(self->db, &append->id, 1, NULL));
    assert_true(draft_version_remove(self->db, placement, NULL));
    g_autoptr(GPtrArray) none = due(self);
    assert_int_equal(none->len, 0);
    assert_true(intent_settled(self->db, append->id, NULL));
    assert_int_equal(serve(self, 0), INTENT_DELETE);
    assert_int_equal(count_in_drafts(self), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(versions_before_the_first_is_sent_are_one),
        TEST(the_old_version_goes_only_when_the_new_one_is_there),
        TEST(a_version_the_server_refuses_leaves_the_old_one_there),
        TEST(another_programs_edit_stands_beside_ours),
        TEST(a_sent_draft_leaves_nothing_behind),
        TEST(a_draft_sent_while_its_version_is_under_way_waits_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
