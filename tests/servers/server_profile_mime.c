/* SPDX-License-Identifier: MIT */
/* What FETCH tells of a message: envelope, structure (right, or wrong in one of the known ways), sections. For the tests' own, decent messages. */
#include "tests/servers/server_profile_private.h"
#include <string.h>

struct range {
    const char *start;
    size_t length;
};
struct part {
    char *type, *subtype, *boundary, *content_type;
    struct range header, body; /* the header ends with its empty line */
    GPtrArray *children;       /* of struct part*; of message/rfc822 the one inside */
};

static void part_free(gpointer data)
{
    struct part *part = data;
    g_free(part->type);
    g_free(part->subtype);
    g_free(part->boundary);
    g_free(part->content_type);
    g_ptr_array_unref(part->children);
    g_free(part);
}

/* --- header fields --- */
static struct range header_of(struct range whole)
{
    const char *end = g_strstr_len(whole.start, (gssize)whole.length, "\r\n\r\n");
    if (whole.length >= 2 && memcmp(whole.start, "\r\n", 2) == 0)
        return (struct range){ whole.start, 2 };
    return (struct range){ whole.start, end != NULL ? (size_t)(end - whole.start) + 4 : whole.length };
}

static size_t field_length(const char *start, const char *end)
{
    const char *at = start;
    do {
        const char *line = g_strstr_len(at, end - at, "\r\n");
        at = line != NULL ? line + 2 : end;
    } while (at < end && (*at == ' ' || *at == '\t'));
    return (size_t)(at - start);
}

char *profile_header(const char *bytes, size_t size, const char *name)
{
    struct range header = header_of((struct range){ bytes, size });
    const char *end = header.start + header.length;
    size_t length = strlen(name), step;
    for (const char *at = header.start; at < end; at += step) {
        step = field_length(at, end);
        if (step <= length || at[length] != ':' || g_ascii_strncasecmp(at, name, length) != 0)
            continue;
        g_autofree char *value = g_strndup(at + length + 1, step - length - 1);
        g_auto(GStrv) lines = g_strsplit(value, "\r\n", -1);
        return g_strstrip(g_strjoinv("", lines));
    }
    return NULL;
}

static char *field(const struct part *part, const char *name)
{
    return profile_header(part->header.start, part->header.length, name);
}

static char *parameter(const char *value, const char *name)
{
    g_auto(GStrv) words = g_strsplit(value, ";", -1);
    for (char **word = words; *word != NULL; word++) {
        char *text = g_strstrip(*word), *equals = strchr(text, '=');
        if (equals == NULL || g_ascii_strncasecmp(text, name, strlen(name)) != 0 || (size_t)(equals - text) != strlen(name))
            continue;
        equals++;
        size_t length = strlen(equals);
        return length >= 2 && *equals == '"' ? g_strndup(equals + 1, length - 2) : g_strdup(equals);
    }
    return NULL;
}

/* --- the tree --- */
static struct part *parse(struct range whole);

static void parse_children(struct part *part)
{
    g_autofree char *line = g_strdup_printf("--%s", part->boundary);
    const char *end = part->body.start + part->body.length, *at = part->body.start;
    const char *start = NULL;
    while (at < end) {
        const char *next = g_strstr_len(at, end - at, "\r\n");
        next = next != NULL ? next + 2 : end;
        if (g_str_has_prefix(at, line)) {
            if (start != NULL)
                g_ptr_array_add(part->children, parse((struct range){ start, (size_t)MAX(at - 2 - start, 0) }));
            start = next;
            if (g_str_has_prefix(at + strlen(line), "--"))
                return;
        }
        at = next;
    }
}

