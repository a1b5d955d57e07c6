/* SPDX-License-Identifier: MIT */
/* Finding mail: the index that follows the store, and what each query finds in it. LABEL: threads */
#include "core/search.h"
#include "core/blob.h"
#include "core/intent.h"
#include "core/locate.h"
#include "core/search_fold.h"
#include "core/search_index.h"
#include "core/search_indexer.h"
#include "core/structure.h"
#include "core/worker.h"
#include "store_fixture.h"
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAY 86400

static void catch_up(struct fixture *self)
{
    g_autoptr(GError) error = NULL;
    if (!search_indexer_catch_up(self->path, NULL, NULL, &error))
        fail_msg("%s", error->message);
}

/* Subjects of what is found, newest first, "|" between them; or "! why". */
static char *found_in(struct fixture *self, int64_t folder_id, const char *text)
{
    g_autoptr(GError) error = NULL;
    const struct search_request request = { .text = text, .folder_id = folder_id, .after = 100 };
    g_autoptr(GPtrArray) rows = search_read(self->db, &request, NULL, &error);
    if (rows == NULL)
        return g_strdup_printf("! %s", error->message);
    GString *subjects = g_string_new(NULL);
    for (guint i = 0; i < rows->len; i++)
        g_string_append_printf(subjects, "%s%s", i > 0 ? "|" : "", ((const struct window_row *)g_ptr_array_index(rows, i))->subject);
    return g_string_free(subjects, FALSE);
}

static void assert_found(struct fixture *self, const char *text, const char *wanted)
{
    g_autofree char *found = found_in(self, 0, text);
    if (strcmp(found, wanted) != 0)
        fail_msg("%s finds \"%s\", wanted \"%s\"", text, found, wanted);
}

static int64_t put_info(struct fixture *self, int64_t folder_id, uint32_t uid, unsigned flags, const char *tags,
                        const struct message_info *info)
{
    int64_t placement = 0;
    g_autoptr(GError) error = NULL;
    if (!store_placement_put(self->db, folder_id, uid, flags, tags, 0, info, &placement, NULL, &error))
        fail_msg("%s", error->message);
    return placement;
}

/* Five messages, one a day. */
static void fill(struct fixture *self)
{
    struct message_info info = fixture_info("1@x", NULL, 10 * DAY);
    info.subject = "Café meeting";
    info.from_name = "Zoë Müller";
    info.from_address = "zoe@example.test";
    put_info(self, self->inbox, 1, 0, NULL, &info);
    info = fixture_info("2@x", NULL, 11 * DAY);
    info.subject = "Faktura 11/2026";
    info.from_name = "Łukasz Żółć";
    info.from_address = "lukasz@example.test";
    info.part_flags = MESSAGE_HAS_ATTACHMENT;
    info.attachment_count = 1;
    info.size_bytes = 6 << 20;
    struct structure_node *file = structure_node_new("application/pdf", "1");
    file->filename = g_strdup("Rechnung Mai.pdf");
    g_autofree char *structure = structure_write(file);
    structure_node_free(file);
    info.structure = structure;
    put_info(self, self->inbox, 2, MESSAGE_SEEN | MESSAGE_FLAGGED, NULL, &info);
    info = fixture_info("3@x", NULL, 12 * DAY);
    info.subject = "会議の議事録";
    info.from_name = "田中 花子";
    put_info(self, self->archive, 3, MESSAGE_SEEN, "work $Urgent", &info);
    info = fixture_info("4@x", NULL, 13 * DAY);
    info.subject = "Re: the meeting, again";
    info.from_name = "Grace Hopper";
    info.cc = "Charles <babbage@example.test>";
    info.list_id = "compilers.lists.example.test";
    put_info(self, self->inbox, 4, MESSAGE_SEEN | MESSAGE_ANSWERED, NULL, &info);
    info = fixture_info("5@x", NULL, 14 * DAY);
    info.subject = "Straße nach Ørsted";
    put_info(self, self->sent, 5, MESSAGE_SEEN, NULL, &info);
    catch_up(self);
}

