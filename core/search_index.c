/* SPDX-License-Identifier: MIT */
/* The file of the full-text index, and its rows. */
#include "core/search_index.h"
#include "core/search_fold.h"
#include "core/store_private.h"
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define FORMAT     (1000 + SEARCH_FOLD_VERSION)
#define BUSY_MS    5000
#define WHOLE_MAX  (64 * 1024)   /* so much of a text is kept with its order; of the rest each word once */
#define TEXT_MAX   (1024 * 1024) /* more of one text is nobody's writing */
#define HEADER_MAX 4096
#define DOCID_LAST (INT64_C(1) << 44)
#define COLUMNS    "subject, sender, recipients, cc, list, attachments, body"

/* The words are stored once, as FTS5 needs them: the store has the headers, the disk the messages. What cannot be read again from there when a message
 * goes (its file went before) is kept folded and deflated in texts. */
static const char tables[] =
    "CREATE TABLE state(key TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;"
    "CREATE TABLE docs(docid INTEGER PRIMARY KEY, message_id INTEGER NOT NULL UNIQUE, is_wanted INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX docs_wanted ON docs(docid) WHERE is_wanted;"
    "CREATE TABLE texts(docid INTEGER PRIMARY KEY, attachments BLOB, body BLOB);"
    "CREATE VIRTUAL TABLE words USING fts5(" COLUMNS ", content='', columnsize=0, tokenize='ascii');"
    "INSERT INTO words(words, rank) VALUES('automerge', 8);";

struct search_index {
    sqlite3 *db;
    GHashTable *statements; /* SQL literal → sqlite3_stmt* */
    int64_t last;
};

int64_t search_index_docid_at(int64_t utc)
{
    return CLAMP(utc, 1, DOCID_LAST / SEARCH_DOCID_SECOND - 1) * SEARCH_DOCID_SECOND;
}

static char *index_path(store *db)
{
    g_autofree char *directory = g_path_get_dirname(sqlite3_db_filename(store_db(db), "main"));
    return g_build_filename(directory, "search.db", NULL);
}

static bool fail(sqlite3 *db, GError **error)
{
    int code = sqlite3_errcode(db) & 0xff;
    enum store_error kind = code == SQLITE_BUSY ? STORE_ERROR_BUSY : code == SQLITE_FULL ? STORE_ERROR_FULL : STORE_ERROR_OTHER;
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
        kind = STORE_ERROR_CORRUPT;
    g_set_error(error, STORE_ERROR, (int)kind, _("The search index could not be used: %s."), sqlite3_errmsg(db));
    return false;
}

static bool run(sqlite3 *db, const char *sql, GError **error)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK || fail(db, error);
}

static int64_t number(sqlite3 *db, const char *sql, int64_t otherwise)
{
    sqlite3_stmt *row = NULL;
    int64_t value = otherwise;
    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW)
        value = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return value;
}

/* --- opening --- */

/* Drawn once for each store. */
static int64_t store_number_of(store *mail)
{
    g_autofree char *id = store_get_meta(mail, "store.id");
    return id != NULL ? g_ascii_strtoll(id, NULL, 10) : 0;
}

/* An index of another format, of another store or of a later state of it (a backup was put back) is emptied where it is: readers that have it open
 * go on. */
static const char clear[] =
    "DROP TABLE IF EXISTS words; DROP TABLE IF EXISTS texts; DROP TABLE IF EXISTS docs; DROP TABLE IF EXISTS state;";

/* The index is asked before the store, which may go on meanwhile: otherwise what was indexed in between would look like a later state. */
static bool is_current(sqlite3 *db, store *mail)
{
    int64_t format = number(db, "PRAGMA user_version", 0), owner = number(db, "SELECT value FROM state WHERE key = 'store'", 0),
            last = number(db, "SELECT value FROM state WHERE key = 'last'", 0);
    return format == FORMAT && owner == store_number_of(mail) &&
           last <= number(store_db(mail), "SELECT seq FROM sqlite_sequence WHERE name = 'messages'", 0);
}

