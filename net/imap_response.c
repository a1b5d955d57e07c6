/* SPDX-License-Identifier: MIT */
/* Values → typed responses (RFC 9051 section 7): knows the RFC, never sees a byte. Generous: a part that makes no sense costs that part. */
#include "net/civil.h"
#include "net/imap_private.h"
#include <stdio.h>
#include <string.h>

#define RANGES_MAX    200000u
#define WORDS_MAX     2000u /* bytes of what a server says to a person */
#define OBJECT_ID_MAX 255u

bool imap_value_is_word(const struct imap_value *value, const char *word)
{
    return (value->kind == IMAP_ATOM || value->kind == IMAP_NIL) && g_ascii_strcasecmp(value->bytes, word) == 0;
}

bool imap_value_get_number(const struct imap_value *value, uint64_t *number_out)
{
    guint64 number = 0;
    if (value->kind == IMAP_NUMBER)
        number = value->number;
    else if (value->kind != IMAP_STRING || !g_ascii_string_to_unsigned(value->bytes, 10, 0, G_MAXINT64, &number, NULL)) /* seen: "123" */
        return false;
    *number_out = number;
    return true;
}

const char *imap_value_get_text(const struct imap_value *value)
{
    return value->kind == IMAP_NIL || value->kind == IMAP_LIST ? NULL : value->bytes;
}

static char *copy_text(imap_syntax *arena, const char *text, size_t length)
{
    char *copy = imap_syntax_alloc(arena, length + 1);
    memcpy(copy, text, length);
    return copy;
}

const char *imap_value_lower(imap_syntax *arena, const char *text)
{
    if (text == NULL)
        return NULL;
    char *copy = copy_text(arena, text, strlen(text));
    for (char *p = copy; *p != '\0'; p++)
        *p = g_ascii_tolower(*p);
    return copy;
}

/* --- flags --- */
static const struct {
    const char *word;
    unsigned bit;
} flag_words[] = {
    { "\\Seen", IMAP_FLAG_SEEN },       { "\\Answered", IMAP_FLAG_ANSWERED }, { "\\Flagged", IMAP_FLAG_FLAGGED },
    { "\\Deleted", IMAP_FLAG_DELETED }, { "\\Draft", IMAP_FLAG_DRAFT },       { "\\Recent", IMAP_FLAG_RECENT },
    { "\\*", IMAP_FLAG_ANY },
};

void imap_response_flags(imap_syntax *arena, const struct imap_value *list, struct imap_flags *flags_out)
{
    const char **keywords = imap_syntax_alloc(arena, (list->count + 1) * sizeof *keywords);
    size_t count = 0;
    *flags_out = (struct imap_flags){ .keywords = keywords };
    for (size_t i = 0; i < list->count; i++) {
        const char *word = imap_value_get_text(&list->items[i]);
        unsigned bit = 0;
        for (size_t k = 0; word != NULL && k < G_N_ELEMENTS(flag_words); k++) {
            if (g_ascii_strcasecmp(word, flag_words[k].word) == 0)
                bit = flag_words[k].bit;
        }
        flags_out->bits |= bit;
        if (bit == 0 && word != NULL && *word != '\0')
            keywords[count++] = word;
    }
}

/* The item, or NIL where the server left it out. */
const struct imap_value *imap_value_item(const struct imap_value *list, size_t i)
{
    static const struct imap_value nil = { .kind = IMAP_NIL, .bytes = "" };
    return list->kind == IMAP_LIST && i < list->count ? &list->items[i] : &nil;
}

/* --- envelope (RFC 9051 7.5.2) --- */
static struct imap_address address_of(const struct imap_value *list)
{
    return (struct imap_address){ imap_value_get_text(imap_value_item(list, 0)), imap_value_get_text(imap_value_item(list, 2)),
                                  imap_value_get_text(imap_value_item(list, 3)) };
}

