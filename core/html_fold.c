/* SPDX-License-Identifier: MIT */
/* Markup that the parser need not see: text with elements in it that are closed where they were opened, and stand wherever a letter may stand. The
 * parser gets one mark for all of it (html_aside.c), and the nodes are made here, as it would have made them. */
#include "core/html_private.h"
#include <string.h>

#define INLINE_NAME_MAX 6

/* --- which --- */
struct inline_tag {
    const char *name;
    size_t length;
    GumboTag tag;
    bool is_void;
};

static const struct inline_tag *inline_find(const char *name, size_t length)
{
#define INLINE(name, tag, is_void)                                                                                                         \
    {                                                                                                                                      \
        name, sizeof name - 1, GUMBO_TAG_##tag, is_void                                                                                    \
    }
    static const struct inline_tag tags[] = {
        INLINE("a", A, false),       INLINE("b", B, false),         INLINE("i", I, false),           INLINE("u", U, false),
        INLINE("s", S, false),       INLINE("br", BR, true),        INLINE("em", EM, false),         INLINE("tt", TT, false),
        INLINE("img", IMG, true),    INLINE("big", BIG, false),     INLINE("span", SPAN, false),     INLINE("font", FONT, false),
        INLINE("code", CODE, false), INLINE("small", SMALL, false), INLINE("strong", STRONG, false), INLINE("strike", STRIKE, false)
    };
#undef INLINE
    for (size_t i = 0; length <= INLINE_NAME_MAX && i < G_N_ELEMENTS(tags); i++)
        if (tags[i].length == length && (*name | 0x20) == *tags[i].name && g_ascii_strncasecmp(name, tags[i].name, length) == 0)
            return &tags[i];
    return NULL;
}

GumboTag html_fold_tag(const char *name, size_t length, bool *is_void_out)
{
    const struct inline_tag *found = inline_find(name, length);
    *is_void_out = found != NULL && found->is_void;
    return found != NULL ? found->tag : GUMBO_TAG_UNKNOWN;
}

/* Every reference in the attributes is understood. */
bool html_fold_can(const char *tag, size_t length)
{
    const char *end = tag + length;
    char utf8[HTML_REFERENCE_BYTES];
    size_t size = 0;
    for (const char *at = tag; (at = memchr(at, '&', (size_t)(end - at))) != NULL;) {
        size_t taken = html_reference_read(at, end, true, utf8, &size);
        if (taken == 0)
            return false;
        at += taken;
    }
    return true;
}

/* --- the nodes --- */
struct html_fold {
    void *(*allocate)(void *data, size_t size);
    void *data;
    GStringChunk *joined; /* texts of which the parser saw a piece */
    GPtrArray *children;  /* GumboNode* of all elements that are open, the innermost last */
};

html_fold *html_fold_new(void *(*allocate)(void *, size_t), void *data)
{
    html_fold *self = g_new0(html_fold, 1);
    *self = (struct html_fold){ allocate, data, g_string_chunk_new(4096), g_ptr_array_new() };
    return self;
}

void html_fold_free(html_fold *self)
{
    if (self == NULL)
        return;
    g_string_chunk_free(self->joined);
    g_ptr_array_unref(self->children);
    g_free(self);
}

static void *fresh(html_fold *self, size_t size)
{
    return memset(self->allocate(self->data, size), 0, size);
}

/* First the text before it, if the last of `from` on is one: the parser makes one node of what stands together. */
static void text_add(html_fold *self, guint from, const char *words)
{
    GumboNode *last = self->children->len > from ? g_ptr_array_index(self->children, self->children->len - 1) : NULL;
    if (*words == '\0')
        return;
    if (last != NULL && last->type == GUMBO_NODE_TEXT) {
        g_autofree char *both = g_strconcat(last->v.text.text, words, NULL);
        last->v.text.text = g_string_chunk_insert(self->joined, both);
        return;
    }
    GumboNode *node = fresh(self, offsetof(GumboNode, v) + sizeof(GumboText));
    node->type = GUMBO_NODE_TEXT;
    node->v.text.text = words;
    g_ptr_array_add(self->children, node);
}

/* In place: what stands for characters is never shorter than they are. */
static void references_read(char *words, char *end, bool in_attribute)
{
    char *out = memchr(words, '&', (size_t)(end - words)), utf8[HTML_REFERENCE_BYTES];
    for (char *at = out; at != NULL && at < end;) {
        size_t size = 0, taken = *at == '&' ? html_reference_read(at, end, in_attribute, utf8, &size) : 0;
        if (taken == 0) {
            *out++ = *at++;
            continue;
        }
        memcpy(out, utf8, size);
        out += size;
        at += taken;
    }
    *(out != NULL ? out : end) = '\0';
}

static void vector_set(html_fold *self, GumboVector *vector, gpointer *items, guint count)
{
    vector->length = vector->capacity = count;
    vector->data = count > 0 ? self->allocate(self->data, count * sizeof *items) : NULL;
    if (count > 0)
        memcpy(vector->data, items, count * sizeof *items);
}

