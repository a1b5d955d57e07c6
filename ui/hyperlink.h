/* SPDX-License-Identifier: MIT */
/* Links that the terminal itself can open (OSC 8), laid under cells that are on the screen already. Where it cannot, nothing is written. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a terminal says of itself in the environment; NULL: nothing. */
struct hyperlink_terminal {
    const char *term, *program, *version, *vte, *konsole, *windows;
};
bool hyperlink_is_understood(const struct hyperlink_terminal *terminal);
/* Of a link in a message: safe to write, or NULL (another scheme, too long). Caller frees. */
char *hyperlink_address(const char *url);

void hyperlink_start(const char *wish); /* "auto" (as the terminal says) | "yes" | "no" */
bool hyperlink_is_on(void);
bool hyperlink_is_shown(void); /* there are some on the screen */
/* These cells of the screen, just drawn, belong to that link; id: the same for all its rows. */
void hyperlink_note(int row, int column, int cells, const char *url, uint32_t id);
void hyperlink_forget(int row, int column, int cells); /* before something else is drawn there */
/* Around doupdate(). */
void hyperlink_before_update(void);
void hyperlink_after_update(void);
