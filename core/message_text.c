/* SPDX-License-Identifier: MIT */
/* A message as the reader shows it: which parts are its text, in which charset, one after the other. */
#include "core/message_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define TEXT_BYTES_MAX ((size_t)2 * 1024 * 1024) /* of one part: more is cut, with a note */
#define LINES_MAX      50000u

struct showing {
    const message *message;
    enum message_view view;
    struct text *text;
    bool has_plain, has_html;
};

static void note_add(struct text *text, const char *words)
{
    struct text_line *line = text_add_line(text, words, strlen(words));
    text_add_span(line, 0, strlen(words), SPAN_DIM, -1);
}

static int index_of(const message *self, GMimeObject *object)
{
    guint index;
    return g_ptr_array_find(self->objects, object, &index) ? (int)index : -1;
}

static const struct message_part *part_of(const message *self, GMimeObject *object)
{
    int index = index_of(self, object);
    return index >= 0 ? g_ptr_array_index(self->parts, (guint)index) : NULL;
}

static bool object_is(GMimeObject *object, const char *type, const char *subtype)
{
    GMimeContentType *content = g_mime_object_get_content_type(object);
    return content != NULL && g_mime_content_type_is_type(content, type, subtype);
}

/* Shown in the text, and of this kind. */
static bool object_is_shown_as(const message *self, GMimeObject *object, const char *subtype)
{
    const struct message_part *part = part_of(self, object);
    return part != NULL && !part->is_attachment && object_is(object, "text", subtype);
}

static struct text *part_read(const message *self, int index, GMimeObject *object)
{
    g_autofree char *bytes = NULL;
    size_t size = 0, length = 0;
    if (!message_part_bytes(self, (size_t)index, &bytes, &size, NULL))
        return NULL;
    bool is_cut = size > TEXT_BYTES_MAX;
    g_autofree char *utf8 =
        message_utf8(bytes, MIN(size, TEXT_BYTES_MAX), g_mime_object_get_content_type_parameter(object, "charset"), &length);
    const char *format = g_mime_object_get_content_type_parameter(object, "format");
    const char *delsp = g_mime_object_get_content_type_parameter(object, "delsp");
    bool is_flowed = format != NULL && g_ascii_strcasecmp(format, "flowed") == 0;
    const char *begin = g_str_has_prefix(utf8, "\xef\xbb\xbf") ? utf8 + 3 : utf8;
    struct text *text = object_is(object, "text", "html")
                            ? text_from_html(begin, strlen(begin))
                            : text_from_plain(begin, is_flowed, delsp != NULL && g_ascii_strcasecmp(delsp, "yes") == 0);
    text->is_cut |= is_cut;
    return text;
}

static void leaf_show(struct showing *self, GMimeObject *object)
{
    int index = index_of(self->message, object);
    const struct message_part *part = part_of(self->message, object);
    if (part == NULL || part->is_attachment || !(object_is(object, "text", "plain") || object_is(object, "text", "html")))
        return;
    if (!part->is_here) {
        note_add(self->text, _("(This part of the text is still on the server.)"));
        return;
    }
    struct text *more = part_read(self->message, index, object);
    if (more == NULL)
        return;
    if (self->text->lines->len > 0 && more->lines->len > 0)
        text_add_line(self->text, "", 0);
    text_append(self->text, more);
}

static void object_show(struct showing *self, GMimeObject *object, int depth);

/* The last that we can show is the one the sender likes best (RFC 2046, 5.1.4); here plain text comes first, as the view says. */
static void alternative_show(struct showing *self, GMimeMultipart *multipart, int depth)
{
    int count = g_mime_multipart_get_count(multipart), chosen = -1, plain = -1, html = -1;
    for (int i = 0; i < count; i++) {
        GMimeObject *child = g_mime_multipart_get_part(multipart, i);
        const struct message_part *part = part_of(self->message, child);
        bool is_here = part == NULL || part->is_here;
        if (object_is_shown_as(self->message, child, "plain") && (plain < 0 || is_here))
            plain = i;
        else if (object_is_shown_as(self->message, child, "html") && is_here)
            html = i;
        else if (GMIME_IS_MULTIPART(child))
            html = html < 0 ? i : html;
    }
    if (self->view == MESSAGE_VIEW_HTML)
        chosen = html >= 0 ? html : plain;
    else
        chosen = plain >= 0 ? plain : html;
    if (chosen >= 0)
        object_show(self, g_mime_multipart_get_part(multipart, chosen), depth + 1);
}

