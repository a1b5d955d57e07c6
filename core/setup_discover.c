/* SPDX-License-Identifier: MIT */
/* What a domain publishes about its mail servers, asked for all at once: autoconfig by https, whose mail exchanger it uses, SRV records. Proposals
 * only: each is probed afterwards. */
#include "config/providers.h"
#include "core/autoconfig.h"
#include "core/setup_private.h"
#include "net/clock.h"
#include "net/dns.h"
#include "net/http.h"
#include "net/resolve.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { DISCOVER_MS = 3000, ANSWER_BYTES = 128 * 1024, REDIRECTS = 3, SERVICE_ROWS = 3 };

/* In the order of worth; the rows of an earlier one are preferred. */
struct setup_source_kind {
    void (*ask)(struct setup_asking *asking);
    enum setup_rank rank;
    const char *words;   /* of the line, %s is the domain */
    const char *service; /* of SRV (RFC 6186, 8314) */
    const char *protocol;
    enum account_security security;
};

/* --- what came of it --- */
static int left_ms(const struct setup_asking *asking)
{
    return (int)MAX(asking->began_ms + DISCOVER_MS - net_clock_ms(), 1);
}

static void say(struct setup_asking *asking, enum setup_answer answer, const char *words)
{
    char *copy = g_strdup(words); /* may be the old ones */
    asking->answer = answer;
    g_free(asking->words);
    asking->words = copy;
}

static void say_rows(struct setup_asking *asking, GPtrArray *rows /* taken; NULL: none */)
{
    guint count = rows != NULL ? rows->len : 0;
    asking->rows = rows;
    g_autofree char *words = count > 0 ? g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%u server", "%u servers", count), count)
                                       : g_strdup(_("nothing that can be used"));
    say(asking, count > 0 ? SETUP_ANSWER_ROWS : SETUP_ANSWER_NONE, words);
}

static void say_error(struct setup_asking *asking, const GError *error)
{
    bool is_silent = g_error_matches(error, NET_ERROR, NET_ERROR_TIMEOUT);
    say(asking, is_silent ? SETUP_ANSWER_SILENT : SETUP_ANSWER_NONE, error != NULL ? error->message : "");
}

/* --- DNS --- */
static bool is_below(const char *host, const char *domain)
{
    size_t length = strlen(host), tail = strlen(domain);
    return length >= tail && g_ascii_strcasecmp(host + length - tail, domain) == 0 && (length == tail || host[length - tail - 1] == '.');
}

/* NULL: nobody answered, which is said. */
static GPtrArray *ask_dns(struct setup_asking *asking, const char *name, bool is_mx)
{
    g_autoptr(GError) error = NULL;
    const struct net_dns_question question = { .name = name,
                                               .is_mx = is_mx,
                                               .server = asking->self->dns_server,
                                               .timeout_ms = left_ms(asking),
                                               .cancel_fd = asking->self->cancel_fd,
                                               .has_no_name_out = is_mx ? &asking->has_no_name : NULL };
    GPtrArray *records = net_dns_ask(&question, &error);
    if (records == NULL)
        say(asking, SETUP_ANSWER_SILENT, error->message);
    else if (records->len == 0)
        say(asking, SETUP_ANSWER_NONE, asking->has_no_name ? _("there is no such domain") : _("none"));
    return records;
}

static struct setup_row *row_of_record(const struct setup_asking *asking, const struct net_dns_record *record)
{
    const struct account_server server = { .host = record->host, .port = record->port, .security = asking->kind->security };
    struct setup_row *row = setup_row_new(asking->name, asking->kind->protocol, &server);
    row->is_by_hand = false;
    row->is_unproven = !is_below(record->host, asking->domain);
    return row;
}

/* "." says: decidedly not (RFC 6186, 3.4). */
static void ask_service(struct setup_asking *asking)
{
    g_autofree char *name = g_strconcat(asking->kind->service, ".", asking->domain, NULL);
    g_autoptr(GPtrArray) records = ask_dns(asking, name, false);
    if (records == NULL || records->len == 0)
        return;
    const struct net_dns_record *best = records->pdata[0];
    if (records->len == 1 && *best->host == '\0') {
        say(asking, SETUP_ANSWER_REFUSED, _("the domain says that it does not offer this"));
        return;
    }
    GPtrArray *rows = g_ptr_array_new_with_free_func(setup_row_free);
    for (guint i = 0; i < records->len && rows->len < SERVICE_ROWS; i++) {
        const struct net_dns_record *record = records->pdata[i];
        if (*record->host != '\0' && record->port != 0)
            g_ptr_array_add(rows, row_of_record(asking, record));
    }
    say_rows(asking, rows);
    say(asking, asking->answer, rows->len > 0 ? ((const struct setup_row *)rows->pdata[0])->host : asking->words);
}

