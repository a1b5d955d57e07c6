/* SPDX-License-Identifier: MIT */
/* HTML → lines with meaning: gumbo parses, a walk without recursion writes. Nothing is ever fetched. */
#include "core/message_private.h"
#include <glib/gi18n-lib.h>
#include <gumbo.h>
#include <setjmp.h>
#include <string.h>

#define HTML_MAX     (4u << 20)
#define NESTING_MAX  300 /* gumbo frees its tree by recursion: deeper input is shown without its marks */
#define LINES_MAX    60000u
#define NUMBERED_MAX 2000 /* items and blanks of one list that are counted */

/* What an element does to the text around and in it. */
enum tag_effect {
    TAG_BLOCK = 1 << 0,  /* on lines of its own */
    TAG_SPACED = 1 << 1, /* with a blank line around */
    TAG_SKIP = 1 << 2,   /* not shown */
    TAG_BOLD = 1 << 3,
    TAG_ITALIC = 1 << 4,
    TAG_CODE = 1 << 5,
    TAG_HEADING = 1 << 6,
    TAG_QUOTE = 1 << 7,
    TAG_PRE = 1 << 8,
    TAG_LIST = 1 << 9,
    TAG_ITEM = 1 << 10,
    TAG_CELL = 1 << 11,
    TAG_UNDERLINE = 1 << 12,
};
static const struct {
    GumboTag tag;
    unsigned effects;
} tag_effects[] = {
    { GUMBO_TAG_P, TAG_BLOCK | TAG_SPACED },
    { GUMBO_TAG_DIV, TAG_BLOCK },
    { GUMBO_TAG_SECTION, TAG_BLOCK },
    { GUMBO_TAG_ARTICLE, TAG_BLOCK },
    { GUMBO_TAG_HEADER, TAG_BLOCK },
    { GUMBO_TAG_FOOTER, TAG_BLOCK },
    { GUMBO_TAG_CENTER, TAG_BLOCK },
    { GUMBO_TAG_FORM, TAG_BLOCK },
    { GUMBO_TAG_TABLE, TAG_BLOCK },
    { GUMBO_TAG_TR, TAG_BLOCK },
    { GUMBO_TAG_TD, TAG_CELL },
    { GUMBO_TAG_TH, TAG_CELL | TAG_BOLD },
    { GUMBO_TAG_CAPTION, TAG_BLOCK },
    { GUMBO_TAG_ADDRESS, TAG_BLOCK },
    { GUMBO_TAG_DL, TAG_BLOCK | TAG_SPACED },
    { GUMBO_TAG_DT, TAG_BLOCK | TAG_BOLD },
    { GUMBO_TAG_DD, TAG_BLOCK | TAG_LIST },
    { GUMBO_TAG_UL, TAG_BLOCK | TAG_LIST },
    { GUMBO_TAG_OL, TAG_BLOCK | TAG_LIST },
    { GUMBO_TAG_LI, TAG_BLOCK | TAG_ITEM },
    { GUMBO_TAG_BLOCKQUOTE, TAG_BLOCK | TAG_SPACED | TAG_QUOTE },
    { GUMBO_TAG_PRE, TAG_BLOCK | TAG_SPACED | TAG_PRE },
    { GUMBO_TAG_H1, TAG_BLOCK | TAG_SPACED | TAG_HEADING },
    { GUMBO_TAG_H2, TAG_BLOCK | TAG_SPACED | TAG_HEADING },
    { GUMBO_TAG_H3, TAG_BLOCK | TAG_SPACED | TAG_HEADING },
    { GUMBO_TAG_H4, TAG_BLOCK | TAG_SPACED | TAG_HEADING },
    { GUMBO_TAG_H5, TAG_BLOCK | TAG_SPACED | TAG_HEADING },
    { GUMBO_TAG_H6, TAG_BLOCK | TAG_SPACED | TAG_HEADING },
    { GUMBO_TAG_B, TAG_BOLD },
    { GUMBO_TAG_STRONG, TAG_BOLD },
    { GUMBO_TAG_I, TAG_ITALIC },
    { GUMBO_TAG_EM, TAG_ITALIC },
    { GUMBO_TAG_U, TAG_UNDERLINE },
    { GUMBO_TAG_CODE, TAG_CODE },
    { GUMBO_TAG_TT, TAG_CODE },
    { GUMBO_TAG_KBD, TAG_CODE },
    { GUMBO_TAG_SCRIPT, TAG_SKIP },
    { GUMBO_TAG_STYLE, TAG_SKIP },
    { GUMBO_TAG_HEAD, TAG_SKIP },
    { GUMBO_TAG_TITLE, TAG_SKIP },
    { GUMBO_TAG_NOSCRIPT, 0 },
    { GUMBO_TAG_TEMPLATE, TAG_SKIP },
    { GUMBO_TAG_OBJECT, TAG_SKIP },
    { GUMBO_TAG_IFRAME, TAG_SKIP },
    { GUMBO_TAG_SVG, TAG_SKIP },
    { GUMBO_TAG_SELECT, TAG_SKIP },
};