static const struct imap_address *read_addresses(imap_syntax *arena, const struct imap_value *value, size_t *count_out)
{
    struct imap_address *addresses = imap_syntax_alloc(arena, (value->count + 1) * sizeof *addresses);
    bool is_bare = value->kind == IMAP_LIST && value->count == 4 && value->items[0].kind != IMAP_LIST; /* one, without the list around it */
    *count_out = 0;
    if (is_bare)
        addresses[(*count_out)++] = address_of(value);
    for (size_t i = 0; value->kind == IMAP_LIST && i < value->count; i++) {
        const struct imap_value *item = &value->items[i];
        if (item->kind == IMAP_LIST && item->count >= 4)
            addresses[(*count_out)++] = address_of(item);
    }
    return addresses;
}

static bool read_envelope(imap_syntax *arena, const struct imap_value *value, struct imap_envelope *out)
{
    if (value->kind != IMAP_LIST || value->count < 2) /* cut short, what is there still tells the subject */
        return false;
    out->date = imap_value_get_text(imap_value_item(value, 0));
    out->subject = imap_value_get_text(imap_value_item(value, 1));
    out->from = read_addresses(arena, imap_value_item(value, 2), &out->from_count);
    out->sender = read_addresses(arena, imap_value_item(value, 3), &out->sender_count);
    out->reply_to = read_addresses(arena, imap_value_item(value, 4), &out->reply_to_count);
    out->to = read_addresses(arena, imap_value_item(value, 5), &out->to_count);
    out->cc = read_addresses(arena, imap_value_item(value, 6), &out->cc_count);
    out->bcc = read_addresses(arena, imap_value_item(value, 7), &out->bcc_count);
    out->in_reply_to = imap_value_get_text(imap_value_item(value, 8));
    out->message_id = imap_value_get_text(imap_value_item(value, 9));
    return true;
}

/* --- dates: "17-Jul-1996 02:44:25 -0700"; without a zone: UTC --- */
static int month_of(const char *name)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    for (int i = 0; i < (int)G_N_ELEMENTS(months); i++) {
        if (g_ascii_strcasecmp(name, months[i]) == 0)
            return i + 1;
    }
    return 0;
}

/* As RFC 9051 writes it, and with patience for all else. */
static bool read_internaldate(const char *text, int64_t *out)
{
    int day, year, hour, minute, second, zone = 0;
    char month[4] = "", sign = '+';
    const char *shape = text != NULL && *text == ' ' ? " d-M-yyyy hh:mm:ss +zzzz" : "dd-M-yyyy hh:mm:ss +zzzz",
               *rest = text != NULL ? net_civil_read(text, shape, out) : NULL;
    if (rest != NULL && *rest == '\0')
        return true;
    int found =
        text != NULL ? sscanf(text, " %2d-%3s-%4d %2d:%2d:%2d %c%4d", &day, month, &year, &hour, &minute, &second, &sign, &zone) : 0;
    if (found < 6 || month_of(month) == 0)
        return false;
    g_autoptr(GDateTime) time = g_date_time_new_utc(year, month_of(month), day, hour, minute, second);
    if (time == NULL || zone < 0)
        return false;
    int offset = found == 8 ? (zone / 100 * 60 + zone % 100) * 60 : 0;
    *out = g_date_time_to_unix(time) - (sign == '-' ? -offset : offset);
    return true;
}

/* --- names --- */
static const char *decode_name(imap_syntax *arena, const char *wire)
{
    g_autofree char *name = imap_syntax_has_utf8_names(arena) ? g_strdup(wire) : imap_utf7_decode(wire);
    if (g_utf8_validate(name, -1, NULL))
        return copy_text(arena, name, strlen(name));
    g_autofree char *guess = g_convert(name, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL); /* never fails: each byte is a character */
    return copy_text(arena, guess != NULL ? guess : "?", guess != NULL ? strlen(guess) : 1);
}

/* RFC 8474: "(P123)", and seen without its list. */
static const char *read_object_id(const struct imap_value *value)
{
    const char *id = imap_value_get_text(value->kind == IMAP_LIST ? imap_value_item(value, 0) : value);
    return id != NULL && *id != '\0' && strlen(id) <= OBJECT_ID_MAX ? id : NULL;
}

