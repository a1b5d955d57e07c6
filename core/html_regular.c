/* SPDX-License-Identifier: MIT */
/* HTML in which every element is closed where HTML5 closes it without repairs: the tree is what the tags say, and is made here in one pass, several times as
 * fast as by gumbo. Anything else, down to one doubtful letter, is left to gumbo as a whole; tests compare the two. */
#include "core/html_private.h"
#include <string.h>

#define DEPTH_MAX      2000
#define SAME_MAX       2 /* of one formatting element in itself: HTML5 forgets the fourth */
#define CHUNK_BYTES    ((size_t)256 << 10)
#define TREE_BYTES_MAX ((size_t)96 << 20)
#define ATTRIBUTES_MAX 24

enum kind {
    KIND_OTHER, /* nothing to do with it here */
    KIND_PAGE,  /* html, head, body */
    KIND_RAW,   /* style, title */
    KIND_VOID,
    KIND_RULE, /* void, and ends a paragraph */
    KIND_BLOCK,
    KIND_PARAGRAPH,
    KIND_HEADING,
    KIND_ITEM,
    KIND_TERM,
    KIND_FORMAT,
    KIND_INLINE,
    KIND_TABLE,
    KIND_COLUMNS,
    KIND_COLUMN,
    KIND_SECTION,
    KIND_ROW,
    KIND_CELL,
};
#define OF(kind) (1u << (kind))
#define IN_TABLE (OF(KIND_TABLE) | OF(KIND_COLUMNS) | OF(KIND_SECTION) | OF(KIND_ROW)) /* no words may stand there */
#define IMPLIED  (OF(KIND_PARAGRAPH) | OF(KIND_ITEM) | OF(KIND_TERM))                  /* end where what is around them ends */

static const unsigned char kinds[GUMBO_TAG_LAST] = {
    [GUMBO_TAG_HTML] = KIND_PAGE,        [GUMBO_TAG_HEAD] = KIND_PAGE,        [GUMBO_TAG_BODY] = KIND_PAGE,
    [GUMBO_TAG_STYLE] = KIND_RAW,        [GUMBO_TAG_TITLE] = KIND_RAW,        [GUMBO_TAG_META] = KIND_VOID,
    [GUMBO_TAG_LINK] = KIND_VOID,        [GUMBO_TAG_BR] = KIND_VOID,          [GUMBO_TAG_IMG] = KIND_VOID,
    [GUMBO_TAG_WBR] = KIND_VOID,         [GUMBO_TAG_HR] = KIND_RULE,          [GUMBO_TAG_ADDRESS] = KIND_BLOCK,
    [GUMBO_TAG_ARTICLE] = KIND_BLOCK,    [GUMBO_TAG_ASIDE] = KIND_BLOCK,      [GUMBO_TAG_BLOCKQUOTE] = KIND_BLOCK,
    [GUMBO_TAG_CENTER] = KIND_BLOCK,     [GUMBO_TAG_DIV] = KIND_BLOCK,        [GUMBO_TAG_DL] = KIND_BLOCK,
    [GUMBO_TAG_FIGCAPTION] = KIND_BLOCK, [GUMBO_TAG_FIGURE] = KIND_BLOCK,     [GUMBO_TAG_FOOTER] = KIND_BLOCK,
    [GUMBO_TAG_HEADER] = KIND_BLOCK,     [GUMBO_TAG_NAV] = KIND_BLOCK,        [GUMBO_TAG_OL] = KIND_BLOCK,
    [GUMBO_TAG_SECTION] = KIND_BLOCK,    [GUMBO_TAG_UL] = KIND_BLOCK,         [GUMBO_TAG_P] = KIND_PARAGRAPH,
    [GUMBO_TAG_H1] = KIND_HEADING,       [GUMBO_TAG_H2] = KIND_HEADING,       [GUMBO_TAG_H3] = KIND_HEADING,
    [GUMBO_TAG_H4] = KIND_HEADING,       [GUMBO_TAG_H5] = KIND_HEADING,       [GUMBO_TAG_H6] = KIND_HEADING,
    [GUMBO_TAG_LI] = KIND_ITEM,          [GUMBO_TAG_DT] = KIND_TERM,          [GUMBO_TAG_DD] = KIND_TERM,
    [GUMBO_TAG_A] = KIND_FORMAT,         [GUMBO_TAG_B] = KIND_FORMAT,         [GUMBO_TAG_BIG] = KIND_FORMAT,
    [GUMBO_TAG_CODE] = KIND_FORMAT,      [GUMBO_TAG_EM] = KIND_FORMAT,        [GUMBO_TAG_FONT] = KIND_FORMAT,
    [GUMBO_TAG_I] = KIND_FORMAT,         [GUMBO_TAG_S] = KIND_FORMAT,         [GUMBO_TAG_SMALL] = KIND_FORMAT,
    [GUMBO_TAG_STRIKE] = KIND_FORMAT,    [GUMBO_TAG_STRONG] = KIND_FORMAT,    [GUMBO_TAG_TT] = KIND_FORMAT,
    [GUMBO_TAG_U] = KIND_FORMAT,         [GUMBO_TAG_SPAN] = KIND_INLINE,      [GUMBO_TAG_ABBR] = KIND_INLINE,
    [GUMBO_TAG_CITE] = KIND_INLINE,      [GUMBO_TAG_Q] = KIND_INLINE,         [GUMBO_TAG_SUB] = KIND_INLINE,
    [GUMBO_TAG_SUP] = KIND_INLINE,       [GUMBO_TAG_INS] = KIND_INLINE,       [GUMBO_TAG_DEL] = KIND_INLINE,
    [GUMBO_TAG_KBD] = KIND_INLINE,       [GUMBO_TAG_SAMP] = KIND_INLINE,      [GUMBO_TAG_VAR] = KIND_INLINE,
    [GUMBO_TAG_TABLE] = KIND_TABLE,      [GUMBO_TAG_COLGROUP] = KIND_COLUMNS, [GUMBO_TAG_COL] = KIND_COLUMN,
    [GUMBO_TAG_TBODY] = KIND_SECTION,    [GUMBO_TAG_THEAD] = KIND_SECTION,    [GUMBO_TAG_TFOOT] = KIND_SECTION,
    [GUMBO_TAG_TR] = KIND_ROW,           [GUMBO_TAG_TD] = KIND_CELL,          [GUMBO_TAG_TH] = KIND_CELL,
};

