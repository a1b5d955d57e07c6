/* SPDX-License-Identifier: MIT */
/* Reading and writing vCards. Strict in memory, generous in meaning. */
#include "core/contact_card.h"
#include "core/message.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define TEXT_BYTES_MAX (64u * 1024u * 1024u)
#define LINE_BYTES_MAX (64u * 1024u) /* photographs are longer: not ours */
#define CARDS_MAX      200000
#define VALUES_MAX     1000 /* of one card */
#define FOLD_BYTES     75

static void card_free(gpointer data)
{
    struct contact_card *self = data;
    g_free(self->name);
    g_free(self->uid);
    g_ptr_array_unref(self->emails);
    g_ptr_array_unref(self->members);
    g_free(self);
}

static struct contact_card *card_new(void)
{
    struct contact_card *self = g_new0(struct contact_card, 1);
    self->name = g_strdup("");
    self->emails = g_ptr_array_new_with_free_func(g_free);
    self->members = g_ptr_array_new_with_free_func(g_free);
    return self;
}

/* --- lines --- */
static bool is_quoted_printable(const GString *line)
{
    const char *colon = strchr(line->str, ':');
    g_autofree char *head = colon != NULL ? g_ascii_strup(line->str, colon - line->str) : NULL;
    return head != NULL && strstr(head, "QUOTED-PRINTABLE") != NULL;
}

static void append_line(GString *line, const char *at, size_t length)
{
    if (line->len + length <= LINE_BYTES_MAX)
        g_string_append_len(line, at, (gssize)length);
}

/* RFC 6350 3.2: a line goes on where the next begins with white space; in 2.1 also behind "=" at its end. NULL: the end of the text. */
static GString *next_line(const char **text, const char *end)
{
    if (*text >= end)
        return NULL;
    GString *line = g_string_new(NULL);
    for (bool is_first = true; *text < end; is_first = false) {
        const char *begin = *text, *newline = memchr(begin, '\n', (size_t)(end - begin)), *stop = newline != NULL ? newline : end;
        bool is_soft = !is_first && line->len > 0 && line->str[line->len - 1] == '=' && is_quoted_printable(line);
        bool is_fold = !is_first && (*begin == ' ' || *begin == '\t');
        if (!is_first && !is_soft && !is_fold)
            break;
        if (is_soft)
            g_string_truncate(line, line->len - 1);
        size_t length = (size_t)(stop - begin);
        length -= length > 0 && begin[length - 1] == '\r' ? 1 : 0;
        size_t skipped = is_fold && length > 0 ? 1 : 0;
        append_line(line, begin + skipped, length - skipped);
        *text = newline != NULL ? newline + 1 : end;
    }
    return line;
}

/* --- one line: [group.]NAME[;parameters]:value --- */
struct property {
    char *name, *parameters, *value; /* name and parameters in upper case */
};

typedef struct property property;
static void property_clear(property *self)
{
    g_free(self->name);
    g_free(self->parameters);
    g_free(self->value);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(property, property_clear)

/* The colon that is not inside of a quoted parameter. */
static const char *value_of(const char *line)
{
    bool is_quoted = false;
    for (const char *c = line; *c != '\0'; c++) {
        is_quoted = *c == '"' ? !is_quoted : is_quoted;
        if (*c == ':' && !is_quoted)
            return c;
    }
    return NULL;
}

static int hex(char c)
{
    return g_ascii_xdigit_value(c);
}

static char *from_quoted_printable(const char *value)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    for (const char *c = value; *c != '\0'; c++) {
        bool is_code = *c == '=' && hex(c[1]) >= 0 && hex(c[2]) >= 0;
        if (is_code && (c[1] != '0' || c[2] != '0'))
            g_string_append_c(bytes, (char)(hex(c[1]) * 16 + hex(c[2])));
        else if (!is_code)
            g_string_append_c(bytes, *c);
        c += is_code ? 2 : 0;
    }
    return g_strdup(bytes->str);
}

/* By the charset it says, of versions before 3.0; else as Windows had it. Caller frees; NULL: it cannot be. */
static char *converted(const char *bytes, const char *parameters)
{
    const char *label = strstr(parameters, "CHARSET=");
    g_autofree char *charset = label != NULL ? g_strndup(label + strlen("CHARSET="), strcspn(label + strlen("CHARSET="), ";:\"")) : NULL;
    char *utf8 = charset != NULL && *charset != '\0' ? g_convert(bytes, -1, "UTF-8", charset, NULL, NULL, NULL) : NULL;
    return utf8 != NULL ? utf8 : g_convert(bytes, -1, "UTF-8", "WINDOWS-1252", NULL, NULL, NULL);
}