/* --- FETCH --- */
/* "BODY[1.MIME]<0>" → "1.MIME", origin. */
static bool read_section(imap_syntax *arena, const char *word, const struct imap_value *value, struct imap_section *out)
{
    const char *open = strchr(word, '['), *close = strrchr(word, ']');
    if (open == NULL || close == NULL || close < open || value->kind == IMAP_LIST)
        return false;
    char *name = copy_text(arena, open + 1, (size_t)(close - open - 1));
    for (char *p = name; *p != '\0'; p++) /* of each message of a backfill a hundred: no call for each */
        *p = g_ascii_islower(*p) ? (char)(*p - 'a' + 'A') : *p;
    *out = (struct imap_section){ .name = name,
                                  .bytes = value->bytes,
                                  .length = value->length,
                                  .is_nil = value->kind == IMAP_NIL,
                                  .is_decoded = g_ascii_strncasecmp(word, "BINARY[", strlen("BINARY[")) == 0 };
    if (out->is_nil) {
        out->bytes = "";
        out->length = 0;
    }
    if (close[1] == '<') {
        out->has_origin = true;
        out->origin = g_ascii_strtoull(close + 2, NULL, 10);
    }
    return true;
}

typedef bool fetch_reader(imap_syntax *arena, const struct imap_value *value, struct imap_fetch *out);

static bool fetch_uid(imap_syntax *arena, const struct imap_value *value, struct imap_fetch *out)
{
    uint64_t number = 0;
    (void)arena;
    if (!imap_value_get_number(value, &number) || number == 0 || number > UINT32_MAX)
        return false; /* a server may say UID 0 or 2^40: that is its problem, not ours */
    out->uid = (uint32_t)number;
    return true;
}

static bool fetch_flags(imap_syntax *arena, const struct imap_value *value, struct imap_fetch *out)
{
    imap_response_flags(arena, value, &out->flags);
    return value->kind == IMAP_LIST;
}

static bool fetch_date(imap_syntax *arena, const struct imap_value *value, struct imap_fetch *out)
{
    (void)arena;
    return read_internaldate(imap_value_get_text(value), &out->internaldate_utc);
}

static bool fetch_size(imap_syntax *arena, const struct imap_value *value, struct imap_fetch *out)
{
    (void)arena;
    return imap_value_get_number(value, &out->size_bytes);
}

static bool fetch_envelope(imap_syntax *arena, const struct imap_value *value, struct imap_fetch *out)
{
    return read_envelope(arena, value, &out->envelope);
}

static bool fetch_body(imap_syntax *arena, const struct imap_value *value, struct imap_fetch *out)
{
    const struct imap_body *body = imap_body_read(arena, value);
    if (body != NULL) /* said twice, once badly: the good one stays */
        out->body = body;
    return body != NULL;
}

static bool fetch_modseq(imap_syntax *arena, const struct imap_value *value, struct imap_fetch *out)
{
    (void)arena;
    return value->kind == IMAP_LIST ? value->count == 1 && imap_value_get_number(&value->items[0], &out->modseq)
                                    : imap_value_get_number(value, &out->modseq);
}

static bool fetch_preview(imap_syntax *arena, const struct imap_value *value, struct imap_fetch *out)
{
    (void)arena;
    out->preview = imap_value_get_text(value); /* NIL: not made yet */
    return out->preview != NULL;
}

/* RFC 8474: "(T64b478a75b7ea9)" or NIL; Gmail: a bare number. */
static bool fetch_thread(imap_syntax *arena, const struct imap_value *value, struct imap_fetch *out)
{
    (void)arena;
    out->thread_id = read_object_id(value);
    return out->thread_id != NULL;
}

static bool fetch_email(imap_syntax *arena, const struct imap_value *value, struct imap_fetch *out)
{
    (void)arena;
    out->email_id = read_object_id(value);
    return out->email_id != NULL;
}