static struct part *parse(struct range whole)
{
    struct part *part = g_new0(struct part, 1);
    part->header = header_of(whole);
    part->body = (struct range){ whole.start + part->header.length, whole.length - part->header.length };
    part->children = g_ptr_array_new_with_free_func(part_free);
    part->content_type = field(part, "Content-Type");
    if (part->content_type == NULL)
        part->content_type = g_strdup("text/plain; charset=us-ascii");
    size_t slash = strcspn(part->content_type, "/"), length = strcspn(part->content_type, "; \t");
    part->type = g_ascii_strdown(part->content_type, (gssize)MIN(slash, length));
    part->subtype = slash < length ? g_ascii_strdown(part->content_type + slash + 1, (gssize)(length - slash - 1)) : g_strdup("");
    part->boundary = parameter(part->content_type, "boundary");
    if (strcmp(part->type, "multipart") == 0 && part->boundary != NULL)
        parse_children(part);
    else if (strcmp(part->type, "message") == 0 && strcmp(part->subtype, "rfc822") == 0)
        g_ptr_array_add(part->children, parse(part->body));
    return part;
}

/* --- text of IMAP --- */
static void append_string(GString *out, const char *value)
{
    if (value == NULL) {
        g_string_append(out, "NIL");
        return;
    }
    bool is_plain = true;
    for (const char *c = value; *c != '\0'; c++)
        is_plain &= (guchar)*c >= 0x20 && (guchar)*c < 0x7f;
    if (!is_plain) {
        g_string_append_printf(out, "{%zu}\r\n%s", strlen(value), value);
        return;
    }
    g_string_append_c(out, '"');
    for (const char *c = value; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *c);
    }
    g_string_append_c(out, '"');
}

static void append_address(GString *out, const char *text)
{
    g_autofree char *copy = g_strstrip(g_strdup(text)), *name = NULL;
    char *open = strrchr(copy, '<'), *box = open != NULL ? open + 1 : copy;
    if (open != NULL) {
        *open = '\0';
        name = g_strstrip(g_strdup(copy));
        size_t length = strlen(name);
        if (length >= 2 && name[0] == '"') {
            memmove(name, name + 1, length - 2);
            name[length - 2] = '\0';
        }
        box[strcspn(box, ">")] = '\0';
    }
    char *at = strrchr(box, '@');
    if (at != NULL)
        *at = '\0';
    g_string_append_c(out, '(');
    append_string(out, name != NULL && *name != '\0' ? name : NULL);
    g_string_append(out, " NIL ");
    append_string(out, box);
    g_string_append_c(out, ' ');
    append_string(out, at != NULL ? at + 1 : "");
    g_string_append_c(out, ')');
}

static void append_addresses(GString *out, const char *value)
{
    if (value == NULL || *value == '\0') {
        g_string_append(out, "NIL");
        return;
    }
    g_string_append_c(out, '(');
    g_auto(GStrv) list = g_strsplit(value, ",", -1);
    for (char **one = list; *one != NULL; one++)
        append_address(out, *one);
    g_string_append_c(out, ')');
}

static void append_envelope(GString *out, struct range whole)
{
    static const char *const addresses[] = { "From", "Sender", "Reply-To", "To", "Cc", "Bcc" };
    g_autofree char *date = profile_header(whole.start, whole.length, "Date"),
                    *subject = profile_header(whole.start, whole.length, "Subject");
    g_autofree char *from = profile_header(whole.start, whole.length, "From");
    g_string_append_c(out, '(');
    append_string(out, date);
    g_string_append_c(out, ' ');
    append_string(out, subject);
    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        g_autofree char *value = profile_header(whole.start, whole.length, addresses[i]);
        g_string_append_c(out, ' ');
        append_addresses(out, value == NULL && i < 3 ? from : value);
    }
    g_autofree char *answers = profile_header(whole.start, whole.length, "In-Reply-To"),
                    *id = profile_header(whole.start, whole.length, "Message-ID");
    g_string_append_c(out, ' ');
    append_string(out, answers);
    g_string_append_c(out, ' ');
    append_string(out, id);
    g_string_append_c(out, ')');
}

