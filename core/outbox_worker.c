/* SPDX-License-Identifier: MIT */
/* Sending one message, with each step on the disk before the next: see the states in core/outbox.h.
 *
 * Partial acceptance: who has accepted is noted first, so those never get it twice. The Sent copy is made at the first acceptance. */
#include "core/outbox_worker.h"
#include "config/paths.h"
#include "config/providers.h"
#include "core/account_endpoint.h"
#include "core/blob.h"
#include "core/intent.h"
#include "core/outbox_command.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include "core/message_7bit.h"
#include "core/oauth_account.h"
#include "core/signin_memory.h"
#include "core/store_role.h"
#include "net/smtp_client.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ATTEMPTS_MAX    40 /* of "later" by the server: about two days */
#define LATER_FIRST_S   60 /* the server said later: greylisting wants minutes */
#define LATER_LONGEST_S 3600

static int64_t now_utc(void)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

/* first · 2^attempts, at most longest, give or take a fifth, so that many clients do not come back in one moment. */
static int64_t backoff_until(int attempts, int first_s, int longest_s)
{
    int shift = CLAMP(attempts, 0, 12);
    int delay_s = MIN(first_s << shift, longest_s);
    return now_utc() + delay_s + g_random_int_range(-delay_s / 5, delay_s / 5 + 1);
}

/* --- Sent --- */
static bool wants_sent_copy(const struct account *self)
{
    if (self->save_sent != ACCOUNT_SAVE_SENT_AUTO)
        return self->save_sent == ACCOUNT_SAVE_SENT_YES;
    const struct provider *provider = self->from_address != NULL ? provider_for_address(self->from_address) : NULL;
    bool is_providers_server = provider != NULL && g_strcmp0(provider->smtp.host, self->outgoing.host) == 0;
    return !is_providers_server || !provider->saves_sent;
}

/* A second name for the same bytes: the outbox's file and the append intent's go their own ways. */
static char *link_copy(const struct outbox_item *item, GError **error)
{
    g_autofree char *directory = paths_mail_directory(item->account_key, NULL);
    g_autofree char *filing = g_build_filename(directory, ".filing", NULL);
    g_autofree char *path = g_build_filename(filing, item->file, NULL);
    if (!paths_make(filing, error))
        return NULL;
    if (item->path == NULL || (link(item->path, path) != 0 && errno != EEXIST)) {
        int saved = item->path != NULL ? errno : ENOENT;
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved), _("The copy for the Sent folder could not be made: %s"),
                    g_strerror(saved));
        return NULL;
    }
    int fd = open(filing, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    return g_steal_pointer(&path);
}

/* Has the account's folder list been seen at all? A first `postern send` may come before any synchronisation. */
static bool is_listed(const struct outbox_job *job, const struct outbox_item *item)
{
    g_autoptr(folder) sent = store_folder_by_role(job->store, item->account_id, FOLDER_SENT, NULL);
    return job->account->incoming.protocol != ACCOUNT_PROTOCOL_IMAP || sent != NULL || store_role_knows_home(job->store, item->account_id);
}

/* True also where there is nothing to do. */
static bool file_sent_copy(const struct outbox_job *job, const struct outbox_item *item, GError **error)
{
    if (!wants_sent_copy(job->account))
        return true;
    /* Elsewhere than with IMAP nobody else says where folders are. */
    if (job->account->incoming.protocol != ACCOUNT_PROTOCOL_IMAP && !store_role_knows_home(job->store, item->account_id) &&
        !store_role_set_home(job->store, item->account_id, "", '/', error))
        return false;
    int64_t target = store_role_folder(job->store, item->account_id, FOLDER_SENT, error);
    if (target == 0)
        return false;
    g_autofree char *path = link_copy(item, error);
    return path != NULL && intent_append(job->store, target, path, MESSAGE_SEEN, error) != 0;
}

