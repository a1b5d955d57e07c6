/* SPDX-License-Identifier: MIT */
/* TLS by OpenSSL over a BIO that reads and writes the filter below, so that no write of OpenSSL's own can raise SIGPIPE or wait.
 *
 * Trust is not OpenSSL's business during the handshake: trust.c judges afterwards, before one byte of ours is sent. */
#include "net/stream_tls.h"
#include "net/dane.h"
#include "net/error.h"
#include "net/log.h"
#include "net/resolve.h"
#include "net/stream_tls_session.h"
#include "net/trust_private.h"
#include "net/trust_words.h"
#include <glib/gi18n-lib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <string.h>

struct tls_filter {
    stream_filter base;
    SSL *ssl;
    char *host, *ascii_host;
    char *session_key;
    bool is_trusted; /* sessions with others are not kept */
    bool is_below_ended;
    bool is_broken; /* OpenSSL forbids all further calls, SSL_shutdown included */
    bool has_begun_reading;
    bool met_plaintext, met_page;
    bool has_dane;
    GError *below_error; /* of the filter below, on its way through OpenSSL */
    bool has_late;
    enum net_io late;
    GError *late_error;
};

#define READ_AHEAD_BYTES 65536

static pthread_once_t shared_once = PTHREAD_ONCE_INIT;
static SSL_CTX *shared_context; /* one for the process: 1 ms each is saved; it holds no certificate and no key */
static BIO_METHOD *below_method;

/* An encrypted key file: asking on the terminal is not ours to do. */
static int no_passphrase(char *bytes, int size, int is_writing, void *data)
{
    (void)is_writing;
    (void)data;
    if (size > 0)
        bytes[0] = '\0';
    return -1;
}

/* RFC 8446 5.1: what a server says first is a handshake or an alert. OpenSSL would wait for the rest of a record's head: a single injected byte,
 * or the first letter of a greeting, is enough to know. */
static bool is_plaintext(struct tls_filter *self, const char *bytes)
{
    enum { RECORD_ALERT = 0x15, RECORD_HANDSHAKE = 0x16 };
    bool is_first = !self->has_begun_reading;
    self->has_begun_reading = true;
    self->met_page = is_first && (bytes[0] == 'H' || bytes[0] == '<'); /* no mail protocol begins like that */
    return is_first && bytes[0] != RECORD_ALERT && bytes[0] != RECORD_HANDSHAKE;
}

static int below_read(BIO *bio, char *bytes, size_t size, size_t *done_out)
{
    struct tls_filter *self = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    *done_out = 0;
    g_clear_error(&self->below_error);
    switch (self->base.below->ops->read(self->base.below, bytes, size, done_out, &self->below_error)) {
    case NET_IO_DONE:
        self->met_plaintext = is_plaintext(self, bytes);
        return self->met_plaintext ? 0 : 1;
    case NET_IO_WANT_READ:
    case NET_IO_WANT_WRITE:
        BIO_set_retry_read(bio);
        return 0;
    case NET_IO_END:
        self->is_below_ended = true;
        return 0;
    case NET_IO_FAILED:
        break;
    }
    return 0;
}

static int below_write(BIO *bio, const char *bytes, size_t size, size_t *done_out)
{
    struct tls_filter *self = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    *done_out = 0;
    g_clear_error(&self->below_error);
    switch (self->base.below->ops->write(self->base.below, bytes, size, done_out, &self->below_error)) {
    case NET_IO_DONE:
        return 1;
    case NET_IO_WANT_READ:
    case NET_IO_WANT_WRITE:
        BIO_set_retry_write(bio);
        return 0;
    case NET_IO_END:
        self->is_below_ended = true;
        return 0;
    case NET_IO_FAILED:
        break;
    }
    return 0;
}

static long below_control(BIO *bio, int command, long number, void *pointer)
{
    struct tls_filter *self = BIO_get_data(bio);
    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_FLUSH)
        return 1;
    return command == BIO_CTRL_EOF ? self->is_below_ended : 0;
}

/* TLS 1.3: a ticket came, some time after the handshake. 1: the session is ours now. */
static int note_session(SSL *ssl, SSL_SESSION *session)
{
    struct tls_filter *self = SSL_get_app_data(ssl);
    if (self == NULL || !self->is_trusted)
        return 0;
    tls_session_keep(self->session_key, session);
    return 1;
}

