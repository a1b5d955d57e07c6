/* SPDX-License-Identifier: MIT */
/* One mail transaction (RFC 5321 3.3): who, to whom, and the message itself, with an exact account of what became of it. */
#include "net/limits.h"
#include "net/smtp_address.h"
#include "net/smtp_client_private.h"
#include "net/smtp_data.h"
#include "net/smtp_pipelining.h"
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#define BLOCK_BYTES (32u * 1024u)
#define DATA_END_PATIENCE                                                                                                                  \
    10 /* times the usual silence: servers look for viruses between the dot and their answer (RFC 5321 4.5.3.2.6: 10 minutes) */

struct transaction {
    smtp_client *client;
    const struct smtp_envelope *envelope;
    struct smtp_result *result;
    char *sender;          /* as sent */
    GPtrArray *recipients; /* of char *: as sent; "" where the address cannot be sent: its reply is ours */
    uint64_t wire_bytes;
    bool needs_smtputf8;
};

void smtp_result_clear(struct smtp_result *result)
{
    smtp_reply_clear(&result->sender);
    smtp_reply_clear(&result->data);
    for (size_t i = 0; i < result->recipient_count; i++)
        smtp_reply_clear(&result->recipients[i]);
    g_free(result->recipients);
    memset(result, 0, sizeof *result);
}

static bool has_extension(const struct transaction *self, enum smtp_extension extension)
{
    return (self->client->extensions & extension) != 0;
}

/* An address that must not reach the line is refused as a server would: 553, mailbox name not allowed. */
static void refuse_address(struct smtp_reply *reply, const char *why)
{
    *reply = (struct smtp_reply){ .code = 553, .enhanced = "5.1.3", .text = g_strdup_printf(_("Not sent by postern: %s."), why) };
}

