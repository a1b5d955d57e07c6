/* SPDX-License-Identifier: MIT */
/* Reading what a person types to find mail. Grammar, loosest first:
 *   any = all *( "OR" all )      all = not *( ["AND"] not )      not = ( "-" / "NOT" ) not / one
 *   one = "(" any ")" / field ":" value / field ":(" any ")" / word / quoted
 * and as in mutt: "~" letter [ value ] for a field, "!" before it or a group for NOT, "|" by itself for OR. */
#include "core/query_language_private.h"
#include "core/search_fold.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { TEXT_MAX = 4096, DEPTH_MAX = 30, NODES_MAX = 200 };

GQuark query_language_error_quark(void)
{
    return g_quark_from_static_string("query-language-error-quark");
}

/* --- nodes --- */

void query_node_free(struct query_node *node)
{
    if (node == NULL)
        return;
    g_clear_pointer(&node->children, g_ptr_array_unref);
    g_free(node->text);
    g_free(node);
}

static void node_destroy(gpointer data)
{
    query_node_free(data);
}

struct query_node *query_node_new(enum query_node_kind kind)
{
    struct query_node *node = g_new0(struct query_node, 1);
    node->kind = kind;
    return node;
}

static void adopt(struct query_node *parent, struct query_node *child)
{
    if (parent->children == NULL)
        parent->children = g_ptr_array_new_with_free_func(node_destroy);
    g_ptr_array_add(parent->children, child);
}

struct query_node *query_node_not(struct query_node *child)
{
    struct query_node *node = query_node_new(QUERY_NOT);
    node->start = child->start;
    node->end = child->end;
    adopt(node, child);
    return node;
}

/* Either may be NULL: it said nothing. Chains of one kind become one node. */
static struct query_node *join(enum query_node_kind kind, struct query_node *left, struct query_node *right)
{
    if (left == NULL || right == NULL)
        return left != NULL ? left : right;
    if (left->kind != kind) {
        struct query_node *both = query_node_new(kind);
        both->start = left->start;
        adopt(both, left);
        left = both;
    }
    left->end = right->end;
    if (right->kind != kind) {
        adopt(left, right);
        return left;
    }
    while (right->children->len > 0)
        adopt(left, g_ptr_array_steal_index(right->children, 0));
    query_node_free(right);
    return left;
}

struct query_node *query_node_copy(const struct query_node *node)
{
    struct query_node *copy = g_memdup2(node, sizeof *node);
    copy->text = g_strdup(node->text);
    copy->children = NULL;
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        adopt(copy, query_node_copy(g_ptr_array_index(node->children, i)));
    return copy;
}

bool query_node_equal(const struct query_node *a, const struct query_node *b)
{
    guint count = a->children != NULL ? a->children->len : 0;
    if (a->kind != b->kind || a->fields != b->fields || g_strcmp0(a->text, b->text) != 0 || a->is_exact != b->is_exact ||
        a->is_prefix != b->is_prefix || a->number != b->number || a->number_end != b->number_end ||
        count != (b->children != NULL ? b->children->len : 0))
        return false;
    for (guint i = 0; i < count; i++)
        if (!query_node_equal(g_ptr_array_index(a->children, i), g_ptr_array_index(b->children, i)))
            return false;
    return true;
}

/* --- the parser --- */

struct parser {
    const char *text;
    size_t at, length;
    int64_t now_utc;
    bool is_typed;
    int depth, nodes;
    const struct query_field_row *row; /* words are values of this field: inside from:( … ) */
    struct query_spot spot;
    GError *error; /* the first */
};

static struct query_node *read_any(struct parser *self);

static void fail(struct parser *self, enum query_language_error code, size_t start, size_t end, char *words /* taken */)
{
    if (self->error == NULL) {
        self->error = g_error_new_literal(QUERY_LANGUAGE_ERROR, (int)code, words);
        self->spot = (struct query_spot){ start, end };
    }
    g_free(words);
}

/* What somebody who types has not written yet is no fault. */
static void fail_unfinished(struct parser *self, size_t start, const char *words)
{
    if (!self->is_typed)
        fail(self, QUERY_LANGUAGE_UNFINISHED, start, self->length, g_strdup(words));
}

