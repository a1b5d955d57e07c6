/* SPDX-License-Identifier: MIT */
/* IMAP responses from strangers as values: no crash, no growth past the limits, the same values however the bytes are cut. LIBRARY: postern_net */
#include "net/imap_syntax.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct imap_limits small = { .line_max = 4096, .literal_max = 2048, .total_max = 8192, .depth_max = 20, .item_max = 1000 };

static void tell(GString *story, const struct imap_value *value)
{
    if (value->kind != IMAP_LIST) {
        g_string_append_printf(story, "%d:%zu:", (int)value->kind, value->length);
        g_string_append_len(story, value->bytes, (gssize)value->length);
        if (value->bytes[value->length] != '\0')
            abort();
        return;
    }
    g_string_append_c(story, '(');
    for (size_t i = 0; i < value->count; i++) /* as deep as the limit at most */
        tell(story, &value->items[i]);
    g_string_append_c(story, ')');
}

static GString *story_of(const uint8_t *data, size_t size, size_t step)
{
    GString *story = g_string_new(NULL);
    imap_syntax *syntax = imap_syntax_new(&small);
    bool is_good = true;
    for (size_t offset = 0; offset < size && is_good; offset += step) {
        enum imap_step found;
        const struct imap_value *response = NULL;
        const char *line = NULL;
        g_autoptr(GError) error = NULL;
        imap_syntax_feed(syntax, data + offset, MIN(step, size - offset));
        while ((found = imap_syntax_next(syntax, &response, &line, &error)) == IMAP_DONE) {
            tell(story, response);
            g_string_append(story, line);
        }
        is_good = found != IMAP_BAD_SYNTAX;
        if (!is_good)
            g_string_append_printf(story, "BAD %d", error->code); /* the excerpt shows what has come so far */
    }
    imap_syntax_free(syntax);
    return story;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t steps[] = { 1, 3, 100 };
    GString *whole = story_of(data, size, size + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        GString *cut = story_of(data, size, steps[i]);
        if (!g_string_equal(whole, cut))
            abort();
        g_string_free(cut, TRUE);
    }
    g_string_free(whole, TRUE);
    return 0;
}
