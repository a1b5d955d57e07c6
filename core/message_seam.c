/* SPDX-License-Identifier: MIT */
/* Lines of a header that are none, in a message or in a part: the first of the text, where the empty line is missing, and a parameter whose line is not folded.
 * GMime passes over them, and so over the whole text of such a message up to the next empty line. */
#include "core/message_private.h"
#include <string.h>

#define HEAD_BYTES_MAX    ((size_t)64 * 1024)
#define MESSAGE_BYTES_MAX (64 * 1024 * 1024)
#define PARTS_BYTES_MAX   (4 * 1024 * 1024) /* of a message whose parts are looked at: broken ones are small */
#define KNOWN_LINES_MAX   50
#define FOLDS_MAX         50
#define BOUNDARIES_MAX    50
#define JUNK_LINES_MAX    5
#define SEAMS_MAX         200 /* that are mended: who forgets more does it to burst a reader */

/* RFC 5322 2.2: printable characters without blanks, then a colon. */
static bool is_field(const char *line, size_t length)
{
    size_t name = 0;
    while (name < length && line[name] > 32 && line[name] < 127 && line[name] != ':')
        name++;
    size_t end = name;
    while (end < length && (line[end] == ' ' || line[end] == '\t'))
        end++;
    return name > 0 && end < length && line[end] == ':';
}

/* Fields that only stand in headers: behind them a strange line was a line cut in two, not the text. */
static bool is_known_field(const char *line, size_t length)
{
    static const char *const names[] = { "From",        "To",         "Cc",           "Subject",      "Date",
                                         "Message-ID",  "Received",   "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
                                         "Return-Path", "References", "In-Reply-To" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        size_t at = strlen(names[i]);
        if (length <= at || g_ascii_strncasecmp(line, names[i], at) != 0)
            continue;
        while (at < length && (line[at] == ' ' || line[at] == '\t')) /* RFC 5322 4.5 */
            at++;
        if (at < length && line[at] == ':')
            return true;
    }
    return false;
}

static size_t line_length(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return newline != NULL ? (size_t)(newline - at) + 1 : (size_t)(end - at);
}

static bool is_empty(const char *line, size_t length)
{
    return length == 0 || line[0] == '\n' || (line[0] == '\r' && length > 1 && line[1] == '\n');
}

static bool is_boundary(const char *line, size_t length)
{
    return length > 3 && line[0] == '-' && line[1] == '-' && memchr("\r\n -", line[2], 4) == NULL;
}

/* Of this header: a boundary is where that of a part begins. */
static bool has_known_field(const char *at, const char *end)
{
    int lines = 0;
    for (size_t length; at < end && lines++ < KNOWN_LINES_MAX && !is_empty(at, length = line_length(at, end)); at += length) {
        if (is_known_field(at, length))
            return true;
        if (length > 3 && at[0] == '-' && at[1] == '-')
            return false;
    }
    return false;
}

/* "name=value" below a line that ends with a semicolon: somebody forgot the blank that folds it. */
static bool is_parameter(const char *line, size_t length, const char *before)
{
    size_t name = 0;
    while (name < length && (g_ascii_isalnum(line[name]) || strchr("-_*", line[name]) != NULL) && line[name] != '\0')
        name++;
    while (strchr(" \t\r\n", before[-1]) != NULL && before[-1] != '\0')
        before--;
    if (before[-1] != ';' || name == 0 || name + 1 >= length || line[name] != '=')
        return false;
    while (length > 0 && strchr(" \t\r\n", line[length - 1]) != NULL)
        length--;
    return line[name + 1] == '"' || (memchr(line, ' ', length) == NULL && memchr(line, '\t', length) == NULL);
}

/* "boundary=" in a line below "Content-Type: multipart/…", and nothing parts them: without it there would be no parts. line: it begins with a blank. */
static bool is_unparted_boundary(const char *line, size_t length, const char *head)
{
    size_t blanks = 0;
    while (blanks < length && (line[blanks] == ' ' || line[blanks] == '\t'))
        blanks++;
    if (length - blanks < 9 || g_ascii_strncasecmp(line + blanks, "boundary=", 9) != 0)
        return false;
    const char *last = line;
    while (last > head && (last[-1] == '\r' || last[-1] == '\n' || last[-1] == ' '))
        last--;
    const char *begin = last;
    while (begin > head && begin[-1] != '\n')
        begin--;
    return last - begin > 13 && last[-1] != ';' && g_ascii_strncasecmp(begin, "Content-Type:", 13) == 0;
}

