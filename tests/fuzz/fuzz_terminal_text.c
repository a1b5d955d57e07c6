/* SPDX-License-Identifier: MIT */
/* Any bytes as screen text: never a control, never wider than asked, always an end. LIBRARY: postern_ui */
#include "ui/width.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_visible(const char *bytes, size_t size)
{
    g_autofree char *shown = width_visible(bytes, size);
    if (!g_utf8_validate(shown, -1, NULL))
        abort();
    for (const char *at = shown; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (g_unichar_iscntrl(c) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069))
            abort();
    }
}

static void check_rows(const char *text, int columns)
{
    g_autoptr(GArray) starts = width_wrap(text, columns);
    size_t length = strlen(text);
    for (guint i = 1; i < starts->len; i++)
        if (g_array_index(starts, size_t, i) <= g_array_index(starts, size_t, i - 1) || g_array_index(starts, size_t, i) > length)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 65536)
        return 0;
    g_autofree char *text = g_strndup((const char *)data, size);
    int used = 0;
    check_visible((const char *)data, size);
    check_rows(text, 2 + (int)(size % 90));
    size_t prefix = width_prefix(text, strlen(text), 40, &used);
    if (used > 40 || prefix > strlen(text) || width_text(text) < used)
        abort();
    return 0;
}
