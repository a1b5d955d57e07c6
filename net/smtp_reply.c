/* SPDX-License-Identifier: MIT */
/* A reply parser that can be cut at any byte and never holds more than its limits. */
#include "net/smtp_reply.h"
#include "net/limits.h"
#include <string.h>

struct smtp_reply_parser {
    GString *line; /* not yet ended */
    GString *text; /* of the lines before */
    size_t lines;
};

smtp_reply_parser *smtp_reply_parser_new(void)
{
    smtp_reply_parser *parser = g_new0(smtp_reply_parser, 1);
    parser->line = g_string_new(NULL);
    parser->text = g_string_new(NULL);
    return parser;
}

void smtp_reply_parser_free(smtp_reply_parser *parser)
{
    if (parser == NULL)
        return;
    g_string_free(parser->line, TRUE);
    g_string_free(parser->text, TRUE);
    g_free(parser);
}

void smtp_reply_clear(struct smtp_reply *reply)
{
    g_free(reply->text);
    memset(reply, 0, sizeof *reply);
}

static size_t append_digits(char *out, size_t length, const char **text)
{
    size_t digits = 0;
    for (; g_ascii_isdigit(**text) && digits < 4; digits++)
        out[length + digits] = *(*text)++;
    return digits >= 1 && digits <= 3 ? digits : 0;
}

/* status-code = ("2" / "4" / "5") "." 1*3digit "." 1*3digit      (RFC 3463 section 2) */
void smtp_reply_find_enhanced(int code, const char *text, char enhanced_out[12])
{
    char found[16] = "";
    const char *rest = text + 2;
    enhanced_out[0] = '\0';
    if ((text[0] != '2' && text[0] != '4' && text[0] != '5') || text[0] != '0' + code / 100 || text[1] != '.')
        return;
    memcpy(found, text, 2);
    size_t length = 2, digits = append_digits(found, length, &rest);
    if (digits == 0 || *rest != '.')
        return;
    length += digits;
    found[length++] = *rest++;
    digits = append_digits(found, length, &rest);
    if (digits == 0 || (*rest != '\0' && *rest != ' ' && *rest != '\n'))
        return;
    found[length + digits] = '\0';
    g_strlcpy(enhanced_out, found, 12);
}

static bool is_reply_line(const char *line, size_t length)
{
    if (length < 3 || line[0] < '2' || line[0] > '5' || !g_ascii_isdigit(line[1]) || !g_ascii_isdigit(line[2]))
        return false;
    return length == 3 || line[3] == ' ' || line[3] == '-';
}

static void finish_reply(smtp_reply_parser *parser, int code, struct smtp_reply *reply_out)
{
    *reply_out = (struct smtp_reply){ .code = code, .text = g_strndup(parser->text->str, parser->text->len) };
    smtp_reply_find_enhanced(code, reply_out->text, reply_out->enhanced);
    g_string_truncate(parser->text, 0);
    parser->lines = 0;
}

static enum smtp_parse take_line(smtp_reply_parser *parser, struct smtp_reply *reply_out)
{
    GString *line = parser->line;
    if (line->len > 0 && line->str[line->len - 1] == '\r')
        g_string_truncate(line, line->len - 1);
    if (!is_reply_line(line->str, line->len) || ++parser->lines > net_limits.smtp_reply_lines)
        return SMTP_PARSE_BAD;
    bool is_kept = parser->text->len + line->len <= net_limits.smtp_reply_bytes;
    if (parser->lines > 1 && is_kept)
        g_string_append_c(parser->text, '\n');
    if (line->len > 4 && is_kept)
        g_string_append_len(parser->text, line->str + 4, (gssize)line->len - 4);
    int code = (line->str[0] - '0') * 100 + (line->str[1] - '0') * 10 + (line->str[2] - '0');
    bool is_last = line->len == 3 || line->str[3] == ' ';
    g_string_truncate(line, 0);
    if (!is_last)
        return SMTP_PARSE_MORE;
    finish_reply(parser, code, reply_out);
    return SMTP_PARSE_DONE;
}

enum smtp_parse smtp_reply_parser_feed(smtp_reply_parser *parser, const char *bytes, size_t length, size_t *used_out,
                                       struct smtp_reply *reply_out)
{
    for (size_t i = 0; i < length; i++) {
        *used_out = i + 1;
        if (bytes[i] != '\n') {
            g_string_append_c(parser->line, bytes[i] != '\0' ? bytes[i] : '?');
            if (parser->line->len > net_limits.smtp_line_bytes)
                return SMTP_PARSE_BAD;
            continue;
        }
        enum smtp_parse parse = take_line(parser, reply_out);
        if (parse != SMTP_PARSE_MORE)
            return parse;
    }
    *used_out = length;
    return SMTP_PARSE_MORE;
}

char *smtp_reply_parser_excerpt(const smtp_reply_parser *parser)
{
    g_autofree char *cut = g_strndup(parser->line->str, MIN(parser->line->len, 80));
    return g_strescape(cut, NULL);
}

char *smtp_reply_words(const struct smtp_reply *reply)
{
    g_autofree char *valid = g_utf8_make_valid(reply->text != NULL ? reply->text : "", -1);
    for (char *c = valid; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    }
    return g_strdup_printf("%d %s", reply->code, g_strstrip(valid));
}
