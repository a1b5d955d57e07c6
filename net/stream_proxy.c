/* SPDX-License-Identifier: MIT */
/* Asking a proxy for a connection, a byte more never being read than the answer has. */
#include "net/stream_proxy.h"
#include "net/error.h"
#include "net/resolve.h"
#include <arpa/inet.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define SOCKS_PORT  1080u
#define HTTP_PORT   8080u
#define HEADER_MAX  8192u /* of an answer by HTTP */
#define SECRET_MAX  255u  /* RFC 1929 */
#define SOCKS_NAMED 0x03u

struct stream_proxy {
    char *host, *words, *user, *password;
    uint16_t port;
    char *target;
    uint16_t target_port;
    /* What is under way: out is sent, then in is filled up to wanted, then advance is asked. */
    GByteArray *out, *in;
    size_t sent, wanted;
    enum net_io (*advance)(stream_proxy *self, GError **error); /* DONE: connected; WANT_READ: go on */
};

/* --- SOCKS5 --- */
static void expect(stream_proxy *self, size_t wanted, enum net_io (*advance)(stream_proxy *self, GError **error))
{
    self->wanted = wanted;
    self->advance = advance;
}

static void add(stream_proxy *self, const void *bytes, size_t size)
{
    g_byte_array_append(self->out, bytes, (guint)size);
}

static void add_byte(stream_proxy *self, size_t byte)
{
    const uint8_t one = (uint8_t)byte;
    add(self, &one, 1);
}

static enum net_io fail_socks(stream_proxy *self, const char *why, GError **error)
{
    g_set_error(error, NET_ERROR, NET_ERROR_CONNECT, _("%s does not connect to %s: %s"), self->words, self->target, why);
    return NET_IO_FAILED;
}

static enum net_io take_rest(stream_proxy *self, GError **error)
{
    (void)self;
    (void)error;
    return NET_IO_DONE;
}

/* Version, result, nothing, kind of address, and the first byte of that: its length, where it is a name. */
static enum net_io take_result(stream_proxy *self, GError **error)
{
    static const char *const reasons[] = { NULL,
                                           N_("it has a fault of its own."),
                                           N_("its rules do not allow it."),
                                           N_("the network cannot be reached from there."),
                                           N_("the server cannot be reached from there."),
                                           N_("the server refused the connection."),
                                           N_("the server did not answer in time."),
                                           N_("it does not know this command."),
                                           N_("it does not know this kind of address.") };
    const uint8_t *answer = self->in->data;
    if (answer[0] != 5)
        return fail_socks(self, _("it does not speak SOCKS5."), error);
    if (answer[1] != 0)
        return fail_socks(self, answer[1] < G_N_ELEMENTS(reasons) ? _(reasons[answer[1]]) : _("it gives no reason."), error);
    size_t address = answer[3] == 1 ? 4 : answer[3] == 4 ? 16 : answer[3] == SOCKS_NAMED ? 1u + answer[4] : 0;
    if (address == 0)
        return fail_socks(self, _("its answer makes no sense."), error);
    expect(self, 4 + address + 2, take_rest);
    return NET_IO_WANT_READ;
}

static enum net_io ask_connection(stream_proxy *self, GError **error)
{
    struct in_addr four;
    struct in6_addr six;
    (void)error;
    add(self, "\x05\x01", 3); /* with the NUL: version, connect, nothing */
    if (inet_pton(AF_INET, self->target, &four) == 1) {
        add_byte(self, 1);
        add(self, &four, sizeof four);
    } else if (inet_pton(AF_INET6, self->target, &six) == 1) {
        add_byte(self, 4);
        add(self, &six, sizeof six);
    } else {
        add_byte(self, SOCKS_NAMED);
        add_byte(self, strlen(self->target)); /* at most 255: net_limits.host_bytes */
        add(self, self->target, strlen(self->target));
    }
    add_byte(self, self->target_port >> 8);
    add_byte(self, self->target_port & 0xffu);
    expect(self, 5, take_result);
    return NET_IO_WANT_READ;
}

static enum net_io take_signin(stream_proxy *self, GError **error)
{
    if (self->in->data[1] == 0)
        return ask_connection(self, error);
    g_set_error(error, NET_ERROR, NET_ERROR_CONFIG, _("%s refuses the user name or password in proxy = …"), self->words);
    return NET_IO_FAILED;
}