static void each_condition_finds_its_messages(void **state)
{
    struct fixture *self = *state;
    static const struct {
        const char *text, *subjects;
    } cases[] = {
        { "", "Straße nach Ørsted|Re: the meeting, again|会議の議事録|Faktura 11/2026|Café meeting" },
        { "meeting", "Re: the meeting, again|Café meeting" },
        { "MEET zoe", "Café meeting" },
        { "cafe", "Café meeting" },
        { "CAFÉ", "Café meeting" },
        { "muller", "Café meeting" },
        { "lukasz zolc", "Faktura 11/2026" },
        { "from:łukasz", "Faktura 11/2026" },
        { "strasse orsted", "Straße nach Ørsted" },
        { "会議", "会議の議事録" },
        { "議事", "会議の議事録" },
        { "事", "会議の議事録" },
        { "録", "会議の議事録" },
        { "会事", "" },
        { "from:花子", "会議の議事録" },
        { "11/2026", "Faktura 11/2026" },
        { "subject:meeting -from:grace", "Café meeting" },
        { "from:meeting", "" },
        { "-meeting", "Straße nach Ørsted|会議の議事録|Faktura 11/2026" },
        { "meeting OR faktura", "Re: the meeting, again|Faktura 11/2026|Café meeting" },
        { "meeting OR is:starred", "Re: the meeting, again|Faktura 11/2026|Café meeting" },
        { "(meeting OR faktura) -is:unread", "Re: the meeting, again|Faktura 11/2026" },
        { "\"the meeting\"", "Re: the meeting, again" },
        { "\"meeting the\"", "" },
        { "\"meet\"", "" },
        { "is:unread", "Café meeting" },
        { "is:starred", "Faktura 11/2026" },
        { "-is:read", "Café meeting" },
        { "is:answered", "Re: the meeting, again" },
        { "in:inbox", "Re: the meeting, again|Faktura 11/2026|Café meeting" },
        { "in:archive meeting", "" },
        { "-in:inbox", "Straße nach Ørsted|会議の議事録" },
        { "in:Sent", "Straße nach Ørsted" },
        { "has:attachment", "Faktura 11/2026" },
        { "attachment:rechnung", "Faktura 11/2026" },
        { "rechnung mai", "Faktura 11/2026" },
        { "tag:work", "会議の議事録" },
        { "tag:$urgent", "会議の議事録" },
        { "tag:wor", "" },
        { "-tag:work in:archive", "" },
        { "larger:5M", "Faktura 11/2026" },
        { "larger:5M meeting", "" },
        { "smaller:5M is:unread", "Café meeting" },
        { "before:@1000000", "Faktura 11/2026|Café meeting" },
        { "after:@1123200", "Straße nach Ørsted|Re: the meeting, again" },
        { "after:@950400 before:@1123200", "会議の議事録|Faktura 11/2026" },
        { "meeting before:@1000000", "Café meeting" },
        { "newer:7d", "" },
        { "older:7d meeting", "Re: the meeting, again|Café meeting" },
        { "to:babbage", "Re: the meeting, again" },
        { "cc:charles", "Re: the meeting, again" },
        { "cc:alice", "" },
        { "list:compilers", "Re: the meeting, again" },
        { "id:3@x", "会議の議事録" },
        { "id:<3@x>", "会議の議事録" },
        { "id:9@x", "" },
        { "account:work meeting", "Re: the meeting, again|Café meeting" },
        { "account:home", "! There is no account \"home\"." },
        { "in:Nowhere", "! There is no folder \"Nowhere\"." },
        { "grace@example.test", "" },
        { "zoe@example.test", "Café meeting" },
        { "\xcc\x81", "" },
    };
    fill(self);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_found(self, cases[i].text, cases[i].subjects);
    g_autofree char *inside = found_in(self, self->inbox, "-meeting");
    assert_string_equal(inside, "Faktura 11/2026");
}

