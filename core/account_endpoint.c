/* SPDX-License-Identifier: MIT */
/* One struct to another, so that net needs no configuration files and config no network. */
#include "core/account_endpoint.h"
#include "net/endpoint.h"
#include <glib.h>

static enum net_security security_of(enum account_security security)
{
    static const enum net_security modes[] = {
        [ACCOUNT_SECURITY_TLS] = NET_SECURITY_TLS,
        [ACCOUNT_SECURITY_STARTTLS] = NET_SECURITY_STARTTLS,
        [ACCOUNT_SECURITY_PLAIN] = NET_SECURITY_PLAIN,
    };
    return (size_t)security < G_N_ELEMENTS(modes) ? modes[security] : NET_SECURITY_TLS;
}

/* 0 is a wish in the settings, and the absence of one in net. */
static int or_never(int value, int unit)
{
    return value > 0 ? value * unit : -1;
}

static void set_timeouts(struct net_endpoint *endpoint, const struct settings *settings)
{
    endpoint->connect_timeout_ms = settings->connect_timeout_s * 1000;
    endpoint->tls_timeout_ms = settings->tls_timeout_s * 1000;
    endpoint->greeting_timeout_ms = settings->greeting_timeout_s * 1000;
    endpoint->signin_timeout_ms = settings->sign_in_timeout_s * 1000;
    endpoint->io_timeout_ms = settings->io_timeout_s * 1000;
    endpoint->keepalive_s = or_never(settings->keepalive_s, 1);
    endpoint->user_timeout_ms = or_never(settings->user_timeout_s, 1000);
}

struct net_endpoint account_endpoint(const struct account_server *server, const struct settings *settings, const char *accepted)
{
    static const enum net_dane danes[] = {
        [ACCOUNT_DANE_NO] = NET_DANE_NO, [ACCOUNT_DANE_AUTO] = NET_DANE_AUTO, [ACCOUNT_DANE_REQUIRE] = NET_DANE_REQUIRE
    };
    struct net_endpoint endpoint = {
        .host = server->host,
        .port = server->port,
        .security = security_of(server->security),
        .allow_cleartext_password = server->allow_cleartext_password,
        .tls_ca_file = server->tls_ca_file,
        .tls_fingerprint = server->tls_fingerprint,
        .tls_accepted = accepted != NULL ? accepted : server->tls_accepted,
        .tls_certificate = server->tls_certificate,
        .tls_key = server->tls_key,
        .tls_least = server->tls_least == ACCOUNT_TLS_1_3 ? NET_TLS_1_3 : NET_TLS_1_2,
        .dane = danes[server->dane],
        .dane_resolver = settings != NULL ? settings->dane_resolver : NULL,
        .proxy = server->proxy,
        .tunnel = server->tunnel_command,
    };
    if (settings != NULL)
        set_timeouts(&endpoint, settings);
    return endpoint;
}

char *account_server_words(const struct account_server *server)
{
    static const char *const protocols[] = {
        [ACCOUNT_PROTOCOL_IMAP] = "IMAP", [ACCOUNT_PROTOCOL_POP3] = "POP3",         [ACCOUNT_PROTOCOL_MAILDIR] = "Maildir",
        [ACCOUNT_PROTOCOL_SMTP] = "SMTP", [ACCOUNT_PROTOCOL_SENDMAIL] = "sendmail",
    };
    const char *protocol = (size_t)server->protocol < G_N_ELEMENTS(protocols) ? protocols[server->protocol] : "?";
    if (server->protocol == ACCOUNT_PROTOCOL_MAILDIR)
        return g_strdup_printf("%s %s", protocol, server->path != NULL ? server->path : "");
    if (server->protocol == ACCOUNT_PROTOCOL_SENDMAIL)
        return g_strdup_printf("%s %s", protocol, server->command != NULL ? server->command : "");
    return g_strdup_printf("%s %s:%u", protocol, server->host != NULL ? server->host : "", (unsigned)server->port);
}
