/* SPDX-License-Identifier: MIT */
/* POP3 answers: a line, its status, and the text that may follow. */
#include "net/pop3_reply.h"
#include "net/limits.h"
#include <string.h>

void pop3_reply_clear(struct pop3_reply *reply)
{
    g_free(reply->text);
    *reply = (struct pop3_reply){ 0 };
}

static const struct {
    const char *word;
    enum pop3_code code;
} codes[] = {
    { "IN-USE", POP3_CODE_IN_USE },     { "LOGIN-DELAY", POP3_CODE_LOGIN_DELAY },
    { "SYS/TEMP", POP3_CODE_SYS_TEMP }, { "SYS/PERM", POP3_CODE_SYS_PERM },
    { "AUTH", POP3_CODE_AUTH },         { "UTF8", POP3_CODE_UTF8 },
};

/* "[IN-USE] text" → code, text. RFC 2449 section 8: a longer code is a kind of the shorter one ("SYS/TEMP/DISK"). */
static const char *take_code(const char *text, enum pop3_code *code_out)
{
    const char *end = *text == '[' ? strchr(text, ']') : NULL;
    if (end == NULL)
        return text;
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
        size_t length = strlen(codes[i].word);
        char behind = text[1 + MIN(length, strlen(text) - 1)];
        if (g_ascii_strncasecmp(text + 1, codes[i].word, length) == 0 && (behind == ']' || behind == '/'))
            *code_out = codes[i].code;
    }
    if (*code_out == POP3_CODE_NONE)
        return text; /* not a code: words in brackets */
    return end[1] == ' ' ? end + 2 : end + 1;
}

bool pop3_reply_parse(const char *line, size_t length, struct pop3_reply *reply_out)
{
    static const struct {
        const char *word;
        enum pop3_status status;
    } words[] = { { "+OK", POP3_OK }, { "-ERR", POP3_ERR }, { "+", POP3_CONTINUE } };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        size_t word = strlen(words[i].word);
        if (length < word || g_ascii_strncasecmp(line, words[i].word, word) != 0 || (length > word && line[word] != ' '))
            continue;
        enum pop3_code code = POP3_CODE_NONE;
        g_autofree char *text = g_strndup(line + MIN(word + 1, length), length - MIN(word + 1, length));
        const char *rest = words[i].status != POP3_CONTINUE ? take_code(text, &code) : text;
        *reply_out = (struct pop3_reply){ .status = words[i].status, .code = code, .text = g_strdup(rest) };
        return true;
    }
    return false;
}

char *pop3_reply_words(const struct pop3_reply *reply)
{
    char *valid = g_utf8_make_valid(reply->text != NULL ? reply->text : "", -1);
    for (char *c = valid; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    }
    g_strstrip(valid);
    if (*valid != '\0')
        return valid;
    g_free(valid);
    return g_strdup(reply->status == POP3_OK ? "+OK" : "-ERR");
}

/* --- lines --- */
void pop3_line_clear(struct pop3_line *line)
{
    if (line->text != NULL)
        g_string_free(line->text, TRUE);
    *line = (struct pop3_line){ 0 };
}

static void append_clean(GString *text, const char *bytes, size_t length)
{
    size_t start = text->len;
    g_string_append_len(text, bytes, (gssize)length);
    for (size_t i = start; i < text->len; i++) {
        if (text->str[i] == '\0')
            text->str[i] = '?';
    }
}

enum pop3_parse pop3_line_feed(struct pop3_line *line, const char *bytes, size_t length, size_t *used_out)
{
    const char *end = length > 0 ? memchr(bytes, '\n', length) : NULL;
    size_t part = end != NULL ? (size_t)(end - bytes) : length;
    if (line->text == NULL)
        line->text = g_string_new(NULL);
    if (line->is_whole)
        g_string_truncate(line->text, 0);
    line->is_whole = end != NULL;
    size_t room = net_limits.pop3_line_bytes - MIN(line->text->len, net_limits.pop3_line_bytes);
    append_clean(line->text, bytes, MIN(part, room));
    *used_out = MIN(part, room) + (part <= room && end != NULL ? 1 : 0);
    if (part > room) {
        *used_out = MAX(*used_out, 1);
        return POP3_PARSE_BAD;
    }
    if (end == NULL)
        return POP3_PARSE_MORE;
    line->is_bare_lf = line->text->len == 0 || line->text->str[line->text->len - 1] != '\r';
    if (!line->is_bare_lf)
        g_string_truncate(line->text, line->text->len - 1);
    return POP3_PARSE_DONE;
}

/* --- text --- */
void pop3_text_begin(struct pop3_text *text, bool is_bare_lf)
{
    *text = (struct pop3_text){ .state = POP3_TEXT_START, .is_first_line = true, .is_bare_lf = is_bare_lf };
}

/* The first line was written by the server, not by who sent the message: it shows how this server ends its lines. */
static void end_line(struct pop3_text *text, bool has_cr)
{
    if (text->is_first_line && !has_cr)
        text->is_bare_lf = true;
    text->is_first_line = false;
    text->state = has_cr || text->is_bare_lf ? POP3_TEXT_START : POP3_TEXT_LINE;
}