static void mail_of_an_account_that_is_away_is_not_found(void **state)
{
    struct fixture *self = *state;
    fill(self);
    g_autofree char *key = store_account_key(self->db, self->account);
    const char *const others[] = { "another", NULL }, *const all[] = { "another", key, NULL };
    assert_true(store_accounts_note_set_up(self->db, others, NULL));
    assert_found(self, "meeting", "");
    assert_found(self, "is:starred", "");
    assert_int_equal(store_folder_unread(self->db), 0);
    assert_int_equal(store_folder_starred(self->db, 10), 0);
    assert_true(store_accounts_note_set_up(self->db, all, NULL));
    assert_found(self, "meeting", "Re: the meeting, again|Café meeting");
    assert_int_equal(store_folder_unread(self->db), 1);
    assert_int_equal(store_folder_starred(self->db, 10), 1);
}

static void a_message_in_two_folders_is_found_once(void **state)
{
    struct fixture *self = *state;
    struct message_info info = fixture_info("1@x", NULL, 1000);
    put_info(self, self->inbox, 1, 0, NULL, &info);
    put_info(self, self->archive, 1, MESSAGE_SEEN, NULL, &info);
    catch_up(self);
    assert_found(self, "engine", "Notes on the engine");
    assert_found(self, "engine is:read", "Notes on the engine");
    assert_found(self, "engine in:archive", "Notes on the engine");
    assert_found(self, "engine in:trash", "");
    g_autoptr(GArray) places = search_placements(self->db, 0, "engine", 10, NULL, NULL);
    assert_int_equal(places->len, 2);
    int64_t total = 0, unread = 0;
    assert_true(search_count(self->db, "engine", 100, &total, &unread, NULL));
    assert_int_equal(total, 1);
    assert_int_equal(unread, 1);
}

static void windows_page_through_all_matches_without_gap_or_repeat(void **state)
{
    struct fixture *self = *state;
    assert_true(store_begin(self->db, NULL));
    for (uint32_t uid = 1; uid <= 900; uid++) /* many of one second, and in no order */
        fixture_put(self->db, uid % 3 == 0 ? self->archive : self->inbox, uid, NULL, NULL, 5000 + uid * 7919 % 13);
    assert_true(store_commit(self->db, NULL));
    catch_up(self);
    struct search_request request = { .text = "engine", .after = 70 };
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    int64_t last = G_MAXINT64, date = G_MAXINT32;
    for (;;) {
        g_autoptr(GPtrArray) rows = search_read(self->db, &request, NULL, NULL);
        for (guint i = 0; i < rows->len; i++) {
            const struct window_row *row = g_ptr_array_index(rows, i);
            assert_true(row->sort_key < last && row->date_utc <= date + 80);
            assert_true(g_hash_table_add(seen, g_memdup2(&row->message_id, sizeof row->message_id)));
            last = row->sort_key;
            date = row->date_utc;
        }
        if (rows->len < 70)
            break;
        request.has_anchor = true;
        request.anchor_key = last - 1;
    }
    assert_int_equal(g_hash_table_size(seen), 900);
    request = (struct search_request){ .text = "engine", .has_anchor = true, .anchor_key = last, .before = 20, .after = 5 };
    g_autoptr(GPtrArray) rows = search_read(self->db, &request, NULL, NULL);
    assert_int_equal(rows->len, 21); /* twenty newer ones, and the last itself */
    assert_int_equal(((const struct window_row *)g_ptr_array_index(rows, 20))->sort_key, last);
}

static int64_t deliver(struct fixture *self, const char *id, const char *body)
{
    g_autofree char *maildir = locate_maildir("work", "INBOX"), *file = NULL;
    g_autofree char *text = g_strdup_printf("Message-ID: <%s>\r\nSubject: Post\r\n\r\n%s\r\n", id, body);
    g_autoptr(GError) error = NULL;
    assert_true(blob_maildir_make(maildir, NULL));
    if (!blob_maildir_deliver(maildir, text, strlen(text), 0, &file, &error))
        fail_msg("%s", error->message);
    struct message_info info = fixture_info(id, NULL, 2000);
    info.subject = id;
    int64_t placement = 0;
    assert_true(store_local_put(self->db, self->inbox, file, 0, &info, &placement, NULL));
    return placement;
}

