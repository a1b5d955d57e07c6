/* SPDX-License-Identifier: MIT */
/* The way through a browser on this computer: authorization code (RFC 6749 4.1) with PKCE (RFC 7636), answered to a port of ours (RFC 8252 7.3). */
#include "net/clock.h"
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
#define REQUEST_MS        5000 /* a browser sends its request in one go */

struct net_oauth_visit {
    const struct net_oauth_service *service;
    int listener;
    char *redirect, *link, *state, *verifier;
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

static bool open_listener(net_oauth_visit *self, GError **error)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    self->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (self->listener < 0 || bind(self->listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(self->listener, 8) != 0 ||
        getsockname(self->listener, (struct sockaddr *)&address, &length) != 0)
        return fail_errno(error);
    const char *host = self->service->redirect_host != NULL ? self->service->redirect_host : "127.0.0.1";
    self->redirect = g_strdup_printf("http://%s:%d", host, ntohs(address.sin_port));
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
    g_autoptr(net_oauth_visit) self = g_new0(net_oauth_visit, 1);
    self->service = service;
    self->listener = -1;
    self->state = random_text();
    self->verifier = random_text();
    if (self->state == NULL || self->verifier == NULL) {
        g_set_error(error, NET_ERROR, NET_ERROR_IO, _("This computer has no random numbers."));
        return NULL;
    }
    if (!open_listener(self, error))
        return NULL;
    make_link(self, hint);
    return g_steal_pointer(&self);
}

const char *net_oauth_visit_link(const net_oauth_visit *self)
{
    return self->link;
}

void net_oauth_visit_free(net_oauth_visit *self)
{
    if (self == NULL)
        return;
    if (self->listener >= 0)
        close(self->listener);
    if (self->verifier != NULL)
        explicit_bzero(self->verifier, strlen(self->verifier));
    g_free(self->verifier);
    g_free(self->state);
    g_free(self->redirect);
    g_free(self->link);
    g_free(self);
}

/* --- the browser's request --- */
/* Waits for fd or cancel_fd. True: fd. */
static bool wait_for(int fd, int cancel_fd, int64_t until_ms, GError **error)
{
    struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = cancel_fd, .events = POLLIN } };
    for (;;) {
        int64_t left_ms = until_ms - net_clock_ms();
        int count = left_ms > 0 ? poll(fds, 2, (int)MIN(left_ms, 1000)) : 0;
        if (count > 0 && fds[1].revents != 0) {
            g_set_error(error, NET_ERROR, NET_ERROR_CANCELLED, _("The sign-in was called off."));
            return false;
        }
        if (count > 0)
            return true;
        if (left_ms <= 0) {
            g_set_error(error, NET_ERROR, NET_ERROR_TIMEOUT, _("Nobody finished the sign-in in the browser."));
            return false;
        }
    }
}

/* The request's head; NULL with error only when called off. "" for what is none. */
static char *read_request(int fd, int cancel_fd, GError **error)
{
    g_autoptr(GString) head = g_string_new(NULL);
    int64_t until_ms = net_clock_ms() + REQUEST_MS;
    while (strstr(head->str, "\r\n\r\n") == NULL && head->len < REQUEST_BYTES_MAX) {
        char bytes[2048];
        GError *why = NULL;
        if (!wait_for(fd, cancel_fd, until_ms, &why)) {
            bool is_cancelled = g_error_matches(why, NET_ERROR, NET_ERROR_CANCELLED);
            if (!is_cancelled) {
                g_error_free(why);
                return g_strdup("");
            }
            g_propagate_error(error, why);
            return NULL;
        }
        ssize_t count = recv(fd, bytes, sizeof bytes, 0);
        if (count <= 0)
            return g_strdup("");
        g_string_append_len(head, bytes, count);
    }
    return g_strdup(head->str);
}

/* request-line = method SP request-target SP HTTP-version */
static GHashTable *parameters_of(const char *request)
{
    if (!g_str_has_prefix(request, "GET /?"))
        return NULL;
    size_t length = strcspn(request + 6, " \r\n");
    return g_uri_parse_params(request + 6, (gssize)length, "&", G_URI_PARAMS_WWW_FORM, NULL);
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
    g_autoptr(GHashTable) parameters = parameters_of(request);
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

static char *wait_for_code(const net_oauth_visit *self, int cancel_fd, int64_t until_ms, GError **error)
{
    for (;;) {
        char *code = NULL;
        if (!wait_for(self->listener, cancel_fd, until_ms, error))
            return NULL;
        int fd = accept4(self->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue; /* it went away again */
        g_autofree char *request = read_request(fd, cancel_fd, error);
        bool is_over = request == NULL || take_visit(self, fd, request, &code, error);
        close(fd);
        if (is_over)
            return code;
    }
}

bool net_oauth_visit_wait(net_oauth_visit *self, int cancel_fd, int timeout_ms, struct net_oauth_tokens *tokens_out, GError **error)
{
    g_autofree char *fault = NULL;
    *tokens_out = (struct net_oauth_tokens){ 0 };
    g_autofree char *code = wait_for_code(self, cancel_fd, net_clock_ms() + timeout_ms, error);
    if (code == NULL)
        return false;
    GString *form = oauth_form_new(self->service, "authorization_code");
    oauth_form_add(form, "code", code);
    oauth_form_add(form, "redirect_uri", self->redirect);
    oauth_form_add(form, "code_verifier", self->verifier);
    json_t *answer = oauth_ask(self->service, self->service->token_url, form, cancel_fd, &fault, error);
    oauth_form_free(form);
    bool is_good = answer != NULL && (*fault == '\0' ? oauth_take_tokens(self->service, answer, tokens_out, error)
                                                     : oauth_fail(self->service, fault, answer, error));
    oauth_answer_free(answer);
    return is_good;
}
