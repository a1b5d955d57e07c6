/* SPDX-License-Identifier: MIT */
/* What to do about each fault the check finds, in plain words. */
#include "config/providers.h"
#include "core/check_private.h"
#include "net/resolve.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { DAY_S = 24 * 60 * 60, WARN_DAYS = 14 };

/* --- certificates --- */
/* The first name of the list if it is one concrete host. Caller frees; NULL: not so. */
static char *one_host(const char *names)
{
    g_auto(GStrv) words = g_strsplit_set(names != NULL ? names : "", ", ", -1);
    for (char **word = words; *word != NULL; word++) {
        g_autofree char *ascii = strchr(*word, '*') == NULL && strchr(*word, '.') != NULL ? net_host_to_ascii(*word, NULL) : NULL;
        if (ascii != NULL)
            return g_strdup(*word);
    }
    return NULL;
}

static char *advise_name(const struct net_trust_verdict *verdict)
{
    g_autofree char *host = one_host(verdict->names);
    return host != NULL
               ? g_strdup_printf(_("If it is the same server, write host = %s, the name its certificate is for. If you do not know, ask "
                                   "whoever runs it."),
                                 host)
               : g_strdup(_("Ask whoever runs the server by which name it is to be reached: the certificate must have that name. In a "
                            "hotel, train or café, sign in to the network with a web browser first."));
}

static char *advise_certificate(const struct checking *self, const struct net_trust_verdict *verdict)
{
    if (verdict->is_pin_mismatch)
        return g_strdup(
            _("Ask whoever runs the server whether the certificate was changed. Only then add the new fingerprint to tls-fingerprint."));
    if (verdict->is_revoked)
        return g_strdup(_("Its own authority has withdrawn this certificate: do not trust it. Tell whoever runs the server."));
    if (verdict->is_name_wrong)
        return advise_name(verdict);
    if (verdict->is_expired || verdict->is_not_yet_valid)
        return g_strdup(
            _("Look whether the clock of this computer is right. If it is, whoever runs the server must renew the certificate."));
    return g_strdup_printf(
        _("If this is your own server and the fingerprint is right, write tls-fingerprint = %s in %s, or tls-ca-file with its authority."),
        verdict->fingerprint != NULL ? verdict->fingerprint : "", self->account->path);
}

char *check_advice_expiry(const GPtrArray *chain, bool *is_late_out)
{
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    *is_late_out = false;
    for (guint i = 0; i < chain->len; i++) {
        const struct check_certificate *each = chain->pdata[i];
        int64_t days = (each->not_after - now) / DAY_S;
        if (days >= WARN_DAYS)
            continue;
        *is_late_out = true;
        gulong count = (gulong)MAX(days, 0);
        return g_strdup_printf(
            g_dngettext(GETTEXT_PACKAGE, "The certificate of %s ends in %lu day. Whoever runs the server should renew it before that.",
                        "The certificate of %s ends in %lu days. Whoever runs the server should renew it before that.", count),
            each->subject, count);
    }
    return g_strdup("");
}

/* --- sign-in --- */
static char *advise_sign_in(const struct checking *self)
{
    const struct provider *provider = provider_for_address(self->account->from_address);
    if (provider != NULL && provider->hint != NULL)
        return g_strdup(provider->hint);
    return g_strdup_printf(
        _("Check user (%s) and password; some servers want the whole address as the name, others what stands before the @."),
        self->server->user != NULL ? self->server->user : "");
}

/* --- the connection --- */
static char *advise_ports(const struct account_server *server)
{
    return g_strdup_printf(_("Check host and port: usual are %u with security = tls and %u with starttls. A firewall may be in between."),
                           (unsigned)account_default_port(server->protocol, ACCOUNT_SECURITY_TLS),
                           (unsigned)account_default_port(server->protocol, ACCOUNT_SECURITY_STARTTLS));
}

/* Something answers, but not as a mail server should. Nothing more is said to it to find out what it is. */
static char *advise_strange(const struct checking *self)
{
    if (self->result.is_web)
        return g_strdup(_("In a hotel, train or café that is the network's sign-in page: open a web browser, sign in there, and try again. "
                          "Elsewhere host or port is wrong."));
    if (self->result.capabilities != NULL)
        return g_strdup(_("Try again; if it stays so, tell whoever runs the server what it says."));
    return advise_ports(self->server);
}

static char *advise_tls(const struct checking *self, const GError *error)
{
    bool is_old = strstr(error->message, "tls-min-version") != NULL; /* the sentence for that names the option */
    if (is_old && self->server->tls_least == ACCOUNT_TLS_1_3)
        return g_strdup(
            _("The account asks for TLS 1.3: write tls-min-version = 1.2, which is safe too, or ask whoever runs the server for 1.3."));
    if (is_old)
        return g_strdup(
            _("Whoever runs the server must bring it up to date: TLS 1.0 and 1.1 can be read by others today, and postern never speaks "
              "them."));
    return advise_strange(self);
}

char *check_advice(const struct checking *self, const GError *error, const struct net_trust_verdict *verdict)
{
    if (error == NULL || error->domain != NET_ERROR)
        return g_strdup("");
    switch ((enum net_error)error->code) {
    case NET_ERROR_RESOLVE:
        return g_strdup(_("Check how host is written, and whether this computer is online."));
    case NET_ERROR_CONNECT:
        return advise_ports(self->server);
    case NET_ERROR_TLS:
        return advise_tls(self, error);
    case NET_ERROR_TIMEOUT:
    case NET_ERROR_CLOSED:
    case NET_ERROR_PROTOCOL:
        return advise_strange(self);
    case NET_ERROR_CERTIFICATE:
        return advise_certificate(self, verdict);
    case NET_ERROR_NO_STARTTLS:
        return g_strdup_printf(
            _("Try security = tls with port %u. If the server did offer STARTTLS before, somebody in this network may be in "
              "between: try again from another one."),
            (unsigned)account_default_port(self->server->protocol, ACCOUNT_SECURITY_TLS));
    case NET_ERROR_AUTH:
        return advise_sign_in(self);
    case NET_ERROR_INSECURE:
        return g_strdup(_("Use security = tls or starttls."));
    case NET_ERROR_REFUSED:
        return g_strdup(_("Try again later."));
    case NET_ERROR_LIMIT:
        return g_strdup(_("The server says more than a mail server should. Try again; if it stays so, tell whoever runs it."));
    case NET_ERROR_IO:
        return g_strdup(_("Try again; if it stays so, look at this computer's network."));
    case NET_ERROR_CANCELLED:
        return g_strdup("");
    case NET_ERROR_CONFIG:
        return g_strdup_printf(_("Mend the line in %s."), self->account->path);
    }
    return g_strdup("");
}
