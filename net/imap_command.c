/* SPDX-License-Identifier: MIT */
/* Typed requests → bytes (RFC 9051 section 6). */
#include "net/imap_client_private.h"
#include <string.h>

#define QUOTED_MAX        1000u
#define LITERAL_MINUS_MAX 4096u /* RFC 7888 */

static struct imap_part *add_part(struct imap_request_state *request, char *bytes, size_t length)
{
    struct imap_part *part = g_new0(struct imap_part, 1);
    *part = (struct imap_part){ .bytes = bytes, .length = length, .fd = -1 };
    g_ptr_array_add(request->parts, part);
    return part;
}

void imap_request_add(struct imap_request_state *request, char *text)
{
    add_part(request, text, strlen(text));
}

void imap_request_add_secret(struct imap_request_state *request, char *text)
{
    add_part(request, text, strlen(text))->is_secret = true;
}

/* is_utf8: it may also stand in quotes (RFC 6855 3). */
static bool is_quotable(const char *text, bool is_utf8)
{
    size_t length = 0;
    for (const char *p = text; *p != '\0'; p++, length++) {
        bool is_8bit = ((unsigned char)*p & 0x80u) != 0;
        if (is_8bit ? !is_utf8 : *p < 0x20 || *p == 0x7f)
            return false;
    }
    return length <= QUOTED_MAX && (!is_utf8 || g_utf8_validate(text, -1, NULL));
}

static char *quoted(const char *text)
{
    GString *out = g_string_new("\"");
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *p);
    }
    return g_string_free(g_string_append_c(out, '"'), FALSE);
}

/* "{12}" or, where the server takes it unasked, "{12+}". */
static void add_literal_head(imap_client *self, struct imap_request_state *request, uint64_t size, const char *before)
{
    bool is_plus = self->can[IMAP_CAPABILITY_LITERAL_PLUS] || (self->can[IMAP_CAPABILITY_LITERAL_MINUS] && size <= LITERAL_MINUS_MAX);
    char *head = g_strdup_printf("%s{%" G_GUINT64_FORMAT "%s}\r\n", before, size, is_plus ? "+" : "");
    add_part(request, head, strlen(head))->waits_for_go = !is_plus;
}

bool imap_request_add_string(imap_client *self, struct imap_request_state *request, const char *text, bool is_secret)
{
    size_t length = strlen(text);
    if (length > 65536)
        return false;
    if (is_quotable(text, imap_client_has_enabled(self, IMAP_CAPABILITY_UTF8_ACCEPT))) {
        char *word = quoted(text);
        add_part(request, word, strlen(word))->is_secret = is_secret;
        return true;
    }
    add_literal_head(self, request, length, "");
    add_part(request, g_strdup(text), length)->is_secret = is_secret;
    return true;
}

/* What ends the connection here does so at the next wait as well. */
static void settle_enabling(imap_client *self)
{
    while (self->enabling != 0 && imap_client_pump(self, NULL) && self->enabling != 0 && imap_client_receive(self, false, NULL))
        continue;
    self->enabling = 0;
}

/* Names with a line break or control character exist on no server and would be an injection. */
bool imap_request_add_mailbox(imap_client *self, struct imap_request_state *request, const char *mailbox)
{
    const char *odd = g_hash_table_lookup(self->wire_names, mailbox);
    g_autofree char *encoded = imap_utf7_encode(mailbox);
    if (self->enabling != 0 && strcmp(encoded, mailbox) != 0)
        settle_enabling(self);
    if (imap_client_is_utf8(self) && g_utf8_validate(mailbox, -1, NULL) && strstr(mailbox, "\xef\xbf\xbd") == NULL)
        odd = mailbox; /* RFC 6855 3, RFC 9051 5.1: no UTF-7 there */
    g_autofree char *wire = odd != NULL ? g_strdup(odd) : g_steal_pointer(&encoded);
    return strpbrk(wire, "\r\n") == NULL && imap_request_add_string(self, request, wire, false);
}

