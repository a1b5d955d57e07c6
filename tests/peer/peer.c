/* SPDX-License-Identifier: MIT */
/* The thread that plays the server. */
#include "tests/peer/peer.h"
#include <glib.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

struct peer {
    const char *const *lines;
    const peer_certificate *certificate;
    enum peer_pace pace;
    int fd, listener, client_fd;
    SSL_CTX *context;
    SSL *ssl;
    pthread_t thread;
    bool is_joined;
    atomic_bool is_over, is_between; /* two connections */
    char *tags[10];                  /* [0]: the last one */
    uint64_t literal;
    bool is_packed, has_only_begun_a_handshake;
    z_stream packer, unpacker;
    GString *in; /* received, not yet taken */
    GString *data, *clear_text, *complaint;
};

/* False: the client hung up. */
static bool send_raw(peer *self, const char *bytes, size_t length)
{
    return (self->ssl != NULL ? SSL_write(self->ssl, bytes, (int)length) : send(self->fd, bytes, length, MSG_NOSIGNAL)) > 0;
}

static bool send_packed(peer *self, const char *bytes, size_t length)
{
    if (!self->is_packed)
        return send_raw(self, bytes, length);
    uLong room = deflateBound(&self->packer, length) + 100;
    g_autofree char *packed = g_malloc(room);
    self->packer.next_in = (Bytef *)(uintptr_t)bytes;
    self->packer.avail_in = (uInt)length;
    self->packer.next_out = (Bytef *)packed;
    self->packer.avail_out = (uInt)room;
    deflate(&self->packer, Z_SYNC_FLUSH);
    return send_raw(self, packed, room - self->packer.avail_out);
}

static void send_bytes(peer *self, const char *bytes, size_t length)
{
    size_t step = self->pace == PEER_BYTE_BY_BYTE ? 1 : length;
    for (size_t i = 0; i < length; i += step)
        send_packed(self, bytes + i, step);
}

static void unpack(peer *self, char *bytes, size_t length)
{
    self->unpacker.next_in = (Bytef *)bytes;
    self->unpacker.avail_in = (uInt)length;
    do {
        char plain[16 * 1024];
        self->unpacker.next_out = (Bytef *)plain;
        self->unpacker.avail_out = sizeof plain;
        if (inflate(&self->unpacker, Z_SYNC_FLUSH) < 0 && self->unpacker.avail_in > 0) {
            g_string_append(self->complaint, "not packed; ");
            return;
        }
        g_string_append_len(self->in, plain, (gssize)(sizeof plain - self->unpacker.avail_out));
    } while (self->unpacker.avail_out == 0);
}

static bool receive(peer *self)
{
    char bytes[16 * 1024];
    ssize_t count = self->ssl != NULL ? SSL_read(self->ssl, bytes, sizeof bytes) : recv(self->fd, bytes, sizeof bytes, 0);
    if (count <= 0)
        return false;
    if (self->is_packed)
        unpack(self, bytes, (size_t)count);
    else
        g_string_append_len(self->in, bytes, count);
    if (self->ssl == NULL)
        g_string_append_len(self->clear_text, bytes, count);
    return true;
}

/* Up to and with the mark; NULL: the client hung up before. */
static char *take_until(peer *self, const char *mark)
{
    char *found;
    while ((found = g_strstr_len(self->in->str, (gssize)self->in->len, mark)) == NULL) {
        if (!receive(self))
            return NULL;
    }
    size_t length = (size_t)(found - self->in->str) + strlen(mark);
    char *taken = g_strndup(self->in->str, length);
    g_string_erase(self->in, 0, (gssize)length);
    return taken;
}

/* "%t rest" and "%1 rest": the first word of line is kept; returns what is left of both. */
static bool take_tag(peer *self, const char **pattern, const char **line)
{
    if ((*pattern)[0] != '%' || ((*pattern)[1] != 't' && !g_ascii_isdigit((*pattern)[1])))
        return true;
    size_t length = strcspn(*line, " ");
    int slot = (*pattern)[1] == 't' ? 0 : g_ascii_digit_value((*pattern)[1]);
    g_free(self->tags[slot]);
    self->tags[slot] = g_strndup(*line, length);
    *pattern += 2;
    *line += length;
    return length > 0;
}

