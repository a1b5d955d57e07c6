/* SPDX-License-Identifier: MIT */
/* A message that is being taken back. Until its bytes are kept elsewhere it stays in the outbox, and from the first moment on nobody sends it: also not
 * when the process that takes it ends in between. */
#pragma once
#include "core/store.h"

struct outbox_item;
/* Of one that waits, on the disk when it returns. False: it does not wait any more. */
bool outbox_reserve(store *store, int64_t id, GError **error);
/* It could not be kept: it goes as it would have. */
bool outbox_release(store *store, int64_t id, GError **error);
/* Those whose process is gone; of int64_t: the caller keeps them or holds them back. Caller unrefs; NULL with error. */
GArray *outbox_deserted(store *store, GError **error);
/* The state SENDING. *is_gone_out: it was taken back, is being taken back, or was given another time since it was read: nothing is to be done, and no error. */
bool outbox_begin_sending(store *store, const struct outbox_item *item, bool *is_gone_out, GError **error);
/* Two letters that are one act: the Message-ID of the one is made of the other's. Caller frees. */
char *outbox_companion_id(const char *message_id);
/* The other one, where it waits or lies there refused; 0: none, or it is gone. */
int64_t outbox_companion(store *store, const char *message_id);
