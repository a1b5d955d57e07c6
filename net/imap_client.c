/* SPDX-License-Identifier: MIT */
/* One IMAP connection: a send queue, a wait list, and the states of greeting, encryption and sign-in. The requests themselves are in imap_command.c. */
#include "net/imap_client_private.h"
#include "net/clock.h"
#include "net/log.h"
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#define SLOW_MS        3000
#define CHALLENGES_MAX 8u   /* of one sign-in: no mechanism has more */
#define SLOW_RATE      1000 /* bytes a second: below this an answer under way counts as slow too */

static const struct {
    const char *wire;
} capability_table[] = {
#define X(name, wire, rfc) { wire },
    IMAP_CAPABILITIES(X)
#undef X
};

/* --- life --- */
static void part_free(gpointer data)
{
    struct imap_part *part = data;
    if (part->bytes != NULL && part->is_secret)
        explicit_bzero(part->bytes, part->length);
    g_free(part->bytes);
    g_free(part);
}

static void request_free(gpointer data)
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
    self->handlers = handlers != NULL ? *handlers : none;
    self->syntax = imap_syntax_new(&imap_limits_default);
    self->outer = context != NULL ? *context : (struct net_context){ .cancel_fd = -1 };
    self->context = self->outer;
    self->context.tick = client_tick;
    self->context.data = self;
    self->wire_names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_queue_init(&self->unsent);
    g_queue_init(&self->waiting);
    self->finished = g_ptr_array_new_with_free_func(request_free);
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
    if (first != NULL && first->next_part > 0) /* half sent: the wait list has it too */
        g_queue_pop_head(&self->unsent);
    g_queue_clear_full(&self->unsent, request_free);
    g_queue_clear_full(&self->waiting, request_free);
    g_ptr_array_unref(self->finished);
    net_sasl_free(self->sasl);
    g_hash_table_unref(self->wire_names);
    g_free(self->mailbox.name);
    g_free(self->capabilities);
    g_free(self->greeting);
    g_free(self->mechanism);
    g_free(self->farewell);
    g_free(self->kept_text);
    g_free(self);
}

/* --- capabilities --- */
static void forget_capabilities(imap_client *self)
{
    g_clear_pointer(&self->capabilities, g_free);
    memset(self->can, 0, sizeof self->can);
}

static void note_capabilities(imap_client *self, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    forget_capabilities(self);
    self->capabilities = g_strstrip(g_strdup(text));
    for (char **word = words; *word != NULL; word++) {
        for (size_t i = 0; i < IMAP_CAPABILITY_COUNT; i++) {
            if (g_ascii_strcasecmp(*word, capability_table[i].wire) == 0)
                self->can[i] = true;
        }
    }
}

bool imap_client_can(const imap_client *self, enum imap_capability capability)
{
    return self->can[capability];
}

const char *imap_client_capabilities(const imap_client *self)
{
    return self->capabilities != NULL ? self->capabilities : "";
}

const char *imap_client_greeting(const imap_client *self)
{
    return self->greeting != NULL ? self->greeting : "";
}

const char *imap_client_mechanism(const imap_client *self)
{
    return self->mechanism != NULL ? self->mechanism : "";
}

