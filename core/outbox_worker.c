/* SPDX-License-Identifier: MIT */
/* Sending one message, with each step on the disk before the next: see the states in core/outbox.h.
 *
 * Partial acceptance: who has accepted is noted first, so those never get it twice. The Sent copy is made at the first acceptance. */
#include "core/outbox_worker.h"
#include "core/blob.h"
#include "core/outbox_command.h"
#include "core/outbox_return.h"
#include "core/outbox_taking.h"
#include "core/outbox_worker_private.h"
#include "net/stream.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- transports --- */
static bool begin_all(const struct outbox_run *self, GError **error)
{
    return outbox_set_state(self->job->store, self->item->id, OUTBOX_DATA_BEGUN, NULL, error);
}

static bool send_command(const struct outbox_run *self, GError **error)
{
    int cancel_fd = self->job->context != NULL ? self->job->context->cancel_fd : -1;
    const struct outbox_item *item = self->item;
    g_autofree char *words = NULL;
    GError *failure = NULL;
    if (!begin_all(self, error))
        return false;
    const struct outbox_command command = { .command = self->job->account->outgoing.command,
                                            .sender = item->sender,
                                            .recipients = self->recipients,
                                            .notify = item->notify,
                                            .notice_returns = item->notice_returns,
                                            .notice_id = item->notice_id,
                                            .timeout_s = self->job->settings != NULL ? self->job->settings->send_answer_timeout_s : 0 };
    switch (outbox_command_run(&command, self->fd, cancel_fd, &words, &failure)) {
    case OUTBOX_COMMAND_TOOK:
        return outbox_run_settle_all(self, OUTBOX_FATE_TOOK, words, error);
    case OUTBOX_COMMAND_LATER:
        return outbox_run_settle_all(self, OUTBOX_FATE_LATER, words, error);
    case OUTBOX_COMMAND_REFUSED:
        return outbox_run_settle_all(self, OUTBOX_FATE_REFUSED, words, error);
    case OUTBOX_COMMAND_NOT_STARTED:
        return outbox_run_settle_broken(self, OUTBOX_BREAK_BEFORE, failure, error);
    case OUTBOX_COMMAND_STOPPED:
        break;
    }
    return outbox_run_settle_broken(self, OUTBOX_BREAK_DOUBT, failure, error);
}

/* Delivered back to oneself: the demo account, or a Maildir another program sends from. */
static bool send_maildir(const struct outbox_run *self, GError **error)
{
    const char *path = self->job->account->outgoing.path;
    g_autofree char *bytes = NULL, *file = NULL;
    GError *failure = NULL;
    gsize size = 0;
    if (!g_file_get_contents(self->item->path, &bytes, &size, &failure) || !blob_maildir_make(path, &failure))
        return outbox_run_settle_broken(self, OUTBOX_BREAK_BEFORE, failure, error);
    if (!begin_all(self, error))
        return false;
    if (!blob_maildir_deliver(path, bytes, size, 0, &file, &failure))
        return outbox_run_settle_broken(self, OUTBOX_BREAK_BEFORE, failure, error);
    return outbox_run_settle_all(self, OUTBOX_FATE_TOOK, _("delivered here"), error);
}

static bool send_by_protocol(const struct outbox_run *self, struct net_trust_verdict *verdict_out, GError **error)
{
    switch (self->job->account->outgoing.protocol) {
    case ACCOUNT_PROTOCOL_SENDMAIL:
        return send_command(self, error);
    case ACCOUNT_PROTOCOL_MAILDIR:
        return send_maildir(self, error);
    default:
        return outbox_smtp_send(self, verdict_out, error);
    }
}

/* --- one row --- */
/* Who is still to get it; borrowed strings. */
static GPtrArray *remaining_recipients(const struct outbox_item *item)
{
    GPtrArray *remaining = g_ptr_array_new();
    for (size_t i = 0; item->recipients[i] != NULL; i++) {
        if (outbox_fate_is_open(item->fates[i].fate))
            g_ptr_array_add(remaining, item->recipients[i]);
    }
    g_ptr_array_add(remaining, NULL);
    return remaining;
}

