/* SPDX-License-Identifier: MIT */
/* Mail merge: one message for each row of a table (CSV), its places filled from the columns. */
#pragma once
#include "core/compose.h"
#include "core/store.h"

#define MERGE_ROWS_MAX 10000
typedef struct merge merge;
/* RFC 4180; also with ';' or tabs between, UTF-8 or Latin-1. The first row has the names of the columns. */
merge *merge_new(const char *text, size_t length, GError **error);
merge *merge_load(const char *path, GError **error);
void merge_free(merge *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(merge, merge_free)
guint merge_count(const merge *self);
/* Whether every place of the draft has its column and every row an address to go to; the error names what is missing, and where. */
bool merge_check(const merge *self, const struct draft *draft, GError **error);
/* The message of a row; caller frees. To is filled in, or else the column to, email, e-mail, mail or address. */
struct draft *merge_draft(const merge *self, guint row, const struct draft *draft);
/* All of them into the outbox, per_minute at most, the first after delay_s. The draft's Message-ID is known: a row that is in the outbox or was sent is
 * not put there again, so it may be begun anew after a crash. *count_out: how many went in now. */
bool merge_submit(const merge *self, store *store, const struct draft *draft, int delay_s, int per_minute, guint *count_out,
                  GError **error);