const struct imap_mailbox *imap_client_mailbox(const imap_client *self)
{
    return &self->mailbox;
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

static bool write_fd(imap_client *self, const struct imap_part *part, GError **error)
{
    char bytes[32768];
    uint64_t done = 0;
    while (done < part->fd_size) {
        ssize_t got = pread(part->fd, bytes, MIN(sizeof bytes, part->fd_size - done), (off_t)done);
        if (got <= 0) {
            /* The literal's size was announced: the connection cannot be used for anything else. */
            g_set_error(error, NET_ERROR, NET_ERROR_IO, _("The message to be stored with %s cannot be read."),
                        net_stream_host(self->stream));
            return false;
        }
        if (!net_stream_write_mail(self->stream, bytes, (size_t)got, error) || !net_stream_flush(self->stream, error))
            return false;
        done += (uint64_t)got;
    }
    return true;
}

static bool write_part(imap_client *self, const struct imap_part *part, GError **error)
{
    if (part->fd >= 0 && part->bytes == NULL)
        return write_fd(self, part, error);
    return part->is_secret ? net_stream_write_secret(self->stream, part->bytes, part->length, error)
                           : net_stream_write(self->stream, part->bytes, part->length, error);
}

/* Writes as much as may be written now: a part behind a synchronizing literal waits for the server's "+". */
static bool pump(imap_client *self, GError **error)
{
    while (!g_queue_is_empty(&self->unsent) && !self->is_blocked) {
        struct imap_request_state *request = g_queue_peek_head(&self->unsent);
        if (request->next_part == 0) {
            g_queue_push_tail(&self->waiting, request);
            if (self->due_since_ms == 0) {
                self->due_since_ms = net_clock_ms();
                self->due_bytes = 0;
            }
        }
        while (request->next_part < request->parts->len && !self->is_blocked) {
            const struct imap_part *part = g_ptr_array_index(request->parts, request->next_part++);
            if (!write_part(self, part, error))
                return false;
            self->is_blocked = part->waits_for_go;
        }
        if (request->next_part == request->parts->len)
            g_queue_pop_head(&self->unsent);
        if (request->kind == IMAP_REQUEST_AUTHENTICATE || request->kind == IMAP_REQUEST_STARTTLS)
            break; /* nothing may follow these before their answer */
    }
    return net_stream_flush(self->stream, error);
}

/* --- receiving --- */
static bool fail_protocol(imap_client *self, const char *text, GError **error)
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

static void begin_select(imap_client *self, struct imap_request_state *request)
{
    if (request->kind != IMAP_REQUEST_SELECT || request->is_begun)
        return;
    request->is_begun = true;
    g_free(self->mailbox.name);
    self->mailbox = (struct imap_mailbox){ .name = g_strdup(request->mailbox),
                                           .is_read_only = request->is_read_only,
                                           .permanent_bits = IMAP_FLAG_SEEN | IMAP_FLAG_ANSWERED | IMAP_FLAG_FLAGGED | IMAP_FLAG_DELETED |
                                                             IMAP_FLAG_DRAFT };
}

static void apply_code(imap_client *self, const struct imap_reply *reply, const char *arguments)
{
    switch (reply->code) {
    case IMAP_CODE_CAPABILITY:
        note_capabilities(self, arguments);
        break;
    case IMAP_CODE_UIDVALIDITY:
        self->mailbox.uidvalidity = reply->number <= UINT32_MAX ? (uint32_t)reply->number : 0;
        break;
    case IMAP_CODE_UIDNEXT:
        self->mailbox.uidnext = reply->number <= UINT32_MAX ? (uint32_t)reply->number : 0;
        break;
    case IMAP_CODE_UNSEEN:
        self->mailbox.unseen = (uint32_t)reply->number;
        break;
    case IMAP_CODE_HIGHESTMODSEQ:
        self->mailbox.highestmodseq = reply->number;
        break;
    case IMAP_CODE_READ_ONLY:
        self->mailbox.is_read_only = true;
        break;
    case IMAP_CODE_READ_WRITE:
        self->mailbox.is_read_only = false;
        break;
    case IMAP_CODE_ALERT:
        if (self->handlers.alert != NULL && !self->is_muted)
            self->handlers.alert(self->handlers.data, reply->text);
        break;
    default:
        break;
    }
}

static void apply_permanent_flags(imap_client *self, const char *arguments)
{
    static const struct {
        const char *word;
        unsigned bit;
    } words[] = { { "\\Seen", IMAP_FLAG_SEEN },       { "\\Answered", IMAP_FLAG_ANSWERED }, { "\\Flagged", IMAP_FLAG_FLAGGED },
                  { "\\Deleted", IMAP_FLAG_DELETED }, { "\\Draft", IMAP_FLAG_DRAFT },       { "\\*", IMAP_FLAG_ANY } };
    g_auto(GStrv) flags = g_strsplit_set(arguments, " ()", -1);
    self->mailbox.permanent_bits = 0;
    for (char **flag = flags; *flag != NULL; flag++) {
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
            self->mailbox.permanent_bits |= g_ascii_strcasecmp(*flag, words[i].word) == 0 ? words[i].bit : 0;
    }
}

static bool status_word(const char *word, enum imap_status *status_out)
{
    static const char *const words[] = {
        [IMAP_OK] = "OK", [IMAP_NO] = "NO", [IMAP_BAD] = "BAD", [IMAP_PREAUTH] = "PREAUTH", [IMAP_BYE] = "BYE"
    };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_ascii_strcasecmp(word, words[i]) == 0) {
            *status_out = (enum imap_status)i;
            return true;
        }
    }
    return false;
}

