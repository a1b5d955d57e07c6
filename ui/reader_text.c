/* SPDX-License-Identifier: MIT */
/* A message as lines of a certain width: wrapped text with folded quotes, attachments, links; what stands above is ui/reader_head. */
#include "ui/reader_text_private.h"
#include "core/language.h"
#include "ui/bidi.h"
#include "ui/canvas.h"
#include "ui/picture.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { TEXT_COLUMNS_MAX = 96, TAB_STOP = 8, LONG_TEXT_LINES = 16, LINES_MAX = 200000 };

static const enum theme_style span_looks[] = {
    [SPAN_NORMAL] = THEME_NORMAL,       [SPAN_QUOTE1] = THEME_QUOTE1,
    [SPAN_QUOTE2] = THEME_QUOTE2,       [SPAN_QUOTE3] = THEME_QUOTE3,
    [SPAN_SIGNATURE] = THEME_SIGNATURE, [SPAN_LINK] = THEME_LINK,
    [SPAN_HEADING] = THEME_HEADING,     [SPAN_BOLD] = THEME_BOLD,
    [SPAN_ITALIC] = THEME_ITALIC,       [SPAN_UNDERLINE] = THEME_UNDERLINE,
    [SPAN_CODE] = THEME_CODE,           [SPAN_DIM] = THEME_DIM,
    [SPAN_WARNING] = THEME_WARNING,     [SPAN_ADDED] = THEME_OK,
    [SPAN_REMOVED] = THEME_ERROR,
};

void reader_line_free(struct reader_line *line)
{
    if (line == NULL)
        return;
    g_free(line->text);
    g_free(line->right);
    if (line->spans != NULL)
        g_array_unref(line->spans);
    g_free(line);
}

static void free_line(gpointer data)
{
    reader_line_free(data);
}

struct reader_line *reader_add(struct reader_build *build, enum theme_style style, int indent, char *words /* taken */)
{
    struct reader_line *line = g_new0(struct reader_line, 1);
    line->text = words;
    line->style = style;
    line->indent = indent;
    g_ptr_array_add(build->lines, line);
    return line;
}

static void copy_span(struct reader_line *line, struct reader_span span)
{
    if (line->spans == NULL)
        line->spans = g_array_new(FALSE, FALSE, sizeof span);
    g_array_append_val(line->spans, span);
}

void reader_add_span(struct reader_line *line, size_t start, size_t length, enum theme_style style, int link)
{
    copy_span(line, (struct reader_span){ .start = start, .length = length, .style = style, .link = link });
}

struct reader_line *reader_add_wrapped(struct reader_build *build, enum theme_style style, int indent, const char *words, int columns)
{
    struct reader_line *first = NULL;
    g_autoptr(GArray) starts = width_wrap(words, MAX(columns - indent, 10));
    size_t length = strlen(words);
    for (guint i = 0; i < starts->len && build->lines->len < LINES_MAX; i++) {
        size_t start = g_array_index(starts, size_t, i), end = i + 1 < starts->len ? g_array_index(starts, size_t, i + 1) : length;
        struct reader_line *line = reader_add(build, style, indent, g_strndup(words + start, end - start));
        first = first != NULL ? first : line;
    }
    return first;
}

/* --- the text --- */

/* A paragraph as it is wrapped: tabs widened; the spans moved along. */
struct paragraph {
    GString *words;
    GArray *spans;
};

static void append_expanded(GString *words, const char *from, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (from[i] != '\t') {
            g_string_append_c(words, from[i]);
            continue;
        }
        for (int blanks = TAB_STOP - width_text(words->str) % TAB_STOP; blanks > 0; blanks--)
            g_string_append_c(words, ' ');
    }
}

