/* SPDX-License-Identifier: MIT */
/* One IMAP connection: a send queue and a wait list. The requests themselves are in imap_command.c. */
#include "net/imap_client_private.h"
#include "net/clock.h"
#include "net/log.h"
#include "net/refusal.h"
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#define PIECE       ((size_t)32768)
#define RECEIVE_MAX 65536u
#define SLOW_MS     3000
#define STALL_MS    180000 /* one response under way for so long */
#define STALL_RATE  50     /* and slower than this, in bytes a second: nobody will see its end */
#define NOISE_MAX   50u    /* lines between two tagged answers that are no IMAP */
#define SLOW_RATE   1000   /* bytes a second: below this an answer under way counts as slow too */

/* --- life --- */
static void part_free(gpointer data)
{
    struct imap_part *part = data;
    if (part->bytes != NULL && part->is_secret)
        explicit_bzero(part->bytes, part->length);
    g_free(part->bytes);
    g_free(part);
}

void imap_request_free(gpointer data)
{
    struct imap_request_state *request = data;
    g_ptr_array_unref(request->parts);
    g_free(request->text);
    g_free(request->ranges);
    g_free(request->mailbox);
    g_free(request);
}

struct imap_request_state *imap_request_new(imap_client *self, enum imap_request_kind kind)
{
    struct imap_request_state *request = g_new0(struct imap_request_state, 1);
    request->number = ++self->last_number;
    request->kind = kind;
    request->parts = g_ptr_array_new_with_free_func(part_free);
    g_snprintf(request->tag, sizeof request->tag, "p%u", request->number);
    return request;
}

static void note_progress(imap_client *self)
{
    self->activity_ms = net_clock_ms();
    if (self->is_slow && self->handlers.slow != NULL)
        self->handlers.slow(self->handlers.data, 0);
    self->is_slow = false;
}

/* Runs inside the stream's waits: is an answer due for long? */
static void client_tick(void *data, int waited_ms)
{
    imap_client *self = data;
    if (self->outer.tick != NULL)
        self->outer.tick(self->outer.data, waited_ms);
    int64_t age = net_clock_ms() - self->due_since_ms;
    bool is_trickle = age >= SLOW_MS && self->due_bytes * 1000 < (uint64_t)age * SLOW_RATE;
    if (self->handlers.slow == NULL || self->due_since_ms == 0 || (waited_ms < SLOW_MS && !is_trickle))
        return;
    self->is_slow = true;
    self->handlers.slow(self->handlers.data, (int)MIN(age, G_MAXINT));
}

static imap_client *client_new(const struct imap_handlers *handlers, const struct net_context *context)
{
    static const struct imap_handlers none;
    imap_client *self = g_new0(imap_client, 1);
    self->append_limit = -1;
    self->handlers = handlers != NULL ? *handlers : none;
    self->syntax = imap_syntax_new(&imap_limits_default);
    self->outer = context != NULL ? *context : (struct net_context){ .cancel_fd = -1 };
    self->context = self->outer;
    self->context.tick = client_tick;
    self->context.data = self;
    self->wire_names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_queue_init(&self->unsent);
    g_queue_init(&self->waiting);
    self->finished = g_ptr_array_new_with_free_func(imap_request_free);
    return self;
}

imap_client *imap_client_new(net_stream *stream, const struct imap_handlers *handlers)
{
    imap_client *self = client_new(handlers, NULL);
    self->stream = stream;
    return self;
}

void imap_client_free(imap_client *self)
{
    if (self == NULL)
        return;
    net_stream_free(self->stream);
    imap_syntax_free(self->syntax);
    struct imap_request_state *first = g_queue_peek_head(&self->unsent);
    if (first != NULL &&
        g_queue_find(&self->waiting, first) != NULL) /* half sent, or its first byte could not be written: it waits already */
        g_queue_pop_head(&self->unsent);
    g_queue_clear_full(&self->unsent, imap_request_free);
    g_queue_clear_full(&self->waiting, imap_request_free);
    g_ptr_array_unref(self->finished);
    net_signin_free(self->signin);
    g_hash_table_unref(self->wire_names);
    g_free(self->mailbox.name);
    g_free(self->mailbox.id);
    g_free(self->permanent_flags);
    g_free(self->personal.prefix);
    g_free(self->capabilities);
    g_free(self->greeting);
    g_free(self->mechanism);
    g_free(self->farewell);
    g_free(self->throttled);
    g_free(self->kept_text);
    g_free(self);
}

const char *imap_client_greeting(const imap_client *self)
{
    return self->greeting != NULL ? self->greeting : "";
}