static imap_request finish(imap_client *self, struct imap_request_state *request)
{
    imap_request_add(request, g_strdup("\r\n"));
    imap_client_queue(self, request);
    return request->number;
}

static imap_request give_up(struct imap_request_state *request)
{
    imap_request_free(request);
    return 0;
}

static imap_request send_plain(imap_client *self, const char *words)
{
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_OTHER);
    imap_request_add(request, g_strdup_printf("%s %s", request->tag, words));
    return finish(self, request);
}

static imap_request send_with_mailbox(imap_client *self, const char *before, const char *mailbox, const char *after)
{
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_OTHER);
    imap_request_add(request, g_strdup_printf("%s %s ", request->tag, before));
    if (!imap_request_add_mailbox(self, request, mailbox))
        return give_up(request);
    imap_request_add(request, g_strdup(after));
    return finish(self, request);
}

imap_request imap_send_noop(imap_client *self)
{
    return send_plain(self, "NOOP");
}

imap_request imap_send_capability(imap_client *self)
{
    return send_plain(self, "CAPABILITY");
}

imap_request imap_send_id(imap_client *self, const char *name, const char *version)
{
    g_autofree char *name_word = quoted(name), *version_word = quoted(version);
    g_autofree char *words = g_strdup_printf("ID (\"name\" %s \"version\" %s)", name_word, version_word);
    return send_plain(self, words);
}

imap_request imap_send_enable(imap_client *self, const char *capabilities)
{
    g_autofree char *words = g_strconcat("ENABLE ", capabilities, NULL);
    imap_request number = send_plain(self, words);
    if (strstr(capabilities, "UTF8=ACCEPT") != NULL)
        self->enabling = number;
    return number;
}

static imap_request send_select(imap_client *self, const char *mailbox, bool is_read_only, const char *after)
{
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_SELECT);
    imap_request_add(request, g_strdup_printf("%s %s ", request->tag, is_read_only ? "EXAMINE" : "SELECT"));
    request->mailbox = g_strdup(mailbox);
    request->is_read_only = is_read_only;
    if (!imap_request_add_mailbox(self, request, mailbox))
        return give_up(request);
    imap_request_add(request, g_strdup(after));
    return finish(self, request);
}

imap_request imap_send_select(imap_client *self, const char *mailbox, bool is_read_only)
{
    return send_select(self, mailbox, is_read_only, self->can[IMAP_CAPABILITY_CONDSTORE] ? " (CONDSTORE)" : "");
}

imap_request imap_send_unselect(imap_client *self)
{
    if (!self->can[IMAP_CAPABILITY_UNSELECT])
        return send_select(self, "INBOX", true, "");
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_UNSELECT);
    imap_request_add(request, g_strdup_printf("%s UNSELECT", request->tag));
    return finish(self, request);
}

imap_request imap_send_select_resync(imap_client *self, const char *mailbox, uint32_t uidvalidity, uint64_t modseq)
{
    g_autofree char *after = g_strdup_printf(" (QRESYNC (%u %" G_GUINT64_FORMAT "))", uidvalidity, modseq);
    return send_select(self, mailbox, false, after);
}

static const struct status_word {
    unsigned item;
    const char *word;
    enum imap_capability capability; /* COUNT: always there */
} status_words[] = {
    { IMAP_STATUS_MESSAGES, "MESSAGES", IMAP_CAPABILITY_COUNT },
    { IMAP_STATUS_UIDNEXT, "UIDNEXT", IMAP_CAPABILITY_COUNT },
    { IMAP_STATUS_UIDVALIDITY, "UIDVALIDITY", IMAP_CAPABILITY_COUNT },
    { IMAP_STATUS_UNSEEN, "UNSEEN", IMAP_CAPABILITY_COUNT },
    { IMAP_STATUS_HIGHESTMODSEQ, "HIGHESTMODSEQ", IMAP_CAPABILITY_CONDSTORE },
    { IMAP_STATUS_SIZE, "SIZE", IMAP_CAPABILITY_STATUS_SIZE },
    { IMAP_STATUS_MAILBOXID, "MAILBOXID", IMAP_CAPABILITY_OBJECTID },
    { IMAP_STATUS_APPENDLIMIT, "APPENDLIMIT", IMAP_CAPABILITY_APPENDLIMIT },
};

