/* SPDX-License-Identifier: MIT */
/* Rules on arrival, messages that match a query without the index, and mail that comes back, one situation at a time. */
#include "core/arrival.h"
#include "core/intent.h"
#include "core/mute.h"
#include "core/query_match.h"
#include "core/rules.h"
#include "core/rules_log.h"
#include "core/rules_preview.h"
#include "core/snooze.h"
#include "core/store_role.h"
#include "core/undo.h"
#include "core/vip.h"
#include "store_fixture.h"
#include <string.h>

struct told {
    int told, quiet, wanted, noticed;
    char *words;
};

static void on_tell(void *data, int64_t account_id, int64_t folder_id, int64_t placement_id, enum news_kind news)
{
    struct told *self = data;
    (void)account_id;
    (void)folder_id;
    (void)placement_id;
    self->told += news != NEWS_KEPT_QUIET;
    self->quiet += news == NEWS_KEPT_QUIET;
}

static void on_want(void *data, int64_t account_id, int64_t placement_id)
{
    (void)account_id;
    (void)placement_id;
    ((struct told *)data)->wanted++;
}

static void on_notice(void *data, const char *words)
{
    struct told *self = data;
    self->noticed++;
    g_free(self->words);
    self->words = g_strdup(words);
}

static struct arrival_result run(struct fixture *self, struct told *told)
{
    const struct arrival_hooks hooks = { .data = told, .tell = on_tell, .want_text = on_want, .notice = on_notice };
    struct arrival_result result;
    g_autoptr(GError) error = NULL;
    if (!arrival_run(self->db, 0, &hooks, &result, &error))
        fail_msg("%s", error->message);
    return result;
}

