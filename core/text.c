/* SPDX-License-Identifier: MIT */
/* Plain text as lines with meaning: quotes, signatures, links, format=flowed (RFC 3676). */
#include "core/message_packed.h"
#include "core/message_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define LINES_MAX  60000u
#define LINKS_MAX  2000u
#define QUOTE_MAX  50
#define IMAGES_MAX 200u
#define FILES_MAX  100 /* looked for in one text */

/* --- the container --- */
static void line_free(gpointer data)
{
    struct text_line *line = data;
    g_free(line->text);
    if (line->spans != NULL)
        g_array_unref(line->spans);
    g_free(line);
}

static void link_free(gpointer data)
{
    struct text_link *link = data;
    g_free(link->url);
    g_free(link->label);
    g_free(link);
}

static void image_clear(gpointer data)
{
    g_free(((struct text_image *)data)->source);
}

struct text *text_new(void)
{
    struct text *self = g_new0(struct text, 1);
    self->lines = g_ptr_array_new_with_free_func(line_free);
    self->links = g_ptr_array_new_with_free_func(link_free);
    self->images = g_array_new(FALSE, FALSE, sizeof(struct text_image));
    g_array_set_clear_func(self->images, image_clear);
    return self;
}

void text_free(struct text *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->lines);
    g_ptr_array_unref(self->links);
    g_array_unref(self->images);
    g_free(self);
}

void text_add_image(struct text *self, const char *source)
{
    struct text_image image = { .source = g_strdup(source), .line = self->lines->len };
    if (self->images->len < IMAGES_MAX)
        g_array_append_val(self->images, image);
    else
        g_free(image.source);
}

struct text_line *text_add_line(struct text *self, const char *utf8, size_t length)
{
    struct text_line *line = g_new0(struct text_line, 1);
    line->text = g_strndup(utf8, length);
    line->spans = g_array_new(FALSE, FALSE, sizeof(struct text_span));
    g_ptr_array_add(self->lines, line);
    return line;
}

void text_add_span(struct text_line *line, size_t start, size_t length, enum span_style style, int link)
{
    const struct text_span span = { .start = start, .length = length, .style = style, .link = link };
    if (length > 0)
        g_array_append_val(line->spans, span);
}

void text_add_number(struct text_line *line, GString *words, int link)
{
    const struct text_span span = { .start = words->len, .style = SPAN_DIM, .link = link, .is_number = true };
    g_array_append_val(line->spans, span);
    g_string_append_printf(words, " [%d]", link + 1);
    g_array_index(line->spans, struct text_span, line->spans->len - 1).length = words->len - span.start;
}

int text_add_link(struct text *self, const char *url, const char *label, bool is_suspicious)
{
    if (self->links->len >= LINKS_MAX)
        return -1;
    struct text_link *link = g_new0(struct text_link, 1);
    *link = (struct text_link){ .url = g_strdup(url), .label = g_strdup(label), .is_suspicious = is_suspicious };
    g_ptr_array_add(self->links, link);
    return (int)self->links->len - 1;
}

/* Its links begin at another number now: spans follow, and the numbers in the words are written anew. */
static void line_renumber(struct text_line *line, int base)
{
    g_autoptr(GString) words = NULL;
    size_t copied = 0;
    for (guint i = 0; i < line->spans->len; i++) {
        struct text_span *span = &g_array_index(line->spans, struct text_span, i);
        size_t start = span->start, end = span->start + span->length;
        span->link += span->link >= 0 ? base : 0;
        span->start = words != NULL ? words->len + (start - copied) : start;
        if (!span->is_number)
            continue;
        words = words != NULL ? g_steal_pointer(&words) : g_string_new(NULL);
        g_string_append_len(words, line->text + copied, (gssize)(start - copied));
        g_string_append_printf(words, " [%d]", span->link + 1);
        span->length = words->len - span->start;
        copied = end;
    }
    if (words == NULL)
        return;
    g_string_append(words, line->text + copied);
    g_free(line->text);
    line->text = g_string_free(g_steal_pointer(&words), FALSE);
}