/* Behind the tag's end; its bytes are written over, for the attributes lie in them. */
static char *tag_read(html_fold *self, char *at, char *end, GumboNode *node)
{
    GumboAttribute *found[HTML_FOLD_ATTRIBUTES_MAX];
    guint count = 0;
    struct html_attribute one;
    bool is_odd = false;
    for (; html_attribute_read(at, end, &one, &is_odd); at = (char *)one.end) {
        char *name = (char *)one.name, *value = (char *)one.value, *stop = (char *)one.end;
        if (count == G_N_ELEMENTS(found))
            continue;
        GumboAttribute *attribute = found[count++] = fresh(self, sizeof *attribute);
        char *lower = self->allocate(self->data, one.name_length + 1);
        for (size_t i = 0; i < one.name_length; i++)
            lower[i] = g_ascii_tolower(name[i]);
        lower[one.name_length] = '\0';
        attribute->name = lower;
        attribute->value = "";
        if (value == NULL)
            continue;
        bool is_quoted = *value == '"' || *value == '\'';
        size_t length = (size_t)(stop - value) - (is_quoted ? 2 : 0);
        char *copy = self->allocate(self->data, length + 1);
        memcpy(copy, value + is_quoted, length);
        references_read(copy, copy + length, true);
        attribute->value = copy;
    }
    vector_set(self, &node->v.element.attributes, (gpointer *)found, count);
    return (char *)one.end + 1;
}

/* Text, elements and text again, to the end of the markup. It is well-formed: html_slim.c put it together. */
static void markup_add(html_fold *self, char *markup, guint base)
{
    struct {
        GumboNode *node;
        guint from;
    } open[HTML_FOLD_DEPTH_MAX + 1] = { { NULL, base } };
    guint depth = 0, from = base;
    char *end = markup + strlen(markup);
    for (char *at = markup; at < end;) {
        char *tag = memchr(at, '<', (size_t)(end - at)), *stop = tag != NULL ? tag : end;
        bool is_closing = tag != NULL && tag[1] == '/', is_void = false;
        char *name = stop + 1 + is_closing;
        if (stop > at) {
            references_read(at, stop, false);
            text_add(self, from, at);
        }
        if (tag == NULL)
            return;
        if (is_closing && depth > 0) {
            GumboNode *node = open[depth].node;
            vector_set(self, &node->v.element.children, self->children->pdata + from, self->children->len - from);
            g_ptr_array_set_size(self->children, (int)from);
            g_ptr_array_add(self->children, node);
            from = open[--depth].from;
            at = strchr(name, '>') + 1;
            continue;
        }
        size_t length = strcspn(name, "> /\t\r\n\f");
        GumboNode *node = fresh(self, offsetof(GumboNode, v) + sizeof(GumboElement));
        node->type = GUMBO_NODE_ELEMENT;
        node->v.element.tag = html_fold_tag(name, length, &is_void);
        at = tag_read(self, name + length, end, node);
        if (is_void) {
            g_ptr_array_add(self->children, node);
        } else {
            depth++;
            from = self->children->len;
            open[depth].node = node;
            open[depth].from = from;
        }
    }
}

/* A text that the parser saw, with marks in it: the nodes that it would have made. */
static void text_open(html_fold *self, html_aside *aside, const char *text, guint from)
{
    for (const char *at = text; *at != '\0';) {
        size_t length = 0;
        while (at[length] != '\0' && html_aside_words(aside, at + length, NULL) == NULL)
            length++;
        if (length > 0)
            text_add(self, from, at[length] == '\0' ? at : g_string_chunk_insert_len(self->joined, at, (gssize)length));
        at += length;
        bool is_markup = false;
        char *words = *at != '\0' ? html_aside_words(aside, at, &is_markup) : NULL;
        if (words != NULL && is_markup)
            markup_add(self, words, from);
        else if (words != NULL)
            text_add(self, from, words);
        at += words != NULL ? 4 : 0;
    }
}

void html_fold_open(html_fold *self, html_aside *aside, GumboNode *parent)
{
    GumboVector *children = &parent->v.element.children;
    bool has_markup = false;
    for (unsigned i = 0; i < children->length && !has_markup; i++) {
        const GumboNode *child = children->data[i];
        has_markup = child->type == GUMBO_NODE_TEXT && html_aside_has_markup(aside, child->v.text.text);
    }
    if (!has_markup)
        return;
    g_ptr_array_set_size(self->children, 0);
    for (unsigned i = 0; i < children->length; i++) {
        GumboNode *child = children->data[i];
        if (child->type == GUMBO_NODE_TEXT)
            text_open(self, aside, child->v.text.text, 0);
        else
            g_ptr_array_add(self->children, child);
    }
    vector_set(self, children, self->children->pdata, self->children->len);
}