static void create_shared(void)
{
    ERR_clear_error();
    below_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream filter");
    shared_context = SSL_CTX_new(TLS_client_method());
    if (below_method == NULL || shared_context == NULL)
        return;
    BIO_meth_set_read_ex(below_method, below_read);
    BIO_meth_set_write_ex(below_method, below_write);
    BIO_meth_set_ctrl(below_method, below_control);
    SSL_CTX_set_min_proto_version(shared_context, TLS1_2_VERSION); /* RFC 8996 */
    SSL_CTX_set_security_level(shared_context, 2);
    SSL_CTX_dane_enable(shared_context); /* only makes it possible */
    SSL_CTX_set_mode(shared_context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
    /* Servers send records of 2 to 4 KB: one call of the system brings many of them. */
    SSL_CTX_set_read_ahead(shared_context, 1);
    SSL_CTX_set_default_read_buffer_len(shared_context, READ_AHEAD_BYTES);
    SSL_CTX_set_options(shared_context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT);
    SSL_CTX_set_session_cache_mode(shared_context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(shared_context, note_session);
    SSL_CTX_set_verify(shared_context, SSL_VERIFY_NONE, NULL); /* see stream_tls_judge */
    SSL_CTX_set_default_passwd_cb(shared_context, no_passphrase);
}

static bool fail_tls(GError **error, const char *host)
{
    g_autofree char *why = net_trust_openssl_errors();
    g_set_error(error, NET_ERROR, NET_ERROR_TLS, _("An encrypted connection to %s could not be prepared: %s"), host, why);
    return false;
}

/* "-----BEGIN ENCRYPTED PRIVATE KEY-----" (PKCS 8), or "Proc-Type: 4,ENCRYPTED" below the head of the old form. */
static bool key_is_encrypted(const char *path)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    bool is_read = g_file_get_contents(path, &text, &length, NULL);
    bool is_encrypted = is_read && (strstr(text, "BEGIN ENCRYPTED PRIVATE KEY") != NULL || strstr(text, "4,ENCRYPTED") != NULL);
    if (is_read)
        explicit_bzero(text, length);
    return is_encrypted;
}

static bool fail_file(GError **error, const char *option, const char *path)
{
    g_autofree char *why = net_trust_openssl_errors();
    g_set_error(error, NET_ERROR, NET_ERROR_CONFIG, _("%s %s cannot be used: %s"), option, path, why);
    return false;
}

/* Asking for a passphrase on the terminal is not ours to do, and there is no other place where one could be. */
static bool fail_key(GError **error, const char *path)
{
    if (!key_is_encrypted(path))
        return fail_file(error, "tls-key", path);
    ERR_clear_error();
    g_set_error(
        error, NET_ERROR, NET_ERROR_CONFIG,
        _("The key %s (tls-key) is locked with a passphrase, which postern cannot ask for. Make an unlocked copy that only you can read: "
          "(umask 077; openssl pkey -in %s -out NEW)"),
        path, path);
    return false;
}

static bool use_client_certificate(SSL *ssl, const struct net_endpoint *endpoint, GError **error)
{
    const char *certificate = endpoint->tls_certificate, *key = endpoint->tls_key;
    if (certificate == NULL || *certificate == '\0') {
        if (key == NULL || *key == '\0')
            return true;
        g_set_error(error, NET_ERROR, NET_ERROR_CONFIG, _("tls-key %s is set without a tls-certificate."), key);
        return false;
    }
    if (key == NULL || *key == '\0')
        key = certificate; /* both in one file is usual */
    if (SSL_use_certificate_chain_file(ssl, certificate) != 1)
        return fail_file(error, "tls-certificate", certificate);
    if (SSL_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) != 1 || SSL_check_private_key(ssl) != 1)
        return fail_key(error, key);
    return true;
}

static bool name_server(SSL *ssl, const char *ascii_host)
{
    if (net_host_is_address(ascii_host)) /* RFC 6066 section 3: no literal addresses */
        return true;
    g_autofree char *name = g_strdup(ascii_host);
    size_t length = strlen(name);
    if (length > 1 && name[length - 1] == '.')
        name[length - 1] = '\0';
    return SSL_set_tlsext_host_name(ssl, name) == 1;
}

