/* SPDX-License-Identifier: MIT */
/* Each part gets the encoding it needs; GMime does the encoding. */
#include "core/message_7bit.h"
#include "core/message_private.h"
#include <gmime/gmime.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEPTH_MAX 100

static GMimeMessage *read_message(int fd)
{
    int own = dup(fd); /* the stream closes it */
    if (own < 0 || lseek(own, 0, SEEK_SET) != 0) {
        if (own >= 0)
            close(own);
        return NULL;
    }
    GMimeStream *stream = g_mime_stream_fs_new(own);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    return message;
}

/* Into a file in memory: nothing of it is left anywhere. */
static int write_message(GMimeMessage *message, uint64_t *size_out)
{
    int fd = memfd_create("postern-7bit", MFD_CLOEXEC), own = fd >= 0 ? dup(fd) : -1;
    if (own < 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    GMimeStream *stream = g_mime_stream_fs_new(own);
    ssize_t written = g_mime_object_write_to_stream(GMIME_OBJECT(message), NULL, stream);
    bool is_whole = written > 0 && g_mime_stream_flush(stream) == 0;
    g_object_unref(stream);
    off_t size = lseek(fd, 0, SEEK_END);
    if (is_whole && size > 0) {
        *size_out = (uint64_t)size;
        return fd;
    }
    close(fd);
    return -1;
}

static bool is_multipart_signed(GMimeObject *object)
{
    return g_mime_content_type_is_type(g_mime_object_get_content_type(object), "multipart", "signed");
}

/* GMime does not count a bare CR, which no server leaves as it is. Reads the content to its end. */
static bool has_bare_cr(GMimePart *part)
{
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    GMimeStream *stream = content != NULL ? g_mime_data_wrapper_get_stream(content) : NULL;
    char bytes[4096];
    ssize_t count;
    bool was_cr = false, has_bare = false;
    if (stream == NULL)
        return false;
    g_mime_stream_reset(stream);
    while (!has_bare && (count = g_mime_stream_read(stream, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < count; i++) {
            has_bare |= was_cr && bytes[i] != '\n';
            was_cr = bytes[i] == '\r';
        }
    }
    g_mime_stream_reset(stream);
    return has_bare || was_cr;
}

/* GMime would take base64 for short texts, and their line ends with it. */
static void encode_part(GMimePart *part)
{
    GMimeContentEncoding best = g_mime_part_get_best_content_encoding(part, GMIME_ENCODING_CONSTRAINT_7BIT);
    bool is_text = g_mime_content_type_is_type(g_mime_object_get_content_type(GMIME_OBJECT(part)), "text", "*");
    GMimeContentEncoding now = g_mime_part_get_content_encoding(part);
    bool is_encoded =
        now == GMIME_CONTENT_ENCODING_BASE64 || now == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE || now == GMIME_CONTENT_ENCODING_UUENCODE;
    if (!is_encoded && has_bare_cr(part)) {
        g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
        return;
    }
    if (is_encoded || best == GMIME_CONTENT_ENCODING_DEFAULT || best == GMIME_CONTENT_ENCODING_7BIT)
        return;
    g_mime_part_set_content_encoding(part, is_text ? GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE : GMIME_CONTENT_ENCODING_BASE64);
}

static void encode(GMimeObject *object, int depth)
{
    if (object == NULL || depth > DEPTH_MAX || is_multipart_signed(object))
        return;
    if (GMIME_IS_MULTIPART(object)) {
        for (int i = 0; i < g_mime_multipart_get_count(GMIME_MULTIPART(object)); i++)
            encode(g_mime_multipart_get_part(GMIME_MULTIPART(object), i), depth + 1);
    } else if (GMIME_IS_MESSAGE_PART(object)) {
        GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
        encode(inner != NULL ? g_mime_message_get_mime_part(inner) : NULL, depth + 1);
    } else if (GMIME_IS_PART(object)) {
        encode_part(GMIME_PART(object));
    }
}

int message_to_7bit(int fd, uint64_t *size_out)
{
    message_start();
    GMimeMessage *message = read_message(fd);
    if (message == NULL)
        return -1;
    encode(g_mime_message_get_mime_part(message), 0);
    if (g_mime_object_get_header(GMIME_OBJECT(message), "MIME-Version") == NULL) /* without it nobody looks at an encoding */
        g_mime_object_set_header(GMIME_OBJECT(message), "MIME-Version", "1.0", NULL);
    int made = write_message(message, size_out);
    g_object_unref(message);
    return made;
}