static void the_text_of_what_is_on_this_disk_is_found(void **state)
{
    struct fixture *self = *state;
    deliver(self, "1@x", "The quick brown fox\r\n跳过懒狗");
    catch_up(self);
    assert_found(self, "brown fox", "1@x");
    assert_found(self, "body:fox post", "");
    assert_found(self, "body:懒狗", "1@x");
    /* An IMAP message whose text comes later. */
    struct message_info info = fixture_info("2@x", NULL, 3000);
    info.subject = "2@x";
    int64_t placement = put_info(self, self->archive, 7, 0, NULL, &info);
    catch_up(self);
    assert_found(self, "zebra", "");
    g_autoptr(placement) place = store_placement(self->db, placement, NULL);
    const char text[] = "Subject: x\r\n\r\nA zebra in the garden\r\n";
    assert_true(blob_cache_put("work", place->message_id, NULL, text, strlen(text), NULL));
    assert_true(store_message_set_preview(self->db, place->message_id, "A zebra", NULL));
    catch_up(self);
    assert_found(self, "zebra garden", "2@x");
    assert_found(self, "\"zebra in the\" from:ada", "2@x");
    /* The cache may go at any time: what was found is found still, also when the message is looked at again. */
    g_autofree char *cached = blob_cache_path("work", place->message_id, NULL);
    g_unlink(cached);
    assert_true(store_message_set_preview(self->db, place->message_id, "A zebra", NULL));
    catch_up(self);
    assert_found(self, "zebra", "2@x");
}

static void what_is_gone_leaves_no_word_behind(void **state)
{
    struct fixture *self = *state;
    int64_t first = deliver(self, "1@x", "secretword and more");
    deliver(self, "2@x", "otherword and more");
    catch_up(self);
    g_autoptr(placement) place = store_placement(self->db, first, NULL);
    assert_found(self, "secretword", "1@x");
    assert_true(store_placement_file_vanished(self->db, self->inbox, place->file, NULL));
    assert_found(self, "secretword", "");
    assert_int_equal(store_message_collect(self->db, -1, 100, NULL, NULL), 1);
    catch_up(self);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM search.docs"), 1);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM search.texts"), 1);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM search.words WHERE words MATCH 'secretword'"), 0);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM search.words WHERE words MATCH 'otherword'"), 1);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM search_gone"), 0);
}

static void a_lost_or_damaged_index_is_made_anew(void **state)
{
    struct fixture *self = *state;
    fill(self);
    assert_found(self, "faktura", "Faktura 11/2026");
    g_autofree char *path = g_build_filename(self->directory, "search.db", NULL);
    store_close(self->db);
    assert_true(g_file_set_contents(path, "this is no database, but something long enough to look like one", -1, NULL));
    self->db = store_open(self->path, STORE_UI, NULL);
    catch_up(self);
    assert_found(self, "faktura", "Faktura 11/2026");
    /* Deleted under a connection that has it open: that one finds the new file. */
    g_unlink(path);
    catch_up(self);
    fixture_put(self->db, self->inbox, 77, "late@x", NULL, 99);
    catch_up(self);
    assert_found(self, "engine", "Notes on the engine");
    /* Another store in the same place: nothing of the old one is found. */
    store_close(self->db);
    g_unlink(self->path);
    self->db = store_open(self->path, STORE_UI, NULL);
    fixture_fill(self);
    fixture_put(self->db, self->inbox, 1, "new@x", NULL, 99);
    catch_up(self);
    assert_found(self, "faktura", "");
    assert_found(self, "engine", "Notes on the engine");
}

/* The file looks well from outside, its words do not. */
static void damage_inside_the_index_mends_itself(void **state)
{
    struct fixture *self = *state;
    fill(self);
    assert_found(self, "faktura", "Faktura 11/2026");
    assert_true(store_exec(self->db, "UPDATE search.words_data SET block = x'ffffffffffffffffffff' WHERE id > 10", NULL));
    g_autofree char *damaged = found_in(self, 0, "faktura");
    assert_true(g_str_has_prefix(damaged, "! The search index is damaged"));
    store_close(self->db);
    self->db = store_open(self->path, STORE_UI, NULL);
    catch_up(self);
    assert_found(self, "faktura", "Faktura 11/2026");
}

