/* SPDX-License-Identifier: MIT */
/* Compressing the connection (RFC 4978). */
#include "net/imap_client_private.h"

bool imap_client_compress(imap_client *self, bool *is_on_out, GError **error)
{
    struct imap_reply reply;
    *is_on_out = self->is_compressed;
    if (self->is_compressed || !self->can[IMAP_CAPABILITY_COMPRESS_DEFLATE])
        return true;
    if (!imap_client_ask_alone(self, IMAP_REQUEST_COMPRESS, "COMPRESS DEFLATE", &reply, error))
        return false;
    if (reply.status != IMAP_OK) { /* TLS may compress already, or the server thinks better of it: nothing is lost */
        self->can[IMAP_CAPABILITY_COMPRESS_DEFLATE] = false;
        return true;
    }
    size_t size = 0;
    const void *unread = imap_syntax_take_rest(self->syntax, &size);
    self->is_compressed = *is_on_out = net_stream_start_deflate(self->stream, unread, size, error);
    return self->is_compressed;
}