const char *imap_client_mechanism(const imap_client *self)
{
    return self->mechanism != NULL ? self->mechanism : "";
}

bool imap_client_keeps_keyword(const imap_client *self, const char *keyword)
{
    if (self->permanent_flags == NULL || (self->mailbox.permanent_bits & IMAP_FLAG_ANY))
        return true;
    g_auto(GStrv) flags = g_strsplit_set(self->permanent_flags, " ()", -1);
    for (char **flag = flags; *flag != NULL; flag++) {
        if (g_ascii_strcasecmp(*flag, keyword) == 0)
            return true;
    }
    return false;
}

const struct imap_mailbox *imap_client_mailbox(const imap_client *self)
{
    return &self->mailbox;
}

const struct imap_namespace *imap_client_namespace(const imap_client *self)
{
    return self->personal.prefix != NULL ? &self->personal : NULL;
}

net_stream *imap_client_stream(imap_client *self)
{
    return self->stream;
}

/* --- sending --- */
void imap_client_queue(imap_client *self, struct imap_request_state *request)
{
    g_queue_push_tail(&self->unsent, request);
}

/* The literal's size was announced: without these bytes the connection cannot be used for anything else. */
static bool write_file(imap_client *self, const struct imap_part *part, uint64_t *done, GError **error)
{
    char bytes[PIECE];
    ssize_t got = pread(part->fd, bytes, MIN(sizeof bytes, part->fd_size - *done), (off_t)*done);
    if (got <= 0) {
        g_set_error(error, NET_ERROR, NET_ERROR_IO, _("The message to be stored with %s cannot be read."), net_stream_host(self->stream));
        return false;
    }
    *done += (uint64_t)got;
    self->queued_bytes += (size_t)got;
    return net_stream_write_mail(self->stream, bytes, (size_t)got, error);
}

static bool write_bytes(imap_client *self, const struct imap_part *part, GError **error)
{
    self->queued_bytes += part->length;
    return part->is_secret ? net_stream_write_secret(self->stream, part->bytes, part->length, error)
                           : net_stream_write(self->stream, part->bytes, part->length, error);
}

/* The next piece of request into the stream's queue. */
static bool write_piece(imap_client *self, struct imap_request_state *request, GError **error)
{
    const struct imap_part *part = g_ptr_array_index(request->parts, request->next_part);
    if (part->bytes != NULL ? !write_bytes(self, part, error)
                            : request->part_done < part->fd_size && !write_file(self, part, &request->part_done, error))
        return false;
    if (part->bytes == NULL && request->part_done < part->fd_size)
        return true;
    request->part_done = 0;
    request->next_part++;
    self->is_blocked = part->waits_for_go;
    if (request->next_part == request->parts->len)
        g_queue_pop_head(&self->unsent);
    return true;
}

/* The request to write at: none behind a synchronizing literal before the server's "+", none behind a command that must be alone. */
static struct imap_request_state *writable(imap_client *self)
{
    struct imap_request_state *next = g_queue_peek_head(&self->unsent), *last = g_queue_peek_tail(&self->waiting);
    bool is_alone = last != NULL && last != next && last->kind >= IMAP_REQUEST_IDLE;
    return self->is_blocked || is_alone ? NULL : next;
}

static void begin_waiting(imap_client *self, struct imap_request_state *request)
{
    g_queue_push_tail(&self->waiting, request);
    if (self->due_since_ms == 0) {
        self->due_since_ms = net_clock_ms();
        self->due_bytes = 0;
    }
}

/* Sends what is queued. What the server says meanwhile is taken in, or both sides would write and nobody read. Answers may change all queues. */
static bool flush(imap_client *self, GError **error)
{
    bool is_flushed = false;
    self->queued_bytes = 0;
    if (self->is_muted || self->takes_one) /* each byte behind that answer counts, so none is taken in early */
        return net_stream_flush(self->stream, error);
    while (net_stream_flush_some(self->stream, &is_flushed, NULL)) {
        if (is_flushed)
            return true;
        if (!imap_client_receive(self, false, error))
            return false;
    }
    while (imap_client_receive(self, false, error)) /* what it said before it hung up explains more */
        continue;
    return false;
}

bool imap_client_pump(imap_client *self, GError **error)
{
    struct imap_request_state *request;
    while ((request = writable(self)) != NULL) {
        if (request->next_part == 0)
            begin_waiting(self, request);
        if (!write_piece(self, request, error) || (self->queued_bytes >= PIECE && !flush(self, error)))
            return false;
    }
    return flush(self, error);
}

