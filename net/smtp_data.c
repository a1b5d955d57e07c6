/* SPDX-License-Identifier: MIT */
/* Line ends and dots of a message on its way out. */
#include "net/smtp_data.h"
#include "net/error.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

static void append_line_end(struct smtp_data_encoder *encoder, GString *out)
{
    g_string_append_len(out, "\r\n", 2);
    encoder->is_in_line = false;
}

static void append_byte(struct smtp_data_encoder *encoder, char byte, GString *out)
{
    if (byte == '.' && !encoder->is_in_line && !encoder->is_chunk)
        g_string_append_c(out, '.');
    g_string_append_c(out, byte);
    encoder->is_in_line = true;
}

void smtp_data_encode(struct smtp_data_encoder *encoder, const char *bytes, size_t length, GString *out)
{
    for (size_t i = 0; i < length; i++) {
        if (encoder->has_held_cr && bytes[i] != '\n')
            append_byte(encoder, ' ', out);
        encoder->has_held_cr = bytes[i] == '\r';
        if (bytes[i] == '\n')
            append_line_end(encoder, out);
        else if (bytes[i] != '\r')
            append_byte(encoder, bytes[i], out);
    }
}

void smtp_data_end(struct smtp_data_encoder *encoder, GString *out)
{
    if (encoder->has_held_cr || encoder->is_in_line)
        append_line_end(encoder, out);
    encoder->has_held_cr = false;
    if (!encoder->is_chunk)
        g_string_append_len(out, ".\r\n", 3);
}

bool smtp_data_read(int fd, char *bytes, size_t size, uint64_t offset, size_t *done_out, GError **error)
{
    ssize_t count;
    do {
        count = pread(fd, bytes, size, (off_t)offset);
    } while (count < 0 && errno == EINTR);
    if (count > 0) {
        *done_out = (size_t)count;
        return true;
    }
    int saved = count < 0 ? errno : 0;
    g_set_error(error, NET_ERROR, NET_ERROR_IO, _("The message to be sent could not be read from its file: %s"),
                saved != 0 ? g_strerror(saved) : _("it is shorter than it was"));
    return false;
}

bool smtp_data_measure(int fd, uint64_t size_bytes, uint64_t *wire_bytes_out, GError **error)
{
    char bytes[16 * 1024];
    uint64_t offset = 0, wire_bytes = 0;
    char last = '\n';
    while (offset < size_bytes) {
        size_t done = 0;
        if (!smtp_data_read(fd, bytes, (size_t)MIN(sizeof bytes, size_bytes - offset), offset, &done, error))
            return false;
        for (size_t i = 0; i < done; i++) {
            wire_bytes += bytes[i] == '\n' && last != '\r' ? 2 : 1;
            last = bytes[i];
        }
        offset += done;
    }
    *wire_bytes_out = wire_bytes + (last != '\n' ? 2 : 0);
    return true;
}