static uint64_t announced_literal(const char *line)
{
    const char *brace = strrchr(line, '{');
    return brace != NULL && g_str_has_suffix(line, "}") ? g_ascii_strtoull(brace + 1, NULL, 10) : 0;
}

/* Whether the newest messages are still those that are known is asked of each folder once: a script that does not speak of it has none of them. */
#define WITNESS_ITEMS " (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])\r\n"

static void answer_none(peer *self, const char *line)
{
    g_autofree char *answer = g_strdup_printf("%.*s OK none\r\n", (int)strcspn(line, " "), line);
    send_bytes(self, answer, strlen(answer));
}

/* Until the client hangs up. */
static void listen_only(peer *self)
{
    while (receive(self)) {
        if (!g_str_has_suffix(self->in->str, WITNESS_ITEMS))
            continue;
        answer_none(self, self->in->str);
        g_string_truncate(self->in, 0);
    }
}

static char *take_line(peer *self, const char *pattern)
{
    char *line = take_until(self, "\r\n");
    while (line != NULL && g_str_has_suffix(line, WITNESS_ITEMS) && strstr(pattern, "INTERNALDATE RFC822.SIZE *)") == NULL) {
        answer_none(self, line);
        g_free(line);
        line = take_until(self, "\r\n");
    }
    return line;
}

static bool expect_line(peer *self, const char *pattern)
{
    g_autofree char *line = take_line(self, pattern);
    if (line != NULL)
        line[strlen(line) - 2] = '\0';
    const char *wanted = pattern, *got = line != NULL ? line : "";
    if (line == NULL || !take_tag(self, &wanted, &got) || !g_pattern_match_simple(wanted, got))
        g_string_append_printf(self->complaint, "expected \"%s\", got \"%s\"; ", pattern, line != NULL ? line : "(end)");
    self->literal = line != NULL ? announced_literal(line) : 0;
    return line != NULL;
}

static bool read_literal(peer *self)
{
    while (self->in->len < self->literal) {
        if (!receive(self))
            return false;
    }
    g_string_append_len(self->data, self->in->str, (gssize)self->literal);
    g_string_erase(self->in, 0, (gssize)self->literal);
    return true;
}

/* "BDAT 12" or "BDAT 12 LAST", and as many bytes (RFC 3030). */
static bool read_chunk(peer *self)
{
    g_autofree char *line = take_until(self, "\r\n");
    if (line == NULL || !g_str_has_prefix(line, "BDAT "))
        return false;
    self->literal = (size_t)g_ascii_strtoull(line + 5, NULL, 10);
    return read_literal(self);
}

static bool read_message(peer *self)
{
    while (self->in->len < 3) {
        if (!receive(self))
            return false;
    }
    if (g_str_has_prefix(self->in->str, ".\r\n")) {
        g_string_erase(self->in, 0, 3);
        return true;
    }
    g_autofree char *message = take_until(self, "\r\n.\r\n");
    if (message != NULL)
        g_string_append_len(self->data, message, (gssize)strlen(message) - 3);
    return message != NULL;
}

/* Settings of a server that is older or more careless than it should be. */
static void weaken(SSL *ssl, const char *words)
{
    static const struct {
        const char *word;
        int version;
    } versions[] = { { "newest=1.0", TLS1_VERSION }, { "newest=1.1", TLS1_1_VERSION }, { "newest=1.2", TLS1_2_VERSION } };
    g_auto(GStrv) list = g_strsplit(words, " ", -1);
    for (char **word = list; *word != NULL; word++) {
        for (size_t i = 0; i < G_N_ELEMENTS(versions); i++) {
            if (strcmp(*word, versions[i].word) == 0)
                SSL_set_max_proto_version(ssl, versions[i].version);
        }
        if (g_str_has_prefix(*word, "ciphers=") && SSL_set_cipher_list(ssl, *word + 8) != 1)
            g_error("%s?", *word);
    }
}

static bool shake_hands(peer *self, const char *words)
{
    self->context = peer_certificate_context(self->certificate);
    SSL_CTX_set_min_proto_version(self->context, TLS1_VERSION);
    self->ssl = SSL_new(self->context);
    weaken(self->ssl, words);
    SSL_set_fd(self->ssl, self->fd);
    return SSL_accept(self->ssl) == 1;
}

static bool shake_hands_again(peer *self)
{
    if (SSL_renegotiate(self->ssl) == 1)
        SSL_do_handshake(self->ssl);
    return true;
}

