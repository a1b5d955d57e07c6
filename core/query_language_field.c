/* SPDX-License-Identifier: MIT */
/* The fields of the query language: what may stand before a colon, what may stand behind it, and how it is written. */
#include "core/query_language_private.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

/* --- is: and has: --- */

struct state_word {
    const char *word;
    enum query_node_kind kind;
    int64_t number;
    bool is_not;
};
static const struct state_word states[] = {
    { "read", QUERY_FLAG, MESSAGE_SEEN, false },          { "seen", QUERY_FLAG, MESSAGE_SEEN, false },
    { "unread", QUERY_FLAG, MESSAGE_SEEN, true },         { "unseen", QUERY_FLAG, MESSAGE_SEEN, true },
    { "flagged", QUERY_FLAG, MESSAGE_FLAGGED, false },    { "starred", QUERY_FLAG, MESSAGE_FLAGGED, false },
    { "important", QUERY_FLAG, MESSAGE_FLAGGED, false },  { "unflagged", QUERY_FLAG, MESSAGE_FLAGGED, true },
    { "answered", QUERY_FLAG, MESSAGE_ANSWERED, false },  { "replied", QUERY_FLAG, MESSAGE_ANSWERED, false },
    { "unanswered", QUERY_FLAG, MESSAGE_ANSWERED, true }, { "forwarded", QUERY_FLAG, MESSAGE_FORWARDED, false },
    { "draft", QUERY_FLAG, MESSAGE_DRAFT, false },        { "deleted", QUERY_FLAG, MESSAGE_DELETED, false },
    { "signed", QUERY_PART, MESSAGE_IS_SIGNED, false },   { "encrypted", QUERY_PART, MESSAGE_IS_ENCRYPTED, false },
    { "list", QUERY_PART, MESSAGE_IS_LIST, false },
};
static const struct state_word parts[] = {
    { "attachment", QUERY_PART, MESSAGE_HAS_ATTACHMENT, false },
    { "attachments", QUERY_PART, MESSAGE_HAS_ATTACHMENT, false },
    { "invitation", QUERY_PART, MESSAGE_HAS_INVITATION, false },
    { "calendar", QUERY_PART, MESSAGE_HAS_INVITATION, false },
    { "star", QUERY_FLAG, MESSAGE_FLAGGED, false },
    { "signature", QUERY_PART, MESSAGE_IS_SIGNED, false },
};

static struct query_node *make_word(const struct state_word *table, size_t count, const char *name, const char *value, char **words_out)
{
    g_autoptr(GString) known = g_string_new(NULL);
    for (size_t i = 0; i < count; i++) {
        if (g_ascii_strcasecmp(table[i].word, value) == 0) {
            struct query_node *node = query_node_new(table[i].kind);
            node->number = table[i].number;
            return table[i].is_not ? query_node_not(node) : node;
        }
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", table[i].word);
    }
    *words_out = g_strdup_printf(_("\"%s\" cannot follow %s: here; these can: %s."), value, name, known->str);
    return NULL;
}

static struct query_node *make_state(const struct query_field_row *row, const char *value, int64_t now_utc, char **words_out)
{
    (void)now_utc;
    return make_word(states, G_N_ELEMENTS(states), row->name, value, words_out);
}

static struct query_node *make_part(const struct query_field_row *row, const char *value, int64_t now_utc, char **words_out)
{
    (void)now_utc;
    return make_word(parts, G_N_ELEMENTS(parts), row->name, value, words_out);
}

/* --- names --- */

static struct query_node *text_node(enum query_node_kind kind, const char *value)
{
    if (*value == '\0')
        return NULL;
    struct query_node *node = query_node_new(kind);
    node->text = g_strdup(value);
    return node;
}

static const struct {
    const char *word;
    enum folder_role role;
} roles[] = {
    { "inbox", FOLDER_INBOX }, { "drafts", FOLDER_DRAFTS },   { "draft", FOLDER_DRAFTS },
    { "sent", FOLDER_SENT },   { "archive", FOLDER_ARCHIVE }, { "junk", FOLDER_JUNK },
    { "spam", FOLDER_JUNK },   { "trash", FOLDER_TRASH },     { "outbox", FOLDER_OUTBOX },
};

