/* SPDX-License-Identifier: MIT */
/* One mail transaction (RFC 5321 3.3): who, to whom, and the message itself, with an exact account of what became of it. */
#include "net/limits.h"
#include "net/smtp_address.h"
#include "net/smtp_client_private.h"
#include "net/smtp_data.h"
#include "net/smtp_distrust.h"
#include "net/smtp_dsn.h"
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

void smtp_result_clear(struct smtp_result *result)
{
    smtp_reply_clear(&result->sender);
    smtp_reply_clear(&result->data);
    for (size_t i = 0; i < result->recipient_count; i++)
        smtp_reply_clear(&result->recipients[i]);
    g_free(result->recipients);
    memset(result, 0, sizeof *result);
}

bool smtp_transaction_has(const struct smtp_transaction *self, enum smtp_extension extension)
{
    return (self->client->extensions & extension) != 0;
}

/* An address that must not reach the line is refused as a server would: 553, mailbox name not allowed. */
static void refuse_address(struct smtp_reply *reply, const char *why)
{
    *reply = (struct smtp_reply){ .code = 553, .enhanced = "5.1.3", .text = g_strdup_printf(_("Not sent by postern: %s."), why) };
}

static void prepare_addresses(struct smtp_transaction *self)
{
    bool has_smtputf8 = smtp_transaction_has(self, SMTP_EXTENSION_SMTPUTF8);
    const char *why = NULL, *sender = self->envelope->sender != NULL ? self->envelope->sender : "";
    self->sender = *sender == '\0' ? g_strdup("") : smtp_address_to_wire(sender, has_smtputf8, &self->needs_smtputf8, &why);
    if (self->sender == NULL)
        refuse_address(&self->result->sender, why);
    self->needs_smtputf8 |= self->envelope->has_utf8_headers && has_smtputf8;
    self->recipients = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < self->result->recipient_count; i++) {
        char *wire = smtp_address_to_wire(self->envelope->recipients[i], has_smtputf8, &self->needs_smtputf8, &why);
        if (wire == NULL)
            refuse_address(&self->result->recipients[i], why);
        g_ptr_array_add(self->recipients, wire != NULL ? wire : g_strdup(""));
    }
}

static size_t accepted_count(const struct smtp_result *result)
{
    size_t count = 0;
    for (size_t i = 0; i < result->recipient_count; i++)
        count += smtp_reply_is_ok(&result->recipients[i]) ? 1 : 0;
    return count;
}

static const char *recipient_of(const struct smtp_transaction *self, size_t i)
{
    return g_ptr_array_index(self->recipients, i);
}

static size_t sendable_count(const struct smtp_transaction *self)
{
    size_t count = 0;
    for (size_t i = 0; i < self->result->recipient_count; i++)
        count += *recipient_of(self, i) != '\0' ? 1 : 0;
    return count;
}

/* --- commands --- */
/* What still has bytes beyond ASCII where 8BITMIME is not offered goes out as it is: the caller has re-encoded what can be (smtp_client_takes_8bit),
 * signed parts must stay as they are, and servers pass such bytes on. Only the parameter is left away (RFC 6152 section 3 forbids it then). */
static bool send_mail(struct smtp_transaction *self, GError **error)
{
    char size[40] = "";
    if (smtp_transaction_has(self, SMTP_EXTENSION_SIZE))
        g_snprintf(size, sizeof size, " SIZE=%" PRIu64, self->wire_bytes);
    bool has_dsn = smtp_transaction_has(self, SMTP_EXTENSION_DSN);
    bool is_8bit = self->envelope->is_8bit && smtp_transaction_has(self, SMTP_EXTENSION_8BITMIME);
    g_autofree char *notice = has_dsn ? smtp_dsn_mail_parameters(self->envelope) : g_strdup("");
    self->result->is_notice_left_out = !has_dsn && smtp_dsn_is_wanted(self->envelope);
    return smtp_client_command(self->client, error, "MAIL FROM:<%s>%s%s%s%s", self->sender, size, is_8bit ? " BODY=8BITMIME" : "",
                               self->needs_smtputf8 ? " SMTPUTF8" : "", notice);
}

