/* SPDX-License-Identifier: MIT */
/* HTML without what is never read: comments, attributes and declarations that change nothing here, blanks in a row. Most of a newsletter is that, and
 * gumbo takes it character by character. What the next tokens mean is not known without the tree: where that might matter the rest stays as it is. */
#include "core/html_private.h"
#include <string.h>

#define TAG_NAME_MAX 16
#define VALUE_MAX    1024

struct slim {
    const char *at, *end;
    GString *out;
    html_aside *aside;
    bool has_sheets;   /* classes and ids mean something */
    bool keeps_blanks; /* somewhere blanks count */
    bool is_folding;   /* what is written may be put aside as a whole: no value of it alone */
    /* what may be put aside as a whole: text, and elements that are closed where they were opened */
    size_t run; /* where in `out` it begins */
    struct opened {
        const char *source;
        size_t begin, end; /* of the tag, in `out` */
        GumboTag tag;
    } open[HTML_FOLD_DEPTH_MAX];
    unsigned depth;
    bool has_link, is_link_lost; /* the parser may have a link open; nobody knows any more */
};

static const char *find(const char *at, const char *end, const char *words)
{
    return memmem(at, (size_t)(end - at), words, strlen(words));
}

struct name {
    const char *letters;
    size_t length;
};
#define NAME(letters)                                                                                                                      \
    {                                                                                                                                      \
        letters, sizeof letters - 1                                                                                                        \
    }

static bool is_among(const char *at, size_t length, const struct name *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (names[i].length == length && g_ascii_tolower(*at) == *names[i].letters &&
            g_ascii_strncasecmp(at, names[i].letters, length) == 0)
            return true;
    return false;
}

static bool is_blank(char c)
{
    return c <= ' ' && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f');
}

/* --- attributes --- */

bool html_attribute_read(const char *at, const char *end, struct html_attribute *found, bool *is_odd)
{
    while (at < end && (is_blank(*at) || *at == '/'))
        at++;
    *found = (struct html_attribute){ .name = at, .end = at };
    *is_odd = at == end || *at == '=' || *at == '<';
    if (*is_odd || *at == '>')
        return false;
    while (at < end && !is_blank(*at) && strchr("/>=", *at) == NULL && *at != '\0')
        at++;
    found->name_length = (size_t)(at - found->name);
    found->end = at;
    const char *equals = at;
    while (equals < end && is_blank(*equals))
        equals++;
    *is_odd = at == end || *at == '\0' || equals == end;
    if (*is_odd || *equals != '=')
        return !*is_odd;
    at = equals + 1;
    while (at < end && is_blank(*at))
        at++;
    *is_odd = at == end || *at == '>';
    if (*is_odd)
        return false;
    found->value = at;
    const char *close = at;
    if (*at == '"' || *at == '\'') {
        close = memchr(at + 1, *at, (size_t)(end - at - 1));
        close = close != NULL ? close + 1 : end;
    } else {
        while (close < end && !is_blank(*close) && *close != '>')
            close++;
    }
    *is_odd = close == end;
    found->end = close;
    return !*is_odd;
}

/* All that html_attribute() may be asked for, and "type", which the parser itself reads. */
bool html_reads(const char *name, size_t length, bool has_sheets)
{
    static const struct name names[] = { NAME("style"),   NAME("href"),  NAME("src"),     NAME("align"),  NAME("alt"),
                                         NAME("bgcolor"), NAME("color"), NAME("type"),    NAME("hidden"), NAME("role"),
                                         NAME("start"),   NAME("text"),  NAME("colspan"), NAME("width"),  NAME("height") };
    static const struct name marks[] = { NAME("class"), NAME("id") };
    return is_among(name, length, names, G_N_ELEMENTS(names)) || (has_sheets && is_among(name, length, marks, G_N_ELEMENTS(marks)));
}

/* Formatting elements are made anew with their attributes for each paragraph, so long ones are left to the parser's ceiling of memory. */
static void value_aside(const struct slim *self, size_t begin)
{
    size_t length = self->out->len - begin;
    if (!self->is_folding && length <= VALUE_MAX && memchr(self->out->str + begin, '&', length) == NULL)
        html_aside_put(self->aside, self->out, begin, false);
}

