/* SPDX-License-Identifier: MIT */
/* Envelope, header fields and body structure in the store's own terms. */
#include "core/sync_convert.h"
#include "core/header_envelope.h"
#include "core/quirks.h"
#include "core/encoded_words.h"
#include "core/gmail_labels.h"
#include "core/structure.h"
#include "net/civil.h"
#include "core/tag.h"
#include <gmime/gmime.h>
#include <string.h>

#define POOL_USERS 64 /* messages whose texts live together */

/* How long it is where nothing in it stands for anything else: most are so. -1: something does. */
static gssize plain_length(const char *text)
{
    const char *p = text;
    for (; *p != '\0'; p++)
        if (*p < ' ' || *p > '~' || (*p == '=' && p[1] == '?'))
            return -1;
    return p - text;
}

/* What is not plain, by GMime; caller frees. */
static char *decode_strange(const char *text)
{
    g_autofree char *joined = encoded_words_join(text);
    return g_mime_utils_header_decode_text(NULL, joined != NULL ? joined : text);
}

static char *keep(text_pool *pool, const char *text)
{
    return text != NULL ? text_pool_keep(pool, text, strlen(text)) : NULL;
}

static char *decode(text_pool *pool, const char *text)
{
    gssize length = text != NULL ? plain_length(text) : 0;
    if (text == NULL || length >= 0)
        return text != NULL ? text_pool_keep(pool, text, (size_t)length) : NULL;
    g_autofree char *decoded = decode_strange(text);
    return keep(pool, decoded);
}

/* Without <> and blanks; the first of several. */
static char *clean_id(text_pool *pool, const char *text)
{
    if (text == NULL)
        return NULL;
    const char *open = strchr(text, '<');
    const char *begin = open != NULL ? open + 1 : text + strspn(text, " \t\r\n");
    size_t length = strcspn(begin, "> \t\r\n");
    return length > 0 ? text_pool_keep(pool, begin, length) : NULL;
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
    bool is_plain = address->name == NULL || plain_length(address->name) >= 0;
    g_autofree char *decoded = is_plain ? NULL : decode_strange(address->name);
    const char *name = is_plain ? address->name : decoded;
    bool has_name = name != NULL && *name != '\0';
    if (*address->mailbox == '\0')
        return; /* words only */
    if (text->len > 0)
        g_string_append(text, ", ");
    if (has_name) {
        append_name(text, name);
        g_string_append(text, " <");
    }
    g_string_append(text, address->mailbox);
    if (*address->host != '\0')
        g_string_append_c(text, '@');
    g_string_append(text, address->host);
    if (has_name)
        g_string_append_c(text, '>');
}

/* "Ada <ada@x>, …", decoded. */
static char *address_list(text_pool *pool, const struct imap_address *addresses, size_t count)
{
    GString *text = text_pool_scratch(pool);
    for (size_t i = 0; i < count; i++)
        if (addresses[i].mailbox != NULL && addresses[i].host != NULL) /* else the beginning or end of a group */
            append_address(text, &addresses[i]);
    return text_pool_keep_scratch(pool);
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

static char *clean_references(text_pool *pool, const char *text)
{
    GString *ids = text_pool_scratch(pool);
    for (const char *p = text; (p = strchr(p, '<')) != NULL;) {
        size_t length = strcspn(++p, "> ");
        if (length > 0 && ids->len > 0)
            g_string_append_c(ids, ' ');
        g_string_append_len(ids, p, (gssize)MIN(length, 998));
        p += length;
    }
    return text_pool_keep_scratch(pool);
}

static char *address_spec(text_pool *pool, const struct imap_address *address)
{
    GString *text = text_pool_scratch(pool);
    g_string_append(text, address->mailbox);
    if (*address->host != '\0')
        g_string_append_c(text, '@');
    g_string_append(text, address->host);
    return text_pool_keep_scratch(pool);
}

static void take_envelope(text_pool *pool, const struct imap_envelope *envelope, struct message_info *info)
{
    info->message_id = clean_id(pool, envelope->message_id);
    info->in_reply_to = clean_id(pool, envelope->in_reply_to);
    info->subject = decode(pool, envelope->subject);
    info->date_utc = parse_date(envelope->date);
    for (size_t i = 0; i < envelope->from_count && info->from_address == NULL; i++) {
        const struct imap_address *from = &envelope->from[i];
        if (from->mailbox == NULL || from->host == NULL)
            continue;
        info->from_name = decode(pool, from->name);
        info->from_address = *from->mailbox != '\0' ? address_spec(pool, from) : NULL;
    }
    info->to = address_list(pool, envelope->to, envelope->to_count);
    info->cc = address_list(pool, envelope->cc, envelope->cc_count);
    if (envelope->reply_to_count > 0)
        info->reply_to = address_list(pool, envelope->reply_to, envelope->reply_to_count);
    else /* as servers do it */
        info->reply_to = address_list(pool, envelope->from, envelope->from_count);
}

/* Of many messages the lines come in place of ENVELOPE, which is NULL then; beside one, they are what it lacks. */
static void take_header(text_pool *pool, const struct imap_envelope *envelope, const struct imap_section *lines, struct message_info *info)
{
    header_envelope *header = header_envelope_read(lines != NULL ? lines->bytes : NULL, lines != NULL ? lines->length : 0);
    const char *references = header_envelope_references(header), *list = header_envelope_list_id(header);
    take_envelope(pool, envelope != NULL ? envelope : header_envelope_get(header), info);
    info->references = references != NULL ? clean_references(pool, references) : NULL;
    if (list != NULL) {
        info->list_id = clean_id(pool, list);
        info->part_flags |= MESSAGE_IS_LIST;
    }
    header_envelope_free(header);
}

/* --- body structure --- */
static const char *param(const struct imap_param *params, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(params[i].name, name) == 0)
            return params[i].value;
    return NULL;
}