/* text: the whole line; the words behind tag and status. */
static const char *behind_two_words(const char *text)
{
    text += strcspn(text, " ");
    text += strspn(text, " ");
    text += strcspn(text, " ");
    return *text == ' ' ? text + 1 : text;
}

static bool take_status(imap_client *self, enum imap_status status, const char *line, struct imap_reply *reply)
{
    const char *arguments = "";
    *reply = (struct imap_reply){ .status = status };
    imap_response_code(self->syntax, behind_two_words(line), reply, &arguments);
    if (reply->code == IMAP_CODE_PERMANENTFLAGS)
        apply_permanent_flags(self, arguments);
    apply_code(self, reply, arguments);
    return true;
}

static bool take_untagged_status(imap_client *self, enum imap_status status, const char *line)
{
    struct imap_reply reply;
    take_status(self, status, line, &reply);
    if (!self->has_greeting) {
        self->has_greeting = true;
        self->greeting_status = status;
        self->greeting = g_strdup(reply.text);
    } else if (status == IMAP_BYE) {
        g_free(self->farewell);
        self->farewell = g_strdup(reply.text);
    }
    return true;
}

static void take_exists(imap_client *self, uint32_t number)
{
    self->mailbox.exists = number;
    self->has_news = true;
    if (self->handlers.exists != NULL && !self->is_muted)
        self->handlers.exists(self->handlers.data, number);
}

static void take_expunge(imap_client *self, uint32_t number)
{
    if (number == 0 || number > self->mailbox.exists)
        return;
    self->mailbox.exists--;
    self->has_news = true;
    if (self->handlers.expunge != NULL && !self->is_muted)
        self->handlers.expunge(self->handlers.data, number);
}

static void take_fetch(imap_client *self, uint32_t number, const struct imap_value *response)
{
    struct imap_fetch fetch;
    if (response->count < 4 || !imap_response_fetch(self->syntax, &response->items[3], &fetch))
        return;
    fetch.sequence = number;
    self->has_news = true;
    if (self->handlers.fetch != NULL && !self->is_muted)
        self->handlers.fetch(self->handlers.data, &fetch);
}

static bool take_numbered(imap_client *self, const struct imap_value *response)
{
    uint64_t number = 0;
    if (response->count < 3 || !imap_value_get_number(&response->items[1], &number) || number > UINT32_MAX)
        return false;
    if (imap_value_is_word(&response->items[2], "EXISTS"))
        take_exists(self, (uint32_t)number);
    else if (imap_value_is_word(&response->items[2], "EXPUNGE"))
        take_expunge(self, (uint32_t)number);
    else if (imap_value_is_word(&response->items[2], "FETCH"))
        take_fetch(self, (uint32_t)number, response);
    return true; /* RECENT and whatever else: nothing to us */
}

static void take_search(imap_client *self, const struct imap_value *response)
{
    uint32_t *numbers = imap_syntax_alloc(self->syntax, response->count * sizeof *numbers);
    size_t count = 0;
    for (size_t i = 2; i < response->count; i++) {
        uint64_t number = 0;
        if (imap_value_get_number(&response->items[i], &number) && number > 0 && number <= UINT32_MAX)
            numbers[count++] = (uint32_t)number;
    }
    if (self->handlers.search != NULL && !self->is_muted)
        self->handlers.search(self->handlers.data, numbers, count);
}

