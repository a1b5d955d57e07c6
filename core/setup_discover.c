/* SPDX-License-Identifier: MIT */
/* What a domain publishes about its mail servers, asked for all at once: autoconfig by https, whose mail exchanger it uses, SRV records. Proposals
 * only: each is probed afterwards. */
#include "config/providers.h"
#include "core/autoconfig.h"
#include "core/setup_private.h"
#include "net/dns.h"
#include "net/http.h"
#include "net/resolve.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { DISCOVER_MS = 3000, ANSWER_BYTES = 128 * 1024 };

enum kind { KIND_AUTOCONFIG, KIND_WELL_KNOWN, KIND_EXCHANGER, KIND_SERVICE };

/* In the order of worth; the rows of an earlier one are preferred. */
static const struct source {
    enum kind kind;
    const char *service, *protocol; /* KIND_SERVICE (RFC 6186, 8314) */
    enum account_security security;
} sources[] = {
    { KIND_AUTOCONFIG, NULL, NULL, ACCOUNT_SECURITY_TLS },
    { KIND_WELL_KNOWN, NULL, NULL, ACCOUNT_SECURITY_TLS },
    { KIND_EXCHANGER, NULL, NULL, ACCOUNT_SECURITY_TLS },
    { KIND_SERVICE, "_imaps._tcp", "IMAP", ACCOUNT_SECURITY_TLS },
    { KIND_SERVICE, "_imap._tcp", "IMAP", ACCOUNT_SECURITY_STARTTLS },
    { KIND_SERVICE, "_pop3s._tcp", "POP3", ACCOUNT_SECURITY_TLS },
    { KIND_SERVICE, "_pop3._tcp", "POP3", ACCOUNT_SECURITY_STARTTLS },
    { KIND_SERVICE, "_submissions._tcp", "SMTP", ACCOUNT_SECURITY_TLS },
    { KIND_SERVICE, "_submission._tcp", "SMTP", ACCOUNT_SECURITY_STARTTLS },
};

/* One source being asked, on a thread of its own. */
struct asking {
    setup *self;
    const struct source *source;
    const char *domain; /* ASCII */
    GPtrArray *rows;    /* what it said; NULL: nothing */
    const char *hint;   /* of a known provider */
    pthread_t thread;
    bool is_started;
};

/* --- DNS --- */
static bool is_below(const char *host, const char *domain)
{
    size_t length = strlen(host), tail = strlen(domain);
    return length >= tail && g_ascii_strcasecmp(host + length - tail, domain) == 0 && (length == tail || host[length - tail - 1] == '.');
}

static GPtrArray *ask_dns(const struct asking *asking, const char *name, bool is_mx)
{
    const struct net_dns_question question = {
        .name = name, .is_mx = is_mx, .server = asking->self->dns_server, .timeout_ms = DISCOVER_MS, .cancel_fd = asking->self->cancel_fd
    };
    return net_dns_ask(&question, NULL);
}

/* "." says: decidedly not (RFC 6186, 3.4). */
static GPtrArray *ask_service(const struct asking *asking)
{
    g_autofree char *name = g_strconcat(asking->source->service, ".", asking->domain, NULL);
    g_autoptr(GPtrArray) records = ask_dns(asking, name, false);
    const struct net_dns_record *best = records != NULL && records->len > 0 ? records->pdata[0] : NULL;
    if (best == NULL || *best->host == '\0' || best->port == 0)
        return NULL;
    GPtrArray *rows = g_ptr_array_new_with_free_func(setup_row_free);
    const struct account_server server = { .host = best->host, .port = best->port, .security = asking->source->security };
    g_autofree char *words = g_strdup_printf(_("DNS of %s (SRV)"), asking->domain);
    struct setup_row *row = setup_row_new(words, asking->source->protocol, &server);
    row->is_by_hand = false;
    row->is_unproven = !is_below(best->host, asking->domain);
    g_ptr_array_add(rows, row);
    return rows;
}

