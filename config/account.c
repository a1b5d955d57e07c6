/* SPDX-License-Identifier: MIT */
/* The life of a struct account. */
#include "config/account_file.h"
#include "config/account_rows_private.h"
#include "config/account_sync_private.h"
#include "config/identity_private.h"
#include "config/secret.h"
#include <string.h>

static void server_clear(struct account_server *server)
{
    char *texts[] = { server->host,           server->auth,
                      server->user,           server->password_command,
                      server->tls_ca_file,    server->tls_fingerprint,
                      server->tls_accepted,   server->tls_certificate,
                      server->tls_key,        server->proxy,
                      server->tunnel_command, server->path,
                      server->command };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        secret_free(texts[i]); /* a proxy may have a password in it, a command too */
    secret_free(server->password);
}

static void oauth_clear(struct account_oauth *oauth)
{
    char *texts[] = { oauth->provider,  oauth->client_id,  oauth->client_secret, oauth->authorization_url,
                      oauth->token_url, oauth->device_url, oauth->scope,         oauth->redirect_url };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        secret_free(texts[i]);
}

void account_free(struct account *self)
{
    if (self == NULL)
        return;
    g_free(self->id);
    g_free(self->path);
    g_free(self->name);
    g_free(self->from_name);
    g_free(self->from_address);
    g_strfreev(self->aliases);
    g_free(self->signature_file);
    g_free(self->checker);
    g_free(self->pgp_key);
    g_free(self->smime_key);
    for (size_t i = 0; i < ACCOUNT_FOLDER_ROLES; i++)
        g_free(self->folders[i]);
    g_clear_pointer(&self->sync, g_ptr_array_unref);
    g_clear_pointer(&self->identities, g_ptr_array_unref);
    server_clear(&self->incoming);
    server_clear(&self->outgoing);
    oauth_clear(&self->oauth);
    g_free(self);
}

struct account *account_new(const char *id)
{
    struct account *self = g_new0(struct account, 1);
    self->id = g_strdup(id);
    self->aliases = g_new0(char *, 1);
    self->incoming.protocol = ACCOUNT_PROTOCOL_IMAP;
    self->outgoing.protocol = ACCOUNT_PROTOCOL_SMTP;
    self->incoming.auth = g_strdup("auto");
    self->outgoing.auth = g_strdup("auto");
    self->pop3_days = 14;
    self->idle_folders = ACCOUNT_IDLE_FOLDERS;
    return self;
}

static void server_copy(struct account_server *to, const struct account_server *from)
{
    *to = *from;
    char **texts[] = { &to->host,
                       &to->auth,
                       &to->user,
                       &to->password_command,
                       &to->password,
                       &to->tls_ca_file,
                       &to->tls_fingerprint,
                       &to->tls_accepted,
                       &to->tls_certificate,
                       &to->tls_key,
                       &to->proxy,
                       &to->tunnel_command,
                       &to->path,
                       &to->command };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup(*texts[i]);
}

static void oauth_copy(struct account_oauth *oauth)
{
    char **texts[] = { &oauth->provider,  &oauth->client_id,  &oauth->client_secret, &oauth->authorization_url,
                       &oauth->token_url, &oauth->device_url, &oauth->scope,         &oauth->redirect_url };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup(*texts[i]);
}

struct account *account_copy(const struct account *from)
{
    struct account *self = g_memdup2(from, sizeof *from);
    char **texts[] = { &self->id,      &self->path,    &self->name,     &self->from_name, &self->from_address, &self->signature_file,
                       &self->checker, &self->pgp_key, &self->smime_key };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup(*texts[i]);
    for (size_t i = 0; i < ACCOUNT_FOLDER_ROLES; i++)
        self->folders[i] = g_strdup(self->folders[i]);
    self->aliases = g_strdupv(from->aliases);
    self->sync = from->sync != NULL ? account_sync_list_new() : NULL;
    for (guint i = 0; from->sync != NULL && i < from->sync->len; i++)
        g_ptr_array_add(self->sync, account_sync_copy(g_ptr_array_index(from->sync, i)));
    self->identities = from->identities != NULL ? account_identity_list_new() : NULL;
    for (guint i = 0; from->identities != NULL && i < from->identities->len; i++)
        g_ptr_array_add(self->identities, account_identity_copy(g_ptr_array_index(from->identities, i)));
    server_copy(&self->incoming, &from->incoming);
    server_copy(&self->outgoing, &from->outgoing);
    oauth_copy(&self->oauth);
    return self;
}

uint16_t account_default_port(enum account_protocol protocol, enum account_security security)
{
    static const uint16_t ports[][3] = {
        [ACCOUNT_PROTOCOL_IMAP] = { 993, 143, 143 }, [ACCOUNT_PROTOCOL_POP3] = { 995, 110, 110 }, [ACCOUNT_PROTOCOL_SMTP] = { 465, 587, 25 }
    };
    return (size_t)protocol < G_N_ELEMENTS(ports) && (size_t)security < 3 ? ports[protocol][security] : 0;
}

const char *account_security_word(enum account_security security)
{
    return (size_t)security < 3 ? account_securities[security].word : "?";
}