void text_append(struct text *self, struct text *other)
{
    int base = (int)self->links->len;
    for (guint i = 0; i < other->lines->len && base > 0; i++)
        line_renumber(g_ptr_array_index(other->lines, i), base);
    for (guint i = 0; i < other->images->len; i++) {
        const struct text_image *image = &g_array_index(other->images, struct text_image, i);
        struct text_image moved = { .source = g_strdup(image->source), .line = image->line + self->lines->len };
        g_array_append_val(self->images, moved);
    }
    g_array_unref(other->images);
    g_ptr_array_extend_and_steal(self->lines, g_steal_pointer(&other->lines));
    g_ptr_array_extend_and_steal(self->links, g_steal_pointer(&other->links));
    self->is_cut |= other->is_cut;
    g_free(other);
}

/* --- links in running text --- */
static const char *const schemes[] = { "https://", "http://", "mailto:", "ftp://" };

static bool begins_link(const char *text, const char *p)
{
    bool is_after_word = p > text && (g_ascii_isalnum(p[-1]) || p[-1] == '_');
    for (size_t i = 0; !is_after_word && i < G_N_ELEMENTS(schemes); i++) {
        size_t length = strlen(schemes[i]);
        if (g_ascii_strncasecmp(p, schemes[i], length) == 0 && (g_ascii_isalnum(p[length]) || p[length] == '['))
            return true;
    }
    return false;
}

/* Where the address ends: not with punctuation, and not with a parenthesis it did not open. */
static size_t link_length(const char *p)
{
    size_t length = 0, open = 0, close = 0;
    while (p[length] != '\0' && (unsigned char)p[length] > 0x20 && strchr("<>\"", p[length]) == NULL && length < 4096)
        length++;
    for (size_t i = 0; i < length; i++) {
        open += p[i] == '(';
        close += p[i] == ')';
    }
    while (length > 0 && (strchr(".,;:!?'*_", p[length - 1]) != NULL || (p[length - 1] == ')' && close > open))) {
        close -= p[length - 1] == ')';
        length--;
    }
    return length;
}

/* Where the number of a link goes: behind what closes around it, as in "<https://…> [1]". */
static size_t closer_length(const char *p)
{
    return strspn(p, ">)]}\"'");
}

/* Numbered as they are found: the line is written anew, with " [1]" behind each. */
static void find_links(struct text *self, struct text_line *line)
{
    g_autoptr(GString) words = NULL;
    size_t copied = 0;
    for (const char *p = line->text; *p != '\0'; p++) {
        if ((*p != 'h' && *p != 'H' && *p != 'm' && *p != 'M' && *p != 'f' && *p != 'F') || !begins_link(line->text, p))
            continue;
        size_t start = (size_t)(p - line->text), length = link_length(p), end = start + length + closer_length(p + length);
        g_autofree char *url = g_strndup(p, length);
        int link = text_add_link(self, url, url, false);
        if (link < 0)
            break;
        words = words != NULL ? g_steal_pointer(&words) : g_string_new(NULL);
        g_string_append_len(words, line->text + copied, (gssize)(end - copied));
        text_add_span(line, words->len - (end - start), length, SPAN_LINK, link);
        text_add_number(line, words, link);
        copied = end;
        p = line->text + end - 1;
    }
    if (words == NULL)
        return;
    g_string_append(words, line->text + copied);
    g_free(line->text);
    line->text = g_string_free(g_steal_pointer(&words), FALSE);
}

/* --- quotes and signatures --- */
/* The level of ">" marks and where the text behind them begins. "> >", ">>" and ">> >" are all seen. */
static int quote_level(const char *line, size_t length, size_t *skip_out)
{
    int level = 0;
    size_t at = 0;
    while (at < length && level < QUOTE_MAX) {
        if (line[at] == '>')
            level++;
        else if (!(line[at] == ' ' && level > 0 && at + 1 < length && line[at + 1] == '>'))
            break;
        at++;
    }
    *skip_out = at < length && level > 0 && line[at] == ' ' ? at + 1 : at;
    return level;
}

static enum span_style quote_style(int level)
{
    static const enum span_style styles[] = { SPAN_QUOTE1, SPAN_QUOTE2, SPAN_QUOTE3 };
    return styles[(level - 1) % 3];
}

