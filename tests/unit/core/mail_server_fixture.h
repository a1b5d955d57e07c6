/* SPDX-License-Identifier: MIT */
/* A small mail server for tests that connect as often as they like: IMAP, POP3 or SMTP, clear, STARTTLS or TLS, with one password. It knows just enough of
 * the protocols to be signed in to. */
#pragma once
#include "tests/peer/peer_authority.h"
#include <arpa/inet.h>
#include <glib.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum mail_server_security { SERVER_CLEAR, SERVER_STARTTLS, SERVER_TLS };
struct mail_server {
    /* --- what it is; before mail_server_start --- */
    bool is_smtp, is_pop3, has_no_sign_in;
    enum mail_server_security security;
    const peer_certificate *certificate;
    const char *user, *password; /* user NULL: every name */
    const char *const *folders;  /* lines of LIST without "* LIST "; NULL: an INBOX */
    const char *select_refused;  /* what SELECT is answered with, e.g. "NO [NONEXISTENT] no"; NULL: OK */
    /* --- the running server --- */
    uint16_t port;
    int listener;
    pthread_t thread;
    pthread_mutex_t lock;
    GString *users_seen; /* "name\n", each sign-in */
};

struct mail_connection {
    struct mail_server *server;
    int fd;
    SSL *tls;
    bool is_secure;
};

static inline ssize_t mail_connection_read(struct mail_connection *self, char *byte)
{
    return self->tls != NULL ? SSL_read(self->tls, byte, 1) : read(self->fd, byte, 1);
}

static inline void mail_connection_say(struct mail_connection *self, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline void mail_connection_say(struct mail_connection *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments), *line = g_strconcat(text, "\r\n", NULL);
    va_end(arguments);
    if (self->tls != NULL)
        SSL_write(self->tls, line, (int)strlen(line));
    else
        (void)!send(self->fd, line, strlen(line), MSG_NOSIGNAL);
}

/* Caller frees; NULL: the client has gone. */
static inline char *mail_connection_line(struct mail_connection *self)
{
    GString *line = g_string_new(NULL);
    char byte = '\0';
    while (byte != '\n') {
        if (mail_connection_read(self, &byte) != 1) {
            g_string_free(line, TRUE);
            return NULL;
        }
        g_string_append_c(line, byte);
    }
    while (line->len > 0 && (line->str[line->len - 1] == '\n' || line->str[line->len - 1] == '\r'))
        g_string_truncate(line, line->len - 1);
    return g_string_free(line, FALSE);
}

static inline bool mail_connection_secure(struct mail_connection *self)
{
    SSL_CTX *context = peer_certificate_context(self->server->certificate);
    self->tls = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set_fd(self->tls, self->fd);
    self->is_secure = SSL_accept(self->tls) == 1;
    return self->is_secure;
}

/* The base64 of SASL PLAIN. */
static inline bool mail_connection_lets_in(struct mail_connection *self, const char *response)
{
    gsize size = 0;
    g_autofree char *bytes = (char *)g_base64_decode(response, &size);
    g_autofree char *plain = g_strndup(bytes, size); /* "" NUL user NUL password */
    const char *user = memchr(bytes, '\0', size),
               *password = user != NULL ? memchr(user + 1, '\0', size - (size_t)(user + 1 - bytes)) : NULL;
    if (password == NULL)
        return false;
    g_autofree char *given = g_strndup(password + 1, size - (size_t)(password + 1 - bytes));
    pthread_mutex_lock(&self->server->lock);
    g_string_append_printf(self->server->users_seen, "%s\n", user + 1);
    pthread_mutex_unlock(&self->server->lock);
    return (self->server->user == NULL || strcmp(self->server->user, user + 1) == 0) && strcmp(given, self->server->password) == 0;
}

static inline void mail_connection_imap(struct mail_connection *self)
{
    static const char *const inbox[] = { "() \"/\" INBOX", NULL };
    const struct mail_server *server = self->server;
    bool can_sign_in = server->security == SERVER_CLEAR || self->is_secure;
    char *line;
    mail_connection_say(self, "* OK ready");
    while ((line = mail_connection_line(self)) != NULL) {
        g_auto(GStrv) words = g_strsplit(*line != '\0' ? line : "-", " ", 4);
        const char *tag = words[0] != NULL ? words[0] : "", *verb = *tag != '\0' && words[1] != NULL ? words[1] : "";
        g_free(line);
        if (g_ascii_strcasecmp(verb, "CAPABILITY") == 0) {
            mail_connection_say(self, "* CAPABILITY IMAP4rev1 SASL-IR %s", can_sign_in ? "AUTH=PLAIN" : "STARTTLS LOGINDISABLED");
        } else if (g_ascii_strcasecmp(verb, "STARTTLS") == 0) {
            mail_connection_say(self, "%s OK go", tag);
            if (!mail_connection_secure(self))
                return;
            can_sign_in = true;
            continue;
        } else if (g_ascii_strcasecmp(verb, "AUTHENTICATE") == 0) {
            bool is_in = words[2] != NULL && words[3] != NULL && mail_connection_lets_in(self, words[3]);
            mail_connection_say(self, is_in ? "%s OK in" : "%s NO [AUTHENTICATIONFAILED] no such user or password", tag);
            continue;
        } else if (g_ascii_strcasecmp(verb, "LIST") == 0) {
            for (const char *const *each = server->folders != NULL ? server->folders : inbox; *each != NULL; each++)
                mail_connection_say(self, "* LIST %s", *each);
        } else if (g_ascii_strcasecmp(verb, "SELECT") == 0 || g_ascii_strcasecmp(verb, "EXAMINE") == 0) {
            if (server->select_refused != NULL) {
                mail_connection_say(self, "%s %s", tag, server->select_refused);
                continue;
            }
            mail_connection_say(self, "* 3 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 4] x\r\n* FLAGS (\\Seen)");
        }
        mail_connection_say(self, "%s OK done", tag);
    }
}