/* The least version is the endpoint's wish, and a session of before that wish is none to go on with. */
static bool set_version(struct tls_filter *self, const struct net_endpoint *endpoint)
{
    bool is_13 = endpoint->tls_least == NET_TLS_1_3;
    self->session_key = g_strdup_printf("%s:%u %d %s", self->ascii_host, (unsigned)endpoint->port, (int)endpoint->tls_least,
                                        endpoint->tls_certificate != NULL ? endpoint->tls_certificate : "");
    SSL_SESSION *session = tls_session_take(self->session_key);
    if (session != NULL)
        SSL_set_session(self->ssl, session);
    SSL_SESSION_free(session);
    return !is_13 || SSL_set_min_proto_version(self->ssl, TLS1_3_VERSION) == 1;
}

static bool set_up(struct tls_filter *self, const struct net_endpoint *endpoint, GError **error)
{
    pthread_once(&shared_once, create_shared);
    ERR_clear_error();
    self->ssl = shared_context != NULL ? SSL_new(shared_context) : NULL;
    if (self->ssl == NULL || !name_server(self->ssl, self->ascii_host) || !set_version(self, endpoint))
        return fail_tls(error, self->host);
    SSL_set_app_data(self->ssl, self);
    BIO *bio = BIO_new(below_method);
    if (bio == NULL)
        return fail_tls(error, self->host);
    BIO_set_data(bio, self);
    BIO_set_init(bio, 1);
    SSL_set_bio(self->ssl, bio, bio);
    SSL_set_connect_state(self->ssl);
    return net_trust_options_check(endpoint, error) && use_client_certificate(self->ssl, endpoint, error);
}

/* Failed handshakes that have a plain sentence, which begins with the host; OpenSSL's words go to the log. */
static const struct handshake_row {
    int reason;
    const char *words;
} handshake_rows[] = {
    { SSL_R_UNSUPPORTED_PROTOCOL, N_("speaks only an old version of TLS that is not accepted here (see tls-min-version).") },
    { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, N_("speaks only an old version of TLS that is not accepted here (see tls-min-version).") },
    { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, N_("and this computer found no way to encrypt that both accept: the server is too old to be "
                                              "safe, or it wants a client certificate.") },
    { SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY, N_("and this computer found no way to encrypt that both accept.") },
    { SSL_R_DH_KEY_TOO_SMALL, N_("encrypts with a key that is so short that it can be guessed.") },
    { SSL_R_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED, N_("signs in an old way that can be forged.") },
    { SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, N_("wants a client certificate (see tls-certificate).") },
    { SSL_R_TLSV1_UNRECOGNIZED_NAME, N_("does not know itself by this name. Perhaps host is spelt wrong.") },
};

static bool means_plaintext(int reason)
{
    return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST || reason == SSL_R_PACKET_LENGTH_TOO_LONG ||
           reason == SSL_R_RECORD_TOO_SMALL || reason == SSL_R_UNEXPECTED_MESSAGE || reason == SSL_R_BAD_RECORD_TYPE;
}

static const char *handshake_words(int reason)
{
    for (size_t i = 0; i < G_N_ELEMENTS(handshake_rows); i++) {
        if (handshake_rows[i].reason == reason)
            return _(handshake_rows[i].words);
    }
    return NULL;
}

/* The sentence for a failed OpenSSL call; its queue is emptied. */
static enum net_io fail_openssl(struct tls_filter *self, bool is_handshake, GError **error)
{
    unsigned long first = ERR_peek_error();
    int reason = ERR_GET_LIB(first) == ERR_LIB_SSL ? ERR_GET_REASON(first) : 0;
    const char *words = is_handshake ? handshake_words(reason) : NULL;
    g_autofree char *why = net_trust_openssl_errors();
    self->met_plaintext = self->met_plaintext || (is_handshake && means_plaintext(reason));
    if (self->met_page)
        g_set_error(error, NET_ERROR, NET_ERROR_TLS,
                    _("Instead of %s a web page answered: perhaps this network wants you to sign in with a browser first."), self->host);
    else if (self->met_plaintext)
        g_set_error(error, NET_ERROR, NET_ERROR_TLS,
                    _("%s does not speak TLS on this port: what it says is not encrypted. Perhaps security = starttls is right for this "
                      "port."),
                    self->host);
    else if (words != NULL)
        g_set_error(error, NET_ERROR, NET_ERROR_TLS, "%s %s", self->host, words);
    else if (is_handshake)
        g_set_error(error, NET_ERROR, NET_ERROR_TLS, _("An encrypted connection to %s could not be made: %s"), self->host, why);
    else
        g_set_error(error, NET_ERROR, NET_ERROR_TLS, _("The encrypted connection to %s broke: %s"), self->host, why);
    net_log_note(self->host, "TLS: %s", why);
    return NET_IO_FAILED;
}

