/* SPDX-License-Identifier: MIT */
/* A message's MIME tree as text in the store and as a skeleton file with what is here and marks for what is not. */
#include "core/structure.h"
#include "core/message_private.h"
#include "core/store_message.h"
#include <string.h>

#define DEPTH_MAX  40
#define NODES_MAX  1000
#define STUB_BYTES 800          /* a plain part this small may only say "please read the HTML" */
#define INLINE_MAX (256 * 1024) /* what is shown in words or opened in place comes with the text up to here */

struct structure_node *structure_node_new(const char *type, const char *section)
{
    struct structure_node *node = g_new0(struct structure_node, 1);
    node->type = g_ascii_strdown(type != NULL ? type : "application/octet-stream", -1);
    node->section = g_strdup(section != NULL ? section : "");
    return node;
}

void structure_node_free(struct structure_node *node)
{
    if (node == NULL)
        return;
    g_clear_pointer(&node->children, g_ptr_array_unref);
    g_free(node->type);
    g_free(node->section);
    g_free(node->charset);
    g_free(node->encoding);
    g_free(node->disposition);
    g_free(node->filename);
    g_free(node->format);
    g_free(node->id);
    g_free(node);
}

static void node_destroy(gpointer data)
{
    structure_node_free(data);
}

static bool node_is_multipart(const struct structure_node *node)
{
    return g_str_has_prefix(node->type, "multipart/");
}

/* --- text form: "(type section size encoding charset disposition filename format id children…)", words percent-escaped, "-" for none --- */

static bool is_plain(char c)
{
    return (unsigned char)c > ' ' && c != 0x7f && c != '(' && c != ')' && c != '%';
}

static void word_write(GString *text, const char *word)
{
    size_t plain = 0;
    g_string_append_c(text, ' ');
    if (word == NULL || *word == '\0') {
        g_string_append_c(text, '-');
        return;
    }
    while (*word != '-' && is_plain(word[plain]))
        plain++;
    g_string_append_len(text, word, (gssize)plain);
    for (const char *at = word + plain; *at != '\0'; at++) {
        if (is_plain(*at) && !(at == word && *at == '-'))
            g_string_append_c(text, *at);
        else
            g_string_append_printf(text, "%%%02X", (unsigned char)*at);
    }
}

/* Not by printf: this is done for each part of each message. */
static void number_write(GString *text, int64_t number)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t rest = number > 0 ? (uint64_t)number : 0;
    do
        *--at = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    *--at = ' ';
    g_string_append_len(text, at, digits + sizeof digits - at);
}

static void node_write(GString *text, const struct structure_node *node, int depth)
{
    g_string_append_c(text, '(');
    g_string_append(text, node->type);
    word_write(text, node->section);
    number_write(text, node->size);
    const char *const words[] = { node->encoding, node->charset, node->disposition, node->filename, node->format, node->id };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        word_write(text, words[i]);
    for (guint i = 0; node->children != NULL && i < node->children->len && depth < DEPTH_MAX; i++)
        node_write(text, g_ptr_array_index(node->children, i), depth + 1);
    g_string_append_c(text, ')');
}

void structure_append(GString *text, const struct structure_node *root)
{
    node_write(text, root, 0);
}

char *structure_write(const struct structure_node *root)
{
    GString *text = g_string_new(NULL);
    node_write(text, root, 0);
    return g_string_free(text, FALSE);
}

struct reading {
    const char *at;
    int nodes;
};

/* NULL with *is_fine_out false: malformed. NULL with true: "-". */
static char *word_read(struct reading *reading, bool *is_fine)
{
    size_t blanks = strspn(reading->at, " "), length = strcspn(reading->at + blanks, " ()");
    if (length == 0) {
        *is_fine = false;
        return NULL;
    }
    g_autofree char *word = g_strndup(reading->at + blanks, length);
    reading->at += blanks + length;
    if (strcmp(word, "-") == 0)
        return NULL;
    char *plain = g_uri_unescape_string(word, NULL);
    *is_fine = *is_fine && plain != NULL;
    return plain;
}