/* One range in pieces; at most limit numbers. Returns how many. */
static uint64_t give_range(imap_client *self, const struct imap_range *range, uint64_t limit)
{
    uint32_t piece[1000];
    uint64_t given = 0;
    for (uint64_t n = range->first; n <= range->last && given < limit;) {
        size_t have = 0;
        while (n <= range->last && given + have < limit && have < G_N_ELEMENTS(piece))
            piece[have++] = (uint32_t)n++;
        self->handlers.search(self->handlers.data, piece, have);
        given += have;
    }
    return given;
}

static void take_esearch(imap_client *self, const struct imap_value *response)
{
    for (size_t i = 2; i + 1 < response->count; i++) {
        size_t count = 0;
        if (!imap_value_is_word(&response->items[i], "ALL") || self->handlers.search == NULL || self->is_muted)
            continue;
        const struct imap_range *ranges = imap_response_ranges(self->syntax, response->items[i + 1].bytes, &count);
        uint64_t left = self->mailbox.exists; /* more were never there: "1:4294967295" is a mistake or an attack */
        for (size_t k = 0; k < count && left > 0; k++)
            left -= give_range(self, &ranges[k], left);
    }
}

static void take_vanished(imap_client *self, const struct imap_value *response)
{
    bool is_earlier = response->count > 3 && response->items[2].kind == IMAP_LIST;
    size_t count = 0, index = is_earlier ? 3 : 2;
    if (response->count <= index || self->handlers.vanished == NULL || self->is_muted)
        return;
    const struct imap_range *ranges = imap_response_ranges(self->syntax, response->items[index].bytes, &count);
    self->has_news = true;
    self->handlers.vanished(self->handlers.data, is_earlier, ranges, count);
}

static void take_list(imap_client *self, const struct imap_value *response)
{
    struct imap_list list;
    if (!imap_response_list(self->syntax, response, &list) || self->is_muted)
        return;
    if (strchr(list.wire, '&') != NULL && strcmp(list.mailbox, list.wire) == 0)
        g_hash_table_add(self->wire_names, g_strdup(list.wire));
    if (self->handlers.list != NULL)
        self->handlers.list(self->handlers.data, &list);
}

static void take_mailbox_status(imap_client *self, const struct imap_value *response)
{
    struct imap_mailbox_status status;
    if (imap_response_status(self->syntax, response, &status) && self->handlers.status != NULL && !self->is_muted)
        self->handlers.status(self->handlers.data, &status);
}

static const struct {
    const char *word;
    void (*take)(imap_client *self, const struct imap_value *response);
} untagged[] = {
    { "LIST", take_list },     { "LSUB", take_list },       { "STATUS", take_mailbox_status },
    { "SEARCH", take_search }, { "ESEARCH", take_esearch }, { "VANISHED", take_vanished },
};

static bool take_untagged(imap_client *self, const struct imap_value *response, const char *line, GError **error)
{
    enum imap_status status;
    const char *word = response->count > 1 ? imap_value_get_text(&response->items[1]) : NULL;
    if (word == NULL)
        return fail_protocol(self, line, error);
    if (status_word(word, &status))
        return take_untagged_status(self, status, line);
    if (!self->has_greeting)
        return fail_protocol(self, line, error); /* data before a greeting */
    if (g_ascii_strcasecmp(word, "CAPABILITY") == 0) {
        note_capabilities(self, behind_two_words(line));
        return true;
    }
    if (take_numbered(self, response))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(untagged); i++) {
        if (g_ascii_strcasecmp(word, untagged[i].word) == 0)
            untagged[i].take(self, response);
    }
    return true; /* an unknown untagged response may be ignored (RFC 9051 2.2.2) */
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

static void finish_select(imap_client *self, struct imap_request_state *request)
{
    if (request->kind == IMAP_REQUEST_SELECT && request->reply.status != IMAP_OK)
        g_clear_pointer(&self->mailbox.name, g_free);
}

