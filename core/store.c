/* SPDX-License-Identifier: MIT */
/* Opening the store, its transactions by time, and its errors in words. */
#include "config/paths.h"
#include "core/schema.h"
#include "core/store_order.h"
#include "core/store_private.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BREATH_US     5000  /* a writer holds the lock about this long while another connection waits for it, */
#define HELD_LEAST_US 15000 /* and this long otherwise, where the wish of another process is not seen, whose screen waits 20 ms; */
#define HELD_MOST_US                                                                                                                       \
    150000 /* where it is, so long as a commit takes no longer than COMMIT_US: pages that many rows touch are written once */
#define COMMIT_US        8000
#define GAP_US           250  /* and leaves it free this long, so that the screen's thread (which looks every POLL_US) gets in */
#define CHECKPOINT_PAGES 8000 /* of the log, 32 MB: each copying back waits twice for the disk */
#define POLL_US          200
#define WISH_US          2000 /* a wish for the lock that was not repeated for so long is over */
#define OPEN_BUSY_MS     5000 /* opening may wait for another program that creates or migrates */

static const struct {
    bool is_full; /* on the disk when a commit returns */
    int busy_ms;
    int cache_kib; /* resident memory: each connection may fill its own */
    bool is_checkpointing;
    bool is_read_only;
} roles[] = {
    [STORE_UI] = { false, 20, 2048, false, false },
    [STORE_WORKER] = { true, 5000, 4096, true, false },
    [STORE_READER] = { false, 5000, 2048, false, true },
    [STORE_FILING] = { false, 60000, 2048, true, false },
};

/* SQL is written as literals: mostly the same text is at the same address. */
#define KNOWN_MAX 256u /* a power of two */
struct known {
    const char *sql, *copy; /* the address; what stood there */
    sqlite3_stmt *statement;
};

struct store {
    sqlite3 *db;
    enum store_role role;
    GHashTable *statements; /* SQL text → sqlite3_stmt */
    struct known known[KNOWN_MAX];
    int depth;
    bool is_doomed;      /* an inner part failed: the whole may not be committed */
    bool is_durable;     /* this transaction must be on the disk when it ends */
    bool is_refetchable; /* this one need not be: a server tells it again */
    bool is_new;         /* the file was made by us: nothing in it can be lost yet */
    int busy_ms;
    int64_t begun_us;
    int64_t held_us;        /* a transaction that nobody waits for is ended after this time */
    struct wishes *wishes;  /* shared with every connection of the same store, of other processes too */
    int64_t changes_before; /* rows changed on this connection when the outermost transaction began */
};

/* Not G_DEFINE_QUARK: two threads may meet their first error at once, and its variable is no atomic. */
GQuark store_error_quark(void)
{
    return g_quark_from_static_string("store-error-quark");
}

static atomic_bool is_base_synced; /* once in a process is enough: the file is made only once */

/* When a connection last looked for the lock in vain: a screen's, and any other's (monotonic µs, which all processes of a machine share). */
struct wishes {
    _Atomic int64_t screen_us, other_us;
};
static struct wishes own_wishes; /* where there is no file for them: those of this process */

/* --- errors --- */

static enum store_error error_code(int code, int system_errno)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return STORE_ERROR_BUSY;
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return STORE_ERROR_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return STORE_ERROR_CORRUPT;
    case SQLITE_IOERR:
        return system_errno == EIO ? STORE_ERROR_OTHER : STORE_ERROR_FULL;
    default:
        return STORE_ERROR_OTHER;
    }
}

static const char *error_advice(enum store_error code, int sqlite_code, int system_errno)
{
    if (code == STORE_ERROR_BUSY)
        return _("Another part of postern is writing. Nothing was changed; try again.");
    if (code == STORE_ERROR_CORRUPT)
        return _("The file is damaged. It was left as it is; `postern reindex` builds a new one.");
    if (code == STORE_ERROR_FULL && ((sqlite_code & 0xff) == SQLITE_FULL || system_errno == ENOSPC || system_errno == EDQUOT))
        return _("The disk is full. Nothing was changed; make room and try again.");
    if (code == STORE_ERROR_FULL)
        return _("The file cannot be written. Nothing was changed; look at its permissions.");
    return _("Nothing was changed.");
}