/* What a call of OpenSSL came to; keeps the words of whoever failed. */
static enum net_io io_of(struct tls_filter *self, int status, bool is_handshake, GError **error)
{
    int code = SSL_get_error(self->ssl, status);
    if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE) {
        ERR_clear_error();
        return code == SSL_ERROR_WANT_READ ? NET_IO_WANT_READ : NET_IO_WANT_WRITE;
    }
    if (code == SSL_ERROR_ZERO_RETURN) /* close_notify */
        return NET_IO_END;
    self->is_broken = true;
    if (self->below_error != NULL) {
        ERR_clear_error();
        g_propagate_error(error, g_steal_pointer(&self->below_error));
        return NET_IO_FAILED;
    }
    if (self->is_below_ended) { /* hung up without close_notify: for a mail protocol the same thing */
        ERR_clear_error();
        return NET_IO_END;
    }
    return fail_openssl(self, is_handshake, error);
}

/* What is said behind bytes that are given first. */
static enum net_io take_late(struct tls_filter *self, GError **error)
{
    self->has_late = false;
    if (self->late_error != NULL)
        g_propagate_error(error, g_steal_pointer(&self->late_error));
    return self->late;
}

/* The records that have come already, as far as there is room. */
static void read_rest(struct tls_filter *self, char *bytes, size_t size, size_t *done)
{
    while (*done < size && SSL_has_pending(self->ssl) == 1) {
        size_t more = 0;
        int status = SSL_read_ex(self->ssl, bytes + *done, size - *done, &more);
        if (status != 1) {
            self->late = io_of(self, status, false, &self->late_error);
            self->has_late = self->late != NET_IO_WANT_READ && self->late != NET_IO_WANT_WRITE;
            return;
        }
        *done += more;
    }
}

static enum net_io tls_read(stream_filter *filter, void *bytes, size_t size, size_t *done_out, GError **error)
{
    struct tls_filter *self = (struct tls_filter *)filter;
    ERR_clear_error();
    if (self->has_late)
        return take_late(self, error);
    int status = SSL_read_ex(self->ssl, bytes, size, done_out);
    if (status != 1)
        return io_of(self, status, false, error);
    read_rest(self, bytes, size, done_out);
    return NET_IO_DONE;
}

static enum net_io tls_write(stream_filter *filter, const void *bytes, size_t size, size_t *done_out, GError **error)
{
    struct tls_filter *self = (struct tls_filter *)filter;
    ERR_clear_error();
    int status = SSL_write_ex(self->ssl, bytes, size, done_out);
    return status == 1 ? NET_IO_DONE : io_of(self, status, false, error);
}

static bool tls_has_buffered(const stream_filter *filter)
{
    return SSL_has_pending(((const struct tls_filter *)filter)->ssl) == 1;
}

static void tls_free(stream_filter *filter)
{
    struct tls_filter *self = (struct tls_filter *)filter;
    if (self->ssl != NULL && !self->is_broken && !self->is_below_ended && SSL_is_init_finished(self->ssl)) {
        ERR_clear_error();
        SSL_shutdown(self->ssl); /* close_notify, once; nobody waits for the answer */
    }
    SSL_free(self->ssl);
    ERR_clear_error();
    g_clear_error(&self->below_error);
    g_clear_error(&self->late_error);
    g_free(self->host);
    g_free(self->ascii_host);
    g_free(self->session_key);
    g_free(self);
}

static const struct stream_filter_ops tls_ops = {
    .name = "tls", .read = tls_read, .write = tls_write, .has_buffered = tls_has_buffered, .free = tls_free
};