/* The declarations that are read, in their quotes. With a character reference in it nobody knows where they end. */
static void style_put(const struct slim *self, const struct html_attribute *one)
{
    GString *out = self->out;
    char quote = one->value != NULL ? *one->value : '\0';
    size_t length = (size_t)(one->end - (one->value != NULL ? one->value : one->end));
    if ((quote != '"' && quote != '\'') || memchr(one->value, '&', length) != NULL) {
        g_string_append_c(out, ' ');
        g_string_append_len(out, one->name, one->end - one->name);
        return;
    }
    size_t before = out->len;
    g_string_append(out, " style=");
    g_string_append_c(out, quote);
    size_t begin = out->len;
    for (const char *at = one->value + 1, *end = one->end - 1; at < end;) {
        const char *stop = memchr(at, ';', (size_t)(end - at));
        stop = stop != NULL ? stop + 1 : end;
        if (html_declares(at, stop))
            g_string_append_len(out, at, stop - at);
        at = stop;
    }
    if (out->len == begin) {
        g_string_truncate(out, before);
        return;
    }
    value_aside(self, begin);
    g_string_append_c(out, quote);
}

/* A picture that lies in its own address: nobody fetches it. */
static bool is_data(const struct html_attribute *one, char quote)
{
    static const char scheme[] = "data:";
    return quote != '\0' && (size_t)(one->end - one->value) > sizeof scheme &&
           g_ascii_strncasecmp(one->value + 1, scheme, sizeof scheme - 1) == 0;
}

static void value_put(const struct slim *self, const struct html_attribute *one)
{
    static const struct name type = NAME("type"), source = NAME("src");
    char quote = one->value != NULL && (*one->value == '"' || *one->value == '\'') ? *one->value : '\0';
    if (is_among(one->name, one->name_length, &source, 1) && is_data(one, quote))
        return;
    g_string_append_c(self->out, ' ');
    if (quote == '\0' || is_among(one->name, one->name_length, &type, 1)) {
        g_string_append_len(self->out, one->name, one->end - one->name);
        return;
    }
    g_string_append_len(self->out, one->name, one->value + 1 - one->name);
    size_t begin = self->out->len;
    g_string_append_len(self->out, one->value + 1, one->end - one->value - 2);
    value_aside(self, begin);
    g_string_append_c(self->out, quote);
}

static void attribute_put(const struct slim *self, const struct html_attribute *one)
{
    static const struct name style = NAME("style");
    if (is_among(one->name, one->name_length, &style, 1)) {
        style_put(self, one);
    } else if (html_reads(one->name, one->name_length, self->has_sheets)) {
        value_put(self, one);
    }
}

/* --- tags --- */

/* Up to the end tag of an element whose content is no markup; false: there is none. */
static bool raw_text_copy(struct slim *self, const char *name, size_t length)
{
    for (const char *at = self->at; (at = find(at, self->end, "</")) != NULL; at += 2) {
        const char *behind = at + 2 + length;
        if (behind >= self->end || g_ascii_strncasecmp(at + 2, name, length) != 0 || (!is_blank(*behind) && strchr("/>", *behind) == NULL))
            continue;
        bool is_script = length == 6 && g_ascii_strncasecmp(name, "script", 6) == 0; /* has comments of its own */
        if (is_script && find(self->at, at, "<!--") != NULL)
            return false;
        size_t begin = self->out->len;
        g_string_append_len(self->out, self->at, at - self->at);
        if (length == 5 && g_ascii_strncasecmp(name, "style", 5) == 0)
            html_aside_put(self->aside, self->out, begin, false);
        self->at = at;
        return true;
    }
    return false;
}

/* The tag at `at` with what is read of it; behind it; NULL: it is odd, and nothing was written. */
static const char *tag_write(struct slim *self, const char *at)
{
    const char *name = at + 1 + (at[1] == '/'), *behind = name;
    size_t before = self->out->len;
    bool is_odd = false;
    struct html_attribute one;
    while (behind < self->end && !is_blank(*behind) && strchr("/>", *behind) == NULL && *behind != '\0')
        behind++;
    g_string_append_len(self->out, at, behind - at);
    for (; html_attribute_read(behind, self->end, &one, &is_odd); behind = one.end)
        if (at[1] != '/')
            attribute_put(self, &one);
    if (is_odd) {
        g_string_truncate(self->out, before);
        return NULL;
    }
    g_string_append_c(self->out, '>');
    return one.end + 1;
}

/* --- runs of text with elements in them --- */

/* Blanks before the first word may be nothing to the parser, so they are not put aside. */
static void segment_put(struct slim *self, size_t begin)
{
    GString *out = self->out;
    while (begin < out->len && is_blank(out->str[begin]))
        begin++;
    bool is_markup = memchr(out->str + begin, '<', out->len - begin) != NULL || memchr(out->str + begin, '&', out->len - begin) != NULL;
    html_aside_put(self->aside, out, begin, is_markup);
}