static bool take_tagged(imap_client *self, const struct imap_value *response, const char *line, GError **error)
{
    enum imap_status status;
    struct imap_reply reply;
    const char *tag = imap_value_get_text(&response->items[0]),
               *word = response->count > 1 ? imap_value_get_text(&response->items[1]) : NULL;
    GList *link = self->waiting.head;
    while (link != NULL && (tag == NULL || strcmp(((struct imap_request_state *)link->data)->tag, tag) != 0))
        link = link->next;
    if (link == NULL || word == NULL || !status_word(word, &status) || status > IMAP_BAD)
        return fail_protocol(self, line, error);
    struct imap_request_state *request = link->data;
    take_status(self, status, line, &reply);
    keep_reply(request, &reply);
    g_queue_delete_link(&self->waiting, link);
    if (request->next_part < request->parts->len) { /* refused before the literal was wanted */
        g_queue_remove(&self->unsent, request);
        self->is_blocked = false;
    }
    finish_select(self, request);
    self->due_since_ms = g_queue_is_empty(&self->waiting) ? 0 : net_clock_ms();
    self->due_bytes = 0;
    g_ptr_array_add(self->finished, request);
    return true;
}

static bool answer_challenge(imap_client *self, const char *line, GError **error)
{
    g_autoptr(GError) why = NULL;
    char *output = NULL;
    const char *challenge = line[1] == ' ' ? line + 2 : line + 1;
    bool is_ok = ++self->challenges <= CHALLENGES_MAX && net_sasl_step(self->sasl, challenge, &output, &why);
    bool is_written =
        is_ok ? net_stream_write_secret(self->stream, output, strlen(output), error) && net_stream_write(self->stream, "\r\n", 2, error)
              : net_stream_write(self->stream, "*\r\n", 3, error); /* RFC 9051 6.2.2: cancelled; the tagged BAD follows */
    net_secret_free(output);
    if (!is_ok)
        g_clear_pointer(&self->sasl, net_sasl_free); /* a further challenge is not answered any more */
    return is_written && net_stream_flush(self->stream, error);
}

static bool take_continuation(imap_client *self, const char *line, GError **error)
{
    struct imap_request_state *request = oldest(self);
    if (self->is_blocked) {
        self->is_blocked = false;
        return pump(self, error);
    }
    if (request != NULL && request->kind == IMAP_REQUEST_AUTHENTICATE && self->sasl != NULL)
        return answer_challenge(self, line, error);
    if (request != NULL && request->kind == IMAP_REQUEST_IDLE) {
        self->is_idling = true;
        self->due_since_ms = 0;
        return true;
    }
    return fail_protocol(self, line, error);
}

/* One whole response. */
static bool take(imap_client *self, const struct imap_value *response, const char *line, GError **error)
{
    if (response->count == 0)
        return true; /* a blank line: seen between responses */
    if (oldest(self) != NULL)
        begin_select(self, oldest(self));
    if (line[0] == '+' && (line[1] == ' ' || line[1] == '\0'))
        return take_continuation(self, line, error);
    if (line[0] == '*' && line[1] == ' ')
        return take_untagged(self, response, line, error);
    return take_tagged(self, response, line, error);
}

/* All responses that are whole. False: the connection is finished. until_greeting: no further than that, so that what follows can be counted. */
static bool take_all(imap_client *self, bool is_one, GError **error)
{
    const struct imap_value *response = NULL;
    const char *line = NULL;
    for (;;) {
        switch (imap_syntax_next(self->syntax, &response, &line, error)) {
        case IMAP_MORE:
            return true;
        case IMAP_BAD_SYNTAX:
            return false;
        case IMAP_DONE:
            if (!take(self, response, line, error))
                return false;
            if (is_one)
                return true;
        }
    }
}

static bool fail_farewell(imap_client *self, GError **error)
{
    if (self->farewell != NULL && error != NULL && g_error_matches(*error, NET_ERROR, NET_ERROR_CLOSED)) {
        g_clear_error(error);
        g_set_error(error, NET_ERROR, NET_ERROR_CLOSED, _("%s said goodbye: %s"), net_stream_host(self->stream), self->farewell);
    }
    return false;
}

