/* SPDX-License-Identifier: MIT */
/* HTML → lines with meaning: a walk without recursion over the tree has them written (html_writer.c). Nothing is ever fetched. */
#include "core/html_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define SOURCE_BYTES_MAX 2000 /* of the address of a picture */
#define HTML_MAX         (4u << 20)
#define INDENT_MAX       40
#define QUOTE_MAX        50

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
    TAG_KEEP = 1 << 13,  /* blanks and line ends count */
    TAG_CITED = 1 << 14, /* in quotation marks */
};
static const unsigned tag_effects[GUMBO_TAG_LAST] = {
    [GUMBO_TAG_P] = TAG_BLOCK | TAG_SPACED,
    [GUMBO_TAG_DIV] = TAG_BLOCK,
    [GUMBO_TAG_BODY] = TAG_BLOCK,
    [GUMBO_TAG_SECTION] = TAG_BLOCK,
    [GUMBO_TAG_ARTICLE] = TAG_BLOCK,
    [GUMBO_TAG_ASIDE] = TAG_BLOCK,
    [GUMBO_TAG_NAV] = TAG_BLOCK,
    [GUMBO_TAG_MAIN] = TAG_BLOCK,
    [GUMBO_TAG_HEADER] = TAG_BLOCK,
    [GUMBO_TAG_FOOTER] = TAG_BLOCK,
    [GUMBO_TAG_CENTER] = TAG_BLOCK,
    [GUMBO_TAG_FORM] = TAG_BLOCK,
    [GUMBO_TAG_FIELDSET] = TAG_BLOCK,
    [GUMBO_TAG_FIGURE] = TAG_BLOCK,
    [GUMBO_TAG_FIGCAPTION] = TAG_BLOCK,
    [GUMBO_TAG_DETAILS] = TAG_BLOCK,
    [GUMBO_TAG_SUMMARY] = TAG_BLOCK | TAG_BOLD,
    [GUMBO_TAG_TABLE] = TAG_BLOCK,
    [GUMBO_TAG_TR] = TAG_BLOCK,
    [GUMBO_TAG_TD] = TAG_CELL,
    [GUMBO_TAG_TH] = TAG_CELL | TAG_BOLD,
    [GUMBO_TAG_CAPTION] = TAG_BLOCK,
    [GUMBO_TAG_ADDRESS] = TAG_BLOCK,
    [GUMBO_TAG_DL] = TAG_BLOCK | TAG_SPACED,
    [GUMBO_TAG_DT] = TAG_BLOCK | TAG_BOLD,
    [GUMBO_TAG_DD] = TAG_BLOCK | TAG_LIST,
    [GUMBO_TAG_UL] = TAG_BLOCK | TAG_LIST,
    [GUMBO_TAG_OL] = TAG_BLOCK | TAG_LIST,
    [GUMBO_TAG_MENU] = TAG_BLOCK | TAG_LIST,
    [GUMBO_TAG_LI] = TAG_BLOCK | TAG_ITEM,
    [GUMBO_TAG_BLOCKQUOTE] = TAG_BLOCK | TAG_SPACED | TAG_QUOTE,
    [GUMBO_TAG_PRE] = TAG_BLOCK | TAG_SPACED | TAG_PRE | TAG_KEEP,
    [GUMBO_TAG_LISTING] = TAG_BLOCK | TAG_SPACED | TAG_PRE | TAG_KEEP,
    [GUMBO_TAG_PLAINTEXT] = TAG_BLOCK | TAG_SPACED | TAG_PRE | TAG_KEEP,
    [GUMBO_TAG_TEXTAREA] = TAG_BLOCK | TAG_KEEP,
    [GUMBO_TAG_H1] = TAG_BLOCK | TAG_SPACED | TAG_HEADING,
    [GUMBO_TAG_H2] = TAG_BLOCK | TAG_SPACED | TAG_HEADING,
    [GUMBO_TAG_H3] = TAG_BLOCK | TAG_SPACED | TAG_HEADING,
    [GUMBO_TAG_H4] = TAG_BLOCK | TAG_SPACED | TAG_HEADING,
    [GUMBO_TAG_H5] = TAG_BLOCK | TAG_SPACED | TAG_HEADING,
    [GUMBO_TAG_H6] = TAG_BLOCK | TAG_SPACED | TAG_HEADING,
    [GUMBO_TAG_B] = TAG_BOLD,
    [GUMBO_TAG_STRONG] = TAG_BOLD,
    [GUMBO_TAG_I] = TAG_ITALIC,
    [GUMBO_TAG_EM] = TAG_ITALIC,
    [GUMBO_TAG_CITE] = TAG_ITALIC,
    [GUMBO_TAG_VAR] = TAG_ITALIC,
    [GUMBO_TAG_U] = TAG_UNDERLINE,
    [GUMBO_TAG_INS] = TAG_UNDERLINE,
    [GUMBO_TAG_CODE] = TAG_CODE,
    [GUMBO_TAG_TT] = TAG_CODE,
    [GUMBO_TAG_KBD] = TAG_CODE,
    [GUMBO_TAG_SAMP] = TAG_CODE,
    [GUMBO_TAG_Q] = TAG_CITED,
    [GUMBO_TAG_SCRIPT] = TAG_SKIP,
    [GUMBO_TAG_STYLE] = TAG_SKIP,
    [GUMBO_TAG_HEAD] = TAG_SKIP,
    [GUMBO_TAG_TITLE] = TAG_SKIP,
    [GUMBO_TAG_TEMPLATE] = TAG_SKIP,
    [GUMBO_TAG_OBJECT] = TAG_SKIP,
    [GUMBO_TAG_IFRAME] = TAG_SKIP,
    [GUMBO_TAG_SVG] = TAG_SKIP,
    [GUMBO_TAG_SELECT] = TAG_SKIP,
    [GUMBO_TAG_DATALIST] = TAG_SKIP,
};

