/* SPDX-License-Identifier: MIT */
/* The envelope of a message from its header lines. Plain addresses, nearly all, are cut out where they stand; any other form is read as core/message reads it. */
#include "core/header_envelope.h"
#include "core/message.h"
#include "net/imap_response.h"
#include <stddef.h>
#include <string.h>

#define STRANGE_MAX 65536u /* so much of a list that is not plain is read */

enum list { LIST_FROM, LIST_REPLY_TO, LIST_TO, LIST_CC, LISTS };

struct header_envelope {
    struct imap_envelope envelope;
    const char *references, *list_id;
    char *text;            /* the lines; values and plain addresses are cut out of it */
    GArray *lists[LISTS];  /* of struct imap_address; NULL: there is none */
    GStringChunk *strings; /* of addresses that core/message read; NULL: there is none */
};

#define NAME(word)    word, sizeof(word) - 1
#define PLACE(member) offsetof(struct header_envelope, member)
static const struct {
    const char *name;
    size_t length;
    bool is_list;
    enum list list;
    size_t place; /* of the text */
} fields[] = {
    { NAME("Date"), false, LISTS, PLACE(envelope.date) },
    { NAME("Subject"), false, LISTS, PLACE(envelope.subject) },
    { NAME("Message-ID"), false, LISTS, PLACE(envelope.message_id) },
    { NAME("In-Reply-To"), false, LISTS, PLACE(envelope.in_reply_to) },
    { NAME("References"), false, LISTS, PLACE(references) },
    { NAME("List-Id"), false, LISTS, PLACE(list_id) },
    { NAME("From"), true, LIST_FROM, 0 },
    { NAME("Reply-To"), true, LIST_REPLY_TO, 0 },
    { NAME("To"), true, LIST_TO, 0 },
    { NAME("Cc"), true, LIST_CC, 0 },
};

static const char *skip_blanks(const char *p)
{
    return p + strspn(p, " \t");
}

static char *trim_end(const char *begin, char *end)
{
    while (end > begin && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    return end;
}

/* --- addresses --- */

/* A part of an address, or of one in <>, up to a character of others, in ASCII; NULL: it is not plain. */
static char *part_end(char *p)
{
    char *end = p + strcspn(p, "<>,:;()[]\"\\@ \t");
    for (const char *c = p; c < end; c++)
        if (*c <= ' ' || *c > '~')
            return NULL;
    return end > p ? end : NULL;
}

/* "ada@example.org" at p: cut into two; *end: the character behind it, which is not looked at and not yet overwritten. */
static bool cut_spec(char *p, struct imap_address *address, char **at, char **end)
{
    *at = part_end(p);
    if (*at == NULL || **at != '@')
        return false;
    *end = part_end(*at + 1);
    address->mailbox = p;
    address->host = *at + 1;
    return *end != NULL;
}

/* The name before "<": "Ada Lovelace" with or without quotes; *open: where "<" is. */
static bool cut_name(char *p, struct imap_address *address, char **name_end, char **open)
{
    if (*p == '"') {
        char *quote = p + 1 + strcspn(p + 1, "\"\\");
        address->name = skip_blanks(p + 1);
        *name_end = quote > address->name ? trim_end(address->name, quote) : quote;
        *open = *quote == '"' ? (char *)skip_blanks(quote + 1) : quote;
        return *quote == '"' && **open == '<';
    }
    *open = p + strcspn(p, "<,:;()\"\\@"); /* brackets are not allowed without quotes, and "[Team] News <n@x>" is common */
    *name_end = trim_end(p, *open);
    address->name = *name_end > p ? p : NULL;
    return **open == '<';
}

/* One address at p, up to a comma or the end; returns what is behind it, NULL: it is not plain, and nothing was changed. */
static char *cut_plain(char *p, struct imap_address *address)
{
    char *name_end = NULL, *open = NULL, *at = NULL, *end = NULL;
    *address = (struct imap_address){ 0 };
    bool is_angled = cut_name(p, address, &name_end, &open);
    if (!is_angled)
        address->name = NULL;
    if (!cut_spec(is_angled ? open + 1 : p, address, &at, &end) || (is_angled && *end != '>'))
        return NULL;
    char *next = (char *)skip_blanks(is_angled ? end + 1 : end);
    if (*next != ',' && *next != '\0')
        return NULL;
    next += *next == ',';
    if (address->name != NULL)
        *name_end = '\0';
    *at = *end = '\0';
    return next;
}

static const char *keep(header_envelope *self, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    if (self->strings == NULL)
        self->strings = g_string_chunk_new(256);
    return g_string_chunk_insert(self->strings, valid);
}

static void add_mailbox(header_envelope *self, GArray *list, const struct message_address *from)
{
    const char *at = strrchr(from->address, '@');
    g_autofree char *local = at != NULL ? g_strndup(from->address, (gsize)(at - from->address)) : g_strdup(from->address);
    struct imap_address address = { from->name != NULL && *from->name != '\0' ? keep(self, from->name) : NULL, keep(self, local),
                                    at != NULL ? keep(self, at + 1) : "" };
    g_array_append_val(list, address);
}

/* Groups, comments, routes, quoted pairs, names with commas inside encoded words, and what is none of these: as the message itself will be read. A name
 * alone ("ada at example.org", "Postmaster <>") is kept for a list that is to have one. */
static void read_strange(header_envelope *self, GArray *list, const char *rest, bool has_names)
{
    g_autofree char *some = g_strndup(rest, STRANGE_MAX);
    char *comma = strlen(some) == STRANGE_MAX ? strrchr(some, ',') : NULL;
    if (comma != NULL)
        *comma = '\0'; /* not half an address */
    g_autoptr(GPtrArray) all = message_value_addresses(some);
    for (guint i = 0; i < all->len; i++) {
        const struct message_address *each = g_ptr_array_index(all, i);
        bool is_name = each->address == NULL || *each->address == '\0';
        struct imap_address words = { is_name && each->name != NULL ? keep(self, each->name) : NULL, "", "" };
        if (!is_name)
            add_mailbox(self, list, each);
        else if (has_names && list->len == 0 && words.name != NULL && *words.name != '\0')
            g_array_append_val(list, words);
    }
}

static void read_addresses(header_envelope *self, GArray *list, char *value, bool has_names)
{
    for (char *p = value; *(p += strspn(p, " \t,")) != '\0';) {
        struct imap_address address;
        char *next = cut_plain(p, &address);
        if (next == NULL) {
            read_strange(self, list, p, has_names);
            return;
        }
        g_array_append_val(list, address);
        p = next;
    }
}

static void read_list(header_envelope *self, enum list which, char *value)
{
    GArray *list = self->lists[which];
    if (list == NULL)
        list = self->lists[which] = g_array_sized_new(FALSE, FALSE, sizeof(struct imap_address), 2);
    read_addresses(self, list, value, which == LIST_FROM);
    if (list->len == 0 && which == LIST_FROM && *value != '\0') { /* not even that: as it stands */
        struct imap_address words = { value, "", "" };
        g_array_append_val(list, words);
    }
}

/* --- lines --- */

/* A stray CR or a tab is a blank; they are few. */
static void blank_controls(char *begin, const char *end)
{
    static const char stray[] = { '\r', '\t' };
    for (size_t i = 0; i < sizeof stray; i++)
        for (char *p = begin; (p = memchr(p, stray[i], (size_t)(end - p))) != NULL;)
            *p = ' ';
}

/* The value that begins at p, unfolded (one blank for what is at a fold) and without blanks around it, where it stands; *next: the field behind it. */
static char *cut_value(char *p, char *end, char **next)
{
    char *begin = p, *to = p;
    while (p < end) {
        char *newline = memchr(p, '\n', (size_t)(end - p)), *stop = newline != NULL ? newline : end;
        memmove(to, p, (size_t)(stop - p));
        to = trim_end(begin, to + (stop - p));
        p = newline != NULL ? newline + 1 : end;
        if (p == end || (*p != ' ' && *p != '\t'))
            break;
        while (p < end && (*p == ' ' || *p == '\t'))
            p++;
        *to++ = ' '; /* there is room: the line's end was there */
    }
    *next = p;
    to = trim_end(begin, to);
    *to = '\0'; /* there is a line's end, or the NUL behind the whole */
    blank_controls(begin, to);
    return begin + strspn(begin, " ");
}

static void take_field(header_envelope *self, size_t which, char *value)
{
    if (fields[which].is_list) {
        read_list(self, fields[which].list, value);
        return;
    }
    const char **text = (const char **)(void *)((char *)self + fields[which].place);
    if (*text == NULL)
        *text = value;
}

/* Which field this line begins; *value: behind its colon. */
static size_t field_at(char *line, char **value)
{
    size_t length = strcspn(line, ": \t\r\n");
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (length != fields[i].length || g_ascii_strncasecmp(line, fields[i].name, length) != 0)
            continue;
        const char *colon = skip_blanks(line + length); /* "Subject :" was allowed once (RFC 5322 4.5) */
        *value = (char *)colon + 1;
        return *colon == ':' ? i : G_N_ELEMENTS(fields);
    }
    return G_N_ELEMENTS(fields);
}

