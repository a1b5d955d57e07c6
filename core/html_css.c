/* SPDX-License-Identifier: MIT */
/* The little of CSS that decides what is read: what is hidden, blanks that count, space around; inline and by simple selectors. */
#include "core/html_private.h"
#include <string.h>

#define RULES_MAX       4000u
#define STYLE_BYTES_MAX ((size_t)512 * 1024)
#define WORD_MAX        64

struct html_rules {
    GHashTable *by_selector; /* "p", ".class", "p.class", "#id" → struct html_looks* */
};

/* --- values --- */

/* In pixels; false: no length. "0", "1.5em", ".0001pt". */
static bool length_read(const char **value, double *pixels_out)
{
    static const struct {
        const char *unit;
        double pixels;
    } units[] = { { "px", 1 },  { "pt", 4.0 / 3 }, { "em", 16 }, { "rem", 16 }, { "ex", 8 },
                  { "cm", 38 }, { "mm", 3.8 },     { "in", 96 }, { "%", 0.16 } };
    char *end;
    double number = g_ascii_strtod(*value, &end);
    if (end == *value)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        size_t length = strlen(units[i].unit);
        if (g_ascii_strncasecmp(end, units[i].unit, length) == 0) {
            number *= units[i].pixels;
            end += length;
            break;
        }
    }
    *value = end + strspn(end, " \t\r\n");
    *pixels_out = number;
    return true;
}

static bool is_below(const char *value, double limit)
{
    double pixels;
    return length_read(&value, &pixels) && pixels < limit;
}

static bool begins(const char *value, const char *word)
{
    return g_ascii_strncasecmp(value, word, strlen(word)) == 0;
}

static bool is_none(const char *value)
{
    return begins(value, "none");
}
static bool is_hidden(const char *value)
{
    return begins(value, "hidden") || begins(value, "collapse");
}
static bool is_nothing(const char *value)
{
    return is_below(value, 0.01);
}
static bool is_one_pixel(const char *value)
{
    return is_below(value, 1.5);
}
static bool is_unreadable(const char *value)
{
    return is_below(value, 2);
}
static bool is_clear(const char *value)
{
    return begins(value, "transparent");
}
static bool is_right(const char *value)
{
    return begins(value, "right") || begins(value, "end");
}
static bool is_narrow(const char *value)
{
    return is_below(value, 6);
}

static bool is_ruled(const char *value)
{
    return strstr(value, "solid") != NULL;
}

static bool is_pre(const char *value)
{
    return begins(value, "pre") || begins(value, "break-spaces");
}

/* Top of "margin: top right bottom left" in its shorter forms too. */
static bool is_narrow_above(const char *value)
{
    return is_narrow(value);
}

static bool is_narrow_below(const char *value)
{
    double first, other, third;
    if (!length_read(&value, &first))
        return false;
    if (length_read(&value, &other) && length_read(&value, &third))
        return third < 6;
    return first < 6;
}

#define PROPERTY(name) name, sizeof(name) - 1
static const struct {
    const char *name;
    size_t length;
    bool (*is_so)(const char *value);
    unsigned look;
} properties[] = {
    { PROPERTY("display"), is_none, LOOK_NO_DISPLAY },          { PROPERTY("visibility"), is_hidden, LOOK_INVISIBLE },
    { PROPERTY("opacity"), is_nothing, LOOK_TRANSPARENT },      { PROPERTY("color"), is_clear, LOOK_TRANSPARENT },
    { PROPERTY("max-height"), is_nothing, LOOK_NO_MAX_HEIGHT }, { PROPERTY("height"), is_one_pixel, LOOK_NO_HEIGHT },
    { PROPERTY("width"), is_one_pixel, LOOK_NO_WIDTH },         { PROPERTY("overflow"), is_hidden, LOOK_CLIPPED },
    { PROPERTY("font-size"), is_unreadable, LOOK_TINY },        { PROPERTY("white-space"), is_pre, LOOK_KEEPS_BLANKS },
    { PROPERTY("margin"), is_narrow_above, LOOK_TIGHT_ABOVE },  { PROPERTY("margin"), is_narrow_below, LOOK_TIGHT_BELOW },
    { PROPERTY("margin-top"), is_narrow, LOOK_TIGHT_ABOVE },    { PROPERTY("margin-bottom"), is_narrow, LOOK_TIGHT_BELOW },
    { PROPERTY("text-align"), is_right, LOOK_RIGHT },           { PROPERTY("border-top"), is_ruled, LOOK_RULED },
};

static void color_set(int *color, const char *value)
{
    int rgb = 0;
    if (value != NULL && html_color_read(value, &rgb))
        *color = rgb + 1;
}

static void declare_color(struct html_looks *looks, const char *name, size_t name_length, const char *value)
{
    if (name_length == 5 && g_ascii_strncasecmp(name, "color", 5) == 0)
        color_set(&looks->color, value);
    else if ((name_length == 10 || name_length == 16) && g_ascii_strncasecmp(name, "background-color", name_length) == 0)
        color_set(&looks->background, value);
}

