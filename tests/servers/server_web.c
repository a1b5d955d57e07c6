/* SPDX-License-Identifier: MIT */
/* Web servers and forwarded ports of a test's own internet; see server_names.h. */
#include "tests/servers/server_names.h"
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- a port somebody listens on, one connection after the other or each on a thread --- */
struct port {
    int listener;
    pthread_t thread;
    void *(*serve)(void *connection);
    void *owner;
    GPtrArray *connections; /* of struct connection* */
};
struct connection {
    void *owner;
    int fd;
    pthread_t thread;
};

static void *port_main(void *data)
{
    struct port *self = data;
    int fd;
    while ((fd = accept4(self->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        struct connection *connection = g_new0(struct connection, 1);
        *connection = (struct connection){ .owner = self->owner, .fd = fd };
        g_ptr_array_add(self->connections, connection);
        pthread_create(&connection->thread, NULL, self->serve, connection);
    }
    return NULL;
}

static void port_open(struct port *self, const char *address, int port)
{
    struct sockaddr_in where = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int yes = 1;
    inet_pton(AF_INET, address, &where.sin_addr);
    self->connections = g_ptr_array_new_with_free_func(g_free);
    self->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(self->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(self->listener, (struct sockaddr *)&where, sizeof where) != 0 || listen(self->listener, 32) != 0)
        g_error("port %d: %s", port, g_strerror(errno));
    pthread_create(&self->thread, NULL, port_main, self);
}

static void port_close(struct port *self)
{
    shutdown(self->listener, SHUT_RDWR);
    pthread_join(self->thread, NULL);
    close(self->listener);
    for (guint i = 0; i < self->connections->len; i++) {
        struct connection *connection = self->connections->pdata[i];
        shutdown(connection->fd, SHUT_RDWR);
        pthread_join(connection->thread, NULL);
        close(connection->fd);
    }
    g_ptr_array_unref(self->connections);
}

/* --- the web --- */
struct page {
    char *words, *body;
};
struct web {
    struct port port;
    enum web_kind kind;
    SSL_CTX *tls;
    pthread_mutex_t lock;
    GPtrArray *pages; /* of struct page* */
    GString *asked;
};

static void free_page(void *data)
{
    struct page *page = data;
    g_free(page->words);
    g_free(page->body);
    g_free(page);
}

struct talk {
    int fd;
    SSL *tls;
};

static bool talk_write(struct talk *talk, const char *bytes, size_t size)
{
    return talk->tls != NULL ? SSL_write(talk->tls, bytes, (int)size) > 0 : send(talk->fd, bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
}

/* The request's head; NULL: none came. Caller frees. */
static char *talk_request(struct talk *talk)
{
    g_autoptr(GString) head = g_string_new(NULL);
    char byte;
    while (head->len < 8192 && strstr(head->str, "\r\n\r\n") == NULL) {
        ssize_t got = talk->tls != NULL ? SSL_read(talk->tls, &byte, 1) : recv(talk->fd, &byte, 1, 0);
        if (got <= 0)
            return head->len > 0 ? g_strdup(head->str) : NULL;
        g_string_append_c(head, byte);
    }
    return g_strdup(head->str);
}

/* "HOST PATH" */
static char *place_of(const char *request)
{
    const char *host = strstr(request, "\r\nHost: ");
    g_auto(GStrv) words = g_strsplit(request, " ", 3);
    g_autofree char *name = host != NULL ? g_strndup(host + 8, strcspn(host + 8, "\r\n:")) : g_strdup("-");
    return g_strdup_printf("%s %s", name, words[0] != NULL && words[1] != NULL ? words[1] : "-");
}

static char *page_for(web *self, const char *place)
{
    char *body = NULL;
    pthread_mutex_lock(&self->lock);
    g_string_append_printf(self->asked, "%s\n", place);
    for (guint i = 0; i < self->pages->len && body == NULL; i++) {
        const struct page *page = self->pages->pdata[i];
        if (strstr(place, page->words) != NULL)
            body = g_strdup(page->body);
    }
    pthread_mutex_unlock(&self->lock);
    return body;
}

static void drip(struct talk *talk)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n<?xml version=\"1.0\"?><clientConfig>";
    bool is_going = talk_write(talk, head, strlen(head));
    while (is_going) {
        g_usleep(50000);
        is_going = talk_write(talk, " ", 1);
    }
}

static void give(struct talk *talk, const char *body)
{
    bool is_redirect = body != NULL && (g_str_has_prefix(body, "https:") || g_str_has_prefix(body, "http:"));
    const char *text = body == NULL || is_redirect ? "" : body;
    g_autofree char *where = is_redirect ? g_strdup_printf("Location: %s\r\n", body) : g_strdup("");
    g_autofree char *answer = g_strdup_printf("HTTP/1.1 %s\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n",
                                              is_redirect    ? "301 There"
                                              : body != NULL ? "200 OK"
                                                             : "404 Not Found",
                                              where, strlen(text));
    if (talk_write(talk, answer, strlen(answer)))
        talk_write(talk, text, strlen(text));
}

static void *web_serve(void *data)
{
    struct connection *connection = data;
    web *self = connection->owner;
    struct talk talk = { .fd = connection->fd };
    if (self->tls != NULL) {
        talk.tls = SSL_new(self->tls);
        SSL_set_fd(talk.tls, talk.fd);
    }
    g_autofree char *request = talk.tls == NULL || SSL_accept(talk.tls) == 1 ? talk_request(&talk) : NULL;
    if (request != NULL) {
        g_autofree char *place = place_of(request), *body = page_for(self, place);
        if (self->kind == WEB_DRIPS)
            drip(&talk);
        else
            give(&talk, body);
    }
    if (talk.tls != NULL)
        SSL_shutdown(talk.tls);
    SSL_free(talk.tls);
    shutdown(connection->fd, SHUT_RDWR);
    return NULL;
}

web *web_start_at(const char *address, int port, enum web_kind kind, const char *certificate, const char *key)
{
    web *self = g_new0(web, 1);
    signal(SIGPIPE, SIG_IGN); /* who asked may have heard enough */
    self->kind = kind;
    pthread_mutex_init(&self->lock, NULL);
    self->pages = g_ptr_array_new_with_free_func(free_page);
    self->asked = g_string_new(NULL);
    if (kind != WEB_HTTP) {
        self->tls = SSL_CTX_new(TLS_server_method());
        if (SSL_CTX_use_certificate_chain_file(self->tls, certificate) != 1 ||
            SSL_CTX_use_PrivateKey_file(self->tls, key, SSL_FILETYPE_PEM) != 1)
            g_error("%s cannot be used", certificate);
    }
    self->port = (struct port){ .serve = web_serve, .owner = self };
    port_open(&self->port, address, port);
    return self;
}

void web_free(web *self)
{
    port_close(&self->port);
    SSL_CTX_free(self->tls);
    g_ptr_array_unref(self->pages);
    g_string_free(self->asked, TRUE);
    pthread_mutex_destroy(&self->lock);
    g_free(self);
}

void web_answer(web *self, const char *words, const char *body)
{
    struct page *page = g_new0(struct page, 1);
    *page = (struct page){ .words = g_strdup(words), .body = g_strdup(body) };
    pthread_mutex_lock(&self->lock);
    g_ptr_array_add(self->pages, page);
    pthread_mutex_unlock(&self->lock);
}

char *web_asked(web *self)
{
    pthread_mutex_lock(&self->lock);
    char *asked = g_strdup(self->asked->str);
    pthread_mutex_unlock(&self->lock);
    return asked;
}

/* --- a port that leads elsewhere --- */
struct forward {
    struct port port;
    struct sockaddr_in to;
};

static bool pass(int from, int to)
{
    char bytes[16384];
    ssize_t got = recv(from, bytes, sizeof bytes, 0);
    for (ssize_t sent = 0; got > 0 && sent < got;) {
        ssize_t some = send(to, bytes + sent, (size_t)(got - sent), MSG_NOSIGNAL);
        if (some <= 0)
            return false;
        sent += some;
    }
    return got > 0;
}

static void *forward_serve(void *data)
{
    struct connection *connection = data;
    const forward *self = connection->owner;
    int there = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_open = connect(there, (const struct sockaddr *)&self->to, sizeof self->to) == 0;
    while (is_open) {
        struct pollfd fds[] = { { .fd = connection->fd, .events = POLLIN }, { .fd = there, .events = POLLIN } };
        if (poll(fds, G_N_ELEMENTS(fds), -1) < 0)
            break;
        is_open = (fds[0].revents == 0 || pass(connection->fd, there)) && (fds[1].revents == 0 || pass(there, connection->fd));
    }
    close(there);
    shutdown(connection->fd, SHUT_RDWR);
    return NULL;
}

forward *forward_start_to(const char *address, int port, const char *to_address, int to_port)
{
    forward *self = g_new0(forward, 1);
    self->to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)to_port) };
    inet_pton(AF_INET, to_address, &self->to.sin_addr);
    self->port = (struct port){ .serve = forward_serve, .owner = self };
    port_open(&self->port, address, port);
    return self;
}

forward *forward_start(const char *address, int port, int to_port)
{
    return forward_start_to(address, port, "127.0.0.1", to_port);
}

void forward_free(forward *self)
{
    port_close(&self->port);
    g_free(self);
}
