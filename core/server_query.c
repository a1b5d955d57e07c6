/* SPDX-License-Identifier: MIT */
/* A query's tree as search keys of an IMAP server. */
#include "core/server_query_private.h"
#include "core/server_query_gmail_private.h"
#include "core/store_message.h"
#include "core/tag.h"
#include <string.h>

enum { DAY_S = 86400, ASCII_LEAST = 3 };

/* What became of a part of the query. */
enum verdict {
    ALWAYS, /* true of every message here */
    NEVER,
    ASKED,   /* in the server's words, as it was meant */
    WIDER,   /* the server finds these and others: to be checked here */
    UNASKED, /* the server has no word for it: to be checked here */
};

static void word_clear(gpointer data)
{
    g_free(((struct imap_search_word *)data)->text);
}

static GArray *words_new(void)
{
    GArray *words = g_array_new(FALSE, FALSE, sizeof(struct imap_search_word));
    g_array_set_clear_func(words, word_clear);
    return words;
}

static void add(GArray *words, char *text /* taken */, bool is_string)
{
    const struct imap_search_word word = { text, is_string };
    g_array_append_val(words, word);
}

static void add_key(GArray *words, const char *key)
{
    add(words, g_strdup(key), false);
}

/* Those give several keys that all have to hold. */
static bool is_one_key(const struct query_node *node)
{
    return node->kind != QUERY_AND && node->kind != QUERY_DATE && node->kind != QUERY_SIZE;
}

/* All of from, which is empty behind it; grouped: as one key. */
static void add_all(GArray *words, GArray *from, bool is_grouped)
{
    if (is_grouped)
        add_key(words, "(");
    for (guint i = 0; i < from->len; i++) {
        struct imap_search_word *word = &g_array_index(from, struct imap_search_word, i);
        add(words, g_steal_pointer(&word->text), word->is_string);
    }
    if (is_grouped)
        add_key(words, ")");
}

/* --- leaves --- */

/* The longest run of it that is US-ASCII: what has the word has that too. NULL: there is none that means anything. */
static char *ascii_run(const char *text)
{
    const char *best = NULL;
    size_t length = 0;
    for (const char *at = text; *at != '\0';) {
        size_t run = 0;
        while (at[run] != '\0' && (unsigned char)at[run] < 0x80)
            run++;
        if (run > length) {
            best = at;
            length = run;
        }
        at += MAX(run, 1u);
    }
    return length >= ASCII_LEAST ? g_strstrip(g_strndup(best, length)) : NULL;
}

static const struct {
    enum query_field field;
    const char *key;
} field_keys[] = {
    { QUERY_IN_SUBJECT, "SUBJECT" }, { QUERY_IN_FROM, "FROM" },           { QUERY_IN_TO, "TO" },
    { QUERY_IN_CC, "CC" },           { QUERY_IN_LIST, "HEADER List-Id" }, { QUERY_IN_BODY, "BODY" },
};

static enum verdict write_words(const struct server_place *place, const struct query_node *node, GArray *out)
{
    g_autofree char *composed = g_utf8_normalize(node->text, -1, G_NORMALIZE_NFC);
    g_autofree char *text = g_strstrip(g_strdup(composed != NULL ? composed : node->text));
    bool is_cut = (place->dialect & SERVER_DIALECT_ASCII) && !g_str_is_ascii(text);
    unsigned left = node->fields & ~(unsigned)QUERY_IN_ATTACHMENT;
    if (is_cut) {
        char *run = ascii_run(text);
        g_free(text);
        text = run;
    }
    if (text == NULL || *text == '\0' || left == 0)
        return UNASKED;
    if (node->fields == QUERY_ANYWHERE) {
        add_key(out, "TEXT");
        add(out, g_steal_pointer(&text), true);
        return ASKED; /* what was cut is in the text only, which is not here: wider than meant, and not to be checked */
    }
    for (size_t i = 0; i < G_N_ELEMENTS(field_keys); i++) {
        if (!(left & field_keys[i].field))
            continue;
        left &= ~(unsigned)field_keys[i].field;
        if (left != 0)
            add_key(out, "OR");
        add_key(out, field_keys[i].key);
        add(out, g_strdup(text), true);
    }
    return is_cut && !(node->fields & QUERY_IN_BODY) ? WIDER : ASKED;
}

