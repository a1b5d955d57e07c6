/* SPDX-License-Identifier: MIT */
/* See mail_color.h. What a page paints white or black is paper, and ours is another: only colours that are no grey say something there. Text keeps a contrast of
 * 4.5 (WCAG 2, level AA) to what it stands on, as far as the terminal's colours are known; where paper may be light or dark it keeps it to both. */
#include "ui/mail_color.h"
#include "config/theme.h"
#include <glib.h>

#define CONTRAST_WANTED 4.5
#define CONTRAST_FLOOR  3.0 /* after the colours are the terminal's */
#define GREY_SPREAD     40
#define LEVELS          20
enum { BLACK = 0x000000, WHITE = 0xffffff, OWN_COLORS = 16, RED_BIT = 1, GREEN_BIT = 2, BLUE_BIT = 4 };

static int channel(int rgb, int index)
{
    return rgb >> (16 - 8 * index) & 255;
}

static double luminance(int rgb)
{
    static const double weights[] = { 0.2126, 0.7152, 0.0722 };
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        double value = channel(rgb, i) / 255.0;
        sum += weights[i] * value * (value * (value * 0.305306011 + 0.682171111) + 0.012522878); /* sRGB's curve, nearly */
    }
    return sum;
}

static double contrast(int one, int other)
{
    double a = luminance(one), b = luminance(other);
    return (MAX(a, b) + 0.05) / (MIN(a, b) + 0.05);
}

static bool is_grey(int rgb)
{
    int low = MIN(MIN(channel(rgb, 0), channel(rgb, 1)), channel(rgb, 2)),
        high = MAX(MAX(channel(rgb, 0), channel(rgb, 1)), channel(rgb, 2));
    return high - low < GREY_SPREAD;
}

static bool is_paper(int rgb)
{
    double light = luminance(rgb);
    return is_grey(rgb) && (light > 0.65 || light < 0.03);
}

static int mixed(int rgb, int other, int part)
{
    int result = 0;
    for (int i = 0; i < 3; i++)
        result = result << 8 | (channel(rgb, i) * (LEVELS - part) + channel(other, i) * part) / LEVELS;
    return result;
}

static int far_from(int rgb)
{
    return contrast(rgb, BLACK) > contrast(rgb, WHITE) ? BLACK : WHITE;
}

/* Nearer to black or white, until it can be read there. */
static int readable_on(int color, int paper)
{
    int end = far_from(paper), tried = color;
    for (int part = 1; part <= LEVELS && contrast(tried, paper) < CONTRAST_WANTED; part++)
        tried = mixed(color, end, part);
    return tried;
}

/* As well on white as on black, as near as that can be. */
static int readable_anywhere(int color)
{
    int best = color;
    for (int part = 0; part <= LEVELS; part++) {
        int darker = mixed(color, BLACK, part), lighter = mixed(color, WHITE, part);
        const int tried[] = { darker, lighter };
        for (size_t i = 0; i < G_N_ELEMENTS(tried); i++)
            if (MIN(contrast(tried[i], BLACK), contrast(tried[i], WHITE)) > MIN(contrast(best, BLACK), contrast(best, WHITE)))
                best = tried[i];
    }
    return best;
}

/* --- as the terminal has them --- */

static struct mail_color many_colors(int color, int background, const struct mail_color_terminal *terminal)
{
    struct mail_color self = { -1, -1 };
    bool is_direct = terminal->colors > 256;
    if (background >= 0) /* the first of those with millions are the palette's to curses */
        self.background = is_direct ? MAX(background, OWN_COLORS) : theme_nearest(background);
    int ground = background < 0 ? terminal->paper : is_direct ? background : theme_rgb((short)self.background);
    if (color < 0)
        return self;
    self.foreground = is_direct ? MAX(color, OWN_COLORS) : theme_nearest(color);
    if (!is_direct && ground >= 0 && contrast(theme_rgb((short)self.foreground), ground) < CONTRAST_FLOOR)
        self.foreground = theme_nearest(far_from(ground));
    return self;
}

/* Which of the eight: its channels that are more than half of the strongest. */
static int eighth(int rgb)
{
    int high = MAX(MAX(channel(rgb, 0), channel(rgb, 1)), channel(rgb, 2));
    return (channel(rgb, 0) * 2 > high ? RED_BIT : 0) | (channel(rgb, 1) * 2 > high ? GREEN_BIT : 0) |
           (channel(rgb, 2) * 2 > high ? BLUE_BIT : 0);
}

/* Their tones are the person's own. Yellow, green and white grounds are light, the others dark; blue cannot be read on black, yellow not on white. */
static struct mail_color few_colors(int color, int background, const struct mail_color_terminal *terminal)
{
    bool is_light = terminal->paper >= 0 && far_from(terminal->paper) == BLACK, is_dark = terminal->paper >= 0 && !is_light;
    if (background >= 0) {
        int ground = is_grey(background) ? RED_BIT | GREEN_BIT | BLUE_BIT : eighth(background);
        return (struct mail_color){ ground & GREEN_BIT ? 0 : RED_BIT | GREEN_BIT | BLUE_BIT, ground };
    }
    if (color < 0)
        return (struct mail_color){ -1, -1 };
    int tone = eighth(color);
    if (tone == BLUE_BIT && !is_light)
        tone = BLUE_BIT | GREEN_BIT;
    else if (tone == (RED_BIT | GREEN_BIT) && !is_dark)
        tone = -1;
    return (struct mail_color){ tone, -1 };
}

struct mail_color mail_color_of(int color, int background, const struct mail_color_terminal *terminal)
{
    int text = color - 1, ground = background > 0 && !is_paper(background - 1) ? background - 1 : -1;
    if (ground < 0 && (text < 0 || is_grey(text)))
        return (struct mail_color){ -1, -1 };
    if (ground >= 0)
        text = readable_on(text >= 0 ? text : far_from(ground), ground);
    else
        text = terminal->paper >= 0 ? readable_on(text, terminal->paper) : readable_anywhere(text);
    return terminal->colors >= 256 ? many_colors(text, ground, terminal) : few_colors(text, ground, terminal);
}
