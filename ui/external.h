/* SPDX-License-Identifier: MIT */
/* Programs of the person's choice: editor, viewer for attachments, browser. Arguments are words, never a shell's text. */
#pragma once
#include "ui/app.h"

/* The words of the person's editor (setting, $VISUAL, $EDITOR) with the file behind them, caller frees with g_strfreev. NULL: the built-in one; *missing_out
 * (caller frees) is then the one that is wished for and not there, if any. */
char **external_editor(const struct settings *settings, const char *path, char **missing_out);
/* Shows a file: mailcap (RFC 1524), else xdg-open. */
bool external_view(app *app, const char *path, const char *type, GError **error);
/* Opens a link: settings, $BROWSER, xdg-open; only http, https and mailto; detached. */
bool external_browse(app *app, const char *url, GError **error);
