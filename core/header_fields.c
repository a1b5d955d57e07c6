/* SPDX-License-Identifier: MIT */
/* Header fields as stretches of a message's bytes. */
#include "core/header_fields.h"
#include <string.h>

bool header_field_is(const struct header_field *field, const char *name)
{
    size_t length = strlen(name);
    return (size_t)(field->end - field->begin) > length && g_ascii_strncasecmp(field->begin, name, length) == 0 &&
           field->begin[length] == ':';
}

char *header_field_value(const struct header_field *field)
{
    const char *colon = memchr(field->begin, ':', (size_t)(field->end - field->begin));
    char *value = g_strndup(colon + 1, (gsize)(field->end - colon - 1));
    return g_strstrip(g_strdelimit(value, "\r\n", ' '));
}

GArray *header_fields_split(const char *text, size_t length, const char **body_out)
{
    GArray *fields = g_array_new(FALSE, FALSE, sizeof(struct header_field));
    const char *end = text + length;
    const char *line = text;
    while (line < end && *line != '\n' && !(*line == '\r' && line + 1 < end && line[1] == '\n')) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *next = newline != NULL ? newline + 1 : end;
        const char *colon = memchr(line, ':', (size_t)(next - line));
        bool is_folded = (*line == ' ' || *line == '\t') && fields->len > 0;
        bool is_field = colon != NULL && memchr(line, ' ', (size_t)(colon - line)) == NULL && colon > line;
        if (is_folded) {
            g_array_index(fields, struct header_field, fields->len - 1).end = next;
        } else if (is_field) {
            const struct header_field field = { line, next };
            g_array_append_val(fields, field);
        } else if (fields->len > 0 || strncmp(line, "From ", 5) != 0) {
            break; /* the body begins without a blank line: a message without header */
        }
        line = next;
    }
    if (line < end && *line == '\r')
        line++;
    if (line < end && *line == '\n')
        line++;
    *body_out = line;
    return fields;
}

GArray *header_fields_of(GBytes *begin)
{
    const char *body = NULL;
    gsize size = 0;
    const char *text = begin != NULL ? g_bytes_get_data(begin, &size) : NULL;
    return header_fields_split(text != NULL ? text : "", size, &body);
}

bool header_fields_have(const GArray *fields, const char *name)
{
    for (guint i = 0; i < fields->len; i++) {
        if (header_field_is(&g_array_index(fields, struct header_field, i), name))
            return true;
    }
    return false;
}