static const struct {
    int64_t flag;
    const char *has, *has_not;
} flag_keys[] = {
    { MESSAGE_SEEN, "SEEN", "UNSEEN" },          { MESSAGE_ANSWERED, "ANSWERED", "UNANSWERED" },
    { MESSAGE_FLAGGED, "FLAGGED", "UNFLAGGED" }, { MESSAGE_DELETED, "DELETED", "UNDELETED" },
    { MESSAGE_DRAFT, "DRAFT", "UNDRAFT" },       { MESSAGE_FORWARDED, "KEYWORD $Forwarded", "UNKEYWORD $Forwarded" },
};

static enum verdict write_flag(const struct query_node *node, bool is_not, GArray *out)
{
    for (size_t i = 0; i < G_N_ELEMENTS(flag_keys); i++) {
        if (flag_keys[i].flag != node->number)
            continue;
        add_key(out, is_not ? flag_keys[i].has_not : flag_keys[i].has);
        return ASKED;
    }
    return UNASKED;
}

/* A list's mail has a List-Id; the rest is known only by the structure. */
static enum verdict write_part(const struct query_node *node, GArray *out)
{
    if (node->number != MESSAGE_IS_LIST)
        return UNASKED;
    add_key(out, "HEADER List-Id");
    add(out, g_strdup(""), true);
    return WIDER;
}

static enum verdict write_tag(const struct query_node *node, GArray *out)
{
    g_autofree char *keyword = tag_keyword(node->text, NULL);
    for (const char *at = keyword; at != NULL && *at != '\0'; at++)
        if (!g_ascii_isgraph(*at) || strchr("(){%*\"\\]", *at) != NULL)
            return UNASKED; /* no keyword can be called so (RFC 9051 9: flag-keyword) */
    if (keyword == NULL)
        return UNASKED;
    add_key(out, "KEYWORD");
    add_key(out, keyword);
    return ASKED;
}

static char *server_day(int64_t utc)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(utc);
    return when != NULL ? g_strdup_printf("%d-%s-%04d", g_date_time_get_day_of_month(when), months[g_date_time_get_month(when) - 1],
                                          g_date_time_get_year(when))
                        : NULL;
}

/* A server compares days, whatever the zone they were written in: one day more on each side. What was written after a moment came after it: YOUNGER, which
 * needs no header, leaves little to look at. The other way round is not true, so OLDER would lose mail. */
static enum verdict write_date(const struct server_place *place, const struct query_node *node, GArray *out)
{
    g_autofree char *since = node->number > G_MININT64 + DAY_S ? server_day(node->number - DAY_S) : NULL;
    g_autofree char *before = node->number_end < G_MAXINT64 - 2 * DAY_S ? server_day(node->number_end + 2 * DAY_S) : NULL;
    int64_t age = since != NULL ? place->now_utc - node->number + DAY_S : 0;
    if ((place->dialect & SERVER_DIALECT_WITHIN) && age > 0 && age <= G_MAXINT32) {
        add_key(out, "YOUNGER");
        add(out, g_strdup_printf("%" G_GINT64_FORMAT, age), false);
    }
    if (since != NULL) {
        add_key(out, "SENTSINCE");
        add(out, g_steal_pointer(&since), false);
    }
    if (before != NULL) {
        add_key(out, "SENTBEFORE");
        add(out, g_steal_pointer(&before), false);
    }
    return out->len > 0 ? WIDER : UNASKED;
}

static enum verdict write_size(const struct query_node *node, GArray *out)
{
    if (node->number > UINT32_MAX)
        return UNASKED; /* RFC 3501 has no larger numbers */
    if (node->number > 0) {
        add_key(out, "LARGER");
        add(out, g_strdup_printf("%" G_GINT64_FORMAT, node->number - 1), false);
    }
    if (node->number_end <= UINT32_MAX) {
        add_key(out, "SMALLER");
        add(out, g_strdup_printf("%" G_GINT64_FORMAT, node->number_end), false);
    }
    return out->len > 0 ? ASKED : ALWAYS;
}

