/* SPDX-License-Identifier: MIT */
/* Waiting for news (RFC 2177). */
#include "net/imap_client_private.h"
#include "net/clock.h"

#define SHORT_MS        2000
#define SHORT_IDLES_MAX 3u
#define DONE_MS         10000 /* for the answer to DONE: it costs a server nothing, and a line may have died while nothing was sent */

static bool is_readable(int fd)
{
    struct pollfd bell = { .fd = fd, .events = POLLIN };
    return fd >= 0 && poll(&bell, 1, 0) > 0;
}

static bool idle_until(imap_client *self, imap_request number, int wake_fd, int64_t until, GError **error)
{
    char bytes[16384];
    while (!self->has_news && imap_client_finished(self, number) == NULL) { /* a server may end IDLE by itself */
        int64_t left = until - net_clock_ms();
        GError *why = NULL;
        if (left <= 0)
            return true;
        size_t got = net_stream_read_or_wake(self->stream, bytes, sizeof bytes, wake_fd, (int)CLAMP(left, 0, G_MAXINT), &why);
        if (why != NULL) {
            g_propagate_error(error, why);
            return imap_client_fail_farewell(self, error);
        }
        if (got == 0)
            return true;
        imap_syntax_feed(self->syntax, bytes, got);
        if (!imap_client_take_all(self, false, error))
            return false;
        if (is_readable(wake_fd)) /* also while what is of no interest comes without a pause */
            return true;
    }
    return true;
}

/* A server that offers IDLE and then refuses it, or ends it at once, would have us ask again without a pause: from now on without IDLE. */
static void judge_idle(imap_client *self, const struct imap_reply *reply, bool is_short)
{
    self->short_idles = is_short && !self->has_news ? self->short_idles + 1 : 0;
    if (reply->status == IMAP_OK && self->short_idles < SHORT_IDLES_MAX)
        return;
    self->is_idle_useless = true;
    self->can[IMAP_CAPABILITY_IDLE] = false;
}

static bool end_idle(imap_client *self, imap_request number, struct imap_reply *reply, GError **error)
{
    net_stream_set_silence(self->stream, DONE_MS);
    bool is_alive = imap_wait(self, number, reply, error);
    net_stream_set_silence(self->stream, 0);
    return is_alive;
}

bool imap_idle(imap_client *self, int wake_fd, int timeout_ms, GError **error)
{
    struct imap_reply reply;
    int64_t until = net_clock_ms() + timeout_ms;
    self->has_news = false;
    int64_t idling_since = 0;
    if (!self->can[IMAP_CAPABILITY_IDLE])
        return idle_until(self, 0, wake_fd, until, error) && imap_wait(self, imap_send_noop(self), &reply, error);
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_IDLE);
    imap_request_add(request, g_strdup_printf("%s IDLE\r\n", request->tag));
    imap_client_queue(self, request);
    imap_request number = request->number;
    self->is_idling = false;
    while (!self->is_idling && imap_client_finished(self, number) == NULL) {
        if (!imap_client_pump(self, error))
            return false;
        bool is_answered = self->is_idling || imap_client_finished(self, number) != NULL;
        if (!is_answered && !imap_client_receive(self, false, error))
            return false;
    }
    if (self->is_idling) {
        idling_since = net_clock_ms();
        if (!idle_until(self, number, wake_fd, until, error))
            return false;
        self->due_since_ms = net_clock_ms();
        if (imap_client_finished(self, number) == NULL && !net_stream_write(self->stream, "DONE\r\n", 6, error))
            return false;
    }
    bool is_ended_by_server = imap_client_finished(self, number) != NULL;
    self->is_idling = false;
    if (!end_idle(self, number, &reply, error))
        return false;
    judge_idle(self, &reply, is_ended_by_server && net_clock_ms() - idling_since < SHORT_MS);
    return true;
}