static void write_rules(struct fixture *self, const char *text)
{
    g_autofree char *directory = g_build_filename(self->directory, "postern", NULL),
                    *path = g_build_filename(directory, "rules.conf", NULL);
    g_mkdir_with_parents(directory, 0700);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static int64_t arrive(struct fixture *self, uint32_t uid, const char *id, const char *from, const char *subject, const char *list)
{
    static int64_t now_utc; /* one second for all: what is put back by another client keeps its date */
    now_utc = now_utc != 0 ? now_utc : store_now_utc();
    const struct message_info info = { .message_id = id,
                                       .subject = subject,
                                       .from_name = "Somebody",
                                       .from_address = from,
                                       .list_id = list,
                                       .date_utc = now_utc,
                                       .received_utc = now_utc,
                                       .size_bytes = 100 };
    int64_t placement = 0;
    assert_true(store_placement_put(self->db, self->inbox, uid, 0, NULL, 0, &info, &placement, NULL, NULL));
    return placement;
}

static int64_t folder_of(struct fixture *self, int64_t id)
{
    int64_t folder = 0;
    assert_true(store_number(self->db, &folder, NULL, "SELECT folder_id FROM placements WHERE id = ?", NUM(id)));
    return folder;
}

static void what_arrives_is_filed_once_and_logged(void **state)
{
    struct fixture *self = *state;
    struct told told = { 0 };
    write_rules(self, "[L]\nmatch = list:dev\nmove = Archive\ntag = dev\nread = yes\n[S]\nmatch = from:boss@x\nflag = yes\nnotify = yes\n");
    int64_t list = arrive(self, 10, "l@x", "a@x", "news", "dev.lists.x"), boss = arrive(self, 11, "b@x", "boss@x", "now", NULL);
    assert_true(arrival_is_pending(self->db));
    assert_true(run(self, &told).has_intents);
    assert_false(arrival_is_pending(self->db));
    assert_int_equal(folder_of(self, list), self->archive);
    assert_int_equal(folder_of(self, boss), self->inbox);
    assert_int_equal(told.told, 1); /* the other is read and filed */
    assert_int_equal(told.quiet, 1);
    g_autoptr(placement) filed = store_placement(self->db, list, NULL);
    assert_string_equal(filed->keywords, "dev");
    assert_int_equal(filed->flags & MESSAGE_SEEN, MESSAGE_SEEN);
    assert_false(run(self, &told).has_intents);
    g_autoptr(GPtrArray) log = rules_log_read(self->db, NULL, 10, NULL);
    assert_int_equal(log->len, 2);
    assert_string_equal(((const struct rules_log_row *)g_ptr_array_index(log, 1))->what, "moved to Archive, tagged dev, marked as read");
    /* No action of the person's: u takes back what they did, not what a rule did. */
    assert_null(undo_describe(self->db));
    fixture_recount(self->db);
}

static void what_was_there_and_what_comes_back_is_no_arrival(void **state)
{
    struct fixture *self = *state;
    struct told told = { 0 };
    write_rules(self, "[A]\nmatch = subject:news\nmove = Archive\n");
    assert_true(store_folder_set_sync(self->db, self->inbox, 7, 50, 0, 0, NULL));
    assert_true(store_run(self->db, NULL, "UPDATE arrival_marks SET uid = 50"));
    int64_t old = arrive(self, 49, "old@x", "a@x", "news", NULL); /* below the first number that was not there */
    int64_t fresh = arrive(self, 50, "new@x", "a@x", "news", NULL);
    run(self, &told);
    assert_int_equal(folder_of(self, old), self->inbox);
    assert_int_equal(folder_of(self, fresh), self->archive);
    g_autoptr(placement) place = store_placement(self->db, fresh, NULL);
    assert_true(store_placement_drop(self->db, fresh, NULL));
    fresh = arrive(self, 51, "new@x", "a@x", "news", NULL); /* another client put it back */
    run(self, &told);
    assert_int_equal(folder_of(self, fresh), self->inbox);
}

static void a_rule_with_a_fault_stands_in_nobodys_way_and_is_told_of(void **state)
{
    struct fixture *self = *state;
    struct told told = { 0 };
    write_rules(
        self,
        "[Bad]\nmatch = from:(\nmove = Archive\n[Nowhere]\nmatch = news\nmove = Nowhere\n[Off]\nenabled = no\nmatch = news\nflag = yes\n"
        "[Good]\nmatch = subject:news\ntag = ok\n");
    int64_t id = arrive(self, 10, "a@x", "a@x", "news", NULL);
    run(self, &told);
    g_autoptr(placement) place = store_placement(self->db, id, NULL);
    assert_string_equal(place->keywords, "ok");
    assert_int_equal(place->flags & MESSAGE_FLAGGED, 0);
    assert_int_equal(told.noticed, 2);
    assert_non_null(strstr(told.words, "There is no folder “Nowhere”"));
    g_free(told.words);
    g_autoptr(rules) all = rules_load(self->db, NULL, NULL);
    assert_true(rules_at(all, 0)->has_spot);
    assert_int_equal(rules_at(all, 0)->spot.start, 5);
}

static void a_folder_for_a_purpose_is_made_where_there_is_none(void **state)
{
    struct fixture *self = *state;
    struct told told = { 0 };
    assert_true(store_role_set_home(self->db, self->account, "", '/', NULL));
    write_rules(self, "[Spam]\nmatch = subject:casino\nmove = Junk\n");
    int64_t id = arrive(self, 10, "a@x", "a@x", "casino", NULL);
    run(self, &told);
    assert_int_equal(told.noticed, 0);
    g_autoptr(folder) junk = store_folder_by_role(self->db, self->account, FOLDER_JUNK, NULL);
    assert_non_null(junk);
    assert_int_equal(folder_of(self, id), junk->id);
}

static int64_t arrive_in(struct fixture *self, int64_t folder_id, uint32_t uid, const char *id)
{
    int64_t inbox = self->inbox;
    self->inbox = folder_id;
    int64_t placement = arrive(self, uid, id, "ada@example.test", "Report", NULL);
    self->inbox = inbox;
    return placement;
}

/* As a folder that was in step before. */
static int64_t known_folder(struct fixture *self, const char *name)
{
    int64_t id = fixture_folder(self->db, self->account, name, FOLDER_NONE);
    assert_true(store_folder_set_sync(self->db, id, 7, 100, 0, 0, NULL));
    return id;
}

static void a_rule_looks_at_the_folders_it_names_and_at_no_others(void **state)
{
    struct fixture *self = *state;
    struct told told = { 0 };
    int64_t lists = known_folder(self, "Lists"), other = known_folder(self, "Other"), old = arrive_in(self, lists, 100, "old@x");
    write_rules(self,
                "[In lists]\nmatch = from:ada\nfolder = lists, Nowhere/deep\ntag = seen\n[Bad]\nmatch = from:ada\nfolder = None\ntag = x\n"
                "[In inboxes]\nmatch = from:ada\nflag = yes\n");
    run(self, &told);
    int64_t id = arrive_in(self, lists, 101, "new@x"), elsewhere = arrive_in(self, other, 101, "other@x");
    int64_t inbox = arrive(self, 50, "inbox@x", "ada@example.test", "Report", NULL);
    run(self, &told);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM arrivals"), 0);
    g_autoptr(placement) first = store_placement(self->db, id, NULL), second = store_placement(self->db, elsewhere, NULL),
                         third = store_placement(self->db, inbox, NULL), before = store_placement(self->db, old, NULL);
    assert_null(first->keywords); /* a name that nobody has is a fault, and a rule with one does nothing */
    write_rules(self, "[In lists]\nmatch = from:ada\nfolder = lists, archive\ntag = seen\n[In inboxes]\nmatch = from:ada\nflag = yes\n");
    run(self, &told);
    int64_t now = arrive_in(self, lists, 102, "now@x");
    run(self, &told);
    g_autoptr(placement) fourth = store_placement(self->db, now, NULL);
    assert_string_equal(fourth->keywords, "seen");
    assert_int_equal(fourth->flags & MESSAGE_FLAGGED, 0);
    assert_null(second->keywords);
    assert_null(before->keywords);
    assert_int_equal(second->flags & MESSAGE_FLAGGED, 0);
    assert_int_equal(third->flags & MESSAGE_FLAGGED, MESSAGE_FLAGGED);
    assert_int_equal(told.told, 1); /* of the inbox */
    /* Edited a moment ago by another program: the first message behind it waits for its rule already. */
    struct rules_seen seen = { 0 };
    assert_true(rules_watch_before(self->db, &seen, NULL));
    write_rules(self, "[In others]\nmatch = from:ada\nfolder = Other\ntag = first\n");
    assert_true(rules_watch_before(self->db, &seen, NULL));
    int64_t edited = arrive_in(self, other, 104, "edited@x");
    run(self, &told);
    g_autoptr(placement) fifth = store_placement(self->db, edited, NULL);
    assert_string_equal(fifth->keywords, "first");
    write_rules(self, "[In inboxes]\nmatch = from:ada\nflag = yes\n");
    run(self, &told);
    arrive_in(self, lists, 103, "late@x");
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM arrivals"), 0); /* nobody asks any more */
    g_free(told.words);
}

static void stop_ends_the_row_and_the_first_move_decides(void **state)
{
    struct fixture *self = *state;
    struct told told = { 0 };
    write_rules(
        self,
        "[1]\nmatch = news\nmove = Archive\n[2]\nmatch = news\nmove = Trash\ntag = two\nstop = yes\n[3]\nmatch = news\ntag = three\n");
    int64_t id = arrive(self, 10, "a@x", "a@x", "news", NULL);
    write_rules(self, "[1]\nmatch = subject:news\nmove = Archive\n[2]\nmatch = subject:news\nmove = Trash\ntag = two\nstop = yes\n"
                      "[3]\nmatch = subject:news\ntag = three\n");
    run(self, &told);
    g_autoptr(placement) place = store_placement(self->db, id, NULL);
    assert_int_equal(place->folder_id, self->archive);
    assert_string_equal(place->keywords, "two");
}

static void a_rule_that_asks_for_the_text_waits_for_it(void **state)
{
    struct fixture *self = *state;
    struct told told = { 0 };
    write_rules(self, "[T]\nmatch = body:secret\ntag = found\n[Other]\nmatch = from:boss@x\ntag = boss\n");
    int64_t id = arrive(self, 10, "a@x", "a@x", "news", NULL);
    assert_true(run(self, &told).is_waiting);
    assert_int_equal(told.wanted, 1);
    assert_true(arrival_is_pending(self->db));
    assert_int_equal(told.told, 0);
    /* A text that cannot be had for days is taken for not there. */
    assert_true(store_run(self->db, NULL, "UPDATE arrivals SET since_utc = since_utc - 4 * 86400"));
    assert_false(run(self, &told).is_waiting);
    assert_false(arrival_is_pending(self->db));
    assert_int_equal(told.told, 1);
    assert_int_equal(folder_of(self, id), self->inbox);
}

static void a_file_that_cannot_be_read_lets_mail_wait(void **state)
{
    struct fixture *self = *state;
    struct told told = { 0 };
    write_rules(self, "this is no such file\n");
    arrive(self, 10, "a@x", "a@x", "news", NULL);
    assert_true(run(self, &told).is_waiting);
    assert_true(arrival_is_pending(self->db));
    assert_int_equal(told.noticed, 1);
    g_free(told.words);
    told.words = NULL;
    write_rules(self, "");
    run(self, &told);
    assert_false(arrival_is_pending(self->db));
    assert_int_equal(told.told, 1);
}

static void vips_are_told_of_wherever_a_rule_files_them(void **state)
{
    struct fixture *self = *state;
    struct told told = { 0 };
    write_rules(self, "[A]\nmatch = subject:news\nmove = Archive\n[Q]\nmatch = subject:quiet\nnotify = no\n");
    assert_true(vip_set(self->db, "Ada@X.example", true, NULL));
    arrive(self, 10, "a@x", "ada@x.example", "news", NULL);
    arrive(self, 11, "b@x", "bob@x.example", "news", NULL);
    arrive(self, 12, "c@x", "ada@x.example", "quiet", NULL);
    run(self, &told);
    assert_int_equal(told.told, 1);
    g_autofree char *query = vip_query(self->db);
    assert_string_equal(query, "from:\"ada@x.example\"");
    assert_true(vip_set(self->db, "ada@x.example", false, NULL));
    assert_null(vip_query(self->db));
    g_autofree char *words = NULL;
    assert_true(undo_last(self->db, &words, NULL));
    assert_string_equal(words, "Took ada@x.example from the VIPs");
    assert_true(vip_is(self->db, "ada@x.example"));
    assert_true(redo_last(self->db, NULL, NULL));
    assert_false(vip_is(self->db, "ada@x.example"));
    g_autoptr(GError) error = NULL;
    assert_false(vip_set(self->db, "no address", true, &error));
}

static void a_preview_says_what_each_rule_would_match(void **state)
{
    struct fixture *self = *state;
    write_rules(self, "[A]\nmatch = subject:news\nflag = yes\n[Off]\nenabled = no\nmatch = from:a@x\nread = yes\n");
    arrive(self, 10, "a@x", "a@x", "news", NULL);
    arrive(self, 11, "b@x", "a@x", "other", NULL);
    g_autoptr(rules) all = rules_load(self->db, NULL, NULL);
    g_autoptr(GPtrArray) rows = rules_preview(all, self->db, 10, false, NULL);
    assert_int_equal(rows->len, 2);
    const struct rules_preview_row *newest = g_ptr_array_index(rows, 0), *first = g_ptr_array_index(rows, 1);
    assert_string_equal(newest->subject, "other");
    assert_int_equal(newest->answers[0], QUERY_NO);
    assert_int_equal(newest->answers[1], QUERY_YES);
    assert_int_equal(newest->hits->len, 0);
    assert_int_equal(first->hits->len, 1);
    g_autofree char *words = rule_words(rules_at(all, 0)->text);
    assert_string_equal(words, "star");
    assert_true(arrival_is_pending(self->db)); /* nothing was done */
}

/* --- queries --- */

static enum query_answer ask(const struct placement *place, const char *text, const char *query)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(query_node) node = query_language_parse(query, 1795266630, NULL, &error);
    if (node == NULL)
        fail_msg("%s: %s", query, error->message);
    g_autoptr(query_subject) subject =
        query_subject_new(place, FOLDER_INBOX, '/', "me@x.example\nme@y.example", text, text != NULL ? "plan.pdf" : NULL);
    return query_match(node, subject);
}

