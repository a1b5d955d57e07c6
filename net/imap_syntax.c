/* SPDX-License-Identifier: MIT */
/* The syntax of IMAP responses: generous with what servers get wrong, strict in memory. */
#include "net/imap_syntax.h"
#include <glib/gi18n-lib.h>
#include <string.h>

const struct imap_limits imap_limits_default = {
    .line_max = 4u << 20, .literal_max = 64u << 20, .total_max = 96u << 20, .depth_max = 64, .item_max = 500000
};

#define BLOCK_SIZE   16384u
#define IN_PLACE_MIN 2048u /* literals from this size on are not copied */
#define PIECE_MAX    65536u
#define BUFFER_KEPT  262144u
#define OPEN_LEAST   ((size_t)64)
#define OPEN_KEPT    4096u /* values */

struct block {
    struct block *next;
    size_t used, size;
    _Alignas(16) char bytes[];
};

struct imap_syntax {
    struct imap_limits limits;
    GByteArray *buffer;
    bool has_grown; /* buffer, beyond BUFFER_KEPT */
    size_t taken;   /* bytes of buffer that were given out as responses */
    size_t scanned; /* how far the search for the end of this response has come: whole lines and literals */
    size_t looked;  /* behind scanned: so many bytes hold no line end */
    size_t line_bytes;
    const struct piecewise *piecewise; /* the response under way was given out in part; NULL: none is */
    struct block *blocks;
    unsigned items;
    struct imap_value
        *open; /* the values of all lists that are not closed yet, one list behind the other; kept from response to response */
    size_t open_count, open_size;
    size_t *starts; /* where each of those lists begins in open; [0] is the response itself */
    size_t depth;   /* lists that are open */
    size_t below;   /* lists within those whose values are not kept */
    bool has_utf8_names;
};

void imap_syntax_set_utf8_names(imap_syntax *self, bool are_utf8)
{
    self->has_utf8_names = are_utf8;
}

bool imap_syntax_has_utf8_names(const imap_syntax *self)
{
    return self->has_utf8_names;
}

/* --- the arena: emptied at once, so no branch of the parser can leak --- */
static void *arena_take(imap_syntax *self, size_t size)
{
    size = (size + 15u) & ~(size_t)15u;
    if (self->blocks == NULL || self->blocks->size - self->blocks->used < size) {
        size_t room = MAX(size, (size_t)BLOCK_SIZE);
        struct block *block = g_malloc(sizeof *block + room);
        *block = (struct block){ .next = self->blocks, .size = room };
        self->blocks = block;
    }
    void *memory = self->blocks->bytes + self->blocks->used;
    self->blocks->used += size;
    return memory;
}

void *imap_syntax_alloc(imap_syntax *self, size_t size)
{
    return memset(arena_take(self, size), 0, size);
}

static char *arena_copy(imap_syntax *self, const char *bytes, size_t length)
{
    char *copy = arena_take(self, length + 1);
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

static void empty_arena(imap_syntax *self)
{
    /* One ordinary block is kept: most responses fit in it. */
    while (self->blocks != NULL && (self->blocks->next != NULL || self->blocks->size > BLOCK_SIZE)) {
        struct block *next = self->blocks->next;
        g_free(self->blocks);
        self->blocks = next;
    }
    if (self->blocks != NULL)
        self->blocks->used = 0;
}

imap_syntax *imap_syntax_new(const struct imap_limits *limits)
{
    imap_syntax *self = g_new0(imap_syntax, 1);
    self->limits = *limits;
    self->buffer = g_byte_array_new();
    self->starts = g_new(size_t, (size_t)limits->depth_max + 2);
    return self;
}

void imap_syntax_free(imap_syntax *self)
{
    if (self == NULL)
        return;
    while (self->blocks != NULL) {
        struct block *next = self->blocks->next;
        g_free(self->blocks);
        self->blocks = next;
    }
    g_byte_array_unref(self->buffer);
    g_free(self->open);
    g_free(self->starts);
    g_free(self);
}

void imap_syntax_feed(imap_syntax *self, const void *bytes, size_t size)
{
    g_byte_array_append(self->buffer, bytes, (guint)size);
    self->has_grown |= self->buffer->len > BUFFER_KEPT;
}

void *imap_syntax_room(imap_syntax *self, size_t size)
{
    guint used = self->buffer->len;
    g_byte_array_set_size(self->buffer, used + (guint)size);
    g_byte_array_set_size(self->buffer, used);
    return self->buffer->data + used;
}

void imap_syntax_fed(imap_syntax *self, size_t size)
{
    g_byte_array_set_size(self->buffer, self->buffer->len + (guint)size);
    self->has_grown |= self->buffer->len > BUFFER_KEPT;
}

size_t imap_syntax_unread(const imap_syntax *self)
{
    return self->buffer->len - self->taken;
}

const void *imap_syntax_take_rest(imap_syntax *self, size_t *size_out)
{
    const guint8 *rest = self->buffer->data + self->taken;
    *size_out = imap_syntax_unread(self);
    self->taken = self->scanned = self->buffer->len;
    self->looked = 0;
    self->line_bytes = 0;
    return *size_out > 0 ? rest : NULL;
}

char *imap_excerpt(const char *bytes, size_t length)
{
    size_t shown = MIN(length, 120);
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c >= 0x20 && c < 0x7f)
            g_string_append_c(text, (char)c);
        else
            g_string_append_printf(text, "\\x%02x", c);
    }
    if (shown < length)
        g_string_append(text, "…");
    return g_string_free(text, FALSE);
}

