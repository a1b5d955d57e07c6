/* SPDX-License-Identifier: MIT */
/* What the check found, in words: the certificates, and which way to sign in was taken and why. */
#include "core/check_private.h"
#include "core/language.h"
#include "core/oauth_account.h"
#include "net/signin.h"
#include "net/trust.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static void free_certificate(void *data)
{
    struct check_certificate *certificate = data;
    g_free(certificate->subject);
    g_free(certificate->issuer);
    g_free(certificate);
}

static void add_certificate(GPtrArray *chain, const char *subject, const char *issuer, int64_t not_before, int64_t not_after)
{
    struct check_certificate *certificate = g_new0(struct check_certificate, 1);
    *certificate = (struct check_certificate){
        .subject = g_strdup(subject), .issuer = g_strdup(issuer), .not_before = not_before, .not_after = not_after
    };
    g_ptr_array_add(chain, certificate);
}

GPtrArray *check_chain(const GPtrArray *links, const struct net_trust_verdict *verdict)
{
    GPtrArray *chain = g_ptr_array_new_with_free_func(free_certificate);
    for (guint i = 0; links != NULL && i < links->len; i++) {
        const struct net_chain_link *link = links->pdata[i];
        add_certificate(chain, link->subject, link->issuer, link->not_before, link->not_after);
    }
    if (chain->len == 0 && verdict->fingerprint != NULL)
        add_certificate(chain, verdict->subject, verdict->issuer, verdict->not_before, verdict->not_after);
    return chain;
}

/* --- certificates --- */
static char *day_of(int64_t epoch)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(epoch);
    return time != NULL ? language_date(time, language_day_format()) : g_strdup("?");
}

/* "mail.example.test until 2027-01-01, by R3 until 2028-03-05, by ISRG Root X1" */
char *check_words_chain(const GPtrArray *chain)
{
    g_autoptr(GString) words = g_string_new(NULL);
    for (guint i = 0; i < chain->len; i++) {
        const struct check_certificate *each = chain->pdata[i];
        g_autofree char *until = day_of(each->not_after);
        g_string_append_printf(words, i == 0 ? _("%s, valid until %s") : _("; issued by %s, valid until %s"), each->subject, until);
    }
    const struct check_certificate *last = chain->len > 0 ? chain->pdata[chain->len - 1] : NULL;
    if (last != NULL && g_strcmp0(last->subject, last->issuer) != 0)
        g_string_append_printf(words, _("; issued by %s"), last->issuer);
    else if (last != NULL && chain->len == 1)
        g_string_append(words, _("; issued by itself"));
    return g_strdup(words->str);
}

/* --- the way in --- */
/* One that was offered, is stronger, and was not taken; NULL: none. Caller frees. */
static char *stronger_offer(const char *taken, const char *offered)
{
    g_auto(GStrv) words = g_strsplit(offered, " ", -1);
    for (char **word = words; *word != NULL; word++) {
        if (**word != '\0' && net_signin_is_weaker(taken, *word))
            return g_strdup(*word);
    }
    return NULL;
}

char *check_words_mechanism(const struct checking *self)
{
    const char *taken = self->result.mechanism != NULL ? self->result.mechanism : "", *auth = self->server->auth;
    const char *offered = self->result.mechanisms != NULL ? self->result.mechanisms : "";
    bool is_auto = auth == NULL || strcmp(auth, "auto") == 0;
    g_autofree char *stronger = stronger_offer(taken, offered);
    if (*taken == '\0')
        return g_strdup("");
    if (!is_auto)
        return g_strdup_printf(_("%s, because the account says auth = %s (offered: %s)"), taken, auth, offered);
    if (oauth_account_is(self->account))
        return g_strdup_printf(_("%s, because the account signs in by OAuth (offered: %s)"), taken, offered);
    if (stronger != NULL)
        return g_strdup_printf(_("%s: %s is offered too, but does not work here (offered: %s)"), taken, stronger, offered);
    return *offered != '\0' ? g_strdup_printf(_("%s, the strongest of what is offered (%s)"), taken, offered) : g_strdup(taken);
}