static void a_message_matches_what_a_search_would_find(void **state)
{
    (void)state;
    struct placement place = { .subject = (char *)"R\xc3\xa9sum\xc3\xa9 of the 会議の議事録",
                               .from_name = (char *)"Ada Lovelace",
                               .from_address = (char *)"ada@example.test",
                               .to = (char *)"Bob <bob@example.test>",
                               .list_id = (char *)"dev.lists.example.test",
                               .account_key = (char *)"work",
                               .folder_name = (char *)"Work/INBOX",
                               .keywords = (char *)"todo caf&AOk- $label1",
                               .message_id_header = (char *)"1@x",
                               .flags = MESSAGE_FLAGGED,
                               .part_flags = MESSAGE_HAS_ATTACHMENT,
                               .date_utc = 1795266630 - 3600,
                               .size_bytes = 6000000 };
    static const struct {
        const char *query;
        enum query_answer heads, whole; /* without and with the text */
    } queries[] = {
        { "subject:resume", QUERY_YES, QUERY_YES },
        { "subject:\xe8\xad\xb0\xe4\xba\x8b", QUERY_YES, QUERY_YES },
        { "subject:resumes", QUERY_NO, QUERY_NO },
        { "subject:sume", QUERY_NO, QUERY_NO },
        { "from:love", QUERY_YES, QUERY_YES },
        { "from:\"love\"", QUERY_NO, QUERY_NO },
        { "from:ada@example.test", QUERY_YES, QUERY_YES },
        { "from:da@example.test", QUERY_NO, QUERY_NO },
        { "to:bob", QUERY_YES, QUERY_YES },
        { "list:dev.lists", QUERY_YES, QUERY_YES },
        { "tag:todo", QUERY_YES, QUERY_YES },
        { "tag:TODO", QUERY_YES, QUERY_YES },
        { "tag:caf\xc3\xa9", QUERY_YES, QUERY_YES },
        { "tag:tod", QUERY_NO, QUERY_NO },
        { "tag:Important", QUERY_YES, QUERY_YES },
        { "is:unread", QUERY_YES, QUERY_YES },
        { "is:flagged", QUERY_YES, QUERY_YES },
        { "is:read", QUERY_NO, QUERY_NO },
        { "has:attachment", QUERY_YES, QUERY_YES },
        { "larger:5M", QUERY_YES, QUERY_YES },
        { "smaller:5M", QUERY_NO, QUERY_NO },
        { "newer:1d", QUERY_YES, QUERY_YES },
        { "in:inbox", QUERY_YES, QUERY_YES },
        { "in:Work/INBOX", QUERY_YES, QUERY_YES },
        { "in:trash", QUERY_NO, QUERY_NO },
        { "account:work", QUERY_YES, QUERY_YES },
        { "account:me@y.example", QUERY_YES, QUERY_YES },
        { "account:home", QUERY_NO, QUERY_NO },
        { "id:1@x", QUERY_YES, QUERY_YES },
        { "-from:ada", QUERY_NO, QUERY_NO },
        { "from:ada -tag:todo", QUERY_NO, QUERY_NO },
        { "from:bob OR list:dev", QUERY_YES, QUERY_YES },
        { "body:hello", QUERY_UNKNOWN, QUERY_YES },
        { "hello", QUERY_UNKNOWN, QUERY_YES },
        { "lovelace", QUERY_YES, QUERY_YES },
        { "body:nothing", QUERY_UNKNOWN, QUERY_NO },
        { "-body:hello", QUERY_UNKNOWN, QUERY_NO },
        { "from:bob body:hello", QUERY_NO, QUERY_NO },
        { "from:ada OR body:x", QUERY_YES, QUERY_YES },
        { "(from:bob OR body:hello) to:bob", QUERY_UNKNOWN, QUERY_YES },
        { "filename:plan.pdf", QUERY_UNKNOWN, QUERY_YES },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(queries); i++) {
        enum query_answer heads = ask(&place, NULL, queries[i].query), whole = ask(&place, "Well, hello there", queries[i].query);
        if (heads != queries[i].heads || whole != queries[i].whole)
            fail_msg("%s: %d %d", queries[i].query, heads, whole);
    }
}