static void link_note(struct slim *self, GumboTag tag, bool is_closing)
{
    if (tag == GUMBO_TAG_A)
        self->has_link = !is_closing;
}

/* What was opened and not closed is the parser's; the text between is put aside in pieces. */
static void run_end(struct slim *self)
{
    GString *out = self->out;
    if (self->depth > 0) {
        g_autofree char *run = g_strndup(out->str + self->run, out->len - self->run);
        size_t length = out->len - self->run, from = 0;
        g_string_truncate(out, self->run);
        for (unsigned i = 0; i <= self->depth; i++) {
            const struct opened *open = i < self->depth ? &self->open[i] : NULL;
            size_t stop = open != NULL ? open->begin - self->run : length, begin = out->len;
            g_string_append_len(out, run + from, (gssize)(stop - from));
            segment_put(self, begin);
            if (open == NULL)
                break;
            tag_write(self, open->source);
            link_note(self, open->tag, false);
            from = open->end - self->run;
        }
    } else {
        segment_put(self, self->run);
    }
    self->depth = 0;
    self->run = out->len;
}

static bool has_open_link(const struct slim *self)
{
    bool has = self->has_link;
    for (unsigned i = 0; i < self->depth && !has; i++)
        has = self->open[i].tag == GUMBO_TAG_A;
    return has;
}

/* A tag within a run; false: the run ends before it. */
static bool tag_fold(struct slim *self, const char *name, size_t length, bool is_closing)
{
    bool is_void = false;
    GumboTag tag = html_fold_tag(name, length, &is_void);
    if (tag == GUMBO_TAG_UNKNOWN)
        return false;
    if (is_closing) {
        if (is_void || self->depth == 0 || self->open[self->depth - 1].tag != tag)
            return false;
        const char *behind = tag_write(self, self->at);
        if (behind == NULL)
            return false;
        self->at = behind;
        self->depth--;
        return true;
    }
    if (self->depth == HTML_FOLD_DEPTH_MAX || (tag == GUMBO_TAG_A && (self->is_link_lost || has_open_link(self))))
        return false;
    size_t begin = self->out->len;
    self->is_folding = true;
    const char *behind = tag_write(self, self->at);
    self->is_folding = false;
    if (behind != NULL && !html_fold_can(self->out->str + begin, self->out->len - begin)) {
        g_string_truncate(self->out, begin);
        behind = NULL;
    }
    if (behind == NULL)
        return false;
    if (!is_void)
        self->open[self->depth++] = (struct opened){ self->at, begin, self->out->len, tag };
    self->at = behind;
    return true;
}

/* False: from here on all stays as it is. */
static bool tag_copy(struct slim *self)
{
    static const struct name raw[] = { NAME("style"), NAME("script"), NAME("title"),   NAME("textarea"),
                                       NAME("xmp"),   NAME("iframe"), NAME("noembed"), NAME("noframes") };
    static const struct name other[] = { NAME("plaintext"), NAME("svg"), NAME("math"), NAME("frameset"), NAME("template") };
    static const struct name scopes[] = { NAME("table"),   NAME("td"),     NAME("th"),    NAME("caption"),
                                          NAME("marquee"), NAME("object"), NAME("applet") };
    const char *name = self->at + 1, *at = NULL;
    bool is_closing = *name == '/', is_void = false;
    name += is_closing;
    for (at = name; at < self->end && !is_blank(*at) && strchr("/>", *at) == NULL && *at != '\0';)
        at++;
    size_t length = (size_t)(at - name);
    if (tag_fold(self, name, length, is_closing))
        return true;
    run_end(self);
    if (is_among(name, length, other, G_N_ELEMENTS(other)))
        return false;
    const char *behind = tag_write(self, self->at);
    if (behind == NULL)
        return false;
    self->at = behind;
    self->is_link_lost |= self->has_link && !is_closing && is_among(name, length, scopes, G_N_ELEMENTS(scopes));
    link_note(self, html_fold_tag(name, length, &is_void), is_closing);
    bool is_known =
        is_closing || length > TAG_NAME_MAX || !is_among(name, length, raw, G_N_ELEMENTS(raw)) || raw_text_copy(self, name, length);
    self->run = self->out->len;
    return is_known;
}