struct open {
    GumboNode *node;
    enum kind kind;
    guint from; /* its children among `children` */
};
enum phase { PHASE_HEAD, PHASE_BODY, PHASE_AFTER };
struct html_regular {
    char *words, *at, *end; /* a copy of the source; texts and values lie in it, their ends are written over */
    GPtrArray *chunks, *children;
    char *room;
    size_t left, used;
    struct open open[DEPTH_MAX];
    unsigned depth;
    GumboNode *page[3]; /* html, head, body */
    enum phase phase;
    unsigned pages;                /* html, head, body: which of their tags were there */
    unsigned paragraphs;           /* open: none or one */
    unsigned same[GUMBO_TAG_LAST]; /* how many of a formatting element are open */
    bool has_sheets, lacks_names;  /* a class or id was left out, for nothing spoke of them */
};

/* --- memory: all of it goes at once --- */

/* NULL: too much. */
static void *fresh(html_regular *self, size_t wanted)
{
    size_t size = (wanted + 15) / 16 * 16;
    if (size > self->left) {
        size_t chunk = MAX(CHUNK_BYTES, size);
        if (chunk > TREE_BYTES_MAX - self->used)
            return NULL;
        self->room = g_malloc(chunk);
        g_ptr_array_add(self->chunks, self->room);
        self->left = chunk;
        self->used += chunk;
    }
    void *found = self->room;
    self->room += size;
    self->left -= size;
    return memset(found, 0, size);
}

static bool vector_set(html_regular *self, GumboVector *vector, gpointer *items, guint count)
{
    if (count == 0)
        return true;
    vector->data = fresh(self, count * sizeof *items);
    if (vector->data == NULL)
        return false;
    vector->length = vector->capacity = count;
    memcpy(vector->data, items, count * sizeof *items);
    return true;
}

/* --- the tree --- */
static GumboNode *element_new(html_regular *self, GumboTag tag)
{
    GumboNode *node = fresh(self, offsetof(GumboNode, v) + sizeof(GumboElement));
    if (node == NULL)
        return NULL;
    node->type = GUMBO_NODE_ELEMENT;
    node->v.element.tag = tag;
    return node;
}

