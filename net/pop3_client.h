/* SPDX-License-Identifier: MIT */
/* One POP3 connection (RFC 1939, 2449, 2595): greeting, encryption, sign-in, and requests that may be under way at once. Knows no store.
 *
 * One thread. A server's -ERR is data: it comes back in a reply. False means that the connection is finished. */
#pragma once
#include "net/pop3_reply.h"
#include "net/sasl.h"
#include "net/stream.h"

enum pop3_capability { /* as CAPA says; net/pop3_capability.c has the table */
                       POP3_CAN_TOP = 1 << 0,
                       POP3_CAN_USER = 1 << 1,
                       POP3_CAN_SASL = 1 << 2,
                       POP3_CAN_RESP_CODES = 1 << 3,
                       POP3_CAN_AUTH_RESP_CODE = 1 << 4,
                       POP3_CAN_LOGIN_DELAY = 1 << 5,
                       POP3_CAN_PIPELINING = 1 << 6,
                       POP3_CAN_EXPIRE = 1 << 7,
                       POP3_CAN_UIDL = 1 << 8,
                       POP3_CAN_STLS = 1 << 9,
                       POP3_CAN_UTF8 = 1 << 10,
                       POP3_CAN_LANG = 1 << 11
};

typedef struct pop3_client pop3_client;
pop3_client *pop3_client_new(net_stream *stream /* taken */);
/* Closes without QUIT: what was to be deleted stays on the server. */
void pop3_client_free(pop3_client *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(pop3_client, pop3_client_free)

/* Connects, then greets. */
pop3_client *pop3_client_connect(const struct net_endpoint *endpoint, const struct net_context *context,
                                 struct net_trust_verdict *verdict_out, GError **error);
/* Greeting, capabilities, and STLS where the endpoint says starttls (then the capabilities are asked anew). */
bool pop3_client_greet(pop3_client *client, struct net_trust_verdict *verdict_out, GError **error);
/* SASL, APOP, or USER and PASS, as credentials->auth, the server's offer and the connection's security allow. NET_ERROR_AUTH: the server refused the
 * person. NET_ERROR_REFUSED: not just now (the mailbox is locked, the server is in trouble). */
bool pop3_client_login(pop3_client *client, const struct net_credentials *credentials, GError **error);
/* Of the last refused sign-in; why the server said no. */
enum pop3_code pop3_client_refusal(const pop3_client *client);

/* --- requests: queued, sent with the next wait, answered in order --- */
/* How many may be under way at once: 1 without PIPELINING, else more with each answer. Ask before each. */
unsigned pop3_client_window(const pop3_client *client);
/* From now on one at a time, whatever the server says it can. */
void pop3_client_forgo_pipelining(pop3_client *client);
unsigned pop3_client_answers(const pop3_client *client); /* read so far */
bool pop3_client_send(pop3_client *client, GError **error, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Of the oldest request without one. Clears reply_out first. */
bool pop3_client_read_reply(pop3_client *client, struct pop3_reply *reply_out, GError **error);
/* The text behind a +OK, line ends as LF, in pieces. take fails: so does this, and the connection is finished. */
typedef bool pop3_take(void *data, const char *bytes, size_t length, GError **error);
bool pop3_client_read_text(pop3_client *client, pop3_take *take, void *data, GError **error);
/* The same by lines (a listing); lines longer than net_limits allows are left out. line is NUL-terminated. */
typedef void pop3_take_line(void *data, const char *line);
bool pop3_client_read_lines(pop3_client *client, pop3_take_line *take, void *data, GError **error);
/* Sends one request and waits for its reply; nothing else may be under way. */
bool pop3_client_ask(pop3_client *client, struct pop3_reply *reply_out, GError **error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Ends the session so that the deletions count. True: the server confirmed them (or there were none). */
bool pop3_client_quit(pop3_client *client, GError **error);

/* --- questions --- */
bool pop3_client_can(const pop3_client *client, enum pop3_capability capability);
bool pop3_client_has_capa(const pop3_client *client); /* answers CAPA at all: old servers do not, and may still know TOP and UIDL */
const char *pop3_client_capabilities(const pop3_client *client); /* as the server says them, ' ' separated; never NULL */
const char *const *pop3_client_mechanisms(const pop3_client *client);
/* All ways to sign in that it offers, USER and APOP too, ' ' separated; caller frees. */
char *pop3_client_methods(const pop3_client *client);
const char *pop3_client_mechanism(const pop3_client *client); /* after sign-in: "PLAIN", "APOP", "USER" */
const char *pop3_client_greeting(const pop3_client *client);
int pop3_client_login_delay_s(const pop3_client *client); /* 0: none told */
net_stream *pop3_client_stream(pop3_client *client);
