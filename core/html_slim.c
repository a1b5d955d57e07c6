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
};

struct attribute {
    const char *name, *value, *end; /* value: with its quotes; NULL: none */
    size_t name_length;
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

/* The next one behind `at`, as HTML5 cuts them (13.2.5.32 ff). False: the tag ends here, or is odd: *is_odd. */
static bool attribute_read(const char *at, const char *end, struct attribute *found, bool *is_odd)
{
    while (at < end && (is_blank(*at) || *at == '/'))
        at++;
    *found = (struct attribute){ .name = at, .end = at };
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
    if (length <= VALUE_MAX && memchr(self->out->str + begin, '&', length) == NULL)
        html_aside_put(self->aside, self->out, begin);
}

/* The declarations that are read, in their quotes. With a character reference in it nobody knows where they end. */
static void style_put(const struct slim *self, const struct attribute *one)
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
static bool is_data(const struct attribute *one, char quote)
{
    static const char scheme[] = "data:";
    return quote != '\0' && (size_t)(one->end - one->value) > sizeof scheme &&
           g_ascii_strncasecmp(one->value + 1, scheme, sizeof scheme - 1) == 0;
}

static void value_put(const struct slim *self, const struct attribute *one)
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

static void attribute_put(const struct slim *self, const struct attribute *one)
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
            html_aside_put(self->aside, self->out, begin);
        self->at = at;
        return true;
    }
    return false;
}

/* False: from here on all stays as it is. */
static bool tag_copy(struct slim *self)
{
    static const struct name raw[] = { NAME("style"), NAME("script"), NAME("title"),   NAME("textarea"),
                                       NAME("xmp"),   NAME("iframe"), NAME("noembed"), NAME("noframes") };
    static const struct name other[] = { NAME("plaintext"), NAME("svg"), NAME("math"), NAME("frameset"), NAME("template") };
    const char *name = self->at + 1, *at = NULL;
    bool is_closing = *name == '/', is_odd = false;
    name += is_closing;
    for (at = name; at < self->end && !is_blank(*at) && strchr("/>", *at) == NULL && *at != '\0';)
        at++;
    size_t length = (size_t)(at - name), before = self->out->len;
    g_string_append_len(self->out, self->at, at - self->at);
    struct attribute one;
    for (; attribute_read(at, self->end, &one, &is_odd); at = one.end)
        if (!is_closing)
            attribute_put(self, &one);
    if (is_odd || is_among(name, length, other, G_N_ELEMENTS(other))) {
        g_string_truncate(self->out, before);
        return false;
    }
    g_string_append_c(self->out, '>');
    self->at = one.end + 1;
    return is_closing || length > TAG_NAME_MAX || !is_among(name, length, raw, G_N_ELEMENTS(raw)) || raw_text_copy(self, name, length);
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
    bool is_bogus = end - at > 1 && strchr("!?/", at[1]) != NULL;
    const char *close = is_bogus ? memchr(at, '>', (size_t)(end - at)) : at;
    if (close == NULL)
        return false;
    g_string_append_len(self->out, at, close + 1 - at);
    self->at = close + 1;
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
    const char *from = at++;
    while (at < stop && (g_ascii_isalnum(*at) || *at == '#'))
        at++;
    at += at < stop && *at == ';';
    g_string_append_len(self->out, from, at - from);
    return at;
}

/* Blanks before the first word may be nothing to the parser, so they are not put aside. */
static void text_copy(struct slim *self, const char *stop)
{
    for (const char *at = self->at; at < stop;) {
        at = blanks_copy(self, at, stop);
        size_t begin = self->out->len;
        at = words_copy(self, at, stop);
        html_aside_put(self->aside, self->out, begin);
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
    g_string_append_len(self.out, self.at, self.end - self.at);
    return self.out;
}
