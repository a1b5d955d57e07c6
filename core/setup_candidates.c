/* SPDX-License-Identifier: MIT */
/* Servers an address may have: the table of known providers, else the names everybody uses. Cleartext is never among them. */
#include "core/setup_private.h"
#include "config/providers.h"
#include "net/resolve.h"
#include <glib/gi18n-lib.h>
#include <string.h>

void setup_row_free(void *data)
{
    struct setup_row *row = data;
    if (row == NULL)
        return;
    g_free(row->source);
    g_free(row->protocol);
    g_free(row->host);
    g_free(row->tls);
    g_free(row->greeting);
    g_free(row->capabilities);
    g_free(row->mechanisms);
    g_free(row->words);
    g_free(row->user);
    g_free(row);
}

struct setup_row *setup_row_copy(const struct setup_row *row)
{
    struct setup_row *copy = g_new(struct setup_row, 1);
    *copy = *row;
    copy->source = g_strdup(row->source);
    copy->protocol = g_strdup(row->protocol);
    copy->host = g_strdup(row->host);
    copy->tls = g_strdup(row->tls);
    copy->greeting = g_strdup(row->greeting);
    copy->capabilities = g_strdup(row->capabilities);
    copy->mechanisms = g_strdup(row->mechanisms);
    copy->words = g_strdup(row->words);
    copy->user = g_strdup(row->user);
    return copy;
}

bool setup_row_is_incoming(const struct setup_row *row)
{
    return strcmp(row->protocol, "SMTP") != 0;
}

static struct setup_row *row_new(const char *source, const char *protocol, const char *host, uint16_t port, enum account_security security)
{
    struct setup_row *row = g_new0(struct setup_row, 1);
    row->source = g_strdup(source);
    row->protocol = g_strdup(protocol);
    row->host = g_strdup(host);
    row->port = port;
    row->security = security;
    char **const texts[] = { &row->tls, &row->greeting, &row->capabilities, &row->mechanisms, &row->words };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup("");
    return row;
}

struct setup_row *setup_row_new(const char *source, const char *protocol, const struct account_server *server)
{
    struct setup_row *row = row_new(source, protocol, server->host, server->port, server->security);
    row->is_by_hand = true;
    return row;
}

GPtrArray *setup_rows_of_provider(const struct provider *provider)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func(setup_row_free);
    g_autofree char *source = g_strdup_printf(_("%s (built-in table)"), provider->name);
    const struct {
        const char *protocol;
        const struct provider_server *server;
    } all[] = { { "IMAP", &provider->imap }, { "POP3", &provider->pop3 }, { "SMTP", &provider->smtp } };
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        const struct provider_server *server = all[i].server;
        if (server->host != NULL)
            g_ptr_array_add(rows, row_new(source, all[i].protocol, server->host, server->port, server->security));
    }
    return rows;
}

/* IMAP before POP3; implicit TLS first, then STARTTLS (RFC 8314). */
static const struct guess {
    const char *protocol, *prefix;
    uint16_t port;
    enum account_security security;
} guesses[] = {
    { "IMAP", "imap.", 993, ACCOUNT_SECURITY_TLS },      { "IMAP", "mail.", 993, ACCOUNT_SECURITY_TLS },
    { "IMAP", "", 993, ACCOUNT_SECURITY_TLS },           { "IMAP", "imap.", 143, ACCOUNT_SECURITY_STARTTLS },
    { "IMAP", "mail.", 143, ACCOUNT_SECURITY_STARTTLS }, { "IMAP", "", 143, ACCOUNT_SECURITY_STARTTLS },
    { "POP3", "pop.", 995, ACCOUNT_SECURITY_TLS },       { "POP3", "pop3.", 995, ACCOUNT_SECURITY_TLS },
    { "POP3", "mail.", 995, ACCOUNT_SECURITY_TLS },      { "POP3", "pop.", 110, ACCOUNT_SECURITY_STARTTLS },
    { "POP3", "pop3.", 110, ACCOUNT_SECURITY_STARTTLS }, { "POP3", "mail.", 110, ACCOUNT_SECURITY_STARTTLS },
    { "SMTP", "smtp.", 465, ACCOUNT_SECURITY_TLS },      { "SMTP", "mail.", 465, ACCOUNT_SECURITY_TLS },
    { "SMTP", "", 465, ACCOUNT_SECURITY_TLS },           { "SMTP", "smtp.", 587, ACCOUNT_SECURITY_STARTTLS },
    { "SMTP", "mail.", 587, ACCOUNT_SECURITY_STARTTLS }, { "SMTP", "", 587, ACCOUNT_SECURITY_STARTTLS },
};