/* --- mail that comes back --- */

static void the_time_in_a_keyword_is_read_as_it_was_written(void **state)
{
    (void)state;
    g_autofree char *word = snooze_keyword(1795266630);
    assert_string_equal(word, "postern-snooze-20261121T1311Z");
    assert_int_equal(snooze_time(word), 1795266660);
    assert_int_equal(snooze_time("a POSTERN-SNOOZE-20261121t1311z b"), 1795266660);
    static const char *const bad[] = { "",
                                       "postern-snooze-",
                                       "postern-snooze-20261321T0000Z",
                                       "postern-snooze-2026112xT0000Z",
                                       "postern-snooze-20261121T1311",
                                       "postern-snooze-20261121T1311Zx",
                                       "xpostern-snooze-20261121T1311Z" };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_int_equal(snooze_time(bad[i]), 0);
    assert_int_equal(snooze_time(NULL), 0);
}

static void what_is_put_off_goes_away_and_comes_back_unread_at_its_time(void **state)
{
    struct fixture *self = *state;
    struct told told = { 0 };
    int64_t now = store_now_utc(), id = arrive(self, 10, "a@x", "a@x", "later", NULL), key = 0;
    assert_true(store_role_set_home(self->db, self->account, "", '/', NULL));
    run(self, &told);
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_SEEN, 0, NULL) > 0);
    assert_true(snooze_set(self->db, &id, 1, now + 7200, NULL) > 0);
    assert_true(snooze_is_asleep(self->db, id));
    assert_int_not_equal(folder_of(self, id), self->inbox);
    assert_true(snooze_next(self->db, now) >= now + 7200);
    assert_true(snooze_wake_due(self->db, now + 60, NULL, NULL, NULL));
    assert_true(snooze_is_asleep(self->db, id));
    /* Put off again: one time counts. */
    assert_true(snooze_set(self->db, &id, 1, now + 3600, NULL) > 0);
    assert_true(snooze_next(self->db, now) < now + 3700);
    assert_true(snooze_wake_due(self->db, now + 3700, NULL, NULL, NULL));
    g_autoptr(placement) back = store_placement(self->db, id, NULL);
    assert_int_equal(back->folder_id, self->inbox);
    assert_int_equal(back->flags & MESSAGE_SEEN, 0);
    assert_false(snooze_is_asleep(self->db, id));
    assert_true(store_number(self->db, &key, NULL, "SELECT sort_key >> 24 FROM placements WHERE id = ?", NUM(id)));
    assert_true(key >= now + 3600);
    assert_int_equal(snooze_next(self->db, now), 0);
    /* After a week the word goes, so that servers do not collect them. */
    assert_true(snooze_wake_due(self->db, now + 3700 + 8 * 86400, NULL, NULL, NULL));
    g_autoptr(placement) later = store_placement(self->db, id, NULL);
    assert_null(later->keywords);
}

