/* SPDX-License-Identifier: MIT */
/* A row is a piece of the words, in any case. */
#include "net/refusal.h"
#include <glib.h>
#include <string.h>

#define WAIT_MOST_MS (60 * 60 * 1000)

static const struct {
    const char *piece;
    enum net_refusal meaning;
} table[] = {
    { "too many simultaneous connections", NET_REFUSAL_CONNECTIONS },   /* Gmail, with [ALERT] */
    { "maximum number of connections", NET_REFUSAL_CONNECTIONS },       /* Dovecot, Courier */
    { "too many connections", NET_REFUSAL_CONNECTIONS },                /* Cyrus, Zimbra */
    { "concurrent connections limit", NET_REFUSAL_CONNECTIONS },        /* Office 365 */
    { "too many open connections", NET_REFUSAL_CONNECTIONS },           /* GMX, web.de */
    { "request is throttled", NET_REFUSAL_THROTTLED },                  /* Office 365, Amazon WorkMail */
    { "exceeded command or bandwidth limits", NET_REFUSAL_THROTTLED },  /* Gmail, with [OVERQUOTA] */
    { "rate limit", NET_REFUSAL_THROTTLED },                            /* Yahoo, AOL */
    { "server unavailable. 15", NET_REFUSAL_TROUBLE },                  /* Exchange */
    { "server busy", NET_REFUSAL_TROUBLE },                             /* Exchange, Office 365 */
    { "user is authenticated but not connected", NET_REFUSAL_TROUBLE }, /* Office 365: the mailbox behind the sign-in does not answer */
    { "temporary system problem", NET_REFUSAL_TROUBLE },                /* Gmail */
    { "system error (failure)", NET_REFUSAL_TROUBLE },                  /* Gmail */
    { "larger than the maximum size", NET_REFUSAL_TOO_LARGE },          /* Dovecot, with [LIMIT]: quota_max_mail_size */
};

/* "Suggested Backoff Time: 92415 milliseconds" */
static int suggested_ms(const char *lower)
{
    static const char before[] = "backoff time:";
    const char *number = strstr(lower, before);
    if (number == NULL)
        return 0;
    number += sizeof before - 1;
    number += strspn(number, " ");
    return (int)MIN(g_ascii_strtoull(number, NULL, 10), (guint64)WAIT_MOST_MS);
}

enum net_refusal net_refusal_of(const char *words, int *wait_ms_out)
{
    g_autofree char *lower = g_ascii_strdown(words != NULL ? words : "", -1);
    if (wait_ms_out != NULL)
        *wait_ms_out = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        if (strstr(lower, table[i].piece) == NULL)
            continue;
        if (wait_ms_out != NULL)
            *wait_ms_out = suggested_ms(lower);
        return table[i].meaning;
    }
    return NET_REFUSAL_PLAIN;
}

bool net_refusal_wants_app_password(const char *words)
{
    static const char *const pieces[] = {
        "application-specific password", /* Gmail: IMAP and POP3 with [ALERT], SMTP as 534 5.7.9 */
        "invalidsecondfactor",           /* Gmail: the address in it */
        "app-specific password",         /* iCloud */
        "app password",                  /* Yahoo, AOL, Fastmail, Zoho */
    };
    g_autofree char *lower = g_ascii_strdown(words != NULL ? words : "", -1);
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        if (strstr(lower, pieces[i]) != NULL)
            return true;
    }
    return false;
}
