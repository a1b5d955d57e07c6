/* SPDX-License-Identifier: MIT */
/* Tags as words of their own colour, before the subject. */
#include "ui/row_tags.h"
#include "core/snooze.h"
#include "core/store_message.h"
#include "core/tag.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { WORD_MIN = 4, WORD_MAX = 16 };

struct drawing {
    canvas *canvas;
    int row, column, room, used;
};

/* A word that would be cut to a few letters is left out. */
static void draw_word(struct drawing *self, enum theme_style style, const char *word)
{
    g_autofree char *clean = width_visible(word, strlen(word));
    int width = MIN(width_text(clean), WORD_MAX), room = self->room - self->used - 1;
    if (width == 0 || room < MIN(width, WORD_MIN))
        return;
    self->used += canvas_text(self->canvas, self->row, self->column + self->used, MIN(room, width), style, clean);
    self->used += canvas_text(self->canvas, self->row, self->column + self->used, 1, THEME_NORMAL, " ");
}

int row_tags_draw(canvas *canvas, int row, int column, int room, const struct window_row *line, int64_t now_utc)
{
    struct drawing self = { canvas, row, column, room, 0 };
    if (line->is_vip)
        draw_word(&self, THEME_FLAGGED, _("VIP"));
    if (line->keywords == NULL)
        return self.used;
    int64_t back_utc = snooze_time(line->keywords);
    if (back_utc > 0 && back_utc <= now_utc && !(line->flags & MESSAGE_SEEN))
        draw_word(&self, THEME_OK, C_("put off until now", "back"));
    if (tag_list_has(line->keywords, "$Muted"))
        draw_word(&self, THEME_DIM, _("muted"));
    g_auto(GStrv) words = g_strsplit(line->keywords, " ", -1);
    for (char **word = words; *word != NULL; word++) {
        if (**word == '\0' || tag_is_hidden(*word))
            continue;
        g_autofree char *name = tag_name(*word);
        draw_word(&self, tag_is_warning(*word) ? THEME_WARNING : THEME_TAG, name);
    }
    return self.used;
}
