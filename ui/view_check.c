/* SPDX-License-Identifier: MIT */
/* The check on the screen: its lines as they come, with what to do about what is wrong. */
#include "core/check_run.h"
#include "ui/app_private.h"
#include "ui/check_step.h"
#include "ui/cmd_app.h"
#include "ui/pager.h"
#include <glib/gi18n-lib.h>

struct view_check {
    pager pager;
    check_run *run;
    bool is_stale;
};

static struct view_check *cast(view *self)
{
    return (struct view_check *)(void *)self;
}

/* Stands in, and goes on below itself. */
static void add_indented(pager *self, enum theme_style style, int indent, char *words /* taken */)
{
    pager_add(self, style, NULL, words);
    ((struct pager_line *)g_ptr_array_index(self->lines, self->lines->len - 1))->indent = indent;
}

static void add_line(pager *self, const struct check_line *line)
{
    enum { STEP = 2, HINT = 4 };
    static const struct {
        enum theme_style style;
        int glyph; /* -1: none */
    } kinds[] = {
        [CHECK_LINE_TITLE] = { THEME_TITLE, -1 },
        [CHECK_LINE_OK] = { THEME_NORMAL, GLYPH_TICK },
        [CHECK_LINE_WARNING] = { THEME_WARNING, GLYPH_WARNING },
        [CHECK_LINE_FAILED] = { THEME_ERROR, GLYPH_CROSS },
        [CHECK_LINE_SKIPPED] = { THEME_DIM, -1 },
        [CHECK_LINE_HINT] = { THEME_WARNING, GLYPH_ARROW },
        [CHECK_LINE_SPACE] = { THEME_NORMAL, -1 },
    };
    enum theme_style style = kinds[line->kind].style;
    const char *mark = kinds[line->kind].glyph >= 0 ? canvas_glyph((enum glyph)kinds[line->kind].glyph) : "-";
    if (line->step != NULL)
        add_indented(self, style, STEP, check_step_line(mark, line->step, line->elapsed_ms, line->text));
    else if (line->kind == CHECK_LINE_HINT)
        add_indented(self, style, HINT, g_strdup_printf("%s %s", mark, line->text));
    else
        pager_add(self, style, NULL, g_strdup(line->text));
}

static void reload(struct view_check *self)
{
    g_autoptr(GPtrArray) lines = check_run_lines(self->run);
    pager_empty(&self->pager);
    self->is_stale = false;
    pager_add(&self->pager, THEME_DIM, NULL,
              g_strdup(check_run_is_done(self->run) ? _("Every connection was tried; no mail was sent. q or Esc goes back.")
                                                    : _("Every connection is tried, step by step; no mail is sent. q or Esc stops it.")));
    pager_add(&self->pager, THEME_NORMAL, NULL, g_strdup(""));
    for (guint i = 0; i < lines->len; i++)
        add_line(&self->pager, g_ptr_array_index(lines, i));
}

static void draw(view *base)
{
    if (cast(base)->is_stale)
        reload(cast(base));
    pager_draw(base);
    base->is_dirty = false;
}

static void event(view *base, const struct event *news)
{
    if (news->type != EVENT_CHECK || news->item != check_run_id(cast(base)->run))
        return;
    cast(base)->is_stale = true;
    view_touch(base);
}

static void release(view *base)
{
    check_run_free(cast(base)->run);
    pager_clear(&cast(base)->pager);
    g_free(cast(base));
}

static const struct view_ops ops = { .name = "check",
                                     .context = CONTEXT_HELP,
                                     .layout = pager_layout,
                                     .draw = draw,
                                     .key = pager_key,
                                     .mouse = pager_mouse,
                                     .event = event,
                                     .free = release };

void cmd_check(app *ui, view *base)
{
    (void)base;
    struct view_check *self = g_new0(struct view_check, 1);
    pager_init(&self->pager, &ops, ui);
    self->run = check_run_new(app_events(ui), app_accounts(ui));
    self->is_stale = true;
    view_push(ui, &self->pager.base);
}
