/* SPDX-License-Identifier: MIT */
/* How large a message the server of an account takes (APPENDLIMIT, RFC 7889): what is larger is not sent there. */
#pragma once
#include "core/store.h"

#define APPEND_LIMIT_NONE (-1) /* none, or none that is known */

/* As the server told for all its mailboxes; remembered for who has no connection to it. */
bool append_limit_note(store *store, int64_t account_id, int64_t bytes, GError **error);
int64_t append_limit_read(store *store, int64_t account_id);
/* In words, why a message of that size is not sent there; caller frees. NULL: it may be. */
char *append_limit_refusal(int64_t limit_bytes, int64_t size_bytes);