static unsigned effects_of(GumboTag tag)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tag_effects); i++) {
        if (tag_effects[i].tag == tag)
            return tag_effects[i].effects;
    }
    return 0;
}

/* --- the line being written --- */
struct writer {
    struct text *text;
    GString *line;
    GArray *spans; /* of struct text_span of this line */
    bool needs_space, needs_blank, has_content;
    int quote, indent;
    char *bullet;                                         /* before the next word of a list item */
    unsigned bold, italic, underline, code, heading, pre; /* how many open elements say so */
    int link;                                             /* open; -1 */
    GString *label;                                       /* its text so far, over all its lines */
};

static enum span_style style_of(const struct writer *self)
{
    if (self->link >= 0)
        return SPAN_LINK;
    if (self->heading > 0)
        return SPAN_HEADING;
    if (self->code > 0 || self->pre > 0)
        return SPAN_CODE;
    if (self->bold > 0)
        return SPAN_BOLD;
    if (self->italic > 0)
        return SPAN_ITALIC;
    if (self->underline > 0)
        return SPAN_UNDERLINE;
    if (self->quote > 0)
        return self->quote % 3 == 1 ? SPAN_QUOTE1 : self->quote % 3 == 2 ? SPAN_QUOTE2 : SPAN_QUOTE3;
    return SPAN_NORMAL;
}

static void end_line(struct writer *self)
{
    if (self->line->len == 0 || self->text->lines->len >= LINES_MAX) {
        g_string_truncate(self->line, 0);
        return;
    }
    struct text_line *line = text_add_line(self->text, self->line->str, self->line->len);
    line->quote_level = self->quote;
    line->indent = self->indent;
    line->is_preformatted = self->pre > 0;
    g_array_append_vals(line->spans, self->spans->data, self->spans->len);
    g_array_set_size(self->spans, 0);
    g_string_truncate(self->line, 0);
    self->needs_space = false;
    self->has_content = true;
}

static void blank_line(struct writer *self)
{
    if (!self->needs_blank || !self->has_content || self->text->lines->len >= LINES_MAX)
        return;
    struct text_line *line = text_add_line(self->text, "", 0);
    line->quote_level = self->quote;
    self->needs_blank = false;
}

/* Appends with the style that is open now; joined to the span before where it is the same. */
static void put(struct writer *self, const char *bytes, size_t length)
{
    if (self->line->len == 0) {
        blank_line(self);
        self->needs_blank = false;
        if (self->bullet != NULL)
            g_string_append(self->line, self->bullet);
        g_clear_pointer(&self->bullet, g_free);
    }
    size_t start = self->line->len;
    enum span_style style = style_of(self);
    g_string_append_len(self->line, bytes, (gssize)length);
    if (self->link >= 0)
        g_string_append_len(self->label, bytes, (gssize)length);
    if (style == SPAN_NORMAL)
        return;
    struct text_span *last = self->spans->len > 0 ? &g_array_index(self->spans, struct text_span, self->spans->len - 1) : NULL;
    if (last != NULL && last->style == style && last->link == self->link && last->start + last->length == start) {
        last->length += length;
        return;
    }
    const struct text_span span = { start, length, style, self->link };
    g_array_append_val(self->spans, span);
}

