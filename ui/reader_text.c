/* SPDX-License-Identifier: MIT */
/* A message as lines of a certain width: fields, wrapped text with folded quotes, attachments, links. */
#include "ui/reader_text.h"
#include "core/language.h"
#include "core/list_unsubscribe.h"
#include "core/message_warning.h"
#include "core/snooze.h"
#include "core/tag.h"
#include "core/when.h"
#include "ui/bidi.h"
#include "ui/canvas.h"
#include "ui/date.h"
#include "ui/picture.h"
#include "ui/reader_invitation.h"
#include "ui/reader_seals.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    TEXT_COLUMNS_MAX = 96,
    FIELD_COLUMNS_MIN = 6,
    TAB_STOP = 8,
    LONG_TEXT_LINES = 16,
    ADDRESSES_MANY = 12,
    ADDRESSES_SHOWN = 8,
    LINES_MAX = 200000
};

struct build {
    GPtrArray *lines;
    const struct reader_wishes *wishes;
    int field_columns; /* where the values of fields begin */
};

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

static struct reader_line *add(struct build *build, enum theme_style style, int indent, char *words /* taken */)
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

static void add_span(struct reader_line *line, size_t start, size_t length, enum theme_style style, int link)
{
    copy_span(line, (struct reader_span){ .start = start, .length = length, .style = style, .link = link });
}

/* Words over as many rows as they need; behind the first the field's name is left out. */
static struct reader_line *add_wrapped(struct build *build, enum theme_style style, int indent, const char *words, int columns)
{
    struct reader_line *first = NULL;
    g_autoptr(GArray) starts = width_wrap(words, MAX(columns - indent, 10));
    size_t length = strlen(words);
    for (guint i = 0; i < starts->len && build->lines->len < LINES_MAX; i++) {
        size_t start = g_array_index(starts, size_t, i), end = i + 1 < starts->len ? g_array_index(starts, size_t, i + 1) : length;
        struct reader_line *line = add(build, style, indent, g_strndup(words + start, end - start));
        first = first != NULL ? first : line;
    }
    return first;
}

/* --- the fields above --- */

static bool is_own(const struct reader_wishes *wishes, const char *address)
{
    for (size_t i = 0; wishes->own_addresses != NULL && wishes->own_addresses[i] != NULL; i++)
        if (address != NULL && g_ascii_strcasecmp(wishes->own_addresses[i], address) == 0)
            return true;
    return false;
}

static char *address_words(const struct reader_wishes *wishes, GPtrArray *addresses)
{
    GString *words = g_string_new(NULL);
    guint count = addresses != NULL ? addresses->len : 0, shown = count > ADDRESSES_MANY ? ADDRESSES_SHOWN : count;
    for (guint i = 0; i < shown; i++) {
        const struct message_address *address = g_ptr_array_index(addresses, i);
        bool has_name = address->name != NULL && *address->name != '\0';
        g_string_append(words, i > 0 ? ", " : "");
        if (is_own(wishes, address->address))
            g_string_append(words, _("me"));
        else if (has_name && address->address != NULL && *address->address != '\0')
            g_string_append_printf(words, "%s <%s>", address->name, address->address);
        else
            g_string_append(words, has_name ? address->name : address->address != NULL ? address->address : "");
    }
    if (shown < count)
        g_string_append_printf(words,
                               g_dngettext(GETTEXT_PACKAGE, " … and %u more (h shows all)", " … and %u more (h shows all)", count - shown),
                               count - shown);
    return g_string_free(words, FALSE);
}

/* The names that stand together above most messages make a column in every language; a longer one takes the room it needs. */
static int field_columns(void)
{
    const char *const names[] = { _("From"), _("Date"), _("To"), _("Cc"), _("List") };
    int columns = FIELD_COLUMNS_MIN;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        columns = MAX(columns, width_text(names[i]) + 1);
    return columns;
}

static struct reader_line *add_field(struct build *build, const char *name, const char *value, int columns)
{
    if (value == NULL || *value == '\0')
        return NULL;
    int indent = MAX(build->field_columns, width_text(name) + 1);
    struct reader_line *line = add_wrapped(build, THEME_FIELD_VALUE, indent, value, columns);
    if (line == NULL)
        return NULL;
    int pad = indent - width_text(name);
    char *words = g_strdup_printf("%s%*s%s", name, pad, "", line->text);
    g_free(line->text);
    line->text = words;
    line->indent = 0;
    line->prefix = strlen(name) + (size_t)pad; /* each has a direction of its own */
    add_span(line, 0, strlen(name), THEME_FIELD, 0);
    return line;
}

