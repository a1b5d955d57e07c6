/* SPDX-License-Identifier: MIT */
/* The name that a part carries: RFC 2231 as GMime reads it, and what mailers write in its place. */
#include "core/message_private.h"
#include <string.h>

#define NAME_BYTES_MAX 2048

/* The name, if it is written (RFC 2047 forbids them there, half of all mailers write them), which may be folded between two of
 * them. Caller frees; NULL: there is none like that. */
static char *name_of_words(GMimeObject *object, const char *field)
{
    const char *raw = g_mime_object_get_header(object, field);
    if (raw == NULL || strstr(raw, "=?") == NULL)
        return NULL;
    g_autoptr(GRegex) regex =
        g_regex_new("[;\\s](?:file)?name\\s*=\\s*(?|\"([^\"]*=\\?[^\"]*)\"|(=\\?[^;]*))", G_REGEX_CASELESS | G_REGEX_RAW, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    if (regex == NULL || !g_regex_match(regex, raw, 0, &match))
        return NULL;
    g_autofree char *value = g_match_info_fetch(match, 1);
    return strlen(value) <= NAME_BYTES_MAX ? message_header_text(value) : NULL;
}

char *message_object_filename(GMimeObject *object)
{
    static const struct {
        const char *field, *parameter;
    } places[] = { { "Content-Disposition", "filename" }, { "Content-Type", "name" } };
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        char *name = name_of_words(object, places[i].field);
        if (name != NULL)
            return name;
        const char *read = i == 0 ? g_mime_object_get_content_disposition_parameter(object, places[i].parameter)
                                  : g_mime_object_get_content_type_parameter(object, places[i].parameter);
        if (read != NULL && *read != '\0')
            return g_strdup(read);
    }
    return NULL;
}
