/* SPDX-License-Identifier: MIT */
/* How full an account's mailbox is on its server (RFC 9208): the fullest of what it counts. Kept in the store, so that it is known offline too. */
#pragma once
#include "core/store.h"

struct account_quota {
    uint64_t used, limit; /* bytes, or pieces */
    bool is_bytes;
    int percent; /* 0 … 999 */
};
#define ACCOUNT_QUOTA_NEAR 90                                                         /* percent: the person is told, once */
bool account_quota_read(store *store, int64_t account_id, struct account_quota *out); /* false: the server did not say */
/* As the server tells it. is_first: of an answer; later ones count only where they are fuller. *words_out: what the person should be told now, caller
 * frees; NULL: nothing, or nothing again. */
bool account_quota_note(store *store, int64_t account_id, const char *account_name, const struct account_quota *told, bool is_first,
                        bool *is_changed_out, char **words_out, GError **error);
char *account_quota_describe(const struct account_quota *quota); /* "1.4 GB of 1.5 GB"; caller frees */