static struct paragraph paragraph_of(const struct text_line *line, bool has_colors, enum theme_style plain)
{
    struct paragraph self = { g_string_new(NULL), g_array_new(FALSE, FALSE, sizeof(struct reader_span)) };
    size_t at = 0, length = strlen(line->text);
    for (guint i = 0; line->spans != NULL && i < line->spans->len; i++) {
        const struct text_span *span = &g_array_index(line->spans, struct text_span, i);
        if (span->start < at || span->start > length || span->length > length - span->start)
            continue;
        append_expanded(self.words, line->text + at, span->start - at);
        struct reader_span look = { .start = self.words->len,
                                    .style = span->style == SPAN_NORMAL ? plain : span_looks[MIN(span->style, SPAN_REMOVED)],
                                    .link = span->link + 1,
                                    .color = has_colors ? span->color : 0,
                                    .background = has_colors ? span->background : 0 };
        append_expanded(self.words, line->text + span->start, span->length);
        look.length = self.words->len - look.start;
        g_array_append_val(self.spans, look);
        at = span->start + span->length;
    }
    append_expanded(self.words, line->text + at, length - at);
    return self;
}

/* The part of the paragraph's spans that lies in one row of it. */
static void copy_spans(const struct paragraph *paragraph, size_t start, size_t end, size_t shift, struct reader_line *line)
{
    for (guint i = 0; i < paragraph->spans->len; i++) {
        const struct reader_span *span = &g_array_index(paragraph->spans, struct reader_span, i);
        size_t from = MAX(span->start, start), to = MIN(span->start + span->length, end);
        struct reader_span piece = *span;
        piece.start = from - start + shift;
        piece.length = to - from;
        if (from < to)
            copy_span(line, piece);
    }
}

static enum theme_style line_style(const struct text_line *line)
{
    static const enum theme_style quotes[] = { THEME_QUOTE1, THEME_QUOTE2, THEME_QUOTE3 };
    if (line->quote_level > 0)
        return quotes[(line->quote_level - 1) % 3];
    return line->is_signature ? THEME_SIGNATURE : THEME_NORMAL;
}

/* Wrapped text that runs from right to left begins at the right edge of its column. */
static void align_right(struct reader_line *row, size_t prefix, int columns)
{
    size_t length = strlen(row->text);
    while (length > prefix && row->text[length - 1] == ' ')
        length--;
    row->text[length] = '\0';
    for (guint i = 0; row->spans != NULL && i < row->spans->len; i++) {
        struct reader_span *span = &g_array_index(row->spans, struct reader_span, i);
        span->start = MIN(span->start, length);
        span->length = MIN(span->length, length - span->start);
    }
    row->is_rtl = true;
    row->prefix = prefix;
    row->shift = MAX(columns - width_text(row->text + prefix), 0);
}

static char *quote_marks(int level)
{
    char *marks = g_strnfill((gsize)level * 2, ' ');
    for (int i = 0; i < level; i++)
        marks[i * 2] = '>';
    return marks;
}

static void add_paragraph(struct reader_build *build, const struct text_line *line)
{
    struct paragraph paragraph = paragraph_of(line, build->wishes->has_colors, line_style(line));
    int level = CLAMP(line->quote_level, 0, 8), indent = CLAMP(line->indent, 0, build->wishes->columns / 3);
    bool is_exact = line->is_preformatted || build->wishes->is_source;
    int columns = is_exact ? build->wishes->columns : MIN(build->wishes->columns, TEXT_COLUMNS_MAX);
    int room = MAX(columns - indent - level * 2, 10);
    bool is_rtl = !is_exact && bidi_is_rtl(paragraph.words->str, paragraph.words->len);
    g_autofree char *prefix = quote_marks(level);
    g_autoptr(GArray) starts = width_wrap(paragraph.words->str, room);
    for (guint i = 0; i < starts->len && build->lines->len < LINES_MAX; i++) {
        size_t start = g_array_index(starts, size_t, i),
               end = i + 1 < starts->len ? g_array_index(starts, size_t, i + 1) : paragraph.words->len;
        g_autofree char *piece = g_strndup(paragraph.words->str + start, end - start);
        struct reader_line *row = reader_add(build, line_style(line), indent, g_strconcat(prefix, piece, NULL));
        row->is_ours = line->seal > 0;
        copy_spans(&paragraph, start, end, strlen(prefix), row);
        if (is_rtl)
            align_right(row, strlen(prefix), room);
    }
    g_string_free(paragraph.words, TRUE);
    g_array_unref(paragraph.spans);
}