/* 421 to anything before the end of the data: the server goes away, nothing was sent. */
bool smtp_transaction_read(struct smtp_transaction *self, int deadline_s, struct smtp_reply *reply_out, GError **error)
{
    if (!smtp_client_read_reply(self->client, deadline_s, reply_out, error))
        return false;
    if (reply_out->code == 421)
        return smtp_client_fail_reply(self->client, NET_ERROR_REFUSED, _("is closing the connection before the message was sent"),
                                      reply_out, error);
    return true;
}

static bool send_recipient(struct smtp_transaction *self, size_t i, GError **error)
{
    if (*recipient_of(self, i) == '\0')
        return true;
    bool has_dsn = smtp_transaction_has(self, SMTP_EXTENSION_DSN);
    g_autofree char *notice = has_dsn ? smtp_dsn_recipient_parameters(self->envelope, self->envelope->recipients[i]) : g_strdup("");
    return smtp_client_command(self->client, error, "RCPT TO:<%s>%s", recipient_of(self, i), notice);
}

static bool read_recipient(struct smtp_transaction *self, size_t i, GError **error)
{
    return *recipient_of(self, i) == '\0' || smtp_transaction_read(self, SMTP_COMMAND_S, &self->result->recipients[i], error);
}

/* RFC 2920: a group of commands in one go, then their replies; the next group only after that, so that neither side's buffers can fill up. */
static bool send_pipelined(struct smtp_transaction *self, GError **error)
{
    size_t count = self->result->recipient_count;
    if (!send_mail(self, error))
        return false;
    bool is_sender_read = false;
    for (size_t first = 0; first < count; first += net_limits.smtp_pipelined) {
        size_t end = MIN(first + net_limits.smtp_pipelined, count);
        for (size_t i = first; i < end; i++) {
            if (!send_recipient(self, i, error))
                return false;
        }
        if (!is_sender_read && !smtp_transaction_read(self, SMTP_COMMAND_S, &self->result->sender, error))
            return false;
        is_sender_read = true;
        for (size_t i = first; i < end; i++) {
            if (!read_recipient(self, i, error))
                return false;
        }
        if (!smtp_reply_is_ok(&self->result->sender))
            return true;
    }
    return true;
}

static bool send_one_by_one(struct smtp_transaction *self, GError **error)
{
    if (!send_mail(self, error) || !smtp_transaction_read(self, SMTP_COMMAND_S, &self->result->sender, error))
        return false;
    for (size_t i = 0; i < self->result->recipient_count && smtp_reply_is_ok(&self->result->sender); i++) {
        if (!send_recipient(self, i, error) || !read_recipient(self, i, error))
            return false;
    }
    return true;
}

/* Some servers, or what stands before them, offer pipelining and lose what comes behind the first command: the next try does without. */
static bool send_commands(struct smtp_transaction *self, GError **error)
{
    const char *host = net_stream_host(self->client->stream);
    GError *failure = NULL;
    if (!smtp_transaction_has(self, SMTP_EXTENSION_PIPELINING) || smtp_distrust_has(host, SMTP_DISTRUST_PIPELINING))
        return send_one_by_one(self, error);
    if (send_pipelined(self, &failure))
        return true;
    if (g_error_matches(failure, NET_ERROR, NET_ERROR_TIMEOUT) || g_error_matches(failure, NET_ERROR, NET_ERROR_CLOSED)) {
        smtp_distrust_add(host, SMTP_DISTRUST_PIPELINING);
        self->result->is_worth_repeating = true;
    }
    g_propagate_error(error, failure);
    return false;
}

/* --- the whole --- */
/* After a refusal the connection is good for the next message. A failure here is not this message's: the next command meets it, and a person waits
 * for the news. */
