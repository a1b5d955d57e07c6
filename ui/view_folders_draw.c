/* SPDX-License-Identifier: MIT */
/* The folder list on the screen. Counts are read only for the rows that are there: a key in an account of 5000 folders costs no more than in one of ten. */
#include "core/account_quota.h"
#include "ui/unified.h"
#include "ui/view_folders_private.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static void count_search(const struct view_folders *self, struct row *row)
{
    store *db = app_store(self->base.app);
    if (row->account_id > STARRED_ROW)
        row->count = view_searches_unread(self->searches, (guint)(-1 - row->account_id));
    else if (row->counted_at != self->news)
        row->count = row->account_id == UNREAD_ROW ? store_folder_unread(db) : store_folder_starred(db, VIEW_SEARCHES_MAX);
    row->is_unread = row->count > 0 && row->account_id != STARRED_ROW;
}

static void count_unified(const struct view_folders *self, struct row *row)
{
    int64_t total = 0, unread = 0;
    bool is_total = folder_role_counts_all((enum folder_role) - row->folder_id);
    unified_count(self->base.app, row->folder_id, &total, &unread);
    row->count = is_total ? total : unread;
    row->is_unread = !is_total && unread > 0;
}

static void count_again(const struct view_folders *self, struct row *row)
{
    if (row->search != NULL)
        count_search(self, row);
    if (row->counted_at == self->news || row_is_outbox(row))
        return;
    if (row->folder_id < 0)
        count_unified(self, row);
    g_autoptr(folder) box = row->counted_id != 0 ? store_folder(app_store(self->base.app), row->counted_id, NULL) : NULL;
    row->counted_at = self->news;
    if (row->is_folded && row->name != NULL)
        row->unread_below = store_folder_unread_below(app_store(self->base.app), row->account_id, row->name, row->delimiter);
    if (box != NULL)
        folder_row_count(box, row);
}

static enum theme_style style_of(const struct row *row)
{
    bool is_account = row_is_account(row);
    return is_account ? THEME_ACCOUNT : row->is_noselect ? THEME_DIM : row->is_unread ? THEME_FOLDER_UNREAD : THEME_FOLDER;
}

/* How many, or of an account how full it is. */
static enum theme_style count_words(const struct row *row, bool is_spoken, char *words, size_t size)
{
    int64_t count = row->count + row->unread_below;
    if (count > 0 && is_spoken && row->is_unread)
        g_snprintf(words, size, "%s %" G_GINT64_FORMAT, C_("how many", "Unread"), count);
    else if (count > 0 && is_spoken && row->search == NULL)
        g_snprintf(words, size, g_dngettext(GETTEXT_PACKAGE, "%d message", "%d messages", (gulong)count), (int)count);
    else if (count > 0)
        g_snprintf(words, size, "%" G_GINT64_FORMAT "%s", count, row->search != NULL && count >= VIEW_SEARCHES_MAX ? "+" : "");
    else if (row->quota > 0)
        g_snprintf(words, size, "%d%%", row->quota);
    return count <= 0 && row->quota >= ACCOUNT_QUOTA_NEAR ? THEME_WARNING : count <= 0 ? THEME_DIM : style_of(row);
}

/* Behind the name: folded, and only to be read. */
static void draw_marks(const struct view_folders *self, int screen_row, int column, int end, const struct row *row)
{
    if (row->name != NULL && row->is_folded && column + 1 < end)
        column += 1 + canvas_text(self->canvas, screen_row, column + 1, end - column - 1, THEME_DIM, canvas_glyph(GLYPH_CLOSED));
    if (row->is_read_only && column + 1 < end)
        canvas_text(self->canvas, screen_row, column + 1, end - column - 1, THEME_DIM, canvas_glyph(GLYPH_READ_ONLY));
}