static enum verdict write_message_id(const struct query_node *node, GArray *out)
{
    add_key(out, "HEADER Message-ID");
    add(out, g_strdup(node->text), true);
    return ASKED;
}

/* --- branches --- */

static enum verdict write_node(const struct server_place *place, const struct query_node *node, GArray *out);

static enum verdict write_not(const struct server_place *place, const struct query_node *node, GArray *out)
{
    const struct query_node *inner = g_ptr_array_index(node->children, 0);
    g_autoptr(GArray) words = words_new();
    if (inner->kind == QUERY_FLAG)
        return write_flag(inner, true, out);
    enum verdict verdict = write_node(place, inner, words);
    switch (verdict) {
    case ALWAYS:
        return NEVER;
    case NEVER:
        return ALWAYS;
    case ASKED:
        add_key(out, "NOT");
        add_all(out, words, !is_one_key(inner));
        return ASKED;
    default:
        return UNASKED;
    }
}

/* rest (may be NULL): what of it has to be checked here. */
static enum verdict write_and(const struct server_place *place, const struct query_node *node, GArray *out, GPtrArray *rest)
{
    enum verdict all = ALWAYS;
    for (guint i = 0; i < node->children->len; i++) {
        const struct query_node *each = g_ptr_array_index(node->children, i);
        g_autoptr(GArray) words = words_new();
        enum verdict verdict = write_node(place, each, words);
        if (verdict == NEVER)
            return NEVER;
        if (verdict == ALWAYS)
            continue;
        add_all(out, words, false);
        if (rest != NULL && verdict != ASKED)
            g_ptr_array_add(rest, (gpointer)each);
        all = all == ALWAYS || all == verdict ? verdict : WIDER;
    }
    return all != ALWAYS && out->len == 0 ? UNASKED : all;
}

static enum verdict write_or(const struct server_place *place, const struct query_node *node, GArray *out)
{
    enum verdict all = NEVER;
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    for (guint i = 0; i < node->children->len; i++) {
        const struct query_node *each = g_ptr_array_index(node->children, i);
        g_autoptr(GArray) words = words_new(), key = words_new();
        enum verdict verdict = write_node(place, each, words);
        if (verdict == ALWAYS || verdict == UNASKED)
            return verdict;
        if (verdict == NEVER)
            continue;
        add_all(key, words, !is_one_key(each));
        g_ptr_array_add(parts, g_steal_pointer(&key));
        all = all == WIDER ? WIDER : verdict;
    }
    for (guint i = 0; i < parts->len; i++) {
        if (i + 1 < parts->len)
            add_key(out, "OR");
        add_all(out, g_ptr_array_index(parts, i), false);
    }
    return all;
}

static enum verdict write_node(const struct server_place *place, const struct query_node *node, GArray *out)
{
    switch (node->kind) {
    case QUERY_ALL:
        return ALWAYS;
    case QUERY_AND:
        return write_and(place, node, out, NULL);
    case QUERY_OR:
        return write_or(place, node, out);
    case QUERY_NOT:
        return write_not(place, node, out);
    case QUERY_WORDS:
        return write_words(place, node, out);
    case QUERY_FLAG:
        return write_flag(node, false, out);
    case QUERY_PART:
        return write_part(node, out);
    case QUERY_FOLDER:
    case QUERY_ACCOUNT:
        return place->is_here(place->data, node) ? ALWAYS : NEVER;
    case QUERY_TAG:
        return write_tag(node, out);
    case QUERY_MESSAGE_ID:
        return write_message_id(node, out);
    case QUERY_DATE:
        return write_date(place, node, out);
    case QUERY_SIZE:
        return write_size(node, out);
    default:
        return UNASKED; /* a kind that came later: checked here until it has a row above */
    }
}

/* --- whole queries --- */