char *profile_envelope(const char *bytes, size_t size)
{
    GString *out = g_string_new(NULL);
    append_envelope(out, (struct range){ bytes, size });
    return g_string_free(out, FALSE);
}

/* --- BODYSTRUCTURE --- */
static void append_parameters(GString *out, const char *value)
{
    g_auto(GStrv) words = g_strsplit(value, ";", -1);
    bool is_first = true;
    for (char **word = words[0] != NULL ? words + 1 : words; *word != NULL; word++) {
        char *text = g_strstrip(*word), *equals = strchr(text, '=');
        if (equals == NULL)
            continue;
        g_autofree char *name = g_strndup(text, (gsize)(equals - text)), *content = parameter(value, name);
        g_string_append(out, is_first ? "(" : " ");
        append_string(out, name);
        g_string_append_c(out, ' ');
        append_string(out, content);
        is_first = false;
    }
    g_string_append(out, is_first ? "NIL" : ")");
}

static void append_disposition(GString *out, const struct part *part, const char *fault)
{
    g_autofree char *value = field(part, "Content-Disposition");
    if (g_strcmp0(fault, "disposition-as-string") == 0) {
        g_string_append(out, "\"inline\" NIL");
        return;
    }
    if (value == NULL) {
        g_string_append(out, "NIL NIL");
        return;
    }
    g_autofree char *word = g_strndup(value, strcspn(value, "; "));
    g_string_append_c(out, '(');
    append_string(out, word);
    g_string_append_c(out, ' ');
    append_parameters(out, value);
    g_string_append(out, ") NIL");
}

static int count_lines(struct range range)
{
    int lines = 0;
    for (size_t i = 0; i < range.length; i++)
        lines += range.start[i] == '\n';
    return lines;
}

static void append_part(GString *out, const struct part *part, const char *fault);

static void append_multipart(GString *out, const struct part *part, const char *fault)
{
    g_string_append_c(out, '(');
    if (g_strcmp0(fault, "multipart-without-parts") == 0) { /* ("ALTERNATIVE") */
        append_string(out, part->subtype);
        g_string_append_c(out, ')');
        return;
    }
    for (guint i = 0; i < part->children->len; i++)
        append_part(out, g_ptr_array_index(part->children, i), fault);
    g_string_append_c(out, ' ');
    append_string(out, part->subtype);
    g_string_append_c(out, ' ');
    append_parameters(out, part->content_type);
    g_string_append_c(out, ' ');
    append_disposition(out, part, fault);
    g_string_append(out, " NIL)");
}

static void append_leaf(GString *out, const struct part *part, const char *fault)
{
    g_autofree char *encoding = field(part, "Content-Transfer-Encoding"), *id = field(part, "Content-ID");
    bool is_message = part->children->len > 0 && strcmp(part->type, "message") == 0;
    g_string_append_c(out, '(');
    append_string(out, part->type);
    g_string_append_c(out, ' ');
    append_string(out, part->subtype);
    g_string_append_c(out, ' ');
    append_parameters(out, part->content_type);
    g_string_append_c(out, ' ');
    append_string(out, id);
    g_string_append(out, " NIL ");
    append_string(out, encoding != NULL ? encoding : "7bit");
    g_string_append_printf(out, " %zu", part->body.length + (g_strcmp0(fault, "sizes-wrong") == 0 ? 37 : 0));
    if (is_message && g_strcmp0(fault, "message-without-envelope") != 0) {
        g_string_append_c(out, ' ');
        append_envelope(out, part->body);
        g_string_append_c(out, ' ');
        append_part(out, g_ptr_array_index(part->children, 0), fault);
    }
    if (is_message || strcmp(part->type, "text") == 0)
        g_string_append_printf(out, " %d", count_lines(part->body));
    g_string_append(out, " NIL ");
    append_disposition(out, part, fault);
    g_string_append(out, " NIL)");
}