static enum net_io take_method(stream_proxy *self, GError **error)
{
    const uint8_t *answer = self->in->data;
    if (answer[0] != 5)
        return fail_socks(self, _("it does not speak SOCKS5."), error);
    if (answer[1] == 0)
        return ask_connection(self, error);
    if (answer[1] != 2 || self->user == NULL) {
        g_set_error(error, NET_ERROR, NET_ERROR_CONFIG, _("%s wants a way to sign in that postern does not have, or a user and password."),
                    self->words);
        return NET_IO_FAILED;
    }
    size_t user = strlen(self->user), password = self->password != NULL ? strlen(self->password) : 0;
    add_byte(self, 1);
    add_byte(self, user);
    add(self, self->user, user);
    add_byte(self, password);
    add(self, self->password, password);
    expect(self, 2, take_signin);
    return NET_IO_WANT_READ;
}

static void begin_socks(stream_proxy *self)
{
    add(self, self->user != NULL ? "\x05\x02\x00\x02" : "\x05\x01\x00", self->user != NULL ? 4 : 3);
    expect(self, 2, take_method);
}

/* --- HTTP --- */
static enum net_io judge_status(stream_proxy *self, GError **error)
{
    const char *header = (const char *)self->in->data;
    const char *space = strchr(header, ' ');
    guint64 status = space != NULL ? g_ascii_strtoull(space + 1, NULL, 10) : 0;
    if (!g_str_has_prefix(header, "HTTP/1."))
        return fail_socks(self, _("it does not speak HTTP."), error);
    if (status >= 200 && status < 300)
        return NET_IO_DONE;
    g_autofree char *line = g_strndup(header, strcspn(header, "\r\n"));
    g_autofree char *shown = g_utf8_make_valid(line, -1);
    for (char *c = shown; *c != '\0'; c++)
        *c = g_ascii_iscntrl(*c) ? ' ' : *c;
    if (status != 407)
        return fail_socks(self, shown, error);
    g_set_error(error, NET_ERROR, NET_ERROR_CONFIG, _("%s refuses the user name or password in proxy = …: %s"), self->words, shown);
    return NET_IO_FAILED;
}

/* One byte after the other: what is behind the blank line is the server's. */
static enum net_io take_header(stream_proxy *self, GError **error)
{
    GByteArray *in = self->in;
    bool is_whole = in->len >= 4 && memcmp(in->data + in->len - 4, "\r\n\r\n", 4) == 0;
    is_whole |= in->len >= 2 && memcmp(in->data + in->len - 2, "\n\n", 2) == 0;
    if (!is_whole && in->len >= HEADER_MAX)
        return fail_socks(self, _("its answer is too long."), error);
    if (!is_whole) {
        expect(self, in->len + 1u, take_header);
        return NET_IO_WANT_READ;
    }
    g_byte_array_append(in, (const guint8 *)"", 1);
    return judge_status(self, error);
}

static void begin_http(stream_proxy *self)
{
    bool is_six = strchr(self->target, ':') != NULL;
    g_autofree char *where = g_strdup_printf("%s%s%s:%u", is_six ? "[" : "", self->target, is_six ? "]" : "", (unsigned)self->target_port);
    g_autofree char *request = g_strdup_printf("CONNECT %s HTTP/1.1\r\nHost: %s\r\n", where, where);
    add(self, request, strlen(request));
    if (self->user != NULL) {
        g_autofree char *pair = g_strdup_printf("%s:%s", self->user, self->password != NULL ? self->password : "");
        g_autofree char *code = g_base64_encode((const guchar *)pair, strlen(pair));
        add(self, "Proxy-Authorization: Basic ", 27);
        add(self, code, strlen(code));
        add(self, "\r\n", 2);
        explicit_bzero(pair, strlen(pair));
        explicit_bzero(code, strlen(code));
    }
    add(self, "\r\n", 2);
    expect(self, 1, take_header);
}

/* --- both --- */
static const struct {
    const char *scheme;
    unsigned port;
    void (*begin)(stream_proxy *self);
} kinds[] = {
    { "socks5", SOCKS_PORT, begin_socks },
    { "socks5h", SOCKS_PORT, begin_socks }, /* as others spell it: the proxy looks the name up. Here it always does. */
    { "http", HTTP_PORT, begin_http },
};