static bool push(html_regular *self, GumboNode *node, enum kind kind)
{
    if (node == NULL || self->depth == DEPTH_MAX)
        return false;
    if (self->depth > 0)
        g_ptr_array_add(self->children, node);
    self->open[self->depth++] = (struct open){ node, kind, self->children->len };
    self->paragraphs += kind == KIND_PARAGRAPH;
    self->same[node->v.element.tag] += (unsigned)(kind == KIND_FORMAT);
    return true;
}

static bool pop(html_regular *self)
{
    const struct open *last = &self->open[--self->depth];
    self->paragraphs -= last->kind == KIND_PARAGRAPH;
    self->same[last->node->v.element.tag] -= (unsigned)(last->kind == KIND_FORMAT);
    bool is_done = vector_set(self, &last->node->v.element.children, self->children->pdata + last->from, self->children->len - last->from);
    g_ptr_array_set_size(self->children, (int)last->from);
    return is_done;
}

static const struct open *current(const html_regular *self)
{
    return &self->open[self->depth - 1];
}

static bool is_in(const html_regular *self, unsigned of)
{
    return (OF(current(self)->kind) & of) != 0;
}

static bool pop_all(html_regular *self, unsigned of)
{
    bool is_done = true;
    while (is_done && is_in(self, of))
        is_done = pop(self);
    return is_done;
}

/* --- words --- */
static bool is_blank(char c)
{
    return c <= ' ' && (c == ' ' || c == '\t' || c == '\n' || c == '\f');
}

/* In place: what stands for characters is never shorter than they are. False: one of them is the parser's. */
static bool references_read(char *words, char *end, bool in_attribute)
{
    char *out = memchr(words, '&', (size_t)(end - words)), utf8[HTML_REFERENCE_BYTES];
    for (char *at = out; at != NULL && at < end;) {
        size_t size = 0, taken = 0;
        if (*at != '&') {
            *out++ = *at++;
            continue;
        }
        taken = html_reference_read(at, end, in_attribute, utf8, &size);
        if (taken == 0)
            return false;
        memcpy(out, utf8, size);
        out += size;
        at += taken;
    }
    *(out != NULL ? out : end) = '\0';
    return true;
}

static bool body_open(html_regular *self)
{
    if (self->phase == PHASE_HEAD) {
        self->phase = PHASE_BODY;
        return pop(self) && push(self, self->page[2] = element_new(self, GUMBO_TAG_BODY), KIND_BLOCK);
    }
    return self->phase == PHASE_BODY;
}

/* The words up to `stop`, which is the next tag or the end, and is written over. */
static bool words_take(html_regular *self, char *stop)
{
    char *begin = self->at, *first = begin;
    while (first < stop && is_blank(*first))
        first++;
    if (begin == stop || (first == stop && self->phase != PHASE_BODY))
        return true;
    if (first < stop && self->phase == PHASE_HEAD)
        begin = first;
    if (first < stop && (!body_open(self) || is_in(self, IN_TABLE)))
        return false;
    GumboNode *node = fresh(self, offsetof(GumboNode, v) + sizeof(GumboText));
    if (node == NULL || !references_read(begin, stop, false))
        return false;
    node->type = first < stop ? GUMBO_NODE_TEXT : GUMBO_NODE_WHITESPACE;
    node->v.text.text = begin;
    g_ptr_array_add(self->children, node);
    return true;
}

/* --- attributes --- */
static bool is_mark(const struct html_attribute *one)
{
    return (one->name_length == 5 && g_ascii_strncasecmp(one->name, "class", 5) == 0) ||
           (one->name_length == 2 && g_ascii_strncasecmp(one->name, "id", 2) == 0);
}

static char *copied(html_regular *self, const char *from, size_t length)
{
    char *copy = fresh(self, length + 1);
    return copy != NULL ? memcpy(copy, from, length) : NULL;
}

static GumboAttribute *attribute_new(html_regular *self, const struct html_attribute *one)
{
    GumboAttribute *made = fresh(self, sizeof *made);
    char *name = copied(self, one->name, one->name_length), *value = (char *)one->value, *stop = (char *)one->end;
    if (made == NULL || name == NULL)
        return NULL;
    for (size_t i = 0; i < one->name_length; i++)
        name[i] = g_ascii_tolower(name[i]);
    made->name = name;
    made->value = "";
    if (value == NULL)
        return made;
    bool is_quoted = *value == '"' || *value == '\'';
    char *own = is_quoted ? value + 1 : copied(self, value, (size_t)(stop - value));
    if (own == NULL || !references_read(own, is_quoted ? stop - 1 : own + (stop - value), true))
        return NULL;
    made->value = own;
    return made;
}