static void add_addresses(struct build *build, const char *name, const message *letter, const char *header, const char *fallback)
{
    g_autoptr(GPtrArray) addresses = letter != NULL ? message_addresses(letter, header) : NULL;
    g_autofree char *words = addresses != NULL ? address_words(build->wishes, addresses) : g_strdup(fallback);
    g_autofree char *calm = words != NULL ? reader_seals_calm(words) : NULL;
    add_field(build, name, calm, build->wishes->columns);
}

/* As the index knows it, before the message itself is here; the same for one that names nobody. */
static char *known_sender(const struct placement *row)
{
    bool has_name = row->from_name != NULL && *row->from_name != '\0',
         has_address = row->from_address != NULL && *row->from_address != '\0';
    if (has_name && has_address)
        return g_strdup_printf("%s <%s>", row->from_name, row->from_address);
    return g_strdup(has_name ? row->from_name : has_address ? row->from_address : _("(nobody)"));
}

static void add_from(struct build *build, const struct placement *row, const message *letter)
{
    g_autofree char *date = date_long(row->date_utc, build->wishes->now_utc);
    g_autoptr(GPtrArray) addresses = letter != NULL ? message_addresses(letter, "From") : NULL;
    g_autofree char *raw = addresses != NULL && addresses->len > 0 ? address_words(build->wishes, addresses) : known_sender(row);
    g_autofree char *words = reader_seals_calm(raw);
    bool is_beside = build->wishes->columns - width_text(date) - 2 > build->field_columns + width_text(words);
    struct reader_line *line = add_field(build, _("From"), words, build->wishes->columns);
    if (line != NULL && is_beside)
        line->right = g_steal_pointer(&date);
    else
        add_field(build, _("Date"), date, build->wishes->columns);
}

static void add_all_headers(struct build *build, const message *letter)
{
    g_auto(GStrv) headers = message_headers(letter);
    for (size_t i = 0; headers != NULL && headers[i] != NULL; i++) {
        const char *colon = strchr(headers[i], ':');
        struct reader_line *line = add_wrapped(build, THEME_FIELD_VALUE, 0, headers[i], build->wishes->columns);
        if (line != NULL && colon != NULL)
            add_span(line, 0, (size_t)(colon - headers[i]) + 1, THEME_FIELD, 0);
    }
}

/* What a person or a rule called it, and when it comes back. */
static void add_tags(struct build *build, const struct placement *row)
{
    g_auto(GStrv) names = tag_list_names(row->keywords);
    int64_t until_utc = snooze_time(row->keywords);
    g_autofree char *tags = g_strjoinv(", ", names);
    struct reader_line *line = add_field(build, _("Tags"), tags, build->wishes->columns);
    if (line != NULL)
        line->style = THEME_TAG;
    if (until_utc <= build->wishes->now_utc || !tag_list_has(row->keywords, "$Snoozed"))
        return;
    g_autofree char *when = when_describe(until_utc, build->wishes->now_utc);
    add_field(build, C_("put off until", "Back"), when, build->wishes->columns);
}

/* That it came by a list which can be left, and how: nobody looks for that among the commands. */
static void add_list(struct build *build, const message *letter)
{
    g_auto(list_unsubscribe) way = { 0 };
    if (*build->wishes->leaving_key == '\0' || letter == NULL || !list_unsubscribe_read(letter, &way))
        return;
    g_autofree char *words = g_strdup_printf(_("%s leaves this mailing list"), build->wishes->leaving_key);
    struct reader_line *line = add_field(build, _("List"), words, build->wishes->columns);
    if (line != NULL)
        line->style = THEME_DIM;
}

/* Tricks that a person would not see. */
static void add_warnings(struct build *build, const message *letter)
{
    const struct message_trust trust = { build->wishes->own_addresses, build->wishes->checker, build->wishes->is_checker_sure };
    g_autoptr(GPtrArray) warnings = message_warnings(letter, &trust);
    for (guint i = 0; i < warnings->len; i++) {
        g_autofree char *words = g_strdup_printf("%s %s", canvas_glyph(GLYPH_WARNING), (const char *)g_ptr_array_index(warnings, i));
        add_wrapped(build, THEME_WARNING, 0, words, build->wishes->columns);
    }
}

static void add_ours(struct build *build, const char *name, enum theme_style style, enum glyph mark, const char *words)
{
    g_autofree char *marked = g_strdup_printf("%s %s", canvas_glyph(mark), words);
    guint begin = build->lines->len;
    add_field(build, name, marked, build->wishes->columns);
    for (guint i = begin; i < build->lines->len; i++) {
        struct reader_line *line = g_ptr_array_index(build->lines, i);
        line->is_ours = true;
        line->style = style;
    }
}

