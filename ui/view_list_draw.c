/* SPDX-License-Identifier: MIT */
/* One row of the message list. */
#include "ui/date.h"
#include "ui/folder_words.h"
#include "ui/row_tags.h"
#include "ui/view_list_private.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { DATE_COLUMNS = 10, LABEL_COLUMNS = 14, LABEL_FROM_COLUMNS = 90 };

struct columns {
    int from, star, subject, subject_width, from_width, clip, clip_width, date;
};

static struct columns columns_for(int width)
{
    struct columns at = { .from = 3 };
    at.from_width = CLAMP(width / 4, 14, 26);
    at.star = at.from + at.from_width + 1;
    at.subject = at.star + 2;
    at.date = width - DATE_COLUMNS - 1;
    at.clip_width = 5;
    at.clip = at.date - at.clip_width;
    at.subject_width = MAX(at.clip - at.subject - 1, 0);
    return at;
}

static const char *state_glyph(const struct view_list *self, const struct list_item *item)
{
    const struct window_row *row = item->row;
    bool is_unread = item->is_folded ? row->thread_unread > 0 : !(row->flags & MESSAGE_SEEN);
    if (g_hash_table_contains(self->marks, &row->placement_id))
        return canvas_glyph(GLYPH_MARK);
    if (is_unread)
        return canvas_glyph(GLYPH_UNREAD);
    if (row->flags & MESSAGE_ANSWERED)
        return canvas_glyph(GLYPH_REPLIED);
    return row->flags & MESSAGE_FORWARDED ? canvas_glyph(GLYPH_FORWARDED) : " ";
}

static void draw_names(const struct view_list *self, int at, const struct columns *columns, const struct list_item *item,
                       enum theme_style style)
{
    const struct window_row *row = item->row;
    int column = columns->from, right = columns->from + columns->from_width;
    const char *names = self->shows_recipients && row->to != NULL && *row->to != '\0' ? row->to : row->from;
    g_autofree char *count = item->is_folded ? g_strdup_printf(" (%d)", row->thread_total + row->thread_sent) : g_strdup("");
    if (item->is_child && row->depth > 0) {
        column += MIN(2 * (row->depth - 1), columns->from_width / 3);
        column +=
            canvas_text(self->canvas, at, column, 3, THEME_TREE, canvas_glyph(item->is_last_child ? GLYPH_LAST_BRANCH : GLYPH_BRANCH)) + 1;
    }
    int room = MAX(right - column - width_text(count), 0);
    if (names == NULL || *names == '\0')
        names = row->from_address != NULL && *row->from_address != '\0' ? row->from_address : _("(nobody)");
    column += canvas_text(self->canvas, at, column, room, style, names);
    canvas_text(self->canvas, at, column, right - column, THEME_DIM, count);
}

static void draw_parts(const struct view_list *self, int at, const struct columns *columns, const struct window_row *row)
{
    char line[32] = "";
    if (row->part_flags & MESSAGE_IS_HEAD)
        g_strlcat(line, canvas_glyph(GLYPH_ELLIPSIS), sizeof line);
    if (row->part_flags & MESSAGE_HAS_INVITATION)
        g_strlcat(line, canvas_glyph(GLYPH_CALENDAR), sizeof line);
    if (row->attachment_count > 1)
        g_snprintf(line + strlen(line), sizeof line - strlen(line), "%s %d", canvas_glyph(GLYPH_CLIP), MIN(row->attachment_count, 99));
    else if (row->part_flags & MESSAGE_HAS_ATTACHMENT)
        g_strlcat(line, canvas_glyph(GLYPH_CLIP), sizeof line);
    canvas_text(self->canvas, at, columns->clip, columns->clip_width - 1, THEME_ATTACHMENT, line);
}

/* "Sent", or in a list of several accounts the account's name. */
static const char *label_of(const struct view_list *self, const struct list_item *item)
{
    bool is_unified = list_model_folder(self->model) < 0, has_room = canvas_area(self->canvas).columns >= LABEL_FROM_COLUMNS;
    if (!item->is_elsewhere && !(is_unified && has_room))
        return NULL;
    char *label = g_hash_table_lookup(self->labels, &item->row->folder_id);
    if (label != NULL)
        return label;
    g_autoptr(folder) box = store_folder(app_store(self->base.app), item->row->folder_id, NULL);
    const struct account *owner = box != NULL ? app_account(self->base.app, box->account_id) : NULL;
    label = g_strdup(box == NULL          ? ""
                     : item->is_elsewhere ? (box->role == FOLDER_SENT ? _("Sent") : folder_words(box))
                     : owner != NULL      ? owner->name
                                          : "");
    g_hash_table_insert(self->labels, g_memdup2(&item->row->folder_id, sizeof(int64_t)), label);
    return label;
}