static struct setup_row *guess_new(const struct guess *guess, const char *host)
{
    struct setup_row *row = row_new(_("usual name"), guess->protocol, host, guess->port, guess->security);
    row->is_guess = true;
    return row;
}

GPtrArray *setup_rows_guessed(const char *address)
{
    const char *at = strrchr(address, '@');
    GPtrArray *rows = g_ptr_array_new_with_free_func(setup_row_free);
    for (size_t i = 0; i < G_N_ELEMENTS(guesses) && at != NULL && at[1] != '\0'; i++) {
        g_autofree char *host = g_strconcat(guesses[i].prefix, at + 1, NULL);
        g_ptr_array_add(rows, guess_new(&guesses[i], host));
    }
    return rows;
}

/* Those without a name before the domain are one of each protocol and security. */
GPtrArray *setup_rows_of_other_ports(const GPtrArray *given)
{
    static const struct guess ports[] = {
        { "IMAP", "", 993, ACCOUNT_SECURITY_TLS },      { "POP3", "", 995, ACCOUNT_SECURITY_TLS },
        { "SMTP", "", 465, ACCOUNT_SECURITY_TLS },      { "IMAP", "", 143, ACCOUNT_SECURITY_STARTTLS },
        { "POP3", "", 110, ACCOUNT_SECURITY_STARTTLS }, { "SMTP", "", 587, ACCOUNT_SECURITY_STARTTLS },
    };
    GPtrArray *rows = g_ptr_array_new_with_free_func(setup_row_free);
    for (size_t i = 0; i < G_N_ELEMENTS(ports); i++) {
        for (guint k = 0; k < given->len; k++) {
            const struct setup_row *row = given->pdata[k];
            if (strcmp(row->protocol, ports[i].protocol) != 0)
                continue;
            struct setup_row *other = guess_new(&ports[i], row->host);
            g_free(other->source);
            other->source = g_strdup(_("another port of the same server"));
            other->user = g_strdup(row->user);
            g_ptr_array_add(rows, other);
        }
    }
    return rows;
}

GPtrArray *setup_rows_of_account(const struct account *self)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func(setup_row_free);
    if (self->incoming.protocol == ACCOUNT_PROTOCOL_IMAP || self->incoming.protocol == ACCOUNT_PROTOCOL_POP3)
        g_ptr_array_add(rows,
                        setup_row_new(_("by hand"), self->incoming.protocol == ACCOUNT_PROTOCOL_POP3 ? "POP3" : "IMAP", &self->incoming));
    if (self->outgoing.protocol == ACCOUNT_PROTOCOL_SMTP)
        g_ptr_array_add(rows, setup_row_new(_("by hand"), "SMTP", &self->outgoing));
    return rows;
}

/* Internationalised domains have two spellings, and most servers know the one of the DNS. NULL: this one has only one. Caller frees. */
static char *ascii_address(const char *address)
{
    const char *at = strrchr(address, '@');
    if (at == NULL || g_str_is_ascii(at))
        return NULL;
    g_autofree char *domain = net_host_to_ascii(at + 1, NULL);
    return domain != NULL ? g_strdup_printf("%.*s@%s", (int)(at - address), address, domain) : NULL;
}

char **setup_user_names(const char *address, const char *written)
{
    GPtrArray *names = g_ptr_array_new();
    const struct provider *provider = provider_for_address(address);
    const char *at = strrchr(address, '@');
    g_autofree char *local = at != NULL ? g_strndup(address, (gsize)(at - address)) : NULL, *ascii = ascii_address(address);
    bool is_local_first =
        (provider != NULL && g_strcmp0(provider->user, "local-part") == 0) || (local != NULL && g_strcmp0(written, local) == 0);
    bool is_own = written != NULL && *written != '\0' && strcmp(written, address) != 0 && g_strcmp0(written, local) != 0;
    if (is_own) { /* a person who writes another name means it */
        g_ptr_array_add(names, g_strdup(written));
    } else {
        g_ptr_array_add(names, g_strdup(is_local_first && local != NULL ? local : address));
        if (ascii != NULL)
            g_ptr_array_add(names, g_strdup(ascii));
        /* Many small servers want the part before the @ only. A provider of the table says what it wants: no second guess there. */
        if ((provider == NULL || strcmp(provider->user, "either") == 0) && local != NULL)
            g_ptr_array_add(names, g_strdup(is_local_first ? address : local));
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}
