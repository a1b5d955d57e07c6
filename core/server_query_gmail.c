/* SPDX-License-Identifier: MIT */
/* A query in the words of Gmail's own search. */
#include "core/server_query_gmail_private.h"
#include "core/store_message.h"
#include <string.h>

enum { DEPTH_MAX = 64 };

/* Gmail's "to:" means copies too, as ours does; it has no word for the text alone. */
static const struct {
    unsigned fields;
    const char *prefix;
} fields[] = {
    { QUERY_ANYWHERE, "" },
    { QUERY_IN_BODY, "" },
    { QUERY_IN_SUBJECT, "subject:" },
    { QUERY_IN_FROM, "from:" },
    { QUERY_IN_TO | QUERY_IN_CC, "to:" },
    { QUERY_IN_CC, "cc:" },
    { QUERY_IN_LIST, "list:" },
    { QUERY_IN_ATTACHMENT, "filename:" },
};
static const struct {
    enum query_node_kind kind;
    int64_t number;
    const char *words;
} states[] = {
    { QUERY_FLAG, MESSAGE_SEEN, "is:read" },
    { QUERY_FLAG, MESSAGE_FLAGGED, "is:starred" },
    { QUERY_PART, MESSAGE_HAS_ATTACHMENT, "has:attachment" },
    { QUERY_PART, MESSAGE_HAS_INVITATION, "filename:ics" },
};

/* A quote would end the string: what is between quotes is looked for in a row anyway, and punctuation is not looked for at all. */
static void write_quoted(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (const char *at = text; *at != '\0'; at++)
        g_string_append_c(out, *at == '"' || *at == '\\' ? ' ' : *at);
    g_string_append_c(out, '"');
}

static bool write_words(GString *out, const struct query_node *node)
{
    if (node->fields == (QUERY_IN_FROM | QUERY_IN_TO | QUERY_IN_CC)) {
        g_string_append(out, "{from:"); /* braces: either */
        write_quoted(out, node->text);
        g_string_append(out, " to:");
        write_quoted(out, node->text);
        g_string_append_c(out, '}');
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (fields[i].fields != node->fields)
            continue;
        g_string_append(out, fields[i].prefix);
        write_quoted(out, node->text);
        return true;
    }
    return false;
}

static bool write_state(GString *out, const struct query_node *node)
{
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        if (states[i].kind != node->kind || states[i].number != node->number)
            continue;
        g_string_append(out, states[i].words);
        return true;
    }
    return false;
}

static bool write_date(GString *out, const struct query_node *node)
{
    bool has_from = node->number != G_MININT64, has_to = node->number_end != G_MAXINT64;
    if (has_from)
        g_string_append_printf(out, "after:%" G_GINT64_FORMAT, node->number);
    if (has_to)
        g_string_append_printf(out, "%sbefore:%" G_GINT64_FORMAT, has_from ? " " : "", node->number_end);
    return has_from || has_to;
}

static bool write_size(GString *out, const struct query_node *node)
{
    bool has_from = node->number > 0, has_to = node->number_end != G_MAXINT64;
    if (has_from)
        g_string_append_printf(out, "larger:%" G_GINT64_FORMAT, node->number - 1);
    if (has_to)
        g_string_append_printf(out, "%ssmaller:%" G_GINT64_FORMAT, has_from ? " " : "", node->number_end);
    return has_from || has_to;
}

static bool write_node(GString *out, const struct server_place *place, const struct query_node *node, int depth);

/* "{a b}" is or, "(a b)" is and. */
static bool write_children(GString *out, const struct server_place *place, const struct query_node *node, int depth)
{
    bool is_or = node->kind == QUERY_OR;
    g_string_append_c(out, is_or ? '{' : '(');
    for (guint i = 0; i < node->children->len; i++) {
        if (i > 0)
            g_string_append_c(out, ' ');
        if (!write_node(out, place, g_ptr_array_index(node->children, i), depth + 1))
            return false;
    }
    g_string_append_c(out, is_or ? '}' : ')');
    return true;
}

static bool write_not(GString *out, const struct server_place *place, const struct query_node *node, int depth)
{
    g_string_append(out, "-(");
    if (!write_node(out, place, g_ptr_array_index(node->children, 0), depth + 1))
        return false;
    g_string_append_c(out, ')');
    return true;
}

static bool write_node(GString *out, const struct server_place *place, const struct query_node *node, int depth)
{
    if (depth > DEPTH_MAX)
        return false;
    switch (node->kind) {
    case QUERY_AND:
    case QUERY_OR:
        return write_children(out, place, node, depth);
    case QUERY_NOT:
        return write_not(out, place, node, depth);
    case QUERY_WORDS:
        return write_words(out, node);
    case QUERY_FLAG:
    case QUERY_PART:
        return write_state(out, node);
    case QUERY_MESSAGE_ID:
        g_string_append(out, "rfc822msgid:");
        write_quoted(out, node->text);
        return true;
    case QUERY_DATE:
        return write_date(out, node);
    case QUERY_SIZE:
        return write_size(out, node);
    default:
        return false; /* in: and account: are known here; tags are IMAP keywords there */
    }
}

char *server_query_gmail(const struct server_place *place, const struct query_node *node)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (!write_node(out, place, node, 0) || ((place->dialect & SERVER_DIALECT_ASCII) && !g_str_is_ascii(out->str)))
        return NULL;
    return g_strdup(out->str);
}