static void nothing_a_person_types_breaks_the_search(void **state)
{
    struct fixture *self = *state;
    fill(self);
    static const char *const typed[] = { "\"",
                                         "AND",
                                         "OR OR",
                                         "NOT",
                                         "NEAR(",
                                         "a*b",
                                         "subject:",
                                         "^x",
                                         "-",
                                         "(",
                                         ")",
                                         "{a b}:c",
                                         "col:*",
                                         "\"\"\"",
                                         "a\"b\"c",
                                         "*",
                                         "+",
                                         "NEAR(a b, 5)",
                                         "\xff\xfe",
                                         "';DROP--",
                                         "\\",
                                         "%",
                                         "!!!",
                                         "\xcc\x81",
                                         "\xf0\x9f\x98\x80",
                                         "a OR \xcc\x81",
                                         "-\xcc\x81",
                                         "-a -b",
                                         "-a OR -b" };
    g_autoptr(GRand) random = g_rand_new_with_seed(3);
    for (size_t i = 0; i < 1500 + G_N_ELEMENTS(typed); i++) {
        g_autoptr(GString) text = g_string_new(i < G_N_ELEMENTS(typed) ? typed[i] : NULL);
        for (int j = 0; i >= G_N_ELEMENTS(typed) && j < 14; j++)
            g_string_append_c(text, "\"*()^:-+ aANDORis:unread{}"[g_rand_int_range(random, 0, 27)]);
        g_autoptr(GError) error = NULL;
        const struct search_request request = { .text = text->str, .is_typed = i % 2 == 0, .after = 10 };
        g_autoptr(GPtrArray) rows = search_read(self->db, &request, NULL, &error);
        if (rows == NULL && error->domain != QUERY_LANGUAGE_ERROR)
            fail_msg("%s: %s", text->str, error->message);
    }
}

/* Every query against counting by hand over a store of random mail: word leads, index leads and plain walks must agree. */
static void every_way_of_looking_finds_the_same(void **state)
{
    struct fixture *self = *state;
    static const char *const words[] = { "alpha", "beta", "gamma", "delta" };
    static const char *const queries[] = { "alpha",
                                           "-alpha",
                                           "is:unread",
                                           "alpha is:unread",
                                           "alpha OR is:starred",
                                           "in:archive beta",
                                           "-in:archive -beta",
                                           "(alpha OR beta) -gamma",
                                           "tag:t",
                                           "alpha tag:t",
                                           "is:starred -alpha",
                                           "after:@5000 alpha",
                                           "before:@5000" };
    g_autoptr(GRand) random = g_rand_new_with_seed(11);
    unsigned subject_of[301], flags_of[301];
    bool is_tagged[301], is_archived[301];
    int64_t date_of[301];
    for (uint32_t uid = 1; uid <= 300; uid++) {
        g_autoptr(GString) subject = g_string_new("x");
        subject_of[uid] = (unsigned)g_rand_int_range(random, 0, 16);
        flags_of[uid] = (g_rand_boolean(random) ? MESSAGE_SEEN : 0) | (g_rand_boolean(random) ? MESSAGE_FLAGGED : 0);
        is_tagged[uid] = g_rand_int_range(random, 0, 5) == 0;
        is_archived[uid] = g_rand_boolean(random);
        date_of[uid] = g_rand_int_range(random, 1, 10000);
        for (unsigned i = 0; i < 4; i++)
            if (subject_of[uid] & 1U << i)
                g_string_append_printf(subject, " %s", words[i]);
        struct message_info info = fixture_info(NULL, NULL, date_of[uid]);
        info.subject = subject->str;
        put_info(self, is_archived[uid] ? self->archive : self->inbox, uid, flags_of[uid], is_tagged[uid] ? "t" : NULL, &info);
    }
    catch_up(self);
    for (size_t i = 0; i < G_N_ELEMENTS(queries); i++) {
        int wanted = 0;
        for (int uid = 1; uid <= 300; uid++) {
            bool a = subject_of[uid] & 1, b = subject_of[uid] & 2, c = subject_of[uid] & 4, unread = !(flags_of[uid] & MESSAGE_SEEN);
            bool star = flags_of[uid] & MESSAGE_FLAGGED, archived = is_archived[uid], tagged = is_tagged[uid], late = date_of[uid] >= 5000;
            const bool answers[] = {
                a,      !a,          unread,     a && unread, a || star, archived && b, !archived && !b, (a || b) && !c,
                tagged, a && tagged, star && !a, late && a,   !late
            };
            wanted += answers[i];
        }
        g_autoptr(GArray) ids = search_placements(self->db, 0, queries[i], 1000, NULL, NULL);
        int64_t total = 0, unread = 0;
        assert_true(search_count(self->db, queries[i], 1000, &total, &unread, NULL));
        if ((int)ids->len != wanted || total != wanted)
            fail_msg("%s: %u and %d, wanted %d", queries[i], ids->len, (int)total, wanted);
    }
}