/* Waits for bytes and takes what they hold. */
static bool receive(imap_client *self, bool is_one, GError **error)
{
    char bytes[16384];
    size_t got = net_stream_read(self->stream, bytes, sizeof bytes, error);
    if (got == 0)
        return fail_farewell(self, error);
    self->due_bytes += got;
    note_progress(self);
    imap_syntax_feed(self->syntax, bytes, got);
    return take_all(self, is_one, error);
}

static struct imap_request_state *finished_request(imap_client *self, imap_request number)
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
        if (other != current && (other->is_given || other->is_unasked))
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
    while ((request = finished_request(self, number)) == NULL) {
        if (!pump(self, error) || !receive(self, false, error))
            return false;
    }
    *reply_out = request->reply;
    forget_given(self, request);
    return true;
}

bool imap_wait_all(imap_client *self, struct imap_reply *reply_out, GError **error)
{
    bool has_bad = false;
    *reply_out = (struct imap_reply){ .status = IMAP_OK, .text = "" };
    for (imap_request number = self->first_unasked + 1; number <= self->last_number; number++) {
        struct imap_reply reply;
        bool is_known = finished_request(self, number) != NULL;
        for (GList *link = self->waiting.head; link != NULL; link = link->next)
            is_known |= ((struct imap_request_state *)link->data)->number == number;
        for (GList *link = self->unsent.head; link != NULL; link = link->next)
            is_known |= ((struct imap_request_state *)link->data)->number == number;
        if (!is_known)
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

/* --- IDLE --- */
static bool idle_until(imap_client *self, imap_request number, int wake_fd, int64_t until, GError **error)
{
    char bytes[16384];
    while (!self->has_news && finished_request(self, number) == NULL) { /* a server may end IDLE by itself */
        int64_t left = until - net_clock_ms();
        GError *why = NULL;
        size_t got = net_stream_read_or_wake(self->stream, bytes, sizeof bytes, wake_fd, (int)CLAMP(left, 0, G_MAXINT), &why);
        if (why != NULL) {
            g_propagate_error(error, why);
            return fail_farewell(self, error);
        }
        if (got == 0)
            return true;
        imap_syntax_feed(self->syntax, bytes, got);
        if (!take_all(self, false, error))
            return false;
    }
    return true;
}

bool imap_idle(imap_client *self, int wake_fd, int timeout_ms, GError **error)
{
    struct imap_reply reply;
    int64_t until = net_clock_ms() + timeout_ms;
    self->has_news = false;
    if (!self->can[IMAP_CAPABILITY_IDLE])
        return idle_until(self, 0, wake_fd, until, error) && imap_wait(self, imap_send_noop(self), &reply, error);
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_IDLE);
    imap_request_add(request, g_strdup_printf("%s IDLE\r\n", request->tag));
    imap_client_queue(self, request);
    imap_request number = request->number;
    self->is_idling = false;
    while (!self->is_idling && finished_request(self, number) == NULL) {
        if (!pump(self, error) || !receive(self, false, error))
            return false;
    }
    if (self->is_idling) {
        if (!idle_until(self, number, wake_fd, until, error))
            return false;
        self->due_since_ms = net_clock_ms();
        if (finished_request(self, number) == NULL && !net_stream_write(self->stream, "DONE\r\n", 6, error))
            return false;
    }
    self->is_idling = false;
    return imap_wait(self, number, &reply, error);
}

/* --- greeting, encryption --- */
static bool fail_starttls(imap_client *self, const char *why, GError **error)
{
    g_set_error(
        error, NET_ERROR, NET_ERROR_NO_STARTTLS,
        _("%s %s postern hung up; no password was sent. If the server really has no STARTTLS, security = tls is the better choice."),
        net_stream_host(self->stream), why);
    return false;
}

static bool read_greeting(imap_client *self, GError **error)
{
    self->due_since_ms = net_clock_ms();
    while (!self->has_greeting) {
        if (!receive(self, true, error))
            return false;
    }
    self->due_since_ms = 0;
    if (self->greeting_status == IMAP_BYE) {
        /* RFC 9051 7.1.5: BYE as a greeting is a refusal; do not reconnect at once. */
        g_set_error(error, NET_ERROR, NET_ERROR_REFUSED, _("%s refuses the connection: %s"), net_stream_host(self->stream), self->greeting);
        return false;
    }
    return self->greeting_status == IMAP_OK || self->greeting_status == IMAP_PREAUTH || fail_protocol(self, self->greeting, error);
}

static bool ask_capabilities(imap_client *self, GError **error)
{
    struct imap_reply reply;
    return self->capabilities != NULL || imap_wait(self, imap_send_capability(self), &reply, error);
}

static bool start_tls(imap_client *self, struct net_trust_verdict *verdict_out, GError **error)
{
    struct imap_reply reply;
    if (self->greeting_status == IMAP_PREAUTH)
        return fail_starttls(
            self, _("says you are signed in already, before the connection is encrypted: somebody may be tampering with it."), error);
    if (imap_syntax_unread(self->syntax) > 0)
        return fail_starttls(self, _("sent more than its greeting before the connection was encrypted: somebody may be tampering with it."),
                             error);
    if (!ask_capabilities(self, error))
        return false;
    if (!self->can[IMAP_CAPABILITY_STARTTLS])
        return fail_starttls(self, _("does not offer STARTTLS (or somebody removed the offer on the way)."), error);
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_STARTTLS);
    imap_request_add(request, g_strdup_printf("%s STARTTLS\r\n", request->tag));
    imap_client_queue(self, request);
    imap_request number = request->number;
    while (finished_request(self, number) == NULL) {
        size_t unread = imap_syntax_unread(self->syntax);
        if (!pump(self, error) || !take_all(self, true, error))
            return false;
        bool is_waiting = finished_request(self, number) == NULL && imap_syntax_unread(self->syntax) == unread;
        if (is_waiting && !receive(self, true, error)) /* only when nothing whole is left in the buffer */
            return false;
    }
    reply = finished_request(self, number)->reply;
    if (reply.status != IMAP_OK) {
        g_autofree char *why = g_strdup_printf(_("refused STARTTLS: %s."), reply.text);
        return fail_starttls(self, why, error);
    }
    return net_stream_start_tls(self->stream, imap_syntax_unread(self->syntax), verdict_out, error);
}