struct seam {
    const char *at; /* where a byte is missing; NULL: all is well */
    char byte;      /* '\n': the body begins there; ' ': a fold; ';': a parameter begins; 'X': a field that may be there once, and was */
};

/* Of two fields that say what a part is others believe the first, GMime the last. */
static bool is_repeated(const char *line, size_t length, unsigned *seen)
{
    static const char *const names[] = { "Content-Type:", "Content-Transfer-Encoding:", "Content-Disposition:" };
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (length >= strlen(names[i]) && g_ascii_strncasecmp(line, names[i], strlen(names[i])) == 0) {
            bool was_seen = (*seen >> i & 1) != 0;
            *seen |= 1u << i;
            return was_seen;
        }
    return false;
}

/* The first line of the next part, or behind the last one. */
static bool is_delimiter(const char *line, size_t length, const char *boundary)
{
    size_t size = strlen(boundary);
    while (length > 0 && strchr(" \t\r\n", line[length - 1]) != NULL)
        length--;
    bool is_closing = length == size + 4 && memcmp(line + size + 2, "--", 2) == 0;
    return (length == size + 2 || is_closing) && memcmp(line, "--", 2) == 0 && memcmp(line + 2, boundary, size) == 0;
}

/* The first in a header that begins at `head`, from `from` on. boundary: of the part whose header it is; NULL: it is the message's. *seen: of what
 * is_repeated() asks. */
static struct seam seam_find(const char *head, const char *from, const char *end, const char *boundary, unsigned *seen)
{
    const struct seam none = { .at = NULL };
    bool has_field = boundary != NULL || from > head;
    for (const char *at = from; at < end;) {
        size_t length = line_length(at, end);
        if (is_empty(at, length))
            return none;
        if (boundary != NULL && at > head && is_delimiter(at, length, boundary)) /* a part that is nothing but a header */
            return is_field(at, length) ? (struct seam){ .at = at, .byte = '\n' } : none;
        bool is_fold = has_field && (at[0] == ' ' || at[0] == '\t');
        if (is_fold && is_unparted_boundary(at, length, head))
            return (struct seam){ .at = at + 1, .byte = ';' };
        if (!is_fold && !is_field(at, length)) {
            if (has_field && is_parameter(at, length, at))
                return (struct seam){ .at = at, .byte = ' ' };
            if (boundary != NULL && g_str_has_prefix(at, "--"))
                return none;
            bool is_body = has_field && (is_boundary(at, length) || !has_known_field(at + length, end));
            return is_body ? (struct seam){ .at = at, .byte = '\n' } : none;
        }
        if (!is_fold && is_repeated(at, length, seen))
            return (struct seam){ .at = at, .byte = 'X' };
        has_field = true;
        at += length;
    }
    return none;
}

/* Copies what was not copied yet, up to the seam, and what is missing there. */
static void seam_mend(GByteArray **mended, const char **copied, struct seam seam)
{
    *mended = *mended != NULL ? *mended : g_byte_array_new();
    g_byte_array_append(*mended, (const guint8 *)*copied, (guint)(seam.at - *copied));
    g_byte_array_append(*mended, (const guint8 *)&seam.byte, 1);
    *copied = seam.at;
}

/* Of one header. False: all is well. */
static bool header_mend(GByteArray **mended, const char **copied, const char *head, const char *end, const char *boundary)
{
    bool is_mended = false;
    unsigned seen = 0;
    struct seam seam = seam_find(head, head, end, boundary, &seen);
    for (int i = 0; seam.at != NULL && i < FOLDS_MAX; i++) {
        is_mended = true;
        seam_mend(mended, copied, seam);
        if (seam.byte == '\n')
            break;
        seam = seam_find(head, seam.at + line_length(seam.at, end), end, boundary, &seen);
    }
    return is_mended;
}

/* --- parts --- */