static struct query_node *make_folder(const struct query_field_row *row, const char *value, int64_t now_utc, char **words_out)
{
    (void)row;
    (void)now_utc;
    (void)words_out;
    if (g_ascii_strcasecmp(value, "anywhere") == 0)
        return query_node_new(QUERY_ALL);
    struct query_node *node = text_node(QUERY_FOLDER, value);
    for (size_t i = 0; node != NULL && i < G_N_ELEMENTS(roles); i++)
        if (g_ascii_strcasecmp(roles[i].word, value) == 0)
            node->number = roles[i].role;
    return node;
}

static struct query_node *make_account(const struct query_field_row *row, const char *value, int64_t now_utc, char **words_out)
{
    (void)row;
    (void)now_utc;
    (void)words_out;
    return text_node(QUERY_ACCOUNT, value);
}

static struct query_node *make_tag(const struct query_field_row *row, const char *value, int64_t now_utc, char **words_out)
{
    (void)row;
    (void)now_utc;
    if (strpbrk(value, " \t") != NULL)
        *words_out = g_strdup(_("The name of a tag has no spaces."));
    return *words_out == NULL ? text_node(QUERY_TAG, value) : NULL;
}

static struct query_node *make_message_id(const struct query_field_row *row, const char *value, int64_t now_utc, char **words_out)
{
    (void)row;
    (void)now_utc;
    (void)words_out;
    size_t length = strlen(value);
    bool is_bracketed = length > 2 && value[0] == '<' && value[length - 1] == '>';
    g_autofree char *bare = is_bracketed ? g_strndup(value + 1, length - 2) : g_strdup(value);
    return text_node(QUERY_MESSAGE_ID, bare);
}

/* --- ranges --- */

static struct query_node *range_node(enum query_node_kind kind, int64_t from, int64_t to)
{
    struct query_node *node = query_node_new(kind);
    node->number = from;
    node->number_end = to;
    return node;
}

struct span {
    int64_t from, to; /* to: behind the last */
};

static int64_t local_midnight(int year, int month, int day)
{
    g_autoptr(GDateTime) when = g_date_time_new_local(year, month, day, 0, 0, 0);
    return when != NULL ? g_date_time_to_unix(when) : G_MININT64;
}

static int64_t date_plus(int64_t utc, int years, int months, int days)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(utc);
    g_autoptr(GDateTime) then = when != NULL ? g_date_time_add_full(when, years, months, days, 0, 0, 0) : NULL;
    return then != NULL ? g_date_time_to_unix(then) : utc;
}

/* 2026, 2026-11, 2026-11-03; also with / or . between. */
static bool read_calendar_date(const char *value, struct span *out)
{
    int year = 0, month = 0, day = 0, used = 0;
    char mark = '\0';
    if (strlen(value) > 10 || strspn(value, "0123456789-/.") != strlen(value) || sscanf(value, "%4d%n", &year, &used) != 1 || used != 4 ||
        year < 1)
        return false;
    const char *rest = value + 4;
    if (*rest == '\0') {
        *out = (struct span){ local_midnight(year, 1, 1), local_midnight(year + 1, 1, 1) };
        return year < 9999 && out->from != G_MININT64;
    }
    mark = *rest++;
    if (g_ascii_isdigit(mark) || sscanf(rest, "%2d%n", &month, &used) != 1 || used < 1 || !g_ascii_isdigit(*rest))
        return false;
    rest += used;
    if (*rest != '\0' && (*rest++ != mark || !g_ascii_isdigit(*rest) || sscanf(rest, "%2d%n", &day, &used) != 1 || rest[used] != '\0'))
        return false;
    out->from = local_midnight(year, month, day > 0 ? day : 1);
    bool is_month = day == 0 && rest[-1] != mark && strchr(value + 5, mark) == NULL;
    if (out->from == G_MININT64 || (day == 0 && !is_month))
        return false;
    out->to = date_plus(out->from, 0, is_month, !is_month);
    return true;
}

/* So long ago: 7d, 2w, 3m (months), 1y, 12h. */
static bool read_age(const char *value, int64_t now_utc, int64_t *when_out)
{
    char *unit = NULL;
    guint64 count = g_ascii_strtoull(value, &unit, 10);
    if (!g_ascii_isdigit(*value) || *unit == '\0' || unit[1] != '\0' || count > 100000)
        return false;
    int n = (int)count;
    switch (g_ascii_tolower(*unit)) {
    case 'h':
        *when_out = now_utc - (int64_t)n * 3600;
        return true;
    case 'd':
        *when_out = now_utc - (int64_t)n * 86400;
        return true;
    case 'w':
        *when_out = now_utc - (int64_t)n * 7 * 86400;
        return true;
    case 'm':
        *when_out = date_plus(now_utc, 0, -n, 0);
        return n < 100000;
    case 'y':
        *when_out = date_plus(now_utc, -MIN(n, 9999), 0, 0);
        return true;
    default:
        return false;
    }
}

