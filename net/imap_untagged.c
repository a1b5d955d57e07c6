/* SPDX-License-Identifier: MIT */
/* Untagged responses → handlers, the selected mailbox and the capabilities. */
#include "net/imap_client_private.h"
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#define UNTAGGED_MAX  20000000u /* responses to one command */
#define SEARCH_MAX    10000000u /* numbers of one answer */
#define FAREWELL_MS   2000      /* for what is still under way; then it is over, even if the server does not hang up */
#define NAMES_MAX     10000u    /* odd mailbox names that are remembered */
#define OBJECT_ID_MAX 255u

void imap_untagged_begin_select(imap_client *self, struct imap_request_state *request)
{
    if (request->kind != IMAP_REQUEST_SELECT || request->is_begun)
        return;
    request->is_begun = true;
    g_free(self->mailbox.name);
    g_free(self->mailbox.id);
    g_clear_pointer(&self->permanent_flags, g_free);
    self->mailbox = (struct imap_mailbox){ .name = g_strdup(request->mailbox),
                                           .is_read_only = request->is_read_only,
                                           .permanent_bits = IMAP_FLAG_SEEN | IMAP_FLAG_ANSWERED | IMAP_FLAG_FLAGGED | IMAP_FLAG_DELETED |
                                                             IMAP_FLAG_DRAFT };
}

/* "(F2212ea87-6097-4256-9d51-71338625)" */
static void note_mailbox_id(imap_client *self, const char *arguments)
{
    const char *begin = arguments + strspn(arguments, "( ");
    size_t length = strcspn(begin, ") ");
    g_free(self->mailbox.id);
    self->mailbox.id = length > 0 && length <= OBJECT_ID_MAX ? g_strndup(begin, length) : NULL;
}

static void apply_code(imap_client *self, const struct imap_reply *reply, const char *arguments)
{
    switch (reply->code) {
    case IMAP_CODE_CAPABILITY:
        imap_capability_note(self, arguments);
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
    case IMAP_CODE_NOMODSEQ:
        self->mailbox.highestmodseq = 0;
        break;
    case IMAP_CODE_MAILBOXID:
        note_mailbox_id(self, arguments);
        break;
    case IMAP_CODE_CLOSED:
        if (self->handlers.closed != NULL && !self->is_muted)
            self->handlers.closed(self->handlers.data);
        break;
    case IMAP_CODE_NOTIFICATIONOVERFLOW:
        if (self->handlers.overflow != NULL && !self->is_muted)
            self->handlers.overflow(self->handlers.data);
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
    g_free(self->permanent_flags);
    self->permanent_flags = g_strdup(arguments);
    self->mailbox.permanent_bits = 0;
    for (char **flag = flags; *flag != NULL; flag++) {
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
            self->mailbox.permanent_bits |= g_ascii_strcasecmp(*flag, words[i].word) == 0 ? words[i].bit : 0;
    }
}

bool imap_status_word(const char *word, enum imap_status *status_out)
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

void imap_untagged_code(imap_client *self, enum imap_status status, const char *line, struct imap_reply *reply)
{
    const char *arguments = "";
    *reply = (struct imap_reply){ .status = status };
    imap_response_code(self->syntax, behind_two_words(line), reply, &arguments);
    if (reply->code == IMAP_CODE_PERMANENTFLAGS)
        apply_permanent_flags(self, arguments);
    apply_code(self, reply, arguments);
}

static bool take_untagged_status(imap_client *self, enum imap_status status, const char *line)
{
    struct imap_reply reply;
    imap_untagged_code(self, status, line, &reply);
    if (!self->has_greeting) {
        self->has_greeting = true;
        self->greeting_status = status;
        self->greeting = g_strdup(reply.text);
    } else if (status == IMAP_BYE) {
        g_free(self->farewell);
        self->farewell = g_strdup(reply.text);
        net_stream_set_deadline(self->stream, FAREWELL_MS);
    } else if (reply.code == IMAP_CODE_COPYUID && self->handlers.copyuid != NULL && !self->is_muted) {
        self->handlers.copyuid(self->handlers.data, &reply);
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
    else if (imap_value_is_word(&response->items[2], "EXPUNGE") ||
             imap_value_is_word(&response->items[2], "EXPUNGED")) /* GNU mailutils 3.15; run-expunged-as-mailutils-says-it.peer */
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
    self->search_given += count;
    if (self->handlers.search != NULL && !self->is_muted && self->search_given <= SEARCH_MAX)
        self->handlers.search(self->handlers.data, numbers, count);
}

/* A list that is cut would look as if the rest had been deleted: more than there can be is an error, not a shorter list. */
static void give_range(imap_client *self, const struct imap_range *range)
{
    uint32_t piece[1000];
    for (uint64_t n = range->first; n <= range->last && self->search_given <= SEARCH_MAX;) {
        size_t have = 0;
        while (n <= range->last && have < G_N_ELEMENTS(piece))
            piece[have++] = (uint32_t)n++;
        self->search_given += have;
        self->handlers.search(self->handlers.data, piece, have);
    }
}

/* (TAG "p8"): servers answer several searches at once, and in an order of their own. */
static imap_request request_of_tag(imap_client *self, const struct imap_value *response)
{
    const struct imap_value *correlator = response->count > 2 ? &response->items[2] : NULL;
    const char *tag =
        correlator != NULL && correlator->kind == IMAP_LIST && correlator->count >= 2 && imap_value_is_word(&correlator->items[0], "TAG")
            ? imap_value_get_text(&correlator->items[1])
            : NULL;
    for (GList *link = self->waiting.head; tag != NULL && link != NULL; link = link->next) {
        const struct imap_request_state *request = link->data;
        if (g_ascii_strcasecmp(request->tag, tag) == 0)
            return request->number;
    }
    return 0;
}

static void take_esearch(imap_client *self, const struct imap_value *response)
{
    self->answering = request_of_tag(self, response);
    for (size_t i = 2; i + 1 < response->count; i++) {
        size_t count = 0;
        if (!imap_value_is_word(&response->items[i], "ALL") || self->handlers.search == NULL || self->is_muted)
            continue;
        const struct imap_range *ranges = imap_response_ranges(self->syntax, response->items[i + 1].bytes, &count);
        for (size_t k = 0; k < count; k++)
            give_range(self, &ranges[k]);
    }
    self->answering = 0;
}

static int by_first(const void *left, const void *right)
{
    uint32_t a = ((const struct imap_range *)left)->first, b = ((const struct imap_range *)right)->first;
    return a < b ? -1 : a > b;
}

/* Sorted, and each number in one range only: who told a whole folder a thousand times over would have us look as often. */
static size_t merge_ranges(struct imap_range *ranges, size_t count)
{
    size_t kept = 0;
    qsort(ranges, count, sizeof *ranges, by_first);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && ranges[i].first <= ranges[kept - 1].last)
            ranges[kept - 1].last = MAX(ranges[kept - 1].last, ranges[i].last);
        else
            ranges[kept++] = ranges[i];
    }
    return kept;
}

