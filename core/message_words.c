/* SPDX-License-Identifier: MIT */
/* The words of one part of a message: whether it is among the text, in which charset it is read, and what becomes of it. */
#include "core/message_words.h"
#include <string.h>

/* NULL: a part of a message within. */
const struct message_part *message_part_of(const message *self, GMimeObject *object)
{
    guint index = GPOINTER_TO_UINT(g_hash_table_lookup(self->indexes, object));
    return index > 0 ? g_ptr_array_index(self->parts, index - 1) : NULL;
}

char *message_part_type(const message *self, GMimeObject *object)
{
    const struct message_part *part = message_part_of(self, object);
    return part != NULL ? g_strdup(part->type) : message_object_type(object);
}

bool message_part_is_here(const message *self, GMimeObject *object)
{
    const struct message_part *part = message_part_of(self, object);
    return part == NULL || part->is_here;
}

const char *message_object_parameter(GMimeObject *object, const char *name)
{
    GMimeContentType *content = g_mime_object_get_content_type(object);
    return content != NULL ? g_mime_content_type_get_parameter(content, name) : NULL;
}

/* All of the message is one text: it is shown, whatever is said of it. */
bool message_part_is_in_text(const message *self, GMimeObject *object, const char *type)
{
    bool is_only = self->parts->len == 1 && message_type_is_text(type);
    return is_only || message_part_is_shown(type, g_mime_object_get_disposition(object));
}

bool message_part_is_shown_as(const message *self, GMimeObject *object, const char *wanted)
{
    g_autofree char *type = GMIME_IS_MULTIPART(object) ? NULL : message_part_type(self, object);
    return type != NULL && strcmp(type, wanted) == 0 && message_part_is_in_text(self, object, type);
}

/* "<meta charset=x>" or "<meta … content='text/html; charset=x'>" near the beginning; caller frees; NULL: none. */
char *message_html_charset(const char *bytes, size_t size)
{
    g_autofree char *head = g_ascii_strdown(bytes, (gssize)MIN(size, 2048));
    const char *meta = strstr(head, "<meta"), *charset = meta != NULL ? strstr(meta, "charset=") : NULL;
    if (charset == NULL)
        return NULL;
    charset += strlen("charset=");
    charset += strspn(charset, "\"' ");
    return g_strndup(charset, strcspn(charset, "\"' />;"));
}

bool message_words_begin_as_html(const char *utf8)
{
    utf8 += strspn(utf8, " \t\r\n");
    return g_ascii_strncasecmp(utf8, "<html", 5) == 0 || g_ascii_strncasecmp(utf8, "<!doctype html", 14) == 0;
}

/* The words of a text part in UTF-8; caller frees. */
char *message_part_utf8(const message *self, GMimeObject *object, bool is_html, size_t bytes_max, bool *is_cut_out)
{
    size_t size = 0;
    g_autofree char *bytes = message_text_bytes(object, &size);
    g_autofree char *said = message_object_charset(object);
    const char *truth = said != NULL && self->charset == NULL ? message_charset_doubt(bytes, MIN(size, bytes_max), said) : NULL;
    const char *label = self->charset != NULL ? self->charset : truth != NULL ? truth : said;
    g_autofree char *within =
        is_html && label == NULL && !g_utf8_validate_len(bytes, size, NULL) ? message_html_charset(bytes, size) : NULL;
    *is_cut_out = size > bytes_max;
    g_autofree char *read = message_utf8(bytes, MIN(size, bytes_max), label != NULL ? label : within, NULL);
    g_autofree char *single = self->charset == NULL ? message_utf8_undouble(read) : NULL;
    const char *utf8 = single != NULL ? single : read;
    return g_strdup(g_str_has_prefix(utf8, "\xef\xbb\xbf") ? utf8 + 3 : utf8);
}

struct text *message_part_text(const message *self, GMimeObject *object, const char *type, size_t plain_bytes_max)
{
    bool is_html = strcmp(type, "text/html") == 0 || strcmp(type, "text/enriched") == 0 || strcmp(type, "text/richtext") == 0,
         is_cut = false;
    g_autofree char *utf8 = message_part_utf8(self, object, is_html, is_html ? MESSAGE_TEXT_BYTES_MAX : plain_bytes_max, &is_cut);
    const char *format = message_object_parameter(object, "format"), *delsp = message_object_parameter(object, "delsp");
    bool is_flowed = format != NULL && g_ascii_strcasecmp(format, "flowed") == 0;
    bool is_unlabelled = g_mime_object_get_header(object, "Content-Type") == NULL;
    struct text *text = is_html || (is_unlabelled && message_words_begin_as_html(utf8))
                            ? text_from_html(utf8, strlen(utf8))
                            : text_from_plain(utf8, is_flowed, delsp != NULL && g_ascii_strcasecmp(delsp, "yes") == 0);
    text->is_cut |= is_cut;
    return text;
}
