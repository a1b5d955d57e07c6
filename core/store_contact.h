/* SPDX-License-Identifier: MIT */
/* People written to and heard from, ranked by use. */
#pragma once
#include "core/store.h"
struct contact {
    char *name, *address;
    int64_t sent, received;
};
void contact_free(struct contact *contact);
/* Those whose name or address has a word beginning with prefix, best first; of struct contact*. */
GPtrArray *store_contacts(store *store, const char *prefix, int limit, GError **error);
/* By how much they are used; is_all: also those who only wrote. */
GPtrArray *store_contacts_best(store *store, bool is_all, int limit, GError **error);
/* Somebody from an address book: the name there counts. */
bool store_contact_put(store *store, const char *name, const char *address, GError **error);
/* How many people mail was sent to, counted up to most. */
int store_contacts_written_to(store *store, int most);
bool store_contact_note(store *store, const char *name, const char *address, bool is_sent, int64_t when_utc, GError **error);