/* Invisible characters newsletters pad their preview with. */
static bool is_invisible(gunichar c)
{
    return c == 0x200b || c == 0x200c || c == 0x200d || c == 0xfeff || c == 0x00ad || c == 0x034f || c == 0x2060;
}

/* A joiner inside an emoji or a script that needs it stays. */
static bool is_padding(gunichar c, gunichar before, gunichar after)
{
    return is_invisible(c) && !(c == 0x200d && before > 0x7f && after > 0x7f) &&
           !(c == 0x200c && g_unichar_isalpha(before) && g_unichar_isalpha(after));
}

static void put_text(struct writer *self, const char *utf8)
{
    gunichar before = 0;
    for (const char *p = utf8; *p != '\0';) {
        gunichar c = g_utf8_get_char(p);
        const char *next = g_utf8_next_char(p);
        if (self->pre > 0 && c == '\n') {
            if (self->line->len == 0)
                put(self, " ", 1);
            end_line(self);
        } else if (self->pre == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0xa0)) {
            self->needs_space = self->line->len > 0 || self->bullet == NULL;
        } else if (!is_padding(c, before, *next != '\0' ? g_utf8_get_char(next) : 0)) {
            if (self->needs_space && self->line->len > 0)
                put(self, " ", 1);
            self->needs_space = false;
            put(self, p, (size_t)(next - p));
        }
        before = c;
        p = next;
    }
}

/* --- attributes --- */
static const char *attribute(const GumboNode *node, const char *name)
{
    const GumboAttribute *found = gumbo_get_attribute(&node->v.element.attributes, name);
    return found != NULL ? found->value : NULL;
}

static bool has_declaration(const char *style, const char *wanted)
{
    g_autoptr(GString) compact = g_string_new(NULL);
    for (const char *p = style; *p != '\0'; p++) {
        if (!g_ascii_isspace(*p))
            g_string_append_c(compact, g_ascii_tolower(*p));
    }
    return strstr(compact->str, wanted) != NULL;
}

/* Preheaders and other tricks: what a browser would not show is not shown. */
static bool is_hidden(const GumboNode *node)
{
    static const char *const tricks[] = { "display:none",  "visibility:hidden", "font-size:0;", "font-size:0px",
                                          "font-size:0pt", "max-height:0",      "opacity:0;",   "mso-hide:all" };
    const char *style = attribute(node, "style");
    if (attribute(node, "hidden") != NULL)
        return true;
    for (size_t i = 0; style != NULL && i < G_N_ELEMENTS(tricks); i++) {
        if (has_declaration(style, tricks[i]))
            return true;
    }
    return false;
}

static bool is_pixel(const GumboNode *node)
{
    const char *width = attribute(node, "width"), *height = attribute(node, "height");
    return (width != NULL && (strcmp(width, "1") == 0 || strcmp(width, "0") == 0)) ||
           (height != NULL && (strcmp(height, "1") == 0 || strcmp(height, "0") == 0));
}

static void put_image(struct writer *self, const GumboNode *node)
{
    const char *alt = attribute(node, "alt");
    if (alt == NULL || *alt == '\0' || is_pixel(node) || is_hidden(node))
        return;
    g_autofree char *clean = g_strdelimit(g_strdup(alt), "\r\n\t", ' ');
    g_autofree char *words = g_strdup_printf("[%s]", g_strstrip(clean));
    put_text(self, words);
}