static struct structure_node *node_read(struct reading *reading, int depth);

static bool children_read(struct reading *reading, struct structure_node *node, int depth)
{
    while (*reading->at == '(') {
        struct structure_node *child = node_read(reading, depth + 1);
        if (child == NULL)
            return false;
        if (node->children == NULL)
            node->children = g_ptr_array_new_with_free_func(node_destroy);
        g_ptr_array_add(node->children, child);
    }
    return *reading->at++ == ')';
}

static struct structure_node *node_read(struct reading *reading, int depth)
{
    if (depth > DEPTH_MAX || ++reading->nodes > NODES_MAX || *reading->at++ != '(')
        return NULL;
    bool is_fine = true;
    struct structure_node *node = g_new0(struct structure_node, 1);
    node->type = word_read(reading, &is_fine);
    node->section = word_read(reading, &is_fine);
    g_autofree char *size = word_read(reading, &is_fine);
    char **const words[] = { &node->encoding, &node->charset, &node->disposition, &node->filename, &node->format, &node->id };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        *words[i] = word_read(reading, &is_fine);
    if (node->section == NULL)
        node->section = g_strdup("");
    node->size = size != NULL ? g_ascii_strtoll(size, NULL, 10) : 0;
    is_fine = is_fine && node->type != NULL && *reading->at != '\0' && children_read(reading, node, depth);
    if (is_fine)
        return node;
    structure_node_free(node);
    return NULL;
}

struct structure_node *structure_read(const char *text)
{
    struct reading reading = { .at = text };
    struct structure_node *root = node_read(&reading, 0);
    if (root == NULL || *reading.at == '\0')
        return root;
    structure_node_free(root);
    return NULL;
}

/* --- what a reader needs --- */

static bool node_is_attachment(const struct structure_node *node)
{
    return message_part_is_attachment(node->type, node->disposition, node->filename);
}

static bool node_is_believable(const struct structure_node *node, int depth)
{
    if (!node_is_multipart(node) || depth >= DEPTH_MAX)
        return true;
    bool is_believable = node->children != NULL && node->children->len > 0;
    for (guint i = 0; is_believable && i < node->children->len; i++)
        is_believable = node_is_believable(g_ptr_array_index(node->children, i), depth + 1);
    return is_believable;
}

bool structure_is_believable(const struct structure_node *root)
{
    return node_is_believable(root, 0);
}

static const struct structure_node *child_of_type(const struct structure_node *node, const char *type)
{
    for (guint i = 0; node->children != NULL && i < node->children->len; i++) {
        const struct structure_node *child = g_ptr_array_index(node->children, i);
        if (strcmp(child->type, type) == 0 && !node_is_attachment(child))
            return child;
    }
    return NULL;
}

/* Reports, invitations and attached messages are shown too, by what is in them. */
static bool node_is_shown(const struct structure_node *node)
{
    static const char *const types[] = { "message/rfc822", "message/global",  "message/delivery-status", "message/disposition-notification",
                                         "text/calendar",  "application/ics", "text/rfc822-headers" };
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (strcmp(node->type, types[i]) == 0)
            return node->size <= INLINE_MAX;
    return message_part_is_shown(node->type, node->disposition);
}

static void text_parts_collect(struct structure_node *node, GPtrArray *parts, int depth)
{
    if (node->children == NULL || !node_is_multipart(node)) {
        if (node_is_shown(node) && *node->section != '\0')
            g_ptr_array_add(parts, node);
        return;
    }
    const struct structure_node *plain = strcmp(node->type, "multipart/alternative") == 0 ? child_of_type(node, "text/plain") : NULL;
    bool is_plain_enough = plain != NULL && plain->size > STUB_BYTES;
    for (guint i = 0; i < node->children->len && depth < DEPTH_MAX; i++) {
        struct structure_node *child = g_ptr_array_index(node->children, i);
        if (!is_plain_enough || child == plain || strcmp(child->type, "text/calendar") == 0)
            text_parts_collect(child, parts, depth + 1);
    }
}

