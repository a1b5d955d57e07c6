/* SPDX-License-Identifier: MIT */
/* SMTP replies from strangers: no crash, no growth past the limits, and the same answer however the bytes are cut. LIBRARY: postern_net */
#include "net/limits.h"
#include "net/smtp_reply.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note_reply(GString *story, struct smtp_reply *reply)
{
    if (strlen(reply->text) > net_limits.smtp_reply_bytes + net_limits.smtp_reply_lines || reply->code < 200 || reply->code > 599)
        abort();
    g_autofree char *words = smtp_reply_words(reply);
    for (const char *c = words; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c))
            abort();
    }
    g_string_append_printf(story, "%d [%s] %s\n", reply->code, reply->enhanced, reply->text);
    smtp_reply_clear(reply);
}

/* What the parser makes of data when it comes in pieces of step bytes. */
static GString *story_of(const char *data, size_t size, size_t step)
{
    GString *story = g_string_new(NULL);
    smtp_reply_parser *parser = smtp_reply_parser_new();
    size_t offset = 0;
    while (offset < size) {
        struct smtp_reply reply = { 0 };
        size_t used = 0;
        enum smtp_parse parse = smtp_reply_parser_feed(parser, data + offset, MIN(step, size - offset), &used, &reply);
        if (used == 0 || used > MIN(step, size - offset))
            abort();
        offset += used;
        if (parse == SMTP_PARSE_DONE)
            note_reply(story, &reply);
        if (parse == SMTP_PARSE_BAD) {
            g_autofree char *excerpt = smtp_reply_parser_excerpt(parser);
            g_string_append_printf(story, "BAD %s at %zu\n", excerpt, offset);
            break;
        }
    }
    smtp_reply_parser_free(parser);
    return story;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *bytes = g_malloc(size + 1);
    if (size > 0)
        memcpy(bytes, data, size);
    const size_t steps[] = { 1, 3, 1000 };
    GString *whole = story_of(bytes, size, size + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        GString *cut = story_of(bytes, size, steps[i]);
        if (!g_string_equal(whole, cut))
            abort();
        g_string_free(cut, TRUE);
    }
    g_string_free(whole, TRUE);
    return 0;
}