static bool is_property(size_t which, const char *name, size_t length)
{
    return properties[which].length == length && g_ascii_tolower(*name) == *properties[which].name &&
           g_ascii_strncasecmp(properties[which].name, name, length) == 0;
}

static void declare(struct html_looks *looks, const char *name, size_t name_length, const char *value)
{
    declare_color(looks, name, name_length, value);
    for (size_t i = 0; i < G_N_ELEMENTS(properties); i++) {
        if (!is_property(i, name, name_length))
            continue;
        bool is_so = properties[i].is_so(value);
        looks->set = is_so ? looks->set | properties[i].look : looks->set & ~properties[i].look;
        looks->clear = is_so ? looks->clear & ~properties[i].look : looks->clear | properties[i].look;
    }
}

/* "display:none; font-size: 0": the last word counts. */
static void declarations_read(struct html_looks *looks, const char *at, const char *end)
{
    static const char blanks[] = " \t\r\n;";
    while (at < end) {
        while (at < end && strchr(blanks, *at) != NULL && *at != '\0')
            at++;
        const char *stop = memchr(at, ';', (size_t)(end - at));
        stop = stop != NULL ? stop : end;
        const char *colon = memchr(at, ':', (size_t)(stop - at));
        if (colon != NULL) {
            size_t name_length = (size_t)(colon - at);
            while (name_length > 0 && g_ascii_isspace(at[name_length - 1]))
                name_length--;
            for (colon++; colon < stop && g_ascii_isspace(*colon);)
                colon++;
            g_autofree char *value = g_strndup(colon, (size_t)(MIN(stop, colon + WORD_MAX) - colon));
            declare(looks, at, name_length, value);
        }
        at = stop < end ? stop + 1 : end;
    }
}

bool html_declares(const char *at, const char *end)
{
    while (at < end && g_ascii_isspace(*at))
        at++;
    const char *colon = memchr(at, ':', (size_t)(end - at));
    size_t length = colon != NULL ? (size_t)(colon - at) : 0;
    while (length > 0 && g_ascii_isspace(at[length - 1]))
        length--;
    if (length == 0)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(properties); i++)
        if (is_property(i, at, length))
            return true;
    return length >= 5 && (g_ascii_strncasecmp(at, "color", 5) == 0 || (length >= 10 && g_ascii_strncasecmp(at, "background", 10) == 0));
}

static void looks_merge(struct html_looks *looks, const struct html_looks *more)
{
    looks->set = (looks->set & ~more->clear) | more->set;
    looks->clear = (looks->clear & ~more->set) | more->clear;
    looks->color = more->color != 0 ? more->color : looks->color;
    looks->background = more->background != 0 ? more->background : looks->background;
}

/* --- style elements --- */

/* One name, class or id, or a name with a class: all that can be told without the tree. */
static bool is_simple(const char *selector)
{
    size_t marks = 0;
    if (*selector == '\0')
        return false;
    for (const char *at = selector; *at != '\0'; at++) {
        marks += *at == '.' || *at == '#';
        if (!g_ascii_isalnum(*at) && strchr("-_.#", *at) == NULL)
            return false;
    }
    return marks <= 1;
}

static void rule_add(html_rules *self, const char *selectors, size_t length, const struct html_looks *looks)
{
    g_autofree char *copy = g_ascii_strdown(selectors, (gssize)length);
    g_auto(GStrv) each = g_strsplit(copy, ",", 200);
    for (char **selector = each; *selector != NULL && g_hash_table_size(self->by_selector) < RULES_MAX; selector++) {
        g_strstrip(*selector);
        if (!is_simple(*selector))
            continue;
        struct html_looks *known = g_hash_table_lookup(self->by_selector, *selector);
        if (known != NULL)
            looks_merge(known, looks);
        else
            g_hash_table_insert(self->by_selector, g_strdup(*selector), g_memdup2(looks, sizeof *looks));
    }
}

/* Behind the brace that closes the one at `at`. */
static const char *block_end(const char *at, const char *end)
{
    int depth = 0;
    for (; at < end; at++) {
        depth += *at == '{' ? 1 : *at == '}' ? -1 : 0;
        if (depth == 0)
            return at + 1;
    }
    return end;
}

static char *without_comments(const char *css)
{
    GString *plain = g_string_new(NULL);
    for (const char *at = css; *at != '\0';) {
        if (at[0] == '/' && at[1] == '*') {
            const char *close = strstr(at + 2, "*/");
            at = close != NULL ? close + 2 : at + strlen(at);
        } else {
            g_string_append_c(plain, *at++);
        }
    }
    return g_string_free(plain, FALSE);
}

