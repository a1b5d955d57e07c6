/* SPDX-License-Identifier: MIT */
/* How each server let us sign in last time, so that a weaker offer is noticed. Kept in the store. */
#pragma once
#include "core/store.h"
#include <stdbool.h>

/* The method that worked last time; NULL: none did yet. Caller frees. */
char *signin_memory_last(store *store, const char *account_id, bool is_outgoing);
/* method worked now. Keeps it; gives a sentence for the person if it protects the password less than the last one did, else NULL. Caller frees.
 * The sentence comes once for each step down. */
char *signin_memory_note(store *store, const char *account_id, bool is_outgoing, const char *host, const char *method);