bool store_fail(store *self, const char *what, GError **error)
{
    int sqlite_code = sqlite3_extended_errcode(self->db);
    int system_errno = sqlite3_system_errno(self->db);
    enum store_error code = error_code(sqlite_code, system_errno);
    g_autofree char *system = system_errno != 0 ? g_strdup_printf(", %s", g_strerror(system_errno)) : NULL;
    g_set_error(error, STORE_ERROR, (int)code, _("%s: %s%s. %s"), what, sqlite3_errmsg(self->db), system != NULL ? system : "",
                error_advice(code, sqlite_code, system_errno));
    return false;
}

bool store_missing(GError **error, const char *words)
{
    g_set_error_literal(error, STORE_ERROR, STORE_ERROR_MISSING, words);
    return false;
}

static bool fail_file(const char *path, int saved, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_FULL, _("The mail index %s cannot be opened: %s."), path, g_strerror(saved));
    return false;
}

/* --- opening --- */

/* Asked again and again by SQLite while another connection holds the write lock. Short naps: the gap a worker leaves is short. */
static int busy_wait(void *data, int tries)
{
    const store *self = data;
    if ((int64_t)tries * POLL_US >= (int64_t)self->busy_ms * 1000)
        return 0;
    atomic_store(self->role == STORE_UI ? &self->wishes->screen_us : &self->wishes->other_us, g_get_monotonic_time());
    g_usleep(POLL_US);
    return 1;
}

/* SQLite counts every allocation under one lock for all threads; nobody reads the sum. */
static void library_configure(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* refused when somebody opened a database before: then it is only slower */
}

/* SQLite would create it as the umask says; -wal and -shm follow the permissions of the file. A file that is there is never opened here: closing it
 * again would drop the locks of every other connection of this process (POSIX locks belong to the process and the file), and another process could
 * then take the log away under them. */
static bool file_secure(const char *path, bool *is_new_out, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(path);
    g_autoptr(GError) reason = NULL;
    if (!paths_make(directory, &reason)) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_FULL, _("The mail index %s cannot be made. %s"), path, reason->message);
        return false;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    int saved = errno;
    *is_new_out = fd >= 0;
    if (fd >= 0)
        close(fd); /* it is new: nobody has a lock on it */
    if (fd < 0 && saved != EEXIST)
        return fail_file(path, saved, error);
    struct stat about;
    if (lstat(path, &about) != 0)
        return fail_file(path, errno, error);
    if (!S_ISREG(about.st_mode))
        return fail_file(path, S_ISLNK(about.st_mode) ? ELOOP : EINVAL, error);
    return (about.st_mode & 077) == 0 || chmod(path, 0600) == 0 || fail_file(path, errno, error);
}

/* A file of two numbers beside the store, as "lock" and "bell" are (core/instance). Its bytes are there before they are mapped: on a full disk the
 * first write to a hole would end the program. */
static struct wishes *wishes_open(const char *store_path)
{
    g_autofree char *directory = g_path_get_dirname(store_path), *path = g_build_filename(directory, "wishes", NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    struct stat about;
    void *bytes = MAP_FAILED;
    if (fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && posix_fallocate(fd, 0, sizeof(struct wishes)) == 0)
        bytes = mmap(NULL, sizeof(struct wishes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    return bytes != MAP_FAILED ? bytes : &own_wishes;
}

static void wishes_close(struct wishes *wishes)
{
    if (wishes != NULL && wishes != &own_wishes)
        munmap(wishes, sizeof *wishes);
}

static bool is_wished(const _Atomic int64_t *wish_us, int64_t now)
{
    int64_t age = now - atomic_load(wish_us);
    return age >= 0 && age < WISH_US; /* one of the time to come was left by an earlier run of the machine */
}

int store_use_log(sqlite3 *db, int busy_ms)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)busy_ms * 1000;
    int result;
    while ((result = sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL)) == SQLITE_BUSY && g_get_monotonic_time() < deadline)
        g_usleep(POLL_US);
    return result;
}

