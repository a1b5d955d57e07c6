/* SPDX-License-Identifier: MIT */
/* POP3 answers and texts from strangers: no crash, no growth past the limits, and the same result however the bytes are cut. LIBRARY: postern_net */
#include "net/limits.h"
#include "net/pop3_reply.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note_line(GString *story, const struct pop3_line *line)
{
    struct pop3_reply reply = { 0 };
    uint32_t number = 0;
    uint64_t bytes = 0;
    if (line->text->len > net_limits.pop3_line_bytes || strlen(line->text->str) != line->text->len)
        abort();
    if (pop3_reply_parse(line->text->str, line->text->len, &reply)) {
        g_autofree char *words = pop3_reply_words(&reply), *timestamp = pop3_timestamp_find(reply.text);
        for (const char *c = words; *c != '\0'; c++) {
            if (g_ascii_iscntrl(*c))
                abort();
        }
        g_string_append_printf(story, "%d %d %s %s\n", (int)reply.status, (int)reply.code, words, timestamp != NULL ? timestamp : "-");
    } else if (pop3_size_parse(line->text->str, &number, &bytes)) {
        g_string_append_printf(story, "%u %" G_GUINT64_FORMAT "\n", number, bytes);
    } else {
        g_string_append(story, pop3_number_parse(line->text->str, &number) != NULL ? "number\n" : "other\n");
    }
    pop3_reply_clear(&reply);
}

/* A status line, the text behind it, and so on. step: how many bytes come at a time. */
static GString *story_of(const char *data, size_t size, size_t step)
{
    GString *story = g_string_new(NULL);
    struct pop3_line line = { 0 };
    struct pop3_text text;
    bool is_text = false;
    size_t offset = 0;
    while (offset < size) {
        size_t used = 0, length = MIN(step, size - offset);
        enum pop3_parse parse =
            is_text ? pop3_text_feed(&text, data + offset, length, &used, story) : pop3_line_feed(&line, data + offset, length, &used);
        if (used == 0 || used > length)
            abort();
        offset += used;
        if (parse == POP3_PARSE_BAD)
            break;
        if (parse == POP3_PARSE_DONE && !is_text)
            note_line(story, &line);
        if (parse == POP3_PARSE_DONE && !is_text)
            pop3_text_begin(&text, line.is_bare_lf);
        is_text = parse == POP3_PARSE_DONE ? !is_text : is_text;
    }
    pop3_line_clear(&line);
    return story;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *bytes = g_malloc(size + 1);
    if (size > 0)
        memcpy(bytes, data, size);
    const size_t steps[] = { 1, 3, 1000 };
    GString *whole = story_of(bytes, size, size + 1);
    if (whole->len > 16 * size + 1024)
        abort();
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        GString *cut = story_of(bytes, size, steps[i]);
        if (!g_string_equal(whole, cut))
            abort();
        g_string_free(cut, TRUE);
    }
    g_string_free(whole, TRUE);
    return 0;
}