/* --- links --- */
static char *host_of(const char *url)
{
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_NON_DNS, NULL);
    const char *host = uri != NULL ? g_uri_get_host(uri) : NULL;
    return host != NULL ? g_ascii_strdown(host, -1) : NULL;
}

/* Text that looks like an address of another host than the one behind it. */
static bool is_suspicious(const char *label, const char *url)
{
    g_autofree char *text = g_strstrip(g_strdup(label));
    g_autofree char *with_scheme = strstr(text, "://") != NULL ? g_strdup(text) : g_strconcat("http://", text, NULL);
    if (strpbrk(text, " \t\n") != NULL || strchr(text, '.') == NULL || strchr(text, '@') != NULL)
        return false;
    g_autofree char *shown = host_of(with_scheme), *real = host_of(url);
    if (shown == NULL || real == NULL || strchr(shown, '.') == NULL)
        return false;
    const char *a = g_str_has_prefix(shown, "www.") ? shown + 4 : shown, *b = g_str_has_prefix(real, "www.") ? real + 4 : real;
    return strcmp(a, b) != 0;
}

static void open_link(struct writer *self, const GumboNode *node)
{
    const char *url = attribute(node, "href");
    if (url == NULL || *url == '\0' || *url == '#' || g_ascii_strncasecmp(url, "javascript:", 11) == 0 || self->link >= 0)
        return;
    if (self->needs_space && self->line->len > 0) {
        put(self, " ", 1);
        self->needs_space = false;
    }
    self->link = text_add_link(self->text, url, "", false);
    g_string_truncate(self->label, 0);
}

static void close_link(struct writer *self)
{
    if (self->link < 0)
        return;
    struct text_link *link = g_ptr_array_index(self->text->links, (guint)self->link);
    g_free(link->label);
    link->label = g_strdup(self->label->str);
    link->is_suspicious = is_suspicious(link->label, link->url);
    if (strcmp(link->label, link->url) != 0 && *link->label != '\0' && self->line->len > 0) {
        g_autofree char *number = g_strdup_printf(" [%d]", self->link + 1);
        put(self, number, strlen(number));
    }
    self->link = -1;
}

/* --- the walk --- */
static void list_bullet(struct writer *self, const GumboNode *node)
{
    g_clear_pointer(&self->bullet, g_free);
    if (node->parent == NULL || node->parent->type != GUMBO_NODE_ELEMENT || node->parent->v.element.tag != GUMBO_TAG_OL) {
        self->bullet = g_strdup("• ");
        return;
    }
    int number = 1;
    const GumboVector *siblings = &node->parent->v.element.children;
    for (unsigned i = 0; i < siblings->length && siblings->data[i] != node; i++) {
        const GumboNode *sibling = siblings->data[i];
        number += sibling->type == GUMBO_NODE_ELEMENT && sibling->v.element.tag == GUMBO_TAG_LI;
        if (i >= NUMBERED_MAX) { /* to count them all for each would be quadratic */
            self->bullet = g_strdup("• ");
            return;
        }
    }
    self->bullet = g_strdup_printf("%d. ", number);
}

static void count_styles(struct writer *self, unsigned effects, int sign)
{
    const struct {
        unsigned effect;
        unsigned *count;
    } styles[] = { { TAG_BOLD, &self->bold }, { TAG_ITALIC, &self->italic },   { TAG_UNDERLINE, &self->underline },
                   { TAG_CODE, &self->code }, { TAG_HEADING, &self->heading }, { TAG_PRE, &self->pre } };
    for (size_t i = 0; i < G_N_ELEMENTS(styles); i++) {
        if (effects & styles[i].effect)
            *styles[i].count += (unsigned)sign;
    }
    self->quote += effects & TAG_QUOTE ? sign : 0;
    self->indent = CLAMP(self->indent + (effects & TAG_LIST ? 2 * sign : 0), 0, 40);
}