static bool make_tables(sqlite3 *db, store *mail, GError **error)
{
    g_autofree char *stamp = g_strdup_printf(
        "PRAGMA user_version = %d; INSERT INTO state(key, value) VALUES('store', %" G_GINT64_FORMAT ")", FORMAT, store_number_of(mail));
    if (is_current(db, mail))
        return true;
    if (!run(db, "BEGIN IMMEDIATE", error))
        return false;
    /* Looked at again inside: another program may have made it meanwhile. */
    bool is_done = is_current(db, mail) || (run(db, clear, error) && run(db, tables, error) && run(db, stamp, error));
    return run(db, is_done ? "COMMIT" : "ROLLBACK", is_done ? error : NULL) && is_done;
}

static sqlite3 *open_file(const char *path, store *mail, GError **error)
{
    sqlite3 *db = NULL;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600); /* SQLite would ask the umask */
    if (fd >= 0)
        close(fd);
    int result = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
    bool is_done = result == SQLITE_OK && sqlite3_busy_timeout(db, BUSY_MS) == SQLITE_OK;
    if (!is_done)
        fail(db, error);
    else
        is_done = (store_use_log(db, BUSY_MS) == SQLITE_OK || fail(db, error)) &&
                  run(db,
                      "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;"
                      "PRAGMA journal_size_limit = 8388608; PRAGMA trusted_schema = OFF",
                      error) &&
                  make_tables(db, mail, error);
    if (is_done)
        return db;
    sqlite3_close(db);
    return NULL;
}

/* It holds nothing that cannot be made again: what is damaged goes. */
static sqlite3 *open_or_replace(store *mail, const char *path, GError **error)
{
    GError *why = NULL;
    sqlite3 *db = open_file(path, mail, &why);
    if (db == NULL && g_error_matches(why, STORE_ERROR, STORE_ERROR_CORRUPT)) {
        g_autofree char *log = g_strconcat(path, "-wal", NULL), *shared = g_strconcat(path, "-shm", NULL);
        g_clear_error(&why);
        g_unlink(path);
        g_unlink(log);
        g_unlink(shared);
        db = open_file(path, mail, &why);
    }
    if (why != NULL)
        g_propagate_error(error, why);
    return db;
}

void search_index_discard(store *mail)
{
    g_autofree char *path = index_path(mail);
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL) == SQLITE_OK &&
        sqlite3_busy_timeout(db, BUSY_MS) == SQLITE_OK)
        run(db, "PRAGMA user_version = 0", NULL);
    sqlite3_close(db);
}

bool search_index_attach(store *db, GError **error)
{
    int is_moved = 0;
    bool is_attached = sqlite3_db_filename(store_db(db), "search") != NULL;
    if (is_attached && sqlite3_file_control(store_db(db), "search", SQLITE_FCNTL_HAS_MOVED, &is_moved) == SQLITE_OK && is_moved &&
        sqlite3_exec(store_db(db), "DETACH search", NULL, NULL, NULL) == SQLITE_OK)
        is_attached = false; /* it was damaged and replaced, or deleted */
    if (is_attached)
        return true;
    g_autofree char *path = index_path(db);
    sqlite3 *made = open_or_replace(db, path, error);
    if (made == NULL)
        return false;
    sqlite3_close(made);
    sqlite3_stmt *row = NULL;
    bool is_done = sqlite3_prepare_v2(store_db(db), "ATTACH ?1 AS search", -1, &row, NULL) == SQLITE_OK &&
                   sqlite3_bind_text(row, 1, path, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_step(row) == SQLITE_DONE;
    if (!is_done)
        fail(store_db(db), error);
    sqlite3_finalize(row);
    return is_done;
}

search_index *search_index_open(store *mail, GError **error)
{
    g_autofree char *path = index_path(mail);
    sqlite3 *db = open_or_replace(mail, path, error);
    if (db == NULL)
        return NULL;
    search_index *self = g_new0(search_index, 1);
    self->db = db;
    self->statements = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, (GDestroyNotify)(void (*)(void))sqlite3_finalize);
    self->last = number(db, "SELECT value FROM state WHERE key = 'last'", 0);
    return self;
}

void search_index_close(search_index *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->statements);
    sqlite3_close_v2(self->db);
    g_free(self);
}

/* --- statements --- */

static sqlite3_stmt *prepare(search_index *self, const char *sql /* a literal */, GError **error)
{
    sqlite3_stmt *row = g_hash_table_lookup(self->statements, sql);
    if (row == NULL) {
        if (sqlite3_prepare_v3(self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &row, NULL) != SQLITE_OK) {
            fail(self->db, error);
            return NULL;
        }
        g_hash_table_insert(self->statements, (gpointer)sql, row);
    }
    return row;
}

