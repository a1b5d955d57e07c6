/* SPDX-License-Identifier: MIT */
/* The other side of a stream in unit tests: one thread, one function, with or without TLS; and an authority of our own. */
#pragma once
#include "net/stream.h"
#include "tests/peer/peer_authority.h"
#include <glib/gstdio.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

static char *directory, *ca_path;
static peer_certificate *authority;

struct side {
    int fd;
    const peer_certificate *certificate;
    int max_version; /* of TLS; 0: any */
    void (*talk)(struct side *side, SSL *ssl);
    const char *before_tls; /* written in the clear first */
    pthread_t thread;
    SSL_CTX *context;
    char seen[4096];
    size_t seen_length;
};

static inline void *side_main(void *data)
{
    struct side *side = data;
    SSL *ssl = NULL;
    sigset_t pipe; /* OpenSSL's own socket BIO raises it: this side may be told, ours must never be */
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, NULL);
    if (side->before_tls != NULL)
        (void)!send(side->fd, side->before_tls, strlen(side->before_tls), MSG_NOSIGNAL);
    if (side->certificate != NULL) {
        side->context = peer_certificate_context(side->certificate);
        SSL_CTX_set_security_level(side->context, 0);
        if (side->max_version != 0) {
            SSL_CTX_set_min_proto_version(side->context, 0);
            SSL_CTX_set_max_proto_version(side->context, side->max_version);
        }
        ssl = SSL_new(side->context);
        SSL_set_fd(ssl, side->fd);
    }
    if ((ssl == NULL || SSL_accept(ssl) == 1) && side->talk != NULL)
        side->talk(side, ssl);
    SSL_free(ssl);
    SSL_CTX_free(side->context);
    close(side->fd);
    return NULL;
}

/* Returns our end. */
static inline int side_start(struct side *side)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    side->fd = pair[1];
    assert_int_equal(pthread_create(&side->thread, NULL, side_main, side), 0);
    return pair[0];
}

static inline void side_join(struct side *side)
{
    pthread_join(side->thread, NULL);
}

static inline void talk_hello(struct side *side, SSL *ssl)
{
    (void)side;
    SSL_write(ssl, "hello", 5);
    SSL_shutdown(ssl);
}

static inline void talk_until_end(struct side *side, SSL *ssl)
{
    for (;;) {
        char bytes[512];
        ssize_t count = ssl != NULL ? SSL_read(ssl, bytes, sizeof bytes) : recv(side->fd, bytes, sizeof bytes, 0);
        if (count <= 0)
            return;
        size_t room = MIN((size_t)count, sizeof side->seen - side->seen_length);
        memcpy(side->seen + side->seen_length, bytes, room);
        side->seen_length += room;
    }
}

static inline struct net_endpoint endpoint_of(const char *host, enum net_security security)
{
    return (struct net_endpoint){ .host = host, .port = 993, .security = security, .tls_ca_file = ca_path, .io_timeout_ms = 20000 };
}

static inline int set_up(void **state)
{
    (void)state;
    directory = g_dir_make_tmp("postern-stream-XXXXXX", NULL);
    ca_path = g_build_filename(directory, "ca.pem", NULL);
    authority = peer_certificate_new(&(struct peer_wish){ .common_name = "postern test CA", .is_authority = true });
    peer_certificate_save(authority, ca_path, NULL);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    const char *const files[] = { "ca.pem", "own.pem", "empty.pem" };
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(directory, files[i], NULL);
        g_unlink(path);
    }
    g_rmdir(directory);
    g_free(directory);
    g_free(ca_path);
    peer_certificate_free(authority);
    return 0;
}