/* --- receiving --- */
bool imap_client_fail_protocol(imap_client *self, const char *text, GError **error)
{
    g_autofree char *excerpt = imap_excerpt(text, strlen(text));
    g_set_error(error, NET_ERROR, NET_ERROR_PROTOCOL, _("%s sent something that is not IMAP: %s"), net_stream_host(self->stream), excerpt);
    return false;
}

/* The commands that see the answers to a SELECT: the oldest unanswered one. */
static struct imap_request_state *oldest(imap_client *self)
{
    return g_queue_peek_head(&self->waiting);
}

static void keep_reply(struct imap_request_state *request, const struct imap_reply *reply)
{
    size_t total = reply->source_count + reply->target_count;
    request->reply = *reply;
    request->text = g_strdup(reply->text);
    request->ranges = g_new(struct imap_range, total + 1);
    if (reply->source_count > 0)
        memcpy(request->ranges, reply->source, reply->source_count * sizeof *reply->source);
    if (reply->target_count > 0)
        memcpy(request->ranges + reply->source_count, reply->target, reply->target_count * sizeof *reply->target);
    request->reply.text = request->text;
    request->reply.source = request->ranges;
    request->reply.target = request->ranges + reply->source_count;
    request->is_done = true;
}

/* The rest of a subject with a line break in it, and the like: some servers send such. Only in a folder, and not for long. */
static bool bear_noise(imap_client *self, const char *line, GError **error)
{
    if (self->mailbox.name == NULL || ++self->noise > NOISE_MAX)
        return imap_client_fail_protocol(self, line, error);
    net_log_note(self->context.log_name, "this is no IMAP and was left out");
    return true;
}

imap_request imap_client_answering(const imap_client *self)
{
    const struct imap_request_state *request = g_queue_peek_head((GQueue *)&self->waiting);
    if (self->answering != 0)
        return self->answering;
    return request != NULL ? request->number : 0;
}

const char *imap_client_throttled(const imap_client *self)
{
    return self->throttled;
}

/* Services that refuse in words of their own get the code of RFC 5530 that they mean: nobody above needs to know them. */
static void understand_refusal(imap_client *self, struct imap_reply *reply)
{
    static const enum imap_code codes[] = { [NET_REFUSAL_CONNECTIONS] = IMAP_CODE_LIMIT,
                                            [NET_REFUSAL_THROTTLED] = IMAP_CODE_LIMIT,
                                            [NET_REFUSAL_TROUBLE] = IMAP_CODE_UNAVAILABLE,
                                            [NET_REFUSAL_TOO_LARGE] = IMAP_CODE_TOOBIG };
    enum net_refusal meaning = reply->status != IMAP_OK ? net_refusal_of(reply->text, NULL) : NET_REFUSAL_PLAIN;
    if (meaning == NET_REFUSAL_PLAIN)
        return;
    reply->code = codes[meaning];
    if (meaning != NET_REFUSAL_THROTTLED)
        return;
    g_free(self->throttled);
    self->throttled = g_strdup(reply->text);
}

static bool take_tagged(imap_client *self, const struct imap_value *response, const char *line, GError **error)
{
    enum imap_status status;
    struct imap_reply reply;
    const char *tag = imap_value_get_text(&response->items[0]),
               *word = response->count > 1 ? imap_value_get_text(&response->items[1]) : NULL;
    GList *link = self->waiting.head;
    while (link != NULL && (tag == NULL || g_ascii_strcasecmp(((struct imap_request_state *)link->data)->tag, tag) != 0))
        link = link->next;
    bool is_status = word != NULL && imap_status_word(word, &status) && status <= IMAP_BAD;
    if (link == NULL && !is_status)
        return bear_noise(self, line, error);
    if (link == NULL || !is_status)
        return imap_client_fail_protocol(self, line, error);
    struct imap_request_state *request = link->data;
    self->enabling = request->number == self->enabling ? 0 : self->enabling;
    imap_untagged_code(self, status, line, &reply);
    understand_refusal(self, &reply);
    keep_reply(request, &reply);
    g_queue_delete_link(&self->waiting, link);
    if (self->is_blocked && g_queue_peek_head(&self->unsent) == request) { /* refused before the literal was wanted */
        g_queue_pop_head(&self->unsent);
        self->is_blocked = false;
    } /* RFC 7888 4: a literal that needs no go-ahead goes out to its end all the same */
    imap_untagged_finish_select(self, request);
    self->due_since_ms = g_queue_is_empty(&self->waiting) ? 0 : net_clock_ms();
    self->due_bytes = self->search_given = self->untagged_given = self->noise = 0;
    g_ptr_array_add(self->finished, request);
    return true;
}