/* Behind the tag's end; NULL: it is odd. node NULL: an end tag. */
static char *attributes_read(html_regular *self, char *at, GumboNode *node)
{
    gpointer found[ATTRIBUTES_MAX];
    guint count = 0;
    struct html_attribute one;
    bool is_odd = false;
    if (*at == '>')
        return at + 1;
    for (; html_attribute_read(at, self->end, &one, &is_odd); at = (char *)one.end) {
        bool is_read = node != NULL && html_reads(one.name, one.name_length, self->has_sheets);
        self->lacks_names |= !is_read && node != NULL && is_mark(&one);
        if (!is_read)
            continue;
        if (count == ATTRIBUTES_MAX || (found[count] = attribute_new(self, &one)) == NULL)
            return NULL;
        count++;
    }
    if (is_odd || (node != NULL && !vector_set(self, &node->v.element.attributes, found, count)))
        return NULL;
    return (char *)one.end + 1;
}

/* --- start tags --- */

/* What must be closed before it, and where it may stand then. */
static bool make_way(html_regular *self, enum kind kind)
{
    static const struct {
        unsigned closes, needs; /* needs 0: anywhere but between the parts of a table */
    } ways[] = {
        [KIND_RULE] = { OF(KIND_PARAGRAPH), 0 },
        [KIND_BLOCK] = { OF(KIND_PARAGRAPH), 0 },
        [KIND_PARAGRAPH] = { OF(KIND_PARAGRAPH), 0 },
        [KIND_HEADING] = { OF(KIND_PARAGRAPH), 0 },
        [KIND_ITEM] = { OF(KIND_PARAGRAPH) | OF(KIND_ITEM), OF(KIND_BLOCK) },
        [KIND_TERM] = { OF(KIND_PARAGRAPH) | OF(KIND_TERM), OF(KIND_BLOCK) },
        [KIND_COLUMNS] = { 0, OF(KIND_TABLE) },
        [KIND_COLUMN] = { 0, OF(KIND_COLUMNS) },
        [KIND_SECTION] = { IMPLIED | OF(KIND_CELL) | OF(KIND_ROW) | OF(KIND_SECTION) | OF(KIND_COLUMNS), OF(KIND_TABLE) },
        [KIND_ROW] = { IMPLIED | OF(KIND_CELL) | OF(KIND_ROW) | OF(KIND_COLUMNS), OF(KIND_TABLE) | OF(KIND_SECTION) },
        [KIND_CELL] = { IMPLIED | OF(KIND_CELL), OF(KIND_ROW) },
    };
    unsigned closes = kind < G_N_ELEMENTS(ways) ? ways[kind].closes : 0, needs = kind < G_N_ELEMENTS(ways) ? ways[kind].needs : 0;
    if (!pop_all(self, closes))
        return false;
    return needs != 0 ? is_in(self, needs) : !is_in(self, IN_TABLE);
}

static bool is_list(GumboTag tag)
{
    return tag == GUMBO_TAG_UL || tag == GUMBO_TAG_OL;
}

/* What the words of the standard make of this one beside its place. */
static bool may_open(const html_regular *self, enum kind kind, GumboTag tag)
{
    GumboTag around = current(self)->node->v.element.tag;
    switch (kind) {
    case KIND_FORMAT:
        return self->same[tag] < (tag == GUMBO_TAG_A ? 1 : SAME_MAX);
    case KIND_ITEM:
        return self->paragraphs == 0 && is_list(around);
    case KIND_TERM:
        return self->paragraphs == 0 && around == GUMBO_TAG_DL;
    case KIND_HEADING:
        return self->paragraphs == 0 && !is_in(self, OF(KIND_HEADING));
    case KIND_RULE:
    case KIND_BLOCK:
    case KIND_PARAGRAPH:
    case KIND_TABLE:
        return self->paragraphs == 0;
    default:
        return true;
    }
}

