/* SPDX-License-Identifier: MIT */
/* The way through a browser on this computer: authorization code (RFC 6749 4.1) with PKCE (RFC 7636), answered to a port of ours (RFC 8252 7.3). */
#include "net/clock.h"
#include "net/http.h"
#include "net/oauth_private.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_BYTES_MAX (16u * 1024u)
#define REQUEST_MS        10000 /* a browser sends its request in one go, but may open a line before it has one */
#define GUESTS_MAX        16u
#define LISTENERS         2u /* 127.0.0.1, and ::1 where the address says localhost: nobody else is to listen there */

/* Somebody who came to our port: the browser, or anything else on this computer. Nobody keeps the others waiting. */
struct guest {
    int fd; /* -1: free */
    int64_t until_ms;
    size_t length;
    char request[REQUEST_BYTES_MAX + 1];
};

struct net_oauth_visit {
    const struct net_oauth_service *service;
    int listeners[LISTENERS]; /* -1: none */
    char *path;               /* of the redirect: "/", "/callback" */
    char *redirect, *link, *state, *verifier;
    struct guest guests[GUESTS_MAX];
};

/* base64url without padding (RFC 7636 appendix A). */
static char *base64url(const unsigned char *bytes, size_t length)
{
    char *text = g_base64_encode(bytes, length);
    for (char *c = text; *c != '\0'; c++)
        *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
    text[strcspn(text, "=")] = '\0';
    return text;
}

static char *random_text(void)
{
    unsigned char bytes[32];
    char *text = RAND_bytes(bytes, sizeof bytes) == 1 ? base64url(bytes, sizeof bytes) : NULL;
    explicit_bzero(bytes, sizeof bytes);
    return text;
}

static bool fail_errno(GError **error)
{
    int saved = errno;
    g_set_error(error, NET_ERROR, NET_ERROR_IO, _("No port could be opened for the answer of the browser: %s"), g_strerror(saved));
    return false;
}

static int listen_at(const struct sockaddr *address, socklen_t length)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), saved = 0;
    const int on = 1;
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 && bind(fd, address, length) == 0 && listen(fd, 16) == 0)
        return fd;
    saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return -1;
}

static void name_redirect(net_oauth_visit *self, GUri *wanted, int port)
{
    const char *host = wanted != NULL ? g_uri_get_host(wanted) : self->service->redirect_host;
    const char *path = wanted != NULL ? g_uri_get_path(wanted) : ""; /* as services compare it: without a slash that nobody wrote */
    host = host != NULL ? host : "127.0.0.1";
    bool is_v6 = strchr(host, ':') != NULL;
    self->redirect = g_strdup_printf("http://%s%s%s:%d%s", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port, path);
    self->path = g_strdup(*path != '\0' ? path : "/");
}

/* Any port, or the one that was registered at the service. */
static bool open_listeners(net_oauth_visit *self, GError **error)
{
    g_autoptr(GUri) wanted = self->service->redirect_url != NULL ? g_uri_parse(self->service->redirect_url, G_URI_FLAGS_NONE, NULL) : NULL;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct sockaddr_in6 address6 = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
    socklen_t length = sizeof address;
    address.sin_port = htons((uint16_t)(wanted != NULL && g_uri_get_port(wanted) > 0 ? g_uri_get_port(wanted) : 0));
    self->listeners[0] = listen_at((const struct sockaddr *)&address, sizeof address);
    if (self->listeners[0] < 0 || getsockname(self->listeners[0], (struct sockaddr *)&address, &length) != 0)
        return fail_errno(error);
    name_redirect(self, wanted, ntohs(address.sin_port));
    address6.sin6_port = address.sin_port;
    if (!g_str_has_prefix(self->redirect, "http://127."))
        self->listeners[1] = listen_at((const struct sockaddr *)&address6, sizeof address6); /* a computer without IPv6 has none */
    return true;
}

static void make_link(net_oauth_visit *self, const char *hint)
{
    const struct net_oauth_service *service = self->service;
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)self->verifier, strlen(self->verifier), digest);
    g_autofree char *challenge = base64url(digest, sizeof digest);
    g_autoptr(GString) query = g_string_new(NULL);
    oauth_form_add(query, "response_type", "code");
    oauth_form_add(query, "client_id", service->client_id);
    oauth_form_add(query, "redirect_uri", self->redirect);
    oauth_form_add(query, "scope", service->scope);
    oauth_form_add(query, "state", self->state);
    oauth_form_add(query, "code_challenge", challenge);
    oauth_form_add(query, "code_challenge_method", "S256");
    oauth_form_add(query, "login_hint", hint);
    if (service->extra != NULL && *service->extra != '\0')
        g_string_append_printf(query, "&%s", service->extra);
    self->link =
        g_strdup_printf("%s%c%s", service->authorization_url, strchr(service->authorization_url, '?') != NULL ? '&' : '?', query->str);
}