/* RFC 2231 in its plainest form, charset'language'%XX, as servers hand it through; else RFC 2047 as many programs write it. */
static char *decode_filename(text_pool *pool, const char *text, bool is_extended)
{
    if (text == NULL || !is_extended)
        return decode(pool, text);
    const char *quote = strchr(text, '\''), *value = quote != NULL ? strchr(quote + 1, '\'') : NULL;
    g_autofree char *bytes = g_uri_unescape_string(value != NULL ? value + 1 : text, NULL);
    if (bytes == NULL || g_utf8_validate(bytes, -1, NULL))
        return keep(pool, bytes != NULL ? bytes : text);
    g_autofree char *charset = quote != NULL ? g_strndup(text, (gsize)(quote - text)) : g_strdup("iso-8859-1");
    g_autofree char *converted = g_convert(bytes, -1, "UTF-8", charset, NULL, NULL, NULL);
    g_autofree char *valid = converted == NULL ? g_utf8_make_valid(bytes, -1) : NULL;
    return keep(pool, converted != NULL ? converted : valid);
}

static char *filename_of(text_pool *pool, const struct imap_body *body)
{
    static const struct {
        const char *name;
        bool is_disposition, is_extended;
    } places[] = { { "filename*", true, true }, { "filename", true, false },   { "name*", false, true },
                   { "name", false, false },    { "filename*0*", true, true }, { "filename*0", true, false } };
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        const char *raw = places[i].is_disposition ? param(body->disposition_params, body->disposition_param_count, places[i].name)
                                                   : param(body->params, body->param_count, places[i].name);
        char *name = decode_filename(pool, raw, places[i].is_extended);
        if (name != NULL)
            return name;
    }
    return NULL;
}

/* Its texts are those of body, and in the pool: freed with node_release. The depth was bounded when the response was read. */
static struct structure_node *node_from(text_pool *pool, const struct imap_body *body)
{
    struct structure_node *node = g_new0(struct structure_node, 1);
    GString *type = text_pool_scratch(pool);
    g_string_append(type, body->type);
    g_string_append_c(type, '/');
    g_string_append(type, body->subtype);
    g_string_ascii_down(type);
    node->type = text_pool_keep_scratch(pool);
    node->section = (char *)body->section;
    node->charset = (char *)param(body->params, body->param_count, "charset");
    node->format = (char *)param(body->params, body->param_count, "format");
    node->encoding = (char *)body->encoding;
    node->disposition = (char *)body->disposition;
    node->filename = filename_of(pool, body);
    node->id = (char *)body->id;
    node->size = (int64_t)MIN(body->size, (uint64_t)G_MAXINT64);
    if (strcmp(body->type, "multipart") != 0)
        return node; /* message/rfc822 is one leaf */
    node->children = g_ptr_array_sized_new((guint)body->part_count);
    for (size_t i = 0; i < body->part_count; i++)
        g_ptr_array_add(node->children, node_from(pool, &body->parts[i]));
    return node;
}

