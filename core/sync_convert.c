/* SPDX-License-Identifier: MIT */
/* Envelope, header fields and body structure in the store's own terms. */
#include "core/sync_convert.h"
#include "core/quirks.h"
#include "core/encoded_words.h"
#include "core/gmail_labels.h"
#include "core/structure.h"
#include "net/civil.h"
#include "core/tag.h"
#include <gmime/gmime.h>
#include <string.h>

/* Nothing in it stands for anything else: most are so. */
static bool is_plain(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if (*p < ' ' || *p > '~' || (*p == '=' && p[1] == '?'))
            return false;
    return true;
}

static char *decode(const char *text)
{
    if (text != NULL && is_plain(text))
        return g_strdup(text);
    g_autofree char *joined = text != NULL ? encoded_words_join(text) : NULL;
    return text != NULL ? g_mime_utils_header_decode_text(NULL, joined != NULL ? joined : text) : NULL;
}

/* Without <> and blanks; the first of several. */
static char *clean_id(const char *text)
{
    if (text == NULL)
        return NULL;
    const char *open = strchr(text, '<');
    const char *begin = open != NULL ? open + 1 : text + strspn(text, " \t\r\n");
    size_t length = strcspn(begin, "> \t\r\n");
    return length > 0 ? g_strndup(begin, length) : NULL;
}

/* With quotes where the name needs them. */
static void append_name(GString *text, const char *name)
{
    if (strpbrk(name, ",;<>\"@()") == NULL) {
        g_string_append(text, name);
        return;
    }
    g_string_append_c(text, '"');
    for (const char *p = name; *p != '\0'; p++)
        if (*p != '"' && *p != '\\')
            g_string_append_c(text, *p);
    g_string_append_c(text, '"');
}

static void append_address(GString *text, const struct imap_address *address)
{
    g_autofree char *name = decode(address->name);
    bool has_name = name != NULL && *name != '\0';
    if (text->len > 0)
        g_string_append(text, ", ");
    if (has_name) {
        append_name(text, name);
        g_string_append(text, " <");
    }
    g_string_append(text, address->mailbox);
    g_string_append_c(text, '@');
    g_string_append(text, address->host);
    if (has_name)
        g_string_append_c(text, '>');
}

/* "Ada <ada@x>, …", decoded. */
static char *address_list(const struct imap_address *addresses, size_t count)
{
    if (count == 0)
        return g_strdup("");
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < count; i++)
        if (addresses[i].mailbox != NULL && addresses[i].host != NULL) /* else the beginning or end of a group */
            append_address(text, &addresses[i]);
    return g_string_free(text, FALSE);
}

/* Mostly they are written as RFC 5322 says, with the weekday and perhaps a comment at the end. */
static int64_t parse_date(const char *text)
{
    static const char *const shapes[] = { "www, dd M yyyy hh:mm:ss +zzzz", "www, d M yyyy hh:mm:ss +zzzz" };
    int64_t utc;
    for (size_t i = 0; text != NULL && i < G_N_ELEMENTS(shapes); i++) {
        const char *rest = net_civil_read(text, shapes[i], &utc);
        if (rest != NULL && (*rest == '\0' || g_str_has_prefix(rest, " (")))
            return utc;
    }
    g_autoptr(GDateTime) date = text != NULL ? g_mime_utils_header_decode_date(text) : NULL;
    return date != NULL ? g_date_time_to_unix(date) : 0;
}

/* The value of a header field in raw header lines, unfolded; caller frees; NULL: not there. */
static char *field(const char *header, size_t length, const char *name)
{
    const char *end = header + length;
    size_t name_length = strlen(name);
    for (const char *line = header; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *next = newline != NULL ? newline + 1 : end;
        if ((size_t)(next - line) > name_length && g_ascii_strncasecmp(line, name, name_length) == 0 && line[name_length] == ':') {
            while (next < end && (*next == ' ' || *next == '\t')) {
                newline = memchr(next, '\n', (size_t)(end - next));
                next = newline != NULL ? newline + 1 : end;
            }
            char *value = g_strndup(line + name_length + 1, (gsize)(next - line) - name_length - 1);
            return g_strstrip(g_strdelimit(value, "\r\n\t", ' '));
        }
        line = next;
    }
    return NULL;
}

static char *clean_references(const char *text)
{
    GString *ids = g_string_new(NULL);
    for (const char *p = text; p != NULL && (p = strchr(p, '<')) != NULL;) {
        size_t length = strcspn(++p, "> ");
        if (length > 0)
            g_string_append_printf(ids, "%s%.*s", ids->len > 0 ? " " : "", (int)MIN(length, 998), p);
        p += length;
    }
    return g_string_free(ids, FALSE);
}

