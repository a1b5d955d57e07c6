/* SPDX-License-Identifier: MIT */
/* Messages on their way out: states, durable before and after DATA, never sent twice silently (design.md section 4). */
#pragma once
#include "core/store.h"

enum outbox_state {
    OUTBOX_QUEUED,
    OUTBOX_SENDING /* connected, before DATA: safe to repeat */,
    OUTBOX_DATA_BEGUN /* in doubt after a crash */,
    OUTBOX_ACCEPTED,
    OUTBOX_FILED /* done */,
    OUTBOX_FAILED /* 5xx: back in Drafts, reason kept */,
    OUTBOX_IN_DOUBT /* the person is asked */,
    OUTBOX_HELD /* cancelled by undo */,
};
struct outbox_item {
    int64_t id, account_id;
    char *account_key;
    enum outbox_state state;
    char *file, *path; /* in the outbox Maildir */
    char *sender, **recipients, *subject, *message_id;
    int64_t not_before_utc;
    int attempts;
    char *reply;                /* last words of the server; per recipient, one line each, where they differ */
    char **accepted;            /* recipients that were accepted already (partial) */
    int64_t reply_to_placement; /* to be flagged \Answered when accepted; 0: none */
    unsigned reply_flag;        /* MESSAGE_ANSWERED or MESSAGE_FORWARDED */
};
void outbox_item_free(struct outbox_item *item);

/* Message bytes (Bcc header already taken out) into the outbox Maildir, fsynced, then the row. Returns the row, 0 with error. delay_s: undo delay. */
int64_t outbox_submit(store *store, const char *account_key, const void *bytes, size_t size, const char *sender,
                      const char *const *recipients, int delay_s, int64_t reply_to_placement, unsigned reply_flag, GError **error);
/* In QUEUED, HELD and FAILED: takes it back (to be edited again); the message's bytes are given to the caller. False: too late, see error. */
bool outbox_take_back(store *store, int64_t id, char **bytes_out, size_t *size_out, GError **error);
GPtrArray *outbox_items(store *store, GError **error); /* all not filed; of struct outbox_item* */
struct outbox_item *outbox_item(store *store, int64_t id, GError **error);
/* On the disk when it returns. A state that cannot follow the present one is an error. ACCEPTED also flags reply_to_placement; FILED deletes the file
 * (unless an append intent has its path). */
bool outbox_set_state(store *store, int64_t id, enum outbox_state state, const char *reply, GError **error);
bool outbox_retry(store *store, int64_t id, int64_t not_before_utc, const char *reply, GError **error);
bool outbox_note_accepted(store *store, int64_t id, const char *const *recipients, const char *reply, GError **error);
/* At start, by the one process that sends, before it sends: rows left in DATA_BEGUN become IN_DOUBT, SENDING become QUEUED; files without a row (a crash in
 * outbox_submit) become HELD; files of filed mail go. Returns how many are in doubt, -1 with error. */
int outbox_recover(store *store, GError **error);
/* The person's answer: send again, or it did arrive (goes on as accepted), or put back in Drafts. */
enum outbox_answer { OUTBOX_SEND_AGAIN, OUTBOX_WAS_SENT, OUTBOX_TO_DRAFTS };
bool outbox_answer(store *store, int64_t id, enum outbox_answer answer, GError **error);