static void node_release(struct structure_node *node)
{
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        node_release(g_ptr_array_index(node->children, i));
    if (node->children != NULL)
        g_ptr_array_unref(node->children);
    g_free(node);
}

char *sync_structure_text(const struct imap_body *body)
{
    text_pool *pool = text_pool_new();
    struct structure_node *node = node_from(pool, body);
    char *text = structure_write(node);
    node_release(node);
    text_pool_unref(pool);
    return text;
}

static void take_structure(text_pool *pool, const struct imap_body *body, struct message_info *info)
{
    struct structure_node *node = node_from(pool, body);
    structure_append(text_pool_scratch(pool), node);
    info->structure = text_pool_keep_scratch(pool);
    structure_facts(node, &info->attachment_count, &info->part_flags);
    node_release(node);
}

/* --- the whole --- */
static const struct {
    const char *word;
    unsigned flag;
} keyword_flags[] = { { "$Forwarded", MESSAGE_FORWARDED }, { "Forwarded", MESSAGE_FORWARDED } };

static unsigned flags_from(const struct imap_flags *flags)
{
    unsigned bits = flags->bits & (IMAP_FLAG_SEEN | IMAP_FLAG_ANSWERED | IMAP_FLAG_FLAGGED | IMAP_FLAG_DELETED | IMAP_FLAG_DRAFT);
    for (const char *const *keyword = flags->keywords; *keyword != NULL; keyword++) {
        for (size_t i = 0; i < G_N_ELEMENTS(keyword_flags); i++)
            bits |= g_ascii_strcasecmp(*keyword, keyword_flags[i].word) == 0 ? keyword_flags[i].flag : 0;
    }
    return bits;
}

static char *keywords_from(text_pool *pool, const struct imap_flags *flags)
{
    GString *text = text_pool_scratch(pool);
    for (const char *const *keyword = flags->keywords; *keyword != NULL; keyword++) {
        if (text->len > 0)
            g_string_append_c(text, ' ');
        g_string_append(text, *keyword);
    }
    return text_pool_keep_scratch(pool);
}

static void add_labels(struct fetched *fetched, const char *const *labels)
{
    g_autofree char *words = gmail_labels_words(labels), *all = tag_list_change(fetched->keywords, words, NULL);
    fetched->keywords = keep(fetched->texts, all != NULL ? all : "");
}

static const struct imap_section *header_lines(const struct imap_fetch *fetch)
{
    for (size_t i = 0; i < fetch->section_count; i++)
        if (g_str_has_prefix(fetch->sections[i].name, "HEADER.FIELDS"))
            return &fetch->sections[i];
    return NULL;
}

static struct fetched *fetched_new(text_pool **pool)
{
    struct fetched *fetched = g_new0(struct fetched, 1);
    if (*pool != NULL && text_pool_users(*pool) > POOL_USERS)
        g_clear_pointer(pool, text_pool_unref);
    if (*pool == NULL)
        *pool = text_pool_new();
    fetched->texts = text_pool_ref(*pool);
    return fetched;
}

struct fetched *fetched_from(const struct imap_fetch *fetch, text_pool **pool)
{
    struct fetched *fetched = fetched_new(pool);
    fetched->uid = fetch->uid;
    fetched->modseq = fetch->modseq;
    fetched->flags = flags_from(&fetch->flags);
    fetched->keywords = keywords_from(fetched->texts, &fetch->flags);
    if (fetch->has & IMAP_FETCH_LABELS)
        add_labels(fetched, fetch->labels);
    const struct imap_section *lines = header_lines(fetch);
    bool has_envelope = (fetch->has & IMAP_FETCH_ENVELOPE) != 0;
    fetched->has_info = has_envelope || lines != NULL;
    struct message_info *info = &fetched->info;
    info->received_utc = fetch->internaldate_utc;
    info->size_bytes = (int64_t)MIN(fetch->size_bytes, (uint64_t)G_MAXINT64);
    if (!fetched->has_info)
        return fetched;
    take_header(fetched->texts, has_envelope ? &fetch->envelope : NULL, lines, info);
    if (fetch->body != NULL)
        take_structure(fetched->texts, fetch->body, info);
    g_autofree char *preview = fetch->preview != NULL && *fetch->preview != '\0' ? g_utf8_make_valid(fetch->preview, -1) : NULL;
    info->preview = keep(fetched->texts, preview);
    return fetched;
}

void fetched_free(struct fetched *fetched)
{
    if (fetched == NULL)
        return;
    text_pool_unref(fetched->texts);
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