static void finish_line(struct text *self, GString *collected, int level, bool is_signature)
{
    struct text_line *line = text_add_line(self, collected->str, collected->len);
    line->quote_level = level;
    line->is_signature = is_signature;
    find_links(self, line);
    if (line->spans->len == 0 && (level > 0 || is_signature))
        text_add_span(line, 0, collected->len, is_signature ? SPAN_SIGNATURE : quote_style(level), -1);
    g_string_truncate(collected, 0);
}

struct flow {
    bool is_flowed, is_delsp, is_open, in_signature;
    int level; /* of the open paragraph */
};

static void take_line(struct text *self, struct flow *flow, GString *collected, const char *line, size_t length)
{
    size_t skip = 0;
    int level = quote_level(line, length, &skip);
    if (level == 0 && flow->is_flowed && length > 0 && line[0] == ' ')
        skip = 1; /* space-stuffing, RFC 3676 4.4 */
    const char *words = line + skip;
    size_t words_length = length - skip;
    bool is_separator = words_length == 3 && memcmp(words, "-- ", 3) == 0;
    bool is_soft = flow->is_flowed && words_length > 0 && words[words_length - 1] == ' ' && !is_separator;
    if (flow->is_open && (level != flow->level || is_separator)) {
        finish_line(self, collected, flow->level, flow->in_signature);
        flow->is_open = false;
    }
    if (is_separator && level == 0)
        flow->in_signature = true;
    g_string_append_len(collected, words, (gssize)(words_length - (is_soft && flow->is_delsp ? 1 : 0)));
    flow->is_open = is_soft;
    flow->level = level;
    if (!is_soft)
        finish_line(self, collected, level, flow->in_signature && level == 0);
}

/* --- files written into the text --- */

/* Its name stands for it. NULL: the line begins no file. */
static const char *file_skip(struct text *self, const char *at)
{
    const char *next = NULL;
    int number = 0, total = 0;
    bool is_damaged = false; /* told above the text: here the bytes are letters already */
    g_autofree char *name = inline_file_read(at, &next, NULL, &is_damaged);
    if (name == NULL)
        return NULL;
    g_autofree char *words = inline_file_is_piece(at, &number, &total)
                                 ? g_strdup_printf(_("(Piece %d of %d of a file is written into the text here: %s)"), number, total, name)
                                 : g_strdup_printf(_("(A file is written into the text here: %s)"), name);
    message_note(self, words, SPAN_DIM);
    return next;
}

struct text *text_from_plain(const char *utf8, bool is_flowed, bool is_delsp)
{
    struct text *self = text_new();
    struct flow flow = { .is_flowed = is_flowed, .is_delsp = is_delsp };
    g_autoptr(GString) collected = g_string_new(NULL);
    const char *end = utf8 + strlen(utf8);
    int files = 0;
    for (const char *line = utf8; line < end;) {
        bool may_be_file = (g_str_has_prefix(line, "begin") || g_str_has_prefix(line, "=ybegin ")) && files++ < FILES_MAX;
        const char *behind = may_be_file ? file_skip(self, line) : NULL;
        if (behind != NULL) {
            line = behind;
            continue;
        }
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t length = newline != NULL ? (size_t)(newline - line) : (size_t)(end - line);
        size_t bare = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
        if (self->lines->len >= LINES_MAX) {
            self->is_cut = true;
            break;
        }
        take_line(self, &flow, collected, line, bare);
        line += length + (newline != NULL ? 1 : 0);
    }
    if (flow.is_open)
        finish_line(self, collected, flow.level, flow.in_signature);
    text_mark_diffs(self);
    self->has_plain = true;
    return self;
}

/* --- back to characters --- */

/* What of an address a person would call the same: no scheme, no slash at the end. */
static char *bare_address(const char *url)
{
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (g_ascii_strncasecmp(url, schemes[i], strlen(schemes[i])) == 0) {
            url += strlen(schemes[i]);
            break;
        }
    char *bare = g_ascii_strdown(url, -1);
    size_t length = strlen(bare);
    if (length > 0 && bare[length - 1] == '/')
        bare[length - 1] = '\0';
    return bare;
}