/* --- pictures --- */
static bool is_pixel(const GumboNode *node, struct html_looks looks)
{
    static const char *const sides[] = { "width", "height" };
    for (size_t i = 0; i < G_N_ELEMENTS(sides); i++) {
        const char *side = html_attribute(node, sides[i]);
        if (side != NULL && *side != '\0' && g_ascii_strtod(side, NULL) <= 1 && strchr("01", *side) != NULL)
            return true;
    }
    return (looks.set & (LOOK_NO_WIDTH | LOOK_NO_HEIGHT)) != 0;
}

/* Where it would be drawn; nothing is fetched for that. */
static void note_image(struct html_writer *self, const char *source)
{
    static const char *const schemes[] = { "cid:", "https://", "http://" };
    for (size_t i = 0; source != NULL && i < G_N_ELEMENTS(schemes) && strlen(source) < SOURCE_BYTES_MAX; i++)
        if (g_ascii_strncasecmp(source, schemes[i], strlen(schemes[i])) == 0 && g_utf8_validate(source, -1, NULL))
            text_add_image(self->text, source);
}

static void put_image(struct html_writer *self, const GumboNode *node, struct html_looks looks)
{
    const char *alt = html_attribute(node, "alt");
    if (is_pixel(node, looks))
        return;
    self->has_picture = true;
    note_image(self, html_attribute(node, "src"));
    if (alt == NULL || *alt == '\0')
        return;
    g_autofree char *valid = g_utf8_make_valid(alt, -1);
    g_strstrip(g_strdelimit(valid, "\r\n\t", ' '));
    g_autofree char *words = g_strdup_printf("[%s]", valid);
    if (*valid != '\0')
        html_writer_put_text(self, words);
}