/* False: its children are not shown. */
static bool open_element(struct writer *self, const GumboNode *node, unsigned effects)
{
    GumboTag tag = node->v.element.tag;
    if ((effects & TAG_SKIP) || is_hidden(node))
        return false;
    if (effects & TAG_BLOCK)
        end_line(self);
    if (effects & TAG_SPACED)
        self->needs_blank = true;
    if (effects & TAG_ITEM)
        list_bullet(self, node);
    if ((effects & TAG_CELL) && self->line->len > 0)
        put(self, "  ", 2);
    count_styles(self, effects, 1);
    if (tag == GUMBO_TAG_A)
        open_link(self, node);
    if (tag == GUMBO_TAG_IMG)
        put_image(self, node);
    if (tag == GUMBO_TAG_BR) {
        if (self->line->len == 0 && self->has_content)
            self->needs_blank = true;
        end_line(self);
    }
    if (tag == GUMBO_TAG_HR) {
        end_line(self);
        put(self, "———", strlen("———"));
        end_line(self);
    }
    return true;
}

static void close_element(struct writer *self, const GumboNode *node, unsigned effects)
{
    if (node->v.element.tag == GUMBO_TAG_A)
        close_link(self);
    if (effects & TAG_BLOCK)
        end_line(self);
    count_styles(self, effects, -1);
    if (effects & TAG_SPACED)
        self->needs_blank = true;
}

static void visit_leaf(struct writer *self, const GumboNode *node)
{
    if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_CDATA || node->type == GUMBO_NODE_WHITESPACE) {
        g_autofree char *valid = g_utf8_make_valid(node->v.text.text, -1);
        put_text(self, valid);
    }
}

struct step {
    const GumboNode *node;
    unsigned next; /* child */
};

static void walk(struct writer *self, const GumboNode *root)
{
    g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(struct step));
    const struct step first = { root, 0 };
    g_array_append_val(stack, first);
    while (stack->len > 0) {
        struct step *top = &g_array_index(stack, struct step, stack->len - 1);
        const GumboVector *children = &top->node->v.element.children;
        if (top->next >= children->length) {
            close_element(self, top->node, effects_of(top->node->v.element.tag));
            g_array_set_size(stack, stack->len - 1);
            continue;
        }
        const GumboNode *child = children->data[top->next++];
        if (child->type != GUMBO_NODE_ELEMENT && child->type != GUMBO_NODE_TEMPLATE) {
            visit_leaf(self, child);
        } else if (open_element(self, child, effects_of(child->v.element.tag))) {
            const struct step step = { child, 0 };
            g_array_append_val(stack, step);
        }
    }
}

/* --- what gumbo must not see --- */
static bool is_void_tag(const char *name, size_t length)
{
    static const char *const names[] = { "br", "img", "hr",     "meta",  "link",  "input", "p",    "li",  "td",  "tr",      "th",
                                         "dt", "dd",  "option", "tbody", "thead", "area",  "base", "col", "wbr", "!doctype" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strlen(names[i]) == length && g_ascii_strncasecmp(name, names[i], length) == 0)
            return true;
    }
    return false;
}

/* The deepest nesting that tags alone can make. */
static int nesting(const char *html, size_t length)
{
    int depth = 0, deepest = 0;
    const char *end = html + length;
    for (const char *p = html; p < end && (p = memchr(p, '<', (size_t)(end - p))) != NULL; p++) {
        const char *name = p + 1;
        bool is_closing = name < end && *name == '/';
        size_t name_length = 0;
        while (name + name_length < end && g_ascii_isalnum(name[name_length]))
            name_length++;
        if (is_closing)
            depth -= depth > 0;
        else if (name_length > 0 && !is_void_tag(name, name_length))
            depth++;
        deepest = MAX(deepest, depth);
    }
    return deepest;
}