/* What became of a picture, where it stands. */
static void add_picture(struct reader_build *build, const char *source)
{
    const struct reader_picture *shown = build->wishes->pictures != NULL ? g_hash_table_lookup(build->wishes->pictures, source) : NULL;
    if (shown != NULL && shown->words != NULL)
        reader_add_wrapped(build, THEME_DIM, 0, shown->words, build->wishes->columns);
    for (int row = 0; shown != NULL && shown->drawn != NULL && row < shown->drawn->rows && build->lines->len < LINES_MAX; row++) {
        struct reader_line *line = reader_add(build, THEME_NORMAL, 0, g_strdup(""));
        line->picture = shown->drawn;
        line->picture_row = row;
    }
}

/* Those of the text up to this line. */
static void add_pictures(struct reader_build *build, const struct text *body, guint line, guint *next)
{
    for (; *next < body->images->len && g_array_index(body->images, struct text_image, *next).line <= line; ++*next)
        add_picture(build, g_array_index(body->images, struct text_image, *next).source);
}

static int level_at(const struct text *body, guint at)
{
    return ((const struct text_line *)g_ptr_array_index(body->lines, at))->quote_level;
}

/* How many lines from at on are quoted at a level that is folded. */
static guint quote_run(const struct text *body, guint at, int unfolded)
{
    guint count = 0;
    while (at + count < body->lines->len && level_at(body, at + count) > unfolded)
        count++;
    return count;
}

/* The nearest level of what is folded: that is what the next key shows. */
int reader_quotes_next(const struct text *body, int quotes)
{
    int next = 0;
    for (guint i = 0, run = 0; i < body->lines->len; i += MAX(run, 1)) {
        run = quote_run(body, i, quotes);
        for (guint k = 0; k < run && run >= READER_FOLD_FROM_LINES; k++)
            next = next == 0 ? level_at(body, i + k) : MIN(next, level_at(body, i + k));
    }
    return next;
}

char *reader_folded_words(guint count)
{
    return g_strdup_printf("%s %u %s", canvas_glyph(GLYPH_CLOSED), count,
                           g_dngettext(GETTEXT_PACKAGE, "quoted line", "quoted lines", count));
}

/* Where those around it are quoted one level less. */
static void add_folded(struct reader_build *build, guint count)
{
    static const enum theme_style looks[] = { THEME_QUOTE1, THEME_QUOTE2, THEME_QUOTE3 };
    int level = MIN(build->wishes->quotes, 8);
    g_autoptr(GString) words = g_string_new(NULL);
    for (int i = 0; i < level; i++)
        g_string_append(words, "> ");
    g_autofree char *folded = reader_folded_words(count);
    g_string_append(words, folded);
    reader_add(build, looks[level % 3], 0, g_strdup(words->str));
}

static void add_body(struct reader_build *build, const struct text *body)
{
    guint next = 0;
    for (guint i = 0; i < body->lines->len && build->lines->len < LINES_MAX; i++) {
        guint run = build->wishes->is_source ? 0 : quote_run(body, i, build->wishes->quotes);
        if (run < READER_FOLD_FROM_LINES) {
            add_paragraph(build, g_ptr_array_index(body->lines, i));
            add_pictures(build, body, i, &next);
            continue;
        }
        add_folded(build, run);
        i += run - 1;
    }
    add_pictures(build, body, body->lines->len, &next);
    if (body->is_cut)
        reader_add(build, THEME_WARNING, 0, g_strdup(_("(The rest is too long to be shown; save or pipe the message to see all of it.)")));
}

/* --- the lists below --- */

