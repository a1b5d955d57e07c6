/* SPDX-License-Identifier: MIT */
/* LABEL: threads. Local accounts on directories of other programs: Maildir++, plain trees and postern's own, with the engine running. */
#include "core/blob.h"
#include "core/engine.h"
#include "core/intent.h"
#include "core/locate.h"
#include "core/maildir_index_private.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include "core/store_role.h"
#include "core/undo.h"
#include "tests/remove_tree.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_MS 20000

struct home {
    char *root, *mail; /* mail: the account's path */
    struct account *account;
    struct settings *settings;
    event_queue *events;
    engine *engine;
    store *store;
    int64_t account_id;
};

static void write_message(const struct home *home, const char *folder, const char *name, const char *subject)
{
    g_autofree char *path = g_build_filename(home->mail, folder, name, NULL), *directory = g_path_get_dirname(path);
    g_autofree char *text = g_strdup_printf("From: B <b@x.test>\nSubject: %s\nMessage-ID: <%s@x>\nDate: Tue, 17 Nov 2026 09:41:00 +0000\n\n"
                                            "Text.\n",
                                            subject, subject);
    assert_int_equal(g_mkdir_with_parents(directory, 0700), 0);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void make_maildir(const struct home *home, const char *folder)
{
    g_autofree char *path = g_build_filename(home->mail, folder, NULL);
    assert_true(blob_maildir_make(path, NULL));
}

static struct home *home_new(void)
{
    static const char *const names[] = { "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME" };
    struct home *self = g_new0(struct home, 1);
    self->root = g_dir_make_tmp("postern-maildir-XXXXXX", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        g_setenv(names[i], self->root, TRUE);
    self->mail = g_build_filename(self->root, "their mail", NULL);
    self->settings = settings_new_default();
    return self;
}

static void prepare(struct home *self)
{
    g_autoptr(GPtrArray) accounts = g_ptr_array_new();
    g_autofree char *path = g_build_filename(self->root, "mail.db", NULL);
    self->account = account_new("local");
    self->account->incoming.protocol = ACCOUNT_PROTOCOL_MAILDIR;
    self->account->incoming.path = g_strdup(self->mail);
    self->account->outgoing.protocol = ACCOUNT_PROTOCOL_SENDMAIL;
    self->account->from_address = g_strdup("a@x.test");
    g_ptr_array_add(accounts, self->account);
    self->store = store_open(path, STORE_UI, NULL);
    self->events = event_queue_new();
    self->engine = engine_new(accounts, self->settings, path, self->events);
}

static void start(struct home *self)
{
    prepare(self);
    engine_start(self->engine);
    self->account_id = store_account_id(self->store, "local", NULL);
}

static void stop(struct home *self)
{
    engine_free(self->engine);
    event_queue_free(self->events);
    store_close(self->store);
    account_free(self->account);
}

static void home_free(struct home *self)
{
    stop(self);
    settings_free(self->settings);
    remove_tree(self->root);
    g_free(self->root);
    g_free(self->mail);
    g_free(self);
}

static struct folder *find_folder(const struct home *self, const char *name)
{
    g_autoptr(GPtrArray) all = store_folders(self->store, self->account_id, NULL);
    for (guint i = 0; all != NULL && i < all->len; i++) {
        const struct folder *box = g_ptr_array_index(all, i);
        if (strcmp(box->name, name) == 0)
            return store_folder(self->store, box->id, NULL);
    }
    return NULL;
}

/* total -1: the folder is not there. */
static struct folder *await(const struct home *self, const char *name, int64_t total, int64_t unread)
{
    for (int waited = 0; waited < WAIT_MS; waited += 10) {
        struct folder *box = find_folder(self, name);
        if (box == NULL && total < 0)
            return NULL;
        if (box != NULL && box->total == total && box->unread == unread)
            return box;
        folder_free(box);
        g_usleep(10 * 1000);
    }
    g_autoptr(folder) box = find_folder(self, name);
    fail_msg("%s: %d messages, %d unread (wanted %d, %d)", name, box != NULL ? (int)box->total : -1, box != NULL ? (int)box->unread : -1,
             (int)total, (int)unread);
    return NULL;
}

static void assert_counts(const struct home *self, const char *name, int64_t total, int64_t unread)
{
    g_autoptr(folder) box = await(self, name, total, unread);
    assert_true(box != NULL || total < 0);
}

static int64_t only_placement(const struct home *self, const char *name)
{
    g_autoptr(folder) box = find_folder(self, name);
    g_autoptr(GPtrArray) files = store_placement_files(self->store, box->id, NULL);
    assert_int_equal(files->len, 1);
    return store_placement_find_file(self->store, box->id, g_ptr_array_index(files, 0));
}

static void await_file(const struct home *self, const char *relative, bool is_there)
{
    g_autofree char *path = g_build_filename(self->mail, relative, NULL);
    for (int waited = 0; waited < WAIT_MS; waited += 10) {
        if (g_file_test(path, G_FILE_TEST_EXISTS) == is_there)
            return;
        g_usleep(10 * 1000);
    }
    fail_msg("%s: %s", path, is_there ? "is not there" : "is still there");
}

/* --- Maildir++ --- */

static struct home *plus_home_closed(void)
{
    struct home *self = home_new();
    make_maildir(self, "");
    make_maildir(self, ".Gesendet");
    make_maildir(self, ".Entw&APw-rfe"); /* modified UTF-7 */
    make_maildir(self, ".Lists.c");
    make_maildir(self, ".R&D"); /* not modified UTF-7: taken as it is */
    write_message(self, "cur", "1.a:2,S", "one");
    write_message(self, "new", "2.a", "two");
    write_message(self, ".Lists.c/cur", "3.a:2,", "three");
    return self;
}

static struct home *plus_home(void)
{
    struct home *self = plus_home_closed();
    start(self);
    return self;
}

static void maildirpp_is_read_with_its_names_and_roles(void **state)
{
    (void)state;
    struct home *self = plus_home();
    assert_counts(self, "Inbox", 2, 1);
    assert_counts(self, "Lists.c", 1, 1);
    assert_counts(self, "R&D", 0, 0);
    g_autoptr(folder) drafts = await(self, "Entwürfe", 0, 0), sent = await(self, "Gesendet", 0, 0);
    assert_int_equal(drafts->role, FOLDER_DRAFTS);
    assert_int_equal(sent->role, FOLDER_SENT);
    home_free(self);
}

static void what_another_program_does_is_seen_file_by_file(void **state)
{
    (void)state;
    struct home *self = plus_home();
    g_autofree char *from = g_build_filename(self->mail, "new/2.a", NULL), *to = g_build_filename(self->mail, "cur/2.a:2,FS", NULL);
    assert_counts(self, "Inbox", 2, 1);
    assert_int_equal(g_rename(from, to), 0); /* read and starred there */
    assert_counts(self, "Inbox", 2, 0);
    write_message(self, "new", "4.a", "four");
    assert_counts(self, "Inbox", 3, 1);
    assert_int_equal(g_unlink(to), 0);
    assert_counts(self, "Inbox", 2, 1);
    make_maildir(self, ".Later");
    write_message(self, ".Later/new", "5.a", "five");
    assert_counts(self, "Later", 1, 1);
    home_free(self);
}

static void flags_and_moves_reach_the_files(void **state)
{
    (void)state;
    struct home *self = plus_home();
    assert_counts(self, "Lists.c", 1, 1);
    assert_counts(self, "Inbox", 2, 1);
    int64_t id = only_placement(self, "Lists.c");
    g_autoptr(folder) inbox = find_folder(self, "Inbox");
    assert_true(intent_flags(self->store, &id, 1, MESSAGE_SEEN, 0, NULL));
    engine_wake(self->engine);
    await_file(self, ".Lists.c/cur/3.a:2,S", true);
    assert_true(intent_move(self->store, &id, 1, inbox->id, NULL));
    engine_wake(self->engine);
    await_file(self, "cur/3.a:2,S", true);
    await_file(self, ".Lists.c/cur/3.a:2,S", false);
    assert_counts(self, "Inbox", 3, 1);
    home_free(self);
}

static void await_one(const struct home *self, const char *folder, const char *letters)
{
    g_autofree char *path = g_build_filename(self->mail, folder, "cur", NULL);
    for (int waited = 0; waited < WAIT_MS; waited += 10) {
        g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);
        const char *name = entries != NULL ? g_dir_read_name(entries) : NULL;
        if (name != NULL && g_str_has_suffix(name, letters))
            return;
        g_usleep(10 * 1000);
    }
    fail_msg("no file …%s in %s", letters, path);
}

static void a_copy_has_the_flags_of_what_it_was_made_of(void **state)
{
    (void)state;
    struct home *self = plus_home_closed();
    g_autofree char *from = g_build_filename(self->mail, ".Lists.c/cur/3.a:2,", NULL),
                    *to = g_build_filename(self->mail, ".Lists.c/cur/3.a:2,F", NULL);
    assert_int_equal(g_rename(from, to), 0); /* starred, and unread */
    start(self);
    assert_counts(self, "Lists.c", 1, 1);
    int64_t id = only_placement(self, "Lists.c");
    g_autoptr(folder) sent = await(self, "Gesendet", 0, 0);
    assert_true(intent_copy(self->store, &id, 1, sent->id, NULL));
    engine_wake(self->engine);
    await_one(self, ".Gesendet", ":2,F");
    assert_counts(self, "Gesendet", 1, 1);
    home_free(self);
}

/* Names that are no words in any encoding, a mail without a date, and what is no file at all. */
static void what_lies_in_a_maildir_may_have_any_name(void **state)
{
    (void)state;
    struct home *self = plus_home_closed();
    g_autofree char *pipe = g_build_filename(self->mail, "cur/pipe:2,", NULL),
                    *dateless = g_build_filename(self->mail, ".Lists.c/cur/3.a:2,", NULL);
    const struct timespec came[2] = { { .tv_sec = 1700000000 }, { .tv_sec = 1700000000 } };
    write_message(self, ".Entw&APw-rfe/cur", "\xff\xfe odd:2,", "odd");
    assert_true(g_file_set_contents(dateless, "Subject: no date\n\nText.\n", -1, NULL));
    assert_int_equal(utimensat(AT_FDCWD, dateless, came, 0), 0);
    assert_int_equal(mkfifo(pipe, 0600), 0); /* was waited for without end */
    start(self);
    assert_counts(self, "Inbox", 2, 1);
    assert_counts(self, "Lists.c", 1, 1);
    g_autoptr(placement) old = store_placement(self->store, only_placement(self, "Lists.c"), NULL);
    assert_int_equal(old->date_utc, 1700000000);
    int64_t id = only_placement(self, "Entwürfe");
    g_autoptr(folder) lists = find_folder(self, "Lists.c");
    assert_true(intent_move(self->store, &id, 1, lists->id, NULL));
    engine_wake(self->engine);
    await_file(self, ".Lists.c/cur/\xff\xfe odd:2,", true);
    assert_counts(self, "Lists.c", 2, 2);
    assert_counts(self, "Entwürfe", 0, 0);
    g_autoptr(placement) moved = store_placement(self->store, id, NULL);
    g_autofree char *path = moved != NULL ? locate_message(self->store, moved) : NULL;
    assert_non_null(path);
    home_free(self);
}

static void await_tags(const struct home *self, int64_t id, const char *wanted)
{
    g_autoptr(placement) now = NULL;
    for (int waited = 0; waited < WAIT_MS; waited += 10) {
        g_clear_pointer(&now, placement_free);
        now = store_placement(self->store, id, NULL);
        if (now != NULL && g_strcmp0(now->keywords, wanted) == 0)
            return;
        g_usleep(10 * 1000);
    }
    fail_msg("tags: %s (wanted %s)", now != NULL ? now->keywords : "no message", wanted);
}

static void write_words(const struct home *self, const char *folder, const char *text)
{
    g_autofree char *path = g_build_filename(self->mail, folder, "dovecot-keywords", NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void tags_are_the_letters_that_dovecot_uses(void **state)
{
    (void)state;
    struct home *self = plus_home();
    assert_counts(self, "Lists.c", 1, 1);
    assert_counts(self, "Inbox", 2, 1);
    int64_t id = only_placement(self, "Lists.c");
    g_autoptr(folder) inbox = find_folder(self, "Inbox");
    g_autofree char *words = g_build_filename(self->mail, ".Lists.c", "dovecot-keywords", NULL), *text = NULL;
    /* of another program */
    write_words(self, ".Lists.c", "0 work\n1 later\n");
    write_words(self, "", "0 family\n");
    g_autofree char *from = g_build_filename(self->mail, ".Lists.c/cur/3.a:2,", NULL), *to = g_strconcat(from, "b", NULL);
    assert_int_equal(g_rename(from, to), 0);
    await_tags(self, id, "later");
    /* our own */
    assert_true(intent_keywords(self->store, &id, 1, "new", "later", NULL));
    await_tags(self, id, "new");
    engine_wake(self->engine);
    await_file(self, ".Lists.c/cur/3.a:2,c", true);
    assert_true(g_file_get_contents(words, &text, NULL, NULL));
    assert_string_equal(text, "0 work\n1 later\n2 new\n");
    assert_true(intent_flags(self->store, &id, 1, MESSAGE_SEEN, 0, NULL));
    engine_wake(self->engine);
    await_file(self, ".Lists.c/cur/3.a:2,Sc", true);
    /* elsewhere another letter */
    assert_true(intent_move(self->store, &id, 1, inbox->id, NULL));
    engine_wake(self->engine);
    await_file(self, "cur/3.a:2,Sb", true);
    await_tags(self, id, "new");
    home_free(self);
}

static void folders_are_made_renamed_and_removed_as_directories(void **state)
{
    (void)state;
    struct home *self = plus_home();
    g_autoptr(GError) error = NULL;
    assert_counts(self, "Lists.c", 1, 1);
    int64_t made = intent_folder_create(self->store, self->account_id, "Größe.neu", &error);
    assert_true(made != 0);
    engine_wake(self->engine);
    await_file(self, ".Gr&APYA3w-e.neu/cur", true);
    g_autoptr(folder) lists = find_folder(self, "Lists.c");
    int64_t id = only_placement(self, "Lists.c");
    assert_true(intent_folder_rename(self->store, lists->id, "Languages.c", &error));
    g_autoptr(placement) before = store_placement(self->store, id, NULL);
    g_autofree char *path_before = locate_message(self->store, before);
    assert_non_null(path_before); /* can be read at any moment */
    engine_wake(self->engine);
    await_file(self, ".Languages.c/cur/3.a:2,", true);
    g_autofree char *path_after = locate_message(self->store, before);
    assert_true(path_after != NULL && strstr(path_after, ".Languages.c/") != NULL);
    assert_true(intent_folder_delete(self->store, lists->id, &error)); /* has mail: refused, and it is back */
    engine_wake(self->engine);
    assert_counts(self, "Languages.c", 1, 1);
    assert_true(intent_folder_delete(self->store, made, &error));
    engine_wake(self->engine);
    await_file(self, ".Gr&APYA3w-e.neu", false);
    await_file(self, ".Languages.c/cur/3.a:2,", true);
    home_free(self);
}

/* --- what inotify tells of the program's own moves, late --- */

static void nothing_to_do(worker *thread, void *data)
{
    (void)thread;
    (void)data;
}

/* The engine's parts, without its threads. */
struct still {
    struct home *home;
    store *store;
    worker *thread;
    maildir_index *index;
    int64_t id;
    struct folder *lists, *inbox;
};

static struct still still_open(void)
{
    struct still self = { .home = plus_home_closed() };
    struct home *home = self.home;
    prepare(home);
    assert_true(engine_prepare_once(home->engine, NULL));
    home->account_id = store_account_id(home->store, "local", NULL);
    self.store = store_open(home->engine->store_path, STORE_WORKER, NULL);
    self.thread = worker_start("still", nothing_to_do, NULL);
    self.index = maildir_index_new(g_ptr_array_index(home->engine->accounts, 0), self.store, self.thread, NULL);
    assert_true(maildir_index_update(self.index, true, NULL));
    maildir_index_listen(self.index); /* what was made at the start */
    assert_true(maildir_index_update(self.index, true, NULL));
    self.id = only_placement(home, "Lists.c");
    self.lists = find_folder(home, "Lists.c");
    self.inbox = find_folder(home, "Inbox");
    return self;
}

static void still_close(struct still *self)
{
    folder_free(self->lists);
    folder_free(self->inbox);
    maildir_index_free(self->index);
    worker_free(self->thread);
    store_close(self->store);
    home_free(self->home);
}

/* As the local worker does it. */
static void carry_out_move(const struct still *self, const char *from, const char *to)
{
    g_autoptr(GPtrArray) due = intent_pending(self->store, self->home->account_id, 10, NULL);
    g_autofree char *here = g_build_filename(self->home->mail, from, NULL), *there = g_build_filename(self->home->mail, to, NULL);
    assert_int_equal(due->len, 1);
    const struct intent *wish = g_ptr_array_index(due, 0);
    assert_true(intent_set_in_flight(self->store, &wish->id, 1, NULL));
    assert_true(blob_maildir_move(here, wish->file, there, NULL));
    assert_true(intent_settled(self->store, wish->id, NULL));
}

static void assert_is_in(const struct still *self, const struct folder *box)
{
    g_autoptr(placement) now = store_placement(self->home->store, self->id, NULL);
    assert_non_null(now);
    assert_int_equal(now->folder_id, box->id);
}

/* A person takes a move back after the file was moved, and before what inotify says of that was read. */
static void a_move_taken_back_at_once_stays_taken_back(void **state)
{
    (void)state;
    struct still self = still_open();
    assert_true(intent_move(self.home->store, &self.id, 1, self.inbox->id, NULL));
    carry_out_move(&self, ".Lists.c", "");
    assert_true(undo_last(self.home->store, NULL, NULL));
    maildir_index_listen(self.index);
    assert_true(maildir_index_update(self.index, false, NULL));
    assert_is_in(&self, self.lists);
    carry_out_move(&self, "", ".Lists.c");
    assert_true(maildir_index_update(self.index, false, NULL));
    assert_is_in(&self, self.lists);
    assert_counts(self.home, "Lists.c", 1, 1);
    assert_counts(self.home, "Inbox", 2, 1);
    still_close(&self);
}

/* A directory that another program never made: the folder is made here, and what waits for it must not go with the next look at the disk. */
static void what_is_put_away_waits_in_a_folder_that_is_not_on_the_disk_yet(void **state)
{
    (void)state;
    struct still self = still_open();
    int64_t archive = store_role_folder(self.home->store, self.home->account_id, FOLDER_ARCHIVE, NULL);
    assert_true(archive != 0);
    assert_true(maildir_index_update(self.index, true, NULL)); /* between the folder and the message */
    g_autofree char *path = g_build_filename(self.home->mail, "message", NULL);
    assert_true(g_file_set_contents(path, "Subject: kept\n\nx\n", -1, NULL));
    int64_t id = intent_append(self.home->store, archive, path, MESSAGE_SEEN, NULL);
    assert_true(id != 0);
    assert_true(maildir_index_update(self.index, true, NULL));
    g_autoptr(folder) still_there = store_folder(self.home->store, archive, NULL);
    assert_non_null(still_there);
    assert_int_equal(intent_count(self.home->store, self.home->account_id), 1);
    assert_counts(self.home, "Archive", 1, 0);
    still_close(&self);
}

/* The same, with the way back done too before the index is brought up to date: it is the same row still, so that other actions on it can be undone. */
static void a_file_that_is_back_was_never_gone(void **state)
{
    (void)state;
    struct still self = still_open();
    assert_true(intent_move(self.home->store, &self.id, 1, self.inbox->id, NULL));
    carry_out_move(&self, ".Lists.c", "");
    maildir_index_listen(self.index);
    assert_true(undo_last(self.home->store, NULL, NULL));
    carry_out_move(&self, "", ".Lists.c");
    assert_true(maildir_index_update(self.index, false, NULL));
    assert_is_in(&self, self.lists);
    assert_counts(self.home, "Lists.c", 1, 1);
    assert_counts(self.home, "Inbox", 2, 1);
    still_close(&self);
}

/* --- two at once --- */

static bool await_event(event_queue *events, enum event_type wanted)
{
    for (int waited = 0; waited < WAIT_MS; waited += 10) {
        struct event *event;
        bool is_it = false;
        while ((event = event_take(events)) != NULL) {
            is_it |= event->type == wanted;
            event_free(event);
        }
        if (is_it)
            return true;
        g_usleep(10 * 1000);
    }
    return false;
}

static void the_second_postern_goes_on_when_the_first_has_ended(void **state)
{
    (void)state;
    struct home *self = plus_home();
    g_autoptr(GPtrArray) accounts = g_ptr_array_new();
    g_autofree char *path = g_build_filename(self->root, "mail.db", NULL);
    assert_counts(self, "Inbox", 2, 1);
    g_ptr_array_add(accounts, self->account);
    event_queue *events = event_queue_new();
    engine *second = engine_new(accounts, self->settings, path, events), *first = self->engine;
    engine_start(second); /* which follows */
    engine_free(first);
    self->engine = second;
    assert_true(await_event(events, EVENT_ALONE));
    engine_wake(second);
    write_message(self, "new", "9.a", "nine");
    assert_counts(self, "Inbox", 3, 2);
    event_queue *last = self->events;
    self->events = events;
    event_queue_free(last);
    home_free(self);
}

/* --- plain --- */

static void plain_directories_are_read_with_those_in_them(void **state)
{
    (void)state;
    struct home *self = home_new();
    make_maildir(self, "INBOX");
    make_maildir(self, "work/büro");
    make_maildir(self, "work");
    write_message(self, "INBOX/new", "1.a", "one");
    write_message(self, "work/büro/cur", "2.a:2,", "two");
    g_autofree char *loop = g_build_filename(self->mail, "work/loop", NULL);
    assert_int_equal(symlink("..", loop), 0); /* ends */
    start(self);
    assert_counts(self, "Inbox", 1, 1);
    assert_counts(self, "work/büro", 1, 1);
    g_autoptr(folder) loops = find_folder(self, "work/loop/work");
    assert_null(loops);
    home_free(self);
}

static void an_empty_place_becomes_an_inbox(void **state)
{
    (void)state;
    struct home *self = home_new();
    start(self);
    assert_counts(self, "Inbox", 0, 0);
    await_file(self, "Inbox/cur", true);
    write_message(self, "Inbox/new", "1.a", "one");
    assert_counts(self, "Inbox", 1, 1);
    home_free(self);
}

/* Its mail may come back any moment: what postern knows of it stays. */
static void a_directory_that_is_suddenly_empty_is_not_believed(void **state)
{
    (void)state;
    struct home *self = home_new();
    make_maildir(self, "INBOX");
    make_maildir(self, "kept");
    write_message(self, "kept/cur", "1.a:2,", "one");
    start(self);
    assert_counts(self, "kept", 1, 1);
    stop(self);
    g_autofree char *away = g_strconcat(self->mail, ".away", NULL);
    assert_int_equal(g_rename(self->mail, away), 0);
    assert_int_equal(g_mkdir(self->mail, 0700), 0);
    start(self);
    g_usleep(300 * 1000);
    assert_counts(self, "kept", 1, 1);
    assert_int_equal(g_rmdir(self->mail), 0);
    assert_int_equal(g_rename(away, self->mail), 0);
    engine_wake(self->engine);
    assert_counts(self, "kept", 1, 1);
    home_free(self);
}

static void what_changed_while_postern_was_closed_is_found(void **state)
{
    (void)state;
    struct home *self = plus_home();
    assert_counts(self, "Inbox", 2, 1);
    stop(self);
    write_message(self, "new", "9.a", "nine");
    g_autofree char *gone = g_build_filename(self->mail, "cur/1.a:2,S", NULL);
    assert_int_equal(g_unlink(gone), 0);
    start(self);
    assert_counts(self, "Inbox", 2, 2);
    home_free(self);
}

static void a_name_never_leads_out_of_the_tree(void **state)
{
    (void)state;
    struct maildir_tree plain = { MAILDIR_PLAIN, (char *)"/mail", '/' }, plus = { MAILDIR_PLUS, (char *)"/mail", '.' };
    static const char *const names[] = { "../x", "a/../../x", "/x", "a//b", "." };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *one = maildir_tree_directory(&plain, names[i]), *two = maildir_tree_directory(&plus, names[i]);
        assert_true(g_str_has_prefix(one, "/mail/") && strstr(one, "/..") == NULL && strchr(one + 6, '/') == NULL);
        assert_true(g_str_has_prefix(two, "/mail/") && strstr(two, "/../") == NULL && strchr(two + 6, '/') == NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maildirpp_is_read_with_its_names_and_roles),
        cmocka_unit_test(what_another_program_does_is_seen_file_by_file),
        cmocka_unit_test(flags_and_moves_reach_the_files),
        cmocka_unit_test(what_lies_in_a_maildir_may_have_any_name),
        cmocka_unit_test(a_copy_has_the_flags_of_what_it_was_made_of),
        cmocka_unit_test(tags_are_the_letters_that_dovecot_uses),
        cmocka_unit_test(folders_are_made_renamed_and_removed_as_directories),
        cmocka_unit_test(a_move_taken_back_at_once_stays_taken_back),
        cmocka_unit_test(a_file_that_is_back_was_never_gone),
        cmocka_unit_test(what_is_put_away_waits_in_a_folder_that_is_not_on_the_disk_yet),
        cmocka_unit_test(the_second_postern_goes_on_when_the_first_has_ended),
        cmocka_unit_test(plain_directories_are_read_with_those_in_them),
        cmocka_unit_test(an_empty_place_becomes_an_inbox),
        cmocka_unit_test(a_directory_that_is_suddenly_empty_is_not_believed),
        cmocka_unit_test(what_changed_while_postern_was_closed_is_found),
        cmocka_unit_test(a_name_never_leads_out_of_the_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