/* Drawn by us alone: the bar at the left edge is what mail cannot imitate. */
static void add_seals(struct build *build)
{
    static const enum theme_style styles[] = { [SEAL_GOOD] = THEME_OK, [SEAL_DOUBT] = THEME_WARNING, [SEAL_BAD] = THEME_ERROR };
    static const enum glyph marks[] = { [SEAL_GOOD] = GLYPH_TICK, [SEAL_DOUBT] = GLYPH_WARNING, [SEAL_BAD] = GLYPH_CROSS };
    g_autoptr(GPtrArray) rows = build->wishes->crypto != NULL ? reader_seals(build->wishes->crypto) : NULL;
    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        const struct seal_row *row = g_ptr_array_index(rows, i);
        add_ours(build, row->is_encryption ? _("Encrypted") : _("Signed"), styles[row->look], marks[row->look], row->words);
    }
    if (build->wishes->crypto_notice != NULL)
        add_ours(build, _("Seal"), THEME_PROGRESS, GLYPH_BUSY, build->wishes->crypto_notice);
}

/* What an invitation means for its reader; drawn by us, as the seals are. */
static void add_invitation(struct build *build)
{
    const GPtrArray *rows = build->wishes->invitation;
    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        const struct invitation_row *row = g_ptr_array_index(rows, i);
        g_autofree char *words = i == 0 ? g_strdup_printf("%s %s", canvas_glyph(GLYPH_CALENDAR), row->words) : g_strdup(row->words);
        guint begin = build->lines->len;
        add_wrapped(build, row->style, i == 0 ? 0 : width_text(canvas_glyph(GLYPH_CALENDAR)) + 1, words, build->wishes->columns);
        for (guint k = begin; k < build->lines->len; k++) {
            struct reader_line *line = g_ptr_array_index(build->lines, k);
            line->is_ours = true;
            line->answers = row->answers;
        }
    }
}

static void add_head(struct build *build, const struct placement *row, const message *letter)
{
    const char *within = letter != NULL && message_is_decrypted(letter) ? message_header(letter, "Subject") : NULL;
    const char *given = within != NULL ? within : row->subject;
    g_autofree char *subject = given != NULL && *given != '\0' ? reader_seals_calm(given) : g_strdup(_("(no subject)"));
    if (!build->wishes->is_part)
        add_wrapped(build, THEME_TITLE, 0, subject, build->wishes->columns);
    else if (within != NULL && g_strcmp0(within, row->subject) != 0)
        add_field(build, _("Subject"), subject, build->wishes->columns);
    if (build->wishes->has_all_headers && letter != NULL) {
        add_all_headers(build, letter);
    } else {
        add_from(build, row, letter);
        add_addresses(build, _("To"), letter, "To", row->to);
        add_addresses(build, _("Cc"), letter, "Cc", row->cc);
    }
    add_tags(build, row);
    add_list(build, letter);
    if (letter != NULL)
        add_warnings(build, letter);
    add_seals(build);
    add_invitation(build);
    add(build, THEME_NORMAL, 0, g_strdup(""));
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

static void add_paragraph(struct build *build, const struct text_line *line)
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
        struct reader_line *row = add(build, line_style(line), indent, g_strconcat(prefix, piece, NULL));
        row->is_ours = line->seal > 0;
        copy_spans(&paragraph, start, end, strlen(prefix), row);
        if (is_rtl)
            align_right(row, strlen(prefix), room);
    }
    g_string_free(paragraph.words, TRUE);
    g_array_unref(paragraph.spans);
}

/* What became of a picture, where it stands. */
static void add_picture(struct build *build, const char *source)
{
    const struct reader_picture *shown = build->wishes->pictures != NULL ? g_hash_table_lookup(build->wishes->pictures, source) : NULL;
    if (shown != NULL && shown->words != NULL)
        add_wrapped(build, THEME_DIM, 0, shown->words, build->wishes->columns);
    for (int row = 0; shown != NULL && shown->drawn != NULL && row < shown->drawn->rows && build->lines->len < LINES_MAX; row++) {
        struct reader_line *line = add(build, THEME_NORMAL, 0, g_strdup(""));
        line->picture = shown->drawn;
        line->picture_row = row;
    }
}