static enum imap_step fail(imap_syntax *self, enum net_error code, const char *why, GError **error)
{
    g_autofree char *excerpt = imap_excerpt((const char *)self->buffer->data + self->taken, self->buffer->len - self->taken);
    g_set_error(error, NET_ERROR, (gint)code, _("The server's answer cannot be read (%s): %s"), why, excerpt);
    return IMAP_BAD_SYNTAX;
}

/* Does the line that ends at end (behind its LF) announce a literal? "{123}", "{123+}", "~{123}" before the line break. */
static bool literal_at_end(const char *line, const char *end, uint64_t *size_out)
{
    const char *p = end - 1;
    while (p > line && (p[-1] == '\r' || p[-1] == '\n'))
        p--;
    if (p == line || p[-1] != '}')
        return false;
    const char *digits_end = p - 1;
    if (digits_end > line && (digits_end[-1] == '+' || digits_end[-1] == '-'))
        digits_end--;
    const char *digits = digits_end;
    while (digits > line && g_ascii_isdigit(digits[-1]))
        digits--;
    if (digits == digits_end || digits == line || digits[-1] != '{')
        return false;
    *size_out = g_ascii_strtoull(digits, NULL, 10); /* the greatest number where there are too many digits */
    return true;
}

static bool is_line_of(const char *line, const char *end, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(end - line) > length && g_ascii_strncasecmp(line, word, length) == 0 && strchr(" \r\n", line[length]) != NULL;
}

/* "* OK see {12}" announces nothing: it is text for a person (RFC 9051 9, resp-text). */
static bool is_text(const char *line, const char *end)
{
    static const char *const words[] = { "OK", "NO", "BAD", "BYE", "PREAUTH" };
    const char *space = memchr(line, ' ', (size_t)(end - line));
    bool is_found = *line == '+';
    if (space != NULL && g_ascii_isdigit(space[1])) /* "* 12 FETCH": most lines */
        return is_found;
    for (size_t i = 0; space != NULL && i < G_N_ELEMENTS(words); i++)
        is_found |= is_line_of(space + 1, end, words[i]);
    return is_found;
}

/* Finds the end of the response that begins at taken. MORE keeps what was found out. */
static enum imap_step find_end(imap_syntax *self, size_t *end_out, GError **error)
{
    const char *bytes = (const char *)self->buffer->data;
    while (self->scanned < self->buffer->len) {
        const char *from = bytes + self->scanned;
        const char *newline = memchr(from + self->looked, '\n', self->buffer->len - self->scanned - self->looked);
        size_t line = newline != NULL ? (size_t)(newline - from) + 1 : self->buffer->len - self->scanned;
        if (self->line_bytes + line > self->limits.line_max)
            return fail(self, NET_ERROR_LIMIT, _("a line is too long"), error);
        self->looked = newline != NULL ? 0 : line;
        if (newline == NULL)
            return IMAP_MORE;
        uint64_t literal = 0;
        bool is_first = self->scanned == self->taken;
        self->line_bytes += line;
        self->scanned += line;
        if ((is_first && is_text(from, newline)) || !literal_at_end(from, newline + 1, &literal)) {
            *end_out = self->scanned;
            return IMAP_DONE;
        }
        if (literal > self->limits.literal_max || self->scanned - self->taken + literal > self->limits.total_max)
            return fail(self, NET_ERROR_LIMIT, _("a part is too large"), error);
        self->scanned += (size_t)literal; /* may lie beyond what has come */
    }
    return IMAP_MORE;
}