static void skip_space(struct parser *self)
{
    while (self->at < self->length) {
        const char *here = self->text + self->at;
        if (!g_unichar_isspace(g_utf8_get_char(here)))
            return;
        self->at += (size_t)(g_utf8_next_char(here) - here);
    }
}

static bool at_end(const struct parser *self)
{
    return self->at >= self->length;
}

static size_t word_end(const struct parser *self, size_t at)
{
    while (at < self->length) {
        const char *here = self->text + at;
        if (strchr("()\"", *here) != NULL || g_unichar_isspace(g_utf8_get_char(here)))
            break;
        at += (size_t)(g_utf8_next_char(here) - here);
    }
    return at;
}

/* A whole word in capitals, as in "a OR b". */
static bool takes_word(struct parser *self, const char *word)
{
    size_t length = strlen(word);
    skip_space(self);
    if (word_end(self, self->at) != self->at + length || strncmp(self->text + self->at, word, length) != 0)
        return false;
    self->at += length;
    return true;
}

static char *read_quoted(struct parser *self)
{
    size_t start = self->at;
    const char *close = strchr(self->text + start + 1, '"');
    if (close == NULL) {
        fail_unfinished(self, start, _("This quote has no end."));
        self->at = self->length;
        return g_strdup(self->text + start + 1);
    }
    self->at = (size_t)(close - self->text) + 1;
    return g_strndup(self->text + start + 1, (size_t)(close - self->text) - start - 1);
}

static bool has_word(const char *text)
{
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
        if (search_fold_is_word(g_utf8_get_char(at)))
            return true;
    return false;
}

static struct query_node *words_node(char *text /* taken */, unsigned fields, bool is_quoted)
{
    if (!has_word(text)) {
        g_free(text);
        return NULL; /* "&" says nothing */
    }
    struct query_node *node = query_node_new(QUERY_WORDS);
    size_t length = strlen(text);
    node->fields = fields;
    node->is_exact = is_quoted;
    node->is_prefix = !is_quoted && text[length - 1] == '*';
    if (node->is_prefix)
        text[length - 1] = '\0';
    node->text = text;
    return node;
}

/* A value of a field; NULL: it said nothing, or an error is set. */
static struct query_node *value_node(struct parser *self, const struct query_field_row *row, char *text /* taken */, bool is_quoted,
                                     size_t start)
{
    if (row->make == NULL)
        return words_node(text, row->fields, is_quoted);
    g_autofree char *value = g_strstrip(text), *words = NULL;
    struct query_node *node = row->make(row, value, self->now_utc, &words);
    if (node == NULL && words == NULL)
        return NULL;
    if (node != NULL)
        return node;
    if (self->is_typed && self->at >= self->length)
        g_free(g_steal_pointer(&words));
    else
        fail(self, QUERY_LANGUAGE_WRONG, start, self->at, g_steal_pointer(&words));
    return NULL;
}

static struct query_node *placed(struct parser *self, struct query_node *node, size_t start)
{
    if (node == NULL)
        return NULL;
    node->start = start;
    node->end = self->at;
    if (++self->nodes > NODES_MAX)
        fail(self, QUERY_LANGUAGE_WRONG, start, self->at, g_strdup(_("These are too many conditions.")));
    return node;
}

static struct query_node *read_plain(struct parser *self)
{
    size_t start = self->at;
    bool is_quoted = self->text[start] == '"';
    char *text = NULL;
    if (is_quoted) {
        text = read_quoted(self);
    } else {
        self->at = word_end(self, start);
        text = g_strndup(self->text + start, self->at - start);
    }
    if (self->row != NULL)
        return placed(self, value_node(self, self->row, text, is_quoted, start), start);
    return placed(self, words_node(text, QUERY_ANYWHERE, is_quoted), start);
}

static struct query_node *read_group(struct parser *self)
{
    size_t start = self->at++;
    struct query_node *inner = read_any(self);
    skip_space(self);
    if (self->error != NULL)
        return inner;
    if (at_end(self)) {
        fail_unfinished(self, start, _("This parenthesis is not closed."));
        return inner;
    }
    if (inner == NULL && self->at == start + 1)
        fail(self, QUERY_LANGUAGE_WRONG, start, self->at + 1, g_strdup(_("There is nothing between these parentheses.")));
    self->at++;
    return inner;
}

