/* SPDX-License-Identifier: MIT */
/* For core/sync_bodies*.c: which bodies are wanted and not here. */
#pragma once
#include "config/account_sync.h"
#include "core/blob.h"
#include "core/sync_bodies.h"

#define BODY_WHOLE_MAX (64 * 1024) /* up to here a message comes whole where only its text is wanted: that is one part less to ask for */

struct body_wish {
    int64_t message_id, size;
    uint32_t uid;
    bool is_text; /* of a large message only what is read */
};

typedef struct body_plan body_plan;
body_plan *body_plan_new(void);
void body_plan_free(body_plan *self);
/* The next of one folder, newest first, into wishes (of struct body_wish, empty): none: there is nothing. *folder_out: the folder. untold (of int64):
 * messages that are here and that the index may not have heard of, because the program was killed before it told. */
bool body_plan_next(body_plan *self, imap_session *session, blob_bulk *files, GArray *wishes, GArray *untold, int64_t *folder_out,
                    GError **error);
/* What could not be fetched of this folder is not tried again before the next start. */
void body_plan_skip_folder(body_plan *self);
/* All is looked at once more (the cache lost something, the policy may want it again). */
void body_plan_forget(body_plan *self);
/* How far the walk through the folder is. */
void body_plan_progress(const body_plan *self, int64_t *done_out, int64_t *total_out);

/* --- core/sync_bodies_keep.c --- */
struct account_sync_policy body_policy(const imap_session *session, const struct folder *folder);
/* The sort key from which on messages of the folder are wanted. */
int64_t body_policy_least_key(imap_session *session, int64_t folder_id, const struct account_sync_policy *policy);
