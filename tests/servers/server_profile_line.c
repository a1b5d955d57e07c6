/* SPDX-License-Identifier: MIT */
/* One connection to a provider profile: lines and bytes, in the clear or through TLS, until somebody hangs up. */
#include "tests/servers/server_profile_private.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1 << 20, PATIENCE_MS = 120 * 1000 };

static bool wait_for(struct profile_line *self, short events, int timeout_ms)
{
    struct pollfd fds[] = { { .fd = self->fd, .events = events }, { .fd = self->server->stop_fd, .events = POLLIN } };
    int ready;
    do
        ready = poll(fds, G_N_ELEMENTS(fds), timeout_ms);
    while (ready < 0 && errno == EINTR);
    if (fds[1].revents != 0)
        self->is_dead = true;
    return !self->is_dead && ready > 0 && fds[0].revents != 0;
}

bool profile_line_wait(struct profile_line *self, int timeout_ms)
{
    if (self->in->len > 0 || (self->ssl != NULL && SSL_pending(self->ssl) > 0))
        return true;
    return wait_for(self, POLLIN, timeout_ms);
}

/* What to wait for after a call of OpenSSL; 0: it is over. */
static short wanted(const struct profile_line *self, int result)
{
    int why = SSL_get_error(self->ssl, result);
    return why == SSL_ERROR_WANT_READ ? POLLIN : why == SSL_ERROR_WANT_WRITE ? POLLOUT : 0;
}

static ssize_t read_once(struct profile_line *self, guint8 *buffer, size_t size, short *events_out)
{
    *events_out = 0;
    if (self->ssl == NULL) {
        ssize_t count = read(self->fd, buffer, size);
        *events_out = count < 0 && (errno == EAGAIN || errno == EINTR) ? POLLIN : 0;
        return count;
    }
    int count = SSL_read(self->ssl, buffer, (int)size);
    *events_out = count <= 0 ? wanted(self, count) : 0;
    return count;
}

static bool fill(struct profile_line *self)
{
    guint8 buffer[16 * 1024];
    while (!self->is_dead) {
        short events;
        ssize_t count = read_once(self, buffer, sizeof buffer, &events);
        if (count > 0) {
            g_byte_array_append(self->in, buffer, (guint)count);
            return true;
        }
        if (events == 0 || !wait_for(self, events, PATIENCE_MS))
            self->is_dead = true;
    }
    return false;
}

bool profile_line_read(struct profile_line *self, GString *text)
{
    for (;;) {
        const guint8 *end = self->in->len > 0 ? memchr(self->in->data, '\n', self->in->len) : NULL;
        if (end != NULL) {
            gsize length = (gsize)(end - self->in->data);
            g_string_truncate(text, 0);
            g_string_append_len(text, (const char *)self->in->data, (gssize)(length > 0 && end[-1] == '\r' ? length - 1 : length));
            g_byte_array_remove_range(self->in, 0, (guint)length + 1);
            return true;
        }
        if (self->in->len > LINE_MAX_BYTES || !profile_line_flush(self) || !fill(self))
            return false;
    }
}

bool profile_line_read_bytes(struct profile_line *self, size_t count, GByteArray *bytes)
{
    while (self->in->len < count) {
        if (!profile_line_flush(self) || !fill(self))
            return false;
    }
    g_byte_array_append(bytes, self->in->data, (guint)count);
    g_byte_array_remove_range(self->in, 0, (guint)count);
    return true;
}

void profile_line_say(struct profile_line *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_string_append_vprintf(self->out, format, arguments);
    va_end(arguments);
    g_string_append(self->out, "\r\n");
}

void profile_line_say_bytes(struct profile_line *self, const void *bytes, size_t size)
{
    g_string_append_len(self->out, bytes, (gssize)size);
}

bool profile_line_flush(struct profile_line *self)
{
    size_t done = 0;
    while (!self->is_dead && done < self->out->len) {
        int chunk = (int)MIN(self->out->len - done, 16384u);
        ssize_t count =
            self->ssl != NULL ? SSL_write(self->ssl, self->out->str + done, chunk) : write(self->fd, self->out->str + done, (size_t)chunk);
        short events = self->ssl != NULL ? wanted(self, (int)count) : (errno == EAGAIN || errno == EINTR ? POLLOUT : 0);
        if (count > 0)
            done += (size_t)count;
        else if (events == 0 || !wait_for(self, events, PATIENCE_MS))
            self->is_dead = true;
    }
    g_string_truncate(self->out, 0);
    return !self->is_dead;
}

bool profile_line_secure(struct profile_line *self)
{
    if (!profile_line_flush(self))
        return false;
    g_byte_array_set_size(self->in, 0); /* what came before TLS is not to be believed */
    self->ssl = SSL_new(self->server->tls);
    SSL_set_fd(self->ssl, self->fd);
    int result;
    while ((result = SSL_accept(self->ssl)) <= 0) {
        short events = wanted(self, result);
        if (events == 0 || !wait_for(self, events, PATIENCE_MS)) {
            self->is_dead = true;
            return false;
        }
    }
    self->is_secure = true;
    return true;
}

void profile_line_log(struct profile_line *self, const char *text)
{
    pthread_mutex_lock(&self->server->mutex);
    g_string_append_printf(self->server->log, "%c %s\n", self->cell->protocol, text);
    pthread_mutex_unlock(&self->server->mutex);
}