/* "(MESSAGES UIDNEXT)": of items those that are offered. */
static char *status_list(const imap_client *self, unsigned items)
{
    GString *list = g_string_new("(");
    for (size_t i = 0; i < G_N_ELEMENTS(status_words); i++) {
        const struct status_word *row = &status_words[i];
        if ((items & row->item) && (row->capability == IMAP_CAPABILITY_COUNT || self->can[row->capability]))
            g_string_append_printf(list, "%s%s", list->len > 1 ? " " : "", row->word);
    }
    return g_string_free(g_string_append_c(list, ')'), FALSE);
}

static imap_request send_list(imap_client *self, const char *reference, const char *pattern, const char *status)
{
    bool is_extended = self->can[IMAP_CAPABILITY_LIST_EXTENDED] || status != NULL;
    g_autofree char *reference_word = quoted(reference), *pattern_word = quoted(pattern);
    GString *wanted = g_string_new(NULL);
    if (is_extended && self->can[IMAP_CAPABILITY_SPECIAL_USE])
        g_string_append(wanted, " SPECIAL-USE");
    if (is_extended && self->can[IMAP_CAPABILITY_LIST_EXTENDED])
        g_string_append(wanted, " SUBSCRIBED");
    if (status != NULL)
        g_string_append_printf(wanted, " STATUS %s", status);
    g_autofree char *options = g_string_free(wanted, FALSE);
    g_autofree char *words = *options != '\0' ? g_strdup_printf("LIST %s %s RETURN (%s)", reference_word, pattern_word, options + 1)
                                              : g_strdup_printf("LIST %s %s", reference_word, pattern_word);
    return send_plain(self, words);
}

imap_request imap_send_list(imap_client *self, const char *reference, const char *pattern)
{
    return send_list(self, reference, pattern, NULL);
}

imap_request imap_send_list_status(imap_client *self, const char *reference, const char *pattern, unsigned items)
{
    g_autofree char *status = status_list(self, items);
    return send_list(self, reference, pattern, status);
}

imap_request imap_send_status(imap_client *self, const char *mailbox, unsigned items)
{
    g_autofree char *list = status_list(self, items), *after = g_strconcat(" ", list, NULL);
    return send_with_mailbox(self, "STATUS", mailbox, after);
}

/* The mailbox that is selected is told of when its turn comes (in IDLE, with a command), all others by STATUS. */
imap_request imap_send_notify(imap_client *self)
{
    return send_plain(self, "NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge FlagChange))"
                            " (PERSONAL (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange))");
}

imap_request imap_send_fetch(imap_client *self, bool is_uid, const char *set, const char *items)
{
    g_autofree char *words = g_strdup_printf("%sFETCH %s %s", is_uid ? "UID " : "", set, items);
    return send_plain(self, words);
}

static char *flag_list(const struct imap_flags *flags)
{
    static const struct {
        unsigned bit;
        const char *word;
    } words[] = { { IMAP_FLAG_SEEN, "\\Seen" },
                  { IMAP_FLAG_ANSWERED, "\\Answered" },
                  { IMAP_FLAG_FLAGGED, "\\Flagged" },
                  { IMAP_FLAG_DELETED, "\\Deleted" },
                  { IMAP_FLAG_DRAFT, "\\Draft" } };
    GString *list = g_string_new("(");
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (flags->bits & words[i].bit)
            g_string_append_printf(list, "%s%s", list->len > 1 ? " " : "", words[i].word);
    }
    for (const char *const *keyword = flags->keywords; keyword != NULL && *keyword != NULL; keyword++) {
        if (strpbrk(*keyword, "(){ %*\"\\]\r\n") == NULL)
            g_string_append_printf(list, "%s%s", list->len > 1 ? " " : "", *keyword);
    }
    return g_string_free(g_string_append_c(list, ')'), FALSE);
}

