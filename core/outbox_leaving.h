/* SPDX-License-Identifier: MIT */
/* Files of the outbox whose row goes before they do: who looks for files without a row leaves them alone. Any thread. */
#pragma once
#include "core/store.h"

void outbox_leaving_begin(const char *file); /* before the row goes */
void outbox_leaving_end(const char *file);   /* behind the file */
bool outbox_leaving_has(const char *file);

/* The same on the disk, for who starts after a crash in between: such a file goes, it is no message that has lost its row. Inside the transaction that ends the row. */
bool outbox_leaving_write(store *store, int64_t account_id, const char *file, GError **error);
bool outbox_leaving_is_written(store *store, int64_t account_id, const char *file);
void outbox_leaving_erase(store *store, int64_t account_id, const char *file); /* the file is gone */
