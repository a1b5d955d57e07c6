/* SPDX-License-Identifier: MIT */
/* People whose mail matters: addresses in the store, and a kept search of their mail. */
#pragma once
#include "core/store.h"

bool vip_is(store *store, const char *address);
bool vip_set(store *store, const char *address, bool is_vip, GError **error); /* an action that undo takes back */
bool vip_put(store *store, const char *address, bool is_vip, GError **error); /* the same, and no action: for undo itself */
GPtrArray *vip_list(store *store, GError **error);                            /* of char*, in order, freed with the array */
/* "from:a@x OR from:b@y", for a kept search; NULL: there are none. Caller frees. */
char *vip_query(store *store);