bool imap_client_greet(imap_client *self, struct net_trust_verdict *verdict_out, GError **error)
{
    bool is_starttls = net_stream_endpoint(self->stream)->security == NET_SECURITY_STARTTLS;
    self->is_muted = is_starttls; /* nothing from before the encryption counts */
    if (!read_greeting(self, error))
        return false;
    if (is_starttls) {
        if (!start_tls(self, verdict_out, error))
            return false;
        forget_capabilities(self);
        g_free(self->mailbox.name);
        self->mailbox = (struct imap_mailbox){ 0 };
        g_clear_pointer(&self->farewell, g_free);
        self->is_muted = false;
    } else if (!take_all(self, false, error)) {
        return false;
    }
    return ask_capabilities(self, error);
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

/* --- sign-in --- */
static GPtrArray *offered_mechanisms(const imap_client *self)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) words = g_strsplit(imap_client_capabilities(self), " ", -1);
    for (char **word = words; *word != NULL; word++) {
        if (g_ascii_strncasecmp(*word, "AUTH=", 5) == 0)
            g_ptr_array_add(names, g_ascii_strup(*word + 5, -1));
    }
    g_ptr_array_add(names, NULL);
    return names;
}

static bool judge_login(imap_client *self, const struct imap_reply *reply, const char *user, GError **error)
{
    const char *host = net_stream_host(self->stream);
    if (reply->status == IMAP_OK)
        return true;
    if (reply->code == IMAP_CODE_UNAVAILABLE || reply->code == IMAP_CODE_LIMIT || reply->code == IMAP_CODE_INUSE)
        g_set_error(error, NET_ERROR, NET_ERROR_REFUSED, _("%s cannot sign in %s just now: %s"), host, user, reply->text);
    else
        g_set_error(error, NET_ERROR, NET_ERROR_AUTH, _("%s refused to sign in %s: %s"), host, user, reply->text);
    return false;
}