static void prepare_addresses(struct transaction *self)
{
    bool has_smtputf8 = has_extension(self, SMTP_EXTENSION_SMTPUTF8);
    const char *why = NULL, *sender = self->envelope->sender != NULL ? self->envelope->sender : "";
    self->sender = *sender == '\0' ? g_strdup("") : smtp_address_to_wire(sender, has_smtputf8, &self->needs_smtputf8, &why);
    if (self->sender == NULL)
        refuse_address(&self->result->sender, why);
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

static const char *recipient_of(const struct transaction *self, size_t i)
{
    return g_ptr_array_index(self->recipients, i);
}

static size_t sendable_count(const struct transaction *self)
{
    size_t count = 0;
    for (size_t i = 0; i < self->result->recipient_count; i++)
        count += *recipient_of(self, i) != '\0' ? 1 : 0;
    return count;
}

/* --- commands --- */
/* What still has bytes beyond ASCII where 8BITMIME is not offered goes out as it is: the caller has re-encoded what can be (smtp_client_takes_8bit),
 * signed parts must stay as they are, and servers pass such bytes on. Only the parameter is left away (RFC 6152 section 3 forbids it then). */
static bool send_mail(struct transaction *self, GError **error)
{
    char size[40] = "";
    if (has_extension(self, SMTP_EXTENSION_SIZE))
        g_snprintf(size, sizeof size, " SIZE=%" PRIu64, self->wire_bytes);
    bool is_8bit = self->envelope->is_8bit && has_extension(self, SMTP_EXTENSION_8BITMIME);
    return smtp_client_command(self->client, error, "MAIL FROM:<%s>%s%s%s", self->sender, size, is_8bit ? " BODY=8BITMIME" : "",
                               self->needs_smtputf8 ? " SMTPUTF8" : "");
}

/* 421 to anything before the end of the data: the server goes away, nothing was sent. */
static bool read_reply(struct transaction *self, int deadline_s, struct smtp_reply *reply_out, GError **error)
{
    if (!smtp_client_read_reply(self->client, deadline_s, reply_out, error))
        return false;
    if (reply_out->code == 421)
        return smtp_client_fail_reply(self->client, NET_ERROR_REFUSED, _("is closing the connection before the message was sent"),
                                      reply_out, error);
    return true;
}

static bool send_recipient(struct transaction *self, size_t i, GError **error)
{
    return *recipient_of(self, i) == '\0' || smtp_client_command(self->client, error, "RCPT TO:<%s>", recipient_of(self, i));
}

static bool read_recipient(struct transaction *self, size_t i, GError **error)
{
    return *recipient_of(self, i) == '\0' || read_reply(self, SMTP_COMMAND_S, &self->result->recipients[i], error);
}

/* RFC 2920: a group of commands in one go, then their replies; the next group only after that, so that neither side's buffers can fill up. */
static bool send_pipelined(struct transaction *self, GError **error)
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
        if (!is_sender_read && !read_reply(self, SMTP_COMMAND_S, &self->result->sender, error))
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

static bool send_one_by_one(struct transaction *self, GError **error)
{
    if (!send_mail(self, error) || !read_reply(self, SMTP_COMMAND_S, &self->result->sender, error))
        return false;
    for (size_t i = 0; i < self->result->recipient_count && smtp_reply_is_ok(&self->result->sender); i++) {
        if (!send_recipient(self, i, error) || !read_recipient(self, i, error))
            return false;
    }
    return true;
}

/* Some servers, or what stands before them, offer pipelining and lose what comes behind the first command: the next try does without. */
static bool send_commands(struct transaction *self, GError **error)
{
    const char *host = net_stream_host(self->client->stream);
    GError *failure = NULL;
    if (!has_extension(self, SMTP_EXTENSION_PIPELINING) || !smtp_pipelining_is_trusted(host))
        return send_one_by_one(self, error);
    if (send_pipelined(self, &failure))
        return true;
    if (g_error_matches(failure, NET_ERROR, NET_ERROR_TIMEOUT) || g_error_matches(failure, NET_ERROR, NET_ERROR_CLOSED))
        smtp_pipelining_distrust(host);
    g_propagate_error(error, failure);
    return false;
}

/* --- the message --- */
static bool send_block(struct transaction *self, struct smtp_data_encoder *encoder, int fd, uint64_t *offset, uint64_t size_bytes,
                       GString *encoded, GError **error)
{
    char bytes[BLOCK_BYTES];
    size_t done = 0;
    if (!smtp_data_read(fd, bytes, (size_t)MIN(sizeof bytes, size_bytes - *offset), *offset, &done, error))
        return false;
    g_string_truncate(encoded, 0);
    smtp_data_encode(encoder, bytes, done, encoded);
    *offset += done;
    net_stream_set_deadline(self->client->stream, SMTP_BLOCK_S * 1000);
    return net_stream_write_mail(self->client->stream, encoded->str, encoded->len, error) && net_stream_flush(self->client->stream, error);
}

static bool send_body(struct transaction *self, struct smtp_data_encoder *encoder, int fd, uint64_t size_bytes, GError **error)
{
    g_autoptr(GString) encoded = g_string_sized_new(2 * BLOCK_BYTES);
    uint64_t offset = 0;
    while (offset < size_bytes) {
        if (!send_block(self, encoder, fd, &offset, size_bytes, encoded, error))
            return false;
    }
    return true;
}

/* The server hung up in the middle of the message. If it said why before, that counts more than "connection reset". */
static bool settle_broken_body(struct transaction *self, GError *failure /* taken */, GError **error)
{
    struct smtp_reply reply = { 0 };
    bool is_closed = g_error_matches(failure, NET_ERROR, NET_ERROR_CLOSED);
    if (is_closed && smtp_client_read_reply(self->client, 1, &reply, NULL) && reply.code >= 400) {
        self->result->outcome = SMTP_REFUSED;
        self->result->data = reply;
        self->client->state = SMTP_DEAD;
        g_error_free(failure);
        return true;
    }
    smtp_reply_clear(&reply);
    self->client->state = SMTP_DEAD;
    g_propagate_error(error, failure);
    return false;
}

/* From the first byte of the end on the server may have it all, and only its answer can tell. */
static bool send_end(struct transaction *self, struct smtp_data_encoder *encoder, GError **error)
{
    struct smtp_result *result = self->result;
    g_autoptr(GString) end = g_string_new(NULL);
    smtp_data_end(encoder, end);
    result->outcome = SMTP_IN_DOUBT;
    net_stream_set_patience(self->client->stream, DATA_END_PATIENCE);
    net_stream_set_deadline(self->client->stream, SMTP_BLOCK_S * 1000);
    smtp_reply_clear(&result->data);
    bool is_answered = net_stream_write_mail(self->client->stream, end->str, end->len, error);
    /* A failed flush is told by the read, after what the server may have said before. */
    is_answered = is_answered && smtp_client_read_reply(self->client, SMTP_DATA_END_S, &result->data, error);
    net_stream_set_patience(self->client->stream, 1);
    if (!is_answered)
        return false;
    if (smtp_reply_is_ok(&result->data))
        result->outcome = SMTP_ACCEPTED;
    else if (result->data.code >= 400)
        result->outcome = SMTP_REFUSED;
    else
        return smtp_client_fail_reply(self->client, NET_ERROR_PROTOCOL, _("gave an answer to the message that says neither yes nor no"),
                                      &result->data, error);
    return true;
}

/* What is said before the end of the data cannot be the answer to it. A "no" is believed: the message is left without its end, which no server
 * may take for a message; the connection is of no more use then. Anything else is nonsense that must not be taken for "I have it". */
static bool settle_early_reply(struct transaction *self, GError **error)
{
    struct smtp_result *result = self->result;
    smtp_reply_clear(&result->data);
    if (!smtp_client_read_reply(self->client, SMTP_RESET_S, &result->data, error))
        return false;
    if (result->data.code < 400)
        return smtp_client_fail_reply(self->client, NET_ERROR_PROTOCOL, _("answered before the message was sent"), &result->data, error);
    result->outcome = SMTP_REFUSED;
    self->client->state = SMTP_DEAD;
    return true;
}

static bool send_data(struct transaction *self, int fd, uint64_t size_bytes, GError **error)
{
    struct smtp_reply *reply = &self->result->data;
    if (!smtp_client_command(self->client, error, "DATA") || !read_reply(self, SMTP_DATA_S, reply, error))
        return false;
    if (reply->code >= 400) {
        self->result->outcome = SMTP_REFUSED;
        return true;
    }
    if (reply->code != 354)
        return smtp_client_fail_reply(self->client, NET_ERROR_PROTOCOL, _("gave a senseless answer when the message was to follow"), reply,
                                      error);
    if (self->client->in_start < self->client->in_end)
        return settle_early_reply(self, error);
    struct smtp_data_encoder encoder = { 0 };
    GError *failure = NULL;
    if (!send_body(self, &encoder, fd, size_bytes, &failure))
        return settle_broken_body(self, failure, error);
    return smtp_client_has_reply(self->client) ? settle_early_reply(self, error) : send_end(self, &encoder, error);
}

/* --- the whole --- */
/* After a refusal the connection is good for the next message. A failure here is not this message's: the next command meets it, and a person waits
 * for the news. */
static void reset(struct transaction *self)
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

static bool run(struct transaction *self, int fd, uint64_t size_bytes, bool (*before_data)(void *data, GError **error), void *data,
                GError **error)
{
    struct smtp_result *result = self->result;
    if (self->sender == NULL || sendable_count(self) == 0) { /* nothing that may be said to the server */
        result->outcome = SMTP_REFUSED;
        return true;
    }
    if (!send_commands(self, error))
        return false;
    if (result->sender.code < 200 || (result->sender.code >= 300 && result->sender.code < 400))
        return smtp_client_fail_reply(self->client, NET_ERROR_PROTOCOL, _("gave a senseless answer to the sender's address"),
                                      &result->sender, error);
    bool is_sender_ok = smtp_reply_is_ok(&result->sender);
    if (!is_sender_ok)
        forget_recipients(result);
    if (is_sender_ok && accepted_count(result) > 0) {
        if (before_data != NULL && !before_data(data, error)) {
            reset(self);
            return false;
        }
        if (!send_data(self, fd, size_bytes, error))
            return false;
    } else {
        result->outcome = SMTP_REFUSED;
    }
    if (result->outcome == SMTP_REFUSED)
        reset(self);
    return true;
}

bool smtp_client_send(smtp_client *client, const struct smtp_envelope *envelope, int fd, uint64_t size_bytes,
                      bool (*before_data)(void *data, GError **error), void *data, struct smtp_result *result_out, GError **error)
{
    struct smtp_result result = { .outcome = SMTP_NOT_SENT, .recipient_count = g_strv_length((char **)envelope->recipients) };
    result.recipients = g_new0(struct smtp_reply, result.recipient_count + 1);
    struct transaction self = { .client = client, .envelope = envelope, .result = &result };
    bool is_done = false;
    if (client->state != SMTP_READY) {
        g_set_error(error, NET_ERROR, NET_ERROR_CLOSED, _("The connection to %s is closed."), net_stream_host(client->stream));
    } else if (smtp_data_measure(fd, size_bytes, &self.wire_bytes, error)) {
        prepare_addresses(&self);
        is_done = run(&self, fd, size_bytes, before_data, data, error);
    }
    net_stream_set_deadline(client->stream, 0);
    g_free(self.sender);
    g_clear_pointer(&self.recipients, g_ptr_array_unref);
    *result_out = result;
    return is_done;
}