net_oauth_visit *net_oauth_visit_new(const struct net_oauth_service *service, const char *hint, GError **error)
{
    if (!net_http_is_safe(service->authorization_url)) {
        g_set_error(error, NET_ERROR, NET_ERROR_INSECURE, _("%s is no place to sign in: it must begin with https://."),
                    service->authorization_url);
        return NULL;
    }
    g_autoptr(net_oauth_visit) self = g_new0(net_oauth_visit, 1);
    self->service = service;
    for (size_t i = 0; i < LISTENERS; i++)
        self->listeners[i] = -1;
    for (size_t i = 0; i < GUESTS_MAX; i++)
        self->guests[i].fd = -1;
    self->state = random_text();
    self->verifier = random_text();
    if (self->state == NULL || self->verifier == NULL) {
        g_set_error(error, NET_ERROR, NET_ERROR_IO, _("This computer has no random numbers."));
        return NULL;
    }
    if (!open_listeners(self, error))
        return NULL;
    make_link(self, hint);
    return g_steal_pointer(&self);
}

static void dismiss(struct guest *guest)
{
    if (guest->fd >= 0)
        close(guest->fd);
    explicit_bzero(guest, sizeof *guest); /* a code was in it, perhaps */
    guest->fd = -1;
}

const char *net_oauth_visit_link(const net_oauth_visit *self)
{
    return self->link;
}

void net_oauth_visit_free(net_oauth_visit *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < LISTENERS; i++) {
        if (self->listeners[i] >= 0)
            close(self->listeners[i]);
    }
    for (size_t i = 0; i < GUESTS_MAX; i++)
        dismiss(&self->guests[i]);
    if (self->verifier != NULL)
        explicit_bzero(self->verifier, strlen(self->verifier));
    g_free(self->verifier);
    g_free(self->state);
    g_free(self->redirect);
    g_free(self->path);
    g_free(self->link);
    g_free(self);
}

/* --- the browser's request --- */
/* request-line = method SP request-target SP HTTP-version */
static GHashTable *parameters_of(const net_oauth_visit *self, const char *request)
{
    g_autofree char *begin = g_strdup_printf("GET %s?", self->path);
    if (!g_str_has_prefix(request, begin))
        return NULL;
    const char *query = request + strlen(begin);
    return g_uri_parse_params(query, (gssize)strcspn(query, " \r\n"), "&", G_URI_PARAMS_WWW_FORM, NULL);
}

static void answer_browser(int fd, const char *status, const char *words)
{
    g_autofree char *escaped = g_markup_escape_text(words, -1);
    g_autofree char *page = g_strdup_printf("<!doctype html><meta charset=utf-8><title>postern</title><p>%s</p>\n", escaped);
    g_autofree char *answer = g_strdup_printf("HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %zu\r\n"
                                              "Cache-Control: no-store\r\nConnection: close\r\n\r\n%s",
                                              status, strlen(page), page);
    (void)!send(fd, answer, strlen(answer), MSG_NOSIGNAL);
}

/* RFC 9207: an answer that names its issuer must come from the service that was asked. We know the service by its host only. */
static bool is_of_service(const net_oauth_visit *self, const char *issuer)
{
    g_autoptr(GUri) wanted = g_uri_parse(self->service->authorization_url, G_URI_FLAGS_NONE, NULL);
    g_autoptr(GUri) given = issuer != NULL ? g_uri_parse(issuer, G_URI_FLAGS_NONE, NULL) : NULL;
    return issuer == NULL || (wanted != NULL && given != NULL && g_uri_get_host(given) != NULL &&
                              g_ascii_strcasecmp(g_uri_get_host(wanted), g_uri_get_host(given)) == 0);
}

/* True: this was the answer we wait for: *code_out, or error. Requests by others (a favicon, somebody guessing) are sent away and change nothing. */
static bool take_visit(const net_oauth_visit *self, int fd, const char *request, char **code_out, GError **error)
{
    g_autoptr(GHashTable) parameters = parameters_of(self, request);
    const char *state = parameters != NULL ? g_hash_table_lookup(parameters, "state") : NULL;
    if (state == NULL || strcmp(state, self->state) != 0) {
        answer_browser(fd, "404 Not Found", _("There is nothing here."));
        return false;
    }
    const char *code = g_hash_table_lookup(parameters, "code"), *fault = g_hash_table_lookup(parameters, "error");
    if (fault == NULL && !is_of_service(self, g_hash_table_lookup(parameters, "iss")))
        fault = "wrong issuer";
    if (fault == NULL && code != NULL && *code != '\0') {
        *code_out = g_strdup(code);
        answer_browser(fd, "200 OK", _("Thank you. You may close this window and go back to postern."));
        return true;
    }
    answer_browser(fd, "200 OK", _("The sign-in was not completed. You may close this window and go back to postern."));
    oauth_fail(self->service, fault != NULL ? fault : "no code", NULL, error);
    return true;
}

