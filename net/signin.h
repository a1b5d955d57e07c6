/* SPDX-License-Identifier: MIT */
/* Signing in, the same for IMAP, POP3 and SMTP: which method is tried next, its exchange, and what a refusal means. Sends nothing itself.
 *
 *     while ((method = net_signin_next(signin, error)) != NULL) {
 *         … AUTH method [net_signin_step(NULL)]; each challenge: net_signin_step(challenge), where that fails "*" …
 *         if (the server said yes)
 *             return net_signin_accepted(signin, error);
 *         net_signin_refused(signin, kind, the server's words);
 *     }
 *     return false;
 */
#pragma once
#include "net/sasl.h"

typedef struct net_signin net_signin;

/* offered: what the server names (any case, NULL-terminated); what is no SASL but a command of the protocol goes by "!LOGIN" (IMAP's LOGIN command),
 * "!USER" and "!APOP" (POP3). Everything but offered is borrowed until net_signin_free. */
net_signin *net_signin_new(net_stream *stream, const char *service, const struct net_credentials *credentials, const char *const *offered);
void net_signin_free(net_signin *signin);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(net_signin, net_signin_free)

/* For net_stream_set_stage(): how long all of it may take. */
int net_signin_timeout_ms(const net_stream *stream);

/* The strongest method not tried yet that the server offers, the account allows, and the connection is safe enough for. Static string.
 * NULL: none is left; error is the sentence for the person: NET_ERROR_AUTH, NET_ERROR_INSECURE, or NET_ERROR_REFUSED (try later). */
const char *net_signin_next(net_signin *signin, GError **error);
/* May the first answer go with the command (if the protocol has room for it)? Then step with NULL gives it. Not for "!…". */
bool net_signin_is_client_first(const net_signin *signin);
/* As net_sasl_step; false: send "*", read the answer, and go on with net_signin_refused: the reason is kept. */
bool net_signin_step(net_signin *signin, const char *input_base64, char **output_base64_out);

/* The server said yes. False (NET_ERROR_AUTH): it ought to have proved that it knows the password, and has not: the connection must not be used. */
bool net_signin_accepted(net_signin *signin, GError **error);
enum net_signin_refusal {
    NET_SIGNIN_WRONG,    /* this name with this password */
    NET_SIGNIN_UNUSABLE, /* the method: unknown, switched off, not for this user */
    NET_SIGNIN_LATER,    /* the server's own trouble */
};
/* words: the server's, on one line, without control characters. */
void net_signin_refused(net_signin *signin, enum net_signin_refusal refusal, const char *words);

/* How often, in this process, a server hung up over a method that will not be tried there again. Who sees the number grow while signing in failed should
 * connect once more: the next method may do. Any thread. */
unsigned net_signin_lessons(void);

/* Does method protect the password less than another did ("the server offers less than last time")? Either may be NULL. */
bool net_signin_is_weaker(const char *method, const char *than);