static void take_envelope(const struct imap_envelope *envelope, struct message_info *info)
{
    info->message_id = clean_id(envelope->message_id);
    info->in_reply_to = clean_id(envelope->in_reply_to);
    info->subject = decode(envelope->subject);
    info->date_utc = parse_date(envelope->date);
    for (size_t i = 0; i < envelope->from_count && info->from_address == NULL; i++) {
        const struct imap_address *from = &envelope->from[i];
        if (from->mailbox == NULL || from->host == NULL)
            continue;
        info->from_name = decode(from->name);
        info->from_address = g_strdup_printf("%s@%s", from->mailbox, from->host);
    }
    info->to = address_list(envelope->to, envelope->to_count);
    info->cc = address_list(envelope->cc, envelope->cc_count);
    info->reply_to = address_list(envelope->reply_to, envelope->reply_to_count);
}

static void take_fields(const struct imap_section *section, struct message_info *info)
{
    g_autofree char *references = field(section->bytes, section->length, "References"),
                    *list = field(section->bytes, section->length, "List-Id");
    info->references = references != NULL ? clean_references(references) : NULL;
    if (list != NULL) {
        info->list_id = clean_id(list);
        info->part_flags |= MESSAGE_IS_LIST;
    }
}

/* --- body structure --- */
static char *param(const struct imap_param *params, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(params[i].name, name) == 0)
            return g_strdup(params[i].value);
    }
    return NULL;
}

/* RFC 2231 in its plainest form, charset'language'%XX, as servers hand it through; else RFC 2047 as many programs write it. */
static char *decode_filename(const char *text, bool is_extended)
{
    if (text == NULL)
        return NULL;
    if (!is_extended)
        return decode(text);
    const char *quote = strchr(text, '\''), *value = quote != NULL ? strchr(quote + 1, '\'') : NULL;
    g_autofree char *bytes = g_uri_unescape_string(value != NULL ? value + 1 : text, NULL);
    if (bytes == NULL || g_utf8_validate(bytes, -1, NULL))
        return bytes != NULL ? g_steal_pointer(&bytes) : g_strdup(text);
    g_autofree char *charset = quote != NULL ? g_strndup(text, (gsize)(quote - text)) : g_strdup("iso-8859-1");
    char *converted = g_convert(bytes, -1, "UTF-8", charset, NULL, NULL, NULL);
    return converted != NULL ? converted : g_utf8_make_valid(bytes, -1);
}

static char *filename_of(const struct imap_body *body)
{
    static const struct {
        const char *name;
        bool is_disposition, is_extended;
    } places[] = { { "filename*", true, true }, { "filename", true, false },   { "name*", false, true },
                   { "name", false, false },    { "filename*0*", true, true }, { "filename*0", true, false } };
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *raw = places[i].is_disposition ? param(body->disposition_params, body->disposition_param_count, places[i].name)
                                                        : param(body->params, body->param_count, places[i].name);
        char *name = decode_filename(raw, places[i].is_extended);
        if (name != NULL)
            return name;
    }
    return NULL;
}

/* The depth was bounded when the response was read. */
static struct structure_node *node_from(const struct imap_body *body)
{
    g_autofree char *type = g_strconcat(body->type, "/", body->subtype, NULL);
    struct structure_node *node = structure_node_new(type, body->section);
    node->charset = param(body->params, body->param_count, "charset");
    node->format = param(body->params, body->param_count, "format");
    node->encoding = g_strdup(body->encoding);
    node->disposition = g_strdup(body->disposition);
    node->filename = filename_of(body);
    node->id = g_strdup(body->id);
    node->size = (int64_t)MIN(body->size, (uint64_t)G_MAXINT64);
    if (strcmp(body->type, "multipart") != 0)
        return node; /* message/rfc822 is one leaf */
    node->children = g_ptr_array_new_with_free_func((GDestroyNotify)structure_node_free);
    for (size_t i = 0; i < body->part_count; i++)
        g_ptr_array_add(node->children, node_from(&body->parts[i]));
    return node;
}

char *sync_structure_text(const struct imap_body *body)
{
    struct structure_node *node = node_from(body);
    char *text = structure_write(node);
    structure_node_free(node);
    return text;
}