static void object_show(struct showing *self, GMimeObject *object, int depth)
{
    if (depth > MESSAGE_DEPTH_MAX || self->text->lines->len > LINES_MAX) {
        self->text->is_cut = true;
        return;
    }
    if (!GMIME_IS_MULTIPART(object)) {
        leaf_show(self, object);
        return;
    }
    if (object_is(object, "multipart", "alternative")) {
        alternative_show(self, GMIME_MULTIPART(object), depth);
        return;
    }
    int count = g_mime_multipart_get_count(GMIME_MULTIPART(object));
    for (int i = 0; i < count && i < MESSAGE_PARTS_MAX; i++)
        object_show(self, g_mime_multipart_get_part(GMIME_MULTIPART(object), i), depth + 1);
}

static void kinds_look(const message *self, bool *has_plain, bool *has_html)
{
    for (guint i = 0; i < self->objects->len; i++) {
        *has_plain |= object_is_shown_as(self, g_ptr_array_index(self->objects, i), "plain");
        *has_html |= object_is_shown_as(self, g_ptr_array_index(self->objects, i), "html");
    }
}

static struct text *source_text(const message *self)
{
    struct text *text = text_new();
    g_autofree char *source = message_source(self);
    g_auto(GStrv) lines = g_strsplit(source, "\n", (int)LINES_MAX);
    for (size_t i = 0; lines[i] != NULL; i++) {
        size_t length = strlen(lines[i]);
        while (length > 0 && lines[i][length - 1] == '\r')
            length--;
        text_add_line(text, lines[i], length)->is_preformatted = true;
    }
    text->is_cut = self->size > (int64_t)strlen(source) + 4096;
    return text;
}

struct text *message_text(const message *self, enum message_view view)
{
    struct showing showing = { .message = self, .view = view };
    showing.text = view == MESSAGE_VIEW_SOURCE ? source_text(self) : text_new();
    if (view != MESSAGE_VIEW_SOURCE)
        object_show(&showing, g_mime_message_get_mime_part(self->mime), 0);
    if (showing.text->is_cut || (self->is_cut && view != MESSAGE_VIEW_SOURCE))
        note_add(showing.text, _("(The message is longer than is shown here.)"));
    showing.text->has_plain = showing.text->has_html = false;
    kinds_look(self, &showing.text->has_plain, &showing.text->has_html);
    return showing.text;
}

char *message_preview(const message *self, size_t max_chars)
{
    g_autoptr(text) text = message_text(self, MESSAGE_VIEW_BEST);
    GString *words = g_string_new(NULL);
    size_t count = 0;
    for (guint i = 0; i < text->lines->len && i < 200 && count < max_chars; i++) {
        const struct text_line *line = g_ptr_array_index(text->lines, i);
        if (line->quote_level > 0 || line->is_signature)
            continue;
        for (const char *at = line->text; *at != '\0' && count < max_chars; at = g_utf8_next_char(at)) {
            gunichar c = g_utf8_get_char(at);
            bool is_blank = g_unichar_isspace(c) || g_unichar_iscntrl(c);
            if (is_blank && (words->len == 0 || words->str[words->len - 1] == ' '))
                continue;
            g_string_append_unichar(words, is_blank ? ' ' : c);
            count++;
        }
        if (words->len > 0 && words->str[words->len - 1] != ' ')
            g_string_append_c(words, ' ');
    }
    g_strchomp(words->str);
    return g_string_free(words, FALSE);
}