static bool finish(search_index *self, sqlite3_stmt *row, GError **error)
{
    int result;
    while ((result = sqlite3_step(row)) == SQLITE_ROW)
        continue;
    bool is_done = result == SQLITE_DONE || fail(self->db, error);
    sqlite3_reset(row);
    sqlite3_clear_bindings(row);
    return is_done;
}

/* Numbers in, one number out: 0 without a row. */
static int64_t ask(search_index *self, const char *sql, int64_t a, int64_t b)
{
    sqlite3_stmt *row = prepare(self, sql, NULL);
    if (row == NULL)
        return 0;
    sqlite3_bind_int64(row, 1, a);
    sqlite3_bind_int64(row, 2, b);
    int64_t value = sqlite3_step(row) == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
    sqlite3_reset(row);
    return value;
}

static bool run_numbers(search_index *self, const char *sql, int64_t a, int64_t b, int64_t c, GError **error)
{
    sqlite3_stmt *row = prepare(self, sql, error);
    if (row == NULL)
        return false;
    sqlite3_bind_int64(row, 1, a);
    sqlite3_bind_int64(row, 2, b);
    sqlite3_bind_int64(row, 3, c);
    return finish(self, row, error);
}

bool search_index_begin(search_index *self, GError **error)
{
    if (!run(self->db, "BEGIN IMMEDIATE", error))
        return false;
    self->last = ask(self, "SELECT value FROM state WHERE key = 'last'", 0, 0); /* another program may have gone on with it */
    return true;
}

bool search_index_end(search_index *self, bool is_done, GError **error)
{
    if (is_done && run(self->db, "COMMIT", error))
        return true;
    if (!sqlite3_get_autocommit(self->db))
        run(self->db, "ROLLBACK", NULL);
    return false;
}

int64_t search_index_last(const search_index *self)
{
    return self->last;
}

/* Not there: it was emptied by somebody who opened it. What cannot be read is told by whoever writes. */
void search_index_look(search_index *self)
{
    sqlite3_stmt *row = prepare(self, "SELECT max(value) FROM state WHERE key = 'last'", NULL);
    if (row == NULL)
        return;
    if (sqlite3_step(row) == SQLITE_ROW)
        self->last = sqlite3_column_int64(row, 0);
    sqlite3_reset(row);
}

bool search_index_set_last(search_index *self, int64_t message_id, GError **error)
{
    self->last = message_id;
    return run_numbers(self, "INSERT OR REPLACE INTO state(key, value) VALUES('last', ?1)", message_id, 0, 0, error);
}

GArray *search_index_wanted(search_index *self, int limit, GError **error)
{
    sqlite3_stmt *row = prepare(self, "SELECT message_id FROM docs WHERE is_wanted ORDER BY docid DESC LIMIT ?1", error);
    if (row == NULL)
        return NULL;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    sqlite3_bind_int(row, 1, limit);
    int result;
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(row, 0);
        g_array_append_val(ids, id);
    }
    bool is_done = result == SQLITE_DONE || fail(self->db, error);
    sqlite3_reset(row);
    return is_done ? g_steal_pointer(&ids) : NULL;
}

/* --- docids --- */

static bool is_free(search_index *self, int64_t docid)
{
    return ask(self, "SELECT 1 FROM docs WHERE docid = ?1", docid, 0) == 0;
}

/* Behind the last of its second; a second that is full (mail that was copied in bulk) flows over into the next ones, and the end of that flood is found
 * by doubling steps, not by counting through it. */
static int64_t docid_for(search_index *self, int64_t utc)
{
    int64_t first = search_index_docid_at(utc);
    int64_t last = ask(self, "SELECT max(docid) FROM docs WHERE docid >= ?1 AND docid < ?2", first, first + SEARCH_DOCID_SECOND);
    if (last == 0)
        return first;
    if (last + 1 < first + SEARCH_DOCID_SECOND)
        return last + 1;
    int64_t taken = last, step = 1;
    while (!is_free(self, taken + step)) {
        taken += step;
        step *= 2;
    }
    int64_t open = taken + step;
    while (open - taken > 1) {
        int64_t middle = taken + (open - taken) / 2;
        if (is_free(self, middle))
            open = middle;
        else
            taken = middle;
    }
    return open;
}

/* --- rows --- */