static void draw_cursor(const struct view_folders *self, int at, int indent, const struct row *row)
{
    int columns = canvas_area(self->canvas).columns, screen_row = at - self->top + view_folders_first_row(self);
    bool is_open = row->folder_id != 0 && row->folder_id == app_current_folder(self->base.app);
    bool has_focus = view_holds_focus(&self->base);
    if (at == self->cursor && has_focus) {
        canvas_text(self->canvas, screen_row, 0, 1, THEME_NORMAL, canvas_glyph(GLYPH_ARROW));
        canvas_restyle_row(self->canvas, screen_row, 0, columns, THEME_SELECTED);
        if (app_settings(self->base.app)->accessible)
            canvas_cursor(self->canvas, screen_row, indent);
    } else if (is_open) {
        canvas_restyle_row(self->canvas, screen_row, 0, columns, THEME_BOLD);
        if (!has_focus)
            canvas_text(self->canvas, screen_row, 0, 1, THEME_BOLD, canvas_glyph(GLYPH_ARROW));
    }
}

static void draw_row(const struct view_folders *self, int at, const struct row *row)
{
    int columns = canvas_area(self->canvas).columns, screen_row = at - self->top + view_folders_first_row(self);
    bool is_account = row_is_account(row);
    enum theme_style style = style_of(row);
    char count[64] = "";
    int indent = row->name == NULL ? 1 : MIN(1 + 2 * row->depth, columns / 2);
    canvas_clear_row(self->canvas, screen_row, 0, THEME_NORMAL);
    enum theme_style count_style = count_words(row, app_settings(self->base.app)->accessible, count, sizeof count);
    const char *kind = row->search != NULL ? canvas_glyph(GLYPH_SEARCH)
                       : is_account        ? canvas_glyph(row->is_folded ? GLYPH_CLOSED : GLYPH_OPEN)
                                           : "";
    bool is_spoken = app_settings(self->base.app)->accessible;
    if (*kind != '\0' && !is_spoken)
        indent += canvas_text(self->canvas, screen_row, indent, 2, style, kind) + 1;
    int end = columns - 1 - (*count != '\0' ? width_text(count) + 1 : 0);
    int used = canvas_text(self->canvas, screen_row, indent, end - indent, style, row->label);
    if (*kind != '\0' && is_spoken) /* the name first: it is what one listens for */
        used += 1 + canvas_text(self->canvas, screen_row, indent + used + 1, MAX(end - indent - used - 1, 0), THEME_DIM, kind);
    draw_marks(self, screen_row, indent + used, end, row);
    canvas_text_right(self->canvas, screen_row, columns - 1, MAX(12, width_text(count)), count_style, count);
    draw_cursor(self, at, indent, row);
}

int view_folders_first_row(const struct view_folders *self)
{
    return self->filter != NULL ? 1 : 0;
}

/* What was typed, and how many folders have it. */
static void draw_filter(const struct view_folders *self)
{
    char count[32];
    int columns = canvas_area(self->canvas).columns, found = 0;
    for (guint i = 0; i < self->rows->len; i++)
        found += !row_is_account(g_ptr_array_index(self->rows, i));
    g_snprintf(count, sizeof count, "%d", found);
    canvas_clear_row(self->canvas, 0, 0, THEME_NORMAL);
    int at = 1 + canvas_text(self->canvas, 0, 1, columns / 3, THEME_DIM, canvas_glyph(GLYPH_SEARCH)) + 1;
    canvas_text(self->canvas, 0, at, columns - at - (int)strlen(count) - 2, found > 0 ? THEME_NORMAL : THEME_WARNING, self->filter);
    canvas_text_right(self->canvas, 0, columns - 1, 12, THEME_DIM, count);
}

void view_folders_draw(view *base)
{
    struct view_folders *self = (struct view_folders *)(void *)base;
    if (self->is_stale)
        folder_rows_read(self);
    int first = view_folders_first_row(self), rows = MAX(canvas_area(self->canvas).rows - first, 1);
    self->top = CLAMP(self->top, MAX(self->cursor - rows + 1, 0), MAX(self->cursor, 0));
    self->top = MIN(self->top, MAX((int)self->rows->len - rows, 0));
    if (first > 0)
        draw_filter(self);
    for (int i = 0; i < rows; i++) {
        int at = self->top + i;
        if (at < (int)self->rows->len) {
            count_again(self, g_ptr_array_index(self->rows, at));
            draw_row(self, at, g_ptr_array_index(self->rows, at));
        } else {
            canvas_clear_row(self->canvas, i + first, 0, THEME_NORMAL);
        }
    }
}