static void take_structure(const struct imap_body *body, struct message_info *info)
{
    struct structure_node *node = node_from(body);
    info->structure = structure_write(node);
    info->part_flags |= structure_part_flags(node);
    info->attachment_count = structure_attachment_count(node);
    structure_node_free(node);
}

/* --- the whole --- */
static const struct {
    const char *word;
    unsigned flag;
} keyword_flags[] = { { "$Forwarded", MESSAGE_FORWARDED }, { "Forwarded", MESSAGE_FORWARDED } };

static unsigned flags_from(const struct imap_flags *flags, char **keywords_out)
{
    unsigned bits = flags->bits & (IMAP_FLAG_SEEN | IMAP_FLAG_ANSWERED | IMAP_FLAG_FLAGGED | IMAP_FLAG_DELETED | IMAP_FLAG_DRAFT);
    for (const char *const *keyword = flags->keywords; *keyword != NULL; keyword++) {
        for (size_t i = 0; i < G_N_ELEMENTS(keyword_flags); i++)
            bits |= g_ascii_strcasecmp(*keyword, keyword_flags[i].word) == 0 ? keyword_flags[i].flag : 0;
    }
    *keywords_out = g_strjoinv(" ", (char **)flags->keywords);
    return bits;
}

static void add_labels(struct fetched *fetched, const char *const *labels)
{
    g_autofree char *words = gmail_labels_words(labels);
    char *all = tag_list_change(fetched->keywords, words, NULL);
    g_free(fetched->keywords);
    fetched->keywords = all != NULL ? all : g_strdup("");
}

struct fetched *fetched_from(const struct imap_fetch *fetch)
{
    struct fetched *fetched = g_new0(struct fetched, 1);
    fetched->uid = fetch->uid;
    fetched->modseq = fetch->modseq;
    fetched->flags = flags_from(&fetch->flags, &fetched->keywords);
    if (fetch->has & IMAP_FETCH_LABELS)
        add_labels(fetched, fetch->labels);
    fetched->has_info = (fetch->has & IMAP_FETCH_ENVELOPE) != 0;
    struct message_info *info = &fetched->info;
    info->received_utc = fetch->internaldate_utc;
    info->size_bytes = (int64_t)MIN(fetch->size_bytes, (uint64_t)G_MAXINT64);
    if (!fetched->has_info)
        return fetched;
    take_envelope(&fetch->envelope, info);
    for (size_t i = 0; i < fetch->section_count; i++) {
        if (g_str_has_prefix(fetch->sections[i].name, "HEADER.FIELDS"))
            take_fields(&fetch->sections[i], info);
    }
    if (fetch->body != NULL)
        take_structure(fetch->body, info);
    info->preview = fetch->preview != NULL && *fetch->preview != '\0' ? g_utf8_make_valid(fetch->preview, -1) : NULL;
    return fetched;
}

void fetched_free(struct fetched *fetched)
{
    if (fetched == NULL)
        return;
    const struct message_info *info = &fetched->info;
    const char *texts[] = { info->message_id,   info->in_reply_to, info->references, info->subject,  info->from_name,
                            info->from_address, info->to,          info->cc,         info->reply_to, info->list_id,
                            info->structure,    info->preview,     info->thread,     info->email_id };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free((char *)texts[i]);
    g_free(fetched->keywords);
    g_free(fetched);
}

/* --- roles --- */
static const struct {
    unsigned attribute;
    enum folder_role role;
} special_uses[] = {
    { IMAP_LIST_DRAFTS, FOLDER_DRAFTS },   { IMAP_LIST_SENT, FOLDER_SENT },   { IMAP_LIST_ARCHIVE, FOLDER_ARCHIVE },
    { IMAP_LIST_JUNK, FOLDER_JUNK },       { IMAP_LIST_TRASH, FOLDER_TRASH }, { IMAP_LIST_ALL, FOLDER_ALL },
    { IMAP_LIST_FLAGGED, FOLDER_FLAGGED },
};

enum folder_role sync_role_of(const struct imap_list *list)
{
    if (strcmp(list->mailbox, "INBOX") == 0)
        return FOLDER_INBOX;
    for (size_t i = 0; i < G_N_ELEMENTS(special_uses); i++) {
        if (list->attributes & special_uses[i].attribute)
            return special_uses[i].role;
    }
    char delimiter[2] = { list->delimiter, '\0' };
    const char *last = list->delimiter != '\0' ? g_strrstr(list->mailbox, delimiter) : NULL;
    return quirks_role_of_name(last != NULL ? last + 1 : list->mailbox);
}
