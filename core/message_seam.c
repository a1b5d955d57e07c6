/* SPDX-License-Identifier: MIT */
/* Where the header ends when the empty line behind it is missing. GMime passes over a line that is no field, and so over the whole text of such a message
 * up to the next empty line. */
#include "core/message_private.h"
#include <string.h>

#define HEAD_BYTES_MAX    ((size_t)64 * 1024)
#define MESSAGE_BYTES_MAX (64 * 1024 * 1024)

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
    static const char *const names[] = { "From:",        "To:",         "Cc:",           "Subject:",      "Date:",
                                         "Message-ID:",  "Received:",   "MIME-Version:", "Content-Type:", "Content-Transfer-Encoding:",
                                         "Return-Path:", "References:", "In-Reply-To:" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (length >= strlen(names[i]) && g_ascii_strncasecmp(line, names[i], strlen(names[i])) == 0)
            return true;
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

static bool has_known_field(const char *at, const char *end)
{
    for (size_t length; at < end && !is_empty(at, length = line_length(at, end)); at += length)
        if (is_known_field(at, length))
            return true;
    return false;
}

/* The first line of the body that stands right behind the header; NULL: all is well. */
static const char *seam_find(const char *head, const char *end)
{
    bool has_field = false;
    for (const char *at = head; at < end;) {
        size_t length = line_length(at, end);
        if (is_empty(at, length))
            return NULL;
        bool is_fold = has_field && (at[0] == ' ' || at[0] == '\t');
        if (!is_fold && !is_field(at, length)) {
            bool is_boundary = length > 3 && at[0] == '-' && at[1] == '-' && memchr("\r\n -", at[2], 4) == NULL;
            return has_field && (is_boundary || !has_known_field(at + length, end)) ? at : NULL;
        }
        has_field = true;
        at += length;
    }
    return NULL;
}

GMimeStream *message_seam_stream(GMimeStream *stream)
{
    g_autofree char *head = g_malloc(HEAD_BYTES_MAX);
    size_t size = 0;
    for (ssize_t got; size < HEAD_BYTES_MAX && (got = g_mime_stream_read(stream, head + size, HEAD_BYTES_MAX - size)) > 0;)
        size += (size_t)got;
    const char *seam = seam_find(head, head + size);
    g_mime_stream_reset(stream);
    if (seam == NULL || g_mime_stream_length(stream) > MESSAGE_BYTES_MAX)
        return stream;
    GMimeStream *copy = g_mime_stream_mem_new();
    g_mime_stream_write_to_stream(stream, copy);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(copy));
    size_t at = MIN((size_t)(seam - head), (size_t)bytes->len);
    g_byte_array_set_size(bytes, bytes->len + 1);
    memmove(bytes->data + at + 1, bytes->data + at, bytes->len - 1 - at);
    bytes->data[at] = '\n';
    g_mime_stream_reset(copy);
    g_object_unref(stream);
    return copy;
}