static void read_lines(header_envelope *self, char *line, char *end)
{
    while (line < end) {
        char *value = NULL;
        size_t which = field_at(line, &value);
        if (which < G_N_ELEMENTS(fields)) {
            value = cut_value(value, end, &line);
            take_field(self, which, value);
            continue;
        }
        char *newline = memchr(line, '\n', (size_t)(end - line));
        line = newline != NULL ? newline + 1 : end;
    }
}

header_envelope *header_envelope_read(const char *lines, size_t length)
{
    header_envelope *self = g_new0(header_envelope, 1);
    self->text = g_malloc(length + 1);
    if (length > 0)
        memcpy(self->text, lines, length);
    self->text[length] = '\0';
    read_lines(self, self->text, self->text + length);
    const struct {
        const struct imap_address **all;
        size_t *count;
    } places[LISTS] = {
        [LIST_FROM] = { &self->envelope.from, &self->envelope.from_count },
        [LIST_REPLY_TO] = { &self->envelope.reply_to, &self->envelope.reply_to_count },
        [LIST_TO] = { &self->envelope.to, &self->envelope.to_count },
        [LIST_CC] = { &self->envelope.cc, &self->envelope.cc_count },
    };
    for (size_t i = 0; i < LISTS; i++) {
        if (self->lists[i] == NULL)
            continue;
        *places[i].all = (const struct imap_address *)(void *)self->lists[i]->data;
        *places[i].count = self->lists[i]->len;
    }
    return self;
}

const struct imap_envelope *header_envelope_get(const header_envelope *self)
{
    return &self->envelope;
}

const char *header_envelope_references(const header_envelope *self)
{
    return self->references;
}

const char *header_envelope_list_id(const header_envelope *self)
{
    return self->list_id;
}

void header_envelope_free(header_envelope *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < LISTS; i++)
        if (self->lists[i] != NULL)
            g_array_free(self->lists[i], TRUE);
    if (self->strings != NULL)
        g_string_chunk_free(self->strings);
    g_free(self->text);
    g_free(self);
}