static void what_is_thrown_away_while_it_sleeps_stays_there(void **state)
{
    struct fixture *self = *state;
    int64_t now = store_now_utc(), id = arrive(self, 10, "a@x", "a@x", "later", NULL);
    assert_true(store_role_set_home(self->db, self->account, "", '/', NULL));
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_SEEN, 0, NULL) > 0);
    assert_true(snooze_set(self->db, &id, 1, now + 3600, NULL) > 0);
    g_autoptr(folder) trash = store_folder_by_role(self->db, self->account, FOLDER_TRASH, NULL);
    assert_true(intent_move(self->db, &id, 1, trash->id, NULL) > 0);
    assert_true(snooze_wake_due(self->db, now + 3700, NULL, NULL, NULL));
    g_autoptr(placement) place = store_placement(self->db, id, NULL);
    assert_int_equal(place->folder_id, trash->id);
    assert_int_not_equal(place->flags & MESSAGE_SEEN, 0);
    assert_null(place->keywords);
    assert_int_equal(snooze_next(self->db, now), 0);
}

/* Archived or filed here or by another program: somebody has dealt with it. */
static void what_is_filed_while_it_sleeps_stays_there(void **state)
{
    struct fixture *self = *state;
    int64_t now = store_now_utc(), id = arrive(self, 10, "a@x", "a@x", "later", NULL), shelf = known_folder(self, "Shelf");
    int64_t other = arrive(self, 11, "b@x", "b@x", "later", NULL);
    assert_true(store_role_set_home(self->db, self->account, "", '/', NULL));
    int64_t both[] = { id, other };
    assert_true(intent_flags(self->db, both, 2, MESSAGE_SEEN, 0, NULL) > 0);
    assert_true(snooze_set(self->db, both, 2, now + 3600, NULL) > 0);
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    assert_true(intent_move(self->db, &other, 1, shelf, NULL) > 0);
    assert_true(snooze_wake_due(self->db, now + 3700, NULL, NULL, NULL));
    for (int i = 0; i < 2; i++) {
        g_autoptr(placement) place = store_placement(self->db, both[i], NULL);
        assert_int_equal(place->folder_id, i == 0 ? self->archive : shelf);
        assert_int_not_equal(place->flags & MESSAGE_SEEN, 0);
        assert_null(place->keywords);
    }
    assert_int_equal(snooze_next(self->db, now), 0);
}