static uint64_t count_numbers(const struct imap_range *ranges, size_t count)
{
    uint64_t numbers = 0;
    for (size_t i = 0; i < count; i++)
        numbers += (uint64_t)ranges[i].last - ranges[i].first + 1;
    return numbers;
}

static void take_vanished(imap_client *self, const struct imap_value *response)
{
    bool is_earlier = response->count > 3 && response->items[2].kind == IMAP_LIST;
    size_t count = 0, index = is_earlier ? 3 : 2;
    if (response->count <= index || self->is_muted)
        return;
    const struct imap_range *told = imap_response_ranges(self->syntax, response->items[index].bytes, &count);
    struct imap_range *ranges = imap_syntax_alloc(self->syntax, count * sizeof *ranges + 1);
    if (count > 0)
        memcpy(ranges, told, count * sizeof *ranges);
    self->has_news = true;
    count = merge_ranges(ranges, count);
    if (!is_earlier)
        self->mailbox.exists -= (uint32_t)MIN(count_numbers(ranges, count), self->mailbox.exists);
    if (self->handlers.vanished != NULL)
        self->handlers.vanished(self->handlers.data, is_earlier, ranges, count);
}

/* Dovecot (2.3) spells the names of what NOTIFY tells in UTF-8, and refuses them so in commands. Who offers NOTIFY has no names that are odd in this way. */
static bool is_only_told_so(imap_client *self, const char *wire)
{
    return imap_client_can(self, IMAP_CAPABILITY_NOTIFY) && !g_str_is_ascii(wire);
}

