/* SPDX-License-Identifier: MIT */
/* Two bits for each id; the hash is one of SHA-1, so its own bits say which. */
#include "core/id_sieve.h"
#include "core/message_ref.h"
#include "core/store_private.h"

enum { BITS_SHIFT = 25, SMALL_STORE = 4096, ASKED_SHARE = 32 };

struct id_sieve {
    uint64_t *bits;  /* NULL: nothing was read yet */
    int64_t asked;   /* questions that it could not answer */
    int64_t changes; /* as ref_parts counted them when it was read */
    int64_t part;    /* the newest then: nothing is added below it */
};

id_sieve *id_sieve_new(void)
{
    return g_new0(id_sieve, 1);
}

void id_sieve_forget(id_sieve *self)
{
    g_clear_pointer(&self->bits, g_free);
}

void id_sieve_free(id_sieve *self)
{
    if (self == NULL)
        return;
    id_sieve_forget(self);
    g_free(self);
}

static uint64_t bit_of(int64_t hash, int which)
{
    return ((uint64_t)hash >> (which * BITS_SHIFT)) & ((UINT64_C(1) << BITS_SHIFT) - 1); /* both lie in the 56 that a key has */
}

void id_sieve_add(id_sieve *self, int64_t hash)
{
    for (int i = 0; self->bits != NULL && i < 2; i++)
        self->bits[bit_of(hash, i) / 64] |= UINT64_C(1) << (bit_of(hash, i) % 64);
}

bool id_sieve_is_new(id_sieve *self, int64_t hash)
{
    if (self->bits == NULL) {
        self->asked++;
        return false;
    }
    for (int i = 0; i < 2; i++)
        if ((self->bits[bit_of(hash, i) / 64] >> (bit_of(hash, i) % 64) & 1) == 0)
            return true;
    return false;
}

void id_sieve_count_own(id_sieve *self)
{
    self->changes++;
}

/* Keys from the one on. */
static bool read_from(id_sieve *self, store *db, int64_t key, GError **error)
{
    GError *failure = NULL;
    g_autoptr(sqlite3_stmt) row = store_select(db, error, "SELECT key FROM message_refs WHERE key >= ?", NUM(key));
    if (row == NULL)
        return false;
    while (store_step(db, row, &failure))
        id_sieve_add(self, sqlite3_column_int64(row, 0));
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

static bool catch_up(id_sieve *self, store *db, int64_t changes, int64_t from, GError **error)
{
    if (!store_number(db, &self->part, error, "SELECT coalesce(max(base), 0) FROM ref_parts") || !read_from(self, db, from, error)) {
        id_sieve_forget(self);
        return false;
    }
    self->changes = changes;
    return true;
}

static bool changes_read(store *db, int64_t *changes_out, GError **error)
{
    return store_number(db, changes_out, error, "SELECT coalesce(sum(changes), 0) FROM ref_parts");
}

/* The count is read first: what comes between it and the rows is read twice. */
bool id_sieve_fill(id_sieve *self, store *db, GError **error)
{
    int64_t messages = 0, changes = 0;
    if (self->bits != NULL)
        return true;
    if (!store_number(db, &messages, error, "SELECT seq FROM sqlite_sequence WHERE name = 'messages'") ||
        !changes_read(db, &changes, error))
        return false;
    if (messages > SMALL_STORE + self->asked * ASKED_SHARE)
        return true;
    self->bits = g_new0(uint64_t, (UINT64_C(1) << BITS_SHIFT) / 64);
    return catch_up(self, db, changes, 0, error);
}

bool id_sieve_follow(id_sieve *self, store *db, GError **error)
{
    int64_t changes = 0;
    if (self->bits == NULL)
        return true;
    if (!changes_read(db, &changes, error))
        return false;
    return changes == self->changes || catch_up(self, db, changes, self->part, error);
}
