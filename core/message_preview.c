/* SPDX-License-Identifier: MIT */
/* The first words of a message, for the list. */
#include "core/message_private.h"

#define PREVIEW_LINES 200u

/* A line as the preview has it: nothing that we put there. */
static void preview_add(const struct text_line *line, size_t max_chars, size_t *count, GString *words)
{
    guint next = 0;
    for (const char *at = line->text; *at != '\0' && *count < max_chars;) {
        const struct text_span *span = next < line->spans->len ? &g_array_index(line->spans, struct text_span, next) : NULL;
        if (span != NULL && at == line->text + span->start) {
            next++;
            if (span->is_number || span->style == SPAN_DIM) {
                at += span->length;
                continue;
            }
        }
        gunichar c = g_utf8_get_char(at);
        at = g_utf8_next_char(at);
        bool is_blank = g_unichar_isspace(c) || g_unichar_iscntrl(c);
        if (is_blank && (words->len == 0 || words->str[words->len - 1] == ' '))
            continue;
        g_string_append_unichar(words, is_blank ? ' ' : c);
        ++*count;
    }
    if (words->len > 0 && words->str[words->len - 1] != ' ')
        g_string_append_c(words, ' ');
}

static size_t preview_words(const struct text *text, size_t max_chars, GString *words)
{
    size_t count = 0;
    g_string_truncate(words, 0);
    for (guint i = 0; i < text->lines->len && i < PREVIEW_LINES && count < max_chars; i++) {
        const struct text_line *line = g_ptr_array_index(text->lines, i);
        if (line->quote_level == 0 && !line->is_signature && !line->is_note)
            preview_add(line, max_chars, &count, words);
    }
    return count;
}

/* Mostly the first kilobytes have the words; the rest of a long text is read only where they have not (a quote stands first). */
char *message_preview(const message *self, size_t max_chars)
{
    static const size_t plain_bytes[] = { 2 * 1024, 64 * 1024 };
    GString *words = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(plain_bytes); i++) {
        g_autoptr(text) text = message_text_limited(self, MESSAGE_VIEW_BEST, plain_bytes[i], PREVIEW_LINES);
        if (preview_words(text, max_chars, words) >= max_chars || !text->is_cut)
            break;
    }
    g_strchomp(words->str);
    return g_string_free(words, FALSE);
}
