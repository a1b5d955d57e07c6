/* SPDX-License-Identifier: MIT */
/* What the files of the outbox share: rows of recipients. */
#pragma once
#include "core/outbox.h"
#include "core/store_private.h"

typedef struct outbox_item outbox_mail;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(outbox_mail, outbox_item_free)

/* core/outbox.c: which state it is in; the next one, in the caller's transaction, if it may follow; and in words. */
bool outbox_state_read(store *store, int64_t id, enum outbox_state *state_out, GError **error);
bool outbox_state_change(store *store, int64_t id, enum outbox_state state, const char *reply, GError **error);
const char *outbox_state_words(enum outbox_state state);
/* Fills item->fates, and item->accepted with those who took it. */
bool outbox_fates_read(store *store, struct outbox_item *item, GError **error);
void outbox_fates_free(struct outbox_item *item);
bool outbox_fate_write(store *store, int64_t id, const struct outbox_recipient *recipient, GError **error);
/* Whoever was offered the message: what became of that. Where nobody is noted (of an older postern) all who wait were offered it. */
bool outbox_fates_decide(store *store, int64_t id, enum outbox_fate fate, GError **error);
void outbox_drop_file(store *store, const struct outbox_item *item); /* unless an intent has its path */