static stream_proxy *fail_url(GError **error)
{
    g_set_error(
        error, NET_ERROR, NET_ERROR_CONFIG,
        _("proxy = … cannot be used. It must be socks5://HOST:PORT or http://HOST:PORT, with USER:PASSWORD@ before HOST where the proxy "
          "wants it."));
    return NULL;
}

static bool is_short(const char *secret)
{
    return secret == NULL || (strlen(secret) <= SECRET_MAX && strpbrk(secret, "\r\n") == NULL);
}

stream_proxy *stream_proxy_new(const char *url, const char *host, uint16_t port, GError **error)
{
    g_autofree char *scheme = NULL, *user = NULL, *password = NULL, *proxy_host = NULL, *path = NULL;
    int proxy_port = -1;
    if (!g_uri_split_with_user(url, G_URI_FLAGS_HAS_PASSWORD, &scheme, &user, &password, NULL, &proxy_host, &proxy_port, &path, NULL, NULL,
                               NULL))
        return fail_url(error);
    size_t kind = 0;
    while (kind < G_N_ELEMENTS(kinds) && (scheme == NULL || g_ascii_strcasecmp(scheme, kinds[kind].scheme) != 0))
        kind++;
    bool is_bare = path == NULL || *path == '\0' || strcmp(path, "/") == 0;
    if (kind == G_N_ELEMENTS(kinds) || proxy_host == NULL || *proxy_host == '\0' || proxy_port == 0 || !is_bare || !is_short(user) ||
        !is_short(password))
        return fail_url(error);
    stream_proxy *self = g_new0(stream_proxy, 1);
    self->port = (uint16_t)(proxy_port > 0 ? (unsigned)proxy_port : kinds[kind].port);
    self->words = g_strdup_printf(_("The proxy %s port %u"), proxy_host, (unsigned)self->port);
    self->host = g_steal_pointer(&proxy_host);
    self->user = user != NULL && *user != '\0' ? g_steal_pointer(&user) : NULL;
    self->password = g_steal_pointer(&password);
    self->target = g_strdup(host);
    self->target_port = port;
    self->out = g_byte_array_new();
    self->in = g_byte_array_new();
    kinds[kind].begin(self);
    return self;
}

void stream_proxy_free(stream_proxy *self)
{
    if (self == NULL)
        return;
    explicit_bzero(self->out->data, self->out->len);
    if (self->password != NULL)
        explicit_bzero(self->password, strlen(self->password));
    g_byte_array_unref(self->out);
    g_byte_array_unref(self->in);
    g_free(self->host);
    g_free(self->words);
    g_free(self->user);
    g_free(self->password);
    g_free(self->target);
    g_free(self);
}

const char *stream_proxy_host(const stream_proxy *self)
{
    return self->host;
}

uint16_t stream_proxy_port(const stream_proxy *self)
{
    return self->port;
}

const char *stream_proxy_words(const stream_proxy *self)
{
    return self->words;
}

static enum net_io fill(stream_proxy *self, stream_filter *below, GError **error)
{
    uint8_t bytes[300];
    while (self->in->len < self->wanted) {
        size_t done = 0;
        enum net_io io = below->ops->read(below, bytes, MIN(sizeof bytes, self->wanted - self->in->len), &done, error);
        if (io != NET_IO_DONE)
            return io;
        g_byte_array_append(self->in, bytes, (guint)done);
    }
    return NET_IO_DONE;
}

enum net_io stream_proxy_step(stream_proxy *self, stream_filter *below, GError **error)
{
    for (;;) {
        while (self->sent < self->out->len) {
            size_t done = 0;
            enum net_io io = below->ops->write(below, self->out->data + self->sent, self->out->len - self->sent, &done, error);
            if (io != NET_IO_DONE)
                return io;
            self->sent += done;
        }
        enum net_io io = fill(self, below, error);
        if (io != NET_IO_DONE)
            return io;
        bool is_new = self->advance != take_result && self->advance != take_header; /* those two read on in the same answer */
        io = self->advance(self, error);
        if (io != NET_IO_WANT_READ)
            return io;
        if (is_new)
            g_byte_array_set_size(self->in, 0);
    }
}