imap_request imap_send_store(imap_client *self, const char *uid_set, char sign, const struct imap_flags *flags)
{
    g_autofree char *list = flag_list(flags);
    char prefix[2] = { sign == '=' ? '\0' : sign, '\0' };
    g_autofree char *words = g_strdup_printf("UID STORE %s %sFLAGS.SILENT %s", uid_set, prefix, list);
    return send_plain(self, words);
}

/* Labels are spelled as the mailboxes they are. */
imap_request imap_send_labels(imap_client *self, const char *uid_set, char sign, const char *const *labels)
{
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_OTHER);
    imap_request_add(request, g_strdup_printf("%s UID STORE %s %cX-GM-LABELS.SILENT ", request->tag, uid_set, sign));
    for (size_t i = 0; labels[i] != NULL; i++) {
        imap_request_add(request, g_strdup(i == 0 ? "(" : " "));
        if (!imap_request_add_mailbox(self, request, labels[i]))
            return give_up(request);
    }
    imap_request_add(request, g_strdup(")"));
    return finish(self, request);
}

imap_request imap_send_copy(imap_client *self, const char *uid_set, const char *mailbox)
{
    g_autofree char *before = g_strconcat("UID COPY ", uid_set, NULL);
    return send_with_mailbox(self, before, mailbox, "");
}

imap_request imap_send_move(imap_client *self, const char *uid_set, const char *mailbox)
{
    g_autofree char *before = g_strconcat("UID MOVE ", uid_set, NULL);
    return send_with_mailbox(self, before, mailbox, "");
}

imap_request imap_send_uid_expunge(imap_client *self, const char *uid_set)
{
    g_autofree char *words = g_strconcat("UID EXPUNGE ", uid_set, NULL);
    return send_plain(self, words);
}

imap_request imap_send_expunge(imap_client *self)
{
    return send_plain(self, "EXPUNGE");
}

imap_request imap_send_search(imap_client *self, const char *criteria)
{
    g_autofree char *words = g_strdup_printf("UID SEARCH %s%s", self->can[IMAP_CAPABILITY_ESEARCH] ? "RETURN (ALL) " : "", criteria);
    return send_plain(self, words);
}

imap_request imap_send_search_message_id(imap_client *self, const char *message_id)
{
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_OTHER);
    imap_request_add(request, g_strdup_printf("%s UID SEARCH HEADER Message-ID ", request->tag));
    if (!imap_request_add_string(self, request, message_id, false))
        return give_up(request);
    return finish(self, request);
}

bool imap_search_is_tight(const struct imap_search_word *left, const struct imap_search_word *right)
{
    return (!left->is_string && strcmp(left->text, "(") == 0) || (!right->is_string && strcmp(right->text, ")") == 0);
}

imap_request imap_send_search_for(imap_client *self, const struct imap_search *search)
{
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_OTHER);
    imap_request_add(request, g_strdup_printf("%s UID SEARCH%s%s%s%s%s", request->tag,
                                              search->is_saved                     ? " RETURN (SAVE ALL)"
                                              : self->can[IMAP_CAPABILITY_ESEARCH] ? " RETURN (ALL)"
                                                                                   : "",
                                              search->charset != NULL ? " CHARSET " : "", search->charset != NULL ? search->charset : "",
                                              search->set != NULL ? " " : "", search->set != NULL ? search->set : ""));
    for (size_t i = 0; i < search->count; i++) {
        const struct imap_search_word *word = &search->words[i];
        imap_request_add(request, g_strdup(i > 0 && imap_search_is_tight(word - 1, word) ? "" : " "));
        if (!word->is_string)
            imap_request_add(request, g_strdup(word->text));
        else if (!imap_request_add_string(self, request, word->text, false))
            return give_up(request);
    }
    return finish(self, request);
}