static bool wait_for_index(event_queue *events)
{
    struct pollfd fd = { .fd = event_queue_fd(events), .events = POLLIN };
    while (poll(&fd, 1, 20000) > 0) {
        struct event *event = event_take(events);
        bool is_index = event != NULL && event->type == EVENT_INDEX_CHANGED;
        event_free(event);
        if (is_index)
            return true;
    }
    return false;
}

static void the_background_thread_follows_the_store(void **state)
{
    struct fixture *self = *state;
    event_queue *events = event_queue_new();
    fixture_put(self->db, self->inbox, 1, "1@x", NULL, 1000);
    search_indexer *indexer = search_indexer_start(self->path, events);
    assert_true(wait_for_index(events));
    assert_found(self, "engine", "Notes on the engine");
    struct message_info info = fixture_info("2@x", NULL, 2000);
    info.subject = "Another";
    put_info(self, self->inbox, 2, 0, NULL, &info);
    search_indexer_wake(indexer);
    while (wait_for_index(events)) {
        g_autofree char *found = found_in(self, 0, "another");
        if (*found != '\0')
            break;
    }
    assert_found(self, "another", "Another");
    search_indexer_free(indexer);
    event_queue_free(events);
}

/* By another program with another format, or one that put a backup back. */
static void an_index_that_somebody_emptied_is_filled_again(void **state)
{
    struct fixture *self = *state;
    event_queue *events = event_queue_new();
    fixture_put(self->db, self->inbox, 1, "1@x", NULL, 1000);
    search_indexer *indexer = search_indexer_start(self->path, events);
    assert_true(wait_for_index(events));
    assert_found(self, "engine", "Notes on the engine");
    search_index_discard(self->db);
    g_autoptr(store) other = store_open(self->path, STORE_READER, NULL);
    assert_true(search_index_attach(other, NULL)); /* empties it */
    search_indexer_wake(indexer);
    for (int waited = 0; waited < 20000 && !search_wait(other, 100); waited += 100)
        continue;
    assert_found(self, "engine", "Notes on the engine");
    search_indexer_free(indexer);
    event_queue_free(events);
}

struct opener {
    const char *path;
    int lost, opened; /* read when the thread has ended */
};

/* Opens it again and again: what is in it only grows. */
static void open_often(worker *thread, void *data)
{
    struct opener *self = data;
    int64_t last = 0;
    while (!worker_is_stopping(thread)) {
        g_autoptr(store) db = store_open(self->path, STORE_READER, NULL);
        int64_t now = db != NULL && search_index_attach(db, NULL)
                          ? fixture_number(db, "SELECT coalesce(max(value), 0) FROM search.state WHERE key = 'last'")
                          : 0;
        self->lost += now < last;
        self->opened++;
        last = now;
    }
}

/* A search begins while mail comes: who opens the index then must not take it for one of another store. */
static void an_index_is_opened_while_mail_comes_and_loses_nothing(void **state)
{
    struct fixture *self = *state;
    struct opener opener = { .path = self->path };
    catch_up(self);
    worker *thread = worker_start("opener", open_often, &opener);
    for (uint32_t uid = 1; uid <= 150; uid++) {
        fixture_put(self->db, self->inbox, uid, NULL, NULL, 1000 + uid);
        catch_up(self);
    }
    worker_stop(thread);
    worker_join(thread);
    worker_free(thread);
    assert_true(opener.opened > 0);
    assert_int_equal(opener.lost, 0);
}