enum column { SUBJECT, SENDER, RECIPIENTS, CC, LIST, ATTACHMENTS, BODY, COLUMN_COUNT };
struct tokens {
    GString *column[COLUMN_COUNT];
};

static void tokens_init(struct tokens *self)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        self->column[i] = g_string_new(NULL);
}

static void tokens_clear(struct tokens *self)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        g_string_free(self->column[i], TRUE);
}

static void fold_into(GString *out, const char *text, size_t max)
{
    if (text != NULL)
        search_fold(text, strnlen(text, max), out);
}

static void tokens_of_header(struct tokens *self, const struct search_text *text)
{
    fold_into(self->column[SUBJECT], text->subject, HEADER_MAX);
    fold_into(self->column[SENDER], text->from_name, HEADER_MAX);
    fold_into(self->column[SENDER], text->from_address, HEADER_MAX);
    fold_into(self->column[RECIPIENTS], text->recipients, 8 * HEADER_MAX);
    fold_into(self->column[CC], text->cc, 8 * HEADER_MAX);
    fold_into(self->column[LIST], text->list_id, HEADER_MAX);
}

static void tokens_of_text(struct tokens *self, const struct search_text *text)
{
    fold_into(self->column[ATTACHMENTS], text->attachments, 8 * HEADER_MAX);
    fold_into(self->column[BODY], text->body, TEXT_MAX);
    search_fold_thin(self->column[BODY], WHOLE_MAX);
}

static bool bind_tokens(sqlite3_stmt *row, int64_t docid, const struct tokens *tokens)
{
    bool is_done = sqlite3_bind_int64(row, 1, docid) == SQLITE_OK;
    for (int i = 0; i < COLUMN_COUNT; i++)
        is_done = is_done && sqlite3_bind_text(row, i + 2, tokens->column[i]->str, (int)tokens->column[i]->len, SQLITE_STATIC) == SQLITE_OK;
    return is_done;
}

static bool words_put(search_index *self, int64_t docid, const struct tokens *tokens, GError **error)
{
    sqlite3_stmt *row = prepare(self, "INSERT INTO words(rowid, " COLUMNS ") VALUES(?, ?, ?, ?, ?, ?, ?, ?)", error);
    return row != NULL && bind_tokens(row, docid, tokens) && finish(self, row, error);
}

static bool words_remove(search_index *self, int64_t docid, const struct tokens *tokens, GError **error)
{
    sqlite3_stmt *row = prepare(self, "INSERT INTO words(words, rowid, " COLUMNS ") VALUES('delete', ?, ?, ?, ?, ?, ?, ?, ?)", error);
    return row != NULL && bind_tokens(row, docid, tokens) && finish(self, row, error);
}

/* The length before, four bytes, then what zlib makes of it. */
static GBytes *deflated(const GString *text)
{
    if (text->len == 0)
        return NULL;
    uLongf size = compressBound(text->len);
    guint8 *bytes = g_malloc(4 + size);
    guint32 length = GUINT32_TO_LE((guint32)text->len);
    memcpy(bytes, &length, 4);
    if (compress2(bytes + 4, &size, (const Bytef *)text->str, text->len, 3) != Z_OK) {
        g_free(bytes);
        return NULL;
    }
    return g_bytes_new_take(bytes, 4 + size);
}

static void inflate_into(GString *out, sqlite3_stmt *row, int column)
{
    const guint8 *bytes = sqlite3_column_blob(row, column);
    int size = sqlite3_column_bytes(row, column);
    guint32 length = 0;
    g_string_truncate(out, 0);
    if (bytes == NULL || size < 4)
        return;
    memcpy(&length, bytes, 4);
    uLongf got = GUINT32_FROM_LE(length);
    if (got > 4 * TEXT_MAX)
        return;
    g_string_set_size(out, got);
    if (uncompress((Bytef *)out->str, &got, bytes + 4, (uLong)size - 4) != Z_OK)
        got = 0;
    g_string_truncate(out, got);
}

static bool texts_read(search_index *self, int64_t docid, struct tokens *tokens, GError **error)
{
    sqlite3_stmt *row = prepare(self, "SELECT attachments, body FROM texts WHERE docid = ?1", error);
    if (row == NULL)
        return false;
    sqlite3_bind_int64(row, 1, docid);
    if (sqlite3_step(row) == SQLITE_ROW) {
        inflate_into(tokens->column[ATTACHMENTS], row, 0);
        inflate_into(tokens->column[BODY], row, 1);
    }
    sqlite3_reset(row);
    return true;
}

