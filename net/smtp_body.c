/* SPDX-License-Identifier: MIT */
/* The message of a transaction on its way: by DATA (RFC 5321 4.1.1.4) or in chunks by BDAT (RFC 3030), and what the server says to it. */
#include "net/limits.h"
#include "net/smtp_client_private.h"
#include "net/smtp_data.h"
#include "net/smtp_distrust.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define BLOCK_BYTES      (32u * 1024u)
#define FIRST_WORD_MS    3000
#define LOOK_EVERY_BYTES (16 * BLOCK_BYTES) /* whether the server speaks already */
#define END_PATIENCE                                                                                                                       \
    10 /* times the usual silence: servers look for viruses between the end and their answer (RFC 5321 4.5.3.2.6: 10 minutes) */

static bool tell_progress(const struct smtp_transaction *self, uint64_t done, GError **error)
{
    if (self->watch == NULL || self->watch->progress == NULL || self->watch->progress(done, self->size_bytes, self->watch->data))
        return true;
    g_set_error_literal(error, NET_ERROR, NET_ERROR_CANCELLED, _("Sending was stopped. Nothing was sent."));
    return false;
}

static const char *host_of(const struct smtp_transaction *self)
{
    return net_stream_host(self->client->stream);
}

/* The server hung up in the middle of the message. If it said why before, that counts more than "connection reset". */
static bool settle_broken(struct smtp_transaction *self, GError *failure /* taken */, GError **error)
{
    struct smtp_reply reply = { 0 };
    bool is_closed = g_error_matches(failure, NET_ERROR, NET_ERROR_CLOSED);
    if (is_closed && smtp_client_read_reply(self->client, 1, &reply, NULL) && reply.code >= 400) {
        smtp_reply_clear(&self->result->data);
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

/* What is said before the end of the message cannot be the answer to it. A "no" is believed: the message is left without its end, which no server
 * may take for a message; the connection is of no more use then. Anything else is nonsense that must not be taken for "I have it". */
static bool settle_early_reply(struct smtp_transaction *self, GError **error)
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

/* Most servers answer at once. Who stops postern, or changes an account, in just that moment waits with it, and no doubt is left. A failure is met by
 * whoever reads next. */
static void await_first_word(smtp_client *client)
{
    if (client->in_start < client->in_end)
        return;
    net_stream_set_cancellable(client->stream, false);
    client->in_start = 0;
    client->in_end = net_stream_read_or_wake(client->stream, client->in, sizeof client->in, -1, FIRST_WORD_MS, NULL);
    net_stream_set_cancellable(client->stream, true);
}

/* From here on the server may have it all, and only its answer can tell. */
static bool send_end(struct smtp_transaction *self, const char *bytes, size_t size, GError **error)
{
    struct smtp_result *result = self->result;
    int answer_s = self->envelope->answer_timeout_ms > 0 ? (self->envelope->answer_timeout_ms + 999) / 1000 : SMTP_DATA_END_S;
    result->outcome = SMTP_IN_DOUBT;
    net_stream_set_patience(self->client->stream, MAX(END_PATIENCE, answer_s));
    net_stream_set_deadline(self->client->stream, SMTP_BLOCK_S * 1000);
    smtp_reply_clear(&result->data);
    bool is_answered = net_stream_write_mail(self->client->stream, bytes, size, error);
    tell_progress(self, self->size_bytes, NULL); /* too late to stop it */
    if (is_answered)
        await_first_word(self->client);
    /* A failed flush is told by the read, after what the server may have said before. */
    is_answered = is_answered && smtp_client_read_reply(self->client, answer_s, &result->data, error);
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

/* Reads and encodes one piece of the file; *offset moves on. */
static bool encode_block(struct smtp_transaction *self, struct smtp_data_encoder *encoder, uint64_t *offset, GString *out, GError **error)
{
    char bytes[BLOCK_BYTES];
    size_t done = 0;
    if (!smtp_data_read(self->fd, bytes, (size_t)MIN(sizeof bytes, self->size_bytes - *offset), *offset, &done, error))
        return false;
    smtp_data_encode(encoder, bytes, done, out);
    *offset += done;
    return true;
}

static bool write_piece(struct smtp_transaction *self, const char *bytes, size_t size, GError **error)
{
    net_stream_set_deadline(self->client->stream, SMTP_BLOCK_S * 1000);
    return net_stream_write_mail(self->client->stream, bytes, size, error) && net_stream_flush(self->client->stream, error);
}

/* --- DATA --- */
/* *is_answered_out: the server speaks already. */
static bool send_lines(struct smtp_transaction *self, struct smtp_data_encoder *encoder, bool *is_answered_out, GError **error)
{
    g_autoptr(GString) encoded = g_string_sized_new(2 * BLOCK_BYTES);
    uint64_t offset = 0;
    while (offset < self->size_bytes && !*is_answered_out) {
        g_string_truncate(encoded, 0);
        if (!encode_block(self, encoder, &offset, encoded, error) || !write_piece(self, encoded->str, encoded->len, error))
            return false;
        if (!tell_progress(self, offset, error))
            return false;
        *is_answered_out = offset % LOOK_EVERY_BYTES == 0 && smtp_client_has_reply(self->client); /* which takes a moment */
    }
    return true;
}

static bool send_by_data(struct smtp_transaction *self, GError **error)
{
    struct smtp_reply *reply = &self->result->data;
    if (!smtp_client_command(self->client, error, "DATA") || !smtp_transaction_read(self, SMTP_DATA_S, reply, error))
        return false;
    if (reply->code >= 400) {
        self->result->outcome = SMTP_REFUSED;
        return true;
    }
    if (reply->code != 354)
        return smtp_client_fail_reply(self->client, NET_ERROR_PROTOCOL, _("gave a senseless answer when the message was to follow"), reply,
                                      error);
    bool is_answered = self->client->in_start < self->client->in_end;
    struct smtp_data_encoder encoder = { 0 };
    GError *failure = NULL;
    if (!is_answered && !send_lines(self, &encoder, &is_answered, &failure))
        return settle_broken(self, failure, error);
    if (is_answered || smtp_client_has_reply(self->client))
        return settle_early_reply(self, error);
    g_autoptr(GString) end = g_string_new(NULL);
    smtp_data_end(&encoder, end);
    return send_end(self, end->str, end->len, error);
}

/* --- BDAT --- */
struct chunks {
    struct smtp_transaction *transaction;
    struct smtp_data_encoder encoder;
    GString *bytes; /* the present chunk, without its command */
    uint64_t offset;
    unsigned due;    /* answers to whole chunks that have not come yet */
    bool is_settled; /* refused, or the server spoke out of turn: nothing more is sent */
};

/* One answer to a chunk that was sent whole. False: the connection is finished. */
static bool take_chunk_reply(struct chunks *self, GError **error)
{
    struct smtp_result *result = self->transaction->result;
    smtp_reply_clear(&result->data);
    if (!smtp_client_read_reply(self->transaction->client, SMTP_BLOCK_S, &result->data, error))
        return false;
    self->due--;
    if (smtp_reply_is_ok(&result->data))
        return true;
    if (result->data.code < 400)
        return smtp_client_fail_reply(self->transaction->client, NET_ERROR_PROTOCOL,
                                      _("gave a senseless answer when the message was to follow"), &result->data, error);
    result->outcome = SMTP_REFUSED;
    self->is_settled = true;
    return true;
}

/* RFC 3030 section 2: after a refused chunk those under way are refused too. Their answers are taken off the line, so that RSET can follow. */
static void drain(struct chunks *self)
{
    smtp_client *client = self->transaction->client;
    for (; self->due > 0 && client->state == SMTP_READY; self->due--) {
        struct smtp_reply reply = { 0 };
        if (!smtp_client_read_reply(client, SMTP_RESET_S, &reply, NULL))
            client->state = SMTP_DEAD;
        smtp_reply_clear(&reply);
    }
}

static bool await_chunks(struct chunks *self, unsigned left, GError **error)
{
    while (self->due > left && !self->is_settled) {
        if (!take_chunk_reply(self, error))
            return false;
    }
    if (self->is_settled)
        drain(self);
    return true;
}

static bool fill_chunk(struct chunks *self, GError **error)
{
    struct smtp_transaction *transaction = self->transaction;
    g_string_truncate(self->bytes, 0);
    while (self->offset < transaction->size_bytes && self->bytes->len < net_limits.smtp_chunk_bytes) {
        if (!encode_block(transaction, &self->encoder, &self->offset, self->bytes, error))
            return false;
    }
    if (self->offset == transaction->size_bytes)
        smtp_data_end(&self->encoder, self->bytes);
    return true;
}

/* Its first length bytes. */
static bool write_chunk(struct chunks *self, size_t length, GError **error)
{
    uint64_t before = self->offset - MIN(self->offset, self->bytes->len); /* near enough for a person who watches */
    for (size_t done = 0; done < length;) {
        size_t piece = MIN(length - done, BLOCK_BYTES);
        if (!write_piece(self->transaction, self->bytes->str + done, piece, error))
            return false;
        done += piece;
        if (!tell_progress(self->transaction, MIN(before + done, self->transaction->size_bytes), error))
            return false;
    }
    return true;
}

/* The last one is begun when all before it were taken, so that its answer is the answer to the whole. */
static bool send_last_chunk(struct chunks *self, GError **error)
{
    struct smtp_transaction *transaction = self->transaction;
    size_t head = MAX(self->bytes->len, 1) - 1; /* and one byte more */
    static const char nothing[] = "BDAT 0 LAST\r\n";
    if (!await_chunks(self, 0, error) || self->is_settled)
        return self->is_settled;
    if (self->bytes->len == 0)
        return send_end(transaction, nothing, strlen(nothing), error);
    if (!smtp_client_command(transaction->client, error, "BDAT %" G_GSIZE_FORMAT " LAST", self->bytes->len) ||
        !write_chunk(self, head, error))
        return false;
    return smtp_client_has_reply(transaction->client) ? settle_early_reply(transaction, error)
                                                      : send_end(transaction, self->bytes->str + head, 1, error);
}

static bool send_chunks(struct chunks *self, GError **error)
{
    struct smtp_transaction *transaction = self->transaction;
    unsigned ahead = smtp_transaction_has(transaction, SMTP_EXTENSION_PIPELINING) ? net_limits.smtp_chunks_ahead : 0;
    while (!self->is_settled) {
        if (!fill_chunk(self, error))
            return false;
        if (self->offset == transaction->size_bytes)
            return send_last_chunk(self, error);
        if (!smtp_client_command(transaction->client, error, "BDAT %" G_GSIZE_FORMAT, self->bytes->len) ||
            !write_chunk(self, self->bytes->len, error))
            return false;
        self->due++;
        if (!await_chunks(self, ahead, error))
            return false;
    }
    return true;
}

/* 500 to 504: it does not know the command after all. It may have read the message as commands then: not a word more on this connection. */
static bool is_unknown(const struct smtp_result *result)
{
    return result->outcome == SMTP_REFUSED && result->data.code >= 500 && result->data.code <= 504;
}

static bool send_by_chunks(struct smtp_transaction *self, GError **error)
{
    struct chunks chunks = { .transaction = self, .encoder = { .is_chunk = true } };
    GError *failure = NULL;
    chunks.bytes = g_string_sized_new(net_limits.smtp_chunk_bytes + 2 * BLOCK_BYTES);
    bool is_done = send_chunks(&chunks, &failure);
    g_string_free(chunks.bytes, TRUE);
    if (is_done && is_unknown(self->result)) {
        smtp_distrust_add(host_of(self), SMTP_DISTRUST_CHUNKING);
        self->result->outcome = SMTP_NOT_SENT;
        self->result->is_worth_repeating = true;
        return smtp_client_fail_reply(self->client, NET_ERROR_PROTOCOL, _("offers a way to take messages (BDAT) and then does not know it"),
                                      &self->result->data, error);
    }
    if (is_done)
        return true;
    bool is_network = g_error_matches(failure, NET_ERROR, NET_ERROR_CLOSED) || g_error_matches(failure, NET_ERROR, NET_ERROR_TIMEOUT);
    if (is_network) { /* perhaps the line, perhaps the server's BDAT: DATA is always right */
        smtp_distrust_add(host_of(self), SMTP_DISTRUST_CHUNKING);
        self->result->is_worth_repeating = self->result->outcome == SMTP_NOT_SENT;
    }
    if (self->result->outcome != SMTP_IN_DOUBT)
        return settle_broken(self, failure, error);
    g_propagate_error(error, failure);
    return false;
}

bool smtp_transaction_send_body(struct smtp_transaction *self, GError **error)
{
    bool by_chunks = smtp_transaction_has(self, SMTP_EXTENSION_CHUNKING) && !self->envelope->avoids_chunking &&
                     !smtp_distrust_has(host_of(self), SMTP_DISTRUST_CHUNKING);
    return by_chunks ? send_by_chunks(self, error) : send_by_data(self, error);
}