/* --- values --- */
struct cursor {
    imap_syntax *syntax;
    const char *at, *end;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* With backslashes taken away. */
static char *unquoted_copy(imap_syntax *self, const char *begin, const char *end, size_t *length_out)
{
    char *copy = arena_take(self, (size_t)(end - begin) + 1), *at = copy;
    for (const char *p = begin; p < end; p++) {
        if (*p == '\\' && p + 1 < end)
            p++;
        *at++ = *p;
    }
    *at = '\0';
    *length_out = (size_t)(at - copy);
    return copy;
}

static bool read_quoted(struct cursor *cursor, struct imap_value *value)
{
    const char *begin = cursor->at + 1, *p = begin;
    bool has_backslash = false;
    for (; p < cursor->end && *p != '"' && *p != '\n'; p++) {
        if (*p == '\\' && p + 1 < cursor->end && p[1] != '\n') {
            has_backslash = true;
            p++;
        }
    }
    bool is_closed = p < cursor->end && *p == '"';
    size_t length = (size_t)(p - begin);
    char *copy = has_backslash ? unquoted_copy(cursor->syntax, begin, p, &length) : arena_copy(cursor->syntax, begin, length);
    if (!is_closed && length > 0 && copy[length - 1] == '\r') /* the line ended within the quotes */
        copy[--length] = '\0';
    cursor->at = p + (is_closed ? 1 : 0);
    *value = (struct imap_value){ .kind = IMAP_STRING, .bytes = copy, .length = length };
    return is_closed;
}

/* "{12}" CRLF bytes, or nothing when it is not a literal. */
static bool read_literal(struct cursor *cursor, struct imap_value *value)
{
    const char *newline = memchr(cursor->at, '\n', (size_t)(cursor->end - cursor->at));
    uint64_t size = 0;
    if (newline == NULL || !literal_at_end(cursor->at, newline + 1, &size) || size > (uint64_t)(cursor->end - newline - 1))
        return false;
    char *copy = NULL;
    if (size >=
        IN_PLACE_MIN) { /* one byte to the left, over the line end: there is room for its NUL, and no second copy of what is large */
        copy = (char *)cursor->syntax->buffer->data + (newline - (const char *)cursor->syntax->buffer->data);
        memmove(copy, newline + 1, (size_t)size);
        copy[size] = '\0';
    } else {
        copy = arena_copy(cursor->syntax, newline + 1, (size_t)size);
    }
    *value = (struct imap_value){ .kind = IMAP_STRING, .bytes = copy, .length = (size_t)size };
    cursor->at = newline + 1 + size;
    return true;
}

/* "[" opens a part of an atom in which blanks and parentheses may occur: BODY[HEADER.FIELDS (A B)]<0>, [CODE text]. */
static bool atom_has_section(const char *begin, size_t left)
{
    return *begin == '[' || ((*begin | 0x20) == 'b' && ((left > 5 && g_ascii_strncasecmp(begin, "BODY", 4) == 0) ||
                                                        (left > 7 && g_ascii_strncasecmp(begin, "BINARY", 6) == 0)));
}

/* It ends at a space or parenthesis. */
static const char *atom_end(const char *begin, const char *end)
{
    bool has_section = atom_has_section(begin, (size_t)(end - begin));
    unsigned brackets = 0;
    const char *p = begin;
    for (; p < end; p++) {
        char c = *p;
        if (c == '\r' || c == '\n' || (brackets == 0 && (c == ' ' || c == '\t' || c == '(' || c == ')')))
            break;
        if (c == '[' && has_section)
            brackets++;
        else if (c == ']' && brackets > 0)
            brackets--;
    }
    return p;
}

static void read_atom(struct cursor *cursor, struct imap_value *value)
{
    const char *begin = cursor->at;
    cursor->at = atom_end(begin, cursor->end);
    size_t length = (size_t)(cursor->at - begin), digits = 0;
    uint64_t number = 0;
    *value = (struct imap_value){ .kind = IMAP_ATOM, .bytes = arena_copy(cursor->syntax, begin, length), .length = length };
    if (length == 3 && g_ascii_strncasecmp(begin, "NIL", 3) == 0)
        value->kind = IMAP_NIL;
    for (; digits < length && length < 20 && g_ascii_isdigit(begin[digits]); digits++)
        number = number * 10 + (uint64_t)(begin[digits] - '0');
    if (digits == length && length > 0) {
        value->kind = IMAP_NUMBER;
        value->number = number;
    }
}

static void read_scalar(struct cursor *cursor, struct imap_value *value)
{
    if (*cursor->at == '"') {
        read_quoted(cursor, value);
        return;
    }
    if ((*cursor->at == '{' || (*cursor->at == '~' && cursor->at + 1 < cursor->end && cursor->at[1] == '{')) && read_literal(cursor, value))
        return;
    read_atom(cursor, value);
    if (value->length == 0 && cursor->at < cursor->end)
        cursor->at++; /* a lone ')' and the like: never stand still */
}

/* --- lists without recursion: those that are open lie one behind the other in self->open --- */
/* Where the next value of the open list lies: written in place, for a copy of what was written a moment ago makes the processor wait. */
static struct imap_value *next_value(imap_syntax *self)
{
    if (self->open_count == self->open_size) {
        self->open_size = MAX(self->open_size * 2, OPEN_LEAST);
        self->open = g_renew(struct imap_value, self->open, self->open_size);
    }
    return &self->open[self->open_count++];
}

static void open_list(imap_syntax *self)
{
    self->starts[self->depth++] = self->open_count;
}

/* Its values move to the arena. */
static void close_list(imap_syntax *self, struct imap_value *value)
{
    size_t start = self->starts[--self->depth], count = self->open_count - start;
    struct imap_value *copy = arena_take(self, count * sizeof *copy + 1);
    if (count > 0)
        memcpy(copy, self->open + start, count * sizeof *copy);
    self->open_count = start;
    *value = (struct imap_value){ .kind = IMAP_LIST, .items = copy, .count = count, .bytes = "" };
}

/* A list of a million numbers must not keep its memory for ever. */
static void begin_lists(imap_syntax *self)
{
    if (self->open_size > OPEN_KEPT) {
        g_clear_pointer(&self->open, g_free);
        self->open_size = 0;
    }
    self->open_count = self->depth = self->below = 0;
    open_list(self);
}

/* A list that is nested too deeply is read and not kept: a NIL stands for it. One hostile message must not take away those that are told beside it. */
static void begin_list(imap_syntax *self)
{
    if (self->below == 0 && self->depth < self->limits.depth_max) {
        open_list(self);
        return;
    }
    if (self->below++ == 0)
        *next_value(self) = (struct imap_value){ .kind = IMAP_NIL, .bytes = "" };
}

static void end_list(imap_syntax *self)
{
    struct imap_value value;
    if (self->below > 0) {
        self->below--;
        return;
    }
    close_list(self, &value);
    *next_value(self) = value;
}

static void read_value(struct cursor *cursor)
{
    imap_syntax *self = cursor->syntax;
    struct imap_value passed;
    read_scalar(cursor, self->below == 0 ? next_value(self) : &passed);
}

static enum imap_step read_values(struct cursor *cursor, struct imap_value *top, GError **error)
{
    imap_syntax *self = cursor->syntax;
    begin_lists(self);
    for (;;) {
        while (cursor->at < cursor->end && is_space(*cursor->at))
            cursor->at++;
        if (cursor->at >= cursor->end)
            break;
        self->items += self->below == 0;
        if (self->items > self->limits.item_max)
            return fail(self, NET_ERROR_LIMIT, _("it has too many parts"), error);
        if (*cursor->at == '(') {
            cursor->at++;
            begin_list(self);
        } else if (*cursor->at == ')' && self->depth > 1) {
            cursor->at++;
            end_list(self);
        } else {
            read_value(cursor);
        }
    }
    self->below = 0;
    while (self->depth > 1) /* a list that was never closed: what is there counts */
        end_list(self);
    close_list(self, top);
    return IMAP_DONE;
}

static const char *copy_first_line(imap_syntax *self, const char *begin, const char *end)
{
    const char *newline = memchr(begin, '\n', (size_t)(end - begin));
    size_t length = newline != NULL ? (size_t)(newline - begin) : (size_t)(end - begin);
    while (length > 0 && (begin[length - 1] == '\r' || begin[length - 1] == '\n'))
        length--;
    char *copy = arena_copy(self, begin, length);
    for (char *nul = copy; (nul = memchr(nul, '\0', (size_t)(copy + length - nul))) != NULL;)
        *nul = ' ';
    return copy;
}

static void forget_taken(imap_syntax *self)
{
    if (self->taken == 0)
        return;
    g_byte_array_remove_range(self->buffer, 0, (guint)self->taken);
    self->scanned -= self->taken;
    self->taken = 0;
    if (self->buffer->len == 0 && self->has_grown) { /* a huge literal must not keep its memory for ever */
        g_byte_array_unref(self->buffer);
        self->buffer = g_byte_array_new();
        self->has_grown = false;
    }
}

/* --- number lists: a million numbers are eight megabytes, so they are given out in pieces, each as a response of its own --- */
struct piecewise {
    const char *word;   /* behind "* " */
    const char *prefix; /* of the second piece and all others */
    char gap;           /* between two numbers; "(MODSEQ 7)" has none */
};
static const struct piecewise piecewise[] = {
    { "SEARCH", "* SEARCH ", ' ' },
    { "ESEARCH", "* ESEARCH ALL ", ',' },
    { "VANISHED (EARLIER)", "* VANISHED (EARLIER) ", ',' },
    { "VANISHED", "* VANISHED ", ',' },
};

static const struct piecewise *piecewise_of(const char *line, const char *end)
{
    if (end - line < 3 || memcmp(line, "* ", 2) != 0 || g_ascii_isdigit(line[2])) /* "* 12 FETCH": most lines */
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(piecewise); i++) {
        if (is_line_of(line + 2, end, piecewise[i].word))
            return &piecewise[i];
    }
    return NULL;
}

