/* SPDX-License-Identifier: MIT */
/* Messages from a maildrop to the disk: a file each, synced in batches, then noted in the store. After pop3_delivery_commit() they are safe. */
#pragma once
#include "core/engine_private.h"
#include "core/pop3_mail.h"

typedef struct pop3_delivery pop3_delivery;
/* store: borrowed. is_quiet: many old messages come, nobody wants to hear of each. */
pop3_delivery *pop3_delivery_new(engine_account *account, store *store, int64_t folder_id, bool is_quiet, GError **error);
void pop3_delivery_free(pop3_delivery *delivery); /* what was not committed is thrown away */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(pop3_delivery, pop3_delivery_free)

/* One message: bytes (a pop3_take), then keep or drop. */
bool pop3_delivery_bytes(void *delivery, const char *bytes, size_t length, GError **error);
/* Before its bytes: only the head of a message of so many bytes comes (TOP). */
bool pop3_delivery_begin_head(pop3_delivery *delivery, uint64_t size_bytes, GError **error);
/* Of the message that was read; borrowed until keep or drop. */
const char *pop3_delivery_hash(pop3_delivery *delivery);     /* of its header (pop3_header_hash) */
const char *pop3_delivery_identity(pop3_delivery *delivery); /* as in struct pop3_mail */
/* uidl: what the server calls it. Commits when the batch is full. */
bool pop3_delivery_keep(pop3_delivery *delivery, const char *uidl, GError **error);
/* All of a message of which the head was here: it takes the head's place, in the folder where that is by now, and is safe when this returns. */
bool pop3_delivery_complete(pop3_delivery *delivery, const struct pop3_mail *mail, GError **error);
void pop3_delivery_drop(pop3_delivery *delivery);
/* Everything that was kept: fsync, rename, the rows. */
bool pop3_delivery_commit(pop3_delivery *delivery, GError **error);
/* Messages committed so far. */
unsigned pop3_delivery_count(const pop3_delivery *delivery);
