/* SPDX-License-Identifier: MIT */
/* What a query asks beside its words, as conditions on the rows of messages and placements. */
#include "core/search.h"
#include "core/search_private.h"
#include "core/tag.h"
#include <glib/gi18n-lib.h>
#include <string.h>

void search_plan_value_free(gpointer data)
{
    struct store_value *value = data;
    g_free((char *)value->text);
    g_free(value);
}

/* "?7", and its value is kept until the statement runs. */
void search_plan_write_value(struct search_plan *plan, struct store_value value)
{
    struct store_value *kept = g_memdup2(&value, sizeof value);
    kept->text = g_strdup(value.text);
    g_ptr_array_add(plan->values, kept);
    g_string_append_printf(plan->sql, "?%u", plan->values->len);
}

static void fail_at(struct search_plan *plan, const struct query_node *node, char *words /* taken */)
{
    if (plan->error == NULL) {
        plan->error = g_error_new_literal(QUERY_LANGUAGE_ERROR, QUERY_LANGUAGE_WRONG, words);
        if (plan->spot != NULL)
            *plan->spot = (struct query_spot){ node->start, node->end };
    }
    g_free(words);
}

static bool is_like(const char *name, const char *wanted)
{
    g_autofree char *a = g_utf8_casefold(name, -1), *b = g_utf8_casefold(wanted, -1);
    return strcmp(a, b) == 0;
}

bool search_folder_is(const struct folder *box, const struct query_node *node)
{
    const char *last = box->delimiter != '\0' ? strrchr(box->name, box->delimiter) : NULL;
    if (box->flags & FOLDER_IS_GONE)
        return false;
    return (node->number != 0 && box->role == (enum folder_role)node->number) || is_like(box->name, node->text) ||
           (last != NULL && is_like(last + 1, node->text));
}

/* Of int64_t. */
GArray *search_plan_folders(struct search_plan *plan, const struct query_node *node, int64_t *total_out)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GPtrArray) folders = store_folders(plan->db, 0, plan->error == NULL ? &plan->error : NULL);
    *total_out = 0;
    for (guint i = 0; folders != NULL && i < folders->len; i++) {
        const struct folder *box = g_ptr_array_index(folders, i);
        if (!search_folder_is(box, node))
            continue;
        g_array_append_val(ids, box->id);
        *total_out += box->total;
    }
    if (ids->len == 0 && folders != NULL)
        fail_at(plan, node, g_strdup_printf(_("There is no folder \"%s\"."), node->text));
    return ids;
}

void search_plan_write_ids(struct search_plan *plan, const GArray *ids)
{
    g_string_append_c(plan->sql, '(');
    for (guint i = 0; i < ids->len; i++)
        g_string_append_printf(plan->sql, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "", g_array_index(ids, int64_t, i));
    g_string_append_c(plan->sql, ')');
}

static void write_folder(struct search_plan *plan, const struct query_node *node)
{
    int64_t total;
    g_autoptr(GArray) ids = search_plan_folders(plan, node, &total);
    g_string_append(plan->sql, "+p.folder_id IN ");
    search_plan_write_ids(plan, ids);
}

static void write_account(struct search_plan *plan, const struct query_node *node)
{
    g_autoptr(GArray) ids = store_accounts_like(plan->db, node->text);
    if (ids->len == 0)
        fail_at(plan, node, g_strdup_printf(_("There is no account \"%s\"."), node->text));
    g_string_append(plan->sql, "+p.folder_id IN (SELECT id FROM folders WHERE account_id IN ");
    search_plan_write_ids(plan, ids);
    g_string_append_c(plan->sql, ')');
}

static void write_range(struct search_plan *plan, const char *column, const struct query_node *node)
{
    g_string_append_printf(plan->sql, "(%s >= ", column);
    search_plan_write_value(plan, NUM(node->number));
    g_string_append_printf(plan->sql, " AND %s < ", column);
    search_plan_write_value(plan, NUM(node->number_end));
    g_string_append_c(plan->sql, ')');
}

