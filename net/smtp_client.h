/* SPDX-License-Identifier: MIT */
/* One SMTP connection (RFC 5321, 6409): secure, sign in, hand over one message at a time. */
#pragma once
#include "net/sasl.h"
#include "net/stream.h"
#include <stdio.h>

typedef struct smtp_client smtp_client;

struct smtp_reply {
    int code;          /* 250 */
    char enhanced[12]; /* "5.1.1" (RFC 3463) or "" */
    char *text;        /* all lines joined with '\n', untouched but for length; owned by the reply */
};
void smtp_reply_clear(struct smtp_reply *reply);
static inline bool smtp_reply_is_ok(const struct smtp_reply *reply)
{
    return reply->code >= 200 && reply->code < 300;
}
static inline bool smtp_reply_is_temporary(const struct smtp_reply *reply)
{
    return reply->code >= 400 && reply->code < 500;
}
static inline bool smtp_reply_is_permanent(const struct smtp_reply *reply)
{
    return reply->code >= 500;
}

/* Connects, greets, EHLO (HELO where refused), STARTTLS where asked: mandatory, with all defences. No credential is sent. */
smtp_client *smtp_client_connect(const struct net_endpoint *endpoint, const struct net_context *context,
                                 struct net_trust_verdict *verdict_out, GError **error);
smtp_client *smtp_client_new(net_stream *stream /* taken */);
bool smtp_client_greet(smtp_client *client, struct net_trust_verdict *verdict_out,
                       GError **error);     /* as smtp_client_connect does, for tests */
void smtp_client_free(smtp_client *client); /* without QUIT */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(smtp_client, smtp_client_free)
/* AUTH; NET_ERROR_AUTH with the server's words when refused; credentials NULL or user empty: does nothing. A server without AUTH: NET_ERROR_AUTH saying so. */
bool smtp_client_login(smtp_client *client, const struct net_credentials *credentials, GError **error);
const char *smtp_client_extensions(const smtp_client *client);        /* EHLO lines joined by ' ' */
const char *smtp_client_greeting(const smtp_client *client);          /* the server's own words */
const char *const *smtp_client_mechanisms(const smtp_client *client); /* offered for signing in, NULL-terminated, never NULL */
const char *smtp_client_mechanism(const smtp_client *client);         /* what login used; NULL: none */
uint64_t smtp_client_size_limit(const smtp_client *client);           /* SIZE, 0: none said */
bool smtp_client_takes_8bit(const smtp_client *client);               /* 8BITMIME */
net_stream *smtp_client_stream(smtp_client *client);

struct smtp_envelope {
    const char *sender;            /* envelope sender, "" allowed */
    const char *const *recipients; /* NULL-terminated */
    bool is_8bit;                  /* BODY=8BITMIME wanted */
};
enum smtp_outcome {
    SMTP_ACCEPTED, /* 250 to DATA's end: for the recipients whose reply is 2xx */
    SMTP_REFUSED,  /* sender, all recipients, or the data: see replies; nothing was sent */
    SMTP_NOT_SENT, /* the connection broke before the final dot could have been read: safe to try again */
    SMTP_IN_DOUBT, /* the connection broke after it: may have been accepted */
};
struct smtp_result {
    enum smtp_outcome outcome;
    struct smtp_reply sender, data; /* the replies to MAIL and to DATA (or its end) */
    struct smtp_reply *recipients;  /* one per recipient, same order */
    size_t recipient_count;
};
void smtp_result_clear(struct smtp_result *result);

/* One message, CRLF normalised and dot-stuffed on the way, pipelined where offered; streams from fd (offset 0, size_bytes), Bcc headers are the caller's business.
 * before_data is called when at least one recipient was accepted and before the first byte of DATA leaves: the caller makes "data-begun" durable; false stops with SMTP_NOT_SENT.
 * Returns false with error when the connection broke or was cancelled; result_out is valid in both cases. */
bool smtp_client_send(smtp_client *client, const struct smtp_envelope *envelope, int fd, uint64_t size_bytes,
                      bool (*before_data)(void *data, GError **error), void *data, struct smtp_result *result_out, GError **error);
void smtp_client_quit(smtp_client *client); /* polite, at most 2 s */
