/* SPDX-License-Identifier: MIT */
/* Counts of senders by address, until they are written. */
#include "core/people_ledger.h"
#include "core/store_private.h"

enum { PEOPLE_MAX = 4000, NOTES_MAX = 20000 };

struct person {
    char *name;
    int64_t received, last_utc;
};

struct people_ledger {
    GHashTable *people; /* address → struct person */
    guint notes;
};

static void person_free(gpointer data)
{
    struct person *person = data;
    g_free(person->name);
    g_free(person);
}

people_ledger *people_ledger_new(void)
{
    people_ledger *self = g_new0(people_ledger, 1);
    self->people = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, person_free);
    return self;
}

void people_ledger_free(people_ledger *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->people);
    g_free(self);
}

void people_ledger_note(people_ledger *self, const struct message_info *info)
{
    if (info->from_address == NULL)
        return;
    struct person *person = g_hash_table_lookup(self->people, info->from_address);
    if (person == NULL) {
        person = g_new0(struct person, 1);
        g_hash_table_insert(self->people, g_strdup(info->from_address), person);
    }
    if (person->name == NULL)
        person->name = g_strdup(info->from_name);
    person->received++;
    person->last_utc = MAX(person->last_utc, info->date_utc);
    self->notes++;
}

bool people_ledger_is_full(const people_ledger *self)
{
    return g_hash_table_size(self->people) >= PEOPLE_MAX || self->notes >= NOTES_MAX;
}

static bool write_all(people_ledger *self, store *db, GError **error)
{
    GHashTableIter iterator;
    gpointer address, value;
    g_hash_table_iter_init(&iterator, self->people);
    while (g_hash_table_iter_next(&iterator, &address, &value)) {
        const struct person *person = value;
        if (!store_contact_received(db, person->name, address, person->received, person->last_utc, error) || !store_breathe(db, error))
            return false;
    }
    return true;
}

bool people_ledger_write(people_ledger *self, store *db, GError **error)
{
    if (g_hash_table_size(self->people) == 0)
        return true;
    if (!store_begin_refetchable(db, error) || !store_end(db, write_all(self, db, error), error))
        return false;
    g_hash_table_remove_all(self->people);
    self->notes = 0;
    return true;
}