static void draw_subject(const struct view_list *self, int at, const struct columns *columns, const struct list_item *item,
                         enum theme_style style)
{
    const char *label = label_of(self, item), *subject = item->row->subject;
    int column = columns->subject, right = columns->subject + columns->subject_width;
    if (label != NULL && *label != '\0') {
        column += canvas_text(self->canvas, at, column, MIN(LABEL_COLUMNS, columns->subject_width / 2), THEME_DIM, label);
        column += canvas_text(self->canvas, at, column, right - column, THEME_DIM, " ");
        column += canvas_text(self->canvas, at, column, right - column, THEME_DIM, canvas_glyph(GLYPH_ARROW)) + 1;
    }
    column += row_tags_draw(self->canvas, at, column, (right - column) / 2, item->row, g_get_real_time() / G_USEC_PER_SEC);
    subject = subject != NULL && *subject != '\0' ? subject : _("(no subject)");
    canvas_words(self->canvas, at, column, right - column, style, subject, strlen(subject), NULL);
}

/* ", WORDS" */
static void add_spoken(GString *line, const char *words)
{
    g_string_append_printf(line, "%s%s", line->len > 0 ? ", " : "", words);
}

/* For a screen reader: what it is before who and what it is about, one behind the other. */
static char *spoken_words(const struct view_list *self, const struct list_item *item, bool is_unread, bool is_flagged)
{
    const struct window_row *row = item->row;
    const char *label = label_of(self, item), *names = self->shows_recipients && row->to != NULL && *row->to != '\0' ? row->to : row->from;
    const struct {
        bool is_true;
        enum glyph glyph;
    } states[] = {
        { g_hash_table_contains(self->marks, &row->placement_id), GLYPH_MARK },
        { is_unread, GLYPH_UNREAD },
        { is_flagged, GLYPH_STAR },
        { (row->flags & MESSAGE_ANSWERED) != 0, GLYPH_REPLIED },
        { (row->flags & MESSAGE_FORWARDED) != 0, GLYPH_FORWARDED },
        { row->is_found_by_server, GLYPH_SERVER },
        { (row->part_flags & MESSAGE_HAS_INVITATION) != 0, GLYPH_CALENDAR },
        { (row->part_flags & MESSAGE_HAS_ATTACHMENT) != 0 && row->attachment_count <= 1, GLYPH_CLIP },
    };
    GString *line = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        if (states[i].is_true)
            add_spoken(line, canvas_glyph(states[i].glyph));
    if (row->attachment_count > 1) {
        g_autofree char *many = g_strdup_printf(
            g_dngettext(GETTEXT_PACKAGE, "%d attachment", "%d attachments", (gulong)row->attachment_count), row->attachment_count);
        add_spoken(line, many);
    }
    if (label != NULL && *label != '\0')
        add_spoken(line, label);
    if (names == NULL || *names == '\0')
        names = row->from_address != NULL && *row->from_address != '\0' ? row->from_address : _("(nobody)");
    add_spoken(line, names);
    if (item->is_folded)
        g_string_append_printf(line, " (%d)", row->thread_total + row->thread_sent);
    add_spoken(line, row->subject != NULL && *row->subject != '\0' ? row->subject : _("(no subject)"));
    return g_string_free(line, FALSE);
}

static void draw_spoken(const struct view_list *self, int at, const struct list_item *item, enum theme_style style, bool is_unread,
                        bool is_flagged, const char *date)
{
    int width = canvas_area(self->canvas).columns, end = width - 2 - width_text(date), column = 1;
    g_autofree char *words = spoken_words(self, item, is_unread, is_flagged);
    if (item->is_child && item->row->depth > 0)
        column += MIN(2 * item->row->depth, width / 8);
    column += row_tags_draw(self->canvas, at, column, (end - column) / 3, item->row, g_get_real_time() / G_USEC_PER_SEC);
    canvas_text(self->canvas, at, column, MAX(end - column, 0), style, words);
    canvas_text_right(self->canvas, at, width - 1, DATE_COLUMNS, THEME_DATE, date);
}