stream_filter *stream_tls_new(stream_filter *below, const struct net_endpoint *endpoint, const char *ascii_host, GError **error)
{
    struct tls_filter *self = g_new0(struct tls_filter, 1);
    self->base = (stream_filter){ .ops = &tls_ops, .below = below };
    self->host = g_strdup(endpoint->host);
    self->ascii_host = g_strdup(ascii_host);
    if (set_up(self, endpoint, error))
        return &self->base;
    tls_free(&self->base);
    return NULL;
}

/* RFC 7671: with usable records the DNS decides, and a certificate it names directly (3) needs neither issuer nor right name nor right time. */
bool stream_tls_demand(stream_filter *filter, const GArray *tlsa)
{
    struct tls_filter *self = (struct tls_filter *)filter;
    int usable = 0;
    ERR_clear_error();
    if (SSL_dane_enable(self->ssl, self->ascii_host) <= 0) {
        ERR_clear_error();
        return false;
    }
    SSL_dane_set_flags(self->ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS); /* RFC 7671 5.1 */
    for (guint i = 0; i < tlsa->len; i++) {
        const struct net_tlsa *each = &g_array_index(tlsa, struct net_tlsa, i);
        usable += SSL_dane_tlsa_add(self->ssl, each->usage, each->selector, each->matching, each->bytes, each->length) > 0;
    }
    ERR_clear_error();
    self->has_dane = usable > 0;
    return self->has_dane;
}

enum net_io stream_tls_handshake(stream_filter *filter, GError **error)
{
    struct tls_filter *self = (struct tls_filter *)filter;
    ERR_clear_error();
    int status = SSL_do_handshake(self->ssl);
    return status == 1 ? NET_IO_DONE : io_of(self, status, true, error);
}

bool stream_tls_judge(stream_filter *filter, const struct net_endpoint *endpoint, struct net_trust_verdict *verdict_out, GError **error)
{
    struct tls_filter *self = (struct tls_filter *)filter;
    X509 *leaf = SSL_get0_peer_certificate(self->ssl);
    SSL_DANE *dane = self->has_dane ? SSL_get0_dane(self->ssl) : NULL;
    if (!net_trust_judge(leaf, SSL_get_peer_cert_chain(self->ssl), self->ascii_host, endpoint, dane, verdict_out, error))
        return false;
    self->is_trusted = verdict_out->is_trusted;
    if (self->is_trusted && SSL_version(self->ssl) < TLS1_3_VERSION) /* there the session is whole with the handshake */
        tls_session_keep(self->session_key, SSL_get1_session(self->ssl));
    return true;
}

GPtrArray *stream_tls_chain(const stream_filter *filter)
{
    return trust_words_chain(SSL_get_peer_cert_chain(((const struct tls_filter *)filter)->ssl));
}

bool stream_tls_met_page(const stream_filter *filter)
{
    return ((const struct tls_filter *)filter)->met_page;
}

bool stream_tls_met_plaintext(const stream_filter *filter)
{
    return ((const struct tls_filter *)filter)->met_plaintext;
}

const char *stream_tls_version(const stream_filter *filter)
{
    return SSL_get_version(((const struct tls_filter *)filter)->ssl);
}

const char *stream_tls_cipher(const stream_filter *filter)
{
    return SSL_get_cipher_name(((const struct tls_filter *)filter)->ssl);
}

/* RFC 9266: 32 bytes of the exporter in TLS 1.3, where tls-unique has no meaning. RFC 5929 section 3 before that: the first Finished of the last
 * handshake, ours unless the session was resumed; without the extended master secret (RFC 7627) a man in the middle could make two connections
 * have the same one. */
size_t stream_tls_channel_binding(const stream_filter *filter, unsigned char *bytes, size_t size, bool *is_exporter_out)
{
    static const char label[] = "EXPORTER-Channel-Binding";
    SSL *ssl = ((const struct tls_filter *)filter)->ssl;
    *is_exporter_out = SSL_version(ssl) >= TLS1_3_VERSION;
    if (*is_exporter_out) {
        bool is_exported = size >= 32 && SSL_export_keying_material(ssl, bytes, 32, label, sizeof label - 1, NULL, 0, 0) == 1;
        ERR_clear_error();
        return is_exported ? 32 : 0;
    }
    if (SSL_get_extms_support(ssl) != 1)
        return 0;
    size_t length = SSL_session_reused(ssl) ? SSL_get_peer_finished(ssl, bytes, size) : SSL_get_finished(ssl, bytes, size);
    return length <= size ? length : 0;
}