bool outbox_worker_file(const struct outbox_job *job, const struct outbox_item *item, GError **error)
{
    bool is_filed = item->accepted != NULL && item->accepted[0] != NULL; /* by the first part of a partial acceptance */
    if (!is_filed && wants_sent_copy(job->account) && !is_listed(job, item))
        return true; /* stays accepted: filed when it is known where */
    if (!is_filed && !file_sent_copy(job, item, error))
        return false;
    return outbox_set_state(job->store, item->id, OUTBOX_FILED, NULL, error);
}

/* --- what came of it --- */
static char *reply_words(const struct smtp_reply *reply)
{
    g_autofree char *text = g_utf8_make_valid(reply->text != NULL ? reply->text : "", -1);
    for (char *c = text; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    }
    return g_strdup_printf("%d %s", reply->code, g_strstrip(text));
}

/* The refusals, one recipient a line. */
static char *refusal_lines(const struct smtp_result *result, const char *const *recipients)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    for (size_t i = 0; i < result->recipient_count; i++) {
        if (smtp_reply_is_ok(&result->recipients[i]) || result->recipients[i].code == 0)
            continue;
        g_autofree char *words = reply_words(&result->recipients[i]);
        g_string_append_printf(lines, "%s%s: %s", lines->len > 0 ? "\n" : "", recipients[i], words);
    }
    return g_strdup(lines->str);
}

/* Why nothing, or not all, was taken. */
static char *refusal_words(const struct smtp_result *result, const char *const *recipients)
{
    if (result->sender.code != 0 && !smtp_reply_is_ok(&result->sender))
        return reply_words(&result->sender);
    if (result->data.code >= 400)
        return reply_words(&result->data);
    return refusal_lines(result, recipients);
}

static bool is_later(const struct smtp_result *result)
{
    if (smtp_reply_is_temporary(&result->sender) || smtp_reply_is_temporary(&result->data))
        return true;
    for (size_t i = 0; i < result->recipient_count; i++) {
        if (smtp_reply_is_temporary(&result->recipients[i]))
            return !smtp_reply_is_permanent(&result->sender) && !smtp_reply_is_permanent(&result->data);
    }
    return false;
}

static bool rest(const struct outbox_job *job, const struct outbox_item *item, bool may_come_later, const char *words, GError **error)
{
    if (may_come_later && item->attempts < ATTEMPTS_MAX)
        return outbox_retry(job->store, item->id, backoff_until(item->attempts, LATER_FIRST_S, LATER_LONGEST_S), words, error);
    return outbox_set_state(job->store, item->id, OUTBOX_FAILED, words, error);
}

/* Some of the recipients: note them, file the copy, and let the others rest. */
static bool settle_partly(const struct outbox_job *job, const struct outbox_item *item, const struct smtp_result *result,
                          const char *const *recipients, GError **error)
{
    g_autoptr(GPtrArray) accepted = g_ptr_array_new();
    g_autofree char *words = refusal_lines(result, recipients);
    for (size_t i = 0; i < result->recipient_count; i++) {
        if (smtp_reply_is_ok(&result->recipients[i]))
            g_ptr_array_add(accepted, (gpointer)recipients[i]);
    }
    g_ptr_array_add(accepted, NULL);
    if (!outbox_note_accepted(job->store, item->id, (const char *const *)accepted->pdata, words, error))
        return false;
    if (item->accepted[0] == NULL && !file_sent_copy(job, item, error))
        return false;
    return rest(job, item, is_later(result), words, error);
}

static bool settle_wholly(const struct outbox_job *job, const struct outbox_item *item, const char *words, GError **error)
{
    return outbox_set_state(job->store, item->id, OUTBOX_ACCEPTED, words, error) && outbox_worker_file(job, item, error);
}

