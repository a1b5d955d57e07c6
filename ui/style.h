/* SPDX-License-Identifier: MIT */
/* The theme's meanings as curses attributes, for the colours this terminal has. */
#pragma once
#include "config/theme.h"
#include <curses.h>

struct style {
    attr_t attributes;
    short pair;
};
/* After the terminal is up. NO_COLOR and terminals without colours get attributes only. */
void style_start(const struct theme *theme);
struct style style_of(enum theme_style style);