/* The value behind "boundary="; caller frees; NULL: none. */
static char *boundary_read(const char *at, const char *end)
{
    g_autofree char *line = g_strndup(at, MIN((size_t)(end - at), 200));
    const char *value = line + strspn(line, " \t");
    if (*value != '=')
        return NULL;
    value += 1 + strspn(value + 1, " \t");
    size_t length = *value == '"' ? strcspn(++value, "\"\r\n") : strcspn(value, "; \t\r\n");
    return length > 0 ? g_strndup(value, length) : NULL;
}

/* Of all that the text declares; a few are looked at. */
static GPtrArray *boundaries_read(const char *bytes, const char *end)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    for (const char *at = bytes; (at = strcasestr(at, "boundary")) != NULL && found->len < BOUNDARIES_MAX; at += 8) {
        char *boundary = boundary_read(at + 8, end);
        if (boundary != NULL)
            g_ptr_array_add(found, boundary);
    }
    return found;
}

/* "--boundary" alone in its line: a part begins behind it. NULL: in this line none does. */
static const char *begins_part(const char *line, size_t length, const GPtrArray *boundaries)
{
    while (length > 2 && strchr(" \t\r\n", line[length - 1]) != NULL)
        length--;
    for (guint i = 0; i < boundaries->len; i++) {
        const char *boundary = g_ptr_array_index(boundaries, i);
        if (strlen(boundary) == length - 2 && memcmp(line + 2, boundary, length - 2) == 0)
            return boundary;
    }
    return NULL;
}

/* Behind a boundary comes the same one, or the end: a part with nothing in it, not even the empty line. To GMime it would be none, and no other
 * might be there. */
static bool is_empty_part(const char *at, const char *end, const char *boundary)
{
    return at == end || is_delimiter(at, line_length(at, end), boundary);
}

/* With an empty line where parts forgot it; NULL: none did. bytes: with a NUL behind them. */
static GByteArray *parts_mend(const GByteArray *bytes)
{
    const char *begin = (const char *)bytes->data, *end = begin + bytes->len - 1, *copied = begin;
    g_autoptr(GPtrArray) boundaries = boundaries_read(begin, end);
    GByteArray *mended = NULL;
    int seams = 0;
    for (const char *at = begin;
         boundaries->len > 0 && seams < SEAMS_MAX && at < end && (at = memmem(at, (size_t)(end - at), "\n--", 3)) != NULL;) {
        size_t length = line_length(++at, end);
        const char *boundary = begins_part(at, length, boundaries);
        at += length;
        if (boundary != NULL && is_empty_part(at, end, boundary)) {
            seam_mend(&mended, &copied, (struct seam){ .at = at, .byte = '\n' });
            seams++;
        } else if (boundary != NULL) {
            seams += header_mend(&mended, &copied, at, MIN(at + HEAD_BYTES_MAX, end), boundary);
        }
        at -= 1; /* the next boundary may stand in the next line */
    }
    if (mended != NULL)
        g_byte_array_append(mended, (const guint8 *)copied, (guint)(end - copied));
    return mended;
}

/* Of a field that says what a part is, also where it is folded. */
static bool is_in_type_field(const char *begin, const char *at)
{
    do {
        while (at > begin && at[-1] != '\n')
            at--;
    } while (at > begin && (*at == ' ' || *at == '\t') && at--);
    return g_ascii_strncasecmp(at, "Content-Type:", 13) == 0;
}

/* "boundary=b (a comment)", as RFC 2045 5.1 has it: to GMime the comment is a part of the boundary. Only where b is one, in a field that says so. */
static bool comments_blank(GByteArray *bytes)
{
    char *begin = (char *)bytes->data, *end = begin + bytes->len - 1;
    bool is_changed = false;
    int looked = 0;
    for (char *at = begin; (at = strcasestr(at, "boundary=")) != NULL && looked++ < BOUNDARIES_MAX;) {
        at += strlen("boundary=");
        size_t length = *at == '"' ? strcspn(at + 1, "\"\r\n") + 2 : strcspn(at, "; \t\r\n(");
        char *comment = at + MIN(length, (size_t)(end - at));
        comment += strspn(comment, " \t");
        size_t size = *comment == '(' ? strcspn(comment, ")\r\n") : 0;
        if (size == 0 || comment[size] != ')' || length == 0 || !is_in_type_field(begin, at))
            continue;
        g_autofree char *name = *at == '"' ? g_strndup(at + 1, length - 2) : g_strndup(at, length);
        g_autofree char *line = g_strdup_printf("\n--%s", name);
        if (memmem(comment, (size_t)(end - comment), line, strlen(line)) == NULL)
            continue;
        memset(comment, ' ', size + 1);
        is_changed = true;
    }
    return is_changed;
}

