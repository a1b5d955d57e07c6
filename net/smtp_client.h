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
bool smtp_client_takes_utf8(const smtp_client *client);               /* SMTPUTF8 */
net_stream *smtp_client_stream(smtp_client *client);

/* What the sender wants to be told (RFC 3461). Nothing of it is said to a server that does not offer DSN: see smtp_result.is_notice_left_out. */
enum smtp_notify {
    SMTP_NOTIFY_SUCCESS = 1 << 0,
    SMTP_NOTIFY_FAILURE = 1 << 1,
    SMTP_NOTIFY_DELAY = 1 << 2,
    SMTP_NOTIFY_NEVER = 1 << 3, /* stands alone */
};
enum smtp_return { SMTP_RETURN_DEFAULT, SMTP_RETURN_HEADERS, SMTP_RETURN_FULL };

struct smtp_envelope {
    const char *sender;            /* envelope sender, "" allowed */
    const char *const *recipients; /* NULL-terminated */
    bool is_8bit;                  /* BODY=8BITMIME wanted */
    bool has_utf8_headers;         /* header fields beyond ASCII (RFC 6532): only for servers that offer SMTPUTF8 */
    bool avoids_chunking;          /* BDAT was tried before without success */
    unsigned notify;               /* of enum smtp_notify; 0: the server's default */
    enum smtp_return notice_returns;
    const char *notice_id; /* ENVID, in plain text; NULL: none */
    int answer_timeout_ms; /* how long a server may think over a whole message; 0: ten minutes */
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
    bool is_worth_repeating; /* NOT_SENT, and what failed will not be tried again (BDAT, pipelining): at once, on a new connection */
    bool is_notice_left_out; /* the server cannot do what the envelope's notify, notice_returns or notice_id ask for */
};
void smtp_result_clear(struct smtp_result *result);

/* Who follows a transaction. */
struct smtp_watch {
    /* At least one recipient was accepted (so_far has their replies), and the first byte of the message has not left: the caller makes "data-begun"
     * durable; false stops with SMTP_NOT_SENT. NULL: nothing to do. */
    bool (*before_data)(const struct smtp_result *so_far, void *data, GError **error);
    /* Of the upload, after each piece; false: it is to stop, which it does with NET_ERROR_CANCELLED as long as the end has not left. NULL: not wanted. */
    bool (*progress)(uint64_t done_bytes, uint64_t total_bytes, void *data);
    void *data;
};

/* One message, CRLF normalised, by BDAT where offered (RFC 3030), else by DATA and dot-stuffed, pipelined where offered; streams from fd (offset 0,
 * size_bytes), Bcc headers are the caller's business. What is larger than the server's limit is refused here, in words, before anything is said.
 * Returns false with error when the connection broke or was cancelled; result_out is valid in both cases. */
bool smtp_client_send(smtp_client *client, const struct smtp_envelope *envelope, int fd, uint64_t size_bytes,
                      const struct smtp_watch *watch, struct smtp_result *result_out, GError **error);
bool smtp_client_is_usable(const smtp_client *client); /* another message may follow on this connection */
void smtp_client_quit(smtp_client *client);            /* polite, at most 2 s */