static bool drop_bytes(peer *self, const char *words)
{
    guint64 count = g_ascii_strtoull(words, NULL, 10);
    while (self->in->len < count) {
        if (!receive(self))
            return false;
    }
    g_string_erase(self->in, 0, (gssize)count);
    return true;
}

static bool start_packing(peer *self)
{
    self->is_packed = inflateInit2(&self->unpacker, -MAX_WBITS) == Z_OK &&
                      deflateInit2(&self->packer, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    return self->is_packed;
}

static void append_tags(peer *self, const char *text, GString *out)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (c[0] == '%' && c[1] == 'z') {
            g_string_append_c(out, '\0');
            c++;
            continue;
        }
        bool is_tag = c[0] == '%' && (c[1] == 't' || g_ascii_isdigit(c[1]));
        if (!is_tag) {
            g_string_append_c(out, *c);
            continue;
        }
        const char *tag = self->tags[c[1] == 't' ? 0 : g_ascii_digit_value(c[1])];
        g_string_append(out, tag != NULL ? tag : "?");
        c++;
    }
}

static bool say(peer *self, const char *text, bool is_line)
{
    g_autoptr(GString) whole = g_string_new(NULL);
    append_tags(self, text, whole);
    if (is_line)
        g_string_append(whole, "\r\n");
    send_bytes(self, whole->str, whole->len);
    return true;
}

/* In pieces that fall anywhere: a byte at a time would take minutes. False: the client hung up. */
static bool send_much(peer *self, const GString *text)
{
    size_t step = self->pace == PEER_BYTE_BY_BYTE ? 997 : 65536;
    for (size_t i = 0; i < text->len; i += step) {
        if (!send_packed(self, text->str + i, MIN(step, text->len - i)))
            return false;
    }
    return true;
}

/* "1000 text #" */
static bool repeat(peer *self, const char *line)
{
    char *text = NULL;
    uint64_t times = g_ascii_strtoull(line, &text, 10);
    g_autoptr(GString) batch = g_string_new(NULL), pattern = g_string_new(NULL);
    append_tags(self, *text == ' ' ? text + 1 : text, pattern);
    bool is_heard = true;
    for (uint64_t i = 1; i <= times && is_heard; i++) {
        for (const char *c = pattern->str; *c != '\0'; c++) {
            if (*c == '#')
                g_string_append_printf(batch, "%" G_GUINT64_FORMAT, i);
            else
                g_string_append_c(batch, *c);
        }
        if (batch->len > 65536 || i == times) {
            is_heard = send_much(self, batch);
            g_string_truncate(batch, 0);
        }
    }
    return true;
}

static bool flood(peer *self, const char *text)
{
    g_autoptr(GString) batch = g_string_new(NULL);
    while (batch->len < 65536)
        g_string_append(batch, text);
    while (send_much(self, batch))
        continue;
    while (receive(self))
        continue;
    g_string_truncate(self->in, 0); /* what it said meanwhile was not asked for */
    return true;
}

static bool echo(peer *self, const char *text)
{
    while (receive(self))
        say(self, text, true);
    g_string_truncate(self->in, 0);
    return true;
}

static bool take_next(peer *self)
{
    shutdown(self->fd, SHUT_RDWR);
    close(self->fd);
    g_string_truncate(self->in, 0);
    atomic_store(&self->is_between, true);
    self->fd = accept(self->listener, NULL, NULL);
    atomic_store(&self->is_between, false);
    return self->fd >= 0;
}

static bool play_line(peer *self, const char *line)
{
    g_autofree char *text = g_strcompress(strlen(line) > 3 ? line + 3 : "");
    switch (line[0]) {
    case 'S':
    case 's':
        return say(self, text, line[0] == 'S');
    case 'R':
        return repeat(self, text);
    case 'F':
        return flood(self, text);
    case 'E':
        return echo(self, text);
    case 'C':
        return expect_line(self, text);
    case 'L':
        return read_literal(self);
    case 'D':
        return read_message(self);
    case 'B':
        return read_chunk(self);
    case 'T':
        return shake_hands(self, text);
    case 'N':
        return shake_hands_again(self);
    case 'H':
        return drop_bytes(self, text);
    case 'Z':
        return start_packing(self);
    case 'A':
        return take_next(self);
    case 'W':
        listen_only(self);
        g_string_truncate(self->in, 0);
        return true;
    default:
        return false;
    }
}