static bool store_configure(store *self, GError **error)
{
    /* The first screen of all does not wait six times for the disk: the empty file is synced with the first thing that matters (log_sync). */
    if (self->is_new)
        atomic_store(&is_base_synced, false);
    if (self->is_new && !store_exec(self, "PRAGMA synchronous = OFF", error))
        return false;
    if (store_use_log(self->db, OPEN_BUSY_MS) != SQLITE_OK)
        return store_fail(self, _("The mail index cannot be opened"), error);
    g_autofree char *pragmas =
        g_strdup_printf("PRAGMA cache_size = -%d; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
                        "PRAGMA journal_size_limit = 8388608; PRAGMA foreign_keys = OFF; PRAGMA recursive_triggers = OFF;"
                        "PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = %d",
                        roles[self->role].cache_kib, roles[self->role].is_checkpointing ? CHECKPOINT_PAGES : 0);
    return store_exec(self, pragmas, error);
}

static bool store_prepare_role(store *self, GError **error)
{
    if (!store_configure(self, error) || !schema_migrate(self, error))
        return false;
    self->busy_ms = roles[self->role].busy_ms;
    if (!store_exec(self, "PRAGMA synchronous = NORMAL", error))
        return false;
    return !roles[self->role].is_read_only || store_exec(self, "PRAGMA query_only = ON", error);
}

store *store_open(const char *path, enum store_role role, GError **error)
{
    g_autofree char *file = path != NULL ? g_strdup(path) : paths_data_file("mail.db");
    g_autoptr(store) self = g_new0(store, 1);
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, library_configure);
    if (!file_secure(file, &self->is_new, error))
        return NULL;
    self->role = role;
    self->busy_ms = OPEN_BUSY_MS;
    self->held_us = HELD_LEAST_US;
    self->wishes = wishes_open(file);
    self->statements = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)(void (*)(void))sqlite3_finalize);
    int result = sqlite3_open_v2(file, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (result != SQLITE_OK) {
        store_fail(self, _("The mail index cannot be opened"), error);
        return NULL;
    }
    sqlite3_busy_handler(self->db, busy_wait, self);
    /* Plans must not depend on bound values: else a partial index makes SQLite prepare a statement anew for each value. */
    sqlite3_db_config(self->db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
    if (!store_order_register(self->db) || !store_prepare_role(self, error)) {
        g_prefix_error(error, "%s: ", file);
        return NULL;
    }
    return g_steal_pointer(&self);
}

void store_close(store *self)
{
    if (self == NULL)
        return;
    if (self->depth > 0)
        sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
    g_clear_pointer(&self->statements, g_hash_table_destroy);
    sqlite3_close_v2(self->db);
    wishes_close(self->wishes);
    g_free(self);
}

sqlite3 *store_db(store *self)
{
    return self->db;
}

/* --- transactions --- */

static bool begin_now(store *self, GError **error)
{
    if (!store_exec(self, "BEGIN IMMEDIATE", error))
        return false;
    self->begun_us = g_get_monotonic_time();
    return true;
}

bool store_begin(store *self, GError **error)
{
    if (self->depth == 0 && !begin_now(self, error)) {
        self->is_durable = self->is_refetchable = false;
        return false;
    }
    if (self->depth == 0)
        self->changes_before = sqlite3_total_changes64(self->db);
    self->depth++;
    return true;
}

bool store_begin_durable(store *self, GError **error)
{
    if (self->depth == 0)
        self->is_durable = true;
    return store_begin(self, error);
}

bool store_begin_refetchable(store *self, GError **error)
{
    if (self->depth == 0)
        self->is_refetchable = true;
    return store_begin(self, error);
}

/* A full disk may have rolled back already: then there is nothing to roll back, and that is no error. */
static void rollback_now(store *self)
{
    if (!sqlite3_get_autocommit(self->db))
        sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
    self->is_doomed = false;
    self->is_durable = self->is_refetchable = false;
}

static bool file_sync(store *self, int which, GError **error)
{
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(self->db, "main", which, &file) != SQLITE_OK || file == NULL || file->pMethods == NULL)
        return store_fail(self, _("The mail index could not be saved to the disk"), error);
    if (file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) == SQLITE_OK)
        return true;
    g_set_error(error, STORE_ERROR, STORE_ERROR_FULL, _("The mail index could not be saved to the disk: %s."),
                g_strerror(sqlite3_system_errno(self->db)));
    return false;
}

