/* SPDX-License-Identifier: MIT */
/* Patches within a text: what they add and take away. */
#include "core/message_private.h"
#include <string.h>

static const struct text_line *line_at(const struct text *self, guint index)
{
    return index < self->lines->len ? g_ptr_array_index(self->lines, index) : NULL;
}

static bool begins(const struct text_line *line, const char *word)
{
    return line != NULL && line->quote_level == 0 && !line->is_signature && !line->is_note && g_str_has_prefix(line->text, word);
}

/* "--- a/x" with "+++ b/x" below it. "---" alone is how people draw a line. */
static bool begins_diff(const struct text *self, guint index)
{
    const struct text_line *line = line_at(self, index), *next = line_at(self, index + 1);
    return begins(line, "diff --git ") || begins(line, "@@ -") || (begins(line, "--- ") && begins(next, "+++ "));
}

static bool is_head(const struct text_line *line)
{
    static const char *const heads[] = {
        "diff ",     "index ",  "@@ ",   "--- ",        "+++ ",          "new file mode ", "deleted file mode ", "old mode ",
        "new mode ", "rename ", "copy ", "similarity ", "Binary files ", "Index: ",        "==============="
    };
    for (size_t i = 0; i < G_N_ELEMENTS(heads); i++)
        if (begins(line, heads[i]))
            return true;
    return false;
}

/* False: the patch has ended before this line. */
static bool mark(struct text_line *line)
{
    enum span_style style = is_head(line)        ? SPAN_HEADING
                            : begins(line, "+")  ? SPAN_ADDED
                            : begins(line, "-")  ? SPAN_REMOVED
                            : begins(line, " ")  ? SPAN_NORMAL
                            : begins(line, "\\") ? SPAN_DIM
                                                 : SPAN_WARNING;
    if (style == SPAN_WARNING && *line->text != '\0')
        return false;
    line->is_preformatted = true;
    if (line->spans->len == 0 && style != SPAN_NORMAL && style != SPAN_WARNING)
        text_add_span(line, 0, strlen(line->text), style, -1);
    return true;
}

void text_mark_diffs(struct text *self)
{
    bool is_diff = false;
    for (guint i = 0; i < self->lines->len; i++) {
        struct text_line *line = g_ptr_array_index(self->lines, i);
        is_diff = is_diff || begins_diff(self, i);
        is_diff = is_diff && line->quote_level == 0 && !line->is_signature && mark(line);
    }
}