static void write_message_id(struct search_plan *plan, const struct query_node *node)
{
    struct store_value hash = NUM(store_hash(node->text));
    g_string_append(plan->sql, "m.id IN (SELECT message_id FROM message_refs WHERE key IN (SELECT base | (");
    search_plan_write_value(plan, hash);
    g_string_append(plan->sql, " & " MESSAGE_REF_BITS ") FROM ref_parts) UNION ALL SELECT message_id FROM message_twins WHERE hash = ");
    search_plan_write_value(plan, hash);
    g_string_append(plan->sql, ") AND m.message_id = ");
    search_plan_write_value(plan, TXT(node->text));
}

static void write_tag(struct search_plan *plan, const struct query_node *node)
{
    g_autofree char *keyword = tag_keyword(node->text, NULL); /* as it is spelled on the wire */
    g_autofree char *wanted = g_strdup_printf(" %s ", keyword != NULL ? keyword : node->text);
    g_autofree char *folded = g_ascii_strdown(wanted, -1);
    g_string_append(plan->sql, "p.keywords IS NOT NULL AND instr(' ' || lower(p.keywords) || ' ', ");
    search_plan_write_value(plan, TXT(folded));
    g_string_append(plan->sql, ") > 0");
}

static void write_found_by_words(struct search_plan *plan, const struct query_node *node)
{
    g_autoptr(GString) match = g_string_new(NULL);
    search_match_write(match, node);
    g_string_append(plan->sql, "d.docid IN (SELECT rowid FROM search.words WHERE words MATCH ");
    search_plan_write_value(plan, TXT(match->str));
    g_string_append_c(plan->sql, ')');
}

static void write_flag(struct search_plan *plan, const struct query_node *node)
{
    g_string_append_printf(plan->sql, "(p.flags & %" G_GINT64_FORMAT ") <> 0", node->number);
}

static void write_conditions(struct search_plan *plan, const struct query_node *node, const char *between)
{
    for (guint i = 0; i < query_node_child_count(node); i++) {
        g_string_append(plan->sql, i > 0 ? between : "");
        search_plan_write_condition(plan, query_node_child(node, i));
    }
}

static void write_bare(struct search_plan *plan, const struct query_node *node)
{
    switch (node->kind) {
    case QUERY_ALL:
        g_string_append(plan->sql, "1");
        break;
    case QUERY_AND:
        write_conditions(plan, node, " AND ");
        break;
    case QUERY_OR:
        write_conditions(plan, node, " OR ");
        break;
    case QUERY_NOT:
        g_string_append(plan->sql, "NOT coalesce(");
        search_plan_write_condition(plan, query_node_child(node, 0));
        g_string_append(plan->sql, ", 0)");
        break;
    case QUERY_WORDS:
        write_found_by_words(plan, node);
        break;
    case QUERY_FLAG:
        write_flag(plan, node);
        break;
    case QUERY_PART:
        g_string_append_printf(plan->sql, "(m.part_flags & %" G_GINT64_FORMAT ") <> 0", node->number);
        break;
    case QUERY_FOLDER:
        write_folder(plan, node);
        break;
    case QUERY_ACCOUNT:
        write_account(plan, node);
        break;
    case QUERY_TAG:
        write_tag(plan, node);
        break;
    case QUERY_MESSAGE_ID:
        write_message_id(plan, node);
        break;
    case QUERY_DATE:
        write_range(plan, "m.date_utc", node);
        break;
    case QUERY_SIZE:
        write_range(plan, "m.size_bytes", node);
        break;
    }
}

void search_plan_write_condition(struct search_plan *plan, const struct query_node *node)
{
    g_string_append_c(plan->sql, '(');
    if (search_match_can(node))
        write_found_by_words(plan, node);
    else
        write_bare(plan, node);
    g_string_append_c(plan->sql, ')');
}
