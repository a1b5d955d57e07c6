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
    OUTBOX_FAILED /* refused, wholly or for some: back in Drafts, reasons kept */,
    OUTBOX_IN_DOUBT /* the person is asked */,
    OUTBOX_HELD /* taken back, or found without its row after a crash: goes to Drafts */,
};
/* What became of one recipient. Numbers are in the store. */
enum outbox_fate {
    OUTBOX_FATE_WAITS,
    OUTBOX_FATE_OFFERED /* named with the message that is being handed over: in doubt after a crash */,
    OUTBOX_FATE_TOOK /* accepted: never named again */,
    OUTBOX_FATE_LATER /* refused for now */,
    OUTBOX_FATE_REFUSED /* for good: not tried again */,
};
struct outbox_recipient {
    const char *address; /* borrowed from the item's recipients */
    enum outbox_fate fate;
    char *reply; /* the server's words, "550 5.1.1 no such user"; NULL: none */
};
/* What the person wants to be told of the delivery (RFC 3461), as words: "NOTIFY", "RET", "ENVID" of the protocol. All NULL: nothing. */
struct outbox_notice {
    const char *notify;    /* "success,failure,delay" or "never" */
    const char *returns;   /* "hdrs" or "full" */
    const char *notice_id; /* one line of ASCII */
};
struct outbox_item {
    int64_t id, account_id;
    char *account_key;
    enum outbox_state state;
    char *file, *path; /* in the outbox Maildir */
    char *sender, **recipients, *subject, *message_id;
    int64_t not_before_utc;
    bool is_taken; /* somebody takes it back just now, or began to: it is not sent (core/outbox_taking) */
    int attempts;
    int64_t created_utc;
    char *reply;                    /* last words of the server; per recipient, one line each, where they differ */
    char **accepted;                /* recipients that were accepted already (partial) */
    struct outbox_recipient *fates; /* one for each of recipients, same order */
    bool is_copied;                 /* the copy for Sent is made, or not wanted */
    bool is_returned;               /* FAILED and HELD: done with */
    bool has_draft;                 /* it is in Drafts: not so for what was sent on for somebody else */
    char *notify, *notice_returns, *notice_id;
    int64_t reply_to_placement; /* to be flagged \Answered when accepted; 0: none */
    unsigned reply_flag;        /* MESSAGE_ANSWERED or MESSAGE_FORWARDED */
};
void outbox_item_free(struct outbox_item *item);
/* Still to be named to a server. */
static inline bool outbox_fate_is_open(enum outbox_fate fate)
{
    return fate == OUTBOX_FATE_WAITS || fate == OUTBOX_FATE_LATER || fate == OUTBOX_FATE_OFFERED;
}
size_t outbox_waiting_count(const struct outbox_item *item);

/* Message bytes (Bcc header already taken out) into the outbox Maildir, fsynced, then the row. Returns the row, 0 with error. delay_s: undo delay. */
int64_t outbox_submit(store *store, const char *account_key, const void *bytes, size_t size, const char *sender,
                      const char *const *recipients, int delay_s, int64_t reply_to_placement, unsigned reply_flag, GError **error);
/* The same, with all there is to say. */
struct outbox_letter {
    const char *account_key;
    const void *bytes;
    size_t size;
    const char *sender;
    const char *const *recipients;
    int delay_s;
    int64_t reply_to_placement;
    unsigned reply_flag;
    struct outbox_notice notice;
    int64_t send_at_utc; /* a time the person chose; 0: after delay_s */
    int64_t draft;       /* its version in Drafts (core/draft_version), which goes in the same step; 0: none */
    bool is_undoable;    /* an action of the person, to be taken back while it waits */
};
int64_t outbox_submit_letter(store *store, const struct outbox_letter *letter, GError **error);
/* Two in one step: both are there, or none. Returns the first one's row; the other is found by it (core/outbox_taking). */
int64_t outbox_submit_both(store *store, const struct outbox_letter *letter, const struct outbox_letter *companion, GError **error);
/* In QUEUED, HELD and FAILED: takes it back (to be edited again); the message's bytes are given to the caller (NULL: nobody
 * wants them). False: too late, see error. */
bool outbox_take_back(store *store, int64_t id, char **bytes_out, size_t *size_out, GError **error);
/* The message's bytes, for a copy to be made before it is taken back. Caller frees. */
bool outbox_read(store *store, int64_t id, char **bytes_out, size_t *size_out, GError **error);
/* A message that waits goes at that time; at once where it is past (0). False: it does not wait any more. */
bool outbox_schedule(store *store, int64_t id, int64_t at_utc, GError **error);
/* It waits, or was refused: it becomes a draft again (core/outbox_return). */
bool outbox_hold(store *store, int64_t id, GError **error);
int64_t outbox_count(store *store); /* what is not sent yet and not back in Drafts */
/* A message with that Message-ID was sent, or is on its way. */
bool outbox_knows(store *store, const char *message_id);
GPtrArray *outbox_items(store *store, GError **error); /* all not filed; of struct outbox_item* */
struct outbox_item *outbox_item(store *store, int64_t id, GError **error);
/* On the disk when it returns. A state that cannot follow the present one is an error. ACCEPTED also flags reply_to_placement; FILED deletes the file
 * (unless an append intent has its path). */
bool outbox_set_state(store *store, int64_t id, enum outbox_state state, const char *reply, GError **error);
bool outbox_retry(store *store, int64_t id, int64_t not_before_utc, const char *reply, GError **error);
/* Fates and state in one step, on the disk when it returns: what was learned of some recipients (count of them), and what follows for the message.
 * not_before_utc counts for QUEUED, which also counts as an attempt. */
struct outbox_verdict {
    enum outbox_state state;
    const char *reply; /* NULL: as before */
    int64_t not_before_utc;
    const struct outbox_recipient *recipients;
    size_t count;
};
bool outbox_settle(store *store, int64_t id, const struct outbox_verdict *verdict, GError **error);
bool outbox_set_copied(store *store, int64_t id, GError **error);
bool outbox_set_returned(store *store, int64_t id, bool has_draft, GError **error); /* see core/outbox_return.h; a HELD row goes */
/* The person wants it now, or the network is back: what waits after a failed attempt is due at once. account_id 0: all. How many; -1 with error. */
int outbox_hurry(store *store, int64_t account_id, GError **error);
/* At start, by the one process that sends, before it sends: rows left in DATA_BEGUN become IN_DOUBT, SENDING become QUEUED; files without a row (a crash in
 * outbox_submit) become HELD; files of filed mail go, refusals of a week ago too. Returns how many are in doubt, -1 with error. */
int outbox_recover(store *store, GError **error);
/* The person's answer: send again, or it did arrive (for those who were named with it; goes on as accepted, or with the others), or put back in Drafts. */
enum outbox_answer { OUTBOX_SEND_AGAIN, OUTBOX_WAS_SENT, OUTBOX_TO_DRAFTS };
bool outbox_answer(store *store, int64_t id, enum outbox_answer answer, GError **error);
