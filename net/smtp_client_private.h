/* SPDX-License-Identifier: MIT */
/* What the files of the SMTP client share: the connection, its replies and its extensions. */
#pragma once
#include "net/smtp_client.h"
#include "net/smtp_reply.h"

enum smtp_state {
    SMTP_GREETING,
    SMTP_EHLO,
    SMTP_HELO,
    SMTP_STARTTLS,
    SMTP_READY,
    SMTP_DEAD,
};

enum smtp_extension {
    SMTP_EXTENSION_STARTTLS = 1 << 0,
    SMTP_EXTENSION_PIPELINING = 1 << 1,
    SMTP_EXTENSION_8BITMIME = 1 << 2,
    SMTP_EXTENSION_SIZE = 1 << 3,
    SMTP_EXTENSION_AUTH = 1 << 4,
    SMTP_EXTENSION_ENHANCED = 1 << 5,
    SMTP_EXTENSION_SMTPUTF8 = 1 << 6,
    SMTP_EXTENSION_CHUNKING = 1 << 7,
    SMTP_EXTENSION_DSN = 1 << 8,
};

struct smtp_client {
    net_stream *stream;
    enum smtp_state state;
    smtp_reply_parser *parser;
    char in[4096]; /* read, not yet parsed: in[in_start .. in_end) */
    size_t in_start, in_end;
    char *greeting;
    char *extensions_text;
    char **mechanisms; /* upper case, NULL-terminated; NULL: no AUTH */
    unsigned extensions;
    uint64_t size_limit;
    const char *mechanism;
};

/* RFC 5321 4.5.3.2, in seconds. */
enum {
    SMTP_GREETING_S = 5 * 60,
    SMTP_PATIENCE = 5, /* times the endpoint's greeting_timeout_ms: RFC 5321 wants minutes */
    SMTP_COMMAND_S = 5 * 60,
    SMTP_DATA_S = 2 * 60,
    SMTP_BLOCK_S = 3 * 60,
    SMTP_DATA_END_S = 10 * 60,
    SMTP_RESET_S = 10, /* nobody waits for its answer: what matters is known already */
    SMTP_QUIT_S = 2,
};

/* Queues one line; CRLF is added. False: the connection is finished. */
bool smtp_client_command(smtp_client *client, GError **error, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Flushes, and waits for one reply. False: the connection is finished. A 421 is given as a reply like any other, and ends the connection after it. */
bool smtp_client_read_reply(smtp_client *client, int deadline_s, struct smtp_reply *reply_out, GError **error);
/* Has the server said something that was not read yet? Does not wait (1 ms at most). */
bool smtp_client_has_reply(smtp_client *client);
/* False with "host says: 421 …". */
bool smtp_client_fail_reply(smtp_client *client, enum net_error code, const char *what, const struct smtp_reply *reply, GError **error);

/* --- one mail transaction: smtp_send.c (who, to whom), smtp_body.c (the message) --- */
struct smtp_transaction {
    smtp_client *client;
    const struct smtp_envelope *envelope;
    const struct smtp_watch *watch;
    struct smtp_result *result;
    int fd;
    uint64_t size_bytes;
    char *sender;          /* as sent */
    GPtrArray *recipients; /* of char *: as sent; "" where the address cannot be sent: its reply is ours */
    uint64_t wire_bytes;   /* with CRLF, without stuffed dots */
    bool needs_smtputf8;
};
bool smtp_transaction_has(const struct smtp_transaction *self, enum smtp_extension extension);
/* As smtp_client_read_reply, but 421 is an error: the server goes away before it has anything. */
bool smtp_transaction_read(struct smtp_transaction *self, int deadline_s, struct smtp_reply *reply_out, GError **error);
/* Sets result->outcome and result->data. False: the connection is finished; what was not sent because of BDAT goes by DATA the next time. */
bool smtp_transaction_send_body(struct smtp_transaction *self, GError **error);