/* In UTF-8, whatever it was; without backslashes, on one line. Caller frees. */
static char *plain_value(const char *raw, const char *parameters)
{
    g_autofree char *decoded = strstr(parameters, "QUOTED-PRINTABLE") != NULL ? from_quoted_printable(raw) : g_strdup(raw);
    bool is_seven_bit = strstr(parameters, "CHARSET=ISO-2022") != NULL;
    g_autofree char *utf8 = g_utf8_validate(decoded, -1, NULL) && !is_seven_bit ? g_strdup(decoded) : converted(decoded, parameters);
    g_autofree char *valid = g_utf8_make_valid(utf8 != NULL ? utf8 : decoded, -1);
    g_autoptr(GString) text = g_string_new(NULL);
    for (const char *c = valid; *c != '\0'; c++) {
        if (*c == '\\' && c[1] != '\0') {
            c++;
            g_string_append_c(text, *c == 'n' || *c == 'N' ? ' ' : *c);
        } else {
            g_string_append_c(text, g_ascii_iscntrl(*c) ? ' ' : *c);
        }
    }
    return g_strstrip(g_strdup(text->str));
}

static bool read_property(const char *line, struct property *out)
{
    const char *colon = value_of(line), *semicolon = strchr(line, ';');
    if (colon == NULL || colon == line)
        return false;
    size_t length = semicolon != NULL && semicolon < colon ? (size_t)(semicolon - line) : (size_t)(colon - line);
    g_autofree char *name = g_ascii_strup(line, (gssize)length);
    const char *dot = strrchr(name, '.'); /* item1.EMAIL */
    out->parameters =
        length < (size_t)(colon - line) ? g_ascii_strup(line + length, (gssize)((size_t)(colon - line) - length)) : g_strdup("");
    out->value = plain_value(colon + 1, out->parameters);
    out->name = g_strdup(dot != NULL ? dot + 1 : name);
    return true;
}

/* --- what a property says --- */
static void take_name(struct contact_card *self, const struct property *one)
{
    if (self->is_named || *one->value == '\0')
        return;
    self->is_named = true;
    g_free(self->name);
    self->name = g_strdup(one->value);
}

/* "Lovelace;Ada;;;": only where there is no FN. */
static void take_parts(struct contact_card *self, const struct property *one)
{
    g_auto(GStrv) parts = g_strsplit(one->value, ";", 5);
    guint count = g_strv_length(parts);
    if (*self->name != '\0' || count == 0)
        return;
    g_free(self->name);
    self->name = count > 1 && *parts[1] != '\0' ? g_strdup_printf("%s %s", parts[1], parts[0]) : g_strdup(parts[0]);
    g_strstrip(self->name);
}

static void take_email(struct contact_card *self, const struct property *one)
{
    const char *begin = g_ascii_strncasecmp(one->value, "mailto:", 7) == 0 ? one->value + 7 : one->value, *open = strchr(begin, '<');
    g_autofree char *inner = open != NULL ? g_strndup(open + 1, strcspn(open + 1, ">")) : NULL; /* "Ann <ann@x.test>" */
    const char *address = inner != NULL ? inner : begin;
    bool is_preferred = strstr(one->parameters, "PREF") != NULL;
    if (self->emails->len < VALUES_MAX && strchr(address, '@') != NULL && strpbrk(address, " <>,;\"") == NULL)
        g_ptr_array_insert(self->emails, is_preferred ? 0 : -1, g_strdup(address));
}

static void take_uid(struct contact_card *self, const struct property *one)
{
    g_free(self->uid);
    self->uid = g_strdup(one->value);
}

static void take_kind(struct contact_card *self, const struct property *one)
{
    self->is_group = g_ascii_strcasecmp(one->value, "group") == 0;
}

static void take_member(struct contact_card *self, const struct property *one)
{
    if (self->members->len < VALUES_MAX)
        g_ptr_array_add(self->members, g_strdup(one->value));
}