static bool is_piecewise(const imap_syntax *self)
{
    if (self->piecewise != NULL || imap_syntax_unread(self) == 0)
        return self->piecewise != NULL;
    const char *begin = (const char *)self->buffer->data + self->taken;
    return self->scanned == self->taken && piecewise_of(begin, begin + imap_syntax_unread(self)) != NULL;
}

/* Behind the last gap; 0: there is none. */
static size_t last_gap(const char *bytes, size_t length, char gap)
{
    for (size_t i = length - 2; i > 0; i--) {
        if (bytes[i] == gap && g_ascii_isdigit(bytes[i - 1]) && g_ascii_isdigit(bytes[i + 1]))
            return i + 1;
    }
    return 0;
}

/* The same cuts however the bytes came: only their places count. */
static enum imap_step next_piece(imap_syntax *self, GString *piece_out, GError **error)
{
    size_t most = MIN(self->limits.line_max, PIECE_MAX), length = MIN(imap_syntax_unread(self), most);
    if (length == 0)
        return IMAP_MORE;
    const char *begin = (const char *)self->buffer->data + self->taken;
    size_t looked = MIN(self->looked, length);
    const char *newline = memchr(begin + looked, '\n', length - looked);
    self->looked = length;
    if (newline == NULL && length < most)
        return IMAP_MORE;
    const struct piecewise *kind = self->piecewise != NULL ? self->piecewise : piecewise_of(begin, begin + length);
    size_t end = newline != NULL ? (size_t)(newline - begin) + 1 : last_gap(begin, length, kind->gap);
    if (end == 0)
        return fail(self, NET_ERROR_LIMIT, _("a line is too long"), error);
    if (self->piecewise != NULL)
        g_string_append(piece_out, kind->prefix);
    g_string_append_len(piece_out, begin, (gssize)end);
    self->piecewise = newline == NULL ? kind : NULL;
    self->taken += end;
    self->scanned = self->taken;
    self->looked = 0;
    return IMAP_DONE;
}