/* --- the web --- */
static GPtrArray *ask_web(const struct asking *asking, const char *host, const char *path)
{
    const char *base = asking->self->web_base; /* of tests */
    g_autofree char *escaped = g_uri_escape_string(asking->self->address, NULL, FALSE);
    g_autofree char *url = base != NULL ? g_strdup_printf("%s/%s%s?emailaddress=%s", base, host, path, escaped)
                                        : g_strdup_printf("https://%s%s?emailaddress=%s", host, path, escaped);
    const struct net_http_request request = {
        .url = url, .timeout_ms = DISCOVER_MS, .limit_bytes = ANSWER_BYTES, .cancel_fd = asking->self->cancel_fd
    };
    struct net_http_answer answer = { 0 };
    if (!net_http_fetch(&request, &answer, NULL))
        return NULL;
    g_autofree char *words = g_strdup_printf(_("autoconfig of %s"), host);
    GPtrArray *rows = answer.status == 200 ? autoconfig_parse(answer.body, answer.length, asking->self->address, words, NULL) : NULL;
    net_http_answer_clear(&answer);
    return rows;
}

static GPtrArray *ask_autoconfig(const struct asking *asking, const char *domain)
{
    g_autofree char *host = g_strconcat("autoconfig.", domain, NULL);
    return ask_web(asking, host, "/mail/config-v1.1.xml");
}

/* --- who brings the mail here? --- */
/* "mx1.mail.example.org" → "example.org": good enough to look for a file there. Borrowed. */
static const char *base_of(const char *host)
{
    const char *base = host;
    for (const char *dot = strchr(host, '.'); dot != NULL && strchr(dot + 1, '.') != NULL; dot = strchr(dot + 1, '.'))
        base = dot + 1;
    return base;
}

static GPtrArray *ask_exchanger(struct asking *asking)
{
    g_autoptr(GPtrArray) records = ask_dns(asking, asking->domain, true);
    const struct net_dns_record *best = records != NULL && records->len > 0 ? records->pdata[0] : NULL;
    if (best == NULL || *best->host == '\0')
        return NULL;
    const struct provider *provider = provider_for_exchanger(best->host);
    if (provider != NULL) {
        asking->hint = provider->hint;
        return setup_rows_of_provider(provider);
    }
    if (is_below(best->host, asking->domain))
        return NULL; /* its own: asked already */
    GPtrArray *rows = ask_autoconfig(asking, base_of(best->host));
    for (guint i = 0; rows != NULL && i < rows->len; i++)
        ((struct setup_row *)rows->pdata[i])->is_unproven = true;
    return rows;
}

/* --- all of it --- */
static void *ask_main(void *data)
{
    struct asking *asking = data;
    switch (asking->source->kind) {
    case KIND_AUTOCONFIG:
        asking->rows = ask_autoconfig(asking, asking->domain);
        break;
    case KIND_WELL_KNOWN:
        asking->rows = ask_web(asking, asking->domain, "/.well-known/autoconfig/mail/config-v1.1.xml");
        break;
    case KIND_EXCHANGER:
        asking->rows = ask_exchanger(asking);
        break;
    case KIND_SERVICE:
        asking->rows = ask_service(asking);
        break;
    }
    return NULL;
}

static void take_rows(struct asking *asking, GPtrArray *all, const char **hint)
{
    if (asking->hint != NULL && *hint == NULL)
        *hint = asking->hint;
    if (asking->rows == NULL)
        return;
    g_ptr_array_extend_and_steal(all, asking->rows);
    asking->rows = NULL;
}

GPtrArray *setup_discover(setup *self, const char **hint_out)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(setup_row_free);
    struct asking asked[G_N_ELEMENTS(sources)] = { 0 };
    const char *at = strrchr(self->address, '@');
    g_autofree char *domain = at != NULL ? net_host_to_ascii(at + 1, NULL) : NULL;
    if (domain == NULL || net_host_is_address(domain) || strchr(domain, '.') == NULL)
        return all;
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        asked[i] = (struct asking){ .self = self, .source = &sources[i], .domain = domain };
        asked[i].is_started = pthread_create(&asked[i].thread, NULL, ask_main, &asked[i]) == 0;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        if (!asked[i].is_started)
            continue;
        pthread_join(asked[i].thread, NULL);
        take_rows(&asked[i], all, hint_out);
    }
    return all;
}
