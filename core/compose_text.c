/* SPDX-License-Identifier: MIT */
/* The text of a message as parts: in its charset, flowed (RFC 3676), from Markdown as HTML too, with an answer to an invitation beside it. */
#include "core/compose_private.h"
#include "core/message_private.h"
#include <cmark.h>
#include <string.h>

#define FLOWED_COLUMNS 72

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeStream, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeDataWrapper, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeObject, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeMultipart, g_object_unref)

/* LF only; caller frees. */
static GString *with_line_feeds(const char *valid)
{
    GString *text = g_string_sized_new(strlen(valid) + 2);
    for (const char *from = valid; *from != '\0';) {
        size_t plain = strcspn(from, "\r");
        g_string_append_len(text, from, (gssize)plain);
        from += plain;
        if (*from == '\r' && *++from != '\n')
            g_string_append_c(text, '\n');
    }
    return text;
}

/* LF only, and one at the end; caller frees. */
static char *clean_text(const char *body)
{
    g_autofree char *valid = g_utf8_make_valid(body, -1);
    GString *text = with_line_feeds(valid);
    if (text->len == 0 || text->str[text->len - 1] != '\n')
        g_string_append_c(text, '\n');
    return g_string_free(text, FALSE);
}

char *compose_text_read(const char *bytes, size_t size)
{
    static const char mark[] = "\xef\xbb\xbf";
    g_autofree char *text = message_utf8(bytes, size, NULL, NULL);
    return g_string_free(with_line_feeds(g_str_has_prefix(text, mark) ? text + strlen(mark) : text), FALSE);
}

/* --- flowed text --- */
/* Bytes of line that fit, up to and with the last space; the whole where it fits or has no space in time. */
static size_t flow_at(const char *line, size_t columns)
{
    size_t used = 0, space = 0;
    const char *c = line;
    for (; *c != '\0'; c = g_utf8_next_char(c)) {
        used += g_unichar_iswide(g_utf8_get_char(c)) ? 2 : 1;
        if (used > columns && space > 0)
            return space;
        if (*c == ' ' && c[1] != ' ' && c[1] != '\0' && c > line)
            space = (size_t)(c + 1 - line);
    }
    return strlen(line);
}

/* "> > words" and ">> words" are two levels; returns how many, *rest_out: the words. */
static size_t quote_depth(const char *line, const char **rest_out)
{
    size_t depth = 0;
    const char *at = line;
    while (*at == '>' || (depth > 0 && at[0] == ' ' && at[1] == '>')) {
        at += *at == ' ' ? 1 : 0;
        at++;
        depth++;
    }
    *rest_out = depth > 0 && *at == ' ' ? at + 1 : at;
    return depth;
}

static void append_flowed(GString *text, const char *line)
{
    const char *rest = line;
    size_t depth = quote_depth(line, &rest), columns = FLOWED_COLUMNS > 2 * depth ? FLOWED_COLUMNS - depth : FLOWED_COLUMNS / 2;
    do {
        size_t length = flow_at(rest, columns);
        for (size_t i = 0; i < depth; i++)
            g_string_append_c(text, '>');
        /* RFC 3676 4.4: what would be taken for a quote, a stuffed space or an mbox line is stuffed */
        if ((depth > 0 && *rest != '\0') || *rest == ' ' || *rest == '>' || g_str_has_prefix(rest, "From "))
            g_string_append_c(text, ' ');
        g_string_append_len(text, rest, (gssize)length);
        g_string_append_c(text, '\n');
        rest += length;
    } while (*rest != '\0');
}

static char *flowed_text(const char *plain)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(plain, "\n", -1);
    for (char **line = lines; *line != NULL && (line[1] != NULL || **line != '\0'); line++) {
        bool is_mark = strcmp(*line, "-- ") == 0;
        if (!is_mark)
            g_strchomp(*line); /* a space at the end says that the line goes on: only ours do */
        if (is_mark)
            g_string_append(text, "-- \n");
        else
            append_flowed(text, *line);
    }
    return g_strdup(text->str);
}

/* --- parts --- */
/* In the wished charset where it has all the characters, else in UTF-8. Caller unrefs; *charset_out is static or as long as wished. */
static GBytes *encoded(const char *text, const char *wished, const char **charset_out)
{
    gsize size = 0;
    bool is_plain = g_str_is_ascii(text);
    bool has_wish = !is_plain && wished != NULL && *wished != '\0' && g_ascii_strcasecmp(wished, "utf-8") != 0;
    char *other = has_wish ? g_convert(text, -1, wished, "UTF-8", NULL, &size, NULL) : NULL;
    *charset_out = is_plain ? "us-ascii" : other != NULL ? wished : "utf-8";
    return other != NULL ? g_bytes_new_take(other, size) : g_bytes_new(text, strlen(text));
}

bool compose_charset_fits(const char *text, const char *charset)
{
    const char *used = NULL;
    g_bytes_unref(encoded(text, charset, &used));
    return g_ascii_strcasecmp(used, "us-ascii") == 0 || charset == NULL || *charset == '\0' || g_ascii_strcasecmp(used, charset) == 0;
}