static GMimeStream *stream_of(GByteArray *bytes /* taken */)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(bytes);
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), TRUE);
    return stream;
}

static GMimeStream *parts_seam_stream(GMimeStream *stream /* taken */)
{
    if (g_mime_stream_length(stream) > PARTS_BYTES_MAX)
        return stream;
    GMimeStream *copy = g_mime_stream_mem_new();
    g_mime_stream_write_to_stream(stream, copy);
    g_mime_stream_write(copy, "", 1);
    g_mime_stream_reset(stream);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(copy));
    bool is_blanked = comments_blank(bytes);
    GByteArray *mended = parts_mend(bytes);
    if (mended == NULL && is_blanked)
        mended = g_byte_array_append(g_byte_array_new(), bytes->data, bytes->len - 1);
    g_object_unref(copy);
    if (mended == NULL)
        return stream;
    g_object_unref(stream);
    return stream_of(mended);
}

/* --- the message --- */

/* How many known fields follow each other, of those that are asked for. */
static int known_fields(const char *at, const char *end, int wanted)
{
    int count = 0;
    for (size_t length; count < wanted && at < end && is_known_field(at, length = line_length(at, end)); at += length)
        count++;
    return count;
}

/* Where the lines begin that are a header, if the first ones are none and those behind them surely are; else where it began. */
static const char *header_begin(const char *head, const char *end)
{
    const char *at = head;
    for (int junk = 0; junk <= JUNK_LINES_MAX && at < end; junk++) {
        size_t length = line_length(at, end);
        if (junk > 0 && known_fields(at, end, 2) >= MIN(junk, 2))
            return at;
        if (is_empty(at, length) || is_field(at, length) || g_str_has_prefix(at, "--"))
            return head;
        at += length;
    }
    return head;
}

/* GMime takes a NUL for the end of a field. */
static bool nuls_mend(char *head, size_t size)
{
    const char *end = memmem(head, size, "\n\n", 2), *other = memmem(head, size, "\n\r\n", 3);
    end = end == NULL || (other != NULL && other < end) ? other : end;
    bool is_mended = false;
    for (size_t i = 0; end != NULL && i < (size_t)(end - head); i++) {
        is_mended |= head[i] == '\0';
        head[i] = head[i] == '\0' ? ' ' : head[i];
    }
    return is_mended;
}

static GMimeStream *head_seam_stream(GMimeStream *stream /* taken */)
{
    g_autofree char *head = g_malloc(HEAD_BYTES_MAX);
    size_t size = 0;
    for (ssize_t got; size < HEAD_BYTES_MAX && (got = g_mime_stream_read(stream, head + size, HEAD_BYTES_MAX - size)) > 0;)
        size += (size_t)got;
    bool is_mended = nuls_mend(head, size);
    const char *begin = header_begin(head, head + size), *copied = begin;
    GByteArray *mended = NULL;
    g_mime_stream_reset(stream);
    if (g_mime_stream_length(stream) > MESSAGE_BYTES_MAX)
        return stream;
    is_mended = header_mend(&mended, &copied, begin, head + size, NULL) || begin > head || is_mended;
    if (!is_mended)
        return stream;
    mended = mended != NULL ? mended : g_byte_array_new();
    g_byte_array_append(mended, (const guint8 *)copied, (guint)(head + size - copied));
    copied = head + size;
    GMimeStream *copy = stream_of(mended),
                *rest = g_mime_stream_substream(stream, stream->bound_start + (copied - head), stream->bound_end);
    g_mime_stream_seek(copy, 0, GMIME_STREAM_SEEK_END);
    g_mime_stream_write_to_stream(rest, copy);
    g_mime_stream_reset(copy);
    g_object_unref(rest);
    g_object_unref(stream);
    return copy;
}

GMimeStream *message_seam_stream(GMimeStream *stream)
{
    return parts_seam_stream(head_seam_stream(stream));
}
