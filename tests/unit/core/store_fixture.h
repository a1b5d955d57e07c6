/* SPDX-License-Identifier: MIT */
/* For the tests of the store: a store in a directory of its own, messages in one line, and a recount of everything that is maintained. */
#pragma once
#include "core/store_private.h"
#include "core/store_window.h"
#include "tests/remove_tree.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct fixture {
    char *directory, *path;
    store *db;
    int64_t account, inbox, archive, trash, sent;
};

static inline int64_t fixture_folder(store *db, int64_t account, const char *name, enum folder_role role)
{
    struct folder box = { .account_id = account, .name = (char *)name, .wire = (char *)name, .delimiter = '/', .role = role };
    GError *error = NULL;
    int64_t id = store_folder_put(db, &box, &error);
    assert_null(error);
    assert_true(store_folder_set_sync(db, id, 7, 1, 0, 0, &error));
    return id;
}

static inline void fixture_fill(struct fixture *self)
{
    self->account = store_account_id(self->db, "work", NULL);
    self->inbox = fixture_folder(self->db, self->account, "INBOX", FOLDER_INBOX);
    self->archive = fixture_folder(self->db, self->account, "Archive", FOLDER_ARCHIVE);
    self->trash = fixture_folder(self->db, self->account, "Trash", FOLDER_TRASH);
    self->sent = fixture_folder(self->db, self->account, "Sent", FOLDER_SENT);
}

static inline int fixture_setup(void **state)
{
    struct fixture *self = g_new0(struct fixture, 1);
    self->directory = g_dir_make_tmp("postern-store-XXXXXX", NULL);
    g_setenv("XDG_DATA_HOME", self->directory, TRUE);
    g_setenv("XDG_CACHE_HOME", self->directory, TRUE);
    g_setenv("XDG_CONFIG_HOME", self->directory, TRUE);
    self->path = g_build_filename(self->directory, "mail.db", NULL);
    GError *error = NULL;
    self->db = store_open(self->path, STORE_UI, &error);
    assert_null(error);
    fixture_fill(self);
    *state = self;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *self = *state;
    store_close(self->db);
    remove_tree(self->directory);
    g_free(self->directory);
    g_free(self->path);
    g_free(self);
    return 0;
}

/* A message by its Message-ID; NULL: it has none. */
static inline struct message_info fixture_info(const char *id, const char *references, int64_t when)
{
    return (struct message_info){ .message_id = id,
                                  .references = references,
                                  .subject = "Notes on the engine",
                                  .from_name = "Ada Lovelace",
                                  .from_address = "ada@example.test",
                                  .to = "Alice <alice@example.test>",
                                  .date_utc = when,
                                  .received_utc = when,
                                  .size_bytes = 1000 };
}

static inline int64_t fixture_put(store *db, int64_t folder_id, uint32_t uid, const char *id, const char *references, int64_t when)
{
    struct message_info info = fixture_info(id, references, when);
    int64_t placement_id = -1;
    GError *error = NULL;
    bool is_done = store_placement_put(db, folder_id, uid, 0, NULL, 0, &info, &placement_id, NULL, &error);
    if (error != NULL)
        print_error("%s\n", error->message);
    assert_true(is_done);
    return placement_id;
}

static inline int64_t fixture_number(store *db, const char *sql)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(store_db(db), sql, -1, &row, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(store_db(db)));
    int64_t number = sqlite3_step(row) == SQLITE_ROW ? sqlite3_column_int64(row, 0) : -1;
    sqlite3_finalize(row);
    return number;
}

/* Whatever is maintained must be what counting anew would give. */
static inline void fixture_recount(store *db)
{
    static const char *const wrong[] = {
        "SELECT count(*) FROM folders AS f WHERE total <> (SELECT count(*) FROM placements WHERE folder_id = f.id)",
        "SELECT count(*) FROM folders AS f WHERE unread <> (SELECT count(*) FROM placements WHERE folder_id = f.id AND (flags & 1) = 0)",
        "SELECT count(*) FROM (SELECT folder_id, thread_id, sort_key, placement_id, total, unread, flagged FROM folder_threads EXCEPT"
        " SELECT folder_id, thread_id, max(sort_key), (SELECT q.id FROM placements AS q WHERE q.thread_id = p.thread_id AND q.folder_id ="
        " p.folder_id ORDER BY q.sort_key DESC, q.id DESC LIMIT 1), count(*), sum((flags & 1) = 0), sum((flags & 4) <> 0)"
        " FROM placements AS p WHERE folder_id > 0 GROUP BY folder_id, thread_id)",
        "SELECT (SELECT count(*) FROM folder_threads) <> (SELECT count(*) FROM (SELECT DISTINCT folder_id, thread_id FROM placements WHERE"
        " folder_id > 0))",
        "SELECT count(*) FROM placements AS p JOIN messages AS m ON m.id = p.message_id WHERE m.thread_id <> p.thread_id",
        "SELECT count(*) FROM placements AS p WHERE NOT EXISTS (SELECT 1 FROM messages WHERE id = p.message_id)",
        "SELECT count(*) FROM messages AS m WHERE NOT EXISTS (SELECT 1 FROM placements WHERE message_id = m.id)"
        " AND NOT EXISTS (SELECT 1 FROM orphans WHERE message_id = m.id)",
        /* the local view is the server's flags with the person's pending wishes */
        "SELECT count(*) FROM placements AS p WHERE flags <> server_flags AND NOT EXISTS"
        " (SELECT 1 FROM intents WHERE placement_id = p.id AND type = 0)",
        "SELECT count(*) FROM intents AS i WHERE NOT EXISTS (SELECT 1 FROM placements WHERE id = i.placement_id)",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        if (fixture_number(db, wrong[i]) != 0)
            fail_msg("recount differs: %s", wrong[i]);
}
