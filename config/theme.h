/* SPDX-License-Identifier: MIT */
/* themes/<name>.theme: what each meaning looks like, as data; ui/style turns it into attributes. */
#pragma once
#include "config/error.h"
#include <stdbool.h>

/* The formatter never comes to rest on this one. */
/* clang-format off */
#define THEME_STYLES(X) \
    X(NORMAL, "normal") X(HEADER, "header") X(HEADER_DIM, "header-dim") X(HINT_KEY, "hint-key") X(HINT_TEXT, "hint-text") \
    X(SELECTED, "selected") X(UNREAD, "unread") X(READ, "read") X(FLAGGED, "flagged") X(MARKED, "marked") X(DIM, "dim") \
    X(DATE, "date") X(TREE, "tree") X(FOLDER, "folder") X(FOLDER_UNREAD, "folder-unread") X(ACCOUNT, "account") X(ERROR, "error") \
    X(WARNING, "warning") X(OK, "ok") X(PROGRESS, "progress") X(LINE, "line") X(TITLE, "title") X(FIELD, "field") \
    X(FIELD_VALUE, "field-value") X(INPUT, "input") X(QUOTE1, "quote1") X(QUOTE2, "quote2") X(QUOTE3, "quote3") \
    X(SIGNATURE, "signature") X(LINK, "link") X(HEADING, "heading") X(BOLD, "bold") X(ITALIC, "italic") X(UNDERLINE, "underline") \
    X(CODE, "code") X(ATTACHMENT, "attachment") X(MATCH, "match") X(TAG, "tag")
/* clang-format on */
enum theme_style {
#define X(name, word) THEME_##name,
    THEME_STYLES(X)
#undef X
        THEME_STYLE_COUNT
};
/* Colours are -1 (the terminal's own) or 0..255 (first 16: the terminal's palette), for terminals with fewer: fallback is in 0..7 or -1. */
struct theme_look {
    short foreground, background, foreground8, background8, foreground16; /* 16: in place of one that is not there; -1: as of eight */
    int foreground_rgb, background_rgb; /* for terminals that take colours as they are; -1: the terminal's own */
    bool bold, dim, italic, underline, reverse;
};
struct theme {
    struct theme_look looks[THEME_STYLE_COUNT];
};
/* A colour of the 256 as 0xrrggbb; -1: the terminal's own. */
int theme_rgb(short color);
/* The nearest to 0xrrggbb of the 256, but for the first 16, which are the terminal's own. */
short theme_nearest(int rgb);
/* What a terminal of so many colours (0: none) is told of it: foreground and background are among its own then. */
struct theme_look theme_fit(const struct theme_look *look, int colors);
/* "auto" is "light" or "dark" where the terminal tells (COLORFGBG), else "default". */
const char *theme_resolve(const char *name, const char *colorfgbg);
/* "default", "mono", "light", or a file's name. Errors name file, line and what is allowed. */
bool theme_load(const char *name, struct theme *theme_out, GError **error);