/* --- the web --- */
static void ask_web(struct setup_asking *asking, const char *host, const char *path)
{
    g_autoptr(GError) error = NULL;
    const char *base = asking->self->web_base; /* of tests */
    g_autofree char *escaped = g_uri_escape_string(asking->self->address, NULL, FALSE);
    g_autofree char *url = base != NULL ? g_strdup_printf("%s/%s%s?emailaddress=%s", base, host, path, escaped)
                                        : g_strdup_printf("https://%s%s?emailaddress=%s", host, path, escaped);
    const struct net_http_request request = {
        .url = url, .timeout_ms = left_ms(asking), .limit_bytes = ANSWER_BYTES, .redirects = REDIRECTS, .cancel_fd = asking->self->cancel_fd
    };
    struct net_http_answer answer = { 0 };
    if (!net_http_fetch(&request, &answer, &error)) {
        say_error(asking, error);
        return;
    }
    if (answer.status == 200) {
        say_rows(asking, autoconfig_parse(answer.body, answer.length, asking->self->address, asking->name, NULL));
    } else {
        g_autofree char *words = g_strdup_printf(_("the web server has none (%d)"), answer.status);
        say(asking, SETUP_ANSWER_NONE, words);
    }
    net_http_answer_clear(&answer);
}

static void ask_autoconfig(struct setup_asking *asking)
{
    g_autofree char *host = g_strconcat("autoconfig.", asking->domain, NULL);
    ask_web(asking, host, "/mail/config-v1.1.xml");
}

static void ask_well_known(struct setup_asking *asking)
{
    ask_web(asking, asking->domain, "/.well-known/autoconfig/mail/config-v1.1.xml");
}

/* --- who brings the mail here? --- */
/* "mx1.mail.example.org" → "example.org", "mx.example.co.uk" → "example.co.uk": good enough to look for a file there. Borrowed. */
static const char *base_of(const char *host)
{
    const char *last = strrchr(host, '.'), *base = host;
    unsigned wanted = 2;
    for (const char *dot = strchr(host, '.'); dot != NULL && dot != last; dot = strchr(dot + 1, '.')) {
        bool is_national = strlen(last) == 3 && strchr(dot + 1, '.') == last && last - dot <= 4; /* ".co.uk" */
        wanted = is_national ? 3 : wanted;
    }
    for (unsigned dots = 0; base > host || dots == 0; dots++) { /* from the end */
        const char *dot = dots == 0 ? last : g_strrstr_len(host, base - host - 1, ".");
        if (dot == NULL)
            return host;
        base = dot + 1;
        if (dots + 1 == wanted)
            break;
    }
    return base;
}

static void say_provider(struct setup_asking *asking, const struct provider *provider)
{
    asking->provider = provider;
    if (provider_has_servers(provider)) {
        asking->rows = setup_rows_of_provider(provider);
        say(asking, SETUP_ANSWER_ROWS, provider->name);
    } else {
        say(asking, SETUP_ANSWER_REFUSED, provider->hint != NULL ? provider->hint : provider->name);
    }
}

static void ask_exchanger(struct setup_asking *asking)
{
    g_autoptr(GPtrArray) records = ask_dns(asking, asking->domain, true);
    const struct net_dns_record *best = records != NULL && records->len > 0 ? records->pdata[0] : NULL;
    if (best == NULL)
        return;
    if (*best->host == '\0') { /* RFC 7505 */
        say(asking, SETUP_ANSWER_NONE, _("the domain says that it takes no mail"));
        return;
    }
    const struct provider *provider = provider_for_exchanger(best->host);
    if (provider != NULL) {
        say_provider(asking, provider);
    } else if (is_below(best->host, asking->domain)) {
        say(asking, SETUP_ANSWER_NONE, best->host); /* its own: asked already */
    } else {
        g_autofree char *host = g_strconcat("autoconfig.", base_of(best->host), NULL);
        ask_web(asking, host, "/mail/config-v1.1.xml");
        for (guint i = 0; asking->rows != NULL && i < asking->rows->len; i++)
            ((struct setup_row *)asking->rows->pdata[i])->is_unproven = true;
    }
}

/* --- is this the real network? --- */
/* .invalid is never registered (RFC 2606): where a name below it has an address, something answers in place of everybody. */
static void ask_network(struct setup_asking *asking)
{
    g_autofree char *name = g_strdup_printf("postern-%08x.invalid", g_random_int());
    struct net_wait wait = { .cancel_fd = asking->self->cancel_fd, .deadline_ms = net_clock_ms() + left_ms(asking) };
    net_wait_begin(&wait);
    g_autoptr(GArray) found = net_resolve(name, 0, &wait, NULL);
    if (found != NULL)
        say(asking, SETUP_ANSWER_REFUSED, _("it answers for names that do not exist: the sign-in page of a network, perhaps"));
}