static void query_free(gpointer data)
{
    struct server_query *query = data;
    g_array_unref(query->words);
    query_node_free(query->rest);
    g_free(query);
}

static struct query_node *rest_of(const GPtrArray *parts)
{
    if (parts->len == 0)
        return NULL;
    if (parts->len == 1)
        return query_node_copy(g_ptr_array_index(parts, 0));
    struct query_node *all = g_new0(struct query_node, 1);
    all->kind = QUERY_AND;
    all->children = g_ptr_array_new_with_free_func((GDestroyNotify)query_node_free);
    for (guint i = 0; i < parts->len; i++)
        g_ptr_array_add(all->children, query_node_copy(g_ptr_array_index(parts, i)));
    return all;
}

static bool has_8_bit(const GArray *words)
{
    for (guint i = 0; i < words->len; i++)
        if (!g_str_is_ascii(g_array_index(words, struct imap_search_word, i).text))
            return true;
    return false;
}

/* What Gmail has words for goes to its own index as one string, the rest as keys beside it. Its words for a part of the query are taken out of parts. */
static void take_gmail(const struct server_place *place, GPtrArray *parts, GArray *words)
{
    g_autoptr(GString) raw = g_string_new(NULL);
    for (guint i = 0; i < parts->len;) {
        g_autofree char *said = server_query_gmail(place, g_ptr_array_index(parts, i));
        if (said == NULL) {
            i++;
            continue;
        }
        g_string_append_printf(raw, "%s%s", raw->len > 0 ? " " : "", said);
        g_ptr_array_remove_index(parts, i);
    }
    if (raw->len == 0)
        return;
    add_key(words, "X-GM-RAW");
    add(words, g_strdup(raw->str), true);
}

/* One alternative of the query. NULL: there is nothing to ask for, here or at all. */
static struct server_query *make_one(const struct query_node *node, const struct server_place *place)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new(), rest = g_ptr_array_new();
    g_autoptr(GArray) words = words_new();
    for (guint i = 0; node->kind == QUERY_AND && i < node->children->len; i++)
        g_ptr_array_add(parts, g_ptr_array_index(node->children, i));
    if (node->kind != QUERY_AND)
        g_ptr_array_add(parts, (gpointer)node);
    if (place->dialect & SERVER_DIALECT_GMAIL)
        take_gmail(place, parts, words);
    struct query_node all = { .kind = QUERY_AND, .children = parts };
    if (write_and(place, &all, words, rest) == NEVER || words->len == 0)
        return NULL;
    struct server_query *query = g_new0(struct server_query, 1);
    query->is_8_bit = has_8_bit(words);
    query->words = g_steal_pointer(&words);
    query->rest = rest_of(rest);
    return query;
}

GPtrArray *server_query_make(const struct query_node *root, const struct server_place *place)
{
    GPtrArray *queries = g_ptr_array_new_with_free_func(query_free);
    g_autoptr(GArray) trial = words_new();
    enum verdict whole = write_node(place, root, trial);
    /* Alternatives that are not wholly the server's are asked for one by one: each has another rest. */
    bool is_split = root->kind == QUERY_OR && (whole == WIDER || whole == UNASKED);
    for (guint i = 0; is_split && i < root->children->len; i++) {
        struct server_query *query = make_one(g_ptr_array_index(root->children, i), place);
        if (query != NULL)
            g_ptr_array_add(queries, query);
    }
    struct server_query *query = is_split || whole == NEVER || whole == ALWAYS ? NULL : make_one(root, place);
    if (query != NULL)
        g_ptr_array_add(queries, query);
    return queries;
}

char *server_query_describe(const struct server_query *query)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < query->words->len; i++) {
        const struct imap_search_word *word = &g_array_index(query->words, struct imap_search_word, i);
        bool is_apart = i > 0 && !imap_search_is_tight(&g_array_index(query->words, struct imap_search_word, i - 1), word);
        g_string_append_printf(out, word->is_string ? "%s\"%s\"" : "%s%s", is_apart ? " " : "", word->text);
    }
    return g_string_free(out, FALSE);
}