imap_request imap_send_create(imap_client *self, const char *mailbox, const char *use)
{
    bool has_use = use != NULL && self->can[IMAP_CAPABILITY_CREATE_SPECIAL_USE];
    g_autofree char *after = has_use ? g_strdup_printf(" (USE (%s))", use) : g_strdup("");
    return send_with_mailbox(self, "CREATE", mailbox, after);
}

imap_request imap_send_lsub(imap_client *self, const char *pattern)
{
    g_autofree char *pattern_word = quoted(pattern), *words = g_strdup_printf("LSUB \"\" %s", pattern_word);
    return send_plain(self, words);
}

imap_request imap_send_delete(imap_client *self, const char *mailbox)
{
    return send_with_mailbox(self, "DELETE", mailbox, "");
}

imap_request imap_send_rename(imap_client *self, const char *from, const char *to)
{
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_OTHER);
    imap_request_add(request, g_strdup_printf("%s RENAME ", request->tag));
    bool is_ok = imap_request_add_mailbox(self, request, from);
    imap_request_add(request, g_strdup(" "));
    if (!is_ok || !imap_request_add_mailbox(self, request, to))
        return give_up(request);
    return finish(self, request);
}

imap_request imap_send_subscribe(imap_client *self, const char *mailbox, bool is_subscribed)
{
    return send_with_mailbox(self, is_subscribed ? "SUBSCRIBE" : "UNSUBSCRIBE", mailbox, "");
}

imap_request imap_send_logout(imap_client *self)
{
    return send_plain(self, "LOGOUT");
}

static char *internal_date(int64_t epoch)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(epoch);
    if (time == NULL)
        return NULL;
    return g_strdup_printf("\"%02d-%s-%04d %02d:%02d:%02d +0000\" ", g_date_time_get_day_of_month(time),
                           months[g_date_time_get_month(time) - 1], g_date_time_get_year(time), g_date_time_get_hour(time),
                           g_date_time_get_minute(time), g_date_time_get_second(time));
}

static void add_message(imap_client *self, struct imap_request_state *request, const struct imap_append *message)
{
    g_autofree char *list = flag_list(&message->flags),
                    *date = message->internaldate_utc != 0 ? internal_date(message->internaldate_utc) : NULL;
    imap_request_add(request, g_strdup_printf(" %s %s", list, date != NULL ? date : ""));
    bool is_utf8 = message->has_utf8_header && imap_client_has_enabled(self, IMAP_CAPABILITY_UTF8_ACCEPT);
    bool is_binary = message->has_nul && imap_client_can(self, IMAP_CAPABILITY_BINARY);
    add_literal_head(self, request, message->size_bytes, is_utf8 ? "UTF8 (~" : is_binary ? "~" : "");
    struct imap_part *part = add_part(request, NULL, 0);
    part->fd = message->fd;
    part->fd_size = message->size_bytes;
    if (is_utf8)
        imap_request_add(request, g_strdup(")"));
}

imap_request imap_send_append_many(imap_client *self, const char *mailbox, const struct imap_append *messages, size_t count)
{
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_OTHER);
    imap_request_add(request, g_strdup_printf("%s APPEND ", request->tag));
    if (count == 0 || !imap_request_add_mailbox(self, request, mailbox))
        return give_up(request);
    for (size_t i = 0; i < count; i++)
        add_message(self, request, &messages[i]);
    return finish(self, request);
}

imap_request imap_send_append(imap_client *self, const char *mailbox, const struct imap_flags *flags, int64_t internaldate_utc, int fd,
                              uint64_t size_bytes)
{
    const struct imap_append message = { .flags = *flags, .internaldate_utc = internaldate_utc, .fd = fd, .size_bytes = size_bytes };
    return imap_send_append_many(self, mailbox, &message, 1);
}