/* Rules under @media and the like are for other screens than ours: left out. */
static void sheet_read(html_rules *self, const char *css)
{
    g_autofree char *plain = without_comments(css);
    const char *end = plain + MIN(strlen(plain), STYLE_BYTES_MAX);
    for (const char *at = plain; at < end;) {
        const char *open = memchr(at, '{', (size_t)(end - at));
        if (open == NULL)
            return;
        while (at < open && (g_ascii_isspace(*at) || begins(at, "<!--") || *at == '}'))
            at += begins(at, "<!--") ? 4 : 1;
        const char *close = block_end(open, end);
        if (*at != '@') {
            struct html_looks looks = { 0 };
            declarations_read(&looks, open + 1, close > open + 1 ? close - 1 : close);
            if (looks.set != 0 || looks.clear != 0 || looks.color != 0 || looks.background != 0)
                rule_add(self, at, (size_t)(open - at), &looks);
            at = close;
        } else { /* "@import url(x);" has no block */
            const char *semicolon = memchr(at, ';', (size_t)(open - at));
            at = semicolon != NULL ? semicolon + 1 : close;
        }
    }
}

static bool is_element(const GumboNode *node)
{
    return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE;
}

static void sheets_find(html_rules *self, const GumboNode *parent)
{
    const GumboVector *children = &parent->v.element.children;
    for (unsigned i = 0; i < children->length; i++) {
        const GumboNode *child = children->data[i];
        if (!is_element(child) || child->v.element.tag != GUMBO_TAG_STYLE)
            continue;
        const GumboVector *texts = &child->v.element.children;
        const GumboNode *text = texts->length > 0 ? texts->data[0] : NULL;
        if (text != NULL && !is_element(text))
            sheet_read(self, text->v.text.text);
    }
}

html_rules *html_rules_new(const GumboNode *root)
{
    html_rules *self = g_new0(html_rules, 1);
    self->by_selector = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const GumboVector *children = &root->v.element.children;
    for (unsigned i = 0; i < children->length; i++) { /* head and body; deeper they are rare and do no harm */
        const GumboNode *child = children->data[i];
        if (is_element(child))
            sheets_find(self, child);
    }
    return self;
}

void html_rules_free(html_rules *self)
{
    if (self == NULL)
        return;
    g_hash_table_destroy(self->by_selector);
    g_free(self);
}

static char *lower_put(char *at, const char *letters, size_t length)
{
    for (size_t i = 0; i < length; i++)
        *at++ = g_ascii_tolower(letters[i]);
    return at;
}

/* mark: "." or "#" before the name; NUL: there is no name. */
static void rule_apply(const html_rules *self, struct html_looks *looks, const char *element, char mark, const char *name, size_t length)
{
    char selector[3 * WORD_MAX], *at = selector;
    size_t before = strlen(element);
    if (length >= WORD_MAX || before >= WORD_MAX)
        return;
    at = lower_put(at, element, before);
    if (mark != '\0')
        *at++ = mark;
    at = lower_put(at, name, length);
    *at = '\0';
    const struct html_looks *found = g_hash_table_lookup(self->by_selector, selector);
    if (found != NULL)
        looks_merge(looks, found);
}

static void rules_apply(const html_rules *self, struct html_looks *looks, const GumboNode *node)
{
    const char *element = gumbo_normalized_tagname(node->v.element.tag);
    const char *classes = html_attribute(node, "class"), *id = html_attribute(node, "id");
    rule_apply(self, looks, element, '\0', "", 0);
    for (int i = 0; classes != NULL && *classes != '\0' && i < 16; i++) {
        classes += strspn(classes, " \t\r\n");
        size_t length = strcspn(classes, " \t\r\n");
        if (length > 0) {
            rule_apply(self, looks, "", '.', classes, length);
            rule_apply(self, looks, element, '.', classes, length);
        }
        classes += length;
    }
    if (id != NULL)
        rule_apply(self, looks, "", '#', id, strlen(id));
}

struct html_looks html_looks_of(const html_rules *rules, const GumboNode *node)
{
    struct html_looks looks = { 0 };
    if (node->v.element.attributes.length == 0 && g_hash_table_size(rules->by_selector) == 0)
        return looks;
    const char *style = html_attribute(node, "style");
    color_set(&looks.background, html_attribute(node, "bgcolor"));
    if (node->v.element.tag == GUMBO_TAG_FONT)
        color_set(&looks.color, html_attribute(node, "color"));
    else if (node->v.element.tag == GUMBO_TAG_BODY)
        color_set(&looks.color, html_attribute(node, "text"));
    if (g_hash_table_size(rules->by_selector) > 0)
        rules_apply(rules, &looks, node);
    if (style != NULL)
        declarations_read(&looks, style, style + strlen(style));
    if (html_attribute(node, "hidden") != NULL)
        looks.set |= LOOK_NO_DISPLAY;
    return looks;
}

/* "mso-hide: all" is not here: it hides from Outlook alone, and stands at buttons that all others show. */
bool html_is_hidden(struct html_looks looks)
{
    unsigned clipped = LOOK_NO_HEIGHT | LOOK_CLIPPED;
    return (looks.set & (LOOK_NO_DISPLAY | LOOK_INVISIBLE | LOOK_TRANSPARENT | LOOK_NO_MAX_HEIGHT)) != 0 ||
           (looks.set & clipped) == clipped;
}