void imap_client_learn_name(imap_client *self, const char *mailbox, const char *wire)
{
    g_autofree char *encoded = imap_utf7_encode(mailbox);
    bool is_odd = strcmp(encoded, wire) != 0 && g_ascii_strcasecmp(wire, "INBOX") != 0 && !is_only_told_so(self, wire);
    if (!is_odd)
        g_hash_table_remove(self->wire_names, mailbox); /* the rightly spelled one is the one that is meant */
    else if (g_hash_table_size(self->wire_names) < NAMES_MAX)
        g_hash_table_insert(self->wire_names, g_strdup(mailbox), g_strdup(wire));
}

static void take_list(imap_client *self, const struct imap_value *response)
{
    struct imap_list list;
    if (!imap_response_list(self->syntax, response, &list) || self->is_muted)
        return;
    if (imap_syntax_has_utf8_names(self->syntax) &&
        strcmp(list.mailbox, list.wire) == 0) { /* whoever keeps it may meet the server without */
        g_autofree char *wire = imap_utf7_encode(list.mailbox);
        size_t size = strlen(wire) + 1;
        list.wire = memcpy(imap_syntax_alloc(self->syntax, size), wire, size);
    }
    imap_client_learn_name(self, list.mailbox, list.wire);
    self->has_news = true;
    if (self->handlers.list != NULL)
        self->handlers.list(self->handlers.data, &list);
}

static void take_mailbox_status(imap_client *self, const struct imap_value *response)
{
    struct imap_mailbox_status status;
    if (!imap_response_status(self->syntax, response, &status) || self->is_muted)
        return;
    self->has_news = true; /* also of another mailbox (RFC 5465) */
    if (self->handlers.status != NULL)
        self->handlers.status(self->handlers.data, &status);
}

static void take_namespace(imap_client *self, const struct imap_value *response)
{
    const char *prefix = NULL;
    char delimiter = '\0';
    if (self->is_muted || !imap_response_namespace(self->syntax, response, &prefix, &delimiter))
        return;
    g_free(self->personal.prefix);
    self->personal = (struct imap_namespace){ .prefix = g_strdup(prefix), .delimiter = delimiter };
}

static void take_enabled(imap_client *self, const struct imap_value *response)
{
    for (size_t i = 2; i < response->count; i++) {
        const char *word = imap_value_get_text(&response->items[i]);
        if (word != NULL)
            imap_capability_note_enabled(self, word);
    }
}

static const struct {
    const char *word;
    void (*take)(imap_client *self, const struct imap_value *response);
} untagged[] = {
    { "LIST", take_list },           { "LSUB", take_list },        { "STATUS", take_mailbox_status },
    { "SEARCH", take_search },       { "ESEARCH", take_esearch },  { "VANISHED", take_vanished },
    { "NAMESPACE", take_namespace }, { "QUOTA", imap_quota_take }, { "MYRIGHTS", imap_rights_take },
    { "ENABLED", take_enabled },
};

static bool fail_endless(imap_client *self, GError **error)
{
    g_set_error(error, NET_ERROR, NET_ERROR_LIMIT, _("%s says more than any answer can be long."), net_stream_host(self->stream));
    return false;
}

bool imap_untagged_take(imap_client *self, const struct imap_value *response, const char *line, GError **error)
{
    enum imap_status status;
    if (++self->untagged_given > UNTAGGED_MAX)
        return fail_endless(self, error);
    const char *word = response->count > 1 ? imap_value_get_text(&response->items[1]) : NULL;
    if (word == NULL)
        return imap_client_fail_protocol(self, line, error);
    if (imap_status_word(word, &status))
        return take_untagged_status(self, status, line);
    if (!self->has_greeting)
        return imap_client_fail_protocol(self, line, error); /* data before a greeting */
    if (g_ascii_strcasecmp(word, "CAPABILITY") == 0) {
        imap_capability_note(self, behind_two_words(line));
        return true;
    }
    if (take_numbered(self, response))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(untagged); i++) {
        if (g_ascii_strcasecmp(word, untagged[i].word) == 0)
            untagged[i].take(self, response);
    }
    if (self->search_given > SEARCH_MAX)
        return fail_endless(self, error);
    return true; /* an unknown untagged response may be ignored (RFC 9051 2.2.2) */
}

void imap_untagged_finish_select(imap_client *self, struct imap_request_state *request)
{
    bool is_left = request->kind == IMAP_REQUEST_UNSELECT && request->reply.status == IMAP_OK;
    if (is_left || (request->kind == IMAP_REQUEST_SELECT && request->reply.status != IMAP_OK)) {
        g_clear_pointer(&self->mailbox.name, g_free);
        g_clear_pointer(&self->mailbox.id, g_free);
    }
}