static void play(peer *self)
{
    const char *const *line = self->lines;
    while (*line != NULL && play_line(self, *line))
        line++;
    if (*line != NULL) {
        if ((*line)[0] != 'X' && (*line)[0] != 'T')
            g_string_append_printf(self->complaint, "stopped at \"%s\"; ", *line);
        return;
    }
    listen_only(self);
    if (self->in->len == 0)
        return;
    self->has_only_begun_a_handshake = self->complaint->len == 0 && self->ssl == NULL && g_str_has_prefix(self->in->str, "\x16\x03");
    g_string_append_printf(self->complaint, "more than the script: \"%s\"", self->in->str);
}

static void *peer_main(void *data)
{
    peer *self = data;
    sigset_t pipe; /* OpenSSL's own socket BIO raises it */
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, NULL);
    if (self->listener >= 0)
        self->fd = accept(self->listener, NULL, NULL);
    if (self->fd >= 0)
        play(self);
    SSL_free(self->ssl);
    SSL_CTX_free(self->context);
    if (self->fd >= 0)
        shutdown(self->fd, SHUT_RDWR);
    atomic_store(&self->is_over, true);
    return NULL;
}

static peer *peer_new(const char *const *lines, const peer_certificate *certificate, enum peer_pace pace)
{
    peer *self = g_new0(peer, 1);
    self->lines = lines;
    self->certificate = certificate;
    self->pace = pace;
    self->fd = self->listener = self->client_fd = -1;
    self->in = g_string_new(NULL);
    self->data = g_string_new(NULL);
    self->clear_text = g_string_new(NULL);
    self->complaint = g_string_new(NULL);
    return self;
}

static void run(peer *self)
{
    if (pthread_create(&self->thread, NULL, peer_main, self) != 0)
        g_error("no thread for the peer");
}

peer *peer_start(const char *const *lines, const peer_certificate *certificate, enum peer_pace pace)
{
    peer *self = peer_new(lines, certificate, pace);
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        g_error("no socket pair");
    self->client_fd = pair[0];
    self->fd = pair[1];
    run(self);
    return self;
}

peer *peer_listen(const char *const *lines, const peer_certificate *certificate, enum peer_pace pace, uint16_t *port_out)
{
    peer *self = peer_new(lines, certificate, pace);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    self->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(self->listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(self->listener, 1) != 0 ||
        getsockname(self->listener, (struct sockaddr *)&address, &length) != 0)
        g_error("no listener");
    *port_out = ntohs(address.sin_port);
    run(self);
    return self;
}

int peer_take_fd(peer *self)
{
    int fd = self->client_fd;
    self->client_fd = -1;
    return fd;
}

bool peer_is_over(const peer *self)
{
    return atomic_load(&self->is_over);
}

const char *peer_complaint(peer *self)
{
    if (!self->is_joined && atomic_load(&self->is_between))
        shutdown(self->listener, SHUT_RDWR); /* nobody comes any more */
    if (!self->is_joined)
        pthread_join(self->thread, NULL);
    self->is_joined = true;
    return self->complaint->len > 0 ? self->complaint->str : NULL;
}

bool peer_complains_of_a_handshake_only(const peer *self)
{
    return self->has_only_begun_a_handshake;
}

const char *peer_data(const peer *self)
{
    return self->data->str;
}

const char *peer_clear_text(const peer *self)
{
    return self->clear_text->str;
}

void peer_free(peer *self)
{
    if (self == NULL)
        return;
    if (self->client_fd >= 0)
        close(self->client_fd);
    if (!self->is_joined && self->listener >= 0)
        shutdown(self->listener, SHUT_RDWR); /* nobody came: accept() ends */
    peer_complaint(self);
    if (self->fd >= 0)
        close(self->fd);
    if (self->listener >= 0)
        close(self->listener);
    for (size_t i = 0; i < G_N_ELEMENTS(self->tags); i++)
        g_free(self->tags[i]);
    if (self->is_packed) {
        inflateEnd(&self->unpacker);
        deflateEnd(&self->packer);
    }
    g_string_free(self->in, TRUE);
    g_string_free(self->data, TRUE);
    g_string_free(self->clear_text, TRUE);
    g_string_free(self->complaint, TRUE);
    g_free(self);
}
