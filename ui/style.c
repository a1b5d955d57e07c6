/* SPDX-License-Identifier: MIT */
/* The theme's meanings as curses attributes, for the colours this terminal has. */
#include "ui/style.h"
#include <glib.h>
#include <stdlib.h>

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

static short pair_for(short foreground, short background, short *count)
{
    for (short i = 1; i <= *count; i++) {
        short f = 0, b = 0;
        pair_content(i, &f, &b);
        if (f == foreground && b == background)
            return i;
    }
    if (*count + 1 >= COLOR_PAIRS || init_pair((short)(*count + 1), foreground, background) == ERR)
        return 0;
    return ++*count;
}

void style_start(const struct theme *theme)
{
    const char *no_color = getenv("NO_COLOR");
    bool has_colors_wanted = has_colors() && (no_color == NULL || *no_color == '\0');
    short count = 0;
    bool keeps_default = false;
    if (has_colors_wanted) {
        start_color();
        keeps_default = use_default_colors() == OK;
    }
    for (size_t i = 0; i < THEME_STYLE_COUNT; i++) {
        const struct theme_look *look = &theme->looks[i];
        bool is_rich = COLORS > 16;
        bool fits = is_rich || (look->foreground < COLORS && look->background < COLORS);
        short foreground = fits ? look->foreground : look->foreground8, background = fits ? look->background : look->background8;
        styles[i] = (struct style){ .attributes = look_attributes(look) };
        if (!has_colors_wanted || (foreground < 0 && background < 0))
            continue;
        if (!keeps_default) {
            foreground = foreground < 0 ? COLOR_WHITE : foreground;
            background = background < 0 ? COLOR_BLACK : background;
        }
        styles[i].pair = pair_for(foreground, background, &count);
    }
}

struct style style_of(enum theme_style style)
{
    return (size_t)style < THEME_STYLE_COUNT ? styles[style] : (struct style){ 0 };
}