/* The name before a colon, or NULL: it is a word like "10:30" or "http://x". */
static char *field_name(const struct parser *self)
{
    size_t end = self->at;
    while (end < self->length && (g_ascii_isalpha(self->text[end]) || self->text[end] == '-' || self->text[end] == '_'))
        end++;
    if (end == self->at || end >= self->length || self->text[end] != ':' || g_str_has_prefix(self->text + end, "://"))
        return NULL;
    return g_ascii_strdown(self->text + self->at, (gssize)(end - self->at));
}

static bool has_value(const struct parser *self, size_t at)
{
    return at < self->length && *(self->text + at) != ')' && !g_unichar_isspace(g_utf8_get_char(self->text + at));
}

static struct query_node *read_field(struct parser *self, const struct query_field_row *row, size_t start)
{
    const struct query_field_row *outer = self->row;
    if (!has_value(self, self->at)) {
        if (!self->is_typed || !at_end(self))
            fail(self, at_end(self) ? QUERY_LANGUAGE_UNFINISHED : QUERY_LANGUAGE_WRONG, start, self->at,
                 g_strdup_printf(_("Something has to follow %s: here."), row->name));
        return NULL;
    }
    self->row = row;
    struct query_node *node = self->text[self->at] == '(' ? read_group(self) : read_plain(self);
    self->row = outer;
    if (node != NULL)
        node->start = start;
    return node;
}

/* "~f": a letter that is known, and by itself. */
static const struct query_pattern *pattern_at(const struct parser *self, size_t at)
{
    bool is_one =
        at + 1 < self->length && self->text[at] == '~' &&
        (at + 2 == self->length || strchr("()<>\"", self->text[at + 2]) != NULL || g_unichar_isspace(g_utf8_get_char(self->text + at + 2)));
    return is_one ? query_pattern_find(self->text[at + 1]) : NULL;
}

static struct query_node *read_pattern(struct parser *self, const struct query_pattern *pattern)
{
    size_t start = self->at;
    self->at += 2;
    if (pattern->field == NULL)
        return NULL;
    const struct query_field_row *row = query_field_find(pattern->field);
    if (pattern->value != NULL)
        return placed(self, value_node(self, row, g_strdup(pattern->value), false, start), start);
    skip_space(self);
    bool is_below = !at_end(self) && self->text[self->at] == '<', is_above = !at_end(self) && self->text[self->at] == '>';
    if (pattern->below != NULL && (is_below || is_above)) {
        row = query_field_find(is_below ? pattern->below : pattern->above);
        self->at++;
    }
    return read_field(self, row, start);
}

static struct query_node *read_one(struct parser *self)
{
    size_t start = self->at;
    const struct query_pattern *pattern = pattern_at(self, start);
    if (self->text[start] == '(')
        return read_group(self);
    if (pattern != NULL)
        return read_pattern(self, pattern);
    g_autofree char *name = self->text[start] != '"' ? field_name(self) : NULL;
    if (name == NULL)
        return read_plain(self);
    size_t value = start + strlen(name) + 1;
    const struct query_field_row *row = query_field_find(name);
    if (row == NULL && !has_value(self, value))
        return read_plain(self); /* "Re:" */
    self->at = value;
    if (row != NULL)
        return read_field(self, row, start);
    self->at = word_end(self, value);
    fail(self, QUERY_LANGUAGE_WRONG, start, value,
         g_strdup_printf(_("\"%s:\" is not known here. Put the word in quotes to look for it as it is."), name));
    return NULL;
}

/* "!" before one of mutt's patterns or a group: else it is a word's. */
static bool is_mark_of_not(const struct parser *self)
{
    size_t at = self->at;
    if (at >= self->length || self->text[at] != '!')
        return false;
    for (at++; at < self->length && self->text[at] == ' ';)
        at++;
    return at < self->length && (self->text[at] == '(' || pattern_at(self, at) != NULL);
}

