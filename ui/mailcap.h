/* SPDX-License-Identifier: MIT */
/* The program for a type, from mailcap files (RFC 1524). What a mail says never becomes part of a command: a file's name is one word wherever %s stands, and
 * nothing is run to find out. No terminal; any thread. */
#pragma once
#include <glib.h>
#include <stdbool.h>

struct mailcap_view {
    char **words; /* the program and its arguments */
    bool needs_terminal, is_copious /* writes a text, for the pager */, wants_input /* the file on its standard input */;
};
void mailcap_view_clear(struct mailcap_view *view);
/* The first entry of the text that shows this type; false: none does. charset: of the part, or NULL. */
bool mailcap_find(const char *mailcap, const char *type, const char *charset, const char *path, struct mailcap_view *view_out);
/* The same in the files of $MAILCAPS, or those of RFC 1524. */
bool mailcap_look_up(const char *type, const char *charset, const char *path, struct mailcap_view *view_out);