static bool read_named_day(const char *value, int64_t now_utc, struct span *out)
{
    int days = g_ascii_strcasecmp(value, "today") == 0 ? 0 : g_ascii_strcasecmp(value, "yesterday") == 0 ? -1 : 1;
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_local(now_utc);
    if (days > 0 || now == NULL)
        return false;
    int64_t today = local_midnight(g_date_time_get_year(now), g_date_time_get_month(now), g_date_time_get_day_of_month(now));
    *out = (struct span){ date_plus(today, 0, 0, days), date_plus(today, 0, 0, days + 1) };
    return true;
}

/* A moment as seconds, the way it is written back: @1763700000 */
static bool read_moment(const char *value, struct span *out)
{
    char *end = NULL;
    if (*value != '@' || (!g_ascii_isdigit(value[1]) && value[1] != '-'))
        return false;
    out->from = g_ascii_strtoll(value + 1, &end, 10);
    out->to = out->from;
    return *end == '\0' && out->from > G_MININT64 && out->from < G_MAXINT64;
}

static bool read_date(const char *value, int64_t now_utc, struct span *out, char **words_out)
{
    if (read_moment(value, out) || read_calendar_date(value, out) || read_named_day(value, now_utc, out))
        return true;
    if (read_age(value, now_utc, &out->from)) {
        out->to = out->from;
        return true;
    }
    *words_out = g_strdup_printf(
        _("\"%s\" is no date. It may be written 2026-11-03, 2026-11, 2026, today, yesterday or 7d (so many days ago; h, w, m, y)."), value);
    return false;
}

static struct query_node *make_limit_date(const struct query_field_row *row, const char *value, int64_t now_utc, char **words_out)
{
    struct span when;
    if (!read_date(value, now_utc, &when, words_out))
        return NULL;
    return row->is_upper ? range_node(QUERY_DATE, G_MININT64, when.from) : range_node(QUERY_DATE, when.from, G_MAXINT64);
}

/* "A..B", either may be missing; or one value alone. */
static bool split_range(const char *value, char **from_out, char **to_out)
{
    const char *dots = strstr(value, "..");
    *from_out = dots != NULL ? g_strndup(value, (size_t)(dots - value)) : g_strdup(value);
    *to_out = g_strdup(dots != NULL ? dots + 2 : value);
    return dots != NULL;
}

static struct query_node *make_date(const struct query_field_row *row, const char *value, int64_t now_utc, char **words_out)
{
    g_autofree char *first = NULL, *last = NULL;
    struct span from = { G_MININT64, 0 }, to = { 0, G_MAXINT64 };
    (void)row;
    split_range(value, &first, &last);
    if ((*first != '\0' && !read_date(first, now_utc, &from, words_out)) || (*last != '\0' && !read_date(last, now_utc, &to, words_out)))
        return NULL;
    return range_node(QUERY_DATE, from.from, to.to);
}

static bool read_size(const char *value, int64_t *size_out, char **words_out)
{
    static const char units[] = "kmgt";
    char *end = (char *)value;
    double number = g_ascii_isdigit(*value) ? g_ascii_strtod(value, &end) : -1;
    const char *unit = number >= 0 && *end != '\0' ? strchr(units, g_ascii_tolower(*end)) : NULL;
    for (const char *at = units; unit != NULL && at <= unit; at++)
        number *= 1024;
    if (unit != NULL)
        end++;
    if (number >= 0 && g_ascii_tolower(*end) == 'b')
        end++;
    if (number >= 0 && number < 9e15 && *end == '\0') {
        *size_out = (int64_t)number;
        return true;
    }
    *words_out = g_strdup_printf(_("\"%s\" is no size. It may be written 5M, 500K or 12345."), value);
    return false;
}

static struct query_node *make_limit_size(const struct query_field_row *row, const char *value, int64_t now_utc, char **words_out)
{
    int64_t size;
    (void)now_utc;
    if (!read_size(value, &size, words_out))
        return NULL;
    return row->is_upper ? range_node(QUERY_SIZE, 0, size) : range_node(QUERY_SIZE, size, G_MAXINT64);
}