/* --- all of it --- */
static const struct setup_source_kind kinds[] = {
    { ask_autoconfig, SETUP_RANK_AUTOCONFIG, N_("autoconfig.%s"), NULL, NULL, ACCOUNT_SECURITY_TLS },
    { ask_well_known, SETUP_RANK_WELL_KNOWN, N_("autoconfig of %s"), NULL, NULL, ACCOUNT_SECURITY_TLS },
    { ask_exchanger, SETUP_RANK_EXCHANGER, N_("mail exchanger of %s (MX)"), NULL, NULL, ACCOUNT_SECURITY_TLS },
    { ask_service, SETUP_RANK_SERVICE, N_("DNS of %s (SRV)"), "_imaps._tcp", "IMAP", ACCOUNT_SECURITY_TLS },
    { ask_service, SETUP_RANK_SERVICE_STARTTLS, N_("DNS of %s (SRV)"), "_imap._tcp", "IMAP", ACCOUNT_SECURITY_STARTTLS },
    { ask_service, SETUP_RANK_SERVICE, N_("DNS of %s (SRV)"), "_pop3s._tcp", "POP3", ACCOUNT_SECURITY_TLS },
    { ask_service, SETUP_RANK_SERVICE_STARTTLS, N_("DNS of %s (SRV)"), "_pop3._tcp", "POP3", ACCOUNT_SECURITY_STARTTLS },
    { ask_service, SETUP_RANK_SERVICE, N_("DNS of %s (SRV)"), "_submissions._tcp", "SMTP", ACCOUNT_SECURITY_TLS },
    { ask_service, SETUP_RANK_SERVICE_STARTTLS, N_("DNS of %s (SRV)"), "_submission._tcp", "SMTP", ACCOUNT_SECURITY_STARTTLS },
    { ask_network, SETUP_RANK_GUESS, N_("the network around %s"), NULL, NULL, ACCOUNT_SECURITY_TLS },
};

/* The answer is made on a copy of its own and shown when it is whole. */
static void *ask_main(void *data)
{
    struct setup_asking *shared = data;
    setup *self = shared->self;
    struct setup_asking own = { .self = self,
                                .kind = shared->kind,
                                .domain = shared->domain,
                                .name = shared->name,
                                .words = g_strdup(""),
                                .began_ms = shared->began_ms };
    own.kind->ask(&own);
    pthread_mutex_lock(&self->lock);
    g_free(shared->words);
    shared->words = own.words;
    shared->rows = own.rows;
    shared->answer = own.answer;
    shared->provider = own.provider;
    shared->has_no_name = own.has_no_name;
    shared->elapsed_ms = (int)(net_clock_ms() - shared->began_ms);
    shared->is_done = true;
    pthread_cond_signal(&self->changed);
    pthread_mutex_unlock(&self->lock);
    setup_post(self, EVENT_SETUP_STEP, 0, SETUP_RUNNING, "");
    return NULL;
}

static void free_asking(void *data)
{
    struct setup_asking *asking = data;
    if (asking->rows != NULL)
        g_ptr_array_unref(asking->rows);
    g_free(asking->domain);
    g_free(asking->name);
    g_free(asking->words);
    g_free(asking);
}

static char *name_of(const struct setup_source_kind *kind, const char *domain)
{
    g_autoptr(GString) name = g_string_new(_(kind->words));
    g_string_replace(name, "%s", domain, 1);
    return g_strdup(name->str);
}

GPtrArray *setup_discover_none(void)
{
    return g_ptr_array_new_with_free_func(free_asking);
}

GPtrArray *setup_discover_begin(setup *self)
{
    GPtrArray *sources = setup_discover_none();
    const char *at = strrchr(self->address, '@');
    g_autofree char *domain = at != NULL ? net_host_to_ascii(at + 1, NULL) : NULL;
    if (domain == NULL || net_host_is_address(domain) || strchr(domain, '.') == NULL)
        return sources;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct setup_asking *asking = g_new0(struct setup_asking, 1);
        *asking = (struct setup_asking){ .self = self,
                                         .kind = &kinds[i],
                                         .rank = kinds[i].rank,
                                         .domain = g_strdup(domain),
                                         .name = name_of(&kinds[i], at + 1),
                                         .words = g_strdup(""),
                                         .protocol = kinds[i].protocol,
                                         .security = kinds[i].security,
                                         .began_ms = net_clock_ms() };
        asking->is_started = pthread_create(&asking->thread, NULL, ask_main, asking) == 0; /* read by this thread only */
        g_ptr_array_add(sources, asking);
    }
    return sources;
}

void setup_discover_join(GPtrArray *sources)
{
    for (guint i = 0; i < sources->len; i++) {
        struct setup_asking *asking = sources->pdata[i];
        if (asking->is_started)
            pthread_join(asking->thread, NULL);
        asking->is_started = false;
    }
}