/* --- links --- */
static void open_link(struct html_writer *self, const GumboNode *node)
{
    const char *url = html_attribute(node, "href");
    if (url == NULL || self->link >= 0)
        return;
    g_autofree char *clean = g_utf8_make_valid(url, -1);
    g_strstrip(clean);
    if (*clean == '\0' || *clean == '#' || g_ascii_strncasecmp(clean, "javascript:", 11) == 0)
        return;
    self->link = text_add_link(self->text, clean, "", false);
    self->has_picture = false;
    g_string_truncate(self->label, 0);
}

/* The number that follows the link's text; its last words may be in the line before. */
static void put_number(struct html_writer *self)
{
    char number[24];
    g_snprintf(number, sizeof number, " [%d]", self->link + 1);
    GPtrArray *lines = self->text->lines;
    struct text_line *before = lines->len > 0 ? g_ptr_array_index(lines, lines->len - 1) : NULL;
    struct text_span span = {
        .start = self->line->len, .length = strlen(number), .style = SPAN_DIM, .link = self->link, .is_number = true
    };
    if (self->line->len > 0) {
        g_string_append(self->line, number);
        g_array_append_val(self->spans, span);
    } else if (before != NULL && before->spans->len > 0 &&
               g_array_index(before->spans, struct text_span, before->spans->len - 1).link == self->link) {
        g_autofree char *words = before->text;
        span.start = strlen(words);
        before->text = g_strconcat(words, number, NULL);
        g_array_append_val(before->spans, span);
    }
}

/* "Ada <ada@x.test> wrote:", where a program made a link of the address: it says all by itself, and a number would be in the way. */
static bool forget_mailbox(struct html_writer *self, const struct text_link *link)
{
    const struct text_span *last = self->spans->len > 0 ? &g_array_index(self->spans, struct text_span, self->spans->len - 1) : NULL;
    bool is_plain = !link->is_suspicious && g_ascii_strncasecmp(link->url, "mailto:", 7) == 0 && !text_link_is_footnote(link);
    if (!is_plain || (guint)self->link + 1 != self->text->links->len || last == NULL || last->link != self->link ||
        last->length < self->label->len)
        return false;
    g_array_index(self->spans, struct text_span, self->spans->len - 1).link = -1;
    g_ptr_array_remove_index(self->text->links, (guint)self->link);
    self->link = -1;
    return true;
}

static void close_link(struct html_writer *self)
{
    if (self->link < 0)
        return;
    struct text_link *link = g_ptr_array_index(self->text->links, (guint)self->link);
    if (self->label->len == 0 && self->has_picture)
        html_writer_put_text(self, _("[picture]"));
    g_free(link->label);
    link->label = g_strstrip(g_strdup(self->label->str));
    link->is_suspicious = html_link_is_suspicious(link->label, link->url);
    if (forget_mailbox(self, link))
        return;
    if (self->label->len > 0) /* be it blanks: their spans know the link */
        put_number(self);
    else if ((guint)self->link + 1 == self->text->links->len) /* nothing to be seen, nothing to be opened */
        g_ptr_array_remove_index(self->text->links, (guint)self->link);
    self->link = -1;
}

/* --- the walk --- */
/* An element that is open. */
struct step {
    const GumboNode *node;
    unsigned next; /* child */
    unsigned effects;
    int items; /* of a list, counted so far */
    bool was_tiny, opens_link;
    int color, background; /* of what is around it */
    bool is_gap;           /* of a table: a size of zero closes gaps there, and is not for the elements inside, whatever browsers think */
};

static void list_bullet(struct html_writer *self, struct step *list)
{
    g_clear_pointer(&self->bullet, g_free);
    if (list->node->v.element.tag != GUMBO_TAG_OL) {
        self->bullet = g_strdup("• ");
        return;
    }
    const char *start = list->items == 0 ? html_attribute(list->node, "start") : NULL;
    list->items = start != NULL ? (int)CLAMP(g_ascii_strtoll(start, NULL, 10), 0, 1000000) : list->items + 1;
    self->bullet = g_strdup_printf("%d. ", list->items);
}