/* Killed again and again: what is there in the end is all, and once. */
static void an_indexer_that_is_killed_goes_on_where_it_was(void **state)
{
    struct fixture *self = *state;
    assert_true(store_begin(self->db, NULL));
    for (uint32_t uid = 1; uid <= 20000; uid++)
        fixture_put(self->db, self->inbox, uid, NULL, NULL, 1000 + uid);
    assert_true(store_commit(self->db, NULL));
    for (int i = 0; i < 6; i++) {
        pid_t child = fork();
        if (child == 0) {
            search_indexer_catch_up(self->path, NULL, NULL, NULL);
            _exit(0);
        }
        g_usleep((gulong)(20000 + i * 30000));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    catch_up(self);
    int64_t total = 0, unread = 0;
    assert_true(search_count(self->db, "engine", 100000, &total, &unread, NULL));
    assert_int_equal(total, 20000);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM search.words WHERE words MATCH 'engine'"), 20000);
}

static char *folded(const char *text, bool is_wanted)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (is_wanted)
        search_fold_wanted(text, out, NULL);
    else
        search_fold(text, strlen(text), out);
    return g_strchomp(g_strdup(out->str));
}

static void words_are_folded_in_any_script(void **state)
{
    (void)state;
    static const struct {
        const char *text, *stored, *wanted;
    } cases[] = {
        { "Hello, World!", "hello world", "hello world" },
        { "Łódź ZAŻÓŁĆ", "lodz zazolc", "lodz zazolc" },
        { "Weißbier GROẞ", "weissbier gross", "weissbier gross" },
        { "e\xcc\x81tude étude", "etude etude", "etude etude" },
        { "ﬁnance Ｆｕｌｌ", "finance full", "finance full" },
        { "会議", "会議 議", "会議" },
        { "会", "会", "会" },
        { "a会議b", "a 会議 議 b", "a 会議 b" },
        { "Привет Ёлка", "привет елка", "привет елка" },
        { "Ελλάδα ΟΔΟΣ οδός", "ελλαδα οδοσ οδοσ", "ελλαδα οδοσ οδοσ" },
        { "한국어", "한국 국어 어", "한국 국어" },
        { "ｶﾀｶﾅ", "カタ タカ カナ ナ", "カタ タカ カナ" },
        { "שלום", "שלום", "שלום" },
        { "مُحَمَّد", "محمد", "محمد" },
        { "soft\xc2\xadhyphen", "softhyphen", "softhyphen" },
        { "x😀y", "x 😀 y", "x 😀 y" },
        { "\xff\xfe bad", "bad", "bad" },
        { "हिन्दी", "हनद", "हनद" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *stored = folded(cases[i].text, false), *wanted = folded(cases[i].text, true);
        assert_string_equal(stored, cases[i].stored);
        assert_string_equal(wanted, cases[i].wanted);
    }
}

static void of_an_endless_text_every_word_is_kept_once(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 50000; i++)
        g_string_append_printf(text, "again%d ", i % 1000);
    g_string_append(text, "needle ");
    size_t left = search_fold_thin(text, 1024);
    assert_true(left < 20000);
    assert_non_null(strstr(text->str, "again999 "));
    assert_non_null(strstr(text->str, " needle "));
    assert_true(g_str_has_prefix(text->str, "again0 again1 again2 "));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_condition_finds_its_messages),
        TEST(mail_of_an_account_that_is_away_is_not_found),
        TEST(a_message_in_two_folders_is_found_once),
        TEST(windows_page_through_all_matches_without_gap_or_repeat),
        TEST(the_text_of_what_is_on_this_disk_is_found),
        TEST(what_is_gone_leaves_no_word_behind),
        TEST(a_lost_or_damaged_index_is_made_anew),
        TEST(damage_inside_the_index_mends_itself),
        TEST(nothing_a_person_types_breaks_the_search),
        TEST(every_way_of_looking_finds_the_same),
        TEST(the_background_thread_follows_the_store),
        TEST(an_index_that_somebody_emptied_is_filled_again),
        TEST(an_index_is_opened_while_mail_comes_and_loses_nothing),
        TEST(an_indexer_that_is_killed_goes_on_where_it_was),
        cmocka_unit_test(words_are_folded_in_any_script),
        cmocka_unit_test(of_an_endless_text_every_word_is_kept_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