static bool fetch_labels(imap_syntax *arena, const struct imap_value *value, struct imap_fetch *out)
{
    const char **labels = imap_syntax_alloc(arena, (value->count + 1) * sizeof *labels);
    size_t count = 0;
    for (size_t i = 0; value->kind == IMAP_LIST && i < value->count; i++) {
        const char *text = imap_value_get_text(&value->items[i]);
        if (text != NULL && *text != '\0')
            labels[count++] = decode_name(arena, text);
    }
    labels[count] = NULL;
    out->labels = labels;
    return value->kind == IMAP_LIST;
}

#define ITEM(word) word, sizeof(word) - 1
static const struct {
    const char *word;
    size_t length;
    enum imap_fetch_item item;
    fetch_reader *read;
} fetch_items[] = {
    { ITEM("UID"), IMAP_FETCH_UID, fetch_uid },
    { ITEM("FLAGS"), IMAP_FETCH_FLAGS, fetch_flags },
    { ITEM("INTERNALDATE"), IMAP_FETCH_INTERNALDATE, fetch_date },
    { ITEM("RFC822.SIZE"), IMAP_FETCH_SIZE, fetch_size },
    { ITEM("ENVELOPE"), IMAP_FETCH_ENVELOPE, fetch_envelope },
    { ITEM("BODYSTRUCTURE"), IMAP_FETCH_BODYSTRUCTURE, fetch_body },
    { ITEM("BODY"), IMAP_FETCH_BODYSTRUCTURE, fetch_body },
    { ITEM("MODSEQ"), IMAP_FETCH_MODSEQ, fetch_modseq },
    { ITEM("PREVIEW"), IMAP_FETCH_PREVIEW, fetch_preview },
    { ITEM("THREADID"), IMAP_FETCH_THREADID, fetch_thread },
    { ITEM("X-GM-THRID"), IMAP_FETCH_THREADID, fetch_thread },
    { ITEM("EMAILID"), IMAP_FETCH_EMAILID, fetch_email },
    { ITEM("X-GM-MSGID"), IMAP_FETCH_EMAILID, fetch_email },
    { ITEM("X-GM-LABELS"), IMAP_FETCH_LABELS, fetch_labels },
};

static void read_item(imap_syntax *arena, const struct imap_value *name, const struct imap_value *value, struct imap_fetch *out)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fetch_items); i++) {
        if (name->length != fetch_items[i].length || g_ascii_strcasecmp(name->bytes, fetch_items[i].word) != 0)
            continue;
        if (fetch_items[i].read(arena, value, out))
            out->has |= (unsigned)fetch_items[i].item;
        return;
    }
}

bool imap_response_fetch(imap_syntax *arena, const struct imap_value *items, struct imap_fetch *out)
{
    static const char *const no_keywords[] = { NULL };
    struct imap_section *sections = imap_syntax_alloc(arena, (items->count / 2 + 1) * sizeof *sections);
    *out = (struct imap_fetch){ .sections = sections, .flags.keywords = no_keywords };
    if (items->kind != IMAP_LIST)
        return false;
    for (size_t i = 0; i + 1 < items->count; i += 2) {
        const char *word = imap_value_get_text(&items->items[i]);
        if (word == NULL)
            continue;
        if (strchr(word, '[') != NULL) {
            if (read_section(arena, word, &items->items[i + 1], &sections[out->section_count])) {
                out->section_count++;
                out->has |= IMAP_FETCH_SECTION;
            }
            continue;
        }
        read_item(arena, &items->items[i], &items->items[i + 1], out);
    }
    return true;
}

