/* SPDX-License-Identifier: MIT */
/* One message of the outbox through its states: over SMTP, a sendmail command, or into a local Maildir. No thread and no loop of its own. */
#pragma once
#include "config/settings.h"
#include "core/outbox.h"
#include "config/account_file.h"

struct net_context;       /* net/stream.h */
struct net_trust_verdict; /* net/trust.h */

/* A connection that serves one message after another. NULL in a job: one for each. */
typedef struct outbox_session outbox_session;
outbox_session *outbox_session_new(void);
void outbox_session_close(outbox_session *session); /* says goodbye; it can be used again */
void outbox_session_free(outbox_session *session);

/* Borrowed for the call. */
struct outbox_job {
    store *store; /* STORE_WORKER: states are on the disk before the next byte is sent */
    const struct account *account;
    const struct settings *settings; /* NULL: default timeouts */
    const char *password;            /* NULL: none */
    const char *pins;                /* NULL: the account's own */
    const struct net_context *context;
    outbox_session *session;
    /* While the message goes out, bytes of it; false: the person wants it stopped, which holds as long as it has not gone out wholly. May be NULL. */
    bool (*progress)(uint64_t done, uint64_t total, void *data);
    void *progress_data;
    char **notice; /* gets a sentence the person should see (caller frees); may be NULL */
};
/* Does what is due with one row in QUEUED (send it), ACCEPTED (file the Sent copy and finish), FAILED and HELD (back to Drafts). Others are left alone.
 *
 * True: the row has come to rest (FILED, FAILED with the reasons, or QUEUED again for later because the server said so).
 * False: something is wrong with the connection or the store. The row is QUEUED again (the caller waits before it tries again), or IN_DOUBT when the server may have taken the
 * message. The code of NET_ERROR says whether a person is needed (CERTIFICATE: *verdict_out is filled; AUTH, INSECURE, CONFIG). */
bool outbox_worker_run(const struct outbox_job *job, const struct outbox_item *item, struct net_trust_verdict *verdict_out, GError **error);