static void count_styles(struct html_writer *self, unsigned effects, int sign)
{
    const struct {
        unsigned effect;
        unsigned *count;
    } styles[] = { { TAG_BOLD, &self->bold }, { TAG_ITALIC, &self->italic },   { TAG_UNDERLINE, &self->underline },
                   { TAG_CODE, &self->code }, { TAG_HEADING, &self->heading }, { TAG_PRE, &self->pre },
                   { TAG_KEEP, &self->keep } };
    for (size_t i = 0; i < G_N_ELEMENTS(styles); i++) {
        if (effects & styles[i].effect)
            *styles[i].count += (unsigned)sign;
    }
    self->quote += effects & TAG_QUOTE ? sign : 0;
    self->indent += effects & TAG_LIST ? 2 * sign : 0;
}

/* Limits of depth and the word of CSS change what the tag alone would do. */
static unsigned effects_of(const struct html_writer *self, const GumboNode *node, struct html_looks looks)
{
    GumboTag tag = node->v.element.tag;
    unsigned effects = tag < GUMBO_TAG_LAST ? tag_effects[tag] : 0;
    if (looks.set & LOOK_KEEPS_BLANKS)
        effects |= TAG_KEEP;
    if (tag == GUMBO_TAG_P && (looks.set & LOOK_TIGHT_ABOVE) && (looks.set & LOOK_TIGHT_BELOW))
        effects &= ~(unsigned)TAG_SPACED;
    if (self->indent >= INDENT_MAX)
        effects &= ~(unsigned)TAG_LIST;
    if (self->quote >= QUOTE_MAX)
        effects &= ~(unsigned)TAG_QUOTE;
    return effects;
}

static void put_break(struct html_writer *self)
{
    if (self->line->len == 0 && self->has_content)
        self->needs_blank = true;
    html_end_line(self);
}

static void put_rule(struct html_writer *self)
{
    static const char rule[] = "————————————————————";
    html_end_line(self);
    if (!self->is_cell)
        html_writer_put(self, rule, strlen(rule));
    html_end_line(self);
}

/* What stands for itself or needs its attributes. True: all of the element is done. */
static bool open_special(struct html_writer *self, const GumboNode *node, struct html_looks looks)
{
    switch (node->v.element.tag) {
    case GUMBO_TAG_A:
        open_link(self, node);
        return false;
    case GUMBO_TAG_IMG:
        put_image(self, node, looks);
        return true;
    case GUMBO_TAG_BR:
        put_break(self);
        return true;
    case GUMBO_TAG_HR:
        put_rule(self);
        return true;
    case GUMBO_TAG_TABLE:
        return !self->is_cell && html_table_show(self, node);
    default:
        return false;
    }
}

static GumboTag tag_of(const GumboNode *node)
{
    return node->v.element.tag;
}

/* Beside the cell before, if that is short; below it, if it has lines of its own. */
static void begin_cell(struct html_writer *self)
{
    if (self->is_cell || self->line->len == 0)
        return;
    if (self->text->lines->len == self->row_began)
        g_string_append(self->line, "  ");
    else
        html_end_line(self);
}

/* False: its children are not shown. */
static bool open_element(struct html_writer *self, const GumboNode *node, struct step *parent, struct step *step_out)
{
    struct html_looks looks = html_looks_of(self->rules, node);
    unsigned effects = effects_of(self, node, looks);
    if ((effects & TAG_SKIP) || html_is_hidden(looks))
        return false;
    *step_out =
        (struct step){ .node = node, .effects = effects, .was_tiny = self->is_tiny, .color = self->color, .background = self->background };
    if (effects & TAG_BLOCK)
        html_end_line(self);
    if ((effects & TAG_SPACED) || ((effects & TAG_BLOCK) && (looks.set & LOOK_RULED)))
        self->needs_blank = true;
    if (effects & TAG_ITEM)
        list_bullet(self, parent);
    if (effects & TAG_CELL)
        begin_cell(self);
    if (tag_of(node) == GUMBO_TAG_TR)
        self->row_began = self->text->lines->len;
    if (effects & TAG_CITED)
        html_writer_put(self, "“", strlen("“"));
    int link_before = self->link;
    self->color = looks.color != 0 ? looks.color : self->color;
    self->background = looks.background != 0 ? looks.background : self->background;
    if (open_special(self, node, looks)) {
        self->color = step_out->color;
        self->background = step_out->background;
        return false;
    }
    step_out->opens_link = link_before < 0 && self->link >= 0;
    count_styles(self, effects, 1);
    step_out->is_gap = (effects & TAG_CELL) || tag_of(node) == GUMBO_TAG_TABLE || tag_of(node) == GUMBO_TAG_TR;
    self->is_tiny = looks.set & LOOK_TINY ? true : (looks.clear & LOOK_TINY) || parent->is_gap ? false : self->is_tiny;
    return true;
}