static void bind_deflated(sqlite3_stmt *row, int at, GBytes *bytes)
{
    gsize size = 0;
    const void *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
    if (data != NULL)
        sqlite3_bind_blob64(row, at, data, size, SQLITE_STATIC);
}

static bool texts_put(search_index *self, int64_t docid, const struct tokens *tokens, GError **error)
{
    g_autoptr(GBytes) attachments = deflated(tokens->column[ATTACHMENTS]), body = deflated(tokens->column[BODY]);
    if (attachments == NULL && body == NULL)
        return run_numbers(self, "DELETE FROM texts WHERE docid = ?1", docid, 0, 0, error);
    sqlite3_stmt *row = prepare(self, "INSERT OR REPLACE INTO texts(docid, attachments, body) VALUES(?1, ?2, ?3)", error);
    if (row == NULL)
        return false;
    sqlite3_bind_int64(row, 1, docid);
    bind_deflated(row, 2, attachments);
    bind_deflated(row, 3, body);
    return finish(self, row, error);
}

static int64_t docid_of(search_index *self, int64_t message_id)
{
    return ask(self, "SELECT docid FROM docs WHERE message_id = ?1", message_id, 0);
}

static bool put_new(search_index *self, const struct search_text *text, const struct tokens *tokens, GError **error)
{
    int64_t docid = docid_for(self, text->date_utc);
    return words_put(self, docid, tokens, error) &&
           run_numbers(self, "INSERT INTO docs(docid, message_id, is_wanted) VALUES(?1, ?2, ?3)", docid, text->message_id,
                       text->is_body_wanted, error) &&
           texts_put(self, docid, tokens, error);
}

/* What is not known now (a body that left the cache) stays as it was known then. */
static void keep_unknown(const struct search_text *text, const struct tokens *old, struct tokens *tokens)
{
    if (text->attachments == NULL)
        g_string_assign(tokens->column[ATTACHMENTS], old->column[ATTACHMENTS]->str);
    if (text->body == NULL)
        g_string_assign(tokens->column[BODY], old->column[BODY]->str);
}

static bool put_again(search_index *self, int64_t docid, const struct search_text *text, struct tokens *tokens, GError **error)
{
    struct tokens old;
    tokens_init(&old);
    tokens_of_header(&old, text);
    bool is_done = texts_read(self, docid, &old, error);
    keep_unknown(text, &old, tokens);
    bool is_same =
        g_string_equal(old.column[BODY], tokens->column[BODY]) && g_string_equal(old.column[ATTACHMENTS], tokens->column[ATTACHMENTS]);
    if (is_done && !is_same)
        is_done = words_remove(self, docid, &old, error) && words_put(self, docid, tokens, error) && texts_put(self, docid, tokens, error);
    tokens_clear(&old);
    return is_done &&
           (text->is_body_wanted || run_numbers(self, "UPDATE docs SET is_wanted = 0 WHERE docid = ?1 AND is_wanted", docid, 0, 0, error));
}

bool search_index_give_up(search_index *self, int64_t message_id, GError **error)
{
    return run_numbers(self, "UPDATE docs SET is_wanted = 0 WHERE message_id = ?1 AND is_wanted", message_id, 0, 0, error);
}

bool search_index_put(search_index *self, const struct search_text *text, GError **error)
{
    struct tokens tokens;
    tokens_init(&tokens);
    tokens_of_header(&tokens, text);
    tokens_of_text(&tokens, text);
    int64_t docid = docid_of(self, text->message_id);
    bool is_done = docid == 0 ? put_new(self, text, &tokens, error) : put_again(self, docid, text, &tokens, error);
    tokens_clear(&tokens);
    return is_done;
}

bool search_index_remove(search_index *self, const struct search_text *text, GError **error)
{
    struct tokens old;
    int64_t docid = docid_of(self, text->message_id);
    if (docid == 0)
        return true;
    tokens_init(&old);
    tokens_of_header(&old, text);
    bool is_done = texts_read(self, docid, &old, error) && words_remove(self, docid, &old, error) &&
                   run_numbers(self, "DELETE FROM texts WHERE docid = ?1", docid, 0, 0, error) &&
                   run_numbers(self, "DELETE FROM docs WHERE docid = ?1", docid, 0, 0, error);
    tokens_clear(&old);
    return is_done;
}
