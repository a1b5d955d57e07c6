/* SPDX-License-Identifier: MIT */
/* HTML without what is never read: comments, attributes and declarations that change nothing here, blanks in a row. Most of a newsletter is that, and
 * gumbo takes it character by character. What the next tokens mean is not known without the tree: where that might matter the rest stays as it is. */
#include "core/html_private.h"
#include <string.h>

#define TAG_NAME_MAX 16

struct slim {
    const char *at, *end;
    GString *out;
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
        if (names[i].length == length && g_ascii_strncasecmp(at, names[i].letters, length) == 0)
            return true;
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
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

/* The declarations that are read, in their quotes. With a character reference in it nobody knows where they end. */
static void style_put(GString *out, const struct attribute *one)
{
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
    if (out->len == begin)
        g_string_truncate(out, before);
    else
        g_string_append_c(out, quote);
}

static void attribute_put(const struct slim *self, const struct attribute *one)
{
    static const struct name style = NAME("style");
    if (is_among(one->name, one->name_length, &style, 1)) {
        style_put(self->out, one);
    } else if (html_reads(one->name, one->name_length, self->has_sheets)) {
        g_string_append_c(self->out, ' ');
        g_string_append_len(self->out, one->name, one->end - one->name);
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
        g_string_append_len(self->out, self->at, at - self->at);
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

static void text_copy(struct slim *self, const char *stop)
{
    for (const char *at = self->at; at < stop && !self->keeps_blanks;) {
        const char *from = at;
        while (at < stop && !(is_blank(*at) && at + 1 < stop && is_blank(at[1])))
            at++;
        at += at < stop; /* one of them */
        g_string_append_len(self->out, from, at - from);
        while (at < stop && is_blank(*at))
            at++;
    }
    if (self->keeps_blanks)
        g_string_append_len(self->out, self->at, stop - self->at);
    self->at = stop;
}

/* What decides for all of it: whether there are style elements, and whether blanks count anywhere. */
static void survey(struct slim *self)
{
    static const char *const spaces[] = { "hite-space", "HITE-SPACE" };
    for (const char *at = self->at; (at = memchr(at, '<', (size_t)(self->end - at))) != NULL; at++) {
        size_t left = (size_t)(self->end - at);
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

GString *html_slim(const char *html, size_t length)
{
    struct slim self = { .at = html, .end = html + length, .out = g_string_sized_new(length + 1) };
    survey(&self);
    for (bool is_plain = true; is_plain && self.at < self.end;) {
        const char *open = memchr(self.at, '<', (size_t)(self.end - self.at));
        text_copy(&self, open != NULL ? open : self.end);
        is_plain = open == NULL || markup_copy(&self);
    }
    g_string_append_len(self.out, self.at, self.end - self.at);
    return self.out;
}
