/* SPDX-License-Identifier: MIT */
/* What a part is, by its Content-Type in all the forms in which programs write it. */
#include "core/message_private.h"
#include <string.h>

/* "\"application/pdf\"" as somebody wrote it, lower case; caller frees; NULL: no such thing. */
static char *type_in_quotes(const char *raw)
{
    size_t length = raw[0] == '"' ? strcspn(raw + 1, "\"") : 0;
    g_autofree char *inner = g_ascii_strdown(raw + 1, (gssize)length);
    const char *slash = length > 0 ? strchr(inner, '/') : NULL;
    bool is_type = slash != NULL && slash > inner && slash[1] != '\0' && strpbrk(inner, " ;,<>") == NULL;
    return is_type ? g_steal_pointer(&inner) : NULL;
}

/* Lower case. A type nobody can read is text (RFC 2045, 5.2), as is "text" alone. */
char *message_object_type(GMimeObject *object)
{
    GMimeContentType *type = g_mime_object_get_content_type(object);
    const char *raw = message_object_raw(object, "Content-Type");
    g_autofree char *text = type != NULL ? g_mime_content_type_get_mime_type(type) : NULL;
    g_autofree char *valid = text != NULL ? g_utf8_make_valid(text, -1) : NULL;
    raw = raw != NULL ? raw + strspn(raw, " \t\r\n") : NULL;
    char *quoted = raw != NULL ? type_in_quotes(raw) : NULL;
    if (quoted != NULL)
        return quoted;
    const char *slash = raw != NULL ? strchr(raw, '/') : NULL;
    bool is_half = raw != NULL && (slash == NULL || slash == raw || slash[1] == '\0' || strchr("; \t\r\n", slash[1]) != NULL);
    bool is_read = type != NULL && !g_mime_content_type_is_type(type, "application", "octet-stream");
    if (valid != NULL && g_ascii_strcasecmp(valid, "plain/text") == 0) /* some programs have it the wrong way round */
        return g_strdup("text/plain");
    if (is_half && (!is_read || slash == NULL || slash == raw))
        return g_strdup("text/plain");
    return g_ascii_strdown(valid != NULL ? valid : "text/plain", -1);
}
