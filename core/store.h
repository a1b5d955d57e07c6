/* SPDX-License-Identifier: MIT */
/* The local store: one SQLite database (WAL). A connection belongs to one thread. See design.md section 3. */
#pragma once
#include <glib.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#define STORE_ERROR (store_error_quark())
GQuark store_error_quark(void);
enum store_error {
    STORE_ERROR_BUSY,    /* another writer holds the lock: try again */
    STORE_ERROR_FULL,    /* disk full or not writable: nothing was changed */
    STORE_ERROR_CORRUPT, /* the file is damaged: `postern reindex` */
    STORE_ERROR_VERSION, /* written by a newer postern */
    STORE_ERROR_OTHER,
    STORE_ERROR_DENIED,  /* the server does not let the person do that there: the words say what */
    STORE_ERROR_MISSING, /* the row is not there (any more) */
};

typedef struct store store;
enum store_role {
    STORE_UI,     /* NORMAL, busy limit 20 ms */
    STORE_WORKER, /* FULL, busy limit 5 s */
    STORE_READER, /* read-only, 5 s */
    STORE_FILING, /* what a person changes, off the UI thread: NORMAL, and a minute: it was asked for, so it is done */
};

/* Opens, creates and migrates. Directory is made 0700, file 0600. */
store *store_open(const char *path /* NULL: paths_data_file("mail.db") */, enum store_role role, GError **error);
void store_close(store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(store, store_close)
sqlite3 *store_db(store *store);

/* Write transactions: BEGIN IMMEDIATE; nest by counting. Commit fails: rolled back. */
bool store_begin(store *store, GError **error);
/* The outermost commit does not wait for the disk: what a server tells again if it was lost with the power (doc/decisions/0008). */
bool store_begin_refetchable(store *store, GError **error);
bool store_commit(store *store, GError **error);
void store_rollback(store *store);
/* Commits and begins anew when the current one is older than about 5 ms, so that no writer holds the lock long. */
bool store_breathe(store *store, GError **error);

/* A cached prepared statement, reset and unbound; NULL with error. sql must be a literal (it is the key). Do not finalize. */
sqlite3_stmt *store_prepare(store *store, const char *sql, GError **error);
bool store_fail(store *store, const char *what, GError **error); /* SQLite's text and code to a GError; always false */
bool store_exec(store *store, const char *sql, GError **error);
/* Small persistent values (last folder, schema notes). Caller frees. */
char *store_get_meta(store *store, const char *key);
bool store_set_meta(store *store, const char *key, const char *value, GError **error);