static inline void mail_connection_smtp(struct mail_connection *self)
{
    const struct mail_server *server = self->server;
    char *line;
    mail_connection_say(self, "220 test ESMTP");
    while ((line = mail_connection_line(self)) != NULL) {
        g_auto(GStrv) words = g_strsplit(*line != '\0' ? line : "-", " ", 3);
        bool can_sign_in = !server->has_no_sign_in && (server->security == SERVER_CLEAR || self->is_secure);
        g_free(line);
        if (g_ascii_strcasecmp(words[0], "EHLO") == 0) {
            bool is_upgrade_due = server->security == SERVER_STARTTLS && !self->is_secure;
            mail_connection_say(self, is_upgrade_due ? "250-test\r\n250-STARTTLS" : "250-test\r\n250-PIPELINING");
            mail_connection_say(self, can_sign_in ? "250 AUTH PLAIN" : "250 8BITMIME");
        } else if (g_ascii_strcasecmp(words[0], "STARTTLS") == 0) {
            mail_connection_say(self, "220 go");
            if (!mail_connection_secure(self))
                return;
        } else if (g_ascii_strcasecmp(words[0], "AUTH") == 0) {
            bool is_in = words[1] != NULL && words[2] != NULL && mail_connection_lets_in(self, words[2]);
            mail_connection_say(self, is_in ? "235 2.7.0 in" : "535 5.7.8 sending is not for you");
        } else if (g_ascii_strcasecmp(words[0], "QUIT") == 0) {
            mail_connection_say(self, "221 bye");
            return;
        } else {
            mail_connection_say(self, "250 fine");
        }
    }
}

static inline void mail_connection_pop3(struct mail_connection *self)
{
    const struct mail_server *server = self->server;
    char *line;
    mail_connection_say(self, "+OK ready");
    while ((line = mail_connection_line(self)) != NULL) {
        g_auto(GStrv) words = g_strsplit(*line != '\0' ? line : "-", " ", 3);
        bool can_sign_in = server->security == SERVER_CLEAR || self->is_secure;
        g_free(line);
        if (g_ascii_strcasecmp(words[0], "CAPA") == 0) {
            mail_connection_say(self, "+OK\r\nUIDL\r\n%s\r\n.", can_sign_in ? "SASL PLAIN" : "STLS");
        } else if (g_ascii_strcasecmp(words[0], "STLS") == 0) {
            mail_connection_say(self, "+OK go");
            if (!mail_connection_secure(self))
                return;
        } else if (g_ascii_strcasecmp(words[0], "AUTH") == 0) {
            mail_connection_say(self, "+ ");
            g_autofree char *response = mail_connection_line(self);
            bool is_in = response != NULL && mail_connection_lets_in(self, response);
            mail_connection_say(self, is_in ? "+OK in" : "-ERR [AUTH] no such user or password");
        } else {
            mail_connection_say(self, "+OK 3 300");
        }
    }
}

static inline void *mail_connection_main(void *data)
{
    struct mail_connection *self = data;
    if (self->server->security != SERVER_TLS || mail_connection_secure(self))
        self->server->is_smtp   ? mail_connection_smtp(self)
        : self->server->is_pop3 ? mail_connection_pop3(self)
                                : mail_connection_imap(self);
    SSL_free(self->tls);
    close(self->fd);
    g_free(self);
    return NULL;
}

/* One thread a connection, joined at the end: a client hangs up before the server is stopped. */
static inline void *mail_server_main(void *data)
{
    sigset_t broken_pipe; /* whoever is told of a new certificate hangs up in the middle, and OpenSSL's own socket BIO raises it */
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, NULL); /* those it starts inherit that */
    struct mail_server *self = data;
    g_autoptr(GArray) threads = g_array_new(FALSE, FALSE, sizeof(pthread_t));
    int fd;
    while ((fd = accept(self->listener, NULL, NULL)) >= 0) {
        struct mail_connection *connection = g_new0(struct mail_connection, 1);
        pthread_t thread;
        *connection = (struct mail_connection){ .server = self, .fd = fd };
        if (pthread_create(&thread, NULL, mail_connection_main, connection) == 0)
            g_array_append_val(threads, thread);
    }
    for (guint i = 0; i < threads->len; i++)
        pthread_join(g_array_index(threads, pthread_t, i), NULL);
    return NULL;
}

static inline void mail_server_start(struct mail_server *self)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    self->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert(bind(self->listener, (struct sockaddr *)&address, length) == 0 && listen(self->listener, 16) == 0);
    g_assert(getsockname(self->listener, (struct sockaddr *)&address, &length) == 0);
    self->port = ntohs(address.sin_port);
    self->users_seen = g_string_new(NULL);
    pthread_mutex_init(&self->lock, NULL);
    g_assert(pthread_create(&self->thread, NULL, mail_server_main, self) == 0);
}

static inline void mail_server_stop(struct mail_server *self)
{
    shutdown(self->listener, SHUT_RDWR); /* accept() ends */
    pthread_join(self->thread, NULL);
    close(self->listener);
    g_string_free(self->users_seen, TRUE);
    pthread_mutex_destroy(&self->lock);
}

/* A port on which nobody listens. */
static inline uint16_t mail_server_closed_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert(bind(fd, (struct sockaddr *)&address, length) == 0 && getsockname(fd, (struct sockaddr *)&address, &length) == 0);
    close(fd);
    return ntohs(address.sin_port);
}