static struct query_node *read_not(struct parser *self)
{
    skip_space(self);
    size_t start = self->at;
    bool is_dash = (self->text[start] == '-' && has_value(self, start + 1)) || is_mark_of_not(self);
    bool is_not = is_dash || takes_word(self, "NOT");
    if (!is_not)
        return at_end(self) ? NULL : read_one(self);
    if (is_dash)
        self->at++;
    skip_space(self);
    if (at_end(self)) {
        fail_unfinished(self, start, _("Something has to follow NOT."));
        return NULL;
    }
    if (++self->depth > DEPTH_MAX) {
        fail(self, QUERY_LANGUAGE_WRONG, start, self->at, g_strdup(_("This is nested too deeply.")));
        return NULL;
    }
    struct query_node *child = read_not(self);
    self->depth--;
    return child != NULL ? placed(self, query_node_not(child), start) : NULL;
}

static bool at_end_of_all(struct parser *self)
{
    skip_space(self);
    size_t end = word_end(self, self->at);
    return self->error != NULL || at_end(self) || self->text[self->at] == ')' ||
           (end == self->at + 2 && strncmp(self->text + self->at, "OR", 2) == 0) || (end == self->at + 1 && self->text[self->at] == '|');
}

static struct query_node *read_all(struct parser *self)
{
    struct query_node *left = NULL;
    while (!at_end_of_all(self)) {
        size_t start = self->at;
        if (takes_word(self, "AND")) {
            if (at_end_of_all(self))
                fail_unfinished(self, start, _("Something has to follow AND."));
            continue;
        }
        left = join(QUERY_AND, left, read_not(self));
    }
    return left;
}

static struct query_node *read_any(struct parser *self)
{
    if (++self->depth > DEPTH_MAX) {
        fail(self, QUERY_LANGUAGE_WRONG, self->at, self->length, g_strdup(_("This is nested too deeply.")));
        return NULL;
    }
    struct query_node *left = read_all(self);
    size_t start = self->at;
    while (self->error == NULL && (takes_word(self, "OR") || takes_word(self, "|"))) {
        struct query_node *right = read_all(self);
        if (right == NULL && self->error == NULL && at_end(self))
            fail_unfinished(self, start, _("Something has to follow OR."));
        left = join(QUERY_OR, left, right);
        start = self->at;
    }
    self->depth--;
    return left;
}

static struct query_node *read_text(struct parser *self)
{
    const char *bad = NULL;
    if (self->length > TEXT_MAX) {
        fail(self, QUERY_LANGUAGE_WRONG, 0, 0, g_strdup(_("This is too long to be looked for.")));
        return NULL;
    }
    if (!g_utf8_validate(self->text, (gssize)self->length, &bad)) {
        size_t at = (size_t)(bad - self->text);
        fail(self, QUERY_LANGUAGE_WRONG, at, at, g_strdup(_("There is a character here that nobody can read.")));
        return NULL;
    }
    struct query_node *root = read_any(self);
    skip_space(self);
    if (self->error == NULL && !at_end(self))
        fail(self, QUERY_LANGUAGE_WRONG, self->at, self->at + 1, g_strdup(_("This parenthesis closes nothing.")));
    return root;
}

static struct query_node *parse(const char *text, int64_t now_utc, bool is_typed, struct query_spot *spot_out, GError **error)
{
    struct parser parser = { .text = text, .length = strlen(text), .now_utc = now_utc, .is_typed = is_typed };
    g_autoptr(query_node) root = read_text(&parser);
    if (parser.error != NULL) {
        if (spot_out != NULL)
            *spot_out = parser.spot;
        g_propagate_error(error, parser.error);
        return NULL;
    }
    return root != NULL ? g_steal_pointer(&root) : query_node_new(QUERY_ALL);
}

struct query_node *query_language_parse(const char *text, int64_t now_utc, struct query_spot *spot_out, GError **error)
{
    return parse(text, now_utc, false, spot_out, error);
}

struct query_node *query_language_parse_typed(const char *text, int64_t now_utc, struct query_spot *spot_out, GError **error)
{
    return parse(text, now_utc, true, spot_out, error);
}
