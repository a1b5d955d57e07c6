/* SPDX-License-Identifier: MIT */
/* The theme's meanings as curses attributes, for the colours this terminal has. */
#pragma once
#include "config/theme.h"
#include <curses.h>
#include <glib.h>

struct style {
    attr_t attributes;
    short pair;
};
/* After the terminal is up. NO_COLOR and terminals without colours get attributes only. */
void style_start(const struct theme *theme);
struct style style_of(enum theme_style style);
/* The same in the colours a message wishes (0xrrggbb + 1; 0: none), as far as they can be read here. */
struct style style_of_mail(enum theme_style style, int color, int background);
/* How many colours pictures may have: 0 (none, or so few that they are the theme's), 256, or more: they are 0xrrggbb. */
int style_picture_colors(void);
/* The bytes that set a look, for what is written past curses. */
void style_append(GString *out, attr_t attributes, int pair);
int style_picture_pair(int foreground, int background); /* a curses pair for a cell of a picture; -1: the terminal's own */
