/* SPDX-License-Identifier: MIT */
/* Programs of the person's choice: editor, viewer for attachments, browser. Arguments are words, never a shell's text. */
#pragma once
#include "ui/app.h"

/* The editor's words with the file behind them; NULL: none is installed (or editor = builtin). Caller frees with g_strfreev. */
char **external_editor(const struct settings *settings, const char *path);
/* Shows a file: mailcap (RFC 1524), else xdg-open. */
bool external_view(app *app, const char *path, const char *type, GError **error);
/* Opens a link: settings, $BROWSER, xdg-open; only http, https and mailto; detached. */
bool external_browse(app *app, const char *url, GError **error);