/* False: it has no end, or is one of the odd forms. */
static bool comment_skip(struct slim *self)
{
    const char *text = self->at + 4;
    if (text >= self->end || *text == '>' || *text == '-')
        return false;
    const char *close = find(text, self->end, "-->"), *odd = find(text, close != NULL ? close : self->end, "--!>");
    if (close == NULL || odd != NULL)
        return false;
    self->at = close + 3;
    return true;
}

static bool begins_name(const char *at, const char *end)
{
    return at < end && g_ascii_isalpha(*at);
}

static bool markup_copy(struct slim *self)
{
    const char *at = self->at, *end = self->end;
    if (begins_name(at + 1, end) || (end - at > 2 && at[1] == '/' && begins_name(at + 2, end)))
        return tag_copy(self);
    if (end - at > 4 && memcmp(at, "<!--", 4) == 0)
        return comment_skip(self);
    run_end(self);
    bool is_bogus = end - at > 1 && strchr("!?/", at[1]) != NULL;
    const char *close = is_bogus ? memchr(at, '>', (size_t)(end - at)) : at;
    if (close == NULL)
        return false;
    g_string_append_len(self->out, at, close + 1 - at);
    self->at = close + 1;
    self->run = self->out->len;
    return true;
}

/* Of several blanks one is left, unless they count. */
static const char *blanks_copy(struct slim *self, const char *at, const char *stop)
{
    const char *from = at;
    while (at < stop && is_blank(*at))
        at++;
    g_string_append_len(self->out, from, self->keeps_blanks ? at - from : at > from);
    return at;
}

static const char *words_copy(struct slim *self, const char *at, const char *stop)
{
    while (at < stop && *at != '&') {
        const char *from = at;
        while (at < stop && *at != '&' && !is_blank(*at))
            at++;
        g_string_append_len(self->out, from, at - from);
        at = blanks_copy(self, at, stop);
    }
    return at;
}

/* "&amp;" and all that might be one; what stands behind it does not change it any more. */
static const char *reference_copy(struct slim *self, const char *at, const char *stop)
{
    char utf8[HTML_REFERENCE_BYTES];
    size_t size = 0, taken = html_reference_read(at, self->end, false, utf8, &size);
    const char *from = at;
    if (taken > 0) {
        g_string_append_len(self->out, at, (gssize)taken);
        return at + taken;
    }
    for (at++; at < stop && (g_ascii_isalnum(*at) || *at == '#');)
        at++;
    at += at < stop && *at == ';';
    run_end(self);
    g_string_append_len(self->out, from, at - from);
    self->run = self->out->len;
    return at;
}

static void text_copy(struct slim *self, const char *stop)
{
    for (const char *at = self->at; at < stop;) {
        at = blanks_copy(self, at, stop);
        at = words_copy(self, at, stop);
        if (at < stop)
            at = reference_copy(self, at, stop);
    }
    self->at = stop;
}

/* What decides for all of it: whether there are style elements, and whether blanks count anywhere. */
static void survey(struct slim *self)
{
    static const char *const spaces[] = { "hite-space", "HITE-SPACE" };
    for (const char *at = self->at; (at = memchr(at, '<', (size_t)(self->end - at))) != NULL; at++) {
        size_t left = (size_t)(self->end - at);
        if (left < 5 || strchr("sSpPlL", at[1]) == NULL)
            continue;
        self->has_sheets |= left > 6 && g_ascii_strncasecmp(at, "<style", 6) == 0;
        self->keeps_blanks |=
            (left > 4 && g_ascii_strncasecmp(at, "<pre", 4) == 0) || (left > 8 && g_ascii_strncasecmp(at, "<listing", 8) == 0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(spaces); i++)
        for (const char *at = self->at; !self->keeps_blanks && (at = find(at, self->end, spaces[i])) != NULL;) {
            for (at += strlen(spaces[i]); at < self->end && (is_blank(*at) || *at == ':');)
                at++;
            self->keeps_blanks = at < self->end && strchr("pPbB&", *at) != NULL; /* pre, break-spaces; not nowrap, normal */
        }
}

GString *html_slim(const char *html, size_t length, html_aside *aside)
{
    struct slim self = { .at = html, .end = html + length, .out = g_string_sized_new(length + 1), .aside = aside };
    survey(&self);
    for (bool is_plain = true; is_plain && self.at < self.end;) {
        const char *open = memchr(self.at, '<', (size_t)(self.end - self.at));
        text_copy(&self, open != NULL ? open : self.end);
        is_plain = open == NULL || markup_copy(&self);
    }
    run_end(&self);
    g_string_append_len(self.out, self.at, self.end - self.at);
    return self.out;
}