static void what_sleeps_comes_back_from_a_folder_that_was_renamed(void **state)
{
    struct fixture *self = *state;
    int64_t now = store_now_utc(), id = arrive(self, 10, "a@x", "a@x", "later", NULL);
    assert_true(store_role_set_home(self->db, self->account, "", '/', NULL));
    assert_true(snooze_set(self->db, &id, 1, now + 3600, NULL) > 0);
    assert_true(store_run(self->db, NULL, "UPDATE folders SET name = 'Later' WHERE id = ?", NUM(folder_of(self, id))));
    assert_true(snooze_wake_due(self->db, now + 3700, NULL, NULL, NULL));
    assert_int_equal(folder_of(self, id), self->inbox);
}

static void putting_off_is_one_action_for_undo(void **state)
{
    struct fixture *self = *state;
    int64_t id = arrive(self, 10, "a@x", "a@x", "later", NULL);
    assert_true(store_role_set_home(self->db, self->account, "", '/', NULL));
    assert_true(snooze_set(self->db, &id, 1, store_now_utc() + 7200, NULL) > 0);
    g_autofree char *words = NULL;
    assert_true(undo_last(self->db, &words, NULL));
    assert_string_equal(words, "Put off 1 message");
    g_autoptr(placement) place = store_placement(self->db, id, NULL);
    assert_int_equal(place->folder_id, self->inbox);
    assert_null(place->keywords);
    assert_true(redo_last(self->db, NULL, NULL));
    assert_true(snooze_is_asleep(self->db, id));
    assert_true(snooze_end(self->db, &id, 1, NULL) > 0);
    assert_int_equal(folder_of(self, id), self->inbox);
    assert_false(snooze_is_asleep(self->db, id));
}