static void add_attachments(struct reader_build *build, const message *letter)
{
    const GPtrArray *parts = message_parts(letter);
    int number = 0;
    for (guint i = 0; parts != NULL && i < parts->len; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        if (!part->is_attachment)
            continue;
        if (number == 0)
            reader_add(build, THEME_NORMAL, 0, g_strdup(""));
        g_autofree char *size = language_size((guint64)MAX(part->size, 0));
        g_autofree char *words = g_strdup_printf("%s %d  %s   %s   %s%s%s", canvas_glyph(GLYPH_CLIP), ++number,
                                                 part->filename != NULL ? part->filename : _("(no name)"), part->type, size,
                                                 part->is_here ? "" : "   ", part->is_here ? "" : _("fetched when you open or save it"));
        reader_add_wrapped(build, THEME_ATTACHMENT, 0, words, build->wishes->columns);
        g_autofree char *source = g_strdup_printf("part:%u", i);
        add_picture(build, source);
    }
}

static int count_attachments(const message *letter)
{
    const GPtrArray *parts = message_parts(letter);
    int count = 0;
    for (guint i = 0; parts != NULL && i < parts->len; i++)
        count += ((const struct message_part *)g_ptr_array_index(parts, i))->is_attachment;
    return count;
}

/* So that nobody has to scroll to the end of a long text to learn of them. */
static void announce_attachments(struct reader_build *build, const message *letter, const struct text *body)
{
    int count = count_attachments(letter);
    if (count == 0 || body == NULL || body->lines->len < LONG_TEXT_LINES)
        return;
    reader_add(build, THEME_ATTACHMENT, 0,
               g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%s %d attachment at the end", "%s %d attachments at the end", (gulong)count),
                               canvas_glyph(GLYPH_CLIP), count));
    reader_add(build, THEME_NORMAL, 0, g_strdup(""));
}

static void add_links(struct reader_build *build, const struct text *body)
{
    bool has_begun = false;
    for (guint i = 0; i < body->links->len; i++) {
        const struct text_link *link = g_ptr_array_index(body->links, i);
        if (!text_link_is_footnote(link))
            continue;
        if (!has_begun)
            reader_add(build, THEME_NORMAL, 0, g_strdup(""));
        has_begun = true;
        g_autofree char *number = g_strdup_printf("[%u] ", i + 1);
        g_autofree char *words = g_strconcat(number, link->url != NULL ? link->url : "", NULL);
        guint begin = build->lines->len;
        reader_add_wrapped(build, THEME_LINK, 0, words, build->wishes->columns);
        for (guint k = begin; k < build->lines->len; k++) {
            struct reader_line *line = g_ptr_array_index(build->lines, k);
            size_t before = k == begin ? strlen(number) : 0;
            reader_add_span(line, 0, before, THEME_DIM, 0);
            reader_add_span(line, before, strlen(line->text) - before, THEME_LINK, (int)i + 1);
        }
        if (!link->is_suspicious)
            continue;
        g_autofree char *warning = g_strdup_printf(_("%s The text says \"%s\", but this link leads somewhere else."),
                                                   canvas_glyph(GLYPH_WARNING), link->label != NULL ? link->label : "");
        reader_add_wrapped(build, THEME_WARNING, 4, warning, build->wishes->columns);
    }
}

GPtrArray *reader_lines(const struct placement *row, const message *letter, const struct text *body, const char *notice,
                        const struct reader_wishes *wishes)
{
    struct reader_build build = { g_ptr_array_new_with_free_func(free_line), wishes, reader_head_columns() };
    if (!wishes->is_source)
        reader_head_add(&build, row, letter);
    if (letter != NULL && !wishes->is_source)
        announce_attachments(&build, letter, body);
    if (notice != NULL)
        reader_add_wrapped(&build, THEME_DIM, 0, notice, wishes->columns);
    if (body != NULL)
        add_body(&build, body);
    if (letter != NULL && !wishes->is_source)
        add_attachments(&build, letter);
    if (body != NULL && !wishes->is_source)
        add_links(&build, body);
    return build.lines;
}