static bool take_continuation(imap_client *self, const char *line, GError **error)
{
    struct imap_request_state *request = oldest(self);
    if (self->is_blocked) {
        self->is_blocked = false; /* whoever waits pumps */
        return true;
    }
    if (request != NULL && request->kind == IMAP_REQUEST_AUTHENTICATE && self->challenges <= IMAP_CHALLENGES_MAX)
        return imap_signin_answer(self, line, error);
    if (request != NULL && request->kind == IMAP_REQUEST_IDLE) {
        self->is_idling = true;
        self->due_since_ms = 0;
        return true;
    }
    return imap_client_fail_protocol(self, line, error);
}

/* One whole response. */
static bool take(imap_client *self, const struct imap_value *response, const char *line, GError **error)
{
    if (response->count == 0)
        return true; /* a blank line: seen between responses */
    if (oldest(self) != NULL)
        imap_untagged_begin_select(self, oldest(self));
    if (line[0] == '+') /* no tag begins so; some servers leave out the space */
        return take_continuation(self, line, error);
    if (line[0] == '*' && line[1] == ' ')
        return imap_untagged_take(self, response, line, error);
    return take_tagged(self, response, line, error);
}

/* All responses that are whole. False: the connection is finished. until_greeting: no further than that, so that what follows can be counted. */
bool imap_client_take_all(imap_client *self, bool is_one, GError **error)
{
    const struct imap_value *response = NULL;
    const char *line = NULL;
    for (;;) {
        switch (imap_syntax_next(self->syntax, &response, &line, error)) {
        case IMAP_MORE:
            return true;
        case IMAP_BAD_SYNTAX:
            g_prefix_error(error, "%s: ", net_stream_host(self->stream));
            return false;
        case IMAP_DONE:
            self->response_since_ms = 0;
            if (!take(self, response, line, error))
                return false;
            if (is_one)
                return true;
        }
    }
}

bool imap_client_fail_farewell(imap_client *self, GError **error)
{
    bool is_over =
        error != NULL && (g_error_matches(*error, NET_ERROR, NET_ERROR_CLOSED) || g_error_matches(*error, NET_ERROR, NET_ERROR_TIMEOUT));
    if (self->farewell == NULL || !is_over)
        return false;
    g_clear_error(error);
    g_set_error(error, NET_ERROR, NET_ERROR_CLOSED, _("%s said goodbye: %s"), net_stream_host(self->stream), self->farewell);
    return false;
}

/* A byte now and then keeps a connection alive for ever and helps nobody. Whole responses count, so "* OK still searching" is patience. */
static bool is_moving(imap_client *self, size_t got, GError **error)
{
    int64_t now = net_clock_ms();
    self->response_bytes += got;
    if (imap_syntax_unread(self->syntax) == 0) {
        self->response_since_ms = 0;
    } else if (self->response_since_ms == 0) {
        self->response_since_ms = now;
        self->response_bytes = 0;
    }
    int64_t age = self->response_since_ms != 0 ? now - self->response_since_ms : 0;
    if (age < STALL_MS || self->response_bytes * 1000 >= (uint64_t)age * STALL_RATE)
        return true;
    g_set_error(error, NET_ERROR, NET_ERROR_TIMEOUT, _("%s answers so slowly that its answer will not end: %d bytes in %d seconds."),
                net_stream_host(self->stream), (int)MIN(self->response_bytes, G_MAXINT), (int)(age / 1000));
    return false;
}

/* Waits for bytes and takes what they hold. */
bool imap_client_receive(imap_client *self, bool is_one, GError **error)
{
    size_t got = net_stream_read(self->stream, imap_syntax_room(self->syntax, RECEIVE_MAX), RECEIVE_MAX, error);
    if (got == 0)
        return imap_client_fail_farewell(self, error);
    self->due_bytes += got;
    note_progress(self);
    imap_syntax_fed(self->syntax, got);
    return imap_client_take_all(self, is_one, error) && is_moving(self, got, error);
}

struct imap_request_state *imap_client_finished(imap_client *self, imap_request number)
{
    for (guint i = 0; i < self->finished->len; i++) {
        struct imap_request_state *request = g_ptr_array_index(self->finished, i);
        if (request->number == number)
            return request;
    }
    return NULL;
}