static void muting_is_undone_whole(void **state)
{
    struct fixture *self = *state;
    int64_t id = arrive(self, 10, "a@x", "a@x", "endless", NULL), thread = 0;
    assert_true(store_number(self->db, &thread, NULL, "SELECT thread_id FROM placements WHERE id = ?", NUM(id)));
    assert_true(mute_set(self->db, &id, 1, true, NULL) > 0);
    assert_true(mute_is(self->db, thread));
    assert_int_equal(folder_of(self, id), self->archive);
    assert_true(undo_last(self->db, NULL, NULL));
    assert_false(mute_is(self->db, thread));
    assert_int_equal(folder_of(self, id), self->inbox);
}

/* A server that does everything at once and tells the new numbers. */
static void serve(struct fixture *self)
{
    static uint32_t number = 1000;
    for (;;) {
        g_autoptr(GPtrArray) rows = intent_pending(self->db, self->account, 100, NULL);
        assert_non_null(rows);
        if (rows->len == 0)
            return;
        const struct intent *wish = g_ptr_array_index(rows, 0);
        assert_true(intent_set_in_flight(self->db, &wish->id, 1, NULL));
        if (wish->type == INTENT_MOVE)
            assert_true(store_placement_set_uid(self->db, wish->placement_id, wish->target_folder_id, number++, NULL));
        assert_true(intent_settled(self->db, wish->id, NULL));
    }
}