static struct query_node *make_size(const struct query_field_row *row, const char *value, int64_t now_utc, char **words_out)
{
    g_autofree char *first = NULL, *last = NULL;
    int64_t from = 0, to = G_MAXINT64;
    (void)row;
    (void)now_utc;
    bool is_range = split_range(value, &first, &last);
    if ((*first != '\0' && !read_size(first, &from, words_out)) || (*last != '\0' && !read_size(last, &to, words_out)))
        return NULL;
    return range_node(QUERY_SIZE, from, is_range || to == G_MAXINT64 ? to : to + 1);
}

/* --- the table --- */

#define TO_ALL (QUERY_IN_TO | QUERY_IN_CC)
static const struct query_field_row rows[] = {
    { "from", N_("who wrote it: a name or an address, or the beginning of one"), QUERY_IN_FROM, NULL, false },
    { "to", N_("who got it, also as a copy"), TO_ALL, NULL, false },
    { "cc", N_("who got a copy"), QUERY_IN_CC, NULL, false },
    { "with", N_("who wrote it or got it"), QUERY_IN_FROM | TO_ALL, NULL, false },
    { "subject", N_("words of the subject"), QUERY_IN_SUBJECT, NULL, false },
    { "body", N_("words of the text"), QUERY_IN_BODY, NULL, false },
    { "list", N_("the mailing list it came by"), QUERY_IN_LIST, NULL, false },
    { "attachment", N_("the name of an attached file"), QUERY_IN_ATTACHMENT, NULL, false },
    { "filename", NULL, QUERY_IN_ATTACHMENT, NULL, false },
    { "in", N_("a folder: inbox, sent, drafts, archive, junk, trash or its name; anywhere"), 0, make_folder, false },
    { "folder", NULL, 0, make_folder, false },
    { "account", N_("one of your accounts"), 0, make_account, false },
    { "has", N_("attachment, invitation"), 0, make_part, false },
    { "is", N_("unread, read, starred, answered, forwarded, draft, list, signed, encrypted"), 0, make_state, false },
    { "tag", N_("a tag (keyword)"), 0, make_tag, false },
    { "label", NULL, 0, make_tag, false },
    { "keyword", NULL, 0, make_tag, false },
    { "before", N_("dated before a day: 2026-11-03, 2026-11, 2026, yesterday"), 0, make_limit_date, true },
    { "after", N_("dated on a day or later"), 0, make_limit_date, false },
    { "since", NULL, 0, make_limit_date, false },
    { "on", N_("dated on a day, in a month, in a year"), 0, make_date, false },
    { "date", N_("the same, or between two: 2026-01..2026-03"), 0, make_date, false },
    { "newer", N_("not older than: 12h, 7d, 2w, 3m (months), 1y"), 0, make_limit_date, false },
    { "newer_than", NULL, 0, make_limit_date, false },
    { "older", N_("older than that"), 0, make_limit_date, true },
    { "older_than", NULL, 0, make_limit_date, true },
    { "larger", N_("at least so large: 5M, 500K"), 0, make_limit_size, false },
    { "smaller", N_("smaller than that"), 0, make_limit_size, true },
    { "size", N_("between two sizes: 1M..5M"), 0, make_size, false },
    { "id", N_("the Message-ID"), 0, make_message_id, false },
};

const struct query_field_row *query_field_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

const struct query_language_field *query_language_fields(size_t *count_out)
{
    static struct query_language_field fields[G_N_ELEMENTS(rows)];
    static gsize is_filled;
    static size_t count;
    if (g_once_init_enter(&is_filled)) {
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
            if (rows[i].help != NULL)
                fields[count++] = (struct query_language_field){ rows[i].name, rows[i].help };
        g_once_init_leave(&is_filled, 1);
    }
    *count_out = count;
    return fields;
}

/* --- completing --- */

static void add_completion(GPtrArray *found, const char *text, size_t kept, const char *begun, const char *word, const char *end)
{
    if (g_ascii_strncasecmp(word, begun, strlen(begun)) == 0)
        g_ptr_array_add(found, g_strdup_printf("%.*s%s%s", (int)kept, text, word, end));
}

/* The words behind a colon, of the fields that have a table. */
static void complete_value(GPtrArray *found, const char *text, size_t kept, const struct query_field_row *row, const char *begun)
{
    for (size_t i = 0; row->make == make_state && i < G_N_ELEMENTS(states); i++)
        add_completion(found, text, kept, begun, states[i].word, " ");
    for (size_t i = 0; row->make == make_part && i < G_N_ELEMENTS(parts); i++)
        add_completion(found, text, kept, begun, parts[i].word, " ");
    for (size_t i = 0; row->make == make_folder && i < G_N_ELEMENTS(roles); i++)
        add_completion(found, text, kept, begun, roles[i].word, " ");
}