bool compose_charset_is_known(const char *charset)
{
    GIConv there = g_iconv_open(charset, "UTF-8"), back = g_iconv_open("UTF-8", charset);
    bool is_name =
        strspn(charset, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") == strlen(charset) && *charset != '\0';
    g_autofree char *probe = is_name && there != (GIConv)-1 ? g_convert("A\n", -1, charset, "UTF-8", NULL, NULL, NULL) : NULL;
    bool is_known = back != (GIConv)-1 && probe != NULL && strcmp(probe, "A\n") == 0; /* UTF-16 and the like are no charsets of mail text */
    if (there != (GIConv)-1)
        g_iconv_close(there);
    if (back != (GIConv)-1)
        g_iconv_close(back);
    return is_known;
}

/* Not g_mime_text_part_set_text(): that would choose the shortest of a dozen charsets. */
static GMimeObject *text_part_new(const char *subtype, const char *text, const char *wished_charset)
{
    const char *charset = NULL;
    g_autoptr(GBytes) bytes = encoded(text, wished_charset, &charset);
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    g_autoptr(GMimeStream) stream = g_mime_stream_mem_new_with_buffer(data, size);
    g_autoptr(GMimeDataWrapper) content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
    GMimeTextPart *part = g_mime_text_part_new_with_subtype(subtype);
    g_mime_part_set_content(GMIME_PART(part), content);
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", charset);
    GMimeContentEncoding encoding = g_mime_part_get_best_content_encoding(GMIME_PART(part), GMIME_ENCODING_CONSTRAINT_7BIT);
    g_mime_part_set_content_encoding(GMIME_PART(part), encoding == GMIME_CONTENT_ENCODING_DEFAULT ? GMIME_CONTENT_ENCODING_7BIT : encoding);
    return GMIME_OBJECT(part);
}

/* --- Markdown --- */
/* The signature is no Markdown: its mark would make a heading of the line above. */
static char *html_of(const char *text)
{
    const char *mark = strncmp(text, "-- \n", 4) == 0 ? text : g_strrstr(text, "\n-- \n");
    size_t length = mark != NULL ? (size_t)(mark - text) : strlen(text);
    char *body = cmark_markdown_to_html(text, length, CMARK_OPT_DEFAULT); /* without CMARK_OPT_UNSAFE: no raw HTML */
    g_autofree char *signature = mark != NULL ? g_markup_escape_text(*mark == '\n' ? mark + 1 : mark, -1) : NULL;
    char *html = g_strconcat("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>\n", body, signature != NULL ? "<pre>" : "",
                             signature != NULL ? signature : "", signature != NULL ? "</pre>\n" : "", "</body></html>\n", NULL);
    free(body); /* cmark's own allocator */
    return html;
}

static GMimeObject *plain_part_new(const struct draft *self, const char *text)
{
    g_autofree char *flowed = self->is_flowed ? flowed_text(text) : NULL;
    GMimeObject *part = text_part_new("plain", flowed != NULL ? flowed : text, self->charset);
    if (flowed != NULL)
        g_mime_object_set_content_type_parameter(part, "format", "flowed");
    return part;
}

/* In UTF-8 whatever the letters are: programs read it (RFC 6047, 2.4). */
static GMimeObject *calendar_part_new(const char *calendar)
{
    GMimeObject *part = text_part_new("calendar", calendar, NULL);
    g_mime_object_set_content_type_parameter(part, "charset", "utf-8");
    const char *found = strstr(calendar, "\r\nMETHOD:"), *method = found != NULL ? found + strlen("\r\nMETHOD:") : "REPLY";
    g_autofree char *word = g_strndup(method, strcspn(method, "\r\n"));
    g_mime_object_set_content_type_parameter(part, "method", word);
    return part;
}

/* Nobody else reads it, and it is written again and again while a person types: no letter is encoded. */
static GMimeObject *kept_part_new(const char *text)
{
    g_autoptr(GMimeStream) stream = g_mime_stream_mem_new_with_buffer(text, strlen(text));
    g_autoptr(GMimeDataWrapper) content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
    GMimeTextPart *part = g_mime_text_part_new_with_subtype("plain");
    g_mime_part_set_content(GMIME_PART(part), content);
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
    g_mime_part_set_content_encoding(GMIME_PART(part), GMIME_CONTENT_ENCODING_8BIT);
    return GMIME_OBJECT(part);
}

GMimeObject *compose_text_new(const struct draft *self, enum compose_text_use use)
{
    g_autofree char *text = clean_text(self->body);
    if (use == COMPOSE_TEXT_KEPT)
        return kept_part_new(text);
    if (use == COMPOSE_TEXT_DRAFT)
        return text_part_new("plain", text, NULL); /* as it was typed */
    g_autoptr(GMimeObject) plain = plain_part_new(self, text);
    if (!self->is_markdown && self->calendar == NULL)
        return g_steal_pointer(&plain);
    g_autofree char *html = html_of(text);
    g_autoptr(GMimeObject) other = self->calendar != NULL ? calendar_part_new(self->calendar) : text_part_new("html", html, NULL);
    g_autoptr(GMimeMultipart) both = g_mime_multipart_new_with_subtype("alternative");
    g_mime_multipart_add(both, plain);
    g_mime_multipart_add(both, other);
    return GMIME_OBJECT(g_steal_pointer(&both));
}