static void append_part(GString *out, const struct part *part, const char *fault)
{
    if (strcmp(part->type, "multipart") != 0)
        append_leaf(out, part, fault);
    else if (g_strcmp0(fault, "multipart-as-leaf") == 0)
        g_string_append_printf(out, "(\"multipart\" \"%s\" (\"boundary\" \"%s\") NIL NIL \"7BIT\" -1 NIL NIL NIL NIL)", part->subtype,
                               part->boundary);
    else
        append_multipart(out, part, fault);
}

char *profile_bodystructure(const char *bytes, size_t size, const char *fault)
{
    GString *out = g_string_new(NULL);
    struct part *root = parse((struct range){ bytes, size });
    append_part(out, root, fault);
    part_free(root);
    return g_string_free(out, FALSE);
}

/* --- sections --- */
static const struct part *child(const struct part *part, unsigned long number)
{
    if (strcmp(part->type, "message") == 0 && part->children->len > 0)
        part = g_ptr_array_index(part->children, 0); /* its parts are those of the message inside */
    if (strcmp(part->type, "multipart") != 0)
        return number == 1 ? part : NULL;
    return number >= 1 && number <= part->children->len ? g_ptr_array_index(part->children, number - 1) : NULL;
}

static bool is_named(const char *names, const char *field, size_t length)
{
    g_auto(GStrv) list = g_strsplit_set(names, " ()\"", -1);
    for (char **name = list; *name != NULL; name++) {
        if (strlen(*name) == length && length > 0 && g_ascii_strncasecmp(*name, field, length) == 0)
            return true;
    }
    return false;
}

static GByteArray *fields(struct range header, const char *names, bool is_not)
{
    GByteArray *bytes = g_byte_array_new();
    const char *end = header.start + header.length;
    for (const char *at = header.start; at < end && *at != '\r';) {
        size_t step = field_length(at, end), length = strcspn(at, ":");
        if (is_named(names, at, length) != is_not)
            g_byte_array_append(bytes, (const guint8 *)at, (guint)step);
        at += step;
    }
    g_byte_array_append(bytes, (const guint8 *)"\r\n", 2);
    return bytes;
}

static GByteArray *bytes_of(struct range range)
{
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *)range.start, (guint)range.length);
    return bytes;
}

/* what: behind the numbers. A numbered part's HEADER and TEXT are those of the message inside it. */
static GByteArray *named_section(const struct part *part, bool is_root, const char *what)
{
    if (g_ascii_strcasecmp(what, "MIME") == 0)
        return bytes_of(part->header);
    if (!is_root && strcmp(part->type, "message") == 0 && part->children->len > 0)
        part = g_ptr_array_index(part->children, 0);
    if (g_ascii_strcasecmp(what, "HEADER") == 0)
        return bytes_of(part->header);
    if (g_ascii_strcasecmp(what, "TEXT") == 0)
        return bytes_of(part->body);
    if (g_ascii_strncasecmp(what, "HEADER.FIELDS.NOT", 17) == 0)
        return fields(part->header, what + 17, true);
    return g_ascii_strncasecmp(what, "HEADER.FIELDS", 13) == 0 ? fields(part->header, what + 13, false) : NULL;
}

GByteArray *profile_section(const char *bytes, size_t size, const char *section)
{
    struct part *root = parse((struct range){ bytes, size });
    const struct part *part = root;
    bool is_root = true;
    GByteArray *found = NULL;
    while (part != NULL && g_ascii_isdigit(*section)) {
        char *end = NULL;
        unsigned long number = strtoul(section, &end, 10);
        part = is_root && strcmp(part->type, "multipart") != 0 ? (number == 1 ? part : NULL) : child(part, number);
        is_root = false;
        section = *end == '.' ? end + 1 : end;
    }
    if (part != NULL && *section == '\0')
        found = is_root ? bytes_of((struct range){ bytes, size }) : bytes_of(part->body);
    else if (part != NULL)
        found = named_section(part, is_root, section);
    part_free(root);
    return found;
}
