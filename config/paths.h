/* SPDX-License-Identifier: MIT */
/* Where postern's files are (XDG base directories). All results: caller frees with g_free. */
#pragma once
#include <glib.h>
#include <stdbool.h>

char *paths_config_file(const char *name); /* $XDG_CONFIG_HOME/postern/NAME */
char *paths_account_file(const char *id);  /* …/accounts/ID.conf */
char *paths_data_file(const char *name);   /* $XDG_DATA_HOME/postern/NAME, e.g. "mail.db" */
char *paths_mail_directory(const char *account_id, const char *folder /* UTF-8, escaped into one path component; NULL: the account's */);
char *paths_cache_directory(const char *account_id);
char *paths_expand(const char *path); /* leading ~/ */
/* Makes the directory and its parents, 0700; false with the reason. */
bool paths_make(const char *directory, GError **error);
