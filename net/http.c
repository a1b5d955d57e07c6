/* SPDX-License-Identifier: MIT */
/* libcurl's multi interface, so that a wait can be cancelled. */
#include "net/http.h"
#include "net/clock.h"
#include "net/endpoint.h"
#include "net/public_address.h"
#include <curl/curl.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <jansson.h>
#include <malloc.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS  20000
#define LIMIT_BYTES (256u * 1024u)

struct exchange {
    const struct net_http_request *request;
    CURL *easy;
    CURLM *multi;
    char *host;
    GString *body;
    size_t limit;
    bool is_too_big, is_private;
    char words[CURL_ERROR_SIZE];
};

/* --- memory: what a token went through is wiped when it is let go of, in libcurl's buffers and in JSON, too --- */
static void free_wiped(void *memory)
{
    if (memory != NULL)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

static void *realloc_wiped(void *memory, size_t size)
{
    size_t old = memory != NULL ? malloc_usable_size(memory) : 0;
    void *grown = malloc(size);
    if (grown == NULL || memory == NULL)
        return grown;
    memcpy(grown, memory, MIN(old, size));
    free_wiped(memory);
    return grown;
}

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static void start_curl(void)
{
    curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, free_wiped, realloc_wiped, strdup, calloc);
    json_set_alloc_funcs(malloc, free_wiped);
}

/* OpenSSL leaves what it decrypted where it was, unless it is told to. */
static CURLcode wipe_tls(CURL *easy, void *context, void *data)
{
    (void)easy;
    (void)data;
    SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT);
    return CURLE_OK;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
    struct exchange *self = data;
    size_t length = size * count;
    self->is_too_big = self->body->len + length > self->limit;
    if (self->is_too_big)
        return 0;
    g_string_append_len(self->body, bytes, (gssize)length);
    return length;
}

/* https, or http to this very computer: nothing that matters goes over any other line. */
bool net_http_is_safe(const char *url)
{
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_NONE, NULL);
    const char *scheme = uri != NULL ? g_uri_get_scheme(uri) : "", *host = uri != NULL ? g_uri_get_host(uri) : NULL;
    return host != NULL && *host != '\0' && (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && net_host_is_loopback(host)));
}

static bool fail(const struct exchange *self, enum net_error code, const char *why, GError **error)
{
    g_set_error(error, NET_ERROR, (gint)code, _("%s could not be asked: %s"), self->host, why);
    return false;
}

/* By its address written out; names are looked up by whoever connects: here, or the proxy. */
static bool is_private_host(const char *host)
{
    g_autoptr(GInetAddress) literal = g_inet_address_new_from_string(host);
    struct sockaddr_storage storage = { 0 };
    if (net_host_is_loopback(host) || g_str_has_suffix(host, ".local") || g_str_has_suffix(host, ".internal"))
        return true;
    if (literal == NULL)
        return false;
    g_autoptr(GSocketAddress) address = g_inet_socket_address_new(literal, 443);
    return !g_socket_address_to_native(address, &storage, sizeof storage, NULL) || !net_address_is_public((struct sockaddr *)&storage);
}

static bool check_url(struct exchange *self, GError **error)
{
    g_autoptr(GUri) uri = g_uri_parse(self->request->url, G_URI_FLAGS_NONE, NULL);
    const char *host = uri != NULL ? g_uri_get_host(uri) : NULL;
    self->host = g_strdup(host != NULL ? host : "?");
    if (self->request->is_public_only && is_private_host(self->host))
        return fail(self, NET_ERROR_INSECURE, _("it is this computer, or one of its own network"), error);
    if (net_http_is_safe(self->request->url))
        return true;
    g_set_error(error, NET_ERROR, NET_ERROR_INSECURE, _("%s is not an address that postern may ask: it must begin with https://."),
                self->request->url);
    return false;
}

/* The system's authorities and those of the file. */
static void set_trust(struct exchange *self, GByteArray **blob_out)
{
    g_autofree char *extra = NULL, *usual = NULL;
    gsize extra_length = 0, usual_length = 0;
    *blob_out = NULL;
    if (self->request->tls_ca_file == NULL || !g_file_get_contents(self->request->tls_ca_file, &extra, &extra_length, NULL))
        return;
    *blob_out = g_byte_array_new();
    g_byte_array_append(*blob_out, (const guint8 *)extra, (guint)extra_length);
    g_byte_array_append(*blob_out, (const guint8 *)"\n", 1);
    if (g_file_get_contents("/etc/ssl/certs/ca-certificates.crt", &usual, &usual_length, NULL))
        g_byte_array_append(*blob_out, (const guint8 *)usual, (guint)usual_length);
    struct curl_blob blob = { .data = (*blob_out)->data, .len = (*blob_out)->len, .flags = CURL_BLOB_COPY };
    curl_easy_setopt(self->easy, CURLOPT_CAINFO_BLOB, &blob);
}

/* As an account has it. The names of servers are the proxy's to look up (socks5h), as for mail. */
static void set_proxy(struct exchange *self)
{
    const char *proxy = self->request->proxy;
    if (net_host_is_loopback(self->host))
        curl_easy_setopt(self->easy, CURLOPT_NOPROXY, "*");
    if (proxy == NULL || *proxy == '\0')
        return;
    bool is_socks = g_str_has_prefix(proxy, "socks5://");
    g_autofree char *words = is_socks ? g_strconcat("socks5h", strchr(proxy, ':'), NULL) : g_strdup(proxy);
    curl_easy_setopt(self->easy, CURLOPT_PROXY, words);
}

