/* SPDX-License-Identifier: MIT */
/* One thread, one request a connection. */
#include "tests/servers/server_oauth.h"
#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct server_oauth {
    int listener, port;
    pthread_t thread;
    pthread_mutex_t mutex;
    char *code, *challenge; /* of the last visit */
    char *access, *refresh; /* good ones; NULL: none */
    unsigned serial;
    int refreshed;
};

static const char *text_of(GHashTable *form, const char *key)
{
    const char *text = form != NULL ? g_hash_table_lookup(form, key) : NULL;
    return text != NULL ? text : "";
}

static void set_text(char **slot, char *text /* taken */)
{
    g_free(*slot);
    *slot = text;
}

/* --- answers; caller frees --- */
static char *json(const char *status, const char *body)
{
    return g_strdup_printf("HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status,
                           strlen(body), body);
}

static char *authorize(server_oauth *self, GHashTable *query)
{
    set_text(&self->code, g_strdup_printf("code-%u", ++self->serial));
    set_text(&self->challenge, g_strdup(text_of(query, "code_challenge")));
    return g_strdup_printf("HTTP/1.1 302 Found\r\nLocation: %s?code=%s&state=%s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                           text_of(query, "redirect_uri"), self->code, text_of(query, "state"));
}

static bool is_verified(const server_oauth *self, const char *verifier)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)verifier, strlen(verifier), digest);
    g_autofree char *challenge = g_base64_encode(digest, sizeof digest);
    g_strdelimit(challenge, "+", '-');
    g_strdelimit(challenge, "/", '_');
    challenge[strcspn(challenge, "=")] = '\0';
    return g_strcmp0(challenge, self->challenge) == 0;
}

static char *token(server_oauth *self, GHashTable *form)
{
    bool is_code = strcmp(text_of(form, "grant_type"), "authorization_code") == 0;
    bool is_good =
        is_code ? self->code != NULL && strcmp(text_of(form, "code"), self->code) == 0 && is_verified(self, text_of(form, "code_verifier"))
                : self->refresh != NULL && strcmp(text_of(form, "refresh_token"), self->refresh) == 0;
    if (!is_good)
        return json("400 Bad Request", "{\"error\":\"invalid_grant\",\"error_description\":\"Revoked.\"}");
    self->refreshed += is_code ? 0 : 1;
    g_clear_pointer(&self->code, g_free);
    set_text(&self->access, g_strdup_printf("access-secret-%u", ++self->serial));
    set_text(&self->refresh, g_strdup_printf("refresh-secret-%u", self->serial));
    g_autofree char *body = g_strdup_printf(
        "{\"access_token\":\"%s\",\"refresh_token\":\"%s\",\"expires_in\":3600,\"token_type\":\"Bearer\"}", self->access, self->refresh);
    return json("200 OK", body);
}

static char *introspect(const server_oauth *self, const char *head)
{
    g_autofree char *wanted = g_strdup_printf("Bearer %s\r\n", self->access != NULL ? self->access : "(none)");
    return json("200 OK", strstr(head, wanted) != NULL ? "{\"active\":true,\"username\":\"alice\"}" : "{\"active\":false}");
}

/* --- requests --- */
static size_t body_length(const char *head)
{
    const char *header = strcasestr(head, "content-length:");
    return header != NULL ? (size_t)g_ascii_strtoull(header + 15, NULL, 10) : 0;
}

static char *read_request(int fd)
{
    GString *all = g_string_new(NULL);
    char bytes[4096];
    ssize_t count = 1;
    while (count > 0) {
        const char *end = strstr(all->str, "\r\n\r\n");
        if (end != NULL && strlen(end + 4) >= body_length(all->str))
            break;
        count = recv(fd, bytes, sizeof bytes, 0);
        g_string_append_len(all, bytes, MAX(count, 0));
    }
    return g_string_free(all, FALSE);
}

static GHashTable *parse(const char *text, size_t length)
{
    return g_uri_parse_params(text, (gssize)length, "&", G_URI_PARAMS_WWW_FORM, NULL);
}

static char *answer(server_oauth *self, const char *request)
{
    const char *body = strstr(request, "\r\n\r\n"), *query = strchr(request, '?');
    if (g_str_has_prefix(request, "GET /authorize?")) {
        g_autoptr(GHashTable) parameters = parse(query + 1, strcspn(query + 1, " "));
        return authorize(self, parameters);
    }
    if (g_str_has_prefix(request, "POST /token ") && body != NULL) {
        g_autoptr(GHashTable) form = parse(body + 4, strlen(body + 4));
        return token(self, form);
    }
    return g_str_has_prefix(request, "GET /introspect") ? introspect(self, request) : json("404 Not Found", "{}");
}

static void *service_main(void *data)
{
    server_oauth *self = data;
    int fd;
    while ((fd = accept(self->listener, NULL, NULL)) >= 0) {
        g_autofree char *request = read_request(fd);
        pthread_mutex_lock(&self->mutex);
        g_autofree char *reply = answer(self, request);
        pthread_mutex_unlock(&self->mutex);
        (void)!send(fd, reply, strlen(reply), MSG_NOSIGNAL);
        close(fd);
    }
    return NULL;
}

server_oauth *server_oauth_start(void)
{
    server_oauth *self = g_new0(server_oauth, 1);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    self->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(self->listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(self->listener, 20) != 0 ||
        getsockname(self->listener, (struct sockaddr *)&address, &length) != 0)
        g_error("no port for the OAuth service");
    self->port = ntohs(address.sin_port);
    pthread_mutex_init(&self->mutex, NULL);
    pthread_create(&self->thread, NULL, service_main, self);
    return self;
}

void server_oauth_free(server_oauth *self)
{
    if (self == NULL)
        return;
    shutdown(self->listener, SHUT_RDWR);
    pthread_join(self->thread, NULL);
    close(self->listener);
    pthread_mutex_destroy(&self->mutex);
    char *texts[] = { self->code, self->challenge, self->access, self->refresh };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_free(self);
}

int server_oauth_port(const server_oauth *self)
{
    return self->port;
}

void server_oauth_revoke(server_oauth *self)
{
    pthread_mutex_lock(&self->mutex);
    g_clear_pointer(&self->access, g_free);
    g_clear_pointer(&self->refresh, g_free);
    pthread_mutex_unlock(&self->mutex);
}

int server_oauth_refreshed(server_oauth *self)
{
    pthread_mutex_lock(&self->mutex);
    int refreshed = self->refreshed;
    pthread_mutex_unlock(&self->mutex);
    return refreshed;
}