/* Those of the text up to this line. */
static void add_pictures(struct build *build, const struct text *body, guint line, guint *next)
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
static void add_folded(struct build *build, guint count)
{
    static const enum theme_style looks[] = { THEME_QUOTE1, THEME_QUOTE2, THEME_QUOTE3 };
    int level = MIN(build->wishes->quotes, 8);
    g_autoptr(GString) words = g_string_new(NULL);
    for (int i = 0; i < level; i++)
        g_string_append(words, "> ");
    g_autofree char *folded = reader_folded_words(count);
    g_string_append(words, folded);
    add(build, looks[level % 3], 0, g_strdup(words->str));
}

static void add_body(struct build *build, const struct text *body)
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
        add(build, THEME_WARNING, 0, g_strdup(_("(The rest is too long to be shown; save or pipe the message to see all of it.)")));
}

/* --- the lists below --- */

char *reader_size_words(int64_t bytes)
{
    if (bytes < 1000)
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%d byte", "%d bytes", (gulong)MAX(bytes, 0)), (int)MAX(bytes, 0));
    if (bytes < 1000000)
        return g_strdup_printf(_("%d KB"), (int)((bytes + 500) / 1000));
    g_autofree char *millions = language_decimal((double)bytes / 1e6, 1);
    return g_strdup_printf(_("%s MB"), millions);
}

static void add_attachments(struct build *build, const message *letter)
{
    const GPtrArray *parts = message_parts(letter);
    int number = 0;
    for (guint i = 0; parts != NULL && i < parts->len; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        if (!part->is_attachment)
            continue;
        if (number == 0)
            add(build, THEME_NORMAL, 0, g_strdup(""));
        g_autofree char *size = reader_size_words(part->size);
        g_autofree char *words = g_strdup_printf("%s %d  %s   %s   %s%s%s", canvas_glyph(GLYPH_CLIP), ++number,
                                                 part->filename != NULL ? part->filename : _("(no name)"), part->type, size,
                                                 part->is_here ? "" : "   ", part->is_here ? "" : _("fetched when you open or save it"));
        add_wrapped(build, THEME_ATTACHMENT, 0, words, build->wishes->columns);
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
static void announce_attachments(struct build *build, const message *letter, const struct text *body)
{
    int count = count_attachments(letter);
    if (count == 0 || body == NULL || body->lines->len < LONG_TEXT_LINES)
        return;
    add(build, THEME_ATTACHMENT, 0,
        g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%s %d attachment at the end", "%s %d attachments at the end", (gulong)count),
                        canvas_glyph(GLYPH_CLIP), count));
    add(build, THEME_NORMAL, 0, g_strdup(""));
}

static void add_links(struct build *build, const struct text *body)
{
    bool has_begun = false;
    for (guint i = 0; i < body->links->len; i++) {
        const struct text_link *link = g_ptr_array_index(body->links, i);
        if (!text_link_is_footnote(link))
            continue;
        if (!has_begun)
            add(build, THEME_NORMAL, 0, g_strdup(""));
        has_begun = true;
        g_autofree char *number = g_strdup_printf("[%u] ", i + 1);
        g_autofree char *words = g_strconcat(number, link->url != NULL ? link->url : "", NULL);
        guint begin = build->lines->len;
        add_wrapped(build, THEME_LINK, 0, words, build->wishes->columns);
        for (guint k = begin; k < build->lines->len; k++) {
            struct reader_line *line = g_ptr_array_index(build->lines, k);
            size_t before = k == begin ? strlen(number) : 0;
            add_span(line, 0, before, THEME_DIM, 0);
            add_span(line, before, strlen(line->text) - before, THEME_LINK, (int)i + 1);
        }
        if (!link->is_suspicious)
            continue;
        g_autofree char *warning = g_strdup_printf(_("%s The text says \"%s\", but this link leads somewhere else."),
                                                   canvas_glyph(GLYPH_WARNING), link->label != NULL ? link->label : "");
        add_wrapped(build, THEME_WARNING, 4, warning, build->wishes->columns);
    }
}

GPtrArray *reader_lines(const struct placement *row, const message *letter, const struct text *body, const char *notice,
                        const struct reader_wishes *wishes)
{
    struct build build = { g_ptr_array_new_with_free_func(free_line), wishes, field_columns() };
    if (!wishes->is_source)
        add_head(&build, row, letter);
    if (letter != NULL && !wishes->is_source)
        announce_attachments(&build, letter, body);
    if (notice != NULL)
        add_wrapped(&build, THEME_DIM, 0, notice, wishes->columns);
    if (body != NULL)
        add_body(&build, body);
    if (letter != NULL && !wishes->is_source)
        add_attachments(&build, letter);
    if (body != NULL && !wishes->is_source)
        add_links(&build, body);
    return build.lines;
}