static void reset(struct smtp_transaction *self)
{
    struct smtp_reply reply = { 0 };
    if (self->client->state == SMTP_READY && smtp_client_command(self->client, NULL, "RSET"))
        smtp_client_read_reply(self->client, SMTP_RESET_S, &reply, NULL);
    smtp_reply_clear(&reply);
}

/* The replies to RCPT after a refused MAIL say nothing about the recipients ("503 need MAIL"). */
static void forget_recipients(struct smtp_result *result)
{
    for (size_t i = 0; i < result->recipient_count; i++)
        smtp_reply_clear(&result->recipients[i]);
}

/* RFC 1870 section 6.1: the limit was said in advance, so nothing has to be uploaded to learn of it. */
static bool is_too_large(struct smtp_transaction *self)
{
    uint64_t limit = self->client->size_limit;
    if (!smtp_transaction_has(self, SMTP_EXTENSION_SIZE) || limit == 0 || self->wire_bytes <= limit)
        return false;
    g_autofree char *size = g_format_size_full(self->wire_bytes, G_FORMAT_SIZE_DEFAULT),
                    *most = g_format_size_full(limit, G_FORMAT_SIZE_DEFAULT);
    self->result->sender = (struct smtp_reply){ .code = 552,
                                                .enhanced = "5.3.4",
                                                .text = g_strdup_printf(_("Not sent by postern: the message has %s, %s takes at most %s."),
                                                                        size, net_stream_host(self->client->stream), most) };
    return true;
}

/* Nothing that may be said to the server. */
static bool is_hopeless(struct smtp_transaction *self)
{
    return self->sender == NULL || sendable_count(self) == 0 || is_too_large(self);
}

static bool begin_data(struct smtp_transaction *self, GError **error)
{
    return self->watch == NULL || self->watch->before_data == NULL || self->watch->before_data(self->result, self->watch->data, error);
}

static bool run(struct smtp_transaction *self, GError **error)
{
    struct smtp_result *result = self->result;
    if (is_hopeless(self)) {
        result->outcome = SMTP_REFUSED;
        return true;
    }
    if (!send_commands(self, error))
        return false;
    if (result->sender.code < 200 || (result->sender.code >= 300 && result->sender.code < 400))
        return smtp_client_fail_reply(self->client, NET_ERROR_PROTOCOL, _("gave a senseless answer to the sender's address"),
                                      &result->sender, error);
    if (!smtp_reply_is_ok(&result->sender))
        forget_recipients(result);
    if (!smtp_reply_is_ok(&result->sender) || accepted_count(result) == 0) {
        result->outcome = SMTP_REFUSED;
    } else if (!begin_data(self, error)) {
        reset(self);
        return false;
    } else if (!smtp_transaction_send_body(self, error)) {
        return false;
    }
    if (result->outcome == SMTP_REFUSED)
        reset(self);
    return true;
}

bool smtp_client_send(smtp_client *client, const struct smtp_envelope *envelope, int fd, uint64_t size_bytes,
                      const struct smtp_watch *watch, struct smtp_result *result_out, GError **error)
{
    struct smtp_result result = { .outcome = SMTP_NOT_SENT, .recipient_count = g_strv_length((char **)envelope->recipients) };
    result.recipients = g_new0(struct smtp_reply, result.recipient_count + 1);
    struct smtp_transaction self = {
        .client = client, .envelope = envelope, .watch = watch, .result = &result, .fd = fd, .size_bytes = size_bytes
    };
    bool is_done = false;
    if (client->state != SMTP_READY) {
        g_set_error(error, NET_ERROR, NET_ERROR_CLOSED, _("The connection to %s is closed."), net_stream_host(client->stream));
    } else if (smtp_data_measure(fd, size_bytes, &self.wire_bytes, error)) {
        prepare_addresses(&self);
        is_done = run(&self, error);
    }
    net_stream_set_deadline(client->stream, 0);
    g_free(self.sender);
    g_clear_pointer(&self.recipients, g_ptr_array_unref);
    *result_out = result;
    return is_done;
}
