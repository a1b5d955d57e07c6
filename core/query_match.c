/* SPDX-License-Identifier: MIT */
/* A query's tree against one message: three answers, for what the text would say may not be known yet. */
#include "core/query_match.h"
#include "core/search_fold.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include "core/structure.h"
#include "core/tag.h"
#include <string.h>

#define TEXT_MAX ((size_t)1 << 20) /* bytes of a text that are looked at, as in the index */

struct query_subject {
    /* Folded: tokens, each followed by a space; NULL: not known. In the order of the bits of enum query_field. */
    GString *fields[7];
    unsigned flags, part_flags;
    int64_t date_utc, size_bytes;
    int role;
    char delimiter;
    char *folder, *account_key, *account_addresses, *keywords, *message_id;
};

/* --- what is known --- */

static GString *folded(const char *one, const char *other)
{
    GString *out = g_string_new(NULL);
    search_fold(one != NULL ? one : "", MIN(strlen(one != NULL ? one : ""), TEXT_MAX), out);
    if (other != NULL)
        search_fold(other, MIN(strlen(other), TEXT_MAX), out);
    return out;
}

query_subject *query_subject_new(const struct placement *place, int folder_role, char folder_delimiter, const char *account_addresses,
                                 const char *text, const char *attachments)
{
    query_subject *self = g_new0(query_subject, 1);
    g_autofree char *names = attachments != NULL ? g_strdup(attachments) : structure_filenames(place->structure);
    self->fields[0] = folded(place->subject, NULL);
    self->fields[1] = folded(place->from_name, place->from_address);
    self->fields[2] = folded(place->to, NULL);
    self->fields[3] = folded(place->cc, NULL);
    self->fields[4] = folded(place->list_id, NULL);
    self->fields[5] = names != NULL ? folded(names, NULL) : NULL;
    self->fields[6] = text != NULL ? folded(text, NULL) : NULL;
    self->flags = place->flags;
    self->part_flags = place->part_flags;
    self->date_utc = place->date_utc;
    self->size_bytes = place->size_bytes;
    self->role = folder_role;
    self->delimiter = folder_delimiter;
    self->folder = g_strdup(place->folder_name);
    self->account_key = g_strdup(place->account_key);
    self->account_addresses = g_strdup(account_addresses);
    self->keywords = g_strdup(place->keywords);
    self->message_id = g_strdup(place->message_id_header);
    return self;
}

void query_subject_free(query_subject *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(self->fields); i++) {
        if (self->fields[i] != NULL)
            g_string_free(self->fields[i], TRUE);
    }
    g_free(self->folder);
    g_free(self->account_key);
    g_free(self->account_addresses);
    g_free(self->keywords);
    g_free(self->message_id);
    g_free(self);
}

/* --- words --- */

