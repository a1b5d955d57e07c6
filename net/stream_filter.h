/* SPDX-License-Identifier: MIT */
/* One layer of a stream: TCP at the bottom, TLS (later compression, a proxy) on top. Never waits; says what it waits for. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

enum net_io {
    NET_IO_DONE,       /* *done_out > 0 bytes were moved (or the handshake is complete) */
    NET_IO_WANT_READ,  /* again when the socket is readable */
    NET_IO_WANT_WRITE, /* again when the socket is writable */
    NET_IO_END,        /* the other side hung up */
    NET_IO_FAILED,     /* error is set */
};

typedef struct stream_filter stream_filter;
struct stream_filter_ops {
    const char *name;
    enum net_io (*read)(stream_filter *filter, void *bytes, size_t size, size_t *done_out, GError **error);
    enum net_io (*write)(stream_filter *filter, const void *bytes, size_t size, size_t *done_out, GError **error);
    bool (*has_buffered)(const stream_filter *filter); /* bytes poll() cannot see; NULL: never */
    int (*fd)(const stream_filter *filter);            /* NULL: ask the filter below */
    void (*free)(stream_filter *filter);               /* says goodbye if that needs no waiting; the filter below is freed by the stream */
};
struct stream_filter {
    const struct stream_filter_ops *ops;
    stream_filter *below; /* owned; NULL at the bottom */
};

int stream_filter_fd(const stream_filter *filter);
bool stream_filter_has_buffered(const stream_filter *filter);
void stream_filter_free(stream_filter *filter); /* with all below; NULL is fine */