static bool has_proxy(const struct net_http_request *request)
{
    static const char *const names[] = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" };
    bool is_named = request->proxy != NULL && *request->proxy != '\0';
    for (size_t i = 0; i < G_N_ELEMENTS(names) && !is_named; i++)
        is_named = g_getenv(names[i]) != NULL && *g_getenv(names[i]) != '\0';
    return is_named;
}

/* The address that a name turned out to have is known here, right before somebody connects to it. */
static curl_socket_t open_public(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct exchange *self = data;
    (void)purpose;
    self->is_private = !net_address_is_public(&address->addr);
    return self->is_private ? CURL_SOCKET_BAD : socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void set_up(struct exchange *self)
{
    const struct net_http_request *request = self->request;
    CURL *easy = self->easy;
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https"); /* check_url() was stricter */
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, request->redirects > 0 ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)request->redirects);
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(request->timeout_ms > 0 ? request->timeout_ms : TIMEOUT_MS));
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "postern");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1); /* one buffer less that holds a token */
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, wipe_tls);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, self->words);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, self);
    if (request->form != NULL)
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->form); /* not copied */
    if (request->is_public_only && !has_proxy(request)) {
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_public);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, self);
    }
    set_proxy(self);
}

static bool judge(const struct exchange *self, CURLcode code, GError **error)
{
    static const struct {
        CURLcode code;
        enum net_error error;
    } rows[] = { { CURLE_COULDNT_RESOLVE_HOST, NET_ERROR_RESOLVE }, { CURLE_COULDNT_CONNECT, NET_ERROR_CONNECT },
                 { CURLE_OPERATION_TIMEDOUT, NET_ERROR_TIMEOUT },   { CURLE_PEER_FAILED_VERIFICATION, NET_ERROR_CERTIFICATE },
                 { CURLE_SSL_CONNECT_ERROR, NET_ERROR_TLS },        { CURLE_GOT_NOTHING, NET_ERROR_CLOSED } };
    if (code == CURLE_OK)
        return true;
    if (self->is_private)
        return fail(self, NET_ERROR_INSECURE, _("it is this computer, or one of its own network"), error);
    if (self->is_too_big)
        return fail(self, NET_ERROR_LIMIT, _("the answer is too big"), error);
    enum net_error kind = NET_ERROR_IO;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        kind = rows[i].code == code ? rows[i].error : kind;
    return fail(self, kind, *self->words != '\0' ? self->words : curl_easy_strerror(code), error);
}

/* Until it is done or somebody calls it off. */
static bool run(struct exchange *self, GError **error)
{
    struct curl_waitfd cancel = { .fd = self->request->cancel_fd, .events = CURL_WAIT_POLLIN };
    unsigned waits = self->request->cancel_fd >= 0 ? 1 : 0;
    int running = 1, left = 0;
    while (running > 0) {
        if (curl_multi_perform(self->multi, &running) != CURLM_OK)
            return fail(self, NET_ERROR_IO, "libcurl", error);
        if (running > 0 && curl_multi_poll(self->multi, &cancel, waits, 1000, NULL) != CURLM_OK)
            return fail(self, NET_ERROR_IO, "libcurl", error);
        if (waits > 0 && (cancel.revents & CURL_WAIT_POLLIN) != 0)
            return fail(self, NET_ERROR_CANCELLED, _("it was called off"), error);
    }
    const CURLMsg *message = curl_multi_info_read(self->multi, &left);
    return judge(self, message != NULL ? message->data.result : CURLE_RECV_ERROR, error);
}

static void clear(struct exchange *self)
{
    if (self->multi != NULL && self->easy != NULL)
        curl_multi_remove_handle(self->multi, self->easy);
    curl_easy_cleanup(self->easy);
    curl_multi_cleanup(self->multi);
    explicit_bzero(self->body->str, self->body->allocated_len);
    g_string_free(self->body, TRUE);
    g_free(self->host);
}

bool net_http_fetch(const struct net_http_request *request, struct net_http_answer *answer_out, GError **error)
{
    size_t limit = request->limit_bytes > 0 ? request->limit_bytes : LIMIT_BYTES;
    struct exchange self = { .request = request, .limit = limit, .body = g_string_sized_new(limit + 1) }; /* never grows */
    g_autoptr(GByteArray) trust = NULL;
    *answer_out = (struct net_http_answer){ 0 };
    pthread_once(&curl_once, start_curl);
    bool is_good = check_url(&self, error);
    if (is_good) {
        self.easy = curl_easy_init();
        self.multi = curl_multi_init();
        is_good = (self.easy != NULL && self.multi != NULL) || fail(&self, NET_ERROR_IO, "libcurl", error);
    }
    if (is_good) {
        set_up(&self);
        set_trust(&self, &trust);
        curl_multi_add_handle(self.multi, self.easy);
        is_good = run(&self, error);
    }
    if (is_good) {
        long status = 0;
        curl_easy_getinfo(self.easy, CURLINFO_RESPONSE_CODE, &status);
        *answer_out = (struct net_http_answer){ (int)status, g_memdup2(self.body->str, self.body->len + 1), self.body->len };
    }
    clear(&self);
    return is_good;
}

void net_http_answer_clear(struct net_http_answer *answer)
{
    if (answer->body != NULL)
        explicit_bzero(answer->body, answer->length);
    g_free(answer->body);
    *answer = (struct net_http_answer){ 0 };
}