/* wanted: tokens with a space between them, none behind the last. */
static bool has_words(const GString *text, const char *wanted, bool is_prefix)
{
    size_t length = strlen(wanted);
    for (const char *at = text->str; (at = strstr(at, wanted)) != NULL; at++) {
        bool is_begin = at == text->str || at[-1] == ' ';
        if (is_begin && (is_prefix || at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

/* As core/search.c makes an FTS5 phrase of them. */
static enum query_answer match_words(const struct query_node *node, const query_subject *subject)
{
    g_autoptr(GString) wanted = g_string_new(NULL);
    bool is_open = false, is_unknown = false;
    size_t count = search_fold_wanted(node->text, wanted, &is_open);
    if (count == 0)
        return QUERY_NO;
    g_strchomp(wanted->str);
    bool is_letter = count == 1 && wanted->str[0] != '\0' && wanted->str[1] == '\0';
    bool is_prefix = is_open || node->is_prefix || (!node->is_exact && !is_letter);
    for (size_t i = 0; i < G_N_ELEMENTS(subject->fields); i++) {
        if (!(node->fields & (1U << i)))
            continue;
        if (subject->fields[i] == NULL)
            is_unknown = true;
        else if (has_words(subject->fields[i], wanted->str, is_prefix))
            return QUERY_YES;
    }
    return is_unknown ? QUERY_UNKNOWN : QUERY_NO;
}

/* --- the other conditions --- */

static enum query_answer answer(bool is_so)
{
    return is_so ? QUERY_YES : QUERY_NO;
}

static bool is_like(const char *name, const char *wanted)
{
    g_autofree char *a = g_utf8_casefold(name != NULL ? name : "", -1), *b = g_utf8_casefold(wanted, -1);
    return strcmp(a, b) == 0;
}

static bool folder_is(const query_subject *subject, const struct query_node *node)
{
    const char *last = subject->delimiter != '\0' && subject->folder != NULL ? strrchr(subject->folder, subject->delimiter) : NULL;
    return (node->number != 0 && subject->role == (int)node->number) || is_like(subject->folder, node->text) ||
           (last != NULL && is_like(last + 1, node->text));
}

static bool account_is(const query_subject *subject, const char *wanted)
{
    if (is_like(subject->account_key, wanted))
        return true;
    g_auto(GStrv) addresses = g_strsplit(subject->account_addresses != NULL ? subject->account_addresses : "", "\n", -1);
    for (char **each = addresses; *each != NULL; each++) {
        if (is_like(*each, wanted))
            return true;
    }
    return false;
}

static bool has_tag(const query_subject *subject, const char *name)
{
    g_autofree char *keyword = tag_keyword(name, NULL);
    return tag_list_has(subject->keywords, keyword != NULL ? keyword : name);
}

static bool is_within(const struct query_node *node, int64_t value)
{
    return value >= node->number && value < node->number_end;
}

static enum query_answer match_all(const struct query_node *node, const query_subject *subject, enum query_answer decides)
{
    bool is_unknown = false;
    for (guint i = 0; i < node->children->len; i++) {
        enum query_answer each = query_match(g_ptr_array_index(node->children, i), subject);
        if (each == decides)
            return decides;
        is_unknown |= each == QUERY_UNKNOWN;
    }
    return is_unknown ? QUERY_UNKNOWN : decides == QUERY_NO ? QUERY_YES : QUERY_NO;
}

static enum query_answer match_not(const struct query_node *node, const query_subject *subject)
{
    enum query_answer inner = query_match(g_ptr_array_index(node->children, 0), subject);
    return inner == QUERY_UNKNOWN ? inner : inner == QUERY_YES ? QUERY_NO : QUERY_YES;
}

enum query_answer query_match(const struct query_node *node, const query_subject *subject)
{
    switch (node->kind) {
    case QUERY_ALL:
        return QUERY_YES;
    case QUERY_AND:
        return match_all(node, subject, QUERY_NO);
    case QUERY_OR:
        return match_all(node, subject, QUERY_YES);
    case QUERY_NOT:
        return match_not(node, subject);
    case QUERY_WORDS:
        return match_words(node, subject);
    case QUERY_FLAG:
        return answer((subject->flags & (unsigned)node->number) == (unsigned)node->number);
    case QUERY_PART:
        return answer((subject->part_flags & (unsigned)node->number) == (unsigned)node->number);
    case QUERY_FOLDER:
        return answer(folder_is(subject, node));
    case QUERY_ACCOUNT:
        return answer(account_is(subject, node->text));
    case QUERY_TAG:
        return answer(has_tag(subject, node->text));
    case QUERY_MESSAGE_ID:
        return answer(g_strcmp0(subject->message_id, node->text) == 0);
    case QUERY_DATE:
        return answer(is_within(node, subject->date_utc));
    case QUERY_SIZE:
        return answer(is_within(node, subject->size_bytes));
    }
    return QUERY_NO;
}

bool query_wants_text(const struct query_node *node)
{
    if (node->kind == QUERY_WORDS)
        return (node->fields & (QUERY_IN_BODY | QUERY_IN_ATTACHMENT)) != 0;
    for (guint i = 0; node->children != NULL && i < node->children->len; i++) {
        if (query_wants_text(g_ptr_array_index(node->children, i)))
            return true;
    }
    return false;
}