/* --- LIST, STATUS --- */
static const struct {
    const char *word;
    unsigned bits;
} list_words[] = {
    { "\\Noselect", IMAP_LIST_NOSELECT },
    { "\\NonExistent", IMAP_LIST_NONEXISTENT | IMAP_LIST_NOSELECT },
    { "\\Noinferiors", IMAP_LIST_NOINFERIORS },
    { "\\HasChildren", IMAP_LIST_HAS_CHILDREN },
    { "\\HasNoChildren", IMAP_LIST_HAS_NO_CHILDREN },
    { "\\Marked", IMAP_LIST_MARKED },
    { "\\Unmarked", IMAP_LIST_UNMARKED },
    { "\\Subscribed", IMAP_LIST_SUBSCRIBED },
    { "\\All", IMAP_LIST_ALL },
    { "\\AllMail", IMAP_LIST_ALL },
    { "\\Archive", IMAP_LIST_ARCHIVE },
    { "\\Drafts", IMAP_LIST_DRAFTS },
    { "\\Flagged", IMAP_LIST_FLAGGED },
    { "\\Starred", IMAP_LIST_FLAGGED },
    { "\\Junk", IMAP_LIST_JUNK },
    { "\\Spam", IMAP_LIST_JUNK },
    { "\\Sent", IMAP_LIST_SENT },
    { "\\Trash", IMAP_LIST_TRASH },
    { "\\Important", IMAP_LIST_IMPORTANT },
};

const char *imap_response_name(imap_syntax *arena, const char *wire)
{
    return g_ascii_strcasecmp(wire, "INBOX") == 0 ? "INBOX" : decode_name(arena, wire);
}

bool imap_response_list(imap_syntax *arena, const struct imap_value *response, struct imap_list *out)
{
    bool has_flags = response->count >= 5 && (response->items[2].kind == IMAP_LIST || response->items[2].kind == IMAP_NIL);
    if (!has_flags || response->items[4].kind == IMAP_LIST)
        return false;
    *out = (struct imap_list){ 0 };
    for (size_t i = 0; i < response->items[2].count; i++) {
        const char *word = imap_value_get_text(&response->items[2].items[i]);
        for (size_t k = 0; word != NULL && k < G_N_ELEMENTS(list_words); k++) {
            if (g_ascii_strcasecmp(word, list_words[k].word) == 0)
                out->attributes |= list_words[k].bits;
        }
    }
    const char *delimiter = imap_value_get_text(&response->items[3]);
    out->delimiter = delimiter != NULL ? delimiter[0] : '\0';
    out->wire = response->items[4].bytes; /* a mailbox may well be called NIL */
    if (*out->wire == '\0')
        return false;
    out->mailbox = g_ascii_strcasecmp(out->wire, "INBOX") == 0 ? "INBOX" : decode_name(arena, out->wire);
    return true;
}

bool imap_response_status(imap_syntax *arena, const struct imap_value *response, struct imap_mailbox_status *out)
{
    if (response->count < 4 || response->items[3].kind != IMAP_LIST || response->items[2].kind == IMAP_LIST)
        return false;
    const char *wire = response->items[2].bytes;
    *out = (struct imap_mailbox_status){ .mailbox = g_ascii_strcasecmp(wire, "INBOX") == 0 ? "INBOX" : decode_name(arena, wire) };
    const struct {
        const char *word;
        enum imap_status_item item;
        uint32_t *field;
    } items[] = { { "MESSAGES", IMAP_STATUS_MESSAGES, &out->messages },
                  { "UIDNEXT", IMAP_STATUS_UIDNEXT, &out->uidnext },
                  { "UIDVALIDITY", IMAP_STATUS_UIDVALIDITY, &out->uidvalidity },
                  { "UNSEEN", IMAP_STATUS_UNSEEN, &out->unseen } };
    const struct imap_value *list = &response->items[3];
    for (size_t i = 0; i + 1 < list->count; i += 2) {
        uint64_t number = 0;
        if (imap_value_is_word(&list->items[i], "MAILBOXID")) {
            out->mailbox_id = read_object_id(&list->items[i + 1]);
            out->has |= out->mailbox_id != NULL ? IMAP_STATUS_MAILBOXID : 0u;
        } else if (imap_value_is_word(&list->items[i], "APPENDLIMIT")) { /* NIL: none */
            bool is_told = imap_value_get_number(&list->items[i + 1], &number);
            out->append_limit = is_told ? (int64_t)MIN(number, (uint64_t)G_MAXINT64) : -1;
            out->has |= IMAP_STATUS_APPENDLIMIT;
        }
        if (!imap_value_get_number(&list->items[i + 1], &number))
            continue;
        for (size_t k = 0; k < G_N_ELEMENTS(items); k++) {
            if (imap_value_is_word(&list->items[i], items[k].word) && number <= UINT32_MAX) {
                *items[k].field = (uint32_t)number;
                out->has |= (unsigned)items[k].item;
            }
        }
        if (imap_value_is_word(&list->items[i], "HIGHESTMODSEQ")) {
            out->highestmodseq = number;
            out->has |= IMAP_STATUS_HIGHESTMODSEQ;
        } else if (imap_value_is_word(&list->items[i], "SIZE")) {
            out->size_bytes = number;
            out->has |= IMAP_STATUS_SIZE;
        }
    }
    return true;
}

