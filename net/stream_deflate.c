/* SPDX-License-Identifier: MIT */
/* Deflate and inflate a piece at a time: a stream that unpacks to a million times its size only ever fills the reader's buffer. */
#include "net/stream_deflate.h"
#include "net/error.h"
#include <glib/gi18n-lib.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#define PIECE ((size_t)16384)

struct deflate_filter {
    stream_filter base;
    z_stream inflater, deflater;
    uint8_t *in;        /* packed, from below */
    bool may_have_more; /* the inflater filled the reader's buffer: more may be in it */
    bool has_ended;     /* the packed stream has */
    GByteArray *packed; /* not all of it went down yet */
    size_t packed_sent;
    size_t owed; /* so many bytes of the writer's are in packed: told as written once that is gone */
};

static enum net_io fail_packed(GError **error)
{
    g_set_error(error, NET_ERROR, NET_ERROR_PROTOCOL, _("what it sent cannot be unpacked."));
    return NET_IO_FAILED;
}

/* --- reading --- */
static enum net_io refill(struct deflate_filter *self, GError **error)
{
    size_t done = 0;
    enum net_io io = self->base.below->ops->read(self->base.below, self->in, PIECE, &done, error);
    if (io == NET_IO_DONE) {
        self->inflater.next_in = self->in;
        self->inflater.avail_in = (uInt)done;
    }
    return io;
}

static enum net_io deflate_read(stream_filter *filter, void *bytes, size_t size, size_t *done_out, GError **error)
{
    struct deflate_filter *self = (struct deflate_filter *)filter;
    size_t wanted = MIN(size, (size_t)UINT_MAX);
    while (!self->has_ended) {
        if (self->inflater.avail_in == 0 && !self->may_have_more) {
            enum net_io io = refill(self, error);
            if (io != NET_IO_DONE)
                return io;
        }
        self->inflater.next_out = bytes;
        self->inflater.avail_out = (uInt)wanted;
        int code = inflate(&self->inflater, Z_SYNC_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
            return fail_packed(error);
        self->may_have_more = self->inflater.avail_out == 0;
        self->has_ended = code == Z_STREAM_END;
        *done_out = wanted - self->inflater.avail_out;
        if (*done_out > 0)
            return NET_IO_DONE;
    }
    return NET_IO_END;
}

/* --- writing --- */
static bool pack(struct deflate_filter *self, const void *bytes, size_t size)
{
    uint8_t piece[PIECE];
    g_byte_array_set_size(self->packed, 0);
    self->packed_sent = 0;
    self->deflater.next_in = (Bytef *)(uintptr_t)bytes; /* zlib does not write there */
    self->deflater.avail_in = (uInt)size;
    do {
        self->deflater.next_out = piece;
        self->deflater.avail_out = sizeof piece;
        int code = deflate(&self->deflater, Z_SYNC_FLUSH);
        if (code != Z_OK && code != Z_BUF_ERROR)
            return false;
        g_byte_array_append(self->packed, piece, (guint)(sizeof piece - self->deflater.avail_out));
    } while (self->deflater.avail_out == 0);
    self->owed = size;
    return true;
}

/* The writer comes back with the same bytes until they are told as written, as with TLS. */
static enum net_io deflate_write(stream_filter *filter, const void *bytes, size_t size, size_t *done_out, GError **error)
{
    struct deflate_filter *self = (struct deflate_filter *)filter;
    if (self->owed == 0 && !pack(self, bytes, MIN(size, 4 * PIECE))) {
        g_set_error(error, NET_ERROR, NET_ERROR_IO, _("the compression failed."));
        return NET_IO_FAILED;
    }
    while (self->packed_sent < self->packed->len) {
        size_t done = 0;
        enum net_io io = self->base.below->ops->write(self->base.below, self->packed->data + self->packed_sent,
                                                      self->packed->len - self->packed_sent, &done, error);
        if (io != NET_IO_DONE)
            return io;
        self->packed_sent += done;
    }
    *done_out = self->owed;
    self->owed = 0;
    return NET_IO_DONE;
}

/* --- life --- */
static bool deflate_has_buffered(const stream_filter *filter)
{
    const struct deflate_filter *self = (const struct deflate_filter *)filter;
    return self->may_have_more || self->inflater.avail_in > 0;
}

static void deflate_free(stream_filter *filter)
{
    struct deflate_filter *self = (struct deflate_filter *)filter;
    inflateEnd(&self->inflater);
    deflateEnd(&self->deflater);
    g_byte_array_unref(self->packed);
    g_free(self->in);
    g_free(self);
}

static const struct stream_filter_ops deflate_ops = {
    .name = "deflate", .read = deflate_read, .write = deflate_write, .has_buffered = deflate_has_buffered, .free = deflate_free
};

stream_filter *stream_deflate_new(stream_filter *below, const void *unread, size_t size)
{
    struct deflate_filter *self = g_new0(struct deflate_filter, 1);
    self->base = (stream_filter){ .ops = &deflate_ops, .below = below };
    self->in = g_malloc(MAX(PIECE, size));
    self->packed = g_byte_array_new();
    if (inflateInit2(&self->inflater, -MAX_WBITS) != Z_OK ||
        deflateInit2(&self->deflater, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        g_error("out of memory");
    if (size > 0)
        memcpy(self->in, unread, size);
    self->inflater.next_in = self->in;
    self->inflater.avail_in = (uInt)size;
    return &self->base;
}
