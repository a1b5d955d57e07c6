/* SPDX-License-Identifier: MIT */
/* How the composer looks: fields, the text, what goes with it, what is worth knowing before it goes. */
#include "core/store_contact.h"
#include "core/language.h"
#include "ui/composer_keys.h"
#include "ui/composer_private.h"
#include "ui/reader_text.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { LABEL_LEAST = 10, LABEL_MOST = 18 };

static const char *const labels[] = { N_("From"), N_("To"), N_("Cc"), N_("Bcc"), N_("Subject") };

static int label_columns(void)
{
    int widest = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++)
        widest = MAX(widest, width_text(_(labels[i])));
    return CLAMP(widest + 2, LABEL_LEAST, LABEL_MOST);
}

/* The line that is typed into is told by its label and the cursor. Letters without a look of their own cost a slow line one byte each. */
static void draw_fields(struct composer *self, int columns)
{
    int indent = label_columns();
    for (int i = 0; i < FIELD_COUNT; i++) {
        canvas_clear_row(self->canvas, i, 0, THEME_NORMAL);
        bool has_focus = self->focus == (enum composer_focus)i && self->editor == NULL;
        canvas_text(self->canvas, i, 1, indent - 2, has_focus ? THEME_TITLE : THEME_FIELD, _(labels[i]));
        field_draw(&self->fields[i], self->canvas, i, indent, columns - indent - 1, has_focus);
    }
}

/* Behind the end of the line at `at`; NULL: it is the last one. */
static const char *line_next(const char *at)
{
    const char *end = strchr(at, '\n');
    return end != NULL ? end + 1 : NULL;
}

static void draw_body_line(struct composer *self, const char *at, int *row, int rows, int columns)
{
    size_t length = strcspn(at, "\n");
    g_autofree char *line = g_strndup(at, length);
    g_autoptr(GArray) breaks = width_wrap(line, MAX(columns - 2, 10));
    enum theme_style style = *line == '>' ? THEME_QUOTE1 : strcmp(line, "-- ") == 0 ? THEME_SIGNATURE : THEME_NORMAL;
    for (guint i = 0; i < MAX(breaks->len, 1u) && *row < rows; i++) {
        size_t begin = i < breaks->len ? g_array_index(breaks, size_t, i) : 0,
               end = i + 1 < breaks->len ? g_array_index(breaks, size_t, i + 1) : length;
        canvas_textn(self->canvas, (*row)++, 1, columns - 2, style, line + begin, end - begin);
    }
}

/* How many lines from there on are quoted and folded; 0: none. What stands behind them: *behind_out; NULL: nothing. */
static int quote_run(const struct composer *self, const char *at, const char **behind_out)
{
    int count = 0;
    for (; !self->has_quotes_open && at != NULL && *at == '>'; count++)
        at = line_next(at);
    *behind_out = at;
    return count >= READER_FOLD_FROM_LINES ? count : 0;
}

/* How many of the rows at the top are free, for the text begins with empty lines (a signature may follow). */
static int empty_rows(const char *body, int rows)
{
    int free_rows = 0;
    while (free_rows < rows && *body == '\n')
        free_rows++, body++;
    return *body == '\0' ? rows : free_rows;
}

/* Over as many rows as it needs, if they are there. */
static void draw_unwritten(struct composer *self, const char *body, int top, int rows, int columns)
{
    const char *words = _("Nothing is written yet: Enter begins. Letters are commands here.");
    g_autoptr(GArray) breaks = width_wrap(words, MAX(columns - 2, 10));
    bool is_whole = (int)breaks->len <= empty_rows(body, rows - top);
    for (guint i = 0; i < (is_whole ? breaks->len : 1); i++) {
        size_t begin = g_array_index(breaks, size_t, i), end = i + 1 < breaks->len ? g_array_index(breaks, size_t, i + 1) : strlen(words);
        canvas_textn(self->canvas, top + (int)i, 1, columns - 2, THEME_DIM, words + begin, is_whole ? end - begin : strlen(words));
    }
}

/* Drawn at each key, and it may be long: nothing of it is copied but what is seen. */
static void draw_body(struct composer *self, int top, int rows, int columns)
{
    const char *body = self->draft->body != NULL ? self->draft->body : "", *behind = NULL;
    int count = *body != '\0', row = top;
    for (const char *at = body; (at = strchr(at, '\n')) != NULL; at++)
        count++;
    self->scroll = CLAMP(self->scroll, 0, MAX(count - 1, 0));
    for (int i = top; i < rows; i++)
        canvas_clear_row(self->canvas, i, 0, THEME_NORMAL);
    int shown = 0;
    for (const char *at = count > 0 ? body : NULL; at != NULL && row < rows; shown++) {
        int run = quote_run(self, at, &behind);
        if (shown >= self->scroll && run > 0) {
            g_autofree char *folded = reader_folded_words((guint)run);
            canvas_text(self->canvas, row++, 1, columns - 2, THEME_QUOTE1, folded);
        } else if (shown >= self->scroll) {
            draw_body_line(self, at, &row, rows, columns);
        }
        at = run > 0 ? behind : line_next(at);
    }
    if (self->focus != FOCUS_BODY || self->editor != NULL)
        return;
    if (composer_is_unwritten(self) && top < rows) /* its first line is empty */
        draw_unwritten(self, body, top, rows, columns);
    canvas_cursor(self->canvas, top, 0);
}

