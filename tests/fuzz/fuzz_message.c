/* SPDX-License-Identifier: MIT */
/* Messages from strangers: every view of anything is valid text whose spans lie inside it. LIBRARY: postern_core */
#include "core/message.h"
#include "core/message_warning.h"
#include "core/structure.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const struct text *text, const struct text_line *line)
{
    size_t length = strlen(line->text), end = 0;
    if (!g_utf8_validate(line->text, -1, NULL))
        abort();
    for (guint i = 0; line->spans != NULL && i < line->spans->len; i++) {
        const struct text_span *span = &g_array_index(line->spans, struct text_span, i);
        if (span->start < end || span->start + span->length > length || span->link >= (int)text->links->len)
            abort();
        end = span->start + span->length;
    }
}

static void check_view(const message *mail, enum message_view view)
{
    g_autoptr(text) text = message_text(mail, view);
    for (guint i = 0; i < text->lines->len; i++)
        check_line(text, g_ptr_array_index(text->lines, i));
    g_autofree char *plain = text_plain(text);
    g_autofree char *shown = text_shown(text);
    if (!g_utf8_validate(plain, -1, NULL) || !g_utf8_validate(shown, -1, NULL))
        abort();
}

static void check_parts(const message *mail)
{
    const GPtrArray *parts = message_parts(mail);
    for (guint i = 0; i < parts->len && i < 20; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        g_autofree char *bytes = NULL;
        size_t length;
        if (part->filename != NULL && strpbrk(part->filename, "/\\\n\r") != NULL)
            abort();
        if (part->is_here && (!message_part_bytes(mail, i, &bytes, &length, NULL) || (int64_t)length != part->size))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(message) mail = message_parse(data, size);
    struct message_info info;
    message_info(mail, &info);
    for (int view = MESSAGE_VIEW_BEST; view <= MESSAGE_VIEW_SOURCE; view++)
        check_view(mail, (enum message_view)view);
    check_parts(mail);
    g_autofree char *preview = message_preview(mail, 80), *string = g_strndup((const char *)data, size);
    g_auto(GStrv) headers = message_headers(mail);
    g_autofree char *value = message_header_text(string);
    if (!g_utf8_validate(value, -1, NULL) || strpbrk(value, "\r\n") != NULL)
        abort();
    g_autoptr(GPtrArray) to = message_addresses(mail, "To"), typed = message_parse_addresses(string, NULL);
    static const char *const own[] = { "me@home.test", NULL };
    g_autoptr(GPtrArray) warnings = message_warnings(mail, &(struct message_trust){ own, "mx.home.test", true });
    for (guint i = 0; i < warnings->len; i++)
        if (!g_utf8_validate(g_ptr_array_index(warnings, i), -1, NULL))
            abort();
    struct structure_node *root = structure_read(string);
    structure_node_free(root);
    return 0;
}