/* All between < and > left out: for input nobody should parse. */
static struct text *strip_tags(const char *html, size_t length)
{
    g_autoptr(GString) plain = g_string_new(NULL);
    bool in_tag = false;
    for (size_t i = 0; i < length; i++) {
        if (html[i] == '<')
            in_tag = true;
        else if (html[i] == '>' && in_tag)
            in_tag = false;
        else if (!in_tag && html[i] != '\0')
            g_string_append_c(plain, html[i]);
    }
    g_autofree char *valid = g_utf8_make_valid(plain->str, (gssize)plain->len);
    return text_from_plain(valid, false, false);
}

/* gumbo's memory, with a ceiling: a few hundred open <font> tags are repeated in every paragraph, so a small file can make a huge tree. Past the
 * ceiling the parser is left by longjmp (it holds nothing but this memory), and all blocks go together. */
#define TREE_BYTES_MAX ((size_t)96 << 20)
struct tree_block {
    struct tree_block *next, *before;
    size_t size;
};
struct tree_memory {
    struct tree_block blocks; /* head of the ring */
    size_t used;
    jmp_buf full;
};

static void *tree_allocate(void *data, size_t size)
{
    struct tree_memory *memory = data;
    if (size > TREE_BYTES_MAX || memory->used + size > TREE_BYTES_MAX)
        longjmp(memory->full, 1);
    struct tree_block *block = g_malloc(sizeof *block + size);
    *block = (struct tree_block){ memory->blocks.next, &memory->blocks, size };
    block->next->before = block;
    memory->blocks.next = block;
    memory->used += size + sizeof *block;
    return block + 1;
}

static void tree_deallocate(void *data, void *bytes)
{
    struct tree_memory *memory = data;
    if (bytes == NULL)
        return;
    struct tree_block *block = (struct tree_block *)bytes - 1;
    block->before->next = block->next;
    block->next->before = block->before;
    memory->used -= block->size + sizeof *block;
    g_free(block);
}

static void tree_memory_clear(struct tree_memory *memory)
{
    while (memory->blocks.next != &memory->blocks)
        tree_deallocate(memory, memory->blocks.next + 1);
}

/* NULL: too big. In a function of its own, so that nothing lives across the jump. */
static GumboOutput *tree_parse(struct tree_memory *memory, const char *utf8, size_t length)
{
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = tree_allocate;
    options.deallocator = tree_deallocate;
    options.userdata = memory;
    if (setjmp(memory->full) != 0)
        return NULL;
    return gumbo_parse_with_options(&options, utf8, length);
}

static struct text *text_without_tags(const char *utf8, size_t length, bool is_cut)
{
    struct text *text = strip_tags(utf8, length);
    text->has_html = true;
    text->is_cut |= is_cut;
    return text;
}

struct text *text_from_html(const char *utf8, size_t length)
{
    bool is_cut = length > HTML_MAX;
    length = MIN(length, HTML_MAX);
    if (nesting(utf8, length) > NESTING_MAX)
        return text_without_tags(utf8, length, is_cut);
    struct tree_memory memory = { .used = 0 };
    memory.blocks.next = memory.blocks.before = &memory.blocks;
    const GumboOutput *output = tree_parse(&memory, utf8, length);
    if (output == NULL) {
        tree_memory_clear(&memory);
        return text_without_tags(utf8, length, is_cut);
    }
    struct writer writer = { .text = text_new(),
                             .line = g_string_new(NULL),
                             .spans = g_array_new(FALSE, FALSE, sizeof(struct text_span)),
                             .link = -1,
                             .label = g_string_new(NULL) };
    walk(&writer, output->root);
    end_line(&writer);
    tree_memory_clear(&memory); /* not gumbo's own way, which is recursive */
    g_string_free(writer.line, TRUE);
    g_string_free(writer.label, TRUE);
    g_array_unref(writer.spans);
    g_free(writer.bullet);
    writer.text->has_html = true;
    writer.text->has_plain = false;
    writer.text->is_cut = is_cut || writer.text->lines->len >= LINES_MAX;
    return writer.text;
}