GPtrArray *structure_text_parts(struct structure_node *root)
{
    GPtrArray *parts = g_ptr_array_new();
    text_parts_collect(root, parts, 0);
    return parts;
}

static const struct structure_node *node_of_section(const struct structure_node *node, const char *section, int depth)
{
    if (strcmp(node->section, section) == 0)
        return node;
    for (guint i = 0; node->children != NULL && i < node->children->len && depth < DEPTH_MAX; i++) {
        const struct structure_node *found = node_of_section(g_ptr_array_index(node->children, i), section, depth + 1);
        if (found != NULL)
            return found;
    }
    return NULL;
}

int64_t structure_size_of(const struct structure_node *root, const char *section)
{
    const struct structure_node *node = root != NULL && section != NULL ? node_of_section(root, section, 0) : NULL;
    return node != NULL ? node->size : 0;
}

bool structure_is_base64(const struct structure_node *root, const char *section)
{
    const struct structure_node *node = root != NULL && section != NULL ? node_of_section(root, section, 0) : NULL;
    return node != NULL && node->children == NULL && !g_str_has_prefix(node->type, "message/") && node->encoding != NULL &&
           strcmp(node->encoding, "base64") == 0;
}

static void node_count(const struct structure_node *node, int *attachments, unsigned *flags, int depth)
{
    static const struct {
        const char *type;
        unsigned flag;
    } telling[] = {
        { "text/calendar", MESSAGE_HAS_INVITATION },          { "multipart/signed", MESSAGE_IS_SIGNED },
        { "multipart/encrypted", MESSAGE_IS_ENCRYPTED },      { "application/pkcs7-mime", MESSAGE_IS_ENCRYPTED },
        { "application/x-pkcs7-mime", MESSAGE_IS_ENCRYPTED },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(telling); i++)
        if (strcmp(node->type, telling[i].type) == 0)
            *flags |= telling[i].flag;
    if (node->children == NULL && !node_is_multipart(node) && node_is_attachment(node)) {
        *flags |= MESSAGE_HAS_ATTACHMENT;
        ++*attachments;
    }
    for (guint i = 0; node->children != NULL && i < node->children->len && depth < DEPTH_MAX; i++)
        node_count(g_ptr_array_index(node->children, i), attachments, flags, depth + 1);
}

void structure_facts(const struct structure_node *root, int *attachments, unsigned *flags)
{
    node_count(root, attachments, flags, 0);
}

int structure_attachment_count(const struct structure_node *root)
{
    int attachments = 0;
    unsigned flags = 0;
    node_count(root, &attachments, &flags, 0);
    return attachments;
}

unsigned structure_part_flags(const struct structure_node *root)
{
    int attachments = 0;
    unsigned flags = 0;
    node_count(root, &attachments, &flags, 0);
    return flags;
}

/* --- the skeleton --- */

/* Header lines of the message, without those that describe its MIME form (ours follow) and without any that look like ours. */
static void header_write(GString *out, const char *header, size_t size)
{
    static const char *const dropped[] = { "content-", "mime-version:", "x-postern-" };
    const char *end = header + size;
    bool is_dropped = false;
    for (const char *line = header; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *next = newline != NULL ? newline + 1 : end;
        size_t length = (size_t)(next - line);
        while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
            length--;
        if (length == 0)
            return;
        if (*line != ' ' && *line != '\t') {
            is_dropped = false;
            for (size_t i = 0; i < G_N_ELEMENTS(dropped); i++)
                is_dropped |= length >= strlen(dropped[i]) && g_ascii_strncasecmp(line, dropped[i], strlen(dropped[i])) == 0;
        }
        if (!is_dropped) {
            g_string_append_len(out, line, (gssize)length);
            g_string_append(out, "\r\n");
        }
        line = next;
    }
}