bool imap_response_namespace(imap_syntax *arena, const struct imap_value *response, const char **prefix_out, char *delimiter_out)
{
    const struct imap_value *first = imap_value_item(imap_value_item(response, 2), 0);
    const char *prefix = imap_value_get_text(imap_value_item(first, 0)), *delimiter = imap_value_get_text(imap_value_item(first, 1));
    if (prefix == NULL)
        return false;
    *prefix_out = decode_name(arena, prefix);
    *delimiter_out = delimiter != NULL ? delimiter[0] : '\0';
    return true;
}

/* --- sets and codes --- */
const struct imap_range *imap_response_ranges(imap_syntax *arena, const char *text, size_t *count_out)
{
    size_t commas = 1;
    for (const char *p = text; *p != '\0'; p++)
        commas += *p == ',';
    struct imap_range *ranges = imap_syntax_alloc(arena, MIN(commas, RANGES_MAX) * sizeof *ranges);
    *count_out = 0;
    for (const char *p = text; *count_out < RANGES_MAX && g_ascii_isdigit(*p);) {
        char *end = NULL;
        guint64 first = g_ascii_strtoull(p, &end, 10), last = first;
        if (*end == ':')
            last = g_ascii_strtoull(end + 1, &end, 10);
        if (first == 0 || last == 0 || first > UINT32_MAX || last > UINT32_MAX)
            break;
        ranges[(*count_out)++] = (struct imap_range){ (uint32_t)MIN(first, last), (uint32_t)MAX(first, last) };
        p = *end == ',' ? end + 1 : end;
        if (*end != ',')
            break;
    }
    return ranges;
}

static const struct {
    const char *word;
    enum imap_code code;
} codes[] = {
    { "ALERT", IMAP_CODE_ALERT },
    { "BADCHARSET", IMAP_CODE_BADCHARSET },
    { "CAPABILITY", IMAP_CODE_CAPABILITY },
    { "PARSE", IMAP_CODE_PARSE },
    { "PERMANENTFLAGS", IMAP_CODE_PERMANENTFLAGS },
    { "READ-ONLY", IMAP_CODE_READ_ONLY },
    { "READ-WRITE", IMAP_CODE_READ_WRITE },
    { "TRYCREATE", IMAP_CODE_TRYCREATE },
    { "UIDNEXT", IMAP_CODE_UIDNEXT },
    { "UIDVALIDITY", IMAP_CODE_UIDVALIDITY },
    { "UNSEEN", IMAP_CODE_UNSEEN },
    { "APPENDUID", IMAP_CODE_APPENDUID },
    { "COPYUID", IMAP_CODE_COPYUID },
    { "UIDNOTSTICKY", IMAP_CODE_UIDNOTSTICKY },
    { "HIGHESTMODSEQ", IMAP_CODE_HIGHESTMODSEQ },
    { "NOMODSEQ", IMAP_CODE_NOMODSEQ },
    { "MODIFIED", IMAP_CODE_MODIFIED },
    { "CLOSED", IMAP_CODE_CLOSED },
    { "UNAVAILABLE", IMAP_CODE_UNAVAILABLE },
    { "AUTHENTICATIONFAILED", IMAP_CODE_AUTHENTICATIONFAILED },
    { "AUTHORIZATIONFAILED", IMAP_CODE_AUTHORIZATIONFAILED },
    { "EXPIRED", IMAP_CODE_EXPIRED },
    { "PRIVACYREQUIRED", IMAP_CODE_PRIVACYREQUIRED },
    { "CONTACTADMIN", IMAP_CODE_CONTACTADMIN },
    { "NOPERM", IMAP_CODE_NOPERM },
    { "INUSE", IMAP_CODE_INUSE },
    { "EXPUNGEISSUED", IMAP_CODE_EXPUNGEISSUED },
    { "CORRUPTION", IMAP_CODE_CORRUPTION },
    { "SERVERBUG", IMAP_CODE_SERVERBUG },
    { "CLIENTBUG", IMAP_CODE_CLIENTBUG },
    { "CANNOT", IMAP_CODE_CANNOT },
    { "LIMIT", IMAP_CODE_LIMIT },
    { "OVERQUOTA", IMAP_CODE_OVERQUOTA },
    { "TOOBIG", IMAP_CODE_TOOBIG }, /* RFC 4469, 7889 */
    { "ALREADYEXISTS", IMAP_CODE_ALREADYEXISTS },
    { "NONEXISTENT", IMAP_CODE_NONEXISTENT },
    { "MAILBOXID", IMAP_CODE_MAILBOXID },
    { "NOTIFICATIONOVERFLOW", IMAP_CODE_NOTIFICATIONOVERFLOW },
    { "BADEVENT", IMAP_CODE_BADEVENT },
    { "UNKNOWN-CTE", IMAP_CODE_UNKNOWN_CTE },
};