/* What synchronous=FULL does, but after the lock was given back: on a slow disk the screen would else wait for our fsync. All connections
 * therefore run NORMAL (the log is synced before a checkpoint), and this makes FULL of it. The log of earlier commits is synced with it. */
static bool log_sync(store *self, GError **error)
{
    /* Whoever made the file did not wait for the disk, and a log without the file it belongs to would be thrown away after a power cut. */
    if (!atomic_load(&is_base_synced) && !file_sync(self, SQLITE_FCNTL_FILE_POINTER, error))
        return false;
    atomic_store(&is_base_synced, true);
    return file_sync(self, SQLITE_FCNTL_JOURNAL_POINTER, error);
}

/* How long it takes says for how long the next one may gather: the screen that comes at the wrong moment waits for all of it. */
static bool commit_now(store *self, GError **error)
{
    int64_t begun = g_get_monotonic_time();
    if (!store_exec(self, "COMMIT", error))
        return false;
    if (g_get_monotonic_time() - begun > COMMIT_US)
        self->held_us = MAX(self->held_us / 2, HELD_LEAST_US);
    else if (self->wishes != &own_wishes)
        self->held_us = MIN(self->held_us + self->held_us / 4, HELD_MOST_US);
    return true;
}

bool store_commit(store *self, GError **error)
{
    g_assert(self->depth > 0);
    if (--self->depth > 0)
        return true;
    if (self->is_doomed || sqlite3_get_autocommit(self->db)) {
        rollback_now(self);
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OTHER,
                            _("A part of the change to the mail index failed. Nothing was changed."));
        return false;
    }
    if (!commit_now(self, error)) {
        rollback_now(self);
        return false;
    }
    bool has_changes = sqlite3_total_changes64(self->db) != self->changes_before; /* workers often look and find nothing to do */
    bool is_full = self->is_durable || (roles[self->role].is_full && has_changes && !self->is_refetchable);
    self->is_durable = self->is_refetchable = false;
    return !is_full || log_sync(self, error);
}

void store_rollback(store *self)
{
    g_assert(self->depth > 0);
    if (--self->depth > 0)
        self->is_doomed = true; /* the outer part has to end it: what it does until then must not be committed alone */
    else
        rollback_now(self);
}

bool store_end(store *self, bool is_done, GError **error)
{
    if (is_done)
        return store_commit(self, error);
    store_rollback(self);
    return false;
}

/* The screen gets the lock at once; another writer after a while, or two of them would only commit; nobody: not for ever either. */
bool store_is_breath_due(store *self)
{
    int64_t now = g_get_monotonic_time(), held = now - self->begun_us;
    return self->depth > 0 && !self->is_doomed &&
           (held >= self->held_us || is_wished(&self->wishes->screen_us, now) ||
            (held >= BREATH_US && is_wished(&self->wishes->other_us, now)));
}

bool store_breathe(store *self, GError **error)
{
    if (!store_is_breath_due(self))
        return true;
    if (commit_now(self, error)) {
        g_usleep(GAP_US);
        if (begin_now(self, error))
            return true;
    }
    self->is_doomed = true;
    return false;
}