static const struct {
    const char *name;
    void (*take)(struct contact_card *card, const struct property *property);
} properties[] = {
    { "FN", take_name },       { "N", take_parts },
    { "EMAIL", take_email },   { "UID", take_uid },
    { "KIND", take_kind },     { "X-ADDRESSBOOKSERVER-KIND", take_kind },
    { "MEMBER", take_member }, { "X-ADDRESSBOOKSERVER-MEMBER", take_member },
};

static void take_line(struct contact_card *self, const struct property *one)
{
    for (size_t i = 0; i < G_N_ELEMENTS(properties); i++)
        if (strcmp(properties[i].name, one->name) == 0)
            properties[i].take(self, one);
}

static bool says(const struct property *one, const char *name)
{
    return strcmp(one->name, name) == 0 && g_ascii_strcasecmp(one->value, "VCARD") == 0;
}

GPtrArray *contact_cards_read(const char *text, size_t length, GError **error)
{
    g_autoptr(GPtrArray) cards = g_ptr_array_new_with_free_func(card_free);
    gsize bytes = MIN(length, (size_t)TEXT_BYTES_MAX);
    bool is_wide = bytes >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0);
    g_autofree char *narrow = is_wide ? g_convert(text, (gssize)bytes, "UTF-8", "UTF-16", NULL, &bytes, NULL) : NULL;
    const char *at = narrow != NULL ? narrow : text, *end = at + (is_wide && narrow == NULL ? 0 : bytes);
    at += end - at >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    struct contact_card *open = NULL;
    for (GString *line = next_line(&at, end); line != NULL; line = next_line(&at, end)) {
        g_auto(property) one = { 0 };
        bool is_property = read_property(line->str, &one);
        g_string_free(line, TRUE);
        if (!is_property)
            continue;
        if (says(&one, "BEGIN") && cards->len < CARDS_MAX) {
            open = card_new();
            g_ptr_array_add(cards, open);
        } else if (says(&one, "END")) {
            open = NULL;
        } else if (open != NULL) {
            take_line(open, &one);
        }
    }
    if (cards->len > 0)
        return g_steal_pointer(&cards);
    g_set_error_literal(error, MESSAGE_ERROR, MESSAGE_ERROR_READ, _("There is no vCard in it."));
    return NULL;
}

/* --- writing --- */
/* RFC 6350 3.4, folded at 75 bytes between characters. */
static void append_folded(GString *text, const char *name, const char *value, bool is_escaped)
{
    g_autoptr(GString) line = g_string_new(name);
    g_string_append_c(line, ':');
    for (const char *c = value; *c != '\0'; c++) {
        if (is_escaped && strchr("\\,;", *c) != NULL)
            g_string_append_c(line, '\\');
        g_string_append_c(line, g_ascii_iscntrl(*c) ? ' ' : *c);
    }
    size_t used = 0;
    for (const char *c = line->str; *c != '\0'; c = g_utf8_next_char(c)) {
        size_t bytes = (size_t)(g_utf8_next_char(c) - c);
        if (used + bytes > FOLD_BYTES) {
            g_string_append(text, "\r\n ");
            used = 1;
        }
        g_string_append_len(text, c, (gssize)bytes);
        used += bytes;
    }
    g_string_append(text, "\r\n");
}

/* The same for the same address, so that importing twice makes nobody double elsewhere. */
static char *uid_of(const char *what)
{
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, what, -1);
    return g_strdup_printf("urn:uuid:%.8s-%.4s-5%.3s-8%.3s-%.12s", sum, sum + 8, sum + 13, sum + 17, sum + 20);
}

void contact_card_write(GString *text, const char *name, const char *address)
{
    g_autofree char *uid = uid_of(address);
    g_string_append(text, "BEGIN:VCARD\r\nVERSION:4.0\r\n");
    append_folded(text, "UID", uid, false);
    append_folded(text, "FN", name != NULL && *name != '\0' ? name : address, true);
    append_folded(text, "EMAIL", address, true);
    g_string_append(text, "END:VCARD\r\n");
}

void contact_card_write_group(GString *text, const char *name, const GPtrArray *addresses)
{
    g_autofree char *uid = uid_of(name);
    g_string_append(text, "BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:group\r\n");
    append_folded(text, "UID", uid, false);
    append_folded(text, "FN", name, true);
    for (guint i = 0; i < addresses->len; i++) {
        g_autofree char *member = g_strconcat("mailto:", (const char *)g_ptr_array_index(addresses, i), NULL);
        append_folded(text, "MEMBER", member, false);
    }
    g_string_append(text, "END:VCARD\r\n");
}
