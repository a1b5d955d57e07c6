/* SPDX-License-Identifier: MIT */
/* The theme's meanings as curses attributes, for the colours this terminal has. */
#include "ui/style.h"
#include "ui/mail_color.h"
#include <glib.h>
#include <limits.h>
#include <stdlib.h>
#include <term.h>

static struct style styles[THEME_STYLE_COUNT]; /* one terminal, one thread: the UI's */

static attr_t look_attributes(const struct theme_look *look)
{
    attr_t attributes = A_NORMAL;
    attributes |= look->bold ? A_BOLD : 0;
    attributes |= look->dim ? A_DIM : 0;
    attributes |= look->italic ? A_ITALIC : 0;
    attributes |= look->underline ? A_UNDERLINE : 0;
    attributes |= look->reverse ? A_REVERSE : 0;
    return attributes;
}

/* What this terminal can show. */
struct palette {
    bool has_colors, has_default, is_direct /* colours are 0xrrggbb, but the first eight */;
    int colors;
};

static int picture_colors; /* style_picture_colors() */
static struct mail_color_terminal mail_terminal;
static bool has_mail_colors;
static int pairs_used; /* of those that stay: the theme's, and mail's where there are few */

static struct palette palette_start(void)
{
    const char *no_color = getenv("NO_COLOR");
    struct palette self = { .has_colors = has_colors() && (no_color == NULL || *no_color == '\0') };
    if (!self.has_colors)
        return self;
    start_color();
    self.has_default = use_default_colors() == OK;
    self.colors = COLORS;
    self.is_direct = COLORS > 256;
    return self;
}

static int pair_for(int foreground, int background, int *count)
{
    for (int i = 1; i <= *count; i++) {
        int f = 0, b = 0;
        extended_pair_content(i, &f, &b);
        if (f == foreground && b == background)
            return i;
    }
    if (*count + 1 >= MIN(COLOR_PAIRS, SHRT_MAX) || init_extended_pair(*count + 1, foreground, background) == ERR)
        return 0;
    return ++*count;
}

static struct style style_for(const struct palette *palette, const struct theme_look *look, int *count)
{
    struct theme_look fit = theme_fit(look, palette->has_colors ? palette->colors : 0);
    struct style plain = { .attributes = look_attributes(&fit) };
    int foreground = fit.foreground, background = fit.background;
    if (palette->is_direct) {
        foreground = foreground >= 8 || look->foreground_rgb != theme_rgb(look->foreground) ? look->foreground_rgb : foreground;
        background = background >= 8 || look->background_rgb != theme_rgb(look->background) ? look->background_rgb : background;
    }
    if (foreground < 0 && background < 0)
        return plain;
    if (!palette->has_default) {
        foreground = foreground < 0 ? COLOR_WHITE : foreground;
        background = background < 0 ? COLOR_BLACK : background;
    }
    plain.pair = (short)pair_for(foreground, background, count);
    return plain;
}

/* Who wants a screen without colours wants none of a message either. */
static bool has_any_color(const struct theme *theme)
{
    for (size_t i = 0; i < THEME_STYLE_COUNT; i++)
        if (theme->looks[i].foreground >= 0 || theme->looks[i].background >= 0)
            return true;
    return false;
}

void style_start(const struct theme *theme)
{
    struct palette palette = palette_start();
    pairs_used = 0;
    has_mail_colors = palette.has_colors && palette.has_default && has_any_color(theme);
    mail_terminal = (struct mail_color_terminal){ palette.colors, theme->looks[THEME_NORMAL].background_rgb };
    picture_colors = palette.has_colors && palette.has_default && palette.colors >= 256 && COLOR_PAIRS > 4096 ? palette.colors : 0;
    for (size_t i = 0; i < THEME_STYLE_COUNT; i++)
        styles[i] = style_for(&palette, &theme->looks[i], &pairs_used);
}

struct style style_of(enum theme_style style)
{
    return (size_t)style < THEME_STYLE_COUNT ? styles[style] : (struct style){ 0 };
}

/* A link without a ground of its own stays what links look like. */
struct style style_of_mail(enum theme_style style, int color, int background)
{
    struct style self = style_of(style);
    if (!has_mail_colors || (color == 0 && background == 0))
        return self;
    struct mail_color wished = mail_color_of(color, background, &mail_terminal);
    if ((wished.foreground < 0 && wished.background < 0) || (style == THEME_LINK && wished.background < 0))
        return self;
    int pair =
        picture_colors > 0 ? alloc_pair(wished.foreground, wished.background) : pair_for(wished.foreground, wished.background, &pairs_used);
    if (pair > 0 && pair <= SHRT_MAX) {
        self.pair = (short)pair;
        self.attributes &= ~(attr_t)(A_REVERSE | A_DIM);
    }
    return self;
}

int style_picture_colors(void)
{
    return picture_colors;
}

/* Curses keeps as many pairs as it can, and forgets those that were used longest ago. */
int style_picture_pair(int foreground, int background)
{
    int pair = picture_colors > 0 && (foreground >= 0 || background >= 0) ? alloc_pair(foreground, background) : 0;
    return MAX(pair, 0);
}

void style_append(GString *out, attr_t attributes, int pair)
{
    static const struct {
        attr_t attribute;
        const char *code;
    } codes[] = { { A_BOLD, ";1" }, { A_DIM, ";2" }, { A_ITALIC, ";3" }, { A_UNDERLINE, ";4" }, { A_REVERSE, ";7" } };
    int colors[2] = { -1, -1 };
    g_string_append(out, "\033[");
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
        g_string_append(out, attributes & codes[i].attribute ? codes[i].code : "");
    g_string_append_c(out, 'm');
    if (pair == 0 || extended_pair_content(pair, &colors[0], &colors[1]) == ERR)
        return;
    const char *sets[2] = { tigetstr("setaf"), tigetstr("setab") };
    for (int i = 0; i < 2; i++) {
        bool has_it = sets[i] != NULL && sets[i] != (const char *)-1;
        const char *code = colors[i] >= 0 && has_it ? tparm(sets[i], (long)colors[i]) : NULL;
        g_string_append(out, code != NULL ? code : "");
    }
}