void store_be_quiet(store *self)
{
    sqlite3_db_config(self->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
}

bool store_is_quiet(store *self)
{
    int has_triggers = 1;
    sqlite3_db_config(self->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, -1, &has_triggers);
    return has_triggers == 0;
}

/* --- statements --- */

bool store_exec(store *self, const char *sql, GError **error)
{
    if (sqlite3_exec(self->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    return store_fail(self, _("The mail index could not be used"), error);
}

static sqlite3_stmt *statement_find(store *self, const char *sql)
{
    struct known *place = &self->known[((uintptr_t)sql >> 4 ^ (uintptr_t)sql >> 12) % KNOWN_MAX];
    if (place->sql == sql && strcmp(place->copy, sql) == 0)
        return place->statement;
    gpointer copy = NULL, statement = NULL;
    if (g_hash_table_lookup_extended(self->statements, sql, &copy, &statement))
        *place = (struct known){ sql, copy, statement };
    return statement;
}

sqlite3_stmt *store_prepare(store *self, const char *sql, GError **error)
{
    sqlite3_stmt *statement = statement_find(self, sql);
    if (statement != NULL) {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        return statement;
    }
    if (sqlite3_prepare_v3(self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        store_fail(self, _("The mail index could not be used"), error);
        return NULL;
    }
    g_hash_table_insert(self->statements, g_strdup(sql), statement);
    return statement;
}

sqlite3_stmt *store_select_values(store *self, GError **error, const char *sql, const struct store_value *values)
{
    sqlite3_stmt *row = store_prepare(self, sql, error);
    if (row == NULL)
        return NULL;
    for (int i = 0; values[i].kind != VALUE_END; i++) {
        if (values[i].kind == VALUE_NUMBER)
            sqlite3_bind_int64(row, i + 1, values[i].number);
        else
            sqlite3_bind_text(row, i + 1, values[i].text, -1, SQLITE_STATIC); /* NULL text binds NULL */
    }
    return row;
}

bool store_step(store *self, sqlite3_stmt *row, GError **error)
{
    int result = sqlite3_step(row);
    if (result == SQLITE_ROW)
        return true;
    if (result != SQLITE_DONE)
        store_fail(self, _("The mail index could not be used"), error);
    return false;
}

bool store_run_values(store *self, GError **error, const char *sql, const struct store_value *values)
{
    sqlite3_stmt *row = store_select_values(self, error, sql, values);
    if (row == NULL)
        return false;
    int result;
    while ((result = sqlite3_step(row)) == SQLITE_ROW)
        continue;
    bool is_done = result == SQLITE_DONE || store_fail(self, _("The mail index could not be changed"), error);
    sqlite3_reset(row);
    sqlite3_clear_bindings(row); /* they point to the caller's memory */
    return is_done;
}

bool store_number_values(store *self, int64_t *number_out, GError **error, const char *sql, const struct store_value *values)
{
    g_autoptr(sqlite3_stmt) row = store_select_values(self, error, sql, values);
    if (row == NULL)
        return false;
    int result = sqlite3_step(row);
    if (result == SQLITE_ROW)
        *number_out = sqlite3_column_int64(row, 0);
    return result == SQLITE_ROW || result == SQLITE_DONE || store_fail(self, _("The mail index could not be read"), error);
}

char *store_column_dup(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text != NULL ? g_utf8_make_valid(text, -1) : NULL;
}

int64_t store_now_utc(void)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

/* --- small values --- */

char *store_get_meta(store *self, const char *key)
{
    g_autoptr(sqlite3_stmt) row = store_select(self, NULL, "SELECT value FROM meta WHERE key = ?", TXT(key));
    return row != NULL && sqlite3_step(row) == SQLITE_ROW ? store_column_dup(row, 0) : NULL;
}

bool store_set_meta(store *self, const char *key, const char *value, GError **error)
{
    return store_run(self, error, "INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                     TXT(key), TXT(value));
}
