/* SPDX-License-Identifier: MIT */
/* Where everything is: a pure function of the terminal's size and of what is wanted. No terminal. */
#pragma once
#include "ui/canvas.h"

enum pane { PANE_FOLDERS, PANE_LIST, PANE_READER, PANE_COUNT };
/* How many panes there are: as the width allows, or as somebody wants it. */
enum layout_kind { LAYOUT_AUTO, LAYOUT_ONE, LAYOUT_TWO /* folders, and list or message */, LAYOUT_THREE };
enum layout_kind layout_kind_of(const char *word /* "auto", "one", "two", "three"; NULL: auto */);
struct layout_wishes {
    enum layout_kind kind;
    bool has_folders; /* the folder list is wanted */
    bool has_reader;  /* a message is open */
    bool is_linear;   /* one pane at a time, however wide: for screen readers */
    enum pane focus;
    int folders_columns; /* 0: by itself */
    int list_percent;    /* the list's part of what it shares with the message; 0: by itself */
};
struct layout {
    bool is_too_small;
    struct rect screen, header, status, hints;
    struct rect top_line, bottom_line; /* rows 0: none */
    struct rect body;                  /* between the lines: for full-screen views */
    struct rect panes[PANE_COUNT];     /* columns 0: not shown */
    int folders_line, reader_line;     /* columns of the vertical lines; -1: none */
    int split_row;                     /* horizontal line between list and reader; -1: none */
};
enum { LAYOUT_WIDE = 170, LAYOUT_MIDDLE = 100, LAYOUT_MIN_ROWS = 15, LAYOUT_MIN_COLUMNS = 60, LAYOUT_TALL = 44 };
enum { LAYOUT_BESIDE = 120, LAYOUT_FOLDERS_LEAST = 12, LAYOUT_PERCENT_LEAST = 15, LAYOUT_PERCENT_MOST = 85 };
struct layout layout_of(int rows, int columns, const struct layout_wishes *wishes);