bool text_link_is_footnote(const struct text_link *link)
{
    if (g_strcmp0(link->url, link->label) == 0)
        return false;
    g_autofree char *url = bare_address(link->url), *label = bare_address(link->label);
    return strcmp(url, label) != 0;
}

/* A line without the numbers of links that are not listed below. */
static void line_write(const struct text *self, const struct text_line *line, bool has_all_numbers, GString *out)
{
    size_t copied = 0;
    for (guint i = 0; i < line->spans->len && !has_all_numbers; i++) {
        const struct text_span *span = &g_array_index(line->spans, struct text_span, i);
        bool is_link = span->link >= 0 && (guint)span->link < self->links->len;
        if (!span->is_number || (is_link && text_link_is_footnote(g_ptr_array_index(self->links, (guint)span->link))))
            continue;
        g_string_append_len(out, line->text + copied, (gssize)(span->start - copied));
        copied = span->start + span->length;
    }
    g_string_append(out, line->text + copied);
}

static bool is_long_dash(gunichar c)
{
    static const gunichar dashes[] = { 0x2012, 0x2013, 0x2014, 0x2015, 0x2212, 0x23af, 0x2500,
                                       0x2501, 0x2e3a, 0x2e3b, 0x30fc, 0x4e00, 0xff0d };
    for (size_t i = 0; i < G_N_ELEMENTS(dashes); i++)
        if (c == dashes[i])
            return true;
    return false;
}

/* Where no colour and no bar tells them apart, a line of the mail between long dashes would look like one of ours: "———— Signed part: by Ada ————".
 * Its dashes become short ones. */
static void dashes_shorten(GString *out, size_t begin)
{
    const char *mark = out->str + begin + strspn(out->str + begin, " \t");
    if (!is_long_dash(g_utf8_get_char(mark)))
        return;
    g_autofree char *line = g_strndup(out->str + begin, out->len - begin);
    const char *first = line + strspn(line, " \t"), *last = line + strlen(line), *rest = first;
    while (last > first && strchr(" \t\r", last[-1]) != NULL)
        last--;
    int leading = 0;
    for (; is_long_dash(g_utf8_get_char(rest)); rest = g_utf8_next_char(rest))
        leading++;
    if (leading < 2 || *rest == '\0' || rest >= last || !is_long_dash(g_utf8_get_char(g_utf8_prev_char(last))))
        return;
    g_string_truncate(out, begin);
    for (const char *at = line; *at != '\0'; at = g_utf8_next_char(at))
        g_string_append_unichar(out, is_long_dash(g_utf8_get_char(at)) ? '-' : g_utf8_get_char(at));
}

static char *text_write(const struct text *self, bool is_shown)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < self->lines->len; i++) {
        const struct text_line *line = g_ptr_array_index(self->lines, i);
        if (line->is_note && !is_shown)
            continue;
        size_t begin = out->len;
        for (int level = 0; level < line->quote_level; level++)
            g_string_append_c(out, '>');
        if (line->quote_level > 0)
            g_string_append_c(out, ' ');
        for (int column = 0; column < line->indent; column++)
            g_string_append_c(out, ' ');
        line_write(self, line, is_shown, out);
        if (is_shown && !line->is_ours)
            dashes_shorten(out, begin);
        g_string_append_c(out, '\n');
    }
    bool has_begun = false;
    for (guint i = 0; i < self->links->len; i++) {
        const struct text_link *link = g_ptr_array_index(self->links, i);
        if (!text_link_is_footnote(link) || (link->is_secret && !is_shown))
            continue;
        g_string_append_printf(out, "%s[%u] %s\n", has_begun ? "" : "\n", i + 1, link->url);
        has_begun = true;
        if (link->is_suspicious && is_shown)
            g_string_append_printf(out, _("    The text says \"%s\", but this link leads somewhere else.\n"), link->label);
    }
    return g_string_free(out, FALSE);
}

char *text_plain(const struct text *self)
{
    return text_write(self, false);
}

char *text_shown(const struct text *self)
{
    return text_write(self, true);
}