/* Up to the end tag; what is in it is no markup. */
static bool raw_take(html_regular *self, const char *name, bool is_kept)
{
    size_t length = strlen(name);
    for (char *at = self->at; (at = memmem(at, (size_t)(self->end - at), "</", 2)) != NULL; at += 2) {
        char *behind = at + 2 + length;
        if (behind >= self->end || g_ascii_strncasecmp(at + 2, name, length) != 0 || *behind != '>')
            continue;
        GumboNode *node = is_kept && at > self->at ? fresh(self, offsetof(GumboNode, v) + sizeof(GumboText)) : NULL;
        if (node != NULL) {
            node->type = GUMBO_NODE_TEXT;
            node->v.text.text = self->at;
            g_ptr_array_add(self->children, node);
        }
        *at = '\0';
        self->at = behind + 1;
        return true;
    }
    return false;
}

static bool page_open(html_regular *self, GumboTag tag, char *behind)
{
    if (self->phase != PHASE_HEAD)
        return false;
    unsigned page = tag == GUMBO_TAG_HTML ? 0 : tag == GUMBO_TAG_HEAD ? 1 : 2;
    if ((self->pages & 1u << page) != 0 || (tag == GUMBO_TAG_BODY && !body_open(self)))
        return false;
    self->pages |= 1u << page;
    self->at = attributes_read(self, behind, self->page[page]);
    return self->at != NULL;
}

static bool raw_open(html_regular *self, GumboTag tag, char *behind)
{
    bool is_style = tag == GUMBO_TAG_STYLE;
    if (!is_style && self->phase != PHASE_HEAD)
        return false;
    if (is_in(self, IN_TABLE) || !push(self, element_new(self, tag), KIND_RAW))
        return false;
    self->at = attributes_read(self, behind, current(self)->node);
    self->has_sheets |= is_style;
    return self->at != NULL && raw_take(self, is_style ? "style" : "title", is_style) && pop(self);
}

static bool tag_open(html_regular *self, GumboTag tag, enum kind kind, char *behind)
{
    bool is_void = kind == KIND_VOID || kind == KIND_RULE || kind == KIND_COLUMN, is_head = tag == GUMBO_TAG_META || tag == GUMBO_TAG_LINK;
    if (kind == KIND_PAGE)
        return page_open(self, tag, behind);
    if (kind == KIND_RAW)
        return raw_open(self, tag, behind);
    if (!(is_head && self->phase == PHASE_HEAD) && !body_open(self))
        return false;
    if (!make_way(self, kind) || !may_open(self, kind, tag))
        return false;
    if (kind == KIND_ROW && is_in(self, OF(KIND_TABLE)) && !push(self, element_new(self, GUMBO_TAG_TBODY), KIND_SECTION))
        return false;
    GumboNode *node = element_new(self, tag);
    if (node == NULL || (self->at = attributes_read(self, behind, node)) == NULL)
        return false;
    if (!is_void)
        return push(self, node, kind);
    g_ptr_array_add(self->children, node);
    return true;
}

/* --- end tags --- */
static bool page_close(html_regular *self, GumboTag tag)
{
    if (tag == GUMBO_TAG_HEAD)
        return self->phase == PHASE_HEAD;
    if (self->phase == PHASE_HEAD || !pop_all(self, IMPLIED) || self->depth > 2)
        return false;
    self->phase = PHASE_AFTER;
    return true;
}

static bool tag_close(html_regular *self, GumboTag tag, enum kind kind, char *behind)
{
    unsigned closes = kind == KIND_BLOCK || kind == KIND_CELL  ? IMPLIED
                      : kind == KIND_ITEM || kind == KIND_TERM ? OF(KIND_PARAGRAPH)
                      : kind == KIND_ROW                       ? IMPLIED | OF(KIND_CELL)
                      : kind == KIND_SECTION                   ? IMPLIED | OF(KIND_CELL) | OF(KIND_ROW)
                      : kind == KIND_TABLE ? IMPLIED | OF(KIND_CELL) | OF(KIND_ROW) | OF(KIND_SECTION) | OF(KIND_COLUMNS)
                                           : 0;
    self->at = attributes_read(self, behind, NULL);
    if (self->at == NULL)
        return false;
    if (kind == KIND_PAGE)
        return page_close(self, tag);
    if (self->phase != PHASE_BODY || !pop_all(self, closes) || self->depth <= 2)
        return false;
    bool is_its_own = current(self)->node->v.element.tag == tag || (kind == KIND_HEADING && is_in(self, OF(KIND_HEADING)));
    return is_its_own && pop(self);
}

/* --- from tag to tag --- */