static bool send_item(const struct outbox_job *job, const struct outbox_item *item, struct net_trust_verdict *verdict_out, GError **error)
{
    g_autoptr(GPtrArray) remaining = remaining_recipients(item);
    struct stat status;
    int fd = item->path != NULL ? g_open(item->path, O_RDONLY | O_CLOEXEC, 0) : -1;
    if (fd < 0 || fstat(fd, &status) != 0 || remaining->len == 1) {
        if (fd >= 0)
            close(fd);
        const char *why =
            remaining->len == 1 ? _("Nobody is left to send this message to.") : _("The file of this message is gone from the outbox.");
        return outbox_set_state(job->store, item->id, OUTBOX_FAILED, why, error);
    }
    const struct outbox_run run = { .job = job,
                                    .item = item,
                                    .recipients = (const char *const *)remaining->pdata,
                                    .count = remaining->len - 1,
                                    .fd = fd,
                                    .size = (uint64_t)status.st_size };
    bool is_gone = false;
    bool is_good = outbox_begin_sending(job->store, item, &is_gone, error) && (is_gone || send_by_protocol(&run, verdict_out, error));
    close(fd);
    return is_good;
}

static bool has_refusals(const struct outbox_item *item)
{
    for (size_t i = 0; item->recipients[i] != NULL; i++) {
        if (item->fates[i].fate == OUTBOX_FATE_REFUSED)
            return true;
    }
    return false;
}

/* Sent, at least to some: the copy, and then the end, which for those who refused it is a draft. */
static bool finish(const struct outbox_job *job, const struct outbox_item *item, GError **error)
{
    bool is_copied = false;
    if (!outbox_sent_file(job, item, &is_copied, error))
        return false;
    if (!is_copied)
        return true; /* stays accepted: filed when it is known where */
    return outbox_set_state(job->store, item->id, has_refusals(item) ? OUTBOX_FAILED : OUTBOX_FILED, NULL, error);
}

/* False without error: nothing more is to be done now. */
static bool take_step(const struct outbox_job *job, const struct outbox_item *item, struct net_trust_verdict *verdict_out, GError **error)
{
    switch (item->state) {
    case OUTBOX_QUEUED:
        return send_item(job, item, verdict_out, error);
    case OUTBOX_ACCEPTED:
        return finish(job, item, error);
    case OUTBOX_FAILED:
    case OUTBOX_HELD:
        return outbox_return(job->store, item, job->account->incoming.protocol == ACCOUNT_PROTOCOL_IMAP, error);
    default:
        return true;
    }
}

/* The copy of what some have already is not held up by the others. */
static bool copy_partly(const struct outbox_job *job, const struct outbox_item *item, GError **error)
{
    bool is_done, is_partly = item->state == OUTBOX_QUEUED && item->accepted != NULL && item->accepted[0] != NULL;
    return !is_partly || item->is_copied || outbox_sent_file(job, item, &is_done, error);
}

bool outbox_worker_run(const struct outbox_job *job, const struct outbox_item *item, struct net_trust_verdict *verdict_out, GError **error)
{
    enum outbox_state before = item->state;
    if (!take_step(job, item, verdict_out, error))
        return false;
    /* What follows from it needs no network: at once, so that a person finds the copy, or the draft, with the news. */
    struct outbox_item *after = before != OUTBOX_HELD ? outbox_item(job->store, item->id, NULL) : NULL;
    bool is_good = true;
    for (int steps = 0; after != NULL && is_good && after->state != before && steps < 3; steps++) {
        before = after->state;
        is_good = before == OUTBOX_QUEUED || take_step(job, after, verdict_out, error);
        outbox_item_free(after);
        after = outbox_item(job->store, item->id, NULL);
    }
    is_good = is_good && (after == NULL || copy_partly(job, after, error));
    outbox_item_free(after);
    return is_good;
}