static bool settle(const struct outbox_job *job, const struct outbox_item *item, const struct smtp_result *result,
                   const char *const *recipients, GError **error)
{
    if (result->outcome == SMTP_REFUSED) {
        g_autofree char *words = refusal_words(result, recipients);
        return rest(job, item, is_later(result), words, error);
    }
    for (size_t i = 0; i < result->recipient_count; i++) {
        if (!smtp_reply_is_ok(&result->recipients[i]))
            return settle_partly(job, item, result, recipients, error);
    }
    g_autofree char *words = reply_words(&result->data);
    return settle_wholly(job, item, words, error);
}

/* The connection failed; what was wrong is failure (taken). The row is left so that nothing is lost or sent twice. */
static bool settle_broken(const struct outbox_job *job, const struct outbox_item *item, bool is_in_doubt, GError *failure, GError **error)
{
    GError *store_failure = NULL;
    int64_t until = item->not_before_utc; /* due at once: how long a server that cannot be reached is left alone, the caller knows */
    bool is_noted = is_in_doubt ? outbox_set_state(job->store, item->id, OUTBOX_IN_DOUBT, failure->message, &store_failure)
                                : outbox_retry(job->store, item->id, until, failure->message, &store_failure);
    if (!is_noted) { /* the next start finds it (outbox_recover) */
        g_prefix_error(&failure, "%s ", store_failure->message);
        g_error_free(store_failure);
    }
    g_propagate_error(error, failure);
    return false;
}

/* --- transports --- */
struct sending {
    const struct outbox_job *job;
    const struct outbox_item *item;
};

static bool begin_data(const struct smtp_result *so_far, void *data, GError **error)
{
    const struct sending *sending = data;
    (void)so_far;
    return outbox_set_state(sending->job->store, sending->item->id, OUTBOX_DATA_BEGUN, NULL, error);
}

static bool has_8bit(int fd)
{
    unsigned char bytes[16 * 1024];
    ssize_t count;
    for (off_t offset = 0; (count = pread(fd, bytes, sizeof bytes, offset)) > 0; offset += count) {
        for (ssize_t i = 0; i < count; i++) {
            if (bytes[i] >= 0x80)
                return true;
        }
    }
    return false;
}

static smtp_client *connect_smtp(const struct outbox_job *job, struct net_trust_verdict *verdict_out, GError **error)
{
    const struct account_server *server = &job->account->outgoing;
    const struct net_endpoint endpoint = account_endpoint(server, job->settings, job->pins);
    g_autofree char *last = signin_memory_last(job->store, job->account->id, true);
    const struct net_credentials credentials = { .user = server->user,
                                                 .password = job->password,
                                                 .auth = server->auth,
                                                 .last = last,
                                                 .token = oauth_account_is(job->account) ? job->password : NULL };
    g_autoptr(smtp_client) client = smtp_client_connect(&endpoint, job->context, verdict_out, error);
    if (client == NULL || !smtp_client_login(client, &credentials, error))
        return NULL;
    g_autofree char *notice = signin_memory_note(job->store, job->account->id, true, server->host, smtp_client_mechanism(client));
    if (job->notice != NULL)
        *job->notice = g_steal_pointer(&notice);
    return g_steal_pointer(&client);
}

static bool send_smtp(const struct outbox_job *job, const struct outbox_item *item, int fd, uint64_t size, const char *const *recipients,
                      struct net_trust_verdict *verdict_out, GError **error)
{
    GError *failure = NULL;
    struct sending sending = { job, item };
    const struct smtp_watch watch = { .before_data = begin_data, .data = &sending };
    struct smtp_result result = { .outcome = SMTP_NOT_SENT };
    g_autoptr(smtp_client) client = connect_smtp(job, verdict_out, &failure);
    const struct smtp_envelope envelope = { .sender = item->sender, .recipients = recipients, .is_8bit = has_8bit(fd) };
    int made = envelope.is_8bit && client != NULL && !smtp_client_takes_8bit(client) ? message_to_7bit(fd, &size) : -1;
    bool is_done = client != NULL && smtp_client_send(client, &envelope, made >= 0 ? made : fd, size, &watch, &result, &failure);
    if (made >= 0)
        close(made);
    bool is_good =
        is_done ? settle(job, item, &result, recipients, error) : settle_broken(job, item, result.outcome == SMTP_IN_DOUBT, failure, error);
    smtp_result_clear(&result);
    if (is_done)
        smtp_client_quit(client);
    return is_good;
}