static enum imap_step read_response(imap_syntax *self, const char *begin, const char *end, const struct imap_value **response_out,
                                    const char **text_out, GError **error)
{
    struct cursor cursor = { .syntax = self, .at = begin, .end = end };
    struct imap_value *top = imap_syntax_alloc(self, sizeof *top);
    self->items = 0;
    self->line_bytes = 0;
    *text_out = copy_first_line(self, begin, end);
    *response_out = top;
    return read_values(&cursor, top, error);
}

enum imap_step imap_syntax_next(imap_syntax *self, const struct imap_value **response_out, const char **text_out, GError **error)
{
    size_t end = 0;
    empty_arena(self);
    if (self->taken > 65536 || self->taken == self->buffer->len)
        forget_taken(self);
    if (is_piecewise(self)) {
        g_autoptr(GString) piece = g_string_new(NULL);
        enum imap_step step = next_piece(self, piece, error);
        return step == IMAP_DONE ? read_response(self, piece->str, piece->str + piece->len, response_out, text_out, error) : step;
    }
    enum imap_step step = find_end(self, &end, error);
    if (step != IMAP_DONE)
        return step;
    const char *bytes = (const char *)self->buffer->data;
    step = read_response(self, bytes + self->taken, bytes + end, response_out, text_out, error);
    self->taken = end;
    return step;
}
