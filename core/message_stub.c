/* SPDX-License-Identifier: MIT */
/* Whether a plain text says anything, beside the HTML it comes with. */
#include "core/message_private.h"
#include <string.h>

/* Letters and digits of a text, without its addresses. */
size_t text_count_letters(const struct text *text)
{
    size_t letters = 0;
    for (guint i = 0; i < text->lines->len; i++) {
        const struct text_line *line = g_ptr_array_index(text->lines, i);
        for (const char *at = line->text; *at != '\0'; at = g_utf8_next_char(at)) {
            gunichar c = g_utf8_get_char(at);
            letters += c > 0x20 && c != 0xa0 && g_unichar_isalnum(c);
        }
        for (guint k = 0; k < line->spans->len; k++) {
            const struct text_span *span = &g_array_index(line->spans, struct text_span, k);
            letters -= MIN(letters, span->style == SPAN_LINK ? span->length : 0);
        }
    }
    return letters;
}

/* "Your program cannot show HTML", "View this in your browser". */
bool text_is_excuse(const char *plain)
{
    static const char *const about[] = { "html", "browser", "navigateur", "navegador" };
    static const char *const excuse[] = { "support", "view",   "display", "anzeigen", "unterst",  "darstell",
                                          "program", "client", "capable", "enabled",  "read this" };
    g_autofree char *lower = g_utf8_strdown(plain, -1);
    bool is_about = false, is_excused = false;
    for (size_t i = 0; i < G_N_ELEMENTS(about); i++)
        is_about |= strstr(lower, about[i]) != NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(excuse); i++)
        is_excused |= strstr(lower, excuse[i]) != NULL;
    return is_about && is_excused;
}