static void draw_attachments(struct composer *self, int row, int rows, int columns)
{
    const GPtrArray *all = self->draft->attachments;
    for (guint i = 0; i < all->len && (int)i < rows; i++) {
        const struct compose_attachment *each = g_ptr_array_index(all, i);
        bool is_rest = (int)i == rows - 1 && i + 1 < all->len;
        guint left = all->len - i;
        g_autofree char *size = language_size(g_bytes_get_size(each->bytes));
        g_autofree char *line = is_rest ? g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "… and %u more", "… and %u more", left), left)
                                        : g_strdup_printf("%s %u  %s  %s  %s", canvas_glyph(GLYPH_CLIP), i + 1,
                                                          each->name != NULL ? each->name : "", each->type != NULL ? each->type : "", size);
        canvas_clear_row(self->canvas, row + (int)i, 0, THEME_NORMAL);
        canvas_text(self->canvas, row + (int)i, 1, columns - 2, THEME_ATTACHMENT, line);
    }
}

static void draw_notes(struct composer *self, int row, int rows, int columns)
{
    for (int i = 0; i < rows; i++) {
        g_autofree char *line =
            g_strdup_printf("%s %s", canvas_glyph(GLYPH_WARNING), (const char *)g_ptr_array_index(self->notes, (guint)i));
        canvas_clear_row(self->canvas, row + i, 0, THEME_NORMAL);
        canvas_text(self->canvas, row + i, 1, columns - 2, THEME_WARNING, line);
    }
}

/* Beside the label of another line it would be heard as what stands there. What one moved to is heard, else what one types. */
static void draw_spoken_offer(struct composer *self, int row, int columns, const char *text, guint index)
{
    g_autofree char *words = g_strdup_printf("%s %s", C_("a state, spoken", "offered:"), text);
    canvas_clear_row(self->canvas, row, 0, index == self->menu_choice ? THEME_SELECTED : THEME_NORMAL);
    canvas_text(self->canvas, row, 1, columns - 2, index == self->menu_choice ? THEME_SELECTED : THEME_NORMAL, words);
    if (index == self->menu_choice && self->has_moved_in_menu)
        canvas_cursor(self->canvas, row, 1);
}

static void draw_menu(struct composer *self, int columns)
{
    bool is_spoken = app_settings(self->base.app)->accessible;
    for (guint i = 0; self->menu != NULL && i < self->menu->len; i++) {
        g_autofree char *text = composer_contact_text(g_ptr_array_index(self->menu, i));
        int row = (int)self->focus + 1 + (int)i;
        if (is_spoken) {
            draw_spoken_offer(self, row, columns, text, i);
            continue;
        }
        canvas_clear_row(self->canvas, row, 0, THEME_NORMAL); /* beside a label it would look as if it stood there */
        canvas_clear_row(self->canvas, row, label_columns(), i == self->menu_choice ? THEME_SELECTED : THEME_NORMAL);
        canvas_text(self->canvas, row, label_columns() + 1, columns - label_columns() - 2,
                    i == self->menu_choice ? THEME_SELECTED : THEME_DIM, text);
    }
}

/* In which form it goes, where that is not the usual one: in the row between fields and text. */
static void draw_form(struct composer *self, int columns)
{
    const char *keys = composer_keys_words(self);
    g_autofree char *words = composer_form_words(self->draft);
    g_autofree char *spaced = g_strdup_printf(" %s%s%s ", words, keys != NULL ? " · " : "", keys != NULL ? keys : "");
    if (*words != '\0' && columns > 2 * label_columns())
        canvas_text(self->canvas, FIELD_COUNT, label_columns() - 1, columns - 2 * label_columns(), THEME_DIM, spaced);
}

/* The text gets at least half of what the fields leave. */
void composer_draw(view *base)
{
    struct composer *self = composer_of(base);
    struct rect area = canvas_area(self->canvas);
    int top = FIELD_COUNT + 1, below = MAX((area.rows - top) / 2, 0);
    int notes = MIN(self->notes != NULL ? (int)self->notes->len : 0, MIN(below, 3));
    int attachments = MIN((int)self->draft->attachments->len, below - notes);
    int end = area.rows - attachments - notes;
    draw_fields(self, area.columns);
    canvas_clear_row(self->canvas, FIELD_COUNT, 0, THEME_NORMAL);
    draw_form(self, area.columns);
    if (self->editor != NULL)
        body_editor_draw(self->editor, self->canvas, top, end - top, area.columns);
    else
        draw_body(self, top, end, area.columns);
    draw_attachments(self, end, attachments, area.columns);
    draw_notes(self, end + attachments, notes, area.columns);
    draw_menu(self, area.columns);
    base->is_dirty = false;
}