/* Answers that were given out lived until this call; those nobody will ask for are given up too. All others are kept: somebody waits for them. */
static void forget_given(imap_client *self, struct imap_request_state *current)
{
    for (guint i = self->finished->len; i-- > 0;) {
        struct imap_request_state *other = g_ptr_array_index(self->finished, i);
        bool is_wanted = other == current || other == g_queue_peek_head(&self->unsent); /* answered while it is still being sent */
        if (!is_wanted && (other->is_given || other->is_unasked))
            g_ptr_array_remove_index(self->finished, i);
    }
    current->is_given = true;
}

bool imap_wait(imap_client *self, imap_request number, struct imap_reply *reply_out, GError **error)
{
    static const struct imap_reply refused = { .status = IMAP_BAD, .text = "" };
    if (number == 0) {
        *reply_out = refused;
        reply_out->text = _("The name cannot be sent to the server.");
        return true;
    }
    struct imap_request_state *request;
    GError *why = NULL;
    /* Answered early, it is sent to its end nevertheless: its file is the caller's again afterwards. */
    while ((request = imap_client_finished(self, number)) == NULL || request == g_queue_peek_head(&self->unsent)) {
        bool is_alive = imap_client_pump(self, &why);
        request = imap_client_finished(self, number);
        if (is_alive && (request != NULL || imap_client_receive(self, false, &why)))
            continue;
        if (request != NULL) /* the last words before it hung up; the next call says that it did */
            break;
        g_propagate_error(error, why);
        return false;
    }
    g_clear_error(&why);
    *reply_out = request->reply;
    forget_given(self, request);
    return true;
}

bool imap_client_ask_alone(imap_client *self, enum imap_request_kind kind, const char *words, struct imap_reply *reply_out, GError **error)
{
    struct imap_request_state *request = imap_request_new(self, kind);
    imap_request number = request->number;
    bool is_alive = true;
    imap_request_add(request, g_strdup_printf("%s %s\r\n", request->tag, words));
    imap_client_queue(self, request);
    self->takes_one = true;
    while (is_alive && imap_client_finished(self, number) == NULL) {
        size_t unread = imap_syntax_unread(self->syntax);
        is_alive = imap_client_pump(self, error) && imap_client_take_all(self, true, error);
        bool is_waiting = imap_client_finished(self, number) == NULL && imap_syntax_unread(self->syntax) == unread;
        if (is_alive && is_waiting) /* only when nothing whole is left in the buffer */
            is_alive = imap_client_receive(self, true, error);
    }
    self->takes_one = false;
    if (is_alive)
        *reply_out = imap_client_finished(self, number)->reply;
    return is_alive;
}

static struct imap_request_state *in_queue(GQueue *queue, imap_request number)
{
    for (GList *link = queue->head; link != NULL; link = link->next) {
        struct imap_request_state *request = link->data;
        if (request->number == number)
            return request;
    }
    return NULL;
}

/* Finished, waiting or not sent; NULL: given out and forgotten. */
static struct imap_request_state *request_of(imap_client *self, imap_request number)
{
    struct imap_request_state *request = imap_client_finished(self, number);
    request = request != NULL ? request : in_queue(&self->waiting, number);
    return request != NULL ? request : in_queue(&self->unsent, number);
}

bool imap_wait_all(imap_client *self, struct imap_reply *reply_out, GError **error)
{
    bool has_bad = false;
    *reply_out = (struct imap_reply){ .status = IMAP_OK, .text = "" };
    for (imap_request number = self->first_unasked + 1; number <= self->last_number; number++) {
        struct imap_reply reply;
        const struct imap_request_state *request = request_of(self, number);
        /* Asked by the way: its refusal is no news to the owner. Waited for before: its answer was another question's. */
        if (request == NULL || request->is_unasked || request->is_given)
            continue;
        if (!imap_wait(self, number, &reply, error))
            return false;
        if (reply.status != IMAP_OK && !has_bad) {
            has_bad = true;
            *reply_out = reply;
            g_free(self->kept_text);
            self->kept_text = g_strdup(reply.text);
            reply_out->text = self->kept_text;
            reply_out->source = reply_out->target = NULL;
            reply_out->source_count = reply_out->target_count = 0;
        }
    }
    self->first_unasked = self->last_number;
    return true;
}

imap_client *imap_client_connect(const struct net_endpoint *endpoint, const struct net_context *context,
                                 const struct imap_handlers *handlers, struct net_trust_verdict *verdict_out, GError **error)
{
    g_autoptr(imap_client) self = client_new(handlers, context);
    self->due_since_ms = net_clock_ms();
    self->stream = net_stream_connect(endpoint, &self->context, verdict_out, error);
    if (self->stream == NULL || !imap_client_greet(self, verdict_out, error))
        return NULL;
    return g_steal_pointer(&self);
}