/* RFC 2231: any text as a parameter, in ASCII. */
static void parameter_write(GString *out, const char *name, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    g_autofree char *escaped = g_uri_escape_string(value, NULL, FALSE);
    g_string_append_printf(out, ";\r\n\t%s*=utf-8''%s", name, escaped);
}

/* A word from the server that becomes part of a header line: only what a token may be. */
static void token_write(GString *out, const char *token)
{
    for (const char *at = token; *at != '\0'; at++)
        if (g_ascii_isalnum(*at) || strchr("/-_.+", *at) != NULL)
            g_string_append_c(out, *at);
}

static void node_header_write(GString *out, const struct structure_node *node, const char *boundary, bool is_here)
{
    g_string_append(out, "Content-Type: ");
    token_write(out, node->type);
    if (boundary != NULL)
        g_string_append_printf(out, ";\r\n\tboundary=\"%s\"", boundary);
    parameter_write(out, "charset", node->charset);
    parameter_write(out, "format", node->format);
    g_string_append(out, "\r\n");
    if (boundary == NULL && node->encoding != NULL) {
        g_string_append(out, "Content-Transfer-Encoding: ");
        token_write(out, node->encoding);
        g_string_append(out, "\r\n");
    }
    if (node->disposition != NULL || node->filename != NULL) {
        g_string_append(out, "Content-Disposition: ");
        token_write(out, node->disposition != NULL ? node->disposition : "inline");
        parameter_write(out, "filename", node->filename);
        g_string_append(out, "\r\n");
    }
    if (node->id != NULL && strpbrk(node->id, "\r\n") == NULL)
        g_string_append_printf(out, "Content-ID: %s\r\n", node->id);
    if (boundary == NULL && !is_here)
        g_string_append_printf(out, MESSAGE_MISSING_HEADER ": %" G_GINT64_FORMAT "\r\n", node->size);
    g_string_append(out, "\r\n");
}

static void node_body_write(GString *out, const struct structure_node *node, GHashTable *bodies, int depth)
{
    if (!node_is_multipart(node)) {
        GBytes *body = g_hash_table_lookup(bodies, node->section);
        gsize size = 0;
        const char *bytes = body != NULL ? g_bytes_get_data(body, &size) : NULL;
        node_header_write(out, node, NULL, body != NULL);
        g_string_append_len(out, bytes != NULL ? bytes : "", (gssize)size);
        return;
    }
    g_autofree char *unique = g_uuid_string_random(), *boundary = g_strconcat("postern-", unique, NULL);
    node_header_write(out, node, boundary, true);
    for (guint i = 0; node->children != NULL && i < node->children->len && depth < DEPTH_MAX; i++) {
        g_string_append_printf(out, "\r\n--%s\r\n", boundary);
        node_body_write(out, g_ptr_array_index(node->children, i), bodies, depth + 1);
    }
    g_string_append_printf(out, "\r\n--%s--\r\n", boundary);
}

GBytes *structure_skeleton(const struct structure_node *root, const char *header, size_t header_size, GHashTable *bodies)
{
    GString *out = g_string_new(MESSAGE_SKELETON_HEADER ": 1\r\n");
    header_write(out, header, header_size);
    g_string_append(out, "MIME-Version: 1.0\r\n");
    node_body_write(out, root, bodies, 0);
    gsize size = out->len;
    return g_bytes_new_take(g_string_free(out, FALSE), size);
}

static void add_names(const struct structure_node *node, GString *names)
{
    if (node->filename != NULL)
        g_string_append_printf(names, "%s ", node->filename);
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        add_names(g_ptr_array_index(node->children, i), names);
}

char *structure_filenames(const char *structure)
{
    struct structure_node *root = structure != NULL ? structure_read(structure) : NULL;
    if (root == NULL)
        return NULL;
    GString *names = g_string_new(NULL);
    add_names(root, names);
    structure_node_free(root);
    return g_string_free(names, FALSE);
}