/* Where there is no room, who waited longest goes. */
static void welcome(net_oauth_visit *self, int listener)
{
    struct guest *place = &self->guests[0];
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return; /* it went away again */
    for (size_t i = 0; i < GUESTS_MAX && place->fd >= 0; i++) {
        if (self->guests[i].fd < 0 || self->guests[i].until_ms < place->until_ms)
            place = &self->guests[i];
    }
    dismiss(place);
    place->fd = fd;
    place->until_ms = net_clock_ms() + REQUEST_MS;
}

/* True: this was the answer. */
static bool listen_to(const net_oauth_visit *self, struct guest *guest, char **code_out, GError **error)
{
    ssize_t count = recv(guest->fd, guest->request + guest->length, REQUEST_BYTES_MAX - guest->length, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    guest->length += count > 0 ? (size_t)count : 0;
    bool is_whole = strstr(guest->request, "\r\n\r\n") != NULL;
    if (!is_whole && count > 0 && guest->length < REQUEST_BYTES_MAX)
        return false;
    bool is_answer = is_whole && take_visit(self, guest->fd, guest->request, code_out, error);
    dismiss(guest);
    return is_answer;
}

/* All who are here. True: it is over. */
static bool listen_to_all(net_oauth_visit *self, const struct pollfd *fds, char **code_out, GError **error)
{
    bool is_over = false;
    for (size_t i = 0; i < GUESTS_MAX && !is_over; i++) {
        if (self->guests[i].fd >= 0 && fds[i].revents != 0)
            is_over = listen_to(self, &self->guests[i], code_out, error);
        else if (self->guests[i].fd >= 0 && self->guests[i].until_ms < net_clock_ms())
            dismiss(&self->guests[i]);
    }
    for (size_t i = 0; i < LISTENERS && !is_over; i++) {
        if (fds[GUESTS_MAX + i].revents != 0)
            welcome(self, self->listeners[i]);
    }
    return is_over;
}

static char *wait_for_code(net_oauth_visit *self, int cancel_fd, int64_t until_ms, GError **error)
{
    struct pollfd fds[GUESTS_MAX + LISTENERS + 1];
    char *code = NULL;
    for (;;) {
        for (size_t i = 0; i < GUESTS_MAX; i++)
            fds[i] = (struct pollfd){ .fd = self->guests[i].fd, .events = POLLIN };
        for (size_t i = 0; i < LISTENERS; i++)
            fds[GUESTS_MAX + i] = (struct pollfd){ .fd = self->listeners[i], .events = POLLIN };
        fds[GUESTS_MAX + LISTENERS] = (struct pollfd){ .fd = cancel_fd, .events = POLLIN };
        int64_t left_ms = until_ms - net_clock_ms();
        int count = left_ms > 0 ? poll(fds, G_N_ELEMENTS(fds), (int)MIN(left_ms, 1000)) : 0;
        if (count > 0 && fds[GUESTS_MAX + LISTENERS].revents != 0) {
            g_set_error(error, NET_ERROR, NET_ERROR_CANCELLED, _("The sign-in was called off."));
            return NULL;
        }
        if (left_ms <= 0) {
            g_set_error(error, NET_ERROR, NET_ERROR_TIMEOUT, _("Nobody finished the sign-in in the browser."));
            return NULL;
        }
        if (count >= 0 && listen_to_all(self, fds, &code, error))
            return code;
    }
}

bool net_oauth_visit_wait(net_oauth_visit *self, int cancel_fd, int timeout_ms, struct net_oauth_tokens *tokens_out, GError **error)
{
    g_autofree char *fault = NULL;
    *tokens_out = (struct net_oauth_tokens){ 0 };
    char *code = wait_for_code(self, cancel_fd, net_clock_ms() + timeout_ms, error);
    if (code == NULL)
        return false;
    GString *form = oauth_form_new(self->service, "authorization_code");
    oauth_form_add(form, "code", code);
    oauth_form_add(form, "redirect_uri", self->redirect);
    oauth_form_add(form, "code_verifier", self->verifier);
    explicit_bzero(code, strlen(code));
    g_free(code);
    json_t *answer = oauth_ask(self->service, self->service->token_url, form, cancel_fd, &fault, error);
    oauth_form_free(form);
    bool is_good = answer != NULL && (*fault == '\0' ? oauth_take_tokens(self->service, answer, tokens_out, error)
                                                     : oauth_fail(self->service, fault, answer, error));
    oauth_answer_free(answer);
    return is_good;
}
