/* SPDX-License-Identifier: MIT */
/* For tests of whole visits to a maildrop: an account, an engine, a small server, and what is where afterwards. */
#pragma once
#include "core/blob.h"
#include "core/engine.h"
#include "core/intent.h"
#include "core/store_folder.h"
#include "core/store_private.h"
#include "core/undo.h"
#include "tests/peer/peer_maildrop.h"
#include "tests/remove_tree.h"
#include "tests/unit/core/store_fixture.h"
#include <poll.h>
#include <string.h>

#define INBOX       "postern/mail/pop/Inbox"
#define PATIENCE_MS 20000

struct bench {
    char *directory, *store_path;
    store *db;
    struct settings *settings;
    struct account *account;
    event_queue *events;
    engine *running; /* NULL: none; ended here if a test fails while it runs */
    peer_maildrop *drop;
    unsigned next; /* number of the next message */
};

static inline int bench_open(void **state)
{
    struct bench *self = g_new0(struct bench, 1);
    self->directory = g_dir_make_tmp("postern-pop3-XXXXXX", NULL);
    g_setenv("XDG_DATA_HOME", self->directory, TRUE);
    g_setenv("XDG_CACHE_HOME", self->directory, TRUE);
    g_setenv("XDG_CONFIG_HOME", self->directory, TRUE);
    self->store_path = g_build_filename(self->directory, "mail.db", NULL);
    self->db = store_open(self->store_path, STORE_UI, NULL);
    assert_non_null(self->db);
    self->settings = settings_new_default();
    self->account = account_new("pop");
    struct account_server *server = &self->account->incoming;
    server->protocol = ACCOUNT_PROTOCOL_POP3;
    server->host = g_strdup("127.0.0.1");
    server->user = g_strdup("alice");
    server->security = ACCOUNT_SECURITY_PLAIN;
    server->secret = ACCOUNT_SECRET_PASSWORD;
    server->password = g_strdup("secret");
    self->account->name = g_strdup("pop");
    self->account->from_address = g_strdup("alice@example.test");
    self->events = event_queue_new();
    self->drop = peer_maildrop_new(&server->port);
    self->next = 1;
    *state = self;
    return 0;
}

static inline int bench_close(void **state)
{
    struct bench *self = *state;
    engine_free(self->running);
    peer_maildrop_free(self->drop);
    event_queue_free(self->events);
    account_free(self->account);
    settings_free(self->settings);
    store_close(self->db);
    remove_tree(self->directory);
    g_free(self->directory);
    g_free(self->store_path);
    g_free(self);
    return 0;
}

/* False: why is printed. */
static inline bool try_sync(struct bench *self)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) accounts = g_ptr_array_new();
    g_ptr_array_add(accounts, self->account);
    engine *engine = engine_new(accounts, self->settings, self->store_path, self->events);
    bool is_ok = engine_sync_once(engine, "pop", &error);
    engine_free(engine);
    if (!is_ok)
        print_message("%s\n", error->message);
    return is_ok;
}

static inline void sync_now(struct bench *self)
{
    assert_true(try_sync(self));
}

static inline char *text_of(unsigned number)
{
    return g_strdup_printf(
        "Received: from a by b; Sat, 21 Nov 2026 07:%02u:%02u +0000\nFrom: Ada <ada@example.test>\nTo: alice@example.test\n"
        "Subject: Number %u\nMessage-ID: <n%u@example.test>\nDate: Fri, 20 Nov 2026 10:00:00 +0000\n\nHello.\n.\n..dots\n",
        number / 60 % 60, number % 60, number, number);
}

static inline void add(struct bench *self, unsigned count)
{
    for (unsigned i = 0; i < count; i++, self->next++) {
        g_autofree char *text = text_of(self->next), *uidl = g_strdup_printf("u%u", self->next);
        peer_maildrop_add(self->drop, uidl, text);
    }
}

static inline unsigned files_in(struct bench *self, const char *part)
{
    g_autofree char *path = g_build_filename(self->directory, INBOX, part, NULL);
    g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);
    unsigned count = 0;
    while (entries != NULL && g_dir_read_name(entries) != NULL)
        count++;
    return count;
}

static inline int64_t number_of(struct bench *self, const char *sql)
{
    int64_t number = -1;
    assert_true(store_number_values(self->db, &number, NULL, sql, STORE_VALUES()));
    return number;
}

/* So many messages are in Inbox, in the list and as files, each once; nothing is left half-written. */
static inline void assert_here(struct bench *self, unsigned count)
{
    assert_int_equal(files_in(self, "new") + files_in(self, "cur"), count);
    assert_int_equal(files_in(self, "tmp"), 0);
    assert_int_equal(number_of(self, "SELECT COUNT(*) FROM placements p JOIN folders f ON f.id = p.folder_id WHERE f.role = 1"), count);
    assert_int_equal(number_of(self, "SELECT COUNT(DISTINCT m.message_id) FROM placements p JOIN folders f ON f.id = p.folder_id"
                                     " JOIN messages m ON m.id = p.message_id WHERE f.role = 1"),
                     count);
}

static inline void assert_there(struct bench *self, const char *uidls)
{
    g_autofree char *list = peer_maildrop_list(self->drop);
    assert_string_equal(list, uidls);
}

static inline int64_t placement_of(struct bench *self, const char *message_id)
{
    int64_t id = 0;
    assert_true(store_number(self->db, &id, NULL,
                             "SELECT p.id FROM placements p JOIN messages m ON m.id = p.message_id WHERE m.message_id = ?",
                             TXT(message_id)));
    assert_true(id > 0);
    return id;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)