static void assert_muted(struct fixture *self, int64_t id, bool is_muted)
{
    g_autoptr(placement) place = store_placement(self->db, id, NULL);
    assert_int_equal(place->folder_id, is_muted ? self->archive : self->inbox);
    assert_int_equal(place->keywords != NULL && strstr(place->keywords, "$Muted") != NULL, is_muted);
}

/* Two copies of one message in one folder, all the way with the server in between, and without. */
static void muting_of_two_copies_is_undone_and_done_again_for_both(void **state)
{
    struct fixture *self = *state;
    for (int is_served = 0; is_served < 2; is_served++) {
        uint32_t first = is_served ? 20 : 10;
        const char *name = is_served ? "b@x" : "a@x";
        int64_t ids[2] = { arrive(self, first, name, "a@x", "endless", NULL), arrive(self, first + 1, name, "a@x", "endless", NULL) };
        assert_true(mute_set(self->db, ids, 2, true, NULL) > 0);
        for (int turn = 0; turn < 5; turn++) {
            if (is_served)
                serve(self);
            for (int i = 0; i < 2; i++)
                assert_muted(self, ids[i], turn % 2 == 0);
            assert_true(turn % 2 == 0 ? undo_last(self->db, NULL, NULL) : redo_last(self->db, NULL, NULL));
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_arrives_is_filed_once_and_logged),
        TEST(what_was_there_and_what_comes_back_is_no_arrival),
        TEST(a_rule_with_a_fault_stands_in_nobodys_way_and_is_told_of),
        TEST(a_folder_for_a_purpose_is_made_where_there_is_none),
        TEST(a_rule_looks_at_the_folders_it_names_and_at_no_others),
        TEST(stop_ends_the_row_and_the_first_move_decides),
        TEST(a_rule_that_asks_for_the_text_waits_for_it),
        TEST(a_file_that_cannot_be_read_lets_mail_wait),
        TEST(vips_are_told_of_wherever_a_rule_files_them),
        TEST(a_preview_says_what_each_rule_would_match),
        cmocka_unit_test(a_message_matches_what_a_search_would_find),
        cmocka_unit_test(the_time_in_a_keyword_is_read_as_it_was_written),
        TEST(what_is_put_off_goes_away_and_comes_back_unread_at_its_time),
        TEST(what_is_thrown_away_while_it_sleeps_stays_there),
        TEST(what_is_filed_while_it_sleeps_stays_there),
        TEST(what_sleeps_comes_back_from_a_folder_that_was_renamed),
        TEST(putting_off_is_one_action_for_undo),
        TEST(muting_is_undone_whole),
        TEST(muting_of_two_copies_is_undone_and_done_again_for_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