/* Within a line: up to its end, or all there is. */
static size_t feed_line(struct pop3_text *text, const char *bytes, size_t length, GString *decoded)
{
    const char *end = memchr(bytes, '\n', length);
    if (end == NULL) {
        bool is_cr = bytes[length - 1] == '\r';
        g_string_append_len(decoded, bytes, (gssize)length - (is_cr ? 1 : 0));
        text->state = is_cr ? POP3_TEXT_CR : POP3_TEXT_LINE;
        return length;
    }
    size_t part = (size_t)(end - bytes);
    bool has_cr = part > 0 && bytes[part - 1] == '\r';
    g_string_append_len(decoded, bytes, (gssize)part - (has_cr ? 1 : 0));
    g_string_append_c(decoded, '\n');
    end_line(text, has_cr);
    return part + 1;
}

static size_t feed_cr(struct pop3_text *text, char next, GString *decoded)
{
    if (next == '\n') {
        g_string_append_c(decoded, '\n');
        end_line(text, true);
        return 1;
    }
    g_string_append_c(decoded, '\r'); /* alone: content */
    text->state = POP3_TEXT_LINE;
    return 0;
}

/* Behind a dot at the start of a line: its end (then the text ends), or a line that was stuffed. */
static size_t feed_dot(struct pop3_text *text, char next)
{
    if (next == '\r')
        text->state = POP3_TEXT_DOT_CR;
    else if (next == '\n' && (text->is_bare_lf || text->is_first_line))
        text->state = POP3_TEXT_END;
    else
        text->state = POP3_TEXT_LINE;
    return text->state == POP3_TEXT_LINE ? 0 : 1;
}

static size_t feed_dot_cr(struct pop3_text *text, char next, GString *decoded)
{
    if (next == '\n') {
        text->state = POP3_TEXT_END;
        return 1;
    }
    g_string_append_c(decoded, '\r');
    text->state = POP3_TEXT_LINE;
    return 0;
}

enum pop3_parse pop3_text_feed(struct pop3_text *text, const char *bytes, size_t length, size_t *used_out, GString *decoded)
{
    size_t i = 0;
    while (i < length && text->state != POP3_TEXT_END) {
        switch (text->state) {
        case POP3_TEXT_START:
            text->state = bytes[i] == '.' ? POP3_TEXT_DOT : POP3_TEXT_LINE;
            i += bytes[i] == '.' ? 1 : 0;
            break;
        case POP3_TEXT_DOT:
            i += feed_dot(text, bytes[i]);
            break;
        case POP3_TEXT_DOT_CR:
            i += feed_dot_cr(text, bytes[i], decoded);
            break;
        case POP3_TEXT_LINE:
            i += feed_line(text, bytes + i, length - i, decoded);
            break;
        case POP3_TEXT_CR:
            i += feed_cr(text, bytes[i], decoded);
            break;
        case POP3_TEXT_END:
            break;
        }
    }
    *used_out = i;
    return text->state == POP3_TEXT_END ? POP3_PARSE_DONE : POP3_PARSE_MORE;
}

/* --- numbers --- */
const char *pop3_number_parse(const char *line, uint32_t *number_out)
{
    char *end = NULL;
    while (*line == ' ' || *line == '\t') /* some servers align their columns */
        line++;
    if (!g_ascii_isdigit(*line))
        return NULL;
    guint64 number = g_ascii_strtoull(line, &end, 10);
    if (number == 0 || number > UINT32_MAX || (*end != '\0' && *end != ' ' && *end != '\t'))
        return NULL;
    *number_out = (uint32_t)number;
    while (*end == ' ' || *end == '\t')
        end++;
    return end;
}

bool pop3_size_parse(const char *line, uint32_t *number_out, uint64_t *size_out)
{
    uint32_t number = 0;
    const char *rest = pop3_number_parse(line, &number);
    if (rest == NULL || !g_ascii_isdigit(*rest))
        return false;
    *number_out = number;
    *size_out = g_ascii_strtoull(rest, NULL, 10);
    return true;
}

static bool is_timestamp(const char *text, size_t length)
{
    size_t ats = 0;
    for (size_t i = 1; i + 1 < length; i++) {
        if (!g_ascii_isgraph(text[i]) || text[i] == '<' || text[i] == '>')
            return false;
        ats += text[i] == '@' ? 1 : 0;
    }
    return length > 4 && ats == 1 && text[1] != '@' && text[length - 2] != '@';
}

char *pop3_timestamp_find(const char *greeting)
{
    for (const char *start = strchr(greeting, '<'); start != NULL; start = strchr(start + 1, '<')) {
        const char *end = strchr(start, '>');
        if (end != NULL && is_timestamp(start, (size_t)(end - start) + 1))
            return g_strndup(start, (size_t)(end - start) + 1);
    }
    return NULL;
}