static void read_code_arguments(imap_syntax *arena, const char *arguments, struct imap_reply *reply)
{
    char **words = g_strsplit(arguments, " ", 4);
    guint count = g_strv_length(words);
    reply->number = count > 0 ? g_ascii_strtoull(words[0], NULL, 10) : 0;
    if (reply->code == IMAP_CODE_COPYUID && count >= 3) {
        reply->source = imap_response_ranges(arena, words[1], &reply->source_count);
        reply->target = imap_response_ranges(arena, words[2], &reply->target_count);
    } else if (reply->code == IMAP_CODE_APPENDUID && count >= 2) {
        reply->target = imap_response_ranges(arena, words[1], &reply->target_count);
    }
    g_strfreev(words);
}

/* Words are kept as long as somebody may ask for them, so a server may not make them as long as a line. */
static const char *cut_words(imap_syntax *arena, const char *words)
{
    size_t length = strnlen(words, WORDS_MAX + 1);
    if (length <= WORDS_MAX)
        return words;
    for (length = WORDS_MAX; length > WORDS_MAX - 4 && ((unsigned char)words[length] & 0xc0u) == 0x80u;)
        length--; /* not in the middle of a character */
    return copy_text(arena, words, length);
}

void imap_response_code(imap_syntax *arena, const char *text, struct imap_reply *reply, const char **arguments_out)
{
    const char *close = text[0] == '[' ? strchr(text, ']') : NULL;
    reply->code = IMAP_CODE_NONE;
    reply->text = cut_words(arena, text);
    *arguments_out = "";
    if (close == NULL) {
        if (strstr(text, "[TRYCREATE]") != NULL) /* GNU mailutils 3.15: "UID COPY [TRYCREATE] failed" */
            reply->code = IMAP_CODE_TRYCREATE;
        return;
    }
    const char *word_end = text + 1 + strcspn(text + 1, " ]");
    g_autofree char *word = g_strndup(text + 1, (gsize)(word_end - text - 1));
    reply->code = IMAP_CODE_OTHER;
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
        if (g_ascii_strcasecmp(word, codes[i].word) == 0)
            reply->code = codes[i].code;
    }
    if (*word_end == ' ')
        *arguments_out = copy_text(arena, word_end + 1, (size_t)(close - word_end - 1));
    read_code_arguments(arena, *arguments_out, reply);
    reply->text = cut_words(arena, close[1] == ' ' ? close + 2 : close + 1);
}
