/* SPDX-License-Identifier: MIT */
/* [sync] in account files: what may be said, and what follows for a folder. */
#include "config/account_file.h"
#include "config/parse_private.h"
#include "fixture.h"

#define FILE_WITH(sync) "[account]\nfrom = a@b.test\n[incoming]\nhost = h\nuser = a\n[outgoing]\nhost = o\n" sync
#define NOW             INT64_C(1800000000)
#define DAY             INT64_C(86400)

static struct account *parse(const char *text, GError **error)
{
    return account_file_from_data("/nowhere/work.conf", text, strlen(text), error);
}

static struct account_sync_policy policy(const char *text, const char *folder, bool is_near)
{
    GError *error = NULL;
    g_autoptr(account) self = parse(text, &error);
    assert_null(error);
    g_autoptr(account) copy = account_copy(self);
    return account_sync_policy_of(copy->sync, folder, is_near, NOW);
}

static void who_says_nothing_has_the_newest_texts_of_near_folders(void **state)
{
    (void)state;
    struct account_sync_policy near = policy(FILE_WITH(""), "INBOX", true), far = policy(FILE_WITH(""), "Lists/linux", false);
    assert_int_equal(near.bodies, ACCOUNT_BODIES_TEXT);
    assert_int_equal(near.since_utc, NOW - 30 * DAY);
    assert_int_equal(near.newest, 500);
    assert_int_equal(far.bodies, ACCOUNT_BODIES_HEADERS);
}

static void who_says_everything_means_it(void **state)
{
    (void)state;
    struct account_sync_policy all = policy(FILE_WITH("[sync]\nbodies = everything\n"), "Lists/linux", false);
    assert_int_equal(all.bodies, ACCOUNT_BODIES_EVERYTHING);
    assert_int_equal(all.since_utc, 0);
    assert_true(all.newest == UINT64_MAX && all.max_size == UINT64_MAX);
}

static void times_are_dates_ages_or_always(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t since_utc;
    } cases[] = { { FILE_WITH("[sync]\nbodies = text\nsince = 90d\n"), NOW - 90 * DAY },
                  { FILE_WITH("[sync]\nbodies = text\nsince = 12w\n"), NOW - 84 * DAY },
                  { FILE_WITH("[sync]\nbodies = text\nsince = 6m\n"), NOW - 180 * DAY },
                  { FILE_WITH("[sync]\nbodies = text\nsince = 2y\n"), NOW - 730 * DAY },
                  { FILE_WITH("[sync]\nsince = always\n"), 0 } };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_int_equal(policy(cases[i].text, "INBOX", true).since_utc, cases[i].since_utc);
    int64_t date = policy(FILE_WITH("[sync]\nbodies = text\nsince = 2024-01-31\n"), "INBOX", true).since_utc;
    assert_in_range((uint64_t)date, 1706659200 - DAY, 1706659200 + DAY); /* wherever this computer is */
}

static void a_folder_is_what_its_own_section_says_over_the_common_one(void **state)
{
    (void)state;
    static const char text[] = FILE_WITH("[sync]\nbodies = text\nsince = 90d\nmax-size = 1M\n"
                                         "[sync Lists/*]\nbodies = headers\n"
                                         "[sync Lists/linux]\nbodies = everything\nsince = always\nmax-size = 0\nnewest = 7\n"
                                         "[sync inbox]\nsince = 2y\n");
    struct account_sync_policy work = policy(text, "Work", false), lists = policy(text, "Lists/gnu", false);
    struct account_sync_policy linux_list = policy(text, "Lists/linux", false), inbox = policy(text, "INBOX", true);
    assert_int_equal(work.bodies, ACCOUNT_BODIES_TEXT);
    assert_int_equal(work.max_size, 1 << 20);
    assert_int_equal(lists.bodies, ACCOUNT_BODIES_HEADERS);
    assert_int_equal(linux_list.bodies, ACCOUNT_BODIES_EVERYTHING);
    assert_int_equal(linux_list.since_utc, 0);
    assert_true(linux_list.max_size == UINT64_MAX && linux_list.newest == 7);
    assert_int_equal(inbox.since_utc, NOW - 730 * DAY);
    assert_int_equal(inbox.bodies, ACCOUNT_BODIES_TEXT);
}

static void what_cannot_be_meant_is_told_with_its_line_and_what_is_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = { { FILE_WITH("[sync]\nbodies = everthing\n"), "headers, text, everything" },
                  { FILE_WITH("[sync]\nsince = yesterday\n"), "work.conf:9" },
                  { FILE_WITH("[sync]\nsince = 2024-02-31\n"), "is not a time" },
                  { FILE_WITH("[sync]\nsince = 99999y\n"), "is not a time" },
                  { FILE_WITH("[sync]\nsince = -1d\n"), "is not a time" },
                  { FILE_WITH("[sync]\nmax-size = 5 apples\n"), "is not a size" },
                  { FILE_WITH("[sync]\nnewest = -5\n"), "is not a number" },
                  { FILE_WITH("[sync Lists/linux]\nbody = text\n"), "There is no key body" },
                  { FILE_WITH("[synch]\nbodies = text\n"), "There is no group" } };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(parse(cases[i].text, &error));
        assert_non_null(strstr(error->message, cases[i].words));
    }
}

static void saving_an_account_leaves_its_sections_as_they_are(void **state)
{
    (void)state;
    static const char text[] = FILE_WITH("# mine\n[sync]\nbodies = text\nsince = 2y\n[sync Lists/*]\nbodies = headers\n");
    g_autofree char *path = fixture_write("accounts/sync.conf", text, 0600), *after = NULL;
    g_autoptr(account) self = account_file_load(path, NULL);
    assert_non_null(self);
    g_free(self->name);
    self->name = g_strdup("Other");
    assert_true(account_file_save(self, NULL));
    assert_true(g_file_get_contents(path, &after, NULL, NULL));
    assert_non_null(strstr(after, "name = Other"));
    assert_non_null(strstr(after, "# mine\n[sync]\nbodies = text\nsince = 2y\n[sync Lists/*]\nbodies = headers\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { FIXTURE_TEST(who_says_nothing_has_the_newest_texts_of_near_folders),
                                        FIXTURE_TEST(who_says_everything_means_it),
                                        FIXTURE_TEST(times_are_dates_ages_or_always),
                                        FIXTURE_TEST(a_folder_is_what_its_own_section_says_over_the_common_one),
                                        FIXTURE_TEST(what_cannot_be_meant_is_told_with_its_line_and_what_is_allowed),
                                        FIXTURE_TEST(saving_an_account_leaves_its_sections_as_they_are) };
    return cmocka_run_group_tests_name("account_sync", tests, NULL, NULL);
}