static bool authenticate(imap_client *self, const char *mechanism, const struct net_credentials *credentials, GError **error)
{
    struct imap_reply reply;
    char *initial = NULL;
    self->sasl = net_sasl_start(mechanism, credentials, "imap", net_stream_host(self->stream), error);
    if (self->sasl == NULL)
        return false;
    bool has_initial = self->can[IMAP_CAPABILITY_SASL_IR] && net_sasl_is_client_first(self->sasl);
    if (has_initial && !net_sasl_step(self->sasl, NULL, &initial, error))
        return false;
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_AUTHENTICATE);
    self->challenges = 0;
    imap_request_add(request, g_strdup_printf("%s AUTHENTICATE %s%s", request->tag, mechanism, has_initial ? " " : "\r\n"));
    if (has_initial) {
        imap_request_add_secret(request, g_strdup(*initial != '\0' ? initial : "="));
        imap_request_add(request, g_strdup("\r\n"));
    }
    net_secret_free(initial);
    imap_client_queue(self, request);
    bool is_answered = imap_wait(self, request->number, &reply, error);
    g_clear_pointer(&self->sasl, net_sasl_free);
    return is_answered && judge_login(self, &reply, credentials->user, error);
}

static bool login_command(imap_client *self, const struct net_credentials *credentials, GError **error)
{
    struct imap_reply reply;
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_OTHER);
    imap_request_add(request, g_strdup_printf("%s LOGIN ", request->tag));
    if (!imap_request_add_string(self, request, credentials->user, false) ||
        (imap_request_add(request, g_strdup(" ")), !imap_request_add_string(self, request, credentials->password, true))) {
        request_free(request);
        g_set_error(error, NET_ERROR, NET_ERROR_AUTH, _("The user name or the password has a character that cannot be sent."));
        return false;
    }
    imap_request_add(request, g_strdup("\r\n"));
    imap_client_queue(self, request);
    return imap_wait(self, request->number, &reply, error) && judge_login(self, &reply, credentials->user, error);
}

static bool fail_no_way(imap_client *self, const char *auth, GPtrArray *offered, GError **error)
{
    g_autofree char *list = g_strjoinv(", ", (char **)offered->pdata);
    g_set_error(error, NET_ERROR, NET_ERROR_AUTH, _("%s offers no way to sign in that postern can use with auth = %s. It offers: %s."),
                net_stream_host(self->stream), auth != NULL ? auth : "auto", *list != '\0' ? list : _("none"));
    return false;
}

bool imap_client_login(imap_client *self, const struct net_credentials *credentials, GError **error)
{
    g_autoptr(GPtrArray) offered = offered_mechanisms(self);
    g_autoptr(GError) insecure = NULL;
    const char *auth = credentials->auth;
    bool is_auto = auth == NULL || g_ascii_strcasecmp(auth, "auto") == 0;
    if (self->greeting_status == IMAP_PREAUTH)
        return self->mechanism = g_strdup("PREAUTH"), true;
    bool may_cleartext = net_stream_can_send_password(self->stream, &insecure);
    const char *mechanism = net_sasl_choose((const char *const *)offered->pdata, auth, may_cleartext);
    bool has_login = !self->can[IMAP_CAPABILITY_LOGINDISABLED] && (is_auto || g_ascii_strcasecmp(auth, "login") == 0);
    if (mechanism == NULL && !may_cleartext)
        return g_propagate_error(error, g_steal_pointer(&insecure)), false;
    if (mechanism == NULL && !has_login)
        return fail_no_way(self, auth, offered, error);
    g_autofree char *before = g_steal_pointer(&self->capabilities); /* RFC 9051 6.2: they may change with sign-in */
    g_free(self->mechanism);
    self->mechanism = g_strdup(mechanism != NULL ? mechanism : _("LOGIN command"));
    if (!(mechanism != NULL ? authenticate(self, mechanism, credentials, error) : login_command(self, credentials, error)))
        return false;
    if (self->capabilities == NULL) {
        self->capabilities = g_steal_pointer(&before); /* good until the new list is here */
        imap_send_capability(self);
        ((struct imap_request_state *)g_queue_peek_tail(&self->unsent))->is_unasked = true;
    }
    return true;
}