static void draw_columns(const struct view_list *self, int at, const struct list_item *item, enum theme_style style, bool is_current,
                         bool is_flagged, const char *date)
{
    const struct window_row *row = item->row;
    bool is_marked = g_hash_table_contains(self->marks, &row->placement_id);
    int width = canvas_area(self->canvas).columns;
    struct columns columns = columns_for(width);
    canvas_text(self->canvas, at, 0, 1, style, is_current ? canvas_glyph(GLYPH_ARROW) : " ");
    canvas_text(self->canvas, at, 1, 1, is_marked ? THEME_MARKED : style, state_glyph(self, item));
    if (row->is_found_by_server)
        canvas_text(self->canvas, at, 2, 1, THEME_DIM, canvas_glyph(GLYPH_SERVER));
    draw_names(self, at, &columns, item, style);
    if (is_flagged)
        canvas_text(self->canvas, at, columns.star, 1, THEME_FLAGGED, canvas_glyph(GLYPH_STAR));
    draw_subject(self, at, &columns, item, style);
    draw_parts(self, at, &columns, row);
    canvas_text_right(self->canvas, at, width - 1, DATE_COLUMNS, THEME_DATE, date);
}

void view_list_draw_item(const struct view_list *self, int at, const struct list_item *item, bool is_current, int64_t now)
{
    const struct window_row *row = item->row;
    int width = canvas_area(self->canvas).columns;
    bool is_unread = item->is_folded ? row->thread_unread > 0 : !(row->flags & MESSAGE_SEEN);
    bool is_spoken = app_settings(self->base.app)->accessible;
    bool is_flagged = item->is_folded ? row->thread_flagged > 0 : (row->flags & MESSAGE_FLAGGED) != 0;
    enum theme_style style = is_unread ? THEME_UNREAD : THEME_READ; /* what is marked is told by its sign: the words stand as they are */
    g_autofree char *date = date_short(row->date_utc, now, app_settings(self->base.app)->date_format);
    canvas_clear_row(self->canvas, at, 0, THEME_NORMAL);
    if (is_spoken)
        draw_spoken(self, at, item, style, is_unread, is_flagged, date);
    else
        draw_columns(self, at, item, style, is_current, is_flagged, date);
    if (!is_current)
        return;
    bool has_focus = view_holds_focus(&self->base); /* a question does not move it */
    canvas_restyle_row(self->canvas, at, 0, width, has_focus ? THEME_SELECTED : THEME_BOLD);
    if (is_spoken && view_top(self->base.app) == &self->base)
        canvas_cursor(self->canvas, at, 1);
}

/* What hands from mutt type, and no word has. */
static bool is_expression(const char *words)
{
    size_t length = strlen(words);
    return strstr(words, ".*") != NULL || strstr(words, ".+") != NULL || strpbrk(words, "\\^") != NULL ||
           (length > 1 && words[length - 1] == '$');
}

/* Of a filter that leaves nothing. In a folder: other folders may have what is looked for, which who does not know the keys would not guess. */
static char *nothing_found(const struct view_list *self)
{
    const char *key = keymap_key_for(self->base.app, command_find("search"), CONTEXT_LIST);
    if (is_expression(list_model_filter(self->model)))
        return g_strdup(_("Words are meant here, no regular expressions (.* ^ $)."));
    if (list_model_folder(self->model) == 0)
        return g_strdup(_("No message has these words."));
    g_autofree char *elsewhere = *key != '\0' ? g_strdup_printf(_("%s searches all mail."), key) : g_strdup("");
    return g_strdup_printf("%s %s", _("No message has these words. Esc shows all again."), elsewhere);
}

char *view_list_empty_words(const struct view_list *self)
{
    if (view_list_is_slow(self))
        return g_strdup(_("Searching…"));
    if (self->fault != NULL || list_model_is_searching(self->model))
        return g_strdup("");
    if (list_model_filter(self->model) != NULL)
        return nothing_found(self);
    return g_strdup(list_model_folder(self->model) == 0 ? _("Your folders appear here as soon as the account is ready…")
                                                        : _("No messages here."));
}
