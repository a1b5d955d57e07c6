/* SPDX-License-Identifier: MIT */
/* The words of a query as one FTS5 expression. */
#include "core/search_private.h"
#include "core/search_fold.h"
#include <string.h>

static const struct {
    enum query_field field;
    const char *column;
} columns[] = {
    { QUERY_IN_SUBJECT, "subject" }, { QUERY_IN_FROM, "sender" }, { QUERY_IN_TO, "recipients" },
    { QUERY_IN_CC, "cc" },           { QUERY_IN_LIST, "list" },   { QUERY_IN_ATTACHMENT, "attachments" },
    { QUERY_IN_BODY, "body" },
};

/* Words go in as a quoted string of folded tokens: nothing a person types is read as FTS5's grammar. False: there is no token. */
static bool write_words(GString *out, const struct query_node *node)
{
    g_autoptr(GString) tokens = g_string_new(NULL);
    bool is_open = false;
    size_t count = search_fold_wanted(node->text, tokens, &is_open);
    if (count == 0)
        return false;
    g_strchomp(tokens->str);
    /* One letter alone is a word ("plan B"); as a beginning it would mean almost everything. */
    bool is_letter = count == 1 && tokens->str[0] != '\0' && tokens->str[1] == '\0';
    if (node->fields != QUERY_ANYWHERE) {
        g_string_append(out, "{");
        for (size_t i = 0; i < G_N_ELEMENTS(columns); i++)
            if (node->fields & columns[i].field)
                g_string_append_printf(out, " %s", columns[i].column);
        g_string_append(out, " } : ");
    }
    bool is_prefix = is_open || node->is_prefix || (!node->is_exact && !is_letter);
    g_string_append_printf(out, "\"%s\"%s", tokens->str, is_prefix ? " *" : "");
    return true;
}

/* FTS5 knows "a NOT b" only, so there must be something to take away from. */
bool search_match_can(const struct query_node *node)
{
    bool has_positive = false;
    switch (node->kind) {
    case QUERY_WORDS:
        return true;
    case QUERY_OR:
        for (guint i = 0; i < query_node_child_count(node); i++)
            if (!search_match_can(query_node_child(node, i)))
                return false;
        return true;
    case QUERY_AND:
        for (guint i = 0; i < query_node_child_count(node); i++) {
            const struct query_node *each = query_node_child(node, i);
            bool is_positive = search_match_can(each);
            has_positive = has_positive || is_positive;
            if (!is_positive && (each->kind != QUERY_NOT || !search_match_can(query_node_child(each, 0))))
                return false;
        }
        return has_positive;
    default:
        return false;
    }
}

void search_match_write_all(GString *out, const struct query_node *const *nodes, guint count)
{
    g_autoptr(GString) all = g_string_new("(");
    guint positives = 0;
    for (guint i = 0; i < count; i++) {
        if (nodes[i]->kind == QUERY_NOT)
            continue;
        g_string_append(all, positives++ > 0 ? " AND " : "");
        search_match_write(all, nodes[i]);
    }
    g_string_append_c(all, ')');
    for (guint i = 0; i < count; i++) {
        if (nodes[i]->kind != QUERY_NOT)
            continue;
        g_string_prepend_c(all, '(');
        g_string_append(all, " NOT ");
        search_match_write(all, query_node_child(nodes[i], 0));
        g_string_append_c(all, ')');
    }
    g_string_append(out, all->str);
}

void search_match_write(GString *out, const struct query_node *node)
{
    g_autoptr(GString) inner = g_string_new(NULL);
    switch (node->kind) {
    case QUERY_WORDS:
        if (!write_words(inner, node))
            g_string_assign(inner, "\"\""); /* a lone accent: nothing has it */
        break;
    case QUERY_AND:
        search_match_write_all(inner, (const struct query_node *const *)node->children->pdata, node->children->len);
        break;
    case QUERY_OR:
        g_string_append_c(inner, '(');
        for (guint i = 0; i < query_node_child_count(node); i++) {
            g_string_append(inner, i > 0 ? " OR " : "");
            search_match_write(inner, query_node_child(node, i));
        }
        g_string_append_c(inner, ')');
        break;
    default:
        g_assert_not_reached(); /* search_match_can() */
    }
    g_string_append(out, inner->str);
}
