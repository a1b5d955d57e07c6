/* SPDX-License-Identifier: MIT */
/* Right-to-left text: who puts it into the order in which it is seen, the terminal or we. One terminal, one thread. */
#pragma once
#include "ui/width.h"

/* wish: "program", "terminal", or "auto": what is known of the terminal by its environment. */
void bidi_choose(const char *wish);
/* The terminal can be told to leave the order to us (BDSM, ECMA-48), and must be. */
bool bidi_tells_terminal(void);
/* What is being typed stays in the order of typing, so that the cursor is where the next letter goes. */
void bidi_hold(bool is_held);
/* A look at the bytes: false: there is nothing to order, or it is the terminal's business. */
bool bidi_has(const char *utf8, size_t length);
/* Glyphs of one line into the order in which they are seen: runs turned, brackets mirrored, Arabic letters joined. Their cells stay what they were. */
void bidi_order(struct width_glyph *glyphs, int count);
/* The same as a row of a paragraph that is known to run from right to left. */
void bidi_order_rtl(struct width_glyph *glyphs, int count);
/* Words for a person whose language runs from right to left, and which do themselves (most of them: a name or a key in Latin letters may come first). */
bool bidi_is_our_rtl(const char *utf8, size_t length);
/* It begins with a letter of such a script (and ordering it is our business). */
bool bidi_is_rtl(const char *utf8, size_t length);
