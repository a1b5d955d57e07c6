/* SPDX-License-Identifier: MIT */
/* One message of the outbox through its states: over SMTP, a sendmail command, or into a local Maildir. No thread and no loop of its own. */
#pragma once
#include "config/settings.h"
#include "core/outbox.h"
#include "config/account_file.h"

struct net_context;       /* net/stream.h */
struct net_trust_verdict; /* net/trust.h */

/* Borrowed for the call. */
struct outbox_job {
    store *store; /* STORE_WORKER: states are on the disk before the next byte is sent */
    const struct account *account;
    const struct settings *settings; /* NULL: default timeouts */
    const char *password;            /* NULL: none */
    const char *pins;                /* NULL: the account's own */
    const struct net_context *context;
    char **notice; /* gets a sentence the person should see (caller frees); may be NULL */
};
/* Does what is due with one row in QUEUED (send it) or ACCEPTED (file the Sent copy and finish). Rows in other states are left alone.
 *
 * True: the row has come to rest (FILED, FAILED with the reasons, or QUEUED again for later because the server said so).
 * False: something is wrong with the connection or the store. The row is QUEUED again (the caller waits before it tries again), or IN_DOUBT when the server may have taken the
 * message. The code of NET_ERROR says whether a person is needed (CERTIFICATE: *verdict_out is filled; AUTH, INSECURE, CONFIG). */
bool outbox_worker_run(const struct outbox_job *job, const struct outbox_item *item, struct net_trust_verdict *verdict_out, GError **error);
/* Puts the finished message into Sent unless the provider does that itself, then FILED. For rows in ACCEPTED. */
bool outbox_worker_file(const struct outbox_job *job, const struct outbox_item *item, GError **error);