static bool send_command(const struct outbox_job *job, const struct outbox_item *item, int fd, const char *const *recipients,
                         GError **error)
{
    int cancel_fd = job->context != NULL ? job->context->cancel_fd : -1;
    g_autofree char *words = NULL;
    GError *failure = NULL;
    if (!outbox_set_state(job->store, item->id, OUTBOX_DATA_BEGUN, NULL, error))
        return false;
    switch (outbox_command_run(job->account->outgoing.command, item->sender, recipients, fd, cancel_fd, &words, &failure)) {
    case OUTBOX_COMMAND_TOOK:
        return settle_wholly(job, item, words, error);
    case OUTBOX_COMMAND_LATER:
        return rest(job, item, true, words, error);
    case OUTBOX_COMMAND_REFUSED:
        return rest(job, item, false, words, error);
    case OUTBOX_COMMAND_NOT_STARTED:
        return settle_broken(job, item, false, failure, error);
    case OUTBOX_COMMAND_STOPPED:
        break;
    }
    return settle_broken(job, item, true, failure, error);
}

/* Delivered back to oneself: the demo account, or a Maildir another program sends from. */
static bool send_maildir(const struct outbox_job *job, const struct outbox_item *item, GError **error)
{
    g_autofree char *bytes = NULL, *file = NULL;
    GError *failure = NULL;
    gsize size = 0;
    if (!g_file_get_contents(item->path, &bytes, &size, &failure) || !blob_maildir_make(job->account->outgoing.path, &failure))
        return settle_broken(job, item, false, failure, error);
    if (!outbox_set_state(job->store, item->id, OUTBOX_DATA_BEGUN, NULL, error))
        return false;
    if (!blob_maildir_deliver(job->account->outgoing.path, bytes, size, 0, &file, &failure))
        return settle_broken(job, item, false, failure, error);
    return settle_wholly(job, item, _("delivered here"), error);
}

/* Who has not accepted it yet; borrowed strings. */
static GPtrArray *remaining_recipients(const struct outbox_item *item)
{
    GPtrArray *remaining = g_ptr_array_new();
    for (char **recipient = item->recipients; recipient != NULL && *recipient != NULL; recipient++) {
        if (item->accepted == NULL || !g_strv_contains((const char *const *)item->accepted, *recipient))
            g_ptr_array_add(remaining, *recipient);
    }
    g_ptr_array_add(remaining, NULL);
    return remaining;
}

static bool send_by_protocol(const struct outbox_job *job, const struct outbox_item *item, int fd, uint64_t size,
                             const char *const *recipients, struct net_trust_verdict *verdict_out, GError **error)
{
    switch (job->account->outgoing.protocol) {
    case ACCOUNT_PROTOCOL_SENDMAIL:
        return send_command(job, item, fd, recipients, error);
    case ACCOUNT_PROTOCOL_MAILDIR:
        return send_maildir(job, item, error);
    default:
        return send_smtp(job, item, fd, size, recipients, verdict_out, error);
    }
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
    bool is_good = outbox_set_state(job->store, item->id, OUTBOX_SENDING, NULL, error) &&
                   send_by_protocol(job, item, fd, (uint64_t)status.st_size, (const char *const *)remaining->pdata, verdict_out, error);
    close(fd);
    return is_good;
}

bool outbox_worker_run(const struct outbox_job *job, const struct outbox_item *item, struct net_trust_verdict *verdict_out, GError **error)
{
    if (item->state == OUTBOX_ACCEPTED)
        return outbox_worker_file(job, item, error);
    return item->state != OUTBOX_QUEUED || send_item(job, item, verdict_out, error);
}