/* "<o:p>" and its kind are spelled with a colon; those of one name only are known to be a pair. */
static bool is_office(const char *name, size_t length)
{
    return length == 3 && g_ascii_strncasecmp(name, "o:p", 3) == 0;
}

static bool tag_take(html_regular *self)
{
    char *name = self->at + 1;
    bool is_closing = *name == '/';
    name += is_closing;
    size_t length = 0;
    while (!is_blank(name[length]) && strchr("/>", name[length]) == NULL)
        length++;
    GumboTag tag = gumbo_tagn_enum(name, (unsigned)length);
    enum kind kind = tag < GUMBO_TAG_LAST ? kinds[tag] : KIND_OTHER;
    if (tag == GUMBO_TAG_UNKNOWN && is_office(name, length))
        kind = KIND_INLINE;
    if (kind == KIND_OTHER || name[length] == '\0')
        return false;
    return is_closing ? tag_close(self, tag, kind, name + length) : tag_open(self, tag, kind, name + length);
}

/* Comments, "<!doctype html>", "<![endif]>", "<?xml …>"; what is at `at` itself may be written over already. */
static bool remark_take(html_regular *self)
{
    char *text = self->at + 4, *close = NULL;
    if (strncmp(self->at + 1, "!--", 3) != 0) {
        close = memchr(self->at, '>', (size_t)(self->end - self->at));
        self->at = close != NULL ? close + 1 : self->at;
        return close != NULL;
    }
    if (*text == '>' || *text == '-' || (close = strstr(text, "-->")) == NULL || memmem(text, (size_t)(close - text), "--!>", 4) != NULL)
        return false;
    self->at = close + 3;
    return true;
}

static bool markup_take(html_regular *self)
{
    char next = self->at[1];
    if (g_ascii_isalpha(next) || (next == '/' && g_ascii_isalpha(self->at[2])))
        return tag_take(self);
    return (next == '!' || next == '?') && remark_take(self);
}

static bool document_take(html_regular *self)
{
    self->page[0] = element_new(self, GUMBO_TAG_HTML);
    self->page[1] = element_new(self, GUMBO_TAG_HEAD);
    if (!push(self, self->page[0], KIND_PAGE) || !push(self, self->page[1], KIND_PAGE))
        return false;
    while (self->at < self->end) {
        char *open = memchr(self->at, '<', (size_t)(self->end - self->at)), *stop = open != NULL ? open : self->end;
        if (!words_take(self, stop))
            return false;
        self->at = stop;
        if (open != NULL && !markup_take(self))
            return false;
    }
    if (!body_open(self) && self->phase != PHASE_AFTER)
        return false;
    while (self->depth > 0)
        if (!pop(self))
            return false;
    return !(self->has_sheets && self->lacks_names);
}

/* Line feeds as HTML5 has them before all else. NULL: there are letters that only the parser knows what to do with. */
static char *source_copy(const char *html, size_t length, char **end_out)
{
    if (!g_utf8_validate_len(html, length, NULL) || memchr(html, '\0', length) != NULL || html_aside_has_odd(html, length) ||
        g_str_has_prefix(html, "\xef\xbb\xbf"))
        return NULL;
    char *copy = g_malloc(length + 1), *out = copy;
    for (const char *at = html, *end = html + length; at < end;) {
        const char *stop = memchr(at, '\r', (size_t)(end - at));
        size_t size = (size_t)((stop != NULL ? stop : end) - at);
        memcpy(out, at, size);
        out += size;
        at += size;
        if (stop == NULL)
            break;
        *out++ = '\n';
        at += at + 1 < end && at[1] == '\n' ? 2 : 1;
    }
    *out = '\0';
    *end_out = out;
    return copy;
}

html_regular *html_regular_parse(const char *utf8, size_t length)
{
    char *end = NULL, *words = source_copy(utf8, length, &end);
    if (words == NULL)
        return NULL;
    g_autoptr(html_regular) self = g_new0(html_regular, 1);
    self->words = self->at = words;
    self->end = end;
    self->chunks = g_ptr_array_new_with_free_func(g_free);
    self->children = g_ptr_array_new();
    return document_take(self) ? g_steal_pointer(&self) : NULL;
}

const GumboNode *html_regular_root(const html_regular *self)
{
    return self->page[0];
}

void html_regular_free(html_regular *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->chunks);
    g_ptr_array_unref(self->children);
    g_free(self->words);
    g_free(self);
}