static void close_element(struct html_writer *self, const struct step *step)
{
    if (step->opens_link)
        close_link(self);
    if (step->effects & TAG_CITED)
        html_writer_put(self, "”", strlen("”"));
    if (step->effects & TAG_BLOCK)
        html_end_line(self);
    count_styles(self, step->effects, -1);
    if (step->effects & TAG_SPACED)
        self->needs_blank = true;
    if (step->effects & TAG_ITEM)
        g_clear_pointer(&self->bullet, g_free);
    self->is_tiny = step->was_tiny;
    self->color = step->color;
    self->background = step->background;
}

static void visit_leaf(struct html_writer *self, const GumboNode *node)
{
    bool is_text = node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_CDATA || node->type == GUMBO_NODE_WHITESPACE;
    if (is_text && !self->is_tiny)
        html_writer_put_text(self, node->v.text.text);
}

void html_walk(struct html_writer *self, const GumboNode *root)
{
    if (self->stack == NULL)
        self->stack = g_array_new(FALSE, FALSE, sizeof(struct step));
    GArray *stack = self->stack;
    const struct step first = { .node = root, .was_tiny = self->is_tiny, .color = self->color, .background = self->background };
    g_array_append_val(stack, first);
    while (stack->len > 0) {
        struct step *top = &g_array_index(stack, struct step, stack->len - 1), step;
        const GumboVector *children = &top->node->v.element.children;
        if (top->next >= children->length) {
            close_element(self, top);
            g_array_set_size(stack, stack->len - 1);
            continue;
        }
        const GumboNode *child = children->data[top->next++];
        if (child->type != GUMBO_NODE_ELEMENT && child->type != GUMBO_NODE_TEMPLATE)
            visit_leaf(self, child);
        else if (open_element(self, child, top, &step))
            g_array_append_val(stack, step);
    }
}

static struct text *text_without_tags(const char *utf8, size_t length)
{
    g_autofree char *plain = html_strip(utf8, length);
    return text_from_plain(plain, false, false);
}

static struct text *text_of_tree(const html_tree *tree)
{
    g_autoptr(html_rules) rules = html_rules_new(html_tree_root(tree));
    struct html_writer writer;
    struct text *text = text_new();
    html_writer_init(&writer, text, rules);
    html_walk(&writer, html_tree_root(tree));
    html_end_line(&writer);
    html_writer_clear(&writer);
    return text;
}

struct text *text_from_html(const char *utf8, size_t length)
{
    bool is_cut = length > HTML_MAX;
    length = MIN(length, HTML_MAX);
    g_autoptr(html_aside) aside = html_aside_new(utf8, length);
    g_autoptr(GString) slim = html_slim(utf8, length, aside);
    g_autoptr(html_tree) tree = html_tree_parse(slim->str, slim->len, aside);
    struct text *text = tree != NULL ? text_of_tree(tree) : text_without_tags(utf8, length);
    text->has_html = true;
    text->has_plain = false;
    text->is_cut |= is_cut || text->lines->len >= HTML_LINES_MAX;
    return text;
}