GPtrArray *query_language_complete(const char *text)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    size_t start = strlen(text);
    while (start > 0 && strchr(" (\t\"", text[start - 1]) == NULL)
        start--;
    while (text[start] == '-')
        start++;
    const char *colon = strchr(text + start, ':');
    if (colon != NULL) {
        g_autofree char *name = g_ascii_strdown(text + start, colon - text - (gssize)start);
        const struct query_field_row *row = query_field_find(name);
        if (row != NULL)
            complete_value(found, text, (size_t)(colon - text) + 1, row, colon + 1);
        return found;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].help != NULL)
            add_completion(found, text, start, text + start, rows[i].name, ":");
    return found;
}

/* --- writing --- */

static void write_text(GString *out, const char *text, bool is_quoted, bool is_prefix)
{
    g_string_append_printf(out, is_quoted ? "\"%s\"" : "%s", text);
    if (is_prefix)
        g_string_append_c(out, '*');
}

static void write_words(GString *out, const struct query_node *node)
{
    for (size_t i = 0; node->fields != QUERY_ANYWHERE && i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].make != NULL || rows[i].fields != node->fields)
            continue;
        g_string_append_printf(out, "%s:", rows[i].name);
        break;
    }
    write_text(out, node->text, node->is_exact, node->is_prefix);
}

static void write_named(GString *out, const char *name, const char *text)
{
    g_string_append_printf(out, "%s:\"%s\"", name, text);
}

static void write_state(GString *out, const struct query_node *node)
{
    const struct state_word *const tables[] = { states, parts };
    const size_t counts[] = { G_N_ELEMENTS(states), G_N_ELEMENTS(parts) };
    for (size_t table = 0; table < G_N_ELEMENTS(tables); table++) {
        for (size_t i = 0; i < counts[table]; i++) {
            const struct state_word *word = &tables[table][i];
            if (word->kind != node->kind || word->number != node->number || word->is_not)
                continue;
            g_string_append_printf(out, "%s:%s", table == 0 ? "is" : "has", word->word);
            return;
        }
    }
}

static void write_range(GString *out, const struct query_node *node)
{
    bool is_date = node->kind == QUERY_DATE;
    g_string_append(out, is_date ? "date:" : "size:");
    if (is_date ? node->number != G_MININT64 : node->number > 0)
        g_string_append_printf(out, "%s%" G_GINT64_FORMAT, is_date ? "@" : "", node->number);
    g_string_append(out, "..");
    if (node->number_end != G_MAXINT64)
        g_string_append_printf(out, "%s%" G_GINT64_FORMAT, is_date ? "@" : "", node->number_end);
}

static void write_node(GString *out, const struct query_node *node, bool is_inner);

static void write_children(GString *out, const struct query_node *node, bool is_inner)
{
    if (is_inner)
        g_string_append_c(out, '(');
    for (guint i = 0; i < node->children->len; i++) {
        if (i > 0)
            g_string_append(out, node->kind == QUERY_OR ? " OR " : " ");
        write_node(out, g_ptr_array_index(node->children, i), true);
    }
    if (is_inner)
        g_string_append_c(out, ')');
}

static void write_node(GString *out, const struct query_node *node, bool is_inner)
{
    switch (node->kind) {
    case QUERY_ALL:
        g_string_append(out, "in:anywhere");
        break;
    case QUERY_AND:
    case QUERY_OR:
        write_children(out, node, is_inner);
        break;
    case QUERY_NOT:
        g_string_append_c(out, '-');
        write_node(out, g_ptr_array_index(node->children, 0), true);
        break;
    case QUERY_WORDS:
        write_words(out, node);
        break;
    case QUERY_FLAG:
    case QUERY_PART:
        write_state(out, node);
        break;
    case QUERY_FOLDER:
        write_named(out, "in", node->text);
        break;
    case QUERY_ACCOUNT:
        write_named(out, "account", node->text);
        break;
    case QUERY_TAG:
        write_named(out, "tag", node->text);
        break;
    case QUERY_MESSAGE_ID:
        write_named(out, "id", node->text);
        break;
    case QUERY_DATE:
    case QUERY_SIZE:
        write_range(out, node);
        break;
    }
}

char *query_language_write(const struct query_node *node)
{
    GString *out = g_string_new(NULL);
    write_node(out, node, false);
    return g_string_free(out, FALSE);
}
