/* SPDX-License-Identifier: MIT */
/* HTML from strangers: any bytes give valid lines and labels whose spans lie inside them. LIBRARY: postern_core */
#include "core/message.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const struct text *text, const struct text_line *line)
{
    size_t length = strlen(line->text), end = 0;
    if (!g_utf8_validate(line->text, -1, NULL) || line->quote_level < 0 || line->indent < 0)
        abort();
    for (guint i = 0; i < line->spans->len; i++) {
        const struct text_span *span = &g_array_index(line->spans, struct text_span, i);
        if (span->start < end || span->start + span->length > length || span->link >= (int)text->links->len)
            abort();
        end = span->start + span->length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *html = g_utf8_make_valid((const char *)data, (gssize)size); /* as core/message_text hands it over */
    g_autoptr(text) text = text_from_html(html, strlen(html));
    for (guint i = 0; i < text->lines->len; i++)
        check_line(text, g_ptr_array_index(text->lines, i));
    for (guint i = 0; i < text->links->len; i++) {
        const struct text_link *link = g_ptr_array_index(text->links, i);
        if (!g_utf8_validate(link->label, -1, NULL) || !g_utf8_validate(link->url, -1, NULL))
            abort();
    }
    g_autofree char *plain = text_plain(text);
    if (!g_utf8_validate(plain, -1, NULL))
        abort();
    return 0;
}
