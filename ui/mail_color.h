/* SPDX-License-Identifier: MIT */
/* Colours that a sender wished, as this terminal can show them and people can read them. Pure; no terminal. */
#pragma once

struct mail_color_terminal {
    int colors; /* 8, 16, 256, or more: they are 0xrrggbb */
    int paper;  /* what the theme writes on, 0xrrggbb; -1: the terminal's own, light or dark */
};
struct mail_color {
    int foreground, background; /* for curses; -1: as the theme has it */
};
/* wishes: 0xrrggbb + 1; 0: none. */
struct mail_color mail_color_of(int color, int background, const struct mail_color_terminal *terminal);
