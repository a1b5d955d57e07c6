/* SPDX-License-Identifier: MIT */
/* The error domain of a person's files. */
#include "config/error.h"
#include <string.h>

/* Not G_DEFINE_QUARK: two threads may meet their first error at once, and its variable is no atomic. */
GQuark config_error_quark(void)
{
    return g_quark_from_static_string("config-error-quark");
}

char *config_error_words(const char *text, gssize length)
{
    g_autofree char *valid = g_utf8_make_valid(text, length);
    GString *words = g_string_sized_new(strlen(valid));
    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c < 0x20 || (c >= 0x7f && c < 0xa0))
            g_string_append_c(words, '?');
        else
            g_string_append_unichar(words, c);
    }
    return g_string_free(words, FALSE);
}
